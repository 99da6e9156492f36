"""Wilson's bound, and the file of measured rules."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline import lexicon
from sco_pipeline.confidence import MIN_HELD_OUT, RATED_TABLES, rule_rows, wilson_lower
from sco_pipeline.errors import LexiconError
from sco_pipeline.schema.tables import DATA_TABLES

HEADER = "table_name,rule,right_count,predicted_count,source\n"


@pytest.mark.parametrize(
    ("right", "predicted", "bound"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3 (score interval).
        (81, 263, 0.2553),
        (15, 148, 0.0624),
        (0, 20, 0.0),
        (1, 29, 0.0061),
        # In closed form, all right: n / (n + z squared).
        (1, 1, 0.2065),
        (10, 10, 0.7225),
        (29, 29, 0.8830),
    ],
)
def test_known_bounds(right: int, predicted: int, bound: float) -> None:
    assert wilson_lower(right, predicted) == bound


@given(st.integers(1, 5000), st.data())
def test_bound_solves_the_score_equation(predicted: int, data: st.DataObject) -> None:
    """Wilson 1927: the share lies z standard errors, as they are at the bound, above it."""
    right = data.draw(st.integers(1, predicted))
    bound, share = wilson_lower(right, predicted), right / predicted
    assert 0 <= bound < share
    distance = 1.959963984540054 * sqrt(bound * (1 - bound) / predicted)
    assert share - bound == pytest.approx(distance, abs=2e-3)  # rounded to four decimals


@given(st.integers(1, 500), st.data())
def test_more_evidence_never_lowers_it(predicted: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, predicted))
    assert wilson_lower(right, predicted) <= wilson_lower(right + 1, predicted + 1)
    assert wilson_lower(right, predicted) >= wilson_lower(right, predicted + 1)


def test_rated_tables_are_those_with_confidence() -> None:
    """All that claim something; rows of ``unresolved`` do not."""
    rated = sorted(spec.name for spec in DATA_TABLES if spec.has("confidence"))
    assert rated == sorted(RATED_TABLES)
    assert set(rated) <= {spec.name for spec in DATA_TABLES if spec.has("rule")}


def test_rows_hold_what_was_counted() -> None:
    rows = rule_rows()
    assert {row["table_name"] for row in rows} == set(RATED_TABLES)
    for row in rows:
        right, predicted = row["right_count"], row["predicted_count"]
        assert isinstance(right, int)
        assert isinstance(predicted, int)
        assert row["confidence"] == wilson_lower(right, predicted)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the counts are read from."""
    monkeypatch.setattr(lexicon, "LEXICONS", tmp_path)
    (tmp_path / "reference").mkdir()
    return tmp_path / "reference/rule_precision.csv"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            ["corpora,5,8", "cross_check,12,12", "development,90,90"],
            (True, 17, MIN_HELD_OUT, "corpora, cross_check"),
        ),
        (
            ["corpora,5,8", "cross_check,11,11", "development,90,90"],
            (False, 106, 109, "corpora, cross_check, development"),
        ),
        (["cross_check,30,30"], (True, 30, 30, "cross_check")),
        (["cross_check,1,2"], (False, 1, 2, "cross_check")),
        (["development,90,90"], (False, 90, 90, "development")),
    ],
)
def test_held_out_rows_alone_rate_a_rule_where_they_suffice(
    shipped: Path, rows: list[str], expected: tuple[bool, int, int, str]
) -> None:
    lines = []
    for row in rows:
        source, counts = row.split(",", 1)
        lines.append(f"topics,t,{counts},{source}\n")
    shipped.write_text(HEADER + "".join(lines), encoding="utf-8")
    (found,) = rule_rows()
    columns = ("is_held_out", "right_count", "predicted_count", "source")
    assert tuple(found[column] for column in columns) == expected
    assert found["confidence"] == wilson_lower(expected[1], expected[2])


@pytest.mark.parametrize("counts", ["2,1", "0,0", "-1,2", "many,2"])
def test_counts_that_cannot_be_are_refused(shipped: Path, counts: str) -> None:
    shipped.write_text(f"{HEADER}topics,t,{counts},development\n", encoding="utf-8")
    with pytest.raises(LexiconError, match="make quality"):
        rule_rows()


def test_a_set_that_is_unknown_is_refused(shipped: Path) -> None:
    """It would be unknown whether it was held out."""
    shipped.write_text(f"{HEADER}topics,t,1,1,elsewhere\n", encoding="utf-8")
    with pytest.raises(LexiconError, match="'elsewhere'"):
        rule_rows()
