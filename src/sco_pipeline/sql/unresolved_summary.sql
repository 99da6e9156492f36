-- Words seen and not understood, most useful for extending the lexicons; letter case aside.
-- Copies of a document are left out.
-- Grain: one wording of one kind. Key: kind, wording.
-- Columns:
--   kind: What it looks like: office, person, country, meeting or actor.
--   wording: The words in lower case.
--   mentions: Times they occur.
--   documents: Documents they occur in.
--   detail: What is missing, and which lexicon could say it.
--   example_sentence: A sentence that holds them: the first by sentence_id.
SELECT
    u.kind,
    lower(u.text) AS wording,
    count(*) AS mentions,
    count(DISTINCT u.document_id) AS documents,
    min(u.detail) AS detail,
    arg_min(s.text, u.sentence_id) AS example_sentence
FROM unresolved u
JOIN sentences s ON s.sentence_id = u.sentence_id
JOIN documents d ON d.document_id = u.document_id
WHERE d.duplicate_of IS NULL
GROUP BY u.kind, lower(u.text)
