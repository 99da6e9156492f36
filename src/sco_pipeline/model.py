"""The nouns of the pipeline: frozen records, no behaviour.

Offsets are code points into ``Document.text``, zero-based, end exclusive.
``sentence`` is the ordinal of the sentence within its document. Codes are
those of the contract's code lists. ``rule`` names what produced a record.

Records made by the thousand per document are named tuples: as immutable as frozen dataclasses,
and made several times faster.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Literal, NamedTuple, TypeAlias

BlockKind: TypeAlias = Literal["title", "heading", "paragraph", "list_item", "furniture"]


@dataclass(frozen=True, slots=True)
class Selectors:
    """Where the parts of a site's pages stand, as CSS selectors.

    Attributes:
        content: Elements with the text, in order; whatever else is on the page is left out.
        remove: Elements inside these that are left out.
        title: Element with the headline.
        published_on: Element with the day of publication.
    """

    content: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    title: str | None = None
    published_on: str | None = None


@dataclass(frozen=True, slots=True)
class CorpusColumns:
    """Which column of a CSV or JSON Lines file holds what; None where none does.

    ``text`` is the document's text; ``name`` tells the documents apart.
    """

    text: str
    name: str | None = None
    title: str | None = None
    publisher: str | None = None
    published_on: str | None = None
    language: str | None = None
    licence: str | None = None
    source_url: str | None = None


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What the YAML file beside a raw file says of it; None where it is silent.

    Attributes:
        fetched_at: When the collector fetched it (UTC); several such files of one
            ``source_url`` are versions of one document.
        charset: Character encoding that its server named, for pages that do not.
        selectors: Of the site it is from.
        corpus: Columns of a file that holds many documents.
    """

    source_url: str | None = None
    publisher: str | None = None
    title: str | None = None
    published_on: date | None = None
    language: str | None = None
    licence: str | None = None
    note: str | None = None
    fetched_at: datetime | None = None
    charset: str | None = None
    selectors: Selectors | None = None
    corpus: CorpusColumns | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says of itself: head of a page, header of a mail; None where it is silent."""

    title: str | None = None
    publisher: str | None = None
    published_on: date | None = None
    language: str | None = None
    source_url: str | None = None


class Loss(NamedTuple):
    """A part of a file that could not be read; ``reason`` is a code of reject reasons."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class RawText:
    """The characters of a raw file, as a careful reader would have saved them.

    Attributes:
        text: Blocks with a blank line between them; list items open with "- ", the cells of a
            table's row are joined by " | ".
        media_type: Found by content.
        metadata: What the file says of itself.
        losses: What is missing from ``text``.
    """

    text: str
    media_type: str
    metadata: Metadata = Metadata()
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file under raw/, or in an archive there, with its sidecar; not yet looked into.

    Attributes:
        path: Relative to raw/, with forward slashes; of a member, ``archive.zip/its/name``.
        sidecar_path: As ``path``; None without one.
        sidecar: Its bytes.
        shared_sidecars: Sidecars of the files it is in, from the inside out.
    """

    path: str
    content: bytes
    sha256: str
    sidecar_path: str | None = None
    sidecar: bytes | None = None
    shared_sidecars: tuple[bytes, ...] = ()

    @property
    def digest(self) -> str:
        """Hash of all that the document's extraction depends on, package and limits aside."""
        parts = [self.path, self.sha256, self.sidecar_path or ""]
        head = "\0".join(parts).encode("utf-8", "surrogateescape")
        return sha256(b"\0".join([head, self.sidecar or b"", *self.shared_sidecars])).hexdigest()


@dataclass(frozen=True, slots=True)
class RawFile:
    """One file under raw/ as found: ``path`` is relative to raw/, with forward slashes."""

    path: str
    content: bytes
    sha256: str
    sidecar: Sidecar = Sidecar()


@dataclass(frozen=True, slots=True)
class Reject:
    """A raw file that could not be used, or only in part."""

    path: str
    sha256: str
    stage: str
    reason: str
    detail: str


