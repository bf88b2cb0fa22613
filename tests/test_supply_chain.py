"""What is installed is what was reviewed: reasons, hashes, a wheel that is whole and builds to the same bytes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~;\[ ]", requirement)[0].lower() for requirement in requirements}


def test_every_dependency_stands_in_the_table_with_reason_licence_and_weight() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    declared = _names([*PROJECT["project"]["dependencies"], *(name for extra in extras for name in extra)])
    declared -= {"kl-research"}  # the extra `all` names the others
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    text = text[text.index("| package | reason |") :]  # above it: the heaviest, with what others bring
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    rows = [row for row in rows if row[0] not in ("package", "extra") and not row[0].startswith("---")]
    assert {row[-4] for row in rows} == declared
    assert all(all(row) and float(row[-1]) >= 0 for row in rows)


def test_every_line_of_the_lock_has_a_hash_and_none_an_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([a-z0-9][\w.-]*)==", lock, re.MULTILINE)
    assert _names(PROJECT["project"]["dependencies"]) <= {name.lower() for name in pinned}
    assert len(re.findall(r"^[a-z0-9][^\n]*\\\n +--hash=sha256:", lock, re.MULTILINE)) == len(pinned)
    assert "://" not in lock
    assert (ROOT / "Makefile").read_text(encoding="utf-8").count("--require-hashes -r requirements.lock") == 2


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheel, built twice."""
    found = []
    for name in "ab":
        folder = tmp_path_factory.mktemp(name)
        words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
        found += folder.glob("*.whl")
    return found


def test_the_wheel_builds_to_the_same_bytes(wheels: list[Path]) -> None:
    first, second = (wheel.read_bytes() for wheel in wheels)
    assert first == second


def test_the_wheel_carries_what_a_run_needs_besides_code(wheels: list[Path]) -> None:
    with zipfile.ZipFile(wheels[0]) as wheel:
        names = set(wheel.namelist())
    package = ROOT / "src" / "kl_research"
    for pattern in ("**/*.po", "**/*.j2", "**/*.csv", "**/*.css", "**/*.json", "**/*.js", "**/*.bib"):
        assert {f"kl_research/{path.relative_to(package).as_posix()}" for path in package.glob(pattern)} <= names
    assert {f"kl_research/params/{name}" for name in ("demo.yaml", "events/demo.yaml", "plans/poster.yaml")} <= names
    assert {f"kl_research/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")} <= names
    assert any(name.endswith("share/jupyter/kernels/kl-research/kernel.json") for name in names)
    assert not [name for name in names if name.startswith(("tests", "data")) or name.endswith("renew.py")]


def test_every_import_of_the_package_is_declared_and_the_core_needs_no_extra() -> None:
    names = {"pptx": "python-pptx", "yaml": "pyyaml", "websocket": "websocket-client", "IPython": "ipython"}
    core = _names(PROJECT["project"]["dependencies"])
    extras = PROJECT["project"]["optional-dependencies"]
    # Modules that only an extra brings; what they say without it is tested where they are used.
    optional = {
        "lab/explorer.py": "lab",
        "lab/register_form.py": "lab",
        "lab/worth_form.py": "lab",
        "site/pdf.py": "pdf",
        "files/workbook.py": "office",
        "office/deck.py": "office",
        "office/native.py": "office",
        "office/sheets.py": "office",
        "batch/distributed.py": "distributed",
    }
    for path in sorted((ROOT / "src").rglob("*.py")):
        here = path.as_posix()
        allowed = core.union(*(_names(extras[extra]) for end, extra in optional.items() if here.endswith(end)))
        allowed |= {"pytest"} if here.endswith("lab/nbtest.py") else set()  # pytest loads it
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            tops = {name.partition(".")[0] for name in found} - sys.stdlib_module_names - {"kl_research"}
            assert {names.get(top, top).replace("_", "-").lower() for top in tops} <= allowed, here
