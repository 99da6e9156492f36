"""Comparing written names."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.names import ALIKE, RULES, SAME_PERSON, blocking_keys, compare, skeleton, words
from sco_pipeline.schema.tables import PERSON_LINKS

CASES = list(
    csv.DictReader((Path(__file__).parent / "cases/names.csv").read_text("utf-8").splitlines())
)
NAMES = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzABCÉéüабвЁё李明 '-.,123"), max_size=40)


def verdict(score: float) -> str:
    return "same" if score >= SAME_PERSON else "alike" if score >= ALIKE else "different"


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['left']} / {c['right']}")
def test_compare_decides(case: dict[str, str]) -> None:
    score, rule = compare(case["left"], case["right"])
    assert (verdict(score), rule) == (case["verdict"], case["rule"])


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['left']} / {c['right']}")
def test_names_of_one_person_share_a_blocking_key(case: dict[str, str]) -> None:
    if case["verdict"] == "same":
        assert blocking_keys(case["left"]) & blocking_keys(case["right"])


@given(NAMES, NAMES)
def test_compare_takes_any_text_and_is_symmetric(left: str, right: str) -> None:
    comparison = compare(left, right)
    assert comparison == compare(right, left)
    assert 0 <= comparison.score <= 1
    assert comparison.rule in RULES


@given(NAMES)
def test_a_name_is_itself_in_capitals(name: str) -> None:
    if any(not word.is_initial for word in words(name)):
        assert compare(name, name).score == 1
    assert skeleton(name) == skeleton(name.upper())


def test_the_table_of_links_describes_thresholds_and_rules() -> None:
    described = {column.name: column.description for column in PERSON_LINKS.columns}
    assert re.findall(r"\b0\.\d+", described["score"]) == [str(ALIKE), str(SAME_PERSON)]
    assert (
        tuple(
            re.findall(
                r"\w*_\w+|initials|nickname|transliteration|vowels|misspelling", described["rule"]
            )
        )
        == RULES
    )


def test_initials_are_told_from_words() -> None:
    assert [(w.written, w.is_initial) for w in words("Ts.Elbegdorzh")] == [
        ("Ts.", True),
        ("Elbegdorzh", False),
    ]
