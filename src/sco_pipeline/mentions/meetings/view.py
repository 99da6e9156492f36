"""A document as the finders of meetings see it: its parts, and how much each one's place counts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Final

from sco_pipeline.mentions.meetings.lines import Line, Place, Tagger
from sco_pipeline.mentions.meetings.words import MeetingLexicon
from sco_pipeline.model import (
    CountryMention,
    DateMention,
    Document,
    PersonMention,
    Sentence,
)
from sco_pipeline.terms import Term

#: Weight of a title, of a heading at the head, and of the first sentences of the text.
_TITLE, HEADING, _SENTENCES, REST = 3.0, 2.5, (3.0, 2.0, 1.5, 1.0, 1.0, 0.7, 0.7), 0.3
#: A sentence not longer than this ("ASTANA.") is not counted as one of the first.
_DATELINE_LENGTH: Final = 30
#: Least weight of a phrase that can speak of the document's subject.
LEAD: Final = 1.0


class View:
    """The parts of one document.

    Attributes:
        words: Terms of the lexicon.
        weights: By sentence, how much its place speaks for its meetings being the subject.
        tagger: Rewrites sentences as lines.
        home: City of the dateline.
    """

    def __init__(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        dates: Sequence[DateMention],
        cities: Sequence[Term[Any]],
        countries: Sequence[CountryMention],
        organisations: Sequence[Term[str]],
        people: Sequence[PersonMention],
        lexicon: MeetingLexicon,
    ) -> None:
        self.document = document
        self.sentences = sentences
        self.dates = dates
        self.cities = cities
        self.countries = countries
        self.organisations = organisations
        self.people = people
        self.lexicon = lexicon
        self.words = lexicon.words.find(document.text, document.folded)
        self.weights = _weigh(sentences)
        self.tagger = Tagger(
            document, dates, cities, countries, organisations, people, self.words, lexicon
        )
        self.home = _dateline_city(document, cities)
        self._starts = [sentence.char_start for sentence in sentences]

    def sentence_at(self, offset: int) -> int:
        """Index of the last sentence that begins at or before an offset, -1 if none does."""
        return bisect_right(self._starts, offset) - 1

    def whole_line(self, sentence: Sentence) -> Line:
        """The line of a whole sentence."""
        return self.tagger.line(sentence, sentence.char_start, sentence.char_end)


def _weigh(sentences: Sequence[Sentence]) -> list[float]:
    """Return how much each sentence's place speaks for its meeting being the subject."""
    weights: list[float] = []
    rank = 0
    for sentence in sentences:
        if sentence.kind == "title":
            weights.append(_TITLE)
        elif sentence.kind == "heading" and rank == 0:
            weights.append(HEADING)
        else:
            weights.append(_SENTENCES[rank] if rank < len(_SENTENCES) else REST)
            rank += sentence.char_end - sentence.char_start > _DATELINE_LENGTH
    return weights


def _dateline_city(document: Document, cities: Sequence[Term[Any]]) -> Place | None:
    """Return the first city that opens a paragraph: "ISLAMABAD: The Organisation's ..."."""
    starts = {block.char_start for block in document.blocks if block.kind == "paragraph"}
    return next((city.value for city in cities if city.char_start in starts), None)
