"""Cells that betray that a program changed their format: refused, or repaired with a count; never quiet."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from kl_research.intake import Ingested
from kl_research.intake.tables import plausible
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
CONNECTED = "municipality;connected_from;started_from\n461;2023-01;2023-01\n630;2023-01;2023-01\n"
MONTHLY = ["Kommune", "Måned", "Antal opkald"]


def workbook(rows: list[list[Any]], change: Callable[[Any], None] = lambda sheet: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repaired(ingested: Ingested) -> dict[str, int]:
    return dict(ingested.quality["files"][0]["repaired"])


# Days and months swapped in one part of a column: a program took 05-01-2024 for 1 May, and left 20-01-2024 as text.
def swapped(moments: list[dt.datetime], *, as_iso: bool) -> list[Any]:
    """Danish moments after a visit to a program that expects the month first: typed where the day is 12 or less."""
    cells: list[Any] = []
    for moment in moments:
        if moment.day <= 12:
            turned = moment.replace(month=moment.day, day=moment.month)
            cells.append(f"{turned:%Y-%m-%d %H:%M:%S}" if as_iso else turned)
        else:
            cells.append(f"{moment:%d-%m-%Y %H:%M}")
    return cells


@pytest.mark.parametrize("as_iso", [True, False])
@pytest.mark.parametrize("days", [(5, 20), (1, 31), (12, 13), (3, 4, 5, 28), (2, 15, 16)])
def test_days_and_months_swapped_in_a_part_of_a_log_are_refused(
    draw: Draw, days: tuple[int, ...], as_iso: bool
) -> None:
    moments = [dt.datetime(2024, month, day, 11, 5) for month in (1, 3, 5, 7, 8, 10) for day in days]
    rows = [["Starttid", "Kommune"], *([cell, "Odense"] for cell in swapped(moments, as_iso=as_iso))]
    text = "\n".join(";".join(map(str, row)) for row in rows) + "\n"
    raw: Any = text if as_iso else {"raw.xlsx": workbook(rows)}
    with pytest.raises(InputError, match="day and month"):
        draw(raw)


@pytest.mark.parametrize("when", ["ISO", "US"])
def test_two_forms_that_hold_all_days_are_read(draw: Draw, when: str) -> None:
    rows = [f"2024-0{m}-{d:02d} 10:00:00;Odense" for m in (1, 2) for d in (5, 20)]
    rows += [f"{d:02d}-0{m}-2024 10:00;Odense" for m in (3, 4) for d in (5, 20)]
    panel = draw("Starttid;Kommune\n" + "\n".join(rows) + "\n", connections=CONNECTED).panel
    assert panel.loc[panel["municipality"] == "461", "calls"].tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize(
    "cells",
    [
        [dt.date(2024, 1, m) for m in range(1, 7)],
        [f"2024-01-0{m}" for m in range(1, 7)],
        [dt.date(2024, 1, 1), dt.date(2024, 1, 2), dt.date(2024, 2, 1)],
        [dt.date(2024, 3, d) for d in (4, 11, 18, 25)],
        ["01-01-2024", "15-01-2024", "01-02-2024"],
    ],
)
@pytest.mark.parametrize("same", [True, False])
def test_several_days_of_a_month_are_no_months(draw: Draw, cells: list[Any], same: bool) -> None:
    rows = [MONTHLY, *(["Odense", cell, 7 if same else i] for i, cell in enumerate(cells))]
    with pytest.raises(InputError, match="several days of"):
        draw({"raw.xlsx": workbook(rows)})


@pytest.mark.parametrize(("day", "year"), [(23, 2026), (24, 2026), (24, 2025), (25, 2026), (22, 2024)])
def test_jan_24_that_became_the_24th_of_january_is_refused(draw: Draw, day: int, year: int) -> None:
    months = [dt.date(year, m, day) for m in range(1, 7)]
    with pytest.raises(InputError, match=f"jan-{day}"):
        draw({"raw.xlsx": workbook([["Kommune", *months], ["Odense", *range(1, 7)]])})
    with pytest.raises(InputError, match=f"jan-{day}"):
        draw({"raw.xlsx": workbook([MONTHLY, *(["Odense", month, 3] for month in months)])})


@pytest.mark.parametrize(
    "cells",
    [
        ["2024.01", "2024.02", "2024.1"],
        ["2024.01", "2024.09", "2024.1", "2024.11"],
        [2024.01, 2024.02, 2024.1],
        ["2024,08", "2024,09", "2024,1"],
        [2023.09, 2023.1],
    ],
)
def test_october_that_lost_its_nought_is_no_january(draw: Draw, cells: list[Any]) -> None:
    with pytest.raises(InputError, match="nought"):
        draw({"raw.xlsx": workbook([MONTHLY, *(["Odense", cell, i] for i, cell in enumerate(cells))])})


# Durations.
def log(durations: list[Any], header: str = "Varighed") -> bytes:
    rows = [["Starttid", header, "Kommune"]]
    rows += [[f"2024-01-{i % 28 + 1:02d} 09:00:00", cell, "Odense"] for i, cell in enumerate(durations)]
    return workbook(rows)


@pytest.mark.parametrize(
    "durations",
    [
        [dt.time(12, 34), dt.time(7, 5), dt.time(0, 45)],
        ["12:34:00", "07:05:00", "00:45:00"],
        [dt.time(1, 30), dt.time(0, 40)],
        [dt.timedelta(hours=23, minutes=10), dt.time(3, 3)],
        ["02:10:00", "00:55:00", "01:01:00"],
    ],
)
def test_clock_times_where_durations_stand_are_refused(draw: Draw, durations: list[Any]) -> None:
    with pytest.raises(InputError, match="which may be hours and minutes, or minutes and seconds"):
        draw({"raw.xlsx": log(durations)})
    layouts = {"own": "layout: calls\nduration: h:m:s\n"}
    assert draw({"raw.xlsx": log(durations)}, "own", layouts=layouts, connections=CONNECTED).panel[
        "calls"
    ].sum() == len(durations)


@pytest.mark.parametrize(
    "durations",
    [
        ["00:07:00", "00:12:00"],
        ["00:45:10", "01:10:00"],
        ["00:05:00", "00:59:00"],
        ["00:00:30", "02:00:00"],
        [dt.time(0, 7), dt.time(0, 10)],
    ],
)
def test_durations_with_seconds_or_under_an_hour_are_read(draw: Draw, durations: list[Any]) -> None:
    assert draw({"raw.xlsx": log(durations)}, connections=CONNECTED).panel["calls"].sum() == len(durations)


@pytest.mark.parametrize("header", ["Varighed", "Varighed (tid)"])
def test_durations_that_became_parts_of_a_day_are_repaired_with_a_count(draw: Draw, header: str) -> None:
    seconds = [45, 452, 600, 1201]
    header = header.removesuffix(" (tid)")
    ingested = draw({"raw.xlsx": log([s / 86400 for s in seconds], header)}, connections=CONNECTED)
    assert ingested.activity["seconds"].tolist() == [sum(seconds)]
    decisions = ingested.quality["files"][0]["decisions"]
    assert [(d["decided"], d["why"]) for d in decisions if d["what"] == "duration_unit"] == [
        ("days", "parts_of_a_day")
    ]


@pytest.mark.parametrize(
    "header", ["Varighed (min.)", "Varighed (sek.)", "Duration (minutes)", "Varighed i minutter", "Varighed (timer)"]
)
def test_parts_of_a_day_under_another_unit_are_refused(draw: Draw, header: str) -> None:
    with pytest.raises(InputError, match="parts of a day"):
        draw({"raw.xlsx": log([s / 86400 for s in (45, 452, 600, 1201)], header)})


MM_SS = ["7.30", "12.45", "0.45", "3.05", "22.10", "5.55", "8.20", "1.15", "9.59", "14.00", "2.35", "6.50"]


@pytest.mark.parametrize(
    "cells", [MM_SS, [c.replace(".", ",") for c in MM_SS], MM_SS[:2], MM_SS[:5], [float(c) for c in MM_SS]]
)
def test_minutes_and_seconds_with_a_point_are_no_decimal_minutes(draw: Draw, cells: list[Any]) -> None:
    with pytest.raises(InputError, match=r"minutes and seconds"):
        draw({"raw.xlsx": log(cells)})
    layouts = {"own": "layout: calls\nduration: m:s\n"}
    found = draw({"raw.xlsx": log(cells)}, "own", layouts=layouts, connections=CONNECTED).activity["seconds"].tolist()
    whole = [str(c).replace(",", ".").split(".") for c in cells]
    assert found == [sum(int(m) * 60 + int(f"{s:0<2}") for m, s in whole)]


def test_decimals_of_sixty_and_more_show_decimal_minutes(draw: Draw) -> None:
    assert draw({"raw.xlsx": log(["7.30", "2.75"])}, connections=CONNECTED).activity["seconds"].tolist() == [
        round(7.3 * 60) + 165
    ]


@pytest.mark.parametrize("hours", [4.5, 8, 13, 23])
def test_a_call_of_many_hours_is_counted_and_told(draw: Draw, hours: float) -> None:
    long = f"{int(hours):02d}:{int(hours % 1 * 60):02d}:07"
    ingested = draw({"raw.xlsx": log(["00:05:10"] * 30 + [long])}, connections=CONNECTED)
    decisions = ingested.quality["files"][0]["decisions"]
    assert [d["decided"] for d in decisions if d["what"] == "long_calls"] == ["1"]


@pytest.mark.parametrize(
    "header", ["Varighed (min.)", "Varighed (timer)", "Varighed (tt:mm)", "Varighed", "Duration (hours)"]
)
def test_many_calls_of_many_hours_are_refused(draw: Draw, header: str) -> None:
    cells = {
        "Varighed (tt:mm)": ["07:10", "12:00"],
        "Varighed": ["07:10:11", "12:00:05"],
        "Varighed (min.)": ["452", "600"],
    }.get(header, ["5,5", "7"])
    with pytest.raises(InputError, match="longer than"):
        draw({"raw.xlsx": log(cells * 5, header)})


# Midnight.
@pytest.mark.parametrize(
    "start", ["2024-02-01", "01-02-2024", "1. februar 2024", "20240201", dt.datetime(2024, 2, 1)]
)
def test_a_midnight_that_lost_its_time_is_set_right_with_a_count(draw: Draw, start: Any) -> None:
    form = {"01-02-2024": "%d-%m-%Y %H:%M", "20240201": "%Y%m%d%H%M%S"}.get(str(start), "%Y-%m-%d %H:%M:%S")
    usual = [dt.datetime(2024, 1, 1 + i % 28, 8 + i % 9, i % 60, 5) for i in range(99)]
    rows = [[m if isinstance(start, dt.datetime) else m.strftime(form), "Odense"] for m in usual] + [
        [start, "Odense"]
    ]
    ingested = draw({"raw.xlsx": workbook([["Starttid", "Kommune"], *rows])}, connections=CONNECTED)
    assert ingested.timing["calls"].sum() == 100
    assert repaired(ingested) == {"midnight": 1}
    february = ingested.timing[ingested.timing["month"] == "2024-02-01"]
    assert february[["hour", "calls"]].to_numpy().tolist() == [[0, 1]]


@pytest.mark.parametrize("dated", [5, 20, 50])
def test_a_part_of_a_log_that_lost_its_times_is_refused(draw: Draw, dated: int) -> None:
    rows = [f"2024-01-{i % 28 + 1:02d}" + ("" if i < dated else " 10:11:12") + ";Odense" for i in range(60)]
    with pytest.raises(InputError, match=f"{dated} of 60 calls without a time"):
        draw("Starttid;Kommune\n" + "\n".join(rows) + "\n")


# Percentages.
@pytest.mark.parametrize("cell", ["12 %", "12%", "12,0 %", "7 pct.", "100 %"])
def test_percentages_are_no_counts(draw: Draw, cell: str) -> None:
    with pytest.raises(InputError, match="per cent"):
        draw(f"Kommune;Måned;Antal opkald\nOdense;2024-01;{cell}\nOdense;2024-02;5\n")


@pytest.mark.parametrize("number_format", ["0%", "0 %", "0.00%", '0" %"', "#,##0 %"])
def test_cells_that_a_workbook_shows_in_per_cent_are_no_counts(draw: Draw, number_format: str) -> None:
    def change(sheet: Any) -> None:
        for row in (2, 3):
            sheet.cell(row, 3).number_format = number_format

    with pytest.raises(InputError, match=r"C2.*per cent"):
        draw({"raw.xlsx": workbook([MONTHLY, ["Odense", "2024-01", 1], ["Odense", "2024-02", 0]], change)})


# Formulas.
def with_zeros(content: bytes) -> bytes:
    """The workbook as a program writes it that gives each formula the value 0."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(
                name, re.sub(rb"</f>(?:<v ?/>|<v></v>)", b"</f><v>0</v>", data) if "sheet1" in name else data
            )
    return out.getvalue()


