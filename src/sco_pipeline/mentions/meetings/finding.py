"""A document's sentences -> the meetings it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sco_pipeline.mentions.meetings.completing import (
    CHAIR_LEAD,
    chair_of,
    read_country,
    read_format,
    read_place_of_host,
    read_time_and_place,
)
from sco_pipeline.mentions.meetings.lines import Line
from sco_pipeline.mentions.meetings.merging import gather
from sco_pipeline.mentions.meetings.others import make_mention, other_meetings
from sco_pipeline.mentions.meetings.phrases import Phrase, read_phrases, read_unknown_body
from sco_pipeline.mentions.meetings.subject import choose_subject
from sco_pipeline.mentions.meetings.view import LEAD, REST, View
from sco_pipeline.mentions.meetings.words import CHAIR_CUES, CUES, MeetingLexicon
from sco_pipeline.model import (
    CountryMention,
    DateMention,
    Document,
    MeetingMention,
    PersonMention,
    Sentence,
    Unresolved,
)
from sco_pipeline.terms import Term

#: Characters between "the second meeting" and "will be held".
_VERB_REACH: Final = 40


def find_meetings(
    document: Document,
    sentences: Sequence[Sentence],
    dates: Sequence[DateMention],
    cities: Sequence[Term[Any]],
    countries: Sequence[CountryMention],
    organisations: Sequence[Term[str]],
    people: Sequence[PersonMention],
    lexicon: MeetingLexicon,
) -> tuple[list[MeetingMention], list[Unresolved]]:
    """Find the meetings a document speaks of.

    The first is the one the document is about, if there is one: it is reported, or in an
    advance notice announced. Then come the others announced, then those recalled; a meeting
    named without any time and place is left out. One speaker's address is about no meeting.

    A field is None where the text does not say it. The country of the reported meeting is
    its city's, if the document names that country anywhere; of another meeting, only where it
    stands with it. Its organisation, where not named beside it, is the document's.

    Args:
        document: The document; dates after ``published_on`` are to come.
        sentences: Its sentences, in order.
        dates: Its dates, as all arguments below in reading order.
        cities: Its cities.
        countries: Its countries.
        organisations: Codes of its organisations.
        people: Its named people; those who chair give the chair's country.
        lexicon: Words of the document's language.

    Returns:
        One mention per meeting, whose span holds the words that name it best; and the first
        one again where its body is in no lexicon.
    """
    view = View(document, sentences, dates, cities, countries, organisations, people, lexicon)
    cues = _find_cues(view)
    lines = {
        index: view.tagger.line(sentences[index], cue.first, cue.last)
        for index, cue in cues.items()
        if cue.is_meeting
    }
    phrases = _read_lines(view, lines)
    organisation = _main_organisation(view)
    main, phrases = choose_subject(view, phrases)
    if main is None:
        return other_meetings(phrases, None, document.published_on, organisation), []
    if main.rule != "bilateral":
        main.organisation = main.organisation or organisation
    merged, members = gather(main, phrases, document.published_on)
    if not merged.is_coming:
        read_time_and_place(merged, members, view)
    if main.rule != "bilateral":
        own = {phrase.line.sentence.ordinal for phrase in members}
        others = {p.line.sentence.ordinal for p in phrases if p.body} - own
        _read_chair(merged, own, others, view, cues, lines)
    if merged.is_coming:
        read_country(merged, view)
    elif main.rule != "bilateral":
        read_place_of_host(merged, view)
        read_format(merged, view)
    rest = [phrase for phrase in phrases if all(phrase is not member for member in members)]
    reference = merged.ends_on or merged.starts_on or document.published_on
    mention = make_mention(merged, main, "announces" if main.is_coming else "reports")
    unknown = [
        Unresolved(
            mention.sentence, *(main.unknown or (mention.char_start, mention.char_end)), "meeting",
            "meeting of a body in no word list; en/bodies.csv could name it",
            "unknown_body",
        )
    ]  # fmt: skip
    return (
        [mention, *other_meetings(rest, merged, reference, organisation)],
        unknown if main.rule == "bare_event" else [],
    )


def _read_lines(view: View, lines: Mapping[int, Line]) -> list[Phrase]:
    """Read the meeting phrases of the lines, by index of their sentences."""
    phrases: list[Phrase] = []
    for index, line in lines.items():
        phrases += read_phrases(line, view.weights[index], view.home, view.lexicon.capitals)
    for phrase in phrases:
        if phrase.rule == "bare_event" and not (phrase.body or phrase.organisation):
            read_unknown_body(phrase, view.document.text)
    published_on = view.document.published_on
    is_notice = view.document.document_type == "advance_notice"
    for phrase in phrases:
        if published_on and phrase.starts_on and phrase.starts_on > published_on:
            phrase.is_coming, phrase.is_held = True, False
        elif is_notice and phrase.is_titled:
            phrase.is_held = False  # "Minister to visit Asia, attend Council meeting"
    return phrases


def _read_chair(
    merged: Phrase,
    own: set[int],
    others: set[int],
    view: View,
    cues: Mapping[int, _Cues],
    lines: Mapping[int, Line],
) -> None:
    """Take the country in the chair from the sentences that can name it.

    Args:
        merged: The main meeting.
        own: Sentences that speak of it.
        others: Sentences that speak of other meetings.
        view: The document.
        cues: Cues by sentence.
        lines: Lines by sentence, as far as they were made.
    """
    for index, cue in cues.items():
        if cue.is_chair and (
            index in own
            or (view.weights[index] >= CHAIR_LEAD and index not in others and not merged.is_coming)
        ):
            line = lines.get(index) or view.tagger.line(view.sentences[index], cue.first, cue.last)
            chair = chair_of(line, merged.city_country or merged.country, view.people)
            if chair:
                merged.chair_country = chair
                return


class _Cues(NamedTuple):
    """Where the cues of a sentence begin and end, and what they can speak of."""

    first: int
    last: int
    is_meeting: bool
    is_chair: bool


def _find_cues(view: View) -> dict[int, _Cues]:
    """Return the cues of the sentences that can name a meeting or its chair, by index."""
    spans = [
        (start, end, "weak" if word.weak else word.tag)
        for start, end, word in view.words
        if word.tag in CUES or word.tag == "f"
    ]
    # The Council of RATS may be written in two terms.
    spans += [(*organ[:2], "B") for organ in view.organisations if organ.value == "SCO_RATS"]
    tags: dict[int, set[str]] = {}
    bounds: dict[int, tuple[int, int]] = {}
    event_end = 0
    for start, end, tag in sorted(spans):
        if tag == "E":
            event_end = end
        elif tag == "f" and start - event_end > _VERB_REACH:
            continue
        index = view.sentence_at(start)
        if index >= 0:
            tags.setdefault(index, set()).add(tag)
            bounds[index] = (min(start, bounds.get(index, (start, 0))[0]), end)
    cues: dict[int, _Cues] = {}
    for index, seen in tags.items():
        is_meeting = bool(
            seen & {"B", "S"}
            # "the next meeting", "meeting of experts", "the meeting" near the head
            # "The second meeting will be held"
            or ("E" in seen and (view.weights[index] >= LEAD or seen & {"F", "f", "H", "weak"}))
            or ("weak" in seen and view.weights[index] >= 2 * LEAD)  # "BRICS leaders meet"
        )
        is_chair = bool(seen & CHAIR_CUES)
        if is_meeting or is_chair:
            cues[index] = _Cues(*bounds[index], is_meeting, is_chair)
    return cues


def _main_organisation(view: View) -> str | None:
    """Return the organisation most spoken of, first of all at the head; the UN only if alone."""
    totals: dict[str, float] = {}
    for term in view.organisations:
        index = view.sentence_at(term.char_start)
        code = "SCO" if term.value == "SCO_RATS" else term.value
        totals[code] = totals.get(code, 0.0) + (view.weights[index] if index >= 0 else REST)
    if len(totals) > 1:
        totals.pop("UN", None)
    return max(totals, key=lambda code: totals[code], default=None)
