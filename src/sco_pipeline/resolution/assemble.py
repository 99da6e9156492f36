"""Mentions of all documents -> the tables of the schema.

In two steps. ``resolve`` looks at everything once, but only at what tells meetings, persons and
instruments apart; it gives the tables of these and a digest for each document of all that its rows
depend on. ``document_rows`` then lays out the rows of some documents: of all in a first build,
and later of those whose digest has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from sco_pipeline.codes import reference_rows
from sco_pipeline.corrections import (
    MENTION_TABLES,
    Corrections,
    Outcome,
    correct_rows,
    correction_rejects,
    correction_rows,
)
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import Reject
from sco_pipeline.person_judgements import PersonJudgements
from sco_pipeline.resolution.caches import MapChunks
from sco_pipeline.resolution.duplicates import resolve_duplicates
from sco_pipeline.resolution.instruments import resolve_instruments
from sco_pipeline.resolution.meetings import resolve_meetings
from sco_pipeline.resolution.persons import resolve_persons
from sco_pipeline.resolution.revisions import DIGESTS, REVISIONS, resolve_versions
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import (
    CORRECTIONS,
    DOCUMENT_TABLES,
    ENTITY_TABLES,
    REFERENCE_TABLES,
    REJECTS,
)
from sco_pipeline.tables import EXTRACTED, MENTION_SCHEMAS, mention_tables

# The documents that the views show. Only an original's mentions count, so that nothing said of a
# meeting is doubled.
_SCOPE = "CREATE TEMP TABLE scope AS SELECT document_id, document_id = original_id AS is_original"
_MENTIONS = MENTION_SCHEMAS.keys() - {"documents", "rejects", "sentences"}

_DOCUMENTS = """
CREATE TEMP TABLE documents_resolved AS
SELECT d.document_id, d.published_on, m.meeting_id,
    nullif(o.original_id, d.document_id) AS duplicate_of,
    o.kind AS duplicate_kind, s.similarity, o.revision
FROM documents AS d
JOIN original AS o USING (document_id)
JOIN similarity AS s USING (document_id)
LEFT JOIN meeting_of AS m ON m.document_id = o.original_id AND m.mention = 0
"""

_PERSONS = """
CREATE TEMP TABLE person AS
WITH slug AS (
    SELECT *, lower(concat_ws('-', nullif(home, ''), trim(regexp_replace(
        lower(strip_accents(full_name)), '[^\\p{L}\\p{N}]+', '-', 'g'), '-'))) AS slug
    FROM person_of
),
-- Two persons share a slug where names alike but for accents, or equal ones of a state and an
-- organisation, were kept apart.
person_key AS (
    SELECT *, slug || CASE place WHEN 1 THEN '' ELSE '-' || place END AS person_id
    FROM (
        SELECT *, dense_rank() OVER (PARTITION BY slug ORDER BY full_name, number) AS place
        FROM slug
    )
)
SELECT k.affiliation, k.name, k.person_id, k.full_name,
    coalesce(k.family_name,
        CASE WHEN f.country IS NULL THEN regexp_extract(k.full_name, '([^\\s.]+)$', 1)
             ELSE regexp_extract(k.full_name, '^([^\\s.]+)', 1) END) AS family_name
FROM person_key AS k
LEFT JOIN family_name_first AS f ON f.country = k.home
"""

_PERSON_LINKS = """
SELECT left(sha256(concat_ws('|', affiliation_a, name_a, affiliation_b, name_b)), 16) AS link_id,
    l.*, a.person_id AS person_a, b.person_id AS person_b,
    CASE WHEN a.person_id = b.person_id THEN 'same'
         WHEN l.is_accepted AND NOT l.is_judged THEN 'undecided'
         ELSE 'different' END AS decision
