"""Whom a person represents at a meeting, in which office and capacity."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Final

from sco_pipeline.codes import code_list, reference_rows
from sco_pipeline.memberships import capacity_of
from sco_pipeline.mentions.cities import City
from sco_pipeline.model import (
    CountryMention,
    Document,
    MeetingMention,
    PersonMention,
    Sentence,
)
from sco_pipeline.participants.cues import ParticipationLexicon
from sco_pipeline.terms import Term

#: Offices by which a body prefers to see a person who holds several, first choice first.
BODY_ROLES: Final = {
    "heads_of_state": ("head_of_state",),
    "heads_of_government": ("head_of_government", "deputy_head_of_government"),
    "foreign_ministers": ("foreign_minister",),
    "security_council_secretaries": (
        "security_council_secretary", "deputy_security_council_secretary", "state_councillor",
    ),
    "national_coordinators": ("national_coordinator",),
    "defence_ministers": ("defence_minister",),
    "interior_ministers": ("interior_minister",),
    "prosecutors_general": ("judge_or_prosecutor",),
    "supreme_court_presidents": ("judge_or_prosecutor",),
    "parliament_speakers": ("parliament_speaker",),
    "permanent_council": ("ambassador",),
    **dict.fromkeys(
        (
            "justice_ministers", "trade_ministers", "finance_ministers", "transport_ministers",
            "energy_ministers", "agriculture_ministers", "environment_ministers",
            "health_ministers", "education_ministers", "science_ministers", "culture_ministers",
            "tourism_ministers",
        ),
        ("other_minister", "deputy_minister"),
    ),
}  # fmt: skip

#: Rules that name a person by the state alone, so that the office is the body's.
BY_COUNTRY: Final = frozenset({"country_list", "country_bracket"})

#: Offices that a state has one of -> what counts as one office of it.
_SOLE_ROLES: Final = {
    "head_of_state": "head",
    "head_of_government": "head",
    "foreign_minister": "foreign_minister",
    "defence_minister": "defence_minister",
    "interior_minister": "interior_minister",
    "security_council_secretary": "security_council_secretary",
    "parliament_speaker": "parliament_speaker",
}
#: What hosts do.
_OF_HOSTS: Final = frozenset({"chaired", "received_delegations"})
#: Offices under a principal, who needs no deputy at a meeting.
_DEPUTIES: Final = frozenset({"deputy_minister", "deputy_security_council_secretary"})
_ORGANISATION_ROLES: Final = frozenset({"organisation_head", "organisation_official"})

# "Islamabad[, July 4 (Xinhua) -]", "Astana[, 4 July 2024:]"
_DATED = re.compile(r",? [^.:\n]{0,40}\d[^.:\n]{0,20}(?:[:–—)]| -)")
#: Room between a state and the office of one who is spoken of.
_STATE_REACH: Final = 60
#: Words between a standing and the person it qualifies: "came as an observer".
STANDING_REACH: Final = 60


class Context:
    """What a document tells of people whose state or organisation it does not name.

    Args:
        sentences: Its sentences, in order.
        people: Its person mentions, in order.
        meeting: The meeting it is about, if any.
        home: The state whose authority publishes it, else that of its dateline, if it has one.
    """

    def __init__(
        self,
        sentences: Sequence[Sentence],
        people: Sequence[PersonMention],
        meeting: MeetingMention | None,
        home: str | None,
    ) -> None:
        self._meeting = meeting
        self._taken = {
            (_SOLE_ROLES[person.role], person.country)
            for person in people
            if person.country and person.role in _SOLE_ROLES
        }
        self._home = home
        # The state of those whom the title names, else of the first person (``start_with``): it
        # is their press that tells of the meeting.
        self._own = next(
            (p.country for p in people if p.country and sentences[p.sentence].kind == "title"), None
        )
        self._host: str | None = None
        if meeting is not None:
            self._host = meeting.country or _country_of(meeting.city)

    def start_with(self, country: str | None) -> None:
        """Take the state of the first participant as that of the press, if nothing told it."""
        self._own = self._own or country

    def named_before(
        self, person: PersonMention, countries: Sequence[CountryMention], wording: str
    ) -> str | None:
        """The state named right before one who is only spoken of: "Qatar under its Emir X".

        Of those who took part too, where the document names no host.
        """
        if self._meeting is None or person.role not in _SOLE_ROLES:
            return None
        if wording != "mentioned" and self._host:
            return None
        start = min(person.char_start, (person.office_span or (person.char_start,))[0])
        index = bisect_left(countries, start, key=_char_start) - 1
        if index < 0 or countries[index].sentence != person.sentence:
            return None
        near = countries[index]
        if (_SOLE_ROLES[person.role], near.country) in self._taken:
            return None
        return near.country if start - near.char_end <= _STATE_REACH else None

    def complete(
        self, person: PersonMention, represented: str | None, wording: str
    ) -> PersonMention:
        """Give a person without a state or organisation what the context tells.

        It is the state ``represented``; of who chaired, the one in the chair; "the
        Secretary-General" is the meeting's organisation's own. Else, of who has an office, it is
        that of the publisher or dateline, the host's or that of the people named first, the host's
        coming first for who does what hosts do, and last while the meeting is ahead. A state whose
        only such office somebody else has is passed over: "President Kassym-Jomart Tokayev" in a
        report from Astana is the host's unless another president there is.
        """
        if represented is None and self._meeting is not None:
            if person.role in _ORGANISATION_ROLES:
                return person._replace(organisation=self._meeting.organisation)
            represented = self._meeting.chair_country if wording == "chaired" else None
            if person.role is not None:
                represented = represented or next(
                    filter(None, self._open_states(person, wording)), None
                )
        if represented and person.role in _SOLE_ROLES:
            self._taken.add((_SOLE_ROLES[person.role], represented))
        return person._replace(country=represented)

    def _open_states(self, person: PersonMention, wording: str) -> Iterator[str | None]:
        """The states that the person can be of, the likeliest first."""
        assert self._meeting is not None
        office = _SOLE_ROLES.get(person.role or "")
        likely = [self._home, self._host, self._own]
        if wording in _OF_HOSTS:
            likely = [self._host, self._home, self._own]
        elif (
            person.role == "head_of_government"
            and self._meeting.body == "heads_of_state"
            and (office, self._host) not in self._taken
        ):
            # A prime minister is as likely another state's that is represented by one.
            likely = [self._home, self._own]
        if self._meeting.relation == "announces":
            likely = [self._home, self._own, self._host]
            if (office, self._own) in self._taken:
                return  # neither theirs, nor surely the host's
        for state in likely:
            if person.role in _DEPUTIES and self._is_represented(state):
                continue
            if (office, state) not in self._taken:
                yield state
            elif office == "head" and state == self._host:
                yield self._last_member()

    def _is_represented(self, state: str | None) -> bool:
        """Whether the minister whom the meeting is of is named for a state.

        Heads come with their deputy ministers.
        """
        assert self._meeting is not None
        return any(
            (office := _SOLE_ROLES.get(role)) != "head" and (office, state) in self._taken
            for role in BODY_ROLES.get(self._meeting.body, ())
        )

    def _last_member(self) -> str | None:
        """The one member state of the organisation that has no head named yet, if just one."""
        assert self._meeting is not None
        free = [
            country
            for country in code_list("countries")
            if ("head", country) not in self._taken
            and capacity_of(self._meeting.organisation, country, self._meeting.starts_on)
            == "member_state"
        ]
        return free[0] if len(free) == 1 else None


def dateline_country(document: Document, cities: Sequence[Term[City]]) -> str | None:
    """The state of the city from which a document is dated: "ISLAMABAD, 4 July 2024:"."""
    starts = {block.char_start for block in document.blocks}
    for city in cities:
        if city.char_start in starts:
            written = document.text[city.char_start : city.char_end]
            if written.isupper() or _DATED.match(document.text, city.char_end):
                return city.value.country
    return None


def _char_start(mention: CountryMention) -> int:
    return mention.char_start


@cache
def _countries_of_cities() -> dict[str, str]:
    return {str(row["city"]): str(row["country"]) for row in reference_rows("cities")}


def _country_of(city: str | None) -> str | None:
    return _countries_of_cities().get(city or "")


def role_at(person: PersonMention, meeting: MeetingMention | None) -> str:
    """The office closest to the body that meets; of a state listed without one, the body's own."""
    preferred = BODY_ROLES.get(meeting.body, ()) if meeting else ()
    for role in preferred:
        if role in person.roles:
            return role
    if person.role == "other_minister" and (person.role_as_written or "").isalpha():
        # "Minister X" at a meeting of foreign ministers
        return next((role for role in preferred if role.endswith("_minister")), person.role)
    if person.role is not None:
        return person.role
    if preferred and (person.country or person.unknown_state) and person.rule in BY_COUNTRY:
        return preferred[0]
    return "other_official"


