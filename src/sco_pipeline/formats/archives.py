"""ZIP, tar and gzip from strangers -> their members, in bounded time and memory.

Read here and not with ``zipfile`` and ``tarfile``: those believe what an archive says of its
sizes, make an object for each of millions of entries before one can be counted, and lose the
bytes of names. Nothing is written: a member is a name and bytes (docs/adr/0016).
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import splitext
from typing import NamedTuple, Protocol

from sco_pipeline.errors import RawFileError
from sco_pipeline.formats import detection
from sco_pipeline.formats.members import (
    Member,
    MemberNames,
    decode_name,
    is_passed_over,
    safe_name,
    safe_path,
    shown,
)
from sco_pipeline.limits import Limits
from sco_pipeline.model import Loss

_CHUNK = 1 << 16
#: Reasons that end the reading of an archive and of all around it.
_SPENT = ("too_many_members", "unpacks_too_large")

# End of central directory, its ZIP64 twin, entry of the directory, header before the data
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_END_64_PLACE = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_MARK, _END_64_MARK, _END_64_PLACE_MARK = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_ENTRY_MARK, _LOCAL_MARK = b"PK\x01\x02", b"PK\x03\x04"
_LONGEST_COMMENT = 65_535
_IN_ZIP64 = 0xFFFFFFFF
_ZIP64_EXTRA, _UNICODE_PATH_EXTRA = 0x0001, 0x7075
_ENCRYPTED, _UTF_8 = 1, 1 << 11
_STORED, _DEFLATED = 0, 8
_UNIX = 3

_BLOCK = 512
_TAR_FILES = (b"0", b"\x00", b"7")
_TAR_LINKS = (b"1", b"2", b"3", b"4", b"6")
_TAR_FOLDER, _TAR_LABEL = b"5", b"V"
_TAR_LONG_NAME, _TAR_LONG_LINK, _TAR_HEADERS, _TAR_SHARED_HEADERS = b"L", b"K", b"x", b"g"
_TAR_FIELDS = (_TAR_LONG_NAME, _TAR_LONG_LINK, _TAR_HEADERS, _TAR_SHARED_HEADERS)
#: Longest name or set of further header fields in a tar file.
_TAR_HEADER_BYTES = 1 << 20


def archive_members(
    content: bytes, media_type: str, limits: Limits, name: str = ""
) -> Iterator[Member | Loss]:
    """Unpack an archive and the archives in it.

    Members of a ZIP come in the order of their names, those of a tar file in its own. Hidden
    files, README files and the like are passed over, as in raw/. Of a gzipped file that is no
    tar, the file is the only member.

    Args:
        content: The archive.
        media_type: ``application/zip``, ``application/x-tar`` or ``application/gzip``.
        limits: Bytes and members count over all archives inside.
        name: For the file in a gzip file that does not name it.

    Yields:
        Members by safe relative paths (``inner.zip/a.txt`` for one in an inner archive), and
        what is left out and why.
    """
    names = MemberNames()
    budget = _Budget(limits, limits.archive_bytes, limits.archive_members)
    try:
        for item in _unpack(content, media_type, budget, 1, safe_name(name, "content")):
            if isinstance(item, Member):
                yield item._replace(name=names.unique(item.name))
            else:
                yield item
    except RawFileError as error:
        yield Loss(error.reason, error.detail)


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked, shared by an archive and all inside."""

    limits: Limits
    bytes_left: int
    members_left: int

    def take_bytes(self, count: int) -> None:
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise RawFileError(
                "read",
                "unpacks_too_large",
                f"unpacks to more than {self.limits.archive_bytes} bytes; what comes after is not "
                "read; unpack it, or raise archive_bytes",
            )

    def take_member(self) -> None:
        self.members_left -= 1
        if self.members_left < 0:
            raise RawFileError(
                "read",
                "too_many_members",
                f"more than {self.limits.archive_members} members; what comes after is not read; "
                "unpack it, or raise archive_members",
            )

    def largest(self, head: bytes, name: str) -> int:
        """Bytes allowed for a member that begins so."""
        is_container = detection.may_be_large(head, name)
        return self.limits.archive_bytes if is_container else self.limits.file_bytes


