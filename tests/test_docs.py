"""The documentation: its Python runs, its links lead somewhere, its commands exist, it holds every public name."""

from __future__ import annotations

import ast
import inspect
import re
import runpy
import textwrap
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import yaml

import kl_research
from kl_research.cli import app
from kl_research.commands.data.kept import keep
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.terms.errors import InputError
from kl_research.terms.parameters import SHARED, with_parameters

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
    known |= {str(group.name) for group in app.registered_groups}
    named = set(re.findall(r"kl-research ([a-z]+)\b", page.read_text(encoding="utf-8")))
    assert named - known == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_yaml_on_a_page_is_yaml(page: Path) -> None:
    for block in blocks(page, "yaml"):
        assert yaml.safe_load(block)


def public(name: str, room: str) -> Any:
    """A public name as the package gives it, from its room: `kl_research.intake` is the room too."""
    thing = getattr(import_module(f"kl_research.{room}"), name)
    return with_parameters(thing) if inspect.isfunction(thing) else thing


def lacks(thing: Any, room: str) -> list[str]:
    """What the docstring of a public name does not say; numbers are computed in effects and adoption alone."""
    text = inspect.getdoc(thing) or ""
    heads = re.findall(r"^([A-Z]\w+)\n-{3,}\n", text, flags=re.MULTILINE)
    ask = {"an example": ">>> " in re.sub(r".*# doctest: \+SKIP", "", text) or "so it is skipped" in text}
    ask["sections in their order"] = heads == [section for section in ORDER if section in heads]
    ask["its examples' heading"] = "Examples" in heads
    if not inspect.isclass(thing):
        ask["what it returns"] = "Returns" in heads
        given = str(inspect.signature(thing).return_annotation)
        ask["columns"] = "DataFrame" not in given or bool(re.search(r"[Cc]olumn|[Rr]ow|frame", text))
        ask["its source"] = room not in ("effects", "adoption") or "References" in heads or "\nSource: " in text
        ask["its errors"] = not refuses(thing) or "Raises" in heads or "Raises nothing" in text
        for name in inspect.signature(thing).parameters:
            entry = re.search(rf"^(\w+, )*{name}(, \w+)* : [^\n]+\n    \S", text, flags=re.MULTILINE)
            ask[f"the parameter {name}"] = entry is not None
    return [what for what, said in ask.items() if not said]


ORDER = ["Parameters", "Returns", "Raises", "Notes", "References", "Examples"]

# Always given a title and an alternative by our own pages; of months that a panel holds; in a reader's language.
NOT_REFUSING = {"figure", "number", "say"}


@cache
def refuses(function: Any, deep: int = 2) -> bool:
    """Whether a function, one it calls or one that calls raises InputError or ValueError."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    if any(re.match(r"(InputError|ValueError)\b", ast.unparse(error)) for error in raised if error is not None):
        return True
    called = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    ours = [function.__globals__.get(name) for name in called if name not in NOT_REFUSING]
    ours = [one for one in ours if inspect.isfunction(one) and one.__module__.startswith("kl_research.")]
    return deep > 0 and any(refuses(one, deep - 1) for one in ours)


ROOMS = [(name, room) for room, names in kl_research._NAMES.items() for name in names]


@pytest.mark.parametrize(("name", "room"), ROOMS, ids=[name for name, _ in ROOMS])
def test_a_public_docstring_says_what_is_returned_and_refused_by_which_source_with_an_example(
    name: str, room: str
) -> None:
    assert lacks(public(name, room), room) == []


def test_what_a_docstring_lacks_is_seen() -> None:
    def silent(panel: pd.DataFrame) -> pd.DataFrame:
        """Sorted.

        >>> silent(panel)  # doctest: +SKIP
        """
        kl_research.check_panel(panel)
        raise InputError("a", "b", "c", "d")

    lacking = ["an example", "its examples' heading", "what it returns", "columns", "its source", "its errors"]
    assert lacks(silent, "effects") == [*lacking, "the parameter panel"]
    assert refuses(kl_research.evaluate_shared)  # through the matrices it makes, two calls away
    assert not refuses(kl_research.area_name)


def test_a_shared_meaning_is_used_and_written_once() -> None:
    functions = [thing for name, room in ROOMS if inspect.isfunction(thing := public(name, room))]
    used = {p.name for one in functions for p in inspect.signature(one).parameters.values()}
    assert {key.partition("=")[0] for key in SHARED} <= used
    assert "One row a municipality and month" in (kl_research.evaluate.__doc__ or "")


def test_every_public_method_has_a_docstring() -> None:
    classes = [thing for name, room in ROOMS if inspect.isclass(thing := public(name, room))]
    methods = [getattr(owner, name) for owner in classes for name in vars(owner) if not name.startswith("_")]
    assert [m for m in methods if callable(m) and inspect.isroutine(m) and not inspect.getdoc(m)] == []


def test_the_reference_and_the_stub_are_the_docstrings_and_names() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "renew.py"))
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == written["reference"](), "docs/renew.py"
    assert written["STUB"].read_text(encoding="utf-8") == written["stub"](), "run `python docs/renew.py`"


def test_the_site_has_every_page_and_every_room() -> None:
    site = (ROOT / "docs" / "site" / "build.py").read_text(encoding="utf-8")
    listed = set(re.findall(r"^docs/([\w-]+)$", site, flags=re.MULTILINE))
    assert listed == {page.stem for page in PAGES} - {"index"}
    rooms = {room.partition(".")[0] for _, room in ROOMS}
    assert {room for room in rooms if f'    "{room}": ' not in site} == set()
