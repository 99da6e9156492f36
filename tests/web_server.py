"""A web server on this machine that answers as told, also badly; and a clock that does not wait."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from sco_pipeline.collecting.client import Clock


@dataclass(frozen=True)
class Request:
    """What a client asked; names of headers in lower case."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """An answer. Content-Length is added unless ``headers`` has it or the body is sent in chunks.

    ``act`` takes over instead: it is given the handler, writes what it likes to its ``wfile`` and
    returns; the connection is then closed.
    """

    body: bytes | str = b""
    media_type: str | None = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    act: Callable[[Handler], None] | None = None

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


#: One answer for all requests, one for each (the last one stays), or a function of the request.
Route = Reply | Sequence[Reply] | Callable[[Request], Reply]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        request = Request(self.path, {k.lower(): v for k, v in self.headers.items()})
        reply = self.server.owner.reply_to(request)
        if reply.act is not None:
            self.close_connection = True
            reply.act(self)
            return
        self.send_response(reply.status)
        headers = dict(reply.headers)
        if reply.media_type:
            headers.setdefault("Content-Type", reply.media_type)
        if "Transfer-Encoding" not in headers:
            headers.setdefault("Content-Length", str(len(reply.content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.content)

    def stopping(self, seconds: float) -> bool:
        """Wait; True once the server is told to stop."""
        return self.server.owner.stopped.wait(seconds)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    owner: WebServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients hang up on bad answers, as they should


class WebServer:
    """Context manager around a server at 127.0.0.1.

    Attributes:
        routes: Path, with query or without -> answers; may be changed at any time. Without a
            route the answer is 404.
        requests: All that were made, in order.
        host: ``127.0.0.1:port``, for ``allowed_hosts``.
    """

    def __init__(
        self, routes: Mapping[str, Route] | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[Request] = []
        self.stopped = threading.Event()
        self._asked: dict[str, int] = {}
        self._lock = threading.Lock()
        self._scheme = "https" if tls else "http"
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.owner = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str, host: str | None = None) -> str:
        """Address of a path, at another name of the host if given."""
        return f"{self._scheme}://{host or '127.0.0.1'}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """Paths asked for, in order."""
        return [request.path for request in self.requests]

    def reply_to(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            path = request.path if request.path in self.routes else urlsplit(request.path).path
            route = self.routes.get(path, NOT_FOUND)
            at = self._asked.get(path, 0)
            self._asked[path] = at + 1
        if isinstance(route, Reply):
            return route
        return route(request) if callable(route) else route[min(at, len(route) - 1)]


class FakeClock(Clock):
    """Waits in no time, and remembers for how long in ``sleeps``."""

    def __init__(self, start: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self.start = start
        self.sleeps: list[float] = []
        self._passed = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return 1000.0 + self._passed

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self._passed += seconds


NOT_FOUND = Reply("nothing here", status=404)


def text(body: str) -> Reply:
    """For a robots.txt."""
    return Reply(body, "text/plain")


def index(links: Iterable[str]) -> Reply:
    """A page of links."""
    items = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return Reply(f"<html><body><ul>{items}</ul></body></html>")


def sitemap(urls: Iterable[str]) -> Reply:
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return Reply(
        f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{space}">{entries}</urlset>',
        "application/xml",
    )


def feed(urls: Iterable[str]) -> Reply:
    """RSS 2.0."""
    items = "".join(
        f"<item><title>{url}</title><link>{url}</link><guid>{url}</guid></item>" for url in urls
    )
    return Reply(
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>News</title>'
        f"<link>/</link><description>-</description>{items}</channel></rss>",
        "application/rss+xml",
    )


def conditional(
    body: str, etag: str | None = None, last_modified: str | None = None
) -> Callable[[Request], Reply]:
    """A page that answers 304 to who has this version already."""
    headers = {"ETag": etag, "Last-Modified": last_modified}
    kept = {name: value for name, value in headers.items() if value}

    def reply(request: Request) -> Reply:
        has_it = etag and request.headers.get("if-none-match") == etag
        has_it = has_it or (
            last_modified and request.headers.get("if-modified-since") == last_modified
        )
        return Reply(status=304, headers=kept) if has_it else Reply(body, headers=kept)

    return reply


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": location})


def retry_later(after: str | None = None, status: int = 429) -> Reply:
    return Reply(status=status, headers={"Retry-After": after} if after else {})


def failure(status: int = 500) -> Reply:
    return Reply("failed", status=status)


def raw(answer: bytes) -> Reply:
    """These very bytes, then the end of the connection."""
    return Reply(act=lambda handler: _write(handler, answer))


def drip(head: bytes, seconds: float = 0.05) -> Reply:
    """``head``, then a byte at a time, without end."""

    def act(handler: Handler) -> None:
        _write(handler, head)
        while not handler.stopping(seconds):
            _write(handler, b"a")

    return Reply(act=act)


def silence() -> Reply:
    """Takes the request and never answers."""
    return Reply(act=lambda handler: _write(handler, b"") if handler.stopping(60) else None)


def endless(head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n") -> Reply:
    """A body that never ends, as fast as it can."""

    def act(handler: Handler) -> None:
        _write(handler, head)
        while not handler.stopping(0):
            _write(handler, b"a" * 65536)

    return Reply(act=act)


def reset() -> Reply:
    """Breaks the connection instead of an answer."""

    def act(handler: Handler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    return Reply(act=act)


def gzip_bomb(gigabytes: int = 4) -> Reply:
    """About a megabyte for each gigabyte of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    return Reply(
        head + megabyte * (gigabytes << 10) + b"\x03\x00" + bytes(8),
        headers={"Content-Encoding": "gzip"},
    )


def _write(handler: Handler, data: bytes) -> None:
    handler.wfile.write(data)
    handler.wfile.flush()
