"""The few numbers a front page begins with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Activity, Cut
from kl_research.adoption.cutting import cut
from kl_research.adoption.measures.members import active_users
from kl_research.terms import months
from kl_research.terms.panel import check_area, states_inferred

YEAR = 12


@dataclass(frozen=True)
class Period:
    """One period of one municipality; None where nothing is known, and never a zero in its place.

    `months_observed` of `months` carry the numbers. In `months_suppressed` more there were 1 to 4 calls each: `calls`
    are without them, `least` and `most` with what they can have been, and `calls_per_month` counts them with 2.5.
    `completed` was known in `months_completed`.
    """

    first: str
    last: str
    months: int
    months_observed: int
    months_suppressed: int
    months_completed: int
    calls: int | None
    completed: int | None
    calls_per_month: float | None
    active_units: int | None
    active_providers: int | None

    @property
    def least(self) -> int:
        """The calls there were at least."""
        return (self.calls or 0) + self.months_suppressed

    @property
    def most(self) -> int:
        """The calls there were at most."""
        return (self.calls or 0) + 4 * self.months_suppressed

    @property
    def whole(self) -> bool:
        """Whether something is known of every month."""
        return self.months_observed + self.months_suppressed == self.months


@dataclass(frozen=True)
class Summary:
    """What a municipality's front page begins with.

    `state` is a code: active, no_calls (connected and started, none in the last 12 months), not_started,
    not_connected, left (no longer connected), not_begun (no call so far, and nobody says whether it is connected),
    suppressed, missing.
    """

    municipality: str
    state: str
    last: Period
    before: Period
    last_use: str

    @property
    def idle(self) -> bool:
        """Whether no use was to be expected in the last 12 months."""
        return self.state in ("not_connected", "not_started", "left", "not_begun")


def summary(
    panel: pd.DataFrame, activity: Activity | None, municipality: str, *, month_end: str | None = None
) -> Summary:
    """The last 12 months of a municipality beside the 12 before.

    Raises `InputError` for a municipality that is not in the panel.

    Examples
    --------
    >>> panel = pd.DataFrame({"municipality": "461", "month": pd.date_range("2024-01-01", periods=24, freq="MS"),
    ...                       "state": "observed", "calls": [2] * 12 + [3] * 12})
    >>> short = summary(panel, None, "461")
    >>> short.last.calls, short.before.calls, short.state
    (36, 24, 'active')
    """
    check_area(panel, municipality)
    own = panel[panel["municipality"] == municipality]
    if isinstance(activity, pd.DataFrame):
        activity = activity[activity["municipality"] == municipality]
    return summaries(own, activity, month_end=month_end)[municipality]


def summaries(panel: pd.DataFrame, activity: Activity | None, *, month_end: str | None = None) -> dict[str, Summary]:
    """`summary` of every municipality of the panel, by code: the same numbers in one pass.

    >>> panel = pd.DataFrame({"municipality": "461", "month": pd.date_range("2024-01-01", periods=24, freq="MS"),
    ...                       "state": "observed", "calls": 2})
    >>> summaries(panel, None)["461"] == summary(panel, None, "461")
    True
    """
    whole = cut(panel, activity, month_end=month_end)
    last = whole.between(whole.last - YEAR + 1, whole.last)
    year, former = _periods(last), _periods(last.before)
    latest = np.full(len(whole.areas), -1)
    np.maximum.at(latest, whole.panel["area"][whole.in_use], whole.panel["n"][whole.in_use])
    inferred, known = states_inferred(panel), _last_known(panel, months.month(last.first), months.month(last.last))
    found = {}
    for i, code in enumerate(whole.areas):
        state = str(last.why_not[i]) or ("active" if year[i].least > 0 else "no_calls")
        if state == "missing":  # a gap in the export says nothing of a municipality that never began
            state = known.get(str(code), state)
        if state == "not_connected" and latest[i] >= 0:
            state = "left"
        if state == "not_started" and inferred:
            state = "not_begun"
        found[str(code)] = Summary(
            municipality=str(code),
            state=state,
            last=year[i],
            before=former[i],
            last_use=months.month(int(latest[i])) if latest[i] >= 0 else "",
        )
    return found


def _last_known(panel: pd.DataFrame, first: str, last: str) -> dict[str, str]:
    """The latest state of each area in a period that is not missing."""
    month = panel["month"].dt.strftime("%Y-%m")
    own = panel[month.between(first, last) & (panel["state"] != "missing")].sort_values("month")
    return {str(code): str(state) for code, state in own.groupby("municipality")["state"].last().items()}


def _periods(one: Cut) -> list[Period]:
    """The period of every area."""
    calls, completed = one.total("calls"), one.total("completed")
    units, providers = active_users(one, "unit"), active_users(one, "provider")
    completed_in = one.months_with("completed")
    return [
        Period(
            first=months.month(one.first),
            last=months.month(one.last),
            months=one.length,
            months_observed=int(one.months_observed[i]),
            months_suppressed=int(one.months_suppressed[i]),
            months_completed=int(completed_in[i]),
            calls=_whole(calls[i]),
            completed=_whole(completed[i]),
            calls_per_month=_mean(calls[i], one.months_observed[i], one.months_suppressed[i]),
            active_units=_whole(units[i]),
            active_providers=_whole(providers[i]),
        )
        for i in range(len(one.areas))
    ]


def _mean(calls: float, observed: float, suppressed: float) -> float | None:
    """Calls a month, those of suppressed months taken as 2.5."""
    if observed + suppressed == 0:
        return None
    return float((np.nan_to_num(calls) + 2.5 * suppressed) / (observed + suppressed))


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)
