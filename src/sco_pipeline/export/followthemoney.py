"""Entities of FollowTheMoney, for Aleph and OpenSanctions' tools, one to a line of JSON.

| what | schema |
|---|---|
| organisations, documents, persons, meetings | Organization, Document, Person, Event |
| an office of a state or organisation, and a person in it | Position, Occupancy |
| a person at a meeting, with the way of taking part | UnknownLink |
| a document that speaks of a meeting | Documentation |

Event.involved holds those who chaired or attended. Dates are as exact as the text is. Ids are
hashes of the warehouse's keys and so the same in every export. Instruments, topics and decisions
have no counterpart there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from sco_pipeline.export.rows import json_line, stream

FILE = "entities.ftm.json"


def _id(kind: str, key: str) -> str:
    """SQL of an entity's id, from SQL of its key."""
    return f"'sco-{kind}-' || left(sha256({key}), 20)"


def _date(meetings: str) -> str:
    """SQL of a meeting's first day, as far as it is known."""
    return (
        f"left({meetings}.starts_on::VARCHAR, "
        f"CASE {meetings}.date_precision WHEN 'year' THEN 4 WHEN 'month' THEN 7 ELSE 10 END)"
    )


def _url(documents: str) -> str:
    return (
        rf"CASE WHEN regexp_matches({documents}.source_url, '^https?://[^\s/]+\.') "
        f"THEN {documents}.source_url END"
    )


def _all(value: str, condition: str = "true") -> str:
    """SQL of a group's distinct values, sorted."""
    return (
        f"list(DISTINCT {value} ORDER BY {value}) "
        f"FILTER (WHERE {condition} AND {value} IS NOT NULL)"
    )


_POSITION = _id("position", "concat(p.role, '|', p.country, '|', p.organisation)")
_OCCUPANCY = _id(
    "occupancy", "concat(p.person_id, '|', p.role, '|', p.country, '|', p.organisation)"
)
_HAS_POSITION = "(p.country IS NOT NULL OR p.organisation <> 'other')"
_PERSON = _id("person", "p.person_id")
_DOCUMENT = _id("document", "d.document_id")
_EVENT = _id("event", "m.meeting_id")
_ORGANISATION = f"CASE WHEN o.code <> 'other' THEN {_id('organisation', 'o.code')} END"

