"""The folder of an export: complete or not there at all, and never in place of foreign files."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sco_pipeline.errors import ExportError, UsageError

#: Says what an export was made from; by it an earlier export is known.
MANIFEST = "export.json"


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a new folder to write to, which takes the place of ``target`` in the end.

    An earlier export there is replaced, and so is an empty folder. On any error ``target`` stays
    as it was.

    Args:
        target: Folder of the export; missing parents are made.

    Raises:
        UsageError: Something else is there.
        ExportError: It cannot be written.
    """
    target = target.resolve()
    try:
        _check_replaceable(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside it, for within one file system a folder is renamed in one step.
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as beside:
            new, old = Path(beside, "new"), Path(beside, "old")
            new.mkdir()
            yield new
            _check_replaceable(target)  # writing takes its time
            if target.exists():
                target.rename(old)
            try:
                new.rename(target)
            except OSError:
                if old.exists():
                    old.rename(target)
                raise
    except OSError as error:
        raise ExportError(
            f"the export cannot be written to {target} ({error}); see to space and permissions "
            "there; what was there before is untouched"
        ) from error


def _check_replaceable(target: Path) -> None:
    if not os.path.lexists(target):
        return
    advice = "choose another folder, or move this away first"
    if not target.is_dir():
        raise UsageError(f"{target} is a file, but an export is a folder; {advice}")
    ours = _exported(target)
    for path in target.iterdir():
        if path.name not in ours or path.is_symlink() or not path.is_file():
            raise UsageError(f"{target} holds {path.name}, which is no earlier export; {advice}")


def _exported(target: Path) -> set[str]:
    """Names of the files of an export, as its manifest has them; none where there is none."""
    try:
        manifest = json.loads((target / MANIFEST).read_text("utf-8"))
        return {MANIFEST, *manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
