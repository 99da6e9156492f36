"""How many copies of documents are found, and how many documents are taken for copies and are not.

    python bench/duplicates.py [FOLDER ...]

Copies and releases from one template are made of the documents in the folders: by default raw/,
tests/gold and, where they are there, ../shared/gold/en and ../shared/corpora. Each kind is
resolved together with all documents as they are, so that every document could be joined to every
other. Prints a table in Markdown, and the joins that are wrong.
"""

from __future__ import annotations

import csv
import hashlib
import random
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from sco_pipeline.errors import RawFileError
from sco_pipeline.extraction import extract_file
from sco_pipeline.model import Extraction, RawFile
from sco_pipeline.resolution.assemble import document_rows, reference_tables, resolve
from sco_pipeline.resolution.caches import create_caches
from sco_pipeline.sketches import FEWEST_WORDS, words_of
from sco_pipeline.tables import EXTRACTED, SOURCES, mention_tables
from sco_pipeline.terms import fold

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
FOLDERS = (ROOT / "raw", ROOT / "tests/gold", SHARED / "gold/en", SHARED / "corpora")
#: Longer texts are no press releases made from a template.
RELEASE_CHARACTERS = 6_000
#: Share of letters that are misprinted.
MISPRINTS = 0.005
LINE = 64
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
NAMES = [
    "Abernathy",
    "Bellweather",
    "Castellanos",
    "Dunmore",
    "Ellingham",
    "Fairclough",
    "Gunnarsson",
    "Hollister",
    "Ingebrigtsen",
    "Jankowski",
    "Kettering",
    "Lindqvist",
    "Montague",
    "Nethercott",
    "Oakeshott",
    "Pemberton",
]
HEADER = """Home | News | Documents | Contacts
Search
EN | RU

Press service
{date}

"""
FOOTER = """

Share on Facebook
Print version

Read also
Exhibition of folk crafts opens in the capital
Timetable of receptions for citizens

© 2024 Press service. All rights reserved. Tel. +7 495 000-00-00
"""
NOTE = (
    "Editor's note: this text is published as it was received from the press service. The "
    "organisation's own edition may differ from it in matters of style, and the names of offices "
    "are given as they were at that time. Readers who find mistakes are asked to write to us."
)

_DATE = re.compile(
    rf"\b(\d{{1,2}})((?:\s?[-–]\s?\d{{1,2}})?) ({'|'.join(MONTHS)})(?:,? (\d{{4}}))?"
    rf"|\b({'|'.join(MONTHS)}) (\d{{1,2}})(?:(,? )(\d{{4}}))?\b"
    r"|\b(\d\d)([./])(\d\d)[./](\d{4})\b"
)
_QUOTED = re.compile(r"[\"“«]([^\"”»\n]{20,})[\"”»]")

