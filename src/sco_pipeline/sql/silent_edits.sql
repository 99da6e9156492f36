-- What was changed in texts that stayed at their address: sentences that came, went, or took the
-- place of another, in the order of the text. An edit without words in sentence_before adds a
-- sentence, one without words in sentence_after takes one away.
-- Grain: one change in one place of a document. Key: newer_document_id, edit.
-- Columns:
--   newer_document_id: Document with the change.
--   edit: Number of the change within it.
--   previous_document_id: Version before it.
--   source_url: Address of both.
--   publisher: Who published it.
--   published_on: Day of publication, as the newer version has it.
--   title: Title of the newer version.
--   previous_title: Title of the version before it.
--   revision: Which version the newer one is; 2 is the first that was changed.
--   previous_fetched_at: When the version before it was last seen (UTC).
--   fetched_at: When the newer version was first seen (UTC).
--   days_between: Days between these two; the change was made within them.
--   sentence_before: The sentence as it was; null where one was added.
--   sentence_after: The sentence as it is; null where one was removed.
--   sentence_id_before: It as a row of sentences.
--   sentence_id_after: It as a row of sentences.
WITH numbered AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY newer_document_id, change, after_ordinal, before_ordinal
            ORDER BY ordinal
        ) AS turn
    FROM document_revisions
),
paired AS (
    SELECT
        newer_document_id,
        any_value(previous_document_id) AS previous_document_id,
        any_value(source_url) AS source_url,
        any_value(revision) AS revision,
        any_value(previous_fetched_at) AS previous_fetched_at,
        any_value(fetched_at) AS fetched_at,
        after_ordinal,
        before_ordinal,
        turn,
        any_value(text) FILTER (change = 'removed') AS sentence_before,
        any_value(text) FILTER (change = 'added') AS sentence_after,
        any_value(sentence_id) FILTER (change = 'removed') AS sentence_id_before,
        any_value(sentence_id) FILTER (change = 'added') AS sentence_id_after
    FROM numbered
    GROUP BY newer_document_id, after_ordinal, before_ordinal, turn
)
SELECT
    p.newer_document_id,
    row_number() OVER (
        PARTITION BY p.newer_document_id
        ORDER BY p.after_ordinal NULLS FIRST, p.before_ordinal NULLS LAST, p.turn
    ) AS edit,
    p.previous_document_id,
    p.source_url,
    n.publisher,
    n.published_on,
    n.title,
    o.title AS previous_title,
    p.revision,
    p.previous_fetched_at,
    p.fetched_at,
    date_diff('day', p.previous_fetched_at::DATE, p.fetched_at::DATE) AS days_between,
    p.sentence_before,
    p.sentence_after,
    p.sentence_id_before,
    p.sentence_id_after
FROM paired p
JOIN documents n ON n.document_id = p.newer_document_id
JOIN documents o ON o.document_id = p.previous_document_id
