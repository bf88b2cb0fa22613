"""Spread: logistic and Bass curves on cumulative first use, refused where they would only decorate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures.members import number
from kl_research.terms import months

FEWEST_ADOPTERS = 15
BEGAN_BEFORE = 0.25
"""When more than a quarter had begun before the data, the first part of the curve is not seen."""
BENDS = 0.5
"""A curve that leaves more than half of the squared residuals of a straight line does not show where growth ends."""

Curve = Callable[..., np.ndarray]


def bass_adopters(t: np.ndarray, m: float, p: float, q: float) -> np.ndarray:
    """Adopters per period of the Bass model at time t: m (p+q)^2/p e^-(p+q)t / (1 + q/p e^-(p+q)t)^2.

    `m` is the final number, `p` innovation, `q` imitation. Source: Bass 1969, Management Science 15(5), 215-227.
    """
    e = np.exp(-(p + q) * t)
    return m * (p + q) ** 2 / p * e / (1 + q / p * e) ** 2


def bass_cumulative(t: np.ndarray, m: float, p: float, q: float) -> np.ndarray:
    """Cumulative adopters of the Bass model: m (1 - e^-(p+q)t) / (1 + q/p e^-(p+q)t)."""
    e = np.exp(-(p + q) * t)
    return m * (1 - e) / (1 + q / p * e)


def logistic_cumulative(t: np.ndarray, m: float, k: float, t0: float) -> np.ndarray:
    """Cumulative adopters of the logistic curve: m / (1 + e^-k(t - t0)), steepest at t0."""
    return m / (1 + np.exp(-np.clip(k * (t - t0), -500, 500)))


def fit_curve(
    curve: Curve,
    t: np.ndarray,
    y: np.ndarray,
    start: tuple[float, ...],
    lower: tuple[float, ...],
    upper: tuple[float, ...],
) -> np.ndarray | None:
    """Nonlinear least squares (Srinivasan & Mason 1986) within bounds; None when it does not converge."""
    from scipy.optimize import least_squares

    def distance(parameters: np.ndarray) -> np.ndarray:
        return curve(t, *parameters) - y

    scale = np.maximum(np.abs(start), 1e-3)
    found = least_squares(distance, start, bounds=(lower, upper), x_scale=scale, xtol=1e-12, ftol=1e-12)
    return np.asarray(found.x) if found.success and np.isfinite(found.x).all() else None


@dataclass(frozen=True)
class Spread:
    """A fitted curve of cumulative first use, or why there is none.

    `final` is the fitted final number of adopters, `inflection` the month of steepest growth; for Bass `p` and `q`
    are per month. `reason`: `too_few_adopters` (under 15), `began_before_data`, `inflection_outside_data`,
    `as_good_as_a_line`, `no_convergence`, `no_names`. `series` has month, adopters, fitted.
    """

    model: str
    adopters: int
    final: float | None = None
    inflection: str = ""
    p: float | None = None
    q: float | None = None
    reason: str = ""
    series: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)


def spread(cut: Cut, who: str = "unit", *, model: str = "logistic") -> Spread:
    """Logistic or Bass curve of the cumulative number of units (providers, municipalities) that ever used the app.

    `cut` holds one area, as the national cut does. Refused under 15 adopters, when more than a quarter of them were
    active in the data's first month, and when the steepest month lies outside the data: a curve whose ceiling was
    not seen to come near says nothing of it. No interval is given: cumulative counts are far from independent.

    Parameters
    ----------
    cut : Cut
        One area, as the national cut has.
    model : str, default 'logistic'
        "logistic" or "bass".

    Returns
    -------
    Spread
        A `Spread` with its parameters (units, share a month) or the `reason` it is refused.

    Raises
    ------
    ValueError
        For a cut of several areas.

    References
    ----------
    Bass (1969), Management Science 15, 215-227.

    Examples
    --------
    >>> spread_of(np.array([0, 1, 1]), 1, 24000).reason
    'too_few_adopters'
    """
    if len(cut.areas) != 1:
        raise ValueError("a spread is of one area: cut the national level, or one municipality")
    if who == "municipality":
        rows = cut.ever.panel
        used = cut.ever.in_use
        first = np.full(len(cut.names["municipality"]), 10**6)
        np.minimum.at(first, rows["municipality"][used], rows["n"][used])
        first = first[first < 10**6]
    elif cut.counter is not None:
        monthly = [number(cut.between(n, n), who, "new")[0] for n in range(cut.start, cut.last + 1)]
        new = np.nan_to_num(np.array(monthly)).astype("int64")
        before = max(int(np.nan_to_num(number(cut.ever, who, "ever")[0])) - int(new.sum()), 0)
        new[0] += before
        return spread_of(new, before, cut.start, model=model) if new.sum() else Spread(model, 0, reason="no_names")
    else:
        first = cut.history(who).first
    if not len(first):
        return Spread(model, 0, reason="no_names")
    new = np.bincount(first - cut.start, minlength=cut.last - cut.start + 1)
    return spread_of(new, int(new[0]), cut.start, model=model)


def spread_of(new: np.ndarray, before: int, start: int, *, model: str = "logistic") -> Spread:
    """The curve of first uses a month, `before` of which may lie before the data; `start` is the first month."""
    total = np.cumsum(new)
    adopters, t = int(total[-1]), np.arange(1, len(new) + 1, dtype="float64")
    series = pd.DataFrame({"month": [months.month(start + i) for i in range(len(new))], "adopters": total})
    if adopters < FEWEST_ADOPTERS:
        return Spread(model, adopters, reason="too_few_adopters", series=series)
    if before > BEGAN_BEFORE * adopters:
        return Spread(model, adopters, reason="began_before_data", series=series)
    most = 10.0 * adopters
    if model == "bass":
        curve: Curve = bass_cumulative
        found = fit_curve(curve, t, total, (1.2 * adopters, 0.01, 0.1), (adopters * 0.5, 1e-7, 0), (most, 1, 3))
        steepest = np.nan if found is None else np.log(max(found[2], 1e-12) / found[1]) / (found[1] + found[2])
    else:
        curve = logistic_cumulative
        middle = float(np.searchsorted(total, adopters / 2) + 1)
        lower, upper = (adopters * 0.5, 1e-4, -10 * len(t)), (most, 10, 10 * len(t))
        found = fit_curve(curve, t, total, (1.1 * adopters, 0.2, middle), lower, upper)
        steepest = np.nan if found is None else found[2]
    if found is None:
        return Spread(model, adopters, reason="no_convergence", series=series)
    if not 1 <= steepest <= len(t):
        return Spread(model, adopters, reason="inflection_outside_data", series=series)
    fitted = curve(t, *found)
    line = np.polyval(np.polyfit(t, total, 1), t)
    if ((total - fitted) ** 2).sum() > BENDS * ((total - line) ** 2).sum():
        return Spread(model, adopters, reason="as_good_as_a_line", series=series)
    return Spread(
        model,
        adopters,
        final=float(found[0]),
        inflection=months.month(start + round(float(steepest)) - 1),
        p=float(found[1]) if model == "bass" else None,
        q=float(found[2]) if model == "bass" else None,
        series=series.assign(fitted=fitted),
    )
