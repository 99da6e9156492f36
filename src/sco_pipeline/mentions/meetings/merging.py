"""Phrases -> meetings: which one the document is about, and which phrases speak of one meeting."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sco_pipeline.mentions.meetings.lines import Line, Place, Tagger
from sco_pipeline.mentions.meetings.phrases import (
    DAY,
    Phrase,
    country_beside,
    read_bilateral,
    read_phrases,
)
from sco_pipeline.mentions.meetings.words import CHAIR_CUES, CUES, MeetingLexicon, Word
from sco_pipeline.model import (
    Block,
    CountryMention,
    DateMention,
    Document,
    MeetingMention,
    PersonMention,
    Sentence,
)
from sco_pipeline.terms import Term, fold

#: Weight of a title, of a heading at the head, and of the first sentences of the text.
_TITLE, _HEADING, _SENTENCES, _REST = 3.0, 2.5, (3.0, 2.0, 1.5, 1.0, 1.0, 0.7, 0.7), 0.3
#: A sentence not longer than this ("ASTANA.") is not counted as one of the first.
_DATELINE_LENGTH = 30
#: Least weight of a phrase that can speak of the document's subject, and that can name it.
_LEAD, _SUBJECT = 1.0, 1.5
#: Least weight of a sentence whose words on the chair count.
_CHAIR_LEAD = 0.6
#: One speaker's "I thank", "my country" among the first characters show a speech.
_FIRST_PERSON = re.compile(r"(?:I(?<!\wI)|My(?<!\wMy)|my(?<!\wmy)) [a-z]")
_SPEECH_HEAD = 1200
# "I thank", "we are gathered", "your hospitality"
_SPEAKER = re.compile(r"\b(?:I|My|my|We|we|[Oo]ur|[Yy]our) [a-z]")
# "session of the General Assembly" is of a body that is in no lexicon.
_OF_ANOTHER = re.compile("ot?w")
# "the [meeting]", "via video link the [meeting]", "[held] its [meeting]"
_ARTICLE = re.compile("m?[tI]+(?!$)")
# "under the chairmanship of", "chaired by", "presided", "under Kazakhstan's chairmanship"
_CHAIR = re.compile(r"[ukj]|<t?A?NA?J")
_CHAIR_REACH = 14
#: Types of text that carry place and date of the meeting on lines of their own.
_OFFICIAL_TYPES = frozenset(
    {"communique", "declaration", "information_report", "press_release", "resolution", "statement"}
)
_PLACE_LINE = 80
#: Characters between "the second meeting" and "will be held".
_VERB_REACH = 40
_PLACE_LINE_WORDS = 6
#: The same in a line that begins with its place or date and also names a building.
_BUILDING = 20
_PRECISIONS = {None: 0, "year": 1, "month": 2, "day": 3}


def find_meetings(
    document: Document,
    sentences: Sequence[Sentence],
    dates: Sequence[DateMention],
    cities: Sequence[Term[Any]],
    countries: Sequence[CountryMention],
    organisations: Sequence[Term[str]],
    people: Sequence[PersonMention],
    lexicon: MeetingLexicon,
) -> list[MeetingMention]:
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
        One mention per meeting; the span holds the words that name it best.
    """
    weights = _weigh(sentences)
    starts = [sentence.char_start for sentence in sentences]
    words = lexicon.words.find(document.text, document.folded)
    cues = _find_cues(starts, weights, words, organisations)
    tagger = Tagger(document, dates, cities, countries, organisations, people, words, lexicon)
    home = _dateline_city(document, cities)
    lines: dict[int, Line] = {}
    phrases: list[Phrase] = []
    for index, cue in cues.items():
        if cue.is_meeting:
            lines[index] = tagger.line(sentences[index], cue.first, cue.last)
            phrases += read_phrases(lines[index], weights[index], home, lexicon.capitals)
    for phrase in phrases:
        if document.published_on and phrase.starts_on and phrase.starts_on > document.published_on:
            phrase.is_coming, phrase.is_held = True, False
    organisation = _main_organisation(starts, weights, organisations)
    main = None
    if not _is_speech(document) or _is_reported_before(document, phrases):
        main = _choose_main(document, phrases)
        if main is None or (main.is_coming and main.weight <= 2 * _LEAD):
            main = _talks_of_two(sentences, weights, tagger, home, people, lexicon) or main
    if main is None:
        return _other_meetings(phrases, None, document.published_on, organisation)
    if main.rule != "bilateral":
        main.organisation = main.organisation or organisation
    merged, members = _gather(main, phrases)
    if not merged.is_coming:
        _read_place_lines(merged, document, dates, cities, countries)
        _check_country(merged, countries)
    own = {phrase.line.sentence.ordinal for phrase in members}
    others = {p.line.sentence.ordinal for p in phrases if p.body} - own
    for index, cue in cues.items():
        if cue.is_chair and (
            index in own
            or (weights[index] >= _CHAIR_LEAD and index not in others and not merged.is_coming)
        ):
            line = lines.get(index) or tagger.line(sentences[index], cue.first, cue.last)
            chair = _chair(line, merged.city_country or merged.country, people)
            if chair:
                merged.chair_country = chair
                break
    if merged.is_coming:
        _read_country(merged, sentences, starts, weights, cities, tagger)
    elif main.rule != "bilateral":
        # The host chaired, and writes from where the meeting was held.
        if (
            home
            and merged.city is None
            and merged.format != "video"
            and (merged.chair_country == home.country)
        ):
            merged.city, merged.city_country = home.name, home.country
            _check_country(merged, countries)
        if _is_joined_by_video(merged, starts, weights, words, countries):
            merged.format = "hybrid"
        elif merged.format is None:
            merged.format = _format_of_it(document.text, sentences, weights, words)
    rest = [phrase for phrase in phrases if all(phrase is not member for member in members)]
    reference = merged.ends_on or merged.starts_on or document.published_on
    return [
        _mention(merged, main, "announces" if main.is_coming else "reports"),
        *_other_meetings(rest, merged, reference, organisation),
    ]


