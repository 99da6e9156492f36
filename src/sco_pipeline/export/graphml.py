"""Two networks as GraphML, for Gephi, Cytoscape, igraph and networkx.

``co_attendance.graphml``: persons, joined where both chaired or attended the same meetings.
``instrument_citations.graphml``: from meetings (and documents of no meeting) to the instruments
that their documents name and that their decisions are about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

import duckdb

from sco_pipeline.export.rows import stream

# XML 1.0 has no place for these, not even as references.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Attribute:
    """A value of nodes or edges; ``type`` as in GraphML."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class _Graph:
    """A network.

    Attributes:
        nodes: SQL: id, then a value for each of ``node_attributes``.
        edges: SQL: id of source, id of target, then a value for each of ``edge_attributes``.
    """

    name: str
    is_directed: bool
    description: str
    node_attributes: tuple[_Attribute, ...]
    nodes: str
    edge_attributes: tuple[_Attribute, ...]
    edges: str


_CO_ATTENDANCE = _Graph(
    "co_attendance",
    False,
    "Persons who chaired or attended the same meetings. A meeting counts once, however many "
    "documents report it.",
    (
        _Attribute("label", "string", "Name."),
        _Attribute("family_name", "string", "Family name."),
        _Attribute("countries", "string", "States served (ISO 3166-1 alpha-3), by spaces."),
        _Attribute("meetings", "int", "Meetings chaired or attended."),
        _Attribute("first_on", "string", "First day of the first of these meetings."),
        _Attribute("last_on", "string", "First day of the last of these meetings."),
    ),
    """
    SELECT n.person_id, any_value(n.name), any_value(n.family_name),
        any_value(array_to_string(n.countries, ' ')), count(DISTINCT m.meeting_id),
        min(m.starts_on), max(m.starts_on)
    FROM persons n
    JOIN participants p ON p.person_id = n.person_id
    JOIN meetings m ON m.meeting_id = p.meeting_id
    WHERE p.participation IN ('chaired', 'attended')
    GROUP BY n.person_id
    ORDER BY n.person_id
    """,
    (
        _Attribute("weight", "int", "Meetings both took part in."),
        _Attribute("first_on", "string", "First day of the first of these meetings."),
        _Attribute("last_on", "string", "First day of the last of these meetings."),
    ),
    """
    SELECT person_id_1, person_id_2, meetings, first_on, last_on
    FROM co_attendance
    ORDER BY person_id_1, person_id_2
    """,
)

