"""Properties of the readers that hold for whatever bytes a stranger sends."""

from __future__ import annotations

import io
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sco_pipeline.codes import code_list
from sco_pipeline.errors import RawFileError
from sco_pipeline.expansion import CONTAINERS, Unpacked, container_type, unpack
from sco_pipeline.formats import detection, read_text
from sco_pipeline.limits import Limits
from sco_pipeline.model import FoundFile, RawFile, RawText, Selectors, Sidecar
from sco_pipeline.raw_files import read_raw_files
from tests.forms import FORMS, Files

ROOT = Path(__file__).resolve().parents[1]
REASONS = code_list("reject_reason_labels")
LIMITS = Limits(file_bytes=1_000_000, archive_bytes=2_000_000, archive_members=20, pdf_pages=20)
NAMES = ("a.txt", "a.md", "a.html", "a.csv", "a.pdf", "a", "a.zip")
#: Openings that lead to each reader.
OPENINGS = (
    b"", b"<html><body>", b"%PDF-1.7\n", b"From: a\r\nMIME-Version: 1.0\r\n\r\n", b"\xff\xfe",
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\r\n",
    b"PK\x03\x04", b"\x1f\x8b\x08\x00", b'{"body": "', b"id,body\n",
)  # fmt: skip
#: A sidecar that makes a corpus of whatever can be one.
CORPUS = b"corpus: {text: body, name: id}\n"


@cache
def form(name: str) -> Files:
    """One document in one form."""
    raws = [raw for raw in read_raw_files(ROOT / "raw") if isinstance(raw, RawFile)]
    return FORMS[name](raws[len(name) % len(raws)])


def read(content: bytes, name: str, sidecar: bytes | None = None) -> RawText | Unpacked:
    """Read a file as a build does: as a document, or as the documents in it."""
    found = FoundFile(name, content, sha256(content).hexdigest(), "s.yml", sidecar)
    media_type = container_type(found, LIMITS)
    if media_type is None:
        return read_text(content, name, Sidecar(), LIMITS)
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "inside", "folder")
        folder.mkdir(parents=True)
        unpacked = unpack(found, media_type, folder, LIMITS)
        assert set(Path(parent).rglob("*")) == {folder.parent, folder, *folder.iterdir()}
        assert all(item.file.parent == folder for item in unpacked.files)
        _check(unpacked, found)
        return unpacked


def _check(unpacked: Unpacked, found: FoundFile) -> None:
    """No more than allowed, and no path that leads anywhere."""
    assert len(unpacked.files) <= LIMITS.archive_members + 1
    assert sum(item.file.stat().st_size for item in unpacked.files) <= LIMITS.archive_bytes
    paths = [item.found.path for item in unpacked.files]
    assert len(set(paths)) == len(paths)
    for path in [*paths, *(reject.path for reject in unpacked.rejects)]:
        assert path == found.path or path.startswith(f"{found.path}/")
        assert not {"", ".", ".."} & set(path.split("/"))
        assert path.isprintable()


def refuse_nothing_else(content: bytes, name: str, sidecar: bytes | None = None) -> None:
    """Read; the one error allowed is a reject that says what is wrong."""
    refused = None
    try:
        read(content, name, sidecar)
    except RawFileError as error:
        refused = error
    if refused:
        assert refused.reason in REASONS
        assert refused.detail
        assert refused.stage in ("read", "decode")


@given(st.sampled_from(OPENINGS), st.binary(max_size=300), st.sampled_from(NAMES))
@example(b"", b"\x00", "a.txt")
def test_any_bytes_are_read_or_rejected(opening: bytes, rest: bytes, name: str) -> None:
    refuse_nothing_else(opening + rest, name, CORPUS if b"body" in opening else None)


edits = st.lists(
    st.tuples(
        st.floats(0, 1), st.integers(0, 40), st.sampled_from((b"", b"\x00", b"\xff" * 4, b"<<", b"-1", b"\n\n"))  # noqa: E501
    ),
    min_size=1,
    max_size=5,
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in FORMS if not name.startswith("txt")])
def test_damaged_files_are_read_or_rejected(name: str) -> None:
    (path, content), *sidecars = form(name)

    @settings(max_examples=20)
    @given(edits, st.floats(0, 1))
    def damage(places: list[tuple[float, int, bytes]], end: float) -> None:
        damaged = content
        for place, length, inserted in places:
            start = int(place * len(damaged))
            damaged = damaged[:start] + inserted + damaged[start + length :]
        refuse_nothing_else(damaged, path, sidecars[0][1] if sidecars else None)
        refuse_nothing_else(content[: int(end * len(content))], path)

    damage()


