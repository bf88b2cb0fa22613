"""What a file's months can be: not in the future, and not years away from all others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from kl_research.intake.columns.moments import read_moment
from kl_research.intake.file_data import MEASURES, FileData
from kl_research.intake.files.cells import Row, text
from kl_research.terms import months as calendar
from kl_research.terms.errors import InputError

# Months without any count between two with some: more is a slip of a year.
_LONGEST_PAUSE = 36


def today() -> dt.date:
    """The day it is; tests put another in its place."""
    return dt.date.today()


def check_log(data: FileData, rows: Iterator[Row], column: int, where: str) -> None:
    """Raise `InputError` with the row of a call that is yet to come."""
    latest = today() + dt.timedelta(days=1)  # a day for time zones
    if data.dates is None or data.dates[1] <= latest:
        return
    last = data.dates[1]
    for number, row in enumerate(rows, start=1):
        written = text(row[column]) if column < len(row) else ""
        moments = [read_moment(written, "dmy"), read_moment(written, "mdy")]
        if any(moment and abs((moment.date() - last).days) <= 1 for moment in moments):
            raise _to_come(f"{where}, row {number}", f"a call on {last}")
    raise _to_come(where, f"a call on {last}")


def check_table(data: FileData) -> FileData:
    """A table without months to come that hold nothing; raises `InputError` where they hold a count."""
    this = f"{today():%Y-%m}"
    file = data.report.file
    to_come = data.rows["month"].astype(str) > this
    if to_come.any():
        measures = [measure for measure in MEASURES if measure in data.rows]
        rows = data.rows[to_come]
        full = (rows[measures].fillna(0) != 0).any(axis=1)
        for measure in measures:
            full |= rows[f"{measure}_state"] == "suppressed"
        if full.any():
            raise _to_come(file, f"a count in {rows.loc[full, 'month'].astype(str).min()}")
        data.report.decide("months_to_come", str(rows["month"].nunique()), "no_calls_yet")
        if not data.turned:
            data.report.drop("month_to_come", len(rows))
            data.report.rows_kept -= len(rows)
        data = replace(data, rows=data.rows[~to_come], last=min(data.last, this))
    _refuse_pause(data)
    return data


def _refuse_pause(data: FileData) -> None:
    """Refuse a month that stands years before or after all others."""
    counted = data.rows.loc[data.rows["calls_state"] != "missing", "month"]
    found = sorted({str(month) for month in counted})
    for before, after in pairwise(found):
        if len(calendar.span(before, after)) - 1 > _LONGEST_PAUSE:
            raise InputError(
                data.report.file,
                f"counts in {before}, then none before {after}",
                "counts without years between them",
                "correct the month, or hand over the two spans as a file each",
            )


def _to_come(where: str, found: str) -> InputError:
    return InputError(
        where, f"{found}, in the future", "what has taken place", "correct the date; a forecast is no count"
    )
