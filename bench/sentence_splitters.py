"""Sentence splitters compared: rule cases passed, and characters a second, in one run.

    python bench/sentence_splitters.py [--failures]

Prints a Markdown table; docs/adr/0002-sentence-splitter.md holds one such run. Cases and texts
lie in ../shared; a splitter that is not installed is named and left out. All split the same
paragraphs, one process, processor time, best of several rounds that take turns, so that a
machine that slows down slows all of them. ``reading`` is our whole way from bytes to sentences.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sco_pipeline.document import read_document
from sco_pipeline.model import RawFile
from sco_pipeline.raw_files import read_raw_files
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.sentences import split_sentences, split_text

SHARED = Path(__file__).resolve().parents[2] / "shared"
CASES = SHARED / "peers" / "sentence_rules_dev.json"
LANGUAGES = ("en", "ru", "zh")
TEXTS = {"gold": SHARED / "gold" / "en", "ungdc": SHARED / "corpora" / "ungdc"}
READING = "reading, bytes to sentences"
ROUNDS = 5
#: The slow ones take long: of each collection only so many characters.
SAMPLE = 400_000

Splitter = Callable[[str], list[str]]


def ours() -> Splitter:
    lexicon = ReadingLexicon.load("en")
    return lambda text: split_text(text, lexicon)


def spacy_sentencizer() -> Splitter:
    spacy = importlib.import_module("spacy")
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return lambda text: [sentence.text for sentence in nlp(text).sents]


def pysbd() -> Splitter:
    segmenter = importlib.import_module("pysbd").Segmenter(language="en", clean=False)
    return lambda text: [str(sentence).strip() for sentence in segmenter.segment(text)]


def nupunkt() -> Splitter:
    sent_tokenize = importlib.import_module("nupunkt").sent_tokenize
    return lambda text: [sentence.strip() for sentence in sent_tokenize(text)]


def blingfire() -> Splitter:
    text_to_sentences = importlib.import_module("blingfire").text_to_sentences
    return lambda text: text_to_sentences(text).split("\n")


SPLITTERS: dict[str, Callable[[], Splitter]] = {
    "sco_pipeline": ours,
    "spaCy blank + sentencizer": spacy_sentencizer,
    "pySBD": pysbd,
    "nupunkt": nupunkt,
    "blingfire": blingfire,
}


def main(show_failures: bool) -> int:
    """Print the table, and the failing cases of our own splitter if asked for."""
    if not CASES.exists():
        print(f"no cases at {CASES}; nothing to compare", file=sys.stderr)
        return 1
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    splitters: dict[str, Splitter] = {}
    for name, load in SPLITTERS.items():
        try:
            splitters[name] = load()
        except ImportError as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
    lexicon = ReadingLexicon.load("en")
    raws = {name: _read_raws(folder) for name, folder in TEXTS.items()}
    speeds = _measure(splitters, raws, lexicon)
    baseline = speeds.get("spaCy blank + sentencizer")
    heads = [f"{language} ({len(cases[language])})" for language in LANGUAGES]
    print("| splitter |", " | ".join([*heads, *(f"{n}, M chars/s" for n in TEXTS), "x spaCy"]), "|")
    print("|---|", " | ".join(["---:"] * (len(heads) + len(TEXTS) + 1)), "|")
    for name, splitter in splitters.items():
        passed = [
            str(sum(_strip(splitter(c["text"])) == c["sentences"] for c in cases[language]))
            for language in LANGUAGES
        ]
        print(f"| {name} |", " | ".join([*passed, *_cells(speeds[name], baseline)]), "|")
    reading = _cells(speeds[READING], baseline)
    print(f"| {READING} |", " | ".join([*([""] * len(heads)), *reading]), "|")
    if show_failures:
        for language in LANGUAGES:
            for case in cases[language]:
                got = split_text(case["text"], lexicon)
                if got != case["sentences"]:
                    print(f"\n{language}: {case['text']}\n  want {case['sentences']}\n  got  {got}")
    return 0


def _strip(sentences: list[str]) -> list[str]:
    return [sentence.strip() for sentence in sentences if sentence.strip()]


def _cells(speeds: dict[str, float], baseline: dict[str, float] | None) -> list[str]:
    cells = [f"{speeds[name] / 1e6:.2f}" for name in TEXTS]
    ratio = sum(speeds[n] / baseline[n] for n in TEXTS) / len(TEXTS) if baseline else None
    return [*cells, f"{ratio:.2f}" if ratio else "-"]


def _read_raws(folder: Path) -> list[RawFile]:
    return [raw for raw in read_raw_files(folder) if isinstance(raw, RawFile)]


def _paragraphs(raws: list[RawFile], lexicon: ReadingLexicon) -> list[str]:
    documents = [read_document(raw, raw.path, lexicon) for raw in raws]
    return [
        document.text[block.char_start : block.char_end]
        for document in documents
        for block in document.blocks
        if block.kind in ("paragraph", "list_item")
    ]


def _split_all(splitter: Splitter, texts: list[str]) -> None:
    for text in texts:
        splitter(text)


def _read_all(raws: list[RawFile], lexicon: ReadingLexicon) -> None:
    for raw in raws:
        split_sentences(read_document(raw, raw.path, lexicon), lexicon)


def _measure(
    splitters: dict[str, Splitter], raws: dict[str, list[RawFile]], lexicon: ReadingLexicon
) -> dict[str, dict[str, float]]:
    """Characters a second of each splitter, and of reading, on each collection."""
    speeds: dict[str, dict[str, float]] = {name: {} for name in (*splitters, READING)}

    def time_it(name: str, collection: str, size: int, work: Callable[[], object]) -> None:
        start = time.process_time()
        work()
        speed = size / (time.process_time() - start)
        speeds[name][collection] = max(speed, speeds[name].get(collection, 0.0))

    for collection, files in raws.items():
        sample: list[RawFile] = []
        size = 0
        for raw in files:
            if size < SAMPLE:
                sample.append(raw)
                size += len(raw.content.decode("utf-8"))
        texts = _paragraphs(sample, lexicon)
        texts_size = sum(map(len, texts))
        for _ in range(ROUNDS):
            for name, splitter in splitters.items():
                time_it(name, collection, texts_size, partial(_split_all, splitter, texts))
            time_it(READING, collection, size, partial(_read_all, sample, lexicon))
    return speeds


if __name__ == "__main__":
    sys.exit(main("--failures" in sys.argv[1:]))
