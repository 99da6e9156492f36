-- At which level countries are represented in the meetings of a body.
-- The level of a delegation is the highest office among those who chaired or attended for the
-- country. A meeting counts once.
-- Grain: one level of one country at one body of one organisation. Key: country, organisation, body, level.
-- Columns:
--   country: Country (ISO 3166-1 alpha-3).
--   organisation: Organisation whose body meets.
--   body: Body that meets.
--   level: Role code of the highest office in the delegation.
--   rank: Its rank: 1 head of state, 2 head of government, 3 deputy head of government or speaker, 4 minister, 5 deputy, 6 envoy, 7 other.
--   meetings: Meetings at which the country was represented at this level.
--   share: meetings / all meetings of the body the country took part in.
--   first_on: First day of the first of these meetings.
--   last_on: First day of the last of these meetings.
WITH ranked AS (
    SELECT
        p.country,
        p.meeting_id,
        p.role,
        CASE
            WHEN p.role = 'head_of_state' THEN 1
            WHEN p.role = 'head_of_government' THEN 2
            WHEN p.role IN ('deputy_head_of_government', 'parliament_speaker') THEN 3
            WHEN p.role IN (
                'foreign_minister', 'defence_minister', 'interior_minister', 'other_minister',
                'security_council_secretary', 'state_councillor'
            ) THEN 4
            WHEN p.role IN ('deputy_minister', 'deputy_security_council_secretary') THEN 5
            WHEN p.role IN ('ambassador', 'national_coordinator') THEN 6
            ELSE 7
        END AS rank
    FROM participants p
    WHERE p.participation IN ('chaired', 'attended') AND p.country IS NOT NULL
),
delegations AS (
    SELECT country, meeting_id, min(rank) AS rank, arg_min(role, (rank, role)) AS level
    FROM ranked
    GROUP BY country, meeting_id
),
levels AS (
    SELECT
        d.country,
        m.organisation,
        m.body,
        d.level,
        any_value(d.rank) AS rank,
        count(*) AS meetings,
        min(m.starts_on) AS first_on,
        max(m.starts_on) AS last_on
    FROM delegations d
    JOIN meetings m ON m.meeting_id = d.meeting_id
    GROUP BY d.country, m.organisation, m.body, d.level
)
SELECT
    country,
    organisation,
    body,
    level,
    rank,
    meetings,
    round(meetings / sum(meetings) OVER (PARTITION BY country, organisation, body), 3) AS share,
    first_on,
    last_on
FROM levels
