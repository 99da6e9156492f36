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
        print(
            f"{folder.name:<22}{len(raws):>10}{size:>12,}{size / best_ours:>12,.0f}"
            f"{size / best_theirs:>12,.0f}{best_theirs / best_ours:>8.2f}"
        )
    return 0


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    default = [SHARED / "gold/en", SHARED / "corpora/ungdc"]
    if not SHARED.is_dir():
        default = [Path(__file__).resolve().parents[1] / "raw"]
    sys.exit(main([Path(name) for name in sys.argv[1:]] or default))