# --------------------------------------------------------------------------- the document


def _weigh(sentences: Sequence[Sentence]) -> list[float]:
    """Return how much each sentence's place speaks for its meeting being the subject."""
    weights: list[float] = []
    rank = 0
    for sentence in sentences:
        if sentence.kind == "title":
            weights.append(_TITLE)
        elif sentence.kind == "heading" and rank == 0:
            weights.append(_HEADING)
        else:
            weights.append(_SENTENCES[rank] if rank < len(_SENTENCES) else _REST)
            rank += sentence.char_end - sentence.char_start > _DATELINE_LENGTH
    return weights


class _Cues(NamedTuple):
    """Where the cues of a sentence begin and end, and what they can speak of."""

    first: int
    last: int
    is_meeting: bool
    is_chair: bool


def _find_cues(
    starts: Sequence[int],
    weights: Sequence[float],
    words: Sequence[Term[Word]],
    organisations: Sequence[Term[str]],
) -> dict[int, _Cues]:
    """Return the cues of the sentences that can name a meeting or its chair, by index."""
    spans = [
        (start, end, "weak" if word.weak else word.tag)
        for start, end, word in words
        if word.tag in CUES or word.tag == "f"
    ]
    # The Council of RATS may be written in two terms.
    spans += [(*organ[:2], "B") for organ in organisations if organ.value == "SCO_RATS"]
    tags: dict[int, set[str]] = {}
    bounds: dict[int, tuple[int, int]] = {}
    event_end = 0
    for start, end, tag in sorted(spans):
        if tag == "E":
            event_end = end
        elif tag == "f" and start - event_end > _VERB_REACH:
            continue
        index = bisect_right(starts, start) - 1
        if index >= 0:
            tags.setdefault(index, set()).add(tag)
            bounds[index] = (min(start, bounds.get(index, (start, 0))[0]), end)
    cues: dict[int, _Cues] = {}
    for index, seen in tags.items():
        is_meeting = bool(
            seen & {"B", "S"}
            # "the next meeting", "meeting of experts", "the meeting" near the head
            # "The second meeting will be held"
            or ("E" in seen and (weights[index] >= _LEAD or seen & {"F", "f", "H", "weak"}))
            or ("weak" in seen and weights[index] >= 2 * _LEAD)  # "BRICS leaders meet"
        )
        is_chair = bool(seen & CHAIR_CUES)
        if is_meeting or is_chair:
            cues[index] = _Cues(*bounds[index], is_meeting, is_chair)
    return cues


