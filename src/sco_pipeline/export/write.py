"""Writing an export: the form's files and a manifest, in a folder of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from sco_pipeline.errors import UsageError
from sco_pipeline.export import Form
from sco_pipeline.export.annotations import write_annotations
from sco_pipeline.export.csv_files import write_csv
from sco_pipeline.export.folder import MANIFEST, replacing
from sco_pipeline.export.followthemoney import write_entities
from sco_pipeline.export.graphml import write_graphml
from sco_pipeline.warehouse import run_query


def write_export(
    connection: duckdb.DuckDBPyConnection,
    target: Path,
    form: Form,
    tables: Sequence[str] = (),
) -> Mapping[str, int]:
    """Write an export of one snapshot to a folder of its own; equal snapshots give equal files.

    The folder appears complete, with a manifest that names the snapshot and all files, or not at
    all. Rows are read and written in turn; memory does not grow with the warehouse.

    Args:
        connection: To ``sco.duckdb``, read-only.
        target: The folder; an earlier export there is replaced, anything else is left alone.
        form: What to write.
        tables: For CSV, the tables and views wanted; all tables if empty.

    Returns:
        File name -> rows, edges, entities or annotations in it.

    Raises:
        UsageError: ``target`` holds something else, a table is unknown, or tables were named for
            another form than CSV.
        ExportError: It cannot be written.
    """
    is_csv = form in (Form.csv, Form.csv_excel)
    if tables and not is_csv:
        raise UsageError(f"tables can be named for csv and csv-excel only, not for {form}")
    with replacing(target) as folder:
        files: dict[str, dict[str, Any]]
        if is_csv:
            written = write_csv(connection, folder, tables, for_excel=form is Form.csv_excel)
            files = {
                name: {"rows": table.rows} | ({"cut_texts": table.cut} if table.cut else {})
                for name, table in written.items()
            }
        else:
            write = {
                Form.graphml: write_graphml,
                Form.ftm: write_entities,
                Form.annotations: write_annotations,
            }[form]
            files = {name: {"rows": rows} for name, rows in write(connection, folder).items()}
        snapshot = run_query(connection, "FROM snapshot_info")
        manifest = {
            "form": form.value,
            "snapshot": dict(zip(snapshot.columns, snapshot.rows[0], strict=True)),
            "files": files,
        }
        (folder / MANIFEST).write_text(
            json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
    return {name: file["rows"] for name, file in files.items()}
