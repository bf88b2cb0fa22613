"""The runs of a study: each notebook for each area and the overview, and the keys of what they read."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from kl_research.batch import keys
from kl_research.batch.plan import Run
from kl_research.batch.state import OVERVIEW, executed_path, json_bytes, page_path, put
from kl_research.commands.data.chosen import find_notebook
from kl_research.commands.data.kept import Prepared
from kl_research.commands.data.prepare import NOT_IN_PAGES, is_file
from kl_research.findings.html import layout
from kl_research.terms.study import Study


def effective_study(study: Study, *, write: bool = True) -> Path:
    """A copy of the study and its register beside its data, which is what the notebooks read.

    A notebook is told the file and nothing else: `--language` and `--edition` reach it this way, and a study or
    register that is edited while a batch runs is not read half way.
    """
    path = study.data_folder / "study.yaml"  # JSON is YAML
    if write:
        for place, content in _copies(study).items():
            put(place, content)
    return path


def effective_study_stands(study: Study) -> bool:
    """Whether those copies are there and are of this study."""
    return all(place.is_file() and place.read_bytes() == content for place, content in _copies(study).items())


def _copies(study: Study) -> dict[Path, bytes]:
    folder = study.data_folder
    content = study.model_dump(mode="json")

    def moved(text: str | None) -> str | None:
        return Path(os.path.relpath(study.path(text), folder)).as_posix() if text else None

    for key in ("connections", "denominators", "corrections", "clinics"):
        content[key] = moved(content[key])
    content["out"], content["processed"] = moved(study.out), "."
    for raw in content["raw"]:
        raw["path"] = moved(raw["path"])
        if is_file(raw["layout"]):
            raw["layout"] = moved(raw["layout"])
    copies = {}
    if study.events:
        content["events"] = "events.yaml"
        copies[folder / "events.yaml"] = study.path(study.events).read_bytes()
    return {**copies, folder / "study.yaml": json_bytes(content)}


def plan(prepared: Prepared, areas: list[str], study_file: Path) -> tuple[list[Run], list[Run]]:
    """The runs of the areas, and those of the overview."""
    study = prepared.study
    each, over = ([find_notebook(study, name) for name in names] for names in (study.notebooks, study.overview))
    page = {
        "language": study.language,
        "edition": study.disclosure.edition,
        "mask_below": study.disclosure.mask_below,
        "simulated": study.simulated,
        "foot": list(layout.foot(study, study.language)),
    }
    folder = study.data_folder

    def run(notebook: Path, area: str) -> Run:
        name = f"{area}.{notebook.stem}"
        parameters = {"study_file": study_file.name} | ({} if area == OVERVIEW else {"municipality": area})
        own: dict[str, Any] = {
            "html": str(page_path(folder, name)),
            "area": area,
            "area_name": prepared.areas.get(area, study.title_in(study.language)),
            "notebook": notebook.stem,
        }
        output = executed_path(folder, name)
        return Run(notebook, area, parameters, output, {**own, **page}, folder=study_file.parent)

    return [run(notebook, area) for area in areas for notebook in each], [
        run(notebook, OVERVIEW) for notebook in over
    ]


def read_key(study: Study) -> dict[str, str]:
    """The digests of what every notebook of a study reads: study, register, processed tables."""
    return {
        "study": keys.digest(study.model_dump(mode="json", exclude=NOT_IN_PAGES)),
        "events": keys.digest(list(event_keys(study).items())),
        "data": keys.digest_files(sorted(study.data_folder.glob("*.parquet"))),
    }


def event_keys(study: Study, *, without: Collection[str] = ()) -> dict[str, str]:
    """The digest of every event of the register, in its order; `without` some of its fields."""
    events = study.read_events().values()
    return {event.id: keys.digest(event.model_dump(mode="json", exclude=set(without))) for event in events}


def overview_key(study: Study, read: dict[str, str]) -> dict[str, str]:
    """The digests of what an overview reads: the same, and the records of the municipalities."""
    records = (study.data_folder / "records").glob("*.json")
    made = keys.digest_files(path for path in records if path.stem.rpartition(".")[0] != OVERVIEW)
    return {**read, "data": keys.digest([read["data"], made])}


def runs_with_keys(prepared: Prepared, areas: list[str]) -> list[tuple[Run, dict[str, str]]]:
    """Every run of the areas and the overview, each with the parts of its content key."""
    study = prepared.study
    each, over = plan(prepared, areas, effective_study(study, write=False))
    read, lock = read_key(study), lock_file(study)
    whole = overview_key(study, read)
    return [(run, keys.hashes(run, read, lock)) for run in each] + [
        (run, keys.hashes(run, whole, lock)) for run in over
    ]


def lock_file(study: Study) -> Path | None:
    """The lock file of the environment: requirements.lock beside the study's folder or the source tree."""
    here = Path(__file__).resolve().parents[3]
    for folder in (study.path(".."), here):
        if (folder / "requirements.lock").is_file():
            return folder / "requirements.lock"
    return None
