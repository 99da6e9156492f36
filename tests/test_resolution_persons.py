"""One row per person."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from extractions import extraction, participant

from sco_pipeline.model import Participant
from sco_pipeline.resolution.persons import resolve_persons
from sco_pipeline.tables import mention_tables


def groups(*written: tuple[str, str | None, str | None, str]) -> list[set[str]]:
    """Group (name, country, organisation, role), each in a document of its own."""
    extractions = []
    for number, (name, country, organisation, role) in enumerate(written):
        text = f"document {number}: {name}"
        people: Sequence[Participant] = (
            participant(text, name, country, organisation=organisation, role=role, meeting=None),
        )
        extractions.append(extraction(text, participants=tuple(people)))
    with duckdb.connect() as connection:
        for table_name, table in mention_tables(extractions).items():
            connection.register(table_name, table)
        resolve_persons(connection)
        rows = connection.execute(
            "SELECT list(DISTINCT name) FROM person_of GROUP BY home, full_name"
        ).fetchall()
    return sorted(({*row[0]} for row in rows), key=sorted)


def test_spellings_of_one_state_are_one_person() -> None:
    secretary = "security_council_secretary"
    assert groups(
        ("N. B.Yermekbayev", "KAZ", None, secretary),
        ("Nurlan Yermekbayev", "KAZ", None, secretary),
        ("Nurlan Ermekbaev", "KAZ", None, secretary),
        ("N. Nigmatulin", "KAZ", None, "parliament_speaker"),
    ) == [{"N. B.Yermekbayev", "Nurlan Ermekbaev", "Nurlan Yermekbayev"}, {"N. Nigmatulin"}]


def test_same_initials_in_two_states_are_two_persons() -> None:
    minister = "other_minister"
    found = groups(("A. Karimov", "UZB", None, minister), ("A. Karimov", "TJK", None, minister))
    assert len(found) == 2


def test_full_name_is_followed_from_state_to_organisation() -> None:
    assert groups(
        ("Rashid Alimov", "TJK", None, "ambassador"),
        ("Rashid Alimov", None, "SCO", "organisation_head"),
    ) == [{"Rashid Alimov"}]


def test_initial_that_fits_two_people_joins_neither_unless_the_office_tells() -> None:
    two = (
        ("Sadyr Japarov", "KGZ", None, "head_of_state"),
        ("Saparbek Japarov", "KGZ", None, "interior_minister"),
    )
    assert {"S. Japarov"} in groups(*two, ("S. Japarov", "KGZ", None, "ambassador"))
    assert {"S. Japarov", "Sadyr Japarov"} in groups(
        *two, ("S. Japarov", "KGZ", None, "head_of_state")
    )
