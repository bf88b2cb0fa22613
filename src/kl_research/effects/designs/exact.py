"""Exact conditional rate ratio for a handful of calls: binomial given the total, mid-p, widened for real noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import betainc

from kl_research.effects.answer import Measured, build_effect, run_design
from kl_research.effects.checks.silence import without_silent_donors
from kl_research.effects.counts import Counts
from kl_research.effects.designs.controlled import compare
from kl_research.effects.designs.its import series_of, sister_noise
from kl_research.effects.effect import Effect
from kl_research.effects.power import detectable_by_exact
from kl_research.effects.window import Window
from kl_research.statistics.noise import sides_basis
from kl_research.statistics.ranks import geometry
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

NAME = "exact_rate_ratio"
LEAST_DONORS = 5  # from here on the donors' own change is taken out
_WIDEST = 12.0  # log ratio; beyond it a limit is open


def exact_rate_ratio(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    outcome: str | None = None,
    question: Question = ORDINARY,
) -> Effect:
    """Calls after, given all calls before and after, are binomial: p-value and interval from that, both mid-p.

    y1 | y0 + y1 ~ Binomial(n, theta e / (1 + theta e)), e the exposure ratio times the donors' own change (5 donors
    or more). Counts are divided by phi, the variance of the log ratio over its Poisson variance (carry-over, latent
    noise at this mean, uncertainty of the donors' change): the interval is as wide as the sisters say. No trend.

    Returns
    -------
    Effect
        An `Effect` (rate ratio, 95 %).

    Raises
    ------
    InputError
        For a public panel, an unknown municipality or a bad offset.

    References
    ----------
    Lehmann & Romano (2005), ch. 4; Lancaster (1961) for mid-p.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> exact_rate_ratio(panel, events["meeting"], municipality="001").verdict
    'increase'
    """
    return run_design(exact_effect, NAME, panel, event, municipality, question.about(event, outcome))


def exact_effect(counts: Counts, window: Window, event: Event, question: Question) -> Effect:
    """The design on a window already assessed."""
    window = without_silent_donors(counts, window)
    y, log_exposure = series_of(counts, window)
    after = np.arange(len(y)) >= window.n_pre
    y0, y1 = (float(counts.totals(side, window.members).sum()) for side in (window.pre, window.post))
    log_e = float(np.log(np.exp(log_exposure[after]).sum() / np.exp(log_exposure[~after]).sum()))
    rows = counts.rows((*window.pre, *window.post))
    noise, pooled_over = sister_noise(counts, window, sides_basis(after.astype(int)))
    with_donors = len(window.donors) >= LEAST_DONORS
    inflation, between = (float(x[0]) for x in geometry(rows, after.astype(int), noise))
    centre = centre_variance = 0.0
    if with_donors:
        comparison = compare(counts, (window.municipality, *window.donors), window)
        centre = float(comparison.result.centre[0, 0])
        centre_variance = float(comparison.result.centre_variance[0, 0])
        between = float(comparison.result.spread[0, 0])
        inflation = float(comparison.result.dispersion[0, 0])
    share = 1.0 / (1.0 + np.exp(-(log_e + centre)))
    information = (y0 + y1) * share * (1 - share)
    phi = max(1.0, inflation + (between + centre_variance) * information)
    low, high = rate_ratio_interval(y0 / phi, y1 / phi, log_e + centre)
    p_value = rate_ratio_p(y0 / phi, y1 / phi, log_e + centre)
    ratio = float(np.exp(np.log((y1 + 0.5) / (y0 + 0.5)) - log_e - centre))
    expected = (y0 + 0.5) * float(np.exp(log_e + centre))
    detectable = None
    if question.detectable:
        detectable = detectable_by_exact(y0 + 0.5, expected, phi, rate_ratio_p, log_e + centre, seed=question.seed)
    flat = np.exp(log_exposure)
    used = window.donors if with_donors else ()
    return build_effect(
        counts,
        window,
        event,
        NAME,
        Measured(
            ratio=ratio,
            low=low,
            high=high,
            p_value=p_value,
            observed=y1 + 0.5,
            expected=expected,
            before=y0 * flat[~after] / flat[~after].sum(),
            counterfactual=expected * flat[after] / flat[after].sum(),
        ),
        band=question.band,
        n_donors=len(used),
        detectable=detectable,
        details={
            "dispersion": phi,
            "rho": float(noise.correlation(np.array([[y.mean()]]))[0, 0]),
            "pooled_over": pooled_over,
            "comparison": "donors" if with_donors else "none",
            "donors": list(used),
        },
    )


def rate_ratio_p(y0: float, y1: float, log_exposure: float, *, log_ratio: float = 0.0, mid: bool = True) -> float:
    """Two-sided p-value of the rate ratio exp(log_ratio): twice the smaller tail, the observed count half.

    Examples
    --------
    >>> round(rate_ratio_p(8, 3, 0.0), 4)        # 2 (P(Y < 3) + P(Y = 3) / 2), Y ~ Binomial(11, 1/2): 2 x 299 / 4096
    0.146
    """
    lower, upper = _tails(y0, y1, log_exposure + log_ratio, mid)
    return float(min(1.0, 2 * min(lower, upper)))


def rate_ratio_interval(
    y0: float, y1: float, log_exposure: float, *, level: float = 0.95, mid: bool = True
) -> tuple[float, float | None]:
    """Central interval of the rate ratio; the upper limit is None when nothing was counted before.

    `mid=False` gives the Clopper-Pearson limits of R's poisson.test.

    Examples
    --------
    >>> low, high = rate_ratio_interval(8, 3, 0.0, mid=False)    # R: poisson.test(c(3, 8), c(24, 24))
    >>> round(low, 7), round(high, 7)
    (0.0640763, 1.5624111)
    """
    alpha = (1 - level) / 2

    def limit(tail: int) -> Callable[[float], float]:
        return lambda log_ratio: _tails(y0, y1, log_exposure + log_ratio, mid)[tail] - alpha

    guess = float(np.log((y1 + 0.5) / (y0 + 0.5)) - log_exposure)
    ends = guess - _WIDEST, guess + _WIDEST
    # Divided by a large dispersion, counts near 0 exclude nothing: the limit is open, as it is for a true 0.
    closed_low = y1 > 0 and limit(1)(ends[0]) < 0 < limit(1)(ends[1])
    closed_high = y0 > 0 and limit(0)(ends[1]) < 0 < limit(0)(ends[0])
    low = float(np.exp(brentq(limit(1), *ends, xtol=1e-12))) if closed_low else 0.0
    high = float(np.exp(brentq(limit(0), *ends, xtol=1e-12))) if closed_high else None
    return low, high


def _tails(y0: float, y1: float, log_odds: float, mid: bool) -> tuple[float, float]:
    """P(Y at most y1) and P(Y at least y1) for Binomial(y0 + y1, logistic(log_odds)); y may be fractional."""
    p = 1.0 / (1.0 + np.exp(-log_odds))
    at_most = float(betainc(y0, y1 + 1.0, 1.0 - p)) if y0 > 0 else 1.0
    below = float(betainc(y0 + 1.0, y1, 1.0 - p)) if y1 > 0 else 0.0
    lower = 0.5 * (at_most + below) if mid else at_most
    return lower, 1.0 - (0.5 * (at_most + below) if mid else below)
