"""The collector's client against a real server on this machine, good and bad."""

from __future__ import annotations

import gzip
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpcore
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sco_pipeline.codes import code_list
from sco_pipeline.collecting.addresses import read_address
from sco_pipeline.collecting.client import Client
from sco_pipeline.collecting.decoding import unpacked
from sco_pipeline.collecting.exchange import seconds_until
from sco_pipeline.collecting.records import Fetch, NotModified, Page
from sco_pipeline.collecting.robots import read_robots
from sco_pipeline.errors import FetchError, UsageError
from sco_pipeline.limits import FetchLimits
from tests.web_server import (
    NOT_FOUND,
    FakeClock,
    Reply,
    WebServer,
    conditional,
    drip,
    endless,
    failure,
    gzip_bomb,
    raw,
    redirect,
    reset,
    retry_later,
    silence,
    text,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PAGE = Reply("<p>The ministers met.</p>")


class Visit:
    """A client of one server, and what it did."""

    def __init__(
        self, server: WebServer, *allowed: str, resolve: Any = None, **limits: Any
    ) -> None:
        self.server = server
        self.rows: list[Fetch] = []
        self.clock = FakeClock()
        self.jitter = 1.0
        self.client = Client(
            FetchLimits(allowed_hosts=(server.host, *allowed), **limits),
            self.rows.append,
            run_id="run",
            clock=self.clock,
            resolve=resolve or self._resolve,
            jitter=lambda: self.jitter,
        )
        self.resolved: list[str] = []

    def _resolve(self, host: str) -> list[str]:
        self.resolved.append(host)
        if not host.endswith(".test"):
            raise socket.gaierror("no such name")
        return ["127.0.0.1"]

    def get(self, path: str, **options: Any) -> Page | NotModified:
        url = self.server.url(path) if path.startswith("/") else path
        return self.client.get(url, source="source", purpose="document", **options)

    def page(self, path: str, **options: Any) -> Page:
        page = self.get(path, **options)
        assert isinstance(page, Page)
        return page

    def fails(self, path: str, **options: Any) -> FetchError:
        with pytest.raises(FetchError) as error:
            self.get(path, **options)
        return error.value

    @property
    def outcomes(self) -> list[str]:
        """Of the documents, in order."""
        assert {row.outcome for row in self.rows} <= code_list("fetch_outcome_labels")
        assert len({row.fetch_id for row in self.rows}) == len(self.rows)
        return [row.outcome for row in self.rows if row.purpose == "document"]


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def test_page_comes_with_what_the_server_said(server: WebServer) -> None:
    headers = {"ETag": '"1"', "Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT", "Set-Cookie": "a=1"}
    server.routes["/a"] = Reply("<p>é</p>", 'Text/HTML; charset="UTF-8"', headers=headers)
    visit = Visit(server, contact="https://example.org/about")
    page = visit.page("/a#top", accept=("text/html",))
    content = "<p>é</p>".encode()
    digest = sha256(content).hexdigest()
    assert page == Page(
        visit.rows[1].fetch_id, server.url("/a"), server.url("/a"), "text/html", "utf-8", content,
        digest, '"1"', headers["Last-Modified"], visit.rows[1].requested_at,
    )  # fmt: skip
    robots, document = visit.rows
    assert (robots.purpose, robots.url) == ("robots", server.url("/robots.txt"))
    assert (robots.status, robots.outcome, robots.sha256) == (404, "client_error", None)
    assert document == Fetch(
        page.fetch_id, "run", "source", server.url("/a"), "document", page.fetched_at, 1, 200, "ok",
        None, "text/html", len(content), digest, '"1"', headers["Last-Modified"], None,
        document.seconds, None,
    )  # fmt: skip
    visit.page("/a")
    assert server.paths == ["/robots.txt", "/a", "/a"]
    sent = server.requests[2].headers
    assert sent["host"] == server.host
    assert sent["user-agent"].startswith("sco-pipeline/")
    assert sent["user-agent"].endswith(" (+https://example.org/about)")
    assert sent["connection"] == "close"
    assert not {"cookie", "authorization", "if-none-match", "referer"} & set(sent)


def test_nothing_is_sent_again_that_did_not_change(server: WebServer) -> None:
    since = "Sun, 01 Mar 2026 10:00:00 GMT"
    server.routes |= {
        "/tag": conditional("one", etag='W/"1"'),
        "/date": conditional("one", last_modified=since),
        "/odd": Reply(status=304),
        "/long": Reply("one", headers={"ETag": f'"{"1" * 2000}"'}),
    }
    visit = Visit(server)
    assert isinstance(visit.get("/tag", etag='W/"1"'), NotModified)
    assert isinstance(visit.get("/date", last_modified=since), NotModified)
    server.routes["/tag"] = conditional("two", etag='W/"é"')
    page = visit.page("/tag", etag='W/"1"')
    assert (page.content, page.etag) == (b"two", 'W/"é"')
    assert isinstance(visit.get("/tag", etag=page.etag), NotModified)
    assert visit.page("/long").etag is None
    assert visit.fails("/odd").outcome == "unusable_status"
    assert visit.outcomes == [
        "not_modified", "not_modified", "ok", "not_modified", "ok", "unusable_status"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "outcome", "pause"),
    [
        (failure(500), "server_error", 4.0),
        (failure(502), "server_error", 4.0),
        (retry_later(), "retry_later", 4.0),
        (retry_later("7"), "retry_later", 7.0),
        (retry_later("7", status=503), "retry_later", 7.0),
        # Its clock stands at 12:00:01, after the pause that follows robots.txt.
        (retry_later("Sun, 01 Mar 2026 12:00:31 GMT"), "retry_later", 30.0),
        (retry_later("Sun, 01 Mar 2020 12:00:31 GMT"), "retry_later", 4.0),
        (retry_later("soon"), "retry_later", 4.0),
        (reset(), "network_error", 4.0),
        (raw(b""), "network_error", 4.0),
        (raw(b"SSH-2.0-x\r\n"), "network_error", 4.0),
        (raw(HEAD + b"Content-Length: 9\r\n\r\nshort"), "network_error", 4.0),
    ],
)
def test_what_fails_in_passing_is_asked_again(
    server: WebServer, first: Reply, outcome: str, pause: float
) -> None:
    server.routes["/a"] = [first, PAGE]
    visit = Visit(server, seconds_between_requests=1.0, backoff_seconds=4.0)
    assert visit.page("/a").content == PAGE.content
    assert visit.outcomes == [outcome, "ok"]
    assert [row.attempt for row in visit.rows[1:]] == [1, 2]
    assert visit.clock.sleeps == [1.0, pause]


def test_pauses_grow_and_attempts_end(server: WebServer) -> None:
    server.routes["/a"] = failure(503)
    visit = Visit(server, seconds_between_requests=0.0, backoff_seconds=2.0)
    error = visit.fails("/a")
    assert (error.outcome, error.status) == ("server_error", 503)
    assert visit.outcomes == ["server_error"] * 4
    visit.jitter = 0.0
    visit.fails("/a")
    assert visit.clock.sleeps == [2.0, 4.0, 8.0, 1.0, 2.0, 4.0]


def test_host_that_has_enough_is_left_alone(server: WebServer) -> None:
    server.routes |= {"/a": retry_later(), "/b": PAGE}
    visit = Visit(server, attempts=2, longest_retry_after=60.0)
    assert visit.fails("/a").outcome == "retry_later"
    assert visit.fails("/b").retry_after_seconds == 60.0
    assert server.paths == ["/robots.txt", "/a", "/a"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 501, 505, 204, 206, 300, 302])
def test_what_stays_wrong_is_asked_once(server: WebServer, status: int) -> None:
    server.routes["/a"] = Reply(status=status)
    visit = Visit(server)
    assert visit.fails("/a").status == status
    assert len(visit.outcomes) == 1


def test_host_that_asks_for_a_long_pause_is_left_alone(server: WebServer) -> None:
    server.routes |= {"/a": retry_later("3600"), "/b": PAGE}
    visit = Visit(server, longest_retry_after=60.0, seconds_between_requests=0.0)
    error = visit.fails("/a")
    assert (error.outcome, error.retry_after_seconds) == ("retry_later", 3600.0)
    assert visit.fails("/b").outcome == "retry_later"
    assert visit.outcomes == ["retry_later", "retry_later"]
    assert [(row.status, row.retry_after_seconds) for row in visit.rows[1:]] == [
        (429, 3600.0), (None, 3600.0)
    ]  # fmt: skip
    assert visit.clock.sleeps == []
    assert server.paths == ["/robots.txt", "/a"]
    visit.clock.sleep(3600)
    assert visit.page("/b").content == PAGE.content


