"""What a document says of its meeting elsewhere: place lines, the speakers' day, the chair."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from sco_pipeline.mentions.meetings.lines import Line
from sco_pipeline.mentions.meetings.merging import stretch
from sco_pipeline.mentions.meetings.phrases import Phrase, country_beside, read_speakers_day
from sco_pipeline.mentions.meetings.view import HEADING, LEAD, View
from sco_pipeline.model import Block, CountryMention, PersonMention
from sco_pipeline.terms import fold

#: Least weight of a sentence whose words on the chair count.
CHAIR_LEAD: Final = 0.6
# "under the chairmanship of", "chaired by", "presided", "under Kazakhstan's chairmanship"
_CHAIR = re.compile(r"[ukj]|<t?A?NA?J")
_CHAIR_REACH = 14
#: Types of text that carry place and date of the meeting on lines of their own.
_OFFICIAL_TYPES = frozenset(
    {"communique", "declaration", "information_report", "press_release", "resolution", "statement"}
)
_PLACE_LINE = 80
_PLACE_LINE_WORDS = 6
#: The same in a line that begins with its place or date and also names a building.
_BUILDING = 20


def read_time_and_place(merged: Phrase, members: Sequence[Phrase], view: View) -> None:
    """Take what is missing of time and place of a meeting held from other lines.

    Args:
        merged: What is known of the meeting so far.
        members: The phrases that speak of it.
        view: The document.
    """
    _read_place_lines(merged, view)
    _check_country(merged, view.countries)
    if merged.starts_on is None and any(member.weight >= LEAD for member in members):
        merged.edge = next((member.edge for member in members if member.edge), "")
        _read_speakers_day(merged, view)
    published_on = view.document.published_on
    if merged.starts_on is None and published_on and any(member.is_now for member in members):
        merged.starts_on, merged.precision = published_on, "day"
        merged.ends_on = None if merged.edge == "g" else published_on


def read_place_of_host(merged: Phrase, view: View) -> None:
    """Take the city of the dateline where its country chaired: the host writes from there."""
    home = view.home
    if (
        home
        and merged.city is None
        and merged.format != "video"
        and merged.chair_country == home.country
    ):
        merged.city, merged.city_country = home.name, home.country
        _check_country(merged, view.countries)


def read_format(merged: Phrase, view: View) -> None:
    """Take the format from sentences that speak of who joined, or of "it"."""
    if _is_joined_by_video(merged, view):
        merged.format = "hybrid"
    elif merged.format is None:
        merged.format = _format_of_it(view)


def _read_place_lines(merged: Phrase, view: View) -> None:
    """Take what is missing from a line of nothing but place and date: "Ufa, 10 July 2015"."""
    document = view.document
    is_official = document.document_type in _OFFICIAL_TYPES
    for block in document.blocks:
        if merged.starts_on and merged.city:
            return
        if block.char_end - block.char_start > _PLACE_LINE:
            continue
        days = [day for day in view.dates if _within(day, block) and day.precision == "day"]
        places = [city for city in view.cities if _within(city, block)]
        formats = [term for term in view.words if term.value.tag == "m" and _within(term, block)]
        if not (days or places) or not _is_place_line(
            document.folded,
            block,
            [*days, *places, *formats, *(n for n in view.countries if _within(n, block))],
        ):
            continue
        if merged.format is None and days and formats:  # "By video link, 4 July 2023"
            merged.format = formats[0].value.code
        if merged.city is None and places and merged.format != "video":
            merged.city, merged.city_country = places[0].value.name, places[0].value.country
        # A date alone may be that of publication.
        if merged.starts_on is None and days and (places or formats or is_official):
            merged.starts_on, merged.ends_on = days[0].starts_on, days[0].ends_on
            merged.precision = "day"


def _read_speakers_day(merged: Phrase, view: View) -> None:
    """Take the day on which a news item's first lines say that somebody spoke there."""
    for sentence, weight in zip(view.sentences, view.weights, strict=True):
        if sentence.kind == "paragraph" and weight >= 2 * LEAD:
            day = read_speakers_day(view.whole_line(sentence))
            if day:
                merged.starts_on, merged.ends_on = day.starts_on, day.ends_on
                merged.precision = "day"
                stretch(merged)
                return


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


def read_country(merged: Phrase, view: View) -> None:
    """Take a coming meeting's country from another sentence: "the Uzbek city of Samarkand"."""
    for city in view.cities:
        index = view.sentence_at(city.char_start)
        if merged.country or index < 0 or view.weights[index] < LEAD:
            return
        if city.value.name == merged.city:
            line = view.tagger.line(view.sentences[index], city.char_start, city.char_end)
            for place, token in enumerate(line.tokens):
                if token.char_start == city.char_start:
                    merged.country = country_beside(line, place)


def _is_joined_by_video(merged: Phrase, view: View) -> bool:
    """Tell whether at a meeting in a city a state was "represented through virtual mode"."""
    if merged.city is None or merged.format == "video":
        return False
    states = {name.sentence for name in view.countries}
    attended = -1
    for word in view.words:
        if word.value.tag == "q":
            attended = view.sentence_at(word.char_start)
        elif word.value.tag == "m" and word.value.code == "video" and attended in states:
            index = view.sentence_at(word.char_start)
            if index == attended and CHAIR_LEAD <= view.weights[index] < HEADING:
                return True
    return False


def _format_of_it(view: View) -> str | None:
    """Return the format that a sentence near the head says of "it"."""
    formats = [word for word in view.words if word.value.tag == "m"]
    for sentence, weight in zip(view.sentences, view.weights, strict=True) if formats else ():
        if weight >= LEAD and view.document.text.startswith("It ", sentence.char_start):
            for word in formats:
                if sentence.char_start < word.char_start < sentence.char_end:
                    return word.value.code
    return None


def chair_of(line: Line, host: str | None, people: Sequence[PersonMention]) -> str | None:
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
            person: PersonMention = token.value
            country = person.country or _country_of(person, people)
            if country:
                return country
            # Whose office is said without a state is the host's.
            if tag != "u" and person.role and not (person.organisation or person.unknown_state):
                return host
        if token.tag == ";":
            break
    return None


def _country_of(person: PersonMention, people: Sequence[PersonMention]) -> str | None:
    """Return the country that another mention of the same family name gives."""
    family = fold(person.name).split()[-1]
    return next(
        (p.country for p in people if p.country and fold(p.name).split()[-1] == family), None
    )
