"""One kind of event in several municipalities: random effects, with honest limits for few of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

LEAST = 3  # effects; fewer are not pooled


@dataclass(frozen=True)
class Pooled:
    """Mean of the effects, its interval, the interval of the next effect, and each effect drawn towards the mean."""

    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    p_value: float
    tau2: float
    prediction_low: float
    prediction_high: float
    shrunken: tuple[float, ...]
    leave_one_out: tuple[float, ...]
    k: int


def pool(estimates: np.ndarray, variances: np.ndarray, *, level: float = 0.95, modified: bool = True) -> Pooled:
    """Random-effects mean of k effects y_i with known variances v_i: y_i ~ N(mu, tau2 + v_i), tau2 by REML.

    Standard error by Hartung & Knapp, sqrt(sum w (y - mu)^2 / ((k - 1) sum w)) with w = 1 / (v + tau2), t with k - 1
    degrees of freedom; `modified`: never smaller than the classical 1 / sqrt(sum w) (so never narrower than z). The
    prediction interval is mu +- t sqrt(tau2 + se^2). Shrunken effects are the empirical Bayes ones: rank by these,
    never by the raw ones. Raises ValueError for fewer than 3.

    Sources: Viechtbauer (2005), J Educ Behav Stat 30, 261-293; Hartung & Knapp (2001), Stat Med 20, 3875-3889;
    Roever, Knapp & Friede (2015), BMC Med Res Methodol 15, 99.

    Examples
    --------
    >>> pool(np.array([0.2, 0.4, 0.6]), np.array([0.01, 0.01, 0.01])).estimate
    0.4
    """
    y, v = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    if len(y) < LEAST:
        raise ValueError(f"{len(y)} effects: at least {LEAST} are needed to pool")
    tau2 = reml_tau2(y, v)
    w = 1.0 / (v + tau2)
    mean = float((w * y).sum() / w.sum())
    factor = float((w * (y - mean) ** 2).sum() / (len(y) - 1))
    if modified:
        factor = max(factor, 1.0)
    error = float(np.sqrt(factor / w.sum()))
    quantile = float(stats.t.ppf(0.5 + level / 2, len(y) - 1))
    reach = quantile * np.sqrt(tau2 + error**2)
    shrunken = mean + tau2 / (tau2 + v) * (y - mean)
    rest = [_mean(np.delete(y, i), np.delete(v, i)) for i in range(len(y))] if len(y) > LEAST else []
    return Pooled(
        round(mean, 15), error, mean - quantile * error, mean + quantile * error,
        float(2 * stats.t.sf(abs(mean) / error, len(y) - 1)), tau2, float(mean - reach), float(mean + reach),
        tuple(shrunken.tolist()), tuple(rest), len(y),
    )  # fmt: skip


def reml_tau2(y: np.ndarray, v: np.ndarray) -> float:
    """Variance between effects by restricted maximum likelihood, 0 at the boundary.

    Examples
    --------
    >>> reml_tau2(np.array([0.4, 0.4, 0.4]), np.array([0.01, 0.01, 0.01]))
    0.0
    """

    def score(tau2: float) -> float:
        w = 1.0 / (v + tau2)
        mean = (w * y).sum() / w.sum()
        return float((w**2 * (y - mean) ** 2).sum() - w.sum() + (w**2).sum() / w.sum())

    if score(0.0) <= 0:
        return 0.0
    upper = float(np.var(y) * 2 + v.max())
    while score(upper) > 0:
        upper *= 4
    return float(optimize.brentq(score, 0.0, upper, xtol=1e-14, rtol=1e-13))


def _mean(y: np.ndarray, v: np.ndarray) -> float:
    w = 1.0 / (v + reml_tau2(y, v))
    return float((w * y).sum() / w.sum())
