"""Bytes -> media type: what a file is, by its content; its name is asked only about text."""

from __future__ import annotations

import io
import json
import re
import zipfile

from sco_pipeline.characters import looks_like_utf_16_or_32
from sco_pipeline.errors import RawFileError
from sco_pipeline.sidecars import split_path

TEXT, MARKDOWN = "text/plain", "text/markdown"
HTML, MHTML, MAIL = "text/html", "multipart/related", "message/rfc822"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ZIP, TAR, GZIP = "application/zip", "application/x-tar", "application/gzip"
CSV, JSON_LINES = "text/csv", "application/x-ndjson"
ARCHIVES = frozenset({ZIP, TAR, GZIP})
CORPORA = frozenset({CSV, JSON_LINES})

_SAMPLE = 8192
_HEAD = 1024
#: Media type -> what its first bytes are.
_SIGNATURES = {PDF: b"%PDF-", GZIP: b"\x1f\x8b"}
#: First bytes -> name of a format that is not read.
_UNSUPPORTED = {
    b"{\\rtf": "RTF",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "XZ",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
}
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ZIP_END = b"PK\x05\x06"
#: The record at the end of a ZIP file, with the longest comment.
_ZIP_TAIL = 22 + 65_535
#: A list of members longer than this is no document's.
_MAX_DIRECTORY = 1_000_000
_OFFICE = "[Content_Types].xml"
_TAR_MARK = slice(257, 262)
_BOM = b"\xef\xbb\xbf"
# Possessive and atomic throughout: what opens a comment is never tried another way.
_HTML_START = re.compile(
    r"(?:(?><\?.{0,500}?\?>)|(?><!--.{0,8192}?-->)|\s++)*+"
    r"(?:<!--|<(?:!doctype\s+html|a|address|article|aside|b|base|big|blockquote|body|br|center|div"
    r"|dl|em|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|link|main|meta|nav"
    r"|noscript|ol|p|pre|script|section|small|span|strong|style|table|tbody|td|title|tr|u|ul)"
    r"(?=[\s/>]))",
    re.IGNORECASE | re.DOTALL,
)
# Below warnings of the server, say; not where a sentence speaks of it.
_HTML_INSIDE = re.compile(
    r"(?:^|>)[ \t]*+<(?:!doctype\s+html|html|body)(?=[\s>])", re.IGNORECASE | re.MULTILINE
)
_CLOSING_TAG = re.compile(r"</[a-z][a-z0-9]{0,20}\s{0,5}>", re.IGNORECASE)
_XML_START = re.compile(r"\s*<\?xml\b|\s*<!DOCTYPE\b")
# "From: ...", and lines folded below it; in mail boxes below "From a@example.org Fri Jun 24 ..."
# Possessive throughout: what is one line is never tried as another.
_MAIL_HEAD = re.compile(
    rb"(?:From [^\n]{1,500}+\n)?+"
    rb"(?P<fields>(?:[!-9;-~]{1,76}+:[^\n]{0,2000}+\n(?:[ \t][^\n]{0,2000}+\n){0,200}+){2,}+)"
)
#: Fields that only mail programs write; those of a mail under way, of which pages have none.
_MAIL_FIELD = re.compile(
    rb"^(?:mime-version|message-id|received|return-path|content-type|x-mailer)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_TRANSPORT_FIELD = re.compile(
    rb"^(?:message-id|received|return-path|to|delivered-to)[ \t]*:", re.IGNORECASE | re.MULTILINE
)
#: Fields that press releases have too: their ending tells mails from these.
_SENDER = re.compile(rb"^from[ \t]*:", re.IGNORECASE | re.MULTILINE)
_SUBJECT_OR_DATE = re.compile(rb"^(?:subject|date)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_RELATED = re.compile(rb"^content-type[ \t]*:\s*multipart/related", re.IGNORECASE | re.MULTILINE)
#: A line of JSON longer than this is not parsed to tell what it is.
_MAX_JSON_LINE = 65_536
_JSON_LINE_START = re.compile(r'\{[ \t]*"')
# An object over several lines, or an array of objects or texts; not "[2016] ...", "{Statement}".
_JSON_START = re.compile(r'\{\s*"[^"\n]{0,200}"\s*:|\[\s*(?:\{\s*"|\[\s*["{]|"[^"\n]{0,4000}"\s*,)')
_HTML_SUFFIXES = (".htm", ".html", ".shtml", ".xhtml")
_MAIL_SUFFIXES = (".eml", ".mbox")
_CSV_SUFFIXES = (".csv", ".tsv")
_MARKDOWN_SUFFIXES = (".md", ".markdown")


def detect(content: bytes, name: str = "", is_corpus: bool = False) -> str:
    """Tell what a file is.

    Args:
        content: All of it.
        name: Its path; of text, the ending tells Markdown and CSV.
        is_corpus: Its sidecar says that it holds many documents.

    Returns:
        One of the media types of this module.

    Raises:
        RawFileError: It is empty, of a format that is not read, or no text at all.
    """
    if not content.strip():
        raise RawFileError("read", "empty", "nothing but blanks")
    head = content[:_HEAD].lstrip()
    for media_type, signature in _SIGNATURES.items():
        if head.startswith(signature) or (media_type == PDF and signature in content[:_HEAD]):
            return media_type
    if content.startswith(_ZIP_STARTS):
        return _zip_type(content)
    if content[_TAR_MARK] == b"ustar":
        return TAR
    _refuse_unsupported(content)
    if looks_like_utf_16_or_32(content):
        sample = _wide_sample(content)
        return _json_type(sample, None) or _text_type(sample, name, is_corpus)
    if b"\x00" in content[:_SAMPLE]:
        raise RawFileError("read", "binary", "the bytes are no text")
    if fields := _mail_fields(content, name):
        is_page = _RELATED.search(fields) and not _TRANSPORT_FIELD.search(fields)
        return MHTML if is_page else MAIL
    sample = content[:_SAMPLE].removeprefix(_BOM).decode("latin-1")
    return _json_type(sample, content) or _text_type(sample, name, is_corpus)


def may_be_large(head: bytes, name: str) -> bool:
    """Whether a file whose first bytes these are may hold many documents."""
    return (
        head.startswith((*_ZIP_STARTS, _SIGNATURES[GZIP]))
        or head.removeprefix(_BOM).lstrip().startswith(b"{")
        or head[_TAR_MARK] == b"ustar"
        or split_path(name)[1] in _CSV_SUFFIXES
    )


def _wide_sample(content: bytes) -> str:
    # Good enough to look for ASCII: the other bytes of each character are zeros.
    return content[: 4 * _SAMPLE].replace(b"\x00", b"").lstrip(b"\xff\xfe").decode("latin-1")


def _text_type(sample: str, name: str, is_corpus: bool) -> str:
    if is_corpus:
        return CSV
    if _HTML_START.match(sample):
        return HTML
    if _XML_START.match(sample):
        raise _unsupported("XML")
    suffix = split_path(name)[1]
    if suffix in _CSV_SUFFIXES:
        return CSV
    if suffix in _MARKDOWN_SUFFIXES:
        return MARKDOWN
    is_page = _HTML_INSIDE.search(sample) or (
        suffix in _HTML_SUFFIXES and _CLOSING_TAG.search(sample)
    )
    return HTML if is_page else TEXT


def _unsupported(name: str) -> RawFileError:
    return RawFileError("read", "unsupported_format", f"the content is {name}; save it as text")


def _refuse_unsupported(content: bytes) -> None:
    for signature, name in _UNSUPPORTED.items():
        if content.startswith(signature):
            raise _unsupported(name)
    if content.startswith(_OLE):
        if _ENCRYPTED_OFFICE in content:
            detail = "an Office file with a password; save it without one"
            raise RawFileError("read", "encrypted", detail)
        raise _unsupported("an old Office format")


def _zip_type(content: bytes) -> str:
    """Tell Word files from archives; other Office formats are refused."""
    names = _zip_names(content)
    if _OFFICE in names:
        if any(name.startswith("word/") for name in names):
            return DOCX
        raise _unsupported("an Office format other than Word")
    if "mimetype" in names:
        raise _unsupported("an OpenDocument or EPUB file")
    return ZIP


def _zip_names(content: bytes) -> frozenset[str]:
    """Names of the members; none where the list is damaged or too long for a document."""
    end = content.rfind(_ZIP_END, max(0, len(content) - _ZIP_TAIL))
    size = int.from_bytes(content[end + 12 : end + 16], "little") if end >= 0 else 0
    if not 0 < size <= _MAX_DIRECTORY:
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return frozenset(archive.namelist())
    except Exception:  # damaged in whichever way: whoever unpacks it says how
        return frozenset()


def _mail_fields(content: bytes, name: str) -> bytes:
    """The header of a mail; nothing of what is none."""
    found = _MAIL_HEAD.match(content[: 8 * _SAMPLE].removeprefix(_BOM).lstrip())
    if found is None:
        return b""
    fields = found["fields"]
    is_mail = _MAIL_FIELD.search(fields) or (
        split_path(name)[1] in _MAIL_SUFFIXES
        and _SENDER.search(fields)
        and _SUBJECT_OR_DATE.search(fields)
    )
    return fields if is_mail else b""


def _json_type(sample: str, content: bytes | None) -> str | None:
    """JSON Lines where the first line is an object; None for a text in brackets.

    Args:
        sample: Its beginning.
        content: All of it, unless its characters are wide: then its beginning must do.

    Raises:
        RawFileError: It is JSON of another form.
    """
    sample = sample.lstrip()
    if not sample.startswith(("{", "[")):
        return None
    if (content is None or _is_json_line(content)) and _JSON_LINE_START.match(sample):
        return JSON_LINES
    if _JSON_START.match(sample):
        detail = "the content is JSON; save it as JSON Lines, one object a line"
        raise RawFileError("read", "unsupported_format", detail)
    return None


def _is_json_line(content: bytes) -> bool:
    """Whether the first line that is not blank may be an object; a long one is not parsed."""
    head = content[: _SAMPLE + _MAX_JSON_LINE].removeprefix(_BOM).lstrip()
    line, end, _ = head.partition(b"\n")
    if not end and len(line) >= _MAX_JSON_LINE:
        return True
    try:
        return isinstance(json.loads(line.decode("latin-1"), strict=False), dict)
    except (ValueError, RecursionError):
        return False
