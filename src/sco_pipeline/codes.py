"""The code lists and other reference rows under lexicons/reference/, checked as they are read.

The columns are declared in ``schema/tables.py``; a test holds both to each other. They are
not imported here, so that extraction runs without Arrow.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from sco_pipeline.confidence import rule_rows
from sco_pipeline.errors import LexiconError
from sco_pipeline.lexicon import LEXICONS, read_lexicon

Row = dict[str, str]

#: Tables whose rows are identified by something other than ``code``.
_KEYS = {
    "cities": ("city",),
    "memberships": ("organisation", "country", "valid_from"),
    "topic_crosswalk": ("topic", "scheme", "label"),
}
_OPTIONAL = {
    "act_labels": ("plover", "lossy"),
    "countries": ("cow", "gleditsch_ward", "wikidata", "valid_from", "valid_to"),
    "memberships": ("valid_to",),
    "organisations": ("wikidata",),
    "topic_crosswalk": ("code",),
    "topic_labels": ("eurovoc", "unbis"),
}
#: Column -> code list its values are taken from.
_CODES = {
    ("act_labels", "kind"): "act_kind_labels",
    ("act_labels", "plover"): "plover_labels",
    ("cities", "country"): "countries",
    ("memberships", "capacity"): "capacity_labels",
    ("memberships", "country"): "countries",
    ("memberships", "organisation"): "organisations",
    ("topic_crosswalk", "match"): "match_labels",
    ("topic_crosswalk", "scheme"): "scheme_labels",
    ("topic_crosswalk", "topic"): "topic_labels",
}
#: Columns no two rows of a table may share; rows with an empty one are left out.
_UNIQUE = {
    "countries": (("alpha_2",), ("alpha_3",), ("cow",), ("gleditsch_ward",), ("wikidata",)),
    "organisations": (("wikidata",),),
    "topic_crosswalk": (("topic", "scheme", "code"),),
}


class _Form(NamedTuple):
    """What the cells of a column look like, how they are read, and what to write instead."""

    pattern: str
    parse: Callable[[str], object]
    advice: str


_DATE = _Form(r"\d{4}-\d\d-\d\d", date.fromisoformat, "write a date as 2001-06-15")
_FLAG = _Form("true|false", "true".__eq__, "write true or false")
_STATE_NUMBER = _Form(
    r"[2-9]|[1-9]\d|[1-8]\d\d|9[0-8]\d|990", int, "write a state number from 2 to 990"
)
_FORMS = {
    "alpha_2": _Form("[A-Z]{2}", str, "write two capital letters"),
    "alpha_3": _Form("[A-Z]{3}", str, "write three capital letters"),
    "cow": _STATE_NUMBER,
    "gleditsch_ward": _STATE_NUMBER,
    "is_capital": _FLAG,
    "lossy": _FLAG,
    "recurs": _FLAG,
    "valid_from": _DATE,
    "valid_to": _DATE,
    "wikidata": _Form(r"Q[1-9]\d*", str, "write the item's number as Q485207"),
}
#: Outside code list -> what its codes look like.
_SCHEME_FORMS = {
    # "19" International Affairs, "1927" Terrorism
    "cap": _Form(
        r"(?:[1-9]|1\d|2[0-3])(?:\d\d)?", str, "write a major topic (19) or a subtopic (1927)"
    ),
    "eurovoc": _Form(r"[1-9]\d{0,6}", str, "write the number of the concept, as 4452"),
    "unbis": _Form(r"10\d{5}", str, "write the number of the concept, as 1000001, or nothing"),
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
        One dict per row with the columns of the table in order: state numbers as int, dates as
        ``date``, flags as bool, everything else as text; None where empty.

    Raises:
        LexiconError: Names file, line and value, and what to do.
    """
    if table_name == "rules":
        return rule_rows()
    return [
        {
            column: (_FORMS[column].parse(cell) if column in _FORMS else cell) if cell else None
            for column, cell in row.items()
        }
        for row in _read(table_name)
    ]


def _read(table_name: str) -> list[Row]:
    """Read and check a table: form of each cell, repeated outside codes, rules of its own."""
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
    rows = read_lexicon(
        f"reference/{table_name}", columns, key, codes, _OPTIONAL.get(table_name, ())
    )
    for check in (_misshapen, _repeated, _reversed_dates, *_RULES.get(table_name, ())):
        for number, problem in check(table_name, rows):
            # Line 1 is the header; no cell holds a line break.
            raise LexiconError(f"lexicons/reference/{table_name}.csv line {number + 2}: {problem}")
    return rows


