"""The demo from the installed package: its study, register, notebooks and data in a folder of the reader's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from kl_research.commands.notebooks import copy_notebooks, shipped
from kl_research.terms.errors import InputError

FOLDER = Path("kl-demo")
STUDY = "params/demo.yaml"
_FILES = (STUDY, "params/events/demo.yaml", "params/plans/poster.yaml")
# The municipalities of the user group, and what is made first.
NAMED = ["101", "147", "265", "330", "461", "561", "661", "710", "751", "820", "851"]


def write_demo(folder: Path, language: str = "da") -> Path:
    """Write the demo into a new folder, or find it in one that has it; returns the study file.

    The data are simulated on the spot, the same to the byte as those of the source tree. The notebooks name the study
    by its whole path, so that they run from any folder. Raises `InputError` for a folder with other files.
    """
    from kl_research.simulate import simulate

    study = folder.absolute() / STUDY
    if study.is_file():
        return study
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        expected, cure = "a new or empty folder", "name another one: kl-research demo FOLDER"
        raise InputError(str(folder), "a folder with other files", expected, cure)
    aside = study.parents[1].with_name(f".{study.parents[1].name}.part")  # what is killed half way is begun anew
    shutil.rmtree(aside, ignore_errors=True)
    simulate(aside / "data" / "raw" / "demo", seed=1)
    copy_notebooks(aside / "notebooks", {"study_file": str(study)}, language, keep_outputs=True)
    for name in _FILES:
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(shipped("params").parent / name, aside / name)
    if folder.is_dir():
        folder.rmdir()
    aside.rename(study.parents[1])
    return study
