"""One row per meeting, however many documents report, announce or recall it.

Mentions of the same body of the same organisation are the same meeting where their dates,
cities and ordinals agree; a mention known only to the month, the year or not at all joins a
meeting only where exactly one fits. What each document says stays in ``document_meetings``.
"""

from __future__ import annotations

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

#: Days per bucket in which meetings that overlap are looked for.
_BUCKET_DAYS = 7

#: Last day of what a mention ``m`` says of the date.
PERIOD_END = """
    CASE m.date_precision
        WHEN 'day' THEN coalesce(m.ends_on, m.starts_on)
        WHEN 'month' THEN last_day(m.starts_on)
        WHEN 'year' THEN make_date(year(m.starts_on), 12, 31)
    END
"""

_MENTIONS = f"""
CREATE OR REPLACE TEMP TABLE mention AS
SELECT
    (row_number() OVER (ORDER BY m.document_id, m.mention) - 1)::INTEGER AS node,
    m.document_id, m.mention, m.relation, m.organisation, m.body, m.ordinal, m.starts_on,
    m.ends_on, m.date_precision, m.city, m.country, m.chair_country, m.format,
    d.published_on,
    coalesce(city_row.country, m.country) AS place_country,
    m.starts_on AS period_start,
    {PERIOD_END} AS period_end,
    coalesce(m.date_precision = 'day', false) AS is_exact
FROM meeting_mentions AS m
JOIN documents AS d USING (document_id)
LEFT JOIN cities AS city_row USING (city)
"""

#: What mentions say that can tell a meeting: many documents speak of few meetings.
_CLAIMS = """
CREATE OR REPLACE TEMP TABLE claim AS
SELECT (row_number() OVER (ORDER BY min(node)) - 1)::INTEGER AS number,
    organisation, body, ordinal, city, place_country, period_start, period_end, is_exact
FROM mention
WHERE organisation IS NOT NULL AND (is_exact OR ordinal IS NOT NULL)
GROUP BY ALL
"""

#: Two claims that surely are of one meeting: their days overlap, or they have one ordinal.
#: Days are compared within buckets of them, not each meeting of a body with every other.
_PAIRS = f"""
WITH bucketed AS (
    SELECT *, unnest(range(
        (least(period_start, period_end) - DATE '2000-01-01') // {_BUCKET_DAYS},
        (greatest(period_start, period_end) + {DATE_TOLERANCE_DAYS} - DATE '2000-01-01')
            // {_BUCKET_DAYS} + 1
    )) AS bucket
    FROM claim
    WHERE is_exact
),
near AS (
    SELECT a, b
    FROM bucketed AS a
    JOIN bucketed AS b
        ON a.organisation = b.organisation AND a.body = b.body AND a.bucket = b.bucket
        AND a.number < b.number
    WHERE (a.ordinal = b.ordinal OR a.ordinal IS NULL OR b.ordinal IS NULL)
      AND a.period_start <= b.period_end + {DATE_TOLERANCE_DAYS}
      AND b.period_start <= a.period_end + {DATE_TOLERANCE_DAYS}
)
SELECT a.number, b.number
FROM near
WHERE (a.city = b.city OR a.city IS NULL OR b.city IS NULL)
  AND (a.place_country = b.place_country OR a.place_country IS NULL OR b.place_country IS NULL)
UNION
SELECT a.number, b.number
FROM claim AS a
JOIN claim AS b
    ON a.organisation = b.organisation AND a.body = b.body AND a.ordinal = b.ordinal
    AND a.number < b.number
WHERE (a.period_start IS NULL OR b.period_start IS NULL
       OR (a.period_start <= b.period_end AND b.period_start <= a.period_end))
  AND (a.city = b.city OR a.city IS NULL OR b.city IS NULL)
  AND (a.place_country = b.place_country OR a.place_country IS NULL OR b.place_country IS NULL)
"""

