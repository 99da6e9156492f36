"""``croissant.json``: a snapshot as Croissant JSON-LD, for dataset search and ML tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from sco_pipeline.data_package import (
    DESCRIPTION,
    LICENCE_URL,
    PUBLISHED_TABLES,
    TITLE,
    TableFile,
)
from sco_pipeline.schema.table_spec import Column, TableSpec

DESCRIPTOR = "croissant.json"

#: The name of Parquet that mlcroissant knows; the registered one it does not.
_MEDIA_TYPE = "application/x-parquet"

#: The @context that the specification of Croissant 1.1 asks for.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_TYPES = {
    pa.string(): "sc:Text",
    pa.int32(): "sc:Integer",
    pa.int64(): "sc:Integer",
    pa.float64(): "sc:Float",
    pa.date32(): "sc:Date",
    pa.timestamp("us"): "sc:DateTime",
    pa.bool_(): "sc:Boolean",
}


def describe_croissant(
    files: Mapping[str, Sequence[TableFile]],
    *,
    snapshot_id: str,
    package_version: str,
    cite_as: str,
    published_on: date | None = None,
) -> dict[str, Any]:
    """Describe a snapshot in Croissant 1.1; the same snapshot is always described alike.

    Every file has its size and SHA-256. A table of several files is read through a FileSet.

    Args:
        files: As for ``data_package.describe_snapshot``.
        snapshot_id: Becomes the identifier.
        package_version: Becomes the version.
        cite_as: How to cite the snapshot, in one line or as BibTeX.
        published_on: Left out if None, so that equal content is described alike.

    Returns:
        The descriptor, ready for ``json.dumps``.
    """
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": TITLE,
        "description": DESCRIPTION,
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "identifier": snapshot_id,
        "license": LICENCE_URL,
        "citeAs": cite_as,
        "version": package_version,
        "distribution": [
            node for spec in PUBLISHED_TABLES for node in _distribution(spec.name, files[spec.name])
        ],
        "recordSet": [_record_set(spec, files[spec.name]) for spec in PUBLISHED_TABLES],
    }
    if published_on:
        described["datePublished"] = published_on.isoformat()
    return described


def _distribution(table: str, files: Sequence[TableFile]) -> Iterator[dict[str, Any]]:
    """The table's files and, where they are several, the set of them."""
    for file in files:
        yield {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": file.path,
            "contentUrl": file.path,
            "contentSize": f"{file.size} B",
            "encodingFormat": _MEDIA_TYPE,
            "sha256": file.sha256,
        }
    if len(files) > 1:
        yield {
            "@type": "cr:FileSet",
            "@id": _set_id(table),
            "name": _set_id(table),
            "encodingFormat": _MEDIA_TYPE,
            "includes": f"{PurePosixPath(files[0].path).parent}/*.parquet",
        }


def _set_id(table: str) -> str:
    return f"{table}_files"


def _record_set(spec: TableSpec, files: Sequence[TableFile]) -> dict[str, Any]:
    origin = (
        {"fileObject": {"@id": files[0].path}}
        if len(files) == 1
        else {"fileSet": {"@id": _set_id(spec.name)}}
    )
    return {
        "@type": "cr:RecordSet",
        "@id": spec.name,
        "name": spec.name,
        "description": f"One row per {spec.grain}.",
        "key": [{"@id": f"{spec.name}/{name}"} for name in spec.key],
        "field": [_field(spec, column, origin) for column in spec.columns],
    }


def _field(spec: TableSpec, column: Column, origin: Mapping[str, Any]) -> dict[str, Any]:
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{spec.name}/{column.name}",
        "name": column.name,
        "description": column.description,
        "dataType": _TYPES[column.type.value_type if column.is_list else column.type],
        "source": {**origin, "extract": {"column": column.name}},
    }
    if column.is_list:
        field |= {"isArray": True, "arrayShape": "-1"}
    # The mlcroissant library follows references on reading and fails at those of lists and at
    # those of a table to itself.
    if column.target and not column.is_list and column.target[0] != spec.name:
        field["references"] = {"field": {"@id": "/".join(column.target)}}
    return field
