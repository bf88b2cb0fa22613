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

import numpy as np
import pandas as pd

from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.panel import COUNTS, STATES, area_region, count_state

Level = Literal["municipality", "region", "national", "administration", "unit_type", "channel"]
LEVELS: tuple[Level, ...] = ("municipality", "region", "national", "administration", "unit_type", "channel")
PARTS = ("administration", "unit_type", "channel")

# Unit separator: no name contains it, so area and part can be joined into one key and taken apart again.
SEPARATOR = "\x1f"

Rows = dict[str, np.ndarray]
"""Columns by name, all of one length. Plain arrays: thousands of small sums are a second here, a minute in pandas."""


@dataclass(frozen=True)
class Users:
    """Who made at least one call, an entry per area and user: index into `Cut.names`, calls, months with a call."""

    area: np.ndarray
    user: np.ndarray
    calls: np.ndarray
    months: np.ndarray


@dataclass(frozen=True)
class Cut:
    """The months `first` to `last` (as numbers) of a panel and its activity, by area.

    `whole_panel` holds area, municipality, n (month number), state, the counts (NaN unless observed) and the
    denominators; `whole_activity` area, municipality, n, unit, provider, calls, completed, seconds, observed months
    only. Areas, municipalities, units and providers are indices into `areas` and `names`, -1 for none. Both hold
    every month up to `month_end`, so that a measure may look back.
    """

    level: str
    first: int
    last: int
    areas: pd.Index
    whole_panel: Rows
    whole_activity: Rows
    names: dict[str, pd.Index]

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
    def panel(self) -> Rows:
        """The panel's rows in the period."""
        return _between(self.whole_panel, self.first, self.last)

    @cached_property
    def activity(self) -> Rows:
        """The activity in observed months of the period."""
        return _between(self.whole_activity, self.first, self.last)

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

    def users(self, who: str) -> Users:
        """The units or providers with at least one call in the period."""
        return self._units if who == "unit" else self._providers

    @cached_property
    def _units(self) -> Users:
        return self._users("unit")

    @cached_property
    def _providers(self) -> Users:
        return self._users("provider")

    def _users(self, who: str) -> Users:
        use = self.activity
        mine = (use[who] >= 0) & (use["calls"] > 0)
        several = max(len(self.names[who]), 1)
        key = use["area"][mine] * several + use[who][mine]
        found, place = np.unique(key, return_inverse=True)
        calls = np.bincount(place, weights=use["calls"][mine], minlength=len(found))
        active = np.unique(np.stack([place, use["n"][mine]]), axis=1)[0] if len(key) else place
        return Users(found // several, found % several, calls, np.bincount(active, minlength=len(found)))

    def add(self, rows: Rows, values: np.ndarray) -> np.ndarray:
        """The sum of values by area, 0 where there is none; NaN counts as nothing."""
        return np.bincount(rows["area"], weights=np.nan_to_num(values), minlength=len(self.areas))

    def add_known(self, rows: Rows, values: np.ndarray) -> np.ndarray:
        """The sum of values by area, NaN where none is known."""
        return np.where(self.add(rows, ~np.isnan(values)) > 0, self.add(rows, values), np.nan)

    def column(self, name: str) -> np.ndarray:
        """A count or denominator of the panel in the period, NaN throughout when the panel has none."""
        return self.panel[name] if name in self.panel else np.full(len(self.panel["n"]), np.nan)

    def total(self, name: str) -> np.ndarray:
        """The sum of a count over its observed months, by area; NaN where it was observed in none."""
        return self.add_known(self.panel, self.column(name))

    def months_with(self, name: str) -> np.ndarray:
        """Municipality-months in which a count was observed, by area."""
        return self.add(self.panel, ~np.isnan(self.column(name)))

    def months_in(self, *states: str) -> np.ndarray:
        """Municipality-months in one of these states, by area."""
        return self.add(self.panel, np.isin(self.panel["state"], [STATES.index(state) for state in states]))

    @cached_property
    def in_use(self) -> np.ndarray:
        """Which rows of the panel had a call; a suppressed month had at least one."""
        return np.asarray((self.column("calls") > 0) | (self.panel["state"] == STATES.index("suppressed")))

    @cached_property
    def months_suppressed(self) -> np.ndarray:
        """Municipality-months whose calls are known only to be few, by area."""
        return self.months_in("suppressed")

    @cached_property
    def months_observed(self) -> np.ndarray:
        """Municipality-months in which calls were observed, by area."""
        return self.months_in("observed")

    @cached_property
    def months_connected(self) -> np.ndarray:
        """Municipality-months that were connected, whatever is known of them, by area."""
        return self.months_in("observed", "suppressed", "missing", "not_started")

    @cached_property
    def why_not(self) -> np.ndarray:
        """Why an area has no observed month, as a code; empty where it has one."""
        why = np.full(len(self.areas), "not_connected", dtype=object)
        for state in ("not_started", "missing", "suppressed"):
            why[self.months_in(state) > 0] = state
        why[self.months_observed > 0] = ""
        return why


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
    default to the whole. Raises `InputError` for an unknown level, a level of which the data know no area, or a
    `month_end` outside the panel.

    Returns a `Cut`; its counts are calls, consultations, units or providers. Source: the panel's own columns.

    Examples
    --------
    >>> panel = pd.DataFrame({"municipality": ["461", "461"], "month": pd.to_datetime(["2025-01-01", "2025-02-01"]),
    ...                       "state": "observed", "calls": [3, 4]})
    >>> cut(panel, first="2025-02").total("calls").tolist()
    [4.0]
    """
    if level not in LEVELS:
        raise InputError("level", repr(level), ", ".join(LEVELS), "choose one of these")
    rows = panel.assign(n=month_number(panel["month"]))
    start, end = int(rows["n"].min()), int(rows["n"].max())
    if month_end is not None:
        if not start <= months.number(month_end) <= end:
            reach = f"a month from {months.month(start)} to {months.month(end)}"
            raise InputError("month_end", month_end, reach, "choose a month the data reach")
        end = months.number(month_end)
    rows = rows[rows["n"] <= end]
    use = _observed(activity, rows)
    if level in PARTS:
        use = use.assign(area=use["municipality"] + SEPARATOR + use[level])
        rows = panel_of_parts(rows, use)
    else:
        areas = {code: _area(panel, code, level, months.month(end)) for code in rows["municipality"].unique()}
        rows, use = (
            frame.assign(area=frame["municipality"].map(areas)).dropna(subset="area") for frame in (rows, use)
        )
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
        whole_panel=_panel_rows(rows, names, codes),
        whole_activity=_activity_rows(use, names, codes, users),
        names=users | {"municipality": codes},
    )


def month_number(month: pd.Series) -> pd.Series:
    """Months since year 0, as `months.number` counts them."""
    when = pd.to_datetime(month)
    return (when.dt.year * 12 + when.dt.month - 1).astype("int64")


def _area(panel: pd.DataFrame, code: str, level: str, month: str) -> str | None:
    if level == "region":
        return area_region(panel, code, month) or None
    return code if level == "municipality" else ""


_TEXT = ["municipality", "administration", "unit", "unit_type", "provider", "channel"]
_NUMBERS = ["calls", "completed", "seconds"]


def _observed(activity: pd.DataFrame | None, rows: pd.DataFrame) -> pd.DataFrame:
    """The activity of observed months, with who made it: a unit is known inside its municipality and
    administration, a provider everywhere.
    """
    if activity is None:
        activity = pd.DataFrame({c: pd.Series(dtype="str") for c in [*_TEXT, "month", *_NUMBERS]})
    unit = activity["municipality"].str.cat(activity[["administration", "unit"]], sep=SEPARATOR)
    use = activity.assign(
        n=month_number(activity["month"]),
        unit_key=unit.where(activity["unit"] != "", ""),
        provider_key=activity["provider"],
    )
    observed = rows.loc[rows["state"] == "observed", ["municipality", "n"]]
    return use.merge(observed, on=["municipality", "n"], how="inner")


def _panel_rows(rows: pd.DataFrame, areas: pd.Index, codes: pd.Index) -> Rows:
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


def _activity_rows(use: pd.DataFrame, areas: pd.Index, codes: pd.Index, users: dict[str, pd.Index]) -> Rows:
    table = {"area": areas.get_indexer(pd.Index(use["area"])), "n": use["n"].to_numpy()}
    table["municipality"] = codes.get_indexer(pd.Index(use["municipality"]))
    table |= {who: names.get_indexer(pd.Index(use[f"{who}_key"])) for who, names in users.items()}
    return table | {column: pd.to_numeric(use[column]).astype("float64").to_numpy() for column in _NUMBERS}


def _between(rows: Rows, first: int, last: int) -> Rows:
    inside = (rows["n"] >= first) & (rows["n"] <= last)
    return {name: values[inside] for name, values in rows.items()}


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
