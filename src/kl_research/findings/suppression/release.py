"""What a release tells of one municipality's series: which months and totals are shown, and which are hidden.

Published totals are the calendar quarters, half-years and years, the whole period, the last 3, 6 and 12 months and
the 12 before, and the windows of effects. Small counts (1 to `threshold` - 1) are hidden; further cells are hidden
(`protect.suppress`) until nothing published narrows a small count to less than the range everybody knows it to lie
in. Zeros are always shown. Municipalities are decided one by one, so that the answer does not depend on which are
run; totals over several municipalities are published only where they give nothing away (`totals`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from kl_research.adoption import standard_periods
from kl_research.findings.suppression.chain import chain_proofs
from kl_research.findings.suppression.protect import Cell, suppress
from kl_research.terms.months import number

# What hiding costs: the twelve months a front page begins with most, the recent three and six least. On the demo's
# 98 municipalities these weights hide 1 % more cells than equal ones and leave every told year of the front pages.
_COST = {"month": 1.0, "quarter": 1.1, "half": 1.2, "year": 2.0, "front": 6.0, "recent": 0.8, "all": 2.0}
_LENGTH = {"quarter": 3, "half": 6, "year": 12}

Span = tuple[str, str]


@dataclass(frozen=True)
class Release:
    """The decision for one series: spans of months (first, last) that are hidden, with the reason of each."""

    hidden: dict[Span, str] = field(default_factory=dict)
    months: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = field(default=(), repr=False, compare=False)
    flags: tuple[bool, ...] = field(default=(), repr=False, compare=False)
    threshold: int = 5

    def shows(self, first: str, last: str | None = None) -> bool:
        """Whether the total of a span may be shown; spans are those of `spans_of`."""
        return (first, last or first) not in self.hidden

    @property
    def audit(self) -> pd.DataFrame:
        """What was hidden and why: first, last, reason ("small", "secondary"; "later": a small total that months of
        0 to come would tell; "told_before": an earlier release gives it away, so hiding it protects nothing)."""
        rows = [(first, last, why) for (first, last), why in sorted(self.hidden.items())]
        return pd.DataFrame(rows, columns=["first", "last", "reason"])

    @property
    def told(self) -> pd.DataFrame:
        """Every total that may be told: first, last, value."""
        rows = [
            (self.months[cell.members[0]], self.months[cell.members[-1]], cell.value)
            for cell, flag in zip(self.cells, self.flags, strict=True)
            if not flag
        ]
        return pd.DataFrame(sorted(rows), columns=["first", "last", "value"])

    def allowed(self, groups: Sequence[Sequence[Sequence[str]]], values: Sequence[int | None]) -> list[bool]:
        """Which groups of windows may be told besides, each taken in turn and only as a whole.

        A window is a list of months whose total could be worked out from what is said of an effect. Windows of
        months that do not follow each other are refused where anything is hidden.
        """
        if not self.cells:
            return [True] * len(groups)
        place = {month: k for k, month in enumerate(self.months)}
        flags = list(self.flags)
        told = list(self.cells)
        answers = []
        for group in groups:
            more = [_window(window, place, values, self.threshold) for window in group if window]
            trial = [*told, *(cell for cell in more if cell is not None)]
            hide = np.array([*flags, *[False] * (len(trial) - len(flags))])
            watched = [i for i, cell in enumerate(trial) if cell.small and hide[i]]
            fine = None not in more and not any(cell.small for cell in trial[len(told) :])
            fine = fine and not chain_proofs(trial, len(self.months), self.threshold - 2, hide, watched)
            if fine:
                told, flags = trial, [bool(flag) for flag in hide]
            answers.append(bool(fine))
        return answers


def spans_of(months: Sequence[str]) -> dict[Span, float]:
    """Every total a release may tell of a series of months, with the cost of hiding it."""
    first, last = months[0], months[-1]
    found: dict[Span, float] = {(month, month): _COST["month"] for month in months}
    for level, length in _LENGTH.items():
        for i in range(len(months) - length + 1):
            if (int(months[i][5:]) - 1) % length == 0:
                found.setdefault((months[i], months[i + length - 1]), _COST[level])
    if len(months) > 1:
        for span in standard_periods(first, last):
            if span[0] >= first:
                length = number(span[1]) - number(span[0]) + 1
                found.setdefault(span, _COST["recent"])
                if length == 12:
                    found[span] = _COST["front"]
        found[(first, last)] = max(found.get((first, last), 0), _COST["all"])
    return found


def _ends(months: Sequence[str]) -> list[Span]:
    """The last 2 to 11 months: not told now, but months of 0 after them make each a total that is told later."""
    return [(months[-length], months[-1]) for length in range(2, min(12, len(months) + 1))]


def release(
    months: Sequence[str],
    values: Sequence[int | None],
    threshold: int,
    known: Sequence[Span] = (),
    kept: Mapping[str, tuple[int, ...]] | None = None,
) -> Release:
    """Decide on one series.

    Parameters
    ----------
    months, values : the series; None where there is no count (not connected, missing): such months add nothing.
    threshold : smallest count above 0 that may be shown.
    known : spans that an earlier release has told; they cannot be hidden any more.
    kept : what was decided before: the numbers of the hidden cells by `name_of` the series.

    Examples
    --------
    A year with one month of 3: that month is hidden, and one more, else the quarter would give it away.

    >>> months = [f"2024-{m:02d}" for m in range(1, 13)]
    >>> decided = release(months, [9, 3, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9], 5)
    >>> decided.audit.values.tolist()
    [['2024-02', '2024-02', 'small'], ['2024-03', '2024-03', 'secondary']]
    """
    hidden = kept.get(name_of(months, values, threshold, known)) if kept else None
    return _decide(tuple(months), tuple(values), threshold, frozenset(known), hidden)


def name_of(months: Sequence[str], values: Sequence[int | None], threshold: int, known: Sequence[Span] = ()) -> str:
    """A name for a series with everything its decision depends on; a series that was cut or corrected has another.

    >>> name_of(["2024-01"], [3], 5) == name_of(["2024-01"], [4], 5)
    False
    """
    return hashlib.sha256(repr((list(months), list(values), threshold, sorted(known))).encode()).hexdigest()


@lru_cache(maxsize=4096)
def _decide(
    months: tuple[str, ...],
    values: tuple[int | None, ...],
    threshold: int,
    known: frozenset[Span],
    kept: tuple[int, ...] | None,
) -> Release:
    base = [i for i, value in enumerate(values) if value is not None]
    if not any(0 < (values[i] or 0) < threshold for i in base):
        return Release()
    place = {months[i]: k for k, i in enumerate(base)}
    spans = spans_of(months)
    earlier = sorted(span for span in known if span not in spans)
    later = [span for span in _ends(months) if span not in spans and span not in known]
    by_members: dict[tuple[int, ...], list[Span]] = {}
    for span in [*spans, *earlier, *later]:
        members = tuple(place[m] for m in months if span[0] <= m <= span[1] and m in place)
        if members and (span not in later or 0 < sum(values[base[k]] or 0 for k in members) < threshold):
            by_members.setdefault(members, []).append(span)
            spans.setdefault(span, _COST["all"])
    cells, names = [], []
    for members, same in by_members.items():
        total = sum(values[base[k]] or 0 for k in members)
        fixed = total == 0 or any(span in known for span in same)
        small = 0 < total < threshold and not fixed
        cells.append(Cell(members, total, small, fixed, max(spans[span] for span in same)))
        names.append(same)
    # Known to lie in 1 .. threshold - 1, a small count must keep a range at least that wide.
    watched, lost = _watched(cells, len(base), threshold - 2)
    if kept is None:
        flags = suppress(watched, len(base), threshold - 2, chain_proofs)
        flags = [flag or i in lost for i, flag in enumerate(flags)]
    else:
        flags = [i in kept for i in range(len(cells))]
    hidden = {}
    for i, (cell, same) in enumerate(zip(cells, names, strict=True)):
        told_before = i in lost or (cell.fixed and 0 < cell.value < threshold)
        if flags[i] or told_before:
            why = "told_before" if told_before else "small" if cell.small else "secondary"
            hidden.update({span: "later" if span in later and not told_before else why for span in same})
    return Release(hidden, tuple(months[i] for i in base), tuple(cells), tuple(flags), threshold)


def _watched(cells: list[Cell], size: int, width: float) -> tuple[list[Cell], set[int]]:
    """The cells to protect, and the small ones given away by what cannot be hidden: lost already."""
    if not any(cell.fixed and cell.value for cell in cells):
        return cells, set()
    hide = np.array([not cell.fixed for cell in cells])
    small = [i for i, cell in enumerate(cells) if cell.small]
    lost = {i for i in small if chain_proofs(cells, size, width, hide, [i])}
    return [replace(cell, small=False) if i in lost else cell for i, cell in enumerate(cells)], lost


def _window(
    window: Sequence[str], place: dict[str, int], values: Sequence[int | None], threshold: int
) -> Cell | None:
    """A window as a cell; None when its months do not follow each other in the series."""
    members = tuple(sorted(place[month] for month in window if month in place))
    if len(members) != len(window) or members != tuple(range(members[0], members[-1] + 1)):
        return None
    known = [value for value in values if value is not None]
    total = sum(known[k] for k in members)
    return Cell(members, total, 0 < total < threshold)
