"""Sentences as strings of one-letter tags, on which meeting phrases are small patterns.

"The 13th meeting of Security Council Secretaries of the SCO is scheduled for May 21" is
``t#EoBotOwfD``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from sco_pipeline.mentions.meetings.words import MeetingLexicon, Word
from sco_pipeline.model import CountryMention, DateMention, Document, PersonMention, Sentence
from sco_pipeline.terms import Term

_FUNCTION_TAGS = {
    **dict.fromkeys(("of", "among", "between", "from"), "o"),
    **dict.fromkeys(("the", "a", "an", "this", "that", "our"), "t"),
    **dict.fromkeys(("its", "their"), "I"),
    **dict.fromkeys(("in", "at"), "i"),
    **dict.fromkeys(("and", "&"), "&"),
    "on": "n",
    "by": "b",
    "for": "d",
    "under": "<",
}
# Words, and the punctuation that matters; "'s" and quotation marks are skipped.
_WORD = re.compile(r"(?!s\b(?<='s))[^\W_]+(?:[-'][^\W_]+)*|[,;:()&/-]")
# A pattern that starts with one character of a set is searched fastest.
_ORDINAL = re.compile(r"([0-9][0-9]?[0-9]?[0-9]?)-?(?:st|nd|rd|th)\b")
# XVI, but not the lone I or L of a list
_ROMAN = re.compile(r"[IVXL](?:[IVXL]{1,6}\b|(?<=[VX])\b)")
_ROMAN_FORM = re.compile(r"(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}
# "(CHG)", "(Prime Ministers)", "(hereinafter the SCO or the Organization)"
_BRACKETS = re.compile(r"\([^()CDNES#]{0,40}\)")
# "the next, 15th, meeting"; "the regular, fourteenth meeting"
_SET_OFF = re.compile(r"(?<=[FA]),(?=#)|(?<=[FA],#),|(?<=[FA]#),(?=[EAOB])")
# "BEIJING, Sep 19 (APP):", "MOSCOW, November 30. /TASS/.", "MOSCOW (News Agency - 14 May)",
# "3 November, New Delhi:"
_DATELINE = re.compile(
    r"(?:[CN]|w{1,3})(?:,[CN])?,?[Dw]?D[,(w/COD]{0,10}[-:)/]{1,3}|"
    r"C(?:,[CN])?,?\((?=[^()]{0,14}[wD])[^()]{0,14}\)[-:]*|D,?C[-:]"
)
# "ministers of the SCO member states [responsible for foreign trade]"
_HEADS = re.compile(r"H(?:[obi]?t?[OK]){1,4}")
#: Characters before the first and behind the last cue that a meeting's clause can reach.
_REACH = 260
#: Of marks on the same words the first counts: Singapore is a city before a country.
_ORDER = {tag: rank for rank, tag in enumerate("CPDROBSN")}


class Place(Protocol):
    """What ``find_cities`` says of a city."""

    @property
    def name(self) -> str:
        """Usual English spelling."""

    @property
    def country(self) -> str:
        """Country it lies in (ISO alpha-3)."""


class Token(NamedTuple):
    """A word or term of a sentence; ``value`` is what its finder said of it.

    Plain words and punctuation, of which there are many, know their tag only.
    """

    char_start: int
    char_end: int
    tag: str
    value: Any = None


_PLAIN_WORD = Token(-1, -1, "w")
_PLAIN = {word: Token(-1, -1, tag) for word, tag in _FUNCTION_TAGS.items()}
_PLAIN |= {sign: Token(-1, -1, sign) for sign in ",;:()&/-"}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence as tokens; ``tags`` has one letter per token."""

    sentence: Sentence
    tokens: Sequence[Token]
    tags: str


