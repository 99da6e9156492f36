"""Cities named as places; "Tashkent Declaration" or "Shanghai Five" name no place."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sco_pipeline.codes import reference_rows
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import Document
from sco_pipeline.terms import Term, TermIndex, fold

_GUARDS = ("noun", "phrase", "prefix")


class City(NamedTuple):
    """A city of reference/cities.csv; ``country`` is the country it lies in (ISO alpha-3)."""

    name: str
    country: str
    is_capital: bool


@cache
def _cities() -> dict[str, City]:
    return {
        str(row["city"]): City(str(row["city"]), str(row["country"]), bool(row["is_capital"]))
        for row in reference_rows("cities")
    }


@dataclass(frozen=True)
class CityLexicon:
    """Compiled from <language>/cities.csv and <language>/city_guards.csv.

    Attributes:
        index: Spellings of cities; None marks a phrase that hides one.
        noun: Matches behind a city that gives its name to something: " Declaration".
        prefix: Ends right before such a city: "Treaty of ".
    """

    index: TermIndex[City | None]
    noun: re.Pattern[str]
    prefix: re.Pattern[str]

    @staticmethod
    @cache
    def load(language: str) -> CityLexicon:
        """Read the word lists of a language.

        Raises:
            LexiconError: A word list breaks its rules.
        """
        cities = _cities()
        forms = read_lexicon(
            f"{language}/cities", ("form", "city", "source"), ("form",), {"city": cities}
        )
        guards = read_lexicon(
            f"{language}/city_guards", ("form", "kind", "source"), ("form",), {"kind": _GUARDS}
        )
        terms: list[tuple[str, City | None]] = [
            (row["form"], None) for row in guards if row["kind"] == "phrase"
        ]
        terms += [(row["form"], cities[row["city"]]) for row in forms]
        nouns = [row["form"] for row in guards if row["kind"] == "noun"]
        prefixes = [row["form"] for row in guards if row["kind"] == "prefix"]
        return CityLexicon(
            TermIndex(terms),
            # "Astana Declaration", "Bishkek and Dushanbe Declarations", "Baku-Tbilisi-Kars"
            re.compile(rf"(?: and \w+)? (?:{_any(nouns)})\b|-\w"),
            re.compile(rf"(?:\b(?:{_any(prefixes)}) |\w-)$"),
        )


def _any(forms: Collection[str]) -> str:
    return "|".join(re.escape(fold(form)) for form in sorted(forms, reverse=True))


def find_cities(document: Document, lexicon: CityLexicon) -> list[Term[City]]:
    """Find the cities a document names as places.

    Returns:
        Terms in reading order, never overlapping. Furniture is searched too: date lines
        stand there.
    """
    folded = document.folded
    return [
        Term(start, end, city)
        for start, end, city in lexicon.index.find(document.text, folded)
        if city is not None
        and not lexicon.noun.match(folded, end)
        and not lexicon.prefix.search(folded, max(0, start - 16), start)
    ]
