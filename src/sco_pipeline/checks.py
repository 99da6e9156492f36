"""The checks on write: tables that break the schema are never published.

Whole columns at a time in Arrow; only evidence is compared row by row, against slices of the
text: Python counts code points, as offsets do and as ``substr`` of DuckDB does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sco_pipeline.errors import TableError
from sco_pipeline.model import Extraction
from sco_pipeline.schema.table_spec import Column, TableSpec
from sco_pipeline.schema.tables import ALL_TABLES

#: Rows shown for one broken rule, and rules shown in one message.
SHOWN_ROWS = 3
SHOWN_RULES = 8
#: Documents whose texts are held as Python strings at a time.
DOCUMENTS_AT_A_TIME = 2_000

Tables = Mapping[str, pa.Table]

_OFFSETS = "offsets must count code points of documents.text; mend the rule that made the row"
#: Columns that may name a document whose rows are not at hand.
_ANY_DOCUMENT = ("duplicate_of", "newer_document_id", "previous_document_id")
_DATES = {
    "meetings": ("starts_on", "ends_on"),
    "document_meetings": ("starts_on", "ends_on"),
    "memberships": ("valid_from", "valid_to"),
    "persons": ("first_seen", "last_seen"),
}


@dataclass(frozen=True, slots=True)
class _Violation:
    """Rows that break one rule.

    Attributes:
        rows: Their positions in the table.
        values: What to show of each, beside its key.
    """

    table: str
    column: str
    rows: Sequence[int]
    values: Sequence[Any]
    problem: str
    advice: str


def check_tables(
    tables: Tables,
    names: Set[str] | None = None,
    documents: pa.ChunkedArray | None = None,
) -> None:
    """Check tables of the warehouse against their specs and against the others.

    Types, nulls, keys, foreign keys, code lists, spans, evidence and dates. Linear in the
    number of rows.

    Args:
        tables: By name: those to check, and those they refer to.
        names: Those to check, all if None. Of tables cut by document, the rows of whole
            documents will do.
        documents: Ids of all documents, where ``tables`` holds only some: a document may be the
            duplicate or a version of any.

    Raises:
        TableError: Names table, row, column and value of some of the violations, and what to do.
    """
    specs = {spec.name: spec for spec in ALL_TABLES}
    names = specs.keys() if names is None else names
    for name in names - tables.keys():
        raise TableError(name, "is missing; give it, empty if it has no rows")
    for name in tables.keys() - specs.keys():
        raise TableError(name, "is in no schema; declare it in schema/tables.py")
    checked = [spec for spec in ALL_TABLES if spec.name in names]
    for spec in checked:
        _check_schema(spec, tables[spec.name])
        _check_nulls(spec, tables[spec.name])
    broken = [
        violation
        for spec in checked
        if tables[spec.name].num_rows
        for violation in _violations(spec, tables, documents)
    ]
    if broken:
        lines = ["rows break the schema, nothing was published"]
        for violation in broken[:SHOWN_RULES]:
            spec = specs[violation.table]
            lines += _message(violation, spec, tables[spec.name])
        if len(broken) > SHOWN_RULES:
            lines.append(f"  ... and {len(broken) - SHOWN_RULES} more rules are broken")
        raise TableError(broken[0].table, "\n".join(lines))


def _check_schema(spec: TableSpec, table: pa.Table) -> None:
    wanted = spec.arrow_schema()
    if table.schema.equals(wanted, check_metadata=True):
        return
    names = [column.name for column in spec.columns]
    if table.column_names != names:
        raise TableError(spec.name, f"columns are {table.column_names}, must be {names}")
    for found, field in zip(table.schema, wanted, strict=True):
        if not found.equals(field, check_metadata=True):
            raise TableError(
                spec.name,
                f"column {field.name}: {_describe(found)}, must be {_describe(field)}; "
                "cast the table to its schema in schema/tables.py",
            )
    raise TableError(
        spec.name, f"metadata is {table.schema.metadata}, must be {wanted.metadata}; cast it"
    )


def _describe(field: pa.Field) -> str:
    null = "nullable" if field.nullable else "not null"
    return f"{field.type} {null}, metadata {field.metadata}"


def _check_nulls(spec: TableSpec, table: pa.Table) -> None:
    for column in spec.columns:
        values = table[column.name]
        if values.null_count and not column.nullable:
            row = pc.index(pc.is_null(values), True).as_py()
            what = "is null"
        elif column.is_list and pc.list_flatten(values).null_count:
            row = next(i for i, items in enumerate(values.to_pylist()) if None in (items or ()))
            what = "holds a null"
        else:
            continue
        raise TableError(
            spec.name,
            f"{_row_name(spec, table, row)}: column {column.name} {what}; "
            "fill it or leave the row out",
        )


def _row_name(spec: TableSpec, table: pa.Table, row: int) -> str:
    return spec.row_name(row, table.select(spec.key).slice(row, 1).to_pylist()[0])


def _message(violation: _Violation, spec: TableSpec, table: pa.Table) -> Iterator[str]:
    yield (
        f"  {spec.name}.{violation.column}: {len(violation.rows)} row(s): {violation.problem}; "
        f"{violation.advice}"
    )
    shown = zip(violation.rows[:SHOWN_ROWS], violation.values, strict=False)
    for row, value in shown:
        yield f"    {_row_name(spec, table, row)}: value {value!r}"


def _violations(
    spec: TableSpec, tables: Tables, documents: pa.ChunkedArray | None
) -> Iterator[_Violation]:
    """All rules over one table."""
    table = tables[spec.name]
    for columns in (spec.key, *spec.unique):
        yield from _check_unique(spec, table, columns)
    places: dict[str, pa.ChunkedArray] = {}
    for column in spec.columns:
        if column.target:
            target, name = column.target
            values = table[column.name]
            items = pc.list_flatten(values) if column.is_list else values
            places[column.name] = found = _positions(items, tables[target][name])
            if column.name in _ANY_DOCUMENT and documents is not None:
                found = _positions(items, documents)
            yield from _check_reference(spec, values, items, found, column)
    if spec.has("char_start"):
        yield from _check_spans(spec, table, tables, places)
    if spec.name in _DATES:
        first, last = _DATES[spec.name]
        late = pc.fill_null(pc.greater(table[first], table[last]), False)
        alone = pc.and_(pc.is_null(table[first]), pc.is_valid(table[last]))
        problem = f"must not lie before {first}, nor stand without it"
        advice = "correct the rule that read the dates"
        yield from _where(spec, table, pc.or_(late, alone), (first, last), problem, advice)
    if spec.name == "documents":
        yield from _check_documents(spec, table, tables, places)
    if spec.name == "decisions":
        yield from _check_decisions(spec, table, tables, places)


def _where(
    spec: TableSpec,
    table: pa.Table,
    mask: pa.ChunkedArray,
    columns: Sequence[str],
    problem: str,
    advice: str,
) -> Iterator[_Violation]:
    """Report the rows where ``mask`` is true, showing ``columns``; the last one is to blame."""
    if not pc.any(mask).as_py():
        return
    rows = pc.indices_nonzero(mask)
    shown = table.select(columns).take(rows[:SHOWN_ROWS]).to_pylist()
    values = [
        row[columns[0]] if len(columns) == 1 else [row[name] for name in columns] for row in shown
    ]
    yield _Violation(spec.name, columns[-1], rows.to_pylist(), values, problem, advice)


def _check_unique(spec: TableSpec, table: pa.Table, columns: Sequence[str]) -> Iterator[_Violation]:
    # Nulls count as equal.
    if len(columns) == 1:
        distinct = pc.count_distinct(table[columns[0]], mode="all").as_py()
    else:
        distinct = table.select(columns).group_by(list(columns)).aggregate([]).num_rows
    if distinct == table.num_rows:
        return
    seen: set[tuple[Any, ...]] = set()
    mask: list[bool] = []
    for row in zip(*(table[name].to_pylist() for name in columns), strict=True):
        mask.append(row in seen)
        seen.add(row)
    problem = f"{', '.join(columns)} must be unique"
    advice = "merge the rows where the table is built"
    yield from _where(spec, table, pa.chunked_array([mask]), columns, problem, advice)


def _check_reference(
    spec: TableSpec,
    values: pa.ChunkedArray,
    items: pa.ChunkedArray,
    places: pa.ChunkedArray,
    column: Column,
) -> Iterator[_Violation]:
    lost = pc.and_(pc.is_valid(items), pc.is_null(places))
    if not pc.any(lost).as_py():
        return
    rows = pc.indices_nonzero(lost)
    found = items.take(rows[:SHOWN_ROWS]).to_pylist()
    if column.is_list:
        rows = pc.list_parent_indices(values).take(rows)
    target, name = column.target or ("", "")
    advice = (
        f"use a code of {target} or add it to lexicons/reference/{target}.csv"
        if name == "code"
        else f"add the row to {target} or correct the value"
    )
    problem = f"is not in {target}.{name}"
    yield _Violation(spec.name, column.name, rows.to_pylist(), found, problem, advice)


def _positions(values: pa.ChunkedArray, keys: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where in ``keys`` each value stands; null if nowhere."""
    return pc.index_in(values, value_set=keys.combine_chunks())


