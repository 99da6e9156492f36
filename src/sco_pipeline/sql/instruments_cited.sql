-- Which treaties, charters, declarations and plans are cited, how often and since when.
-- Copies of a document count once; dates are those of the meetings, or of publication where a
-- document has none.
-- Grain: one instrument. Key: instrument_id.
-- Columns:
--   instrument_id: Instrument.
--   name: Most complete name.
--   kind: Kind of instrument.
--   organisation: Organisation it belongs to.
--   year: Year of adoption or signature, where a text says so.
--   mentions: Times it is named.
--   documents: Documents that name it.
--   meetings: Meetings whose documents name it.
--   first_on: Date of the first mention.
--   last_on: Date of the last mention.
--   named_in_adoption_on: Date of the first meeting with an adoption whose clause names it, be it as what is adopted or beside it.
WITH cited AS (
    SELECT
        i.instrument_id,
        count(*) AS mentions,
        count(DISTINCT i.document_id) AS documents,
        count(DISTINCT d.meeting_id) AS meetings,
        min(coalesce(m.starts_on, d.published_on)) AS first_on,
        max(coalesce(m.starts_on, d.published_on)) AS last_on
    FROM instrument_mentions i
    JOIN documents d ON d.document_id = i.document_id
    LEFT JOIN meetings m ON m.meeting_id = d.meeting_id
    WHERE d.duplicate_of IS NULL
    GROUP BY i.instrument_id
),
adopted AS (
    SELECT a.instrument_id, min(m.starts_on) AS adopted_on
    FROM (
        SELECT unnest(instruments) AS instrument_id, meeting_id
        FROM decisions
        WHERE act = 'adopt' AND NOT negated
    ) a
    JOIN meetings m ON m.meeting_id = a.meeting_id
    GROUP BY a.instrument_id
)
SELECT
    i.instrument_id,
    i.name,
    i.kind,
    i.organisation,
    i.year,
    coalesce(c.mentions, 0) AS mentions,
    coalesce(c.documents, 0) AS documents,
    coalesce(c.meetings, 0) AS meetings,
    c.first_on,
    c.last_on,
    a.adopted_on AS named_in_adoption_on
FROM instruments i
LEFT JOIN cited c ON c.instrument_id = i.instrument_id
LEFT JOIN adopted a ON a.instrument_id = i.instrument_id
