"""The words that name a meeting, and what their clause says of when, where and how it is held."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from sco_pipeline.mentions.meetings.lines import Line, Place
from sco_pipeline.mentions.meetings.words import NOW, Word
from sco_pipeline.model import DateMention

DAY = timedelta(days=1)
#: Tags of verbs: met, held, opened, closed, will, hosted, will host.
_VERBS = "vhgzfsx"
#: Tags of verbs that say a meeting is or was held.
_HELD = frozenset("vhgzs")

_ORGS = r"(?:[obi]?t?[OKR]){0,4}"
#: "foreign ministers, defence ministers and secretaries of security councils"
_BODIES = r"[BS](?:(?:,t?B){0,2},?&t?B)?"
# "of the SCO Heads of State Council", "for the Council of RATS", "of the Council"
_OF_BODY = (
    rf"(?:[obd&]t?A?(?:[OK]o?t?){{0,3}}"
    rf"(?:(?:Uo?t?)?(?:[OK]o?t?){{0,3}}{_BODIES}U?|R?U|R){_ORGS})"
)
# "[attended the] meetings of the national security advisers"
_ATTENDED = r"(?:(?<=q)|(?<=qt))"
# Ninth meeting of the SCO ministers of trade; 15th SCO Foreign Ministers' meeting; Beijing
# Summit; its thirteenth sitting; meeting of ministers of the SCO states
_EVENT = (
    rf"(?P<event>[tI#AFOKRmC]{{0,9}}(?:(?:Uo?t?)?(?!S){_BODIES}U?{_ORGS}|RUt?)?"
    rf"[tA#FOKmI]{{0,5}}(?:[ES]|{_ATTENDED}e)(?:{_ORGS}{_OF_BODY}|oH{_ORGS}|{_ORGS}))"
)
# the SCO Defense Ministers Council; Council of Foreign Ministers of the SCO; RATS SCO Council
_BODY = (
    rf"(?P<body>(?<!e)(?<!eo)(?<!eot)#?(?:[OK]o?t?){{0,3}}"
    rf"(?:(?:Uo?t?)?(?:[OK]o?t?){{0,3}}(?!S){_BODIES}U?|Uo?t?R|R[OR]?U){_ORGS})"
)
# No other tag begins a phrase.
_PHRASE = re.compile(rf"(?=[tI#AFOKRmCUBSE])(?:{_EVENT}|{_BODY})")
_TIME_OR_PLACE = re.compile("[DCcLN]")
# Minister X met with Secretary-General Y; consultations between India and Mongolia
_BILATERAL = re.compile(r"P[^;PYv]{0,6}[Yv][^;PYvD]{0,18}P|Yt?N&t?N")
# Foreign Minister X on Friday [urged]
_SPOKE_ON = re.compile(r"P(?:ot?N)?n?Dw")
# Meeting with President of the Kyrgyz Republic X
_MEETING_WITH = re.compile(r"[EY]w[^;PYDvhgzBS]{0,10}P")

#: What makes a meeting of a body that stands without a word for it:
_MEETING_BEHIND = (
    # "[the Council], which met"; "[the heads of state] of A, B and C, meeting in"
    re.compile(r"[OKNDCtoin,&()-]{0,60}(?:w[OKNDCtoin,&()-]{0,20}){0,2}[vhgzfx]"),
    # "[the heads of state] reached in Tashkent on June 17"; "[heads of state] (Ufa, July 9-10)"
    re.compile(r"w{0,2}\(?(?:i?C[,nio]*D|[ni]?D[,ni]*C)"),
    # "[the foreign ministers] (of the BRICS countries) on Thursday called for"
    re.compile(r"(?:ot?[OKN][OKN,&-]{0,12}w?)?n?D"),
)
# "[the foreign ministers] on Thursday [called for]"
_ACTED = re.compile(rf"{_MEETING_BEHIND[2].pattern}w")
# "attended [the Council of Foreign Ministers]"
_MEETING_BEFORE = re.compile(r"qt?$")
# "[a meeting of the Council] and an informal [meeting of the heads of state] will be held"
_AND = re.compile(r",?&?t?")
# "for the tenth time"
_NTH_TIME = re.compile(r"dt#T")
# "on Tuesday and Wednesday", "from Tuesday to Wednesday"
_NEXT_DATE = re.compile(r"[&ow-]D")
# "[held in Tashkent], according to the Secretariat here on [Monday]"
_OF_SAYING = re.compile(r",[^vhgzfsx,]*w[^vhgzfsx,]*$")
# "today, on June 15"
_EXACT_DATE = re.compile(r"[,(n]{1,2}D")
# "[will travel to Tashkent] for the 16th Summit of"
_TRAVELS_FOR = re.compile(r"dt?")
# ", and [the Eleventh Summit] by the Kyrgyz Republic", after one "to be hosted by Azerbaijan"
_BY_NEXT_HOST = re.compile(r"bt?N")
# "Astana, the Republic of Kazakhstan"; "Bishkek, the capital of the Kyrgyz Republic"
_COUNTRY_BEHIND = re.compile(r"[,(]t?(?:Lot?)?N")
# "the Russian city of [Chelyabinsk]"; "the Kazakh capital [Astana]"
_COUNTRY_BEFORE = re.compile(r"N(?:yo(?:w,)?|Lo?)$")
# "the capital of Kazakhstan"
_OF_COUNTRY = re.compile(r"ot?N")
# "under the chairmanship of the Russian Federation", but not "of Russian President X"
_UNDER_COUNTRY = re.compile(r"ut?w{0,2}N(?!w{0,3}P)")
# "[the meeting], hosted by India", "hosted by the chair of BRICS, Russia"
_HOSTED_BY = re.compile(r",?sb(?:tA?[wJ]oO,?)?t?N(?!w{0,3}P)")
# "[Tashkent] hosted"; "[India] will host"; "[Tashkent] was named as the venue of"
_HOSTS = re.compile(r"[wft]{0,4}[sx]")
# "in the [Kyrgyz Republic]"; "hosted by [India]"
_IN_COUNTRY = re.compile(r"(?:i|[sx]b?)t?$")
# "told reporters on Tuesday that [the summit]"
_SAID_ON = re.compile(r"w[n,]?Dt")
# "proposed to convene [a summit]", "the initiative of Uzbekistan to hold in 2020 [a meeting]"
_PROPOSED = re.compile(r"V(?:x|[^;:VvfxBES]{0,5}[vf])[^;:vfxBES]{0,6}$")
# "proposed [that the next meeting be held]"
_PROPOSED_THAT = re.compile(r"V[tI]")
# "foreign ministers, defence ministers and secretaries of security councils"
_JOINED = re.compile(r"[BS](?:,t?B){0,2},?&t?B")
# "[the summit], which was to be held on July 21, has been postponed", but not "to 10 July"
_CALLED_OFF = re.compile(r"[^vhgzq;]{0,25}X[^fD]*$")
# "[meeting] of the Council of Xyz Keepers of the SCO"
_UNKNOWN_BODY = re.compile(r"ot?(?:Uot?)?w[wo&t]{0,8}[OR]")
_CAPITAL = re.compile(r"\b[A-Z]")
# "the SCO Xyz and Xyz [forum]"
_UNKNOWN_BODY_BEFORE = re.compile(r"[OR][w&]{1,5}$")
_CAPITALS = re.compile(r"(?:(?: [A-Z][^\s,;:.]{0,30}){1,4}(?: and)?){1,2} ")
_NAMES = frozenset({"name", "long_name"})


@dataclass(slots=True)
class Phrase:
    """Words that name a meeting, with what their clause says of it.

    Attributes:
        first, last: The words, as tokens of ``line``; ``low`` and ``high`` bound the clause.
        weight: How much the place in the document speaks for this being its subject.
        rule: ``event`` (a word for a meeting with its body), ``body_event`` (a body that
            held one), ``body`` (a body that met), ``bare_event`` (no body), ``bilateral``.
        city_country: Country ``city`` lies in; ``country`` is the one the words name.
        days: 2 for "two-day". ``edge``: tag of a verb of opening or closing, else empty.
        others: Further bodies that hold it jointly.
        unknown: Span of the phrase with the name of a body that is in no lexicon.
        is_open: Whether it is one of ministers of any portfolio: "ministerial meeting".
        is_coming, is_held, is_recalled, is_now: What the words around say; all False if nothing.
    """

    line: Line
    first: int
    last: int
    rule: str
    weight: float
    low: int = 0
    high: int = 0
    body: str | None = None
    others: tuple[str, ...] = ()
    unknown: tuple[int, int] | None = None
    organisation: str | None = None
    ordinal: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    precision: str | None = None
    city: str | None = None
    city_country: str | None = None
    country: str | None = None
    chair_country: str | None = None
    format: str | None = None
    days: int = 0
    edge: str = ""
    is_open: bool = False
    is_coming: bool = False
    is_recalled: bool = False
    is_held: bool = False
    is_now: bool = False

    @property
    def tags(self) -> str:
        """Tags of the words that name the meeting."""
        return self.line.tags[self.first : self.last]

    @property
    def is_titled(self) -> bool:
        """Whether a title or heading names the meeting."""
        return self.line.sentence.kind in ("title", "heading")

    @property
    def is_placed(self) -> bool:
        """Whether time, place or format of the meeting is said."""
        return any(v is not None for v in (self.starts_on, self.city, self.country, self.format))

    @property
    def score(self) -> float:
        """How much speaks for this being the meeting that the document is about."""
        known = sum(value is not None for value in (self.ordinal, self.starts_on, self.city))
        return self.weight * (1 + self.is_held + 0.3 * known) * (0.3 if self.is_recalled else 1)


def read_phrases(
    line: Line, weight: float, home: Place | None, capitals: Mapping[str, str]
) -> list[Phrase]:
    """Read the meeting phrases of a line.

    Args:
        line: A tagged sentence.
        weight: How much its place speaks for its meetings being the document's subject.
        home: City of the dateline, for "here".
        capitals: Country -> city.
    """
    phrases = _find_phrases(line, weight)
    taken = 0
    for phrase in phrases:
        # What says when and where of one meeting does not say it of the next.
        phrase.low = max(phrase.low, taken)
        _read_name(phrase)
        _read_tense(phrase)
        around = _surroundings(phrase)
        taken = 1 + max(
            _read_time(phrase, around),
            _read_place(phrase, around, home, capitals),
            _read_format(phrase),
        )
        _read_chair(phrase)
    return [p for p in phrases if not (_is_proposed(p) or _is_called_off(p) or _is_other_summit(p))]


def read_speakers_day(line: Line) -> DateMention | None:
    """Read when an official of the first lines spoke: "Foreign Minister X on Friday urged"."""
    match = _SPOKE_ON.search(line.tags)
    if match is None or line.tokens[match.start()].value.role in (None, "other_official"):
        return None
    day: DateMention = line.tokens[match.end() - 2].value
    return day if day.precision == "day" else None


def read_bilateral(
    line: Line, folded: str, weight: float, home: Place | None, capitals: Mapping[str, str]
) -> Phrase | None:
    """Read "Minister X met with Secretary-General Y" as a meeting of two sides, or None.

    In a title, "Meeting with President of Mongolia X" will do. ``folded`` is the document's text.
    """
    match = _BILATERAL.search(line.tags)
    if match is None and line.sentence.kind == "title":
        match = _MEETING_WITH.search(line.tags)
        if match and not folded.startswith(" with ", line.tokens[match.start()].char_end):
            match = None
    if match is None:
        return None
    phrase = Phrase(line, match.start(), match.end(), "bilateral", weight, high=len(line.tags))
    phrase.body = "bilateral"
    sides = [token.value for token in line.tokens[phrase.first : phrase.last] if token.tag == "P"]
    phrase.organisation = next((p.organisation for p in sides if p.organisation), None)
    around = _surroundings(phrase)
    _read_time(phrase, around)
    _read_place(phrase, around, home, capitals)
    _read_format(phrase)
    return phrase


def _find_phrases(line: Line, weight: float) -> list[Phrase]:
    """Return the meeting phrases of a line with their clauses, nothing read from them yet."""
    tags = line.tags
    found: list[Phrase] = []
    for match in _PHRASE.finditer(tags):
        phrase = Phrase(line, *match.span(), "body", weight)
        if match["event"] is None:
            if (
                phrase.is_titled
                or match[0][0] == "#"
                or _MEETING_BEFORE.search(tags, 0, phrase.first)
                or any(pattern.match(tags, phrase.last) for pattern in _MEETING_BEHIND)
            ):
                found.append(phrase)
            continue
        phrase.rule = "event" if any(tag in "BSR" for tag in match[0]) else "bare_event"
        previous = found[-1] if found else None
        if previous and previous.rule == "body" and phrase.rule == "bare_event":
            between = tags[previous.last : phrase.first]
            # "held its thirteenth sitting"; "the heads of state of ..., meeting in Bishkek"
            if any(tag in "vhfx" for tag in between) or (
                between.endswith(",") and tags.startswith("i", phrase.last)
            ):
                previous.last, previous.rule = phrase.last, "body_event"
                continue
        found.append(phrase)
    for index, phrase in enumerate(found):
        phrase.low = found[index - 1].last if index else 0
        phrase.high = found[index + 1].first if index + 1 < len(found) else len(tags)
    for phrase, following in reversed(list(pairwise(found))):
        if _AND.fullmatch(tags, phrase.last, following.first) or (
            tags[following.first - 1] == "M" and "D" in tags[phrase.last : following.first]
        ):
            phrase.high = following.high  # "met on 21 September on the margins of the session in"
    return found


def _surroundings(phrase: Phrase) -> list[int]:
    """Return the dates and places that can be the meeting's: those inside, after, before it."""
    tags, first, last = phrase.line.tags, phrase.first, phrase.last
    if not _TIME_OR_PLACE.search(tags):
        return []
    found = list(range(first, last))
    words_left = 4
    for index in range(last, phrase.high):
        tag = tags[index]
        if tag in _VERBS:
            words_left = max(words_left, 6)
        elif tag in "wP":
            words_left -= 1
        if tag in ";:" or words_left < 0:
            break
        found.append(index)
    words_left = 8
    for index in range(first - 1, phrase.low - 1, -1):
        tag = tags[index]
        if tag in "wP":
            words_left -= 1
        if tag == ";" or words_left < 0:
            break
        found.append(index)
    if not phrase.low:
        found += range(min(3, first))  # "On 12 April 2012, the Minister, who ..."
    return [index for index in found if tags[index] in "DCcLN"]


