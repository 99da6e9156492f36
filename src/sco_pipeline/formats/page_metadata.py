"""What a web page says of itself: JSON-LD, OpenGraph, meta elements, ``time``, ``title``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from sco_pipeline.formats.page_text import text_of
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import Metadata
from sco_pipeline.sidecars import LANGUAGE_TAG

_TITLE_PROPERTIES = ("og:title", "twitter:title", "dc.title", "dcterms.title")
_SITE_PROPERTIES = ("og:site_name", "application-name", "dc.publisher", "dcterms.publisher")
_WEAK_PUBLISHERS = ("publisher", "article:publisher", "author", "copyright")
_DATE_PROPERTIES = (
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished",
    "publishdate", "publish-date", "publish_date", "pubdate", "published_time", "publication_date",
    "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "dc.date.created",
    "dcterms.created", "citation_publication_date", "sailthru.date", "parsely-pub-date", "date",
)  # fmt: skip
_DATE = re.compile(
    r"(?P<year>\d{4})(?P<sign>[-/.]?)(?P<month>\d\d)(?P=sign)(?P<day>\d\d)(?!\d)"
    r"|(?P<day2>\d{1,2})[./](?P<month2>\d\d)[./](?P<year2>\d{4})(?!\d)"
)
_FIRST_YEAR = 1900
_EPOCH = date(1970, 1, 1)
_ADDRESS = re.compile(r"https?://[^\s<>\"']{4,2000}", re.IGNORECASE)
_LONGEST = 500
#: Things described in JSON-LD that are looked at.
_MAX_NODES = 2_000
_MAX_HEADINGS = 20
_LIST_SIGNS = re.compile(r"\s+[|–—·•»«:-]+\s+|\s*(?:\||::|»|«)\s*")
_JSON_WRAPPING = re.compile(
    r"\A\s*(?:<!--|//\s*<!\[CDATA\[|/\*.{0,40}?\*/)|(?:-->|//\s*\]\]>)\s*\Z"
)


def read_metadata(
    tree: HtmlElement,
    json_ld: list[str],
    title: HtmlElement | None = None,
    published_on: HtmlElement | None = None,
) -> Metadata:
    """Read what a page says of itself.

    Args:
        tree: The page.
        json_ld: Its scripts that describe it.
        title: Element of the headline, where the site's selectors name it.
        published_on: Element of the date, likewise.

    Returns:
        Dates as printed, in the publisher's own time; never a guess. No title where only the
        window has one: ``window_titles``.
    """
    meta = _meta(tree)
    article = _article(json_ld)
    publisher = (
        _name(article.get("publisher"))
        or _first(meta, _SITE_PROPERTIES)
        or _name(article.get("sourceOrganization"))
    )
    h1s = islice(tree.xpath("//h1[not(ancestor::h1)]"), _MAX_HEADINGS)
    headings = [text for h1 in h1s if (text := _clean(text_of(h1)))]
    headline = (
        (_clean(text_of(title)) if title is not None else None)
        or _text(article.get("headline"))
        or _first(meta, _TITLE_PROPERTIES)
        or next((text for text in headings if text in window_titles(tree)), None)
        or (headings[0] if len(headings) == 1 else None)
    )
    return Metadata(
        title=_without_site(headline, publisher) if headline else None,
        publisher=publisher or _first(meta, _WEAK_PUBLISHERS),
        published_on=_published_on(tree, meta, article, published_on),
        language=_language(tree, meta, article),
        source_url=_source_url(tree, meta),
    )


def window_titles(tree: HtmlElement) -> list[str]:
    """The title of the window, and its parts: many sites add their name to it, or have no other."""
    title = _clean(tree.findtext(".//title"))
    if not title:
        return []
    parts = [part for part in _LIST_SIGNS.split(title) if part]
    return [title, *sorted(parts, key=len, reverse=True)]


def _clean(text: str | None) -> str | None:
    return " ".join(text.split())[:_LONGEST].strip() or None if text else None


def _meta(tree: HtmlElement) -> dict[str, str]:
    """The first value of each name or property, names in lower case."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        value = _clean(element.get("content"))
        if value is None:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if name := element.get(attribute):
                found.setdefault(name.strip().lower(), value)
    return found


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next(
        (value for name in names if (value := meta.get(name)) and not _ADDRESS.match(value)), None
    )


def _without_site(title: str, publisher: str | None) -> str:
    """Cut the site's name off a title.

    >>> _without_site("Joint Communiqué | SCO Secretariat", "SCO Secretariat")
    'Joint Communiqué'
    """
    if not publisher:
        return title
    for sign in _LIST_SIGNS.finditer(title):
        before, after = title[: sign.start()], title[sign.end() :]
        if before and after.casefold() == publisher.casefold():
            return before
        if after and before.casefold() == publisher.casefold():
            return after
    return title


