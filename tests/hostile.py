"""Hostile, broken and merely odd files of every format, small, each with what is to become of it.

They fit ``LIMITS``: with larger ones, bombs would only go off later.
"""

import base64
import gzip
import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import NamedTuple

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from sco_pipeline.limits import Limits

LIMITS = Limits(
    file_bytes=3_000_000,
    archive_bytes=12_000_000,
    archive_members=200,
    archive_depth=2,
    pdf_pages=20,
    document_seconds=20.0,
    document_memory_mb=1024,
)
#: A document that is read whatever is put around it.
GOOD = (
    "Joint communiqué of the meeting of ministers\n\n"
    "The Ministers of Foreign Affairs of the SCO member states met in Tashkent on 24 June 2016. "
    "They discussed trade and agreed to fight terrorism together. "
    "The ministers welcomed the Charter of the Shanghai Cooperation Organization.\n"
)
_DOCX_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override '
    'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
_DOCX_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    + "]>"
)
_SECRET = "file:///etc/passwd"
_MAIL = "From: Press <press@example.org>\nDate: Fri, 24 Jun 2016 10:00:00 +0500\nSubject: News\n"
_XML = '<?xml version="1.0"?>'


class HostileFile(NamedTuple):
    """A file that a stranger could send.

    ``reason`` is that of its reject, whether it is lost wholly or in part; None if it is read like
    any other. ``sidecar`` is the YAML beside it.
    """

    name: str
    content: bytes
    reason: str | None
    note: str
    sidecar: bytes | None = None


@cache
def hostile_files() -> list[HostileFile]:
    """All of them, with different names."""
    groups: list[Callable[[], list[HostileFile]]] = [
        _no_texts, _other_formats, _zips, _tars, _pdfs, _docx, _html_and_xml, _mails, _corpora,
        _texts,
    ]  # fmt: skip
    return [file for group in groups for file in group()]


# Makers, for tests of single formats too


def make_zip(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.filename = name  # as it is: ZipInfo cuts names at NUL
            archive.writestr(entry, content, method)
    return stream.getvalue()


def make_tar(members: Mapping[str, bytes], mode: str = "w", **fields: object) -> bytes:
    """A tar file; ``fields`` are set on each header, such as ``type`` and ``linkname``."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            for field, value in fields.items():
                setattr(entry, field, value)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def overlapping_zip(size: int, count: int) -> bytes:
    """A ZIP of ``count`` members that share the same deflated ``size`` zeros."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflater.compress(bytes(size)) + deflater.flush()
    crc = zlib.crc32(bytes(size))
    local = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, crc, len(packed), size, 5, 0
    ) + b"a.txt"  # fmt: skip
    directory = b"".join(
        struct.pack(
            "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, crc, len(packed), size,
            8, 0, 0, 0, 0, 0, 0,
        ) + f"{i:04d}.txt".encode()
        for i in range(count)
    )  # fmt: skip
    start = len(local) + len(packed)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    return local + packed + directory + end


def nested_zip(depth: int, content: bytes) -> bytes:
    for level in range(depth):
        content = make_zip({f"{level}.zip" if level else "a.txt": content})
    return content


def make_pdf(
    text: str = GOOD, pages: int = 1, picture: bytes | None = None, password: str | None = None
) -> bytes:
    stream = io.BytesIO()
    encryption = StandardEncryption(password, canPrint=0) if password else None
    canvas = Canvas(stream, invariant=True, encrypt=encryption)
    for page in range(pages):
        if picture:
            canvas.drawImage(ImageReader(io.BytesIO(picture)), 50, 300, 400, 300)
        else:
            words = text.split(" ")
            turned = " ".join(words[page:] + words[:page])  # no line comes on two pages
            for number, line in enumerate(turned.split(". ")):
                canvas.drawString(50, 780 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def make_docx(document: str) -> bytes:
    """A Word file around an XML document."""
    return make_zip(
        {
            "[Content_Types].xml": _DOCX_TYPES.encode(),
            "_rels/.rels": _DOCX_RELATIONS.encode(),
            "word/document.xml": document.encode(),
        }
    )


def word_xml(text: str, doctype: str = "") -> str:
    paragraphs = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{line}</w:t></w:r></w:p>' for line in text.split("\n")
    )
    body = f'<w:document xmlns:w="{_W}"><w:body>{paragraphs}</w:body></w:document>'
    return f"{_XML}{doctype}{body}"


