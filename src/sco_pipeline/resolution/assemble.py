"""Mention tables of all documents -> the tables of the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from sco_pipeline.codes import reference_rows
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.person_judgements import PersonJudgements
from sco_pipeline.resolution.instruments import resolve_instruments
from sco_pipeline.resolution.meetings import resolve_meetings
from sco_pipeline.resolution.persons import resolve_persons
from sco_pipeline.schema.tables import DATA_TABLES, REFERENCE_TABLES
from sco_pipeline.tables import MENTION_SCHEMAS, mention_tables

# Of documents with the same letters and digits, the one of which most is known stands for all.
_ORIGINALS = """
CREATE TABLE original AS
SELECT document_id, first_value(document_id) OVER (
    PARTITION BY text_key ORDER BY published_on IS NULL, source_url IS NULL, document_id
) AS original_id
FROM documents
"""

# Only the original's mentions count, so that nothing said of a meeting is doubled.
_OF_ORIGINALS = """
CREATE VIEW {name} AS
SELECT m.*
FROM all_{name} AS m
JOIN original AS o ON o.document_id = m.document_id AND o.original_id = m.document_id
"""
_MENTIONS = MENTION_SCHEMAS.keys() - {"documents", "rejects", "sentences"}

_DOCUMENTS = """
CREATE TABLE documents_resolved AS
SELECT d.*, m.meeting_id, nullif(o.original_id, d.document_id) AS duplicate_of
FROM documents AS d
JOIN original AS o USING (document_id)
LEFT JOIN meeting_of AS m ON m.document_id = o.original_id AND m.mention = 0
"""

_PERSONS = """
CREATE TABLE person AS
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

_PARTICIPANTS = """
CREATE TABLE participant AS
WITH located AS (
    SELECT p.*, m.meeting_id, person.person_id,
        row_number() OVER (
            PARTITION BY p.document_id, m.meeting_id, person.person_id
            ORDER BY list_position(
                ['chaired', 'attended', 'received_delegations', 'sent_message', 'mentioned'],
                p.participation), p.char_start
        ) AS preference
    FROM participants AS p
    LEFT JOIN meeting_of AS m ON p.document_id = m.document_id AND p.meeting = m.mention
    JOIN person
        ON person.name = p.name AND person.affiliation = coalesce(p.country, p.organisation, '')
)
SELECT left(sha256(concat_ws('|', document_id, coalesce(meeting_id, ''), person_id)), 16)
    AS participant_id, * EXCLUDE (meeting, preference)
FROM located
WHERE preference = 1
"""

_TABLES = {
    "documents": "SELECT * FROM documents_resolved",
    "rejects": "SELECT DISTINCT ON (path, stage, reason) * "
    "FROM (FROM rejects UNION ALL FROM judgement_reject) ORDER BY path, stage, reason, detail",
    "sentences": "SELECT * FROM sentences",
    "meetings": "SELECT * FROM meeting",
    "document_meetings": """
        SELECT DISTINCT ON (document_id, meeting_id) *
        FROM meeting_of
        ORDER BY document_id, meeting_id,
            list_position(['reports', 'announces', 'recalls'], relation), char_start
    """,
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
    "participants": "SELECT * FROM participant",
    "topics": """
        SELECT t.*, d.meeting_id
        FROM topics AS t
        JOIN documents_resolved AS d USING (document_id)
    """,
    "instruments": """
        SELECT instrument_id,
            arg_max(name, [lpad(length(name)::VARCHAR, 6, '0'), name]) AS name,
            any_value(kind) AS kind, min(organisation) AS organisation,
            mode(year ORDER BY year) AS year,
            list_sort(list_distinct(list(name))) AS names
        FROM instrument_of
        GROUP BY instrument_id
    """,
    "instrument_mentions": """
        SELECT m.*, o.instrument_id
        FROM instrument_mentions AS m
        JOIN instrument_of AS o USING (document_id, number)
    """,
    "decisions": """
        SELECT
            left(
                sha256(concat_ws(
                    '|', d.document_id, d.verb_start, d.verb_end, d.act, d.char_start
                )),
                16
            ) AS decision_id,
            d.* REPLACE (coalesce(i.ids, []) AS instruments),
            a.kind, r.meeting_id, s.person_id AS actor_person_id
        FROM decisions AS d
        JOIN act_labels AS a ON a.code = d.act
        JOIN documents_resolved AS r USING (document_id)
        LEFT JOIN (
            SELECT d.document_id, d.verb_start, d.act, d.char_start,
                list_sort(list_distinct(list(o.instrument_id))) AS ids
            FROM (SELECT *, unnest(instruments) AS number FROM decisions) AS d
            JOIN instrument_of AS o USING (document_id, number)
            GROUP BY ALL
        ) AS i USING (document_id, verb_start, act, char_start)
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

_CONFIDENCE = """
LEFT JOIN (SELECT rule, confidence FROM rules WHERE table_name = '{name}') USING (rule)
"""


def assemble(
    mentions: Mapping[str, pa.Table], judgements: PersonJudgements | None = None
) -> dict[str, pa.Table]:
    """Resolve mentions across documents.

    Args:
        mentions: The tables of ``tables.MENTION_SCHEMAS``, of all documents.
        judgements: What people decided about persons.

    Returns:
        Every table of the schema, rows sorted by key.
    """
    references = {spec.name: spec.build(reference_rows(spec.name)) for spec in REFERENCE_TABLES}
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, table in (references | dict(mentions)).items():
            connection.register(f"all_{name}" if name in _MENTIONS else name, table)
        connection.execute(_ORIGINALS)
        for name in sorted(_MENTIONS):
            connection.execute(_OF_ORIGINALS.format(name=name))
        connection.register("family_name_first", _family_name_first())
        resolve_meetings(connection)
        connection.execute(_DOCUMENTS)
        judgements = judgements or PersonJudgements()
        problems = resolve_persons(connection, judgements.judgements)
        connection.register("judgement_reject", _rejects(judgements, problems))
        connection.execute(_PERSONS)
        connection.execute(_PARTICIPANTS)
        resolve_instruments(connection)
        resolved = {}
        for spec in DATA_TABLES:
            columns = ", ".join(column.name for column in spec.columns)
            rows = f"({_TABLES[spec.name]})"
            if spec.has("confidence"):
                rows += _CONFIDENCE.format(name=spec.name)
            query = f"SELECT {columns} FROM {rows} ORDER BY {', '.join(spec.key)}"
            resolved[spec.name] = connection.sql(query).to_arrow_table().cast(spec.arrow_schema())
    return references | resolved


def _rejects(judgements: PersonJudgements, problems: Sequence[str]) -> pa.Table:
    rejects = [*judgements.rejects]
    if problems:
        rejects.append(judgements.reject("resolve", problems))
    return mention_tables((), rejects)["rejects"]


def _family_name_first() -> pa.Table:
    rows = read_lexicon("reference/family_name_first", ("country", "source"), ("country",))
    return pa.table({"country": pa.array([row["country"] for row in rows], pa.string())})
