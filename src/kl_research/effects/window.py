"""The window of an event: the months of which municipalities an answer rests on, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kl_research.effects.counts import Counts, Subject, counts_of
from kl_research.effects.donors import LEAST_COMPARED, LEAST_DONORS, donors_of, history_of
from kl_research.effects.effect import Threat
from kl_research.effects.free_stretches import busy_months, enough_stretches
from kl_research.effects.span import CHANGES, cuts, span_of, touches
from kl_research.effects.threats import threats_of
from kl_research.effects.usable import (
    LEAST_MONTHS,
    after_start,
    just_begun,
    months_for_calls,
    observed_throughout,
    too_few_calls,
    usable_months,
    why_not,
)
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.panel import states_inferred
from kl_research.terms.question import ORDINARY, Question

MONTHLY_SPREAD = 0.3  # variance of a monthly rate beyond chance, carry-over included, when windows are weighed up
SHORTER = ((18, 12, 9), (9, 6))  # months before and after that are tried where events leave few to compare with
_WAITING = ("too_few_months_after", "after_data", "too_few_calls")  # reasons that more months may remove


@dataclass(frozen=True)
class Window:
    """The months and municipalities an answer rests on; `reason` is empty when there are enough.

    `pre` and `post` are the observed months used, `left_out` those between them (roll-in, anticipation).
    `earliest_month` is the last month of data needed, where waiting helps. `donors` were observed in every month
    of the window, had no event of their own in it, and expect enough calls. `members` are the areas whose counts
    are added up: one municipality, or for a national event all that were observed throughout. `silent` are
    donors taken out because they fell silent (`checks.silence`). `just_begun`: the months before reach back to
    the first after connection or first use. `history`: all months before that `pre` could have had without
    `pre_months`, and `history_donors` those of the donors that have all of them; they tell how fast the area grew.
    `busy`: the months of every area with an event of its own, where few can be compared with (`free_stretches`).
    """

    municipality: str
    event: str
    outcome: str
    pre: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    post: tuple[str, ...] = ()
    reason: str = ""
    earliest_month: str = ""
    donors: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    threats: tuple[Threat, ...] = ()
    cut_before: str = ""
    cut_after: str = ""
    silent: tuple[str, ...] = ()
    just_begun: bool = False
    history: tuple[str, ...] = ()
    history_donors: tuple[str, ...] = ()
    busy: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def assessable(self) -> bool:
        """Whether a design may be used."""
        return not self.reason

    @property
    def used(self) -> tuple[str, ...]:
        """The observed months of both sides."""
        return (*self.pre, *self.post)

    @property
    def segment(self) -> np.ndarray:
        """0 for each month used before, 1 for each after."""
        return np.repeat([0, 1], [self.n_pre, self.n_post])

    @property
    def n_pre(self) -> int:
        """Observed months before."""
        return len(self.pre)

    @property
    def n_post(self) -> int:
        """Observed months after."""
        return len(self.post)


def assess(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    outcome: str | None = None,
    question: Question = ORDINARY,
) -> Window:
    """The window rule of the contract: which months count, which donors, which threats, or why not (yet).

    The other events of the register come from `event.others()`. `municipality=None`: the national sum. Units: months.

    Returns
    -------
    Window
        A `Window`: months as text, `reason` and `earliest_month` where there is no answer yet.

    Raises
    ------
    InputError
        For a public panel or a municipality that is not in it.

    References
    ----------
    EPOC, interrupted time series (at least three points on either side).

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> assess(panel, events["meeting"], municipality="001").n_post
    12
    """
    asked = question.about(event, outcome)
    counts = counts_of(panel, asked)
    if counts is None:
        return Window(municipality or "", event.id, str(asked.outcome), reason="outcome_not_in_data")
    return window_of(counts, panel, event, municipality, asked)


def event_windows(
    panel: pd.DataFrame, events: Mapping[str, Event], question: Question = ORDINARY
) -> list[tuple[str, str]]:
    """First and last month of before and of after, of every dated event that may move the numbers.

    Decided from dates and from the states of months, never from counts. An event has several where other events cut
    it short in some of its municipalities.

    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> event_windows(panel, {"meeting": events["meeting"]})
    [('2022-01', '2023-12'), ('2024-01', '2024-12')]
    """
    found: list[tuple[str, str]] = []
    counts = counts_of(panel, question.of("calls"))
    assert counts is not None  # every panel has calls
    for event in (event for event in events.values() if event.dated and event.kind in CHANGES):
        areas: list[str | None] = [None] if event.national else []
        for area in [*areas, *(code for code in counts.codes if touches(event, code, panel))]:
            for alone in (False, True):
                cutting = [o for o in event.others() if cuts(o, area, panel, alone=alone)]
                span = span_of(counts, event, cutting, question.pre_months, question.post_months)
                found += [(span.pre_first, span.pre_last), (span.post_first, span.post_last)]
    return [(first, last) for first, last in dict.fromkeys(found) if first <= last]


def window_of(
    counts: Counts, panel: pd.DataFrame, event: Event, municipality: str | None, question: Question
) -> Window:
    """`assess` on matrices already made; `panel` is asked for regions only.

    A national event is shared by the donors and leaves a local window as it is; with fewer than three of them nothing
    tells the two apart, and it cuts. Where events of their own leave fewer than 19 donors, shorter windows are tried
    and the one is taken in which the ratio is expected to vary least.
    """
    if municipality is not None:
        counts.column(municipality)
    if not event.dated:
        return Window(municipality or "", event.id, counts.outcome, reason="undated")
    asked = Subject(counts, panel, event, municipality)
    alone = municipality is None or event.national
    window = _window(asked, question, alone=alone)
    if alone or len(window.donors) >= LEAST_DONORS:
        return window
    if not window.assessable:
        return window if len(window.donors) >= LEAST_COMPARED else _window(asked, question, alone=True)
    busy = busy_months(counts, panel, event)
    shorter = (_window(asked, short, alone=False) for short in _shorter(window, question))
    possible = [one for one in (window, *shorter) if _compared(counts, one, busy)]
    if not possible:
        return _window(asked, question, alone=True)
    window = min(possible, key=lambda one: _expected_variance(counts, window, one))
    return window if len(window.donors) >= LEAST_DONORS else replace(window, busy=busy)


def _compared(counts: Counts, window: Window, busy: np.ndarray) -> bool:
    """Whether there are enough to compare with: for a rank among them, or among the panel's event-free stretches."""
    few = window.assessable and len(window.donors) >= LEAST_COMPARED
    return few and (len(window.donors) >= LEAST_DONORS or enough_stretches(counts, busy, window.used, window.post[0]))


