"""Extraction set against annotations, one document at a time.

Everything is matched one to one within a document. Beside the scores, each row counts for the
rule that made it (``Tally.rules``). Right is

- a participant whose name was annotated, with role, country and organisation as annotated;
- a decision whose verb overlaps an annotated quote, with the act right;
- a topic or country that was annotated for the document;
- an instrument one of whose mentions overlaps an annotated one;
- a meeting with body, first day and city as annotated, and the organisation if it is reported.
  Recalled meetings are not annotated, so their rules are never measured.

Mentions of one topic, country or instrument in one document are right or wrong together: they
count once for each rule.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sco_pipeline.characters import clean_characters
from sco_pipeline.errors import GoldError
from sco_pipeline.evaluation.gold import GoldDocument, read_gold
from sco_pipeline.evaluation.matching import Locator, Span, bare, match_spans
from sco_pipeline.evaluation.scores import (
    NONE,
    DocumentTally,
    Error,
    Evaluation,
    Kind,
    Score,
    Tally,
    Unread,
)
from sco_pipeline.extraction import LANGUAGES, extract_file, load_lexicons
from sco_pipeline.model import Document, Extraction, MeetingMention
from sco_pipeline.tables import country_rule, meeting_rule, topic_rule
from sco_pipeline.terms import fold

MEETING_FIELDS = (
    "organisation", "body", "ordinal", "starts_on", "ends_on", "city", "country",
    "chair_country", "format",
)  # fmt: skip
ANNOUNCED_FIELDS = ("body", "starts_on", "ends_on", "city", "country")
#: Fields that make a row of document_meetings right, by its relation.
_RIGHT_MEETING = {
    "reports": ("organisation", "body", "starts_on", "city"),
    "announces": ("body", "starts_on", "city"),
}

Gold = Mapping[str, Any]
#: What an error is about, where it stands and the rule behind it.
Place = tuple[Span | None, str | None]
_NOWHERE: Place = (None, None)


def evaluate(gold_dir: Path) -> Evaluation:
    """Extract every annotated document under ``gold_dir`` and score it.

    A document in a language without lexicons is left out; one whose text cannot be read or
    extracted is scored as if nothing had been found. Both are listed.

    Args:
        gold_dir: Holds pairs ``<slug>.txt`` and ``<slug>.json``, or ``slices.csv``.

    Raises:
        GoldError: The directory has no annotated document, or one of them is malformed
            or does not fit its text.
    """
    results: list[DocumentTally] = []
    unread: list[Unread] = []
    for gold in read_gold(gold_dir):
        if gold.language not in LANGUAGES:
            reason = f"language {gold.language} has no lexicons"
            unread.append(Unread(gold.slug, reason, is_scored=False))
            continue
        load_lexicons(gold.language)  # a fault in these is no fault of a document
        try:
            extraction = extract_file(gold.raw, gold.slug)
        except Exception as error:
            # As in a build: one document that trips a rule must not cost the others.
            place = traceback.extract_tb(error.__traceback__)[-1]
            reason = (
                f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}"
            )
            unread.append(Unread(gold.slug, reason, is_scored=True))
            extraction = _nothing(gold)
        try:
            results.append(score_document(gold, extraction))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise GoldError(
                f"{gold.path}: {type(error).__name__}: {error}; see the gold format"
            ) from error
    return Evaluation(tuple(results), tuple(unread))


def _nothing(gold: GoldDocument) -> Extraction:
    """An extraction of ``gold`` in which nothing was found."""
    raw = gold.raw
    text = clean_characters(raw.content.decode("utf-8", "replace"))
    document = Document(
        gold.slug, raw.path, raw.sha256, "text/plain", gold.language, None, None, None, None,
        None, "other", text, fold(text), (),
    )  # fmt: skip
    return Extraction(document, ())


def score_document(gold: GoldDocument, extraction: Extraction) -> DocumentTally:
    """Compare one document.

    Raises:
        GoldError: A quote does not occur in the text.
        KeyError, TypeError: The annotations lack something.
    """
    scorer = _Scorer(gold.slug, gold.annotations, extraction)
    scorer.score()
    groups = {
        "language": gold.language,
        "body": gold.body,
        "real": "real" if gold.is_real else "own wording",
    }
    return DocumentTally(gold.slug, groups, scorer.tally)


class _Scorer:
    """Fills the tally of one document."""

    def __init__(self, slug: str, gold: Gold, extraction: Extraction) -> None:
        self.tally = Tally(documents=1)
        self._scores = self.tally.scores
        self._slug = slug
        self._gold = gold
        self._extraction = extraction
        self._locator = Locator(extraction)

    def score(self) -> None:
        self._score_participants()
        self._score_reported()
        self._score_announced()
        self._score_decisions()
        self._score_instruments()
        topics, countries = self._extraction.topics, self._extraction.countries
        self._score_mentions(
            "topics", "document_topics", self._gold["topics"],
            [(t.topic, topic_rule(t), (t.char_start, t.char_end)) for t in topics],
        )  # fmt: skip
        self._score_mentions(
            "country_mentions", "countries", self._gold["countries"],
            [(c.country, country_rule(c), (c.char_start, c.char_end)) for c in countries],
        )  # fmt: skip

    # What every table needs.

    def _missing(self, score: Score, expected: str, span: Span | None, of: str = "") -> None:
        self._note(score, "missing", expected, None, of, (span, None))

    def _spurious(self, score: Score, found: str, place: Place, of: str = "") -> None:
        self._note(score, "spurious", None, found, of, place)

    def _note(
        self,
        score: Score,
        kind: Kind,
        expected: str | None,
        found: str | None,
        of: str,
        place: Place,
    ) -> None:
        span, rule = place
        start, end = span or (None, None)
        context = self._locator.context(span) if span else ""
        score.errors.append(Error(self._slug, kind, expected, found, of, rule, start, end, context))

    def _count(self, score: Score, expected: Any, found: Any, of: str, place: Place) -> None:
        """Count one value of something that was found."""
        score.predicted += 1
        score.gold += 1
        score.right += expected == found
        if expected != found:
            self._note(score, "wrong", _told(expected), _told(found), of, place)

    def _confuse(self, name: str, gold: Iterable[str], found: Iterable[str]) -> None:
        """Count codes that have no partner: annotated ones, then predicted ones."""
        self.tally.confusion[name].update((code, NONE) for code in gold)
        self.tally.confusion[name].update((NONE, code) for code in found)

    # Table by table.

    def _score_mentions(
        self,
        table: str,
        name: str,
        gold: Iterable[str],
        mentions: Sequence[tuple[str, str, Span]],
    ) -> None:
        """Codes of the document, each met any number of times."""
        wanted = set(gold)
        first: dict[str, Place] = {}
        for code, rule, span in mentions:
            first.setdefault(code, (span, rule))
        for code, rule in sorted({(code, rule) for code, rule, _ in mentions}):
            self.tally.count_row(table, rule, code in wanted)
        self._score_codes(self._scores[name], wanted, first)

    def _score_codes(
        self,
        score: Score,
        wanted: set[str],
        found: Mapping[str, Place],
        of: str = "",
        span: Span | None = None,
    ) -> None:
        """Codes of the document or of the act ``of`` at ``span``."""
        score.right += len(wanted & found.keys())
        score.gold += len(wanted)
        score.predicted += len(found)
        for code in sorted(wanted - found.keys()):
            self._missing(score, code, span, of)
        for code in sorted(found.keys() - wanted):
            self._spurious(score, code, found[code], of)

    def _score_participants(self) -> None:
        gold: Sequence[Gold] = self._gold["participants"]
        predicted = self._extraction.participants
        found, strict = self._scores["participants"], self._scores["participants_strict"]
        open_rows = list(predicted)
        for wanted in gold:
            name = wanted["name"]
            match = next(
                (p for p in open_rows if bare(p.person.name_as_written) == bare(name)), None
            )
            if match is None:
                self._missing(found, name, self._locator.find(name))
                for field in ("role", "capacity", "participation"):
                    self._confuse(field, (wanted[field],), ())
                continue
            open_rows.remove(match)
            person = match.person
            place = ((person.char_start, person.char_end), match.rule)
            found.right += 1
            expected = (wanted["role"], wanted["country"], wanted["organisation"])
            got = (match.role, person.country, person.organisation)
            strict.right += got == expected
            self.tally.count_row("participants", match.rule, got == expected)
            if got != expected:
                self._note(strict, "wrong", _told(expected), _told(got), name, place)
            for field in ("role", "capacity", "participation"):
                self.tally.confusion[field][wanted[field], getattr(match, field)] += 1
            for field in ("capacity", "participation"):
                score = self._scores[f"participants_{field}"]
                self._count(score, wanted[field], getattr(match, field), name, place)
        for score in (found, strict):
            score.predicted += len(predicted)
            score.gold += len(gold)
        for row in open_rows:
            person = row.person
            self.tally.count_row("participants", row.rule, False)
            place = ((person.char_start, person.char_end), row.rule)
            self._spurious(found, person.name_as_written, place)
            for field in ("role", "capacity", "participation"):
                self._confuse(field, (), (getattr(row, field),))

    def _score_fields(
        self, name: str, fields: Sequence[str], gold: Gold | None, mention: MeetingMention | None
    ) -> None:
        score = self._scores[name]
        place = _meeting_place(mention)
        for field in fields:
            wanted = gold.get(field) if gold else None
            got = _value(mention, field) if mention else None
            score.gold += wanted is not None
            score.predicted += got is not None
            score.right += wanted is not None and wanted == got
            if wanted != got:
                self._note(score, "wrong", _told(wanted), _told(got), field, place)

    def _count_meeting(self, mention: MeetingMention, gold: Gold | None) -> None:
        is_right = gold is not None and all(
            _value(mention, field) == gold.get(field) for field in _RIGHT_MEETING[mention.relation]
        )
        self.tally.count_row("document_meetings", meeting_rule(mention), is_right)

    def _score_reported(self) -> None:
        """The one reported meeting; any further one is a wrong row."""
        gold = self._gold["meeting"]
        reported = [m for m in self._extraction.meetings if m.relation == "reports"]
        first = reported[0] if reported else None
        self._score_fields("meeting_fields", MEETING_FIELDS, gold, first)
        for number, mention in enumerate(reported):
            self._count_meeting(mention, None if number else gold)

    def _score_announced(self) -> None:
        open_rows = [m for m in self._extraction.meetings if m.relation == "announces"]
        for wanted in self._gold["announced"]:
            match = max(
                (m for m in open_rows if m.body == wanted["body"]),
                key=_agreement(wanted),
                default=None,
            )
            if match is not None:
                open_rows.remove(match)
                self._count_meeting(match, wanted)
            self._score_fields("announced_fields", ANNOUNCED_FIELDS, wanted, match)
        for spurious in open_rows:
            self._count_meeting(spurious, None)
            self._score_fields("announced_fields", ANNOUNCED_FIELDS, None, spurious)

    def _score_decisions(self) -> None:
        gold: Sequence[Gold] = self._gold["decisions"]
        acts = self._extraction.speech_acts
        found, with_act = self._scores["decisions"], self._scores["decisions_act"]
        spans = [self._locator.span(wanted["quote"]) for wanted in gold]
        verbs = [(act.verb_start, act.verb_end) for act in acts]
        pairs = match_spans(spans, verbs)
        for index, other in pairs:
            wanted, act = gold[index], acts[other]
            place = (verbs[other], act.rule)
            quote = repr(wanted["quote"])
            found.right += 1
            with_act.right += act.act == wanted["act"]
            self.tally.count_row("decisions", act.rule, act.act == wanted["act"])
            if act.act != wanted["act"]:
                self._note(with_act, "wrong", wanted["act"], act.act, quote, place)
            for field in ("act", "actor"):
                self.tally.confusion[field][wanted[field], getattr(act, field)] += 1
            self._count(self._scores["decisions_actor"], wanted["actor"], act.actor, quote, place)
            self._score_codes(
                self._scores["decisions_topics"], set(wanted["topics"]),
                dict.fromkeys(act.topics, place), quote, verbs[other],
            )  # fmt: skip
        for score in (found, with_act):
            score.predicted += len(acts)
            score.gold += len(gold)
        matched, used = {i for i, _ in pairs}, {j for _, j in pairs}
        for index, wanted in enumerate(gold):
            if index not in matched:
                told = f"{wanted['act']}: {wanted['quote']!r}"
                self._missing(found, told, spans[index])
                self._confuse("act", (wanted["act"],), ())
                self._confuse("actor", (wanted["actor"],), ())
        text = self._extraction.document.text
        for number, act in enumerate(acts):
            if number not in used:
                self.tally.count_row("decisions", act.rule, False)
                words = text[act.verb_start : act.verb_end + 40]
                told = f"{act.act} ({act.rule}): {words!r}"
                self._spurious(found, told, (verbs[number], act.rule))
                self._confuse("act", (), (act.act,))
                self._confuse("actor", (), (act.actor,))

    def _score_instruments(self) -> None:
        gold: Sequence[Gold] = self._gold["instruments"]
        mentions = self._extraction.instruments
        found, kind = self._scores["instruments"], self._scores["instruments_kind"]
        spans = [self._locator.span(wanted["quote"]) for wanted in gold]
        # Gold counts an instrument once per document, at its first mention.
        first = {(m.kind, bare(m.name)): m for m in reversed(mentions)}
        predicted = sorted(first.values(), key=lambda m: m.char_start)
        places = [((m.char_start, m.char_end), m.rule) for m in predicted]
        pairs = match_spans(spans, [span for span, _ in places])
        for index, other in pairs:
            found.right += 1
            quote = repr(gold[index]["quote"])
            self._count(kind, gold[index]["kind"], predicted[other].kind, quote, places[other])
        found.predicted += len(predicted)
        found.gold += len(gold)
        matched, used = {i for i, _ in pairs}, {j for _, j in pairs}
        for index, wanted in enumerate(gold):
            if index not in matched:
                self._missing(found, repr(wanted["quote"]), spans[index])
        text = self._extraction.document.text
        for number, place in enumerate(places):
            if number not in used:
                self._spurious(found, repr(text[slice(*place[0])]), place)
        right = {
            bare(mention.name)
            for mention in mentions
            if any(
                m_start < mention.char_end and mention.char_start < m_end
                for m_start, m_end in spans
            )
        }
        for name, rule in sorted({(bare(m.name), m.rule) for m in mentions}):
            self.tally.count_row("instrument_mentions", rule, name in right)


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join("-" if item is None else str(item) for item in value)
    return "nothing" if value is None else str(value)


def _value(mention: MeetingMention, name: str) -> Any:
    """A field as gold writes it: dates as ISO text, cut to what the text gives."""
    value = getattr(mention, name)
    if isinstance(value, date):
        length = {"year": 4, "month": 7}.get(mention.precision or "day", 10)
        return value.isoformat()[:length]
    return value


def _agreement(wanted: Gold) -> Callable[[MeetingMention], int]:
    """How many of the annotated fields of an announced meeting a mention has right."""
    return lambda mention: sum(
        wanted[name] is not None and _value(mention, name) == wanted[name]
        for name in ANNOUNCED_FIELDS
    )


def _meeting_place(mention: MeetingMention | None) -> Place:
    if mention is None:
        return _NOWHERE
    return (mention.char_start, mention.char_end), meeting_rule(mention)
