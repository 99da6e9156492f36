"""What a file is, by its content."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.errors import RawFileError
from sco_pipeline.formats.detection import (
    CSV,
    DOCX,
    GZIP,
    HTML,
    JSON_LINES,
    MAIL,
    MARKDOWN,
    MHTML,
    PDF,
    TAR,
    TEXT,
    ZIP,
    detect,
)  # fmt: skip

RELATED = "Content-Type: multipart/related;\n boundary=x\n\n"
SENTENCE = "The ministers met in Tashkent."
MAIL_HEAD = "Received: by mx; 1 Jan 2020\nFrom: a@example.org\nSubject: Statement\n"


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, SENTENCE)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (SENTENCE, "a.pdf", TEXT),
        (SENTENCE, "a", TEXT),
        (SENTENCE.encode("utf-16"), "a.txt", TEXT),
        (SENTENCE.encode("utf-16-be"), "a.txt", TEXT),
        (f"# Statement\n{SENTENCE}", "a.MD", MARKDOWN),
        ("%PDF-1.7\n...", "a.txt", PDF),
        ("\n\n%PDF-1.7\n...", "a.txt", PDF),
        (zipped("a.txt"), "a.txt", ZIP),
        (b"PK\x03\x04 cut off", "a.docx", ZIP),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.zip", DOCX),
        (tarred(), "a", TAR),
        (b"\x1f\x8b\x08...", "a", GZIP),
        ("<!DOCTYPE html>\n<html></html>", "a.txt", HTML),
        ("\ufeff  <!-- saved -->\n<!-- twice -->\n<HTML lang=en>", "a.txt", HTML),
        ("<!DOCTYPE html>\n<html></html>".encode("utf-16"), "a.txt", HTML),
        ('<?xml version="1.0"?><html xmlns="x">', "a.xml", HTML),
        (f"<p>{SENTENCE}</p>", "a.txt", HTML),
        (f"< {SENTENCE}", "a.html", TEXT),
        (f"Report\n\n{SENTENCE}</p>", "a.HTM", HTML),
        (f"Report\n\n{SENTENCE}</p>", "a.txt", TEXT),
        (f"<b>Report</b><br>{SENTENCE}", "a.txt", HTML),
        (f"<script>a</script><link rel=x><header>{SENTENCE}", "a", HTML),
        ("<br />\n<b>Warning</b>: x()\n<!DOCTYPE html>", "a.txt", HTML),
        ("Warning: x() in y\n\n  <!DOCTYPE html>\n<html>", "a.txt", HTML),
        (f"<x-y a=b><body class=c>{SENTENCE}", "a.txt", HTML),
        (f"<!-- {'saved ' * 500}-->\n<html>", "a.txt", HTML),
        (f"<!-- {'saved ' * 5000}-->\n<html>", "a.txt", HTML),
        (f"Pages open with <html> or <!DOCTYPE html>. {SENTENCE}", "a.txt", TEXT),
        (f"# Statement\n\n<html>\n\n{SENTENCE}", "a.md", MARKDOWN),
        (f"<a@example.org> wrote: {SENTENCE}", "a.txt", TEXT),
        (f"{MAIL_HEAD}\n{SENTENCE}", "a.txt", MAIL),
        (f"From: <Saved by Blink>\n{RELATED}", "a.txt", MHTML),
        (f"{MAIL_HEAD}{RELATED}", "a.mht", MAIL),
        (f"From: a@example.org\nTo: b@example.org\n{RELATED}", "a.txt", MAIL),
        (f"To: all\nFrom: the press service\nDate: today\n\n{SENTENCE}", "a.txt", TEXT),
        (f"To: all\nFrom: the press service\nDate: today\n\n{SENTENCE}", "a.eml", MAIL),
        (f"To: all\nDate: today\n\n{SENTENCE}", "a.eml", TEXT),
        (f"From a@example.org Fri Jun 24 10:00:00 2016\n{MAIL_HEAD}\n{SENTENCE}", "a", MAIL),
        (f"From Tashkent\nDate: today\nPlace: here\n\n{SENTENCE}", "a.mbox", TEXT),
        (json.dumps({"text": SENTENCE}) + "\n", "a.txt", JSON_LINES),
        ('\n\r\n{"text": "Statement"}\n{"text": "b"}\n', "a.csv", JSON_LINES),
        ('{"text": "Министры"}\n{"text": "b"}\n'.encode("cp1251"), "a.txt", JSON_LINES),
        ('{"text": "Министры"}\n{"text": "b"}\n'.encode("utf-16"), "a.txt", JSON_LINES),
        ('\n{"text": "Statement"}\n'.encode("utf-16-be"), "a.csv", JSON_LINES),
        ('{"text": "' + "a" * 100_000 + '"}\n{"text": "b"}\n', "a.txt", JSON_LINES),
        ('{"text": ' + "[" * 100_000, "a.txt", JSON_LINES),
        ("{Statement}\n" + SENTENCE, "a.jsonl", TEXT),
        ("[Title] Joint statement\n" + SENTENCE, "a", TEXT),
        ("[2016]", "a", TEXT),
        ("[2016] " + SENTENCE, "a", TEXT),
        ('["Statement"]\n' + SENTENCE, "a", TEXT),
        ("id,text\n1,Statement", "a.csv", CSV),
    ],
)
def test_detect(content: str | bytes, name: str, media_type: str) -> None:
    assert detect(content if isinstance(content, bytes) else content.encode(), name) == media_type


def test_a_corpus_is_what_its_sidecar_says() -> None:
    assert detect(b"id|text\n1|Statement", "a.txt", is_corpus=True) == CSV


@pytest.mark.parametrize(
    ("content", "reason", "named"),
    [
        (b"", "empty", "blanks"),
        (b" \n\t\r\n", "empty", "blanks"),
        (b"abc\x00\x01\x02\x03\xff\x00defgh", "binary", "no text"),
        (b"{\\rtf1 ...}", "unsupported_format", "RTF"),
        (b"7z\xbc\xaf\x27\x1c....", "unsupported_format", "7-Zip"),
        (b"\x89PNG....", "unsupported_format", "picture"),
        (b"\xd0\xcf\x11\xe0....", "unsupported_format", "old Office"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "encrypted", "password"),
        (b'<?xml version="1.0"?><rss/>', "unsupported_format", "XML"),
        (b'[{"text": "Statement"}]', "unsupported_format", "JSON Lines"),
        (b'{\n  "text": "Statement"\n}', "unsupported_format", "JSON Lines"),
        (b'{"rows": [\n  {"text": "Statement"}]}', "unsupported_format", "JSON Lines"),
        ('[\n  {"text": "Statement"}\n]'.encode("utf-16"), "unsupported_format", "JSON Lines"),
        (b'[{"text": 1},' + b"[" * 100_000, "unsupported_format", "JSON Lines"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "unsupported_format", "Office"),
        (zipped("mimetype", "content.xml"), "unsupported_format", "OpenDocument"),
    ],
)
def test_what_is_not_read(content: bytes, reason: str, named: str) -> None:
    with pytest.raises(RawFileError, match=named) as error:
        detect(content)
    assert (error.value.stage, error.value.reason) == ("read", reason)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes(content: bytes) -> None:
    reason = ""
    try:
        detect(content, "a.txt")
    except RawFileError as error:
        reason = error.reason
    assert reason in {"", "empty", "binary", "unsupported_format"}


def test_json_is_not_parsed_whole_to_tell_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    monkeypatch.setattr(json, "loads", lambda text, **_: parsed.append(len(text)) or {})
    for content in (b'{"a": [' + b"{}," * 100_000, b"[" + b'{"a": 1},\n' * 100_000):
        with contextlib.suppress(RawFileError):
            detect(content)
    assert all(length <= 80_000 for length in parsed)


def test_comments_before_a_page_are_gone_through_once() -> None:
    """Trying all ways to pair what opens and closes them would take for ever."""
    assert detect(b"<!---->" * 1100 + b"Statement") == TEXT


@pytest.mark.parametrize(
    "start", ["<", "<!--", "<?", "<!doctype", '{"', "[", "[{", "From ", "a: ", ">"]
)
def test_repeated_starts_are_gone_through_once(start: str) -> None:
    for end in ("", "\n", " " * 9000):
        with contextlib.suppress(RawFileError):
            detect((start * 30_000 + end + SENTENCE).encode(), "a.html")
