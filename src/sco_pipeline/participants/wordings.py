"""Which wording of a sentence says how a person named in it took part.

A cue governs the people before it ("X chaired") or after it ("attended by X, Y and Z"), up to
the next cue; a lead-in that ends with a colon governs the list under it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from sco_pipeline.model import (
    CountryMention,
    Document,
    MeetingMention,
    PersonMention,
    Sentence,
)
from sco_pipeline.participants.cues import ARTICLE_REACH, Cue, CueFinder, ParticipationLexicon
from sco_pipeline.participants.standing import BODY_ROLES, STANDING_REACH
from sco_pipeline.terms import fold

#: Wordings that show a person at a meeting.
_PRESENT: Final = frozenset({"attended", "chaired", "co_chaired"})
#: Wordings that hold of one person, not of a list.
_OF_ONE: Final = frozenset({"chaired", "received_delegations", "sent_message"})

#: Room for the mark that ends an apposition between a person and the verb.
_COMMA_REACH: Final = 2
#: Room between "took part" and the meeting: " in the ".
_MEETING_REACH: Final = 9
#: How far a verb stands from its last subject.
_VERB_REACH: Final = 400
#: A list of so many people without any wording is a list of those present.
_LIST_OF_PRESENT: Final = 3
#: An item of a list up to so long is a line of it even with a point: "Zhao S. Sh.", "Xyz ....".
_SHORT_LINE: Final = 60
# From a subject to its verb: " said", ", also said", ", in turn, noted", " (Iran) noted",
# " on Friday urged"
_TO_VERB = re.compile(
    r"(?: \([^()]{1,40}\))?(?:,[^,.;]{0,60},|,)? "
    r"(?:also |then |further |who |has |have |on [a-z]+ )?([a-z]+)"
)
# Inverted: "...," said President Hu Jintao.
_VERB_BEFORE = re.compile(r"[,\"] ?([a-z]+) (?:the )?$")


class _Place(NamedTuple):
    """Where a person stands in a sentence, office and all."""

    person: int
    start: int
    end: int


def find_wordings(
    document: Document,
    sentences: Sequence[Sentence],
    people: Sequence[PersonMention],
    meetings: Sequence[MeetingMention],
    countries: Sequence[CountryMention],
    finder: CueFinder,
) -> list[str]:
    """What the sentence of each mention says of the person's taking part in ``meetings[0]``.

    Where no meeting was recognised, only what is said outright counts, neither speaking nor
    standing in a list; and only if it shows several people at one.
    """
    wordings = ["mentioned"] * len(people)
    meeting = meetings[0] if meetings else None
    others: dict[int, list[MeetingMention]] = {}
    for other in meetings[1:]:
        others.setdefault(other.sentence, []).append(other)
    by_sentence: dict[int, list[int]] = {}
    for index, person in enumerate(people):
        by_sentence.setdefault(person.sentence, []).append(index)
    body_role = next(iter(BODY_ROLES.get(meeting.body, ())), None) if meeting else None
    if body_role == "other_minister":
        body_role = None  # of any ministry
    lead: str | None = None
    lines: list[int] = []
    for ordinal, sentence in enumerate(sentences):
        members = by_sentence.get(ordinal, ())
        last = document.text[sentence.char_end - 1]
        is_line = last not in ".!?:" or (
            sentence.kind == "list_item"
            and sentence.char_end - sentence.char_start <= _SHORT_LINE
            and last != ":"
        )
        if is_line and lines and not members:
            continue
        cues = finder.cues(sentence) if members or last == ":" or finder.acts(sentence) else []
        if ordinal in others:
            cues = _of_others(cues, others[ordinal])
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
            if is_line and not lead and (lines or set(governed) <= {None, "mentioned"}):
                # "India: X (chair), Minister"; "India: X, Deputy Minister, on behalf of Y"
                lines += [
                    place.person
                    for place, wording in zip(places, governed, strict=True)
                    if wording != "mentioned"
                ]
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
        if meeting.body == "bilateral":
            for index, person in enumerate(people):
                if meeting.char_start <= person.char_start < meeting.char_end:
                    wordings[index] = "attended"
        return wordings
    present = {p.name for p, wording in zip(people, wordings, strict=True) if wording in _PRESENT}
    return wordings if len(present) >= _LIST_OF_PRESENT else ["mentioned"] * len(people)


def _of_others(
    cues: Sequence[tuple[int, int, Cue]], others: Sequence[MeetingMention]
) -> list[tuple[int, int, Cue]]:
    """The cues of a sentence, those of other meetings showing nobody at the one in question.

    "X attended the meeting of foreign ministers in May"; "the next summit was attended by X".
    """
    return [
        (start, end, Cue("mentioned", cue.side))
        if any(
            0 <= other.char_start - end <= _MEETING_REACH
            or (cue.side == "after" and 0 <= start - other.char_end <= STANDING_REACH)
            for other in others
        )
        else (start, end, cue)
        for start, end, cue in cues
    ]


def _list_of_present(lines: Sequence[int], wordings: list[str]) -> None:
    """Take the people of so many lines as present where no wording says more."""
    if len(lines) >= _LIST_OF_PRESENT:
        for person in lines:
            if wordings[person] == "mentioned":
                wordings[person] = "attended"


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
    cues: Sequence[tuple[int, int, Cue]],
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


def _beside(place: _Place, cues: Sequence[tuple[int, int, Cue]]) -> str | None:
    """The wording that touches the person: "Xi Jinping's chairmanship", "a message of X".

    "X, President of Nigeria, was represented by Y".
    """
    for start, end, cue in cues:
        if cue.side == "beside" and (
            0 <= start - place.end <= 1 or 0 <= place.start - end <= ARTICLE_REACH
        ):
            return cue.code
        if cue.side == "substitute" and 0 <= place.start - end <= ARTICLE_REACH:
            return cue.code  # "Y, deputizing for President X"
        if cue.side == "behind" and 0 <= start - place.end <= _COMMA_REACH:
            return cue.code  # "X, President of Nigeria, was represented by Y"
        if cue.side in ("before", "behind") and place.start <= start < place.end:
            return cue.code  # "Yang Jiechi (chair) - Minister, Chairman of the meeting"
    return None


def _before_verb(
    folded: str,
    places: Sequence[_Place],
    number: int,
    governing: Sequence[tuple[int, int, Cue]],
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
    before: Sequence[_Place], words: tuple[int, int, Cue], is_first: bool
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
    cues: Sequence[tuple[int, int, Cue]],
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
            and abs(mention.char_start - holder[0]) < STANDING_REACH
        ),
        None,
    )
    word = document.folded[holder[0] : holder[1]]
    of_state = [i for i, person in enumerate(people) if country and person.country == country]
    named = [i for i in of_state if word in fold(people[i].role_as_written or "")] or of_state
    if named and len({people[i].name for i in named}) == 1:
        wordings[named[0]] = act[2].code
