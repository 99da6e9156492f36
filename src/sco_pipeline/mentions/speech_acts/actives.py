"""The active: a subject that acts and its verb, and ", he said"."""

from __future__ import annotations

import re

from sco_pipeline.mentions.speech_acts.actors import IMPLIED, Actor, can_do
from sco_pipeline.mentions.speech_acts.clause import Clause
from sco_pipeline.mentions.speech_acts.continuations import Continuations
from sco_pipeline.mentions.speech_acts.cues import BASE, GERUND, PARTICIPLE, PAST, THIRD
from sco_pipeline.mentions.speech_acts.drafts import Cue, Draft
from sco_pipeline.mentions.speech_acts.grammar import (
    BY_AGENT,
    CONJUNCTIONS,
    NO_OBJECT,
    last_word,
    opens_content_clause,
)
from sco_pipeline.mentions.speech_acts.passives import Passives

#: Groups whose verbs report speech: ", he said", "as the minister noted".
_SAYING = frozenset({"say", "stress", "think", "reaffirm"})
#: Groups whose verbs only people are the subject of, listed or not.
_TELLING = frozenset(
    {
        "say",
        "stress",
        "think",
        "decide",
        "urge",
        "discuss",
        "welcome",
        "condemn",
        "thank",
        "express",
    }
)
#: Who can stand behind a verb of saying: ", said the minister".
_SPEAKERS = frozenset({"chair", "country", "media", "organisation", "person"})

_AUXILIARY = re.compile(
    r" (?:will|would|shall|should|can|could|may|must|is|are|was|were|ha[sd]|have)\b"
)
# "At the session the minister [told] the participants about"
_ABOUT = re.compile(r" (?:the|his|her|their|all|those) (?:\w+ ){1,2}(?:about|of|on)\b")
# "..., Akorda reports."
_NEWS_AGENCY = re.compile(r", (?!The )[A-Z][\w.]+ $")


