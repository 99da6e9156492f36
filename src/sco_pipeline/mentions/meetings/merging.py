"""Phrases that speak of one meeting -> all that they say of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sco_pipeline.mentions.meetings.phrases import DAY, Phrase
from sco_pipeline.mentions.meetings.subject import is_long_past
from sco_pipeline.mentions.meetings.view import LEAD

# "session of the General Assembly", "Council for Tourism" are of bodies that are in no lexicon.
OF_ANOTHER = re.compile("[od]t?w")
_PRECISIONS = {None: 0, "year": 1, "month": 2, "day": 3}


def gather(
    main: Phrase, phrases: Sequence[Phrase], published_on: date | None
) -> tuple[Phrase, list[Phrase]]:
    """Return all that is said of the main meeting, and the phrases that say it."""
    merged, members = replace(main), [main]
    for phrase in phrases:
        if phrase is not main and _is_same(merged, phrase, published_on):
            members.append(phrase)
            fill(merged, phrase)
    stretch(merged)
    return merged, members


def _is_same(main: Phrase, phrase: Phrase, published_on: date | None) -> bool:
    """Tell whether a phrase can speak of the main meeting."""
    is_open = phrase.is_titled and not phrase.is_held  # "X arrives in Astana for the summit"
    if main.rule == "bilateral":
        return phrase.rule == "bilateral" and fits(main, phrase)
    if phrase.is_recalled and not (
        # "upon the results of the meeting in Yekaterinburg on June 15-16, declare"
        phrase.starts_on and phrase.weight >= 2 * LEAD and not is_long_past(phrase, published_on)
    ):
        return False
    if phrase.is_coming != main.is_coming and not (main.is_coming and is_open):
        return False
    if phrase.body is None:
        return (
            phrase.weight >= LEAD
            and "U" not in phrase.tags
            and not OF_ANOTHER.match(phrase.line.tags, phrase.last)
            and agree(phrase.organisation, main.organisation)
            and fits(main, phrase)
        )
    return (
        phrase.body == main.body
        and agree(phrase.organisation, main.organisation)
        and fits(main, phrase)
    )


def agree(left: Any, right: Any) -> bool:
    """Tell whether two values are not two different ones; None is any."""
    return left is None or right is None or left == right


def fits(merged: Phrase, phrase: Phrase) -> bool:
    """Tell whether two descriptions contradict each other nowhere."""
    if not (
        agree(merged.ordinal, phrase.ordinal)
        and agree(merged.city, phrase.city)
        and (merged.city or phrase.city or agree(merged.country, phrase.country))
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


def fill(merged: Phrase, phrase: Phrase) -> None:
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


def stretch(merged: Phrase) -> None:
    """Work out first and last day of what "opened", or of what "two-day" "ended", on a day."""
    if merged.starts_on is None or merged.starts_on != merged.ends_on or not merged.edge:
        return
    more = (merged.days - 1) * DAY if merged.days else None
    if merged.edge == "g":
        merged.ends_on = None if more is None else merged.starts_on + more
    elif more is not None:
        merged.starts_on -= more
