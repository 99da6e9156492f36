"""Word files (.docx, .docm, .dotx) -> RawText.

The body is walked as XML: python-docx passes over tracked insertions, content controls and text
boxes, and opens no macro-enabled files. Of the package only the four parts that are needed are
unpacked, each up to a limit; nothing it refers to outside is looked at.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import groupby
from posixpath import dirname, join, normpath
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from lxml import etree

from sco_pipeline.errors import RawFileError
from sco_pipeline.formats.detection import DOCX
from sco_pipeline.formats.titles import printed_title
from sco_pipeline.limits import Limits
from sco_pipeline.model import Metadata, RawText

_BLANKS = re.compile(r"[^\S\n]+")
# "%1.", "(%2)": places of the numbers of levels 1 and 2 in what is printed before a list item
_PLACE = re.compile(r"%([1-9])")
_STOPS = ".,;:!?。，；："
#: Of what has these elements nothing is printed, or it is printed elsewhere.
_LEFT_OUT = frozenset(
    {
        "Fallback", "annotationRef", "commentReference", "del", "delText", "endnoteReference",
        "footnoteReference", "instrText", "moveFrom", "pPr", "rPr", "rt", "sdtPr", "tblPr", "tcPr",
        "trPr", "tblGrid", "sectPr",
    }
)  # fmt: skip
_SIGNS = {"br": "\n", "cr": "\n", "tab": "\t", "ptab": "\t", "noBreakHyphen": "-"}
# "1.", "(a)", "iv)", "-": a tab behind it is a blank
_ITEM_SIGN = re.compile(
    r"\(?(?:\d{1,3}(?:\.\d{1,2}){0,3}|[^\W\d_]|[ivx]{2,5}|[IVX]{2,5})[.)]?|[^\w\s]"
)
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_HIGHEST_ROMAN, _LETTERS = 3999, 26
_LONGEST_CHAIN = 20


def read_docx(content: bytes, limits: Limits) -> RawText:
    """Read the body of a Word file: paragraphs, lists and tables in their order.

    Tracked insertions count as text, deletions do not; notes, headers and footers are left out.

    Raises:
        RawFileError: It is encrypted, damaged, no Word file, or unpacks to too much.
    """
    try:
        with ZipFile(BytesIO(content)) as package:
            parts = _Parts(package, limits)
            main = parts.target("_rels/.rels", "/officeDocument")
            body = parts.xml(main) if main else None
            if main is None or body is None:
                raise RawFileError("read", "damaged", "no Word document in it; save it anew")
            relationships = join(dirname(main), "_rels", main.rpartition("/")[2] + ".rels")
            styles = parts.xml(parts.target(relationships, "/styles"))
            numbering = parts.xml(parts.target(relationships, "/numbering"))
            core = parts.xml(parts.target("_rels/.rels", "/core-properties"))
    except (BadZipFile, EOFError, NotImplementedError, OSError, ValueError, zlib.error) as error:
        detail = f"cannot be unpacked ({error}); get it anew"
        raise RawFileError("read", "damaged", detail) from error
    except RuntimeError as error:  # a member of the archive wants a password
        raise RawFileError("read", "encrypted", f"{error}; save it without one") from error
    blocks = _Reader(_Numbering(styles, numbering)).blocks(body)
    text = "\n\n".join(
        "\n".join(block.text for block in run)
        for _, run in groupby(_set_columns(blocks), key=lambda block: block.group)
    )
    titles = [e.text for e in core.iter() if _name(e) == "title"] if core is not None else []
    title = printed_title(titles[0], text) if titles else None
    return RawText(text, DOCX, Metadata(title=title))


def _name(element: etree._Element) -> str:
    """The element's name without its namespace, which differs between kinds of Word files."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _child(element: etree._Element | None, *names: str) -> etree._Element | None:
    """Go down by names; None where one is missing."""
    for name in names:
        if element is None:
            return None
        element = next((child for child in element if _name(child) == name), None)
    return element


def _attribute(element: etree._Element | None, name: str = "val") -> str | None:
    if element is None:
        return None
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else otherwise


