-- What a country does and is named for in the meetings of an organisation, year by year.
-- Held meetings with a known year only; copies of a document count once.
-- Grain: one country in one organisation in one year. Key: year, organisation, country.
-- Columns:
--   year: Year of the meetings.
--   organisation: Organisation whose bodies meet.
--   country: Country (ISO 3166-1 alpha-3).
--   meetings_attended: Meetings its persons chaired or attended.
--   meetings_chaired: Meetings it chaired, by its person or as the chair's country.
--   meetings_hosted: Meetings in its cities.
--   mentions: Times it is named in the documents about the meetings.
--   acts: Speech acts of which it is the actor.
WITH held AS (
    SELECT
        m.meeting_id,
        m.organisation,
        year(m.starts_on) AS year,
        m.chair_country,
        coalesce(m.country, c.country) AS host_country
    FROM meetings m
    LEFT JOIN cities c ON c.city = m.city
    WHERE m.status = 'held' AND m.starts_on IS NOT NULL
),
facts AS (
    SELECT meeting_id, country, 'attended' AS fact, 1 AS n
    FROM participants
    WHERE participation IN ('chaired', 'attended')
    GROUP BY meeting_id, country
    UNION ALL
    (
        SELECT meeting_id, country, 'chaired', 1
        FROM participants
        WHERE participation = 'chaired'
        UNION
        SELECT meeting_id, chair_country, 'chaired', 1
        FROM held
    )
    UNION ALL
    SELECT meeting_id, host_country, 'hosted', 1
    FROM held
    UNION ALL
    SELECT d.meeting_id, m.country, 'mentioned', count(*)
    FROM country_mentions m
    JOIN documents d ON d.document_id = m.document_id
    WHERE d.duplicate_of IS NULL
    GROUP BY d.meeting_id, m.country
    UNION ALL
    SELECT a.meeting_id, a.actor_country, 'acted', count(*)
    FROM decisions a
    JOIN documents d ON d.document_id = a.document_id
    WHERE d.duplicate_of IS NULL
    GROUP BY a.meeting_id, a.actor_country
)
SELECT
    h.year,
    h.organisation,
    f.country,
    coalesce(sum(f.n) FILTER (WHERE f.fact = 'attended'), 0)::BIGINT AS meetings_attended,
    coalesce(sum(f.n) FILTER (WHERE f.fact = 'chaired'), 0)::BIGINT AS meetings_chaired,
    coalesce(sum(f.n) FILTER (WHERE f.fact = 'hosted'), 0)::BIGINT AS meetings_hosted,
    coalesce(sum(f.n) FILTER (WHERE f.fact = 'mentioned'), 0)::BIGINT AS mentions,
    coalesce(sum(f.n) FILTER (WHERE f.fact = 'acted'), 0)::BIGINT AS acts
FROM facts f
JOIN held h ON h.meeting_id = f.meeting_id
WHERE f.country IS NOT NULL
GROUP BY h.year, h.organisation, f.country
