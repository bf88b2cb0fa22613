"""Structural time series: a level that wanders, a step at the event; beside the primary of a national event."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from kl_research.effects.answer import Measured, build_effect, run_design
from kl_research.effects.counts import Counts
from kl_research.effects.designs.its import build, series_of
from kl_research.effects.effect import Effect
from kl_research.effects.verdict import not_assessable, unless_season
from kl_research.effects.window import Window
from kl_research.statistics.distributions import t_beyond, t_quantile
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

NAME = "structural_time_series"
LOG_FROM = 10  # smallest count for the log scale; below it the square root
ROOT_SHIFT = 3 / 8  # Anscombe's, added to a count before its root is taken


def structural_time_series(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    outcome: str | None = None,
    question: Question = ORDINARY,
) -> Effect:
    """Local level plus the impact, on the log scale, or the square root where a month has fewer than 10.

    g(y_t) = level_t + z_t' b + e_t, level_t = level_{t-1} + u_t, z_t the p columns of the impact; exact diffuse
    start, maximum likelihood; t with n - 2 - p degrees of freedom. The estimate is that of the mean of z_t' b over
    the months after. Months without a number are missing, months left out as well.

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
    Harvey & Durbin (1986), J R Stat Soc A 149, 187-227; statsmodels UnobservedComponents.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> structural_time_series(panel, events["meeting"], municipality="001").verdict
    'increase'
    """
    return run_design(structural_effect, NAME, panel, event, municipality, question.about(event, outcome))


def structural_effect(counts: Counts, window: Window, event: Event, question: Question) -> Effect:
    """The design on a window already assessed."""
    y, log_exposure = series_of(counts, window)
    rate = y / np.exp(log_exposure - log_exposure.mean())
    if rate.std() == 0:
        return not_assessable(event, window, NAME, "no_variation")
    regression = build(window, event, trend=False, slope=False, harmonics=0)
    on_log = bool(rate.min() >= LOG_FROM)
    values = np.log(rate) if on_log else 2 * np.sqrt(rate + ROOT_SHIFT)
    slots = regression.times - regression.times[0]
    impact = regression.null.shape[1]  # the first of its columns
    dense, columns = np.full(slots[-1] + 1, np.nan), np.zeros((slots[-1] + 1, regression.design.shape[1] - impact))
    dense[slots], columns[slots] = values, regression.design[:, impact:]
    coefficients, covariance = local_level(dense, columns)
    contrast = regression.contrast[impact:]
    change, error = float(contrast @ coefficients), float(np.sqrt(max(contrast @ covariance @ contrast, 0.0)))
    if not np.isfinite(error) or error <= 0:
        return not_assessable(event, window, NAME, "no_fit")
    after = regression.times >= 0
    df = len(y) - 2 - len(contrast)
    quantile = float(t_quantile(0.975, df))
    back = np.exp if on_log else (lambda x: np.maximum(x / 2, 0.3) ** 2)
    mean = values[after].mean()
    ratio, low, high = (float(back(mean) / back(mean - change + d * quantile * error)) for d in (0.0, 1.0, -1.0))
    total = float(y[after].sum()) + (0.0 if on_log else ROOT_SHIFT * window.n_post)  # what the ratio is of
    shape = back(values[after] - columns[slots][after] @ coefficients)
    effect = build_effect(
        counts,
        window,
        event,
        NAME,
        Measured(
            ratio=ratio,
            low=low,
            high=high,
            p_value=float(2 * t_beyond(abs(change) / error, df)),
            observed=total,
            expected=total / ratio,
            before=np.full(window.n_pre, np.nan),
            counterfactual=total / ratio * shape / shape.sum(),
        ),
        band=question.band,
        details={"scale": "log" if on_log else "square_root", "comparison": "none"},
    )
    return unless_season(effect, window)


def local_level(
    values: np.ndarray, regressors: np.ndarray, *, seasonal: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Local level with regressors (and a seasonal): coefficients (p,) and their covariance (p, p).

    The coefficients are states with an exact diffuse start, so the variances are estimated without them (as by
    REML).
    `values` may hold NaN; `regressors` are (n, p).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> step = (np.arange(40) >= 30).astype(float)[:, None]
    >>> coefficients, _ = local_level(rng.normal(5 + step[:, 0], 0.1), step)
    >>> bool(abs(coefficients[0] - 1) < 0.2)
    True
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    model = UnobservedComponents(
        values, level="llevel", seasonal=seasonal, exog=regressors, mle_regression=False, use_exact_diffuse=True
    )
    with warnings.catch_warnings():
        # A variance at its boundary of 0 is an answer here, not a failure.
        warnings.simplefilter("ignore")
        fit = model.fit(disp=False, maxiter=200)
    p = regressors.shape[1]
    return np.asarray(fit.smoothed_state)[-p:, -1], np.asarray(fit.smoothed_state_cov)[-p:, -p:, -1]
