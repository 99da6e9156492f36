"""Settings: ``sco_pipeline.toml``, or ``[tool.sco_pipeline]`` of ``pyproject.toml``.

Each setting is declared once, with its default, range and meaning; ``docs/settings.md`` is
written from here by ``python -m sco_pipeline.settings``, and a test fails when it is stale.
"""

from __future__ import annotations

import math
import os
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sco_pipeline.errors import SettingsError
from sco_pipeline.evaluation import SCORES
from sco_pipeline.limits import FetchLimits, Limits, about
from sco_pipeline.schema.tables import DATA_TABLES

OWN_FILE = "sco_pipeline.toml"
PROJECT_FILE = "pyproject.toml"
PATH = Path("docs/settings.md")
#: More processes than this gain nothing: what they extract is written by one.
MOST_WORKERS = 8


def _available_workers() -> int:
    """CPUs this process may use, at most ``MOST_WORKERS``."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MOST_WORKERS)
    return min(os.cpu_count() or 1, MOST_WORKERS)


def _least_f1() -> dict[str, float]:
    """A little below what docs/quality.md reports for the set ``development``."""
    return {
        "announced_fields": 0.94,
        "countries": 0.98,
        "decisions": 0.97,
        "decisions_act": 0.96,
        "document_topics": 0.96,
        "instruments": 0.97,
        "meeting_fields": 0.96,
        "participants": 0.97,
        "participants_strict": 0.95,
    }


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What a refresh must satisfy before it is published (docs/adr/0012-gates-and-changes.md)."""

    max_reject_share: float = field(
        default=0.2,
        metadata=about("Largest share of the raw files that may have become no document.", 0, 1),
    )
    max_row_drop: float = field(
        default=0.1,
        metadata=about(
            "Largest share of its rows that a table may lose against the current snapshot.", 0, 1
        ),
    )
    max_row_drop_by_table: Mapping[str, float] = field(
        default_factory=dict,
        metadata=about(
            "The same for single tables.", 0, 1, tuple(spec.name for spec in DATA_TABLES)
        ),
    )
    max_unresolved_share: float = field(
        default=0.1,
        metadata=about(
            "Largest share of rows of `unresolved` among these and the rows of `participants`, "
            "`document_meetings`, `country_mentions` and `decisions`.",
            0,
            1,
        ),
    )
    min_count: int = field(
        default=10,
        metadata=about(
            "Fewer rejected files, lost rows or unresolved words than this never fail a gate, "
            "whatever their share: a table that falls from 3 rows to 2 is no alarm."
        ),
    )
    gold: Path | None = field(
        default=None,
        metadata=about(
            "Folder of annotated documents, relative to the settings file, whose scores must "
            "reach `min_f1`. Without it that gate is skipped."
        ),
    )
    min_f1: Mapping[str, float] = field(
        default_factory=_least_f1,
        metadata=about(
            "Least F1 on `gold`, by score of `sco-pipeline evaluate`. Scores not given keep their "
            "default; 0 lets one go.",
            0,
            1,
            tuple(SCORES),
        ),
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings.

    Attributes:
        source: File they were read from; None where there is none and defaults stand.
    """

    keep_snapshots: int = field(
        default=5,
        metadata=about(
            "Snapshots that stay, the current one included; older ones are removed. Two at least, "
            "so that who is reading while a refresh ends can go on.",
            low=2,
        ),
    )
    wait_seconds: float = field(
        default=600.0,
        metadata=about(
            "Seconds to wait for another refresh of the same warehouse before giving up."
        ),
    )
    workers: int = field(
        default_factory=_available_workers,
        metadata=about(
            "Processes that extract documents. With 0 the refresh does it itself: for debugging, "
            "since no limit of time or memory holds then."
        ),
    )
    memory_limit_mb: int = field(
        default=512,
        metadata=about(
            "Memory of the database engine in MB; beyond it, it uses files beside the snapshot. "
            "The whole process needs more.",
            low=128,
        ),
    )
    limits: Limits = field(default_factory=Limits)
    collect: FetchLimits = field(default_factory=FetchLimits)
    gates: GateSettings = field(default_factory=GateSettings)
    source: Path | None = None


def read_settings(file: Path | None = None, directory: Path = Path()) -> Settings:
    """Read the settings.

    Args:
        file: File to read, as given by ``--settings``; one named ``pyproject.toml`` holds them
            under ``[tool.sco_pipeline]``.
        directory: Where to look without ``file``: for ``sco_pipeline.toml``, else for
            ``[tool.sco_pipeline]`` of ``pyproject.toml``, else defaults stand.

    Raises:
        SettingsError: Names file, setting and value, and what it must be.
    """
    if file is not None:
        return _settings(_table(file), file)
    own, project = directory / OWN_FILE, directory / PROJECT_FILE
    if own.exists():
        return _settings(_table(own), own)
    if project.exists() and (values := _table(project)):
        return _settings(values, project)
    return Settings()


def _table(path: Path) -> Mapping[str, Any]:
    """The settings as they stand in a file."""
    try:
        with path.open("rb") as stream:
            values: Any = tomllib.load(stream)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"{path}: cannot be read as TOML ({error}); correct it, or name another file with "
            "--settings"
        ) from error
    if path.name == PROJECT_FILE:
        values = _mapping(path, "[tool]", values.get("tool", {})).get("sco_pipeline", {})
    return _mapping(path, "[tool.sco_pipeline]", values)


def _settings(values: Mapping[str, Any], path: Path) -> Settings:
    return Settings(**_read(path, Settings, values, ""), source=path)


def _read(path: Path, kind: Any, values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Check the settings of a table one by one."""
    known = {item.name: item for item in _declared(kind)}
    found: dict[str, Any] = {}
    for name, value in values.items():
        full = prefix + name
        if name not in known:
            raise _unknown(path, full, name, known, prefix)
        item = known[name]
        default = _default(item)
        if is_dataclass(default):
            part: Any = type(default)
            found[name] = part(**_read(path, part, _mapping(path, full, value), f"{full}."))
        elif isinstance(default, Mapping):
            found[name] = {**default}
            for key, share in _mapping(path, full, value).items():
                if key not in item.metadata["keys"]:
                    raise _unknown(path, f"{full}.{key}", key, item.metadata["keys"], f"{full}.")
                found[name][key] = _number(path, f"{full}.{key}", share, item, float)
        elif default is None:
            found[name] = _folder(path, full, value)
        elif isinstance(default, tuple):
            if not isinstance(value, list):
                raise SettingsError(f"{path}: {full} is {value!r}, must be a list of texts")
            found[name] = tuple(_text(path, full, text) for text in value)
        elif isinstance(default, str):
            found[name] = _text(path, full, value)
        else:
            found[name] = _number(path, full, value, item, type(default))
    return found


def _declared(kind: Any) -> Iterator[Field[Any]]:
    return (item for item in fields(kind) if item.name != "source")


def _default(item: Field[Any]) -> Any:
    return item.default_factory() if callable(item.default_factory) else item.default


def _mapping(path: Path, name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"{path}: {name} is {value!r}, must be a table of settings")
    return value


def _unknown(
    path: Path, full: str, name: str, known: Collection[str], prefix: str
) -> SettingsError:
    near = get_close_matches(name, known, n=1, cutoff=0)
    return SettingsError(
        f"{path}: there is no setting {full}; the nearest is {prefix}{near[0]} "
        "(all are in docs/settings.md)"
    )


def _number(path: Path, name: str, value: Any, item: Field[Any], kind: type) -> float:
    low, high = item.metadata["low"], item.metadata["high"]
    allowed = (int,) if kind is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed) or not low <= value <= high:
        raise SettingsError(f"{path}: {name} is {value!r}, must be {_wanted(kind, low, high)}")
    if not math.isfinite(value):
        raise SettingsError(f"{path}: {name} is {value!r}, must be finite")
    return kind(value)  # type: ignore[no-any-return]


