"""One build of everything strangers may send beside good documents."""

from __future__ import annotations

import resource
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sco_pipeline.pipeline import build
from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.settings import Settings
from tests.hostile import LIMITS, HostileFile, hostile_files, html, make_docx, word_xml

RAW = Path(__file__).resolve().parents[1] / "raw"
GOOD = sorted(RAW.glob("*.txt"))[::4][:10]
SETTINGS = Settings(workers=2, limits=LIMITS)
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Built:
    """What two builds left: one of good documents only, one with all the others beside them."""

    folder: Path
    files: list[HostileFile]
    raw_before: dict[str, bytes]
    connections: int
    good: dict[str, pa.Table]
    both: dict[str, pa.Table]


def _callers(port: int) -> list[HostileFile]:
    """Files that ask whoever reads them to fetch something."""
    url = f"http://127.0.0.1:{port}/x"
    page = html(
        f'<p>The ministers met in Bishkek and agreed to trade more.</p><img src="{url}">'
        f'<iframe src="{url}"></iframe><object data="{url}"></object>',
        f'<base href="{url}/"><link rel="stylesheet" href="{url}"><script src="{url}"></script>'
        f'<meta http-equiv="refresh" content="0; url={url}">',
    )
    fetching = f'<!DOCTYPE x SYSTEM "{url}" [<!ENTITY % d SYSTEM "{url}"> %d;]>'
    return [
        HostileFile("fetching.html", page, None, "a page that wants pictures"),
        HostileFile("fetching.docx", make_docx(word_xml("A.", fetching)), "damaged", "a DTD"),
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("hostile")
    raw, temporary = folder / "raw", folder / "tmp"
    for made in (raw / "good", raw / "bad", temporary):
        made.mkdir(parents=True)
    for path in GOOD:
        shutil.copy(path, raw / "good")
        shutil.copy(path.with_suffix(".yml"), raw / "good")
    with pytest.MonkeyPatch.context() as patched, socket.create_server(("127.0.0.1", 0)) as server:
        patched.setenv("TMPDIR", str(temporary))
        build(raw, folder / "warehouse-good", SETTINGS)
        files = [*hostile_files(), *_callers(server.getsockname()[1])]
        for number, file in enumerate(files):
            path = raw / "bad" / str(number) / file.name  # some have one stem, but not one sidecar
            path.parent.mkdir()
            path.write_bytes(file.content)
            if file.sidecar is not None:
                path.with_suffix(".yml").write_bytes(file.sidecar)
        before = _tree(raw)
        build(raw, folder / "warehouse", SETTINGS, accept="most files are bad")
        yield Built(
            folder,
            files,
            before,
            _waiting(server),
            _tables(folder / "warehouse-good"),
            _tables(folder / "warehouse"),
        )


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _waiting(server: socket.socket) -> int:
    """Connections that wait to be accepted."""
    server.setblocking(False)
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def _tables(warehouse: Path) -> dict[str, pa.Table]:
    return {spec.name: pq.read_table(warehouse / "current" / spec.name) for spec in ALL_TABLES}


def _good_rows(tables: dict[str, pa.Table], table: str) -> list[dict[str, Any]]:
    good = {
        row["document_id"]
        for row in tables["documents"].to_pylist()
        if row["path"].startswith("good/")
    }
    return [row for row in tables[table].to_pylist() if row["document_id"] in good]


def test_good_documents_are_complete(built: Built) -> None:
    assert len(built.files) >= 60
    assert len(_good_rows(built.both, "documents")) == len(GOOD) == 10
    for spec in ALL_TABLES:
        if spec.has("document_id"):
            assert _good_rows(built.both, spec.name) == _good_rows(built.good, spec.name), spec.name


def test_every_bad_file_has_its_reject(built: Built) -> None:
    rejects = built.both["rejects"].to_pylist()
    documents = built.both["documents"].to_pylist()
    wrong = {}
    for number, file in enumerate(built.files):
        folder = f"bad/{number}/"
        found = [row["reason"] for row in rejects if row["path"].startswith(folder)]
        read = any(row["path"].startswith(folder) for row in documents)
        as_told = not found and read if file.reason is None else file.reason in found
        if not as_told:
            wrong[file.name] = f"{file.note}: {file.reason}, but {found}"
    assert not wrong
    assert all(row["detail"] for row in rejects)
    assert not [row for row in rejects if row["path"].startswith("good/")]


def test_nothing_is_written_elsewhere_and_nothing_is_fetched(built: Built) -> None:
    assert _tree(built.folder / "raw") == built.raw_before
    names = {path.name for path in built.folder.iterdir()}
    assert names == {"raw", "tmp", "warehouse", "warehouse-good"}
    assert not list((built.folder / "tmp").iterdir())
    assert built.connections == 0


def test_memory_of_the_processes_is_bounded(built: Built) -> None:
    own, children = (
        resource.getrusage(whose).ru_maxrss * 1024
        for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    # Linux counts what the parent had when a process was started, too.
    assert children <= max(own, LIMITS.document_memory_mb * MEGABYTE * 1.1)