@pytest.mark.parametrize(
    ("robots", "pause"),
    [
        ("Disallow: /", 3.0),
        ("User-agent: *\nCrawl-delay: 10", 10.0),
        ("User-agent: *\nCrawl-delay: 0.1", 3.0),
        ("User-agent: *\nCrawl-delay: 86400", 60.0),
        ("User-agent: *\nRequest-rate: 1/20s", 20.0),
        ("User-agent: *\nCrawl-delay: 10\nUser-agent: SCO-Pipeline\nCrawl-delay: 7", 7.0),
        ("User-agent: *\nCrawl-delay: 10\nUser-agent: sco-pipeline/0.3\nCrawl-delay: 7", 7.0),
        ("User-agent: other\nCrawl-delay: 10", 3.0),
    ],
)
def test_host_sets_the_pace_within_bounds(server: WebServer, robots: str, pause: float) -> None:
    server.routes |= {"/robots.txt": text(robots), "/a": PAGE}
    visit = Visit(server)
    visit.page("/a")
    visit.page("/a")
    assert visit.clock.sleeps == [pause, pause]


def test_robots_are_obeyed_and_asked_once(server: WebServer) -> None:
    server.routes |= {
        "/robots.txt": text(
            "User-agent: *\nDisallow: /private\nAllow: /private/but\nDisallow: /*.php$\n\n"
            "User-agent: badbot\nDisallow: /\n\nSitemap: https://example.org/sitemap.xml\n"
        ),
        "/a": PAGE, "/private/but": PAGE, "/go": redirect("/private/x"),
    }  # fmt: skip
    visit = Visit(server)
    visit.page("/a")
    visit.page("/private/but")
    for path in ("/private/x", "/x.php", "/go"):
        assert visit.fails(path).outcome == "forbidden_by_robots"
    assert visit.client.sitemaps(server.url("/"), source="source") == (
        "https://example.org/sitemap.xml",
    )
    assert server.paths == ["/robots.txt", "/a", "/private/but", "/go"]
    assert visit.outcomes == [
        "ok", "ok", "forbidden_by_robots", "forbidden_by_robots", "redirected",
        "forbidden_by_robots",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (NOT_FOUND, "ok"),
        (Reply(status=403), "ok"),
        (redirect("/moved.txt"), "forbidden_by_robots"),
        (redirect("/robots.txt"), "too_many_redirects"),
        (redirect("http://10.0.0.1/robots.txt"), "blocked_address"),
        (failure(500), "server_error"),
        (failure(503), "server_error"),
        (retry_later(), "retry_later"),
        (reset(), "network_error"),
        (text("User-agent: *\nDisallow: /\n"), "forbidden_by_robots"),
        (text("\N{BOM}User-agent: *\nDisallow: /\n"), "forbidden_by_robots"),
        (text("User-agent: *\nDisallow: /\n" + "#\n" * 600_000), "forbidden_by_robots"),
        (text("#\n" * 600_000 + "User-agent: *\nDisallow: /\n"), "ok"),
        (Reply("<html>no such page</html>"), "ok"),
        (gzip_bomb(1), "ok"),
    ],
)
def test_robots_that_cannot_be_had_allow_nothing(
    server: WebServer, robots: Reply, outcome: str
) -> None:
    server.routes |= {
        "/robots.txt": robots, "/a": PAGE, "/moved.txt": text("User-agent: *\nDisallow: /")
    }  # fmt: skip
    visit = Visit(server)
    for _ in range(2):
        if outcome == "ok":
            visit.page("/a")
        else:
            assert visit.fails("/a").outcome == outcome
    assert visit.outcomes == [outcome, outcome]
    asked = [row for row in visit.rows if row.url == server.url("/robots.txt")]
    assert [row.attempt for row in asked] == list(range(1, len(asked) + 1))


