"""One request and its answer, whatever the server does: nothing is trusted, all is bounded.

Each request opens a connection of its own, to an IP address that was checked, and closes it: at
one request in some seconds there is nothing to gain from keeping it. There are no proxies, cookies,
credentials or caches. A header of more than 100 KB is refused by the parser (h11).
"""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import h11
import httpcore

from sco_pipeline.collecting.addresses import WebAddress, read_address
from sco_pipeline.collecting.decoding import Unpacker
from sco_pipeline.collecting.records import Purpose
from sco_pipeline.errors import FetchError
from sco_pipeline.limits import FetchLimits

_REDIRECTS = (301, 302, 303, 307, 308)
_WORTH_REPEATING = (429, 500, 502, 503, 504)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
#: Longest value of a header that is kept, in characters; addresses have a limit of their own.
_LONGEST_HEADER = 1000
_LONGEST_DETAIL = 500
#: What a body is whose type the server does not say.
OCTETS = "application/octet-stream"
#: Seconds after which a silent server's answer is given up when the run is to end.
_LOOK_UP_SECONDS = 1.0


class Stopped(Exception):
    """The run is to end; whatever was waited for does not matter any more."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted, and for whom.

    Attributes:
        source, purpose: As in ``Fetch``.
        etag, last_modified: Of the version that is there already.
        accept: Media types that are of use; all if empty.
        way: Addresses that redirects led over; the last one is asked.
    """

    source: str
    purpose: Purpose
    etag: str | None = None
    last_modified: str | None = None
    accept: tuple[str, ...] = ()
    way: tuple[WebAddress, ...] = ()

    @property
    def here(self) -> WebAddress:
        return self.way[-1]