def make_png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\x00" + bytes([y * 4 % 256]) * 64 for y in range(64))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">2L5B", 64, 64, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def nested_mail(depth: int) -> bytes:
    """Multiparts inside multiparts, all closed, with the text in the innermost."""
    opened = "".join(
        f'Content-Type: multipart/mixed; boundary="b{i}"\n\n--b{i}\n' for i in range(depth)
    )
    closed = "".join(f"\n--b{i}--\n" for i in reversed(range(depth)))
    return f"{_MAIL}MIME-Version: 1.0\n{opened}\n{GOOD}{closed}".encode()


def html(body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def paragraphs() -> str:
    return "".join(f"<p>{block}</p>" for block in GOOD.split("\n\n"))


def _patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


def _random_bytes(count: int) -> bytes:
    return random.Random(4).randbytes(count)


# Groups


def _no_texts() -> list[HostileFile]:
    return [
        HostileFile("empty.txt", b"", "empty", "no byte"),
        HostileFile("blanks.txt", b" \t\r\n" * 500, "empty", "blanks only"),
        HostileFile("mark.txt", b"\xef\xbb\xbf", "empty", "byte order mark only"),
        HostileFile("zeros.txt", bytes(5000), "binary", "NULs"),
        HostileFile("noise.txt", _random_bytes(20_000), "binary", "random bytes"),
        HostileFile("noise", _random_bytes(20_000)[::-1], "binary", "random bytes, no ending"),
        HostileFile(
            "program.txt", b"\x7fELF\x02\x01\x01" + bytes(9) + _random_bytes(4000), "binary", "ELF"
        ),
        HostileFile("program.exe", b"MZ\x90\x00\x03" + _random_bytes(4000), "binary", "Windows"),
        HostileFile("sound.txt", b"ID3\x03\x00" + _random_bytes(4000), "binary", "MP3"),
        HostileFile("data.txt", b"SQLite format 3\x00" + bytes(4000), "binary", "SQLite"),
    ]


def _other_formats() -> list[HostileFile]:
    jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + _random_bytes(4000)
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    book = make_zip(
        {"[Content_Types].xml": _DOCX_TYPES.encode(), "xl/workbook.xml": b"<workbook/>"}
    )
    unsupported = partial(HostileFile, reason="unsupported_format")
    return [
        unsupported("picture.txt", make_png(), note="PNG"),
        unsupported("photo.txt", jpeg, note="JPEG"),
        unsupported("animation.gif", b"GIF89a" + _random_bytes(400), note="GIF"),
        unsupported("old.doc", ole, note="old Word"),
        unsupported("old.txt", ole + b"xls", note="old Excel with the ending of a text"),
        unsupported("letter.rtf", b"{\\rtf1\\ansi " + GOOD.encode() + b"}", note="RTF"),
        unsupported("table.docx", book, note="Excel with the ending of Word"),
        unsupported("office.odt", make_zip({"mimetype": b"application/x"}), note="OpenDocument"),
        unsupported("archive.7z", b"7z\xbc\xaf\x27\x1c" + _random_bytes(400), note="7-Zip"),
        unsupported("archive.rar", b"Rar!\x1a\x07\x00" + _random_bytes(400), note="RAR"),
        unsupported("laughs.xml", f"{_XML}{_LAUGHS}<x>&a9;</x>".encode(), note="billion laughs"),
        unsupported(
            "laughs.svg",
            f'{_XML}{_LAUGHS}<svg xmlns="http://www.w3.org/2000/svg">&a9;</svg>'.encode(),
            note="billion laughs in a picture",
        ),
        HostileFile(
            "locked.docx",
            ole + "EncryptedPackage".encode("utf-16-le") + bytes(500),
            "encrypted",
            "Word file with a password",
        ),
    ]


def _zips() -> list[HostileFile]:
    good = GOOD.encode()
    plain = make_zip({"a.txt": good})
    big = LIMITS.file_bytes + 1
    inner = make_zip({"a.txt": bytes(big // 2)})
    many = LIMITS.archive_bytes // LIMITS.file_bytes + 2
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        entry = zipfile.ZipInfo("passwd.txt")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    stored = make_zip({"a.txt": good}, zipfile.ZIP_STORED)
    unpacked = struct.pack("<L", len(good))
    unsafe = {
        "dotdot": "../../etc/cron.d/evil.txt",
        "absolute": "/etc/evil.txt",
        "drive": "C:/evil.txt",
        "backslash": "..\\evil.txt",
        "nul": "evil.txt\x00.pdf",
        "newline": "a\nb.txt",
        "long": "x" * 300 + ".txt",
    }
    rejected = [
        HostileFile(f"zip-{key}.zip", make_zip({name: good}), "unsafe_path", "name of a member")
        for key, name in unsafe.items()
    ]
    return [
        *rejected,
        HostileFile("cut.zip", plain[: len(plain) // 2], "truncated", "first half"),
        HostileFile("cut-end.zip", plain[:-30], "truncated", "a few bytes are missing"),
        HostileFile(
            "cut-inner.zip",
            make_zip({"in.zip": plain, "z.txt": good}, zipfile.ZIP_STORED)[: len(plain) + 40],
            "damaged",
            "cut off behind an inner archive, whose end looks like its own",
        ),
        HostileFile(
            "directory.zip", _patched(plain, b"PK\x01\x02", b"PK\x01\x00"), "damaged", "no list"
        ),
        HostileFile("sum.zip", _patched(stored, b"Tashkent", b"Bishkek!"), "damaged", "checksum"),
        HostileFile("noise.zip", b"PK\x03\x04" + _random_bytes(4000), "truncated", "only a start"),
        HostileFile("locked.zip", _encrypted(plain), "encrypted", "flagged as encrypted"),
        HostileFile(
            "lzma.zip", make_zip({"a.txt": good}, zipfile.ZIP_LZMA), "unsupported_format", "LZMA"
        ),
        HostileFile("bomb.zip", make_zip({"a.txt": bytes(big)}), "too_large", "one member"),
        HostileFile(
            "lying.zip",
            _patched(make_zip({"a.txt": bytes(big)}), struct.pack("<L", big), unpacked),
            "too_large",
            "a bomb that says it is small",
        ),
        HostileFile(
            "flat.zip",
            make_zip({f"{i}.txt": bytes(LIMITS.file_bytes - 1) for i in range(many)}),
            "unpacks_too_large",
            "members of allowed size, too large together",
        ),
        HostileFile("overlap.zip", overlapping_zip(big // 2, 100), "unpacks_too_large", "overlap"),
        HostileFile(
            "nested-bomb.zip",
            make_zip({f"{i}.zip": inner for i in range(20)}),
            "unpacks_too_large",
            "a bomb in each of many inner archives",
        ),
        HostileFile("deep.zip", nested_zip(40, good), "nested_too_deep", "40 archives deep"),
        HostileFile(
            "many.zip",
            make_zip({f"{i:04d}/": b"" for i in range(LIMITS.archive_members + 1)}),
            "too_many_members",
            "only folders, too many",
        ),
        HostileFile("link.zip", link.getvalue(), "link", "symbolic link to /etc/passwd"),
        HostileFile("nothing.zip", make_zip({}), "empty", "no member"),
        HostileFile("hidden.zip", make_zip({"__MACOSX/._a.txt": b"x"}), "empty", "nothing to read"),
    ]


def _encrypted(content: bytes) -> bytes:
    """Set the flag of encryption in both headers of the only member."""
    changed = bytearray(content)
    changed[content.index(b"PK\x03\x04") + 6] |= 1
    changed[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def _tars() -> list[HostileFile]:
    good = GOOD.encode()
    plain = make_tar({"a.txt": good, "b.txt": good[::-1]})
    packed = gzip.compress(plain, mtime=0)
    none = {"a.txt": b""}
    damaged = bytearray(plain)
    damaged[1024 + 150] ^= 0x55  # checksum of the second header
    huge = bytearray(plain)
    huge[124:136] = b"\x80" + b"\xff" * 11
    huge[148:156] = b"%06o\x00 " % (sum(huge[:148]) + sum(huge[156:512]) + 256)
    members = LIMITS.archive_bytes // LIMITS.file_bytes + 2
    flat = make_tar({f"{i}.txt": bytes(LIMITS.file_bytes - 1) for i in range(members)})
    long = make_tar({"x" * 250: b""} | {f"{'y' * 120}{i}": b"" for i in range(300)})
    return [
        HostileFile("dotdot.tar", make_tar({"../evil.txt": good}), "unsafe_path", "leads out"),
        HostileFile("absolute.tar", make_tar({"/etc/evil.txt": good}), "unsafe_path", "absolute"),
        HostileFile(
            "link.tar",
            make_tar(none, type=tarfile.SYMTYPE, linkname="/etc/passwd"),
            "link",
            "symbolic",
        ),
        HostileFile(
            "hard.tar.gz",
            make_tar(none, "w:gz", type=tarfile.LNKTYPE, linkname="../../etc/passwd"),
            "link",
            "hard link",
        ),
        HostileFile("device.tar", make_tar(none, type=tarfile.CHRTYPE), "link", "device"),
        HostileFile("fifo.tar", make_tar(none, type=tarfile.FIFOTYPE), "link", "pipe"),
        HostileFile("cut.tar", plain[:1300], "truncated", "in the second header"),
        HostileFile("cut.tar.gz", packed[: len(packed) // 2], "truncated", "first half"),
        HostileFile("damaged.tar", bytes(damaged), "damaged", "checksum of a header"),
        HostileFile("damaged.tar.gz", packed[:60] + bytes(9) + packed[69:], "damaged", "zeros"),
        HostileFile("huge.tar", bytes(huge), "too_large", "says it has 2**88 bytes"),
        HostileFile("names.tar.gz", gzip.compress(long), "too_many_members", "long names"),
        HostileFile("bomb.tar.gz", gzip.compress(flat, 1), "unpacks_too_large", "zeros"),
        HostileFile("bomb.gz", gzip.compress(bytes(LIMITS.file_bytes + 1)), "too_large", "zeros"),
        HostileFile(
            "deep.gz",
            gzip.compress(gzip.compress(gzip.compress(gzip.compress(good)))),
            "nested_too_deep",
            "four times",
        ),
        HostileFile("cut.gz", gzip.compress(good)[:-20], "truncated", "end missing"),
    ]


def _pdfs() -> list[HostileFile]:
    plain = make_pdf()
    return [
        HostileFile("locked.pdf", make_pdf(password="secret"), "encrypted", "needs a password"),
        HostileFile("scanned.pdf", make_pdf(picture=make_png()), "scanned", "a picture of a page"),
        HostileFile("blank.pdf", make_pdf(text=""), "no_text", "a page with nothing on it"),
        HostileFile("cut.pdf", plain[: len(plain) // 4], "damaged", "first quarter"),
        HostileFile("start.pdf", b"%PDF-1.7\n", "damaged", "first line only"),
        HostileFile("noise.pdf", b"%PDF-1.7\n" + _random_bytes(9000), "damaged", "random bytes"),
        HostileFile(
            "long.pdf", make_pdf(pages=LIMITS.pdf_pages + 5), "too_many_pages", "too many pages"
        ),
        HostileFile("pages.pdf", _looping_pdf(), "damaged", "a page tree that holds itself"),
    ]


def _looping_pdf() -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]/Parent 2 0 R>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\n%%EOF\n"
    )


def _docx() -> list[HostileFile]:
    good = make_docx(word_xml(GOOD))
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{_SECRET}">]>'
    nested = f"{'<w:sdt><w:sdtContent>' * 5000}<w:p/>{'</w:sdtContent></w:sdt>' * 5000}"
    return [
        HostileFile("cut.docx", good[: len(good) // 2], "truncated", "first half"),
        HostileFile(
            "bomb.docx",
            make_docx(word_xml(" " * LIMITS.archive_bytes)),
            "unpacks_too_large",
            "blanks",
        ),
        HostileFile(
            "laughs.docx", make_docx(word_xml("&a9;", _LAUGHS)), "damaged", "billion laughs"
        ),
        HostileFile("entity.docx", make_docx(word_xml("&e;", entity)), "damaged", "/etc/passwd"),
        HostileFile("xml.docx", make_docx("<w:document"), "damaged", "XML that does not end"),
        HostileFile(
            "deep.docx", make_docx(word_xml(GOOD).replace("<w:body>", f"<w:body>{nested}")),
            "damaged", "deep",
        ),
        HostileFile("blank.docx", make_docx(word_xml("")), "empty", "no text"),
    ]  # fmt: skip


def _html_and_xml() -> list[HostileFile]:
    entity = f'<!DOCTYPE html [<!ENTITY e SYSTEM "{_SECRET}">]>'
    laughs = _LAUGHS.replace("DOCTYPE x", "DOCTYPE html")
    return [
        HostileFile("empty.html", html(""), "empty", "no text"),
        HostileFile("script.html", html(f"<script>{GOOD}</script>"), "empty", "script only"),
        HostileFile(
            "deep.html", html("<div>" * 100_000 + paragraphs()), None, "100,000 elements deep"
        ),
        HostileFile(
            "entity.html", f"{entity}<html><body>{paragraphs()}<p>&e;</p></body></html>".encode(),
            None, "asks for /etc/passwd",
        ),
        HostileFile(
            "laughs.html", f"{laughs}<html><body>{paragraphs()}<p>&a9;</p></body></html>".encode(),
            None, "billion laughs",
        ),
        HostileFile(
            "address.html",
            html(paragraphs(), f'<base href="{_SECRET}"><link rel="canonical" href="{_SECRET}">'
                 '<meta http-equiv="refresh" content="0;url=http://127.0.0.1/">'),
            None, "addresses that must not be followed",
        ),
        HostileFile(
            "attributes.html", html(f"<p {'a=1 ' * 200_000}>x</p>{paragraphs()}"), None,
            "200,000 attributes",
        ),
        HostileFile(
            "rows.html", html(f"<table>{'<tr><td>of the<td>2' * 5000}</table>{paragraphs()}"), None,
            "cells that are never closed",
        ),
        HostileFile(
            "json.html",
            html(paragraphs(), f'<script type="application/ld+json">{"[" * 100_000}</script>'),
            None, "JSON that nests 100,000 deep",
        ),
    ]  # fmt: skip


def _mails() -> list[HostileFile]:
    mime = f"{_MAIL}MIME-Version: 1.0\n"
    attached = (
        f'{mime}Content-Type: multipart/mixed; boundary="x"\n\n--x\n\n{GOOD}\n--x\n'
        'Content-Type: application/zip; name="../../evil.zip"\nContent-Transfer-Encoding: base64\n'
        f"Content-Disposition: attachment\n\n"
        f"{base64.encodebytes(make_zip({'../evil.txt': b'x'})).decode()}\n--x--\n"
    )
    mhtml = (
        f'{mime}Content-Type: multipart/related; type="text/html"; boundary="x"\n\n--x\n'
        f"Content-Type: text/html\n\n{html(paragraphs()).decode()}\n--x--\n"
    )
    many = f"{mime}Content-Type: multipart/mixed; boundary=x\n\n"
    messages = "".join("Content-Type: message/rfc822\n\nSubject: x\n" for _ in range(200))
    return [
        HostileFile("none.eml", f"{mime}\n \n".encode(), "empty", "no text"),
        HostileFile("deep.eml", nested_mail(10_000), "nested_too_deep", "10,000 parts deep"),
        HostileFile("messages.eml", f"{mime}{messages}\n{GOOD}".encode(), "nested_too_deep", "200"),
        HostileFile(
            "cut.eml", attached[: attached.index("application/zip")].encode(), "truncated", "cut"
        ),
        HostileFile("attached.eml", attached.encode(), "unsafe_path", "in an attached archive"),
        HostileFile(
            "parameters.eml",
            f"{mime}Content-Type: text/plain{';' * 1_000_000}\n\n{GOOD}".encode(),
            None,
            "a million parameters",
        ),
        HostileFile(
            "header.eml", (mime + "X-Y: z\n" * 200_000 + f"\n{GOOD}").encode(), None,
            "200,000 lines of header",
        ),
        HostileFile(
            "charset.eml",
            f"{mime}Content-Type: text/plain; charset=punycode\n\n{GOOD}".encode(),
            None,
            "a character set that takes quadratic time",
        ),
        HostileFile(
            "parts.eml",
            (many + "--x\n\nMore.\n" * 20_000 + "--x--\n").encode(),
            "too_many_members",
            "20,000 parts",
        ),
        HostileFile(
            "deep.mhtml",
            nested_mail(10_000).replace(b"multipart/mixed", b"multipart/related"),
            "empty",
            "10,000 parts deep, so that no page is found",
        ),
        HostileFile("cut.mhtml", mhtml[:-60].encode(), "truncated", "cut in the page"),
    ]  # fmt: skip


def _corpora() -> list[HostileFile]:
    mapping = b"corpus: {text: body, name: id}\n"
    line = f'{{"id": 1, "body": "{GOOD[46:-1]}"}}\n'
    lines = f'{line}{{"id": 2, "bo\n'
    return [
        HostileFile("plain.csv", f'id,body\n1,"{GOOD}"\n'.encode(), "no_mapping", "no sidecar"),
        HostileFile("plain.jsonl", lines.encode(), "no_mapping", "no sidecar"),
        HostileFile("column.csv", b"id,text\n1,x\n", "no_mapping", "no such column", mapping),
        HostileFile("broken.jsonl", lines.encode(), "bad_row", "a line cut off", mapping),
        HostileFile(
            "deep.jsonl", (line + "[" * 100_000).encode(), "bad_row",
            "JSON that nests 100,000 deep", mapping,
        ),
        HostileFile(
            "quote.csv", f'id,body\n1,"{GOOD}"\n2,"never closed\n'.encode() + b"a,b,c\n" * 1000,
            "bad_row", "a quote that is never closed", mapping,
        ),
        HostileFile(
            "cell.csv", b'id,body\n1,"' + b"The " * 800_000 + b'"\n', "too_large", "one huge cell",
            mapping,
        ),
    ]  # fmt: skip


def _texts() -> list[HostileFile]:
    good = GOOD.encode()
    french = (
        "Les ministres des affaires étrangères des États membres se sont réunis à Tachkent. Ils "
        "ont examiné la situation dans la région et sont convenus de renforcer leur coopération. "
    )
    kazakh = (
        "Сыртқы істер министрлері Ташкентте кездесті. Олар өңірдегі жағдайды талқылап, "
        "ынтымақтастықты нығайтуға келісті. "
    )
    arabic = "اجتمع وزراء الخارجية في طشقند وناقشوا الوضع في المنطقة واتفقوا على تعزيز التعاون. "
    baits = {
        "spaces": " " * 2_000_000 + "x",
        "tabs": "of the\t" * 100_000,
        "brackets": "(" * 100_000 + ")" * 100_000,
        "commas": "," * 500_000,
        "capitals": "A" * 300_000,
        "names": "Mr. A. B. of the " * 5_000,
        "quotes": "“" * 200_000,
        "digits": "1" * 500_000,
        "dates": "24-25-26-27 June of the " * 5_000,
        "dashes": "-" * 500_000,
        "line": "The minister said that the minister said that " * 300,
        "lines": "a\n" * 200_000,
        "entities": "&amp;" * 200_000,
        "accents": "e" + "\u0301" * 20_000,
        "lists": "1.1.1.1.1.1) of the " * 5_000,
    }
    return [
        HostileFile("french.txt", (french * 5).encode(), "unsupported_language", "French"),
        HostileFile("kazakh.txt", (kazakh * 5).encode(), "unsupported_language", "Kazakh"),
        HostileFile("arabic.txt", (arabic * 5).encode(), "unsupported_language", "Arabic"),
        HostileFile(
            "utf-16.txt", b"\xff\xfe" + good[:300] + b"\x00\xd8x", "undecodable", "half a character"
        ),
        HostileFile("utf-32.txt", b"\xff\xfe\x00\x00" + good[:301], "undecodable", "no UTF-32"),
        HostileFile(
            "menu.txt", b"Share\nPrint\nRead also\n\n12\n", "no_sentence", "furniture only"
        ),
        HostileFile("large.txt", good * (LIMITS.file_bytes // len(good) + 1), "too_large", "text"),
        *(
            HostileFile(f"bait-{key}.txt", f"{GOOD}\n{bait}\n".encode(), None, "for bad patterns")
            for key, bait in baits.items()
        ),
        HostileFile("a line\nbreak.txt", good + b"One.\n", None, "a line break in its name"),
        HostileFile(f"{'n' * 240}.txt", good + b"Two.\n", None, "a long name"),
        HostileFile("\u202etxt.exe", good + b"Three.\n", None, "a name that reads backwards"),
        HostileFile("ends.txt", good.replace(b"\n", b"\r"), None, "line ends of an old Mac"),
    ]
