"""What is to be run, checked before anything starts: notebook, area, parameters, page."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal

from kl_research.terms.errors import InputError

Status = Literal["ok", "failed", "withheld"]
# The annotations papermill's own reader sees; it is blind to `int | None` and its like.
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}


@dataclass(frozen=True)
class Run:
    """One notebook for one area.

    `parameters` are literals for the notebook's parameters cell, `folder` its working directory, `output` the
    place of the executed notebook, and `page` what `finish` is told; `page["html"]` names the page it writes.
    """

    notebook: Path
    area: str
    parameters: dict[str, Any]
    output: Path
    page: dict[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def name(self) -> str:
        """The run's name in files and messages.

        >>> Run(Path("adoption.ipynb"), "461", {}, Path("a.ipynb")).name
        '461.adoption'
        """
        return f"{self.area}.{self.notebook.stem}"


@dataclass(frozen=True)
class Limits:
    """What one run may use: seconds, megabytes of memory, megabytes of printed output."""

    seconds: float = 900
    memory_mb: float = 4000
    output_mb: float = 20


@dataclass(frozen=True)
class Outcome:
    """What became of a run: `record` is what `finish` returned, `error` one line, empty when all went well.

    `dead` says that the kernel or its worker died without a word, the one failure that is tried again; `note`
    says why its kernel was started cold, empty when it was warm.
    """

    run: Run
    status: Status
    seconds: float
    error: str = ""
    record: dict[str, Any] | None = None
    dead: bool = False
    note: str = ""


def check_runs(runs: list[Run]) -> None:
    """Check every parameter of every run against its notebook's parameters cell.

    Raises `InputError` for a notebook that cannot be read, an unknown parameter, a value that is no literal or
    of another type, so that no run starts on the default municipality because of a misspelt name.
    """
    for run in runs:
        declared = parameters_of(run.notebook)
        for name, value in run.parameters.items():
            where = f"{run.notebook.name}, parameters"
            check_known([name], declared, where)
            kind = declared[name]
            if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "bool"):
                raise InputError(
                    where, f"a {type(value).__name__} for {name!r}", kind, "give a value of the declared type"
                )
            _check_literal(value, where, name)


def check_known(given: Iterable[str], declared: Iterable[str], where: str) -> None:
    """Refuse a parameter that no parameters cell declares: papermill would run on the default without it."""
    known = list(declared)
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            cure = f"did you mean {near[0]}?" if near else f"declare `{name} = ...` in that cell"
            raise InputError(where, f"no parameter {name!r}", f"one of: {', '.join(known) or 'none'}", cure)


def _check_literal(value: Any, where: str, name: str) -> None:
    try:
        same = ast.literal_eval(repr(value)) == value
    except (ValueError, SyntaxError):
        same = False
    if not same:
        raise InputError(
            where, f"a value of {name!r} that is no literal", "text, numbers, lists", "write dates as text"
        )


def read_notebook(path: Path) -> dict[str, Any]:
    """The notebook's JSON; raises `InputError` when it is absent or not a notebook."""
    if not path.is_file():
        raise InputError(
            str(path), "no such notebook", "a .ipynb file", "check `notebooks` and `overview` in the study"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = content["cells"]
    except (ValueError, KeyError, TypeError):
        raise InputError(path.name, "no notebook", "notebook JSON, format 4", "save it again in JupyterLab") from None
    for cell in cells:
        if isinstance(cell.get("source"), list):
            cell["source"] = "".join(cell["source"])
    return content


def parameters_of(path: Path) -> dict[str, str]:
    """Name and type of each parameter a notebook declares, in order.

    Raises `InputError` unless the cell tagged `parameters` holds literals only, `municipality = "461"`.
    """
    return dict(_parameters(path, path.stat().st_mtime_ns if path.is_file() else 0))


@cache
def _parameters(path: Path, _changed: int) -> tuple[tuple[str, str], ...]:
    return declared_in(read_notebook(path)["cells"], path.name)


def declared_in(cells: list[dict[str, Any]], name: str) -> tuple[tuple[str, str], ...]:
    """Name and type of each parameter that the cells of the notebook called `name` declare; raises `InputError`."""
    cells = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
    if len(cells) != 1:
        raise InputError(
            name,
            f"{len(cells)} cells tagged `parameters`",
            "exactly one",
            "tag the cell that holds the defaults",
        )
    where = f"{name}, parameters"
    try:
        lines = ast.parse(cells[0]["source"]).body
    except SyntaxError:
        raise InputError(
            where, "a cell that is not Python", "assignments", "keep magics and text out of it"
        ) from None
    return tuple(_declaration(line, where) for line in lines)


def _declaration(line: ast.stmt, where: str) -> tuple[str, str]:
    here = f"{where}, line {line.lineno}"
    if isinstance(line, ast.Assign) and len(line.targets) == 1:
        target, annotation = line.targets[0], None
    elif isinstance(line, ast.AnnAssign):
        target, annotation = line.target, line.annotation
    else:
        target, annotation = None, None
    value = getattr(line, "value", None)
    if not isinstance(target, ast.Name) or value is None:
        raise InputError(here, "no declaration", '`name = "value"`', "give each parameter a plain default")
    try:
        default = ast.literal_eval(value)
    except ValueError:
        raise InputError(here, "a default that is computed", "a literal", "compute it in a later cell") from None
    # `list[str]` is a list; papermill reads the annotation as text and is blind to `int | None`
    kind = ast.unparse(annotation).partition("[")[0] if annotation else type(default).__name__
    if kind not in TYPES:
        cure = "papermill cannot see other types; use a plain one"
        raise InputError(here, f"the type {kind} of {target.id!r}", f"one of: {', '.join(TYPES)}", cure)
    return target.id, kind