def _first_verb(phrase: Phrase) -> str:
    """Return the tag of the first verb of holding behind the words, or an empty string."""
    words_left = 8
    for tag in phrase.line.tags[phrase.last : phrase.high]:
        words_left -= tag == "w"
        if tag == ";" or words_left < 0:
            return ""
        if tag in _VERBS:
            return tag
    return ""


def _read_name(phrase: Phrase) -> None:
    """Read body, organisation and ordinal from the words themselves."""
    tokens = phrase.line.tokens[phrase.first : phrase.last]
    words = [token.value for token in tokens if token.tag == "B" and not token.value.weak]
    words += [token.value for token in tokens if token.tag in "BS"]
    organisation = next((token.value for token in tokens if token.tag in "OR"), None)
    if words:
        organisation = words[0].organisation or organisation
    is_meeting = (
        "event" in phrase.rule
        or _first_verb(phrase) != ""
        # "BRICS leaders discuss"
        or (phrase.is_titled and phrase.line.tags.startswith("w", phrase.last))
    )
    if words and (not words[0].weak or (organisation and is_meeting)):
        phrase.body = words[0].code
        phrase.is_open = words[0].open
        joined = _JOINED.search(phrase.tags)
        if joined:
            codes = (
                token.value.code for token in tokens[slice(*joined.span())] if token.tag == "B"
            )
            phrase.others = tuple(code for code in dict.fromkeys(codes) if code != phrase.body)
    elif not words and "R" in phrase.tags and ("U" in phrase.tags or "#E" in phrase.tags):
        phrase.body = "rats_council"  # "session of the RATS Council", "28th session of RATS"
    phrase.organisation = "SCO" if organisation == "SCO_RATS" else organisation
    if phrase.body == "rats_council" and phrase.organisation not in (None, "SCO"):
        phrase.body = "other"  # the CIS has a council of the same heads
    phrase.ordinal = next((token.value.value for token in tokens if token.tag == "#"), None)
    tags = phrase.line.tags
    if phrase.ordinal == 1 and "r" in tags[phrase.last : phrase.last + 3]:
        phrase.ordinal = None  # "the first meeting of the ministers since the pandemic"
    nth = _NTH_TIME.search(tags, phrase.last, phrase.high)
    if phrase.ordinal is None and nth and phrase.rule != "bare_event":
        phrase.ordinal = phrase.line.tokens[nth.start() + 2].value.value