class Actives:
    """Acts in the active, of one document."""

    def __init__(self, clause: Clause, passives: Passives, continuations: Continuations) -> None:
        self._clause = clause
        self._passives = passives
        self._continuations = continuations

    def acting(self, cue: Cue) -> Draft | None:
        """An active verb, or a state of mind: it needs a subject that can act."""
        clause = self._clause
        end = cue.group.char_start
        if cue.group.is_speaker:
            return clause.draft(cue, Actor("unknown", "first_pronoun", end, end), end, "speaker")
        word = last_word(clause.folded, clause.low, end - 1)
        if not word:
            return self._opening(cue)
        previous = clause.previous
        if self._is_newswire(cue, word):
            return None
        if word in CONJUNCTIONS or (word[-1] == "," and (previous or clause.opening)):
            if word[-1] == ",":
                actor = clause.finder.subject(previous.verb_end if previous else clause.low, end)
                if (
                    actor
                    and actor.char_start > clause.low
                    and (previous is None or clause.opens_part(previous.verb_end, actor.char_start))
                    and clause.is_main(actor, cue.tense)
                ):
                    return self._with_subject(cue, actor)
            if word[-1] == "," and clause.opening and clause.is_item:
                return self._opening(cue)
            return self._continuations.coordinated(cue)
        if word == "as" and clause.folded.endswith("as well as ", clause.low, end):
            return self._continuations.coordinated(cue)
        if word == "who":
            return self._relative(cue)
        if word == "which":
            return None
        if (
            word[-1] in ',"'
            and cue.is_bare
            and cue.pattern.group == "say"
            and cue.reach == cue.char_end
            and not opens_content_clause(clause.following)
        ):
            speaker = clause.finder.first_mentioned(
                cue.reach + 1, min(clause.high, cue.reach + 120)
            )
            if speaker and speaker.char_start - cue.reach < 3 and speaker.code in _SPEAKERS:
                return self._attribution(cue, speaker)
        if cue.is_bare and word in clause.lexicon.issues:
            return self._passives.issue(cue)
        actor = clause.finder.subject(previous.verb_end if previous else clause.low, end)
        if actor is None:
            actor = self._unlisted(cue)
        if actor is None:
            if cue.pattern.group == "say":
                clause.reported = cue.char_end
            if cue.pattern.act == "instruct" and cue.is_bare and cue.verb:
                return self._with_absolute(cue)
            return None
        return self._with_subject(cue, actor) if self._agrees(cue, actor) else None

    def _with_absolute(self, cue: Cue) -> Draft | None:
        """ "..., with the experts mandated to": a participle that looks like a past."""
        clause, end = self._clause, cue.group.char_start
        comma = clause.folded.rfind(",", clause.low, end)
        if comma < 0 or not clause.folded.startswith(", with ", comma):
            return None
        return self._passives.absolute(cue)

    def _is_newswire(self, cue: Cue, before: str) -> bool:
        """True for "..., Trend reports." and "..., reported the press service"."""
        clause = self._clause
        if cue.pattern.lemma not in clause.lexicon.wire_verbs or not cue.is_bare:
            return False
        if before[-1:] == ",":
            teller = clause.finder.first_mentioned(cue.reach + 1, min(clause.high, cue.reach + 80))
            if teller and teller.code == "media" and teller.char_start - cue.reach < 3:
                return True
        return (
            clause.folded[cue.char_end : cue.char_end + 1] in ".,"
            and _NEWS_AGENCY.search(clause.text, clause.low, cue.group.char_start) is not None
        )

    def _with_subject(self, cue: Cue, actor: Actor) -> Draft | None:
        clause = self._clause
        low = clause.low
        if not can_do(actor, cue.pattern):
            if actor.code == "media":
                clause.reported = cue.char_end
            return None
        if actor.use == "capital" and cue.pattern.act == "schedule":
            actor = Actor("unknown", "unnamed", actor.char_start, actor.char_end)
        if actor.use == "first_pronoun" and clause.in_quotes(cue.char_start):
            return None
        before = clause.folded[low : actor.char_start].rstrip()
        if before and self._is_attribution(cue, before[-1]):
            return self._attribution(cue, actor)
        if cue.pattern.construction == "attributed":
            return None
        if not before:
            return clause.draft(cue, actor, low, "active", explicit=True)
        if not clause.is_main(actor, cue.tense) or clause.is_recalled(low, actor.char_start):
            return None
        if cue.pattern.act == "adopt" and cue.tense == "past" and clause.is_dated_back(cue.reach):
            return None
        draft = clause.draft(
            cue, actor, actor.char_start if clause.previous else low, "active", explicit=True
        )
        if before.endswith("as") and last_word(before, 0, len(before)) == "as":
            if not clause.lexicon.after_attribution.match(clause.folded, cue.char_end, clause.high):
                return None
            draft.is_attribution = True
        return draft

    def _unlisted(self, cue: Cue) -> Actor | None:
        """A subject of no lexicon, where the verb leaves no doubt that somebody speaks."""
        clause = self._clause
        if not (cue.is_bare and cue.verb and cue.verb.forms & PAST):
            return None
        if cue.pattern.lemma in clause.lexicon.wire_verbs:
            return None  # "Trend reported": news agencies are without number
        actor = clause.finder.unlisted_subject(clause.low, cue.group.char_start)
        if actor and actor.code == "participants" and cue.pattern.group not in _TELLING:
            return None
        return actor

    def _agrees(self, cue: Cue, actor: Actor) -> bool:
        """Number of verb and subject; and the word is a verb, not a noun or a participle."""
        clause = self._clause
        verb, pattern = cue.verb, cue.pattern
        if verb is None or not cue.is_bare:
            return True
        if verb.forms & (PAST | GERUND):
            # "the concept put forward by the minister": a participle
            return not BY_AGENT.match(clause.folded, cue.reach, clause.high)
        if _AUXILIARY.match(clause.folded, cue.char_end, clause.high):
            return False  # "The summit of the littoral [states] will be held"
        if verb.forms & BASE and not (actor.is_plural or actor.use == "first_pronoun"):
            return False
        if verb.forms & THIRD:
            if actor.use in ("plural", "plural_pronoun"):
                return False
            if actor.use == "body" and pattern.act == "adopt":
                return False  # "The Council approves the budget": what it does every year
        if pattern.after is None and (pattern.act != "assess" or not pattern.group):
            return not NO_OBJECT.match(clause.folded, cue.char_end, clause.high)
        return True

    def _is_attribution(self, cue: Cue, mark: str) -> bool:
        """True for ", he said." and ", the minister added, "."""
        clause = self._clause
        return (
            mark in ",\"'?!"
            and (cue.pattern.group in _SAYING or cue.pattern.construction == "attributed")
            and cue.pattern.act in ("assess", "reaffirm")
            and clause.lexicon.after_attribution.match(clause.folded, cue.char_end, clause.high)
            is not None
            and not opens_content_clause(clause.following)
            and not _ABOUT.match(clause.folded, cue.char_end, clause.high)
        )

    def _attribution(self, cue: Cue, actor: Actor) -> Draft | None:
        """ "..., he said.": the content stands before, or on both sides."""
        clause = self._clause
        if actor.code in ("media", "organisation"):
            return None
        if actor.code == "country" and cue.pattern.lemma in clause.lexicon.wire_verbs:
            return None  # "the Foreign Ministry informs."
        previous = clause.previous
        is_quote = clause.folded[actor.char_start - 2 : actor.char_start] == '" '
        while is_quote and previous and previous.actor == IMPLIED:
            # "This is a cause of concern," he said.: what he says, not what everybody does
            clause.drafts.remove(previous)
            previous = clause.previous
        if previous:
            if previous.act == "schedule" and previous.actor.code == "unknown":
                previous.actor = actor
                clause.finder.remember(actor)
            return None
        draft = clause.draft(cue, actor, clause.low, "attribution", explicit=True)
        draft.has_left_content = draft.is_attribution = True
        return draft

    def _relative(self, cue: Cue) -> Draft | None:
        """ "the President, who stressed that ...": only persons, only what they say."""
        clause = self._clause
        if cue.pattern.group not in _SAYING:
            return None
        if not opens_content_clause(clause.following):
            return None
        end = cue.group.char_start - len("who ")
        if not clause.folded[clause.low : end].rstrip().endswith(","):
            return None
        actor = clause.finder.subject(clause.low, clause.folded.rfind(",", clause.low, end))
        if actor is None or actor.code != "person":
            return None
        return clause.draft(cue, actor, end, "relative", explicit=True)

    def _opening(self, cue: Cue) -> Draft | None:
        """A verb that opens a sentence or bullet: "- signed ...;", "2. Calls upon ..."."""
        clause = self._clause
        verb, start = cue.verb, cue.group.char_start
        if verb is None:
            if clause.is_item and clause.lead_actor and start == clause.start and cue.group.be:
                return clause.draft(cue, clause.lead_actor, start, "opening")
            return None
        if clause.low != clause.start:
            if clause.drafts and cue.tense == clause.drafts[-1].tense:
                return clause.draft(cue, clause.drafts[-1].actor, start, "coordinated")
            return None
        if verb.forms & PARTICIPLE and self._passives.is_inverted(cue):
            return self._passives.inverted(cue)
        if clause.lead_actor is None or not can_do(clause.lead_actor, cue.pattern):
            return None
        opens_paragraph = verb.forms & THIRD and cue.group.is_bare
        if not opens_paragraph and not (clause.is_item and verb.forms & (PAST | BASE)):
            return None
        return clause.draft(cue, clause.lead_actor, start, "opening")
