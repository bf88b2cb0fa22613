"""How many units or provider numbers did what: every count of users that a measure needs, by name.

A count is told with who is counted (`find`), so that it can be made once, kept, and looked up by its name (`number`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kl_research.adoption.cut import Cut
from kl_research.adoption.use import History
from kl_research.terms.panel import STATES

REGULAR = 5
"""Calls in the period that make use regular, as in the evaluation of Attend Anywhere in Scotland (2019)."""
QUIET = 6
"""Observed months without a call after which a user counts as stopped."""
WINDOW = 6
NEEDED = 4
"""Use lasts where a user was active in four of the last six months."""

Members = tuple[np.ndarray, np.ndarray]
"""The area and the user of each, as indices into `Cut.areas` and `Cut.names`."""


def _with_calls(least: int) -> Callable[[Cut, str], Members]:
    def find(cut: Cut, who: str) -> Members:
        users = cut.users(who)
        enough = users.calls >= least
        return users.area[enough], users.user[enough]

    return find


def _in_months(least: int) -> Callable[[Cut, str], Members]:
    def find(cut: Cut, who: str) -> Members:
        users = cut.users(who)
        enough = users.months >= least
        return users.area[enough], users.user[enough]

    return find


def _of(past: History, which: np.ndarray) -> Members:
    return past.area[which], past.user[which]


def _ever(cut: Cut, who: str) -> Members:
    past = cut.history(who)
    # A provider may call from two municipalities, of which one is not observed.
    return _of(past, (past.observed | past.active)[:, max(cut.first - past.start, 0) :].any(axis=1))


def _new(cut: Cut, who: str) -> Members:
    past = cut.history(who)
    # A unit active in the first month of the data may have begun before it: it is not called new.
    return _of(past, (past.first >= cut.first) & ~past.began_before)


def _lasting(cut: Cut) -> Cut:
    return cut.between(cut.last - WINDOW + 1, cut.last)


def _maintaining(cut: Cut, who: str) -> Members:
    users = _lasting(cut).users(who)
    return users.area[users.months >= NEEDED], users.user[users.months >= NEEDED]


def quiet(past: History, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether each user made no call in the last six months, and whether all six were observed."""
    recent = slice(max(last - past.start - QUIET + 1, 0), max(last - past.start + 1, 0))
    used = np.asarray(past.active[:, recent].any(axis=1))
    told: np.ndarray = past.observed[:, recent].sum(axis=1) == QUIET
    return ~used, told


def _watched(cut: Cut, who: str) -> Members:
    past = cut.history(who)
    return _of(past, quiet(past, cut.last)[1])


def _stopped(most: float) -> Callable[[Cut, str], Members]:
    def find(cut: Cut, who: str) -> Members:
        past = cut.history(who)
        silent, told = quiet(past, cut.last)
        return _of(past, silent & told & (past.calls < most))

    return find


def _before(cut: Cut, who: str, *, lost: bool) -> Members:
    past = cut.history(who)
    place = cut.first - past.start
    if place < cut.length:  # the period before is not covered
        nobody = np.zeros(0, dtype="int64")
        return nobody, nobody
    before, now = slice(place - cut.length, place), slice(place, place + cut.length)
    home = np.zeros(len(cut.names[who]), dtype="int64")
    of = cut.whole_activity[who] >= 0
    home[cut.whole_activity[who][of]] = cut.whole_activity["municipality"][of]
    known = naming(cut.before, who) & naming(cut, who)
    then = past.active[:, before].any(axis=1) & past.observed[:, now].any(axis=1) & known[past.area, home[past.user]]
    return _of(past, then & ~past.active[:, now].any(axis=1) if lost else then)


FIND: dict[str, Callable[[Cut, str], Members]] = {
    "active": _with_calls(1),
    "at_least_5": _with_calls(REGULAR),
    "at_least_12": _with_calls(12),
    "at_least_24": _with_calls(24),
    "at_least_60": _with_calls(60),
    "in_3_months": _in_months(3),
    "in_6_months": _in_months(6),
    "in_12_months": _in_months(12),
    "ever": _ever,
    "new": _new,
    "maintaining": _maintaining,
    "ever_of_six_months": lambda cut, who: _ever(_lasting(cut), who),
    "watched": _watched,
    "stopped": _stopped(np.inf),
    "tried_and_stopped": _stopped(REGULAR),
    "active_before": lambda cut, who: _before(cut, who, lost=False),
    "lost": lambda cut, who: _before(cut, who, lost=True),
}
"""Who is counted, by name: with a call in the period (`active`), with at least so many calls, in at least so many
months, ever (and observed in the period), first used in the period (`new`), active in four of the last six months
(`maintaining`) of those ever seen and observed in one of them, observed in all of the last six months (`watched`)
and without a call in them (`stopped`; `tried_and_stopped`: after fewer than five), active in the equally long
period before (`active_before`) and not now (`lost`)."""


