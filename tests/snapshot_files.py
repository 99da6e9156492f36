"""A snapshot's files on disk, without publishing: tables of documents in two files each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sco_pipeline.data_package import PUBLISHED_TABLES, TableFile
from sco_pipeline.schema.tables import DOCUMENT_TABLES


def write_files(tables: Mapping[str, pa.Table], folder: Path) -> dict[str, list[TableFile]]:
    """Write ``<table>/part-*.parquet`` for every published table; those not given are empty."""
    files: dict[str, list[TableFile]] = {}
    for spec in PUBLISHED_TABLES:
        table = tables.get(spec.name, spec.empty())
        middle = table.num_rows // 2 if spec in DOCUMENT_TABLES else table.num_rows
        parts = [table.slice(0, middle), table.slice(middle)]
        (folder / spec.name).mkdir(parents=True)
        files[spec.name] = [
            _write_file(part, folder, f"{spec.name}/part-{number:03d}.parquet")
            for number, part in enumerate(parts if spec in DOCUMENT_TABLES else parts[:1])
        ]
    return files


def _write_file(table: pa.Table, folder: Path, path: str) -> TableFile:
    pq.write_table(table, folder / path)
    content = (folder / path).read_bytes()
    return TableFile(path, table.num_rows, len(content), hashlib.sha256(content).hexdigest())
