"""Refreshing a warehouse: the same as building it in full, and only what is needed."""

from __future__ import annotations

import csv
import functools
import hashlib
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import Phase
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from sco_pipeline import extraction_store, pipeline, staging, table_files, workers
from sco_pipeline import warehouse as warehouse_module
from sco_pipeline.corrections.reading import COLUMNS as CORRECTION_COLUMNS
from sco_pipeline.errors import GateError, WarehouseError
from sco_pipeline.limits import Limits
from sco_pipeline.model import Extraction, RawFile
from sco_pipeline.person_judgements import COLUMNS as JUDGEMENT_COLUMNS
from sco_pipeline.pipeline import BuildReport
from sco_pipeline.resolution import assemble
from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.settings import GateSettings, Settings
from sco_pipeline.snapshot import SnapshotRecord, rollback
from sco_pipeline.warehouse import open_read_only

ROOT = Path(__file__).resolve().parents[1]
#: Short ones; several report one meeting, or name one person in two spellings.
POOL = (
    "raw/2016-04-secretaries-tashkent-agency.txt",
    "raw/2016-04-secretaries-tashkent-kazakhstan.txt",
    "raw/2018-05-secretaries-beijing-kyrgyzstan.txt",
    "raw/2018-05-secretaries-beijing-advance.txt",
    "raw/2022-11-csto-heads-of-state-yerevan.txt",
    "raw/2022-11-ots-heads-of-state-samarkand.txt",
    "raw/2024-04-secretaries-astana.txt",
    "tests/gold/development/2014-04-secretaries-dushanbe.txt",
    "tests/gold/development/2016-06-csto-secretaries-yerevan.txt",
    "tests/gold/development/2016-06-heads-of-state-tashkent.txt",
    "tests/gold/development/2018-04-rats-council-tashkent.txt",
    "tests/gold/development/2024-07-heads-of-state-astana.txt",
)
UNREADABLE = (b"", b"\x00\x01\x02", b"<html><body>A page.</body></html>")
RUSSIAN = "Стороны договорились развивать торговлю. ".encode() * 5
SIDECARS = ("publisher: A\n", "published_on: 2016-04-15\n", "publisher: [a mistake\n")
CORRECTIONS, JUDGEMENTS = "corrections.csv", "person_judgements.csv"
#: Nothing is too much of a change.
LENIENT = GateSettings(max_reject_share=1, max_row_drop=1, max_unresolved_share=1)
SETTINGS = Settings(workers=0, gates=LENIENT)

Row = dict[str, Any]


def refresh(raw: Path, warehouse: Path, **options: Any) -> BuildReport:
    return pipeline.build(raw, warehouse, options.pop("settings", SETTINGS), **options)


def query(warehouse: Path, sql: str) -> list[Row]:
    with closing(open_read_only(warehouse)) as connection:
        found = connection.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def files(warehouse: Path) -> dict[str, Path]:
    """The Parquet files of the tables, ``changes`` left out."""
    current = (warehouse / "current").resolve()
    found = {path.relative_to(current).as_posix(): path for path in current.glob("*/*.parquet")}
    return {name: path for name, path in found.items() if not name.startswith("changes/")}


def contents(warehouse: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in files(warehouse).items()}


def causes(report: BuildReport, *tables: str) -> set[tuple[str, str, str]]:
    return {
        (change["table_name"], change["action"], change["cause"])
        for change in report.changes
        if change["table_name"] in tables or not tables
    }


def write_line(path: Path, columns: Sequence[str], **cells: object) -> None:
    """Add a line to a file that people keep."""
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow({"author": "me", "date": "2026-11-25", "reason": "it says so", **cells})


def correct(
    raw: Path, table: str, row: Row | str, action: str, field: str = "", value: str = ""
) -> None:
    """Add a correction of a row as it is published, or at a place."""
    key, expected = row, ""
    if not isinstance(row, str):
        key = str(next(iter(row.values())))
        if "char_start" in row:
            key = f"{row['document_id']}:{row['char_start']}-{row['char_end']}"
        expected = row[field] if field and row[field] is not None else ""
    write_line(
        raw / CORRECTIONS, CORRECTION_COLUMNS, table=table, row=key, action=action, field=field,
        expected=expected, value=value,
    )  # fmt: skip


