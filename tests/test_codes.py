"""Code lists, reference rows and dated memberships."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from sco_pipeline import codes, lexicon
from sco_pipeline.codes import code_list, reference_rows
from sco_pipeline.errors import LexiconError
from sco_pipeline.memberships import capacity_of
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import ALL_TABLES, BOOL, DATE, FLOAT, INT, REFERENCE_TABLES, TEXT

TYPES = {TEXT: str, INT: int, FLOAT: float, DATE: date, BOOL: bool}
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


def test_countries_are_those_of_iso_3166() -> None:
    assert len(reference_rows("countries")) == 250


@pytest.mark.parametrize(
    ("country", "cow", "gleditsch_ward", "valid_from"),
    [
        ("USA", 2, 2, date(1816, 1, 1)),
        ("RUS", 365, 365, date(1816, 1, 1)),
        ("KAZ", 705, 705, date(1991, 12, 16)),
        ("UZB", 704, 704, date(1991, 8, 31)),
        ("CZE", 316, 316, date(1993, 1, 1)),
        ("SSD", 626, 626, date(2011, 7, 9)),
        # Where the two lists number a state differently.
        ("DEU", 255, 260, date(1949, 9, 21)),
        ("SRB", 345, 340, date(2006, 6, 5)),
        ("YEM", 679, 678, date(1918, 10, 30)),
        ("TON", 955, 972, date(1970, 6, 4)),
        # North Vietnam's number, not that of the state that ended in 1975.
        ("VNM", 816, 816, date(1954, 5, 1)),
        # The Holy See is not the Papal States (327), and Palestine is in neither list.
        ("VAT", None, None, None),
        ("PSE", None, None, None),
        ("GRL", None, None, None),
    ],
)
def test_state_numbers(
    country: str, cow: int | None, gleditsch_ward: int | None, valid_from: date | None
) -> None:
    row = next(row for row in reference_rows("countries") if row["code"] == country)
    assert (row["cow"], row["gleditsch_ward"], row["valid_from"]) == (
        cow,
        gleditsch_ward,
        valid_from,
    )


def test_independent_states_have_both_numbers_and_a_date() -> None:
    for row in reference_rows("countries"):
        known = {row[column] is not None for column in ("cow", "gleditsch_ward", "valid_from")}
        assert len(known) == 1, row


@pytest.mark.parametrize(
    ("topic", "scheme", "code", "match"),
    [
        ("terrorism", "eurovoc", "4452", "exact"),
        ("terrorism", "cap", "1927", "close"),
        ("drug_trafficking", "cap", "1203", "close"),
        ("legal_cooperation", "eurovoc", "953", "narrow"),
        ("ukraine", "eurovoc", "5946", "related"),
        ("trade", "cap", "18", "close"),
    ],
)
def test_topic_matches(topic: str, scheme: str, code: str, match: str) -> None:
    assert match in [
        row["match"]
        for row in reference_rows("topic_crosswalk")
        if (row["topic"], row["scheme"], row["code"]) == (topic, scheme, code)
    ]


def test_every_label_of_a_topic_is_in_the_crosswalk() -> None:
    matches = {
        (row["topic"], row["scheme"], row["label"])
        for row in reference_rows("topic_crosswalk")
        if row["match"] in ("exact", "close")
    }
    for row in reference_rows("topic_labels"):
        for scheme in ("eurovoc", "unbis"):
            if row[scheme]:
                assert (row["code"], scheme, row[scheme]) in matches


def test_acts_without_an_event_type_say_why() -> None:
    rows = {row["code"]: row for row in reference_rows("act_labels")}
    assert rows["condemn"]["plover"] == "ACCUSE"
    assert rows["condemn"]["lossy"] is False
    assert rows["welcome"]["lossy"] is True
    assert [code for code, row in rows.items() if row["plover"] is None] == [
        "assess", "express_concern", "reaffirm",
    ]  # fmt: skip
    assert all(row["plover_note"] for row in rows.values())


def test_unknown_code_list_names_the_file() -> None:
    with pytest.raises(LexiconError, match=r"lexicons/reference/colours\.csv does not exist"):
        code_list("colours")
    with pytest.raises(LexiconError, match="no code list"):
        code_list("memberships")


@pytest.fixture
def reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the reference tables that a test may break."""
    folder = tmp_path / "reference"
    folder.mkdir()
    for path in Path(str(lexicon.LEXICONS), "reference").glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(lexicon, "LEXICONS", tmp_path)
    monkeypatch.setattr(codes, "LEXICONS", tmp_path)
    code_list.cache_clear()
    yield folder
    code_list.cache_clear()


