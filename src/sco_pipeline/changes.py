"""What changed between two snapshots, and why.

Only the Parquet files that differ are read, so that it costs what was written anew. Rows are
matched by their table's key; a row that is on one side only is one change, of a row on both
sides each differing field is. See docs/adr/0012-gates-and-changes.md for the causes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sco_pipeline.errors import WarehouseError
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import ALL_TABLES, CHANGES, DOCUMENT_TABLES
from sco_pipeline.table_files import ROW_GROUP_ROWS

#: Longest value shown, in characters: ``changes`` is kept for ever and need not hold whole texts.
SHOWN_CHARACTERS = 1_000

Files = Mapping[str, Sequence[Path]]

#: Entity table -> the documents that mention an entity (document_id, entity), on one side.
_MENTIONS = {
    "instruments": "SELECT document_id, instrument_id AS entity FROM {instrument_mentions}",
    "meetings": "SELECT document_id, meeting_id AS entity FROM {document_meetings}",
    "person_links": """
        SELECT p.document_id, l.link_id AS entity
        FROM {participants} AS p JOIN {person_links} AS l ON l.person_a = p.person_id
        UNION ALL
        SELECT p.document_id, l.link_id
        FROM {participants} AS p JOIN {person_links} AS l ON l.person_b = p.person_id
    """,
    "persons": "SELECT document_id, person_id AS entity FROM {participants}",
}
_log = logging.getLogger(__name__)

# Of several causes the first of this list counts.
_MACROS = f"""
CREATE OR REPLACE TEMP MACRO strength(cause) AS list_position(
    ['source_edited', 'source_removed', 'source_added', 'corrections', 'rules', 'resolution'], cause
);
CREATE OR REPLACE TEMP MACRO shown(value) AS CASE
    WHEN length(value) > {SHOWN_CHARACTERS} THEN left(value, {SHOWN_CHARACTERS}) || '…' ELSE value
END
"""
# Documents whose rows may differ: these depend on nothing else. An edited file is another document
# at the same path, as ids are hashes of bytes.
_DOCUMENT_CAUSES = """
CREATE OR REPLACE TEMP TABLE cause AS
WITH old AS (FROM read_parquet($before)), new AS (FROM read_parquet($after)),
edited AS (SELECT path FROM old JOIN new USING (path) WHERE old.sha256 <> new.sha256)
SELECT 'document' AS kind, document_id AS subject, coalesce(new.path, old.path) AS path,
    CASE
        WHEN old.path IS NULL
        THEN CASE WHEN new.path IN (FROM edited) THEN 'source_edited' ELSE 'source_added' END
        WHEN new.path IS NULL
        THEN CASE WHEN old.path IN (FROM edited) THEN 'source_edited' ELSE 'source_removed' END
        WHEN old.source_digest <> new.source_digest THEN 'source_edited'
        WHEN old.correction_digest IS DISTINCT FROM new.correction_digest THEN 'corrections'
        WHEN old.package_digest <> new.package_digest THEN 'rules'
        ELSE 'resolution'
    END AS cause
FROM old FULL JOIN new USING (document_id)
WHERE (old.rows_digest, old.package_digest, old.path)
    IS DISTINCT FROM (new.rows_digest, new.package_digest, new.path)
"""
# Files that became no document need not be among the inputs.
_PATH_CAUSES = """
INSERT INTO cause
WITH inputs_old AS (FROM read_parquet($before)), inputs_new AS (FROM read_parquet($after)),
old AS (SELECT path, sha256 FROM inputs_old UNION SELECT path, sha256 FROM {old}),
new AS (SELECT path, sha256 FROM inputs_new UNION SELECT path, sha256 FROM {new}),
edited AS (
    SELECT path FROM inputs_old AS o JOIN inputs_new AS n USING (path)
    WHERE o.source_digest <> n.source_digest
)
SELECT 'rejects', path, path,
    CASE
        WHEN old.sha256 IS NULL THEN 'source_added'
        WHEN new.sha256 IS NULL THEN 'source_removed'
        WHEN old.sha256 <> new.sha256 OR path IN (FROM edited) THEN 'source_edited'
        WHEN (SELECT max(package_digest) FROM inputs_old)
            <> (SELECT max(package_digest) FROM inputs_new) THEN 'rules'
        ELSE 'resolution'
    END
