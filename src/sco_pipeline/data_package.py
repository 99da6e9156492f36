"""``datapackage.json``: every table and column of a snapshot, as a Frictionless Data Package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sco_pipeline.schema.table_spec import Column, TableSpec
from sco_pipeline.schema.tables import ALL_TABLES

DESCRIPTOR = "datapackage.json"

_TYPES = {
    pa.string(): "string",
    pa.int32(): "integer",
    pa.int64(): "integer",
    pa.float64(): "number",
    pa.date32(): "date",
    pa.bool_(): "boolean",
}


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table's Parquet file; ``path`` is relative to the snapshot."""

    path: str
    row_count: int
    size: int
    sha256: str


def describe_snapshot(
    files: Mapping[str, TableFile],
    *,
    snapshot_id: str,
    package_version: str,
    sources: Sequence[str],
) -> dict[str, Any]:
    """Describe a snapshot; the same snapshot is always described alike (no times).

    Args:
        files: Table -> its file, for all of ``schema.tables.ALL_TABLES``.
        snapshot_id: Becomes the package's ``id``.
        package_version: Becomes the package's ``version``.
        sources: Publishers of the documents.

    Returns:
        The descriptor, ready for ``json.dumps``.
    """
    return {
        "profile": "data-package",
        "name": "sco-communiques",
        "id": snapshot_id,
        "title": "Communiqués as tables: meetings, participants, topics, decisions",
        "description": (
            "Who attended which meeting, what was discussed and what was decided, read from "
            "communiqués of the Shanghai Cooperation Organisation and sister bodies. Every row "
            "that came from a text points at its words: char_start and char_end are half-open "
            "offsets, in Unicode code points, into documents.text."
        ),
        "version": package_version,
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "title": "Creative Commons Attribution 4.0 for the tables; the texts in them stay "
                "under the terms of their publishers, see documents.source_url",
                "path": "https://creativecommons.org/licenses/by/4.0/",
            }
        ],
        "sources": [{"title": title} for title in sources] or [{"title": "The files under raw/"}],
        "resources": [_resource(spec, files[spec.name]) for spec in ALL_TABLES],
    }


def _resource(spec: TableSpec, file: TableFile) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": spec.name,
        "description": f"One row per {spec.grain}.",
        "path": file.path,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "rowCount": file.row_count,
        "schema": {
            "fields": [_field(column) for column in spec.columns],
            "missingValues": [],
            "primaryKey": list(spec.key),
            "uniqueKeys": [list(columns) for columns in spec.unique],
            "foreignKeys": [
                {
                    "fields": [column.name],
                    "reference": {
                        # The empty name is how a table refers to itself.
                        "resource": "" if table == spec.name else table,
                        "fields": [target],
                    },
                }
                for column in spec.columns
                if column.target and not column.is_list
                for table, target in [column.target]
            ],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": "array" if column.is_list else _TYPES[column.type],
        "description": column.description,
        "constraints": {"required": not column.nullable},
    }
    if column.is_list:
        field["arrayItem"] = {"type": _TYPES[column.type.value_type]}
        if column.target:
            # Foreign keys of the standard cannot say this of the items of a list.
            field["itemReference"] = ".".join(column.target)
    return field
