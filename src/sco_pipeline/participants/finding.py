"""All mentions of a person -> one participant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sco_pipeline.mentions.cities import City
from sco_pipeline.mentions.people import first_mentions
from sco_pipeline.model import (
    CountryMention,
    Document,
    MeetingMention,
    Participant,
    PersonMention,
    Sentence,
    Unresolved,
)
from sco_pipeline.participants.cues import CueFinder, ParticipationLexicon
from sco_pipeline.participants.standing import (
    BODY_ROLES,
    BY_COUNTRY,
    Context,
    capacity,
    dateline_country,
    role_at,
)
from sco_pipeline.participants.unknown import find_unknown_states
from sco_pipeline.participants.wordings import find_wordings
from sco_pipeline.terms import Term

#: Strength of the wordings of taking part, strongest first. Whoever speaks at a meeting
#: attends it, but a host who receives the delegations speaks without attending.
_STRENGTH: Final = (
    "chaired",
    "co_chaired",
    "attended",
    "received_delegations",
    "sent_message",
    "spoke",
    "mentioned",
)

#: Wordings that the code list does not tell apart.
_PARTICIPATION: Final = {"co_chaired": "chaired", "spoke": "attended"}


def find_participants(
    document: Document,
    sentences: Sequence[Sentence],
    people: Sequence[PersonMention],
    meetings: Sequence[MeetingMention],
    countries: Sequence[CountryMention],
    cities: Sequence[Term[City]],
    organisations: Sequence[Term[str]],
    publisher_country: str | None,
    lexicon: ParticipationLexicon,
) -> tuple[list[Participant], list[Unresolved]]:
    """Find who took part in ``meetings[0]``, the meeting the document is about.

    Args:
        document: The document.
        sentences: Its sentences, in order.
        people: Its person mentions, later mentions included.
        meetings: Its meetings, the one it is about first; may be empty.
        countries: Its country mentions, in order.
        cities: Its city mentions, in order; one that opens it with a date is its dateline.
        organisations: Its organisation mentions, in order.
        publisher_country: The state whose authority publishes it, if it is one.
        lexicon: Wordings of taking part.

    Returns:
        One participant per person, at the mention where name and office stand, in reading
        order; and the people whose office stayed unknown, and unknown states in a list of those
        present. Without a meeting everybody is
        ``mentioned``.
    """
    meeting = meetings[0] if meetings else None
    finder = CueFinder(document, lexicon)
    wordings = (
        ["mentioned"] * len(people)
        if meeting is not None and meeting.relation == "announces"
        else find_wordings(document, sentences, people, meetings, countries, finder)
    )
    organisation = meeting.organisation if meeting else _most_named(organisations)
    on = meeting.starts_on if meeting else document.published_on
    preferred = BODY_ROLES.get(meeting.body, ()) if meeting else ()
    groups: dict[int, list[int]] = {}
    for index, first in enumerate(first_mentions(people)):
        groups.setdefault(first, []).append(index)
    home = publisher_country or dateline_country(document, cities)
    context = Context(sentences, people, meeting, home)
    participants: list[Participant] = []
    unresolved = (
        find_unknown_states(document, sentences, countries, organisations, people, finder)
        if meeting
        else []
    )
    for first, members in groups.items():
        best = first if len(members) == 1 else _telling(people, members, preferred)
        wording = min((wordings[i] for i in members), key=_STRENGTH.index)
        person = people[best]
        if not (person.country or person.organisation or person.unknown_state):
            represented = finder.state_of(person, sentences, countries)
            if represented is None:
                represented = context.named_before(person, countries, wording)
            person = context.complete(person, represented, wording)
        if not participants:
            context.start_with(person.country)
        if person.role is None and person.rule not in BY_COUNTRY:
            unresolved.append(
                Unresolved(
                    person.sentence, person.char_start, person.char_end, "person",
                    "person without a known office", "participant_without_office",
                )
            )  # fmt: skip
        participants.append(
            Participant(
                person,
                0 if meeting else None,
                role_at(person, meeting),
                capacity(document, sentences, person, organisation, on, lexicon),
                _PARTICIPATION.get(wording, wording),
                person.rule,
            )
        )
    participants.sort(key=lambda participant: participant.person.char_start)
    return participants, unresolved


def _telling(
    people: Sequence[PersonMention], members: Sequence[int], preferred: Sequence[str]
) -> int:
    """Of one person's mentions the one that tells most: the office that meets, a full name."""
    return max(
        members,
        key=lambda i: (
            people[i].office_span is not None,
            any(role in preferred for role in people[i].roles),
            people[i].role is not None,
            len(people[i].name_as_written.split()) > 1,
            people[i].rule != "later_mention" or i == members[0],
            -i,
        ),
    )


def _most_named(organisations: Sequence[Term[str]]) -> str | None:
    """The organisation a text names most often, the first of those named equally often."""
    counts = Counter(term.value for term in organisations)
    return max(counts, key=counts.__getitem__, default=None)