def find(cut: Cut, who: str, what: str) -> Members:
    """The area and the user of everybody who is `what`."""
    return FIND[what](cut, who)


def number(cut: Cut, who: str, what: str) -> np.ndarray:
    """How many units or provider numbers are `what` (a name in `FIND`), by area.

    Examples
    --------
    >>> import pandas as pd
    >>> from kl_research.adoption.cutting import cut
    >>> month = pd.to_datetime(["2025-01-01", "2025-02-01"])
    >>> panel = pd.DataFrame({"municipality": "461", "month": month, "state": "observed", "calls": [2, 1]})
    >>> use = pd.DataFrame({"municipality": "461", "administration": "", "unit": ["A", "B"], "provider": "",
    ...                     "month": month, "calls": [2, 1], "completed": 0, "seconds": 0.0})
    >>> number(cut(panel, use, first="2025-02"), "unit", "new").tolist()
    [1.0]
    """
    return cut.once(("number", who, what), lambda: _number(cut, who, what))


def _number(cut: Cut, who: str, what: str) -> np.ndarray:
    if cut.counter is not None:
        return cut.counter.members(cut, who, what)
    area, _ = find(cut, who, what)
    return np.bincount(area, minlength=len(cut.areas)).astype("float64")


def active_users(cut: Cut, who: str, at_least: int = 1) -> np.ndarray:
    """Units or provider numbers with at least so many calls (1 or 5) in the period, by area.

    NaN where no municipality of the area says who made its calls, see `naming`.
    """
    found = number(cut, who, "active" if at_least == 1 else f"at_least_{at_least}")
    return np.where(naming(cut, who).any(axis=1), found, np.nan)


def naming(cut: Cut, who: str) -> np.ndarray:
    """Whether a municipality (column) tells in an area (row) who used the app in the period: a month is observed,
    and it was not in use with calls that all lack a unit (provider number) or lie in hidden months.
    """
    return cut.once(("naming", who), lambda: _naming(cut, who))


def _naming(cut: Cut, who: str) -> np.ndarray:
    rows = cut.panel
    observed, used = (np.zeros((len(cut.areas), len(cut.names["municipality"])), dtype=bool) for _ in range(2))
    for table, where in ((observed, rows["state"] == STATES.index("observed")), (used, cut.in_use)):
        table[rows["area"][where], rows["municipality"][where]] = True
    return observed & (~used | cut.named(who))


def ever_users(cut: Cut, who: str, what: str = "ever") -> np.ndarray:
    """Units or provider numbers that ever used the app, with a month observed or a call in the period, by area."""
    none = ~naming(cut.ever, who).any(axis=1) | (cut.why_not != "")
    return np.where(none, np.nan, number(cut, who, what))


def user_months(cut: Cut, who: str) -> tuple[np.ndarray, np.ndarray]:
    """Months in which the period's users made a call, summed over them, and their observed months, by area."""
    n = len(cut.areas)
    if cut.counter is not None:
        used = np.nan_to_num(cut.total(f"active_{who}s"))
        weight = np.nan_to_num(cut.column(f"active_{who}s"))
        return used, number(cut, who, "active") * _mean_months(cut, weight)
    past = cut.history(who)
    inside = slice(max(cut.first - past.start, 0), cut.last - past.start + 1)
    active, observed = past.active[:, inside], past.observed[:, inside]
    here = active.any(axis=1)
    above = np.bincount(past.area[here], weights=active[here].sum(axis=1), minlength=n)
    return above, np.bincount(past.area[here], weights=(observed | active)[here].sum(axis=1), minlength=n)


def _mean_months(cut: Cut, weight: np.ndarray) -> np.ndarray:
    """Observed months of an area's municipalities, on average over their use."""
    rows, several = cut.panel, len(cut.names["municipality"])
    key, size = rows["area"] * several + rows["municipality"], len(cut.areas) * several
    months = np.bincount(key, weights=rows["state"] == STATES.index("observed"), minlength=size)
    use = np.bincount(key, weights=weight, minlength=size)
    months, use = months.reshape(-1, several), use.reshape(-1, several)
    total = use.sum(axis=1)
    return np.where(total > 0, (months * use).sum(axis=1) / np.where(total > 0, total, 1), months.max(axis=1))
