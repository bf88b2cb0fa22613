"""Units and provider numbers as counts: how many were active, new, stopped ... in an area and stretch of months."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kl_research.disclosure.count import Records, count
from kl_research.terms.months import number

AT_MOST = {
    "at_least_60": ("at_least_24",),
    "at_least_24": ("at_least_12",),
    "at_least_12": ("at_least_5",),
    "at_least_5": ("active",),
    "in_12_months": ("in_6_months",),
    "in_6_months": ("in_3_months",),
    "in_3_months": ("active",),
    "new": ("active",),
    "active": ("ever",),
    "maintaining": ("ever_of_six_months",),
    "tried_and_stopped": ("stopped",),
    "stopped": ("watched",),
    "lost": ("active_before",),
}
"""Who is part of whom: a count is at most those of the same area and months."""
ORDER = [
    "ever", "ever_of_six_months", "watched", "active_before", "active", "at_least_5", "at_least_12", "at_least_24",
    "at_least_60", "in_3_months", "in_6_months", "in_12_months", "new", "maintaining", "stopped", "tried_and_stopped",
    "lost",
]  # fmt: skip
_IN_THESE_MONTHS = {"active", "new", *(what for what in ORDER if what.startswith(("at_", "in_")))}
KEYS = ["level", "area", "part", "who"]


def count_members(keys: Sequence[int] | np.ndarray, area: np.ndarray, user: np.ndarray, areas: int) -> np.ndarray:
    """The published number of users of each area: `user` is the position of each in `keys`, once an area.

    >>> int(count_members(np.array([2**63], dtype="uint64"), np.array([0]), np.array([0]), 2)[1])
    0
    """
    chosen = np.asarray(keys, dtype="uint64")[user]
    return count(Records(np.ones(len(user), dtype="int64"), chosen).grouped(area, areas))


def nested_members(drawn: pd.DataFrame, calls: pd.DataFrame, registered: pd.DataFrame) -> pd.DataFrame:
    """Counts of users as told: at most the calls, the register's number, and those they are part of.

    `drawn` has level, area, part, who, what, first, last, value; `calls` the published calls of level, area, part,
    first, last; `registered` the number of level, area, who (area's whole, no part). Those active in some months are
    at most those active in longer months around them. Returns the same rows with `drawn` and `value` as told.
    """
    keys, cell = [*KEYS, "first", "last"], ["level", "area", "part", "first", "last"]
    wide = drawn.pivot(index=keys, columns="what", values="value")
    rows = wide.index.to_frame(index=False)
    most = rows.merge(calls, how="left", on=cell, validate="many_to_one")["calls"].to_numpy("float64")
    there = rows.merge(registered, how="left", on=KEYS, validate="many_to_one")["registered"].to_numpy("float64")
    told: dict[str, np.ndarray] = {}
    for what in (name for name in ORDER if name in wide):
        value = wide[what].to_numpy("float64")
        limits = [there, *(told[whole] for whole in AT_MOST.get(what, ()) if whole in told)]
        for limit in [*limits, most] if what in _IN_THESE_MONTHS else limits:
            value = np.where(np.isnan(value), value, np.fmin(value, limit))
        told[what] = value if what != "active" else _within_longer(rows, value)
    blocks = []
    for what, value in told.items():
        known = ~np.isnan(value)
        counts = {"value": value[known].astype("int64"), "drawn": wide[what].to_numpy()[known].astype("int64")}
        blocks.append(rows[known].assign(what=what, **counts))
    return pd.concat(blocks, ignore_index=True)[[*KEYS, "what", "first", "last", "value", "drawn"]]


def _within_longer(rows: pd.DataFrame, active: np.ndarray) -> np.ndarray:
    """At most the number of any longer months around, the longest first."""
    place, spans = rows.groupby(KEYS).ngroup().to_numpy(), rows["first"] + "/" + rows["last"]
    column, names = pd.factorize(spans)
    ends = [(number(name[:7]), number(name[8:])) for name in names]
    values = np.full((place.max(initial=-1) + 1, len(names)), np.nan)
    values[place, column] = active
    longest = sorted(range(len(ends)), key=lambda i: ends[i][0] - ends[i][1])
    for done, i in enumerate(longest):
        around = [k for k in longest[:done] if ends[k][0] <= ends[i][0] and ends[i][1] <= ends[k][1]]
        if around:
            known = ~np.isnan(values[:, i])
            values[known, i] = np.fmin(values[known, i], np.fmin.reduce(values[known][:, around], axis=1))
    return np.asarray(values[place, column])
