"""Reading the file of judgements about persons."""

from __future__ import annotations

from pathlib import Path

import pytest

from sco_pipeline.person_judgements import COLUMNS, Judgement, Side, read_person_judgements
from sco_pipeline.raw_files import RawFolder

HEADER = ",".join(COLUMNS)
GOOD = "A. Salimov,UZB,Anvar Salimov,SCO,true,K. Reader,2026-11-25,his own curriculum vitae"


def write(folder: Path, *lines: str) -> None:
    (folder / "person_judgements.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + HEADER + "\n" + GOOD + "\n",
        HEADER + "\r\n" + GOOD,
        HEADER + "\r" + GOOD + "\r",
        HEADER + "\n" + GOOD.replace("true", "TRUE"),
        HEADER + "\n" + GOOD.replace("A. Salimov", " A.  Salimov "),
        HEADER + "\n" + GOOD.replace("curriculum", "\u2028curriculum"),
    ],
    ids=["byte order mark", "CRLF", "CR", "spreadsheet", "blanks", "line separator"],
)
def test_what_editors_and_spreadsheets_save_is_read(tmp_path: Path, content: str) -> None:
    (tmp_path / "person_judgements.csv").write_bytes(content.encode())
    sides = (Side("A. Salimov", "UZB"), Side("Anvar Salimov", "SCO"))
    found = read_person_judgements(tmp_path)
    assert (found.judgements, found.rejects) == ((Judgement(2, sides, True),), ())


def test_names_are_composed_and_lines_counted_as_in_the_file(tmp_path: Path) -> None:
    long_reason = GOOD.replace("his own curriculum vitae", '"two\nlines"')
    write(tmp_path, HEADER, long_reason, GOOD.replace("Anvar", "Jose\u0301"))
    _, last = read_person_judgements(tmp_path).judgements
    assert (last.line, last.sides[1].name) == (4, "Jos\u00e9 Salimov")


def test_no_file_is_no_judgement(tmp_path: Path) -> None:
    assert read_person_judgements(tmp_path).judgements == ()


def test_file_is_read_and_is_no_document(tmp_path: Path) -> None:
    write(tmp_path, HEADER, "", GOOD)
    (tmp_path / "a.txt").write_text("A text.", encoding="utf-8")
    assert [getattr(item, "content", item) for item in RawFolder(tmp_path)] == [b"A text."]
    sides = (Side("A. Salimov", "UZB"), Side("Anvar Salimov", "SCO"))
    assert read_person_judgements(tmp_path).judgements == (Judgement(3, sides, True),)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("A,UZB,B,UZB,true,K,2026-11-25", "7 cells instead of 8; quote commas"),
        (",UZB,B,UZB,true,K,2026-11-25,cv", "name_a is empty; fill it"),
        ("A,UZB,B,UZB,yes,K,2026-11-25,cv", "same is 'yes', must be true or false"),
        ("A,UZB,B,UZB,true,,2026-11-25,cv", "author is empty; fill it"),
        ("A,UZB,B,UZB,true,K,25.11.2026,cv", "date is '25.11.2026', must be a day like 2026-11-25"),
        ("A,UZB,B,UZB,true,K,2026-11-25,", "reason is empty; fill it"),
        ("A,USB,B,UZB,true,K,2026-11-25,cv", "affiliation_a is 'USB', no code of a state or"),
        ("A,UZB,A,UZB,false,K,2026-11-25,cv", "both names are 'A' of UZB; namesakes of one"),
    ],
)
def test_bad_line_is_named_and_the_others_apply(tmp_path: Path, line: str, problem: str) -> None:
    write(tmp_path, HEADER, line, GOOD)
    found = read_person_judgements(tmp_path)
    assert len(found.judgements) == 1
    (reject,) = found.rejects
    assert (reject.path, reject.reason) == ("person_judgements.csv", "bad_judgement")
    assert reject.detail.startswith(f"line 2: {problem}")


def test_a_link_to_nothing_and_a_folder_are_named(tmp_path: Path) -> None:
    path = tmp_path / "person_judgements.csv"
    for make in (path.mkdir, lambda: path.symlink_to(tmp_path / "elsewhere.csv")):
        make()
        (reject,) = read_person_judgements(tmp_path).rejects
        assert reject.detail.startswith("is no file")
        path.unlink() if path.is_symlink() else path.rmdir()


def test_other_header_is_named(tmp_path: Path) -> None:
    write(tmp_path, "name,other", GOOD)
    (reject,) = read_person_judgements(tmp_path).rejects
    assert reject.detail == f"header is 'name,other', must be {HEADER}"


def test_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "person_judgements.csv").write_bytes(HEADER.encode() + "\nÉ".encode("latin-1"))
    (reject,) = read_person_judgements(tmp_path).rejects
    assert "no CSV in UTF-8" in reject.detail
