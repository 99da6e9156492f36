"""The warehouse's folder: which snapshots there are, which one is current, who may change that.

    warehouse/
      snapshots/<id>/<table>/part-000.parquet ..., snapshot.json, sco.duckdb, ...
      current     -> snapshots/<id>
      sco.duckdb  -> current/sco.duckdb
      history/<id>/snapshot.json, changes.parquet
      .lock

Replacing the link ``current`` is the one moment of publication: Parquet and database change
together, and whatever fails or is killed before it leaves the previous snapshot as it was.
A snapshot never changes once it has its name. See docs/adr/0004-publication.md.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Self

from sco_pipeline.data_package import TableFile
from sco_pipeline.errors import UsageError, WarehouseError
from sco_pipeline.table_files import CHANGES_FILE, file_sha256, sync, sync_tree
from sco_pipeline.warehouse import DATABASE, SPILL

CURRENT = "current"
SNAPSHOTS = "snapshots"
HISTORY = "history"
RECORD = "snapshot.json"
CHECKSUMS_FILE = "SHA256SUMS"
#: What ``changes`` is called among the history.
REMEMBERED_CHANGES = "changes.parquet"

_STAGING = ".staging"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """What ``snapshot.json`` says of a snapshot.

    Attributes:
        snapshot_id: Hash of ``content_digest`` and ``parent_id``, as a commit is of its tree and
            its parent; names the folder.
        content_digest: Hash of all table files, the views and the package.
        parent_id: The snapshot that was current before; None for the first.
        created_at: When it was made, in UTC (ISO 8601).
        package_version: Version of this package.
        package_digest: Hash of the package's files and libraries.
        input_digest: Hash over all that was read from raw/.
        document_count: Documents.
        row_counts: Table -> rows.
        partition_bits: How many bits of a document's id tell its file.
        partition_digests: What each partition's rows depend on, as one hash.
        files: Table -> its files.
        compact_size: Bytes of the database when it was last built from nothing, not from a copy.
        gates: Results of the gates, as ``gates.GateResult`` has them.
        gold_digest: Hash of the annotated documents that the gate on F1 read.
        accepted: Why it was published although gates failed.
    """

    snapshot_id: str
    content_digest: str
    parent_id: str | None
    created_at: str
    package_version: str
    package_digest: str
    input_digest: str
    document_count: int
    row_counts: Mapping[str, int]
    partition_bits: int
    partition_digests: Sequence[str]
    files: Mapping[str, Sequence[TableFile]]
    compact_size: int = 0
    gates: Sequence[Mapping[str, Any]] = ()
    gold_digest: str | None = None
    accepted: str | None = None

    def write(self, folder: Path) -> None:
        """Write ``snapshot.json``."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        (folder / RECORD).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read ``snapshot.json``.

        Raises:
            WarehouseError: It is missing or damaged.
        """
        path = folder / RECORD
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            files = {
                table: [TableFile(**file) for file in files]
                for table, files in values.pop("files").items()
            }
            return cls(**values, files=files)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise WarehouseError(
                f"{path} cannot be read ({error}); rebuild the warehouse with --full"
            ) from error


@dataclass(frozen=True, slots=True)
class ListedSnapshot:
    """A line of ``sco-pipeline snapshots``.

    Attributes:
        is_kept: False where only its record and changes are left.
        size: Bytes of its files, those shared with other snapshots included.
        own_size: Bytes that only this snapshot holds.
    """

    record: SnapshotRecord
    is_current: bool
    is_kept: bool
    size: int
    own_size: int

    @property
    def state(self) -> str:
        """In a word."""
        return "current" if self.is_current else "kept" if self.is_kept else "removed"


def now() -> str:
    """Time as records have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def current_snapshot(warehouse_dir: Path) -> Path | None:
    """The folder of the current snapshot."""
    path = warehouse_dir / CURRENT
    return path.resolve() if path.is_dir() else None


def previous_record(
    warehouse_dir: Path, *, thorough: bool = False
) -> tuple[Path, SnapshotRecord] | None:
    """The current snapshot, if it is there whole; a refresh builds upon it.

    Args:
        warehouse_dir: The warehouse.
        thorough: Read every file, not only its size.
    """
    folder = current_snapshot(warehouse_dir)
    if folder is None:
        return None
    try:
        record = SnapshotRecord.read(folder)
        _check_whole(folder, record)
        if thorough:
            _check_sums(folder)
    except WarehouseError as error:
        _log.warning("%s; this refresh writes everything anew and lists no changes", error)
        return None
    return folder, record


def last_record(warehouse_dir: Path) -> SnapshotRecord | None:
    """The record of the current snapshot, be it damaged; for the gates."""
    folder = current_snapshot(warehouse_dir)
    if folder is None:
        return None
    for place in (folder, warehouse_dir / HISTORY / folder.name):
        with suppress(WarehouseError):
            return SnapshotRecord.read(place)
    return None


