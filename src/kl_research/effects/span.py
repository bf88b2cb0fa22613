"""First and last month on either side of an event, before looking at what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from kl_research.effects.counts import Counts
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.panel import area_region

CHANGES = ("intervention", "measurement")  # kinds of event that may move the numbers; context never does


@dataclass(frozen=True)
class Span:
    """The months that may count; `post_wanted` is where the window would end if the data went on.

    `cut_before` and `cut_after` name the events that made it shorter, "until" an event's own end.
    """

    pre_first: str
    pre_last: str
    post_first: str
    post_last: str
    post_wanted: str
    cut_before: str
    cut_after: str

    @property
    def longest(self) -> int:
        """How many months after there would be if the data went on."""
        return months.number(self.post_wanted) - months.number(self.post_first) + 1

    def earliest(self, data_last: str, found: int, least: int) -> str:
        """The month with which the last one still needed arrives; empty when the window closes before."""
        following = max(self.post_first, months.shift(data_last, 1))
        month = months.shift(following, least - found - 1)
        return month if month <= self.post_wanted else ""

    @property
    def why_never(self) -> str:
        """Why waiting does not help."""
        return "overlapping_event" if self.cut_after not in ("", "until") else "too_short"


def span_of(counts: Counts, event: Event, cutting: Sequence[Event], pre_months: int, post_months: int) -> Span:
    """The contract's rule: at most so many months, cut by the area's other events, the event's end and the data."""
    data_first, data_last = counts.months[0], counts.months[-1]
    before = [o for o in cutting if o.first_month < event.first_month]
    after = [o for o in cutting if o.first_month > event.first_month]
    starts = [(months.shift(event.pre_end, 1 - pre_months), ""), *((_settled(o, event), o.id) for o in before)]
    pre_first, cut_before = max(starts)
    length = 1 if event.impact == "pulse" and not event.until else post_months
    ends = [
        (months.shift(event.post_start, length - 1), ""),
        *((months.shift(o.first_month, -1), o.id) for o in after),
        # A temporary event of before that goes on: when it ends, something else changes.
        *((o.until, o.id) for o in before if o.until and o.until >= event.post_start),
    ]
    post_wanted, cut_after = min([*ends, (event.until, "until")] if event.until else ends)
    return Span(
        max(pre_first, data_first),
        min(event.pre_end, data_last),
        event.post_start,
        min(post_wanted, data_last),
        post_wanted,
        cut_before if pre_first > starts[0][0] else "",
        cut_after,
    )


def _settled(earlier: Event, event: Event) -> str:
    """The first month in which an earlier event has settled; a temporary one has when it is over.

    One that ends with this event, in the months left out, was on in all of before and off in all of after: nothing
    of before is left.
    """
    if earlier.until and earlier.until < event.post_start:
        return months.shift(earlier.until, 1)
    if earlier.impact == "pulse" and not earlier.until:
        return months.shift(max(earlier.post_start, earlier.last_month), 1)
    return earlier.post_start


def cuts(other: Event, municipality: str | None, panel: pd.DataFrame, *, alone: bool) -> bool:
    """Whether another event bounds this window; `alone`: nobody shares the national ones for comparison."""
    if not other.dated or other.kind not in CHANGES:
        return False
    if other.national:
        return alone
    return municipality is not None and touches(other, municipality, panel)


def touches(other: Event, municipality: str | None, panel: pd.DataFrame) -> bool:
    """Whether another event takes place in the municipality, or for the nation in all."""
    if municipality is None:
        return other.national
    return takes_place(other, municipality, panel, other.first_month if other.dated else None)


def takes_place(event: Event, municipality: str, panel: pd.DataFrame, month: str | None) -> bool:
    """Whether an event takes place in a municipality, by the regions of a month (None: of the panel's last).

    The panel is asked only where the event has regions: windows ask this thousands of times.
    """
    if not event.regions:
        return event.touches(municipality, "")
    return event.touches(municipality, area_region(panel, municipality, month or f"{panel['month'].max():%Y-%m}"))


def last_month_of(other: Event) -> str:
    """The last month in which an event is not over and settled."""
    return max(months.shift(other.post_start, -1), other.last_month, other.until or "")
