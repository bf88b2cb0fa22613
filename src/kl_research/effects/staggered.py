"""Staggered starts: group-time effects and their average, each cohort against those never treated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GroupTime:
    """Average effect on the treated over all cohorts and periods since their start, and its standard error."""

    estimate: float
    std_error: float
    cohorts: tuple[int, ...]
    effects: dict[tuple[int, int], float]


def group_time_effects(outcomes: np.ndarray, first_treated: np.ndarray, periods: np.ndarray) -> GroupTime:
    """Callaway & Sant'Anna's simple average with never-treated comparison and no covariates.

    ATT(g, t) = mean over cohort g of (y_t - y_{g-1}) less the same mean over the never treated; the average weighs
    every (g, t >= g) by the cohort's size. Standard error from the influence function, weights included. For cohorts
    of one municipality use the estimate alone, with randomisation over who started when (`several.group_p`).

    Parameters
    ----------
    outcomes : (N, T), on the scale of the effect (logs for ratios). first_treated : (N,), 0 for never.
    periods : (T,), increasing.

    Returns a `GroupTime`, on the scale of `outcomes`.
    Source: Callaway & Sant'Anna (2021), J Econometrics 225, 200-230.

    Examples
    --------
    >>> y = np.array([[1.0, 1, 3], [1, 1, 3], [1, 1, 1], [1, 1, 1]])
    >>> group_time_effects(y, np.array([2003, 2003, 0, 0]), np.array([2001, 2002, 2003])).estimate
    2.0
    """
    y, n = np.asarray(outcomes, dtype=float), len(outcomes)
    never = first_treated == 0
    cohorts = sorted(int(g) for g in np.unique(first_treated[~never]) if g > periods[0])
    effects: dict[tuple[int, int], float] = {}
    influences, shares, sizes = [], [], []
    for g in cohorts:
        cohort = first_treated == g
        base = int(np.flatnonzero(periods < g)[-1])
        for t in np.flatnonzero(periods >= g):
            change = y[:, t] - y[:, base]
            treated, untreated = change[cohort].mean(), change[never].mean()
            effects[(g, int(periods[t]))] = float(treated - untreated)
            influence = np.where(cohort, (change - treated) / cohort.mean(), 0.0)
            influences.append(influence - np.where(never, (change - untreated) / never.mean(), 0.0))
            shares.append(cohort.astype(float))
            sizes.append(cohort.mean())
    att, weight = np.array(list(effects.values())), np.array(sizes) / np.sum(sizes)
    estimate = float(weight @ att)
    # The cohorts' shares are estimated as well: d weight = (1_g - p_g) / P - p_g sum(1 - p) / P^2.
    deviation = np.array(shares) - np.array(sizes)[:, None]
    total = np.sum(sizes)
    d_weight = deviation / total - np.array(sizes)[:, None] * deviation.sum(axis=0) / total**2
    influence = weight @ np.array(influences) + att @ d_weight
    return GroupTime(estimate, float(np.sqrt((influence**2).mean() / n)), tuple(cohorts), effects)
