"""What could be seen now and later: the window the judgement will use, with the noise of the months before it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kl_research.effects.checks.growth import growth_details
from kl_research.effects.checks.silence import without_silent_donors
from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs.choice import choose_primary, expected_after, run_on_window
from kl_research.effects.designs.controlled import compare, detectable_by_months
from kl_research.effects.designs.its import build, its_effect, relative_error
from kl_research.effects.donors import LEAST_COMPARED, LEAST_DONORS
from kl_research.effects.questions.dating import dated
from kl_research.effects.window import Window, window_of
from kl_research.statistics.distributions import t_quantile
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

AHEAD = (0, 3, 6, 12)  # months from now
_UNDATED = (3, 6, 12)  # months after, for a date not known yet
_WAITING = ("too_few_months_after", "after_data", "too_few_calls")
_YEAR = 12
_BACK = (0, 5, 10)  # months by which the stretches that tell the noise end before the event
_LEAST_TRIAL = 6  # months before, in the stretch that the noise is taken from


@dataclass(frozen=True)
class Visible:
    """The smallest rate ratio above 1 claimed with 80 % probability, `ahead` months from now; None: not even 50."""

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
    ahead: tuple[int, ...] = AHEAD,
) -> list[Visible]:
    """What could be claimed now and some months ahead; empty where nothing ever can.

    The window is the one the judgement will use then: the register's other events cut it and take donors away. Now,
    the answer is the judgement's own; later, the noise is that of the last months before the event, as many of them
    as the window will have. Without a date: what could be claimed if it lay 3, 6 or 12 months back.

    Parameters
    ----------
    ahead : tuple[int, ...], optional
        Months from now to look at.

    Returns
    -------
    list[Visible]
        Months after, and the smallest rate ratio that would be claimed.

    Raises
    ------
    InputError
        For a public panel or an unknown municipality.

    References
    ----------
    Simulation of the test itself (`power`); told and found: `benchmarks/forecast.py`.

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
    if not event.dated:
        return _if_dated(counts, panel, event, municipality, asked)
    found: list[Visible] = []
    for a in ahead:
        later = continued(counts, a)
        window = window_of(later, panel, event, municipality, asked)
        if not window.assessable:
            if window.reason not in _WAITING:
                break
            continue
        if not found or window.n_post != found[-1].months_after:
            found.append(Visible(a, window.n_post, _ratio(counts, later, window, event, asked)))
    return found


def answerable_from(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
    within: int = 24,
) -> str:
    """The last month of data with which the event can be judged, by running the data on; empty if never.

    Returns a month as text: the present last month if it can be judged already. Raises `InputError` for an unknown
    municipality.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> answerable_from(panel, events["release"])
    '2024-12'
    """
    asked = question.about(event)
    counts = counts_of(panel, asked)
    if counts is None or not event.dated:
        return ""
    for a in range(within + 1):
        window = window_of(continued(counts, a), panel, event, municipality, asked)
        if window.assessable:
            return months.shift(counts.months[-1], a)
        if window.reason not in _WAITING:
            return ""
    return ""


def continued(counts: Counts, by: int) -> Counts:
    """The counts run on by some months: whoever has a number last goes on at the level of the last year.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> counts = counts_of(panel, Question("calls"))
    >>> continued(counts, 2).months[-1], continued(counts, 2).values.shape[0] - counts.values.shape[0]
    ('2025-02', 2)
    """
    if by == 0:
        return counts
    recent = counts.values[-_YEAR:]
    known = (~np.isnan(recent)).sum(axis=0)
    level = np.where(known > 0, np.nansum(recent, axis=0) / np.maximum(known, 1), np.nan)
    level = np.where(np.isin(counts.states[-1], ("observed", "suppressed")), level, np.nan)
    states = np.where(np.isnan(level), counts.states[-1], "observed")
    return replace(
        counts,
        months=(
            *counts.months,
            *months.span(months.shift(counts.months[-1], 1), months.shift(counts.months[-1], by)),
        ),
        values=np.vstack([counts.values, np.tile(level, (by, 1))]),
        states=np.vstack([counts.states, np.tile(states, (by, 1))]),
        exposure=np.vstack([counts.exposure, np.tile(counts.exposure[-1], (by, 1))]),
        made_before=None,
    )


