from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sco_pipeline.changes import SHOWN_CHARACTERS, summary, write_changes
from sco_pipeline.codes import code_list
from sco_pipeline.errors import WarehouseError
from sco_pipeline.schema.table_spec import Column, TableSpec
from sco_pipeline.schema.tables import CHANGES
from tests.tables import SPECS, row

Row = dict[str, Any]
Side = Mapping[str, Sequence[Row]]
DIGESTS = ("sha256", "source_digest", "package_digest", "correction_digest", "rows_digest")


def _inputs(*documents: Row) -> pa.Table:
    names = ("document_id", "path", *DIGESTS)
    rows = [{**dict.fromkeys(DIGESTS, ""), **document} for document in documents]
    return pa.table({name: pa.array([r[name] for r in rows], pa.string()) for name in names})


def _write_side(
    folder: Path, tables: Mapping[str, pa.Table], inputs: pa.Table
) -> dict[str, list[Path]]:
    """A side's files; every table is cut in two, as partitions are."""
    files: dict[str, list[Path]] = {}
    for name, table in tables.items():
        (folder / name).mkdir(parents=True)
        half = table.num_rows // 2
        for number, part in enumerate((table.slice(0, half), table.slice(half))):
            path = folder / name / f"part-{number:03d}.parquet"
            pq.write_table(part, path)
            files.setdefault(name, []).append(path)
    folder.mkdir(exist_ok=True)
    pq.write_table(inputs, folder / "build_inputs.parquet")
    return files


def _tables(side: Side) -> dict[str, pa.Table]:
    return {name: SPECS[name].build(rows) for name, rows in side.items()}


def _changes(
    folder: Path,
    before: Mapping[str, pa.Table],
    after: Mapping[str, pa.Table],
    before_inputs: pa.Table,
    after_inputs: pa.Table,
) -> list[Row]:
    old = _write_side(folder / "old", before, before_inputs)
    new = _write_side(folder / "new", after, after_inputs)
    target = folder / "changes.parquet"
    with duckdb.connect(config={"threads": 1}) as connection:
        count = write_changes(
            connection,
            old,
            new,
            folder / "old/build_inputs.parquet",
            folder / "new/build_inputs.parquet",
            target,
        )
    table = pq.read_table(target)
    assert table.num_rows == count
    assert table.schema.equals(CHANGES.arrow_schema(), check_metadata=True)
    rows: list[Row] = table.to_pylist()
    for change in rows:
        assert change["action"] in code_list("change_action_labels")
        assert change["cause"] in code_list("change_cause_labels")
    keys = [tuple(change[name] for name in CHANGES.key) for change in rows]
    assert keys == sorted(set(keys))
    return rows


# The diff of any two tables, applied to one, gives the other.

WORDS = st.text("a|'\"é中,[]", max_size=3)
DAYS = st.dates(date(2001, 6, 15), date(2001, 6, 20))


def _values(column: Column) -> st.SearchStrategy[Any]:
    if column.is_list:
        return st.lists(WORDS, max_size=2)
    kinds = {
        pa.string(): WORDS,
        pa.int32(): st.integers(0, 3),
        pa.float64(): st.sampled_from([0.1, 1 / 3, 1e-9, 2.0]),
        pa.date32(): DAYS,
        pa.bool_(): st.booleans(),
    }
    values = kinds[column.type]
    return st.none() | values if column.nullable else values


def _rows_of(spec: TableSpec) -> st.SearchStrategy[list[Row]]:
    ids = {"document_id", *(name for name in spec.key if name.endswith("_id"))}
    keys = {column.name: st.sampled_from("ab") for column in spec.columns if column.name in ids}
    rows = st.fixed_dictionaries({column.name: _values(column) for column in spec.columns} | keys)
    return st.lists(rows, max_size=4, unique_by=lambda r: tuple(r[name] for name in spec.key))


