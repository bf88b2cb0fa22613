"""The stretches of months a pack shows: the last twelve beside the twelve before, half-years, and recent use."""

from __future__ import annotations

import re

from kl_research.terms import months
from kl_research.terms.errors import InputError


def period_text(first: str, last: str) -> str:
    """How a period is written in tables.

    >>> period_text("2024-03", "2025-02")
    '2024-03/2025-02'
    """
    return f"{first}/{last}"


def half_years(first: str, last: str) -> list[tuple[str, str]]:
    """The whole calendar half-years between two months.

    >>> half_years("2023-12", "2025-02")
    [('2024-01', '2024-06'), ('2024-07', '2024-12')]
    """
    starts = [m for m in months.span(first, last) if m.endswith(("-01", "-07"))]
    return [(m, months.shift(m, 5)) for m in starts if months.shift(m, 5) <= last]


def standard_periods(start: str, end: str, length: int = 12) -> list[tuple[str, str]]:
    """Everything up to `end`, the last `length` months, as many before, the last 6 and 3, and every half-year.

    >>> standard_periods("2023-01", "2024-12")[:3]
    [('2023-01', '2024-12'), ('2024-01', '2024-12'), ('2023-01', '2023-12')]
    """
    last = (months.shift(end, 1 - length), end)
    before = (months.shift(end, 1 - 2 * length), months.shift(end, -length))
    recent = [(months.shift(end, 1 - n), end) for n in (6, 3)]
    return list(dict.fromkeys([(start, end), last, before, *recent, *half_years(start, end)]))


def parse_period(text: str) -> tuple[str, str]:
    """First and last month of a period as a user types it: a year, half-year, quarter, month, or two months.

    >>> parse_period("2024H2"), parse_period("2024"), parse_period("2024-03/2025-02")
    (('2024-07', '2024-12'), ('2024-01', '2024-12'), ('2024-03', '2025-02'))

    Raises `InputError` for anything else.
    """
    if match := re.fullmatch(r"(\d{4})(?:([HQK])(\d))?", text.strip().upper()):
        year, part, which = match[1], match[2], int(match[3] or 1)
        length = {None: 12, "H": 6, "Q": 3, "K": 3}[part]
        if 1 <= which <= 12 // length:
            first = months.shift(f"{year}-01", length * (which - 1))
            return first, months.shift(first, length - 1)
    first, _, last = text.strip().partition("/")
    if months.is_month(first) and months.is_month(last or first) and first <= (last or first):
        return first, last or first
    expected = "2024, 2024H2, 2024Q3, 2024-07 or 2024-03/2025-02"
    raise InputError("period", repr(text), expected, "write the period in one of these ways")
