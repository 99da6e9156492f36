"""Reading word lists: every CSV under lexicons/ goes through ``read_lexicon``, which checks it.

Each lexicon's columns, and what they mean, are in lexicons/FORMAT.md. Words are never
written in Python.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from importlib import resources

from sco_pipeline.errors import LexiconError

LEXICONS = resources.files("sco_pipeline") / "lexicons"


def read_lexicon(
    name: str,
    columns: Sequence[str],
    key: Sequence[str],
    codes: Mapping[str, Collection[str]] | None = None,
    optional: Collection[str] = (),
) -> list[dict[str, str]]:
    """Read ``lexicons/<name>.csv`` and check it.

    Args:
        name: Path under lexicons/ without ending: ``en/topics``, ``reference/countries``.
        columns: The header, exactly and in order; the last is always ``source``.
        key: Columns that together are unique; rows are sorted by them.
        codes: Column -> allowed values.
        optional: Columns that may be empty.

    Returns:
        Rows in file order, as written, without surrounding blanks.

    Raises:
        LexiconError: Names file, line, column and value, and what to do.
    """
    path = LEXICONS / f"{name}.csv"
    where = f"lexicons/{name}.csv"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(
            f"{where}: cannot be read ({error}); restore it from the package"
        ) from error
    reader = csv.reader(text.splitlines())
    header = next(reader, [])
    if header != list(columns) or header[-1:] != ["source"]:
        raise LexiconError(f"{where}: header is {header}, must be {list(columns)}")
    rows: list[dict[str, str]] = []
    seen: dict[tuple[str, ...], int] = {}
    previous: tuple[str, ...] | None = None
    for cells in reader:
        line = reader.line_num
        if len(cells) != len(header):
            raise LexiconError(
                f"{where} line {line}: {len(cells)} cells instead of {len(header)}; quote commas"
            )
        row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
        for column, cell in row.items():
            if not cell and column not in optional:
                raise LexiconError(f"{where} line {line}: column {column} is empty; fill it")
            if cell and codes and column in codes and cell not in codes[column]:
                raise LexiconError(
                    f"{where} line {line}: {column} {cell!r} is no known code; "
                    "see the code lists in docs/data_dictionary.md"
                )
        identity = tuple(row[column] for column in key)
        if identity in seen:
            raise LexiconError(
                f"{where} line {line}: {identity} stands already in line {seen[identity]}; keep one"
            )
        if previous is not None and identity < previous:
            raise LexiconError(
                f"{where} line {line}: {identity} is out of order; sort by {list(key)}"
            )
        seen[identity] = line
        previous = identity
        rows.append(row)
    if not rows:
        raise LexiconError(f"{where}: no rows; restore it from the package")
    return rows
