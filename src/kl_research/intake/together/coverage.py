"""What call logs cover: of which areas each speaks, and which months they hold whole.

A month without a call of an area is a zero only where a log covers it. Two things are looked at: whether each log is
an export of everything or of some areas only (one file a region), and whether days were left out of it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kl_research.intake.file_data import FileData
from kl_research.intake.quality import note
from kl_research.intake.together.days import months_in_part
from kl_research.terms import months as calendar

_SLACK = 8  # days of a month before a log's first or after its last that it may have been silent
_NEAR = 3  # months around a log in which other logs are compared with it


@dataclass(frozen=True)
class Log:
    """What is asked of one log: calls by month and area, the areas it names, the months it holds nearly whole."""

    calls: dict[str, dict[str, float]]
    areas: frozenset[str]
    first: str
    last: str

    def near(self, first: str, last: str) -> Counter[str]:
        """Calls by area in the months from first to last."""
        found: Counter[str] = Counter()
        for month, calls in self.calls.items():
            if first <= month <= last:
                found.update(calls)
        return found


@dataclass(frozen=True)
class Group:
    """Logs that are parts of one export: `areas` it speaks of (None: all), months it covers, lacks, has in part."""

    areas: frozenset[str] | None
    whole: frozenset[str]
    empty: frozenset[str]
    partly: frozenset[str]


@dataclass(frozen=True)
class Coverage:
    """The files without the months that logs have in part, and what the logs cover."""

    files: list[FileData]
    groups: list[Group]

    def table(self, areas: Sequence[str], months: Sequence[str]) -> np.ndarray:
        """Where an area without a call in a month had none: areas down, months across."""
        found = np.zeros((len(areas), len(months)), dtype=bool)
        for group in self.groups:
            spoken = np.array([group.areas is None or area in group.areas for area in areas])
            found |= spoken[:, None] & np.isin(months, sorted(group.whole))
        return found

    def notes(self, months: Sequence[str]) -> list[str]:
        """What is to be known about the months of a study, as codes."""
        if not self.groups:
            return []
        whole = frozenset().union(*(group.whole for group in self.groups))
        partly = frozenset().union(*(group.partly for group in self.groups))
        empty = frozenset().union(*(group.empty for group in self.groups)) - whole - partly
        first, last = min(whole | partly), max(whole | partly)
        found = [note("first_month_unfinished")] if first in partly else []
        found += [note("last_month_unfinished")] if last in partly else []
        found += [note("month_in_part", month) for month in sorted(partly - {first, last}) if month in months]
        found += [note("month_without_any_call", month) for month in sorted(empty) if month in months]
        return found + ([note("logs_of_different_areas")] if len(self.groups) > 1 else [])


def cover(files: Sequence[FileData]) -> Coverage:
    """What the logs among some files cover; their calls in months they have in part are left out and counted."""
    own = [i for i, file in enumerate(files) if file.log and not file.added]
    parts = _parts([_log(files[i]) for i in own])
    groups, result = [], list(files)
    for part, areas in parts:
        logs = [own[k] for k in part]
        # A supplement is not an export of its own: it fills no gap, and follows the export that has its areas.
        group = _group([files[i] for i in logs], areas)
        groups.append(group)
        for i in logs + [i for i, file in enumerate(files) if file.added and file.log and _speaks_of(group, file)]:
            result[i] = _without(result[i], group.partly)
    result = [
        replace(f, first=min(f.first, *f.covers), last=max(f.last, *f.covers)) if f.covers else f for f in result
    ]
    return Coverage(result, groups)


def _speaks_of(group: Group, file: FileData) -> bool:
    return group.areas is None or bool(group.areas & file.areas)


def _without(file: FileData, months: frozenset[str]) -> FileData:
    """A log without its calls in some months, which are counted as left out."""
    out = file.rows["month"].isin(months)
    if not out.any():
        return file
    left_out = int(file.rows.loc[out, "calls"].sum())
    file.report.drop("month_in_part", left_out)
    file.report.rows_kept -= left_out
    timing = file.timing[~file.timing["month"].isin(months)] if file.timing is not None else None
    kept = [month for month in calendar.span(file.first, file.last) if month not in months] or [file.first]
    return replace(file, rows=file.rows[~out], timing=timing, first=kept[0], last=kept[-1])


def _log(file: FileData) -> Log:
    calls: dict[str, dict[str, float]] = {}
    summed = file.rows.groupby(["municipality", "month"], observed=True)["calls"].sum().reset_index()
    for area, month, n in summed[summed["calls"] > 0].itertuples(index=False, name=None):
        calls.setdefault(str(month), {})[str(area)] = float(n)
    assert file.dates is not None
    begin, end = file.dates
    if file.first == file.last:
        return Log(calls, file.areas, file.first, file.last)
    first = file.first if begin.day <= _SLACK else calendar.shift(file.first, 1)
    last = file.last if (end + dt.timedelta(_SLACK)).month != end.month else calendar.shift(file.last, -1)
    return Log(calls, file.areas, first, last)


def _parts(logs: Sequence[Log]) -> list[tuple[list[int], frozenset[str] | None]]:
    """The logs as the exports they are parts of, each with its areas; None for one of everything."""
    parts: list[list[int]] = []
    partial = [i for i, log in enumerate(logs) if _is_partial(log, [other for other in logs if other is not log])]
    for i in partial:
        # Logs that share areas are of one series: a file a year of one region.
        series = [part for part in parts if logs[i].areas & _areas(part, logs)]
        parts = [part for part in parts if part not in series] + [[*(k for part in series for k in part), i]]
    rest: list[int] = []
    for i in (i for i in range(len(logs)) if i not in partial):
        home = [part for part in parts if logs[i].areas <= _areas(part, logs)]
        (home[0] if home else rest).append(i)
    found: list[tuple[list[int], frozenset[str] | None]] = [(part, _areas(part, logs)) for part in parts]
    return found + ([(rest, None)] if rest else [])


def _areas(part: Iterable[int], logs: Sequence[Log]) -> frozenset[str]:
    return frozenset().union(*(logs[i].areas for i in part))


def _is_partial(log: Log, others: Sequence[Log]) -> bool:
    """Whether a log lacks areas: others have calls of them in its months, or more than half of all calls near it.

    One area without calls may have stopped; that most of the country did on the day a file ends, it did not.
    """
    for other in others:
        first, last = max(log.first, other.first), min(log.last, other.last)
        if any(first <= month <= last and not calls.keys() <= log.areas for month, calls in other.calls.items()):
            return True
    near = Counter[str]()
    for other in others:
        near.update(other.near(calendar.shift(log.first, -_NEAR), calendar.shift(log.last, _NEAR)))
    if not near:
        for other in others:
            near.update(other.near(other.first, other.last))
    return sum(n for area, n in near.items() if area not in log.areas) > near.total() / 2


def _group(logs: Sequence[FileData], areas: frozenset[str] | None) -> Group:
    days: Counter[dt.date] = Counter()
    for log in logs:
        days.update(log.days)
    declared = {month for log in logs for month in log.covers}
    seen = {f"{day:%Y-%m}" for day in days}
    partly = frozenset(months_in_part(days)) - declared
    inside = frozenset(calendar.span(min(seen | declared), max(seen | declared)))
    return Group(areas, frozenset(seen | declared) - partly, inside - seen - declared, partly)
