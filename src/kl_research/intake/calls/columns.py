"""When calls began and how long they lasted, as SQL over a call log: the quick way where all cells share a form."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from kl_research.intake import privacy
from kl_research.intake.calls.log import CallLog
from kl_research.intake.columns import moments
from kl_research.intake.columns.durations import read_durations
from kl_research.intake.columns.header_words import read_as
from kl_research.intake.columns.lost_formats import MIDNIGHTS, read_date, refuse_swapped_days
from kl_research.intake.columns.months import Order
from kl_research.intake.files.cells import text
from kl_research.intake.layouts import Layout
from kl_research.intake.quality import FileReport, Why
from kl_research.terms.errors import InputError

_SAMPLE = 5000
_LONGEST_CALL = 86_400
# A video consultation is over within three hours; one in twenty that is not shows another unit, fewer show a call
# that nobody ended.
LONG_CALL = 3 * 3600
MANY_LONG_CALLS = 0.05


def start_expression(log: CallLog, layout: Layout, report: FileReport, *, slowly: bool = False) -> str:
    """SQL for the local moment a call began, NULL where a cell names none.

    `slowly` reads every distinct text in Python instead, which knows all forms.
    """
    column, label = log.column("start"), log.label("start")
    where = f"{log.file}, column {label}"
    query = f"SELECT {column} FROM log WHERE {column} IS NOT NULL LIMIT {_SAMPLE}"
    sample = [row[0] for row in log.connection.execute(query).fetchall()]
    if not sample:
        raise InputError(where, "no times at all", "when each call began", "map the right column in a layout file")
    if moments.are_days(text(cell) for cell in sample):
        return _one_by_one(log, column, layout, report, label, where, days=True)
    form = None if slowly else moments.sql_form(sample)
    stated = _stated_order(layout, label)
    if form is None:
        return _one_by_one(log, column, layout, report, label, where)
    utc, why = _zone(layout, label)
    local = "timezone('Europe/Copenhagen', timezone('UTC', {}))" if utc else "{}"
    if form == "iso":
        expression = local.format(f"TRY_CAST({column} AS TIMESTAMP)")
    elif form == "zoned":
        expression, why = f"timezone('Europe/Copenhagen', TRY_CAST({column} AS TIMESTAMPTZ))", "offset_written"
    else:
        order, reason = _order(log, column, sample, stated, where)
        a, b = ("%d", "%m") if order == "dmy" else ("%m", "%d")
        expression = local.format(f"try_strptime({column}, '{form.replace('%a', a).replace('%b', b)}')")
        report.decide("date_order", order, reason, label)
    report.decide("time_format", form, why, label)
    return f"CASE WHEN year({expression}) BETWEEN {moments.FIRST_YEAR} AND {moments.LAST_YEAR} THEN {expression} END"


def _zone(layout: Layout, label: str) -> tuple[bool, Why]:
    """Whether times are UTC, and why: the layout's word counts before the header's."""
    if layout.times:
        return layout.times == "utc", "declared_utc" if layout.times == "utc" else "local_time"
    return (True, "header") if label and read_as(label, "start").value("zone") == "utc" else (False, "local_time")


def _stated_order(layout: Layout, label: str) -> tuple[Order | None, Why]:
    """The order of day and month that the layout, or else the header, states."""
    said = read_as(label, "start").value("order") if label else ""
    if layout.dates or said not in ("dmy", "mdy"):
        return layout.dates, "declared"
    return said, "header"  # type: ignore[return-value]


def _order(
    log: CallLog, column: str, sample: list[str], stated: tuple[Order | None, Why], where: str
) -> tuple[Any, Why]:
    if stated[0]:
        return stated
    pairs = [parts for cell in sample if (parts := moments.numeric_parts(cell))]
    try:
        return moments.order_of([p[:2] for p in pairs], pairs[0][2], where, None)
    except InputError:
        if len(sample) < _SAMPLE:
            raise
    days = log.distinct(f"regexp_extract({column}, '^[0-9]+[-/.][0-9]+[-/.][0-9]+')")
    pairs = [parts for day in days if (parts := moments.numeric_parts(f"{day} 00:00"))]
    return moments.order_of([p[:2] for p in pairs], pairs[0][2], where, None)


def _one_by_one(
    log: CallLog, column: str, layout: Layout, report: FileReport, label: str, where: str, *, days: bool = False
) -> str:
    """Every distinct text read in Python; `days` where none has a time, which months can do without."""
    texts = log.distinct(column)
    shown = {cell: moments.with_midnight(text(cell)) if days else text(cell) for cell in texts}
    pairs = [parts for cell in texts if (parts := moments.numeric_parts(shown[cell]))]
    order, reason = _stated_order(layout, label)
    if pairs and not order:
        order, reason = moments.order_of([p[:2] for p in pairs], pairs[0][2], where, None)
    order = order or "dmy"
    if pairs:
        report.decide("date_order", order, reason, label)
    if not layout.dates:
        refuse_swapped_days(shown.values(), order, where)
    epoch = any(layout.declare.get(name) == "epoch" for name in (label, "start"))
    utc, why = _zone(layout, label)
    found = {cell: moments.read_moment(shown[cell], order, utc=utc and not days, epoch=epoch) for cell in texts}
    found |= _midnights(log, found, shown, order, utc, report, where)
    table = pd.DataFrame({"raw": texts})
    table["t"] = pd.to_datetime(pd.Series(list(found.values()), dtype="datetime64[us]"))
    _store(log, "moments", table, "raw, CAST(t AS TIMESTAMP) AS t")
    if not days:
        report.decide("time_format", "various", why, label)
    return f"(SELECT moments.t FROM moments WHERE moments.raw = {column})"


def _midnights(
    log: CallLog,
    found: dict[str, dt.datetime | None],
    shown: dict[str, str],
    order: Order,
    utc: bool,
    report: FileReport,
    where: str,
) -> dict[str, dt.datetime | None]:
    """Dates among moments, as midnight: a program leaves the time of midnight out.

    Raises `InputError` where they are too many for that; where all are dates, none is a midnight.
    """
    dated = {
        cell: moment
        for cell, known in found.items()
        if known is None
        if (moment := read_date(shown[cell], order, utc=utc))
    }
    if not dated or not any(found.values()):
        return {}
    rows, filled = log.count("start", list(dated)), log.filled("start")
    if rows > max(1, MIDNIGHTS * filled):
        raise InputError(
            where,
            f"{rows} of {filled} calls without a time",
            "a date with a time in every row",
            "a part of the file has lost its times; ask for the export again",
        )
    report.repaired["midnight"] = rows
    return dict(dated)


def seconds_expression(log: CallLog, texts: list[str], layout: Layout, report: FileReport) -> str:
    """SQL for a call's duration in seconds, from the distinct `texts` of the column."""
    column, label = log.column("duration"), log.label("duration")
    where = f"{log.file}, column {label}"
    scan = privacy.Scan(log.file)
    for cell in texts:
        try:
            scan.cell(cell, 1, 0, label)
        except InputError:
            scan.cell(cell, *log.place_of(column, cell), label)  # looked up where it is needed: it reads the file
    raw = {text(cell): cell for cell in texts}
    known, unit, why = read_durations(
        raw, label, where, layout.duration, row_of=lambda shown: log.place_of(column, raw[shown])[0]
    )
    if any(value is not None and value > _LONGEST_CALL for value in known.values()):
        cure = "check the unit, or correct the source"
        raise InputError(where, "a call longer than a day", "durations of calls", cure)
    report.decide("duration_unit", unit, why, label)
    _tell_long_calls(log, texts, known, layout, report, where)
    seconds = [known[text(cell)] for cell in texts]
    log.enumerate("durations", texts)
    listed = ", ".join("NULL" if value is None else str(value) for value in seconds)
    return f"([{listed}]::INTEGER[])[enum_code(TRY_CAST(coalesce({column}, '') AS durations)) + 1]"


def _tell_long_calls(
    log: CallLog, texts: list[str], known: dict[str, int | None], layout: Layout, report: FileReport, where: str
) -> None:
    """Count calls that are longer than any video consultation; refuse them where they are many."""
    long = [cell for cell in texts if (known[text(cell)] or 0) > LONG_CALL]
    if not long:
        return
    rows, timed = log.count("duration", long), log.filled("duration")
    if rows > MANY_LONG_CALLS * timed and not layout.duration:
        raise InputError(
            where,
            f"{rows} of {timed} calls longer than three hours",
            "durations of video consultations",
            "check the unit; `duration: ...` in a layout file states it",
        )
    report.decide("long_calls", str(rows), "above_three_hours", log.label("duration"))


def _store(log: CallLog, name: str, table: pd.DataFrame, columns: str) -> None:
    log.connection.register("table_frame", table)
    log.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {columns} FROM table_frame")
    log.connection.unregister("table_frame")