# ------------------------------------------------------------------------ any sequence of changes


class Changes(RuleBasedStateMachine):
    """What people do to raw/; every other time, all is refreshed and held against a full build."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.raw, self.warehouse = self.root / "raw", self.root / "warehouse"
        (self.raw / "folder").mkdir(parents=True)
        self.written = 0
        self.steps = 0
        self.known: dict[str, object] = {}
        self.rows: dict[str, dict[str, str]] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    def documents(self) -> list[Path]:
        return sorted(path for path in self.raw.rglob("*") if path.suffix == ".txt")

    def pick(self, number: int) -> Path:
        found = self.documents()
        return found[number % len(found)] if found else self.write(b"The parties agreed on trade.")

    def write(self, content: bytes) -> Path:
        self.written += 1
        path = self.raw / f"{self.written * 37 % 100:02}.txt"
        path.write_bytes(content)
        return path

    @initialize(texts=st.lists(st.sampled_from(POOL), min_size=5, max_size=8, unique=True))
    def begin(self, texts: list[str]) -> None:
        for text in texts:
            self.write((ROOT / text).read_bytes())
        for day in (1, 3):
            self.fetch(0, day)
        self.frame(1)
        self.steps = 0

    @rule(text=st.sampled_from(POOL))
    def add(self, text: str) -> None:
        self.steps += 1
        self.write((ROOT / text).read_bytes())

    @rule(content=st.sampled_from((*UNREADABLE, RUSSIAN)))
    def add_broken(self, content: bytes) -> None:
        self.steps += 1
        self.write(content)

    @rule(number=st.integers(0, 99))
    def duplicate(self, number: int) -> None:
        self.steps += 1
        self.write(self.pick(number).read_bytes())

    @rule(number=st.integers(0, 99), day=st.integers(1, 9))
    def fetch(self, number: int, day: int) -> None:
        """A document stands at an address, with other sentences every day."""
        self.steps += 1
        text = self.pick(number).read_bytes()
        path = self.write(
            text + f"\n\nThe plan of day {day} was read. They thanked all.\n".encode()
        )
        path.with_suffix(".yml").write_text(
            f"source_url: https://example.org/\nfetched_at: 2024-05-0{day}T06:00:00Z\n"
        )

    @rule(number=st.integers(0, 99))
    def frame(self, number: int) -> None:
        """A near copy."""
        self.steps += 1
        self.write(self.pick(number).read_bytes() + b"\n\nRead also of a fair of folk crafts.\n")

    @rule(number=st.integers(0, 99))
    def edit(self, number: int) -> None:
        self.steps += 1
        with self.pick(number).open("ab") as file:
            file.write(b"\n\nThe parties agreed to expand trade with Kazakhstan.\n")

    @rule(number=st.integers(0, 99), text=st.sampled_from(SIDECARS))
    def write_sidecar(self, number: int, text: str) -> None:
        self.steps += 1
        self.pick(number).with_suffix(".yml").write_text(text, encoding="utf-8")

    @rule(number=st.integers(0, 99))
    def rename(self, number: int) -> None:
        self.steps += 1
        path = self.pick(number)
        path.rename(path.with_name(f"a{path.name}"))

    @rule(number=st.integers(0, 99))
    def move(self, number: int) -> None:
        self.steps += 1
        path = self.pick(number)
        path.rename(self.raw / "folder" / path.name)

    @rule(one=st.integers(0, 99), other=st.integers(0, 99))
    def swap_names(self, one: int, other: int) -> None:
        self.steps += 1
        a, b = self.pick(one), self.pick(other)
        content = a.read_bytes()
        a.write_bytes(b.read_bytes())
        b.write_bytes(content)

    @rule(number=st.integers(0, 99))
    def delete(self, number: int) -> None:
        self.steps += 1
        if len(self.documents()) > 1:
            self.pick(number).unlink()

    @rule(
        number=st.integers(0, 999),
        what=st.sampled_from(
            [
                ("participants", "change", "name", "Somebody Else"),
                ("participants", "change", "country", "KGZ"),
                ("participants", "delete", "", ""),
                ("document_meetings", "change", "city", "Bishkek"),
                ("decisions", "change", "act", "adopt"),
                ("topics", "delete", "", ""),
                ("country_mentions", "delete", "", ""),
                ("instrument_mentions", "delete", "", ""),
                ("meetings", "change", "city", "Bishkek"),
                ("documents", "change", "publisher", "Somebody"),
            ]
        ),
    )
    def correct_a_row(self, number: int, what: tuple[str, str, str, str]) -> None:
        self.steps += 1
        table, action, field, value = what
        if rows := query(self.warehouse, f"FROM {table} ORDER BY ALL"):
            correct(self.raw, table, rows[number % len(rows)], action, field, value)

    @rule(number=st.integers(0, 999))
    def add_a_row(self, number: int) -> None:
        self.steps += 1
        if rows := query(self.warehouse, "FROM country_mentions ORDER BY ALL"):
            row = rows[number % len(rows)]
            place = f"{row['document_id']}:{row['char_start']}-{row['char_end']}"
            correct(self.raw, "topics", place, "add", value='{"topic": "water"}')

    @rule(one=st.integers(0, 999), other=st.integers(0, 999), same=st.booleans())
    def judge(self, one: int, other: int, same: bool) -> None:
        self.steps += 1
        if rows := query(
            self.warehouse,
            "SELECT DISTINCT name, coalesce(country, organisation, '') AS affiliation "
            "FROM participants ORDER BY ALL",
        ):
            a, b = rows[one % len(rows)], rows[other % len(rows)]
            write_line(
                self.raw / JUDGEMENTS, JUDGEMENT_COLUMNS, name_a=a["name"], name_b=b["name"],
                affiliation_a=a["affiliation"], affiliation_b=b["affiliation"],
                same=str(same).lower(),
            )  # fmt: skip

    @rule(name=st.sampled_from([CORRECTIONS, JUDGEMENTS]), number=st.integers(0, 1))
    def withdraw_a_line(self, name: str, number: int) -> None:
        self.steps += 1
        path = self.raw / name
        if path.exists():
            head, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            del lines[number : number + 1]
            path.write_text("".join([head, *lines]), encoding="utf-8")

    @invariant()
    def refreshing_equals_building_in_full(self) -> None:
        if self.steps % 2:
            return
        known, before = self.known, self.rows
        self.known = dict(listed(self.raw))
        report = refresh(self.raw, self.warehouse)
        assert report.extracted_count == sum(
            known.get(key) != source for key, source in self.known.items()
        )
        record = SnapshotRecord.read((self.warehouse / "current").resolve())
        # What is shown now was written by a chain of refreshes.
        full = self.root / "full"
        in_full = refresh(self.raw, full, full=True)
        try:
            assert in_full.extracted_count == len(self.known)
            assert contents(self.warehouse) == contents(full)
            assert record.content_digest == SnapshotRecord.read(full / "current").content_digest
            self.rows = database_rows(self.warehouse)
            assert self.rows == database_rows(full)
            assert self.rows == parquet_rows(self.warehouse)
        finally:
            shutil.rmtree(full)
        if report.is_new and report.parent_id:
            assert changed_rows(self.warehouse) == differing_rows(before, self.rows)
        elif not report.is_new:
            assert before == self.rows


def listed(raw: Path) -> Iterator[tuple[str, object]]:
    """The readable documents by their ids, with all that each is read from."""
    copies: Counter[str] = Counter()
    for path in sorted(
        path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.suffix == ".txt"
    ):
        content = (raw / path).read_bytes()
        if content in UNREADABLE:
            continue
        digest = hashlib.sha256(content).hexdigest()
        copies[digest] += 1
        key = digest[:12] + (f"-{copies[digest]}" if copies[digest] > 1 else "")
        sidecar = (raw / path).with_suffix(".yml")
        yield key, (path, sidecar.read_bytes() if sidecar.exists() else None)


def _rows(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, dict[str, str]]:
    """Table -> key -> row; keys are unique (checked), so that no row is lost."""
    found = {}
    for spec in ALL_TABLES:
        key = f"concat_ws('|', {', '.join(spec.key)})"
        columns = ", ".join(column.name for column in spec.columns)
        rows = connection.execute(
            f"SELECT {key}, {columns} FROM {source.format(spec.name)}"
        ).fetchall()
        found[spec.name] = {row[0]: repr(row[1:]) for row in rows}
        assert len(found[spec.name]) == len(rows), spec.name
    return found


def database_rows(warehouse: Path) -> dict[str, dict[str, str]]:
    with closing(open_read_only(warehouse)) as connection:
        return _rows(connection, "{}")


def parquet_rows(warehouse: Path) -> dict[str, dict[str, str]]:
    with duckdb.connect() as connection:
        return _rows(connection, f"read_parquet('{warehouse / 'current'}/{{}}/*.parquet')")


Differences = set[tuple[str, str, str]]


def changed_rows(warehouse: Path) -> Differences:
    """What the table ``changes`` says: table, action and key."""
    sql = "SELECT DISTINCT table_name, action, row_key FROM changes"
    return {tuple(row.values()) for row in query(warehouse, sql)}


def differing_rows(
    before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]
) -> Differences:
    found = set()
    for table in after:
        old, new = before[table], after[table]
        found |= {(table, "added", key) for key in new.keys() - old.keys()}
        found |= {(table, "removed", key) for key in old.keys() - new.keys()}
        found |= {
            (table, "changed", key) for key in old.keys() & new.keys() if old[key] != new[key]
        }
    return found


@pytest.fixture
def many_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some documents are several files, laid out two documents at a time."""
    monkeypatch.setattr(staging, "partition_bits", lambda count: 0 if count < 4 else 3)
    monkeypatch.setattr(staging, "DOCUMENTS_AT_A_TIME", 2)


