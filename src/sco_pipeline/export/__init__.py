"""Exports for tools that read neither Parquet nor DuckDB; docs/adr/0011-exports.md says which.

``write`` does it; this module is light, so that the command line can name the forms.
"""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """What an export is made for."""

    csv = "csv"
    csv_excel = "csv-excel"
    graphml = "graphml"
    ftm = "ftm"
    annotations = "annotations"
