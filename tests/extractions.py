"""Hand-made extractions for tests of what comes after extraction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

import duckdb
import pyarrow as pa

from sco_pipeline.model import (
    Block,
    Document,
    Extraction,
    InstrumentMention,
    MeetingMention,
    Participant,
    PersonMention,
    Sentence,
)
from sco_pipeline.person_judgements import PersonJudgements
from sco_pipeline.resolution.assemble import document_rows, reference_tables, resolve
from sco_pipeline.resolution.caches import create_caches
from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.tables import EXTRACTED, SOURCES, mention_tables
from sco_pipeline.terms import fold


def assembled(
    extractions: Iterable[Extraction],
    mentions: dict[str, pa.Table] | None = None,
    judgements: PersonJudgements | None = None,
) -> dict[str, pa.Table]:
    """All tables of the schema, made in memory from extractions, or from tables of mentions."""
    mentions = mentions or mention_tables(extractions)
    documents = mentions["documents"]
    ids, paths, hashes = (documents[name] for name in ("document_id", "path", "sha256"))
    sources = pa.Table.from_arrays([ids, paths, hashes, hashes], schema=SOURCES)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE SCHEMA {EXTRACTED}")
        create_caches(connection)
        for name, table in {"sources": sources, **mentions}.items():
            connection.register("batch", table)
            connection.execute(f"CREATE TABLE {EXTRACTED}.{name} AS FROM batch")
            connection.unregister("batch")
        references = reference_tables()
        resolution = resolve(connection, references, judgements=judgements)
        rows = document_rows(connection, sorted(ids.to_pylist()))
    tables = {**references, **resolution.tables, **rows}
    return {
        spec.name: tables[spec.name].sort_by([(name, "ascending") for name in spec.key])
        for spec in ALL_TABLES
    }


def document(text: str, published_on: date | None = None, copy: str = "") -> Document:
    """A one-block document; its id is that of the text plus ``copy``."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(
        document_id=digest[:12] + copy,
        path=f"{digest[:12]}{copy}.txt",
        sha256=digest,
        media_type="text/plain",
        language="en",
        title=None,
        publisher=None,
        source_url=None,
        published_on=published_on,
        fetched_at=None,
        document_type="other",
        text=text,
        folded=fold(text),
        blocks=(Block("paragraph", 0, len(text)),),
    )


def extraction(
    text: str,
    *,
    meetings: tuple[MeetingMention, ...] = (),
    participants: tuple[Participant, ...] = (),
    instruments: tuple[InstrumentMention, ...] = (),
    published_on: date | None = None,
    copy: str = "",
) -> Extraction:
    """An extraction of a one-sentence document."""
    return Extraction(
        document(text, published_on, copy),
        (Sentence(0, 0, "paragraph", 0, len(text)),),
        meetings=meetings,
        participants=participants,
        instruments=instruments,
    )


def meeting(
    starts_on: str | None = None,
    ends_on: str | None = None,
    *,
    organisation: str | None = "SCO",
    body: str = "heads_of_state",
    relation: str = "reports",
    city: str | None = None,
    country: str | None = None,
    ordinal: int | None = None,
) -> MeetingMention:
    """A meeting mention; dates as "2016", "2016-06" or "2016-06-23"."""
    precision, first, last = None, None, None
    if starts_on:
        precision = {4: "year", 7: "month", 10: "day"}[len(starts_on)]
        first = date.fromisoformat((starts_on + "-01-01")[:10])
        if precision == "day":
            last = date.fromisoformat(ends_on) if ends_on else first
    return MeetingMention(
        0, 0, 1, relation, organisation, body, ordinal, first, last, precision, city, country,
        None, None, "test",
    )  # fmt: skip


def participant(
    text: str,
    name: str,
    country: str | None = "KAZ",
    *,
    organisation: str | None = None,
    role: str = "security_council_secretary",
    meeting: int | None = 0,
) -> Participant:
    """A participant whose written name stands in ``text``."""
    start = text.index(name)
    person = PersonMention(
        0, start, start + len(name), name, name, None, role, country, organisation, None, "test"
    )
    return Participant(person, meeting, role, "member_state", "attended", "test")
