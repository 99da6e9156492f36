"""Counts of what was right, spurious and missing, and their sums over documents.

Counts are summed before precision, recall and F1 are taken (micro averages).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

from sco_pipeline.confidence import RuleCount

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
#: Scores that stand for their table where there is no room for all.
HEADLINES = (
    "participants", "participants_strict", "meeting_fields", "announced_fields", "decisions",
    "decisions_act", "document_topics", "instruments", "countries",
)  # fmt: skip
#: Code lists whose annotated and predicted codes are set against each other.
CONFUSIONS = ("act", "actor", "capacity", "participation", "role")
#: Stands in a confusion for what has no partner on the other side.
NONE = "(none)"

Kind: TypeAlias = Literal["missing", "spurious", "wrong"]


@dataclass(frozen=True, slots=True)
class Error:
    """One error and its evidence.

    Attributes:
        of: The person, quote or field it is about, where ``expected`` and ``found`` do not say.
        expected: What was annotated; None for something spurious.
        found: What was found; None for something missing.
        rule: Rule that found it, or the act, person or meeting it belongs to.
        char_start, char_end: Where it stands in ``Document.text``; None where no place is known,
            as for a missing country.
        context: The words around that place, empty where there is none.
    """

    document: str
    kind: Kind
    expected: str | None
    found: str | None
    of: str = ""
    rule: str | None = None
    char_start: int | None = None
    char_end: int | None = None
    context: str = ""

    @property
    def text(self) -> str:
        """The error in one line."""
        if self.kind == "wrong":
            told = f"{self.found} instead of {self.expected}"
        else:
            told = f"{self.kind} {self.expected if self.kind == 'missing' else self.found}"
        return f"{self.of}: {told}" if self.of else told

    def as_dict(self) -> dict[str, Any]:
        return {
            "document": self.document,
            "error": self.text,
            "kind": self.kind,
            "expected": self.expected,
            "found": self.found,
            "rule": self.rule,
            "char_start": self.char_start,
            "char_end": self.char_end,
            "context": self.context,
        }


@dataclass(slots=True)
class Score:
    """Counts of one comparison."""

    right: int = 0
    predicted: int = 0
    gold: int = 0
    errors: list[Error] = field(default_factory=list)

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

    @property
    def f1_text(self) -> str:
        """F1 for people; a dash where there was nothing to find and nothing was found."""
        return f"{self.f1:.3f}" if self.gold or self.predicted else "-"

    def add(self, other: Score) -> None:
        self.right += other.right
        self.predicted += other.predicted
        self.gold += other.gold
        self.errors += other.errors

    def as_dict(self) -> dict[str, float | int]:
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "right": self.right,
            "predicted": self.predicted,
            "gold": self.gold,
        }


@dataclass(slots=True)
class Tally:
    """Counts over one document or several.

    Attributes:
        rules: Table and rule -> its rows; what makes a row right is said in ``scoring``.
        confusion: Code list -> how often a code (annotated, predicted) was met.
    """

    documents: int = 0
    scores: dict[str, Score] = field(default_factory=lambda: {name: Score() for name in SCORES})
    rules: dict[tuple[str, str], RuleCount] = field(default_factory=dict)
    confusion: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: {name: Counter() for name in CONFUSIONS}
    )

    def count_row(self, table: str, rule: str, is_right: bool) -> None:
        """Count one row of a table for the rule that made it."""
        known = self.rules.get((table, rule), RuleCount())
        self.rules[table, rule] = known + RuleCount(int(is_right), 1)

    def add(self, other: Tally) -> None:
        self.documents += other.documents
        for name, score in other.scores.items():
            self.scores[name].add(score)
        for key, counts in other.rules.items():
            self.rules[key] = self.rules.get(key, RuleCount()) + counts
        for name, pairs in other.confusion.items():
            self.confusion[name].update(pairs)

    def rows(self) -> list[tuple[str, str, Score]]:
        """Score name, its meaning, the score; in reading order."""
        return [(name, meaning, self.scores[name]) for name, meaning in SCORES.items()]

    def confused(self, name: str) -> list[tuple[str, str, int]]:
        """Codes taken for each other in one code list: annotated, predicted, how often."""
        return [
            (gold, predicted, count)
            for (gold, predicted), count in sorted(self.confusion[name].items())
            if gold != predicted and NONE not in (gold, predicted)
        ]


@dataclass(frozen=True, slots=True)
class DocumentTally:
    """The counts of one document, and what it is grouped by."""

    slug: str
    groups: dict[str, str]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Unread:
    """An annotated document whose text yielded nothing.

    ``is_scored``: all its annotations count as missed; otherwise it is left out, because its
    language has no lexicons.
    """

    slug: str
    reason: str
    is_scored: bool


@dataclass(frozen=True)
class Evaluation:
    """The scores of a set of annotated documents."""

    results: tuple[DocumentTally, ...]
    unread: tuple[Unread, ...] = ()

    @cached_property
    def total(self) -> Tally:
        return add_up(result.tally for result in self.results)

    @property
    def documents(self) -> int:
        return self.total.documents

    @property
    def scores(self) -> dict[str, Score]:
        return self.total.scores

    def rows(self) -> list[tuple[str, str, Score]]:
        """Score name, its meaning, the score; in reading order."""
        return self.total.rows()

    def by(self, dimension: str) -> dict[str, Tally]:
        """Split the counts.

        Args:
            dimension: ``language``, ``body`` (of the meeting) or ``real`` (real or own wording).

        Returns:
            Value -> counts of its documents, sorted by value.
        """
        values = sorted({result.groups[dimension] for result in self.results})
        return {
            value: add_up(r.tally for r in self.results if r.groups[dimension] == value)
            for value in values
        }

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain data; what the keys hold is in docs/quality.md."""
        total = self.total
        return {
            "documents": total.documents,
            "unread": [
                {"document": item.slug, "reason": item.reason, "is_scored": item.is_scored}
                for item in self.unread
            ],
            "scores": {name: score.as_dict() for name, score in total.scores.items()},
            "by": {
                dimension: {
                    value: {
                        "documents": tally.documents,
                        "scores": {name: score.as_dict() for name, score in tally.scores.items()},
                    }
                    for value, tally in self.by(dimension).items()
                }
                for dimension in DIMENSIONS
            },
            "rules": [
                {
                    "table": table,
                    "rule": rule,
                    "right": counts.right,
                    "predicted": counts.predicted,
                    "precision": round(counts.precision, 4),
                    "confidence": counts.confidence,
                }
                for (table, rule), counts in sorted(total.rules.items())
            ],
            "confusion": {
                name: [
                    {"gold": gold, "predicted": predicted, "count": count}
                    for gold, predicted, count in total.confused(name)
                ]
                for name in CONFUSIONS
            },
            "matrices": {name: _matrix(total.confusion[name]) for name in CONFUSIONS},
            "errors": {
                name: [error.as_dict() for error in score.errors]
                for name, score in total.scores.items()
                if score.errors
            },
        }


#: What documents are grouped by.
DIMENSIONS = ("language", "body", "real")


def add_up(tallies: Iterable[Tally]) -> Tally:
    """Sum counts into a new tally."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _matrix(pairs: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Annotated code -> predicted code -> count, hits too."""
    matrix: dict[str, dict[str, int]] = {}
    for (gold, predicted), count in sorted(pairs.items()):
        matrix.setdefault(gold, {})[predicted] = count
    return matrix
