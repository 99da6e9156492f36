"""New lines for ``raw/corrections.csv``, held to the published tables before they are written."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from sco_pipeline.corrections.applying import Corrected, correct_rows
from sco_pipeline.corrections.reading import (
    COLUMNS,
    Correction,
    correction_problem,
    make_correction,
    parse_corrections,
    read_change,
    read_corrections,
)
from sco_pipeline.corrections.targets import (
    TARGETS,
    Place,
    Target,
    as_text,
    is_equal,
    tidy,
    why_no_target,
)
from sco_pipeline.errors import UsageError
from sco_pipeline.raw_files import CORRECTIONS_FILE
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import DOCUMENTS, SENTENCES

_Values = dict[str, Any]


def write_correction(
    raw_dir: Path,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    key: str,
    action: str,
    field: str,
    value: str,
    reason: str,
    author: str,
    on: date,
) -> Correction:
    """Add a correction to ``raw/corrections.csv``, if the next build will apply it.

    What the row holds now is looked up: it becomes ``expected``. Lines of the file that are not
    yet in the warehouse count as applied. The file is replaced as a whole, its lines kept as
    they are; two writers wait for each other.

    Args:
        raw_dir: Directory with the documents.
        connection: ``sco.duckdb`` built from them.
        table: Table to be corrected.
        key: Key of the row as published, columns joined by ``|``; or the row as the file names
            it, ``document_id:char_start-char_end``; for ``add`` only so.
        action: ``change``, ``add`` or ``delete``.
        field: Column to be changed; empty for whole rows.
        value: New value as text, lists as JSON, empty for null; of a row to be added, JSON.
        reason: What shows it.
        author: Who corrects.
        on: Day of the correction.

    Returns:
        The correction, with its line.

    Raises:
        UsageError: It is wrong, cannot be applied or changes nothing, or the file cannot be
            written; says what to do. The file is as it was.
    """
    if not raw_dir.is_dir():
        raise UsageError(f"{raw_dir} is no directory; give --raw the folder with the documents")
    with _only_writer(raw_dir):
        existing = read_corrections(raw_dir)
        if not existing.is_readable:
            raise UsageError(f"{raw_dir / CORRECTIONS_FILE} {existing.rejects[0].detail}")
        target = TARGETS.get(table)
        if target is None:
            raise UsageError(why_no_target(table))
        try:
            published = _Published(connection, target, tidy(key), action)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            problem = "the warehouse was built by an older version; build it again"
            raise UsageError(f"{problem} ({error})") from error
        pending = [
            correction
            for correction in existing.of_table(table)
            if published.concerns(correction) and not published.knows(correction)
        ]
        expected, field = published.expectation(action, tidy(field), pending)
        cells = [
            table, published.row, action, field, expected, tidy(value), tidy(reason),
            tidy(author), on.isoformat(),
        ]  # fmt: skip
        correction = make_correction(0, cells)
        for known in (*existing.corrections, *(line for line, _ in existing.invalid)):
            if known.correction_id == correction.correction_id:
                raise UsageError(f"line {known.line} of {CORRECTIONS_FILE} says the same")
        problem = correction_problem(correction) or published.problem(pending, correction)
        if problem:
            raise UsageError(problem)
        return _append(raw_dir / CORRECTIONS_FILE, cells, correction.correction_id)


class _Published:
    """The rows of the warehouse that a correction concerns: of its document, or its entity.

    Attributes:
        row: The row's name in the file.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, target: Target, key: str, action: str
    ) -> None:
        self._target = target
        self._known = {
            row[0] for row in connection.execute("SELECT correction_id FROM corrections").fetchall()
        }
        self._named: _Values | None = None
        self._place = target.read_place(key) if target.has_spans else None
        self.row = key
        if target.has_spans and self._place is None:
            if action == "add":
                raise UsageError(f"row is {key!r}; name a new row as document_id:start-end")
            self._named = self._find(connection, key)
            names = ("document_id", "char_start", "char_end")
            self._place = Place(*(self._named[name] for name in names))
            self.row = str(self._place)
        spec = target.spec
        self._owner = self._place.document_id if self._place else key
        column = "document_id" if self._place else spec.key[0]
        rows = _select(connection, spec, f"{column} = ?", [self._owner])
        if not self._place and not rows:
            raise UsageError(_no_row(target, key))
        self._rows = spec.build(rows).select([*target.shared, "corrected_by"])
        self._documents, self._sentences = DOCUMENTS.empty(), SENTENCES.empty()
        if self._place:
            for_document = [self._owner]
            where = "document_id = ?"
            self._documents = DOCUMENTS.build(_select(connection, DOCUMENTS, where, for_document))
            self._sentences = SENTENCES.build(_select(connection, SENTENCES, where, for_document))

    def _find(self, connection: duckdb.DuckDBPyConnection, key: str) -> _Values:
        """The row of a published key."""
        columns, cells = self._target.spec.key, key.split("|")
        if len(cells) != len(columns):
            raise UsageError(f"key is {key!r}, must be {'|'.join(columns)}")
        where = " AND ".join(f"CAST({column} AS VARCHAR) = ?" for column in columns)
        rows = _select(connection, self._target.spec, where, cells)
        if not rows:
            raise UsageError(_no_row(self._target, key))
        return rows[0]

    def concerns(self, correction: Correction) -> bool:
        """Whether it is of the same document, or of the same entity."""
        return self._owner == (correction.document_id or correction.row)

    def knows(self, correction: Correction) -> bool:
        """Whether the warehouse was built with it."""
        return correction.correction_id in self._known

    def expectation(
        self, action: str, field: str, pending: Sequence[Correction]
    ) -> tuple[str, str]:
        """What stands in ``expected`` and ``field`` of the line, once pending lines are applied."""
        column = (self._target.shared if action == "delete" else self._target.changeable).get(field)
        if action == "add" or (field and column is None):
            return "", field
        rows = self._correct(pending).rows.to_pylist()
        if self._place:
            span = self._place[1:]
            rows = [row for row in rows if (row["char_start"], row["char_end"]) == span]
        row = self._follow(rows, pending)
        if not field and action == "delete" and len(rows) > 1:
            # The first column that tells it from the others at its span.
            field = next(
                (
                    name
                    for name in self._target.shared
                    if sum(is_equal(other[name], row[name]) for other in rows) == 1
                ),
                "",
            )
        return as_text(row[field]) if field else "", field

    def _follow(self, rows: Sequence[_Values], pending: Sequence[Correction]) -> _Values:
        """The row that was named, once pending lines are applied."""
        if self._named is None:
            if len(rows) > 1:
                keys = "|".join(self._target.spec.key)
                raise UsageError(f"{len(rows)} rows are at {self.row}; name one by its key: {keys}")
            found = list(rows)
        else:
            row = self._named
            for correction in pending:
                if correction.row == self.row and correction.action == "change":
                    expected, value = read_change(self._target, correction)
                    if is_equal(row[correction.field], expected):
                        row = row | {correction.field: value}
            found = [
                other
                for other in rows
                if all(is_equal(other[name], row[name]) for name in self._target.shared)
            ]
        if not found:
            raise UsageError(_no_row(self._target, self.row))
        return found[0]

    def problem(self, pending: Sequence[Correction], correction: Correction) -> str:
        """Why the next build would not apply it; empty if it would."""
        return self._correct([*pending, correction]).outcomes[-1].detail

    def _correct(self, corrections: Sequence[Correction]) -> Corrected:
        name = self._target.spec.name
        return correct_rows(name, self._rows, corrections, self._documents, self._sentences)


