"""Countries named in a text."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from extractions import document
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.codes import code_list
from sco_pipeline.document import read_document
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.mentions.countries import CountryLexicon, find_countries, publisher_country
from sco_pipeline.model import CountryMention, RawFile, Sentence, Sidecar
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.terms import fold

HERE = Path(__file__).parent
GOLD = HERE.parent.parent / "shared/gold/en"
CASES = list(csv.DictReader((HERE / "cases/countries.csv").read_text("utf-8").splitlines()))
LEXICON = CountryLexicon.load("en")
FORMS = read_lexicon("en/countries", ("form", "country", "kind", "source"), ("form",))
GUARDS = read_lexicon("en/country_guards", ("form", "kind", "source"), ("form",))


def find(text: str) -> list[CountryMention]:
    return find_countries(document(text), [Sentence(0, 0, "paragraph", 0, len(text))], LEXICON)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_case(case: dict[str, str]) -> None:
    text = case["text"]
    found = "|".join(f"{text[m.char_start : m.char_end]}={m.country}" for m in find(text))
    assert found == case["expected"], case["why"]


def test_every_country_has_a_name() -> None:
    assert {row["country"] for row in FORMS if row["kind"] == "name"} == code_list("countries")


def test_every_form_is_found_whole() -> None:
    for row in FORMS:
        (mention,) = find(f"of {row['form']} they")
        assert (mention.char_start, mention.char_end) == (3, 3 + len(row["form"])), row
        assert (mention.country, mention.form) == (row["country"], row["kind"])


def test_no_form_is_guarded_away() -> None:
    guards = {row["form"] for row in GUARDS}
    assert not guards & {row["form"] for row in FORMS}
    folded = [fold(row["form"]) for row in FORMS]
    assert len(folded) == len(set(folded))


def test_a_guard_hides_every_name_inside() -> None:
    for row in GUARDS:
        if row["kind"] == "phrase":
            assert find(f"on the {row['form']} they") == [], row


def test_names_outside_sentences_are_left_out() -> None:
    text = "China Daily\nIndia and Pakistan met.\nIran News"
    sentences = [Sentence(0, 1, "paragraph", 12, 35)]
    found = find_countries(document(text), sentences, LEXICON)
    assert [(m.sentence, m.country) for m in found] == [(0, "IND"), (0, "PAK")]


def test_each_mention_knows_its_sentence() -> None:
    text = "China met India. Iran came."
    sentences = [Sentence(0, 0, "paragraph", 0, 16), Sentence(1, 0, "paragraph", 17, 27)]
    found = find_countries(document(text), sentences, LEXICON)
    assert [(m.sentence, m.country) for m in found] == [(0, "CHN"), (0, "IND"), (1, "IRN")]


@given(
    st.lists(
        st.sampled_from(["India", "Uzbek", " ", ", ", " and ", "in ", "Russian", " language", "é"])
    )
)
def test_mentions_are_in_order_and_never_overlap(pieces: list[str]) -> None:
    text = "".join(pieces)
    reached = 0
    for mention in find(text):
        assert reached <= mention.char_start < mention.char_end <= len(text)
        reached = mention.char_end


@pytest.mark.skipif(not GOLD.is_dir(), reason="no annotated documents beside the repository")
def test_gold_countries_are_found_in_the_raw_text() -> None:
    missing = []
    for path in sorted(GOLD.glob("*.json")):
        text = " ".join(path.with_suffix(".txt").read_text("utf-8").split())
        gold = set(json.loads(path.read_text("utf-8"))["countries"])
        missing += [(path.stem, code) for code in gold - {m.country for m in find(text)}]
    assert len(missing) <= 2, missing


@pytest.mark.parametrize(
    ("publisher", "header", "country"),
    [
        ("Ministry of Foreign Affairs of Mongolia", "", "MNG"),
        ("Embassy of the Russian Federation in the Republic of India", "", "RUS"),
        ("Press Information Bureau, India", "", "IND"),
        ("Uzbekistan Ministry of Justice", "", "UZB"),
        (None, "The Ministry of Foreign Affairs of the Republic of Kazakhstan", "KAZ"),
        (None, "President Tokayev visits Uzbekistan", None),
        ("News Agency of Nigeria", "", None),
        (None, "Ministers of the SCO states meet in China", None),
    ],
)
def test_publisher_country(publisher: str | None, header: str, country: str | None) -> None:
    text = f"{header}\n\nMinisters met\n\nThe ministers met in Astana and discussed trade."
    raw = RawFile("t.txt", text.encode(), "0" * 64, Sidecar(publisher=publisher))
    read = read_document(raw, "t", ReadingLexicon.load("en"))
    assert publisher_country(read, LEXICON) == country
