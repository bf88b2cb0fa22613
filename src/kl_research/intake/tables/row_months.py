"""The month of every row: from one column, a year and a month, a start and an end, or a name and the title's year."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from kl_research.intake.columns import month_checks
from kl_research.intake.columns import months as month_cells
from kl_research.intake.columns.header_words import read_as, read_marked_period
from kl_research.intake.columns.months import Order, Period
from kl_research.intake.columns.phrases import Said
from kl_research.intake.files.cells import Cell, Row, blank, mend, text
from kl_research.intake.layouts import Layout
from kl_research.intake.quality import FileReport
from kl_research.intake.tables.header_columns import Header
from kl_research.intake.tables.month_headers import no_year, year_of
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold

_NUMBERED = {"periode", "period", "tid", "time"}


def row_months(
    rows: list[Row], numbers: list[int], header: Header, layout: Layout, report: FileReport, where: str
) -> list[str]:
    """The month of each of some rows, whose numbers in the file are `numbers`."""
    column = header.columns["month"]
    label = header.labels[column] if header.labels else ""
    cells = [mend(row[column])[0] for row in rows]
    if "year" in header.columns:
        years = [text(row[header.columns["year"]]) for row in rows]
        return _months_of_years(cells, years, numbers, label, layout, where)
    if any(blank(cell) for cell in cells) and not blank(cells[0]):
        repeats = any(text(a) == text(b) for a, b in pairwise(cells) if not blank(a))
        for i in range(1, len(cells)):
            if blank(cells[i]) and not repeats:
                cells[i] = cells[i - 1]
                report.repair("filled_down")
    month_checks.refuse_lost_nought(cells, where)
    periods = month_checks.short_months(cells, where) or _without_year(cells, label, header, layout, report, where)
    if periods is None:
        periods, said = _read(cells, numbers, where)
        _check_said(said, cells, numbers, periods, layout, report, where)
    declared = layout.dates or _order(label)
    order, why = month_cells.settle(periods, where, declared)
    if order:
        report.decide("date_order", order, "header" if declared and not layout.dates else why, label)
    summed = column in header.extra or layout.calls_of_each_month or layout.repeats == "add"
    month_checks.refuse_lost_days(periods, order, where, declared=layout.dates is not None, several=not summed)
    months = [month_cells.month_of(period, order) for period in periods]
    if not layout.calls_of_each_month:
        month_checks.refuse_steps(months, where)
    if "period_end" in header.columns:
        _check_ends(rows, numbers, header, layout, months, report.file)
    return months


def _order(label: str) -> Order | None:
    order = read_as(label, "month").value("order") if label else ""
    return order if order in ("dmy", "mdy") else None  # type: ignore[return-value]


def _read(cells: list[Cell], numbers: list[int], where: str) -> tuple[list[Period], list[tuple[Said, ...]]]:
    read = [read_marked_period(cell) for cell in cells]
    month_cells.refuse_other_periods([period for period, _ in read], where)
    for (period, _), cell, number in zip(read, cells, numbers, strict=True):
        if period is None:
            short = repr(without_digits(text(cell))) if len(text(cell)) < 9 else "text"
            shown = "a blank cell" if blank(cell) else short
            raise InputError(
                f"{where}, row {number}",
                f"{shown} where a month should be",
                "a month, such as 2023-05 or maj 2023",
                "correct it, or map the right column in a layout file",
            )
    return [period for period, _ in read if period], [said for _, said in read]


def _check_said(
    said: list[tuple[Said, ...]],
    cells: list[Cell],
    numbers: list[int],
    periods: list[Period],
    layout: Layout,
    report: FileReport,
    where: str,
) -> None:
    """A month that says more: provisional is written down, what is no count or not understood is refused."""
    for about, cell, number, period in zip(said, cells, numbers, periods, strict=True):
        for one in about:
            if one.kind == "provisional":
                report.decide("provisional", period.month, "written_in_the_month")
            elif one.kind == "unknown" or (one.kind == "unfit" and not layout.calls_of_each_month):
                raise InputError(
                    f"{where}, row {number}",
                    f"{without_digits(text(cell))!r}" + (f", so {one.value}" if one.value else ""),
                    "a month, with nothing beside it but a footnote mark or `foreløbig`",
                    "leave such rows out of the export, or correct the cell",
                )


def _without_year(
    cells: list[Cell], label: str, header: Header, layout: Layout, report: FileReport, where: str
) -> list[Period] | None:
    """Months named without a year, in the year of the layout, the header or the title; None where they have one."""
    named = [month_cells.month_number(cell) for cell in cells]
    if not all(named) or any(month_cells.read_period(cell) for cell in cells):
        return None
    said = read_as(label, "month").value("year") if label else ""
    year = str(layout.year) if layout.year else said or year_of([*header.titles, report.sheet])
    if not year:
        raise no_year(where, text(cells[0]))
    report.decide("year", year, "declared" if layout.year else "header" if said else "title", label)
    return [Period("month", f"{year}-{number:02d}", 1) for number in named if number]


def _months_of_years(
    cells: list[Cell], years: list[str], numbers: list[int], label: str, layout: Layout, where: str
) -> list[str]:
    for kind, words in (("week", ("uge", "week")), ("quarter", ("kvartal", "quarter"))):
        if label.casefold().startswith(words):
            month_cells.refuse_other_periods([Period(kind)], where)  # type: ignore[arg-type]
    found = [month_cells.month_number(cell) for cell in cells]
    highest = max(number or 99 for number in found) if all(text(cell).isdigit() for cell in cells) else 99
    several = len(set(years)) > 1
    unsure = highest <= 4 if several else highest <= 12
    if unsure and fold(label) in _NUMBERED and not layout.calls_of_each_month:
        raise InputError(
            where,
            "periods numbered 1 to 4 at most, which may be months, quarters or half-years"
            if several
            else f"periods of one year, numbered 1 to {highest}, which may be months or weeks",
            "months",
            "call the column Måned, or write `calls_of_each_month: true` in a layout file",
        )
    months = []
    for cell, month, year, number in zip(cells, found, years, numbers, strict=True):
        full = month_cells.read_period(cell)
        if full and full.month and full.month.startswith(year):
            months.append(full.month)
        elif month is None or not month_cells.is_year(year):
            raise InputError(f"{where}, row {number}", "no month of a year", "year and month", "correct it")
        else:
            months.append(f"{year}-{month:02d}")
    if not layout.calls_of_each_month:
        month_checks.refuse_steps(months, where)
    return months


def months_of_years(
    months: Mapping[int, str], rows: list[Row], numbers: list[int], header: Header, report: FileReport
) -> list[dict[int, str]]:
    """The months across of each row, in the year that a column names; a year is carried down within its block."""
    column = header.columns["year"]
    where = f"{report.file}, column {header.labels[column]}"
    years = [text(mend(row[column])[0]) for row in rows]
    repeats = any(a == b != "" for a, b in pairwise(years))
    for i, number in enumerate(numbers):
        if not years[i] and i and not repeats:
            years[i] = years[i - 1]
            report.repair("filled_down")
        if not month_cells.is_year(years[i]):
            raise InputError(
                f"{where}, row {number}",
                "no year",
                "a year such as 2024 in every row",
                "correct it, or leave out sums",
            )
    return [{k: f"{year}{month[4:]}" for k, month in months.items()} for year in years]


def _check_ends(
    rows: list[Row], numbers: list[int], header: Header, layout: Layout, months: list[str], file: str
) -> None:
    """Periods with a start and an end must lie within one month each."""
    column = header.columns["period_end"]
    where = f"{file}, column {header.labels[column] if header.labels else column + 1}"
    ends = [month_cells.read_period(mend(row[column])[0]) for row in rows]
    order, _ = month_cells.settle([end for end in ends if end], where, layout.dates)
    for end, month, number in zip(ends, months, numbers, strict=True):
        if end is None or month_cells.month_of(end, order) != month:
            last = month_cells.month_of(end, order) if end else ""
            raise InputError(
                f"{file}, row {number}",
                f"a period from {month} to {last}" if last else f"a period from {month} without an end",
                "one month a row",
                "ask for the export by month; longer periods cannot be shared out",
            )
        if end.kind == "day" and month_cells.day_of(end, order) < 28:
            raise InputError(
                f"{file}, row {number}",
                f"a period that ends within {month}",
                "one month a row",
                "ask for the export by month; shorter periods must be added up",
            )
