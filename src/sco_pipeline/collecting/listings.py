"""Bytes of a feed, sitemap or index page -> the addresses it lists. Pure: nothing is fetched.

What is read comes from strangers: XML entities are not expanded, nothing outside is looked up, and
the number of addresses is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sco_pipeline.collecting.addresses import WebAddress, read_address
from sco_pipeline.collecting.decoding import unpacked
from sco_pipeline.collecting.sources import Source
from sco_pipeline.errors import FetchError, ListingError

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Addresses taken from one listing; a sitemap may have so many.
MOST_ADDRESSES = 50_000
#: Bytes of a sitemap that is stored packed, when unpacked; a sitemap may have so many.
MOST_BYTES = 52_428_800

_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
# "&amp;", "&nbsp;", "&" by itself; "&#xD800;", "&#38;"
_REFERENCE = re.compile(
    rb"&(?:(?!#)(?:(amp|lt|gt|quot|apos);)?|#[xX]([0-9A-Fa-f]{1,20});|#([0-9]{1,20});)"
)
_SURROGATES = range(0xD800, 0xE000)
_SIGNS = {b"lt": b"&#60;", b"gt": b"&#62;", b"quot": b"&#34;", b"apos": b"&#39;"}
_FEEDS = frozenset({"rss", "feed", "RDF"})
_ENTRIES = frozenset({"item", "entry"})
_SITEMAPS = frozenset({"urlset", "sitemapindex"})
_DATES = ("pubDate", "published", "date", "issued", "created")


class Listed(NamedTuple):
    """A document's address, and the day of publication where the listing gives it."""

    url: str
    published_on: date | None = None


class Listing(NamedTuple):
    """What a listing holds: documents, and further sitemaps (of a sitemap index).

    Attributes:
        entries: Addresses it lists, documents of the source or not.
    """

    documents: tuple[Listed, ...]
    entries: int
    sitemaps: tuple[str, ...] = ()


def read_listing(source: Source, content: bytes, url: str, charset: str | None = None) -> Listing:
    """Read what a source's address gave.

    Args:
        source: Tells the kind of listing and which addresses are documents.
        content: Its bytes.
        url: Where they came from in the end; relative addresses are resolved against it.
        charset: Of an index page, as the server gave it.

    Returns:
        Addresses without fragments, each once, in order.

    Raises:
        ListingError: It is no such listing.
        FetchError: It is packed, and damaged or too large.
    """
    if content.startswith(_GZIP):
        content = unpacked(content, "gzip", MOST_BYTES, url)
    base = read_address(url)
    sitemaps: tuple[str, ...] = ()
    if source.kind == "feed":
        found = list(_read_feed(content, base))
    elif source.kind == "sitemap":
        found, children = _read_sitemap(content, base)
        sitemaps = tuple(child for child in children if _is_same_site(child, url))
    else:
        found = [Listed(link) for link in _read_links(content, base, charset, source.items)]
    documents: dict[str, Listed] = {}
    for item in found:
        if len(documents) == MOST_ADDRESSES:
            break
        if is_document(source, item.url, url) and item.url != url:
            documents.setdefault(item.url, item)
    if source.kind == "index" and not documents:
        raise ListingError(
            f"{url}: none of {len(found)} links is a document of {source.name}; see whether "
            "`links` and `items` fit the page"
        )
    return Listing(tuple(documents.values()), len(found), sitemaps)


def read_attachments(source: Source, content: bytes, url: str, charset: str | None) -> list[Listed]:
    """Addresses of the files that a document's page leads to and that are collected with it.

    Raises:
        ListingError: It is no web page.
    """
    pattern = source.attachments
    links = _read_links(content, read_address(url), charset, None) if pattern else ()
    return [Listed(link) for link in dict.fromkeys(links) if pattern and pattern.search(link)]


def is_document(source: Source, url: str, listing: str) -> bool:
    """Whether an address that ``listing`` names is one of the source's documents."""
    if source.exclude and source.exclude.search(url):
        return False
    if source.attachments and source.attachments.search(url):
        return True
    if source.links:
        return source.links.search(url) is not None
    return _is_same_site(url, listing)


def _address(url: str, base: WebAddress) -> str | None:
    """The address in its normal form; None where it is none of the web."""
    try:
        return read_address(url, base).url
    except FetchError:
        return None


def _is_same_site(url: str, other: str) -> bool:
    host, other_host = (
        (urlsplit(address).netloc.lower().removeprefix("www.")) for address in (url, other)
    )
    return host == other_host


def _base(written: str | None, url: WebAddress) -> WebAddress:
    """What addresses are relative to, where a page or feed says so itself."""
    base = _address(written, url) if written else None
    return read_address(base) if base else url