FROM old FULL JOIN new USING (path)
"""
_ENTITY_CAUSES = """
INSERT INTO cause
SELECT '{table}', entity, arg_min(path, [strength(cause)::VARCHAR, path]),
    arg_min(cause, strength(cause))
FROM ({old} UNION {new}) AS m
JOIN cause AS c ON c.kind = 'document' AND c.subject = m.document_id
WHERE cause <> 'resolution'
GROUP BY entity
"""
_CHANGE_TABLE = """
CREATE OR REPLACE TEMP TABLE change (
    table_name VARCHAR, row_key VARCHAR, field VARCHAR, document_id VARCHAR, action VARCHAR,
    before VARCHAR, after VARCHAR, cause VARCHAR, source_path VARCHAR
)
"""
# Rows that are on one side only or not alike; ``kind`` and ``subject`` lead to the cause,
# ``otherwise`` is it where they lead to none.
_DIFFERING_TABLE = """
CREATE OR REPLACE TEMP TABLE differing (
    table_name VARCHAR, row_key VARCHAR, kind VARCHAR, subject VARCHAR, otherwise VARCHAR,
    action VARCHAR, is_corrected BOOLEAN
)
"""
# Joined table by table: one grouping of the rows of all tables does not fit into memory.
_DIFFERING = """
INSERT INTO differing
SELECT '{table}', {key}, '{kind}', coalesce(new.{subject}, old.{subject}), '{otherwise}',
    CASE WHEN old.row_hash IS NULL THEN 'added' WHEN new.row_hash IS NULL THEN 'removed'
         ELSE 'changed' END,
    coalesce(old.marks, []) <> coalesce(new.marks, [])
FROM (SELECT {listed}, {marks} AS marks, hash({compared}) AS row_hash FROM {old}) AS old
FULL JOIN (SELECT {listed}, {marks} AS marks, hash({compared}) AS row_hash FROM {new}) AS new
    USING ({keys})
WHERE old.row_hash IS DISTINCT FROM new.row_hash
"""
_WHOLE_ROWS = """
SELECT *, {'field': '', 'before': NULL::VARCHAR, 'after': NULL::VARCHAR} AS f
FROM differing
WHERE action <> 'changed'
"""
_FIELDS = """
SELECT d.*, unnest(list_filter([{fields}], lambda f : f.before IS DISTINCT FROM f.after)) AS f
FROM (FROM differing WHERE table_name = '{table}' AND action = 'changed') AS d
JOIN {old} AS old ON {key} = d.row_key
JOIN {new} AS new ON {same}
"""
# A document's path changes because its file is renamed, whatever else happened to it.
_CHANGES = """
INSERT INTO change
SELECT table_name, row_key, f.field, CASE kind WHEN 'document' THEN subject END, action,
    shown(f.before), shown(f.after),
    CASE
        WHEN table_name = 'documents' AND f.field = 'path' THEN 'source_edited'
        WHEN is_corrected AND action = 'changed' THEN 'corrections'
        WHEN starts_with(c.cause, 'source_') THEN c.cause
        WHEN is_corrected THEN 'corrections'
        ELSE coalesce(c.cause, otherwise)
    END,
    c.path
