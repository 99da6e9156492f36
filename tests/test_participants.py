"""Who took part in a meeting: table cases, and the rules that decide between wordings."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from sco_pipeline.document import read_document
from sco_pipeline.memberships import capacity_of
from sco_pipeline.mentions.cities import CityLexicon, find_cities
from sco_pipeline.mentions.countries import CountryLexicon, find_countries, publisher_country
from sco_pipeline.mentions.organisations import OrganisationLexicon, find_organisations
from sco_pipeline.mentions.people import PeopleLexicon, find_people
from sco_pipeline.model import MeetingMention, Participant, RawFile, Unresolved
from sco_pipeline.participants import ParticipationLexicon, find_participants
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.sentences import split_sentences

CASES = Path(__file__).parent / "cases" / "participants.csv"

MEETING = MeetingMention(
    0, 0, 1, "reports", "SCO", "foreign_ministers", None, date(2024, 5, 21), None, "day",
    "Astana", "KAZ", None, None, "test",
)  # fmt: skip


def participants(
    text: str, *meetings: MeetingMention
) -> tuple[list[Participant], list[Unresolved]]:
    """Read the participants of ``text`` in the meetings given."""
    reading = ReadingLexicon.load("en")
    document = read_document(RawFile("test.txt", text.encode(), "0" * 64), "test", reading)
    sentences = split_sentences(document, reading)
    countries = find_countries(document, sentences, CountryLexicon.load("en"))
    organisations = find_organisations(document, OrganisationLexicon.load("en"))
    people, _ = find_people(document, sentences, countries, organisations, PeopleLexicon.load("en"))
    return find_participants(
        document, sentences, people, meetings, countries,
        find_cities(document, CityLexicon.load("en")), organisations,
        publisher_country(document, CountryLexicon.load("en")), ParticipationLexicon.load("en"),
    )  # fmt: skip


def described(participant: Participant) -> str:
    """The participant in the notation of the case table."""
    person = participant.person
    return "|".join(
        (
            person.name_as_written, participant.role, person.country or "",
            person.organisation or "", participant.capacity, participant.participation,
        )
    )  # fmt: skip


def cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["why"])
def test_case(case: dict[str, str]) -> None:
    meeting = MEETING._replace(
        organisation=case["organisation"],
        body=case["body"],
        city=None,
        country=case["host"] or None,
        starts_on=date.fromisoformat(case["date"]),
    )
    found, _ = participants(case["text"], meeting)
    expected = [entry for entry in re.split(r";\s*", case["expected"]) if entry]
    assert sorted(map(described, found)) == sorted(expected)


def test_everybody_in_an_advance_notice_is_only_mentioned() -> None:
    text = "The meeting will be chaired by Foreign Minister of Kazakhstan Murat Nurtleu."
    found, _ = participants(text, MEETING._replace(relation="announces"))
    assert [p.participation for p in found] == ["mentioned"]
    assert found[0].meeting == 0


def test_without_a_meeting_people_are_mentioned_without_standing() -> None:
    found, _ = participants("I thank President Kaunda of Zambia.")
    assert [(p.meeting, p.capacity, p.participation) for p in found] == [
        (None, "unknown", "mentioned")
    ]


def test_without_a_meeting_only_what_is_said_outright_counts() -> None:
    text = (
        "President of Kyrgyzstan Sooronbay Jeenbekov chaired the SCO summit. Present were also "
        "President of China Xi Jinping and President of India Ram Nath Kovind. President of "
        "Mongolia Khaltmaagiin Battulga said that he agreed."
    )
    found, _ = participants(text)
    assert [(p.meeting, p.participation, p.capacity) for p in found] == [
        (None, "chaired", "member_state"),
        (None, "attended", "member_state"),
        (None, "attended", "member_state"),
        (None, "mentioned", capacity_of("SCO", "MNG", None)),
    ]


def test_office_in_an_advance_notice_is_of_the_state_named_first() -> None:
    text = (
        "Iranian President Ebrahim Raisi will leave for Samarkand. Foreign Minister Hossein "
        "Amir-Abdollahian will accompany him."
    )
    meeting = MEETING._replace(relation="announces", country="UZB")
    found, _ = participants(text, meeting)
    assert [(p.person.country, p.participation) for p in found] == [
        ("IRN", "mentioned"),
        ("IRN", "mentioned"),
    ]


def test_one_row_per_person_with_the_strongest_wording() -> None:
    text = (
        "The meeting was attended by Foreign Minister of China Wang Yi and Foreign Minister of "
        "Kyrgyzstan Jeenbek Kulubaev. Kulubaev chaired the session. Mr. Wang praised the results."
    )
    found, _ = participants(text, MEETING)
    assert [(p.person.name, p.participation) for p in found] == [
        ("Wang Yi", "attended"),
        ("Jeenbek Kulubaev", "chaired"),
    ]


def test_office_without_a_name_is_resolved_by_its_state() -> None:
    text = (
        "Taking part were President of Tajikistan Emomali Rahmon and President of Russia "
        "Vladimir Putin. The Tajik President chaired the meeting."
    )
    found, _ = participants(text, MEETING._replace(body="heads_of_state"))
    assert [p.participation for p in found] == ["chaired", "attended"]


def test_office_closest_to_the_body_is_the_role() -> None:
    text = "Deputy Prime Minister and Foreign Minister Murat Nurtleu of Kazakhstan took part."
    for body, role in (
        ("foreign_ministers", "foreign_minister"),
        ("heads_of_government", "deputy_head_of_government"),
    ):
        found, _ = participants(text, MEETING._replace(body=body))
        assert [p.role for p in found] == [role]


def test_capacity_is_that_of_the_day() -> None:
    text = "Prime Minister Narendra Modi of India attended the summit."
    for day, capacity in (
        (date(2016, 6, 24), "observer_state"),
        (date(2018, 6, 9), "member_state"),
    ):
        found, _ = participants(text, MEETING._replace(body="heads_of_state", starts_on=day))
        assert [p.capacity for p in found] == [capacity]


def test_person_without_an_office_is_reported() -> None:
    found, unresolved = participants("The participants thanked Mr. Bakyt Asanov.", MEETING)
    assert [p.role for p in found] == ["other_official"]
    assert [(u.kind, u.rule) for u in unresolved] == [("person", "participant_without_office")]


def test_unknown_state_in_a_list_of_those_present_is_reported() -> None:
    for text in (
        "Delegations of Kazakhstan, China, Ruritania and Russia took part in the meeting.",
        "Delegations of Ruritania, Kazakhstan, China and Russia took part in the meeting.",
        "Delegations of Kazakhstan, China and the Kingdom of Ruritania took part in the meeting.",
    ):
        _, unresolved = participants(text, MEETING)
        assert [(u.kind, u.rule) for u in unresolved] == [("country", "unknown_state")]
        assert text[unresolved[0].char_start : unresolved[0].char_end].endswith("Ruritania")


@pytest.mark.parametrize(
    "text",
    [
        "Delegations of Kazakhstan, the SCO Secretariat and Russia took part in the meeting.",
        "Delegations of Kazakhstan, China and Russia took part in the Tashkent meeting.",
        "Delegations of Kazakhstan, China and the Executive Committee took part in the meeting.",
        "Delegations of Kazakhstan, China and Central Asia took part in the meeting.",
        "Trade between Kazakhstan, Ruritania and Russia is growing.",
    ],
)
def test_what_is_no_unknown_state_in_a_list(text: str) -> None:
    assert participants(text, MEETING)[1] == []


def test_who_attends_another_meeting_is_only_mentioned() -> None:
    text = (
        "Foreign Minister of Kazakhstan A. Nurlanov attended the meeting. Defence Minister of "
        "Russia S. Orlov took part in the meeting of defence ministers. The next summit will be "
        "attended by President of China Li Wang."
    )
    others = [
        MEETING._replace(
            sentence=sentence,
            char_start=text.index(words),
            char_end=text.index(words) + len(words),
            relation=relation,
        )
        for sentence, words, relation in (
            (1, "meeting of defence ministers", "recalls"),
            (2, "next summit", "announces"),
        )
    ]
    found, _ = participants(text, MEETING, *others)
    assert [p.participation for p in found] == ["attended", "mentioned", "mentioned"]


def test_order_of_rows_is_that_of_the_text() -> None:
    text = (
        "Present were S. Lavrov - Minister of Foreign Affairs of Russia, and H. Zarifi - Minister "
        "of Foreign Affairs of Tajikistan. President of Uzbekistan Islam Karimov received the "
        "ministers."
    )
    found, _ = participants(text, MEETING)
    starts = [p.person.char_start for p in found]
    assert starts == sorted(starts)
    assert [p.participation for p in found] == ["attended", "attended", "received_delegations"]
