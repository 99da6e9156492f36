"""export: each form read back by other means, on tiny tables with hostile values."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sco_pipeline.errors import ExportError, UsageError, WarehouseError
from sco_pipeline.export import Form, csv_files, graphml
from sco_pipeline.export.folder import MANIFEST, replacing
from sco_pipeline.export.write import write_export
from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.warehouse import DATABASE, INFO_COLUMNS, build_database, open_read_only
from tests.snapshot_files import write_files
from tests.tables import NEXT_SUMMIT, SUMMIT, TEXTS, build, tiny_rows

CASES = Path(__file__).parent / "cases"
FORMULA = '=HYPERLINK("http://evil.example","click")'
LONG = "\U0001f409" * 20_000  # 40,000 units of UTF-16
NAMES = ["Plain", 'A "quoted", name\nin two lines', "", "null", "NULL"]
TITLES = {
    "d1": FORMULA,
    "d2": " ＝1+1",
    "d3": "'tis",
    "d4": "\t@SUM(A1)",
    "d5": "123456789012",
    "d6": "=2+2",
}
UGLY = "A\x00B\x0bC\ufffe\r\n\t<&>\"'"
DANGEROUS = tuple("=+-@＝＋－＠\t\r\n")


def hostile_tables() -> dict[str, Any]:
    rows = tiny_rows()
    for row in rows["documents"]:
        row["title"] = TITLES[row["document_id"]]
    rows["documents"][4]["source_url"] = None
    rows["persons"][0] |= {"name": "-A. Li", "names": NAMES}
    rows["instruments"][0]["name"] = UGLY
    rows["rejects"][0]["detail"] = LONG
    rows["meetings"][0]["ordinal"] = 11
    return build(rows)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("warehouse")
    write_files(hostile_tables(), folder / "snapshot")
    info = {name: f"{name} of the test" for name in INFO_COLUMNS}
    build_database(folder / "snapshot", folder / DATABASE, info)
    return folder


@pytest.fixture(scope="module")
def connection(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(open_read_only(warehouse)) as connection:
        yield connection


@pytest.fixture(scope="module")
def exports(
    connection: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder for each form."""
    folder = tmp_path_factory.mktemp("exports")
    for form in Form:
        write_export(connection, folder / form, form)
    return folder


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def cell(value: Any) -> str:
    """How CSV shows a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def original(text: str) -> str:
    """Undo what was done for Excel, by the documented rule."""
    return text.removeprefix("'")


# CSV


def test_csv_holds_every_value(exports: Path) -> None:
    tables = hostile_tables()
    for spec in ALL_TABLES:
        rows = sorted(
            tables[spec.name].to_pylist(), key=lambda row: [row[name] for name in spec.key]
        )
        assert read_csv(exports / "csv" / f"{spec.name}.csv") == [
            {name: cell(value) for name, value in row.items()} for row in rows
        ]
    info = read_csv(exports / "csv" / "snapshot_info.csv")
    assert info[0]["snapshot_id"] == "snapshot_id of the test"


def test_csv_tells_null_from_empty_and_ends_lines_with_lf(exports: Path) -> None:
    content = (exports / "csv" / "corrections.csv").read_bytes()
    assert content.startswith(b'"correction_id",')
    assert content.endswith(b"\n")
    lines = (exports / "csv" / "rejects.csv").read_bytes().split(b"\n")
    assert lines[1].startswith(b'"2016/d5.txt","d5d5')
    meetings = (exports / "csv" / "meetings.csv").read_text("utf-8")
    assert b"\r" not in (exports / "csv" / "meetings.csv").read_bytes()
    assert f'"{NEXT_SUMMIT}","SCO","heads_of_state",,2017-06-01,,"month","Astana",,,,' in meetings


def test_excel_runs_nothing_and_the_text_can_be_had_back(exports: Path) -> None:
    plain, safe = (
        {path.name: read_csv(path) for path in sorted((exports / form).glob("*.csv"))}
        for form in (Form.csv, Form.csv_excel)
    )
    assert plain.keys() == safe.keys()
    for name, rows in plain.items():
        for before, after in zip(rows, safe[name], strict=True):
            for column, text in after.items():
                assert not text.strip().startswith(DANGEROUS)
                if not text.endswith("…"):
                    assert original(text) == before[column]
    titles = {row["document_id"]: row["title"] for row in safe["documents.csv"]}
    assert titles == {document: f"'{title}" for document, title in TITLES.items()}
    assert safe["persons.csv"][0]["name"] == "'-A. Li"


def test_excel_gets_its_byte_order_mark_and_line_ends(exports: Path) -> None:
    content = (exports / "csv-excel" / "topics.csv").read_bytes()
    assert content.startswith(b'\xef\xbb\xbf"document_id",')
    assert content.count(b"\r\n") == content.count(b"\n") == 1 + len(tiny_rows()["topics"])
    assert b'"trade","trade",49,54,' in content  # numbers stay numbers


def test_what_no_cell_can_hold_is_cut_and_reported(exports: Path) -> None:
    details = {row["path"]: row["detail"] for row in read_csv(exports / "csv-excel/rejects.csv")}
    cut = details["2016/logo.png"]
    assert cut.endswith("\U0001f409…")
    assert 32_000 < len(cut.encode("utf-16-le")) // 2 <= 32_767
    manifest = json.loads((exports / "csv-excel" / MANIFEST).read_text("utf-8"))
    assert manifest["files"]["rejects.csv"] == {"rows": 2, "cut_texts": 1}
    assert manifest["files"]["topics.csv"] == {"rows": 9}
    assert manifest["snapshot"]["snapshot_id"] == "snapshot_id of the test"
    plain = read_csv(exports / "csv" / "rejects.csv")
    assert LONG in {row["detail"] for row in plain}


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("=1")
@example("\x00=1")
@example("\u00a0\u200b+1")
@example("''=1")
@example("1.5E3")
def test_any_text_is_made_safe_and_had_back(text: str) -> None:
    safe = duckdb.execute(f"SELECT {csv_files._SAFE.format(text='$1::VARCHAR')}", [text]).fetchall()
    ((value,),) = safe
    assert original(value) == text
    assert not re.match(r"[\s\x00-\x20\u200b]*[=+\-@＝＋－＠]|[\t\r\n]", value)
    assert not re.fullmatch(r"[0-9.,]*[0-9]([eE][0-9]+)?", value, re.ASCII)


def test_named_tables_and_views_only(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    written = write_export(connection, tmp_path / "out", Form.csv, ["co_attendance", "persons"])
    assert written == {"co_attendance.csv": 5, "persons.csv": 5}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*written, MANIFEST}
    with pytest.raises(UsageError, match="no table or view 'person'; did you mean persons"):
        write_export(connection, tmp_path / "out", Form.csv, ["person"])
    with pytest.raises(UsageError, match="csv and csv-excel only, not for ftm"):
        write_export(connection, tmp_path / "out", Form.ftm, ["persons"])
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


# GraphML

_NS = {"g": "http://graphml.graphdrawing.org/xmlns"}
_VALUES = {"string": str, "int": int, "boolean": {"true": True, "false": False}.__getitem__}


def read_graph(path: Path) -> tuple[str, dict[str, Any], dict[tuple[str, str], Any]]:
    """Direction, nodes and edges with their data, read as GraphML's specification says."""
    root = ElementTree.parse(path).getroot()
    keys = {
        (key.attrib["for"], key.attrib["id"]): (key.attrib["attr.name"], key.attrib["attr.type"])
        for key in root.findall("g:key", _NS)
    }

    def data(element: ElementTree.Element, domain: str) -> dict[str, Any]:
        values = {}
        for datum in element.findall("g:data", _NS):
            name, kind = keys[domain, datum.attrib["key"]]
            values[name] = _VALUES[kind](datum.text or "")
        return values

    (graph,) = root.findall("g:graph", _NS)
    nodes = {node.attrib["id"]: data(node, "node") for node in graph.findall("g:node", _NS)}
    edges = {
        (edge.attrib["source"], edge.attrib["target"]): data(edge, "edge")
        for edge in graph.findall("g:edge", _NS)
    }
    assert len(nodes) == len(graph.findall("g:node", _NS))
    assert {end for edge in edges for end in edge} <= nodes.keys()
    return graph.attrib["edgedefault"], nodes, edges