# Upper case at the start, no word of a menu: a person as lists of participants have them.
people = st.lists(
    st.from_regex(
        r"[A-Z][a-z]{3,8} [A-Z][a-z]{4,9}ov, Minister of [A-Z][a-z]{5,9}", fullmatch=True
    ),
    min_size=3,
    max_size=8,
    unique=True,
)


def _items(lines: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _numbers(lines: list[str]) -> str:
    return "<ol>" + "".join(f"<li><p>{escape(line)}</p></li>" for line in lines) + "</ol>"


def _breaks(lines: list[str]) -> str:
    return "<p>" + "<br>".join(map(escape, lines)) + "</p>"


def _rows(lines: list[str]) -> str:
    cells = (
        f"<tr><td>{'</td><td>'.join(map(escape, line.split(', ')))}</td></tr>" for line in lines
    )
    return f"<table>{''.join(cells)}</table>"


def _divs(lines: list[str]) -> str:
    return "".join(f"<div><span>{escape(line)}</span></div>" for line in lines)


@given(people, st.sampled_from((_items, _numbers, _breaks, _rows, _divs)))
def test_participants_stay_in_order(lines: list[str], markup: Callable[[list[str]], str]) -> None:
    page = (
        "<!DOCTYPE html><html><head><title>Meeting in Astana</title></head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/n'>News</a></li></ul></nav>"
        "<main><h1>Meeting in Astana</h1><p>The ministers met in Astana on 4 April 2024. Taking "
        f"part were the heads of delegations:</p>{markup(lines)}<p>They agreed to meet again, and "
        "thanked the hosts for their welcome.</p></main><footer>Contacts</footer></body></html>"
    )
    text = read_text(page.encode(), "a.html", Sidecar(), LIMITS).text
    written = [re.sub(r" \| |, ", ", ", line) for line in text.splitlines()]
    found = [line for shown in written for line in lines if line in shown]
    assert found == lines


@pytest.mark.parametrize(
    "around", ["<div hidden>{}</div>", "<table><tr><td>{}<td>b<tr><td>c<td>d</table>"]
)
def test_selectors_may_name_what_is_no_line_of_the_page(around: str) -> None:
    head = '<meta property="og:title" content="Ministers meet">'
    page = f"{head}<body>{around.format('<p class=x>The text.</p>')}<p>More.</p>"
    read = read_text(page.encode(), "a.html", Sidecar(selectors=Selectors(content=(".x",))), LIMITS)
    assert read.text == "Ministers meet\n\nThe text."


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_what_opens_like_a_mail_is_looked_at_once(end: bytes) -> None:
    """Ran for ever: each line had two ways to end."""
    content = b"A: b" + end + (b" " + end) * 100 + b"The text."
    assert detection.detect(content, "a.txt") == detection.TEXT


@pytest.mark.parametrize("year", ["99999", "999999999999", "1" * 5000])
def test_years_beyond_the_calendar(year: str) -> None:
    mail = f"MIME-Version: 1.0\nDate: Fri, 24 Jun {year} 10:00:00 +0500\n\nThe text.\n"
    assert read_text(mail.encode(), "a.eml", Sidecar(), LIMITS).metadata.published_on is None


paths = st.lists(
    st.text(st.sampled_from("ab./\\:*é\x00\n"), min_size=1, max_size=12), min_size=1, max_size=6
)


@given(paths, st.booleans())
@example(["../../x", "/etc/x", "a/../../b", "C:\\x", "a\x00b", "..", "./a"], True)
def test_names_in_archives_lead_nowhere(names: list[str], is_tar: bool) -> None:
    buffer = io.BytesIO()
    if is_tar:
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as packed:
            for name in names:
                entry = tarfile.TarInfo(name)
                entry.size = 5
                packed.addfile(entry, io.BytesIO(b"Text."))
    else:
        with zipfile.ZipFile(buffer, "w") as archive:
            # Python cuts a name at NUL when it writes a ZIP.
            for name in dict.fromkeys(name.partition("\x00")[0] for name in names):
                archive.writestr(zipfile.ZipInfo(name), b"Text.")
    content = buffer.getvalue()
    assert detection.detect(content, "a") in CONTAINERS
    refuse_nothing_else(content, "a.zip")