def _dateline_city(document: Document, cities: Sequence[Term[Any]]) -> Place | None:
    """Return the first city that opens a paragraph: "ISLAMABAD: The Organisation's ..."."""
    starts = {block.char_start for block in document.blocks if block.kind == "paragraph"}
    return next((city.value for city in cities if city.char_start in starts), None)


def _main_organisation(
    starts: Sequence[int], weights: Sequence[float], organisations: Sequence[Term[str]]
) -> str | None:
    """Return the organisation most spoken of, first of all at the head; the UN only if alone."""
    totals: dict[str, float] = {}
    for term in organisations:
        index = bisect_right(starts, term.char_start) - 1
        code = "SCO" if term.value == "SCO_RATS" else term.value
        totals[code] = totals.get(code, 0.0) + (weights[index] if index >= 0 else _REST)
    if len(totals) > 1:
        totals.pop("UN", None)
    return max(totals, key=lambda code: totals[code], default=None)


def _is_speech(document: Document) -> bool:
    return (
        document.document_type == "speech"
        or len(_FIRST_PERSON.findall(document.text, 0, _SPEECH_HEAD)) > 1
    )


def _is_reported_before(document: Document, phrases: Sequence[Phrase]) -> bool:
    """Tell whether a report of the meeting stands before the first words of its speaker."""
    spoken = _SPEAKER.search(document.text, 0, 2 * _SPEECH_HEAD)
    return spoken is not None and any(
        phrase.is_held
        and phrase.body is not None
        and phrase.weight >= 2 * _LEAD
        and not phrase.is_titled
        and phrase.line.sentence.char_end <= spoken.start()
        for phrase in phrases
    )


# --------------------------------------------------------------------------- the subject


def _choose_main(document: Document, phrases: Sequence[Phrase]) -> Phrase | None:
    """Return the phrase that best names the meeting the document is about."""
    held = _best([phrase for phrase in phrases if not phrase.is_coming])
    if held and _is_long_past(held[0], document.published_on):
        held = None
    coming = _best([phrase for phrase in phrases if phrase.is_coming])
    if held and not (coming and _prevails(coming, held, document.published_on)):
        return held[0]
    if coming:
        return coming[0]
    # A meeting of an organisation whose body is in no lexicon.
    unknown = [
        phrase
        for phrase in phrases
        if phrase.organisation not in (None, "UN")
        and phrase.weight >= 2 * _LEAD
        and not _is_long_past(phrase, document.published_on)
        and (phrase.ordinal or phrase.is_placed)
        and (phrase.is_titled or (phrase.is_placed and (phrase.is_held or phrase.is_coming)))
    ]
    best = max(unknown, key=lambda phrase: phrase.score, default=None)
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
    body = max(totals, key=lambda body: totals[body])
    best = max((phrase for phrase in phrases if phrase.body == body), key=lambda p: p.score)
    # Deep in the text, only looked back at, or named in passing without time and place, a
    # meeting is not the subject.
    is_shown = any(
        (phrase.is_titled or phrase.is_placed)
        and phrase.weight >= _LEAD
        and phrase.body in (body, None)
        for phrase in phrases
    )
    return (best, totals[body]) if is_shown and min(best.weight, best.score) >= _SUBJECT else None


def _is_long_past(phrase: Phrase, published_on: date | None) -> bool:
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


def _talks_of_two(
    sentences: Sequence[Sentence],
    weights: Sequence[float],
    tagger: Tagger,
    home: Place | None,
    people: Sequence[PersonMention],
    lexicon: MeetingLexicon,
) -> Phrase | None:
    """Return the talks of two persons that the first sentences tell of."""
    for index in dict.fromkeys(person.sentence for person in people):
        if weights[index] >= 2 * _LEAD:
            start = sentences[index].char_start
            line = tagger.line(sentences[index], start, start)
            phrase = read_bilateral(line, weights[index], home, lexicon.capitals)
            if phrase:
                return phrase
    return None


# --------------------------------------------------------------------------- one meeting


def _gather(main: Phrase, phrases: Sequence[Phrase]) -> tuple[Phrase, list[Phrase]]:
    """Return all that is said of the main meeting, and the phrases that say it."""
    merged, members = replace(main), [main]
    for phrase in phrases:
        if phrase is not main and _is_same(merged, phrase):
            members.append(phrase)
            _fill(merged, phrase)
    _stretch(merged)
    return merged, members


