"""Marked text: every mark where its evidence is, and nothing else changed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.schema.tables import DATA_TABLES
from sco_pipeline.show import LAYERS, Mark, marked_text

TEXT = "They met in Astana and agreed."


@pytest.mark.parametrize(
    ("spans", "marked"),
    [
        ([], TEXT),
        ([(12, 18)], "They met in [1 Astana] and agreed."),
        ([(0, 30)], "[1 They met in Astana and agreed.]"),
        ([(0, 18), (12, 18)], "[1 They met in [2 Astana]] and agreed."),
        ([(12, 18), (9, 18)], "They met [2 in [1 Astana]] and agreed."),
        ([(12, 18), (12, 18)], "They met in [1 [2 Astana]] and agreed."),
        ([(0, 8), (5, 18)], "[1 They [2 met] in Astana] and agreed."),
        ([(12, 18), (19, 22)], "They met in [1 Astana] [2 and] agreed."),
    ],
)
def test_marks_nest_touch_and_overlap(spans, marked):
    marks = [Mark(start, end, str(n), "red") for n, (start, end) in enumerate(spans, 1)]
    assert marked_text(TEXT, marks).plain == marked


@given(
    st.text(
        st.characters(exclude_characters="[]", exclude_categories=["Cc", "Cs"]), min_size=1
    ).flatmap(
        lambda text: st.tuples(
            st.just(text),
            st.lists(
                st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(
                    lambda span: span[0] < span[1]
                )
            ),
        )
    )
)
def test_text_comes_back_without_the_marks(case):
    text, spans = case
    marked = marked_text(text, [Mark(start, end, "x", "red") for start, end in spans]).plain
    assert marked.count("]") == len(spans)
    assert re.sub(r"\[x |\]", "", marked) == text


def test_layers_name_columns_that_exist():
    specs = {spec.name: spec for spec in DATA_TABLES}
    for layer in LAYERS:
        names = {column.name for column in specs[layer.table].columns}
        assert {*layer.span, *layer.columns} <= names