def _if_dated(
    counts: Counts, panel: pd.DataFrame, event: Event, municipality: str | None, question: Question
) -> list[Visible]:
    """What could be claimed of an event so many months back, its neighbours in the register included."""
    found: list[Visible] = []
    for n in _UNDATED:
        then = dated(event, months.shift(counts.months[-1], -n)).model_copy(update={"roll_in_months": 1})
        then._register = event._register
        window = window_of(counts, panel, then, municipality, question)
        if window.assessable and window.n_post <= n and (not found or window.n_post > found[-1].months_after):
            found.append(Visible(n, window.n_post, _ratio(counts, counts, window, then, question)))
    return found


def _ratio(counts: Counts, later: Counts, window: Window, event: Event, question: Question) -> float | None:
    """The smallest ratio claimed in a window: the design's own once its months are there, else by the past's noise.

    The mean over a few earlier stretches: one alone tells its own luck.
    """
    last = counts.months[-1]
    if window.post[-1] <= last:
        local = window.municipality != "" and not event.national
        design = choose_primary(window, expected_after(counts, window), local=local)
        return run_on_window(counts, window, event, design, question).detectable
    end = min(event.pre_end, last)
    trials = [_trial(counts, window, months.shift(end, -back)) for back in _BACK]
    compared = window.municipality and (len(window.donors) >= LEAST_DONORS or window.busy is not None)
    ratios = [
        _by_rank(counts, later, window, trial, question.seed)
        if compared
        else _by_fit(counts, window, trial, event, question)
        for trial in trials
        if trial is not None
    ]
    seen = [ratio for ratio in ratios if ratio is not None]
    return float(np.exp(np.mean(np.log(seen)))) if 2 * len(seen) > len(ratios) else None


def _trial(counts: Counts, window: Window, last: str) -> Window | None:
    """A stretch of the same lengths before the event, with those members and donors that have its months."""
    gap = months.number(window.post[0]) - months.number(window.pre[-1]) - 1
    post = months.span(months.shift(last, 1 - window.n_post), last)
    pre_last = months.shift(post[0], -1 - gap)
    known = months.number(pre_last) - months.number(counts.months[0]) + 1
    n_pre = min(window.n_pre, known)
    if n_pre < min(_LEAST_TRIAL, window.n_pre):
        return None
    pre = months.span(months.shift(pre_last, 1 - n_pre), pre_last)
    rows = counts.rows((*pre, *post))
    seen = ~np.isnan(counts.values[rows])
    whole = {code for code, all_ in zip(counts.codes, seen.all(axis=0), strict=True) if all_}
    members = tuple(code for code in window.members if code in whole)
    donors = tuple(code for code in window.donors if code in whole)
    if not members or len(donors) < min(LEAST_COMPARED, len(window.donors)):
        return None
    left_out = tuple(months.span(months.shift(pre_last, 1), months.shift(post[0], -1)))
    return replace(window, pre=tuple(pre), post=tuple(post), left_out=left_out, members=members, donors=donors)


def _by_rank(counts: Counts, later: Counts, window: Window, trial: Window, seed: int) -> float | None:
    """The rank test's, with the calls expected in the window and the noise of the trial."""
    trial = without_silent_donors(counts, trial)
    found = compare(counts, (window.municipality, *trial.donors), trial)
    before = float(later.totals(window.pre, window.members)[0]) + 0.5
    exposure = float(found.totals.log_exposure[0, 0]) - np.log(trial.n_post / trial.n_pre)
    monthly = before / window.n_pre * float(np.exp(exposure))
    known = replace(window, history=tuple(m for m in window.history if m in counts.months))
    error = growth_details(counts, known, found.noise).get("growth_error", 0.0) if known.history else 0.0
    return detectable_by_months(found, before, monthly, (window.n_post,), seed, growth_error=error)[0]


def _by_fit(counts: Counts, window: Window, trial: Window, event: Event, question: Question) -> float | None:
    """The regression's, its standard error carried from the trial to the window's months."""
    effect = its_effect(counts, trial, event, question.without_detectable())
    if effect.estimate is None or not effect.conf_low or not effect.conf_high:
        return None
    quantile = float(t_quantile(0.975, effect.details["df"]))
    error = float(np.log(effect.conf_high / effect.conf_low)) / (2 * quantile)
    rho = effect.details["rho"]
    error *= _relative_error(window, event, rho) / _relative_error(trial, event, rho)
    return float(np.exp((quantile + 0.84) * error))


def _relative_error(window: Window, event: Event, rho: float) -> float:
    """The design's own error in a window's months, whatever the level of the counts."""
    return relative_error(build(window, event, trend=True, slope=False, harmonics=0), rho)
