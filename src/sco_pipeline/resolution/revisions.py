"""Versions of a document: what was at one address at different times, and what was changed."""

from __future__ import annotations

import duckdb

# What the same address gave, by the time of fetching. Several texts at one time are the contents
# of an archive, which are no versions of each other.
_VERSIONS = """
CREATE OR REPLACE TEMP TABLE version AS
WITH fetched AS (
    SELECT document_id, source_url, fetched_at, text_key, words_key
    FROM all_documents
    WHERE fetched_at IS NOT NULL AND source_url IS NOT NULL
),
several AS (
    SELECT source_url
    FROM fetched
    GROUP BY source_url, fetched_at
    HAVING count(DISTINCT text_key) > 1
),
followed AS (
    SELECT *,
        lag(text_key) OVER in_time AS previous_text, lag(words_key) OVER in_time AS previous_words
    FROM fetched ANTI JOIN several USING (source_url)
    WINDOW in_time AS (PARTITION BY source_url ORDER BY fetched_at, document_id)
),
-- The same text again, or with another menu around it, is no other version.
numbered AS (
    SELECT document_id, source_url, fetched_at,
        (sum((
            previous_text IS NULL
            OR (previous_text <> text_key AND previous_words <> words_key)
        )::INTEGER) OVER (
            PARTITION BY source_url ORDER BY fetched_at, document_id
        ))::INTEGER AS revision
    FROM followed
),
led AS (
    SELECT *,
        first_value(document_id) OVER (
            PARTITION BY source_url, revision ORDER BY fetched_at, document_id
        ) AS first_id,
        min(fetched_at) OVER (PARTITION BY source_url, revision) AS first_seen,
        max(fetched_at) OVER (PARTITION BY source_url, revision) AS last_seen,
        max(revision) OVER (PARTITION BY source_url) AS newest_revision
    FROM numbered
)
SELECT *,
    max(first_id) FILTER (revision = newest_revision) OVER (PARTITION BY source_url) AS newest_id
FROM led
"""
_STEPS = """
CREATE OR REPLACE TEMP TABLE revision_step AS
SELECT n.document_id AS newer_document_id, p.document_id AS previous_document_id, n.source_url,
    n.revision, n.first_seen AS fetched_at, p.last_seen AS previous_fetched_at
FROM (FROM version WHERE document_id = first_id) AS n
JOIN (FROM version WHERE document_id = first_id) AS p
    ON p.source_url = n.source_url AND p.revision = n.revision - 1
"""

#: Rows of ``document_revisions`` of the documents in ``scope``. Sentences are the same where their
#: letters and digits are; one that stands elsewhere in the newer version is no change.
REVISIONS = """
    WITH step AS (
        FROM revision_step
        WHERE newer_document_id IN (SELECT document_id FROM scope)
            OR previous_document_id IN (SELECT document_id FROM scope)
    ),
    sentence AS (
        SELECT step.newer_document_id, s.*, s.document_id = step.newer_document_id AS is_newer,
            regexp_replace(lower(s.text), '[^\\p{L}\\p{M}\\p{N}]+', '', 'g') AS letters
        FROM step
        JOIN all_sentences AS s
            ON s.document_id IN (step.newer_document_id, step.previous_document_id)
    ),
    counted AS (
        SELECT *, row_number() OVER (
            PARTITION BY newer_document_id, is_newer, letters ORDER BY ordinal
        ) AS turn
        FROM sentence
    ),
    paired AS (
        SELECT *,
            count(*) OVER same = 2 AS is_in_both,
            max(ordinal) FILTER (is_newer) OVER same AS newer_ordinal
        FROM counted
        WINDOW same AS (PARTITION BY newer_document_id, letters, turn)
    ),
    placed AS (
        SELECT *,
            last_value(CASE WHEN is_in_both THEN newer_ordinal END IGNORE NULLS) OVER (
                PARTITION BY newer_document_id, is_newer ORDER BY ordinal
            ) AS after_ordinal,
            last_value(CASE WHEN is_in_both THEN newer_ordinal END IGNORE NULLS) OVER (
                PARTITION BY newer_document_id, is_newer ORDER BY ordinal DESC
            ) AS before_ordinal
        FROM paired
    )
    SELECT left(sha256(concat_ws('|', newer_document_id, sentence_id)), 16) AS revision_id, *,
        CASE WHEN is_newer THEN 'added' ELSE 'removed' END AS change
    FROM placed
    JOIN step USING (newer_document_id)
    WHERE NOT is_in_both AND document_id IN (SELECT document_id FROM scope)
"""

#: document_id -> what its rows of ``document_revisions`` depend on: both versions of each step.
DIGESTS = """
    SELECT document_id, sum(hash(step)) AS part
    FROM (
        SELECT unnest([newer_document_id, previous_document_id]) AS document_id,
            concat_ws('|', newer_document_id, previous_document_id, r.source_url, revision,
                r.fetched_at, previous_fetched_at, n.source_digest, p.source_digest) AS step
        FROM revision_step AS r
        JOIN {extracted}.sources AS n ON n.document_id = newer_document_id
        JOIN {extracted}.sources AS p ON p.document_id = previous_document_id
    )
    GROUP BY ALL
"""


def resolve_versions(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables ``version`` and ``revision_step``.

    ``version`` has a row per document that was fetched: document_id, source_url, fetched_at,
    revision, first_id (the document that was first fetched with that text), first_seen,
    last_seen, newest_revision, newest_id. ``revision_step`` has one per two texts that followed
    each other at one address.

    Args:
        connection: Has the view ``all_documents``.
    """
    connection.execute(_VERSIONS)
    connection.execute(_STEPS)
