"""Web pages -> text: what a careful reader would have saved of a page.

Where a site's selectors are known, they say where the text is. Elsewhere trafilatura does: the
part of the page in which its text stands is written in full, less furniture, so that a list of
participants it passed over is not lost (docs/adr/0014-web-pages.md).
"""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import chain, groupby, islice

from cssselect import SelectorError
from lxml import etree, html
from lxml.html import HtmlElement

from sco_pipeline.characters import decode, looks_like_utf_16_or_32
from sco_pipeline.errors import RawFileError
from sco_pipeline.formats.detection import HTML
from sco_pipeline.formats.page_metadata import read_metadata, window_titles
from sco_pipeline.formats.page_text import Line, join_lines, survey_page, write_lines
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import Loss, RawText, Selectors
from sco_pipeline.reading_lexicon import FURNITURE_KINDS
from sco_pipeline.terms import fold

_MAX_TAGS = 200_000
#: trafilatura walks over a page many times, at worst once for each element.
_MAX_JUDGED_TAGS = 5_000
#: Its second opinion (justext) looks from each paragraph at all others.
_MAX_COMPARED_TAGS = 2_000

# --- characters
_HEAD = 8_192
#: A page's first tag in UTF-16 without a byte order mark.
_UTF_16 = re.compile(rb"\s*(?:(?P<little><\x00[!?a-zA-Z]\x00)|\x00<\x00[!?a-zA-Z])")
_DECLARED = re.compile(
    rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})"
    rb"|<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.IGNORECASE,
)
#: Declared encoding -> the one that is meant by it on the web. Others are no text, or are declared
#: by servers and editors unasked (Latin-1): there the bytes decide.
_ENCODINGS = {
    **{f"cp{number}": f"cp{number}" for number in (866, 932, 949, 950, *range(1250, 1259))},
    **{f"iso8859-{part}": f"iso8859-{part}" for part in (2, 4, 5, 6, 7, 8, 13)},
    **{same: same for same in ("koi8-r", "koi8-u", "kz1048", "mac-cyrillic", "gb18030")},
    **{same: same for same in ("euc_jp", "iso2022_jp", "big5hkscs")},
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
}
del _ENCODINGS["cp1252"]
_MARKUP = re.compile(rb"<(script|style)\b.*?</\1|<[^>]*>", re.IGNORECASE | re.DOTALL)

# --- markup
_RAW_TEXT = re.compile(
    r"<(?:!--|(?P<tag>script|style)\b(?P<attributes>[^>]{0,500})>)", re.IGNORECASE
)
_ENDS = {
    None: re.compile(r"-->"),
    "script": re.compile(r"</script\b[^>]{0,100}>", re.IGNORECASE),
    "style": re.compile(r"</style\b[^>]{0,100}>", re.IGNORECASE),
}
_JSON_LD = "application/ld+json"
#: A tag longer than this keeps only a few of its attributes: the parser compares them pairwise.
_LONGEST_TAG = 2_000
_WITHOUT_END = re.compile(rf"[^>]{{{_LONGEST_TAG},}}")
_TAG_START = re.compile(r"</?[A-Za-z]")
_TAG = re.compile(r"<(?P<name>/?[A-Za-z][\w:-]{0,60})(?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+>")
_ATTRIBUTE = re.compile(
    r"\s(?:class|id|role|style|hidden|aria-hidden|href|name|property|content)"
    r"\s?=\s?(?:\"[^\">]{0,1000}\"|'[^'>]{0,1000}')",
    re.IGNORECASE,
)
_MAX_ATTRIBUTES = 10
#: Tags that say little of a text, in pages that open them and never close them.
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|code|em|font|i|ins|kbd|label|o:p|small|span|strong|sub|sup|tt|u)\b[^>]*>",
    re.IGNORECASE,
)
_DIVISION = re.compile(
    r"</?(?:article|blockquote|center|d[dlt]|div|li|main|ol|section|table|tbody|t[dhr]|ul)\b[^>]*>",
    re.IGNORECASE,
)

