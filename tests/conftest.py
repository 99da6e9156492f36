"""Fixtures shared by several test modules."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.tables import publish_tables, tiny_tables

# Before anything imports Prefect: no usage data, and not the user's own history and settings.
os.environ |= {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    "PREFECT_HOME": tempfile.mkdtemp(prefix="prefect-"),
}
os.environ.pop("PREFECT_API_URL", None)
atexit.register(shutil.rmtree, os.environ["PREFECT_HOME"], ignore_errors=True)
# A busy machine is no failure; few examples keep the suite fast.
settings.register_profile("unhurried", deadline=None, max_examples=50)
settings.load_profile("unhurried")

#: Documents in our own words, and one file that is none.
RAW_FILES = {
    "2018/defence.txt": (
        "Defence ministers meet in Bishkek\n\n"
        "The fifteenth meeting of the defence ministers of the Shanghai Cooperation Organisation "
        "member states took place in Bishkek on 6-7 June 2018. It was attended by the Minister of "
        "Defence of Kazakhstan, Marat Ospanov, and the Minister of Defence of the Russian "
        "Federation, P. S. Orlov.\n\n"
        "The ministers condemned terrorism and agreed to hold joint exercises. They expressed "
        "concern over the situation in Afghanistan.\n"
    ),
    "2018/defence.yml": (
        "source_url: https://example.org/defence\npublisher: Test\npublished_on: 2018-06-08\n"
    ),
    "2019/trade.txt": (
        "On 19 September 2019 a meeting of the ministers of trade of the SCO member states was "
        "held in Tashkent. The sides discussed trade and welcomed the growth of investment.\n"
    ),
    "picture.txt": "\x00\x01\x02",
}


@pytest.fixture(scope="session")
def raw_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small raw/ tree."""
    folder = tmp_path_factory.mktemp("raw")
    for name, text in RAW_FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published warehouse with the tiny tables; not to be written to."""
    folder = tmp_path_factory.mktemp("warehouse")
    publish_tables(tiny_tables(), folder)
    return folder


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A Prefect server with a database of its own; takes seconds to start, so once a session."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield
