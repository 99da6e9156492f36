-- What was read from every raw file, and what was not understood.
-- Copies of a document keep their own rows here, with duplicate_of set.
-- Grain: one raw file. Key: path.
-- Columns:
--   path: Path under raw/.
--   document_id: Document; null if the file was rejected whole, or is person_judgements.csv.
--   title: Title.
--   publisher: Who published it.
--   published_on: Day of publication.
--   language: Language of the text.
--   document_type: Genre of the text.
--   meeting_id: Meeting the document is about.
--   duplicate_of: Document that stands for this copy or older version of it.
--   char_count: Length of the text.
--   sentences: Sentences.
--   meetings: Meetings it speaks of.
--   participants: Persons it names.
--   topics: Terms that show a topic.
--   decisions: Speech acts.
--   instruments: Mentions of instruments.
--   countries: Mentions of countries.
--   silent_sentences: Sentences without a topic, speech act, participant, instrument or country.
--   mean_confidence: Mean confidence of its rows, those without left out.
--   unmeasured: Rows without confidence: their rules made no row of an annotated document.
--   unresolved: Words seen and not understood.
--   rejects: Reject rows of the file.
--   reject_reasons: Their reasons, sorted.
WITH files AS (
    SELECT path FROM documents UNION SELECT path FROM rejects
),
rejected AS (
    SELECT path, count(*) AS n, list_sort(list(DISTINCT reason)) AS reasons
    FROM rejects
    GROUP BY path
),
spoken AS (
    -- A document's sentences as bits: far fewer groups than a row for each.
    SELECT document_id, sum(bit_count(sentences))::BIGINT AS n
    FROM (
        SELECT document_id, bit_or(1::BIGINT << (number % 60)) AS sentences
        FROM (
            SELECT document_id, substr(sentence_id, length(document_id) + 3)::INTEGER AS number
            FROM (
                SELECT document_id, sentence_id FROM topics
                UNION ALL SELECT document_id, sentence_id FROM decisions
                UNION ALL SELECT document_id, sentence_id FROM participants
                UNION ALL SELECT document_id, sentence_id FROM instrument_mentions
                UNION ALL SELECT document_id, sentence_id FROM country_mentions
            )
        )
        GROUP BY document_id, number // 60
    )
    GROUP BY document_id
),
m AS (SELECT document_id, count(*) AS n FROM document_meetings GROUP BY document_id),
p AS (SELECT document_id, count(*) AS n FROM participants GROUP BY document_id),
t AS (SELECT document_id, count(*) AS n FROM topics GROUP BY document_id),
a AS (SELECT document_id, count(*) AS n FROM decisions GROUP BY document_id),
i AS (SELECT document_id, count(*) AS n FROM instrument_mentions GROUP BY document_id),
c AS (SELECT document_id, count(*) AS n FROM country_mentions GROUP BY document_id),
u AS (SELECT document_id, count(*) AS n FROM unresolved GROUP BY document_id),
rated AS (
    SELECT document_id, round(favg(confidence), 3) AS mean, count_if(confidence IS NULL) AS without
    FROM (
        SELECT document_id, confidence FROM document_meetings
        UNION ALL SELECT document_id, confidence FROM participants
        UNION ALL SELECT document_id, confidence FROM topics
        UNION ALL SELECT document_id, confidence FROM decisions
        UNION ALL SELECT document_id, confidence FROM instrument_mentions
        UNION ALL SELECT document_id, confidence FROM country_mentions
    )
    GROUP BY document_id
)
SELECT
    f.path,
    d.document_id,
    d.title,
    d.publisher,
    d.published_on,
    d.language,
    d.document_type,
    d.meeting_id,
    d.duplicate_of,
    d.char_count,
    coalesce(d.sentence_count, 0) AS sentences,
    coalesce(m.n, 0) AS meetings,
    coalesce(p.n, 0) AS participants,
    coalesce(t.n, 0) AS topics,
    coalesce(a.n, 0) AS decisions,
    coalesce(i.n, 0) AS instruments,
    coalesce(c.n, 0) AS countries,
    coalesce(d.sentence_count, 0) - coalesce(s.n, 0) AS silent_sentences,
    rated.mean AS mean_confidence,
    coalesce(rated.without, 0) AS unmeasured,
    coalesce(u.n, 0) AS unresolved,
    coalesce(r.n, 0) AS rejects,
    coalesce(r.reasons, []) AS reject_reasons
FROM files f
LEFT JOIN documents d ON d.path = f.path
LEFT JOIN rejected r ON r.path = f.path
LEFT JOIN spoken s ON s.document_id = d.document_id
LEFT JOIN m ON m.document_id = d.document_id
LEFT JOIN p ON p.document_id = d.document_id
LEFT JOIN t ON t.document_id = d.document_id
LEFT JOIN a ON a.document_id = d.document_id
LEFT JOIN i ON i.document_id = d.document_id
LEFT JOIN c ON c.document_id = d.document_id
LEFT JOIN u ON u.document_id = d.document_id
LEFT JOIN rated ON rated.document_id = d.document_id