def test_line_of_robots_that_is_cut_is_not_heeded(server: WebServer) -> None:
    heeded = "User-agent: *\nDisallow: /a\nDisallow: /p"
    server.routes |= {"/robots.txt": text(f"{heeded}rivate"), "/page": PAGE}
    visit = Visit(server, robots_bytes=len(heeded))
    visit.page("/page")
    assert visit.fails("/a").outcome == "forbidden_by_robots"
    assert "only the first" in (visit.rows[0].detail or "")


def test_hostile_robots_are_read_in_bounded_memory() -> None:
    names = "".join(f"User-agent: bot{number}\n" for number in range(13_000))
    rules = "".join(f"Allow: /{number}\n" for number in range(13_000))
    robots = read_robots(f"{names}User-agent: *\n{rules}Disallow: /x".encode())
    assert robots.allows(read_address("http://example.org/7"))
    assert not robots.allows(read_address("http://example.org/x"))


def test_redirects_are_followed_and_each_is_reported(server: WebServer) -> None:
    server.routes |= {f"/{at}": redirect(f"{at + 1}#x", 301 + at % 2) for at in range(5)}
    server.routes["/5"] = PAGE
    visit = Visit(server)
    page = visit.page("/0")
    assert (page.url, page.final_url) == (server.url("/0"), server.url("/5"))
    assert visit.outcomes == ["redirected"] * 5 + ["ok"]
    assert [row.location for row in visit.rows[1:3]] == [server.url("/1"), server.url("/2")]
    server.routes["/5"] = redirect("/6")
    assert visit.fails("/0").outcome == "too_many_redirects"
    assert "/6" not in server.paths


def test_circle_of_redirects_is_left_at_once(server: WebServer) -> None:
    server.routes |= {"/a": redirect("/b"), "/b": redirect("/a"), "/self": redirect("/self#again")}
    visit = Visit(server)
    assert visit.fails("/a").outcome == "too_many_redirects"
    assert visit.fails("/self").outcome == "too_many_redirects"
    assert server.paths == ["/robots.txt", "/a", "/b", "/self"]


@pytest.mark.parametrize(
    ("location", "outcome"),
    [
        ("file:///etc/passwd", "blocked_scheme"),
        ("ftp://example.org/", "blocked_scheme"),
        ("http://127.0.0.1:{port}/secret", "blocked_address"),
        ("http://2130706433:{port}/secret", "blocked_address"),
        ("http://[::ffff:127.0.0.1]:{port}/secret", "blocked_address"),
        ("http://127.0.0.1/", "blocked_address"),
        ("//169.254.169.254/latest/meta-data/", "blocked_address"),
        ("http://[::1]/", "blocked_address"),
        ("http://user:secret@127.0.0.1:{port}/secret", "blocked_address"),
        ("http://public.test:8080/", "blocked_address"),
        ("http://private.test/", "blocked_address"),
        ("http://mixed.test/", "blocked_address"),
        ("http://[", "blocked_address"),
        ("http://example.org/\xff" + "a" * 5000, "blocked_address"),
    ],
)
def test_redirect_leads_nowhere_it_should_not(
    server: WebServer, location: str, outcome: str
) -> None:
    with WebServer({"/secret": PAGE}) as other:
        server.routes["/a"] = redirect(location.format(port=other.port))
        answers = {"private.test": ["10.0.0.1"], "mixed.test": ["93.184.216.34", "10.0.0.1"]}
        visit = Visit(server, resolve=answers.__getitem__)
        assert visit.fails("/a").outcome == outcome
        assert visit.outcomes == ["redirected", outcome]
        assert other.requests == []


