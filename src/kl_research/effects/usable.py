"""Which months of an area count on either side of an event, and when there are enough of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kl_research.effects.counts import Counts, Subject
from kl_research.effects.span import Span
from kl_research.terms import months

LEAST_MONTHS = 3  # on either side (EPOC); a pulse may have one month after
LEAST_EXPECTED = 5  # calls expected under no change, on either side


def usable_months(counts: Counts, municipality: str | None) -> set[str]:
    """A municipality's observed months; nationally those in which most areas with any number have one."""
    seen = ~np.isnan(counts.values)
    if municipality is not None:
        usable = seen[:, counts.column(municipality)]
    else:
        active = seen[:, seen.any(axis=0)]
        usable = active.mean(axis=1) > 0.5 if active.size else np.zeros(len(counts.months), dtype=bool)
    return {month for month, use in zip(counts.months, usable, strict=True) if use}


def after_start(counts: Counts, municipality: str, span: Span, pre: list[str]) -> list[str]:
    """Before counts from the last month that was not yet connected or started."""
    states = counts.states[:, counts.column(municipality)]
    closed = [
        m
        for m, s in zip(counts.months, states, strict=True)
        if s in ("not_connected", "not_started") and m <= span.pre_last
    ]
    return [m for m in pre if not closed or m > closed[-1]]


def just_begun(counts: Counts, municipality: str | None, pre: list[str]) -> bool:
    """Whether the month before those used is one before connection or first use."""
    if municipality is None or not pre or pre[0] == counts.months[0]:
        return False
    before = counts.states[counts.rows((months.shift(pre[0], -1),)), counts.column(municipality)]
    return str(before[0]) in ("not_connected", "not_started")


def why_not(asked: Subject, span: Span, pre: list[str], post: list[str], least: int) -> str:
    """The reason that the months known allow no answer yet, or ever; empty where there are enough."""
    counts, event, municipality = asked.counts, asked.event, asked.municipality
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


def observed_throughout(counts: Counts, used: list[str]) -> tuple[str, ...]:
    """The areas with a number in every one of these months."""
    if not used:
        return ()
    complete = ~np.isnan(counts.values[counts.rows(tuple(used))]).any(axis=0)
    return tuple(code for code, whole in zip(counts.codes, complete, strict=True) if whole)


def too_few_calls(counts: Counts, members: Sequence[str], pre: list[str], post: list[str]) -> bool:
    """Whether fewer than 5 calls are expected on a side."""
    return not enough_calls(counts.totals(pre, members).sum(), len(pre), len(post))


def months_for_calls(counts: Counts, members: Sequence[str], pre: list[str]) -> int:
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
