"""A page of a PDF file -> its lines, and of these the tables and columns.

PDFium gives the characters of a page in the order in which they were drawn, with their boxes.
"""

from __future__ import annotations

import ctypes
import math
import re
import sys
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, groupby, islice, pairwise, zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

#: Points by which things that are aligned may differ, and up to which a drawn box is a line.
ALIGNED, _THIN = 3.0, 3.0
#: Share of a line's height that a space between words is wide.
SPACE = 0.3
BULLETS = "•·▪▫■□●○◦‣⁃∙➢➤►▶✓✔\uf0b7\uf0a7\uf0d8\uf02d"
BULLET = re.compile(rf"(?:[{BULLETS}]|[-–—](?=\s))\s*")
# "1. ", "(a) ", "iv) ", "II. "; a single capital may be an initial.
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{2,5}|[IVX]{2,5})[.)]\s")
#: PDFium's sign for a hyphen at the end of a line.
_HYPHEN = "\x02"
_NO_CHARACTER = frozenset("\x00\ufffe\uffff")
_SURROGATES = range(0xD800, 0xE000)
#: Points beyond which nothing is printed, and a page whose own size is absurd.
_FARTHEST, _A4 = 1e6, (0.0, 0.0, 595.0, 842.0)
#: A page with fewer characters and a picture has no text layer, but perhaps a stamp.
_FEW_CHARACTERS = 20
#: Characters and drawn objects of one page that are looked at, lines of its tables.
_MOST_CHARACTERS, _MOST_OBJECTS, _MOST_RULES = 100_000, 20_000, 300
#: A drawn object of more corners is no box.
_BOX_CORNERS = 5
_LONGEST_MARK = 6
#: Shares of a line's height: a step so far down is another line, a gap so wide another cell.
_STEP, _WIDE = 0.5, 1.2
#: A table of more columns is none that people read.
_MOST_COLUMNS = 20
#: More lines than a cell of a table has: a column of the page.
_COLUMN_LINES = 8
#: Share of the cells of a table whose starts are aligned.
_SHARED = 0.8


class _Blank(NamedTuple):
    """Between two words: what of the text is before the second, and its two sides."""

    before: int
    left: float
    right: float


