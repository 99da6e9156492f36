"""``raw/person_judgements.csv`` -> what people decided about persons; it goes before every rule."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sco_pipeline.codes import code_list
from sco_pipeline.model import Reject
from sco_pipeline.raw_files import JUDGEMENTS_FILE

COLUMNS = (
    "name_a", "affiliation_a", "name_b", "affiliation_b", "same", "author", "date", "reason",
)  # fmt: skip
_SAME = {"true": True, "false": False}


class Side(NamedTuple):
    """A name as ``participants.name`` has it, and its state or organisation; empty if none."""

    name: str
    affiliation: str

    def __str__(self) -> str:
        return (
            f"{self.name!r} of {self.affiliation}" if self.affiliation else f"{self.name!r} alone"
        )


class Judgement(NamedTuple):
    """Two written names are one person's, or are not; ``line`` of the file says so."""

    line: int
    sides: tuple[Side, Side]
    is_same: bool


@dataclass(frozen=True, slots=True)
class PersonJudgements:
    """The judgements of a raw directory, and where they stand."""

    sha256: str = ""
    judgements: tuple[Judgement, ...] = ()
    rejects: tuple[Reject, ...] = ()

    def reject(self, stage: str, problems: Sequence[str]) -> Reject:
        """One reject for all that is wrong with the file at one stage."""
        detail = "; ".join(problems)
        return Reject(JUDGEMENTS_FILE, self.sha256, stage, "bad_judgement", detail)


def read_person_judgements(raw_dir: Path) -> PersonJudgements:
    """Read the judgements; lines that cannot be used become one reject that names each of them.

    Raises:
        OSError: The file is there and cannot be read.
    """
    path = raw_dir / JUDGEMENTS_FILE
    found = PersonJudgements()
    if not path.is_file():
        if path.exists() or path.is_symlink():
            problem = "is no file, or a link to none; put the file itself there"
            found = PersonJudgements(rejects=(found.reject("read", [problem]),))
        return found
    content = path.read_bytes()
    found = PersonJudgements(hashlib.sha256(content).hexdigest())
    try:
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows = [(lines.line_num, cells) for cells in lines]
    except (UnicodeDecodeError, csv.Error) as error:
        problem = f"is no CSV in UTF-8 ({error}); save it again"
        return PersonJudgements(found.sha256, (), (found.reject("read", [problem]),))
    header = rows[0][1] if rows else []
    if tuple(header) != COLUMNS:
        problem = f"header is {','.join(header)!r}, must be {','.join(COLUMNS)}"
        return PersonJudgements(found.sha256, (), (found.reject("read", [problem]),))
    judgements = []
    problems = []
    for line, written in rows[1:]:
        # Names are stored composed and with single blanks; files and people write otherwise.
        cells = [" ".join(unicodedata.normalize("NFC", cell).split()) for cell in written]
        if not any(cells):
            continue
        judgement = _read_line(line, cells)
        if isinstance(judgement, Judgement):
            judgements.append(judgement)
        else:
            problems.append(f"line {line}: {judgement}")
    rejects = (found.reject("read", problems),) if problems else ()
    return PersonJudgements(found.sha256, tuple(judgements), rejects)


def _read_line(line: int, cells: list[str]) -> Judgement | str:
    """One judgement, or what is wrong with it."""
    if len(cells) != len(COLUMNS):
        return f"{len(cells)} cells instead of {len(COLUMNS)}; quote commas"
    row = dict(zip(COLUMNS, cells, strict=True))
    for column in ("name_a", "name_b", "author", "reason"):
        if not row[column]:
            return f"{column} is empty; fill it"
    for column in ("affiliation_a", "affiliation_b"):
        if row[column] and row[column] not in code_list("countries") | code_list("organisations"):
            return f"{column} is {row[column]!r}, no code of a state or organisation; see countries"
    same = row["same"].lower()  # spreadsheets write TRUE
    if same not in _SAME:
        return f"same is {row['same']!r}, must be true or false"
    try:
        date.fromisoformat(row["date"])
    except ValueError:
        return f"date is {row['date']!r}, must be a day like 2026-11-25"
    sides = Side(row["name_a"], row["affiliation_a"]), Side(row["name_b"], row["affiliation_b"])
    if sides[0] == sides[1]:
        return f"both names are {sides[0]}; namesakes of one affiliation cannot be told apart"
    return Judgement(line, sides, _SAME[same])
