"""To whom an act is directed: "instructed [the Secretariat] to", "thanked [the hosts] for"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from sco_pipeline.mentions.speech_acts.actors import ActorFinder
from sco_pipeline.mentions.speech_acts.cues import SpeechActLexicon
from sco_pipeline.mentions.speech_acts.drafts import Draft
from sco_pipeline.model import CountryMention, Document
from sco_pipeline.terms import Term

#: Acts that ask somebody to do something, and the one that thanks.
_ASKING = frozenset({"call_for", "instruct"})
_THANKING = "thank"
_REACH = 140
# "called on Iran [to] comply", "tasked the experts [with] drafting", "asked them [not to]"
_TASK = re.compile(r",? (?:not to|to|with)(?= [a-z])|[.;:]")
# "the Taliban", "Hamas": a name that no word list has
_NAME = re.compile(r"(?:the |all )?[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,2}")


class Addressee(NamedTuple):
    """Whom an act is directed to; country and organisation where they are one."""

    char_start: int
    char_end: int
    country: str | None
    organisation: str | None


class Addressees:
    """Finds whom the acts of one document are directed to."""

    def __init__(
        self,
        document: Document,
        finder: ActorFinder,
        countries: Sequence[CountryMention],
        organisations: Sequence[Term[str]],
        lexicon: SpeechActLexicon,
    ) -> None:
        self._lexicon = lexicon
        self._text = document.text
        self._folded = document.folded
        self._finder = finder
        self._countries = [(found.char_start, found.country) for found in countries]
        self._organisations = [(found.char_start, found.value) for found in organisations]

    def find(self, draft: Draft, end: int) -> Addressee | None:
        """The addressee of an act whose clause ends at ``end``."""
        if draft.act not in _ASKING and draft.act != _THANKING:
            return None
        if draft.has_left_content and draft.verb_start >= draft.group_start:
            # "The Secretariat was instructed to": the subject of the passive
            subject = self._finder.subject(draft.lead, draft.group_start)
            if subject is None:
                return None
            words = self._folded[subject.char_start : draft.group_start].strip()
            if words in self._lexicon.pronouns:
                return None  # "it was proposed"
            return self._resolved(subject.char_start, draft.group_start)
        if draft.act == _THANKING:
            return self._thanked(draft, end)
        return self._asked(draft.word_end, end) or self._asked(draft.verb_end, end)

    def _asked(self, start: int, end: int) -> Addressee | None:
        particles = self._lexicon.particles.match(self._folded, start, end)
        if particles is None:
            return None
        start = particles.end()
        if self._folded.startswith("that ", start):
            return None  # "proposed that the member states follow": what is said, to nobody
        task = _TASK.search(self._folded, start, min(end, start + _REACH))
        if task is None or task.group()[0] in ".;:":
            return None
        is_named = self._finder.is_noun_phrase_of_actor(start, task.start())
        if not is_named and not _NAME.fullmatch(self._text, start, task.start()):
            return None
        return self._resolved(start, task.start())

    def _thanked(self, draft: Draft, end: int) -> Addressee | None:
        particles = self._lexicon.particles.match(self._folded, draft.verb_end, end)
        if particles is None:
            return None
        start = particles.end()
        occasion = self._lexicon.occasion.search(self._folded, start, min(end, start + _REACH))
        stop = occasion.start() if occasion else min(end, start + _REACH)
        is_named = self._finder.is_noun_phrase_of_actor(start, stop)
        if not is_named and not self._lexicon.people.match(self._folded, start, stop):
            return None
        return self._resolved(start, stop)

    def _resolved(self, start: int, end: int) -> Addressee:
        end = start + len(self._folded[start:end].rstrip(" ,"))
        return Addressee(
            start,
            end,
            _only_one(self._countries, start, end),
            _only_one(self._organisations, start, end),
        )


def _only_one(named: Sequence[tuple[int, str]], start: int, end: int) -> str | None:
    """The code of what is named between two offsets, if it is one."""
    first = bisect_left(named, (start, ""))
    codes = {code for _, code in named[first : bisect_left(named, (end, ""), first)]}
    return codes.pop() if len(codes) == 1 else None
