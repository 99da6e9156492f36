"""The collector against a web server on this machine: what it writes, asks, and outlasts."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sco_pipeline.collecting.collector import CollectReport, collect
from sco_pipeline.collecting.fetch_log import FetchLog, KnownDocument
from sco_pipeline.collecting.sources import Source
from sco_pipeline.collecting.storing import Store
from sco_pipeline.errors import WarehouseError
from sco_pipeline.limits import FetchLimits
from sco_pipeline.model import Reject, Selectors
from sco_pipeline.raw_files import RawFolder
from sco_pipeline.sidecars import parse_sidecar
from sco_pipeline.warehouse import open_read_only, run_query
from tests.web_server import (
    FakeClock,
    Reply,
    WebServer,
    conditional,
    failure,
    feed,
    gzip_bomb,
    index,
    redirect,
    retry_later,
    silence,
    sitemap,
    text,
)

ROOT = Path(__file__).parents[1]


class Break(Exception):
    """Stands for a kill."""


def page(words: str, visits: int = 0) -> str:
    return (
        f"<html><head><title>{words}</title></head><body><nav>Visits: {visits}</nav><article>"
        f"<h1>{words}</h1><p>The ministers met in Tashkent on 14 April 2016 and {words}.</p>"
        f"<p>They agreed to meet again in Beijing.</p></article></body></html>"
    )


class Site:
    """A server, a raw directory, a warehouse and a clock."""

    def __init__(self, server: WebServer, folder: Path) -> None:
        self.server = server
        self.raw = folder / "raw"
        self.warehouse = folder / "warehouse"
        self.clock = FakeClock()

    def source(self, kind: Any, *paths: str, **fields: Any) -> Source:
        urls = tuple(self.server.url(path) for path in paths)
        return replace(Source(f"{kind}-source", kind, urls), **fields)

    def collect(self, *sources: Source, **options: Any) -> CollectReport:
        options = {"clock": self.clock, "processes": 0} | options
        limits = FetchLimits(allowed_hosts=(self.server.host,))
        return collect(self.raw, self.warehouse, sources, fetch_limits=limits, **options)

    def kill(self, monkeypatch: pytest.MonkeyPatch, *sources: Source) -> None:
        """Collect until the first document is to be stored."""

        def stop(*_arguments: Any) -> None:
            raise Break

        with monkeypatch.context() as patch:
            patch.setattr(Store, "write", stop)
            with pytest.raises(Break):
                self.collect(*sources)

    def served(self) -> list[str]:
        """Paths asked for since last time, robots.txt aside."""
        paths = [path for path in self.server.paths if path != "/robots.txt"]
        self.server.requests.clear()
        return paths

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Bytes and time of all files that a refresh would see."""
        return {
            path.relative_to(self.raw).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(self.raw.rglob("*"))
            if path.is_file() and "/." not in path.as_posix()
        }

    def texts(self) -> list[str]:
        """Content of the collected documents, by path."""
        return [
            content.decode() for path, (content, _) in self.files().items() if "yml" not in path
        ]

    def rows(self) -> list[dict[str, Any]]:
        found = pq.read_table(self.warehouse / "fetches.parquet").to_pylist()
        return [dict(row) for row in found]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with WebServer({"/robots.txt": text("User-agent: *\nDisallow: /private/\n")}) as server:
        yield Site(server, tmp_path)


def test_documents_of_all_kinds_of_sources_are_stored_with_sidecars(site):
    routes = site.server.routes
    routes |= {f"/{n}.html": Reply(page(f"discussed {n}")) for n in range(1, 8)}
    routes["/feed"] = feed([site.server.url("/1.html"), "/2.html", "http://elsewhere.org/9.html"])
    routes["/map.xml"] = Reply(
        f"<sitemapindex><sitemap><loc>{site.server.url('/a.xml')}</loc></sitemap></sitemapindex>",
        "application/xml",
    )
    routes["/a.xml"] = sitemap([site.server.url("/3.html"), site.server.url("/1.html")])
    routes["/news?page=1"] = index(["/4.html", "5.html#top", "/about", "mailto:a@b.org"])
    routes["/news?page=2"] = index(["/4.html"])
    routes["/news?page=3"] = index(["/6.html"])
    selectors = Selectors(content=("article",), title="h1")
    report = site.collect(
        site.source("feed", "/feed", publisher="Ministry", language="en", licence="CC0-1.0"),
        site.source("sitemap", "/map.xml"),
        site.source(
            "index",
            "/news?page={page}",
            links=re.compile(r"/\d\.html"),
            pages=5,
            selectors=selectors,
        ),
        site.source("list", "/7.html"),
    )
    found = {item.name: (item.found_new, item.new, item.failed) for item in report.sources}
    assert found == {
        "feed-source": (2, 2, {}),
        "sitemap-source": (1, 1, {}),
        "index-source": (3, 3, {}),  # there is no fourth page
        "list-source": (0, 1, {}),
    }
    assert not report.has_failed
    files = site.files()
    names = [re.sub(r"-[0-9a-f]{8}\.", ".", path) for path in files]
    month = "2026-03"
    assert names == [
        f"collected/{source}-source/{month}/{n}.{ending}"
        for source, numbers in (("feed", "12"), ("index", "456"), ("list", "7"), ("sitemap", "3"))
        for n in numbers
        for ending in ("html", "yml")
    ]
    sidecars = {
        path: parse_sidecar(content) for path, (content, _) in files.items() if "yml" in path
    }
    first = sidecars[next(path for path in sidecars if "feed" in path)]
    assert first.source_url == site.server.url("/1.html")
    assert (first.publisher, first.language, first.licence) == ("Ministry", "en", "CC0-1.0")
    assert first.fetched_at is not None
    assert first.fetched_at.date() == date(2026, 3, 1)
    assert next(s for path, s in sidecars.items() if "index" in path).selectors == selectors


