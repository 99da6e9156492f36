"""Names of a sentence or list -> the offices and countries that stand with them."""

from __future__ import annotations

import re
from typing import Final

from sco_pipeline.mentions.people import offices
from sco_pipeline.mentions.people.chunks import Chunks, Name, Office
from sco_pipeline.mentions.people.lexicon import PeopleLexicon

#: Marks between a name and the office after it, or an office and the name after it.
_LINKS: Final = ",-:("
#: What may stand between two offices of one person.
_JOINTS: Final = "-,A"
#: So many names after a plural office are a list of its holders.
_SHORTEST_LIST: Final = 2
#: Offices that a state has one of; named alone they are mostly the host's.
_SOLE_OFFICES: Final = frozenset({"monarch", "president", "prime_minister"})
#: Words before an office under the person named before.
_POSSESSIVES: Final = frozenset({"his", "her"})
#: Words before a country that opens a clause of its own.
_CLAUSE_OPENERS: Final = frozenset({"and", "but", "whereas", "while"})

# Tags between a name and an office said of it: "was appointed", "has been elected to", "as the".
_PREDICATE = re.compile(r"(?:c+w?[st]?|s)a?")


class Binder:
    """Binds the names of one sentence or list."""

    def __init__(
        self,
        chunks: Chunks,
        context: Office | None,
        text: str,
        folded: str,
        lexicon: PeopleLexicon,
    ) -> None:
        self._chunks = chunks
        self._kinds = chunks.kinds
        self._context = context
        self._text = text
        self._folded = folded
        self._lexicon = lexicon

    def bind(self) -> None:
        """Give every name its offices, country and organisation, as far as the sentence tells."""
        places = [i for i, kind in enumerate(self._kinds) if kind == "N"]
        for i in places:
            self._office_before(i)
        for i in places:
            self._country_after(i)
        for i in places:
            self._office_apart(i)
            self._office_after(i)
        for i, kind in enumerate(self._kinds):
            if kind == "F" and self._chunks.offices[i].plural:
                self._distribute(i)
        for i in places:
            self._country_list(i)
        self._inherit()

    def context_after(self) -> Office | None:
        """The plural office that the next lines stand under: "their foreign ministers:"."""
        for i in range(len(self._kinds) - 1, 0, -1):
            if self._kinds[i] == "F":
                if self._chunks.offices[i].plural:
                    return self._office(i)
                break
        return self._context if self._kinds[1] in "CNA" else None

    def stands_in_list(self, i: int) -> bool:
        """Whether the name at ``i`` stands between the separators of a list."""
        return self._kinds[i - 1] in ",;AL:" and self._kinds[i + 1] in ",;AL. "

    def unknown_office(self, i: int) -> tuple[int, int, str | None, str | None] | None:
        """Words after a name in a list that look like an office of a state or organisation.

        Returns:
            Span, country and organisation, or None.
        """
        kinds = self._kinds
        if kinds[i + 1] not in _LINKS or kinds[i + 2] != "K" or kinds[i - 1] not in ",;AL: ":
            return None
        country = organisation = None
        j = i + 2
        while kinds[j] in "KPACGX" or (kinds[j] == "N" and self._chunks.names[j].lone):
            if kinds[j] == "C":
                country = country or self._chunks.codes[j]
            elif kinds[j] == "X":
                country = country or self._office(j).country
                organisation = organisation or self._office(j).organisation
            elif kinds[j] == "G":
                organisation = organisation or self._chunks.codes[j]
            j += 1
        if not (country or organisation) or kinds[j] not in ",;AL. ":
            return None
        return *self._chunks.span(i + 2, j - 1), country, organisation

    def _office(self, i: int) -> Office:
        office = self._chunks.offices[i]
        if not office.read:
            offices.read(office, self._chunks, self._text, self._lexicon)
        return office

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
        if kinds[j] == "(" and kinds[j + 1] in "CG" and kinds[j + 2] in "),":
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
                return
            if kinds[j - 1] == "A" and joints == 1 and first and not name.offices:
                return
            if kinds[j - 1] == ":" and self._chunks.tags[self._chunks.tokens[j]] == "T":
                return  # "Vladimir Putin: Mr Chairman, colleagues"
            if (name.offices or not first) and self._leads_to_name(j):
                # "..., the Foreign Minister, Wang Yi": the office is of the next name.
                return
            if not first and not _compatible(name.offices[-1], self._office(j)):
                return
            self._attach(name, j, "office_after")
            first = False
            j += 1

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
        if plural is not None:
            name.offices.append(plural)

    def _plural_before(self, i: int) -> Office | None:
        """The office of many that a list of countries or names is under."""
        for j in range(i - 1, 0, -1):
            if self._kinds[j] == "F":
                office = self._chunks.offices[j]
                if office.plural or office.class_ == "counterpart":
                    return self._office(j)
        return self._context

    def _inherit(self) -> None:
        """Give an office without a state or organisation what was named for it before.

        "Iranian President Raisi and Foreign Minister Amir-Abdollahian"; "India sent Secretary
        Dammu Ravi and Iran its Deputy Minister"; "From the Russian side A. Slepnev, the Minister".
        """
        near: str | None = None
        organ: str | None = None
        served: str | None = None
        lead = False
        for i, kind in enumerate(self._kinds):
            if kind == "C":
                lead = self._leads(i)
                if lead or self._chunks.tags[self._chunks.tokens[i]] == "J":
                    near = self._chunks.codes[i]
            elif kind in ";L" and not lead:
                near = None
            elif kind == "G" and self._is_agent_next(i):
                # "the Regional Anti-Terrorist Structure by the Director of its Executive Committee"
                organ = self._chunks.codes[i]
            elif kind == "N":
                name = self._chunks.names[i]
                for office in name.offices:
                    of_organ = office.class_ in offices.OF_ORGANISATIONS or office.of_organ
                    if of_organ and not office.country:
                        office.organisation = office.organisation or name.organisation or organ
                        organ = office.organisation
                    if of_organ or office.plural or office.organisation or office.country:
                        continue
                    if served and self._is_of_the_former(office):
                        office.organisation = served
                        continue
                    office.country = name.country or next(
                        (other.country for other in name.offices if other.country), None
                    )
                    if not office.country and (
                        lead or office.deputy or office.class_ not in _SOLE_OFFICES
                    ):
                        office.country = near
                if name.offices or name.country:
                    near = name.country or next(
                        (o.country for o in name.offices if o.country), None
                    )
                    lead = False
                served = next((o.organisation for o in name.offices if o.organisation), None)

    def _is_of_the_former(self, office: Office) -> bool:
        """Whether an office is held under the person named before: "his Special Representative"."""
        first = office.first
        return (
            office.class_ not in offices.OF_STATES
            and first > 0
            and self._folded[slice(*self._chunks.token(first - 1))] in _POSSESSIVES
        )

    def _leads(self, i: int) -> bool:
        """Whether the country at ``i`` opens what its people did.

        "Kazakhstan's delegation was led by", "From the Russian side", "India sent", "and
        Hungary, an observer, by".
        """
        kinds, chunks = self._kinds, self._chunks
        if kinds[i - 1] in " L;":
            return True
        word = self._folded[slice(*chunks.token(chunks.tokens[i] - 1))]
        if word in ("the", "a"):
            word = self._folded[slice(*chunks.token(chunks.tokens[i] - 2))]
        if word in ("for", "from"):
            return True
        if kinds[: i + 2].strip() == "AC,":
            return True
        if self._is_agent_next(i):
            return True
        return (word == "," or word in _CLAUSE_OPENERS) and kinds[i + 1] in "WP-:(AF"

    def _is_agent_next(self, i: int) -> bool:
        """Whether the office after ``i`` acts for it.

        "The delegation of Azerbaijan, led by the Prime Minister", "on behalf of Afghanistan was",
        "China (headed by".
        """
        kinds, chunks = self._kinds, self._chunks
        j = i + 2 if kinds[i + 1] in ",(" else i + 1
        if kinds[j] != "W" or kinds[j + 1] != "F":
            return False
        last = chunks.tokens[j + 1] - 1
        while chunks.tags[last] == "a":
            last -= 1
        return chunks.tags[last] == "c" or self._folded[slice(*chunks.token(last))] == "by"


def _compatible(left: Office, right: Office) -> bool:
    """Whether one person may hold both offices."""
    if left.country and right.country and left.country != right.country:
        return False
    if left.class_ in ("president", "monarch") and right.class_ != "officer":
        return bool(left.organisation) and not right.country
    return not (left.organisation and right.country) and not (left.country and right.organisation)
