"""PDF files with a text layer -> RawText.

Pages are read into lines, tables and columns (``pdf_pages``), and these are put together to
paragraphs. What repeats at the edges of the pages is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from sco_pipeline.errors import RawFileError
from sco_pipeline.formats.detection import PDF
from sco_pipeline.formats.pdf_pages import (
    ALIGNED,
    BULLET,
    BULLETS,
    SPACE,
    Column,
    Line,
    Page,
    Table,
    is_item,
    page_parts,
    read_page,
)
from sco_pipeline.formats.titles import printed_title
from sco_pipeline.limits import Limits
from sco_pipeline.model import Loss, Metadata, RawText

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_FARTHEST_STEP = 4.0
#: Share of a line's height that tells another size of print.
_OTHER_SIZE = 0.25
#: So many paragraphs begin at one place where their first lines are indented.
_INDENTED = 3
#: No item of a list without bullets has more lines.
_ITEM_LINES = 2
# Figures of a running head or foot, which differ from page to page.
_FIGURES = re.compile(r"\d+|\b[ivxlc]+\b")
_STOPS = ".!?:;。！？：；"
_CUT = re.compile(r"([^\W\d_]+)-$")
_LONGEST_WORD = 40
# "2016-" above "2020"
_YEARS = re.compile(r"\d[-–]$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_UNSPACED = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")
#: Points by which the indents of a centred line may differ.
_CENTRED = 1.0
#: Share of the page's height at its top and bottom where running heads and feet stand, of
#: several pages and of one.
_EDGE, _OUTER_EDGE = 0.14, 0.06
_EDGE_LINES = 4
#: Steps from line to line longer than usual by these factors part paragraphs, part lists.
_PARTING, _LOOSE = 1.13, 1.3
#: A step of so many heights of a line skips one.
_BLANK_LINE = 2.0
#: Lines end in a hyphen so often only where words are divided.
_DIVIDED = 0.04


def read_pdf(content: bytes, limits: Limits) -> RawText:
    """Read the text layer of a PDF file.

    Running heads, running feet and page numbers are left out; the lines of a paragraph are
    joined, also across pages.

    Raises:
        RawFileError: It is encrypted, damaged, or has no text layer.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
            detail = "needs a password; save it without one"
            raise RawFileError("read", "encrypted", detail) from error
        raise RawFileError("read", "damaged", "cannot be opened as PDF; get it anew") from error
    try:
        return _read_document(document, limits)
    finally:
        document.close()


def _read_document(document: PdfDocument, limits: Limits) -> RawText:
    from pypdfium2 import PdfiumError

    losses: list[Loss] = []
    count = len(document)
    if count > limits.pdf_pages:
        detail = f"the first {limits.pdf_pages} of {count} pages are read; split the file"
        losses.append(Loss("too_many_pages", detail))
    pages: list[Page] = []
    damaged: list[int] = []
    scanned: list[int] = []
    for index in range(min(count, limits.pdf_pages)):
        try:
            page = document[index]
            try:
                read = read_page(page, index)
            finally:
                page.close()
        except PdfiumError:
            damaged.append(index + 1)
            continue
        if read.is_scanned:
            scanned.append(index + 1)
        pages.append(read)
    if not any(page.lines for page in pages):
        if scanned:
            raise RawFileError("read", "scanned", "only pictures of pages; run text recognition")
        reason = "no_text" if pages and not damaged else "damaged"
        raise RawFileError("read", reason, "no page has text; get it anew")
    if damaged:
        losses.append(Loss("damaged", f"no text of pages {_ranges(damaged)}; get it anew"))
    if scanned:
        detail = f"pages {_ranges(scanned)} are pictures; run text recognition"
        losses.append(Loss("scanned", detail))
    _leave_out_edges(pages)
    text = _Writer([part for page in pages for part in page_parts(page)]).write()
    title = printed_title(document.get_metadata_value("Title"), text)
    return RawText(text, PDF, Metadata(title=title), tuple(losses))


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in short: 1-3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


# --------------------------------------------------------------------------- edges of pages