FROM person_link AS l
JOIN person AS a ON a.affiliation = l.affiliation_a AND a.name = l.name_a
JOIN person AS b ON b.affiliation = l.affiliation_b AND b.name = l.name_b
"""

#: Rows of a document -> the query for them, over the documents in scope.
_OF_DOCUMENTS = {
    "documents": """
        SELECT d.*, r.meeting_id, r.duplicate_of, r.duplicate_kind, r.similarity, r.revision
        FROM documents AS d
        JOIN documents_resolved AS r USING (document_id)
    """,
    "sentences": "FROM sentences",
    "document_revisions": REVISIONS,
    "document_meetings": """
        SELECT DISTINCT ON (document_id, meeting_id) m.*, o.meeting_id
        FROM meeting_mentions AS m
        JOIN meeting_of AS o USING (document_id, mention)
        ORDER BY document_id, meeting_id,
            list_position(['reports', 'announces', 'recalls'], m.relation), m.char_start, mention
    """,
    "participants": """
        SELECT left(sha256(concat_ws('|', document_id, coalesce(meeting_id, ''), person_id)), 16)
            AS participant_id, *
        FROM (
            SELECT p.*, m.meeting_id, person.person_id
            FROM participants AS p
            LEFT JOIN meeting_of AS m ON p.document_id = m.document_id AND p.meeting = m.mention
            JOIN person
                ON person.name = p.name
                AND person.affiliation = coalesce(p.country, p.organisation, '')
        )
        QUALIFY 1 = row_number() OVER (
            PARTITION BY document_id, meeting_id, person_id
            ORDER BY list_position(
                ['chaired', 'attended', 'received_delegations', 'sent_message', 'mentioned'],
                participation), char_start, char_end, name
        )
    """,
    "topics": """
        SELECT t.*, d.meeting_id
        FROM topics AS t
        JOIN documents_resolved AS d USING (document_id)
    """,
    "instrument_mentions": """
        SELECT m.*, o.instrument_id
        FROM instrument_mentions AS m
        JOIN instrument_of AS o USING (document_id, number)
    """,
    "decisions": """
        SELECT d.* REPLACE (coalesce(i.ids, []) AS instruments),
            a.kind, r.meeting_id, s.person_id AS actor_person_id
        FROM decisions AS d
        JOIN act_labels AS a ON a.code = d.act
        JOIN documents_resolved AS r USING (document_id)
        LEFT JOIN (
            SELECT d.decision_id, list_sort(list_distinct(list(o.instrument_id))) AS ids
            FROM (
                SELECT decision_id, document_id, unnest(instruments) AS number FROM decisions
            ) AS d
            JOIN instrument_of AS o USING (document_id, number)
            GROUP BY ALL
        ) AS i USING (decision_id)
        LEFT JOIN (
            -- Before one row a person is chosen: the speaker may be written in another spelling.
            SELECT p.document_id, p.name, min(person.person_id) AS person_id
            FROM participants AS p
            JOIN person
                ON person.name = p.name
                AND person.affiliation = coalesce(p.country, p.organisation, '')
            GROUP BY ALL
        ) AS s ON s.document_id = d.document_id AND s.name = d.actor_person
    """,
    "country_mentions": "SELECT * FROM country_mentions",
    "unresolved": "SELECT DISTINCT ON (document_id, char_start, char_end, kind) * FROM unresolved "
    "ORDER BY document_id, char_start, char_end, kind, detail",
}

#: Entity table -> the query for it, over all documents.
_OF_ENTITIES = {
    "meetings": "FROM meeting",
    "persons": """
        SELECT person.person_id, min(person.full_name) AS name,
            min(person.family_name) AS family_name,
            list_sort(list_distinct(list(p.name_as_written))) AS names,
            coalesce(list_sort(list_distinct(list(p.country) FILTER (p.country IS NOT NULL))), [])
                AS countries,
            min(m.starts_on) AS first_seen, max(coalesce(m.ends_on, m.starts_on)) AS last_seen,
            count(DISTINCT p.document_id)::INTEGER AS document_count
        FROM participants AS p
        JOIN person
            ON person.name = p.name AND person.affiliation = coalesce(p.country, p.organisation, '')
        LEFT JOIN meeting_of AS o ON p.document_id = o.document_id AND p.meeting = o.mention
        LEFT JOIN meeting AS m USING (meeting_id)
        GROUP BY person.person_id
    """,
    "person_links": _PERSON_LINKS,
    "instruments": """
        SELECT instrument_id,
            arg_max(name, [lpad(length(name)::VARCHAR, 6, '0'), name]) AS name,
            any_value(kind) AS kind, min(organisation) AS organisation,
            mode(year ORDER BY year) AS year,
            list_sort(list_distinct(list(name))) AS names
        FROM instrument_of
        GROUP BY instrument_id
    """,
}

_REJECTS = f"""
SELECT DISTINCT ON (path, stage, reason) *
FROM (FROM {EXTRACTED}.rejects UNION ALL FROM other_rejects)
ORDER BY path, stage, reason, detail, sha256
"""

_CONFIDENCE = """
LEFT JOIN (SELECT rule, confidence FROM rules WHERE table_name = '{name}') USING (rule)
"""

# Whatever a document's rows depend on beside the package: its own bytes, what they were resolved
# to, versions before and after it, and corrections. Each pair is hashed as one text: DuckDB's hash
# of several columns is nearly the same when two ids trade places.
_DIGESTS = f"""
CREATE TEMP TABLE document_digest AS
WITH revision_part AS ({DIGESTS.format(extracted=EXTRACTED)}),
meeting_part AS (
    SELECT document_id, sum(hash(concat_ws('|', mention, meeting_id))) AS part
    FROM meeting_of
    GROUP BY ALL
),
person_part AS (
    SELECT p.document_id,
        sum(hash(concat_ws('|', p.name, person.affiliation, person.person_id))) AS part
    FROM participants AS p
    JOIN person
        ON person.name = p.name AND person.affiliation = coalesce(p.country, p.organisation, '')
    GROUP BY ALL
),
instrument_part AS (
    SELECT document_id, sum(hash(concat_ws('|', number, instrument_id))) AS part
    FROM instrument_of
    GROUP BY ALL
)
SELECT s.document_id, s.path, s.sha256, s.source_digest,
    coalesce(c.correction_digest, '') AS correction_digest,
    CASE WHEN d.document_id IS NOT NULL THEN sha256(concat_ws('|', s.source_digest,
        coalesce(c.correction_digest, ''), coalesce(d.meeting_id, ''), coalesce(d.duplicate_of, ''),
        coalesce(d.duplicate_kind, ''), coalesce(d.similarity, 0), coalesce(d.revision, 0),
        coalesce(r.part, 0), coalesce(m.part, 0), coalesce(p.part, 0), coalesce(i.part, 0)))
    END AS rows_digest
