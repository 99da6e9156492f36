"""Publishing: a complete snapshot is staged beside the others and switched to in one step.

    warehouse/
      snapshots/<id>/<table>/part-0.parquet, datapackage.json, sco.duckdb
      current     -> snapshots/<id>
      sco.duckdb  -> current/sco.duckdb
      .lock

Replacing the link ``current`` is the one moment of publication: Parquet and database change
together, and whatever fails or is killed before it leaves the previous snapshot as it was.
A snapshot never changes once it has its name. See docs/adr/0004-publication.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sco_pipeline.data_package import DESCRIPTOR, TableFile, describe_snapshot
from sco_pipeline.errors import WarehouseError
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.warehouse import DATABASE, build_database, views_digest

CURRENT = "current"
SNAPSHOTS = "snapshots"

#: Rows of a row group: some ten megabytes, so that readers can skip and need little memory.
ROW_GROUP_ROWS = 65_536
#: Documents carry whole texts.
DOCUMENT_ROW_GROUP_ROWS = 4_096

_STAGING = ".staging"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published snapshot.

    Attributes:
        path: Its own folder, which ``current`` points to.
        is_new: False where the content equals that of a snapshot already there.
        row_counts: Table -> rows.
    """

    snapshot_id: str
    path: Path
    is_new: bool
    row_counts: Mapping[str, int]


def publish(
    tables: Mapping[str, pa.Table],
    warehouse_dir: Path,
    *,
    keep: int = 2,
    wait_seconds: float = 600,
) -> Snapshot:
    """Write checked tables as a snapshot and make it the current one.

    The id is a hash of what the snapshot is made from, so equal tables give the same id, and
    publishing them again writes nothing. Readers that hold an older snapshot open go on; those
    that read several Parquet files should resolve ``current`` once.

    Args:
        tables: All of ``schema.tables.ALL_TABLES``, rows in any order, as ``checks`` passed them.
        warehouse_dir: Made if missing.
        keep: Snapshots that stay, the current one included.
        wait_seconds: How long to wait while another process publishes here.

    Raises:
        WarehouseError: It cannot be written, or another process publishes for too long; the
            previous snapshot stays current.
    """
    try:
        snapshots = warehouse_dir / SNAPSHOTS
        snapshots.mkdir(parents=True, exist_ok=True)
        with _lock(warehouse_dir, wait_seconds):
            for leftover in snapshots.glob(f"{_STAGING}*"):
                shutil.rmtree(leftover)
            staging = snapshots / f"{_STAGING}-{os.getpid()}"
            try:
                snapshot = _stage(tables, staging)
                _switch(warehouse_dir, snapshot.path)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
            _prune(snapshots, snapshot.path, keep)
            return snapshot
    except OSError as error:
        raise WarehouseError(
            f"the snapshot cannot be written to {warehouse_dir} ({error}); see to space and "
            "permissions there; what was published before is untouched"
        ) from error


def published_documents(warehouse_dir: Path) -> set[str]:
    """The ids of the current snapshot's documents; none where nothing readable is published."""
    path = warehouse_dir / CURRENT / "documents"
    try:
        table = pq.read_table(path.resolve(), columns=["document_id"])
    except (OSError, pa.ArrowException) as error:
        if path.is_dir():
            _log.warning("%s cannot be read (%s); all documents count as new", path, error)
        return set()
    return set(table["document_id"].to_pylist())