@pytest.mark.usefixtures("many_partitions")
def test_refreshing_equals_building_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "MAX_UPDATED_SHARE", 0.6)  # both ways to a database are gone
    # Left out: what is the same every time, and what no table depends on.
    references = pipeline.reference_tables()
    monkeypatch.setattr(pipeline, "reference_tables", lambda: references)
    monkeypatch.setattr(pipeline, "extract_file", functools.cache(pipeline.extract_file))
    monkeypatch.setattr(pipeline, "check_gates", lambda *_: [])
    monkeypatch.setattr(staging, "_describe", lambda *_: None)
    monkeypatch.setattr(warehouse_module, "read_views", list)
    monkeypatch.setattr(warehouse_module, "_comment", lambda *_: None)
    run_state_machine_as_test(
        Changes,
        settings=example_settings(
            max_examples=3,
            stateful_step_count=8,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # to shrink would take minutes, and eight steps are few
        ),
    )


# --------------------------------------------------------------------------- one thing at a time


def put(raw: Path, *names: str) -> Path:
    """Copy documents of the pool, with what is known of them."""
    raw.mkdir(exist_ok=True)
    for name in names:
        source = ROOT / "raw" / name
        for path in (source.with_suffix(".txt"), source.with_suffix(".yml")):
            if path.exists():
                shutil.copy(path, raw)
    return raw


