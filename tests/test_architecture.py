"""The house: rooms on floors, no import upwards, no circle, a light front door.

`HOUSE` is the picture in CONTRIBUTING.md. A room may import from the lines above its own, never from those on its
line or below. Where a room has rooms or modules of its own on several floors, the same holds among them.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "kl_research"

HOUSE = """
terms, statistics
disclosure
adoption, effects, batch, simulate
intake
    intake:   quality
              files
              columns
              privacy, layouts, file_data, corrections
              tables
              calls
              beside, choice
              raw_file, side_files, states, proposal, denominators, together
              panel_table
              assemble
              own
              processed
    adoption: use
              rows
              cut, cutting, codes, periods, hours, rampup, survival
              measures, watch
              table, summary, sums, diffusion
              peers
    effects:  effect, records, counts, span, usable, donors, free_stretches, threats, window, verdict
              answer, power, example
              checks
              designs
              evaluation
              questions
    batch:    keys, plan, progress, lock, state, warm
              imports, engine, entry, worker, pool, runner
              distributed
findings
    findings: words
              statements
              html
              consistency
              drawing
              pages
              interventions, office
              meeting, site
              handouts
commands
extract, lab
cli
"""


def parse(text: str) -> tuple[list[set[str]], dict[str, list[set[str]]]]:
    """The floors of the house, and for each room with rooms of its own the floors within it."""
    house: list[set[str]] = []
    within: dict[str, list[set[str]]] = {}
    room = ""
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            house.append(set(line.split(", ")))
            continue
        before, colon, after = line.partition(":")
        room = before.strip() if colon else room
        within.setdefault(room, []).append({name.strip() for name in (after if colon else line).split(",")})
    return house, within


FLOORS, WITHIN = parse(HOUSE)


def height(floors: list[set[str]], name: str) -> int:
    """The floor of a room or module."""
    return next(i for i, names in enumerate(floors) if name in names)


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name; a package under its own."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> set[str]:
    """The modules a file imports from, wherever in the file the import is."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kl_research":
            base = (node.module or "").removeprefix("kl_research").removeprefix(".")
            full = {f"{base}.{alias.name}".strip(".") for alias in node.names}
            found |= {name if name in MODULES else base for name in full}
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("kl_research.") for alias in node.names if "kl_research." in alias.name}
    return found - {""}


@pytest.mark.parametrize("name", [name for name in MODULES if name])
def test_a_room_imports_only_from_floors_below_it(name: str) -> None:
    room, _, rest = name.partition(".")
    assert any(room in floor for floor in FLOORS), f"{room} is on no floor: add it to HOUSE"
    for other in imports(MODULES[name]):
        target, _, inner = other.partition(".")
        if target != room:
            lower = height(FLOORS, target) < height(FLOORS, room)
            assert lower, f"{name} imports {other}, which is not on a floor below"
        elif room in WITHIN and rest and inner:
            here, there = rest.partition(".")[0], inner.partition(".")[0]
            lower = height(WITHIN[room], there) < height(WITHIN[room], here)
            beside = there == here or (f"{room}.{here}" in LEAVES and f"{room}.{there}" in LEAVES)
            level = height(WITHIN[room], there) == height(WITHIN[room], here)
            assert lower or (beside and level), f"{name} imports {other}, which is not on a floor below"


# Modules that lie directly in a room: on one floor they may use one another; the test for circles keeps the order.
LEAVES = {name for name, path in MODULES.items() if path.name != "__init__.py"}


def test_the_table_names_what_is_there() -> None:
    rooms = {name.partition(".")[0] for name in MODULES if name}
    assert rooms == set().union(*FLOORS)
    for room, floors in WITHIN.items():
        inside = {name.split(".")[1] for name in MODULES if name.startswith(f"{room}.")}
        assert inside == set().union(*floors), room


def test_the_picture_in_contributing_is_this_table() -> None:
    assert HOUSE.strip() in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_no_folder_is_more_than_one_room() -> None:
    for folder in {path.parent for path in MODULES.values()}:
        files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(files) <= 16, folder.name


def test_no_module_imports_itself_in_a_circle() -> None:
    edges = {name: inner_imports(path) & set(MODULES) - {name} for name, path in MODULES.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"circle: {' -> '.join((*trail, name))}"
        if name not in done:
            for other in edges[name]:
                visit(other, (*trail, name))
            done.add(name)

    for name in MODULES:
        visit(name, ())


def inner_imports(path: Path) -> set[str]:
    """The modules a file imports when it is imported: those at its top level."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("kl_research"):
            base = node.module.removeprefix("kl_research").removeprefix(".")
            full = {f"{base}.{alias.name}".strip(".") for alias in node.names}
            found |= {name if name in MODULES else base for name in full}
    return found


@pytest.mark.parametrize("room", ["statistics", "effects", "adoption"])
def test_the_statistics_touch_no_files_draw_nothing_print_nothing(room: str) -> None:
    for path in (SOURCE / room).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                node.body = []  # the name of a type draws nothing
        names = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        used = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        used |= {
            node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
        }
        assert not names & {"print", "open"}, path.name
        assert not used & {"matplotlib", "seaborn", "pathlib", "os", "rich"}, path.name


def test_no_file_is_named_after_nothing() -> None:
    assert not [p for p in SOURCE.rglob("*.py") if p.stem in {"utils", "helpers", "common", "misc", "tools"}]


def test_the_front_door_is_light() -> None:
    heavy = {"pandas", "numpy", "statsmodels", "matplotlib", "scipy"}
    code = "import sys, kl_research; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not heavy & set(printed.split())


def test_every_public_name_exists_and_says_what_it_is() -> None:
    import kl_research

    for name in kl_research.__all__:
        assert getattr(kl_research, name).__doc__, f"kl.{name} has no docstring"
