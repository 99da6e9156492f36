"""The whole way, top to bottom; start here.

    raw/ -> extract (map: documents are independent; only new or changed ones are read;
                     formats/ makes text of any file, extraction.py finds what is in it)
         -> stage   (reduce: meetings, persons, instruments across documents; files written)
         -> check   (gates) -> publish (switched in one step) -> warehouse/current and sco.duckdb

``build`` runs these stages; the Prefect flow runs the same functions as tasks.
"""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sco_pipeline import snapshot as snapshots
from sco_pipeline.changes import summary
from sco_pipeline.checks import check_extraction
from sco_pipeline.corrections import Corrections, read_corrections
from sco_pipeline.errors import LexiconError, RawFileError, UsageError, WarehouseError
from sco_pipeline.expansion import Unpacked, container_type, joined, unpack
from sco_pipeline.extraction import LANGUAGES, extract_file, load_lexicons
from sco_pipeline.extraction_store import (
    add_extractions,
    drop_extractions,
    open_store,
    stored_sources,
)
from sco_pipeline.gates import GateResult, check_gates, gold_digest, gold_f1, require
from sco_pipeline.limits import Limits
from sco_pipeline.model import Extraction, FoundFile, Loss, Reject
from sco_pipeline.person_judgements import PersonJudgements, read_person_judgements
from sco_pipeline.raw_files import RawFolder, read_found_file, require_documents
from sco_pipeline.resolution.assemble import reference_tables, resolve
from sco_pipeline.settings import GateSettings, Settings
from sco_pipeline.staging import Staged, stage_snapshot
from sco_pipeline.table_files import CHANGES_FILE
from sco_pipeline.tables import mention_tables
from sco_pipeline.warehouse import DATABASE, Engine, connect
from sco_pipeline.workers import Lost, Steps, Workers, require_main, start_workers

#: Documents per task: large enough to hide a task's own cost, small enough to show progress.
BATCH_SIZE = 100
#: A batch of long documents has fewer, so that memory is bounded.
BATCH_BYTES = 16_000_000