def test_a_second_run_writes_nothing_and_asks_for_listings_only(site):
    site.server.routes |= {
        "/feed": conditional(feed(["/1.html", "/2.html"]).body, etag='"f1"'),
        "/1.html": conditional(page("one"), etag='"d1"'),
        "/2.html": conditional(page("two"), last_modified="Sun, 01 Mar 2026 08:00:00 GMT"),
    }
    source = site.source("feed", "/feed")
    assert site.collect(source).sources[0].new == 2
    assert site.served() == ["/feed", "/1.html", "/2.html"]
    before = site.files()

    site.clock.sleep(3600)
    report = site.collect(source)
    assert [request.headers.get("if-none-match") for request in site.server.requests] == [
        None,  # robots.txt
        '"f1"',
    ]
    assert site.served() == ["/feed"]
    assert (report.sources[0].listings, report.sources[0].new, report.is_continued) == (1, 0, False)

    site.clock.sleep(86400)
    assert site.collect(source).sources[0].unchanged == 2
    asked = {request.path: request.headers for request in site.server.requests}
    assert asked["/1.html"]["if-none-match"] == '"d1"'
    assert asked["/2.html"]["if-modified-since"] == "Sun, 01 Mar 2026 08:00:00 GMT"
    assert site.files() == before


def test_only_another_text_is_a_new_version(site):
    routes = site.server.routes
    source = site.source("list", "/1.html", selectors=Selectors(content=("article",)))
    versions = [
        (page("agreed"), "new"),
        (page("agreed", visits=7), "unchanged"),
        (page("did not agree"), "changed"),
        (page("did not agree"), "unchanged"),
        ("<html><body><article></article></body></html>", "failed"),
    ]
    kept: dict[str, tuple[bytes, int]] = {}
    for body, result in versions:
        routes["/1.html"] = Reply(body)
        (report,) = site.collect(source).sources
        assert bool(getattr(report, result)), result
        files = site.files()
        assert files.items() >= kept.items()
        assert (files != kept) == (result in ("new", "changed"))
        kept = files
        site.clock.sleep(40 * 86400)
    stored = [parse_sidecar(content) for path, (content, _) in kept.items() if "yml" in path]
    assert len({sidecar.source_url for sidecar in stored}) == 1
    assert len({sidecar.fetched_at for sidecar in stored}) == len(stored) == 2
    assert sum("did not agree" in words for words in site.texts()) == 1


def test_versions_of_one_month_have_names_of_their_own(site):
    source = site.source("list", "/news/a.html")
    for words in ("one", "two", "three"):
        site.server.routes["/news/a.html"] = Reply(page(words))
        site.collect(source)
        site.clock.sleep(5 * 86400)
    names = [Path(path).name for path in site.files() if path.endswith(".html")]
    assert [re.sub("[0-9a-f]{8}", "#", name) for name in names] == [
        "news-a-#.2.html",
        "news-a-#.3.html",
        "news-a-#.html",
    ]
    assert all((site.raw / path).with_suffix(".yml").exists() for path in site.files())


