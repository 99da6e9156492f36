"""One row per person, and the links that say why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import product
from random import Random
from typing import Any

import duckdb
import pytest
from extractions import assembled, extraction, participant

from sco_pipeline import names
from sco_pipeline.person_judgements import Judgement, PersonJudgements, Side
from sco_pipeline.resolution import persons as persons_module
from sco_pipeline.resolution.caches import create_caches
from sco_pipeline.tables import mention_tables

#: Name, country, organisation, role, and the year it is named in.
Written = tuple[str, str | None, str | None, str] | tuple[str, str | None, str | None, str, int]

MINISTER = "other_minister"
MOVED = (
    ("Rashid Alimov", "TJK", None, "ambassador", 2010),
    ("Rashid Alimov", None, "SCO", "organisation_head", 2016),
)
JAPAROVS = (
    ("Sadyr Japarov", "KGZ", None, "head_of_state"),
    ("Saparbek Japarov", "KGZ", None, "interior_minister"),
)


def tables(
    written: Iterable[Written], judgements: Iterable[tuple[str, str, str, str, bool]] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Resolve names, each in a document of its own, with lines of a file of judgements."""
    extractions = []
    for number, (name, country, organisation, role, *year) in enumerate(written):
        text = f"document {number}: {name}"
        person = participant(
            text, name, country, organisation=organisation, role=role, meeting=None
        )
        published_on = date(year[0], 6, 1) if year else None
        extractions.append(extraction(text, participants=(person,), published_on=published_on))
    found = tuple(
        Judgement(line, (Side(name_a, at_a), Side(name_b, at_b)), is_same)
        for line, (name_a, at_a, name_b, at_b, is_same) in enumerate(judgements, 2)
    )
    resolved = assembled(extractions, judgements=PersonJudgements("0" * 64, found))
    return {name: table.to_pylist() for name, table in resolved.items()}


def persons(
    *written: Written, judgements: Iterable[tuple[str, str, str, str, bool]] = ()
) -> list[list[str]]:
    """The spellings of each person, sorted; one spelling may stand for two affiliations."""
    return sorted(sorted(row["names"]) for row in tables(written, judgements)["persons"])


def links(*written: Written, **more: Any) -> dict[tuple[str, str], tuple[str, str, bool]]:
    return {
        (row["name_a"], row["name_b"]): (row["rule"], row["decision"], row["is_judged"])
        for row in tables(written, **more)["person_links"]
    }


def test_spellings_of_one_state_are_one_person() -> None:
    secretary = "security_council_secretary"
    assert persons(
        ("N. B.Yermekbayev", "KAZ", None, secretary),
        ("Nurlan Yermekbayev", "KAZ", None, secretary),
        ("Nurlan Ermekbaev", "KAZ", None, secretary),
        ("N. Nigmatulin", "KAZ", None, "parliament_speaker"),
    ) == [["N. B.Yermekbayev", "Nurlan Ermekbaev", "Nurlan Yermekbayev"], ["N. Nigmatulin"]]


def test_same_initials_in_two_states_are_two_persons() -> None:
    assert (
        len(persons(("A. Karimov", "UZB", None, MINISTER), ("A. Karimov", "TJK", None, MINISTER)))
        == 2
    )


def test_equal_full_names_in_two_states_are_two_persons() -> None:
    assert (
        len(persons(("Ali Rezaei", "IRN", None, MINISTER), ("Ali Rezaei", "AFG", None, MINISTER)))
        == 2
    )


def test_full_name_is_followed_from_state_to_organisation() -> None:
    assert persons(*MOVED) == [["Rashid Alimov"]]


def test_initials_of_a_person_who_moved_come_along() -> None:
    found = persons(*MOVED, ("R. Alimov", "TJK", None, "ambassador"))
    assert found == [["R. Alimov", "Rashid Alimov"]]


def test_full_name_is_not_followed_over_a_generation() -> None:
    assert len(persons(MOVED[0], ("Rashid Alimov", None, "SCO", "organisation_head", 2040))) == 2


def test_full_name_of_two_states_is_followed_to_no_organisation() -> None:
    two = (("Rashid Alimov", "UZB", None, MINISTER), *MOVED)
    assert len(persons(*two)) == 3
    decisions = {row["decision"] for row in tables(two)["person_links"] if row["score"] == 1}
    assert decisions == {"undecided", "different"}


