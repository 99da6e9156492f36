"""``warehouse/fetches.jsonl``: every request, and what came of it; the collector's memory.

Lines are only ever added. What is known of documents and listings is rebuilt from them at the
start of each run (``Memory``) by the same steps that follow while it lasts, but for one: who looks
after a document (``Memory.active``). So it does not matter where a run was killed. Kinds of lines,
by their key ``line``:

    run          a run begins
    pause        a host asked to be left alone until then
    fetch        a request was made, or refused: the fields of ``records.Fetch``
    listing      a listing was dealt with: what it named that was not known
    attachments  a document's page leads to these files
    document     a document was dealt with: result, and the file it is in
    end          the run came to its end
"""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import json as json_files

from sco_pipeline.collecting.records import Fetch
from sco_pipeline.schema.tables import FETCHES
from sco_pipeline.table_files import sync

LOG_FILE = "fetches.jsonl"
#: Results of a document's line.
NEW, CHANGED, UNCHANGED, FAILED = "new", "changed", "unchanged", "failed"
#: States of a listing, which may have ``FAILED``, too.
READ, MISSING = "read", "missing"

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: Longest wait after failures, in days, for documents that are never looked at again otherwise.
_LONGEST_WAIT_DAYS = 32
#: How the most frequent lines begin; there is no need to take these apart for the memory.
_FETCH = b'{"line":"fetch",'
_ROWS_AT_A_TIME = 65_536
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class KnownDocument:
    """What is known of a document's address.

    Attributes:
        source: Source that looks after it.
        published_on: As its listing says.
        path: File under raw/ that holds its newest version; None until there is one.
        changed_at: When that version was fetched.
        checked_at: When the server last answered, or failed to; None if never asked.
        failures: Failed requests since it last answered.
        etag, last_modified: Of the last answer.
    """

    url: str
    source: str
    published_on: date | None = None
    path: str | None = None
    changed_at: datetime | None = None
    checked_at: datetime | None = None
    failures: int = 0
    etag: str | None = None
    last_modified: str | None = None

    def due_at(self, recheck_days: int) -> datetime | None:
        """When it is to be asked for again; None for never, or if it never was.

        After 1, 2, 4, 8 ... days without a change, and after 1, 2, 4 ... hours of failures; at
        most ``recheck_days`` later.
        """
        if self.checked_at is None:
            return None
        if self.failures:
            longest = timedelta(days=recheck_days or _LONGEST_WAIT_DAYS)
            hours = 1 << min(self.failures - 1, 20)
            return self.checked_at + min(longest, hours * _HOUR)
        if not recheck_days or self.changed_at is None:
            return None
        steady = max(_DAY, self.checked_at - self.changed_at)
        return self.checked_at + min(steady, timedelta(days=recheck_days))


@dataclass(slots=True)
class KnownListing:
    """What is known of a listing.

    Attributes:
        reading: Hash of what was looked for in it; only for the same a conditional request
            makes sense.
        state: ``read``, ``failed``, or ``missing`` (the page after an index's last one).
        sitemaps: Further sitemaps it names.
    """

    reading: str
    state: str = READ
    etag: str | None = None
    last_modified: str | None = None
    sitemaps: tuple[str, ...] = ()


