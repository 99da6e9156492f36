"""Comparing personal names across spellings, scripts, transliterations and orders.

A name is a sequence of words, each an initial ("N.") or written out. Words are compared by
their skeleton: romanised letters after the rewriting rules of
``lexicons/reference/transliteration.csv`` ("Yermekbayev", "Ermekbaev" -> "ermekbaev").
Two names are as alike as the product of their words: one word that differs tells two
persons apart, however many others agree ("Saddam Hussein al-Tikriti", "... al-Dulaimi").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from anyascii import anyascii
from rapidfuzz.distance import OSA

from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.terms import fold

#: From here on two names may be spellings of one. One letter of three may be wrong in a word:
#: that is where misprints ("Sechev", "Sechin") end and other names begin (bench/name_bench.py).
ALIKE = 0.65

#: From here on two names within one state or organisation are one person's: one letter of six
#: may be wrong, or an initial stand for a name. Namesakes cost more there than a missed join.
SAME_PERSON = 0.82

#: What a name is worth when it is only transliterated otherwise, or shortened.
_TRANSLITERATED = 0.98
_NICKNAME = 0.9
_OTHER_SUFFIX = 0.88  # "Rahmon", "Rakhmonov"
_INITIAL = 0.95  # "N." for "Nurlan"
_LEFT_OUT = 0.96  # each word that only one of the names has
#: What is left of a name that lacks the evidence: it must end below ``ALIKE``.
_TOO_MUCH_LEFT_OUT = 0.6
_ONE_WORD = 0.4  # "Xi" may be any of the family
_OTHER_INITIAL = 0.3
#: Another first letter weighs more than another letter: "Karimov" is not "Zarimov".
_OTHER_FIRST_LETTER = 0.9
#: Vowels alone may differ at half the cost in words so long: "Naseer", "Nasser", but not "Ming".
_LONG_ENOUGH_FOR_VOWELS = 5
_VOWELS_COST = 0.5

#: A family name keeps at least so many letters when it drops a suffix.
_SHORTEST_STEM = 4

#: Names repeat within and across documents; what is known of so many is remembered.
_REMEMBERED = 65_536

# "Kh." "V." or a word: "Oyun-Erdene", "O'Neil", "al-Assad"; any sign of any script belongs to it.
_TOKEN = re.compile(r"[^\W_]{1,3}\.|[^\s.,;:()/\"]+")
_NO_LETTER = re.compile("[^a-z0-9-]+")
_VOWELS = re.compile("[aeiou]+")
# Scripts with a sign per syllable or morpheme: another sign is another name, never a misprint.
_SYLLABIC = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Hebrew, Arabic, Indic, Thai and Khmer: romanised letter by letter they lack vowels.
_VOWELLESS = re.compile("[\u0590-\u08ff\u0900-\u0eff\u1780-\u17ff]")
# "Nazarbayev", "Nazarbayeva": a man and a woman of one family.
_WITH_FEMININE = re.compile(r".+(?:ov|ev|in|ski)")


class Word(NamedTuple):
    """A part of a name.

    Attributes:
        form: Lower-case Latin letters.
        skeleton: The spelling-blind form; of an initial, its letters.
        is_initial: True for "N.", "Ts.".
        is_father: True after "bin" and the like.
        written: The word as written, with what is hyphened to it.
        parts: How many written words it is made of.
    """

    form: str
    skeleton: str
    is_initial: bool
    is_father: bool
    written: str
    parts: int = 1


class Comparison(NamedTuple):
    """How alike two names are, from 0 to 1, and the weakest step from one to the other."""

    score: float
    rule: str


#: Steps from one name to another, strongest evidence first. The last four keep names apart.
RULES = (
    "same_spelling",
    "word_division",
    "transliteration",
    "omitted_words",
    "initials",
    "nickname",
    "vowels",
    "family_suffix",
    "misspelling",
    "too_much_left_out",
    "one_word",
    "other_initial",
    "other_word",
)


@dataclass(frozen=True, slots=True)
class NameLexicon:
    """What is known of names: rewriting rules, in their order, endings, particles, nicknames."""

    rules: tuple[tuple[re.Pattern[str], str], ...]
    suffixes: tuple[str, ...]
    patronymics: tuple[str, ...]
    fathers: frozenset[str]
    titles: frozenset[str]
    particles: frozenset[str]
    prefixes: re.Pattern[str]
    endings: frozenset[str]
    nicknames: dict[str, frozenset[str]]

    @classmethod
    @cache
    def load(cls) -> NameLexicon:
        rows = read_lexicon(
            "reference/transliteration",
            ("kind", "step", "pattern", "replacement", "example", "source"),
            ("kind", "step"),
            {"kind": {"father", "patronymic", "rewrite", "suffix"}},
            optional=("replacement",),
        )
        by_kind = {
            kind: [r for r in rows if r["kind"] == kind] for kind in {r["kind"] for r in rows}
        }
        words = read_lexicon("en/name_particles", ("form", "kind", "source"), ("form",))
        titles = read_lexicon("en/titles", ("form", "kind", "source"), ("form",))
        nicknames = read_lexicon(
            "en/nicknames", ("nickname", "name", "source"), ("nickname", "name")
        )
        prefixes = sorted((r["form"] for r in words if r["kind"] == "prefix"), key=len)
        return cls(
            rules=tuple((re.compile(r["pattern"]), r["replacement"]) for r in by_kind["rewrite"]),
            suffixes=tuple(r["pattern"] for r in by_kind["suffix"]),
            patronymics=tuple(r["pattern"] for r in by_kind["patronymic"]),
            fathers=frozenset(r["pattern"] for r in by_kind["father"]),
            titles=frozenset(_latin(r["form"]) for r in titles if r["kind"] != "name"),
            particles=frozenset(r["form"] for r in words if r["kind"] == "inner"),
            prefixes=re.compile("|".join(map(re.escape, reversed(prefixes)))),
            endings=frozenset(r["form"] for r in words if r["kind"] == "suffix"),
            nicknames={
                nickname: frozenset(r["name"] for r in nicknames if r["nickname"] == nickname)
                for nickname in {r["nickname"] for r in nicknames}
            },
        )


@lru_cache(_REMEMBERED)
def skeleton(word: str) -> str:
    """The spelling-blind form of one word.

    >>> skeleton("Yermekbayev") == skeleton("Ermekbaev") == skeleton("Ермекбаев")
    True
    """
    form = _latin(word).replace("-", "")
    for pattern, replacement in NameLexicon.load().rules:
        form = pattern.sub(replacement, form)
    return form


def _latin(text: str) -> str:
    """Lower-case Latin letters and hyphens; other scripts are romanised sign by sign."""
    folded = fold(text)
    return _NO_LETTER.sub("", folded if folded.isascii() else fold(anyascii(folded)))


@lru_cache(_REMEMBERED)
def words(name: str) -> tuple[Word, ...]:
    """Split a name; titles before it and particles within it are left out.

    >>> [word.form for word in words("H.E. N. B.Yermekbayev")]
    ['n', 'b', 'yermekbayev']
    >>> [word.form for word in words("Salman bin Abdulaziz Al-Saud")]
    ['salman', 'abdulaziz', 'saud']
    """
    lexicon = NameLexicon.load()
    tokens = _without_titles([token for token in _TOKEN.findall(name) if _latin(token)])
    found: list[Word] = []
    is_father = False
    for place, token in enumerate(tokens):
        form = _latin(token)
        if place and (
            form in lexicon.endings or (form in lexicon.particles and place + 1 < len(tokens))
        ):
            is_father = form in lexicon.fathers
        elif token.endswith(".") or len(form) == 1:
            found.append(Word(form, form, True, False, token))
        elif _is_initials(token, name):
            found += [Word(letter, letter, True, False, token) for letter in form]
        else:
            prefix = lexicon.prefixes.match(form)
            for part in form[prefix.end() if prefix else 0 :].split("-"):
                if part and (part == form or part not in lexicon.particles):
                    found.append(Word(part, skeleton(part), False, is_father, token))
            is_father = False
    return tuple(found)


def _without_titles(tokens: list[str]) -> list[str]:
    titles = NameLexicon.load().titles
    for size in (1, 2, 3):  # "Dr.", "H.E.", "H.R.H."; but "H. E. Salimov" has initials
        if (
            len(tokens) > (size if size == 1 else size + 1)
            and _latin("".join(tokens[:size])) in titles
        ):
            return _without_titles(tokens[size:])
    return tokens


def _is_initials(token: str, name: str) -> bool:
    """Whether capitals without a vowel stand for words: "JC Juncker", "KP Sharma Oli"."""
    return (
        len(token) <= 3
        and token.isupper()
        and not name.isupper()
        and not _VOWELS.search(token.lower())
    )


@lru_cache(_REMEMBERED)
def _first_sounds(initial: str) -> frozenset[str]:
    """Letters the skeleton may start with where the name is written out: "Kh." -> "h",
    "Y." -> "i" (Yasir) or "e" (Yevgeny).
    """
    return frozenset(skeleton(initial + vowel)[:1] for vowel in ("a", "e"))


@lru_cache(_REMEMBERED)
def _without_suffix(form: str) -> str:
    for suffix in NameLexicon.load().suffixes:
        if form.endswith(suffix) and len(form) - len(suffix) >= _SHORTEST_STEM:
            return form.removesuffix(suffix)
    return form


@lru_cache(_REMEMBERED)
def _consonants(form: str) -> str:
    return _VOWELS.sub("", form)


@lru_cache(_REMEMBERED)
def _compare_words(left: str, right: str) -> Comparison:
    """Compare two words in lower-case Latin letters."""
    if left == right:
        return Comparison(1.0, "same_spelling")
    a, b = skeleton(left), skeleton(right)
    if a == b:
        return Comparison(_TRANSLITERATED, "transliteration")
    nicknames = NameLexicon.load().nicknames
    if right in nicknames.get(left, ()) or left in nicknames.get(right, ()):
        return Comparison(_NICKNAME, "nickname")
    man, woman = sorted((a, b), key=len)
    if woman == f"{man}a" and _WITH_FEMININE.fullmatch(man):
        return Comparison(_OTHER_INITIAL, "other_word")
    difference = OSA.distance(a, b) / max(len(a), len(b))
    rule = "misspelling"
    if len(man) >= _LONG_ENOUGH_FOR_VOWELS and _consonants(a) == _consonants(b):
        difference, rule = difference * _VOWELS_COST, "vowels"
    score = 1 - difference
    if a[:1] != b[:1]:
        score *= _OTHER_FIRST_LETTER
    if score < _OTHER_SUFFIX and _without_suffix(a) == _without_suffix(b):
        return Comparison(_OTHER_SUFFIX, "family_suffix")
    return Comparison(score, rule if score >= ALIKE else "other_word")


def _join_split_words(side: tuple[Word, ...], other: tuple[Word, ...]) -> tuple[Word, ...]:
    """Join neighbours that the other name writes as one word: "Jan Daniel" beside "Jandaniel"."""
    if len(side) < 2:
        return side
    lengths = [len(word.form) for word in side]
    shortest = min(map(sum, pairwise(lengths)))
    known = {word.skeleton for word in side}
    for wanted in other:
        # A skeleton is never longer than the word, but for "x" and the like.
        longest = len(wanted.form) + 3
        if wanted.is_initial or longest < shortest or wanted.skeleton in known:
            continue
        for start in range(len(side) - 1):
            form = ""
            for end, word in enumerate(side[start:], start + 1):
                form += word.form
                if word.is_initial or len(form) > longest:
                    break
                if skeleton(form) == wanted.skeleton:
                    first = side[start]
                    joined = first._replace(form=form, skeleton=wanted.skeleton, parts=end - start)
                    return _join_split_words((*side[:start], joined, *side[end:]), other)
    return side


def compare(left: str, right: str) -> Comparison:
    """Compare two names as names, whoever bears them.

    Returns:
        The score, 1 for the same words in any order, and the rule, one of ``RULES``.
        Symmetric. Scores mean: ``ALIKE``, ``SAME_PERSON``.

    >>> compare("N. B. Yermekbayev", "Nurlan Ermekbaev").rule
    'initials'
    >>> compare("Nurlan Yermekbayev", "Nurlan Nigmatulin").rule
    'other_word'
    """
    if _SYLLABIC.search(left) and _SYLLABIC.search(right):
        same = "".join(left.split()) == "".join(right.split())
        return Comparison(1.0, "same_spelling") if same else Comparison(0.0, "other_word")
    a, b = sorted((words(left), words(right)))
    if not any(not w.is_initial for w in a) or not any(not w.is_initial for w in b):
        return Comparison(0.0, "one_word")
    if len(a) == len(b) and sorted((w.form, w.is_father) for w in a) == sorted(
        (w.form, w.is_father) for w in b
    ):
        is_spelt_alike = left.isascii() == right.isascii()
        return Comparison(1.0, "same_spelling" if is_spelt_alike else "transliteration")
    return _Pair(a, b, bool(_VOWELLESS.search(left)) != bool(_VOWELLESS.search(right))).compare()


class _Pair:
    """Two names being compared: words that found no counterpart yet, score and rules so far."""

    def __init__(self, a: tuple[Word, ...], b: tuple[Word, ...], without_vowels: bool) -> None:
        joined_a, joined_b = _join_split_words(a, b), _join_split_words(b, a)
        self._full = [[w for w in side if not w.is_initial] for side in (joined_a, joined_b)]
        self._initials = [[w for w in side if w.is_initial] for side in (joined_a, joined_b)]
        self._is_long = max(len(a), len(b)) > 1
        self._without_vowels = without_vowels
        # Only where both names tell the father are "Ahmad bin Hasan" and "Hasan bin Ahmad" two.
        self._with_fathers = all(any(w.is_father for w in side) for side in self._full)
        self._score = 1.0
        self._matched = 0
        self._rules = {"same_spelling"}
        if len(joined_a) < len(a) or len(joined_b) < len(b):
            self._rules.add("word_division")

    def compare(self) -> Comparison:
        self._match_words()
        if not self._matched:  # initials alone are no evidence
            return Comparison(0.0, "other_word")
        self._match_initials()
        self._judge_rest()
        rule = max(self._rules, key=RULES.index)
        return Comparison(round(self._score, 3), rule)

    def _take(self, score: float, rule: str) -> None:
        self._score *= score
        self._rules.add(rule)

    def _match_words(self) -> None:
        """Pair the words, most alike first; one that an initial may stand for is left to it."""
        left, right = self._full
        pairs = sorted(
            ((self._compare(x, y), i, j) for i, x in enumerate(left) for j, y in enumerate(right)),
            key=lambda pair: (-pair[0].score, pair[1], pair[2]),
        )
        free = [set(range(len(left))), set(range(len(right)))]
        for comparison, i, j in pairs:
            if i not in free[0] or j not in free[1]:
                continue
            if comparison.rule == "other_word" and (
                self._fits_initial(left[i], 1) or self._fits_initial(right[j], 0)
            ):
                continue
            free[0].remove(i)
            free[1].remove(j)
            self._matched += max(left[i].parts, right[j].parts)
            self._take(*comparison)
        self._full = [
            [side[i] for i in sorted(rest)] for side, rest in zip(self._full, free, strict=True)
        ]

    def _compare(self, x: Word, y: Word) -> Comparison:
        if self._with_fathers and x.is_father != y.is_father:
            return Comparison(_OTHER_INITIAL, "other_word")
        if self._without_vowels:
            x_sounds, y_sounds = (_consonants(w.skeleton.replace("sh", "s")) for w in (x, y))
            if x_sounds == y_sounds:
                return Comparison(_TRANSLITERATED, "vowels")
            return _compare_words(x_sounds, y_sounds)
        return _compare_words(x.form, y.form)

    def _fits_initial(self, word: Word, side: int) -> bool:
        return any(word.skeleton[:1] in _first_sounds(w.form) for w in self._initials[side])

    def _match_initials(self) -> None:
        for x in list(self._initials[0]):
            for y in sorted(self._initials[1], key=lambda y: y.form != x.form):
                if _first_sounds(x.form) & _first_sounds(y.form):
                    self._initials[0].remove(x)
                    self._initials[1].remove(y)
                    self._matched += 1
                    if x.form != y.form:
                        self._take(_TRANSLITERATED, "transliteration")
                    break
        for initials, full in zip(self._initials, reversed(self._full), strict=True):
            for x in list(initials):
                word = next((w for w in full if w.skeleton[:1] in _first_sounds(x.form)), None)
                if word:
                    full.remove(word)
                    initials.remove(x)
                    self._matched += word.parts
                    self._take(_INITIAL, "initials")

    def _judge_rest(self) -> None:
        for initials, others in zip(
            self._initials,
            (self._initials[1] + self._full[1], self._initials[0] + self._full[0]),
            strict=True,
        ):
            if initials and others:
                self._take(_OTHER_INITIAL, "other_initial")
                return
        left_out = [*self._full[0], *self._full[1]]
        patronymics = NameLexicon.load().patronymics
        extra: float = sum(not w.skeleton.endswith(patronymics) for w in left_out)
        extra += sum(map(len, self._initials)) / 2
        if left_out or extra:
            self._take(_LEFT_OUT**extra, "omitted_words" if left_out else "initials")
        if self._matched < 2 and self._is_long:
            self._take(_ONE_WORD, "one_word")
        elif extra > self._matched:
            self._take(_TOO_MUCH_LEFT_OUT, "too_much_left_out")


@lru_cache(_REMEMBERED)
def blocking_keys(name: str) -> frozenset[str]:
    """Keys of which two names share at least one if they may be one person's.

    A key is the head or the tail of a word, vowels left out, and the first sound of another
    word; and the consonants of all words as one, for names divided otherwise.
    """
    parts = words(name)
    full = [w for w in parts if not w.is_initial]
    keys = {"".join(_consonants(w.skeleton) for w in full)}
    for word in full:
        consonants = _consonants(word.skeleton) or word.skeleton
        sounds = {sound for other in parts if other is not word for sound in _key_sounds(other)}
        for piece in (consonants[:3], consonants[-3:] + "$"):
            keys |= {f"{piece} {sound}" for sound in sounds or ("",)}
    return frozenset(keys)


def _key_sounds(word: Word) -> set[str]:
    """What a word may begin with, all vowels as one: they are what transliterations differ in."""
    if word.is_initial:
        sounds = set(_first_sounds(word.form))
    else:
        names = NameLexicon.load().nicknames.get(word.form, frozenset())
        sounds = {skeleton(form)[:1] for form in (word.form, *names)}
    return {"a" if _VOWELS.match(sound) else sound for sound in sounds}
