"""Damage files in every way and read them: no crash, no hang, and no error but a reject.

    python bench/fuzz_readers.py [--seconds 600] [--seed 0] [--first 0] [--forms pdf docx ...]

Starts from every form of a few raw documents and from the hostile files of the tests. Input N of a
seed is always the same bytes. Reading happens in a child process that is killed when it hangs or
needs too much memory; what ended it, and what raised an error other than a reject, is saved in a
temporary folder.
"""

from __future__ import annotations

import argparse
import faulthandler
import gzip
import io
import logging
import multiprocessing
import random
import re
import resource
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from sco_pipeline.document import read_document
from sco_pipeline.errors import RawFileError, SidecarError
from sco_pipeline.expansion import container_type, unpack
from sco_pipeline.extraction import extract_file, load_lexicons
from sco_pipeline.limits import Limits
from sco_pipeline.model import FoundFile, RawFile
from sco_pipeline.raw_files import read_found_file, read_raw_files
from sco_pipeline.sidecars import parse_sidecar
from tests.forms import FORMS
from tests.hostile import hostile_files

ROOT = Path(__file__).resolve().parents[1]
#: Seconds for one input; more count as a hang.
HANG = 30.0
#: Seconds for a child process to make its seeds.
START = 600.0
MEMORY = 2_500_000_000
LONGEST = 400_000
#: One document in so many is also extracted from, which takes most of the time.
EXTRACT_EVERY = 20
DOCUMENTS = 3
LIMITS = Limits(file_bytes=5_000_000, archive_bytes=20_000_000, archive_members=50, pdf_pages=20)

#: What each format has of its own, by words in the name of a form.
TOKENS = {
    "html": (
        b"<table>", b"<tr><td>", b"<ul><li>", b"<!--", b"-->", b"<![CDATA[", b"<!DOCTYPE x [",
        b"<script>", b"</script>", b"<textarea>", b"<svg>", b"<template>", b"<meta charset=utf-7>",
        b"&#0;", b"&#xffffffff;", b"&amp;" * 50, b"<div>" * 500, b"<b><i>" * 200, b"<br>" * 300,
        b'<base href="file:///">', b'<script type="application/ld+json">[[[{"@type":1}]]]</script>',
        b'<html lang="', b"<p style=display:none>", b"\xff\xfe", b"<title>", b"<h1>", b"</body>",
        b'<td rowspan="65535" colspan="1000000">', b'<ol start="9999999999999999999999">',
    ),
    "pdf": (
        b"obj", b"endobj", b"stream\n", b"endstream", b"xref", b"trailer", b"startxref\n0\n%%EOF",
        b"/Length 99999999", b"/Kids [1 0 R]", b"/Count -1", b"/Type /Page", b"/Encrypt 1 0 R",
        b"/Filter [/FlateDecode /FlateDecode]", b"/Parent 3 0 R", b"/ToUnicode 5 0 R", b"<<", b">>",
        b"[", b"]", b"/MediaBox [0 0 1e38 -1e38]", b"/Rotate 90", b"/Contents 4 0 R", b"BT", b"ET",
        b"1 0 R", b"0 0 R", b"/W [0 0 0]", b"%PDF-9.9", b"/JavaScript", b"/Prev 0", b"Tj", b"TJ",
    ),
    "docx": (
        b"<w:p>", b"</w:p>", b"<w:tbl>", b"<w:tr>", b"<w:tc>", b"<w:r><w:t>", b"<w:br/>",
        b'<w:numPr><w:ilvl w:val="99"/><w:numId w:val="-1"/></w:numPr>', b"<!DOCTYPE a [<!ENTITY b",
        b'<!ENTITY x SYSTEM "file:///etc/passwd">', b"&x;", b'w:val="', b"<w:sdt><w:sdtContent>",
        b"<w:ins>", b"<w:del>", b"<mc:AlternateContent>", b'<?xml version="1.1"?>', b"<w:hyperlink",
        b'Target="../../../../x"', b'TargetMode="External"', b"word/document.xml", b"<w:tbl><w:tr>",
    ),
    "eml": (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n", b"--x--", b"\r\n\r\n", b"\n\n",
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: message/rfc822\r\n\r\n", b"=?",
        b"=?utf-8?B?////?=", b"=?x-unknown?Q?=00?=", b"charset=unknown-8bit", b"charset=utf-16",
        b"Date: Thu, 99 Foo 99999 99:99:99 +9999\r\n", b'filename="../../x"', b"filename*=utf-8''%",
        b"Content-Disposition: attachment\r\n", b"Subject: ", b"From: ", b"begin 644 x\n", b"=\r\n",
        b"Content-Location: file:///etc/passwd\r\n", b"Content-ID: <a>\r\n", b"name*0*=x; name*9=y",
    ),
    "zip": (
        b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"../", b"/etc/", b"\x00",
        b"press/", b".zip", b".txt", b"\xff\xff\xff\xff", b"C:\\", b"ustar\x0000", b"\x1f\x8b\x08",
    ),
    "csv": (
        b'"', b'""', b",", b"\n", b"\r", b"\x00", b";", b"\t", b"body", b"id", b"{", b"}", b"[",
        b"]", b"\\u0000", b"\\ud800", b"null", b"1e999", b"NaN", b'{"body": ', b"\xef\xbb\xbf",
    ),
    "txt": (
        b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x00", b"\xc3", b"\xed\xa0\x80", b"\x0c",
        b"\xe2\x80\xae", b"\xcc\x81" * 100, b" | " * 100, b"\n" * 500, b"- ", b"1. ", b"I. ",
        b"[Title] ", b"**", b"[a](b)", b"(" * 500, b"\xc3\x83\xc2\xa9" * 40, b"[" * 300, b"\xa0",
    ),
    "yml": (
        b"&a ", b"*a", b"!!python/object", b"- ", b": ", b"{", b"[" * 200, b"|", b">", b"\t",
        b"---", b"2016-99-99", b"!!binary ", b"<<: *a", b"selectors:\n  content: ",
        b"corpus:\n  text: ",
    ),
}  # fmt: skip
_KINDS = {
    "mhtml": ("html", "eml"), "html": ("html",), "pdf": ("pdf",), "docx": ("docx", "zip"),
    "eml": ("eml", "html"), "zip": ("zip",), "tar": ("zip",), "jsonl": ("csv",), "csv": ("csv",),
    "yml": ("yml",), "hostile": tuple(TOKENS),
}  # fmt: skip
_NUMBER = re.compile(rb"\d{1,9}")
_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483648", b"99999999999999999999", b"1e9")
_WORDS = tuple(
    value.to_bytes(size, order, signed=False)
    for size in (1, 2, 4, 8)
    for value in (0, 1, 0x7F << 8 * (size - 1), (1 << 8 * size) - 1)
    for order in ("little", "big")
)


