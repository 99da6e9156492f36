"""Phrases -> the one that names the meeting a document is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

from sco_pipeline.mentions.meetings.phrases import DAY, Phrase, read_bilateral
from sco_pipeline.mentions.meetings.view import LEAD, View
from sco_pipeline.model import Document
from sco_pipeline.terms import fold

#: Least weight of a phrase that can name the document's subject.
_SUBJECT: Final = 1.5
#: Whose a ministerial meeting is where nothing tells it.
_FOREIGN: Final = "foreign_ministers"
#: One speaker's "I thank", "my country" among the first characters show a speech.
_FIRST_PERSON = re.compile(r"(?:I(?<!\wI)|My(?<!\wMy)|my(?<!\wmy)) [a-z]")
_SPEECH_HEAD = 1200
# What others are quoted as saying is no speech of the document's.
_QUOTED = re.compile(r"[\"“«][^\"”»]{1,800}[\"”»]")
# "I thank", "we are gathered", "your hospitality"
_SPEAKER = re.compile(r"\b(?:I|My|my|We|we|[Oo]ur|[Yy]our) [a-z]")


def choose_subject(view: View, phrases: Sequence[Phrase]) -> tuple[Phrase | None, list[Phrase]]:
    """Choose the phrase that best names the meeting the document is about.

    One speaker's address is about no meeting, unless a report of it stands before, or it is a
    message with the meeting in its address: "To the participants in the tenth meeting of".

    Returns:
        The phrase, or None; and all phrases, those of talks of two added where they are it.
    """
    _read_open(view, phrases)
    main = None
    speech_start = _speech_start(view.document)
    if (
        speech_start is None
        or _is_reported_before(speech_start, phrases)
        or _is_addressed(view.document, phrases)
    ):
        main = _choose_main(view.document, phrases)
    if main is None or (main.is_coming and main.weight <= 2 * LEAD) or _is_aside(main):
        talks = _talks_of_two(view, speech_start)
        if talks:
            return talks[0], [*phrases, *talks]
    return main, list(phrases)


def _read_open(view: View, phrases: Sequence[Phrase]) -> None:
    """Give a "ministerial meeting" the ministers that the text tells of, if not foreign ones.

    They are those of its subject ("on transport") or that of another such meeting, else those
    named most, in names of bodies and in offices.
    """
    meetings = [phrase for phrase in phrases if phrase.is_open]
    if not meetings:
        return
    lexicon, folded = view.lexicon, view.document.folded
    untold = []
    body = None
    for phrase in meetings:
        subject = lexicon.subject.match(folded, phrase.line.tokens[phrase.last - 1].char_end)
        if subject:
            phrase.body = lexicon.portfolios[subject["portfolio"]]
            body = body or phrase.body
        else:
            untold.append(phrase)
    if untold and body is None:
        named = Counter(term.value.code for term in view.words if term.value.tag == "B")
        for person in view.people:
            found = lexicon.portfolio.search(fold(person.role_as_written or ""))
            if found:
                named[lexicon.portfolios[found["portfolio"]]] += 1
        ministers = [code for code, _ in named.most_common() if code.endswith("_ministers")]
        body = next(iter(ministers), _FOREIGN)
    for phrase in untold:
        phrase.body = body


def _speech_start(document: Document) -> int | None:
    """Return where the first words of the one speaker of a document stand, None if it has none."""
    text = document.text
    if document.document_type != "speech":
        if len(_FIRST_PERSON.findall(text, 0, _SPEECH_HEAD)) <= 1:
            return None
        if len(_FIRST_PERSON.findall(_QUOTED.sub("", text[:_SPEECH_HEAD]))) <= 1:
            return None
    spoken = _SPEAKER.search(text)
    return spoken.start() if spoken else None


def _is_reported_before(speech_start: int, phrases: Sequence[Phrase]) -> bool:
    """Tell whether a report of the meeting stands before the first words of its speaker."""
    return speech_start < 2 * _SPEECH_HEAD and any(
        phrase.is_held
        and phrase.body is not None
        and phrase.weight >= 2 * LEAD
        and not phrase.is_titled
        and phrase.line.sentence.char_end <= speech_start
        for phrase in phrases
    )


def _is_addressed(document: Document, phrases: Sequence[Phrase]) -> bool:
    """Tell whether a line of the head addresses those who meet."""
    return any(
        phrase.is_titled
        and phrase.weight >= 2 * LEAD
        and document.folded.startswith("to the ", phrase.line.sentence.char_start)
        for phrase in phrases
    )


def _choose_main(document: Document, phrases: Sequence[Phrase]) -> Phrase | None:
    """Return the phrase that best names the meeting the document is about."""
    held = _best([phrase for phrase in phrases if not phrase.is_coming])
    if held and is_long_past(held[0], document.published_on):
        held = None
    coming = _best([phrase for phrase in phrases if phrase.is_coming])
    if held and not (coming and _prevails(coming, held, document.published_on)):
        return held[0]
    # A meeting of an organisation whose body is in no lexicon.
    unknown = [
        phrase
        for phrase in phrases
        if phrase.body is None
        and phrase.organisation not in (None, "UN")
        and phrase.weight >= 2 * LEAD
        and not is_long_past(phrase, document.published_on)
        and (phrase.ordinal or phrase.is_placed)
        and (
            phrase.is_titled
            or (phrase.is_placed and (phrase.is_held or phrase.is_coming or "H" in phrase.tags))
        )
    ]
    best = max(unknown, key=lambda phrase: phrase.score, default=None)
    if coming and (best is None or best.is_coming or coming[0].weight >= best.weight):
        return coming[0]
    if best:
        best.body = "other"
    return best


def _best(phrases: Sequence[Phrase]) -> tuple[Phrase, float] | None:
    """Return the best phrase of the body that most speaks for, and that body's score."""
    totals: dict[str, float] = {}
    for phrase in phrases:
        if phrase.body:
            totals[phrase.body] = totals.get(phrase.body, 0.0) + phrase.score
    if not totals:
        return None
    for body in sorted(totals, key=lambda body: -totals[body]):
        best = max((phrase for phrase in phrases if phrase.body == body), key=lambda p: p.score)
        # Deep in the text, only looked back at, or named in passing without time and place, a
        # meeting is not the subject.
        is_shown = any(
            (phrase.is_titled or phrase.is_placed or (phrase.ordinal and phrase.is_held))
            and phrase.weight >= LEAD
            and phrase.body in (body, None)
            for phrase in phrases
        )
        if is_shown and min(best.weight, best.score) >= _SUBJECT:
            return best, totals[body]
    return None


