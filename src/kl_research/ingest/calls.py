"""A call log as calls by month, unit, provider, administration and channel; a row is a call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.errors import InputError
from kl_research.ingest import moments, privacy, pseudonyms
from kl_research.ingest.areas import read_areas
from kl_research.ingest.call_log import KEYS, CallLog, Groups, group, open_log, unread_rows
from kl_research.ingest.cells import mend, text
from kl_research.ingest.durations import read_durations
from kl_research.ingest.file_data import DIMENSIONS, FileData
from kl_research.ingest.header import Header
from kl_research.ingest.layouts import Layout
from kl_research.ingest.places import Place, is_test
from kl_research.ingest.quality import FileReport
from kl_research.ingest.reading import Grid, Source
from kl_research.ingest.statuses import read_statuses
from kl_research.ingest.tables import DROPPED

_SAMPLE = 5000
_NO_TIMING = ["municipality", "administration", "month", "weekday", "hour", "calls"]


def read_calls(
    source: Source, grid: Grid, header: Header, layout: Layout, report: FileReport, scratch: Path, *,
    completed_seconds: int, free: bool, channels: list[str] | None, secret: bytes,
    replaced: list[tuple[Any, Any]],
) -> FileData:  # fmt: skip
    """A call log as `FileData`; calls in the spans of days `replaced` are left out, a later log has them."""
    log = open_log(source, grid, header, scratch, report)
    try:
        start = _start(log, layout, report)
        seconds = _seconds(log, layout, report)
        groups = group(log, start, seconds, completed_seconds, report, replaced)
        return _file_data(log, groups, start, layout, report, free=free, channels=channels, secret=secret)
    finally:
        log.connection.close()


def _start(log: CallLog, layout: Layout, report: FileReport) -> str:
    """The SQL expression of the local moment a call began."""
    column = log.column("start")
    label = log.header.labels[log.header.columns["start"]] if log.header.labels else ""
    where = f"{log.file}, column {label}"
    sample = [r[0] for r in log.connection.execute(f"SELECT {column} FROM log LIMIT {_SAMPLE}").fetchall() if r[0]]
    if not sample:
        raise InputError(where, "no times at all", "when each call began", "map the right column in a layout file")
    form = moments.sql_form(sample)
    local = "timezone('Europe/Copenhagen', timezone('UTC', {}))" if layout.times == "utc" else "{}"
    if form == "iso":
        expression = local.format(f"TRY_CAST({column} AS TIMESTAMP)")
        why = "declared_utc" if layout.times == "utc" else "local_time"
    elif form == "zoned":
        expression, why = f"timezone('Europe/Copenhagen', TRY_CAST({column} AS TIMESTAMPTZ))", "offset_written"
    elif form:
        order, reason = _order(log, column, sample, layout, where)
        a, b = ("%d", "%m") if order == "dmy" else ("%m", "%d")
        pattern = form.replace("%a", a).replace("%b", b)
        report.decide("date_order", order, reason, label)
        expression, why = local.format(f"try_strptime({column}, '{pattern}')"), "local_time"
    else:
        return _one_by_one(log, column, layout, report, label, where)
    failing = log.connection.execute(f"SELECT count(*) FROM log WHERE ({expression}) IS NULL").fetchone()
    if failing and failing[0] > 0 and _readable(log, expression, column, layout):
        return _one_by_one(log, column, layout, report, label, where)
    report.decide("time_format", form, why, label)
    return expression


def _readable(log: CallLog, expression: str, column: str, layout: Layout) -> bool:
    """Whether rows that the quick form leaves unread hold a moment in another form."""
    query = f"SELECT DISTINCT {column} FROM log WHERE ({expression}) IS NULL AND {column} IS NOT NULL LIMIT 1000"
    found = [text(row[0]) for row in log.connection.execute(query).fetchall()]
    return any(moments.read_moment(cell, "dmy", epoch=True) for cell in found)


def _order(log: CallLog, column: str, sample: list[str], layout: Layout, where: str) -> tuple[Any, str]:
    pairs = [parts for cell in sample if (parts := moments.numeric_parts(cell))]
    separator = pairs[0][2]
    try:
        return moments.order_of([p[:2] for p in pairs], separator, where, layout.dates)
    except InputError:
        if len(sample) < _SAMPLE:
            raise
    pairs = [parts for cell in log.distinct(f"left({column}, 16)") if (parts := moments.numeric_parts(cell))]
    return moments.order_of([p[:2] for p in pairs], separator, where, layout.dates)


def _one_by_one(log: CallLog, column: str, layout: Layout, report: FileReport, label: str, where: str) -> str:
    """Every distinct text read in Python: slower, and able to read every form."""
    texts = log.distinct(column)
    pairs = [parts for cell in texts if (parts := moments.numeric_parts(text(cell)))]
    order: Any = "dmy"
    if pairs:
        order, reason = moments.order_of([p[:2] for p in pairs], pairs[0][2], where, layout.dates)
        report.decide("date_order", order, reason, label)
    epoch = any(layout.declare.get(name) == "epoch" for name in (label, "start"))
    table = pd.DataFrame({"raw": texts})
    table["t"] = pd.to_datetime(
        pd.Series([moments.read_moment(text(cell), order, utc=layout.times == "utc", epoch=epoch) for cell in texts])
    )
    log.connection.register("moment_frame", table)
    log.connection.execute(
        "CREATE OR REPLACE TABLE moments AS SELECT raw, CAST(t AS TIMESTAMP) AS t FROM moment_frame"
    )
    log.connection.unregister("moment_frame")
    report.decide("time_format", "various", "declared_utc" if layout.times == "utc" else "local_time", label)
    return f"(SELECT moments.t FROM moments WHERE moments.raw = {column})"


def _seconds(log: CallLog, layout: Layout, report: FileReport) -> str:
    """The SQL expression of a call's duration in seconds."""
    if "duration" not in log.header.columns:
        return "CAST(NULL AS BIGINT)"
    column = log.column("duration")
    label = log.header.labels[log.header.columns["duration"]] if log.header.labels else ""
    where = f"{log.file}, column {label}"
    texts = log.distinct(column)
    scan = privacy.Scan(log.file)
    for cell in texts:
        if len(cell) >= 9:
            scan.cell(cell, *_place(log, column, cell), label)
    known, unit, why = read_durations([text(cell) for cell in texts], label, where, layout.duration)
    if any(value is not None and value > 86_400 for value in known.values()):
        raise InputError(
            where, "a call longer than a day", "durations of calls", "check the unit, or correct the source"
        )
    report.decide("duration_unit", unit, why, label)
    table = pd.DataFrame({"raw": texts, "s": pd.array([known[text(cell)] for cell in texts], dtype="Int64")})
    log.connection.register("duration_frame", table)
    log.connection.execute("CREATE OR REPLACE TABLE durations AS SELECT raw, s FROM duration_frame")
    log.connection.unregister("duration_frame")
    return f"(SELECT durations.s FROM durations WHERE durations.raw = {column})"


