-- What became of announced meetings: where each was announced and when it was held.
-- Every meeting appears, also those held without notice. Copies of a document count once. Time is
-- that of the warehouse: a meeting is not_reported once a later meeting of its organisation is
-- known to have been held.
-- Grain: one meeting. Key: meeting_id.
-- Columns:
--   meeting_id: Meeting.
--   organisation: Organisation whose body meets.
--   body: Body that meets.
--   outcome: announced_and_held, held_unannounced, open or not_reported.
--   announcements: Documents that announce it.
--   announced_in: First document that announces it: by date of publication, then of its meeting.
--   announced_in_title: Title of that document.
--   announced_on: When it was announced: day of publication, else first day of that document's meeting.
--   announced_starts_on: First day as announced there.
--   announced_date_precision: day, month or year: how much of it was announced.
--   announced_city: City as announced there.
--   held_starts_on: First day as held.
--   held_ends_on: Last day as held.
--   held_city: City as held.
--   days_moved: held_starts_on less announced_starts_on, where both are known to the day.
--   reports: Documents that report it as held.
WITH spoken_of AS (
    SELECT
        s.*,
        d.title,
        coalesce(d.published_on, own.starts_on) AS dated
    FROM document_meetings s
    JOIN documents d ON d.document_id = s.document_id
    LEFT JOIN meetings own ON own.meeting_id = d.meeting_id AND own.meeting_id <> s.meeting_id
    WHERE d.duplicate_of IS NULL
),
announced AS (
    SELECT
        meeting_id,
        count(*) AS announcements,
        arg_min(spoken_of, (coalesce(dated, DATE '9999-12-31'), document_id)) AS first
    FROM spoken_of
    WHERE relation = 'announces'
    GROUP BY meeting_id
),
reported AS (
    SELECT meeting_id, count(*) AS reports
    FROM spoken_of
    WHERE relation = 'reports'
    GROUP BY meeting_id
),
reached AS (
    SELECT organisation, max(starts_on) AS last_on
    FROM meetings
    WHERE status = 'held'
    GROUP BY organisation
)
SELECT
    m.meeting_id,
    m.organisation,
    m.body,
    CASE
        WHEN m.status = 'held' AND a.meeting_id IS NULL THEN 'held_unannounced'
        WHEN m.status = 'held' THEN 'announced_and_held'
        WHEN r.last_on > last_possible.day THEN 'not_reported'
        ELSE 'open'
    END AS outcome,
    coalesce(a.announcements, 0) AS announcements,
    a.first.document_id AS announced_in,
    a.first.title AS announced_in_title,
    a.first.dated AS announced_on,
    a.first.starts_on AS announced_starts_on,
    a.first.date_precision AS announced_date_precision,
    a.first.city AS announced_city,
    CASE WHEN m.status = 'held' THEN m.starts_on END AS held_starts_on,
    CASE WHEN m.status = 'held' THEN m.ends_on END AS held_ends_on,
    CASE WHEN m.status = 'held' THEN m.city END AS held_city,
    CASE
        WHEN m.status = 'held' AND m.date_precision = 'day' AND a.first.date_precision = 'day'
            THEN m.starts_on - a.first.starts_on
    END AS days_moved,
    coalesce(p.reports, 0) AS reports
FROM meetings m
LEFT JOIN announced a ON a.meeting_id = m.meeting_id
LEFT JOIN reported p ON p.meeting_id = m.meeting_id
LEFT JOIN reached r ON r.organisation IS NOT DISTINCT FROM m.organisation
CROSS JOIN LATERAL (
    SELECT CASE m.date_precision
        WHEN 'year' THEN make_date(year(m.starts_on), 12, 31)
        WHEN 'month' THEN last_day(m.starts_on)
        ELSE coalesce(m.ends_on, m.starts_on)
    END AS day
) last_possible
