"""Concentration: how much hangs on a few; what would be left without the largest unit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.ratio import index, ratio

SMALL_SAMPLE = 10
"""Below so many units a Gini coefficient says little even after its correction."""


def top_share(counts: pd.Series, largest: int) -> float:
    """The part of all counts that the `largest` biggest of them make up; NaN when there is nothing.

    >>> top_share(pd.Series([30, 6, 4]), 1)
    0.75
    """
    whole = counts.sum()
    return float(counts.nlargest(largest).sum() / whole) if whole > 0 else float("nan")


def gini(counts: pd.Series) -> float:
    """Gini coefficient of counts, times n/(n-1) so that complete concentration is 1 at every n; NaN below two.

    Formula: sum_i (2i - n - 1) x_i / ((n - 1) sum x), x ascending
    Source: Deltas 2003, Review of Economics and Statistics 85(1), the small-sample correction

    >>> gini(pd.Series([0, 0, 0, 8])), gini(pd.Series([2, 2, 2]))
    (1.0, 0.0)
    """
    x = np.sort(counts.to_numpy(dtype="float64"))
    n = len(x)
    if n < 2 or x.sum() == 0:
        return float("nan")
    ranks = 2 * np.arange(1, n + 1) - n - 1
    return float((ranks * x).sum() / ((n - 1) * x.sum()))


def top_unit_share(cut: Cut) -> pd.DataFrame:
    """Share of the calls of named units that the largest unit made.

    Formula: calls of the largest unit / calls of named units
    Unit: share
    Source: concentration ratio CR1
    """
    return _top(cut, cut.units, 1, "no_unit_names")


def top_two_units_share(cut: Cut) -> pd.DataFrame:
    """Share of the calls of named units that the two largest units made.

    Formula: calls of the two largest units / calls of named units
    Unit: share
    Source: concentration ratio CR2
    """
    return _top(cut, cut.units, 2, "no_unit_names")


def top_two_municipalities_share(cut: Cut) -> pd.DataFrame:
    """Share of all calls that the two largest municipalities made.

    Formula: calls of the two largest municipalities / calls
    Unit: share
    Source: concentration ratio CR2; two boards made 62 % in the Attend Anywhere evaluation (2019)
    """
    observed = cut.panel[cut.panel["calls"].notna()]
    calls = observed["calls"].astype("float64").groupby([observed["area"], observed["municipality"]]).sum()
    return _top(cut, calls.rename("calls").reset_index(), 2, "no_use")


def calls_left_without_top_unit(cut: Cut) -> pd.DataFrame:
    """Calls a month that would be left if the largest unit stopped.

    Formula: (calls of named units - calls of the largest unit) / observed municipality-months
    Unit: calls per municipality and month
    Source: fragility; domain.md, section 2
    """
    calls = cut.units.groupby("area")["calls"]
    left = (calls.sum() - calls.max()).reindex(cut.areas).astype("float64")
    return ratio(cut, left, cut.months_observed, unknown=_NAMELESS).pipe(_explained, cut, "no_unit_names")


def gini_units(cut: Cut) -> pd.DataFrame:
    """Gini coefficient of calls over the units active in the period; cautioned below ten units.

    Formula: sum_i (2i - n - 1) x_i / ((n - 1) sum x), x ascending
    Unit: 0 (equal) to 1 (one unit makes all)
    Source: Deltas 2003, small-sample correction
    """
    by_area = cut.units.groupby("area")["calls"]
    values = by_area.agg(lambda calls: gini(calls.astype("float64"))).reindex(cut.areas)
    units = by_area.size().reindex(cut.areas, fill_value=0)
    small = pd.Series(np.where(units < SMALL_SAMPLE, "small_sample", ""), index=cut.areas)
    table = index(cut, values, unknown="too_few_units", caution=small)
    return table if len(cut.units) else _explained(table, cut, "no_unit_names")


_NAMELESS = "nameless"


def _top(cut: Cut, users: pd.DataFrame, largest: int, nameless: str) -> pd.DataFrame:
    calls = users["calls"].astype("float64").groupby(users["area"])
    top = calls.agg(lambda counts: counts.nlargest(largest).sum()).reindex(cut.areas)
    return ratio(cut, top, calls.sum().reindex(cut.areas), unknown=_NAMELESS).pipe(_explained, cut, nameless)


def _explained(table: pd.DataFrame, cut: Cut, nameless: str) -> pd.DataFrame:
    """No user was found: because there was no use, or because the export names none."""
    blank = table["value"].isna() & (cut.why_not == "")
    used = cut.total("calls") > 0
    table["reason"] = table["reason"].mask(blank & used, nameless).mask(blank & ~used, "no_use")
    return table
