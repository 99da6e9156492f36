"""sql/*.sql: every view on tiny tables against rows worked out by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.warehouse import View, read_views
from tests.tables import NEXT_SUMMIT, SECRETARIES, SUMMIT, TRADE, build, tiny_rows, tiny_tables

VIEWS = {view.name: view for view in read_views()}

APRIL, JUNE = date(2016, 4, 14), date(2016, 6, 24)


def _open(tables: dict[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for name, table in tables.items():
        connection.register("arrow", table)
        connection.execute(f"CREATE TABLE {name} AS FROM arrow")
        connection.unregister("arrow")
    for view in VIEWS.values():
        connection.execute(f"CREATE VIEW {view.name} AS {view.select}")
    return connection


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with _open(tiny_tables()) as opened:
        yield opened


def _rows(connection: duckdb.DuckDBPyConnection, view: View) -> list[tuple[Any, ...]]:
    """All rows of a view in a fixed order."""
    return connection.execute(f"FROM {view.name} ORDER BY {', '.join(view.key)}").fetchall()


def _select(
    connection: duckdb.DuckDBPyConnection, view: str, columns: str, order: str = "ALL"
) -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT {columns} FROM {view} ORDER BY {order}").fetchall()


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_columns_are_as_documented(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    described = connection.execute(f"DESCRIBE {view.name}").fetchall()
    assert [row[0] for row in described] == list(view.columns)
    assert view.description.endswith(".")
    assert set(view.key) <= set(view.columns)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_key_is_unique(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    keys = _select(connection, view.name, ", ".join(view.key))
    assert keys
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_order_of_rows_does_not_matter(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    mixed = tiny_rows()
    for rows in mixed.values():
        random.Random(1).shuffle(rows)
    with _open(build(mixed)) as other:
        assert _rows(other, view) == _rows(connection, view)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_empty_tables_give_no_rows(view: View) -> None:
    with _open({spec.name: spec.empty() for spec in ALL_TABLES}) as empty:
        assert _rows(empty, view) == []


@pytest.mark.parametrize(
    "view",
    [view for view in VIEWS.values() if view.name != "coverage_and_quality"],
    ids=lambda view: view.name,
)
def test_copies_count_once(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    """Without d3, a copy of d1, everything stays the same."""
    rows = tiny_rows()
    for table, of_table in rows.items():
        rows[table] = [row for row in of_table if row.get("document_id") != "d3"]
    with _open(build(rows)) as without:
        assert _rows(without, view) == _rows(connection, view)


def test_meetings_overview(connection: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "meeting_id, host_country, documents, persons, participant_countries, topics, decisions, "
        "positions"
    )
    assert _select(connection, "meetings_overview", columns) == [
        (SUMMIT, "UZB", 2, 3, ["CHN", "RUS", "UZB"], ["energy", "trade"], 1, 0),
        (NEXT_SUMMIT, "KAZ", 1, 0, [], [], 0, 0),
        (SECRETARIES, "UZB", 2, 3, ["CHN", "RUS", "UZB"], ["terrorism", "trade"], 1, 3),
        (TRADE, "KGZ", 1, 0, [], [], 0, 0),
    ]


def test_attendance_by_country_and_body(connection: duckdb.DuckDBPyConnection) -> None:
    secretaries = "security_council_secretaries"
    assert _rows(connection, VIEWS["attendance_by_country_and_body"]) == [
        ("CHN", "China", "SCO", "heads_of_state", 1, 0, 1, 1.0, 1, JUNE, JUNE),
        ("CHN", "China", "SCO", secretaries, 1, 0, 1, 1.0, 1, APRIL, APRIL),
        ("RUS", "Russia", "SCO", "heads_of_state", 1, 0, 1, 1.0, 1, JUNE, JUNE),
        ("RUS", "Russia", "SCO", secretaries, 1, 0, 1, 1.0, 1, APRIL, APRIL),
        ("UZB", "Uzbekistan", "SCO", "heads_of_state", 1, 1, 1, 1.0, 1, JUNE, JUNE),
        ("UZB", "Uzbekistan", "SCO", secretaries, 1, 1, 1, 1.0, 1, APRIL, APRIL),
    ]


def test_attendance_share() -> None:
    rows = tiny_rows()
    for meeting in rows["meetings"]:
        meeting["body"] = "heads_of_state"
    rows["participants"] = [p for p in rows["participants"] if p["participant_id"] != "d4-chn-a-li"]
    with _open(build(rows)) as opened:
        columns = "country, meetings, meetings_known, share"
        assert _select(opened, "attendance_by_country_and_body", columns) == [
            ("CHN", 1, 2, 0.5), ("RUS", 2, 2, 1.0), ("UZB", 2, 2, 1.0),
        ]  # fmt: skip


def test_person_career(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "person_id, role, country, first_on, last_on, meetings, documents"
    secretary = "security_council_secretary"
    assert _select(connection, "person_career", columns) == [
        ("chn-a-li", "deputy_minister", "CHN", APRIL, APRIL, 1, 1),
        ("chn-a-li", "head_of_state", "CHN", JUNE, JUNE, 1, 1),
        ("kaz-c-omarov", "head_of_state", "KAZ", JUNE, JUNE, 0, 1),
        ("rus-sergei-ivanov", "ambassador", "RUS", JUNE, JUNE, 1, 1),
        ("rus-sergei-ivanov", secretary, "RUS", APRIL, APRIL, 1, 2),
        ("uzb-b-petrov", "head_of_state", "UZB", JUNE, JUNE, 1, 1),
        ("uzb-n-petrov", secretary, "UZB", APRIL, APRIL, 1, 1),
    ]


def test_person_links_with_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "name_a, offices_a, documents_a, document_a, name_b, documents_b, document_b"
    offices = ["ambassador", "security_council_secretary"]
    assert _select(connection, "person_links_with_evidence", columns) == [
        ("S. Ivanov", offices, 2, "d1", "Sergei Ivanov", 1, "d2")
    ]


def test_co_attendance(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "person_id_1, name_1, person_id_2, countries_2, meetings, first_on, last_on"
    li, ivanov = ("chn-a-li", "A. Li"), ("rus-sergei-ivanov", "Sergei Ivanov")
    assert _select(connection, "co_attendance", columns) == [
        (*li, "rus-sergei-ivanov", ["RUS"], 2, APRIL, JUNE),
        (*li, "uzb-b-petrov", ["UZB"], 1, JUNE, JUNE),
        (*li, "uzb-n-petrov", ["UZB"], 1, APRIL, APRIL),
        (*ivanov, "uzb-b-petrov", ["UZB"], 1, JUNE, JUNE),
        (*ivanov, "uzb-n-petrov", ["UZB"], 1, APRIL, APRIL),
    ]


def test_agenda_by_year(connection: duckdb.DuckDBPyConnection) -> None:
    secretaries = "security_council_secretaries"
    assert _rows(connection, VIEWS["agenda_by_year"]) == [
        (2016, "SCO", "heads_of_state", "energy", "economy", 1, 1, 1.0, 1),
        (2016, "SCO", "heads_of_state", "trade", "economy", 1, 1, 1.0, 1),
        (2016, "SCO", secretaries, "terrorism", "security", 1, 1, 1.0, 2),
        (2016, "SCO", secretaries, "trade", "economy", 1, 1, 1.0, 1),
    ]


def test_topic_trend_by_group() -> None:
    rows = tiny_rows()
    later = {"starts_on": date(2017, 6, 24), "ends_on": date(2017, 6, 24)}
    next(m for m in rows["meetings"] if m["meeting_id"] == SUMMIT).update(later)
    with _open(build(rows)) as opened:
        assert _rows(opened, VIEWS["topic_trend_by_group"]) == [
            (2016, "economy", 1, 1, 1.0, 1, 0.333, None),
            (2016, "security", 1, 1, 1.0, 2, 0.667, None),
            (2017, "economy", 1, 1, 1.0, 2, 1.0, 0.667),
            (2017, "security", 0, 1, 0.0, 0, 0.0, -0.667),
        ]


def test_decisions_with_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "decision_id, verb_as_written, clause, sentence, title, source_url, starts_on"
    rows = {row[0]: row[1:] for row in _select(connection, "decisions_with_evidence", columns)}
    assert len(rows) == 7
    assert rows["d1-3-agreed"] == (
        "agreed", "They agreed to trade more", "They agreed to trade more.", "Title of d1",
        "https://example.org/d1", APRIL,
    )  # fmt: skip
    clause, sentence = rows["d5-0-rejected"][1:3]
    assert clause == "nobody rejected trade with 🐉"
    assert clause in sentence
    assert rows["d5-0-rejected"][0] == "rejected"


def test_participants_with_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "participant_id, name, name_as_written, sentence, publisher, body"
    rows = {row[0]: row[1:] for row in _select(connection, "participants_with_evidence", columns)}
    assert len(rows) == 8
    assert rows["d1-rus-sergei-ivanov"] == (
        "Sergei Ivanov", "S. Ivanov", "S. Ivanov of Russia and A. Li of China took part.", "SCO",
        "security_council_secretaries",
    )  # fmt: skip


def test_positions_by_topic(connection: duckdb.DuckDBPyConnection) -> None:
    new_year = date(2018, 1, 2)
    assert _rows(connection, VIEWS["positions_by_topic"]) == [
        ("terrorism", "condemn", False, "SCO", "country", "RUS", 1, 1, APRIL, APRIL,
         "Russia condemned terrorism", "d2-1-condemned"),
        ("terrorism", "condemn", False, "SCO", "participants", None, 1, 1, APRIL, APRIL,
         "The sides condemned terrorism", "d1-2-condemned"),
        ("trade", "condemn", True, None, "unknown", None, 1, 0, new_year, new_year,
         "nobody rejected trade with 🐉", "d5-0-rejected"),
    ]  # fmt: skip


def test_instruments_cited(connection: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "instrument_id, mentions, documents, meetings, first_on, last_on, named_in_adoption_on"
    )
    assert _select(connection, "instruments_cited", columns) == [
        ("charter-sco", 1, 1, 1, APRIL, APRIL, None),
        ("declaration-tashkent", 1, 1, 1, JUNE, JUNE, JUNE),
    ]


def test_announced_and_held_meetings(connection: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "meeting_id, outcome, announcements, announced_in, announced_on, announced_starts_on, "
        "announced_city, held_starts_on, days_moved, reports"
    )
    spring, summer = date(2016, 4, 15), date(2016, 6, 25)
    assert _select(connection, "announced_and_held_meetings", columns) == [
        (SUMMIT, "announced_and_held", 1, "d1", spring, date(2016, 6, 23), "Tashkent", JUNE, 1, 1),
        (NEXT_SUMMIT, "open", 1, "d4", summer, date(2017, 6, 1), "Astana", None, None, 0),
        (SECRETARIES, "held_unannounced", 0, None, None, None, None, APRIL, None, 2),
        (TRADE, "not_reported", 1, "d1", spring, date(2016, 5, 1), "Bishkek", None, None, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "precision", "outcome"),
    [
        (date(2016, 6, 1), None, "month", "open"),
        (date(2016, 1, 1), None, "year", "open"),
        (date(2016, 6, 23), date(2016, 6, 24), "day", "open"),
        (date(2016, 6, 22), date(2016, 6, 23), "day", "not_reported"),
        (date(2016, 6, 23), None, "day", "not_reported"),
        (None, None, None, "open"),
    ],
)
def test_announced_meeting_is_open_until_it_may_have_been(
    starts_on: date | None, ends_on: date | None, precision: str | None, outcome: str
) -> None:
    """The last meeting known to have been held began on 24 June 2016."""
    rows = tiny_rows()
    trade = next(meeting for meeting in rows["meetings"] if meeting["meeting_id"] == TRADE)
    trade.update(starts_on=starts_on, ends_on=ends_on, date_precision=precision)
    with _open(build(rows)) as opened:
        found = dict(_select(opened, "announced_and_held_meetings", "meeting_id, outcome"))
    assert found[TRADE] == outcome


def test_delegation_level(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "country, body, level, rank, meetings, share, first_on"
    secretaries, secretary = "security_council_secretaries", "security_council_secretary"
    assert _select(connection, "delegation_level", columns) == [
        ("CHN", "heads_of_state", "head_of_state", 1, 1, 1.0, JUNE),
        ("CHN", secretaries, "deputy_minister", 5, 1, 1.0, APRIL),
        ("RUS", "heads_of_state", "ambassador", 6, 1, 1.0, JUNE),
        ("RUS", secretaries, secretary, 4, 1, 1.0, APRIL),
        ("UZB", "heads_of_state", "head_of_state", 1, 1, 1.0, JUNE),
        ("UZB", secretaries, secretary, 4, 1, 1.0, APRIL),
    ]


def test_delegation_level_is_that_of_its_head() -> None:
    rows = tiny_rows()
    for person in rows["participants"]:
        person["country"] = "UZB"
    with _open(build(rows)) as opened:
        columns = "country, body, level, meetings"
        assert _select(opened, "delegation_level", columns) == [
            ("UZB", "heads_of_state", "head_of_state", 1),
            ("UZB", "security_council_secretaries", "security_council_secretary", 1),
        ]


def test_country_profile(connection: duckdb.DuckDBPyConnection) -> None:
    assert _rows(connection, VIEWS["country_profile"]) == [
        (2016, "SCO", "CHN", 2, 0, 0, 1, 0),
        (2016, "SCO", "RUS", 2, 0, 0, 2, 1),
        (2016, "SCO", "UZB", 2, 2, 2, 1, 0),
    ]


def test_coverage_and_quality(connection: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "path, document_id, duplicate_of, sentences, meetings, participants, topics, decisions, "
        "instruments, countries, silent_sentences, unresolved, rejects, reject_reasons"
    )
    assert _select(connection, "coverage_and_quality", columns) == [
        ("2016/d1.txt", "d1", None, 6, 3, 3, 2, 3, 1, 3, 2, 0, 0, []),
        ("2016/d2.txt", "d2", None, 2, 1, 1, 1, 1, 0, 1, 0, 0, 0, []),
        ("2016/d3.txt", "d3", "d1", 6, 3, 3, 2, 1, 1, 0, 2, 0, 0, []),
        ("2016/d4.txt", "d4", None, 4, 2, 4, 2, 2, 1, 0, 2, 0, 0, []),
        ("2016/d5.txt", "d5", None, 2, 0, 0, 2, 1, 0, 2, 0, 1, 1, ["bad_sidecar"]),
        ("2016/d6.txt", "d6", "d5", 3, 0, 0, 0, 0, 0, 0, 3, 0, 0, []),
        ("2016/logo.png", None, None, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, ["binary"]),
    ]


def test_silent_edits(connection: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "newer_document_id, edit, previous_document_id, previous_title, revision, days_between, "
        "sentence_before, sentence_after, sentence_id_before, sentence_id_after"
    )
    assert _select(connection, "silent_edits", columns) == [
        ("d5", 1, "d6", "Title of d6", 2, 3, "Professor Quux denied it.",
         "Professor Quux spoke of terrorism.", "d6-s0001", "d5-s0001"),
        ("d5", 2, "d6", "Title of d6", 2, 3, "He left.", None, "d6-s0002", None),
    ]  # fmt: skip


def test_confidence_of_a_document() -> None:
    rows = tiny_rows()
    for number, act in enumerate(a for a in rows["decisions"] if a["document_id"] == "d1"):
        act["confidence"] = 0.8 + number / 10
    with _open(build(rows)) as opened:
        columns = "document_id, mean_confidence, unmeasured"
        assert _select(opened, "coverage_and_quality", columns)[:2] == [
            ("d1", 0.9, 12), ("d2", None, 5),
        ]  # fmt: skip


def test_rejects_summary(connection: duckdb.DuckDBPyConnection) -> None:
    assert _rows(connection, VIEWS["rejects_summary"]) == [
        ("decode", "binary", "Test of binary.", 1, "2016/logo.png", "the bytes are no text"),
        ("read", "bad_sidecar", "Test of bad_sidecar.", 1, "2016/d5.txt",
         "the sidecar is malformed"),
    ]  # fmt: skip


def test_unresolved_summary(connection: duckdb.DuckDBPyConnection) -> None:
    assert _rows(connection, VIEWS["unresolved_summary"]) == [
        ("office", "professor quux", 1, 1, "office in no lexicon",
         "Professor Quux spoke of terrorism."),
    ]  # fmt: skip
