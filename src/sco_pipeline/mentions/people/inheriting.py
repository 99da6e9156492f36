"""Offices of a sentence without a state or organisation -> those named for them before."""

from __future__ import annotations

from typing import Final

from sco_pipeline.mentions.people import offices
from sco_pipeline.mentions.people.chunks import Chunks, Name, Office
from sco_pipeline.mentions.people.lexicon import PeopleLexicon

#: Offices that a state has one of; named alone they are mostly the host's.
SOLE_OFFICES: Final = frozenset({"monarch", "president", "prime_minister"})
#: Words before an office under the person named before.
_POSSESSIVES: Final = frozenset({"his", "her"})
#: Words before a country that opens a clause of its own.
_CLAUSE_OPENERS: Final = frozenset({"and", "but", "whereas", "while"})
#: Words before the state or organisation that an entry of a list is about.
_FROM: Final = frozenset({"for", "from"})


class SentenceReader:
    """What readers of one sentence or list share.

    Args:
        chunks: The sentence.
        text: The document's text.
        folded: The same, folded.
        lexicon: The words about people.
    """

    def __init__(self, chunks: Chunks, text: str, folded: str, lexicon: PeopleLexicon) -> None:
        self._chunks = chunks
        self._kinds = chunks.kinds
        self._text = text
        self._folded = folded
        self._lexicon = lexicon

    def _office(self, i: int) -> Office:
        """The office at chunk ``i``, read."""
        office = self._chunks.offices[i]
        if not office.read:
            offices.read(office, self._chunks, self._text, self._lexicon)
        return office

    def _word(self, token: int) -> str:
        """The word of a token, folded; empty before the first one."""
        return self._folded[slice(*self._chunks.token(token))] if token >= 0 else ""

    def _word_before(self, token: int) -> str:
        """The word before a token, articles left out."""
        word = self._word(token - 1)
        return self._word(token - 2) if word in ("the", "a") else word

    def _is_deputised(self, i: int) -> bool:
        """Whether another stands in for the office: "Minister of India - represented by X"."""
        j = i + 2 if self._kinds[i + 1] in "-,(" else i + 1
        if self._chunks.offices[i].bound or self._kinds[j : j + 2] != "WF":
            return False
        return self._word(self._chunks.tokens[j + 1] - 1) == "by"


class Inheritor(SentenceReader):
    """Gives the offices of a sentence what was named for them before.

    "Iranian President Raisi and Foreign Minister Amir-Abdollahian"; "India sent Secretary Dammu
    Ravi and Iran its Deputy Minister"; "From the Russian side A. Slepnev, the Minister".
    """

    def __init__(self, chunks: Chunks, text: str, folded: str, lexicon: PeopleLexicon) -> None:
        super().__init__(chunks, text, folded, lexicon)
        #: State named last, and whether it opens what its people did.
        self._near: str | None = None
        self._leads = False
        #: Organisation whose organs may follow; one that acts through the next office; one that
        #: the person named last serves.
        self._organ: str | None = None
        self._agent: str | None = None
        self._served: str | None = None
        #: Office that the next person stands in for.
        self._deputised: Office | None = None

    def inherit(self) -> None:
        """Fill the offices of the names of the sentence."""
        chunks = self._chunks
        for i, kind in enumerate(self._kinds):
            if kind in "WPAK, ":
                continue
            if kind == "C":
                self._leads = self._is_lead(i)
                if self._leads or chunks.tags[chunks.tokens[i]] == "J":
                    self._near = chunks.codes[i]
            elif kind in ";L" and not self._leads:
                self._near = None
            elif kind == "G" and self._is_from(i):
                self._organ = self._agent = chunks.codes[i]
            elif kind == "G" and self._is_agent_next(i):
                # "the Regional Anti-Terrorist Structure by the Director of its Executive Committee"
                self._organ = chunks.codes[i]
                office = chunks.offices[self._kinds.index("F", i)]
                # "the Council by its chairman"
                self._agent = self._organ if self._word(office.first - 1) == "its" else None
            elif kind == "F" and self._is_deputised(i):
                self._deputised = self._office(i)
                self._near = self._deputised.country
                self._leads = True
            elif kind == "N":
                self._serve(chunks.names[i])

    def _serve(self, name: Name) -> None:
        """Fill the offices of one name, and take over what they tell."""
        for office in name.offices:
            of_organ = office.class_ in offices.OF_ORGANISATIONS or office.of_organ
            if of_organ and not office.country:
                office.organisation = office.organisation or name.organisation or self._organ
                self._organ = office.organisation
            elif self._agent and not (office.country or office.organisation):
                office.organisation = self._agent
            if of_organ or office.plural or office.organisation or office.country:
                continue
            if office.unknown_state or name.unknown_state:
                continue
            if self._served and self._is_of_the_former(office):
                office.organisation = self._served
                continue
            if self._deputised is not None:
                office.fields = [*office.fields, *self._deputised.fields]
            office.country = name.country or next(
                (other.country for other in name.offices if other.country), None
            )
            if not office.country and (
                self._leads or office.deputy or office.class_ not in SOLE_OFFICES
            ):
                office.country = self._near
        if name.offices or name.country:
            self._near = name.country or next((o.country for o in name.offices if o.country), None)
            self._leads = False
        self._served = next((o.organisation for o in name.offices if o.organisation), None)
        self._agent = self._deputised = None

    def _is_from(self, i: int) -> bool:
        """Whether the organisation at ``i`` opens an entry.

        "from the CIS Secretariat - Head X"; as the first cell of a row, "WHO | X | Director".
        """
        kinds = self._kinds
        if kinds[i - 1] in " L" and kinds[i + 1 : i + 3] == ",N":
            return self._word(self._chunks.tokens[i + 1]) == "|"
        return kinds[i + 1] in "-:" and self._word_before(self._chunks.tokens[i]) in _FROM

    def _is_of_the_former(self, office: Office) -> bool:
        """Whether an office is held under the person named before: "his Special Representative"."""
        return (
            office.class_ not in offices.OF_STATES and self._word(office.first - 1) in _POSSESSIVES
        )

    def _is_lead(self, i: int) -> bool:
        """Whether the country at ``i`` opens what its people did.

        "Kazakhstan's delegation was led by", "From the Russian side", "On the Kazakh side,",
        "India sent", "China (Minister X)", "and Hungary, an observer, by".
        """
        kinds = self._kinds
        if kinds[i - 1] in " L;" or (kinds[i + 1] in "(:" and kinds[i + 2] in "FN"):
            return True
        word = self._word_before(self._chunks.tokens[i])
        return (
            word in _FROM
            or (word == "on" and kinds[i + 1 : i + 3] == "W,")
            or kinds[: i + 2].strip() == "AC,"
            or self._is_agent_next(i)
            or ((word == "," or word in _CLAUSE_OPENERS) and kinds[i + 1] in "WP-:(AF")
        )

    def _is_agent_next(self, i: int) -> bool:
        """Whether the office after ``i`` acts for it.

        "The delegation of Azerbaijan, led by the Prime Minister", "on behalf of Afghanistan was",
        "China (headed by".
        """
        kinds, chunks = self._kinds, self._chunks
        j = i + 1
        if kinds[j] in ",(" or chunks.tags[chunks.tokens[j] : chunks.tokens[j + 1]] == "x":
            j += 1
        if kinds[j] != "W" or kinds[j + 1] != "F":
            return False
        last = chunks.tokens[j + 1] - 1
        while chunks.tags[last] == "a":
            last -= 1
        return chunks.tags[last] == "c" or self._word(last) == "by"
