"""snapshot: whole or not at all, whatever fails; kept, listed, rolled back, removed."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import stat
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from sco_pipeline import snapshot
from sco_pipeline.data_package import sha256sums
from sco_pipeline.errors import UsageError, WarehouseError
from sco_pipeline.schema.tables import CHANGES, REFERENCE_TABLES
from sco_pipeline.snapshot import (
    SnapshotRecord,
    clear_staging,
    hold_lock,
    list_snapshots,
    make_staging,
    previous_record,
    publish,
    rollback,
)
from sco_pipeline.table_files import file_sha256, write_table

#: So far times of files must lie apart, in seconds, to differ for certain.
CLOCK_TICK = 0.02
(SPEC,) = (spec for spec in REFERENCE_TABLES if spec.name == "scheme_labels")
TABLE = SPEC.name


@cache
def _database(name: str, rows: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sco.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"CREATE TABLE info AS SELECT '{name}' AS name, {rows} AS row_count")
        return path.read_bytes()


def _stage(warehouse: Path, name: str, rows: int) -> tuple[Path, SnapshotRecord]:
    """Write a small snapshot: one table, so many rows, and a database that says the same."""
    folder = make_staging(warehouse)
    table = SPEC.build([{name: str(n) for name in SPEC.arrow_schema().names} for n in range(rows)])
    files = {TABLE: [write_table(SPEC, table, folder)]}
    files[CHANGES.name] = [write_table(CHANGES, CHANGES.empty(), folder)]
    (folder / "sco.duckdb").write_bytes(_database(name, rows))
    parent = snapshot.current_snapshot(warehouse)
    record = SnapshotRecord(
        name, f"content of {name}", parent.name if parent else None, snapshot.now(), "1", "p", "i",
        rows, {TABLE: rows}, 0, ["d"], files,
    )  # fmt: skip
    record.write(folder)
    paths = [file.path for of_table in files.values() for file in of_table] + ["sco.duckdb"]
    sums = sha256sums({path: file_sha256(folder / path) for path in paths})
    (folder / "SHA256SUMS").write_text(sums)
    return folder, record


def _publish(warehouse: Path, name: str, rows: int, keep: int = 5) -> Path:
    return publish(*_stage(warehouse, name, rows), warehouse, keep)


def _state(warehouse: Path) -> str | None:
    """The snapshot a reader sees; everything it can see is of this one."""
    if not (warehouse / "current").exists():
        assert not (warehouse / "sco.duckdb").exists()
        return None
    folder = (warehouse / "current").resolve()
    found = previous_record(warehouse, thorough=True)
    assert found is not None
    rows = pq.read_table(folder / TABLE).num_rows
    with duckdb.connect(str((warehouse / "sco.duckdb").resolve()), read_only=True) as opened:
        assert opened.execute("FROM info").fetchall() == [(folder.name, rows)]
    assert (found[1].snapshot_id, found[1].row_counts[TABLE]) == (folder.name, rows)
    return folder.name


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk: no test pulls its plug."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def warehouse_dir(tmp_path: Path) -> Path:
    """A warehouse with the snapshots ``old`` and, current, ``mid``."""
    folder = tmp_path / "warehouse"
    _publish(folder, "old", 1)
    _publish(folder, "mid", 2)
    return folder


def test_layout(warehouse_dir: Path) -> None:
    assert {path.name for path in warehouse_dir.iterdir()} == {
        "current", "history", "sco.duckdb", "snapshots",
    }  # fmt: skip
    assert sorted(path.name for path in (warehouse_dir / "history" / "mid").iterdir()) == [
        "changes.parquet",
        "snapshot.json",
    ]
    # Relative links: the warehouse may be moved as a whole.
    assert _state(warehouse_dir.rename(warehouse_dir.with_name("moved elsewhere"))) == "mid"


def test_nobody_can_write_to_a_snapshot(warehouse_dir: Path) -> None:
    files = [path for path in (warehouse_dir / "current").resolve().rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o444}
    assert {path.name for path in files} >= {"sco.duckdb", "snapshot.json", "part-000.parquet"}


STEPS: list[tuple[Any, str, int]] = [
    (snapshot, "_discard", 1),
    (snapshot, "sync_tree", 1),
    (snapshot.os, "fsync", 1),
    (Path, "chmod", 1),
    (Path, "rename", 1),
    (Path, "rename", 2),
    (Path, "rename", 3),
    (snapshot, "sync", 1),
    (snapshot, "_remember", 1),
    (snapshot.shutil, "copyfile", 2),
    (snapshot, "_switch", 1),
    (snapshot.os, "utime", 1),
    (snapshot, "_link", 1),
    (snapshot, "_link", 2),
    (Path, "symlink_to", 1),
    (Path, "replace", 1),
    (snapshot, "_prune", 1),
]
CASES = [(*step, when) for step in STEPS for when in ("before", "after")]
NAMES = [f"{when} call {turn} of {name}" for _, name, turn, when in CASES]


def _stop_at(
    patched: pytest.MonkeyPatch, owner: Any, name: str, turn: int, when: str,
    stop: Callable[[], None],
) -> None:  # fmt: skip
    """Have a call of a step stop the process, before or after its work."""
    original = getattr(owner, name)
    calls = []

    def step(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == turn and when == "before":
            stop()
        answer = original(*arguments, **options)
        if len(calls) == turn:
            stop()
        return answer

    patched.setattr(owner, name, step)


def _no_space() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fork(function: Callable[[], None]) -> int:
    """Run a function that does not come to its end in a process of its own."""
    child = os.fork()
    if child == 0:
        try:
            function()
        finally:
            os._exit(3)
    return child


def _after(warehouse: Path) -> None:
    """One whole snapshot, and the next refresh succeeds and leaves nothing behind."""
    assert _state(warehouse) in {"mid", "new"}
    with hold_lock(warehouse, 0):
        _publish(warehouse, "new", 3, keep=2)
    assert _state(warehouse) == "new"
    assert {path.name for path in (warehouse / "snapshots").iterdir()} == {"mid", "new"}
    assert {item.record.snapshot_id for item in list_snapshots(warehouse)} == {"old", "mid", "new"}
    assert not list(warehouse.rglob("*.staging*"))


def _prepare_again(warehouse: Path) -> tuple[Path, SnapshotRecord]:
    """Stage a snapshot that was published once before and rolled back: all steps occur."""
    _publish(warehouse, "new", 3)
    rollback(warehouse, "old")
    time.sleep(CLOCK_TICK)
    rollback(warehouse, "mid")
    return _stage(warehouse, "new", 3)


@pytest.mark.parametrize(("owner", "name", "turn", "when"), CASES, ids=NAMES)
def test_failure_at_any_step_leaves_one_whole_snapshot(
    owner: Any, name: str, turn: int, when: str, warehouse_dir: Path
) -> None:
    staged = _prepare_again(warehouse_dir)
    with pytest.MonkeyPatch.context() as patched:
        _stop_at(patched, owner, name, turn, when, _no_space)
        with pytest.raises(OSError, match="No space left"):
            publish(*staged, warehouse_dir, keep=2)
    _after(warehouse_dir)


@pytest.mark.parametrize(
    ("owner", "name", "turn", "when"),
    [case for case in CASES if case[1] in {"rename", "replace", "_prune"}],
    ids=[name for name in NAMES if name.split()[-1] in {"rename", "replace", "_prune"}],
)
def test_killed_at_a_step(owner: Any, name: str, turn: int, when: str, warehouse_dir: Path) -> None:
    staged = _prepare_again(warehouse_dir)

    def publish_and_die() -> None:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(snapshot, "clear_staging", lambda _: None)
            with hold_lock(warehouse_dir, 0):
                _stop_at(patched, owner, name, turn, when, _die)
                publish(*staged, warehouse_dir, keep=2)

    child = _fork(publish_and_die)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    _after(warehouse_dir)


def test_first_publication_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = _stage(tmp_path, "first", 1)
    with monkeypatch.context() as patched:
        _stop_at(patched, snapshot, "_link", 1, "after", _no_space)
        with pytest.raises(OSError, match="No space left"):
            publish(*staged, tmp_path, 5)
    assert _state(tmp_path) is None
    _publish(tmp_path, "first", 1)
    assert _state(tmp_path) == "first"


def test_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(WarehouseError, match="current is a folder, not a link"):
        _publish(tmp_path, "first", 1)


def test_retention_frees_space_and_keeps_history_and_shared_files(tmp_path: Path) -> None:
    _publish(tmp_path, "one", 1000)
    folder, record = _stage(tmp_path, "two", 1000)
    shared = folder / TABLE / "part-000.parquet"
    shared.unlink()
    os.link(tmp_path / "snapshots" / "one" / TABLE / "part-000.parquet", shared)
    publish(folder, record, tmp_path, keep=2)
    two, one = list_snapshots(tmp_path)
    size = (tmp_path / "current" / TABLE / "part-000.parquet").stat().st_size
    assert (two.size - two.own_size, one.size - one.own_size) == (size, size)

    _publish(tmp_path, "three", 1, keep=2)
    states = {item.record.snapshot_id: (item.state, item.size) for item in list_snapshots(tmp_path)}
    assert states["one"] == ("removed", 0)
    assert {name: state for name, (state, _) in states.items()} == {
        "one": "removed", "two": "kept", "three": "current",
    }  # fmt: skip
    left = tmp_path / "snapshots" / "two"
    assert pq.read_table(left / TABLE).num_rows == 1000
    used = {
        path.stat().st_ino: path.stat().st_size
        for path in (tmp_path / "snapshots").rglob("*")
        if path.is_file()
    }
    assert sum(used.values()) == states["two"][1] + states["three"][1]


def test_rollback(warehouse_dir: Path) -> None:
    _publish(warehouse_dir, "mad", 3)
    time.sleep(CLOCK_TICK)
    assert rollback(warehouse_dir, "o").snapshot_id == "old"
    assert _state(warehouse_dir) == "old"
    assert [item.state for item in list_snapshots(warehouse_dir)].count("current") == 1
    # What was made current last is removed last.
    _publish(warehouse_dir, "new", 4, keep=2)
    assert {path.name for path in (warehouse_dir / "snapshots").iterdir()} == {"old", "new"}
    for wrong in ("x", "", "mid"):
        with pytest.raises(UsageError, match=f"new, old.*{wrong!r}.*sco-pipeline snapshots"):
            rollback(warehouse_dir, wrong)
    (warehouse_dir / "snapshots" / "old" / TABLE / "part-000.parquet").unlink()
    with pytest.raises(WarehouseError, match=r"part-000.parquet is missing or damaged"):
        rollback(warehouse_dir, "old")
    assert _state(warehouse_dir) == "new"


def test_rollback_of_an_ambiguous_name(warehouse_dir: Path) -> None:
    _publish(warehouse_dir, "mad", 3)
    with pytest.raises(UsageError, match="2 snapshots of mad, mid, old"):
        rollback(warehouse_dir, "m")


@pytest.mark.parametrize("thorough", [False, True])
def test_damage_is_found(thorough: bool, warehouse_dir: Path) -> None:
    path = (warehouse_dir / "current" / TABLE / "part-000.parquet").resolve()
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:] if thorough else content[:-1])
    assert previous_record(warehouse_dir, thorough=thorough) is None


def test_listing_while_snapshots_are_written_and_removed(
    warehouse_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (warehouse_dir / "history" / ".staging-new").mkdir()
    original = Path.rglob

    def remove_first(path: Path, pattern: str) -> Any:
        found = list(original(path, pattern))
        if path.name == "old":
            shutil.rmtree(path)
        return found

    monkeypatch.setattr(Path, "rglob", remove_first)
    found = {item.record.snapshot_id: item.state for item in list_snapshots(warehouse_dir)}
    assert found == {"mid": "current", "old": "removed"}


def test_file_that_cannot_be_removed_does_not_stop_a_refresh(
    warehouse_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a network drive, where a reader holds it open."""

    def refuse(_: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    with monkeypatch.context() as patched:
        patched.setattr(snapshot.shutil, "rmtree", refuse)
        _publish(warehouse_dir, "new", 3, keep=1)
    assert _state(warehouse_dir) == "new"
    assert "away-mid cannot be removed now" in caplog.text
    clear_staging(warehouse_dir)
    assert {path.name for path in (warehouse_dir / "snapshots").iterdir()} == {"new"}


def test_held_database_outlives_its_snapshot(warehouse_dir: Path) -> None:
    first = (warehouse_dir / "current").resolve()
    with duckdb.connect(str(warehouse_dir / "sco.duckdb"), read_only=True) as held:
        _publish(warehouse_dir, "new", 3, keep=1)
        assert not first.exists()
        assert held.execute("FROM info").fetchall() == [("mid", 2)]


def test_lock(warehouse_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A second refresh leaves or waits; that the first was killed is noticed and cleared up."""
    ready, done = os.pipe(), os.pipe()

    def hold_and_die() -> None:
        with hold_lock(warehouse_dir, 0):
            make_staging(warehouse_dir)
            (warehouse_dir / ".spill").mkdir()
            os.write(ready[1], b"1")
            os.read(done[0], 1)
            _die()

    child = _fork(hold_and_die)
    os.read(ready[0], 1)
    with (
        pytest.raises(WarehouseError, match=rf"^process {child} \(since .*\) is refreshing .*end"),
        hold_lock(warehouse_dir, 0),
    ):
        pytest.fail("two at once")
    timer = threading.Timer(0.5, os.write, (done[1], b"1"))
    timer.start()
    with hold_lock(warehouse_dir, 60):
        assert not list((warehouse_dir / "snapshots").glob(".staging*"))
        assert not (warehouse_dir / ".spill").exists()
    timer.join()
    os.waitpid(child, 0)
    assert f"waiting for process {child}" in caplog.text
    assert f"process {child} (since" in caplog.text.partition("waiting")[2]
    assert "did not come to its end" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.DEBUG), hold_lock(warehouse_dir, 0):
        pass
    assert caplog.text == ""


def test_warehouse_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(WarehouseError, match="file cannot be written .*name another --warehouse"),
        hold_lock(tmp_path / "file", 0),
    ):
        pytest.fail("locked")


def test_readers_never_see_a_mixture(warehouse_dir: Path) -> None:
    """Several readers at once; ``make torture`` does it with processes and every library."""
    done = threading.Event()
    seen: list[str | None] = []
    problems: list[Exception] = []

    def read() -> None:
        try:
            while not done.is_set():
                folder = (warehouse_dir / "current").resolve()
                with duckdb.connect(str(folder / "sco.duckdb"), read_only=True) as opened:
                    info = opened.execute("FROM info").fetchall()
                assert info == [(folder.name, pq.read_table(folder / TABLE).num_rows)]
                seen.append(folder.name)
        except Exception as error:
            problems.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    names = [f"snapshot {number}" for number in range(5)]
    for number, name in enumerate(names):
        _publish(warehouse_dir, name, number)
        while name not in seen and not problems:
            time.sleep(0.01)
    done.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert set(names) <= set(seen) <= {"mid", *names}