#: Number of the row, counted from 0, and what is wrong with it and what to do.
_Problems = Iterator[tuple[int, str]]


def _misshapen(_table_name: str, rows: list[Row]) -> _Problems:
    for number, row in enumerate(rows):
        for column, cell in row.items():
            if cell and column in _FORMS and not _fits(cell, _FORMS[column]):
                yield number, f"{column} {cell!r} has the wrong form; {_FORMS[column].advice}"


def _fits(cell: str, form: _Form) -> bool:
    if not re.fullmatch(form.pattern, cell, re.ASCII):
        return False
    try:
        form.parse(cell)
    except ValueError:
        return False
    return True


def _repeated(table_name: str, rows: list[Row]) -> _Problems:
    for columns in _UNIQUE.get(table_name, ()):
        seen: dict[tuple[str, ...], int] = {}
        for number, row in enumerate(rows):
            cells = tuple(row[column] for column in columns)
            if "" in cells:
                continue
            if cells in seen:
                what = " ".join(
                    f"{column} {cell!r}" for column, cell in zip(columns, cells, strict=True)
                )
                yield number, f"{what} stands already in line {seen[cells] + 2}; keep one"
            seen[cells] = number


def _reversed_dates(_table_name: str, rows: list[Row]) -> _Problems:
    for number, row in enumerate(rows):
        if row.get("valid_to") and row["valid_to"] < row["valid_from"]:
            yield (
                number,
                f"valid_to {row['valid_to']!r} is before valid_from {row['valid_from']!r}; "
                "valid_to is the last day",
            )


def _overlapping_spells(_table_name: str, rows: list[Row]) -> _Problems:
    """Rows are in order, so a spell can only run into the one that follows."""
    for number, (spell, following) in enumerate(pairwise(rows)):
        if (spell["organisation"], spell["country"]) != (
            following["organisation"],
            following["country"],
        ):
            continue
        if not spell["valid_to"] or spell["valid_to"] >= following["valid_from"]:
            yield (
                number + 1,
                f"{following['country']} in {following['organisation']}: valid_from "
                f"{following['valid_from']!r} lies within the spell of line {number + 2}; "
                "end that one the day before",
            )


def _code_is_alpha_3(_table_name: str, rows: list[Row]) -> _Problems:
    for number, row in enumerate(rows):
        if row["code"] != row["alpha_3"]:
            yield number, f"alpha_3 {row['alpha_3']!r} is not the code {row['code']!r}; make it so"


def _lossy_without_plover(_table_name: str, rows: list[Row]) -> _Problems:
    for number, row in enumerate(rows):
        if bool(row["plover"]) != bool(row["lossy"]):
            yield (
                number,
                f"lossy {row['lossy']!r} with plover {row['plover']!r}; "
                "fill both, or neither where no event type matches",
            )


def _misshapen_outside_codes(_table_name: str, rows: list[Row]) -> _Problems:
    for number, row in enumerate(rows):
        form = _SCHEME_FORMS[row["scheme"]]
        if row["code"] and not _fits(row["code"], form):
            yield (
                number,
                f"code {row['code']!r} has not the form of {row['scheme']}; {form.advice}",
            )
        if not row["code"] and row["scheme"] != "unbis":
            yield number, f"column code is empty; {form.advice}"


def _nearest_terms(_table_name: str, rows: list[Row]) -> _Problems:
    """``topic_labels`` repeats the term that means the same, so there is one at most."""
    nearest: dict[tuple[str, str], str] = {}
    labels = {row["code"]: row for row in _read("topic_labels")}
    for number, row in enumerate(rows):
        if row["match"] not in ("exact", "close"):
            continue
        key = row["topic"], row["scheme"]
        if key in nearest:
            yield (
                number,
                f"{row['topic']} matches {row['label']!r} and {nearest[key]!r} of "
                f"{row['scheme']}; one exact or close match is enough, make one narrow",
            )
        nearest[key] = row["label"]
        repeated = labels[row["topic"]].get(row["scheme"])
        if repeated is not None and repeated != row["label"]:
            yield (
                number,
                f"label {row['label']!r} of {row['topic']} differs from {repeated!r} in "
                f"topic_labels.csv; write the same {row['scheme']} term in both",
            )


_RULES = {
    "act_labels": (_lossy_without_plover,),
    "countries": (_code_is_alpha_3,),
    "memberships": (_overlapping_spells,),
    "topic_crosswalk": (_misshapen_outside_codes, _nearest_terms),
}
