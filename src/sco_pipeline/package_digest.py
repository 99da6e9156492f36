"""One hash over all that turns bytes into rows: the package's code and words, and its libraries."""

from __future__ import annotations

import hashlib
import unicodedata
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

#: Libraries whose releases may read, compare or write otherwise.
_LIBRARIES = (
    "ahocorasick-rs", "anyascii", "charset-normalizer", "cssselect", "duckdb", "ftfy", "lxml",
    "py3langid", "pyarrow", "pypdfium2", "pyyaml", "rapidfuzz", "trafilatura",
)  # fmt: skip
_SUFFIXES = (".csv", ".py", ".sql")


def package_version() -> str:
    """Version of this package."""
    try:
        return metadata.version("sco-pipeline")
    except metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "0+source"


@cache
def package_digest() -> str:
    """SHA-256 over the package's files, the versions of its libraries and of Unicode.

    Taken over the whole package, not over what a stage happens to import: a needless new
    extraction costs time, a missed one costs trust.
    """
    digest = hashlib.sha256(package_version().encode())
    for library in _LIBRARIES:
        digest.update(f"\n{library} {metadata.version(library)}".encode())
    digest.update(f"\nunicode {unicodedata.unidata_version}".encode())
    for name, file in sorted(_files(resources.files("sco_pipeline"), "")):
        digest.update(f"\n{name} ".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found = []
    for item in folder.iterdir():
        name = f"{prefix}{item.name}"
        if item.is_dir():
            found += _files(item, f"{name}/")
        elif item.name.endswith(_SUFFIXES):
            found.append((name, item))
    return found
