"""A CUSUM for small, noisy counts, its threshold simulated for a stated rate of false alarms.

One-sided, of the Poisson log likelihood ratio of "half the normal" against "the normal" (Lucas 1985, Technometrics
27(2)), started afresh for the months that are watched. The normal is the mean of the last 12 baseline months times
the season: where use grows, older months would make it too low. The threshold is simulated for every series from its
own mean, its number of such months (the normal is an estimate) and the pooled variation, carry-over and
autocorrelation, so that a series in which nothing changes raises `rate` alarms a year; nothing is read from a table
made for independent Poisson counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kl_research.statistics.latent_noise import Noise, drawn, latent

RATE = 0.2
NORMAL = 12  # months with a number, the last of the baseline: their mean is the normal
RUNS = 2000


@dataclass(frozen=True)
class Watch:
    """The watched months of one municipality: counts, what was normal, CUSUM, threshold, months to see a halving."""

    observed: np.ndarray
    expected: np.ndarray
    cusum: np.ndarray
    threshold: float
    delay: int | None


def watch_months(
    values: np.ndarray, index: np.ndarray, base: int, noise: Noise, rate: float, factor: float, seed: int
) -> Watch:
    """The months after the first `base` of a series (NaN where not observed), `index` the season of all of them."""
    seen = ~np.isnan(values)
    normal = _normal(seen, base)
    mean = values[normal].sum() / index[normal].sum()
    later = slice(base, len(values))
    expected = mean * index[later]
    threshold, delay = threshold_of(mean, index, seen, base, noise, rate=rate, factor=factor, seed=seed)
    path = cusum(values[None, later], expected[None, :], factor)[0]
    return Watch(values[later], expected, path, threshold, delay)


def _normal(seen: np.ndarray, base: int) -> np.ndarray:
    """The positions of the baseline months that make the normal."""
    return np.flatnonzero(seen[:base])[-NORMAL:]


def cusum(counts: np.ndarray, expected: np.ndarray, factor: float, threshold: float = np.inf) -> np.ndarray:
    """The CUSUM of the Poisson log likelihood ratio of factor x expected against expected, a row a series.

    Formula: C_t = max(0, C_(t-1) + y_t log(factor) + expected_t (1 - factor)); a month not observed leaves it as
    it is; after reaching `threshold` it begins again at 0 in the next month

    >>> cusum(np.array([[10.0, 0.0]]), np.array([[10.0, 10.0]]), 0.5).tolist()
    [[0.0, 5.0]]
    """
    return _accumulate(_steps(counts, expected, factor), threshold)


def _steps(counts: np.ndarray, expected: np.ndarray, factor: float) -> np.ndarray:
    return np.nan_to_num(counts * np.log(factor) + expected * (1 - factor))


def _accumulate(steps: np.ndarray, threshold: float) -> np.ndarray:
    path, level = np.empty_like(steps), np.zeros(len(steps))
    for t in range(steps.shape[1]):
        level = np.maximum(0, np.where(level >= threshold, 0, level) + steps[:, t])
        path[:, t] = level
    return path


def threshold_of(
    mean: float,
    index: np.ndarray,
    seen: np.ndarray,
    base: int,
    noise: Noise,
    *,
    rate: float = RATE,
    factor: float = 0.5,
    seed: int = 1,
) -> tuple[float, int | None]:
    """Threshold with `rate` false alarms a year, and the median months to see a change by `factor`, by simulation.

    `index` is the season of all months, `seen` which of them are observed, the first `base` are the baseline.
    """
    rng = np.random.default_rng([seed, 20201201])
    normal = _normal(seen, base)
    first = int(normal[0])  # what lies before the normal is not needed
    normal, base, index, seen = normal - first, base - first, index[first:], seen[first:]
    noise = noise.at(mean)
    rates = mean * index[None, :] * latent(rng, RUNS, len(index), noise)
    null = drawn(rng, rates, noise)
    changed = drawn(rng, rates[:, base:] * factor, noise)
    null[:, ~seen], changed[:, ~seen[base:]] = np.nan, np.nan
    estimate = null[:, normal].sum(axis=1) / index[normal].sum()
    expected = estimate[:, None] * index[None, base:]
    years = seen[base:].sum() / 12

    # Months are the outer axis in memory, so that each step of the CUSUM reads a block.
    steps = np.asfortranarray(_steps(null[:, base:], expected, factor))
    low, high = 1e-9, float(_accumulate(steps, np.inf).max()) + 1
    for _ in range(24):
        middle = (low + high) / 2
        false_alarms = (_accumulate(steps, middle) >= middle).sum() / RUNS / years
        low, high = (middle, high) if false_alarms > rate else (low, middle)
    alarmed = cusum(changed, expected, factor) >= high
    months = np.where(alarmed.any(axis=1), alarmed.argmax(axis=1) + 1, alarmed.shape[1] + 1)
    median = int(np.sort(months)[RUNS // 2])
    return high, median if median <= alarmed.shape[1] else None
