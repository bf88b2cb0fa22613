"""Could we have seen it? The smallest rise found with 80 % probability, by simulation from the fitted null."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from kl_research.statistics.distributions import poisson_quantile, t_quantile
from kl_research.statistics.fits import Fits, ar1_quasi_poisson
from kl_research.statistics.growth import LONG, growth_rule
from kl_research.statistics.noise import Noise
from kl_research.statistics.ranks import as_normal, signed_root

if TYPE_CHECKING:
    from kl_research.statistics.fits import Regression

POWER = 0.8
LARGEST = 50.0  # beyond this ratio the answer is "nothing could have been seen": None
_DRAWS = 300


def detectable_by_fit(
    regression: Regression, fit: Fits, rho: float, noise: Noise, log_exposure: np.ndarray, error: float, *, seed: int
) -> float | None:
    """The ratio that the regression's own t test finds in 80 % of simulated series; None above 50.

    Series are drawn around the fitted mean without the impact, with the pooled latent variance and
    autocorrelation and at least the fitted dispersion, and refitted as the data were.
    """
    without = regression.design.copy()
    without[:, regression.null.shape[1] :] = 0.0
    mean = np.exp(np.clip(without @ fit.coef[0] + log_exposure, -30, 30))
    after = regression.times >= 0
    quantile = t_quantile(0.975, fit.df)
    s2 = max(float(noise.s2[0]), float(fit.dispersion[0] - 1.0) / max(float(mean.mean()), 1e-9))
    carry = float(noise.kappa[0] * noise.r[0])
    steps = rho ** np.diff(regression.times)

    def power(log_ratio: float) -> float:
        rng = np.random.default_rng(seed)  # the same draws for every ratio: a smooth curve
        latent = latent_log_rate(rng, _DRAWS, regression.times, s2, float(noise.r[0]))
        y = carried_counts(rng, mean * np.exp(latent + np.where(after, log_ratio, 0.0)), regression.times, carry)
        y = np.where(after & (y[:, after].sum(axis=1, keepdims=True) == 0), 0.5 / after.sum(), y)
        again = ar1_quasi_poisson(regression.design, y, steps, offset=log_exposure, tolerance=1e-4, max_iterations=12)
        estimate = again.coef @ regression.contrast
        spread = np.sqrt(np.einsum("p,spq,q->s", regression.contrast, again.covariance, regression.contrast))
        return float((estimate / spread > quantile).mean())

    return _smallest(power, start=(quantile + 0.84) * error, evaluations=7)


@dataclass(frozen=True)
class RankTest:
    """What the rank test of a claim is made of, on the log scale.

    `spread`: T, the variance of log changes; `dispersion`: phi; `centre_variance`: that of the others' mean;
    `uncertainty`: Var T, as in the statistic; `critical`: the |t| to be passed; `drift_error`: the standard error
    of the log ratio that growth of its own would make, 0 where that takes no claim away; `rule`: `growth_rule`.
    """

    spread: float
    dispersion: float
    centre_variance: float
    uncertainty: float
    critical: float
    drift_error: float = 0.0
    rule: tuple[float, float] = growth_rule(LONG)


def detectable_by_rank(before: float, after: float, test: RankTest, *, seed: int) -> float | None:
    """The ratio that is claimed in 80 % of simulated totals: it passes the rank, and own growth does not explain it.

    `before`, `after`: totals expected under no change.
    """
    rng = np.random.default_rng(seed)
    draws = 2000
    phi = test.dispersion
    # Carry-over is drawn as additional variance of the log rate, which has the same size on the log ratio.
    extra = test.spread + (phi - 1.0) * (1.0 / before + 1.0 / after)
    shift = rng.normal(0.0, np.sqrt(max(extra, 0.0)), draws)
    y0 = rng.poisson(before, draws).astype(float)
    grown = rng.standard_normal(draws)
    seen, added = test.rule
    drift = np.where(grown > seen, (grown + added) * test.drift_error, 0.0)
    share = expit(np.log(after / before) + drift)

    def power(log_ratio: float) -> float:
        again = np.random.default_rng(seed + 1)  # the same draws for every ratio: a smooth curve
        y1 = again.poisson(after * np.exp(np.minimum(shift + log_ratio, 25.0))).astype(float)
        information = (y0 + y1) * share * (1 - share)
        d = signed_root(y0, y1, share)
        variance = phi + (test.spread + test.centre_variance) * information
        t = as_normal(d / np.sqrt(variance), variance, information, test.uncertainty)
        return float((t > test.critical).mean())

    start = 2.8 * np.sqrt(extra + 1.0 / before + 1.0 / after)
    return _smallest(power, start=float(start), evaluations=14)


def detectable_by_exact(
    before: float,
    after: float,
    phi: float,
    test: Callable[[float, float, float], float],
    log_exposure: float,
    *,
    seed: int,
) -> float | None:
    """The ratio the exact test finds in 80 % of totals drawn with phi times the Poisson variance."""
    rng = np.random.default_rng(seed)
    draws = 200
    shift = rng.normal(0.0, np.sqrt((phi - 1.0) * (1.0 / before + 1.0 / after)), draws)
    y0, uniform = rng.poisson(before, draws), rng.random(draws)

    def power(log_ratio: float) -> float:
        y1 = poisson_quantile(uniform, after * np.exp(shift + log_ratio))
        found = [
            test(b / phi, a / phi, log_exposure) <= 0.05 and np.log((a + 0.5) / (b + 0.5)) > log_exposure
            for b, a in zip(y0, y1, strict=True)
        ]
        return float(np.mean(found))

    start = 2.8 * np.sqrt(phi * (1.0 / before + 1.0 / after))
    return _smallest(power, start=float(start), evaluations=8)


def _smallest(power: Callable[[float], float], *, start: float, evaluations: int) -> float | None:
    """Bisection for the log ratio with 80 % power, from a first guess."""
    low, high = 0.0, float(np.clip(start, 0.02, np.log(LARGEST)))
    while power(high) < POWER:
        if high >= np.log(LARGEST):
            return None
        low, high = high, min(high * 1.5, float(np.log(LARGEST)))
    for _ in range(evaluations):
        middle = 0.5 * (low + high)
        if power(middle) < POWER:
            low = middle
        else:
            high = middle
    return float(np.exp(high))


def latent_log_rate(
    rng: np.random.Generator, draws: int, times: np.ndarray, s2: float | np.ndarray, r: float
) -> np.ndarray:
    """AR(1) log rates with mean exp 1 and rate variance about s2, one or (draws, 1); (draws, T), gaps as they lie."""
    variance = np.log1p(np.maximum(s2, 0.0))
    latent = np.empty((draws, len(times)))
    latent[:, 0] = rng.standard_normal(draws)
    for t in range(1, len(times)):
        step = r ** (times[t] - times[t - 1])
        latent[:, t] = step * latent[:, t - 1] + np.sqrt(1 - step**2) * rng.standard_normal(draws)
    return np.asarray(np.sqrt(variance) * latent - variance / 2)


def carried_counts(rng: np.random.Generator, mean: np.ndarray, times: np.ndarray, carry: float) -> np.ndarray:
    """Poisson counts of which a share stays from month to month (INAR(1)), (draws, T)."""
    counts = np.empty_like(mean)
    counts[:, 0] = rng.poisson(mean[:, 0])
    for t in range(1, len(times)):
        stays = carry ** (times[t] - times[t - 1]) if carry > 0 else 0.0
        # Less carries over where the mean falls, so that the new arrivals never go below zero.
        stays_here = np.minimum(stays, mean[:, t] / np.maximum(mean[:, t - 1], 1e-12))
        kept = rng.binomial(counts[:, t - 1].astype(int), stays_here)
        counts[:, t] = kept + rng.poisson(np.maximum(mean[:, t] - stays_here * mean[:, t - 1], 0.0))
    return counts
