"""Groups: how counts of units, provider numbers and clinics are told to everybody.

Windows lie in each other (ever, 12, 6 and 3 months) and municipalities in their region, so exact counts would tell
by their difference how many stopped, and a difference of one or two who. They are told by the group of `threshold`
neighbours they lie in, or not at all where a known number of all would cut the group short.

Source: rounding to a base, Hundepool et al., Statistical Disclosure Control, Wiley 2012, section 5.4.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.terms.panel import wide

WHOLE = {"active_units": "units", "active_providers": "providers"}  # the panel's column with the number of all


def group(count: float, threshold: int) -> tuple[int, int]:
    """The group of `threshold` neighbours that a count of units, provider numbers or clinics lies in.

    Two groups leave any difference a range of `threshold` - 1 or more, unless a known number of all cuts a group
    short (`crowded`).

    >>> group(5, 5), group(9, 5), group(23, 5)
    ((5, 9), (5, 9), (20, 24))
    """
    low = int(count // threshold) * threshold
    return low, low + threshold - 1


def crowded(count: float, whole: float, threshold: int) -> bool:
    """Whether a count out of a known number of all is not told: its group would be cut short, and so be too narrow.

    Everybody can take `whole` less `threshold` as the most a told count can be, since a small rest is hidden. All of
    them, and a number of all that is plainly out of date, cut nothing.

    >>> [crowded(n, 12, 5) for n in (0, 5, 9, 12)], [crowded(n, 22, 5) for n in (9, 14, 15, 20)], crowded(9, 14, 5)
    ([False, True, True, False], [False, False, True, True], False)
    """
    low, high = group(count, threshold) if count > 0 else (0, 0)
    return 0 < count != whole and high > whole - threshold and low <= whole  # NaN compares as false


def numbers_of(panel: pd.DataFrame, column: str) -> pd.DataFrame:
    """How many units or provider numbers there are: the latest number known by each month, by municipality."""
    return wide(panel, column).ffill() if column in panel else pd.DataFrame()


def number_by(numbers: pd.DataFrame, area: str, month: str) -> float:
    """The number an area had by a month (`numbers_of`); NaN where it is not known."""
    months = numbers.index.searchsorted(month, side="right")
    return float(numbers[area].to_numpy()[months - 1]) if months and area in numbers else np.nan


def middle(count: float | None, threshold: int) -> float | None:
    """What stands for a group in a table of numbers: its middle; nothing and 0 stay what they are.

    >>> [middle(n, 5) for n in (0, 5, 9, 10, None)]
    [0, 7, 7, 12, None]
    """
    if count is None or count != count or count <= 0:
        return count
    return group(count, threshold)[0] + (threshold - 1) // 2


def middles(counts: pd.Series, threshold: int) -> pd.Series:
    """`middle` of each; what is not known stays so."""
    return counts.map(lambda n: middle(n, threshold), na_action="ignore").astype(counts.dtype)
