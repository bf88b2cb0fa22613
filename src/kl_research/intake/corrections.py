"""Known errors of a source, set right with a reason; the guard `expect` fails once the source has been mended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kl_research.intake.file_data import FileData
from kl_research.terms import yaml_model
from kl_research.terms.errors import InputError
from kl_research.terms.yaml_model import as_input_error

Dimension = Literal["administration", "unit", "unit_type", "channel"]


class Correction(BaseModel):
    """One entry of a corrections file: where, what is expected to stand there, what counts instead, and why.

    `value` replaces the number, `state` says it is not known, `drop` leaves the calls out; exactly one of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    file: str
    municipality: Annotated[str, Field(min_length=1)]
    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    measure: Literal["calls", "completed", "active_units", "active_providers"] = "calls"
    where: dict[Dimension, str] = {}
    expect: Annotated[int, Field(ge=0)] | Literal["suppressed", "missing"]
    value: Annotated[int, Field(ge=0)] | None = None
    state: Literal["suppressed", "missing"] | None = None
    drop: bool = False
    reason: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _agree(self) -> Correction:
        if sum([self.value is not None, self.state is not None, self.drop]) != 1:
            raise ValueError("give exactly one of value, state, drop: true")
        return self


def read_corrections(path: Path) -> list[Correction]:
    """A corrections file, checked; raises `InputError` with line and key."""
    content, lines = yaml_model.read(path)
    if not isinstance(content, list):
        raise InputError(f"{path.name}, line 1", "no list", "a list of corrections", "begin each with `- file:`")
    found = []
    for i, entry in enumerate(content):
        try:
            found.append(Correction.model_validate(entry))
        except ValidationError as error:
            raise as_input_error(error, path.name, lines, (i,), Correction) from None
    return found


def correct(
    files: list[FileData], corrections: list[Correction], name: str
) -> tuple[list[FileData], list[dict[str, Any]]]:
    """The files with corrections applied, and what was done, for the report.

    Raises `InputError` when a correction fits no row, or what stands there is not what it expects.
    """
    result = list(files)
    done = []
    for i, correction in enumerate(corrections, start=1):
        where = f"{name}, correction {i}"
        at = next((k for k, file in enumerate(result) if file.report.file == correction.file), None)
        if at is None:
            raise InputError(where, f"no raw file {correction.file}", "a raw file of the study", "correct the name")
        file = result[at]
        hit = _fitting(file.rows, correction)
        if not hit.any() or correction.measure not in file.rows:
            raise InputError(
                where, "no row that it fits", "a row of the file", "correct municipality, month or where"
            )
        _guard(file.rows[hit], correction, where)
        if correction.drop and file.turned:
            cure = "a row of a pivot holds all months; say `state: missing`"
            raise InputError(where, "drop in a pivot", "value or state", cure)
        if correction.value is not None and hit.sum() > 1:
            raise InputError(where, f"{hit.sum()} rows that it fits", "one row", "say which under `where`")
        result[at] = replace(file, rows=_corrected(file, hit, correction))
        file.report.decide("correction", correction.reason, "corrections_file", correction.measure)
        done.append(correction.model_dump(exclude_defaults=True) | {"rows": int(hit.sum())})
    return result, done


def _fitting(rows: pd.DataFrame, correction: Correction) -> pd.Series:
    hit = (rows["municipality"] == correction.municipality) & (rows["month"] == correction.month)
    for dimension, text in correction.where.items():
        hit &= rows[dimension] == text
    return hit


def _guard(rows: pd.DataFrame, correction: Correction, where: str) -> None:
    states = set(rows[f"{correction.measure}_state"])
    found: int | str = int(rows[correction.measure].sum()) if states == {"observed"} else "/".join(sorted(states))
    if found != correction.expect:
        raise InputError(
            where,
            f"{found} in the source",
            f"{correction.expect}, as the correction expects",
            "the source has changed: check whether it was mended, and remove or renew the correction",
        )


def _corrected(file: FileData, hit: pd.Series, correction: Correction) -> pd.DataFrame:
    rows = file.rows
    if correction.drop:
        left_out = int(rows.loc[hit, "calls"].sum()) if file.log else int(hit.sum())
        file.report.drop("correction", left_out)
        file.report.rows_kept -= left_out
        return rows[~hit]
    file.report.repair("correction", int(hit.sum()))
    measure, state = correction.measure, f"{correction.measure}_state"
    new = np.nan if correction.value is None else float(correction.value)
    states = rows[state].astype("str").mask(hit, correction.state or "observed").astype("category")
    return rows.assign(**{measure: rows[measure].mask(hit, new), state: states})
