"""Countries named in a document: by name, long name, adjective, people or "official <capital>"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sco_pipeline.codes import code_list
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import CountryMention, Document, Sentence
from sco_pipeline.terms import Term, TermIndex, fold

_FORMS = ("adjective", "capital", "long_name", "name", "people")
_GUARDS = ("language_name", "language_noun", "phrase")
# "Russian and Chinese languages", "in English, Russian and the Kyrgyz language"
_COORDINATION = re.compile(r" ?(?:,|/|&|and|or|, and|as well as) ?(?:in )?(?:the )?")
# "signed in Russian and Chinese.", "posted in English and Uzbek on the website"
_IN_LANGUAGE = re.compile(r"\bin(?:to)? (?:the )?$")
_NO_NOUN = re.compile(
    r" ?(?:[.;:,)\n]|$)| (?:as|at|by|during|for|from|in|is|are|on|to|was|were|will|with)\b"
)


class _Form(NamedTuple):
    """What a surface form stands for; ``country`` is empty where it names none."""

    country: str
    kind: str


@dataclass(frozen=True)
class CountryLexicon:
    """Compiled from <language>/countries.csv and <language>/country_guards.csv.

    Attributes:
        index: Names, and the phrases that hide a name ("Indian Ocean").
        language_noun: Matches behind an adjective that means a language ("language").
    """

    index: TermIndex[_Form]
    language_noun: re.Pattern[str]

    @staticmethod
    @cache
    def load(language: str) -> CountryLexicon:
        """Read the word lists of a language.

        Raises:
            LexiconError: A word list breaks its rules.
        """
        names = read_lexicon(
            f"{language}/countries",
            ("form", "country", "kind", "source"),
            ("form",),
            {"country": code_list("countries"), "kind": _FORMS},
        )
        guards = read_lexicon(
            f"{language}/country_guards",
            ("form", "kind", "source"),
            ("form",),
            {"kind": _GUARDS},
        )
        nouns = [fold(row["form"]) for row in guards if row["kind"] == "language_noun"]
        return CountryLexicon(
            TermIndex(
                # Guards first: of forms that differ in capitals only, GUAM hides Guam.
                [
                    (row["form"], _Form("", row["kind"]))
                    for row in guards
                    if row["kind"] != "language_noun"
                ]
                + [(row["form"], _Form(row["country"], row["kind"])) for row in names]
            ),
            re.compile(rf" ?(?:{'|'.join(map(re.escape, sorted(nouns, reverse=True)))})\b"),
        )


def find_countries(
    document: Document, sentences: Sequence[Sentence], lexicon: CountryLexicon
) -> list[CountryMention]:
    """Find the countries named in the sentences of a document.

    Whole names win over what they contain ("South China Sea" names no country), a language
    is no country ("in Russian", "the Kazakh language"), and a city alone is none.

    Args:
        document: The document.
        sentences: Its sentences, in order; names outside them are left out.
        lexicon: Words of the document's language.

    Returns:
        Mentions in reading order, never overlapping.
    """
    found = lexicon.index.find(document.text, document.folded)
    languages = _languages(document.folded, found, lexicon)
    mentions: list[CountryMention] = []
    position = 0
    for start, end, form in found:
        if not form.country or start in languages:
            continue
        while position < len(sentences) and sentences[position].char_end < end:
            position += 1
        if position == len(sentences):
            break
        if sentences[position].char_start <= start:
            mentions.append(CountryMention(position, start, end, *form))
    return mentions


def _languages(folded: str, found: list[Term[_Form]], lexicon: CountryLexicon) -> set[int]:
    """Starts of the adjectives that mean languages."""
    languages: set[int] = set()
    chain: list[Term[_Form]] = []
    for term in found:
        if term.value.kind not in ("adjective", "language_name"):
            continue
        if chain and not _COORDINATION.fullmatch(folded, chain[-1].char_end, term.char_start):
            chain = []
        chain.append(term)
        if lexicon.language_noun.match(folded, term.char_end) or (
            _NO_NOUN.match(folded, term.char_end)
            and _IN_LANGUAGE.search(folded, max(0, chain[0].char_start - 9), chain[0].char_start)
        ):
            languages.update(member.char_start for member in chain)
    return languages