def _unpack(
    content: bytes, media_type: str, budget: _Budget, depth: int, name: str
) -> Iterator[Member | Loss]:
    """Yield the members of one archive, and those of archives among them.

    Args:
        content: The archive.
        media_type: Its kind.
        budget: What may still be unpacked.
        depth: 1 for the outermost.
        name: For the file in a gzip file that does not name it.

    Raises:
        RawFileError: Nothing, or nothing more, can be read.
    """
    if media_type == detection.ZIP:
        members = _zip_members(content, budget)
    elif media_type == detection.TAR:
        members = _tar_members(_Plain(content, budget), budget)
    elif media_type == detection.GZIP:
        members = _gzip_members(content, name, budget)
    else:
        raise RawFileError("read", "unsupported_format", f"archives of {media_type} are not read")
    for item in members:
        inner_type = _archive_type(item) if isinstance(item, Member) else None
        if isinstance(item, Loss) or inner_type is None:
            yield item
        elif depth >= budget.limits.archive_depth:
            detail = f"{shown(item.name)} is an archive inside {depth}; unpack it"
            yield Loss("nested_too_deep", f"{detail}, or raise archive_depth")
        else:
            yield from _unpack_inner(item, inner_type, budget, depth + 1)


def _unpack_inner(
    archive: Member, media_type: str, budget: _Budget, depth: int
) -> Iterator[Member | Loss]:
    stem = splitext(archive.name)[0].rpartition("/")[2]
    try:
        for item in _unpack(archive.content, media_type, budget, depth, stem or "content"):
            if isinstance(item, Loss):
                yield Loss(item.reason, f"in {shown(archive.name)}: {item.detail}")
            else:
                path = safe_path(f"{archive.name}/{item.name}")
                if path is None:
                    yield _unsafe(item.name)
                else:
                    yield item._replace(name=path)
    except RawFileError as error:
        if error.reason in _SPENT:
            raise
        yield Loss(error.reason, f"in {shown(archive.name)}: {error.detail}")


def _archive_type(member: Member) -> str | None:
    try:
        media_type = detection.detect(member.content, member.name)
    except RawFileError:
        return None  # whoever reads the member says what it is
    return media_type if media_type in detection.ARCHIVES else None


def _accepted(name: str) -> str | Loss | None:
    """The path of a member that is to be read; None if it is passed over."""
    if name.endswith("/"):  # a folder
        return None
    path = safe_path(name)
    if path is None:
        return _unsafe(name)
    return None if is_passed_over(path) else path


def _unsafe(name: str) -> Loss:
    return Loss("unsafe_path", f"{shown(name)} is not a name inside the archive; rename it")


def _too_large(name: str, limit: int) -> Loss:
    return Loss("too_large", f"{shown(name)} has more than {limit} bytes; split the file")


# ZIP


class _Entry(NamedTuple):
    """A line of the central directory; ``start`` is where the member's header stands."""

    path: str
    method: int
    crc: int
    packed: int
    start: int


def _zip_members(content: bytes, budget: _Budget) -> Iterator[Member | Loss]:
    entries: list[_Entry] = []
    spent: RawFileError | None = None
    try:
        for item in _directory_entries(content, _find_directory(content), budget):
            if isinstance(item, Loss):
                yield item
            else:
                entries.append(item)
    except RawFileError as error:
        if error.reason not in _SPENT:
            raise
        spent = error  # those before it can be read
    # Not in the archive's own order, which says nothing.
    for entry in sorted(entries, key=lambda entry: entry.path):
        yield _zip_member(content, entry, budget)
    if spent:
        raise spent