def _select(
    connection: duckdb.DuckDBPyConnection, spec: TableSpec, where: str, cells: Sequence[str]
) -> list[_Values]:
    names = [column.name for column in spec.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    query = f"SELECT {columns} FROM {spec.name} WHERE {where} ORDER BY {', '.join(spec.key)}"
    rows = connection.execute(query, list(cells)).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def _no_row(target: Target, key: str) -> str:
    keys = "|".join(target.spec.key)
    return f"{target.spec.name} has no row {key!r}; name it by its key: {keys}"


@contextmanager
def _only_writer(raw_dir: Path) -> Iterator[None]:
    """Hold the folder's lock; the system frees it when the process ends, however it ends."""
    descriptor = os.open(raw_dir, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _append(path: Path, cells: Sequence[str], correction_id: str) -> Correction:
    """Replace the file by itself and one more line."""
    path = path.resolve()  # a link stays one
    content = path.read_bytes() if path.exists() else b""
    line = io.StringIO()
    ending = "\r\n" if b"\r\n" in content else "\n"
    writer = csv.writer(line, lineterminator=ending)
    if not content:
        writer.writerow(COLUMNS)
    elif not content.endswith((b"\n", b"\r")):
        line.write(ending)
    writer.writerow(cells)
    content += line.getvalue().encode()
    found = [c for c in parse_corrections(content).corrections if c.correction_id == correction_id]
    if not found:
        raise UsageError(f"{path} ends within quotation marks; close them in the last line")
    # Names that begin with a dot are no documents.
    staged = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with staged.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, staged)
        staged.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise UsageError(
            f"{path} cannot be written ({error}); see to space and permissions there"
        ) from error
    return found[0]
