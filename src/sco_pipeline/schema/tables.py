"""Every table of the warehouse, declared once: what the columns mean and may hold."""

from __future__ import annotations

import pyarrow as pa

from sco_pipeline.schema.table_spec import Column, TableSpec

TEXT = pa.string()
INT = pa.int32()
FLOAT = pa.float64()
DATE = pa.date32()
TIME = pa.timestamp("us")
BOOL = pa.bool_()
TEXTS = pa.list_(pa.field("element", pa.string(), nullable=False))

_DOCUMENT = Column(
    "document_id", TEXT, "Document it is read from.", references="documents.document_id"
)
_SENTENCE = Column(
    "sentence_id", TEXT, "Sentence that holds the evidence.", references="sentences.sentence_id"
)
_RULE = Column("rule", TEXT, "Name of the rule that produced the row.")
_CONFIDENCE = Column(
    "confidence",
    FLOAT,
    "Lower 95 % bound of its rule's precision on annotated documents (table rules): held-out ones "
    "where they suffice; null where the rule was never measured.",
    nullable=True,
)
_CORRECTED_BY = Column(
    "corrected_by",
    TEXTS,
    "Corrections that changed or added the row; empty if none.",
    references="corrections.correction_id",
)


def _span(what: str) -> tuple[Column, Column]:
    return (
        Column("char_start", INT, f"First character of {what} in documents.text, counted from 0."),
        Column("char_end", INT, f"Character after the last one of {what} in documents.text."),
    )


def _meeting(nullable: bool, what: str = "Meeting it belongs to.") -> Column:
    return Column("meeting_id", TEXT, what, nullable=nullable, references="meetings.meeting_id")


_MEETING_FIELDS = (
    Column(
        "organisation", TEXT, "Organisation whose body meets.", nullable=True, codes="organisations"
    ),
    Column("body", TEXT, "Body that meets.", codes="body_labels"),
    Column("ordinal", INT, "Which meeting of its body it is: 11 for the eleventh.", nullable=True),
    Column(
        "starts_on",
        DATE,
        "First day; first day of the month or year where date_precision says so.",
        nullable=True,
    ),
    Column("ends_on", DATE, "Last day, where the day is known.", nullable=True),
    Column(
        "date_precision",
        TEXT,
        "day, month or year: how much of starts_on the text gives.",
        nullable=True,
    ),
    Column("city", TEXT, "City, in its usual English spelling.", nullable=True),
    Column(
        "country",
        TEXT,
        "Host country as far as the text names it (ISO 3166-1 alpha-3).",
        nullable=True,
        codes="countries",
    ),
    Column(
        "chair_country",
        TEXT,
        "Country in the chair (ISO 3166-1 alpha-3).",
        nullable=True,
        codes="countries",
    ),
    Column(
        "format",
        TEXT,
        "in_person, video or hybrid, where the text says so.",
        nullable=True,
        codes="format_labels",
    ),
)

