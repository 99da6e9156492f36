"""Fetched documents -> files under ``raw/collected/<source>/<month>/``, each with its sidecar.

A file gets its name in one step, when it is whole and its sidecar stands beside it; so a refresh
at the same time, or after a kill at whatever moment, finds no half file and none without its
sidecar. Files are never changed: another text of the same address is another file.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import yaml

from sco_pipeline.collecting.records import Page
from sco_pipeline.collecting.sources import Source
from sco_pipeline.errors import RawFileError, SidecarError, WarehouseError
from sco_pipeline.formats import detection
from sco_pipeline.limits import Limits
from sco_pipeline.model import Sidecar
from sco_pipeline.sidecars import MAX_BYTES, pair, parse_sidecar, split_path
from sco_pipeline.table_files import sync
from sco_pipeline.workers import Steps

FOLDER = "collected"
#: Media types that are asked for and taken; some servers call every file a stream of bytes.
MEDIA_TYPES = frozenset(
    {
        detection.HTML, "application/xhtml+xml", detection.PDF, detection.DOCX, detection.TEXT,
        detection.MARKDOWN, "application/octet-stream", "application/x-pdf",
        "application/force-download", "binary/octet-stream",
    }
)  # fmt: skip

HTML_SUFFIX = ".html"

#: What a file is, by its content -> ending of its name; others are not stored.
_SUFFIXES = {
    detection.HTML: HTML_SUFFIX,
    detection.MHTML: ".mhtml",
    detection.PDF: ".pdf",
    detection.DOCX: ".docx",
    detection.TEXT: ".txt",
    detection.MARKDOWN: ".md",
}
#: Files are written here first; a name that begins with a dot is passed over by a refresh.
_STAGING = ".staging"
_SIDECAR = ".yml"
_NO_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG = 80


class Versions(NamedTuple):
    """Two versions of a document, and how each is read."""

    old: bytes
    old_sidecar: Sidecar
    new: bytes
    new_sidecar: Sidecar
    path: str
    limits: Limits


class Store:
    """The collected files of a raw directory. The caller holds its lock.

    Args:
        raw_dir: The raw directory; ``collected`` in it is made if missing.

    Raises:
        OSError: It cannot be made or read.
    """

    def __init__(self, raw_dir: Path) -> None:
        self._raw_dir = raw_dir
        self._root = raw_dir / FOLDER
        self._staging = self._root / _STAGING
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir(parents=True)
        self._sidecars, wrong = pair(self._files())
        stems = {split_path(path)[0] for path in self._sidecars}
        for path in wrong:
            # A run was killed before the document itself got its name.
            if split_path(path)[0] not in stems and self._parse(path).fetched_at:
                (raw_dir / path).unlink()

    @property
    def paths(self) -> Collection[str]:
        """The documents, by their paths under raw/."""
        return self._sidecars.keys()

    def close(self) -> None:
        """Remove what is not needed between runs."""
        shutil.rmtree(self._staging, ignore_errors=True)

    def unknown(self, known: Collection[str]) -> Iterator[tuple[str, str, str, datetime]]:
        """Files that are not among ``known``: address, source, path and time of the fetch."""
        for path in sorted(self._sidecars.keys() - known):
            name = self._sidecars[path]
            sidecar = self._parse(name) if name else Sidecar()
            if sidecar.source_url and sidecar.fetched_at:
                source = path.split("/")[1]
                yield sidecar.source_url, source, path, sidecar.fetched_at

    def suffix(self, page: Page) -> str:
        """Ending of the name that its content asks for.

        Raises:
            RawFileError: It is of no format that is collected.
        """
        media_type = detection.detect(page.content, urlsplit(page.final_url).path)
        if media_type not in _SUFFIXES:
            detail = f"{media_type} is not collected"
            raise RawFileError("read", "unsupported_format", detail)
        return _SUFFIXES[media_type]

    def versions(self, page: Page, path: str, source: Source, limits: Limits) -> Versions | None:
        """The file and the page, to be compared; None where their bytes are equal.

        Raises:
            FileNotFoundError: The file is gone.
        """
        old = (self._raw_dir / path).read_bytes()
        if hashlib.sha256(old).hexdigest() == page.sha256:
            return None
        name = self._sidecars[path]
        charset = self._parse(name).charset if name else None
        return Versions(
            old,
            Sidecar(selectors=source.selectors, charset=charset),
            page.content,
            Sidecar(selectors=source.selectors, charset=page.charset),
            path,
            limits,
        )

    def write(self, page: Page, suffix: str, source: Source, published_on: date | None) -> str:
        """Store a page.

        Returns:
            Its path under raw/.

        Raises:
            OSError: It cannot be written; nothing of it is found by a refresh.
            WarehouseError: Its folder leads elsewhere.
        """
        folder = self._root / source.name / f"{page.fetched_at:%Y-%m}"
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.resolve().is_relative_to(self._root.resolve()):
            raise WarehouseError(f"{folder} is a link that leads out of {self._root}; remove it")
        first = stem = _stem(page.url)
        number = 1
        while any((folder / f"{stem}{other}").exists() for other in _SUFFIXES.values()):
            number += 1
            stem = f"{first}.{number}"
        sidecar = _sidecar_text(page, source, published_on)
        self._put(sidecar.encode(), folder / f"{stem}{_SIDECAR}")
        self._put(page.content, folder / f"{stem}{suffix}")
        path = (folder / f"{stem}{suffix}").relative_to(self._raw_dir).as_posix()
        self._sidecars[path] = split_path(path)[0] + _SIDECAR
        return path

    def _put(self, content: bytes, target: Path) -> None:
        staged = self._staging / f"{target.parent.parent.name}-{target.name}"
        with staged.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        staged.replace(target)
        sync(target.parent)

    def _files(self) -> Iterator[str]:
        """Files in the folders of sources, by their paths under raw/."""
        for folder, folders, files in os.walk(self._root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if Path(folder) == self._root:
                continue
            where = Path(folder).relative_to(self._raw_dir).as_posix()
            yield from (f"{where}/{name}" for name in files if not name.startswith("."))

    def _parse(self, path: str) -> Sidecar:
        with (self._raw_dir / path).open("rb") as stream:
            try:
                return parse_sidecar(stream.read(MAX_BYTES))
            except SidecarError:  # the refresh says what is wrong with it
                return Sidecar()


def compare(batch: Sequence[Versions]) -> Steps[bool | None]:
    """Tell whether two versions have the same letters and digits, whatever else is different.

    For ``Workers.map_guarded``, with one item in a batch.

    Returns:
        None where the new version has no text that can be read, and the old one has.
    """
    from sco_pipeline.formats import read_text

    yield
    (versions,) = batch

    def letters(content: bytes, sidecar: Sidecar) -> str | None:
        try:
            text = read_text(content, versions.path, sidecar, versions.limits).text
        except RawFileError:
            return None
        return "".join(filter(str.isalnum, text.casefold())) or None

    before = letters(versions.old, versions.old_sidecar)
    after = letters(versions.new, versions.new_sidecar)
    if before is None:
        return False
    return None if after is None else before == after


def _stem(url: str) -> str:
    """A name that tells people what it is, and no two addresses share.

    >>> _stem("https://eng.sectsco.org/20180522/431989.html")
    '20180522-431989-2b4e258c'
    """
    path = split_path(unquote(urlsplit(url).path).lower())[0]
    slug = _NO_SLUG.sub("-", path).strip("-")[-_LONGEST_SLUG:].lstrip("-")
    return f"{slug or 'page'}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def _sidecar_text(page: Page, source: Source, published_on: date | None) -> str:
    values: dict[str, object] = {
        "source_url": page.url,
        "publisher": source.publisher,
        "published_on": published_on,
        "language": source.language,
        "licence": source.licence,
        "fetched_at": page.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "charset": page.charset,
    }
    if source.selectors:
        values["selectors"] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(source.selectors).items()
            if value
        }
    kept = {name: value for name, value in values.items() if value is not None}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=1_000)