def test_graph_of_co_attendance(exports: Path) -> None:
    direction, nodes, edges = read_graph(exports / "graphml/co_attendance.graphml")
    assert direction == "undirected"
    # C. Omarov only sent a message.
    assert nodes.keys() == {"chn-a-li", "rus-sergei-ivanov", "uzb-b-petrov", "uzb-n-petrov"}
    assert nodes["chn-a-li"] == {
        "label": "-A. Li", "family_name": "Li", "countries": "CHN", "meetings": 2,
        "first_on": "2016-04-14", "last_on": "2016-06-24",
    }  # fmt: skip
    assert edges["chn-a-li", "rus-sergei-ivanov"] == {
        "weight": 2, "first_on": "2016-04-14", "last_on": "2016-06-24",
    }  # fmt: skip
    assert ("uzb-b-petrov", "uzb-n-petrov") not in edges
    assert len(edges) == 5


def test_graph_of_citations(exports: Path) -> None:
    direction, nodes, edges = read_graph(exports / "graphml/instrument_citations.graphml")
    assert direction == "directed"
    assert edges == {
        ("meeting:sco-security_council_secretaries-2016-04-14-tashkent", "instrument:charter-sco"):
            {"weight": 1, "acts": "support", "adopted": False},
        (f"meeting:{SUMMIT}", "instrument:declaration-tashkent"):
            {"weight": 1, "acts": "adopt", "adopted": True},
    }  # fmt: skip
    assert nodes["instrument:declaration-tashkent"] == {
        "node_kind": "instrument", "label": "Tashkent Declaration",
        "instrument_kind": "declaration", "year": 2016,
    }  # fmt: skip
    # What XML forbids is replaced, all else kept.
    assert nodes["instrument:charter-sco"]["label"] == "A\ufffdB\ufffdC\ufffd\r\n\t<&>\"'"


