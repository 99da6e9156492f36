"""How an act is worded: which construction a cue stands in, and the act it makes."""

from __future__ import annotations

from collections.abc import Sequence

from sco_pipeline.mentions.speech_acts.actives import Actives
from sco_pipeline.mentions.speech_acts.actors import Actor
from sco_pipeline.mentions.speech_acts.clause import Clause
from sco_pipeline.mentions.speech_acts.continuations import Continuations
from sco_pipeline.mentions.speech_acts.cues import (
    BASE,
    GERUND,
    PARTICIPLE,
    PAST,
    THIRD,
    VerbForm,
    Word,
)
from sco_pipeline.mentions.speech_acts.drafts import Cue, Draft
from sco_pipeline.mentions.speech_acts.events import Events
from sco_pipeline.mentions.speech_acts.grammar import (
    NO_OBJECT,
    NO_VERB_AFTER,
    VerbGroup,
    last_word,
    leads_to_infinitive,
    read_verb_group,
)
from sco_pipeline.mentions.speech_acts.passives import Passives
from sco_pipeline.mentions.speech_acts.phrases import Phrases
from sco_pipeline.terms import Term

_ACTIVE = frozenset({"verb", "active", "noun", "content", "talks"})
_FUTURE = _ACTIVE | {"event", "event_object"}
#: Of a verb without auxiliary: its forms (bits) -> constructions.
_BARE = [
    _ACTIVE
    | ({"attributed"} if forms & PAST else set())
    | ({"present"} if forms & (BASE | THIRD) else set())
    | ({"event"} if forms & THIRD else set())
    for forms in range(2 * GERUND)
]
#: Parts of verbs, unlike the first part of "long-sought" and "peace-keeping".
_PREFIXES = frozenset({"co-", "re-"})


