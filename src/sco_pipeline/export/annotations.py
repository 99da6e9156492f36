"""The evidence as W3C Web Annotations (JSON-LD), one to a line in ``annotations.ndjson``.

Every row that a rule read from a text is one annotation. Its target is the document: its address
where it has one, else ``urn:sha256:`` with the hash of the raw file; ``dcterms:identifier`` is the
``document_id``. Two selectors say where: a TextPositionSelector, whose offsets count Unicode code
points of the cleaned text (``documents.text``), as the standard asks, and a TextQuoteSelector with
the words and up to 32 characters on either side, by which they are found in the published page,
too. Its bodies are the row's codes and ids, each with the column it stands in
(``schema:propertyID``) and, for codes, its name (``schema:name``).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from sco_pipeline.export.rows import json_line, quoted, stream
from sco_pipeline.schema.table_spec import Column, TableSpec
from sco_pipeline.schema.tables import ALL_TABLES

FILE = "annotations.ndjson"
_AROUND = 32
_IS_URL = re.compile(r"https?://\S+").fullmatch
_CONTEXT = "http://www.w3.org/ns/anno.jsonld"

_SPECS = {spec.name: spec for spec in ALL_TABLES}
#: What a row points at, not what it says of it.
_PLACE = {"document_id", "sentence_id", "char_start", "char_end"}


def write_annotations(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write an annotation for every row with evidence, sorted by table and key.

    Returns:
        File name -> annotations.
    """
    written = 0
    with (folder / FILE).open("w", encoding="utf-8", newline="\n") as file:
        for spec in ALL_TABLES:
            if spec.has("rule") and spec.has("char_start"):
                for annotation in _annotations(connection, spec):
                    file.write(json_line(annotation))
                    written += 1
    return {FILE: written}


def _annotations(
    connection: duckdb.DuckDBPyConnection, spec: TableSpec
) -> Iterator[dict[str, Any]]:
    columns = [column for column in spec.columns if column.target and column.name not in _PLACE] + [
        spec.column("rule")
    ]
    labels = {column.name: _labels(connection, column) for column in columns}
    names = [*spec.key, *(column.name for column in columns)]
    query = f"""
        SELECT d.source_url, d.sha256, d.document_id, d.language, t.char_start, t.char_end,
            substr(d.text, t.char_start + 1, t.char_end - t.char_start),
            substr(d.text, greatest(t.char_start - {_AROUND}, 0) + 1,
                least(t.char_start, {_AROUND})),
            substr(d.text, t.char_end + 1, {_AROUND}),
            {", ".join("t." + quoted(name) for name in names)}
        FROM {spec.name} t JOIN documents d ON d.document_id = t.document_id
        ORDER BY {", ".join("t." + quoted(name) for name in spec.key)}
    """
    for url, sha256, document, language, start, end, exact, prefix, suffix, *values in stream(
        connection, query
    ):
        key, cells = values[: len(spec.key)], values[len(spec.key) :]
        bodies = [
            body
            for column, cell in zip(columns, cells, strict=True)
            for body in _bodies(column, cell, labels[column.name])
        ]
        yield {
            "@context": _CONTEXT,
            "id": _urn(spec.name, key),
            "type": "Annotation",
            "motivation": "classifying",
            "body": bodies,
            "target": {
                "type": "SpecificResource",
                "source": {
                    "id": url if url and _IS_URL(url) else f"urn:sha256:{sha256}",
                    "type": "Text",
                    "language": language,
                    "dcterms:identifier": document,
                },
                "selector": [
                    {"type": "TextPositionSelector", "start": start, "end": end},
                    {
                        "type": "TextQuoteSelector",
                        "exact": exact,
                        "prefix": prefix,
                        "suffix": suffix,
                    },
                ],
            },
        }


def _urn(table: str, key: list[Any]) -> str:
    """The same for the same row of any snapshot."""
    return uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([table, *key])).urn


def _labels(connection: duckdb.DuckDBPyConnection, column: Column) -> Mapping[str, str]:
    """Names of the column's codes; none where it holds ids, which people can read."""
    if not column.target or not (target := _SPECS[column.target[0]]).has("label"):
        return {}
    return dict(stream(connection, f"SELECT code, label FROM {target.name}"))


def _bodies(column: Column, cell: Any, labels: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if cell is None:
        return
    for value in cell if column.is_list else [cell]:
        body = {
            "type": "TextualBody",
            "purpose": "classifying"
            if labels
            else "identifying"
            if column.target
            else "describing",
            "schema:propertyID": column.name,
            "value": value,
        }
        if value in labels:
            body["schema:name"] = labels[value]
        yield body