def change(path: Path, key: dict[str, str], changes: dict[str, str]) -> int:
    """Change cells of the first row that has the key's cells; returns its line."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    number = next(n for n, row in enumerate(rows) if key.items() <= row.items())
    rows[number] |= changes
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return number + 2


INDIA = {"organisation": "SCO", "country": "IND"}
TERRORISM = {"topic": "terrorism"}


@pytest.mark.parametrize(
    ("table", "key", "changes", "message"),
    [
        ("countries", {"code": "KAZ"}, {"alpha_2": "kz"}, "alpha_2 'kz' .* two capital letters"),
        ("countries", {"code": "KAZ"}, {"alpha_3": "KA"}, "alpha_3 'KA' .* three capital"),
        ("countries", {"code": "KAZ"}, {"alpha_3": "KZK"}, "alpha_3 'KZK' is not the code 'KAZ'"),
        ("countries", {"code": "KAZ"}, {"cow": "1"}, "cow '1' .* from 2 to 990"),
        ("countries", {"code": "KAZ"}, {"cow": "991"}, "cow '991' .* from 2 to 990"),
        ("countries", {"code": "KAZ"}, {"cow": "\u0667\u0660\u0665"}, "cow .* from 2 to 990"),
        ("countries", {"code": "KAZ"}, {"gleditsch_ward": "705.0"}, "gleditsch_ward '705.0'"),
        ("countries", {"code": "KAZ"}, {"wikidata": "232"}, "wikidata '232' .* as Q485207"),
        ("countries", {"code": "KAZ"}, {"valid_from": "16.12.1991"}, "write a date as 2001"),
        ("countries", {"code": "KAZ"}, {"valid_from": "1991-02-30"}, "write a date as 2001"),
        ("countries", {"code": "KAZ"}, {"valid_to": "1990-01-01"}, "'1990-01-01' is before"),
        ("countries", {"code": "KGZ"}, {"cow": "705"}, r"cow '705' stands already in line \d+"),
        ("countries", {"code": "KGZ"}, {"wikidata": "Q232"}, "wikidata 'Q232' stands already"),
        ("organisations", {"code": "UN"}, {"wikidata": "Q458"}, "wikidata 'Q458' stands already"),
        ("act_labels", {"code": "adopt"}, {"lossy": "yes"}, "lossy 'yes' .* true or false"),
        ("act_labels", {"code": "adopt"}, {"lossy": ""}, "lossy '' with plover 'SUPPORT'"),
        ("act_labels", {"code": "assess"}, {"lossy": "true"}, "lossy 'true' with plover ''"),
        ("act_labels", {"code": "adopt"}, {"plover": "PRAISE"}, "plover 'PRAISE' is no known"),
        ("cities", {"city": "Astana"}, {"is_capital": "1"}, "is_capital '1' .* true or false"),
        ("topic_crosswalk", TERRORISM, {"match": "equal"}, "match 'equal' is no known code"),
        ("topic_crosswalk", TERRORISM, {"topic": "terror"}, "topic 'terror' is no known code"),
        ("topic_crosswalk", TERRORISM | {"scheme": "cap"}, {"code": "2400"}, "the form of cap"),
        ("topic_crosswalk", TERRORISM | {"scheme": "cap"}, {"code": "19.27"}, "the form of cap"),
        ("topic_crosswalk", TERRORISM | {"scheme": "cap"}, {"code": ""}, "column code is empty"),
        ("topic_crosswalk", TERRORISM | {"scheme": "eurovoc"}, {"code": "c_4452"}, "of eurovoc"),
        ("topic_crosswalk", TERRORISM | {"scheme": "unbis"}, {"code": "terror"}, "form of unbis"),
        (
            "topic_crosswalk",
            {"topic": "legal_cooperation", "code": "3491"},
            {"code": "953"},
            "code '953' stands already in line",
        ),
        (
            "topic_crosswalk",
            {"topic": "women", "code": "585"},
            {"match": "exact"},
            "one exact or close match is enough",
        ),
        ("memberships", INDIA, {"country": "ZZZ"}, "country 'ZZZ' is no known code"),
        ("memberships", INDIA, {"capacity": "partner"}, "capacity 'partner' is no known code"),
        ("memberships", INDIA, {"valid_from": ""}, "column valid_from is empty"),
        ("memberships", INDIA, {"source": ""}, "column source is empty"),
        ("memberships", INDIA, {"valid_to": "2005-01-01"}, "'2005-01-01' is before valid_from"),
        ("memberships", INDIA, {"valid_to": "2017-06-09"}, "lies within the spell of line"),
        ("memberships", INDIA, {"valid_to": ""}, "IND in SCO: valid_from '2017-06-09' lies within"),
    ],
)
def test_a_broken_row_is_refused_with_its_line(
    reference: Path, table: str, key: dict[str, str], changes: dict[str, str], message: str
) -> None:
    line = change(reference / f"{table}.csv", key, changes)
    # An overlap is seen in the later of two rows, all else in the row itself.
    line += "lies within" in message
    with pytest.raises(LexiconError, match=rf"reference/{table}\.csv line {line}: .*{message}"):
        reference_rows(table)


def test_a_label_that_differs_from_the_crosswalk_is_refused(reference: Path) -> None:
    change(reference / "topic_labels.csv", {"code": "terrorism"}, {"eurovoc": "terror"})
    with pytest.raises(
        LexiconError, match="'terrorism' of terrorism differs from 'terror' in topic"
    ):
        reference_rows("topic_crosswalk")


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
        ("SCO", "MNG", date(2025, 8, 31), "observer_state"),
        ("SCO", "MNG", date(2025, 11, 17), "dialogue_partner"),
        ("SCO", "LAO", date(2025, 9, 1), "dialogue_partner"),
        ("SCO", "MDV", date(2022, 9, 15), "guest_state"),
        ("SCO", "TUR", date(2012, 6, 6), "guest_state"),
        ("SCO", "TUR", date(2016, 6, 24), "dialogue_partner"),
        ("SCO_RATS", "PAK", date(2018, 4, 5), "member_state"),
        ("CSTO", "UZB", date(2010, 12, 10), "member_state"),
        ("CSTO", "UZB", date(2015, 9, 15), "guest_state"),
        ("CSTO", "GEO", date(1998, 1, 28), "member_state"),
        ("CSTO", "GEO", date(2002, 10, 7), "guest_state"),
        ("CIS", "GEO", date(2009, 8, 18), "guest_state"),
        ("OTS", "HUN", date(2020, 2, 6), "observer_state"),
        ("CIS", "TKM", date(2019, 10, 11), "member_state"),
        ("CIS", "UKR", date(2017, 10, 11), "member_state"),
        ("CIS", "UKR", date(2018, 11, 2), "guest_state"),
        ("EAEU", "MDA", date(2021, 5, 21), "observer_state"),
        ("EAEU", "MDA", date(2016, 5, 31), "guest_state"),
        ("CICA", "LKA", date(2014, 5, 21), "observer_state"),
        ("CICA", "LKA", date(2019, 6, 15), "member_state"),
        ("CICA", "SAU", date(2024, 12, 17), "observer_state"),
        ("BRICS", "KAZ", date(2025, 7, 6), "dialogue_partner"),
        ("BRICS", "IDN", date(2025, 7, 6), "member_state"),
        ("ASEAN", "TLS", date(2025, 7, 9), "observer_state"),
        ("ASEAN", "TLS", date(2025, 10, 26), "member_state"),
        ("AU", "MAR", date(2000, 7, 11), "guest_state"),
        ("AU", "MAR", date(2017, 7, 3), "member_state"),
        ("ICRC", "CHE", date(2020, 1, 1), "unknown"),
        (None, "CHE", date(2020, 1, 1), "unknown"),
    ],
)
def test_capacity_is_that_of_the_day(
    organisation: str | None, country: str, on: date | None, capacity: str
) -> None:
    assert capacity_of(organisation, country, on) == capacity