DOCUMENTS = TableSpec(
    "documents",
    "raw file that could be read",
    ("document_id",),
    (
        Column(
            "document_id", TEXT, "First 12 hex digits of the file's SHA-256; copies get -2, -3 ..."
        ),
        Column("path", TEXT, "Path under raw/."),
        Column("sha256", TEXT, "SHA-256 of the file's bytes."),
        Column("media_type", TEXT, "Media type of the file."),
        Column("language", TEXT, "Language of the text (BCP 47)."),
        Column("title", TEXT, "Title, from the sidecar or the head of the text.", nullable=True),
        Column("publisher", TEXT, "Who published it.", nullable=True),
        Column("source_url", TEXT, "Where it was published.", nullable=True),
        Column(
            "published_on",
            DATE,
            "Day of publication, from the sidecar or the head of the text.",
            nullable=True,
        ),
        Column("fetched_at", TIME, "When the collector fetched it (UTC).", nullable=True),
        Column("document_type", TEXT, "Genre of the text.", codes="document_type_labels"),
        Column("text", TEXT, "The decoded, cleaned text that all offsets count in."),
        Column("char_count", INT, "Length of text in characters (Unicode code points)."),
        Column("sentence_count", INT, "Number of sentences."),
        _meeting(
            nullable=True,
            what="Meeting the document is about: reported, or announced in an advance notice.",
        ),
        Column(
            "duplicate_of",
            TEXT,
            "Document that stands for this one, its copy or an older version of it; only that "
            "one's mentions are listed.",
            nullable=True,
            references="documents.document_id",
        ),
        Column(
            "duplicate_kind",
            TEXT,
            "What it is to duplicate_of.",
            nullable=True,
            codes="duplicate_kind_labels",
        ),
        Column(
            "similarity",
            FLOAT,
            "Share of the words of this document and duplicate_of, page furniture aside, that "
            "stand in both in one order; 1 for exact copies.",
            nullable=True,
        ),
        Column(
            "revision",
            INT,
            "Which text of its source_url it is, by fetched_at: 1 for the first; the same text "
            "fetched again has the same number. Null where nothing was fetched.",
            nullable=True,
        ),
        _CORRECTED_BY,
    ),
    unique=(("path",),),
)

REJECTS = TableSpec(
    "rejects",
    "raw file that could not be used, or was used only in part",
    ("path", "stage", "reason"),
    (
        Column("path", TEXT, "Path under raw/."),
        Column("sha256", TEXT, "SHA-256 of the file's bytes; empty if it could not be opened."),
        Column(
            "stage", TEXT, "Stage that refused it: read, decode, clean, split, extract or resolve."
        ),
        Column("reason", TEXT, "Reason code.", codes="reject_reason_labels"),
        Column("detail", TEXT, "What was found and what to do."),
    ),
)

CORRECTIONS = TableSpec(
    "corrections",
    "line of raw/corrections.csv, exact repeats once",
    ("correction_id",),
    (
        Column("correction_id", TEXT, "First 12 hex digits of the SHA-256 of the line's cells."),
        Column("line", INT, "Line of the file, counted from 1."),
        Column("table_name", TEXT, "Table to be corrected, as the line has it."),
        Column(
            "row",
            TEXT,
            "Row to be corrected: document_id:char_start-char_end of its evidence, or the key of a "
            "document, meeting, person or instrument.",
        ),
        Column(
            "action",
            TEXT,
            "change, add or delete; null where the line says something else.",
            nullable=True,
            codes="correction_action_labels",
        ),
        Column("field", TEXT, "Column to be corrected; empty for whole rows."),
        Column("expected", TEXT, "Value before, as the line has it; empty for null."),
        Column(
            "value", TEXT, "Value after, as the line has it; of a row to be added, JSON of columns."
        ),
        Column("reason", TEXT, "What shows it."),
        Column("author", TEXT, "Who corrects."),
        Column(
            "corrected_on", DATE, "Day; null where the line does not give a day.", nullable=True
        ),
        Column("status", TEXT, "What became of it.", codes="correction_status_labels"),
        Column("detail", TEXT, "Why it was not applied; empty if it was."),
    ),
)

SENTENCES = TableSpec(
    "sentences",
    "sentence of a document, page furniture left out",
    ("sentence_id",),
    (
        Column("sentence_id", TEXT, "document_id, -s and the ordinal in four digits."),
        _DOCUMENT,
        Column("paragraph", INT, "Paragraph of the document, counted from 0."),
        Column("ordinal", INT, "Position in the document, counted from 0."),
        Column("kind", TEXT, "title, heading, paragraph or list_item."),
        *_span("the sentence"),
        Column("text", TEXT, "The sentence."),
    ),
    evidence="text",
    unique=(("document_id", "ordinal"),),
)

