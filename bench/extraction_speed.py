"""Extraction against spaCy's blank tokenizer and sentencizer, on the same texts in one run.

    python bench/extraction_speed.py [DIR ...]

Prints characters a second of each and their ratio; nothing here is a test. Both sides work
in one process on texts already in memory; extraction starts from the raw bytes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from sco_pipeline.extraction import extract_file, load_lexicons
from sco_pipeline.model import RawFile
from sco_pipeline.raw_files import read_raw_files

SHARED = Path(__file__).resolve().parents[2] / "shared"
ROUNDS = 3


def main(folders: list[Path]) -> int:
    """Time both on every folder."""
    try:
        import spacy
    except ImportError:
        print("spaCy is not installed; make bench installs it", file=sys.stderr)
        return 1
    load_lexicons("en")
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.max_length = 10_000_000
    print(
        f"{'texts':<22}{'documents':>10}{'characters':>12}{'ours/s':>12}{'spaCy/s':>12}{'ratio':>8}"
    )
    total = [0, 0, 0.0, 0.0]
    for folder in folders:
        raws = [raw for raw in read_raw_files(folder) if isinstance(raw, RawFile)]
        texts = [raw.content.decode("utf-8", "replace") for raw in raws]
        size = sum(map(len, texts))

        def ours(raws: list[RawFile] = raws) -> None:
            for raw in raws:
                extract_file(raw, raw.sha256[:12])

        def theirs(texts: list[str] = texts) -> None:
            for text in texts:
                list(nlp(text).sents)

        # Rounds alternate, so that a machine that slows down slows both.
        best_ours = best_theirs = float("inf")
        for _ in range(ROUNDS):
            best_ours = min(best_ours, _seconds(ours))
            best_theirs = min(best_theirs, _seconds(theirs))
        row = (len(raws), size, best_ours, best_theirs)
        _print_row(folder.name, *row)
        total = [sum(pair) for pair in zip(total, row, strict=True)]
    _print_row("all", *total)
    return 0


def _print_row(name: str, documents: float, size: float, ours: float, theirs: float) -> None:
    print(
        f"{name:<22}{documents:>10}{size:>12,}{size / ours:>12,.0f}{size / theirs:>12,.0f}"
        f"{theirs / ours:>8.2f}"
    )


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    default = [SHARED / "gold/en", SHARED / "corpora/ungdc"]
    if not SHARED.is_dir():
        default = [Path(__file__).resolve().parents[1] / "raw"]
    sys.exit(main([Path(name) for name in sys.argv[1:]] or default))
