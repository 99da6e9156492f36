-- Every speech act with its clause, its sentence and where to read it.
-- Copies of a document are left out.
-- Grain: one speech act. Key: decision_id.
-- Columns:
--   decision_id: Speech act.
--   meeting_id: Meeting the document is about.
--   organisation: Organisation whose body meets.
--   body: Body that meets.
--   starts_on: First day of the meeting.
--   act: Act code.
--   kind: Group of the act.
--   negated: True where the text denies the act.
--   actor: Who acts.
--   actor_as_written: Words that name the actor.
--   actor_country: Country, where the actor is one.
--   verb: The verb in its base form.
--   verb_as_written: The words that carry the act.
--   topics: Topics of the content.
--   instruments: Instruments in the clause.
--   countries: Countries in the clause.
--   due_from: First day of the period in which it is to be done; null where only a limit is named.
--   due_on: Last day on which it is to be done.
--   due_as_written: Words that say when it is to be done.
--   addressee_as_written: Words that name who is asked, instructed or thanked.
--   addressee_country: Country, where the addressee is one.
--   addressee_organisation: Organisation, where the addressee is one or its organ.
--   clause: Actor, verb and content as written.
--   sentence: The sentence the clause begins in.
--   document_id: Document.
--   title: Title of the document.
--   publisher: Who published it.
--   published_on: Day of publication.
--   source_url: Where it was published.
--   char_start: First character of the clause in documents.text, counted from 0.
--   char_end: Character after the last one of the clause.
--   rule: Name of the rule that produced the row.
--   confidence: Lower 95 % bound of that rule's precision (rules); null if never measured.
SELECT
    a.decision_id,
    a.meeting_id,
    m.organisation,
    m.body,
    m.starts_on,
    a.act,
    a.kind,
    a.negated,
    a.actor,
    a.actor_as_written,
    a.actor_country,
    a.verb,
    substr(a.text, a.verb_start - a.char_start + 1, a.verb_end - a.verb_start) AS verb_as_written,
    a.topics,
    a.instruments,
    a.countries,
    a.due_from,
    a.due_on,
    a.due_as_written,
    a.addressee_as_written,
    a.addressee_country,
    a.addressee_organisation,
    a.text AS clause,
    s.text AS sentence,
    a.document_id,
    d.title,
    d.publisher,
    d.published_on,
    d.source_url,
    a.char_start,
    a.char_end,
    a.rule,
    a.confidence
FROM decisions a
JOIN sentences s ON s.sentence_id = a.sentence_id
JOIN documents d ON d.document_id = a.document_id
LEFT JOIN meetings m ON m.meeting_id = a.meeting_id
WHERE d.duplicate_of IS NULL