def read_unknown_body(phrase: Phrase, text: str) -> None:
    """Read the organisation behind the name of a body that is in no lexicon.

    Args:
        phrase: Words for a meeting without a body that is known.
        text: The document's text.
    """
    tags, tokens = phrase.line.tags, phrase.line.tokens
    words = tokens[phrase.first : phrase.last]
    start = next(token.char_start for token in words if token.char_start >= 0)
    end = words[-1].char_end
    if match := _UNKNOWN_BODY.match(tags, phrase.last, phrase.high):
        named = tokens[match.end() - 1]
        if _CAPITAL.search(text, end, named.char_start):
            phrase.organisation = named.value
            phrase.unknown = start, named.char_end
    elif match := _UNKNOWN_BODY_BEFORE.search(tags, phrase.low, phrase.first):
        named = tokens[match.start()]
        if _CAPITALS.fullmatch(text, named.char_end, start):
            phrase.organisation = named.value
            phrase.unknown = named.char_start, end


def _is_proposed(phrase: Phrase) -> bool:
    """Tell whether the meeting is only proposed, and may never be held."""
    tags = phrase.line.tags
    return bool(
        _PROPOSED.search(tags, phrase.low, phrase.first)
        or (phrase.first and _PROPOSED_THAT.match(tags, phrase.first - 1))
    )