DOCUMENT_REVISIONS = TableSpec(
    "document_revisions",
    "sentence that came or went between two versions of a document",
    ("revision_id",),
    (
        Column("revision_id", TEXT, "Hash of newer_document_id and sentence_id."),
        Column(
            "document_id",
            TEXT,
            "Version that has the sentence: the newer one if it came, the previous one if it went.",
            references="documents.document_id",
        ),
        Column("newer_document_id", TEXT, "Newer version.", references="documents.document_id"),
        Column(
            "previous_document_id",
            TEXT,
            "Version before it.",
            references="documents.document_id",
        ),
        Column("source_url", TEXT, "Address of both."),
        Column("revision", INT, "documents.revision of the newer version."),
        Column("fetched_at", TIME, "When the newer version was first seen (UTC)."),
        Column("previous_fetched_at", TIME, "When the previous one was last seen (UTC)."),
        Column(
            "change", TEXT, "Whether the sentence came or went.", codes="revision_change_labels"
        ),
        _SENTENCE,
        Column("ordinal", INT, "Position in its version, counted from 0."),
        Column(
            "after_ordinal",
            INT,
            "Position in the newer version of the last sentence before it that both have.",
            nullable=True,
        ),
        Column(
            "before_ordinal",
            INT,
            "Position in the newer version of the next sentence after it that both have. What "
            "went and what came between the same two sentences took each other's place.",
            nullable=True,
        ),
        *_span("the sentence"),
        Column("text", TEXT, "The sentence."),
    ),
    evidence="text",
    unique=(("newer_document_id", "sentence_id"),),
)

MEETINGS = TableSpec(
    "meetings",
    "meeting, resolved across documents",
    ("meeting_id",),
    (
        Column(
            "meeting_id", TEXT, "organisation-body-date-city, with the most precise date known."
        ),
        *_MEETING_FIELDS,
        Column("status", TEXT, "held or announced.", codes="meeting_status_labels"),
        Column("document_count", INT, "Documents that speak of it."),
        _CORRECTED_BY,
    ),
)

DOCUMENT_MEETINGS = TableSpec(
    "document_meetings",
    "meeting a document speaks of, as this document describes it",
    ("document_id", "meeting_id"),
    (
        _DOCUMENT,
        _meeting(nullable=False, what="Meeting spoken of."),
        Column("relation", TEXT, "reports, announces or recalls.", codes="relation_labels"),
        *_MEETING_FIELDS,
        _SENTENCE,
        *_span("the words that name the meeting"),
        _RULE,
        _CONFIDENCE,
        _CORRECTED_BY,
    ),
)

PARTICIPANTS = TableSpec(
    "participants",
    "person at a meeting as one document reports it",
    ("participant_id",),
    (
        Column("participant_id", TEXT, "Hash of document, meeting and person."),
        _DOCUMENT,
        _meeting(nullable=True),
        Column(
            "person_id", TEXT, "Person, resolved across spellings.", references="persons.person_id"
        ),
        Column("name_as_written", TEXT, "Name exactly as the text has it."),
        Column("name", TEXT, "Name with spacing of initials and letter case made regular."),
        Column("role_as_written", TEXT, "Office as the text has it.", nullable=True),
        Column("role", TEXT, "Role code of the office.", codes="role_labels"),
        Column(
            "country",
            TEXT,
            "State the person serves (ISO 3166-1 alpha-3).",
            nullable=True,
            codes="countries",
        ),
        Column(
            "organisation",
            TEXT,
            "Organisation the person serves.",
            nullable=True,
            codes="organisations",
        ),
        Column(
            "capacity",
            TEXT,
            "Standing of the delegation as of the meeting's date.",
            codes="capacity_labels",
        ),
        Column("participation", TEXT, "How the person took part.", codes="participation_labels"),
        _SENTENCE,
        *_span("the name"),
        _RULE,
        _CONFIDENCE,
        _CORRECTED_BY,
    ),
    evidence="name_as_written",
    unique=(("document_id", "meeting_id", "person_id"),),
)