@pytest.mark.parametrize(
    ("changed", "checked", "failures", "recheck_days", "due"),
    [
        (0, 0, 0, 32, 24),
        (0, 24, 0, 32, 48),
        (0, 48, 0, 32, 96),
        (0, 24 * 64, 0, 32, 24 * 96),
        (0, 24, 0, 0, None),
        (0, 24, 1, 32, 25),
        (0, 24, 4, 32, 32),
        (None, 24, 50, 10, 24 * 11),
    ],
)
def test_documents_are_looked_at_again_less_and_less_often(
    changed, checked, failures, recheck_days, due
):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    known = KnownDocument(
        "https://example.org/",
        "source",
        changed_at=None if changed is None else start + timedelta(hours=changed),
        checked_at=start + timedelta(hours=checked),
        failures=failures,
    )
    at = known.due_at(recheck_days)
    assert at == (None if due is None else start + timedelta(hours=due))


def test_failures_stop_neither_source_nor_run(site, tmp_path):
    routes = site.server.routes
    with WebServer({"/secret": Reply(page("secret"))}) as inner:
        routes |= {
            "/feed": Reply("<html><body>Service unavailable</body></html>"),
            "/broken.xml": Reply(b"\x1f\x8b\x08 no gzip", "application/xml"),
            "/gone": failure(500),
            "/1": [failure(503), retry_later("2"), Reply(page("one"))],
            "/2": failure(404),
            "/3": Reply("\x89PNG", "image/png"),
            "/4": redirect(inner.url("/secret")),
            "/5": redirect("file:///etc/passwd"),
            "/6": gzip_bomb(1),
            "/7": redirect("/7"),
            "/8": redirect("/"),
            "/": Reply(page("home")),
            "/private/9": Reply(page("private")),
            "/10": Reply(b"\x89PNG\r\n\x1a\n", "text/html"),
            "/11": Reply(page("eleven")),
        }
        report = site.collect(
            site.source("feed", "/feed"),
            site.source("sitemap", "/broken.xml"),
            site.source("index", "/gone"),
            site.source("list", *(f"/{n}" for n in range(1, 9)), "/private/9", "/10", "/11"),
        )
        assert inner.paths == []
    found = {item.name: dict(item.failed) for item in report.sources}
    assert found == {
        "feed-source": {"no_listing": 1},
        "sitemap-source": {"bad_encoding": 1},
        "index-source": {"server_error": 1},
        "list-source": {
            "client_error": 1,
            "wrong_content_type": 1,
            "blocked_address": 1,
            "blocked_scheme": 1,
            "too_large": 1,
            "too_many_redirects": 1,
            "no_text": 1,
            "forbidden_by_robots": 1,
            "unsupported_format": 1,
        },
    }
    assert not report.has_failed
    assert [item.has_failed for item in report.sources] == [True, True, True, False]
    assert report.sources[3].new == 2
    assert "/private/9" not in site.server.paths
    assert sorted(re.findall("and (.*?)[.]", "".join(site.texts()))) == ["eleven", "one"]
    assert not any("secret" in words for words in site.texts())

    rows = site.rows()
    assert {"retry_later", "ok", "blocked_scheme", "too_large"} <= {row["outcome"] for row in rows}
    written = [row for row in rows if row["path"]]
    assert [row["url"] for row in written] == [site.server.url("/1"), site.server.url("/11")]
    assert all((site.raw / row["path"]).is_file() for row in written)
    assert written[0]["attempt"] == 3

    site.served()
    site.collect(site.source("list", "/2", "/11"))
    assert site.served() == []  # asked again later, not in every run


def test_a_site_that_is_down_is_left_alone(site):
    site.server.routes["/robots.txt"] = failure(503)
    urls = [f"/{n}" for n in range(20)]
    (report,) = site.collect(site.source("list", *urls)).sources
    assert report.failed == {"server_error": 5}
    assert (report.waiting, report.has_failed) == (15, True)
    rows = [row for row in site.rows() if row["purpose"] == "document"]
    assert all("robots.txt cannot be had" in row["detail"] for row in rows)
    site.server.routes["/robots.txt"] = text("")
    site.server.routes |= {url: Reply(page(f"item {url[1:]}")) for url in urls}
    assert site.collect(site.source("list", *urls)).sources[0].new == 15


def test_what_robots_txt_forbids_keeps_nothing_else_from_being_asked(site):
    site.server.routes["/1.html"] = Reply(page("one"))
    urls = [f"/private/{n}" for n in range(6)]
    (report,) = site.collect(site.source("list", *urls, "/1.html")).sources
    assert (report.new, report.failed) == (1, {"forbidden_by_robots": 6})


def test_what_is_too_much_for_a_run_waits_for_the_next(site):
    site.server.routes["/index"] = conditional(
        index(f"/{n}.html" for n in range(5)).body, etag='"i"'
    )
    site.server.routes |= {f"/{n}.html": Reply(page(f"item {n}")) for n in range(5)}
    source = site.source("index", "/index", max_documents=2)
    left = [site.collect(source).sources[0].waiting for _ in range(3)]
    assert left == [3, 1, 0]
    assert sorted(site.served()) == [*(f"/{n}.html" for n in range(5)), *["/index"] * 3]


