"""Denominators beside the panel: joined by date, and what is odd about them named by row and area."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from kl_research.intake.quality import note
from kl_research.terms.errors import InputError
from kl_research.terms.panel import DENOMINATORS, month_text

REVISED = 0.1  # a change from one value to the next that moves a rate by as much as many interventions do


def join_denominators(
    panel: pd.DataFrame, denominators: pd.DataFrame, offset: str | None, notes: list[str]
) -> pd.DataFrame:
    """Each measure as a column: the latest value valid at the month, empty before the first."""
    result = panel
    for measure, values in denominators.groupby("measure"):
        if measure in panel:
            raise InputError("denominators", f"the measure {measure!r}", "a name of its own", "rename the measure")
        right = values.assign(month=pd.to_datetime(values["valid_from"]).astype(panel["month"].dtype))
        right = right[["municipality", "month", "value"]].rename(columns={"value": measure}).sort_values("month")
        left = result.sort_values("month", kind="stable")
        result = pd.merge_asof(left, right, on="month", by="municipality").set_axis(left.index).sort_index()
        if result[measure].isna().any():
            notes.append(note("denominator_incomplete", measure))
        if measure not in (*DENOMINATORS, offset):
            notes.append(note("denominator_unused", measure))
        notes += list(_odd(str(measure), values, panel))
    return result


def _odd(measure: str, values: pd.DataFrame, panel: pd.DataFrame) -> Iterator[str]:
    """Values of 0, series that begin late, revisions: code, measure, row of the file and area."""
    month = month_text(panel)
    observed = panel["state"] == "observed"
    first, last = month[observed].groupby(panel["municipality"]).min(), month.max()
    known = set(panel["municipality"])
    for area, own in values.sort_values("valid_from", kind="stable").groupby("municipality"):
        rows, sizes, dates = own["row"].tolist(), own["value"].tolist(), own["valid_from"].tolist()
        if area not in known:
            yield note("only_in_denominators", measure, rows[0], area)
            continue
        if area in first and dates[0] > first[area]:
            yield note("denominator_begins_late", measure, rows[0], area)
        for k, (row, size, date) in enumerate(zip(rows, sizes, dates, strict=True)):
            before = sizes[k - 1] if k else None
            if size == 0:
                yield note("denominator_zero", measure, row, area)
            # A hair less than a tenth, as 1.1 - 1 is one to a computer.
            elif before and date <= last and abs(size / before - 1) > REVISED - 1e-9:
                yield note("denominator_revised", measure, row, area)
