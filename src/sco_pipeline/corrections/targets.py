"""What can be corrected: tables, their columns, and which values those take."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa

from sco_pipeline.codes import code_list
from sco_pipeline.schema.table_spec import Column, TableSpec
from sco_pipeline.schema.tables import (
    COUNTRY_MENTIONS,
    DECISIONS,
    DOCUMENT_MEETINGS,
    DOCUMENTS,
    INSTRUMENT_MENTIONS,
    INSTRUMENTS,
    MEETINGS,
    PARTICIPANTS,
    PERSONS,
    REFERENCE_TABLES,
    TOPICS,
)
from sco_pipeline.tables import MENTION_SCHEMAS

#: Table -> table of mentions whose rows are corrected in its stead.
MENTION_TABLES: Mapping[str, str] = {
    spec.name: "meeting_mentions" if spec is DOCUMENT_MEETINGS else spec.name
    for spec in (
        DOCUMENTS, DOCUMENT_MEETINGS, PARTICIPANTS, TOPICS, DECISIONS, INSTRUMENT_MENTIONS,
        COUNTRY_MENTIONS,
    )
}  # fmt: skip

_DOCUMENT_ID = re.compile(r"[\w-]+", re.ASCII)
_SPAN = re.compile(r"(?P<document_id>[\w-]+):(?P<start>\d{1,9})-(?P<end>\d{1,9})", re.ASCII)
_ROW_FORM = "document_id:char_start-char_end"
#: Never corrected: what says where a row is from. Mend the document or the rules instead.
_FIXED = frozenset(
    {
        "document_id", "decision_id", "sentence_id", "char_start", "char_end", "verb_start",
        "verb_end", "rule", "path", "sha256", "media_type", "text", "char_count", "sentence_count",
        "document_count", "fetched_at",
    }
)  # fmt: skip
#: Columns whose few values are no code list.
_VALUES: Mapping[str, tuple[str, ...]] = {
    "date_precision": ("day", "month", "year"),
    "form": ("name", "long_name", "adjective", "people", "capital"),
}
_ELSEWHERE: Mapping[str, str] = {
    "corrections": "edit the line itself",
    "document_revisions": "see to the versions of the document",
    "person_links": "join and part persons in person_judgements.csv",
    "rejects": "see to the file it names",
    "sentences": "correct the rows that were read from the sentence",
    "unresolved": "add the missing row to its own table, or the word to its lexicon",
}
_INTEGER = re.compile(r"-?\d{1,9}", re.ASCII)
_FLAGS = {"true": True, "false": False}


class Place(NamedTuple):
    """A span of a document."""

    document_id: str
    char_start: int
    char_end: int

    def __str__(self) -> str:
        return f"{self.document_id}:{self.char_start}-{self.char_end}"


@dataclass(frozen=True, slots=True)
class Target:
    """A table that can be corrected.

    Attributes:
        has_spans: Its rows are named by the spans of their evidence, and whole rows can be added
            and deleted; else rows are named by key, and only values can be changed.
        changeable: Columns whose values can be changed.
        shared: Columns that the table and its table of mentions share.
        addable: Columns of a row to be added; what else it has is derived.
        derived: Of those, columns that are filled where they are not given.
    """

    spec: TableSpec
    has_spans: bool
    changeable: Mapping[str, Column]
    shared: Mapping[str, Column]
    addable: Mapping[str, Column]
    derived: frozenset[str]

    def read_place(self, row: str) -> Place | None:
        """The span that ``row`` names; None where it names none."""
        match = _SPAN.fullmatch(row)
        if not match:
            return None
        return Place(match["document_id"], int(match["start"]), int(match["end"]))


def _target(spec: TableSpec) -> Target:
    schema = (
        MENTION_SCHEMAS[MENTION_TABLES[spec.name]]
        if spec.name in MENTION_TABLES
        else spec.arrow_schema()
    )
    types = {field.name: field.type for field in schema}
    shared = {
        column.name: column
        for column in spec.columns
        if types.get(column.name) == column.type and column.name != "corrected_by"
    }
    fixed = _FIXED | {spec.evidence, *(spec.key if spec.name not in MENTION_TABLES else ())}
    changeable = {name: column for name, column in shared.items() if name not in fixed}
    has_spans = spec.has("char_start")
    addable: dict[str, Column] = {}
    derived: set[str] = set()
    if has_spans:
        addable |= changeable
        if spec is DECISIONS:
            addable |= {name: spec.column(name) for name in ("verb_start", "verb_end")}
        if spec is INSTRUMENT_MENTIONS:
            of_instrument = ("name", "kind", "organisation", "year")
            addable |= {name: INSTRUMENTS.column(name) for name in of_instrument}
        derived = {
            name
            for name, column in addable.items()
            if column.nullable or column.is_list or column.type == pa.bool_()
        } | (addable.keys() & {"name"})
    return Target(spec, has_spans, changeable, shared, addable, frozenset(derived))


#: Every table that can be corrected.
TARGETS: Mapping[str, Target] = {
    spec.name: _target(spec)
    for spec in (
        DOCUMENTS, DOCUMENT_MEETINGS, PARTICIPANTS, TOPICS, DECISIONS, INSTRUMENT_MENTIONS,
        COUNTRY_MENTIONS, MEETINGS, PERSONS, INSTRUMENTS,
    )
}  # fmt: skip


def tidy(cell: str) -> str:
    """A cell as values are stored: composed and with single blanks."""
    return " ".join(unicodedata.normalize("NFC", cell).split())


def why_no_target(table: str) -> str:
    """Why a table cannot be corrected, and where to go instead."""
    if table in {spec.name for spec in REFERENCE_TABLES}:
        return f"{table} cannot be corrected here; edit lexicons/reference/{table}.csv"
    if table in _ELSEWHERE:
        return f"{table} cannot be corrected; {_ELSEWHERE[table]}"
    return f"table is {table!r}, must be one of {', '.join(TARGETS)}"


def row_problem(target: Target, row: str) -> str | None:
    """What is wrong with the name of a row, None if nothing is."""
    if not row:
        return f"row is empty; write {_ROW_FORM if target.has_spans else target.spec.key[0]}"
    if not target.has_spans:
        is_key = target.spec is not DOCUMENTS or _DOCUMENT_ID.fullmatch(row)
        return None if is_key else f"row is {row!r}, must be a document_id"
    place = target.read_place(row)
    if place is None:
        return f"row is {row!r}, must be {_ROW_FORM} of its evidence"
    if place.char_start >= place.char_end:
        return f"row is {row!r}, whose span is empty; char_end is the character after the last one"
    return None


def as_text(value: object) -> str:
    """A value as a line of the file has it.

    >>> as_text(date(2016, 4, 14)), as_text(["KAZ", "UZB"]), as_text(True), as_text(None)
    ('2016-04-14', '["KAZ", "UZB"]', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return tidy(json.dumps(value, ensure_ascii=False))
    return tidy(str(value))


def is_equal(left: Any, right: Any) -> bool:
    """Whether two values of a column are the same; lists are sets, blanks in texts do not count."""
    if isinstance(left, list) and isinstance(right, list):
        return sorted(left) == sorted(right)
    return type(left) is type(right) and as_text(left) == as_text(right)


def read_value(column: Column, cell: str) -> Any:
    """The value that a cell stands for, of the column's type; its code is not looked up.

    Raises:
        ValueError: It is no such value; says what to write.
    """
    if not cell:
        if column.is_list:
            raise ValueError(f"{column.name} is empty; write [] for none")
        if not column.nullable:
            raise ValueError(f"{column.name} is empty, and cannot be; fill it")
        return None
    if column.is_list:
        try:
            items = json.loads(cell)
        except (ValueError, RecursionError):
            items = None
        if not isinstance(items, list) or not all(map(is_text, items)):
            raise ValueError(f'{column.name} is {cell!r}, must be a list like ["KAZ", "UZB"]')
        return list(dict.fromkeys(tidy(item) for item in items))
    if column.type == pa.date32():
        try:
            return date.fromisoformat(cell)
        except ValueError:
            problem = f"{column.name} is {cell!r}, must be a day like 2026-11-25"
            raise ValueError(problem) from None
    if column.type == pa.int32():
        if not _INTEGER.fullmatch(cell):
            raise ValueError(f"{column.name} is {cell!r}, must be a whole number")
        return int(cell)
    if column.type == pa.bool_():
        if cell.lower() not in _FLAGS:  # spreadsheets write TRUE
            raise ValueError(f"{column.name} is {cell!r}, must be true or false")
        return _FLAGS[cell.lower()]
    if not is_text(cell):
        raise ValueError(f"{column.name} is {cell!r}, which holds signs that are no text")
    return cell


def check_codes(column: Column, value: Any) -> None:
    """Refuse a value that the column's code list, or the table it refers to, does not have.

    Raises:
        ValueError: Names the value and the list.
    """
    items = value if column.is_list else [] if value is None else [value]
    table, _ = column.target or ("", "")
    for item in items:
        if table and item not in code_list(table):
            raise ValueError(f"{column.name} is {item!r}, no code of {table}; see that table")
        if column.name in _VALUES and item not in _VALUES[column.name]:
            values = ", ".join(_VALUES[column.name])
            raise ValueError(f"{column.name} is {item!r}, must be one of {values}")


def read_new_row(target: Target, cell: str) -> dict[str, Any]:
    """The values of a row to be added, those that are derived left out unless given.

    Args:
        target: The row's table.
        cell: JSON: an object of columns and values; dates as text.

    Raises:
        ValueError: Names the column and says what to write.
    """
    try:
        given = json.loads(cell)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise ValueError(f"value is {cell!r}, must be JSON: an object of columns and their values")
    if unknown := sorted(given.keys() - target.addable.keys()):
        known = ", ".join(target.addable)
        raise ValueError(f"value gives {', '.join(unknown)}; columns of a new row are {known}")
    if missing := [n for n in target.addable if n not in given and n not in target.derived]:
        raise ValueError(f"value lacks {', '.join(missing)}; give every column not null")
    values = {}
    for name, item in given.items():
        column = target.addable[name]
        if isinstance(item, dict | list) and not (column.is_list and isinstance(item, list)):
            raise ValueError(f"{name} is {as_text(item)}, must be a single value")
        values[name] = read_value(column, as_text(item))
        check_codes(column, values[name])
    return values


def is_text(item: object) -> bool:
    """True for a text of something else than blanks, without control signs and half signs."""
    return (
        isinstance(item, str)
        and bool(item.strip())
        and not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in tidy(item))
    )
