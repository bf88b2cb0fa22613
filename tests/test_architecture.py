"""The house: five floors, no arrow upwards, no circle; a light front door."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "kl_research"

FLOORS = [
    {"cpr", "months", "scratch"},
    {"errors"},
    {"municipalities", "strict_yaml"},
    {"strict_model"},
    {"panel", "events", "study"},
    {"ingest", "adoption", "effects", "batch", "simulate"},
    {"findings"},
    {"prepare"},
    {"planned"},
    {"published"},
    {
        "run", "compare", "extract", "plan", "validate", "new_study", "status", "event_list", "table", "open_lab",
        "nbtest", "explorer",
    },
    {"cli"},
]  # fmt: skip
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
# Words of the field that stand on one another on the same floor, in this order only.
BESIDE = {("study", "events"), ("run", "compare"), ("status", "run"), ("nbtest", "compare")}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The rooms a file imports from, wherever in the file the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("kl_research"):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("kl_research.")}
    return found


FILES = sorted(path for path in SOURCE.rglob("*.py") if path.parent != SOURCE or path.name != "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_imports_only_from_floors_below_it(path: Path) -> None:
    here = room_of(path)
    assert here in FLOOR, f"{here} stands on no floor: give it one in this test and in CONTRIBUTING.md"
    for room in imports(path) - {here, "__version__"}:
        lower = FLOOR.get(room, 99) < FLOOR[here]
        assert lower or (here, room) in BESIDE, (
            f"{path.relative_to(SOURCE)} imports {room}, which is not below {here}"
        )


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = {".".join(path.relative_to(SOURCE).with_suffix("").parts): path for path in SOURCE.rglob("*.py")}
    edges = {name: inner_imports(path) & set(modules) for name, path in modules.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"circle: {' -> '.join((*trail, name))}"
        if name not in done:
            for other in edges[name]:
                visit(other, (*trail, name))
            done.add(name)

    for name in modules:
        visit(name, ())


def inner_imports(path: Path) -> set[str]:
    """The modules a file imports when it is imported: those at its top level."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("kl_research"):
            base = node.module.removeprefix("kl_research").removeprefix(".")
            found |= {base} | {f"{base}.{alias.name}".strip(".") for alias in node.names}
    return found


@pytest.mark.parametrize("room", ["effects", "adoption"])
def test_the_statistics_touch_no_files_draw_nothing_print_nothing(room: str) -> None:
    for path in (SOURCE / room).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
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
