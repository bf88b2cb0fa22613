"""One event in several municipalities: their common ratio, judged by who might as well have been chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import comb

import numpy as np
import pandas as pd

from kl_research.effects.answer import Measured, build_effect
from kl_research.effects.checks.growth import growth_details
from kl_research.effects.checks.silence import without_silent_donors
from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs.controlled import totals_of
from kl_research.effects.effect import Effect
from kl_research.effects.power import LARGEST
from kl_research.effects.usable import LEAST_MONTHS
from kl_research.effects.verdict import not_assessable
from kl_research.effects.window import Window, window_of
from kl_research.statistics.ranks import Totals, log_ratios, shifted, studentised
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.panel import area_region
from kl_research.terms.question import ORDINARY, Question

NAME = "several_municipalities"
LEAST_DONORS = 10
_DRAWS = 1999
_BISECTIONS = 16
_WIDEST, _POINTS = 7.0, 141  # log ratios


def several_municipalities(
    panel: pd.DataFrame,
    event: Event,
    *,
    outcome: str | None = None,
    question: Question = ORDINARY,
) -> Effect:
    """The common ratio after to before of the municipalities an event took place in, over that of the others.

    Estimate: precision-weighted mean of the treated municipalities' log ratios less that of the donors. p-value:
    sum of a_i t_i / sqrt(sum a_i^2) over the treated, t_i the studentised change of `ranks` and a_i its precision,
    among the same sum over random sets of as many municipalities (1,999 draws). Interval: all ratios that test
    does not reject. The months are those every treated municipality's window has. Expected and extra calls are sums
    over the municipalities, each at its own level times what the others did; a mean ratio has no limits for them.

    Clustered standard errors with so few treated call nothing an effect in 9 to 31 % of cases.

    Returns
    -------
    Effect
        An `Effect` at level event.

    Raises
    ------
    InputError
        For a public panel or a bad offset.

    References
    ----------
    MacKinnon & Webb (2020), J Econometrics 218, 435-450 (randomisation inference with few treated).

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> several_municipalities(panel, events["meeting"]).reason
    'one_municipality'
    """
    asked = question.about(event, outcome)
    counts = counts_of(panel, asked)
    if counts is None:
        return _cannot(event, Window("", event.id, str(asked.outcome), reason="outcome_not_in_data"))
    return several_effect(counts, panel, event, asked)


def several_effect(counts: Counts, panel: pd.DataFrame, event: Event, question: Question) -> Effect:
    """The design on matrices already made."""
    window = common_window(counts, panel, event, question)
    if not window.assessable:
        return _cannot(event, window)
    window = without_silent_donors(counts, window)
    codes = (*window.members, *window.donors)
    totals, noise = totals_of(counts, codes, window.used, window.segment)
    k = len(window.members)
    treated = np.arange(k)
    weight = precision(totals)[0, :k]
    estimate = group_estimate(totals, treated)
    sets = random_sets(len(codes), k, _DRAWS, question.seed)
    limits = _limits(totals, treated, sets, estimate)
    after, before = float(totals.after[0, :k].sum()), float(totals.before[0, :k].sum())
    expected = _expected(totals, k)
    control = np.log(totals.after[0, k:].sum() / totals.before[0, k:].sum())
    effect = build_effect(
        counts,
        window,
        event,
        NAME,
        Measured(
            ratio=float(np.exp(estimate)),
            low=float(np.exp(limits[0])),
            high=float(np.exp(limits[1])) if np.isfinite(limits[1]) else None,
            p_value=group_p([totals], treated, sets),
            observed=after + 0.5 * k,
            expected=expected,
            before=np.full(window.n_pre, before / window.n_pre),
            counterfactual=np.full(window.n_post, expected / window.n_post),
            after=np.full(window.n_post, after / window.n_post),
            limits=(None, None),
        ),
        band=question.band,
        level="event",
        p_min=max(1.0 / (_DRAWS + 1), 1.0 / comb(len(codes), k)),
        n_donors=len(window.donors),
        detectable=_detectable(totals, treated, sets) if question.detectable else None,
        details={
            "members": list(window.members),
            "refused": [code for code in touched(counts, panel, event) if code not in window.members],
            "donors": list(window.donors),
            # With unit and month effects and one start, Poisson regression gives the ratio of sums.
            "ppml_ratio": float(np.exp(np.log(max(after, 0.5) / before) - control)),
            "comparison": "donors",
            "draws": _DRAWS,
            **growth_details(counts, window, noise),
            "growth_weights": (weight / weight.sum()).tolist(),
        },
    )
    # No limits for the sum: those of the mean ratio weigh municipalities equally, a sum weighs large ones more.
    return effect.replace(extra_low=None, extra_high=None)


def _cannot(event: Event, window: Window) -> Effect:
    return not_assessable(event, window, NAME).replace(level="event")


def touched(counts: Counts, panel: pd.DataFrame, event: Event) -> list[str]:
    """The municipalities a dated event took place in."""
    return [c for c in counts.codes if event.touches(c, area_region(panel, c, event.first_month))]


def common_window(counts: Counts, panel: pd.DataFrame, event: Event, question: Question) -> Window:
    """The months that the window of every municipality has in which the event can be judged, and the donors of all.

    With two such municipalities there is an answer: `earliest_month` is the month that the second waits for.
    """
    empty = Window("", event.id, counts.outcome)
    if not event.dated:
        return replace(empty, reason="undated")
    windows = [window_of(counts, panel, event, code, question) for code in touched(counts, panel, event)]
    good = [w for w in windows if w.assessable]
    if len(good) < 2:
        waiting = sorted((w.earliest_month, w.reason) for w in windows if w.earliest_month)
        if len(waiting) >= 2 - len(good):
            earliest, reason = waiting[1 - len(good)]
            return replace(empty, reason=reason, earliest_month=earliest)
        reason = "one_municipality" if good else windows[0].reason if windows else "not_observed"
        return replace(empty, reason=reason)
    pre = sorted(set.intersection(*(set(w.pre) for w in good)))
    post = sorted(set.intersection(*(set(w.post) for w in good)))
    donors = tuple(d for d in good[0].donors if all(d in w.donors for w in good))
    threats = tuple(dict.fromkeys(t for w in good for t in w.threats))
    reason = ""
    if len(pre) < LEAST_MONTHS or len(post) < (1 if event.impact == "pulse" else LEAST_MONTHS):
        lost = any(t.code in ("missing_months", "suppressed_months") for t in threats)
        reason = "not_observed" if lost else "overlapping_event"
    elif len(donors) < LEAST_DONORS:
        reason = "too_few_donors"
    left_out = months.span(months.shift(pre[-1], 1), months.shift(post[0], -1)) if pre and post else []
    members = tuple(w.municipality for w in good)
    begun = any(w.just_begun and w.pre[:1] == tuple(pre[:1]) for w in good)
    return Window(
        "",
        event.id,
        counts.outcome,
        tuple(pre),
        tuple(left_out),
        tuple(post),
        reason,
        "",
        donors,
        members,
        threats,
        just_begun=begun,
        history=tuple(sorted(set.intersection(*(set(w.history) for w in good)))),
        history_donors=tuple(d for d in donors if all(d in w.history_donors for w in good)),
    )


def _expected(totals: Totals, k: int) -> float:
    """Calls without the event: each municipality's own level times what the others did, added up."""
    weight, lr = precision(totals)[0], log_ratios(totals)[0]
    centre = float(np.average(lr[k:], weights=weight[k:]))
    return float(((totals.before[0, :k] + 0.5) * np.exp(centre + totals.log_exposure[0, :k])).sum())


