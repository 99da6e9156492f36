"""How far a rule can be trusted: its measured precision, read from rule_precision.csv.

``make quality`` measures every rule on the annotated documents; nothing here is estimated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from sco_pipeline.errors import LexiconError
from sco_pipeline.lexicon import read_lexicon

#: Tables whose rows carry ``confidence``.
RATED_TABLES = (
    "country_mentions", "decisions", "document_meetings", "instrument_mentions", "participants",
    "topics",
)  # fmt: skip
COLUMNS = ("table_name", "rule", "right_count", "predicted_count", "source")
KEY = ("table_name", "rule", "source")
#: Sets of annotated documents (folders of tests/gold) that rules are measured on -> held out,
#: which is to say that the rules were written without it in view.
GOLD_SETS = {"corpora": True, "cross_check": True, "development": False}
#: Judged rows that the held-out sets must have of a rule to rate it alone. With fewer the interval
#: tells how few they are, not how good the rule is: 20 right of 20 give 0.84, 10 of 10 only 0.72.
MIN_HELD_OUT = 20
#: 97.5 % point of the normal distribution, for a two-sided interval of 95 %.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Judged rows of one table that one rule made, and how many of them are right.

    ``precision`` and ``confidence`` need at least one row.
    """

    right: int = 0
    predicted: int = 0

    def __add__(self, other: RuleCount) -> RuleCount:
        return RuleCount(self.right + other.right, self.predicted + other.predicted)

    def __sub__(self, other: RuleCount) -> RuleCount:
        return RuleCount(self.right - other.right, self.predicted - other.predicted)

    @property
    def precision(self) -> float:
        return self.right / self.predicted

    @property
    def confidence(self) -> float:
        return wilson_lower(self.right, self.predicted)


#: (table, rule) -> its judged rows.
RuleCounts = Mapping[tuple[str, str], RuleCount]


def wilson_lower(right: int, predicted: int) -> float:
    """Lower bound of the 95 % score interval of a share (Wilson 1927), to four decimals.

    It needs no minimum of rows: one right row of one gives 0.21, ten of ten 0.72.

    Args:
        right: Rows that are right.
        predicted: All rows, at least one.

    >>> wilson_lower(1, 1), wilson_lower(10, 10), wilson_lower(0, 5)
    (0.2065, 0.7225, 0.0)
    """
    share, z2 = right / predicted, _Z * _Z
    centre = share + z2 / (2 * predicted)
    spread = _Z * sqrt((share * (1 - share) + z2 / (4 * predicted)) / predicted)
    return round(max(0.0, (centre - spread) / (1 + z2 / predicted)), 4)


def rate(held_out: RuleCount, in_view: RuleCount) -> tuple[RuleCount, bool]:
    """Choose the judged rows that rate a rule.

    Args:
        held_out: Its rows in the held-out sets.
        in_view: Its rows in the documents that were in view while rules were written.

    Returns:
        The held-out rows and True where they suffice, else all rows and False.

    >>> rate(RuleCount(19, 20), RuleCount(50, 50))
    (RuleCount(right=19, predicted=20), True)
    >>> rate(RuleCount(2, 3), RuleCount(50, 50))
    (RuleCount(right=52, predicted=53), False)
    """
    if held_out.predicted >= MIN_HELD_OUT:
        return held_out, True
    return held_out + in_view, False


def rule_counts() -> dict[str, RuleCounts]:
    """What was counted, by set of annotated documents.

    Raises:
        LexiconError: A count is no number, or more rows are right than there are.
    """
    counts: dict[str, dict[tuple[str, str], RuleCount]] = {}
    for row in read_lexicon(
        "reference/rule_precision", COLUMNS, KEY, {"table_name": RATED_TABLES, "source": GOLD_SETS}
    ):
        try:
            found = RuleCount(int(row["right_count"]), int(row["predicted_count"]))
        except ValueError:
            found = RuleCount()
        if not 0 <= found.right <= found.predicted or not found.predicted:
            raise LexiconError(
                f"lexicons/reference/rule_precision.csv: {row} needs 0 <= right_count <= "
                "predicted_count and at least one row predicted; write it with make quality"
            )
        counts.setdefault(row["source"], {})[row["table_name"], row["rule"]] = found
    return dict(counts)


def rule_rows() -> list[dict[str, object]]:
    """The rows of the table ``rules``: what rates a rule, and precision and confidence from it.

    Raises:
        LexiconError: As ``rule_counts``.
    """
    counts = rule_counts()
    rows: list[dict[str, object]] = []
    for table, rule in sorted({key for found in counts.values() for key in found}):
        by_set = {
            name: found[table, rule]
            for name, found in sorted(counts.items())
            if (table, rule) in found
        }
        sums = {True: RuleCount(), False: RuleCount()}
        for name, found in by_set.items():
            sums[GOLD_SETS[name]] += found
        rated, is_held_out = rate(sums[True], sums[False])
        rows.append(
            {
                "table_name": table,
                "rule": rule,
                "is_held_out": is_held_out,
                "right_count": rated.right,
                "predicted_count": rated.predicted,
                "precision": round(rated.precision, 4),
                "confidence": rated.confidence,
                "source": ", ".join(s for s in by_set if GOLD_SETS[s] or not is_held_out),
            }
        )
    return rows
