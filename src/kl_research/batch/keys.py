"""The content key of a run: what its page depends on, so that only what changed is run again.

A key has named parts; `status` names the part that differs. Parts are sha256 over content, never over times.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kl_research.batch.plan import Run, read_notebook

PACKAGES = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "seaborn", "papermill", "nbclient", "nbconvert")
PARTS = ("notebook", "parameters", "study", "events", "data", "code", "versions")
_PACKAGE = Path(__file__).resolve().parent.parent


def digest(content: Any) -> str:
    """The sha256 of JSON-ready content.

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def digest_files(paths: Iterable[Path]) -> str:
    """The sha256 over names and bytes of files, absent ones included as absent."""
    content = []
    for path in sorted(paths):
        content.append([path.name, digest_file(path) if path.is_file() else None])
    return digest(content)


def digest_file(path: Path) -> str:
    """The sha256 of one file's bytes, read a piece at a time."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that make the numbers and the pages."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


@cache
def digest_source(package: Path = _PACKAGE) -> str:
    """The sha256 of the project source a notebook can reach.

    The commands are above the pages and change none of them; nor does the batch.
    """
    rooms = ("adoption", "effects", "findings", "intake", "statistics", "terms")
    files = [p for room in rooms for p in (package / room).rglob("*") if p.is_file() and p.suffix != ".pyc"]
    content = [[str(path.relative_to(package)), digest_file(path)] for path in sorted(files) if path.is_file()]
    return digest(content)


@cache
def _digest_notebook(path: Path, _changed: int) -> str:
    cells = read_notebook(path)["cells"]
    return digest([[cell["cell_type"], cell["source"], sorted(cell["metadata"].get("tags", []))] for cell in cells])


@cache
def _environment(lock: Path | None, changed: int) -> str:
    return digest([versions(), digest_files([lock]) if lock and changed else ""])


def hashes(run: Run, read: dict[str, str], lock: Path | None = None) -> dict[str, str]:
    """The parts of a run's key; `read` holds those of what it reads (study, events, data)."""
    page = {name: value for name, value in run.page.items() if name != "html"}
    return {
        "notebook": _digest_notebook(run.notebook, run.notebook.stat().st_mtime_ns),
        "parameters": digest([run.area, run.parameters, page]),
        **read,
        "code": digest_source(),
        "versions": _environment(lock, lock.stat().st_mtime_ns if lock and lock.is_file() else 0),
    }


def differing(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """The parts in which two keys differ.

    >>> differing({"data": "a", "code": "b"}, {"data": "a", "code": "c"})
    ['code']
    """
    return [part for part in PARTS if old.get(part) != new.get(part)]