FROM {EXTRACTED}.sources AS s
LEFT JOIN documents_resolved AS d USING (document_id)
LEFT JOIN correction_of AS c USING (document_id)
LEFT JOIN revision_part AS r USING (document_id)
LEFT JOIN meeting_part AS m USING (document_id)
LEFT JOIN person_part AS p USING (document_id)
LEFT JOIN instrument_part AS i USING (document_id)
"""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was resolved across documents.

    Attributes:
        tables: The entity tables, ``rejects`` and ``corrections``; rows sorted by key.
        inputs: A row per source: document_id, path, sha256, source_digest, correction_digest and
            rows_digest (null for a file that gave no document); sorted by document_id.
    """

    tables: Mapping[str, pa.Table]
    inputs: pa.Table


def reference_tables() -> dict[str, pa.Table]:
    """The tables that come with the package."""
    return {spec.name: spec.build(reference_rows(spec.name)) for spec in REFERENCE_TABLES}


def resolve(
    connection: duckdb.DuckDBPyConnection,
    references: Mapping[str, pa.Table],
    *,
    judgements: PersonJudgements | None = None,
    corrections: Corrections | None = None,
    rejects: Sequence[Reject] = (),
    map_chunks: MapChunks = map,
) -> Resolution:
    """Resolve mentions across documents; leaves what ``document_rows`` needs in the connection.

    Args:
        connection: Has the tables of ``tables.MENTION_SCHEMAS`` and ``sources`` in the schema
            ``extracted``. Nothing else persistent is touched but caches of pure functions.
        references: What ``reference_tables`` gives.
        judgements: What people decided about persons.
        corrections: What people corrected.
        rejects: Files that did not come as far as extraction.
        map_chunks: Runs a function over chunks of pairs of names, perhaps in other processes.
    """
    judgements = judgements or PersonJudgements()
    corrections = corrections or Corrections()
    for name, table in references.items():
        connection.register(name, table)
    outcomes = _correct_mentions(connection, corrections)
    resolve_versions(connection)
    resolve_duplicates(connection, map_chunks)
    connection.execute(f"{_SCOPE} FROM original")
    for name in MENTION_SCHEMAS.keys() - {"rejects"}:
        shown = "scope" if name not in _MENTIONS else "(FROM scope WHERE is_original)"
        connection.execute(
            f"CREATE TEMP VIEW {name} AS "
            f"SELECT m.* FROM all_{name} AS m SEMI JOIN {shown} AS s USING (document_id)"
        )
    connection.register("family_name_first", _family_name_first())
    resolve_meetings(connection)
    connection.execute(_DOCUMENTS)
    problems = resolve_persons(connection, judgements.judgements, map_chunks)
    connection.execute(_PERSONS)
    resolve_instruments(connection, map_chunks)
    tables = {}
    for spec in ENTITY_TABLES:
        tables[spec.name], found = _entity_table(connection, spec, corrections)
        outcomes += found
    tables[CORRECTIONS.name] = correction_rows(corrections, outcomes)
    others = [*rejects, *judgements.rejects, *correction_rejects(corrections, outcomes)]
    if problems:
        others.append(judgements.reject("resolve", problems))
    connection.register("other_rejects", mention_tables((), [("", r) for r in others])["rejects"])
    tables[REJECTS.name] = _fetch(connection, REJECTS, _REJECTS)
    connection.register("correction_of", _correction_digests(corrections, outcomes))
    connection.execute(_DIGESTS)
    inputs = connection.sql("FROM document_digest ORDER BY document_id").to_arrow_table()
    return Resolution(tables, inputs)


