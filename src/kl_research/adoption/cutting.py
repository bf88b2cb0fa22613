"""A panel and its activity cut to a stretch of months and sorted into areas: how a `Cut` is made."""

from __future__ import annotations

from typing import cast

import pandas as pd

from kl_research.adoption.cut import LEVELS, PARTS, Activity, Counter, Cut, Level
from kl_research.adoption.rows import (
    SEPARATOR,
    activity_rows,
    month_number,
    observed_use,
    panel_of_parts,
    panel_rows,
    part_months,
)
from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.panel import area_region, refuse_unchecked


def cut(
    panel: pd.DataFrame,
    activity: Activity | None = None,
    *,
    first: str | None = None,
    last: str | None = None,
    level: Level = "municipality",
    month_end: str | None = None,
) -> Cut:
    """The months `first` to `last` of a panel and its activity, sorted into the areas of a level.

    `month_end` (default: the panel's last month) is the last month anything may be known of; `first` and `last`
    default to the whole. `activity` is the rows, or a `Counter` that looks up numbers counted before.

    Parameters
    ----------
    activity : Activity | None, optional
        The rows, or a `Counter` that looks up numbers counted before.
    first, last : str | None, optional
        First and last month, "2025-02"; None: the whole.
    level : Level, default 'municipality'
        Into which areas: municipality, region, national, administration, unit_type or channel.

    Returns
    -------
    Cut
        A `Cut`; its counts are calls, consultations, units or providers.

    Raises
    ------
    InputError
        For an unknown level, a level of which the data know no area, or a `month_end` outside the panel.

    References
    ----------
    The panel's own columns.

    Examples
    --------
    >>> panel = pd.DataFrame({"municipality": ["461", "461"], "month": pd.to_datetime(["2025-01-01", "2025-02-01"]),
    ...                       "state": "observed", "calls": [3, 4]})
    >>> cut(panel, first="2025-02").total("calls").tolist()
    [4.0]
    """
    if level not in LEVELS:
        raise InputError("level", repr(level), ", ".join(LEVELS), "choose one of these")
    refuse_unchecked(panel)
    rows = panel.assign(n=month_number(panel["month"]))
    start, end = int(rows["n"].min()), int(rows["n"].max())
    if month_end is not None:
        if not start <= months.number(month_end) <= end:
            reach = f"a month from {months.month(start)} to {months.month(end)}"
            raise InputError("month_end", month_end, reach, "choose a month the data reach")
        end = months.number(month_end)
    rows = rows[rows["n"] <= end]
    use = observed_use(activity if isinstance(activity, pd.DataFrame) else None, rows)
    counter = None if isinstance(activity, pd.DataFrame) else activity
    if level in PARTS:
        use = use.assign(area=use["municipality"] + SEPARATOR + use[level])
        rows = panel_of_parts(rows, part_months(use, rows) if counter is None else _counted(counter, level, rows))
    else:
        areas = {code: _area(panel, code, level, months.month(end)) for code in rows["municipality"].unique()}
        if counter is not None:
            areas = {code: area for code, area in areas.items() if area is not None and counter.has(level, area)}
        rows, use = (
            frame.assign(area=frame["municipality"].map(areas)).dropna(subset="area") for frame in (rows, use)
        )
    if rows.empty and counter is not None and level == "region":
        expected = "a region of three or more, which alone are published"
        raise InputError("level", "regions of one or two municipalities", expected, "choose another level")
    if rows.empty:
        raise InputError("level", f"no area of level {level}", "data that know it", "choose another level")
    names = pd.Index(sorted(rows["area"].unique()), name="area")
    codes = pd.Index(sorted(rows["municipality"].unique()))
    users = {who: pd.Index(sorted(key for key in use[f"{who}_key"].unique() if key)) for who in ("unit", "provider")}
    return Cut(
        level=level,
        first=months.number(first) if first else start,
        last=months.number(last) if last else end,
        areas=names,
        whole_panel=panel_rows(rows, names, codes),
        whole_activity=activity_rows(use, names, codes, users),
        names=users | {"municipality": codes},
        counter=counter,
    )


def told_regions(panel: pd.DataFrame, activity: Activity | None) -> list[str]:
    """The regions of which there are numbers: published ones only of three connected municipalities or more."""
    last = f"{panel['month'].max():%Y-%m}"
    known = {area_region(panel, code, last) for code in set(panel["municipality"])} - {""}
    if activity is None or isinstance(activity, pd.DataFrame):
        return sorted(known)
    return sorted(code for code in known if activity.has("region", code))


def _area(panel: pd.DataFrame, code: str, level: str, month: str) -> str | None:
    if level == "region":
        return area_region(panel, code, month) or None
    return code if level == "municipality" else ""


def _counted(counter: Counter, level: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The counts of the parts of a panel's municipalities."""
    table = counter.part_months(level)
    table = table[table["municipality"].isin(rows["municipality"].unique())]
    area = table["municipality"] + SEPARATOR + table["part"]
    number = {month: months.number(month) for month in table["month"].unique()}
    return table.assign(area=area, n=table["month"].map(number).astype("int64"))


def part_levels(panel: pd.DataFrame, activity: Activity | None) -> list[Level]:
    """The kinds of part (administration, unit type, channel) of which the panel's areas have numbers."""
    found = []
    for level in PARTS:
        if isinstance(activity, pd.DataFrame):
            own = activity[activity["municipality"].isin(panel["municipality"].unique())]
            known = len(own) > 0
        else:
            known = activity is not None and bool(
                activity.part_months(level)["municipality"].isin(panel["municipality"].unique()).any()
            )
        if known:
            found.append(cast(Level, level))
    return found
