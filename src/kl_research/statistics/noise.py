"""What noise around a steady rate looks like, pooled over sister municipalities because one alone hides it.

A count is taken as y_t with mean mu_t, variance mu + excess mu + s2 mu^2 and covariance at k months
r^k (kappa mu + excess mu + s2 mu^2). The latent log rate of a municipality has variance s2 + excess / mu: in real
panels small municipalities vary more, for there each unit is a larger part. `kappa` is the part of the counts
themselves that carries over from month to month (the same people calling again), `r` the month-to-month
autocorrelation of all three. At a mean of 3 a latent autocorrelation of .6 shows as .2, so each series alone would
be cleared of it; pooled moments over unequal means tell the parts apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

_GRID = np.round(np.arange(0.0, 0.96, 0.05), 2)
_LAGS = 6
PROFILE_FROM = 10  # municipalities; fewer cannot show a common monthly profile


@dataclass(frozen=True)
class Noise:
    """Latent log-rate variance s2 + excess / mean, carry-over kappa, autocorrelation r; each (R,), one a panel."""

    s2: np.ndarray
    kappa: np.ndarray
    r: np.ndarray
    excess: np.ndarray

    def dispersion(self, mu: np.ndarray) -> np.ndarray:
        """Variance over mean of one month's count at mean `mu` (R, N)."""
        return np.asarray(1.0 + self.excess[:, None] + self.s2[:, None] * mu)

    def correlation(self, mu: np.ndarray) -> np.ndarray:
        """Correlation of neighbouring months at mean `mu` (R, N)."""
        shared = self.excess[:, None] + self.s2[:, None] * mu
        return np.asarray(self.r[:, None] * (self.kappa[:, None] + shared) / (1.0 + shared))


def pooled_noise(
    counts: np.ndarray,
    fitted: np.ndarray,
    times: np.ndarray,
    basis: np.ndarray,
    *,
    shared_profile: bool = False,
    by_size: bool = False,
) -> Noise:
    """Moments of residuals around fitted means, pooled over municipalities, corrected for the fitting.

    Parameters
    ----------
    counts, fitted : (R, N, T): R panels of N municipalities in T months (R = 1 for real data); no NaN.
    times : month numbers (T,).
    basis : (T, p), what was fitted to each municipality: residuals are shrunk and bent by exactly this projection.
    shared_profile : the fitted means follow a monthly profile estimated from all municipalities together.
    by_size : fit `excess` too; without it the latent variance is one for all.

    For each r of a grid the moments at lags 0..6 are a weighted least-squares fit of kappa, s2 and excess; the best r
    stays.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> counts, sides = rng.poisson(10, (1, 40, 32)), (np.arange(32) >= 24).astype(int)
    >>> noise = pooled_noise(counts, levels(counts, sides), np.arange(32), sides_basis(sides), shared_profile=True)
    >>> bool(noise.s2[0] < 0.02)
    True
    """
    y, mu = np.asarray(counts, dtype=float), np.asarray(fitted, dtype=float)
    level = mu.mean(axis=2)
    keep = level > 0
    residual = (y - mu) / np.sqrt(np.where(keep, level, 1.0))[:, :, None] * keep[:, :, None]
    pairs, products = _lagged_products(residual, times)
    share = 1.0 - 1.0 / y.shape[1] if shared_profile else 1.0
    # As bytes, so that the traces, which depend on the months alone, are remembered over thousands of panels.
    months = np.ascontiguousarray(times, dtype=np.int64).tobytes()
    plain, carried, latent = _traces(months, np.ascontiguousarray(basis, dtype=float).tobytes())
    s2 = excess = np.zeros(len(y))
    powers = (0, 1, 0) if by_size else (0, 1)
    columns = (share * carried, share * latent, share * latent)[: len(powers)]
    for _ in range(3):
        # Each lagged product has variance of about pairs x dispersion^2.
        dispersion = 1.0 + excess[:, None] + s2[:, None] * level
        weight = keep[:, :, None] / (dispersion[:, :, None] ** 2 * np.maximum(pairs, 1.0))
        (kappa, s2, *more), r = _least_squares(products - share * plain, weight, level, columns, powers)
        excess = more[0] if more else excess
    return Noise(s2, kappa, r, excess)


def noise_around_sides(
    counts: np.ndarray, times: np.ndarray, segment: np.ndarray, exposure: np.ndarray | None = None
) -> Noise:
    """Pooled noise of R panels (R, N, T) around a level before (segment 0) and one after (1) and a shared season."""
    fitted = levels(counts, segment, exposure)
    return pooled_noise(counts, fitted, times, sides_basis(segment), shared_profile=True, by_size=True)


def sides_basis(segment: np.ndarray) -> np.ndarray:
    """A level before and a level after, (T, 2) from 0 and 1 (T,)."""
    return np.column_stack([segment == 0, segment == 1]).astype(float)


