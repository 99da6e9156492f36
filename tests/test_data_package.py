"""data_package: a valid Frictionless descriptor that says what the specs say."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from frictionless import Package, validate

from sco_pipeline.data_package import (
    PUBLISHED_TABLES,
    TableFile,
    describe_snapshot,
    sha256sums,
)
from sco_pipeline.schema.tables import DOCUMENT_TABLES
from tests.snapshot_files import write_files
from tests.tables import tiny_tables


def describe(files: dict[str, list[TableFile]]) -> dict[str, Any]:
    return describe_snapshot(
        files,
        snapshot_id="5a5a",
        content_digest="c0c0",
        package_version="1.2.3",
        sources=["MFA", "SCO"],
    )


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snapshot")
    descriptor = describe(write_files(tiny_tables(), folder))
    (folder / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
    return folder


@pytest.fixture(scope="module")
def descriptor(snapshot: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((snapshot / "datapackage.json").read_text("utf-8"))
    return loaded


def test_frictionless_accepts_it_and_every_row(snapshot: Path) -> None:
    report = validate(str(snapshot / "datapackage.json"))
    assert report.valid, report.flatten(["title", "fieldName", "note"])
    rows = {task.name: task.stats.get("rows", 0) for task in report.tasks}
    tables = tiny_tables()
    assert rows == {
        spec.name: tables[spec.name].num_rows if spec.name in tables else 0
        for spec in PUBLISHED_TABLES
    }


def test_frictionless_reads_all_files_and_follows_keys(tmp_path: Path) -> None:
    tables = tiny_tables()
    rows = tables["sentences"].num_rows
    pointed_at = pc.equal(tables["sentences"]["sentence_id"], "d5-s0001")  # by unresolved
    tables["sentences"] = tables["sentences"].filter(pc.invert(pointed_at))
    descriptor = describe(write_files(tables, tmp_path))
    resources = {resource["name"]: resource for resource in descriptor["resources"]}
    sentences, unresolved = resources["sentences"], resources["unresolved"]
    del sentences["schema"]["foreignKeys"]
    unresolved["schema"]["foreignKeys"] = [
        {
            "fields": ["sentence_id"],
            "reference": {"resource": "sentences", "fields": ["sentence_id"]},
        }
    ]
    descriptor["resources"] = [sentences, unresolved]
    (tmp_path / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
    report = validate(str(tmp_path / "datapackage.json"))
    assert {task.name: task.stats["rows"] for task in report.tasks} == {
        "sentences": rows - 1,
        "unresolved": 1,
    }
    errors = [(task.name, error.type) for task in report.tasks for error in task.errors]
    assert errors == [("unresolved", "foreign-key")]


def test_frictionless_opens_it(snapshot: Path) -> None:
    package = Package(str(snapshot / "datapackage.json"))
    assert package.resource_names == [spec.name for spec in PUBLISHED_TABLES]
    participants = package.get_resource("participants").schema
    assert participants.primary_key == ["participant_id"]
    assert participants.get_field("char_start").type == "integer"
    assert participants.get_field("country").description
    assert not participants.get_field("country").required
    assert participants.get_field("person_id").required


def test_every_column_is_described(descriptor: dict[str, Any]) -> None:
    for spec, resource in zip(PUBLISHED_TABLES, descriptor["resources"], strict=True):
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert list(fields) == [column.name for column in spec.columns]
        assert all(field["description"] for field in fields.values())


def test_keys_and_code_lists(descriptor: dict[str, Any]) -> None:
    schemas = {resource["name"]: resource["schema"] for resource in descriptor["resources"]}
    decisions = schemas["decisions"]["foreignKeys"]
    assert {
        "fields": ["act"],
        "reference": {"resource": "act_labels", "fields": ["code"]},
    } in decisions
    assert {
        "fields": ["duplicate_of"],
        "reference": {"resource": "", "fields": ["document_id"]},
    } in schemas["documents"]["foreignKeys"]
    topics = next(field for field in schemas["decisions"]["fields"] if field["name"] == "topics")
    assert topics["arrayItem"] == {"type": "string"}
    assert topics["itemReference"] == "topic_labels.code"


def test_every_file_is_described(descriptor: dict[str, Any], snapshot: Path) -> None:
    for spec, resource in zip(PUBLISHED_TABLES, descriptor["resources"], strict=True):
        assert len(resource["files"]) == (2 if spec in DOCUMENT_TABLES else 1)
        assert resource["rowCount"] == sum(file["rowCount"] for file in resource["files"])
        for file in resource["files"]:
            content = (snapshot / file["path"]).read_bytes()
            assert len(content) == file["bytes"]
            assert f"sha256:{hashlib.sha256(content).hexdigest()}" == file["hash"]
    described = {file["path"] for resource in descriptor["resources"] for file in resource["files"]}
    on_disk = {path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*.parquet")}
    assert described == on_disk


def test_what_it_is_and_comes_from(descriptor: dict[str, Any]) -> None:
    assert descriptor["sources"] == [{"title": "MFA"}, {"title": "SCO"}]
    assert (descriptor["id"], descriptor["version"]) == ("5a5a", "1.2.3")
    assert descriptor["contentDigest"] == "c0c0"


def test_without_publishers() -> None:
    files = {spec.name: [TableFile(f"{spec.name}/p", 0, 0, "0")] for spec in PUBLISHED_TABLES}
    described = describe_snapshot(
        files, snapshot_id="s", content_digest="c", package_version="1", sources=[]
    )
    assert list(Package.metadata_validate(described)) == []


def test_sha256sum_checks_the_list(tmp_path: Path) -> None:
    files = write_files(tiny_tables(), tmp_path)
    hashes = {file.path: file.sha256 for parts in files.values() for file in parts}
    (tmp_path / "SHA256SUMS").write_text(sha256sums(hashes), "utf-8")
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path, check=False).returncode == 0
    with (tmp_path / files["topics"][1].path).open("ab") as file:
        file.write(b"!")
    damaged = subprocess.run(check, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert damaged.returncode == 1
    assert damaged.stdout == f"{files['topics'][1].path}: FAILED\n"
