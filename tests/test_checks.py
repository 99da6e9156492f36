"""checks: every kind of violation stops, naming table, row, column and value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sco_pipeline.checks import check_tables
from sco_pipeline.errors import TableError
from sco_pipeline.schema.tables import ALL_TABLES
from tests.tables import Rows, build, tiny_rows, tiny_tables

Change = Callable[[Rows], Any]


def _set(table: str, index: int, **values: Any) -> Change:
    return lambda rows: rows[table][index].update(values)


def _repeat(table: str, index: int, **values: Any) -> Change:
    return lambda rows: rows[table].append(rows[table][index] | values)


def _drop(table: str, index: int) -> Change:
    return lambda rows: rows[table].pop(index)


def test_good_tables_pass() -> None:
    check_tables(tiny_tables())


def test_empty_tables_pass() -> None:
    check_tables({spec.name: spec.empty() for spec in ALL_TABLES})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            _repeat("persons", 0), ["persons.person_id", "'chn-a-li'", "unique"], id="key"
        ),
        pytest.param(
            _repeat("documents", 4, document_id="d9"),
            ["documents.path", "document_id='d9'", "2016/d5.txt", "unique"],
            id="path twice",
        ),
        pytest.param(
            _repeat("participants", 0, participant_id="again"),
            ["participants.person_id", "participant_id='again'", "uzb-n-petrov", "unique"],
            id="person twice at a meeting in a document",
        ),
        pytest.param(
            _set("participants", 2, person_id="nobody"),
            ["participants.person_id", "participant_id='d1-chn-a-li'", "'nobody'", "persons"],
            id="foreign key",
        ),
        pytest.param(
            _set("documents", 1, meeting_id="no-meeting"),
            ["documents.meeting_id", "document_id='d2'", "'no-meeting'"],
            id="nullable foreign key",
        ),
        pytest.param(
            _set("decisions", 0, instruments=["charter-sco", "charter-mars"]),
            ["decisions.instruments", "decision_id='d1-2-condemned'", "'charter-mars'"],
            id="foreign key in a list",
        ),
        pytest.param(
            _set("meetings", 0, body="heads_of_mars"),
            ["meetings.body", "'heads_of_mars'", "lexicons/reference/body_labels.csv"],
            id="code",
        ),
        pytest.param(
            _set("decisions", 0, topics=["terrorism", "mars"]),
            ["decisions.topics", "'mars'", "lexicons/reference/topic_labels.csv"],
            id="code in a list",
        ),
        pytest.param(
            _set("decisions", 2, kind="position"),
            ["decisions.kind", "decision_id='d1-3-agreed'", "['agree', 'position']"],
            id="kind of another act",
        ),
        pytest.param(
            _set("topics", 0, char_end=100_000),
            ["topics.char_start", "document_id='d1'", "100000"],
            id="span beyond the text",
        ),
        pytest.param(
            _set("topics", 0, char_start=-1), ["topics.char_start", "-1"], id="span before the text"
        ),
        pytest.param(
            _set("topics", 0, char_end=0), ["topics.char_start", "[0, 149]"], id="span turned round"
        ),
        pytest.param(
            _set("topics", 0, sentence_id="d1-s0001"),
            ["topics.sentence_id", "must lie in its sentence"],
            id="span outside its sentence",
        ),
        pytest.param(
            _set("decisions", 0, sentence_id="d1-s0001"),
            ["decisions.sentence_id", "must lie in its sentence"],
            id="clause that starts outside its sentence",
        ),
        pytest.param(
            _set("topics", 0, sentence_id="d3-s0002"),
            ["topics.sentence_id", "'d3-s0002'", "another document"],
            id="sentence of another document",
        ),
        pytest.param(
            _set("topics", 0, term="terrorist"),
            ["topics.term", "topic='terrorism'", "'terrorist'"],
            id="evidence",
        ),
        pytest.param(
            _set("country_mentions", 5, mention="🇰"),
            ["country_mentions.mention", "'🇰'"],
            id="evidence counted in graphemes",
        ),
        pytest.param(
            _set("decisions", 6, text="discussed trade and energy. The next summit"),
            ["decisions.text", "decision_id='d4-2-discussed'"],
            id="evidence over two sentences",
        ),
        pytest.param(
            _set("sentences", 3, text="They disagreed"),
            ["sentences.text", "sentence_id='d1-s0003'", "'They disagreed'"],
            id="sentence's text",
        ),
        pytest.param(
            _set("decisions", 0, verb_end=0),
            ["decisions.verb_start", "decision_id='d1-2-condemned'"],
            id="verb's span",
        ),
        pytest.param(
            _set("documents", 4, char_count=66),
            ["documents.char_count", "document_id='d5'", "66"],
            id="characters counted wrong",
        ),
        pytest.param(
            _set("documents", 0, sentence_count=7),
            ["documents.sentence_count", "document_id='d1'", "7"],
            id="sentences counted wrong",
        ),
        pytest.param(
            _set("documents", 0, duplicate_of="d3"),
            ["documents.duplicate_of", "document_id='d1'", "'d3'"],
            id="duplicate of a duplicate",
        ),
        pytest.param(
            _set("documents", 2, similarity=None),
            ["documents.similarity", "document_id='d3'", "['d1', 'exact', None]"],
            id="duplicate of unknown similarity",
        ),
        pytest.param(
            _set("meetings", 1, ends_on=date(2016, 6, 23)),
            ["meetings.ends_on", "sco-heads_of_state", "datetime.date(2016, 6, 23)"],
            id="ends before it starts",
        ),
        pytest.param(
            _set("meetings", 1, starts_on=None),
            ["meetings.ends_on", "None"],
            id="end without start",
        ),
        pytest.param(_drop("sentences", 0), ["sentence_id", "'d1-s0000'"], id="sentence missing"),
    ],
)
def test_violation_is_named(change: Change, words: list[str]) -> None:
    rows = tiny_rows()
    change(rows)
    with pytest.raises(TableError) as caught:
        check_tables(build(rows))
    for word in words:
        assert word in str(caught.value)
    assert "nothing was published" in str(caught.value)


def test_several_violations_in_one_message() -> None:
    rows = tiny_rows()
    for topic in rows["topics"]:
        topic["topic"] = "mars"
    rows["persons"][0]["countries"] = ["ZZZ"]
    with pytest.raises(TableError) as caught:
        check_tables(build(rows))
    message = str(caught.value)
    assert "topics.topic: 9 row(s)" in message
    assert "persons.countries: 1 row(s)" in message
    assert message.count("'mars'") < 9


def test_missing_and_unknown_tables() -> None:
    tables = tiny_tables()
    topics = tables.pop("topics")
    with pytest.raises(TableError, match="table topics: is missing"):
        check_tables(tables)
    with pytest.raises(TableError, match="table themes: is in no schema"):
        check_tables(tables | {"topics": topics, "themes": topics})


def test_schema_must_be_equal() -> None:
    tables = tiny_tables()
    topics = tables["topics"]
    with pytest.raises(TableError, match="table topics: columns are"):
        check_tables(tables | {"topics": topics.drop_columns(["rule"])})
    index = topics.schema.get_field_index("char_end")
    wide = topics.set_column(index, "char_end", topics["char_end"].cast(pa.int64()))
    with pytest.raises(TableError, match="column char_end: int64"):
        check_tables(tables | {"topics": wide})
    with pytest.raises(
        TableError, match="column document_id: .* must be string not null, metadata"
    ):
        check_tables(tables | {"topics": pa.Table.from_arrays(topics.columns, topics.column_names)})
    with pytest.raises(TableError, match="metadata"):
        check_tables(tables | {"topics": topics.replace_schema_metadata({})})


def test_observed_nulls() -> None:
    tables = tiny_tables()
    topics = tables["topics"]
    rules = pa.array([None, *topics["rule"].to_pylist()[1:]])
    field = topics.schema.field("rule")
    broken = topics.set_column(topics.schema.get_field_index("rule"), field, rules)
    with pytest.raises(TableError, match=r"row 0 \(document_id='d1'.*column rule is null"):
        check_tables(tables | {"topics": broken})


def test_null_in_a_list() -> None:
    tables = tiny_tables()
    persons = tables["persons"]
    field = persons.schema.field("names")
    names = pa.array([["a"], ["b", None], ["c"], ["d"], ["e"]], field.type)
    broken = persons.set_column(persons.schema.get_field_index("names"), field, names)
    with pytest.raises(TableError, match=r"person_id='kaz-c-omarov'.*column names holds a null"):
        check_tables(tables | {"persons": broken})


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), st.data())
def test_offsets_are_python_offsets(text: str, data: st.DataObject) -> None:
    """Whatever the signs, the check and DuckDB agree with slicing in Python."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    place = {"document_id": "dx", "sentence_id": "dx-s0000"}
    all_of_it = {"char_start": 0, "char_end": len(text), "text": text}
    tiny = tiny_rows()
    document = tiny["documents"][4] | {"document_id": "dx", "sentence_count": 1}
    topic = tiny["topics"][-1] | place | {"char_start": start, "char_end": end}
    rows = {
        "document_type_labels": tiny["document_type_labels"],
        "topic_labels": tiny["topic_labels"],
        "documents": [document | {"text": text, "char_count": len(text)}],
        "sentences": [tiny["sentences"][0] | place | all_of_it],
        "topics": [topic | {"term": text[start:end]}],
    }
    check_tables(build(rows))
    query = "SELECT length($1), substr($1, $2 + 1, $3 - $2)"
    with duckdb.connect(":memory:") as connection:
        answer = connection.execute(query, [text, start, end]).fetchone()
    assert answer == (len(text), text[start:end])
    rows["topics"][0]["term"] += "x"
    with pytest.raises(TableError, match="topics.term"):
        check_tables(build(rows))
