"""Interrupted time series of one area: Poisson mean, AR(1) working correlation pooled over sister municipalities."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from kl_research.effects.answer import Measured, build_effect, run_design
from kl_research.effects.checks.silence import LEAST_MISSED, longest_silence
from kl_research.effects.counts import Counts
from kl_research.effects.effect import Effect
from kl_research.effects.power import detectable_by_fit
from kl_research.effects.verdict import not_assessable, unless_season
from kl_research.effects.window import Window
from kl_research.statistics.distributions import t_beyond, t_quantile
from kl_research.statistics.fits import Fits, Regression, ar1_quasi_poisson, irls
from kl_research.statistics.noise import Noise, pooled_noise
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

NAME = "interrupted_time_series"


def interrupted_time_series(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    outcome: str | None = None,
    question: Question = ORDINARY,
    trend: bool = True,
    slope: bool = False,
    harmonics: int = 0,
) -> Effect:
    """Level change of one area's counts at an event, judged against the area's own past.

    log E[y_t] = b0 + b1 t + g z_t (+ season) + offset, with z_t the impact (step, step and slope, pulse, ramp),
    time centred at the first month after; variance phi mu with phi >= 1; correlation rho^|t-s|, rho at the area's
    own mean from latent moments pooled over sister municipalities; t with n - p degrees of freedom. The estimate is
    exp of the average log ratio over the months after. `municipality=None`: the national sum of the areas
    observed throughout. Without a comparison this says size and timing, not cause; without its own trend
    (`trend=False`, a sensitivity) steady growth would be told as an effect. With less than 18 months before, a
    difference may be the season's: the verdict is `inconclusive`, reason `season_unseen`, unless with 12 at least
    it is a rise or a fall and the whole interval lies beyond 10 %.

    Everything else that stands in the way is a verdict `not_assessable` with its reason.

    Parameters
    ----------
    trend : bool, default True
        Whether the area has a trend of its own.
    slope : bool, default False
        Whether the slope changes too.
    harmonics : int, default 0
        Pairs of sine and cosine for the season; 0: none.

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
    Bernal, Cummins & Gasparrini (2017), Int J Epidemiol 46, 348-355; Liang & Zeger (1986).

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> interrupted_time_series(panel, events["meeting"], municipality="001").verdict
    'increase'
    """
    asked = question.about(event, outcome)
    design = partial(its_effect, trend=trend, slope=slope, harmonics=harmonics)
    return run_design(design, NAME, panel, event, municipality, asked)


def its_effect(
    counts: Counts,
    window: Window,
    event: Event,
    question: Question,
    *,
    trend: bool = True,
    slope: bool = False,
    harmonics: int = 0,
) -> Effect:
    """The design on a window already assessed."""
    regression = build(window, event, trend=trend, slope=slope, harmonics=harmonics)
    if len(regression.times) - regression.design.shape[1] < 3:
        return not_assessable(event, window, NAME, "too_many_coefficients")
    y, log_exposure = series_of(counts, window)
    sisters, pooled_over = sister_noise(counts, window, regression.design)
    noise = noise_of(sisters, counts, window)
    rho = correlation_of(noise, window, regression, y, log_exposure)
    fit = fit_area(regression, y, log_exposure, rho)
    if not fit.converged[0]:
        return not_assessable(event, window, NAME, "no_fit")
    log_ratio = float(regression.contrast @ fit.coef[0])
    error = float(np.sqrt(regression.contrast @ fit.covariance[0] @ regression.contrast))
    quantile = float(t_quantile(0.975, fit.df))
    p_value = float(2 * t_beyond(abs(log_ratio) / error, fit.df))
    low, ratio, high = np.exp(np.clip(log_ratio + error * quantile * np.array([-1.0, 0.0, 1.0]), -30, 30)).tolist()
    detectable = None
    if question.detectable:
        detectable = detectable_by_fit(regression, fit, rho, noise, log_exposure, error, seed=question.seed)
    without = _without(regression, fit, log_exposure, quantile)
    effect = build_effect(
        counts,
        window,
        event,
        NAME,
        Measured(
            ratio=ratio,
            low=low,
            high=high,
            p_value=p_value,
            observed=float(y[window.n_pre :].sum()),
            expected=float(without[0].sum()),
            before=fit.fitted[0, : window.n_pre],
            counterfactual=without[0],
            after=fit.fitted[0, window.n_pre :],
            limits=(without[1], without[2]),
        ),
        band=question.band,
        detectable=detectable,
        details={
            "dispersion": float(fit.dispersion[0]),
            "rho": float(rho),
            "latent_variance": float(noise.s2[0]),
            "latent_autocorrelation": float(noise.r[0]),
            "carry_over": float(noise.kappa[0]),
            "pooled_over": pooled_over,
            "trend": trend,
            "slope": slope,
            "harmonics": harmonics,
            "coefficients": dict(zip(regression.names, fit.coef[0].tolist(), strict=True)),
            "std_errors": dict(zip(regression.names, fit.std_error[0].tolist(), strict=True)),
            "df": fit.df,
            "comparison": "none",
        },
    )
    return unless_season(effect, window)


def build(window: Window, event: Event, *, trend: bool, slope: bool, harmonics: int) -> Regression:
    """Columns of the regression; time 0 is the first month after, in years."""
    used = window.used
    times = np.array([months.number(m) for m in used]) - months.number(window.post[0])
    after = (np.arange(len(used)) >= window.n_pre).astype(float)
    columns, names = [np.ones(len(used))], ["level"]
    if trend:
        columns, names = [*columns, times / 12.0], [*names, "trend"]
    for h in range(1, harmonics + 1):
        angle = 2 * np.pi * h * np.array([months.number(m) % 12 for m in used]) / 12.0
        columns, names = [*columns, np.sin(angle), np.cos(angle)], [*names, f"sin{h}", f"cos{h}"]
    null = np.column_stack(columns)
    ramp = after * (times + 1) / (times[-1] + 1)
    impact, labels = ([ramp], ["ramp"]) if event.impact == "ramp" else ([after], ["step"])
    if slope or event.impact == "step_and_slope":
        impact, labels = [after, after * times / 12.0], ["step", "slope"]
    design = np.column_stack([*columns, *impact])
    contrast = np.zeros(design.shape[1])
    contrast[len(columns) :] = [column[after > 0].mean() for column in impact]
    return Regression(times, design, null, contrast, [*names, *labels])


def relative_error(regression: Regression, rho: float) -> float:
    """Standard error of the contrast per residual standard deviation, for equal means: sqrt(c' (X' R^-1 X)^-1 c),
    R_ts = rho^|t-s|."""
    correlation = rho ** np.abs(regression.times[:, None] - regression.times[None, :])
    information = regression.design.T @ np.linalg.solve(correlation, regression.design)
    return float(np.sqrt(regression.contrast @ np.linalg.solve(information, regression.contrast)))


def series_of(counts: Counts, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Counts of the area in the months used, and log exposure; members are added up."""
    _, exposure, rows = counts.block(window.used, window.members)
    with_denominator = bool((counts.exposure != 1.0).any())
    total = exposure.T.sum(axis=1) if with_denominator else np.ones(len(rows))
    return counts.series(window.used, window.members), np.log(total)


