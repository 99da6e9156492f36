"""The Prefect flow: the same tables as ``build``, artifacts, names, retries."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from sco_pipeline import pipeline
from sco_pipeline.errors import CollectError, GateError, LexiconError, WarehouseError
from tests.test_collect_command import ROUTES, write_sources
from tests.web_server import WebServer

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Default settings; the repository's own have every build score all annotated documents."""
    monkeypatch.chdir(tmp_path)


def published_files(warehouse: Path) -> dict[str, bytes]:
    """The Parquet files of the current snapshot."""
    current = warehouse / "current"
    return {
        path.relative_to(current).as_posix(): path.read_bytes()
        for path in current.rglob("*.parquet")
    }


def latest_flow_run() -> Any:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        return client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)[0]


def artifacts_of(run_id: Any) -> dict[str, list[dict[str, Any]]]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    with get_client(sync_client=True) as client:
        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]))
        )
    return {artifact.key: json.loads(artifact.data) for artifact in found}


def test_flow_and_build_publish_the_same(raw_dir, tmp_path):
    from flows.build_warehouse import build_warehouse

    by_flow = build_warehouse(raw_dir, tmp_path / "flow")
    by_build = pipeline.build(raw_dir, tmp_path / "build")
    assert by_flow == by_build
    files = published_files(tmp_path / "flow")
    assert files == published_files(tmp_path / "build")
    assert "documents/part-000.parquet" in files

    run = latest_flow_run()
    assert re.fullmatch(r"raw-to-warehouse \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", run.name)
    artifacts = artifacts_of(run.id)
    assert {"table": "documents", "rows": 2} in artifacts["row-counts"]
    assert [row["path"] for row in artifacts["rejects"]] == ["picture.txt"]
    assert artifacts["changes"] == artifacts["gates-overruled"] == []


def test_a_later_run_shows_what_changed_and_which_gates_were_overruled(raw_dir, tmp_path):
    from flows.build_warehouse import build_warehouse

    raw = shutil.copytree(raw_dir, tmp_path / "raw")
    build_warehouse(raw, tmp_path / "warehouse")
    (raw / "2018/defence.txt").unlink()
    settings = tmp_path / "strict.toml"
    settings.write_text("workers = 0\n[gates]\nmin_count = 1\n", encoding="utf-8")
    before = (tmp_path / "warehouse/current").resolve()
    with pytest.raises(GateError, match="row_drop of documents: 0.5"):
        build_warehouse(raw, tmp_path / "warehouse", settings)
    assert (tmp_path / "warehouse/current").resolve() == before
    report = build_warehouse(raw, tmp_path / "warehouse", settings, accept="the file was wrong")
    artifacts = artifacts_of(latest_flow_run().id)
    assert artifacts["changes"] == report.changes
    assert {
        "table_name": "documents", "action": "removed", "cause": "source_removed", "row_count": 1,
    } in report.changes  # fmt: skip
    assert [row["gate"] for row in artifacts["gates-overruled"]] == report.failed_gates
    assert any(gate.startswith("row_drop of documents: 0.5") for gate in report.failed_gates)


def test_batches_do_not_change_the_result(raw_dir, tmp_path, monkeypatch):
    from flows.build_warehouse import build_warehouse

    whole = pipeline.build(raw_dir, tmp_path / "whole")
    monkeypatch.setattr(pipeline, "BATCH_SIZE", 1)
    assert build_warehouse(raw_dir, tmp_path / "single").snapshot_id == whole.snapshot_id


def test_reading_is_tried_again_and_publishing_is_not(raw_dir, tmp_path, monkeypatch):
    from flows import build_warehouse as flow

    calls: list[str] = []

    def extract(*arguments: Any) -> pipeline.Extracted:
        calls.append("extract")
        return read(*arguments)

    def open_file(path: Any, *arguments: Any, **options: Any) -> Any:
        if str(path).endswith(".txt") and calls == ["extract"]:
            raise OSError(errno.ESTALE, "the drive is away")
        return opened(path, *arguments, **options)

    def publish(*_: Any) -> pipeline.BuildReport:
        calls.append("publish")
        raise OSError("the disk is full")

    read, opened = pipeline.extract, open
    monkeypatch.setattr("builtins.open", open_file)
    monkeypatch.setattr(pipeline, "extract", extract)
    monkeypatch.setattr(pipeline, "publish", publish)
    monkeypatch.setattr(flow.extract, "retry_delay_seconds", 0)
    with pytest.raises(WarehouseError, match="the disk is full"):
        flow.build_warehouse(raw_dir, tmp_path / "warehouse")
    assert calls == ["extract", "extract", "publish"]


def test_errors_that_stay_are_not_tried_again(raw_dir, tmp_path, monkeypatch):
    from flows import build_warehouse as flow

    calls: list[str] = []

    def extract(*_: Any) -> pipeline.Extracted:
        calls.append("extract")
        raise LexiconError("a line is wrong")

    monkeypatch.setattr(pipeline, "extract", extract)
    with pytest.raises(LexiconError, match="a line is wrong"):
        flow.build_warehouse(raw_dir, tmp_path)
    assert calls == ["extract"]


def test_run_command_uses_the_named_server(raw_dir, tmp_path):
    from prefect.settings import PREFECT_API_URL

    outcome = subprocess.run(
        [
            *(sys.executable, "-m", "sco_pipeline.cli", "run"),
            *("--raw", str(raw_dir), "--warehouse", str(tmp_path / "out")),
        ],
        capture_output=True,
        encoding="utf-8",
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        | {"PREFECT_API_URL": PREFECT_API_URL.value(), "PREFECT_HOME": str(tmp_path / "home")},
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "published; 2 of 2 documents read" in outcome.stdout
    assert "\x1b" not in outcome.stdout + outcome.stderr
    assert "temporary server" not in outcome.stderr
    assert (tmp_path / "out" / "sco.duckdb").exists()
    assert latest_flow_run().state.is_completed()


def test_collecting_leaves_its_report(tmp_path, monkeypatch):
    from flows.collect import collect

    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw").mkdir()
    with WebServer(ROUTES) as server:
        write_sources(tmp_path, server)
        report = collect(Path("raw"), Path("warehouse"))
        assert "/idle" not in server.paths
    assert [source.name for source in report.sources] == ["good", "bad"]
    assert len(list((tmp_path / "raw/collected/good").rglob("*.html"))) == 1
    run = latest_flow_run()
    assert run.name.startswith("collect 20")
    assert artifacts_of(run.id)["collected"] == report.rows()
    assert report.rows()[1]["failed"] == "server_error 1"
    with pytest.raises(CollectError, match="not a single source could be had"):
        collect(Path("raw"), Path("warehouse"), only=["bad"])
    assert latest_flow_run().state.is_failed()


def test_deployments_name_the_flows_and_run_hourly():
    from prefect import Flow
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.flows import load_flow_from_entrypoint

    config = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    minutes = {}
    for deployment in config["deployments"]:
        path, _, name = deployment["entrypoint"].partition(":")
        flow: Flow[Any, Any] = load_flow_from_entrypoint(f"{ROOT / path}:{name}")
        assert deployment["parameters"].keys() <= flow.parameters.properties.keys()
        (schedule,) = deployment["schedules"]
        minute, *others = CronSchedule(**schedule).cron.split()
        assert others == ["*"] * 4
        minutes[name] = int(minute)
    assert minutes == {"build_warehouse": 5, "collect": 35}
