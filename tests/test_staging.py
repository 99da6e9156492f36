"""staging: what fails leaves the snapshot before; what is damaged is written anew."""

from __future__ import annotations

import errno
import random
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from sco_pipeline import extraction_store, pipeline, staging, table_files
from sco_pipeline.errors import WarehouseError
from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.settings import Settings
from sco_pipeline.snapshot import SnapshotRecord, previous_record
from sco_pipeline.table_files import write_table
from tests.tables import tiny_tables

SETTINGS = Settings(workers=0)
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")
STEPS: list[tuple[Any, str, Exception]] = [
    (extraction_store, "_drop", duckdb.TransactionException("Failed to commit: no space left")),
    (pipeline, "resolve", duckdb.OutOfMemoryException("failed to offload data block")),
    (staging, "write_table", NO_SPACE),
    (staging, "build_database", NO_SPACE),
    (SnapshotRecord, "write", NO_SPACE),
]


def _build(raw: Path, warehouse: Path, *, full: bool = False) -> SnapshotRecord:
    pipeline.build(raw, warehouse, SETTINGS, full=full)
    found = previous_record(warehouse, thorough=True)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def changed_raw(raw_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("changed") / "raw"
    shutil.copytree(raw_dir, folder)
    path = folder / "2019" / "trade.txt"
    path.write_text(path.read_text(encoding="utf-8") + "The sides condemned terrorism.\n")
    return folder


@pytest.fixture(scope="module")
def built(raw_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of the unchanged documents, which no test changes."""
    warehouse = tmp_path_factory.mktemp("built")
    _build(raw_dir, warehouse)
    return warehouse


@pytest.fixture
def warehouse_dir(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "warehouse", symlinks=True)


def _failing(error: Exception) -> Callable[..., None]:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


def test_failure_at_any_step_leaves_the_snapshot_before(
    raw_dir: Path, changed_raw: Path, warehouse_dir: Path, tmp_path: Path
) -> None:
    old = previous_record(warehouse_dir)
    assert old is not None
    for owner, name, error in STEPS:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(owner, name, _failing(error))
            with pytest.raises(WarehouseError, match="see to space"):
                _build(changed_raw, warehouse_dir)
        assert previous_record(warehouse_dir, thorough=True) == old, name
        assert not list(warehouse_dir.rglob("*.staging*")), name
    record = _build(changed_raw, warehouse_dir)
    assert record.parent_id == old[1].snapshot_id
    assert record.content_digest == _build(changed_raw, tmp_path / "other").content_digest


@pytest.mark.parametrize(
    ("name", "change", "full"),
    [
        ("documents/part-000.parquet", "shorter", False),
        # What sizes do not show is found when everything is asked for anew.
        ("documents/part-000.parquet", "other bytes", True),
        ("sco.duckdb", "other bytes", True),
    ],
)
def test_damaged_snapshot_is_written_anew(
    name: str, change: str, full: bool, raw_dir: Path, warehouse_dir: Path
) -> None:
    damaged = (warehouse_dir / "current").resolve()
    record = SnapshotRecord.read(damaged)
    path = damaged / name
    content = path.read_bytes()
    path.chmod(0o644)
    middle = len(content) // 2
    path.write_bytes(
        content[:-1] if change == "shorter"
        else content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
    )  # fmt: skip
    again = _build(raw_dir, warehouse_dir, full=full)
    assert again.parent_id == damaged.name != again.snapshot_id
    assert again.content_digest == record.content_digest


def test_damaged_store_is_made_anew(
    raw_dir: Path, changed_raw: Path, warehouse_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = warehouse_dir / extraction_store.STORE
    store.write_bytes(b"no database")
    _build(changed_raw, warehouse_dir)
    assert "cannot be read" in caplog.text
    store.unlink()
    store.with_name(f"{store.name}.wal").write_bytes(b"left by a killed process")
    _build(raw_dir, warehouse_dir)


def _shuffled(table: pa.Table, seed: int) -> pa.Table:
    """The same rows in another order and in other chunks."""
    order = list(range(table.num_rows))
    random.Random(seed).shuffle(order)
    mixed = table.take(pa.array(order, pa.int64()))
    cuts = sorted({0, mixed.num_rows, *(mixed.num_rows * i // 3 for i in (1, 2))})
    return pa.concat_tables([mixed.slice(a, b - a) for a, b in pairwise(cuts)] or [mixed])


def test_equal_rows_give_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "ROW_GROUP_ROWS", 4)
    tables = tiny_tables()
    for spec in ALL_TABLES:
        files = []
        for seed in range(3):
            folder = tmp_path / str(seed)
            folder.mkdir(exist_ok=True)
            table = tables[spec.name]
            files.append(write_table(spec, _shuffled(table, seed) if seed else table, folder))
        assert files == files[:1] * 3, spec.name
