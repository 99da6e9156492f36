"""Tables and views as CSV, and as CSV that Excel shows without running or changing what is in it.

Both: RFC 4180, UTF-8, a header line, text in double quotes, numbers, dates and booleans (``true``,
``false``) without, lists as JSON, null as nothing at all (an empty text is ``""``). Rows are
sorted by the table's key.

The form for Excel (and other spreadsheets) also has a byte order mark and ends lines with CRLF.
There a text gets an apostrophe in front if it could be taken for a formula (``=``, ``+``, ``-``,
``@`` or their full-width forms at its head, be it behind blanks), begins with a tab, line break or
apostrophe, or looks like a number, which Excel would round. To get the text back, take one
apostrophe from the head of every text that begins with one. A text longer than Excel's cells
(32,767 UTF-16 units) is cut and ends with an ellipsis; how many were cut is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import duckdb

from sco_pipeline.errors import UsageError
from sco_pipeline.export.rows import quoted, stream
from sco_pipeline.schema.tables import ALL_TABLES, CHANGES
from sco_pipeline.warehouse import read_views

_CELL_UNITS = 32_767

# SQL about a text, which stands as {text}.
_SAFE = r"""CASE WHEN regexp_matches({text},
    '^[\s\p{{Z}}\p{{Cc}}\p{{Cf}}]*[=+\-@＝＋－＠]|^[''\t\r\n]|^\s*[0-9][0-9.,]*([eE][+\-]?[0-9]+)?\s*$')
    THEN '''' || {text} ELSE {text} END"""
# Signs beyond the basic plane are two units each.
_ASTRAL = r"length(regexp_replace({text}, '[^\x{{10000}}-\x{{10FFFF}}]', '', 'g'))"
# Bytes are counted at once, and are never fewer than units.
_IS_LONG = f"strlen({{text}}) > {_CELL_UNITS} AND length({{text}}) + {_ASTRAL} > {_CELL_UNITS}"
_CUT = (
    f"CASE WHEN {_IS_LONG} THEN left({{text}}, greatest({_CELL_UNITS // 2}, "
    f"{_CELL_UNITS - 1} - {_ASTRAL})) || '…' ELSE {{text}} END"
)
_IN_QUOTES = """coalesce('"' || replace({text}, '"', '""') || '"', '')"""
_COMMA = ", ',', "


@dataclass(frozen=True, slots=True)
class CsvTable:
    """What became of one table; ``cut`` counts texts that were cut for Excel."""

    rows: int
    cut: int


def write_csv(
    connection: duckdb.DuckDBPyConnection, folder: Path, names: Sequence[str], *, for_excel: bool
) -> dict[str, CsvTable]:
    """Write ``<name>.csv`` for each table.

    Args:
        connection: To ``sco.duckdb``.
        folder: Where the files go.
        names: Tables and views; all tables if empty.
        for_excel: Which of the two forms.

    Returns:
        File name -> what became of it.

    Raises:
        UsageError: There is no such table or view.
    """
    tables = _names(connection, "SELECT table_name FROM duckdb_tables()")
    known = [*tables, *_names(connection, "SELECT view_name FROM duckdb_views()")]
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise UsageError(f"there is no table or view {name!r}{hint}")
    keys = {spec.name: spec.key for spec in (*ALL_TABLES, CHANGES)}
    keys |= {view.name: view.key for view in read_views()}
    return {
        f"{name}.csv": _write_table(
            connection, name, keys.get(name, ()), folder / f"{name}.csv", for_excel
        )
        for name in dict.fromkeys(names or tables)
    }


def _names(connection: duckdb.DuckDBPyConnection, select: str) -> list[str]:
    return [name for (name,) in stream(connection, f"{select} WHERE NOT internal ORDER BY ALL")]


def _write_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    key: Sequence[str],
    path: Path,
    for_excel: bool,
) -> CsvTable:
    columns = [(quoted(column), kind) for column, kind in _describe(connection, name)]
    texts, cells, cuts = [], [], ["0"]
    for number, (column, kind) in enumerate(columns):
        if kind != "VARCHAR" and not _is_nested(kind):
            cells.append(f"coalesce({column}::VARCHAR, '')")
            continue
        text = f"to_json({column})::VARCHAR" if _is_nested(kind) else column
        texts.append(f"{_SAFE.format(text=text) if for_excel else text} AS text{number}")
        text = f"text{number}"
        if for_excel:
            cuts.append(f"coalesce({_IS_LONG.format(text=text)}, false)::INT")
            text = _CUT.format(text=text)
        cells.append(_IN_QUOTES.format(text=text))
    # DuckDB writes the lines, many times as fast as Python's csv.
    query = f"""
        SELECT concat({_COMMA.join(cells)}), {" + ".join(cuts)}
        FROM (SELECT {", ".join(["*", *texts])} FROM {quoted(name)})
        ORDER BY {", ".join(map(quoted, key)) or "ALL"}
    """
    end = "\r\n" if for_excel else "\n"
    rows = cut = 0
    with path.open("w", encoding="utf-8-sig" if for_excel else "utf-8", newline="") as file:
        file.write(",".join(column for column, _ in columns) + end)
        for line, cut_cells in stream(connection, query):
            file.write(line + end)
            rows += 1
            cut += cut_cells
    return CsvTable(rows, cut)


def _describe(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    """Names and SQL types of a table's columns."""
    return [(column, kind) for column, kind, *_ in stream(connection, f"DESCRIBE {quoted(name)}")]


def _is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(("STRUCT(", "MAP("))