PERSONS = TableSpec(
    "persons",
    "person, resolved across documents and spellings",
    ("person_id",),
    (
        Column(
            "person_id", TEXT, "State or organisation and the most complete name, in lower case."
        ),
        Column("name", TEXT, "Most complete spelling found."),
        Column(
            "family_name",
            TEXT,
            "Family name, as initials or the naming order of the state show it; the last word "
            "where no state is known.",
            nullable=True,
        ),
        Column("names", TEXTS, "Every spelling found."),
        Column(
            "countries", TEXTS, "States served (ISO 3166-1 alpha-3).", references="countries.code"
        ),
        Column(
            "first_seen",
            DATE,
            "Date of the first dated meeting the person is named for.",
            nullable=True,
        ),
        Column(
            "last_seen",
            DATE,
            "Date of the last dated meeting the person is named for.",
            nullable=True,
        ),
        Column("document_count", INT, "Documents that name the person."),
        _CORRECTED_BY,
    ),
)

PERSON_LINKS = TableSpec(
    "person_links",
    "two written names that were found alike or that people judged, and what was decided",
    ("link_id",),
    (
        Column("link_id", TEXT, "Hash of both names and affiliations."),
        Column("name_a", TEXT, "One name, as in participants.name."),
        Column(
            "affiliation_a",
            TEXT,
            "State (ISO 3166-1 alpha-3) or organisation it is written of; empty if none.",
        ),
        Column("person_a", TEXT, "Person of that name.", references="persons.person_id"),
        Column("name_b", TEXT, "The other name, as in participants.name."),
        Column(
            "affiliation_b",
            TEXT,
            "State (ISO 3166-1 alpha-3) or organisation it is written of; empty if none.",
        ),
        Column("person_b", TEXT, "Person of that name.", references="persons.person_id"),
        Column(
            "score",
            FLOAT,
            "How alike the names are, from 0 to 1. Pairs from 0.65 on are listed; names of one "
            "affiliation are joined from 0.82 on.",
        ),
        Column(
            "rule",
            TEXT,
            "Weakest step that leads from one name to the other: same_spelling, word_division, "
            "transliteration, omitted_words, initials, nickname, vowels, family_suffix, "
            "misspelling; or what keeps them apart: too_much_left_out, one_word, other_initial, "
            "other_word.",
        ),
        Column(
            "decision",
            TEXT,
            "same, different, or undecided: alike enough to be joined, but another name, or "
            "another person alike, stands against it.",
            codes="link_decision_labels",
        ),
        Column("is_judged", BOOL, "True where raw/person_judgements.csv decides."),
    ),
    unique=(("affiliation_a", "name_a", "affiliation_b", "name_b"),),
)

TOPICS = TableSpec(
    "topics",
    "term in a sentence that shows a topic",
    ("document_id", "char_start", "char_end", "topic"),
    (
        _DOCUMENT,
        _meeting(nullable=True),
        _SENTENCE,
        Column("topic", TEXT, "Topic code.", codes="topic_labels"),
        Column("term", TEXT, "The words that show it."),
        *_span("the term"),
        _RULE,
        _CONFIDENCE,
        _CORRECTED_BY,
    ),
    evidence="term",
)

