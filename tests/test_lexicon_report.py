"""The report on lexicon rows: CSV to stdout, all that people read to stderr."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bench import lexicon_report

COLUMNS = "term,topic,source"


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lexicon of three rows, of which one stands in one annotated text."""
    lexicons = tmp_path / "lexicons"
    (lexicons / "en").mkdir(parents=True)
    rows = "border trade,trade,s\nmelon harvest,agriculture,s\nterrorism,terrorism,s\n"
    (lexicons / "en/topics.csv").write_text(f"{COLUMNS}\n{rows}", encoding="utf-8")
    gold = tmp_path / "gold"
    gold.mkdir()
    (gold / "a.txt").write_text("The parties condemned terrorism.", encoding="utf-8")
    (gold / "b.txt").write_text("On terrorism and border trade.", encoding="utf-8")
    monkeypatch.setattr(lexicon_report, "LEXICONS", lexicons)
    monkeypatch.setattr(lexicon_report, "GOLD", (gold,))
    monkeypatch.setattr(lexicon_report, "CORPORA", (tmp_path / "absent",))
    return tmp_path


@pytest.mark.usefixtures("texts")
def test_stdout_is_a_csv_and_the_rest_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert lexicon_report.main() == 0
    printed = capsys.readouterr()
    assert list(csv.reader(printed.out.splitlines())) == [
        ["lexicon", "row", "gold_documents", "corpus_texts"],
        ["topics", "border trade | trade", "1", "0"],
        ["topics", "melon harvest | agriculture", "0", "0"],
        ["topics", "terrorism | terrorism", "2", "0"],
    ]
    assert "corpus counts are 0" in printed.err
    assert "  topics: border trade | trade (s)" in printed.err
    assert "2 annotated documents, 0 corpus texts" in printed.err
    assert printed.err.splitlines()[-1].split() == ["topics", "3", "1", "1", "1", "1"]


def test_held_out_documents_are_not_looked_at() -> None:
    names = {folder.name for folder in lexicon_report.GOLD}
    assert names == {"en", "development"}
