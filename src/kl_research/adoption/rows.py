"""Panel and activity as plain arrays, sorted into areas; the panel of the parts of a municipality."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.adoption.use import Rows
from kl_research.terms.panel import COUNTS, STATES, count_state

# Unit separator: no name contains it, so area and part can be joined into one key and taken apart again.
SEPARATOR = "\x1f"


def month_number(month: pd.Series) -> pd.Series:
    """Months since year 0, as `months.number` counts them."""
    when = pd.to_datetime(month)
    return (when.dt.year * 12 + when.dt.month - 1).astype("int64")


_TEXT = ["municipality", "administration", "unit", "unit_type", "provider", "channel"]
_NUMBERS = ["calls", "completed", "seconds"]


def observed_use(activity: pd.DataFrame | None, rows: pd.DataFrame) -> pd.DataFrame:
    """The activity of observed months, with who made it: a unit is known inside its municipality and
    administration, a provider everywhere.
    """
    if activity is None:
        nobody = pd.DataFrame(columns=[*_TEXT, "unit_key", "provider_key"], dtype="str")
        return nobody.assign(n=np.zeros(0, dtype="int64"), **dict.fromkeys(_NUMBERS, np.zeros(0)))
    unit = activity["municipality"].str.cat(activity[["administration", "unit"]], sep=SEPARATOR)
    use = activity.assign(
        n=month_number(activity["month"]),
        unit_key=unit.where(activity["unit"] != "", ""),
        provider_key=activity["provider"],
    )
    observed = rows.loc[rows["state"] == "observed", ["municipality", "n"]]
    return use.merge(observed, on=["municipality", "n"], how="inner")


def panel_rows(rows: pd.DataFrame, areas: pd.Index, codes: pd.Index) -> Rows:
    """The panel as arrays: areas, municipalities and states as numbers, counts NaN unless observed."""
    fixed = {"area", "municipality", "month", "n", "state", *(c for c in rows if str(c).endswith("_state"))}
    numbers = [str(c) for c in rows if c not in fixed and pd.api.types.is_numeric_dtype(rows[c])]
    table = {
        "area": areas.get_indexer(pd.Index(rows["area"])),
        "municipality": codes.get_indexer(pd.Index(rows["municipality"])),
        "n": rows["n"].to_numpy(),
        "state": pd.Index(STATES).get_indexer(pd.Index(rows["state"])),
    }
    for column in numbers:
        values = rows[column].astype("float64")
        if column in COUNTS:
            values = values.where(count_state(rows, column) == "observed")
        table[column] = values.to_numpy()
    return table


def activity_rows(use: pd.DataFrame, areas: pd.Index, codes: pd.Index, users: dict[str, pd.Index]) -> Rows:
    """The activity as arrays, with areas, municipalities, units and providers as numbers, -1 for none."""
    table = {"area": areas.get_indexer(pd.Index(use["area"])), "n": use["n"].to_numpy()}
    table["municipality"] = codes.get_indexer(pd.Index(use["municipality"]))
    table |= {who: names.get_indexer(pd.Index(use[f"{who}_key"])) for who, names in users.items()}
    return table | {column: pd.to_numeric(use[column]).astype("float64").to_numpy() for column in _NUMBERS}


def between(rows: Rows, first: int, last: int) -> Rows:
    """The rows of some months (as numbers)."""
    inside = (rows["n"] >= first) & (rows["n"] <= last)
    return {name: values[inside] for name, values in rows.items()}


def panel_of_parts(rows: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """One row a part and month of its municipality: before its first call `not_started`, later silence is a zero.

    A newly counted administration is thereby new, not a rise from zero. `rows` is the municipalities' panel and
    `counted` the counts of each part (municipality, area, n); denominators do not carry over to parts.
    """
    counts = [column for column in COUNTS if column in counted]
    began = counted[counted["calls"] > 0].groupby(["municipality", "area"])["n"].min().rename("began").reset_index()
    grid = rows[["municipality", "month", "n", "state"]].merge(began, on="municipality")
    grid = grid.merge(counted[["area", "n", *counts]], on=["area", "n"], how="left")
    grid["state"] = grid["state"].mask((grid["state"] == "observed") & (grid["n"] < grid["began"]), "not_started")
    observed = grid["state"].to_numpy() == "observed"
    silent = observed & grid["calls"].isna().to_numpy()
    for column in counts:
        grid[column] = grid[column].astype("float64").mask(silent, 0).where(observed)
    return grid.drop(columns="began")


def part_months(use: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Counts of each part by month, from the activity with `area` naming the part."""
    counts = [column for column in COUNTS if column in rows and column in use]
    summed = use.groupby(["municipality", "area", "n"])[counts].sum(min_count=1).reset_index()
    for who, column in (("unit", "active_units"), ("provider", "active_providers")):
        named = use[(use[f"{who}_key"] != "") & (use["calls"] > 0)].drop_duplicates([f"{who}_key", "area", "n"])
        if len(named):
            active = named.groupby(["area", "n"]).size().rename(column).reset_index()
            summed = summed.merge(active, on=["area", "n"], how="left").fillna({column: 0})
    return summed