@dataclass(slots=True)
class Answer:
    """What came of a request, filled in as far as it went; as in ``Fetch`` if not said here.

    Attributes:
        received: Bytes of the body, packed.
        content: The body, unpacked.
        is_worth_repeating: Whether the same request may well succeed in a moment.
    """

    status: int | None = None
    outcome: str = "ok"
    location: str | None = None
    media_type: str | None = None
    charset: str | None = None
    received: int = 0
    content: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    retry_after: float | None = None
    detail: str | None = None
    is_worth_repeating: bool = False

    def end(
        self, outcome: str, detail: str | None = None, is_worth_repeating: bool = False
    ) -> None:
        """Say what became of the request, if not all went well."""
        self.outcome, self.detail = outcome, detail
        self.is_worth_repeating = is_worth_repeating


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Trust those of the system and of certifi; slow to load."""
    return httpcore.default_ssl_context()


def exchange(
    ask: Ask,
    ips: Sequence[str],
    limits: FetchLimits,
    user_agent: str,
    now: datetime,
    ssl_context: ssl.SSLContext,
    stopped: threading.Event,
) -> Answer:
    """Send a request and read its answer, as far as it is of use.

    Args:
        ask: What is wanted.
        ips: IP addresses of the host, tried in order.
        limits: For time and size.
        user_agent: Who asks.
        now: To count the seconds until the date of a Retry-After.
        ssl_context: Whom to trust.
        stopped: Set from outside when the answer is not to be waited for any more.

    Returns:
        The answer; its outcome says what is wrong with it.

    Raises:
        Stopped: It was set.
    """
    answer = Answer()
    deadline = time.monotonic() + limits.response_seconds
    here = ask.here
    scheme, host = here.scheme.encode(), here.host.encode()
    connection = httpcore.HTTPConnection(
        httpcore.Origin(scheme, host, here.port),
        ssl_context=ssl_context,
        network_backend=_Pinned(ips, deadline, stopped),
    )
    request = httpcore.Request(
        "GET",
        httpcore.URL(scheme=scheme, host=host, port=here.port, target=here.target.encode()),
        headers=_headers(ask, user_agent),
        extensions={
            "timeout": {
                "connect": limits.connect_seconds,
                "read": limits.read_seconds,
                "write": limits.read_seconds,
            }
        },
    )
    try:
        with closing(connection):
            response = connection.handle_request(request)
            headers = _by_name(response.headers)
            _read_head(response.status, headers, now, answer)
            _judge_head(ask, limits, headers, answer)
            if answer.outcome == "ok":
                coding = headers.get("content-encoding", "")
                _read_body(ask, limits, coding, response.iter_stream(), answer)
    except FetchError as error:
        answer.end(error.outcome, error.detail)
    except httpcore.TimeoutException:
        # A server that was silent may have lost us; one that trickles would do so again.
        is_over = time.monotonic() >= deadline
        limit = "response_seconds" if is_over else "connect_seconds or read_seconds"
        answer.end("timed_out", f"took longer than the limit ({limit})", not is_over)
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        answer.end(*_failure(error))
    return answer


def _headers(ask: Ask, user_agent: str) -> list[tuple[bytes, bytes]]:
    headers = {
        "Host": ask.here.netloc,
        "User-Agent": user_agent,
        "Accept": ", ".join((*ask.accept, "*/*;q=0.1")) if ask.accept else "*/*",
        "Accept-Encoding": "gzip, deflate",
        "If-None-Match": ask.etag,
        "If-Modified-Since": ask.last_modified,
        "Connection": "close",
    }
    return [
        (name.encode(), value.encode("latin-1", "replace"))
        for name, value in headers.items()
        if value
    ]


def _read_head(status: int, headers: Mapping[str, str], now: datetime, answer: Answer) -> None:
    content_type = headers.get("content-type", "")
    charset = _CHARSET.search(content_type)
    answer.status = status
    answer.media_type = content_type.split(";")[0].strip().lower() or None
    answer.charset = charset[1].lower() if charset else None
    answer.etag = headers.get("etag")
    answer.last_modified = headers.get("last-modified")
    answer.retry_after = seconds_until(headers.get("retry-after", ""), now)


def _judge_head(ask: Ask, limits: FetchLimits, headers: Mapping[str, str], answer: Answer) -> None:
    """Say by the head of a response what is wrong with it, before its body is read."""
    status = answer.status or 0
    detail = f"status {status}"
    can_repeat = status in _WORTH_REPEATING
    if status in _REDIRECTS and "location" in headers:
        _judge_redirect(ask.way, headers["location"], limits.redirects, answer)
    elif status == 304 and (ask.etag or ask.last_modified):
        answer.end("not_modified")
    elif status == 429 or (status >= 500 and answer.retry_after is not None):
        if answer.retry_after is not None:
            detail += f", asks to come back after {answer.retry_after:.0f} seconds"
        answer.end("retry_later", detail, can_repeat)
    elif status >= 500:
        answer.end("server_error", detail, can_repeat)
    elif status >= 400:
        answer.end("client_error", detail)
    elif status not in (200, 203):
        answer.end("unusable_status", f"{detail} brings no page")
    elif ask.accept and (answer.media_type or OCTETS) not in ask.accept:
        answer.end("wrong_content_type", f"media type {answer.media_type} is of no use here")
    elif ask.purpose != "robots" and _length(headers) > limits.response_bytes:
        raise _too_large(ask, f"announces more ({_length(headers):,} bytes)", "response_bytes")


def _judge_redirect(
    way: Sequence[WebAddress], location: str, redirects: int, answer: Answer
) -> None:
    # Some servers send an address in UTF-8 without escapes.
    location = location.encode("latin-1").decode("utf-8", "replace")
    answer.location = location
    answer.end("redirected")
    try:
        target = read_address(location, way[-1])
    except FetchError:  # it is refused when its turn comes
        return
    answer.location = target.url
    if target in way:
        answer.end("too_many_redirects", f"redirects in a circle, to {target.url}")
    elif len(way) > redirects:
        answer.end("too_many_redirects", f"more than {redirects} redirects")


def _read_body(
    ask: Ask, limits: FetchLimits, coding: str, pieces: Iterable[bytes], answer: Answer
) -> None:
    """Read and unpack a body; a robots.txt that is too large is cut.

    Raises:
        FetchError: ``too_large`` or ``bad_encoding``.
    """
    is_robots = ask.purpose == "robots"
    most = limits.robots_bytes if is_robots else limits.decoded_bytes
    unpacker = Unpacker(coding, most, ask.here.url)
    for piece in pieces:
        answer.received += len(piece)
        if answer.received > limits.response_bytes:
            raise _too_large(ask, "the body is larger", "response_bytes")
        unpacker.feed(piece)
        if unpacker.is_over:
            break
    answer.content = unpacker.content()
    if unpacker.is_over and is_robots:
        answer.content = answer.content.rpartition(b"\n")[0]
        answer.detail = f"only the first {most:,} bytes are heeded"
    elif unpacker.is_over:
        raise _too_large(ask, "the body is larger when unpacked", "decoded_bytes")


def _too_large(ask: Ask, what: str, limit: str) -> FetchError:
    return FetchError("too_large", ask.here.url, f"{what} than the limit ({limit})")


class _Timed(httpcore.NetworkStream):
    """A stream on which nothing lasts beyond a deadline, however little arrives at a time."""

    def __init__(
        self, stream: httpcore.NetworkStream, deadline: float, stopped: threading.Event
    ) -> None:
        self._stream = stream
        self._deadline = deadline
        self._stopped = stopped

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        until = time.monotonic() + _left(self._deadline, timeout)
        while not self._stopped.is_set():
            try:
                return self._stream.read(max_bytes, min(_LOOK_UP_SECONDS, _left(until, None)))
            except httpcore.ReadTimeout:
                if time.monotonic() >= until:
                    raise
        raise Stopped

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(
            ssl_context, server_hostname, _left(self._deadline, timeout)
        )
        return _Timed(stream, self._deadline, self._stopped)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Pinned(httpcore.NetworkBackend):
    """Connects to IP addresses that were checked, whatever the name leads to by now."""

    def __init__(self, ips: Sequence[str], deadline: float, stopped: threading.Event) -> None:
        self._ips = ips
        self._deadline = deadline
        self._stopped = stopped

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        error: httpcore.NetworkError | httpcore.TimeoutException
        error = httpcore.ConnectError(f"{host} has no IP address")
        for ip in self._ips:
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    ip, port, _left(self._deadline, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failure:
                error = failure
            else:
                return _Timed(stream, self._deadline, self._stopped)
        raise error


def _left(deadline: float, timeout: float | None) -> float:
    """Seconds that a step may last.

    Raises:
        httpcore.TimeoutException: None are left.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left if timeout is None else min(left, timeout)


def _failure(error: Exception) -> tuple[str, str, bool]:
    """Outcome, detail, and whether to repeat, of a connection that broke."""
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "bad_certificate", f"certificate: {cause.verify_message}", False
    if isinstance(cause, h11.RemoteProtocolError) and cause.error_status_hint == 431:
        return "too_large", "the header is larger than 100 KB", False
    return "network_error", str(error)[:_LONGEST_DETAIL] or type(error).__name__, True


def _by_name(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name in lower case; of repeated ones the first, but all content codings."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "content-encoding" and name in found:
            found[name] += f", {value}"
        elif name == "location" or len(value) <= _LONGEST_HEADER:
            found.setdefault(name, value)
    return found


def _length(headers: Mapping[str, str]) -> int:
    value = headers.get("content-length", "")
    return int(value) if value.isdecimal() else 0


def seconds_until(retry_after: str, now: datetime) -> float | None:
    """Seconds of a Retry-After, which holds these or a date; None where it holds neither."""
    if re.fullmatch(r"\d{1,9}", retry_after):
        return float(retry_after)
    try:
        when = parsedate_to_datetime(retry_after)
        return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError):
        return None
