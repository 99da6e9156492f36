-- Meetings with their host, and how much the documents say of them.
-- Copies of a document count once. Persons and countries are those that took part.
-- Grain: one meeting. Key: meeting_id.
-- Columns:
--   meeting_id: Meeting.
--   organisation: Organisation whose body meets.
--   body: Body that meets.
--   body_label: The body's name for people.
--   ordinal: Which meeting of its body it is.
--   starts_on: First day, or first day of the month or year where date_precision says so.
--   ends_on: Last day, where the day is known.
--   date_precision: day, month or year.
--   city: City.
--   host_country: Host country as a text names it, else the city's country.
--   chair_country: Country in the chair.
--   format: in_person, video or hybrid, where a text says so.
--   status: held or announced.
--   documents: Documents that speak of it.
--   persons: Persons who took part.
--   participant_countries: Countries they serve, sorted.
--   topics: Topics of the documents about it, sorted.
--   decisions: Speech acts of kind decision in the documents about it.
--   positions: Speech acts of kind position in the documents about it.
WITH counted AS (
    SELECT document_id FROM documents WHERE duplicate_of IS NULL
),
spoken_of AS (
    SELECT meeting_id, count(DISTINCT document_id) AS documents
    FROM document_meetings SEMI JOIN counted USING (document_id)
    GROUP BY meeting_id
),
present AS (
    SELECT
        meeting_id,
        count(DISTINCT person_id) AS persons,
        list_sort(list(DISTINCT country) FILTER (WHERE country IS NOT NULL)) AS countries
    FROM participants
    WHERE participation IN ('chaired', 'attended')
    GROUP BY meeting_id
),
agenda AS (
    SELECT meeting_id, list_sort(list(DISTINCT topic)) AS topics
    FROM topics
    GROUP BY meeting_id
),
acts AS (
    SELECT
        meeting_id,
        count(*) FILTER (WHERE kind = 'decision') AS decisions,
        count(*) FILTER (WHERE kind = 'position') AS positions
    FROM decisions SEMI JOIN counted USING (document_id)
    GROUP BY meeting_id
)
SELECT
    m.meeting_id,
    m.organisation,
    m.body,
    b.label AS body_label,
    m.ordinal,
    m.starts_on,
    m.ends_on,
    m.date_precision,
    m.city,
    coalesce(m.country, c.country) AS host_country,
    m.chair_country,
    m.format,
    m.status,
    coalesce(s.documents, 0) AS documents,
    coalesce(p.persons, 0) AS persons,
    coalesce(p.countries, []) AS participant_countries,
    coalesce(a.topics, []) AS topics,
    coalesce(d.decisions, 0) AS decisions,
    coalesce(d.positions, 0) AS positions
FROM meetings m
LEFT JOIN body_labels b ON b.code = m.body
LEFT JOIN cities c ON c.city = m.city
LEFT JOIN spoken_of s ON s.meeting_id = m.meeting_id
LEFT JOIN present p ON p.meeting_id = m.meeting_id
LEFT JOIN agenda a ON a.meeting_id = m.meeting_id
LEFT JOIN acts d ON d.meeting_id = m.meeting_id
