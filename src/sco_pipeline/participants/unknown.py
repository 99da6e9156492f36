"""States in lists of those who took part that are in no word list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from sco_pipeline.model import CountryMention, Document, PersonMention, Sentence, Unresolved
from sco_pipeline.participants.cues import CueFinder
from sco_pipeline.terms import Term

#: Characters between two states of a list with one unknown word between them.
_LONGEST_GAP: Final = 80
_NAMES: Final = frozenset({"long_name", "name"})
_JOINT = r"(?:,|,? and|,? as well as) (?:the )?"
# "Xyz", "Republic of Xyz"
_STATE = r"([A-Z][\w'’-]+(?: (?:of (?:the )?)?[A-Z][\w'’-]+){0,3})"
# "[Kazakhstan], Xyz and [Russia]"
_BETWEEN = re.compile(rf"{_JOINT}{_STATE}{_JOINT}")
# "delegations of Xyz, [Kazakhstan]"
_BEFORE = re.compile(rf"\b(?:of|from) (?:the )?{_STATE}{_JOINT}$")
# "[Kazakhstan], [Russia] and Xyz took"
_BEHIND = re.compile(rf"{_JOINT}{_STATE}(?= [a-z]|[.;])")


def find_unknown_states(
    document: Document,
    sentences: Sequence[Sentence],
    countries: Sequence[CountryMention],
    organisations: Sequence[Term[str]],
    people: Sequence[PersonMention],
    finder: CueFinder,
) -> list[Unresolved]:
    """Find "Xyz" in "Delegations of Kazakhstan, Xyz and Russia took part".

    Args:
        document: The document.
        sentences: Its sentences, in order.
        countries: Its country mentions, in order.
        organisations: Its organisation mentions; they are no states.
        people: Its person mentions; they and their offices are no states.
        finder: Its wordings of taking part.

    Returns:
        One record of kind ``country`` per word.
    """
    found: list[Unresolved] = []
    for ordinal, start, end in _words_in_lists(document.text, sentences, countries):
        sentence = sentences[ordinal]
        last_word = document.folded[start:end].rpartition(" ")[2]
        if (
            last_word not in finder.lexicon.common
            and finder.delegates(sentence)
            and any(cue.code == "attended" for _, _, cue in finder.cues(sentence))
            and not _is_known(start, end, countries, organisations, people)
        ):
            found.append(
                Unresolved(
                    ordinal, start, end, "country",
                    "state in no word list; en/countries.csv could name it", "unknown_state",
                )
            )  # fmt: skip
    return found


def _words_in_lists(
    text: str, sentences: Sequence[Sentence], countries: Sequence[CountryMention]
) -> Iterator[tuple[int, int, int]]:
    """Yield sentence and span of what stands in a list of states and is none that is known."""
    for left, right in pairwise(countries):
        gap = right.char_start - left.char_end
        if (
            left.sentence != right.sentence
            or gap > _LONGEST_GAP
            or left.form not in _NAMES
            or right.form not in _NAMES
            or text[left.char_end] not in ", "
        ):
            continue
        ordinal = left.sentence
        if match := _BETWEEN.fullmatch(text, left.char_end, right.char_start):
            yield ordinal, *match.span(1)
        elif gap <= len(", and the "):
            sentence = sentences[ordinal]
            first = max(sentence.char_start, left.char_start - _LONGEST_GAP)
            if match := _BEFORE.search(text, first, left.char_start):
                yield ordinal, *match.span(1)
            match = _BEHIND.match(text, right.char_end, sentence.char_end)
            if match and not text.startswith((" and", " as"), match.end()):
                yield ordinal, *match.span(1)


def _is_known(
    start: int,
    end: int,
    countries: Sequence[CountryMention],
    organisations: Sequence[Term[str]],
    people: Sequence[PersonMention],
) -> bool:
    """Whether a state, organisation, person or office is known where the word stands."""
    spans = [(country.char_start, country.char_end) for country in countries]
    spans += [(organisation.char_start, organisation.char_end) for organisation in organisations]
    spans += [(person.char_start, person.char_end) for person in people]
    spans += [person.office_span for person in people if person.office_span]
    return any(first < end and start < last for first, last in spans)
