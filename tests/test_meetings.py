"""Meetings: short documents of many bodies in cases/meetings.csv, and what must always hold."""

import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.codes import code_list
from sco_pipeline.document import read_document
from sco_pipeline.mentions.cities import CityLexicon, find_cities
from sco_pipeline.mentions.countries import CountryLexicon, find_countries
from sco_pipeline.mentions.dates import DateLexicon, find_dates
from sco_pipeline.mentions.meetings import MeetingLexicon, find_meetings
from sco_pipeline.mentions.organisations import OrganisationLexicon, find_organisations
from sco_pipeline.mentions.people import PeopleLexicon, find_people
from sco_pipeline.model import Document, MeetingMention, RawFile, Sidecar, Unresolved
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.sentences import split_sentences

CASES = Path(__file__).parent / "cases" / "meetings.csv"
FIELDS = (
    "organisation", "body", "ordinal", "starts_on", "ends_on", "city", "country",
    "chair_country", "format",
)  # fmt: skip


@cache
def lexicons() -> tuple[Any, ...]:
    return tuple(
        kind.load("en")
        for kind in (
            ReadingLexicon, CountryLexicon, CityLexicon, OrganisationLexicon, DateLexicon,
            PeopleLexicon, MeetingLexicon,
        )
    )  # fmt: skip


def read(
    text: str, published_on: str = ""
) -> tuple[Document, list[MeetingMention], list[Unresolved]]:
    reading, countries, cities, organisations, dates, people, meetings = lexicons()
    day = date.fromisoformat(published_on) if published_on else None
    raw = RawFile("case.txt", text.encode(), "0" * 64, Sidecar(published_on=day))
    document = read_document(raw, "case", reading)
    sentences = split_sentences(document, reading)
    named = find_countries(document, sentences, countries)
    organs = find_organisations(document, organisations)
    mentions, unresolved = find_meetings(
        document,
        sentences,
        find_dates(document, sentences, dates),
        find_cities(document, cities),
        named,
        organs,
        find_people(document, sentences, named, organs, people)[0],
        meetings,
    )
    return document, mentions, unresolved


def written(mention: MeetingMention) -> str:
    """A meeting as cases/meetings.csv has it: dates cut to what the text gives."""
    values = [mention.relation]
    for name in FIELDS:
        value = getattr(mention, name)
        if isinstance(value, date):
            value = value.isoformat()[: {"year": 4, "month": 7}.get(mention.precision or "", 10)]
        values.append("" if value is None else str(value))
    return "|".join(values)


def rows() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["name"])
def test_meetings_case(row: dict[str, str]) -> None:
    document, mentions, _ = read(row["text"], row["published_on"])
    assert [written(mention) for mention in mentions] == row["expected"].splitlines()
    for mention in mentions:
        assert document.text[mention.char_start : mention.char_end].strip()


def test_cases_are_sorted_by_name() -> None:
    names = [row["name"] for row in rows()]
    assert names == sorted(set(names))


def test_span_names_the_meeting_without_article() -> None:
    document, [mention], _ = read(
        "The 13th meeting of the SCO defence ministers was held in Astana."
    )
    span = document.text[mention.char_start : mention.char_end]
    assert span == "13th meeting of the SCO defence ministers"
    assert mention.rule == "event"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "The 3rd meeting of the Council of Lighthouse Keepers of the SCO member states was "
            "held in Tashkent on 3 June 2021.",
            "3rd meeting of the Council of Lighthouse Keepers of the SCO",
        ),
        ("The SCO Beekeepers' Forum was held in Tashkent on 3 June 2021.", "SCO Beekeepers' Forum"),
    ],
)
def test_body_in_no_lexicon_is_reported(text: str, words: str) -> None:
    document, _, unresolved = read(text)
    assert [(u.kind, document.text[u.char_start : u.char_end]) for u in unresolved] == [
        ("meeting", words)
    ]


def test_lexicon_bodies_are_codes() -> None:
    lexicon = lexicons()[-1]
    assert set(lexicon.portfolios.values()) <= code_list("body_labels")


@given(
    st.lists(
        st.sampled_from(
            ["The", "SCO", "summit", "meeting", "Council", "of", "Heads of State", "RATS", "next",
             "13th", "XVI", "was held", "will be held", "in", "Tashkent", "Uzbekistan", "on",
             "10 June 2010", "(", ")", ",", ":", ";", "-", "its", "ministers", "member states",
             "responsible for", "trade", "here", "capital", "presided", "under the chairmanship of",
             "President Xi Jinping", "met with", "by video link", "two-day", "ended", ".", "\n\n"]
        ),
        min_size=1,
        max_size=30,
    )
)  # fmt: skip
def test_any_words_give_sound_mentions(words: list[str]) -> None:
    document, mentions, _ = read("Report. " + " ".join(words) + " Report.")
    for mention in mentions:
        assert 0 <= mention.char_start < mention.char_end <= len(document.text)
        assert mention.relation in code_list("relation_labels")
        assert mention.body in code_list("body_labels")
        assert (mention.starts_on is None) == (mention.precision is None)
        if mention.starts_on and mention.ends_on:
            assert mention.starts_on <= mention.ends_on
    assert [m.relation for m in mentions].count("reports") <= 1
