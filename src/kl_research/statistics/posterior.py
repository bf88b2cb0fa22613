"""How probable it is that use rose: the log ratio given the counts, with a prior that holds "no change".

With n = y0 + y1 calls, y1 is binomial with share logistic(c + log exposure ratio + theta + e): theta the log ratio, e
what else moves it, normal with the variance that the rank test divides by, T + var c + (phi - 1) / (n p (1 - p)). The
prior of theta has mass `none` on 0 and is else normal. e and theta are integrated out on grids.

Of the cases told "7 of 10", 7 of 10 are a rise where the prior is right, also at three calls a month; where it is
wrong, so are they: benchmarks/probability.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(31)
_GRID = np.linspace(-4.0, 4.0, 401)


@dataclass(frozen=True)
class Prior:
    """Mass on no change, and mean and standard deviation of the log ratio where there is one."""

    none: float
    mean: float
    sd: float


ORDINARY = Prior(0.5, 0.0, 0.5)
SCEPTICAL = Prior(0.8, 0.0, 0.35)
OPEN = Prior(0.1, 0.0, 1.0)


@dataclass(frozen=True)
class Posterior:
    """Probabilities (M,) of a rise, one of at least 10 %, a fall, no change; the ratio's mean and 90 % limits."""

    rise: np.ndarray
    rise_10: np.ndarray
    fall: np.ndarray
    none: np.ndarray
    mean_ratio: np.ndarray
    low: np.ndarray
    high: np.ndarray


def posterior(
    before: np.ndarray, after: np.ndarray, offset: np.ndarray, variance: np.ndarray, prior: Prior = ORDINARY
) -> Posterior:
    """The posterior of M log ratios; `offset`: log exposure ratio plus the others' centre, all (M,).

    Examples
    --------
    >>> one = np.ones(1)
    >>> found = posterior(72 * one, 60 * one, np.log(0.5) * one, 0.02 * one)     # 36 were expected
    >>> found.rise.round(2).item(), found.rise_10.round(2).item()
    (0.76, 0.73)
    """
    spread = np.sqrt(variance)[:, None, None] * _NODES[None, None, :]
    eta = offset[:, None, None] + _GRID[None, :, None] + spread
    log_likelihood = after[:, None, None] * log_expit(eta) + before[:, None, None] * log_expit(-eta)
    top = log_likelihood.max(axis=(1, 2), keepdims=True)
    likelihood = np.exp(log_likelihood - top) @ (_WEIGHTS / _WEIGHTS.sum())
    slab = np.exp(-0.5 * ((_GRID - prior.mean) / prior.sd) ** 2)
    weight = likelihood * slab / slab.sum() * (1.0 - prior.none)
    zero = len(_GRID) // 2
    spike = likelihood[:, zero] * prior.none
    total = weight.sum(axis=1) + spike
    # Half of the grid's middle point belongs to either side.
    rise = weight[:, zero + 1 :].sum(axis=1) + weight[:, zero] / 2
    mass = weight.copy()
    mass[:, zero] += spike
    cumulative = np.cumsum(mass, axis=1) / total[:, None]
    return Posterior(
        rise / total,
        weight[:, np.log(1.1) <= _GRID].sum(axis=1) / total,
        (weight.sum(axis=1) - rise) / total,
        spike / total,
        (mass * np.exp(_GRID)).sum(axis=1) / total,
        np.exp(_GRID[(cumulative >= 0.05).argmax(axis=1)]),
        np.exp(_GRID[(cumulative >= 0.95).argmax(axis=1)]),
    )


def noise_of_ratio(
    before: np.ndarray, after: np.ndarray, offset: np.ndarray, dispersion: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Variance of the log ratio beyond the counts' own chance: `spread` is T + var c, `dispersion` phi."""
    share = expit(offset)
    information = np.maximum((before + after) * share * (1 - share), 0.5)
    return np.asarray(spread + np.maximum(dispersion - 1.0, 0.0) / information)
