"""One event in several municipalities: their common ratio, judged by who might as well have been chosen."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd

from kl_research import months
from kl_research.effects.answer import answer
from kl_research.effects.controlled import panel_totals
from kl_research.effects.counts import Counts, counts_of, outcome_of
from kl_research.effects.effect import Effect, Threat
from kl_research.effects.ranks import Totals, log_ratios, shifted, studentised
from kl_research.effects.silence import heard
from kl_research.effects.verdict import not_assessable
from kl_research.effects.window import LEAST_MONTHS, Window, window_of
from kl_research.events import Event
from kl_research.panel import area_region

NAME = "several_municipalities"
LEAST_DONORS = 10
_DRAWS = 1999
_BISECTIONS = 16


def several_municipalities(
    panel: pd.DataFrame,
    event: Event,
    *,
    outcome: str | None = None,
    pre_months: int = 24,
    post_months: int = 12,
    equivalence_band: tuple[float, float] = (0.8, 1.25),
    offset: str | None = None,
    seed: int = 1,
    power: bool = False,
) -> Effect:
    """The common ratio after to before of the municipalities an event took place in, over that of the others.

    Estimate: precision-weighted mean of the treated municipalities' log ratios less that of the donors. p-value:
    sum of a_i t_i / sqrt(sum a_i^2) over the treated, t_i the studentised change of `ranks` and a_i its precision,
    among the same sum over random sets of as many municipalities (1,999 draws). Interval: all ratios that test
    does not reject. The months are those every treated municipality's window has.

    Clustered standard errors with so few treated call nothing an effect in 9 to 31 % of cases.
    Source: MacKinnon & Webb (2020), J Econometrics 218, 435-450 (randomisation inference with few treated).

    Returns an `Effect` at level event. Raises `InputError` for a public panel or a bad offset.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> several_municipalities(panel, events["meeting"]).reason
    'one_municipality'
    """
    chosen = outcome_of(event, outcome)
    counts = counts_of(panel, chosen, offset)
    if counts is None:
        return _cannot(event, Window("", event.id, chosen, reason="outcome_not_in_data"))
    return several_effect(counts, panel, event, pre_months, post_months, band=equivalence_band, seed=seed)


def several_effect(
    counts: Counts,
    panel: pd.DataFrame,
    event: Event,
    pre_months: int,
    post_months: int,
    *,
    band: tuple[float, float],
    seed: int,
) -> Effect:
    """The design on matrices already made."""
    if not event.dated:
        return _cannot(event, Window("", event.id, counts.outcome, reason="undated"))
    touched = [c for c in counts.codes if event.touches(c, area_region(panel, c, event.first_month))]
    windows = [window_of(counts, panel, event, code, pre_months, post_months) for code in touched]
    good = [w for w in windows if w.assessable]
    if len(good) < 2:
        reason = good[0].reason if good else (windows[0].reason if windows else "not_observed")
        earliest = max((w.earliest_month for w in windows), default="")
        empty = Window("", event.id, counts.outcome, reason=reason or "one_municipality", earliest_month=earliest)
        return _cannot(event, empty)
    window = _common(good, event, counts.outcome)
    if not window.assessable:
        return _cannot(event, window)
    if len(window.donors) < LEAST_DONORS:
        return _cannot(event, window, "too_few_donors")

    window = heard(counts, window)
    rows = counts.rows((*window.pre, *window.post))
    columns = [counts.column(code) for code in (*window.members, *window.donors)]
    y, exposure = counts.values[rows][:, columns].T, counts.exposure[rows][:, columns].T
    segment = (np.arange(len(rows)) >= window.n_pre).astype(int)
    totals, _ = panel_totals(y[None], rows, segment, exposure[None])
    k = len(window.members)
    treated = np.arange(k)
    estimate = group_estimate(totals, treated)
    sets = random_sets(y.shape[0], k, _DRAWS, seed)
    p_value = group_p([totals], treated, sets)
    limits = [_limit(totals, treated, sets, estimate, sign) for sign in (-1.0, 1.0)]
    low, ratio, high = float(np.exp(limits[0])), float(np.exp(estimate)), float(np.exp(limits[1]))
    after, before = float(totals.after[0, :k].sum()), float(totals.before[0, :k].sum())
    control = np.log(totals.after[0, k:].sum() / totals.before[0, k:].sum())
    return answer(
        counts, window, event, NAME, band=band, ratio=ratio, low=low, high=high, p_value=p_value, observed=after,
        expected=after / ratio, before=np.full(window.n_pre, before / window.n_pre),
        counterfactual=np.full(window.n_post, after / ratio / window.n_post), level="event",
        p_min=max(1.0 / (_DRAWS + 1), 1.0 / comb(y.shape[0], k)), n_donors=len(window.donors),
        details={
            "members": list(window.members),
            "refused": [w.municipality for w in windows if not w.assessable],
            "donors": list(window.donors),
            # With unit and month effects and one start, Poisson regression gives the ratio of sums.
            "ppml_ratio": float(np.exp(np.log(max(after, 0.5) / before) - control)),
            "comparison": "donors",
            "draws": _DRAWS,
        },
    )  # fmt: skip


def _cannot(event: Event, window: Window, reason: str = "") -> Effect:
    return not_assessable(event, window, NAME, reason).but(level="event")


def _common(windows: list[Window], event: Event, outcome: str) -> Window:
    """The months that every treated municipality's window has, and the donors of all."""
    pre = sorted(set.intersection(*(set(w.pre) for w in windows)))
    post = sorted(set.intersection(*(set(w.post) for w in windows)))
    donors = [d for d in windows[0].donors if all(d in w.donors for w in windows)]
    members = tuple(w.municipality for w in windows)
    threats: dict[Threat, None] = {t: None for w in windows for t in w.threats}
    reason = ""
    if len(pre) < LEAST_MONTHS or len(post) < (1 if event.impact == "pulse" else LEAST_MONTHS):
        reason = "overlapping_event"
    left_out = months.span(months.shift(pre[-1], 1), months.shift(post[0], -1)) if pre and post else []
    return Window(
        "", event.id, outcome, tuple(pre), tuple(left_out), tuple(post), reason, "", tuple(donors), members,
        tuple(threats),
    )  # fmt: skip


