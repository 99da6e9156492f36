"""People of a document -> who took part in the meeting it is about, as whom and how.

How a person took part is read from the cues of the sentences that name the person: a cue
governs the people before it ("X chaired") or after it ("attended by X, Y and Z"), up to the
next cue; a lead-in that ends with a colon governs the list under it. Of all mentions of one
person the strongest wording counts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from sco_pipeline.codes import code_list
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.memberships import capacity_of
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
from sco_pipeline.terms import Term, TermIndex, fold

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
#: Wordings that show a person at a meeting.
_PRESENT: Final = frozenset({"attended", "chaired", "co_chaired"})
#: Wordings that hold of one person, not of a list.
_OF_ONE: Final = frozenset({"chaired", "received_delegations", "sent_message"})

#: Offices by which a body prefers to see a person who holds several, first choice first.
_BODY_ROLES: Final = {
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
}  # fmt: skip

#: Rules that name a person by the state alone, so that the office is the body's.
_BY_COUNTRY: Final = frozenset({"country_list", "country_bracket"})

#: Offices that a state has one of.
_SOLE_ROLES: Final = frozenset({"head_of_government", "head_of_state"})
_ORGANISATION_ROLES: Final = frozenset({"organisation_head", "organisation_official"})

#: Room for an article or title between a wording and the person beside it.
_ARTICLE_REACH: Final = 5
#: Room for the mark that ends an apposition between a person and the verb.
_COMMA_REACH: Final = 2
#: How far behind a person stands the verb of representing, and behind that the state.
_STATE_REACH: Final = 60
#: How far behind "met with" the delegations stand that are received.
_OBJECT_REACH: Final = 40
#: How far a verb stands from its last subject.
_VERB_REACH: Final = 400
#: A list of so many people without any wording is a list of those present.
_LIST_OF_PRESENT: Final = 3
#: Words between a standing and the person it qualifies: "came as an observer".
_STANDING_REACH: Final = 60

# Between two people who share one verb: ", ", " and his ", " of the Organization; as well as the ".
_COORDINATION = (
    r"(?: of (?:the )?[^,;.]{{1,120}}?)?(?: \([^()]{{1,40}}\))?"
    r"[\s,;)]*(?:(?:and|as well as|&)\s)?(?:also\s)?"
    r"(?:(?:the|a|an|his|her|its|their)\s)?(?:(?:{titles})(?![a-z])[.\s]*){{0,4}}$"
)
# From a subject to its verb: " said", ", also said", ", in turn, noted", " (Iran) noted"
_TO_VERB = re.compile(
    r"(?: \([^()]{1,40}\))?(?:,[^,.;]{0,60},|,)? (?:also |then |further |who |has |have )?([a-z]+)"
)
# Inverted: "...," said President Hu Jintao.
_VERB_BEFORE = re.compile(r"[,\"] ?([a-z]+) (?:the )?$")


class _Cue(NamedTuple):
    code: str
    side: str


class _Wording(NamedTuple):
    """What one form says.

    Attributes:
        cues: The cues of the form, one per side.
        acts: Whether one is of chairing or receiving.
        state: Whether one is of standing for a state.
    """

    cues: tuple[_Cue, ...]
    acts: bool
    state: bool


@dataclass(frozen=True, slots=True)
class ParticipationLexicon:
    """Wordings of taking part, and the verbs of those who speak.

    Attributes:
        cues: Wordings -> what they say and on which side the person stands.
        standings: Words for the standing of a delegation -> capacity code.
        verbs: Base forms of verbs of saying.
        irregular: Irregular past forms of verbs of saying.
        delegates: Words for those whom a host receives.
        coordination: Matches what joins two people under one verb.
    """

    cues: TermIndex[_Wording]
    standings: TermIndex[str]
    verbs: frozenset[str]
    irregular: frozenset[str]
    delegates: TermIndex[str]
    coordination: re.Pattern[str]

    @classmethod
    @cache
    def load(cls, language: str) -> ParticipationLexicon:
        """Read and compile the lexicons of ``language``.

        Raises:
            LexiconError: A lexicon is malformed.
        """
        rows = read_lexicon(
            f"{language}/participation",
            ("form", "participation", "side", "source"),
            ("form", "side"),
            {
                "side": {
                    "after",
                    "before",
                    "beside",
                    "behind",
                    "capacity",
                    "holder",
                    "jointly",
                    "leading",
                    "meeting",
                    "object",
                    "sentence",
                    "state",
                }
            },
        )
        cues: dict[str, list[_Cue]] = {}
        for row in rows:
            if row["side"] in ("capacity", "object"):
                continue
            cues.setdefault(row["form"], []).append(_Cue(row["participation"], row["side"]))
        verbs = read_lexicon(
            f"{language}/speech_verbs",
            ("lemma", "past", "participle", "gerund", "group", "source"),
            ("lemma",),
            optional=("past", "participle", "gerund", "group"),
        )
        titles = read_lexicon(f"{language}/titles", ("form", "kind", "source"), ("form",))
        spoken = [row for row in verbs if row["group"]]
        return cls(
            TermIndex((form, _wording(found)) for form, found in cues.items()),
            TermIndex(
                (row["form"], row["participation"]) for row in rows if row["side"] == "capacity"
            ),
            frozenset(row["lemma"] for row in spoken),
            frozenset(row["past"] for row in spoken if row["past"]),
            TermIndex((row["form"], row["form"]) for row in rows if row["side"] == "object"),
            re.compile(
                _COORDINATION.format(
                    titles="|".join(re.escape(fold(row["form"])) for row in titles)
                )
            ),
        )

    def is_speaking(self, word: str) -> bool:
        """Whether a word is a finite form of a verb of saying: "noted", "stresses", "told"."""
        verbs = self.verbs
        return (
            word in self.irregular
            or (word.endswith("ed") and (word[:-1] in verbs or word[:-2] in verbs))
            or (word.endswith("ied") and word[:-3] + "y" in verbs)
            or (word.endswith("s") and (word[:-1] in verbs or word[:-2] in verbs))
            or (word.endswith("ies") and word[:-3] + "y" in verbs)
        )


def _wording(cues: Sequence[_Cue]) -> _Wording:
    return _Wording(
        tuple(
            _Cue("co_chaired", "after") if cue.side == "jointly" else cue
            for cue in cues
            if cue.side != "state"
        ),
        any(cue.code in ("chaired", "received_delegations") for cue in cues),
        any(cue.side == "state" for cue in cues),
    )


class _Place(NamedTuple):
    """Where a person stands in a sentence, office and all."""

    person: int
    start: int
    end: int


def find_participants(
    document: Document,
    sentences: Sequence[Sentence],
    people: Sequence[PersonMention],
    meetings: Sequence[MeetingMention],
    countries: Sequence[CountryMention],
    organisations: Sequence[Term[str]],
    lexicon: ParticipationLexicon,
) -> tuple[list[Participant], list[Unresolved]]:
    """Find who took part in ``meetings[0]``, the meeting the document is about.

    Args:
        document: The document.
        sentences: Its sentences, in order.
        people: Its person mentions, later mentions included.
        meetings: Its meetings, the one it is about first; may be empty.
        countries: Its country mentions, in order.
        organisations: Its organisation mentions, in order.
        lexicon: Wordings of taking part.

    Returns:
        One participant per person, at the mention where name and office stand, in reading
        order; and the people whose office stayed unknown. Without a meeting everybody is
        ``mentioned``.
    """
    meeting = meetings[0] if meetings else None
    finder = _CueFinder(document, lexicon)
    wordings = (
        ["mentioned"] * len(people)
        if meeting is not None and meeting.relation == "announces"
        else _wordings(document, sentences, people, meeting, countries, finder)
    )
    organisation = meeting.organisation if meeting else _most_named(organisations)
    on = meeting.starts_on if meeting else document.published_on
    groups: dict[int, list[int]] = {}
    for index, first in enumerate(first_mentions(people)):
        groups.setdefault(first, []).append(index)
    participants: list[Participant] = []
    unresolved: list[Unresolved] = []
    own: str | None = None
    taken = {person.country for person in people if person.role in _SOLE_ROLES}
    for first, members in groups.items():
        best = first if len(members) == 1 else _telling(people, members)
        person = _complete(
            people[best], taken, meeting, finder.state_of(people[best], sentences, countries), own
        )
        if person.role in _SOLE_ROLES:
            taken.add(person.country)
        own = own or person.country
        wording = min((wordings[i] for i in members), key=_STRENGTH.index)
        if person.role is None and person.rule not in _BY_COUNTRY:
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
                _role(person, meeting),
                _capacity(document, sentences, person, organisation, on, lexicon),
                _PARTICIPATION.get(wording, wording),
                person.rule,
            )
        )
    participants.sort(key=lambda participant: participant.person.char_start)
    return participants, unresolved


def _telling(people: Sequence[PersonMention], members: Sequence[int]) -> int:
    """Of one person's mentions the one that tells most: an office, a role, a full name."""
    return max(
        members,
        key=lambda i: (
            people[i].office_span is not None,
            people[i].role is not None,
            people[i].rule != "later_mention" or i == members[0],
            len(people[i].name_as_written.split()) > 1,
            -i,
        ),
    )


