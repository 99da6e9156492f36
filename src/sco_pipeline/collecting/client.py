"""Fetches addresses: checks each, asks robots.txt, keeps the pace, follows redirects, insists."""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from itertools import count

from sco_pipeline.collecting.addresses import (
    WebAddress,
    allowed_ports,
    check_ip,
    check_port,
    literal_ip,
    read_address,
)
from sco_pipeline.collecting.exchange import (
    OCTETS,
    Answer,
    Ask,
    Stopped,
    exchange,
    trusted_authorities,
)
from sco_pipeline.collecting.records import Fetch, NotModified, Page, Purpose
from sco_pipeline.collecting.robots import PRODUCT, Robots, read_robots
from sco_pipeline.errors import FetchError, UsageError
from sco_pipeline.limits import FetchLimits
from sco_pipeline.package_digest import package_version

#: After these there is nothing to repeat.
_GOOD = ("ok", "not_modified", "redirected")
#: A host is left alone for so long at most, whatever it asks for.
_LONGEST_PAUSE = 7 * 86_400.0
_LONGEST_LOCATION = 1000


class Clock:
    """The time, and waiting for it to pass; tests have one that does not wait."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def system_resolve(host: str) -> list[str]:
    """IP addresses of a host, as the system finds them.

    Raises:
        OSError: There are none, or no one to ask.
    """
    answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


@dataclass(slots=True)
class _Pace:
    """When a host may be asked again, in seconds of the clock.

    Attributes:
        lock: Held while it is waited for and asked.
        delay: Pause after each request.
        ready_at: Wait until then.
        closed_until: It asked for a longer pause than is waited for; until then it is left alone.
    """

    delay: float
    ready_at: float = 0.0
    closed_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class _Site:
    """The robots.txt of a site: its rules, or why they cannot be had; None until it is asked.

    Attributes:
        lock: Held while it is asked.
    """

    robots: Robots | FetchError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Client:
    """Fetches addresses. Threads may share it: each host is asked by one at a time, at one pace.

    Args:
        limits: What is asked and taken at most, and which hosts are allowed by name.
        on_fetch: Is given each request once it is over, before ``get`` returns; also those that
            were refused and never sent.
        run_id: Of the run, for ``Fetch``.
        closed: Hosts that asked to be left alone, and until when.
        on_close: Is told of each further one.
        stopped: Set from outside: nothing more is asked, and a body is not read to its end.
        clock: For pauses between requests. Time limits of a response are real time always.
        resolve: IP addresses of a host; raises OSError.
        jitter: Random numbers from 0 to 1 that spread repetitions.
        ssl_context: Whom to trust; by default the authorities of the system and of certifi.

    Raises:
        UsageError: An allowed host or the contact makes no sense.
    """

    def __init__(
        self,
        limits: FetchLimits,
        on_fetch: Callable[[Fetch], None],
        *,
        run_id: str,
        closed: Mapping[str, datetime] | None = None,
        on_close: Callable[[str, datetime], None] = lambda _host, _until: None,
        stopped: threading.Event | None = None,
        clock: Clock | None = None,
        resolve: Callable[[str], Sequence[str]] = system_resolve,
        jitter: Callable[[], float] = random.random,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits
        self._allowed = _allowed(limits.allowed_hosts)
        self._on_fetch = on_fetch
        self._run_id = run_id
        self._clock = clock or Clock()
        self._resolve = resolve
        self._jitter = jitter
        self._ssl_context = ssl_context
        self._user_agent = _user_agent(limits.contact)
        self._on_close = on_close
        self._stopped = stopped or threading.Event()
        self._numbers = count(1)
        self._paces: dict[str, _Pace] = {}
        self._sites: dict[str, _Site] = {}
        for host, until in (closed or {}).items():
            left = (until - self._clock.now()).total_seconds()
            self._pace(host).closed_until = self._clock.monotonic() + left

    def get(
        self,
        url: str,
        *,
        source: str,
        purpose: Purpose,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: Collection[str] = (),
    ) -> Page | NotModified:
        """Fetch an address, through redirects and over failures that pass.

        Args:
            url: Absolute.
            source: On whose behalf; for ``Fetch``.
            purpose: For ``Fetch``.
            etag: As the server sent it last time; it then answers only if there is news.
            last_modified: The same.
            accept: Media types that are of use, in lower case; all if empty.

        Raises:
            FetchError: Says why not.
            Stopped: The run is to end.
        """
        ask = Ask(source, purpose, etag, last_modified, tuple(accept))
        followed, fetch, answer = self._follow(url, ask)
        asked = followed.way[0]
        if fetch.outcome == "not_modified":
            return NotModified(fetch.fetch_id, asked.url, fetch.url, fetch.requested_at)
        return Page(
            fetch_id=fetch.fetch_id,
            url=asked.url,
            final_url=fetch.url,
            media_type=fetch.media_type or OCTETS,
            charset=answer.charset,
            content=answer.content,
            sha256=fetch.sha256 or "",
            etag=fetch.etag,
            last_modified=fetch.last_modified,
            fetched_at=fetch.requested_at,
        )

    def sitemaps(self, url: str, *, source: str) -> tuple[str, ...]:
        """Addresses of sitemaps in the robots.txt of an address's site; none if it has no such.

        Raises:
            FetchError: The address is none that may be asked, or its robots.txt cannot be had.
        """
        ask = Ask(source, "robots")
        robots = self._robots_of(self._checked(url, ask), ask)
        if isinstance(robots, FetchError):
            raise robots
        return robots.sitemaps

    def _follow(self, url: str, ask: Ask) -> tuple[Ask, Fetch, Answer]:
        """Follow redirects; each address on the way is checked as the first one.

        Returns:
            The request that was answered in the end, with the way to it, and the answer.
        """
        while True:
            here = self._checked(url, ask)
            if ask.way and here.host != ask.here.host:
                ask = replace(ask, etag=None, last_modified=None)
            if ask.purpose != "robots":
                self._obey_robots(here, ask)
            ask = replace(ask, way=(*ask.way, here))
            fetch, answer = self._insist(ask)
            if answer.outcome != "redirected":
                return ask, fetch, answer
            url = answer.location or ""

    def _insist(self, ask: Ask) -> tuple[Fetch, Answer]:
        """Ask one address, again if it fails in passing."""
        here, pace, most = ask.here, self._pace(ask.here.host), self._limits.attempts
        for attempt in range(1, most + 1):
            with pace.lock:
                self._wait(here, ask)
                fetch, answer = self._request(ask, attempt)
                now = self._clock.monotonic()
                pace.ready_at = max(pace.ready_at, now + pace.delay)
                if answer.outcome in _GOOD:
                    break
                asked_pause = answer.retry_after or 0.0
                pace.ready_at = max(pace.ready_at, now + asked_pause)
                if asked_pause > self._limits.longest_retry_after:
                    self._close(here.host, asked_pause)
                elif answer.status == 429 and attempt == most:
                    self._close(here.host, self._limits.longest_retry_after)
                is_open = pace.closed_until <= now
                if not (answer.is_worth_repeating and is_open and attempt < most):
                    detail = answer.detail or answer.outcome
                    raise FetchError(
                        answer.outcome, here.url, detail, answer.status, answer.retry_after
                    )
                backoff = self._limits.backoff_seconds * 2 ** (attempt - 1)
                pace.ready_at = max(pace.ready_at, now + backoff * (0.5 + self._jitter() / 2))
        return fetch, answer

    def _close(self, host: str, seconds: float) -> None:
        """Leave a host alone, in later runs too."""
        seconds = min(seconds, _LONGEST_PAUSE)
        self._pace(host).closed_until = self._clock.monotonic() + seconds
        self._on_close(host, self._clock.now() + timedelta(seconds=seconds))

    def _request(self, ask: Ask, attempt: int) -> tuple[Fetch, Answer]:
        """Send one request and report it, whatever comes of it."""
        requested_at, started = self._clock.now(), time.monotonic()
        try:
            answer = exchange(
                ask,
                self._ips(ask.here),
                self._limits,
                self._user_agent,
                requested_at,
                self._ssl_context or trusted_authorities(),
                self._stopped,
            )
        except FetchError as error:
            answer = Answer()
            answer.end(error.outcome, error.detail, error.outcome == "network_error")
        seconds = time.monotonic() - started
        return self._report(ask.here.url, ask, requested_at, attempt, seconds, answer), answer

    def _ips(self, here: WebAddress) -> list[str]:
        """Where a host is, once; all its addresses are public unless it is allowed by name.

        Raises:
            FetchError: ``blocked_address`` or ``network_error``.
        """
        if literal_ip(here.host) is not None:  # checked already
            return [here.host]
        try:
            found = list(self._resolve(here.host))
        except (OSError, UnicodeError) as error:
            raise FetchError(
                "network_error", here.url, f"the name {here.host} is not found ({error})"
            ) from error
        if not self._is_allowed(here):
            for ip in found:
                check_ip(ip_address(ip), here)
        return found

    def _is_allowed(self, address: WebAddress) -> bool:
        return (address.host, address.port) in self._allowed

    def _checked(self, url: str, ask: Ask) -> WebAddress:
        """Take an address apart and refuse it if need be, as far as that goes without asking."""
        try:
            address = read_address(url, ask.here if ask.way else None)
            if not self._is_allowed(address):
                check_port(address)
                if (ip := literal_ip(address.host)) is not None:
                    check_ip(ip, address)
        except FetchError as error:
            self._refuse(error, ask)
            raise
        return address

    def _obey_robots(self, here: WebAddress, ask: Ask) -> None:
        robots = self._robots_of(here, ask)
        if isinstance(robots, FetchError):
            detail = f"robots.txt cannot be had ({robots.detail}); the next run tries again"
            pause = robots.retry_after_seconds
            error = FetchError(robots.outcome, here.url, detail, None, pause)
        elif robots.allows(here):
            return
        else:
            error = FetchError("forbidden_by_robots", here.url, "robots.txt forbids it")
        self._refuse(error, ask)
        raise error

    def _robots_of(self, here: WebAddress, ask: Ask) -> Robots | FetchError:
        """Rules of a site, fetched the first time; the error where they cannot be had."""
        site = self._sites.setdefault(here.origin, _Site())
        with site.lock:
            if site.robots is None:
                site.robots = self._ask_robots(here, ask)
            return site.robots

    def _ask_robots(self, here: WebAddress, ask: Ask) -> Robots | FetchError:
        try:
            _, _, answer = self._follow(f"{here.origin}/robots.txt", Ask(ask.source, "robots"))
            robots = read_robots(answer.content)
        except FetchError as error:
            if error.outcome != "client_error":
                return error
            robots = read_robots(b"")
        pace = self._pace(here.host)
        pace.delay = max(pace.delay, min(robots.delay, self._limits.longest_crawl_delay))
        pace.ready_at = max(pace.ready_at, self._clock.monotonic() + pace.delay)
        return robots

    def _pace(self, host: str) -> _Pace:
        return self._paces.setdefault(host, _Pace(self._limits.seconds_between_requests))

    def _wait(self, here: WebAddress, ask: Ask) -> None:
        """Wait until the host may be asked.

        Raises:
            FetchError: ``retry_later``; it asked to be left alone for longer than is waited.
            Stopped: The run is to end.
        """
        if self._stopped.is_set():
            raise Stopped
        now, pace = self._clock.monotonic(), self._pace(here.host)
        if (pause := pace.closed_until - now) > 0:
            detail = f"{here.host} asked to be left alone for {pause:.0f} more seconds"
            error = FetchError("retry_later", here.url, detail, None, pause)
            self._refuse(error, ask)
            raise error
        if pace.ready_at > now:
            self._clock.sleep(pace.ready_at - now)

    def _refuse(self, error: FetchError, ask: Ask) -> None:
        """Report a request that is not sent."""
        answer = Answer(retry_after=error.retry_after_seconds)
        answer.end(error.outcome, error.detail)
        self._report(error.url, ask, self._clock.now(), 1, 0.0, answer)

    def _report(
        self,
        here: str,
        ask: Ask,
        requested_at: datetime,
        attempt: int,
        seconds: float,
        answer: Answer,
    ) -> Fetch:
        number = next(self._numbers)
        key = f"{self._run_id} {ask.source} {number} {requested_at.isoformat()} {here}"
        fetch = Fetch(
            fetch_id=sha256(key.encode()).hexdigest()[:16],
            run_id=self._run_id,
            source=ask.source,
            url=here,
            purpose=ask.purpose,
            requested_at=requested_at,
            attempt=attempt,
            status=answer.status,
            outcome=answer.outcome,
            location=answer.location and answer.location[:_LONGEST_LOCATION],
            media_type=answer.media_type,
            bytes=answer.received,
            sha256=sha256(answer.content).hexdigest() if answer.outcome == "ok" else None,
            etag=answer.etag,
            last_modified=answer.last_modified,
            retry_after_seconds=answer.retry_after,
            seconds=round(seconds, 3),
            detail=answer.detail,
        )
        self._on_fetch(fetch)
        return fetch


def _allowed(hosts: Iterable[str]) -> frozenset[tuple[str, int]]:
    try:
        return frozenset().union(*map(allowed_ports, hosts))
    except FetchError as error:
        raise UsageError(f"allowed host {error}") from error


def _user_agent(contact: str) -> str:
    if not contact.isascii() or not contact.isprintable():
        raise UsageError(f"contact {contact!r}: write a web or mail address in plain letters")
    return f"{PRODUCT}/{package_version()}" + (f" (+{contact})" if contact else "")