def test_pages_of_an_index_that_failed_are_made_up_for(site):
    routes = site.server.routes
    routes |= {f"/{n}.html": Reply(page(f"item {n}")) for n in range(1, 5)}
    for n in (1, 2, 4):
        routes[f"/i?p={n}"] = index([f"/{n}.html"])
    routes["/i?p=3"] = failure(404)
    source = site.source("index", "/i?p={page}", links=re.compile(r"/\d\.html"), pages=4)
    site.collect(source)
    assert site.served() == ["/i?p=1", "/i?p=2", "/i?p=3", "/1.html", "/2.html"]
    site.collect(source)
    assert site.served() == ["/i?p=1"]
    routes["/i?p=1"] = failure(500)
    site.collect(source)
    assert set(site.served()) == {"/i?p=1"}
    routes["/i?p=1"] = index(["/5.html"])
    routes["/i?p=2"] = index(["/1.html"])
    site.collect(source)
    assert site.served() == ["/i?p=1", "/i?p=2", "/5.html"]


def test_files_that_a_page_leads_to_are_collected_with_it(site):
    site.server.routes |= {
        "/documents?offset=0": Reply(
            '<nav><a href="/menu.html">Menu</a></nav><p class="item"><a href="/1.html">One</a></p>'
        ),
        "/documents?offset=10": Reply('<nav><a href="/menu.html">Menu</a></nav>'),
        "/1.html": Reply('<html><body><p>Declaration</p><a href="/files/1.txt">Text</a></body>'),
        "/files/1.txt": Reply("The heads of state declare.", "text/plain"),
    }
    source = site.source(
        "index",
        "/documents?offset={page}",
        first_page=0,
        page_step=10,
        pages=9,
        items=".item",
        attachments=re.compile(r"/files/"),
        max_documents=1,
    )
    assert site.collect(source).sources[0].waiting == 1
    asked = ["/documents?offset=0", "/documents?offset=10", "/1.html"]
    assert site.served() == asked
    (report,) = site.collect(source).sources
    assert (report.new, report.waiting, report.failed) == (1, 0, {})
    assert site.served() == [asked[0], "/files/1.txt"]
    assert len(site.files()) == 4


def test_sitemaps_are_found_through_robots_txt(site):
    site.server.routes |= {
        "/robots.txt": text(f"User-agent: *\nSitemap: {site.server.url('/map.xml')}\n"),
        "/map.xml": sitemap([site.server.url("/1.html")]),
        "/1.html": Reply(page("one")),
    }
    source = site.source("sitemap", "/robots.txt")
    assert site.collect(source).sources[0].new == 1
    assert site.served() == ["/map.xml", "/1.html"]
    other = replace(source, urls=("http://10.0.0.1/robots.txt",))
    assert site.collect(other).sources[0].failed == {"blocked_address": 1}


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (failure(500), "server_error"),
        (failure(404), "no_listing"),
        (text("User-agent: *\nDisallow: /private/\n"), "no_listing"),
    ],
)
def test_a_robots_txt_that_leads_to_no_sitemap_is_a_failure(site, robots, outcome):
    site.server.routes["/robots.txt"] = robots
    report = site.collect(site.source("sitemap", "/robots.txt"))
    assert report.sources[0].failed == {outcome: 1}
    assert report.has_failed


def test_entries_that_are_no_documents_are_told(site, caplog):
    site.server.routes["/feed"] = feed(f"/{n}.html" for n in range(9))
    (report,) = site.collect(site.source("feed", "/feed", links=re.compile("/news/"))).sources
    assert (report.entries, report.found_new) == (9, 0)
    assert "none of 9 entries is a document; see whether `links` fits" in caplog.text


def test_an_index_without_documents_is_no_listing(site):
    site.server.routes["/index"] = Reply("<html><body><p>Please enable scripts.</p></body></html>")
    (report,) = site.collect(site.source("index", "/index")).sources
    assert (report.failed, report.has_failed) == ({"no_listing": 1}, True)


def test_another_pattern_finds_what_an_unchanged_listing_held(site):
    site.server.routes |= {
        "/index": conditional(index(["/1.html", "/2.pdf"]).body, etag='"i"'),
        "/1.html": Reply(page("one")),
        "/2.pdf": Reply("two", "text/plain"),
    }
    source = site.source("index", "/index", links=re.compile("html$"))
    site.collect(source)
    site.collect(replace(source, links=re.compile("html$|pdf$")))
    assert [path for path in site.served() if path != "/index"] == ["/1.html", "/2.pdf"]
    assert any(path.endswith(".txt") for path in site.files())