def _text(path: Path, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{path}: {name} is {value!r}, must be text in quotes")
    return value


def _wanted(kind: type, low: float, high: float) -> str:
    number = "a whole number" if kind is int else "a number"
    return f"{number} from {low} " + ("up" if high == math.inf else f"to {high}")


def _folder(path: Path, name: str, value: Any) -> Path:
    if not isinstance(value, str):
        raise SettingsError(f"{path}: {name} is {value!r}, must be a path in quotes")
    folder = path.parent / value
    if not folder.is_dir():
        raise SettingsError(f"{path}: {name} is {value!r}, but {folder} is no folder")
    return folder


_HEAD = f"""\
# Settings

Generated by `python -m sco_pipeline.settings`; do not edit.

Settings are read from `{OWN_FILE}` in the current directory, else from the table
`[tool.sco_pipeline]` of `{PROJECT_FILE}` there, else defaults stand. `--settings FILE` names
another file. A setting that is unknown, of the wrong type or out of range stops the command before
anything is read. Only the limits change what the tables hold: a file beyond them is in `rejects`.

    # {OWN_FILE}; in {PROJECT_FILE}: [tool.sco_pipeline], [tool.sco_pipeline.gates] ...
    keep_snapshots = 10

    [limits]
    pdf_pages = 100

    [gates]
    max_reject_share = 0.05
    max_row_drop_by_table = {{ unresolved = 1 }}
    gold = "gold/en"

| setting | value | default | meaning |
|---|---|---|---|
"""
_TAIL = """
A refresh that fails a gate leaves the current snapshot as it is, names every figure and its limit,
and ends with exit code 1; `--accept "REASON"` publishes all the same and records the reason.
"""


def render() -> str:
    """Write ``docs/settings.md``."""
    return _HEAD + "".join(f"{line}\n" for line in _lines(Settings, "")) + _TAIL


def _lines(kind: Any, prefix: str) -> Iterator[str]:
    for item in _declared(kind):
        default = _default(item)
        if is_dataclass(default):
            yield from _lines(type(default), f"{prefix}{item.name}.")
            continue
        about = item.metadata
        if default is None:
            value, shown = "a path", "none"
        elif isinstance(default, tuple):
            value, shown = "a list of texts", ", ".join(default) or "none"
        elif isinstance(default, str):
            value, shown = "text", default or "none"
        elif isinstance(default, Mapping):
            value = f"for each name, {_wanted(float, about['low'], about['high'])}"
            shown = ", ".join(f"{key} {share:g}" for key, share in default.items()) or "none"
        else:
            value = _wanted(type(default), about["low"], about["high"])
            is_counted = item.default_factory is _available_workers
            shown = f"CPUs at hand, at most {MOST_WORKERS}" if is_counted else f"{default:g}"
        yield f"| `{prefix}{item.name}` | {value} | {shown} | {about['description']} |"


def main() -> None:
    """Write the page under the working directory, which is the repository."""
    if not PATH.parent.is_dir():
        sys.exit(f"no {PATH.parent}/ here; run this in the repository")
    PATH.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