AGENCY = "2016-04-secretaries-tashkent-agency"
KAZAKHSTAN = "2016-04-secretaries-tashkent-kazakhstan"
BEIJING = "2018-05-secretaries-beijing-kyrgyzstan"
CSTO = "2022-11-csto-heads-of-state-yerevan"
ASTANA = "2024-04-secretaries-astana"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw/ and a warehouse built from it; to be copied."""
    folder = tmp_path_factory.mktemp("published")
    refresh(put(folder / "raw", AGENCY, KAZAKHSTAN, BEIJING, CSTO), folder / "warehouse")
    return folder


@pytest.fixture
def raw(published: Path, tmp_path: Path) -> Path:
    """Documents that are published, to be changed."""
    return shutil.copytree(published / "raw", tmp_path / "raw")


@pytest.fixture
def warehouse(published: Path, tmp_path: Path) -> Path:
    """The warehouse built from them."""
    return shutil.copytree(published / "warehouse", tmp_path / "warehouse", symlinks=True)


@pytest.mark.usefixtures("many_partitions")
def test_processes_do_not_change_a_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = put(tmp_path / "raw", AGENCY, KAZAKHSTAN, BEIJING, CSTO, ASTANA)
    monkeypatch.setattr(pipeline, "BATCH_SIZE", 1)
    started: list[object] = []
    start = workers._Process.__init__
    monkeypatch.setattr(
        workers._Process,
        "__init__",
        lambda self, limits: started.append(self) or start(self, limits),
    )
    for count in (0, 2):
        refresh(raw, tmp_path / str(count), settings=replace(SETTINGS, workers=count))
        assert len(started) == count
    assert contents(tmp_path / "0") == contents(tmp_path / "2")
    assert len(files(tmp_path / "0")) > len(ALL_TABLES)


def test_only_touched_files_are_written(raw: Path, tmp_path: Path, many_partitions: None) -> None:
    """A file is the same one on disk as before, unless a document in it has other rows."""
    warehouse = tmp_path / "warehouse"
    refresh(raw, warehouse)
    before, held = files(warehouse), contents(warehouse)
    record = SnapshotRecord.read(warehouse / "current")
    with (raw / f"{CSTO}.yml").open("a", encoding="utf-8") as file:
        file.write("note: does not matter\n")  # read again, with the same rows
    sidecar = raw / f"{BEIJING}.yml"
    text = sidecar.read_text(encoding="utf-8")
    sidecar.write_text(re.sub("publisher: .*", "publisher: Somebody", text), encoding="utf-8")
    (document,) = query(warehouse, f"SELECT document_id FROM documents WHERE path ~ '{BEIJING}.*'")
    report = refresh(raw, warehouse)
    after = files(warehouse)
    assert report.extracted_count == 2
    assert causes(report) == {("documents", "changed", "source_edited")}
    part = table_files.partition_of(document["document_id"], 3)
    (replaced,) = before.keys() - after.keys()
    (written,) = after.keys() - before.keys()
    assert {Path(name).parent.name for name in (replaced, written)} == {"documents"}
    assert table_files.partition_of_path(replaced) == table_files.partition_of_path(written) == part
    for name in before.keys() & after.keys():
        assert after[name].stat().st_ino == before[name].stat().st_ino, name
    # The previous snapshot is as it was.
    assert {name: path.read_bytes() for name, path in before.items()} == held
    assert SnapshotRecord.read(before[replaced].parents[1]) == record


def test_a_database_that_has_grown_is_built_anew(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = tmp_path / "warehouse"
    refresh(raw, warehouse)
    size = SnapshotRecord.read(warehouse / "current").compact_size
    assert size == (warehouse / "sco.duckdb").stat().st_size
    copied: list[object] = []
    update = staging.update_database
    monkeypatch.setattr(staging, "update_database", lambda *given: copied.append(update(*given)))
    monkeypatch.setattr(staging, "MAX_UPDATED_SHARE", 1)
    sidecar = raw / f"{BEIJING}.yml"
    text = sidecar.read_text(encoding="utf-8")
    for growth, copies in ((2, 1), (0, 1)):
        monkeypatch.setattr(staging, "MAX_GROWTH", growth)
        changed = re.sub("publisher: .*", f"publisher: Body {growth}", text)
        sidecar.write_text(changed, encoding="utf-8")
        refresh(raw, warehouse)
        assert len(copied) == copies
        publishers = query(warehouse, "SELECT publisher FROM documents WHERE publisher ~ 'Body.*'")
        assert publishers == [{"publisher": f"Body {growth}"}]


@pytest.mark.usefixtures("many_partitions")
def test_a_judgement_reaches_documents_that_did_not_change(raw: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    refresh(raw, warehouse)
    a, b = query(
        warehouse, "SELECT name, country, person_id FROM participants WHERE country IS NOT NULL "
        "QUALIFY 1 = row_number() OVER (PARTITION BY country ORDER BY name) ORDER BY ALL LIMIT 2",
    )  # fmt: skip
    write_line(
        raw / JUDGEMENTS, JUDGEMENT_COLUMNS, name_a=a["name"], affiliation_a=a["country"],
        name_b=b["name"], affiliation_b=b["country"], same="true",
    )  # fmt: skip
    report = refresh(raw, warehouse)
    assert report.extracted_count == 0
    assert ("participants", "added", "resolution") in causes(report)
    refresh(raw, tmp_path / "full", full=True)
    assert contents(warehouse) == contents(tmp_path / "full")
    assert database_rows(warehouse) == database_rows(tmp_path / "full")


def test_nothing_new_publishes_nothing(raw: Path, warehouse: Path) -> None:
    """Files that are no documents, other times, a new cache: the same snapshot stays."""
    current = (warehouse / "current").resolve()
    (raw / "README.md").write_text("Notes.", encoding="utf-8")
    (warehouse / extraction_store.STORE).write_bytes(b"damaged")
    report = refresh(raw, warehouse)
    assert (report.is_new, report.extracted_count, report.changes) == (False, 4, [])
    assert [path.name for path in (warehouse / "snapshots").iterdir()] == [current.name]
    assert refresh(raw, warehouse, full=True).snapshot_id == current.name


def test_another_package_reads_all_again_and_answers_for_what_differs(
    raw: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that takes one document otherwise; beside it, raw/ changes too."""
    for module in (extraction_store, staging):
        monkeypatch.setattr(module, "package_digest", lambda: "of another version")
    put(raw, ASTANA)
    whole = pipeline.extract_file

    def entitle(file: RawFile, document_id: str, limits: Limits) -> Extraction:
        found = whole(file, document_id, limits)
        if file.path != f"{CSTO}.txt":
            return found
        return replace(found, document=replace(found.document, title="Another title"))

    monkeypatch.setattr(pipeline, "extract_file", entitle)
    report = refresh(raw, warehouse)
    assert (report.is_new, report.extracted_count) == (True, 5)
    assert query(warehouse, "SELECT * EXCLUDE (document_id, before, row_key) FROM changes "
                 "WHERE cause = 'rules'") == [
        {
            "table_name": "documents", "field": "title", "action": "changed",
            "after": "Another title", "cause": "rules", "source_path": f"{CSTO}.txt",
        }
    ]  # fmt: skip
    assert ("documents", "added", "source_added") in causes(report)
    assert refresh(raw, warehouse).extracted_count == 0


