"""The whole way, top to bottom; start here.

    raw/ -> list_raw -> extract_batch (map: documents are independent)
         -> assemble (reduce: meetings, persons, instruments across documents)
         -> publish (checked, staged, switched) -> warehouse/current and sco.duckdb

``build`` runs these stages; the Prefect flow runs the same functions as tasks.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sco_pipeline.checks import check_extraction, check_tables
from sco_pipeline.errors import LexiconError, RawFileError, UsageError
from sco_pipeline.extraction import extract_file
from sco_pipeline.model import Extraction, RawFile, Reject
from sco_pipeline.person_judgements import PersonJudgements, read_person_judgements
from sco_pipeline.raw_files import read_raw_files
from sco_pipeline.resolution.assemble import assemble as resolve
from sco_pipeline.snapshot import publish as publish_snapshot
from sco_pipeline.snapshot import published_documents
from sco_pipeline.tables import concat, mention_tables

#: Documents per task: large enough to hide a task's own cost, small enough to show progress.
BATCH_SIZE = 200

Batch = Mapping[str, pa.Table]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class RawListing:
    """What lies under raw/: usable files, each with its document's key, rejects, judgements."""

    files: tuple[tuple[str, RawFile], ...]
    rejects: tuple[Reject, ...]
    judgements: PersonJudgements

    def batches(self) -> Iterator[Sequence[tuple[str, RawFile]]]:
        for start in range(0, len(self.files), BATCH_SIZE):
            yield self.files[start : start + BATCH_SIZE]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build published."""

    snapshot_id: str
    row_counts: dict[str, int]
    rejects: list[dict[str, str]]
    new_documents: list[str]
    removed_documents: list[str]


def list_raw(raw_dir: Path) -> RawListing:
    """Read the files under ``raw_dir``.

    A document's key is the start of its file's SHA-256, so that it does not depend on the
    file's name; further copies of the same bytes are numbered.

    Raises:
        UsageError: The directory is missing or holds no file.
    """
    files: list[tuple[str, RawFile]] = []
    rejects: list[Reject] = []
    copies: Counter[str] = Counter()
    for item in read_raw_files(raw_dir):
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        copies[item.sha256] += 1
        copy = copies[item.sha256]
        files.append((item.sha256[:12] + (f"-{copy}" if copy > 1 else ""), item))
    if not files and not rejects:
        raise UsageError(f"{raw_dir} holds no documents; put .txt files there (see raw/README.md)")
    return RawListing(tuple(files), tuple(rejects), read_person_judgements(raw_dir))


def extract_batch(files: Iterable[tuple[str, RawFile]]) -> Batch:
    """Extract documents; one that cannot be used becomes a reject, the others go on."""
    extractions: list[Extraction] = []
    rejects: list[Reject] = []
    for document_id, raw in files:
        try:
            extraction = extract_file(raw, document_id)
            check_extraction(extraction)
            extractions.append(extraction)
        except RawFileError as error:
            rejects.append(Reject(raw.path, raw.sha256, error.stage, error.reason, error.detail))
        except LexiconError:
            raise
        except Exception as error:
            # One document that trips a rule must not cost the others; the detail names the place.
            place = traceback.extract_tb(error.__traceback__)[-1]
            detail = (
                f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}"
            )
            rejects.append(
                Reject(raw.path, raw.sha256, "extract", "extraction_failed", f"{detail}; report it")
            )
    return mention_tables(extractions, rejects)


def assemble(listing: RawListing, batches: Sequence[Batch]) -> dict[str, pa.Table]:
    """Resolve the batches into the tables of the schema, and check them.

    Raises:
        TableError: A row breaks the schema; nothing is published.
    """
    mentions = concat([mention_tables((), listing.rejects), *batches])
    tables = resolve(mentions, listing.judgements)
    check_tables(tables)
    return tables


def publish(tables: Mapping[str, pa.Table], warehouse_dir: Path) -> BuildReport:
    """Switch the warehouse to these tables, whole or not at all."""
    before = published_documents(warehouse_dir)
    snapshot = publish_snapshot(tables, warehouse_dir)
    after = set(tables["documents"]["document_id"].to_pylist())
    return BuildReport(
        snapshot.snapshot_id,
        {name: table.num_rows for name, table in tables.items()},
        tables["rejects"].to_pylist(),
        sorted(after - before),
        sorted(before - after),
    )


def build(raw_dir: Path, warehouse_dir: Path, on_progress: Progress | None = None) -> BuildReport:
    """Run all stages in this process.

    Args:
        raw_dir: Directory with the documents.
        warehouse_dir: Directory that gets the snapshot.
        on_progress: Called with stage, documents done and documents in all.
    """
    listing = list_raw(raw_dir)
    batches: list[Batch] = []
    done = 0
    for files in listing.batches():
        batches.append(extract_batch(files))
        done += len(files)
        if on_progress:
            on_progress("extract", done, len(listing.files))
    return publish(assemble(listing, batches), warehouse_dir)