def _check_whole(folder: Path, record: SnapshotRecord) -> None:
    for file in (file for files in record.files.values() for file in files):
        path = folder / file.path
        if not path.is_file() or path.stat().st_size != file.size:
            raise WarehouseError(f"{path} is missing or damaged")
    if not (folder / DATABASE).is_file():
        raise WarehouseError(f"{folder / DATABASE} is missing")


def _check_sums(folder: Path) -> None:
    try:
        lines = (folder / CHECKSUMS_FILE).read_text(encoding="utf-8").splitlines()
        for line in lines:
            digest, _, name = line.partition("  ")
            if file_sha256(folder / name) != digest:
                raise WarehouseError(f"{folder / name} is damaged")
    except (OSError, UnicodeDecodeError) as error:
        raise WarehouseError(f"{folder} is damaged ({error})") from error


def make_staging(warehouse_dir: Path) -> Path:
    """An empty folder to write a snapshot to. The caller holds the lock."""
    staging = warehouse_dir / SNAPSHOTS / f"{_STAGING}-{os.getpid()}"
    _remove(staging)
    staging.mkdir(parents=True)
    return staging


def clear_staging(warehouse_dir: Path) -> None:
    """Remove what refreshes left that did not get to their end. The caller holds the lock."""
    for leftover in chain(
        (warehouse_dir / SNAPSHOTS).glob(f"{_STAGING}*"),
        (warehouse_dir / HISTORY).glob(f"{_STAGING}*"),
        warehouse_dir.glob(f".*{_STAGING}"),
        [warehouse_dir / SPILL],
    ):
        _remove(leftover)


@contextmanager
def scratch_folder(warehouse_dir: Path) -> Iterator[Path]:
    """An empty folder of the refresh that holds the lock; ``clear_staging`` knows it too."""
    folder = warehouse_dir / f".unpacked{_STAGING}"
    folder.mkdir()
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(path: Path) -> None:
    """Remove a folder or link, if it is there and can be removed.

    On some network drives a file that a reader holds open cannot; a later refresh tries again.
    """
    try:
        if path.is_symlink():
            path.unlink()
        elif path.exists():
            shutil.rmtree(path)
    except OSError as error:
        _log.warning("%s cannot be removed now (%s)", path, error)


def publish(staging: Path, record: SnapshotRecord, warehouse_dir: Path, keep: int) -> Path:
    """Give a staged snapshot its name, make it current, and remove old ones.

    Args:
        staging: Folder of the whole snapshot, ``record`` and all other files written.
        record: Its record.
        warehouse_dir: The warehouse, whose lock the caller holds.
        keep: Snapshots that stay, the current one included.
    """
    target = staging.parent / record.snapshot_id
    if target.exists():
        # An equal one made after the same parent, that has been rolled back or was never made
        # current; the current snapshot is never its own parent.
        _discard(target)
    for path in staging.rglob("*"):
        if path.is_file():
            path.chmod(0o444)  # nobody is to change a snapshot, nor lock others out of its database
    sync_tree(staging)
    staging.rename(target)
    sync(target.parent)
    _remember(warehouse_dir, target)
    _switch(warehouse_dir, target)
    _prune(warehouse_dir, target, keep)
    return target


def rollback(warehouse_dir: Path, snapshot_id: str) -> SnapshotRecord:
    """Make an older snapshot current again. The next refresh builds upon it.

    Args:
        warehouse_dir: The warehouse, whose lock the caller holds.
        snapshot_id: Its id, or the start of it.

    Raises:
        UsageError: No snapshot, or several, begin so.
        WarehouseError: The snapshot is damaged.
    """
    kept = [path.name for path in _kept(warehouse_dir)]
    found = [name for name in kept if name.startswith(snapshot_id)]
    if len(found) != 1 or not snapshot_id:
        problem = f"{len(found)} snapshots" if found else "no snapshot"
        raise UsageError(
            f"{problem} of {', '.join(kept) or 'none'} in {warehouse_dir} begin with "
            f"{snapshot_id!r}; see `sco-pipeline snapshots`"
        )
    target = warehouse_dir / SNAPSHOTS / found[0]
    record = SnapshotRecord.read(target)
    _check_whole(target, record)
    _switch(warehouse_dir, target)
    return record


def list_snapshots(warehouse_dir: Path) -> list[ListedSnapshot]:
    """All snapshots ever made, the latest first.

    Raises:
        WarehouseError: A record is damaged.
    """
    current = current_snapshot(warehouse_dir)
    sizes = {path.name: _sizes(path) for path in _kept(warehouse_dir)}
    listed = []
    remembered = {path.name: path for path in _named(warehouse_dir / HISTORY)}
    kept = {path.name: path for path in _kept(warehouse_dir) if (path / RECORD).is_file()}
    for name, folder in (kept | remembered).items():
        record = SnapshotRecord.read(folder)
        size, own_size = sizes.get(name, (0, 0))
        is_current = current is not None and current.name == name
        listed.append(ListedSnapshot(record, is_current, size > 0, size, own_size))
    return sorted(
        listed, key=lambda item: (item.record.created_at, item.record.snapshot_id), reverse=True
    )


