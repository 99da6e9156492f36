"""The code lists and other reference rows under lexicons/reference/.

The columns are declared in ``schema/tables.py``; a test holds both to each other. They are
not imported here, so that extraction runs without Arrow.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from functools import cache

from sco_pipeline.errors import LexiconError
from sco_pipeline.lexicon import LEXICONS, read_lexicon

#: Tables whose rows are identified by something other than ``code``.
_KEYS = {
    "cities": ("city",),
    "memberships": ("organisation", "country", "valid_from"),
}
_OPTIONAL = frozenset({"cow", "eurovoc", "plover", "unbis", "valid_to", "wikidata"})
#: Column -> code list its values are taken from.
_CODES = {
    ("act_labels", "kind"): "act_kind_labels",
    ("cities", "country"): "countries",
    ("memberships", "capacity"): "capacity_labels",
    ("memberships", "country"): "countries",
    ("memberships", "organisation"): "organisations",
}
_PARSERS: dict[str, Callable[[str], object]] = {
    "cow": int,
    "is_capital": {"false": False, "true": True}.__getitem__,
    "valid_from": date.fromisoformat,
    "valid_to": date.fromisoformat,
}


@cache
def code_list(name: str) -> frozenset[str]:
    """The codes of a code list.

    Args:
        name: Name of its table: ``organisations``, ``topic_labels`` ...

    Raises:
        LexiconError: There is no such code list, or its file breaks its rules.

    >>> "SCO" in code_list("organisations")
    True
    """
    if name in _KEYS:
        raise LexiconError(f"lexicons/reference/{name}.csv holds no code list")
    return frozenset(row["code"] for row in _read(name))


def reference_rows(table_name: str) -> list[dict[str, object]]:
    """The rows of a reference table as they are published.

    Returns:
        One dict per row with the columns of the table in order: ``cow`` as int, dates as
        ``date``, ``is_capital`` as bool, everything else as text; None where empty.

    Raises:
        LexiconError: Names file and value.
    """
    rows: list[dict[str, object]] = []
    for row in _read(table_name):
        values: dict[str, object] = {}
        for column, cell in row.items():
            try:
                values[column] = _PARSERS.get(column, str)(cell) if cell else None
            except (KeyError, ValueError) as error:
                raise LexiconError(
                    f"lexicons/reference/{table_name}.csv: {column} {cell!r} in {row} "
                    "has the wrong form; write numbers, ISO dates, true or false"
                ) from error
        rows.append(values)
    return rows


def _read(table_name: str) -> list[dict[str, str]]:
    path = LEXICONS / "reference" / f"{table_name}.csv"
    if not path.is_file():
        raise LexiconError(f"lexicons/reference/{table_name}.csv does not exist")
    with path.open(encoding="utf-8") as lines:
        columns = next(csv.reader(lines), [])
    codes = {
        column: code_list(_CODES[table_name, column])
        for column in columns
        if (table_name, column) in _CODES
    }
    key = _KEYS.get(table_name, ("code",))
    return read_lexicon(f"reference/{table_name}", columns, key, codes, _OPTIONAL)
