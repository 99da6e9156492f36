"""Processes that end with the work they do, and with nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sco_pipeline.errors import ScoPipelineError, TableError
from sco_pipeline.limits import Limits
from sco_pipeline.workers import WORTH_PROCESSES, Lost, Steps, Workers, start_workers


def double(item: int) -> int:
    time.sleep(0.02 * (item % 3))  # so that they do not end in the order they were begun
    return 2 * item


def crash(item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return item


def work(batch: Sequence[str]) -> Steps[list[Any]]:
    """Go through items, some of which are bad."""
    done = []
    yield
    for item in batch:
        if item == "hang":
            while True:
                pass
        elif item == "eat":
            done.append("x" * 3_000_000_000)
        elif item == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif item == "fail":
            raise TableError("topics", "line 3")
        elif item == "unsendable":
            done.append(lambda: None)
        done.append(f"{item} {os.getpid()}")
        yield
    return done


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with start_workers(2, Limits(document_seconds=1.0, document_memory_mb=1500)) as started:
        yield started


def test_results_come_in_order(workers: Workers) -> None:
    items = range(4 * WORTH_PROCESSES)
    assert list(workers.map(double, items)) == [2 * item for item in items]


def test_what_ends_its_process_is_lost_alone(workers: Workers) -> None:
    batches = [["a", "hang", "b"], ["c"], ["eat"], ["d", "crash"], ["unsendable"], ["e"]]
    results = list(workers.map_guarded(work, batches))
    lost = {result.item: result for result in results if isinstance(result, Lost)}
    done = [line.split() for result in results if not isinstance(result, Lost) for line in result]
    assert {item: result.reason for item, result in lost.items()} == {
        "hang": "timeout",
        "eat": "out_of_memory",
        "crash": "crashed",
        "unsendable": "crashed",
    }
    assert "1 seconds" in lost["hang"].detail
    assert "1500 MB" in lost["eat"].detail
    assert sorted(item for item, _ in done) == ["a", "b", "c", "d", "e"]
    assert str(os.getpid()) not in {process for _, process in done}


def test_a_step_has_the_time_not_the_batch_nor_what_it_prepares(workers: Workers) -> None:
    (result,) = workers.map_guarded(_slow, [["x"] * 5])
    assert result == 5


def _slow(batch: Sequence[str]) -> Steps[int]:
    time.sleep(1.5)
    yield
    for _ in batch:
        time.sleep(0.3)
        yield
    return len(batch)


def test_errors_of_the_package_end_the_run_and_leave_nothing_behind(workers: Workers) -> None:
    with pytest.raises(TableError, match="table topics: line 3") as error:
        list(workers.map_guarded(work, [["a", "fail"], ["old"], ["old"]]))
    assert error.value.table == "topics"
    items = range(100, 100 + WORTH_PROCESSES)
    assert list(workers.map(double, items)) == [2 * item for item in items]


def test_trusted_work_that_is_killed_ends_the_run() -> None:
    with start_workers(2) as workers, pytest.raises(ScoPipelineError, match="ended with -9"):
        list(workers.map(crash, range(WORTH_PROCESSES)))


def test_without_processes_all_is_done_here() -> None:
    workers = Workers(0)
    assert list(workers.map(double, [1, 2])) == [2, 4]
    assert list(workers.map_guarded(work, [["a"]])) == [[f"a {os.getpid()}"]]


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    """At once, and not after its own worker has waited for the lock that it holds."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt").write_text("The parties met.", encoding="utf-8")
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from sco_pipeline.pipeline import build\n"
        f"build(Path({str(tmp_path / 'raw')!r}), Path({str(tmp_path / 'warehouse')!r}))\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "UsageError: a script that starts a refresh must do so under" in done.stderr
    assert "waiting for" not in done.stderr