def _kept(warehouse_dir: Path) -> list[Path]:
    return _named(warehouse_dir / SNAPSHOTS)


def _named(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*"))


def _sizes(folder: Path) -> tuple[int, int]:
    """Bytes of a snapshot's files, and of those that it alone has; none where it goes away."""
    try:
        stats = [path.stat() for path in folder.rglob("*") if not path.is_dir()]
    except FileNotFoundError:
        return 0, 0
    return sum(s.st_size for s in stats), sum(s.st_size for s in stats if s.st_nlink == 1)


def _remember(warehouse_dir: Path, snapshot: Path) -> None:
    """Keep a snapshot's record and changes beyond its own life."""
    target = warehouse_dir / HISTORY / snapshot.name
    staged = warehouse_dir / HISTORY / f"{_STAGING}-{snapshot.name}"
    staged.mkdir(parents=True)
    shutil.copyfile(snapshot / RECORD, staged / RECORD)
    shutil.copyfile(snapshot / CHANGES_FILE, staged / REMEMBERED_CHANGES)
    sync_tree(staged)
    if target.exists():
        _discard(target)
    staged.rename(target)
    sync(target.parent)


def _switch(warehouse_dir: Path, snapshot: Path) -> None:
    """Point ``current``, and through it ``sco.duckdb``, to the snapshot."""
    os.utime(snapshot)  # pruning goes by the time a snapshot was last made current
    _link(warehouse_dir / DATABASE, f"{CURRENT}/{DATABASE}")
    _link(warehouse_dir / CURRENT, f"{SNAPSHOTS}/{snapshot.name}")
    sync(warehouse_dir)


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


def _prune(warehouse_dir: Path, current: Path, keep: int) -> None:
    """Remove all but the last ``keep`` snapshots."""
    others = [path for path in _kept(warehouse_dir) if path != current]
    others.sort(key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    for path in others[max(keep - 1, 0) :]:
        try:
            _discard(path)
        except OSError as error:  # a later refresh tries again
            _log.warning("%s cannot be removed now (%s)", path, error)


def _discard(snapshot: Path) -> None:
    """Remove a snapshot; half removed it no longer bears its name."""
    away = snapshot.with_name(f"{_STAGING}-away-{snapshot.name}")
    _remove(away)
    snapshot.rename(away)
    _remove(away)


@contextmanager
def hold_lock(warehouse_dir: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the warehouse's lock, making the warehouse if it is missing.

    The system frees the lock when the process ends, however it ends. What the file says of its
    last holder is removed at an orderly end; so who finds it there knows of a killed one.

    Args:
        warehouse_dir: The warehouse.
        wait_seconds: How long to wait while another process holds it.

    Raises:
        WarehouseError: Another process holds it for longer, it cannot be made, or it is a copy
            without links.
    """
    current = warehouse_dir / CURRENT
    if current.is_dir() and not current.is_symlink():
        raise WarehouseError(
            f"{current} is a folder, not a link to a snapshot: a copy for reading, which cannot be "
            "refreshed; move it away"
        )
    give_up = time.monotonic() + wait_seconds
    try:
        warehouse_dir.mkdir(parents=True, exist_ok=True)
        file = (warehouse_dir / ".lock").open("a+")
    except OSError as error:
        raise WarehouseError(
            f"{warehouse_dir} cannot be written ({error.strerror}); name another --warehouse"
        ) from error
    with file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = _holder(file) or "another process"
                if time.monotonic() >= give_up:
                    raise WarehouseError(
                        f"{holder} is refreshing {warehouse_dir}; try again when it is done, or "
                        "end it if it hangs"
                    ) from None
                if not waiting:
                    _log.warning("waiting for %s to finish with %s", holder, warehouse_dir)
                    waiting = True
                time.sleep(0.1)
            except OSError as error:
                raise WarehouseError(
                    f"{warehouse_dir} cannot be locked ({error.strerror}); put the warehouse on a "
                    "drive that has locks"
                ) from error
        if killed := _holder(file):
            _log.warning("%s did not come to its end; what it left is cleared away", killed)
        clear_staging(warehouse_dir)
        _sign(file, f"process {os.getpid()} (since {now()})\n")
        try:
            yield
        finally:
            _sign(file, "")


def _sign(file: Any, text: str) -> None:
    """Say who holds the lock. That there is no space, what comes after will tell."""
    os.ftruncate(file.fileno(), 0)
    with suppress(OSError):
        os.write(file.fileno(), text.encode())


def _holder(file: Any) -> str:
    file.seek(0)
    return str(file.read()).strip()