def test_initial_that_fits_two_people_joins_neither_unless_the_office_tells() -> None:
    assert ["S. Japarov"] in persons(*JAPAROVS, ("S. Japarov", "KGZ", None, "ambassador"))
    assert ["S. Japarov", "Sadyr Japarov"] in persons(
        *JAPAROVS, ("S. Japarov", "KGZ", None, "head_of_state")
    )


def test_other_family_suffix_needs_the_same_office_or_full_names() -> None:
    written = ("Emomali Rahmon", "TJK", None, "head_of_state")
    assert len(persons(written, ("E. Rakhmonov", "TJK", None, "head_of_state"))) == 1
    assert len(persons(written, ("E. Rakhmonov", "TJK", None, MINISTER))) == 2
    assert len(persons(written, ("Emomali Rakhmonov", "TJK", None, MINISTER))) == 1


def test_misspelt_name_needs_the_same_office() -> None:
    written = ("Rustam Azimov", "UZB", None, "deputy_head_of_government")
    assert len(persons(written, ("Rustam Azizov", "UZB", None, "ambassador"))) == 2
    assert len(persons(written, ("Rustam Azizov", "UZB", None, "deputy_head_of_government"))) == 1


def test_chinese_names_that_differ_by_a_letter_are_two_persons() -> None:
    chinese = ("Zhang Jinpeng", "CHN", None, MINISTER), ("Zhang Jinping", "CHN", None, MINISTER)
    assert len(persons(*chinese)) == 2
    assert links(*chinese) == {("Zhang Jinpeng", "Zhang Jinping"): ("vowels", "different", False)}


def test_links_say_what_was_joined_and_what_was_nearly() -> None:
    assert links(
        ("Nurlan Yermekbayev", "KAZ", None, MINISTER),
        ("N. Ermekbaev", "KAZ", None, MINISTER),
        ("Nurlan Nigmatulin", "KAZ", None, MINISTER),
        ("Karim Masimov", "KAZ", None, MINISTER),
    ) == {
        ("N. Ermekbaev", "Nurlan Yermekbayev"): ("initials", "same", False),
    }
    assert links(
        ("Anvar Salimov", "UZB", None, MINISTER), ("Ansar Salimov", "UZB", None, MINISTER)
    ) == {("Ansar Salimov", "Anvar Salimov"): ("misspelling", "different", False)}


def test_judgement_joins_what_no_rule_would_and_its_removal_restores() -> None:
    written = (
        ("Benazir Bhutto", "PAK", None, MINISTER),
        ("Benazir Zardari", "PAK", None, MINISTER),
        ("B. Zardari", None, "UN", "organisation_official"),
    )
    judgements = [
        ("Benazir Bhutto", "PAK", "Benazir Zardari", "PAK", True),
        ("Benazir Zardari", "PAK", "B. Zardari", "UN", True),
    ]
    assert len(persons(*written)) == 3
    assert persons(*written, judgements=judgements) == [
        ["B. Zardari", "Benazir Bhutto", "Benazir Zardari"]
    ]
    assert links(*written, judgements=judgements[:1]) == {
        ("Benazir Bhutto", "Benazir Zardari"): ("other_word", "same", True)
    }


def test_judgement_splits_what_a_rule_joins_with_all_that_belongs_to_either() -> None:
    written = (
        ("Anvar Salimov", "UZB", None, MINISTER),
        ("A. Salimov", "UZB", None, MINISTER),
        ("A. R. Salimov", "UZB", None, MINISTER),
    )
    assert len(persons(*written)) == 1
    apart = [("A. Salimov", "UZB", "Anvar Salimov", "UZB", False)]
    assert persons(*written, judgements=apart) == [
        ["A. R. Salimov", "Anvar Salimov"],
        ["A. Salimov"],
    ]
    both = [*apart, ("A. R. Salimov", "UZB", "A. Salimov", "UZB", True)]
    assert persons(*written, judgements=both) == [
        ["A. R. Salimov", "A. Salimov"],
        ["Anvar Salimov"],
    ]


