"""snapshot: whole or not at all, the same bytes every time, readable with everything."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from sco_pipeline import snapshot
from sco_pipeline.errors import WarehouseError
from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.snapshot import publish, published_documents
from tests.tables import build, tiny_rows, tiny_tables

REPOSITORY = Path(__file__).parent.parent


def _other_tables() -> dict[str, pa.Table]:
    return build(tiny_rows() | {"unresolved": []})


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse to copy from; its current snapshot holds ``tiny_tables()``."""
    folder = tmp_path_factory.mktemp("published")
    publish(tiny_tables(), folder)
    return folder


@pytest.fixture
def warehouse_dir(published: Path, tmp_path: Path) -> Path:
    """A warehouse of one snapshot, ``tiny_tables()``, to change at will."""
    return shutil.copytree(published, tmp_path / "warehouse", symlinks=True)


def _content(folder: Path) -> dict[str, bytes]:
    """Bytes of all Parquet files and the descriptor."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".parquet", ".json"}
    }


def _state(warehouse_dir: Path) -> tuple[str, str, int, int]:
    """What a reader sees: snapshot by link and by database, unresolved rows by both."""
    current = (warehouse_dir / "current").resolve()
    with duckdb.connect(str((warehouse_dir / "sco.duckdb").resolve()), read_only=True) as opened:
        row = opened.execute(
            "SELECT snapshot_id, (SELECT count(*) FROM unresolved) FROM snapshot_info"
        ).fetchone()
    assert row is not None
    return current.name, row[0], pq.read_table(current / "unresolved").num_rows, row[1]


def test_layout(tmp_path: Path) -> None:
    published = publish(tiny_tables(), tmp_path)
    assert published.is_new
    assert published.path == tmp_path / "snapshots" / published.snapshot_id
    assert published.row_counts["participants"] == 11
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".lock", "current", "sco.duckdb", "snapshots",
    ]  # fmt: skip
    assert sorted(path.name for path in published.path.iterdir()) == sorted(
        [spec.name for spec in ALL_TABLES] + ["datapackage.json", "sco.duckdb"]
    )
    # Relative links: the warehouse may be moved as a whole.
    moved = tmp_path.rename(tmp_path.with_name("moved elsewhere"))
    assert _state(moved) == (published.snapshot_id, published.snapshot_id, 1, 1)


def test_published_documents(warehouse_dir: Path, tmp_path: Path) -> None:
    assert published_documents(tmp_path / "nowhere") == set()
    assert published_documents(warehouse_dir) == {"d1", "d2", "d3", "d4", "d5"}


def _shuffled(table: pa.Table, seed: int) -> pa.Table:
    """The same rows in another order and in other chunks."""
    order = list(range(table.num_rows))
    random.Random(seed).shuffle(order)
    mixed = table.take(pa.array(order, pa.int64()))
    cuts = sorted({0, mixed.num_rows, *(mixed.num_rows * i // 3 for i in (1, 2))})
    return pa.concat_tables([mixed.slice(a, b - a) for a, b in pairwise(cuts)] or [mixed])


def test_equal_tables_give_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "ROW_GROUP_ROWS", 4)
    first = publish(tiny_tables(), tmp_path / "a")
    for seed in range(2):
        mixed = {name: _shuffled(table, seed) for name, table in tiny_tables().items()}
        again = publish(mixed, tmp_path / f"b{seed}")
        assert again.snapshot_id == first.snapshot_id
        assert _content(again.path) == _content(first.path)


def test_publishing_again_writes_nothing(warehouse_dir: Path) -> None:
    first = (warehouse_dir / "current").resolve()
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*.*")}
    again = publish(tiny_tables(), warehouse_dir)
    assert not again.is_new
    assert again.path == first
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*.*")} == before


def test_publishing_an_older_one_again_switches_back(warehouse_dir: Path) -> None:
    old = (warehouse_dir / "current").resolve().name
    new = publish(_other_tables(), warehouse_dir)
    assert new.snapshot_id != old
    assert _state(warehouse_dir) == (new.snapshot_id, new.snapshot_id, 0, 0)
    assert not publish(tiny_tables(), warehouse_dir).is_new
    assert _state(warehouse_dir) == (old, old, 1, 1)


def test_damaged_snapshot_is_replaced(warehouse_dir: Path) -> None:
    damaged = (warehouse_dir / "current" / "topics" / "part-0.parquet").resolve()
    damaged.write_bytes(b"")
    again = publish(tiny_tables(), warehouse_dir)
    assert (again.path, again.is_new) == (damaged.parent.parent, True)
    assert pq.read_table(again.path / "topics").num_rows == 9


def test_only_the_last_snapshots_stay(tmp_path: Path) -> None:
    ids = []
    for paragraph in range(3):
        rows = tiny_rows()
        rows["sentences"][0]["paragraph"] = paragraph
        ids.append(publish(build(rows), tmp_path, keep=2).snapshot_id)
    assert {path.name for path in (tmp_path / "snapshots").iterdir()} == set(ids[-2:])


def test_files_are_sorted_and_described(warehouse_dir: Path) -> None:
    for spec in ALL_TABLES:
        file = pq.ParquetFile(warehouse_dir / "current" / spec.name / "part-0.parquet")
        assert file.schema_arrow.equals(spec.arrow_schema(), check_metadata=True)
        keys = file.read(columns=list(spec.key)).to_pylist()
        assert keys == sorted(keys, key=lambda row: tuple(row.values()))
        if keys:
            chunk = file.metadata.row_group(0).column(0)
            assert chunk.compression == "ZSTD"
            assert chunk.statistics.has_min_max
            assert file.metadata.row_group(0).sorting_columns


def test_readable_with_everything(
    warehouse_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for spec in ALL_TABLES:
        expected = tiny_tables()[spec.name].num_rows
        folder = f"../warehouse/current/{spec.name}"
        assert len(pd.read_parquet(folder)) == expected
        assert pl.read_parquet(f"{folder}/*.parquet").height == expected
        assert ds.dataset(folder).count_rows() == expected
        found = duckdb.sql(f"SELECT count(*) FROM '{folder}/*.parquet'").fetchall()
        assert found == [(expected,)]
    people = pd.read_parquet("../warehouse/current/participants")
    texts = pd.read_parquet("../warehouse/current/documents").set_index("document_id")["text"]
    for row in people.itertuples():
        assert texts[row.document_id][row.char_start : row.char_end] == row.name_as_written


STEPS: list[tuple[Any, str, str]] = [
    (snapshot, "_write_table", "before"),
    (snapshot, "describe_snapshot", "before"),
    (snapshot, "build_database", "before"),
    (snapshot, "build_database", "after"),
    (snapshot, "_sync_tree", "after"),
    (snapshot, "_switch", "before"),
    (snapshot, "_link", "after"),
    (snapshot.os, "fsync", "before"),
    (snapshot.os, "utime", "before"),
    (Path, "rename", "before"),
    (Path, "rename", "after"),
    (Path, "symlink_to", "after"),
    (Path, "replace", "before"),
    (Path, "replace", "after"),
]


@pytest.mark.parametrize(
    ("owner", "step", "when"), STEPS, ids=[f"{when} {step}" for _, step, when in STEPS]
)
def test_failure_at_any_step_leaves_one_whole_snapshot(
    owner: Any, step: str, when: str, warehouse_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (warehouse_dir / "current").resolve().name
    original = getattr(owner, step)

    def fail(*arguments: Any, **options: Any) -> None:
        if when == "after":
            original(*arguments, **options)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, fail)
        with pytest.raises(WarehouseError, match="No space left on device.*see to space"):
            publish(_other_tables(), warehouse_dir)
    link, database, by_link, by_database = _state(warehouse_dir)
    assert link == database
    assert by_link == by_database == (1 if link == old else 0)
    assert not list((warehouse_dir / "snapshots").glob(".staging*"))
    new = publish(_other_tables(), warehouse_dir)
    assert _state(warehouse_dir) == (new.snapshot_id, new.snapshot_id, 0, 0)


@pytest.mark.parametrize("limit", [2_000, 60_000, 500_000])
def test_files_that_cannot_grow(limit: int, warehouse_dir: Path) -> None:
    """A real limit of the system, met in Parquet, descriptor and database."""
    old = (warehouse_dir / "current").resolve().name
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(WarehouseError, match="File too large"):
            publish(_other_tables(), warehouse_dir)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _state(warehouse_dir) == (old, old, 1, 1)
    assert publish(_other_tables(), warehouse_dir).is_new


def test_failure_of_the_first_publication_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "build_database", fail)
        with pytest.raises(WarehouseError, match="Permission denied"):
            publish(tiny_tables(), tmp_path)
    assert not (tmp_path / "current").exists()
    assert list((tmp_path / "snapshots").iterdir()) == []


def test_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(WarehouseError, match="current is a folder, not a link"):
        publish(tiny_tables(), tmp_path)


_PUBLISHER = """
import sys, time
from pathlib import Path
from tests.tables import build, tiny_rows
from sco_pipeline import snapshot

