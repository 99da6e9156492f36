"""croissant and citation: what outside readers check, checked here without them.

mlcroissant and cffconvert bring more dependencies than the package; both accept these files
(docs/adr/0011-exports.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from sco_pipeline import citation
from sco_pipeline.croissant import describe_croissant
from sco_pipeline.data_package import PUBLISHED_TABLES
from sco_pipeline.schema.tables import DOCUMENT_TABLES
from tests.snapshot_files import write_files
from tests.tables import tiny_tables

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("snapshot")


@pytest.fixture(scope="module")
def described(snapshot: Path) -> dict[str, Any]:
    files = write_files(tiny_tables(), snapshot)
    once, twice = (
        json.dumps(
            describe_croissant(files, snapshot_id="5a5a", package_version="1.2.3", cite_as="Cite")
        )
        for _ in range(2)
    )
    assert once == twice
    loaded: dict[str, Any] = json.loads(once)
    return loaded


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object below ``value``, the context left out."""
    if isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key != "@context":
                yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def test_ids_are_unique_and_every_reference_leads_to_one(described: dict[str, Any]) -> None:
    defined = [node["@id"] for node in nodes(described) if "@type" in node and "@id" in node]
    assert len(defined) == len(set(defined))
    referred = {node["@id"] for node in nodes(described) if set(node) == {"@id"}}
    assert referred
    assert referred <= set(defined)


def test_every_file_is_listed_with_its_hash(described: dict[str, Any], snapshot: Path) -> None:
    objects = [node for node in described["distribution"] if node["@type"] == "cr:FileObject"]
    for node in objects:
        content = (snapshot / node["contentUrl"]).read_bytes()
        assert node["sha256"] == hashlib.sha256(content).hexdigest()
        assert node["contentSize"] == f"{len(content)} B"
    on_disk = {path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*.parquet")}
    assert {node["contentUrl"] for node in objects} == on_disk


def test_a_table_of_several_files_is_read_through_their_set(described: dict[str, Any]) -> None:
    paths = [node["@id"] for node in described["distribution"] if "contentUrl" in node]
    sets = {
        node["@id"]: node for node in described["distribution"] if node["@type"] == "cr:FileSet"
    }
    assert len(sets) == len(DOCUMENT_TABLES)
    for spec, record_set in zip(PUBLISHED_TABLES, described["recordSet"], strict=True):
        sources = {json.dumps(field["source"] | {"extract": 0}) for field in record_set["field"]}
        assert len(sources) == 1
        source = json.loads(sources.pop())
        own = [path for path in paths if path.startswith(f"{spec.name}/")]
        if spec in DOCUMENT_TABLES:
            pattern = sets[source["fileSet"]["@id"]]["includes"]
            assert [path for path in paths if fnmatch(path, pattern)] == own
        else:
            assert own == [source["fileObject"]["@id"]]


def test_fields_keys_and_references(described: dict[str, Any]) -> None:
    for spec, record_set in zip(PUBLISHED_TABLES, described["recordSet"], strict=True):
        assert record_set["@id"] == spec.name
        assert record_set["key"] == [{"@id": f"{spec.name}/{name}"} for name in spec.key]
        for column, field in zip(spec.columns, record_set["field"], strict=True):
            assert field["name"] == field["source"]["extract"]["column"] == column.name
            assert field["description"] == column.description
            assert field.get("isArray", False) == column.is_list
    fields = {field["@id"]: field for node in described["recordSet"] for field in node["field"]}
    assert fields["participants/role"]["references"] == {"field": {"@id": "role_labels/code"}}
    assert fields["topics/char_start"]["dataType"] == "sc:Integer"
    assert fields["persons/first_seen"]["dataType"] == "sc:Date"


def test_every_term_is_in_the_context_or_of_schema_org(described: dict[str, Any]) -> None:
    of_schema_org = {
        "name", "description", "license", "version", "identifier", "distribution", "contentUrl",
        "contentSize", "encodingFormat", "sha256",
    }  # fmt: skip
    terms = {key for node in nodes(described) for key in node if not key.startswith("@")}
    assert terms <= of_schema_org | set(described["@context"])
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert described["license"].startswith("https://creativecommons.org/")


def test_a_date_only_where_one_is_given(described: dict[str, Any], tmp_path: Path) -> None:
    assert "datePublished" not in described
    dated = describe_croissant(
        write_files({}, tmp_path),
        snapshot_id="5a5a",
        package_version="1.2.3",
        cite_as="Cite",
        published_on=date(2026, 11, 25),
    )
    assert dated["datePublished"] == "2026-11-25"


def test_citation_of_a_snapshot_names_snapshot_and_content() -> None:
    arguments = {"snapshot_id": "5a5a", "content_digest": "c0c0", "package_version": "1.2.3"}
    text = citation.citation(**arguments)
    cited = yaml.safe_load(text)
    assert text == citation.citation(**arguments)
    assert (cited["cff-version"], cited["type"], cited["version"]) == ("1.2.0", "dataset", "5a5a")
    assert {"message", "title", "authors"} <= set(cited)
    assert [identifier["value"] for identifier in cited["identifiers"]] == [
        "sco-pipeline:snapshot:5a5a",
        "sco-pipeline:content:c0c0",
    ]
    assert cited["references"][0]["version"] == "1.2.3"
    assert "date-released" not in cited
    assert "5a5a" in citation.cite("5a5a", "1.2.3")


def test_the_citation_of_the_software_keeps_up() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'\nversion = "{cited["version"]}"\n' in pyproject
    assert f'\nlicense = "{cited["license"]}"\n' in pyproject
    assert cited["authors"] == [{"name": citation.AUTHORS}]
