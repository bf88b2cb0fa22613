"""What else may explain a difference or hide it: other events, months without a number, an event for a part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.effects.counts import Counts, Subject
from kl_research.effects.effect import Threat
from kl_research.effects.span import CHANGES, Span, touches
from kl_research.terms import months

REVISED = 0.1 - 1e-9  # as much as many interventions do; a hair less, as 1.1 - 1 is one to a computer
NEAR = 2  # months before the window in which another event is still named


def threats_of(asked: Subject, span: Span, pre: list[str], earliest: str, *, overlapped: bool) -> tuple[Threat, ...]:
    """Other events, nearest first, then gaps; `pre`: months used before, `earliest`: the last one waited for.

    An intervention that only bounds the window is no threat, unless it leaves too little of it (`overlapped`).
    """
    counts, panel, event, municipality = asked.counts, asked.panel, asked.event, asked.municipality
    inside = pre[0] if pre else span.pre_first
    first, last = months.shift(inside, -NEAR), max(span.post_last, earliest)
    found: list[tuple[int, Threat]] = []
    for other in event.others():
        if other.kind not in CHANGES or not touches(other, municipality, panel):
            continue
        if not other.dated:
            if other.kind == "measurement":
                found.append((10**6, Threat("measurement_undated", other.id)))
            continue
        month = other.first_month
        distance = abs(months.number(month) - months.number(event.first_month))
        cut = other.id in (span.cut_before, span.cut_after)
        if month == event.first_month:
            found.append((distance, Threat("same_month", other.id, month)))
        elif cut and overlapped and other.kind == "intervention":
            found.append((distance, Threat("intervention_near", other.id, month)))
        elif other.last_month >= first and month <= last:
            if other.kind == "measurement":
                found.append((distance, Threat("measurement_near", other.id, month)))
            elif other.last_month >= inside and not cut:
                found.append((distance, Threat("intervention_near", other.id, month)))
    named = [threat for _, threat in sorted(found, key=lambda pair: (pair[0], pair[1].event))]
    part = [Threat("part_of_area")] if event.administration or event.unit_type else []
    twice = [Threat("identical_rows")] if _has_identical_rows(panel, municipality) else []
    return (*named, *part, *_gaps(counts, municipality, span), *_denominator(counts, municipality, span), *twice)


def _has_identical_rows(panel: pd.DataFrame, municipality: str | None) -> bool:
    if "identical_rows" not in panel:
        return False
    return bool(panel.loc[panel["municipality"] == municipality, "identical_rows"].any())


def _denominator(counts: Counts, municipality: str | None, span: Span) -> list[Threat]:
    """Where the denominator changes by a tenth or more in the window, or is not known in some of its months."""
    if municipality is None:
        return []
    own = counts.column(municipality)
    used = [*months.span(span.pre_first, span.pre_last), *months.span(span.post_first, span.post_last)]
    inside = [m for m in used if counts.months[0] <= m <= counts.months[-1]]
    rows = counts.rows(tuple(inside))
    size, observed = counts.exposure[rows, own], counts.states[rows, own] == "observed"
    found = []
    if (observed & np.isnan(size)).any():
        found.append(Threat("denominator_unknown", "", inside[int(np.argmax(observed & np.isnan(size)))]))
    known = np.flatnonzero(~np.isnan(size))
    ratio = size[known][1:] / size[known][:-1]
    jumps = np.flatnonzero((ratio >= 1 + REVISED) | (ratio <= 1 - REVISED))
    return found + [Threat("denominator_revised", "", inside[known[k + 1]]) for k in jumps]


def _gaps(counts: Counts, municipality: str | None, span: Span) -> list[Threat]:
    """Months of the window without a number, at its edges as well; what lies before the first number is no gap."""
    if municipality is None:
        return []
    states = dict(zip(counts.months, counts.states[:, counts.column(municipality)], strict=True))
    begun = next((month for month, state in states.items() if state in ("observed", "suppressed")), "9999-12")
    both = [*months.span(span.pre_first, span.pre_last), *months.span(span.post_first, span.post_last)]
    gaps = []
    for state in ("suppressed", "missing"):
        hit = [m for m in both if m >= begun and states[m] == state]
        if hit:
            gaps.append(Threat(f"{state}_months", "", hit[0]))
    return gaps
