"""Phrases that do not speak of the main meeting -> the meetings announced and recalled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sco_pipeline.mentions.meetings.merging import OF_ANOTHER, agree, fill, fits, stretch
from sco_pipeline.mentions.meetings.phrases import Phrase
from sco_pipeline.model import MeetingMention

# "the [meeting]", "via video link the [meeting]", "[held] its [meeting]"
_ARTICLE = re.compile("m?[tI]+(?!$)")


def other_meetings(
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
            fill(known, own)
        else:
            groups.append((relation, own, phrase))
    for own in bare:
        # "the 14th summit", of which another sentence says when it is
        known_ones = [m for r, m, _ in groups if r == "announces" and _is_one(m, own)]
        if own.is_coming and len(known_ones) == 1:
            fill(known_ones[0], own)
    for _, merged, _ in groups:
        stretch(merged)
    groups.sort(key=lambda group: group[0])
    return [
        make_mention(held, phrase, relation)
        for relation, merged, phrase in groups
        for held in (merged, *(replace(merged, body=body) for body in merged.others))
    ]


def _is_one(merged: Phrase, phrase: Phrase) -> bool:
    return (
        merged.body == phrase.body
        and merged.organisation == phrase.organisation
        and fits(merged, phrase)
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
    if phrase.body is None and (
        not (phrase.is_coming or phrase.is_recalled)
        or not any(tag in "F#U" for tag in phrase.tags)
        or (phrase.tags[-1] == "U" and OF_ANOTHER.match(phrase.line.tags, phrase.last))
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
    is_past = phrase.is_recalled or not agree(phrase.organisation, main.organisation)
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


def make_mention(merged: Phrase, named: Phrase, relation: str) -> MeetingMention:
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
