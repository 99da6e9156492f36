"""An archive, corpus or mail under raw/ -> the documents in it, each with its sidecar.

Runs in a process that can be killed; what it unpacks goes to files, so that neither process holds
more than one document at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from posixpath import basename

from sco_pipeline.errors import RawFileError, SidecarError
from sco_pipeline.formats import detection
from sco_pipeline.formats.members import Member, MemberNames
from sco_pipeline.limits import Limits
from sco_pipeline.model import CorpusColumns, FoundFile, Loss, Reject
from sco_pipeline.sidecars import MAX_BYTES, SUFFIXES, pair, parse_sidecar, split_path

#: Media types of files that hold documents; a mail is one itself too.
CONTAINERS = detection.ARCHIVES | detection.CORPORA | {detection.MAIL}
#: So many losses of one kind are told one by one.
_TOLD = 5


@dataclass(frozen=True, slots=True)
class UnpackedFile:
    """A document that was unpacked.

    Attributes:
        file: Where its bytes are.
        found: It without them.
    """

    file: Path
    found: FoundFile


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was in a file, by path."""

    files: list[UnpackedFile] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def container_type(found: FoundFile, limits: Limits) -> str | None:
    """Media type of a file that holds documents; None if it is one itself.

    Raises:
        RawFileError: It can be neither.
    """
    media_type = detection.detect(found.content, found.path, is_corpus=_is_corpus(found))
    if media_type in CONTAINERS:
        return media_type
    if len(found.content) > limits.file_bytes:
        detail = f"more than {limits.file_bytes} bytes; split the file, or raise the limit"
        raise RawFileError("read", "too_large", detail)
    return None


def unpack(found: FoundFile, media_type: str, folder: Path, limits: Limits) -> Unpacked:
    """Unpack a file's documents, also those of files inside it.

    Args:
        found: An archive, corpus or mail.
        media_type: What it is, one of ``CONTAINERS``.
        folder: Gets the documents; exists and is empty.
        limits: How much is unpacked.
    """
    unpacking = _Unpacking(folder, limits)
    unpacking.unpack(found, media_type, 1)
    return unpacking.unpacked


