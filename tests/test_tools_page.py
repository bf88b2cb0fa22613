"""The tools page from outside: every line of it in an empty folder, with the demo that the package writes."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from kl_research.commands.data.kept import keep
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.commands.demo import write_demo
from kl_research.commands.notebooks import parameters, shipped
from kl_research.terms.errors import InputError

BIN = Path(sys.executable).parent
PAGE = Path(__file__).resolve().parent.parent / "docs" / "tools.md"
LINES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder with the demo in it, as `kl-research demo` leaves it but for the pages."""
    folder = tmp_path_factory.mktemp("anywhere")
    keep(prepare(load_study(write_demo(folder / "kl-demo"))))
    return folder


def ran(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(line)
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "JUPYTER_PREFER_ENV_PATH": "1"}
    env.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=600)


def test_the_page_has_a_line_for_each_tool() -> None:
    assert {line.split()[0] for line in LINES} == {"papermill", "jupyter", "pytest"}


@pytest.mark.parametrize("line", LINES)
def test_every_line_of_the_page_works_as_it_stands(line: str, place: Path) -> None:
    done = ran(line, place)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def aalborg(place: Path) -> None:
    """What the page's lines about Aalborg leave, where those tests have not been run before."""
    if not (place / "aalborg.html").exists():
        for line in [line for line in LINES if "aalborg.ipynb" in line and "plain" not in line]:
            assert ran(line, place).returncode == 0


def test_a_number_given_to_papermill_is_the_code_it_means(place: Path) -> None:
    aalborg(place)
    executed = nbformat.read(place / "aalborg.ipynb", as_version=4)
    assert executed.metadata.papermill.parameters == {"municipality": 851}
    record = "".join(str(cell.get("outputs", "")) for cell in executed.cells)
    assert "'municipality': '851'" in record


def test_our_engine_refuses_a_parameter_the_notebook_does_not_have(place: Path) -> None:
    done = ran("papermill --engine kl-research kl-demo/notebooks/start.ipynb x.ipynb -p municipalty 851", place)
    assert done.returncode != 0
    assert "Did you mean municipality?" in done.stderr


def test_a_page_made_by_nbconvert_says_that_its_data_are_simulated(place: Path) -> None:
    aalborg(place)
    assert "Simuler" in (place / "aalborg.html").read_text(encoding="utf-8")


def test_a_demo_that_is_there_is_gone_on_with_and_other_peoples_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="a folder with other files"):
        write_demo(tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_every_notebook_opens_on_the_demo_it_was_written_with(place: Path, root: Path) -> None:
    written = sorted((place / "kl-demo" / "notebooks").glob("*.ipynb"))
    written = [path for path in written if path.stem != "executed"]  # of another test of this page
    assert [path.name for path in written] == [path.name for path in sorted(shipped("notebooks").glob("*.ipynb"))]
    assert {parameters(path)["study_file"] for path in written} == {str(place / "kl-demo" / "params" / "demo.yaml")}
    for path in (root / "data" / "raw" / "demo").iterdir():  # the same bytes as those of the source tree
        assert (place / "kl-demo" / "data" / "raw" / "demo" / path.name).read_bytes() == path.read_bytes()
