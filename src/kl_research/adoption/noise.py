"""How much use varies when nothing changes: season, and variation beyond chance, pooled over municipalities.

Small counts hide both autocorrelation and overdispersion, so neither is read from a single series: the *latent*
log-rate variance s2 and its autocorrelation r are pooled by moments. A series with mean mu then has dispersion
1 + s2 mu and correlation r^k s2 mu / (1 + s2 mu) at lag k.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ENOUGH_FOR_SEASON = 400
"""Calls a calendar month, over all municipalities, from which a seasonal index has under 5 % error."""


@dataclass(frozen=True)
class Noise:
    """Latent variance `s2` and autocorrelation `r` of log rates, and the seasonal index of the 12 calendar months."""

    s2: float
    r: float
    season: tuple[float, ...]


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

    Formula: with d = y - mu, mu = mean x season, c = 1 + 2 sum (1 - k/n) r^k, solved together:
    sum d^2 = sum (n - 1) mu + s2 sum (n - c) mu^2 and
    sum d_t d_(t+1) = sum (n - 1) (s2 mu^2 r - (mu + s2 mu^2 c) / n); s2 at least 0, r between 0 and 0.95
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
    mean = np.nansum(counts, axis=1) / (seen * index).sum(axis=1)
    mu = np.where(seen, mean[:, None] * index, 0)
    d = np.where(seen, np.nan_to_num(counts) - mu, 0)
    both = seen[:, 1:] & seen[:, :-1]
    squares, lagged = (d**2).sum(), (d[:, 1:] * d[:, :-1] * both).sum()
    chance, latent_mass = mu.sum(axis=1) / n, (mu**2).sum(axis=1) / n  # a month's Poisson variance, and mu^2
    pairs = both.sum(axis=1)
    s2 = r = 0.0
    if not latent_mass.sum() > 0:
        return Noise(0.0, 0.0, tuple(float(value) for value in season))
    for _ in range(50):
        # The variance of a series' own mean, which its residuals have lost, grows with the autocorrelation.
        slow = _inflation(r, n)
        s2 = max(float((squares - (chance * (n - 1)).sum()) / (latent_mass * (n - slow)).sum()), 0.0)
        if s2 < 1e-6:
            return Noise(0.0, 0.0, tuple(float(value) for value in season))
        lost = (pairs * (chance + s2 * latent_mass * slow) / n).sum()
        r = float(np.clip((lagged + lost) / (s2 * (pairs * latent_mass).sum()), 0, 0.95))
    return Noise(s2, r, tuple(float(value) for value in season))


def _inflation(r: float, n: np.ndarray) -> np.ndarray:
    """n times the variance of a mean of n AR(1) values of variance 1: 1 + 2 sum (1 - k/n) r^k."""
    return np.array([1 + 2 * sum((1 - k / m) * r**k for k in range(1, int(m))) for m in n])


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