@given(st.text(st.characters()))
@example("\ud800\x1f\uffff")
def test_any_text_becomes_well_formed_xml(text: str) -> None:
    element = ElementTree.fromstring(f'<a b="{graphml._xml(text)}">{graphml._xml(text)}</a>')
    kept = graphml._FORBIDDEN.sub("\ufffd", text)
    assert (element.text or "") == element.attrib["b"] == kept


# FollowTheMoney


def test_entities_fit_the_schema_of_followthemoney(exports: Path) -> None:
    schemata = json.loads((CASES / "followthemoney.json").read_text("utf-8"))["schemata"]
    lines = (exports / "ftm/entities.ftm.json").read_text("utf-8").splitlines()
    entities = {entity["id"]: entity for entity in map(json.loads, lines)}
    assert len(entities) == len(lines)
    assert {entity["schema"] for entity in entities.values()} == schemata.keys()
    patterns = {
        "country": "[a-z]{2}",
        "date": r"\d{4}(-\d{2}(-\d{2})?)?",
        "url": r"https?://\S+",
        "mimetype": "[a-z]+/[a-z]+",
    }
    for entity in entities.values():
        assert re.fullmatch(r"[0-9a-zA-Z]([0-9a-zA-Z.\-]*[0-9a-zA-Z])?", entity["id"])
        schema = schemata[entity["schema"]]
        assert set(schema["required"]) <= entity["properties"].keys()
        for name, values in entity["properties"].items():
            kind = schema["properties"][name]
            assert values
            assert all(isinstance(value, str) and value for value in values)
            if kind[0].isupper():
                targets = {entities[value]["schema"] for value in values}
                assert all(kind in schemata[target]["schemata"] for target in targets)
            elif kind in patterns:
                assert all(re.fullmatch(patterns[kind], value) for value in values)


def test_entities_say_what_the_tables_say(exports: Path) -> None:
    lines = (exports / "ftm/entities.ftm.json").read_text("utf-8").splitlines()
    entities = [json.loads(line) for line in lines]
    names = {
        entity["id"]: entity["properties"]["name"][0]
        for entity in entities
        if "name" in entity["properties"]
    }

    def found(schema: str, **wanted: str) -> list[dict[str, Any]]:
        return [
            entity["properties"]
            for entity in entities
            if entity["schema"] == schema
            and all(value in entity["properties"].get(name, []) for name, value in wanted.items())
        ]

    (next_summit,) = found("Event", recordId=NEXT_SUMMIT)
    assert next_summit["startDate"] == ["2017-06"]
    assert "endDate" not in next_summit
    (summit,) = found("Event", recordId=SUMMIT)
    assert {names[person] for person in summit["involved"]} == {
        "-A. Li", "B. Petrov", "Sergei Ivanov",
    }  # fmt: skip
    assert [names[organiser] for organiser in summit["organizer"]] == ["Sco"]
    (petrov,) = found("Person", name="B. Petrov")
    assert petrov["country"] == ["uz"]
    (link,) = found("UnknownLink", recordId="d4-kaz-c-omarov")
    assert (names[link["subject"][0]], names[link["object"][0]]) == (
        "C. Omarov",
        "Sco, Heads_Of_State, 2016-06-24, Tashkent",
    )
    assert link["role"] == ["Sent_Message"]
    posts = {
        (names[occupancy["holder"][0]], names[occupancy["post"][0]])
        for occupancy in found("Occupancy")
    }
    assert ("B. Petrov", "Head_Of_State, Uzbekistan") in posts
    (document,) = found("Document", title="'tis")
    assert document["fileName"] == ["d3.txt"]


