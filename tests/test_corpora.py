"""Texts the rules were not written for: no crash, and spans that hold."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from extractions import assembled

from sco_pipeline import pipeline
from sco_pipeline.checks import check_tables
from sco_pipeline.limits import Limits
from sco_pipeline.model import FoundFile
from sco_pipeline.raw_files import RawFolder
from sco_pipeline.workers import Workers

CORPORA = Path(__file__).resolve().parents[2] / "shared/corpora"


@pytest.mark.parametrize("name", ["ungdc", "unsc_resolutions"])
def test_corpus_goes_through(name: str) -> None:
    folder = CORPORA / name
    if not folder.is_dir():
        pytest.skip("the corpora of ../shared are not here")
    files = list(RawFolder(folder))
    assert all(isinstance(file, FoundFile) for file in files)
    keys = [file.sha256[:12] for file in files]
    batch = list(zip(keys, files, strict=True))
    extract = partial(pipeline.extract_batch, Limits())
    [(_, mentions)] = Workers(0).map_guarded(extract, [batch])
    tables = assembled((), mentions)
    check_tables(tables)
    assert tables["rejects"].num_rows == 0
    assert tables["documents"].num_rows == len(list(folder.glob("*.txt")))
