"""Control charts for small counts: u, XmR, g and t, with limits of their own in every phase.

A phase ends where the process is known to have changed: at an event, a new counting rule, a new administration.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kl_research.terms.panel import check_area, wide, wide_states

XMR = 2.66
"""3 / d2, with d2 = 1.128 the mean range of two normal values in units of their standard deviation."""

T_POWER = 1 / 3.6
RUN = 8
RARE = 1.5
"""Mean calls a month below which the gaps between active months are charted instead of the calls."""


def u_chart(counts: np.ndarray, sizes: np.ndarray, phase: np.ndarray | None = None) -> pd.DataFrame:
    """Counts per unit of size, Poisson limits: value, centre, low, high, phase, signal.

    Formula: centre u = sum counts / sum sizes; limits u +- 3 sqrt(u / size), not below 0
    Source: Montgomery 2009, Introduction to Statistical Quality Control, 6th ed., section 7.3.2

    >>> u_chart(np.array([4, 5, 3]), np.array([10, 10, 10])).round(2).loc[0, ["centre", "low", "high"]].tolist()
    [0.4, 0.0, 1.0]
    """
    counts, sizes = np.asarray(counts, dtype="float64"), np.asarray(sizes, dtype="float64")
    groups = _phases(phase, len(counts))
    known = ~np.isnan(counts)
    total = np.bincount(groups[known], weights=counts[known], minlength=groups.max() + 1)
    size = np.bincount(groups[known], weights=sizes[known], minlength=groups.max() + 1)
    centre = (total / np.where(size > 0, size, np.nan))[groups]
    spread = 3 * np.sqrt(centre / sizes)
    return _chart(counts / sizes, centre, np.maximum(centre - spread, 0), centre + spread, groups)


def xmr_chart(values: np.ndarray, phase: np.ndarray | None = None, *, floor: float | None = None) -> pd.DataFrame:
    """Individual values, limits from the mean moving range: the columns of `u_chart` and moving_range.

    Formula: limits mean +- 2.66 x mean |x_t - x_(t-1)| within the phase; `floor` (0 for counts) cuts the lower one
    Source: NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2

    >>> xmr_chart(np.array([5.0, 7.0, 6.0])).round(2).loc[0, ["centre", "low", "high"]].tolist()
    [6.0, 2.01, 9.99]
    """
    values = np.asarray(values, dtype="float64")
    groups = _phases(phase, len(values))
    moving = np.abs(np.diff(values, prepend=np.nan))
    moving[np.diff(groups, prepend=-1) != 0] = np.nan
    centre, spread = np.full(len(values), np.nan), np.full(len(values), np.nan)
    for group in np.unique(groups):
        inside = groups == group
        if (~np.isnan(moving[inside])).any():
            centre[inside], spread[inside] = np.nanmean(values[inside]), XMR * np.nanmean(moving[inside])
    low = centre - spread if floor is None else np.maximum(centre - spread, floor)
    return _chart(values, centre, low, centre + spread, groups).assign(moving_range=moving)


def g_chart(gaps: np.ndarray, phase: np.ndarray | None = None) -> pd.DataFrame:
    """Opportunities between rare events, geometric limits: the columns of `u_chart`.

    Formula: centre g = mean gap; limits g +- 3 sqrt(g (g + 1)), not below 0
    Source: Benneyan 2001, Health Care Management Science 4(4), 305-318

    >>> g_chart(np.array([2, 0, 4])).round(2).loc[0, ["centre", "high"]].tolist()
    [2.0, 9.35]
    """
    gaps = np.asarray(gaps, dtype="float64")
    groups = _phases(phase, len(gaps))
    centre = pd.Series(gaps).groupby(groups).transform("mean").to_numpy()
    spread = 3 * np.sqrt(centre * (centre + 1))
    return _chart(gaps, centre, np.maximum(centre - spread, 0), centre + spread, groups)


def t_chart(times: np.ndarray, phase: np.ndarray | None = None) -> pd.DataFrame:
    """Time between rare events: an XmR chart of time^(1/3.6), carried back to time. The columns of `u_chart`.

    Formula: y = time^(1/3.6); limits of the XmR chart of y, not below 0, to the power 3.6
    Source: Nelson 1994, Journal of Quality Technology 26(3); Montgomery 2009, example 7.6

    >>> t_chart(np.array([3.0, 3.0, 3.0])).round(2).loc[0, ["centre", "low", "high"]].tolist()
    [3.0, 3.0, 3.0]
    """
    chart = xmr_chart(np.asarray(times, dtype="float64") ** T_POWER, phase, floor=0.0)
    for column in ("value", "centre", "low", "high"):
        chart[column] = chart[column] ** (1 / T_POWER)
    return chart.drop(columns="moving_range")


def control_chart(
    panel: pd.DataFrame, municipality: str, *, measure: str = "calls", breaks: Iterable[str] = ()
) -> pd.DataFrame:
    """The chart that suits a municipality's monthly counts: month, chart, value, centre, low, high, phase, signal.

    `xmr` in general, for its limits follow the actual month-to-month variation, which is more than Poisson here;
    `g` below 1.5 a month: months without a call between months with one, shown at the month that ends the gap.
    `breaks` are months that begin a new phase, such as dated events. Months not observed are left out; one that is
    hidden had calls and ends a gap.
    `signal` is `beyond_limit`, `run_of_eight` (eight in a row on one side of the centre) or empty.

    Raises `InputError` for a municipality or measure the panel does not have.

    Returns that frame, in counts a month.
    Source: Montgomery (2009), Introduction to Statistical Quality Control; Benneyan (2001) for g.

    Examples
    --------
    >>> months = pd.date_range("2025-01-01", periods=4, freq="MS")
    >>> panel = pd.DataFrame({"municipality": "461", "month": months, "state": "observed", "calls": [5, 7, 6, 30]})
    >>> control_chart(panel, "461", breaks=["2025-04"])["phase"].tolist()
    [0, 0, 0, 1]
    """
    check_area(panel, municipality)
    table = wide(panel, measure)
    series = table[municipality].dropna()
    if series.mean() < RARE:
        hidden = wide_states(panel, measure)[municipality] == "suppressed"
        known = table[municipality].mask(hidden, 1.0).dropna()
        at = np.flatnonzero(known > 0)  # counted in observed months: silence is what was seen
        ends = known.index[at[1:]]
        chart = g_chart(np.diff(at) - 1, _phase_of(ends, breaks)) if len(ends) else _empty()
        return chart.assign(month=list(ends), chart="g")[["month", "chart", *_COLUMNS]]
    chart = xmr_chart(series.to_numpy(), _phase_of(series.index, breaks), floor=0.0)
    return chart.assign(month=list(series.index), chart="xmr")[["month", "chart", *_COLUMNS]]


_COLUMNS = ["value", "centre", "low", "high", "phase", "signal"]


def _phase_of(months: Iterable[str], breaks: Iterable[str]) -> np.ndarray:
    starts = sorted(breaks)
    return np.array([sum(start <= text for start in starts) for text in months], dtype="int64")


def _phases(phase: np.ndarray | None, n: int) -> np.ndarray:
    return np.zeros(n, dtype="int64") if phase is None else np.asarray(phase, dtype="int64")


def _empty() -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="float64") for column in _COLUMNS})


def _chart(
    value: np.ndarray, centre: np.ndarray, low: np.ndarray, high: np.ndarray, phase: np.ndarray
) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):
        beyond = (value > high) | (value < low)
    side = np.sign(value - centre)
    signal = np.where(_run(side, phase), "run_of_eight", "")
    table = {"value": value, "centre": centre, "low": low, "high": high, "phase": phase}
    return pd.DataFrame(table).assign(signal=np.where(beyond, "beyond_limit", signal))


def _run(side: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Whether each point ends a run of at least eight on one side of the centre within its phase."""
    length, found = 0, np.zeros(len(side), dtype=bool)
    for i in range(len(side)):
        same = i > 0 and side[i] == side[i - 1] != 0 and phase[i] == phase[i - 1]
        length = length + 1 if same else 1
        found[i] = length >= RUN
    return found
