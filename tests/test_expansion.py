"""Archives, mails and corpora under raw/, through a whole build."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sco_pipeline import expansion, pipeline
from sco_pipeline.gates import GateSettings
from sco_pipeline.limits import Limits
from sco_pipeline.settings import Settings
from sco_pipeline.workers import Steps

TEXT = "The foreign ministers of the SCO member states met in Tashkent and discussed terrorism."
LENIENT = GateSettings(max_reject_share=1, max_row_drop=1, max_unresolved_share=1)


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def mail(attachment: bytes) -> bytes:
    message = EmailMessage()
    message["From"] = "Press service <press@example.org>"
    message["Subject"] = "Statement"
    message["Message-ID"] = "<1@example.org>"
    message.set_content(f"{TEXT} This is the mail.\n")
    message.add_attachment(attachment, "application", "zip", filename="annex.zip")
    return message.as_bytes()


def build(
    folder: Path, files: dict[str, str | bytes], workers: int = 0, **limits: Any
) -> tuple[dict[str, dict[str, Any]], dict[str, list[tuple[str, str]]]]:
    """Documents by path, and rejects by path."""
    for name, content in files.items():
        path = folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    settings = Settings(workers=workers, gates=LENIENT, limits=Limits(**limits))
    pipeline.build(folder / "raw", folder / "warehouse", settings)
    current = folder / "warehouse" / "current"
    rejects: dict[str, list[tuple[str, str]]] = {}
    for row in pq.read_table(current / "rejects").to_pylist():
        rejects.setdefault(row["path"], []).append((row["reason"], row["detail"]))
    assert not list((folder / "warehouse").glob(".unpacked*"))
    return {row["path"]: row for row in pq.read_table(current / "documents").to_pylist()}, rejects


@pytest.mark.parametrize("workers", [0, 1])
def test_members_are_documents_with_sidecars(tmp_path: Path, workers: int) -> None:
    inner = zipped({"c.txt": f"{TEXT} The third."})
    archive = zipped(
        {
            "b.txt": f"{TEXT} The second.",
            "press/a.txt": f"{TEXT} The first.",
            "press/a.yml": "publisher: Own\npublished_on: 2016-04-15\n",
            "inner.zip": inner,
            "lost.yml": "publisher: Nobody\n",
        }
    )
    shared = "publisher: Shared\nsource_url: https://example.org/\ntitle: Of the archive\n"
    documents, rejects = build(tmp_path, {"x.zip": archive, "x.yml": shared}, workers)
    assert {path: row["publisher"] for path, row in documents.items()} == {
        "x.zip/b.txt": "Shared",
        "x.zip/inner.zip/c.txt": "Shared",
        "x.zip/press/a.txt": "Own",
    }
    assert {row["source_url"] for row in documents.values()} == {"https://example.org/"}
    assert "Of the archive" not in {row["title"] for row in documents.values()}
    assert rejects == {"x.zip/lost.yml": [("bad_sidecar", "no document of this name beside it")]}


def test_a_mail_is_a_document_and_holds_others(tmp_path: Path) -> None:
    documents, rejects = build(
        tmp_path, {"m.eml": mail(zipped({"a.txt": TEXT})), "m.yml": "publisher: Ministry\n"}
    )
    assert {path: row["publisher"] for path, row in documents.items()} == {
        "m.eml": "Ministry",
        "m.eml/annex.zip/a.txt": "Ministry",
    }
    assert rejects == {}


def test_what_an_archive_says_reaches_the_innermost(tmp_path: Path) -> None:
    corpus = f"id,body\n1,{TEXT}\n"
    inner = {"s.csv": corpus, "s.yml": "corpus: {text: body}\nlanguage: en\n"}
    inner |= {"m.eml": mail(zipped({"a.txt": f"{TEXT} A."})), "m.yml": "note: hello\n"}
    documents, _ = build(tmp_path, {"a.zip": zipped(inner), "a.yml": "publisher: Ministry\n"})
    assert len(documents) == 3
    assert {row["publisher"] for row in documents.values()} == {"Ministry"}


def test_a_bad_sidecar_of_many_documents_is_reported_once(tmp_path: Path) -> None:
    documents, rejects = build(
        tmp_path,
        {
            "a.zip": zipped({"a.txt": TEXT, "b.txt": f"{TEXT} B."}),
            "a.yml": "publisher: [x",
            "c.csv": "body\nx\n",
            "c.yml": "corpus: {text: body}\nfoo: 1\n",
            "m.eml": mail(zipped({"c.txt": f"{TEXT} C."})),
            "m.yml": "foo: 1\n",
        },
    )
    assert len(documents) == 4
    assert {path: [reason for reason, _ in found] for path, found in rejects.items()} == {
        "a.yml": ["bad_sidecar"],
        "c.yml": ["bad_sidecar"],
        "m.yml": ["bad_sidecar"],
    }


def test_names_are_told_apart(tmp_path: Path) -> None:
    """An attachment and a member beside its mail can have one path."""
    files = {"m.eml": mail(zipped({"a.txt": TEXT})), "m.eml/annex.zip/a.txt": f"{TEXT} Another."}
    documents, rejects = build(tmp_path, {"a.zip": zipped(files)})
    assert len(documents) == 3
    assert rejects == {}


def test_rows_of_a_corpus_are_documents(tmp_path: Path) -> None:
    rows = f'id,body,day\none,"{TEXT}",2016-04-15\ntwo,"{TEXT} Again.",\nthree,,\n'
    sidecar = (
        "licence: CC0-1.0\npublisher: Library\ncorpus: {text: body, name: id, published_on: day}"
    )
    documents, rejects = build(tmp_path, {"c.csv": rows, "c.yml": sidecar, "d.csv": rows})
    assert {path: str(row["published_on"]) for path, row in documents.items()} == {
        "c.csv/one.txt": "2016-04-15",
        "c.csv/two.txt": "None",
    }
    assert {row["publisher"] for row in documents.values()} == {"Library"}
    assert [reason for reason, _ in rejects["c.csv"]] == ["empty"]
    assert [reason for reason, _ in rejects["d.csv"]] == ["no_mapping"]
    assert "sidecar" in rejects["d.csv"][0][1]


def test_limits_hold_for_all_that_is_inside(tmp_path: Path) -> None:
    many = {f"{number}.txt": f"{TEXT} {number}" for number in range(5)}
    nested = zipped({"1.zip": zipped({"2.zip": zipped({"a.txt": TEXT})}), "b.txt": f"{TEXT} B."})
    documents, rejects = build(
        tmp_path,
        {
            "many.zip": zipped(many),
            "large.zip": zipped({"a.txt": "x " * 5000, "b.txt": f"{TEXT} Small."}),
            "nested.zip": nested,
        },
        archive_members=3,
        archive_depth=2,
        file_bytes=5000,
    )
    assert sum(path.startswith("many.zip/") for path in documents) == 3
    assert [reason for reason, _ in rejects["many.zip"]] == ["too_many_members"]
    assert "large.zip/b.txt" in documents
    assert [reason for reason, _ in rejects["large.zip"]] == ["too_large"]
    assert "nested.zip/b.txt" in documents
    assert [reason for reason, _ in rejects["nested.zip"]] == ["nested_too_deep"]


def test_a_mail_at_the_limit_is_kept(tmp_path: Path) -> None:
    """It is no file of those it holds: the limit is theirs."""
    documents, rejects = build(
        tmp_path, {"m.eml": mail(zipped({"a.txt": TEXT})), "b.txt": TEXT}, archive_members=1
    )
    assert {"b.txt", "m.eml"} <= documents.keys()
    assert [reason for reason, _ in rejects["m.eml/annex.zip"]] == ["too_many_members"]


def test_an_archive_that_hangs_is_one_reject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that unpacks is ended, and the refresh goes on."""
    bomb = b"\x1f\x8b\x08" + b"not really"
    monkeypatch.setattr(pipeline, "_unpack_one", _hang)
    documents, rejects = build(
        tmp_path, {"a.gz": bomb, "b.txt": TEXT}, workers=1, document_seconds=4.0
    )
    assert rejects == {"a.gz": [("timeout", "not done in 4 seconds")]}
    assert list(documents) == ["b.txt"]


def _hang(*_: object) -> Steps[expansion.Unpacked]:
    yield
    while True:
        pass
