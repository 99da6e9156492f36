"""Scores of the extraction against annotated documents (the contract, section 5)."""

from sco_pipeline.evaluation.scores import HEADLINES, SCORES, Error, Evaluation, Score, Tally
from sco_pipeline.evaluation.scoring import evaluate

__all__ = ["HEADLINES", "SCORES", "Error", "Evaluation", "Score", "Tally", "evaluate"]