def test_changes_tell_their_cause(raw: Path, warehouse: Path) -> None:
    """A document comes, is edited, renamed, and goes; others follow by resolution."""
    added = refresh(put(raw, ASTANA), warehouse)
    assert causes(added, "documents") == {("documents", "added", "source_added")}
    assert {cause for _, _, cause in causes(added)} <= {"source_added", "resolution"}
    held = contents(warehouse)

    with (raw / f"{ASTANA}.txt").open("a", encoding="utf-8") as file:
        file.write("\nThe parties agreed to expand trade.\n")
    edited = refresh(raw, warehouse)
    assert causes(edited, "documents") == {
        ("documents", "added", "source_edited"),
        ("documents", "removed", "source_edited"),
    }

    for suffix in (".txt", ".yml"):
        (raw / f"{ASTANA}{suffix}").rename(raw / f"renamed{suffix}")
    renamed = refresh(raw, warehouse)
    assert causes(renamed) == {("documents", "changed", "source_edited")}
    (change,) = query(warehouse, "SELECT field, before, after FROM changes")
    assert change == {"field": "path", "before": f"{ASTANA}.txt", "after": "renamed.txt"}

    for suffix in (".txt", ".yml"):
        (raw / f"renamed{suffix}").unlink()
    removed = refresh(raw, warehouse)
    assert causes(removed, "documents") == {("documents", "removed", "source_removed")}

    restored = refresh(put(raw, ASTANA), warehouse)
    assert contents(warehouse) == held
    # The same content upon another past: another snapshot.
    digests = [
        SnapshotRecord.read(warehouse / "history" / report.snapshot_id).content_digest
        for report in (added, restored)
    ]
    assert digests[0] == digests[1]
    assert added.snapshot_id != restored.snapshot_id


