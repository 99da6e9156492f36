"""The part of a sentence being read: what every construction knows of it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import date

from sco_pipeline.mentions.speech_acts.actors import Actor, ActorFinder
from sco_pipeline.mentions.speech_acts.cues import Pattern, SpeechActLexicon, VerbForm, Word
from sco_pipeline.mentions.speech_acts.drafts import Cue, Draft
from sco_pipeline.mentions.speech_acts.grammar import (
    CONJUNCTIONS,
    DETERMINERS,
    SUBORDINATORS,
    VerbGroup,
    clause_start,
    in_open_relative,
    last_word,
    opens_content_clause,
    opens_infinitive,
)
from sco_pipeline.model import DateMention, Document
from sco_pipeline.terms import Term

#: Characters after a verb within which a bare year dates the verb itself.
_NEAR = 60
#: Acts on what others did: "welcomed the talks, in which they agreed" tells of the talks.
_REACTIONS = frozenset({"condemn", "express_concern", "support", "thank", "welcome"})
#: Days between a date and the document from which on the date is history.
_RECALLED = 100
#: Characters a noun may stand before the verb and still belong to the words of the act.
BESIDE = 40
_AFTER_COMMA = re.compile(r"[,;:–—-](?: (?:and|but|while|whereas|as well as))? $")
_DATED = re.compile(r"\b(?:in|during|on|for) (?:the )?$")
# "the Declaration, in which [the leaders welcomed]", ", which [they signed]"
_RELATIVE_TO_AN_ACT = re.compile(
    r"(?:,|,? (?:in|at|during)|, (?:under|by|through|with|for|of)) which$|, with whom$|,? wherein$"
)


class Clause:
    """Text, word lists and the acts found so far; moves along the sentences of a document.

    Attributes:
        low, high: First character of the part of the sentence being read (after ";"), and the
            character after the sentence; ``start`` is the sentence's first character.
        drafts: Acts of the sentence so far.
        opening: A participle that opens the sentence and waits for its subject.
        following: Words after the cue being read.
        hits: All cues of the sentence.
        lead_actor: Who the words before a list say acts in it.
        reported: Where a verb of saying ends whose subject only reports; -1 for none.
        last_no_act: Where the last verb stands whose wording is known to be no act.
        semicolon: The next semicolon of the sentence, -1 for none.
    """

    def __init__(
        self,
        document: Document,
        finder: ActorFinder,
        dates: Sequence[DateMention],
        reference: date | None,
        lexicon: SpeechActLexicon,
    ) -> None:
        self.text = document.text
        self.folded = document.folded
        self.finder = finder
        self.lexicon = lexicon
        self._dates = dates
        self._date_starts = [when.char_start for when in dates]
        self._reference = reference
        self.reported = -1
        self.drafts: list[Draft] = []
        self.last_no_act = -1
        self.opening: Cue | None = None
        self.start = self.low = self.high = 0
        self.semicolon = -1
        self._words: list[str] = []  # of the sentence, split where a cue asks for them
        self.is_item = False
        self.lead_actor: Actor | None = None
        self.hits: Sequence[Term[Word]] = ()
        # Of the cue being read: the words after it, and where adverbs right behind it end.
        self.following: list[str] = []
        self._adverbs_end = -1
        self._keys: Collection[str] = ()  # those of the cue that are among them

    def open_sentence(
        self,
        start: int,
        end: int,
        hits: Sequence[Term[Word]],
        *,
        is_item: bool,
        lead_actor: Actor | None,
    ) -> None:
        """Begin a sentence; ``lead_actor`` is who the words before a list say acts in it."""
        self.drafts = []
        self.opening = None
        self.start = self.low = start
        self.high = end
        self.semicolon = self.folded.find(";", start, end)
        self._words = []
        self.hits = hits
        self.is_item = is_item
        self.lead_actor = lead_actor

    def open_segment(self, at: int) -> None:
        """Move to the part between semicolons that holds ``at``."""
        while 0 <= self.semicolon < at:
            self.low = self.semicolon + 1 + self.folded.startswith(" ", self.semicolon + 1)
            self.semicolon = self.folded.find(";", self.low, self.high)

    def look_ahead(self, end: int, word: Word) -> bool:
        """Collect the words that follow a cue, which ends at ``end``; whether a key is there."""
        self._adverbs_end = -1
        if not self._words:
            plain = self.folded[self.start : self.high].replace(",", "").replace(".", "")
            self._words = plain.split(" ")
        after = self.folded.count(" ", self.start, end) + 1
        self.following = following = self._words[after : after + word.reach]
        self._keys = word.keys.intersection(following)
        return bool(self._keys)

    def match(
        self, hit: Term[Word], verb: VerbForm, constructions: frozenset[str]
    ) -> tuple[Pattern, int] | None:
        """The best pattern of an active verb, and where its words end."""
        at = hit.char_end
        best: tuple[float, int] | None = None
        found: tuple[Pattern, int] | None = None
        for pattern in verb.possible(self._keys):
            if pattern.construction not in constructions:
                continue
            if best and pattern.weight < -best[0]:
                break
            end = noun = at
            if pattern.after:
                match = self.match_after(pattern.after, at)
                if match is None:
                    continue
                end = match.end()
                if match.re.groupindex:
                    noun = match.start("noun")
            # Of two as exact, the noun nearest the verb: "expressed readiness to support".
            if best is None or (-pattern.weight, noun) < best:
                best, found = (-pattern.weight, noun), (pattern, end)
        return found

    def match_after(self, after: re.Pattern[str], at: int) -> re.Match[str] | None:
        """Match right behind a verb, or behind an adverb that follows it."""
        match = after.match(self.folded, at, self.high)
        if match is None:
            if self._adverbs_end < 0:
                self._adverbs_end = at
                word = self.following[0] if self.following else ""
                if word[-2:] == "ly" or word in self.lexicon.adverb_starts:
                    adverbs = self.lexicon.after_verb.match(self.folded, at, self.high)
                    if adverbs:
                        self._adverbs_end = adverbs.end()
            if self._adverbs_end > at:
                match = after.match(self.folded, self._adverbs_end, self.high)
        return match

    def match_passive(
        self, at: int, verb: VerbForm, start: int, end: int, constructions: Sequence[str]
    ) -> tuple[Pattern, int, int] | None:
        """The best pattern of a passive that ends ``at``, its subject between two offsets.

        Returns:
            Pattern, where its words end, and where its noun starts in the subject (-1: none).
        """
        subject_words = set(self.folded[start:end].replace(",", " ").split())
        for pattern in verb.patterns:
            if pattern.construction not in constructions:
                continue
            noun, after, keys = -1, pattern.after_passive, pattern.keys
            if pattern.subject:
                subject = None
                if not pattern.subject_keys.isdisjoint(subject_words):
                    subject = pattern.subject.search(self.folded, start, end)
                if subject:
                    noun, keys = subject.start(), frozenset()
                elif pattern.construction == "verb":
                    after = pattern.after  # "the exercise was given high marks"
                else:
                    continue
            if keys and keys.isdisjoint(self._keys):
                continue
            reach = at
            if after:
                match = self.match_after(after, reach)
                if match is None:
                    continue
                reach = match.end()
            return pattern, reach, noun
        return None

    @property
    def previous(self) -> Draft | None:
        """The act before in the same part of the sentence."""
        draft = self.drafts[-1] if self.drafts else None
        return draft if draft and draft.segment == self.low else None

    def opens_part(self, low: int, at: int) -> bool:
        """True where a subject at ``at`` follows a comma, not "the Council and [the SCO]"."""
        return _AFTER_COMMA.search(self.folded, low, at) is not None

    def is_main(self, actor: Actor, tense: str) -> bool:
        """True where the clause that ``actor`` opens is no part of another act or noun."""
        low, previous = self.low, self.previous
        before = self.folded[low : actor.char_start].rstrip()
        word = last_word(before, 0, len(before))
        if word == "that" and low + len(before) - self.reported <= len(" that"):
            return True  # "Xinhua reported that the sides agreed"
        if before.endswith(("this is why", "that is why")):
            return True
        if word in SUBORDINATORS:
            return (
                actor.code in ("participants", "person", "member_states")
                and (
                    previous is None
                    or previous.act not in _REACTIONS
                    or not before.endswith((" in which", " at which"))
                )
                and (tense != "present" or previous is not None)
                and _RELATIVE_TO_AN_ACT.search(before) is not None
            )
        if previous is None:
            # "The measures the parties agreed" is one noun, "In Moscow the parties" is not.
            opening = before.partition(" ")[0]
            return (
                not before or word[-1] == "," or word in CONJUNCTIONS or opening not in DETERMINERS
            )
        boundary = clause_start(self.folded, previous.verb_end, actor.char_start)
        if boundary > previous.verb_end:
            return not in_open_relative(self.text, boundary, actor.char_start)
        if word in CONJUNCTIONS:
            return not previous.is_clausal or previous.tense == tense
        return before.endswith(",") and not previous.is_clausal and not previous.is_infinitive

    def draft(
        self, cue: Cue, actor: Actor, lead: int, rule: str, *, explicit: bool = False
    ) -> Draft:
        pattern, group = cue.pattern, cue.group
        act = pattern.negated_act if group.negated else pattern.act
        if act == "support" and group.will:
            act = "agree"
        return Draft(
            lead, cue.char_start, cue.reach, pattern.lemma, act, group.negated, actor, cue.tense,
            rule, self.low, group.char_start, cue.char_end, is_explicit=explicit,
            is_clausal=pattern.lemma in self.lexicon.bare_that
            or opens_content_clause(self.following),
            is_infinitive=opens_infinitive(self.following),
        )  # fmt: skip

    def begin_with_auxiliary(self, draft: Draft, group: VerbGroup) -> None:
        """ "[are] of the opinion", "[will be] held": where the words of the act begin."""
        if draft.verb_start - group.char_start < BESIDE:
            draft.verb_start = group.char_start

    def clause_start(self, end: int) -> int:
        previous = self.previous
        if previous is None:
            return self.low
        return clause_start(self.folded, previous.verb_end, end, loose=True)

    def in_quotes(self, at: int) -> bool:
        start = self.folded.rfind("\n", 0, at) + 1
        if self.folded.find('"', start, at) < 0:
            return False
        end = self.folded.find("\n", at)
        if self.folded.count('"', start, end if end >= 0 else len(self.folded)) % 2:
            start = self.start  # a mark is missing somewhere in the paragraph
        return self.folded.count('"', start, at) % 2 == 1

    def is_dated_back(self, start: int) -> bool:
        """True where a past day follows: "signed a memorandum in October 2007" tells history."""
        if self._reference is None:
            return False
        index = bisect_left(self._date_starts, start)
        if index == len(self._dates) or self._dates[index].char_start > min(self.high, start + 120):
            return False
        when = self._dates[index]
        head = self.folded[start : when.char_start]
        return (
            head.endswith((" in ", " on "))
            and (self._reference - (when.ends_on or when.starts_on)).days > _RECALLED
            and self._reference.year != when.starts_on.year
            and self.lexicon.own_verb.search(head) is None
        )

    def is_recalled(self, start: int, end: int) -> bool:
        """True where a date between two offsets lies long before the document's own."""
        if self._reference is None:
            return False
        index = bisect_left(self._date_starts, start)
        while index < len(self._dates) and self._dates[index].char_start < end:
            when = self._dates[index]
            if when.inferred:
                return False
            if when.precision != "day" and when.char_start - start > _NEAR:
                return False
            if (self._reference - (when.ends_on or when.starts_on)).days > _RECALLED:
                if when.precision == "year" and self._reference.year == when.starts_on.year:
                    return False
                head = self.folded[max(0, when.char_start - 12) : when.char_start]
                return _DATED.search(head) is not None
            index += 1
        return False


def reference_date(document: Document, dates: Sequence[DateMention]) -> date | None:
    """The day the document speaks from: its publication, or the first day it names.

    A first day long before the latest date is history, not the day of the meeting.
    """
    if document.published_on:
        return document.published_on
    first = next((when.starts_on for when in dates if when.precision == "day"), None)
    latest = max((when.starts_on for when in dates), default=None)
    return latest if first and latest and (latest - first).days > 800 else first
