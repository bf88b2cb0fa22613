"""Which months of which municipalities count for an event, and when there are enough of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kl_research.effects.counts import HIDDEN, Counts, counts_of
from kl_research.effects.effect import Threat
from kl_research.effects.free_stretches import busy_months, enough_stretches
from kl_research.effects.span import CHANGES, Span, cuts, last_month_of, span_of, touches
from kl_research.effects.threats import threats_of
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.panel import area_region, states_inferred
from kl_research.terms.question import ORDINARY, Question

YEAR = 12
MONTHLY_SPREAD = 0.3  # variance of a monthly rate beyond chance, carry-over included, when windows are weighed up
LEAST_MONTHS = 3  # on either side (EPOC); a pulse may have one month after
LEAST_EXPECTED = 5  # calls expected under no change, on either side
LEAST_HISTORY_DONORS = 10  # with all earlier months, to take growth from them
LEAST_COMPARED = 3  # fewer are no comparison
LEAST_DONORS = 19  # for a rank among the donors alone: fewer cannot give a p-value of .05
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
    ask = (counts, panel, event, municipality)
    alone = municipality is None or event.national
    window = _window(*ask, question, alone=alone)
    if alone or len(window.donors) >= LEAST_DONORS:
        return window
    if not window.assessable:
        return window if len(window.donors) >= LEAST_COMPARED else _window(*ask, question, alone=True)
    busy = busy_months(counts, panel, event)
    shorter = (_window(*ask, short, alone=False) for short in _shorter(window, question))
    possible = [one for one in (window, *shorter) if _compared(counts, one, busy)]
    if not possible:
        return _window(*ask, question, alone=True)
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


def _window(
    counts: Counts,
    panel: pd.DataFrame,
    event: Event,
    municipality: str | None,
    question: Question,
    *,
    alone: bool,
) -> Window:
    cutting = [o for o in event.others() if cuts(o, municipality, panel, alone=alone)]
    span = span_of(counts, event, cutting, question.pre_months, question.post_months)
    least = 1 if event.impact == "pulse" else LEAST_MONTHS

    usable = _usable_months(counts, municipality)
    pre = [m for m in months.span(span.pre_first, span.pre_last) if m in usable]
    if municipality is not None:
        pre = _after_start(counts, municipality, span, pre)
    post = [m for m in months.span(span.post_first, span.post_last) if m in usable]
    members = (municipality,) if municipality is not None else _observed_throughout(counts, pre + post)
    reason, earliest = _reason(counts, municipality, event, span, pre, post, least), ""
    if reason == "not_started" and states_inferred(panel):
        reason = "not_begun"  # nobody said that it is connected
    if not reason and _too_few_calls(counts, members, pre, post):
        reason = "too_few_calls"
    if reason in _WAITING:
        needed = max(least, _months_for_calls(counts, members, pre))
        if needed <= span.longest:
            earliest = span.earliest(counts.months[-1], len(post), needed)
            reason = reason if earliest or reason == "too_few_calls" else span.why_never
        else:
            # Waiting does not help; a window cut too short is told as that.
            reason = "too_few_calls" if least <= span.longest else span.why_never
        least = max(least, min(needed, span.longest))
    donors: tuple[str, ...] = ()
    if municipality is not None and not event.national and pre:
        donors = _donors(counts, panel, event, municipality, pre, post or [span.post_first], max(len(post), least))
    history, history_donors = _history(counts, panel, event, municipality, (span, cutting, pre), donors)
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
        threats_of(counts, panel, event, municipality, span, pre, earliest, reason == "overlapping_event"),
        span.cut_before,
        span.cut_after,
        just_begun=_just_begun(counts, municipality, pre),
        history=history,
        history_donors=history_donors,
    )


def _history(
    counts: Counts,
    panel: pd.DataFrame,
    event: Event,
    municipality: str | None,
    before: tuple[Span, Sequence[Event], list[str]],
    donors: tuple[str, ...],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All months before that may count, and the donors that have them; the window's own where those are too few."""
    span, cutting, pre = before
    if municipality is None or not donors:
        return tuple(pre), donors
    first = span_of(counts, event, cutting, len(counts.months), 1).pre_first
    usable = _usable_months(counts, municipality)
    longer = [m for m in months.span(first, span.pre_last) if m in usable]
    longer = _after_start(counts, municipality, span, longer)
    have = set(_observed_throughout(counts, longer)) & set(donors)
    have &= set(undisturbed(panel, event, donors, longer[0], longer[-1])) if longer else set()
    if len(have) < min(LEAST_HISTORY_DONORS, len(donors)):
        return tuple(pre), donors
    return tuple(longer), tuple(code for code in donors if code in have)


def _usable_months(counts: Counts, municipality: str | None) -> set[str]:
    """A municipality's observed months; nationally those in which most areas with any number have one."""
    seen = ~np.isnan(counts.values)
    if municipality is not None:
        usable = seen[:, counts.column(municipality)]
    else:
        active = seen[:, seen.any(axis=0)]
        usable = active.mean(axis=1) > 0.5 if active.size else np.zeros(len(counts.months), dtype=bool)
    return {month for month, use in zip(counts.months, usable, strict=True) if use}


def _after_start(counts: Counts, municipality: str, span: Span, pre: list[str]) -> list[str]:
    """Before counts from the last month that was not yet connected or started."""
    states = counts.states[:, counts.column(municipality)]
    closed = [
        m
        for m, s in zip(counts.months, states, strict=True)
        if s in ("not_connected", "not_started") and m <= span.pre_last
    ]
    return [m for m in pre if not closed or m > closed[-1]]


