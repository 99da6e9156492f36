"""Named people: shapes of names, orders of office and name, later mentions, and what is no name."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sco_pipeline.document import read_document
from sco_pipeline.mentions.countries import CountryLexicon, find_countries
from sco_pipeline.mentions.organisations import OrganisationLexicon, find_organisations
from sco_pipeline.mentions.people import (
    PeopleLexicon,
    family_name,
    find_people,
    first_mentions,
    regular_name,
)
from sco_pipeline.model import Document, PersonMention, RawFile, Unresolved
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.sentences import split_sentences

CORPORA = Path(__file__).parents[2] / "shared" / "corpora"
CASES = Path(__file__).parent / "cases"


def rows(name: str) -> list[dict[str, str]]:
    with (CASES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read(text: str) -> tuple[Document, list[PersonMention], list[Unresolved]]:
    reading = ReadingLexicon.load("en")
    document = read_document(RawFile("test.txt", text.encode(), "0" * 64), "test", reading)
    sentences = split_sentences(document, reading)
    countries = find_countries(document, sentences, CountryLexicon.load("en"))
    organisations = find_organisations(document, OrganisationLexicon.load("en"))
    people, unresolved = find_people(
        document, sentences, countries, organisations, PeopleLexicon.load("en")
    )
    return document, people, unresolved


def people(text: str) -> list[PersonMention]:
    """The people of a text that follows a first sentence without any."""
    return read(f"The sides met to discuss their plans.\n\n{text}")[1]


@pytest.mark.parametrize(
    "name",
    [
        "N. P.Patrushev", "V.V. Putin", "V. V. Makhmudov", "M.S.Imanaliev", "Ts.Elbegdorzh",
        "Kh. Zarifi", "Wilfrido V.Villacorta", "S Jaishankar", "R.K. Alimov", "Sysoev E. S.",
        "L. Oyun-Erdene", "Kassym-Jomart Tokayev", "Hossein Amir-Abdollahian",
        "Mahmud Ahmadi-Nejad", "Mevlüt Çavuşoğlu", "Muhammad Ishaq Dar", "Lim Jock HOI",
        "WANG Yi", "Tamim bin Hamad Al Thani", "Salem Abdullah Al-Jaber Al-Sabah",
        "Bashar al-Assad", "Diogo Freitas do Amaral", "Ursula von der Leyen",
        "Heydar Alirza oglu Aliyev", "Amir Khan Muttaqi", "German Galushchenko", "Tô Lâm",
        "Ban Ki-moon", "Prak Sokhonn", "Abdullah Abdullah", "Naseer Khan Janjua", "James O’Neill",
    ],
)  # fmt: skip
def test_shapes_of_names(name: str) -> None:
    found = people(f"The meeting was attended by the Minister of Energy {name} of Kazakhstan.")
    assert [person.name_as_written for person in found] == [name]
    assert [(person.role, person.country) for person in found] == [("other_minister", "KAZ")]


@pytest.mark.parametrize(
    "titles",
    ["H.E. ", "H.E. Mr. ", "Mr ", "Shri ", "Dr. ", "Prof. Dr. ", "Lt. Gen. ", "Colonel-General ",
     "Academician ", "Lt. Gen. (Retd) ", "His Excellency ", "Sheikh "],
)  # fmt: skip
def test_titles_are_no_part_of_the_name(titles: str) -> None:
    found = people(f"{titles}Marat Ospanov, Minister of Energy of Kazakhstan, took part.")
    assert [(person.name_as_written, person.role) for person in found] == [
        ("Marat Ospanov", "other_minister")
    ]


@pytest.mark.parametrize(
    ("office", "role"),
    [
        ("President of Kazakhstan", "head_of_state"),
        ("King of Bahrain", "head_of_state"),
        ("Chairman of the State Affairs Commission of the DPRK", "head_of_state"),
        ("Prime Minister of India", "head_of_government"),
        ("Chairman of the Government of the Russian Federation", "head_of_government"),
        ("Chairman of the Cabinet of Ministers of the Kyrgyz Republic", "head_of_government"),
        ("Premier of the State Council of China", "head_of_government"),
        ("First Deputy Prime Minister of Uzbekistan", "deputy_head_of_government"),
        ("First Vice-President of Iran", "deputy_head_of_government"),
        ("Deputy Chairman of the Government of Turkmenistan", "deputy_head_of_government"),
        ("Minister for Foreign and European Affairs of Croatia", "foreign_minister"),
        ("External Affairs Minister of India", "foreign_minister"),
        ("Head of the Ministry of Foreign Affairs of Belarus", "foreign_minister"),
        ("Secretary of State of the United States", "foreign_minister"),
        ("Minister of National Defence of China", "defence_minister"),
        ("Chairman of the State Committee for Defence of Kyrgyzstan", "defence_minister"),
        ("Minister of Public Security of China", "interior_minister"),
        ("Minister for Foreign Trade of Uzbekistan", "other_minister"),
        ("Vice-Minister of Commerce of China", "deputy_minister"),
        ("Assistant Foreign Minister of China", "deputy_minister"),
        ("State Secretary of the Ministry of Justice of Mongolia", "deputy_minister"),
        ("Secretary of the Security Council of Russia", "security_council_secretary"),
        ("National Security Adviser of Pakistan", "security_council_secretary"),
        ("Adviser to the Prime Minister of Pakistan on National Security",
         "security_council_secretary"),
        ("Deputy Secretary of the Security Council of Belarus",
         "deputy_security_council_secretary"),
        ("State Councilor of China", "state_councillor"),
        ("Speaker of the National Assembly of Armenia", "parliament_speaker"),
        ("Chairman of the Standing Committee of the National People's Congress of China",
         "parliament_speaker"),
        ("Prosecutor General of Tajikistan", "judge_or_prosecutor"),
        ("President of the Supreme Court of Kazakhstan", "judge_or_prosecutor"),
        ("Ambassador of Mongolia to the Kyrgyz Republic", "ambassador"),
        ("National Coordinator of Russia for SCO Affairs", "national_coordinator"),
        ("Chief of the General Staff of Kyrgyzstan", "military_officer"),
        ("Vice President of China", "other_official"),
        ("First President of Kazakhstan", "other_official"),
        ("former Prime Minister of Pakistan", "other_official"),
        ("Assistant to the President of Kazakhstan", "other_official"),
        ("SCO Secretary-General", "organisation_head"),
        ("Chairman of the Executive Committee of the CIS", "organisation_head"),
        ("Chairman of the Board of the Eurasian Economic Commission", "organisation_head"),
        ("Deputy Secretary-General of ASEAN", "organisation_official"),
        ("Chairman of the SCO Business Council", "organisation_official"),
        ("UN Under-Secretary-General", "organisation_official"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "order", ["{0} Marat Ospanov took part.", "Marat Ospanov, {0}, took part."]
)
def test_roles_in_either_order(office: str, role: str, order: str) -> None:
    found = people(order.format(office))
    assert [(person.name, person.role) for person in found] == [("Marat Ospanov", role)]


@pytest.mark.parametrize(
    "text",
    [
        "The Business Council and the Interbank Consortium reported to the Ministers.",
        "The exercise Peace Mission was held; the Secretary thanked Operation Spider Web.",
        "The President praised the Silk Road Economic Belt and the Global Security Initiative.",
        "The Prime Minister arrived at the Great Hall of the People in October.",
        "Mr. President, ladies and gentlemen, I thank the Secretary-General.",
        "The heads of state adopted the Bishkek Declaration and the Charter.",
        "The President of the Republic, in New York, met the Foreign Minister.",
        "The exercise “Xiamen – 2017” and the festival “Horn of Peace” pleased the ministers.",
        "Requests the Secretary-General to report;\nInvites the Secretary-General to act;",
    ],
)
def test_what_is_no_person(text: str) -> None:
    assert people(text) == []


def test_several_offices_of_one_person_are_all_kept() -> None:
    (person,) = people(
        "Aide to the President of the Republic of Kazakhstan – Secretary of the Security Council "
        "Gizat Nurdauletov took the floor."
    )
    assert person.roles == ("security_council_secretary", "other_official")
    assert person.country == "KAZ"
    assert person.role_as_written == (
        "Aide to the President of the Republic of Kazakhstan – Secretary of the Security Council"
    )


def test_later_mentions_carry_the_first_name() -> None:
    found = people(
        "Kazakh Foreign Minister Murat Nurtleu opened the meeting. “This is the last stage,” "
        "Nurtleu said. Mr. Nurtleu thanked Chinese Foreign Minister Wang Yi. Wang agreed. "
        "Minister Murat Imankulov was not there."
    )
    assert [(person.name_as_written, person.name) for person in found] == [
        ("Murat Nurtleu", "Murat Nurtleu"),
        ("Nurtleu", "Murat Nurtleu"),
        ("Nurtleu", "Murat Nurtleu"),
        ("Wang Yi", "Wang Yi"),
        ("Wang", "Wang Yi"),
        ("Murat Imankulov", "Murat Imankulov"),
    ]
    assert first_mentions(found) == [0, 0, 0, 3, 3, 5]
    assert [person.rule for person in found].count("later_mention") == 3


def test_word_that_only_contains_a_name_is_no_mention() -> None:
    found = people("President Hu Jintao spoke. Humanity and the Hungarian side, the Hu-Xi line.")
    assert [person.name_as_written for person in found] == ["Hu Jintao"]


def test_title_in_capitals_throughout_names_nobody() -> None:
    text = "President Xi Jinping Meets Prime Minister Wen\n\nThe ministers met in Beijing today."
    assert read(text)[1] == []


def unresolved(text: str) -> tuple[list[str], list[str]]:
    """People as "name|role|country", and what is not understood as "kind|words"."""
    document, found, unknown = read(f"The sides met to discuss their plans.\n\n{text}")
    return (
        [f"{person.name}|{person.role or ''}|{person.country or ''}" for person in found],
        [f"{row.kind}|{document.text[row.char_start : row.char_end]}" for row in unknown],
    )


@pytest.mark.parametrize("case", rows("unresolved_people"), ids=lambda case: case["why"])
def test_what_is_not_understood_is_reported(case: dict[str, str]) -> None:
    found, unknown = unresolved(case["text"])
    assert found == case["people"].splitlines()
    assert unknown == case["unresolved"].splitlines()


@pytest.mark.parametrize(
    ("name", "country", "family"),
    [
        ("Xi Jinping", "CHN", "Xi"),
        ("N. B. Yermekbayev", "KAZ", "Yermekbayev"),
        ("Sysoev E. S.", None, "Sysoev"),
        ("Sergei Lavrov", "RUS", "Lavrov"),
        ("N. B.", "KAZ", None),
    ],
)
def test_family_name(name: str, country: str | None, family: str | None) -> None:
    assert family_name(name, country, PeopleLexicon.load("en")) == family


_WORDS = st.sampled_from(
    [
        "President", "of", "the", "Republic", "Kazakhstan", "Minister", "and", "Deputy", ",", ";",
        "(", ")", "-", ":", "N.", "Nurlan", "Yermekbayev", "Mr.", "SCO", "Secretary-General", "al-",
        "bin", "Security", "Council", "Head", "took", "part", "'s", "Chinese", "Xi", "H.E.",
        "Sultan", "\n", "foreign", "ministers", "first", "Vice", "Kyrgyz", "I", "for", "to",
        ".", "“", "”",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_WORDS, max_size=40))
def test_any_text_is_read_and_spans_hold(words: list[str]) -> None:
    document, found, unresolved = read("The meeting was held. " + " ".join(words))
    for person in found:
        assert document.text[person.char_start : person.char_end] == person.name_as_written
        assert not person.country or not person.organisation
        if person.office_span:
            assert document.text[slice(*person.office_span)] == person.role_as_written
    assert all(left.char_end <= right.char_start for left, right in pairwise(found))
    assert all(row.char_start < row.char_end for row in unresolved)


@given(st.text(max_size=40))
def test_regular_name_is_stable(name: str) -> None:
    assert regular_name(regular_name(name)) == regular_name(name)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not there")
def test_speeches_name_no_president_of_nothing() -> None:
    for path in sorted((CORPORA / "ungdc").glob("*.txt"))[:20]:
        for person in people(path.read_text(encoding="utf-8", errors="replace")):
            assert person.name.split()[0] not in {"Mr", "Mrs", "President", "Secretary", "Assembly"}
