"""The few numbers a front page begins with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research import months
from kl_research.adoption.cut import SEPARATOR, Cut, cut
from kl_research.adoption.maintenance import municipalities_maintaining
from kl_research.adoption.reach import active_users
from kl_research.panel import STATES, check_area

YEAR = 12


@dataclass(frozen=True)
class Period:
    """One period of one municipality; None where nothing is known, and never a zero in its place.

    `months_observed` of `months` carry the numbers; `calls_per_month` is the mean over those. `states` counts the
    months by state.
    """

    first: str
    last: str
    months: int
    months_observed: int
    states: dict[str, int]
    calls: int | None
    completed: int | None
    calls_per_month: float | None
    active_units: int | None
    active_providers: int | None


@dataclass(frozen=True)
class Summary:
    """What a municipality's front page begins with.

    `state` is a code: active, no_calls (connected and started, none in the last 12 months), not_started,
    not_connected, suppressed, missing. `units_stopped` and `units_new` are names of units active in one of the two
    years only (None when the export names none).
    """

    municipality: str
    state: str
    last: Period
    before: Period
    change: float | None
    last_use: str
    months_since_last_use: int | None
    maintained: bool | None
    units_stopped: tuple[str, ...] | None
    units_new: tuple[str, ...] | None


def summary(
    panel: pd.DataFrame, activity: pd.DataFrame | None, municipality: str, *, month_end: str | None = None
) -> Summary:
    """The last 12 months of a municipality beside the 12 before.

    `change` is the ratio of calls per observed month, last over before; None unless both have a month observed and
    the earlier a call. Raises `InputError` for a municipality that is not in the panel.

    Examples
    --------
    >>> panel = pd.DataFrame({"municipality": "461", "month": pd.date_range("2024-01-01", periods=24, freq="MS"),
    ...                       "state": "observed", "calls": [2] * 12 + [3] * 12})
    >>> short = summary(panel, None, "461")
    >>> short.last.calls, short.before.calls, short.change, short.state
    (36, 24, 1.5, 'active')
    """
    check_area(panel, municipality)
    own = panel[panel["municipality"] == municipality]
    use = None if activity is None else activity[activity["municipality"] == municipality]
    whole = cut(own, use, month_end=month_end)
    last = whole.between(whole.last - YEAR + 1, whole.last)
    now, then = _period(last), _period(last.before)
    used = whole.panel["n"][whole.panel["calls"] > 0]
    names = _names(last), _names(last.before)
    named = names if None not in names else (None, None)
    lasting = municipalities_maintaining(last)["value"].iloc[0]
    ratio = None
    if now.calls_per_month is not None and then.calls_per_month:
        ratio = now.calls_per_month / then.calls_per_month
    return Summary(
        municipality=municipality,
        state=_state(last),
        last=now,
        before=then,
        change=ratio,
        last_use=months.month(int(used.max())) if len(used) else "",
        months_since_last_use=int(whole.last - used.max()) if len(used) else None,
        maintained=None if pd.isna(lasting) else bool(lasting),
        units_stopped=None if named[0] is None or named[1] is None else tuple(sorted(named[1] - named[0])),
        units_new=None if named[0] is None or named[1] is None else tuple(sorted(named[0] - named[1])),
    )


def _period(one: Cut) -> Period:
    observed = int(one.months_observed[0])
    calls = _whole(one.total("calls"))
    return Period(
        first=months.month(one.first),
        last=months.month(one.last),
        months=one.length,
        months_observed=observed,
        states={state: int(one.months_in(state)[0]) for state in STATES if one.months_in(state)[0]},
        calls=calls,
        completed=_whole(one.total("completed")),
        calls_per_month=None if calls is None else calls / observed,
        active_units=_whole(active_users(one, "unit")),
        active_providers=_whole(active_users(one, "provider")),
    )


def _whole(by_area: np.ndarray) -> int | None:
    return None if np.isnan(by_area[0]) else int(by_area[0])


def _names(one: Cut) -> set[str] | None:
    if _whole(active_users(one, "unit")) is None:
        return None
    return {_name(one, user) for user in one.users("unit").user}


def _name(one: Cut, unit: int) -> str:
    return str(one.names["unit"][unit]).rpartition(SEPARATOR)[2]


def _state(last: Cut) -> str:
    if why := str(last.why_not[0]):
        return why
    return "active" if last.total("calls")[0] > 0 else "no_calls"
