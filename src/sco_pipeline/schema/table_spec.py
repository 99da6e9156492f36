"""What a table is: columns, keys, references, code lists. ``tables.py`` declares each once.

From a ``TableSpec`` come the Arrow schema (descriptions in its metadata), the DuckDB
comments, ``datapackage.json``, ``docs/data_dictionary.md`` and the checks on write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from sco_pipeline.errors import TableError

#: Arrow type -> the one Python type that fills it; a list column holds lists of the inner one.
_PYTHON_TYPES: dict[pa.DataType, type] = {
    pa.string(): str,
    pa.int32(): int,
    pa.int64(): int,
    pa.float64(): float,
    pa.date32(): date,
    pa.timestamp("us"): datetime,
    pa.bool_(): bool,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        codes: Name of the label table whose codes are allowed, else None.
        references: ``table.column`` that must hold the value (or, for lists, each of them).
    """

    name: str
    type: pa.DataType
    description: str
    nullable: bool = False
    codes: str | None = None
    references: str | None = None

    def field(self) -> pa.Field:
        return pa.field(self.name, self.type, self.nullable, {"description": self.description})

    @property
    def target(self) -> tuple[str, str] | None:
        """Table and column that must hold the values, be it a code list or another table."""
        if self.codes:
            return self.codes, "code"
        if self.references:
            table, column = self.references.split(".")
            return table, column
        return None

    @property
    def is_list(self) -> bool:
        return bool(pa.types.is_list(self.type))


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table.

    Attributes:
        grain: What one row is.
        key: Columns that together identify a row; rows are stored sorted by them.
        evidence: Name of the column that must equal the text between ``char_start`` and
            ``char_end`` of the row's document, or None where the span alone is the evidence.
        unique: Further sets of columns that no two rows share.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    evidence: str | None = None
    unique: tuple[tuple[str, ...], ...] = ()

    def arrow_schema(self) -> pa.Schema:
        """The schema all Parquet files of this table carry, metadata included."""
        return pa.schema(
            [column.field() for column in self.columns],
            {"table": self.name, "grain": self.grain, "key": ",".join(self.key)},
        )

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def has(self, name: str) -> bool:
        return any(column.name == name for column in self.columns)

    def empty(self) -> pa.Table:
        """A table without rows."""
        return self.arrow_schema().empty_table()

    def build(self, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
        """Turn rows into a table, in the order given; nothing is coerced, dropped or filled in.

        Args:
            rows: Column name -> value, every column present. ``str``, ``int``, ``float``,
                ``date``, ``datetime`` and ``bool`` exactly (no subclass), lists or tuples of them
                for list columns, None where the column is nullable.

        Raises:
            TableError: Names the row by its key, the column and the value.
        """
        names = {column.name for column in self.columns}
        for number, row in enumerate(rows):
            if row.keys() != names:
                odd = sorted(names ^ row.keys())
                raise TableError(
                    self.name, f"row {number}: missing or unknown column {', '.join(odd)}"
                )
        arrays = [self._array(column, rows) for column in self.columns]
        return pa.Table.from_arrays(arrays, schema=self.arrow_schema())

    def row_name(self, number: int, row: Mapping[str, Any]) -> str:
        """Name a row for a person: its number and its key."""
        return f"row {number} ({', '.join(f'{name}={row[name]!r}' for name in self.key)})"

    def _array(self, column: Column, rows: Sequence[Mapping[str, Any]]) -> pa.Array:
        values = [row[column.name] for row in rows]
        if {type(value) for value in values} <= _allowed(column):
            try:
                array = pa.array(values, column.type)
            except (pa.ArrowException, OverflowError, TypeError, ValueError):
                pass
            else:
                if not column.is_list or _inner_types(values) <= _inner(column):
                    return array
        for number, value in enumerate(values):
            if problem := _problem(column, value):
                name = self.row_name(number, rows[number])
                raise TableError(self.name, f"{name}: column {column.name} {problem}")
        raise AssertionError(f"{self.name}.{column.name}: no value is wrong on its own")


def _allowed(column: Column) -> set[type]:
    allowed: set[type] = {list, tuple} if column.is_list else {_PYTHON_TYPES[column.type]}
    return allowed | {type(None)} if column.nullable else allowed


def _inner(column: Column) -> set[type]:
    return {_PYTHON_TYPES[column.type.value_type]}


def _inner_types(values: Sequence[Sequence[Any] | None]) -> set[type]:
    return {type(item) for value in values if value is not None for item in value}


def _problem(column: Column, value: Any) -> str | None:
    """Say what is wrong with a single value, None if nothing is."""
    if type(value) not in _allowed(column):
        wanted = " or ".join(sorted(kind.__name__ for kind in _allowed(column)))
        return f"is {value!r}, must be {wanted}"
    if column.is_list and value is not None and not _inner_types([value]) <= _inner(column):
        wanted = next(iter(_inner(column))).__name__
        return f"is {value!r}, must be a list of {wanted}"
    try:
        pa.array([value], column.type)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        return f"is {value!r}, does not fit {column.type} ({error})"
    return None
