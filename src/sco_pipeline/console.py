"""What the commands print: results on stdout, everything else on stderr.

On a terminal with colour and rules, as aligned plain text in a pipe or with NO_COLOR set.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

Row = Sequence[Any]
OnProgress = Callable[[str, int, int], None]


def out() -> Console:
    """Console for results."""
    return Console(highlight=False, soft_wrap=True)


def say(message: str, style: str = "") -> None:
    """Print a message for people, on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(message, style=style))


def print_table(columns: Sequence[str], rows: Sequence[Row], title: str = "") -> None:
    """Print rows under their column names.

    On a terminal long cells wrap; in a pipe each row is one line, columns two blanks apart.
    """
    console = out()
    if console.is_terminal:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False)
        if title:
            console.print(title, style="bold", markup=False)
        for index, column in enumerate(columns):
            table.add_column(column, justify="right" if _all_numbers(rows, index) else "left")
        for row in rows:
            table.add_row(*(Text(plain(value)) for value in row))
        console.print(table, soft_wrap=False)
        return
    if title:
        print(title)
    for line in _aligned([columns, *([plain(value) for value in row] for row in rows)]):
        print(line)


def _all_numbers(rows: Sequence[Row], column: int) -> bool:
    values = [row[column] for row in rows if row[column] is not None]
    return bool(values) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values
    )


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    cells = [[" ".join(cell.split()) for cell in line] for line in lines]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)
        )
        yield "  ".join(padded).rstrip()


def plain(value: Any) -> str:
    """A value as people read it: nothing for null, lists with commas between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def print_csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Print CSV as in RFC 4180, with LF line ends.

    Null is empty; lists, structs and booleans are written as JSON.
    """
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        [json_text(value) if isinstance(value, list | dict | bool) else value for value in row]
        for row in rows
    )


def print_json(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Print a JSON array with one object a line, written as the rows come."""
    separator = "["
    for row in rows:
        sys.stdout.write(separator + "\n" + json_text(dict(zip(columns, row, strict=True))))
        separator = ","
    sys.stdout.write("[]\n" if separator == "[" else "\n]\n")


def json_text(value: Any) -> str:
    """One value as JSON; dates in ISO 8601, numbers that JSON does not know as null."""
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


@contextmanager
def progress(label: str) -> Iterator[OnProgress]:
    """Show how far long work is, on stderr: a bar on a terminal, a line now and then in a pipe.

    Yields:
        Function to call with stage, steps done and steps in all.
    """
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _progress_lines(label)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def advance(stage: str, done: int, total: int) -> None:
            bar.update(task, description=f"{label}: {stage}", completed=done, total=total)

        yield advance


def _progress_lines(label: str) -> OnProgress:
    """Report each tenth of a stage, and its end."""
    shown: dict[str, int] = {}

    def advance(stage: str, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 10
        if tenth > shown.get(stage, -1):
            shown[stage] = tenth
            say(f"{label}: {stage} {done}/{total}")

    return advance
