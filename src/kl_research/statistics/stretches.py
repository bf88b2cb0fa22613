"""A change against few others: the rank among all stretches of the panel in which nothing happened.

A stretch is one municipality over as many months before and after as the event's, anywhere in the panel, free of
events of its own. Every stretch is set against the others that are free at the same time. How far such changes go by
chance - phi and T of `ranks` - and the rank of |t| come from all stretches together: three others at the time of the
event are enough. Stretches of one municipality overlap: they count as one, and one more for every half length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from kl_research.statistics.ranks import SOFT, as_normal, fit_two_parts, hull, signed_root

LEAST_OTHERS = 3


@dataclass(frozen=True)
class Stretches:
    """Totals before and after and log exposure ratio of every start and municipality, each (S, N).

    `free` (S, N): a stretch that may be compared with; `start`, `unit`: where the event was, never free itself;
    `months`: in a stretch.
    """

    before: np.ndarray
    after: np.ndarray
    log_exposure: np.ndarray
    free: np.ndarray
    start: int
    unit: int
    months: int


@dataclass(frozen=True)
class Stretched:
    """The event's own change and what it is measured by.

    `reference`: |t| of all stretches; `changes`: the ratios of those compared with at the event's own time.
    """

    t: float
    centre: float
    centre_variance: float
    dispersion: float
    spread: float
    uncertainty: float
    reference: np.ndarray
    changes: np.ndarray

    def p_value(self, t: np.ndarray | float) -> np.ndarray:
        """(1 + stretches at least as far out) / (their number + 1)."""
        far = (self.reference[None, :] >= np.abs(np.atleast_1d(t))[:, None] - 1e-9).sum(axis=1)
        return np.asarray((1 + far) / (len(self.reference) + 1))


def compare_stretches(stretches: Stretches) -> Stretched:
    """The event's change against those of all stretches.

    Examples
    --------
    >>> before, after = np.full((8, 6), 48.0), np.full((8, 6), 16.0)
    >>> after[3, 0] = 40.0
    >>> free = np.ones((8, 6), dtype=bool)
    >>> free[:, 0] = False
    >>> found = compare_stretches(Stretches(before, after, np.full((8, 6), np.log(8 / 24)), free, 3, 0, 32))
    >>> len(found.reference), found.p_value(found.t).round(3).item()                      # 1 / (40 + 1)
    (40, 0.024)
    """
    y0, y1, free = stretches.before, stretches.after, stretches.free
    n = y0 + y1
    lr = np.log((y1 + 0.5) / (y0 + 0.5)) - stretches.log_exposure
    reference = free & (free.sum(axis=1, keepdims=True) > LEAST_OTHERS)
    dispersion, spread = np.ones(n.shape[1]), np.full(n.shape[1], 0.05)
    common_dispersion, common_spread = 1.0, 0.05
    overlap = reference.sum() / max(effective(reference, stretches.months), 1.0)
    middle = np.array([np.median(row[use]) if use.any() else 0.0 for row, use in zip(lr, free, strict=True)])[:, None]
    for _ in range(4):
        weight, common = np.zeros_like(n), middle
        for _ in range(3):
            p = expit(common + stretches.log_exposure)
            information = n * p * (1 - p)
            weight = np.where(free, information / (common_dispersion + common_spread * information), 0.0)
            common = (weight * lr).sum(axis=1, keepdims=True) / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
        centre_variance = 1.0 / np.maximum(weight.sum(axis=1, keepdims=True) - weight, 1e-12)
        centre = common + weight * (common - lr) * centre_variance
        p = expit(centre + stretches.log_exposure)
        information = n * p * (1 - p)
        d = signed_root(y0, y1, p)
        precision = np.where(reference, (common_dispersion + common_spread * information) ** -2.0, 0.0)
        beyond = np.where(reference, d**2 - 1.0 - centre_variance * information, 0.0)
        sums = np.array([(precision * x).sum(axis=0) for x in _products(beyond, information)])
        common_more, common_wider = fit_two_parts(*(sums.sum(axis=1, keepdims=True) / overlap))
        common_dispersion, common_spread = 1.0 + float(common_more[0]), float(common_wider[0])
        left = (sums.sum(axis=1, keepdims=True) - sums) / overlap
        more, wider = fit_two_parts(*left)
        dispersion, spread = 1.0 + more, wider
    error, above = 2.0 / np.maximum(left[2], 1e-12), (more / np.maximum(information, 1e-12) + wider) ** 2
    uncertainty = error * above / (above + SOFT * error)
    variance = dispersion + (spread + centre_variance) * information
    t = as_normal(d / np.sqrt(variance), variance, information, uncertainty)
    at = stretches.start, stretches.unit
    return Stretched(
        float(t[at]),
        float(centre[at]),
        float(centre_variance[at]),
        float(dispersion[stretches.unit]),
        float(spread[stretches.unit]),
        float(uncertainty[at]),
        np.abs(t[reference]),
        np.exp((lr - centre)[stretches.start, free[stretches.start]]),
    )


def stretch_interval(stretches: Stretches, found: Stretched) -> tuple[float, float, float]:
    """Log limits of all ratios that the rank does not reject at 5 %, and the attained level."""
    at = stretches.start, stretches.unit
    y0, y1, log_exposure = (x[at] for x in (stretches.before, stretches.after, stretches.log_exposure))
    estimate = float(np.log((y1 + 0.5) / (y0 + 0.5)) - log_exposure - found.centre)

    def rejected(points: np.ndarray) -> np.ndarray:
        p = expit(found.centre + log_exposure + points)
        information = (y0 + y1) * p * (1 - p)
        variance = found.dispersion + (found.spread + found.centre_variance) * information
        d = signed_root(np.full(len(points), y0), np.full(len(points), y1), p)
        t = as_normal(d / np.sqrt(variance), variance, information, found.uncertainty)
        return np.asarray(found.p_value(t) <= 0.05 + 1e-9)

    low, high = hull(rejected, estimate)
    m = len(found.reference) + 1
    return low, high, float(1.0 - np.floor(0.05 * m + 1e-9) / m)


def _products(beyond: np.ndarray, information: np.ndarray) -> tuple[np.ndarray, ...]:
    return np.ones_like(beyond), information, information**2, beyond, information * beyond


def effective(reference: np.ndarray, months: int) -> float:
    """Stretches that tell something of their own: one a municipality, one more for every half length of starts.

    >>> effective(np.ones((37, 2), dtype=bool), 36)                   # 37 starts: as good as three stretches each
    6.0
    """
    own = reference.sum(axis=0)
    return float(np.where(own > 0, 1.0 + 2.0 * (own - 1) / months, 0.0).sum())
