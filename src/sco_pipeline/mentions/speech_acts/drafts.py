"""What is passed between the parts of the reader: a cue, and an act while it is being read."""

from __future__ import annotations

from dataclasses import dataclass

from sco_pipeline.mentions.speech_acts.actors import Actor
from sco_pipeline.mentions.speech_acts.cues import Pattern, VerbForm
from sco_pipeline.mentions.speech_acts.grammar import VerbGroup


@dataclass(slots=True)
class Cue:
    """A word that may carry an act, with the pattern it fits.

    Attributes:
        char_start: First character of the verb or phrase.
        char_end: Character after it.
        verb: Its form, None for a phrase.
        group: The auxiliaries before it.
        pattern: The wording it belongs to.
        reach: Character after the last word of that wording.
        tense: ``past``, ``perfect``, ``present`` or ``future``.
    """

    char_start: int
    char_end: int
    verb: VerbForm | None
    group: VerbGroup
    pattern: Pattern
    reach: int
    tense: str

    @property
    def is_bare(self) -> bool:
        """True for a finite verb without any auxiliary: "noted", "call for"."""
        return self.verb is not None and self.group.is_bare and not self.group.is_matrix


@dataclass(slots=True)
class Draft:
    """An act before its clause is cut; offsets as in ``SpeechAct``.

    Attributes:
        lead: Where its clause starts.
        group_start: Where the auxiliaries of its verb start.
        word_end: Character after the verb itself, whatever other words carry the act.
        segment: Start of the part of the sentence it stands in (after ";").
        is_explicit: Its own subject or agent is named.
        has_left_content: What it is about stands before the verb too: passives, "he said".
        is_clausal: A content clause follows: "noted that".
        is_infinitive: An infinitive follows: "agreed to".
        is_attribution: "as was noted", "he said": says who holds what the sentence says.
    """

    lead: int
    verb_start: int
    verb_end: int
    lemma: str
    act: str
    negated: bool
    actor: Actor
    tense: str
    rule: str
    segment: int
    group_start: int
    word_end: int
    is_explicit: bool = False
    has_left_content: bool = False
    is_clausal: bool = False
    is_infinitive: bool = False
    is_attribution: bool = False
