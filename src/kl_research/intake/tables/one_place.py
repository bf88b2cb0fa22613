"""A table of one municipality alone: the column of municipalities that it lacks is put in front of it.

A study says whose file it is. Months may run down or across, or stand in a block of years and months.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from kl_research.intake.columns.header_words import read_header, read_marked_period
from kl_research.intake.columns.months import is_year, month_number
from kl_research.intake.columns.phrases import COUNTS
from kl_research.intake.columns.places import is_total
from kl_research.intake.files.cells import Cell, Row, blank, mend, text
from kl_research.intake.files.reading import Grid
from kl_research.intake.files.sheet_marks import SheetMarks
from kl_research.intake.layouts import Layout
from kl_research.intake.tables.header import find_header
from kl_research.intake.tables.header_columns import Header
from kl_research.terms.errors import InputError

_HEADER = "Kommune"
_TYPED = 20_000  # cells: what is turned is small enough to have been typed by hand
Shape = Callable[[list[Row]], list[Row] | None]


def of_one_place(grid: Grid, code: str, layouts: Sequence[Layout], where: str) -> Grid | None:
    """The grid with a first column that says `code`; None where none of the layouts then finds its header.

    Rows and columns are turned where the months stand across above counts that have a row each.
    """
    for shape in (_block, _across) if sum(map(len, grid.head)) <= _TYPED else ():
        whole = list(grid.rows())
        turned = shape(whole) if sum(map(len, whole)) <= _TYPED else None
        if turned and (found := _with_code(replace(grid, head=turned, rows=_again(turned)), code, layouts, where)):
            _refuse_marks(grid, where)
            return replace(found, marks=SheetMarks(), changed="turned")
    return _with_code(grid, code, layouts, where)


def _again(rows: list[Row]) -> Callable[[], Iterator[Row]]:
    return lambda: iter(rows)


def _refuse_marks(grid: Grid, where: str) -> None:
    marks = grid.marks
    if marks.hidden_rows or marks.hidden_columns or marks.per_cent or marks.not_calculated:
        raise InputError(
            f"{where}, sheet {grid.sheet}",
            "months across, and cells that are hidden, in per cent or never calculated",
            "months across in a plain sheet",
            "copy the table alone to a new sheet, as values, and save",
        )


def _with_code(grid: Grid, code: str, layouts: Sequence[Layout], where: str) -> Grid | None:
    months = _unnamed_months(grid.head)
    titled: list[Row] = [
        [_HEADER, "Måned" if i == months else (row[0] if row else None), *row[1:]] for i, row in enumerate(grid.head)
    ]
    for layout in layouts:
        if layout.columns.keys() & {"municipality", "code"} or not layout.header:
            continue
        try:
            header = find_header(titled, layout, where, grid.sheet)
        except InputError as error:  # the column in front is ours
            own = re.sub(r"column (\d+)$", lambda match: f"column {int(match[1]) - 1}", error.where)
            raise InputError(own, error.found, error.expected, error.cure) from None
        if header:
            rows = partial(_rows, grid, titled, header, code, layout.layout == "calls")
            head = list(islice(rows(), len(grid.head)))
            return replace(grid, head=head, rows=rows, marks=grid.marks.moved_right(), changed="column_added")
    return None


def _rows(grid: Grid, titled: list[Row], header: Header, code: str, log: bool) -> Iterator[Row]:
    rows: Iterable[Row] = grid.rows()
    end = None
    if not log:
        rows = list(rows)
        end = _end(rows, header)
    for i, row in enumerate(rows):
        if i < header.first or all(blank(cell) for cell in row):
            yield [None, *row]
        elif i <= header.last:
            yield titled[i]
        elif end is not None and i >= end:  # footnotes are looked for where the municipality stands
            yield [" ".join(text(cell) for cell in row if not blank(cell))]
        else:
            yield [code, *row]


def _end(rows: list[Row], header: Header) -> int:
    """The first row of the notes below a table: there, no month and no count of a month is to be seen."""
    values = [i - 1 for i in (sorted(header.periods) or [header.columns["month"]])]
    end = len(rows)
    while end > header.last + 1:
        cells = [mend(rows[end - 1][i])[0] for i in values if i < len(rows[end - 1])]
        if header.periods:
            holds = any(not blank(cell) for cell in cells)
        else:
            holds = any(read_marked_period(cell)[0] or month_number(cell) or is_total(text(cell)) for cell in cells)
            holds = holds or sum(any(map(str.isdigit, text(cell))) for cell in rows[end - 1]) > 1
        if holds:
            break
        end -= 1
    return end


def _unnamed_months(rows: list[Row]) -> int:
    """The row of a header whose first cell is blank above months; -1 for none."""
    for i, row in enumerate(rows):
        if row and blank(row[0]) and not all(map(blank, row)):
            below = [mend(row[0])[0] for row in rows[i + 1 :] if row and not blank(row[0])][:12]
            return i if below and all(read_marked_period(cell)[0] for cell in below[:3]) else -1
    return -1


def _across(rows: list[Row]) -> list[Row] | None:
    """Counts down and months across, turned: a row a month, a column a count; None for another table."""
    for i, row in enumerate(rows):
        labels, first = _months_of(row, rows[i - 1] if i else [])
        if not first:
            continue
        below = [row for row in rows[i + 1 :] if not all(map(blank, row))]
        counts = [row for row in below if any(not blank(cell) for cell in row[first:])]
        names = [" ".join(text(cell) for cell in row[:first] if not blank(cell)) for row in counts]
        if not any((found := read_header(name)) and found.word in COUNTS for name in names):
            return None
        notes: list[Row] = [[text(row[0])] for row in below if row not in counts]
        turned: list[Row] = [
            [label, *(row[k] if k < len(row) else None for row in counts)] for k, label in labels.items()
        ]
        return [*rows[:i], ["Måned", *names], *turned, *notes]
    return None


def _months_of(row: Row, above: Row) -> tuple[dict[int, Cell], int]:
    """The months (and sums of them) across a row by column, and where they begin; 0 where it is no such row."""
    year, labels, months = "", dict[int, Cell](), []
    for k, cell in enumerate(row):
        over = text(above[k]) if k < len(above) else ""
        year = over if is_year(over) else year
        name = text(mend(cell)[0])
        named = bool(name) and not name.isdigit() and month_number(name) is not None
        if named or read_marked_period(mend(cell)[0])[0]:
            months.append(k)
        if name and months:
            labels[k] = f"{name} {year}" if year and named else cell
    known = sum(k in months or is_total(text(cell)) for k, cell in labels.items())
    return (labels, months[0]) if len(months) > 1 and months[0] and known == len(labels) else ({}, 0)


def _block(rows: list[Row]) -> list[Row] | None:
    """Years down and months across, or the reverse, as a row a month; None for another table."""
    for i, row in enumerate(rows):
        across = [text(cell) for cell in row[1:]]
        named = [label for label in across if label and not is_total(label)]
        for upright in (False, True):
            is_across, is_down = (is_year, _is_month) if upright else (_is_month, is_year)
            if len(named) < (1 if upright else 2) or not all(map(is_across, named)):
                continue
            below = [row for row in rows[i + 1 :] if row and not blank(row[0])]
            down = [row for row in below if is_down(text(row[0]))]
            if len(down) < 1 + upright:
                continue
            cells: dict[tuple[str, str], Cell] = {}
            for line in [*down, *(row for row in below if is_total(text(row[0])))]:
                for label, cell in zip(across, line[1:], strict=False):
                    if label:
                        pair = (label, text(line[0])) if upright else (text(line[0]), label)
                        cells[pair] = cell
            notes: list[Row] = [[text(row[0])] for row in below if sum(not blank(cell) for cell in row) == 1]
            corner = text(row[0]) if row else ""
            found = read_header(corner) if corner else None
            name = corner if found and found.word in COUNTS else "Antal opkald"
            return [*rows[:i], ["Måned", name], *_unrolled(cells), *notes]
    return None


def _is_month(label: str) -> bool:
    return not label.isdigit() and month_number(label) is not None


def _unrolled(cells: dict[tuple[str, str], Cell]) -> list[Row]:
    """A block of (year, month) as rows, without the months before the first and after the last that is filled in.

    The sums of a year follow as such; sums of a month over the years say nothing of a month.
    """
    months = {
        f"{year}-{month_number(month):02d}": cell
        for (year, month), cell in cells.items()
        if is_year(year) and _is_month(month)
    }
    filled = [month for month, cell in months.items() if not blank(cell)]
    if not filled:
        return []
    rows: list[Row] = [[month, months[month]] for month in sorted(months) if min(filled) <= month <= max(filled)]
    sums: list[Row] = [
        [f"{year} i alt" if is_year(year) else "I alt", cell]
        for (year, month), cell in cells.items()
        if is_total(month) and not blank(cell) and (is_year(year) or is_total(year))
    ]
    return rows + sums