def test_judgement_keeps_a_name_from_another_affiliation() -> None:
    apart = [("Rashid Alimov", "SCO", "Rashid Alimov", "TJK", False)]
    found = tables(MOVED, apart)
    assert [row["person_id"] for row in found["persons"]] == [
        "sco-rashid-alimov",
        "tjk-rashid-alimov",
    ]
    assert [(row["decision"], row["is_judged"]) for row in found["person_links"]] == [
        ("different", True)
    ]


def test_names_alike_but_for_accents_can_be_judged_apart() -> None:
    written = (("Jozef Novak", "SVK", None, MINISTER), ("Jozef Novák", "SVK", None, MINISTER))
    assert len(persons(*written)) == 1
    apart = [("Jozef Novak", "SVK", "Jozef Novák", "SVK", False)]
    assert [row["person_id"] for row in tables(written, apart)["persons"]] == [
        "svk-jozef-novak",
        "svk-jozef-novak-2",
    ]


def test_contradicting_judgements_are_reported_and_not_applied() -> None:
    written = (
        ("Anvar Salimov", "UZB", None, MINISTER),
        ("Karim Masimov", "UZB", None, MINISTER),
        ("Rustam Azimov", "UZB", None, MINISTER),
        ("Nodir Rahimov", "UZB", None, MINISTER),
    )
    contradicting = [
        ("Anvar Salimov", "UZB", "Karim Masimov", "UZB", True),
        ("Karim Masimov", "UZB", "Rustam Azimov", "UZB", True),
        ("Rustam Azimov", "UZB", "Anvar Salimov", "UZB", False),
    ]
    found = tables(written, contradicting)
    assert len(found["persons"]) == 4
    (reject,) = found["rejects"]
    assert (reject["path"], reject["stage"], reject["reason"], reject["detail"]) == (
        "person_judgements.csv",
        "resolve",
        "bad_judgement",
        "lines 2, 3, 4 contradict each other, none is applied; keep what is true",
    )


def test_judgement_about_a_name_that_nobody_has_is_reported() -> None:
    judgements = [("Anvar Salimov", "UZB", "Karim Masimov", "", True)]
    found = tables([("Anvar Salimov", "UZB", None, MINISTER)], judgements)
    (reject,) = found["rejects"]
    assert reject["detail"] == (
        "line 2: no participant is written 'Karim Masimov' alone; copy name and affiliation from "
        "person_links, or participants"
    )


def test_every_line_of_a_contradiction_is_named() -> None:
    written = (("Anvar Salimov", "UZB", None, MINISTER), ("Karim Masimov", "UZB", None, MINISTER))
    pair = ("Anvar Salimov", "UZB", "Karim Masimov", "UZB")
    (reject,) = tables(written, [(*pair, True), (*pair, True), (*pair, False)])["rejects"]
    assert reject["detail"].startswith("lines 2, 3, 4 contradict")


def test_who_serves_a_state_and_an_organisation_is_at_home_in_the_state() -> None:
    written = (
        ("Zhang Ming", "CHN", None, "ambassador"),
        ("Zhang Ming", None, "SCO", "organisation_head"),
    )
    (person,) = tables(written)["persons"]
    assert (person["person_id"], person["family_name"]) == ("chn-zhang-ming", "Zhang")


def test_equal_names_of_a_state_and_an_organisation_keep_two_ids() -> None:
    written = (
        ("Rashid Karim Alimov", None, "SCO", "organisation_head"),
        ("Rashid Alimov", "TJK", None, "ambassador"),
        ("Rashid Karim Alimov", "TJK", None, MINISTER),
    )
    judgements = [
        ("Rashid Karim Alimov", "SCO", "Rashid Alimov", "TJK", True),
        ("Rashid Karim Alimov", "SCO", "Rashid Karim Alimov", "TJK", False),
    ]
    assert [row["person_id"] for row in tables(written, judgements)["persons"]] == [
        "tjk-rashid-karim-alimov",
        "tjk-rashid-karim-alimov-2",
    ]


def test_family_name_comes_last_where_texts_abroad_write_it_so() -> None:
    written = (("Viktor Orban", "HUN", None, MINISTER), ("Fumio Kishida", "JPN", None, MINISTER))
    assert [row["family_name"] for row in tables(written)["persons"]] == ["Orban", "Kishida"]