Change = Callable[[str, random.Random, Extraction], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to make another document of a document; ``is_copy``: it is to be found."""

    name: str
    change: Change
    is_copy: bool


def reflow(text: str, *_: object) -> str:
    return "\n\n".join(
        "\n".join(textwrap.wrap(block, LINE, break_on_hyphens=False))
        for block in re.split(r"\n\s*\n", text)
    )


def frame(text: str, rng: random.Random, of: Extraction) -> str:
    day = of.document.published_on or next((m.ends_on for m in of.meetings[:1]), None)
    return HEADER.format(date=f"{day:%d.%m.%Y} 10:41" if day else "Press centre") + text + FOOTER


def misprint(text: str, rng: random.Random, *_: object) -> str:
    """Letters left out, doubled or exchanged with the next."""
    letters = list(text)
    for i, letter in enumerate(letters[:-1]):
        if letter.isalpha() and rng.random() < MISPRINTS:
            if rng.random() < 0.34 and letters[i + 1].isalpha():
                letters[i], letters[i + 1] = letters[i + 1], letter
            else:
                letters[i] = rng.choice(("", letter * 2))
    return "".join(letters)


def drop_paragraph(text: str, rng: random.Random, *_: object) -> str:
    """Leave out one of the paragraphs that have no more than a sixth of the text."""
    blocks = re.split(r"\n\s*\n", text)
    droppable = [i for i, block in enumerate(blocks) if i > 1 and len(block) < len(text) / 6]
    if droppable:
        del blocks[rng.choice(droppable)]
    return "\n\n".join(blocks)


def add_note(text: str, *_: object) -> str:
    return f"{text}\n\n{NOTE}\n"


def other_quotes(text: str, *_: object) -> str:
    text = re.sub(r"[\"“]([^\"”\n]*)[\"”]", r"«\1»", text)
    return text.translate({ord("’"): "'", ord("–"): "-", ord("—"): "-", ord(" "): "\u00a0"})


def reword_quotations(text: str, *_: object) -> str:
    """As if they had been translated anew."""
    return _QUOTED.sub(lambda found: f'"{" ".join(reversed(found[1].split()))}"', text)


def hyphenate(text: str, rng: random.Random, *_: object) -> str:
    """Words cut at the ends of lines, as in a PDF."""
    lines = reflow(text).split("\n")
    for i in range(len(lines) - 1):
        head, _, word = lines[i].rpartition(" ")
        if head and len(word) > 7 and word.isalpha() and lines[i + 1]:
            lines[i], lines[i + 1] = f"{head} {word[:4]}-", f"{word[4:]} {lines[i + 1]}"
    return "\n".join(lines)


def respell(text: str, rng: random.Random, of: Extraction) -> str:
    """Names of persons in another transliteration."""
    with (ROOT / "bench/scale_respellings.csv").open(encoding="utf-8", newline="") as stream:
        pairs = [(row["written"], row["respelt"]) for row in csv.DictReader(stream)]
    for name in sorted({p.person.name_as_written for p in of.participants}, key=len, reverse=True):
        other = name
        for written, respelt in pairs:
            other = other.replace(written, respelt)
        text = text.replace(name, other)
    return text


def several(text: str, rng: random.Random, of: Extraction) -> str:
    for change in (misprint, drop_paragraph, add_note, reflow, other_quotes, frame):
        text = change(text, rng, of)
    return text


def half(text: str, *_: object) -> str:
    blocks = re.split(r"\n\s*\n", text)
    kept, size = [], 0
    for block in blocks:
        if size + len(block) > len(text) / 2:
            break
        kept.append(block)
        size += len(block)
    return "\n\n".join(kept)


def other_date(text: str, *_: object) -> str:
    """The same month of another year and another day for every date."""

    def shifted(found: re.Match[str]) -> str:
        if found[1]:
            day = (int(found[1]) + 4) % 27 + 1
            days = f"{day}-{day + 1}" if found[2] else str(day)
            return f"{days} {found[3]}" + (f" {int(found[4]) + 1}" if found[4] else "")
        if found[5]:
            year = f"{found[7]}{int(found[8]) + 1}" if found[8] else ""
            return f"{found[5]} {(int(found[6]) + 4) % 27 + 1}{year}"
        return f"{(int(found[9]) + 4) % 27 + 1:02}{found[10]}{found[11]}{found[10]}{found[12]}"

    return _DATE.sub(shifted, text)


def other_day(text: str, rng: random.Random, of: Extraction) -> str:
    """Only the day of the meeting, a week later, wherever it is written."""
    meeting = next((m for m in of.meetings[:1] if m.precision == "day"), None)
    if meeting is None or meeting.starts_on is None:
        return text
    day = meeting.starts_on
    later = day + timedelta(7)
    for form in ("{0.day} {0:%B}", "{0:%B} {0.day}", "{0:%d.%m.%Y}"):
        text = re.sub(rf"\b{re.escape(form.format(day))}\b", form.format(later), text)
    return text


def other_city(text: str, rng: random.Random, of: Extraction) -> str:
    city = next((m.city for m in of.meetings[:1] if m.city), None)
    if city is None:
        return text
    other = "Yerevan" if city != "Yerevan" else "Almaty"
    return text.replace(city, other).replace(city.upper(), other.upper())


def other_ordinal(text: str, rng: random.Random, of: Extraction) -> str:
    """The next meeting of its series."""
    number = next((m.ordinal for m in of.meetings[:1] if m.ordinal), None)
    if number is None or number >= len(ORDINALS):
        return text
    word, other = ORDINALS[number - 1], ORDINALS[number]
    text = re.sub(rf"\b{word}\b", other, text)
    text = re.sub(rf"\b{word.title()}\b", other.title(), text)
    return re.sub(rf"\b{number}(?:st|nd|rd|th)\b", f"{number + 1}th", text)


def other_persons(text: str, rng: random.Random, of: Extraction) -> str:
    """Other people in the same offices."""
    for p in sorted(of.participants, key=lambda p: -p.person.char_start):
        name = f"{rng.choice('ABCDEFGHKLMNOP')}. {rng.choice(NAMES)}"
        text = text.replace(p.person.name_as_written, name)
    return text


def next_release(text: str, rng: random.Random, of: Extraction) -> str:
    for change in (other_date, other_city, other_ordinal, other_persons):
        text = change(text, rng, of)
    return text


KINDS = (
    Kind("reflowed", reflow, True),
    Kind("header and footer of a site", frame, True),
    Kind("misprints in 0.5 % of letters", misprint, True),
    Kind("paragraph left out", drop_paragraph, True),
    Kind("editor's note added", add_note, True),
    Kind("other quotation marks and dashes", other_quotes, True),
    Kind("quotations reworded", reword_quotations, True),
    Kind("words cut at line ends", hyphenate, True),
    Kind("names in other spellings", respell, True),
    Kind("several of these at once", several, True),
    Kind("first half only", half, False),
    Kind("template: another year and day", other_date, False),
    Kind("template: a week later", other_day, False),
    Kind("template: another city", other_city, False),
    Kind("template: next ordinal", other_ordinal, False),
    Kind("template: other persons", other_persons, False),
    Kind("template: all of these", next_release, False),
)


def read(path: str, text: str) -> Extraction | None:
    content = text.encode()
    digest = hashlib.sha256(content).hexdigest()
    try:
        return extract_file(RawFile(path, content, digest), digest[:12])
    except RawFileError:
        return None


def documents(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Distinct texts, each with its path."""
    seen = set()
    for folder in folders:
        for path in sorted(folder.rglob("*.txt")):
            text = path.read_text(encoding="utf-8", errors="replace")
            if text not in seen:
                seen.add(text)
                yield f"{folder.name}/{path.relative_to(folder)}", text


@cache
def _references() -> Mapping[str, pa.Table]:
    return reference_tables()


def copies(extractions: Sequence[Extraction]) -> dict[str, tuple[str, str, float]]:
    """document_id -> duplicate_of, kind and similarity of those that were found to be copies."""
    tables = mention_tables(extractions)
    ids, paths, hashes = (tables["documents"][n] for n in ("document_id", "path", "sha256"))
    sources = pa.Table.from_arrays([ids, paths, hashes, hashes], schema=SOURCES)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE SCHEMA {EXTRACTED}")
        create_caches(connection)
        for name, table in {"sources": sources, **tables}.items():
            connection.register("batch", table)
            connection.execute(f"CREATE TABLE {EXTRACTED}.{name} AS FROM batch")
            connection.unregister("batch")
        resolve(connection, _references())
        rows = document_rows(connection, sorted(ids.to_pylist()))["documents"].to_pylist()
    return {
        row["document_id"]: (row["duplicate_of"], row["duplicate_kind"], row["similarity"])
        for row in rows
        if row["duplicate_of"]
    }


def main(folders: Sequence[Path]) -> None:
    """Make, resolve and count."""
    originals = {
        path: found for path, text in documents(folders) if (found := read(path, text)) is not None
    }
    texts = {path: text for path, text in documents(folders) if path in originals}
    path_of = {found.document.document_id: path for path, found in originals.items()}
    known = copies(list(originals.values()))
    print(f"{len(originals)} documents, {len(originals) * (len(originals) - 1) // 2:,} pairs\n")
    for copy, (original, kind, similarity) in known.items():
        print(f"- joined: {path_of[copy]} is a {kind} copy of {path_of[original]} ({similarity})")
    print("\n| kind | made | found | share | least similarity | joined to another |")
    print("|---|---:|---:|---:|---:|---:|")
    wrong, missed = [], []
    for kind in KINDS:
        made: dict[str, str] = {}
        extractions = dict(originals)
        for path, found in originals.items():
            if not kind.is_copy and len(texts[path]) > RELEASE_CHARACTERS:
                continue
            text = kind.change(texts[path], random.Random(f"{kind.name} {path}"), found)
            words = words_of(fold(text))
            if words == words_of(fold(texts[path])) and not kind.is_copy:
                continue
            if text == texts[path] or len(words) < FEWEST_WORDS:
                continue
            if (changed := read(f"changed/{path}", text)) is not None:
                made[changed.document.document_id] = path
                extractions[f"changed/{path}"] = changed
        joined = copies(list(extractions.values()))

        def root(document: str, joined: Mapping[str, tuple[str, str, float]] = joined) -> str:
            return joined[document][0] if document in joined else document

        own = {key: root(originals[path].document.document_id) for key, path in made.items()}
        found_ids = [key for key in made if root(key) == own[key]]
        path = path_of | made
        others = [(path[a], path[b]) for a, (b, *_) in joined.items() if path[a] != path[b]]
        alike = [joined[key][2] for key in found_ids if key in joined]
        print(
            f"| {kind.name} | {len(made)} | {len(found_ids)} "
            f"| {len(found_ids) / len(made):.1%} | {min(alike, default=0):.2f} | {len(others)} |"
            if made
            else f"| {kind.name} | 0 | | | | |",
            flush=True,
        )
        if kind.is_copy:
            missed += [f"- missed: {kind.name}: {made[k]}" for k in made if k not in found_ids]
        else:
            wrong += [
                f"- wrong: {kind.name}: {made[k]} {joined.get(k, ('', '', ''))[2]}"
                for k in found_ids
            ]
        wrong += [f"- wrong: {kind.name}: {a} -> {b}" for a, b in others]
    print("\n" + "\n".join([*wrong, *missed]))


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or [f for f in FOLDERS if f.is_dir()])
