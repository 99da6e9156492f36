"""Which standing a state had in an organisation on a given day: reference/memberships.csv."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import NamedTuple, cast

from sco_pipeline.codes import reference_rows


class _Spell(NamedTuple):
    """Days on which a state had one standing, both included."""

    valid_from: date
    valid_to: date
    capacity: str


@cache
def _spells() -> dict[str, dict[str, list[_Spell]]]:
    """Organisation -> country -> its spells, oldest first."""
    spells: dict[str, dict[str, list[_Spell]]] = {}
    for row in reference_rows("memberships"):
        spell = _Spell(
            cast(date, row["valid_from"]),
            cast(date, row["valid_to"] or date.max),
            str(row["capacity"]),
        )
        states = spells.setdefault(str(row["organisation"]), {})
        states.setdefault(str(row["country"]), []).append(spell)
    return spells


def capacity_of(organisation: str | None, country: str, on: date | None) -> str:
    """Standing of a state's delegation in an organisation.

    Args:
        organisation: Organisation code.
        country: ISO alpha-3.
        on: Day of the meeting; None takes the latest standing known.

    Returns:
        ``member_state``, ``observer_state`` or ``dialogue_partner``; ``guest_state`` where the
        state had none; ``unknown`` where the organisation's membership is not recorded.

    >>> capacity_of("SCO", "IND", date(2016, 6, 24)), capacity_of("SCO", "IND", date(2018, 6, 9))
    ('observer_state', 'member_state')
    """
    states = _spells().get(organisation or "")
    if states is None:
        return "unknown"
    capacity = "guest_state"
    for spell in states.get(country, ()):
        if on is None or spell.valid_from <= on <= spell.valid_to:
            capacity = spell.capacity
    return capacity
