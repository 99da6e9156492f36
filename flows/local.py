"""Running the flow here: on a temporary Prefect server, or the one PREFECT_API_URL names."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sco_pipeline.errors import WarehouseError

if TYPE_CHECKING:
    from sco_pipeline.pipeline import BuildReport

#: No usage data leaves this machine, whichever server is used.
_PRIVACY = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
_TEMPORARY_SERVER = {
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    # The first start makes a database, which took 10 seconds on an idle machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # The flow uses no blocks.
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
}


class _NoTraceback(logging.Filter):
    """Keeps tracebacks off the console; the run's own log on the server has them."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is None


def run_build(
    raw_dir: Path,
    warehouse_dir: Path,
    settings: Path | None = None,
    *,
    full: bool = False,
    accept: str | None = None,
    debug: bool = False,
) -> BuildReport:
    """Run the flow ``build_warehouse`` and wait for it.

    Without PREFECT_API_URL, Prefect's history of runs is kept in ``<warehouse>/.prefect``,
    apart from the user's own (set PREFECT_HOME to keep it elsewhere). Other settings of
    Prefect that the environment holds win over the ones made here.

    Args:
        raw_dir: Directory with the documents.
        warehouse_dir: Directory that gets the snapshot; made if missing.
        settings: File with settings, where not in the current directory.
        full: Read and write everything anew.
        accept: Why the snapshot is to be published even if gates fail.
        debug: Let Prefect log tracebacks too.

    Raises:
        ScoPipelineError: As the stages do.
    """
    raw_dir, warehouse_dir = raw_dir.absolute(), warehouse_dir.absolute()
    environment = dict(_PRIVACY)
    if not os.environ.get("PREFECT_API_URL"):
        home = Path(os.environ.get("PREFECT_HOME") or warehouse_dir / ".prefect")
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WarehouseError(
                f"{home} cannot be made ({error.strerror}); name another --warehouse"
            ) from error
        environment |= _TEMPORARY_SERVER | {"PREFECT_HOME": str(home)}
    for name, value in environment.items():
        os.environ.setdefault(name, value)

    # Prefect reads its settings when it is imported, so not before here.
    from flows.build_warehouse import build_warehouse

    if not debug:
        for handler in logging.getLogger().handlers:
            handler.addFilter(_NoTraceback())
    return build_warehouse(raw_dir, warehouse_dir, settings, full, accept)