#: Every mention with the number of its meeting. Where one known to no day may be several meetings
#: known to theirs, it is the next one announced, the last one recalled, or none of them. What
#: joins none is one meeting where everything said of it is the same.
#: ``unit``: mentions of one cluster, or that ask for a meeting in the same words.
_CLUSTERS = f"""
CREATE OR REPLACE TEMP TABLE clustered AS
WITH clustered_claim AS (
    SELECT c.*, n.cluster, bool_or(c.is_exact) OVER (PARTITION BY n.cluster) AS is_dated
    FROM claim AS c
    JOIN numbering AS n USING (number)
),
exact AS (
    SELECT cluster, organisation, body,
        min(period_start) AS period_start, max(period_end) AS period_end,
        arg_min(city, number) AS city,
        arg_min(place_country, number) AS place_country,
        arg_min(ordinal, number) AS ordinal
    FROM clustered_claim
    WHERE is_exact
    GROUP BY cluster, organisation, body
),
main AS (
    SELECT document_id, min_by(coalesce(period_start, published_on), mention) AS main_start
    FROM mention
    WHERE relation = 'reports'
    GROUP BY document_id
),
claimed AS (
    SELECT m.*, c.cluster, coalesce(c.is_dated, m.is_exact) AS is_dated
    FROM mention AS m
    LEFT JOIN clustered_claim AS c
        ON m.organisation = c.organisation AND m.body = c.body AND m.is_exact = c.is_exact
        AND m.ordinal IS NOT DISTINCT FROM c.ordinal
        AND m.city IS NOT DISTINCT FROM c.city
        AND m.place_country IS NOT DISTINCT FROM c.place_country
        AND m.period_start IS NOT DISTINCT FROM c.period_start
        AND m.period_end IS NOT DISTINCT FROM c.period_end
),
undated AS (
    SELECT c.*,
        CASE WHEN c.period_start IS NULL THEN c.relation END AS undated_relation,
        CASE WHEN c.period_start IS NULL THEN
            CASE WHEN c.relation = 'reports' THEN c.published_on ELSE main.main_start END
        END AS seen_on
    FROM claimed AS c
    LEFT JOIN main USING (document_id)
    WHERE NOT c.is_dated
),
vague AS (
    SELECT *,
        coalesce(cluster, -1 - min(node) OVER (
            PARTITION BY organisation, body, ordinal, city, place_country, period_start,
                period_end, cluster, undated_relation, seen_on
        )) AS unit,
        min(node) OVER (
            PARTITION BY organisation, body, ordinal, city, place_country, period_start,
                period_end, CASE WHEN period_start IS NULL AND ordinal IS NULL THEN document_id END
        ) AS alike
    FROM undated
),
asked AS (
    SELECT DISTINCT unit, organisation, body, ordinal, city, place_country, period_start,
        period_end, undated_relation, seen_on
    FROM vague
),
in_time AS (
    SELECT v.unit, v.undated_relation, v.ordinal, v.city, v.place_country, e AS meeting
    FROM asked AS v
    JOIN exact AS e
        ON v.organisation = e.organisation AND v.body = e.body
        AND year(v.period_start) = year(e.period_start)
        AND e.period_start BETWEEN v.period_start AND v.period_end
    UNION ALL
    SELECT v.unit, v.undated_relation, v.ordinal, v.city, v.place_country, e AS meeting
    FROM (
        SELECT *, unnest([place_country, '']) AS place FROM asked WHERE place_country IS NOT NULL
    ) AS v
    JOIN exact AS e
        ON v.organisation = e.organisation AND v.body = e.body
        AND v.place = coalesce(e.place_country, '')
    WHERE CASE v.undated_relation
        WHEN 'announces' THEN e.period_start > v.seen_on
            AND e.period_start <= v.seen_on + INTERVAL {ANNOUNCED_WITHIN_MONTHS} MONTH
        WHEN 'reports'
            THEN v.seen_on BETWEEN e.period_start AND e.period_end + {REPORTED_WITHIN_DAYS}
        ELSE e.period_end < v.seen_on
            AND e.period_start >= v.seen_on - INTERVAL {RECALLED_WITHIN_MONTHS} MONTH
      END
),
candidate AS (
    SELECT unit, undated_relation,
        {{'period_start': meeting.period_start, 'cluster': meeting.cluster}} AS meeting
    FROM in_time
    WHERE (ordinal = meeting.ordinal OR ordinal IS NULL OR meeting.ordinal IS NULL)
      AND (city = meeting.city OR city IS NULL OR meeting.city IS NULL)
      AND (place_country = meeting.place_country
           OR place_country IS NULL OR meeting.place_country IS NULL)
),
chosen AS (
    SELECT unit,
        CASE
            WHEN min(meeting.cluster) = max(meeting.cluster) THEN min(meeting.cluster)
            WHEN count(undated_relation) < count(*)
                OR min(undated_relation) != max(undated_relation) THEN NULL
            WHEN min(undated_relation) = 'announces' THEN min(meeting).cluster
            WHEN min(undated_relation) = 'recalls' THEN max(meeting).cluster
        END AS cluster
    FROM candidate
    GROUP BY unit
),
located AS (
    SELECT v.node, coalesce(chosen.cluster, v.cluster, -1 - v.alike) AS cluster
    FROM vague AS v
    LEFT JOIN chosen USING (unit)
)
SELECT c.* REPLACE (coalesce(l.cluster, c.cluster, -1 - c.node) AS cluster)
FROM claimed AS c
LEFT JOIN located AS l USING (node)
"""

_BEST = """
CREATE OR REPLACE TEMP TABLE meeting AS
WITH ranked AS (
    SELECT *,
        row_number() OVER (
            ORDER BY coalesce(list_position(['day', 'month', 'year'], date_precision), 4),
                relation_rank, period_end - period_start DESC, node
        ) AS by_precision,
        (relation_rank::BIGINT << 32) + node AS by_relation
    FROM (
        SELECT *, list_position(['reports', 'announces', 'recalls'], relation) AS relation_rank
        FROM clustered
    )
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
        count(DISTINCT document_id)::INTEGER AS document_count,
        min(node) AS first_node
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
    SELECT *,
        row_number() OVER (PARTITION BY base_id ORDER BY document_count DESC, first_node) AS copy
    FROM named
)
"""


_MEETING_OF = """
CREATE OR REPLACE TEMP TABLE meeting_of AS
SELECT c.document_id, c.mention, meeting.meeting_id
FROM clustered AS c
JOIN meeting USING (cluster)
"""


def resolve_meetings(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables ``meeting`` and ``meeting_of`` (document, mention -> meeting_id).

    Args:
        connection: Has ``meeting_mentions``, ``documents`` and ``cities``.
    """
    connection.execute(_MENTIONS)
    connection.execute(_CLAIMS)
    row = connection.execute("SELECT count(*) FROM claim").fetchone()
    size = row[0] if row else 0
    clusters = connect(size, connection.execute(_PAIRS).fetchall())
    numbering = pa.table(
        {
            "number": pa.array(range(size), pa.int32()),
            "cluster": pa.array(clusters, pa.int32()),
        }
    )
    connection.register("numbering", numbering)
    connection.execute(_CLUSTERS)
    connection.unregister("numbering")
    connection.execute(_BEST)
    connection.execute(_MEETING_OF)
    for table in ("mention", "claim", "clustered"):
        connection.execute(f"DROP TABLE {table}")
