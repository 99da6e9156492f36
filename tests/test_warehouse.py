"""warehouse: one portable, documented file; clear errors."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from sco_pipeline import warehouse
from sco_pipeline.errors import QueryError, WarehouseError
from sco_pipeline.schema.tables import ALL_TABLES, CHANGES, DOCUMENT_TABLES, REJECTS
from sco_pipeline.warehouse import (
    DATABASE,
    INFO_COLUMNS,
    build_database,
    open_read_only,
    read_views,
    run_query,
    update_database,
)
from tests.snapshot_files import write_files
from tests.tables import build, publish_tables, tiny_rows, tiny_tables


@pytest.fixture(scope="module")
def warehouse_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("warehouse")
    publish_tables(tiny_tables(), folder)
    return folder


@pytest.fixture
def connection(warehouse_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_read_only(warehouse_dir) as opened:
        yield opened


def test_tables_hold_the_rows(connection: duckdb.DuckDBPyConnection) -> None:
    for spec in ALL_TABLES:
        expected = tiny_tables()[spec.name].sort_by([(name, "ascending") for name in spec.key])
        query = f"FROM {spec.name} ORDER BY {', '.join(spec.key)}"
        found = connection.sql(query).to_arrow_table()
        assert found.to_pylist() == expected.to_pylist(), spec.name


def test_everything_is_commented(connection: duckdb.DuckDBPyConnection) -> None:
    for kind in ("tables", "views", "columns"):
        query = f"FROM duckdb_{kind}() WHERE NOT internal AND comment IS NULL"
        assert connection.execute(query).fetchall() == []
    comments = dict(
        connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall()
    )
    assert comments["topics"] == (
        "One row per term in a sentence that shows a topic. "
        "Key: document_id, char_start, char_end, topic."
    )


def test_not_null_is_declared(connection: duckdb.DuckDBPyConnection) -> None:
    specs = (*ALL_TABLES, CHANGES)
    found = connection.execute(
        "SELECT table_name, column_name, is_nullable FROM duckdb_columns() "
        "WHERE table_name IN (SELECT unnest($tables))",
        {"tables": [spec.name for spec in specs]},
    ).fetchall()
    assert set(found) == {(s.name, c.name, c.nullable) for s in specs for c in s.columns}


def test_every_view_file_is_a_view(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert sorted(name for (name,) in found) == [view.name for view in read_views()]


def test_snapshot_info(connection: duckdb.DuckDBPyConnection, warehouse_dir: Path) -> None:
    info = run_query(connection, "FROM snapshot_info")
    assert info.columns == (
        "snapshot_id", "content_digest", "parent_id", "package_version", "input_digest",
    )  # fmt: skip
    assert [row[0] for row in info.rows] == [(warehouse_dir / "current").resolve().name]


def test_copied_file_opens_alone(warehouse_dir: Path, tmp_path: Path) -> None:
    """Under another name, in another process, from another folder, where nothing can be written."""
    copy = tmp_path / "copy" / "other name.duckdb"
    copy.parent.mkdir()
    shutil.copy(warehouse_dir / "sco.duckdb", copy)
    copy.chmod(0o444)
    script = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True); "
        "print(*c.execute('SELECT count(*) FROM decisions_with_evidence').fetchone(), "
        "*c.execute('SELECT count(*) FROM persons').fetchone())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(copy)],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout.split() == ["7", "5"]


def test_old_readers_can_open_it(connection: duckdb.DuckDBPyConnection) -> None:
    (tags,) = connection.execute(
        "SELECT tags FROM duckdb_databases() WHERE NOT internal"
    ).fetchone()
    assert tags["storage_version"].startswith("v1.2.0")


def test_nothing_can_be_written(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(QueryError, match="read-only"):
        run_query(connection, "DELETE FROM meetings")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM meeting", "meeting"),
        ("SELEC 1", "syntax error"),
        ("SELECT 'a'::INTEGER", "Conversion Error"),
        ("", "no SQL given"),
        ("-- only a comment", "no SQL given"),
    ],
)
def test_bad_sql(connection: duckdb.DuckDBPyConnection, sql: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        run_query(connection, sql)


def test_query_result(connection: duckdb.DuckDBPyConnection) -> None:
    result = run_query(connection, "SELECT name, countries FROM persons ORDER BY name LIMIT 1; ")
    assert result.columns == ("name", "countries")
    assert result.rows == [("A. Li", ["CHN"])]


def test_missing_warehouse(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"sco\.duckdb is missing; build it with"):
        open_read_only(tmp_path)


def test_damaged_warehouse(tmp_path: Path) -> None:
    (tmp_path / "sco.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseError, match=r"cannot be opened .*; rebuild"):
        open_read_only(tmp_path)


def test_missing_parquet(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="cannot be built: .*countries"):
        build_database(tmp_path, tmp_path / "new.duckdb", {})


def test_an_updated_copy_holds_what_a_new_database_would(
    warehouse_dir: Path, tmp_path: Path
) -> None:
    """Rows of two documents and one other table are replaced; the copied file stays as it is."""
    rows = tiny_rows()
    for name in ("rejects", "unresolved"):
        rows[name].clear()
    for row in rows["topics"]:
        if row["document_id"] == "d1":
            row["topic"] = row["term"] = "energy"
    files = write_files(build(rows), tmp_path / "snapshot")
    info = dict.fromkeys(INFO_COLUMNS, "later")
    build_database(tmp_path / "snapshot", tmp_path / "new.duckdb", info)
    older = (warehouse_dir / DATABASE).read_bytes()
    rewritten = {
        spec.name: [file.path for file in files[spec.name]] for spec in (*DOCUMENT_TABLES, REJECTS)
    }
    update_database(
        warehouse_dir / DATABASE, tmp_path / "copy.duckdb", tmp_path / "snapshot", rewritten,
        ["d1", "d5"], info,
    )  # fmt: skip
    assert (warehouse_dir / DATABASE).read_bytes() == older
    with duckdb.connect(tmp_path / "new.duckdb") as connection:
        connection.execute(f"ATTACH '{tmp_path / 'copy.duckdb'}' AS copy")
        connection.execute(f"ATTACH '{(warehouse_dir / DATABASE).resolve()}' AS old (READ_ONLY)")
        for name in ("snapshot_info", *(spec.name for spec in (*ALL_TABLES, CHANGES))):
            difference = f"(FROM new.{name} EXCEPT ALL FROM copy.{name})"
            assert connection.execute(f"FROM {difference}").fetchall() == [], name
            assert connection.execute(
                f"SELECT (SELECT count(*) FROM new.{name}) - (SELECT count(*) FROM copy.{name})"
            ).fetchall() == [(0,)], name
        assert connection.execute("FROM copy.topics EXCEPT ALL FROM old.topics").fetchall() != []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "-- No grain.\n-- Columns:\n--   a: A.\nSELECT 1 AS a",
        "-- What.\n-- Grain: one a. Key: a.\nSELECT 1 AS a",
    ],
)
def test_view_without_documentation(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bare.sql").write_text(text)
    monkeypatch.setattr(warehouse, "VIEWS", tmp_path)
    with pytest.raises(WarehouseError, match=r"sql/bare\.sql: the head comment must hold"):
        read_views()


def test_views_read_tables_only(warehouse_dir: Path, tmp_path: Path) -> None:
    """Each can be made alone, so their order does not matter."""
    with open_read_only(warehouse_dir) as opened:
        tables = opened.execute("SELECT table_name, sql FROM duckdb_tables()").fetchall()
    for view in read_views():
        with duckdb.connect(":memory:") as alone:
            for _, sql in tables:
                alone.execute(sql)
            alone.execute(f"CREATE VIEW {view.name} AS {view.select}")


def test_no_other_file_can_be_written(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for sql in (f"COPY (SELECT 1) TO '{tmp_path}/a.csv'", f"EXPORT DATABASE '{tmp_path}/b'"):
        with pytest.raises(QueryError):
            run_query(connection, sql)
    assert not list(tmp_path.iterdir())
