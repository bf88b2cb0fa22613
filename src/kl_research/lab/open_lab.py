"""JupyterLab on the notebooks, with the study's data already in place and nothing left to set up."""

from __future__ import annotations

import importlib.util
import locale
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kl_research.batch.state import write_json
from kl_research.commands.data.kept import keep
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.commands.notebooks import copy_notebooks, opens_on, relative
from kl_research.terms.errors import InputError
from kl_research.terms.panel import area_region, read_panel
from kl_research.terms.study import DEMO, Study

START = "start"
WARM = "kl-research"  # the kernel that has the imports done


def open_lab(file: Path | None, language: str | None = None, passed: Sequence[str] = ()) -> int:
    """Ingest the study when that is due, then open JupyterLab on its start notebook; returns its exit code.

    Without a study the demo's is taken: `params/demo.yaml` here or above, else the source tree's. Lab speaks
    `language`, by default the system's where that is Danish. It listens on this machine only, behind a token of its
    own. `passed` are words for JupyterLab, such as `--port`.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise InputError("lab", "no JupyterLab", "the extra `lab`", "install it: pip install 'kl-research[lab]'")
    _check_user(passed)
    study = load_study(file or Path(DEMO))
    keep(prepare(study))
    start = notebooks_of(study, language) / f"{START}.ipynb"
    speaks = language or system_language()
    env = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", "KL_LANGUAGE": language or study.language}
    with tempfile.TemporaryDirectory(prefix="kl-lab-") as settings:
        write_json(Path(settings) / "overrides.json", overrides(speaks))
        with subprocess.Popen(command(start, Path(settings), passed), env=env) as lab:
            return _watch(lab)


def _check_user(passed: Sequence[str]) -> None:
    """What JupyterLab would refuse or leave unreachable, in plain words."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in passed:
        expected = "another user, as JupyterLab runs any code that reaches it"
        raise InputError("lab", "the user root", expected, "to do it all the same: kl-research lab -- --allow-root")
    boxed = any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))
    if boxed and not _names(passed, "ip"):
        hint = "in a container, publish the port and add `-- --ip 0.0.0.0 --no-browser` for a browser outside it"
        print(f"note: {hint}", file=sys.stderr)


def _names(passed: Sequence[str], option: str) -> bool:
    return any(word.partition("=")[0] in (f"--{option}", f"--ServerApp.{option}") for word in passed)


def _watch(lab: subprocess.Popen[bytes]) -> int:
    """Wait for Lab: an end from outside is passed on, so that its kernels end too; Ctrl+C is its own to handle."""
    signal.signal(signal.SIGTERM, lambda *_: lab.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return lab.wait()


def notebooks_of(study: Study, language: str | None = None) -> Path:
    """The folder of notebooks that open on a study: the reader's own beside it, or copies.

    A notebook's parameters cell names its study. Where no notebook beside the study names it, copies are written to
    `notebooks-<study>` beside the study file, in the study's language. Their parameters name this study; for any but
    the demo also its first export, its largest municipality, and that one's first event. Existing copies are kept.
    """
    own = study.path("../notebooks")
    if (own / f"{START}.ipynb").is_file() and opens_on(own / f"{START}.ipynb", study.file):
        return own
    folder = study.file.parent / f"notebooks-{study.study}"
    values = {"study_file": relative(study.file, folder)}
    demo = study.study == DEMO and study.simulated
    if not demo:
        panel = read_panel(study.processed_folder)
        last = f"{panel['month'].max():%Y-%m}"
        largest = str(panel.groupby("municipality")["calls"].sum().idxmax())
        region = area_region(panel, largest, last)
        ids = [e.id for e in study.read_events().values() if e.kind != "context" and e.touches(largest, region)]
        values |= {"municipality": largest, "export": relative(study.raw_files()[0][0], folder)}
        values |= {"event": ids[0] if ids else "", "other": ids[-1] if ids else ""}
    copy_notebooks(folder, values, language or study.language, keep_outputs=demo)
    return folder


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


def command(start: Path, settings: Path, passed: Sequence[str] = ()) -> list[str]:
    """The command that opens JupyterLab on a notebook; the root is the folder above the notebooks.

    The words `passed` come last and win over ours.

    >>> command(Path("/p/notebooks/start.ipynb"), Path("/s"))[3:6]
    ['--ServerApp.ip=127.0.0.1', '--ServerApp.root_dir=/p', '--LabApp.default_url=/lab/tree/notebooks/start.ipynb']
    """
    words = [sys.executable, "-m", "jupyterlab"]
    words += [] if _names(passed, "ip") else ["--ServerApp.ip=127.0.0.1"]
    words += [f"--ServerApp.root_dir={start.parent.parent}"]
    words += [f"--LabApp.default_url=/lab/tree/{start.parent.name}/{start.name}"]
    words += [f"--LabApp.app_settings_dir={settings}"]
    if sys.platform == "linux" and _has_kernel(WARM):
        words.append(f"--MultiKernelManager.default_kernel_name={WARM}")  # the launcher shows it first
    return [*words, *passed]


def _has_kernel(name: str) -> bool:
    from jupyter_client.kernelspec import KernelSpecManager

    return name in KernelSpecManager().find_kernel_specs()


def system_language() -> str:
    """Two letters of the language the system speaks; empty when it does not say."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if spoken := os.environ.get(name):
            return spoken[:2].lower()
    return (locale.getlocale()[0] or "")[:2].lower()