def document_rows(
    connection: duckdb.DuckDBPyConnection, document_ids: Sequence[str]
) -> dict[str, pa.Table]:
    """Lay out the rows of some documents.

    Args:
        connection: As ``resolve`` left it.
        document_ids: Some of the documents.

    Returns:
        One table for each of ``DOCUMENT_TABLES``; rows in the order of documents.
    """
    connection.register("wanted", pa.table({"document_id": pa.array(document_ids, pa.string())}))
    connection.execute("DROP TABLE scope")
    connection.execute(f"{_SCOPE} FROM original SEMI JOIN wanted USING (document_id)")
    connection.unregister("wanted")
    rows = {}
    for spec in DOCUMENT_TABLES:
        query = f"FROM ({_OF_DOCUMENTS[spec.name]})"
        if spec.has("confidence"):
            query += _CONFIDENCE.format(name=spec.name)
        rows[spec.name] = _fetch(connection, spec, query, "document_id")
    return rows


def _fetch(
    connection: duckdb.DuckDBPyConnection, spec: TableSpec, query: str, order: str | None = None
) -> pa.Table:
    """The rows of a table, sorted by ``order``, or by key."""
    columns = ", ".join(column.name for column in spec.columns)
    ordered = f"SELECT {columns} FROM ({query}) ORDER BY {order or ', '.join(spec.key)}"
    return connection.sql(ordered).to_arrow_table().cast(spec.arrow_schema())


def _entity_table(
    connection: duckdb.DuckDBPyConnection, spec: TableSpec, corrections: Corrections
) -> tuple[pa.Table, list[Outcome]]:
    query = _OF_ENTITIES[spec.name]
    if not spec.has("corrected_by"):
        return _fetch(connection, spec, query), []
    query = f"SELECT *, []::VARCHAR[] AS corrected_by FROM ({query})"
    table = _fetch(connection, spec, query)
    wanted = corrections.of_table(spec.name)
    if not wanted:
        return table, []
    corrected = correct_rows(spec.name, table, wanted)
    return corrected.rows, list(corrected.outcomes)


def _correct_mentions(
    connection: duckdb.DuckDBPyConnection, corrections: Corrections
) -> list[Outcome]:
    """Create the views ``all_<name>``: what was extracted, corrected."""
    outcomes: list[Outcome] = []
    corrected_tables = {mentions: table for table, mentions in MENTION_TABLES.items()}
    for name in MENTION_SCHEMAS.keys() - {"rejects"}:
        source = f"{EXTRACTED}.{name}"
        query = f"SELECT *, []::VARCHAR[] AS corrected_by FROM {source}"
        table = corrected_tables.get(name, name)
        if wanted := corrections.of_table(table):
            ids = sorted({str(correction.document_id) for correction in wanted})
            connection.register("corrected_ids", pa.table({"document_id": pa.array(ids)}))
            rows, documents, sentences = (
                connection.sql(
                    f"FROM {of} SEMI JOIN corrected_ids USING (document_id) ORDER BY ALL"
                ).to_arrow_table()
                for of in (source, f"{EXTRACTED}.documents", f"{EXTRACTED}.sentences")
            )
            connection.unregister("corrected_ids")
            corrected = correct_rows(table, rows, wanted, documents, sentences)
            outcomes += corrected.outcomes
            connection.register(f"corrected_{name}", corrected.rows)
            listed = ", ".join(f"'{document_id}'" for document_id in ids)
            query = (
                f"({query} WHERE document_id NOT IN ({listed})) "
                f"UNION ALL BY NAME FROM corrected_{name}"
            )
        connection.execute(f"CREATE TEMP VIEW all_{name} AS {query}")
    return outcomes


def _correction_digests(corrections: Corrections, outcomes: Sequence[Outcome]) -> pa.Table:
    """What was corrected in each document, as one text."""
    status = {outcome.correction_id: outcome.status for outcome in outcomes}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for correction in corrections.corrections:
        if correction.document_id and status.get(correction.correction_id) == "applied":
            found[correction.document_id].append(correction.correction_id)
    return pa.table(
        {
            "document_id": pa.array(list(found), pa.string()),
            "correction_digest": pa.array([" ".join(ids) for ids in found.values()], pa.string()),
        }
    )


def _family_name_first() -> pa.Table:
    rows = read_lexicon("reference/family_name_first", ("country", "source"), ("country",))
    return pa.table({"country": pa.array([row["country"] for row in rows], pa.string())})
