"""Sums over the municipalities of a region or of the nation: a month, a period."""

from __future__ import annotations

import pandas as pd

from kl_research.adoption.cut import Activity, Cut, Level
from kl_research.adoption.cutting import cut
from kl_research.terms import months


def sum_of(
    panel: pd.DataFrame, activity: Activity | None, first: str, last: str, *, region: str = "", measure: str = "calls"
) -> float | None:
    """The sum of a count from `first` to `last` over a region's municipalities, or all; None where none is known.

    >>> panel = pd.DataFrame({"municipality": ["461", "101"], "month": pd.to_datetime(["2025-01-01"] * 2),
    ...                       "state": "observed", "calls": [3, 4]})
    >>> sum_of(panel, None, "2025-01", "2025-01"), sum_of(panel, None, "2025-01", "2025-01", region="1083")
    (7.0, 3.0)
    """
    whole, place = _place(panel, activity, region)
    if place is None:
        return None
    value = float(whole.between(months.number(first), months.number(last)).total(measure)[place])
    return None if value != value else value


def monthly_sums(
    panel: pd.DataFrame, activity: Activity | None, *, region: str = "", measure: str = "calls"
) -> pd.Series:
    """The sum of a count in every month of the panel, by month ("2025-01"); NaN where none is known."""
    whole, place = _place(panel, activity, region)
    numbers = range(whole.start, whole.last + 1)
    values = [float("nan") if place is None else float(whole.between(n, n).total(measure)[place]) for n in numbers]
    return pd.Series(values, index=[months.month(n) for n in numbers])


def _place(panel: pd.DataFrame, activity: Activity | None, region: str) -> tuple[Cut, int | None]:
    level: Level = "region" if region else "national"
    whole = cut(panel, activity, level=level)
    return whole, list(whole.areas).index(region) if region in whole.areas else None
