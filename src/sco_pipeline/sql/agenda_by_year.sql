-- What the meetings of a body were about, year by year.
-- Held meetings with a known year only; copies of a document count once.
-- Grain: one topic at one body of one organisation in one year. Key: year, organisation, body, topic.
-- Columns:
--   year: Year of the meetings.
--   organisation: Organisation whose body meets.
--   body: Body that meets.
--   topic: Topic code.
--   topic_group: Group of the topic.
--   meetings: Meetings whose documents show the topic.
--   meetings_known: Meetings of the body in the year for which any topic is known.
--   share: meetings / meetings_known.
--   mentions: Terms that show the topic.
WITH counted AS (
    SELECT document_id FROM documents WHERE duplicate_of IS NULL
),
mentioned AS (
    SELECT meeting_id, topic, count(*) AS mentions
    FROM topics SEMI JOIN counted USING (document_id)
    GROUP BY meeting_id, topic
),
shown AS (
    SELECT
        year(m.starts_on) AS year,
        m.organisation,
        m.body,
        m.rowid AS meeting,
        t.topic,
        t.mentions
    FROM mentioned t
    JOIN meetings m ON m.meeting_id = t.meeting_id
    WHERE m.status = 'held' AND m.starts_on IS NOT NULL
),
known AS (
    SELECT year, organisation, body, count(DISTINCT meeting) AS meetings
    FROM shown
    GROUP BY year, organisation, body
)
SELECT
    s.year,
    s.organisation,
    s.body,
    s.topic,
    any_value(l.topic_group) AS topic_group,
    count(*) AS meetings,
    any_value(k.meetings) AS meetings_known,
    round(count(*) / any_value(k.meetings), 3) AS share,
    sum(s.mentions)::BIGINT AS mentions
FROM shown s
JOIN known k
    ON k.year = s.year AND k.organisation IS NOT DISTINCT FROM s.organisation AND k.body = s.body
JOIN topic_labels l ON l.code = s.topic
GROUP BY s.year, s.organisation, s.body, s.topic