def hang(*_, **__):
    print("reached", flush=True)
    time.sleep(60)

warehouse_dir, step = Path(sys.argv[1]), sys.argv[2]
tables = build(tiny_rows() | {"unresolved": []})
if step != "none":
    setattr(snapshot, step, hang)
print("ready", flush=True)
snapshot.publish(tables, warehouse_dir)
"""


def _start_publisher(warehouse_dir: Path, step: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PUBLISHER, str(warehouse_dir), step],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": f"{REPOSITORY / 'src'}{os.pathsep}{REPOSITORY}"},
        stdout=subprocess.PIPE,
        text=True,
    )


def _wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline().strip() == word


@pytest.mark.parametrize("step", ["build_database", "_sync_tree", "_switch", "_link", "_prune"])
def test_killed_at_a_step(step: str, warehouse_dir: Path) -> None:
    with _start_publisher(warehouse_dir, step) as process:
        _wait_for(process, "ready")
        _wait_for(process, "reached")
        process.kill()
        assert process.wait() == -signal.SIGKILL
    link, database, by_link, by_database = _state(warehouse_dir)
    assert link == database
    assert by_link == by_database == (0 if step == "_prune" else 1)
    # The killed process' lock is free, and what it left is cleared away.
    new = publish(_other_tables(), warehouse_dir, wait_seconds=0)
    assert _state(warehouse_dir) == (new.snapshot_id, new.snapshot_id, 0, 0)
    assert not list(warehouse_dir.rglob("*.staging*"))


def test_killed_at_any_moment(warehouse_dir: Path) -> None:
    moments = random.Random(2)
    for _ in range(4):
        with _start_publisher(warehouse_dir, "none") as process:
            _wait_for(process, "ready")
            time.sleep(moments.uniform(0, 1))
            process.kill()
            process.wait()
        link, database, by_link, by_database = _state(warehouse_dir)
        assert link == database
        assert by_link == by_database
        publish(tiny_tables(), warehouse_dir, wait_seconds=0)


def test_one_publishes_at_a_time(warehouse_dir: Path) -> None:
    with _start_publisher(warehouse_dir, "_switch") as process:
        _wait_for(process, "ready")
        _wait_for(process, "reached")
        with pytest.raises(WarehouseError, match=f"process {process.pid} is publishing"):
            publish(tiny_tables(), warehouse_dir, wait_seconds=0)
        killer = threading.Timer(0.5, process.kill)
        killer.start()
        waited = publish(tiny_tables(), warehouse_dir, wait_seconds=60)
        killer.join()
    assert _state(warehouse_dir)[0] == waited.snapshot_id


def test_readers_never_see_a_mixture(tmp_path: Path) -> None:
    """Readers loop over the database and Parquet while snapshots come and go."""
    ids = {publish(make(), tmp_path).snapshot_id: rows for make, rows in _both()}
    stop = threading.Event()
    seen: list[str] = []
    errors: list[str] = []

    def read() -> None:
        while not stop.is_set():
            current = (tmp_path / "current").resolve()
            with duckdb.connect(str(current / "sco.duckdb"), read_only=True) as opened:
                row = opened.execute(
                    "SELECT snapshot_id, (SELECT count(*) FROM unresolved) FROM snapshot_info"
                ).fetchone()
            assert row is not None
            seen.append(row[0])
            rows = pq.read_table(current / "unresolved").num_rows
            if not rows == row[1] == ids[row[0]]:
                errors.append(f"{current.name}: {row}, {rows} rows of Parquet")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(3):
        for make, _rows in _both():
            publish(make(), tmp_path)
    stop.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert set(seen) <= set(ids)


def _both() -> list[tuple[Callable[[], dict[str, pa.Table]], int]]:
    return [(tiny_tables, 1), (_other_tables, 0)]


def test_held_database_outlives_its_snapshot(warehouse_dir: Path) -> None:
    first = (warehouse_dir / "current").resolve()
    with duckdb.connect(str(warehouse_dir / "sco.duckdb"), read_only=True) as held:
        publish(_other_tables(), warehouse_dir, keep=1)
        assert not first.exists()
        assert held.execute("SELECT count(*) FROM unresolved").fetchone() == (1,)
        assert held.execute("SELECT count(*) FROM decisions_with_evidence").fetchone() == (7,)