FROM ({rows}) AS r
LEFT JOIN cause AS c USING (kind, subject)
"""


def write_changes(
    connection: duckdb.DuckDBPyConnection,
    before: Files,
    after: Files,
    before_inputs: Path,
    after_inputs: Path,
    target: Path,
) -> int:
    """Write the table ``changes`` (``schema.tables.CHANGES``).

    A column that only one of the snapshots has, because another version of the package wrote the
    other, is no change.

    Args:
        connection: To work in; temporary tables stay in it.
        before: Table -> files of the older snapshot that the newer one does not have.
        after: Table -> files of the newer one that the older one does not have.
        before_inputs: ``build_inputs.parquet`` of the older one: document_id, path, sha256,
            source_digest, package_digest, correction_digest, rows_digest.
        after_inputs: The same of the newer one.
        target: File to write.

    Returns:
        Number of rows written.

    Raises:
        WarehouseError: A file is missing or damaged.
        OSError: ``target`` cannot be written.
    """
    try:
        _find(connection, before, after, before_inputs, after_inputs)
        return _write(connection, target)
    except duckdb.Error as error:
        raise WarehouseError(
            f"the snapshots cannot be compared ({error}); if the current one is damaged, roll back"
        ) from error


def summary(changes: Path) -> list[dict[str, Any]]:
    """Count the rows that changed.

    Args:
        changes: File written by ``write_changes``.

    Returns:
        For each table, action and cause: table_name, action, cause, row_count.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        found = connection.execute(
            "SELECT table_name, action, cause, count(DISTINCT row_key) "
            "FROM read_parquet($1) GROUP BY ALL ORDER BY ALL",
            [str(changes)],
        ).fetchall()
    names = ("table_name", "action", "cause", "row_count")
    return [dict(zip(names, row, strict=True)) for row in found]


def _find(
    connection: duckdb.DuckDBPyConnection,
    before: Files,
    after: Files,
    before_inputs: Path,
    after_inputs: Path,
) -> None:
    """Fill the table ``change``."""
    inputs = {"before": str(before_inputs), "after": str(after_inputs)}
    connection.execute(_CHANGE_TABLE)
    connection.execute(_MACROS)
    connection.execute(_DOCUMENT_CAUSES, inputs)
    tables = [
        _Table(spec, columns, _rows(columns, *files), _rows(columns, *files[::-1]))
        for spec in ALL_TABLES
        for files in [(before.get(spec.name, ()), after.get(spec.name, ()))]
        if (columns := _common_columns(spec, *files))
    ]
    connection.execute(_DIFFERING_TABLE)
    for table in tables:
        connection.execute(table.differing_rows())
    found = connection.execute("SELECT DISTINCT table_name, action FROM differing").fetchall()
    for table in tables:
        name = table.spec.name
        if name not in {differing for differing, _ in found}:
            continue
        if name == "rejects":
            connection.execute(_PATH_CAUSES.format(old=table.old, new=table.new), inputs)
        elif name in _MENTIONS:
            sides = {"old": _mentions(name, before), "new": _mentions(name, after)}
            connection.execute(_ENTITY_CAUSES.format(table=name, **sides))
        if (name, "changed") in found:
            connection.execute(_CHANGES.format(rows=table.changed_fields()))
    connection.execute(_CHANGES.format(rows=_WHOLE_ROWS))


@dataclass(frozen=True, slots=True)
class _Table:
    """A table to compare.

    Attributes:
        columns: Those that both sides have.
        old, new: Subqueries for the rows of either side.
    """

    spec: TableSpec
    columns: Sequence[str]
    old: str
    new: str

    def kind(self) -> tuple[str, str]:
        """What kind of thing causes changes of its rows, and the cause where there is none."""
        if self.spec in DOCUMENT_TABLES:
            return "document", "resolution"
        if self.spec.name in _MENTIONS or self.spec.name == "rejects":
            return self.spec.name, "resolution"
        return "", "corrections" if self.spec.name == "corrections" else "rules"

    def differing_rows(self) -> str:
        """The statement that finds the rows that differ."""
        spec = self.spec
        kind, otherwise = self.kind()
        subject = "document_id" if kind == "document" else spec.key[0]
        return _DIFFERING.format(
            table=spec.name,
            key=_key(spec),
            keys=", ".join(spec.key),
            kind=kind,
            subject=subject,
            otherwise=otherwise,
            listed=", ".join(dict.fromkeys((*spec.key, subject))),
            marks="corrected_by" if "corrected_by" in self.columns else "[]::VARCHAR[]",
            compared=", ".join(self._compared()) or "true",
            old=self.old,
            new=self.new,
        )

    def changed_fields(self) -> str:
        """The query for the fields that differ in rows of both sides."""
        fields = ", ".join(
            f"{{'field': '{name}', 'before': {self._text(f'old.{name}', name)}, "
            f"'after': {self._text(f'new.{name}', name)}}}"
            for name in self._compared()
        )
        return _FIELDS.format(
            fields=fields,
            table=self.spec.name,
            key=_key(self.spec, "old."),
            same=" AND ".join(f"new.{name} = old.{name}" for name in self.spec.key),
            old=self.old,
            new=self.new,
        )

    def _compared(self) -> list[str]:
        return [name for name in self.columns if name not in self.spec.key]

    def _text(self, value: str, name: str) -> str:
        is_list = self.spec.column(name).is_list
        return f"to_json({value})::VARCHAR" if is_list else f"{value}::VARCHAR"


