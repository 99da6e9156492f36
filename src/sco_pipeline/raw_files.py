"""raw/ -> RawFile: the only place where documents and their sidecars are read from disk.

A document may have a sidecar: a YAML file of the same stem beside it, saying where the
text is from. What cannot be used becomes a ``Reject``, so that a run never stops for one file.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path, PurePosixPath

import yaml

from sco_pipeline.errors import RawFileError, SidecarError, UsageError
from sco_pipeline.model import RawFile, Reject, Sidecar

MAX_BYTES = 20_000_000
#: At the top of raw/; no document (``person_judgements``).
JUDGEMENTS_FILE = "person_judgements.csv"
#: File name ending -> media type, for all that is read as plain text.
TEXT_MEDIA_TYPES = {
    "": "text/plain",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".text": "text/plain",
    ".txt": "text/plain",
}
_SIDECAR_SUFFIXES = (".yml", ".yaml")
_MAX_SIDECAR_BYTES = 100_000
_SIDECAR_KEYS = frozenset(field.name for field in fields(Sidecar))
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
#: First bytes -> format, for files whose name promises text and whose content is not.
_SIGNATURES = {
    b"%PDF-": "PDF",
    b"PK\x03\x04": "ZIP or an Office format",
    b"\xd0\xcf\x11\xe0": "an old Office format",
    b"{\\rtf": "RTF",
    b"\x1f\x8b": "gzip",
    b"<?xml": "XML",
}
_HTML_START = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_UTF_16_32_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_SAMPLE = 8192
#: Errors of a file itself: it is a reject. Any other, of a disk or network, ends the run.
_LASTING_ERRORS = frozenset(
    {
        errno.EACCES,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENXIO,
        errno.EPERM,
    }
)
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_raw_files(raw_dir: Path, max_bytes: int = MAX_BYTES) -> Iterator[RawFile | Reject]:
    """Read every document under ``raw_dir``, in the order of their relative paths.

    Hidden files, README files, sidecars and ``JUDGEMENTS_FILE`` are no documents. A sidecar that
    cannot be used gives a ``Reject``, ahead of all documents; its document is read without it.

    Args:
        raw_dir: Any directory tree.
        max_bytes: Larger files are rejected unread.

    Raises:
        UsageError: ``raw_dir`` is no directory.
        OSError: A file cannot be read now but may be later, as on a network drive that is away;
            a warehouse without it would be wrong.
    """
    if not raw_dir.is_dir():
        raise UsageError(f"{raw_dir} is no directory; give --raw the folder with the documents")
    root = raw_dir.resolve()
    closed: list[Reject] = []
    files = {_posix(path, raw_dir): path for path in _walk(raw_dir, closed)}
    files.pop(JUDGEMENTS_FILE, None)
    yield from sorted(closed, key=lambda reject: reject.path)
    sidecar_paths = [path for path in files if _suffix(path) in _SIDECAR_SUFFIXES]
    documents = sorted(files.keys() - sidecar_paths)
    stems = {_stem(path) for path in documents}
    sidecars: dict[str, Sidecar] = {}
    for path in sorted(sidecar_paths):
        stem = _stem(path)
        if stem not in stems:
            yield Reject(path, "", "read", "bad_sidecar", "no document of this name beside it")
        elif stem in sidecars:
            yield Reject(path, "", "read", "bad_sidecar", "a second sidecar; keep one")
        else:
            found = _read_sidecar(path, files[path], root)
            if isinstance(found, Reject):
                yield found
            sidecars[stem] = found if isinstance(found, Sidecar) else Sidecar()
    for path in documents:
        sidecar = sidecars.get(_stem(path), Sidecar())
        yield _read_document_file(path, files[path], root, sidecar, max_bytes)


def _walk(raw_dir: Path, closed: list[Reject]) -> Iterator[Path]:
    """Yield the files; folders that are not entered become rejects in ``closed``."""

    def refuse(folder: Path, detail: str) -> None:
        closed.append(Reject(_posix(folder, raw_dir) + "/", "", "read", "unreadable", detail))

    def cannot_open(error: OSError) -> None:
        if error.errno not in _LASTING_ERRORS:
            raise error
        refuse(Path(error.filename), f"cannot be opened: {error.strerror or error}")

    for folder, folders, names in os.walk(raw_dir, onerror=cannot_open):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(folder, name) for name in folders):
            if path.is_symlink():
                refuse(path, "links to folders are not followed; copy it")
        for name in names:
            path = Path(folder, name)
            if name.startswith(".") or name.upper().startswith("README"):
                continue
            if path.is_symlink() or path.is_file():  # no sockets, pipes or devices
                yield path


def _posix(path: Path, raw_dir: Path) -> str:
    relative = path.relative_to(raw_dir).as_posix()
    # A name that is no UTF-8 could not be stored in a table.
    return os.fsencode(relative).decode("utf-8", "backslashreplace")


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def _stem(path: str) -> str:
    return str(PurePosixPath(path).with_suffix(""))


def _read_bytes(path: str, location: Path, root: Path, max_bytes: int) -> bytes | Reject:
    try:
        if location.is_symlink() and root not in location.resolve().parents:
            return Reject(path, "", "read", "unreadable", "a link that leads out of the folder")
        with location.open("rb") as stream:
            content = stream.read(max_bytes + 1)
            if len(content) <= max_bytes:
                return content
            stream.seek(0)
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            detail = f"more than {max_bytes} bytes; split the file"
            return Reject(path, sha256, "read", "too_large", detail)
    except RuntimeError as error:  # a link that leads to itself, up to Python 3.12
        return Reject(path, "", "read", "unreadable", f"cannot be opened: {error}")
    except OSError as error:
        if error.errno not in _LASTING_ERRORS:
            raise
        detail = f"cannot be opened: {error.strerror or error}"
        return Reject(path, "", "read", "unreadable", detail)


def _read_document_file(
    path: str, location: Path, root: Path, sidecar: Sidecar, max_bytes: int
) -> RawFile | Reject:
    content = _read_bytes(path, location, root, max_bytes)
    if isinstance(content, Reject):
        return content
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        check_text_file(path, content)
    except RawFileError as error:
        return Reject(path, sha256, error.stage, error.reason, str(error))
    return RawFile(path, content, sha256, sidecar)


def _read_sidecar(path: str, location: Path, root: Path) -> Sidecar | Reject:
    content = _read_bytes(path, location, root, _MAX_SIDECAR_BYTES)
    if isinstance(content, Reject):
        return replace(content, reason="bad_sidecar")
    try:
        return parse_sidecar(content)
    except SidecarError as error:
        sha256 = hashlib.sha256(content).hexdigest()
        return Reject(path, sha256, "read", "bad_sidecar", str(error))


def check_text_file(path: str, content: bytes) -> None:
    """Tell whether a file is text by its name and its content.

    Raises:
        RawFileError: It is empty, of another format, or no text at all.
    """
    suffix = _suffix(path)
    if not content.strip():
        raise RawFileError("read", "empty", "nothing but blanks")
    for signature, name in _SIGNATURES.items():
        if content.startswith(signature):
            detail = f"the content is {name}; save it as text"
            raise RawFileError("read", "unsupported_format", detail)
    if _HTML_START.match(content):
        raise RawFileError("read", "unsupported_format", "the content is HTML; save it as text")
    if b"\x00" in content[:_SAMPLE] and not looks_like_utf_16_or_32(content):
        raise RawFileError("read", "binary", "the bytes are no text")
    if suffix not in TEXT_MEDIA_TYPES:
        raise RawFileError(
            "read", "unsupported_format", f"files ending in {suffix} are not read; save it as .txt"
        )


def looks_like_utf_16_or_32(content: bytes) -> bool:
    """True for a byte order mark, or zeros on one side of nearly every pair of bytes."""
    if content.startswith(_UTF_16_32_BOMS):
        return True
    sample = content[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    return half > 1 and max(even, odd) > 0.7 * half and min(even, odd) < 0.1 * half


def parse_sidecar(content: bytes) -> Sidecar:
    """Read a sidecar.

    Args:
        content: YAML: a mapping of ``source_url``, ``publisher``, ``title``,
            ``published_on`` (YYYY-MM-DD), ``language`` (BCP 47), ``licence``, ``note``; each
            optional. An empty file says nothing.

    Raises:
        SidecarError: No YAML, an unknown key or a value of the wrong type; names it.
    """
    try:
        values = yaml.load(content, Loader=_YAML_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SidecarError(f"no valid YAML: {' '.join(str(error).split())}") from error
    if values is None:
        return Sidecar()
    if not isinstance(values, dict):
        raise SidecarError("must be a list of 'key: value' lines")
    if unknown := sorted(str(key) for key in values if key not in _SIDECAR_KEYS):
        raise SidecarError(f"unknown keys {unknown}; known are {sorted(_SIDECAR_KEYS)}")
    texts: dict[str, str] = {}
    published_on: date | None = None
    for key, value in values.items():
        if value is None:
            continue
        if key == "published_on":
            published_on = _sidecar_date(value)
        elif not isinstance(value, str):
            raise SidecarError(f"{key} must be text, not {value!r}; put it in quotes")
        elif text := " ".join(value.split()):
            texts[key] = text
    if "language" in texts and not _LANGUAGE.fullmatch(texts["language"]):
        language = texts["language"]
        raise SidecarError(f"language must be a BCP 47 tag such as en or zh-Hans, not {language!r}")
    return Sidecar(published_on=published_on, **texts)


def _sidecar_date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass
    raise SidecarError(f"published_on must be a date such as 2016-04-14, not {value!r}")