# Annotations


def test_annotations_point_at_the_evidence(exports: Path) -> None:
    lines = (exports / "annotations/annotations.ndjson").read_text("utf-8").split("\n")
    assert lines.pop() == ""
    annotations = [json.loads(line) for line in lines]
    tables = hostile_tables()
    evidence = [spec for spec in ALL_TABLES if spec.has("rule") and spec.has("char_start")]
    assert len(annotations) == sum(tables[spec.name].num_rows for spec in evidence)
    assert len({annotation["id"] for annotation in annotations}) == len(annotations)
    for annotation in annotations:
        assert annotation["@context"] == "http://www.w3.org/ns/anno.jsonld"
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", annotation["id"])
        source = annotation["target"]["source"]
        document = source["dcterms:identifier"]
        text = TEXTS[document]
        position, quote = annotation["target"]["selector"]
        start, end = position["start"], position["end"]
        assert quote["exact"] == text[start:end] != ""
        assert quote["prefix"] == text[max(start - 32, 0) : start]
        assert quote["suffix"] == text[end : end + 32]
        url = f"https://example.org/{document}"
        assert source["id"] == (url if document != "d5" else "urn:sha256:" + "d5" * 32)


def test_annotations_carry_codes_and_ids(exports: Path) -> None:
    lines = (exports / "annotations/annotations.ndjson").read_text("utf-8").splitlines()
    (adoption,) = [
        annotation
        for annotation in map(json.loads, lines)
        if any(body["value"] == "adopt" for body in annotation["body"])
    ]
    bodies = {body["schema:propertyID"]: body for body in adoption["body"]}
    assert bodies["act"] == {
        "type": "TextualBody", "purpose": "classifying", "schema:propertyID": "act",
        "value": "adopt", "schema:name": "Adopt",
    }  # fmt: skip
    assert bodies["instruments"]["value"] == "declaration-tashkent"
    assert bodies["instruments"]["purpose"] == "identifying"
    assert bodies["rule"]["purpose"] == "describing"


# The folder


def test_equal_snapshots_give_equal_files(
    connection: duckdb.DuckDBPyConnection, exports: Path, tmp_path: Path
) -> None:
    for form in Form:
        write_export(connection, tmp_path / form, form)
        for path in (exports / form).iterdir():
            assert (tmp_path / form / path.name).read_bytes() == path.read_bytes()


def test_an_earlier_export_is_replaced_as_a_whole(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    target = tmp_path / "deep" / "out"
    write_export(connection, target, Form.csv, ["persons", "topics"])
    write_export(connection, target, Form.ftm)
    assert {path.name for path in target.iterdir()} == {"entities.ftm.json", MANIFEST}
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def test_foreign_files_are_left_alone(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    write_export(connection, target, Form.csv, ["persons"])
    (target / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds notes\.txt, which is no earlier export"):
        write_export(connection, target, Form.csv)
    assert (target / "notes.txt").read_text() == "mine"
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file, but an export is a folder"):
        write_export(connection, tmp_path / "file", Form.csv)
    with pytest.raises(ExportError, match="cannot be written"):
        write_export(connection, tmp_path / "file" / "below", Form.csv)


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with replacing(tmp_path / "out") as folder:
        (folder / "a").write_text("new")
    assert (tmp_path / "out" / "a").read_text() == "new"


def test_what_fails_leaves_the_earlier_export(
    connection: duckdb.DuckDBPyConnection, warehouse: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    write_export(connection, target, Form.csv, ["persons"])
    before = (target / "persons.csv").read_bytes()
    shutil.copyfile(warehouse / DATABASE, tmp_path / DATABASE)
    with duckdb.connect(str(tmp_path / DATABASE)) as damaged:
        damaged.execute("DROP TABLE role_labels")
    (tmp_path / "folder").mkdir()
    (tmp_path / DATABASE).rename(tmp_path / "folder" / DATABASE)
    with (
        closing(open_read_only(tmp_path / "folder")) as other,
        pytest.raises(WarehouseError, match="role_labels"),
    ):
        write_export(other, target, Form.ftm)
    assert (target / "persons.csv").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"out", "folder"}
