"""raw/ -> RawFile: the only place where documents and their sidecars are read from disk.

A document may have a sidecar: a YAML file of the same stem beside it, saying where the
text is from. What cannot be used becomes a ``Reject``, so that a run never stops for one file.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sco_pipeline.errors import SidecarError, UsageError
from sco_pipeline.formats.detection import may_be_large
from sco_pipeline.limits import Limits
from sco_pipeline.model import FoundFile, RawFile, Reject, Sidecar
from sco_pipeline.sidecars import MAX_BYTES, pair, parse_sidecar, with_defaults

#: At the top of raw/; no documents (``corrections``, ``person_judgements``, ``collecting``).
CORRECTIONS_FILE = "corrections.csv"
JUDGEMENTS_FILE = "person_judgements.csv"
SOURCES_FILE = "sources.yaml"
_NO_DOCUMENTS = (CORRECTIONS_FILE, JUDGEMENTS_FILE, SOURCES_FILE)
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


def require_documents(raw_dir: Path) -> None:
    """Refuse what is no directory, or one in which there is nothing to read, nor to reject.

    Raises:
        UsageError: Says what to do.
    """
    _require_directory(raw_dir)
    closed: list[Reject] = []
    if not any(path not in _NO_DOCUMENTS for path, _ in _walk(raw_dir, closed)) and not closed:
        raise UsageError(f"{raw_dir} holds no documents; put files there (see raw/README.md)")


def _require_directory(raw_dir: Path) -> None:
    if not raw_dir.is_dir():
        raise UsageError(f"{raw_dir} is no directory; give --raw the folder with the documents")


class RawFolder:
    """The documents under a directory, found by name at once and read one by one.

    Hidden files, README files, sidecars and the tables at the top (``_NO_DOCUMENTS``) are no
    documents. What cannot be opened is a ``Reject``; what is in a file, others find out.

    Args:
        raw_dir: Any directory tree.
        limits: Larger files are rejected unread.

    Raises:
        UsageError: ``raw_dir`` is no directory.
        OSError: A folder cannot be read now but may be later, as on a network drive that is
            away; a warehouse without it would be wrong.
    """

    def __init__(self, raw_dir: Path, limits: Limits | None = None) -> None:
        _require_directory(raw_dir)
        self._root = raw_dir.resolve()
        self._limits = limits or Limits()
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
        self._sidecars, wrong = pair(self._files)
        self._rejects += [
            Reject(path, "", "read", "bad_sidecar", detail) for path, detail in wrong.items()
        ]

    def __len__(self) -> int:
        """Number of files that should hold documents."""
        return len(self._sidecars)

    def __iter__(self) -> Iterator[FoundFile | Reject]:
        """Read every file, in the order of their relative paths; rejected folders first.

        Raises:
            OSError: As for the folder.
        """
        yield from sorted(self._rejects, key=lambda reject: reject.path)
        for path, sidecar_path in self._sidecars.items():
            sidecar: bytes | None = None
            if sidecar_path:
                found = self._read(sidecar_path, MAX_BYTES, MAX_BYTES)
                if isinstance(found, Reject):
                    yield replace(found, reason="bad_sidecar")
                else:
                    sidecar = found
            content = self._read(path, self._limits.file_bytes, self._limits.archive_bytes)
            if isinstance(content, Reject):
                yield content
                continue
            sha256 = hashlib.sha256(content).hexdigest()
            yield FoundFile(path, content, sha256, sidecar_path, sidecar)

    def _read(self, path: str, max_bytes: int, max_archive_bytes: int) -> bytes | Reject:
        return _read_bytes(path, self._files[path], self._root, max_bytes, max_archive_bytes)


def read_found_file(found: FoundFile) -> tuple[RawFile, Reject | None]:
    """Read the sidecar of a found file; one that cannot be used is a reject, and left out."""
    sidecar, reject = Sidecar(), None
    if found.sidecar_path and found.sidecar is not None:
        try:
            sidecar = parse_sidecar(found.sidecar)
        except SidecarError as error:
            sha256 = hashlib.sha256(found.sidecar).hexdigest()
            reject = Reject(found.sidecar_path, sha256, "read", "bad_sidecar", str(error))
    for shared in found.shared_sidecars:
        with suppress(SidecarError):  # reported once, for the archive
            sidecar = with_defaults(sidecar, parse_sidecar(shared))
    return RawFile(found.path, found.content, found.sha256, sidecar), reject


def read_raw_files(raw_dir: Path, limits: Limits | None = None) -> Iterator[RawFile | Reject]:
    """Read every file under ``raw_dir`` with its sidecar; ``RawFolder`` says what counts."""
    for item in RawFolder(raw_dir, limits):
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


def _read_bytes(
    path: str, location: _Location, root: Path, max_bytes: int, max_archive_bytes: int
) -> bytes | Reject:
    try:
        if location.is_link and root not in Path(location.path).resolve().parents:
            return Reject(path, "", "read", "unreadable", "a link that leads out of the folder")
        with open(location.path, "rb") as stream:  # noqa: PTH123, a Path for each costs more
            # Not max_bytes: memory is taken for all that is asked for.
            size = os.fstat(stream.fileno()).st_size
            content = stream.read(min(size, max_bytes) + 1)
            if len(content) > max_bytes and may_be_large(content, path):
                max_bytes = max_archive_bytes
                content += stream.read(max(0, min(size, max_bytes) + 1 - len(content)))
            if len(content) <= max_bytes:
                return content
            stream.seek(0)
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            detail = f"more than {max_bytes} bytes; split the file, or raise the limit"
            return Reject(path, sha256, "read", "too_large", detail)
    except RuntimeError as error:  # a link that leads to itself, up to Python 3.12
        return Reject(path, "", "read", "unreadable", f"cannot be opened: {error}")
    except OSError as error:
        if error.errno not in _LASTING_ERRORS:
            raise
        detail = f"cannot be opened: {error.strerror or error}"
        return Reject(path, "", "read", "unreadable", detail)
