"""Every error the package raises on purpose, under one root.

A message names the file, the offset or the value, and says what to do; the
command line prints it as one line and exits with ``exit_code``.
"""


class ScoPipelineError(Exception):
    """Root of all errors that a user can act on."""

    exit_code = 1


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


class GateError(ScoPipelineError):
    """A refresh did not pass the gates; the current snapshot stays."""


class ExportError(ScoPipelineError):
    """An export cannot be written."""
