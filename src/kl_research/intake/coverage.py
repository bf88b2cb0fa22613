"""What call logs cover: of which areas each speaks, and which months it holds whole.

A month without a call of an area is a zero only where a log covers it. Two things are looked at: whether each log is
an export of everything or of some areas only (one file a region), and whether days were left out of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from kl_research.terms import months as calendar
from kl_research.intake.file_data import FileData

# Days without any call that weekends and holidays explain; a month that lacks more of them is not whole.
_QUIET_DAYS = 7
# The stretch beside a pause from which calls during it are expected, and the calls that make it an absence of data:
# with 20 expected none is seen once in 500 million (Poisson). The ends of a log, where only one side is known and an
# export is often cut, need 8 (once in 3,000).
_BESIDE, _EXPECTED_INSIDE, _EXPECTED_AT_ENDS = 56, 20.0, 8.0
_SHORTEST_LOG = 62  # days; below it nothing is known of what is usual
_NEAR = 3  # months around a log in which other logs are compared with it


@dataclass(frozen=True)
class Group:
    """Logs that are parts of one export: `areas` it speaks of (None: all), months it covers, months it has in part."""

    logs: tuple[int, ...]
    areas: frozenset[str] | None
    whole: frozenset[str]
    empty: tuple[str, ...]
    partly: tuple[str, ...]
    first: str
    last: str

    def covers(self, area: str, month: str) -> bool:
        """Whether no call of an area in a month means that there was none."""
        return month in self.whole and (self.areas is None or area in self.areas)


def groups_of(logs: Sequence[FileData]) -> list[Group]:
    """The logs of a study as the exports they are parts of; files added to others (`overlap: add`) cover nothing."""
    full = [i for i, log in enumerate(logs) if not log.added]
    partial = [i for i in full if _is_partial(i, [logs[k] for k in full], logs[i])]
    parts = _joined(partial, logs)
    for i in [i for i in full if i not in partial]:
        home = next((part for part in parts if logs[i].areas <= _areas(part, logs)), None)
        if home is not None:
            home.append(i)
    rest = [i for i in full if not any(i in part for part in parts)]
    found = [(part, _areas(part, logs)) for part in parts] + ([(rest, None)] if rest else [])
    return [_group(part, areas, logs) for part, areas in found]


def _areas(part: Iterable[int], logs: Sequence[FileData]) -> frozenset[str]:
    return frozenset().union(*(logs[i].areas for i in part))


def _joined(partial: Sequence[int], logs: Sequence[FileData]) -> list[list[int]]:
    """Logs that share areas are of one series: a file a year of one region."""
    parts: list[list[int]] = []
    for i in partial:
        own = [part for part in parts if logs[i].areas & _areas(part, logs)]
        parts = [part for part in parts if part not in own] + [[k for part in own for k in part] + [i]]
    return [sorted(part) for part in parts]


def _is_partial(i: int, logs: Sequence[FileData], log: FileData) -> bool:
    """Whether a log lacks areas: others have calls of them in its months, or more than half of all calls near it."""
    others = [other for other in logs if other is not log]
    if any(_lacked(log, other).any() for other in others):
        return True
    near = {calendar.shift(log.first, -_NEAR), calendar.shift(log.last, _NEAR)}
    beside = [_calls(other, min(near), max(near)) for other in others]
    if not any(len(calls) for calls in beside):
        beside = [_calls(other, "0000-00", "9999-99") for other in others]
    calls = pd.concat(beside) if beside else pd.Series(dtype="float64")
    lacking = calls[~calls.index.isin(log.areas)].sum()
    return bool(lacking > calls.sum() / 2)


def _lacked(log: FileData, other: FileData) -> pd.Series:
    """Which of another log's areas a log does not hold although both cover the same months."""
    (begin, end), (first, last) = _whole_months(log), _whole_months(other)
    calls = _calls(other, max(begin, first), min(end, last))
    return pd.Series(~calls.index.isin(log.areas), calls.index)


