"""A panel of parts: one administration, unit type or channel of a municipality, month by month."""

from __future__ import annotations

import pandas as pd

from kl_research.panel import COUNTS


def panel_of_parts(rows: pd.DataFrame, use: pd.DataFrame) -> pd.DataFrame:
    """One row a part and month of its municipality: before its first call `not_started`, later silence is a zero.

    A newly counted administration is thereby new, not a rise from zero. `rows` is the municipalities' panel and
    `use` the activity with `area` naming the part; denominators do not carry over to parts.
    """
    counts = [column for column in COUNTS if column in rows and column in use]
    summed = use.groupby(["area", "n"])[counts].sum(min_count=1).reset_index()
    for who, column in (("unit", "active_units"), ("provider", "active_providers")):
        named = use[(use[f"{who}_key"] != "") & (use["calls"] > 0)].drop_duplicates([f"{who}_key", "area", "n"])
        if len(named):
            active = named.groupby(["area", "n"]).size().rename(column).reset_index()
            summed = summed.merge(active, on=["area", "n"], how="left").fillna({column: 0})
            counts.append(column)
    began = use.loc[use["calls"] > 0].groupby(["municipality", "area"])["n"].min().rename("began").reset_index()
    grid = rows[["municipality", "month", "n", "state"]].merge(began, on="municipality")
    grid = grid.merge(summed, on=["area", "n"], how="left")
    grid["state"] = grid["state"].mask((grid["state"] == "observed") & (grid["n"] < grid["began"]), "not_started")
    observed = grid["state"].to_numpy() == "observed"
    silent = observed & grid["calls"].isna().to_numpy()
    for column in counts:
        grid[column] = grid[column].astype("float64").mask(silent, 0).where(observed)
    return grid.drop(columns="began")