Batch = Sequence[tuple[str, FoundFile]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the first stage did; what it read from documents lies in the store.

    Attributes:
        rejects: Files that did not come as far as extraction.
        corrections: What people corrected.
        judgements: What they decided about persons.
        input_digest: Hash over all that was read from raw/.
        extracted_count: Files that were new or changed, and were extracted.
    """

    rejects: tuple[Reject, ...]
    corrections: Corrections
    judgements: PersonJudgements
    input_digest: str
    extracted_count: int


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a refresh published.

    Attributes:
        is_new: False where the content is that of the snapshot that was current already.
        extracted_count: Documents read; all others were known.
        changes: Rows changed, by table, action and cause (``changes.summary``).
        failed_gates: Gates that failed and were overruled.
    """

    snapshot_id: str
    parent_id: str | None
    is_new: bool
    extracted_count: int
    row_counts: Mapping[str, int]
    rejects: list[dict[str, str]]
    changes: list[dict[str, Any]]
    failed_gates: list[str]


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh that is going on: what its stages share.

    Attributes:
        raw_dir: Directory with the documents.
        folder: What lies in it.
        warehouse_dir: Directory that gets the snapshot; this refresh holds its lock.
        settings: Limits.
        is_full: Read and write everything anew.
        store: What was read from documents (``extraction_store``).
        workers: Processes for what takes long.
        unpackers: Process that unpacks archives.
        unpacking_dir: Where it does; empty.
    """

    raw_dir: Path
    folder: RawFolder
    warehouse_dir: Path
    settings: Settings
    is_full: bool
    store: duckdb.DuckDBPyConnection
    workers: Workers
    unpackers: Workers
    unpacking_dir: Path


@contextmanager
def start_refresh(
    raw_dir: Path, warehouse_dir: Path, settings: Settings, *, full: bool = False
) -> Iterator[Refresh]:
    """Hold the warehouse for one refresh.

    Raises:
        UsageError: There is no such raw directory, it is empty, or holds the warehouse; or a
            worker process imports the script that calls this.
        WarehouseError: Another refresh goes on for too long, or a disk fails or is full; what
            was published before is untouched.
    """
    require_main()
    require_documents(raw_dir)
    inner, outer = warehouse_dir.resolve(), raw_dir.resolve()
    if inner == outer or outer in inner.parents:
        raise UsageError(
            f"{warehouse_dir} lies in {raw_dir} and would be read; name another --warehouse"
        )
    with snapshots.hold_lock(warehouse_dir, settings.wait_seconds):
        try:
            limits = settings.limits
            folder = RawFolder(raw_dir, limits)
            with (
                open_store(warehouse_dir, limits, _engine(settings), anew=full) as store,
                start_workers(settings.workers, limits) as workers,
                start_workers(min(settings.workers, 1), limits) as unpackers,
                snapshots.scratch_folder(warehouse_dir) as unpacking_dir,
            ):
                yield Refresh(
                    raw_dir, folder, warehouse_dir, settings, full,
                    store, workers, unpackers, unpacking_dir,
                )  # fmt: skip
        except (OSError, MemoryError, duckdb.OperationalError, duckdb.FatalException) as error:
            raise WarehouseError(
                f"{warehouse_dir} is not refreshed ({error}); see to space and permissions there "
                f"and in {raw_dir}, or to memory (fewer workers, memory_limit_mb); what was "
                "published before is untouched"
            ) from error
        finally:
            snapshots.clear_staging(warehouse_dir)


def _engine(settings: Settings) -> Engine:
    return Engine(max(1, settings.workers), settings.memory_limit_mb)


def extract(refresh: Refresh, on_progress: Progress | None = None) -> Extracted:
    """Read the documents that are new or changed, and forget those that are gone.

    Args:
        refresh: The refresh.
        on_progress: Called with stage, documents done and documents in all.
    """
    reading = _Reading(refresh)
    stored = stored_sources(refresh.store)
    extract_some = partial(extract_batch, refresh.settings.limits)
    for result in refresh.workers.map_guarded(extract_some, reading.batches(stored)):
        if isinstance(result, Lost):
            reading.lose(result)
        else:
            add_extractions(refresh.store, *result)
        if on_progress:
            total = max(len(refresh.folder), reading.read_count)
            on_progress("extract", reading.read_count, total)
    refresh.workers.close()  # what follows needs the memory
    refresh.unpackers.close()
    drop_extractions(refresh.store, sorted(stored.keys() - reading.digests.keys()))
    corrections = read_corrections(refresh.raw_dir)
    judgements = read_person_judgements(refresh.raw_dir)
    lines = [
        f"{corrections.sha256} {judgements.sha256}",
        *sorted(reading.digests.values()),
        *sorted(f"{reject.path} {reject.sha256}" for reject in reading.rejects),
    ]
    return Extracted(
        tuple(reading.rejects),
        corrections,
        judgements,
        hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        reading.extracted_count,
    )


class _Reading:
    """Goes through the raw files once, keeping none in memory.

    A document's key is the start of its file's SHA-256, so that it does not depend on the
    file's name; further copies of the same bytes are numbered.
    """

    def __init__(self, refresh: Refresh) -> None:
        self._refresh = refresh
        self._limits = refresh.settings.limits
        self.digests: dict[str, str] = {}
        self.rejects: list[Reject] = []
        self.read_count = 0
        self.extracted_count = 0

    def batches(self, stored: Mapping[str, str]) -> Iterator[Batch]:
        """Yield the documents that are not stored as they are, some at a time."""
        batch: list[tuple[str, FoundFile]] = []
        size = 0
        copies: Counter[str] = Counter()
        for item in self._documents():
            key = item.sha256[:12]
            copies[key] += 1
            document_id = key if copies[key] == 1 else f"{key}-{copies[key]}"
            self.digests[document_id] = item.digest
            self.read_count += 1
            if stored.get(document_id) != item.digest:
                self.extracted_count += 1
                batch.append((document_id, item))
                size += len(item.content)
            if len(batch) == BATCH_SIZE or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def lose(self, lost: Lost[tuple[str, FoundFile]]) -> None:
        """Reject a document that ended its process.

        It is not stored: on a busy machine another try may succeed.
        """
        document_id, found = lost.item
        del self.digests[document_id]
        detail = f"{lost.detail}; split the file, or raise the limit"
        self.rejects.append(Reject(found.path, found.sha256, "extract", lost.reason, detail))

    def _documents(self) -> Iterator[FoundFile]:
        """Every document, in files of its own and in archives; the rest goes to the rejects."""
        for item in self._refresh.folder:
            if isinstance(item, Reject):
                self.rejects.append(item)
                continue
            try:
                media_type = container_type(item, self._limits)
            except RawFileError as error:
                self.rejects.append(
                    Reject(item.path, item.sha256, error.stage, error.reason, error.detail)
                )
                continue
            if media_type is None:
                yield item
            else:
                yield from self._unpacked(item, media_type)

    def _unpacked(self, found: FoundFile, media_type: str) -> Iterator[FoundFile]:
        folder = self._refresh.unpacking_dir
        work = partial(_unpack_one, folder, self._limits)
        for result in self._refresh.unpackers.map_guarded(work, [[(found, media_type)]]):
            if isinstance(result, Lost):
                self.rejects.append(
                    Reject(found.path, found.sha256, "read", result.reason, result.detail)
                )
            else:
                self.rejects += result.rejects
                for unpacked in result.files:
                    yield replace(unpacked.found, content=unpacked.file.read_bytes())
        for file in folder.iterdir():
            file.unlink()


def _unpack_one(
    folder: Path, limits: Limits, batch: Sequence[tuple[FoundFile, str]]
) -> Steps[Unpacked]:
    """Unpack the one file of a batch, in one step."""
    yield
    ((found, media_type),) = batch
    return unpack(found, media_type, folder, limits)


def extract_batch(
    limits: Limits, batch: Batch
) -> Steps[tuple[list[tuple[str, str, str, str]], dict[str, pa.Table]]]:
    """Extract documents, one a step; what cannot be used becomes a reject, the others go on.

    Returns:
        A row of ``tables.SOURCES`` for each file, and the tables of mentions.
    """
    extractions: list[Extraction] = []
    rejects: list[tuple[str, Reject]] = []
    load_lexicons(LANGUAGES[0])
    mention_tables(())  # PyArrow imports pandas, where it is installed, at its first list
    yield
    for document_id, found in batch:
        raw, bad_sidecar = read_found_file(found)
        if bad_sidecar:
            rejects.append((document_id, bad_sidecar))
        try:
            extraction = extract_file(raw, document_id, limits)
            check_extraction(extraction)
            extractions.append(extraction)
            rejects += [
                (document_id, Reject(raw.path, raw.sha256, "read", reason, detail))
                for reason, detail in _by_reason(extraction.document.losses)
            ]
        except RawFileError as error:
            stage, reason, detail = error.stage, error.reason, error.detail
        except (LexiconError, MemoryError, OSError):
            raise  # no fault of the document: it must not be kept as a reject
        except Exception as error:
            # One document that trips a rule must not cost the others; the detail names the place.
            place = traceback.extract_tb(error.__traceback__)[-1]
            stage, reason, detail = (
                "extract",
                "extraction_failed",
                f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}; "
                "report it",
            )
        else:
            yield
            continue
        rejects.append((document_id, Reject(raw.path, raw.sha256, stage, reason, detail)))
        yield
    sources = [(key, found.path, found.sha256, found.digest) for key, found in batch]
    return sources, mention_tables(extractions, rejects)


def _by_reason(losses: Sequence[Loss]) -> Iterator[tuple[str, str]]:
    """Losses of one reason as one: a file has one reject of a reason."""
    details: dict[str, list[str]] = {}
    for reason, detail in losses:
        details.setdefault(reason, []).append(detail)
    return ((reason, joined(found)) for reason, found in details.items())


def stage(refresh: Refresh, extracted: Extracted) -> Staged:
    """Resolve across documents, and write the snapshot beside the others.

    Raises:
        TableError: A row breaks the schema; nothing is published.
    """
    references = reference_tables()
    resolution = resolve(
        refresh.store,
        references,
        judgements=extracted.judgements,
        corrections=extracted.corrections,
        rejects=extracted.rejects,
        map_chunks=refresh.workers.map,
    )
    refresh.workers.close()
    return stage_snapshot(
        refresh.store,
        resolution,
        references,
        refresh.warehouse_dir,
        input_digest=extracted.input_digest,
        full=refresh.is_full,
        engine=_engine(refresh.settings),
    )


def check(refresh: Refresh, staged: Staged, accept: str | None = None) -> Staged:
    """Hold the staged snapshot against the gates.

    Args:
        refresh: The refresh, whose settings are the limits.
        staged: What ``stage`` wrote.
        accept: Why it is to be published even if gates fail.

    Returns:
        The same with what the gates gave in its record.

    Raises:
        GateError: A gate failed and ``accept`` is None; nothing is published.
    """
    if not staged.is_new:
        return staged
    settings = refresh.settings.gates
    digest = gold_digest(settings.gold) if settings.gold else None
    with closing(
        connect(staged.folder / DATABASE, staged.folder, _engine(refresh.settings), read_only=True)
    ) as connection:
        results = check_gates(
            connection,
            staged.previous.row_counts if staged.previous else {},
            settings,
            partial(_scores, staged, settings, digest) if settings.gold else None,
        )
    if accept is None:
        require(results)
    is_overruled = not all(result.passed for result in results)
    record = replace(
        staged.record,
        gates=[asdict(result) for result in results],
        gold_digest=digest,
        accepted=accept if is_overruled else None,
    )
    return replace(staged, record=record)


def _scores(staged: Staged, settings: GateSettings, digest: str | None) -> Mapping[str, float]:
    """F1 by score, as it was where neither the package nor the annotated documents changed."""
    before = staged.previous
    if before and (before.gold_digest, before.package_digest) == (
        digest,
        staged.record.package_digest,
    ):
        known = {gate["subject"]: gate["value"] for gate in before.gates if gate["gate"] == "f1"}
        if known.keys() >= settings.min_f1.keys():
            return known
    assert settings.gold is not None
    return gold_f1(settings.gold)


def publish(refresh: Refresh, extracted: Extracted, staged: Staged) -> BuildReport:
    """Switch the warehouse to the staged snapshot, whole or not at all."""
    # Read before the switch: whatever fails after it must not look like a failed refresh.
    rejects = pq.read_table(staged.folder / "rejects")
    changes = summary(staged.folder / CHANGES_FILE) if staged.is_new else []
    if staged.is_new:
        staged.record.write(staged.folder)
        keep = refresh.settings.keep_snapshots
        snapshots.publish(staged.folder, staged.record, refresh.warehouse_dir, keep)
    return BuildReport(
        staged.record.snapshot_id,
        staged.record.parent_id,
        staged.is_new,
        extracted.extracted_count,
        staged.record.row_counts,
        rejects.to_pylist(),
        changes,
        [str(GateResult(**gate)) for gate in staged.record.gates if not gate["passed"]],
    )


def build(
    raw_dir: Path,
    warehouse_dir: Path,
    settings: Settings | None = None,
    *,
    full: bool = False,
    accept: str | None = None,
    on_progress: Progress | None = None,
) -> BuildReport:
    """Run all stages in this process and its workers.

    Workers import the script that calls this; as ever with processes, it must do so under
    ``if __name__ == "__main__"``.

    Args:
        raw_dir: Directory with the documents.
        warehouse_dir: Directory that gets the snapshot.
        settings: Defaults if None.
        full: Read and write everything anew.
        accept: Why the snapshot is to be published even if gates fail.
        on_progress: Called with stage, documents done and documents in all.

    Raises:
        ScoPipelineError: Whatever stopped it; what was published before is untouched.
    """
    with start_refresh(raw_dir, warehouse_dir, settings or Settings(), full=full) as refresh:
        extracted = extract(refresh, on_progress)
        staged = check(refresh, stage(refresh, extracted), accept)
        return publish(refresh, extracted, staged)
