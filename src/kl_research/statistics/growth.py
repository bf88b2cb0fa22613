"""How fast each municipality was growing against the others, from all its months before.

Given its total n, a municipality's counts are spread over the months as p_t = q_t exp(g x_t) / sum q exp(g x), with q
the monthly profile of the others and x the month, centred. Its growth g is the maximum likelihood: the value at which
the expected mean month, sum p_t x_t, is the observed one, sum y_t x_t / n. Season and common trend are in q.
"""

from __future__ import annotations

import numpy as np

from kl_research.statistics.noise import Noise
from kl_research.statistics.ranks import contrast_noise

LONG = 36  # months before, from which growth is known well
_STEPS = 8
_LARGEST = 0.5  # log growth a month


def growth_rule(months: int, *, together: bool = False) -> tuple[float, float]:
    """From how many standard errors on growth before is growth, and how many are then added to it.

    Of the rules tried this loses least power while of municipalities that grow 2 % and 4 % a month, seen over 39
    months, about .12 and .10 are claimed, and of several `together`, whose growth is better known, .10 at 1 % and 2 %
    (benchmarks/attacks.py growth, shared, pooled). Fewer months show growth too seldom to ask for more of it.
    """
    if together:
        return 0.75, 0.25 if months >= LONG else 0.5
    return (1.25, 0.25) if months >= LONG else (1.0, 0.5)


def monthly_growth(counts: np.ndarray, exposure: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Log growth a month of every municipality against the profile of the others, (R, N) from counts (R, N, T).

    Examples
    --------
    >>> counts = np.full((1, 20, 24), 100.0)
    >>> counts[0, 0] *= 1.02 ** np.arange(24)
    >>> monthly_growth(counts, np.ones_like(counts), np.arange(24))[0, :2].round(3).tolist()    # log 1.02; the others
    [0.02, -0.001]
    """
    x = times - times.mean()
    # Damped weights: one large municipality must not be what all are compared with.
    damped = counts / (1.0 + 0.1 * counts.mean(axis=2, keepdims=True)) / exposure
    profile = (damped.sum(axis=1, keepdims=True) - damped + 1e-9) * exposure
    # One call more, spread evenly, keeps every growth finite.
    observed = (counts * x).sum(axis=2) / (counts.sum(axis=2) + 1.0)
    growth = np.zeros(counts.shape[:2])
    for _ in range(_STEPS):
        share = profile * np.exp(growth[:, :, None] * x)
        share = share / share.sum(axis=2, keepdims=True)
        mean = (share * x).sum(axis=2)
        variance = (share * x**2).sum(axis=2) - mean**2
        growth = np.clip(growth + np.clip((observed - mean) / variance, -0.05, 0.05), -_LARGEST, _LARGEST)
    return np.asarray(growth)


def growth_variance(counts: np.ndarray, times: np.ndarray, noise: Noise) -> np.ndarray:
    """Variance of `monthly_growth` under the pooled noise, without differences of growth between municipalities."""
    x = times - times.mean()
    inflation, floor = contrast_noise(times, x / (x**2).sum(), noise)
    mean = (counts.sum(axis=2) + 1.0) / len(times)
    return np.asarray(inflation[:, None] / (x**2).sum() / mean + floor[:, None])


def growth_of_first(
    counts: np.ndarray, exposure: np.ndarray, times: np.ndarray, noise: Noise, k: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Growth of the first k municipalities less the weighted mean of the others', and its variance; each (R, k)."""
    growth, variance = monthly_growth(counts, exposure, times), growth_variance(counts, times, noise)
    weight = 1.0 / variance[:, k:]
    total = weight.sum(axis=1, keepdims=True)
    common = (weight * growth[:, k:]).sum(axis=1, keepdims=True) / total
    return growth[:, :k] - common, variance[:, :k] + 1.0 / total
