"""Annotated documents: pairs of a text and what a careful reader finds in it.

The text of ``<slug>.json`` is ``<slug>.txt`` beside it, or a slice of a corpus that is not ours
to copy: ``slices.csv`` in the same folder names file and offsets.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sco_pipeline.errors import GoldError
from sco_pipeline.model import RawFile
from sco_pipeline.raw_files import read_raw_files

SLICES = "slices.csv"
_SLICE_COLUMNS = ["slug", "path", "char_start", "char_end"]
#: Where slices are cut from: this folder beside the repository, or above it.
CORPORA = Path("shared/corpora")


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """One annotated document; ``annotations`` is the JSON as it stands."""

    slug: str
    path: Path
    raw: RawFile
    annotations: dict[str, Any]

    @property
    def language(self) -> str:
        return str(self.annotations.get("language", "en"))

    @property
    def is_real(self) -> bool:
        """True for a real text, False for our own wording."""
        return not self.annotations.get("synthetic", True)

    @property
    def body(self) -> str:
        """Body of the meeting it reports, else of the first it announces, else ``none``."""
        meetings = [self.annotations["meeting"], *self.annotations["announced"]]
        return next((str(meeting["body"]) for meeting in meetings if meeting), "none")


def read_gold(gold_dir: Path) -> Iterator[GoldDocument]:
    """Read every annotated document under ``gold_dir``, in the order of their paths.

    Raises:
        GoldError: There is none, or annotations or a text are missing or malformed.
    """
    paths = sorted(gold_dir.rglob("*.json"))
    if not paths:
        raise GoldError(
            f"{gold_dir}: no annotated documents (*.json beside *.txt or {SLICES}) found"
        )
    texts = {
        gold_dir / raw.path: raw for raw in read_raw_files(gold_dir) if isinstance(raw, RawFile)
    }
    for table in sorted(gold_dir.rglob(SLICES)):
        texts |= _read_slices(table)
    for path in paths:
        text_path = path.with_suffix(".txt")
        if text_path not in texts:
            raise GoldError(f"{path}: no readable {text_path.name} beside it")
        try:
            annotations = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise GoldError(f"{path}: {type(error).__name__}: {error}") from error
        if not isinstance(annotations, dict):
            raise GoldError(f"{path}: must be an object; see the gold format")
        yield GoldDocument(path.stem, path, texts[text_path], annotations)


def _read_slices(table: Path) -> dict[Path, RawFile]:
    """Cut the texts that ``table`` lists; keys are where their files would lie."""
    folder = next((p / CORPORA for p in table.resolve().parents if (p / CORPORA).is_dir()), None)
    if folder is None:
        raise GoldError(f"{table}: its texts are slices of ../{CORPORA}, which is not here")
    with table.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if rows.fieldnames != _SLICE_COLUMNS:
            raise GoldError(f"{table}: header is {rows.fieldnames}, must be {_SLICE_COLUMNS}")
        return {table.parent / f"{row['slug']}.txt": _cut(table, folder, row) for row in rows}


def _cut(table: Path, folder: Path, row: dict[str, str]) -> RawFile:
    """Cut one slice; offsets are half-open and count code points of the decoded file."""
    try:
        text = (folder / row["path"]).read_bytes().decode("utf-8")
        start, end = int(row["char_start"]), int(row["char_end"])
    except (OSError, ValueError) as error:
        raise GoldError(f"{table}: {row['slug']}: {error}") from error
    if not 0 <= start < end <= len(text):
        raise GoldError(f"{table}: {row['slug']}: {start}-{end} is no slice of {row['path']}")
    content = text[start:end].encode()
    return RawFile(f"{row['slug']}.txt", content, hashlib.sha256(content).hexdigest())
