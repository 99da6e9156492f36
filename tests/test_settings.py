from __future__ import annotations

from pathlib import Path

import pytest

from sco_pipeline import settings
from sco_pipeline.errors import SettingsError
from sco_pipeline.settings import GateSettings, Settings, read_settings

ROOT = Path(__file__).parents[1]


def _write(folder: Path, text: str, name: str = settings.OWN_FILE) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_page_is_up_to_date() -> None:
    assert (ROOT / settings.PATH).read_text(encoding="utf-8") == settings.render(), (
        "run `python -m sco_pipeline.settings`"
    )


def test_defaults_without_a_file(tmp_path: Path) -> None:
    assert read_settings(directory=tmp_path) == Settings()
    _write(tmp_path, "[project]\nname = 'other'\n", settings.PROJECT_FILE)
    assert read_settings(directory=tmp_path) == Settings()
    assert 1 <= Settings().workers <= settings.MOST_WORKERS


def test_all_kinds_of_values(tmp_path: Path) -> None:
    (tmp_path / "gold").mkdir()
    path = _write(
        tmp_path,
        "keep_snapshots = 3\nwait_seconds = 1\n[gates]\nmax_reject_share = 1\ngold = 'gold'\n"
        "max_row_drop_by_table = { sentences = 0.5 }\nmin_f1 = { decisions = 0 }\n",
    )
    found = read_settings(directory=tmp_path)
    assert (found.keep_snapshots, found.wait_seconds, found.source) == (3, 1.0, path)
    assert found.gates.max_reject_share == 1.0
    assert found.gates.gold == tmp_path / "gold"
    assert found.gates.max_row_drop_by_table == {"sentences": 0.5}
    assert found.gates.min_f1 == {**GateSettings().min_f1, "decisions": 0.0}
    assert found.memory_limit_mb == Settings().memory_limit_mb


def test_own_file_goes_before_the_project_and_a_named_one_before_both(tmp_path: Path) -> None:
    _write(tmp_path, "[tool.sco_pipeline]\nkeep_snapshots = 7\n", settings.PROJECT_FILE)
    assert read_settings(directory=tmp_path).keep_snapshots == 7
    _write(tmp_path, "keep_snapshots = 8\n")
    assert read_settings(directory=tmp_path).keep_snapshots == 8
    other = _write(tmp_path, "keep_snapshots = 9\n", "other.toml")
    assert read_settings(other, tmp_path).keep_snapshots == 9
    assert read_settings(tmp_path / settings.PROJECT_FILE, tmp_path).keep_snapshots == 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("keep_snapshot = 3", ["no setting keep_snapshot;", "nearest is keep_snapshots"]),
        ("[gates]\nmax_rejects = 3", ["gates.max_rejects;", "gates.max_reject_share"]),
        ("[gates.min_f1]\ndecision = 0.5", ["gates.min_f1.decision;", "gates.min_f1.decisions "]),
        ("[gates.max_row_drop_by_table]\nsentence = 1", ["gates.max_row_drop_by_table.sentences"]),
        ("keep_snapshots = 1", ["keep_snapshots is 1", "a whole number from 2 up"]),
        ("workers = 2.0", ["workers is 2.0", "a whole number from 0 up"]),
        ("limits.pdf_pages = 0", ["limits.pdf_pages is 0", "a whole number from 1 up"]),
        ("collect.allowed_hosts = 'a'", ["collect.allowed_hosts is 'a'", "a list of texts"]),
        ("collect.allowed_hosts = [1]", ["collect.allowed_hosts is 1", "text in quotes"]),
        ("collect.contact = 1", ["collect.contact is 1", "text in quotes"]),
        ("collect.agent = 'a'", ["no setting collect.agent"]),
        ("workers = true", ["workers is True", "a whole number"]),
        ("workers = '2'", ["workers is '2'", "a whole number"]),
        ("wait_seconds = inf", ["wait_seconds is inf", "finite"]),
        ("gates.max_row_drop = nan", ["gates.max_row_drop is nan", "from 0 to 1"]),
        ("gates.max_row_drop = 1.1", ["gates.max_row_drop is 1.1", "from 0 to 1"]),
        ("gates.min_f1.decisions = -1", ["gates.min_f1.decisions is -1", "from 0 to 1"]),
        ("gates.min_f1 = 0.5", ["gates.min_f1 is 0.5", "a table of settings"]),
        ("gates = 1", ["gates is 1", "a table of settings"]),
        ("gates.gold = 1", ["gates.gold is 1", "a path"]),
        ("gates.gold = 'nowhere'", ["gates.gold is 'nowhere'", "no folder"]),
        ("source = 'x'", ["no setting source"]),
        ("workers =", ["cannot be read as TOML", "--settings"]),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, words: list[str]) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(SettingsError) as error:
        read_settings(directory=tmp_path)
    assert error.value.exit_code == 2
    for part in [f"{path}: ", *words]:
        assert part in str(error.value)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="none.toml: cannot be read"):
        read_settings(tmp_path / "none.toml")


@pytest.mark.parametrize("text", ["tool = 1", "[tool]\nsco_pipeline = 1"])
def test_project_file_of_an_odd_shape(tmp_path: Path, text: str) -> None:
    _write(tmp_path, text, settings.PROJECT_FILE)
    with pytest.raises(SettingsError, match="must be a table"):
        read_settings(directory=tmp_path)


def test_settings_of_this_repository() -> None:
    assert read_settings(directory=ROOT).gates.gold == ROOT / "tests/gold/development"
