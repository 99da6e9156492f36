"""What an act is about: topics, countries and instruments."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from sco_pipeline.mentions.speech_acts.actors import Actor
from sco_pipeline.mentions.speech_acts.cues import SpeechActLexicon
from sco_pipeline.model import CountryMention, InstrumentMention, TopicMention


class Contents:
    """The mentions of one document, found by span."""

    def __init__(
        self,
        folded: str,
        topics: Sequence[TopicMention],
        countries: Sequence[CountryMention],
        instruments: Sequence[InstrumentMention],
    ) -> None:
        self._folded = folded
        self._topics = topics
        self._topic_starts = [topic.char_start for topic in topics]
        self._countries = countries
        self._country_starts = [country.char_start for country in countries]
        self._instrument_starts = [instrument.char_start for instrument in instruments]

    def topics(self, start: int, end: int, actor: Actor | None = None) -> dict[str, None]:
        """Topic codes between two offsets, outside the words that name the actor."""
        found: dict[str, None] = {}
        index = bisect_left(self._topic_starts, start)
        while index < len(self._topics) and self._topics[index].char_start < end:
            topic = self._topics[index]
            if actor is None or not actor.char_start <= topic.char_start < actor.char_end:
                found[topic.topic] = None
            index += 1
        return found

    def section_topics(self, start: int, end: int) -> dict[str, None]:
        """Topics of a heading that is little more than their names: "Counter-terrorism"."""
        first = bisect_left(self._topic_starts, start)
        terms = self._topics[first : bisect_left(self._topic_starts, end, first)]
        named = sum(stop - begin for begin, stop in {(t.char_start, t.char_end) for t in terms})
        return dict.fromkeys(t.topic for t in terms) if 2 * named > end - start else {}

    def points_back(
        self,
        act: str,
        lead: int,
        start: int,
        end: int,
        lexicon: SpeechActLexicon,
        *,
        is_alone: bool,
        is_near: bool,
    ) -> bool:
        """True if what an act is about was named in the act before.

        Args:
            act: Code of the act.
            lead: First character of its clause: "In this matter they ...".
            start: First character of its content.
            end: Character after it.
            lexicon: The words that point back.
            is_alone: The content shows no topic itself.
            is_near: The act before stands in the same sentence.
        """
        if not is_alone:
            return lexicon.strong_echo.search(self._folded, lead, end) is not None
        if lexicon.echo.search(self._folded, lead, end):
            return True
        is_near = is_near and act not in ("schedule", "thank")
        return is_near and lexicon.near_echo.search(self._folded, start, end) is not None

    def countries(self, start: int, end: int, actor: Actor | None = None) -> tuple[str, ...]:
        """Countries between two offsets, outside the words that name the actor."""
        found: dict[str, None] = {}
        index = bisect_left(self._country_starts, start)
        while index < len(self._countries) and self._countries[index].char_start < end:
            country = self._countries[index]
            if actor is None or not actor.char_start <= country.char_start < actor.char_end:
                found[country.country] = None
            index += 1
        return tuple(found)

    def instruments(self, start: int, end: int) -> tuple[int, ...]:
        """Indexes of the instruments named between two offsets."""
        first = bisect_left(self._instrument_starts, start)
        return tuple(range(first, bisect_left(self._instrument_starts, end)))