def test_a_renamed_source_goes_on_where_it_was(site):
    site.server.routes |= {"/feed": feed(["/1.html"]), "/1.html": Reply(page("one"))}
    source = site.source("feed", "/feed")
    site.collect(source)
    site.collect(replace(source, name="other"))
    site.clock.sleep(2 * 86400)
    site.server.routes["/1.html"] = Reply(page("two"))
    assert site.collect(replace(source, name="other")).sources[0].changed == 1
    assert [path.split("/")[1] for path in site.files() if path.endswith("html")] == [
        "feed-source",
        "other",
    ]


def test_a_file_that_was_moved_is_not_fetched_again(site):
    site.server.routes["/1.html"] = Reply(page("one"))
    source = site.source("list", "/1.html", recheck_days=0)
    site.collect(source)
    (site.raw / "collected/list-source/2026-03").rename(site.raw / "collected/list-source/spring")
    site.served()
    site.collect(source)
    assert site.served() == []


def test_an_address_that_a_list_has_no_more_is_not_asked(site):
    site.server.routes |= {f"/{n}.html": Reply(page(f"item {n}")) for n in range(2)}
    site.collect(site.source("list", "/0.html", "/1.html"))
    site.clock.sleep(40 * 86400)
    site.served()
    site.collect(site.source("list", "/1.html"))
    assert site.served() == ["/1.html"]


def test_a_listing_that_failed_is_asked_again_when_the_run_is_taken_up(site, monkeypatch):
    site.server.routes |= {
        "/feed": [failure(404), feed(["/1.html"])],
        "/1.html": Reply(page("one")),
        "/2.html": Reply(page("two")),
    }
    sources = [site.source("feed", "/feed"), site.source("list", "/2.html")]
    site.kill(monkeypatch, *sources)
    report = site.collect(*sources)
    assert report.is_continued
    assert [source.new for source in report.sources] == [1, 1]


def test_a_run_that_was_killed_long_ago_is_not_taken_up(site, monkeypatch):
    site.server.routes |= {"/feed": feed(["/1.html"]), "/1.html": Reply(page("one"))}
    source = site.source("feed", "/feed")
    for hours, is_continued in ((23, True), (25, False)):
        site.kill(monkeypatch, source)
        site.served()
        site.clock.sleep(hours * 3600)
        assert site.collect(source).is_continued == is_continued
        assert ("/feed" in site.served()) != is_continued
        for path in site.raw.glob("collected/*/*/*"):
            path.unlink()


def test_a_host_that_asked_for_a_long_pause_is_left_alone_in_later_runs(site):
    site.server.routes |= {
        "/1.html": [retry_later("7200"), Reply(page("one"))],
        "/2.html": Reply(page("two")),
    }
    source = site.source("list", "/1.html", "/2.html")
    assert site.collect(source).sources[0].failed == {"retry_later": 2}
    site.clock.sleep(3600)
    site.served()
    assert site.collect(source).sources[0].failed == {"retry_later": 2}
    assert site.server.paths == []
    site.clock.sleep(3 * 3600)
    assert site.collect(source).sources[0].new == 2


def test_damaged_lines_on_requests_cost_themselves_only(site):
    site.server.routes |= {"/1.html": Reply(page("one"))}
    source = site.source("list", "/1.html")
    site.collect(source)
    log = site.warehouse / "fetches.jsonl"
    good = next(line for line in log.read_bytes().splitlines(True) if b'"fetch"' in line)
    damages = [
        (b'"status":200', b'"status":"x"'),
        (b'"requested_at":"2026-03', b'"requested_at":"2026-93'),
        (b'"fetch_id"', b'"fetch_xx"'),
        (b'"purpose":"ro', b'"purpose":"\xff'),
        (b'"attempt":', b'"attempt":99999999999999999999'),
        (b'"attempt":1', b'"attempt":1}{"line":"x"'),
        (b'"attempt":', b'"attempt":['),
    ]
    assert all(good.count(old) == 1 for old, _ in damages)
    before = site.rows()
    log.write_bytes(log.read_bytes() + b"".join(good.replace(*damage) for damage in damages))
    assert site.collect(source).sources[0].failed == {}
    assert site.rows() == before  # nothing was due
    assert len(before) == 2


