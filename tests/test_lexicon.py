"""Lexicons are checked on load."""

from __future__ import annotations

from pathlib import Path

import pytest

from sco_pipeline import lexicon
from sco_pipeline.errors import LexiconError

COLUMNS = ("form", "code", "source")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("form,code\na,x\n", "header"),
        ("form,code,source\n", "no rows"),
        ("form,code,source\na,x\n", "line 2: 2 cells"),
        ("form,code,source\na,x,\n", "column source is empty"),
        ("form,code,source\na,y,s\n", "'y' is no known code"),
        ("form,code,source\nb,x,s\na,x,s\n", "out of order"),
        ("form,code,source\na,x,s\na,x,s\n", "already in line 2"),
    ],
)
def test_a_broken_lexicon_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setattr(lexicon, "LEXICONS", tmp_path)
    (tmp_path / "words.csv").write_text(text, encoding="utf-8")
    with pytest.raises(LexiconError, match=message):
        lexicon.read_lexicon("words", COLUMNS, ("form",), {"code": {"x"}})


def test_a_missing_lexicon_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicon, "LEXICONS", tmp_path)
    with pytest.raises(LexiconError, match=r"lexicons/words\.csv: cannot be read"):
        lexicon.read_lexicon("words", COLUMNS, ("form",))