def _is_called_off(phrase: Phrase) -> bool:
    return bool(_CALLED_OFF.match(phrase.line.tags[phrase.last : phrase.high]))


def _is_other_summit(phrase: Phrase) -> bool:
    """Tell whether a word that is in no lexicon says which summit: "the climate summit"."""
    return (
        phrase.tags == "S"
        and phrase.organisation is None
        and not phrase.is_titled
        and phrase.line.tags[: phrase.first].endswith("w")
    )


def _read_tense(phrase: Phrase) -> None:
    """Tell from the words around whether the meeting is to come, held, or looked back at."""
    tags = phrase.line.tags
    before = tags[max(phrase.low, phrase.first - 7) : phrase.first]
    behind = _first_verb(phrase)
    verb = next((tag for tag in phrase.tags if tag in "vhfx"), behind)
    phrase.is_coming = (
        verb in ("f", "x")
        or ("F" in phrase.tags and behind not in ("h", "g", "z"))  # "the next meeting was held"
        or (behind not in ("v", "h", "g", "z") and any(tag in "pfx" for tag in before[-4:]))
        or (behind == "g" and "p" in before[-2:])  # "preparations for the summit under way"
        or (
            behind == ""
            and "fx" in tags[: phrase.first]
            and _BY_NEXT_HOST.match(tags, phrase.last) is not None
        )
    )
    acted = phrase.rule == "body" and _ACTED.match(tags, phrase.last) is not None
    if acted:
        phrase.is_coming = False
    phrase.is_held = not phrase.is_coming and (
        acted or verb in _HELD or any(tag in "qjksM" for tag in before)
    )
    phrase.is_recalled = not phrase.is_titled and "r" in before[-3:]
    near = phrase.line.tokens[max(phrase.low, phrase.first - 3) : min(phrase.high, phrase.last + 4)]
    phrase.is_now = any(isinstance(t.value, Word) and t.value.code == NOW for t in near)


