"""The passive: "it was noted", "was heard and approved", "also reviewed was"."""

from __future__ import annotations

import re

from sco_pipeline.mentions.speech_acts.actors import IMPLIED, can_do
from sco_pipeline.mentions.speech_acts.clause import BESIDE, Clause
from sco_pipeline.mentions.speech_acts.cues import PARTICIPLE, VerbForm, Word
from sco_pipeline.mentions.speech_acts.drafts import Cue, Draft
from sco_pipeline.mentions.speech_acts.events import Events
from sco_pipeline.mentions.speech_acts.grammar import (
    VerbGroup,
    clause_start,
    in_open_relative,
    last_word,
)
from sco_pipeline.terms import Term

_PASSIVE_RULES = frozenset({"passive", "coordinated_passive"})
# "Also reviewed was", "Cleared for the presidents' consideration were"
_INVERTED = re.compile(r"(?: [\w'-]+){0,9}? (?:was|were|is|are|has been|have been)\b")
# "It was noted", "as was noted", "and it was": no subject that means anything
_DUMMY = re.compile(r"(?:^|\b(?:and|also|but|while|,) )(?:it|as|as it)$|(?:^| )it$|, as$")
_DEPENDENT_IT = re.compile(r"\b(?:which|that|because|if|when|where) it$")
# "No agreement was reached"
_NOTHING = re.compile(r"(?:[Nn]o|[Nn]othing|[Nn]one|[Nn]either)\b")

# "..., [the experts being] tasked to", "..., with [the experts] tasked to": no main verb
_ABSOLUTE = re.compile(r", (?:with )?((?:the|an?|two|three|all) (?:[\w'-]+ ){1,5}|[\w'-]+ )$")
# "signed by the heads [of delegations.]"
_ENDS = re.compile(r"(?: of [a-z ]+)?\.?")


class Passives:
    """Acts in the passive, of one document."""

    def __init__(self, clause: Clause, events: Events) -> None:
        self._clause = clause
        self._events = events

    def passive(self, hit: Term[Word], verb: VerbForm, group: VerbGroup) -> Draft | None:
        clause = self._clause
        folded, end, previous = clause.folded, group.char_start, clause.previous
        start = clause.clause_start(end)
        region_start = max(start, end - 240)
        region = folded[region_start:end].rstrip()
        match = clause.match_passive(
            hit.char_end, verb, region_start, end,
            ("event", "verb", "passive") if group.will else ("verb", "passive", "noun", "event"),
        )  # fmt: skip
        if match is None or match[0].act == "none":
            return None
        pattern, reach, noun = match
        if group.progressive and not group.tense:
            return self.absolute(
                Cue(hit.char_start, hit.char_end, verb, group, pattern, reach, "past")
            )
        if group.modal and pattern.act == pattern.negated_act:
            return None
        cue = Cue(hit.char_start, hit.char_end, verb, group, pattern, reach, group.tense or "past")
        if pattern.construction == "event":
            return self._events.event(cue)
        if not region or (region == "this" and pattern.group == "say"):
            return None  # "This was stated by the minister": of what was said before
        is_wire = pattern.lemma in clause.lexicon.wire_verbs
        if is_wire and (region.endswith("it") or region.startswith("as ")):
            return None  # "Earlier it was reported that", "As Interfax was informed"
        if group.will and pattern.act not in ("discuss", "agree"):
            return None
        if previous is not None:
            hard = clause_start(folded, previous.verb_end, end)
            if previous.is_clausal and hard == previous.verb_end and not previous.has_left_content:
                return None
            if start == previous.verb_end and not previous.is_attribution:
                return None
        is_dummy = _DUMMY.search(region) is not None
        if is_dummy and _DEPENDENT_IT.search(region):
            return None
        agent, is_foreign = clause.finder.agent(hit.char_end, clause.high)
        if not is_dummy and in_open_relative(clause.text, start, end):
            # "... the Protocol, which was signed by the heads of delegations."
            is_last = agent and _ENDS.fullmatch(folded, agent.char_end, clause.high)
            if not (is_last and pattern.act == "adopt" and region.endswith("which")):
                return None
        if is_foreign or (agent and not can_do(agent, pattern)):
            return None
        if group.progressive or (group.tense == "present" and not (is_dummy or noun >= 0 or agent)):
            return None
        if (
            clause.is_recalled(hit.char_end, min(clause.high, hit.char_end + 160))
            or clause.is_recalled(start, end)
            or clause.lexicon.past_time.match(folded, hit.char_end, clause.high)
        ):
            return None
        draft = clause.draft(cue, agent or IMPLIED, start, "passive", explicit=agent is not None)
        if noun >= 0 and end - noun < BESIDE:
            draft.verb_start = noun
        draft.negated |= _NOTHING.match(clause.text, start) is not None
        draft.has_left_content = True
        draft.is_attribution = is_dummy and (region.endswith("as") or region.startswith("as it"))
        draft.is_clausal &= is_dummy and not draft.is_attribution
        return draft

    def coordinated(
        self, start: int, end: int, verb: VerbForm | None, group: VerbGroup
    ) -> Draft | None:
        """ "was heard and approved": one subject, two passives."""
        clause = self._clause
        previous = clause.drafts[-1]
        if verb is None or previous.rule not in _PASSIVE_RULES or not verb.forms & PARTICIPLE:
            return None
        before = last_word(clause.folded, clause.low, group.char_start - 1)
        if before != "and" and before[-1:] != ",":
            return None
        match = clause.match_passive(
            end, verb, previous.lead, previous.verb_start, ("verb", "passive")
        )
        if match is None or match[0].act == "none":
            return None
        cue = Cue(start, end, verb, group, match[0], match[1], previous.tense)
        draft = clause.draft(cue, previous.actor, group.char_start, "coordinated_passive")
        draft.has_left_content = True
        return draft

    def absolute(self, cue: Cue) -> Draft | None:
        """ "..., the experts being tasked to", "..., with the experts mandated to"."""
        clause, previous = self._clause, self._clause.previous
        if previous is None or cue.pattern.act not in ("adopt", "instruct"):
            return None
        match = _ABSOLUTE.search(clause.folded, previous.verb_end, cue.group.char_start)
        if match is None:
            return None
        draft = clause.draft(cue, IMPLIED, match.start(1), "absolute")
        draft.has_left_content = True
        return draft

    def is_inverted(self, cue: Cue) -> bool:
        """True where the verb "be" follows a participle: "Also reviewed was"."""
        clause = self._clause
        end = min(clause.high, cue.char_end + 90)
        return _INVERTED.match(clause.folded, cue.char_end, end) is not None

    def inverted(self, cue: Cue) -> Draft | None:
        """ "Also reviewed was the preparation for ..."."""
        clause = self._clause
        if cue.pattern.construction == "active":
            return None
        agent, is_foreign = clause.finder.agent(cue.char_end, clause.high)
        if is_foreign:
            return None
        return clause.draft(cue, agent or IMPLIED, clause.low, "inverted_passive")

    def issue(self, cue: Cue) -> Draft | None:
        """ "one more question considered by the sides", "another issue discussed was"."""
        clause = self._clause
        agent, _ = clause.finder.agent(cue.char_end, clause.high)
        is_said = agent or _INVERTED.match(clause.folded, cue.char_end, clause.high)
        if cue.pattern.act not in ("adopt", "discuss") or clause.drafts or not is_said:
            return None
        draft = clause.draft(cue, agent or IMPLIED, clause.low, "issue")
        draft.has_left_content = True
        return draft
