"""A table with municipalities across and months down, as of a chart: turned, so that municipalities run down.

Where days run down, it becomes a row a municipality and day, which a layout then adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from kl_research.intake.columns import words
from kl_research.intake.columns.header_words import read_marked_period
from kl_research.intake.columns.months import month_number
from kl_research.intake.columns.places import is_total, names_municipality
from kl_research.intake.files.cells import Cell, Row, blank, mend, text
from kl_research.intake.files.reading import HEAD, Grid
from kl_research.intake.files.sheet_marks import SheetMarks
from kl_research.terms.errors import InputError

_LEAST = 2  # municipalities and months that make it such a table
_FIRSTS = 4  # days on which months end or begin
_MANY = 5  # municipalities that make it one below any corner
_MOST = 1_000_000  # cells: what is turned is held whole


def with_months_across(grid: Grid, where: str) -> Grid | None:
    """The grid turned; None for any other table."""
    first = next((i for i, row in enumerate(grid.head) if _is_header(row, grid.head[i + 1 : i + 4])), -1)
    if first < 0:
        return None
    rows = list(grid.rows())
    if sum(map(len, rows)) > _MOST:
        return None
    marks = grid.marks
    if marks.hidden_rows or marks.hidden_columns or marks.per_cent or marks.not_calculated:
        raise InputError(
            f"{where}, sheet {grid.sheet}",
            "municipalities across, and cells that are hidden, in per cent or never calculated",
            "municipalities across in a plain sheet",
            "copy the table alone to a new sheet, as values, and save",
        )
    turned = _turned(rows, first)
    again = partial(_again, turned)
    return replace(grid, head=turned[:HEAD], rows=again, marks=SheetMarks(), changed="municipalities_down")


def _again(rows: list[Row]) -> Iterator[Row]:
    return iter(rows)


def _is_header(row: Row, below: list[Row]) -> bool:
    if not below or not all(line and _is_month(line[0]) for line in below[:_LEAST]):
        return False
    named = [cell for cell in row[1:] if not blank(cell)]
    least = _LEAST if not row or blank(row[0]) or _is_month_header(row[0]) else _MANY
    return sum(map(_is_municipality, named)) >= max(least, len(named) / 2)


def _is_month_header(cell: Cell) -> bool:
    found = words.match(text(cell))
    return found is not None and found[0] == "month"


def _is_month(cell: Cell) -> bool:
    cell = mend(cell)[0]
    return bool(read_marked_period(cell)[0]) or (not text(cell).isdigit() and month_number(cell) is not None)


def _is_municipality(cell: Cell) -> bool:
    written = text(mend(cell)[0])
    return bool(written) and names_municipality(written)


def _turned(rows: list[Row], first: int) -> list[Row]:
    """Titles, then a row a municipality below a header of months, then the notes."""
    header = rows[first]
    width = max(map(len, rows[first:]))
    body = [row for row in rows[first + 1 :] if not all(map(blank, row))]
    notes = [all(map(blank, row[1:])) and not (_is_month(row[0]) or is_total(text(row[0]))) for row in body]
    lines = [[*row, *[None] * (width - len(row))] for row, note in zip(body, notes, strict=True) if not note]
    below: list[Row] = [row[:1] for row, note in zip(body, notes, strict=True) if note]
    names = [*header, *[None] * (width - len(header))]
    held = [k for k in range(1, width) if not blank(names[k]) or any(not blank(line[k]) for line in lines)]
    if _are_days(line[0] for line in lines):
        title = header[0] if _is_month_header(header[0]) else "Dato"
        long: list[Row] = [[names[k], line[0], line[k]] for line in lines for k in held]
        return [*rows[:first], ["Kommune", title, "Antal opkald"], *long, *below]
    down: list[Row] = [[names[k], *(line[k] for line in lines)] for k in held]
    return [*rows[:first], ["Kommune", *(line[0] for line in lines)], *down, *below]


def _are_days(cells: Iterable[Cell]) -> bool:
    """Whether dates are more than one a month can be."""
    days = [period for cell in cells if (period := read_marked_period(mend(cell)[0])[0]) and period.kind == "day"]
    return len({period.month for period in days}) < len(days) or len({period.day for period in days}) > _FIRSTS
