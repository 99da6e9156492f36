"""From the database row by row to files line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from sco_pipeline.errors import WarehouseError

_BATCH_ROWS = 2_048
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def stream(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
    """Yield a query's rows as DuckDB finds them, holding a batch at a time.

    Several may be read side by side: each has a cursor of its own.

    Raises:
        WarehouseError: The database is damaged, or was built by another version.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(_BATCH_ROWS):
                yield from rows
    except duckdb.Error as error:
        raise WarehouseError(
            f"the database cannot be read ({error}); rebuild the warehouse with this version"
        ) from error


def quoted(name: str) -> str:
    """A name as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def json_line(value: object) -> str:
    """A line of JSON; ``json.dump`` to a file is several times as slow."""
    return _JSON.encode(value) + "\n"
