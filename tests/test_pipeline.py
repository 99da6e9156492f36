"""The stages together, on the documents of raw/."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sco_pipeline import pipeline, staging
from sco_pipeline.errors import TableError, UsageError
from sco_pipeline.limits import Limits
from sco_pipeline.model import Extraction, RawFile
from sco_pipeline.raw_files import JUDGEMENTS_FILE
from sco_pipeline.schema.tables import ALL_TABLES, DATA_TABLES
from sco_pipeline.settings import Settings

RAW = Path(__file__).resolve().parents[1] / "raw"
#: All in this process, where what a test replaces is replaced.
HERE = Settings(workers=0)
BUILD = """
import sys
from pathlib import Path
from sco_pipeline.pipeline import build
from sco_pipeline.settings import Settings
build(Path(sys.argv[1]), Path(sys.argv[2]), Settings(workers=0))
"""


def published(warehouse: Path) -> dict[str, pa.Table]:
    return {spec.name: pq.read_table(warehouse / "current" / spec.name) for spec in ALL_TABLES}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse built from raw/ in this process."""
    folder = tmp_path_factory.mktemp("warehouse")
    pipeline.build(RAW, folder)
    return folder


def test_raw_fills_every_table(warehouse: Path) -> None:
    tables = published(warehouse)
    for spec in DATA_TABLES:
        if spec.name not in {"corrections", "document_revisions", "rejects", "unresolved"}:
            assert tables[spec.name].num_rows > 0, spec.name
    assert tables["documents"].num_rows >= 15
    assert tables["rejects"].num_rows == 0


def test_raw_shows_meetings_and_persons_of_several_documents(warehouse: Path) -> None:
    tables = published(warehouse)
    assert sum(row["document_count"] > 1 for row in tables["meetings"].to_pylist()) >= 3
    assert sum(len(row["names"]) > 1 for row in tables["persons"].to_pylist()) >= 10


@pytest.mark.parametrize(
    ("zone", "locale", "seed"),
    [("Pacific/Kiritimati", "tr_TR.UTF-8", "1"), ("America/Adak", "C", "7")],
)
def test_tables_depend_on_the_bytes_alone(
    warehouse: Path, tmp_path: Path, zone: str, locale: str, seed: str
) -> None:
    """Other file names and order, time zone, locale and hash seed: the same tables."""
    renamed = tmp_path / "raw"
    renamed.mkdir()
    texts = sorted(RAW.glob("*.txt"), reverse=True)
    for number, text in enumerate(texts):
        shutil.copyfile(text, renamed / f"{number:03}.txt")
        if text.with_suffix(".yml").exists():
            shutil.copyfile(text.with_suffix(".yml"), renamed / f"{number:03}.yml")
    shutil.copy(RAW / JUDGEMENTS_FILE, renamed)
    environment = os.environ | {
        "TZ": zone,
        "LC_ALL": locale,
        "LANG": locale,
        "PYTHONHASHSEED": seed,
    }
    subprocess.run(
        [sys.executable, "-c", BUILD, renamed, tmp_path / "w"],
        env=environment,
        check=True,
        cwd=tmp_path,
    )
    expected, found = published(warehouse), published(tmp_path / "w")
    for name, table in expected.items():
        if name == "documents":
            assert found[name].drop(["path"]) == table.drop(["path"])
        else:
            assert found[name].equals(table, check_metadata=True), name


def test_a_document_that_trips_a_rule_is_rejected_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for text in sorted(RAW.glob("*.txt"))[:2]:
        shutil.copyfile(text, raw / text.name)
    (raw / "broken.txt").write_text("The parties agreed on trade.", encoding="utf-8")
    whole = pipeline.extract_file

    def trip(file: RawFile, document_id: str, limits: Limits) -> Extraction:
        if file.path == "broken.txt":
            raise IndexError("no such group")
        return whole(file, document_id, limits)

    monkeypatch.setattr(pipeline, "extract_file", trip)
    report = pipeline.build(raw, tmp_path / "warehouse", HERE)
    assert report.row_counts["documents"] == 2
    [reject] = report.rejects
    assert (reject["path"], reject["stage"], reject["reason"]) == (
        "broken.txt", "extract", "extraction_failed",
    )  # fmt: skip
    assert "IndexError at test_pipeline.py" in reject["detail"]


