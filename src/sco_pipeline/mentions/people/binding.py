"""Names of a sentence or list -> the offices and countries that stand with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sco_pipeline.mentions.people import offices
from sco_pipeline.mentions.people.chunks import Chunker, Chunks, Name, Office
from sco_pipeline.mentions.people.inheriting import SOLE_OFFICES, Inheritor, SentenceReader

#: Marks between a name and the office after it, or an office and the name after it.
_LINKS: Final = ",-:("
#: What may stand between two offices of one person.
_JOINTS: Final = "-,A"
#: So many names after a plural office are a list of its holders.
_SHORTEST_LIST: Final = 2
#: So many names after "China's", "Russia's" are a list of people.
_SHORTEST_NATIONS: Final = 3

# Tags between a name and an office said of it: "was appointed", "has been elected to", "is the
# first", "as the", "on his appointment as the".
_PREDICATE = re.compile(r"(?:c+(?:a?[uw])?[st]?|(?:fa?w{1,2})?s)a?")
# "[Xyzian] Foreign Minister", "[Xyzia]'s President": forms that family names hardly have there
_PEOPLE = re.compile(rf"(?:[ei]an|ese|ish) |(?:{'|'.join(offices.STATE_ENDINGS)})['’]s")
# ", Supreme Court of Xyz;", ", National People's Congress of Xyz"
_BODY_OF_STATE = re.compile(r",(?P<body>K[KWA]*)PC(?=[,;.)L ])")
# Kinds of a list of names and nothing else, one on a line.
_NAME_LINES = re.compile(r" N[,;.]?(?:LN[,;.]?)+ ")
#: Organs that have officials of their own: their chair is no rotating one.
_STANDING_ORGANS = frozenset({"board", "business", "commission", "executive_committee"})


class Binder(SentenceReader):
    """Binds the names of one sentence or list.

    Args:
        chunks: The sentence.
        chunker: What cut it.
        context: The plural office that a lead-in put it under, if any.
        lead: What a lead-in says of the people under it ("attended"), or nothing.
    """

    def __init__(self, chunks: Chunks, chunker: Chunker, context: Office | None, lead: str) -> None:
        super().__init__(chunks, chunker.text, chunker.folded, chunker.lexicon)
        self._chunker = chunker
        self._context = context
        self._lead = lead

    def bind(self) -> None:
        """Give every name its offices, country and organisation, as far as the sentence tells."""
        places = [i for i, kind in enumerate(self._kinds) if kind == "N"]
        for i in places:
            self._office_before(i)
        for i in places:
            self._country_after(i)
        for i in places:
            self._given_name(i)
            self._office_apart(i)
            self._office_after(i)
        for i, office in self._chunks.offices.items():
            if office.plural and self._kinds[i] == "F":
                self._distribute(i)
        for i in places:
            self._country_list(i)
            self._country_before(i)
            self._unknown_state(i)
        for i, office in self._chunks.offices.items():
            if office.bound:
                self._unknown_people(i)
        Inheritor(self._chunks, self._text, self._folded, self._lexicon).inherit()

    def context_after(self) -> Office | None:
        """The plural office that the next lines stand under: "their foreign ministers:"."""
        for i in range(len(self._kinds) - 1, 0, -1):
            if self._kinds[i] == "F":
                if self._chunks.offices[i].plural:
                    return self._office(i)
                break
        return self._context if self._kinds[1] in "CNA" else None

    def is_listed(self, i: int) -> bool:
        """Whether the name at ``i`` stands by itself in a list of people."""
        kinds = self._kinds
        return (
            self._opens_entry(i)
            and kinds[i + 1] in ",;AL. "
            and (self._has_people() or self._introduction(i) != "")
        )

    def is_introduced(self, i: int) -> bool:
        """Whether words say of the name at ``i``, which has no office, that it is a person's there.

        "The meeting was chaired by X Y"; "attended by ... and X. Y"; under "Present were:", lines
        with nothing but names.
        """
        name = self._chunks.names[i]
        if name.lone:
            return False
        if self._chunker.introduces(name.start) == "chaired" or (
            self._lead and _NAME_LINES.fullmatch(self._kinds)
        ):
            return True
        first, end = self._chunks.tokens[i : i + 2]
        return "I" in self._chunks.tags[first:end] and self.is_listed(i)

    def unnamed(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """What is not understood of the offices without a name in a list of people.

        "attended by the Foreign Minister of Xyz and the Grand Xyz of Uzbekistan".

        Yields:
            ``country`` and the span of a word in the place of a state, or ``office`` and the span
            of what looks like an office.
        """
        kinds = self._kinds
        if "F" not in kinds:
            return
        for i in range(1, len(kinds) - 1):
            if kinds[i] == "F" and not self._chunks.offices[i].bound and self._introduction(i):
                self._unknown_people(i)
                if state := self._office(i).unknown_state:
                    yield "country", state
            elif (
                kinds[i] == "K"
                and kinds[i - 2] != "N"
                and self._opens_entry(i)
                and self._introduction(i)
            ):
                end = i
                while kinds[end] != "A" and self._may_be_office(end):
                    end += 1
                if kinds[end - 1] in "CX" and kinds[end] in ",;AL. " and end - i > 1:
                    yield "office", self._chunks.span(i, end - 1)

    def unknown_office(self, i: int) -> tuple[int, int, str | None, str | None] | None:
        """Words beside a name in a list that look like an office of a state or organisation.

        "..., Grand Xyz of Uzbekistan X, ..."; "...; X, Grand Xyz of Uzbekistan; ...".

        Returns:
            Span, country and organisation, or None.
        """
        kinds = self._kinds
        first = end = i
        if kinds[i + 1] in _LINKS and kinds[i + 2] == "K" and self._opens_entry(i):
            first = end = i + 2
            while self._may_be_office(end):
                end += 1
            if kinds[end] not in ",;AL. ":
                return None
        elif kinds[i - 1] in "CGX" and kinds[i + 1] in ",;AL. ":
            while kinds[first - 1] != "A" and self._may_be_office(first - 1):
                first -= 1
            if kinds[first] != "K" or not self._opens_entry(first):
                return None
        if first == end or not (self._has_people() or self._introduction(i)):
            return None
        country = organisation = None
        for j in range(first, end):
            if kinds[j] == "C":
                country = country or self._chunks.codes[j]
            elif kinds[j] == "X":
                country = country or self._office(j).country
                organisation = organisation or self._office(j).organisation
            elif kinds[j] == "G":
                organisation = organisation or self._chunks.codes[j]
        if not (country or organisation):
            return None
        return *self._chunks.span(first, end - 1), country, organisation

    def _may_be_office(self, i: int) -> bool:
        """Whether the chunk at ``i`` may be a part of an office that is in no list."""
        return self._kinds[i] in "KPACGX" or self._is_word(i)

    def _opens_entry(self, i: int) -> bool:
        """Whether an entry of a list begins at ``i``."""
        return self._kinds[i - 1] in ",;AL: " or self._introduction(i) != ""

    def _has_people(self) -> bool:
        return any(name.rule for name in self._chunks.names.values())

    def _introduction(self, i: int) -> str:
        """What the words before the list with ``i`` say of those in it: "attended by"."""
        while self._kinds[i - 1] not in "W: ":
            i -= 1
        return self._chunker.introduces(self._chunks.span(i, i)[0])

    def _free(self, i: int) -> Office | None:
        """The office at ``i`` if one person could have it and none has yet."""
        if self._kinds[i] != "F":
            return None
        office = self._chunks.offices[i]
        return None if office.bound or office.plural else office

    def _attach(self, name: Name, i: int, rule: str) -> None:
        office = self._office(i)
        office.bound = True
        if office not in name.offices:
            name.offices.append(office)
        name.rule = name.rule or rule

    def _office_before(self, i: int) -> None:
        """Read "President Hu Jintao", "Aide to the President - Secretary of the Council Li"."""
        if self._kinds[i - 1] != "F":
            return
        office = self._chunks.offices[i - 1]
        name = self._chunks.names[i]
        if name.lone and (
            office.plural or self._kinds[i + 1] == "K" or not self._may_precede(office)
        ):
            return
        self._attach(name, i - 1, "office_before")
        self._chain(i, i - 1)

    def _may_precede(self, office: Office) -> bool:
        """Whether a lone family name may follow the phrase.

        "Minister of Defence" Shoigu, but not "representative in New" Delhi.
        """
        chunks = self._chunks
        if chunks.tags[office.last] not in "KvuNQ":
            return True
        return self._folded[slice(*chunks.token(office.last))] in self._lexicon.office_words

    def _chain(self, i: int, j: int) -> None:
        """Give name ``i`` the offices joined to its office at ``j`` from before."""
        kinds = self._kinds
        name, office = self._chunks.names[i], self._office(j)
        while True:
            j -= 1
            joints = 0
            while kinds[j] in _JOINTS and joints < 2:
                j -= 1
                joints += 1
            if self._free(j) is None:
                return
            before = self._office(j)
            if joints and kinds[j + 1] != "-" and not _compatible(before, office):
                return
            if kinds[j - 1] in _LINKS and kinds[j - 2] in "NX)":
                owner = self._owner(j - 2)
                if owner is not None and not owner.offices:
                    return
            self._attach(name, j, name.rule)

    def _owner(self, j: int) -> Name | None:
        """The name that ends at chunk ``j``, over "of Country" and "(Country)"."""
        kinds = self._kinds
        if kinds[j] == ")" and kinds[j - 2] == "(":
            j -= 3
        if kinds[j] == "X":
            j -= 1
        return self._chunks.names[j] if kinds[j] == "N" else None

    def _after(self, i: int) -> int:
        """The chunk after the name at ``i`` and its "of Country" or "(Country)"."""
        kinds = self._kinds
        j = i + 1
        if kinds[j] == "X":
            j += 1
        if kinds[j : j + 3] == "(W)":
            j += 3  # "Xu Yi (moderator), Minister of Health"
        elif kinds[j] == "(" and kinds[j + 1] in "CG" and kinds[j + 2] in "),":
            j += 3 if kinds[j + 2] == ")" else 2
        return j

    def _country_after(self, i: int) -> None:
        """Read "Prime Minister D. Akhmetov of Kazakhstan", "R. Kazakbaev (Kyrgyz Republic)"."""
        kinds = self._kinds
        name = self._chunks.names[i]
        j = i + 1
        if kinds[j] == "X":
            rest = self._office(j)
            name.country = rest.country
            name.organisation = rest.organisation
            for office in name.offices[:1]:
                if office.plural:
                    continue
                office.fields.extend(rest.fields)
                office.bare = office.bare and rest.bare
                if not office.organisation and not office.country:
                    office.country = rest.country
                    if office.class_ not in offices.OF_STATES and not rest.country:
                        office.organisation = rest.organisation
            j += 1
        if kinds[j] == "," and kinds[j + 1] == "C" and kinds[j + 2] in ";,.)L ":
            # "A. Kamilov, Uzbekistan;"; not "in Cholpon Ata, Kyrgyzstan,"
            if not name.offices and kinds[i - 1] in ",;:AL ":
                name.country = name.country or self._chunks.codes[j + 1]
                if not name.lone and kinds[i - 1] in ";:L " and kinds[j + 2] in ";L. ":
                    name.rule = name.rule or "country_bracket"
        elif kinds[j] == "(" and kinds[j + 1] in "CG":
            if kinds[j + 1] == "C":
                name.country = name.country or self._chunks.codes[j + 1]
            else:
                name.organisation = name.organisation or self._chunks.codes[j + 1]
            if not name.lone:
                name.rule = name.rule or "country_bracket"

    def _office_after(self, i: int) -> None:
        """Read "Rajinder Khanna, Deputy National Security Adviser", "S. Lavrov - Minister"."""
        kinds = self._kinds
        name = self._chunks.names[i]
        if name.lone:
            return
        j = self._after(i)
        if not name.offices:
            if self._free(j) and self._chunks.tags[self._chunks.tokens[j]] != "x":
                self._attach(name, j, "office_after")
                j += 1
            elif k := self._predicate(i, j):
                self._attach(name, k, "office_predicate")
                j = k + 1
        first = True
        while True:
            joints = 0
            while kinds[j] in "-,A:(L" and joints < 3:
                j += 1
                joints += 1
            if not joints or self._free(j) is None:
                if joints == 1 and kinds[j - 1] == ",":
                    self._state_after(name, j)
                return
            if kinds[j - 1] == "A" and joints == 1 and first and not name.offices:
                return
            if kinds[j - 1] == ":" and self._chunks.tags[self._chunks.tokens[j]] == "T":
                return  # "Vladimir Putin: Mr Chairman, colleagues"
            if (name.offices or not first) and self._leads_to_name(j):
                # "..., the Foreign Minister, Wang Yi": the office is of the next name.
                return
            if name.offices and not _compatible(name.offices[-1], self._office(j)):
                return
            if self._acts(i, j) or self._is_deputised(j):
                return
            self._attach(name, j, "office_after")
            self._body_after(j)
            first = False
            j += 1

    def _body_after(self, j: int) -> None:
        """Read "X, Chairman, Supreme Court of Xyz;": the body of the office at ``j``, its state."""
        office = self._office(j)
        match = _BODY_OF_STATE.match(self._kinds, j + 1)
        if match is None or office.fields or office.country or office.organisation:
            return
        start, end = self._chunks.span(*match.span("body"))[0], match.end() - 1
        fields = self._lexicon.fields_of(self._text[start : self._chunks.span(end, end)[0]])
        if fields:
            office.fields.extend(name for name, _ in fields)
            office.country = self._chunks.codes[end]
            office.bare = False

    def _state_after(self, name: Name, j: int) -> None:
        """Read "X, Minister of Transport, China;", "X (Minister of Transport, China)"."""
        if (
            self._kinds[j] == "C"
            and self._kinds[j + 1] in ";)L. "
            and name.offices
            and not any(office.country or office.organisation for office in name.offices)
        ):
            name.country = name.country or self._chunks.codes[j]

    def _acts(self, i: int, j: int) -> bool:
        """Whether the office at ``j`` behind the name at ``i`` is the subject of what follows.

        "Spokesperson X, the minister would hold"; "With Minister X, NSA discussed".
        """
        chunks, kinds = self._chunks, self._kinds
        if kinds[j - 1] != "," or kinds[j + 1] != "W":
            return False
        first = chunks.offices[j].first
        has_article = first > 0 and chunks.tags[first - 1] == "a"
        return (bool(chunks.names[i].offices) and has_article) or kinds[:i] == " P"

    def _leads_to_name(self, j: int) -> bool:
        """Whether the office at ``j``, or those joined to it, stand before a name without one."""
        kinds = self._kinds
        j += 1
        while kinds[j] in "-A" and kinds[j + 1] == "F":
            j += 2
        return kinds[j] in _LINKS and kinds[j + 1] == "N" and not self._has_office(j + 1)

    def _has_office(self, i: int) -> bool:
        """Whether the name at ``i`` has an office, or one that follows it."""
        if self._chunks.names[i].offices:
            return True
        j = self._after(i)
        kinds = self._kinds
        return kinds[j] in _LINKS and kinds[j + 1] == "F" and kinds[j + 2] != "N"

    def _predicate(self, i: int, j: int) -> int:
        """The free office said of the name at ``i``, 0 if there is none.

        "was appointed Secretary-General", "as Director of RATS".
        """
        k = j
        while k - j < 4 and self._kinds[k] in "WAP":
            k += 1
        chunks = self._chunks
        between = chunks.tags[chunks.tokens[j] : chunks.tokens[k]]
        return k if k > j and _PREDICATE.fullmatch(between) and self._free(k) else 0

    def _office_apart(self, i: int) -> None:
        """Read "the Secretary of the Security Council of Kazakhstan, Mr. Yermekbayev"."""
        name = self._chunks.names[i]
        kinds = self._kinds
        if name.offices:
            return
        if kinds[i - 4 : i] == "F,PC" and self._free(i - 4):
            # "Acting Prime Minister, of the Kyrgyz Republic A. E. Novikov"
            name.country = self._chunks.codes[i - 1]
            self._attach(name, i - 4, "office_apart")
        elif kinds[i - 1] in "-,:(L" and self._free(i - 2):
            if name.lone:
                # "chaired by the Prime Minister of the Russian Federation, Mishustin."
                office = self._office(i - 2)
                if (
                    kinds[i - 1] != ","
                    or kinds[i + 1] not in ",.;A"
                    or not (office.country or office.organisation)
                ):
                    return
            self._attach(name, i - 2, "office_apart")
            self._chain(i, i - 2)

    def _distribute(self, i: int) -> None:
        """Give the names after a plural office the office, and its states one to one.

        "the foreign ministers of Pakistan and Belarus - Ishaq Dar and Sergey Aleynik"; "Kazakh
        and Kyrgyz foreign ministers Murat Nurtleu and Jeenbek Kulubaev"; "Prime Ministers
        Daniyal Akhmetov, Wen Jiabao and Mikhail Fradkov".
        """
        kinds, chunks = self._kinds, self._chunks
        office = self._office(i)
        states = [office.country] if office.country else []
        j = i - 1
        while kinds[j] in ",A" and kinds[j - 1] == "C":
            states.insert(0, chunks.codes[j - 1])
            j -= 2
        j = i + 1
        while kinds[j] in ",A" and kinds[j + 1] == "C":
            states.append(chunks.codes[j + 1])
            j += 2
        if kinds[j] in "-:(,":
            j += 1
        names = []
        while kinds[j] == "N":
            names.append(chunks.names[j])
            j += 1
            joints = 0
            while kinds[j] in ",A" and joints < 2:
                j += 1
                joints += 1
            if not joints:
                break
        if len(names) < _SHORTEST_LIST or any(name.lone or name.country for name in names):
            return
        if any(name.offices and name.offices != [office] for name in names):
            return
        if len(states) > 1 and len(states) != len(names):
            return
        for k, name in enumerate(names):
            name.offices = [office]
            name.rule = "plural_office"
            if len(states) > 1:
                name.country = states[k]

    def _country_list(self, i: int) -> None:
        """Read "the heads of Kazakhstan (N. Nazarbayev), ...", "Turkey - Mevlüt Çavuşoğlu"."""
        kinds = self._kinds
        name = self._chunks.names[i]
        if name.offices or name.lone:
            return
        plural = self._plural_before(i)
        if kinds[i - 1] in "(-:C":
            j = i - 1 if kinds[i - 1] == "C" else i - 2
            country = None
            if kinds[j] == "C":
                country = self._chunks.codes[j]
            elif kinds[j] in "FX":
                office = self._office(j)
                country = office.country if office.plural or kinds[j] == "X" else None
            country = country or (name.country if plural else None)
            if country is None or (kinds[i - 1] == "C" and plural is None):
                return
            name.country = country
        elif not name.country or plural is None:
            return
        name.rule = name.rule or "country_list"
        if plural is not None and not self._is_of_anyone(plural, name.country):
            name.offices.append(plural)

    def _is_of_anyone(self, office: Office, country: str | None) -> bool:
        """Whether the office tells nothing of those under it: "heads of the delegations"."""
        role = offices.role_of(office, country, self._lexicon)
        return role == "other_official"

    def _country_before(self, i: int) -> None:
        """Read "Kazakhstan's Colonel General Y"; in a list of people, "Brazil's Manuel Z" too."""
        kinds, chunks = self._kinds, self._chunks
        name = chunks.names[i]
        if name.lone or name.offices or name.country:
            return
        first = chunks.tokens[i]
        if kinds[i - 1] == "C" and chunks.tags[first - 1] == "J":
            j = i - 1
        elif kinds[i - 2 : i] == "CW" and chunks.tags[chunks.tokens[i - 1] : first] == "x":
            j = i - 2
        else:
            return
        if not name.titled:
            in_list = any(other.offices for other in chunks.names.values())
            if (
                j == i - 1
                or kinds[j - 1] not in " ,;A:"
                or not (in_list or kinds.count("CWN") >= _SHORTEST_NATIONS)
            ):
                return
            name.rule = "country_bracket"
        name.country = chunks.codes[j]

    def _unknown_state(self, i: int) -> None:
        """Mark an unknown word by the name at ``i`` where others of a list have their states.

        "Xyz - X, Minister of Trade", "Xyz: Minister of Trade X", "X (Xyz)".
        """
        kinds, chunks = self._kinds, self._chunks
        name = chunks.names[i]
        if name.lone or name.country or name.organisation:
            return
        if kinds[i + 1] == "(" and self._is_word(i + 2) and kinds[i + 3] == ")":
            if "N(C)" in kinds:
                name.unknown_state = chunks.span(i + 2, i + 2)
                name.rule = name.rule or "country_bracket"
            return
        j = i - 2 if kinds[i - 1] == "F" else i - 1
        if (
            kinds[j] in "-:"
            and self._is_word(j - 1)
            and kinds[j - 2] in " L;"
            and any(f"{mark}C{kinds[j]}" in kinds for mark in " L;")
        ):
            name.unknown_state = chunks.span(j - 1, j - 1)
            name.rule = name.rule or "country_list"

    def _unknown_people(self, i: int) -> None:
        """Mark the word before the office at ``i`` that has the form of a people's: "Xyzian"."""
        office = self._office(i)
        if self._is_word(i - 1) and not (office.country or office.organisation):
            start, end = self._chunks.span(i - 1, i - 1)
            if _PEOPLE.search(self._text, start, end + 2):
                office.unknown_state = start, end

    def _is_word(self, i: int) -> bool:
        """Whether one capitalised word that is in no list stands at ``i``."""
        return self._kinds[i] == "N" and self._chunks.names[i].lone

    def _given_name(self, i: int) -> None:
        """Take "Amir" of "Amir Khan Muttaqi, Foreign Minister" as a part of the name."""
        chunks, kinds = self._chunks, self._kinds
        before = chunks.offices.get(i - 1)
        if before is None or chunks.tags[before.first : before.last + 1] != "R":
            return
        name, j = chunks.names[i], self._after(i)
        if name.offices != [before]:
            return
        other = self._free(j + 1) if kinds[j] in _LINKS else None
        if other is None and kinds[i - 2] in "-,:(L":
            other = self._free(i - 3)
        if other is not None and other.class_ not in (*SOLE_OFFICES, "crown_prince"):
            name.offices.clear()
            name.start = before.start

    def _plural_before(self, i: int) -> Office | None:
        """The office of many that a list of countries or names is under."""
        for j in range(i - 1, 0, -1):
            if self._kinds[j] == "F":
                office = self._chunks.offices[j]
                if office.plural or office.class_ == "counterpart":
                    return self._office(j)
        return self._context


def _compatible(left: Office, right: Office) -> bool:
    """Whether one person may hold both offices."""
    if "officeholder" in (left.class_, right.class_):
        return True  # "Secretary General of the Council, Kazakh diplomat X"
    if _is_rotating(left, right) or _is_rotating(right, left):
        return True
    if left.country and right.country and left.country != right.country:
        return False
    if left.class_ in ("president", "monarch") and right.class_ != "officer":
        return bool(left.organisation) and not right.country
    return not (left.organisation and right.country) and not (left.country and right.organisation)


def _is_rotating(chair: Office, office: Office) -> bool:
    """Whether ``chair`` is one that states take by turns, and ``office`` is a state's.

    "Chairman of the Council of Foreign Ministers and Foreign Minister of Armenia".
    """
    return (
        chair.class_ == "chairman"
        and chair.organisation is not None
        and office.country is not None
        and _STANDING_ORGANS.isdisjoint(chair.fields)
    )
