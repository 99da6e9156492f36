"""The command line: what it prints where, and how it exits."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sco_pipeline import cli

ROOT = Path(__file__).parents[1]


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]):
    """Run a command in this process."""

    def run(*arguments: str | Path) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    return run


def shell(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does, piped."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-m", "sco_pipeline.cli", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": path} | environment,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "Usage:"),
        (("frobnicate",), 2, "frobnicate"),
        (("sql",), 2, "Missing argument"),
        (("sql", "SELECT 1", "--format", "xml"), 2, "xml"),
        (("evaluate",), 2, "--gold"),
        (("build", "--raw", "nowhere"), 2, "nowhere"),
        (("run", "--raw", "nowhere"), 2, "nowhere"),
        (("sql", "SELECT 1", "--warehouse", "nowhere"), 1, "sco-pipeline run"),
        (("show", "x", "--warehouse", "nowhere"), 1, "sco-pipeline run"),
        (("status", "--warehouse", "nowhere"), 1, "sco-pipeline run"),
        (("evaluate", "--gold", "nowhere"), 1, "nowhere"),
    ],
)
def test_mistake_has_exit_code_and_message(call, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    outcome = call(*arguments)
    assert outcome.code == code
    assert message in outcome.err + outcome.out
    assert "Traceback" not in outcome.err


def test_error_is_one_line_on_stderr(call, tmp_path):
    outcome = call("status", "--warehouse", tmp_path)
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("place", [0, 1])
def test_debug_shows_the_traceback(call, tmp_path, place):
    arguments = ["status", "--warehouse", str(tmp_path)]
    arguments.insert(place, "--debug")
    outcome = call(*arguments)
    assert outcome.code == 1
    assert "Traceback" in outcome.err


def test_unexpected_exception_names_the_way_on(call, monkeypatch):
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("sco_pipeline.evaluation.evaluate", fail)
    outcome = call("evaluate", "--gold", "x")
    assert outcome.code == 1
    assert outcome.err == (
        "error: ZeroDivisionError: by nought (run again with --debug to see where)\n"
    )


def test_empty_raw_is_said_before_a_server_starts(call, tmp_path):
    outcome = call("run", "--raw", tmp_path, "--warehouse", tmp_path / "out")
    assert outcome.code == 2
    assert str(tmp_path) in outcome.err
    assert not (tmp_path / "out").exists()


VALUES = (
    "SELECT 1 AS a, 'x,\"y' AS b, NULL AS c, ['p', 'q'] AS d, DATE '2016-04-14' AS e, true AS f"
)


def test_sql_csv(call, warehouse):
    outcome = call("sql", VALUES, "--format", "csv", "--warehouse", warehouse)
    assert outcome.code == 0
    assert outcome.err == ""
    assert list(csv.reader(io.StringIO(outcome.out))) == [
        ["a", "b", "c", "d", "e", "f"],
        ["1", 'x,"y', "", '["p", "q"]', "2016-04-14", "true"],
    ]


def test_sql_json(call, warehouse):
    outcome = call("sql", VALUES, "--format", "json", "--warehouse", warehouse)
    assert json.loads(outcome.out) == [
        {"a": 1, "b": 'x,"y', "c": None, "d": ["p", "q"], "e": "2016-04-14", "f": True}
    ]


def test_sql_json_without_rows(call, warehouse):
    outcome = call("sql", "SELECT 1 WHERE false", "--format", "json", "--warehouse", warehouse)
    assert json.loads(outcome.out) == []


def test_sql_json_keeps_columns_of_one_name(call, warehouse):
    outcome = call("sql", "SELECT 1 AS a, 2 AS a", "--format", "json", "--warehouse", warehouse)
    assert json.loads(outcome.out) == [{"a": 1, "a_2": 2}]


def test_sql_table_is_aligned_and_plain_in_a_pipe(call, warehouse):
    query = "SELECT * FROM (VALUES (1, '中文\nx'), (20, NULL)) AS t(n, words)"
    outcome = call("sql", query, "--warehouse", warehouse)
    assert outcome.out == "n   words\n1   中文 x\n20\n"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT nope FROM meetings", "nope"),
        ("DROP TABLE meetings", "read-only"),
        ("INSERT INTO rejects SELECT * FROM rejects", "read-only"),
        ("SELECT 'x'::INT", "x"),
        ("", "no SQL given"),
    ],
)
def test_sql_that_fails_is_one_line(call, warehouse, query, message):
    outcome = call("sql", query, "--warehouse", warehouse)
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert message in outcome.err


@pytest.mark.parametrize("wanted", ["d1", "2016/d1.txt", "d1.txt"])
def test_show_marks_rows_in_text_and_lists_them(call, warehouse, wanted):
    outcome = call("show", wanted, "--warehouse", warehouse)
    assert outcome.code == 0
    assert "The sides [d1 condemned] [t1 terrorism] and [d2 supported] the [i1 SCO Charter]." in (
        outcome.out
    )
    assert "participants (3)" in outcome.out
    assert "\x1b" not in outcome.out


@pytest.mark.parametrize(("wanted", "message"), [("d", "fits 5 documents"), ("zz", "no document")])
def test_show_of_no_single_document(call, warehouse, wanted, message):
    outcome = call("show", wanted, "--warehouse", warehouse)
    assert outcome.code == 2
    assert message in outcome.err


def test_status_counts_tables_and_rejects(call, warehouse):
    outcome = call("status", "--warehouse", warehouse)
    assert outcome.code == 0
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["documents", "5"] in [line[:2] for line in lines]
    assert ["decode", "binary", "1", "2016/logo.png"] in lines


def test_build_reports_rows_and_rejects(call, raw_dir, tmp_path):
    first = call("build", "--raw", raw_dir, "--warehouse", tmp_path)
    assert first.code == 0
    assert "2 documents new, 0 removed" in first.out
    assert "picture.txt" in first.out
    assert "build: extract" in first.err
    again = call("build", "--raw", raw_dir, "--warehouse", tmp_path)
    assert "0 documents new, 0 removed" in again.out


def test_build_notices_removed_documents(call, raw_dir, tmp_path):
    raw = shutil.copytree(raw_dir, tmp_path / "raw")
    call("build", "--raw", raw, "--warehouse", tmp_path / "out")
    (raw / "2019" / "trade.txt").unlink()
    outcome = call("build", "--raw", raw, "--warehouse", tmp_path / "out")
    assert "0 documents new, 1 removed" in outcome.out


@pytest.fixture
def gold_dir(raw_dir, tmp_path) -> Path:
    shutil.copy(raw_dir / "2019" / "trade.txt", tmp_path)
    (tmp_path / "trade.json").write_text(
        json.dumps(
            {
                "language": "en",
                "synthetic": True,
                "source_url": None,
                "meeting": None,
                "announced": [],
                "participants": [],
                "decisions": [],
                "instruments": [],
                "topics": ["trade", "investment"],
                "countries": [],
            }
        ),
        encoding="utf-8",
    )
    return tmp_path


def test_evaluate_prints_scores(call, gold_dir):
    outcome = call("evaluate", "--gold", gold_dir)
    assert outcome.code == 0
    assert "1 annotated documents" in outcome.out
    assert "document_topics" in outcome.out


def test_evaluate_json(call, gold_dir):
    outcome = call("evaluate", "--gold", gold_dir, "--json")
    assert json.loads(outcome.out)["scores"]["document_topics"]["gold"] == 2


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("body", "none"),
        ("language", "en"),
        ("real", "own wording"),
        ("rule", "topics"),
    ],
)
def test_evaluate_by_parts(call, gold_dir, part, line):
    outcome = call("evaluate", "--gold", gold_dir, "--by", part)
    assert outcome.code == 0
    assert any(row.startswith(line) for row in outcome.out.splitlines())


def test_evaluate_lists_errors_with_their_words(call, gold_dir):
    outcome = call("evaluate", "--gold", gold_dir, "--errors")
    (line,) = [row for row in outcome.out.splitlines() if "spurious discuss" in row]
    assert line.split()[:2] == ["decisions", "trade"]
    assert line.endswith("The sides discussed trade and welcomed the growth of investment.")
    assert "spurious discuss" not in call("evaluate", "--gold", gold_dir).out


def test_evaluate_tells_what_it_left_out(call, gold_dir):
    shutil.copy(gold_dir / "trade.txt", gold_dir / "b.txt")
    (gold_dir / "b.json").write_text('{"language": "tlh"}', encoding="utf-8")
    outcome = call("evaluate", "--gold", gold_dir, "--json")
    assert "b: left out: language tlh has no lexicons" in outcome.err
    assert json.loads(outcome.out)["documents"] == 1


def test_version_and_help():
    assert shell("--help").stdout.startswith("Usage: sco-pipeline")
    assert shell("sql", "--help").returncode == 0


def test_output_is_utf_8_whatever_the_locale(warehouse):
    outcome = shell(
        "sql", "SELECT '中文' AS x", "--warehouse", warehouse, LC_ALL="C", PYTHONIOENCODING="ascii"
    )
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "x\n中文\n", "")


def test_reader_that_stops_early_is_no_error(warehouse):
    command = f"{sys.executable!r} -m sco_pipeline.cli sql 'FROM range(200000)' --format csv"
    outcome = subprocess.run(
        ["sh", "-c", f"{command} --warehouse {str(warehouse)!r} | head -n 1"],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
        check=True,
    )
    assert (outcome.stdout, outcome.stderr) == ("range\n", "")


def test_works_from_another_directory(warehouse, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = shell("sql", "SELECT count(*) AS n FROM documents", "--warehouse", warehouse)
    assert outcome.stdout == "n\n5\n"


def test_sql_json_takes_any_value(call, warehouse):
    query = "SELECT MAP{DATE '2020-01-01': 1} AS m, 'nan'::DOUBLE AS n, [1.5, NULL] AS l"
    found = json.loads(call("sql", query, "--warehouse", warehouse, "--format", "json").out)
    assert found == [{"m": {"2020-01-01": 1}, "n": None, "l": [1.5, None]}]
