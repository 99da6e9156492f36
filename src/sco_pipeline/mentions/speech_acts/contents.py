"""What an act is about: topics, countries, instruments and the day it falls due."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date

from sco_pipeline.mentions.speech_acts.actors import Actor
from sco_pipeline.model import CountryMention, DateMention, InstrumentMention, TopicMention

#: Acts that can be carried out by a day.
_DUE_ACTS = frozenset({"adopt", "agree", "call_for", "instruct", "schedule", "support"})
# "by 2025", "no later than 1 June", "by the end of the year 2018"
_BY = re.compile(
    r"\b(?:by|until|till|before|within|(?:not|no) later than)"
    r"(?: the)?(?: end of)?(?: the)?(?: year)? $"
)
_IN = re.compile(r"\b(?:in|during|on|for) (?:the )?$")


class Contents:
    """The mentions of one document, found by span."""

    def __init__(
        self,
        folded: str,
        topics: Sequence[TopicMention],
        countries: Sequence[CountryMention],
        instruments: Sequence[InstrumentMention],
        dates: Sequence[DateMention],
    ) -> None:
        self._folded = folded
        self._topics = topics
        self._topic_starts = [topic.char_start for topic in topics]
        self._countries = countries
        self._country_starts = [country.char_start for country in countries]
        self._instrument_starts = [instrument.char_start for instrument in instruments]
        self._dates = dates
        self._date_starts = [when.char_start for when in dates]

    def topics(self, start: int, end: int, actor: Actor | None = None) -> dict[str, None]:
        """Topic codes between two offsets, outside the words that name the actor."""
        found: dict[str, None] = {}
        index = bisect_left(self._topic_starts, start)
        while index < len(self._topics) and self._topics[index].char_start < end:
            topic = self._topics[index]
            if actor is None or not actor.char_start <= topic.char_start < actor.char_end:
                found[topic.topic] = None
            index += 1
        return found

    def countries(self, start: int, end: int, actor: Actor | None = None) -> tuple[str, ...]:
        """Countries between two offsets, outside the words that name the actor."""
        found: dict[str, None] = {}
        index = bisect_left(self._country_starts, start)
        while index < len(self._countries) and self._countries[index].char_start < end:
            country = self._countries[index]
            if actor is None or not actor.char_start <= country.char_start < actor.char_end:
                found[country.country] = None
            index += 1
        return tuple(found)

    def instruments(self, start: int, end: int) -> tuple[int, ...]:
        """Indexes of the instruments named between two offsets."""
        first = bisect_left(self._instrument_starts, start)
        return tuple(range(first, bisect_left(self._instrument_starts, end)))

    def due_on(self, act: str, start: int, end: int) -> date | None:
        """The last day on which an act can be carried out; of an event, its last day."""
        if act not in _DUE_ACTS:
            return None
        index = bisect_left(self._date_starts, start)
        while index < len(self._dates) and self._dates[index].char_start < end:
            when = self._dates[index]
            head = self._folded[max(start, when.char_start - 30) : when.char_start]
            if _BY.search(head) or (act == "schedule" and _IN.search(head)):
                return _last_day(when)
            index += 1
        return None


def _last_day(when: DateMention) -> date:
    if when.ends_on:
        return when.ends_on
    if when.precision == "year":
        return date(when.starts_on.year, 12, 31)
    if when.precision == "month":
        year, month = when.starts_on.year, when.starts_on.month
        return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
    return when.starts_on