def _elements(
    content: bytes, url: WebAddress, roots: Collection[str], names: Collection[str]
) -> Iterator[_Element]:
    """The elements of these names, namespaces aside, as they end; emptied when the next is taken.

    Raises:
        ListingError: It is no XML, or its outermost element is none of ``roots``.
    """
    from lxml import etree

    events = etree.iterparse(
        BytesIO(_without_entities(content)),
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for _, element in events:
            yield element
            element.clear()
    except etree.XMLSyntaxError as error:
        raise ListingError(f"{url.url}: no XML that can be read ({error})") from error
    if events.root is None or _name(events.root) not in roots:
        found = "no XML" if events.root is None else f"<{_name(events.root)}>"
        raise ListingError(f"{url.url}: is {found}, must be <{'> or <'.join(sorted(roots))}>")


def _without_entities(content: bytes) -> bytes:
    """Write named references as numbers, and what is none as the sign it is.

    After the first mistake, a "&" in a headline say, the parser would leave all named ones out, and
    with them the "&amp;" of the addresses that follow. It also leaves no entity to expand. Numbers
    that stand for half a sign make text that cannot be read, and are dropped.
    """
    if content.startswith(_UTF_16):
        return content
    first, *others = content.split(_CDATA)
    parts = [_REFERENCE.sub(_as_number, first)]
    for other in others:
        inside, end, after = other.partition(_CDATA_END)
        parts.append(inside + end + _REFERENCE.sub(_as_number, after))
    return _CDATA.join(parts)


def _as_number(reference: re.Match[bytes]) -> bytes:
    name, hexadecimal, decimal = reference.groups()
    if hexadecimal or decimal:
        number = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return b"" if number in _SURROGATES else reference[0]
    return _SIGNS.get(name, b"&#38;")


def _read_feed(content: bytes, url: WebAddress) -> Iterator[Listed]:
    """RSS of all versions, and Atom."""
    for entry in _elements(content, url, _FEEDS, _ENTRIES):
        values: dict[str, str] = {}
        link = identifier = ""
        for child in entry.iterchildren("*"):
            name, text = _name(child), (child.text or "").strip()
            values.setdefault(name, text)
            if name == "link" and child.get("rel", "alternate") == "alternate":
                link = link or child.get("href") or text
            elif name == "guid" and text.startswith("http"):
                identifier = text
        written = next((values[name] for name in _DATES if values.get(name)), "")
        if address := _address(link or identifier, _base(entry.base, url)):
            yield Listed(address, _day(written))


def _read_sitemap(content: bytes, url: WebAddress) -> tuple[list[Listed], list[str]]:
    documents: list[Listed] = []
    sitemaps: dict[str, None] = {}
    for element in _elements(content, url, _SITEMAPS, ("url", "sitemap")):
        written = next((c.text for c in element.iterchildren("{*}loc")), None) or ""
        address = _address(written.strip(), url)
        if address and _name(element) == "sitemap":
            sitemaps[address] = None
        elif address:
            day = next((c.text for c in element.iter("{*}publication_date")), None) or ""
            documents.append(Listed(address, _day(day.strip())))
        if len(documents) + len(sitemaps) > MOST_ADDRESSES:
            break
    return documents, list(sitemaps)


def _read_links(
    content: bytes, url: WebAddress, charset: str | None, items: str | None
) -> Iterator[str]:
    """Where the links of a page lead, or those in elements that match the selector ``items``."""
    from lxml import etree, html

    try:
        parser = html.HTMLParser(encoding=charset, no_network=True, huge_tree=False)
    except LookupError:
        parser = html.HTMLParser(no_network=True, huge_tree=False)
    try:
        page = html.document_fromstring(content, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise ListingError(f"{url.url}: no web page that can be read ({error})") from error
    base = _base(next((str(found) for found in page.xpath("//base/@href")), None), url)
    seen = {""}
    for part in page.cssselect(items) if items else [page]:
        for element in part.iter("a", "area"):
            href = element.get("href", "")
            if href not in seen and len(seen) <= MOST_ADDRESSES:
                seen.add(href)
                if address := _address(href, base):
                    yield address


def _name(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _day(written: str) -> date | None:
    """The day as written there, whatever it is elsewhere.

    >>> _day("Wed, 16 Sep 2020 01:00:00 +0300"), _day("2020-09-16T01:00:00+03:00"), _day("soon")
    (datetime.date(2020, 9, 16), datetime.date(2020, 9, 16), None)
    """
    if not written:
        return None
    try:
        return datetime.fromisoformat(written).date()
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(written).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
