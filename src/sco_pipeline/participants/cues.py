"""Wordings of taking part: "chaired by", "attended", "sent a message"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import CountryMention, Document, PersonMention, Sentence
from sco_pipeline.terms import TermIndex, fold

#: Room for an article or title between a wording and the person beside it.
ARTICLE_REACH: Final = 5
#: How far behind a person stands the verb of representing, and behind that the state.
_STATE_REACH: Final = 60
#: How far behind "met with" the delegations stand that are received.
_OBJECT_REACH: Final = 40
# Between two people who share one verb: ", ", " and his ", " of the Organization; as well as the ".
_COORDINATION = (
    r"(?: of (?:the )?[^,;.]{{1,120}}?)?(?: \([^()]{{1,40}}\))?"
    r"[\s,;)]*(?:(?:and|as well as|&)\s)?(?:also\s)?"
    r"(?:(?:the|a|an|his|her|its|their)\s)?(?:(?:{titles})(?![a-z])[.\s]*){{0,4}}$"
)


class Cue(NamedTuple):
    """What a wording says of a person's taking part, and on which side of it the person stands."""

    code: str
    side: str


class Wording(NamedTuple):
    """What one form says.

    Attributes:
        cues: The cues of the form, one per side.
        acts: Whether one is of chairing or receiving.
        state: Whether one is of standing for a state.
    """

    cues: tuple[Cue, ...]
    acts: bool
    state: bool


@dataclass(frozen=True, slots=True)
class ParticipationLexicon:
    """Wordings of taking part, and the verbs of those who speak.

    Attributes:
        cues: Wordings -> what they say and on which side the person stands.
        standings: Words for the standing of a delegation -> capacity code.
        verbs: Base forms of verbs of saying.
        irregular: Irregular past forms of verbs of saying.
        delegates: Words for those whom a host receives.
        common: Words that are no part of a proper name even with a capital.
        coordination: Matches what joins two people under one verb.
    """

    cues: TermIndex[Wording]
    standings: TermIndex[str]
    verbs: frozenset[str]
    irregular: frozenset[str]
    delegates: TermIndex[str]
    common: frozenset[str]
    coordination: re.Pattern[str]

    @classmethod
    @cache
    def load(cls, language: str) -> ParticipationLexicon:
        """Read and compile the lexicons of ``language``.

        Raises:
            LexiconError: A lexicon is malformed.
        """
        rows = read_lexicon(
            f"{language}/participation",
            ("form", "participation", "side", "source"),
            ("form", "side"),
            {
                "side": {
                    "after",
                    "before",
                    "beside",
                    "behind",
                    "capacity",
                    "holder",
                    "jointly",
                    "leading",
                    "meeting",
                    "object",
                    "sentence",
                    "state",
                    "substitute",
                }
            },
        )
        cues: dict[str, list[Cue]] = {}
        for row in rows:
            if row["side"] in ("capacity", "object"):
                continue
            cues.setdefault(row["form"], []).append(Cue(row["participation"], row["side"]))
        actors = read_lexicon(f"{language}/actors", ("form", "actor", "use", "source"), ("form",))
        for row in actors:
            if row["actor"] == "media":
                cues.setdefault(f"told {row['form']}", [Cue("mentioned", "sentence")])
        verbs = read_lexicon(
            f"{language}/speech_verbs",
            ("lemma", "past", "participle", "gerund", "group", "source"),
            ("lemma",),
            optional=("past", "participle", "gerund", "group"),
        )
        titles = read_lexicon(f"{language}/titles", ("form", "kind", "source"), ("form",))
        common = read_lexicon(f"{language}/common_words", ("word", "source"), ("word",))
        spoken = [row for row in verbs if row["group"]]
        return cls(
            TermIndex((form, _wording(found)) for form, found in cues.items()),
            TermIndex(
                (row["form"], row["participation"]) for row in rows if row["side"] == "capacity"
            ),
            frozenset(row["lemma"] for row in spoken),
            frozenset(row["past"] for row in spoken if row["past"]),
            TermIndex((row["form"], row["form"]) for row in rows if row["side"] == "object"),
            frozenset(row["word"] for row in common),
            re.compile(
                _COORDINATION.format(
                    titles="|".join(re.escape(fold(row["form"])) for row in titles)
                )
            ),
        )

    def is_speaking(self, word: str) -> bool:
        """Whether a word is a finite form of a verb of saying: "noted", "stresses", "told"."""
        verbs = self.verbs
        return (
            word in self.irregular
            or (word.endswith("ed") and (word[:-1] in verbs or word[:-2] in verbs))
            or (word.endswith("ied") and word[:-3] + "y" in verbs)
            or (word.endswith("s") and (word[:-1] in verbs or word[:-2] in verbs))
            or (word.endswith("ies") and word[:-3] + "y" in verbs)
        )