def _read_time(phrase: Phrase, around: Sequence[int]) -> int:
    """Read the date in the clause, and whether it is the day of opening or closing.

    Returns:
        Index of the date's token, -1 where there is none.
    """
    tags, tokens = phrase.line.tags, phrase.line.tokens
    days = (t.value.value for t in tokens[phrase.first : phrase.last] if t.tag == "A")
    phrase.days = next((number for number in days if number), 0)
    behind = next((tag for tag in tags[phrase.last : phrase.high] if tag in _VERBS), "")
    if phrase.first and tags[phrase.first - 1] in "gz":
        behind = tags[phrase.first - 1]  # "today opened [the two-day meeting]"
    phrase.edge = behind if behind in ("g", "z") else ""
    for index in around:
        if tags[index] != "D" or not _is_its_date(phrase, index):
            continue
        exact = _EXACT_DATE.match(tags, index + 1) if tokens[index].value.inferred else None
        if exact:
            index = exact.end() - 1
        mention: DateMention = tokens[index].value
        phrase.starts_on, phrase.ends_on = mention.starts_on, mention.ends_on
        phrase.precision = mention.precision
        if tags[index - 1 : index] == "o" and phrase.days:
            phrase.edge = "g"  # "two-day meeting from Tuesday"
        if mention.precision == "year":
            phrase.starts_on = mention.starts_on.replace(month=1, day=1)
        elif mention.precision == "day" and _NEXT_DATE.match(tags, index + 1):
            last: DateMention = tokens[index + 2].value
            if last.precision == "day" and DAY <= last.starts_on - mention.starts_on <= 4 * DAY:
                phrase.ends_on = last.ends_on
        return index
    return -1


