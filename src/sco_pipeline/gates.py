"""The gates: what a staged database must satisfy before it is published.

``checks`` refuses rows that are wrong; the gates look at the whole: figures that are allowed but
suspicious, and references between tables of which only a part was written anew.
See docs/adr/0012-gates-and-changes.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sco_pipeline.errors import GateError
from sco_pipeline.evaluation import evaluate
from sco_pipeline.schema.tables import ALL_TABLES, DATA_TABLES
from sco_pipeline.settings import GateSettings

#: Tables of names that were understood, as ``unresolved`` is of those that were not.
_RESOLVED = ("country_mentions", "decisions", "document_meetings", "participants")

# An archive of which some documents could be read is used, as a document of several pages is.
_SHARES = """
WITH used AS (
    SELECT DISTINCT array_to_string(parts[1:unnest(range(1, len(parts) + 1))], '/') AS path
    FROM (SELECT string_split(path, '/') AS parts FROM documents)
),
unused AS (SELECT DISTINCT path FROM rejects ANTI JOIN used USING (path))
SELECT (SELECT count(*) FROM unused), (SELECT count(*) FROM unused) + count(DISTINCT path)
FROM documents
"""
_LOST = """
SELECT subject, count(*), min(value)
FROM ({values}) ANTI JOIN (SELECT {column} AS value FROM {table}) USING (value)
WHERE value IS NOT NULL
GROUP BY subject
"""
_REPEATED = """
SELECT '{table} ({columns})', (SELECT count(*) FROM {table}) - count(*)
FROM (SELECT DISTINCT {columns} FROM {table})
"""
# Every row counts as outside whose document or sentence is not there.
_OUTSIDE = """
SELECT subject, count(*), min(row_place)
FROM (
    SELECT r.subject, concat(r.document_id, ' ', r.char_start, '-', r.char_end) AS row_place
    FROM ({rows}) AS r
    LEFT JOIN documents AS d USING (document_id)
    LEFT JOIN sentences AS s USING (sentence_id)
    WHERE (
        0 <= r.char_start AND r.char_start < r.char_end AND r.char_end <= d.char_count
        AND s.document_id = r.document_id AND s.char_start <= r.char_start
        AND r.char_start < s.char_end AND (r.char_end <= s.char_end OR r.may_run_on)
    ) IS NOT TRUE
)
GROUP BY subject
"""


@dataclass(frozen=True, slots=True)
class GateResult:
    """One figure and its limit.

    Attributes:
        gate: ``reject_share``, ``row_drop``, ``unresolved_share``, ``f1``, ``foreign_keys``,
            ``unique_keys`` or ``spans``.
        subject: Table, column or score it is about.
        value: Share, score or number of rows; None where the gate was skipped.
        limit: Most that ``value`` may be; for ``f1``, the least.
        detail: What was counted, or why the gate was skipped.
    """

    gate: str
    subject: str
    value: float | None
    limit: float
    passed: bool
    detail: str

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.gate}: {self.detail}"
        bound = "least" if self.gate == "f1" else "most"
        return (
            f"{self.gate} of {self.subject}: {round(self.value, 4):.10g}, at {bound} "
            f"{self.limit:g} allowed ({self.detail})"
        )


def gold_f1(gold: Path) -> dict[str, float]:
    """F1 of today's rules on annotated documents, by score; without scores that count nothing.

    Raises:
        GoldError: The documents cannot be read.
    """
    scores = evaluate(gold).scores
    return {name: score.f1 for name, score in scores.items() if score.gold or score.predicted}


def gold_digest(gold: Path) -> str:
    """Hash of a folder of annotated documents."""
    digest = hashlib.sha256()
    for path in sorted(path for path in gold.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(gold).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def check_gates(
    connection: duckdb.DuckDBPyConnection,
    previous: Mapping[str, int],
    settings: GateSettings,
    f1: Callable[[], Mapping[str, float]] | None,
) -> list[GateResult]:
    """Hold a staged database against the limits.

    Args:
        connection: To a database with every table of ``schema.tables.ALL_TABLES``.
        previous: Table -> rows in the current snapshot; empty where nothing is published.
        settings: The limits.
        f1: Gives F1 by score, as ``gold_f1`` does; None where no documents are annotated.

    Returns:
        One result for every share and score; one for each of ``foreign_keys``, ``unique_keys``
        and ``spans`` that hold everywhere, else one for each column or table where they do not.
    """
    counts = dict(
        connection.execute(
            " UNION ALL ".join(f"SELECT '{s.name}', count(*) FROM {s.name}" for s in DATA_TABLES)
        ).fetchall()
    )
    return [
        _reject_share(connection, settings),
        *_row_drops(counts, previous, settings),
        _unresolved_share(counts, settings),
        *_scores(settings, f1),
        *_broken(connection, "foreign_keys", _lost_references(), "point nowhere, such as"),
        *_broken(connection, "unique_keys", _repeated_keys(), "repeat another one"),
        *_broken(connection, "spans", _rows_outside(), "lie outside, such as"),
    ]


def require(results: Sequence[GateResult]) -> None:
    """Refuse to publish unless every gate was passed.

    Raises:
        GateError: Names each figure that failed and its limit, and how to go on.
    """
    failed = [str(result) for result in results if not result.passed]
    if failed:
        raise GateError(
            "\n  ".join([f"{len(failed)} gate(s) failed, nothing was published", *failed])
            + "\nfind the cause and mend it; if the figures are right, publish with "
            '--accept "REASON"; limits are settings, see docs/settings.md'
        )


def _reject_share(connection: duckdb.DuckDBPyConnection, settings: GateSettings) -> GateResult:
    ((rejected, files),) = connection.execute(_SHARES).fetchall()
    detail = f"{rejected} of {files} raw files became no document"
    return _share(
        "reject_share", "raw files", rejected, files, settings.max_reject_share, settings, detail
    )


def _row_drops(
    counts: Mapping[str, int], previous: Mapping[str, int], settings: GateSettings
) -> Iterator[GateResult]:
    if not previous:
        yield _skipped("row_drop", "skipped, nothing is published yet")
    for table, now in counts.items():
        # Fewer rejects or unresolved words are no loss; more have gates of their own.
        if table not in previous or table in ("rejects", "unresolved"):
            continue
        before = previous[table]
        limit = settings.max_row_drop_by_table.get(table, settings.max_row_drop)
        detail = f"{before} rows before, {now} now"
        yield _share("row_drop", table, max(before - now, 0), before, limit, settings, detail)


def _unresolved_share(counts: Mapping[str, int], settings: GateSettings) -> GateResult:
    unresolved = counts["unresolved"]
    names = unresolved + sum(counts[table] for table in _RESOLVED)
    detail = f"{unresolved} of {names} names, offices and actors were not understood"
    limit = settings.max_unresolved_share
    return _share("unresolved_share", "unresolved", unresolved, names, limit, settings, detail)


def _share(
    gate: str,
    subject: str,
    part: int,
    whole: int,
    limit: float,
    settings: GateSettings,
    detail: str,
) -> GateResult:
    share = part / whole if whole else 0.0
    passed = share <= limit or part < settings.min_count
    return GateResult(gate, subject, share, limit, passed, detail)


def _scores(
    settings: GateSettings, f1: Callable[[], Mapping[str, float]] | None
) -> Iterator[GateResult]:
    if f1 is None:
        yield _skipped("f1", "skipped, the setting gates.gold names no annotated documents")
        return
    scores = f1()
    for name, least in settings.min_f1.items():
        if name in scores:
            value = scores[name]
            detail = "on the annotated documents of gates.gold"
            yield GateResult("f1", name, value, least, value >= least, detail)


def _skipped(gate: str, why: str) -> GateResult:
    return GateResult(gate, "", None, 0, True, why)


def _lost_references() -> str:
    """Values that a column refers to and that are not there: column, how many, the first."""
    values: dict[tuple[str, str], list[str]] = {}
    for spec in ALL_TABLES:
        for column in spec.columns:
            if column.target:
                value = f"unnest({column.name})" if column.is_list else column.name
                values.setdefault(column.target, []).append(
                    f"SELECT '{spec.name}.{column.name}' AS subject, {value} AS value "
                    f"FROM {spec.name}"
                )
    return " UNION ALL ".join(
        _LOST.format(values=" UNION ALL ".join(selects), table=table, column=column)
        for (table, column), selects in values.items()
    )


def _repeated_keys() -> str:
    """How many rows share a key with another: table and columns, how many, nothing."""
    repeated = " UNION ALL ".join(
        _REPEATED.format(table=spec.name, columns=", ".join(columns))
        for spec in ALL_TABLES
        for columns in (spec.key, *spec.unique)
    )
    return f"SELECT *, '' FROM ({repeated}) AS r(subject, row_count) WHERE row_count > 0"


def _rows_outside() -> str:
    """Rows whose span is none, or not in its document or sentence: table, how many, the first."""
    rows = " UNION ALL ".join(
        f"SELECT '{spec.name}' AS subject, document_id, sentence_id, char_start, char_end, "
        # A clause may run on over several sentences (a list after a colon).
        f"{spec.name == 'decisions'} AS may_run_on FROM {spec.name}"
        for spec in ALL_TABLES
        if spec.has("char_start")
    )
    return _OUTSIDE.format(rows=rows)


def _broken(
    connection: duckdb.DuckDBPyConnection, gate: str, query: str, problem: str
) -> Iterator[GateResult]:
    found = connection.execute(f"{query} ORDER BY ALL").fetchall()
    if not found:
        yield GateResult(gate, "all tables", 0, 0, True, "no row breaks them")
    for subject, count, example in found:
        detail = f"rows that {problem} {example}".rstrip()
        yield GateResult(gate, subject, count, 0, False, detail)
