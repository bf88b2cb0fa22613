"""Months that betray what they are not: days of one month, jan-24 read as a day, quarters under names of months."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from kl_research.intake.columns.months import Order, Period, day_of, month_of
from kl_research.intake.files.cells import Cell, text
from kl_research.terms.errors import InputError

_SHORT = re.compile(r"(\d\d?)[-/.](\d\d?)")
_FIRST_YEAR, _LAST_YEAR = 15, 40
_ABBREVIATED = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")


def short_months(cells: Sequence[Cell], where: str) -> list[Period] | None:
    """Months written as 02-24 or 24-02, decided for all cells together; None where any cell is something else.

    Raises `InputError` showing both readings where both are possible.

    >>> [period.month for period in short_months(["12-23", "01-24"], "a.csv")]
    ['2023-12', '2024-01']
    """
    found = [_SHORT.fullmatch(text(cell)) for cell in cells]
    pairs = [(int(match[1]), int(match[2])) for match in found if match]
    if not pairs or len(pairs) < len(found):
        return None
    readings = [
        [f"{2000 + year}-{month:02d}" for month, year in turned]
        for turned in (pairs, [(b, a) for a, b in pairs])
        if all(1 <= month <= 12 and _FIRST_YEAR <= year <= _LAST_YEAR for month, year in turned)
    ] or [
        [f"{2000 + year}-{month:02d}" for month, year in turned]
        for turned in (pairs, [(b, a) for a, b in pairs])
        if all(1 <= month <= 12 for month, year in turned)
    ]
    if len(readings) == 2 and readings[0] != readings[1]:
        both = next((a, b) for a, b in zip(*readings, strict=True) if a != b)
        raise InputError(
            where,
            f"months such as {text(cells[0])}, which may be {both[0]} or {both[1]}",
            "months that can be read one way only",
            "write the year with four figures",
        )
    return [Period("month", month, 1) for month in readings[0]] if readings else None


def refuse_lost_days(
    periods: Sequence[Period], order: Order | None, where: str, *, declared: bool, several: bool = True
) -> None:
    """Refuse several days of one month, and dates that seem to be jan-24 read as a day of this year."""
    days: dict[str, set[int]] = defaultdict(set)
    for period in periods:
        if day := day_of(period, order):
            days[month_of(period, order)].add(day)
    crowded = next((month for month, found in sorted(days.items()) if len(found) > 1), "")
    if crowded and several:
        raise InputError(
            where,
            f"several days of {crowded}",
            "one date a month",
            "add the days up by month, or list the column under `sum_over` in a layout file; if days and months were "
            "swapped by a spreadsheet, ask for the export again",
        )
    same = {day for found in days.values() for day in found}
    years = {month[:4] for month in days}
    if declared or len(same) != 1 or len(years) != 1 or not days:
        return
    day, year = same.pop(), int(years.pop())
    if day >= 20 and 2000 + day != year and not (day >= 28 and any(month[5:] == "02" for month in days)):
        month = min(days)
        raise InputError(
            where,
            f"dates such as {day}-{month[5:]}-{year}, which may be {_ABBREVIATED[int(month[5:]) - 1]}-{day} "
            "that a spreadsheet took for a day",
            "months",
            "write the months out, such as 2024-01; where they are days, write `dates: dmy` in a layout file",
        )


def refuse_steps(months: Sequence[str], where: str) -> None:
    """Refuse months that are all three, six or twelve apart: they may stand for quarters, half-years or years."""
    numbers = sorted({int(month[:4]) * 12 + int(month[5:]) for month in months})
    steps = {b - a for a, b in pairwise(numbers)}
    if len(steps) != 1:
        return
    step = steps.pop()
    if ((step, len(numbers)) >= (3, 4) and step == 3) or (step in (6, 12) and len(numbers) >= 3):
        raise InputError(
            where,
            f"a month every {step} months",
            "every month",
            "they may stand for quarters, half-years or years; where each holds the calls of that month alone, write "
            "`calls_of_each_month: true` in a layout file",
        )


def refuse_lost_nought(cells: Sequence[Cell], where: str) -> None:
    """Refuse 2024.1 beside 2024.09: October that lost its nought when it was taken for a number."""
    written = [text(cell) for cell in cells]
    noughts = any(re.fullmatch(r"(?:19|20)\d\d[.,]0\d", cell) for cell in written)
    bare = next((cell for cell in written if re.fullmatch(r"(?:19|20)\d\d[.,]1", cell)), "")
    if noughts and bare:
        raise InputError(
            where,
            f"{bare}, which may be October without its nought",
            "months with two figures",
            "format the column as text, and export again",
        )
