"""Dates and periods in text, by a small grammar over month names, figures and calendar words.

The cues (month names, four-figure years, "today", "next year") are found in one pass over
the document; only around a cue is anything parsed. What is no possible date ("31 June")
is no date.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import DateMention, Document, Sentence
from sco_pipeline.terms import TermIndex, fold

KINDS = (
    "ahead", "day", "day_of_month", "month", "month_shift", "month_short", "part", "same_day",
    "season", "shift", "weekday", "year",
)  # fmt: skip
#: Kinds that only qualify what stands beside them.
_QUALIFIERS = ("ahead", "part", "shift")
#: Characters on either side of a cue that a date can reach.
_REACH = 48
#: Characters that days can take before their month: "23rd, 24th and 25th day of ".
_LEAD = 28
#: Characters before a weekday, and before a date without a year, in which "will be held"
#: makes it a coming one.
_AHEAD_OF_WEEKDAY, _AHEAD_OF_DATE = 200, 60

_YEAR = r"(?:1[89]|20)\d\d(?!\d)"
_YEAR_CUE = re.compile(rf"{_YEAR}")
_FIGURES = re.compile(r"\d+")
# "in 2005", "by the year 2025", "for 2013-2015", "(2015)"
_BEFORE_YEAR = re.compile(
    r"(?:\b(?:in|by|until|till|since|for|of|from|to|during|before|after|towards|throughout|within)"
    r"\s(?:the\s)?(?:years?\s)?|\()$"
)
# "the 2017 Astana Summit", "the October session"
_THE_BEFORE = re.compile(r"\b(?:the|their|its|this)\s$")
_NOUN_AFTER = re.compile(r"\s[a-z]")
# "on the 15th and 16th of [this month]"
_DAYS_BEFORE = re.compile(
    r"\b(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
    r"(?:(?:\s?-\s?|\s(?:and|to)\s(?:the\s)?)(?P<to>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?)?\s(?:of\s)?$"
)
# "on the 20th [local time]"
_NTH_BEFORE = re.compile(r"\bthe\s(?P<day>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)\s$")
# "in June", "by the end of June"
_BEFORE_MONTH = re.compile(
    r"\b(?:in|since|by|until|till|for|of|from|to|during|before|after|between|throughout)\s$"
)
# "Thursday, 6 February 2020", "6 February (Thursday)": the weekday adds nothing to the date.
_BETWEEN_DAY_AND_DATE = re.compile(r"[\s,(.]*(?:the\s)?")


class _Cue(NamedTuple):
    char_start: int
    char_end: int
    kind: str
    value: int


class _Written(NamedTuple):
    """A date as written, before anything is inferred.

    ``kind``: date, month, period, year (parts of the calendar; ``year`` may be missing),
    or weekday, day, day_of_month, same_day, month_shift (counted from the reference day).
    ``year_shift`` is 1 for "next year", ``shift`` -1 for "last" and days for "yesterday";
    ``day`` of a weekday is 0 for Monday.
    """

    char_start: int
    char_end: int
    kind: str
    year: int | None = None
    year_shift: int | None = None
    month: int | None = None
    day: int | None = None
    last: tuple[int | None, int, int] | None = None
    shift: int | None = None


@dataclass(frozen=True, slots=True)
class DateLexicon:
    """Calendar words of one language, and the grammar compiled from them."""

    cues: TermIndex[tuple[str, int]]
    words: Mapping[str, Mapping[str, int]]
    full: re.Pattern[str]
    year_after_month: re.Pattern[str]
    year_after: re.Pattern[str]
    shift_before: re.Pattern[str]
    part_before: re.Pattern[str]
    ahead: re.Pattern[str]

    @classmethod
    def load(cls, language: str) -> DateLexicon:
        """Read and compile ``lexicons/<language>/date_words.csv``.

        Raises:
            LexiconError: The file is malformed.
        """
        rows = read_lexicon(
            f"{language}/date_words",
            ("form", "kind", "value", "source"),
            ("form", "kind"),
            {"kind": KINDS, "value": {str(number) for number in range(-12, 13)}},
        )
        words: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        for row in rows:
            words[row["kind"]][fold(row["form"])] = int(row["value"])
        # A dot belongs to a short name only: "Sept. 3" but "on 3 July. They".
        short = _any(words["month_short"].keys() - words["month"].keys())
        months = rf"(?:(?:{_any(words['month'])})\b|(?:{short})\b\.?)"
        words["month_short"] |= words["month"]
        year = rf"(?:{_YEAR}|{_any(words['year'])})"
        return cls(
            TermIndex(
                (row["form"], (row["kind"], int(row["value"])))
                for row in rows
                if row["kind"] not in _QUALIFIERS
            ),
            words,
            re.compile("|".join(_full_forms(months, year))),
            # June 2001; November, 2020; June of this year; November last
            re.compile(rf",?\s(?:of\s|in\s)?(?P<year>{year})|\s(?P<shift>last)\b(?!\s)"),
            re.compile(rf"\s(?:of\s|in\s)?(?P<year>{year})"),
            re.compile(rf"\b(?P<word>{_any(words['shift'])})\s$"),
            re.compile(rf"\b(?P<word>{_any(words['part'])})\s?(?:the\s)?(?:year\s)?$"),
            re.compile(rf"\b(?:{_any(words['ahead'])})\b"),
        )

    def find_full(self, folded: str, low: int, high: int, cue: _Cue) -> re.Match[str] | None:
        """Return the full form within ``low`` and ``high`` that covers the cue."""
        for figures in _FIGURES.finditer(folded, max(low, cue.char_start - _LEAD), cue.char_end):
            match = self.full.match(folded, figures.start(), high)
            if match is not None and match.end() >= cue.char_end:
                return match
        return self.full.match(folded, cue.char_start, high)


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _full_forms(month: str, year: str) -> tuple[str, ...]:
    """Patterns of dates with day and month; groups are named by form, then part."""
    day = r"(?:0?[1-9]|[12]\d|3[01])"
    nth = r"(?:st|nd|rd|th)?"
    join = r"(?:\s?[-&]\s?|\s(?:and|to|through|until|till)\s(?:on\s)?(?:the\s)?)"
    more = rf"(?:,\s?{day}{nth}){{0,4}}"
    comma_year = rf"(?:,?\s(?:of\s)?(?P<{{}}>{year}))?"
    return (
        # 13-14 April 2016; 9, 10 and 11 June; 15th of June, 2016; 30 April - 1 May 2019
        rf"(?<![\d:/.,-])(?P<a_day>{day}){nth}(?:{more}{join}(?P<a_to>{day}){nth})?"
        rf"(?:\sday)?(?:\sof)?\s?(?P<a_month>{month}){comma_year.format('a_year')}"
        # not the "3 June" of "page 3 June 10, 2010"
        rf"(?!\s\d{{1,2}}(?:,|-|\s\d{{4}}))"
        rf"(?:(?P<a_join>{join})(?P<a_last>{day}){nth}(?:\sof)?\s(?P<a_last_month>{month})"
        rf"{comma_year.format('a_last_year')})?",
        # April 13-14, 2016; September 11 and 12; June 30 - July 2, 2010
        rf"(?P<b_month>{month}),?\s?(?P<b_day>{day}){nth}(?![\d:%]|\.\d|,\d{{3}})"
        rf"(?:{more}{join}(?P<b_to>{day}){nth}(?![\d:%]|\.\d|\s?{month}))?"
        rf"{comma_year.format('b_year')}"
        rf"(?:(?P<b_join>{join})(?P<b_last_month>{month})\s(?P<b_last>{day}){nth}(?!\d)"
        rf"{comma_year.format('b_last_year')})?",
        # 2016-06-08; 2010/06/11
        rf"(?<!\d)(?P<c_year>{_YEAR})(?P<c_mark>[-/.])(?P<c_month>\d{{1,2}})(?P=c_mark)"
        rf"(?P<c_day>\d{{1,2}})(?!\d)",
        # 22.10.2010; 16/6/2006; 21-22.05.2018
        rf"(?<![\d./])(?:(?P<d_from>{day})\s?-\s?)?(?P<d_day>\d{{1,2}})(?P<d_mark>[./-])"
        rf"(?P<d_month>\d{{1,2}})(?P=d_mark)(?P<d_year>{_YEAR})",
    )


def find_dates(
    document: Document, sentences: Sequence[Sentence], lexicon: DateLexicon
) -> list[DateMention]:
    """Find the dates, ranges of days, months, years and periods of a document.

    A year that is not written is the one that brings the date nearest to the day of
    publication (the nearest date written in full where that day is unknown), or the next
    one where the words before it look ahead. "Today", weekdays and "next year" count from
    the same day, and only in sentences: page furniture is full of them. Figures like
    06/07/2010 are read day first unless that is impossible.

    Returns:
        Mentions in reading order, never overlapping. ``precision`` is ``day`` (``ends_on``
        is the last day: the first itself for a single one), ``month``, or ``year`` for years
        and for longer periods, whose ``starts_on`` is then the first day of the period as
        far as it is said: "the second half of 2026" is 2026-07-01 with precision year.
        ``ends_on`` is None for months and years.
    """
    found = list(_find_written(document, lexicon))
    resolver = _Resolver(document, found, lexicon)
    starts = [sentence.char_start for sentence in sentences]
    mentions: list[DateMention] = []
    for index, written in enumerate(found):
        if written.shift is not None or written.year_shift is not None or written.kind == "weekday":
            at = bisect_right(starts, written.char_start) - 1
            if at < 0 or sentences[at].char_end < written.char_end:
                continue
        if written.kind == "weekday" and _is_beside_date(document.folded, found, index):
            continue
        mention = resolver.resolve(written, mentions)
        if mention is None:
            continue
        if index and _names_weekday(document.folded, found[index - 1], written):
            mention = mention._replace(char_start=found[index - 1].char_start)
        mentions.append(mention)
    return mentions


def _find_written(document: Document, lexicon: DateLexicon) -> Iterator[_Written]:
    """Yield what is written, in order, never overlapping."""
    text, folded = document.text, document.folded
    cues = [
        _Cue(term.char_start, term.char_end, *term.value)
        for term in lexicon.cues.find(text, folded)
    ]
    cues += [
        _Cue(match.start(), match.end(), "figures", int(match[0]))
        for match in _YEAR_CUE.finditer(folded)
        if not folded[match.start() - 1 : match.start()].isdigit()
    ]
    cues.sort()
    reached = 0
    for cue in cues:
        if cue.char_start < reached:
            continue
        line = text.rfind("\n", reached, cue.char_start) + 1
        low = max(reached, cue.char_start - _REACH, line)
        line_end = text.find("\n", cue.char_end, cue.char_end + _REACH)
        high = cue.char_end + _REACH if line_end < 0 else line_end
        match = None
        if cue.kind in ("figures", "month", "month_short"):
            match = lexicon.find_full(folded, low, high, cue)
        if match is not None:
            written = _read_full(match, lexicon)
            reached = match.end()
        else:
            written = _READERS[cue.kind](folded, low, high, cue, lexicon)
        if written is not None:
            reached = written.char_end
            yield written


def _read_full(match: re.Match[str], lexicon: DateLexicon) -> _Written | None:
    """Read a match of the full forms; None where no such day exists."""
    part = match.groupdict()
    form = next(form for form in "abcd" if part[f"{form}_day"])
    if form in "ab":
        return _read_named_month(match, form, lexicon)
    year, month, day = (int(part[f"{form}_{name}"]) for name in ("year", "month", "day"))
    if form == "d" and month > 12:
        month, day = day, month
    last = None
    if part["d_from"]:
        last, day = (year, month, day), int(part["d_from"])
    return _checked(_Written(match.start(), match.end(), "date", year, None, month, day, last))


def _read_named_month(match: re.Match[str], form: str, lexicon: DateLexicon) -> _Written | None:
    def part(name: str) -> str:
        return match[f"{form}_{name}"] or ""

    months = lexicon.words["month_short"]
    month, day = months[part("month").rstrip(".")], int(part("day"))
    year, year_shift = _read_year(part("year"), lexicon)
    last: tuple[int | None, int, int] | None = None
    char_end = match.end()
    if part("last_month"):
        last_year, last_shift = _read_year(part("last_year"), lexicon)
        last_month, last_day = months[part("last_month").rstrip(".")], int(part("last"))
        first_year = year or (last_year and last_year - (last_month < month))
        final_year = last_year or (year and year + (last_month < month))
        last = (final_year, last_month, last_day)
        if "and" in part("join") and not _follows((first_year, month, day), last):
            # "on 10 June 2010 and 5 July" are two dates.
            last, char_end = None, match.start(f"{form}_join")
        else:
            year = first_year
            year_shift = last_shift if year_shift is None else year_shift
    elif part("to"):
        last = (year, month, int(part("to")))
    return _checked(_Written(match.start(), char_end, "date", year, year_shift, month, day, last))


def _read_year(written: str, lexicon: DateLexicon) -> tuple[int | None, int | None]:
    """Return the year in figures, and the shift of "next year"."""
    if not written:
        return None, None
    return (int(written), None) if written.isdigit() else (None, lexicon.words["year"][written])


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _follows(first: tuple[int | None, int, int], last: tuple[int | None, int, int]) -> bool:
    """Tell whether ``last`` is the day after ``first``: "30 April and 1 May"."""
    start = _make_date(first[0] or 2000, first[1], first[2])
    end = _make_date(last[0] or first[0] or 2000, last[1], last[2])
    return start is not None and end is not None and timedelta(0) < end - start <= timedelta(2)


def _checked(written: _Written) -> _Written | None:
    """Return ``written`` if its days exist, in a leap year where no year is written."""
    assert written.month is not None
    assert written.day is not None
    first = _make_date(written.year or 2000, written.month, written.day)
    if first is None:
        return None
    if written.last is not None:
        year, month, day = written.last
        last = _make_date(year or first.year + (month < first.month), month, day)
        if last is None or last <= first:
            return None
    return written


def _read_month(
    folded: str, low: int, high: int, cue: _Cue, lexicon: DateLexicon
) -> _Written | None:
    """June 2001; late June 2001; June this year; last November; in June; the June session."""
    start, end, month = cue.char_start, cue.char_end, cue.value
    part = lexicon.part_before.search(folded, low, start)
    after = lexicon.year_after_month.match(folded, end + (folded[end : end + 1] == "."), high)
    if after is not None and after["year"]:
        year, year_shift = _read_year(after["year"], lexicon)
        start = part.start() if part else start
        return _Written(start, after.end(), "month", year, year_shift, month)
    if cue.kind == "month_short":
        return None
    if after is not None:
        return _Written(start, after.end(), "month", month=month, shift=-1)
    before = lexicon.shift_before.search(folded, low, start)
    if before is not None:
        shift = lexicon.words["shift"][before["word"]]
        return _Written(before.start(), end, "month", month=month, shift=shift)
    if part is not None:
        return _Written(part.start(), end, "month", month=month)
    if _BEFORE_MONTH.search(folded, low, start) or (
        _THE_BEFORE.search(folded, low, start) and _NOUN_AFTER.match(folded, end, high)
    ):
        return _Written(start, end, "month", month=month)
    return None


def _read_figures(
    folded: str, low: int, high: int, cue: _Cue, lexicon: DateLexicon
) -> _Written | None:
    """In 2005; by the end of 2025; the 2017 Astana Summit."""
    start, end = cue.char_start, cue.char_end
    if folded[end : end + 1] in ("/", "%"):
        return None
    part = lexicon.part_before.search(folded, low, start)
    if part is not None:
        month = lexicon.words["part"][part["word"]]
        return _Written(part.start(), end, "period", cue.value, month=month)
    if _BEFORE_YEAR.search(folded, low, start) or (
        _THE_BEFORE.search(folded, low, start) and _NOUN_AFTER.match(folded, end, high)
    ):
        return _Written(start, end, "year", cue.value)
    return None


def _read_year_words(
    folded: str, low: int, high: int, cue: _Cue, lexicon: DateLexicon
) -> _Written | None:
    """Next year; early this year."""
    part = lexicon.part_before.search(folded, low, cue.char_start)
    if part is None:
        return _Written(cue.char_start, cue.char_end, "year", year_shift=cue.value)
    month = lexicon.words["part"][part["word"]]
    return _Written(part.start(), cue.char_end, "period", year_shift=cue.value, month=month)


def _read_season(
    folded: str, low: int, high: int, cue: _Cue, lexicon: DateLexicon
) -> _Written | None:
    """This autumn; the spring of 2027."""
    after = lexicon.year_after.match(folded, cue.char_end, high)
    if after is not None:
        year, year_shift = _read_year(after["year"], lexicon)
        return _Written(cue.char_start, after.end(), "period", year, year_shift, cue.value)
    before = lexicon.shift_before.search(folded, low, cue.char_start)
    if before is None:
        return None
    shift = lexicon.words["shift"][before["word"]]
    return _Written(before.start(), cue.char_end, "period", month=cue.value, shift=shift)


def _read_weekday(
    folded: str, low: int, high: int, cue: _Cue, lexicon: DateLexicon
) -> _Written | None:
    """On Thursday; next Friday."""
    before = lexicon.shift_before.search(folded, low, cue.char_start)
    shift = lexicon.words["shift"][before["word"]] if before else None
    start = before.start() if before else cue.char_start
    return _Written(start, cue.char_end, "weekday", day=cue.value, shift=shift)


def _read_word(
    folded: str, low: int, high: int, cue: _Cue, lexicon: DateLexicon
) -> _Written | None:
    """Today; the next day; next month; the 15th and 16th of this month."""
    days = _DAYS_BEFORE.search(folded, low, cue.char_start) if cue.kind == "month_shift" else None
    if days is None:
        return _Written(cue.char_start, cue.char_end, cue.kind, shift=cue.value)
    day, last = int(days["day"]), int(days["to"] or days["day"])
    return _Written(
        days.start(), cue.char_end, cue.kind, day=day, last=(None, 0, last), shift=cue.value
    )


def _read_day_of_month(
    folded: str, low: int, high: int, cue: _Cue, lexicon: DateLexicon
) -> _Written | None:
    """On the 20th local time."""
    day = _NTH_BEFORE.search(folded, low, cue.char_start)
    if day is None:
        return None
    return _Written(day.start(), cue.char_end, cue.kind, day=int(day["day"]), shift=0)


_READERS = {
    "month": _read_month,
    "month_short": _read_month,
    "figures": _read_figures,
    "year": _read_year_words,
    "season": _read_season,
    "weekday": _read_weekday,
    "day": _read_word,
    "same_day": _read_word,
    "month_shift": _read_word,
    "day_of_month": _read_day_of_month,
}


def _names_weekday(folded: str, weekday: _Written, day: _Written) -> bool:
    """Tell whether the first is the weekday of the second: "Thursday, 6 February 2020"."""
    return (
        weekday.kind == "weekday"
        and day.kind == "date"
        and _BETWEEN_DAY_AND_DATE.fullmatch(folded, weekday.char_end, day.char_start) is not None
    )


def _is_beside_date(folded: str, found: Sequence[_Written], index: int) -> bool:
    """Tell whether a weekday only belongs to a date before or behind it."""
    weekday = found[index]
    if index + 1 < len(found) and _names_weekday(folded, weekday, found[index + 1]):
        return True
    before = found[index - 1] if index else None
    return (
        before is not None
        and before.kind == "date"
        and _BETWEEN_DAY_AND_DATE.fullmatch(folded, before.char_end, weekday.char_start) is not None
    )


class _Resolver:
    """Completes what is written from the day of publication and from other dates."""

    def __init__(self, document: Document, found: Sequence[_Written], lexicon: DateLexicon) -> None:
        self._document = document
        self._ahead = lexicon.ahead
        self._days = _written_out(found, "date")
        self._months = _written_out(found, "month")

    def resolve(self, written: _Written, before: Sequence[DateMention]) -> DateMention | None:
        """Return the date meant, or None where the document gives nothing to count from.

        Args:
            written: What stands in the text.
            before: The mentions resolved so far.
        """
        if written.year is not None:
            return _calendar(written, written.year, False)
        earlier = [mention for mention in before if mention.precision == "day"]
        if written.kind == "same_day":
            if not earlier:
                return None
            span, last = (written.char_start, written.char_end), earlier[-1]
            if not written.shift:
                return DateMention(*span, last.starts_on, last.ends_on, "day", True)
            day = (last.ends_on or last.starts_on) + timedelta(days=written.shift)
            return DateMention(*span, day, day, "day", True)
        reference = self._document.published_on or _nearest(self._days, written.char_start)
        if written.kind in ("weekday", "day", "day_of_month", "month_shift"):
            # The dateline "BEIJING, Sep 19" will do to count days from.
            reference = reference or (earlier[0].starts_on if earlier else None)
            return _counted(written, reference, self._looks_ahead) if reference else None
        reference = reference or _nearest(self._months, written.char_start)
        if reference is None:
            return None
        if written.year_shift is not None:
            return _calendar(written, reference.year + written.year_shift, True)
        return _calendar(written, self._missing_year(written, reference), True)

    def _looks_ahead(self, written: _Written) -> bool:
        text = self._document.text
        reach = _AHEAD_OF_WEEKDAY if written.kind == "weekday" else _AHEAD_OF_DATE
        low = max(0, written.char_start - reach)
        low = max(low, text.rfind("\n", low, written.char_start) + 1)
        low = max(low, text.rfind(". ", low, written.char_start) + 1)
        return self._ahead.search(self._document.folded, low, written.char_start) is not None

    def _missing_year(self, written: _Written, reference: date) -> int:
        """Return the year of a written month, and perhaps day."""
        assert written.month
        # A month without a day stands for the reference day in that month.
        day = written.day or min(reference.day, 28)
        today = reference if written.day else reference.replace(day=day)
        candidates = [
            _make_date(year, written.month, day) or date(year, written.month, 28)
            for year in range(reference.year - 1, reference.year + 2)
        ]
        shift = written.shift
        if shift is None:
            if not self._looks_ahead(written):
                return min(candidates, key=lambda candidate: abs(candidate - today)).year
            shift = 1
        if shift < 0:
            return max(candidate for candidate in candidates if candidate < today).year
        if shift > 0:
            return min(candidate for candidate in candidates if candidate >= today).year
        return reference.year


def _counted(
    written: _Written, reference: date, looks_ahead: Callable[[_Written], bool]
) -> DateMention | None:
    """Return days or a month counted from the reference day."""
    span = written.char_start, written.char_end
    shift = written.shift or 0
    if written.kind == "month_shift":
        months = reference.year * 12 + reference.month - 1 + shift
        year, month = months // 12, months % 12 + 1
        if written.day is None or written.last is None:
            return DateMention(*span, date(year, month, 1), None, "month", True)
        start, end = _make_date(year, month, written.day), _make_date(year, month, written.last[2])
        if start is None or end is None or end < start:
            return None
        return DateMention(*span, start, end, "day", True)
    if written.kind == "day_of_month":
        assert written.day is not None
        latest = reference
        if written.day > reference.day:  # "on the 30th", told on the 2nd
            latest = reference.replace(day=1) - timedelta(1)
        told = _make_date(latest.year, latest.month, written.day)
        return None if told is None else DateMention(*span, told, told, "day", True)
    days = shift
    if written.kind == "weekday":
        assert written.day is not None
        days = -((reference.weekday() - written.day) % 7)
        # "will be held on Thursday", told on a Thursday, is today.
        if shift > 0 or (written.shift is None and days and looks_ahead(written)):
            days += 7
        elif shift < 0 and days == 0:
            days = -7
    day = reference + timedelta(days=days)
    return DateMention(*span, day, day, "day", True)


def _written_out(found: Sequence[_Written], kind: str) -> list[tuple[int, date]]:
    """Offset and value of the dates of a kind that have their year in figures."""
    return [
        (written.char_start, date(written.year, written.month, written.day or 1))
        for written in found
        if written.kind == kind and written.year and written.month
    ]


def _nearest(dates: Sequence[tuple[int, date]], offset: int) -> date | None:
    nearest = min(dates, key=lambda item: abs(item[0] - offset), default=None)
    return nearest[1] if nearest else None


def _calendar(written: _Written, year: int, inferred: bool) -> DateMention | None:
    """Return a date, month, period or year of the calendar; None where it has no such day."""
    start = _make_date(year, written.month or 1, written.day or 1)
    if start is None:
        return None
    end = None
    if written.kind == "date":
        end = start
        if written.last is not None:
            last_year, month, day = written.last
            end = _make_date(last_year or year + (month < start.month), month, day)
            if end is None or end <= start:
                return None
    precision = {"date": "day", "month": "month"}.get(written.kind, "year")
    return DateMention(written.char_start, written.char_end, start, end, precision, inferred)