def capacity(
    document: Document,
    sentences: Sequence[Sentence],
    person: PersonMention,
    organisation: str | None,
    on: date | None,
    lexicon: ParticipationLexicon,
) -> str:
    """Standing of the person's delegation: as the sentence says, else as the memberships say."""
    if person.organisation:
        own = (organisation or "").split("_")[0]
        return (
            "own_organ"
            if own and person.organisation.split("_")[0] == own
            else "partner_organisation"
        )
    if person.country is None:
        return "unknown"
    recorded = capacity_of(organisation, person.country, on)
    if recorded not in ("guest_state", "unknown"):
        return recorded
    before, after = _standing(document, sentences, person, lexicon)
    return after or (before if recorded == "unknown" else None) or recorded


def _standing(
    document: Document,
    sentences: Sequence[Sentence],
    person: PersonMention,
    lexicon: ParticipationLexicon,
) -> tuple[str | None, str | None]:
    """The standings a sentence gives a person, in words before the name and right after it.

    "The observer states were represented by X"; "X came as an observer".
    """
    sentence = sentences[person.sentence]
    start, end = sentence.char_start, sentence.char_end
    office_start, office_end = person.office_span or (person.char_start, person.char_end)
    first, last = (
        min(office_start, person.char_start) - start,
        max(office_end, person.char_end) - start,
    )
    before = None
    for term in lexicon.standings.find(document.text[start:end], document.folded[start:end]):
        if term.char_end <= first:
            before = term.value
        elif term.char_start >= last:
            between = document.folded[start + last : start + term.char_start]
            near = len(between) <= STANDING_REACH and " and" not in between and ";" not in between
            return before, term.value if near else None
    return before, None