def test_a_line_that_cannot_be_written_whole_leaves_nothing_behind(tmp_path, monkeypatch):
    write = os.write
    with FetchLog(tmp_path / "log") as log:
        log.add("run", {"run_id": "1", "at": "2026-03-01T12:00:00Z"})
        before = log.path.read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda file, content: write(file, content[:9]))
            with pytest.raises(OSError, match="No space left"):
                log.add("end", {"run_id": "1", "at": "2026-03-01T12:00:00Z"})
        assert log.path.read_bytes() == before


def test_the_character_encoding_that_a_server_names_is_kept(site):
    body = "<html><body><article><p>Oğuz Şahin ile görüştü.</p></article></body></html>"
    reply = Reply(body.encode("cp1254"), "text/html; charset=Windows-1254")
    site.server.routes["/1.html"] = [reply, Reply(body)]
    source = site.source("list", "/1.html")
    site.collect(source)
    sidecars = [
        parse_sidecar(content) for path, (content, _) in site.files().items() if "yml" in path
    ]
    assert [sidecar.charset for sidecar in sidecars] == ["windows-1254"]
    site.clock.sleep(2 * 86400)
    assert site.collect(source).sources[0].unchanged == 1  # the same text in UTF-8


def test_a_file_that_goes_away_during_a_run_is_written_anew(site):
    def reply(_request: Any) -> Reply:
        for path in site.raw.glob("collected/*/*/*"):
            path.unlink()
        return Reply(page("two"))

    site.server.routes["/1.html"] = Reply(page("one"))
    source = site.source("list", "/1.html")
    site.collect(source)
    site.clock.sleep(2 * 86400)
    site.server.routes["/1.html"] = reply
    assert site.collect(source).sources[0].new == 1
    assert site.texts() == [page("two")]


def test_what_a_fast_clock_noted_is_looked_at_again(site):
    site.server.routes["/1.html"] = Reply(page("one"))
    source = site.source("list", "/1.html")
    site.clock = FakeClock(datetime(2036, 1, 1, tzinfo=UTC))
    site.collect(source)
    site.clock = FakeClock()
    assert site.collect(source).sources[0].unchanged == 1
    assert site.collect(source).sources[0].unchanged == 0


@pytest.mark.parametrize(
    ("target", "is_front"), [("/en/", True), ("/ru", True), ("/?p=1", False), ("/news/", False)]
)
def test_a_front_page_takes_no_document_s_place(site, target, is_front):
    site.server.routes |= {"/1.html": redirect(target), target: Reply(page("home"))}
    (report,) = site.collect(site.source("list", "/1.html")).sources
    assert report.failed == ({"no_text": 1} if is_front else {})


def test_without_its_log_it_knows_what_it_has(site):
    site.server.routes |= {
        "/feed": feed(["/1.html", "/2.html"]),
        "/1.html": Reply(page("one")),
        "/2.html": Reply(page("two")),
    }
    source = site.source("feed", "/feed")
    site.collect(source)
    before = site.files()
    log = site.warehouse / "fetches.jsonl"
    log.unlink()
    site.served()
    site.clock.sleep(3600)
    assert site.collect(source).sources[0].new == 0
    assert site.served() == ["/feed"]
    assert site.files() == before

    damaged = b'{"line":"end"\n[1]\n{"line":"odd"}\n{"line":"fetch","fetch_id":\n{"line":"docu'
    log.write_bytes(log.read_bytes() + damaged)
    known = len(site.rows())
    assert site.collect(source).sources[0].new == 0
    assert len(site.rows()) == known + 2  # robots.txt and the feed
    assert b'{"line":"docu{' not in log.read_bytes()

    first = next(path for path in before if path.endswith(".html"))
    (site.raw / first).unlink()  # it is not kept from coming back; ``exclude`` does that
    assert site.collect(source).sources[0].new == 1
    assert site.files().keys() == before.keys()


def test_two_at_once_are_refused(site):
    def reply(_request: Any) -> Reply:
        for folders in ((site.raw, site.warehouse), (site.raw, site.warehouse / "other")):
            with pytest.raises(WarehouseError, match="another process is collecting"):
                collect(*folders, [source], clock=site.clock)
        return Reply(page("one"))

    source = site.source("list", "/1.html")
    site.server.routes["/1.html"] = reply
    assert site.collect(source).sources[0].new == 1


def test_a_link_that_leads_out_is_not_followed(site, tmp_path):
    site.server.routes["/1.html"] = Reply(page("one"))
    outside = tmp_path / "outside"
    outside.mkdir()
    (site.raw / "collected").mkdir(parents=True)
    (site.raw / "collected/list-source").symlink_to(outside, target_is_directory=True)
    with pytest.raises(WarehouseError, match="leads out"):
        site.collect(site.source("list", "/1.html"))
    assert [path for path in outside.rglob("*") if path.is_file()] == []


