"""JupyterLab on the notebooks, with the study's data already in place."""

from __future__ import annotations

import importlib.util
import locale
import os
import subprocess
import sys
from pathlib import Path

from kl_research.errors import InputError
from kl_research.prepare import find_notebook, keep, load_study, prepare


def open_lab(file: Path | None) -> int:
    """Ingest the study when that is due, then open JupyterLab beside its notebooks; returns its exit code.

    Without a study the demo's is taken, `params/demo.yaml` in the working directory. Lab speaks the system's
    language where its language pack is installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise InputError("lab", "no JupyterLab", "jupyterlab in this environment", "install kl-research anew")
    study = load_study(file or Path("params/demo.yaml"))
    keep(prepare(study))
    notebooks = find_notebook(study, (study.notebooks or study.overview)[0]).parent
    return subprocess.call(command(notebooks, _language()), env={**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"})


def command(notebooks: Path, language: str) -> list[str]:
    """The command that opens JupyterLab on a folder of notebooks.

    >>> command(Path("/p/notebooks"), "da")[-2:]
    ['--ServerApp.root_dir=/p', '--LabApp.default_url=/lab/tree/notebooks']
    """
    words = [sys.executable, "-m", "jupyterlab"]
    pack = importlib.util.find_spec("jupyterlab_language_pack_da_DK") if language == "da" else None
    if pack is not None:
        words.append('--LabServerApp.overrides={"@jupyterlab/translation-extension:plugin": {"locale": "da_DK"}}')
    root = notebooks.parent
    return [*words, f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{notebooks.name}"]


def _language() -> str:
    return (locale.getlocale()[0] or "")[:2].lower()
