"""Office phrase -> whom it serves, in which field, and its role code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sco_pipeline.mentions.people.chunks import Chunks, Office
from sco_pipeline.mentions.people.lexicon import PeopleLexicon
from sco_pipeline.model import CountryMention
from sco_pipeline.terms import fold

#: What a deputy is, by what the principal is; every other deputy is ``other_official``.
_DEPUTY: Final = {
    "defence_minister": "deputy_minister",
    "deputy_head_of_government": "deputy_head_of_government",
    "deputy_minister": "deputy_minister",
    "foreign_minister": "deputy_minister",
    "head_of_government": "deputy_head_of_government",
    "interior_minister": "deputy_minister",
    "judge_or_prosecutor": "judge_or_prosecutor",
    "military_officer": "military_officer",
    "organisation_head": "organisation_official",
    "organisation_official": "organisation_official",
    "other_minister": "deputy_minister",
    "security_council_secretary": "deputy_security_council_secretary",
}

#: Offices that belong to an organisation whatever country stands beside them.
OF_ORGANISATIONS: Final = frozenset(
    {"executive_director", "executive_secretary", "secretary_general", "un_under_secretary"}
)
#: Offices that belong to a state whatever organisation stands beside them.
OF_STATES: Final = frozenset(
    {
        "ambassador", "crown_prince", "deputy_prime_minister", "first_president", "minister",
        "minister_of_state", "monarch", "national_coordinator", "officer", "permanent_secretary",
        "prime_minister", "secretary_of_state", "speaker", "state_councillor", "under_secretary",
    }
)  # fmt: skip
#: Heads of a ministry under another name, and the fields that say it is one.
_MINISTERIAL_HEADS: Final = frozenset({"chairman", "director", "head", "leader"})
_MINISTERIAL_FIELDS: Final = ("ministry", "state_committee")
#: Bodies of a state that share words with organs of organisations.
_STATE_BODIES: Final = ("ministry", "security_council")
#: Bodies that are no state's where no state is named: "International Association of Prosecutors".
_BODIES: Final = frozenset({"bank", "body"})
#: Classes after which a field stands right behind "of": "Minister of Xyz" may be one of anything.
_OF_FIELDS: Final = frozenset(
    {
        "minister", "minister_of_state", "permanent_secretary", "secretary_of_state",
        "state_councillor", "under_secretary",
    }
)  # fmt: skip
#: Further offices, and fields of offices, that are mostly a state's: "President of Xyz".
_OF_EITHER: Final = frozenset({"judge", "president", "prosecutor", "vice_president"})
#: Endings of the names of states, and hardly of companies.
STATE_ENDINGS: Final = ("ia", "land", "stan")
#: Bodies that companies and organisations have too.
_ANY_BODIES: Final = frozenset({"bank", "board", "body", "business", "department", "own", "party"})
_STATE_FIELDS: Final = frozenset(
    {
        "administration", "cabinet", "court", "defence", "foreign", "interior", "ministry",
        "national_security", "parliament", "presidency", "security_council", "security_service",
        "state_committee", "state_council",
    }
)  # fmt: skip
#: Prepositions after which a state or organisation is the one served.
_SERVING: Final = ("", "of", "under")


def read(office: Office, sentence: Chunks, text: str, lexicon: PeopleLexicon) -> None:
    """Fill what the words of the phrase, which stands in ``sentence``, say."""
    office.read = True
    tags = sentence.tags
    class_ = office.class_
    country: str | None = None
    organs: list[str] = []
    weak_organs: list[str] = []
    preposition = ""
    for i in range(office.first, office.last + 1):
        tag = tags[i]
        if tag in "oft":
            preposition = sentence.matches[i][0].lower()
        elif tag in "OHR":
            if tag == "H":
                preposition = "of"
            term = sentence.term(i)
            if getattr(term, "office", "") in OF_ORGANISATIONS and class_ not in OF_STATES:
                office.of_organ = True
        elif tag in "CJ":
            if country is None and (
                preposition in _SERVING or (i < office.last and tags[i + 1] in "OHx")
            ):
                mention = sentence.term(i)
                assert isinstance(mention, CountryMention)
                country = mention.country
        elif tag == "G":
            (organs if preposition in _SERVING else weak_organs).append(str(sentence.term(i)))
        elif tag in "KNQTY":
            office.bare = False
            office.named = office.named or sentence.matches[i][0].lower() not in lexicon.own_words
        elif tag in "vuw":
            office.bare = False
    after = office.last + 1
    office.cut = after < len(tags) and tags[after] == "o"
    found = lexicon.fields_of(text[office.start : office.end])
    office.fields.extend(name for name, _ in found)
    place = _place(office, sentence)
    if country is None and place:
        country = lexicon.cities.get(fold(text[slice(*place)]))  # "Governor of Osh"
    if (
        country is None
        and (
            "executive_committee" in office.fields
            # "the Chairperson of the Commission", which needs no name there
            or (office.fields == ["commission"] and tags[office.first : after] == "OoaK")
        )
    ):
        office.of_organ = True
    if "affairs" in office.fields:
        weak_organs = []  # "Special Representative for SCO Affairs"
    if any(name in _STATE_BODIES for name in office.fields):
        # "the SCO Department of the Ministry of Foreign Affairs"
        weak_organs = [*organs, *weak_organs]
        organs = []
    if organs and (country is None or class_ in OF_ORGANISATIONS):
        # "Minister in charge of Trade of the Eurasian Economic Commission"
        if class_ not in OF_STATES or (class_ == "minister" and not office.plural):
            office.organisation = _most_specific(organs)
    elif country:
        office.country = country
    elif place and _is_of_state(office, sentence, text[slice(*place)]):
        office.unknown_state = place
    elif home := next((home for _, home in found if home), None):
        office.country = home
    elif class_ in OF_ORGANISATIONS and not weak_organs:
        if office.named:
            office.organisation = "other"
    elif weak_organs and class_ not in OF_STATES and "ministry" not in office.fields:
        office.organisation = _most_specific(weak_organs)
    elif office.named and class_ not in OF_STATES and not _BODIES.isdisjoint(office.fields):
        office.organisation = "other"


def _place(office: Office, sentence: Chunks) -> tuple[int, int] | None:
    """The word behind the last "of" of an office, if it has the form of a proper name."""
    last = office.last
    before = sentence.tags[office.first : last].removesuffix("a")
    if sentence.tags[last] in "NQ" and before.endswith("o"):
        return sentence.token(last)
    return None


def _is_of_state(office: Office, sentence: Chunks, place: str) -> bool:
    """Whether an office is a state's, so that ``place``, its last word, must be one.

    "Minister of Foreign Affairs of Xyz", "Prime Minister of the Kingdom of Xyz", "Head of the
    Border Service of Xyz"; but "Minister of Xyz" may be one of any field, and "Head of the
    Department of Xyz" of any body, unless Xyz has the form of a state's name.
    """
    class_, fields = office.class_, office.fields
    has_field = bool(fields) or not {"K", "v"}.isdisjoint(sentence.tags[office.first : office.last])
    if class_ in _MINISTERIAL_HEADS:
        return has_field and (_ANY_BODIES.isdisjoint(fields) or place.endswith(STATE_ENDINGS))
    if class_ in _OF_FIELDS and not has_field:
        return False
    return class_ in OF_STATES or class_ in _OF_EITHER or not _STATE_FIELDS.isdisjoint(fields)


def role_of(office: Office, country: str | None, lexicon: PeopleLexicon) -> str | None:
    """The role code of an office that was read, None where the lexicon has no such office.

    Args:
        office: The office.
        country: The country named with the person, outside the office.
        lexicon: The words about people.
    """
    class_, fields = office.class_, office.fields
    if class_ in _MINISTERIAL_HEADS:
        body = next((i for i, name in enumerate(fields) if name in _MINISTERIAL_FIELDS), None)
        if body is not None and "department" not in fields[:body]:
            class_ = "minister"
    by_organisation = office.organisation or (
        (class_ in OF_ORGANISATIONS or office.of_organ) and not office.country
    )
    served = (
        office.organisation or office.country or "",
        "organisation" if by_organisation else "state",
    )
    # A business council is one whatever else stands in its name.
    tried = ["business", *fields] if "business" in fields else fields[:]
    if (office.bare and (office.country or office.organisation)) or (
        office.plural and country and not fields
    ):
        tried.append("none")
    tried.append("any")
    found = lexicon.role_of(class_, tuple(tried), served)
    if found is None:
        return None
    # "President of the last session", "President of COP29"
    stateless = not (office.country or office.plural) and (
        office.cut or (office.named and not fields)
    )
    if office.former or (stateless and found == "head_of_state"):
        return "other_official"
    return _DEPUTY.get(found, "other_official") if office.deputy else found


def _most_specific(codes: Sequence[str]) -> str:
    """The first code, or the organ of it that is named too.

    >>> _most_specific(["SCO", "SCO_RATS"])
    'SCO_RATS'
    """
    return next((code for code in codes if code.startswith(f"{codes[0]}_")), codes[0])
