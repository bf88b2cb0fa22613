"""The days of a call log: pauses that are too long to be chance, and the months they leave in part."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

# Days without any call that weekends and holidays explain; a month that lacks more of them is not whole.
_QUIET_DAYS = 7
# The stretch beside a pause from which calls during it are expected, and the calls that make it an absence of data:
# with 20 expected none is seen once in 500 million (Poisson). The ends of a log, where only one side is known and an
# export is often cut, need 8 (once in 3,000).
_BESIDE, _EXPECTED_INSIDE, _EXPECTED_AT_ENDS = dt.timedelta(56), 20.0, 8.0
_SHORTEST_LOG = dt.timedelta(62)  # below it nothing is known of what is usual
_DAY = dt.timedelta(1)


def months_in_part(days: Mapping[dt.date, int]) -> list[str]:
    """Months with calls that lack more than a week of days on which calls were to be expected.

    >>> every_day = {dt.date(2024, 1, 1) + n * _DAY: 3 for n in range(366)}
    >>> months_in_part(every_day)
    []
    >>> months_in_part({day: n for day, n in every_day.items() if not "2024-07-15" <= f"{day}" <= "2024-09-05"})
    ['2024-07']
    >>> months_in_part({day: n for day, n in every_day.items() if "2024-02-20" <= f"{day}" <= "2024-11-12"})
    ['2024-02', '2024-11']
    """
    lost: Counter[str] = Counter()
    for first, last in _pauses(days):
        lost.update(f"{first + n * _DAY:%Y-%m}" for n in range((last - first).days + 1))
    seen = {f"{day:%Y-%m}" for day in days}
    return sorted(month for month, n in lost.items() if n > _QUIET_DAYS and month in seen)


def _pauses(days: Mapping[dt.date, int]) -> list[tuple[dt.date, dt.date]]:
    """Stretches of days that are absent from the data: longer than a week, and too long to be chance."""
    ordered = sorted(days)
    if not ordered or ordered[-1] - ordered[0] < _SHORTEST_LOG:
        return []
    begin, end = ordered[0], ordered[-1]
    found = []
    for before, after in pairwise(ordered):
        quiet = (after - before).days - 1
        usual = min(_rate(days, before - _BESIDE, before), _rate(days, after, after + _BESIDE))
        if quiet > _QUIET_DAYS and quiet * usual >= _EXPECTED_INSIDE and not _christmas(before, after):
            found.append((before + _DAY, after - _DAY))
    month_begin, month_end = begin.replace(day=1), (end.replace(day=1) + 31 * _DAY).replace(day=1) - _DAY
    for first, last, rate in (
        (month_begin, begin - _DAY, _rate(days, begin, begin + _BESIDE)),
        (end + _DAY, month_end, _rate(days, end - _BESIDE, end)),
    ):
        quiet = (last - first).days + 1
        if quiet > _QUIET_DAYS and quiet * rate >= _EXPECTED_AT_ENDS:
            found.append((first, last))
    return found


def _christmas(before: dt.date, after: dt.date) -> bool:
    """Whether a pause is that of Christmas and New Year, when clinics are closed."""
    return (
        after.year == before.year + 1
        and (before.month, before.day) >= (12, 20)
        and (after.month, after.day) <= (1, 7)
    )


def _rate(days: Mapping[dt.date, int], first: dt.date, last: dt.date) -> float:
    return sum(n for day, n in days.items() if first <= day <= last) / ((last - first).days + 1)
