"""Which layout a file has: its tables with municipalities down, the header that is found, and why it was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kl_research.intake import privacy
from kl_research.intake.columns import words
from kl_research.intake.columns.months import Period, read_period, refuse_other_periods
from kl_research.intake.files.cells import blank, text
from kl_research.intake.files.reading import Grid, Source
from kl_research.intake.layouts import Layout
from kl_research.intake.quality import Why
from kl_research.intake.tables.crosswise import with_months_across
from kl_research.intake.tables.header import find_header
from kl_research.intake.tables.header_columns import Header, lacking
from kl_research.intake.tables.meaning import Decision
from kl_research.intake.tables.one_place import of_one_place
from kl_research.intake.tables.pivot_header import odd_among_months
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError


@dataclass(frozen=True)
class Choice:
    """A layout that fits, where its header was found, what was decided about it, and how many rows are left out."""

    layout: Layout
    grid: Grid
    header: Header
    decisions: tuple[Decision, ...] = ()
    left_out: int = 0


def only_sheet(source: Source, sheet: str) -> Source:
    """The source with the one sheet that a study names; raises `InputError` when it has no such."""
    named = [grid for grid in source.grids if grid.sheet == sheet]
    if not named:
        sheets = ", ".join(without_digits(grid.sheet) for grid in source.grids if grid.sheet)
        raise InputError(
            source.name, f"no sheet {sheet!r}", f"one of: {sheets or 'none'}", "correct `sheet` beside its path"
        )
    return replace(source, grids=[replace(grid, hidden=False) for grid in named])


def with_municipality(source: Source, code: str, layouts: Sequence[Layout]) -> Source:
    """The source of one municipality's file: grids that name no municipality get a column that says which it is."""
    grids = []
    for grid in source.grids:
        own = any(_names_municipality(grid, layout, source.name) for layout in layouts)
        changed = None if own else of_one_place(grid, code, layouts, source.name)
        if changed and changed.changed == "turned":  # what stands outside the table is looked at here
            privacy.Scan(source.name).rows(list(grid.rows()), 1)
        grids.append(changed or grid)
    return replace(source, grids=grids)


def with_municipalities_down(source: Source) -> Source:
    """The source with every table turned whose municipalities stand across and whose months run down."""
    grids = [with_months_across(grid, source.name) or grid for grid in source.grids]
    for grid, turned in zip(source.grids, grids, strict=True):
        if turned is not grid:  # what stands outside the table is looked at here
            privacy.Scan(source.name).rows(list(grid.rows()), 1)
    return replace(source, grids=grids)


def _names_municipality(grid: Grid, layout: Layout, file: str) -> bool:
    try:
        header = find_header(grid.head, layout, file, grid.sheet)
    except InputError:  # such as months without a year, which may stand in a column of their own
        return False
    return header is not None and bool({"municipality", "code"} & header.columns.keys())


def choose_layout(source: Source, layouts: list[Layout], asked: str) -> tuple[Choice, Why]:
    """The layout whose header is found, and why it was taken; raises `InputError` when none or several fit."""
    fitting: list[Choice] = []
    for layout in layouts:
        found = [
            Choice(layout, grid, header)
            for grid in source.grids
            if layout.sheet in (None, grid.sheet)
            if (header := find_header(grid.head, layout, source.name, grid.sheet))
        ]
        if len({choice.grid.sheet for choice in found}) > 1:
            sheets = ", ".join(choice.grid.sheet for choice in found)
            raise InputError(
                source.name,
                f"data in several sheets: {sheets}",
                "one sheet",
                "name it beside its path in the study, `sheet: ...`, or in a layout file",
            )
        if found:
            fitting.append(max(found, key=lambda choice: len(choice.header.columns) + len(choice.header.periods)))
    if not fitting:
        raise _no_header(source, asked, layouts)
    if asked != "auto":
        return fitting[0], "named_in_study"
    most = max(_specific(choice) for choice in fitting)
    best = [choice for choice in fitting if _specific(choice) == most]
    if len(best) > 1:
        names = ", ".join(choice.layout.name for choice in best)
        raise InputError(source.name, f"a header that fits {names}", "one layout", "name the layout in the study")
    return best[0], "only_header_that_fits" if len(fitting) == 1 else "most_columns_understood"


def _specific(choice: Choice) -> tuple[int, int]:
    return len(choice.layout.columns), len(choice.header.columns) if not choice.header.periods else 1


def _no_header(source: Source, asked: str, layouts: list[Layout]) -> InputError:
    for grid in source.grids:
        if not grid.separator or grid.separator == max(source.grids, key=lambda g: len(g.head[0])).separator:
            cells = [cell for row in grid.head[:12] for cell in row]
            periods = [p for cell in cells if (p := read_period(cell)) and p.kind in ("week", "quarter", "half_year")]
            weekly = {"uge", "week"} & {words.label(text(cell)) for cell in cells}
            refuse_other_periods([*periods, *([Period("week")] if weekly else [])], source.name)
    rows = [row for grid in source.grids[:1] for row in grid.head if sum(not blank(cell) for cell in row) > 1]
    seen = [text(cell) for cell in (rows[0] if rows else [])]
    # Cells of a file without header may be data: only words are repeated.
    shown = ", ".join(cell[:30] for cell in seen if cell and not any(c.isdigit() for c in cell))[:240]
    # A layout of one's own says which column it misses; the usual headers are no help then.
    word, header = (
        lacking(seen, layouts[0]) if len(layouts) == 1 and (layouts[0].columns or layouts[0].leave_out) else ("", "")
    )
    if isinstance(header, int):
        found = f"{len(seen)} columns, and column {header} for {word} in the layout {asked}"
        return InputError(source.name, found, "columns of the file", "count the columns of the file from 1")
    if word:
        found = (
            f"no header {header!r}, which the layout {asked} gives for {word}" if header else f"no column for {word}"
        )
        line = f"`{word}`" if word in ("sum_over", "leave_out") else f'`{word}: "..."` under `columns`'
        cure = f"write {line} in the layout {asked} with a header of the file"
        return InputError(source.name, found, f"a header of the file: {shown or 'no words'}", cure)
    if odd := odd_among_months([row for grid in source.grids[:1] for row in grid.head]):
        row, column, label = odd
        cure = 'write it as a month, or leave the column out: `leave_out: {"...": "why"}` in a layout file'
        where = f"{source.name}, row {row}, column {column}"
        return InputError(where, f"{without_digits(label)!r} among months", "a month such as maj 2024 or I alt", cure)
    return InputError(
        source.name,
        f"no header of the layout {asked} (its first row says: {shown or 'no words'})",
        "Kommune, Måned, Antal opkald (monthly), Kommune and months across (pivot), or Starttid, Kommune (calls)",
        "map the columns in a layout file; `kl-research new STUDY.yaml FILE` writes a first one",
    )