def _is_its_date(phrase: Phrase, index: int) -> bool:
    """Tell whether a date near the words is the meeting's."""
    tags = phrase.line.tags
    mention: DateMention = phrase.line.tokens[index].value
    if tags.startswith("w:w", index + 1):
        return False  # "15.09.2020 12:29" is when it was published
    if index + 1 == phrase.high < len(tags) and tags[index - 1] == "t":
        return False  # "[the meeting] recalled the October 2016 session"
    if index > phrase.last and _OF_SAYING.search(tags, phrase.last, index):
        return False
    if tags[index - 1] == "r" and index:
        return False  # "since 2004"
    if index < phrase.first and mention.inferred and _SAID_ON.match(tags, max(0, index - 2)):
        return False
    if phrase.first - 1 <= index <= phrase.last or (
        tags.startswith("-", index + 1) and index + 2 == phrase.first
    ):
        return True  # "the October summit", "summit on 9 June", "9 June - summit"
    if mention.precision == "year":
        # "will be held in 2005", but not "approved the budget for 2005"
        between = re.split(f"[{_VERBS}]", tags[phrase.last : index])[-1]
        return (
            index > phrase.last
            and "w" not in between
            and (
                not between.endswith("d")
                or tags.startswith("fd", index - 2)  # "scheduled for 2020"
            )
        )
    before = tags[index - 1] if index else "^"
    if before == "w":  # "have today signed", but not "was released Wednesday"
        return mention.inferred and tags[index + 1 : index + 2] in ("w", "v", "h")
    if before == "P":  # "Minister X today chaired"
        return mention.inferred and tags[index + 1] in "jqvhsg"
    return before in "^nio(,tCNchvgzfxd-&bmeyAL"


def _read_place(
    phrase: Phrase, around: Sequence[int], home: Place | None, capitals: Mapping[str, str]
) -> int:
    """Read city and country; the country only where it is named with the meeting.

    Returns:
        Index of the place's last token, -1 where there is none.
    """
    line = phrase.line
    at = -1
    for index in around:
        place = _venue(phrase, index, home, capitals)
        if place:
            phrase.city, phrase.city_country = place
            is_capital = line.tags[index] == "L"  # "in the Armenian capital"
            phrase.country = phrase.city_country if is_capital else country_beside(line, index)
            at = index
            break
    if phrase.country is None:
        for index in around:
            if line.tags[index] == "N" and _is_host(phrase, index):
                country: str = line.tokens[index].value.country
                if phrase.city_country in (None, country):
                    phrase.country = country
                return max(at, index)
    return at


