"""Saved web pages (MHTML) -> text: the page among the parts, read as any other page."""

from __future__ import annotations

import re
from dataclasses import replace

from sco_pipeline.errors import RawFileError
from sco_pipeline.formats.detection import MHTML
from sco_pipeline.formats.html import decode_page, read_page
from sco_pipeline.formats.mime import Part, read_mime
from sco_pipeline.model import RawText, Selectors

_PAGES = ("text/html", "application/xhtml+xml")
_ADDRESS = re.compile(r"https?://\S{4,2000}", re.IGNORECASE)


def read_mhtml(content: bytes, selectors: Selectors | None = None) -> RawText:
    """Read a page saved by a browser: the root part, or of framed pages the first with a text.

    Raises:
        RawFileError: No part is a page with text.
    """
    message, losses = read_mime(content)
    pages = _pages(message)
    start = message.parameter("start")
    # False goes first: the root that the header names, then the order of the file.
    pages.sort(key=lambda page: page.header("Content-ID").lower() != start)
    failure = RawFileError("read", "empty", "no page among its parts; save it again")
    for page in pages:
        try:
            raw = read_page(decode_page(page.content, page.charset), selectors or Selectors())
        except RawFileError as error:
            failure = error
            continue
        address = raw.metadata.source_url or _address(page, message)
        return RawText(
            raw.text,
            MHTML,
            replace(raw.metadata, source_url=address),
            (*losses, *raw.losses),
        )
    raise failure


def _pages(part: Part) -> list[Part]:
    if part.media_type in _PAGES:
        return [part]
    return [page for inner in part.parts for page in _pages(inner)]


def _address(page: Part, message: Part) -> str | None:
    for value in (
        message.header("Snapshot-Content-Location"),
        page.header("Content-Location"),
        message.header("Content-Location"),
    ):
        if _ADDRESS.fullmatch(value):
            return value
    return None