# --------------------------------------------------------------------------- dates, language


def _published_on(
    tree: HtmlElement,
    meta: dict[str, str],
    article: dict[str, Any],
    chosen: HtmlElement | None,
) -> date | None:
    for text in _date_texts(tree, meta, article, chosen):
        if text and (found := _read_date(text)):
            return found
    return None


def _date_texts(
    tree: HtmlElement,
    meta: dict[str, str],
    article: dict[str, Any],
    chosen: HtmlElement | None,
) -> Iterator[str | None]:
    if chosen is not None:
        for name in ("datetime", "content"):
            yield chosen.get(name)
        yield text_of(chosen)
    yield _text(article.get("datePublished"))
    for name in _DATE_PROPERTIES:
        yield meta.get(name)
    times = [element for element in tree.iter("time") if element.get("datetime")]
    for element in times:
        if element.get("pubdate") is not None or element.get("itemprop") == "datePublished":
            yield element.get("datetime")
    if len({element.get("datetime") for element in times}) == 1:  # others date the news beside
        yield times[0].get("datetime")


def _read_date(text: str) -> date | None:
    """The day written first, in figures; None if it is none.

    >>> _read_date("2016-04-14T23:30:00+05:00"), _read_date("14.04.2016, 11:48")
    (datetime.date(2016, 4, 14), datetime.date(2016, 4, 14))
    >>> _read_date("2016-13-01"), _read_date("0001-01-01T00:00:00")
    (None, None)
    """
    found = _DATE.search(text[:_LONGEST])
    if found is None:
        return None
    parts = [found[f"{part}2"] or found[part] for part in ("year", "month", "day")]
    try:
        day = date(*map(int, parts))
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR and day != _EPOCH else None


def _language(tree: HtmlElement, meta: dict[str, str], article: dict[str, Any]) -> str | None:
    for text in (
        tree.get("lang"),
        tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        tree.get("xml:lang"),
        _text(article.get("inLanguage")),
        meta.get("og:locale"),
        meta.get("content-language"),
        meta.get("dc.language"),
    ):
        tag = (text or "").strip().replace("_", "-")
        if LANGUAGE_TAG.fullmatch(tag):
            return tag
    return None


def _source_url(tree: HtmlElement, meta: dict[str, str]) -> str | None:
    canonical = next(
        (e.get("href") for e in tree.iter("link") if "canonical" in e.get("rel", "").lower()), None
    )
    for address in (canonical, meta.get("og:url")):
        if address and _ADDRESS.fullmatch(address.strip()):
            return address.strip()
    return None


# --------------------------------------------------------------------------- JSON-LD


def _article(json_ld: list[str]) -> dict[str, Any]:
    """The page's article; what it names by ``@id`` is put in its place."""
    nodes: list[dict[str, Any]] = []
    for text in json_ld:
        try:
            open_values: list[Any] = [json.loads(_JSON_WRAPPING.sub("", text), strict=False)]
        except (ValueError, RecursionError):
            continue
        while open_values and len(nodes) < _MAX_NODES:
            value = open_values.pop()
            if isinstance(value, list):
                open_values.extend(reversed(value[:_MAX_NODES]))
            elif isinstance(value, dict):
                nodes.append(value)
                # Other articles stand in lists of items: these are not looked into.
                for key in ("mainEntity", "mainEntityOfPage", "@graph"):
                    open_values.append(value.get(key))
    kinds = _kinds()
    ranked = [
        (min((kinds[kind] for kind in _types(node) if kind in kinds), default="z"), number)
        for number, node in enumerate(nodes)
    ]
    kind, number = min(ranked, default=("z", 0))
    if kind == "z":
        return {}
    article = dict(nodes[number])
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str)}
    publisher = article.get("publisher")
    if isinstance(publisher, dict) and isinstance(publisher.get("@id"), str):
        article["publisher"] = {**by_id.get(publisher["@id"], {}), **publisher}
    return article


@cache
def _kinds() -> dict[str, str]:
    rows = read_lexicon(
        "reference/page_types",
        columns=("form", "kind", "source"),
        key=("form",),
        codes={"kind": ("article", "page")},
    )
    return {row["form"]: row["kind"] for row in rows}


def _types(node: dict[str, Any]) -> list[str]:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return [text.rpartition("/")[2] for text in kinds if isinstance(text, str)]


def _name(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name")
        if isinstance(value, list):
            value = value[0] if value else None
    name = _text(value)
    return None if name and _ADDRESS.match(name) else name


def _text(value: Any) -> str | None:
    return _clean(value) if isinstance(value, str) else None
