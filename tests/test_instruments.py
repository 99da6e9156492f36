"""Named treaties, declarations, programmes and other instruments."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from extractions import document
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.codes import code_list
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.mentions.dates import DateLexicon, find_dates
from sco_pipeline.mentions.instruments import InstrumentLexicon, find_instruments
from sco_pipeline.mentions.organisations import OrganisationLexicon, find_organisations
from sco_pipeline.model import BlockKind, InstrumentMention, Sentence

CASES = list(
    csv.DictReader(
        (Path(__file__).parent / "cases/instruments.csv").read_text("utf-8").splitlines()
    )
)
LEXICON = InstrumentLexicon.load("en")
DATES = DateLexicon.load("en")
ORGANISATIONS = OrganisationLexicon.load("en")


def find(text: str, kind: BlockKind = "paragraph") -> list[InstrumentMention]:
    """Instruments of a document with one sentence."""
    doc = document(text)
    sentences = [Sentence(0, 0, kind, 0, len(text))]
    return find_instruments(
        doc, sentences, find_organisations(doc, ORGANISATIONS), find_dates(doc, sentences, DATES),
        LEXICON,
    )  # fmt: skip


def shown(text: str) -> list[str]:
    """As the cases write them: words=kind, and @year where the text gives it."""
    return [
        f"{text[mention.char_start : mention.char_end]}={mention.kind}"
        + (f"@{mention.year}" if mention.year else "")
        for mention in find(text)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sentence"])
def test_case(case: dict[str, str]) -> None:
    expected = [item.strip() for item in case["mentions"].split(";") if item.strip()]
    assert shown(case["sentence"]) == expected, case["why"]


@pytest.mark.parametrize(
    ("text", "name", "organisation"),
    [
        ("They cited the Charter of the Shanghai Cooperation Organisation.",
         "Charter of the SCO", "SCO"),
        ("They cited the SCO charter.", "Charter of the SCO", "SCO"),
        ("They cited the SCO Anti-Extremism Convention.",
         "SCO Convention on Countering Extremism", "SCO"),
        ("They cited the SCO Development Strategy until 2035.",
         "SCO Development Strategy until 2035", "SCO"),
        ("They signed the “Clean Air – 2030” Programme.", '"Clean Air - 2030" Programme', None),
        ("They recalled resolution 1373 (2001).", "Security Council resolution 1373 (2001)", "UN"),
        ("They adopted the Regulations on the Flag of the CSTO.",
         "Regulations on the Flag of the CSTO", "CSTO"),
        ("The Plan for the Implementation of the SCO Charter is ready.",
         "Plan for the Implementation of the SCO Charter", "SCO"),
    ],
)  # fmt: skip
def test_name_and_organisation(text: str, name: str, organisation: str | None) -> None:
    mention = find(text)[0]
    assert (mention.name, mention.organisation) == (name, organisation)


@pytest.mark.parametrize("kind", ["title", "heading"])
def test_titles_are_no_mentions(kind: BlockKind) -> None:
    assert not find("Joint Communique of the Meeting of the Council of Heads of State", kind)


def test_list_item_may_begin_with_its_head() -> None:
    text = "Agreement on cooperation in plant quarantine;"
    assert not find(text)
    assert find(text, "list_item")[0].kind == "agreement"


def test_lexicons_cover_every_kind() -> None:
    heads = read_lexicon(
        "en/instrument_heads", ("form", "kind", "beside", "source"), ("form",),
        optional=("kind", "beside"),
    )  # fmt: skip
    assert {row["kind"] for row in heads if row["kind"]} == code_list("instrument_kind_labels")
    assert LEXICON.years["Charter of the United Nations"] == 1945


@given(
    st.lists(
        st.sampled_from(
            ["Treaty", "the Declaration", "on", "of the", "Peace", "and", "SCO Charter", "NPT",
             "resolution 1373 (2001)", "Main Guidelines of the", "Strategy", "signed", "in",
             "12 May 2004", "“Dawn”", "Programme", "until 2025", "Action Plan", ",", "(2001)",
             "UN", "Joint Statement", "cooperation", "’s", "agreement"]
        ),
        max_size=25,
    )
)  # fmt: skip
def test_mentions_never_overlap(words: list[str]) -> None:
    text = " ".join(words)
    reached = 0
    for mention in find(text):
        assert reached <= mention.char_start < mention.char_end <= len(text)
        assert mention.name
        assert mention.kind in code_list("instrument_kind_labels")
        reached = mention.char_end
