"""Concentration: how much hangs on a few; what would be left without the largest unit."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures.members import active_users, number
from kl_research.adoption.measures.ratio import index, ratio
from kl_research.adoption.measures.reach import calls_by_municipality
from kl_research.adoption.use import Users

SMALL_SAMPLE = 10
"""Below so many units a Gini coefficient says little even after its correction."""


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of counts, times n/(n-1) so that complete concentration is 1 at every n; NaN below two.

    Formula: sum_i (2i - n - 1) x_i / ((n - 1) sum x), x ascending
    Source: Deltas 2003, Review of Economics and Statistics 85(1), the small-sample correction

    >>> gini(np.array([0, 0, 0, 8])), gini(np.array([2, 2, 2]))
    (1.0, 0.0)
    """
    x, n = np.sort(counts.astype("float64")), len(counts)
    if n < 2 or x.sum() == 0:
        return float("nan")
    return float(((2 * np.arange(1, n + 1) - n - 1) * x).sum() / ((n - 1) * x.sum()))


def top_unit_share(cut: Cut) -> pd.DataFrame:
    """Share of the calls of named units that the largest unit made.

    Formula: calls of the largest unit / calls of named units
    Unit: share
    Source: concentration ratio CR1
    """
    return _top(cut, cut.users("unit"), 1, "no_unit_names")


def top_two_units_share(cut: Cut) -> pd.DataFrame:
    """Share of the calls of named units that the two largest units made.

    Formula: calls of the two largest units / calls of named units
    Unit: share
    Source: concentration ratio CR2
    """
    return _top(cut, cut.users("unit"), 2, "no_unit_names")


def top_two_municipalities_share(cut: Cut) -> pd.DataFrame:
    """Share of all calls that the two largest municipalities made.

    Formula: calls of the two largest municipalities / calls
    Unit: share
    Source: concentration ratio CR2; two boards made 62 % in the Attend Anywhere evaluation (2019)
    """
    return _top(cut, calls_by_municipality(cut, cut.column("calls")), 2, "no_use")


def calls_left_without_top_unit(cut: Cut) -> pd.DataFrame:
    """Calls a month that would be left if the largest unit stopped.

    Formula: (calls of named units - calls of the largest unit) / observed municipality-months
    Unit: calls per municipality and month
    Source: this workbench: fragility
    """
    users = cut.users("unit")
    left = _by_area(cut, users, lambda calls: calls.sum() - calls.max())
    return ratio(cut, left, cut.months_observed).pipe(_explained, cut, "no_unit_names")


def gini_units(cut: Cut) -> pd.DataFrame:
    """Gini coefficient of calls over the units active in the period; cautioned below ten units.

    Formula: sum_i (2i - n - 1) x_i / ((n - 1) sum x), x ascending
    Unit: 0 (equal) to 1 (one unit makes all)
    Source: Deltas 2003, small-sample correction
    """
    users = cut.users("unit")
    units = np.bincount(users.area, minlength=len(cut.areas))
    caution = np.where(units < SMALL_SAMPLE, "small_sample", "")
    table = index(cut, _by_area(cut, users, gini), caution=caution).pipe(_explained, cut, "no_unit_names")
    few = table["value"].isna() & (units == 1)
    return table.assign(reason=np.where(few, "too_few_units", table["reason"]))


def units_with_5_calls(cut: Cut) -> pd.DataFrame:
    """Of the units active in the period, the share with at least 5 calls in it.

    Formula: units with calls >= 5 / units with calls >= 1
    Unit: share
    Source: this workbench: how many units carry the use, without the calls of any one
    """
    return _carrying(cut, "at_least_5")


def units_with_12_calls(cut: Cut) -> pd.DataFrame:
    """Of the units active in the period, the share with at least 12 calls in it.

    Formula: units with calls >= 12 / units with calls >= 1
    Unit: share
    Source: this workbench: how many units carry the use, without the calls of any one
    """
    return _carrying(cut, "at_least_12")


def units_with_24_calls(cut: Cut) -> pd.DataFrame:
    """Of the units active in the period, the share with at least 24 calls in it.

    Formula: units with calls >= 24 / units with calls >= 1
    Unit: share
    Source: this workbench: how many units carry the use, without the calls of any one
    """
    return _carrying(cut, "at_least_24")


def units_with_60_calls(cut: Cut) -> pd.DataFrame:
    """Of the units active in the period, the share with at least 60 calls in it.

    Formula: units with calls >= 60 / units with calls >= 1
    Unit: share
    Source: this workbench: how many units carry the use, without the calls of any one
    """
    return _carrying(cut, "at_least_60")


def _carrying(cut: Cut, what: str) -> pd.DataFrame:
    active = active_users(cut, "unit")
    above = np.where(np.isnan(active), np.nan, number(cut, "unit", what))
    return ratio(cut, above, active, unknown="no_unit_names")


def _top(cut: Cut, users: Users, largest: int, nameless: str) -> pd.DataFrame:
    top = _by_area(cut, users, lambda calls: np.sort(calls)[-largest:].sum())
    return ratio(cut, top, _by_area(cut, users, np.sum)).pipe(_explained, cut, nameless)


def _by_area(cut: Cut, users: Users, summarise: Callable[[np.ndarray], float]) -> np.ndarray:
    found = np.full(len(cut.areas), np.nan)
    known = ~np.isnan(users.calls)
    area, calls = users.area[known], users.calls[known]
    starts = np.searchsorted(area, np.arange(len(cut.areas) + 1))  # users are sorted by area
    for place, (start, end) in enumerate(pairwise(starts)):
        if end > start:
            found[place] = summarise(calls[start:end])
    return found


def _explained(table: pd.DataFrame, cut: Cut, nameless: str) -> pd.DataFrame:
    """No user was found: because there was no use, or because the export names none."""
    blank = table["value"].isna() & (cut.why_not == "")
    used = np.nan_to_num(cut.total("calls")) > 0
    return table.assign(reason=np.where(blank, np.where(used, nameless, "no_use"), table["reason"]))