def test_a_rule_that_returns_a_bad_span_costs_its_document_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "good.txt").write_text("The parties agreed to expand trade.", encoding="utf-8")
    (raw / "bad.txt").write_text("The parties agreed to expand tourism.", encoding="utf-8")
    whole = pipeline.extract_file

    def stretch(file: RawFile, document_id: str, limits: Limits) -> Extraction:
        found = whole(file, document_id, limits)
        if file.path == "good.txt":
            return found
        topics = tuple(topic._replace(char_end=topic.char_start) for topic in found.topics)
        return replace(found, topics=topics)

    monkeypatch.setattr(pipeline, "extract_file", stretch)
    report = pipeline.build(raw, tmp_path / "warehouse", HERE)
    assert report.row_counts["documents"] == 1
    assert [(row["path"], row["reason"]) for row in report.rejects] == [
        ("bad.txt", "extraction_failed")
    ]
    assert "table topics: span" in report.rejects[0]["detail"]


def test_a_damaged_snapshot_is_replaced(warehouse: Path, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse"
    shutil.copytree(warehouse, copy, symlinks=True)
    documents = copy / "current/documents/part-000.parquet"
    documents.unlink()
    documents.write_bytes(b"damaged")
    report = pipeline.build(RAW, copy, HERE)
    assert report.is_new
    assert report.extracted_count == 0
    assert published(copy) == published(warehouse)


def test_rejected_files_are_rows_with_a_reason(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "good.txt").write_text("The parties agreed to expand trade.", encoding="utf-8")
    (raw / "empty.txt").write_bytes(b"")
    (raw / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (raw / "russian.txt").write_text("Стороны договорились развивать торговлю. " * 5, "utf-8")
    report = pipeline.build(raw, tmp_path / "warehouse", HERE)
    assert report.row_counts["documents"] == 1
    assert {row["path"]: row["reason"] for row in report.rejects} == {
        "empty.txt": "empty",
        "binary.txt": "binary",
        "russian.txt": "unsupported_language",
    }


def test_a_failed_check_keeps_the_old_snapshot(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "warehouse"
    shutil.copytree(warehouse, copy, symlinks=True)
    before = published(copy)

    def refuse(*_: object) -> None:
        raise TableError("decisions", "row x: act 'y' is no code")

    monkeypatch.setattr(staging, "check_tables", refuse)
    with pytest.raises(TableError, match="decisions"):
        pipeline.build(RAW, copy, HERE)
    assert published(copy) == before
    assert [path.name for path in (copy / "snapshots").iterdir()] == [
        (copy / "current").resolve().name
    ]


def test_progress_reaches_the_number_of_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH_SIZE", 10)
    seen: list[tuple[str, int, int]] = []
    pipeline.build(RAW, tmp_path, HERE, on_progress=lambda *step: seen.append(step))
    documents = len(list(RAW.glob("*.txt")))
    assert seen[-1] == ("extract", documents, documents)
    assert len(seen) == -(-documents // 10)


def test_no_directory_and_no_documents_are_refused(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for raw, problem in ((tmp_path / "none", "no directory"), (tmp_path / "raw", "no documents")):
        with pytest.raises(UsageError, match=problem):
            pipeline.build(raw, tmp_path / "warehouse", HERE)
        assert not (tmp_path / "warehouse").exists()


def test_a_warehouse_among_the_documents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The parties agreed to expand trade.", encoding="utf-8")
    for warehouse in (tmp_path, tmp_path / "warehouse"):
        with pytest.raises(UsageError, match="would be read; name another --warehouse"):
            pipeline.build(tmp_path, warehouse)


def test_copies_of_a_file_are_documents_of_their_own(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for name in ("a.txt", "b.txt"):
        (raw / name).write_text("The parties agreed to expand trade.", encoding="utf-8")
    pipeline.build(raw, tmp_path / "warehouse", HERE)
    rows = published(tmp_path / "warehouse")["documents"].to_pylist()
    original = rows[0]["document_id"]
    assert {row["path"]: (row["document_id"], row["duplicate_of"]) for row in rows} == {
        "a.txt": (original, None),
        "b.txt": (f"{original}-2", original),
    }
