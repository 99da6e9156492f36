"""Reading, applying and writing corrections."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.codes import code_list
from sco_pipeline.corrections import (
    MENTION_TABLES,
    Correction,
    Corrections,
    correct_rows,
    correction_rejects,
    correction_rows,
    read_corrections,
    write_correction,
)
from sco_pipeline.corrections.reading import COLUMNS, parse_corrections
from sco_pipeline.corrections.targets import TARGETS
from sco_pipeline.errors import UsageError
from sco_pipeline.extraction import extract_file
from sco_pipeline.model import RawFile, Sidecar
from sco_pipeline.schema.tables import CORRECTIONS
from sco_pipeline.tables import mention_tables
from tests.tables import SECRETARIES, SPECS, SUMMIT, TEXTS, tiny_tables

TEXT = (
    "Defence ministers meet in Bishkek\n\n"
    "The fifteenth meeting of the defence ministers of the Shanghai Cooperation Organisation "
    "member states took place in Bishkek on 6-7 June 2018. It was attended by the Minister of "
    "Defence of Kazakhstan, Marat Ospanov, and the Minister of Defence of the Russian "
    "Federation, P. S. Orlov.\n\n"
    "The ministers adopted the Bishkek Declaration, condemned terrorism and promoted trade and "
    "investment. They expressed concern over Afghanistan, said A. B.Karimov.\n"
)
SIGNED = "an editor,2026-11-25"
MADE_BY = ("it says so", "an editor", "2026-11-25")


@cache
def mentions() -> dict[str, pa.Table]:
    sidecar = Sidecar(published_on=date(2018, 6, 8))
    raw = RawFile("a.txt", TEXT.encode(), "e" * 64, sidecar)
    return mention_tables([extract_file(raw, "doc")])


def of(table: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """The only row of a table with these values, and its name."""
    rows = [
        found
        for found in mentions()[MENTION_TABLES[table]].to_pylist()
        if values.items() <= found.items()
    ]
    assert len(rows) == 1, (table, values, rows)
    return "{document_id}:{char_start}-{char_end}".format(**rows[0]), rows[0]


def at(words: str) -> str:
    text = mentions()["documents"]["text"][0].as_py()
    start = text.index(words)
    return f"doc:{start}-{start + len(words)}"


def lines(*rows: Sequence[str]) -> Corrections:
    """The file with these lines, signed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*cells, *MADE_BY] for cells in rows)
    return parse_corrections(out.getvalue().encode())


def apply(corrections: Corrections, table: str) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """Corrected rows of the document, and status and detail of each line."""
    assert corrections.invalid == ()
    found = mentions()
    corrected = correct_rows(
        table, found[MENTION_TABLES[table]], corrections.of_table(table), found["documents"],
        found["sentences"],
    )  # fmt: skip
    assert corrected.rows.schema.names[:-1] == found[MENTION_TABLES[table]].schema.names
    assert corrected.rows.schema.names[-1] == "corrected_by"
    return corrected.rows.to_pylist(), [list(outcome[1:]) for outcome in corrected.outcomes]


