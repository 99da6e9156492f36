-- How often each country's delegations took part in each body's meetings.
-- Took part: chaired or attended; messages, mentions and hosts who receive delegations do not
-- count. A meeting counts once, however many documents report it.
-- Grain: one country at one body of one organisation. Key: country, organisation, body.
-- Columns:
--   country: Country (ISO 3166-1 alpha-3).
--   country_label: The country's name for people.
--   organisation: Organisation whose body meets.
--   body: Body that meets.
--   meetings: Meetings the country's delegations took part in.
--   meetings_chaired: Of these, meetings that a person of the country chaired.
--   meetings_known: Meetings of the body in the warehouse for which participants are known.
--   share: meetings / meetings_known.
--   persons: Persons who took part for the country.
--   first_on: First day of the first of these meetings.
--   last_on: First day of the last of these meetings.
WITH present AS (
    SELECT p.country, m.organisation, m.body, m.meeting_id, m.starts_on, p.person_id, p.participation
    FROM participants p
    JOIN meetings m ON m.meeting_id = p.meeting_id
    WHERE p.participation IN ('chaired', 'attended')
),
known AS (
    SELECT organisation, body, count(DISTINCT meeting_id) AS meetings
    FROM present
    GROUP BY organisation, body
)
SELECT
    p.country,
    any_value(c.label) AS country_label,
    p.organisation,
    p.body,
    count(DISTINCT p.meeting_id) AS meetings,
    count(DISTINCT p.meeting_id) FILTER (WHERE p.participation = 'chaired') AS meetings_chaired,
    any_value(k.meetings) AS meetings_known,
    round(count(DISTINCT p.meeting_id) / any_value(k.meetings), 3) AS share,
    count(DISTINCT p.person_id) AS persons,
    min(p.starts_on) AS first_on,
    max(p.starts_on) AS last_on
FROM present p
JOIN known k ON k.organisation IS NOT DISTINCT FROM p.organisation AND k.body = p.body
LEFT JOIN countries c ON c.code = p.country
WHERE p.country IS NOT NULL
GROUP BY p.country, p.organisation, p.body
