"""How probable it is that use rose: the log ratio given the counts, with a prior that holds "no change".

With n = y0 + y1 calls, y1 is binomial with share logistic(c + log exposure ratio + theta + e): theta the log ratio, e
what else moves it, normal with the variance that the rank test divides by, T + var c + (phi - 1) / (n p (1 - p)). The
prior of theta has mass `none` on 0 and is else normal. e is folded in, theta summed over, both on a grid.

How often something happens, how large it is and whether it mostly goes one way, the cases of a study tell together:
`POSSIBLE` holds the priors that may be the right one, each with a weight, and the data of all cases weigh them anew.
A case alone is told by all of them as they were weighed before. benchmarks/probability.py: told against true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import expit, log_expit

GRID = np.linspace(-4.0, 4.0, 401)
_ZERO = len(GRID) // 2
_WIDE = np.linspace(-8.0, 8.0, 801)
_FOLDED = 1024  # points, those beyond `_WIDE` at 0
_FREQUENCY = 2.0 * np.pi * np.fft.rfftfreq(_FOLDED, GRID[1] - GRID[0])
_AT_A_TIME = 500  # cases, for memory


@dataclass(frozen=True)
class Prior:
    """Mass on no change, and mean and standard deviation of the log ratio where there is one."""

    none: float
    mean: float
    sd: float


ORDINARY = Prior(0.5, 0.0, 0.5)
SCEPTICAL = Prior(0.8, 0.0, 0.35)
OPEN = Prior(0.1, 0.0, 1.0)
_NONE = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
# Smaller changes cannot be told from none: to hold them for possible would make almost every claim right.
_EITHER_WAY = tuple((0.0, sd) for sd in (0.3, 0.4, 0.5, 0.65, 0.85))
_ONE_WAY = ((-0.6, 0.2), (0.6, 0.2))
POSSIBLE = tuple(Prior(none, *change) for none, change in product(_NONE, _EITHER_WAY + _ONE_WAY))


@dataclass(frozen=True)
class Posterior:
    """Probabilities (M,) of a rise, one of at least 10 %, a fall, no change; the ratio's mean and 90 % limits.

    `none_before`, `sd_before`: what the prior, weighed by all cases, holds for no change, and how large changes are.
    """

    rise: np.ndarray
    rise_10: np.ndarray
    fall: np.ndarray
    none: np.ndarray
    mean_ratio: np.ndarray
    low: np.ndarray
    high: np.ndarray
    none_before: float
    sd_before: float


def count_likelihood(before: np.ndarray, after: np.ndarray, offset: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The likelihood of M log ratios over `GRID`, (M, G), the largest 1, from counts.

    `offset`: log exposure ratio plus the others' centre; `variance`: of the log ratio beyond chance; all (M,).
    """
    parts = []
    for i in range(0, len(before), _AT_A_TIME):
        y0, y1, c, v = (x[i : i + _AT_A_TIME, None] for x in (before, after, offset, variance))
        log_likelihood = y1 * log_expit(c + _WIDE) + y0 * log_expit(-c - _WIDE)
        known = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
        # Folding with a normal is multiplying by its transform.
        folded = np.fft.irfft(np.fft.rfft(known, _FOLDED) * np.exp(-0.5 * v * _FREQUENCY**2), _FOLDED)
        parts.append(np.maximum(folded[:, _ZERO : _ZERO + len(GRID)], 1e-16))
    found = np.concatenate(parts)
    return np.asarray(found / found.max(axis=1, keepdims=True))


def normal_likelihood(log_ratio: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The likelihood of M log ratios over `GRID`, (M, G), from an estimate and its variance, each (M,)."""
    return np.asarray(np.exp(-0.5 * (GRID - log_ratio[:, None]) ** 2 / variance[:, None]))


def posterior(likelihood: np.ndarray, priors: Sequence[Prior] = POSSIBLE) -> Posterior:
    """The posterior of the M log ratios (M, G) of one study; several priors are weighed by all of them together.

    Examples
    --------
    >>> one = np.ones(1)
    >>> found = posterior(count_likelihood(72 * one, 60 * one, np.log(0.5) * one, 0.02 * one), (ORDINARY,))
    >>> found.rise.round(2).item(), found.rise_10.round(2).item()                          # 36 were expected
    (0.76, 0.73)
    """
    none, mean, sd = (np.array([getattr(p, name) for p in priors])[:, None] for name in ("none", "mean", "sd"))
    slab = np.exp(-0.5 * ((GRID - mean) / sd) ** 2)
    slab *= (1.0 - none) / slab.sum(axis=1, keepdims=True)
    spike = likelihood[:, [_ZERO]] * none.T
    marginal = likelihood @ slab.T + spike
    log_weight = np.log(_weight(priors)) + np.log(marginal).sum(axis=0)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    share = weight / marginal
    mass = likelihood * (share @ slab)
    no_change = (spike * share).sum(axis=1)
    # Half of the grid's middle point belongs to either side.
    rise = mass[:, _ZERO + 1 :].sum(axis=1) + mass[:, _ZERO] / 2
    fall = mass[:, :_ZERO].sum(axis=1) + mass[:, _ZERO] / 2
    rise_10 = mass[:, np.log(1.1) <= GRID].sum(axis=1)
    mass[:, _ZERO] += no_change
    cumulative = np.cumsum(mass, axis=1)
    low, high = (np.exp(GRID[(cumulative >= level).argmax(axis=1)]) for level in (0.05, 0.95))
    before = float(weight @ none[:, 0]), float(np.sqrt(weight @ (sd[:, 0] ** 2 + mean[:, 0] ** 2)))
    return Posterior(rise, rise_10, fall, no_change, (mass * np.exp(GRID)).sum(axis=1), low, high, *before)


def _weight(priors: Sequence[Prior]) -> np.ndarray:
    """What each prior weighs before the data: how often nothing changes is open; changes are about x1.6.

    That all changes go one way is held for possible in one study of five.
    """
    if len(priors) == 1:
        return np.ones(1)
    one_way = np.array([p.mean != 0 for p in priors])
    weight = np.array([np.exp(-0.5 * (np.log(p.sd / 0.5) / 0.5) ** 2) for p in priors])
    share = np.where(one_way, 0.2, 0.8)
    return share * np.where(one_way, 1.0 / one_way.sum(), weight / weight[~one_way].sum())


def noise_of_ratio(
    before: np.ndarray, after: np.ndarray, offset: np.ndarray, dispersion: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Variance of the log ratio beyond the counts' own chance: `spread` is T + var c, `dispersion` phi."""
    share = expit(offset)
    information = np.maximum((before + after) * share * (1 - share), 0.5)
    return np.asarray(spread + np.maximum(dispersion - 1.0, 0.0) / information)