@pytest.mark.parametrize("formula", ["=1+1", "=SUM(D1:D2)", "=D2", "=VLOOKUP(A2,D1:E2,2)", "=ROUND(7/2,0)"])
@pytest.mark.parametrize("zeros", [True, False])
def test_formulas_that_nobody_calculated_are_refused_with_their_cell(draw: Draw, formula: str, zeros: bool) -> None:
    content = workbook([MONTHLY, ["Odense", "2024-01", formula], ["Odense", "2024-02", formula]])
    with pytest.raises(InputError, match=r"C2.*never calculated.*[Oo]pen it in Excel"):
        draw({"raw.xlsx": with_zeros(content) if zeros else content})


def test_formulas_that_were_calculated_are_read(draw: Draw) -> None:
    content = with_zeros(workbook([MONTHLY, ["Odense", "2024-01", "=3+4"], ["Odense", "2024-02", "=0+0"]]))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(
                name, data.replace(b"<f>3+4</f><v>0</v>", b"<f>3+4</f><v>7</v>") if "sheet1" in name else data
            )
    assert draw({"raw.xlsx": out.getvalue()}, connections=CONNECTED).panel["calls"].sum() == 7


# The future, and years that stand alone.
@pytest.fixture
def on_15_march_2025(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plausible, "today", lambda: dt.date(2025, 3, 15))


