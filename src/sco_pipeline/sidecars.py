"""The YAML file beside a document: what it says of where the text is from, and how to read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from posixpath import splitext
from reprlib import repr as shown
from typing import Any

import yaml

from sco_pipeline.errors import SidecarError
from sco_pipeline.model import CorpusColumns, Selectors, Sidecar

SUFFIXES = (".yml", ".yaml")
MAX_BYTES = 100_000
#: What an archive's sidecar says of each document in it that does not say so itself.
_SHARED = (
    "source_url", "publisher", "language", "licence", "fetched_at", "charset", "selectors",
)  # fmt: skip
#: A language as BCP 47 writes it.
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_sidecar(content: bytes) -> Sidecar:
    """Read a sidecar.

    Args:
        content: YAML: a mapping of ``source_url``, ``publisher``, ``title``,
            ``published_on`` (YYYY-MM-DD), ``language`` (BCP 47), ``licence``, ``note``,
            ``fetched_at`` (2026-11-25T08:00:00Z), ``charset``, ``selectors`` and ``corpus``; each
            optional.
            An empty file says nothing.

    Raises:
        SidecarError: No YAML, an unknown key or a value of the wrong type; names it.
    """
    try:
        # An alias repeats a value: a few hundred bytes can stand for more than any memory holds.
        if b"*" in content and any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(content, Loader=_LOADER)
        ):
            raise SidecarError("aliases (*name) are not read; write the value out")
        values = yaml.load(content, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SidecarError(f"no valid YAML: {' '.join(str(error).split())}") from error
    return Sidecar(**_read(values, "", Sidecar, _READERS))


def selectors_of(value: object, where: str) -> Selectors:
    """Read the mapping ``selectors`` of a sidecar or source.

    Args:
        value: As YAML gave it.
        where: Name of the mapping, for messages.

    Raises:
        SidecarError: An unknown key or a value of the wrong type; names it.
    """
    readers = {
        "content": _texts,
        "remove": _texts,
        "title": _text,
        "published_on": _text,
    }
    return Selectors(**_read(value, f"{where}.", Selectors, readers))


def with_defaults(own: Sidecar, shared: Sidecar) -> Sidecar:
    """A member's sidecar, completed by that of the archive or corpus it is from."""
    missing = {name: getattr(shared, name) for name in _SHARED if getattr(own, name) is None}
    return replace(own, **missing)


def split_path(path: str) -> tuple[str, str]:
    """The path without its ending, and the ending in lower case."""
    stem, suffix = splitext(path)
    return (path, "") if suffix == "." else (stem, suffix.lower())


def pair(paths: Iterable[str]) -> tuple[dict[str, str | None], dict[str, str]]:
    """Tell documents from sidecars, by name.

    Returns:
        Document -> its sidecar, both sorted by path; and path -> what is wrong with it, of
        sidecars that belong to no document.
    """
    split = {path: split_path(path) for path in paths}
    sidecars = sorted(path for path, (_, suffix) in split.items() if suffix in SUFFIXES)
    documents = sorted(split.keys() - sidecars)
    stems = {split[path][0] for path in documents}
    by_stem: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for path in sidecars:
        stem = split[path][0]
        if stem not in stems:
            wrong[path] = "no document of this name beside it"
        elif stem in by_stem:
            wrong[path] = "a second sidecar; keep one"
        else:
            by_stem[stem] = path
    return {path: by_stem.get(split[path][0]) for path in documents}, wrong


def _read(
    values: object,
    prefix: str,
    kind: type[Any],
    readers: Mapping[str, Callable[[object, str], Any]],
) -> dict[str, Any]:
    """Check the values of a mapping one by one; blank ones are left out."""
    if values is None:
        return {}
    if not isinstance(values, dict):
        name = prefix.removesuffix(".")
        raise SidecarError(f"{name or 'it'} must be a list of 'key: value' lines")
    known = [field.name for field in fields(kind)]
    if unknown := sorted(str(key) for key in values if key not in known):
        raise SidecarError(
            f"unknown keys {shown([prefix + key for key in unknown])}; known are {sorted(known)}"
        )
    read = {
        key: readers.get(key, _text)(value, prefix + key)
        for key, value in values.items()
        if value is not None
    }
    return {key: value for key, value in read.items() if value != ""}


def _corpus(value: object, where: str) -> CorpusColumns:
    columns = _read(value, f"{where}.", CorpusColumns, {})
    if "text" not in columns:
        raise SidecarError(f"{where}.text must name the column that holds the documents' text")
    return CorpusColumns(**columns)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise SidecarError(f"{where} must be text, not {shown(value)}; put it in quotes")
    return " ".join(value.split())


def _texts(value: object, where: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(_text(item, where) for item in values)


def _language(value: object, where: str) -> str:
    language = _text(value, where)
    if language and not LANGUAGE_TAG.fullmatch(language):
        raise SidecarError(
            f"{where} must be a BCP 47 tag such as en or zh-Hans, not {shown(language)}"
        )
    return language


def _date(value: object, where: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass
    raise SidecarError(f"{where} must be a date such as 2016-04-14, not {shown(value)}")


def _time(value: object, where: str) -> datetime:
    if isinstance(value, str):
        with suppress(ValueError):
            value = datetime.fromisoformat(value.strip())
    if isinstance(value, datetime):
        # Without a zone it is UTC; PyYAML gives times with a zone as they are, or as UTC.
        zoned = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return zoned.replace(microsecond=0)
    raise SidecarError(f"{where} must be a time such as 2026-11-25T08:00:00Z, not {shown(value)}")


_READERS: dict[str, Callable[[object, str], Any]] = {
    "published_on": _date,
    "language": _language,
    "fetched_at": _time,
    "selectors": selectors_of,
    "corpus": _corpus,
}
