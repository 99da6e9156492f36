"""Score the annotated documents: ``make quality``.

Writes docs/quality.md, and lexicons/reference/rule_precision.csv. A set whose texts are not here
is left out of the page and keeps its counts in the lexicon.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sco_pipeline.confidence import GOLD_SETS, rule_counts
from sco_pipeline.errors import GoldError
from sco_pipeline.evaluation import evaluate
from sco_pipeline.evaluation.gold import CORPORA, SLICES
from sco_pipeline.evaluation.report import GoldSet, render, rule_precision_csv

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/quality.md"
RULES = ROOT / "src/sco_pipeline/lexicons/reference/rule_precision.csv"
#: Name, folder, what it is.
SETS = (
    (
        "cross_check",
        ROOT / "tests/gold/cross_check",
        "held out: our own wording after real pages and events, of other meetings, years and "
        "publishers' styles; annotated apart by a session that saw neither rules nor lexicons, and "
        "scored with the rules frozen. **This is the column to quote.**",
    ),
    (
        "corpora",
        ROOT / "tests/gold/corpora",
        "held out: passages of real texts of another genre, resolutions of the UN Security Council "
        "and speeches of the UN General Debate (`../shared/corpora`), annotated the same way.",
    ),
    (
        "development",
        ROOT / "tests/gold/development",
        "our own wording after real events. Rules and lexicons were written with it in view: its "
        "figures say what the rules can express, not how they do on new texts. Sets that were held "
        "out earlier have joined it.",
    ),
    (
        "shared",
        ROOT.parent / "shared/gold/en",
        "the annotated documents of `../shared/gold/en`, among them one real text; all others are "
        "in development too. Likewise in view.",
    ),
)


def find_sets() -> tuple[list[GoldSet], list[str]]:
    """Score every set that is here, and name those that are not.

    Returns:
        The scored sets, and the names of those that are annotated but whose texts are not here.
    """
    found, without_texts = [], []
    for name, folder, description in SETS:
        if not any(folder.rglob("*.json")):
            print(f"{name}: no annotated documents here; left out")
        elif (folder / SLICES).exists() and not (ROOT.parent / CORPORA).is_dir():
            print(f"{name}: its texts, in ../{CORPORA}, are not here; left out, old counts kept")
            without_texts.append(name)
        else:
            is_held_out = GOLD_SETS.get(name, False)
            found.append(GoldSet(name, description, is_held_out, evaluate(folder)))
    return found, without_texts


def main() -> None:
    """Score, then write both files, or neither where something is amiss."""
    try:
        sets, without_texts = find_sets()
        page = render(sets)
    except GoldError as error:
        sys.exit(f"quality: {error}")
    tripped = [unread for item in sets for unread in item.evaluation.unread if unread.is_scored]
    if tripped:
        # Their rows would be missing from what is published.
        sys.exit("\n".join(f"{unread.slug}: {unread.reason}" for unread in tripped))
    counts = {item.name: item.evaluation.total.rules for item in sets if item.name in GOLD_SETS}
    if without_texts:
        known = rule_counts()
        counts |= {name: dict(known.get(name, {})) for name in without_texts}
    RULES.write_text(rule_precision_csv(counts), encoding="utf-8")
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)} and {RULES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
