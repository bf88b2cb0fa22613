"""Quiet panels for what watches and looks around: funnel, charts, change points, alerts. Written from descriptions.

Nothing is taken from the product's own simulation or from `drawn.py`: the noise here is gamma where theirs is
log-normal, a moving common shock where theirs has none, and sizes are drawn, not three given ones.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def sizes(rng: np.random.Generator, n: int, spread: float = 0.8) -> np.ndarray:
    """Sizes of n municipalities around 1, log-normal: the largest some eight times the median."""
    return np.exp(rng.normal(0.0, spread, n))


def slow_noise(
    rng: np.random.Generator, shape: tuple[int, int], variance: np.ndarray | float, r: float
) -> np.ndarray:
    """Multipliers of mean 1 and this variance, correlated r^k at k months: gamma values of a normal AR(1)."""
    from scipy import stats

    z = rng.standard_normal(shape)
    for t in range(1, shape[1]):
        z[:, t] = r * z[:, t - 1] + np.sqrt(1 - r**2) * z[:, t]
    v = np.broadcast_to(np.asarray(variance, dtype=float), (shape[0],))[:, None]
    if not v.any():
        return np.ones(shape)
    v = np.maximum(v, 1e-6)
    return np.asarray(stats.gamma.ppf(stats.norm.cdf(z), 1 / v, scale=v))


def same_people(rng: np.random.Generator, rates: np.ndarray, stay: float) -> np.ndarray:
    """Each month's calls come from people of whom a share `stay` call again next month; Poisson at every month."""
    calls = np.empty(rates.shape)
    calls[:, 0] = rng.poisson(rates[:, 0])
    for t in range(1, rates.shape[1]):
        again = np.minimum(stay, rates[:, t] / np.maximum(rates[:, t - 1], 1e-12))
        new = np.maximum(rates[:, t] - again * rates[:, t - 1], 0.0)
        calls[:, t] = rng.binomial(calls[:, t - 1].astype(np.int64), again) + rng.poisson(new)
    return calls


def as_panel(calls: np.ndarray, first: str = "2021-01-01") -> pd.DataFrame:
    """Counts (municipalities, months) as the shared table."""
    n, length = calls.shape
    months = pd.date_range(first, periods=length, freq="MS")
    return pd.DataFrame(
        {
            "municipality": np.repeat([f"{i:03d}" for i in range(n)], length),
            "month": np.tile(months, n),
            "state": "observed",
            "calls": calls.ravel().astype(int),
        }
    )
