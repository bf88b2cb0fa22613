"""Panels for the second look: what attacks the judgement where municipalities differ.

Written anew from their descriptions, not the product's own: everything is a rate (runs, municipalities, months), and
`counts` draws Poisson counts around a latent log-AR(1) whose variance may depend on a municipality's mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RHO = 0.3
SAME = 1 / 6


def same(means: np.ndarray) -> np.ndarray:
    """Latent variance 1/6 for everybody: kind B."""
    return np.full(len(means), SAME)


def falls_with_size(means: np.ndarray) -> np.ndarray:
    """.05 + 3 / mean, as in real panels: small municipalities vary more."""
    return 0.05 + 3.0 / means


def counts(
    rng: np.random.Generator,
    rate: np.ndarray,
    variance: np.ndarray,
    rho: float = RHO,
) -> np.ndarray:
    """Poisson counts around rates with a stationary latent AR(1), as floats."""
    log_variance = np.log1p(variance)[None, :, None]
    latent = rng.standard_normal(rate.shape)
    for t in range(1, rate.shape[2]):
        latent[:, :, t] = rho * latent[:, :, t - 1] + np.sqrt(1 - rho**2) * latent[:, :, t]
    return rng.poisson(rate * np.exp(np.sqrt(log_variance) * latent - log_variance / 2)).astype(float)


def rates(means: np.ndarray, runs: int, months: int) -> np.ndarray:
    """Steady rates, (runs, municipalities, months); to be multiplied."""
    return np.repeat(np.repeat(means[None, :, None], runs, axis=0), months, axis=2)


def growing(rate: np.ndarray, units: np.ndarray | int, per_month: float) -> np.ndarray:
    """Units that grow by a share a month, with the middle month as it was."""
    t = np.arange(rate.shape[2])
    grown = rate.copy()
    grown[:, units] *= (1.0 + per_month) ** (t - t.mean())
    return grown


def stepped(rate: np.ndarray, units: np.ndarray | int, ratio: float, start: int) -> np.ndarray:
    """Units that change by a ratio from month `start` on."""
    changed = rate.copy()
    changed[:, units, start:] *= ratio
    return changed


def ramping(rate: np.ndarray, unit: int, connected: int, months: float = 8.0) -> np.ndarray:
    """A unit connected in month `connected` that nears its level as 1 - exp(-t / months); nothing before."""
    t = np.arange(rate.shape[2]) - connected
    changed = rate.copy()
    changed[:, unit] *= np.where(t < 0, 0.0, 1.0 - np.exp(-(t + 1.0) / months))
    return changed


def levelling(rate: np.ndarray, start: int, per_month: float) -> np.ndarray:
    """All grow by a share a month until `start`, where they level off; July and December are low."""
    t = np.arange(rate.shape[2])
    calendar = (t + 11) % 12  # the first month is a December
    season = np.where(calendar == 6, 0.6, np.where(calendar == 11, 0.75, 1.0))
    return rate * season * (1.0 + per_month) ** (np.minimum(t, start) - start)


def shocked(rate: np.ndarray, means: np.ndarray, start: int, largest: float) -> np.ndarray:
    """From `start` all change in proportion to log size: the smallest not, the largest by the ratio `largest`."""
    place = np.log(means / means.min()) / np.log(means.max() / means.min())
    changed = rate.copy()
    changed[:, :, start:] *= (largest**place)[None, :, None]
    return changed


Noise = Callable[[np.ndarray], np.ndarray]
