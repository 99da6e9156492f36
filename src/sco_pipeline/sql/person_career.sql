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
SELECT
    p.person_id,
    any_value(n.name) AS name,
    p.role,
    p.country,
    p.organisation,
    min(coalesce(m.starts_on, d.published_on)) AS first_on,
    max(coalesce(m.starts_on, d.published_on)) AS last_on,
    count(DISTINCT p.meeting_id) FILTER (
        WHERE p.participation IN ('chaired', 'attended')
    ) AS meetings,
    count(DISTINCT p.document_id) FILTER (WHERE d.duplicate_of IS NULL) AS documents,
    coalesce(
        list_sort(list(DISTINCT p.role_as_written) FILTER (WHERE p.role_as_written IS NOT NULL)), []
    ) AS offices_as_written
FROM participants p
JOIN persons n ON n.person_id = p.person_id
JOIN documents d ON d.document_id = p.document_id
LEFT JOIN meetings m ON m.meeting_id = p.meeting_id
GROUP BY p.person_id, p.role, p.country, p.organisation