def _is_same(main: Phrase, phrase: Phrase) -> bool:
    """Tell whether a phrase can speak of the main meeting."""
    is_open = phrase.is_titled and not phrase.is_held  # "X arrives in Astana for the summit"
    if phrase.is_recalled or main.rule == "bilateral":
        return False
    if phrase.is_coming != main.is_coming and not (main.is_coming and is_open):
        return False
    if phrase.body is None:
        return (
            phrase.weight >= _LEAD
            and "U" not in phrase.tags
            and not _OF_ANOTHER.match(phrase.line.tags, phrase.last)
            and _agree(phrase.organisation, main.organisation)
            and _fits(main, phrase)
        )
    return (
        phrase.body == main.body
        and _agree(phrase.organisation, main.organisation)
        and _fits(main, phrase)
    )


def _agree(left: Any, right: Any) -> bool:
    return left is None or right is None or left == right


def _fits(merged: Phrase, phrase: Phrase) -> bool:
    """Tell whether two descriptions contradict each other nowhere."""
    if not (
        _agree(merged.ordinal, phrase.ordinal)
        and _agree(merged.city, phrase.city)
        and (merged.city or phrase.city or _agree(merged.country, phrase.country))
    ):
        return False
    if merged.starts_on is None or phrase.starts_on is None:
        return True
    return (
        merged.starts_on <= _last_day(phrase, phrase.starts_on)
        and phrase.starts_on <= _last_day(merged, merged.starts_on)
    )  # fmt: skip


def _last_day(phrase: Phrase, start: date) -> date:
    """Return the last day that a meeting can have fallen on."""
    if phrase.precision == "year":
        return date(start.year, 12, 31)
    return start + 30 * DAY if phrase.precision == "month" else phrase.ends_on or start


def _fill(merged: Phrase, phrase: Phrase) -> None:
    """Add what a further phrase says of the same meeting."""
    for name in ("organisation", "ordinal", "country", "chair_country", "format"):
        if getattr(merged, name) is None:
            setattr(merged, name, getattr(phrase, name))
    merged.days = merged.days or phrase.days
    if merged.city is None:
        merged.city, merged.city_country = phrase.city, phrase.city_country
    is_finer = _PRECISIONS[phrase.precision] > _PRECISIONS[merged.precision]
    is_range = merged.starts_on == merged.ends_on and phrase.starts_on != phrase.ends_on
    if is_finer or (phrase.precision == merged.precision == "day" and phrase.ends_on and is_range):
        merged.starts_on, merged.ends_on = phrase.starts_on, phrase.ends_on
        merged.precision, merged.edge = phrase.precision, phrase.edge


def _stretch(merged: Phrase) -> None:
    """Work out first and last day of what "opened", or of what "two-day" "ended", on a day."""
    if merged.starts_on is None or merged.starts_on != merged.ends_on or not merged.edge:
        return
    more = (merged.days - 1) * DAY if merged.days else None
    if merged.edge == "g":
        merged.ends_on = None if more is None else merged.starts_on + more
    elif more is not None:
        merged.starts_on -= more


def _read_place_lines(
    merged: Phrase,
    document: Document,
    dates: Sequence[DateMention],
    cities: Sequence[Term[Any]],
    countries: Sequence[CountryMention],
) -> None:
    """Take what is missing from a line of nothing but place and date: "Ufa, 10 July 2015"."""
    is_official = document.document_type in _OFFICIAL_TYPES
    for block in document.blocks:
        if merged.starts_on and merged.city:
            return
        if block.char_end - block.char_start > _PLACE_LINE:
            continue
        days = [day for day in dates if _within(day, block) and day.precision == "day"]
        places = [city for city in cities if _within(city, block)]
        if not (days or places) or not _is_place_line(
            document.folded,
            block,
            [*days, *places, *(name for name in countries if _within(name, block))],
        ):
            continue
        if merged.city is None and places and merged.format != "video":
            merged.city, merged.city_country = places[0].value.name, places[0].value.country
        # A date alone may be that of publication.
        if merged.starts_on is None and days and (places or is_official):
            merged.starts_on, merged.ends_on = days[0].starts_on, days[0].ends_on
            merged.precision = "day"


def _within(mention: Any, block: Block) -> bool:
    return bool(block.char_start <= mention.char_start < block.char_end)