@dataclass(slots=True)
class Line:
    """A line as printed, or the part of it in one cell; points from the left and the bottom."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    page: int
    blanks: list[_Blank] = field(default_factory=list)

    @property
    def word_right(self) -> float:
        """Where its first word ends."""
        return self.blanks[0].left if self.blanks else self.right

    @property
    def height(self) -> float:
        """Height of its largest character."""
        return max(self.top - self.bottom, 1.0)


@dataclass(slots=True)
class Column:
    """Lines below each other. Columns of one ``kind`` have the same margins."""

    lines: list[Line]
    kind: tuple[int, ...]


class Table(NamedTuple):
    """Rows of cells; a cell is its lines and where its room ends on the right."""

    rows: list[list[tuple[list[Line], float]]]


#: A drawn line: where it stands, and from where to where it goes.
_Rule = tuple[float, float, float]


@dataclass(slots=True)
class Page:
    """What is printed on a page, turned so that its text is upright."""

    height: float
    lines: list[Line]
    uprights: list[_Rule]
    levels: list[_Rule]
    is_scanned: bool


def read_page(page: PdfPage, number: int) -> Page:
    """Read what is printed on a page, the ``number``-th from 0."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        count = min(textpage.count_chars(), _MOST_CHARACTERS)
        # The page may be shown turned, its text drawn turned, or both.
        angles = Counter(
            _quarters(raw.FPDFText_GetCharAngle(textpage.raw, index))
            for index in range(0, count, 1 + count // 50)
        )
        usual = angles.most_common(1)[0][0] if angles else 0
        view = _View(page, usual or 0)
        uprights, levels = _read_rules(page, view)
        lines = _read_lines(textpage.raw, count, usual, view, uprights, number)
    finally:
        textpage.close()
    few = sum(len(line.text) for line in lines) < _FEW_CHARACTERS
    return Page(view.height, lines, uprights, levels, few and _has_picture(page))


def _quarters(radians: float) -> int | None:
    """An angle in quarters of a turn; None for one between."""
    quarters = radians / (math.pi / 2)
    return round(quarters) % 4 if abs(quarters - round(quarters)) < 0.02 else None


class _View:
    """Turns boxes of a page so that its text is upright."""

    def __init__(self, page: PdfPage, quarters: int) -> None:
        paper: tuple[float, float, float, float] = page.get_mediabox()
        self._left, self._bottom, right, top = paper if _is_near(*paper) else _A4
        self._width, self._height = right - self._left, top - self._bottom
        self._quarters = quarters
        self.height = self._width if quarters % 2 else self._height

    def turn(
        self, left: float, bottom: float, right: float, top: float
    ) -> tuple[float, float, float, float]:
        """Left, bottom, right and top as seen."""
        left, right = left - self._left, right - self._left
        bottom, top = bottom - self._bottom, top - self._bottom
        if self._quarters == 0:
            return left, bottom, right, top
        if self._quarters == 3:  # upwards
            return bottom, self._width - right, top, self._width - left
        if self._quarters == 1:  # downwards
            return self._height - top, left, self._height - bottom, right
        return (
            self._width - right, self._height - top, self._width - left, self._height - bottom,
        )  # fmt: skip


def _is_near(*coordinates: float) -> bool:
    """Whether something can be on paper; infinite and absurd coordinates are not."""
    return all(-_FARTHEST < coordinate < _FARTHEST for coordinate in coordinates)


def _has_picture(page: PdfPage) -> bool:
    from pypdfium2 import raw

    kinds = [raw.FPDF_PAGEOBJ_IMAGE]
    return any(True for _ in islice(page.get_objects(kinds, max_depth=3), 1))


def _read_lines(
    textpage: Any, count: int, usual: int | None, view: _View, uprights: list[_Rule], number: int
) -> list[Line]:
    """Put characters together, in the order in which they were drawn."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    pointer = ctypes.byref(box)
    lines: list[Line] = []
    line: Line | None = None
    reached = 0.0  # where the last character begins; those of a ligature share a box
    space = False
    for index in range(count):
        code = raw.FPDFText_GetUnicode(textpage, index)
        char = chr(code) if code <= sys.maxunicode and code not in _SURROGATES else "\x00"
        if char in _NO_CHARACTER or char.isspace():
            space = True
            continue
        if not raw.FPDFText_GetLooseCharBox(textpage, index, pointer):
            continue
        if not _is_near(box.left, box.bottom, box.right, box.top):
            continue
        left, bottom, right, top = view.turn(box.left, box.bottom, box.right, box.top)
        height = max(top - bottom, 1.0)
        if line is not None and (
            (left < reached - _STEP * height and not _is_leftwards(char, right, reached, height))
            or abs(bottom - line.bottom) > _STEP * max(height, line.height)
            or _is_cell_end(line, left, bottom, height, space, uprights)
        ):
            line = None
        if line is None:
            line = Line("", left, right, bottom, top, number)
            # Slanted text is a watermark, or a note up the margin.
            if _quarters(raw.FPDFText_GetCharAngle(textpage, index)) == usual:
                lines.append(line)
        elif _is_mark(line.text):
            line.bottom, line.top = bottom, top
        if space and line.text:
            line.text += " "
            line.blanks.append(_Blank(len(line.text), line.right, left))
        line.text += "-" if char == _HYPHEN else char
        line.left, line.right = min(line.left, left), max(line.right, right)
        line.top = max(line.top, top)
        reached = left
        space = False
    return lines


def _is_leftwards(char: str, right: float, reached: float, height: float) -> bool:
    """Whether a character of Arabic or Hebrew goes on at the left of the one before it."""
    return "\u0590" <= char <= "\u08ff" and abs(reached - right) < height


def _is_cell_end(
    line: Line, left: float, bottom: float, height: float, space: bool, uprights: list[_Rule]
) -> bool:
    """Whether what stands at the right of a line, from ``left``, is another cell."""
    if left - line.right > _WIDE * height and not _is_mark(line.text):
        return True
    return space and any(
        line.right - _THIN < x < left + _THIN and low - _THIN < bottom < high
        for x, low, high in uprights
    )


def _is_mark(text: str) -> bool:
    """Whether a text is nothing but a bullet or the number of an item."""
    return len(text) <= _LONGEST_MARK and bool(
        BULLET.fullmatch(text + " ") or _NUMBER.fullmatch(text + " ")
    )


def is_item(text: str) -> bool:
    """Whether a line opens with a bullet or number."""
    return bool(BULLET.match(text) or _NUMBER.match(text))


def _read_rules(page: PdfPage, view: _View) -> tuple[list[_Rule], list[_Rule]]:
    """Find the vertical and horizontal lines that are drawn, joined where they touch."""
    from pypdfium2 import raw

    uprights: list[_Rule] = []
    levels: list[_Rule] = []
    sides = [ctypes.c_float() for _ in range(4)]
    pointers = [ctypes.byref(side) for side in sides]
    for index in range(min(raw.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        drawn = raw.FPDFPage_GetObject(page.raw, index)
        if raw.FPDFPageObj_GetType(drawn) != raw.FPDF_PAGEOBJ_PATH:
            continue
        if not raw.FPDFPageObj_GetBounds(drawn, *pointers):
            continue
        if not _is_near(*(side.value for side in sides)):
            continue
        left, bottom, right, top = view.turn(*(side.value for side in sides))
        if right - left <= _THIN and top - bottom <= _THIN:
            continue
        if top - bottom <= _THIN:
            levels.append(((top + bottom) / 2, left, right))
        elif right - left <= _THIN:
            uprights.append(((left + right) / 2, bottom, top))
        elif raw.FPDFPath_CountSegments(drawn) <= _BOX_CORNERS:
            uprights += [(left, bottom, top), (right, bottom, top)]
            levels += [(bottom, left, right), (top, left, right)]
    return _join_rules(uprights), _join_rules(levels)


def _join_rules(rules: list[_Rule]) -> list[_Rule]:
    joined: list[_Rule] = []
    place = -math.inf
    placed: list[_Rule] = []
    for rule in sorted(rules):
        if rule[0] - place > ALIGNED:
            placed.append((rule[0], rule[1], rule[2]))
            place = rule[0]
        else:
            placed.append((place, rule[1], rule[2]))
    for at, start, end in sorted(placed):
        if joined and joined[-1][0] == at and start <= joined[-1][2] + ALIGNED:
            joined[-1] = (at, joined[-1][1], max(end, joined[-1][2]))
        else:
            joined.append((at, start, end))
    return joined if len(joined) <= _MOST_RULES else []


# --------------------------------------------------------------------------- tables, columns


def page_parts(page: Page) -> list[Column | Table]:
    """Columns and tables of a page in reading order."""
    grids = _grids(page.uprights, page.levels)
    filled: dict[int, dict[tuple[float, int], list[Line]]] = {}
    run: list[Line] = []
    order: list[list[Line] | int] = [run]
    for line in page.lines:
        place = next(((i, cell) for i, grid in enumerate(grids) if (cell := grid.cell(line))), None)
        if place is None:
            run.append(line)
            continue
        index, cell = place
        if index not in filled:
            filled[index] = {}
            run = []
            order += [index, run]
        filled[index].setdefault(cell, []).append(line)
    items: list[Line | Table] = []
    for item in order:
        if isinstance(item, int):
            items.append(grids[item].table(filled[item]))
        else:
            items += _undrawn_tables(item)
    return _columns(items, round(page.height))


@dataclass(slots=True)
class _Grid:
    """A table with drawn lines: where its columns end, and its horizontal lines."""

    lefts: list[float]
    levels: list[_Rule]
    bottom: float
    top: float

    def cell(self, line: Line) -> tuple[float, int] | None:
        """Height of the upper line of the cell (negative, to sort by) and number of the column."""
        x, y = line.left + 1, (line.bottom + line.top) / 2
        if not (self.lefts[0] < x < self.lefts[-1] and self.bottom < y < self.top):
            return None
        column = bisect(self.lefts, x) - 1
        middle = (self.lefts[column] + self.lefts[column + 1]) / 2
        above = [at for at, left, right in self.levels if at > y and left < middle < right]
        return -min(above, default=self.top), column

    def table(self, cells: dict[tuple[float, int], list[Line]]) -> Table:
        """Rows from the top, cells from the left."""
        rows: dict[float, list[tuple[list[Line], float]]] = {}
        for (place, column), lines in sorted(cells.items(), key=lambda item: item[0]):
            lines.sort(key=lambda line: -line.bottom)
            rows.setdefault(place, []).append((lines, self.lefts[column + 1]))
        return Table(list(rows.values()))


def _grids(uprights: list[_Rule], levels: list[_Rule]) -> list[_Grid]:
    """Groups of lines that cross and have two columns or more."""
    groups: list[tuple[list[_Rule], list[_Rule]]] = []
    for upright in uprights:
        x, bottom, top = upright
        crossed = [
            level
            for level in levels
            if level[1] - ALIGNED < x < level[2] + ALIGNED
            and bottom - ALIGNED < level[0] < top + ALIGNED
        ]
        if not crossed:
            continue
        mine: tuple[list[_Rule], list[_Rule]] = ([upright], crossed)
        others = []
        for group in groups:
            if any(level in crossed for level in group[1]):
                mine[0].extend(group[0])
                mine[1].extend(level for level in group[1] if level not in mine[1])
            else:
                others.append(group)
        groups = [*others, mine]
    grids = []
    for vertical, horizontal in groups:
        left = min(level[1] for level in horizontal)
        right = max(level[2] for level in horizontal)
        places = sorted({left, right, *(upright[0] for upright in vertical)})
        lefts = [at for i, at in enumerate(places) if not i or at - places[i - 1] > ALIGNED]
        ends = [end for upright in vertical for end in upright[1:]]
        if len(lefts) > 2:
            grids.append(_Grid(lefts, horizontal, min(ends) - 1, max(ends) + 1))
    return grids


def _columns(items: list[Line | Table], height: int) -> list[Column | Table]:
    """Put lines that stand below each other into columns; the next one begins higher up."""
    parts: list[Column | Table] = []
    column: Column | None = None
    several = False
    for item in items:
        if isinstance(item, Table):
            parts.append(item)
            column = None
            continue
        if column is not None:
            last = column.lines[-1]
            if item.bottom > last.bottom + item.height and item.left > last.left:
                several = True
                # What stands above both is of neither.
                above = [line for line in column.lines if line.bottom > item.top]
                if above and len(above) < len(column.lines):
                    parts.insert(-1, Column(above, (height,)))
                    column.lines = column.lines[len(above) :]
                column = None
        if column is None:
            column = Column([], (height,))
            parts.append(column)
        column.lines.append(item)
    for part in parts:
        if several and isinstance(part, Column):
            left = min(line.left for line in part.lines)
            part.kind = (height, round(left / (2 * ALIGNED)))
    return parts


def _undrawn_tables(lines: list[Line]) -> Iterator[Line | Table]:
    """Find, where no lines are drawn, the rows of tables, and put together what is one line.

    ``row`` holds cells side by side; plain text is a row with one cell.
    """
    rows: list[list[list[Line]]] = []
    row: list[list[Line]] = []
    for line in lines:
        if row and _is_below(row, line):
            row[-1].append(line)
            continue
        start = _level_with(row[-1], line) if row else None
        if start is not None and (start == 0 or len(row) == 1):
            if start:
                rows.append([row[0][:start]])
                row = [row[0][start:]]
            row.append([line])
            continue
        if row:
            rows.append(row)
        row = [[line]]
    if row:
        rows.append(row)
    for index in range(1, len(rows) - 1):
        rows[index] = _split_between(rows[index - 1], rows[index], rows[index + 1])
    for is_table, run in groupby(rows, key=_may_be_table_row):
        found = list(run)
        if is_table:
            found = _split_cells(found)
        if is_table and _are_aligned(found):
            yield Table(
                [
                    [
                        (cell, following[0].left if following else max(x.right for x in cell))
                        for cell, following in zip_longest(cells, cells[1:])
                    ]
                    for cells in found
                ]
            )
            continue
        for cells in found:
            if all(len(cell) == 1 for cell in cells):
                yield _side_by_side([cell[0] for cell in cells])
            else:
                yield from chain.from_iterable(cells)


def _is_below(row: list[list[Line]], line: Line) -> bool:
    cell = row[-1]
    above = cell[-1]
    left, right = min(x.left for x in cell), max(x.right for x in cell)
    return (
        line.bottom < above.bottom - _STEP * line.height
        and line.left < right
        and (line.right > left if len(row) == 1 else line.left > left - 2 * line.height)
    )


def _level_with(cell: list[Line], line: Line) -> int | None:
    """Index of the line in ``cell`` at whose right ``line`` stands."""
    right = -math.inf
    for index in range(len(cell) - 1, -1, -1):
        right = max(right, cell[index].right)
        if line.left < right:
            return None
        if abs(cell[index].bottom - line.bottom) < _STEP * line.height:
            return index
    return None


def _may_be_table_row(row: list[list[Line]]) -> bool:
    return len(row) > 1 and all(len(cell) <= _COLUMN_LINES for cell in row)


def _split_cells(rows: list[list[list[Line]]]) -> list[list[list[Line]]]:
    """Split cells where others of most rows begin and a word of theirs does, however near."""
    if max(map(len, rows)) > _MOST_COLUMNS:
        return rows
    starts = sorted((cell[0].left, number) for number, row in enumerate(rows) for cell in row[1:])
    places: list[list[tuple[float, int]]] = []
    for start in starts:
        if places and start[0] - places[-1][0][0] < ALIGNED:
            places[-1].append(start)
        else:
            places.append([start])
    for place in places:
        if len({number for _, number in place}) > len(rows) / 2:
            rows = [_split_row(row, place[len(place) // 2][0]) for row in rows]
    return rows


def _split_between(
    above: list[list[Line]], row: list[list[Line]], below: list[list[Line]]
) -> list[list[Line]]:
    """Split a line between two rows of a table where it leaves room at the start of a cell."""
    if len(row) > 1 or len(row[0]) > 1 or not all(map(_may_be_table_row, (above, below))):
        return row
    line = row[0][0]
    for cell in above[1:_MOST_COLUMNS]:
        x = cell[0].left
        if (
            any(abs(other[0].left - x) < ALIGNED for other in below[1:_MOST_COLUMNS])
            and any(
                abs(blank.right - x) < ALIGNED
                and blank.right - blank.left > 2 * SPACE * line.height
                for blank in line.blanks
            )
        ):  # fmt: skip
            return _split_row(row, x)
    return row


def _split_row(row: list[list[Line]], x: float) -> list[list[Line]]:
    cells: list[list[Line]] = []
    for cell in row:
        halves: tuple[list[Line], list[Line]] = ([], [])
        for line in cell:
            if line.right < x + ALIGNED:
                halves[0].append(line)
            elif line.left > x - ALIGNED:
                halves[1].append(line)
            else:
                split = _split_line(line, x)
                if split is None:
                    return row
                for half, part in zip(halves, split, strict=True):
                    half.append(part)
        cells += [half for half in halves if half]
    return cells


def _split_line(line: Line, x: float) -> tuple[Line, Line] | None:
    """Both parts of a line; None where no word begins at ``x``."""
    for blank in line.blanks:
        if abs(blank.right - x) < ALIGNED:
            before, left, right = blank
            return (
                replace(
                    line, text=line.text[: before - 1], right=left,
                    blanks=[b for b in line.blanks if b.before < before],
                ),
                replace(
                    line, text=line.text[before:], left=right,
                    blanks=[b._replace(before=b.before - before)
                            for b in line.blanks if b.before > before],
                ),
            )  # fmt: skip
    return None


def _are_aligned(rows: list[list[list[Line]]]) -> bool:
    """Whether nearly all cells but the first begin where those of another row do."""
    starts = sorted(cell[0].left for row in rows for cell in row[1:])
    near = [other - start < ALIGNED for start, other in pairwise(starts)]
    shared = sum(map(max, [False, *near], [*near, False]))
    return len(rows) > 1 and shared >= _SHARED * len(starts)


def _side_by_side(lines: list[Line]) -> Line:
    first = lines[0]
    if len(lines) == 1:
        return first
    joined = Line(
        first.text, first.left, lines[-1].right, first.bottom, max(line.top for line in lines),
        first.page, list(first.blanks),
    )  # fmt: skip
    for above, line in pairwise(lines):
        before = len(joined.text) + 1
        joined.text += f" {line.text}"
        joined.blanks.append(_Blank(before, above.right, line.left))
        joined.blanks += [blank._replace(before=before + blank.before) for blank in line.blanks]
    return joined
