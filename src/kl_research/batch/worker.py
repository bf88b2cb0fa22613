"""One run, in a worker process: papermill executes a copy, `finish` renders it, both are put in place by renaming.

Nothing is written where a reader looks before it is whole: the notebook is executed and the page rendered in a
temporary folder, and `state.put` moves the finished files.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from kl_research.batch.plan import Limits, Outcome, Run, Status
from kl_research.batch.warm.process import use_template
from kl_research.terms import temporary as scratch

Finish = Callable[[Path, dict[str, Any]], dict[str, Any]]
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
WIDGETS = "application/vnd.jupyter.widget-state+json"
_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")


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


def prepare(finish: str) -> None:
    """Import what every run needs, before the first one is waited for."""
    import_module("kl_research.batch.imports")
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # a run's failure is one line, and the runner's to say
    if finish:
        import_module(finish.partition(":")[0])


def perform(run: Run, finish: str, limits: Limits, template: tuple[str, str] | None = None) -> Product:
    """Execute one run and return what it made; never raises.

    `template` is socket and key of the batch's template process; without it the kernel is started cold.
    """
    use_template(template)
    began = time.perf_counter()
    folder = scratch.make()
    executed = folder / run.output.name
    record: dict[str, Any] | None = None
    files: dict[Path, bytes] = {}
    status: Status = "ok"
    error, dead = "", False
    told: dict[str, str] = {}
    try:
        _execute(run, executed, limits, told)
        try:
            tidy(executed)
        except (OSError, ValueError, KeyError) as damage:
            raise RunError(f"the executed notebook was damaged by its run ({type(damage).__name__})") from None
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
        if status != "withheld" and (content := _whole(executed)):
            files[run.output] = content
        shutil.rmtree(folder, ignore_errors=True)
    seconds = time.perf_counter() - began
    return Product(Outcome(run, status, seconds, error, record, dead, told.get("cold", "")), files)


def _whole(executed: Path) -> bytes:
    """The bytes of an executed notebook; none of one that was not written or was damaged."""
    try:
        content = executed.read_bytes()
        return content if "cells" in json.loads(content) else b""
    except (OSError, ValueError):
        return b""


def _finisher(name: str) -> Finish:
    module, _, function = name.partition(":")
    function_: Finish = getattr(import_module(module), function)
    return function_


def _execute(run: Run, executed: Path, limits: Limits, told: dict[str, str]) -> None:
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.engines import papermill_engines

    from kl_research.batch.engine import Engine

    papermill_engines.register("kl-research", Engine)  # the entry point does this where it is installed

    declared = papermill.inspect_notebook(_literally(run.notebook))
    unseen = [name for name in run.parameters if name not in declared]
    if unseen:
        # papermill would only warn, and the run would be green on the default municipality
        raise RunError(f"papermill does not see the parameter {', '.join(unseen)} in {run.notebook.name}")
    try:
        notebook = papermill.execute_notebook(
            _literally(run.notebook),
            _literally(executed),
            parameters=run.parameters,
            cwd=str(run.folder or run.notebook.parent),
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            progress_bar=False,
            engine_name="kl-research",
            limits=limits,
            told=told,
        )
    except papermill.PapermillExecutionError as error:
        raise RunError(_failure_line(error)) from None
    except DeadKernelError:
        if told.get("breach"):
            raise RunError(told["breach"]) from None
        raise RunError("the kernel died", dead=True) from None
    except OSError as error:
        if error.filename != str(executed):
            raise
        raise RunError(f"its executed notebook could not be written: {error.strerror}") from None
    _refuse_early_end(notebook)


def _refuse_early_end(notebook: Any) -> None:
    """Papermill takes `sys.exit()` for a good end, although no cell after it has run."""
    for cell in notebook.cells:
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            raise RunError(f"cell {cell.execution_count}: sys.exit ended the notebook before its last cell")


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
    notebook = _numbered_widgets(json.loads(executed.read_text(encoding="utf-8")))
    papermill = notebook["metadata"].get("papermill", {})
    notebook["metadata"]["papermill"] = {"parameters": papermill.get("parameters", {})}
    for number, cell in enumerate(notebook["cells"]):
        for key in ("papermill", "execution"):
            cell["metadata"].pop(key, None)
        if "injected-parameters" in cell["metadata"].get("tags", []) and "id" in cell:
            cell["id"] = f"injected-{number}"
    executed.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _numbered_widgets(notebook: dict[str, Any]) -> dict[str, Any]:
    """Widgets get their random ids from the kernel: numbered here, in the order of the cells."""
    states = notebook["metadata"].get("widgets", {}).get(WIDGETS, {}).get("state", {})
    if not states:
        return notebook
    texts = {name: json.dumps(state, sort_keys=True) for name, state in states.items()}
    any_id = re.compile("|".join(texts))
    order: dict[str, None] = {}

    def follow(name: str) -> None:
        if name not in order:
            order[name] = None
            for held in any_id.findall(texts[name]):
                follow(held)

    # those that nothing holds come last, by what they are
    for name in [
        *any_id.findall(json.dumps(notebook["cells"])),
        *sorted(texts, key=lambda n: any_id.sub("", texts[n])),
    ]:
        follow(name)
    number = {name: f"{rank:032x}" for rank, name in enumerate(order)}
    steady: dict[str, Any] = json.loads(any_id.sub(lambda found: number[found[0]], json.dumps(notebook)))
    held = steady["metadata"]["widgets"][WIDGETS]
    held["state"] = dict(sorted(held["state"].items()))
    return steady
