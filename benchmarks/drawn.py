"""Panels without an effect, or with a known one, in the four kinds of the goal; everything vectorised over runs.

A  INAR(1): Poisson counts of which a share `rho` stays from month to month.
B  Poisson around a latent log-AR(1) with autocorrelation `rho` and rate variance 1/6: overdispersed
   (at a mean of 3 a latent .6 shows as .2).
C  municipal: B with dips in July (x0.5) and December (x0.75) and growth of 1.5 % a month, common to all.
D  unequal: B with a trend of each municipality's own (standard deviation 1 % a month) and one month in thirty
   without any call (a unit closed).
"""

from __future__ import annotations

import numpy as np

LATENT = 1 / 6
KINDS = ("A", "B", "C", "D")
MEANS = (3.0, 10.0, 40.0)


def draw(
    kind: str,
    rng: np.random.Generator,
    runs: int,
    means: np.ndarray,
    times: np.ndarray,
    start: int,
    *,
    rho: float,
    change: np.ndarray | float = 0.0,
    growth: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Counts (runs, municipalities, months); `change` (runs, municipalities): log ratio from month `start` on;
    `growth` (municipalities,): log ratio from month to month, 0 in the middle."""
    after = times >= start
    shift = np.broadcast_to(np.asarray(change, dtype=float), (runs, len(means)))
    own = np.broadcast_to(np.asarray(growth, dtype=float), means.shape)[None, :, None] * (times - times.mean())
    rate = means[None, :, None] * np.exp(shift[:, :, None] * after + own)
    if kind == "A":
        return inar(rng, rate, rho)
    latent = ar1(rng, (runs, len(means), len(times)), rho)
    variance = np.log1p(LATENT)
    rate = rate * np.exp(np.sqrt(variance) * latent - variance / 2)
    if kind == "C":
        month = times % 12
        rate = rate * np.where(month == 6, 0.5, np.where(month == 11, 0.75, 1.0)) * 1.015 ** (times - times.mean())
    if kind == "D":
        slope = rng.normal(0.0, 0.01, (runs, len(means), 1))
        rate = rate * np.exp(slope * (times - times.mean())) * (rng.random(rate.shape) > 1 / 30)
    return rng.poisson(rate).astype(float)


def ar1(rng: np.random.Generator, shape: tuple[int, int, int], rho: float) -> np.ndarray:
    """Stationary standard normal AR(1) along the last axis."""
    x = rng.standard_normal(shape)
    for t in range(1, shape[2]):
        x[:, :, t] = rho * x[:, :, t - 1] + np.sqrt(1 - rho**2) * x[:, :, t]
    return x


def inar(rng: np.random.Generator, rate: np.ndarray, rho: float) -> np.ndarray:
    """Poisson marginals with mean `rate`; at a step the carried share is cut so that arrivals stay above zero."""
    counts = np.empty(rate.shape)
    counts[:, :, 0] = rng.poisson(rate[:, :, 0])
    for t in range(1, rate.shape[2]):
        if rho == 0:
            counts[:, :, t] = rng.poisson(rate[:, :, t])
            continue
        stays = np.minimum(rho, rate[:, :, t] / rate[:, :, t - 1])
        kept = rng.binomial(counts[:, :, t - 1].astype(np.int64), stays)
        counts[:, :, t] = kept + rng.poisson(np.maximum(rate[:, :, t] - stays * rate[:, :, t - 1], 0.0))
    return counts
