"""The body of a monthly table or pivot as long rows: keys carried down, junk dropped, months and numbers read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from kl_research.intake.columns import month_checks
from kl_research.intake.columns import months as month_cells
from kl_research.intake.columns.numbers import NumberColumn, read_numbers
from kl_research.intake.columns.places import is_total, read_place
from kl_research.intake.files.cells import Cell, Row, blank, mend, text
from kl_research.intake.layouts import Layout
from kl_research.intake.quality import FileReport
from kl_research.intake.tables.header_columns import Header, labels_of
from kl_research.intake.tables.remarks import check_remarks, check_signs
from kl_research.intake.tables.row_months import months_of_years, row_months
from kl_research.terms.errors import InputError

KEYS = ("municipality", "code", "name", "region", "administration", "unit", "unit_type", "provider", "channel")
_COUNTS = ("calls", "completed", "active_units", "active_providers")


@dataclass
class Body:
    """The rows that hold data: `numbers` are their rows in the file (from 1), `keys` the texts of each key column.

    `sums` are rows of a monthly table, with their numbers, that say "I alt" where the month stands.
    """

    rows: list[Row]
    numbers: list[int]
    keys: dict[str, list[str]] = field(default_factory=dict)
    sums: list[tuple[int, Row]] = field(default_factory=list)


@dataclass(frozen=True)
class LongRows:
    """One entry a row and month: index into `Body`, month, and a column of numbers for each measure."""

    source: list[int]
    months: list[str]
    measures: dict[str, NumberColumn]


def read_body(rows: list[Row], header: Header, layout: Layout, report: FileReport, *, free: bool) -> Body:
    """The data rows below the header; blank rows, repeated headers and footnotes are dropped by rule."""
    where = report.file
    first = header.last + 1
    values = sorted(header.periods) or [header.columns[w] for w in ("month", *_COUNTS) if w in header.columns]
    keys = {word: header.columns[word] for word in KEYS if word in header.columns}
    report.rows_in = len(rows) - first
    kept: list[tuple[int, Row]] = []
    for number, row in enumerate(rows[first:], start=first + 1):
        if all(blank(cell) for cell in row):
            report.drop("blank_row")
        elif header.labels and [t for t in labels_of(row) if t] == [t for t in header.labels if t]:
            report.drop("repeated_header")
        else:
            kept.append((number, row))
    notes: list[tuple[str, str]] = []
    while kept and _is_note(kept[-1][1], values, keys, free):
        number, row = kept.pop()
        notes.insert(0, (f"row {number}", " ".join(text(cell) for cell in row if not blank(cell))))
        report.drop("footnote")
    report.remarks = [*(("above the table", title) for title in header.titles), *notes]
    check_remarks(layout, report)
    width = max([*values, *keys.values(), *header.totals, *header.extra]) + 1
    body = Body([], [])
    for number, row in kept:
        if len(row) < width:
            row = [*row, *([None] * (width - len(row)))]
        if len(row) > len(header.labels) > 0 and any(not blank(cell) for cell in row[len(header.labels) :]):
            raise InputError(
                f"{where}, row {number}",
                f"{len(row)} cells under {len(header.labels)} headers",
                "one cell a header",
                "a separator inside a cell? quote it, or export again",
            )
        if not header.periods and is_total(text(mend(row[header.columns["month"]])[0])):
            body.sums.append((number, row))
            report.drop("subtotal")
            continue
        body.rows.append(row)
        body.numbers.append(number)
    body.keys = {word: _texts(body, column, report) for word, column in keys.items()}
    _fill_down(body, keys, report)
    return body


def _is_note(row: Row, values: list[int], keys: dict[str, int], free: bool) -> bool:
    """A row without month or number, whose area cell is no area."""
    if any(i < len(row) and not blank(row[i]) for i in values if i not in keys.values()):
        return False
    first = next((text(cell) for cell in row if not blank(cell)), "")
    if free:
        return sum(not blank(cell) for cell in row) == 1
    try:
        return read_place(first, "").kind not in ("municipality", "region")
    except InputError:
        return True


def _texts(body: Body, column: int, report: FileReport) -> list[str]:
    known: dict[Cell, tuple[str, bool]] = {}
    result = []
    for row in body.rows:
        cell = row[column]
        if isinstance(cell, str) and cell in known:
            found = known[cell]
        else:
            mended, repaired = mend(cell)
            found = (text(mended), repaired)
            if isinstance(cell, str):
                known[cell] = found
        if found[1]:
            report.repair("double_encoding")
        result.append(found[0])
    return result


def _fill_down(body: Body, keys: dict[str, int], report: FileReport) -> None:
    """Keys written only on the first row of a block are carried down; from left to right, within the block above."""
    leading = sorted(keys, key=lambda word: keys[word])
    for place, word in enumerate(leading):
        column = body.keys[word]
        if "" not in column or column[0] == "":
            continue
        repeats = any(a == b != "" for a, b in pairwise(column))
        outer = [body.keys[w] for w in leading[:place]]
        if repeats or word not in ("municipality", "code", "name", "region", "administration", "unit"):
            continue
        for i in range(1, len(column)):
            same_block = all(o[i] == o[i - 1] for o in outer)
            if column[i] == "" and same_block and not _says_total(body, leading, i):
                column[i] = column[i - 1]
                report.repair("filled_down")


def _says_total(body: Body, leading: list[str], i: int) -> bool:
    return any(is_total(body.keys[word][i]) for word in leading)


def long_rows(body: Body, header: Header, layout: Layout, report: FileReport) -> LongRows:
    """Months and numbers of every row; a pivot is turned, its number format decided for the whole block."""
    return _pivot(body, header, layout, report) if header.periods else _monthly(body, header, layout, report)


def _numbers(cells: list[Cell], column: str, layout: Layout, report: FileReport, rows: list[int]) -> NumberColumn:
    where = f"{report.file}, column {column}"
    try:
        found = read_numbers(cells, where, marks=layout.number_marks(), declared=layout.decimal)
    except InputError as error:
        raise _with_row(error, rows) from None
    check_signs(found, layout, report)
    report.decide("number_format", found.style, found.why, column)
    for repair, count in sorted(found.repairs.items()):
        report.repair(repair, count)
    for mark, state in sorted(found.marks.items()):
        declared = layout.number_marks()
        own = mark.casefold() in declared.suppressed | declared.missing | declared.zero
        report.decide("mark", f"{mark} = {state}", "declared" if own else "usual_meaning", column)
    return found


def _with_row(error: InputError, rows: list[int]) -> InputError:
    """The position within the column, which `read_numbers` knows, as the row of the file."""
    head, mark, position = error.where.rpartition(", row ")
    if not mark:
        return error
    return InputError(f"{head}, row {rows[int(position)]}", error.found, error.expected, error.cure)


def _monthly(body: Body, header: Header, layout: Layout, report: FileReport) -> LongRows:
    column = header.columns["month"]
    where = f"{report.file}, column {header.labels[column] if header.labels else column + 1}"
    months = row_months(body.rows, body.numbers, header, layout, report, where)
    measures = {}
    numbers = [*body.numbers, *(number for number, _ in body.sums)]
    for word in _COUNTS:
        if word in header.columns:
            cells = [row[header.columns[word]] for row in [*body.rows, *(row for _, row in body.sums)]]
            name = header.labels[header.columns[word]] if header.labels else str(header.columns[word] + 1)
            measures[word] = _numbers(cells, name, layout, report, numbers)
    _check_sums(body, header, months, measures, report, refuse=layout.check_totals)
    return LongRows(
        list(range(len(body.rows))), months, {word: _first(measures[word], len(months)) for word in measures}
    )


def _first(column: NumberColumn, rows: int) -> NumberColumn:
    return replace(column, values=column.values[:rows], states=column.states[:rows])


def _check_sums(
    body: Body,
    header: Header,
    months: list[str],
    measures: dict[str, NumberColumn],
    report: FileReport,
    *,
    refuse: bool,
) -> None:
    """A row that says "I alt" or "2024 i alt" among months must be the sum of the months of its own place."""
    for k, (number, row) in enumerate(body.sums, start=len(body.rows)):
        label = text(mend(row[header.columns["month"]])[0])
        first, last = month_cells.span_of(label) or ("", "9999")
        own = {word: text(mend(row[header.columns[word]])[0]) for word in body.keys}
        parts = [
            i
            for i, month in enumerate(months)
            if first <= month <= last
            and all(not key or is_total(key) or key == body.keys[word][i] for word, key in own.items())
        ]
        for word in ("calls", "completed"):
            if word not in measures or (value := measures[word].values[k]) is None or not parts:
                continue
            known = sum(measures[word].values[i] or 0 for i in parts)
            hidden = any(measures[word].states[i] != "observed" for i in parts)
            report.compare(
                f"row {number}",
                value,
                known,
                agree=value == known or (hidden and value >= known),
                refuse=refuse,
                cure="a month may be missing; if it counts otherwise, name a layout with `check_totals: false`",
            )
    if body.sums and refuse:
        report.decide("row_totals", "checked", "sum_of_months")


def _pivot(body: Body, header: Header, layout: Layout, report: FileReport) -> LongRows:
    where = f"{report.file}, row {header.last + 1}"
    month_cells.refuse_other_periods(list(header.periods.values()), where)
    periods = list(header.periods.values())
    order, why = month_cells.settle(periods, where, layout.dates)
    if order:
        report.decide("date_order", order, why)
    month_checks.refuse_lost_days(periods, order, where, declared=layout.dates is not None, several=False)
    months = {column: month_cells.month_of(period, order) for column, period in header.periods.items()}
    if len(set(months.values())) < len(months):
        twice = next(m for m in months.values() if list(months.values()).count(m) > 1)
        raise InputError(where, f"the month {twice} in two columns", "each month once", "keep one of them")
    if not layout.calls_of_each_month:
        month_checks.refuse_steps(list(months.values()), where)
    columns = sorted([*months, *header.totals])
    cells = [row[column] for row in body.rows for column in columns]
    rows = [number for number in body.numbers for _ in columns]
    block = _numbers(cells, "*", layout, report, rows)
    width = len(columns)
    source = [i for i in range(len(body.rows)) for _ in range(width)]
    yearly = "year" in header.columns
    own = months_of_years(months, body.rows, body.numbers, header, report) if yearly else [months] * len(body.rows)
    labels = [of_row.get(column, "") for of_row in own for column in columns]
    keep = [k for k, month in enumerate(labels) if month]
    if yearly:  # the first and the last year are seldom whole
        filled = [labels[k] for k in keep if not blank(cells[k])]
        keep = [k for k in keep if min(filled, default="9") <= labels[k] <= max(filled, default="")]
    # Several sums that do not say of which months they are cannot be checked.
    checked = [
        total for total in header.totals if total in header.spans or len(header.totals) == 1 + len(header.spans)
    ]
    checks = [
        (i, [i * width + columns.index(c) for c in _parts(months, header, total)], i * width + columns.index(total))
        for i in range(len(body.rows))
        for total in checked
    ]
    _check_row_totals(checks, block, header, body, layout, report)
    calls = NumberColumn(
        [block.values[k] for k in keep], [block.states[k] for k in keep], block.style, block.why, {}, {}
    )
    return LongRows([source[k] for k in keep], [labels[k] for k in keep], {"calls": calls})


def _parts(months: dict[int, str], header: Header, total: int) -> list[int]:
    """The columns of months that a column of sums adds up."""
    first, last = header.spans.get(total, ("", "9999"))
    return [column for column, month in months.items() if first <= month <= last]


def _check_row_totals(
    checks: list[tuple[int, list[int], int]],
    block: NumberColumn,
    header: Header,
    body: Body,
    layout: Layout,
    report: FileReport,
) -> None:
    """A column of sums must be the sum of the months, or of one year's; with hidden parts it may be more."""
    if not header.totals:
        return
    for i, parts, total in checks:
        value = block.values[total]
        if value is None:
            continue
        known = [block.values[k] or 0 for k in parts if block.states[k] == "observed"]
        hidden = any(block.states[k] == "suppressed" for k in parts)
        report.compare(
            f"row {body.numbers[i]}",
            value,
            sum(known),
            agree=value == sum(known) or (hidden and value >= sum(known)),
            refuse=layout.check_totals,
            cure="correct it, or name a layout with `check_totals: false`",
        )
    if layout.check_totals:
        report.decide("column_totals", "checked", "sum_of_months" if checks else "several_totals")