def _place(log: CallLog, column: str, cell: str) -> tuple[int, int]:
    quoted = cell.replace("'", "''")
    found = log.find(f"{column} = '{quoted}'", limit=1)
    return (found[0][0] if found else 0), int(column[1:])


def _scan(log: CallLog, groups: Groups, layout: Layout) -> None:
    """The texts that were grouped by, each looked at once."""
    declared = privacy.declared_columns(layout.declare, log.header.labels)
    scan = privacy.Scan(log.file, declared)
    for key in KEYS:
        if key not in groups.calls:
            continue
        column = log.header.columns[key]
        label = log.header.labels[column] if log.header.labels else ""
        for cell in sorted(groups.calls[key].unique()):
            try:
                scan.cell(str(cell), 0, column, label)
            except InputError as error:
                row = _place(log, log.column(key), str(cell))[0]
                raise privacy.refusal(log.file, row, column, label, declarable="declare" in error.cure) from None
    scan.finish()


def _file_data(
    log: CallLog, groups: Groups, start: str, layout: Layout, report: FileReport, *, free: bool,
    channels: list[str] | None, secret: bytes,
) -> FileData:  # fmt: skip
    _scan(log, groups, layout)
    report.rows_in = groups.rows_in
    calls = groups.calls
    undated = int(calls.loc[calls["month"].isna(), "calls"].sum())
    if undated and unread_rows(log, start, report) != undated:
        raise InputError(log.file, f"{undated} rows without a moment", "calls with a start", "check the layout")
    calls, timing = calls.dropna(subset=["month"]), groups.timing.dropna(subset=["month"])
    if calls.empty and not report.dropped["replaced_by_later_file"]:
        raise InputError(log.file, "a header and no calls", "rows of calls", "ask for the export again")
    calls, timing = _mended(calls, report), _mended(timing, None)
    places = _places(calls, log, layout, free=free)
    statuses = read_statuses(sorted(set(calls["status"])), layout, log.file) if "status" in calls else {}
    kept = _keep(calls, places, statuses, channels, report)
    report.rows_kept = int(kept["calls"].sum())
    if groups.odd_hours:
        report.decide("hour_that_does_not_exist", str(groups.odd_hours), "clock_change_in_march")
    rows = _rows(kept, statuses, timed="duration" in log.header.columns, secret=secret)
    timing = _keep(timing, places, statuses, channels, None)
    present = {w for w in DIMENSIONS if w in calls} | {"calls"}
    if statuses and "duration" in log.header.columns:
        present.add("completed")
    months = calls["month"].dt.strftime("%Y-%m")
    areas = frozenset(p.code for p in places.values() if p.kind == "municipality")
    return FileData(
        report, True, rows, frozenset(present), months.min(), months.max(), areas,
        timing=_timing(timing), dates=groups.dates, names=_names(calls, places, "name"),
        regions=_names(calls, places, "region") if free else {},
    )  # fmt: skip