def _is_place_line(folded: str, block: Block, mentions: Sequence[Any]) -> bool:
    """Tell whether a line says little besides the places and dates in it."""
    letters = 0
    reached = block.char_start
    mentions = sorted(mentions, key=lambda mention: mention.char_start)
    # "November 10, 2020 The Kremlin, Moscow"
    is_framed = len(mentions) > 1 and mentions[0].char_start == block.char_start
    for mention in mentions:
        letters += sum(char.isalnum() for char in folded[reached : mention.char_start])
        reached = max(reached, mention.char_end)
    letters += sum(char.isalnum() for char in folded[reached : block.char_end])
    return letters < (_BUILDING if is_framed else _PLACE_LINE_WORDS)


def _check_country(merged: Phrase, countries: Sequence[CountryMention]) -> None:
    """Keep a reported meeting's country only where the document names it."""
    if merged.city:
        is_named = any(mention.country == merged.city_country for mention in countries)
        merged.country = merged.city_country if is_named else None


def _read_country(
    merged: Phrase,
    sentences: Sequence[Sentence],
    starts: Sequence[int],
    weights: Sequence[float],
    cities: Sequence[Term[Any]],
    tagger: Tagger,
) -> None:
    """Take a coming meeting's country from another sentence: "the Uzbek city of Samarkand"."""
    for city in cities:
        index = bisect_right(starts, city.char_start) - 1
        if merged.country or index < 0 or weights[index] < _LEAD:
            return
        if city.value.name == merged.city:
            line = tagger.line(sentences[index], city.char_start, city.char_end)
            for place, token in enumerate(line.tokens):
                if token.char_start == city.char_start:
                    merged.country = country_beside(line, place)


def _is_joined_by_video(
    merged: Phrase,
    starts: Sequence[int],
    weights: Sequence[float],
    words: Sequence[Term[Word]],
    countries: Sequence[CountryMention],
) -> bool:
    """Tell whether at a meeting in a city a state was "represented through virtual mode"."""
    if merged.city is None or merged.format == "video":
        return False
    states = {name.sentence for name in countries}
    attended = -1
    for word in words:
        if word.value.tag == "q":
            attended = bisect_right(starts, word.char_start) - 1
        elif word.value.tag == "m" and word.value.code == "video" and attended in states:
            index = bisect_right(starts, word.char_start) - 1
            if index == attended and _CHAIR_LEAD <= weights[index] < _HEADING:
                return True
    return False


def _format_of_it(
    text: str, sentences: Sequence[Sentence], weights: Sequence[float], words: Sequence[Term[Word]]
) -> str | None:
    """Return the format that a sentence near the head says of "it"."""
    formats = [word for word in words if word.value.tag == "m"]
    for sentence, weight in zip(sentences, weights, strict=True) if formats else ():
        if weight >= _LEAD and text.startswith("It ", sentence.char_start):
            for word in formats:
                if sentence.char_start < word.char_start < sentence.char_end:
                    return word.value.code
    return None


# --------------------------------------------------------------------------- the chair


def _chair(line: Line, host: str | None, people: Sequence[PersonMention]) -> str | None:
    """Return the country in the chair that a line names."""
    for match in _CHAIR.finditer(line.tags):
        country = _who_chairs(line, match, host, people)
        if country:
            return country
    return None


def _who_chairs(
    line: Line, match: re.Match[str], host: str | None, people: Sequence[PersonMention]
) -> str | None:
    """Return the country of who stands on the proper side of a word for the chair."""
    tag = match[0][0]
    if tag in "uk":  # "under the chairmanship of", "chaired by"
        order = range(match.end(), min(len(line.tags), match.end() + _CHAIR_REACH))
    elif tag == "<":
        order = range(*match.span())
    else:
        order = range(match.start() - 1, max(-1, match.start() - _CHAIR_REACH), -1)
    for index in order:
        token = line.tokens[index]
        if token.tag == "N":
            return str(token.value.country)
        if token.tag == "Q":
            return host
        if token.tag == "P":
            country = token.value.country or _country_of(token.value, people)
            # Who chairs and needs no country beside the name is the host's.
            if country or (tag != "u" and token.value.organisation is None):
                return country or host
        if token.tag == ";":
            break
    return None


def _country_of(person: PersonMention, people: Sequence[PersonMention]) -> str | None:
    """Return the country that another mention of the same family name gives."""
    family = fold(person.name).split()[-1]
    return next(
        (p.country for p in people if p.country and fold(p.name).split()[-1] == family), None
    )


