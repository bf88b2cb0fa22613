"""Which months of which municipalities count for an event, and when there are enough of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research import months
from kl_research.effects.counts import Counts, counts_of, outcome_of
from kl_research.effects.effect import Threat
from kl_research.events import Event
from kl_research.panel import area_region

LEAST_MONTHS = 3  # on either side (EPOC); a pulse may have one month after
LEAST_EXPECTED = 5  # calls expected under no change, on either side
LEAST_DONORS = 19  # fewer cannot give a p-value of .05
NEAR = 2  # months before the window in which another event is still named
_CHANGES = ("intervention", "measurement")


@dataclass(frozen=True)
class Window:
    """The months and municipalities an answer rests on; `reason` is empty when there are enough.

    `pre` and `post` are the observed months used, `left_out` those between them (roll-in, anticipation).
    `earliest_month` is the last month of data needed, where waiting helps. `donors` were observed in every month
    of the window, had no event of their own in it, and expect enough calls. `members` are the areas whose counts
    are added up: one municipality, or for a national event all that were observed throughout.
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

    @property
    def assessable(self) -> bool:
        """Whether a design may be used."""
        return not self.reason

    @property
    def n_pre(self) -> int:
        """Observed months before."""
        return len(self.pre)

    @property
    def n_post(self) -> int:
        """Observed months after."""
        return len(self.post)


@dataclass(frozen=True)
class _Bounds:
    """First and last month on either side, before looking at what was observed."""

    pre_first: str
    pre_last: str
    post_first: str
    post_last: str
    post_wanted: str  # where the window would end if the data went on
    cut_before: str
    cut_after: str


def assess(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    outcome: str | None = None,
    pre_months: int = 24,
    post_months: int = 12,
    offset: str | None = None,
) -> Window:
    """The window rule of the contract: which months count, which donors, which threats, or why not (yet).

    The other events of the register come from `event.others()`. `municipality=None`: the national sum.
    Raises `InputError` for a public panel or a municipality that is not in it.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> assess(panel, events["meeting"], municipality="001").n_post
    12
    """
    chosen = outcome_of(event, outcome)
    counts = counts_of(panel, chosen, offset)
    if counts is None:
        return Window(municipality or "", event.id, chosen, reason="outcome_not_in_data")
    return window_of(counts, panel, event, municipality, pre_months, post_months)


def window_of(
    counts: Counts, panel: pd.DataFrame, event: Event, municipality: str | None, pre_months: int, post_months: int
) -> Window:
    """`assess` on matrices already made; `panel` is asked for regions only."""
    code = municipality or ""
    if municipality is not None:
        counts.column(municipality)
    if not event.dated:
        return Window(code, event.id, counts.outcome, reason="undated")
    others = event.others()
    cutting = [o for o in others if o.dated and o.kind in _CHANGES and _cuts(o, event, municipality, panel)]
    bounds = _bounds(counts, event, cutting, pre_months, post_months)
    least = 1 if event.impact == "pulse" else LEAST_MONTHS

    usable = _usable_months(counts, municipality)
    pre = [m for m in months.span(bounds.pre_first, bounds.pre_last) if m in usable]
    if municipality is not None:
        pre = _after_start(counts, municipality, bounds, pre)
    post = [m for m in months.span(bounds.post_first, bounds.post_last) if m in usable]
    reason = _reason(counts, municipality, event, bounds, pre, post, least)
    earliest = _earliest(counts, bounds, post, least) if reason in ("too_few_months_after", "after_data") else ""
    if earliest == "never":
        reason, earliest = _why_never(bounds), ""

    threats = _threats(counts, panel, event, municipality, bounds, pre, post, earliest)
    members = (municipality,) if municipality is not None else _observed_throughout(counts, pre + post)
    if not reason and _too_few_calls(counts, members, pre, post):
        reason = "too_few_calls"
    donors: tuple[str, ...] = ()
    if municipality is not None and not event.national and pre and post:
        donors = _donors(counts, panel, event, others, municipality, pre, post)
    left_out = months.span(months.shift(bounds.pre_last, 1), months.shift(bounds.post_first, -1))
    return Window(
        code, event.id, counts.outcome, tuple(pre), tuple(left_out), tuple(post), reason, earliest, donors, members,
        threats, bounds.cut_before, bounds.cut_after,
    )  # fmt: skip