def _most_named(organisations: Sequence[Term[str]]) -> str | None:
    """The organisation a text names most often, the first of those named equally often."""
    counts = Counter(term.value for term in organisations)
    return max(counts, key=counts.__getitem__, default=None)


def _complete(
    person: PersonMention,
    taken: set[str | None],
    meeting: MeetingMention | None,
    represented: str | None,
    own: str | None,
) -> PersonMention:
    """Give a person without a state or organisation what the context tells.

    It is the state whose delegation the person led; else the meeting's: "President
    Kassym-Jomart Tokayev" in a report from Astana is the host's, unless the host has another
    president there (the sole offices of the states ``taken`` are), and "the Secretary-General" is
    the organisation's own; else ``own``, the state of the person named first, whose press tells of
    the meeting; which comes before the host while the meeting is ahead.
    """
    if person.country or person.organisation:
        return person
    if represented:
        return person._replace(country=represented)
    if meeting is None:
        return person
    if person.role in _ORGANISATION_ROLES:
        return person._replace(organisation=meeting.organisation)
    host = meeting.country or meeting.chair_country
    if person.role in _SOLE_ROLES:
        if host in taken:
            host = _last_member(meeting, taken)
        if own in taken:
            own = None
    if meeting.relation == "announces":
        host, own = own, host
    return person._replace(country=host or own)


