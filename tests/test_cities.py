"""Cities named as places."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from extractions import document

from sco_pipeline.codes import reference_rows
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.mentions.cities import CityLexicon, find_cities
from sco_pipeline.terms import fold

CASES = list(
    csv.DictReader((Path(__file__).parent / "cases/cities.csv").read_text("utf-8").splitlines())
)
LEXICON = CityLexicon.load("en")
FORMS = read_lexicon("en/cities", ("form", "city", "source"), ("form",))
GUARDS = read_lexicon("en/city_guards", ("form", "kind", "source"), ("form",))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_case(case: dict[str, str]) -> None:
    text = case["text"]
    found = [
        f"{text[start:end]}={city.name}"
        for start, end, city in find_cities(document(text), LEXICON)
    ]
    expected = [item for item in case["expected"].split("|") if item]
    assert found == expected, case["why"]


def test_every_form_is_found_whole() -> None:
    for row in FORMS:
        text = f"at {row['form']} they"
        ((start, end, city),) = find_cities(document(text), LEXICON)
        assert (text[start:end], city.name) == (row["form"], row["city"])


def test_a_guard_hides_every_city_inside() -> None:
    for row in GUARDS:
        if row["kind"] == "phrase":
            assert find_cities(document(f"of the {row['form']} they"), LEXICON) == [], row


def test_every_city_has_a_form() -> None:
    cities = {row["city"] for row in reference_rows("cities")}
    assert {row["city"] for row in FORMS} == cities
    folded = [fold(row["form"]) for row in FORMS]
    assert len(folded) == len(set(folded))


def test_a_country_has_one_capital_at_most() -> None:
    capitals = [row["country"] for row in reference_rows("cities") if row["is_capital"]]
    assert len(capitals) == len(set(capitals))
    assert "UZB" in capitals
    assert "SGP" not in capitals