def _find_directory(content: bytes) -> int:
    """Offset of the central directory."""
    end = content.rfind(_END_MARK, max(0, len(content) - _END.size - _LONGEST_COMMENT))
    if end < 0 or end + _END.size > len(content):
        raise RawFileError(
            "read", "truncated", "the end with the list of members is missing; fetch it again"
        )
    *_, size, start, _ = _END.unpack_from(content, end)
    place = end - _END_64_PLACE.size
    if place >= 0 and content.startswith(_END_64_PLACE_MARK, place):
        _, _, end_64, _ = _END_64_PLACE.unpack_from(content, place)
        if content.startswith(_END_64_MARK, end_64) and end_64 + _END_64.size <= place:
            *_, size, start = _END_64.unpack_from(content, end_64)
            end = end_64
    # Otherwise this may be the end of an archive inside one that is cut off.
    if start + size != end:
        detail = "the list of members is not where it should be; fetch it again"
        raise RawFileError("read", "damaged", detail)
    return int(start)


def _directory_entries(content: bytes, offset: int, budget: _Budget) -> Iterator[_Entry | Loss]:
    """Yield the files of the central directory that are to be read, and those that cannot be.

    Raises:
        RawFileError: They are too many.
    """
    while content.startswith(_ENTRY_MARK, offset) and offset + _ENTRY.size <= len(content):
        budget.take_member()
        (
            _, made_by, _, flags, method, _, _, crc, packed, unpacked,
            name_size, extra_size, comment_size, _, _, attributes, start,
        ) = _ENTRY.unpack_from(content, offset)  # fmt: skip
        offset += _ENTRY.size
        raw_name = content[offset : offset + name_size]
        extra = _extra_fields(content[offset + name_size : offset + name_size + extra_size])
        offset += name_size + extra_size + comment_size
        # Of size, packed size and place, only what does not fit above stands here, in this order.
        wide = extra.get(_ZIP64_EXTRA, b"")
        if unpacked == _IN_ZIP64:
            wide = wide[8:]
        if packed == _IN_ZIP64:
            packed, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        if start == _IN_ZIP64:
            start = int.from_bytes(wide[:8], "little")
        name = _zip_name(raw_name, flags, extra)
        found = _accepted(name)
        mode = attributes >> 16 if made_by >> 8 == _UNIX else 0
        if found is None:
            continue
        if isinstance(found, Loss):
            yield found
        elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            yield _link(name)
        elif flags & _ENCRYPTED:
            yield Loss("encrypted", f"{shown(name)} needs a password; unpack the archive with it")
        elif method not in (_STORED, _DEFLATED):
            detail = f"{shown(name)} is packed by method {method}; pack it anew with deflate"
            yield Loss("unsupported_format", detail)
        else:
            yield _Entry(found, method, crc, packed, start)
    if not content.startswith((_END_MARK, _END_64_MARK), offset):
        detail = f"the list of members is damaged at byte {offset}; what comes after is not read"
        yield Loss("damaged", detail)


def _link(name: str) -> Loss:
    return Loss("link", f"{shown(name)} is a link or device; put the file itself there")


