"""Sentence by sentence: who acts in the lists, where each clause ends, what it is about."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from sco_pipeline.mentions.speech_acts.actors import Actor, ActorFinder
from sco_pipeline.mentions.speech_acts.addressees import Addressees
from sco_pipeline.mentions.speech_acts.clause import Clause, reference_date
from sco_pipeline.mentions.speech_acts.constructions import Constructions
from sco_pipeline.mentions.speech_acts.contents import Contents
from sco_pipeline.mentions.speech_acts.cues import SpeechActLexicon, Word
from sco_pipeline.mentions.speech_acts.drafts import Draft
from sco_pipeline.mentions.speech_acts.dues import Dues
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
_LINE = 70
_ORGAN = re.compile(r"The [A-Z][\w ]{4,60}")
_MARKS_AT_END = " \n,;:–—-"
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
    attributive participles, most relative clauses, or verbs inside what another act says.

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
    reference = reference_date(document, dates)
    reader = _Reader(
        document,
        finder,
        Clause(document, finder, dates, reference, lexicon),
        Contents(document.folded, topics, countries, instruments),
        Dues(document, dates, instruments, reference, lexicon),
        Addressees(document, finder, countries, organisations, lexicon),
        lexicon,
    )
    cues = [hit for hit in hits if hit.value.is_cue]
    starts = [cue.char_start for cue in cues]
    for sentence in sentences:
        first = bisect_left(starts, sentence.char_start)
        reader.read(sentence, cues[first : bisect_left(starts, sentence.char_end, first)])
    return reader.acts, reader.unresolved


class _Reader:
    """Reads one document; holds what carries over from sentence to sentence."""

    def __init__(
        self,
        document: Document,
        finder: ActorFinder,
        clause: Clause,
        contents: Contents,
        dues: Dues,
        addressees: Addressees,
        lexicon: SpeechActLexicon,
    ) -> None:
        self._text = document.text
        self._folded = document.folded
        self._finder = finder
        self._clause = clause
        self._constructions = Constructions(clause)
        self._contents = contents
        self._dues = dues
        self._addressees = addressees
        self._lexicon = lexicon
        self._lead_actor: Actor | None = None
        self._organ: Actor | None = None
        self._is_lead_act = False
        self._last_sentence: Sentence | None = None
        self._section: dict[str, None] = {}
        self._unlisted: set[tuple[int, int]] = set()
        self.acts: list[SpeechAct] = []
        self.unresolved: list[Unresolved] = []

    def read(self, sentence: Sentence, cues: Sequence[Term[Word]]) -> None:
        """Read one sentence with the cues in it."""
        self._read(sentence, cues)
        self._last_sentence = sentence

    def _read(self, sentence: Sentence, cues: Sequence[Term[Word]]) -> None:
        start, end = sentence.char_start, sentence.char_end
        last = self._text[end - 1 : end]
        if sentence.kind in ("title", "heading"):
            self._section = self._contents.section_topics(start, end)
            if last == ":" or self._is_organ(start, end):
                self._open_list(start, end)
            return
        is_preamble = last == "," or (last in ";:" and self._organ is not None)
        if is_preamble and _PREAMBLE.match(self._folded, start, end):
            if self._organ is not None:
                self._read_preamble(sentence, cues, self._organ)
            return
        is_item = sentence.kind == "list_item"
        drafts: list[Draft] = []
        if cues:
            self._clause.open_sentence(
                start, end, cues, is_item=is_item, lead_actor=self._lead_actor or self._organ
            )
            self._constructions.read(cues)
            drafts = self._clause.drafts
        if not drafts and is_item and self._is_lead_act:
            self._extend_lead_act(sentence)
            return
        self._is_lead_act = False
        if drafts:
            self._close(sentence, drafts)
        if last == ":" and drafts:
            self._lead_actor = drafts[-1].actor
            # "exchanged views and state as follows:": the list is not what was discussed.
            self._is_lead_act = drafts[-1].verb_start > self._clause.last_no_act
        elif last == ":" or (not drafts and (last == "," or self._is_organ(start, end))):
            self._open_list(start, end)
        elif drafts and not is_item and drafts[0].rule != "opening":
            self._lead_actor = None

    def _read_preamble(self, sentence: Sentence, cues: Sequence[Term[Word]], organ: Actor) -> None:
        """ "Noting with concern the violence in X,": an act of the organ without a main verb."""
        self._clause.open_sentence(
            sentence.char_start, sentence.char_end, cues, is_item=False, lead_actor=organ
        )
        for index in range(len(cues)):
            self._constructions.read(cues[index : index + 1])
            draft = self._constructions.preamble(organ)
            if draft is not None:
                self._close(sentence, [draft])
                return

    def _is_organ(self, start: int, end: int) -> bool:
        """True for "The Security Council" alone on its line."""
        return end - start < _LINE and _ORGAN.fullmatch(self._text, start, end) is not None

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
        due = self._dues.find(draft.act, start, draft.verb_end, end)
        addressee = self._addressees.find(draft, end)
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
                tuple(self._topics(sentence, draft, start, end, first)),
                self._contents.countries(start, end, actor),
                self._contents.instruments(start, end),
                due.from_on if due else None,
                due.due_on if due else None,
                (due.char_start, due.char_end) if due else None,
                (addressee.char_start, addressee.char_end) if addressee else None,
                addressee.country if addressee else None,
                addressee.organisation if addressee else None,
                draft.rule,
            )
        )

    def _topics(
        self, sentence: Sentence, draft: Draft, start: int, end: int, first: Draft
    ) -> dict[str, None]:
        """What an act is about: its own words, else what they point back to or stand under."""
        topics = self._contents.topics(start, end, draft.actor)
        if first is not draft and first.is_explicit and not first.has_left_content:
            # What opens a sentence before its subject holds for all its acts: "On trade, ...".
            topics |= self._contents.topics(first.lead, first.actor.char_start)
        elif first.has_left_content and self._is_joined(draft):
            # "The agreement on trade was approved and recommended for signing"
            topics |= dict.fromkeys(self.acts[-1].topics)
        named = self._named_before(sentence)
        if not named.keys() <= topics.keys() and self._contents.points_back(
            draft.act,
            start,
            start if draft.has_left_content else draft.verb_end,
            end,
            self._lexicon,
            is_alone=not topics,
            is_near=bool(self.acts) and self.acts[-1].sentence == sentence.ordinal,
        ):
            topics |= named
        if not topics and draft.act not in ("schedule", "thank"):
            topics |= self._section
        return topics

    def _is_joined(self, draft: Draft) -> bool:
        """True if only "and" stands between a verb and that of the act before."""
        before = self.acts[-1].verb_end if self.acts else draft.verb_start
        return self._folded[before : draft.verb_start].strip(" ,") == "and"

    def _named_before(self, sentence: Sentence) -> dict[str, None]:
        """Topics of the act before in this sentence or the last, else of the last sentence."""
        if self.acts and sentence.ordinal - self.acts[-1].sentence < 2:
            return dict.fromkeys(self.acts[-1].topics)
        last = self._last_sentence
        return self._contents.topics(last.char_start, last.char_end) if last else {}

    def _extend_lead_act(self, sentence: Sentence) -> None:
        """A bullet without a verb of its own belongs to the act that introduced the list."""
        act, start, end = self.acts[-1], sentence.char_start, sentence.char_end
        while end > start and self._text[end - 1] in ".;,":
            end -= 1
        topics = tuple(dict.fromkeys(act.topics) | self._contents.topics(start, end))
        self.acts[-1] = act._replace(
            char_end=end,
            topics=topics,
            countries=tuple(dict.fromkeys(act.countries + self._contents.countries(start, end))),
            instruments=act.instruments + self._contents.instruments(start, end),
        )


def _trim(content: str) -> str:
    """Cut what leads over to the next act: ", and", "; while"."""
    content = content.rstrip(_MARKS_AT_END)
    while content.endswith(_CONJUNCTIONS_AT_END):
        content = content[: content.rindex(" ")].removesuffix(" as well").rstrip(_MARKS_AT_END)
    return content
