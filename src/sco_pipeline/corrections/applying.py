"""Corrections of rows, and what became of each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from sco_pipeline.codes import code_list
from sco_pipeline.corrections.reading import (
    Correction,
    Corrections,
    Outcome,
    read_change,
    read_check,
    read_day,
)
from sco_pipeline.corrections.targets import (
    TARGETS,
    Place,
    Target,
    as_text,
    is_equal,
    read_new_row,
)
from sco_pipeline.mentions.people import regular_name
from sco_pipeline.model import Reject
from sco_pipeline.schema.tables import CORRECTIONS, DECISIONS, DOCUMENT_MEETINGS
from sco_pipeline.tables import decision_id

Values = dict[str, Any]

#: The rule of rows that were added.
ADDED_RULE = "correction"
#: Columns that no two rows of a document share.
_IDENTITY: Mapping[str, tuple[str, ...]] = {
    "country_mentions": ("char_start", "char_end"),
    "decisions": ("decision_id",),
    "document_meetings": ("char_start", "char_end", "relation", "body"),
    "instrument_mentions": ("char_start", "char_end"),
    "participants": ("char_start", "char_end"),
    "topics": ("char_start", "char_end", "topic"),
}
#: Column that numbers a document's records of one kind; other rows point to the numbers.
_NUMBERS: Mapping[str, str] = {"document_meetings": "mention", "instrument_mentions": "number"}
#: The meeting a document is about has this number.
_MAIN = 0
#: First and last day of a period.
_PERIODS = (("starts_on", "ends_on"), ("first_seen", "last_seen"))


class Corrected(NamedTuple):
    """Rows with ``corrected_by``, and what became of each correction, in the order given."""

    rows: pa.Table
    outcomes: tuple[Outcome, ...]


@dataclass(slots=True, eq=False)
class _Row:
    """A row under correction.

    Attributes:
        number: Its position in the table; None if it is added.
        before: Its values before any change.
    """

    number: int | None
    values: Values
    before: Values = field(init=False)
    is_deleted: bool = False
    changes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = dict(self.values)


class _NotAppliedError(Exception):
    """A correction cannot be applied: status and detail."""


def correct_rows(
    table_name: str,
    rows: pa.Table,
    corrections: Sequence[Correction],
    documents: pa.Table | None = None,
    sentences: pa.Table | None = None,
) -> Corrected:
    """Apply corrections, one after the other in the order of the file.

    Pure. Time and memory grow with the rows of the documents (or the entities) that are
    corrected; all others are passed on as they are.

    Args:
        table_name: A table of the warehouse that can be corrected.
        rows: Its rows before corrections: of documents, the rows of ``tables.MENTION_SCHEMAS``
            (those of ``targets.MENTION_TABLES``); of meetings, persons and instruments, all.
            Further columns are kept, and null in added rows.
        corrections: Of this table.
        documents: The documents that exist, at least those concerned, with their ``text``; only
            looked at for corrections by span.
        sentences: Their sentences.

    Returns:
        The rows in the order given, without deleted ones, added ones last; with the column
        ``corrected_by``.
    """
    target = TARGETS[table_name]
    rows = _with_marks(rows, target)
    key = "document_id" if rows.schema.get_field_index("document_id") >= 0 else target.spec.key[0]
    wanted = pa.array(sorted({c.document_id or c.row for c in corrections}), pa.string())
    touched = pc.indices_nonzero(pc.is_in(rows[key], value_set=wanted))
    editor = _Editor(
        target,
        key,
        [
            _Row(number, values)
            for number, values in zip(
                touched.to_pylist(), rows.take(touched).to_pylist(), strict=True
            )
        ],
        _texts(documents),
        _sentences(sentences, wanted),
    )
    outcomes = [editor.apply(correction) for correction in corrections]
    undone = editor.undo_contradictions()
    kept = _put_back(rows, editor.rows)
    return Corrected(kept, tuple(undone.get(o.correction_id, o) for o in outcomes))


def correction_rows(corrections: Corrections, outcomes: Iterable[Outcome]) -> pa.Table:
    """The table ``corrections``: every line and what became of it, sorted by key.

    Args:
        corrections: As read.
        outcomes: Of all tables; a correction without one is of a document that is not there.
    """
    rows = [
        {
            "correction_id": correction.correction_id,
            "line": correction.line,
            "table_name": correction.table,
            "row": correction.row,
            "action": correction.action if correction.action in _actions() else None,
            "field": correction.field,
            "expected": correction.expected,
            "value": correction.value,
            "reason": correction.reason,
            "author": correction.author,
            "corrected_on": read_day(correction),
            "status": outcome.status,
            "detail": outcome.detail,
        }
        for correction, outcome in _with_outcomes(corrections, outcomes)
    ]
    return CORRECTIONS.build(sorted(rows, key=lambda row: str(row["correction_id"])))


def correction_rejects(corrections: Corrections, outcomes: Iterable[Outcome]) -> tuple[Reject, ...]:
    """What is wrong with the file: as read, and as it turned out when it was applied."""
    problems: dict[str, list[str]] = {"bad_correction": [], "stale_correction": []}
    bad = {correction.correction_id for correction, _ in corrections.invalid}
    for correction, outcome in _with_outcomes(corrections, outcomes):
        if outcome.status != "applied" and correction.correction_id not in bad:
            reason = "bad_correction" if outcome.status == "invalid" else "stale_correction"
            problems[reason].append(f"line {correction.line}: {outcome.detail}")
    return (
        *corrections.rejects,
        *(corrections.reject("resolve", reason, of) for reason, of in problems.items() if of),
    )


def _with_outcomes(
    corrections: Corrections, outcomes: Iterable[Outcome]
) -> list[tuple[Correction, Outcome]]:
    """Every correction and what became of it, in the order of the file."""
    by_id = {outcome.correction_id: outcome for outcome in outcomes}
    valid = [
        (
            correction,
            by_id.get(correction.correction_id)
            or Outcome(correction.correction_id, "stale", _gone(correction)),
        )
        for correction in corrections.corrections
    ]
    return sorted([*valid, *corrections.invalid], key=lambda pair: pair[0].line)


def _gone(correction: Correction) -> str:
    if correction.document_id is None:
        return f"{correction.table} has no row {correction.row}"
    return f"no document {correction.document_id} is read from raw/; take the line out"


def _actions() -> frozenset[str]:
    return code_list("correction_action_labels")


def _with_marks(rows: pa.Table, target: Target) -> pa.Table:
    if rows.schema.get_field_index("corrected_by") >= 0:
        return rows
    column = target.spec.column("corrected_by")
    # Made of one empty list: 50,000 Python lists would take longer than all else here.
    nothing = pa.array([], column.type)
    if rows.num_rows:  # Arrow cannot repeat a list no times
        nothing = pa.repeat(pa.scalar([], column.type), rows.num_rows)
    return rows.append_column(column.field(), nothing)


def _texts(documents: pa.Table | None) -> Callable[[str], str | None]:
    """document_id -> its text; None if there is no such document."""
    if documents is None:
        return lambda _: ""
    ids = documents["document_id"].combine_chunks()
    texts = documents["text"]

    def text(document_id: str) -> str | None:
        place = pc.index(ids, document_id).as_py()
        return None if place < 0 else str(texts[place].as_py())

    return text


def _sentences(sentences: pa.Table | None, wanted: pa.Array) -> dict[str, list[Values]]:
    found: dict[str, list[Values]] = {}
    if sentences is not None:
        sentences = sentences.select(["sentence_id", "document_id", "char_start", "char_end"])
        of_documents = pc.is_in(sentences["document_id"], value_set=wanted)
        for row in sentences.filter(of_documents).to_pylist():
            found.setdefault(row["document_id"], []).append(row)
    return found


def _put_back(rows: pa.Table, edited: Sequence[_Row]) -> pa.Table:
    """The table with the edited rows in the places of the old ones."""
    if not edited:
        return rows
    size = rows.num_rows
    places = list(range(size))
    added = []
    for place, row in enumerate(edited, start=size):
        if row.number is None:
            added.append(-1 if row.is_deleted else place)
        else:
            places[row.number] = -1 if row.is_deleted else place
    both = pa.concat_tables(
        [rows, pa.Table.from_pylist([row.values for row in edited], schema=rows.schema)]
    )
    kept = [place for place in (*places, *added) if place >= 0]
    return both.take(pa.array(kept, pa.int64()))


class _Editor:
    """The rows that corrections may concern, and how each action changes them."""

    def __init__(
        self,
        target: Target,
        key: str,
        rows: list[_Row],
        text: Callable[[str], str | None],
        sentences: Mapping[str, list[Values]],
    ) -> None:
        self._target = target
        self.rows = rows
        self._text = text
        self._sentences = sentences
        self._by_key: dict[str, list[_Row]] = {}
        for row in rows:
            self._by_key.setdefault(row.values[key], []).append(row)

    def apply(self, correction: Correction) -> Outcome:
        """Apply one correction to the rows as earlier ones left them."""
        actions = {"add": self._add, "change": self._change, "delete": self._delete}
        try:
            actions[correction.action](correction)
        except _NotAppliedError as error:
            status, detail = error.args
            return Outcome(correction.correction_id, status, detail)
        return Outcome(correction.correction_id, "applied")

    def undo_contradictions(self) -> dict[str, Outcome]:
        """Take back all changes of rows whose dates no longer fit each other.

        Only now: of two days, one is changed before the other.
        """
        undone: dict[str, Outcome] = {}
        for row in self.rows:
            if row.changes and not row.is_deleted and (problem := _contradiction(row.values)):
                row.values = dict(row.before)
                undone |= {change: Outcome(change, "invalid", problem) for change in row.changes}
        return undone

    def _change(self, correction: Correction) -> None:
        name = correction.field
        expected, value = read_change(self._target, correction)
        found = self._find(correction)
        fitting = [row for row in found if is_equal(row.values[name], expected)]
        if not fitting:
            current = {as_text(row.values[name]): None for row in found}
            if correction.value in current:
                raise _stale(f"{name} is {correction.value!r} already; take the line out")
            are = " and ".join(map(repr, current))
            raise _stale(f"{name} is {are}, not {correction.expected!r}; look again")
        row = _only(fitting, correction)
        changed = row.values | {name: value}
        if name in _IDENTITY.get(self._target.spec.name, ()) and self._twin(changed, row):
            raise _stale(
                f"a row with {name} {correction.value!r} is there already; delete this one instead"
            )
        row.values = changed | {
            "corrected_by": [*row.values["corrected_by"], correction.correction_id]
        }
        row.changes.append(correction.correction_id)

    def _delete(self, correction: Correction) -> None:
        fitting = self._find(correction)
        if name := correction.field:
            expected = read_check(self._target, correction)
            fitting = [row for row in fitting if is_equal(row.values[name], expected)]
            if not fitting:
                raise _stale(f"{name} is no longer {correction.expected!r}; look again")
        _only(fitting, correction).is_deleted = True

    def _add(self, correction: Correction) -> None:
        place = self._target.read_place(correction.row)
        text = None if place is None else self._text(place.document_id)
        if place is None or text is None:
            raise _stale(_gone(correction))
        given = read_new_row(self._target, correction.value)
        words = text[place.char_start : place.char_end]
        values: Values = {
            name: [] if column.is_list else False if column.type == pa.bool_() else None
            for name, column in self._target.addable.items()
        }
        values |= place._asdict() | {"sentence_id": self._sentence(place, len(text))}
        values |= {"rule": ADDED_RULE, "corrected_by": [correction.correction_id]}
        if self._target.spec.evidence:
            values[self._target.spec.evidence] = words
        if "name" in values:
            is_person = self._target.spec.name == "participants"
            values["name"] = regular_name(words) if is_person else words
        if self._target.spec.name == "participants":
            values["meeting"] = _MAIN
        values |= {name: value for name, value in given.items() if name != "name" or value}
        values |= self._number(values)
        if self._target.spec is DECISIONS:
            verb = values["verb_start"], values["verb_end"]
            if not 0 <= verb[0] < verb[1] <= len(text):
                raise _invalid("verb_start and verb_end are no span of the document")
            values["instruments"] = []
            values["decision_id"] = decision_id(
                place.document_id, *verb, values["act"], place.char_start
            )
        if problem := _contradiction(values):
            raise _invalid(problem)
        row = _Row(None, values)
        if self._twin(values, row):
            raise _stale("the row is there already; take the line out, or delete that row first")
        self.rows.append(row)
        self._by_key.setdefault(place.document_id, []).append(row)

    def _find(self, correction: Correction) -> list[_Row]:
        """The rows that a correction names, deleted ones left out; at least one."""
        place = self._target.read_place(correction.row) if self._target.has_spans else None
        rows = self._by_key.get(place.document_id if place else correction.row, [])
        found = [
            row
            for row in rows
            if not row.is_deleted and (place is None or _span(row.values) == place[1:])
        ]
        if found:
            return found
        if place is None or self._text(place.document_id) is None:
            raise _stale(_gone(correction))
        raise _stale(f"{correction.table} has no row {correction.row}; look again")

    def _sentence(self, place: Place, size: int) -> str:
        """The sentence that holds a span; a decision may run on over several."""
        if place.char_end > size:
            raise _invalid(f"span {place} ends behind the document's {size} characters")
        may_run_on = self._target.spec is DECISIONS
        for sentence in self._sentences.get(place.document_id, ()):
            if sentence["char_start"] <= place.char_start < sentence["char_end"] and (
                may_run_on or place.char_end <= sentence["char_end"]
            ):
                return str(sentence["sentence_id"])
        raise _invalid(f"span {place} is not within one sentence; see sentences")

    def _twin(self, values: Values, of: _Row) -> bool:
        """Whether another row of the document cannot be told from this one."""
        columns = _IDENTITY[self._target.spec.name]
        return any(
            all(row.values[column] == values[column] for column in columns)
            for row in self._by_key.get(values["document_id"], ())
            if row is not of and not row.is_deleted
        )

    def _number(self, values: Values) -> Values:
        """The number of a new record, where its kind has one; it takes that of one it replaces."""
        name = _NUMBERS.get(self._target.spec.name)
        if name is None:
            return {}
        rows = [
            row
            for row in self._by_key.get(values["document_id"], ())
            if row.values.get(name) is not None
        ]
        taken = {row.values[name] for row in rows if not row.is_deleted}
        for row in rows:
            is_replaced = _span(row.values) == _span(values) and row.values[name] not in taken
            if is_replaced:
                return {name: row.values[name]}
        if self._target.spec is DOCUMENT_MEETINGS:
            # A document is about what it reports or announces.
            if _MAIN not in taken and values["relation"] != "recalls":
                return {name: _MAIN}
            taken.add(_MAIN)
        return {name: max([-1, *taken, *(row.values[name] for row in rows)]) + 1}


def _span(values: Values) -> tuple[int, int]:
    return values["char_start"], values["char_end"]


def _only(fitting: Sequence[_Row], correction: Correction) -> _Row:
    if len(fitting) == 1:
        return fitting[0]
    if correction.field:
        told = f"{correction.field} {correction.expected!r}"
        detail = f"{len(fitting)} rows of {correction.row} have {told}; delete one by another field"
    else:
        detail = f"{len(fitting)} rows are at {correction.row}; tell them apart by field, expected"
    raise _NotAppliedError("ambiguous", detail)


def _contradiction(values: Values) -> str | None:
    """What two columns of a row say that cannot both be, None if nothing."""
    for first, last in _PERIODS:
        start, end = values.get(first), values.get(last)
        if end and not start:
            return f"{last} {end} would stand without {first}"
        if end and start and end < start:
            return f"{last} {end} would lie before {first} {start}; correct both"
    if values.get("date_precision") and not values.get("starts_on"):
        return f"date_precision {values['date_precision']!r} would stand without starts_on"
    return None


def _stale(detail: str) -> _NotAppliedError:
    return _NotAppliedError("stale", detail)


def _invalid(detail: str) -> _NotAppliedError:
    return _NotAppliedError("invalid", detail)