class Constructions:
    """Recognises acts cue by cue in the sentence that ``clause`` was opened on."""

    def __init__(self, clause: Clause) -> None:
        self._lexicon = clause.lexicon
        self._clause = clause
        self._events = Events(clause)
        self._passives = Passives(clause, self._events)
        self._continuations = Continuations(clause, self._passives)
        self._actives = Actives(clause, self._passives, self._continuations)
        self._phrases = Phrases(clause, self._events, self._actives)

    def read(self, cues: Sequence[Term[Word]]) -> None:
        """Read a sentence cue by cue and add its acts to ``Clause.drafts``."""
        clause, lexicon = self._clause, self._lexicon
        text, folded, low = clause.text, clause.folded, clause.low
        reached = low
        for hit in cues:
            start, _, word = hit
            if start < reached:
                continue
            if 0 <= clause.semicolon < start:
                clause.open_segment(start)
                low = clause.low
            if start > low and text[start].isupper() and self._is_name(start):
                continue
            if start > low and folded[start - 1] == " ":  # without a call, for every cue
                before = folded[folded.rfind(" ", low, start - 1) + 1 or low : start - 1]
            else:
                before = last_word(folded, low, start)
            if word.is_verb and (
                before in NO_VERB_AFTER
                or before in lexicon.adjectives
                or (before == "to" and leads_to_infinitive(folded, low, start - 3, lexicon))
                or (folded[start - 1] == "-" and before not in _PREFIXES)
            ):
                continue
            draft = self._cue(hit, before)
            if draft is not None:
                opened = self._continuations.opened(draft)
                clause.drafts += (opened, draft) if opened else (draft,)
                reached = draft.verb_end
                if draft.actor.char_end:
                    clause.finder.remember(draft.actor)

    def _cue(self, hit: Term[Word], before: str) -> Draft | None:
        """The act that a cue carries behind the word ``before``, if it carries one."""
        clause, (start, end, word) = self._clause, hit
        has_key = clause.look_ahead(end, word)
        group = read_verb_group(clause.folded, clause.low, start, before, self._lexicon)
        if word.needs_keys and not has_key and not group.will:
            return None
        if word.is_future:
            return self._events.future(hit, group)
        if group.is_infinitive or (group.modal and not group.negated):
            return None
        if (
            word.needs_object
            and not has_key
            and group.is_bare
            and group.char_start > clause.low
            and not (group.is_matrix or group.is_speaker)
            and NO_OBJECT.match(clause.folded, end, clause.high)
        ):
            return None  # "their support of", "that report."
        return self._read(hit, group)

    def preamble(self, organ: Actor) -> Draft | None:
        """The act of a participle that opens a preamble of ``organ``, once it has been read."""
        return self._continuations.alone(organ)

    def _is_name(self, at: int) -> bool:
        """True for a word with one capital inside a sentence: "Observer States"."""
        text = self._clause.text
        return text[at + 1 : at + 2].islower() and text[at - 1] not in "\"'“”«‘’"

    def _read(self, hit: Term[Word], group: VerbGroup) -> Draft | None:
        for pattern in hit.value.phrases:
            draft = self._phrases.phrase(hit, pattern, group)
            if draft:
                return draft
        for verb in hit.value.verbs:
            draft = self._verb(hit, verb, group)
            if draft:
                return draft
        return None

    def _verb(self, hit: Term[Word], verb: VerbForm, group: VerbGroup) -> Draft | None:
        forms = verb.forms
        if group.is_bare and not (group.is_matrix or group.is_speaker):
            fits = forms & (BASE | THIRD | PAST | GERUND)
            if not fits and self._clause.drafts:
                # "was heard and taken note of": the participle is no past
                return self._passives.coordinated(hit.char_start, hit.char_end, verb, group)
        elif group.be and forms & PARTICIPLE:
            return self._passives.passive(hit, verb, group)
        elif group.be:
            fits = forms & GERUND
        elif group.tense == "participle":
            return self._having(hit, verb, group) if forms & PARTICIPLE else None
        elif group.have:
            fits = forms & PARTICIPLE
        else:
            fits = forms & BASE
        return self._active(hit, verb, group) if fits else None

    def _having(self, hit: Term[Word], verb: VerbForm, group: VerbGroup) -> Draft | None:
        """ "Having discussed the draft, the ministers", "..., having approved beforehand"."""
        match = self._clause.match(hit, verb, _ACTIVE)
        if match is None or match[0].act == "none" or group.negated:
            return None
        cue = Cue(hit.char_start, hit.char_end, verb, group, *match, "perfect")
        return self._continuations.participle(cue)

    def _active(self, hit: Term[Word], verb: VerbForm, group: VerbGroup) -> Draft | None:
        match = self._clause.match(hit, verb, _constructions(verb.forms, group))
        if match is None:
            if group.will:
                return self._events.promise(hit.char_start, hit.char_end, group)
            return None
        pattern, reach = match
        if pattern.act == "none":
            self._clause.last_no_act = hit.char_start
            return None
        if group.modal and pattern.act == pattern.negated_act:
            return None
        tense = group.tense or ("past" if verb.forms & PAST else "present")
        cue = Cue(hit.char_start, hit.char_end, verb, group, pattern, reach, tense)
        if pattern.construction == "event":
            return self._events.event(cue)
        if pattern.construction in ("noun", "content"):
            return self._phrases.content(cue, group.char_start)
        if verb.forms & GERUND and not group.be:
            return self._continuations.participle(cue)
        if (
            group.is_bare
            and verb.forms & THIRD
            and hit.value.actor
            and group.char_start == self._clause.low
        ):
            return None  # "Delegates also spoke": the noun, not "delegates powers"
        return self._actives.acting(cue)


def _constructions(forms: int, group: VerbGroup) -> frozenset[str]:
    """The constructions in which an active verb can stand."""
    if group.will:
        return _FUTURE
    if not group.is_bare:
        return _ACTIVE
    return _BARE[forms]
