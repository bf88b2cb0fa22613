"""A call log as calls by month, unit, provider, administration and channel: surveyed, decided, counted.

Python decides about distinct texts only; DuckDB counts the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from kl_research.intake.calls.circumstances import read_circumstances
from kl_research.intake.calls.columns import seconds_expression, start_expression
from kl_research.intake.calls.count import Decisions, Replaced, count_calls
from kl_research.intake.calls.log import CallLog, open_log
from kl_research.intake.calls.repeats import read_repeats
from kl_research.intake.calls.statuses import read_statuses
from kl_research.intake.calls.survey import Survey, drop_undated, other_forms, survey
from kl_research.intake.columns import pseudonyms
from kl_research.intake.columns.areas import read_areas
from kl_research.intake.columns.places import Place, is_test
from kl_research.intake.file_data import DIMENSIONS, FileData
from kl_research.intake.files.cells import mend, text
from kl_research.intake.files.reading import Grid, Source
from kl_research.intake.layouts import Layout
from kl_research.intake.quality import FileReport
from kl_research.intake.tables.header_columns import Header
from kl_research.intake.tables.tables import DROPPED
from kl_research.terms.errors import InputError


@dataclass(frozen=True)
class Settings:
    """What the study says about reading a call log, and what later logs `replaced` of it."""

    completed_seconds: int
    free: bool
    channels: Container[str] | None
    secret: bytes
    replaced: tuple[Replaced, ...] = ()
    areas_named: Mapping[str, str] = field(default_factory=dict)


def read_calls(
    source: Source,
    grid: Grid,
    header: Header,
    layout: Layout,
    report: FileReport,
    scratch: Path,
    settings: Settings,
) -> FileData:
    """A call log as `FileData`; what later logs `replaced` is left out."""
    log = open_log(source, grid, header, scratch, report)
    try:
        try:
            start, found = _survey(log, layout, report)
        except duckdb.Error:
            if not log.plain:
                raise
            log.connection.close()
            log = open_log(source, grid, header, scratch, report, copy=True)
            report.decide("reading", "row_by_row", "rows_of_unequal_length")
            start, found = _survey(log, layout, report)
        return _read(log, start, found, layout, report, settings)
    finally:
        log.connection.close()


def _survey(log: CallLog, layout: Layout, report: FileReport) -> tuple[str, Survey]:
    start = start_expression(log, layout, report)
    found = survey(log, start, layout, report)
    if found.undated and other_forms(log, start):
        report.decisions = [d for d in report.decisions if d["what"] not in ("time_format", "date_order")]
        start = start_expression(log, layout, report, slowly=True)
        found = survey(log, start, layout, report)
    return start, found


def _read(
    log: CallLog,
    start: str,
    found: Survey,
    layout: Layout,
    report: FileReport,
    settings: Settings,
) -> FileData:
    report.rows_in = found.rows
    if found.undated:
        drop_undated(log, start, layout, report)
    if found.dates is None:
        raise InputError(log.file, "a header and no calls", "rows of calls", "ask for the export again")
    texts = {word: [text(mend(cell)[0]) for cell in cells] for word, cells in found.texts.items()}
    twice = {
        w: [c for c in cells if mend(c)[1]] for w, cells in found.texts.items() if any(mend(c)[1] for c in cells)
    }
    for word, cells in twice.items():
        report.repair("double_encoding", log.count(word, cells))
    timed = "duration" in log.header.columns
    seconds = seconds_expression(log, found.texts["duration"], layout, report) if timed else "CAST(NULL AS INTEGER)"
    places = _places(found, log, layout, settings)
    statuses = read_statuses(sorted(set(texts.get("status", []))), layout, log.file)
    decisions = _decisions(found, texts, places, statuses, settings)
    said = read_circumstances(texts, {word: log.label(word) for word in texts}, report)
    decisions = replace(decisions, shown=decisions.shown | said)
    repeats = read_repeats(log, start, found.rows - found.undated, found.different, layout, report)
    report.drop("duplicate_row", repeats.left_out)
    counted = count_calls(
        log, start, seconds, decisions, settings.completed_seconds, settings.replaced, repeats.source
    )
    for rule, calls in sorted(counted.dropped.items()):
        report.drop(rule, calls)
    days_alone = found.midnights == found.rows - found.undated
    if days_alone:
        report.decide("time_format", "days_alone", "no_times_in_it", log.label("start"))
    report.rows_kept = int(counted.rows["calls"].sum())
    present = {word for word in DIMENSIONS if word in texts} | {"calls"}
    if statuses and timed:
        present.add("completed")
    rows = counted.rows if "completed" in present else counted.rows.drop(columns="completed")
    for measure in sorted({"calls", "completed"} & present):
        rows[f"{measure}_state"] = _constant("observed", len(rows))
    first, last = (f"{day:%Y-%m}" for day in found.dates)
    return FileData(
        report,
        True,
        rows,
        frozenset(present),
        first,
        last,
        frozenset(place.code for place in places if place.kind == "municipality"),
        timing=None if days_alone else counted.timing,
        circumstances=counted.circumstances,
        dates=found.dates,
        days=found.days,
        # Two calls of a unit on a day are nothing odd where no time tells them apart.
        identical={} if days_alone else _areas_of(repeats.areas, found, places),
        names=_names(log, found, places, "name"),
        regions=_names(log, found, places, "region") if settings.free else {},
    )


def _areas_of(pairs: Mapping[tuple[str, str], int], found: Survey, places: list[Place]) -> dict[str, int]:
    """Rows that stand once too often, by area."""
    counted: Counter[str] = Counter()
    for pair, place in zip(found.pairs, places, strict=True):
        if place.kind == "municipality" and pair in pairs:
            counted[place.code] += pairs[pair]
    return dict(counted)


def _constant(value: str, rows: int) -> pd.Categorical:
    return pd.Categorical.from_codes(np.zeros(rows, dtype="int8"), categories=pd.Index([value], dtype="str"))


def _places(found: Survey, log: CallLog, layout: Layout, settings: Settings) -> list[Place]:
    """What each pair of code and name (or the one there is) stands for."""
    clean = [(text(mend(code)[0]), text(mend(name)[0])) for code, name in found.pairs]
    codes = [code for code, _ in clean] if "code" in found.texts else None
    names = [name for _, name in clean] if "municipality" in found.texts else None
    try:
        return read_areas(
            codes, names, log.file, 0, free=settings.free, ignore=layout.ignore, named=settings.areas_named
        )
    except InputError as error:
        if ", row " not in error.where:
            raise
        pair = found.pairs[int(error.where.rpartition(", row ")[2])]
        word, cell = ("municipality", pair[1]) if names and pair[1] else ("code", pair[0])
        row = log.place_of(log.column(word), cell)[0]
        where = f"{log.file}, row {row}, column {log.label(word)}"
        raise InputError(where, error.found, error.expected, error.cure) from None


def _decisions(
    found: Survey,
    texts: dict[str, list[str]],
    places: list[Place],
    statuses: dict[str, str],
    settings: Settings,
) -> Decisions:
    """Every distinct text with what it is called in the panel and the rule, if any, that drops its rows."""
    shown = {word: cells for word, cells in texts.items() if word in DIMENSIONS}
    if "provider" in shown:
        shown["provider"] = [
            pseudonyms.pseudonym(pseudonyms.number_of(cell), settings.secret) for cell in shown["provider"]
        ]
    rules = {word: [""] * len(cells) for word, cells in texts.items()}
    rules["unit"] = ["test_row" if is_test(cell) else "" for cell in texts.get("unit", [])]
    rules["channel"] = [
        "test_row" if is_test(cell) else _other(cell, settings.channels) for cell in texts.get("channel", [])
    ]
    rules["status"] = ["test_row" if statuses[cell] == "test" else "" for cell in texts.get("status", [])]
    return Decisions(
        raw=found.texts,
        pairs=found.pairs,
        areas=[place.code if place.kind == "municipality" else "" for place in places],
        area_rules=[DROPPED.get(place.kind, "") for place in places],
        shown=shown,
        rules=rules,
        completed=[statuses[cell] == "completed" for cell in texts.get("status", [])],
    )


def _other(channel: str, channels: Container[str] | None) -> str:
    return "" if channels is None or channel in channels else "other_channel"


def _names(log: CallLog, found: Survey, places: list[Place], word: str) -> dict[str, str]:
    """The last name (or region) that rows give each area."""
    if word not in log.header.columns:
        return {}
    key = "municipality" if "municipality" in log.header.columns else "code"
    query = f"SELECT DISTINCT coalesce({log.column(key)}, ''), coalesce({log.column(word)}, '') FROM log ORDER BY ALL"
    known = {
        (name if key == "municipality" else code): place
        for (code, name), place in zip(found.pairs, places, strict=True)
    }
    rows = log.connection.execute(query).fetchall()
    return {known[a].code: text(mend(b)[0]) for a, b in rows if known[a].kind == "municipality" and text(b)}
