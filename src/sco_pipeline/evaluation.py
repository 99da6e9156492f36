"""Scoring extraction against annotated documents (the contract, section 5).

Everything is matched one to one within a document; counts are summed over the documents
before precision, recall and F1 are taken (micro averages).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sco_pipeline.characters import clean_characters
from sco_pipeline.errors import GoldError, ScoPipelineError
from sco_pipeline.extraction import extract_file
from sco_pipeline.model import Extraction, MeetingMention, Participant, RawFile
from sco_pipeline.raw_files import read_raw_files
from sco_pipeline.terms import fold

MEETING_FIELDS = (
    "organisation", "body", "ordinal", "starts_on", "ends_on", "city", "country",
    "chair_country", "format",
)  # fmt: skip
ANNOUNCED_FIELDS = ("body", "starts_on", "ends_on", "city", "country")


@dataclass(slots=True)
class Score:
    """Counts of one comparison; ``errors`` holds (document, what was wrong)."""

    right: int = 0
    predicted: int = 0
    gold: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        total = self.predicted + self.gold
        return 2 * self.right / total if total else 0.0

    def count(self, is_right: bool, slug: str, error: str) -> None:
        """Count one value of a thing that was found; ``error`` tells what is wrong, if it is."""
        self.predicted += 1
        self.gold += 1
        self.right += is_right
        if not is_right:
            self.errors.append((slug, error))

    def as_dict(self) -> dict[str, float | int]:
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "right": self.right,
            "predicted": self.predicted,
            "gold": self.gold,
        }


SCORES = {
    "participants": "person at the meeting, by written name",
    "participants_strict": "... with role, country and organisation right",
    "participants_capacity": "capacity, where the person was found",
    "participants_participation": "participation, where the person was found",
    "meeting_fields": "fields of the reported meeting",
    "announced_fields": "fields of announced meetings",
    "decisions": "speech act, by its verb",
    "decisions_act": "... with the act right",
    "decisions_actor": "actor, where the act was found",
    "decisions_topics": "topics of the acts found",
    "document_topics": "topics of the document",
    "instruments": "instrument, by its name",
    "instruments_kind": "kind, where the instrument was found",
    "countries": "countries named",
}


@dataclass(slots=True)
class Evaluation:
    """Scores by comparison, and confusion counts (gold code, predicted code)."""

    documents: int = 0
    scores: dict[str, Score] = field(default_factory=lambda: {name: Score() for name in SCORES})
    confusion: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: {"act": Counter(), "role": Counter(), "actor": Counter()}
    )

    def as_dict(self) -> dict[str, Any]:
        return {
            "documents": self.documents,
            "scores": {name: score.as_dict() for name, score in self.scores.items()},
            "confusion": {
                name: [
                    {"gold": gold, "predicted": predicted, "count": count}
                    for (gold, predicted), count in sorted(pairs.items())
                    if gold != predicted
                ]
                for name, pairs in self.confusion.items()
            },
            "errors": {
                name: [{"document": document, "error": error} for document, error in score.errors]
                for name, score in self.scores.items()
                if score.errors
            },
        }

    def rows(self) -> list[tuple[str, str, Score]]:
        """Score name, its meaning, the score; in reading order."""
        return [(name, meaning, self.scores[name]) for name, meaning in SCORES.items()]


def evaluate(gold_dir: Path) -> Evaluation:
    """Extract every annotated document under ``gold_dir`` and score it.

    Args:
        gold_dir: Holds pairs ``<slug>.txt`` and ``<slug>.json``.

    Raises:
        GoldError: The directory has no annotated document, or one of them is malformed
            or does not fit its text.
    """
    paths = sorted(gold_dir.rglob("*.json"))
    if not paths:
        raise GoldError(f"{gold_dir}: no annotated documents (*.json beside *.txt) found")
    texts = {raw.path: raw for raw in read_raw_files(gold_dir) if isinstance(raw, RawFile)}
    evaluation = Evaluation()
    for path in paths:
        text_path = path.with_suffix(".txt").relative_to(gold_dir).as_posix()
        if text_path not in texts:
            raise GoldError(f"{path}: no readable {text_path} beside it")
        try:
            gold = json.loads(path.read_text(encoding="utf-8"))
            extraction = extract_file(texts[text_path], path.stem)
            score_document(evaluation, path.stem, gold, extraction)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GoldError(
                f"{path}: {type(error).__name__}: {error}; see the gold format"
            ) from error
        except GoldError:
            raise
        except ScoPipelineError as error:
            raise GoldError(f"{path.with_suffix('.txt')}: cannot be read: {error}") from error
    return evaluation


def score_document(
    evaluation: Evaluation, slug: str, gold: dict[str, Any], extraction: Extraction
) -> None:
    """Add one document's counts to ``evaluation``."""
    evaluation.documents += 1
    _score_participants(evaluation, slug, gold["participants"], extraction.participants)
    _score_meeting(evaluation, slug, gold["meeting"], extraction.meetings)
    _score_announced(evaluation, slug, gold["announced"], extraction.meetings)
    _score_decisions(evaluation, slug, gold["decisions"], extraction)
    _score_instruments(evaluation, slug, gold["instruments"], extraction)
    _score_codes(
        evaluation.scores["document_topics"], slug, gold["topics"],
        {topic.topic for topic in extraction.topics},
    )  # fmt: skip
    _score_codes(
        evaluation.scores["countries"], slug, gold["countries"],
        {mention.country for mention in extraction.countries},
    )  # fmt: skip


