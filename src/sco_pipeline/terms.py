"""Finding lexicon terms in text: folding that keeps offsets, and one pass over a document.

A term matches whole words, in any letter case, unless it is written with capitals:
"US" matches only "US", "Turkey" only where the text has a capital T ("TURKEY" too),
"role of the UN" only where the text has a capital U.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from sco_pipeline.errors import LexiconError

Value = TypeVar("Value")

_PLAIN = {
    "‘": "'", "’": "'", "ʼ": "'", "`": "'", "´": "'", "‛": "'", "′": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‟": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ", "\u3000": " ", "\t": " ",
    "ё": "е", "Ё": "е",
}  # fmt: skip


class _Folding(dict[int, str]):
    """Code point -> one folded character, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = _PLAIN.get(char)
        if folded is None:
            folded = char
            # Only Latin loses its accents: й is a letter of its own, not и with a mark.
            if code < 0x250 or 0x1E00 <= code < 0x1F00:
                folded = unicodedata.normalize("NFD", char)[0]
            lower = folded.lower()
            folded = lower if len(lower) == 1 else folded
        self[code] = folded
        return folded


_FOLDING = _Folding()
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_MOSTLY_ASCII = 1.2
#: Up to so many forms, a DFA is twice as fast and fits the processor's caches.
_DFA_SIZE = 2000


def fold(text: str) -> str:
    r"""Return ``text`` lower-cased and plain, character for character: the length never changes.

    Line ends stay: blocks end there, and no term runs over them.

    >>> fold("Çavuşoğlu’s “Communiqué” – İ")
    'cavusoglu\'s "communique" - i'
    """
    if not text.isascii():
        if len(text.encode("utf-8", "surrogatepass")) > _MOSTLY_ASCII * len(text):
            return text.translate(_FOLDING)
        # The same, many times as fast where few characters need the table.
        text = _BEYOND_ASCII.sub(_fold_one, text)
    return text.lower().replace("\t", " ").replace("`", "'")


def _fold_one(found: re.Match[str]) -> str:
    return _FOLDING[ord(found[0])]


def expand(pattern: str) -> list[str]:
    """Write out a lexicon form that has alternatives ``{a|b}`` and optional parts ``[a|b]``.

    Groups may be nested.

    Raises:
        LexiconError: A group is not closed.

    >>> expand("organi{s|z}ed crime[s]")
    ['organised crime', 'organised crimes', 'organized crime', 'organized crimes']
    """
    start = next((i for i, char in enumerate(pattern) if char in "{["), None)
    if start is None:
        return [pattern]
    depth, cuts = 0, [start]
    for end in range(start, len(pattern)):
        char = pattern[end]
        if char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
        if depth == 0 or (depth == 1 and char == "|"):
            cuts.append(end)
        if depth == 0:
            break
    else:
        raise LexiconError(f"form {pattern!r}: a group is not closed; close it")
    parts = [pattern[left + 1 : right] for left, right in pairwise(cuts)]
    if pattern[start] == "[":
        parts.insert(0, "")
    before, tails = pattern[:start], expand(pattern[end + 1 :])
    return [before + head + tail for part in parts for head in expand(part) for tail in tails]


class Term(NamedTuple, Generic[Value]):
    """A lexicon term found in a text, with what the lexicon says of it."""

    char_start: int
    char_end: int
    value: Value


def _first_capital(form: str) -> int | None:
    if form.islower():
        return None
    return next((i for i, char in enumerate(form) if char.isupper()), None)


#: What a form may stand for: value, place of its first capital, whether it is all capitals.
_Entry = tuple[Any, int | None, bool]


class TermIndex(Generic[Value]):
    """A compiled set of terms.

    Args:
        terms: Surface form and value; a form that occurs twice keeps its last value.
        whole_words: False for languages written without spaces.

    Attributes:
        entries: By folded form, in the order in which they are tried.
    """

    def __init__(self, terms: Iterable[tuple[str, Value]], *, whole_words: bool = True) -> None:
        self.entries: dict[str, list[_Entry]] = {}
        for form, value in terms:
            self.entries.setdefault(fold(form), []).append(
                (value, _first_capital(form), form.upper() == form)
            )
        self._whole_words = whole_words
        self._shared: tuple[_Scan, int] | None = None

    @cached_property
    def _own(self) -> _Scan:
        return _Scan([self], self._whole_words)

    def find(self, text: str, folded: str) -> list[Term[Value]]:
        """Find the terms in reading order, never overlapping; of two that overlap the one
        starting first wins, of two starting together the longer.

        Args:
            text: The text as written.
            folded: ``fold(text)``.
        """
        scan, number = self._shared or (self._own, 0)
        return list(scan.find(text, folded)[number])  # the scan keeps its own

    def share(self, scan: _Scan, number: int) -> None:
        """Take terms from a scan made for several indexes, where this one has ``number``."""
        self._shared = scan, number


class _Scan:
    """One pass over a text for the terms of one or several indexes.

    The terms of the last text are kept, so that every index of a document after the first
    has its own without another pass.
    """

    def __init__(self, indexes: Sequence[TermIndex[Any]], whole_words: bool) -> None:
        owners: dict[str, list[tuple[int, list[_Entry]]]] = {}
        for number, index in enumerate(indexes):
            for form, entries in index.entries.items():
                owners.setdefault(form, []).append((number, entries))
        self._owners = list(owners.values())
        self._indexes = len(indexes)
        self._whole_words = whole_words
        self._last: tuple[str, list[list[Term[Any]]]] = ("", [[] for _ in indexes])
        self._automaton = (
            AhoCorasick(
                list(owners),
                matchkind=MatchKind.Standard,
                implementation=Implementation.DFA if len(owners) <= _DFA_SIZE else None,
            )
            if owners
            else None
        )

    def find(self, text: str, folded: str) -> list[list[Term[Any]]]:
        """Find the terms of each index, by the rules of ``TermIndex.find``."""
        last, found = self._last
        if last is not text:
            found = self._search(text, folded)
            self._last = text, found  # one assignment: threads may share the lexicons
        return found

    def _search(self, text: str, folded: str) -> list[list[Term[Any]]]:
        found: list[list[Term[Any]]] = [[] for _ in range(self._indexes)]
        if self._automaton is None:
            return found
        padded = f" {folded} " if self._whole_words else ""
        owners, new = self._owners, tuple.__new__  # half the time of ``Term(...)``
        reached = [0] * self._indexes
        places = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        # They are in the order of their ends; sorted by starts, the longer of two comes first.
        places.reverse()
        places.sort(key=itemgetter(1))
        for number, start, end in places:
            if padded and (
                (padded[end + 1].isalnum() and padded[end].isalnum())
                or (padded[start].isalnum() and padded[start + 1].isalnum())
            ):
                continue
            for index, entries in owners[number]:
                if start < reached[index]:
                    continue
                for value, capital, all_capitals in entries:
                    if capital is None or (
                        text[start:end].isupper()
                        if all_capitals
                        else text[start + capital].isupper()
                    ):
                        found[index].append(new(Term, (start, end, value)))
                        reached[index] = end
                        break
        return found


def share_scan(indexes: Sequence[TermIndex[Any]]) -> None:
    """Let indexes that read the same texts find their terms in one pass instead of one each."""
    scan = _Scan(indexes, whole_words=True)
    for number, index in enumerate(indexes):
        index.share(scan, number)
