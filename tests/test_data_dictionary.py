"""data_dictionary: complete, and what lies in docs/ is what the schema says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sco_pipeline import data_dictionary
from sco_pipeline.codes import reference_rows
from sco_pipeline.schema.tables import ALL_TABLES, CHANGES, REFERENCE_TABLES
from sco_pipeline.warehouse import read_views

REPOSITORY = Path(__file__).parent.parent


def test_is_fresh() -> None:
    written = (REPOSITORY / data_dictionary.PATH).read_text(encoding="utf-8")
    assert written == data_dictionary.render(), "stale; run: make dictionary"


def test_holds_every_table_view_and_code() -> None:
    text = data_dictionary.render()
    for spec in (*ALL_TABLES, CHANGES):
        assert f"\n### {spec.name}\n" in text
        assert all(f"| `{column.name}` |" in text for column in spec.columns)
    for view in read_views():
        assert f"\n### {view.name}\n" in text
    for spec in REFERENCE_TABLES:
        if spec.key == ("code",):
            for row in reference_rows(spec.name):
                assert f"| `{row['code']}` | {row['label']} |" in text


def test_main_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="no docs/ here"):
        data_dictionary.main()
    (tmp_path / "docs").mkdir()
    data_dictionary.main()
    assert (tmp_path / data_dictionary.PATH).read_text("utf-8") == data_dictionary.render()
