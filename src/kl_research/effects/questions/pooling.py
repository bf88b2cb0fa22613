"""One kind of event in several municipalities: random effects, with honest limits for few of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from kl_research.effects.effect import Effect
from kl_research.statistics.distributions import normal_beyond, normal_quantile, t_beyond, t_quantile

LEAST = 3  # effects; fewer are not pooled
Z = 1.959964


@dataclass(frozen=True)
class Pooled:
    """Mean of the effects, its interval, the interval of the next effect, and each effect drawn towards the mean.

    All on the scale of the effects; `std_error` is Hartung and Knapp's, `tau2` the variance between true effects.
    `shrunken` (k,); `leave_one_out` (k,), the mean without each, empty for 3.
    """

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


def pool(estimates: np.ndarray, variances: np.ndarray, *, level: float = 0.95) -> Pooled:
    """Random-effects mean of k effects y_i with known variances v_i: y_i ~ N(mu, tau2 + v_i), tau2 by REML.

    With w = 1 / (v + tau2): mu = sum w y / sum w. Limits and p-value are Hartung and Knapp's - standard error
    sqrt(sum w (y - mu)^2 / ((k - 1) sum w)), t with k - 1 degrees of freedom - or the classical, 1 / sqrt(sum w) and
    normal - whichever are wider: effects that agree by chance would otherwise have no width at all. Of 2,000 panels
    these hold the mean in 96.5 %; Hartung and Knapp's alone in 94.0 %, the classical error with t (q >= 1) in 98.6 %.

    The prediction interval, of the effect in the next municipality, is mu +- t sqrt(tau2 + se^2) with the k - 1
    degrees of freedom of R's metafor and the larger standard error. Of 2,000 panels it held the next effect in 95 %:
    99 % where true effects are alike, 90 % where they differ (tau .2), as so few cannot show tau2 well.

    Shrunken effects are the empirical Bayes ones: rank by these, never by the raw ones.

    Parameters
    ----------
    estimates, variances : np.ndarray
        (k,), on an additive scale (logs of ratios); variances above 0.
    level : float, default 0.95
        Of both intervals.

    Returns
    -------
    Pooled
        A `Pooled`.

    Raises
    ------
    ValueError
        For fewer than 3.

    References
    ----------
    Viechtbauer (2005), J Educ Behav Stat 30, 261-293; Hartung & Knapp (2001), Stat Med 20, 3875-3889; the wider of
    two: Wiksten, Ruecker & Schwarzer (2016), Stat Med 35, 2503-2515; Jackson et al. (2017), Stat Med 36, 3923-3934.

    Examples
    --------
    >>> found = pool(np.array([0.2, 0.4, 0.6]), np.array([0.01, 0.01, 0.01]))
    >>> found.estimate, round(found.conf_low, 3), round(found.conf_high, 3)
    (0.4, -0.097, 0.897)
    """
    y, v = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    if len(y) < LEAST:
        raise ValueError(f"{len(y)} effects: at least {LEAST} are needed to pool")
    tau2 = reml_tau2(y, v)
    w = 1.0 / (v + tau2)
    mean = float((w * y).sum() / w.sum())
    classical = float(1.0 / np.sqrt(w.sum()))
    error = classical * float(np.sqrt((w * (y - mean) ** 2).sum() / (len(y) - 1)))
    quantile = float(t_quantile(0.5 + level / 2, len(y) - 1))
    reach, p_value = float(normal_quantile(0.5 + level / 2)) * classical, 2 * normal_beyond(abs(mean) / classical)
    if quantile * error >= reach:
        reach, p_value = quantile * error, 2 * t_beyond(abs(mean) / error, len(y) - 1)
    next_reach = quantile * float(np.sqrt(tau2 + max(error, classical) ** 2))
    shrunken = mean + tau2 / (tau2 + v) * (y - mean)
    rest = [_mean(np.delete(y, i), np.delete(v, i)) for i in range(len(y))] if len(y) > LEAST else []
    return Pooled(
        round(mean, 15),
        error,
        mean - reach,
        mean + reach,
        float(p_value),
        tau2,
        mean - next_reach,
        mean + next_reach,
        tuple(shrunken.tolist()),
        tuple(rest),
        len(y),
    )


def has_width(effect: Effect) -> bool:
    """Whether an effect is a ratio with at least one closed limit, which tells how uncertain it is."""
    return effect.scale == "rate_ratio" and bool(effect.estimate) and bool(effect.conf_low or effect.conf_high)


def log_effects(effects: Sequence[Effect]) -> tuple[np.ndarray, np.ndarray]:
    """Log ratios and the variances their 95 % intervals have; where one limit is open, the other's distance counts.

    >>> one = Effect("municipality", "1", "1", "a", "other", "calls", "x", estimate=1.0, conf_low=0.5, conf_high=2.0)
    >>> _, v = log_effects([one, one.replace(conf_low=0.0), one.replace(conf_high=None)])
    >>> v.round(3).tolist()                                                            # (log 2 / 1.96)^2
    [0.125, 0.125, 0.125]
    """
    y = np.log([e.estimate or 1.0 for e in effects])
    low = np.array([np.log(e.conf_low) if e.conf_low else np.nan for e in effects])
    high = np.array([np.log(e.conf_high) if e.conf_high else np.nan for e in effects])
    return y, (np.nanmean([y - low, high - y], axis=0) / Z) ** 2


def reml_tau2(y: np.ndarray, v: np.ndarray, kinds: np.ndarray | None = None) -> float:
    """Variance between effects by restricted maximum likelihood, 0 at the boundary.

    `kinds` (k,): labels of effects that have a mean of their own each and the variance in common.

    Examples
    --------
    >>> reml_tau2(np.array([0.4, 0.4, 0.4]), np.array([0.01, 0.01, 0.01]))
    0.0
    """
    parts = [np.arange(len(y))] if kinds is None else [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]

    def score(tau2: float) -> float:
        found = 0.0
        for part in parts:
            w = 1.0 / (v[part] + tau2)
            mean = (w * y[part]).sum() / w.sum()
            found += float((w**2 * (y[part] - mean) ** 2).sum() - w.sum() + (w**2).sum() / w.sum())
        return found

    if score(0.0) <= 1e-9:  # no more than rounding: kinds of one leave none
        return 0.0
    upper = float(np.var(y) * 2 + v.max())
    while score(upper) > 0:
        upper *= 4
    return float(optimize.brentq(score, 0.0, upper, xtol=1e-14, rtol=1e-13))


def _mean(y: np.ndarray, v: np.ndarray) -> float:
    w = 1.0 / (v + reml_tau2(y, v))
    return float((w * y).sum() / w.sum())
