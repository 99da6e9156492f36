-- How the weight of each group of topics changes from year to year.
-- Held meetings with a known year only; copies of a document count once. Every group appears in
-- every year that has meetings, with zeros where it does not occur.
-- Grain: one group of topics in one year. Key: year, topic_group.
-- Columns:
--   year: Year of the meetings.
--   topic_group: Group of topics.
--   meetings: Meetings whose documents show a topic of the group.
--   meetings_known: Meetings of the year for which any topic is known.
--   share_of_meetings: meetings / meetings_known.
--   mentions: Terms that show a topic of the group.
--   share_of_mentions: mentions / all terms of the year that show a topic.
--   change: share_of_mentions less that of the year before in this view, null in the first.
WITH shown AS (
    SELECT year(m.starts_on) AS year, m.meeting_id, l.topic_group
    FROM topics t
    JOIN documents d ON d.document_id = t.document_id
    JOIN meetings m ON m.meeting_id = t.meeting_id
    JOIN topic_labels l ON l.code = t.topic
    WHERE d.duplicate_of IS NULL AND m.status = 'held' AND m.starts_on IS NOT NULL
),
years AS (
    SELECT year, count(DISTINCT meeting_id) AS meetings, count(*) AS mentions
    FROM shown
    GROUP BY year
),
groups AS (
    SELECT DISTINCT topic_group FROM topic_labels
),
counts AS (
    SELECT year, topic_group, count(DISTINCT meeting_id) AS meetings, count(*) AS mentions
    FROM shown
    GROUP BY year, topic_group
),
shares AS (
    SELECT
        y.year,
        g.topic_group,
        coalesce(c.meetings, 0) AS meetings,
        y.meetings AS meetings_known,
        coalesce(c.meetings, 0) / y.meetings AS share_of_meetings,
        coalesce(c.mentions, 0) AS mentions,
        coalesce(c.mentions, 0) / y.mentions AS share_of_mentions
    FROM years y
    CROSS JOIN groups g
    LEFT JOIN counts c ON c.year = y.year AND c.topic_group = g.topic_group
)
SELECT
    year,
    topic_group,
    meetings,
    meetings_known,
    round(share_of_meetings, 3) AS share_of_meetings,
    mentions,
    round(share_of_mentions, 3) AS share_of_mentions,
    round(
        share_of_mentions - lag(share_of_mentions) OVER (PARTITION BY topic_group ORDER BY year), 3
    ) AS change
FROM shares