DECISIONS = TableSpec(
    "decisions",
    "speech act: one verb of saying or deciding with its own content",
    ("decision_id",),
    (
        Column("decision_id", TEXT, "Hash of document, span of the verb and act."),
        _DOCUMENT,
        _meeting(nullable=True),
        _SENTENCE,
        *_span("the clause (actor, verb and content)"),
        Column("verb_start", INT, "First character of the words that carry the act."),
        Column("verb_end", INT, "Character after the last one of the words that carry the act."),
        Column("verb", TEXT, "The verb in its base form."),
        Column("act", TEXT, "Act code.", codes="act_labels"),
        Column("kind", TEXT, "Group of the act.", codes="act_kind_labels"),
        Column("negated", BOOL, "True where the text denies the act."),
        Column("actor_as_written", TEXT, "Words that name the actor.", nullable=True),
        Column("actor", TEXT, "Who acts.", codes="actor_labels"),
        Column(
            "actor_country",
            TEXT,
            "Country, where the actor is one.",
            nullable=True,
            codes="countries",
        ),
        Column(
            "actor_person_id",
            TEXT,
            "Person, where the actor is one.",
            nullable=True,
            references="persons.person_id",
        ),
        Column("text", TEXT, "The clause."),
        Column("topics", TEXTS, "Topics of the content.", references="topic_labels.code"),
        Column(
            "instruments",
            TEXTS,
            "Instruments in the clause.",
            references="instruments.instrument_id",
        ),
        Column("countries", TEXTS, "Countries in the clause.", references="countries.code"),
        Column(
            "due_from",
            DATE,
            "First day of the period in which it is to be done; null where only a limit is named.",
            nullable=True,
        ),
        Column(
            "due_on",
            DATE,
            "Last day on which it is to be done; of a period, its last day.",
            nullable=True,
        ),
        Column("due_as_written", TEXT, "Words that say when it is to be done.", nullable=True),
        Column(
            "addressee_as_written",
            TEXT,
            "Words that name who is asked, instructed or thanked.",
            nullable=True,
        ),
        Column(
            "addressee_country",
            TEXT,
            "Country, where the addressee is one.",
            nullable=True,
            codes="countries",
        ),
        Column(
            "addressee_organisation",
            TEXT,
            "Organisation, where the addressee is one or its organ.",
            nullable=True,
            codes="organisations",
        ),
        _RULE,
        _CONFIDENCE,
        _CORRECTED_BY,
    ),
    evidence="text",
)

INSTRUMENTS = TableSpec(
    "instruments",
    "named legal or political instrument, resolved across documents",
    ("instrument_id",),
    (
        Column(
            "instrument_id",
            TEXT,
            "Kind, name and, where needed, meeting, organisation that cites it, or year.",
        ),
        Column("name", TEXT, "Most complete name found."),
        Column("kind", TEXT, "Kind of instrument.", codes="instrument_kind_labels"),
        Column(
            "organisation",
            TEXT,
            "Organisation it belongs to, where the name says so.",
            nullable=True,
            codes="organisations",
        ),
        Column("year", INT, "Year of adoption or signature, where a text says so.", nullable=True),
        Column("names", TEXTS, "Every wording found."),
        _CORRECTED_BY,
    ),
)

INSTRUMENT_MENTIONS = TableSpec(
    "instrument_mentions",
    "mention of an instrument",
    ("document_id", "char_start", "char_end"),
    (
        _DOCUMENT,
        _SENTENCE,
        Column("instrument_id", TEXT, "Instrument.", references="instruments.instrument_id"),
        Column("mention", TEXT, "Words that name it."),
        *_span("the mention"),
        _RULE,
        _CONFIDENCE,
        _CORRECTED_BY,
    ),
    evidence="mention",
)

COUNTRY_MENTIONS = TableSpec(
    "country_mentions",
    "country named in a sentence",
    ("document_id", "char_start", "char_end"),
    (
        _DOCUMENT,
        _SENTENCE,
        Column("country", TEXT, "Country (ISO 3166-1 alpha-3).", codes="countries"),
        Column("mention", TEXT, "Words that name it."),
        Column("form", TEXT, "name, long_name, adjective, people or capital."),
        *_span("the mention"),
        _RULE,
        _CONFIDENCE,
        _CORRECTED_BY,
    ),
    evidence="mention",
)

UNRESOLVED = TableSpec(
    "unresolved",
    "office, name or country-like word that was seen and not understood",
    ("document_id", "char_start", "char_end", "kind"),
    (
        _DOCUMENT,
        _SENTENCE,
        Column("kind", TEXT, "office, person, country, meeting or actor."),
        Column("text", TEXT, "The words."),
        *_span("the words"),
        Column("detail", TEXT, "What is missing, and which lexicon could say it."),
        _RULE,
    ),
    evidence="text",
)


