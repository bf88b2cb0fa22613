"""JupyterLab opens on the study: its own notebooks, or copies that name it; Danish where the system is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from kl_research.batch.state import read_json
from kl_research.effects.example import drawn_example
from kl_research.lab.open_lab import command, notebooks_of, open_lab, overrides, system_language
from kl_research.terms.errors import InputError
from kl_research.terms.panel import write_panel
from kl_research.terms.study import Study

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


def test_the_demo_opens_on_copies_too_so_that_the_checkout_stays_clean(root: Path, tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_bytes((root / "params" / "demo.yaml").read_bytes())
    study = Study.load(tmp_path / "demo.yaml").with_changes(events=str(root / "params" / "events" / "demo.yaml"))
    folder = notebooks_of(study, "en")
    assert folder == tmp_path / "notebooks-demo"
    assert 'municipality: str = "851"' in parameters(folder / "intervention_effect.ipynb")
    texts = (folder / "start.ipynb").read_text(encoding="utf-8")
    assert "Where do I begin?" in texts
    assert "Hvor begynder jeg?" not in texts  # one language at a time


def test_another_study_opens_on_copies_that_name_it_and_its_largest_municipality(mine: Study) -> None:
    folder = notebooks_of(mine)
    assert folder == mine.file.parent / "notebooks-mine"
    named = parameters(folder / "start.ipynb")
    assert 'study_file: str = "../mine.yaml"' in named
    assert 'municipality: str = "001"' in named
    assert 'export: str = "../export.csv"' in parameters(folder / "bring_your_own_export.ipynb")
    assert "pre_months: int = 24" in parameters(folder / "explore.ipynb")
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


def test_words_for_lab_come_last_and_win() -> None:
    words = command(Path("/p/notebooks/start.ipynb"), Path("/s"), ["--ip", "0.0.0.0", "--port", "9000"])
    assert words[-2:] == ["--port", "9000"]
    assert "--ServerApp.ip=127.0.0.1" not in words


def test_root_is_told_what_to_do_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(InputError, match="lab -- --allow-root"):
        open_lab(None)


def test_lab_listens_on_this_machine_only() -> None:
    words = command(Path("/p/notebooks/start.ipynb"), Path("/s"))
    assert "--ServerApp.ip=127.0.0.1" in words
    assert not [word for word in words if "token" in word or "password" in word]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[psutil.Process, dict[str, Any]]]:
    """A running JupyterLab, started as `kl-research lab` does but for the browser, and what it says of itself."""
    (tmp_path / "notebooks").mkdir()
    words = command(tmp_path / "notebooks" / "start.ipynb", tmp_path)
    words += ["--no-browser", "--allow-root", "--ServerApp.port=0"]
    runtime = tmp_path / "runtime"
    env = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime), "HOME": str(tmp_path)}
    with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + 90  # on a loaded machine; it takes three seconds
            while not (told := [one for path in runtime.glob("jpserver-*.json") if (one := read_json(path))]):
                assert server.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
            yield psutil.Process(server.pid), told[0]
        finally:
            server.kill()


def answer(address: str) -> int:
    """The status of an answer, redirects followed."""
    try:
        with urllib.request.urlopen(address, timeout=60) as found:
            return 403 if "/login" in found.url else int(found.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_lab_answers_this_machine_only_and_nobody_without_its_token(
    lab: tuple[psutil.Process, dict[str, Any]],
) -> None:
    process, told = lab
    listening = {c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    address, token = f"http://127.0.0.1:{told['port']}", told["token"]
    assert len(token) >= 40
    for path in ("/api/contents", "/api/kernels", "/lab", "/files/notebooks"):
        assert answer(address + path) == 403, path
    assert answer(f"{address}/api/contents?token={token[:-1]}x") == 403
    assert answer(f"{address}/api/contents?token={token}") == 200


def test_an_end_from_outside_ends_lab_too() -> None:
    program = (
        "import subprocess, sys; from kl_research.lab.open_lab import _watch\n"
        "lab = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(lab.pid, flush=True); _watch(lab)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        lab = psutil.Process(int(ours.stdout.readline()))
        time.sleep(0.5)  # until the handler is set
        ours.terminate()
        ours.wait(timeout=30)
    assert not lab.is_running()