def _mended(frame: pd.DataFrame, report: FileReport | None) -> pd.DataFrame:
    """Key texts cleaned, and mended where encoded twice; the cells mended are counted once."""
    frame = frame.copy()
    for key in KEYS:
        if key not in frame:
            continue
        known = {cell: mend(cell) for cell in frame[key].unique()}
        repaired = {cell for cell, (_, twice) in known.items() if twice}
        if report and repaired:
            report.repair("double_encoding", int(frame.loc[frame[key].isin(repaired), "calls"].sum()))
        frame[key] = frame[key].map({cell: text(found) for cell, (found, _) in known.items()})
    return frame


def _places(calls: pd.DataFrame, log: CallLog, layout: Layout, *, free: bool) -> dict[tuple[str, str], Place]:
    words = [word for word in ("code", "municipality") if word in calls]
    pairs = calls[words].drop_duplicates().sort_values(words)
    codes = list(pairs["code"]) if "code" in words else None
    names = list(pairs["municipality"]) if "municipality" in words else None
    try:
        found = read_areas(codes, names, log.file, 0, free=free, ignore=layout.ignore)
    except InputError as error:
        column = log.header.labels[log.header.columns[words[-1]]] if log.header.labels else ""
        where = f"{log.file}, column {column}" if ", row" in error.where else error.where
        raise InputError(where, error.found, error.expected, error.cure) from None
    keys = zip(codes or [""] * len(pairs), names or [""] * len(pairs), strict=True)
    return dict(zip(keys, found, strict=True))


def _keep(
    frame: pd.DataFrame, places: dict[tuple[str, str], Place], statuses: dict[str, str],
    channels: list[str] | None, report: FileReport | None,
) -> pd.DataFrame:  # fmt: skip
    """The calls that count, with the code of their municipality; the others dropped by rule."""
    empty = pd.Series("", index=frame.index)
    pairs = list(zip(frame.get("code", empty), frame.get("municipality", empty), strict=True))
    kinds = pd.Series([places[pair].kind for pair in pairs], index=frame.index)
    rule = kinds.map(lambda kind: DROPPED.get(kind, ""))
    test = frame["status"].map(statuses) == "test" if statuses else pd.Series(False, index=frame.index)
    if "test" in frame:
        test |= frame["test"].astype(bool)
    elif "unit" in frame:
        test |= frame["unit"].map({unit: is_test(unit) for unit in frame["unit"].unique()}).astype(bool)
    rule = rule.mask((rule == "") & test, "test_row")
    if channels is not None and "channel" in frame:
        rule = rule.mask((rule == "") & ~frame["channel"].isin(channels), "other_channel")
    if report:
        for name, rows in frame.groupby(rule)["calls"].sum().items():
            if name:
                report.drop(str(name), int(rows))
    kept = frame.assign(municipality=[places[pair].code for pair in pairs])
    return kept[rule == ""]


def _rows(kept: pd.DataFrame, statuses: dict[str, str], *, timed: bool, secret: bytes) -> pd.DataFrame:
    rows = pd.DataFrame({"municipality": kept["municipality"]})
    for word in DIMENSIONS:
        rows[word] = kept[word] if word in kept else ""
    known = {number: pseudonyms.pseudonym(number.lstrip("0"), secret) for number in rows["provider"].unique()}
    rows["provider"] = rows["provider"].map(known)
    rows["month"] = kept["month"].dt.strftime("%Y-%m")
    rows["calls"] = kept["calls"].astype("int64")
    if statuses and timed:
        done = kept["status"].map(statuses) == "completed"
        rows["completed"] = kept["long_enough"].where(done, 0).astype("int64")
    rows["seconds"] = kept["seconds"].fillna(0).astype("int64")
    keys = ["municipality", *DIMENSIONS, "month"]
    rows = rows.groupby(keys, sort=True, as_index=False).sum()
    for measure in ("calls", "completed"):
        if measure in rows:
            rows[measure] = rows[measure].astype("Float64")
            rows[f"{measure}_state"] = "observed"
    return rows


def _timing(kept: pd.DataFrame) -> pd.DataFrame:
    table = kept.assign(month=kept["month"].dt.strftime("%Y-%m"))
    if "administration" not in table:
        table["administration"] = ""
    keys = _NO_TIMING[:-1]
    return (
        table.groupby(keys, sort=True, as_index=False)["calls"]
        .sum()[_NO_TIMING]
        .astype({"weekday": "int64", "hour": "int64", "calls": "int64"})
    )


def _names(calls: pd.DataFrame, places: dict[tuple[str, str], Place], word: str) -> dict[str, str]:
    if word not in calls:
        return {}
    empty = pd.Series("", index=calls.index)
    pairs = zip(calls.get("code", empty), calls.get("municipality", empty), strict=True)
    return {
        places[p].code: t for p, t in zip(pairs, calls[word], strict=True) if places[p].kind == "municipality" and t
    }
