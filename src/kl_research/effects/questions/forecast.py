"""What could be seen now and later: the judgement, on the months there are and on months drawn for the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.effects.checks.growth import growth_details
from kl_research.effects.checks.silence import without_silent_donors
from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs import controlled
from kl_research.effects.designs.choice import choose_primary, expected_after, run_on_window
from kl_research.effects.questions.dates import dated
from kl_research.effects.questions.futures import change_before, continued, futures
from kl_research.effects.window import Window, window_of
from kl_research.statistics.growth import LONG
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

AHEAD = (0, 3, 6, 12)  # months from now
_UNDATED = (3, 6, 12)  # months after, for a date not known yet
_WAITING = ("too_few_months_after", "after_data", "too_few_calls")
_DRAWS = 30
_FEWER = 6  # for designs whose answer hardly varies with what comes, and takes longer
_NOTHING = 50.0  # stands for "nothing below this ratio could be seen" while answers are ordered
_WIDER = 1.3  # noise and spread are estimates too: so that 8 of 10 are held (benchmarks/forecast.py, other registers)
_LEAST = 0.12
POINT = 0.15  # a range within this of its middle is told as one number


@dataclass(frozen=True)
class Visible:
    """The smallest rate ratio above 1 claimed with 80 % probability, `ahead` months from now; None: not even 50.

    `low` to `high` hold what the judgement will say then in 8 of 10 cases; both are the ratio where all of its months
    are there already. `high` None: not even 50.
    """

    ahead: int
    months_after: int
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def sure(self) -> bool:
        """Whether the ratio can be told as one number: the range is within 15 % of it."""
        if self.ratio is None or self.low is None or self.high is None:
            return self.ratio is None and self.low is None
        return self.high <= self.ratio * (1 + POINT) and self.low >= self.ratio * (1 - POINT)


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
    the answer is the judgement's own; later, it is what the judgement says on months drawn from the noise of those
    before (`futures`): the middle of the answers, and a range that holds 8 of 10. Against comparison municipalities
    the range is wide, for what must be passed is the largest or second largest change among them, and theirs is still
    to come. Without a date: what could be claimed if it lay 3, 6 or 12 months back.

    Parameters
    ----------
    ahead : tuple[int, ...], optional
        Months from now to look at.

    Returns
    -------
    list[Visible]
        Months after, the smallest rate ratio that would be claimed, and its range.

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
            found.append(Visible(a, window.n_post, *_ratio(counts, a, window, event, asked)))
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
            found.append(Visible(n, window.n_post, *_ratio(counts, 0, window, then, question)))
    return found


def _ratio(
    counts: Counts, by: int, window: Window, event: Event, question: Question
) -> tuple[float | None, float | None, float | None]:
    """The smallest ratio claimed in a window `by` months from now, and its range."""
    design = _design(continued(counts, by), window, event)
    if window.post[-1] <= counts.months[-1]:
        own = _claimed(counts, window, event, design, question)
        return own, own, own
    change = change_before(counts, window, event)
    if change is None:
        return None, None, None
    draws = _DRAWS if design == controlled.NAME else _FEWER
    coming = futures(counts, by, change, n=window.n_post, draws=draws, seed=question.seed)
    answers = [_claimed(later, window, event, design, question) or _NOTHING for later in coming]
    low, middle, high = np.quantile(np.log(answers), (0.1, 0.5, 0.9))
    down, up = (max(_WIDER * far, _LEAST) for far in (middle - low, high - middle))
    told = [float(np.exp(x)) for x in (middle, max(middle - down, 0.0), middle + up)]
    ratio, least, most = (x if x < _NOTHING else None for x in told)
    return ratio, least, most


def _design(counts: Counts, window: Window, event: Event) -> str:
    local = window.municipality != "" and not event.national
    return choose_primary(window, expected_after(counts, window), local=local)


def _claimed(counts: Counts, window: Window, event: Event, design: str, question: Question) -> float | None:
    """The judgement's smallest ratio; of the rank test only that is computed, as it is asked for many times."""
    if design != controlled.NAME:
        return run_on_window(counts, window, event, design, question).detectable
    window = without_silent_donors(counts, window)
    found = controlled.compare(counts, (window.municipality, *window.donors), window)
    totals = found.totals
    before = float(totals.before[0, 0]) + 0.5
    expected = before * float(np.exp(found.result.centre[0, 0] + totals.log_exposure[0, 0]))
    growth = growth_details(counts, window, found.noise)
    (ratio,) = controlled.detectable_by_months(
        found,
        before,
        expected / window.n_post,
        (window.n_post,),
        question.seed,
        growth_error=growth.get("growth_error", 0.0),
        growth_months=growth.get("growth_months", LONG),
    )
    return ratio