@pytest.mark.usefixtures("on_15_march_2025")
@pytest.mark.parametrize("month", ["2025-04", "2025-12", "april 2025", "2026-01", "2052-01"])
def test_a_month_to_come_is_refused(draw: Draw, month: str) -> None:
    with pytest.raises(InputError, match="in the future"):
        draw(f"Kommune;Måned;Antal opkald\nOdense;2025-01;5\nOdense;{month};5\n")


@pytest.mark.usefixtures("on_15_march_2025")
@pytest.mark.parametrize(
    "start",
    [
        "2025-03-20 10:00:00",
        "2025-04-01 00:10:00",
        "2026-01-05 09:00:00",
        "2025-12-01 09:00:00",
        "2027-03-01 09:00:00",
    ],
)
def test_a_call_to_come_is_refused(draw: Draw, start: str) -> None:
    with pytest.raises(InputError, match=r"row 3.*in the future"):
        draw(f"Starttid;Kommune\n2025-03-15 23:59:00;Odense\n{start};Odense\n")


@pytest.mark.usefixtures("on_15_march_2025")
def test_simulated_calls_may_lie_in_the_future(draw: Draw) -> None:
    text = "Starttid;Kommune\n2025-03-15 23:59:00;Odense\n2026-03-20 10:00:00;Odense\n"
    assert draw(text, connections=CONNECTED, keys="simulated: true").panel["calls"].sum() == 2


