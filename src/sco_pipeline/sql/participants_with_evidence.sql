-- Every person at every meeting with the sentence that says so and where to read it.
-- Copies of a document are left out; several documents on one meeting each have their rows.
-- Grain: one person at one meeting in one document. Key: participant_id.
-- Columns:
--   participant_id: Row of participants.
--   meeting_id: Meeting.
--   meeting_organisation: Organisation whose body meets.
--   body: Body that meets.
--   starts_on: First day of the meeting.
--   person_id: Person.
--   name: Most complete spelling of the name.
--   name_as_written: Name exactly as the text has it.
--   role: Role code of the office.
--   role_as_written: Office as the text has it.
--   country: State the person serves.
--   organisation: Organisation the person serves.
--   capacity: Standing of the delegation as of the meeting's date.
--   participation: How the person took part.
--   sentence: The sentence that names the person.
--   document_id: Document.
--   title: Title of the document.
--   publisher: Who published it.
--   published_on: Day of publication.
--   source_url: Where it was published.
--   char_start: First character of the name in documents.text, counted from 0.
--   char_end: Character after the last one of the name.
--   rule: Name of the rule that produced the row.
--   confidence: Lower 95 % bound of that rule's precision (rules); null if never measured.
SELECT
    p.participant_id,
    p.meeting_id,
    m.organisation AS meeting_organisation,
    m.body,
    m.starts_on,
    p.person_id,
    n.name,
    p.name_as_written,
    p.role,
    p.role_as_written,
    p.country,
    p.organisation,
    p.capacity,
    p.participation,
    s.text AS sentence,
    p.document_id,
    d.title,
    d.publisher,
    d.published_on,
    d.source_url,
    p.char_start,
    p.char_end,
    p.rule,
    p.confidence
FROM participants p
JOIN persons n ON n.person_id = p.person_id
JOIN sentences s ON s.sentence_id = p.sentence_id
JOIN documents d ON d.document_id = p.document_id
LEFT JOIN meetings m ON m.meeting_id = p.meeting_id
WHERE d.duplicate_of IS NULL
