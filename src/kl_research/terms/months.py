"""Months are strings, "2025-01": they sort, they compare, they survive YAML, CSV and JSON unchanged."""

from __future__ import annotations

import re
from functools import lru_cache

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
# A month that is asked for, in a study, a register or a plan: the years that the cells of a raw file may name.
PATTERN = r"(19|20)\d{2}-(0[1-9]|1[0-2])"


def is_month(text: object) -> bool:
    """Whether `text` is a month as used everywhere here.

    >>> is_month("2025-01"), is_month("2025-13"), is_month("2025-1")
    (True, False, False)
    """
    return isinstance(text, str) and _MONTH.fullmatch(text) is not None


@lru_cache(maxsize=4096)  # windows ask for the same few months thousands of times
def number(month: str) -> int:
    """Months since year 0, for arithmetic.

    >>> number("2025-03") - number("2024-12")
    3
    """
    match = _MONTH.fullmatch(month)
    if match is None:
        raise ValueError(f"{month!r} is not a month such as '2025-01'")
    return int(match[1]) * 12 + int(match[2]) - 1


def month(n: int) -> str:
    """The month with number `n`: the inverse of `number`.

    >>> month(number("2025-03"))
    '2025-03'
    """
    return f"{n // 12:04d}-{n % 12 + 1:02d}"


def shift(start: str, by: int) -> str:
    """The month `by` months after `start` (before, when negative).

    >>> shift("2024-11", 3), shift("2025-01", -1)
    ('2025-02', '2024-12')
    """
    return month(number(start) + by)


def span(first: str, last: str) -> list[str]:
    """All months from `first` to `last`, both included; empty when `last` comes earlier.

    >>> span("2024-11", "2025-01")
    ['2024-11', '2024-12', '2025-01']
    """
    return [month(n) for n in range(number(first), number(last) + 1)]