def _stage(tables: Mapping[str, pa.Table], staging: Path) -> Snapshot:
    """Write the snapshot and give it its name, unless one of that name is there already."""
    staging.mkdir()
    files = {spec.name: _write_table(spec, tables[spec.name], staging) for spec in ALL_TABLES}
    version = _package_version()
    snapshot_id = _digest(
        [version, views_digest(), *(f"{file.path} {file.sha256}" for file in files.values())]
    )[:16]
    row_counts = {name: file.row_count for name, file in files.items()}
    target = staging.parent / snapshot_id
    if _is_complete(target, files):
        return Snapshot(snapshot_id, target, False, row_counts)
    descriptor = describe_snapshot(
        files,
        snapshot_id=snapshot_id,
        package_version=version,
        sources=sorted(set(tables["documents"]["publisher"].to_pylist()) - {None}),
    )
    (staging / DESCRIPTOR).write_text(
        json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    info = {
        "snapshot_id": snapshot_id,
        "package_version": version,
        "input_digest": _input_digest(tables),
    }
    build_database(staging, staging / DATABASE, info)
    _sync_tree(staging)
    if target.exists():
        _log.warning("snapshot %s was damaged and is replaced", snapshot_id)
        _discard(target)
    staging.rename(target)
    _sync(target.parent)
    return Snapshot(snapshot_id, target, True, row_counts)


def _write_table(spec: TableSpec, table: pa.Table, snapshot: Path) -> TableFile:
    """Write one table, rows sorted by key. Equal rows give equal bytes, in whatever order and
    chunks they come.
    """
    path = snapshot / spec.name / "part-0.parquet"
    path.parent.mkdir()
    schema = spec.arrow_schema()
    size = DOCUMENT_ROW_GROUP_ROWS if spec.name == "documents" else ROW_GROUP_ROWS
    order = pq.SortingColumn.from_ordering(schema, [(name, "ascending") for name in spec.key])
    with pq.ParquetWriter(
        path, schema, compression="zstd", sorting_columns=order, write_page_index=True
    ) as writer:
        for group in _row_groups(spec, table, size):
            writer.write_table(group, row_group_size=size)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return TableFile(
        path.relative_to(snapshot).as_posix(), table.num_rows, path.stat().st_size, sha256
    )


def _row_groups(spec: TableSpec, table: pa.Table, size: int) -> Iterator[pa.Table]:
    """Cut the table, sorted by key, into row groups of one chunk each."""
    schema = spec.arrow_schema()
    order = pc.sort_indices(table.select(spec.key), [(name, "ascending") for name in spec.key])
    # take() first joins the chunks of a column; only large strings may then pass 2 GiB.
    wide = table.cast(pa.schema([_widened(field) for field in schema])).combine_chunks()
    for start in range(0, table.num_rows, size):
        yield wide.take(order.slice(start, size)).cast(schema).combine_chunks()


def _widened(field: pa.Field) -> pa.Field:
    return field.with_type(pa.large_string()) if pa.types.is_string(field.type) else field


def _is_complete(snapshot: Path, files: Mapping[str, TableFile]) -> bool:
    """Whether a snapshot is there with all its files, in their sizes."""
    return (
        (snapshot / DESCRIPTOR).is_file()
        and (snapshot / DATABASE).is_file()
        and all(
            (snapshot / file.path).is_file() and (snapshot / file.path).stat().st_size == file.size
            for file in files.values()
        )
    )


def _switch(warehouse_dir: Path, snapshot: Path) -> None:
    """Point ``current``, and through it ``sco.duckdb``, to the snapshot."""
    os.utime(snapshot)  # pruning goes by the time a snapshot was last made current
    _link(warehouse_dir / DATABASE, f"{CURRENT}/{DATABASE}")
    _link(warehouse_dir / CURRENT, f"{SNAPSHOTS}/{snapshot.name}")
    _sync(warehouse_dir)


def _link(path: Path, target: str) -> None:
    """Make ``path`` a link to ``target`` (relative), in one step."""
    if path.is_symlink() and path.readlink() == Path(target):
        return
    if path.is_dir() and not path.is_symlink():
        raise WarehouseError(f"{path} is a folder, not a link to a snapshot; move it away")
    staged = path.with_name(f".{path.name}{_STAGING}")
    staged.unlink(missing_ok=True)
    staged.symlink_to(target)
    staged.replace(path)


def _prune(snapshots: Path, current: Path, keep: int) -> None:
    """Remove all but the last ``keep`` snapshots."""
    others = [path for path in snapshots.iterdir() if path.is_dir() and path != current]
    others.sort(key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    for path in others[max(keep - 1, 0) :]:
        _discard(path)


def _discard(snapshot: Path) -> None:
    """Remove a snapshot; half removed it no longer bears its name."""
    away = snapshot.with_name(f"{_STAGING}-away-{snapshot.name}")
    snapshot.rename(away)
    shutil.rmtree(away)


@contextmanager
def _lock(warehouse_dir: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the warehouse's lock; the system frees it when the process ends, however it ends."""
    give_up = time.monotonic() + wait_seconds
    with (warehouse_dir / ".lock").open("a+") as file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                if time.monotonic() >= give_up:
                    raise WarehouseError(
                        f"process {holder} is publishing to {warehouse_dir}; try again when it "
                        "is done, or end it if it hangs"
                    ) from None
                if not waiting:
                    _log.info("waiting for process %s to publish to %s", holder, warehouse_dir)
                    waiting = True
                time.sleep(0.1)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _package_version() -> str:
    try:
        return metadata.version("sco-pipeline")
    except metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "0+source"


def _input_digest(tables: Mapping[str, pa.Table]) -> str:
    """SHA-256 over path and SHA-256 of every raw file."""
    files = {
        f"{path} {sha256}"
        for name in ("documents", "rejects")
        for path, sha256 in zip(
            tables[name]["path"].to_pylist(), tables[name]["sha256"].to_pylist(), strict=True
        )
    }
    return _digest(sorted(files))


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _sync_tree(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _sync(path: Path) -> None:
    """Have the system write a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
