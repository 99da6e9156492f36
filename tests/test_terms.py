"""Folding and term search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.errors import LexiconError
from sco_pipeline.terms import TermIndex, expand, fold, share_scan


def found(index: TermIndex[str], text: str) -> list[tuple[str, str]]:
    return [(text[t.char_start : t.char_end], t.value) for t in index.find(text, fold(text))]


@given(st.text())
def test_fold_keeps_length_and_is_stable(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_fold_keeps_cyrillic_letters_apart_but_not_yo() -> None:
    assert fold("Йод, Ёлка") == "йод, елка"


def test_longest_of_overlapping_terms_wins() -> None:
    index = TermIndex([("drug", "d"), ("drug trafficking", "t"), ("trafficking in arms", "a")])
    assert found(index, "Drug trafficking in arms, drugs") == [("Drug trafficking", "t")]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("told us", []),
        ("the US", ["US"]),
        ("turkey", []),
        ("Turkey and TURKEY", ["Turkey", "TURKEY"]),
    ],
)
def test_capitals_in_a_term_ask_for_capitals_in_the_text(text: str, hits: list[str]) -> None:
    index = TermIndex([("US", "USA"), ("Turkey", "TUR")])
    assert [surface for surface, _ in found(index, text)] == hits


def test_texts_that_fold_alike_are_told_apart() -> None:
    index = TermIndex([("X", "x")])
    assert found(index, "X") == [("X", "x")]
    assert found(index, "x") == []


def test_no_term_runs_over_a_line_end() -> None:
    assert found(TermIndex([("United Nations", "UN")]), "United\nNations; United Nations") == [
        ("United Nations", "UN")
    ]


@given(st.lists(st.text("ab ", min_size=1, max_size=4), max_size=6), st.text("ab -\n", max_size=40))
def test_terms_never_overlap_and_are_whole_words(terms: list[str], text: str) -> None:
    end = 0
    for term in TermIndex([(t.strip(), t) for t in terms if t.strip()]).find(text, fold(text)):
        assert term.char_start >= end
        end = term.char_end
        before, after = text[: term.char_start][-1:], text[term.char_end :][:1]
        assert not before.isalnum()
        assert not after.isalnum()


_FORMS = st.lists(st.text("aB.", min_size=1, max_size=4), max_size=6)


@given(_FORMS, _FORMS, st.text("aAbB .-", max_size=40))
def test_indexes_that_share_a_scan_find_what_each_finds_alone(
    first: list[str], second: list[str], text: str
) -> None:
    alone = [TermIndex([(form, form) for form in forms]) for forms in (first, second)]
    sharing = [TermIndex([(form, form) for form in forms]) for forms in (first, second)]
    share_scan(sharing)
    assert [found(index, text) for index in sharing] == [found(index, text) for index in alone]


def test_expand_writes_out_nested_groups() -> None:
    assert expand("a{b[c]|d}") == ["ab", "abc", "ad"]
    with pytest.raises(LexiconError, match="not closed"):
        expand("a{b")
