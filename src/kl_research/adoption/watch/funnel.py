"""A funnel instead of a league table: which municipalities differ from the whole by more than chance and habit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import betainc, gammaincc

from kl_research.statistics.distributions import chi_squared_quantile, normal_quantile

WINSORISED = 0.1
LIMITS = {"95": 0.95, "998": 0.998}
_TRIED = 1e-3 * 2.0 ** np.arange(13)  # squared coefficients of variation, up to 4


@dataclass(frozen=True)
class Funnel:
    """Municipalities against control limits.

    `centre` is the rate of the whole; `phi` the variance of the counts over that of chance alone, `tau2` the variance
    of log rates between municipalities, 0 where there is no more than chance. `table` has area, numerator,
    denominator, value, expected, low_95, high_95, low_998, high_998, state (`inside`, `above_95`, `below_95`,
    `above_998`, `below_998`). `reason`: too_few_areas.
    """

    centre: float
    phi: float
    tau2: float
    reason: str = ""
    table: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)


def funnel(rates: pd.DataFrame, *, per: float = 1.0, fewest: int = 10) -> Funnel:
    """The funnel of a measure: `rates` has area, numerator, denominator, as a level of `measure_table` does.

    Formula: expected e = centre x denominator; counts with mean e and variance e + v e^2 (negative binomial, Poisson
    where v is 0); limits are their mid-p quantiles. v is 0 where sum (y - e)^2 / e is below the 95 % quantile of
    chi-squared with n - 1 degrees of freedom, else the v at which the areas' normal scores, winsorised at 10 %, have
    the mean square that winsorised normal scores have; tau2 = log(1 + v)
    Source: Spiegelhalter 2005, Statistics in Medicine 24:1185-1202, for funnel and winsorising; Paule & Mandel 1982,
    J Res Natl Bur Stand 87:377-385, for the equation. Measured: `benchmarks/watch.py funnel`

    Winsorising keeps the areas that do stand apart from widening the limits; as it also takes away a third of the
    ordinary spread, what is left is compared with what chance would leave.

    Areas without a denominator or a numerator are left out. Refused under `fewest` areas.

    Parameters
    ----------
    rates : DataFrame
        Columns area, numerator, denominator, as one level of `kl.measure_table` has them.
    per : float, default 1.0
        Unit of the rate: 1000 for calls per 1,000.
    fewest : int, default 10
        Fewest areas for a funnel.

    Returns
    -------
    Funnel
        A `Funnel`; `table` has a row an area with value, limits (95 and 99.8 %) and state.

    Examples
    --------
    >>> rates = pd.DataFrame({"area": list("abcdefghij"), "numerator": [20] * 9 + [60], "denominator": 100})
    >>> funnel(rates).table["state"].tolist()[-1]
    'above_998'
    """
    table = rates[["area", "numerator", "denominator"]].dropna()
    table = table[table["denominator"] > 0].reset_index(drop=True)
    if len(table) < fewest or table["numerator"].sum() == 0:
        return Funnel(float("nan"), float("nan"), float("nan"), "too_few_areas")
    y, size = (table[column].to_numpy(dtype="float64") for column in ("numerator", "denominator"))
    centre = y.sum() / size.sum()
    expected = centre * size
    squares = float(((y - expected) ** 2 / expected).sum())
    degrees = len(table) - 1
    spread = _spread(y, expected) if squares > chi_squared_quantile(0.95, degrees) else 0.0
    table["value"], table["expected"] = per * y / size, expected
    table["state"] = "inside"
    for name, level in LIMITS.items():
        low, high = (_limit(0.5 + side * level / 2, expected, spread) for side in (-1, 1))
        table[f"low_{name}"], table[f"high_{name}"] = per * low / size, per * high / size
        table.loc[y > high, "state"] = f"above_{name}"
        table.loc[y < low, "state"] = f"below_{name}"
    return Funnel(per * centre, squares / degrees, float(np.log1p(spread)), "", table)


def _spread(y: np.ndarray, expected: np.ndarray) -> float:
    """The v at which the winsorised scores of the counts are as spread as those of chance."""
    from scipy import optimize

    n, edge = len(y), int(WINSORISED * len(y))

    def mean_square(scores: np.ndarray) -> float:
        inner = np.sort(scores)
        return float((np.clip(inner, inner[edge], inner[n - 1 - edge]) ** 2).mean())

    usual = mean_square(normal_quantile((np.arange(n) + 0.5) / n))

    def beyond(v: float) -> float:
        share = np.clip(_mid_p(y, expected, v), 1e-12, 1 - 1e-12)
        return mean_square(normal_quantile(share)) - usual

    # The smallest root: a spread so large that most counts would be 0 makes all others stand apart again.
    low = 0.0
    if beyond(low) <= 0:
        return low
    for high in _TRIED:
        if beyond(high) <= 0:
            return float(optimize.brentq(beyond, low, high, xtol=1e-6))
        low = high
    return float(min(_TRIED, key=beyond))


def _mid_p(y: np.ndarray, expected: np.ndarray, spread: float) -> np.ndarray:
    """P(Y < y) + P(Y = y) / 2 for counts with mean e and variance e + spread e^2."""
    return (_at_most(y - 1, expected, spread) + _at_most(y, expected, spread)) / 2


def _at_most(y: np.ndarray, expected: np.ndarray, spread: float) -> np.ndarray:
    more = np.maximum(y + 1, 1.0)  # special functions: scipy's distributions cost ten times as much
    share = betainc(1 / spread, more, 1 / (1 + spread * expected)) if spread > 0 else gammaincc(more, expected)
    return np.where(y < 0, 0.0, share)


def _quantile(level: float, expected: np.ndarray, spread: float) -> np.ndarray:
    """The smallest count at which the distribution function reaches a level."""
    low, high = np.full(len(expected), -1.0), np.maximum(np.ceil(expected), 1.0)
    while (short := _at_most(high, expected, spread) < level).any():
        high = np.where(short, 2 * high, high)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        reached = _at_most(middle, expected, spread) >= level
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return high


def _limit(level: float, expected: np.ndarray, spread: float) -> np.ndarray:
    """The count, between whole ones by straight line, at which `_mid_p` reaches a level; 0 where none is so low."""
    at = _quantile(level, expected, spread)
    at = np.where(_mid_p(at, expected, spread) < level, at, at - 1)
    low, high = _mid_p(at, expected, spread), _mid_p(at + 1, expected, spread)
    return np.maximum(at + (level - low) / (high - low), 0.0)
