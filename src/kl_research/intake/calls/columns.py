"""When calls began and how long they lasted, as SQL over a call log: the quick way where all cells share a form."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kl_research.intake import privacy
from kl_research.intake.calls.log import CallLog
from kl_research.intake.columns import moments
from kl_research.intake.columns.durations import read_durations
from kl_research.intake.files.cells import text
from kl_research.intake.layouts import Layout
from kl_research.intake.quality import FileReport, Why
from kl_research.terms.errors import InputError

_SAMPLE = 5000
_LONGEST_CALL = 86_400


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
    form = None if slowly else moments.sql_form(sample)
    if form is None:
        return _one_by_one(log, column, layout, report, label, where)
    local = "timezone('Europe/Copenhagen', timezone('UTC', {}))" if layout.times == "utc" else "{}"
    why: Why = "declared_utc" if layout.times == "utc" else "local_time"
    if form == "iso":
        expression = local.format(f"TRY_CAST({column} AS TIMESTAMP)")
    elif form == "zoned":
        expression, why = f"timezone('Europe/Copenhagen', TRY_CAST({column} AS TIMESTAMPTZ))", "offset_written"
    else:
        order, reason = _order(log, column, sample, layout, where)
        a, b = ("%d", "%m") if order == "dmy" else ("%m", "%d")
        expression = local.format(f"try_strptime({column}, '{form.replace('%a', a).replace('%b', b)}')")
        report.decide("date_order", order, reason, label)
    report.decide("time_format", form, why, label)
    return f"CASE WHEN year({expression}) BETWEEN {moments.FIRST_YEAR} AND {moments.LAST_YEAR} THEN {expression} END"


def _order(log: CallLog, column: str, sample: list[str], layout: Layout, where: str) -> tuple[Any, Why]:
    pairs = [parts for cell in sample if (parts := moments.numeric_parts(cell))]
    try:
        return moments.order_of([p[:2] for p in pairs], pairs[0][2], where, layout.dates)
    except InputError:
        if len(sample) < _SAMPLE:
            raise
    days = log.distinct(f"regexp_extract({column}, '^[0-9]+[-/.][0-9]+[-/.][0-9]+')")
    pairs = [parts for day in days if (parts := moments.numeric_parts(f"{day} 00:00"))]
    return moments.order_of([p[:2] for p in pairs], pairs[0][2], where, layout.dates)


def _one_by_one(log: CallLog, column: str, layout: Layout, report: FileReport, label: str, where: str) -> str:
    texts = log.distinct(column)
    pairs = [parts for cell in texts if (parts := moments.numeric_parts(text(cell)))]
    order: Any = "dmy"
    if pairs:
        order, reason = moments.order_of([p[:2] for p in pairs], pairs[0][2], where, layout.dates)
        report.decide("date_order", order, reason, label)
    epoch = any(layout.declare.get(name) == "epoch" for name in (label, "start"))
    utc = layout.times == "utc"
    table = pd.DataFrame({"raw": texts})
    found = [moments.read_moment(text(cell), order, utc=utc, epoch=epoch) for cell in texts]
    table["t"] = pd.to_datetime(pd.Series(found, dtype="datetime64[us]"))
    _store(log, "moments", table, "raw, CAST(t AS TIMESTAMP) AS t")
    report.decide("time_format", "various", "declared_utc" if utc else "local_time", label)
    return f"(SELECT moments.t FROM moments WHERE moments.raw = {column})"


def seconds_expression(log: CallLog, texts: list[str], layout: Layout, report: FileReport) -> str:
    """SQL for a call's duration in seconds, from the distinct `texts` of the column."""
    column, label = log.column("duration"), log.label("duration")
    where = f"{log.file}, column {label}"
    scan = privacy.Scan(log.file)
    for cell in texts:
        if len(cell) >= 9:
            scan.cell(cell, *log.place_of(column, cell), label)
    raw = {text(cell): cell for cell in texts}
    known, unit, why = read_durations(
        raw, label, where, layout.duration, row_of=lambda shown: log.place_of(column, raw[shown])[0]
    )
    if any(value is not None and value > _LONGEST_CALL for value in known.values()):
        cure = "check the unit, or correct the source"
        raise InputError(where, "a call longer than a day", "durations of calls", cure)
    report.decide("duration_unit", unit, why, label)
    seconds = [known[text(cell)] for cell in texts]
    log.enumerate("durations", texts)
    listed = ", ".join("NULL" if value is None else str(value) for value in seconds)
    return f"([{listed}]::INTEGER[])[enum_code(TRY_CAST(coalesce({column}, '') AS durations)) + 1]"


def _store(log: CallLog, name: str, table: pd.DataFrame, columns: str) -> None:
    log.connection.register("table_frame", table)
    log.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {columns} FROM table_frame")
    log.connection.unregister("table_frame")
