"""Who used the app in which month: the matrix that retention, stopping and stickiness are read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.terms.errors import InputError
from kl_research.terms.panel import STATES


@dataclass(frozen=True)
class History:
    """Every user that ever made a call, by area, and every month of the data up to the end of the cut.

    `active` and `observed` have a row a user and a column a month from `start` on; a month is observed when it is
    so in every municipality the user ever called from. `calls` are totals; `first` and `last` month numbers of use.
    """

    area: np.ndarray
    user: np.ndarray
    calls: np.ndarray
    first: np.ndarray
    last: np.ndarray
    active: np.ndarray
    observed: np.ndarray
    start: int

    @property
    def began_before(self) -> np.ndarray:
        """Users active in the first month of the data: when they began is not known."""
        return self.first == self.start


def history(cut: Cut, who: str = "unit") -> History:
    """The history of units or providers up to the end of the cut; any other `who` is an `InputError`.

    Examples
    --------
    >>> from kl_research.adoption.cut import cut
    >>> months = pd.date_range("2025-01-01", periods=3, freq="MS")
    >>> panel = pd.DataFrame({"municipality": "461", "month": months, "state": "observed", "calls": [1, 0, 2]})
    >>> use = pd.DataFrame({"municipality": "461", "administration": "", "unit": "A", "provider": "", "month": months,
    ...                     "calls": [1, 0, 2], "completed": 0, "seconds": 0.0})
    >>> history(cut(panel, use)).active.tolist()
    [[True, False, True]]
    """
    if who not in ("unit", "provider"):
        raise InputError("who", repr(who), "unit or provider", "choose one of them")
    ever = cut.ever
    use, panel, months = ever.activity, ever.panel, ever.length
    mine = (use[who] >= 0) & (use["calls"] > 0)
    several = max(len(cut.names[who]), 1)
    found, place = np.unique(use["area"][mine] * several + use[who][mine], return_inverse=True)
    month = use["n"][mine] - ever.first
    active = np.zeros((len(found), months), dtype=bool)
    active[place, month] = True
    seen = np.zeros((len(cut.names["municipality"]), months), dtype=bool)
    told = panel["state"] == STATES.index("observed")
    seen[panel["municipality"][told], panel["n"][told] - ever.first] = True
    observed = np.ones_like(active)
    np.logical_and.at(observed, place, seen[use["municipality"][mine]])
    return History(
        area=found // several,
        user=found % several,
        calls=np.bincount(place, weights=use["calls"][mine], minlength=len(found)),
        first=active.argmax(axis=1) + ever.first,
        last=months - 1 - active[:, ::-1].argmax(axis=1) + ever.first,
        active=active,
        observed=observed,
        start=ever.first,
    )


def users_table(cut: Cut, who: str, past: History) -> pd.DataFrame:
    """The users of a history by name: area, user, first and last month number, calls, active months."""
    return pd.DataFrame(
        {
            "area": cut.areas[past.area],
            "user": cut.names[who][past.user],
            "first": past.first,
            "last": past.last,
            "calls": past.calls.astype("int64"),
            "months": past.active.sum(axis=1),
        }
    )