@dataclass(slots=True)
class UnfinishedRun:
    """What a run has done that did not come to its end.

    Attributes:
        began_at: In UTC.
        listings: (source, address) dealt with, and whether it named anything new; None where there
            is no such page. Those that failed are asked for again.
        requests: Source -> documents dealt with.
    """

    run_id: str
    began_at: datetime
    listings: dict[tuple[str, str], bool | None] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Memory:
    """What the lines of the log add up to.

    Attributes:
        documents: By address.
        by_source: The same by source and address, in the order in which they were listed.
        listings: By source and address.
        written: Row of ``fetches`` -> file under raw/ written from it.
        pauses: Host -> until when it asked to be left alone.
        active: Sources of the run under way; documents of others are taken over by who lists them.
            Empty while lines of earlier runs are read: a document is its last line's then.
    """

    documents: dict[str, KnownDocument] = field(default_factory=dict)
    by_source: dict[str, dict[str, KnownDocument]] = field(default_factory=dict)
    listings: dict[tuple[str, str], KnownListing] = field(default_factory=dict)
    run: UnfinishedRun | None = None
    written: dict[str, str] = field(default_factory=dict)
    pauses: dict[str, datetime] = field(default_factory=dict)
    active: frozenset[str] = frozenset()

    def document(self, url: str, source: str, published_on: date | None = None) -> KnownDocument:
        """What is known of an address, from now on if nothing was.

        Each source's part of ``by_source`` is changed by the one thread that works it off.
        """
        known = self.documents.setdefault(url, KnownDocument(url, source, published_on))
        if known.source != source and known.source not in self.active:
            del self.by_source[known.source][url]
            known.source = source
        if known.source == source:
            self.by_source.setdefault(source, {})[url] = known
        return known

    def is_news(self, url: str) -> bool:
        """Whether no source of the run under way looks after the address."""
        known = self.documents.get(url)
        return known is None or known.source not in self.active

    def follow(self, line: Mapping[str, Any]) -> None:
        """Take in a line.

        Raises:
            KeyError, TypeError, ValueError: It is none of the log.
        """
        match line["line"]:
            case "run":
                self.run = UnfinishedRun(str(line["run_id"]), datetime.fromisoformat(line["at"]))
            case "end":
                self.run = None
            case "pause":
                self.pauses[line["host"]] = datetime.fromisoformat(line["until"])
            case "listing":
                self._follow_listing(line)
            case "attachments":
                self._note(line)
            case "document":
                self._follow_document(line)
            case "fetch":
                pass
            case other:
                raise ValueError(f"unknown kind of line {other!r}")

    def _follow_listing(self, line: Mapping[str, Any]) -> None:
        key = (line["source"], line["url"])
        state, documents = line["state"], line["documents"]
        if state == READ:
            self.listings[key] = KnownListing(
                line["reading"],
                state,
                line["etag"],
                line["last_modified"],
                tuple(line["sitemaps"]),
            )
        else:
            known = self.listings.setdefault(key, KnownListing(line["reading"]))
            known.state = state
        self._note(line)
        if self.run and state != FAILED:
            self.run.listings[key] = bool(documents) if state == READ else None

    def _note(self, line: Mapping[str, Any]) -> None:
        for url, day in line["documents"]:
            self.document(url, line["source"], date.fromisoformat(day) if day else None)

    def _follow_document(self, line: Mapping[str, Any]) -> None:
        source, result = line["source"], line["result"]
        known = self.document(line["url"], source)
        known.checked_at = datetime.fromisoformat(line["at"])
        if result == FAILED:
            known.failures += 1
        else:
            known.failures = 0
            known.etag, known.last_modified = line["etag"], line["last_modified"]
        if result in (NEW, CHANGED):
            known.path, known.changed_at = line["path"], known.checked_at
            self.written[line["fetch_id"]] = line["path"]
        if self.run:
            self.run.requests[source] += 1

    def adopt(self, found: Iterable[tuple[str, str, str, datetime]]) -> None:
        """Learn of files that no line speaks of: the log is gone, or its last line is.

        Args:
            found: Address, source, path under raw/ and time of the fetch, of each.
        """
        for url, source, path, fetched_at in found:
            known = self.document(url, source)
            if known.changed_at is None or known.changed_at < fetched_at:
                known.path, known.changed_at, known.checked_at = path, fetched_at, fetched_at
                known.failures, known.etag, known.last_modified = 0, None, None

    def forget_missing(self, paths: Collection[str]) -> None:
        """Have documents fetched anew whose file is in none of ``paths``."""
        for known in self.documents.values():
            if known.path is not None and known.path not in paths:
                known.path = known.changed_at = known.checked_at = None
                known.etag = known.last_modified = None


