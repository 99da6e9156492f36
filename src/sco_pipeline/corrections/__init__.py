"""``raw/corrections.csv``: values and rows that people put right; they go before every rule.

The way: ``reading`` checks the lines by themselves, against what ``targets`` says can be
corrected; ``applying`` corrects rows and tells what became of each line; ``writing`` adds a line
that fits the published tables.
"""

from sco_pipeline.corrections.applying import (
    Corrected,
    correct_rows,
    correction_rejects,
    correction_rows,
)
from sco_pipeline.corrections.reading import Correction, Corrections, Outcome, read_corrections
from sco_pipeline.corrections.targets import MENTION_TABLES
from sco_pipeline.corrections.writing import write_correction

__all__ = [
    "MENTION_TABLES",
    "Corrected",
    "Correction",
    "Corrections",
    "Outcome",
    "correct_rows",
    "correction_rejects",
    "correction_rows",
    "read_corrections",
    "write_correction",
]
