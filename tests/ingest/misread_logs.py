"""Call logs and workbooks meant to be misread: units, zones, and formats that a program lost."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from typing import Any

import openpyxl

from tests.ingest.misread_file import (
    AREAS,
    MONTHLY,
    SHORT,
    YEAR,
    Misread,
    Rows,
    Truth,
    beside,
    draw_counts,
    month_labels,
    pivot,
    save,
    table,
)


# Logs.
def _moments(draws: random.Random, days: tuple[int, ...] = ()) -> list[dt.datetime]:
    found = [
        dt.datetime(
            YEAR,
            m,
            draws.choice(days) if days else draws.randint(1, 28),
            draws.randint(7, 17),
            draws.randint(0, 59),
            draws.randint(0, 59),
        )
        for m in range(1, 7)
        for _ in range(20)
    ]
    return sorted(found)


def _log(
    draws: random.Random,
    moments: list[dt.datetime],
    cells: list[Any],
    start: str = "Starttid",
    durations: tuple[str, list[Any]] | None = None,
    container: str = "",
) -> tuple[str, bytes, Truth]:
    names = [draws.choice(list(AREAS)) for _ in moments]
    truth: Truth = {(code, f"{YEAR}-{m:02d}"): 0 for code in AREAS.values() for m in range(1, 7)}
    for name, moment in zip(names, moments, strict=True):
        truth[AREAS[name], f"{moment:%Y-%m}"] += 1
    rows: Rows = [[start, "Kommune", *([durations[0]] if durations else [])]]
    rows += [
        [cell, name, *([durations[1][i]] if durations else [])]
        for i, (cell, name) in enumerate(zip(cells, names, strict=True))
    ]
    return *save(draws, rows, container), truth


def swapped(kind: str, draws: random.Random) -> Misread:
    days = draws.choice(((), (5, 20), (1, 12, 13, 31), (3, 28), tuple(range(1, 29))))
    moments = _moments(draws, tuple(d for d in days if d < 29))
    typed = draws.random() < 0.5
    cells: list[Any] = []
    for moment in moments:
        if moment.day > 12:
            cells.append(f"{moment:%d-%m-%Y %H:%M:%S}")
        else:
            turned = moment.replace(month=moment.day, day=moment.month)
            cells.append(turned if typed else f"{turned:%Y-%m-%d %H:%M:%S}")
    return Misread(
        kind, "typed" if typed else "ISO", *_log(draws, moments, cells, container="xlsx" if typed else "")[:2], None
    )


def zone(kind: str, draws: random.Random) -> Misread:
    """Calls just before midnight at the end of a month, in UTC."""
    local = [
        dt.datetime(YEAR, m, 1, 0, draws.randint(5, 50), 1) for m in (2, 3, 4, 5, 6) for _ in range(5)
    ] + _moments(draws)
    zone = draws.choice(("UTC", "GMT", "utc-tid", "Z", "dansk tid", "lokal tid", "CET", "UTC+1", "PST", "servertid"))
    utc = zone in ("UTC", "GMT", "utc-tid", "Z")
    hours = [
        1 if moment < dt.datetime(YEAR, 3, 31, 2) or moment > dt.datetime(YEAR, 10, 27, 3) else 2 for moment in local
    ]
    form = draws.choice(("%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H:%M", "%d.%m.%Y %H.%M.%S"))
    cells = [
        f"{(moment - dt.timedelta(hours=h) if utc else moment):{form}}"
        for moment, h in zip(local, hours, strict=True)
    ]
    name, content, truth = _log(draws, local, cells, beside(draws, "Starttid", zone))
    return Misread(kind, zone, name, content, truth if utc or ("tid" in zone and zone != "servertid") else None)


def midnight(kind: str, draws: random.Random) -> Misread:
    moments = _moments(draws)
    lost = draws.choice((1, 2, 20, 60))
    form = draws.choice(("%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"))
    dated = set(draws.sample(range(len(moments)), lost))
    cells = [f"{moment:{form}}" + ("" if i in dated else f" {moment:%H:%M:%S}") for i, moment in enumerate(moments)]
    name, content, truth = _log(draws, moments, cells)
    return Misread(kind, f"{lost} of {len(moments)}", name, content, truth if lost <= 2 else None)


def duration(kind: str, draws: random.Random) -> Misread:
    """A unit or a format in the header, and figures in it."""
    moments = _moments(draws)
    seconds = [draws.randint(20, 2400) for _ in moments]
    forms: dict[str, tuple[tuple[str, ...], Callable[[int], Any]]] = {
        "m.s": (("mm.ss", "mm,ss", "min.sek"), lambda s: f"{s // 60:02d}.{s % 60:02d}"),
        "m:s": (("mm:ss", "m:ss", "minutter:sekunder", "min:sek"), lambda s: f"{s // 60}:{s % 60:02d}"),
        "seconds": (("sek.", "sekunder", "s", "seconds", "i sekunder"), str),
        "minutes": (("min.", "minutter", "minutes", "i minutter", "minutter, decimaltal"), lambda s: f"{s / 60:.4f}"),
        "hours": (("timer", "t", "hours", "i timer"), lambda s: f"{s / 3600:.5f}"),
        "h:m:s": (("tt:mm:ss", "hh:mm:ss"), lambda s: f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}"),
        "milliseconds": (("ms", "millisekunder"), lambda s: f"{s}000"),
    }
    unit = draws.choice(list(forms))
    phrases, write = forms[unit]
    label = beside(
        draws,
        draws.choice(("Varighed", "Duration", "Samtaletid")),
        draws.choice(phrases),
        brackets=unit in ("seconds", "hours", "minutes"),
    )
    comma = draws.random() < 0.5 and unit in ("minutes", "hours")
    cells = [str(write(s)).replace(".", ",") if comma else write(s) for s in seconds]
    name, content, truth = _log(
        draws, moments, [f"{m:%Y-%m-%d %H:%M:%S}" for m in moments], durations=(label, cells), container="csv"
    )
    return Misread(kind, label, name, content, truth, sum(seconds))


def lost_durations(kind: str, draws: random.Random) -> Misread:
    """What a spreadsheet makes of durations: 12:34 a time of day, a time a part of a day, 7.30 a number."""
    moments = _moments(draws)
    seconds = [draws.randint(20, 1400) for _ in moments]
    what = draws.choice(("clock", "clock text", "part of a day", "pointed", "pointed number"))
    cells: list[Any] = {
        "clock": [dt.time(s // 60, s % 60) for s in seconds],
        "clock text": [f"{s // 60:02d}:{s % 60:02d}:00" for s in seconds],
        "part of a day": [s / 86400 for s in seconds],
        "pointed": [f"{s // 60}.{s % 60:02d}" for s in seconds],
        "pointed number": [float(f"{s // 60}.{s % 60:02d}") for s in seconds],
    }[what]
    label = draws.choice(
        ("Varighed", "Duration", "Varighed (min.)" if "pointed" in what or "part" in what else "Varighed")
    )
    container = "" if "text" in what or what == "pointed" else "xlsx"
    name, content, truth = _log(
        draws, moments, [f"{m:%Y-%m-%d %H:%M:%S}" for m in moments], durations=(label, cells), container=container
    )
    return Misread(kind, f"{what}, {label}", name, content, truth if what == "part of a day" else None, sum(seconds))


# Workbooks.
def _book(draws: random.Random, rows: Rows, change: Callable[[Any], None]) -> tuple[str, bytes]:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book.active)
    out = io.BytesIO()
    book.save(out)
    return "raw.xlsx", out.getvalue()


def sheet(kind: str, draws: random.Random) -> Misread:
    """Formulas never calculated, cells in per cent, hidden rows, columns or the sheet."""
    truth = draw_counts(draws)
    rows = table(truth, MONTHLY)
    chosen = draws.sample(range(2, len(rows) + 1), draws.randint(1, 6))
    what = draws.choice(("formulas", "per cent", "hidden rows", "hidden column", "hidden sheet"))

    def change(sheet: Any) -> None:
        for row in chosen:
            cell = sheet.cell(row, 3)
            if what == "formulas":
                cell.value = f"={cell.value}+0"
            elif what == "per cent":
                cell.value, cell.number_format = draws.choice((0, 1)), draws.choice(("0%", "0.0 %", '0" %"'))
            elif what == "hidden rows":
                sheet.row_dimensions[row].hidden = True
        if what == "hidden column":
            sheet.column_dimensions[draws.choice("ABC")].hidden = True
        if what == "hidden sheet":
            sheet.parent.create_sheet("Forside")["A1"] = "se bilag"
            sheet.sheet_state, sheet.parent.active = "hidden", 1

    return Misread(kind, what, *_book(draws, rows, change), None)


def future(kind: str, draws: random.Random) -> Misread:
    """Months that have not begun, with a forecast in them or nothing."""
    truth = draw_counts(draws)
    filled = draws.random() < 0.5
    labels = month_labels(draws, truth)
    to_come = {f"{year}-{m:02d}": f"{SHORT[m - 1]} {year}" for year in (2090,) for m in (1, 2)}
    rows = pivot(truth, labels)
    rows = [
        [*row, *(to_come.values() if i == 0 else [draws.randint(1, 9) if filled else draws.choice(("", 0))] * 2)]
        for i, row in enumerate(rows)
    ]
    return Misread(kind, "filled" if filled else "empty", *save(draws, rows), None if filled else truth)


def per_cent(kind: str, draws: random.Random) -> Misread:
    truth = draw_counts(draws)
    form = draws.choice(("{} %", "{}%", "{} pct.", "{},0 %"))
    some = draws.random() < 0.5
    rows = table(
        truth,
        MONTHLY,
        lambda code, month: (
            truth[code, month] if some and draws.random() < 0.7 else form.format(draws.randint(0, 100))
        ),
    )
    rows[1][2] = form.format(7)
    return Misread(kind, form, *save(draws, rows), None)
