"""What a measure looks at: the panel and the activity of one stretch of months, sorted into areas.

A measure is a function of a `Cut`. The same function serves a municipality, a region, the nation, or one
administration, unit type or channel of a municipality: only the grouping differs, so that a national figure is
computed from the rows themselves and never from other figures.

A municipality's region is dated; a cut places every month of a municipality in the region it belongs to in
`month_end`, so that "the 12 months before" compares the same municipalities and regions always add up to the nation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import pandas as pd

from kl_research import months
from kl_research.errors import InputError
from kl_research.panel import COUNTS, area_region, count_state

Level = Literal["municipality", "region", "national", "administration", "unit_type", "channel"]
LEVELS: tuple[Level, ...] = ("municipality", "region", "national", "administration", "unit_type", "channel")
PARTS = ("administration", "unit_type", "channel")

# Unit separator: no name contains it, so area and part can be joined into one key and taken apart again.
SEPARATOR = "\x1f"

# Who a user is: a unit is known inside its municipality and administration, a provider everywhere.
IDENTITY = {"unit": ["municipality", "administration", "unit"], "provider": ["provider"]}

ACTIVITY_COLUMNS = [
    "municipality", "administration", "unit", "unit_type", "provider", "channel", "month",
    "calls", "completed", "seconds",
]  # fmt: skip


@dataclass(frozen=True)
class Cut:
    """Panel and activity between two months, each row with its `area` and month number `n`.

    `whole_panel` and `whole_activity` hold every month up to `month_end`, so that a measure may look back.
    """

    level: str
    first: int
    last: int
    whole_panel: pd.DataFrame
    whole_activity: pd.DataFrame

    @property
    def length(self) -> int:
        """Number of months."""
        return self.last - self.first + 1

    @property
    def start(self) -> int:
        """The first month of the data."""
        return int(self.whole_panel["n"].min())

    @property
    def covered(self) -> bool:
        """Whether the data reach over every month of the cut."""
        return self.start <= self.first and self.last <= int(self.whole_panel["n"].max())

    @cached_property
    def areas(self) -> pd.Index:
        """Every area of the data, with or without use in the period."""
        return pd.Index(sorted(self.whole_panel["area"].unique()), name="area")

    @cached_property
    def panel(self) -> pd.DataFrame:
        """The panel's rows in the period."""
        return self.whole_panel[self.whole_panel["n"].between(self.first, self.last)]

    @cached_property
    def activity(self) -> pd.DataFrame:
        """The activity in observed months of the period."""
        return self.whole_activity[self.whole_activity["n"].between(self.first, self.last)]

    def between(self, first: int, last: int) -> Cut:
        """The same areas over other months."""
        return replace(self, first=first, last=last)

    @cached_property
    def ever(self) -> Cut:
        """Everything up to the end of the period."""
        return self.between(self.start, self.last)

    @cached_property
    def before(self) -> Cut:
        """The equally long period that ends where this one begins."""
        return self.between(self.first - self.length, self.first - 1)

    @cached_property
    def units(self) -> pd.DataFrame:
        """Units with at least one call in the period: area, user, calls, active months."""
        return self._users("unit")

    @cached_property
    def providers(self) -> pd.DataFrame:
        """Provider numbers with at least one call in the period: area, user, calls, active months."""
        return self._users("provider")

    def _users(self, who: str) -> pd.DataFrame:
        rows = self.activity[(self.activity[who] != "") & (self.activity["calls"] > 0)]
        user = rows[IDENTITY[who]].agg(SEPARATOR.join, axis=1) if len(rows) else rows["unit"]
        grouped = rows.assign(user=user).groupby(["area", "user"], sort=True)
        return grouped.agg(calls=("calls", "sum"), months=("n", "nunique")).reset_index()

    def users(self, who: str) -> pd.DataFrame:
        """`units` or `providers`."""
        return self.units if who == "unit" else self.providers

    def total(self, column: str, *, where: pd.Series | None = None) -> pd.Series:
        """The sum of a count over its observed months, by area; empty where it was observed in none."""
        if column not in self.panel:
            return pd.Series(float("nan"), index=self.areas)
        counted = self.panel[column].astype("float64").where(count_state(self.panel, column) == "observed")
        if where is not None:
            counted = counted.where(where)
        return counted.groupby(self.panel["area"]).sum(min_count=1).reindex(self.areas)

    @cached_property
    def months_observed(self) -> pd.Series:
        """Municipality-months in which calls were observed, by area."""
        return self._months(self.panel["state"] == "observed")

    @cached_property
    def months_connected(self) -> pd.Series:
        """Municipality-months that were connected, whatever is known of them, by area."""
        return self._months(self.panel["state"] != "not_connected")

    def _months(self, which: pd.Series) -> pd.Series:
        return which.groupby(self.panel["area"]).sum().reindex(self.areas, fill_value=0)

    @cached_property
    def why_not(self) -> pd.Series:
        """Why an area has no observed month, as a code; empty where it has one."""
        states = self.panel.groupby("area")["state"].agg(lambda state: _why_not(set(state)))
        return states.reindex(self.areas, fill_value="not_observed")


