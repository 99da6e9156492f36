"""raw/ -> warehouse/ as a Prefect flow: the stages of ``sco_pipeline.pipeline`` as tasks.

Deployed by ``prefect.yaml``; run on this machine by ``sco-pipeline run`` (``flows.local``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from sco_pipeline import pipeline
from sco_pipeline.model import RawFile


def _run_name() -> str:
    return f"raw-to-warehouse {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _could_not_read(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), OSError)


# Only reading is tried again: it changes nothing, and a network drive may be back in a moment.
# Publishing is not: it cleans up after itself, but a second try after the switch would find
# nothing new. Extraction and assembly have no I/O: they would fail again.
@task(retries=2, retry_delay_seconds=2, retry_condition_fn=_could_not_read, cache_policy=NO_CACHE)
def list_raw(raw_dir: Path) -> pipeline.RawListing:
    """Read the files."""
    return pipeline.list_raw(raw_dir)


@task(task_run_name="extract_batch-{number}", cache_policy=NO_CACHE)
def extract_batch(files: Sequence[tuple[str, RawFile]], number: int) -> pipeline.Batch:
    """Extract one batch of documents."""
    return pipeline.extract_batch(files)


@task(cache_policy=NO_CACHE)
def assemble(
    listing: pipeline.RawListing, batches: Sequence[pipeline.Batch]
) -> Mapping[str, pa.Table]:
    """Resolve across documents, and check."""
    return pipeline.assemble(listing, batches)


@task(cache_policy=NO_CACHE)
def publish(tables: Mapping[str, pa.Table], warehouse_dir: Path) -> pipeline.BuildReport:
    """Switch the warehouse to the new snapshot."""
    return pipeline.publish(tables, warehouse_dir)


@flow(name="build-warehouse", flow_run_name=_run_name)
def build_warehouse(
    raw: Path = Path("raw"), warehouse: Path = Path("warehouse")
) -> pipeline.BuildReport:
    """Rebuild the warehouse from raw/; safe to run twice, and to stop at any moment.

    Args:
        raw: Directory with the documents.
        warehouse: Directory that gets the snapshot and ``sco.duckdb``.
    """
    logger = get_run_logger()
    listing = list_raw(raw)
    logger.info("%d files to extract, %d rejected", len(listing.files), len(listing.rejects))
    # One after the other: extraction is Python, which threads only slow down (docs/adr/0006).
    batches = [extract_batch(files, number) for number, files in enumerate(listing.batches(), 1)]
    tables = assemble(listing, batches)
    report = publish(tables, warehouse)
    _leave_artifacts(report)
    logger.info("published snapshot %s", report.snapshot_id)
    return report


def _leave_artifacts(report: pipeline.BuildReport) -> None:
    """Show on the run's page what it published."""
    create_table_artifact(
        [{"table": name, "rows": rows} for name, rows in report.row_counts.items()],
        key="row-counts",
        description=f"Rows by table in snapshot {report.snapshot_id}",
    )
    create_table_artifact(
        report.rejects, key="rejects", description="Files not used, or used only in part"
    )
    create_table_artifact(
        [{"change": "new", "document_id": document} for document in report.new_documents]
        + [{"change": "removed", "document_id": document} for document in report.removed_documents],
        key="changes",
        description="Documents new or removed since the previous snapshot",
    )