def test_corrections_go_all_the_way(raw: Path, warehouse: Path) -> None:
    """A name (the person follows), an act, a deleted and an added row, a meeting's city."""
    person = query(
        warehouse, "FROM participants SEMI JOIN (FROM persons WHERE document_count = 1) "
        "USING (person_id) WHERE meeting_id IS NOT NULL ORDER BY ALL LIMIT 1",
    )[0]  # fmt: skip
    decision = query(warehouse, "FROM decisions WHERE act <> 'adopt' ORDER BY ALL LIMIT 1")[0]
    topic = query(warehouse, "FROM topics ORDER BY ALL LIMIT 1")[0]
    country = query(warehouse, "FROM country_mentions ORDER BY ALL LIMIT 1")[0]
    meeting = query(warehouse, "FROM meetings WHERE city = 'Tashkent' LIMIT 1")[0]
    place = f"{country['document_id']}:{country['char_start']}-{country['char_end']}"
    correct(raw, "participants", person, "change", "name", "Zarina Example")
    correct(raw, "decisions", decision, "change", "act", "adopt")
    correct(raw, "topics", topic, "delete", "topic")
    correct(raw, "topics", place, "add", value='{"topic": "water"}')
    correct(raw, "meetings", meeting, "change", "city", "Bishkek")
    correct(raw, "meetings", "no-such-meeting", "change", "city", "Bishkek")
    correct(raw, "participants", "ffffffffffff:0-3", "delete")
    report = refresh(raw, warehouse)
    assert report.extracted_count == 0

    def check() -> None:
        lines = {row["line"]: row for row in query(warehouse, "FROM corrections")}
        assert [lines[n]["status"] for n in range(2, 9)] == [
            *["applied"] * 5, "stale", "stale",
        ]  # fmt: skip
        ids = {n: [lines[n]["correction_id"]] for n in lines}
        renamed = query(warehouse, "FROM participants WHERE name = 'Zarina Example'")
        assert [(row["char_start"], row["corrected_by"]) for row in renamed] == [
            (person["char_start"], ids[2])
        ]
        names = {row["person_id"]: row["name"] for row in query(warehouse, "FROM persons")}
        assert names[renamed[0]["person_id"]] == "Zarina Example"
        assert person["person_id"] not in names
        acts = "SELECT act, kind, corrected_by FROM decisions WHERE decision_id = "
        assert query(warehouse, f"{acts}'{decision['decision_id']}'") == [
            {"act": "adopt", "kind": "decision", "corrected_by": ids[3]}
        ]
        at = "SELECT corrected_by FROM topics WHERE document_id = '{document_id}' AND char_start ="
        at += " {char_start} AND char_end = {char_end} AND topic = "
        assert query(warehouse, at.format(**topic) + f"'{topic['topic']}'") == []
        assert query(warehouse, at.format(**country) + "'water'") == [{"corrected_by": ids[5]}]
        cities = (
            f"SELECT city, corrected_by FROM meetings WHERE meeting_id = '{meeting['meeting_id']}'"
        )
        assert query(warehouse, cities) == [{"city": "Bishkek", "corrected_by": ids[6]}]
        (reject,) = query(warehouse, f"FROM rejects WHERE path = '{CORRECTIONS}'")
        assert reject["reason"] == "stale_correction"
        assert all(name in reject["detail"] for name in ("no-such-meeting", "ffffffffffff"))

    check()
    assert {cause for table, _, cause in causes(report) if table != "rejects"} <= {
        "corrections", "resolution",
    }  # fmt: skip
    assert {
        # Another name is another person, whose id is part of the row's key.
        ("participants", "removed", "corrections"), ("participants", "added", "corrections"),
        ("decisions", "changed", "corrections"),
        ("topics", "removed", "corrections"), ("topics", "added", "corrections"),
        ("meetings", "changed", "corrections"), ("corrections", "added", "corrections"),
    } <= causes(report)  # fmt: skip
    assert not refresh(raw, warehouse, full=True).is_new
    check()
    refresh(put(raw, ASTANA), warehouse)
    check()
    (raw / CORRECTIONS).unlink()
    (raw / f"{ASTANA}.txt").unlink()
    (raw / f"{ASTANA}.yml").unlink(missing_ok=True)
    refresh(raw, warehouse)
    assert query(warehouse, f"FROM meetings WHERE meeting_id = '{meeting['meeting_id']}'") == [
        meeting
    ]
    assert query(warehouse, f"FROM participants WHERE person_id = '{person['person_id']}'") == [
        person
    ]


