"""Every error the package raises on purpose, under one root.

A message names the file, the offset or the value, and says what to do; the
command line prints it as one line and exits with ``exit_code``.
"""

from __future__ import annotations

from typing import Any


class ScoPipelineError(Exception):
    """Root of all errors that a user can act on."""

    exit_code = 1

    def __reduce__(self) -> tuple[Any, ...]:
        # Worker processes send errors: those made from several values are not made from ``args``.
        return _restored, (type(self), self.args, self.__dict__)


def _restored(
    kind: type[ScoPipelineError], args: tuple[Any, ...], state: dict[str, Any]
) -> ScoPipelineError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class RawFileError(ScoPipelineError):
    """A raw file cannot be used; becomes a row of ``rejects``, never stops a run.

    Attributes:
        stage: Where it failed: ``read``, ``decode``, ``clean``, ``split`` or ``extract``.
        reason: Short code, one of the reject reasons of the schema.
    """

    def __init__(self, stage: str, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.stage = stage
        self.reason = reason
        self.detail = detail


class SidecarError(ScoPipelineError):
    """A sidecar YAML file is malformed; its document is read without it."""


class LexiconError(ScoPipelineError):
    """A lexicon or reference CSV breaks its own rules; fix the named line."""


class TableError(ScoPipelineError):
    """Rows break the declared schema; publication stops.

    Attributes:
        table: Table name.
    """

    def __init__(self, table: str, detail: str) -> None:
        super().__init__(f"table {table}: {detail}")
        self.table = table


class WarehouseError(ScoPipelineError):
    """The warehouse is missing, damaged or in use."""


class QueryError(ScoPipelineError):
    """SQL given by the user failed."""


class GoldError(ScoPipelineError):
    """An annotated document cannot be read or does not fit its text."""


class UsageError(ScoPipelineError):
    """The command was called with values that make no sense."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown or has a value that makes no sense."""


class SourceError(UsageError):
    """An entry of sources.yaml makes no sense."""


class GateError(ScoPipelineError):
    """A refresh did not pass the gates; the current snapshot stays."""


class ExportError(ScoPipelineError):
    """An export cannot be written."""


class ListingError(ScoPipelineError):
    """A feed, sitemap or index page cannot be read; stops neither its source nor the run."""


class CollectError(ScoPipelineError):
    """Not a single source could be had."""


class FetchError(ScoPipelineError):
    """An address was not fetched; stops neither its source nor the run.

    Attributes:
        outcome: Code of ``fetch_outcome_labels``.
        url: Address that failed, after redirects.
        status: HTTP status; None without an answer.
        retry_after_seconds: What the server asked to wait.
    """

    def __init__(
        self,
        outcome: str,
        url: str,
        detail: str,
        status: int | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{url}: {detail}")
        self.outcome = outcome
        self.url = url
        self.detail = detail
        self.status = status
        self.retry_after_seconds = retry_after_seconds