# A decision belongs to its meeting, which the document may only recall; a mention to the meeting
# its document is about.
_CITATIONS = """
    WITH sources AS (
        SELECT document_id, meeting_id,
            coalesce('meeting:' || meeting_id, 'document:' || document_id) AS source
        FROM documents
        WHERE duplicate_of IS NULL
    ),
    named AS (
        SELECT s.source, i.instrument_id, count(*) AS mentions, NULL AS act
        FROM instrument_mentions i
        JOIN sources s ON s.document_id = i.document_id
        GROUP BY ALL
    ),
    acts AS (
        SELECT coalesce('meeting:' || d.meeting_id, s.source) AS source, d.instrument_id,
            0 AS mentions, d.act
        FROM (
            SELECT document_id, meeting_id, act, unnest(instruments) AS instrument_id
            FROM decisions
            WHERE NOT negated
        ) d
        JOIN sources s ON s.document_id = d.document_id
    ),
    citations AS (
        SELECT source, instrument_id, sum(mentions) AS mentions,
            string_agg(DISTINCT act, ' ' ORDER BY act) AS acts,
            coalesce(bool_or(act = 'adopt'), false) AS adopted
        FROM (FROM named UNION ALL FROM acts)
        GROUP BY source, instrument_id
    )
"""
_INSTRUMENT_CITATIONS = _Graph(
    "instrument_citations",
    True,
    "Which meetings cite or adopt which instruments. An edge leads from a meeting, or a document "
    "of no meeting, to an instrument.",
    (
        _Attribute("node_kind", "string", "meeting, document or instrument."),
        _Attribute(
            "label", "string", "Id of a meeting, title of a document, name of an instrument."
        ),
        _Attribute("organisation", "string", "Organisation that meets, or the instrument's."),
        _Attribute("body", "string", "Body that meets."),
        _Attribute("instrument_kind", "string", "Kind of instrument."),
        _Attribute("date", "string", "First day of a meeting, day of publication of a document."),
        _Attribute("year", "int", "Year of an instrument, where a text says so."),
    ),
    f"""
    {_CITATIONS}
    SELECT 'meeting:' || meeting_id, 'meeting', meeting_id, organisation, body, NULL, starts_on,
        NULL
    FROM meetings
    WHERE 'meeting:' || meeting_id IN (SELECT source FROM citations)
    UNION ALL
    SELECT 'document:' || document_id, 'document', coalesce(title, path), NULL, NULL, NULL,
        published_on, NULL
    FROM documents
    WHERE 'document:' || document_id IN (SELECT source FROM citations)
    UNION ALL
    SELECT 'instrument:' || instrument_id, 'instrument', name, organisation, NULL, kind, NULL, year
    FROM instruments
    WHERE instrument_id IN (SELECT instrument_id FROM citations)
    ORDER BY 1
    """,
    (
        _Attribute(
            "weight", "int", "Times the instrument is named in documents about the meeting, or 1."
        ),
        _Attribute("acts", "string", "Acts whose clause names the instrument, by spaces."),
        _Attribute(
            "adopted",
            "boolean",
            "Whether an adoption names it, be it as what is adopted or beside it.",
        ),
    ),
    f"""
    {_CITATIONS}
    SELECT source, 'instrument:' || instrument_id, greatest(mentions, 1), acts, adopted
    FROM citations
    ORDER BY source, instrument_id
    """,
)


def write_graphml(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write both networks, an element at a time.

    Returns:
        File name -> edges.
    """
    return {
        f"{graph.name}.graphml": _write_graph(connection, graph, folder / f"{graph.name}.graphml")
        for graph in (_CO_ATTENDANCE, _INSTRUMENT_CITATIONS)
    }


def _write_graph(connection: duckdb.DuckDBPyConnection, graph: _Graph, path: Path) -> int:
    edges = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns'
            ' http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
            f"<desc>{_xml(graph.description)}</desc>\n"
        )
        _write_keys(file, "node", graph.node_attributes)
        _write_keys(file, "edge", graph.edge_attributes)
        direction = "directed" if graph.is_directed else "undirected"
        file.write(f'<graph id="{graph.name}" edgedefault="{direction}">\n')
        for node, *values in stream(connection, graph.nodes):
            data = _data("node", graph.node_attributes, values)
            file.write(f'<node id="{_xml(node)}">{data}</node>\n')
        for source, target, *values in stream(connection, graph.edges):
            data = _data("edge", graph.edge_attributes, values)
            file.write(f'<edge source="{_xml(source)}" target="{_xml(target)}">{data}</edge>\n')
            edges += 1
        file.write("</graph>\n</graphml>\n")
    return edges


def _write_keys(file: IO[str], domain: str, attributes: Sequence[_Attribute]) -> None:
    for attribute in attributes:
        file.write(
            f'<key id="{domain}_{attribute.name}" for="{domain}" attr.name="{attribute.name}"'
            f' attr.type="{attribute.type}"><desc>{_xml(attribute.description)}</desc></key>\n'
        )


def _data(domain: str, attributes: Sequence[_Attribute], values: Sequence[Any]) -> str:
    return "".join(
        f'<data key="{domain}_{attribute.name}">{_xml(_text(value))}</data>'
        for attribute, value in zip(attributes, values, strict=True)
        if value is not None
    )


def _text(value: str | int | bool | date) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _xml(text: str) -> str:
    """Text for content and attributes; what XML does not allow becomes the replacement sign."""
    # Line ends are written as references, or readers would turn them into blanks.
    ends = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
    return escape(_FORBIDDEN.sub("\ufffd", text), ends)