# --------------------------------------------------------------------------- other meetings


def _other_meetings(
    phrases: Sequence[Phrase], main: Phrase | None, reference: date | None, organisation: str | None
) -> list[MeetingMention]:
    """Merge the phrases that speak of other meetings: first those to come, then those past.

    Args:
        phrases: Phrases that do not speak of the main meeting.
        main: The main meeting, if there is one.
        reference: Day that divides what is to come from what is past.
        organisation: The document's.
    """
    groups: list[tuple[str, Phrase, Phrase]] = []
    bare: list[Phrase] = []
    for phrase in phrases:
        relation = _relation(phrase, main, reference)
        if relation is None:
            continue
        own = replace(
            phrase,
            body=phrase.body or (main.body if main else None),
            organisation=phrase.organisation or organisation,
        )
        if not (own.starts_on or own.city or own.country):
            bare.append(own)
            continue
        known = next((m for r, m, _ in groups if r == relation and _is_one(m, own)), None)
        if known:
            _fill(known, own)
        else:
            groups.append((relation, own, phrase))
    for own in bare:
        # "the 14th summit", of which another sentence says when it is
        known_ones = [m for r, m, _ in groups if r == "announces" and _is_one(m, own)]
        if own.is_coming and len(known_ones) == 1:
            _fill(known_ones[0], own)
    for _, merged, _ in groups:
        _stretch(merged)
    groups.sort(key=lambda group: group[0])
    return [
        _mention(held, phrase, relation)
        for relation, merged, phrase in groups
        for held in (merged, *(replace(merged, body=body) for body in merged.others))
    ]


def _is_one(merged: Phrase, phrase: Phrase) -> bool:
    return (
        merged.body == phrase.body
        and merged.organisation == phrase.organisation
        and _fits(merged, phrase)
    )


def _relation(phrase: Phrase, main: Phrase | None, reference: date | None) -> str | None:
    """Return announces, recalls, or None for what is neither or too vague."""
    if main is None:
        # A speech, or a text about something else: only what is named in full.
        if not (phrase.body and phrase.organisation and phrase.starts_on):
            return None
        if phrase.is_coming:
            return "announces"
        return "recalls" if phrase.is_recalled or phrase.is_held else None
    if phrase.body is None and not (
        (phrase.is_coming or phrase.is_recalled) and any(tag in "F#U" for tag in phrase.tags)
    ):
        return None  # "the meeting" is no new one, "the next meeting" is
    if phrase.is_coming and main.is_coming:
        return "announces"
    if phrase.starts_on and reference:
        return _by_date(phrase, phrase.starts_on, main.starts_on or reference, reference)
    if phrase.is_coming:
        return "announces"
    is_elsewhere = phrase.city is not None and (
        phrase.city != main.city or phrase.body != main.body
    )
    is_past = phrase.is_recalled or not _agree(phrase.organisation, main.organisation)
    return "recalls" if phrase.starts_on or (is_elsewhere and is_past) else None


def _by_date(phrase: Phrase, start: date, first: date, last: date) -> str | None:
    """Compare a dated phrase with the main meeting's first and last day."""
    if phrase.precision == "day":
        if start > last:
            return "announces"
        return "recalls" if (phrase.ends_on or start) < first else None
    known = 4 if phrase.precision == "year" else 7
    ours, theirs = last.isoformat()[:known], start.isoformat()[:known]
    if ours != theirs:
        return "announces" if theirs > ours else "recalls"
    if phrase.is_coming:
        return "announces"
    return "recalls" if phrase.is_recalled else None


def _mention(merged: Phrase, named: Phrase, relation: str) -> MeetingMention:
    """Return the record; its span is that of ``named``, without the article."""
    assert merged.body
    tokens = named.line.tokens
    article = _ARTICLE.match(named.tags)
    return MeetingMention(
        named.line.sentence.ordinal,
        tokens[named.first + (article.end() if article else 0)].char_start,
        tokens[named.last - 1].char_end,
        relation,
        merged.organisation,
        merged.body,
        merged.ordinal,
        merged.starts_on,
        merged.ends_on,
        merged.precision,
        merged.city,
        merged.country,
        merged.chair_country,
        merged.format,
        named.rule,
    )
