"""The notebooks that come along, and copies of them that open on a study of the reader's own."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kl_research.batch.plan import read_notebook
from kl_research.batch.state import write_json
from kl_research.terms.study import DEMO

_PACKAGE = Path(__file__).resolve().parents[1]
_LANGUAGES = {"da", "en"}


def shipped(folder: str) -> Path:
    """A folder that comes along: inside the installed package, else in the source tree."""
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parents[1] / folder


def copy_notebooks(folder: Path, values: Mapping[str, Any], language: str, *, keep_outputs: bool = False) -> None:
    """Write the notebooks into a folder, in one language and with other parameters.

    A parameter that a notebook does not have is left aside. A copy that is there already is the reader's own and
    stays. `keep_outputs` keeps what a notebook stores of its last run, which is the demo's.
    """
    for path in sorted(shipped("notebooks").glob("*.ipynb")):
        copy = folder / path.name
        if copy.exists():
            continue
        notebook = _in_one_language(read_notebook(path), language)
        cell = _parameters_cell(notebook)
        cell["source"] = _with_values(cell["source"], values)
        if not keep_outputs:
            for other in notebook["cells"]:
                if other["cell_type"] == "code":
                    other.update(outputs=[], execution_count=None)
        write_json(copy, notebook)


def opens_on(notebook: Path, study_file: Path) -> bool:
    """Whether a notebook's own parameters name a study by its path."""
    named = str(parameters(notebook)["study_file"])
    return named != DEMO and Path.resolve(notebook.parent / named) == study_file.resolve()


def parameters(notebook: Path) -> dict[str, Any]:
    """The parameters of a notebook with their defaults."""
    lines = ast.parse(_parameters_cell(read_notebook(notebook))["source"]).body
    return {name: value for line in lines for name, value in [_assigned(line)] if name}


def relative(path: Path, folder: Path) -> str:
    """A path as seen from a folder, with forward slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()


def _in_one_language(notebook: dict[str, Any], language: str) -> dict[str, Any]:
    def wanted(cell: dict[str, Any]) -> bool:
        named = _LANGUAGES & set(cell.get("metadata", {}).get("tags", []))
        return not named or language in named

    return {**notebook, "cells": [cell for cell in notebook["cells"] if wanted(cell)]}


def _parameters_cell(notebook: dict[str, Any]) -> dict[str, Any]:
    return next(c for c in notebook["cells"] if "parameters" in c.get("metadata", {}).get("tags", []))


def _with_values(source: str, values: Mapping[str, Any]) -> str:
    """The parameters cell with other values; types and comments stay.

    >>> _with_values('municipality: str = "851"  # a code', {"municipality": "461", "export": "x"})
    'municipality: str = "461"  # a code'
    """
    lines = source.splitlines()
    for line in ast.parse(source).body:
        name, _ = _assigned(line)
        if name in values and line.lineno == line.end_lineno:
            value = getattr(line, "value")  # noqa: B009, an assignment has one
            text = lines[line.lineno - 1].encode()
            new = json.dumps(values[name], ensure_ascii=False).encode()
            lines[line.lineno - 1] = (text[: value.col_offset] + new + text[value.end_col_offset :]).decode()
    return "\n".join(lines)


def _assigned(line: ast.stmt) -> tuple[str, Any]:
    target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
    if not isinstance(target, ast.Name):
        return "", None
    return target.id, ast.literal_eval(line.value)  # type: ignore[attr-defined]
