-- Which persons took part in the same meetings.
-- Took part: chaired or attended. A meeting counts once, however many documents report it.
-- Grain: one pair of persons, the one with the smaller id first. Key: person_id_1, person_id_2.
-- Columns:
--   person_id_1: First person.
--   name_1: The first person's name.
--   countries_1: Countries the first person has served.
--   person_id_2: Second person.
--   name_2: The second person's name.
--   countries_2: Countries the second person has served.
--   meetings: Meetings both took part in.
--   first_on: First day of the first of these meetings.
--   last_on: First day of the last of these meetings.
WITH numbered AS (
    SELECT person_id, name, countries, row_number() OVER (ORDER BY person_id) AS number
    FROM persons
),
present AS (
    SELECT m.rowid AS meeting, n.number AS person, any_value(m.starts_on) AS starts_on
    FROM participants p
    JOIN meetings m ON m.meeting_id = p.meeting_id
    JOIN numbered n ON n.person_id = p.person_id
    WHERE p.participation IN ('chaired', 'attended')
    GROUP BY ALL
),
pairs AS (
    -- A pair as one number is grouped several times as fast as two ids.
    SELECT
        (a.person << 32) + b.person AS pair,
        count(*) AS meetings,
        min(a.starts_on) AS first_on,
        max(a.starts_on) AS last_on
    FROM present a
    JOIN present b ON b.meeting = a.meeting AND b.person > a.person
    GROUP BY ALL
)
SELECT
    a.person_id AS person_id_1,
    a.name AS name_1,
    a.countries AS countries_1,
    b.person_id AS person_id_2,
    b.name AS name_2,
    b.countries AS countries_2,
    p.meetings,
    p.first_on,
    p.last_on
FROM pairs p
JOIN numbered a ON a.number = p.pair >> 32
JOIN numbered b ON b.number = p.pair & 4294967295
