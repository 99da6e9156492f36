"""Words that are no verb: "are of the opinion", "there was a discussion of", "in his words"."""

from __future__ import annotations

import re

from sco_pipeline.mentions.speech_acts.actives import Actives
from sco_pipeline.mentions.speech_acts.actors import IMPLIED, Actor
from sco_pipeline.mentions.speech_acts.clause import BESIDE, Clause
from sco_pipeline.mentions.speech_acts.cues import Pattern, Word
from sco_pipeline.mentions.speech_acts.drafts import Cue, Draft
from sco_pipeline.mentions.speech_acts.events import Events
from sco_pipeline.mentions.speech_acts.grammar import (
    SUBORDINATORS,
    VerbGroup,
    in_open_relative,
    last_word,
)
from sco_pipeline.terms import Term

# "in their common opinion", "it was the general view that"
_IN_OPINION = re.compile(r"\b(?:in|according to|by|to|is|was|were) (?:the |their |our |a )?$")
# "in his words"
_IN_OWN = re.compile(r"^(?:in|according to) (?:(?P<one>his|her)|their|our) $")
# "in [the minister]'s view,"
_IN_POSSESSIVE = re.compile(r"^in (?P<who>[^,;]{2,60})'s $")
_IN = re.compile(r"(?:in|according to|by|to) $")
# "[they] are against": a form of "be" inside the cue itself
_STARTS_WITH_BE = re.compile(r"(?:am|is|are|was|were) ")

# "according [to him]"
_PRONOUN = re.compile(r" (?:him|her)\b")


class Phrases:
    """Nominal wordings, of one document."""

    def __init__(self, clause: Clause, events: Events, actives: Actives) -> None:
        self._clause = clause
        self._events = events
        self._actives = actives

    def phrase(self, hit: Term[Word], pattern: Pattern, group: VerbGroup) -> Draft | None:
        """Words that are no verb: "are of the opinion", "there was a discussion of"."""
        clause = self._clause
        folded, low = clause.folded, clause.low
        reach, construction = hit.char_end, pattern.construction
        if construction in ("opinion", "opinion_of"):
            return self._opinion(hit, pattern, group)
        end = group.char_start
        is_state = False  # "Conscious of the risks, the sides agreed"
        if construction == "be_content":
            be = clause.lexicon.becoming.search(folded, low, hit.char_start)
            if be is None:
                return None
            end = be.start()
        elif construction != "phrase":
            if not (group.be or group.link or _STARTS_WITH_BE.match(folded, hit.char_start)):
                if group.char_start != low or clause.drafts or not _is_state(pattern):
                    return None
                is_state = True
            if group.will and construction != "be_event":
                return None
        if pattern.after:
            match = clause.match_after(pattern.after, reach)
            if match is None:
                return None
            reach = match.end()
        if (
            construction == "be"
            and pattern.lemma.endswith(" to")
            and clause.lexicon.attending.match(folded, reach + 1)
        ):
            return None  # "are set to attend": expected, not promised
        tense = group.tense or "present"
        cue = Cue(hit.char_start, hit.char_end, None, group, pattern, reach, tense)
        if is_state:
            clause.opening = cue
            return None
        if construction == "phrase":
            if last_word(folded, low, hit.char_start - 1) in SUBORDINATORS:
                return None
            return clause.draft(cue, IMPLIED, hit.char_start, "phrase")
        if construction == "be_event":
            return self._events.event(cue)
        if construction == "be_content":
            return self.content(cue, end)
        if last_word(folded, low, group.char_start - 1) == "it":
            return None  # "It was agreed": the passive of a verb
        draft = self._actives.acting(cue)
        if draft:
            clause.begin_with_auxiliary(draft, group)
        return draft

    def _opinion(self, hit: Term[Word], pattern: Pattern, group: VerbGroup) -> Draft | None:
        """ "in their common opinion", "in the opinion of the ministers", "in his words"."""
        clause = self._clause
        head = clause.folded[clause.low : hit.char_start]
        noun = None
        if pattern.subject:  # "it is [necessary], in our view, to"
            noun = pattern.subject.search(head)
            if noun is None:
                return None
        actor = self._who_holds(hit, pattern, head)
        if actor is None or (actor.char_end and actor.char_start - hit.char_end > 1):
            return None
        cue = Cue(hit.char_start, hit.char_end, None, group, pattern, hit.char_end, "present")
        draft = clause.draft(cue, actor, clause.low, "opinion")
        if noun:
            draft.verb_start = clause.low + noun.start()
        return draft

    def _who_holds(self, hit: Term[Word], pattern: Pattern, head: str) -> Actor | None:
        """Whose opinion it is; None where the words before it make it no opinion."""
        clause = self._clause
        if pattern.construction == "opinion_of":
            if head and not _IN.search(head):
                return None
            after = _PRONOUN.match(clause.folded, hit.char_end, clause.high)
            if after:
                return clause.finder.person_before(hit.char_start)
            actor = clause.finder.first_mentioned(
                hit.char_end, min(clause.high, hit.char_end + 120)
            )
            # "According to the ministry, 30 guests are expected": news, no opinion
            is_holder = actor and (
                actor.code == "person"
                or (actor.code == "organisation" and clause.folded[actor.char_end] == ",")
            )
            return actor if head or is_holder else None
        own = _IN_OWN.search(head)
        if own:
            return clause.finder.person_before(hit.char_start - 1) if own["one"] else IMPLIED
        holder = _IN_POSSESSIVE.match(head)
        if holder and clause.folded[hit.char_end] == ",":
            return clause.finder.subject(
                clause.low + holder.start("who"), clause.low + holder.end("who")
            )
        is_clear = pattern.subject or " " in pattern.lemma  # not "unanimous in their view"
        return IMPLIED if is_clear and _IN_OPINION.search(head) else None

    def content(self, cue: Cue, end: int) -> Draft | None:
        """ "caused their serious concern", "an exchange of views took place": the subject is
        what the act is about, or the act itself as a noun; it ends at ``end``.
        """
        clause = self._clause
        previous, pattern = clause.previous, cue.pattern
        start = clause.clause_start(end)
        if not clause.folded[start:end].strip() or in_open_relative(clause.text, start, end):
            return None
        if previous is not None and previous.is_clausal and start == previous.verb_end:
            return None
        actor: Actor | None = None
        noun = None
        if pattern.construction == "noun":
            noun = pattern.subject and pattern.subject.search(
                clause.folded, max(start, end - 160), end
            )
            if noun is None:
                return None
        else:
            actor = clause.finder.experiencer(cue.char_end, cue.reach)
        draft = clause.draft(cue, actor or IMPLIED, start, pattern.construction)
        draft.has_left_content = True
        if noun and end - noun.start() < BESIDE:
            draft.verb_start = noun.start()
        return draft


def _is_state(pattern: Pattern) -> bool:
    """True for "conscious of", "alarmed by", which may open a sentence without "be"."""
    return pattern.construction == "be" and pattern.act in ("assess", "express_concern")
