"""Speed, memory and faithfulness of reading each format: a Markdown table for docs/performance.md.

    python bench/formats.py [--forms pdf docx ...] [--worst]

Every raw document is made into every form (tests/forms.py). A process of its own reads and
extracts all of one form; what it finds is compared with what is in the plain text. ``--worst``
prints the rows of the documents that differ.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sco_pipeline.errors import RawFileError
from sco_pipeline.extraction import extract_file, load_lexicons
from sco_pipeline.formats import read_text
from sco_pipeline.limits import Limits
from sco_pipeline.model import RawFile
from sco_pipeline.raw_files import read_raw_files
from tests.form_rows import Rows, document_in, equal_share, rows_of
from tests.forms import FORMS, Files

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 2
MEGABYTE = 1_000_000


class Measured(NamedTuple):
    """Of one form; seconds are the best of all rounds, ``bytes`` those of the files read.

    Seconds of the processor: other processes on the machine do not count.
    """

    reading_seconds: float
    all_seconds: float
    bytes: int
    peak_bytes: int
    rows: list[Rows]


def measure(files: Sequence[Files]) -> Measured:
    """Read and extract every document of a form; to be called in a process of its own."""
    load_lexicons("en")
    limits = Limits()
    rows = [_rows(document) for document in files]  # imports what the format needs, too
    files = [document for document, found in zip(files, rows, strict=True) if found]
    reading = everything = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        raws = [document_in(document) for document in files]
        unpacked = time.process_time()
        for raw in raws:
            read_text(raw.content, raw.path, raw.sidecar, limits)
        read = time.process_time()
        for raw in raws:
            extract_file(raw, "d", limits)
        extracted = time.process_time()
        reading = min(reading, read - start)
        # Extraction reads the file once more; the reading before it was extra.
        everything = min(everything, unpacked - start + extracted - read)
    peak = _peak_bytes()
    size = sum(len(document[0][1]) for document in files)
    return Measured(reading, everything, size, peak, rows)


def _peak_bytes() -> int:
    """Most memory this process has had; Linux counts that of the parent in ``ru_maxrss``."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _rows(files: Files) -> Rows:
    try:
        return rows_of(extract_file(document_in(files), "d"))
    except RawFileError as error:
        print(f"{files[0][0]}: {error.reason}: {error}", file=sys.stderr)
        return Rows()


def main(arguments: Sequence[str]) -> int:
    """Measure the forms and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--forms", nargs="+", default=list(FORMS), choices=list(FORMS))
    parser.add_argument("--worst", action="store_true")
    options = parser.parse_args(arguments)
    raws = [raw for raw in read_raw_files(ROOT / "raw") if isinstance(raw, RawFile)]
    wanted = [rows_of(extract_file(raw, "d")) for raw in raws]
    context = multiprocessing.get_context("spawn")
    print(
        "| Form | Read, documents/s | Read, MB/s | Read and extract, documents/s "
        "| Reading, % of time | Peak memory, MB | Equal rows, % |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    differences: list[str] = []
    for form in options.forms:
        files = [FORMS[form](raw) for raw in raws]
        with context.Pool(1) as pool:
            found = pool.apply(measure, (files,))
        pairs = [equal_share(w, got) for w, got in zip(wanted, found.rows, strict=True)]
        equal = sum(a for a, _ in pairs) / sum(b for _, b in pairs)
        print(
            f"| {form} | {len(raws) / found.reading_seconds:,.0f} "
            f"| {found.bytes / MEGABYTE / found.reading_seconds:,.1f} "
            f"| {len(raws) / found.all_seconds:,.0f} "
            f"| {100 * found.reading_seconds / found.all_seconds:.0f} "
            f"| {found.peak_bytes / MEGABYTE:,.0f} | {100 * equal:.2f} |",
            flush=True,
        )
        differences += [
            f"{form} {raw.path}: {text}"
            for raw, w, got in zip(raws, wanted, found.rows, strict=True)
            for text in _differences(w, got)
        ]
    if options.worst:
        print("\n".join(["", *differences]))
    return 0


def _differences(wanted: Rows, got: Rows) -> list[str]:
    return [f"- {row}" for row in (wanted - got).elements()] + [
        f"+ {row}" for row in (got - wanted).elements()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
