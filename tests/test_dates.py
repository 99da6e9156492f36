"""Dates: cases in cases/dates.csv, and what must hold for any text."""

import csv
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from extractions import document
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.mentions.dates import DateLexicon, find_dates
from sco_pipeline.model import DateMention, Sentence

CASES = Path(__file__).parent / "cases" / "dates.csv"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@cache
def lexicon() -> DateLexicon:
    return DateLexicon.load("en")


def find(text: str, published_on: date | None) -> list[DateMention]:
    sentence = Sentence(0, 0, "paragraph", 0, len(text))
    return find_dates(document(text, published_on), [sentence], lexicon())


def rows() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["text"])
def test_dates_case(row: dict[str, str]) -> None:
    published_on = date.fromisoformat(row["published_on"]) if row["published_on"] else None
    found = [
        f"{row['text'][m.char_start : m.char_end]}|{m.starts_on}|{m.ends_on or ''}|{m.precision}"
        for m in find(row["text"], published_on)
    ]
    assert found == row["expected"].splitlines()


def test_relative_words_count_in_sentences_only() -> None:
    text = "Today's top news\nThe ministers met."
    sentence = Sentence(0, 0, "paragraph", 17, len(text))
    assert find_dates(document(text, date(2020, 1, 2)), [sentence], lexicon()) == []


def test_date_never_spans_two_lines() -> None:
    text = "Annex 10\nJune 2010"
    assert [text[m.char_start : m.char_end] for m in find(text, None)] == ["June 2010"]


@given(
    st.dates(date(1900, 1, 1), date(2089, 12, 1)),
    st.sampled_from(
        ("{d} {m} {y}", "{m} {d}, {y}", "{d} {m}, {y}", "{y}-{n:02}-{d:02}", "{d}.{n:02}.{y}")
    ),
)
def test_written_date_is_read_back(day: date, form: str) -> None:
    written = form.format(d=day.day, m=MONTHS[day.month - 1], n=day.month, y=day.year)
    text = f"The Council met on {written} in Tashkent."
    [mention] = find(text, None)
    assert text[mention.char_start : mention.char_end] == written
    assert (mention.starts_on, mention.ends_on, mention.precision) == (day, day, "day")
    assert not mention.inferred


@given(st.dates(date(2001, 1, 1), date(2030, 1, 1)), st.integers(-180, 180))
def test_missing_year_is_the_nearest(published_on: date, distance: int) -> None:
    day = published_on + timedelta(distance)
    if day.month == 2 and day.day == 29:
        return
    [mention] = find(f"They met on {day.day} {MONTHS[day.month - 1]}.", published_on)
    assert mention.starts_on == day
    assert mention.inferred


@given(
    st.lists(
        st.sampled_from(
            ["10", "11-12", "31", "June", "May", "2010", "and", "to", ",", "-", "/", ".", "next",
             "last", "year", "Monday", "today", "(", ")", "\n", "of", "the", "30th", "early"]
        ),
        max_size=14,
    ),
    st.none() | st.dates(date(1950, 1, 1), date(2050, 1, 1)),
)  # fmt: skip
def test_mentions_are_ordered_and_possible(words: list[str], published_on: date | None) -> None:
    text = " ".join(words)
    reached = 0
    for mention in find(text, published_on):
        assert reached <= mention.char_start < mention.char_end <= len(text)
        reached = mention.char_end
        if mention.precision == "day":
            assert mention.ends_on is not None
            assert mention.starts_on <= mention.ends_on
        else:
            assert mention.ends_on is None
            assert mention.starts_on.day == 1