def sister_noise(counts: Counts, window: Window, design: np.ndarray) -> tuple[Noise, int]:
    """Latent variance and autocorrelation from every municipality observed throughout, and how many they were.

    Those that fell silent are left out: a lock-out is no noise.
    """
    rows = counts.rows(window.used)
    block = counts.values[rows].T
    whole = ~np.isnan(block).any(axis=1) & (np.nan_to_num(block).sum(axis=1) >= 2 * design.shape[1])
    missed, _ = longest_silence(np.nan_to_num(block[whole]), counts.exposure[rows].T[whole])
    whole[np.flatnonzero(whole)[missed >= LEAST_MISSED]] = False
    own = [counts.column(code) for code in window.members]
    if not whole.any():
        whole[own] = True
    y = block[whole]
    fit = irls(design, np.maximum(y, 0), offset=np.log(counts.exposure[rows].T[whole]), tolerance=1e-6)
    good = fit.converged
    if not good.any():
        zero = np.zeros(1)
        return Noise(zero, zero, zero, zero), 0
    times = np.asarray(rows)
    return pooled_noise(y[None, good], fit.fitted[None, good], times, design), int(good.sum())


def noise_of(noise: Noise, counts: Counts, window: Window) -> Noise:
    """The noise of the members' sum: each has its own latent log rate, so that of the sum varies less.

    s2 sum(m^2) / (sum m)^2, m the members' means; the carry-over of a sum is that of its members.
    """
    means = counts.block(window.used, window.members)[0].T.mean(axis=0)
    return Noise(noise.s2 * (means**2).sum() / max(means.sum() ** 2, 1e-12), noise.kappa, noise.r, noise.excess)


def correlation_of(
    noise: Noise, window: Window, regression: Regression, y: np.ndarray, log_exposure: np.ndarray
) -> float:
    """Correlation of neighbouring months at the area's own mean.

    A national sum carries shocks that all municipalities share and none shows alone: there the sum's own
    autocorrelation counts where it is larger.
    """
    mean = np.array([[y.mean()]])
    found = noise.correlation(mean)[0, 0]
    if not window.municipality:
        fit = irls(regression.design, y[None], offset=log_exposure, tolerance=1e-6)
        alone = pooled_noise(y[None, None], fit.fitted[None], regression.times, regression.design)
        found = max(found, alone.correlation(mean)[0, 0])
    return float(np.clip(found, 0.0, 0.95))


def fit_area(regression: Regression, y: np.ndarray, log_exposure: np.ndarray, rho: float) -> Fits:
    """The fit; half a call is spread over the months after when there was none, so that the ratio stays finite."""
    after = regression.times >= 0
    counts = np.where(after & (y[after].sum() == 0), 0.5 / after.sum(), y)
    return ar1_quasi_poisson(regression.design, counts[None], rho ** np.diff(regression.times), offset=log_exposure)


def _without(regression: Regression, fit: Fits, log_exposure: np.ndarray, quantile: float) -> list[np.ndarray]:
    """The expected course without the event, and its limits, in the months after."""
    after = regression.times >= 0
    without = regression.design[after].copy()
    without[:, regression.null.shape[1] :] = 0.0
    eta = without @ fit.coef[0] + log_exposure[after]
    error = quantile * np.sqrt(np.einsum("np,pq,nq->n", without, fit.covariance[0], without))
    return [np.exp(np.clip(eta + sign * error, -30, 30)) for sign in (0, -1, 1)]
