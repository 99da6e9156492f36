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

_RESOLVE = f"""
CREATE TABLE instrument_of AS
WITH placed AS (
    SELECT m.document_id, m.number, m.name, m.organisation, m.year, m.kind, k.slug, k.key,
        CASE WHEN k.is_generic THEN coalesce(d.meeting_id, m.document_id) END AS place,
        l.recurs AND NOT k.is_generic AS recurs,
        CASE WHEN l.recurs AND NOT k.is_generic AND m.organisation IS NULL
             THEN meeting.organisation END AS cited_by,
        year(coalesce(d.published_on, meeting.ends_on, meeting.starts_on)) AS written
    FROM instrument_mentions AS m
    JOIN instrument_key AS k USING (name)
    JOIN instrument_kind_labels AS l ON l.code = m.kind
    JOIN documents_resolved AS d USING (document_id)
    LEFT JOIN meeting USING (meeting_id)
),
years AS (
    SELECT DISTINCT kind, key, cited_by, year AS known
    FROM placed
    WHERE recurs AND year IS NOT NULL
),
-- Where a text names no year, it means the latest paper that it can know.
dated AS (
    SELECT p.* EXCLUDE (recurs, written),
        CASE WHEN recurs THEN coalesce(
            year,
            (SELECT max(known) FROM years AS y
             WHERE y.kind = p.kind AND y.key = p.key
                 AND y.cited_by IS NOT DISTINCT FROM p.cited_by
                 AND (written IS NULL OR known <= written))
        ) END AS edition
    FROM placed AS p
),
-- The id is spelled after the longest name, so that it reads as one.
named AS (
    SELECT *, first_value(slug) OVER (
        PARTITION BY kind, key, place, cited_by, edition ORDER BY length(name) DESC, name
    ) AS best_slug
    FROM dated
)
SELECT document_id, number, name, organisation, coalesce(year, edition) AS year, kind,
    concat_ws('-', kind,
        CASE WHEN length(best_slug) > {SLUG_LENGTH}
            THEN left(best_slug, {SLUG_LENGTH}) || '-' || left(sha256(key), 6)
            ELSE best_slug END,
        place, lower(cited_by), edition) AS instrument_id
FROM named
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


def resolve_instruments(connection: duckdb.DuckDBPyConnection) -> None:
    """Create ``instrument_of`` (document, number of the mention -> instrument_id).

    Args:
        connection: Has ``instrument_mentions``, ``instrument_kind_labels``,
            ``documents_resolved`` and ``meeting``.
    """
    names = [
        row[0]
        for row in connection.execute(
            "SELECT DISTINCT name FROM instrument_mentions ORDER BY name"
        ).fetchall()
    ]
    keys = [instrument_key(name) for name in names]
    connection.register(
        "instrument_key",
        pa.table(
            {
                "name": pa.array(names, pa.string()),
                "slug": pa.array([key.slug for key in keys], pa.string()),
                "key": pa.array([key.key for key in keys], pa.string()),
                "is_generic": pa.array([key.is_generic for key in keys], pa.bool_()),
            }
        ),
    )
    connection.execute(_RESOLVE)
    connection.unregister("instrument_key")
