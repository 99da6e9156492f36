"""International organisations named in a text."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from extractions import document

from sco_pipeline.codes import code_list, reference_rows
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.mentions.organisations import OrganisationLexicon, find_organisations

CASES = list(
    csv.DictReader(
        (Path(__file__).parent / "cases/organisations.csv").read_text("utf-8").splitlines()
    )
)
LEXICON = OrganisationLexicon.load("en")
FORMS = read_lexicon("en/organisations", ("form", "organisation", "kind", "source"), ("form",))


def find(text: str) -> list[str]:
    return [
        f"{text[start:end]}={code}"
        for start, end, code in find_organisations(document(text), LEXICON)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_case(case: dict[str, str]) -> None:
    assert find(case["text"]) == [item for item in case["expected"].split("|") if item], case["why"]


def test_every_organisation_has_a_form() -> None:
    assert {row["organisation"] for row in FORMS} == code_list("organisations")


def test_outside_codes() -> None:
    items = {row["code"]: row["wikidata"] for row in reference_rows("organisations")}
    assert items["SCO"] == "Q485207"
    assert items["EAEU"] == "Q4173083"
    assert items["ECO"] == "Q225950"
    assert items["OTS"] == "Q596850"
    assert items["SAARC"] == "Q145700"
    assert {code for code, item in items.items() if item is None} == {
        "CICA", "ICRC", "SCO_RATS", "other",
    }  # fmt: skip


def test_every_form_is_found_whole() -> None:
    for row in FORMS:
        if row["kind"] != "own_organ":
            assert find(f"at {row['form']} they") == [f"{row['form']}={row['organisation']}"]


def test_a_shared_organ_name_needs_its_organisation() -> None:
    for row in FORMS:
        if row["kind"] == "own_organ":
            assert find(f"at the {row['form']} they") == []