def _leave_out_edges(pages: list[Page]) -> None:
    """Leave out running heads and feet: what returns on other pages, or stands far out alone."""
    found: list[dict[int, tuple[str, int]]] = []
    for page in pages:
        order = sorted(range(len(page.lines)), key=lambda index: page.lines[index].bottom)
        outer = {*order[:_EDGE_LINES], *order[-_EDGE_LINES:]}
        found.append(
            {
                index: (_FIGURES.sub("#", line.text.lower()), round(line.bottom / ALIGNED))
                for index in outer
                if (line := page.lines[index]).bottom < _EDGE * page.height
                or line.top > (1 - _EDGE) * page.height
            }
        )
    counts = Counter(key for keys in found for key in set(keys.values()))
    least = max(2, len(pages) / 4)
    steps = sorted(step for page in pages for step in _steps(page))
    usual = steps[len(steps) // 4] if steps else 0.0
    for page, keys in zip(pages, found, strict=True):
        repeated = {index for index, key in keys.items() if counts[key] >= least}
        far = _far_out(page)
        left_out = far | _parted(page, repeated | far, usual)
        kept = [line for index, line in enumerate(page.lines) if index not in left_out]
        page.lines = kept or page.lines  # where nothing else is printed, these are the text


def _steps(page: Page) -> Iterator[float]:
    """From line to line, in points; lines side by side are one."""
    bottoms = sorted(line.bottom for line in page.lines)
    return (step for low, high in pairwise(bottoms) if (step := high - low) > ALIGNED)


def _parted(page: Page, repeated: set[int], usual: float) -> set[int]:
    """Indexes of repeated lines between which and the text there is more than the usual step."""
    order = sorted(range(len(page.lines)), key=lambda index: page.lines[index].bottom)
    parted: set[int] = set()
    for inwards in (order, order[::-1]):
        passed: set[int] = set()
        place = 0.0
        for index in inwards:
            bottom = page.lines[index].bottom
            step = abs(bottom - place)
            if passed and step > _PARTING * min(usual, _BLANK_LINE * page.lines[index].height):
                parted |= passed
            if index not in repeated and not (passed and step < ALIGNED):
                break
            passed.add(index)
            place = bottom
    return parted & repeated


def _far_out(page: Page) -> set[int]:
    """Indexes of the lines at the upper and lower edge that are far from all others."""
    margin = _OUTER_EDGE * page.height
    head = {i for i, line in enumerate(page.lines) if line.top > page.height - margin}
    foot = {i for i, line in enumerate(page.lines) if line.bottom < margin}
    body = [line for i, line in enumerate(page.lines) if i not in head | foot]
    if not body:
        return set()
    top, bottom = max(line.top for line in body), min(line.bottom for line in body)
    if any(page.lines[i].bottom - top < page.lines[i].height for i in head):
        head = set()
    if any(bottom - page.lines[i].top < page.lines[i].height for i in foot):
        foot = set()
    return head | foot


# --------------------------------------------------------------------------- paragraphs


class _Margins(NamedTuple):
    """Of all columns of one kind.

    ``step`` is from line to line, in heights of a line, ``pitch`` the same in points;
    ``indent`` is where first lines of paragraphs begin, if not at the left.
    """

    left: float
    right: float
    step: float
    pitch: float
    indent: float | None


def _margins(columns: Sequence[Column]) -> _Margins:
    lines = [line for column in columns for line in column.lines]
    left = min(line.left for line in lines)
    rights = sorted(line.right for line in lines)
    steps: list[float] = []
    pitches: list[float] = []
    indents: Counter[int] = Counter()
    for column in columns:
        for above, line in pairwise(column.lines):
            step = (above.bottom - line.bottom) / line.height
            if 0 < step < _FARTHEST_STEP:
                steps.append(step)
                pitches.append(step * line.height)
            if line.left - left < ALIGNED < above.left - left and not is_item(line.text):
                indents[round(above.left)] += 1
    indent, count = indents.most_common(1)[0] if indents else (0, 0)
    return _Margins(
        left,
        rights[-1 - len(rights) // 50],  # but for a line or two that stick out
        sorted(steps)[len(steps) // 4] if steps else 1.0,
        sorted(pitches)[len(steps) // 4] if steps else 1.0,
        indent if count >= _INDENTED else None,
    )


@dataclass(slots=True)
class _Paragraph:
    """Lines that belong together; ``margins`` are those where the last one stands."""

    lines: list[Line]
    margins: _Margins

    @property
    def text(self) -> str:
        """Its first line."""
        return self.lines[0].text


class _Writer:
    """Writes parts down as text."""

    def __init__(self, parts: list[Column | Table]) -> None:
        self._parts = parts
        columns = [part for part in parts if isinstance(part, Column)]
        kinds: dict[tuple[int, ...], list[Column]] = {}
        for column in columns:
            kinds.setdefault(column.kind, []).append(column)
        self._margins = {kind: _margins(found) for kind, found in kinds.items()}
        # The last page of two columns may have but one.
        for column in columns:
            own = _margins([column])
            for kind, margins in self._margins.items():
                if (
                    len(column.kind) < len(kind)
                    and abs(own.left - margins.left) < ALIGNED
                    and own.right < margins.right + ALIGNED
                ):
                    column.kind = kind
                    break
        lines = [line for column in columns for line in column.lines]
        lines += [
            line
            for part in parts
            if isinstance(part, Table)
            for row in part.rows
            for cell, _ in row
            for line in cell
        ]
        self._words: set[str] = set()
        cuts = 0
        is_cut = False
        for line in lines:
            words = _WORDS.findall(line.text.lower())
            first = int(is_cut)  # the rest of a word that may have been divided
            is_cut = _CUT.search(line.text) is not None
            self._words.update(words[first : -1 if is_cut else None])
            cuts += is_cut
        self._divides = cuts > _DIVIDED * len(lines)

    def write(self) -> str:
        """The whole text."""
        text = ""
        above: _Paragraph | None = None
        for part in self._join_lines():
            if isinstance(part, Table):
                rows = [" | ".join(self._cell(*cell) for cell in row) for row in part.rows]
                written, below = "\n".join(rows), None
            else:
                written, below = self._paragraph(part.lines), part
            tight = above is not None and below is not None and _are_items(above, below)
            text += (("\n" if tight else "\n\n") if text else "") + written
            above = below
        return text

    def _join_lines(self) -> Iterator[_Paragraph | Table]:
        paragraph: _Paragraph | None = None
        for part in self._parts:
            if isinstance(part, Table):
                if paragraph:
                    yield paragraph
                paragraph = None
                yield part
                continue
            margins = self._margins[part.kind]
            for line in part.lines:
                if paragraph and _goes_on(paragraph, line, margins):
                    paragraph.lines.append(line)
                    paragraph.margins = margins
                    continue
                if paragraph:
                    yield paragraph
                paragraph = _Paragraph([line], margins)
        if paragraph:
            yield paragraph

    def _cell(self, lines: list[Line], right: float) -> str:
        """A cell on one line; its paragraphs are parted by a stop or a semicolon."""
        text = ""
        run: list[Line] = []
        for line in lines:
            if run and _has_room(run[-1], line, right):
                text = self._add(text, self._paragraph(run))
                run = []
            run.append(line)
        return self._add(text, self._paragraph(run))

    def _add(self, text: str, more: str) -> str:
        if not text:
            return more
        return f"{text} {more}" if text[-1] in _STOPS + "," else f"{text}; {more}"

    def _paragraph(self, lines: list[Line]) -> str:
        text = lines[0].text
        bullet = BULLET.match(text)
        if bullet and bullet.end() < len(text):
            text = "- " + text[bullet.end() :]
        for line in lines[1:]:
            text = self._append(text, line.text)
        return text

    def _append(self, text: str, line: str) -> str:
        """Join a line; the text itself tells divided words from compounds."""
        cut = _CUT.search(text[-_LONGEST_WORD:])
        if cut is None:
            unspaced = _UNSPACED.match(text[-1]) and _UNSPACED.match(line)
            years = _YEARS.search(text[-3:]) and line[0].isdigit()
            return text + line if unspaced or years else f"{text} {line}"
        following = _FIRST_WORD.match(line)
        if following and following[0].islower():
            left, right = cut[1].lower(), following[0]
            whole = left + right in self._words or (
                self._divides and not (left in self._words and right in self._words)
            )
            if whole and f"{left}-{right}" not in self._words:
                return text[:-1] + line
        return text + line


def _goes_on(paragraph: _Paragraph, line: Line, margins: _Margins) -> bool:
    """Whether the next line, in a column with these margins, belongs to a paragraph."""
    above = paragraph.lines[-1]
    single = len(paragraph.lines) == 1
    height = line.height
    if abs(above.height - height) > _OTHER_SIZE * height:
        return False
    step = (above.bottom - line.bottom) / height
    adjoins = above.page == line.page and step > 0
    if adjoins and min(step / margins.step, step * height / margins.pitch) > _PARTING:
        return False
    ended = above.text.rstrip("\"'”’»)")[-1:] in _STOPS
    if adjoins and not ended and _are_centred(above, line, margins):
        return True
    if _is_indented(line, margins):
        return False
    at_left = line.left - margins.left < ALIGNED
    if single and adjoins and _is_indented(above, margins) and not at_left:
        return False
    mark = BULLET.match(line.text)
    if mark and line.text[0] in BULLETS:
        return False
    if not (adjoins or ended) and (line.text[0].islower() or not single):
        return True
    if _CUT.search(above.text) or _YEARS.search(above.text):
        return True
    if _has_room(above, line, paragraph.margins.right):
        return False
    if is_item(line.text) and (ended or above.text[-1] in ",;"):
        return False
    indent = (line.left - margins.left) - (above.left - paragraph.margins.left)
    return single or abs(indent) < ALIGNED


def _has_room(above: Line, line: Line, right: float) -> bool:
    """Whether the first word of ``line`` would have fitted in above it."""
    word = line.word_right - line.left
    return above.right + SPACE * line.height + word < right


def _is_indented(line: Line, margins: _Margins) -> bool:
    return margins.indent is not None and abs(line.left - margins.indent) < ALIGNED


def _are_centred(above: Line, line: Line, margins: _Margins) -> bool:
    """Whether two lines are of different length and have one middle."""
    left, right = above.left - line.left, line.right - above.right
    if _is_indented(above, margins) or _is_indented(line, margins):
        return False
    at_margin = abs(line.left - margins.left) < ALIGNED < margins.right - line.right
    return abs(left - right) < _CENTRED and abs(left) > ALIGNED and not at_margin


def _are_items(above: _Paragraph, below: _Paragraph) -> bool:
    """Whether two paragraphs are items of one list."""
    marked = [is_item(paragraph.text) for paragraph in (above, below)]
    if any(marked):
        return all(marked)
    last, first = above.lines[-1], below.lines[0]
    return (
        max(len(above.lines), len(below.lines)) <= _ITEM_LINES
        and last.page == first.page
        and 0 < last.bottom - first.bottom <= _LOOSE * below.margins.step * first.height
    )
