"""A second verb of one subject: "... and agreed on", "..., calling for"."""

from __future__ import annotations

import re

from sco_pipeline.mentions.speech_acts.actors import Actor, can_do
from sco_pipeline.mentions.speech_acts.clause import Clause
from sco_pipeline.mentions.speech_acts.cues import BASE, PARTICIPLE, PAST
from sco_pipeline.mentions.speech_acts.drafts import Cue, Draft
from sco_pipeline.mentions.speech_acts.grammar import (
    BY_AGENT,
    NO_OBJECT,
    PREPOSITIONS,
    in_open_relative,
    last_word,
)
from sco_pipeline.mentions.speech_acts.passives import Passives

#: Groups of verbs that, after "agreed to ... and", may as well belong to what was agreed.
_SOFT_GROUPS = frozenset({"", "support", "discuss", "decide", "think", "deem", "adopt", "say"})
# "the Programme, signed in Beijing", "the report, approved last year"
_PARTICIPIAL = re.compile(
    r"(?: \w+ly)? (?:by|in|on|at|during|between|last|earlier|this year)\b|[,.;:)]|$"
)
# "five proposals: first, [to share] responsibility"
_LISTED_INFINITIVE = re.compile(r"[,:;] to [a-z]+")

# "integrity must be ensured [and maintained]"
_LISTED_PASSIVE = re.compile(
    r"\b(?:must|should|can|could|may|need to|ha(?:s|ve) to|to|will|not|ought to|would) be"
    r" (?:\w+ly )?\w+(?:ed|en|own|eld|ought|ound)(?:,? and|,) $"
)

_OPENINGS = frozenset(
    {"", "also ", "at the same time, ", "by ", "further ", "in doing so, ", "while "}
)
_PAUSES = (",", " -", " --", " –", " —")


