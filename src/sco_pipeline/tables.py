"""Extractions -> Arrow tables of mentions, one set per batch of documents.

These tables still speak of meetings, persons and instruments as each document does;
``resolution`` turns them into the tables of ``schema.tables``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any

import pyarrow as pa

from sco_pipeline.model import (
    CountryMention,
    Extraction,
    MeetingMention,
    Reject,
    TopicMention,
)
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import (
    COUNTRY_MENTIONS,
    DECISIONS,
    DOCUMENT_MEETINGS,
    DOCUMENTS,
    INSTRUMENT_MENTIONS,
    INT,
    PARTICIPANTS,
    REJECTS,
    SENTENCES,
    TEXT,
    TOPICS,
    UNRESOLVED,
)
from sco_pipeline.sketches import letters_key, sketch

INTS = pa.list_(pa.field("element", pa.int32(), nullable=False))
LONGS = pa.list_(pa.field("element", pa.int64(), nullable=False))


def _fields(spec: TableSpec, without: Iterable[str], *more: tuple[str, pa.DataType]) -> pa.Schema:
    # Filled when all is assembled: confidence of the rule, corrections of the row.
    left_out = {*without, "confidence", "corrected_by"}
    kept = [(c.name, c.type) for c in spec.columns if c.name not in left_out]
    return pa.schema([pa.field(name, kind) for name, kind in (*kept, *more)])


#: Schema of a database that holds the tables of mentions, and ``SOURCES``.
EXTRACTED = "extracted"
#: What each document was extracted from; also those that could not be used.
SOURCES = pa.schema([(name, TEXT) for name in ("document_id", "path", "sha256", "source_digest")])
#: Table of mentions -> its columns. ``mention`` numbers a document's records of one kind;
#: ``meeting`` and ``instruments`` point to those numbers. Documents of one ``text_key`` have the
#: same letters and digits, those of one ``words_key`` the same words, page furniture aside.
MENTION_SCHEMAS: Mapping[str, pa.Schema] = {
    "documents": _fields(
        DOCUMENTS,
        ("meeting_id", "duplicate_of", "duplicate_kind", "similarity", "revision"),
        ("text_key", TEXT),
        ("words_key", TEXT),
        ("sketch", LONGS),
    ),
    "rejects": _fields(REJECTS, (), ("document_id", TEXT)),
    "sentences": _fields(SENTENCES, ()),
    "meeting_mentions": _fields(DOCUMENT_MEETINGS, ("meeting_id",), ("mention", INT)),
    "participants": _fields(
        PARTICIPANTS, ("participant_id", "meeting_id", "person_id"), ("meeting", INT)
    ),
    "topics": _fields(TOPICS, ("meeting_id",)),
    "decisions": _fields(
        DECISIONS,
        ("meeting_id", "kind", "actor_person_id", "instruments"),
        ("actor_person", TEXT),
        ("instruments", INTS),
    ),
    "instrument_mentions": _fields(
        INSTRUMENT_MENTIONS,
        ("instrument_id",),
        ("number", INT),
        ("name", TEXT),
        ("kind", TEXT),
        ("organisation", TEXT),
        ("year", INT),
    ),
    "country_mentions": _fields(COUNTRY_MENTIONS, ()),
    "unresolved": _fields(UNRESOLVED, ()),
}


Row = tuple[Any, ...]


def decision_id(document_id: str, verb_start: int, verb_end: int, act: str, char_start: int) -> str:
    """Made when it is extracted, so that it stays when a correction changes the act."""
    parts = (document_id, verb_start, verb_end, act, char_start)
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def sentence_id(document_id: str, ordinal: int) -> str:
    """The key of a sentence: readable, and sorting in reading order."""
    return f"{document_id}-s{ordinal:04d}"


def country_rule(mention: CountryMention) -> str:
    """The rule of a row of country_mentions: by which kind of form the country is named."""
    return f"country_{mention.form}"


def meeting_rule(mention: MeetingMention) -> str:
    """The rule of a row of document_meetings: its relation decides how sure a rule is."""
    return f"{mention.relation}_{mention.rule}"


def topic_rule(mention: TopicMention) -> str:
    """The rule of a row of topics: each topic has its own list of terms."""
    return f"{mention.rule}_{mention.topic}"


def mention_tables(
    extractions: Iterable[Extraction], rejects: Sequence[tuple[str, Reject]] = ()
) -> dict[str, pa.Table]:
    """Lay out a batch of extractions as tables.

    Args:
        extractions: Of distinct documents.
        rejects: Files of the batch that could not be used, each with the document's key.

    Returns:
        One table for each name in ``MENTION_SCHEMAS``, possibly empty.
    """
    rows: dict[str, list[Row]] = {name: [] for name in MENTION_SCHEMAS}
    rows["rejects"] = [(r.path, r.sha256, r.stage, r.reason, r.detail, key) for key, r in rejects]
    for extraction in extractions:
        _add_rows(rows, extraction)
    return {
        name: pa.Table.from_arrays(
            [
                pa.array(column, kind)
                for column, kind in zip(
                    zip(*rows[name], strict=True) if rows[name] else [()] * len(schema),
                    schema.types,
                    strict=True,
                )
            ],
            schema=schema,
        )
        for name, schema in MENTION_SCHEMAS.items()
    }


def _add_rows(rows: dict[str, list[Row]], extraction: Extraction) -> None:
    document = extraction.document
    text, key = document.text, document.document_id
    ids = [sentence_id(key, sentence.ordinal) for sentence in extraction.sentences]
    folded = document.folded
    words_key, runs = sketch(folded[s.char_start : s.char_end] for s in extraction.sentences)
    fetched_at = document.fetched_at and document.fetched_at.astimezone(UTC).replace(tzinfo=None)
    rows["documents"].append(
        (
            key, document.path, document.sha256, document.media_type, document.language,
            document.title, document.publisher, document.source_url, document.published_on,
            fetched_at, document.document_type, text, len(text), len(ids),
            letters_key(folded), words_key, runs,
        )
    )  # fmt: skip
    rows["sentences"] += [
        (
            ids[s.ordinal], key, s.paragraph, s.ordinal, s.kind, s.char_start, s.char_end,
            text[s.char_start : s.char_end],
        )
        for s in extraction.sentences
    ]  # fmt: skip
    rows["meeting_mentions"] += [
        (
            key, m.relation, m.organisation, m.body, m.ordinal, m.starts_on, m.ends_on, m.precision,
            m.city, m.country, m.chair_country, m.format, ids[m.sentence], m.char_start, m.char_end,
            meeting_rule(m), number,
        )
        for number, m in enumerate(extraction.meetings)
    ]  # fmt: skip
    rows["participants"] += [
        (
            key, p.person.name_as_written, p.person.name, p.person.role_as_written, p.role,
            p.person.country, p.person.organisation, p.capacity, p.participation,
            ids[p.person.sentence], p.person.char_start, p.person.char_end, p.rule, p.meeting,
        )
        for p in extraction.participants
    ]  # fmt: skip
    rows["topics"] += [
        (
            key, ids[t.sentence], t.topic, text[t.char_start : t.char_end], t.char_start,
            t.char_end, topic_rule(t),
        )
        for t in extraction.topics
    ]  # fmt: skip
    rows["decisions"] += [
        (
            decision_id(key, a.verb_start, a.verb_end, a.act, a.char_start), key, ids[a.sentence],
            a.char_start, a.char_end, a.verb_start, a.verb_end, a.verb, a.act, a.negated,
            text[slice(*a.actor_span)] if a.actor_span else None, a.actor,
            a.actor_country, text[a.char_start : a.char_end], a.topics, a.countries, a.due_from,
            a.due_on, text[slice(*a.due_span)] if a.due_span else None,
            text[slice(*a.addressee_span)] if a.addressee_span else None, a.addressee_country,
            a.addressee_organisation, a.rule, a.actor_person, a.instruments,
        )
        for a in extraction.speech_acts
    ]  # fmt: skip
    rows["instrument_mentions"] += [
        (
            key, ids[i.sentence], text[i.char_start : i.char_end], i.char_start, i.char_end, i.rule,
            number, i.name, i.kind, i.organisation, i.year,
        )
        for number, i in enumerate(extraction.instruments)
    ]  # fmt: skip
    rows["country_mentions"] += [
        (
            key, ids[c.sentence], c.country, text[c.char_start : c.char_end], c.form, c.char_start,
            c.char_end, country_rule(c),
        )
        for c in extraction.countries
    ]  # fmt: skip
    rows["unresolved"] += [
        (
            key, ids[u.sentence], u.kind, text[u.char_start : u.char_end], u.char_start, u.char_end,
            u.detail, u.rule,
        )
        for u in extraction.unresolved
    ]  # fmt: skip