class Block(NamedTuple):
    """A paragraph, heading, list item or piece of page furniture.

    Furniture (menus, share buttons, page numbers, credits, date lines) stays in the
    text but yields no sentences. ``skip`` is the length of the bullet, item number or
    field name that opens the block and belongs to no sentence.
    """

    kind: BlockKind
    char_start: int
    char_end: int
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A raw file decoded and cleaned; ``text`` is what all offsets count in.

    ``folded`` has the same length as ``text``: lower case, Latin accents dropped,
    typographic quotes, dashes and spaces made plain (``terms.fold``). ``losses`` are parts of the
    file that are not in it.
    """

    document_id: str
    path: str
    sha256: str
    media_type: str
    language: str
    title: str | None
    publisher: str | None
    source_url: str | None
    published_on: date | None
    fetched_at: datetime | None
    document_type: str
    text: str
    folded: str
    blocks: tuple[Block, ...]
    losses: tuple[Loss, ...] = ()


class Sentence(NamedTuple):
    """One sentence; ``paragraph`` is the index of its block in ``Document.blocks``."""

    ordinal: int
    paragraph: int
    kind: BlockKind
    char_start: int
    char_end: int


class CountryMention(NamedTuple):
    """A country named through its name, people, adjective or capital's government.

    ``form``: ``name``, ``long_name``, ``adjective``, ``people`` or ``capital``.
    """

    sentence: int
    char_start: int
    char_end: int
    country: str
    form: str


class DateMention(NamedTuple):
    """A date or range; ``precision`` is day, month or year, ``ends_on`` the last day of a range.

    ``inferred`` marks a year (or day) taken from the publication date or other context.
    """

    char_start: int
    char_end: int
    starts_on: date
    ends_on: date | None
    precision: str
    inferred: bool


class MeetingMention(NamedTuple):
    """A meeting as one document speaks of it: only what this text says, None otherwise.

    ``relation``: reports, announces or recalls. ``precision`` (day, month, year) says how
    much of ``starts_on`` the text gives: "in 2005" is 2005-01-01 with precision year and
    no ``ends_on``. A one-day meeting known to the day has ``ends_on`` = ``starts_on``.
    """

    sentence: int
    char_start: int
    char_end: int
    relation: str
    organisation: str | None
    body: str
    ordinal: int | None
    starts_on: date | None
    ends_on: date | None
    precision: str | None
    city: str | None
    country: str | None
    chair_country: str | None
    format: str | None
    rule: str


class PersonMention(NamedTuple):
    """A named person with the office beside the name, wherever in the text.

    Attributes:
        char_start, char_end: The name as written, without titles ("H.E.", "Mr").
        role_as_written: The office as written, or None.
        role: Role code, or None where the office is in no lexicon.
        country: ISO alpha-3 of the state served, None for an organisation's official.
        organisation: Organisation code where the office is an organisation's, else None.
        office_span: Span of ``role_as_written``, or None.
        roles: Codes of all offices held, highest first; the meeting's body may prefer another
            one than ``role``.
        unknown_state: Span of a word that stands where a state is named and is in no list.
    """

    sentence: int
    char_start: int
    char_end: int
    name_as_written: str
    name: str
    role_as_written: str | None
    role: str | None
    country: str | None
    organisation: str | None
    office_span: tuple[int, int] | None
    rule: str
    roles: tuple[str, ...] = ()
    unknown_state: tuple[int, int] | None = None


class Participant(NamedTuple):
    """A person at a meeting; ``meeting`` indexes ``Extraction.meetings`` (None: no meeting)."""

    person: PersonMention
    meeting: int | None
    role: str
    capacity: str
    participation: str
    rule: str


class TopicMention(NamedTuple):
    """A term that shows a topic."""

    sentence: int
    char_start: int
    char_end: int
    topic: str
    rule: str


class InstrumentMention(NamedTuple):
    """A named legal or political instrument, at one of its mentions.

    ``name`` is the instrument's name in a plain form, ``year`` the year it was adopted or
    signed where the text says so.
    """

    sentence: int
    char_start: int
    char_end: int
    name: str
    kind: str
    organisation: str | None
    year: int | None
    rule: str


class SpeechAct(NamedTuple):
    """A verb of saying or deciding with its own content.

    ``char_start``/``char_end`` span the clause (actor, verb, content); ``verb_start``/
    ``verb_end`` the words that carry the act. ``verb`` is the lemma. ``actor_span`` may lie
    outside the clause (a resolved "They") or be None. ``actor_country`` and ``actor_person``
    (the name as first written) are set where the actor is one.

    ``due_on`` is the last day on which it can be carried out, ``due_from`` the first (None
    where only the limit is named), ``due_span`` the words that say so. The addressee is whom
    the act asks, instructs or thanks; its country and organisation are set where it is one.
    """

    sentence: int
    char_start: int
    char_end: int
    verb_start: int
    verb_end: int
    verb: str
    act: str
    negated: bool
    actor_span: tuple[int, int] | None
    actor: str
    actor_country: str | None
    actor_person: str | None
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    instruments: tuple[int, ...]
    due_from: date | None
    due_on: date | None
    due_span: tuple[int, int] | None
    addressee_span: tuple[int, int] | None
    addressee_country: str | None
    addressee_organisation: str | None
    rule: str


class Unresolved(NamedTuple):
    """Something seen and not understood, for people to extend the lexicons.

    ``kind``: office, person, country, meeting or actor.
    """

    sentence: int
    char_start: int
    char_end: int
    kind: str
    detail: str
    rule: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that one document yields, before anything is resolved across documents.

    ``meetings[0]`` is the one the document is about (reported, or announced in an advance
    notice), if there is one. ``SpeechAct.instruments`` index ``instruments``.
    """

    document: Document
    sentences: tuple[Sentence, ...]
    countries: tuple[CountryMention, ...] = ()
    meetings: tuple[MeetingMention, ...] = ()
    participants: tuple[Participant, ...] = ()
    topics: tuple[TopicMention, ...] = ()
    instruments: tuple[InstrumentMention, ...] = ()
    speech_acts: tuple[SpeechAct, ...] = ()
    unresolved: tuple[Unresolved, ...] = field(default=())