# --- choice
#: Share of the text trafilatura returned that stands in one part of the page.
_MOST = 0.9
#: Share of the page's prose below which trafilatura took something else for the text.
_LITTLE = 0.5
_MOSTLY_LINKS = 0.5
#: Words of the shortest decision that is a link.
_SENTENCE = 8
#: Elements from a line up to the list around all lists that it is in.
_MAX_NESTING = 16
#: What stands between the cells of a row.
_BETWEEN_CELLS = " | "
#: Words in a row by which a line is found again.
_WORDS = 4
#: Parts of a text; what stands around one is text too.
_NO_PARTS = frozenset((
    "a", "b", "blockquote", "dd", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6",
    "i", "li", "ol", "p", "span", "strong", "table", "tbody", "tr", "u", "ul",
))  # fmt: skip
#: Lines, and characters of each, that may stand between headline and text: date, lead, credits.
_HEAD_LINES, _LONGEST_HEAD_LINE = 8, 300
_SAME_TITLE = 0.7
_WORD = re.compile(r"\w+")


def read_html(
    content: bytes, selectors: Selectors | None = None, charset: str | None = None
) -> RawText:
    """Read a web page.

    Args:
        content: Bytes of the page.
        selectors: Where its text stands, if known.
        charset: As the server declared.

    Raises:
        RawFileError: It cannot be decoded or parsed, or there is no text on it.
    """
    return read_page(decode_page(content, charset), selectors or Selectors())


def read_page(text: str, selectors: Selectors) -> RawText:
    """Read a web page whose characters are decoded.

    Raises:
        RawFileError: It is too large, or there is no text on it.
    """
    markup, json_ld = _split_scripts(text)
    tags = markup.count("<")
    if tags > _MAX_TAGS:
        detail = f"{tags} tags on one page, more than {_MAX_TAGS}; split it"
        raise RawFileError("read", "too_large", detail)
    tree, losses = _parse(_shorten_tags(markup))
    title, published_on = (
        next(iter(_select(tree, (selector,), losses)), None) if selector else None
        for selector in (selectors.title, selectors.published_on)
    )
    metadata = read_metadata(tree, json_ld, title, published_on)
    survey = survey_page(tree, _select(tree, selectors.remove, losses))
    lines = [
        line
        for element in _outermost(_select(tree, selectors.content, losses))
        for line in write_lines(element, survey)
    ]
    everything = list(write_lines(tree, survey))
    lines = lines or _find_text(tree, everything)
    if not metadata.title:
        printed = (_headline(everything, name) for name in window_titles(tree))
        index = next((index for index in printed if index is not None), None)
        metadata = replace(metadata, title=None if index is None else everything[index].text)
    lines = _with_headline(lines, everything, metadata.title)
    if not lines:
        detail = "no text on the page; if a script loads it, save the page from a browser"
        reason, detail = next(iter(losses), ("empty", detail))
        raise RawFileError("read", reason, detail)
    return RawText(join_lines(lines), HTML, metadata, tuple(losses))


# --------------------------------------------------------------------------- characters


def decode_page(content: bytes, charset: str | None = None) -> str:
    """Decode a page: byte order mark, UTF-8, what is declared, then a guess by its prose.

    Raises:
        RawFileError: No encoding fits.
    """
    if b"\x00" in content:
        if unmarked := _UTF_16.match(content):
            return content.decode("utf-16-le" if unmarked["little"] else "utf-16-be", "replace")
        if looks_like_utf_16_or_32(content):
            return decode(content)
        content = content.replace(b"\x00", b"")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    else:
        if "\x1b" not in text:  # ISO 2022 is written in ASCII, with escapes
            return text
    declared = _DECLARED.search(content[:_HEAD])
    for name in (charset, declared and (declared[1] or declared[2]).decode("ascii", "replace")):
        try:
            encoding = _ENCODINGS.get(codecs.lookup(name or "").name)
            if encoding:
                return content.decode(encoding)
        except (LookupError, ValueError):
            continue
    return decode(content, _MARKUP.sub(b" ", content))


# --------------------------------------------------------------------------- markup


def _split_scripts(text: str) -> tuple[str, list[str]]:
    """Take out comments, scripts and styles; what describes the page is returned beside.

    An open one swallows the rest of the page, as in browsers.
    """
    text = text.replace("\x00", "")
    kept: list[str] = []
    json_ld: list[str] = []
    start = 0
    while opened := _RAW_TEXT.search(text, start):
        kept.append(text[start : opened.start()])
        tag = opened["tag"]
        closed = _ENDS[tag and tag.lower()].search(text, opened.end())
        end = closed.start() if closed else len(text)
        if tag and _JSON_LD in opened["attributes"].lower():
            json_ld.append(text[opened.end() : end])
        start = closed.end() if closed else len(text)
    kept.append(text[start:])
    return "".join(kept), json_ld


