"""Code lists, reference rows and dated memberships."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from sco_pipeline import codes
from sco_pipeline.codes import code_list, reference_rows
from sco_pipeline.errors import LexiconError
from sco_pipeline.memberships import capacity_of
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import ALL_TABLES, BOOL, DATE, INT, REFERENCE_TABLES, TEXT

TYPES = {TEXT: str, INT: int, DATE: date, BOOL: bool}
GROUPS = {
    "economy",
    "environment_and_emergencies",
    "order_and_institutions",
    "people",
    "regional_situations",
    "security",
}


@pytest.mark.parametrize("spec", REFERENCE_TABLES, ids=lambda spec: spec.name)
def test_rows_fit_their_table(spec: TableSpec) -> None:
    rows = reference_rows(spec.name)
    for row in rows:
        assert list(row) == [column.name for column in spec.columns]
        for column in spec.columns:
            value = row[column.name]
            if value is None:
                assert column.nullable, (row, column.name)
            else:
                assert type(value) is TYPES[column.type], (row, column.name)
            if column.codes and value is not None:
                assert value in code_list(column.codes)
    keys = [tuple(str(row[name]) for name in spec.key) for row in rows]
    assert keys == sorted(set(keys))


def test_every_code_list_of_the_schema_exists() -> None:
    names = {column.codes for spec in ALL_TABLES for column in spec.columns if column.codes}
    assert all(code_list(name) for name in names)


def test_checked_columns_are_those_of_the_schema() -> None:
    declared = {
        (spec.name, column.name): column.codes
        for spec in REFERENCE_TABLES
        for column in spec.columns
        if column.codes
    }
    assert declared == codes._CODES


@pytest.mark.parametrize("spec", REFERENCE_TABLES, ids=lambda spec: spec.name)
def test_definitions_are_one_line(spec: TableSpec) -> None:
    for row in reference_rows(spec.name):
        if "definition" in row:
            assert "\n" not in str(row["definition"])
            assert str(row["definition"]).endswith(".")


def test_topic_groups() -> None:
    assert {row["topic_group"] for row in reference_rows("topic_labels")} == GROUPS


def test_countries_are_their_alpha_3() -> None:
    rows = reference_rows("countries")
    assert len(rows) == 250
    assert all(row["code"] == row["alpha_3"] for row in rows)
    for column in ("alpha_2", "cow", "wikidata"):
        values = [row[column] for row in rows if row[column] is not None]
        assert len(values) == len(set(values)), column


def test_unknown_code_list_names_the_file() -> None:
    with pytest.raises(LexiconError, match=r"lexicons/reference/colours\.csv does not exist"):
        code_list("colours")
    with pytest.raises(LexiconError, match="no code list"):
        code_list("memberships")


def test_spells_of_one_state_never_overlap() -> None:
    spells: dict[tuple[object, object], list[tuple[date, date]]] = {}
    for row in reference_rows("memberships"):
        first, last = row["valid_from"], row["valid_to"] or date.max
        assert isinstance(first, date)
        assert isinstance(last, date)
        assert first <= last, row
        spells.setdefault((row["organisation"], row["country"]), []).append((first, last))
    for key, dates in spells.items():
        for (_, last), (first, _) in pairwise(dates):
            assert last < first, key


@pytest.mark.parametrize(
    ("organisation", "country", "on", "capacity"),
    [
        ("SCO", "CHN", date(2001, 6, 15), "member_state"),
        ("SCO", "CHN", date(2001, 6, 14), "guest_state"),
        ("SCO", "IND", date(2017, 6, 8), "observer_state"),
        ("SCO", "IND", date(2017, 6, 9), "member_state"),
        ("SCO", "IRN", date(2012, 6, 7), "observer_state"),
        ("SCO", "IRN", date(2023, 7, 4), "member_state"),
        ("SCO", "BLR", date(2012, 6, 7), "dialogue_partner"),
        ("SCO", "BLR", date(2018, 6, 10), "observer_state"),
        ("SCO", "BLR", date(2024, 7, 4), "member_state"),
        ("SCO", "BLR", None, "member_state"),
        ("SCO", "TKM", date(2024, 7, 4), "guest_state"),
        ("SCO", "MNG", date(2010, 6, 11), "observer_state"),
        ("SCO", "TUR", date(2012, 6, 6), "guest_state"),
        ("SCO", "TUR", date(2016, 6, 24), "dialogue_partner"),
        ("SCO_RATS", "PAK", date(2018, 4, 5), "member_state"),
        ("CSTO", "UZB", date(2010, 12, 10), "member_state"),
        ("CSTO", "UZB", date(2015, 9, 15), "guest_state"),
        ("CIS", "GEO", date(2009, 8, 18), "guest_state"),
        ("OTS", "HUN", date(2020, 2, 6), "observer_state"),
        ("BRICS", "KAZ", date(2025, 7, 6), "dialogue_partner"),
        ("ICRC", "CHE", date(2020, 1, 1), "unknown"),
        (None, "CHE", date(2020, 1, 1), "unknown"),
    ],
)
def test_capacity_is_that_of_the_day(
    organisation: str | None, country: str, on: date | None, capacity: str
) -> None:
    assert capacity_of(organisation, country, on) == capacity
