"""JupyterLab opens on the study: its own notebooks, or copies that name it; Danish where the system is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kl_research.effects.example import drawn_example
from kl_research.open_lab import command, notebooks_of, overrides, system_language
from kl_research.panel import write_panel
from kl_research.study import Study

STUDY = 'study: mine\ntitle: {en: "Mine"}\nraw: [{path: export.csv}]\nmunicipalities: free\nout: out\n'


@pytest.fixture
def mine(tmp_path: Path) -> Study:
    (tmp_path / "mine.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "export.csv").write_text("x", encoding="utf-8")
    (tmp_path / "processed-mine").mkdir()
    write_panel(drawn_example()[0], tmp_path / "processed-mine")
    return Study.load(tmp_path / "mine.yaml")


def parameters(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))


def test_the_demo_opens_on_the_notebooks_themselves(root: Path) -> None:
    assert notebooks_of(Study.load(root / "params" / "demo.yaml")) == root / "notebooks"


def test_another_study_opens_on_copies_that_name_it_and_its_largest_municipality(mine: Study) -> None:
    folder = notebooks_of(mine)
    assert folder == mine.file.parent / "notebooks-mine"
    assert parameters(folder / "start.ipynb") == 'study_file = "../mine.yaml"\nmunicipality = "001"'
    assert 'export = "../export.csv"' in parameters(folder / "bring_your_own_export.ipynb")
    assert "pre_months = 24" in parameters(folder / "explore.ipynb")
    assert "record+json" not in (folder / "adoption.ipynb").read_text(encoding="utf-8")


def test_a_copy_that_somebody_worked_in_is_left_alone(mine: Study) -> None:
    own = notebooks_of(mine) / "start.ipynb"
    own.write_text("mine", encoding="utf-8")
    notebooks_of(mine)
    assert own.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(("name", "value"), [("LC_ALL", "da_DK.UTF-8"), ("LANG", "da_DK")])
def test_the_system_says_its_language_by_its_locale(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    assert system_language() == "da"


def test_lab_asks_no_question_about_news_and_speaks_danish_only_when_asked() -> None:
    assert overrides("en") == {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
    }
    assert "@jupyterlab/translation-extension:plugin" in overrides("da")


def test_lab_listens_on_this_machine_only() -> None:
    words = command(Path("/p/notebooks/start.ipynb"), Path("/s"))
    assert "--ServerApp.ip=127.0.0.1" in words
    assert not [word for word in words if "token" in word or "password" in word]