def _shorten_tags(markup: str) -> str:
    """Take attributes out of overlong tags, mostly pictures; an open one ends the page."""
    kept: list[str] = []
    start = 0
    while found := _WITHOUT_END.search(markup, start):
        opened = _TAG_START.search(markup, found.start(), found.end() - _LONGEST_TAG)
        if not opened:
            kept.append(markup[start : found.end()])
            start = found.end()
            continue
        kept.append(markup[start : opened.start()])
        tag = _TAG.match(markup, opened.start())
        if not tag:
            return "".join(kept)
        attributes = _ATTRIBUTE.findall(tag[0][:_LONGEST_TAG])[:_MAX_ATTRIBUTES]
        kept.append(f"<{tag['name']}{''.join(attributes)}>")
        start = tag.end()
    kept.append(markup[start:])
    return "".join(kept)


def _parse(markup: str) -> tuple[HtmlElement, list[Loss]]:
    tree, whole = _parse_once(markup)
    if not whole:
        # Pages that open a tag a paragraph and close none are too deep for the parser.
        tree, whole = _parse_once(_DIVISION.sub("<p>", _INLINE.sub("", markup)))
    if whole:
        return tree, []
    detail = "tags are nested too deeply, or a text is too long, to read the page to its end"
    return tree, [Loss("too_large", detail)]


