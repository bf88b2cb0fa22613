"""How much use varies when nothing changes: season, and variation beyond chance, pooled over municipalities.

Small counts hide both autocorrelation and overdispersion, so neither is read from a single series: pooled by moments
are the *latent* log-rate variance s2 + s1 / mu (small municipalities are noisier), the share kappa of the calls that
carries over from month to month (the same people calling again), and the autocorrelation r of both. A series with
mean mu then has variance mu + s1 mu + s2 mu^2 and covariance r^k (kappa mu + s1 mu + s2 mu^2) at lag k.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

ENOUGH_FOR_SEASON = 400
"""Calls a calendar month, over all municipalities, from which a seasonal index has under 5 % error."""
_GRID = np.round(np.arange(0.0, 0.96, 0.05), 2)
_LAGS = 6
FEWEST_TOGETHER = 10


@dataclass(frozen=True)
class Noise:
    """Latent variance `s2` + `s1` / mean of log rates, autocorrelation `r`, the seasonal index of the 12 calendar
    months, and the share `kappa` of the counts that carries over."""

    s2: float
    r: float
    season: tuple[float, ...]
    kappa: float = 0.0
    s1: float = 0.0

    def at(self, mean: float) -> Noise:
        """The noise of a municipality of this mean, all of its latent variance in `s2`."""
        return replace(self, s2=self.s2 + self.s1 / mean, s1=0.0)

    def of_mean(self, mu: np.ndarray, n: int) -> np.ndarray:
        """The variance of a mean over n months at mean mu."""
        slow = inflation(self.r, np.array([n]))[0]
        return np.asarray((mu * (1 + self.kappa * (slow - 1)) + (self.s1 * mu + self.s2 * mu**2) * slow) / n)


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


def common_course(counts: np.ndarray, calendar: np.ndarray, hinge: int) -> np.ndarray:
    """The line all municipalities (rows) follow over the months: what all do is no municipality's change.

    Least squares of the log total on calendar months and a straight line that may bend at the month `hinge`. Growth
    may level off there and a decline go on or stop, but a fall that all begin after it is news and is left out. Ten
    municipalities observed in all months, two years before the hinge and 400 calls a calendar month are needed, else
    the line is flat. Large municipalities are damped, so that none draws the line after itself.

    >>> course = common_course(np.tile(40 * 0.98 ** np.arange(36.0), (20, 1)), np.arange(36) % 12, 24)
    >>> round(float(course[30] / course[29]), 3)
    0.98
    """
    whole = counts[~np.isnan(counts).any(axis=1)]
    flat = np.ones(counts.shape[1])
    if len(whole) < FEWEST_TOGETHER or hinge < 24:
        return flat
    total = (whole / (1 + 0.1 * whole.mean(axis=1, keepdims=True))).sum(axis=0)
    per_month = np.bincount(calendar, weights=whole.sum(axis=0), minlength=12)
    if per_month.min() < ENOUGH_FOR_SEASON or total.min() <= 0:
        return flat
    at = np.arange(len(total)) - hinge
    line = np.column_stack([at, np.maximum(at + 1, 0)])
    slope, bend = np.linalg.lstsq(np.column_stack([line, np.eye(12)[calendar]]), np.log(total), rcond=None)[0][:2]
    after = max(slope + bend, min(slope, 0.0))
    return np.asarray(np.exp(line @ [slope, after - slope]))


def pooled_noise(counts: np.ndarray, calendar: np.ndarray, course: np.ndarray | None = None) -> Noise:
    """The noise of municipalities (rows) over months (columns, NaN where not observed), by moments.

    Formula: with d = y - mu, mu = mean x season (x `course`, what all do), c = 1 + 2 sum (1 - k/n) r^k, for every r
    of a grid the least squares of sum d_t d_(t+k), k = 0 .. 6, over each third of the municipalities by mean, on
    their expectations: (mu at k = 0) + r^k (kappa mu (k > 0) + s1 mu + s2 mu^2) less the variance (mu + kappa mu
    (c - 1) + (s1 mu + s2 mu^2) c) / n of the series' own mean; the best r stays. Under ten municipalities s1 is 0
    Source: moment estimates of a latent AR(1) Poisson series, as Zeger 1988, Biometrika 75(4)

    >>> flat = np.tile([3.0, 5.0, 4.0, 4.0], (5, 3))
    >>> pooled_noise(flat, np.arange(12)).s2
    0.0
    """
    every_month = ~np.isnan(counts).all(axis=0)
    season = season_of(np.where(every_month, np.nansum(counts, axis=0), np.nan), calendar)
    index = (season[calendar] if course is None else season[calendar] * course / course.mean())[None, :]
    seen = ~np.isnan(counts)
    n = seen.sum(axis=1)
    used = (n >= 6) & (np.nansum(counts, axis=1) > 0)
    counts, seen, n = counts[used], seen[used], n[used]
    shape = tuple(float(value) for value in season)
    if not used.any():
        return Noise(0.0, 0.0, shape)
    mu = np.nansum(counts, axis=1) / (seen * index).sum(axis=1)
    d = np.where(seen, np.nan_to_num(counts) - mu[:, None] * index, 0)
    lags, end = range(min(_LAGS, counts.shape[1] - 1) + 1), counts.shape[1]
    products = np.array([(d[:, : end - k] * d[:, k:]).sum(axis=1) for k in lags])  # (K, N)
    pairs = np.array([(seen[:, : end - k] & seen[:, k:]).sum(axis=1) for k in lags])
    parts = 3 if len(mu) >= FEWEST_TOGETHER else 1
    thirds = np.array_split(np.argsort(mu, kind="stable"), parts)
    found = Noise(0.0, 0.0, shape)
    for _ in range(2):
        moments = [_moments(products[:, i], pairs[:, i], mu[i], n[i], found) for i in thirds]
        _, s2, s1, kappa, r = min(_fitted(float(r), moments, by_size=parts > 1) for r in _GRID)
        found = Noise(s2, r if s2 + s1 + kappa > 0 else 0.0, shape, kappa, s1)
    return found


@dataclass(frozen=True)
class _Moments:
    """Lagged products of some municipalities less what chance makes, (K,), pairs over their error (K, N), means."""

    target: np.ndarray
    pairs: np.ndarray
    mu: np.ndarray
    n: np.ndarray


def _moments(products: np.ndarray, pairs: np.ndarray, mu: np.ndarray, n: np.ndarray, noise: Noise) -> _Moments:
    at_zero = np.arange(len(pairs)) == 0
    target = products.sum(axis=1) - at_zero * (pairs @ mu) + pairs @ (mu / n)
    error = np.sqrt((1 + at_zero) * (pairs @ (mu + noise.s1 * mu + noise.s2 * mu**2) ** 2))
    return _Moments(target / error, pairs / error[:, None], mu, n)


def _fitted(r: float, moments: list[_Moments], *, by_size: bool) -> tuple[float, float, float, float, float]:
    """Remainder, s2, s1, kappa and r of the least squares at one r; all at least 0, kappa at most 1."""
    parts, targets = [], []
    for one in moments:
        slow, powers = inflation(r, one.n), r ** np.arange(len(one.target))
        square, plain = (powers * (one.pairs @ x) - one.pairs @ (x * slow / one.n) for x in (one.mu**2, one.mu))
        carried = powers * (np.arange(len(powers)) > 0) * (one.pairs @ one.mu)
        carried = carried - one.pairs @ (one.mu * (slow - 1) / one.n)
        parts.append(np.column_stack([square, plain * by_size, carried]))
        targets.append(one.target)
    design, target = np.vstack(parts), np.concatenate(targets)
    (s2, s1, kappa), left = nnls(design, target)
    if kappa > 1:
        (s2, s1), left = nnls(design[:, :2], target - design[:, 2])
        kappa = 1.0
    return float(left), float(s2), float(s1), float(kappa), r


def inflation(r: float, n: np.ndarray) -> np.ndarray:
    """n times the variance of a mean of n AR(1) values of variance 1: 1 + 2 sum (1 - k/n) r^k.

    >>> inflation(0.5, np.array([3])).item()                                # 1 + 2 (2/3 x .5 + 1/3 x .25)
    1.8333333333333333
    """
    return np.asarray((1 + r) / (1 - r) - 2 * r * (1 - r**n) / (n * (1 - r) ** 2))


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
