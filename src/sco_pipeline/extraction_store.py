"""``extractions.duckdb``: what was read from each document, kept from one refresh to the next.

A document is read again only where its bytes, path, sidecar or the package have changed. The
file is a cache: whoever deletes it pays with one full extraction, and a damaged one is made anew.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from sco_pipeline.errors import WarehouseError
from sco_pipeline.limits import Limits
from sco_pipeline.package_digest import package_digest
from sco_pipeline.resolution.caches import create_caches
from sco_pipeline.tables import EXTRACTED, MENTION_SCHEMAS, SOURCES
from sco_pipeline.warehouse import SPILL, Engine, sql_type

STORE = "extractions.duckdb"

_log = logging.getLogger(__name__)


@contextmanager
def open_store(
    warehouse_dir: Path,
    limits: Limits | None = None,
    engine: Engine | None = None,
    *,
    anew: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the store; an empty one where there is none of this package's digest and limits.

    The caller holds the warehouse's lock.

    Args:
        warehouse_dir: Exists.
        limits: Of one document; others let other documents through.
        engine: What DuckDB may use.
        anew: Forget what is there.

    Raises:
        WarehouseError: It cannot be written.
    """
    engine = engine or Engine()
    digest = f"{package_digest()} {limits or Limits()}"
    path = warehouse_dir / STORE
    if anew:
        _remove(path)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": engine.threads,
        "memory_limit": f"{engine.memory_mb}MB",
        "temp_directory": str(warehouse_dir / SPILL),
        # Tables are sorted when they are written.
        "preserve_insertion_order": False,
    }
    connection = None
    try:
        if path.exists():
            try:
                connection = duckdb.connect(str(path), config=config)
                if not _is_current(connection, digest):
                    connection.close()
                    connection = None
            except duckdb.Error as error:
                _log.warning("%s cannot be read (%s); all documents are read again", path, error)
            if connection is None:
                _remove(path)
        if connection is None:
            connection = duckdb.connect(str(path), config=config)
            _create(connection, digest)
    except (duckdb.OperationalError, duckdb.FatalException) as error:
        raise WarehouseError(
            f"{path} cannot be opened or made ({error}); see to space and permissions there; "
            "if it is damaged, --full makes it anew"
        ) from error
    try:
        yield connection
    finally:
        connection.close()


def _remove(path: Path) -> None:
    for name in (path.with_name(f"{path.name}.wal"), path):
        name.unlink(missing_ok=True)


def _is_current(connection: duckdb.DuckDBPyConnection, digest: str) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'package'"
    ).fetchall()
    if found != [(1,)]:
        return False
    return connection.execute("SELECT digest FROM package").fetchall() == [(digest,)]


def _create(connection: duckdb.DuckDBPyConnection, digest: str) -> None:
    connection.begin()
    connection.execute(f"CREATE SCHEMA {EXTRACTED}")
    for name, schema in {"sources": SOURCES, **MENTION_SCHEMAS}.items():
        columns = ", ".join(f'"{field.name}" {sql_type(field.type)}' for field in schema)
        connection.execute(f"CREATE TABLE {EXTRACTED}.{name} ({columns})")
    create_caches(connection)
    connection.execute("CREATE TABLE package (digest VARCHAR)")
    connection.execute("INSERT INTO package VALUES (?)", [digest])
    connection.commit()


def stored_sources(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """document_id -> source_digest of all that is in the store."""
    rows = connection.execute(
        f"SELECT document_id, source_digest FROM {EXTRACTED}.sources"
    ).fetchall()
    return dict(rows)


def add_extractions(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[tuple[str, str, str, str]],
    tables: Mapping[str, pa.Table],
) -> None:
    """Store what was read from some documents, in place of what was stored of them.

    Args:
        connection: An open store.
        sources: A row of ``SOURCES`` for each document.
        tables: One for each name of ``MENTION_SCHEMAS``.
    """
    connection.begin()
    _drop(connection, [document_id for document_id, *_ in sources])
    columns = [pa.array(column, pa.string()) for column in zip(*sources, strict=True)]
    rows = {"sources": pa.Table.from_arrays(columns, schema=SOURCES), **tables}
    for name, table in rows.items():
        if table.num_rows:
            connection.register("batch", table)
            connection.execute(f"INSERT INTO {EXTRACTED}.{name} FROM batch")
            connection.unregister("batch")
    connection.commit()


def drop_extractions(connection: duckdb.DuckDBPyConnection, document_ids: Sequence[str]) -> None:
    """Forget documents that are gone."""
    connection.begin()
    _drop(connection, document_ids)
    connection.commit()


def _drop(connection: duckdb.DuckDBPyConnection, document_ids: Sequence[str]) -> None:
    connection.register("gone", pa.table({"document_id": pa.array(document_ids, pa.string())}))
    stored = connection.execute(
        f"SELECT count(*) FROM {EXTRACTED}.sources SEMI JOIN gone USING (document_id)"
    ).fetchall()
    if stored != [(0,)]:
        for name in ("sources", *MENTION_SCHEMAS):
            connection.execute(f"DELETE FROM {EXTRACTED}.{name} WHERE document_id IN (FROM gone)")
    connection.unregister("gone")
