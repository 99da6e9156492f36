"""The lines of ``raw/corrections.csv``, each checked by itself."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sco_pipeline.codes import code_list
from sco_pipeline.corrections.targets import (
    MENTION_TABLES,
    TARGETS,
    Target,
    check_codes,
    is_equal,
    is_text,
    read_new_row,
    read_value,
    row_problem,
    tidy,
    why_no_target,
)
from sco_pipeline.model import Reject
from sco_pipeline.raw_files import CORRECTIONS_FILE

COLUMNS = (
    "table", "row", "action", "field", "expected", "value", "reason", "author", "date",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Correction:
    """One line; the cells composed and with single blanks, else as written.

    Attributes:
        correction_id: Hash of the cells, so that it stays when lines move.
        line: Where it stands in the file, counted from 1.
    """

    correction_id: str
    line: int
    table: str
    row: str
    action: str
    field: str
    expected: str
    value: str
    reason: str
    author: str
    date: str

    @property
    def document_id(self) -> str | None:
        """The document whose rows it concerns; None for meetings, persons and instruments."""
        return self.row.partition(":")[0] if self.table in MENTION_TABLES else None


class Outcome(NamedTuple):
    """What became of a correction.

    Attributes:
        status: ``applied``, ``stale``, ``ambiguous`` or ``invalid``.
        detail: Why it was not applied; empty if it was.
    """

    correction_id: str
    status: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrections of a raw directory.

    Attributes:
        corrections: Those that are right in themselves, in the order of the file.
        invalid: The others, and what is wrong with each.
        rejects: One for all that is wrong with the file.
        is_readable: False where the file as a whole cannot be used.
    """

    sha256: str = ""
    corrections: tuple[Correction, ...] = ()
    invalid: tuple[tuple[Correction, Outcome], ...] = ()
    rejects: tuple[Reject, ...] = ()
    is_readable: bool = True

    def of_table(self, name: str) -> tuple[Correction, ...]:
        """Those of one table of the warehouse, in the order of the file."""
        return tuple(correction for correction in self.corrections if correction.table == name)

    def reject(self, stage: str, reason: str, problems: Sequence[str]) -> Reject:
        """One reject for all lines that one stage does not apply for one reason."""
        return Reject(CORRECTIONS_FILE, self.sha256, stage, reason, "; ".join(problems))


def read_corrections(raw_dir: Path) -> Corrections:
    """Read the corrections; lines that cannot be used become one reject that names each of them.

    A line that stands twice counts once.

    Raises:
        OSError: The file is there and cannot be read.
    """
    path = raw_dir / CORRECTIONS_FILE
    if path.is_file():
        return parse_corrections(path.read_bytes())
    if path.exists() or path.is_symlink():
        return _unreadable("", "is no file, or a link to none; put the file itself there")
    return Corrections()


def parse_corrections(content: bytes) -> Corrections:
    """Read the content of the file, as ``read_corrections`` does."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows = [(lines.line_num, cells) for cells in lines]
    except (UnicodeDecodeError, csv.Error) as error:
        return _unreadable(sha256, f"is no CSV in UTF-8 ({error}); save it again")
    header = rows[0][1] if rows else []
    if tuple(header) != COLUMNS:
        return _unreadable(sha256, f"header is {','.join(header)!r}, must be {','.join(COLUMNS)}")
    corrections: list[Correction] = []
    invalid: list[tuple[Correction, Outcome]] = []
    seen: set[str] = set()
    for line, written in rows[1:]:
        cells = [tidy(cell) for cell in written]
        if not any(cells):
            continue
        correction = make_correction(line, cells)
        if correction.correction_id in seen:
            continue
        seen.add(correction.correction_id)
        if problem := correction_problem(correction, len(cells)):
            invalid.append((correction, Outcome(correction.correction_id, "invalid", problem)))
        else:
            corrections.append(correction)
    found = Corrections(sha256, tuple(corrections), tuple(invalid))
    if not invalid:
        return found
    problems = [f"line {correction.line}: {outcome.detail}" for correction, outcome in invalid]
    rejects = (found.reject("read", "bad_correction", problems),)
    return Corrections(sha256, found.corrections, found.invalid, rejects)


def _unreadable(sha256: str, problem: str) -> Corrections:
    reject = Corrections(sha256).reject("read", "bad_correction", [problem])
    return Corrections(sha256, rejects=(reject,), is_readable=False)


def make_correction(line: int, cells: Sequence[str]) -> Correction:
    """A line's correction, not yet checked; missing cells are empty, further ones left out."""
    # No cell holds this separator: it counts as a blank.
    digest = hashlib.sha256("\x1f".join(cells).encode("utf-8", "surrogatepass")).hexdigest()
    padded = [*cells, *[""] * len(COLUMNS)][: len(COLUMNS)]
    return Correction(digest[:12], line, *padded)


