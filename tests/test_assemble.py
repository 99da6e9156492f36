"""Mention tables to the tables of the schema."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pyarrow as pa
from extractions import extraction, meeting, participant

from sco_pipeline.checks import check_tables
from sco_pipeline.model import Extraction, InstrumentMention, SpeechAct
from sco_pipeline.resolution.assemble import assemble
from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.tables import concat, mention_tables


def instrument(text: str, name: str, kind: str = "charter") -> InstrumentMention:
    start = text.index(name)
    return InstrumentMention(0, start, start + len(name), name, kind, "SCO", None, "test")


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


def tables_of(extractions: list[Extraction]) -> dict[str, pa.Table]:
    return assemble(concat([mention_tables([item]) for item in extractions]))


def test_tables_fit_the_schema_and_pass_the_checks() -> None:
    tables = tables_of(corpus())
    assert list(tables) == [spec.name for spec in ALL_TABLES]
    check_tables(tables)


def test_no_documents_give_empty_tables() -> None:
    tables = assemble(concat([]))
    check_tables(tables)
    assert tables["documents"].num_rows == 0


def test_entities_are_resolved_across_documents() -> None:
    tables = tables_of(corpus())
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


def test_same_text_is_a_duplicate() -> None:
    rows = tables_of(corpus())["documents"].to_pylist()
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
    tables = tables_of([bare, dated])
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
        "Nurlan Ermekbaev", (), (), (), None, "test",
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
    tables = tables_of([spoken])
    assert tables["participants"].num_rows == 1
    assert tables["decisions"]["actor_person_id"].to_pylist() == ["kaz-nurlan-ermekbaev"]


def test_result_does_not_depend_on_the_order_of_batches() -> None:
    extractions = corpus()
    expected = tables_of(extractions)
    for seed in range(5):
        random.Random(seed).shuffle(extractions)
        assert tables_of(extractions) == expected
