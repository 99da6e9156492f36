"""Comparing personal names across spellings, transliterations and orders.

A name is a sequence of tokens, each an initial ("N.") or a full word. Full words are
compared by their skeleton: what is left after the rewriting rules of
``lexicons/reference/transliteration.csv`` ("Yermekbayev", "Ermekbaev" -> "ermekbaev").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.terms import fold

#: Two skeletons may be one word with so many letters wrong, by the length of the shorter:
#: "Kahorov" is "Kaharov", but "Qiang" is not "Keqiang" and "Li" not "Lin".
TYPOS_BY_LENGTH = ((9, 2), (6, 1))

#: A family name keeps at least so many letters when it drops a suffix.
SHORTEST_STEM = 4

# "N.", "Ts.", "V.V.", "Kh. "; and words with inner hyphens or apostrophes: "Oyun-Erdene", "O'Neil"
_TOKEN = re.compile(r"[^\W\d_]{1,3}\.|[^\W\d_]+(?:['-][^\W\d_]+)*")

_VOWELS = re.compile("[aeiou]+")


class Token(NamedTuple):
    """A part of a name; ``skeleton`` of an initial is its letters."""

    skeleton: str
    is_initial: bool
    word: str


@dataclass(frozen=True, slots=True)
class TransliterationRules:
    """Rewriting rules, applied in order, and the suffixes families add or drop."""

    rules: tuple[tuple[re.Pattern[str], str], ...]
    suffixes: tuple[str, ...]
    patronymics: tuple[str, ...]

    @classmethod
    @cache
    def load(cls) -> TransliterationRules:
        rows = read_lexicon(
            "reference/transliteration",
            ("kind", "step", "pattern", "replacement", "example", "source"),
            ("kind", "step"),
            {"kind": {"rewrite", "suffix", "patronymic"}},
            optional=("replacement",),
        )
        return cls(
            tuple(
                (re.compile(r["pattern"]), r["replacement"]) for r in rows if r["kind"] == "rewrite"
            ),
            tuple(r["pattern"] for r in rows if r["kind"] == "suffix"),
            tuple(r["pattern"] for r in rows if r["kind"] == "patronymic"),
        )


def skeleton(word: str) -> str:
    """The spelling-blind form of one word.

    >>> skeleton("Yermekbayev") == skeleton("Ermekbaev")
    True
    """
    form = fold(word).replace("-", "").replace("'", "")
    for pattern, replacement in TransliterationRules.load().rules:
        form = pattern.sub(replacement, form)
    return form


@cache
def tokens(name: str) -> tuple[Token, ...]:
    """Split a name.

    >>> [token.word for token in tokens("N. B.Yermekbayev")]
    ['N.', 'B.', 'Yermekbayev']
    """
    found = []
    for match in _TOKEN.finditer(name):
        word = match.group()
        is_initial = word.endswith(".") or len(word) == 1
        letters = fold(word.rstrip("."))
        found.append(Token(letters if is_initial else skeleton(word), is_initial, word))
    return tuple(found)


def same_word(left: str, right: str) -> bool:
    """Decide whether two skeletons may be one word, misspelt or otherwise transliterated."""
    if left == right:
        return True
    shorter = min(len(left), len(right))
    typos = next((typos for length, typos in TYPOS_BY_LENGTH if shorter >= length), 0)
    return left[:1] == right[:1] and OSA.distance(left, right, score_cutoff=typos) <= typos


def _without_suffix(form: str) -> str:
    for suffix in TransliterationRules.load().suffixes:
        if form.endswith(suffix) and len(form) - len(suffix) >= SHORTEST_STEM:
            return form.removesuffix(suffix)
    return form


def _is_patronymic(form: str) -> bool:
    return form.endswith(TransliterationRules.load().patronymics)


def _consonants(words: list[str]) -> list[str]:
    return [_VOWELS.sub("", word) for word in words]


def _first_sounds(initial: str) -> set[str]:
    """Letters the skeleton may start with where the name is written out: "Kh." -> "h",
    "Y." -> "i" (Yasir) or "e" (Yevgeny).
    """
    return {skeleton(initial + vowel)[:1] for vowel in ("a", "e")}


def compare(left: str, right: str) -> str | None:
    """Decide whether two names of people of one state or organisation may be one person.

    Returns:
        The rule that says so, strongest first: ``same_spelling``, ``transliteration``,
        ``initials``, ``family_suffix``; None where they differ.

    >>> compare("N. B. Yermekbayev", "Nurlan Ermekbaev")
    'initials'
    >>> compare("Nurlan Yermekbayev", "Nurlan Nigmatulin") is None
    True
    """
    a, b = tokens(left), tokens(right)
    if not a or not b:
        return None
    if sorted(fold(t.word) for t in a) == sorted(fold(t.word) for t in b):
        return "same_spelling"
    joined = ["".join(sorted(t.skeleton for t in side)) for side in (a, b)]
    if joined[0] == joined[1]:
        return "transliteration"
    full_a, full_b = ([t for t in side if not t.is_initial] for side in (a, b))
    rule = "transliteration"
    matched = 0
    for token in list(full_a):
        twin = next((t for t in full_b if same_word(token.skeleton, t.skeleton)), None)
        if twin is None and len(full_a) + len(full_b) <= 3:
            twin = next(
                (
                    t
                    for t in full_b
                    if same_word(_without_suffix(token.skeleton), _without_suffix(t.skeleton))
                ),
                None,
            )
            rule = "family_suffix" if twin else rule
        if twin is not None:
            full_a.remove(token)
            full_b.remove(twin)
            matched += 1
    if not matched:
        return None
    rest_a = [t.skeleton for t in full_a if not _is_patronymic(t.skeleton)]
    rest_b = [t.skeleton for t in full_b if not _is_patronymic(t.skeleton)]
    if rest_a and rest_b:
        # Romanised Arabic and Persian vary in vowels alone: "Naseer", "Nasser".
        if _consonants(rest_a) != _consonants(rest_b) or min(map(len, rest_a + rest_b)) < 5:
            return None
        matched += 1
    initials_a, initials_b = ([t.skeleton for t in side if t.is_initial] for side in (a, b))
    evidence = matched > 1
    for initials, others, rest in (
        (initials_a, initials_b, [t.skeleton for t in full_b]),
        (initials_b, initials_a, [t.skeleton for t in full_a]),
    ):
        if not initials:
            continue
        if others:
            if not _first_sounds(initials[0]) & _first_sounds(others[0]):
                return None
            evidence = True
        elif rest:
            if not any(word[:1] in _first_sounds(initials[0]) for word in rest):
                return None
            evidence = True
            rule = "initials" if rule == "transliteration" else rule
        elif matched < 2:
            return None
    return rule if evidence else None
