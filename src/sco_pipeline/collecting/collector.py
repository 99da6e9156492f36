"""One run of the collector: sources -> new and changed documents under ``raw/collected/``.

Several sites are worked off at a time, the sources of a site one after the other
(``source_run``). A run that was killed is taken up where it was.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sco_pipeline.collecting.addresses import literal_ip, read_address
from sco_pipeline.collecting.client import Clock
from sco_pipeline.collecting.exchange import Stopped
from sco_pipeline.collecting.fetch_log import LOG_FILE, FetchLog, as_text, write_fetches
from sco_pipeline.collecting.source_run import Progress, Run, SourceReport, SourceRun
from sco_pipeline.collecting.sources import Source
from sco_pipeline.collecting.storing import FOLDER, Store
from sco_pipeline.errors import WarehouseError
from sco_pipeline.limits import FetchLimits, Limits
from sco_pipeline.warehouse import FETCHES_FILE

#: A run that was killed is taken up again within this time.
_LONGEST_BREAK = timedelta(days=1)
_LOCK_FILE = ".collect.lock"
_log = logging.getLogger(__name__)

#: Called with what became of a source, from several threads.
Finished = Callable[[SourceReport], None]


@dataclass(frozen=True, slots=True)
class CollectReport:
    """What became of a run.

    Attributes:
        is_continued: Whether it took up a run that had been killed; what that one had done is
            not counted again.
    """

    run_id: str
    is_continued: bool
    sources: tuple[SourceReport, ...]

    @property
    def has_failed(self) -> bool:
        """Whether not a single source could be had."""
        return bool(self.sources) and all(source.has_failed for source in self.sources)

    def rows(self) -> list[dict[str, object]]:
        """The sources as rows of a table."""
        return [source.row() for source in self.sources]


def collect(
    raw_dir: Path,
    warehouse_dir: Path,
    sources: Sequence[Source],
    *,
    fetch_limits: FetchLimits | None = None,
    limits: Limits | None = None,
    processes: int = 1,
    clock: Clock | None = None,
    on_progress: Progress | None = None,
    on_finished: Finished | None = None,
) -> CollectReport:
    """Collect what is new or changed; safe to run twice, and to stop at any moment.

    Args:
        raw_dir: Directory with the documents; ``collected`` in it is written to.
        warehouse_dir: Directory of the log; made if missing.
        sources: Entries to collect from, whether enabled or not.
        fetch_limits: How servers are treated.
        limits: How much of a file is read, to compare it with an older version.
        processes: Beside this one, in which versions of a document are compared; with 0, a file
            that makes a library hang or crash does so to all.
        clock: Of the runs; another one in tests.
        on_progress: Told how far it is, from several threads.
        on_finished: Told of each source when it is done.

    Raises:
        WarehouseError: Another collector is at work there.
        OSError: Something cannot be written. What has been fetched is kept; the next run goes on.
    """
    with ExitStack() as stack:
        for folder in (warehouse_dir, raw_dir / FOLDER):
            stack.enter_context(_hold_lock(folder))
        log = stack.enter_context(FetchLog(warehouse_dir / LOG_FILE))
        store = Store(raw_dir)
        stack.callback(store.close)
        log.memory.active = frozenset(source.name for source in sources)
        # In this order: a file that is found in another place is not missing.
        log.memory.forget_missing(store.paths)
        log.memory.adopt(store.unknown(set(log.memory.written.values())))

        now = (clock or Clock()).now()
        unfinished = log.memory.run
        if unfinished and abs(now - unfinished.began_at) > _LONGEST_BREAK:
            unfinished = None
        run_id = unfinished.run_id if unfinished else _run_id(now)
        if not unfinished:
            log.add("run", {"run_id": run_id, "at": as_text(now)})
        fetch_limits = fetch_limits or FetchLimits()
        run = Run(
            run_id,
            log,
            store,
            fetch_limits,
            limits or Limits(),
            processes,
            clock,
            on_progress or (lambda _done, _source: None),
        )
        stack.callback(run.close)
        reports = _collect_all(
            run, sources, fetch_limits.hosts_at_once, on_finished or (lambda _report: None)
        )
        log.add("end", {"run_id": run_id, "at": as_text(run.clock.now())})
        write_fetches(log, warehouse_dir / FETCHES_FILE)
    return CollectReport(run_id, unfinished is not None, reports)


def _run_id(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{os.urandom(3).hex()}"


def _collect_all(
    run: Run, sources: Sequence[Source], at_once: int, on_finished: Finished
) -> tuple[SourceReport, ...]:
    """Work off all sources, several sites at a time.

    Returns:
        A report for each source, in their order.
    """
    reports = {source.name: SourceReport(source.name) for source in sources}

    def collect_group(group: Sequence[Source]) -> None:
        for source in group:
            work = SourceRun(run, source, reports[source.name])
            try:
                work.read_listings()
                work.fetch_due()
            except Stopped:
                return
            on_finished(reports[source.name])

    groups = _by_site(sources)
    with ThreadPoolExecutor(max(1, min(at_once, len(groups)))) as pool:
        futures = [pool.submit(collect_group, group) for group in groups]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            # Ctrl-C or a full disk: no further request.
            run.stopped.set()
            _log.warning("stopping; a request that is under way may take a moment to end")
            raise
        finally:
            pool.shutdown(cancel_futures=True)
    return tuple(reports.values())


def _by_site(sources: Sequence[Source]) -> list[list[Source]]:
    """Sources in groups that share no site, so that no thread waits for another's request."""
    groups: list[tuple[set[str], list[Source]]] = []
    for source in sources:
        sites = {_site(url) for url in source.urls}
        joined = [group for group in groups if group[0] & sites]
        groups = [group for group in groups if not group[0] & sites]
        groups.append(
            (sites.union(*(group[0] for group in joined)),
             [*(other for group in joined for other in group[1]), source])
        )  # fmt: skip
    return [group[1] for group in groups]


def _site(url: str) -> str:
    """What hosts of one owner have in common, as good as can be told from their names.

    >>> _site("https://eng.sectsco.org/news/"), _site("http://127.0.0.1:8000/")
    ('sectsco.org', '127.0.0.1')
    """
    host = read_address(url).host
    return host if literal_ip(host) else ".".join(host.split(".")[-2:])


@contextmanager
def _hold_lock(folder: Path) -> Iterator[None]:
    """Keep a second collector away; the system frees the lock however this process ends.

    Raises:
        WarehouseError: Another one is at work, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _LOCK_FILE).open("a")
    except OSError as error:
        raise WarehouseError(f"{folder} cannot be written ({error.strerror})") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseError(
                f"another process is collecting to {folder}; try again when it is done"
            ) from error
        except OSError as error:
            raise WarehouseError(
                f"{folder} cannot be locked ({error.strerror}); put it on a drive that has locks"
            ) from error
        yield