class Seed(NamedTuple):
    """A file to start from."""

    form: str
    name: str
    content: bytes
    sidecar: bytes | None = None


class Input(NamedTuple):
    """A damaged file."""

    number: int
    form: str
    name: str
    content: bytes
    sidecar: bytes | None


class Outcome(NamedTuple):
    """``fault`` is the traceback of an error that should not be."""

    number: int
    result: str
    seconds: float
    fault: str


# --------------------------------------------------------------------------- inputs


def make_seeds() -> list[Seed]:
    """Every form of a few documents, their sidecars, and the hostile files of moderate size."""
    raws = [raw for raw in read_raw_files(ROOT / "raw") if isinstance(raw, RawFile)]
    step = len(raws) // DOCUMENTS
    seeds = []
    for form, make in FORMS.items():
        for raw in raws[step // 2 :: step]:
            (name, content), *sidecars = make(raw)
            sidecar = sidecars[0][1] if sidecars else None
            seeds.append(Seed(form, name, content, sidecar))
            seeds += [Seed("yml", name, content) for name, content in sidecars]
    seeds += [
        Seed("hostile", file.name, file.content, file.sidecar)
        for file in hostile_files()
        if len(file.content) <= LONGEST
    ]
    return list(dict.fromkeys(seeds))


def make_input(number: int, seed: int, seeds: Sequence[Seed], forms: Sequence[str]) -> Input:
    """Input ``number``: the forms take turns."""
    chance = random.Random(f"{seed}-{number}")
    form = forms[number % len(forms)]
    own = [item for item in seeds if item.form == form]
    start = chance.choice(own)
    content = start.content
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        content = _damage(chance, content, form, own if chance.random() < 0.8 else seeds)
    return Input(number, form, start.name, content[:LONGEST], start.sidecar)


def _damage(chance: random.Random, content: bytes, form: str, seeds: Sequence[Seed]) -> bytes:
    if chance.random() < 0.6:
        inner = _damage_inside(chance, content, form, seeds)
        if inner is not None:
            return inner
    change = chance.choice(_CHANGES)
    return change(chance, content, form, seeds)


def _damage_inside(
    chance: random.Random, content: bytes, form: str, seeds: Sequence[Seed]
) -> bytes | None:
    """Damage what is packed, and pack it again; None if nothing is packed."""
    change = chance.choice(_CHANGES)
    try:
        if content.startswith(b"\x1f\x8b"):
            return gzip.compress(change(chance, gzip.decompress(content), form, seeds), 1, mtime=0)
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                members = [(item.filename, packed.read(item)) for item in packed.infolist()]
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
        return None
    except Exception:  # zlib.error, struct.error: damaged already
        return None
    if not content.startswith(b"PK") or not members:
        return None
    chosen = chance.randrange(len(members))
    name, inner = members[chosen]
    members[chosen] = name, change(chance, inner, form, seeds)
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        warnings.simplefilter("ignore")  # two members of one name
        for name, inner in members:
            packed.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), inner, 8, 1)
    return buffer.getvalue()