def is_long_past(phrase: Phrase, published_on: date | None) -> bool:
    """Tell whether a text is only "guided by the decisions of" an earlier meeting."""
    if not phrase.is_recalled or phrase.starts_on is None:
        return False
    return published_on is None or published_on - phrase.starts_on > 4 * DAY


def _prevails(
    coming: tuple[Phrase, float], held: tuple[Phrase, float], published_on: date | None
) -> bool:
    """Tell whether a document is about the meeting to come and not about the one held."""
    if published_on and held[0].starts_on and held[0].precision == "day":
        age = published_on - held[0].starts_on
        if age > 60 * DAY and (coming[0].starts_on or published_on) >= published_on:
            return True
        if age <= 4 * DAY and held[0].body == coming[0].body:
            return False
    return coming[1] > held[1]


def _is_aside(main: Phrase) -> bool:
    """Tell whether something else was held "on the sidelines of" the meeting."""
    return "M" in main.line.tags[max(0, main.first - 2) : main.first]


def _talks_of_two(view: View, speech_start: int | None) -> list[Phrase]:
    """Return what the first sentences, before any speech, tell of talks of persons or states."""
    phrases: list[Phrase] = []
    for sentence, weight in zip(view.sentences, view.weights, strict=True):
        if speech_start is not None and sentence.char_end > speech_start:
            break
        if weight >= 2 * LEAD:
            phrase = read_bilateral(
                view.whole_line(sentence),
                view.document.folded,
                weight,
                view.home,
                view.lexicon.capitals,
            )
            if phrase:
                phrases.append(phrase)
    return phrases