def test_gates_hold_back_what_is_suspicious(raw: Path, warehouse: Path) -> None:
    strict = replace(SETTINGS, gates=replace(LENIENT, max_row_drop=0.2, min_count=1))
    before = (warehouse / "current").resolve()
    (raw / f"{KAZAKHSTAN}.txt").unlink()
    (raw / f"{KAZAKHSTAN}.yml").unlink()
    for full in (False, True):
        with pytest.raises(GateError) as failed:
            refresh(raw, warehouse, settings=strict, full=full)
        assert failed.value.exit_code == 1
        assert "row_drop of documents: 0.25" in str(failed.value)
        assert (warehouse / "current").resolve() == before
        assert [path.name for path in (warehouse / "snapshots").iterdir()] == [before.name]
        assert len(query(warehouse, "FROM documents")) == 4
    report = refresh(raw, warehouse, settings=strict, accept="the ministry withdrew it")
    record = SnapshotRecord.read(warehouse / "current")
    assert (report.is_new, record.accepted) == (True, "the ministry withdrew it")
    assert any(gate.startswith("row_drop of documents: 0.25") for gate in report.failed_gates)
    assert any(
        (gate["gate"], gate["subject"], gate["passed"]) == ("row_drop", "documents", False)
        for gate in record.gates
    )
    # Nothing failed: nothing was overruled.
    sound = refresh(put(raw, KAZAKHSTAN), warehouse, settings=strict, accept="needless")
    assert (sound.is_new, sound.failed_gates) == (True, [])
    assert SnapshotRecord.read(warehouse / "current").accepted is None