def _check_spans(
    spec: TableSpec, table: pa.Table, tables: Tables, places: Mapping[str, pa.ChunkedArray]
) -> Iterator[_Violation]:
    """Spans lie in their document, mentions in their sentence; evidence is the text there."""
    documents, sentences = tables["documents"], tables["sentences"]
    start, end = table["char_start"], table["char_end"]
    document = places["document_id"]
    bad = _outside(start, end, documents["char_count"].take(document))
    problem = "span must be 0 <= char_start < char_end <= char_count"
    yield from _where(spec, table, bad, ("char_end", "char_start"), problem, _OFFSETS)
    if spec.name != "sentences":
        sentence = places["sentence_id"]
        of_other = pc.not_equal(sentences["document_id"].take(sentence), table["document_id"])
        problem, advice = "is a sentence of another document", "take the sentence of the span"
        yield from _where(
            spec, table, pc.fill_null(of_other, False), ("sentence_id",), problem, advice
        )
        first = sentences["char_start"].take(sentence)
        last = sentences["char_end"].take(sentence)
        # A clause may run on over several sentences (a list after a colon).
        beyond = (
            pc.greater_equal(start, last) if spec.name == "decisions" else pc.greater(end, last)
        )
        outside = pc.fill_null(pc.or_(pc.less(start, first), beyond), False)
        problem = "span must lie in its sentence"
        columns = ("char_start", "char_end", "sentence_id")
        yield from _where(spec, table, outside, columns, problem, advice)
    if spec.evidence:
        wrong = _wrong_evidence(table, spec.evidence, document, documents["text"])
        if wrong:
            found = table[spec.evidence].take(pa.array(wrong[:SHOWN_ROWS])).to_pylist()
            problem = "is not the text at its span"
            yield _Violation(spec.name, spec.evidence, wrong, found, problem, _OFFSETS)