def levels(counts: np.ndarray, segment: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
    """Each municipality's level before and after times the monthly profile all share (10 or more), (R, N, T).

    The profile takes season and common trend out; fewer than 10 municipalities cannot show it.
    """
    y = np.asarray(counts, dtype=float)
    mu = np.empty_like(y)
    for side in np.unique(segment):
        months = segment == side
        here = y[:, :, months]
        e = np.ones_like(here) if exposure is None else exposure[:, :, months]
        if y.shape[1] >= PROFILE_FROM:
            # Damped weights: one large municipality must not draw the common profile after itself.
            damp = 1.0 / (1.0 + 0.1 * here.mean(axis=2, keepdims=True))
            e = e * ((here * damp).sum(axis=1, keepdims=True) / (e * damp).sum(axis=1, keepdims=True) + 1e-12)
        mu[:, :, months] = e * here.sum(axis=2, keepdims=True) / e.sum(axis=2, keepdims=True)
    return mu


def _lagged_products(residual: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of residual products at lags 0..6 months (R, N, K), and how many pairs each has."""
    first = times - times[0]
    dense = np.zeros((*residual.shape[:2], int(first[-1]) + 1))
    dense[:, :, first] = residual
    seen = np.zeros(dense.shape[2])
    seen[first] = 1.0
    span = dense.shape[2]
    lags = [k for k in range(_LAGS + 1) if k < span]
    products = [np.einsum("rnt,rnt->rn", dense[:, :, : span - k], dense[:, :, k:]) for k in lags]
    pairs = np.array([float(seen[: span - k] @ seen[k:]) for k in lags])
    return pairs, np.stack(products, axis=2)


@lru_cache(maxsize=64)
def _traces(months: bytes, basis: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected lagged products of residuals: plain Poisson (K,), carry-over and latent part for each r (G, K)."""
    times = np.frombuffer(months, dtype=np.int64)
    columns = np.frombuffer(basis, dtype=float).reshape(len(times), -1)
    gap = np.abs(times[:, None] - times[None, :])
    project = np.eye(len(times)) - columns @ np.linalg.pinv(columns)
    lags = [k for k in range(_LAGS + 1) if k <= gap.max()]
    quadratic = [project @ ((gap == k) * (1.0 if k == 0 else 0.5)) @ project for k in lags]
    plain = np.array([np.trace(q) for q in quadratic])
    latent = np.array([[float((q * r**gap).sum()) for q in quadratic] for r in _GRID])
    return plain, latent - plain, latent


def _least_squares(
    target: np.ndarray,
    weight: np.ndarray,
    level: np.ndarray,
    columns: tuple[np.ndarray, ...],
    powers: tuple[int, ...],
) -> tuple[list[np.ndarray], np.ndarray]:
    """Coefficients >= 0 of `columns` (G, K) times level^power, the first at most 1, and the r of the grid, each (R,).

    G: the values of r in the grid; the one with the smallest remainder is chosen.
    """
    highest = 2 * max(powers)
    w = [(weight * level[:, :, None] ** k).sum(axis=1) for k in range(highest + 1)]
    t = [(weight * target * level[:, :, None] ** k).sum(axis=1) for k in range(max(powers) + 1)]
    p, n = len(columns), len(columns[0])
    gram, moment = np.empty((len(target), n, p, p)), np.empty((len(target), n, p))
    for i in range(p):
        moment[:, :, i] = t[powers[i]] @ columns[i].T
        for j in range(p):
            gram[:, :, i, j] = w[powers[i] + powers[j]] @ (columns[i] * columns[j]).T
    found, loss = _bounded(gram, moment)
    # The first of equals: rounding must not choose between them.
    best = np.argmax(loss <= loss.min(axis=1, keepdims=True) + 1e-12, axis=1)
    return list(found[np.arange(len(target)), best].T), _GRID[best]


def _bounded(gram: np.ndarray, moment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The minimum of x'gram x - 2 moment'x with x >= 0 and x[0] <= 1, and its value: each bound is tried."""
    p = moment.shape[-1]
    best, least = np.zeros(moment.shape), np.zeros(moment.shape[:-1])
    for fixed in product((None, 0.0, 1.0), *[(None, 0.0)] * (p - 1)):
        free = [i for i in range(p) if fixed[i] is None]
        x = np.zeros(moment.shape) + np.array([0.0 if value is None else value for value in fixed])
        if free:
            left = moment[..., free] - np.einsum("...ij,...j->...i", gram[..., free, :], x)
            own = gram[..., free, :][..., :, free]
            scale = np.einsum("...ii->...", own)[..., None, None]
            # A part that nothing shows (no carry-over at r = 0) has a row of zeros.
            own = own + (1e-12 * scale + 1e-300) * np.eye(len(free))
            x[..., free] = np.linalg.solve(own, left[..., None])[..., 0]
        value = np.einsum("...i,...ij,...j->...", x, gram, x) - 2 * (moment * x).sum(axis=-1)
        better = (x >= 0).all(axis=-1) & (x[..., 0] <= 1) & (value < least - 1e-12)
        best, least = np.where(better[..., None], x, best), np.where(better, value, least)
    return best, least