@pytest.mark.usefixtures("on_15_march_2025")
@pytest.mark.parametrize("blank", ["", "0", "-", "–"])
def test_months_to_come_without_a_call_are_left_out_with_a_count(draw: Draw, blank: str) -> None:
    months = "jan-25;feb-25;mar-25;apr-25;maj-25"
    ingested = draw(
        f"Kommune;{months}\nOdense;5;6;7;{blank};{blank}\nVejle;1;2;3;{blank};{blank}\n", connections=CONNECTED
    )
    assert ingested.quality["months"] == {"first": "2025-01", "last": "2025-03"}
    decisions = ingested.quality["files"][0]["decisions"]
    assert [d["decided"] for d in decisions if d["what"] == "months_to_come"] == ["2"]


@pytest.mark.parametrize("month", ["2002-01", "2014-05", "2015-12", "1999-06", "2020-01"])
def test_a_year_that_stands_alone_is_refused_in_a_table_too(draw: Draw, month: str) -> None:
    rows = "".join(f"Odense;2024-{m:02d};5\nVejle;2024-{m:02d};5\n" for m in range(1, 13))
    with pytest.raises(InputError, match=f"{month}, then none before 2024-01"):
        draw(f"Kommune;Måned;Antal opkald\n{rows}Odense;{month};5\n")