def _why_not(states: set[str]) -> str:
    if "observed" in states:
        return ""
    for state in ("suppressed", "missing", "not_started"):
        if state in states:
            return state
    return "not_connected"


def cut(
    panel: pd.DataFrame,
    activity: pd.DataFrame | None = None,
    *,
    first: str | None = None,
    last: str | None = None,
    level: Level = "municipality",
    month_end: str | None = None,
) -> Cut:
    """The months `first` to `last` of a panel and its activity, sorted into the areas of a level.

    `month_end` (default: the panel's last month) is the last month anything may be known of; `first` and `last`
    default to the whole. Raises `InputError` for an unknown level or a `month_end` outside the panel.

    Examples
    --------
    >>> panel = pd.DataFrame({"municipality": ["461", "461"], "month": pd.to_datetime(["2025-01-01", "2025-02-01"]),
    ...                       "state": "observed", "calls": [3, 4]})
    >>> cut(panel, first="2025-02").total("calls").to_dict()
    {'461': 4.0}
    """
    if level not in LEVELS:
        raise InputError("level", repr(level), ", ".join(LEVELS), "choose one of these")
    if activity is None:
        activity = pd.DataFrame({c: pd.Series(dtype="str") for c in ACTIVITY_COLUMNS})
    rows = panel.assign(n=month_number(panel["month"]))
    end = int(rows["n"].max()) if month_end is None else months.number(month_end)
    if not rows["n"].min() <= end <= rows["n"].max():
        span = f"{months.month(int(rows['n'].min()))} to {months.month(int(rows['n'].max()))}"
        raise InputError("month_end", str(month_end), f"a month from {span}", "choose a month the data reach")
    rows = rows[rows["n"] <= end]
    use = activity.assign(n=month_number(activity["month"]))
    observed = rows.loc[rows["state"] == "observed", ["municipality", "n"]]
    use = use.merge(observed, on=["municipality", "n"], how="inner")
    if level in PARTS:
        rows, use = _by_part(rows, use, level)
    else:
        regions = {
            code: area_region(panel, code, months.month(end)) for code in sorted(rows["municipality"].unique())
        }
        rows, use = (_placed(frame, level, regions) for frame in (rows, use))
    if rows.empty:
        raise InputError("level", f"no area of level {level}", "data that know it", "choose another level")
    start = months.number(first) if first else int(rows["n"].min())
    return Cut(level, start, months.number(last) if last else end, rows, use)


def month_number(month: pd.Series) -> pd.Series:
    """Months since year 0, as `months.number` counts them."""
    when = pd.to_datetime(month)
    return (when.dt.year * 12 + when.dt.month - 1).astype("int64")


def _placed(frame: pd.DataFrame, level: str, regions: dict[str, str]) -> pd.DataFrame:
    if level == "municipality":
        return frame.assign(area=frame["municipality"])
    if level == "national":
        return frame.assign(area="")
    placed = frame.assign(area=frame["municipality"].map(regions))
    return placed[placed["area"] != ""]


def _by_part(rows: pd.DataFrame, use: pd.DataFrame, part: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A panel of parts: before its first call a part has not started, later its silence is a zero.

    A newly counted administration is thereby new, not a rise from zero. Denominators do not carry over to parts.
    """
    use = use.assign(area=use["municipality"] + SEPARATOR + use[part])
    counts = [column for column in COUNTS if column in rows and column in use]
    summed = use.groupby(["area", "n"])[counts].sum(min_count=1).reset_index()
    summed["active_units"] = _active(use, "unit", summed)
    summed["active_providers"] = _active(use, "provider", summed)
    parts = use.loc[use["calls"] > 0].groupby(["municipality", "area"])["n"].min().rename("first_call").reset_index()
    grid = rows[["municipality", "month", "n", "state"]].merge(parts, on="municipality")
    grid = grid.merge(summed, on=["area", "n"], how="left")
    started = grid["n"] >= grid["first_call"]
    grid["state"] = grid["state"].where(started | (grid["state"] != "observed"), "not_started")
    silent = (grid["state"] == "observed") & grid["calls"].isna()
    for column in (*counts, "active_units", "active_providers"):
        known = grid[column].notna().any()
        values = grid[column].astype("float64").mask(silent & known, 0)
        grid[column] = values.where(grid["state"] == "observed")
    return grid.drop(columns="first_call"), use


def _active(use: pd.DataFrame, who: str, summed: pd.DataFrame) -> pd.Series:
    named = use[(use[who] != "") & (use["calls"] > 0)]
    keys = [*IDENTITY[who], "area", "n"]
    found = named.drop_duplicates(keys).groupby(["area", "n"]).size().rename("active").reset_index()
    active = summed.merge(found, on=["area", "n"], how="left")["active"]
    return active.fillna(0) if len(named) else active
