"""Proof that no one ever sees half a refresh: kills, full disks, readers and rivals.

    python bench/torture.py [--parts kills,steps,limits,disk,readers,lock] [--folder DIR]

Refreshes of a small warehouse whose documents change every time are killed, starved and raced,
and after each the warehouse is examined. Prints a report in Markdown; exit code 1 if anything
was not as promised. The disk is filled on a tmpfs, which root alone may mount. Takes a quarter
of an hour.

Every refresh runs in a fork of this process, which has read the lexicons and never uses DuckDB
or Arrow itself.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import io
import itertools
import json
import logging
import os
import pickle
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scale_documents import write_documents

from sco_pipeline import cli, pipeline, snapshot, table_files
from sco_pipeline.extraction import load_lexicons
from sco_pipeline.package_digest import package_digest
from sco_pipeline.schema.tables import ALL_TABLES, CHANGES
from sco_pipeline.settings import Settings
from sco_pipeline.warehouse import open_read_only

DOCUMENTS = 30
#: Largest size of a file, in bytes.
LIMITS = (
    0, 20, 1_000, 3_000, 6_000, 10_000, 30_000, 100_000, 150_000, 190_000, 260_000,
    *range(500_000, 12_000_000, 500_000),
)  # fmt: skip
#: At least so long.
CHARACTERS = 600
#: In the environment of processes that refreshes start, not of this one's forks.
MARK = f"SCO_TORTURE={os.getpid()}"
#: How long such a process may outlive a killed refresh.
ORPHAN_SECONDS = 10
#: Every how many-th refresh reads all documents anew, in processes where there are two.
FULL_EVERY = 5
TABLES = [spec.name for spec in (*ALL_TABLES, CHANGES)]
ENGINES = ("pyarrow", "pandas", "polars", "duckdb")
#: Columns of which the second's values are all among the first's.
REFERENCES = (
    (("documents", "document_id"), ("sentences", "document_id")),
    (("sentences", "sentence_id"), ("decisions", "sentence_id")),
    (("sentences", "sentence_id"), ("topics", "sentence_id")),
    (("meetings", "meeting_id"), ("participants", "meeting_id")),
    (("persons", "person_id"), ("participants", "person_id")),
    (("instruments", "instrument_id"), ("instrument_mentions", "instrument_id")),
)
RELATED = sorted({pair for pairs in REFERENCES for pair in pairs})
#: What changes the disk: module, function or class.method.
STEPS = (
    ("sco_pipeline.extraction_store", "_remove"),
    ("sco_pipeline.extraction_store", "_create"),
    ("sco_pipeline.extraction_store", "_drop"),
    ("sco_pipeline.pipeline", "add_extractions"),
    ("sco_pipeline.pipeline", "drop_extractions"),
    ("sco_pipeline.pipeline", "resolve"),
    ("sco_pipeline.staging", "make_staging"),
    ("sco_pipeline.staging", "write_table"),
    ("os", "link"),
    ("sco_pipeline.staging", "write_changes"),
    ("sco_pipeline.staging", "build_database"),
    ("sco_pipeline.staging", "update_database"),
    ("shutil", "copyfile"),
    ("sco_pipeline.warehouse", "_fill_info"),
    ("sco_pipeline.staging", "_describe"),
    ("sco_pipeline.pipeline", "check_gates"),
    ("sco_pipeline.snapshot", "SnapshotRecord.write"),
    ("sco_pipeline.snapshot", "sync_tree"),
    ("os", "fsync"),
    ("os", "utime"),
    ("pathlib", "Path.rename"),
    ("pathlib", "Path.symlink_to"),
    ("pathlib", "Path.replace"),
    ("sco_pipeline.snapshot", "_remember"),
    ("sco_pipeline.snapshot", "_switch"),
    ("sco_pipeline.snapshot", "_link"),
    ("sco_pipeline.snapshot", "_prune"),
    ("sco_pipeline.snapshot", "_discard"),
    ("shutil", "rmtree"),
    ("sco_pipeline.workers", "Workers.close"),
    ("sco_pipeline.snapshot", "clear_staging"),
)


@dataclass
class Report:
    """What was done, and what was not as promised."""

    lines: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def tell(self, line: str) -> None:
        self.lines.append(line)
        print(line, flush=True)

    def expect(self, truth: bool, problem: str) -> None:
        if not truth:
            self.violations.append(problem)
            print(f"- **violated**: {problem}", flush=True)


# Processes


class Child:
    """A fork of this process that runs a function and hands back what it gives."""

    def __init__(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        self._source, target = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._source)
            try:
                answer = ("done", function(*arguments, **options))
            except BaseException as error:
                answer = ("failed", f"{type(error).__name__}: {error}")
            with os.fdopen(target, "wb") as pipe:
                pickle.dump(answer, pipe)
            os._exit(0)
        os.close(target)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def result(self) -> Any:
        """What the function gave; None if it was killed.

        Raises:
            RuntimeError: The function raised.
        """
        with os.fdopen(self._source, "rb") as pipe:
            content = pipe.read()
        _, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return None
        if not content:
            raise RuntimeError(f"a child ended with status {status}")
        kind, answer = pickle.loads(content)
        if kind == "failed":
            raise RuntimeError(answer)
        return answer


def run(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    return Child(function, *arguments, **options).result()


# Raw documents that change


class Raw:
    """Folders of which each differs from the one before by a document or two."""

    def __init__(self, folder: Path, documents: int, changes: int) -> None:
        base = folder / "0"
        _write(base, documents)
        self.folders = [base]
        for number, change in enumerate(CHANGES_OF_RAW[:changes], 1):
            shutil.copytree(self.folders[-1], folder / str(number))
            self.folders.append(folder / str(number))
            change(self.folders[-1])
        self.digests = [run(_build_elsewhere, raw) for raw in self.folders]

    def __getitem__(self, number: int) -> Path:
        return self.folders[number % len(self.folders)]

    def digest(self, number: int) -> str:
        """Content digest of a full build."""
        return str(self.digests[number % len(self.digests)])


def _texts(raw: Path) -> list[Path]:
    return sorted(raw.rglob("*.txt"))


def _write(raw: Path, count: int, start: int = 0) -> None:
    """Write synthetic documents, cut short: the less is read, the more moments are tried."""
    old = set(_texts(raw))
    write_documents(raw, count, start=start)
    for path in set(_texts(raw)) - old:
        text = path.read_text(encoding="utf-8")
        path.write_text(text[: text.index("\n", CHARACTERS)], encoding="utf-8")


def _add(raw: Path) -> None:
    _write(raw, 1, start=DOCUMENTS)


def _edit(raw: Path) -> None:
    with _texts(raw)[1].open("a", encoding="utf-8") as file:
        file.write("\nThe ministers condemned terrorism and welcomed the growth of trade.\n")


def _remove(raw: Path) -> None:
    for path in _texts(raw)[2:4]:
        path.unlink()
        path.with_suffix(".yml").unlink(missing_ok=True)


def _rename(raw: Path) -> None:
    _texts(raw)[0].rename(raw / "renamed.txt")


def _edit_sidecar(raw: Path) -> None:
    (raw / "renamed.yml").write_text("publisher: Another one\n", encoding="utf-8")


def _add_reject(raw: Path) -> None:
    (raw / "picture.txt").write_bytes(b"\x00\x01\x02")


CHANGES_OF_RAW = (_add, _edit, _remove, _rename, _edit_sidecar, _add_reject)


# What runs in children


def _settings(workers: int = 1, **options: Any) -> Settings:
    return Settings(workers=workers, **options)


def _refresh(
    raw: Path, warehouse: Path, workers: int = 1, *, full: bool = False, **options: Any
) -> dict[str, Any]:
    """Refresh; gives the report, and what was logged."""
    logged: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("sco_pipeline").addHandler(handler)
    report = pipeline.build(raw, warehouse, _settings(workers, **options), full=full)
    record = snapshot.SnapshotRecord.read(warehouse / "current")
    return {"id": report.snapshot_id, "digest": record.content_digest, "logged": logged}


def _build_elsewhere(raw: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return str(_refresh(raw, Path(folder) / "warehouse", full=True)["digest"])


def _refresh_counting(raw: Path, warehouse: Path, *, full: bool) -> Counter[int]:
    """Refresh; gives how often each step was called."""
    counts: Counter[int] = Counter()

    def count(step: int, original: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        counts[step] += 1
        return original(*arguments, **options)

    for step in range(len(STEPS)):
        _wrap(step, count)
    _refresh(raw, warehouse, full=full)
    return counts


def _refresh_killed(
    raw: Path, warehouse: Path, workers: int, full: bool, step: int, turn: int, when: str
) -> None:
    """Refresh and end by SIGKILL before or after the step's call of this number."""
    calls = itertools.count(1)

    def die(_: int, original: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        is_due = next(calls) == turn
        if is_due and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = original(*arguments, **options)
        if is_due:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    _wrap(step, die)
    _refresh(raw, warehouse, workers, full=full)


def _wrap(step: int, wrapper: Callable[..., Any]) -> None:
    module, name = STEPS[step]
    owner: Any = importlib.import_module(module)
    *path, name = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    setattr(owner, name, lambda *args, **options: wrapper(step, original, *args, **options))


def _examine(warehouse: Path) -> dict[str, Any] | None:
    """See that a warehouse is one whole snapshot.

    Returns:
        Its id, parent and digest; None where nothing is published.

    Raises:
        AssertionError: It is not.
    """
    import duckdb

    if not (warehouse / "current").exists():
        assert not (warehouse / "sco.duckdb").exists(), "a database without a snapshot"
        return None
    folder = (warehouse / "current").resolve()
    record = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    assert record["snapshot_id"] == folder.name, "snapshot.json is of another snapshot"
    listed = {}
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, path = line.partition("  ")
        listed[path] = digest
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    for path in ("SHA256SUMS", "snapshot.json"):
        found.pop(path)
    assert found == listed, (
        f"files differ from SHA256SUMS: {sorted(found.items() ^ listed.items())}"
    )
    with duckdb.connect(str(warehouse / "sco.duckdb"), read_only=True) as connection:
        info = connection.execute(
            "SELECT snapshot_id, coalesce(parent_id, ''), content_digest FROM snapshot_info"
        ).fetchall()
        assert info == [(folder.name, record["parent_id"] or "", record["content_digest"])], info
        for table in TABLES:
            rows = [
                connection.execute(
                    f"SELECT count(*), sum(hash(t)::HUGEINT) FROM {source} AS t"
                ).fetchall()
                for source in (table, f"read_parquet('{folder}/{table}/*.parquet')")
            ]
            assert rows[0] == rows[1], f"{table} differs between database and Parquet"
            counted = record["row_counts"].get(table, rows[0][0][0])
            assert rows[0][0][0] == counted, f"{table} has {rows[0][0][0]} rows, not {counted}"
        for view in connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall():
            connection.execute(f"SELECT count(*) FROM {view[0]}")
    return {
        "id": folder.name,
        "parent": record["parent_id"],
        "digest": record["content_digest"],
    }


def _leftovers(warehouse: Path) -> list[str]:
    names = (".staging", ".spill", ".wal", ".tmp")
    return [
        str(path.relative_to(warehouse))
        for path in warehouse.rglob("*")
        if any(name in path.name for name in names)
    ]


def _orphans() -> list[int]:
    """Descendants of this process that outlived the refresh that started them."""
    give_up = time.monotonic() + ORPHAN_SECONDS
    while found := [pid for pid in map(int, _processes()) if _is_descendant(pid)]:
        if time.monotonic() > give_up:
            return found
        time.sleep(0.05)
    return []


def _processes() -> Iterator[str]:
    return (path.name for path in Path("/proc").iterdir() if path.name.isdigit())


def _is_descendant(pid: int) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:  # it has ended meanwhile, or is another's
        return False
    return MARK.encode() in environment and state != "Z"


# The parts


def _after(
    report: Report,
    warehouse: Path,
    raw: Raw,
    number: int,
    before: Mapping[str, Any] | None,
    what: str,
) -> None:
    """Examine a warehouse that a refresh left in any state, and refresh it."""  # fmt: skip
    holder = (warehouse / ".lock").read_text() if (warehouse / ".lock").exists() else ""
    try:
        state = run(_examine, warehouse)
        old = before and before["id"]
        is_new = state and state["parent"] == old and state["digest"] == raw.digest(number)
        report.expect(
            (state and state["id"]) == old or bool(is_new),
            f"{what}: {state} is neither the old snapshot nor the new one",
        )
        done = run(_refresh, raw[number], warehouse)
        killed = any("did not come to its end" in line for line in done["logged"])
        report.expect(killed == bool(holder), f"{what}: lock of a killed process not recognised")
        report.expect(
            done["digest"] == raw.digest(number), f"{what}: next refresh differs from a full build"
        )
        state = run(_examine, warehouse)
        report.expect(state["id"] == done["id"], f"{what}: next refresh is not current")
        run(snapshot.list_snapshots, warehouse)
    except RuntimeError as error:
        report.expect(False, f"{what}: {error}")
    report.expect(not _leftovers(warehouse), f"{what}: left {_leftovers(warehouse)}")
    report.expect(not _orphans(), f"{what}: processes {_orphans()} go on")


def test_kills(report: Report, folder: Path, raw: Raw, kills: int) -> None:
    """SIGKILL at random moments."""
    warehouse = folder / "warehouse"
    run(_refresh, raw[0], warehouse)
    plan = [(1 + turn % 2, turn % FULL_EVERY == FULL_EVERY - 1) for turn in range(kills)]
    seconds: dict[tuple[int, bool], float] = {}
    number = 0
    for workers, full in sorted(set(plan)):
        number += 1
        start = time.monotonic()
        run(_refresh, raw[number], warehouse, workers, full=full)
        seconds[workers, full] = time.monotonic() - start
    moments = random.Random(5)
    killed = published = 0
    for workers, full in plan:
        number += 1
        before = run(_examine, warehouse)
        child = Child(_refresh, raw[number], warehouse, workers, full=full)
        moment = moments.uniform(0, seconds[workers, full])
        time.sleep(moment)
        child.kill()
        killed += child.result() is None
        published += (warehouse / "current").resolve().name != before["id"]
        what = f"killed after {moment:.2f} s, {workers} workers{', --full' if full else ''}"
        _after(report, warehouse, raw, number, before, what)
    report.tell(
        f"- SIGKILL at {kills} random moments of refreshes that take "
        f"{min(seconds.values()):.1f} to {max(seconds.values()):.1f} s: {killed} killed, "
        f"after {published} of these the new snapshot was current, else the old one"
    )
    report.expect(killed > kills // 3, f"only {killed} of {kills} were killed in time")


def test_steps(report: Report, folder: Path, raw: Raw) -> None:
    """SIGKILL before and after every step, at its first, middle and last call."""
    total = 0
    reached: set[int] = set()
    number = 0
    for kind in ("first", "changed", "full"):
        warehouse = folder / "warehouse"
        if kind != "first":
            for _ in range(Settings().keep_snapshots):  # so that there is something to prune
                number += 1
                run(_refresh, raw[number], warehouse)
        number += 1
        counts = run(_refresh_counting, raw[number], warehouse, full=kind == "full")
        for step, when in itertools.product(sorted(counts), ("before", "after")):
            for turn in sorted({1, (counts[step] + 1) // 2, counts[step]}):
                number += 1
                if kind == "first":
                    shutil.rmtree(warehouse)
                before = run(_examine, warehouse)
                workers, full = 1 + total % 2, kind == "full"
                child = Child(
                    _refresh_killed, raw[number], warehouse, workers, full, step, turn, when
                )
                what = f"{kind} refresh killed {when} call {turn} of {'.'.join(STEPS[step])}"
                if child.result() is None:
                    total += 1
                    reached.add(step)
                    _after(report, warehouse, raw, number, before, what)
    report.tell(
        f"- SIGKILL before and after every step: {total} kills at {len(reached)} steps of first, "
        "changed and full refreshes"
    )
    missed = [".".join(STEPS[step]) for step in set(range(len(STEPS))) - reached]
    report.expect(not missed, f"steps never reached: {missed}")


def _run_command(raw: Path, warehouse: Path, limit: int | None) -> tuple[int, str]:
    """`sco-pipeline build`, perhaps under a limit for files; exit code and what it said."""
    if limit is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            cli.main(["build", "--raw", str(raw), "--warehouse", str(warehouse)])
        except SystemExit as end:
            return int(end.code or 0), said.getvalue()
    return 0, said.getvalue()


def _starve(
    report: Report,
    warehouse: Path,
    raw: Raw,
    number: int,
    limit: int | None,
    what: str,
    relieve: Callable[[], None],
) -> bool:
    """One refresh without space; True if it failed, as it should."""  # fmt: skip
    before = run(_examine, warehouse)
    code, said = run(_run_command, raw[number], warehouse, limit)
    relieve()
    if code == 0:
        return False
    message = " ".join(said.split())
    report.expect(code == 1, f"{what}: exit code {code}")
    report.expect("error: " in said and "space" in said, f"{what}: unclear message: {message}")
    report.expect(
        not any(word in said for word in ("Traceback", "OSError", "Exception", "INTERNAL")),
        f"{what}: not a clear error: {message}",
    )
    _after(report, warehouse, raw, number, before, what)
    return True


def test_file_limits(report: Report, folder: Path, raw: Raw, limits: Sequence[int]) -> None:
    """Files that cannot grow beyond a limit, met in lock, store, Parquet, database and others."""
    failed = 0
    number = 0
    for kind in ("first", "changed"):
        warehouse = folder / f"limits-{kind}"
        run(_refresh, raw[0], warehouse)
        for limit in limits:
            number += 1
            if kind == "first":
                shutil.rmtree(warehouse)
            what = f"{kind} refresh with files up to {limit} bytes"
            failed += _starve(report, warehouse, raw, number, limit, what, lambda: None)
    report.tell(f"- File size limits: {failed} of {2 * len(limits)} refreshes failed, all clearly")
    report.expect(failed >= len(limits), "hardly a limit was met")


def test_full_disk(report: Report, folder: Path, raw: Raw, sizes: int) -> None:
    """A tmpfs that becomes full at different places."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400m", "none", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        report.tell(f"- **skipped**: full disk, no tmpfs can be mounted ({mounted.stderr.strip()})")
        return

    def resize(size: int | str) -> None:
        options = f"remount,size={size}"
        subprocess.run(["mount", "-o", options, str(disk)], check=True, capture_output=True)

    try:
        warehouse = disk / "warehouse"
        for number in range(6):
            run(_refresh, raw[number], warehouse)
        needed = sum(path.stat().st_size for path in (warehouse / "current").resolve().rglob("*"))
        failed = 0
        for turn in range(sizes):
            number += 1
            stat = os.statvfs(disk)
            used = (stat.f_blocks - stat.f_bfree) * stat.f_frsize
            spare = int(needed * (turn + 0.2) / sizes)
            resize(used + spare)
            what = f"disk with {spare} bytes left"
            failed += _starve(
                report, warehouse, raw, number, None, what, lambda: resize("400m")
            )  # fmt: skip
        report.tell(f"- Full tmpfs: {failed} of {sizes} refreshes failed, all clearly")
        report.expect(failed > sizes // 3, "the disk was hardly ever full")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _read_on(warehouse: Path, stop: Path, seed: int, keep: int) -> dict[str, Any]:
    """Read snapshots until the file ``stop`` is there."""
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    seen: list[str] = []
    problems: list[str] = []
    counts: Counter[str] = Counter()

    def rows_of(engine: str, folder: Path) -> dict[str, Any]:
        """Table -> columns, by name."""
        if engine == "duckdb":
            with duckdb.connect(config={"threads": 1}) as connection:
                return {
                    table: connection.sql(
                        f"FROM read_parquet('{folder}/{table}/*.parquet')"
                    ).to_arrow_table()
                    for table in TABLES
                }
        if engine == "polars":
            return {
                table: pl.read_parquet(f"{folder}/{table}/*.parquet").to_arrow() for table in TABLES
            }
        if engine == "pandas":
            return {
                table: pa.Table.from_pandas(pd.read_parquet(folder / table)) for table in TABLES
            }
        return {table: pq.read_table(folder / table) for table in TABLES}

    def check_parquet(engine: str, folder: Path) -> None:
        told = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
        tables = rows_of(engine, folder)
        found = {table: tables[table].num_rows for table in told["row_counts"]}
        assert found == told["row_counts"], "rows are not as many as snapshot.json says"
        check_relations(
            {(table, column): tables[table][column].to_pylist() for table, column in RELATED}
        )

    def check_database(path: Path) -> str:
        opened = (
            open_read_only(path.parent) if counts["database"] % 2
            else duckdb.connect(str(path), read_only=True)
        )  # fmt: skip
        with opened as connection:
            connection.execute("SET threads = 1")
            ((name,),) = connection.execute("SELECT snapshot_id FROM snapshot_info").fetchall()
            # History is kept, so that it tells of snapshots that are gone.
            told = json.loads((warehouse / "history" / name / "snapshot.json").read_text())
            found = {
                table: connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
                for table in told["row_counts"]
            }
            assert found == told["row_counts"], f"rows of {name} are not as many as it says"
            check_relations(
                {
                    (table, column): [
                        row[0]
                        for row in connection.execute(f"SELECT {column} FROM {table}").fetchall()
                    ]
                    for table, column in RELATED
                }
            )
        return str(name)

    turn = seed
    while not stop.exists():
        turn += 1
        engine = ENGINES[turn // 2 % len(ENGINES)] if turn % 2 else "database"
        folder = (warehouse / "current").resolve()
        published = len(list((warehouse / "history").glob("[!.]*")))
        counts[engine] += 1
        try:
            if engine == "database":
                seen.append(check_database(warehouse / "sco.duckdb"))
            else:
                check_parquet(engine, folder)
                seen.append(folder.name)
        except Exception as error:
            newer = len(list((warehouse / "history").glob("[!.]*"))) - published
            if not folder.exists() and newer >= keep - 1:
                counts["too slow"] += 1  # what is promised: so many refreshes, no more
            else:
                problems.append(f"{engine} on {folder.name}: {type(error).__name__}: {error}")
        counts["listed"] += len(snapshot.list_snapshots(warehouse)) > 0
    return {"seen": seen, "problems": problems, "counts": counts}


def check_relations(values: Mapping[tuple[str, str], list[Any]]) -> None:
    for target, source in REFERENCES:
        lost = set(values[source]) - set(values[target]) - {None}
        assert not lost, f"{source} points to {target} that are not there: {sorted(lost)[:3]}"


def test_readers(report: Report, folder: Path, raw: Raw, readers: int, refreshes: int) -> None:
    """Readers loop while the warehouse is refreshed."""
    warehouse, stop = folder / "warehouse", folder / "stop"
    published = [run(_refresh, raw[0], warehouse)["id"]]
    keep = Settings().keep_snapshots
    children = [Child(_read_on, warehouse, stop, seed, keep) for seed in range(readers)]
    try:
        for number in range(1, refreshes + 1):
            workers, full = 1 + number % 2, number % 10 == 0
            published.append(run(_refresh, raw[number], warehouse, workers, full=full)["id"])
    finally:
        stop.touch()
        answers = [child.result() for child in children]
    report.expect(len(set(published)) == refreshes + 1, "not every refresh published")
    order = {name: place for place, name in enumerate(published)}
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    for answer in answers:
        counts += answer["counts"]
        seen |= set(answer["seen"])
        for problem in answer["problems"]:
            report.expect(False, f"reader: {problem}")
        places = [order.get(name, -1) for name in answer["seen"]]
        report.expect(-1 not in places, "a reader saw a snapshot that was never published")
        report.expect(places == sorted(places), "a reader went back to an older snapshot")
    reads = ", ".join(f"{counts[name]} {name}" for name in (*ENGINES, "database"))
    report.tell(
        f"- {readers} readers during {refreshes} refreshes: {reads}; {len(seen)} snapshots seen, "
        f"{counts['too slow']} reads slower than {keep - 1} refreshes, "
        f"{counts['listed']} listings of snapshots"
    )
    report.expect(len(seen) > refreshes // 3, "readers saw few snapshots")


def _refresh_held(raw: Path, warehouse: Path, reached: Path, go: Path) -> dict[str, Any]:
    """Refresh, but wait in the midst of it until the file ``go`` is there."""
    original = pipeline.stage

    def wait(*arguments: Any) -> Any:
        reached.touch()
        while not go.exists():
            time.sleep(0.02)
        return original(*arguments)

    pipeline.stage = wait
    return _refresh(raw, warehouse)


def test_lock(report: Report, folder: Path, raw: Raw) -> None:
    """Two refreshes at once."""
    warehouse = folder / "warehouse"
    run(_refresh, raw[0], warehouse)
    for end in ("comes to its end", "is killed"):
        reached, go = folder / f"reached {end}", folder / f"go {end}"
        first = Child(_refresh_held, raw[1], warehouse, reached, go)
        while not reached.exists():
            time.sleep(0.02)
        try:
            run(_refresh, raw[2], warehouse, wait_seconds=0)
            report.expect(False, "a second refresh did not leave")
        except RuntimeError as error:
            report.expect(
                f"WarehouseError: process {first.pid} (since " in str(error)
                and "is refreshing" in str(error),
                f"unclear message to a second refresh: {error}",
            )
        second = Child(_refresh, raw[2], warehouse, wait_seconds=60)
        time.sleep(0.5)
        if end == "is killed":
            first.kill()
        else:
            go.touch()
        first.result()
        done = second.result()
        logged = " ".join(done["logged"])
        report.expect(f"waiting for process {first.pid}" in logged, f"not told to wait: {logged}")
        killed = f"process {first.pid} (since" in logged.partition("waiting")[0] or (
            "did not come to its end" in logged
        )
        report.expect(killed == (end == "is killed"), f"first {end}: {logged}")
        report.expect(done["digest"] == raw.digest(2), "the second refresh gave something else")
        report.expect(run(_examine, warehouse)["id"] == done["id"], "the second is not current")
    report.tell("- Two refreshes at once: the second waits, or leaves and names the first")


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given
    else:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)


def main() -> None:
    """Run the parts asked for, and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="kills,steps,limits,disk,readers,lock")
    parser.add_argument("--kills", type=int, default=50, help="at random moments")
    parser.add_argument("--sizes", type=int, default=30, help="of the full disk")
    parser.add_argument("--readers", type=int, default=20, help="processes that read")
    parser.add_argument("--refreshes", type=int, default=50, help="while they read")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary one by default")
    parser.add_argument(
        "--small", action="store_true", help="a little of kills, limits and readers"
    )
    given = parser.parse_args()
    if given.small:
        given.parts = "kills,limits,readers"
        given.kills, given.readers, given.refreshes = 4, 3, 5
    os.environ.update([MARK.split("=")])
    # As if there were many documents: several partitions, and work for several processes.
    table_files.FEW_DOCUMENTS = 8
    pipeline.BATCH_SIZE = 5
    load_lexicons("en")
    package_digest()
    report = Report()
    with _folder(given.folder) as folder:
        raw = Raw(folder / "raw", *((6, 2) if given.small else (DOCUMENTS, len(CHANGES_OF_RAW))))
        limits = LIMITS[8:9] if given.small else LIMITS
        parts: dict[str, Callable[[Path], None]] = {
            "kills": lambda place: test_kills(report, place, raw, given.kills),
            "steps": lambda place: test_steps(report, place, raw),
            "limits": lambda place: test_file_limits(report, place, raw, limits),
            "disk": lambda place: test_full_disk(report, place, raw, given.sizes),
            "readers": lambda place: test_readers(
                report, place, raw, given.readers, given.refreshes
            ),
            "lock": lambda place: test_lock(report, place, raw),
        }
        for part in given.parts.split(","):
            (folder / part).mkdir()
            start = time.monotonic()
            parts[part](folder / part)
            print(f"  ({time.monotonic() - start:.0f} s)", flush=True)
    if report.violations:
        sys.exit(f"\n{len(report.violations)} violated")
    print("\nNothing violated.")


if __name__ == "__main__":
    main()
