"""Score the comparison of personal names: ``make name-bench``.

    python bench/name_bench.py [PAIRS.csv]

Pairs are those of nomenklatura's name_bench (columns ``name1``, ``name2``, ``is_match``,
``category``), by default the half in ../shared/peers. For these the run writes docs/name_bench.md,
which lists every failing case with its reason from name_bench_reasons.csv, and fails if a failing
case has no reason, or a reason no failing case.

nomenklatura's own matcher, on top of rigour, is scored too where it is installed: in an environment
of its own, for it takes no DuckDB 2 (``PYTHONPATH=src``, with anyascii, rapidfuzz, ahocorasick-rs).
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from sco_pipeline.names import ALIKE, SAME_PERSON, Comparison, compare

ROOT = Path(__file__).resolve().parents[1]
PAIRS = ROOT.parent / "shared" / "peers" / "name_bench_dev.csv"
REASONS = Path(__file__).with_name("name_bench_reasons.csv")
PAGE = ROOT / "docs" / "name_bench.md"
#: Random halves to choose a threshold on one and score it on the other.
HALVES = 200
WANTED_PRECISION = 0.9


class Case(NamedTuple):
    """A pair of names, whether they are said to be one person's, and what we say."""

    names: tuple[str, str]
    is_match: bool
    category: str
    comparison: Comparison

    def is_right(self) -> bool:
        return (self.comparison.score >= ALIKE) == self.is_match


class Score(NamedTuple):
    """Counts of a set of cases at one threshold."""

    found: int
    false: int
    missed: int
    apart: int

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.false)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)


def read_cases(path: Path) -> list[Case]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Case(
                (row["name1"], row["name2"]),
                row["is_match"] == "true",
                row["category"] or row["case_group"],
                compare(row["name1"], row["name2"]),
            )
            for row in csv.DictReader(stream)
        ]


