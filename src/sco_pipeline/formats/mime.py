"""MIME messages (mails, saved pages) -> their parts, in time linear in their length.

The standard library reads the headers; the parts are cut out here, as its parser calls itself
for each part inside a part, and tries every line against every boundary around it.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import HeaderParser

from sco_pipeline.characters import decode
from sco_pipeline.errors import RawFileError
from sco_pipeline.model import Loss

_MAX_HEAD = 250_000
_MAX_VALUE = 8_000
_MAX_PARAMETERS = 2_000
_MAX_DEPTH = 10
_MAX_PARTS = 1_000
_BLANK_LINE = re.compile(rb"(?:\A|\n)\r?\n")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
#: Codecs that are no character sets, or take quadratic time.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
#: Character set -> the one of which it is a part, and which is often meant.
_WIDER = {"ascii": "utf-8", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message, or all of it.

    Attributes:
        headers: Its header.
        media_type: In lower case.
        charset: As declared.
        file_name: As declared.
        is_attachment: Declared to be no part of the text.
        content: Decoded bytes; of a part with ``parts``, nothing.
        parts: The parts inside; of ``message/rfc822``, the message.
    """

    headers: Message
    media_type: str
    charset: str | None = None
    file_name: str | None = None
    is_attachment: bool = False
    content: bytes = b""
    parts: list[Part] = field(default_factory=list)

    @property
    def is_divided(self) -> bool:
        """Whether it consists of parts; a mail inside is no part of this one's text."""
        return self.media_type.startswith("multipart/")

    def parameter(self, name: str) -> str:
        """A parameter of the content type, in lower case; "" if there is none."""
        return (_parameter(self.headers, name) or "").lower()

    def header(self, name: str) -> str:
        """A field of the header as people read it, on one line; "" if there is none."""
        return readable(str(self.headers.get(name, "")))


def read_mime(content: bytes) -> tuple[Part, list[Loss]]:
    """Take a message apart.

    Returns:
        The message, and what of it is missing.
    """
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    reader = _Reader()
    return reader.read(content, "text/plain", 0), list(reader.losses.values())


class _Reader:
    def __init__(self) -> None:
        self.losses: dict[str, Loss] = {}
        self._count = 0

    def read(self, content: bytes, default_type: str, depth: int) -> Part:
        self._count += 1
        blank = _BLANK_LINE.search(content)
        head, body = (content[: blank.start()], content[blank.end() :]) if blank else (content, b"")
        headers = HeaderParser().parsestr(_decode_head(head[:_MAX_HEAD]))
        headers.set_default_type(default_type)
        for name in ("content-type", "content-disposition"):
            # Parameters of a header are looked through in quadratic time.
            if len(str(headers.get(name, ""))) > _MAX_PARAMETERS:
                headers.replace_header(name, str(headers[name])[:_MAX_PARAMETERS])
        media_type = headers.get_content_type()
        if headers.get_content_maintype() == "multipart":
            return Part(headers, media_type, parts=self._split(headers, body, depth))
        encoding = str(headers.get("content-transfer-encoding", "")).strip().lower()
        body = _transfer_decoded(body, encoding)
        file_name = _file_name(headers)
        is_attachment = headers.get_content_disposition() == "attachment"
        parts: list[Part] = []
        if media_type == "message/rfc822" and self._is_within(depth):
            parts.append(self.read(body, "text/plain", depth + 1))
        return Part(
            headers,
            media_type,
            _parameter(headers, "charset"),
            file_name,
            is_attachment,
            body,
            parts,
        )

    def _split(self, headers: Message, body: bytes, depth: int) -> list[Part]:
        boundary = (_parameter(headers, "boundary") or "").rstrip()
        if not boundary:
            self._lose("damaged", "a part of it does not say where its parts end")
            return []
        if not self._is_within(depth):
            return []
        default_type = "text/plain"
        if headers.get_content_subtype() == "digest":
            default_type = "message/rfc822"
        delimiter = re.compile(
            rb"^--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*\r?$",
            re.MULTILINE,
        )
        parts: list[Part] = []
        start: int | None = None
        for found in delimiter.finditer(body):
            if start is not None:
                parts.append(self.read(body[start : found.start()], default_type, depth + 1))
            start = found.end() + 1
            if found[1]:
                return parts
            if self._count >= _MAX_PARTS:
                self._lose(
                    "too_many_members", f"more than {_MAX_PARTS} parts; the rest is not read"
                )
                return parts
        self._lose("truncated", "the end is missing; save or fetch it again")
        if start is not None:
            parts.append(self.read(body[start:], default_type, depth + 1))
        return parts

    def _is_within(self, depth: int) -> bool:
        if depth >= _MAX_DEPTH:
            detail = f"parts inside parts, more than {_MAX_DEPTH} deep; what is deeper is not read"
            self._lose("nested_too_deep", detail)
        return depth < _MAX_DEPTH

    def _lose(self, reason: str, detail: str) -> None:
        self.losses.setdefault(reason, Loss(reason, detail))


def _decode_head(head: bytes) -> str:
    try:
        return decode(head)
    except RawFileError:
        return head.decode("latin-1")


def _transfer_decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        digits = _NOT_BASE64.sub(b"", body)
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    return quopri.decodestring(body) if encoding == "quoted-printable" else body


def _parameter(headers: Message, name: str) -> str | None:
    try:
        value = headers.get_param(name)
    except (LookupError, TypeError, ValueError):
        return None
    if isinstance(value, tuple):  # RFC 2231: character set, language, value
        return _chunk(value[2].encode("latin-1", "replace"), value[0] or "latin-1")
    return value


def _file_name(headers: Message) -> str | None:
    try:
        name = headers.get_filename()
    except (LookupError, TypeError, ValueError):
        return None
    return readable(name) if name else None


def readable(value: str) -> str:
    """Decode what RFC 2047 encodes in a header's value; blanks become single."""
    value = value[:_MAX_VALUE]
    try:
        chunks = decode_header(value)
    except (HeaderParseError, ValueError):
        return " ".join(value.split())
    return " ".join("".join(_chunk(*chunk) for chunk in chunks).split())


def _chunk(chunk: str | bytes, charset: str | None) -> str:
    if isinstance(chunk, str):
        return chunk
    try:
        # What is not encoded comes back in this way, where anything is.
        return decode_charset(chunk, charset) if charset else chunk.decode("raw-unicode-escape")
    except (RawFileError, UnicodeDecodeError):
        return chunk.decode("latin-1")


def decode_charset(content: bytes, charset: str | None) -> str:
    """Decode by the declared character set; where it is unknown or does not fit, by the bytes.

    Raises:
        RawFileError: No character set fits.
    """
    try:
        known = codecs.lookup((charset or "").strip()).name
        if known not in _NO_CHARSETS:
            return content.decode(_WIDER.get(known, known))
    except (LookupError, ValueError):
        pass
    return decode(content)
