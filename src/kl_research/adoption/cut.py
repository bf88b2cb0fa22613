"""What a measure looks at: the panel and the activity of one stretch of months, sorted into areas.

A measure is a function of a `Cut`. The same function serves a municipality, a region, the nation, or one
administration, unit type or channel of a municipality: only the grouping differs, so that a national figure is
computed from the rows themselves and never from other figures.

A municipality's region is dated; a cut places every month of a municipality in the region it belongs to in
`month_end`, so that "the 12 months before" compares the same municipalities and regions always add up to the nation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Protocol, TypeVar, cast

import numpy as np
import pandas as pd

from kl_research.adoption.rows import (
    SEPARATOR,
    activity_rows,
    between,
    month_number,
    observed_use,
    panel_of_parts,
    panel_rows,
    part_months,
)
from kl_research.adoption.use import History, Rows, Use, Users, use_of
from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.panel import STATES, area_region

Level = Literal["municipality", "region", "national", "administration", "unit_type", "channel"]
LEVELS: tuple[Level, ...] = ("municipality", "region", "national", "administration", "unit_type", "channel")
T = TypeVar("T")
PARTS = ("administration", "unit_type", "channel")


class Counter(Protocol):
    """Where the numbers of a cut come from when not from its rows: a look-up of numbers counted before.

    Arrays have an entry an area; NaN where a number is not given.
    """

    def has(self, level: str, area: str) -> bool:
        """Whether there are numbers of an area."""

    def knows(self, first: int, last: int) -> bool:
        """Whether users were counted over some months (as numbers)."""

    def total(self, cut: Cut, name: str) -> np.ndarray:
        """The sum of a monthly count over the period."""

    def members(self, cut: Cut, who: str, what: str) -> np.ndarray:
        """How many units or provider numbers are `what` (see `measures.members`)."""

    def minutes(self, cut: Cut) -> np.ndarray:
        """Mean minutes a call."""

    def retention(self, level: str, who: str, cohort: str) -> pd.DataFrame:
        """Retention by cohort, as `retention` returns it."""

    def part_months(self, level: str) -> pd.DataFrame:
        """Counts of each part by month: municipality, part, month ("2025-01"), and the counts."""


Activity = pd.DataFrame | Counter
"""Who made the calls: the rows of `read_activity`, or a look-up of published numbers."""


@dataclass(frozen=True)
class Cut:
    """The months `first` to `last` (as numbers) of a panel and its activity, by area.

    `whole_panel` holds area, municipality, n (month number), state, the counts (NaN unless observed) and the
    denominators; `whole_activity` area, municipality, n, unit, provider, calls, completed, seconds, observed months
    only. Areas, municipalities, units and providers are indices into `areas` and `names`, -1 for none. Both hold
    every month up to `month_end`, so that a measure may look back.

    Measures count through `total`, `named`, `minutes`, `calls_named`, `user_months` and `measures.members`. With a
    `counter` these are looked up there, and there is no activity. `found` keeps what was computed once.
    """

    level: str
    first: int
    last: int
    areas: pd.Index
    whole_panel: Rows
    whole_activity: Rows
    names: dict[str, pd.Index]
    counter: Counter | None = None
    found: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False, compare=False)

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
        return between(self.whole_panel, self.first, self.last)

    @cached_property
    def activity(self) -> Rows:
        """The activity in observed months of the period."""
        return between(self.whole_activity, self.first, self.last)

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

    def once(self, name: tuple[str, ...], compute: Callable[[], T], *, whole: bool = False) -> T:
        """What was computed before of this period (or of the `whole` data), else computed now."""
        key = name if whole else (*name, self.first, self.last)
        if key not in self.found:
            self.found[key] = compute()
        return cast(T, self.found[key])

    def use(self, who: str) -> Use:
        """The matrix of units or providers and months; any other `who` is an `InputError`."""
        if who not in ("unit", "provider"):
            raise InputError("who", repr(who), "unit or provider", "choose one of them")
        return self.once(("use", who), lambda: self._use(who), whole=True)

    def _use(self, who: str) -> Use:
        length = int(self.whole_panel["n"].max()) - self.start + 1
        seen = np.zeros((len(self.names["municipality"]), length), dtype=bool)
        observed = self.whole_panel["state"] == STATES.index("observed")
        seen[self.whole_panel["municipality"][observed], self.whole_panel["n"][observed] - self.start] = True
        return use_of(self.whole_activity, who, len(self.names[who]), seen, self.start)

    def users(self, who: str) -> Users:
        """The units or providers with at least one call in the period."""
        return self.once(("users", who), lambda: self.use(who).users(self.first, self.last))

    def history(self, who: str) -> History:
        """The history of units or providers up to the end of the period."""
        use, last = self.use(who), self.last
        return self.once(("history", who, str(last)), lambda: use.history(last), whole=True)

    def named(self, who: str) -> np.ndarray:
        """Whether a municipality (column) names, in an area (row), units (provider numbers) with calls in the period.

        Numbers that were counted before do not say so of a period: then whether it ever did.
        """
        table = np.zeros((len(self.areas), len(self.names["municipality"])), dtype=bool)
        if self.counter is None:
            of, where = self.activity, (self.activity[who] >= 0) & (self.activity["calls"] > 0)
        else:
            of = self.whole_panel
            where = np.nan_to_num(of.get(f"active_{who}s", np.zeros(len(of["n"])))) > 0
        table[of["area"][where], of["municipality"][where]] = True
        return table

    def calls_named(self, who: str) -> np.ndarray:
        """Calls of named units (provider numbers), by area; where these were not counted, all calls."""
        if self.counter is not None:
            return np.nan_to_num(self.total("calls"))
        users = self.users(who)
        return np.bincount(users.area, weights=users.calls, minlength=len(self.areas))

    def minutes(self) -> tuple[np.ndarray, np.ndarray]:
        """Minutes, and the calls whose duration is known, by area; NaN where none is."""
        if self.counter is not None:
            calls = self.total("calls")
            minutes = self.counter.minutes(self)
            return minutes * calls, np.where(np.isnan(minutes), np.nan, calls)
        use = self.activity
        known = np.where(np.isnan(use["seconds"]), np.nan, use["calls"])
        return self.add_known(use, use["seconds"] / 60), self.add_known(use, known)

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
        return self.once(("total", name), lambda: self._total(name))

    def _total(self, name: str) -> np.ndarray:
        if self.counter is not None:
            return np.where(self.months_with(name) > 0, self.counter.total(self, name), np.nan)
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