def _last_member(meeting: MeetingMention, taken: set[str | None]) -> str | None:
    """The one member state of the organisation that is not yet taken, if there is just one."""
    free = [
        country
        for country in code_list("countries")
        if country not in taken
        and capacity_of(meeting.organisation, country, meeting.starts_on) == "member_state"
    ]
    return free[0] if len(free) == 1 else None


def _role(person: PersonMention, meeting: MeetingMention | None) -> str:
    """The office closest to the body that meets; of a state listed without one, the body's own."""
    preferred = _BODY_ROLES.get(meeting.body, ()) if meeting else ()
    for role in preferred:
        if role in person.roles:
            return role
    if person.role is not None:
        return person.role
    if preferred and person.country and person.rule in _BY_COUNTRY:
        return preferred[0]
    return "other_official"


def _capacity(
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
            near = len(between) <= _STANDING_REACH and " and" not in between and ";" not in between
            return before, term.value if near else None
    return before, None


def _wordings(
    document: Document,
    sentences: Sequence[Sentence],
    people: Sequence[PersonMention],
    meeting: MeetingMention | None,
    countries: Sequence[CountryMention],
    finder: _CueFinder,
) -> list[str]:
    """What the sentence of each mention says of the person's taking part.

    Where no meeting was recognised, only what is said outright counts, neither speaking nor
    standing in a list; and only if it shows several people at one.
    """
    wordings = ["mentioned"] * len(people)
    by_sentence: dict[int, list[int]] = {}
    for index, person in enumerate(people):
        by_sentence.setdefault(person.sentence, []).append(index)
    body_role = next(iter(_BODY_ROLES.get(meeting.body, ())), None) if meeting else None
    lead: str | None = None
    lines: list[int] = []
    for ordinal, sentence in enumerate(sentences):
        members = by_sentence.get(ordinal, ())
        last = document.text[sentence.char_end - 1]
        is_line = last not in ".!?:"
        if is_line and lines and not members:
            continue
        cues = finder.cues(sentence) if members or last == ":" or finder.acts(sentence) else []
        if members:
            places = _places(people, members)
            quiet = any(cue.side == "sentence" for _, _, cue in cues)
            governed = _govern(
                document, sentence, people, places, cues, quiet, body_role, finder.lexicon
            )
            if meeting is None:
                governed = [None if wording == "spoke" else wording for wording in governed]
            elif not quiet and (
                "attended" in governed
                or sum(wording is None for wording in governed) >= _LIST_OF_PRESENT
            ):
                # "and Iran its Deputy Minister": the verb of the others is understood.
                governed = [wording or "attended" for wording in governed]
            for place, wording in zip(places, governed, strict=True):
                wordings[place.person] = wording or lead or "mentioned"
            if is_line and not lead and all(wording is None for wording in governed):
                lines.extend(place.person for place in places)
                continue
        elif cues and last != ":":
            _holder(document, sentence, people, wordings, countries, cues)
        if lines:
            if meeting is not None:
                _list_of_present(lines, wordings)
            lines = []
        if last == ":":
            wording = next(
                (cue.code for _, _, cue in reversed(cues) if cue.side in ("after", "before")), None
            )
            lead = wording or ("attended" if finder.delegates(sentence) else lead)
        elif not members or not (is_line or sentence.kind == "list_item" or last == ";"):
            lead = None
    if meeting is not None:
        _list_of_present(lines, wordings)
        return wordings
    present = {p.name for p, wording in zip(people, wordings, strict=True) if wording in _PRESENT}
    return wordings if len(present) >= _LIST_OF_PRESENT else ["mentioned"] * len(people)


def _list_of_present(lines: Sequence[int], wordings: list[str]) -> None:
    """Take the people of so many lines without any wording as present."""
    if len(lines) >= _LIST_OF_PRESENT:
        for person in lines:
            wordings[person] = "attended"


class _CueFinder:
    """The wordings of one document, found in one pass."""

    def __init__(self, document: Document, lexicon: ParticipationLexicon) -> None:
        self._document = document
        self.lexicon = lexicon
        self._terms = lexicon.cues.find(document.text, document.folded)
        self._starts = [term.char_start for term in self._terms]
        self._acts = [term.char_start for term in self._terms if term.value.acts]

    def acts(self, sentence: Sentence) -> bool:
        """Whether a sentence may say who chaired or received."""
        first = bisect_left(self._acts, sentence.char_start)
        return first < len(self._acts) and self._acts[first] < sentence.char_end

    def state_of(
        self,
        person: PersonMention,
        sentences: Sequence[Sentence],
        countries: Sequence[CountryMention],
    ) -> str | None:
        """The state for which a person without one stands: "X led Pakistan's delegation"."""
        if person.country or person.organisation:
            return None
        end = min(sentences[person.sentence].char_end, person.char_end + _STATE_REACH)
        for i in range(bisect_left(self._starts, person.char_end), len(self._terms)):
            term = self._terms[i]
            if term.char_start >= end:
                break
            if term.value.state:
                return next(
                    (
                        country.country
                        for country in countries
                        if term.char_end <= country.char_start <= term.char_end + _ARTICLE_REACH
                    ),
                    None,
                )
        return None

    def delegates(self, sentence: Sentence) -> list[int]:
        """Where a sentence names delegations, ministers or participants."""
        start, end = sentence.char_start, sentence.char_end
        document = self._document
        return [
            start + term.char_start
            for term in self.lexicon.delegates.find(
                document.text[start:end], document.folded[start:end]
            )
        ]

    def cues(self, sentence: Sentence) -> list[tuple[int, int, _Cue]]:
        """The cues of a sentence in order; receiving and heading count only with delegations."""
        first = bisect_left(self._starts, sentence.char_start)
        last = bisect_left(self._starts, sentence.char_end)
        found = [
            (term.char_start, term.char_end, cue)
            for term in self._terms[first:last]
            for cue in term.value.cues
        ]
        if not any(c.code == "received_delegations" or c.side == "leading" for _, _, c in found):
            return found
        delegates = self.delegates(sentence)
        kept: list[tuple[int, int, _Cue]] = []
        for start, end, cue in found:
            if cue.side == "meeting":
                # "met with the visiting ministers"; "The ministers met with President X"
                side = None
                if any(end <= delegate < end + _OBJECT_REACH for delegate in delegates):
                    side = "before"
                elif any(start - _OBJECT_REACH < delegate < start for delegate in delegates):
                    side = "after"
                if side:
                    kept = [entry for entry in kept if entry[0] != start]
                    kept.append((start, end, _Cue(cue.code, side)))
            elif cue.side == "leading":
                if delegates:
                    kept.append((start, end, _Cue(cue.code, "before")))
            elif delegates or cue.code != "received_delegations":
                kept.append((start, end, cue))
        return kept


def _places(people: Sequence[PersonMention], members: Sequence[int]) -> list[_Place]:
    places = []
    for index in members:
        person = people[index]
        start, end = person.char_start, person.char_end
        if person.office_span and abs(person.office_span[0] - start) < 400:
            start = min(start, person.office_span[0])
            end = max(end, person.office_span[1])
        places.append(_Place(index, start, end))
    return places


def _govern(
    document: Document,
    sentence: Sentence,
    people: Sequence[PersonMention],
    places: Sequence[_Place],
    cues: Sequence[tuple[int, int, _Cue]],
    quiet: bool,
    body_role: str | None,
    lexicon: ParticipationLexicon,
) -> list[str | None]:
    """For each person of a sentence the wording that governs it, None where none does.

    Who is quoted outside the meeting (``quiet``) need not have been there, but the holder of the
    office that meets was.
    """
    folded = document.folded
    governing = [
        (start, end, cue)
        for start, end, cue in cues
        if cue.side == "before"
        or (
            cue.side == "after"
            and not any(place.start <= start and end <= place.end for place in places)
        )
    ]
    wordings: list[str | None] = []
    for number, place in enumerate(places):
        last = next((entry for entry in reversed(governing) if entry[0] < place.start), None)
        is_first = last is None or not any(other.start > last[0] for other in places[:number])
        is_object = False
        wording = _beside(place, cues)
        if wording is None and last is not None and last[2].side == "after" and is_first:
            # "chaired by X; Y took part"; "at the invitation of President Rahmon"
            code = last[2].code
            is_object = code == "mentioned" and place.start - last[1] < _VERB_REACH
            wording = code if is_object or code in _OF_ONE else None
        if wording is None:
            wording = _before_verb(folded, places, number, governing, lexicon)
        if wording is None and last is not None:
            wording = _after_words(places[:number], last, is_first)
        if (
            wording in (None, "mentioned")
            and not is_object
            and (not quiet or (body_role and body_role in people[place.person].roles))
            and _speaks(folded, sentence, places, number, lexicon)
        ):
            wording = "spoke"
        wordings.append(wording)
    return wordings


def _beside(place: _Place, cues: Sequence[tuple[int, int, _Cue]]) -> str | None:
    """The wording that touches the person: "Xi Jinping's chairmanship", "a message of X".

    "X, President of Nigeria, was represented by Y".
    """
    for start, end, cue in cues:
        if cue.side == "beside" and (
            0 <= start - place.end <= 1 or 0 <= place.start - end <= _ARTICLE_REACH
        ):
            return cue.code
        if cue.side == "behind" and 0 <= start - place.end <= _COMMA_REACH:
            return cue.code  # "X, President of Nigeria, was represented by Y"
        if cue.side == "before" and place.start <= start < place.end:
            return cue.code  # "Yang Jiechi - Minister, Chairman of the meeting"
    return None


def _before_verb(
    folded: str,
    places: Sequence[_Place],
    number: int,
    governing: Sequence[tuple[int, int, _Cue]],
    lexicon: ParticipationLexicon,
) -> str | None:
    """The verb whose subject the person is, alone or with those named up to it."""
    place = places[number]
    verb = next((entry for entry in governing if entry[1] > place.end), None)
    if verb is None or verb[2].side != "before":
        return None
    later = [other for other in places[number + 1 :] if other.start < verb[0]]
    if later and (verb[2].code in _OF_ONE or not _coordinated(folded, place, later, lexicon)):
        return None
    reached = later[-1].end if later else place.end
    if verb[0] - reached >= _VERB_REACH:
        return None
    # "X opened the meeting and was its chairman"
    end = places[number + 1].start if number + 1 < len(places) else len(folded)
    chairs = any(
        cue.code == "chaired"
        and cue.side == "before"
        and place.end <= start < end
        and folded.endswith("and ", 0, start)
        for start, _, cue in governing
    )
    return "chaired" if chairs else verb[2].code


def _after_words(
    before: Sequence[_Place], words: tuple[int, int, _Cue], is_first: bool
) -> str | None:
    """The words behind which a person stands, alone or in a list.

    Args:
        before: The people of the sentence named before.
        words: The last wording before the person.
        is_first: Whether nobody stands between.
    """
    begins, _, cue = words
    if cue.side == "after":
        return cue.code if is_first or cue.code not in _OF_ONE else None
    # "The following took part: ..."; "Those who attended included ..."; "In a message to ..., X"
    named_before = before if cue.code == "sent_message" else [p for p in before if p.end <= begins]
    return cue.code if cue.code in ("attended", "sent_message") and not named_before else None


def _coordinated(
    folded: str, place: _Place, later: Sequence[_Place], lexicon: ParticipationLexicon
) -> bool:
    """Whether a person and those after it up to the verb are one list of subjects."""
    reached = place.end
    for other in later:
        if other.start > reached and not lexicon.coordination.match(folded[reached : other.start]):
            return False
        reached = max(reached, other.end)
    return True


def _speaks(
    folded: str,
    sentence: Sentence,
    places: Sequence[_Place],
    number: int,
    lexicon: ParticipationLexicon,
) -> bool:
    """Whether the person is the subject of a verb of saying."""
    place = places[number]
    match = _TO_VERB.match(folded, place.end, sentence.char_end)
    if match and lexicon.is_speaking(match[1]):
        return True
    before = _VERB_BEFORE.search(folded, max(sentence.char_start, place.start - 24), place.start)
    if before and lexicon.is_speaking(before[1]):
        return True
    if number + 1 < len(places) and lexicon.coordination.match(
        folded[place.end : places[number + 1].start]
    ):
        return _speaks(folded, sentence, places, number + 1, lexicon)
    return False


def _holder(
    document: Document,
    sentence: Sentence,
    people: Sequence[PersonMention],
    wordings: list[str],
    countries: Sequence[CountryMention],
    cues: Sequence[tuple[int, int, _Cue]],
) -> None:
    """Resolve an office without a name: "The Tajik President chaired the meeting".

    It is the person of that state with that office, or the only one of that state.
    """
    act = next(
        (
            entry
            for entry in cues
            if entry[2].code in ("chaired", "received_delegations")
            and entry[2].side in ("before", "after")
        ),
        None,
    )
    if act is None:
        return
    start, end = (
        (sentence.char_start, act[0]) if act[2].side == "before" else (act[1], sentence.char_end)
    )
    holders = [entry for entry in cues if entry[2].side == "holder" and start <= entry[0] < end]
    if not holders:
        return
    holder = holders[-1] if act[2].side == "before" else holders[0]
    country = next(
        (
            mention.country
            for mention in countries
            if start <= mention.char_start < end
            and abs(mention.char_start - holder[0]) < _STANDING_REACH
        ),
        None,
    )
    word = document.folded[holder[0] : holder[1]]
    of_state = [i for i, person in enumerate(people) if country and person.country == country]
    named = [i for i in of_state if word in fold(people[i].role_as_written or "")] or of_state
    if named and len({people[i].name for i in named}) == 1:
        wordings[named[0]] = act[2].code
