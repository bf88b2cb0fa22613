"""One run, in a worker process: papermill executes a copy, `finish` renders it, both are put in place by renaming.

Nothing is written where a reader looks before it is whole: the notebook is executed and the page rendered in a
temporary folder, and `place` moves the finished files.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from kl_research.batch.plan import Outcome, Run

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")


@dataclass(frozen=True)
class Limits:
    """What one run may use: seconds, megabytes of memory, megabytes of printed output."""

    seconds: float = 900
    memory_mb: float = 4000
    output_mb: float = 20


@dataclass(frozen=True)
class Product:
    """An outcome and the files that belong to it, as content by path."""

    outcome: Outcome
    files: dict[Path, bytes] = field(default_factory=dict)


class RunError(Exception):
    """A run failed in a way that is told in one line."""

    def __init__(self, line: str, *, dead: bool = False) -> None:
        super().__init__(line)
        self.dead = dead


def perform(run: Run, finish: str, limits: Limits) -> Product:
    """Execute one run and return what it made; never raises."""
    began = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="kl-run-"))
    executed = folder / run.output.name
    record: dict[str, Any] | None = None
    files: dict[Path, bytes] = {}
    status, error, dead = "ok", "", False
    try:
        _execute(run, executed, limits)
        tidy(executed)
        html = folder / "page" / run.area / Path(run.page.get("html", "page.html")).name
        html.parent.mkdir(parents=True)
        record = _finisher(finish)(executed, {**run.page, "html": str(html)}) if finish else None
        if record and record.get("withheld"):
            status, error = "withheld", "; ".join(record["withheld"])
        elif html.is_file():
            files[Path(run.page["html"])] = html.read_bytes()
    except RunError as failure:
        status, error, dead = "failed", str(failure), failure.dead
    except Exception as failure:
        status, error = "failed", one_line(f"{type(failure).__name__}: {failure}")
    finally:
        if executed.is_file() and status != "withheld":
            files[run.output] = executed.read_bytes()
        shutil.rmtree(folder, ignore_errors=True)
    seconds = time.perf_counter() - began
    return Product(Outcome(run, status, seconds, error, record, dead), files)


def place(product: Product) -> None:
    """Write each file beside its place and rename it, so that a reader sees the old page or the new one."""
    for path, content in product.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.part")
        try:
            aside.write_bytes(content)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)


def _finisher(name: str) -> Callable[[Path, dict[str, Any]], dict[str, Any]]:
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)  # type: ignore[no-any-return]


def _execute(run: Run, executed: Path, limits: Limits) -> None:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    declared = papermill.inspect_notebook(_literally(run.notebook))
    unseen = [name for name in run.parameters if name not in declared]
    if unseen:
        # papermill would only warn, and the run would be green on the default municipality
        raise RunError(f"papermill does not see the parameter {', '.join(unseen)} in {run.notebook.name}")
    try:
        papermill.execute_notebook(
            _literally(run.notebook),
            _literally(executed),
            parameters=run.parameters,
            cwd=str(run.folder or run.notebook.parent),
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            progress_bar=False,
            execution_timeout=int(limits.seconds),
        )
    except papermill.PapermillExecutionError as error:
        raise RunError(_failure_line(error)) from None
    except CellTimeoutError:
        raise RunError(f"stopped after {limits.seconds:g} s") from None
    except DeadKernelError:
        raise RunError("the kernel died", dead=True) from None


def _literally(path: Path) -> str:
    # papermill formats paths with the parameters; braces in a folder's name are meant as they stand
    return str(path).replace("{", "{{").replace("}", "}}")


def _failure_line(error: Any) -> str:
    traceback = _ANSI.sub("", "\n".join(error.traceback or []))
    numbers = _LINE.findall(traceback)
    line = int(numbers[0]) if numbers else None
    source = error.source.splitlines()
    code = f" `{source[line - 1].strip()}`" if line and line <= len(source) else ""
    at = f"cell {error.exec_count}" + (f", line {line}" if line else "") + code
    return one_line(f"{at}: {error.ename}: {error.evalue}")


def one_line(text: str, longest: int = 400) -> str:
    """The text without line breaks or colours, cut to a length a terminal can show."""
    text = " ".join(_ANSI.sub("", text).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def tidy(executed: Path) -> None:
    """Take clock times, temporary paths and random ids out of an executed notebook: same input, same bytes."""
    notebook = json.loads(executed.read_text(encoding="utf-8"))
    papermill = notebook["metadata"].get("papermill", {})
    notebook["metadata"]["papermill"] = {"parameters": papermill.get("parameters", {})}
    for number, cell in enumerate(notebook["cells"]):
        for key in ("papermill", "execution"):
            cell["metadata"].pop(key, None)
        if "injected-parameters" in cell["metadata"].get("tags", []) and "id" in cell:
            cell["id"] = f"injected-{number}"
    executed.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
