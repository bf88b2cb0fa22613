"""Dates people half remember, and effects nobody could see yet: the answer over all possible dates, and in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kl_research.effects.checks.growth import growth_details
from kl_research.effects.checks.silence import without_silent_donors
from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs.controlled import compare, detectable_by_months
from kl_research.effects.designs.its import build, its_effect, relative_error
from kl_research.effects.effect import Effect
from kl_research.effects.evaluation import evaluate
from kl_research.effects.span import touches
from kl_research.effects.window import LEAST_DONORS, LEAST_MONTHS, Window, window_of
from kl_research.statistics.distributions import t_quantile
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.panel import check_area
from kl_research.terms.question import ORDINARY, Question

AHEAD = (0, 3, 6, 12)  # months from now
_TRIAL = 6  # months before an event, taken as if after it, where it has too few of its own
_WAITING = ("undated", "too_few_months_after", "after_data")


def over_possible_dates(
    panel: pd.DataFrame,
    events: Mapping[str, Event],
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
) -> list[Effect]:
    """The effect of every event whose date is a window, for each month of that window as if it were the date.

    Each is judged as `evaluate` does, checks included; only the month changes, and the month itself is left out as
    mixed. The spread over the possible dates belongs to the answer: whoever may choose the best of six start months
    triples false alarms.
    `details["possible_date"]` holds the month; months that leave too little data give `not_assessable`.

    Returns `Effect`s (rate ratios, 95 %). Raises `InputError` for a municipality the panel does not have.
    Source: that of the design; on choosing dates afterwards, Simmons, Nelson & Simonsohn (2011), Psychol Sci 22.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> from kl_research.terms.events import EventRegister
    >>> panel, events = drawn_example()
    >>> spring = EventRegister([events["meeting"].model_copy(update={"date": "2023-11/2024-01"})])
    >>> found = over_possible_dates(panel, spring, municipality="001")
    >>> [(e.details["possible_date"], e.verdict) for e in found]
    [('2023-11', 'increase'), ('2023-12', 'increase'), ('2024-01', 'increase')]
    """
    if municipality is not None:
        check_area(panel, municipality)
    found = []
    for event in events.values():
        if event.kind == "context" or not event.dated or event.first_month == event.last_month:
            continue
        if (event.national and municipality is not None) or not touches(event, municipality, panel):
            continue
        for month in months.span(event.first_month, event.last_month):
            dated = event.model_copy(update={"date": month, "roll_in_months": None})
            effect = evaluate(panel, {event.id: dated}, municipality=municipality, question=question)[0]
            found.append(effect.replace(details={**effect.details, "event_date": event.date, "possible_date": month}))
    return found


@dataclass(frozen=True)
class Visible:
    """The smallest rate ratio above 1 seen with 80 % probability, `ahead` months from now; None: not even 50."""

    ahead: int
    months_after: int
    ratio: float | None


def smallest_visible(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    outcome: str | None = None,
    question: Question = ORDINARY,
) -> list[Visible]:
    """What could be seen now and in 3, 6 and 12 months, from the months before; empty where nothing ever can.

    Where the event has its window, the noise is that of the window; where it still waits for months, or for a date,
    the last 6 months before stand in for those after. Fewer than 3 months after are no judgement and left out. Local
    events by simulating the rank test, national ones by the standard error of the regression, exp((t + .84) se).

    Returns `Visible`s (months; rate ratio). Raises `InputError` for a public panel or an unknown municipality.
    Source: simulation of the test itself (`power`).

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> [(one.ahead, one.months_after) for one in smallest_visible(panel, events["meeting"], municipality="001")]
    [(0, 12)]
    """
    asked = question.about(event, outcome)
    counts = counts_of(panel, asked)
    if counts is None:
        return []
    window = window_of(counts, panel, event, municipality, asked)
    if not window.assessable and window.reason not in _WAITING:
        return []
    waits = not window.assessable
    trial = _trial(counts, panel, event, municipality, asked) if waits else window
    if not trial.assessable:
        return []
    now = window.n_post
    if waits and event.dated:  # months that have still to pass before the first month after count too
        now = months.number(counts.months[-1]) - months.number(event.post_start) + 1
    closed = not waits and (window.cut_after or event.until or event.impact == "pulse")
    ahead = {0: now} if closed else {a: max(min(now + a, asked.post_months), 0) for a in AHEAD}
    wanted: dict[int, int] = {}
    for a, n in ahead.items():
        if n >= (1 if event.impact == "pulse" else LEAST_MONTHS) and n not in wanted.values():
            wanted[a] = n
    ratios = _ratios(counts, trial, event, tuple(wanted.values()), asked)
    return [Visible(a, n, ratio) for (a, n), ratio in zip(wanted.items(), ratios, strict=True)]


def _trial(counts: Counts, panel: pd.DataFrame, event: Event, municipality: str | None, question: Question) -> Window:
    """The last 6 months of before in the place of after."""
    last = min(event.pre_end, counts.months[-1]) if event.dated else counts.months[-1]
    earlier = panel[panel["month"] <= pd.Timestamp(f"{last}-01")]
    start = f"{months.shift(last, 1 - _TRIAL)}-01"
    changes = {"date": start, "until": None, "impact": "step", "roll_in_months": 0, "anticipation_months": 0}
    alone = Event(**{**event.model_dump(), **changes})  # its neighbours in the register are not asked
    asked = replace(question, post_months=_TRIAL)
    shorter = counts_of(earlier, asked)
    return (
        Window("", event.id, counts.outcome, reason="not_observed")
        if shorter is None
        else window_of(shorter, earlier, alone, municipality, asked)
    )


def _ratios(
    counts: Counts, window: Window, event: Event, months_after: tuple[int, ...], question: Question
) -> list[float | None]:
    if window.municipality and (len(window.donors) >= LEAST_DONORS or window.busy is not None):
        return _by_rank(counts, window, months_after, question.seed)
    effect = its_effect(counts, window, event, question.without_detectable())
    if effect.estimate is None or not effect.conf_low or not effect.conf_high:
        return [None for _ in months_after]
    quantile = float(t_quantile(0.975, effect.details["df"]))
    error = float(np.log(effect.conf_high / effect.conf_low)) / (2 * quantile)
    had = _relative_error(window, event, window.n_post, effect.details["rho"])
    found: list[float | None] = []
    for n in months_after:
        grown = error * _relative_error(window, event, n, effect.details["rho"]) / had
        found.append(float(np.exp((quantile + 0.84) * grown)))
    return found


def _relative_error(window: Window, event: Event, months_after: int, rho: float) -> float:
    """The design's own error with so many months after: a trend makes it fall more slowly than their number."""
    post = months.span(window.post[0], months.shift(window.post[0], months_after - 1))
    regression = build(replace(window, post=tuple(post)), event, trend=True, slope=False, harmonics=0)
    return relative_error(regression, rho)


def _by_rank(counts: Counts, window: Window, months_after: tuple[int, ...], seed: int) -> list[float | None]:
    window = without_silent_donors(counts, window)
    found = compare(counts, (window.municipality, *window.donors), window)
    before = float(found.totals.before[0, 0]) + 0.5
    expected = before * float(np.exp(found.result.centre[0, 0] + found.totals.log_exposure[0, 0]))
    error = growth_details(counts, window, found.noise).get("growth_error", 0.0)
    monthly = expected / window.n_post
    return detectable_by_months(found, before, monthly, months_after, seed, growth_error=error)
