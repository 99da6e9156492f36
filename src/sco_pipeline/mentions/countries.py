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
_GUARDS = ("authority", "language_name", "language_noun", "phrase")
#: Blocks of a page, and length of one, in which its publisher is named.
_HEAD_BLOCKS, _LONGEST_HEADER = 4, 120
# "Russian and Chinese languages", "in English, Russian and the Kyrgyz language"
_COORDINATION = re.compile(r" ?(?:,|/|&|and|or|, and|as well as) ?(?:in )?(?:the )?")
# "signed in Russian and Chinese.", "posted in English and Uzbek on the website"
_IN_LANGUAGE = re.compile(r"\bin(?:to)? (?:the )?$")
_NO_NOUN = re.compile(
    r" ?(?:[.;:,)\n]|$)| (?:as|at|by|during|for|from|in|is|are|on|to|was|were|will|with)\b"
)


#: Room before a state that opens a header: "Source: the".
_ARTICLE = 12
# "Ministry of Foreign Affairs of [Mongolia]", "Press Information Bureau, Government of [India]"
_OF = re.compile(r"(?:\bof (?:the )?|[,-] )$")


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
        authority: Matches a word for an authority of a state: "Ministry".
    """

    index: TermIndex[_Form]
    language_noun: re.Pattern[str]
    authority: re.Pattern[str]

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
        nouns, authorities = (
            sorted((fold(row["form"]) for row in guards if row["kind"] == kind), reverse=True)
            for kind in ("language_noun", "authority")
        )
        return CountryLexicon(
            TermIndex(
                # Guards first: of forms that differ in capitals only, GUAM hides Guam.
                [
                    (row["form"], _Form("", row["kind"]))
                    for row in guards
                    if row["kind"] in ("language_name", "phrase")
                ]
                + [(row["form"], _Form(row["country"], row["kind"])) for row in names]
            ),
            re.compile(rf" ?(?:{'|'.join(map(re.escape, nouns))})\b"),
            re.compile(rf"\b(?:{'|'.join(map(re.escape, authorities))})\b"),
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


def publisher_country(document: Document, lexicon: CountryLexicon) -> str | None:
    """The state whose authority published a document, as its source or page header says.

    "Ministry of Foreign Affairs of Mongolia", "Russian Federation Government"; of "Embassy of
    Russia in India" it is Russia. None for news agencies and organisations.
    """
    first = next(iter(document.blocks), None)
    headers = [document.publisher or ""]
    headers += [
        document.text[block.char_start : block.char_end]
        for block in document.blocks[:_HEAD_BLOCKS]
        if (block.kind == "furniture" or block is first)
        and block.char_end - block.char_start <= _LONGEST_HEADER
    ]
    for header in headers:
        folded = fold(header)
        authority = lexicon.authority.search(folded)
        if authority is None:
            continue
        named = [term for term in lexicon.index.find(header, folded) if term.value.country]
        if named and (
            _OF.search(folded, authority.end(), named[0].char_start)
            or (named[0].char_start <= _ARTICLE and named[0].char_end + 1 == authority.start())
        ):
            return named[0].value.country
    return None
