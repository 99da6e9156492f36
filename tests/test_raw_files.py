import errno
import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

from sco_pipeline.errors import UsageError
from sco_pipeline.limits import Limits
from sco_pipeline.model import RawFile, Reject, Sidecar
from sco_pipeline.raw_files import read_raw_files

TEXT = "The ministers met in Tashkent."


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(folder: Path, limits: Limits | None = None) -> dict[str, RawFile | Reject]:
    return {item.path: item for item in read_raw_files(folder, limits)}


def test_read_raw_files_order_is_that_of_paths(tmp_path):
    write(tmp_path, {"b.txt": TEXT, "a/z.txt": TEXT, "a.txt": TEXT, "a/b/c.md": TEXT})
    assert [item.path for item in read_raw_files(tmp_path)] == [
        "a.txt", "a/b/c.md", "a/z.txt", "b.txt",
    ]  # fmt: skip


def test_read_raw_files_bare_text_needs_no_sidecar(tmp_path):
    found = read(write(tmp_path, {"a.txt": TEXT}))
    content = TEXT.encode()
    assert found == {"a.txt": RawFile("a.txt", content, hashlib.sha256(content).hexdigest())}


def test_read_raw_files_sidecar_lies_beside_its_document(tmp_path):
    sidecar = "publisher: MFA\npublished_on: 2016-04-14\nlanguage: en\n"
    found = read(write(tmp_path, {"x/a.txt": TEXT, "x/a.yml": sidecar, "x/b.txt": TEXT}))
    assert sorted(found) == ["x/a.txt", "x/b.txt"]
    assert found["x/a.txt"].sidecar == Sidecar(
        publisher="MFA", published_on=date(2016, 4, 14), language="en"
    )
    assert found["x/b.txt"].sidecar == Sidecar()


def test_read_raw_files_skips_hidden_files_and_readme(tmp_path):
    write(tmp_path, {".git/x.txt": TEXT, ".a.txt": TEXT, "README.md": TEXT, "x/readme": TEXT})
    assert read(tmp_path) == {}


def test_read_raw_files_leaves_what_is_too_large(tmp_path):
    limits = Limits(file_bytes=100, archive_bytes=1000)
    zipped = b"PK\x03\x04" + b"x" * 500
    files = {"a.txt": "x" * 101, "b.txt": "x" * 100, "c.zip": zipped, "d.zip": 2 * zipped}
    found = read(write(tmp_path, files), limits)
    assert [path for path, item in found.items() if isinstance(item, RawFile)] == ["b.txt", "c.zip"]
    assert found["c.zip"].content == zipped
    for path in ("a.txt", "d.zip"):
        assert (found[path].stage, found[path].reason) == ("read", "too_large")
        assert found[path].sha256 == hashlib.sha256((tmp_path / path).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "sidecar",
    ["colour: red", "published_on: yesterday", "- a list", "title: 2016", "a: [", "language: no"],
)
def test_read_raw_files_bad_sidecar_costs_only_itself(tmp_path, sidecar):
    found = read(write(tmp_path, {"a.txt": TEXT, "a.yaml": sidecar}))
    assert isinstance(found["a.txt"], RawFile)
    assert found["a.txt"].sidecar == Sidecar()
    reject = found["a.yaml"]
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("read", "bad_sidecar")
    assert reject.sha256 == hashlib.sha256(sidecar.encode()).hexdigest()


def test_read_raw_files_reports_sidecars_without_document_or_in_excess(tmp_path):
    found = read(write(tmp_path, {"a.yml": "title: A", "b.txt": TEXT, "b.yml": "", "b.yaml": ""}))
    assert found["a.yml"].reason == "bad_sidecar"
    assert found["b.yml"].reason == "bad_sidecar"
    assert isinstance(found["b.txt"], RawFile)


def test_read_raw_files_links_stay_inside(tmp_path):
    outside = write(tmp_path / "outside", {"secret.txt": TEXT, "folder/x.txt": TEXT})
    raw = write(tmp_path / "raw", {"a.txt": TEXT})
    (raw / "inside.txt").symlink_to(raw / "a.txt")
    (raw / "leak.txt").symlink_to(outside / "secret.txt")
    (raw / "lost.txt").symlink_to(raw / "nowhere.txt")
    (raw / "linked").symlink_to(outside / "folder")
    found = read(raw)
    assert isinstance(found["inside.txt"], RawFile)
    assert found["leak.txt"].reason == "unreadable"
    assert found["lost.txt"].reason == "unreadable"
    assert "linked/x.txt" not in found


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_read_raw_files_passes_over_pipes(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    assert read(tmp_path) == {}


def test_read_raw_files_of_no_directory(tmp_path):
    with pytest.raises(UsageError, match="no directory"):
        list(read_raw_files(tmp_path / "missing"))


def test_folders_that_are_not_entered_are_rejects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw"
    (raw / "shut").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (raw / "link").symlink_to(tmp_path / "elsewhere")
    (raw / "a.txt").write_text("The parties met.", encoding="utf-8")
    scandir = os.scandir

    def refuse(path: str | Path) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = list(read_raw_files(raw))
    assert [(item.path, item.reason) for item in found if isinstance(item, Reject)] == [
        ("link/", "unreadable"),
        ("shut/", "unreadable"),
    ]
    assert [item.path for item in found if isinstance(item, RawFile)] == ["a.txt"]


def test_a_link_to_itself_is_a_reject(tmp_path: Path) -> None:
    (tmp_path / "self.txt").symlink_to("self.txt")
    [found] = read_raw_files(tmp_path)
    assert isinstance(found, Reject)
    assert found.reason == "unreadable"


def test_a_failing_disk_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("The parties met.", encoding="utf-8")

    def fail(*_: object) -> object:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("builtins.open", fail)
    with pytest.raises(OSError, match="Input/output error"):
        list(read_raw_files(tmp_path))
