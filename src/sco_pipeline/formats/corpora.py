"""CSV and JSON Lines files -> a document for each row, with what other columns say of it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from email.utils import parsedate
from itertools import chain, islice

import yaml

from sco_pipeline.characters import decode, looks_like_utf_16_or_32
from sco_pipeline.errors import RawFileError
from sco_pipeline.formats import detection
from sco_pipeline.formats.members import Member, MemberNames, safe_name
from sco_pipeline.limits import Limits
from sco_pipeline.model import CorpusColumns, Loss
from sco_pipeline.sidecars import LANGUAGE_TAG

_DELIMITERS = (",", ";", "\t", "|")
#: Rows of a JSON Lines file of which one at least has each column.
_FIRST_ROWS = 100
_SHOWN_LINES = 10
_SHOWN_COLUMNS = 30
_MAX_VALUE = 4_000
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HTML = re.compile(r"</(?:a|b|body|div|h[1-6]|html|i|li|p|span|td)>|<(?:br|p)\s*/?>", re.IGNORECASE)
_HTML_HEAD = 10_000
_HTML_START = re.compile(r"\s*<(?:!DOCTYPE\s+html|html)\b", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:html?|md|te?xt)$", re.IGNORECASE)
# 2016-04-14, 2016/4/14, 2016年4月14日, 20160414; a time may follow
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})|(\d\d)(\d\d))(?!\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_LONGEST_DATE = 60
#: A line after the last one, which no quote should reach.
_END = "\ue000end"
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_Row = Mapping[str, object]


def corpus_members(
    content: bytes, media_type: str, columns: CorpusColumns, limits: Limits
) -> Iterator[tuple[Member, bytes] | Loss]:
    """Cut a corpus into documents.

    Args:
        content: A CSV file in any encoding, with a line of column names and columns parted by
            comma, semicolon, tab or bar; or JSON objects, one a line.
        media_type: ``text/csv`` or ``application/x-ndjson``.
        columns: Which column holds what.
        limits: Bytes of one text and of all, and their number.

    Yields:
        A document in UTF-8, named by its row, with its sidecar in YAML; at the end, what could
        not be read, with line numbers.

    Raises:
        RawFileError: A column is not there.
    """
    rows, known = _rows(content, media_type)
    missing = sorted(set(filter(None, asdict(columns).values())) - set(known))
    if missing:
        there = ", ".join(map(repr, known[:_SHOWN_COLUMNS]))
        detail = f"no column {', '.join(map(repr, missing))}; there are {there or 'none'}"
        raise RawFileError("read", "no_mapping", f"{detail}; see to corpus: in the sidecar")
    names = MemberNames()
    losses = _Losses()
    bytes_left, count = limits.archive_bytes, 0
    for number, (line, row) in enumerate(rows, 1):
        if row is None:
            losses.add("bad_row", "cannot be read as rows", line)
            continue
        text = row.get(columns.text)
        if text is None or (isinstance(text, str) and not text.strip()):
            losses.add("empty", "have no text", line)
            continue
        if not isinstance(text, str):
            losses.add("bad_row", f"have no text in column {columns.text!r}", line)
            continue
        is_html = _HTML.search(text, 0, _HTML_HEAD) is not None
        if is_html and not _HTML_START.match(text):
            text = f"<!DOCTYPE html>\n{text}"  # its content is to tell what it is
        encoded = text.encode("utf-8", "replace")
        if len(encoded) > limits.file_bytes:
            losses.add("too_large", f"have more than {limits.file_bytes} bytes", line)
            continue
        count, bytes_left = count + 1, bytes_left - len(encoded)
        if count > limits.archive_members:
            what = f"and what follows: more than {limits.archive_members} texts; split the file"
            losses.add("too_many_members", what, line)
            break
        if bytes_left < 0:
            what = f"and what follows: more than {limits.archive_bytes} bytes; split the file"
            losses.add("unpacks_too_large", what, line)
            break
        written = _ENDING.sub("", _text(row.get(columns.name or "")) or "")
        stem = safe_name(written, f"row-{number:06d}")
        name = names.unique(f"{stem}.txt")  # by stem, as a sidecar belongs to a stem
        if is_html:
            name = f"{name.removesuffix('.txt')}.html"
        yield Member(name, encoded), _sidecar(row, columns, losses, line)
    yield from losses.found()


class _Losses:
    """What was lost, by reason, with the first lines where it was."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], list[int]] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, reason: str, what: str, line: int) -> None:
        key = (reason, what)
        self._counts[key] = self._counts.get(key, 0) + 1
        lines = self._lines.setdefault(key, [])
        if len(lines) < _SHOWN_LINES:
            lines.append(line)

    def found(self) -> Iterator[Loss]:
        for (reason, what), lines in self._lines.items():
            more = self._counts[reason, what] - len(lines)
            numbers = ", ".join(map(str, lines)) + (f" and {more} more" if more else "")
            is_one = len(lines) == 1
            what = what.replace("have ", "has ", 1) if is_one else what
            yield Loss(reason, f"line{'' if is_one else 's'} {numbers} {what}")