def _whole_months(log: FileData) -> tuple[str, str]:
    """First and last month that a log holds nearly whole; the month of a log that lies within one."""
    assert log.dates is not None
    first, last = log.dates
    if log.first == log.last:
        return log.first, log.last
    begin = log.first if first.day <= _QUIET_DAYS + 1 else calendar.shift(log.first, 1)
    return begin, log.last if _days_left(last) <= _QUIET_DAYS else calendar.shift(log.last, -1)


def _calls(log: FileData, first: str, last: str) -> pd.Series:
    rows = log.rows[["municipality", "month", "calls"]].astype({"municipality": "str", "month": "str"})
    inside = (rows["month"] >= first) & (rows["month"] <= last) & (rows["calls"] > 0)
    return rows[inside].groupby("municipality")["calls"].sum()


def _group(part: Sequence[int], areas: frozenset[str] | None, logs: Sequence[FileData]) -> Group:
    days: dict[dt.date, int] = {}
    for i in part:
        for day, calls in (logs[i].days or {}).items():
            days[day] = days.get(day, 0) + calls
    declared = {month for i in part for month in logs[i].covers}
    seen = {f"{day:%Y-%m}" for day in days}
    inside = calendar.span(min(seen | declared), max(seen | declared))
    partly = [month for month in months_in_part(days) if month not in declared]
    whole = frozenset((seen | declared) - set(partly))
    empty = tuple(month for month in inside if month not in seen | declared)
    return Group(tuple(part), areas, whole, empty, tuple(partly), inside[0], inside[-1])


def months_in_part(days: Mapping[dt.date, int]) -> list[str]:
    """Months with calls that lack more than a week of days on which calls were to be expected.

    >>> every_day = {dt.date(2024, 1, 1) + dt.timedelta(n): 3 for n in range(366)}
    >>> months_in_part(every_day)
    []
    >>> months_in_part({day: n for day, n in every_day.items() if not "2024-07-15" <= f"{day}" <= "2024-09-05"})
    ['2024-07']
    >>> months_in_part({day: n for day, n in every_day.items() if "2024-02-20" <= f"{day}" <= "2024-11-12"})
    ['2024-02', '2024-11']
    """
    seen = {f"{day:%Y-%m}" for day in days}
    lost: dict[str, int] = {}
    for first, last in _pauses(days):
        for n in range((last - first).days + 1):
            month = f"{first + dt.timedelta(n):%Y-%m}"
            lost[month] = lost.get(month, 0) + 1
    return sorted(month for month, n in lost.items() if n > _QUIET_DAYS and month in seen)


def _pauses(days: Mapping[dt.date, int]) -> list[tuple[dt.date, dt.date]]:
    """Stretches of days that are absent from the data: longer than a week, and too long to be chance."""
    ordered = sorted(days)
    if not ordered or (ordered[-1] - ordered[0]).days < _SHORTEST_LOG:
        return []
    found = []
    begin, end, one = ordered[0], ordered[-1], dt.timedelta(1)
    for before, after in pairwise(ordered):
        quiet = (after - before).days - 1
        if quiet > _QUIET_DAYS:
            usual = min(_rate(days, max(begin, before - _BESIDE * one), before),
                        _rate(days, after, min(end, after + _BESIDE * one)))  # fmt: skip
            if quiet * usual >= _EXPECTED_INSIDE:
                found.append((before + one, after - one))
    early, late = begin.day - 1, _days_left(end)
    if early > _QUIET_DAYS and early * _rate(days, begin, begin + _BESIDE * one) >= _EXPECTED_AT_ENDS:
        found.append((begin.replace(day=1), begin - one))
    if late > _QUIET_DAYS and late * _rate(days, end - _BESIDE * one, end) >= _EXPECTED_AT_ENDS:
        found.append((end + one, end + late * one))
    return found


def _rate(days: Mapping[dt.date, int], first: dt.date, last: dt.date) -> float:
    return sum(n for day, n in days.items() if first <= day <= last) / ((last - first).days + 1)


def _days_left(day: dt.date) -> int:
    return (pd.Timestamp(day) + pd.offsets.MonthEnd(0) - pd.Timestamp(day)).days
