"""When calls are made: weekday and hour. Booked calls keep office hours; acute ones need not."""

from __future__ import annotations

import pandas as pd

OFFICE_HOURS = range(8, 16)
"""Hours in which a Danish general practice is open: 8 to 16, Monday to Friday."""


def hours(timing: pd.DataFrame, *, by: str = "weekday") -> pd.DataFrame:
    """Calls by weekday (1 Monday to 7) or hour (0 to 23): the column, numerator, denominator, value.

    Formula: calls at that weekday (hour) / calls with a known time
    Unit: share
    Source: the call log; booked v. acute calls, as the user group asked in spring 2025

    Every weekday and hour has a row. Empty when the export is no call log. Select municipality and months before.

    Examples
    --------
    >>> timing = pd.DataFrame({"weekday": [1, 6], "hour": [9, 22], "calls": [3, 1]})
    >>> hours(timing).loc[0].tolist()
    [1.0, 3.0, 4.0, 0.75]
    """
    if "at" in timing:
        timing = _published(timing, by)
    whole = int(timing["calls"].sum())
    if not whole:
        return pd.DataFrame(columns=[by, "numerator", "denominator", "value"])
    every = range(1, 8) if by == "weekday" else range(24)
    table = timing.groupby(by)["calls"].sum().reindex(every, fill_value=0).rename("numerator").reset_index()
    return table.assign(denominator=whole, value=table["numerator"] / whole)


def office_hours_share(timing: pd.DataFrame, *, by: str = "municipality") -> pd.DataFrame:
    """Share of calls begun Monday to Friday from 8 to 16: index by, numerator, denominator, value.

    Formula: calls begun Monday-Friday 8-16 / calls with a known time
    Unit: share
    Source: the call log; booked v. acute calls, as the user group asked in spring 2025

    Examples
    --------
    >>> timing = pd.DataFrame({"municipality": "461", "weekday": [1, 6, 5], "hour": [9, 10, 16], "calls": [3, 1, 1]})
    >>> office_hours_share(timing).loc["461"].tolist()
    [3.0, 5.0, 0.6]
    """
    if "at" in timing:
        known, of = (int(_published(timing, by_)["calls"].sum()) for by_ in ("office_hours", "hour"))
        frame = pd.DataFrame({"numerator": [known], "denominator": [of]}, index=[""])
        return frame.assign(value=frame["numerator"] / frame["denominator"])
    inside = (timing["weekday"] <= 5) & timing["hour"].isin(OFFICE_HOURS)
    calls = timing["calls"].astype("int64")
    table = pd.DataFrame(
        {
            "numerator": calls.where(inside, 0).groupby(timing[by]).sum(),
            "denominator": calls.groupby(timing[by]).sum(),
        }
    )
    return table.assign(value=table["numerator"] / table["denominator"].where(table["denominator"] > 0))


def of_municipality(timing: pd.DataFrame, municipality: str) -> pd.DataFrame:
    """The rows of one municipality, of complete data or published ones.

    >>> of_municipality(pd.DataFrame({"municipality": ["461", "561"], "calls": [3, 1]}), "461")["calls"].tolist()
    [3]
    """
    if "at" in timing:
        return timing[(timing["level"] == "municipality") & (timing["area"] == municipality)]
    return timing[timing["municipality"] == municipality]


def _published(timing: pd.DataFrame, by: str) -> pd.DataFrame:
    """Published calls over the whole of the data, by weekday, by hour, or in office hours: the nation's, if there."""
    national = timing["level"] == "national"
    rows = timing[(timing["by"] == by) & (national if national.any() else True)]
    rows = rows[rows["first"] == rows["first"].min()]
    return rows.rename(columns={"at": by, "value": "calls"})[[by, "calls"]]