def _score_codes(score: Score, slug: str, gold: Iterable[str], predicted: set[str]) -> None:
    wanted = set(gold)
    score.right += len(wanted & predicted)
    score.gold += len(wanted)
    score.predicted += len(predicted)
    score.errors += [(slug, f"missing {code}") for code in sorted(wanted - predicted)]
    score.errors += [(slug, f"spurious {code}") for code in sorted(predicted - wanted)]


def _bare(name: str) -> str:
    return "".join(char for char in fold(name) if char.isalnum())


def _score_participants(
    evaluation: Evaluation,
    slug: str,
    gold: Sequence[dict[str, Any]],
    predicted: Sequence[Participant],
) -> None:
    found, strict = evaluation.scores["participants"], evaluation.scores["participants_strict"]
    capacity = evaluation.scores["participants_capacity"]
    participation = evaluation.scores["participants_participation"]
    open_rows = list(predicted)
    for wanted in gold:
        bare = _bare(clean_characters(wanted["name"]))
        match = next((p for p in open_rows if _bare(p.person.name_as_written) == bare), None)
        if match is None:
            found.errors.append((slug, f"missing {wanted['name']}"))
            continue
        open_rows.remove(match)
        found.right += 1
        evaluation.confusion["role"][wanted["role"], match.role] += 1
        got = (match.role, match.person.country, match.person.organisation)
        expected = (wanted["role"], wanted["country"], wanted["organisation"])
        if got == expected:
            strict.right += 1
        else:
            strict.errors.append((slug, f"{wanted['name']}: {got} instead of {expected}"))
        for name, value, score in (
            ("capacity", match.capacity, capacity),
            ("participation", match.participation, participation),
        ):
            error = f"{wanted['name']}: {value} instead of {wanted[name]}"
            score.count(value == wanted[name], slug, error)
    for score in (found, strict):
        score.predicted += len(predicted)
        score.gold += len(gold)
    found.errors += [(slug, f"spurious {row.person.name_as_written}") for row in open_rows]


def _value(mention: MeetingMention, name: str) -> Any:
    """A field as gold writes it: dates as ISO text, cut to what the text gives."""
    value = getattr(mention, name)
    if isinstance(value, date):
        length = {"year": 4, "month": 7}.get(mention.precision or "day", 10)
        return value.isoformat()[:length]
    return value


def _score_fields(
    score: Score,
    slug: str,
    names: Sequence[str],
    gold: dict[str, Any] | None,
    predicted: MeetingMention | None,
) -> None:
    for name in names:
        wanted = gold.get(name) if gold else None
        got = _value(predicted, name) if predicted else None
        score.gold += wanted is not None
        score.predicted += got is not None
        score.right += wanted is not None and wanted == got
        if wanted != got:
            score.errors.append((slug, f"{name}: {got} instead of {wanted}"))


def _score_meeting(
    evaluation: Evaluation,
    slug: str,
    gold: dict[str, Any] | None,
    predicted: Sequence[MeetingMention],
) -> None:
    reported = next((m for m in predicted if m.relation == "reports"), None)
    _score_fields(evaluation.scores["meeting_fields"], slug, MEETING_FIELDS, gold, reported)


def _score_announced(
    evaluation: Evaluation,
    slug: str,
    gold: Sequence[dict[str, Any]],
    predicted: Sequence[MeetingMention],
) -> None:
    score = evaluation.scores["announced_fields"]
    open_rows = [mention for mention in predicted if mention.relation == "announces"]
    for wanted in gold:

        def agreement(mention: MeetingMention, wanted: dict[str, Any] = wanted) -> int:
            return sum(
                wanted[name] is not None and _value(mention, name) == wanted[name]
                for name in ANNOUNCED_FIELDS
            )

        match = max((m for m in open_rows if m.body == wanted["body"]), key=agreement, default=None)
        if match is not None:
            open_rows.remove(match)
        _score_fields(score, slug, ANNOUNCED_FIELDS, wanted, match)
    for spurious in open_rows:
        _score_fields(score, slug, ANNOUNCED_FIELDS, None, spurious)