def _outside(
    start: pa.ChunkedArray, end: pa.ChunkedArray, size: pa.ChunkedArray
) -> pa.ChunkedArray:
    bad = pc.or_(pc.or_(pc.less(start, 0), pc.greater_equal(start, end)), pc.greater(end, size))
    return pc.fill_null(bad, False)


def _wrong_evidence(
    table: pa.Table, evidence: str, document: pa.ChunkedArray, texts: pa.ChunkedArray
) -> list[int]:
    """Compare evidence with the texts, some documents at a time to spare memory."""
    wrong: list[int] = []
    spans = table.select(["char_start", "char_end", evidence]).append_column("document", document)
    for first in range(0, len(texts), DOCUMENTS_AT_A_TIME):
        held = texts.slice(first, DOCUMENTS_AT_A_TIME).to_pylist()
        mask = pc.and_(pc.greater_equal(document, first), pc.less(document, first + len(held)))
        columns = (column.to_pylist() for column in spans.filter(mask).columns)
        wrong += (
            row
            for row, start, end, words, number in zip(
                pc.indices_nonzero(mask).to_pylist(), *columns, strict=True
            )
            if held[number - first][start:end] != words
        )
    return wrong


def _check_documents(
    spec: TableSpec, table: pa.Table, tables: Tables, places: Mapping[str, pa.ChunkedArray]
) -> Iterator[_Violation]:
    miscounted = pc.not_equal(table["char_count"], pc.utf8_length(table["text"]))
    problem, advice = "is not the number of code points of text", "count with len() in Python"
    yield from _where(spec, table, miscounted, ("char_count",), problem, advice)
    counts = tables["sentences"].group_by("document_id").aggregate([([], "count_all")])
    found = counts["count_all"].take(_positions(table["document_id"], counts["document_id"]))
    miscounted = pc.not_equal(pc.fill_null(found, 0), table["sentence_count"])
    problem, advice = "is not the number of its sentences", "count the rows of sentences"
    yield from _where(spec, table, miscounted, ("sentence_count",), problem, advice)
    other = table["duplicate_of"].take(places["duplicate_of"])
    same = pc.fill_null(pc.equal(table["duplicate_of"], table["document_id"]), False)
    problem = "must name a document that is itself no duplicate"
    advice = "name the first of the copies"
    mask = pc.or_(pc.is_valid(other), same)
    yield from _where(spec, table, mask, ("duplicate_of",), problem, advice)
    columns = ("duplicate_of", "duplicate_kind", "similarity")
    known = [pc.is_valid(table[name]) for name in columns]
    uneven = pc.or_(pc.xor(known[0], known[1]), pc.xor(known[0], known[2]))
    problem, advice = "must all be given or all be null", "see to resolution/duplicates.py"
    yield from _where(spec, table, uneven, columns, problem, advice)


