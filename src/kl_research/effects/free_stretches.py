"""Which stretches of the panel are free of events of their own, for a comparison with few others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.effects.counts import HIDDEN, Counts
from kl_research.effects.span import CHANGES, last_month_of, takes_place
from kl_research.statistics.stretches import effective
from kl_research.terms import months
from kl_research.terms.events import Event

LEAST_STRETCHES = 19  # that do not overlap; fewer cannot tell what is unusual


def busy_months(counts: Counts, panel: pd.DataFrame, event: Event) -> np.ndarray:
    """In which months an area has an event that not all have and that is not over, (T, areas).

    An undated event may be at any time.
    """
    busy = np.zeros(counts.values.shape, dtype=bool)
    start, end = counts.months[0], counts.months[-1]
    for other in (*event.others(), event):
        if other.kind not in CHANGES or other.national:
            continue
        first, last = (other.first_month, last_month_of(other)) if other.dated else (start, end)
        begin, over = (months.number(month) - months.number(start) for month in (first, last))
        rows = slice(max(begin, 0), max(over + 1, 0))
        month = min(max(first, start), end)
        for column, code in enumerate(counts.codes):
            if takes_place(other, code, panel, month):
                busy[rows, column] = True
    return busy


def starts_and_offsets(counts: Counts, used: tuple[str, ...], first_after: str) -> tuple[np.ndarray, np.ndarray]:
    """Every month the window could have begun its months after in, and where its months lie from there."""
    offsets = counts.rows(used) - counts.rows((first_after,))[0]
    return np.arange(-offsets[0], len(counts.months) - offsets[-1]), offsets


def free_stretches(counts: Counts, busy: np.ndarray, starts: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Stretches whose months are all known and without an event in or between them, (S, areas)."""
    known = ~np.isnan(known_values(counts))
    whole = [busy[s + offsets[0] : s + offsets[-1] + 1].any(axis=0) for s in starts]
    return np.asarray(known[starts[:, None] + offsets].all(axis=1) & ~np.array(whole))


def known_values(counts: Counts) -> np.ndarray:
    """The counts, hidden months as where they are compared with."""
    return np.where(counts.states == "suppressed", HIDDEN, counts.values)


def enough_stretches(counts: Counts, busy: np.ndarray, used: tuple[str, ...], first_after: str) -> bool:
    """Whether there are as many that do not overlap as a rank needs."""
    starts, offsets = starts_and_offsets(counts, used, first_after)
    return effective(free_stretches(counts, busy, starts, offsets), len(offsets)) >= LEAST_STRETCHES
