"""One row per meeting, however many documents report, announce or recall it.

Mentions of the same body of the same organisation are the same meeting where their dates,
cities and ordinals agree; a mention known only to the month, the year or not at all joins a
meeting only where exactly one fits. What each document says stays in ``document_meetings``.
"""

from __future__ import annotations

from datetime import date

import duckdb
import pyarrow as pa

from sco_pipeline.resolution.clusters import connect

#: Days by which two reports of one meeting may differ (one counts the closing day, one not).
DATE_TOLERANCE_DAYS = 1
#: An announced meeting without a date is looked for in so many months after the announcing one.
ANNOUNCED_WITHIN_MONTHS = 18
#: A meeting recalled without a date ("since the Bishkek summit") is the last one there so many
#: months back at most.
RECALLED_WITHIN_MONTHS = 30
#: A report without a date is published at most so many days after the meeting.
REPORTED_WITHIN_DAYS = 21

_MENTIONS = """
CREATE TABLE mention AS
SELECT
    (row_number() OVER (ORDER BY m.document_id, m.mention) - 1)::INTEGER AS node,
    NULL::INTEGER AS cluster,
    m.*,
    d.published_on,
    coalesce(city_row.country, m.country) AS place_country,
    m.starts_on AS period_start,
    CASE m.date_precision
        WHEN 'day' THEN coalesce(m.ends_on, m.starts_on)
        WHEN 'month' THEN last_day(m.starts_on)
        WHEN 'year' THEN make_date(year(m.starts_on), 12, 31)
    END AS period_end,
    coalesce(m.date_precision = 'day', false) AS is_exact
FROM meeting_mentions AS m
JOIN documents AS d USING (document_id)
LEFT JOIN cities AS city_row USING (city)
"""

#: Two mentions that surely are one meeting. Mentions that say the same are linked to the first
#: of them, and only the first ones are compared: many documents speak of few meetings.
_PAIRS = f"""
WITH grouped AS (
    SELECT *, min(node) OVER (
        PARTITION BY organisation, body, ordinal, city, place_country, period_start, period_end,
            is_exact
    ) AS first_node
    FROM mention
    WHERE organisation IS NOT NULL AND (is_exact OR ordinal IS NOT NULL)
),
firsts AS (SELECT * FROM grouped WHERE node = first_node)
SELECT first_node, node FROM grouped WHERE node != first_node
UNION ALL
SELECT a.node, b.node
FROM firsts AS a
JOIN firsts AS b
    ON a.organisation = b.organisation AND a.body = b.body AND a.node < b.node
WHERE (a.ordinal = b.ordinal OR a.ordinal IS NULL OR b.ordinal IS NULL)
  AND (a.city = b.city OR a.city IS NULL OR b.city IS NULL)
  AND (a.place_country = b.place_country OR a.place_country IS NULL OR b.place_country IS NULL)
  AND (
    (a.is_exact AND b.is_exact
     AND a.period_start <= b.period_end + {DATE_TOLERANCE_DAYS}
     AND b.period_start <= a.period_end + {DATE_TOLERANCE_DAYS})
    OR (a.ordinal = b.ordinal
        AND (a.period_start IS NULL OR b.period_start IS NULL
             OR (a.period_start <= b.period_end AND b.period_start <= a.period_end)))
  )
"""

#: A vague mention and each meeting known to the day that it may be.
_CANDIDATES = f"""
WITH exact AS (
    SELECT cluster, organisation, body,
        min(period_start) AS period_start, max(period_end) AS period_end,
        any_value(city ORDER BY node) AS city,
        any_value(place_country ORDER BY node) AS place_country,
        any_value(ordinal ORDER BY node) AS ordinal
    FROM mention
    WHERE is_exact
    GROUP BY cluster, organisation, body
),
main AS (
    SELECT document_id, min_by(coalesce(period_start, published_on), mention) AS main_start
    FROM mention
    WHERE relation = 'reports'
    GROUP BY document_id
)
SELECT v.cluster AS vague, e.cluster AS meeting,
    CASE WHEN v.period_start IS NULL THEN v.relation END AS undated_relation, e.period_start
FROM mention AS v
LEFT JOIN main USING (document_id)
JOIN exact AS e ON v.organisation = e.organisation AND v.body = e.body
WHERE v.cluster NOT IN (SELECT cluster FROM exact)
  AND (v.ordinal = e.ordinal OR v.ordinal IS NULL OR e.ordinal IS NULL)
  AND (v.city = e.city OR v.city IS NULL OR e.city IS NULL)
  AND (v.place_country = e.place_country OR v.place_country IS NULL OR e.place_country IS NULL)
  AND CASE
    WHEN v.period_start IS NOT NULL
        THEN e.period_start BETWEEN v.period_start AND v.period_end
    WHEN v.relation = 'announces'
        THEN v.place_country IS NOT NULL
            AND e.period_start > main.main_start
            AND e.period_start <= main.main_start + INTERVAL {ANNOUNCED_WITHIN_MONTHS} MONTH
    WHEN v.relation = 'reports'
        THEN v.place_country IS NOT NULL
            AND v.published_on BETWEEN e.period_start AND e.period_end + {REPORTED_WITHIN_DAYS}
    ELSE v.place_country IS NOT NULL
        AND e.period_end < main.main_start
        AND e.period_start >= main.main_start - INTERVAL {RECALLED_WITHIN_MONTHS} MONTH
  END
"""

