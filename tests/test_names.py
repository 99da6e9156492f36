"""Comparing written names."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.names import compare, skeleton, tokens

CASES = list(
    csv.DictReader((Path(__file__).parent / "cases/names.csv").read_text("utf-8").splitlines())
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['left']} / {c['right']}")
def test_compare_decides(case: dict[str, str]) -> None:
    assert (compare(case["left"], case["right"]) or "") == case["rule"]


@given(st.sampled_from(CASES))
def test_compare_is_symmetric_in_its_answer(case: dict[str, str]) -> None:
    forth, back = compare(case["left"], case["right"]), compare(case["right"], case["left"])
    assert (forth is None) == (back is None)


@given(st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzABCÉéüабвЁё '-.123"), max_size=40))
def test_tokens_and_skeleton_take_any_text(text: str) -> None:
    for token in tokens(text):
        assert token.word in text
        assert skeleton(token.word) == skeleton(token.word.upper())


def test_initials_are_told_from_words() -> None:
    assert [(t.word, t.is_initial) for t in tokens("Ts.Elbegdorzh")] == [
        ("Ts.", True),
        ("Elbegdorzh", False),
    ]
