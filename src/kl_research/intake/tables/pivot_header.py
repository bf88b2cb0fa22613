"""The header of a table with months across: months in one row or below years, sums among them, no second table."""

from __future__ import annotations

from kl_research.intake.columns import header_words, words
from kl_research.intake.columns import months as month_cells
from kl_research.intake.columns.months import Period
from kl_research.intake.columns.phrases import Said
from kl_research.intake.columns.places import is_total, read_place
from kl_research.intake.files.cells import Row, mend, text
from kl_research.intake.layouts import Layout
from kl_research.intake.privacy import left_out_columns
from kl_research.intake.tables.header_columns import Header, columns_of, labels_of, titles_above
from kl_research.intake.tables.month_headers import (
    ANY_YEAR,
    months_across,
    refuse_unreadable,
    short_months_across,
    sums_across,
)
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold


def pivot_header(head: list[Row], first: int, depth: int, layout: Layout, where: str, sheet: str) -> Header | None:
    """The header of months across in row `first`, alone or with the row below (`depth` 2); None for no such."""
    said: dict[int, tuple[Said, ...]] = {}
    of_one_year: dict[int, tuple[str, str]] = {}
    if depth == 1:
        row = head[first]
        labels = labels_of(row)
        marked = {i: header_words.read_marked_period(mend(cell)[0]) for i, cell in enumerate(row)}
        periods = {i: period for i, (period, _) in marked.items() if period}
        said = {i: about for i, (period, about) in marked.items() if period and about}
        place = f"{where}, row {first + 1}"
        if not any(period.kind in ("month", "day") for period in periods.values()):
            short, beside_short = short_months_across(labels, place)
            year = ANY_YEAR if "year" in (columns_of(labels, layout)[0] or {}) else layout.year
            months = short or months_across(labels, year, lambda: [*titles_above(head, first), sheet], place)
            of_one_year = {} if short else sums_across(labels, months)
            periods = {i: period for i, period in (periods | months).items() if i not in of_one_year}
            said |= beside_short
    else:
        labels, periods, said, of_one_year = _year_and_month(head[first], head[first + 1])
    place = f"{where}, row {first + depth}"
    out = left_out_columns(layout.leave_out, labels)
    periods = {i: period for i, period in periods.items() if i not in out}
    periods, spans = _without_sums(labels, periods)
    spans |= {i: span for i, span in of_one_year.items() if i not in out}
    if not periods or 0 in periods or (depth == 1 and not _believable(head, first, periods)):
        return None
    leading = min(periods)
    columns, _ = columns_of([label if i < leading or i in out else "" for i, label in enumerate(labels)], layout)
    if columns is None:
        return None
    _refuse_second_table(labels, periods, head[first + depth : first + depth + 5], place)
    sums = {i for i, label in enumerate(labels) if i not in periods and (is_total(label) or i in spans)}
    if columns and len(periods) > 1:
        below = head[first + depth : first + depth + 5]
        refuse_unreadable(labels, periods, {*columns.values(), *sums, *out}, below, place)
    totals = sorted(i for i in sums if i > leading)
    other = {*out, *periods, *totals}
    beside = [i for i, label in enumerate(labels) if i > leading and label and i not in other]
    if len(beside) > len(periods) / 4:
        return None
    if len(periods) == 1 and not (columns.keys() & {"municipality", "code"} and not labels[leading].isdigit()):
        return None
    return Header(
        first,
        first + depth - 1,
        labels,
        columns,
        periods,
        totals,
        spans=spans,
        said=said,
        titles=titles_above(head, first),
    )


def _refuse_second_table(labels: list[str], periods: dict[int, Period], below: list[Row], place: str) -> None:
    """Refuse a column of names among months: another table begins there, whose rows may stand in another order."""
    names = {fold(label) for label in labels[: min(periods)] if label}
    for i in range(min(periods) + 1, max(periods)):
        again = i not in periods and bool(labels[i]) and fold(labels[i]) in names
        cells = [text(row[i]) for row in below if i < len(row)] if not labels[i] else []
        if again or any(_is_name(cell) for cell in cells):
            raise InputError(
                f"{place}, column {i + 1}",
                "a second column of names among the months, so tables beside each other",
                "one table",
                "put each in a file of its own, and name both in the study",
            )