def _venue(
    phrase: Phrase, index: int, home: Place | None, capitals: Mapping[str, str]
) -> tuple[str, str] | None:
    """Return city and its country where a token names the place of the meeting."""
    line = phrase.line
    tag, before = line.tags[index], line.tags[max(0, index - 3) : index]
    if tag == "C" and _is_venue(phrase, index):
        city: Place = line.tokens[index].value
        return city.name, city.country
    if tag == "c" and home and before[-1:] in tuple("hgzvDESB"):
        return home.name, home.country
    if tag == "L" and not line.tags.startswith("oC", index + 1):
        of = _OF_COUNTRY.match(line.tags, index + 1)
        if not (before.endswith("N") or of):
            return None
        country = line.tokens[of.end() - 1 if of else index - 1].value.country
        return (capitals[country], country) if country in capitals else None
    return None


def _is_venue(phrase: Phrase, index: int) -> bool:
    """Tell whether a city near the words is where the meeting is held."""
    tags = phrase.line.tags
    before = tags[max(0, index - 2) : index]
    if phrase.first <= index < phrase.last and tags[index + 1] in "SEA#OB":
        return True  # "Beijing Summit"
    if _HOSTS.match(tags, index + 1):
        return True  # "Tashkent hosted"
    if (
        phrase.ordinal
        and not phrase.is_titled
        and before[-1:] == "w"
        and _TRAVELS_FOR.fullmatch(tags, index + 1, phrase.first)
    ):
        return True
    if not before:
        return phrase.is_titled and tags.startswith(":", index + 1)  # "Tashkent: Council meets"
    return (
        before[-1] in "i(L"  # "in Tashkent", "the Kazakh capital Astana"
        or before in ("yo", "Lo")  # "the city of Bishkek", "the Kazakh capital of Astana"
        or tags[max(0, index - 4) : index] == "yow,"  # "the resort of Benaulim, Goa"
        or before in ("D,", "N,", "nD", "iN")
    )


def country_beside(line: Line, index: int) -> str | None:
    """Return the country named with the city that is a line's token ``index``."""
    behind = _COUNTRY_BEHIND.match(line.tags, index + 1)
    if behind and line.tokens[behind.end() - 1].value.form in _NAMES:
        return str(line.tokens[behind.end() - 1].value.country)
    named = _COUNTRY_BEFORE.search(line.tags, max(0, index - 5), index)
    return str(line.tokens[named.start()].value.country) if named else None


def _is_host(phrase: Phrase, index: int) -> bool:
    """Tell whether a country near the words is where the meeting is held."""
    tags = phrase.line.tags
    if phrase.line.tokens[index].value.form not in _NAMES:
        return False
    if index < phrase.first and _HOSTS.match(tags, index + 1):
        return True
    return bool(_IN_COUNTRY.search(tags[:index]))


def _read_chair(phrase: Phrase) -> None:
    """Read "under the chairmanship of the Russian Federation" in the clause."""
    line = phrase.line
    under = _UNDER_COUNTRY.search(line.tags, phrase.last, phrase.high)
    if under is None and phrase.city is None:
        under = _HOSTED_BY.match(line.tags, phrase.last)
    if under is None:
        return
    phrase.chair_country = line.tokens[under.end() - 1].value.country
    if phrase.is_coming and phrase.city_country == phrase.chair_country:
        phrase.country = phrase.country or phrase.chair_country


def _read_format(phrase: Phrase) -> int:
    """Read "by video link" in the clause, unless a person only spoke by it.

    Returns:
        Index of the words' token, -1 where there is none.
    """
    line = phrase.line
    if "m" not in line.tags:
        return -1
    is_held = _first_verb(phrase) in _HELD
    if phrase.rule == "bare_event" and not is_held and "P" in line.tags[phrase.low : phrase.high]:
        return -1
    index: int
    for index in (*range(phrase.first, phrase.high), *range(phrase.low, phrase.first)):
        if line.tags[index] == "m":
            phrase.format = line.tokens[index].value.code
            return index
    return -1
