"""One row per meeting."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from extractions import extraction, meeting

from sco_pipeline.model import MeetingMention
from sco_pipeline.resolution.clusters import connect
from sco_pipeline.resolution.meetings import resolve_meetings
from sco_pipeline.tables import mention_tables


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(
            "CREATE TABLE cities AS SELECT * FROM (VALUES ('Tashkent', 'UZB'), ('Astana', 'KAZ'), "
            "('St. Petersburg', 'RUS')) AS t(city, country)"
        )
        yield opened


def resolved(
    connection: duckdb.DuckDBPyConnection, *documents: tuple[MeetingMention, ...]
) -> list[tuple[str, ...]]:
    """Meetings (id, status, documents) of documents that speak of these meetings."""
    extractions = [
        extraction(f"document {number}", meetings=mentions)
        for number, mentions in enumerate(documents)
    ]
    for name, table in mention_tables(extractions).items():
        connection.register(name, table)
    resolve_meetings(connection)
    return connection.execute(
        "SELECT meeting_id, status, document_count FROM meeting ORDER BY meeting_id"
    ).fetchall()


def test_reports_of_overlapping_days_are_one_meeting(connection: duckdb.DuckDBPyConnection) -> None:
    found = resolved(
        connection,
        (meeting("2016-06-23", "2016-06-24", city="Tashkent", ordinal=16),),
        (meeting("2016-06-24", city="Tashkent"),),
        (meeting("2016-06-23"),),
    )
    assert found == [("sco-heads_of_state-2016-06-23-tashkent", "held", 3)]


def test_a_day_within_a_long_session_is_part_of_it(connection: duckdb.DuckDBPyConnection) -> None:
    found = resolved(
        connection,
        (meeting("1999-12-01", "2000-01-20", city="Astana"),),
        (meeting("1999-12-31"),),
        (meeting("2000-01-21"),),
        (meeting("1999-11-28"),),
    )
    assert sorted(row[2] for row in found) == [1, 3]


def test_other_body_year_city_or_ordinal_is_another_meeting(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = resolved(
        connection,
        (meeting("2016-06-23", city="Tashkent", ordinal=16),),
        (meeting("2016-06-23", city="Tashkent", body="foreign_ministers"),),
        (meeting("2017-06-23", city="Tashkent"),),
        (meeting("2016-06-23", city="Astana"),),
        (meeting("2016-06-23", city="Tashkent", organisation="CIS"),),
        (meeting("2016-06-23", city="Tashkent", ordinal=15),),
    )
    assert len(found) == 6


def test_announced_by_year_joins_the_only_one_that_fits(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = resolved(
        connection,
        (meeting("2017-06-08", "2017-06-09", city="Astana"),),
        (
            meeting("2016-06-24", city="Tashkent"),
            meeting("2017", city="Astana", relation="announces"),
        ),
    )
    assert [row[0] for row in found] == [
        "sco-heads_of_state-2016-06-24-tashkent",
        "sco-heads_of_state-2017-06-08-astana",
    ]
    assert [row[2] for row in found] == [1, 2]


def test_announced_without_date_joins_the_next_one_in_that_country(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = resolved(
        connection,
        (meeting("2017-06-08", city="Astana"),),
        (meeting("2030-06-08", city="Astana"),),
        (meeting("2016-06-24", city="Tashkent"), meeting(country="KAZ", relation="announces")),
    )
    assert ("sco-heads_of_state-2017-06-08-astana", "held", 2) in found


def test_vague_mention_that_fits_two_meetings_joins_none(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = resolved(
        connection,
        (meeting("2016-02-01", city="Tashkent", body="expert_group"),),
        (meeting("2016-09-01", city="Tashkent", body="expert_group"),),
        (meeting("2016", city="Tashkent", body="expert_group", relation="recalls"),),
    )
    assert ("sco-expert_group-2016-tashkent", "held", 1) in found


def test_recalled_without_date_joins_the_last_one_there(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = resolved(
        connection,
        (meeting("2012-06-08", city="Astana"),),
        (meeting("2015-06-08", city="Astana"),),
        (meeting("2017-06-08", city="Astana"),),
        (meeting("2016-06-24", city="Tashkent"), meeting(city="Astana", relation="recalls")),
    )
    assert ("sco-heads_of_state-2015-06-08-astana", "held", 2) in found


def test_announced_only_stays_announced_and_is_one_row(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    mention = meeting("2030-07", city="St. Petersburg", relation="announces")
    assert resolved(connection, (mention,), (mention,)) == [
        ("sco-heads_of_state-2030-07-st-petersburg", "announced", 2)
    ]


def test_undated_meetings_of_two_documents_are_not_taken_for_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    mention = meeting(city="Astana", relation="announces")
    found = resolved(connection, (mention,), (mention,))
    assert [row[0] for row in found] == [
        "sco-heads_of_state-undated-astana",
        "sco-heads_of_state-undated-astana-2",
    ]


def test_connect_numbers_components_by_their_smallest_member() -> None:
    assert connect(5, [(4, 3), (1, 0), (3, 1)]) == [0, 0, 2, 0, 0]
