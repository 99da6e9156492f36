"""data_package: a valid Frictionless descriptor that says what the specs say."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package

from sco_pipeline.data_package import TableFile, describe_snapshot
from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.snapshot import publish
from tests.tables import tiny_tables


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tiny_tables(), tmp_path_factory.mktemp("warehouse")).path


@pytest.fixture(scope="module")
def descriptor(snapshot: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((snapshot / "datapackage.json").read_text("utf-8"))
    return loaded


def test_frictionless_accepts_it(descriptor: dict[str, Any]) -> None:
    assert list(Package.metadata_validate(descriptor)) == []


def test_frictionless_opens_it(snapshot: Path) -> None:
    package = Package(str(snapshot / "datapackage.json"))
    assert package.resource_names == [spec.name for spec in ALL_TABLES]
    participants = package.get_resource("participants").schema
    assert participants.primary_key == ["participant_id"]
    assert participants.get_field("char_start").type == "integer"
    assert participants.get_field("country").description
    assert not participants.get_field("country").required
    assert participants.get_field("person_id").required


def test_every_column_is_described(descriptor: dict[str, Any]) -> None:
    for spec, resource in zip(ALL_TABLES, descriptor["resources"], strict=True):
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
    assert topics["type"] == "array"
    assert topics["itemReference"] == "topic_labels.code"


def test_files_are_those_described(descriptor: dict[str, Any], snapshot: Path) -> None:
    for resource in descriptor["resources"]:
        content = (snapshot / resource["path"]).read_bytes()
        assert len(content) == resource["bytes"]
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == resource["hash"]
        assert resource["rowCount"] == tiny_tables()[resource["name"]].num_rows


def test_sources_are_the_publishers(descriptor: dict[str, Any]) -> None:
    assert descriptor["sources"] == [{"title": "MFA"}, {"title": "SCO"}]


def test_without_publishers() -> None:
    files = {spec.name: TableFile(f"{spec.name}/p", 0, 0, "0") for spec in ALL_TABLES}
    described = describe_snapshot(files, snapshot_id="s", package_version="1", sources=[])
    assert list(Package.metadata_validate(described)) == []