def _just_begun(counts: Counts, municipality: str | None, pre: list[str]) -> bool:
    if municipality is None or not pre or pre[0] == counts.months[0]:
        return False
    before = counts.states[counts.rows((months.shift(pre[0], -1),)), counts.column(municipality)]
    return str(before[0]) in ("not_connected", "not_started")


def _reason(
    counts: Counts,
    municipality: str | None,
    event: Event,
    span: Span,
    pre: list[str],
    post: list[str],
    least: int,
) -> str:
    if municipality is not None:
        states = set(counts.states[:, counts.column(municipality)])
        if states <= {"not_connected", "not_started"}:
            return "not_connected" if "not_connected" in states else "not_started"
        if not states & {"observed"}:
            return "not_observed"
    if event.first_month < counts.months[0]:
        return "before_data"
    if event.first_month > counts.months[-1]:
        ahead = [m for m in months.span(span.pre_first, event.pre_end) if m > counts.months[-1]]
        if len(pre) + len(ahead) >= LEAST_MONTHS:
            return "after_data"
    if len(pre) < LEAST_MONTHS:
        if _lost(counts, municipality, months.span(span.pre_first, span.pre_last)) >= LEAST_MONTHS - len(pre):
            return "not_observed"
        return "overlapping_event" if span.cut_before else "too_few_months_before"
    if len(post) < least:
        lost = _lost(counts, municipality, months.span(span.post_first, span.post_last))
        over = span.post_wanted == span.post_last
        return "not_observed" if over and lost >= least - len(post) else "too_few_months_after"
    return ""


def _lost(counts: Counts, municipality: str | None, wanted: list[str]) -> int:
    """Months of one side without a number although the municipality was connected and had started."""
    if municipality is None or not wanted:
        return 0
    states = counts.states[counts.rows(tuple(wanted)), counts.column(municipality)]
    return int(np.isin(states, ("missing", "suppressed")).sum())


def _observed_throughout(counts: Counts, used: list[str]) -> tuple[str, ...]:
    if not used:
        return ()
    complete = ~np.isnan(counts.values[counts.rows(tuple(used))]).any(axis=0)
    return tuple(code for code, whole in zip(counts.codes, complete, strict=True) if whole)


def _too_few_calls(counts: Counts, members: Sequence[str], pre: list[str], post: list[str]) -> bool:
    return not enough_calls(counts.totals(pre, members).sum(), len(pre), len(post))


def _months_for_calls(counts: Counts, members: Sequence[str], pre: list[str]) -> int:
    """Months after in which 5 calls are to be expected; more than any window has where there were not 5 before."""
    before = counts.totals(pre, members).sum() if pre else 0.0
    if len(pre) < LEAST_MONTHS:
        return 0
    return int(np.ceil(LEAST_EXPECTED * len(pre) / before)) if before >= LEAST_EXPECTED else 10_000


def enough_calls(total_before: float, n_pre: int, n_post: int) -> bool:
    """At least 5 calls expected on either side, judged from the period before alone: zero after is an answer.

    >>> enough_calls(24, 24, 8), enough_calls(24, 24, 3), enough_calls(0, 24, 12)
    (True, False, False)
    """
    return total_before >= LEAST_EXPECTED and total_before / n_pre * n_post >= LEAST_EXPECTED


def _donors(
    counts: Counts, panel: pd.DataFrame, event: Event, municipality: str, pre: list[str], post: list[str], n_post: int
) -> tuple[str, ...]:
    """Observed in all months before, no event of their own in the window, of a size that lets calls be expected.

    What is hidden or missing after takes nobody out: those that fell would be the ones that are not compared with.
    Nor does the size rest on the months before alone: whoever had many calls by luck there would fall by itself.
    """
    after = [month for month in post if month in counts.months]
    size = _monthly_calls(counts, pre, after)
    return tuple(
        code
        for code in undisturbed(panel, event, _observed_throughout(counts, pre), pre[0], post[-1])
        if code != municipality
        and not event.touches(code, area_region(panel, code, event.first_month))
        and _mostly_known(counts, code, after)
        and enough_calls(size[counts.column(code)] * len(pre), len(pre), n_post)
    )


def _monthly_calls(counts: Counts, pre: list[str], post: list[str]) -> np.ndarray:
    """Each area's calls a month: before the window where a year is known there, else over both sides of it."""
    earlier = counts.values[: counts.rows((pre[0],))[0]]
    known = (~np.isnan(earlier)).sum(axis=0)
    rows = counts.rows((*pre, *post))
    hidden = counts.states[rows] == "suppressed"
    window = np.where(hidden, HIDDEN, np.nan_to_num(counts.values[rows])).mean(axis=0)
    long_ago = np.nansum(earlier, axis=0) / np.maximum(known, 1)
    return np.asarray(np.where(known >= YEAR, long_ago, window))


def _mostly_known(counts: Counts, code: str, months_: list[str]) -> bool:
    """Whether at least half of the months have a number, be it hidden."""
    if not months_:
        return True
    states = counts.states[counts.rows(tuple(months_)), counts.column(code)]
    return bool(np.isin(states, ("observed", "suppressed")).mean() >= 0.5)


def undisturbed(panel: pd.DataFrame, event: Event, codes: Sequence[str], first: str, last: str) -> list[str]:
    """The areas without an event of their own, beside `event`, from the month `first` to `last`."""
    own = [o for o in event.others() if o.kind in CHANGES and not o.national]
    # An undated event may lie in the window; a dated one is over once settled.
    inside = [o for o in own if not o.dated or (o.first_month <= last and last_month_of(o) >= first)]
    regions = {code: area_region(panel, code, event.first_month) for code in codes}
    return [code for code in codes if not any(o.touches(code, regions[code]) for o in inside)]