#: Schema -> SQL whose columns are the id and the properties of that schema, by name.
_ENTITIES = {
    "Organization": f"""
        SELECT {_id("organisation", "code")} AS id, label AS name, definition AS description,
            wikidata AS "wikidataId"
        FROM organisations
        WHERE code <> 'other'
        ORDER BY code
    """,
    # 65,000 characters are the longest text there.
    "Document": f"""
        SELECT {_DOCUMENT} AS id, title, parse_filename(path) AS "fileName",
            media_type AS "mimeType", published_on AS "publishedAt", publisher,
            {_url("d")} AS "sourceUrl", left(text, 65_000) AS "bodyText"
        FROM documents d
        ORDER BY document_id
    """,
    "Person": f"""
        SELECT {_PERSON} AS id, name, list_filter(names, lambda other: other <> name) AS alias,
            family_name AS "lastName",
            (
                SELECT list(lower(alpha_2) ORDER BY alpha_2) FROM countries
                WHERE list_contains(p.countries, code)
            ) AS country
        FROM persons p
        ORDER BY person_id
    """,
    "Position": f"""
        SELECT {_POSITION} AS id,
            any_value(
                concat_ws(', ', r.label, c.label, CASE WHEN o.code <> 'other' THEN o.label END)
            ) AS name,
            any_value(lower(c.alpha_2)) AS country,
            any_value({_ORGANISATION}) AS organization
        FROM participants p
        JOIN role_labels r ON r.code = p.role
        LEFT JOIN countries c ON c.code = p.country
        LEFT JOIN organisations o ON o.code = p.organisation
        WHERE {_HAS_POSITION}
        GROUP BY p.role, p.country, p.organisation
        ORDER BY p.role, p.country, p.organisation
    """,
    "Event": f"""
        SELECT {_EVENT} AS id,
            any_value(concat_ws(', ', o.label, b.label, {_date("m")}, m.city)) AS name,
            any_value({_date("m")}) AS "startDate", any_value(m.ends_on) AS "endDate",
            any_value(m.city) AS location, any_value(lower(c.alpha_2)) AS country,
            any_value({_ORGANISATION}) AS organizer,
            {_all(_PERSON, "p.participation IN ('chaired', 'attended')")} AS involved,
            any_value([b.label, s.label]) AS keywords,
            m.meeting_id AS "recordId"
        FROM meetings m
        JOIN body_labels b ON b.code = m.body
        JOIN meeting_status_labels s ON s.code = m.status
        LEFT JOIN organisations o ON o.code = m.organisation
        LEFT JOIN countries c ON c.code = m.country
        LEFT JOIN participants p ON p.meeting_id = m.meeting_id
        GROUP BY m.meeting_id
        ORDER BY m.meeting_id
    """,
    # A person who is only named need not have held the office on the day of the meeting.
    "Occupancy": f"""
        SELECT {_OCCUPANCY} AS id,
            {_PERSON} AS holder, {_POSITION} AS post,
            {_all(_date("m"), "p.participation <> 'mentioned'")} AS date,
            {_all("p.role_as_written")} AS description,
            {_all(_DOCUMENT)} AS proof, {_all(_url("d"))} AS "sourceUrl"
        FROM participants p
        JOIN documents d ON d.document_id = p.document_id
        LEFT JOIN meetings m ON m.meeting_id = p.meeting_id
        WHERE {_HAS_POSITION}
        GROUP BY p.person_id, p.role, p.country, p.organisation
        ORDER BY p.person_id, p.role, p.country, p.organisation
    """,
    "UnknownLink": f"""
        SELECT {_id("link", "p.participant_id")} AS id, {_PERSON} AS subject, {_EVENT} AS object,
            w.label AS role, {_date("m")} AS date, p.role_as_written AS description,
            {_DOCUMENT} AS proof, {_url("d")} AS "sourceUrl", p.participant_id AS "recordId"
        FROM participants p
        JOIN documents d ON d.document_id = p.document_id
        JOIN meetings m ON m.meeting_id = p.meeting_id
        JOIN participation_labels w ON w.code = p.participation
        ORDER BY p.participant_id
    """,
    "Documentation": f"""
        SELECT {_id("documentation", "concat(d.document_id, '|', m.meeting_id)")} AS id,
            {_DOCUMENT} AS document, {_EVENT} AS entity, r.label AS role, {_date("m")} AS date
        FROM document_meetings x
        JOIN documents d ON d.document_id = x.document_id
        JOIN meetings m ON m.meeting_id = x.meeting_id
        JOIN relation_labels r ON r.code = x.relation
        ORDER BY d.document_id, m.meeting_id
    """,
}


def write_entities(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write all entities; those that others point at come first.

    Returns:
        File name -> entities.
    """
    written = 0
    with (folder / FILE).open("w", encoding="utf-8", newline="\n") as file:
        for schema, query in _ENTITIES.items():
            names = [name for name, *_ in stream(connection, f"DESCRIBE {query}")]
            for entity, *values in stream(connection, query):
                properties = {
                    name: texts
                    for name, value in zip(names[1:], values, strict=True)
                    if (texts := _texts(value))
                }
                file.write(json_line({"id": entity, "schema": schema, "properties": properties}))
                written += 1
    return {FILE: written}


def _texts(value: Any) -> list[str]:
    """Values of a property, which are always texts and never empty."""
    values = value if isinstance(value, list) else [value]
    return [str(item) for item in values if item is not None and str(item).strip()]
