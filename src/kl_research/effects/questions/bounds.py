"""What a step across a change of the instrument can mean for use: bounds, and how it follows what was uncounted.

A measurement event moves what is counted. Of its step, log R, a share s is counting and 1 - s is use, and s is not in
the data. Without more knowledge use lies between no change (s = 1: all of it is counting) and the whole step (s = 0);
with a share declared in the register it is R^(1 - s). All this supposes that counting moved the numbers the way they
went, so that s lies between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kl_research.effects.counts import counts_of
from kl_research.effects.designs.controlled import totals_of
from kl_research.effects.designs.several import precision
from kl_research.effects.donors import undisturbed
from kl_research.effects.effect import Effect
from kl_research.effects.usable import enough_calls
from kl_research.effects.window import window_of
from kl_research.statistics.distributions import t_beyond, t_quantile
from kl_research.statistics.ranks import log_ratios
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

LEAST_AREAS = 10  # municipalities for a dose-response
_GROUPS = 4


@dataclass(frozen=True)
class Dose:
    """The step over municipalities by their share of contacts in channels that were not counted.

    `per_tenth`: how many times larger the ratio is for 10 percentage points more; `at_zero`: the ratio where nothing
    was uncounted, so that counting can have changed nothing. Each with its 95 % interval. `groups`: municipalities by
    quarters of the share, with columns share, ratio, low, high, municipalities.
    """

    measure: str
    per_tenth: tuple[float, float, float]
    at_zero: tuple[float, float, float]
    p_value: float
    municipalities: int
    groups: pd.DataFrame = field(compare=False, repr=False)


@dataclass(frozen=True)
class UseBounds:
    """The change in use that a break in the series allows: `low` to `high` for any share, `declared` for one.

    `step` is the primary effect of the measurement event, `share` the register's `measurement_share`. `low`, `high`
    and `declared` (estimate, low, high) are ratios; None where the step has no interval.
    """

    step: Effect
    share: float | None = None
    low: float | None = None
    high: float | None = None
    declared: tuple[float, float, float] | None = None
    dose: Dose | None = None


def use_bounds(
    effects: Sequence[Effect],
    events: Mapping[str, Event],
    panel: pd.DataFrame | None = None,
    *,
    question: Question = ORDINARY,
) -> list[UseBounds]:
    """Bounds on the change in use for every measurement event among the primary effects.

    The interval of the step, joined with "no change": [min(1, low), max(1, high)]. It holds the true change in use at
    least as often as the step's interval holds the true step. A declared share s gives [low^(1-s), high^(1-s)]. With
    a panel whose columns hold a share of uncounted contacts (`dose_response`), a national event has its dose too.

    Parameters
    ----------
    effects : Sequence[Effect]
        Effects of measurement events, the primaries among them.

    Returns
    -------
    list[UseBounds]
        `UseBounds` (rate ratios, 95 %).

    Raises
    ------
    InputError
        For a public panel.

    References
    ----------
    Manski (2003), Partial Identification of Probability Distributions, for the idea; the union is ours.

    Examples
    --------
    >>> from kl_research.terms.events import EventRegister
    >>> event = Event(id="rule", kind="measurement", type="other", national=True, date="2024-01", source="drawn",
    ...               measurement_share=0.5)
    >>> step = Effect("national", "", "", "rule", "other", "calls", "its", primary=True, estimate=1.44, conf_low=1.21,
    ...               conf_high=1.69)
    >>> one, = use_bounds([step], EventRegister([event]))
    >>> one.low, one.high, [round(x, 3) for x in one.declared]
    (1.0, 1.69, [1.2, 1.1, 1.3])
    """
    found = []
    for step in effects:
        event = events.get(step.event)
        if event is None or event.kind != "measurement" or not step.primary:
            continue
        bounds = _bounds(step, event.measurement_share)
        if panel is not None and event.national and step.estimate is not None:
            bounds = replace(bounds, dose=dose_response(panel, event, question=question))
        found.append(bounds)
    return found


def _bounds(step: Effect, share: float | None) -> UseBounds:
    if step.estimate is None or step.conf_low is None or step.conf_high is None:
        return UseBounds(step, share)
    declared = None
    if share is not None:
        kept = 1.0 - share
        declared = (step.estimate**kept, step.conf_low**kept, step.conf_high**kept)
    return UseBounds(step, share, min(1.0, step.conf_low), max(1.0, step.conf_high), declared)


def dose_response(
    panel: pd.DataFrame,
    event: Event,
    *,
    measure: str = "sms_link_share",
    question: Question = ORDINARY,
) -> Dose | None:
    """The municipalities' log ratios after to before, regressed on the share not counted before the event.

    lr_i = a + b share_i, weighted by precision (counting noise and the spread between municipalities); standard
    errors scaled as Hartung and Knapp's, t with n - 2 degrees of freedom. What all municipalities share - season,
    trend, other national events - is in a alone, so b needs no comparison municipality. Municipalities with an event
    of their own in the window are left out. None without the column before the event, or with fewer than 10
    municipalities.
    """
    asked = question.about(event)
    counts = counts_of(panel, asked)
    if counts is None or measure not in panel:
        return None
    window = window_of(counts, panel, event, None, asked)
    if not window.assessable:
        return None
    # The share as it was before: what is counted in a new way afterwards is no longer uncounted.
    earlier = panel[panel["month"] < pd.Timestamp(f"{event.first_month}-01")]
    known = earlier.dropna(subset=[measure]).groupby("municipality", observed=True)[measure].last()
    before = counts.totals(window.pre, counts.codes)
    members = [
        c
        for c in undisturbed(panel, event, window.members, window.pre[0], window.post[-1])
        if c in known and enough_calls(before[counts.column(c)], window.n_pre, window.n_post)
    ]
    dose = np.array([float(known[c]) for c in members])
    if len(members) < LEAST_AREAS or np.ptp(dose) == 0:
        return None
    totals, _noise = totals_of(counts, members, window.used, window.segment)
    lr, weight = log_ratios(totals)[0], precision(totals)[0]
    return _regress(lr, weight, dose, measure)


def _regress(lr: np.ndarray, weight: np.ndarray, dose: np.ndarray, measure: str) -> Dose:
    design = np.column_stack([np.ones(len(dose)), dose])
    bread = np.linalg.inv(design.T @ (design * weight[:, None]))
    coef = bread @ design.T @ (weight * lr)
    df = len(dose) - 2
    scale = max(float((weight * (lr - design @ coef) ** 2).sum() / df), 1.0)
    error = np.sqrt(scale * np.diag(bread))
    reach = t_quantile(0.975, df) * error

    def ratios(k: int, times: float) -> tuple[float, float, float]:
        return tuple(np.exp(times * (coef[k] + np.array([0.0, -reach[k], reach[k]]))).tolist())

    p_value = float(2 * t_beyond(abs(coef[1]) / error[1], df))
    return Dose(measure, ratios(1, 0.1), ratios(0, 1.0), p_value, len(dose), _by_quarter(lr, weight, dose, scale))


def _by_quarter(lr: np.ndarray, weight: np.ndarray, dose: np.ndarray, scale: float) -> pd.DataFrame:
    rows = []
    for part in np.array_split(np.argsort(dose, kind="stable"), _GROUPS):
        mean, error = np.average(lr[part], weights=weight[part]), np.sqrt(scale / weight[part].sum())
        low, high = mean - 1.96 * error, mean + 1.96 * error
        rows.append((float(dose[part].mean()), *np.exp([mean, low, high]).tolist(), len(part)))
    return pd.DataFrame(rows, columns=["share", "ratio", "low", "high", "municipalities"])
