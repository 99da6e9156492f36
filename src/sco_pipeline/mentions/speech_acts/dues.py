"""When an act is to be carried out: the limit or the period that goes with its verb."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sco_pipeline.mentions.speech_acts.cues import Periods, SpeechActLexicon
from sco_pipeline.model import DateMention, Document, InstrumentMention

#: Acts that can be carried out by a day.
_DUE_ACTS = frozenset({"adopt", "agree", "call_for", "instruct", "schedule", "support"})
#: Acts whose content says when: "agreed to hold talks in 2026". What a call for action names
#: "in 2026" may be another event.
_PERIOD_ACTS = frozenset({"agree", "instruct", "schedule"})
# "by 2025", "no later than 1 June", "by the year 2018", "before [the end of 2026]"
_LIMIT = re.compile(
    r"\b(?P<word>by|before|until|till|prior to|within|(?:not|no) later than)"
    r"(?: the)?(?: end of)?(?: the)?(?: year)? $"
)
# "in [the second half of 2026]", "during 2024-2026", "from [2024 to 2026]"
_PERIOD = re.compile(
    r"\b(?P<word>in|during|on|over|throughout|between|from)(?: the)?(?: years?| period)? $"
)
# "scheduled for [June]", "postponed to [9 November]"
_APPOINTED = re.compile(r"\b(?P<word>in|during|on|for|to|from|between)(?: the)? $")
# "the Strategy [until] 2030": how long a document is in force
_IN_FORCE = re.compile(r"[A-Z][\w-]+ (?:until|till) $")
# "2024[-2026]", "2024 [to 2026]"
_LAST_YEAR = re.compile(r"(?: ?[-–] ?| to | and )((?:20)?\d\d)\b(?! ?%)")


class Due(NamedTuple):
    """When an act is due: ``from_on`` is None where only the limit is named."""

    from_on: date | None
    due_on: date
    char_start: int
    char_end: int


class Dues:
    """Finds limits and periods in one document."""

    def __init__(
        self,
        document: Document,
        dates: Sequence[DateMention],
        instruments: Sequence[InstrumentMention],
        reference: date | None,
        lexicon: SpeechActLexicon,
    ) -> None:
        self._lexicon = lexicon
        self._text = document.text
        self._folded = document.folded
        self._dates = dates
        self._date_starts = [when.char_start for when in dates]
        self._instruments = instruments
        self._instrument_starts = [instrument.char_start for instrument in instruments]
        self._reference = reference

    def find(self, act: str, start: int, verb_end: int, end: int) -> Due | None:
        """The first limit or period behind a verb; of an event, also before its verb.

        Args:
            act: Code of the act.
            start: First character of its clause.
            verb_end: Character after its verb.
            end: Character after its clause.
        """
        if act not in _DUE_ACTS:
            return None
        due = self._dated(act, verb_end, end) or self._undated(verb_end, end)
        if due is None and act == "schedule":
            due = self._dated(act, start, verb_end)
        return due

    def _dated(self, act: str, start: int, end: int) -> Due | None:
        index = bisect_left(self._date_starts, start)
        while index < len(self._dates) and self._dates[index].char_start < end:
            when = self._dates[index]
            due = None if self._is_in_name(when.char_start) else self._due(act, index, start)
            if due:
                return due
            index += 1
        return None

    def _due(self, act: str, index: int, start: int) -> Due | None:
        when = self._dates[index]
        at = when.char_start
        low = max(start, at - 40)
        limit = _LIMIT.search(self._folded, low, at)
        if limit:
            if act == "adopt" or _IN_FORCE.search(self._text, low, at):
                return None
            first, last = self._bounds(index, is_limit=True)
            written_to_end = "end of" in limit.group() or self._folded.startswith("end", at)
            if limit["word"] in ("before", "prior to") and not written_to_end:
                last = first - timedelta(days=1)
            return Due(None, last, limit.start(), self._end(index))
        heads = _APPOINTED if act == "schedule" else _PERIOD
        period = heads.search(self._folded, low, at) if act in _PERIOD_ACTS else None
        if period is None:
            return None
        first, last = self._bounds(index, is_limit=False)
        if act != "schedule" and (self._reference is None or last < self._reference):
            return None  # told of the past
        if act != "schedule" and self._lexicon.other_event.search(
            self._folded, start, period.start()
        ):
            return None  # "agreed to report to the meeting to be held on 13 September"
        if period["word"] == "from" and first == last:
            return None  # "as from 1 February": no end
        return Due(first, last, period.start(), self._end(index))

    def _bounds(self, index: int, *, is_limit: bool) -> tuple[date, date]:
        """First and last day of what the words name."""
        when = self._dates[index]
        first = when.starts_on
        last = when.ends_on or _last_day(when, self._folded, self._lexicon.periods)
        if when.precision == "year" and when.ends_on is None:
            until = _LAST_YEAR.match(self._folded, when.char_end)
            if until and int(until[1]) % 100 > first.year % 100:
                last = date(first.year // 100 * 100 + int(until[1]) % 100, 12, 31)
        if is_limit and when.inferred and self._reference and last < self._reference:
            # "by 31 December", said on 5 June: the next one
            return _next_year(first), _next_year(last)
        return first, last

    def _end(self, index: int) -> int:
        when = self._dates[index]
        until = _LAST_YEAR.match(self._folded, when.char_end)
        is_range = until and when.precision == "year" and when.ends_on is None
        return until.end() if until and is_range else when.char_end

    def _undated(self, start: int, end: int) -> Due | None:
        """A limit counted from the day of the document."""
        if self._reference is None:
            return None
        periods = self._lexicon.periods
        found = periods.year_end.search(self._folded, start, end)
        if found:
            return Due(None, date(self._reference.year, 12, 31), found.start(), found.end())
        found = periods.span.search(self._folded, start, end)
        if found is None:
            return None
        figure = found["number"]
        number = int(figure) if figure.isdigit() else periods.numbers.get(figure, 0)
        if not number:
            return None
        if found["unit"] in periods.days:
            due_on = self._reference + timedelta(days=number * periods.days[found["unit"]])
        else:
            due_on = _add_months(self._reference, number * periods.months[found["unit"]])
        return Due(None, due_on, found.start(), found.end())

    def _is_in_name(self, at: int) -> bool:
        """True for a year that belongs to an instrument: "the Strategy until 2030"."""
        index = bisect_right(self._instrument_starts, at) - 1
        return index >= 0 and at < self._instruments[index].char_end


def _last_day(when: DateMention, folded: str, periods: Periods) -> date:
    """The last day of what a mention without its own last day names."""
    first = when.starts_on
    if when.precision == "month":
        return _add_months(first, 1) - timedelta(days=1)
    if when.precision == "year":
        words = folded[when.char_start : when.char_end].replace("-", " ").split()
        if words[0].isdigit():
            return date(first.year, 12, 31)
        months = next((periods.parts[word] for word in words if word in periods.parts), 3)
        last = _add_months(first, months) - timedelta(days=1)
        # "winter 2026" runs into the next year, "the end of 2026" does not
        runs_on = first.month < 10 or not periods.over_year.isdisjoint(words)
        return last if runs_on else date(first.year, 12, 31)
    return first


def _add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of that month."""
    month = day.year * 12 + day.month - 1 + months
    first = date(month // 12, month % 12 + 1, 1)
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def _next_year(day: date) -> date:
    return _add_months(day, 12)
