"""Work in other processes, which can be killed: extraction, and comparisons of names.

Threads would only slow each other down (docs/adr/0006). A file from a stranger may make a library
hang, crash or eat memory; its process then ends, and with it nothing but that document.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, NamedTuple, TypeVar

from sco_pipeline.errors import ScoPipelineError, UsageError
from sco_pipeline.limits import Limits

#: Items from which on processes are started for work that is trusted: each takes a second.
WORTH_PROCESSES = 5
# Exit codes of a worker that gives up; the first is that of ``faulthandler``.
_TIMED_OUT, _OUT_OF_MEMORY, _FAILED = 1, 3, 4
#: Seconds for a process to end after its pipe is closed.
_PATIENCE = 5

Item = TypeVar("Item")
Result = TypeVar("Result")
#: Does its work in steps, the return value is the result. What it prepares before the first
#: ``yield`` may take any time, each step after it has ``document_seconds``.
Steps = Generator[None, None, Result]


@dataclass(frozen=True, slots=True)
class Lost(Generic[Item]):
    """Work that ended its process.

    Attributes:
        item: What was worked on.
        reason: A code of reject reasons: ``timeout``, ``out_of_memory`` or ``crashed``.
        detail: What is known of it.
    """

    item: Item
    reason: str
    detail: str


def require_main() -> None:
    """Refuse to start anything while a worker process imports the script that started it.

    Raises:
        UsageError: The script does not say what is to be done only in its first process.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise UsageError(
            'a script that starts a refresh must do so under `if __name__ == "__main__":`, as '
            "worker processes import it"
        )


class Workers:
    """Runs functions over items in processes that are started when there is enough to do.

    Args:
        count: Processes; with 0 all is done in this process, which no limit can protect.
        limits: Time and memory for one document.
    """

    def __init__(self, count: int, limits: Limits | None = None) -> None:
        self._count = count
        self._limits = limits or Limits()
        self._idle: list[_Process] = []
        self._busy: list[_Process] = []

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
        early: dict[int, Result] = {}
        following = 0
        step = partial(_one_step, function)
        for number, result in self._run(step, chain(head, iterator), None):
            if isinstance(result, Lost):
                raise ScoPipelineError(
                    f"a worker process ended ({result.detail}); if for want of memory, set fewer "
                    "workers in sco_pipeline.toml"
                )
            early[number] = result
            while following in early:
                yield early.pop(following)
                following += 1

    def map_guarded(
        self,
        function: Callable[[Sequence[Item]], Steps[Result]],
        batches: Iterable[Sequence[Item]],
    ) -> Iterator[Result | Lost[Item]]:
        """Yield the results for batches of what comes from strangers, as they are ready.

        Where a batch ends its process, each of its items is tried alone; what is lost again is a
        ``Lost``.

        Args:
            function: Of a module; works through a batch in steps, one an item.
            batches: Taken one by one.
        """
        if not self._count:
            yield from (_finish(function(batch)) for batch in batches)
            return
        single: list[Sequence[Item]] = []
        for work in (batches, single):
            for _, result in self._run(function, work, self._limits.document_seconds):
                if not isinstance(result, Lost):
                    yield result
                elif len(result.item) > 1:
                    single += [[item] for item in result.item]
                else:
                    yield Lost(result.item[0], result.reason, result.detail)

    def _run(
        self,
        function: Callable[[Item], Steps[Result]],
        items: Iterable[Item],
        seconds: float | None,
    ) -> Iterator[tuple[int, Result | Lost[Item]]]:
        """Yield number and outcome of each item, as they are ready."""
        numbered = enumerate(items)

        def start_next() -> bool:
            following = next(numbered, None)
            if following is None:
                return False
            process = self._idle.pop() if self._idle else _Process(self._limits)
            self._busy.append(process)
            process.send(_Task(*following, function, seconds))
            return True

        try:
            while True:
                while len(self._busy) < self._count and start_next():
                    pass
                if not self._busy:
                    return
                ready = wait([process.connection for process in self._busy])
                for process in [p for p in self._busy if p.connection in ready]:
                    if not process.is_ready:
                        process.greet()
                        continue
                    task, outcome = process.task, process.outcome()
                    self._busy.remove(process)
                    if isinstance(outcome, _Ended):
                        process.close()
                    else:
                        self._idle.append(process)
                    # The process is not to wait while its result is put away.
                    start_next()
                    if isinstance(outcome, Exception):
                        raise outcome
                    if isinstance(outcome, _Ended):
                        yield task.number, Lost(task.item, outcome.reason, outcome.detail)
                    else:
                        yield task.number, outcome
        finally:
            # After an error or an early end: what is still being worked on belongs to nobody.
            for process in self._busy:
                process.close()
            self._busy.clear()

    def close(self) -> None:
        """End the processes; they start again when there is more to do."""
        for process in (*self._idle, *self._busy):
            process.close()
        self._idle.clear()
        self._busy.clear()


