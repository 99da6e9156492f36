"""Mentions of one person in a document: linking them, and finding those without an office."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from sco_pipeline.mentions.people.lexicon import FUNCTION_WORDS, PeopleLexicon
from sco_pipeline.mentions.people.names import family_name, full_words, initials, is_same
from sco_pipeline.model import Document, PersonMention, Sentence
from sco_pipeline.terms import fold

_FUNCTION_TAGS = frozenset(FUNCTION_WORDS.values())
#: How far a name reaches on either side of its family name.
_REACH = 40

# The words on either side of "Nurtleu" in "Minister Nurtleu told", "Zhang Ming lauded".
_WORD_BEFORE = re.compile(r"([^\W\d_]{1,3}\.|[^\W\d_]+(?:['’\-][^\W\d_]+)*)\s?$")
_WORD_AFTER = re.compile(r"\s([^\W\d_]{1,3}\.|[^\W\d_]+(?:['’\-][^\W\d_]+)*)")


def first_mentions(people: Sequence[PersonMention]) -> list[int]:
    """For each mention the index of the person's first mention in the document."""
    firsts: dict[str, int] = {}
    return [firsts.setdefault(person.name, index) for index, person in enumerate(people)]


def link(people: Sequence[PersonMention]) -> list[PersonMention]:
    """Give all mentions of a person the most complete name, and an office where they have none.

    Mentions after the first get the rule ``later_mention``.
    """
    groups: dict[int, list[int]] = {}
    by_word: dict[str, list[int]] = {}
    for index, person in enumerate(people):
        words = [fold(word) for word in full_words(person.name)]
        candidates = sorted({first for word in words for first in by_word.get(word, ())})
        first = next((c for c in candidates if _may_be_same(people[c], person)), index)
        groups.setdefault(first, []).append(index)
        for word in words:
            by_word.setdefault(word, []).append(first)
    linked = list(people)
    for first, members in groups.items():
        if len(members) == 1:
            continue
        name = max((people[i].name for i in members), key=lambda name: len(full_words(name)))
        known = next((people[i] for i in members if people[i].role), people[first])
        served = next((people[i] for i in members if people[i].country), known)
        unknown = next((people[i].unknown_state for i in members if people[i].unknown_state), None)
        for i in members:
            person = people[i]
            linked[i] = person._replace(
                name=name,
                role=person.role or known.role,
                roles=person.roles or known.roles,
                country=person.country or (None if person.organisation else served.country),
                organisation=person.organisation
                or (None if person.country or served.country else known.organisation),
                rule=person.rule if i == first else "later_mention",
                unknown_state=None if served.country else unknown,
            )
    return linked


def _may_be_same(first: PersonMention, person: PersonMention) -> bool:
    return is_same(first.name, person.name) and not (
        first.country and person.country and first.country != person.country
    )


def later_mentions(
    document: Document,
    sentences: Sequence[Sentence],
    people: Sequence[PersonMention],
    lexicon: PeopleLexicon,
) -> list[PersonMention]:
    """Find where people named with an office are named again without: "Mr. Nurdauletov".

    Args:
        document: The document.
        sentences: Its sentences, in order.
        people: The mentions with an office, linked, in order.
        lexicon: The words about people.
    """
    text = document.text
    keys: dict[str, PersonMention] = {}
    either: dict[str, PersonMention] = {}
    for person in people:
        for name in {person.name, person.name_as_written}:
            key = family_name(name, person.country, lexicon)
            # "He" of "He Lifeng" is found only in the whole name.
            if key and len(key) > 1 and lexicon.tags[key] not in _FUNCTION_TAGS:
                keys.setdefault(key, person)
            if person.organisation or person.country in lexicon.family_name_first:
                # The order is unknown, or not known to all: "Mr. Ming" for Zhang Ming.
                for word in full_words(name):
                    if lexicon.tags[word] in "NQ" and not initials(name):
                        either.setdefault(word, person)
    for word, person in either.items():
        keys.setdefault(word, person)
    starts = [person.char_start for person in people]
    sentence_starts = [sentence.char_start for sentence in sentences]
    later: list[PersonMention] = []
    for key, person in keys.items():
        position = -1
        while (position := text.find(key, position + 1)) >= 0:
            before = bisect_right(starts, position) - 1
            floor = people[before].char_end if before >= 0 else 0
            ordinal = bisect_right(sentence_starts, position) - 1
            if floor > position or ordinal < 0:
                continue
            sentence = sentences[ordinal]
            span = _whole_name(
                text,
                (max(floor, sentence.char_start), sentence.char_end),
                (position, position + len(key)),
                person,
                lexicon,
            )
            if span is None or sentence.char_end < span[1]:
                continue
            later.append(
                person._replace(
                    sentence=ordinal,
                    char_start=span[0],
                    char_end=span[1],
                    name_as_written=text[slice(*span)],
                    role_as_written=None,
                    office_span=None,
                    rule="later_mention",
                )
            )
    later.sort(key=lambda person: person.char_start)
    return [
        person
        for i, person in enumerate(later)
        if i == 0 or person.char_start >= later[i - 1].char_end
    ]


def _whole_name(
    text: str,
    bounds: tuple[int, int],
    span: tuple[int, int],
    person: PersonMention,
    lexicon: PeopleLexicon,
) -> tuple[int, int] | None:
    """Widen a family name at ``span`` to the name as repeated, within ``bounds``.

    None where it is another word or another person's name.
    """
    start, end = span
    floor, ceiling = bounds
    if text[start - 1 : start].isalpha() or text[end : end + 1].isalpha():
        return None
    if text[start - 1 : start] in ("-", "'", "’") or text[end : end + 1] == "-":
        return None
    words = {fold(word) for word in full_words(person.name)}
    letters = {word[0] for word in words}.union(initials(person.name))
    while match := _WORD_BEFORE.search(text, max(floor, start - _REACH), start):
        word = match[1]
        tag = lexicon.tags[word]
        if fold(word) in words or (tag == "I" and fold(word[0]) in letters):
            start = match.start(1)
        elif tag in "NIQ":
            return None
        else:
            break
    while match := _WORD_AFTER.match(text, end, ceiling):
        word = match[1]
        tag = lexicon.tags[word]
        if fold(word) in words or (tag == "I" and fold(word[0]) in letters):
            end = match.end(1)
        elif tag == "N":
            return None
        else:
            break
    return start, end