def read_day(correction: Correction) -> date | None:
    """The day of a correction; None where its line gives no day."""
    try:
        return date.fromisoformat(correction.date)
    except ValueError:
        return None


def correction_problem(correction: Correction, cells: int = len(COLUMNS)) -> str | None:
    """What is wrong with a line of so many cells in itself, None if nothing is."""
    if cells != len(COLUMNS):
        return f"{cells} cells instead of {len(COLUMNS)}; quote commas"
    for column in ("reason", "author"):
        if not is_text(getattr(correction, column)):
            return f"{column} is empty, or no text; fill it"
    if read_day(correction) is None:
        return f"date is {correction.date!r}, must be a day like 2026-11-25"
    target = TARGETS.get(correction.table)
    if target is None:
        return why_no_target(correction.table)
    if correction.action not in code_list("correction_action_labels"):
        return f"action is {correction.action!r}, must be change, add or delete"
    if problem := row_problem(target, correction.row):
        return problem
    if correction.action != "change" and not target.has_spans:
        return _whole_row_problem(target)
    try:
        _CHECKS[correction.action](target, correction)
    except ValueError as error:
        return str(error)
    return None


def _whole_row_problem(target: Target) -> str:
    name = target.spec.name
    if name == "documents":
        return "documents are added and removed as files of raw/; change values only"
    return f"{name} follow from what documents say; add or delete rows of those, or change values"


def read_change(target: Target, correction: Correction) -> tuple[Any, Any]:
    """The value expected and the new one, of the type of their column.

    Raises:
        ValueError: The column cannot be changed, or does not hold such values.
    """
    column = target.changeable.get(correction.field)
    if column is None:
        known = ", ".join(target.changeable) or "none: delete the row and add another"
        raise ValueError(f"field is {correction.field!r}; to be changed are {known}")
    expected = read_value(column, correction.expected) if correction.expected else None
    value = read_value(column, correction.value)
    check_codes(column, value)
    return expected, value


def read_check(target: Target, correction: Correction) -> Any:
    """The value that a row to be deleted must have in the field that is given.

    Raises:
        ValueError: There is no such column, or it does not hold such values.
    """
    column = target.shared.get(correction.field)
    if column is None:
        known = ", ".join(target.shared)
        raise ValueError(f"field is {correction.field!r}; rows can be told apart by {known}")
    return read_value(column, correction.expected) if correction.expected else None


def _check_change(target: Target, correction: Correction) -> None:
    if is_equal(*read_change(target, correction)):
        raise ValueError(f"value and expected are both {correction.value!r}; nothing would change")


def _check_delete(target: Target, correction: Correction) -> None:
    if correction.value:
        raise ValueError("value must be empty, for the whole row is deleted")
    if not correction.field:
        if correction.expected:
            raise ValueError(f"field is empty; say what is {correction.expected!r}")
        return
    read_check(target, correction)


def _check_add(target: Target, correction: Correction) -> None:
    for column in ("field", "expected"):
        if getattr(correction, column):
            raise ValueError(f"{column} must be empty; columns of a new row stand in value")
    read_new_row(target, correction.value)


_CHECKS = {"add": _check_add, "change": _check_change, "delete": _check_delete}