class _Locator:
    """Finds a gold quote in the cleaned text, blind to spacing, punctuation and letter case."""

    def __init__(self, extraction: Extraction) -> None:
        folded = extraction.document.folded
        self._offsets = [index for index, char in enumerate(folded) if char.isalnum()]
        self._letters = "".join(folded[index] for index in self._offsets)

    def span(self, quote: str) -> tuple[int, int]:
        letters = _bare(clean_characters(quote))
        start = self._letters.find(letters)
        if not letters or start < 0:
            raise GoldError(f"quote not found in the text: {quote!r}")
        return self._offsets[start], self._offsets[start + len(letters) - 1] + 1


def _match_spans(
    gold: Sequence[tuple[int, int]], predicted: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Pair overlapping spans one to one, in reading order."""
    pairs: list[tuple[int, int]] = []
    used: set[int] = set()
    for index, (start, end) in sorted(enumerate(gold), key=lambda item: item[1]):
        for other, (low, high) in sorted(enumerate(predicted), key=lambda item: item[1]):
            if other not in used and low < end and start < high:
                pairs.append((index, other))
                used.add(other)
                break
    return pairs


def _list_unmatched(
    score: Score,
    slug: str,
    pairs: Sequence[tuple[int, int]],
    gold: Sequence[str],
    predicted: Sequence[str],
) -> None:
    """Name what of either side has no partner."""
    found_gold, found = {i for i, _ in pairs}, {j for _, j in pairs}
    score.errors += [(slug, f"missing {g}") for i, g in enumerate(gold) if i not in found_gold]
    score.errors += [(slug, f"spurious {p}") for j, p in enumerate(predicted) if j not in found]


def _score_decisions(
    evaluation: Evaluation, slug: str, gold: Sequence[dict[str, Any]], extraction: Extraction
) -> None:
    found, with_act = evaluation.scores["decisions"], evaluation.scores["decisions_act"]
    actor, topics = evaluation.scores["decisions_actor"], evaluation.scores["decisions_topics"]
    acts = extraction.speech_acts
    locator = _Locator(extraction)
    pairs = _match_spans(
        [locator.span(wanted["quote"]) for wanted in gold],
        [(act.verb_start, act.verb_end) for act in acts],
    )
    for index, other in pairs:
        wanted, act = gold[index], acts[other]
        found.right += 1
        evaluation.confusion["act"][wanted["act"], act.act] += 1
        evaluation.confusion["actor"][wanted["actor"], act.actor] += 1
        if act.act == wanted["act"]:
            with_act.right += 1
        else:
            with_act.errors.append((slug, f"{wanted['quote']!r}: {act.act} not {wanted['act']}"))
        error = f"{wanted['quote']!r}: {act.actor} not {wanted['actor']}"
        actor.count(act.actor == wanted["actor"], slug, error)
        before = len(topics.errors)
        _score_codes(topics, slug, wanted["topics"], set(act.topics))
        topics.errors[before:] = [
            (slug, f"{wanted['quote']!r}: {error}") for _, error in topics.errors[before:]
        ]
    for score in (found, with_act):
        score.predicted += len(acts)
        score.gold += len(gold)
    text = extraction.document.text
    _list_unmatched(
        found,
        slug,
        pairs,
        [f"{wanted['act']}: {wanted['quote']!r}" for wanted in gold],
        [f"{act.act} ({act.rule}): {text[act.verb_start : act.verb_end + 40]!r}" for act in acts],
    )


def _score_instruments(
    evaluation: Evaluation, slug: str, gold: Sequence[dict[str, Any]], extraction: Extraction
) -> None:
    found, kind = evaluation.scores["instruments"], evaluation.scores["instruments_kind"]
    locator = _Locator(extraction)
    spans = [locator.span(wanted["quote"]) for wanted in gold]
    # Gold counts an instrument once per document, at its first mention.
    first: dict[tuple[str, str], Any] = {}
    for mention in extraction.instruments:
        first.setdefault((mention.kind, _bare(mention.name)), mention)
    predicted = list(first.values())
    pairs = _match_spans(spans, [(m.char_start, m.char_end) for m in predicted])
    for index, other in pairs:
        found.right += 1
        wanted, got = gold[index]["kind"], predicted[other].kind
        kind.count(got == wanted, slug, f"{gold[index]['quote']!r}: {got} not {wanted}")
    found.predicted += len(predicted)
    found.gold += len(gold)
    text = extraction.document.text
    _list_unmatched(
        found,
        slug,
        pairs,
        [repr(wanted["quote"]) for wanted in gold],
        [repr(text[mention.char_start : mention.char_end]) for mention in predicted],
    )
