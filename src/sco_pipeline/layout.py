"""Lines of a text -> blocks: what was wrapped is joined, and each block gets its kind.

Three steps: ``_read_lines`` looks at each line by itself, ``_join_lines`` puts wrapped lines
together, ``_classify`` tells title, headings, paragraphs, list items and furniture apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from sco_pipeline.model import BlockKind
from sco_pipeline.reading_lexicon import WRITTEN_YEAR, ReadingLexicon
from sco_pipeline.terms import fold

_CLOSING = "\"'”’»)]」』》）"
_TERMINALS = frozenset(".!?…。！？")
_STOPS = _TERMINALS | frozenset(":;：；")
_COMMAS = frozenset(",;")
_LEAD_INS = frozenset(",;:：")
_NO_HEADING_END = _STOPS | frozenset(",，、")
_FURNITURE_END = _STOPS - frozenset("!?…") | _COMMAS
# "... in Lebanon, 48", "... votes to none. 52"
_FOOTNOTE = re.compile(r"(?<=[.,;:)”\"])\s?\d{1,3}$")
_LONGEST_FOOTNOTE = 6
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_BULLETS = "•·▪▫■□●○◦‣⁃∙➢➤►▶✓✔🔹🔸"
# "- ", "• ", "## ", "1. ", "12) ", "1.Decides", "2.1. ", "a) ", "(a) ", "iv. ", "II. "
_MARKER = re.compile(
    rf"(?P<bullet>[-–—*{_BULLETS}]{{1,3}}\s|[{_BULLETS}])\s?(?=\S)"
    r"|(?P<hash>\#{1,6}\s)"
    r"|\(?(?P<number>\d{1,3})(?:\)\s?|\.\s|\.(?=[A-Z]))\s?"
    r"|(?P<decimal>\d{1,2}(?:\.\d{1,2}){1,3}\.?\s)"
    r"|\(?(?P<letter>[a-z])(?:\)\s?|\.\s)"
    r"|\(?(?P<roman>[IVXLC]{1,6}|[ivxl]{2,6})(?:\)\s?|\.\s)"
)
_NUMERAL = re.compile(r"(?:[IVXLC]{1,6}|\d{1,2})[.)]?")
_LONGEST_NUMERAL = 7
# "[Title] Joint communiqué", "[Notes]"
_FIELD = re.compile(r"\[\s?([^\W\d_][\w ]{2,24}?)\s?\]\s?")
# "By Staff Report in International", "By Our Correspondent"
_BYLINE = re.compile(r"By\s[A-Z]\S*(?:\s\S+){0,16}$")
_OPEN_END = re.compile(
    r"(?:\b(?:of|by|on|the|and|to|for|in|at|between|with|from|a|an|or|as|that|which)|[,–—-]|\()$",
    re.IGNORECASE,
)
_LONGEST_OPEN_END = 8
_BREADCRUMB = re.compile(r"\s*(?:>|›|»|→|::|\||\\|\s/\s)\s*")
_BREADCRUMB_SIGN = re.compile(r"[>|\\/:]|›|»|→")
_LOWER_START = re.compile(r"[(\"“‘'«]?[a-zа-яё]")
# S/RES/1454 (2002); 02-75941 (E); 30/09/2015 A/70/PV.21; 15-29701 21/28; 778-08-04-2016
_DOCUMENT_SYMBOL = re.compile(
    r"(?:\d{1,3}(?:/\d{1,3})?\s|\d\d/\d\d/\d{4}\s)?\(?"
    r"(?:[A-Z]{1,6}/(?:[A-Z0-9][\w.()-]*/){0,4}[\w.-]*\d[\w.-]*(?:\s\(\d{4}\))?"
    r"|\d\d-\d{5}(?:\s\([A-Z]\))?|\d{1,4}-\d\d-\d\d-\d{4})"
    r"(?:,\sp\.\s\d{1,4})?\)?(?:\s\d{1,3}(?:/\d{1,3})?|\s\d\d/\d\d/\d{4}|(?:\s\d{6})+)?"
)
_COPYRIGHT_STARTS = ("©", "(c) 19", "(c) 20")
_WORD = re.compile(r"[\w-]*\w")
_CUT_WORD = re.compile(r"([^\W\d_]+)-$")
_LETTERS = re.compile(r"[^\W\d_]+")
# "www.site.org", "@news", "name@site"
_ADDRESS = re.compile(r"[^ .@#]*[.@#]")
_LEADING_SIGNS = re.compile(r"[\W_]*([^\W_]*)")

#: Wrapped prose has lines of some such length, in characters.
_MIN_WRAP, _MAX_WRAP = 30, 180
#: A line of this share of the usual length was broken for lack of room.
_FULL = 0.7
_SURELY_BROKEN = 60
#: Lines longer than this many times the usual length are no wrapped ones.
_FAR_LONGER, _TOO_MUCH = 1.6, 0.4
#: A line with so many signs between cells is a row of a table.
_ROW_CELLS = 2
#: No line of page furniture is longer; credits and invitations are shorter still.
_LONGEST_FURNITURE, _LONGEST_CREDIT = 250, 160
_LONGEST_SYMBOL = 60
_LONGEST_PAGE_NAME = 8
_SHORT_TAIL = 40
_LONGEST_WORD = 40
#: A first paragraph is longer than most titles, which do not end in a stop.
_BODY_LENGTH, _SURE_BODY_LENGTH, _DATELINE_LENGTH = 60, 400, 120
_SENTENCE_BLANKS = 4
_LONGEST_ITEM = 200
_LONGEST_HEADING, _HEADING_WORDS = 150, 16
_NUMBERED_HEADING_WORDS = 7
_LONGEST_LINK = 60
_MENU_LINES, _MENU_WORDS, _CROWDED_HEAD, _FOOT_LINES, _FOOT_SHARE = 4, 3, 5, 5, 0.3
_REPEATED_LENGTH = 12


@dataclass(slots=True)
class _Line:
    """One line, blanks collapsed; ``gap`` counts the blank lines before it."""

    text: str
    indent: int
    gap: int
    furniture: bool
    marker: str


@dataclass(slots=True)
class LaidOutBlock:
    """A block as text; ``skip`` is the length of a bullet, item number or field name before it.

    ``gap``, ``indent`` and ``marker`` are those of its first line, ``last`` is its last line;
    until all lines are joined, ``text`` is the first line and ``parts`` holds all.
    """

    text: str
    gap: int
    indent: int
    furniture: bool
    marker: str
    last: str
    parts: list[str]
    skip: int = 0
    kind: BlockKind = "furniture"
    settled: bool = False

    def settle(self, kind: BlockKind) -> None:
        """Fix the kind."""
        self.kind = kind
        self.settled = True


def find_blocks(text: str, title: str | None, lexicon: ReadingLexicon) -> list[LaidOutBlock]:
    """Find the blocks of a text in reading order.

    Inside a block blanks are single; every other character of ``text`` is in some block,
    but for the hyphen of a word that its own line end had divided.

    Args:
        text: Decoded and repaired.
        title: The title where it is known already.
        lexicon: Words of page furniture.
    """
    blocks = _join_lines(_read_lines(text, lexicon))
    _classify(blocks, title, lexicon)
    return blocks


def is_numeral(text: str) -> bool:
    """Whether a block is only the number of a section: "II", "3."."""
    return len(text) <= _LONGEST_NUMERAL and _NUMERAL.fullmatch(text) is not None


def is_byline(text: str) -> bool:
    """Whether a line of furniture names an author: "By Our Correspondent"."""
    return _BYLINE.match(text) is not None


def dateline_length(text: str, lexicon: ReadingLexicon) -> int:
    """Length of an agency's place and date at the start of a paragraph; 0 if there is none.

    >>> dateline_length("BEIJING, Sep 19 (APP): The meeting", ReadingLexicon.load("en"))
    22
    """
    found = lexicon.dateline.match(text)
    if found is None:
        return 0
    place = found["place"]
    sure = (
        found["date"]
        or found["agency"]
        or (place.isupper() and len(place) > 3)
        or (found["second"] or "").isupper()
    )
    return found.end() if sure else 0


# --------------------------------------------------------------------------- one line


def _read_lines(text: str, lexicon: ReadingLexicon) -> list[_Line]:
    lines: list[_Line] = []
    gap = 0
    # A new page is a new line, but no new paragraph.
    for raw in text.replace("\n\x0c", "\n").replace("\x0c", "\n").split("\n"):
        collapsed = raw.strip()
        if not collapsed:
            gap += 1
            continue
        if "  " in collapsed or not collapsed.isprintable():  # tabs and odd blanks are no print
            collapsed = " ".join(collapsed.split())
        indent = 0
        if raw[0].isspace():
            head = raw[: len(raw) - len(raw.lstrip())]
            indent = len(head.expandtabs(4)) + head.count("\u3000")
        marker = _MARKER.match(collapsed)
        furniture = len(collapsed) <= _LONGEST_FURNITURE and _is_furniture(collapsed, lexicon)
        lines.append(
            _Line(collapsed, indent, gap, furniture, (marker.lastgroup or "") if marker else "")
        )
        gap = 0
    _close_double_spacing(lines)
    _check_roman_markers(lines)
    return lines


def _is_furniture(line: str, lexicon: ReadingLexicon) -> bool:
    size = len(line)
    if line[0].islower() and size > _SHORT_TAIL:  # the middle of a sentence
        return False
    folded = fold(line)
    if line[0] == "[" and (field := _FIELD.match(folded)):
        name = lexicon.fields.get(field[1])
        if name is not None:
            return name == "field" or field.end() == size
    first = _LEADING_SIGNS.match(folded)
    word = first[1] if first else ""
    if not word or word[0].isdigit() or word in lexicon.first_words or _ADDRESS.match(line):
        if line[-1] not in _FURNITURE_END and lexicon.furniture_line.fullmatch(folded):
            return not is_numeral(line) or line.isdigit()
        start = lexicon.furniture_start.match(folded)
        if start and (
            start["label"]
            or (size <= _LONGEST_CREDIT and (start["opening"] or line[-1] not in _TERMINALS))
        ):
            return True
    if size <= _LONGEST_CREDIT and (
        lexicon.furniture_inside.find_matches_as_indexes(folded)
        or folded.startswith(_COPYRIGHT_STARTS)
        or (size <= _LONGEST_SYMBOL and _DOCUMENT_SYMBOL.fullmatch(line))
    ):
        return True
    return _is_breadcrumb(folded, lexicon)


def _is_breadcrumb(folded: str, lexicon: ReadingLexicon) -> bool:
    """Whether a line is a way through a site: "Home > News", "Home / Politics"."""
    if not _BREADCRUMB_SIGN.search(folded):
        return False
    parts = [part for part in _BREADCRUMB.split(folded) if part]
    return (
        len(parts) > 1
        and (parts[0] in lexicon.menu or parts[1] in lexicon.menu)
        and all(len(part.split()) <= _LONGEST_PAGE_NAME for part in parts[:-1])
        and folded[-1] != "."
    )


def _close_double_spacing(lines: list[_Line]) -> None:
    """Take one blank line away everywhere where wrapped prose is printed with double spacing."""
    spaced = [
        (line, following)
        for line, following in pairwise(lines)
        if following.gap == 1 and not line.furniture and not following.furniture
    ]
    if len(spaced) < 0.5 * len(lines) or len(spaced) < 8:
        return
    broken = sum(
        following.text[0].islower() and not _ends_in(line.text, _NO_HEADING_END)
        for line, following in spaced
    )
    if broken >= 0.4 * len(spaced):
        for line in lines:
            line.gap = max(0, line.gap - 1)


def _check_roman_markers(lines: list[_Line]) -> None:
    """Leave "V. " a number only if there is a "IV." or "VI." too; else it may be "V. Putin"."""
    numerals = {
        id(line): marker["roman"]
        for line in lines
        if line.marker == "roman" and (marker := _MARKER.match(line.text))
    }
    if not numerals:
        return
    values = {_roman_value(numeral) for numeral in numerals.values()}
    for line in lines:
        numeral = numerals.get(id(line), "")
        if len(numeral) == 1:
            value = _roman_value(numeral)
            if not {value - 1, value + 1} & values:
                line.marker = ""


def _roman_value(numeral: str) -> int:
    total = previous = 0
    for letter in reversed(numeral.upper()):
        value = _ROMAN_VALUES[letter]
        total += value if value >= previous else -value
        previous = max(previous, value)
    return total


def _ends_in(text: str, marks: frozenset[str]) -> bool:
    """Whether the last character is one of ``marks``.

    Closing quotes and brackets and the figure of a footnote do not count.
    """
    last = text[-1]
    if last in marks:
        return True
    if last in _CLOSING:
        return text.rstrip(_CLOSING)[-1:] in marks
    return last.isdigit() and _FOOTNOTE.sub("", text[-_LONGEST_FOOTNOTE:])[-1:] in marks


# --------------------------------------------------------------------------- lines to blocks


def _wrap_width(lines: list[_Line]) -> int:
    """The usual length of wrapped lines; 0 if each line is a paragraph or item of its own."""
    pairs = [(line, following) for line, following in pairwise(lines) if following.gap == 0]
    inner = sorted(
        len(line.text) + line.indent
        for line, following in pairs
        if not line.furniture and not following.furniture
    )
    if len(inner) < 3:
        return 0
    width = inner[len(inner) // 2]
    if not _MIN_WRAP <= width <= _MAX_WRAP:
        return 0
    sizes = [len(line.text) for line in lines]
    if sum(size for size in sizes if size > _FAR_LONGER * width) > _TOO_MUCH * sum(sizes):
        return 0
    long = [
        (_ends_in(line.text, _STOPS), following.text)
        for line, following in pairs
        if len(line.text) >= _FULL * width
    ]
    stopped = sum(stop for stop, _ in long)
    upper = sum(text[0].isupper() for _, text in long)
    lower = sum(text[0].islower() for _, text in long)
    if not long or stopped >= 0.6 * len(long) or lower < 0.2 * upper:
        return 0
    return width


def _list_lines(lines: list[_Line], width: int) -> set[int]:
    """Indexes of lines below a colon that are items of their own, in a text that is wrapped.

    All begin with a capital, and at least half of them leave room for the next one's first word.
    """
    listed: set[int] = set()
    start = 0
    for index in range(1, len(lines) + 1):
        if index < len(lines) and lines[index].gap == 0 and lines[index - 1].text[-1] not in ":：":
            continue
        run = lines[start:index]
        if start and len(run) > 1 and lines[start - 1].text[-1] in ":：":
            roomy = sum(
                len(line.text) + line.indent + 1 + len(following.text.split(" ", 1)[0]) <= width
                for line, following in pairwise(run)
            )
            capital = not any(_LOWER_START.match(line.text) for line in run)
            if capital and roomy >= 0.5 * (len(run) - 1):
                listed.update(range(start, index))
        start = index
    return listed


def _join_lines(lines: list[_Line]) -> list[LaidOutBlock]:
    width = _wrap_width(lines)
    listed = _list_lines(lines, width) if width else set()
    words = _Words(lines)
    blocks: list[LaidOutBlock] = []
    previous: _Line | None = None
    block: LaidOutBlock | None = None  # the last one that is no furniture
    for index, line in enumerate(lines):
        interrupted = bool(blocks) and blocks[-1] is not block
        if block is not None and previous is not None:
            if line.furniture and not interrupted:
                line.furniture = not _is_tail(previous, line, width)
            if not line.furniture and (
                _resumes(block, line, width, interrupted)
                if line.gap or interrupted
                else _continues(block, previous, line, 0 if index in listed else width)
            ):
                _append(block, line.text, words)
                previous = line
                continue
        new = LaidOutBlock(
            line.text, line.gap, line.indent, line.furniture, line.marker, line.text, [line.text]
        )
        blocks.append(new)
        if not line.furniture:
            block, previous = new, line
    for block in blocks:
        block.text = "".join(block.parts)
    return blocks


def _is_full(line: _Line, width: int) -> bool:
    return width > 0 and len(line.text) + line.indent >= _FULL * width


def _is_tail(previous: _Line, line: _Line, width: int) -> bool:
    """Whether a date or credit is the rest of a wrapped sentence: "... of 4" above "May 1992"."""
    return (
        line.gap == 0
        and _is_full(previous, width)
        and not _ends_in(previous.text, _STOPS)
        and any(char.isalpha() for char in line.text)
        and not _DOCUMENT_SYMBOL.fullmatch(line.text)
    )


def _continues(block: LaidOutBlock, previous: _Line, line: _Line, width: int) -> bool:
    """Whether ``line``, straight below ``previous``, belongs to the same block."""
    text = previous.text
    stopped = _ends_in(text, _STOPS)
    full = _is_full(previous, width)
    if is_numeral(text) or is_numeral(line.text):
        return False
    if line.text[0] == "[" and _FIELD.match(line.text):
        return False
    if line.marker:
        # Inside wrapped prose "- ", "5. " or "(III) " may open a line by chance.
        return full and not stopped and text[-1] != "," and not _follows(block, line)
    if text.isupper() and not stopped:
        return line.text.isupper() or bool(_LOWER_START.match(line.text))
    if stopped:
        # In prose the next word would not have fitted.
        needed = len(text) + previous.indent + 1 + len(line.text.split(" ", 1)[0])
        return full and line.indent <= previous.indent + 1 and needed > 0.95 * width
    if full or _LOWER_START.match(line.text) or _OPEN_END.search(text[-_LONGEST_OPEN_END:]):
        return True
    if block.marker == "bullet" and line.indent > block.indent:
        return True
    # Centred lines of a title.
    return previous.indent > 1 and line.indent > 1 and previous.indent != line.indent


def _follows(block: LaidOutBlock, line: _Line) -> bool:
    """Whether the marker of ``line`` comes next after that of ``block``."""
    if line.marker != block.marker:
        return False
    first, second = _MARKER.match(block.text), _MARKER.match(line.text)
    if first is None or second is None or line.marker not in ("number", "letter", "roman"):
        return True
    before, after = first[line.marker], second[line.marker]
    if line.marker == "number":
        return int(after) == int(before) + 1
    if line.marker == "letter":
        return ord(after) == ord(before) + 1
    return _roman_value(after) == _roman_value(before) + 1


def _resumes(block: LaidOutBlock, line: _Line, width: int, interrupted: bool) -> bool:
    """Whether a blank line or a page break has cut a sentence in two."""
    last = block.last
    if line.marker or not _LOWER_START.match(line.text) or _ends_in(last, _STOPS):
        return False
    if last.isupper() or (last[-1] == "," and not interrupted):
        return False
    return len(last) >= (_FULL * width if width else _SURELY_BROKEN)


class _Words:
    """The words inside the lines, collected only if a line ends in a hyphen."""

    def __init__(self, lines: list[_Line]) -> None:
        self._lines = lines
        self._words: frozenset[str] | None = None

    def __contains__(self, word: str) -> bool:
        if self._words is None:
            text = "\n".join([line.text for line in self._lines])
            self._words = frozenset(_WORD.findall(text.lower()))
        return word in self._words


def _append(block: LaidOutBlock, text: str, words: _Words) -> None:
    """Join a line: "Secretary-" + "General", "2013-" + "2015", "govern-" + "ment"."""
    last = block.last
    glue = " "
    if last[-1] in "-–":
        cut = _CUT_WORD.search(last[-_LONGEST_WORD:])
        following = _LETTERS.match(text)
        if cut is not None:
            glue = ""
            if following and following[0].islower():
                left, right = cut[1].lower(), following[0]
                # The text itself tells whether the hyphen belongs to the word.
                if left + right in words and f"{left}-{right}" not in words:
                    block.parts[-1] = block.parts[-1][:-1]
        elif last[-2:-1].isdigit() and text[0].isdigit():
            glue = ""
    elif not (last.isascii() and text.isascii()) and (
        _is_unspaced(last[-1]) or _is_unspaced(text[0])
    ):
        glue = ""
    block.parts.append(glue + text)
    block.last = text


def _is_unspaced(char: str) -> bool:
    """Whether a character is of Chinese, which is written without blanks."""
    return "\u2e80" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef"


# --------------------------------------------------------------------------- kinds of blocks


def _classify(blocks: list[LaidOutBlock], title: str | None, lexicon: ReadingLexicon) -> None:
    _settle_fields(blocks, lexicon)
    body = next(
        (i for i, block in enumerate(blocks) if not block.settled and _is_body(block, lexicon)),
        len(blocks),
    )
    _settle_head(blocks[:body], title, lexicon)
    _settle_foot(blocks[body:], lexicon)
    _settle_body(blocks[body:], lexicon)
    seen: set[str] = set()
    for block in blocks:
        if block.kind in ("title", "heading") and len(block.text) >= _REPEATED_LENGTH:
            # A doubled headline, or the running head of every page.
            key = _key(block.text)
            if key in seen:
                block.kind = "furniture"
            seen.add(key)
        if block.kind != "furniture" and block.marker:
            marker = _MARKER.match(block.text)
            block.skip = marker.end() if marker and marker.end() < len(block.text) else 0


def _key(text: str) -> str:
    return re.sub(r"\W+", "", fold(text))


def _settle_fields(blocks: list[LaidOutBlock], lexicon: ReadingLexicon) -> None:
    """Settle furniture, and the "[Title] ...", "[Date] ..." of text archives."""
    titled = False
    for index, block in enumerate(blocks):
        if block.furniture:
            block.settle("furniture")
            continue
        field = _FIELD.match(block.text) if block.text[0] == "[" else None
        name = lexicon.fields.get(fold(field[1])) if field else None
        if field is None or name is None:
            continue
        if field.end() == len(block.text):  # "[Notes]" with nothing to it
            block.settle("furniture")
            continue
        block.skip = field.end()
        block.settle("heading")
        if name == "field_title" and not titled:
            titled = True
            block.settle("title")
            for earlier in blocks[:index]:  # the archive's own head
                earlier.settle("furniture")


def _is_body(block: LaidOutBlock, lexicon: ReadingLexicon) -> bool:
    text = block.text
    if len(text) > _SURE_BODY_LENGTH:
        return True
    if text.isupper():
        return False
    if _ends_in(text, _LEAD_INS):  # "The Security Council,", "Present:"
        return True
    if len(text) < _BODY_LENGTH:
        return False
    return _ends_in(text, _STOPS) or (
        len(text) > _DATELINE_LENGTH and dateline_length(text, lexicon) > 0
    )


def _settle_head(blocks: list[LaidOutBlock], title: str | None, lexicon: ReadingLexicon) -> None:
    """Settle all above the first paragraph: a title, furniture before it, headings after it."""
    open_blocks = [i for i, block in enumerate(blocks) if not block.settled]
    chosen: int | None = None
    if open_blocks and not any(block.kind == "title" for block in blocks if block.settled):
        chosen = _choose_title(blocks, open_blocks, title, lexicon)
    for index in open_blocks:
        block = blocks[index]
        if index == chosen:
            block.settle("title")
        elif (chosen is not None and index < chosen) or (
            is_byline(block.text) and not block.text.isupper()
        ):
            block.settle("furniture")
        elif block.marker == "bullet":
            block.settle("list_item")
        elif _is_short_sentence(block):
            block.settle("paragraph")
        else:
            block.settle("heading")


def _is_short_sentence(block: LaidOutBlock) -> bool:
    text = block.text
    return _ends_in(text, _TERMINALS) and text.count(" ") >= _SENTENCE_BLANKS and not text.isupper()


def _choose_title(
    blocks: list[LaidOutBlock], open_blocks: list[int], title: str | None, lexicon: ReadingLexicon
) -> int:
    if title:
        wanted = _key(title)
        for index in open_blocks:
            if _key(blocks[index].text) == wanted:
                return index
    crumbs = [
        index
        for index, block in enumerate(blocks)
        if block.furniture and _is_breadcrumb(fold(block.text), lexicon)
    ]
    # Above the way through the site stands the site's own name.
    below = [index for index in open_blocks if not crumbs or index > crumbs[-1]] or open_blocks
    # A row of a table is no title.
    below = [index for index in below if blocks[index].text.count(" | ") < _ROW_CELLS] or below
    if len(below) > _CROWDED_HEAD:  # a menu, one page a line
        return max(below, key=lambda index: len(blocks[index].text.split()))
    menu = _menu_lines(blocks, below)
    return next((index for index in below if index not in menu), below[-1])


def _menu_lines(blocks: list[LaidOutBlock], indexes: list[int]) -> set[int]:
    """Four or more lines of one to three words, one below the other: a menu."""
    menu: set[int] = set()
    run: list[int] = []
    for index in [*indexes, -1]:
        text = blocks[index].text if index >= 0 else ""
        if text and len(text.split()) <= _MENU_WORDS and not text.isupper():
            run.append(index)
            continue
        if len(run) >= _MENU_LINES:
            menu.update(run)
        run = []
    return menu


def _is_heading_like(block: LaidOutBlock) -> bool:
    text = block.text
    if is_numeral(text):
        return True
    if text.isupper():
        return len(text) <= _LONGEST_ITEM
    return (
        len(text) <= _LONGEST_HEADING
        and not _ends_in(text, _NO_HEADING_END)
        and text.count(" ") < _HEADING_WORDS
    )


def _page_name(block: LaidOutBlock) -> str:
    return fold(block.text).strip(" :.>»-")


def _settle_foot(blocks: list[LaidOutBlock], lexicon: ReadingLexicon) -> None:
    """Settle the menus below the text: short lines, of which many are known page elements."""
    foot: list[LaidOutBlock] = []
    for block in reversed(blocks):
        if not block.settled and not _is_heading_like(block):
            break
        foot.append(block)
    lines = [block for block in foot if not block.settled]
    pages = sum(_page_name(block) in lexicon.menu for block in lines)
    known = pages + len(foot) - len(lines)
    if pages and len(foot) >= _FOOT_LINES and known >= _FOOT_SHARE * len(foot):
        for block in lines:
            block.settle("furniture")


def _settle_body(blocks: list[LaidOutBlock], lexicon: ReadingLexicon) -> None:
    previous: LaidOutBlock | None = None
    links = False  # below "Related news"
    for index, block in enumerate(blocks):
        if block.settled:
            links = links or (block.furniture and _page_name(block) in lexicon.section)
            continue
        heading = _is_heading_like(block)
        if heading and _page_name(block) in lexicon.section:
            links = True
        elif not links or (not heading and len(block.text) >= _LONGEST_LINK):
            links = False
        if links:
            block.settle("furniture")
            continue
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        block.settle(_body_kind(block, previous, following, heading, lexicon))
        previous = block


def _body_kind(
    block: LaidOutBlock,
    previous: LaidOutBlock | None,
    following: LaidOutBlock | None,
    heading: bool,
    lexicon: ReadingLexicon,
) -> BlockKind:
    if block.marker == "hash" or is_numeral(block.text):
        return "heading"
    if block.marker == "bullet":
        return "list_item"
    # "Bishkek, 13 September 2013" below the signatures ends their list.
    dated = (
        heading
        and WRITTEN_YEAR.search(block.text) is not None
        and lexicon.written_date.search(fold(block.text)) is not None
    )
    if not dated and _in_list(block, previous, heading):
        return "list_item"
    if block.marker:  # "II. Security cooperation"
        alone = following is None or not following.marker
        brief = heading and block.text.count(" ") <= _NUMBERED_HEADING_WORDS
        return "heading" if brief and alone else "list_item"
    if not heading:
        return "paragraph"
    if block.text.isupper():
        return "heading"
    # A table or a list of signatories, one line each.
    beside = following is not None and following.gap == 0 and _is_heading_like(following)
    return "list_item" if beside else "heading"


def _in_list(block: LaidOutBlock, previous: LaidOutBlock | None, heading: bool) -> bool:
    """Whether a block continues the list that a colon, or an item before it, has opened."""
    if previous is None:
        return False
    end = previous.text[-1]
    if previous.kind == "list_item":
        unfinished = end in ";," or previous.text.endswith(("; and", ", and", "; or"))
        if previous.marker:
            return unfinished and bool(block.marker or _LOWER_START.match(block.text))
        if unfinished:
            return True
        # Lines without stops, whether or not blank lines stand between them.
        return (block.gap == 0 and len(block.text) < _LONGEST_ITEM) or (
            heading and not block.text.isupper() and _is_heading_like(previous)
        )
    if end in ":：" and previous.kind != "heading":
        return block.text[-1] in ";," or len(block.text) < _LONGEST_ITEM
    return False
