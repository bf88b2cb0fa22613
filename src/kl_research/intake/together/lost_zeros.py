"""Codes that differ in leading zeros only: a spreadsheet took them for numbers, and one area or unit would be two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from kl_research.intake.file_data import FileData
from kl_research.terms.errors import InputError

_CURE = "write the code alike everywhere: in spreadsheets as text, so that its zeros stay"


def refuse_lost_zeros(files: list[FileData], beside: Mapping[str, Iterable[str]], *, free: bool) -> None:
    """Refuse areas, or units of one area, that are the same number with and without zeros.

    `beside` are the areas that files beside the export name. In a Danish study areas are the register's.
    """
    if free:
        named = {area: file.report.file for file in files for area in sorted(file.areas)}
        _refuse(named, "the area")
        for name, areas in beside.items():
            _refuse(named | {area: name for area in areas if area not in named}, "the area")
    units: dict[str, dict[str, str]] = {}
    names = {str(unit) for file in files for unit in file.rows["unit"].cat.categories}
    for file in files if any(name.isdigit() and name.startswith("0") for name in names) else []:
        for area, unit in _units(file.rows):
            units.setdefault(area, {}).setdefault(unit, file.report.file)
    for area, named in units.items():
        _refuse(named, f"in {area} the unit")


def _units(rows: pd.DataFrame) -> list[tuple[str, str]]:
    found = rows[["municipality", "unit"]].drop_duplicates()
    return [(str(area), str(unit)) for area, unit in found.itertuples(index=False, name=None)]


def _refuse(named: Mapping[str, str], what: str) -> None:
    seen: dict[str, str] = {}
    for code, file in named.items():
        if not (code.isascii() and code.isdigit()):
            continue
        other = seen.setdefault(code.lstrip("0"), code)
        if other != code:
            found = f"{what} {code!r}, which {named[other]} calls {other!r}"
            raise InputError(file, found, "one way to write each code", _CURE)