def test_a_site_is_asked_one_request_at_a_time(site):
    at_once: list[int] = []
    under_way = threading.Semaphore(9)

    def reply(_request: Any) -> Reply:
        with under_way:
            at_once.append(9 - under_way._value)
            time.sleep(0.02)
        return Reply(page("one"))

    site.server.routes |= {f"/{n}.html": reply for n in range(6)}
    sources = [site.source("list", f"/{n}.html", name=f"s{n}") for n in range(6)]
    report = site.collect(*sources)
    assert [source.new for source in report.sources] == [1] * 6
    assert at_once == [1] * 6


def test_a_site_that_two_others_link_to_is_asked_one_request_at_a_time(site):
    lock, at_once = threading.Lock(), []

    def reply(_request: Any) -> Reply:
        at_once.append(lock.acquire(blocking=False))
        time.sleep(0.02)
        if at_once[-1]:
            lock.release()
        return Reply(page("one"))

    with WebServer({f"/{n}": reply for n in range(8)} | {"/robots.txt": reply}) as third:
        for name, numbers in (("/a", range(4)), ("/b", range(4, 8))):
            site.server.routes[name] = feed(third.url(f"/{n}") for n in numbers)
        sources = [
            Source(name, "feed", (site.server.url(f"/{name}", host),), links=re.compile(r"/\d$"))
            for name, host in (("a", "127.0.0.1"), ("b", "localhost"))
        ]
        hosts = (site.server.host, f"localhost:{site.server.port}", third.host)
        limits = FetchLimits(allowed_hosts=hosts)
        report = collect(
            site.raw, site.warehouse, sources,
            fetch_limits=limits, processes=0, clock=site.clock,
        )  # fmt: skip
        assert [source.new for source in report.sources] == [4, 4]
        assert third.paths.count("/robots.txt") == 1
    assert at_once == [True] * 9


def test_a_stopped_run_does_not_wait_for_an_answer(site, tmp_path):
    (site.raw / "collected").mkdir(parents=True)
    (site.raw / "collected/list-source").symlink_to(tmp_path, target_is_directory=True)
    asked = threading.Event()

    def slow(_request: Any) -> Reply:
        asked.set()
        return silence()

    def document(_request: Any) -> Reply:
        asked.wait(10)
        return Reply(page("one"))

    site.server.routes["/1.html"] = document
    with WebServer({"/2.html": slow}) as patient:
        other = Source("slow", "list", (patient.url("/2.html", host="localhost"),))
        hosts = (site.server.host, f"localhost:{patient.port}")
        limits = FetchLimits(
            allowed_hosts=hosts, seconds_between_requests=0, read_seconds=3600,
            response_seconds=3600,
        )  # fmt: skip
        with pytest.raises(WarehouseError, match="leads out"):
            collect(
                site.raw, site.warehouse, [site.source("list", "/1.html"), other],
                fetch_limits=limits, processes=0,
            )  # fmt: skip


def test_an_error_of_this_machine_ends_all_waiting(site, tmp_path):
    (site.raw / "collected").mkdir(parents=True)
    (site.raw / "collected/list-source").symlink_to(tmp_path, target_is_directory=True)
    waiting = threading.Event()

    def robots(_request: Any) -> Reply:
        waiting.set()
        return text("User-agent: *\nCrawl-delay: 60\n")

    def document(_request: Any) -> Reply:
        waiting.wait(10)
        return Reply(page("one"))

    site.server.routes["/1.html"] = document
    with WebServer({"/robots.txt": robots, "/2.html": Reply(page("two"))}) as patient:
        slow = Source("slow", "list", (patient.url("/2.html", host="localhost"),))
        hosts = (site.server.host, f"localhost:{patient.port}")
        limits = FetchLimits(allowed_hosts=hosts, seconds_between_requests=0)
        with pytest.raises(WarehouseError, match="leads out"):
            collect(
                site.raw, site.warehouse, [site.source("list", "/1.html"), slow],
                fetch_limits=limits, processes=0,
            )  # fmt: skip
        assert patient.paths == ["/robots.txt"]


