"""The sheet of a table: what is hidden, in per cent or never calculated is refused, or read as a layout says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from kl_research.intake.columns.phrases import COUNTS
from kl_research.intake.files.cells import Row, blank
from kl_research.intake.files.reading import Grid
from kl_research.intake.files.sheet_marks import cell_name
from kl_research.intake.layouts import Layout
from kl_research.intake.tables.header_columns import Header
from kl_research.terms.errors import InputError


def check_sheet(grid: Grid, header: Header, layout: Layout, file: str) -> tuple[Grid, list[int]]:
    """The grid as it is to be read, and its hidden rows that hold something.

    Raises `InputError` naming the cell for what was never calculated or is in per cent, and for hidden rows, columns
    or sheets that a layout does not mention.
    """
    marks, where = grid.marks, f"{file}, sheet {grid.sheet}"
    used = {*header.columns.values(), *header.periods, *header.totals, *header.extra}
    for column in sorted(used):
        if rows := [row for row in marks.not_calculated.get(column, []) if row > header.last]:
            raise InputError(
                f"{where}, cell {cell_name(rows[0], column)}",
                "a formula that was never calculated",
                "its value",
                "open it in Excel, save it, and hand it over again",
            )
    counts = {column for word, column in header.columns.items() if word in COUNTS} | set(header.periods)
    for column in sorted(counts):
        if rows := [row for row in marks.per_cent.get(column, []) if row > header.last]:
            raise InputError(
                f"{where}, cell {cell_name(rows[0], column)}",
                "per cent",
                "counts 0, 1, 2, ...",
                "ask for the counts behind them",
            )
    if grid.hidden and layout.sheet is None:
        raise InputError(
            where, "a hidden sheet", "a sheet that can be seen", "name it under `sheet` in a layout file"
        )
    if not layout.hidden and (columns := sorted(used & marks.hidden_columns)):
        raise _hidden(where, f"a hidden column, {cell_name(0, columns[0])[:-1]}")
    below = enumerate(grid.rows()) if marks.hidden_rows else ()
    hidden = [i for i, row in below if i in marks.hidden_rows and i > header.last and not all(map(blank, row))]
    if not layout.hidden and hidden:
        rows_ = "1 hidden row" if len(hidden) == 1 else f"{len(hidden)} hidden rows"
        raise _hidden(where, f"{rows_}, the first in row {hidden[0] + 1}")
    if layout.hidden == "leave_out" and hidden:
        return replace(grid, rows=partial(_without, grid, frozenset(hidden))), hidden
    return grid, hidden


def _without(grid: Grid, hidden: frozenset[int]) -> Iterator[Row]:
    """The rows of a grid, hidden ones blank: so that all others keep their numbers."""
    return ([] if i in hidden else row for i, row in enumerate(grid.rows()))


def _hidden(where: str, found: str) -> InputError:
    return InputError(
        where,
        found,
        "rows and columns that can be seen",
        "show them (remove the filter), or write `hidden: read` or `hidden: leave_out` in a layout file",
    )