def test_rolled_back_a_refresh_builds_upon_the_older_one(raw: Path, warehouse: Path) -> None:
    first = (warehouse / "current").resolve().name
    refresh(put(raw, ASTANA), warehouse)
    rollback(warehouse, first)
    report = refresh(raw, warehouse)
    assert (report.parent_id, report.extracted_count) == (first, 0)
    assert ("documents", "added", "source_added") in causes(report)


def test_a_passing_failure_is_no_reject(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document that could not be read for want of memory must be read the next time."""

    def fail(*_: Any) -> Extraction:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "extract_file", fail)
        with pytest.raises(WarehouseError, match="is not refreshed .* memory"):
            refresh(raw, tmp_path / "warehouse")
    refresh(raw, tmp_path / "warehouse")
    assert query(tmp_path / "warehouse", "SELECT count(*) AS n FROM rejects") == [{"n": 0}]


def test_ids_that_trade_places_change_the_digest() -> None:
    """DuckDB's hash of several columns would give one sum for both."""
    pairs = [("92", "declaration-14"), ("118", "declaration-382")]
    swapped = [(a, b) for (a, _), (_, b) in zip(pairs, reversed(pairs), strict=True)]
    expression = re.search(r"sum\(hash\(.*number, instrument_id\)+", assemble._DIGESTS)
    assert expression
    sums = [
        duckdb.execute(
            f"SELECT {expression[0]} FROM (VALUES {str(rows)[1:-1]}) AS t(number, instrument_id)"
        ).fetchall()
        for rows in (pairs, swapped)
    ]
    assert sums[0] != sums[1]
