import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.document import read_document
from sco_pipeline.model import Document, RawFile
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.sentences import split_sentences, split_text

SHARED = Path(__file__).resolve().parents[2] / "shared"
PEERS = SHARED / "peers" / "sentence_rules_dev.json"
LEXICON = ReadingLexicon.load("en")
with (Path(__file__).parent / "cases" / "sentences.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))


def split(text: str) -> tuple[Document, list[tuple[str, str]]]:
    document = read_document(RawFile("a.txt", text.encode(), ""), "d", LEXICON)
    return document, [
        (sentence.kind, document.text[sentence.char_start : sentence.char_end])
        for sentence in split_sentences(document, LEXICON)
    ]


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_split_text(case):
    assert split_text(case["text"], LEXICON) == case["sentences"].split("|")


@pytest.mark.parametrize(("language", "least"), [("en", 24), ("ru", 17), ("zh", 1)])
def test_split_text_peer_cases(language, least):
    if not PEERS.exists():
        pytest.skip("../shared/peers is not here")
    cases = json.loads(PEERS.read_text(encoding="utf-8"))[language]
    passed = sum(split_text(case["text"], LEXICON) == case["sentences"] for case in cases)
    assert passed >= least


def test_a_text_without_stops_is_cut_between_words():
    text = "agreed to expand trade and " * 500
    _, sentences = split(f"They {text}")
    assert len(sentences) == 5
    assert all(len(words) <= 3000 for _, words in sentences)
    assert " ".join(words for _, words in sentences) == f"They {text}".strip()
    assert [len(words) for _, words in split("x" * 7000)[1]] == [3000, 3000, 1000]


def test_split_sentences_kinds_and_bullets():
    _, sentences = split(
        "Home > News\n\nPRESS RELEASE\n\n[Place] Bishkek\n\nI\n\n"
        "The heads of state met in Bishkek. They in particular:\n\n"
        "- signed the declaration;\n- approved the plan. It is long.\n\n"
        "1. The Parties agree. They will meet.\n\nPrint\n"
    )
    assert sentences == [
        ("title", "PRESS RELEASE"),
        ("heading", "Bishkek"),
        ("paragraph", "The heads of state met in Bishkek."),
        ("paragraph", "They in particular:"),
        ("list_item", "signed the declaration;"),
        ("list_item", "approved the plan."),
        ("list_item", "It is long."),
        ("list_item", "The Parties agree."),
        ("list_item", "They will meet."),
    ]


def test_split_sentences_title_is_one():
    _, sentences = split("JOINT COMMUNIQUE. Session of the Council\n\nThe Council met in Astana.")
    assert sentences[0] == ("title", "JOINT COMMUNIQUE. Session of the Council")


@pytest.mark.parametrize(
    "dateline",
    [
        "ASTANA. KAZINFORM - ",
        "BAKU. KAZINFORM ",
        "MOSCOW, April 8. /TASS/. ",
        "BEIJING, Sep 19 (APP): ",
    ],
)
def test_split_sentences_dateline_belongs_to_its_sentence(dateline):
    _, sentences = split(
        f"Ministers meet\n\n{dateline}The ministers met in Astana today. They left."
    )
    assert sentences[1:] == [
        ("paragraph", f"{dateline}The ministers met in Astana today."),
        ("paragraph", "They left."),
    ]


@given(st.text(max_size=300))
def test_split_text_loses_only_blanks(text):
    assert "".join("".join(split_text(text, LEXICON)).split()) == "".join(text.split())


WORDS = (
    "The ministers met", "N. B.Yermekbayev", "Mr.", "U.S.", "No.", "12", "etc.", "a.m.", "(see",
    ")", ".", "!", "?", "...", "。", "“", "”", ":", ";", "1.", "2.", "a)", "\n", "\n\n", "- ",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_split_sentences_spans(words):
    text = " ".join(words)
    if not text.strip():
        return
    document, _ = split(text)
    sentences = split_sentences(document, LEXICON)
    reached = 0
    for ordinal, sentence in enumerate(sentences):
        block = document.blocks[sentence.paragraph]
        assert sentence.ordinal == ordinal
        assert sentence.kind == block.kind != "furniture"
        assert max(reached, block.char_start) <= sentence.char_start < sentence.char_end
        assert sentence.char_end <= block.char_end
        written = document.text[sentence.char_start : sentence.char_end]
        assert written == written.strip()
        reached = sentence.char_end
