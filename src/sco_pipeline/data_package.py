"""``datapackage.json``: every table and column of a snapshot, as a Frictionless Data Package.

What the standard leaves open is settled so that the frictionless library can check rows, too
(docs/adr/0011-exports.md): a table of several Parquet files is given by its folder, every file
has its size and hash under ``files``, columns of lists are of type ``any`` with ``arrayItem``, and
whole numbers that may be null of type ``number`` with ``rdfType``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from sco_pipeline.schema.table_spec import Column, TableSpec
from sco_pipeline.schema.tables import ALL_TABLES, CHANGES

DESCRIPTOR = "datapackage.json"
#: Tables with files in a snapshot.
PUBLISHED_TABLES = (*ALL_TABLES, CHANGES)

TITLE = "Communiqués as tables: meetings, participants, topics, decisions"
DESCRIPTION = (
    "Who attended which meeting, what was discussed and what was decided, read from "
    "communiqués of the Shanghai Cooperation Organisation and sister bodies. Every row "
    "that came from a text points at its words: char_start and char_end are half-open "
    "offsets, in Unicode code points, into documents.text."
)
LICENCE = "CC-BY-4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"

_TYPES = {
    pa.string(): "string",
    pa.int32(): "integer",
    pa.int64(): "integer",
    pa.float64(): "number",
    pa.date32(): "date",
    pa.timestamp("us"): "datetime",
    pa.bool_(): "boolean",
}


@dataclass(frozen=True, slots=True)
class TableFile:
    """One Parquet file of a table; ``path`` is relative to the snapshot, ``size`` in bytes."""

    path: str
    row_count: int
    size: int
    sha256: str


def describe_snapshot(
    files: Mapping[str, Sequence[TableFile]],
    *,
    snapshot_id: str,
    content_digest: str,
    package_version: str,
    sources: Sequence[str],
) -> dict[str, Any]:
    """Describe a snapshot; the same snapshot is always described alike (no times).

    Args:
        files: Table -> its files, at least one, all in one folder that holds no others; for
            all of ``PUBLISHED_TABLES``.
        snapshot_id: Becomes the package's ``id``.
        content_digest: Hash of the content alone; equal in snapshots of equal content.
        package_version: Becomes the package's ``version``.
        sources: Publishers of the documents.

    Returns:
        The descriptor, ready for ``json.dumps``.
    """
    return {
        "profile": "data-package",
        "name": "sco-communiques",
        "id": snapshot_id,
        "title": TITLE,
        "description": DESCRIPTION,
        "version": package_version,
        "contentDigest": content_digest,
        "licenses": [
            {
                "name": LICENCE,
                "title": "Creative Commons Attribution 4.0 for the tables; the texts in them stay "
                "under the terms of their publishers, see documents.source_url",
                "path": LICENCE_URL,
            }
        ],
        "sources": [{"title": title} for title in sources] or [{"title": "The files under raw/"}],
        "resources": [_resource(spec, files[spec.name]) for spec in PUBLISHED_TABLES],
    }


def sha256sums(hashes: Mapping[str, str]) -> str:
    """List files as ``sha256sum --check`` reads them.

    Args:
        hashes: Path relative to the folder of the list -> SHA-256 in hex digits.
    """
    return "".join(f"{hashes[path]}  {path}\n" for path in sorted(hashes))


def _resource(spec: TableSpec, files: Sequence[TableFile]) -> dict[str, Any]:
    first = PurePosixPath(files[0].path)
    # Of several paths in a list, frictionless reads the first alone.
    path = first if len(files) == 1 else first.parent
    resource: dict[str, Any] = {
        "profile": "tabular-data-resource",
        "name": spec.name,
        "description": f"One row per {spec.grain}.",
        "path": path.as_posix(),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "rowCount": sum(file.row_count for file in files),
        "files": [
            {
                "path": file.path,
                "bytes": file.size,
                "hash": f"sha256:{file.sha256}",
                "rowCount": file.row_count,
            }
            for file in files
        ],
    }
    resource["schema"] = {
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
    }
    return resource


def _type(column: Column) -> str:
    """The type under which frictionless, which reads Parquet through pandas, takes the values."""
    if column.is_list:
        return "any"  # numpy arrays
    if column.nullable and pa.types.is_integer(column.type):
        return "number"  # floats, for the sake of NaN
    return _TYPES[column.type]


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _type(column),
        "description": column.description,
        "constraints": {"required": not column.nullable},
    }
    if pa.types.is_integer(column.type):
        field["rdfType"] = "http://www.w3.org/2001/XMLSchema#integer"
    if column.is_list:
        field["arrayItem"] = {"type": _TYPES[column.type.value_type]}
        if column.target:
            # Foreign keys of the standard cannot say this of the items of a list.
            field["itemReference"] = ".".join(column.target)
    return field