def _extra_fields(extra: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    offset = 0
    while offset + 4 <= len(extra):
        key, size = struct.unpack_from("<2H", extra, offset)
        fields.setdefault(key, extra[offset + 4 : offset + 4 + size])
        offset += 4 + size
    return fields


def _zip_name(name: bytes, flags: int, extra: dict[int, bytes]) -> str:
    if flags & _UTF_8:
        return name.decode("utf-8", "replace")
    twin = extra.get(_UNICODE_PATH_EXTRA, b"")
    if len(twin) > 5 and int.from_bytes(twin[1:5], "little") == zlib.crc32(name):
        return twin[5:].decode("utf-8", "replace")
    return decode_name(name)


def _zip_member(content: bytes, entry: _Entry, budget: _Budget) -> Member | Loss:
    damaged = Loss("damaged", f"{shown(entry.path)} is damaged; fetch the archive again")
    if (
        not content.startswith(_LOCAL_MARK, entry.start)
        or entry.start + _LOCAL.size > len(content)
    ):  # fmt: skip
        return damaged
    *_, name_size, extra_size = _LOCAL.unpack_from(content, entry.start)
    start = entry.start + _LOCAL.size + name_size + extra_size
    packed = memoryview(content)[start : start + entry.packed]
    if entry.method == _STORED:
        source: _Source = _Plain(packed, budget)
    else:
        source = _Inflating(packed, budget, -zlib.MAX_WBITS)
    try:
        head = source.read(_BLOCK)
        limit = budget.largest(head, entry.path)
        unpacked = head + source.read(limit + 1 - len(head))
    except zlib.error:
        return damaged
    if len(unpacked) > limit:
        return _too_large(entry.path, limit)
    if zlib.crc32(unpacked) != entry.crc:
        return damaged
    return Member(entry.path, unpacked)


# Bytes one after the other, counted


class _Source(Protocol):
    """Gives bytes; fewer than asked for only at the end. All count against the budget."""

    def read(self, count: int) -> bytes: ...


class _Plain:
    """Bytes as they are."""

    def __init__(self, content: bytes | memoryview, budget: _Budget) -> None:
        self._content = memoryview(content)
        self._budget = budget

    def read(self, count: int) -> bytes:
        found = bytes(self._content[:count])
        self._content = self._content[count:]
        self._budget.take_bytes(len(found))
        return found


class _Inflating:
    """Bytes as they are inflated, no more than asked for.

    Args:
        content: Deflated.
        budget: What may be inflated.
        window: ``zlib``'s window bits, which tell a bare stream from gzip. Several gzip
            streams may follow each other.

    Attributes:
        is_whole: Whether the last stream came to its end; asked when there is no more.
    """

    def __init__(self, content: memoryview, budget: _Budget, window: int) -> None:
        self._content = content
        self._budget = budget
        self._window = window
        self._inflater = zlib.decompressobj(window)
        self._fed = 0
        self._rest = b""
        self.is_whole = False

    def read(self, count: int) -> bytes:
        """Inflate.

        Raises:
            zlib.error: Damaged.
        """
        chunks: list[bytes] = []
        missing = count
        while missing > 0:
            data = self._rest
            if not data:
                data = bytes(self._content[self._fed : self._fed + _CHUNK])
                self._fed += len(data)
            chunk = self._inflater.decompress(data, min(missing, _CHUNK))
            self._rest = self._inflater.unconsumed_tail
            self._budget.take_bytes(len(chunk))
            chunks.append(chunk)
            missing -= len(chunk)
            if self._inflater.eof:
                self.is_whole = True
                self._rest = self._inflater.unused_data
                if self._window < 0 or not self._is_another_stream():
                    break
                self._inflater = zlib.decompressobj(self._window)
                self.is_whole = False
            elif not data and not chunk:
                break
        return b"".join(chunks)

    def _is_another_stream(self) -> bool:
        after = self._rest[:2] or bytes(self._content[self._fed : self._fed + 2])
        return after.startswith(b"\x1f")


# gzip


def _gzip_members(content: bytes, name: str, budget: _Budget) -> Iterator[Member | Loss]:
    source = _Inflating(memoryview(content), budget, zlib.MAX_WBITS | 16)
    try:
        head = source.read(_BLOCK)
        if len(head) == _BLOCK and _is_tar_header(head):
            yield from _tar_members(source, budget, head)
            return
        budget.take_member()
        path = safe_name(_gzip_name(content), name)
        limit = budget.largest(head, path)
        unpacked = head + source.read(limit + 1 - len(head))
    except zlib.error as error:
        raise RawFileError("read", "damaged", f"{error}; fetch it again") from error
    if len(unpacked) > limit:
        yield _too_large(path, limit)
    elif not source.is_whole:
        raise _truncated()
    else:
        yield Member(path, unpacked)


def _gzip_name(content: bytes) -> str:
    """The file's name, where the first header has one."""
    flags = content[3] if len(content) > 3 else 0
    start = 10
    if flags & 4:
        start += 2 + int.from_bytes(content[start : start + 2], "little")
    end = content.find(b"\x00", start, start + 1024)
    return decode_name(content[start:end]) if flags & 8 and end > 0 else ""


# tar


def _is_tar_header(block: bytes) -> bool:
    expected = _tar_number(block[148:156])
    return expected == sum(block) - sum(block[148:156]) + 8 * 32


def _tar_number(field: bytes) -> int | None:
    """An octal number, or one written in bytes where it is large."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b"\x00 ") or b"0", 8)
    except ValueError:
        return None


def _tar_members(
    source: _Source, budget: _Budget, first_block: bytes = b""
) -> Iterator[Member | Loss]:
    """Read headers and files in turn.

    Raises:
        RawFileError: Nothing more can be read.
    """
    shared: dict[bytes, bytes] = {}
    own: dict[bytes, bytes] = {}
    while True:
        block, first_block = first_block or source.read(_BLOCK), b""
        if len(block) < _BLOCK:
            raise _truncated()
        if not block.strip(b"\x00"):
            return
        size = _tar_number(block[124:136])
        if not _is_tar_header(block) or size is None or size < 0:
            detail = "a header is damaged; what comes after is not read"
            raise RawFileError("read", "damaged", detail)
        kind = block[156:157]
        if kind in _TAR_FIELDS:
            if size > _TAR_HEADER_BYTES:
                detail = f"a header of {size} bytes; what comes after is not read"
                raise RawFileError("read", "damaged", detail)
            data = source.read(size)
            if len(data) < size or not _skip(source, -size % _BLOCK):
                raise _truncated()
            if kind == _TAR_LONG_NAME:
                own[b"path"] = data.partition(b"\x00")[0]
            elif kind == _TAR_HEADERS:
                own |= _pax_fields(data)
            elif kind == _TAR_SHARED_HEADERS:
                shared |= _pax_fields(data)
            continue
        budget.take_member()
        fields, own = shared | own, {}
        name = decode_name(fields.get(b"path") or _ustar_name(block))
        if fields.get(b"size", b"").isdigit():
            size = int(fields[b"size"][:20])
        if kind in (*_TAR_LINKS, _TAR_FOLDER):
            size = 0  # what stands there is that of the file linked to
        found = None if kind in (_TAR_FOLDER, _TAR_LABEL) else _accepted(name)
        item: Member | Loss | None = None
        left = size
        if not isinstance(found, str):
            item = found
        elif kind in _TAR_LINKS:
            item = _link(name)
        elif kind not in _TAR_FILES:
            detail = f"{shown(name)} is an entry of kind {kind!r}; pack it as a plain file"
            item = Loss("unsupported_format", detail)
        else:
            head = source.read(min(size, _BLOCK))
            left -= len(head)
            limit = budget.largest(head, found)
            if size > limit:
                item = _too_large(found, limit)
            else:
                content = head + source.read(left)
                if len(content) < size:
                    raise _truncated()
                item, left = Member(found, content), 0
        if item is not None:
            yield item
        if not _skip(source, left + -size % _BLOCK):
            raise _truncated()


def _truncated() -> RawFileError:
    detail = "the end is missing; what is whole before it was read; fetch it again"
    return RawFileError("read", "truncated", detail)


def _skip(source: _Source, count: int) -> bool:
    while count > 0:
        found = len(source.read(min(count, _CHUNK)))
        if not found:
            return False
        count -= found
    return True


def _ustar_name(block: bytes) -> bytes:
    name, prefix = (block[a:b].partition(b"\x00")[0] for a, b in ((0, 100), (345, 500)))
    # GNU tar keeps times where POSIX has the first part of a long path.
    return prefix + b"/" + name if prefix and block[257:263] == b"ustar\x00" else name


def _pax_fields(data: bytes) -> dict[bytes, bytes]:
    """Path and size from an extended header: lines of "length key=value" up to a broken one."""
    fields: dict[bytes, bytes] = {}
    start = 0
    while start < len(data):
        digits = data[start : start + 12].partition(b" ")[0]
        if not digits.isdigit() or int(digits) <= len(digits):
            break
        end = start + int(digits)
        line = data[start + len(digits) + 1 : end].removesuffix(b"\n")
        key, _, value = line.partition(b"=")
        if key in (b"path", b"size"):
            fields[key] = value
        start = end
    return fields
