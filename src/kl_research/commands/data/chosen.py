"""The areas and the notebooks that a command names."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from kl_research.terms.errors import InputError
from kl_research.terms.study import Study

if TYPE_CHECKING:
    pass

from kl_research.commands.data.kept import Prepared


def choose(prepared: Prepared, only: list[str], region: str | None) -> list[str]:
    """The areas a command is about; raises `InputError` for a code the data do not have."""
    for code in only:
        if code not in prepared.areas:
            raise InputError("--only", repr(code), "a code in the data, such as 461", _advice(code, prepared.areas))
    if region is not None and region not in prepared.regions.values():
        known = ", ".join(sorted(set(prepared.regions.values()) - {""})) or "none: these areas have no regions"
        raise InputError("--region", repr(region), f"one of: {known}", "give the region's code")
    chosen = [code for code in prepared.areas if not only or code in only]
    return [code for code in chosen if region is None or prepared.regions[code] == region]


def _advice(written: str, areas: dict[str, str]) -> str:
    """What to write instead: "Odense is 461"."""
    from kl_research.terms.municipalities import fold, lookup

    code = next((code for code, name in areas.items() if fold(name) == fold(written)), "")
    with suppress(InputError):
        code = code or lookup(written)
    return f"{areas[code]} is {code}" if code in areas else "codes are separated by commas"


def find_notebook(study: Study, name: str) -> Path:
    """A notebook by name: beside the study's folder first, then the ones that came with the package."""
    package = Path(__file__).resolve().parents[2]
    folders = [study.path("../notebooks"), package / "notebooks", package.parents[1] / "notebooks"]
    for folder in folders:
        if (folder / f"{name}.ipynb").is_file():
            return folder / f"{name}.ipynb"
    known = sorted({path.stem for folder in folders for path in folder.glob("*.ipynb")})
    near = get_close_matches(name, known, 1)
    where = study.where("notebooks" if name in study.notebooks else "overview")
    expected = f"{name}.ipynb in {folders[0]}, or one of {', '.join(known)}"
    raise InputError(where, f"no notebook {name!r}", expected, f"did you mean {near[0]}?" if near else "write one")