def _parse_once(markup: str) -> tuple[HtmlElement, bool]:
    parser = html.HTMLParser(
        encoding="utf-8",
        no_network=True,
        recover=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        tree = html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise RawFileError("read", "empty", "nothing on the page") from error
    limit = etree.ErrorTypes.ERR_RESOURCE_LIMIT
    return tree, not any(entry.type == limit for entry in parser.error_log)


# --------------------------------------------------------------------------- choice


def _select(tree: HtmlElement, selectors: Iterable[str], losses: list[Loss]) -> list[HtmlElement]:
    """Elements in the order of the selectors, then of the page; a wrong selector is a loss."""
    found: dict[HtmlElement, None] = {}
    for selector in selectors:
        try:
            found.update(dict.fromkeys(tree.cssselect(selector)))
        except (SelectorError, etree.XPathError) as error:
            detail = f"selector {selector!r} is not used: {error}; see raw/README.md"
            losses.append(Loss("bad_sidecar", detail))
    return list(found)


def _outermost(elements: list[HtmlElement]) -> list[HtmlElement]:
    chosen = set(elements)
    return [e for e in elements if chosen.isdisjoint(e.iterancestors())]


def _find_text(tree: HtmlElement, lines: list[Line]) -> list[Line]:
    """Lines of the part of the page in which nearly all stands that trafilatura returns.

    Lines of links that it does not return are left out, unless the text goes on in them
    (``_text_among``). Where it returns next to nothing of the page's prose, all of the page's
    prose is the text.
    """
    said = _Said(_judge(tree))
    prose = _text_among(lines, [line.linked <= _MOSTLY_LINKS for line in lines])
    returned = {id(line) for line in lines if line in said}
    part = _common_part([line for line in lines if id(line) in returned])
    if part is None:
        return prose
    inside = set(part.iter())
    lines = [line for line in lines if line.element in inside]
    text = _text_among(
        lines, [line.linked <= _MOSTLY_LINKS or id(line) in returned for line in lines]
    )
    return prose if _size(text) < _LITTLE * _size(prose) else text


def _text_among(lines: list[Line], is_text: list[bool]) -> list[Line]:
    """Lines that are text, and lines of links among them that belong to it: names, decisions.

    Args:
        lines: Lines of a page, in its order.
        is_text: For each, whether it is text by itself.
    """
    kept = list(is_text)
    start = 0
    for block, group in groupby(lines, _list_or_table):
        end = start + sum(1 for _ in group)
        place = range(start, end)
        before, after = start > 0 and is_text[start - 1], end < len(lines) and is_text[end]
        if block is None:
            for index in place:
                kept[index] |= _is_linked_sentence(lines, is_text, index)
        elif block.tag == "table":
            rows = [index for index in place if _BETWEEN_CELLS in lines[index].text]
            if any(is_text[index] for index in rows) or (before and after and len(rows) > 1):
                for index in rows:
                    kept[index] = True
        elif (
            before
            and lines[start - 1].text.endswith((":", "："))
            and not any(_is_furniture(line.text) for line in lines[start - 1 : end])
        ):
            kept[start:end] = [True] * len(place)
        start = end
    return [line for line, is_kept in zip(lines, kept, strict=True) if is_kept]


def _list_or_table(line: Line) -> HtmlElement | None:
    """The table that a line is a row of, or the list, with all lists around, it is an item of."""
    if line.element.tag == "table":
        return line.element
    found = None
    for element in islice(chain((line.element,), line.element.iterancestors()), _MAX_NESTING):
        if element.tag in ("ol", "ul"):
            found = element
        elif element.tag in ("td", "th") or (found is not None and element.tag not in _NO_PARTS):
            break
    return found


def _is_linked_sentence(lines: list[Line], is_text: list[bool], index: int) -> bool:
    """Whether a line is a sentence, long enough for a decision, between two lines of text."""
    text = lines[index].text
    return (
        text.endswith((".", "。"))
        and len(_WORD.findall(text)) >= _SENTENCE
        and 0 < index < len(lines) - 1
        and is_text[index - 1]
        and is_text[index + 1]
    )


def _is_furniture(line: str) -> bool:
    return fold(line).strip("-:： ") in _furniture_words()


@cache
def _furniture_words() -> frozenset[str]:
    rows = read_lexicon(
        "en/furniture", ("term", "kind", "source"), ("term", "kind"), {"kind": FURNITURE_KINDS}
    )
    return frozenset(fold(row["term"]) for row in rows)


def _size(lines: Iterable[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _common_part(lines: list[Line]) -> HtmlElement | None:
    """The innermost part of the page that holds most of some lines."""
    sizes: dict[HtmlElement, int] = {}
    for line in lines:
        for element in (line.element, *line.element.iterancestors()):
            sizes[element] = sizes.get(element, 0) + len(line.text)
    least = _MOST * _size(lines)
    parts = [
        element for element, size in sizes.items() if size >= least and element.tag not in _NO_PARTS
    ]
    return max(parts, key=lambda part: sum(1 for _ in part.iterancestors()), default=None)


class _Said:
    """What trafilatura returned, to look up lines in."""

    def __init__(self, text: str) -> None:
        words = _WORD.findall(text)
        self._rows = {tuple(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1)}
        self._lines = {
            tuple(_WORD.findall(cell)) for line in text.split("\n") for cell in line.split("|")
        }

    def __contains__(self, line: Line) -> bool:
        words = _WORD.findall(line.text)
        rows = [tuple(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1)]
        if not rows:
            return bool(words) and tuple(words) in self._lines
        return sum(row in self._rows for row in rows) >= 0.5 * len(rows)


def _judge(tree: HtmlElement) -> str:
    """The text that trafilatura finds; "" where it finds none. The page's lines are written."""
    from trafilatura import bare_extraction

    tags = sum(1 for _ in tree.iter())
    if tags > _MAX_JUDGED_TAGS:
        return ""
    # It repeats a cell for all that it spans: cells times rows, without limit.
    etree.strip_attributes(tree, "rowspan", "colspan")
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = bare_extraction(
            tree, fast=tags > _MAX_COMPARED_TAGS, include_comments=False, include_tables=True
        )
    except MemoryError:
        raise
    except Exception:  # what breaks it breaks the choice only: the page is read without it
        return ""
    return (found.text or "") if found is not None and not isinstance(found, dict) else ""


def _with_headline(lines: list[Line], everything: list[Line], title: str | None) -> list[Line]:
    """Put the headline first, and what stands between it and the text, unless it is there."""
    if not title or not lines or _headline(lines[:_HEAD_LINES], title) is not None:
        return lines
    lines[0].gap = True
    # The site's selectors may name what the page hides, or a cell: no line of the whole page.
    start = next((i for i, line in enumerate(everything) if line.text == lines[0].text), 0)
    above = _headline(everything[:start], title)
    if above is None:
        return [Line(title, lines[0].element, gap=True, linked=0.0), *lines]
    between = [
        line
        for line in everything[above + 1 : start]
        if line.linked <= _MOSTLY_LINKS and len(line.text) <= _LONGEST_HEAD_LINE
    ]
    return [everything[above], *(between if len(between) <= _HEAD_LINES else ()), *lines]


def _headline(lines: list[Line], title: str) -> int | None:
    """Index of the last line that has the words of the title, or nearly so."""
    wanted = _words_of(title)
    for index in range(len(lines) - 1, -1, -1):
        if len(lines[index].text) <= _LONGEST_HEAD_LINE:
            words = _words_of(lines[index].text)
            if len(wanted & words) >= _SAME_TITLE * len(wanted | words) > 0:
                return index
    return None


def _words_of(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
