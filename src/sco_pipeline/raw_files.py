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
from pathlib import Path
from posixpath import splitext
from typing import NamedTuple

import yaml

from sco_pipeline.errors import RawFileError, SidecarError, UsageError
from sco_pipeline.model import FoundFile, RawFile, Reject, Sidecar

MAX_BYTES = 20_000_000
#: At the top of raw/; no documents (``corrections``, ``person_judgements``).
CORRECTIONS_FILE = "corrections.csv"
JUDGEMENTS_FILE = "person_judgements.csv"
_NO_DOCUMENTS = (CORRECTIONS_FILE, JUDGEMENTS_FILE)
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


def require_documents(raw_dir: Path) -> None:
    """Refuse what is no directory, or one in which there is nothing to read, nor to reject.

    Raises:
        UsageError: Says what to do.
    """
    _require_directory(raw_dir)
    closed: list[Reject] = []
    if not any(path not in _NO_DOCUMENTS for path, _ in _walk(raw_dir, closed)) and not closed:
        raise UsageError(f"{raw_dir} holds no documents; put .txt files there (see raw/README.md)")


def _require_directory(raw_dir: Path) -> None:
    if not raw_dir.is_dir():
        raise UsageError(f"{raw_dir} is no directory; give --raw the folder with the documents")


class RawFolder:
    """The documents under a directory, found by name at once and read one by one.

    Hidden files, README files, sidecars, ``JUDGEMENTS_FILE`` and ``CORRECTIONS_FILE`` are no
    documents. What cannot be used is a ``Reject``.

    Args:
        raw_dir: Any directory tree.
        max_bytes: Larger files are rejected unread.

    Raises:
        UsageError: ``raw_dir`` is no directory.
        OSError: A folder cannot be read now but may be later, as on a network drive that is
            away; a warehouse without it would be wrong.
    """

    def __init__(self, raw_dir: Path, max_bytes: int = MAX_BYTES) -> None:
        _require_directory(raw_dir)
        self._root = raw_dir.resolve()
        self._max_bytes = max_bytes
        self._rejects: list[Reject] = []
        self._files: dict[str, _Location] = {}
        for path, location in _walk(raw_dir, self._rejects):
            if path in self._files:  # one of them is no UTF-8, and looks like the other
                detail = "another file has this name; rename one"
                self._rejects.append(Reject(path, "", "read", "unreadable", detail))
            else:
                self._files[path] = location
        for name in _NO_DOCUMENTS:
            self._files.pop(name, None)
        split = {path: _split(path) for path in self._files}
        sidecars = sorted(p for p, (_, suffix) in split.items() if suffix in _SIDECAR_SUFFIXES)
        self._documents = sorted(split.keys() - sidecars)
        stems = {split[path][0] for path in self._documents}
        by_stem: dict[str, str] = {}
        for path in sidecars:
            stem = split[path][0]
            if stem not in stems:
                detail = "no document of this name beside it"
            elif stem in by_stem:
                detail = "a second sidecar; keep one"
            else:
                by_stem[stem] = path
                continue
            self._rejects.append(Reject(path, "", "read", "bad_sidecar", detail))
        self._sidecars = {path: by_stem.get(split[path][0]) for path in self._documents}

    def __len__(self) -> int:
        """Number of documents, usable or not."""
        return len(self._documents)

    def __iter__(self) -> Iterator[FoundFile | Reject]:
        """Read every document, in the order of their relative paths; rejected folders first.

        Raises:
            OSError: As for the folder.
        """
        yield from sorted(self._rejects, key=lambda reject: reject.path)
        for path in self._documents:
            sidecar_path = self._sidecars[path]
            sidecar: bytes | None = None
            if sidecar_path:
                found = _read_bytes(
                    sidecar_path, self._files[sidecar_path], self._root, _MAX_SIDECAR_BYTES
                )
                if isinstance(found, Reject):
                    yield replace(found, reason="bad_sidecar")
                else:
                    sidecar = found
            content = _read_bytes(path, self._files[path], self._root, self._max_bytes)
            if isinstance(content, Reject):
                yield content
                continue
            sha256 = hashlib.sha256(content).hexdigest()
            try:
                check_text_file(path, content)
            except RawFileError as error:
                yield Reject(path, sha256, error.stage, error.reason, str(error))
            else:
                yield FoundFile(path, content, sha256, sidecar_path, sidecar)


def read_found_file(found: FoundFile) -> tuple[RawFile, Reject | None]:
    """Read the sidecar of a found file; one that cannot be used is a reject, and left out."""
    sidecar, reject = Sidecar(), None
    if found.sidecar_path and found.sidecar is not None:
        try:
            sidecar = parse_sidecar(found.sidecar)
        except SidecarError as error:
            sha256 = hashlib.sha256(found.sidecar).hexdigest()
            reject = Reject(found.sidecar_path, sha256, "read", "bad_sidecar", str(error))
    return RawFile(found.path, found.content, found.sha256, sidecar), reject


def read_raw_files(raw_dir: Path, max_bytes: int = MAX_BYTES) -> Iterator[RawFile | Reject]:
    """Read every document under ``raw_dir`` with its sidecar; ``RawFolder`` says what counts."""
    for item in RawFolder(raw_dir, max_bytes):
        if isinstance(item, Reject):
            yield item
            continue
        raw, reject = read_found_file(item)
        if reject:
            yield reject
        yield raw


class _Location(NamedTuple):
    """Where a file lies on this machine."""

    path: str
    is_link: bool


def _walk(raw_dir: Path, closed: list[Reject]) -> Iterator[tuple[str, _Location]]:
    """Yield the files by their relative paths; folders not entered become rejects in ``closed``.

    Tens of thousands of files are looked at in every refresh: paths are plain strings here.
    """
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(f"{raw_dir}/{folder}") as found:
                entries = list(found)
        except OSError as error:
            if error.errno not in _LASTING_ERRORS:
                raise
            closed.append(_closed(folder, f"cannot be opened: {error.strerror or error}"))
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.is_symlink() and Path(entry.path).is_dir():
                closed.append(_closed(path, "links to folders are not followed; copy it"))
            elif entry.name.upper().startswith("README"):
                continue
            elif entry.is_symlink() or entry.is_file():  # no sockets, pipes or devices
                yield _posix(path), _Location(entry.path, entry.is_symlink())


def _closed(folder: str, detail: str) -> Reject:
    return Reject(_posix(folder) + "/", "", "read", "unreadable", detail)


def _posix(path: str) -> str:
    # A name that is no UTF-8 could not be stored in a table.
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _split(path: str) -> tuple[str, str]:
    """The path without its ending, and the ending in lower case."""
    stem, suffix = splitext(path)
    return (path, "") if suffix == "." else (stem, suffix.lower())


def _read_bytes(path: str, location: _Location, root: Path, max_bytes: int) -> bytes | Reject:
    try:
        if location.is_link and root not in Path(location.path).resolve().parents:
            return Reject(path, "", "read", "unreadable", "a link that leads out of the folder")
        with open(location.path, "rb") as stream:  # noqa: PTH123, a Path for each costs more
            # Not max_bytes: memory is taken for all that is asked for.
            size = os.fstat(stream.fileno()).st_size
            content = stream.read(min(size, max_bytes) + 1)
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


def check_text_file(path: str, content: bytes) -> None:
    """Tell whether a file is text by its name and its content.

    Raises:
        RawFileError: It is empty, of another format, or no text at all.
    """
    _, suffix = _split(path)
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
