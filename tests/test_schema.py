"""schema: the contract's columns, specs that fit together, strict building."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sco_pipeline.errors import TableError
from sco_pipeline.schema.table_spec import Column, TableSpec
from sco_pipeline.schema.tables import ALL_TABLES, MEMBERSHIPS, PERSONS

SPECS = {spec.name: spec for spec in ALL_TABLES}

# What users rely on: never renamed or dropped.
CONTRACT = {
    "documents": "document_id path sha256 media_type language title publisher source_url "
    "published_on document_type text char_count sentence_count meeting_id duplicate_of",
    "rejects": "path sha256 stage reason detail",
    "sentences": "sentence_id document_id paragraph ordinal char_start char_end text",
    "meetings": "meeting_id organisation body ordinal starts_on ends_on city country "
    "chair_country format status",
    "document_meetings": "document_id meeting_id relation sentence_id char_start char_end",
    "participants": "participant_id document_id meeting_id person_id name_as_written name "
    "role_as_written role country organisation capacity participation sentence_id char_start "
    "char_end rule",
    "persons": "person_id name family_name names countries first_seen last_seen document_count",
    "topics": "document_id meeting_id sentence_id topic term char_start char_end rule",
    "decisions": "decision_id document_id meeting_id sentence_id char_start char_end verb_start "
    "verb_end verb act kind negated actor_as_written actor text topics instruments countries "
    "due_on rule",
    "instruments": "instrument_id name kind organisation year",
    "instrument_mentions": "document_id sentence_id instrument_id mention char_start char_end rule",
    "country_mentions": "document_id sentence_id country mention char_start char_end",
    "topic_labels": "code label definition",
    "act_labels": "code label definition",
    "role_labels": "code label definition",
    "body_labels": "code label definition",
    "countries": "code label definition",
    "organisations": "code label definition",
}


@pytest.mark.parametrize("table", CONTRACT)
def test_contract_columns(table: str) -> None:
    assert set(CONTRACT[table].split()) <= {column.name for column in SPECS[table].columns}


@pytest.mark.parametrize("spec", ALL_TABLES, ids=lambda spec: spec.name)
def test_spec_is_sound(spec: TableSpec) -> None:
    names = [column.name for column in spec.columns]
    assert len(set(names)) == len(names)
    assert all(not spec.column(name).nullable for name in spec.key)
    assert {name for columns in spec.unique for name in columns} <= set(names)
    assert spec.evidence is None or {spec.evidence, "char_start", "char_end"} <= set(names)
    assert ("char_start" in names) <= {"document_id", "sentence_id"}.issubset(names)
    for column in spec.columns:
        assert column.description.endswith("."), column.name
        if column.target:
            table, target = column.target
            assert SPECS[table].key == (target,), column.name


@pytest.mark.parametrize("spec", ALL_TABLES, ids=lambda spec: spec.name)
def test_parquet_carries_the_descriptions(spec: TableSpec, tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(spec.build([]), path)
    assert pq.read_schema(path).equals(spec.arrow_schema(), check_metadata=True)


def _membership(**values: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "organisation": "SCO", "country": "CHN", "capacity": "member_state",
        "valid_from": date(2001, 6, 15), "valid_to": None, "source": "test",
    }  # fmt: skip
    return row | values


def test_build_keeps_values_and_order() -> None:
    rows = [_membership(country="RUS"), _membership(valid_to=date(2020, 1, 1))]
    table = MEMBERSHIPS.build(rows)
    assert table.to_pylist() == rows
    assert table.schema.equals(MEMBERSHIPS.arrow_schema(), check_metadata=True)
    assert MEMBERSHIPS.empty().equals(MEMBERSHIPS.build([]), check_metadata=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param({"country": 5}, "column country is 5, must be str", id="type"),
        pytest.param({"country": None}, "column country is None, must be str", id="null"),
        pytest.param(
            {"valid_from": datetime(2001, 6, 15)}, "column valid_from is datetime", id="subclass"
        ),
        pytest.param(
            {"valid_from": "2001-06-15"}, "column valid_from is '2001", id="text for date"
        ),
        pytest.param({"source": "\ud800"}, r"column source is '\\ud800'", id="no Unicode"),
        pytest.param({"extra": 1}, "missing or unknown column extra", id="unknown column"),
    ],
)
def test_build_refuses(values: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError, match=f"table memberships: row 1.*{message}"):
        MEMBERSHIPS.build([_membership(), _membership(**values)])


def test_build_refuses_missing_columns() -> None:
    row = _membership()
    del row["source"]
    with pytest.raises(TableError, match="row 0: missing or unknown column source"):
        MEMBERSHIPS.build([row])


@pytest.mark.parametrize(
    ("names", "message"),
    [("A. Li", "must be list or tuple"), ([1], "must be a list of str"), ([None], "a list of str")],
)
def test_build_refuses_in_lists(names: Any, message: str) -> None:
    row = {
        "person_id": "p", "name": "A. Li", "family_name": None, "names": names, "countries": [],
        "first_seen": None, "last_seen": None, "document_count": 1, "corrected_by": [],
    }  # fmt: skip
    with pytest.raises(TableError, match=rf"row 0 \(person_id='p'\): column names is .*{message}"):
        PERSONS.build([row])


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (pa.int32(), 2**40, "does not fit int32"),
        (pa.int32(), True, "must be int"),
        (pa.float64(), 1, "must be float"),
        (pa.bool_(), 1, "must be bool"),
    ],
)
def test_build_coerces_nothing(kind: pa.DataType, value: Any, message: str) -> None:
    spec = TableSpec(
        "t", "test", ("k",), (Column("k", pa.string(), "Key."), Column("v", kind, "Value."))
    )
    with pytest.raises(TableError, match=message):
        spec.build([{"k": "a", "v": value}])
