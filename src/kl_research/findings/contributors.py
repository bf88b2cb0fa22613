"""Rates that rest on too few doctors: minimum contributors, and dominance by one of them.

A rate per provider number tells the one who is nearly all of it, or lets the second largest work out the largest.
Such a rate is hidden when fewer than three provider numbers stand behind it or one of them has more than 85 %.

Source: Hundepool et al., Statistical Disclosure Control, Wiley 2012, section 4.2 (minimum frequency and (n, k) rule).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.findings.audience import Reader
from kl_research.findings.public_measures import HIDDEN

FEWEST = 3
DOMINANT = 0.85
RATES = ("calls_per_active_provider",)


def dominated(measures: pd.DataFrame, activity: pd.DataFrame | None, who: Reader) -> pd.Series:
    """Why each row of `measures`, as `public_measures` returned them, may not be told (`dominance`); else empty."""
    why = pd.Series("", index=measures.index)
    rows = measures["measure"].isin(RATES) & (measures["level"] == "municipality") & measures["value"].notna()
    if not who.public or activity is None or not rows.any():
        return why
    users = dict(iter(activity.groupby("municipality")))
    pairs = measures.loc[rows, ["area", "period"]].itertuples(index=False, name=None)
    found = [dominance(users.get(area, activity.iloc[:0]), area, period) for area, period in pairs]
    why.loc[rows] = np.array(found, dtype=object)
    return why


def without_dominated(measures: pd.DataFrame, why: pd.Series) -> pd.DataFrame:
    """`measures` with the rows left empty that have a reason in `why` (`dominated`)."""
    hide = why != ""
    safe = measures.copy()
    for column in ("numerator", "denominator", "value"):
        safe[column] = safe[column].where(~hide)
    safe["reason"] = safe["reason"].where(~hide, HIDDEN)
    return safe


def dominance(activity: pd.DataFrame, municipality: str, period: str) -> str:
    """Why a rate per provider number may not be told: few_contributors, dominance, or nothing.

    >>> one = pd.DataFrame({"municipality": "461", "month": pd.Timestamp("2024-01-01"), "provider": list("abcd"),
    ...                     "calls": [97, 1, 1, 1]})
    >>> dominance(one, "461", "2024-01/2024-12"), dominance(one.iloc[:2], "461", "2024-01/2024-12")
    ('dominance', 'few_contributors')
    """
    first, _, last = period.partition("/")
    month = activity["month"].dt.strftime("%Y-%m")
    own = activity[(activity["municipality"] == municipality) & (month >= first) & (month <= last)]
    calls = own[own["provider"] != ""].groupby("provider")["calls"].sum()
    calls = calls[calls > 0]
    if len(calls) < FEWEST:
        return "few_contributors"
    return "dominance" if calls.max() > DOMINANT * calls.sum() else ""
