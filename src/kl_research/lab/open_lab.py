"""JupyterLab on the notebooks, with the study's data already in place and nothing left to set up."""

from __future__ import annotations

import ast
import importlib.util
import json
import locale
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kl_research.batch.plan import read_notebook
from kl_research.batch.state import write_json
from kl_research.commands.prepare import find_notebook, keep, load_study, prepare
from kl_research.terms.errors import InputError
from kl_research.terms.panel import read_panel
from kl_research.terms.study import Study

START = "start"
WARM = "kl-research"  # the kernel that has the imports done


def open_lab(file: Path | None, language: str | None = None) -> int:
    """Ingest the study when that is due, then open JupyterLab on its start notebook; returns its exit code.

    Without a study the demo's is taken, `params/demo.yaml` in the working directory. Lab speaks `language`, by
    default the system's where that is Danish. It listens on this machine only, behind a token of its own.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise InputError("lab", "no JupyterLab", "jupyterlab in this environment", "install kl-research anew")
    study = load_study(file or Path("params/demo.yaml"))
    keep(prepare(study))
    start = notebooks_of(study) / f"{START}.ipynb"
    speaks = language or system_language()
    env = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", "KL_LANGUAGE": language or study.language}
    with tempfile.TemporaryDirectory(prefix="kl-lab-") as settings:
        write_json(Path(settings) / "overrides.json", overrides(speaks))
        with subprocess.Popen(command(start, Path(settings)), env=env) as lab:
            return _watch(lab)


def _watch(lab: subprocess.Popen[bytes]) -> int:
    """Wait for Lab: an end from outside is passed on, so that its kernels end too; Ctrl+C is its own to handle."""
    signal.signal(signal.SIGTERM, lambda *_: lab.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return lab.wait()


def notebooks_of(study: Study) -> Path:
    """The folder of notebooks that open on a study: those that came with it, or a copy of them beside the study.

    A notebook's parameters cell names its study. Where that is another study the notebooks are copied to
    `notebooks-<study>` beside the study file, with this study, its first export and its largest municipality in
    that cell; a copy that is there already is the reader's own and is left alone.
    """
    ours = find_notebook(study, START).parent
    named = _parameters(read_notebook(ours / f"{START}.ipynb"))["study_file"]
    if Path.resolve(ours / named) == study.file.resolve():
        return ours
    folder = study.file.parent / f"notebooks-{study.study}"
    panel = read_panel(study.processed_folder)
    calls = panel.groupby("municipality")["calls"].sum()
    values = {
        "study_file": _relative(study.file, folder),
        "municipality": str(calls.idxmax()),
        "export": _relative(study.raw_files()[0][0], folder),
        "event": "",
    }
    for path in sorted(ours.glob("*.ipynb")):
        copy = folder / path.name
        if not copy.exists():
            write_json(copy, _with_parameters(read_notebook(path), values))
    return folder


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _parameters_cell(notebook: dict[str, Any]) -> dict[str, Any]:
    return next(c for c in notebook["cells"] if "parameters" in c.get("metadata", {}).get("tags", []))


def _parameters(notebook: dict[str, Any]) -> dict[str, Any]:
    assigned = ast.parse(_parameters_cell(notebook)["source"]).body
    return {ast.unparse(a.targets[0]): ast.literal_eval(a.value) for a in assigned if isinstance(a, ast.Assign)}


def _with_parameters(notebook: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """The notebook with other parameters and without what was stored for the demo's."""
    kept = {name: values.get(name, value) for name, value in _parameters(notebook).items()}
    _parameters_cell(notebook)["source"] = "\n".join(f"{k} = {json.dumps(v)}" for k, v in kept.items())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return notebook


def overrides(language: str) -> dict[str, Any]:
    """Settings that a newcomer would else be asked for: the language, and no questions about news.

    >>> overrides("da")["@jupyterlab/translation-extension:plugin"]
    {'locale': 'da_DK'}
    """
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    found: dict[str, Any] = {"@jupyterlab/apputils-extension:notification": quiet}
    pack = importlib.util.find_spec("jupyterlab_language_pack_da_DK") if language == "da" else None
    if pack is not None:
        found["@jupyterlab/translation-extension:plugin"] = {"locale": "da_DK"}
    return found


def command(start: Path, settings: Path) -> list[str]:
    """The command that opens JupyterLab on a notebook; the root is the folder above the notebooks.

    >>> command(Path("/p/notebooks/start.ipynb"), Path("/s"))[3:6]
    ['--ServerApp.ip=127.0.0.1', '--ServerApp.root_dir=/p', '--LabApp.default_url=/lab/tree/notebooks/start.ipynb']
    """
    words = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1"]
    words += [f"--ServerApp.root_dir={start.parent.parent}"]
    words += [f"--LabApp.default_url=/lab/tree/{start.parent.name}/{start.name}"]
    words += [f"--LabApp.app_settings_dir={settings}"]
    if sys.platform == "linux" and _has_kernel(WARM):
        words.append(f"--MultiKernelManager.default_kernel_name={WARM}")  # the launcher shows it first
    return words


def _has_kernel(name: str) -> bool:
    from jupyter_client.kernelspec import KernelSpecManager

    return name in KernelSpecManager().find_kernel_specs()


def system_language() -> str:
    """Two letters of the language the system speaks; empty when it does not say."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if spoken := os.environ.get(name):
            return spoken[:2].lower()
    return (locale.getlocale()[0] or "")[:2].lower()