class _Parts:
    """The XML files in the package, none of which is larger than a document may be."""

    def __init__(self, package: ZipFile, limits: Limits) -> None:
        members = package.infolist()
        size = sum(member.file_size for member in members)
        if len(members) > limits.archive_members:
            raise RawFileError("read", "too_many_members", f"{len(members)} parts; save it anew")
        if size > limits.archive_bytes:
            raise RawFileError("read", "unpacks_too_large", f"{size} bytes unpacked; save it anew")
        self._package = package
        self._names = {member.filename.lower(): member for member in members}
        self._largest = limits.file_bytes

    def target(self, relationships: str, kind: str) -> str | None:
        """Name of the part that a file of relationships calls ``kind``."""
        root = self.xml(relationships)
        for relationship in root if root is not None else ():
            if (_attribute(relationship, "Type") or "").endswith(kind):
                if _attribute(relationship, "TargetMode") == "External":
                    continue
                target = _attribute(relationship, "Target") or ""
                folder = dirname(dirname(relationships))
                return normpath(join("/", folder, target)).lstrip("/")
        return None

    def xml(self, name: str | None) -> etree._Element | None:
        """Parse a part; None if there is none of this name."""
        member = self._names.get(name.lower()) if name else None
        if member is None:
            return None
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            detail = f"{name} is packed by method {member.compress_type}; save it anew"
            raise RawFileError("read", "unsupported_format", detail)
        # The size that the archive states need not be true.
        with self._package.open(member) as stream:
            content = stream.read(self._largest + 1)
        if len(content) > self._largest:
            detail = f"{name} has more than {self._largest} bytes; split the file"
            raise RawFileError("read", "unpacks_too_large", detail)
        parser = etree.XMLParser(
            resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            detail = f"{name} is no XML: {error.msg}; save it anew"
            raise RawFileError("read", "damaged", detail) from error
        if root.getroottree().docinfo.internalDTD is not None:
            detail = f"{name} declares entities, which Word files do not; save it anew"
            raise RawFileError("read", "damaged", detail)
        return root


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list is numbered."""

    kind: str
    pattern: str
    start: int


class _Numbering:
    """Numbers of list items, counted as Word does; ask for each paragraph once, in order."""

    def __init__(self, styles: etree._Element | None, numbering: etree._Element | None) -> None:
        self._styles: dict[str, etree._Element] = {}
        for style in styles if styles is not None else ():
            if _name(style) == "style" and (key := _attribute(style, "styleId")):
                self._styles[key] = style
        self._lists: dict[str, str] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        self._levels: dict[str, dict[int, _Level]] = {}
        for element in numbering if numbering is not None else ():
            if _name(element) == "abstractNum":
                self._levels[_attribute(element, "abstractNumId") or ""] = _read_levels(element)
            elif _name(element) == "num":
                key = _attribute(element, "numId") or ""
                self._lists[key] = _attribute(_child(element, "abstractNumId")) or ""
                self._restarts[key] = {
                    _whole(_attribute(override, "ilvl"), 0): _whole(_attribute(start), 1)
                    for override in element
                    if (start := _child(override, "startOverride")) is not None
                }
        self._counts: dict[str, dict[int, int]] = {}

    def next(self, properties: etree._Element | None) -> tuple[str, str] | None:
        """The list that a paragraph belongs to and the sign before its text; None if none."""
        found = self._place(properties)
        if found is None:
            return None
        key, depth = found
        abstract = self._lists.get(key, "")
        level = self._levels.get(abstract, {}).get(depth)
        if level is None or level.kind == "none":
            return None
        if level.kind == "bullet":
            return key, "- "
        counts = self._counts.setdefault(abstract, {})
        for restarted, start in self._restarts.pop(key, {}).items():
            counts[restarted] = start - 1
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]
        levels = self._levels[abstract]

        def number(place: re.Match[str]) -> str:
            wanted = int(place[1]) - 1
            other = levels.get(wanted, level)
            return _written(counts.get(wanted, other.start), other.kind)

        sign = _PLACE.sub(number, level.pattern).strip()
        return (key, f"{sign} ") if sign else None

    def _place(self, properties: etree._Element | None) -> tuple[str, int] | None:
        """The list and the level of a paragraph, by itself or by its style."""
        key: str | None = None
        depth: str | None = None
        for source in self._sources(properties):
            own = _child(source, "numPr")
            key = key or _attribute(_child(own, "numId"))
            depth = depth or _attribute(_child(own, "ilvl"))
            if key:
                break
        return (key, _whole(depth, 0)) if key and key != "0" else None

    def _sources(self, properties: etree._Element | None) -> Iterator[etree._Element | None]:
        yield properties
        style = self._styles.get(_attribute(_child(properties, "pStyle")) or "")
        for _ in range(_LONGEST_CHAIN):  # styles may be based on each other in a circle
            if style is None:
                break
            yield _child(style, "pPr")
            style = self._styles.get(_attribute(_child(style, "basedOn")) or "")


def _read_levels(element: etree._Element) -> dict[int, _Level]:
    return {
        _whole(_attribute(level, "ilvl"), 0): _Level(
            _attribute(_child(level, "numFmt")) or "decimal",
            _attribute(_child(level, "lvlText")) or "",
            _whole(_attribute(_child(level, "start")), 1),
        )
        for level in element
        if _name(level) == "lvl"
    }


def _written(number: int, kind: str) -> str:
    """A number as a list prints it: 4, iv, D."""
    text = str(number)
    if kind.endswith("Letter") and number > 0:
        text = chr(ord("a") + (number - 1) % _LETTERS) * min(1 + (number - 1) // _LETTERS, 9)
    elif kind.endswith("Roman") and 0 < number <= _HIGHEST_ROMAN:
        text = ""
        for value, letters in _ROMAN:
            text += letters * (number // value)
            number %= value
    return text.upper() if kind.startswith("upper") else text


class _Block(NamedTuple):
    """A paragraph or the row of a table; neighbours of one group stand on adjoining lines.

    The text of a paragraph may have tabs.
    """

    text: str
    group: object


@dataclass(slots=True)
class _Reader:
    """Walks through the body."""

    numbering: _Numbering
    #: Text of paragraphs whose end is a tracked deletion: the next paragraph goes on.
    open_text: str = ""
    count: int = field(default=0)

    def blocks(self, parent: etree._Element) -> Iterator[_Block]:
        """All blocks inside an element of the body."""
        for element in parent:
            name = _name(element)
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                self.count += 1
                yield from self._table(element, f"table {self.count}")
            elif name not in _LEFT_OUT:
                yield from self.blocks(element)

    def _paragraph(self, element: etree._Element) -> Iterator[_Block]:
        properties = _child(element, "pPr")
        pieces: list[str] = []
        boxes: list[etree._Element] = []
        _collect(element, pieces, boxes)
        text = self.open_text + "".join(pieces)
        self.open_text = ""
        if _child(properties, "rPr", "del") is not None:
            self.open_text = text
        elif text := "\n".join(line.strip() for line in text.split("\n") if line.strip()):
            listed = self.numbering.next(properties)
            if listed is None:
                self.count += 1
                yield _Block(text, self.count)
            else:
                key, sign = listed
                yield _Block(sign + _BLANKS.sub(" ", text), f"list {key}")
        for box in boxes:
            yield from self.blocks(box)

    def _table(self, table: etree._Element, group: str) -> Iterator[_Block]:
        for row in _inner(table, "tr"):
            if _child(row, "trPr", "del") is not None:
                continue
            cells = [list(self.blocks(cell)) for cell in _inner(row, "tc")]
            cells = [cell for cell in cells if cell]
            if len(cells) == 1 and len(cells[0]) > 1:  # a frame around other things
                yield from cells[0]
            elif cells:
                yield _Block(" | ".join(map(_one_line, cells)), group)


def _inner(parent: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """The rows of a table or cells of a row, also those inside content controls."""
    for element in parent:
        name = _name(element)
        if name == wanted:
            yield element
        elif name not in _LEFT_OUT and name not in {"tbl", "tr", "tc", "p"}:
            yield from _inner(element, wanted)


def _one_line(cell: list[_Block]) -> str:
    """The paragraphs of a cell; where no stop parts them, a semicolon does."""
    text = ""
    for block in cell:
        line = " ".join(block.text.split())
        text += (" " if text.endswith(tuple(_STOPS)) else "; ") + line if text else line
    return text


def _set_columns(blocks: Iterable[_Block]) -> Iterator[_Block]:
    """Make rows of neighbours that tabs part into as many cells; other tabs are blanks."""
    for count, run in groupby(blocks, key=lambda block: len(_cells(block.text))):
        found = list(run)
        for block in found:
            if count > 1 and len(found) > 1:
                yield _Block(" | ".join(_cells(block.text)), found[0].group)
            else:
                yield block._replace(text=_BLANKS.sub(" ", block.text))


def _cells(text: str) -> list[str]:
    """What tabs part, if it is one line; the number of an item belongs to what follows."""
    cells = [" ".join(cell.split()) for cell in text.split("\t")]
    cells = [cell for cell in cells if cell]
    if "\n" in text:
        return [text]
    if len(cells) > 1 and _ITEM_SIGN.fullmatch(cells[0]):
        cells[:2] = [f"{cells[0]} {cells[1]}"]
    return cells


def _collect(element: etree._Element, pieces: list[str], boxes: list[etree._Element]) -> None:
    """Gather the characters of a paragraph, and the text boxes anchored in it."""
    for child in element:
        name = _name(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "txbxContent":
            boxes.append(child)
        elif name in _SIGNS:
            pieces.append(_SIGNS[name])
        elif name not in _LEFT_OUT and not (name == "r" and _is_hidden(child)):
            _collect(child, pieces, boxes)


def _is_hidden(run: etree._Element) -> bool:
    vanish = _child(run, "rPr", "vanish")
    return vanish is not None and _attribute(vanish) not in {"0", "false", "off"}