def _key(spec: TableSpec, side: str = "") -> str:
    return f"concat_ws('|', {', '.join(side + name for name in spec.key)})"


def _common_columns(spec: TableSpec, before: Sequence[Path], after: Sequence[Path]) -> list[str]:
    """Columns that can be compared: those of one type in all files; none without files."""
    schemas = [pq.read_schema(files[0]) for files in (before, after) if files]
    if not schemas:
        return []
    sides = [set(zip(schema.names, schema.types, strict=True)) for schema in schemas]
    common = {name for name, _ in set.intersection(*sides)}
    if odd := sorted({name for name, _ in set.union(*sides)} - common):
        _log.info("table %s: %s not in both snapshots alike, not compared", spec.name, odd)
    if not common.issuperset(spec.key):
        _log.warning("table %s: not compared, its key is another one", spec.name)
        return []
    return [column.name for column in spec.columns if column.name in common]


def _rows(columns: Sequence[str], files: Sequence[Path], others: Sequence[Path] = ()) -> str:
    """The rows of one side as a subquery; where it has no files, none, typed as the others."""
    listed = ", ".join(columns)
    if not files and not others:
        nulls = (f"NULL::VARCHAR AS {name}" for name in columns)
        return f"(SELECT {', '.join(nulls)} WHERE false)"
    scope = ""
    if not files:
        scope = " WHERE false"
    elif "document_id" in columns:
        scope = " WHERE document_id IN (SELECT subject FROM cause WHERE kind = 'document')"
    paths = [str(path) for path in files or others]
    return f"(SELECT {listed} FROM read_parquet({paths}){scope})"


def _mentions(table: str, files: Files) -> str:
    """Which documents mention which entity of a table, on one side."""
    return _MENTIONS[table].format(
        document_meetings=_rows(("document_id", "meeting_id"), files.get("document_meetings", ())),
        instrument_mentions=_rows(
            ("document_id", "instrument_id"), files.get("instrument_mentions", ())
        ),
        participants=_rows(("document_id", "person_id"), files.get("participants", ())),
        person_links=_rows(("link_id", "person_a", "person_b"), files.get("person_links", ())),
    )


def _write(connection: duckdb.DuckDBPyConnection, target: Path) -> int:
    """Write what was found, sorted by key, some rows at a time."""
    schema = CHANGES.arrow_schema()
    found = connection.sql(
        f"SELECT {', '.join(schema.names)} FROM change ORDER BY {', '.join(CHANGES.key)}"
    )
    order = pq.SortingColumn.from_ordering(schema, [(name, "ascending") for name in CHANGES.key])
    row_count = 0
    with (
        found.to_arrow_reader(ROW_GROUP_ROWS) as reader,
        pq.ParquetWriter(
            target, schema, compression="zstd", sorting_columns=order, write_page_index=True
        ) as writer,
    ):
        for batch in reader:
            writer.write_table(pa.Table.from_batches([batch]).cast(schema))
            row_count += batch.num_rows
    return row_count
