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


@pytest.mark.parametrize(("wanted", "message"), [("d", "fits 6 documents"), ("zz", "no document")])
def test_show_of_no_single_document(call, warehouse, wanted, message):
    outcome = call("show", wanted, "--warehouse", warehouse)
    assert outcome.code == 2
    assert message in outcome.err


def test_status_counts_tables_and_rejects(call, warehouse):
    outcome = call("status", "--warehouse", warehouse)
    assert outcome.code == 0
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["documents", "6"] in [line[:2] for line in lines]
    assert ["decode", "binary", "1", "2016/logo.png"] in lines


STRICT = """\
workers = 0
keep_snapshots = 2
[gates]
min_count = 1
max_reject_share = 0.5
max_row_drop_by_table = { documents = 0.4 }
max_unresolved_share = 1
"""


@pytest.fixture
def folders(raw_dir, tmp_path) -> list[str]:
    """Options for documents and settings that may be changed, and for a warehouse."""
    shutil.copytree(raw_dir, tmp_path / "raw")
    (tmp_path / "strict.toml").write_text(STRICT, encoding="utf-8")
    options = {"raw": "raw", "warehouse": "out", "settings": "strict.toml"}
    return [item for k, v in options.items() for item in (f"--{k}", str(tmp_path / v))]


def test_build_reports_rows_and_rejects(call, folders):
    first = call("build", *folders)
    assert first.code == 0
    assert "published; 2 of 2 documents read" in first.out
    assert "picture.txt" in first.out
    assert "build: extract" in first.err
    again = call("build", *folders)
    assert "still current, nothing changed; 0 of 2 documents read" in again.out
    in_full = call("build", *folders, "--full")
    assert "still current, nothing changed; 2 of 2 documents read" in in_full.out


def listed(call, warehouse: Path | str) -> list[list[str]]:
    lines = call("snapshots", "--warehouse", warehouse).out.splitlines()
    return [line.split() for line in lines[1:]]


def test_gates_snapshots_and_rollback(call, folders, tmp_path):
    """What failed is not published, unless with a reason; what was published comes back."""
    out = tmp_path / "out"
    assert call("build", *folders).code == 0
    (tmp_path / "raw/2019/trade.txt").unlink()
    failed = call("build", *folders)
    assert failed.code == 1
    for words in ("row_drop of documents: 0.5", " 0.4 allowed", "2 rows before, 1 now"):
        assert words in failed.err
    ((first, state, *_),) = listed(call, out)
    assert (state, (out / "current").resolve().name) == ("current", first)

    accepted = call("build", *folders, "--accept", "sent by mistake")
    assert accepted.code == 0
    assert "overruled: row_drop of documents: 0.5" in accepted.err
    (second, *line), (_, kept, *_) = listed(call, out)
    assert (line[0], line[-3:], kept) == ("current", ["sent", "by", "mistake"], "kept")
    shown = call("status", "--warehouse", out).out
    assert "accepted: sent by mistake" in shown
    lines = [line.split() for line in shown.splitlines()]
    assert ["documents", "removed", "source_removed", "1"] in lines
    assert ["row_drop", "documents", "0.5", "0.4", "false"] in [line[:5] for line in lines]

    settings = folders[-2:]
    wrong = call("rollback", "zz", "--warehouse", out, *settings)
    assert wrong.code == 2
    assert f"no snapshot of {', '.join(sorted([first, second]))} in" in wrong.err
    back = call("rollback", first[:6], "--warehouse", out, *settings)
    assert f"snapshot {first} of " in back.out
    count = call("sql", "SELECT count(*) AS n FROM documents", "--warehouse", out)
    assert count.out == "n\n2\n"
    assert [line[:2] for line in listed(call, out)] == [[second, "kept"], [first, "current"]]


def test_snapshots_beyond_the_setting_are_removed_and_remembered(call, folders, tmp_path):
    for number in range(3):
        (tmp_path / f"raw/{number}.txt").write_text(f"The sides met in {2010 + number}.", "utf-8")
        assert call("build", *folders).code == 0
    assert [line[1] for line in listed(call, tmp_path / "out")] == ["current", "kept", "removed"]


def test_no_snapshots_and_a_wrong_setting_are_said(call, folders, tmp_path):
    outcome = call("snapshots", "--warehouse", tmp_path / "out")
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert "no snapshot in" in outcome.err
    (tmp_path / "strict.toml").write_text("keep = 1\n", encoding="utf-8")
    for command in ("build", "run"):
        outcome = call(command, *folders)
        assert outcome.code == 2
        assert "strict.toml: there is no setting keep" in outcome.err
        assert not (tmp_path / "out").exists()


def test_corrections_are_written_checked_and_applied(call, folders, tmp_path):
    call("build", *folders)
    out = tmp_path / "out"
    where = folders[:4]
    why = ("--reason", "the ministry's list", "--author", "K. Reader")

    def rows(query: str) -> list[dict[str, object]]:
        return json.loads(call("sql", query, "--warehouse", out, "--format", "json").out)

    (person,) = rows(
        "SELECT participant_id AS key, document_id FROM participants WHERE country = 'KAZ'"
    )
    topic = rows("FROM topics WHERE topic = 'terrorism'")[0]
    key = "|".join(str(topic[name]) for name in ("document_id", "char_start", "char_end", "topic"))
    place = f"{topic['document_id']}:{topic['char_start']}-{topic['char_end']}"

    wrong = call("correct", "participants", person["key"], "country", "KZH", *why, *where)
    assert wrong.code == 2
    assert "'KZH', no code of countries" in wrong.err
    assert not (tmp_path / "raw/corrections.csv").exists()
    nameless = call("correct", "participants", person["key"], "country", "KGZ", *where)
    assert nameless.code == 2
    assert "reason is empty" in nameless.err

    changed = call("correct", "participants", person["key"], "country", "KGZ", *why, *where)
    assert changed.code == 0, changed.err
    assert f"{tmp_path / 'raw'}/corrections.csv line 2: " in changed.out
    added = call("correct", "topics", place, "--add", '{"topic": "extremism"}', *why, *where)
    deleted = call("correct", "topics", key, "--delete", *why, *where)
    assert (added.code, deleted.code) == (0, 0), added.err + deleted.err

    built = call("build", *folders)
    assert built.code == 0, built.err
    assert rows("SELECT status, count(*)::INT AS n FROM corrections GROUP BY ALL") == [
        {"status": "applied", "n": 3}
    ]
    assert rows("SELECT country FROM participants WHERE corrected_by <> []") == [{"country": "KGZ"}]
    at_place = f"document_id = '{topic['document_id']}' AND char_start = {topic['char_start']}"
    assert rows(f"SELECT topic FROM topics WHERE {at_place}") == [{"topic": "extremism"}]
    lines = [line.split() for line in built.out.splitlines()]
    assert ["topics", "added", "corrections", "1"] in lines


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
    assert outcome.stdout == "n\n6\n"


def test_sql_json_takes_any_value(call, warehouse):
    query = "SELECT MAP{DATE '2020-01-01': 1} AS m, 'nan'::DOUBLE AS n, [1.5, NULL] AS l"
    found = json.loads(call("sql", query, "--warehouse", warehouse, "--format", "json").out)
    assert found == [{"m": {"2020-01-01": 1}, "n": None, "l": [1.5, None]}]
