"""Who an area is compared with: the donors of a window, and those that also have its earlier months."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kl_research.effects.counts import HIDDEN, Counts, Subject
from kl_research.effects.span import CHANGES, Span, last_month_of, span_of, takes_place
from kl_research.effects.usable import after_start, enough_calls, observed_throughout, usable_months
from kl_research.terms import months
from kl_research.terms.events import Event

YEAR = 12
LEAST_HISTORY_DONORS = 10  # with all earlier months, to take growth from them
LEAST_COMPARED = 3  # fewer are no comparison
LEAST_DONORS = 19  # for a rank among the donors alone: fewer cannot give a p-value of .05


def donors_of(asked: Subject, pre: list[str], post: list[str], n_post: int) -> tuple[str, ...]:
    """Observed in all months before, no event of their own in the window, of a size that lets calls be expected.

    What is hidden or missing after takes nobody out: those that fell would be the ones that are not compared with.
    Nor does the size rest on the months before alone: whoever had many calls by luck there would fall by itself.
    """
    counts, panel, event, municipality = asked.counts, asked.panel, asked.event, asked.municipality
    after = [month for month in post if month in counts.months]
    size, known = _monthly_calls(counts, pre, after), _mostly_known(counts, after)
    return tuple(
        code
        for code in undisturbed(panel, event, observed_throughout(counts, pre), pre[0], post[-1])
        if code != municipality
        and not takes_place(event, code, panel, event.first_month)
        and known[counts.column(code)]
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


def _mostly_known(counts: Counts, months_: list[str]) -> np.ndarray:
    """Of each area, whether at least half of the months have a number, be it hidden."""
    if not months_:
        return np.ones(len(counts.codes), dtype=bool)
    states = counts.states[counts.rows(tuple(months_))]
    return np.asarray(np.isin(states, ("observed", "suppressed")).mean(axis=0) >= 0.5)


def undisturbed(panel: pd.DataFrame, event: Event, codes: Sequence[str], first: str, last: str) -> list[str]:
    """The areas without an event of their own, beside `event`, from the month `first` to `last`."""
    own = [o for o in event.others() if o.kind in CHANGES and not o.national]
    # An undated event may lie in the window; a dated one is over once settled.
    inside = [o for o in own if not o.dated or (o.first_month <= last and last_month_of(o) >= first)]
    month = event.first_month
    return [code for code in codes if not any(takes_place(o, code, panel, month) for o in inside)]


def history_of(
    asked: Subject, span: Span, cutting: Sequence[Event], pre: list[str], donors: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All months before that may count, and the donors that have them; the window's own where those are too few."""
    counts, panel, event, municipality = asked.counts, asked.panel, asked.event, asked.municipality
    if municipality is None or not donors:
        return tuple(pre), donors
    first = span_of(counts, event, cutting, len(counts.months), 1).pre_first
    usable = usable_months(counts, municipality)
    longer = [m for m in months.span(first, span.pre_last) if m in usable]
    longer = after_start(counts, municipality, span, longer)
    have = set(observed_throughout(counts, longer)) & set(donors)
    have &= set(undisturbed(panel, event, donors, longer[0], longer[-1])) if longer else set()
    if len(have) < min(LEAST_HISTORY_DONORS, len(donors)):
        return tuple(pre), donors
    return tuple(longer), tuple(code for code in donors if code in have)
