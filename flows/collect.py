"""Sources -> raw/collected/ as a Prefect flow; what a run does is in ``sco_pipeline.collecting``.

Deployed by ``prefect.yaml`` some time before the hourly refresh, which then reads what came.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from sco_pipeline.collecting import collector
from sco_pipeline.collecting.sources import choose, read_sources
from sco_pipeline.errors import CollectError
from sco_pipeline.raw_files import SOURCES_FILE
from sco_pipeline.settings import read_settings


def _run_name() -> str:
    return f"collect {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


# Not tried again: single requests are, and what a run leaves undone the next one takes up.
@task(cache_policy=NO_CACHE)
def collect_documents(
    raw: Path, warehouse: Path, sources: Path | None, only: list[str] | None, settings: Path | None
) -> collector.CollectReport:
    """Ask all sources and store what is new or changed."""
    logger = get_run_logger()

    def log(done: int, source: str) -> None:
        if done % 100 == 0:
            logger.info("%d answers, the last one for %s", done, source)

    found = read_settings(settings)
    chosen = choose(read_sources(sources or raw / SOURCES_FILE), only or ())
    return collector.collect(
        raw,
        warehouse,
        chosen,
        fetch_limits=found.collect,
        limits=found.limits,
        processes=min(1, found.workers),
        on_progress=log,
        on_finished=lambda source: logger.info("%s", source),
    )


@flow(name="collect", flow_run_name=_run_name)
def collect(
    raw: Path = Path("raw"),
    warehouse: Path = Path("warehouse"),
    sources: Path | None = None,
    only: list[str] | None = None,
    settings: Path | None = None,
) -> collector.CollectReport:
    """Collect new and changed documents; safe to run twice, and to stop at any moment.

    Args:
        raw: Directory with the documents; what is collected goes to ``collected`` in it.
        warehouse: Directory that gets the log of requests.
        sources: List of sources; ``sources.yaml`` of the raw directory if None.
        only: Names of the sources to ask, enabled or not; all enabled ones if None.
        settings: File with settings, where not in the current directory.

    Raises:
        WarehouseError: Another collector is at work there.
        CollectError: Not a single source could be had.
    """
    report = collect_documents(raw, warehouse, sources, only, settings)
    create_table_artifact(
        report.rows(), key="collected", description=f"Sources asked in run {report.run_id}"
    )
    if report.has_failed:
        raise CollectError("not a single source could be had; see the artifact `collected`")
    return report