def _shorter(window: Window, question: Question) -> list[Question]:
    """The same question over fewer months, as far as the window has them."""
    before = [n for n in SHORTER[0] if n < window.n_pre] + [question.pre_months]
    after = [n for n in SHORTER[1] if n < window.n_post] + [question.post_months]
    pairs = [(b, a) for b in before for a in after][:-1]
    return [replace(question, pre_months=b, post_months=a) for b, a in pairs]


def _expected_variance(counts: Counts, longest: Window, window: Window) -> float:
    """Of the log ratio in a window, counted on what came before the event."""
    calls = max(float(counts.block(longest.pre, longest.members)[0].mean()), 0.1)
    months_ = 1 / window.n_pre + 1 / window.n_post
    return months_ * (1 / calls + MONTHLY_SPREAD + MONTHLY_SPREAD / len(window.donors))


def _window(asked: Subject, question: Question, *, alone: bool) -> Window:
    counts, panel, event, municipality = asked.counts, asked.panel, asked.event, asked.municipality
    cutting = [o for o in event.others() if cuts(o, municipality, panel, alone=alone)]
    span = span_of(counts, event, cutting, question.pre_months, question.post_months)
    least = 1 if event.impact == "pulse" else LEAST_MONTHS

    usable = usable_months(counts, municipality)
    pre = [m for m in months.span(span.pre_first, span.pre_last) if m in usable]
    if municipality is not None:
        pre = after_start(counts, municipality, span, pre)
    post = [m for m in months.span(span.post_first, span.post_last) if m in usable]
    members = (municipality,) if municipality is not None else observed_throughout(counts, pre + post)
    reason, earliest = why_not(asked, span, pre, post, least), ""
    if reason == "not_started" and states_inferred(panel):
        reason = "not_begun"  # nobody said that it is connected
    if not reason and too_few_calls(counts, members, pre, post):
        reason = "too_few_calls"
    if reason in _WAITING:
        needed = max(least, months_for_calls(counts, members, pre))
        if needed <= span.longest:
            earliest = span.earliest(counts.months[-1], len(post), needed)
            reason = reason if earliest or reason == "too_few_calls" else span.why_never
        else:
            # Waiting does not help; a window cut too short is told as that.
            reason = "too_few_calls" if least <= span.longest else span.why_never
        least = max(least, min(needed, span.longest))
    donors: tuple[str, ...] = ()
    if municipality is not None and not event.national and pre:
        donors = donors_of(asked, pre, post or [span.post_first], max(len(post), least))
    history, history_donors = history_of(asked, span, cutting, pre, donors)
    left_out = months.span(months.shift(span.pre_last, 1), months.shift(span.post_first, -1))
    return Window(
        municipality or "",
        event.id,
        counts.outcome,
        tuple(pre),
        tuple(left_out),
        tuple(post),
        reason,
        earliest,
        donors,
        members,
        threats_of(asked, span, pre, earliest, overlapped=reason == "overlapping_event"),
        span.cut_before,
        span.cut_after,
        just_begun=just_begun(counts, municipality, pre),
        history=history,
        history_donors=history_donors,
    )
