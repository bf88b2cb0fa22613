"""Which cells are told: stretches of months and areas. Every further cell that overlaps others tells a little more.

Months, calendar quarters, half-years and years; the last 3, 6 and 12 months, the 12 before and the whole; before and
after of each dated event. The number of any other stretch is the sum of the fewest calendar blocks.
"""

from __future__ import annotations

from collections.abc import Iterable

from kl_research.terms import months

Span = tuple[str, str]
"""First and last month."""

BLOCKS = (12, 6, 3, 1)
"""Lengths of the calendar blocks, in months."""
LEAST_MUNICIPALITIES = 3
"""A region is told where at least so many municipalities are connected."""


def blocks(first: str, last: str) -> list[Span]:
    """The fewest calendar blocks that make up the months `first` to `last`.

    >>> blocks("2023-12", "2024-07")
    [('2023-12', '2023-12'), ('2024-01', '2024-06'), ('2024-07', '2024-07')]
    """
    found: list[Span] = []
    start, end = months.number(first), months.number(last)
    while start <= end:
        length = next(n for n in BLOCKS if start % n == 0 and start + n - 1 <= end)
        found.append((months.month(start), months.month(start + length - 1)))
        start += length
    return found


def windows(first: str, last: str, events: Iterable[Span] = ()) -> list[Span]:
    """Every stretch that is a cell of its own, within the data's months `first` to `last`; single months first.

    `events` are the stretches before and after each dated event.

    >>> windows("2024-01", "2024-04")
    [('2024-01', '2024-01'), ('2024-02', '2024-02'), ('2024-03', '2024-03'), ('2024-04', '2024-04'),
     ('2024-01', '2024-03'), ('2024-02', '2024-04'), ('2024-01', '2024-04')]
    """
    start, end = months.number(first), months.number(last)
    spans = [
        (begin, begin + length - 1)
        for length in reversed(BLOCKS)
        for begin in range(start, end + 1)
        if begin % length == 0 and begin + length - 1 <= end
    ]
    spans += [(end - length + 1, end) for length in (3, 6, 12)] + [(end - 23, end - 12), (start, end)]
    spans += [(months.number(a), months.number(b)) for a, b in events]
    inside = [(a, b) for a, b in dict.fromkeys(spans) if start <= a <= b <= end]
    return [(months.month(a), months.month(b)) for a, b in inside]
