-- Why two written names are one person, or are not, and a document to look each of them up in.
-- Correct a decision in raw/person_judgements.csv; the nearest misses are score DESC where
-- decision is different or undecided. Offices and documents of a name are null where each document
-- that has it writes the person in another way first.
-- Grain: two written names that were found alike, or that people judged. Key: link_id.
-- Columns:
--   link_id: Pair.
--   name_a: One name.
--   affiliation_a: State or organisation it is written of; empty if none.
--   offices_a: Role codes it is written with, sorted.
--   documents_a: Documents that write it so.
--   document_a: One of them, the first by date.
--   name_b: The other name.
--   affiliation_b: State or organisation it is written of; empty if none.
--   offices_b: Role codes it is written with, sorted.
--   documents_b: Documents that write it so.
--   document_b: One of them, the first by date.
--   score: How alike the names are, from 0 to 1.
--   rule: Weakest step that leads from one name to the other.
--   decision: same, different or undecided.
--   is_judged: True where a person decided.
WITH written AS (
    SELECT
        p.name,
        coalesce(p.country, p.organisation, '') AS affiliation,
        list_sort(list(DISTINCT p.role)) AS offices,
        count(DISTINCT p.document_id) AS documents,
        arg_min(
            p.document_id, coalesce(d.published_on, DATE '9999-12-31')::VARCHAR || p.document_id
        ) AS document_id
    FROM participants p
    JOIN documents d ON d.document_id = p.document_id
    WHERE d.duplicate_of IS NULL
    GROUP BY ALL
)
SELECT
    l.link_id,
    l.name_a,
    l.affiliation_a,
    a.offices AS offices_a,
    a.documents AS documents_a,
    a.document_id AS document_a,
    l.name_b,
    l.affiliation_b,
    b.offices AS offices_b,
    b.documents AS documents_b,
    b.document_id AS document_b,
    l.score,
    l.rule,
    l.decision,
    l.is_judged
FROM person_links l
LEFT JOIN written a ON a.name = l.name_a AND a.affiliation = l.affiliation_a
LEFT JOIN written b ON b.name = l.name_b AND b.affiliation = l.affiliation_b
