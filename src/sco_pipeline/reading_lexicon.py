"""The words that reading rests on: abbreviations, page furniture, genres, calendar words.

One ``ReadingLexicon`` per language, compiled once; its files are described in
lexicons/FORMAT.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.terms import TermIndex, fold

FURNITURE_KINDS = (
    "credit", "field", "field_date", "field_place", "field_title", "inside", "label", "menu",
    "opening", "section", "whole",
)  # fmt: skip
ABBREVIATION_KINDS = ("before_name", "before_number", "final", "inner")
GENRE_PLACES = ("genre", "lead", "publisher", "title")
#: What every ``written_date`` holds: where it is not found, that slower search is spared.
WRITTEN_YEAR = re.compile(r"19\d\d|20\d\d")
_FIRST_WORD = re.compile(r"[\W_]*([^\W_]+)")
_ADDRESS_STARTS = ("http", "https", "www")


@dataclass(frozen=True, slots=True)
class ReadingLexicon:
    """The words of one language that layout, metadata and sentence splitting need.

    Attributes:
        abbreviations: Form without its last dot -> kind.
        sentence_starters: Words that open a sentence and continue no name.
        menu: Page names that make a breadcrumb; folded, as all that follows.
        section: Headings above lists of links to other pages.
        fields: Name in square brackets at the start of a line -> kind of field.
        first_words: With which every line of ``furniture_line`` and ``furniture_start`` begins,
            unless it begins with a figure or a sign.
        furniture_line: A whole line of nothing but page elements.
        furniture_start: The start of a line that is a label, an invitation (group ``opening``) or,
            unless it ends in a full stop, a credit.
        furniture_inside: Words that make a short line a credit wherever they stand.
        months: Name or short name -> number.
        written_date: A full date; group names end in 1 to 4.
        dateline: An agency's place, date and name at the start of an unfolded paragraph.
        genres: Names of genres in a title; value: document type.
        publishers: Words in a publisher's name; value: document type.
        notice_titles: What a title says of an event still to come.
        notice_leads: What a first sentence says of it.
    """

    language: str
    abbreviations: Mapping[str, str]
    sentence_starters: frozenset[str]
    menu: frozenset[str]
    section: frozenset[str]
    fields: Mapping[str, str]
    first_words: frozenset[str]
    furniture_line: re.Pattern[str]
    furniture_start: re.Pattern[str]
    furniture_inside: AhoCorasick
    months: Mapping[str, int]
    written_date: re.Pattern[str]
    dateline: re.Pattern[str]
    genres: TermIndex[str]
    publishers: TermIndex[str]
    notice_titles: TermIndex[str]
    notice_leads: TermIndex[str]

    @classmethod
    def load(cls, language: str) -> ReadingLexicon:
        """Read and compile the reading lexicons of ``language``.

        Raises:
            LexiconError: A file is missing or malformed.
        """
        abbreviations = read_lexicon(
            f"{language}/abbreviations", ("form", "kind", "source"), ("form",),
            {"kind": ABBREVIATION_KINDS},
        )  # fmt: skip
        starters = read_lexicon(f"{language}/sentence_starters", ("word", "source"), ("word",))
        months: dict[str, int] = {}
        weekdays: list[str] = []
        for row in read_lexicon(
            f"{language}/date_words", ("form", "kind", "value", "source"), ("form", "kind")
        ):
            if row["kind"] in ("month", "month_short"):
                months[fold(row["form"])] = int(row["value"])
            elif row["kind"] == "weekday":
                weekdays.append(fold(row["form"]))
        furniture: dict[str, list[str]] = {kind: [] for kind in FURNITURE_KINDS}
        for row in read_lexicon(
            f"{language}/furniture", ("term", "kind", "source"), ("term", "kind"),
            {"kind": FURNITURE_KINDS},
        ):  # fmt: skip
            furniture[row["kind"]].append(fold(row["term"]))
        types: dict[str, dict[str, str]] = {place: {} for place in GENRE_PLACES}
        for row in read_lexicon(
            f"{language}/document_types", ("pattern", "place", "document_type", "source"),
            ("pattern", "place"), {"place": GENRE_PLACES},
        ):  # fmt: skip
            types[row["place"]][fold(row["pattern"])] = row["document_type"]
        starts = [*furniture["whole"], *furniture["label"], *furniture["opening"]]
        starts += furniture["credit"]
        first_words = (_FIRST_WORD.match(term) for term in starts)
        return cls(
            language=language,
            abbreviations={row["form"]: row["kind"] for row in abbreviations},
            sentence_starters=frozenset(row["word"] for row in starters),
            menu=frozenset(furniture["menu"]),
            section=frozenset(furniture["section"]),
            fields={
                term: kind
                for kind in FURNITURE_KINDS
                if kind.startswith("field")
                for term in furniture[kind]
            },
            first_words=frozenset(
                (*(word[1] for word in first_words if word), *months, *weekdays, *_ADDRESS_STARTS)
            ),
            furniture_line=_furniture_line(furniture["whole"], months, weekdays),
            furniture_start=re.compile(
                rf"[\W_]{{0,6}}(?:(?P<label>(?:{_any(furniture['label'])})\s?:)"
                rf"|(?P<opening>(?:{_any(furniture['opening'])})(?!\w))"
                rf"|(?:{_any(furniture['credit'])})(?!\w))"
            ),
            furniture_inside=AhoCorasick(furniture["inside"]),
            months=months,
            written_date=re.compile(_date_pattern(months)),
            dateline=_dateline(months, weekdays),
            genres=TermIndex(types["genre"].items()),
            publishers=TermIndex(types["publisher"].items()),
            notice_titles=TermIndex(types["title"].items()),
            notice_leads=TermIndex(types["lead"].items()),
        )


def _any(forms: Iterable[str]) -> str:
    return "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))


def _date_pattern(months: Iterable[str]) -> str:
    """22 May 2018; 22nd Aug, 2022; May 22, 2018; 2018-05-22; 22.05.2018; 16/6/2006."""
    month, year, nth = _any(months), r"(?:19|20)\d\d", r"(?:st|nd|rd|th)?"
    return (
        rf"(?<![\d-])(?:(?P<d1>\d{{1,2}}){nth}(?:\sof)?[ -](?P<m1>{month})\.?,?[ -](?P<y1>{year})"
        rf"|(?P<m2>{month})\.?\s(?P<d2>\d{{1,2}}){nth},?\s(?P<y2>{year})"
        rf"|(?P<y3>{year})(?P<s3>[-/.])(?P<m3>\d{{1,2}})(?P=s3)(?P<d3>\d{{1,2}})"
        rf"|(?P<d4>\d{{1,2}})(?P<s4>[-/.])(?P<m4>\d{{1,2}})(?P=s4)(?P<y4>{year}))(?!\d)"
    )


def _without_groups(pattern: str) -> str:
    return re.sub(r"\(\?P=\w+\)", "[-/.]", re.sub(r"\?P<\w+>", "?:", pattern))


def _furniture_line(
    elements: Iterable[str], months: Iterable[str], weekdays: Iterable[str]
) -> re.Pattern[str]:
    parts = (
        _without_groups(_date_pattern(months)),
        rf"(?:{_any(months)})\.?,?\s(?:19|20)\d\d(?!\w)",
        rf"(?:{_any(weekdays)})(?!\w)",
        # 11:48; 07:10 PM; 1:56:1 PM; 17:20 (GMT+5)
        r"\d{1,2}:\d{2}(?::\d{1,2})?(?:\s?[ap]\.?m\.?(?!\w))?"
        r"(?:\s?\(?(?:gmt|utc)?[+-]\d{1,2}(?::?\d\d)?\)?)?",
        # 1 184 views; 2,104; never part of a range or of a decimal number
        r"(?<![\w-])(?:\d{1,3}(?:[ ,]\d{3})*|\d{5,12})(?![\w-])(?!\.\d)",
        # www.site.org/page; site.org
        r"(?:https?://|www\.)\S+"
        r"|(?:[a-z0-9-]{2,40}\.){1,4}(?:com|org|net|int|info|gov|[a-z]{2})(?:/\S*)?(?!\w)",
        r"[@#][\w.]+",
        rf"(?:{_any(elements)})(?!\w)",
        r"[^\w\s-]|_|(?<!\d)-|-(?!\d)|\s",
    )
    return re.compile(rf"(?>{'|'.join(parts)})++")


def _dateline(months: Iterable[str], weekdays: Iterable[str]) -> re.Pattern[str]:
    """ASTANA. KAZINFORM -; BEIJING, Sep 19 (APP):; MOSCOW, May 5. /TASS/.; Tehran, IRNA –."""
    month, day = _any(months), _without_groups(_date_pattern(months))
    separator = r"\s?(?:--+|[–—:.]|(?<=\s)-)(?:\s?/[A-Z][\w-]+/\.?)?"
    return re.compile(
        r"(?P<place>[A-Z][\w.'’-]*(?:[ /][A-Z][\w.'’-]*){0,3}?)(?:,\s(?P<second>[A-Z]\w+))?"
        rf"(?P<date>[.,]\s(?i:(?:(?:{_any(weekdays)}),?\s)?"
        rf"(?:{day}|(?:{month})\.?\s\d{{1,2}}|\d{{1,2}}\s(?:{month})\b))[.,]?)?"
        rf"(?:(?P<agency>,?\s?(?:\([^()\n]{{2,60}}\)|/[^/\n]{{2,40}}/)\.?)(?:{separator})?|{separator})"
        r"(?=\s|\w)"
    )