def _labels(name: str, grain: str, *more: Column) -> TableSpec:
    return TableSpec(
        name,
        grain,
        ("code",),
        (
            Column("code", TEXT, "Code."),
            Column("label", TEXT, "Name for people."),
            Column("definition", TEXT, "What it covers, in one line."),
            *more,
            Column("source", TEXT, "Where the row comes from."),
        ),
    )


COUNTRIES = _labels(
    "countries",
    "country or territory",
    Column("alpha_2", TEXT, "ISO 3166-1 alpha-2.", nullable=True),
    Column("alpha_3", TEXT, "ISO 3166-1 alpha-3; the code."),
    Column(
        "cow",
        INT,
        "Correlates of War state number of today (states2016); null for territories.",
        nullable=True,
    ),
    Column(
        "gleditsch_ward",
        INT,
        "Gleditsch-Ward state number of today, microstates included; null for territories.",
        nullable=True,
    ),
    Column("wikidata", TEXT, "Wikidata item.", nullable=True),
    Column(
        "valid_from",
        DATE,
        "First day of the present spell under gleditsch_ward in the list of independent states by "
        "Gleditsch and Ward, which begins on 1816-01-01; null for territories.",
        nullable=True,
    ),
    Column("valid_to", DATE, "Last day of that spell; null while it lasts.", nullable=True),
)
ORGANISATIONS = _labels(
    "organisations",
    "international organisation",
    Column("wikidata", TEXT, "Wikidata item.", nullable=True),
)
TOPIC_LABELS = _labels(
    "topic_labels",
    "topic code",
    Column("topic_group", TEXT, "Group of topics."),
    Column(
        "unbis",
        TEXT,
        "Term of the UNBIS Thesaurus that means the same or nearly so; more in topic_crosswalk.",
        nullable=True,
    ),
    Column(
        "eurovoc",
        TEXT,
        "Descriptor of EuroVoc that means the same or nearly so; more in topic_crosswalk.",
        nullable=True,
    ),
)
ACT_LABELS = _labels(
    "act_labels",
    "speech act code",
    Column("kind", TEXT, "Group of acts.", codes="act_kind_labels"),
    Column(
        "plover", TEXT, "Nearest PLOVER event type, if any.", nullable=True, codes="plover_labels"
    ),
    Column(
        "lossy",
        BOOL,
        "True where going from act to event type loses something: the type also stands for other "
        "acts, or part of the act has another type or none. Null without an event type.",
        nullable=True,
    ),
    Column(
        "plover_note",
        TEXT,
        "Why this event type, and what is lost; or why there is none.",
        nullable=True,
    ),
)

INSTRUMENT_KIND_LABELS = _labels(
    "instrument_kind_labels",
    "kind of instrument",
    Column(
        "recurs",
        BOOL,
        'True where papers of other years bear the same name ("Tashkent Declaration"): each '
        "year's, and each organisation's, is an instrument of its own.",
    ),
)

#: Code lists that need nothing but code, label and definition.
PLAIN_LABELS = tuple(
    _labels(name, grain)
    for name, grain in (
        ("act_kind_labels", "group of speech acts"),
        ("actor_labels", "kind of actor"),
        ("body_labels", "body that meets"),
        ("capacity_labels", "standing of a delegation"),
        ("change_action_labels", "way in which a row changed"),
        ("change_cause_labels", "cause of a change"),
        ("correction_action_labels", "kind of correction"),
        ("correction_status_labels", "what became of a correction"),
        ("document_type_labels", "genre of document"),
        ("duplicate_kind_labels", "relation of a document to the one that stands for it"),
        ("fetch_outcome_labels", "outcome of a request"),
        ("format_labels", "format of a meeting"),
        ("link_decision_labels", "decision about two names"),
        ("match_labels", "kind of match between a topic and an outside concept"),
        ("meeting_status_labels", "status of a meeting"),
        ("participation_labels", "way of taking part"),
        ("plover_labels", "event type of PLOVER"),
        ("reject_reason_labels", "reason for a reject"),
        ("relation_labels", "relation of a document to a meeting"),
        ("revision_change_labels", "way in which a sentence changed between two versions"),
        ("role_labels", "role of a person"),
        ("scheme_labels", "outside code list of topics"),
    )
)