def test_tables_do_not_depend_on_the_order_of_documents_or_judgements() -> None:
    written = (*MOVED, *JAPAROVS, ("S. Japarov", "KGZ", None, "ambassador"))
    judgements = [
        ("S. Japarov", "KGZ", "Sadyr Japarov", "KGZ", True),
        ("Rashid Alimov", "SCO", "Rashid Alimov", "TJK", False),
    ]
    texts = [
        {name: found[name] for name in ("person_links",)}
        | {"persons": [row | {"names": sorted(row["names"])} for row in found["persons"]]}
        for found in (
            tables(written, judgements),
            tables(written[::-1], judgements[::-1]),
        )
    ]
    assert texts[0] == texts[1]


def test_names_of_a_large_state_are_not_all_compared_with_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []

    def compare(left: str, right: str) -> names.Comparison:
        compared.append((left, right))
        return names.compare(left, right)

    monkeypatch.setattr(persons_module, "compare", compare)
    given = [a + b for a, b in product(("An", "Bek", "Kar", "Nur", "Sul"), ("dar", "im", "lan"))]
    family = [
        a + b + c
        for a, b, c in product(("Azi", "Bura", "Gulo", "Jumo", "Mirzo"), "dklmnrt", ("ev", "in"))
    ]
    written = [(f"{g} {f}", "UZB", None, MINISTER) for g, f in product(given, family)]
    tables(written)
    assert len(written) == 1050
    assert len(compared) < len(written) ** 2 / 40


def resolved_by(
    connection: duckdb.DuckDBPyConnection, written: Iterable[Written]
) -> list[list[tuple[Any, ...]]]:
    """What ``resolve_persons`` makes of names, in a connection that may know names already."""
    extractions = [
        extraction(
            f"document {number}",
            participants=(
                participant(
                    name, name, country, organisation=organisation, role=role, meeting=None
                ),
            ),
        )
        for number, (name, country, organisation, role, *_) in enumerate(written)
    ]
    for name, table in mention_tables(extractions).items():
        connection.register(name, table)
    persons_module.resolve_persons(connection)
    return [
        sorted(connection.execute(f"FROM {name}").fetchall())
        for name in ("person_of", "person_link")
    ]


@contextmanager
def knowing_nothing() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE meeting_of(document_id VARCHAR, mention INTEGER, meeting_id VARCHAR);"
            "CREATE TABLE meeting(meeting_id VARCHAR, starts_on DATE);"
            "CREATE TABLE family_name_first AS SELECT 'CHN' AS country"
        )
        create_caches(connection)
        yield connection


def test_names_compared_before_change_nothing() -> None:
    # Of 105 names of one state a key tells nothing, of 95 it does.
    many = [
        (f"{a}{b}{c} Karimov", "UZB", None, MINISTER)
        for a, b, c in product("AEIOU", "bdgkmnr", "aiu")
    ]
    others = [
        *((name, country, organisation, role) for name, country, organisation, role, *_ in MOVED),
        *JAPAROVS,
        ("S. Japarov", "KGZ", None, "ambassador"),
        ("R. Alimov", "TJK", None, "ambassador"),
        ("Rachid Alimov", None, "SCO", "organisation_head"),
        ("Rashid Alimov", None, "CIS", "organisation_head"),
        ("Adaa Karimov", "UZB", None, MINISTER),
        ("A. Karimov", "UZB", None, MINISTER),
    ]
    random = Random(1)
    with knowing_nothing() as knowing:
        for size in (60, 115, 95, 20, 100, 115, 60):
            written = random.sample([*many, *others], size)
            with knowing_nothing() as fresh:
                assert resolved_by(knowing, written) == resolved_by(fresh, written)


def test_only_new_names_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(left: str, right: str) -> names.Comparison:
        compared.append({left, right})
        return names.compare(left, right)

    monkeypatch.setattr(persons_module, "compare", compare)
    with knowing_nothing() as connection:
        resolved_by(connection, JAPAROVS)
        compared.clear()
        resolved_by(connection, JAPAROVS)
        assert not compared
        resolved_by(connection, (*JAPAROVS, ("Sadyr Zhaparov", "KGZ", None, "head_of_state")))
        assert compared
        assert all("Sadyr Zhaparov" in pair for pair in compared)
