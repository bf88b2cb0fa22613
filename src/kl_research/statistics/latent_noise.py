"""How much use varies when nothing changes: season, and variation beyond chance, pooled over municipalities.

Small counts hide both autocorrelation and overdispersion, so neither is read from a single series: pooled by moments
are the *latent* log-rate variance s2, the share kappa of the calls that carries over from month to month (the same
people calling again), and the autocorrelation r of both. A series with mean mu then has variance mu + s2 mu^2 and
covariance r^k (kappa mu + s2 mu^2) at lag k.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

ENOUGH_FOR_SEASON = 400
"""Calls a calendar month, over all municipalities, from which a seasonal index has under 5 % error."""
_GRID = np.round(np.arange(0.0, 0.96, 0.05), 2)
_LAGS = 6


@dataclass(frozen=True)
class Noise:
    """Latent variance `s2` of log rates, autocorrelation `r`, the seasonal index of the 12 calendar months, and the
    share `kappa` of the counts that carries over."""

    s2: float
    r: float
    season: tuple[float, ...]
    kappa: float = 0.0

    def of_mean(self, mu: np.ndarray, n: int) -> np.ndarray:
        """The variance of a mean over n months at mean mu."""
        slow = inflation(self.r, np.array([n]))[0]
        return np.asarray((mu * (1 + self.kappa * (slow - 1)) + self.s2 * mu**2 * slow) / n)


def season_of(total: np.ndarray, calendar: np.ndarray) -> np.ndarray:
    """Seasonal index by calendar month (0 to 11, mean 1) of a total; all ones where it cannot be told.

    Least squares of the log total on a straight line and calendar months; needs two whole years and 400 calls a
    calendar month, or its error would be mistaken for change.
    """
    seen = ~np.isnan(total) & (total > 0)
    per_month = np.bincount(calendar[seen], weights=total[seen], minlength=12)
    if seen.sum() < 24 or per_month.min() < ENOUGH_FOR_SEASON:
        return np.ones(12)
    at = np.arange(len(total))[seen]
    design = np.column_stack([at - at.mean(), np.eye(12)[calendar[seen]]])
    effects = np.linalg.lstsq(design, np.log(total[seen]), rcond=None)[0][1:]
    index: np.ndarray = np.exp(effects - effects.mean())
    return index / index.mean()


def pooled_noise(counts: np.ndarray, calendar: np.ndarray) -> Noise:
    """The noise of municipalities (rows) over months (columns, NaN where not observed), by moments.

    Formula: with d = y - mu, mu = mean x season, c = 1 + 2 sum (1 - k/n) r^k, for every r of a grid the least squares
    of sum d_t d_(t+k), k = 0 .. 6, on their expectations: (mu at k = 0) + r^k (kappa mu (k > 0) + s2 mu^2) less the
    variance (mu + kappa mu (c - 1) + s2 mu^2 c) / n of the series' own mean; the best r stays
    Source: moment estimates of a latent AR(1) Poisson series, as Zeger 1988, Biometrika 75(4)

    >>> flat = np.tile([3.0, 5.0, 4.0, 4.0], (5, 3))
    >>> pooled_noise(flat, np.arange(12)).s2
    0.0
    """
    every_month = ~np.isnan(counts).all(axis=0)
    season = season_of(np.where(every_month, np.nansum(counts, axis=0), np.nan), calendar)
    index = season[calendar][None, :]
    seen = ~np.isnan(counts)
    n = seen.sum(axis=1)
    used = (n >= 6) & (np.nansum(counts, axis=1) > 0)
    counts, seen, n = counts[used], seen[used], n[used]
    shape = tuple(float(value) for value in season)
    if not used.any():
        return Noise(0.0, 0.0, shape)
    mu = np.nansum(counts, axis=1) / (seen * index).sum(axis=1)
    d = np.where(seen, np.nan_to_num(counts) - mu[:, None] * index, 0)
    lags = range(min(_LAGS, counts.shape[1] - 1) + 1)
    end = counts.shape[1]
    products = np.array([(d[:, : end - k] * d[:, k:]).sum() for k in lags])
    pairs = np.array([(seen[:, : end - k] & seen[:, k:]).sum(axis=1) for k in lags])  # (K, N)
    at_zero = np.arange(len(lags)) == 0
    target = products - at_zero * (pairs @ mu) + pairs @ (mu / n)
    best, s2 = (np.inf, 0.0, 0.0, 0.0), 0.0
    for _ in range(2):
        error = np.sqrt((1 + at_zero) * (pairs @ (mu + s2 * mu**2) ** 2))
        best = min(_fitted(r, target / error, pairs / error[:, None], mu, n, at_zero) for r in _GRID)
        s2 = best[1]
    return Noise(s2, best[3] if s2 + best[2] > 0 else 0.0, shape, best[2])


def _fitted(
    r: float, target: np.ndarray, pairs: np.ndarray, mu: np.ndarray, n: np.ndarray, at_zero: np.ndarray
) -> tuple[float, float, float, float]:
    """Remainder, s2, kappa and r of the least squares at one r; both at least 0, kappa at most 1."""
    slow, powers = inflation(r, n), r ** np.arange(len(target))
    latent_part = powers * (pairs @ mu**2) - pairs @ (mu**2 * slow / n)
    carried = powers * ~at_zero * (pairs @ mu) - pairs @ (mu * (slow - 1) / n)
    (s2, kappa), left = nnls(np.column_stack([latent_part, carried]), target)
    if kappa > 1:
        (s2,), left = nnls(latent_part[:, None], target - carried)
        kappa = 1.0
    return float(left), float(s2), float(kappa), float(r)


def inflation(r: float, n: np.ndarray) -> np.ndarray:
    """n times the variance of a mean of n AR(1) values of variance 1: 1 + 2 sum (1 - k/n) r^k."""
    return np.array([1 + 2 * sum((1 - k / m) * r**k for k in range(1, int(m))) for m in n])


def drawn(rng: np.random.Generator, rates: np.ndarray, noise: Noise) -> np.ndarray:
    """Poisson counts of these rates (runs, months), of which the share kappa carries over with autocorrelation r."""
    if noise.kappa == 0 or noise.r == 0:
        return rng.poisson(rates).astype("float64")
    own = noise.kappa * rates
    counts = rng.poisson(rates - own).astype("float64")
    carried = rng.poisson(own[:, 0])
    counts[:, 0] += carried
    for t in range(1, rates.shape[1]):
        stays = np.minimum(noise.r, own[:, t] / own[:, t - 1])
        carried = rng.binomial(carried, stays) + rng.poisson(np.maximum(own[:, t] - stays * own[:, t - 1], 0.0))
        counts[:, t] += carried
    return counts


def latent(rng: np.random.Generator, runs: int, months: int, noise: Noise) -> np.ndarray:
    """Multipliers with mean 1, log-normal and AR(1): `runs` rows of `months`."""
    shocks = rng.standard_normal((runs, months))
    z = np.empty_like(shocks)
    z[:, 0] = shocks[:, 0]
    for t in range(1, months):
        z[:, t] = noise.r * z[:, t - 1] + np.sqrt(1 - noise.r**2) * shocks[:, t]
    # log(1 + s2) is the log-scale variance whose multiplier has variance s2
    v = np.log1p(noise.s2)
    return np.exp(np.sqrt(v) * z - v / 2)