def _value(column: Column, text: str | None) -> Any:
    if text is None:
        return None
    if column.is_list:
        return json.loads(text)
    parse = {
        pa.string(): str,
        pa.int32(): int,
        pa.float64(): float,
        pa.date32(): date.fromisoformat,
        pa.bool_(): "true".__eq__,
    }
    return parse[column.type](text)


@pytest.mark.parametrize("name", ["persons", "decisions", "country_mentions", "rules"])
def test_the_diff_applied_to_one_side_gives_the_other(name: str) -> None:
    spec = SPECS[name]

    def keyed(rows: Sequence[Row]) -> dict[str, Row]:
        return {"|".join(str(r[key]) for key in spec.key): dict(r) for r in rows}

    @settings(max_examples=6)
    @given(_rows_of(spec), _rows_of(spec))
    def check(before: list[Row], after: list[Row]) -> None:
        inputs = [
            _inputs(*({"document_id": key, "path": key, "package_digest": side} for key in "ab"))
            for side in ("old", "new")
        ]
        with TemporaryDirectory() as folder:
            changes = _changes(
                Path(folder), _tables({name: before}), _tables({name: after}), *inputs
            )
        found, wanted = keyed(before), keyed(after)
        for change in changes:
            key, field = change["row_key"], change["field"]
            if change["action"] == "added":
                assert key not in found
                found[key] = wanted[key]
            elif change["action"] == "removed":
                del found[key]
            else:
                column = spec.column(field)
                assert found[key][field] == _value(column, change["before"])
                found[key][field] = _value(column, change["after"])
        assert found == wanted

    check()


# Causes.


def _mention(document: str, **values: Any) -> Row:
    given: Row = {
        "document_id": document, "sentence_id": f"{document}-s0000", "country": "KAZ",
        "mention": "Kazakhstan", "form": "name", "char_start": 0, "char_end": 10,
    }  # fmt: skip
    return row("country_mentions", **{**given, **values})


def test_causes_of_rows_of_documents(tmp_path: Path) -> None:
    changed = {
        "sidecar": {"source_digest": "2"},
        "corrected": {"correction_digest": "2"},
        "rules": {"package_digest": "2"},
        "resolved": {},
        "marked": {"package_digest": "2"},
    }
    before = [
        *({"document_id": key, "path": key} for key in changed),
        {"document_id": "edited-1", "path": "edited", "sha256": "1"},
        {"document_id": "removed", "path": "removed"},
        {"document_id": "moved-1", "path": "moved", "sha256": "3"},
    ]
    after = [
        *({"document_id": k, "path": k, "rows_digest": "2"} | v for k, v in changed.items()),
        {"document_id": "edited-2", "path": "edited", "sha256": "2"},
        {"document_id": "added", "path": "added"},
        {"document_id": "moved-2", "path": "moved/away", "sha256": "4"},
    ]
    old = [_mention(d["document_id"]) for d in before]
    new = [
        _mention(d["document_id"], country="RUS", corrected_by=["c1"] * (d["path"] == "marked"))
        for d in after
    ]
    changes = _changes(
        tmp_path,
        _tables({"country_mentions": old}),
        _tables({"country_mentions": new}),
        _inputs(*({**d, "rows_digest": "1"} for d in before)),
        _inputs(*({**d, "rows_digest": "2"} for d in after)),
    )
    assert {(c["document_id"], c["action"], c["source_path"]): c["cause"] for c in changes} == {
        ("sidecar", "changed", "sidecar"): "source_edited",
        ("corrected", "changed", "corrected"): "corrections",
        ("rules", "changed", "rules"): "rules",
        ("resolved", "changed", "resolved"): "resolution",
        ("marked", "changed", "marked"): "corrections",
        ("edited-1", "removed", "edited"): "source_edited",
        ("edited-2", "added", "edited"): "source_edited",
        ("removed", "removed", "removed"): "source_removed",
        ("added", "added", "added"): "source_added",
        ("moved-1", "removed", "moved"): "source_removed",
        ("moved-2", "added", "moved/away"): "source_added",
    }
    assert {c["field"] for c in changes if c["document_id"] == "marked"} == {
        "country",
        "corrected_by",
    }


