"""The documentation: its Python runs, its links lead somewhere, its commands exist, it holds every public name."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import yaml

import kl_research
from kl_research.cli import app
from kl_research.prepare import keep, load_study, prepare

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
TEXTS = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "GLOSSARY.md"]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda path: path.name)
def test_the_python_of_a_page_runs_from_top_to_bottom(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    keep(prepare(load_study(Path("params/demo.yaml"))))
    names: dict[str, object] = {}
    for number, block in enumerate(blocks(page, "python"), start=1):
        exec(compile(block, f"{page.name}, block {number}", "exec"), names)
    plt.close("all")


@pytest.mark.parametrize("page", TEXTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_or_heading_that_is_there(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links {link}"


@pytest.mark.parametrize("page", TEXTS, ids=lambda path: path.name)
def test_every_command_a_page_names_exists(page: Path) -> None:
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    named = set(re.findall(r"kl-research ([a-z]+)\b", page.read_text(encoding="utf-8")))
    assert named - known == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_yaml_on_a_page_is_yaml(page: Path) -> None:
    for block in blocks(page, "yaml"):
        assert yaml.safe_load(block)


def executed() -> str:
    """All code that the tests run beside the docstrings: the pages' and the notebooks'."""
    code = [block for page in PAGES for block in blocks(page, "python")]
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code += ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return "\n".join(code)


def test_every_public_name_has_an_example_that_runs() -> None:
    code = executed()
    without = [
        name
        for name in kl_research.__all__
        if ">>>" not in (inspect.getdoc(getattr(kl_research, name)) or "") and not re.search(rf"\bkl\.{name}\b", code)
    ]
    assert without == [], "give each an Examples section in its docstring, or use it in docs/ or in a notebook"


def test_every_public_name_is_in_the_reference() -> None:
    listed = set(
        re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "reference.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert listed == set(kl_research.__all__), "run `python docs/renew.py`"