Change = Callable[[random.Random, bytes, str, Sequence[Seed]], bytes]


def _flip(chance: random.Random, content: bytes, _: str, __: Sequence[Seed]) -> bytes:
    damaged = bytearray(content)
    for _number in range(chance.choice((1, 4, 32)) if damaged else 0):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _truncate(chance: random.Random, content: bytes, _: str, __: Sequence[Seed]) -> bytes:
    start, end = sorted((chance.randrange(len(content) + 1), chance.randrange(len(content) + 1)))
    return content[:end] if chance.random() < 0.8 else content[start:]


def _cut(chance: random.Random, content: bytes, _: str, __: Sequence[Seed]) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + content[start + chance.choice((1, 4, 40, 1000)) :]


def _repeat(chance: random.Random, content: bytes, _: str, __: Sequence[Seed]) -> bytes:
    start = chance.randrange(len(content) + 1)
    piece = content[start : start + chance.choice((1, 8, 100, 4000))]
    times = chance.choice((1, 2, 20, 1000, 20_000))
    times = min(times, (LONGEST - len(content)) // (len(piece) or 1))
    return content[:start] + piece * max(times, 0) + content[start:]


def _insert(chance: random.Random, content: bytes, form: str, _: Sequence[Seed]) -> bytes:
    kinds = next((kinds for word, kinds in _KINDS.items() if word in form), ("txt",))
    tokens = TOKENS[chance.choice(kinds)]
    for _number in range(chance.choice((1, 1, 3, 10))):
        start = chance.randrange(len(content) + 1)
        times = chance.choice((1, 1, 1, 50))
        content = content[:start] + chance.choice(tokens) * times + content[start:]
    return content


def _renumber(chance: random.Random, content: bytes, _: str, __: Sequence[Seed]) -> bytes:
    start = chance.randrange(len(content) + 1)
    found = _NUMBER.search(content, start) or _NUMBER.search(content)
    if found is None:
        return content
    return content[: found.start()] + chance.choice(_NUMBERS) + content[found.end() :]


def _overwrite(chance: random.Random, content: bytes, _: str, __: Sequence[Seed]) -> bytes:
    word = chance.choice(_WORDS)
    start = chance.randrange(len(content) + 1)
    return content[:start] + word + content[start + len(word) :]


def _splice(chance: random.Random, content: bytes, _: str, seeds: Sequence[Seed]) -> bytes:
    other = chance.choice(seeds).content
    head, tail = chance.randrange(len(content) + 1), chance.randrange(len(other) + 1)
    return content[:head] + other[tail:]


_CHANGES: tuple[Change, ...] = (
    _flip, _truncate, _cut, _repeat, _insert, _insert, _insert, _renumber, _overwrite, _splice,
)  # fmt: skip


# --------------------------------------------------------------------------- reading


def read(item: Input) -> str:
    """Read one input as a build does, as far as the blocks of its documents.

    Returns:
        ``read`` or the reason why not.

    Raises:
        Exception: Anything but a reject; that is what is looked for.
    """
    try:
        if item.form == "yml":
            parse_sidecar(item.content)
        else:
            _read_file(item)
    except RawFileError as error:
        return error.reason
    except SidecarError:
        return "bad_sidecar"
    return "read"


def _read_file(item: Input) -> None:
    found = FoundFile(item.name, item.content, _digest(item.content), "s.yml", item.sidecar)
    media_type = container_type(found, LIMITS)
    if media_type is None:
        _read_document(found, item.number)
        return
    with tempfile.TemporaryDirectory() as folder:
        refused: RawFileError | None = None
        for unpacked in unpack(found, media_type, Path(folder), LIMITS).files:
            member = replace(unpacked.found, content=unpacked.file.read_bytes())
            try:
                _read_document(member, item.number)
            except RawFileError as error:
                refused = error
        if refused:
            raise refused


def _read_document(found: FoundFile, number: int) -> None:
    raw, _ = read_found_file(found)
    if number % EXTRACT_EVERY == 0:
        extract_file(raw, "d", LIMITS)
    else:
        read_document(raw, "d", load_lexicons("en").reading, LIMITS)


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def work(connection: Connection, seed: int, first: int, forms: Sequence[str]) -> None:
    """Child process: read one input after the other, and say so before and after each."""
    faulthandler.enable()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    load_lexicons("en")
    seeds = make_seeds()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for number in count(first):
        item = make_input(number, seed, seeds, forms)
        connection.send(number)
        start = time.perf_counter()
        fault = ""
        try:
            result = read(item)
        except Exception as error:
            result, fault = type(error).__name__, traceback.format_exc()
        connection.send(Outcome(number, result, time.perf_counter() - start, fault))


# --------------------------------------------------------------------------- the parent


class Found:
    """What has been found so far."""

    def __init__(self, seed: int, forms: Sequence[str]) -> None:
        self._seed, self._forms, self._seeds = seed, forms, make_seeds()
        self._folder: Path | None = None
        self._results: dict[str, Counter[str]] = {form: Counter() for form in forms}
        self._slowest: dict[str, tuple[float, int]] = dict.fromkeys(forms, (0.0, 0))
        self._known: Counter[str] = Counter()
        self.faults = 0

    def add(self, outcome: Outcome) -> None:
        """Count an outcome; the input of a new kind of fault is saved."""
        form = self._forms[outcome.number % len(self._forms)]
        self._results[form][outcome.result] += 1
        self._slowest[form] = max(self._slowest[form], (outcome.seconds, outcome.number))
        if not outcome.fault:
            return
        self.faults += 1
        # Of one that ended its process nothing is known but the form.
        kind = f"{form} " if outcome.result.isupper() else ""
        kind += "\n".join(outcome.fault.strip().splitlines()[-5:])
        self._known[kind] += 1
        if self._known[kind] == 1:
            path = self.save(outcome.number, outcome.result)
            print(f"\n{outcome.result} in input {outcome.number} ({form}), saved as {path}:")
            print(outcome.fault, flush=True)

    def save(self, number: int, result: str) -> Path:
        """Save an input in the temporary folder."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        item = make_input(number, self._seed, self._seeds, self._forms)
        path = self._folder / f"{self._seed}-{number}-{result}-{Path(item.name).name[-60:]}"
        path.write_bytes(item.content)
        return path

    def report(self) -> None:
        """Print a Markdown table, one row a form."""
        print("| form | inputs | read | rejected | faults | slowest, s | its number |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for form, results in self._results.items():
            total, good = results.total(), results["read"]
            bad = sum(n for name, n in results.items() if not name.islower())
            seconds, number = self._slowest[form]
            print(
                f"| {form} | {total} | {good} | {total - good - bad} | {bad} | {seconds:.2f} "
                f"| {number} |"
            )
        total = sum(results.total() for results in self._results.values())
        print(f"\n{total} inputs, {self.faults} faults of {len(self._known)} kinds")


def main(arguments: Sequence[str]) -> int:
    """Fuzz for the time given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--forms", nargs="+", default=[*FORMS, "yml", "hostile"])
    options = parser.parse_args(arguments)
    found = Found(options.seed, options.forms)
    end = time.monotonic() + options.seconds
    following = options.first
    while time.monotonic() < end:
        following = _run(found, options.seed, following, options.forms, end)
    found.report()
    return 1 if found.faults else 0


def _run(found: Found, seed: int, first: int, forms: Sequence[str], end: float) -> int:
    """Run one child until it ends or the time is over; returns the next number."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=work, args=(there, seed, first, forms), daemon=True)
    child.start()
    there.close()
    current, started = first - 1, False
    try:
        while time.monotonic() < end:
            if not here.poll(HANG if started else START):
                found.add(Outcome(current, "HANG", HANG, f"no answer in {HANG:.0f} seconds"))
                return current + 1
            message = here.recv()
            if isinstance(message, Outcome):
                found.add(message)
                first = message.number + 1
            else:
                current, started = message, True
        return first
    except EOFError:
        child.join(10)
        if not started:
            raise SystemExit("the child process ended before it read anything") from None
        fault = f"the process ended with {child.exitcode}"
        found.add(Outcome(current, "CRASH", 0.0, fault))
        return current + 1
    finally:
        child.kill()
        child.join()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