@dataclass(frozen=True, slots=True)
class _Ended:
    """What is known of a process that ended before its work did."""

    reason: str
    detail: str


class _Task(NamedTuple):
    """What a process is to do; ``seconds`` is for each step."""

    number: int
    item: Any
    function: Callable[[Any], Steps[Any]]
    seconds: float | None


def _one_step(function: Callable[[Item], Result], item: Item) -> Steps[Result]:
    """A function as work in one step."""
    yield from ()
    return function(item)


class _Process:
    """A worker process and the pipe to it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        # Not fork: DuckDB and Arrow have threads of their own.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, limits), daemon=True)
        self._process.start()
        theirs.close()
        self.task: _Task
        self.is_ready = False

    def send(self, task: _Task) -> None:
        self.task = task
        with suppress(BrokenPipeError):  # it has ended, as will be found
            self.connection.send(task)

    def greet(self) -> None:
        """Take its word that it has started."""
        try:
            self.connection.recv()
        except (EOFError, ConnectionResetError) as error:
            raise ScoPipelineError(
                "a worker process did not start: for want of memory (set fewer workers in "
                'sco_pipeline.toml), or as a script calls this without `if __name__ == "__main__"`'
            ) from error
        self.is_ready = True

    def outcome(self) -> Any:
        """The result, the exception it ended in, or ``_Ended``."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):  # also in the middle of a result
            self._process.join(_PATIENCE)
        code = self._process.exitcode
        if code == _TIMED_OUT:
            seconds = self._limits.document_seconds
            return _Ended("timeout", f"not done in {seconds:g} seconds")
        if code == _OUT_OF_MEMORY:
            return _Ended("out_of_memory", f"needs more than {self._limits.document_memory_mb} MB")
        return _Ended("crashed", f"its process ended with {code}")

    def close(self) -> None:
        self.connection.close()
        self._process.kill()
        self._process.join()
        self._process.close()


def _serve(connection: Connection, limits: Limits) -> None:
    """Work off what comes through the pipe, until it is closed."""
    _end_with_parent()
    _limit_memory(limits.document_memory_mb)
    connection.send("started")
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        while True:
            try:
                task = connection.recv()
                try:
                    result = _finish(task.function(task.item), task.seconds, nowhere)
                except MemoryError:
                    raise
                except Exception as error:
                    result = error
                connection.send(result)
                del task, result  # a batch is large
            except MemoryError:
                os._exit(_OUT_OF_MEMORY)
            except (EOFError, BrokenPipeError):
                return
            except BaseException:
                os._exit(_FAILED)


def _finish(steps: Steps[Result], seconds: float | None = None, trace: Any = None) -> Result:
    """Go through all steps; end this process if one takes longer than ``seconds``."""
    try:
        next(steps)
        while True:
            if seconds is not None:
                # A thread in C: it also stops a library that holds the interpreter's lock.
                faulthandler.dump_traceback_later(seconds, exit=True, file=trace)
            next(steps)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        if seconds is not None:
            faulthandler.cancel_dump_traceback_later()


def _limit_memory(megabytes: int) -> None:
    """See that more memory is refused; where the system has no such limit, there is none."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1_000_000,) * 2)


def _end_with_parent() -> None:
    """See that this process does not work on for a parent that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(_FAILED)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def start_workers(count: int, limits: Limits | None = None) -> Iterator[Workers]:
    """Workers that end with the block."""
    workers = Workers(count, limits)
    try:
        yield workers
    finally:
        workers.close()