def test_other_host_is_a_new_host(server: WebServer) -> None:
    with WebServer({"/b": PAGE, "/robots.txt": text("User-agent: *\nCrawl-delay: 9")}) as other:
        server.routes |= {"/a": redirect(other.url("/b", "other.test")), "/c": redirect("/d")}
        server.routes["/d"] = PAGE
        visit = Visit(server, f"other.test:{other.port}")
        page = visit.page("/a", etag='"1"', last_modified="x")
        assert page.final_url == f"http://other.test:{other.port}/b"
        assert other.paths == ["/robots.txt", "/b"]
        assert other.requests[1].headers["host"] == f"other.test:{other.port}"
        assert "if-none-match" in server.requests[1].headers
        assert not {"if-none-match", "if-modified-since"} & set(other.requests[1].headers)
        assert visit.clock.sleeps == [3.0, 9.0]  # each host has its own
        assert visit.resolved == ["other.test", "other.test"]  # once a request
        visit.page("/c", etag='"1"')
        assert server.requests[-1].headers["if-none-match"] == '"1"'


def test_connection_goes_to_the_address_that_was_checked(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = []

    def connect(self: object, host: str, port: int, *rest: object) -> httpcore.NetworkStream:
        reached.append((host, port))
        raise httpcore.ConnectError("not really")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    # A name that leads elsewhere when asked a second time.
    answers = iter([["93.184.216.34", "2606:4700::1111"], ["127.0.0.1"]])
    visit = Visit(server, resolve=lambda host: next(answers), attempts=1)
    assert visit.fails("http://rebinding.test/").outcome == "network_error"
    assert reached == [("93.184.216.34", 80), ("2606:4700::1111", 80)]
    reached.clear()
    assert visit.fails("https://rebinding.test/").outcome == "blocked_address"
    assert reached == []


def test_unknown_name_is_a_network_error(server: WebServer) -> None:
    visit = Visit(server)
    visit.fails("http://unknown.example/")
    assert [row.outcome for row in visit.rows] == ["network_error"] * 5
    assert "unknown.example is not found" in (visit.rows[0].detail or "")


def test_proxies_of_the_environment_are_not_used(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.routes["/a"] = PAGE
    assert Visit(server).page("/a").content == PAGE.content


def _chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


@pytest.mark.parametrize(
    "reply",
    [
        Reply("x" * 99),
        Reply(gzip.compress(b"x" * 99), headers={"Content-Encoding": "gzip"}),
        Reply(gzip.compress(b"x" * 9) + gzip.compress(b"x" * 90),
              headers={"Content-Encoding": "X-GZip"}),
        Reply(zlib.compress(b"x" * 99), headers={"Content-Encoding": "deflate"}),
        Reply(zlib.compress(b"x" * 99, wbits=-15), headers={"Content-Encoding": "deflate"}),
        Reply("x" * 99, headers={"Content-Encoding": "identity"}),
        Reply("x" * 99, None),
        Reply(_chunked(b"x" * 90, b"x" * 9), headers={"Transfer-Encoding": "chunked"}),
        raw(HEAD + b"\r\n" + b"x" * 99),
        raw(HEAD + b"Content-Length: 99\r\n\r\n" + b"x" * 200),
        raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD + b"\r\n" + b"x" * 99),
    ],
)  # fmt: skip
def test_body_is_unpacked(server: WebServer, reply: Reply) -> None:
    server.routes["/a"] = reply
    page = Visit(server, decoded_bytes=99).page("/a")
    assert page.content == b"x" * 99
    assert page.media_type == ("text/html" if reply.media_type else "application/octet-stream")


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (gzip_bomb(1), "too_large"),  # announced
        (Reply(zlib.compress(bytes(200_000)), headers={"Content-Encoding": "deflate"}),
         "too_large"),
        (Reply(gzip.compress(b"x") * 5_000, headers={"Content-Encoding": "gzip"}), "too_large"),
        (endless(), "too_large"),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"), "too_large"),
        (raw(HEAD + b"X: " + b"x" * 200_000 + b"\r\n\r\n"), "too_large"),
        (raw(HEAD + b"X: x\r\n" * 50_000 + b"\r\n"), "too_large"),
        (Reply(gzip.compress(b"x" * 99)[:-9], headers={"Content-Encoding": "gzip"}),
         "bad_encoding"),
        (Reply("no gzip", headers={"Content-Encoding": "gzip"}), "bad_encoding"),
        (Reply(gzip.compress(b"x") + b"more", headers={"Content-Encoding": "gzip"}),
         "bad_encoding"),
        (Reply("x", headers={"Content-Encoding": "br"}), "bad_encoding"),
        (Reply("x", headers={"Content-Encoding": "gzip, gzip"}), "bad_encoding"),
        (raw(HEAD + b"Content-Encoding: gzip\r\n" * 2 + b"\r\n" + gzip.compress(b"x")),
         "bad_encoding"),
    ],
)  # fmt: skip
def test_body_is_left_where_it_goes_wrong(server: WebServer, reply: Reply, outcome: str) -> None:
    server.routes["/a"] = reply
    visit = Visit(server, response_bytes=100_000, decoded_bytes=100_000)
    assert visit.fails("/a").outcome == outcome
    assert visit.outcomes == [outcome]  # not asked again
    assert visit.rows[1].bytes <= 100_000 + 65_536
    assert visit.rows[1].sha256 is None


