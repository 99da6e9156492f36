"""In how many annotated documents and corpus texts each lexicon row fires: ``make lexicon-report``.

Prints every row of the language's lexicons with both counts as CSV to stdout. To stderr go the rows
that fire in a single text of all (a row that serves one document only does not belong in a lexicon)
and a summary, so that ``make lexicon-report > rows.csv`` writes the one and shows the other.
Held-out documents are not looked at: what fires there would tell what they say.

A row fires where one of its forms stands as the lexicon's longest term, as in extraction; guards
(``needs``, ``unless``, the side of a wording) are not applied, and a wording of a speech act fires
where a sentence holds its verb or noun and every word it asks for.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sco_pipeline.document import read_document
from sco_pipeline.errors import RawFileError
from sco_pipeline.extraction import load_lexicons
from sco_pipeline.lexicon import LEXICONS
from sco_pipeline.mentions.speech_acts.cues import (
    PATTERN_TOKEN,
    PHRASE_CONSTRUCTIONS,
    Verb,
    read_verbs,
)
from sco_pipeline.model import RawFile
from sco_pipeline.raw_files import read_raw_files
from sco_pipeline.sentences import split_sentences
from sco_pipeline.terms import TermIndex, expand, fold

LANGUAGE = "en"
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
GOLD = (SHARED / "gold" / LANGUAGE, ROOT / "tests/gold/development")
CORPORA = (SHARED / "corpora/ungdc", SHARED / "corpora/unsc_resolutions")
#: Where a lexicon keeps its words, the first of these columns that it has.
WORD_COLUMNS = ("form", "word", "term", "pattern", "lemma", "nickname")
#: Lexicons whose forms may have alternatives and optional parts.
EXPANDED = {"instrument_heads", "instruments", "topic_masks", "topics"}
#: Crosswalks between codes: no words to look for.
WITHOUT_WORDS = {"office_roles"}

_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")

Row = dict[str, str]


class Text(NamedTuple):
    """A text to look in; ``sentences`` are folded."""

    text: str
    folded: str
    sentences: list[str]


Finder = Callable[[Text], set[int]]


def main() -> int:
    """Print the report."""
    gold, corpora = list(_read_texts(GOLD)), list(_read_texts(CORPORA))
    if not corpora:
        print("lexicon-report: ../shared/corpora is absent: corpus counts are 0", file=sys.stderr)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("lexicon", "row", "gold_documents", "corpus_texts"))
    summary: list[tuple[str, Counter[str]]] = []
    single: list[tuple[str, str]] = []
    for path in sorted((Path(str(LEXICONS)) / LANGUAGE).glob("*.csv")):
        if path.stem in WITHOUT_WORDS:
            continue
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        find = (
            _wording_finder(rows) if path.stem == "speech_acts" else _term_finder(path.stem, rows)
        )
        in_gold, in_corpora = (_count(find, texts) for texts in (gold, corpora))
        counts: Counter[str] = Counter()
        for number, row in enumerate(rows):
            label = " | ".join(value for key, value in row.items() if value and key != "source")
            writer.writerow((path.stem, label, in_gold[number], in_corpora[number]))
            total = in_gold[number] + in_corpora[number]
            counts["rows"] += 1
            counts["no text" if not total else "one text" if total == 1 else "more"] += 1
            counts["one gold document only"] += in_gold[number] == total == 1
            if total == in_gold[number] == 1:
                single.append((path.stem, f"{label} ({row['source']})"))
        summary.append((path.stem, counts))
    _print_summary(single, summary, f"{len(gold)} annotated documents, {len(corpora)} corpus texts")
    return 0


def _print_summary(
    single: Iterable[tuple[str, str]], summary: Iterable[tuple[str, Counter[str]]], texts: str
) -> None:
    lines = ["", "Rows that fire in one annotated document and nowhere else:", ""]
    lines += [f"  {name}: {label}" for name, label in single]
    columns = ("rows", "more", "one text", "no text", "one gold document only")
    lines += ["", texts, "", f"{'lexicon':<26}" + "".join(f"{column:>24}" for column in columns)]
    for name, counts in summary:
        lines.append(f"{name:<26}" + "".join(f"{counts[column]:>24}" for column in columns))
    print("\n".join(lines), file=sys.stderr)


def _read_texts(folders: Iterable[Path]) -> Iterator[Text]:
    reading = load_lexicons(LANGUAGE).reading
    seen: set[str] = set()
    for folder in folders:
        if not folder.is_dir():
            continue
        for raw in read_raw_files(folder):
            if not isinstance(raw, RawFile) or raw.sha256 in seen:
                continue
            seen.add(raw.sha256)
            try:
                document = read_document(raw, raw.sha256, reading)
            except RawFileError:
                continue
            sentences = split_sentences(document, reading)
            folded = document.folded
            yield Text(
                document.text, folded, [folded[s.char_start : s.char_end] for s in sentences]
            )


def _count(find: Finder, texts: Iterable[Text]) -> Counter[int]:
    """Number of the row -> texts in which it fires."""
    return Counter(number for text in texts for number in find(text))


def _term_finder(name: str, rows: list[Row]) -> Finder:
    owners: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for form in _forms(name, row):
            owners[form].append(number)
    index = TermIndex(owners.items())
    return lambda text: {n for term in index.find(text.text, text.folded) for n in term.value}


def _forms(name: str, row: Row) -> Iterator[str]:
    form = row[next(column for column in WORD_COLUMNS if column in row)]
    if name == "speech_verbs":
        yield from _verbs()[form].forms
    elif "{}" in form:  # "council of {} ministers": any portfolio
        yield from (form.replace("{}", portfolio) for portfolio in _portfolios())
    elif name in EXPANDED:
        yield from expand(form)
    else:
        yield form


@cache
def _verbs() -> Mapping[str, Verb]:
    return read_verbs(LANGUAGE)


@cache
def _portfolios() -> list[str]:
    with (Path(str(LEXICONS)) / LANGUAGE / "portfolios.csv").open(encoding="utf-8") as file:
        return [row["form"] for row in csv.DictReader(file)]


def _wording_finder(rows: list[Row]) -> Finder:
    by_head: dict[str, set[tuple[int, tuple[tuple[str, ...], ...]]]] = defaultdict(set)
    for number, row in enumerate(rows):
        tokens = PATTERN_TOKEN.findall(row["pattern"])
        # "{agreement} emerge on": the verb stands second.
        head = tokens.pop(1 if tokens[0].startswith("{") else 0)
        asked = tuple(_words(token) for token in tokens if token[0] not in "~.[")
        for form in _head_forms(head, row["construction"]):
            by_head[form].add((number, asked))

    def find(text: Text) -> set[int]:
        found: set[int] = set()
        for sentence in text.sentences:
            for word in set(_WORD.findall(sentence)):
                found |= {
                    number
                    for number, asked in by_head.get(word, ())
                    if all(any(_holds(sentence, word) for word in words) for words in asked)
                }
        return found

    return find


def _words(token: str) -> tuple[str, ...]:
    return tuple(fold(word.replace("_", " ")) for word in token.strip("{}").split("|"))


def _head_forms(head: str, construction: str) -> Iterator[str]:
    """First words of a wording: the forms of its verbs, or the words of a phrase themselves."""
    verbs = _verbs()
    for first in head.split("|"):
        if construction in PHRASE_CONSTRUCTIONS:
            yield fold(first).split("_")[0]
        elif first.startswith("@"):
            for verb in verbs.values():
                yield from verb.forms if verb.group == first[1:] else ()
        else:
            yield from verbs[first].forms


def _holds(sentence: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", sentence) is not None


if __name__ == "__main__":
    sys.exit(main())
