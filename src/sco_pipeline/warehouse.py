"""``sco.duckdb``: the tables of a snapshot and the analysis views in one portable file.

A view is a file of ``sql/``: its name is the file's, its head comment is its documentation.
Views read tables only, never other views, so that they can be made in any order.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sco_pipeline.errors import QueryError, WarehouseError
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import ALL_TABLES, CHANGES, DOCUMENT_TABLES, FETCHES

DATABASE = "sco.duckdb"
#: The collector's requests (``schema.tables.FETCHES``), beside the snapshots.
FETCHES_FILE = "fetches.parquet"
VIEWS = resources.files("sco_pipeline") / "sql"

#: Files of this format open in every DuckDB from 1.2 on and are half as large as those of 1.0.
STORAGE_VERSION = "v1.2.0"

#: Folder for what does not fit into memory.
SPILL = ".spill"

_TABLES = (*ALL_TABLES, CHANGES)
_log = logging.getLogger(__name__)

#: Columns of the one row of ``snapshot_info``. No times: equal input gives equal tables.
INFO_COLUMNS = {
    "snapshot_id": "Hash of content_digest and parent_id; names its folder under snapshots/.",
    "content_digest": "Hash of tables, views and package: equal input, equal digest.",
    "parent_id": "Snapshot that was current before; empty for the first.",
    "package_version": "Version of sco-pipeline that built it.",
    "input_digest": "SHA-256 over all that was read from raw/.",
}

_SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
    pa.bool_(): "BOOLEAN",
}

# "-- Grain: one person at one meeting. Key: person_id, meeting_id."
_GRAIN = re.compile(r"^Grain: (?P<grain>.+)\. Key: (?P<key>[a-z0-9_, ]+)\.$")
# "--   first_on: Day of the first meeting."
_COLUMN = re.compile(r"^  (?P<name>[a-z0-9_]+): (?P<description>.+)$")


@dataclass(frozen=True, slots=True)
class Engine:
    """What DuckDB may use.

    Attributes:
        threads: At most so many.
        memory_mb: Beyond it, it uses files.
    """

    threads: int = 1
    memory_mb: int = 512


@dataclass(frozen=True, slots=True)
class View:
    """An analysis view.

    Attributes:
        description: What question it answers, and what it leaves out.
        grain: What one row is.
        key: Columns that together identify a row.
        columns: Name -> description, in order.
        select: The query.
    """

    name: str
    description: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    select: str


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Answer to a query: column names, and rows in the order the query gave."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def read_views() -> list[View]:
    """Read every view of ``sql/``, by name.

    Raises:
        WarehouseError: A file's head comment does not say what it must; names the file.
    """
    files = sorted(
        (file for file in VIEWS.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name
    )
    return [
        _read_view(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in files
    ]


def views_digest() -> str:
    """SHA-256 of all that a database has beside its tables: the views and DuckDB's version."""
    parts = [duckdb.__version__, STORAGE_VERSION, *(repr(view) for view in read_views())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read_view(name: str, text: str) -> View:
    lines = text.splitlines()
    size = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    head = [line.removeprefix("--").removeprefix(" ") for line in lines[:size]]
    grain = [match for line in head if (match := _GRAIN.match(line))]
    columns = [match for line in head if (match := _COLUMN.match(line))]
    if len(grain) != 1 or not columns or "Columns:" not in head:
        raise WarehouseError(
            f"sql/{name}.sql: the head comment must hold a description, "
            "'Grain: ... Key: ....' on one line and 'Columns:' with a line for each column"
        )
    description = " ".join(head[: head.index(grain[0].group())])
    return View(
        name,
        description,
        grain[0]["grain"],
        tuple(grain[0]["key"].split(", ")),
        {match["name"]: match["description"] for match in columns},
        "\n".join(lines[size:]).strip().removesuffix(";"),
    )


def build_database(
    parquet_dir: Path, path: Path, info: Mapping[str, str], engine: Engine | None = None
) -> None:
    """Load a snapshot's Parquet files into a new database file and add the views.

    Tables keep the order, types and not-null marks of their specs and carry the descriptions as
    comments. There are no primary keys: the checks on write have seen to that, and their
    indexes would double the file. Table by table, so memory stays bounded.

    Args:
        parquet_dir: Holds ``<table>/*.parquet`` for all of ``_TABLES``.
        path: File to make; must not exist.
        info: Value of each of ``INFO_COLUMNS``.
        engine: What DuckDB may use.

    Raises:
        WarehouseError: A Parquet file is missing or damaged, a view does not fit the tables, or
            the file cannot be written.
    """
    try:
        with connect(path, path.parent, engine) as connection:
            connection.begin()
            for spec in _TABLES:
                _add_table(connection, spec, parquet_dir / spec.name)
            _add_info(connection, info)
            for view in read_views():
                _add_view(connection, view)
            connection.commit()
            connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise WarehouseError(
            f"{path.name} cannot be built: {error}; see to space and permissions there"
        ) from error


def update_database(
    previous: Path,
    path: Path,
    parquet_dir: Path,
    rewritten: Mapping[str, Sequence[str]],
    changed_documents: Sequence[str],
    info: Mapping[str, str],
    engine: Engine | None = None,
) -> None:
    """Copy a database and bring it to the state of a later snapshot of the same package.

    Args:
        previous: The database to copy.
        path: File to make; must not exist.
        parquet_dir: Folder of the later snapshot.
        rewritten: Table -> its files with the rows of changed documents; of other tables, the
            file if it differs.
        changed_documents: Documents whose rows are replaced.
        info: Value of each of ``INFO_COLUMNS``.
        engine: What DuckDB may use.

    Raises:
        WarehouseError: A file is missing or damaged, or cannot be written.
    """
    shutil.copyfile(previous, path)
    documents = {spec.name for spec in DOCUMENT_TABLES}
    try:
        with connect(path, path.parent, engine) as connection:
            ids = pa.table({"document_id": pa.array(changed_documents, pa.string())})
            connection.register("changed", ids)
            connection.begin()
            for spec in _TABLES:
                where = ""
                if spec.name in documents:
                    where = "WHERE document_id IN (FROM changed)"
                elif spec.name not in rewritten:
                    continue
                connection.execute(f"DELETE FROM {spec.name} {where}")
                if files := rewritten.get(spec.name):
                    connection.execute(
                        f"INSERT INTO {spec.name} "
                        f"SELECT * FROM read_parquet($files, hive_partitioning = false) {where}",
                        {"files": [str(parquet_dir / file) for file in files]},
                    )
            connection.execute("DELETE FROM snapshot_info")
            _fill_info(connection, info)
            connection.commit()
            connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise WarehouseError(
            f"{path.name} cannot be brought up to date: {error}; see to space and permissions "
            f"there; if {previous} is damaged, rebuild the warehouse with --full"
        ) from error


def connect(
    path: Path | None,
    spill_beside: Path,
    engine: Engine | None = None,
    *,
    read_only: bool = False,
) -> duckdb.DuckDBPyConnection:
    """Open a database for work on a snapshot that is being made, in bounded memory.

    Args:
        path: File; None for one in memory.
        spill_beside: Folder in which files are made for what does not fit into memory.
        engine: What DuckDB may use.
        read_only: The file stays as it is.
    """
    engine = engine or Engine()
    return duckdb.connect(
        str(path) if path else ":memory:",
        read_only=read_only,
        config={
            "storage_compatibility_version": STORAGE_VERSION,
            "temp_directory": str(spill_beside / SPILL),
            "threads": engine.threads,
            "memory_limit": f"{engine.memory_mb}MB",
        },
    )


def _add_table(connection: duckdb.DuckDBPyConnection, spec: TableSpec, folder: Path) -> None:
    columns = ", ".join(
        f'"{column.name}" {sql_type(column.type)}{"" if column.nullable else " NOT NULL"}'
        for column in spec.columns
    )
    connection.execute(f"CREATE TABLE {spec.name} ({columns})")
    connection.execute(
        f"INSERT INTO {spec.name} SELECT * FROM read_parquet($files, hive_partitioning = false)",
        {"files": str(folder / "*.parquet")},
    )
    _comment(connection, "TABLE", spec.name, table_comment(spec.grain, spec.key))
    for column in spec.columns:
        _comment(connection, "COLUMN", f"{spec.name}.{column.name}", column.description)


def sql_type(kind: pa.DataType) -> str:
    """DuckDB's name of an Arrow type."""
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    return _SQL_TYPES[kind]


def table_comment(grain: str, key: Sequence[str]) -> str:
    """What is said of a table or view in its comment."""
    return f"One row per {grain}. Key: {', '.join(key)}."


def _add_info(connection: duckdb.DuckDBPyConnection, info: Mapping[str, str]) -> None:
    names = ", ".join(f"{name} VARCHAR NOT NULL" for name in INFO_COLUMNS)
    connection.execute(f"CREATE TABLE snapshot_info ({names})")
    _fill_info(connection, info)
    _comment(connection, "TABLE", "snapshot_info", "What this file was built from; one row.")
    for name, description in INFO_COLUMNS.items():
        _comment(connection, "COLUMN", f"snapshot_info.{name}", description)


def _fill_info(connection: duckdb.DuckDBPyConnection, info: Mapping[str, str]) -> None:
    connection.execute(
        f"INSERT INTO snapshot_info VALUES ({', '.join('?' * len(INFO_COLUMNS))})",
        [info[name] for name in INFO_COLUMNS],
    )


def _add_view(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    connection.execute(f"CREATE VIEW {view.name} AS {view.select}")
    comment = f"{view.description} {table_comment(view.grain.removeprefix('one '), view.key)}"
    _comment(connection, "VIEW", view.name, comment)
    for name, description in view.columns.items():
        _comment(connection, "COLUMN", f"{view.name}.{name}", description)


def _comment(connection: duckdb.DuckDBPyConnection, kind: str, name: str, text: str) -> None:
    quoted = text.replace("'", "''")
    connection.execute(f"COMMENT ON {kind} {name} IS '{quoted}'")


def open_read_only(warehouse_dir: Path) -> duckdb.DuckDBPyConnection:
    """Open ``sco.duckdb`` of a warehouse for reading; a later refresh does not disturb it.

    The collector's requests, if there are any, are a view ``fetches`` of this connection.

    Raises:
        WarehouseError: There is none, or it cannot be read; says what to do.
    """
    path = warehouse_dir / DATABASE
    if not path.exists():
        raise WarehouseError(
            f"no warehouse in {warehouse_dir}: {DATABASE} is missing; "
            "build it with `sco-pipeline run` or name another one with --warehouse"
        )
    try:
        # The resolved path: DuckDB shares one open database per path within a process, and
        # must not answer from an older snapshot because that is still open somewhere.
        # No file but this one: COPY and EXPORT would write others.
        connection = duckdb.connect(
            str(path.resolve()), read_only=True, config={"enable_external_access": "false"}
        )
    except duckdb.Error as error:
        raise WarehouseError(f"{path} cannot be opened ({error}); rebuild the warehouse") from error
    if (fetches := warehouse_dir / FETCHES_FILE).exists():
        _register_fetches(connection, fetches)
    return connection


def _register_fetches(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    # Through Arrow, as the connection opens no files; it is read when a query asks for it. Mapped
    # now, as another run of the collector may put another file there before that.
    from pyarrow.dataset import FileSystemDataset, ParquetFileFormat

    parquet = ParquetFileFormat()
    try:
        fragment = parquet.make_fragment(pa.memory_map(str(path)))
        connection.register(
            FETCHES.name, FileSystemDataset([fragment], fragment.physical_schema, parquet)
        )
    except (OSError, pa.ArrowException) as error:
        _log.warning(
            "%s cannot be read (%s), there is no view %s; remove it, `sco-pipeline collect` writes "
            "it anew", path, error, FETCHES.name,
        )  # fmt: skip


def run_query(connection: duckdb.DuckDBPyConnection, sql: str) -> QueryResult:
    """Run SQL and fetch the answer of its last statement.

    Raises:
        QueryError: The SQL is empty or wrong, or would write; carries DuckDB's message.
    """
    try:
        answer = connection.execute(sql)
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    if answer is None or answer.description is None:
        raise QueryError('no SQL given; try "SELECT * FROM meetings_overview"')
    try:
        rows = answer.fetchall()
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    return QueryResult(tuple(column[0] for column in answer.description), rows)