def score(cases: Iterable[Case], threshold: float) -> Score:
    counts = {(alike, match): 0 for alike in (True, False) for match in (True, False)}
    for case in cases:
        counts[case.comparison.score >= threshold, case.is_match] += 1
    return Score(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def lines(cases: Sequence[Case]) -> list[str]:
    """The report as lines of Markdown, without the failing cases."""
    found = [
        f"{len(cases)} pairs, {sum(case.is_match for case in cases)} of them one person's.",
        "",
    ]
    found += ["| threshold | precision | recall | found | false | missed | kept apart |"]
    found += ["|---|---|---|---|---|---|---|"]
    for threshold in sorted({0.6, ALIKE, 0.7, 0.75, SAME_PERSON, 0.9}):
        s = score(cases, threshold)
        mark = {ALIKE: " ALIKE", SAME_PERSON: " SAME_PERSON"}.get(threshold, "")
        found.append(
            f"| {threshold:.2f}{mark} | {s.precision:.3f} | {s.recall:.3f} "
            f"| {s.found} | {s.false} | {s.missed} | {s.apart} |"
        )
    found += [
        "",
        "| category, at ALIKE | pairs | precision | recall | right |",
        "|---|---|---|---|---|",
    ]
    by_category = defaultdict(list)
    for case in cases:
        by_category[case.category].append(case)
    for category, some in sorted(by_category.items()):
        s = score(some, ALIKE)
        precision = f"{s.precision:.2f}" if s.found + s.false else ""
        recall = f"{s.recall:.2f}" if s.found + s.missed else ""
        right = sum(case.is_right() for case in some)
        found.append(f"| {category} | {len(some)} | {precision} | {recall} | {right} |")
    return [*found, "", _halves(cases)]


def _halves(cases: Sequence[Case]) -> str:
    """Say how the threshold carries over to pairs it was not chosen on."""
    rest = list(cases)
    shuffle = random.Random(0).shuffle
    scores = []
    thresholds = sorted({case.comparison.score for case in cases} - {0.0})
    for _ in range(HALVES):
        shuffle(rest)
        chosen, other = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        good = [t for t in thresholds if score(chosen, t).precision >= WANTED_PRECISION]
        if good:
            scores.append((score(other, good[0]), score(other, ALIKE)))
    if not scores:
        return f"No threshold reaches a precision of {WANTED_PRECISION} on random halves."
    tuned, fixed = zip(*scores, strict=True)
    return (
        f"Over {HALVES} random halves: the lowest threshold of precision {WANTED_PRECISION} on one "
        f"half has on the other precision {_mean(s.precision for s in tuned):.3f}, recall "
        f"{_mean(s.recall for s in tuned):.3f}; ALIKE has {_mean(s.precision for s in fixed):.3f} "
        f"and {_mean(s.recall for s in fixed):.3f}."
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def failures(cases: Sequence[Case]) -> tuple[list[str], list[str]]:
    """The failing cases as lines of Markdown, and what is wrong with the file of reasons."""
    with REASONS.open(encoding="utf-8", newline="") as stream:
        reasons = {(r["name1"], r["name2"]): r["reason"] for r in csv.DictReader(stream)}
    failing = {case.names: case for case in cases if not case.is_right()}
    problems = [f"no reason for the failing case {names}" for names in failing.keys() - reasons]
    problems += [f"a reason for {names}, which does not fail" for names in reasons.keys() - failing]
    table = ["| name | name | said to be | score | rule | reason |", "|---|---|---|---|---|---|"]
    for names, case in sorted(failing.items(), key=lambda item: (item[1].is_match, item[0])):
        label = "same" if case.is_match else "different"
        comparison = f"{case.comparison.score:.2f} | {case.comparison.rule}"
        table.append(f"| {' | '.join(names)} | {label} | {comparison} | {reasons.get(names, '')} |")
    return table, sorted(problems)


def page(cases: Sequence[Case], failing: Sequence[str]) -> str:
    return "\n".join(
        [
            "# Comparing personal names",
            "",
            "Generated by `make name-bench` from `../shared/peers/name_bench_dev.csv`, a half of",
            "the name_bench of nomenklatura (MIT). The bench compares any two names and is scored",
            "at `ALIKE`; the tables compare names within one state or organisation and ask for",
            "more, `SAME_PERSON`. Why so: [adr/0008-person-names.md](adr/0008-person-names.md).",
            "",
            *lines(cases),
            "",
            "## Failing cases",
            "",
            *failing,
            "",
        ]
    )


def nomenklatura_lines(path: Path) -> list[str]:
    """Precision and recall of nomenklatura's LogicV2 on the same pairs, by threshold."""
    model = importlib.import_module("followthemoney").model
    matching = importlib.import_module("nomenklatura.matching")
    match = importlib.import_module("nomenklatura.matching.logic_v2.names.match").name_match
    config = matching.LogicV2.default_config()

    def compare_names(number: int, names: Sequence[str]) -> Comparison:
        entities = []
        for side, name in enumerate(names):
            entity = model.make_entity("Person")
            entity.id = f"{number}-{side}"
            entity.add("name", name)
            entities.append(entity)
        return Comparison(match(*entities, config).score, "")

    cases = [
        case._replace(comparison=compare_names(number, case.names))
        for number, case in enumerate(read_cases(path))
    ]
    found = ["", "nomenklatura LogicV2:"]
    for threshold in (0.7, 0.8, 0.85, 0.9):
        s = score(cases, threshold)
        found.append(f"  {threshold}: precision {s.precision:.3f}, recall {s.recall:.3f}")
    return found


def main(path: Path) -> int:
    """Print the report; for the pairs in ../shared also write it with the failing cases."""
    if not path.is_file():
        print(f"name-bench: no pairs at {path}; nothing to compare", file=sys.stderr)
        return 1
    cases = read_cases(path)
    print("\n".join(lines(cases)))
    if importlib.util.find_spec("nomenklatura"):
        print("\n".join(nomenklatura_lines(path)))
    if path != PAIRS:
        return 0
    failing, problems = failures(cases)
    for problem in problems:
        print(f"name-bench: {problem}; correct {REASONS.name}", file=sys.stderr)
    if not problems:
        PAGE.write_text(page(cases, failing), encoding="utf-8")
        print(f"\nwritten: {PAGE.relative_to(ROOT)}, with {len(failing) - 2} failing cases")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))
