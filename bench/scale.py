"""Cost of full builds, of small refreshes and of views on synthetic corpora of several sizes.

    python bench/scale.py [--sizes 1000,10000,50000] [--folder DIR]

Every build runs in a process of its own, whose memory and that of its workers is sampled from
/proc. Prints two tables in Markdown. Takes half an hour and 5 GB of disk at 50,000 documents.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

ADDED = 10
#: Refreshes with ``ADDED`` documents, and runs of each view, of which the median is taken.
ROUNDS = 3
SAMPLE_SECONDS = 0.05
#: The size at which one worker is compared with two.
COMPARED = 10_000
WORKERS = 2
BATCH_ROWS = 10_000
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Run:
    """One build: seconds to start up, seconds of the build beyond that, peak memory in MB."""

    start_up: float
    seconds: float
    peak_mb: float


def main(sizes: list[int], folder: Path) -> None:
    """Measure every size, then the views of the largest one."""
    print(
        "| documents | full build, 1 worker | full build, 2 workers | ratio | peak memory, MB "
        "| start-up | nothing new | 10 documents added | share |\n"
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    for size in sizes:
        raw, warehouse = folder / f"raw-{size}", folder / f"warehouse-{size}"
        _write(raw, size, 0)
        single = _run(raw, folder / "warehouse-one", 1) if size == COMPARED else None
        full = _run(raw, warehouse, WORKERS)
        idle = _run(raw, warehouse, WORKERS)
        added = []
        for turn in range(ROUNDS):
            _write(raw, ADDED, size + turn * ADDED)
            added.append(_run(raw, warehouse, WORKERS).seconds)
        seconds = statistics.median(added)
        one, ratio = ("", "") if single is None else (
            f"{single.seconds:.1f} s", f"{single.seconds / full.seconds:.2f}"
        )  # fmt: skip
        print(
            f"| {size:,} | {one} | {full.seconds:.1f} s | {ratio} | {full.peak_mb:,.0f} "
            f"| {full.start_up:.1f} s | {idle.seconds:.2f} s | {seconds:.2f} s "
            f"| {seconds / full.seconds:.1%} |",
            flush=True,
        )
    print()
    _print_views(folder / f"warehouse-{sizes[-1]}", sizes[-1])


def _write(raw: Path, count: int, start: int) -> None:
    from scale_documents import write_documents

    write_documents(raw, count, start=start)


def _build(raw: Path, warehouse: Path, workers: int) -> None:
    """Build once, in a process that does nothing else; prints start-up and build in seconds."""
    from sco_pipeline.extraction import load_lexicons
    from sco_pipeline.pipeline import build
    from sco_pipeline.settings import Settings

    load_lexicons("en")
    pa.array([""])  # imports pandas where it is installed
    ready = time.time()
    build(raw, warehouse, Settings(workers=workers))
    print(ready, time.time())


def _run(raw: Path, warehouse: Path, workers: int) -> Run:
    """Run ``_build`` in a process of its own and watch its memory."""
    command = [sys.executable, __file__, "--build", str(raw), str(warehouse), str(workers)]
    started = time.time()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _resident(process.pid))
        time.sleep(SAMPLE_SECONDS)
    answer = process.stdout.read() if process.stdout else ""
    if process.returncode:
        sys.exit(f"the build of {raw} failed; see above")
    ready, ended = map(float, answer.split()[-2:])
    return Run(ready - started, ended - ready, peak / 1e6)


def _resident(pid: int) -> int:
    """Resident bytes of a process and its descendants; pages they share count for each."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except (OSError, IndexError):  # it has ended meanwhile
        return 0
    return pages * _PAGE + sum(map(_resident, children))


def _print_views(warehouse: Path, size: int) -> None:
    from sco_pipeline.warehouse import open_read_only, read_views

    print(f"| view, {size:,} documents | rows | all rows and columns | 1,000 rows |")
    print("|---|---:|---:|---:|")
    with open_read_only(warehouse) as connection:
        for view in read_views():
            whole, first, rows = [], [], 0
            for _ in range(ROUNDS):
                start = time.perf_counter()
                reader = connection.sql(f"FROM {view.name}").to_arrow_reader(BATCH_ROWS)
                rows = sum(batch.num_rows for batch in reader)
                whole.append(time.perf_counter() - start)
                start = time.perf_counter()
                connection.execute(f"FROM {view.name} LIMIT 1000").fetchall()
                first.append(time.perf_counter() - start)
            print(
                f"| {view.name} | {rows:,} | {statistics.median(whole):.2f} s "
                f"| {statistics.median(first):.2f} s |",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        _build(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000,50000", help="numbers of documents")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary one by default")
    given = parser.parse_args()
    numbers = [int(number) for number in given.sizes.split(",")]
    if given.folder:
        main(numbers, given.folder)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(numbers, Path(temporary))