def test_stopped_at_any_step_nothing_is_lost_or_half_there(tmp_path, monkeypatch):
    """At each write, rename and sync of a run in turn."""

    def stepping(call: Any, when: str) -> Any:
        def stepped(*arguments: Any, **options: Any) -> Any:
            nonlocal steps
            steps -= 1
            if when == "before" and steps == 0:
                raise Break
            result = call(*arguments, **options)
            if when == "after" and steps == 0:
                raise Break
            return result

        return stepped

    urls = ["/1.html", "/2.html"]
    with WebServer({"/feed": feed(urls), **{u: Reply(page(u[1])) for u in urls}}) as server:
        for step in range(1, 100):
            site = Site(server, tmp_path / str(step))
            source = site.source("feed", "/feed")
            steps = step
            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", stepping(os.fsync, "before"))
                patch.setattr(os, "write", stepping(os.write, "after"))
                patch.setattr(Path, "replace", stepping(Path.replace, "after"))
                try:
                    site.collect(source)
                except Break:
                    pass
                else:
                    break
            for item in RawFolder(site.raw) if site.raw.exists() else ():
                if isinstance(item, Reject):
                    assert "no document of this name" in item.detail
                else:
                    assert item.sidecar
                    assert item.content.decode() in (page("1"), page("2"))
            steps = -1
            site.collect(source)
            assert sorted(site.texts()) == [page("1"), page("2")], step
            assert len(site.files()) == 4
            asked = site.served()
            # What was fetched and not yet stored is fetched again, and nothing else.
            assert len(asked) <= 4, (step, asked)
            site.collect(source)
            assert site.served() == ["/feed"]
        else:
            pytest.fail("it never ended")
    assert step > 20


KILLED = """
import sys
from pathlib import Path
from sco_pipeline.collecting.collector import collect
from sco_pipeline.collecting.sources import Source
from sco_pipeline.limits import FetchLimits

folder, url, host = sys.argv[1:]
source = Source("feed-source", "feed", (url,))
limits = FetchLimits(seconds_between_requests=0.01, allowed_hosts=(host,))
collect(Path(folder, "raw"), Path(folder, "warehouse"), [source], fetch_limits=limits)
"""


def test_killed_and_started_again_it_fetches_nothing_twice(site, tmp_path):
    urls = [f"/{n}.html" for n in range(8)]
    site.server.routes |= {url: Reply(page(f"item {url[1]}")) for url in urls}
    site.server.routes["/feed"] = feed(urls)
    fatal = urls[random.randrange(8)]
    answered: list[str] = []

    def reply(_request: Any) -> Reply:
        if not answered:
            answered.append("never")
            process.kill()
            process.wait()
        return Reply(page(f"item {fatal[1]}"))

    site.server.routes[fatal] = reply
    arguments = [str(tmp_path), site.server.url("/feed"), site.server.host]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    assert process.wait(timeout=60) == -signal.SIGKILL
    before = site.served()
    assert before == ["/feed", *urls[: urls.index(fatal) + 1]]
    site.clock = FakeClock(datetime.now(UTC))
    report = site.collect(site.source("feed", "/feed"))
    assert report.is_continued
    assert site.served() == urls[urls.index(fatal) :]
    assert sorted(site.texts()) == [page(f"item {n}") for n in range(8)]


def test_requests_are_a_view_beside_the_snapshot(site, warehouse):
    site.server.routes["/1.html"] = Reply(page("one"))
    site.collect(site.source("list", "/1.html"))
    folder = site.warehouse
    (folder / "sco.duckdb").symlink_to(warehouse / "sco.duckdb")
    with closing(open_read_only(folder)) as connection:
        query = "SELECT purpose, status, outcome, requested_at, path FROM fetches ORDER BY ALL"
        document, robots = run_query(connection, query).rows
    assert document[:3] == ("document", 200, "ok")
    assert document[3] > datetime(2026, 3, 1)
    assert (site.raw / document[4]).is_file()
    assert robots[0] == "robots"


def test_a_view_of_requests_outlasts_the_next_run(site, warehouse):
    site.server.routes |= {f"/{n}.html": Reply(page(f"item {n}")) for n in range(40)}
    site.collect(site.source("list", "/0.html"))
    folder = site.warehouse
    (folder / "sco.duckdb").symlink_to(warehouse / "sco.duckdb")
    with closing(open_read_only(folder)) as connection:
        site.collect(site.source("list", *(f"/{n}.html" for n in range(1, 40))))
        query = "SELECT count(*), max(length(url)) > 0 FROM fetches"
        assert run_query(connection, query).rows == [(2, True)]


def test_a_damaged_table_of_requests_is_passed_over(tmp_path, warehouse, caplog):
    (tmp_path / "sco.duckdb").symlink_to(warehouse / "sco.duckdb")
    (tmp_path / "fetches.parquet").write_bytes(b"PAR1")
    with closing(open_read_only(tmp_path)) as connection:
        assert run_query(connection, "SELECT count(*) FROM meetings").rows
    assert re.search(r"fetches.parquet cannot be read .* writes it anew", caplog.text)
