"""Document -> people, by a small grammar over the words of a sentence.

Cues (offices, honours) are found in one pass over the document; only a sentence with a cue,
or the lines of a list, are cut into chunks (``chunks``), and each name in them is bound to its
office (``binding``), which is read (``offices``). A name needs evidence: an office or a title
beside it, a country that it stands for in a list, words like "chaired by" right before it, or an
earlier mention (``linking``). There is no gazetteer of people.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from string import ascii_uppercase
from typing import Final

from sco_pipeline.mentions.people.binding import Binder
from sco_pipeline.mentions.people.chunks import Chunker, Name, Office
from sco_pipeline.mentions.people.lexicon import ROLES, PeopleLexicon
from sco_pipeline.mentions.people.linking import later_mentions, link
from sco_pipeline.mentions.people.names import regular_name
from sco_pipeline.mentions.people.offices import role_of
from sco_pipeline.model import CountryMention, Document, PersonMention, Sentence, Unresolved
from sco_pipeline.terms import Term

_RANK: Final = {role: rank for rank, role in enumerate(ROLES)}

#: Lines are read as one list while none is longer.
_LONGEST_LINE: Final = 160
#: So many lines are read as a list even without an office: "For China - Xi Jinping".
_SHORTEST_LIST: Final = 3

#: A line that ends so is that of a name: "Smailov A.A.", "R. Marcos Jr."
_LAST_INITIALS: Final = (
    *(f"{mark}{letter}." for mark in " ." for letter in ascii_uppercase), " Jr.", " Sr.",
)  # fmt: skip
# A title written in capitals throughout has no such word.
_SMALL_WORD = re.compile(r"\b[a-z]{2,}\b")


def find_people(
    document: Document,
    sentences: Sequence[Sentence],
    countries: Sequence[CountryMention],
    organisations: Sequence[Term[str]],
    lexicon: PeopleLexicon,
) -> tuple[list[PersonMention], list[Unresolved]]:
    """Find every named person, with the office beside the name, and every later mention.

    Args:
        document: The document.
        sentences: Its sentences, in order.
        countries: Its country mentions, in order.
        organisations: Its organisation mentions, in order.
        lexicon: The words about people.

    Returns:
        People in reading order, never overlapping, and what was seen but not understood. A
        later mention ("Mr. Nurdauletov", rule ``later_mention``) carries the name of the
        first, and its role and country where it has none of its own.
    """
    chunker = Chunker(document, countries, organisations, lexicon)
    people: list[PersonMention] = []
    unresolved: list[Unresolved] = []
    context: Office | None = None
    lead = ""
    for first, end in _ranges(document, sentences):
        start, stop = sentences[first].char_start, sentences[end - 1].char_end
        relevant = (
            chunker.has_cue(start, stop)
            or (context is not None and sentences[first].kind == "list_item")
            or end - first >= _SHORTEST_LIST
            or chunker.may_list(start, stop)
        )
        if not relevant or not (chunker.may_name(start, stop) or document.text[stop - 1] == ":"):
            context, lead = None, ""
            continue
        chunks = chunker.cut([(s.char_start, s.char_end) for s in sentences[first:end]])
        binder = Binder(chunks, chunker, context, lead)
        binder.bind()
        state = _state_line(document.text, sentences[first - 1], countries) if first else None
        if state and "C" not in chunks.kinds and "G" not in chunks.kinds:
            for name in chunks.names.values():
                if not any(office.country or office.organisation for office in name.offices):
                    name.country = name.country or state
        context = binder.context_after()
        lead = chunker.introduces(stop) if document.text[stop - 1] == ":" else ""
        ordinal = first
        for i, name in chunks.names.items():
            while sentences[ordinal].char_end < name.end:
                ordinal += 1
            if (
                all(office.plural for office in name.offices)
                and document.folded[name.start : name.end] in lexicon.cities
            ):
                continue
            if name.rule or name.titled:
                person = _person(document, ordinal, name, people[-1:], lexicon)
                people.append(person)
                if person.unknown_state:
                    unresolved.append(_unknown_state(ordinal, person.unknown_state))
                if person.role is None and any(o.class_ != "counterpart" for o in name.offices):
                    unresolved.append(
                        Unresolved(
                            ordinal, name.offices[0].start, name.offices[0].end, "office",
                            "office without a role; en/office_roles.csv could give it one",
                            "office_without_role",
                        )
                    )  # fmt: skip
            elif (office := binder.unknown_office(i)) is not None:
                people.append(_stranger(document, ordinal, name, office))
                unresolved.append(_unknown_office(ordinal, office[:2]))
            elif binder.is_introduced(i):
                name.rule = "introduced"
                people.append(_person(document, ordinal, name, (), lexicon))
            elif not name.lone and binder.is_listed(i):
                unresolved.append(
                    Unresolved(
                        ordinal, name.start, name.end, "person",
                        "name in a list of people, without an office", "person_without_office",
                    )
                )  # fmt: skip
        for kind, span in binder.unnamed() if chunker.has_introduction(start, stop) else ():
            ordinal = bisect_right(sentences, span[0], key=_char_start) - 1
            unresolved.append(
                _unknown_state(ordinal, span)
                if kind == "country"
                else _unknown_office(ordinal, span)
            )
    people = link(people)
    people.extend(later_mentions(document, sentences, people, lexicon))
    people.sort(key=lambda person: person.char_start)
    return people, unresolved


def _ranges(document: Document, sentences: Sequence[Sentence]) -> Iterator[tuple[int, int]]:
    """Sentences to read together, as ranges of ordinals: one, or the short lines of a list.

    Titles written with capitals throughout are left out: there every word looks like a name.
    """
    first = 0
    count = len(sentences)
    text = document.text
    while first < count:
        sentence = sentences[first]
        end = first + 1
        if sentence.kind == "title":
            if not _SMALL_WORD.search(text, sentence.char_start, sentence.char_end):
                first = end
                continue
        elif _is_line(text, sentence):
            while (
                end < count
                and _is_line(text, sentences[end])
                and sentences[end].paragraph == sentences[end - 1].paragraph + 1
            ):
                end += 1
        yield first, end
        first = end


def _is_line(text: str, sentence: Sentence) -> bool:
    """Whether a sentence is a line of a list or table, no sentence of a text."""
    end = sentence.char_end
    return (
        (text[end - 1] not in ".!?:" or text.endswith(_LAST_INITIALS, 0, end))
        and sentence.char_end - sentence.char_start <= _LONGEST_LINE
        and sentence.kind != "title"
    )


def _state_line(text: str, sentence: Sentence, countries: Sequence[CountryMention]) -> str | None:
    """The state that a line ending with points or a colon says alone: "Xyz .....", "Xyz:"."""
    if not text.endswith(("..", ":"), 0, sentence.char_end):
        return None
    index = bisect_left(countries, sentence.char_start, key=_mention_start)
    if index == len(countries) or countries[index].char_start != sentence.char_start:
        return None
    rest = text[countries[index].char_end : sentence.char_end]
    return None if any(map(str.isalnum, rest)) else countries[index].country


def _person(
    document: Document,
    ordinal: int,
    name: Name,
    previous: Sequence[PersonMention],
    lexicon: PeopleLexicon,
) -> PersonMention:
    """Put a bound name into a record; ``previous`` is the person named before, if any."""
    ranked: list[tuple[int, Office]] = []
    roles: set[str] = set()
    country = name.country
    for office in name.offices:
        country = country or office.country
        if office.class_ == "counterpart":
            roles.update(role for person in previous for role in person.roles)
        elif role := role_of(office, name.country, lexicon):
            ranked.append((_RANK[role], office))
            roles.add(role)
    unknown_state = name.unknown_state or next(
        (office.unknown_state for office in name.offices if office.unknown_state), None
    )
    organisation = None
    if ranked:
        if len(ranked) > 1:
            ranked.sort(key=_highest)
        if not ranked[0][1].country:
            organisation = next((o.organisation for _, o in ranked if o.organisation), None)
        if organisation:
            country = None
    if not roles and name.organisation and not country:
        # "Ms. Alisjahbana of ESCAP"
        organisation, roles = name.organisation, {"organisation_official"}
    elif not roles and name.ranked:
        roles = {"military_officer"}
    span = None
    for office in name.offices:
        start, end = span or (office.start, office.end)
        span = min(start, office.start), max(end, office.end)
    held = tuple(sorted(roles, key=_RANK.__getitem__))
    written = document.text[name.start : name.end]
    return PersonMention(
        ordinal, name.start, name.end, written, regular_name(written),
        document.text[slice(*span)] if span else None,
        held[0] if held else None, country, organisation, span, name.rule or "title", held,
        None if country or organisation else unknown_state,
    )  # fmt: skip


def _mention_start(mention: CountryMention) -> int:
    return mention.char_start


def _char_start(sentence: Sentence) -> int:
    return sentence.char_start


def _unknown_office(ordinal: int, span: tuple[int, int]) -> Unresolved:
    return Unresolved(
        ordinal, *span, "office", "office in no word list; en/offices.csv could name it",
        "unknown_office",
    )  # fmt: skip


def _unknown_state(ordinal: int, span: tuple[int, int]) -> Unresolved:
    return Unresolved(
        ordinal, *span, "country", "state in no word list; en/countries.csv could name it",
        "unknown_state",
    )  # fmt: skip


def _highest(held: tuple[int, Office]) -> tuple[int, bool]:
    """Key that puts the highest office first, one held now before a former or honorary one."""
    return held[0], held[1].former


def _stranger(
    document: Document,
    ordinal: int,
    name: Name,
    office: tuple[int, int, str | None, str | None],
) -> PersonMention:
    """A person whose office is in no lexicon: "X, Chief Sherpa of India"."""
    start, end, country, organisation = office
    written = document.text[name.start : name.end]
    role = "organisation_official" if organisation and not country else "other_official"
    return PersonMention(
        ordinal, name.start, name.end, written, regular_name(written), document.text[start:end],
        role, country, None if country else organisation, (start, end), "unknown_office", (role,),
    )  # fmt: skip
