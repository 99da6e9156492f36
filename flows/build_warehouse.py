"""raw/ -> warehouse/ as a Prefect flow: the stages of ``sco_pipeline.pipeline`` as tasks.

Deployed by ``prefect.yaml``; run on this machine by ``sco-pipeline run`` (``flows.local``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from sco_pipeline import pipeline
from sco_pipeline.settings import read_settings
from sco_pipeline.staging import Staged


def _run_name() -> str:
    return f"raw-to-warehouse {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _could_not_read(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), OSError)


# Only reading is tried again: a network drive may be back in a moment, and what has been read
# is kept. Publishing is not: it cleans up after itself, but a second try after the switch would
# find nothing new. What lies between has no I/O but to the warehouse: it would fail again.
@task(retries=2, retry_delay_seconds=2, retry_condition_fn=_could_not_read, cache_policy=NO_CACHE)
def extract(refresh: pipeline.Refresh) -> pipeline.Extracted:
    """Read the documents that are new or changed."""
    logger = get_run_logger()

    def log(_stage: str, done: int, total: int) -> None:
        logger.info("%d of %d documents read", done, total)

    return pipeline.extract(refresh, log)


@task(cache_policy=NO_CACHE)
def stage(refresh: pipeline.Refresh, extracted: pipeline.Extracted) -> Staged:
    """Resolve across documents, check, and write the files."""
    return pipeline.stage(refresh, extracted)


@task(cache_policy=NO_CACHE)
def check(refresh: pipeline.Refresh, staged: Staged, accept: str | None) -> Staged:
    """Hold the result against the gates."""
    return pipeline.check(refresh, staged, accept)


@task(cache_policy=NO_CACHE)
def publish(
    refresh: pipeline.Refresh, extracted: pipeline.Extracted, staged: Staged
) -> pipeline.BuildReport:
    """Switch the warehouse to the new snapshot."""
    return pipeline.publish(refresh, extracted, staged)


@flow(name="build-warehouse", flow_run_name=_run_name)
def build_warehouse(
    raw: Path = Path("raw"),
    warehouse: Path = Path("warehouse"),
    settings: Path | None = None,
    full: bool = False,
    accept: str | None = None,
) -> pipeline.BuildReport:
    """Refresh the warehouse from raw/; safe to run twice, and to stop at any moment.

    Args:
        raw: Directory with the documents.
        warehouse: Directory that gets the snapshot and ``sco.duckdb``.
        settings: File with settings, where not in the current directory.
        full: Read and write everything anew.
        accept: Why the snapshot is to be published even if gates fail.
    """
    with pipeline.start_refresh(raw, warehouse, read_settings(settings), full=full) as refresh:
        extracted = extract(refresh)
        staged = check(refresh, stage(refresh, extracted), accept)
        report = publish(refresh, extracted, staged)
    _leave_artifacts(report)
    get_run_logger().info(
        "snapshot %s is %s", report.snapshot_id, "published" if report.is_new else "still current"
    )
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
        report.changes,
        key="changes",
        description="Rows changed since the previous snapshot, by table, action and cause",
    )
    create_table_artifact(
        [{"gate": gate} for gate in report.failed_gates],
        key="gates-overruled",
        description="Gates that failed, and were overruled with a reason",
    )