def _cuts(other: Event, event: Event, municipality: str | None, panel: pd.DataFrame) -> bool:
    """National events cut only the window of national ones: comparison municipalities share them."""
    if other.national:
        return event.national
    if municipality is None:
        return False
    return other.touches(municipality, area_region(panel, municipality, other.first_month))


def _bounds(counts: Counts, event: Event, cutting: list[Event], pre_months: int, post_months: int) -> _Bounds:
    data_first, data_last = counts.months[0], counts.months[-1]
    before = [o for o in cutting if o.first_month < event.first_month]
    after = [o for o in cutting if o.first_month > event.first_month]
    starts = [(months.shift(event.pre_end, 1 - pre_months), ""), *((_over(o, event), o.id) for o in before)]
    pre_first, cut_before = max(starts)
    length = 1 if event.impact == "pulse" and not event.until else post_months
    ends = [
        (months.shift(event.post_start, length - 1), ""),
        *((months.shift(o.first_month, -1), o.id) for o in after),
        # A temporary event of before that goes on: when it ends, something else changes.
        *((o.until, o.id) for o in before if o.until and o.until >= event.post_start),
    ]
    post_wanted, cut_after = min([*ends, (event.until, "until")] if event.until else ends)
    return _Bounds(
        max(pre_first, data_first), min(event.pre_end, data_last), event.post_start, min(post_wanted, data_last),
        post_wanted,
        cut_before if pre_first > starts[0][0] else "", cut_after,
    )  # fmt: skip


def _over(earlier: Event, event: Event) -> str:
    """The first month in which an earlier event has settled; a temporary one has when it ended before."""
    if earlier.until and earlier.until < event.first_month:
        return months.shift(earlier.until, 1)
    return earlier.post_start


def _usable_months(counts: Counts, municipality: str | None) -> set[str]:
    """A municipality's observed months; nationally those in which most areas with any number have one."""
    seen = ~np.isnan(counts.values)
    if municipality is not None:
        usable = seen[:, counts.column(municipality)]
    else:
        active = seen[:, seen.any(axis=0)]
        usable = active.mean(axis=1) > 0.5 if active.size else np.zeros(len(counts.months), dtype=bool)
    return {month for month, use in zip(counts.months, usable, strict=True) if use}


def _after_start(counts: Counts, municipality: str, bounds: _Bounds, pre: list[str]) -> list[str]:
    """Before counts from the last month that was not yet connected or started."""
    states = counts.states[:, counts.column(municipality)]
    closed = [
        m for m, s in zip(counts.months, states, strict=True)
        if s in ("not_connected", "not_started") and m <= bounds.pre_last
    ]  # fmt: skip
    return [m for m in pre if not closed or m > closed[-1]]