def group_estimate(totals: Totals, treated: np.ndarray) -> float:
    """Weighted mean log ratio of the treated less that of the others."""
    weight, lr = precision(totals)[0], log_ratios(totals)[0]
    inside = np.zeros(len(lr), dtype=bool)
    inside[treated] = True
    return float(np.average(lr[inside], weights=weight[inside]) - np.average(lr[~inside], weights=weight[~inside]))


def precision(totals: Totals, *, left_out: bool = False) -> np.ndarray:
    """One over the variance of each municipality's log ratio, (R, N).

    `left_out`: nothing of its own change enters: the spread T is that of all but itself, and the counts are those
    its months before let expect. Where each treated municipality is weighed in a panel of its own, a T that holds its
    own change would make larger effects count less, and its calls after would make them count more.
    """
    found = studentised(totals)
    share = 1.0 / (1.0 + np.exp(-(found.centre + totals.log_exposure)))
    calls = totals.before / (1 - share) if left_out else totals.before + totals.after
    information = calls * share * (1 - share)
    spread = found.spread if left_out else np.median(found.spread, axis=1, keepdims=True)
    return np.asarray(information / (totals.inflation[:, None] + spread * information))


def random_sets(units: int, k: int, draws: int, seed: int) -> np.ndarray:
    """Sets of k distinct units, (draws, k)."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.argsort(rng.random((draws, units)), axis=1)[:, :k])


def group_p(totals: list[Totals], treated: np.ndarray, sets: np.ndarray) -> float:
    """Share of random assignments at least as far out as the real one, itself counted.

    `totals` holds one window for all, or one for each treated municipality (own start months): then who started
    when is what is drawn.
    """
    t = np.vstack([studentised(one).t for one in totals])
    a = np.sqrt(np.vstack([precision(one) for one in totals]))
    window = np.zeros(len(treated), dtype=int) if len(totals) == 1 else np.arange(len(treated))

    def far(chosen: np.ndarray) -> np.ndarray:
        weight = a[window, chosen]
        return np.asarray(np.abs((weight * t[window, chosen]).sum(axis=-1)) / np.sqrt((weight**2).sum(axis=-1)))

    own = far(treated[None])[0]
    return float((1 + (far(sets) >= own - 1e-9).sum()) / (len(sets) + 1))


def _limit(totals: Totals, treated: np.ndarray, sets: np.ndarray, estimate: float, sign: float) -> float:
    def kept(log_ratio: float) -> bool:
        moved = totals
        for unit in treated:
            moved = shifted(moved, int(unit), np.array([log_ratio]))
        return group_p([moved], treated, sets) > 0.05

    inner, outer = estimate, estimate + sign * 0.5
    while kept(outer) and abs(outer - estimate) < 8:
        inner, outer = outer, estimate + 2 * (outer - estimate)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (inner + outer)
        inner, outer = (middle, outer) if kept(middle) else (inner, middle)
    return inner