#: Vague mentions that join none: one meeting where everything they say is the same.
_VAGUE_GROUPS = """
SELECT min(cluster) OVER (
    PARTITION BY organisation, body, period_start, period_end, city, place_country, ordinal,
        CASE WHEN period_start IS NULL AND ordinal IS NULL THEN document_id END
) AS meeting, cluster AS vague
FROM mention
WHERE cluster NOT IN (SELECT cluster FROM mention WHERE is_exact)
"""

_BEST = """
CREATE TABLE meeting AS
WITH ranked AS (
    SELECT *,
        row_number() OVER (
            ORDER BY list_position(['reports', 'announces', 'recalls'], relation), node
        ) AS by_relation,
        row_number() OVER (
            ORDER BY coalesce(list_position(['day', 'month', 'year'], date_precision), 4),
                list_position(['reports', 'announces', 'recalls'], relation),
                period_end - period_start DESC, node
        ) AS by_precision
    FROM mention
),
best AS (
    SELECT
        cluster,
        arg_min(organisation, by_relation) AS organisation,
        arg_min(body, by_relation) AS body,
        arg_min(ordinal, by_relation) AS ordinal,
        arg_min({'s': starts_on, 'e': ends_on, 'p': date_precision}, by_precision) AS dates,
        arg_min(city, by_relation) AS city,
        arg_min(country, by_relation) AS country,
        arg_min(chair_country, by_relation) AS chair_country,
        arg_min(format, by_relation) AS format,
        CASE WHEN bool_or(relation IN ('reports', 'recalls'))
            THEN 'held' ELSE 'announced' END AS status,
        count(DISTINCT document_id)::INTEGER AS document_count
    FROM ranked
    GROUP BY cluster
),
named AS (
    SELECT *,
        concat_ws('-',
            lower(coalesce(organisation, 'unknown')),
            body,
            CASE dates.p
                WHEN 'day' THEN strftime(dates.s, '%Y-%m-%d')
                WHEN 'month' THEN strftime(dates.s, '%Y-%m')
                WHEN 'year' THEN strftime(dates.s, '%Y')
                ELSE coalesce('no' || ordinal, 'undated')
            END,
            coalesce(
                trim(regexp_replace(lower(strip_accents(city)), '[^a-z0-9]+', '-', 'g'), '-'),
                lower(country),
                format
            )
        ) AS base_id
    FROM best
)
SELECT
    cluster,
    base_id || CASE WHEN copy > 1 THEN '-' || copy ELSE '' END AS meeting_id,
    organisation, body, ordinal, dates.s AS starts_on, dates.e AS ends_on,
    dates.p AS date_precision, city, country, chair_country, format, status, document_count
FROM (
    SELECT *, row_number() OVER (PARTITION BY base_id ORDER BY document_count DESC, cluster) AS copy
    FROM named
)
"""

_DOCUMENT_MEETINGS = """
SELECT m.document_id, meeting.meeting_id, m.relation, m.organisation, m.body, m.ordinal,
    m.starts_on, m.ends_on, m.date_precision, m.city, m.country, m.chair_country, m.format,
    m.sentence_id, m.char_start, m.char_end, m.rule, m.mention
FROM mention AS m
JOIN meeting USING (cluster)
"""


def resolve_meetings(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables ``meeting`` and ``meeting_of`` (document, mention -> meeting).

    Args:
        connection: Has ``meeting_mentions``, ``documents`` and ``cities``.
    """
    connection.execute(_MENTIONS)
    row = connection.execute("SELECT count(*) FROM mention").fetchone()
    size = row[0] if row else 0
    _set_clusters(connection, connect(size, connection.execute(_PAIRS).fetchall()))

    candidates: dict[int, list[tuple[str | None, date, int]]] = {}
    for vague, meeting, relation, start in connection.execute(_CANDIDATES).fetchall():
        candidates.setdefault(vague, []).append((relation, start, meeting))
    merged = [
        (vague, chosen)
        for vague, found in candidates.items()
        if (chosen := _choose(found)) is not None
    ]
    _merge(connection, merged)
    _merge(connection, connection.execute(_VAGUE_GROUPS).fetchall())
    connection.execute(_BEST)
    connection.execute(f"CREATE TABLE meeting_of AS {_DOCUMENT_MEETINGS}")


def _choose(found: list[tuple[str | None, date, int]]) -> int | None:
    """The only meeting that fits; without a date, the next one announced or the last recalled."""
    meetings = {meeting for _, _, meeting in found}
    if len(meetings) == 1:
        return meetings.pop()
    relations = {relation for relation, _, _ in found}
    by_date = sorted((start, meeting) for _, start, meeting in found)
    if relations == {"announces"}:
        return by_date[0][1]
    if relations == {"recalls"}:
        return by_date[-1][1]
    return None


def _set_clusters(connection: duckdb.DuckDBPyConnection, clusters: list[int]) -> None:
    numbering = pa.table(
        {
            "node": pa.array(range(len(clusters)), pa.int32()),
            "cluster": pa.array(clusters, pa.int32()),
        }
    )
    connection.register("numbering", numbering)
    connection.execute(
        "UPDATE mention SET cluster = n.cluster FROM numbering AS n WHERE mention.node = n.node"
    )
    connection.unregister("numbering")


def _merge(connection: duckdb.DuckDBPyConnection, pairs: list[tuple[int, int]]) -> None:
    """Join clusters."""
    old = [
        row[0] for row in connection.execute("SELECT cluster FROM mention ORDER BY node").fetchall()
    ]
    roots = connect(len(old), pairs)
    _set_clusters(connection, [roots[cluster] for cluster in old])