def _is_name(cell: str) -> bool:
    try:
        return len(cell) > 1 and read_place(cell, "").kind == "municipality"
    except InputError:
        return False


def _without_sums(
    labels: list[str], periods: dict[int, Period]
) -> tuple[dict[int, Period], dict[int, tuple[str, str]]]:
    """Months apart from the years, quarters and half-years that stand among them as their sums."""
    months = {i: period for i, period in periods.items() if period.kind in ("month", "day")}
    sums = {i: month_cells.span_of(labels[i]) for i in periods if i not in months}
    spans = {i: span for i, span in sums.items() if span}
    # Months in order between numbers that look like years: a row of data, not a header.
    if not months or len(spans) < len(sums) or all(labels[i].isdigit() for i in months):
        return periods, {}
    for i, label in enumerate(labels):
        if i not in periods and is_total(label) and (span := month_cells.span_of(label)):
            spans[i] = span
    return months, spans


def odd_among_months(head: list[Row]) -> tuple[int, int, str] | None:
    """Row and column (from 1) and text of the first cell that is no month in a row of months; None without one.

    >>> odd_among_months([["Kommune", "jan-24", "feb-24", "?", "apr-24"]])
    (1, 4, '?')
    """
    for number, row in enumerate(head, start=1):
        labels = labels_of(row)
        periods = [i for i, cell in enumerate(row) if month_cells.read_period(mend(cell)[0])]
        if len(periods) < 2 or 0 in periods or not words.match(labels[0]):
            continue
        for i, label in enumerate(labels):
            if i > periods[0] and label and i not in periods and not is_total(label):
                return number, i + 1, label
    return None


def _believable(head: list[Row], first: int, periods: dict[int, Period]) -> bool:
    """Whether periods written as bare numbers are periods: counts look like years and spreadsheet dates too.

    Such a row must be the first with more than two cells, and name first days of months, each once and in order.
    """
    if not any(text(head[first][i]).isdigit() for i in periods if i < len(head[first])):
        return True
    above = any(sum(text(cell) != "" for cell in row) > 2 for row in head[:first])
    named = [period.month for period in periods.values()]
    ordered = named in (sorted(set(named)), sorted(set(named), reverse=True))
    return not above and (not any(named) or (ordered and all(period.day == 1 for period in periods.values())))


def _year_and_month(
    upper: Row, lower: Row
) -> tuple[list[str], dict[int, Period], dict[int, tuple[Said, ...]], dict[int, tuple[str, str]]]:
    """Years above, months below, what else they say, and the months of quarters and years among them.

    The year runs on to the right until the next.
    """
    year = ""
    labels: list[str] = []
    periods: dict[int, Period] = {}
    said: dict[int, tuple[Said, ...]] = {}
    spans: dict[int, tuple[str, str]] = {}
    of_year: tuple[Said, ...] = ()
    for i in range(max(len(upper), len(lower))):
        above = text(upper[i]) if i < len(upper) else ""
        below = text(lower[i]) if i < len(lower) else ""
        if above:
            bare, of_year = header_words.split_and_read(above)
            year = bare if month_cells.is_year(bare) else ""
        bare, of_month = header_words.split_and_read(below)
        number = month_cells.month_number(bare) if year and below else None
        if number:
            periods[i] = Period("month", f"{year}-{number:02d}", 1)
            said |= {i: (*of_month, *of_year)} if of_month or of_year else {}
        elif year and below and (span := month_cells.span_of(f"{below} {year}")):
            spans[i] = span
        labels.append(below or above)
    if not periods:
        return labels, {}, {}, {}
    # Small counts below years look like numbered months: those must be in order, below a known word or nothing.
    months = [period.month for period in periods.values()]
    numbered = any(labels[i].isdigit() for i in periods)
    known = not labels[0] or words.match(labels[0]) is not None
    if numbered and not (known and months == sorted(set(months))):
        return labels, {}, {}, {}
    return labels, periods, said, spans