class _Unpacking:
    """One file on the way into its documents; limits hold for all that is inside together."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._bytes = self._count = self._stored = 0
        self._names = MemberNames()
        self.unpacked = Unpacked()

    def unpack(self, found: FoundFile, media_type: str, depth: int) -> None:
        files: dict[str, tuple[Path, str]] = {}
        sidecars: dict[str, bytes] = {}
        losses: dict[str, list[str]] = {}
        if not self._report_sidecar(found, media_type):
            return
        try:
            for item in _members(found, media_type, self._limits):
                if isinstance(item, Loss):
                    losses.setdefault(item.reason, []).append(item.detail)
                    continue
                member, sidecar = item
                path = self._names.unique(f"{found.path}/{member.name}")
                if split_path(path)[1] in SUFFIXES:
                    if len(member.content) <= MAX_BYTES:
                        sidecars[path] = member.content
                    else:
                        detail = f"more than {MAX_BYTES} bytes"
                        digest = sha256(member.content).hexdigest()
                        self._reject(path, digest, "bad_sidecar", detail)
                    continue
                if sidecar is not None:
                    sidecars[f"{split_path(path)[0]}.yml"] = sidecar
                files[path] = self._write(member.content), sha256(member.content).hexdigest()
        except RawFileError as error:
            losses.setdefault(error.reason, []).append(error.detail)
        for reason, details in losses.items():
            self._reject(found.path, found.sha256, reason, joined(details))
        documents, wrong = pair([*files, *sidecars])
        for path, detail in wrong.items():
            self._reject(path, "", "bad_sidecar", detail)
        if media_type == detection.MAIL:
            if not documents or _has_text(found):
                self._keep(self._store(found.content), replace(found, content=b""))
        elif not documents and not losses:
            self._reject(found.path, found.sha256, "empty", "nothing in it")
        for path, sidecar_path in documents.items():
            file, digest = files[path]
            sidecar = sidecars[sidecar_path] if sidecar_path else None
            own = () if found.sidecar is None else (found.sidecar,)
            shared = (*own, *found.shared_sidecars)
            self._take(file, FoundFile(path, b"", digest, sidecar_path, sidecar, shared), depth)

    def _report_sidecar(self, found: FoundFile, media_type: str) -> bool:
        """Reject a sidecar that cannot be used, once for all that is inside.

        Returns:
            False if nothing can be read without it.
        """
        if found.sidecar is None or found.sidecar_path is None:
            return True
        try:
            parse_sidecar(found.sidecar)
        except SidecarError as error:
            # A mail that is a document itself has its sidecar read, and rejected, with it.
            if media_type != detection.MAIL or not _has_text(found):
                digest = sha256(found.sidecar).hexdigest()
                self._reject(found.sidecar_path, digest, "bad_sidecar", str(error))
            return media_type not in detection.CORPORA
        return True

    def _write(self, content: bytes) -> Path:
        """Store what came out of the file; the file itself, a mail, counts for nothing."""
        self._bytes += len(content)
        self._count += 1
        if self._bytes > self._limits.archive_bytes:
            detail = f"more than {self._limits.archive_bytes} bytes in all; the rest is left out"
            raise RawFileError("read", "unpacks_too_large", detail)
        if self._count > self._limits.archive_members:
            detail = f"more than {self._limits.archive_members} files; the rest is left out"
            raise RawFileError("read", "too_many_members", detail)
        return self._store(content)

    def _store(self, content: bytes) -> Path:
        self._stored += 1
        file = self._folder / f"{self._stored:06}"
        file.write_bytes(content)
        return file

    def _take(self, file: Path, found: FoundFile, depth: int) -> None:
        """Keep a document; of one that holds others, these."""
        whole = replace(found, content=file.read_bytes())
        try:
            media_type = container_type(whole, self._limits)
        except RawFileError:  # who reads it will say the same
            media_type = None
        if media_type is None:
            self._keep(file, found)
        elif depth < self._limits.archive_depth:
            self.unpack(whole, media_type, depth + 1)
        else:
            if media_type == detection.MAIL:
                self._keep(file, found)
            if media_type != detection.MAIL or any(_members(whole, media_type, self._limits)):
                detail = (
                    "files inside files; what is in it is left out, unpack it beside the others"
                )
                self._reject(found.path, found.sha256, "nested_too_deep", detail)

    def _keep(self, file: Path, found: FoundFile) -> None:
        self.unpacked.files.append(UnpackedFile(file, found))

    def _reject(self, path: str, digest: str, reason: str, detail: str) -> None:
        self.unpacked.rejects.append(Reject(path, digest, "read", reason, detail))


def joined(details: Sequence[str]) -> str:
    """Many details as one, of which the first few are told."""
    told = "; ".join(details[:_TOLD])
    return told if len(details) <= _TOLD else f"{told}; and {len(details) - _TOLD} more"


def _is_corpus(found: FoundFile) -> bool:
    return _columns(found) is not None


def _columns(found: FoundFile) -> CorpusColumns | None:
    """What the sidecar says of the columns; a bad sidecar says nothing, and is reported later."""
    if found.sidecar is None or b"corpus" not in found.sidecar:
        return None
    try:
        return parse_sidecar(found.sidecar).corpus
    except SidecarError:
        return None


def _has_text(mail: FoundFile) -> bool:
    """Whether a mail is more than an envelope of other files."""
    from sco_pipeline.formats.mail import read_mail

    try:
        read_mail(mail.content, None)
    except RawFileError:
        return False
    return True


def _members(
    found: FoundFile, media_type: str, limits: Limits
) -> Iterator[tuple[Member, bytes | None] | Loss]:
    """The files in a file; those of a corpus with sidecars."""
    if media_type in detection.CORPORA:
        columns = _columns(found)
        if columns is None:
            raise RawFileError(
                "read",
                "no_mapping",
                "many documents in one file; say in a sidecar which column holds the text "
                "(raw/README.md, Corpora)",
            )
        from sco_pipeline.formats.corpora import corpus_members

        yield from corpus_members(found.content, media_type, columns, limits)
        return
    plain: Iterator[Member | Loss]
    if media_type == detection.MAIL:
        from sco_pipeline.formats.mail import mail_attachments

        plain = mail_attachments(found.content, limits)
    else:
        from sco_pipeline.formats.archives import archive_members

        plain = archive_members(
            found.content, media_type, limits, split_path(basename(found.path))[0]
        )
    for item in plain:
        yield item if isinstance(item, Loss) else (item, None)
