"""What is extracted from a form of a document, against what is from its plain text."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sco_pipeline.errors import RawFileError
from sco_pipeline.expansion import container_type, unpack
from sco_pipeline.extraction import extract_file
from sco_pipeline.limits import Limits
from sco_pipeline.model import Extraction, FoundFile, RawFile
from sco_pipeline.raw_files import read_found_file
from sco_pipeline.tables import mention_tables

Rows = Counter[tuple[Any, ...]]

#: Columns that say where something stands, or in which bytes, and no more.
_PLACES = frozenset(
    {
        "document_id", "path", "sha256", "media_type", "sentence_id", "decision_id",
        "paragraph", "ordinal", "char_start", "char_end", "char_count", "verb_start", "verb_end",
    }
)  # fmt: skip
#: A page's furniture is in ``documents.text`` and its keys, and is another one in every form.
_LEFT_OUT = {
    "documents": _PLACES | {"text", "text_key", "words_key", "sketch"},
    "meeting_mentions": _PLACES - {"ordinal"},
}


def document_in(files: list[tuple[str, bytes]]) -> RawFile:
    """The document that the files of a form bring, unpacked as a build does it.

    Of a mail with a document attached it is that document.
    """
    (path, content), *sidecars = files
    sidecar_path, sidecar = sidecars[0] if sidecars else (None, None)
    digest = sha256(content).hexdigest()
    found = FoundFile(path, content, digest, sidecar_path, sidecar)
    limits = Limits()
    media_type = container_type(found, limits)
    if media_type is not None:
        with TemporaryDirectory() as folder:
            unpacked = unpack(found, media_type, Path(folder), limits)
            for member in unpacked.files:
                found = replace(member.found, content=member.file.read_bytes())
            for reject in unpacked.rejects:
                raise RawFileError(reject.stage, reject.reason, reject.detail)
    return read_found_file(found)[0]


def extract_form(files: list[tuple[str, bytes]]) -> Extraction:
    """Extract from the document that the files of a form bring."""
    return extract_file(document_in(files), "d")


def rows_of(extraction: Extraction) -> Rows:
    """The rows of all tables of mentions but for the places, with single blanks in texts.

    A sentence comes with the one before it, so that its place in the text counts.
    """
    rows: Rows = Counter()
    for table, columns in mention_tables([extraction]).items():
        previous = None
        for row in columns.to_pylist():
            kept = [
                (key, _plain(value))
                for key, value in row.items()
                if key not in _LEFT_OUT.get(table, _PLACES)
            ]
            if table == "sentences":
                kept.append(("previous", previous))
                previous = _plain(row["text"])
            rows[(table, *kept)] += 1
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    return tuple(value) if isinstance(value, list) else value


def equal_share(wanted: Rows, got: Rows) -> tuple[int, int]:
    """How many rows are equal, and of how many: the larger side's."""
    return (wanted & got).total(), max(wanted.total(), got.total())
