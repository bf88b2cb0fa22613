"""Totals over several municipalities, made from what is told of each: they cannot give a hidden count away.

A region's or the country's total less everybody else's would uncover the one municipality whose count is hidden. So
in the public profile such totals are no sums of the true counts but of the published ones: a month that is told
counts as it is; hidden months share what the published totals around them leave over (iterative proportional
fitting, from the middle of 1 .. threshold - 1), so that a year that is told enters exactly. Being made from public
numbers alone they add nothing to them; they are near the truth, and said with "ca.".

Source: Deming and Stephan, Annals of Mathematical Statistics 11 (1940) 427-444, for the fitting.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from kl_research.findings.suppression.release import Release
from kl_research.findings.suppression.series import release_of, series
from kl_research.findings.words.reader import Reader
from kl_research.terms.panel import wide

_ROUNDS = 60


def told(panel: pd.DataFrame, threshold: int, measure: str = "calls") -> pd.DataFrame:
    """Months down, municipalities across: the count where it is told, else its share of what is told around it.

    >>> months = pd.date_range("2024-01-01", periods=3, freq="MS")
    >>> panel = pd.DataFrame({"municipality": "461", "month": months, "state": "observed", "calls": [3, 9, 2]})
    >>> told(panel, 5)["461"].sum()        # the quarter is told: 14
    np.float64(14.0)
    """
    table = wide(panel, measure).copy()
    for code, rows in panel.groupby("municipality", sort=False):
        monthly = series(rows, str(code), measure)
        decided = release_of(monthly, threshold)
        if decided.hidden:
            shares = pd.Series(_fitted(decided), index=list(decided.months))
            table[code] = table[code].where(table[code].isna(), shares.reindex(table.index))
    return table


@lru_cache(maxsize=4096)
def _fit(cells: tuple[tuple[int, int, float], ...], free: tuple[bool, ...], start: tuple[float, ...]) -> np.ndarray:
    values, loose = np.array(start), np.array(free)
    for _ in range(_ROUNDS):
        for first, last, total in cells:
            inside = loose[first:last]
            known = values[first:last][~inside].sum()
            shared = values[first:last][inside].sum()
            if shared > 0:
                values[first:last][inside] *= max(total - known, 0.0) / shared
    return values


def _fitted(decided: Release) -> np.ndarray:
    size = len(decided.months)
    free, start = np.ones(size, dtype=bool), np.full(size, decided.threshold / 2)
    totals = []
    for cell, hidden in zip(decided.cells, decided.flags, strict=True):
        if hidden:
            continue
        if len(cell.members) == 1:
            free[cell.members[0]], start[cell.members[0]] = False, cell.value
        else:
            totals.append((cell.members[0], cell.members[-1] + 1, float(cell.value)))
    totals.sort(key=lambda total: total[0] - total[1])
    return _fit(tuple(totals), tuple(bool(f) for f in free), tuple(float(v) for v in start))


def total(panel: pd.DataFrame, codes: list[str], first: str, last: str, who: Reader, measure: str = "calls") -> int:
    """A total over municipalities and months as the reader may see it; unobserved months add nothing."""
    table = told(panel, who.threshold, measure) if who.public else wide(panel, measure)
    return round(float(table.loc[first:last, codes].sum().sum()))


def nation(panel: pd.DataFrame, who: Reader, measure: str = "calls") -> pd.Series:
    """The country month by month; NaN where no municipality was observed."""
    table = told(panel, who.threshold, measure) if who.public else wide(panel, measure)
    return table.sum(axis=1, min_count=1).round()
