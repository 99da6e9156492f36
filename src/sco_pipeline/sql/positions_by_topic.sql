-- Who takes which position on a topic, how often and until when.
-- Acts of kind position (call_for, reaffirm, support, welcome, condemn, express_concern); copies
-- of a document are left out. An act with several topics counts under each.
-- Grain: one position of one kind of actor on one topic. Key: topic, act, negated, organisation, actor, actor_country.
-- Columns:
--   topic: Topic code.
--   act: Act code.
--   negated: True where the text denies the act.
--   organisation: Organisation at whose meetings it was taken; null outside meetings.
--   actor: Who acts.
--   actor_country: Country, where the actor is one.
--   positions: Speech acts.
--   meetings: Meetings at which they were made.
--   first_on: Date of the first: first day of the meeting, or day of publication.
--   last_on: Date of the last.
--   last_clause: The last of them as written.
--   last_decision_id: Its speech act, for decisions_with_evidence.
WITH taken AS (
    SELECT
        unnest(a.topics) AS topic,
        a.act,
        a.negated,
        m.organisation,
        a.actor,
        a.actor_country,
        m.rowid AS meeting,
        coalesce(m.starts_on, d.published_on) AS taken_on,
        a.decision_id
    FROM decisions a
    JOIN documents d ON d.document_id = a.document_id
    LEFT JOIN meetings m ON m.meeting_id = a.meeting_id
    WHERE a.kind = 'position' AND d.duplicate_of IS NULL
),
positions AS (
    SELECT
        topic,
        act,
        negated,
        organisation,
        actor,
        actor_country,
        count(*) AS positions,
        count(DISTINCT meeting) AS meetings,
        min(taken_on) AS first_on,
        max(taken_on) AS last_on,
        -- As one text, day and id are compared several times as fast as in a pair.
        arg_max(
            decision_id, coalesce(taken_on, DATE '0001-01-01')::VARCHAR || decision_id
        ) AS last_decision_id
    FROM taken
    GROUP BY topic, act, negated, organisation, actor, actor_country
)
SELECT
    p.topic,
    p.act,
    p.negated,
    p.organisation,
    p.actor,
    p.actor_country,
    p.positions,
    p.meetings,
    p.first_on,
    p.last_on,
    a.text AS last_clause,
    p.last_decision_id
FROM positions p
JOIN decisions a ON a.decision_id = p.last_decision_id
