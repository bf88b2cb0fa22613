"""Any table, whatever it is about: titles and footnotes set apart, keys filled down, every column decided as a whole.

For looking at a file before there is a layout for it, and for writing a first one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from kl_research.intake import privacy
from kl_research.intake.columns import months as month_cells
from kl_research.intake.columns.numbers import STYLES, NumberColumn, Style, read_numbers
from kl_research.intake.columns.places import is_total
from kl_research.intake.files.cells import Cell, Row, blank, mend, text
from kl_research.intake.files.reading import Grid, Source, open_source
from kl_research.terms.errors import InputError
from kl_research.terms.temporary import folder

Kind = Literal["number", "period", "text", "empty"]


@dataclass(frozen=True)
class Column:
    """A column: its header, what it holds, its cells as text, and for numbers their values, states and style.

    `unsure`: the numbers could be read two ways, and were read as Danish ones because that was asked for.
    """

    label: str
    kind: Kind
    texts: list[str]
    values: list[float | None]
    states: list[str]
    style: str
    unsure: bool = False


@dataclass(frozen=True)
class AnyTable:
    """A file as a table; rows count from 1, `header_row` is 0 where there is none."""

    file: str
    kind: str
    encoding: str
    separator: str
    sheet: str
    header_row: int
    rows: list[int]
    columns: list[Column]
    titles: list[str]
    footnotes: list[str]

    def column(self, label: str) -> Column:
        """The column with a header."""
        return next(column for column in self.columns if column.label == label)


def read_any_table(path: Path, *, danish: bool = False, sheet: str | None = None) -> AnyTable:
    """Read the first table of a file; raises `InputError` for no table, a CPR number, a column with two readings.

    `danish`: such a column is read as 1.234,5 and marked as `unsure`.
    """
    with folder() as scratch:
        source = open_source(path, scratch)
        for grid in source.grids:
            if not grid.separator or grid is source.grids[0]:
                scan = privacy.Scan(source.name)
                scan.rows(list(grid.rows()), 1)
                scan.finish()
        grid = max((grid for grid in source.grids if sheet in (None, grid.sheet)), key=_evenness)
        rows = [[mend(cell)[0] for cell in row] for row in grid.rows()]
    return _table(source, grid, rows, danish)


def _evenness(grid: Grid) -> tuple[int, int]:
    """How many of the first rows have the commonest width above one, and that width."""
    widths = [len(row) for row in grid.head if len(row) > 1]
    commonest = max(set(widths), key=widths.count) if widths else 0
    return widths.count(commonest), commonest


def _table(source: Source, grid: Grid, rows: list[Row], danish: bool) -> AnyTable:
    width = max(len(row) for row in rows)
    rows = [[*row, *[None] * (width - len(row))] for row in rows]
    filled = [sum(not blank(cell) for cell in row) for row in rows]
    first = next((i for i, n in enumerate(filled) if n > 1), 0)
    # A header holds no measurement: its cells are words or periods.
    has_header = not any(_is_number(cell) for cell in rows[first])
    if not has_header and first and filled[first - 1] == 1 and blank(rows[first - 1][0]):
        first, has_header = first - 1, True  # two columns, and the first has no name: as behind a chart
    labels = [text(cell) for cell in rows[first]] if has_header else [""] * width
    body = [i for i in range(first + has_header, len(rows)) if filled[i]]
    notes: list[str] = []
    while body and width > 2 and filled[body[-1]] == 1 and not is_total(text(rows[body[-1]][0])):
        notes.insert(0, " ".join(text(cell) for cell in rows[body.pop()] if not blank(cell)))
    if not body:
        raise InputError(source.name, "no rows below its first", "a table", "check that this is the right file")
    cells = [_filled_down([rows[i][k] for i in body], k, rows, body) for k in range(width)]
    last_is_total = any(is_total(text(cell)) for cell in rows[body[-1]][:2])
    return AnyTable(
        source.name,
        source.kind,
        source.encoding,
        grid.separator,
        grid.sheet,
        first + 1 if has_header else 0,
        [i + 1 for i in body],
        _columns(source.name, labels, cells, body[0] + 1, last_is_total, danish),
        [t for i in range(first) if (t := " ".join(text(cell) for cell in rows[i] if not blank(cell)))],
        notes,
    )


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, bool) or blank(cell) or month_cells.read_period(cell):
        return False
    return isinstance(cell, int | float) or text(cell).replace(".", "").replace(",", "").isdigit()


def _filled_down(cells: list[Cell], k: int, rows: list[Row], body: list[int]) -> list[Cell]:
    """A key written on the first row of its block only; a column whose blanks are blanks is left as it is."""
    below = [i for i, cell in zip(body, cells, strict=True) if blank(cell)]
    continues = all(all(blank(rows[i][j]) for j in range(k)) and any(map(_filled, rows[i][k + 1 :])) for i in below)
    repeats = any(_filled(a) and text(a) == text(b) for a, b in pairwise(cells))
    if not below or blank(cells[0]) or not isinstance(cells[0], str) or repeats or not continues:
        return cells
    result: list[Cell] = []
    for cell in cells:
        result.append(cell if _filled(cell) else result[-1])
    return result


def _filled(cell: Cell) -> bool:
    return not blank(cell)


def _columns(
    file: str, labels: list[str], cells: list[list[Cell]], row: int, total: bool, danish: bool
) -> list[Column]:
    """Columns that can be read one way first; their style then decides the others."""
    found: list[Column | None] = []
    styles: set[Style] = set()
    for label, column in zip(labels, cells, strict=True):
        read = _column(file, label, column, row, total, None)
        found.append(read)
        styles |= {style for style in STYLES if read and read.style == style}
    hint = styles.pop() if len(styles) == 1 else None
    for k, read in enumerate(found):
        if read is None and danish and hint is None:
            sure = _column(file, labels[k], cells[k], row, total, "comma_decimal", final=True)
            found[k] = replace(sure, unsure=True) if sure else None
        elif read is None:
            found[k] = _column(file, labels[k], cells[k], row, total, hint, final=True)
    return [column for column in found if column]


def _column(
    file: str, label: str, cells: list[Cell], row: int, total: bool, hint: Style | None, *, final: bool = False
) -> Column | None:
    texts = [text(cell) for cell in cells]
    present = [cell for cell in cells if not blank(cell)]
    if not present:
        return Column(label, "empty", texts, [], [], "")
    where = f"{file}, column {label}"
    body = present[:-1] if total else present
    if (
        body
        and all(month_cells.read_period(cell) for cell in body)
        and not all(text(cell).isdigit() for cell in body)
    ):
        return Column(label, "period", texts, [], [], "")
    if sum(isinstance(cell, int | float) or any(c.isdigit() for c in text(cell)) for cell in body) < len(body) / 20:
        return Column(label, "text", texts, [], [], "")
    try:
        read = read_numbers(cells, where, whole=False, hint=hint, row=row)
    except InputError as error:
        if "no number" in error.found or "numbers such as" in error.found:
            return Column(label, "text", texts, [], [], "")
        summed = _by_total(cells, where, row) if total else None
        if summed:
            return _number_column(label, texts, summed)
        if final:
            raise
        return None
    return _number_column(label, texts, read)


def _number_column(label: str, texts: list[str], read: NumberColumn) -> Column:
    return Column(label, "number", texts, read.values, read.states, read.style)


def _by_total(cells: list[Cell], where: str, row: int) -> NumberColumn | None:
    """The one reading under which the last row is the sum of the others."""
    fitting = []
    for style in STYLES:
        read = read_numbers(cells, where, whole=False, declared=style, row=row)
        parts = [value for value in read.values[:-1] if value is not None]
        if read.values[-1] is not None and abs(sum(parts) - read.values[-1]) < 1e-6 * max(1.0, sum(parts)):
            fitting.append(replace(read, why="total_is_the_sum"))
    return fitting[0] if len(fitting) == 1 else None
