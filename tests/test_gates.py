from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from sco_pipeline.errors import GateError
from sco_pipeline.gates import GateResult, check_gates, require
from sco_pipeline.settings import GateSettings
from tests.tables import tiny_tables

STRICT = GateSettings(min_count=0, max_reject_share=0.5)
ALL_GOOD = dict.fromkeys(GateSettings().min_f1, 1.0)


@pytest.fixture(scope="module")
def staged() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name, table in tiny_tables().items():
            connection.register("given", table)
            connection.execute(f"CREATE TABLE {name} AS FROM given")
        connection.unregister("given")
        yield connection


def _failed(results: list[GateResult]) -> list[tuple[str, str]]:
    return [(result.gate, result.subject) for result in results if not result.passed]


def test_an_archive_of_which_a_part_is_read_is_no_loss(staged: duckdb.DuckDBPyConnection) -> None:
    def share() -> float | None:
        results = check_gates(staged, {}, STRICT, None)
        return next(result.value for result in results if result.gate == "reject_share")

    before = share()
    ((path,),) = staged.execute("SELECT min(path) FROM documents").fetchall()
    archive = path.split("/")[0]  # the documents in an archive lie below its path
    staged.begin()
    staged.execute("INSERT INTO rejects VALUES (?, '', 'read', 'binary', '')", [archive])
    assert share() == before
    staged.execute("INSERT INTO rejects VALUES ('other.zip', '', 'read', 'binary', '')")
    assert share() == pytest.approx(2 / 8)
    staged.rollback()


def test_sound_tables_pass(staged: duckdb.DuckDBPyConnection) -> None:
    counts = {name: table.num_rows for name, table in tiny_tables().items()}
    results = check_gates(staged, counts, STRICT, lambda: ALL_GOOD)
    require(results)
    rejects = next(result for result in results if result.gate == "reject_share")
    assert rejects.value == pytest.approx(1 / 7)  # the file whose sidecar is bad is a document
    unresolved = next(result for result in results if result.gate == "unresolved_share")
    names = sum(
        counts[table]
        for table in (
            "unresolved", "participants", "document_meetings", "country_mentions", "decisions",
        )
    )  # fmt: skip
    assert unresolved.value == pytest.approx(counts["unresolved"] / names)


def test_gates_without_a_figure_say_so(staged: duckdb.DuckDBPyConnection) -> None:
    skipped = [r for r in check_gates(staged, {}, STRICT, None) if r.value is None]
    assert [(r.gate, r.passed) for r in skipped] == [("row_drop", True), ("f1", True)]
    assert "gates.gold" in str(skipped[1])


@pytest.mark.parametrize(
    ("change", "gate", "subject", "words"),
    [
        ("UPDATE participants SET person_id = 'nobody' WHERE document_id = 'd1'",
         "foreign_keys", "participants.person_id", "'nobody'"),
        ("UPDATE documents SET meeting_id = 'none' WHERE document_id = 'd5'",
         "foreign_keys", "documents.meeting_id", "'none'"),
        ("UPDATE decisions SET instruments = ['none', 'charter-sco'] WHERE char_start = "
         "(SELECT min(char_start) FROM decisions)",
         "foreign_keys", "decisions.instruments", "'none'"),
        ("UPDATE meetings SET body = 'mars' WHERE city = 'Astana'",
         "foreign_keys", "meetings.body", "'mars'"),
        ("INSERT INTO persons FROM persons LIMIT 1", "unique_keys", "persons (person_id)", "1,"),
        ("UPDATE documents SET path = 'one'", "unique_keys", "documents (path)", "5,"),
        ("UPDATE topics SET char_end = char_start WHERE document_id = 'd5'",
         "spans", "topics", "d5"),
        ("UPDATE topics SET char_end = 99999 WHERE document_id = 'd5'", "spans", "topics", "99999"),
        ("UPDATE sentences SET char_end = char_end + 9999 WHERE document_id = 'd2'",
         "spans", "sentences", "d2"),
        ("UPDATE country_mentions SET sentence_id = 'd5-s0001' WHERE document_id = 'd5'",
         "spans", "country_mentions", "d5"),
        ("UPDATE documents SET char_count = 3 WHERE document_id = 'd4'",
         "spans", "participants", "d4"),
        ("INSERT INTO rejects SELECT '/' || i, '', 'read', 'binary', '' FROM range(9) AS t(i)",
         "reject_share", "raw files", "10 of 16"),
        ("DELETE FROM participants", "row_drop", "participants", "0 now"),
        ("INSERT INTO unresolved SELECT u.* REPLACE (u.kind || i AS kind) "
         "FROM unresolved AS u, range(99) AS t(i)",
         "unresolved_share", "unresolved", "names"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    staged: duckdb.DuckDBPyConnection, change: str, gate: str, subject: str, words: str
) -> None:
    counts = {name: table.num_rows for name, table in tiny_tables().items()}
    staged.begin()
    try:
        staged.execute(change)
        results = check_gates(staged, counts, STRICT, None)
    finally:
        staged.rollback()
    assert (gate, subject) in _failed(results)
    with pytest.raises(GateError) as error:
        require(results)
    (line,) = [line for line in str(error.value).splitlines() if f"{gate} of {subject}: " in line]
    assert words.strip("'") in line
    assert "--accept" in str(error.value)


def test_clauses_may_run_on_and_a_shared_null_is_a_repeat(
    staged: duckdb.DuckDBPyConnection,
) -> None:
    staged.begin()
    try:
        staged.execute("UPDATE decisions SET char_end = char_end + 30 WHERE document_id = 'd1'")
        staged.execute("UPDATE participants SET meeting_id = NULL, person_id = 'chn-a-li'")
        results = check_gates(staged, {}, STRICT, None)
    finally:
        staged.rollback()
    subject = "participants (document_id, meeting_id, person_id)"
    assert _failed(results) == [("unique_keys", subject)]


def test_few_rows_are_no_alarm(staged: duckdb.DuckDBPyConnection) -> None:
    before = {"persons": 12, "meetings": 40}  # 5 and 4 now
    results = check_gates(staged, before, GateSettings(), None)
    assert _failed(results) == [("row_drop", "meetings")]
    settings = GateSettings(max_row_drop_by_table={"meetings": 0.9})
    assert not _failed(check_gates(staged, before, settings, None))
    settings = replace(settings, min_count=7)
    assert _failed(check_gates(staged, before, settings, None)) == [("row_drop", "persons")]


def test_scores(staged: duckdb.DuckDBPyConnection) -> None:
    settings = GateSettings(min_f1={"decisions": 0.9, "countries": 0.9, "instruments": 0.9})
    results = check_gates(staged, {}, settings, lambda: {"decisions": 0.9, "countries": 0.89})
    assert _failed(results) == [("f1", "countries")]
    assert [r.subject for r in results if r.gate == "f1"] == ["decisions", "countries"]
    with pytest.raises(GateError, match=r"f1 of countries: 0\.89, at least 0\.9 allowed"):
        require(results)
