"""Texts the rules were not written for: no crash, and spans that hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from sco_pipeline import pipeline

CORPORA = Path(__file__).resolve().parents[2] / "shared/corpora"


@pytest.mark.parametrize("name", ["ungdc", "unsc_resolutions"])
def test_corpus_goes_through(name: str) -> None:
    folder = CORPORA / name
    if not folder.is_dir():
        pytest.skip("the corpora of ../shared are not here")
    listing = pipeline.list_raw(folder)
    batches = [pipeline.extract_batch(files) for files in listing.batches()]
    tables = pipeline.assemble(listing, batches)  # checks every row
    assert tables["rejects"].num_rows == 0
    assert tables["documents"].num_rows == len(list(folder.glob("*.txt")))
