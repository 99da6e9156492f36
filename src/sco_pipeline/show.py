"""One document as the warehouse holds it: its text with the evidence marked, and the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from rich.text import Text

from sco_pipeline.errors import UsageError


@dataclass(frozen=True, slots=True)
class Layer:
    """How one table's rows are marked and listed.

    Attributes:
        tag: Letter in front of a row's number, in text and list.
        span: Columns with first character and end of what is marked.
        columns: What the list shows of a row.
    """

    table: str
    tag: str
    style: str
    span: tuple[str, str]
    columns: tuple[str, ...]


_SPAN = ("char_start", "char_end")
LAYERS = (
    Layer("document_meetings", "m", "bold cyan", _SPAN, ("relation", "meeting_id")),
    Layer(
        "participants", "p", "bold green", _SPAN,
        ("name", "role", "country", "organisation", "capacity", "participation", "rule"),
    ),
    Layer(
        "decisions", "d", "bold yellow", ("verb_start", "verb_end"),
        ("verb", "act", "actor", "negated", "topics", "text", "rule"),
    ),
    Layer("instrument_mentions", "i", "magenta", _SPAN, ("mention", "instrument_id", "rule")),
    Layer("topics", "t", "blue", _SPAN, ("term", "topic", "rule")),
    Layer("country_mentions", "c", "red", _SPAN, ("mention", "country")),
    Layer("unresolved", "u", "reverse", _SPAN, ("kind", "detail", "rule")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of the text that carries a row."""

    char_start: int
    char_end: int
    tag: str
    style: str


def find_document(connection: duckdb.DuckDBPyConnection, wanted: str) -> dict[str, Any]:
    """Find a document by its id, the start of its id, its path, or its file name or stem.

    Raises:
        UsageError: None fits, or several do.
    """
    found = connection.execute(
        """
        SELECT document_id, path, title, publisher, source_url, published_on, language,
            document_type, meeting_id, duplicate_of, sentence_count, text
        FROM documents
        WHERE document_id = $1 OR path = $1 OR starts_with(document_id, lower($1))
            OR parse_filename(path) = $1 OR parse_filename(path, true) = $1
        -- An exact id or path wins over what it also starts.
        QUALIFY rank() OVER (ORDER BY document_id = $1 OR path = $1 DESC) = 1
        ORDER BY path
        """,
        [wanted],
    )
    columns = [name for name, *_ in found.description]
    rows = found.fetchall()
    if not rows:
        raise UsageError(
            f"no document {wanted!r}; give its id, path or file name, as in "
            'sco-pipeline sql "SELECT document_id, path FROM documents"'
        )
    if len(rows) > 1:
        some = ", ".join(f"{row[0]} ({row[1]})" for row in rows[:5])
        raise UsageError(f"{wanted!r} fits {len(rows)} documents: {some}; say more")
    return dict(zip(columns, rows[0], strict=True))


def layer_rows(
    connection: duckdb.DuckDBPyConnection, document_id: str, layer: Layer
) -> tuple[list[Mark], list[list[Any]]]:
    """Fetch a document's rows of one table, in reading order.

    Returns:
        The marks, and the cells to list: tag first, then ``layer.columns``.
    """
    start, end = layer.span
    rows = connection.execute(
        f"SELECT {start}, {end}, {', '.join(layer.columns)} FROM {layer.table} "
        f"WHERE document_id = ? ORDER BY {start}, {end}",
        [document_id],
    ).fetchall()
    tags = [f"{layer.tag}{number}" for number in range(1, len(rows) + 1)]
    return (
        [Mark(row[0], row[1], tag, layer.style) for tag, row in zip(tags, rows, strict=True)],
        [[tag, *row[2:]] for tag, row in zip(tags, rows, strict=True)],
    )


def marked_text(text: str, marks: Sequence[Mark]) -> Text:
    """Write each mark into the text as ``[tag words]``, coloured where colours show.

    Marks may nest and overlap; one that starts earlier or reaches further opens first.

    >>> marked_text("They met in Astana.", [Mark(12, 18, "c1", "red")]).plain
    'They met in [c1 Astana].'
    """
    order = sorted(marks, key=lambda mark: (mark.char_start, -mark.char_end))
    closing = sorted(order, key=lambda mark: (mark.char_end, -mark.char_start))
    cuts = sorted({0, len(text), *(m.char_start for m in marks), *(m.char_end for m in marks)})
    marked = Text()
    open_marks: list[Mark] = []
    first_open = first_closed = 0
    for cut, following in zip(cuts, [*cuts[1:], len(text)], strict=True):
        while first_closed < len(closing) and closing[first_closed].char_end == cut:
            marked.append("]", closing[first_closed].style)
            open_marks.remove(closing[first_closed])
            first_closed += 1
        while first_open < len(order) and order[first_open].char_start == cut:
            marked.append(f"[{order[first_open].tag} ", f"dim {order[first_open].style}")
            open_marks.append(order[first_open])
            first_open += 1
        marked.append(text[cut:following], open_marks[-1].style if open_marks else "")
    return marked
