"""Units and provider numbers as counts: how many were active, new, stopped ... in an area and stretch of months."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kl_research.disclosure.count import Records, count

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
_ORDER = [
    "ever", "ever_of_six_months", "watched", "active_before", "active", "at_least_5", "at_least_12", "at_least_24",
    "at_least_60", "in_3_months", "in_6_months", "in_12_months", "new", "maintaining", "stopped", "tried_and_stopped",
    "lost",
]  # fmt: skip
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
    table = drawn.rename(columns={"value": "drawn"})
    limit = table.merge(calls, on=["level", "area", "part", "first", "last"], how="left", validate="many_to_one")
    limit = limit.merge(registered, on=["level", "area", "part", "who"], how="left", validate="many_to_one")
    least = np.fmin(limit["calls"].to_numpy("float64"), np.inf)
    # Who used the app ever, or in the months before, may be more than the calls of these months.
    least[~table["what"].isin(["active", "new", *(what for what in _ORDER if what[:3] in ("at_", "in_"))])] = np.inf
    table["value"] = np.fmin(np.fmin(table["drawn"], least), limit["registered"].fillna(np.inf))
    wide = table.pivot(index=[*KEYS, "first", "last"], columns="what", values="value")
    for what in (name for name in _ORDER if name in wide):
        for whole in AT_MOST.get(what, ()):
            if whole in wide:
                wide[what] = np.fmin(wide[what], wide[whole].where(wide[what].notna()))
        if what == "active":
            wide[what] = _within_longer(wide[what])
    told = wide.reset_index().melt([*KEYS, "first", "last"], value_name="told").dropna(subset="told")
    table = table.merge(told, on=[*KEYS, "what", "first", "last"], validate="one_to_one")
    return table.assign(value=table["told"].astype("int64"))[[*KEYS, "what", "first", "last", "value", "drawn"]]


def _within_longer(active: pd.Series) -> pd.Series:
    """At most the number of any longer months around, the longest first."""
    frame = active.unstack(["first", "last"])
    spans = sorted(frame.columns, key=lambda span: (span[0], span[1]))
    spans.sort(key=lambda span: int(span[1][:4]) * 12 + int(span[1][5:]) - int(span[0][:4]) * 12 - int(span[0][5:]))
    for i, span in enumerate(reversed(spans)):
        around = [other for other in list(reversed(spans))[:i] if other[0] <= span[0] and span[1] <= other[1]]
        if around:
            frame[span] = np.fmin(frame[span], frame[around].min(axis=1).where(frame[span].notna()))
    told: pd.Series = frame.stack(["first", "last"], future_stack=True).reindex(active.index)  # type: ignore[assignment]
    return told
