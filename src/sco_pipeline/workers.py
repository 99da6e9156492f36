"""Extraction in several processes; threads would only slow each other down (docs/adr/0006)."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from typing import TypeVar

from sco_pipeline.errors import ScoPipelineError

#: Items from which on processes are started: each takes some seconds to read the lexicons.
WORTH_PROCESSES = 5

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """Runs a function over items here, or in processes started when there is enough to do.

    Args:
        count: Processes; with one all is done in this process.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool: Executor | None = None

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield the function's results in the order of items.

        A few items are not worth the start of processes. No more are taken than the processes
        need, so that items made on the way do not pile up.

        Args:
            function: Of a module; items and results must be picklable.
            items: Taken one by one.

        Raises:
            ScoPipelineError: A process was killed, most likely for want of memory.
        """
        iterator = iter(items)
        head = list(islice(iterator, WORTH_PROCESSES if self._count > 1 else 0))
        if len(head) < WORTH_PROCESSES:
            yield from map(function, chain(head, iterator))
            return
        pool = self._started()
        waiting: deque[Future[Result]] = deque()
        try:
            for item in chain(head, iterator):
                waiting.append(pool.submit(function, item))
                if len(waiting) > 2 * self._count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise ScoPipelineError(
                "a worker process ended: for want of memory (set fewer workers in "
                'sco_pipeline.toml), or as a script calls this without `if __name__ == "__main__"`'
            ) from error

    def _started(self) -> Executor:
        if self._pool is None:
            # Not fork: DuckDB and Arrow have threads of their own.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self._count, mp_context=context, initializer=_end_with_parent
            )
        return self._pool

    def close(self) -> None:
        """End the processes; they start again when there is more to do."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _end_with_parent() -> None:
    """See that this process does not wait for ever for work from a parent that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def start_workers(count: int) -> Iterator[Workers]:
    """Workers that end with the block."""
    workers = Workers(count)
    try:
        yield workers
    finally:
        workers.close()