class Continuations:
    """Coordinated verbs and participles, of one document."""

    def __init__(self, clause: Clause, passives: Passives) -> None:
        self._clause = clause
        self._passives = passives

    def coordinated(self, cue: Cue) -> Draft | None:
        """ "... and agreed on": the subject is that of the verb before."""
        clause = self._clause
        previous = clause.drafts[-1] if clause.drafts else None
        if previous is None:
            return self._after_other_verb(cue)
        if not can_do(previous.actor, cue.pattern):
            return None
        verb, group = cue.verb, cue.group
        if verb is not None and cue.is_bare:
            # "to share responsibility and set up": no past but an infinitive
            is_either = verb.forms & PAST and verb.forms & BASE
            if is_either and _LISTED_INFINITIVE.search(
                clause.folded, previous.verb_end, cue.char_start
            ):
                return None
            if verb.forms & PARTICIPLE and _LISTED_PASSIVE.search(
                clause.folded, previous.verb_start, cue.char_start
            ):
                return None
            if verb.forms & PAST and self._is_participial(cue):
                return self._passives.coordinated(cue.char_start, cue.char_end, verb, group)
            if verb.forms & PAST:
                if previous.has_left_content and not (
                    previous.is_attribution or previous.is_explicit
                ):
                    return self._passives.coordinated(cue.char_start, cue.char_end, verb, group)
                if previous.tense == "present" and not previous.has_left_content:
                    return None
            else:
                if cue.pattern.after is None and NO_OBJECT.match(
                    clause.folded, cue.char_end, clause.high
                ):
                    return None
                is_stative = cue.pattern.lemma in clause.lexicon.statives
                is_future = previous.tense == "future" and not previous.is_infinitive
                if not (
                    is_future
                    or (is_stative and previous.tense == "future")
                    or previous.tense in ("present", "")
                    or previous.rule == "speaker"
                ):
                    return None
                if previous.is_infinitive and cue.pattern.group in _SOFT_GROUPS and not is_stative:
                    return None
        elif previous.is_clausal and not _parallel(previous.tense, cue.tense):
            return None
        if previous.has_left_content and not previous.is_explicit and not group.is_bare:
            return None
        return clause.draft(cue, previous.actor, group.char_start, "coordinated")

    def _after_other_verb(self, cue: Cue) -> Draft | None:
        """ "The session opened with a minute of silence and discussed": the first is no act."""
        clause = self._clause
        if cue.tense not in ("past", "perfect") or not cue.pattern.group:
            return None
        end = cue.group.char_start
        actor = clause.finder.first_mentioned(clause.low, end)
        if actor is None or actor.use in ("document", "talks") or not can_do(actor, cue.pattern):
            return None
        if in_open_relative(clause.text, clause.low, actor.char_start):
            return None
        if not clause.lexicon.past_verbs.match(clause.folded, actor.char_end, end):
            return None
        return clause.draft(cue, actor, clause.low, "coordinated")

    def _is_participial(self, cue: Cue) -> bool:
        """ "the Programme, signed in Beijing", "drawn up and approved by the ministers"."""
        clause = self._clause
        if cue.pattern.after is not None:
            return False
        if clause.folded[cue.char_start - 2] != ",":
            return BY_AGENT.match(clause.folded, cue.char_end, clause.high) is not None
        adverbs = clause.lexicon.after_verb.match(clause.folded, cue.char_end, clause.high)
        at = adverbs.end() if adverbs else cue.char_end  # "noted in particular the"
        return _PARTICIPIAL.match(clause.folded, at, clause.high) is not None

    def participle(self, cue: Cue) -> Draft | None:
        """ "..., calling for": goes on with the subject of the main verb."""
        clause = self._clause
        if cue.pattern.after is None and NO_OBJECT.match(clause.folded, cue.char_end, clause.high):
            return None
        if clause.folded[cue.char_start : cue.char_end] in PREPOSITIONS:
            return None  # "Regarding trade, the minister said"
        is_done = cue.group.have  # "having approved"
        if not clause.drafts and clause.folded[clause.low : cue.group.char_start] in _OPENINGS:
            if is_done or cue.pattern.act not in ("adopt", "schedule"):
                clause.opening = cue
            return None
        if cue.pattern.act in ("discuss", "adopt", "schedule") and not is_done:
            return None
        if cue.pattern.act == "agree" and cue.pattern.group == "say":
            return None  # "signed a strategy, outlining the priorities": the strategy does
        if not clause.drafts:
            return self._participle_before_verb(cue) or self._participle_after_other_verb(cue)
        previous = clause.drafts[-1]
        head = clause.folded[previous.verb_end : cue.group.char_start].rstrip()
        word = last_word(head, 0, len(head))
        follows = head.endswith(_PAUSES) or (word in ("thus", "thereby") and "," in head)
        follows |= word == "while"
        follows |= word == "and" and previous.rule == "participle"
        if not follows or previous.rule in ("passive", "event") or previous.is_attribution:
            return None
        if not can_do(previous.actor, cue.pattern):
            return None
        draft = clause.draft(cue, previous.actor, cue.group.char_start, "participle")
        draft.tense = previous.tense
        return draft

    def opened(self, main: Draft) -> Draft | None:
        """ "Noting the threat, the sides agreed": the participle before, now that ``main`` is read.

        ``main`` gives up the words before its subject, or before its verb in a list item.
        """
        clause, cue = self._clause, self._clause.opening
        is_item = main.rule == "opening"
        if cue is None or not (is_item or (main.rule == "active" and main.is_explicit)):
            return None
        clause.opening = None
        if main.segment != clause.low or not can_do(main.actor, cue.pattern):
            return None
        lead = main.verb_start if is_item else main.actor.char_start
        if clause.folded[cue.reach : lead].rstrip()[-1:] != ",":
            return None
        draft = clause.draft(cue, main.actor, clause.low, "opening_participle")
        main.lead = lead
        return draft

    def alone(self, actor: Actor) -> Draft | None:
        """ "Noting the threat,": a participle that has opened the sentence and gets no subject."""
        clause, cue = self._clause, self._clause.opening
        if cue is None or not can_do(actor, cue.pattern):
            return None
        return clause.draft(cue, actor, clause.low, "preamble")

    def _participle_after_other_verb(self, cue: Cue) -> Draft | None:
        """ "The ministers met in Rome, pledging to": the first verb is no act."""
        clause = self._clause
        start = cue.group.char_start
        actor = clause.finder.first_mentioned(clause.low, start)
        if actor is None or actor.use in ("document", "talks") or not can_do(actor, cue.pattern):
            return None
        between = clause.folded[actor.char_end : start]
        if not between.rstrip().endswith(_PAUSES) or ";" in between:
            return None
        if not clause.lexicon.past_verbs.match(clause.folded, actor.char_end, start):
            return None
        if in_open_relative(clause.text, clause.low, actor.char_start):
            return None
        draft = clause.draft(cue, actor, clause.low, "participle", explicit=True)
        draft.tense = "past"
        return draft

    def _participle_before_verb(self, cue: Cue) -> Draft | None:
        """ "The sides, while noting the threat, agreed": the subject stands before.

        Without "while" only of what is done already, and of persons: "The Heads of State,
        reaffirming their will, declare" is a preamble.
        """
        clause = self._clause
        end = cue.group.char_start
        is_while = last_word(clause.folded, clause.low, end - 1) == "while"
        if is_while:
            end -= len("while ")
        if clause.folded[end - 2 : end] == ", ":
            end -= len(", ")
        elif not is_while:
            return None
        actor = clause.finder.subject(clause.low, end)
        if actor is None or not can_do(actor, cue.pattern) or not clause.is_main(actor, ""):
            return None
        if not is_while and (
            actor.char_end != end
            or clause.text[cue.char_start].isupper()
            or not (cue.group.have or actor.code == "person")
        ):
            return None
        draft = clause.draft(cue, actor, clause.low, "participle", explicit=True)
        draft.tense = ""
        return draft


def _parallel(one: str, other: str) -> bool:
    past = ("past", "perfect")
    return one == other or (one in past and other in past)