def test_a_copy_that_gets_another_number_is_no_edit(tmp_path: Path) -> None:
    """Of two equal files the first is removed: the second now bears the plain id."""
    before = [
        {"document_id": "a", "path": "1", "sha256": "a"},
        {"document_id": "a-2", "path": "2", "sha256": "a"},
    ]
    after = [{"document_id": "a", "path": "2", "sha256": "a"}]
    documents = [
        [
            row(
                "documents", document_id=d["document_id"], path=d["path"], sha256=d["sha256"],
                media_type="", language="en", document_type="communique", text="", char_count=0,
                sentence_count=0,
            )
            for d in side
        ]
        for side in (before, after)
    ]  # fmt: skip
    changes = _changes(
        tmp_path,
        *(_tables({"documents": side}) for side in documents),
        _inputs(*before),
        _inputs(*after),
    )
    assert [(c["row_key"], c["field"], c["before"], c["after"], c["cause"]) for c in changes] == [
        ("a", "path", "1", "2", "source_edited"),
        ("a-2", "", None, None, "source_removed"),
    ]


def _person(person: str, documents: int, **values: Any) -> Row:
    return row("persons", person_id=person, name=person, document_count=documents, **values)


def _participant(document: str, person: str) -> Row:
    return row(
        "participants", participant_id=f"{document}-{person}", document_id=document,
        person_id=person, name_as_written=person, name=person, role="other_official",
        capacity="unknown", participation="attended", sentence_id=f"{document}-s0000",
        char_start=0, char_end=1,
    )  # fmt: skip


def test_causes_of_entities_are_the_strongest_of_their_documents(tmp_path: Path) -> None:
    before = {
        "persons": [_person(name, 1) for name in ("both", "gone", "judged", "marked", "steady")],
        "participants": [
            _participant("e1", "both"), _participant("r", "gone"), _participant("same", "judged"),
        ],
    }  # fmt: skip
    after = {
        "persons": [
            _person("both", 2), _person("judged", 2), _person("marked", 1, corrected_by=["c"]),
            _person("new", 1), _person("steady", 1), _person("by_hand", 1, corrected_by=["c"]),
        ],
        "participants": [
            _participant("e2", "both"), _participant("n", "both"), _participant("n", "new"),
            _participant("same", "judged"), _participant("n", "marked"),
        ],
    }  # fmt: skip
    changes = _changes(
        tmp_path,
        _tables(before),
        _tables(after),
        _inputs(
            {"document_id": "e1", "path": "e", "sha256": "1"},
            {"document_id": "r", "path": "r"},
            {"document_id": "same", "path": "same"},
        ),
        _inputs(
            {"document_id": "e2", "path": "e", "sha256": "2"},
            {"document_id": "n", "path": "n"},
            {"document_id": "same", "path": "same"},
        ),
    )
    persons = [c for c in changes if c["table_name"] == "persons"]
    assert {(c["row_key"], c["field"]): (c["cause"], c["source_path"]) for c in persons} == {
        ("by_hand", ""): ("corrections", None),
        ("both", "document_count"): ("source_edited", "e"),
        ("gone", ""): ("source_removed", "r"),
        ("judged", "document_count"): ("resolution", None),
        ("marked", "corrected_by"): ("corrections", "n"),
        ("new", ""): ("source_added", "n"),
    }
    assert all(c["document_id"] is None for c in persons)
    assert {c["document_id"] for c in changes} == {None, "e1", "e2", "r", "n"}