class FetchLog:
    """The log, opened for adding to it; ``memory`` follows. Threads may share it.

    Args:
        path: The file; made if missing.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.memory = Memory()
        self._lock = threading.Lock()
        is_new = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if is_new:
                sync(path.parent)
            self._drop_torn_line()
            for number, line in _read(path):
                try:
                    self.memory.follow(line)
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    _log.warning("%s line %d is passed over (%r)", path, number, error)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> FetchLog:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def add(self, line: str, values: Mapping[str, Any]) -> None:
        """Add a line and follow it; it would outlast a power cut then.

        A request does only with the next line, which says what came of it.

        Args:
            line: Its kind.
            values: What it says.

        Raises:
            OSError: It cannot be written; nothing of it is.
        """
        whole = {"line": line, **values}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        content = text.encode("utf-8", "replace") + b"\n"
        with self._lock:
            size = os.fstat(self._file).st_size
            if os.write(self._file, content) < len(content):
                # What another thread adds would else be a part of this line.
                os.ftruncate(self._file, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            if line != "fetch":
                os.fsync(self._file)
            self.memory.follow(whole)

    def add_fetch(self, fetch: Fetch) -> None:
        """Add a request."""
        self.add("fetch", asdict(fetch) | {"requested_at": as_text(fetch.requested_at)})

    def add_pause(self, host: str, until: datetime) -> None:
        """Remember that a host asked to be left alone."""
        self.add("pause", {"host": host, "until": as_text(until)})

    def _drop_torn_line(self) -> None:
        """Cut off what a killed run left of its last line, so that the next one is whole."""
        size = os.fstat(self._file).st_size
        end = size
        while end:
            start = max(0, end - 65_536)
            if (found := os.pread(self._file, end - start, start).rfind(b"\n")) >= 0:
                end = start + found + 1
                break
            end = start
        if end < size:
            _log.warning("%s: the last line is not whole and is dropped", self.path)
            os.ftruncate(self._file, end)


def as_text(time: datetime) -> str:
    """A time as the log and the table have it.

    >>> as_text(datetime(2026, 11, 26, 8, 0, tzinfo=UTC))
    '2026-11-26T08:00:00.000Z'
    """
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_fetches(log: FetchLog, path: Path) -> None:
    """Write the requests as a Parquet file with the columns of ``FETCHES``, in order of time.

    Raises:
        OSError: It cannot be written; the previous one stays.
    """
    staged = path.with_name(f".{path.name}.new")
    with (
        log.path.open("rb") as stream,
        pq.ParquetWriter(staged, FETCHES.arrow_schema(), compression="zstd") as writer,
    ):
        lines = (line for line in stream if line.startswith(_FETCH))
        while batch := list(islice(lines, _ROWS_AT_A_TIME)):
            writer.write_table(_rows(batch, log.memory.written))
    sync(staged)
    staged.replace(path)
    sync(path.parent)


def _rows(lines: Sequence[bytes], written: Mapping[str, str]) -> pa.Table:
    """Lines on requests as rows; damaged ones are passed over."""
    try:
        return _table(lines, written)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if len(lines) == 1:
            _log.warning("a damaged line of the log is passed over (%s)", error)
            return FETCHES.arrow_schema().empty_table()
    half = len(lines) // 2
    return pa.concat_tables([_rows(lines[:half], written), _rows(lines[half:], written)])


def _table(lines: Sequence[bytes], written: Mapping[str, str]) -> pa.Table:
    """Lines on requests as rows.

    Raises:
        pa.ArrowInvalid, pa.ArrowNotImplementedError: One of them is damaged.
    """
    schema = FETCHES.arrow_schema()
    types = {name: schema.field(name).type for name in schema.names if name != "path"}
    options = json_files.ParseOptions(
        pa.schema(types | {"requested_at": pa.string()}), unexpected_field_behavior="ignore"
    )
    found = json_files.read_json(BytesIO(b"".join(lines)), parse_options=options)
    found.validate(full=True)
    columns = {name: found[name] for name in types}
    columns["requested_at"] = pc.replace_substring(found["requested_at"], "Z", "").cast(
        types["requested_at"]
    )
    columns["path"] = pa.array(map(written.get, found["fetch_id"].to_pylist()), pa.string())
    table = pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)
    for name in schema.names:
        if table[name].null_count and not schema.field(name).nullable:
            raise pa.ArrowInvalid(f"{name} is missing")
    return table


def _read(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines with their numbers, but for those on requests; damaged ones are passed over."""
    with path.open("rb") as stream:
        for number, content in enumerate(stream, 1):
            if content.startswith(_FETCH):
                continue
            if (line := _parsed(content)) is not None:
                yield number, line
            else:
                _log.warning("%s line %d is damaged and passed over", path, number)


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None
