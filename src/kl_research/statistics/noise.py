"""What noise around a steady rate looks like, pooled over sister municipalities because one alone hides it.

A count is taken as y_t with mean mu_t, variance mu + s2 mu^2 and covariance at k months
r^k (kappa mu + s2 mu^2). `s2` is the variance of the latent log rate (a busy month is busy for all), `kappa` the part
of the counts themselves that carries over from month to month (the same people calling again), `r` the
month-to-month autocorrelation of both. At a mean of 3 a latent autocorrelation of .6 shows as .2, so each series
alone would be cleared of it; pooled moments over unequal means tell the two parts apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

_GRID = np.round(np.arange(0.0, 0.96, 0.05), 2)
_LAGS = 6
PROFILE_FROM = 10  # municipalities; fewer cannot show a common monthly profile


@dataclass(frozen=True)
class Noise:
    """Latent log-rate variance, carry-over share, autocorrelation; each (R,), one a panel."""

    s2: np.ndarray
    kappa: np.ndarray
    r: np.ndarray

    def dispersion(self, mu: np.ndarray) -> np.ndarray:
        """Variance over mean of one month's count at mean `mu` (R, N)."""
        return np.asarray(1.0 + self.s2[:, None] * mu)

    def correlation(self, mu: np.ndarray) -> np.ndarray:
        """Correlation of neighbouring months at mean `mu` (R, N)."""
        shared = self.s2[:, None] * mu
        return np.asarray(self.r[:, None] * (self.kappa[:, None] + shared) / (1.0 + shared))


def pooled_noise(
    counts: np.ndarray, fitted: np.ndarray, times: np.ndarray, basis: np.ndarray, *, shared_profile: bool = False
) -> Noise:
    """Moments of residuals around fitted means, pooled over municipalities, corrected for the fitting.

    Parameters
    ----------
    counts, fitted : (R, N, T): R panels of N municipalities in T months (R = 1 for real data); no NaN.
    times : month numbers (T,).
    basis : (T, p), what was fitted to each municipality: residuals are shrunk and bent by exactly this projection.
    shared_profile : the fitted means follow a monthly profile estimated from all municipalities together.

    For each r of a grid the moments at lags 0..6 are a weighted least-squares fit of s2 and kappa; the best r stays.

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
    s2 = np.zeros(len(y))
    for _ in range(3):
        # Each lagged product has variance of about pairs x (1 + s2 mu)^2.
        weight = keep[:, :, None] / ((1.0 + s2[:, None] * level)[:, :, None] ** 2 * np.maximum(pairs, 1.0))
        s2, kappa, r = _least_squares(products - share * plain, weight, level, share * carried, share * latent)
    return Noise(s2, kappa, r)


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
    target: np.ndarray, weight: np.ndarray, level: np.ndarray, carried: np.ndarray, latent: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """s2 >= 0 and 0 <= kappa <= 1 for each r of the grid, and the r with the smallest remainder; each (R,)."""
    w0, w1 = weight.sum(axis=1), (weight * level[:, :, None]).sum(axis=1)
    w2 = (weight * level[:, :, None] ** 2).sum(axis=1)
    t0, t1 = (weight * target).sum(axis=1), (weight * target * level[:, :, None]).sum(axis=1)
    aa, ab, bb = w0 @ (carried**2).T, w1 @ (carried * latent).T, w2 @ (latent**2).T
    u, v = t0 @ carried.T, t1 @ latent.T  # these and aa, ab, bb: (R, G)
    determinant = aa * bb - ab**2
    solvable = determinant > 1e-9 * aa * bb
    free = np.where(solvable, (bb * u - ab * v) / np.where(solvable, determinant, 1.0), 0.0)
    # Within the bounds, or on one of them: three candidates for each r, (R, G, 3).
    kappa = np.stack([np.clip(free, 0.0, 1.0), np.zeros_like(u), np.ones_like(u)], axis=2)
    aa, ab, bb, u, v = (x[:, :, None] for x in (aa, ab, bb, u, v))
    s2 = np.maximum((v - ab * kappa) / np.maximum(bb, 1e-300), 0.0)
    kappa = np.clip(np.where(aa > 1e-12, (u - ab * s2) / np.where(aa > 1e-12, aa, 1.0), 0.0), 0.0, 1.0)
    loss = (aa * kappa**2 + bb * s2**2 + 2 * ab * kappa * s2 - 2 * u * kappa - 2 * v * s2).reshape(len(target), -1)
    # The first of equals: rounding must not choose between them.
    best = np.argmax(loss <= loss.min(axis=1, keepdims=True) + 1e-12, axis=1)
    at = np.arange(len(target))
    return s2.reshape(loss.shape)[at, best], kappa.reshape(loss.shape)[at, best], _GRID[best // 3]
