-- The offices a person is named with, and when.
-- Every naming counts, also in messages and mentions; dates are those of the meetings, or of
-- publication where a document has none.
-- Grain: one person in one office for one country or organisation. Key: person_id, role, country, organisation.
-- Columns:
--   person_id: Person.
--   name: Most complete spelling of the name.
--   role: Role code of the office.
--   country: State served, if any.
--   organisation: Organisation served, if any.
--   first_on: First date the person is named in this office.
--   last_on: Last date the person is named in this office.
--   meetings: Meetings the person took part in (chaired or attended) in this office.
--   documents: Documents that name the person in this office, copies left out.
--   offices_as_written: The wordings of the office, sorted.
WITH numbered AS (
    -- Rows with numbers instead of ids are grouped several times as fast.
    SELECT
        n.rowid AS person,
        p.role,
        p.country,
        p.organisation,
        p.role_as_written,
        m.rowid AS meeting,
        p.participation IN ('chaired', 'attended') AS took_part,
        CASE WHEN d.duplicate_of IS NULL THEN d.rowid END AS document,
        coalesce(m.starts_on, d.published_on) AS dated
    FROM participants p
    JOIN persons n ON n.person_id = p.person_id
    JOIN documents d ON d.document_id = p.document_id
    LEFT JOIN meetings m ON m.meeting_id = p.meeting_id
),
offices AS (
    SELECT person, role, country, organisation, list_sort(list(role_as_written)) AS offices
    FROM (
        SELECT DISTINCT person, role, country, organisation, role_as_written
        FROM numbered
        WHERE role_as_written IS NOT NULL
    )
    GROUP BY ALL
),
careers AS (
    SELECT
        person,
        role,
        country,
        organisation,
        min(dated) AS first_on,
        max(dated) AS last_on,
        count(DISTINCT meeting) FILTER (WHERE took_part) AS meetings,
        count(DISTINCT document) AS documents
    FROM numbered
    GROUP BY ALL
)
SELECT
    n.person_id,
    n.name,
    c.role,
    c.country,
    c.organisation,
    c.first_on,
    c.last_on,
    c.meetings,
    c.documents,
    coalesce(o.offices, []) AS offices_as_written
FROM careers c
JOIN persons n ON n.rowid = c.person
LEFT JOIN offices o
    ON
        o.person = c.person
        AND o.role = c.role
        AND o.country IS NOT DISTINCT FROM c.country
        AND o.organisation IS NOT DISTINCT FROM c.organisation
