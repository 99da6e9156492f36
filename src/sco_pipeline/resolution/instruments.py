"""One row per instrument, however many documents and wordings.

Wordings are one instrument where kind and name agree once spelling, function words and the
organisations' long names are levelled. A name that says only what kind it is ("Joint
Communique", "Protocol") means another paper at each meeting, and stays with its meeting.
Declarations of one name are different papers if their years differ ("Tashkent Declaration"), or
the organisations whose meetings cite them ("Samarkand Declaration"). Where no text says the year,
they cannot be told apart by it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import duckdb
import pyarrow as pa

from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.resolution.caches import MapChunks, fill
from sco_pipeline.terms import TermIndex, fold

_FUNCTION_WORDS = frozenset(
    {"the", "of", "on", "for", "in", "to", "and", "a", "an", "between", "by"}
)
# Spellings of one word, most of them British and American
_SPELLINGS = (
    (re.compile(r"is(?=ation|ing\b|ed\b)"), "iz"),  # "Organisation"
    (re.compile(r"programme"), "program"),
    (re.compile(r"(?<=[bv])our"), "or"),  # "Good-Neighbourliness", "Favourable", "Labour"
    (re.compile(r"(?<=\bdef)ence\b"), "ense"),  # "Defence"
    (re.compile(r"\bco-(?=op|or)"), "co"),  # "Co-operation", "Co-ordination"
)

#: Longer slugs are cut here, and a hash of the whole key follows.
SLUG_LENGTH = 80

#: Names per chunk
_CHUNK = 2000

_NEW_NAMES = """
SELECT DISTINCT name FROM instrument_mentions ANTI JOIN instrument_key USING (name) ORDER BY name
"""

_PLACED = """
CREATE OR REPLACE TEMP TABLE placed AS
WITH about AS (
    SELECT d.document_id, meeting.meeting_id, meeting.organisation,
        year(coalesce(d.published_on, meeting.ends_on, meeting.starts_on)) AS written
    FROM documents AS d
    LEFT JOIN (FROM meeting_of WHERE mention = 0) AS o USING (document_id)
    LEFT JOIN meeting USING (meeting_id)
)
SELECT m.document_id, m.number, m.name, m.organisation, m.year, m.kind, k.slug, k.key,
    CASE WHEN k.is_generic THEN coalesce(a.meeting_id, m.document_id) END AS place,
    l.recurs AND NOT k.is_generic AS recurs,
    CASE WHEN l.recurs AND NOT k.is_generic AND m.organisation IS NULL
         THEN a.organisation END AS cited_by,
    a.written
FROM instrument_mentions AS m
LEFT JOIN about AS a USING (document_id)
LEFT JOIN instrument_key AS k USING (name)
LEFT JOIN instrument_kind_labels AS l ON l.code = m.kind
"""

_RESOLVE = f"""
CREATE OR REPLACE TEMP TABLE instrument_of AS
WITH years AS (
    SELECT DISTINCT kind, key, coalesce(cited_by, '') AS citing, year AS known
    FROM placed
    WHERE recurs AND year IS NOT NULL
),
-- Where a text names no year, it means the latest paper that it can know.
dated AS (
    SELECT p.*, CASE WHEN recurs THEN year END AS edition
    FROM placed AS p
    WHERE NOT recurs OR year IS NOT NULL
    UNION ALL
    SELECT p.*, y.known AS edition
    FROM (FROM placed WHERE recurs AND year IS NULL) AS p
    ASOF LEFT JOIN years AS y
        ON y.kind = p.kind AND y.key = p.key AND y.citing = coalesce(p.cited_by, '')
        AND coalesce(p.written, 9999) >= y.known
),
told_apart AS (
    SELECT *, concat_ws('-', place, lower(cited_by), edition) AS ending
    FROM dated
),
-- The id is spelled after the longest name, so that it reads as one.
best AS (
    SELECT kind, key, ending, arg_min(slug, {{'length': -length(name), 'name': name}}) AS slug
    FROM told_apart
    GROUP BY ALL
),
instrument AS (
    SELECT kind, key, ending,
        concat_ws('-', kind,
            CASE WHEN length(slug) > {SLUG_LENGTH}
                THEN left(slug, {SLUG_LENGTH}) || '-' || left(sha256(key), 6)
                ELSE slug END,
            nullif(ending, '')) AS instrument_id
    FROM best
)
SELECT document_id, number, name, organisation, coalesce(year, edition) AS year, kind,
    instrument_id
FROM told_apart
JOIN instrument USING (kind, key, ending)
"""


class InstrumentKey(NamedTuple):
    """A levelled name: its words in their order and sorted, and whether it names nothing."""

    slug: str
    key: str
    is_generic: bool


@cache
def _lexicons() -> tuple[TermIndex[str], frozenset[str]]:
    """Organisations' names, and the words that make no name of their own."""
    organisations = read_lexicon(
        "en/organisations", ("form", "organisation", "kind", "source"), ("form",)
    )
    generic = read_lexicon("en/generic_instrument_words", ("word", "source"), ("word",))
    return (
        TermIndex((r["form"], r["organisation"]) for r in organisations if r["kind"] == "name"),
        frozenset(row["word"] for row in generic),
    )


def instrument_key(name: str) -> InstrumentKey:
    """Level a name.

    >>> instrument_key("Charter of the Shanghai Cooperation Organisation")
    InstrumentKey(slug='charter-sco', key='charter-sco', is_generic=False)
    >>> instrument_key("SCO Charter").key
    'charter-sco'
    >>> instrument_key("Joint Communiqué").is_generic
    True
    """
    organisations, generic = _lexicons()
    folded = fold(name)
    for term in reversed(organisations.find(name, folded)):
        folded = f"{folded[: term.char_start]} {fold(term.value)} {folded[term.char_end :]}"
    for pattern, replacement in _SPELLINGS:
        folded = pattern.sub(replacement, folded)
    words = [word for word in re.findall(r"[^\W_]+", folded) if word not in _FUNCTION_WORDS]
    # "SCO Charter" and "Charter of the SCO" have the same words in another order.
    return InstrumentKey("-".join(words), "-".join(sorted(set(words))), generic.issuperset(words))


def resolve_instruments(connection: duckdb.DuckDBPyConnection, map_chunks: MapChunks = map) -> None:
    """Create ``instrument_of`` (document, number of the mention -> instrument_id).

    Args:
        connection: Has ``instrument_mentions``, ``instrument_kind_labels``, ``documents``,
            ``meeting``, ``meeting_of`` and the caches.
        map_chunks: Applies a function to many chunks, in any process.
    """
    fill(connection, "instrument_key", _NEW_NAMES, _keys, map_chunks, _CHUNK)
    connection.execute(_PLACED)
    connection.execute(_RESOLVE)
    connection.execute("DROP TABLE placed")


def _keys(names: pa.RecordBatch) -> pa.Table:
    rows = [{"name": name, **instrument_key(name)._asdict()} for name in names["name"].to_pylist()]
    return pa.Table.from_pylist(rows)