# Rows


def _rows(content: bytes, media_type: str) -> tuple[Iterator[tuple[int, _Row | None]], list[str]]:
    """Rows with their line numbers, None for one that cannot be read; and the columns."""
    if media_type == detection.JSON_LINES:
        rows = _json_rows(content)
        first = list(islice(rows, _FIRST_ROWS))
        known = dict.fromkeys(key for _, row in first if row for key in row)
        return chain(first, rows), list(known)
    if media_type == detection.CSV:
        return _csv_rows(decode(content))
    raise RawFileError("read", "unsupported_format", f"corpora of {media_type} are not read")


def _json_rows(content: bytes) -> Iterator[tuple[int, _Row | None]]:
    if looks_like_utf_16_or_32(content):
        content = decode(content).encode("utf-8", "replace")
    for number, line in enumerate(io.BytesIO(content.removeprefix(b"\xef\xbb\xbf")), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(decode(line))
        except (RawFileError, RecursionError, ValueError):
            row = None
        yield number, row if isinstance(row, dict) else None


def _csv_rows(text: str) -> tuple[Iterator[tuple[int, _Row | None]], list[str]]:
    if "\n" not in text:
        text = text.replace("\r", "\n")
    text = text.removeprefix("\ufeff")
    # The standard library has one limit for all readers; too large a text is found later.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    heads = {
        delimiter: next(_read_csv(text, delimiter), (1, None))[1] or [] for delimiter in _DELIMITERS
    }
    delimiter = max(_DELIMITERS, key=lambda delimiter: len(heads[delimiter]))
    header = [name.strip() for name in heads[delimiter]]
    return _named(_read_csv(text, delimiter), header), header


def _read_csv(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield rows that are not blank; None for one that is broken."""
    lines = (line[0] for line in _LINE.finditer(text if text.endswith("\n") else f"{text}\n"))
    reader = csv.reader(chain(lines, [_END]), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, None
            continue
        if row and row[-1].endswith(_END):
            if row != [_END]:  # a quote that is never closed
                yield line, None
        elif any(row):
            yield line, row


def _named(
    rows: Iterable[tuple[int, list[str] | None]], header: list[str]
) -> Iterator[tuple[int, _Row | None]]:
    for line, row in islice(rows, 1, None):
        if row is not None and not any(row[len(header) :]):  # Excel adds empty cells
            row = row[: len(header)]
        is_whole = row is not None and len(row) == len(header)
        yield line, dict(zip(header, row or (), strict=False)) if is_whole else None


# Metadata


def _text(value: object) -> str | None:
    """A value as one line that YAML can hold; None if it is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    line = " ".join(str(value)[:_MAX_VALUE].split())
    return "".join(filter(str.isprintable, line)) or None


def _sidecar(row: _Row, columns: CorpusColumns, losses: _Losses, line: int) -> bytes:
    values: dict[str, str] = {}
    for key, column in asdict(columns).items():
        if key in ("text", "name") or column is None or row.get(column) in (None, ""):
            continue
        value = _text(row[column])
        if value and key == "published_on":
            day = parse_day(value)
            value = day.isoformat() if day else None
        elif value and key == "language":
            value = value if LANGUAGE_TAG.fullmatch(value) else None
        if value:
            values[key] = value
        else:
            losses.add("bad_metadata", f"have no {key} that can be read in {column!r}", line)
    if not values:
        return b""
    dumped = yaml.dump(values, Dumper=_DUMPER, allow_unicode=True, encoding="utf-8")
    return bytes(dumped)


def parse_day(written: str) -> date | None:
    """Read a day in one of the usual writings; None if there is none, or it could be two.

    >>> parse_day("2016-04-14T10:00:00Z"), parse_day("14.04.2016"), parse_day("April 14, 2016")
    (datetime.date(2016, 4, 14), datetime.date(2016, 4, 14), datetime.date(2016, 4, 14))
    >>> parse_day("04/05/2016") is None
    True
    """
    written = written.strip()[:_LONGEST_DATE]
    if found := _YEAR_FIRST.match(written):
        year, *rest = (int(group) for group in found.groups() if group)
        numbers = [year, *rest]
    elif found := _DAY_FIRST.match(written):
        numbers = [int(found[3]), int(found[2]), int(found[1])]
    elif found := _SLASHES.match(written):
        first, second, year = map(int, found.groups())
        if first != second and max(first, second) <= 12:
            return None
        numbers = [year, min(first, second), max(first, second)]
    else:
        # English names of months; the time may be missing.
        try:
            parsed = parsedate(written) or parsedate(f"{written} 00:00:00")
        except (IndexError, TypeError, ValueError):
            return None
        if not parsed or not re.search(rf"\b{parsed[0]}\b", written):
            return None
        numbers = list(parsed[:3])
    try:
        return date(*numbers)
    except ValueError:
        return None