def _reason(
    counts: Counts,
    municipality: str | None,
    event: Event,
    bounds: _Bounds,
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
    if bounds.pre_last < counts.months[0]:
        return "before_data"
    if event.first_month > counts.months[-1]:
        return "after_data"
    if len(pre) < LEAST_MONTHS:
        if _lost(counts, municipality, months.span(bounds.pre_first, bounds.pre_last)) >= LEAST_MONTHS - len(pre):
            return "not_observed"
        return "overlapping_event" if bounds.cut_before else "too_few_months_before"
    if len(post) < least:
        lost = _lost(counts, municipality, months.span(bounds.post_first, bounds.post_last))
        over = bounds.post_wanted == bounds.post_last
        return "not_observed" if over and lost >= least - len(post) else "too_few_months_after"
    return ""


def _lost(counts: Counts, municipality: str | None, wanted: list[str]) -> int:
    """Months of one side without a number although the municipality was connected and had started."""
    if municipality is None or not wanted:
        return 0
    states = counts.states[counts.rows(tuple(wanted)), counts.column(municipality)]
    return int(np.isin(states, ("missing", "suppressed")).sum())


def _earliest(counts: Counts, bounds: _Bounds, post: list[str], least: int) -> str:
    """The month with which the last one still needed arrives; "never" when the window closes before."""
    following = max(bounds.post_first, months.shift(counts.months[-1], 1))
    month = months.shift(following, least - len(post) - 1)
    return month if month <= bounds.post_wanted else "never"


def _why_never(bounds: _Bounds) -> str:
    return "overlapping_event" if bounds.cut_after not in ("", "until") else "too_short"


def _observed_throughout(counts: Counts, used: list[str]) -> tuple[str, ...]:
    if not used:
        return ()
    complete = ~np.isnan(counts.values[counts.rows(tuple(used))]).any(axis=0)
    return tuple(code for code, whole in zip(counts.codes, complete, strict=True) if whole)


def _too_few_calls(counts: Counts, members: Sequence[str], pre: list[str], post: list[str]) -> bool:
    columns = [counts.column(code) for code in members]
    return not enough_calls(counts.values[counts.rows(tuple(pre))][:, columns].sum(), len(pre), len(post))


def enough_calls(total_before: float, n_pre: int, n_post: int) -> bool:
    """At least 5 calls expected on either side, judged from the period before alone: zero after is an answer.

    >>> enough_calls(24, 24, 8), enough_calls(24, 24, 3), enough_calls(0, 24, 12)
    (True, False, False)
    """
    return total_before >= LEAST_EXPECTED and total_before / n_pre * n_post >= LEAST_EXPECTED


def _donors(
    counts: Counts, panel: pd.DataFrame, event: Event, others: list[Event], municipality: str, pre: list[str],
    post: list[str],
) -> tuple[str, ...]:  # fmt: skip
    first, last = pre[0], post[-1]
    own = [o for o in others if o.kind in _CHANGES and not o.national]
    # An undated event may lie in the window, so its municipality is no donor.
    inside = [o for o in own if not o.dated or (o.first_month <= last and max(o.last_month, o.until or "") >= first)]
    totals = counts.values[counts.rows(tuple(pre))].sum(axis=0)
    donors = []
    for code in _observed_throughout(counts, pre + post):
        region = area_region(panel, code, event.first_month)
        if code == municipality or event.touches(code, region) or any(o.touches(code, region) for o in inside):
            continue
        if enough_calls(totals[counts.column(code)], len(pre), len(post)):
            donors.append(code)
    return tuple(donors)


def _threats(
    counts: Counts, panel: pd.DataFrame, event: Event, municipality: str | None, bounds: _Bounds, pre: list[str],
    post: list[str], earliest: str,
) -> tuple[Threat, ...]:  # fmt: skip
    first = months.shift(pre[0] if pre else bounds.pre_first, -NEAR)
    last = max(bounds.post_last, earliest)
    found: list[tuple[int, Threat]] = []
    for other in event.others():
        if other.kind not in _CHANGES or not _touches_area(other, municipality, panel):
            continue
        if not other.dated:
            if other.kind == "measurement":
                found.append((10**6, Threat("measurement_undated", other.id)))
            continue
        month = other.first_month
        distance = abs(months.number(month) - months.number(event.first_month))
        if month == event.first_month:
            found.append((distance, Threat("same_month", other.id, month)))
        elif other.last_month >= first and month <= last:
            own_cut = other.id in (bounds.cut_before, bounds.cut_after)
            inside = other.last_month >= months.shift(first, NEAR)
            if other.kind == "measurement" or (inside and not own_cut):
                code = "measurement_near" if other.kind == "measurement" else "intervention_near"
                found.append((distance, Threat(code, other.id, month)))
    named = [threat for _, threat in sorted(found, key=lambda pair: (pair[0], pair[1].event))]
    return (*named, *_gaps(counts, municipality, pre, post))


def _touches_area(other: Event, municipality: str | None, panel: pd.DataFrame) -> bool:
    if municipality is None:
        return other.national
    month = other.first_month if other.dated else panel["month"].max().strftime("%Y-%m")
    return other.touches(municipality, area_region(panel, municipality, month))


def _gaps(counts: Counts, municipality: str | None, pre: list[str], post: list[str]) -> list[Threat]:
    """Months inside the window without a number."""
    if municipality is None or not pre or not post:
        return []
    gaps: list[Threat] = []
    for months_used in (pre, post):
        inside = tuple(m for m in months.span(months_used[0], months_used[-1]) if m not in months_used)
        states = counts.states[counts.rows(inside), counts.column(municipality)] if inside else []
        for state, code in (("suppressed", "suppressed_months"), ("missing", "missing_months")):
            hit = [m for m, s in zip(inside, states, strict=True) if s == state]
            if hit and not any(t.code == code for t in gaps):
                gaps.append(Threat(code, "", hit[0]))
    return gaps
