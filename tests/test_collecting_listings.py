"""Feeds, sitemaps and index pages as they come, strange and hostile ones included."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import date

import pytest

from sco_pipeline.collecting import listings
from sco_pipeline.collecting.listings import Listed, read_listing
from sco_pipeline.collecting.sources import Kind, Source
from sco_pipeline.errors import FetchError, ListingError

HERE = "https://example.org/en/news/"


def source(kind: Kind, **fields: object) -> Source:
    return replace(Source("test", kind, (HERE,)), **fields)


def found(kind: Kind, content: str | bytes, **fields: object) -> list[Listed]:
    raw = content.encode() if isinstance(content, str) else content
    return list(read_listing(source(kind, **fields), raw, HERE).documents)


RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><link>/</link>
<item><title>One &amp; more</title><link> https://example.org/1?a=1&amp;b=2#top </link>
<pubDate>Wed, 16 Sep 2020 01:00:00 +0300</pubDate></item>
<item><link><![CDATA[../2.html]]></link><dc:date>2021-02-03T23:30:00-05:00</dc:date></item>
<item><guid>https://WWW.example.org:443/3</guid><pubDate>gestern</pubDate></item>
<item><guid isPermaLink="false">tag:4</guid></item>
<item><link>https://example.org/1?a=1&amp;b=2</link></item>
<item><link>https://elsewhere.org/5</link></item>
<item><link>javascript:alert(1)</link></item>
<item><link>https://user:secret@example.org/6</link></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/base/">
<link href="https://example.org/self" rel="self"/>
<entry><link rel="enclosure" href="/picture.jpg"/><link href="7"/>
<published>2024-07-04T10:00:00Z</published><updated>2025-01-01T00:00:00Z</updated></entry>
</feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/"><item rdf:about="x"><link>/8</link></item></rdf:RDF>"""


def test_feeds_of_all_kinds():
    assert found("feed", RSS) == [
        Listed("https://example.org/1?a=1&b=2", date(2020, 9, 16)),
        Listed("https://example.org/en/2.html", date(2021, 2, 3)),
        Listed("https://www.example.org/3"),
    ]
    assert found("feed", ATOM) == [Listed("https://example.org/base/7", date(2024, 7, 4))]
    assert found("feed", RDF) == [Listed("https://example.org/8")]
    assert found("feed", RSS, links=re.compile("elsewhere")) == [Listed("https://elsewhere.org/5")]
    assert len(found("feed", RSS, exclude=re.compile(r"\.html$"))) == 2
    sloppy = RSS.replace("<title>One &amp; more", "<title>Q&A of Friday&nbsp;the 13th&#xD83D;")
    assert found("feed", sloppy.replace("</channel>", "")) == found("feed", RSS)
    in_utf_16 = RSS.replace('"utf-8"', '"utf-16"').encode("utf-16")
    assert found("feed", in_utf_16) == found("feed", RSS)
    russian = RSS.replace('"utf-8"', '"windows-1251"').replace("2.html", "новость.html")
    assert found("feed", russian.encode("cp1251"))[1].url.endswith(
        "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C.html"
    )


def test_sitemaps_and_their_indexes():
    content = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
    xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
    xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
    <url><loc> https://example.org/a </loc><lastmod>2020-01-01</lastmod>
    <image:image><image:loc>https://example.org/a.jpg</image:loc></image:image>
    <news:news><news:publication_date>2024-07-04</news:publication_date></news:news></url>
    <url><loc>https://example.org/b</loc></url></urlset>"""
    expected = [Listed("https://example.org/a", date(2024, 7, 4)), Listed("https://example.org/b")]
    assert found("sitemap", content) == expected
    assert found("sitemap", gzip.compress(content.encode())) == expected
    nested = """<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap>
    <sitemap><loc>https://elsewhere.org/s2.xml</loc></sitemap></sitemapindex>"""
    listing = read_listing(source("sitemap"), nested.encode(), HERE)
    assert listing == ((), 0, ("https://example.org/s1.xml",))


def test_index_pages():
    page = """<html><head><base href="/archive/"></head><body><a href="/menu">Menu</a>
    <ul class=news><li><a href="1.html">1</a><li><a href="1.html#part">1</a>
    <li><a href="//example.org/2.html?print=1">2</a><li><a name=x>none</a><li><a href="">none</a>
    <li><a href="http://[bad/">bad</a><li><a href="3.html">3</ul>"""
    urls = [item.url.removeprefix("https://example.org") for item in found("index", page)]
    assert urls == ["/menu", "/archive/1.html", "/2.html?print=1", "/archive/3.html"]
    narrowed = found("index", page, items="ul.news", exclude=re.compile("print"))
    assert [item.url[-6:] for item in narrowed] == ["1.html", "3.html"]
    with pytest.raises(ListingError, match="none of 5 links is a document of test"):
        found("index", page, links=re.compile("nowhere"))


HOSTILE = {
    "bomb": '<!DOCTYPE rss [<!ENTITY a "https://example.org/x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><rss><item><link>&c;</link></item></rss>',
    "file": '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    "<rss><item><link>/&f;</link></item></rss>",
    "network": '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd"><rss><item><link>/%p;</link></item></rss>',
    "deep": "<rss><item>" + "<a>" * 100_000 + "</rss>",
    "open": "<rss>" + "<item><link>" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_feeds_yield_nothing_of_theirs(name):
    try:
        urls = [item.url for item in found("feed", HOSTILE[name])]
    except ListingError:
        return
    assert all(len(url) < 50 and "root" not in url for url in urls)


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("feed", "", "no XML"),
        ("feed", "Service unavailable", "no XML|is <"),
        ("feed", "<html><body>Not found</body></html>", "is <html>, must be <RDF> or <feed> or <r"),
        ("feed", "<urlset></urlset>", "is <urlset>"),
        ("sitemap", "<rss></rss>", "is <rss>, must be <sitemapindex> or <urlset>"),
        ("index", "", "no web page that can be read"),
        ("index", b"\x00\xff", "no web page|none of 0 links"),
    ],
)
def test_what_is_no_listing_says_so(kind, content, message):
    with pytest.raises(ListingError, match=message):
        found(kind, content)


def test_large_listings_are_bounded(monkeypatch):
    monkeypatch.setattr(listings, "MOST_ADDRESSES", 10)
    monkeypatch.setattr(listings, "MOST_BYTES", 10_000)
    many = "".join(f"<url><loc>/{n}</loc></url>" for n in range(100))
    assert len(found("sitemap", f"<urlset>{many}</urlset>")) == 10
    assert len(found("index", "".join(f'<a href="/{n}">x</a>' for n in range(100)))) == 10
    bomb = gzip.compress(b"<urlset>" + b" " * 1_000_000 + b"</urlset>")
    with pytest.raises(FetchError, match="more than 10,000 bytes when unpacked"):
        found("sitemap", bomb)
    with pytest.raises(FetchError, match="gzip"):
        found("sitemap", gzip.compress(b"<urlset></urlset>")[:-12])
    assert found("feed", f"<rss><item><link>/{'x' * 5000}</link></item></rss>") == []
