"""Mention tables to the tables of the schema."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from extractions import assembled, extraction, meeting, participant

from sco_pipeline.checks import check_tables
from sco_pipeline.model import CountryMention, Extraction, InstrumentMention, SpeechAct
from sco_pipeline.resolution.instruments import instrument_key
from sco_pipeline.schema.tables import ALL_TABLES


def instrument(
    text: str, name: str, kind: str = "charter", year: int | None = None
) -> InstrumentMention:
    start = text.index(name)
    return InstrumentMention(0, start, start + len(name), name, kind, "SCO", year, "test")


def corpus() -> list[Extraction]:
    first = "Tashkent: N. B.Yermekbayev signed the SCO Charter and a Joint Communique."
    second = (
        "Nurlan Ermekbaev on the Charter of the Shanghai Cooperation Organisation; "
        "Joint Communique."
    )
    held = meeting("2016-06-23", "2016-06-24", city="Tashkent")
    return [
        extraction(
            first,
            meetings=(held, meeting("2017", city="Astana", relation="announces")),
            participants=(participant(first, "N. B.Yermekbayev"),),
            instruments=(
                instrument(first, "SCO Charter"),
                instrument(first, "Joint Communique", "communique"),
            ),
        ),
        extraction(
            second,
            meetings=(meeting("2017-06-08", city="Astana"),),
            participants=(participant(second, "Nurlan Ermekbaev"),),
            instruments=(
                instrument(second, "Charter of the Shanghai Cooperation Organisation"),
                instrument(second, "Joint Communique", "communique"),
            ),
        ),
        extraction(first, meetings=(held,), copy="-2"),
    ]


def test_tables_fit_the_schema_and_pass_the_checks() -> None:
    tables = assembled(corpus())
    assert list(tables) == [spec.name for spec in ALL_TABLES]
    check_tables(tables)


def test_no_documents_give_empty_tables() -> None:
    tables = assembled([])
    check_tables(tables)
    assert tables["documents"].num_rows == 0


def test_entities_are_resolved_across_documents() -> None:
    tables = assembled(corpus())
    persons = tables["persons"].to_pylist()
    assert [(p["name"], p["family_name"], p["document_count"]) for p in persons] == [
        ("Nurlan Ermekbaev", "Ermekbaev", 2)
    ]
    assert persons[0]["names"] == ["N. B.Yermekbayev", "Nurlan Ermekbaev"]
    assert [m["meeting_id"] for m in tables["meetings"].to_pylist()] == [
        "sco-heads_of_state-2016-06-23-tashkent",
        "sco-heads_of_state-2017-06-08-astana",
    ]
    # The charter is one paper; each meeting has its own joint communique.
    assert sorted(i["kind"] for i in tables["instruments"].to_pylist()) == [
        "charter", "communique", "communique",
    ]  # fmt: skip


def test_declarations_of_one_name_and_different_years_are_different_papers() -> None:
    def text(opening: str, year: int | None, published: int) -> Extraction:
        words = f"{opening} Tashkent Declaration."
        return extraction(
            words,
            instruments=(instrument(words, "Tashkent Declaration", "declaration", year),),
            published_on=date(published, 6, 30),
        )

    tables = assembled(
        [
            text("The 2004", 2004, 2004),
            text("The 2016", 2016, 2017),
            text("They recalled the", None, 2010),
            text("They cited the", None, 2020),
            text("They drafted the", None, 2003),
        ]
    )
    dated = {
        row["document_id"]: row["published_on"].year for row in tables["documents"].to_pylist()
    }
    named = {
        dated[row["document_id"]]: row["instrument_id"]
        for row in tables["instrument_mentions"].to_pylist()
    }
    name = "declaration-tashkent-declaration"
    assert named == {
        2004: f"{name}-2004", 2017: f"{name}-2016", 2010: f"{name}-2004", 2020: f"{name}-2016",
        2003: name,
    }  # fmt: skip


def test_declarations_of_one_name_and_different_organisations_are_different_papers() -> None:
    def text(organisation: str, day: str, year: int | None) -> Extraction:
        words = f"The {organisation} of {day} and its Tashkent Declaration."
        mention = instrument(words, "Tashkent Declaration", "declaration", year)
        return extraction(
            words,
            meetings=(meeting(day, organisation=organisation),),
            instruments=(mention._replace(organisation=None),),
        )

    tables = assembled(
        [
            text("SCO", "2022-09-16", 2022),
            text("SCO", "2023-07-04", None),
            text("OTS", "2022-11-11", None),
        ]
    )
    name = "declaration-tashkent-declaration"
    assert tables["instruments"]["instrument_id"].to_pylist() == [f"{name}-ots", f"{name}-sco-2022"]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Charter of the Shanghai Cooperation Organisation", "SCO Charter"),
        ("Agreement on Co-operation in Defence", "Agreement on Cooperation in Defense"),
        ("Treaty on Good-Neighbourliness", "Treaty on Good-Neighborliness"),
        ("Programme of Favourable Terms", "Program of Favorable Terms"),
        ("Statement by the SCO Member States", "Statement of the SCO Member States"),
    ],
)
def test_wordings_of_one_instrument_have_one_key(name: str, other: str) -> None:
    assert instrument_key(name).key == instrument_key(other).key


def test_same_text_is_a_duplicate() -> None:
    rows = assembled(corpus())["documents"].to_pylist()
    copies = {row["document_id"]: row["duplicate_of"] for row in rows if row["duplicate_of"]}
    assert list(copies.items()) == [(f"{original}-2", original) for original in copies.values()]
    assert len(copies) == 1


def test_the_copy_of_which_most_is_known_stands_for_all() -> None:
    text = "The parties met in Tashkent."
    bare = extraction(text, meetings=(meeting(city="Tashkent"),))
    dated = extraction(
        text,
        meetings=(meeting("2016-04-14", city="Tashkent"),),
        published_on=date(2016, 4, 15),
        copy="-2",
    )
    tables = assembled([bare, dated])
    documents = {row["document_id"]: row for row in tables["documents"].to_pylist()}
    original, copy = dated.document.document_id, bare.document.document_id
    assert documents[copy]["duplicate_of"] == original
    assert documents[copy]["meeting_id"] == documents[original]["meeting_id"]
    assert [row["document_count"] for row in tables["meetings"].to_pylist()] == [1]


def test_a_speaker_in_another_spelling_is_the_same_person() -> None:
    text = "N. B. Yermekbayev attended. Nurlan Ermekbaev stressed trade."
    start = text.index("stressed")
    act = SpeechAct(
        0, 28, len(text), start, start + 8, "stress", "assess", False, (28, 44), "person", "KAZ",
        "Nurlan Ermekbaev", (), (), (), None, None, None, None, None, None, "test",
    )  # fmt: skip
    spoken = replace(
        extraction(
            text,
            meetings=(meeting("2016-04-14"),),
            participants=(
                participant(text, "N. B. Yermekbayev"),
                participant(text, "Nurlan Ermekbaev"),
            ),
        ),
        speech_acts=(act,),
    )
    tables = assembled([spoken])
    assert tables["participants"].num_rows == 1
    assert tables["decisions"]["actor_person_id"].to_pylist() == ["kaz-nurlan-ermekbaev"]


def test_rows_carry_the_confidence_of_their_rule() -> None:
    text = "Kazakhstan: the SCO Charter."
    mentions = (CountryMention(0, 0, 10, "KAZ", "name"),)
    item = extraction(text, instruments=(instrument(text, "SCO Charter"),))
    item = replace(item, countries=mentions)
    tables = assembled([item])
    (measured,) = [
        row["confidence"]
        for row in tables["rules"].to_pylist()
        if (row["table_name"], row["rule"]) == ("country_mentions", "country_name")
    ]
    assert tables["country_mentions"]["confidence"].to_pylist() == [measured]
    assert 0 < measured < 1
    # No annotated document has a row of the rule "test".
    assert tables["instrument_mentions"]["confidence"].to_pylist() == [None]


def test_result_does_not_depend_on_the_order_of_documents() -> None:
    extractions = corpus()
    expected = assembled(extractions)
    for seed in range(5):
        random.Random(seed).shuffle(extractions)
        assert assembled(extractions) == expected
