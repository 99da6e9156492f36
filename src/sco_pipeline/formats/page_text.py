"""Elements of a web page -> lines of text, in page order.

One walk over the tree tells what no reader sees or wants (``survey_page``), a second one writes
what is left (``write_lines``). Neither calls itself, so that depth costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from lxml import etree
from lxml.html import HtmlElement

from sco_pipeline.lexicon import read_lexicon

_INVISIBLE_TAGS = frozenset((
    "applet", "area", "audio", "base", "button", "canvas", "datalist", "dialog", "embed", "frame",
    "head", "iframe", "img", "input", "link", "map", "math", "meta", "meter", "noframes",
    "noscript", "object", "optgroup", "option", "output", "param", "picture", "progress", "script",
    "select", "source", "style", "svg", "template", "textarea", "title", "track", "video",
))  # fmt: skip
#: Around the text, unless most of it is inside.
_FURNITURE_TAGS = frozenset((
    "aside", "figcaption", "footer", "form", "header", "menu", "nav", "search",
))  # fmt: skip
_FURNITURE_ROLES = frozenset((
    "alert", "alertdialog", "banner", "complementary", "contentinfo", "dialog", "menu", "menubar",
    "navigation", "search", "tablist", "toolbar", "tooltip",
))  # fmt: skip
#: Of these, prose inside an article is text: so many characters, most of them no links.
_INSETS = ("aside", "footer")
_INSET, _MOSTLY = 100, 0.8
#: Share of the prose that is not hidden in earnest.
_NEARLY_ALL = 0.8
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_BLOCK_TAGS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav",
    "ol", "p", "pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
))  # fmt: skip
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_ITEMS = frozenset(("li", "dt", "dd"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CELLS = frozenset(("td", "th"))
#: Of such a cell, the table is there to place it beside another.
_LONG_CELL, _MANY_LINES = 600, 8
#: Rows that a cell may reach down to, and characters it may add in this way to a table.
_MAX_ROWS, _MAX_REPEATED = 200, 100_000
_LONGEST_NAMES = 1000
#: Characters of a division that can be an item of a list.
_LONGEST_ITEM = 200
_NAME_PART = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]*|\d+")
_BLANKS = re.compile(r"[ \t\n\r\f]+")
# "- ", "• ", "1. ", "2) ", "(a) ", "iv. ", "§": the item says itself how it begins
_OWN_MARKER = re.compile(r"[-–—*•·▪■●○◦‣➢►✓]|\(?(?:\d{1,3}|[a-z]|[ivxl]{1,6}|[IVXL]{1,6})[.)]")
_NUMBER = re.compile(r"\d{1,6}")
_ROMAN = ((90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(slots=True)
class Survey:
    """What one walk over a page has found.

    Attributes:
        skipped: Elements that are not read, nor what is in them.
        placing: Tables that place things on the page, and hold no rows of data.
    """

    skipped: set[HtmlElement] = field(default_factory=set)
    placing: set[HtmlElement] = field(default_factory=set)


@dataclass(slots=True)
class Line:
    """A line of text.

    Attributes:
        text: Blanks are single.
        element: The innermost block it stands in.
        gap: Whether a blank line goes before it.
        linked: Share of its characters that are links.
    """

    text: str
    element: HtmlElement
    gap: bool
    linked: float


@dataclass(slots=True)
class _Open:
    """An element that is being walked through."""

    element: HtmlElement
    size: int = 0
    prose: int = 0  # characters that are no links
    lines: int = 0
    is_furniture: bool = False
    is_inset: bool = False
    is_hidden: bool = False
    has_headline: bool = False

    def add(self, text: str | None, is_linked: bool) -> None:
        length = len(_collapse(text))
        self.size += length
        self.prose += 0 if is_linked else length

    def is_text(self, total: int) -> bool:
        """Whether it is no furniture, whatever its name."""
        return (
            self.has_headline
            or self.size >= 0.5 * total
            or (self.is_inset and self.prose >= max(_INSET, _MOSTLY * self.size))
        )


def join_lines(lines: Iterable[Line]) -> str:
    """Put lines together: a blank line between blocks, none between items and rows."""
    text: list[str] = []
    for line in lines:
        if text:
            text.append("\n\n" if line.gap else "\n")
        text.append(line.text)
    return "".join(text)


def text_of(element: HtmlElement) -> str:
    """The visible text of an element on one line."""
    return " ".join(line.text for line in write_lines(element, survey_page(element)))


def survey_page(root: HtmlElement, unwanted: Collection[HtmlElement] = ()) -> Survey:
    """Find what is not read: invisible, furniture by tag, role, class or id, or ``unwanted``.

    What holds half of the page's text, or its headline, is no furniture, whatever its name; nor
    is prose set off inside an article. What a script is to open (``hidden``, ``aria-hidden``) is
    read where nearly all prose would go with it.
    """
    survey = Survey(skipped=set(unwanted))
    furniture: list[_Open] = []
    hidden: list[_Open] = []
    stack = [_Open(root)]
    tables: list[HtmlElement] = []
    mains = articles = links = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            opened = _Open(element)
            if isinstance(tag, str):
                opened.is_furniture = _is_furniture(element)
                opened.is_hidden = _is_hidden(element)
            if (
                not isinstance(tag, str)
                or element in survey.skipped
                or _is_invisible(element)
                or (opened.is_furniture and opened.is_hidden)
            ):
                survey.skipped.add(element)
                walk.skip_subtree()
                stack.append(opened)
                continue
            links += tag == "a" and "href" in element.attrib
            opened.add(element.text, links > 0)
            opened.is_furniture &= not (tag == "header" and (mains or articles))
            opened.is_inset = tag in _INSETS and articles > 0 and not _is_named_furniture(element)
            stack.append(opened)
            mains += tag == "main"
            articles += tag == "article"
            if tag == "h1":
                opened.has_headline = True
            if tables and (tag == "table" or tag in _HEADINGS or tag in _LISTS):
                survey.placing.add(tables[-1])
            if tag == "table":
                tables.append(element)
                if element.get("role") == "presentation":
                    survey.placing.add(element)
            continue
        closed = stack.pop()
        outer = stack[-1]
        is_skipped = element in survey.skipped
        if not is_skipped:
            links -= tag == "a" and "href" in element.attrib
        if element is not root:
            outer.add(element.tail, links > 0)
        if is_skipped:
            continue
        mains -= tag == "main"
        articles -= tag == "article"
        if closed.is_furniture:
            furniture.append(closed)
        if tag == "table":
            tables.pop()
        if closed.is_hidden:
            hidden.append(closed)
            continue
        outer.size += closed.size
        outer.prose += closed.prose
        outer.has_headline |= closed.has_headline
        if tag in ("br", "p", "div"):
            outer.lines += 1
        if tag in _CELLS:
            if tables and (closed.size > _LONG_CELL or closed.lines > _MANY_LINES):
                survey.placing.add(tables[-1])
        else:
            outer.lines += closed.lines
    page = stack[0]
    left_out = {opened.element: opened for opened in furniture if not opened.is_text(page.size)}
    survey.skipped.update(left_out)
    if hidden:
        shown = page.prose - sum(
            opened.prose
            for opened in left_out.values()
            if not any(outer in left_out for outer in opened.element.iterancestors())
        )
        unseen = sum(opened.prose for opened in hidden)
        if unseen < _NEARLY_ALL * (unseen + shown):
            survey.skipped.update(opened.element for opened in hidden)
    return survey


def _is_invisible(element: HtmlElement) -> bool:
    """Whether a browser shows nothing of an element, and no script will."""
    if element.tag in _INVISIBLE_TAGS:
        return True
    style = element.get("style")
    return style is not None and _HIDDEN_STYLE.search(style) is not None


def _is_hidden(element: HtmlElement) -> bool:
    attributes = element.attrib
    return bool(attributes) and ("hidden" in attributes or attributes.get("aria-hidden") == "true")


def _is_furniture(element: HtmlElement) -> bool:
    return element.tag in _FURNITURE_TAGS or _is_named_furniture(element)


def _is_named_furniture(element: HtmlElement) -> bool:
    attributes = element.attrib
    if not attributes or element.tag in ("html", "body", "main", "article"):
        return False
    if attributes.get("role") in _FURNITURE_ROLES:
        return True
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}"
    return len(names) > 1 and names_furniture(names)


def names_furniture(names: str) -> bool:
    """Whether one of the classes and ids is that of a page's furniture.

    >>> names_furniture("col-md-4 socialShare"), names_furniture("article-commentary")
    (True, False)
    """
    whole, words = _furniture_names()
    for name in names[:_LONGEST_NAMES].split():
        if name.lower() in whole:
            return True
        if any(part.lower() in words for part in _NAME_PART.findall(name)):
            return True
    return False


@cache
def _furniture_names() -> tuple[frozenset[str], frozenset[str]]:
    rows = read_lexicon(
        "reference/page_furniture",
        columns=("form", "match", "source"),
        key=("form",),
        codes={"match": ("name", "word")},
    )
    return (
        frozenset(row["form"] for row in rows if row["match"] == "name"),
        frozenset(row["form"] for row in rows if row["match"] == "word"),
    )


def _collapse(text: str | None) -> str:
    return _BLANKS.sub(" ", text).strip(" ") if text else ""


# --------------------------------------------------------------------------- writing


def write_lines(root: HtmlElement, survey: Survey) -> Iterator[Line]:
    """Write an element's text: headings, paragraphs, list items, rows, one a line.

    Line breaks of the page are line breaks; of a table with data, a row is a line, its cells
    joined by " | "; a term and its definition are a line, joined by a colon.
    """
    return iter(_Writer(survey).write(root))


class _Writer:
    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._lines: list[Line] = []
        self._parts: list[str] = []
        self._linked = 0
        self._links = 0
        self._pre = 0
        self._gap = True
        self._marker = ""
        self._blocks: list[HtmlElement] = []
        self._lists: list[_List] = []
        self._list_start = 0
        self._item_start = 0
        self._table: _Table | None = None

    def write(self, root: HtmlElement) -> list[Line]:
        self._blocks.append(root)
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            skipped = element is not root and element in self._survey.skipped
            if event == "start":
                if skipped:
                    walk.skip_subtree()
                    continue
                self._start(element)
                self._add(element.text)
                continue
            if not skipped:
                self._end(element)
            if element is not root:
                self._add(element.tail)
        self._flush()
        _close_up(self._lines)
        return self._lines

    def _start(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag == "a":
            self._links += "href" in element.attrib
        elif tag == "br":
            self._break()
        if tag not in _BLOCK_TAGS:
            return
        if self._table is not None:
            self._start_in_table(element, self._table)
            return
        self._flush()
        self._blocks.append(element)
        if tag in _LISTS or tag == "dl":
            if not self._lists:
                self._list_start = len(self._lines)
                self._gap = True
            self._lists.append(_List(element))
        elif tag in _ITEMS:
            self._start_item(element)
        elif tag == "table" and element not in self._survey.placing:
            self._table = _Table()
            self._gap = True
        else:
            self._pre += tag == "pre"
            self._part()

    def _start_item(self, element: HtmlElement) -> None:
        self._item_start = len(self._lines)
        self._gap = self._item_start == self._list_start
        items = self._lists[-1] if self._lists else _List(element)
        if element.tag == "li":
            self._marker = items.next_marker(element)
        elif element.tag == "dt":
            self._write_line(items.take_term())
        elif element.tag == "dd":
            self._marker = items.take_term(": ")

    def _end(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag == "a":
            self._links -= "href" in element.attrib
        if tag not in _BLOCK_TAGS:
            return
        if self._table is not None:
            self._end_in_table(tag, self._table)
            if tag != "table":
                return
            self._table = None
        if tag == "dt" and self._lists:
            self._lists[-1].term = self._take_text()
        self._flush()
        self._blocks.pop()
        if tag in _LISTS or tag == "dl":
            self._write_line(self._lists.pop().take_term())
            if not self._lists:
                self._gap = True
        elif tag in _ITEMS:
            self._marker = ""
        else:
            self._pre -= tag == "pre"
            self._part()

    def _part(self) -> None:
        """Begin a new paragraph; the first one of an item stands close to the item before."""
        if not self._lists or len(self._lines) > self._item_start:
            self._gap = True

    def _start_in_table(self, element: HtmlElement, table: _Table) -> None:
        if element.tag in _CELLS:
            self._parts.clear()
            table.cell = element
        elif element.tag == "tr":
            self._end_row(table)
        else:
            self._parts.append(" ")

    def _end_in_table(self, tag: str, table: _Table) -> None:
        if tag in _CELLS and table.cell is not None:
            table.add(self._take_text())
        elif tag in ("tr", "table"):
            self._end_row(table)
        elif tag == "caption":
            self._write_line(self._take_text())
            self._gap = True
        else:
            self._parts.append(" ")

    def _end_row(self, table: _Table) -> None:
        self._write_line(" | ".join(filter(None, table.take_row())))

    def _add(self, text: str | None) -> None:
        if not text:
            return
        if self._pre and "\n" in text:
            first, *others = text.split("\n")
            self._parts.append(first)
            for line in others:
                self._break()
                self._parts.append(line)
            return
        self._parts.append(text)
        if self._links:
            self._linked += len(_collapse(text))

    def _break(self) -> None:
        if self._table is not None:
            self._parts.append(" ")
        elif not self._flush():
            self._gap = True

    def _take_text(self) -> str:
        text = _collapse("".join(self._parts))
        self._parts.clear()
        return text

    def _flush(self) -> bool:
        """Write the line that is open; False if there is nothing in it."""
        if not self._parts:
            return False
        return self._write_line(self._take_text())

    def _write_line(self, text: str) -> bool:
        if not text:
            return False
        linked, self._linked = min(1.0, self._linked / len(text)), 0
        if self._marker:
            if not (self._marker[-2:] != ": " and _OWN_MARKER.match(text)):
                text = self._marker + text
            self._marker = ""
        block = self._blocks[-1]
        self._lines.append(Line(text, block, self._gap, linked))
        self._gap = False
        return True


def _close_up(lines: list[Line]) -> None:
    """Make short divisions, one below the other under a line such as "Present:", one list."""
    around: HtmlElement | None = None
    for above, line in pairwise(lines):
        is_item = (
            line.element.tag == "div"
            and len(line.text) <= _LONGEST_ITEM
            and (line.text[-1] not in ".:" or above.text[-1] in ",;")
        )
        if not is_item:
            around = None
        elif above.text[-1] == ":":
            around = line.element.getparent()
        elif around is not None and line.element.getparent() is around:
            line.gap &= line.element is above.element
        else:
            around = None


class _List:
    """A list that is being written: how its items are numbered, the term to be defined."""

    def __init__(self, element: HtmlElement) -> None:
        self.term = ""
        self._ordered = element.tag == "ol"
        self._style = element.get("type", "1")
        self._number = _whole_number(element.get("start"), 1) - 1

    def next_marker(self, item: HtmlElement) -> str:
        if not self._ordered:
            return "- "
        self._number = _whole_number(item.get("value"), self._number + 1)
        return f"{_numeral(self._number, self._style)}. "

    def take_term(self, end: str = "") -> str:
        term, self.term = self.term, ""
        if not term or not end:
            return term
        return f"{term} " if term[-1] in ":：–—-" else term + end


class _Table:
    """A table of data that is being written, one row at a time."""

    def __init__(self) -> None:
        self.cell: HtmlElement | None = None
        self._row: list[str] = []
        self._below: dict[int, tuple[str, int]] = {}  # column: text and rows it still covers
        self._repeated = 0

    def add(self, text: str) -> None:
        """Add a cell, after those that reach down from the rows above."""
        self._fill()
        if self.cell is not None:
            rows = min(_whole_number(self.cell.get("rowspan"), 1), _MAX_ROWS)
            if rows > 1:
                self._below[len(self._row)] = (text, rows)
        self._row.append(text)
        self.cell = None

    def take_row(self) -> list[str]:
        row = self._row
        if row:
            self._fill()
            self._below = {
                column: (text, rows - 1) for column, (text, rows) in self._below.items() if rows > 1
            }
        self._row = []
        return row

    def _fill(self) -> None:
        while above := self._below.get(len(self._row)):
            self._repeated += len(above[0]) + 1
            if self._repeated > _MAX_REPEATED:
                self._below.clear()
            self._row.append(above[0])


def _whole_number(text: str | None, otherwise: int) -> int:
    found = _NUMBER.fullmatch(text.strip()) if text else None
    return int(found[0]) if found else otherwise


def _numeral(number: int, style: str) -> str:
    if style in ("a", "A") and 1 <= number <= 26:
        return chr(ord(style) + number - 1)
    if style in ("i", "I") and 1 <= number < 100:
        numeral = ""
        for value, letters in _ROMAN:
            numeral += letters * (number // value)
            number %= value
        return numeral if style == "i" else numeral.upper()
    return str(number)
