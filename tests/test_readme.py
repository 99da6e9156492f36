"""The README says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from readme import README, ROOT, render

from sco_pipeline import pipeline


def test_examples_print_what_the_readme_shows(tmp_path: Path) -> None:
    """Stale? Run: .venv/bin/python tests/readme.py."""
    pipeline.build(ROOT / "raw", tmp_path)
    text = README.read_text("utf-8")
    assert text.count("```console\n$ .venv/bin/sco-pipeline sql") >= 3
    assert render(text, tmp_path) == text


def test_files_the_readme_names_exist() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text("utf-8")):
        assert (ROOT / target).exists(), target
