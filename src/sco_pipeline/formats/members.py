"""Files inside files: members of archives, attachments of mails, rows of corpora; their names.

A name from a stranger becomes part of a path in the warehouse and is never used to open or
write a file; yet nobody who later does so shall be led outside.
"""

from __future__ import annotations

import re
import unicodedata
from posixpath import splitext
from typing import NamedTuple

#: Longest part of a path that common file systems take, in bytes.
_MAX_PART_BYTES = 255
#: Longest path, in bytes.
_MAX_PATH_BYTES = 4096
#: Longest name that is made from a stranger's text, in characters.
_MAX_NAME = 100
_SHOWN = 120
_DRIVE = re.compile(r"[A-Za-z]:")
# Of a name that is to be one part of a path: everything that is special somewhere.
_NOT_IN_NAME = re.compile(r'[/\\:*?"<>|]+')
#: What operating systems put into folders beside the documents.
_NO_DOCUMENTS = frozenset({"__macosx", "desktop.ini", "thumbs.db"})
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_CP866_LETTERS = re.compile(rb"[\x80-\xaf\xe0-\xf1]{2,}")


class Member(NamedTuple):
    """A file inside a file; ``name`` is a safe relative path with forward slashes."""

    name: str
    content: bytes


class MemberNames:
    """Keeps the names of one container apart: of two equal ones, the second is numbered."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """The name itself, or ``stem-2.ext`` and so on if it was given before.

        >>> names = MemberNames()
        >>> [names.unique(name) for name in ("a.txt", "a.txt", "a-2.txt", "a.txt")]
        ['a.txt', 'a-2.txt', 'a-2-2.txt', 'a-3.txt']
        """
        stem, suffix = splitext(name)
        candidate, count = name, self._counts.get(name, 0)
        while candidate in self._counts:
            count += 1
            candidate = f"{stem}-{count}{suffix}"
        self._counts[name] = max(count, 1)
        self._counts.setdefault(candidate, 1)
        return candidate


def safe_path(name: str) -> str | None:
    r"""A member's path without ``.`` and empty parts; None if it is not to be trusted.

    >>> safe_path("./press//2016.txt"), safe_path("../x"), safe_path("/etc/x"), safe_path("C:\\x")
    ('press/2016.txt', None, None, None)
    """
    if (
        name.startswith("/")
        or "\\" in name
        or _DRIVE.match(name)
        or any(unicodedata.category(character)[0] == "C" for character in name)
        or len(name.encode("utf-8")) > _MAX_PATH_BYTES
    ):
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or any(
        part == ".." or len(part.encode("utf-8")) > _MAX_PART_BYTES for part in parts
    ):
        return None
    return "/".join(parts)


def safe_name(text: str, otherwise: str) -> str:
    r"""One part of a path, made from any text; ``otherwise`` if nothing of it can be used.

    >>> safe_name("../Joint\nstatement: No. 5/7.pdf", "x"), safe_name(" .. ", "x")
    ('Joint statement- No. 5-7.pdf', 'x')
    """
    printable = "".join(
        " " if unicodedata.category(character)[0] in "CZ" else character
        for character in text[: 10 * _MAX_NAME]
    )
    name = _NOT_IN_NAME.sub("-", " ".join(printable.split())).lstrip(". -")
    stem, suffix = splitext(name)
    if len(suffix) > 10:
        stem, suffix = name, ""
    name = (stem[: _MAX_NAME - len(suffix)] + suffix).rstrip(". ")
    while len(name.encode("utf-8")) > _MAX_PART_BYTES:
        stem = stem[:-1]
        name = stem + suffix
    return name or otherwise


def is_passed_over(path: str) -> bool:
    """True for hidden files, README files and what operating systems leave, as in raw/."""
    parts = path.lower().split("/")
    return (
        any(part.startswith(".") or part in _NO_DOCUMENTS for part in parts)
        or parts[-1].startswith("readme")
    )  # fmt: skip


def shown(name: str) -> str:
    """A stranger's name as it can stand in a message."""
    return repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}...")


def decode_name(name: bytes) -> str:
    """Characters of a name that does not say its encoding.

    UTF-8, or what archivers of Russian (CP866), Chinese (GBK) and Western systems (CP437) write.

    >>> decode_name("Встреча.txt".encode("cp866")), decode_name("会议.txt".encode("gbk"))
    ('Встреча.txt', '会议.txt')
    """
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        pass
    runs = _HIGH_RUN.findall(name)
    # A lone letter beyond ASCII is an accent in a Western word.
    if all(map(_CP866_LETTERS.fullmatch, runs)):
        return name.decode("cp866")
    if all(len(run) % 2 == 0 for run in runs):
        try:
            return name.decode("gbk")
        except UnicodeDecodeError:
            pass
    return name.decode("cp437")
