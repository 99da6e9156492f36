"""Terms that show what a text is about."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest
from extractions import document
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.codes import code_list
from sco_pipeline.document import ReadingLexicon, read_document
from sco_pipeline.extraction import extract_file
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.mentions.topics import TopicLexicon, find_topics
from sco_pipeline.model import RawFile, Sentence
from sco_pipeline.sentences import split_sentences
from sco_pipeline.terms import expand


def read_cases(name: str) -> list[dict[str, str]]:
    """Rows of a table of cases."""
    path = Path(__file__).parent / f"cases/{name}.csv"
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


CASES = read_cases("topics")
GOLD = Path(__file__).parents[2] / "shared/gold/en"
LEXICON = TopicLexicon.load("en")
ROWS = read_lexicon(
    "en/topics",
    ("topic", "form", "weight", "needs", "unless", "source"),
    ("topic", "form"),
    optional=("topic", "weight", "needs", "unless"),
)


def find(text: str, start: int = 0, end: int | None = None) -> list[tuple[str, str]]:
    """Terms and topics in a document with one sentence."""
    sentence = Sentence(0, 0, "paragraph", start, len(text) if end is None else end)
    return [
        (text[mention.char_start : mention.char_end], mention.topic)
        for mention in find_topics(document(text), [sentence], LEXICON)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sentence"])
def test_case(case: dict[str, str]) -> None:
    found = find(case["sentence"])
    assert {topic for _, topic in found} == set(case["topics"].split()), (case["why"], found)


@pytest.mark.parametrize("case", read_cases("act_topics"), ids=lambda case: case["text"])
def test_topics_of_acts(case: dict[str, str]) -> None:
    content = f"Meeting of the ministers\n\nTashkent, 5 May 2021\n\n{case['text']}".encode()
    raw = RawFile("text.txt", content, hashlib.sha256(content).hexdigest())
    acts = extract_file(raw, "text").speech_acts
    wanted = [set(topics.split()) for topics in case["topics"].split(";")]
    assert [set(act.topics) for act in acts] == wanted, case["why"]


@pytest.mark.parametrize(
    ("heading", "topics"),
    [("Counter-terrorism", ("terrorism",)), ("Ministers meet to discuss terrorism", ())],
)
def test_heading_that_is_a_topic_holds_for_what_stands_under_it(
    heading: str, topics: tuple[str, ...]
) -> None:
    content = (
        "Meeting of the ministers\n\nTashkent, 5 May 2021\n\nThe ministers met in Tashkent on 5 "
        f"May 2021.\n\n{heading}\n\nThey decided to draw up a road map before the end of the "
        "year.\n\nOther matters\n\nThey decided to draw up a list of events."
    ).encode()
    raw = RawFile("text.txt", content, hashlib.sha256(content).hexdigest())
    assert [act.topics for act in extract_file(raw, "text").speech_acts] == [topics, ()]


def test_weak_term_needs_another_word_of_its_topic_in_its_paragraph() -> None:
    text = "The school is new. Teachers came."
    two = [(0, 0, 18), (0, 19, 33)], [(0, 0, 18), (1, 19, 33)]
    together, apart = (
        [Sentence(n, paragraph, "paragraph", *span) for n, (paragraph, *span) in enumerate(spans)]
        for spans in two
    )
    assert [m.rule for m in find_topics(document(text), together, LEXICON)] == [
        "weak_topic_term", "topic_term",
    ]  # fmt: skip
    assert [m.rule for m in find_topics(document(text), apart, LEXICON)] == ["topic_term"]
    assert not find("A school is one of many schools.")


def test_every_topic_has_terms() -> None:
    assert {row["topic"] for row in ROWS if row["topic"]} == code_list("topic_labels")


def test_lexicon_does_not_contradict_itself() -> None:
    plain = [row for row in ROWS if not row["needs"] and not row["unless"]]
    hides = {form for row in plain if not row["topic"] for form in expand(row["form"])}
    enough, weak = (
        {
            (row["topic"], form)
            for row in plain
            if row["topic"] and row["weight"] == weight
            for form in expand(row["form"])
        }
        for weight in ("", "weak")
    )
    assert not {form for _, form in enough | weak} & hides
    assert not enough & weak


def test_term_with_two_topics_gives_two_mentions_with_one_span() -> None:
    assert find("They fight drug and arms trafficking.") == [
        ("drug and arms trafficking", "arms_trafficking"),
        ("drug and arms trafficking", "drug_trafficking"),
    ]


def test_conditions_look_at_the_same_sentence_only() -> None:
    text = "Lebanon took part. The war goes on."
    sentences = [Sentence(0, 0, "paragraph", 0, 18), Sentence(1, 0, "paragraph", 19, len(text))]
    assert not find_topics(document(text), sentences, LEXICON)
    assert find(text) == [("Lebanon", "middle_east")]


def test_terms_outside_sentences_do_not_count() -> None:
    text = "Tourism\nThey discussed trade."
    assert find(text, start=8) == [("trade", "trade")]


def test_titles_and_headings_count() -> None:
    text = "Terrorism on the agenda"
    found = find_topics(document(text), [Sentence(0, 0, "title", 0, len(text))], LEXICON)
    assert [mention.topic for mention in found] == ["terrorism"]


def test_office_hides_topics_before_and_behind_it() -> None:
    assert not find("Deputy Energy and Transport Minister of Kenya")
    assert not find("Minister of Education, Science and Sport Ali Vali")
    assert find("minister in charge of energy") == [("energy", "energy")]


@given(
    st.lists(
        st.sampled_from(
            ["terrorism", "Minister of", "free from", "war", "drugs", "Syria", "drug and arms "
             "trafficking", "budget", "of the Organization", "Trade", ",", ".", "and", "\n", "Ü"]
        ),
        max_size=30,
    )
)  # fmt: skip
def test_mentions_are_ordered_and_distinct(words: list[str]) -> None:
    text = " ".join(words)
    half = len(text) // 2
    sentences = [
        Sentence(0, 0, "paragraph", 0, half),
        Sentence(1, 0, "paragraph", half, len(text)),
    ]
    found = find_topics(document(text), sentences, LEXICON)
    keys = [(mention.char_start, mention.char_end, mention.topic) for mention in found]
    assert keys == sorted(set(keys))
    for mention in found:
        sentence = sentences[mention.sentence]
        assert sentence.char_start <= mention.char_start < mention.char_end <= sentence.char_end


@pytest.mark.skipif(not GOLD.is_dir(), reason="../shared/gold is not there")
def test_topics_of_annotated_documents() -> None:
    reading = ReadingLexicon.load("en")
    right = found_count = wanted_count = 0
    for path in sorted(GOLD.glob("*.txt")):
        content = path.read_bytes()
        raw = RawFile(path.name, content, hashlib.sha256(content).hexdigest())
        text = read_document(raw, path.stem, reading)
        mentions = find_topics(text, split_sentences(text, reading), LEXICON)
        found = {mention.topic for mention in mentions}
        wanted = set(json.loads(path.with_suffix(".json").read_text("utf-8"))["topics"])
        right += len(found & wanted)
        found_count += len(found)
        wanted_count += len(wanted)
    assert 2 * right / (found_count + wanted_count) >= 0.95


def test_shorter_term_counts_where_the_longer_lacks_its_words() -> None:
    # "on Syria" needs "views on" or the like, "Syria" alone "situation" and others.
    assert ("Syria", "middle_east") in find("The meeting on Syria called for a ceasefire.")
    assert not find("The meeting on Syria was opened.")


@pytest.mark.parametrize(
    "sentence",
    [
        "The Minister of energy and water resources of Tajikistan chaired the meeting.",
        "The Minister of Energy and Water Resources of Tajikistan chaired the meeting.",
    ],
)
def test_office_in_lower_case_hides_its_words(sentence: str) -> None:
    assert not find(sentence)
