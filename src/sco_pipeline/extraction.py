"""Document -> Extraction: each reader of the text called once, in the order they need each other.

Pure: no file but the package's own lexicons, no clock, no log.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sco_pipeline.document import read_document
from sco_pipeline.errors import RawFileError
from sco_pipeline.limits import Limits
from sco_pipeline.mentions.cities import CityLexicon, find_cities
from sco_pipeline.mentions.countries import CountryLexicon, find_countries, publisher_country
from sco_pipeline.mentions.dates import DateLexicon, find_dates
from sco_pipeline.mentions.instruments import InstrumentLexicon, find_instruments
from sco_pipeline.mentions.meetings import MeetingLexicon, find_meetings
from sco_pipeline.mentions.organisations import OrganisationLexicon, find_organisations
from sco_pipeline.mentions.people import PeopleLexicon, find_people
from sco_pipeline.mentions.speech_acts import SpeechActLexicon, find_speech_acts
from sco_pipeline.mentions.topics import TopicLexicon, find_topics
from sco_pipeline.model import Document, Extraction, MeetingMention, Participant, RawFile
from sco_pipeline.participants import ParticipationLexicon, find_participants
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.sentences import split_sentences
from sco_pipeline.terms import share_scan

#: Languages with a folder of lexicons; a document in another one is rejected.
LANGUAGES = ("en",)


@dataclass(frozen=True, slots=True)
class Lexicons:
    """The compiled word lists of one language."""

    reading: ReadingLexicon
    countries: CountryLexicon
    cities: CityLexicon
    organisations: OrganisationLexicon
    dates: DateLexicon
    meetings: MeetingLexicon
    people: PeopleLexicon
    participation: ParticipationLexicon
    topics: TopicLexicon
    instruments: InstrumentLexicon
    speech_acts: SpeechActLexicon


@cache
def load_lexicons(language: str) -> Lexicons:
    """Read, check and compile the lexicons of ``language``, once per process.

    Raises:
        LexiconError: A lexicon is malformed.
    """
    lexicons = Lexicons(
        ReadingLexicon.load(language),
        CountryLexicon.load(language),
        CityLexicon.load(language),
        OrganisationLexicon.load(language),
        DateLexicon.load(language),
        MeetingLexicon.load(language),
        PeopleLexicon.load(language),
        ParticipationLexicon.load(language),
        TopicLexicon.load(language),
        InstrumentLexicon.load(language),
        SpeechActLexicon.load(language),
    )
    share_scan(
        [
            lexicons.countries.index,
            lexicons.cities.index,
            lexicons.organisations.index,
            lexicons.dates.cues,
            lexicons.meetings.words,
            lexicons.people.cues,
            lexicons.participation.cues,
            lexicons.topics.terms,
            lexicons.instruments.terms,
            lexicons.speech_acts.index,
        ]
    )
    # The lexicons live as long as the process; the garbage collector need not walk through
    # their half a million objects again and again.
    gc.collect()
    gc.freeze()
    return lexicons


def extract_file(raw: RawFile, document_id: str, limits: Limits | None = None) -> Extraction:
    """Read and extract one raw file.

    Raises:
        RawFileError: The file cannot be used; names stage and reason.
    """
    document = read_document(raw, document_id, load_lexicons(LANGUAGES[0]).reading, limits)
    if document.language not in LANGUAGES:
        raise RawFileError(
            "extract",
            "unsupported_language",
            f"language {document.language} has no lexicons; supported: {', '.join(LANGUAGES)}",
        )
    return extract(document, load_lexicons(document.language))


def extract(document: Document, lexicons: Lexicons) -> Extraction:
    """Find everything the tables need in one document.

    Raises:
        RawFileError: The text has no sentence.
    """
    sentences = split_sentences(document, lexicons.reading)
    if not sentences:
        raise RawFileError(
            "split", "no_sentence", "no sentence found; is this page furniture only?"
        )
    # Before the finders: it looks into short texts, and the scan they share holds one text.
    publisher = publisher_country(document, lexicons.countries)
    countries = find_countries(document, sentences, lexicons.countries)
    cities = find_cities(document, lexicons.cities)
    organisations = find_organisations(document, lexicons.organisations)
    dates = find_dates(document, sentences, lexicons.dates)
    people, unknown_people = find_people(
        document, sentences, countries, organisations, lexicons.people
    )
    meetings, unknown_meetings = find_meetings(
        document, sentences, dates, cities, countries, organisations, people, lexicons.meetings
    )
    participants, unknown_participants = find_participants(
        document, sentences, people, meetings, countries, cities, organisations,
        publisher, lexicons.participation,
    )  # fmt: skip
    topics = find_topics(document, sentences, lexicons.topics)
    instruments = find_instruments(document, sentences, organisations, dates, lexicons.instruments)
    speech_acts, unknown_actors = find_speech_acts(
        document, sentences, people, countries, organisations, topics, instruments, dates,
        lexicons.speech_acts,
    )  # fmt: skip
    return Extraction(
        document,
        tuple(sentences),
        tuple(countries),
        tuple(_with_chair(meetings, participants)),
        tuple(participants),
        tuple(topics),
        tuple(instruments),
        tuple(speech_acts),
        (*unknown_people, *unknown_meetings, *unknown_participants, *unknown_actors),
    )


def _with_chair(
    meetings: Sequence[MeetingMention], participants: Sequence[Participant]
) -> list[MeetingMention]:
    """Fill the chair's country from the person who chaired, where no wording names it."""
    chairs = {p.meeting: p.person.country for p in participants if p.participation == "chaired"}
    return [
        meeting._replace(chair_country=chairs[index])
        if meeting.chair_country is None and chairs.get(index)
        else meeting
        for index, meeting in enumerate(meetings)
    ]