# Hidden rows and columns.
def hide(rows: tuple[int, ...] = (), columns: str = "") -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        for row in rows:
            sheet.row_dimensions[row].hidden = True
        for column in columns:
            sheet.column_dimensions[column].hidden = True

    return change


TABLE = [
    MONTHLY,
    ["Odense", "2024-01", 1],
    ["Odense", "2024-02", 2],
    ["Vejle", "2024-01", 4],
    ["Vejle", "2024-02", 8],
]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (hide((3,)), "1 hidden row"),
        (hide((4, 5)), "2 hidden rows"),
        (hide((2, 3)), "2 hidden rows"),
        (hide(columns="C"), "a hidden column"),
        (hide(columns="B"), "a hidden column"),
    ],
)
def test_hidden_rows_and_columns_are_asked_about(draw: Draw, change: Any, found: str) -> None:
    with pytest.raises(InputError, match=found) as caught:
        draw({"raw.xlsx": workbook(TABLE, change)})
    assert "hidden: read" in str(caught.value)


def test_a_layout_says_whether_hidden_rows_count(draw: Draw) -> None:
    content = {"raw.xlsx": workbook(TABLE, hide((3, 5)))}
    read = draw(content, "own", layouts={"own": "layout: monthly\nhidden: read\n"}, connections=CONNECTED)
    assert read.panel["calls"].sum() == 1 + 2 + 4 + 8
    assert [d["decided"] for d in read.quality["files"][0]["decisions"] if d["what"] == "hidden_rows"] == ["2"]
    left = draw(content, "own", layouts={"own": "layout: monthly\nhidden: leave_out\n"}, connections=CONNECTED)
    assert left.panel["calls"].sum() == 1 + 4
    assert left.quality["files"][0]["dropped"] == {"hidden_row": 2}


def test_a_hidden_column_that_nothing_reads_is_nobodys_concern(draw: Draw) -> None:
    rows = [[*row, "x"] for row in TABLE]
    assert draw({"raw.xlsx": workbook(rows, hide(columns="D"))}, connections=CONNECTED).panel["calls"].sum() == 15


def test_a_sheet_nobody_sees_is_asked_about(draw: Draw) -> None:
    def change(sheet: Any) -> None:
        book = sheet.parent
        book.create_sheet("Forside")["A1"] = "Se notatet"
        sheet.sheet_state = "hidden"
        book.active = 1

    content = {"raw.xlsx": workbook(TABLE, change)}
    with pytest.raises(InputError, match="a hidden sheet"):
        draw(content)
    assert (
        draw(content, "own", layouts={"own": "layout: monthly\nsheet: Sheet\n"}, connections=CONNECTED)
        .panel["calls"]
        .sum()
        == 15
    )