def _check_decisions(
    spec: TableSpec, table: pa.Table, tables: Tables, places: Mapping[str, pa.ChunkedArray]
) -> Iterator[_Violation]:
    kinds = tables["act_labels"]["kind"].take(places["act"])
    differs = pc.fill_null(pc.not_equal(kinds, table["kind"]), False)
    problem, advice = "does not fit the act", "take the kind from act_labels"
    yield from _where(spec, table, differs, ("act", "kind"), problem, advice)
    sizes = tables["documents"]["char_count"].take(places["document_id"])
    bad = _outside(table["verb_start"], table["verb_end"], sizes)
    problem = "verb must be 0 <= verb_start < verb_end <= char_count"
    yield from _where(spec, table, bad, ("verb_end", "verb_start"), problem, _OFFSETS)


def check_extraction(extraction: Extraction) -> None:
    """Check one document's records by themselves, before they meet those of others.

    A rule that returns a bad span costs its document, not the publication.

    Raises:
        TableError: Names the kind of record, the offset and what is wrong.
    """
    text, sentences = extraction.document.text, extraction.sentences
    end = 0
    for sentence in sentences:
        if not end <= sentence.char_start < sentence.char_end <= len(text):
            raise TableError(
                "sentences", f"span {sentence.char_start}-{sentence.char_end} is no span"
            )
        end = sentence.char_end
    records: dict[str, list[tuple[int, int, int, str]]] = {
        "country_mentions": [(*m[:3], "") for m in extraction.countries],
        "document_meetings": [(*m[:3], str(n)) for n, m in enumerate(extraction.meetings)],
        "instrument_mentions": [(*m[:3], "") for m in extraction.instruments],
        "participants": [(*p.person[:3], str(n)) for n, p in enumerate(extraction.participants)],
        "topics": [(*t[:3], t.topic) for t in extraction.topics],
        "unresolved": [(*u[:3], str(n)) for n, u in enumerate(extraction.unresolved)],
    }
    for table, rows in records.items():
        for ordinal, start, stop, _ in rows:
            sentence = sentences[ordinal]
            if not sentence.char_start <= start < stop <= sentence.char_end:
                raise TableError(table, f"span {start}-{stop} is not in its sentence")
        if len({row[1:] for row in rows}) < len(rows):
            raise TableError(table, "two records of one span")
    for act in extraction.speech_acts:
        sentence = sentences[act.sentence]
        if not (
            sentence.char_start <= act.char_start < sentence.char_end
            and act.char_start < act.char_end <= len(text)
            and 0 <= act.verb_start < act.verb_end <= len(text)
        ):
            raise TableError("decisions", f"span {act.char_start}-{act.char_end} is no clause")
    for participant in extraction.participants:
        person = participant.person
        if text[person.char_start : person.char_end] != person.name_as_written:
            raise TableError("participants", f"{person.name_as_written!r} is not at its span")
