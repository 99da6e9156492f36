"""Sentence by sentence: who acts in the lists, where each clause ends, what it is about."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from sco_pipeline.mentions.speech_acts.actors import Actor, ActorFinder
from sco_pipeline.mentions.speech_acts.constructions import Constructions
from sco_pipeline.mentions.speech_acts.contents import Contents
from sco_pipeline.mentions.speech_acts.cues import SpeechActLexicon, Word
from sco_pipeline.mentions.speech_acts.drafts import Draft
from sco_pipeline.model import (
    CountryMention,
    DateMention,
    Document,
    InstrumentMention,
    PersonMention,
    Sentence,
    SpeechAct,
    TopicMention,
    Unresolved,
)
from sco_pipeline.terms import Term

# "Recalling its resolution ...,", "Having considered the report,": a resolution's preamble
_PREAMBLE = re.compile(r"(?:[a-z]+ly |also |further )?(?:having|[a-z]+(?:ing|ed)) ")
# "The Security Council, Recalling its resolution ...,": run together with the preamble
_OPENS_PREAMBLE = re.compile(r", [A-Z][a-z]+ ")
_CONJUNCTIONS_AT_END = (" and", " but", " while", " yet", " whereas", " as well as")


def find_speech_acts(
    document: Document,
    sentences: Sequence[Sentence],
    people: Sequence[PersonMention],
    countries: Sequence[CountryMention],
    organisations: Sequence[Term[str]],
    topics: Sequence[TopicMention],
    instruments: Sequence[InstrumentMention],
    dates: Sequence[DateMention],
    lexicon: SpeechActLexicon,
) -> tuple[list[SpeechAct], list[Unresolved]]:
    """Find what the actors of a document say and decide.

    One act per verb of saying or deciding with its own content, in the active, the passive
    or a nominal wording. Titles, headings and furniture hold none; nor do infinitives,
    attributive participles, most relative clauses, preambles of resolutions, or verbs
    inside what another act says.

    Args:
        document: The document.
        sentences: All its sentences, in order.
        people: All persons named, in order; likewise the other mentions.
        countries: Countries named.
        organisations: Organisations named.
        topics: Topic mentions.
        instruments: Instrument mentions; ``SpeechAct.instruments`` are indexes into them.
        dates: Dates.
        lexicon: The word lists of the document's language.

    Returns:
        Acts in reading order, their verbs never overlapping, and the subjects that stand
        before a verb of saying but are in no word list (kind ``actor``).
    """
    hits = lexicon.index.find(document.text, document.folded)
    finder = ActorFinder(document, hits, people, countries, organisations, lexicon)
    contents = Contents(document.folded, topics, countries, instruments, dates)
    constructions = Constructions(document, finder, dates, lexicon)
    reader = _Reader(document, finder, constructions, contents, lexicon)
    starts = [hit.char_start for hit in hits]
    for sentence in sentences:
        first = bisect_left(starts, sentence.char_start)
        reader.read(sentence, hits[first : bisect_left(starts, sentence.char_end, first)])
    return reader.acts, reader.unresolved


class _Reader:
    """Reads one document; holds what carries over from sentence to sentence."""

    def __init__(
        self,
        document: Document,
        finder: ActorFinder,
        constructions: Constructions,
        contents: Contents,
        lexicon: SpeechActLexicon,
    ) -> None:
        self._text = document.text
        self._folded = document.folded
        self._finder = finder
        self._constructions = constructions
        self._contents = contents
        self._lexicon = lexicon
        self._lead_actor: Actor | None = None
        self._organ: Actor | None = None
        self._is_lead_act = False
        self._previous_topics: tuple[str, ...] = ()
        self._unlisted: set[tuple[int, int]] = set()
        self.acts: list[SpeechAct] = []
        self.unresolved: list[Unresolved] = []

    def read(self, sentence: Sentence, hits: Sequence[Term[Word]]) -> None:
        """Read one sentence with the cues and actor words in it."""
        start, end = sentence.char_start, sentence.char_end
        last = self._text[end - 1 : end]
        if sentence.kind in ("title", "heading"):
            if last == ":":
                self._open_list(start, end)
            return
        if last == "," and _PREAMBLE.match(self._folded, start, end):
            return
        is_item = sentence.kind == "list_item"
        self._constructions.open_sentence(
            start, end, hits, is_item=is_item, lead_actor=self._lead_actor or self._organ
        )
        reached = start
        for hit in hits:
            if hit.char_start < reached or not hit.value.is_cue:
                continue
            draft = self._constructions.read(hit)
            if draft is not None:
                reached = draft.verb_end
                if draft.actor.char_end:
                    self._finder.remember(draft.actor)
        drafts = self._constructions.drafts
        if not drafts and is_item and self._is_lead_act:
            self._extend_lead_act(sentence)
            return
        self._is_lead_act = False
        if drafts:
            self._close(sentence, drafts)
        if last == ":" and drafts:
            self._lead_actor = drafts[-1].actor
            # "exchanged views and state as follows:": the list is not what was discussed.
            self._is_lead_act = drafts[-1].verb_start > self._constructions.last_no_act
        elif last == ":" or (last == "," and not drafts):
            self._open_list(start, end)
        elif drafts and not is_item and drafts[0].rule != "opening":
            self._lead_actor = None

    def _open_list(self, start: int, end: int) -> None:
        """ "The Heads of State in particular:", "The Security Council,": who acts below."""
        self._is_lead_act = False
        actor = self._finder.opening_actor(start, end)
        if actor and self._text[end - 1] == ":":
            self._lead_actor = actor
        elif actor and (
            end - actor.char_end < 3 or _OPENS_PREAMBLE.match(self._text, actor.char_end)
        ):
            self._organ = actor  # of the whole resolution, whatever its preamble says

    def _close(self, sentence: Sentence, drafts: list[Draft]) -> None:
        """Turn drafts into acts: cut the clauses, collect what each is about."""
        drafts.sort(key=lambda draft: draft.verb_start)
        if any(draft.act == "schedule" for draft in drafts):
            # "As was underlined, the next session will be held": one act, not two.
            for draft in drafts:
                if draft.is_attribution and draft.actor.code in ("person", "country"):
                    for event in drafts:
                        if event.act == "schedule" and event.actor.code == "unknown":
                            event.actor = draft.actor
            drafts = [draft for draft in drafts if not draft.is_attribution]
        first_of_segment: dict[int, Draft] = {}
        for index, draft in enumerate(drafts):
            end = sentence.char_end
            semicolon = self._folded.find(";", draft.verb_end, end)
            if semicolon >= 0 and self._folded.rfind(":", sentence.char_start, semicolon) < 0:
                end = semicolon
            following = drafts[index + 1] if index + 1 < len(drafts) else None
            if following and not draft.is_attribution:
                end = min(end, max(following.lead, draft.verb_end))
            end = draft.verb_end + len(_trim(self._text[draft.verb_end : end]))
            if following is None and self._text[end - 1] in ".;" and end > draft.verb_end:
                end -= 1
            start = min(draft.lead, draft.verb_start)
            first = first_of_segment.setdefault(draft.segment, draft)
            self._add(sentence, draft, start, max(end, draft.verb_end), first)

    def _add(self, sentence: Sentence, draft: Draft, start: int, end: int, first: Draft) -> None:
        actor = draft.actor
        topics = self._contents.topics(start, end, actor)
        if first is not draft and first.is_explicit and not first.has_left_content:
            # What opens a sentence before its subject holds for all its acts: "On trade, ...".
            topics |= self._contents.topics(first.lead, first.actor.char_start)
        ordered = tuple(topics)
        echo = self._lexicon.strong_echo if ordered else self._lexicon.echo
        content_start = start if draft.has_left_content else draft.verb_end
        if self._previous_topics and echo.search(self._folded, content_start, end):
            ordered = tuple(dict.fromkeys(ordered + self._previous_topics))
        if ordered:
            self._previous_topics = ordered
        span = (actor.char_start, actor.char_end) if actor.char_end > actor.char_start else None
        if span and not actor.is_known and span not in self._unlisted:
            self._unlisted.add(span)
            self.unresolved.append(
                Unresolved(
                    sentence.ordinal,
                    span[0],
                    span[1],
                    "actor",
                    "subject of a speech act in no word list; en/actors.csv could name it",
                    draft.rule,
                )
            )
        self.acts.append(
            SpeechAct(
                sentence.ordinal,
                start,
                end,
                draft.verb_start,
                draft.verb_end,
                draft.lemma,
                draft.act,
                draft.negated,
                span,
                actor.code,
                actor.country,
                actor.person,
                ordered,
                self._contents.countries(start, end, actor),
                self._contents.instruments(start, end),
                self._contents.due_on(draft.act, draft.verb_end, end),
                draft.rule,
            )
        )

    def _extend_lead_act(self, sentence: Sentence) -> None:
        """A bullet without a verb of its own belongs to the act that introduced the list."""
        act, start, end = self.acts[-1], sentence.char_start, sentence.char_end
        while end > start and self._text[end - 1] in ".;,":
            end -= 1
        topics = tuple(dict.fromkeys(act.topics) | self._contents.topics(start, end))
        self._previous_topics = topics
        self.acts[-1] = act._replace(
            char_end=end,
            topics=topics,
            countries=tuple(dict.fromkeys(act.countries + self._contents.countries(start, end))),
            instruments=act.instruments + self._contents.instruments(start, end),
        )


def _trim(content: str) -> str:
    """Cut what leads over to the next act: ", and", "; while"."""
    while True:
        content = content.rstrip(" \n,;:–—-")
        for word in _CONJUNCTIONS_AT_END:
            if content.endswith(word):
                content = content[: -len(word)]
                break
        else:
            return content
