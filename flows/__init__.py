"""Orchestration with Prefect; what the stages do is in ``sco_pipeline.pipeline``."""
