"""A resolution -> the files of a snapshot, written to a staging folder.

What is the same as in the previous snapshot is not written again: a partition whose documents
have the same digests is linked, as is a file that comes out byte for byte the same; of the database
a copy is made in which the rows of changed documents are replaced.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sco_pipeline.changes import write_changes
from sco_pipeline.checks import check_tables
from sco_pipeline.citation import CITATION, citation, cite
from sco_pipeline.croissant import DESCRIPTOR as CROISSANT
from sco_pipeline.croissant import describe_croissant
from sco_pipeline.data_package import DESCRIPTOR, TableFile, describe_snapshot, sha256sums
from sco_pipeline.package_digest import package_digest, package_version
from sco_pipeline.resolution.assemble import Resolution, document_rows
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import (
    ALL_TABLES,
    CHANGES,
    DOCUMENT_TABLES,
    REFERENCE_TABLES,
)
from sco_pipeline.snapshot import (
    CHECKSUMS_FILE,
    SnapshotRecord,
    current_snapshot,
    last_record,
    make_staging,
    now,
    previous_record,
)
from sco_pipeline.table_files import (
    CHANGES_FILE,
    INPUTS_FILE,
    file_sha256,
    partition_bits,
    partition_of,
    partition_of_path,
    split_by_document,
    write_table,
)
from sco_pipeline.warehouse import (
    DATABASE,
    Engine,
    build_database,
    connect,
    update_database,
    views_digest,
)

Item = TypeVar("Item")

#: Documents laid out and checked at a time: some hundred megabytes at most.
DOCUMENTS_AT_A_TIME = 1_024
#: The share of documents up to which changing a copy of the database is faster than a new one.
MAX_UPDATED_SHARE = 0.25
#: So many times its first size the database may take before it is built anew: every change leaves
#: blocks that are half empty.
MAX_GROWTH = 2

_SINGLE_TABLES = tuple(spec for spec in ALL_TABLES if spec not in DOCUMENT_TABLES)


@dataclass(frozen=True, slots=True)
class Staged:
    """A snapshot that is written but not published.

    Attributes:
        folder: Where it lies.
        record: Its record, gates left out.
        is_new: False where it is the current one again; there is nothing to publish then.
        previous: The record of the current snapshot, even if that is damaged.
    """

    folder: Path
    record: SnapshotRecord
    is_new: bool
    previous: SnapshotRecord | None


class _Writer:
    """Writes the files of tables, or links them to those of the previous snapshot.

    Attributes:
        files: Table -> its files so far.
        rewritten: Table -> paths to load into a database of the previous snapshot: the whole of
            every partition that was laid out, and other tables that differ.
    """

    def __init__(self, folder: Path, previous: tuple[Path, SnapshotRecord] | None) -> None:
        self.folder = folder
        self._previous = previous[0] if previous else None
        record = previous[1] if previous else None
        self._old = {
            (table, partition_of_path(file.path)): file
            for table, files in (record.files.items() if record else ())
            for file in files
        }
        self.files: defaultdict[str, list[TableFile]] = defaultdict(list)
        self.rewritten: defaultdict[str, list[str]] = defaultdict(list)

    def keep(self, spec: TableSpec, partition: int = 0) -> None:
        """Link a file of the previous snapshot."""
        file = self._old[spec.name, partition]
        (self.folder / spec.name).mkdir(exist_ok=True)
        self._link(file)
        self.files[spec.name].append(file)

    def write(self, spec: TableSpec, table: pa.Table, partition: int | None = None) -> None:
        """Write a file; one that comes out the same is linked all the same."""
        file = write_table(spec, table, self.folder, partition)
        is_same = self._old.get((spec.name, partition or 0)) == file
        if is_same:
            self._link(file)
        if spec in DOCUMENT_TABLES or not is_same:
            self.rewritten[spec.name].append(file.path)
        self.files[spec.name].append(file)

    def _link(self, file: TableFile) -> None:
        assert self._previous is not None
        source, target = self._previous / file.path, self.folder / file.path
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:  # a file system without links, or with too many of this file
            shutil.copy2(source, target)


def stage_snapshot(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    references: Mapping[str, pa.Table],
    warehouse_dir: Path,
    *,
    input_digest: str,
    full: bool = False,
    engine: Engine | None = None,
) -> Staged:
    """Write a snapshot beside the others.

    Args:
        connection: As ``resolution.assemble.resolve`` left it.
        resolution: What it gave.
        references: The tables that come with the package.
        warehouse_dir: The warehouse, whose lock the caller holds.
        input_digest: Hash of all that was read from raw/.
        full: Write every file anew, whatever the previous snapshot has.
        engine: What may be used, for the database and for writing files.

    Raises:
        TableError: A row breaks the schema.
        WarehouseError: The database cannot be built.
        OSError: A file cannot be written.
    """
    engine = engine or Engine()
    parent = current_snapshot(warehouse_dir)
    # Who asks for everything anew may have found damage that sizes do not show.
    previous = previous_record(warehouse_dir, thorough=full)
    if previous and not (previous[0] / INPUTS_FILE).is_file():
        previous = None
    is_alike = previous is not None and previous[1].package_digest == package_digest()
    basis = previous if is_alike and not full else None
    writer = _Writer(make_staging(warehouse_dir), basis)
    inputs = resolution.inputs.append_column(
        "package_digest", pa.array([package_digest()] * resolution.inputs.num_rows, pa.string())
    )
    documents = resolution.inputs.filter(pc.is_valid(resolution.inputs["rows_digest"]))
    document_ids: list[str] = documents["document_id"].to_pylist()
    bits = partition_bits(len(document_ids))
    digests = _partition_digests(document_ids, documents["rows_digest"].to_pylist(), bits)

    known = {**references, **resolution.tables}
    check_tables(known, {spec.name for spec in _SINGLE_TABLES})
    for spec in _SINGLE_TABLES:
        if basis and spec in REFERENCE_TABLES:
            writer.keep(spec)
        else:
            writer.write(spec, known[spec.name])
    same: set[int] = set()
    if basis and basis[1].partition_bits == bits:
        filled = {partition_of(document_id, bits) for document_id in document_ids}
        same = {n for n in filled if basis[1].partition_digests[n] == digests[n]}
    for partition in sorted(same):
        for spec in DOCUMENT_TABLES:
            writer.keep(spec, partition)

    def finish(laid_out: tuple[list[str], Mapping[str, pa.Table]]) -> None:
        group, rows = laid_out
        check_tables({**known, **rows}, rows.keys(), documents["document_id"])
        partitions = [partition_of(document_id, bits) for document_id in group]
        for spec in DOCUMENT_TABLES:
            for partition, part in split_by_document(rows[spec.name], group, partitions):
                writer.write(spec, part, partition if bits else None)

    groups = _groups(document_ids, bits, same)
    _in_threads(engine.threads, finish, ((g, document_rows(connection, g)) for g in groups))
    if not document_ids:
        for spec in DOCUMENT_TABLES:
            writer.write(spec, spec.empty())
    for files in writer.files.values():
        files.sort(key=lambda file: file.path)

    parent_id = parent.name if parent else None
    record = _record(writer, len(document_ids), input_digest, bits, digests, parent_id)
    if previous and previous[1].content_digest == record.content_digest:
        return Staged(writer.folder, previous[1], False, previous[1])
    pq.write_table(inputs, writer.folder / INPUTS_FILE, compression="zstd")
    changes = _write_changes(writer, record, previous, engine)
    info = {
        "snapshot_id": record.snapshot_id,
        "content_digest": record.content_digest,
        "parent_id": record.parent_id or "",
        "package_version": record.package_version,
        "input_digest": record.input_digest,
    }
    record = replace(record, compact_size=_write_database(writer, inputs, basis, info, engine))
    _describe(writer.folder, {**writer.files, CHANGES.name: [changes]}, record)
    return Staged(writer.folder, record, True, last_record(warehouse_dir))


def _partition_digests(
    document_ids: Sequence[str], rows_digests: Sequence[str], bits: int
) -> list[str]:
    """What the rows of each partition depend on, as one hash each."""
    parts = [hashlib.sha256() for _ in range(1 << bits)]
    for document_id, digest in zip(document_ids, rows_digests, strict=True):
        parts[partition_of(document_id, bits)].update(f"{document_id} {digest}\n".encode())
    return [part.hexdigest() for part in parts]


def _groups(document_ids: Sequence[str], bits: int, same: set[int]) -> Iterator[list[str]]:
    """Documents of partitions to be written, some partitions at a time, none cut in two."""
    group: list[str] = []
    for partition, ids in groupby(document_ids, lambda key: partition_of(key, bits)):
        if partition in same:
            continue
        group += ids
        if len(group) >= DOCUMENTS_AT_A_TIME:
            yield group
            group = []
    if group:
        yield group


def _in_threads(count: int, function: Callable[[Item], None], items: Iterable[Item]) -> None:
    """Apply a function to items while further ones are being made; no more wait than threads."""
    if count == 1:
        for item in items:
            function(item)
        return
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(count) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) == count:
                waiting.popleft().result()
        for future in waiting:
            future.result()


def _record(
    writer: _Writer,
    document_count: int,
    input_digest: str,
    bits: int,
    digests: Sequence[str],
    parent_id: str | None,
) -> SnapshotRecord:
    listed = sorted(
        f"{file.path} {file.sha256}" for files in writer.files.values() for file in files
    )
    content_digest = _digest([package_digest(), views_digest(), *listed])[:16]
    return SnapshotRecord(
        snapshot_id=_digest([content_digest, parent_id or ""])[:16],
        content_digest=content_digest,
        parent_id=parent_id,
        created_at=now(),
        package_version=package_version(),
        package_digest=package_digest(),
        input_digest=input_digest,
        document_count=document_count,
        row_counts={
            spec.name: sum(file.row_count for file in writer.files[spec.name])
            for spec in ALL_TABLES
        },
        partition_bits=bits,
        partition_digests=digests,
        files=dict(writer.files),
    )


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _write_changes(
    writer: _Writer,
    record: SnapshotRecord,
    previous: tuple[Path, SnapshotRecord] | None,
    engine: Engine,
) -> TableFile:
    """List what differs from the previous snapshot, looking into files that differ alone."""
    if previous is None:
        return write_table(CHANGES, CHANGES.empty(), writer.folder)
    target = writer.folder / CHANGES_FILE
    target.parent.mkdir()
    folder, older = previous
    old = {file for files in older.files.values() for file in files}
    new = {file for files in record.files.values() for file in files}
    with connect(None, writer.folder, engine) as connection:
        row_count = write_changes(
            connection,
            _paths(folder, older.files, new),
            _paths(writer.folder, record.files, old),
            folder / INPUTS_FILE,
            writer.folder / INPUTS_FILE,
            target,
        )
    return TableFile(CHANGES_FILE, row_count, target.stat().st_size, file_sha256(target))


def _paths(
    folder: Path, files: Mapping[str, Sequence[TableFile]], left_out: set[TableFile]
) -> dict[str, list[Path]]:
    paths = {
        table: [folder / file.path for file in of_table if file not in left_out]
        for table, of_table in files.items()
    }
    return {table: found for table, found in paths.items() if found}


def _write_database(
    writer: _Writer,
    inputs: pa.Table,
    basis: tuple[Path, SnapshotRecord] | None,
    info: Mapping[str, str],
    engine: Engine,
) -> int:
    """Write ``sco.duckdb``; gives the size it had when it was last built from nothing."""
    path = writer.folder / DATABASE
    if basis:
        folder, record = basis
        changed = _changed_documents(pq.read_table(folder / INPUTS_FILE), inputs)
        is_compact = (folder / DATABASE).stat().st_size <= MAX_GROWTH * record.compact_size
        if is_compact and len(changed) <= MAX_UPDATED_SHARE * inputs.num_rows:
            files = {**writer.rewritten, CHANGES.name: [CHANGES_FILE]}
            update_database(folder / DATABASE, path, writer.folder, files, changed, info, engine)
            return record.compact_size
    build_database(writer.folder, path, info, engine)
    return path.stat().st_size


def _changed_documents(before: pa.Table, after: pa.Table) -> list[str]:
    """Documents that came, went or have other rows."""
    columns = ("document_id", "rows_digest")
    old, new = (
        set(zip(*(table[name].to_pylist() for name in columns), strict=True))
        for table in (before, after)
    )
    return sorted({document_id for document_id, _ in old ^ new})


def _describe(
    folder: Path, files: Mapping[str, Sequence[TableFile]], record: SnapshotRecord
) -> None:
    """Write what tells people and programs what the files are."""
    publishers = pq.read_table(folder / "documents", columns=["publisher"])["publisher"]
    sources = sorted(set(pc.unique(publishers).to_pylist()) - {None})
    name, version, digest = record.snapshot_id, record.package_version, record.content_digest
    descriptor = describe_snapshot(
        files, snapshot_id=name, content_digest=digest, package_version=version, sources=sources
    )
    _write_json(folder / DESCRIPTOR, descriptor, indent=2)
    croissant = describe_croissant(
        files, snapshot_id=name, package_version=version, cite_as=cite(name, version)
    )
    _write_json(folder / CROISSANT, croissant)
    text = citation(snapshot_id=name, content_digest=digest, package_version=version)
    (folder / CITATION).write_text(text, encoding="utf-8")
    hashes = {file.path: file.sha256 for of_table in files.values() for file in of_table}
    for name in (INPUTS_FILE, DATABASE, DESCRIPTOR, CROISSANT, CITATION):
        hashes[name] = file_sha256(folder / name)
    (folder / CHECKSUMS_FILE).write_text(sha256sums(hashes), encoding="utf-8")


def _write_json(path: Path, value: object, indent: int | None = None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    path.write_text(text + "\n", encoding="utf-8")
