"""One source in one run: its listings, then its documents.

Whatever has been dealt with is in the log before the next request.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sco_pipeline.collecting.addresses import read_address
from sco_pipeline.collecting.client import Client, Clock
from sco_pipeline.collecting.exchange import Stopped
from sco_pipeline.collecting.fetch_log import (
    CHANGED,
    FAILED,
    MISSING,
    NEW,
    READ,
    UNCHANGED,
    FetchLog,
    KnownDocument,
    KnownListing,
    as_text,
)
from sco_pipeline.collecting.listings import (
    Listed,
    Listing,
    is_document,
    read_attachments,
    read_listing,
)
from sco_pipeline.collecting.records import NotModified, Page, Purpose
from sco_pipeline.collecting.sources import PAGE, Source
from sco_pipeline.collecting.storing import HTML_SUFFIX, MEDIA_TYPES, Store, Versions, compare
from sco_pipeline.errors import FetchError, ListingError, RawFileError
from sco_pipeline.limits import FetchLimits, Limits
from sco_pipeline.workers import Lost, Workers

#: Listings asked for on behalf of one source in a run, its sitemaps' sitemaps included.
MOST_LISTINGS = 200

#: Outcomes for which a server is to blame, not a document; so many in a row, and the rest waits.
_STRIKES = frozenset(
    {
        "bad_certificate", "blocked_address", "network_error", "retry_later", "server_error",
        "timed_out",
    }
)  # fmt: skip
_MOST_STRIKES = 5
_AT_ONCE = datetime.min.replace(tzinfo=UTC)
_ROBOTS = "/robots.txt"
#: Path of a site's front page, or of that of one of its languages.
_FRONT_PAGE = re.compile(r"/(?:[a-z]{2,3}(?:-[a-z]{2,4})?/?)?", re.IGNORECASE)
_log = logging.getLogger(__name__)

#: Called with the number of requests answered so far and the source.
Progress = Callable[[int, str], None]


@dataclass(slots=True)
class SourceReport:
    """What became of a source in a run.

    Attributes:
        entries: Addresses its listings held, documents or not; those that did not change left out.
        found_new: Documents among them that were not known.
        waiting: Addresses left to the next run, as more than ``max_documents`` were due.
        failed: Outcome -> listings and documents that could not be had.
        listings: Listings that could be had.
    """

    name: str
    entries: int = 0
    found_new: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    listings: int = 0

    @property
    def has_failed(self) -> bool:
        """Whether there were failures only."""
        return bool(self.failed) and not (
            self.listings or self.new or self.changed or self.unchanged
        )

    def row(self) -> dict[str, object]:
        """As a row of a table; failures as ``network_error 2, no_listing 1``."""
        failed = ", ".join(f"{outcome} {n}" for outcome, n in sorted(self.failed.items()))
        return {
            "source": self.name,
            "entries": self.entries,
            "found_new": self.found_new,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "waiting": self.waiting,
            "failed": failed,
        }

    def __str__(self) -> str:
        """In one line, without what is nothing."""
        name, *parts = self.row().items()
        shown = [f"{value} {key.replace('_', ' ')}" for key, value in parts[:-1] if value]
        if self.failed:
            shown.append(f"failed: {parts[-1][1]}")
        return f"{name[1]}: {', '.join(shown) or 'nothing new'}"


class _StoppableClock(Clock):
    """Real time; waits no longer when the run is to end."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped

    def sleep(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Stopped


class Run:
    """What all sources of a run share, and its threads."""

    def __init__(
        self,
        run_id: str,
        log: FetchLog,
        store: Store,
        fetch_limits: FetchLimits,
        limits: Limits,
        processes: int,
        clock: Clock | None,
        on_progress: Progress,
    ) -> None:
        self.run_id = run_id
        self.log = log
        self.store = store
        self.limits = limits
        self._workers = Workers(processes, limits)
        self._comparing = threading.Lock()
        self.stopped = threading.Event()
        self.clock = clock or _StoppableClock(self.stopped)
        self.client = Client(
            fetch_limits,
            log.add_fetch,
            run_id=run_id,
            closed=log.memory.pauses,
            on_close=log.add_pause,
            stopped=self.stopped,
            clock=self.clock,
        )
        self._on_progress = on_progress
        self._answers = 0

    def answered(self, source: Source) -> None:
        """Tell that a server answered."""
        self._answers += 1
        self._on_progress(self._answers, source.name)

    def are_same(self, versions: Versions) -> bool:
        """Whether two versions have the same text.

        Raises:
            RawFileError: The new one has none that can be read, where the old one has.
        """
        with self._comparing:
            (same,) = self._workers.map_guarded(compare, [[versions]])
        if isinstance(same, Lost):
            raise RawFileError("read", same.reason, same.detail)
        if same is None:
            raise RawFileError("read", "no_text", "has no text any more")
        return same

    def close(self) -> None:
        """End the process that compares."""
        self._workers.close()


class SourceRun:
    """One source in one run.

    ``strikes`` counts failures in a row for which its servers are to blame, ``documents`` what its
    listings named, known or not.
    """

    def __init__(self, run: Run, source: Source, report: SourceReport) -> None:
        self._run = run
        self._memory = run.log.memory
        self._source = source
        self._report = report
        self._strikes = 0
        self._documents = 0
        self._own = dict.fromkeys(read_address(url).url for url in source.urls)

    def read_listings(self) -> None:
        """Ask for all listings; in a run taken up, only for those not dealt with yet."""
        source = self._source
        if source.kind == "list":
            for address in self._own:
                if self._memory.is_news(address):
                    self._memory.document(address, source.name)
            return
        queue: list[str] = []
        for url in source.urls:
            if PAGE in url:
                self._read_pages(url)
            elif source.kind == "sitemap" and urlsplit(url).path == _ROBOTS:
                queue += self._sitemaps(url)
            else:
                queue.append(url)
        asked: set[str] = set()
        while queue and len(asked) < MOST_LISTINGS and not self._is_over():
            url = queue.pop(0)
            if url not in asked:
                asked.add(url)
                self._read_listing(url)
                known = self._memory.listings.get((source.name, url))
                queue += known.sitemaps if known else ()
        if self._report.entries and not self._documents:
            _log.warning(
                "%s: none of %d entries is a document; see whether `links` fits them",
                source.name, self._report.entries,
            )  # fmt: skip

    def _sitemaps(self, url: str) -> Sequence[str]:
        """The sitemaps that a robots.txt names."""
        try:
            found = self._run.client.sitemaps(url, source=self._source.name)
        except FetchError as error:
            self._failed(error.outcome)
            _log.warning("%s: %s", self._source.name, error)
            return ()
        if not found:
            self._failed("no_listing")
            _log.warning("%s: %s names no sitemap", self._source.name, url)
        return found

    def fetch_due(self) -> None:
        """Ask for the documents that were never had, then for those to be looked at again."""
        source, run = self._source, self._memory.run
        room = source.max_documents - (run.requests[source.name] if run else 0)
        due = self._due()
        while due and room > 0:
            for known in due[:room]:
                if self._is_over():
                    self._report.waiting = len(self._due())
                    return
                self._fetch(known)
                room -= 1
            due = self._due()  # attachments have come to light
        self._report.waiting = len(due)

    def _due(self) -> list[KnownDocument]:
        now = self._run.clock.now()
        source = self._source
        due: list[tuple[datetime, KnownDocument]] = []
        for known in self._memory.by_source.get(source.name, {}).values():
            at = known.due_at(source.recheck_days)
            if at is None and known.checked_at is None:
                at = _AT_ONCE
            # Of a time to come are what a clock noted that was ahead.
            if at is None or (at > now and not (known.checked_at and known.checked_at > now)):
                continue
            if is_document(source, known.url, known.url) and self._is_wanted(known.url):
                due.append((at, known))
        due.sort(key=lambda item: item[0])
        return [known for _, known in due]

    def _is_wanted(self, url: str) -> bool:
        """Whether a list still has an address; what its pages lead to is no part of it."""
        source = self._source
        if source.kind != "list" or (source.attachments and source.attachments.search(url)):
            return True
        return url in self._own

    def _read_pages(self, url: str) -> None:
        """Ask for the pages of an index: the first, and on as far as they bring anything new.

        Pages that could not be had in an earlier run are made up for.
        """
        first, step = self._source.first_page, self._source.page_step
        has_news: bool | None = True
        for number in range(first, first + step * self._source.pages, step):
            page = url.replace(PAGE, str(number))
            known = self._memory.listings.get((self._source.name, page))
            if known and known.reading != _reading(self._source):
                known = None
            if number == first or has_news or known is None or known.state == FAILED:
                if self._is_over():
                    return
                has_news = self._read_listing(page, may_be_missing=number > first)
                if has_news is None:
                    return
            elif known.state == MISSING:
                return

    def _read_listing(self, url: str, *, may_be_missing: bool = False) -> bool | None:
        """Ask for a listing, if this run has not, and note what it names.

        Returns:
            Whether it named anything that was not known; None where it could not be had.
        """
        memory, source = self._memory, self._source
        key = (source.name, url)
        if memory.run and key in memory.run.listings:
            return memory.run.listings[key]
        known = memory.listings.get(key)
        if known is None or known.reading != _reading(source):
            known = KnownListing(_reading(source))
        values: dict[str, object] = {
            "run_id": self._run.run_id,
            "source": source.name,
            "url": url,
            "reading": known.reading,
        }
        try:
            answer = self._get(url, "listing", known)
            listing = None if isinstance(answer, NotModified) else _read(source, answer)
        except (FetchError, ListingError) as error:
            outcome = error.outcome if isinstance(error, FetchError) else "no_listing"
            is_missing = may_be_missing and outcome in ("client_error", "no_listing")
            if not is_missing:
                self._failed(outcome)
            state = MISSING if is_missing else FAILED
            failure = {"state": state, "documents": [], "detail": str(error)}
            self._run.log.add("listing", values | failure)
            return None
        documents = self._news(listing.documents if listing else ())
        self._report.entries += listing.entries if listing else 0
        self._documents += len(listing.documents) if listing else 0
        last = known if isinstance(answer, NotModified) else answer
        self._report.listings += 1
        found = {
            "state": READ,
            "documents": documents,
            "sitemaps": listing.sitemaps if listing else known.sitemaps,
            "etag": last.etag,
            "last_modified": last.last_modified,
        }
        self._run.log.add("listing", values | found)
        return bool(documents)

    def _news(self, listed: Iterable[Listed]) -> list[tuple[str, str | None]]:
        """What is not known yet, as the log has it."""
        news = [item for item in listed if self._memory.is_news(item.url)]
        self._report.found_new += len(news)
        days = (item.published_on.isoformat() if item.published_on else None for item in news)
        return [(item.url, day) for item, day in zip(news, days, strict=True)]

    def _fetch(self, known: KnownDocument) -> None:
        """Ask for a document, store it if it is new or changed, and note what became of it."""
        values: dict[str, object] = {
            "run_id": self._run.run_id,
            "source": self._source.name,
            "url": known.url,
        }
        try:
            answer = self._get(known.url, "document", known)
            if isinstance(answer, NotModified):
                result, path = UNCHANGED, known.path
            else:
                result, path = self._store(answer, known)
        except (FetchError, RawFileError) as error:
            self._failed(error.outcome if isinstance(error, FetchError) else error.reason)
            at = as_text(self._run.clock.now())
            failure = {"at": at, "result": FAILED, "detail": str(error)}
            self._run.log.add("document", values | failure)
            return
        last = known if isinstance(answer, NotModified) else answer
        setattr(self._report, result, getattr(self._report, result) + 1)
        values |= {
            "at": as_text(answer.fetched_at),
            "result": result,
            "fetch_id": answer.fetch_id,
            "path": path,
            "etag": last.etag,
            "last_modified": last.last_modified,
        }
        self._run.log.add("document", values)

    def _store(self, page: Page, known: KnownDocument) -> tuple[str, str]:
        """Write a page if its text is new.

        Returns:
            What became of it, and the path under raw/ of the newest version.

        Raises:
            RawFileError: It is nothing that is collected, or has lost its text.
        """
        if _is_front_page(page.final_url) and not _is_front_page(page.url):
            raise RawFileError("read", "no_text", "the address leads to the site's front page now")
        store, source = self._run.store, self._source
        suffix = store.suffix(page)
        if source.attachments and suffix == HTML_SUFFIX:
            # Before the page is stored: once it is, a run taken up would not look at it again.
            self._note_attachments(page)
        try:
            if known.path is None:
                raise FileNotFoundError
            versions = store.versions(page, known.path, source, self._run.limits)
        except FileNotFoundError:
            return NEW, store.write(page, suffix, source, known.published_on)
        if versions is None or self._run.are_same(versions):
            return UNCHANGED, known.path
        return CHANGED, store.write(page, suffix, source, known.published_on)

    def _note_attachments(self, page: Page) -> None:
        try:
            listed = read_attachments(self._source, page.content, page.final_url, page.charset)
        except Exception:  # whatever the page does to a parser, it is a document all the same
            _log.warning("%s: its links cannot be read", page.final_url, exc_info=True)
            return
        if documents := self._news(listed):
            values = {"source": self._source.name, "url": page.url, "documents": documents}
            self._run.log.add("attachments", values)

    def _get(
        self, url: str, purpose: Purpose, known: KnownListing | KnownDocument
    ) -> Page | NotModified:
        answer = self._run.client.get(
            url,
            source=self._source.name,
            purpose=purpose,
            etag=known.etag,
            last_modified=known.last_modified,
            accept=MEDIA_TYPES if purpose == "document" else (),
        )
        self._strikes = 0
        self._run.answered(self._source)
        return answer

    def _failed(self, outcome: str) -> None:
        self._report.failed[outcome] += 1
        self._strikes = self._strikes + 1 if outcome in _STRIKES else 0

    def _is_over(self) -> bool:
        """Whether to ask no more: the run ends, or the source's servers are down."""
        return self._run.stopped.is_set() or self._strikes >= _MOST_STRIKES


def _read(source: Source, page: Page) -> Listing:
    """Read a listing; whatever a stranger's bytes do to a parser stops this one only."""
    try:
        return read_listing(source, page.content, page.final_url, page.charset)
    except (FetchError, ListingError):
        raise
    except Exception as error:
        _log.warning("%s cannot be read", page.final_url, exc_info=True)
        raise ListingError(f"{page.final_url}: cannot be read ({error!r})") from error


def _reading(source: Source) -> str:
    """What is looked for in a source's listings, as a hash."""
    patterns = (source.links, source.exclude, source.attachments)
    parts = [source.kind, source.items, *(found and found.pattern for found in patterns)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _is_front_page(url: str) -> bool:
    """Whether an address is a site's front page, or that of a language.

    >>> _is_front_page("https://example.org/en/"), _is_front_page("https://example.org/?p=1")
    (True, False)
    """
    parts = urlsplit(url)
    return not parts.query and _FRONT_PAGE.fullmatch(parts.path) is not None
