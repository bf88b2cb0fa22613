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

from kl_research.adoption.rows import between
from kl_research.adoption.use import History, Rows, Use, Users, use_of
from kl_research.terms.errors import InputError
from kl_research.terms.panel import STATES

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