TOPIC_CROSSWALK = TableSpec(
    "topic_crosswalk",
    "outside concept that matches a topic",
    ("topic", "scheme", "label"),
    (
        Column("topic", TEXT, "Topic.", codes="topic_labels"),
        Column("scheme", TEXT, "Outside code list.", codes="scheme_labels"),
        Column(
            "code",
            TEXT,
            "Code of the concept in its scheme; null where only the term is known.",
            nullable=True,
        ),
        Column("label", TEXT, "Name of the concept in its scheme."),
        Column(
            "match",
            TEXT,
            "Kind of match (SKOS), read from topic to concept: broad is a concept that takes in "
            "more than the topic.",
            codes="match_labels",
        ),
        Column("source", TEXT, "Where the row comes from."),
    ),
)

MEMBERSHIPS = TableSpec(
    "memberships",
    "spell of a state's standing in an organisation",
    ("organisation", "country", "valid_from"),
    (
        Column("organisation", TEXT, "Organisation.", codes="organisations"),
        Column("country", TEXT, "State (ISO 3166-1 alpha-3).", codes="countries"),
        Column("capacity", TEXT, "Standing.", codes="capacity_labels"),
        Column(
            "valid_from",
            DATE,
            "First day; first day of the month or year where source says that no more is known.",
        ),
        Column("valid_to", DATE, "Last day; open if null.", nullable=True),
        Column(
            "source",
            TEXT,
            "Treaty or decision with its date; behind 'checked:' the publication that confirms it.",
        ),
    ),
)

CITIES = TableSpec(
    "cities",
    "city where bodies meet, or capital",
    ("city",),
    (
        Column("city", TEXT, "Usual English spelling, as in meetings.city."),
        Column("country", TEXT, "Country it lies in (ISO 3166-1 alpha-3).", codes="countries"),
        Column("is_capital", BOOL, "True for the seat of the government."),
        Column("source", TEXT, "Where the row comes from."),
    ),
)

RULES = TableSpec(
    "rules",
    "rule whose rows were compared with annotated documents",
    ("table_name", "rule"),
    (
        Column("table_name", TEXT, "Table the rule makes rows of."),
        Column("rule", TEXT, "Rule, as in the table's column rule."),
        Column(
            "is_held_out",
            BOOL,
            "True where all rows counted are of documents that were not in view while rules were "
            "written; false where those were too few and others count too, which is optimistic.",
        ),
        Column("right_count", INT, "How many are right (docs/quality.md says what that means)."),
        Column(
            "predicted_count",
            INT,
            "Rows it made of the annotated documents; a topic, country or instrument counts once "
            "a document.",
        ),
        Column("precision", FLOAT, "right_count / predicted_count."),
        Column(
            "confidence",
            FLOAT,
            "Lower bound of the 95 % interval of the precision (Wilson 1927).",
        ),
        Column("source", TEXT, "Sets of annotated documents counted: folders of tests/gold."),
    ),
)