def changed_rows(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What differs from the uncorrected rows."""
    before = mentions()[MENTION_TABLES[table]].to_pylist()
    return [found for found in rows if found["corrected_by"] or _plain(found) not in before]


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "corrected_by"}


APPLIED = ["applied", ""]


# --- reading ------------------------------------------------------------------------------------

GOOD = f"topics,d:1-2,change,topic,trade,energy,it says so,{SIGNED}"


def problem_of(line: str) -> str:
    found = parse_corrections((",".join(COLUMNS) + "\n" + line + "\n").encode())
    if not found.rejects:
        return ""
    ((_, outcome),) = found.invalid
    (reject,) = found.rejects
    assert (reject.path, reject.stage, reject.reason) == (
        "corrections.csv", "read", "bad_correction",
    )  # fmt: skip
    assert reject.detail == f"line 2: {outcome.detail}"
    assert found.corrections == ()
    (published,) = correction_rows(found, []).to_pylist()
    assert (published["status"], published["detail"]) == ("invalid", outcome.detail)
    return outcome.detail


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (GOOD, ""),
        (f"topics,d:1-2,change,topic,trade,x,{SIGNED}", "8 cells instead of 9; quote commas"),
        (GOOD.replace("it says so", " "), "reason is empty"),
        (GOOD.replace("an editor", ""), "author is empty"),
        (GOOD.replace("2026-11-25", "25.11.2026"), "date is '25.11.2026', must be a day like"),
        (GOOD.replace("topics", "topic"), "table is 'topic', must be one of documents, "),
        (GOOD.replace("topics", "person_links"), "join and part persons in person_judgements.csv"),
        (GOOD.replace("topics", "countries"), "edit lexicons/reference/countries.csv"),
        (GOOD.replace("topics", "sentences"), "sentences cannot be corrected"),
        (GOOD.replace("topics", "unresolved"), "add the missing row to its own table"),
        (GOOD.replace("change", "chnage"), "action is 'chnage', must be change, add or delete"),
        (GOOD.replace("d:1-2", ""), "row is empty; write document_id:char_start-char_end"),
        (GOOD.replace("d:1-2", "d"), "row is 'd', must be document_id:char_start-char_end"),
        (GOOD.replace("d:1-2", "d:2-2"), "whose span is empty"),
        (GOOD.replace("it says so", "\0"), "reason is empty, or no text"),
        (GOOD.replace("d:1-2", "d\'d:1-2"), "must be document_id:char_start-char_end"),
        ("documents,d\'d,change,title,,A,x," + SIGNED, "must be a document_id"),
        ("documents,d:1-2,change,title,,A,x," + SIGNED, "must be a document_id"),
        (GOOD.replace("topic,", "term,"), "field is 'term'; to be changed are topic"),
        (GOOD.replace("energy", "enrgy"), "topic is 'enrgy', no code of topic_labels"),
        (GOOD.replace("energy", "trade"), "value and expected are both 'trade'"),
        (GOOD.replace("energy", ""), "topic is empty, and cannot be"),
        ("documents,d,delete,,,,x," + SIGNED, "documents are added and removed as files of raw/"),
        ("persons,p,add,,,{},x," + SIGNED, "persons follow from what documents say"),
        ("persons,p,change,person_id,p,q,x," + SIGNED, "field is 'person_id'; to be changed are"),
        ("persons,p,change,first_seen,,1.1.2016,x," + SIGNED, "first_seen is '1.1.2016', must be"),
        ("persons,p,change,countries,[],KAZ,x," + SIGNED, "countries is 'KAZ', must be a list"),
        ('persons,p,change,countries,[],"[""KZ""]",x,' + SIGNED, "'KZ', no code of countries"),
        ("persons,p,change,countries,[],,x," + SIGNED, "write [] for none"),
        ('persons,p,change,countries,[],"[""KAZ""]",x,' + SIGNED, ""),
        ("meetings,m,change,ordinal,,XI,x," + SIGNED, "ordinal is 'XI', must be a whole number"),
        ("meetings,m,change,date_precision,,week,x," + SIGNED, "one of day, month, year"),
        ("meetings,m,change,document_count,1,2,x," + SIGNED, "field is 'document_count'"),
        ("decisions,d:1-2,change,negated,false,no,x," + SIGNED, "must be true or false"),
        ("decisions,d:1-2,change,negated,FALSE,TRUE,x," + SIGNED, ""),
        ("decisions,d:1-2,change,due_on,2016-01-01,,x," + SIGNED, ""),
        ("decisions,d:1-2,delete,act,adopt,agree,x," + SIGNED, "value must be empty"),
        ("decisions,d:1-2,delete,,adopt,,x," + SIGNED, "field is empty; say what is 'adopt'"),
        ("decisions,d:1-2,delete,colour,red,,x," + SIGNED, "field is 'colour'; rows can be told"),
        ("instrument_mentions,d:1-2,change,kind,,treaty,x," + SIGNED, "delete the row and add"),
        ("topics,d:1-2,add,topic,,{},x," + SIGNED, "field must be empty"),
        ("topics,d:1-2,add,,,trade,x," + SIGNED, "value is 'trade', must be JSON"),
        ("topics,d:1-2,add,,,{},x," + SIGNED, "value lacks topic"),
        ('topics,d:1-2,add,,,"{""topic"": ""x""}",x,' + SIGNED, "'x', no code of topic_labels"),
        ('topics,d:1-2,add,,,"{""term"": ""x""}",x,' + SIGNED, "value gives term; columns of a"),
        ('topics,d:1-2,add,,,"{""topic"": [""trade""]}",x,' + SIGNED, "must be a single value"),
        (
            'decisions,d:1-2,change,verb,a,"\0",x,' + SIGNED,
            "which holds signs that are no text",
        ),
        (
            'country_mentions,d:1-2,add,,,"{""country"": ""\\ud800"", ""form"": ""name""}",x,'
            + SIGNED,
            "which holds signs that are no text",
        ),
    ],
)  # fmt: skip
def test_a_line_wrong_in_itself_is_named(line: str, problem: str) -> None:
    found = problem_of(line)
    assert (problem in found) if problem else found == ""


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + ",".join(COLUMNS) + "\r\n" + GOOD,
        ",".join(COLUMNS) + "\r" + GOOD + "\r",
        ",".join(COLUMNS) + "\n\n" + GOOD.replace("it says so", " it  says so ") + "\n" + GOOD,
    ],
    ids=["byte order mark and CRLF", "CR", "blanks and a repeated line"],
)
def test_what_editors_and_spreadsheets_save_is_read(content: str) -> None:
    (found,) = parse_corrections(content.encode()).corrections
    (plain,) = parse_corrections(f"{','.join(COLUMNS)}\n{GOOD}".encode()).corrections
    assert found.correction_id == plain.correction_id
    assert (found.document_id, found.reason) == ("d", "it says so")


def test_the_id_stays_when_lines_move_and_differs_between_lines() -> None:
    other = ["persons", "p", "change", "name", "A. Li", "A. B. Li"]
    this = ["topics", "d:1-2", "change", "topic", "trade", "energy"]
    ids = [c.correction_id for c in lines(this, other).corrections]
    assert [c.correction_id for c in lines(other, this).corrections] == ids[::-1]
    assert len(set(ids)) == 2
    assert [c.document_id for c in lines(this, other).corrections] == ["d", None]


def test_no_file_is_no_correction_and_an_unusable_one_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    assert read_corrections(tmp_path) == Corrections()
    path.mkdir()
    assert "is no file" in read_corrections(tmp_path).rejects[0].detail
    path.rmdir()
    for content in (b"a,b\n", "É".encode("latin-1"), b""):
        path.write_bytes(content)
        found = read_corrections(tmp_path)
        assert len(found.rejects) == 1
        assert not found.is_readable


def test_what_can_be_changed_is_never_a_key_span_or_evidence() -> None:
    changeable = {name: set(target.changeable) for name, target in TARGETS.items()}
    assert changeable["documents"] == {
        "language", "title", "publisher", "source_url", "published_on", "document_type",
    }  # fmt: skip
    assert changeable["participants"] == {
        "name", "role_as_written", "role", "country", "organisation", "capacity", "participation",
    }  # fmt: skip
    assert changeable["country_mentions"] == {"country", "form"}
    assert changeable["persons"] == {
        "name", "family_name", "names", "countries", "first_seen", "last_seen",
    }  # fmt: skip
    assert not changeable["decisions"] & {"kind", "instruments", "actor_person_id", "meeting_id"}
    assert not any(
        columns & {*SPECS[name].key, SPECS[name].evidence, "rule", "confidence", "corrected_by"}
        for name, columns in changeable.items()
        if name != "topics"
    )


# --- applying -----------------------------------------------------------------------------------


def test_a_value_is_changed_in_one_row_only() -> None:
    place, before = of("participants", name_as_written="Marat Ospanov")
    corrections = lines(["participants", place, "change", "country", "KAZ", "KGZ"])
    rows, outcomes = apply(corrections, "participants")
    ids = [correction.correction_id for correction in corrections.corrections]
    assert outcomes == [APPLIED]
    assert changed_rows("participants", rows) == [before | {"country": "KGZ", "corrected_by": ids}]
    assert len(rows) == mentions()["participants"].num_rows
    kept = [found["name"] for found in rows]
    assert kept == mentions()["participants"]["name"].to_pylist()


@pytest.mark.parametrize(
    ("table", "words", "field", "expected", "value", "wanted"),
    [
        ("documents", "", "published_on", "2018-06-08", "", None),
        ("documents", "", "title", "Defence ministers  meet in Bishkek", "A meeting", "A meeting"),
        ("document_meetings", None, "ends_on", "2018-06-07", "2018-06-08", date(2018, 6, 8)),
        ("document_meetings", None, "ordinal", "15", "16", 16),
        ("country_mentions", "Afghanistan", "country", "AFG", "TJK", "TJK"),
        ("decisions", None, "negated", "false", "true", True),
        ("decisions", None, "topics", '["terrorism", "investment", "trade"]', "[]", []),
        ("decisions", None, "topics", '["trade", "terrorism", "investment"]',
         '["trade", "energy", "trade"]', ["trade", "energy"]),
        ("decisions", None, "act", "condemn", "reaffirm", "reaffirm"),
    ],
)  # fmt: skip
def test_values_of_every_type(
    table: str, words: str | None, field: str, expected: str, value: str, wanted: object
) -> None:
    values = {"decisions": {"act": "condemn"}, "document_meetings": {"relation": "reports"}}
    place = "doc" if words == "" else at(words) if words else of(table, **values[table])[0]
    rows, outcomes = apply(lines([table, place, "change", field, expected, value]), table)
    assert outcomes == [APPLIED]
    assert [found[field] for found in rows if found["corrected_by"]] == [wanted]


def test_an_expectation_that_no_longer_holds_is_stale() -> None:
    place, _ = of("participants", name_as_written="Marat Ospanov")
    change = ["participants", place, "change"]
    corrections = lines(
        [*change, "country", "UZB", "KGZ"],
        [*change, "country", "UZB", "KAZ"],
        [*change, "organisation", "SCO", "UN"],
        ["participants", "doc:0-3", "delete", "", "", ""],
        ["participants", "gone:0-3", "delete", "", "", ""],
        ["participants", "gone:0-3", "change", "country", "UZB", "KAZ"],
        ["participants", place, "delete", "name", "M. Ospanov", ""],
    )
    rows, outcomes = apply(corrections, "participants")
    assert changed_rows("participants", rows) == []
    assert len(rows) == mentions()["participants"].num_rows
    assert {status for status, _ in outcomes} == {"stale"}
    for (_, detail), part in zip(
        outcomes,
        ["country is 'KAZ', not 'UZB'", "country is 'KAZ' already; take", "organisation is '', not",
         "participants has no row doc:0-3", "no document gone is read", "no document gone",
         "name is no longer 'M. Ospanov'"],
        strict=True,
    ):  # fmt: skip
        assert part in detail


def test_a_deleted_row_is_there_no_more() -> None:
    place, before = of("participants", name_as_written="Marat Ospanov")
    corrections = lines(
        ["participants", place, "delete", "", "", ""],
        ["participants", place, "delete", "name", before["name"], ""],
        ["participants", place, "change", "country", "KAZ", "KGZ"],
    )
    rows, outcomes = apply(corrections, "participants")
    assert [status for status, _ in outcomes] == ["applied", "stale", "stale"]
    assert len(rows) == mentions()["participants"].num_rows - 1


def test_lines_on_one_field_chain_or_the_second_is_stale() -> None:
    place, _ = of("participants", name_as_written="Marat Ospanov")
    change = ["participants", place, "change", "country"]
    chain = lines([*change, "KAZ", "KGZ"], [*change, "KGZ", "UZB"])
    rows, outcomes = apply(chain, "participants")
    (changed,) = changed_rows("participants", rows)
    assert outcomes == [APPLIED, APPLIED]
    assert changed["country"] == "UZB"
    assert changed["corrected_by"] == [c.correction_id for c in chain.corrections]
    rows, outcomes = apply(lines([*change, "KAZ", "KGZ"], [*change, "KAZ", "UZB"]), "participants")
    assert [status for status, _ in outcomes] == ["applied", "stale"]
    assert changed_rows("participants", rows)[0]["country"] == "KGZ"


def test_rows_of_one_span_are_told_apart_by_their_value() -> None:
    place = at("trade and investment")
    topics = [found["topic"] for found in apply(lines(), "topics")[0]
              if f"doc:{found['char_start']}-{found['char_end']}" == place]  # fmt: skip
    assert topics == ["investment", "trade"]
    corrections = lines(
        ["topics", place, "delete", "", "", ""],
        ["topics", place, "change", "topic", "trade", "investment"],
        ["topics", place, "delete", "sentence_id", "doc-s0003", ""],
        ["topics", place, "change", "topic", "trade", "customs"],
        ["topics", place, "delete", "topic", "investment", ""],
    )
    rows, outcomes = apply(corrections, "topics")
    assert [status for status, _ in outcomes] == [
        "ambiguous", "stale", "ambiguous", "applied", "applied",
    ]  # fmt: skip
    assert "tell them apart by field" in outcomes[0][1]
    assert "is there already" in outcomes[1][1]
    assert [found["topic"] for found in changed_rows("topics", rows)] == ["customs"]
    assert len(rows) == mentions()["topics"].num_rows - 1


def new(table: str, words: str, **values: object) -> list[str]:
    return [table, at(words), "add", "", "", json.dumps(values)]


@pytest.mark.parametrize(
    ("table", "words", "given", "wanted"),
    [
        (
            "participants", "A. B.Karimov",
            {"role": "foreign_minister", "country": "UZB",
                "capacity": "unknown", "participation": "attended"},
            {"name_as_written": "A. B.Karimov", "name": "A. B. Karimov", "meeting": 0,
             "organisation": None, "role_as_written": None, "country": "UZB"},
        ),
        (
            "topics", "member states",
            {"topic": "enlargement"},
            {"term": "member states", "topic": "enlargement", "sentence_id": "doc-s0001"},
        ),
        (
            "country_mentions", "Bishkek",
            {"country": "KGZ", "form": "capital"},
            {"mention": "Bishkek", "country": "KGZ", "sentence_id": "doc-s0000"},
        ),
        (
            "instrument_mentions", "concern",
            {"kind": "statement", "year": 2018},
            {"mention": "concern", "name": "concern", "kind": "statement", "year": 2018,
             "organisation": None, "number": 1},
        ),
        (
            "document_meetings", "said",
            {"relation": "announces", "body": "heads_of_state",
                "starts_on": "2019-06-01", "date_precision": "month", "city": "Bishkek"},
            {"relation": "announces", "starts_on": date(2019, 6, 1), "ordinal": None,
             "mention": 1, "format": None},
        ),
        (
            "decisions", "promoted trade and investment. They",
            {"verb_start": 330, "verb_end": 338,
                "verb": "promote", "act": "support", "actor": "participants"},
            {"text": "promoted trade and investment. They", "negated": False, "topics": [],
             "instruments": [], "due_on": None, "sentence_id": "doc-s0003"},
        ),
    ],
)  # fmt: skip
def test_a_row_is_added_and_the_rest_of_it_derived(
    table: str, words: str, given: dict[str, object], wanted: dict[str, object]
) -> None:
    corrections = lines(new(table, words, **given))
    rows, outcomes = apply(corrections, table)
    assert outcomes == [APPLIED]
    assert rows[:-1] == apply(lines(), table)[0]
    added = rows[-1]
    assert {name: added[name] for name in wanted} == wanted
    assert added["rule"] == "correction"
    assert added["corrected_by"] == [c.correction_id for c in corrections.corrections]
    assert f"doc:{added['char_start']}-{added['char_end']}" == at(words)


def test_a_row_that_cannot_stand_where_it_is_put_is_not_added() -> None:
    beyond = len(TEXT) + 5
    corrections = lines(
        ["topics", f"doc:{beyond}-{beyond + 2}", "add", "", "", '{"topic": "trade"}'],
        new("topics", "terrorism and promoted trade and investment. They", topic="trade"),
        new("topics", "terrorism", topic="terrorism"),
        ["topics", "gone:1-2", "add", "", "", '{"topic": "trade"}'],
    )
    rows, outcomes = apply(corrections, "topics")
    assert changed_rows("topics", rows) == []
    assert [status for status, _ in outcomes] == ["invalid", "invalid", "stale", "stale"]
    for (_, detail), part in zip(
        outcomes,
        ["ends behind the document's", "not within one sentence", "is there already",
         "no document gone"],
        strict=True,
    ):  # fmt: skip
        assert part in detail
    decision = {"verb": "say", "act": "assess", "actor": "unknown"}
    for verb in ({"verb_start": 5, "verb_end": 5}, {"verb_start": 5, "verb_end": beyond}):
        _, outcomes = apply(lines(new("decisions", "said", **verb, **decision)), "decisions")
        assert outcomes == [["invalid", "verb_start and verb_end are no span of the document"]]
    late = {"starts_on": "2019-06-02", "ends_on": "2019-06-01"}
    meeting = new("document_meetings", "said", relation="recalls", body="other", **late)
    assert "would lie before" in apply(lines(meeting), "document_meetings")[1][0][1]


def test_a_row_put_in_the_place_of_a_deleted_one_takes_over_its_number() -> None:
    place, before = of("instrument_mentions", mention="Bishkek Declaration")
    again = new("instrument_mentions", "Bishkek Declaration", kind="statement", name="B. Statement")
    rows, outcomes = apply(
        lines(["instrument_mentions", place, "delete", "", "", ""], again), "instrument_mentions"
    )
    assert outcomes == [APPLIED, APPLIED]
    assert [(found["name"], found["number"]) for found in rows] == [
        ("B. Statement", before["number"])
    ]
    place, _ = of("document_meetings", relation="reports")
    deletion = ["document_meetings", place, "delete", "", "", ""]
    for relation, number in (("reports", 0), ("recalls", 1)):
        meeting = new("document_meetings", "said", relation=relation, body="other")
        rows, _ = apply(lines(deletion, meeting), "document_meetings")
        assert [found["mention"] for found in rows] == [number]


def test_days_may_be_changed_one_after_the_other_but_not_against_each_other() -> None:
    place, before = of("document_meetings", relation="reports")
    change = ["document_meetings", place, "change"]
    start, end = [*change, "starts_on", "2018-06-06"], [*change, "ends_on", "2018-06-07"]
    rows, outcomes = apply(lines([*start, "2018-07-01"], [*end, "2018-07-02"]), "document_meetings")
    assert outcomes == [APPLIED, APPLIED]
    assert (rows[0]["starts_on"], rows[0]["ends_on"]) == (date(2018, 7, 1), date(2018, 7, 2))
    city = [*change, "city", "Bishkek", "Astana"]
    rows, outcomes = apply(lines([*start, "2018-07-01"], city), "document_meetings")
    assert [status for status, _ in outcomes] == ["invalid", "invalid"]
    assert "would lie before" in outcomes[0][1]
    assert rows == [before | {"corrected_by": []}]


def test_rows_of_other_documents_and_further_columns_are_kept() -> None:
    found = mentions()
    others = found["topics"].set_column(
        0, "document_id", pa.array(["other"] * found["topics"].num_rows, pa.string())
    )
    rows = pa.concat_tables([others, found["topics"], others])
    rows = rows.append_column("key", pa.array(map(str, range(rows.num_rows)), pa.string()))
    corrections = lines(
        new("topics", "said", topic="trade"),
        ["topics", at("terrorism"), "delete", "", "", ""],
    )
    corrected = correct_rows(
        "topics", rows, corrections.corrections, found["documents"], found["sentences"]
    )
    keys = corrected.rows["key"].to_pylist()
    (gone,) = set(map(str, range(rows.num_rows))) - set(keys)
    assert rows["term"][int(gone)].as_py() == "terrorism"
    assert keys == [*(key for key in map(str, range(rows.num_rows)) if key != gone), None]


def test_entities_are_changed_by_key() -> None:
    tables = tiny_tables()
    corrections = lines(
        ["persons", "chn-a-li", "change", "family_name", "Li", "A."],
        ["persons", "gone", "change", "name", "A", "B"],
        ["meetings", SUMMIT, "change", "ends_on", "2016-06-24", "2016-06-25"],
        ["meetings", SECRETARIES, "change", "starts_on", "2016-04-14", "2016-05-14"],
        ["instruments", "charter-sco", "change", "year", "", "2002"],
    )
    outcomes = []
    for name in ("persons", "meetings", "instruments"):
        corrected = correct_rows(name, tables[name], corrections.of_table(name))
        assert corrected.rows.schema.equals(SPECS[name].arrow_schema(), check_metadata=True)
        without = tables[name].drop_columns("corrected_by")
        again = correct_rows(name, without, corrections.of_table(name))
        assert again.rows.equals(corrected.rows, check_metadata=True)
        outcomes += corrected.outcomes
        marks = corrected.rows["corrected_by"].to_pylist()
        assert sum(map(bool, marks)) == 1
    assert [outcome.status for outcome in outcomes] == [
        "applied", "stale", "applied", "invalid", "applied",
    ]  # fmt: skip


def test_what_became_of_each_line_is_a_table_and_rejects() -> None:
    found = lines(
        ["topics", "gone:1-2", "delete", "", "", ""],
        ["topics", at("terrorism"), "delete", "topic", "terrorism", ""],
        ["topics", at("terrorism"), "dlete", "topic", "terrorism", ""],
        ["persons", "gone", "change", "name", "A", "B"],
        new("topics", "terrorism and promoted trade and investment. They", topic="trade"),
    )
    tables = mentions()
    outcomes = correct_rows(
        "topics", tables["topics"], found.of_table("topics")[1:], tables["documents"],
        tables["sentences"],
    ).outcomes  # fmt: skip
    table = correction_rows(found, outcomes)
    assert table.schema.equals(CORRECTIONS.arrow_schema(), check_metadata=True)
    assert table["correction_id"].to_pylist() == sorted(table["correction_id"].to_pylist())
    by_line = sorted(table.to_pylist(), key=lambda found: found["line"])
    assert [(found["line"], found["status"], found["action"]) for found in by_line] == [
        (2, "stale", "delete"), (3, "applied", "delete"), (4, "invalid", None),
        (5, "stale", "change"), (6, "invalid", "add"),
    ]  # fmt: skip
    assert by_line[0]["corrected_on"] == date(2026, 11, 25)
    rejects = correction_rejects(found, outcomes)
    assert [(reject.stage, reject.reason) for reject in rejects] == [
        ("read", "bad_correction"), ("resolve", "bad_correction"), ("resolve", "stale_correction"),
    ]  # fmt: skip
    assert rejects[2].detail.startswith("line 2: no document gone is read from raw/")
    assert "line 5: persons has no row gone" in rejects[2].detail
    statuses = set(table["status"].to_pylist())
    assert statuses < code_list("correction_status_labels")


COUNTRIES = sorted(code_list("countries"))


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(COUNTRIES[:4])), max_size=8))
def test_a_line_applies_exactly_where_its_expectation_holds(
    steps: list[tuple[int, str]],
) -> None:
    """Against a model: the values as a dict, each line expecting what is there or was there."""
    found = mentions()["country_mentions"].to_pylist()
    rows = [f"doc:{r['char_start']}-{r['char_end']}" for r in found]
    state = dict(zip(rows, (r["country"] for r in found), strict=True))
    first = dict(state)
    written, wanted = [], []
    for number, value in steps:
        place = rows[number % len(rows)]
        # Every other line still expects the value of the start.
        expected = (state if number % 2 else first)[place]
        if expected == value:
            continue
        line = ["country_mentions", place, "change", "country", expected, value]
        if line in written:
            continue
        written.append(line)
        wanted.append("applied" if state[place] == expected else "stale")
        if state[place] == expected:
            state[place] = value
    corrected, outcomes = apply(lines(*written), "country_mentions")
    assert [status for status, _ in outcomes] == wanted
    assert [r["country"] for r in corrected] == list(state.values())
    assert sum(len(r["corrected_by"]) for r in corrected) == wanted.count("applied")


# --- writing ------------------------------------------------------------------------------------

DAY = date(2026, 11, 25)


class Warehouse:
    """The tiny tables in DuckDB; ``rebuild`` corrects them as a build does."""

    def __init__(self, raw_dir: Path) -> None:
        self.raw_dir = raw_dir
        self.connection = duckdb.connect()
        self._load(tiny_tables())

    def _load(self, tables: dict[str, pa.Table]) -> None:
        for name in (*TARGETS, "sentences", "corrections"):
            self.connection.register("rows", tables[name])
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM rows")

    def rebuild(self) -> list[str]:
        tables, corrections = tiny_tables(), read_corrections(self.raw_dir)
        outcomes = []
        for name, target in TARGETS.items():
            shared = tables[name].select([*target.shared, "corrected_by"])
            corrected = correct_rows(
                name, shared, corrections.of_table(name), tables["documents"], tables["sentences"]
            )
            outcomes += corrected.outcomes
            if corrected.rows.num_rows == tables[name].num_rows:
                for column in shared.column_names:
                    place = tables[name].schema.get_field_index(column)
                    field = tables[name].schema.field(column)
                    tables[name] = tables[name].set_column(place, field, corrected.rows[column])
        tables["corrections"] = correction_rows(corrections, outcomes)
        self._load(tables)
        return [outcome.status for outcome in outcomes]

    def write(
        self, table: str, key: str, action: str, field: str = "", value: str = ""
    ) -> Correction:
        return write_correction(
            self.raw_dir, self.connection, table, key, action, field, value, "it says so", "me", DAY
        )


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    made = Warehouse(tmp_path)
    yield made
    made.connection.close()


def named(document: str, words: str) -> str:
    start = TEXTS[document].index(words)
    return f"{document}:{start}-{start + len(words)}"


def test_written_lines_are_read_back_and_apply(warehouse: Warehouse) -> None:
    written = [
        warehouse.write("documents", "d5", "change", "publisher", "A, \"B\" and C"),
        warehouse.write("participants", "d1-chn-a-li", "change", "country", ""),
        warehouse.write("document_meetings", f"d4|{SUMMIT}", "change", "country", "UZB"),
        warehouse.write("decisions", "d1-3-agreed", "change", "topics", '["trade", "energy"]'),
        warehouse.write("country_mentions", named("d5", "🇰🇿"), "change", "country", "KGZ"),
        warehouse.write("meetings", SUMMIT, "change", "ends_on", "2016-06-25"),
        warehouse.write("persons", "uzb-n-petrov", "change", "first_seen", "2016-04-13"),
        warehouse.write("topics", named("d5", "nobody"), "add", "", '{"topic": "human_rights"}'),
        warehouse.write("instrument_mentions", named("d1", "SCO Charter"), "delete"),
    ]  # fmt: skip
    assert read_corrections(warehouse.raw_dir).corrections == tuple(written)
    assert [correction.line for correction in written] == list(range(2, 11))
    assert [correction.expected for correction in written] == [
        "", "CHN", "", '["trade"]', "KAZ", "2016-06-24", "2016-04-14", "", "",
    ]  # fmt: skip
    assert written[1].row == named("d1", "A. Li")
    assert warehouse.rebuild() == ["applied"] * 9
    assert not any(path.name.startswith(".") for path in warehouse.raw_dir.iterdir())


def test_what_is_written_is_kept_to_the_byte(warehouse: Warehouse) -> None:
    path = warehouse.raw_dir / "corrections.csv"
    before = "\ufeff" + ",".join(COLUMNS) + "\r\n" + GOOD + "\r\nspoilt,line"
    path.write_bytes(before.encode())
    path.chmod(0o640)
    warehouse.write("documents", "d5", "change", "publisher", "A")
    content = path.read_bytes().decode()
    assert content.startswith(before + "\r\ndocuments,d5,change,publisher,,A,it says so,me,")
    assert content.endswith("\r\n")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_second_correction_expects_the_first_before_and_after_a_build(
    warehouse: Warehouse,
) -> None:
    key = "d1-chn-a-li"
    warehouse.write("participants", key, "change", "country", "KAZ")
    second = warehouse.write("participants", key, "change", "country", "KGZ")
    assert second.expected == "KAZ"
    assert warehouse.rebuild() == ["applied"] * 2
    third = warehouse.write("participants", key, "change", "country", "CHN")
    assert third.expected == "KGZ"
    assert warehouse.rebuild() == ["applied"] * 3


def test_a_row_of_several_at_one_span_is_told_by_its_key(warehouse: Warehouse) -> None:
    place = named("d2", "terrorism")
    span = place.removeprefix("d2:").replace("-", "|")
    warehouse.write("topics", place, "add", "", '{"topic": "extremism"}')
    with pytest.raises(UsageError, match="2 rows are at"):
        warehouse.write("topics", place, "delete")
    deletion = warehouse.write("topics", f"d2|{span}|terrorism", "delete")
    assert (deletion.field, deletion.expected) == ("topic", "terrorism")
    with pytest.raises(UsageError, match="topics has no row"):
        warehouse.write("topics", f"d2|{span}|terrorism", "delete", "topic")
    assert warehouse.rebuild() == ["applied"] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sentences", "d1-s0000", "delete"), "sentences cannot be corrected"),
        (("participants", "nobody", "delete"), "participants has no row 'nobody'; name it by"),
        (("topics", "d1", "delete"), "must be document_id|char_start|char_end|topic"),
        (("meetings", "gone", "change", "city", "A"), "meetings has no row 'gone'"),
        (("documents", "d5", "change", "language", "en"), "are both 'en'; nothing would change"),
        (("documents", "d5", "change", "text", "A"), "field is 'text'; to be changed are"),
        (("documents", "d5", "delete"), "documents are added and removed as files"),
        (("persons", "chn-a-li", "change", "countries", "[1]"), "must be a list"),
        (("meetings", SUMMIT, "change", "ends_on", "2016-01-01"), "would lie before starts_on"),
        (("topics", "d1-t", "add", "", "{}"), "name a new row as document_id:start-end"),
        (("topics", "d9:1-2", "add", "", '{"topic": "trade"}'), "no document d9"),
        (("topics", "d2:60-66", "add", "", '{"topic": "trade"}'), "not within one sentence"),
        (("participants", "d1-chn-a-li", "alter", "country", "KAZ"), "must be change, add or"),
    ],
)  # fmt: skip
def test_what_would_not_apply_is_not_written(
    warehouse: Warehouse, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        warehouse.write(*arguments)
    assert message in str(caught.value)
    assert list(warehouse.raw_dir.iterdir()) == []


def test_a_file_that_cannot_be_read_is_left_alone(warehouse: Warehouse) -> None:
    path = warehouse.raw_dir / "corrections.csv"
    for content in ("a,b\n", ",".join(COLUMNS) + '\n"open'):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(UsageError, match="header is|quotation marks"):
            warehouse.write("documents", "d5", "change", "publisher", "A")
        assert path.read_text(encoding="utf-8") == content


def test_a_line_that_stands_already_is_not_written_again(warehouse: Warehouse) -> None:
    warehouse.write("topics", named("d5", "nobody"), "add", "", '{"topic": "trade"}')
    with pytest.raises(UsageError, match="line 2 of corrections.csv says the same"):
        warehouse.write("topics", named("d5", "nobody"), "add", "", '{"topic": "trade"}')


def test_two_writers_wait_for_each_other(warehouse: Warehouse) -> None:
    def write(document: str) -> None:
        with warehouse.connection.cursor() as cursor:
            for number in range(5):
                write_correction(
                    warehouse.raw_dir, cursor, "documents", document, "change", "publisher",
                    f"Office {number}", "it says so", "me", DAY,
                )  # fmt: skip

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, ("d1", "d2", "d4", "d5")))
    assert warehouse.rebuild() == ["applied"] * 20


def test_a_full_disk_leaves_the_file_as_it_was(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.write("documents", "d5", "change", "publisher", "A")
    before = {path.name: path.read_bytes() for path in warehouse.raw_dir.iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="cannot be written .*No space left"):
        warehouse.write("documents", "d5", "change", "publisher", "B")
    assert {path.name: path.read_bytes() for path in warehouse.raw_dir.iterdir()} == before


def test_a_warehouse_of_an_older_version_is_named(warehouse: Warehouse) -> None:
    warehouse.connection.execute("DROP TABLE corrections")
    with pytest.raises(UsageError, match="older version; build it again"):
        warehouse.write("documents", "d5", "change", "publisher", "A")