def _detectable(totals: Totals, treated: np.ndarray, sets: np.ndarray) -> float | None:
    """The common ratio found with 80 % probability: exp((c + .84) / sqrt(sum a_i^2)).

    c is what 95 % of the random sets stay below, a_i^2 the precision that the months before let expect.
    """
    _, random = _far([totals], treated, sets)
    least = (np.quantile(random, 0.95) + 0.84) / np.sqrt(precision(totals, left_out=True)[0, treated].sum())
    return float(np.exp(least)) if least < np.log(LARGEST) else None


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
    if left_out:
        return np.asarray(information / (found.dispersion + found.spread * information))
    dispersion, spread = (np.median(x, axis=1, keepdims=True) for x in (found.dispersion, found.spread))
    return np.asarray(information / (dispersion + spread * information))


def random_sets(units: int, k: int, draws: int, seed: int) -> np.ndarray:
    """Sets of k distinct units, (draws, k)."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.argsort(rng.random((draws, units)), axis=1)[:, :k])


def group_p(totals: list[Totals], treated: np.ndarray, sets: np.ndarray) -> float:
    """Share of random assignments at least as far out as the real one, itself counted.

    `totals` holds one window for all, or one for each treated municipality (own start months): then who started
    when is what is drawn.
    """
    own, random = _far(totals, treated, sets)
    return float((1 + (random >= own - 1e-9).sum()) / (len(sets) + 1))


def _far(totals: list[Totals], treated: np.ndarray, sets: np.ndarray) -> tuple[float, np.ndarray]:
    """How far out the treated are together, and each random set in their place."""
    t = np.vstack([studentised(one).t for one in totals])
    a = np.sqrt(np.vstack([precision(one) for one in totals]))
    window = np.zeros(len(treated), dtype=int) if len(totals) == 1 else np.arange(len(treated))
    return float(joint(t, a, window, treated[None])[0]), joint(t, a, window, sets)


def joint(t: np.ndarray, a: np.ndarray, window: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """|sum a t| / sqrt(sum a^2) over the units chosen, each in its own window; t and a (..., windows, units)."""
    weight = a[..., window, chosen]
    return np.asarray(np.abs((weight * t[..., window, chosen]).sum(axis=-1)) / np.sqrt((weight**2).sum(axis=-1)))


def _limits(totals: Totals, treated: np.ndarray, sets: np.ndarray, estimate: float) -> tuple[float, float]:
    """The hull of the estimate and of all log ratios the test keeps; infinite where none is excluded on a side.

    Where one municipality's change stands out among the treated, the test may reject their mean and keep others.
    """

    def kept(log_ratio: float) -> bool:
        moved = totals
        for unit in treated:
            moved = shifted(moved, int(unit), np.array([log_ratio]))
        return group_p([moved], treated, sets) > 0.05

    inside = [point for point in (estimate, 0.0) if kept(point)]
    inside = inside or [point for point in estimate + np.linspace(-_WIDEST, _WIDEST, _POINTS) if kept(point)]
    if not inside:
        return -np.inf, np.inf
    low, high = _edge(kept, min(inside), -1.0), _edge(kept, max(inside), 1.0)
    return min(low, estimate), max(high, estimate)


def _edge(kept: Callable[[float], bool], inside: float, sign: float) -> float:
    """The last log ratio that is kept on the way out from one that is."""
    start, inner, outer = inside, inside, inside + sign * 0.5
    while kept(outer):
        if abs(outer - start) > _WIDEST:
            return sign * np.inf
        inner, outer = outer, start + 2 * (outer - start)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (inner + outer)
        inner, outer = (middle, outer) if kept(middle) else (inner, middle)
    return inner