def test_both_sizes_of_a_body_are_bounded(server: WebServer) -> None:
    server.routes |= {"/long": endless(), "/bomb": gzip_bomb(4)}
    visit = Visit(server, response_bytes=8_000_000, decoded_bytes=9_000_000)
    assert "(response_bytes)" in str(visit.fails("/long"))
    assert "(decoded_bytes)" in str(visit.fails("/bomb"))
    assert visit.rows[-1].bytes < 200_000


def test_bomb_is_never_unpacked_beyond_the_limit() -> None:
    bomb = gzip_bomb(1).content
    tracemalloc.start()
    with pytest.raises(FetchError) as error:
        unpacked(bomb, "gzip", 1_000_000, "http://example.org/sitemap.xml.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.value.outcome == "too_large"
    assert peak < 5_000_000


def test_body_that_is_of_no_use_is_not_read(server: WebServer) -> None:
    server.routes |= {
        "/video": endless(b"HTTP/1.1 200 OK\r\nContent-Type: Video/MP4; x=y\r\n\r\n"),
        "/none": endless(b"HTTP/1.1 200 OK\r\n\r\n"),
        "/big": endless(HEAD + b"Content-Length: 99999999999\r\n\r\n"),
        "/error": endless(b"HTTP/1.1 404 Not Found\r\n\r\n"),
        "/redirect": endless(b"HTTP/1.1 302 Found\r\nLocation: /page\r\n\r\n"),
        "/page": PAGE,
    }
    visit = Visit(server)
    accept = {"text/html", "application/pdf"}
    assert visit.fails("/video", accept=accept).outcome == "wrong_content_type"
    assert visit.fails("/none", accept=accept).outcome == "wrong_content_type"
    assert visit.fails("/big", accept=accept).outcome == "too_large"
    assert visit.fails("/error", accept=accept).outcome == "client_error"
    assert visit.page("/redirect", accept=accept).content == PAGE.content
    assert [row.bytes for row in visit.rows[1:]] == [0, 0, 0, 0, 0, len(PAGE.content)]
    assert visit.rows[1].media_type == "video/mp4"


@pytest.mark.parametrize(
    ("reply", "silence_allowed", "attempts"),
    [
        (drip(HEAD + b"\r\n"), 9.0, 1),
        (drip(b"HTTP/1.1 200 OK\r\nX: "), 9.0, 1),
        (drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;"), 9.0, 1),
        (silence(), 9.0, 1),
        (silence(), 0.15, 2),
    ],
)
def test_slow_answer_is_cut_off(
    server: WebServer, reply: Reply, silence_allowed: float, attempts: int
) -> None:
    server.routes["/a"] = reply
    visit = Visit(server, read_seconds=silence_allowed, response_seconds=0.3, attempts=2)
    assert visit.fails("/a").outcome == "timed_out"
    assert visit.outcomes == ["timed_out"] * attempts
    assert all(0.1 < row.seconds < 5 for row in visit.rows[1:])


def test_certificate_must_fit_the_name(tmp_path: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(_certificate("site.test", tmp_path / "site.pem"))
    names = []
    serving.sni_callback = lambda stream, name, context: names.append(name)
    trusting = ssl.create_default_context(cafile=tmp_path / "site.pem")
    with WebServer({"/a": PAGE}, tls=serving) as server:
        rows: list[Fetch] = []
        limits = FetchLimits(
            allowed_hosts=tuple(f"{name}.test:{server.port}" for name in ("site", "other"))
        )
        for context, name, outcome in (
            (trusting, "site.test", "ok"),
            (trusting, "other.test", "bad_certificate"),
            (None, "site.test", "bad_certificate"),
        ):
            client = Client(
                limits, rows.append, run_id="run", clock=FakeClock(),
                resolve=lambda host: ["127.0.0.1"], ssl_context=context,
            )  # fmt: skip
            rows.clear()
            try:
                client.get(server.url("/a", name), source="source", purpose="document")
            except FetchError:
                assert (len(rows), rows[0].outcome) == (2, outcome)
            else:
                assert rows[1].outcome == outcome
        assert names == ["site.test", "site.test", "other.test", "site.test"]
        assert server.paths == ["/robots.txt", "/a"]


def _certificate(host: str, path: Path) -> Path:
    """A key and a certificate that it signed itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


_GOOD = (
    HEAD + b"Content-Encoding: gzip\r\nETag: x\r\nContent-Length: 21\r\n\r\n" + gzip.compress(b"x")
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answer=st.binary(max_size=300)
    | st.tuples(st.integers(0, len(_GOOD)), st.integers(0, len(_GOOD)), st.binary(max_size=8)).map(
        lambda cut: _GOOD[: min(cut[:2])] + cut[2] + _GOOD[max(cut[:2]) :]
    )
)
def test_any_answer_gives_a_page_or_an_error(server: WebServer, answer: bytes) -> None:
    server.routes["/a"] = raw(answer)
    visit = Visit(server, attempts=1)
    try:
        visit.get("/a")
        outcome = "ok"
    except FetchError as error:
        outcome = error.outcome
    assert visit.outcomes[-1] == outcome


@given(
    st.text(max_size=40)
    | st.from_regex(r"\A[A-Z]un, [0-9]{1,2} Feb [0-9]{1,6} [0-9:]{1,8} [+-]?[A-Z0-9]{0,6}\Z")
)
def test_any_retry_after_is_seconds_or_nothing(written: str) -> None:
    seconds = seconds_until(written, datetime(2026, 1, 1, tzinfo=UTC))
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(("hosts", "contact"), [(("a b",), ""), ((), "a\r\nX: y")])
def test_senseless_settings_are_refused(hosts: tuple[str, ...], contact: str) -> None:
    with pytest.raises(UsageError):
        Client(FetchLimits(contact=contact, allowed_hosts=hosts), print, run_id="run")


def test_log_that_cannot_be_written_ends_the_run(server: WebServer) -> None:
    def log(fetch: Fetch) -> None:
        raise OSError("disk full")

    client = Client(FetchLimits(allowed_hosts=(server.host,)), log, run_id="run", clock=FakeClock())
    with pytest.raises(OSError, match="disk full"):
        client.get(server.url("/a"), source="source", purpose="document")