#: Tables read from raw/, in an order in which every reference points backwards or to itself.
DATA_TABLES = (
    CORRECTIONS, MEETINGS, DOCUMENTS, REJECTS, SENTENCES, DOCUMENT_REVISIONS, DOCUMENT_MEETINGS,
    PERSONS, PERSON_LINKS, PARTICIPANTS, TOPICS, INSTRUMENTS, DECISIONS, INSTRUMENT_MENTIONS,
    COUNTRY_MENTIONS, UNRESOLVED,
)  # fmt: skip
#: Those of which each row belongs to one document; their files are cut by document.
DOCUMENT_TABLES = (
    DOCUMENTS, SENTENCES, DOCUMENT_REVISIONS, DOCUMENT_MEETINGS, PARTICIPANTS, TOPICS, DECISIONS,
    INSTRUMENT_MENTIONS, COUNTRY_MENTIONS, UNRESOLVED,
)  # fmt: skip
#: Those resolved across documents.
ENTITY_TABLES = (MEETINGS, PERSONS, PERSON_LINKS, INSTRUMENTS)
#: Tables that come with the package, as CSV under lexicons/reference/.
REFERENCE_TABLES = (
    COUNTRIES, ORGANISATIONS, TOPIC_LABELS, ACT_LABELS, INSTRUMENT_KIND_LABELS,
    *PLAIN_LABELS, TOPIC_CROSSWALK,
    MEMBERSHIPS, CITIES, RULES,
)  # fmt: skip
ALL_TABLES = REFERENCE_TABLES + DATA_TABLES

#: Of a snapshot and the one before it: as this depends on history, it is in none of the above.
CHANGES = TableSpec(
    "changes",
    "row that was added or removed, or field that changed, since the snapshot before",
    ("table_name", "row_key", "field"),
    (
        Column("table_name", TEXT, "Table of the row."),
        Column("row_key", TEXT, "Values of the table's key, joined by |."),
        Column("field", TEXT, "Column that changed; empty where the whole row came or went."),
        Column(
            "document_id",
            TEXT,
            "Document of the row, which may be gone; null where it is of no single one.",
            nullable=True,
        ),
        Column("action", TEXT, "added, removed or changed.", codes="change_action_labels"),
        Column(
            "before",
            TEXT,
            "Value before, a list as JSON; of longer ones the first 1,000 characters and an "
            "ellipsis. Null where it was null, and for whole rows.",
            nullable=True,
        ),
        Column("after", TEXT, "Value after, in the same way.", nullable=True),
        Column("cause", TEXT, "Why it changed.", codes="change_cause_labels"),
        Column(
            "source_path",
            TEXT,
            "File under raw/ that the row was read from; of a meeting, person or instrument, "
            "one that caused the change, null if none.",
            nullable=True,
        ),
    ),
)

#: Requests of the collector, in ``warehouse/fetches.parquet``: of no snapshot, as they tell what
#: happened and not what the documents say.
FETCHES = TableSpec(
    "fetches",
    "request of the collector, also one that was refused before it was sent; in order of time",
    ("fetch_id",),
    (
        Column("fetch_id", TEXT, "16 hex digits, of run, number, time and address."),
        Column("run_id", TEXT, "Run of the collector."),
        Column("source", TEXT, "Name in raw/sources.yaml of the source it was made for."),
        Column("url", TEXT, "Address asked for."),
        Column("purpose", TEXT, "robots, listing or document: what was to be found there."),
        Column("requested_at", TIME, "When (UTC)."),
        Column("attempt", INT, "1, and one more for each repetition after a failure."),
        Column("status", INT, "HTTP status; null without an answer.", nullable=True),
        Column("outcome", TEXT, "What came of it.", codes="fetch_outcome_labels"),
        Column("location", TEXT, "Where a redirect points.", nullable=True),
        Column("media_type", TEXT, "As the server says, without parameters.", nullable=True),
        Column("bytes", pa.int64(), "Of the body as received, before it is unpacked."),
        Column("sha256", TEXT, "SHA-256 of the unpacked body, if it came whole.", nullable=True),
        Column("etag", TEXT, "Header ETag of the answer.", nullable=True),
        Column("last_modified", TEXT, "Header Last-Modified of the answer.", nullable=True),
        Column("retry_after_seconds", FLOAT, "What the server asked to wait.", nullable=True),
        Column("seconds", FLOAT, "From the look-up of the host's name to the last byte."),
        Column("detail", TEXT, "What went wrong.", nullable=True),
        Column(
            "path",
            TEXT,
            "File under raw/ written from it; null if none was needed.",
            nullable=True,
        ),
    ),
)