def _wording(cues: Sequence[Cue]) -> Wording:
    return Wording(
        tuple(
            Cue("co_chaired", "after") if cue.side == "jointly" else cue
            for cue in cues
            if cue.side != "state"
        ),
        any(cue.code in ("chaired", "received_delegations") for cue in cues),
        any(cue.side == "state" for cue in cues),
    )


class CueFinder:
    """The wordings of one document, found in one pass."""

    def __init__(self, document: Document, lexicon: ParticipationLexicon) -> None:
        self._document = document
        self.lexicon = lexicon
        self._terms = lexicon.cues.find(document.text, document.folded)
        self._starts = [term.char_start for term in self._terms]
        self._acts = [term.char_start for term in self._terms if term.value.acts]

    def acts(self, sentence: Sentence) -> bool:
        """Whether a sentence may say who chaired or received."""
        first = bisect_left(self._acts, sentence.char_start)
        return first < len(self._acts) and self._acts[first] < sentence.char_end

    def state_of(
        self,
        person: PersonMention,
        sentences: Sequence[Sentence],
        countries: Sequence[CountryMention],
    ) -> str | None:
        """The state for which a person without one stands: "X led Pakistan's delegation"."""
        if person.country or person.organisation:
            return None
        end = min(sentences[person.sentence].char_end, person.char_end + _STATE_REACH)
        for i in range(bisect_left(self._starts, person.char_end), len(self._terms)):
            term = self._terms[i]
            if term.char_start >= end:
                break
            if term.value.state:
                return next(
                    (
                        country.country
                        for country in countries
                        if term.char_end <= country.char_start <= term.char_end + ARTICLE_REACH
                    ),
                    None,
                )
        return None

    def delegates(self, sentence: Sentence) -> list[int]:
        """Where a sentence names delegations, ministers or participants."""
        start, end = sentence.char_start, sentence.char_end
        document = self._document
        return [
            start + term.char_start
            for term in self.lexicon.delegates.find(
                document.text[start:end], document.folded[start:end]
            )
        ]

    def cues(self, sentence: Sentence) -> list[tuple[int, int, Cue]]:
        """The cues of a sentence in order; receiving and heading count only with delegations."""
        first = bisect_left(self._starts, sentence.char_start)
        last = bisect_left(self._starts, sentence.char_end)
        found = [
            (term.char_start, term.char_end, cue)
            for term in self._terms[first:last]
            for cue in term.value.cues
        ]
        if not any(c.code == "received_delegations" or c.side == "leading" for _, _, c in found):
            return found
        delegates = self.delegates(sentence)
        kept: list[tuple[int, int, Cue]] = []
        for start, end, cue in found:
            if cue.side == "meeting":
                # "met with the visiting ministers"; "The ministers met with President X"
                side = None
                if any(end <= delegate < end + _OBJECT_REACH for delegate in delegates):
                    side = "before"
                elif any(start - _OBJECT_REACH < delegate < start for delegate in delegates):
                    side = "after"
                if side:
                    kept = [entry for entry in kept if entry[0] != start]
                    kept.append((start, end, Cue(cue.code, side)))
            elif cue.side == "leading":
                if delegates:
                    kept.append((start, end, Cue(cue.code, "before")))
            elif delegates or cue.code != "received_delegations":
                kept.append((start, end, cue))
        return kept
