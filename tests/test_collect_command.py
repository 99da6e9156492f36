"""The command collect, as a person runs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sco_pipeline.cli import main
from sco_pipeline.errors import UsageError
from tests.web_server import Reply, WebServer, failure, feed


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Sources of a server that is gone by the time they are asked, unless a test starts one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw").mkdir()
    return tmp_path


def write_sources(folder: Path, server: WebServer) -> None:
    (folder / "sco_pipeline.toml").write_text(
        f'[collect]\nallowed_hosts = ["{server.host}"]\nseconds_between_requests = 0\n'
        "attempts = 1\n",
        encoding="utf-8",
    )
    (folder / "raw/sources.yaml").write_text(
        f"- name: good\n  kind: feed\n  url: {server.url('/feed')}\n  language: en\n"
        f"- name: bad\n  kind: index\n  url: {server.url('/gone')}\n"
        f"- name: idle\n  kind: index\n  url: {server.url('/idle')}\n  enabled: false\n",
        encoding="utf-8",
    )


ROUTES = {
    "/feed": feed(["/1.html"]),
    "/1.html": Reply("<html><body><p>The ministers met in Tashkent.</p></body></html>"),
    "/gone": failure(500),
}


def test_command_prints_the_report_and_fails_if_nothing_could_be_had(folder, capsys):
    with WebServer(ROUTES) as server:
        write_sources(folder, server)
        main_until_exit(["collect"], 0)
        first, told = capsys.readouterr()
        main_until_exit(["collect", "--only", "bad"], 1)
        second = capsys.readouterr().out
    assert "good: 1 entries, 1 found new, 1 new\n" in told
    assert re.search(r"good +1 +1 +1 +0", first)
    assert "server_error 1" in first
    assert "good" not in second


def test_command_names_wrong_sources(folder, capsys):
    with WebServer(ROUTES) as server:
        write_sources(folder, server)
    main_until_exit(["collect", "--only", "god"], UsageError.exit_code)
    assert "there is no source god; the nearest is good" in capsys.readouterr().err


def main_until_exit(arguments: list[str], code: int) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == code
