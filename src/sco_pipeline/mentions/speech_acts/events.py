"""What is to come: the next meeting, and what the parties say they will do."""

from __future__ import annotations

import re

from sco_pipeline.mentions.speech_acts.actors import NOBODY, Actor
from sco_pipeline.mentions.speech_acts.clause import Clause
from sco_pipeline.mentions.speech_acts.cues import Word
from sco_pipeline.mentions.speech_acts.drafts import Cue, Draft
from sco_pipeline.mentions.speech_acts.grammar import (
    CONJUNCTIONS,
    VerbGroup,
    clause_start,
    in_open_relative,
    last_word,
    read_verb_group,
)
from sco_pipeline.terms import Term

#: Characters after a verb within which a bare year dates the verb itself.
_NEAR = 60
_NEXT_VERB = re.compile(r"(?: (?:not|also|further|together|always|soon|[a-z]+ly))* ([a-z][\w-]*)")
_PASSIVE_NEXT = re.compile(r" [a-z]+(?:ed|own|eld)\b")
# "The [53rd AMM] will be convened"
_NUMBERED = re.compile(r"\b\d{1,3}(?:st|nd|rd|th) [A-Z]{2,6}\b")
# "postponed to 9 November", "moved to May"
_DATE = re.compile(r" (?:\d|[A-Z])")

# "documents that show [how the Union and the Commission] will interact"
_CONTENT = re.compile(r"\b(?:how|what|where|whether|which|who) [^,;:]*$")


class Events:
    """Meetings to come and promises, of one document."""

    def __init__(self, clause: Clause) -> None:
        self._clause = clause

    def event(self, cue: Cue) -> Draft | None:
        """ "The next meeting will be held in ...", "is scheduled for"."""
        clause = self._clause
        folded, end, previous = clause.folded, cue.group.char_start, clause.previous
        lexicon = clause.lexicon
        is_state = cue.pattern.construction == "be_event"
        leads_to_verb = is_state and folded[cue.reach - 2 : cue.reach] == "to"
        if leads_to_verb and not (
            lexicon.held.match(folded, cue.reach, clause.high)
            or _DATE.match(clause.text, cue.reach, clause.high)
        ):
            return None
        start = clause_start(folded, previous.verb_end, end) if previous else clause.low
        subject_start = start
        if previous is not None and folded.startswith(" that ", start):
            subject_start += len(" that")  # "announced [that the next meeting] will be held"
        if in_open_relative(clause.text, subject_start, end):
            return None
        if not (cue.group.will or is_state) and (
            cue.tense == "past" or not lexicon.coming.search(folded, start, end)
        ):
            return None
        if not (
            lexicon.meetings.search(folded, start, end) or _NUMBERED.search(clause.text, start, end)
        ) and not (
            lexicon.meetings.search(folded, cue.reach, min(clause.high, cue.reach + 60))
            if is_state
            else subject_start == start and self._may_meet(clause.finder.subject(start, end), cue)
        ):
            return None
        actor = NOBODY
        if previous is not None and start == previous.verb_end:
            # "The PM announced that the next meeting will be held": one act, his.
            if previous.act not in ("agree", "assess") or previous.rule == "opinion":
                return None
            clause.drafts.remove(previous)
            start = previous.lead
            if previous.act == "agree" or previous.actor.code in ("person", "country", "chair"):
                actor = previous.actor
        draft = clause.draft(cue, actor, start, "event")
        clause.begin_with_auxiliary(draft, cue.group)
        draft.tense = "future"
        draft.has_left_content = True
        return draft

    @staticmethod
    def _may_meet(subject: Actor | None, cue: Cue) -> bool:
        """ "The ministers will meet", "the Council will be convened", but no persons."""
        if subject is None or subject.code in ("person", "country"):
            return False
        return subject.code != "organisation" or not cue.group.be

    def future(self, hit: Term[Word], group: VerbGroup) -> Draft | None:
        """ "will" before a verb that is no cue: a promise, if the subject can make one."""
        clause = self._clause
        following = _NEXT_VERB.match(clause.folded, hit.char_end, clause.high)
        if following is None:
            return None
        at = following.start(1)
        if any(other.char_start == at and other.value.verbs for other in clause.hits):
            return None
        before = last_word(clause.folded, clause.low, at)
        group = read_verb_group(clause.folded, clause.low, at, before, clause.lexicon)
        return self.promise(at, following.end(1), group)

    def promise(self, verb_start: int, verb_end: int, group: VerbGroup) -> Draft | None:
        """ "The member states will continue cooperation in ..."."""
        clause = self._clause
        folded, previous, end = clause.folded, clause.previous, group.char_start
        if group.is_infinitive or group.modal or group.is_conditional:
            return None
        if clause.lexicon.idle.match(folded, verb_start):
            return self._venue(verb_start, verb_end, group)
        if previous and last_word(folded, clause.low, end - 1) in CONJUNCTIONS:
            if previous.is_clausal and previous.tense != "future":
                return None  # "agreed that the Initiative is new and will help"
            actor, start = previous.actor, end
        else:
            found = clause.finder.subject(previous.verb_end if previous else clause.low, end)
            if found is None or not clause.is_main(found, "future"):
                return None
            if previous is None and _CONTENT.search(folded, clause.low, found.char_start):
                return None
            actor, start = found, found.char_start if previous else clause.low
        if actor.code not in ("participants", "member_states", "organisation"):
            return None
        if actor.use in ("document", "talks"):
            return None
        if actor.use == "first_pronoun" and clause.in_quotes(verb_start):
            return None
        return Draft(
            start, end, verb_end, folded[verb_start:verb_end],
            "agree", group.negated, actor, "future", "promise", clause.low, end, verb_end,
            is_explicit=True, is_infinitive=True,
        )  # fmt: skip

    def _venue(self, verb_start: int, verb_end: int, group: VerbGroup) -> Draft | None:
        """ "The venue of the next meeting will be Moscow"."""
        clause = self._clause
        folded, end = clause.folded, group.char_start
        if (
            clause.drafts
            or folded[verb_start:verb_end] != "be"
            or _PASSIVE_NEXT.match(folded, verb_end)
        ):
            return None
        if not (
            clause.lexicon.venues.search(folded, clause.low, end)
            or clause.lexicon.venues.search(folded, verb_end, min(clause.high, verb_end + _NEAR))
        ):
            return None
        return Draft(
            clause.low, end, verb_end, "be", "schedule", False, NOBODY, "future", "event",
            clause.low, end, verb_end, has_left_content=True,
        )  # fmt: skip
