"""Words about people: offices with their fields and roles, titles, parts of names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

from sco_pipeline.codes import code_list, reference_rows
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.terms import TermIndex, fold

ROLES: Final = (
    "head_of_state", "head_of_government", "deputy_head_of_government", "foreign_minister",
    "defence_minister", "interior_minister", "security_council_secretary", "organisation_head",
    "parliament_speaker", "state_councillor", "other_minister",
    "deputy_security_council_secretary", "deputy_minister", "judge_or_prosecutor",
    "national_coordinator", "ambassador", "organisation_official", "military_officer",
    "other_official",
)  # fmt: skip
"""Role codes, highest first: of several offices the first here stands where no body decides."""

#: Domains of the organs that every organisation has: they name no other organisation.
OWN_ORGANS: Final = frozenset({"board", "business", "executive_committee", "meeting", "own"})

#: Function words -> tag. No content words.
FUNCTION_WORDS: Final = {
    **dict.fromkeys(("of",), "o"),
    **dict.fromkeys(("for", "in", "on", "under", "at"), "f"),
    **dict.fromkeys(("to", "with"), "t"),
    **dict.fromkeys(("the", "a", "an", "his", "her", "its", "their", "our"), "a"),
    **dict.fromkeys(("and", "&"), "&"),
    **dict.fromkeys(("as", "well", "also"), "s"),
    **dict.fromkeys(
        ("was", "is", "were", "are", "be", "been", "being", "has", "had", "have", "became"), "c"
    ),
    **dict.fromkeys(
        (
            "by", "from", "or", "but", "after", "before", "during", "while", "when", "since",
            "until", "between", "against", "about", "into", "through", "than", "that", "which",
            "who", "whom", "where", "whereas", "this", "these", "those", "it", "he", "she", "they",
            "we", "you", "i", "there", "here", "however", "both", "not", "no", "if", "upon",
            "within", "without", "towards", "together", "including", "according", "besides",
            "meanwhile", "then", "now", "so", "among", "over", "per", "via", "amid", "despite",
            "my", "will", "would", "let", "may", "like", "ours", "us", "them", "him", "me", "your",
        ),
        "w",
    ),
}  # fmt: skip

_LETTERS = re.compile(r"[^\W\d_]+")
_DASHES: Final = "-–—―−"
_QUOTES: Final = "\"'“”«»„‟‘’‛`´"

#: Private characters that stand in a masked sentence for the letters of a term, and their tags.
OFFICE, OFFICE_OF, MODIFIER, GIVEN, COUNTRY, ADJECTIVE, ORGANISATION, LINE = map(
    chr, range(0xE000, 0xE008)
)
_TERM_TAGS: Final = dict(
    zip(
        (OFFICE, OFFICE_OF, MODIFIER, GIVEN, COUNTRY, ADJECTIVE, ORGANISATION, LINE),
        "OHMRCJGL",
        strict=True,
    )
)


#: Classes of offices that begin with such a word.
_GLUED: Final = ("minister", "president", "secretary")
#: Codes of the wordings that introduce people who are there.
_PRESENT: Final = ("attended", "chaired")
_TITLE_TAGS: Final = {"honour": "T", "name": "Z", "rank": "T", "royal": "Y"}


class OfficeTerm(NamedTuple):
    """An office word as the lexicon knows it.

    Attributes:
        office: Its class (``president``, ``minister``...), with ``+`` before that of a
            modifier (``+deputy``); empty for an honour, which only shows a name.
        plural: Whether the word is plural.
        mask: The private character that stands for it in a masked sentence.
        introduces: Participation of the people behind it, for a wording that is no office:
            "attended by".
    """

    office: str
    plural: bool
    mask: str
    introduces: str = ""


class _Tags(dict[str, str]):
    """Word as written -> tag, filled as words are met.

    ``N`` name word, ``I`` initial, ``p``/``P`` particle of names in small letters or with a
    capital, ``j`` last particle of a name, ``Q`` capitals, ``K`` capitalised common word, ``T``
    title, ``r`` military rank in small letters, ``Y`` title of royalty, ``Z`` title that is a part
    of names too, ``v`` field of offices, ``u`` other word of offices, ``x`` "'s", ``n`` number,
    ``m`` other mark; function words as in ``FUNCTION_WORDS``, terms as in ``_TERM_TAGS``, marks
    ``, ; : - ( ) . / q`` (quote).
    """

    def __init__(
        self,
        common: frozenset[str],
        titles: dict[str, str],
        particles: dict[str, str],
        office_words: frozenset[str],
        field_words: frozenset[str],
        ranks: frozenset[str],
    ) -> None:
        super().__init__()
        self._common = common
        self._titles = titles
        self._particles = {form for form, kind in particles.items() if kind == "inner"}
        self._suffixes = {form for form, kind in particles.items() if kind == "suffix"}
        self._prefixes = tuple(form for form, kind in particles.items() if kind == "prefix")
        self._office_words = office_words
        self._field_words = field_words
        self._ranks = ranks

    def __missing__(self, word: str) -> str:
        tag = self[word] = self._tag(word)
        return tag

    def _tag(self, word: str) -> str:
        first = word[0]
        if first in _TERM_TAGS:
            return _TERM_TAGS[first]
        if not first.isalpha():
            return self._mark(word)
        folded = fold(word)
        bare = folded.rstrip(".")
        if bare in self._suffixes:
            return "j"
        if not first.isupper():
            return self._small(word, bare)
        if bare in self._titles:
            return self._titles[bare]
        if folded[:2] == "h." and len(folded) > 2:  # "H.E.", "H. E."
            return "T"
        if len(bare) == 1:
            return {"a": "a", "i": "w"}.get(word.lower(), "I")
        if word[-1] == ".":
            return "K" if bare in self._common else "I"
        small = word.lower()  # with its accents: "Tô" is no "to"
        if small in FUNCTION_WORDS:
            return FUNCTION_WORDS[small]
        if small in self._common or all(part in self._common for part in small.split("-")):
            return "K"
        if bare in self._particles:
            return "P"
        return "Q" if word.isupper() else "N"

    def _small(self, word: str, bare: str) -> str:
        if bare in FUNCTION_WORDS:
            return FUNCTION_WORDS[bare]
        if bare in self._particles:
            return "p"
        prefix = next((p for p in self._prefixes if bare.startswith(p)), None)
        if prefix and word[len(prefix) : len(prefix) + 1].isupper():
            return "N"
        if bare in self._ranks:
            return "r"
        if bare in self._field_words:
            return "v"
        return "u" if bare in self._office_words else "w"

    @staticmethod
    def _mark(word: str) -> str:
        first = word[0]
        if first.isdigit():
            return "n"
        if len(word) > 1:
            return "x"
        if first in _DASHES:
            return "-"
        if first in _QUOTES:
            return "q"
        if first == "|":  # between the cells of a table: "India | X | Minister of Health"
            return ","
        return first if first in ",;:()./&" else "m"


class _NameWords(dict[str, bool]):
    """Word as written -> whether it could be a part of a name, filled as words are met."""

    def __init__(self, tags: _Tags, places: frozenset[str]) -> None:
        super().__init__()
        self._tags = tags
        self._places = places

    def __missing__(self, word: str) -> bool:
        found = self[word] = self._tags[word] in "NQ" and fold(word) not in self._places
        return found


@dataclass(frozen=True, slots=True)
class PeopleLexicon:
    """The compiled words about people of one language.

    Attributes:
        cues: Offices, honours, and wordings that introduce people who are there.
        heads: Office words that a damaged page may have run together with the name before them.
        fields_of: Finds in an office phrase the fields and bodies that tell offices of one
            class apart, each with its country where only one state has it ("State Duma").
        role_of: Finds the role code of (office class, fields in the order they are tried, whom it
            serves: a country or organisation, then ``state`` or ``organisation``), or None.
        tags: Word as written -> tag.
        office_words: Words of offices and fields, folded.
        ranks: Military ranks, folded, without a point.
        own_words: Words of the organs that every organisation has ("Executive Committee").
        name_words: Word as written -> whether it lets a name be suspected; the words of countries,
            cities and organisations do not.
        cities: Names of cities, folded, which are no people, -> the state they lie in.
        family_name_first: Countries whose people write the family name first.
    """

    cues: TermIndex[OfficeTerm]
    heads: tuple[str, ...]
    fields_of: Callable[[str], tuple[tuple[str, str], ...]]
    role_of: Callable[[str, tuple[str, ...], tuple[str, str]], str | None]
    tags: _Tags
    office_words: frozenset[str]
    ranks: frozenset[str]
    own_words: frozenset[str]
    name_words: _NameWords
    cities: Mapping[str, str]
    family_name_first: frozenset[str]

    @classmethod
    @cache
    def load(cls, language: str) -> PeopleLexicon:
        """Read and compile the lexicons of ``language``.

        Raises:
            LexiconError: A lexicon is malformed.
        """
        offices = read_lexicon(
            f"{language}/offices",
            ("form", "office", "number", "source"),
            ("form",),
            {"number": {"one", "many"}},
        )
        fields = read_lexicon(
            f"{language}/office_domains",
            ("form", "domain", "country", "source"),
            ("form",),
            {"country": code_list("countries")},
            optional=("country",),
        )
        roles = read_lexicon(
            f"{language}/office_roles",
            ("office", "domain", "served", "role", "source"),
            ("office", "domain", "served"),
            {
                "office": {row["office"] for row in offices},
                "domain": {"any", "none", *(row["domain"] for row in fields)},
                "role": ROLES,
            },
        )
        titles = read_lexicon(
            f"{language}/titles",
            ("form", "kind", "source"),
            ("form",),
            {"kind": _TITLE_TAGS},
        )
        parts = read_lexicon(
            f"{language}/name_particles",
            ("form", "kind", "source"),
            ("form",),
            {"kind": {"given", "inner", "prefix", "suffix"}},
        )
        portfolios = read_lexicon(f"{language}/portfolios", ("form", "body", "source"), ("form",))
        participation = read_lexicon(
            f"{language}/participation",
            ("form", "participation", "side", "source"),
            ("form", "side"),
        )
        common = read_lexicon(f"{language}/common_words", ("word", "source"), ("word",))
        order = read_lexicon("reference/family_name_first", ("country", "source"), ("country",))
        cities = read_lexicon(f"{language}/cities", ("form", "city", "source"), ("form",))
        countries = read_lexicon(
            f"{language}/countries", ("form", "country", "kind", "source"), ("form",)
        )
        organisations = read_lexicon(
            f"{language}/organisations", ("form", "organisation", "kind", "source"), ("form",)
        )
        states = {str(row["city"]): str(row["country"]) for row in reference_rows("cities")}
        given = {fold(row["form"]) for row in parts if row["kind"] == "given"}
        heads = [row for row in offices if not row["office"].startswith("+")]
        office_words = _words(row["form"] for row in (*heads, *fields))
        field_words = _words(
            row["form"]
            for row in (*fields, *portfolios)
            if row.get("domain") not in (*OWN_ORGANS, "department")
        )
        ranks = frozenset(row["form"] for row in titles if row["kind"] == "rank")
        tags = _Tags(
            frozenset(row["word"] for row in common),
            {fold(row["form"]): _TITLE_TAGS[row["kind"]] for row in titles},
            {fold(row["form"]): row["kind"] for row in parts if row["kind"] != "given"},
            office_words,
            field_words,
            ranks,
        )
        cues = [(row["form"], _office_term(row, given)) for row in offices]
        cues += [
            (row["form"].capitalize(), OfficeTerm("", False, ""))
            for row in titles
            if row["kind"] != "rank"
        ]
        cues += [
            (row["form"], OfficeTerm("", False, "", row["participation"]))
            for row in participation
            if row["side"] == "after" and row["participation"] in _PRESENT
        ]
        return cls(
            TermIndex(cues),
            tuple(
                row["form"].capitalize()
                for row in heads
                if row["office"] in _GLUED
                and row["number"] == "one"
                and row["form"].isalpha()
                and row["form"].islower()
            ),
            _field_finder(
                TermIndex((row["form"], (row["domain"], row["country"])) for row in fields)
            ),
            _role_finder(
                {(row["office"], row["domain"], row["served"]): row["role"] for row in roles}
            ),
            tags,
            office_words,
            ranks,
            _words(row["form"] for row in fields if row["domain"] in OWN_ORGANS),
            _NameWords(tags, _words(row["form"] for row in (*cities, *countries, *organisations))),
            {fold(row["form"]): states[row["city"]] for row in cities},
            frozenset(row["country"] for row in order),
        )


def _field_finder(
    index: TermIndex[tuple[str, str]],
) -> Callable[[str], tuple[tuple[str, str], ...]]:
    """Look phrases up in ``index``; offices repeat, so what was looked up is remembered."""

    @lru_cache(maxsize=8192)
    def fields_of(phrase: str) -> tuple[tuple[str, str], ...]:
        return tuple(term.value for term in index.find(phrase, fold(phrase)))

    return fields_of


def _role_finder(
    roles: dict[tuple[str, str, str], str],
) -> Callable[[str, tuple[str, ...], tuple[str, str]], str | None]:
    """Look roles up by (office class, field, served); what was looked up is remembered."""

    @lru_cache(maxsize=8192)
    def role_of(class_: str, fields: tuple[str, ...], served: tuple[str, str]) -> str | None:
        for name in fields:
            for whom in (*served, "any"):
                if role := roles.get((class_, name, whom)):
                    return role
        return None

    return role_of


def _office_term(row: dict[str, str], given: set[str]) -> OfficeTerm:
    form, office = row["form"], row["office"]
    if office.startswith("+"):
        mask = MODIFIER
    elif fold(form) in given:
        mask = GIVEN
    else:
        mask = OFFICE_OF if form.endswith((" of", " for")) else OFFICE
    return OfficeTerm(office, row["number"] == "many", mask)


def _words(forms: Iterable[str]) -> frozenset[str]:
    return (
        frozenset(word for form in forms for word in _LETTERS.findall(fold(form)))
        - FUNCTION_WORDS.keys()
    )