def test_causes_of_other_tables(tmp_path: Path) -> None:
    def reject(path: str, sha256: str, detail: str = "") -> Row:
        return row(
            "rejects", path=path, sha256=sha256, stage="read", reason="binary", detail=detail
        )

    def label(text: str) -> Row:
        return row("act_kind_labels", code="x", label=text, definition="", source="")

    correction = {
        column.name: {pa.int32(): 1, pa.date32(): None}.get(column.type, "x")
        for column in SPECS["corrections"].columns
    }
    before = {
        "rejects": [reject("gone", "1"), reject("edited", "1"), reject("other", "1", "a")],
        "act_kind_labels": [label("one")],
        "corrections": [],
    }
    after = {
        "rejects": [reject("came", "1"), reject("edited", "2"), reject("other", "1", "b")],
        "act_kind_labels": [label("two")],
        "corrections": [correction],
    }
    changes = _changes(
        tmp_path,
        _tables(before),
        _tables(after),
        _inputs({"document_id": "d", "path": "gone-not", "package_digest": "1"}),
        _inputs({"document_id": "d", "path": "gone-not", "package_digest": "2"}),
    )
    assert {(c["table_name"], c["row_key"], c["field"]): c["cause"] for c in changes} == {
        ("act_kind_labels", "x", "label"): "rules",
        ("corrections", "x", ""): "corrections",
        ("rejects", "came|read|binary", ""): "source_added",
        ("rejects", "edited|read|binary", "sha256"): "source_edited",
        ("rejects", "gone|read|binary", ""): "source_removed",
        ("rejects", "other|read|binary", "detail"): "rules",
    }
    assert summary(tmp_path / "changes.parquet")[0] == {
        "table_name": "act_kind_labels",
        "action": "changed",
        "cause": "rules",
        "row_count": 1,
    }


def test_summary_counts_rows(tmp_path: Path) -> None:
    before, after = _person("p", 1), _person("p", 2, family_name="F", names=["p"])
    changes = _changes(
        tmp_path, _tables({"persons": [before]}), _tables({"persons": [after]}), *[_inputs()] * 2
    )
    assert [c["field"] for c in changes] == ["document_count", "family_name", "names"]
    assert [c["row_count"] for c in summary(tmp_path / "changes.parquet")] == [1]


def test_snapshots_of_other_versions(tmp_path: Path) -> None:
    """Columns and tables that one side lacks are no changes; a table that is new has new rows."""
    spec = SPECS["persons"]
    new = spec.build([_person("p", 2, family_name="F")])
    old = spec.build([_person("p", 1)]).drop_columns(["family_name", "corrected_by"])
    old = old.set_column(
        old.column_names.index("first_seen"), "first_seen", pa.array(["x"], pa.string())
    )
    keyless = SPECS["meetings"].empty().drop_columns(["meeting_id"])
    changes = _changes(
        tmp_path,
        {"persons": old, "meetings": keyless, "once": pa.table({"x": [1]})},
        {
            "persons": new,
            "meetings": SPECS["meetings"].empty(),
            **_tables({"country_mentions": [_mention("d")]}),
        },
        _inputs({"document_id": "d", "path": "d", "package_digest": "1", "rows_digest": "1"}),
        _inputs({"document_id": "d", "path": "d", "package_digest": "2", "rows_digest": "2"}),
    )
    assert [(c["table_name"], c["field"], c["action"], c["cause"]) for c in changes] == [
        ("country_mentions", "", "added", "rules"),
        ("persons", "document_count", "changed", "resolution"),
    ]


def test_long_values_are_cut(tmp_path: Path) -> None:
    tables = [_tables({"persons": [_person("p", 1, family_name=x * 2_000)]}) for x in "ab"]
    (change,) = _changes(tmp_path, *tables, *[_inputs()] * 2)
    assert change["after"] == "b" * SHOWN_CHARACTERS + "…"


def test_nothing_changed(tmp_path: Path) -> None:
    assert _changes(tmp_path, {}, {}, _inputs(), _inputs()) == []


def test_damaged_files_are_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"no parquet")
    with duckdb.connect() as connection, pytest.raises(WarehouseError, match=r"bad\.parquet"):
        write_changes(connection, {}, {}, bad, bad, tmp_path / "changes.parquet")
