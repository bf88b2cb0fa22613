"""Control charts for small counts: u, XmR, g and t, with limits of their own in every phase, and the one shown.

A phase ends where the process is known to have changed: at an event, a new counting rule, a new administration.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kl_research.adoption.watch.usual import SHORTEST_RUN, quiet_series, reach_and_run, run_lengths, usual_noise
from kl_research.terms.panel import check_area, wide, wide_states

XMR = 2.66
"""3 / d2, with d2 = 1.128 the mean range of two normal values in units of their standard deviation."""

T_POWER = 1 / 3.6
_ROUNDING = 1e-9
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
    panel: pd.DataFrame, municipality: str, *, measure: str = "calls", breaks: Iterable[str] = (), seed: int = 1
) -> pd.DataFrame:
    """The chart that suits a municipality's monthly counts: month, chart, value, centre, low, high, phase, signal.

    `individuals` in general: every month against the mean of its phase; `g` below 1.5 calls a month: months without
    a call between months with one, shown at the month that ends the gap. `breaks` are months that begin a new phase,
    such as dated events. Months not observed are left out; one that is hidden had calls and ends a gap.

    The limits are not those of `xmr_chart` and `g_chart`, which suppose that months do not depend on each other: they
    are as wide, and a run is as long, as in simulated quiet series with the municipality's own mean and the
    variation, carry-over, autocorrelation and season of all municipalities (`usual`). Where nothing happens one
    municipality in 20 has any month with a signal: `beyond_limit`, or `long_run` (at least eight in a row on one side
    of the centre); else `signal` is empty.

    Formula: individuals: 2 (sqrt(y + 3/8) - sqrt(centre + 3/8)) within L sqrt(1 + s2 centre); g: gap - centre within
    L sqrt(centre (centre + 1)); L holds all points of 96 % of the simulated series
    Source: Anscombe (1948), Biometrika 35, 246-254, for the square root; Benneyan (2001) for g; limits by simulation.

    Parameters
    ----------
    measure : str, default 'calls'
        A count of the panel.
    breaks : Iterable[str], optional
        Months that begin a new phase, such as dated events.

    Returns
    -------
    DataFrame
        Columns month, chart, value, centre, low, high (counts a month), phase, signal.

    Raises
    ------
    InputError
        For a municipality or measure the panel does not have.

    Examples
    --------
    >>> months = pd.date_range("2025-01-01", periods=4, freq="MS")
    >>> panel = pd.DataFrame({"municipality": "461", "month": months, "state": "observed", "calls": [5, 7, 6, 30]})
    >>> control_chart(panel, "461", breaks=["2025-04"])["phase"].tolist()
    [0, 0, 0, 1]
    """
    check_area(panel, municipality)
    table = wide(panel, measure)
    calendar = np.array([int(str(month)[5:]) - 1 for month in table.index])
    noise = usual_noise(table.to_numpy(dtype="float64").T, calendar)
    rare = table[municipality].mean() < RARE
    series = table[municipality]
    if rare:
        hidden = wide_states(panel, measure)[municipality] == "suppressed"
        series = series.mask(hidden, 1.0)
    seen = series.notna().to_numpy()
    phase = _phase_of(table.index[seen], breaks)
    values = series.to_numpy(dtype="float64")[seen]
    at, value, groups = _points(values, phase, rare)
    kind = "g" if rare else "individuals"
    if not len(at):
        return _empty().assign(month=[], chart=kind)[["month", "chart", *_COLUMNS]]
    index = np.array(noise.season)[calendar]
    level = pd.Series(values / index[seen]).groupby(phase).transform("mean").to_numpy()
    means = np.interp(np.arange(len(seen)), np.flatnonzero(seen), level) * index
    s2 = noise.at(max(float(means.mean()), 1e-9)).s2
    quiet = [_points(one, phase, rare)[1:] for one in quiet_series(means, noise, seed)[:, seen]]
    deviations = [_deviations(one, where, s2, rare) for one, where in quiet]
    reach, run = reach_and_run(deviations, [where for _, where in quiet])
    chart = _limited(value, groups, s2, reach, run, rare)
    return chart.assign(month=list(table.index[seen][at]), chart=kind)[["month", "chart", *_COLUMNS]]


def _points(values: np.ndarray, phase: np.ndarray, rare: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The points of a chart: where they lie among the months, what they measure, and their phase.

    Gaps are counted in observed months, for silence is what was seen, and lie where they end.
    """
    if not rare:
        return np.arange(len(values)), values, phase
    at = np.flatnonzero(values > 0)
    return at[1:], (np.diff(at) - 1).astype("float64"), phase[at[1:]]


def _centre(value: np.ndarray, phase: np.ndarray) -> np.ndarray:
    total = np.bincount(phase, weights=value, minlength=1)
    return np.asarray((total / np.maximum(np.bincount(phase, minlength=1), 1))[phase])


def _deviations(value: np.ndarray, phase: np.ndarray, s2: float, rare: bool) -> np.ndarray:
    centre = _centre(value, phase)
    if rare:
        return np.asarray((value - centre) / np.sqrt(np.maximum(centre * (centre + 1), 1e-9)))
    return np.asarray(2 * (np.sqrt(value + 0.375) - np.sqrt(centre + 0.375)) / np.sqrt(1 + s2 * centre))


def _limited(value: np.ndarray, phase: np.ndarray, s2: float, reach: float, run: int, rare: bool) -> pd.DataFrame:
    """The chart whose limits lie `reach` units of spread from the centre of each phase."""
    centre = _centre(value, phase)
    if rare:
        spread = reach * np.sqrt(centre * (centre + 1))
        return _chart(value, centre, np.maximum(centre - spread, 0), centre + spread, phase, run)
    root, spread = np.sqrt(centre + 0.375), reach * np.sqrt(1 + s2 * centre) / 2
    low, high = np.maximum(root - spread, 0) ** 2 - 0.375, (root + spread) ** 2 - 0.375
    return _chart(value, centre, np.maximum(low, 0), high, phase, run)


_COLUMNS = ["value", "centre", "low", "high", "phase", "signal"]


def _phase_of(months: Iterable[str], breaks: Iterable[str]) -> np.ndarray:
    starts = sorted(breaks)
    return np.array([sum(start <= text for start in starts) for text in months], dtype="int64")


def _phases(phase: np.ndarray | None, n: int) -> np.ndarray:
    return np.zeros(n, dtype="int64") if phase is None else np.asarray(phase, dtype="int64")


def _empty() -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="float64") for column in _COLUMNS})


def _chart(
    value: np.ndarray,
    centre: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    phase: np.ndarray,
    run: int = SHORTEST_RUN,
) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):
        beyond = (value > high + _ROUNDING) | (value < low - _ROUNDING)
    side = np.sign(value - centre)
    signal = np.where(run_lengths(side, phase) >= run, "long_run", "")
    table = {"value": value, "centre": centre, "low": low, "high": high, "phase": phase}
    return pd.DataFrame(table).assign(signal=np.where(beyond, "beyond_limit", signal))