class Tagger:
    """Turns sentences of one document into tagged lines."""

    def __init__(
        self,
        document: Document,
        dates: Sequence[DateMention],
        cities: Sequence[Term[Any]],
        countries: Sequence[CountryMention],
        organisations: Sequence[Term[str]],
        people: Sequence[PersonMention],
        words: Sequence[Term[Word]],
        lexicon: MeetingLexicon,
    ) -> None:
        self._document = document
        self._lexicon = lexicon
        self._words = words
        self._word_starts = [word.char_start for word in words]
        marks = [Token(term.char_start, term.char_end, "C", term.value) for term in cities]
        marks += [
            Token(*term[:2], "R" if term.value == "SCO_RATS" else "O", term.value)
            for term in organisations
        ]
        marks += [Token(name.char_start, name.char_end, "N", name) for name in countries]
        marks += [Token(day.char_start, day.char_end, "D", day) for day in dates]
        marks += [Token(person.char_start, person.char_end, "P", person) for person in people]
        marks.sort(key=_by_place)
        self._marks = marks
        self._starts = [mark.char_start for mark in marks]

    def line(self, sentence: Sentence, first: int, last: int) -> Line:
        """Return as tokens what stands near its cues in a sentence, without its dateline and
        without brackets that only repeat a name.

        Args:
            sentence: The sentence.
            first: Offset of the first word that can name a meeting.
            last: Offset of the last one.
        """
        start = max(sentence.char_start, first - _REACH)
        end = min(sentence.char_end, last + _REACH)
        tokens = self._tokens(start, end)
        tags = _tags_of(tokens)
        dateline = _DATELINE.match(tags) if start == sentence.char_start else None
        if dateline:
            del tokens[: dateline.end()]
            tags = tags[dateline.end() :]
        if "(" in tags:
            tags = _without(_BRACKETS, tokens, tags)
        if "," in tags:
            tags = _without(_SET_OFF, tokens, tags)
        if "H" in tags:
            for match in reversed(list(_HEADS.finditer(tags))):
                self._join_heads(tokens, match.start(), match.end(), end)
            tags = _tags_of(tokens)
        return Line(sentence, tokens, tags)

    def _tokens(self, start: int, end: int) -> list[Token]:
        low = bisect_left(self._starts, start)
        high = bisect_left(self._starts, end, low)
        marks = self._marks[low:high]
        low = bisect_left(self._word_starts, start)
        high = bisect_left(self._word_starts, end, low)
        marks += [Token(first, last, word.tag, word) for first, last, word in self._words[low:high]]
        marks += self._numerals(start, end)
        marks.sort(key=_by_place)
        tokens: list[Token] = []
        folded = self._document.folded
        reached = start
        for mark in marks:
            char_start, char_end = mark[0], mark[1]
            if char_start < reached:
                if tokens:
                    tokens[-1] = _overlaid(tokens[-1], mark)
            elif char_end <= end:
                if char_start - reached > 1:
                    tokens += _plain(folded[reached:char_start])
                tokens.append(mark)
                reached = char_end
        if end - reached > 1:
            tokens += _plain(folded[reached:end])
        return tokens

    def _numerals(self, start: int, end: int) -> Iterator[Token]:
        folded, text = self._document.folded, self._document.text
        for match in _ORDINAL.finditer(folded, start, end):
            if not folded[match.start() - 1 : match.start()].isalnum():
                yield Token(match.start(), match.end(), "#", Word("#", value=int(match[1])))
        for match in _ROMAN.finditer(text, start, end):
            if not text[match.start() - 1 : match.start()].isalnum() and _ROMAN_FORM.fullmatch(
                match[0]
            ):
                yield Token(match.start(), match.end(), "#", Word("#", value=_roman(match[0])))

    def _join_heads(self, tokens: list[Token], first: int, last: int, end: int) -> None:
        """Make one body of "ministers of the SCO member states responsible for trade"."""
        found = self._lexicon.charge.match(self._document.folded, tokens[last - 1].char_end, end)
        if found is None:
            return
        organisation = next((t.value for t in tokens[first:last] if t.tag == "O"), None)
        word = Word("B", self._lexicon.portfolios[found["portfolio"]], organisation)
        body = Token(tokens[first].char_start, found.end(), "B", word)
        tokens[first:] = [body, *self._tokens(found.end(), end)]


@lru_cache(maxsize=2048)  # half of all is " of the ", ", " and the like
def _plain(gap: str) -> tuple[Token, ...]:
    """Return the words and punctuation between two marks, folded."""
    return tuple([_PLAIN.get(word, _PLAIN_WORD) for word in _WORD.findall(gap)])


def _roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(
        -value if value < max(values[index:]) else value for index, value in enumerate(values)
    )


def _by_place(mark: Token) -> tuple[int, int, int]:
    return mark[0], -mark[1], _ORDER.get(mark[2], len(_ORDER))


def _tags_of(tokens: Iterable[Token]) -> str:
    return "".join([token[2] for token in tokens])


def _without(superfluous: re.Pattern[str], tokens: list[Token], tags: str) -> str:
    """Take out of ``tokens`` what a pattern matches; return the tags of the rest."""
    for match in reversed(list(superfluous.finditer(tags))):
        del tokens[match.start() : match.end()]
        tags = tags[: match.start()] + tags[match.end() :]
    return tags


def _overlaid(token: Token, mark: Token) -> Token:
    """Return the token as a body where the same words name an organisation's body too."""
    if token.tag in "OR" and mark.tag in "BS":
        return token._replace(tag=mark.tag, value=mark.value._replace(organisation=token.value))
    if token.tag in "BS" and mark.tag in "OR" and token.value.organisation is None:
        return token._replace(value=token.value._replace(organisation=mark.value))
    return token
