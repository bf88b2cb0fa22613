"""The header of a table: the row, below titles, whose cells are known words or the months of a pivot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kl_research.intake.columns import header_words, words
from kl_research.intake.columns import months as month_cells
from kl_research.intake.columns.months import Period
from kl_research.intake.columns.phrases import Said
from kl_research.intake.columns.places import is_total, read_place
from kl_research.intake.files.cells import Row, mend, text
from kl_research.intake.layouts import REQUIRED, Layout
from kl_research.intake.privacy import left_out_columns
from kl_research.intake.tables.month_headers import (
    ANY_YEAR,
    months_across,
    refuse_unreadable,
    short_months_across,
    sums_across,
)
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold


@dataclass(frozen=True)
class Header:
    """Where the header stands and what its columns mean.

    `first` and `last` are row numbers from 0 (the same, unless the header has two rows; last is -1 without one),
    `columns` maps our words to column numbers, `periods` the columns of a pivot, `totals` its columns of sums,
    `spans` the first and last month of those that name them, `said` what else the header of a month says.
    `titles` are the texts above.
    """

    first: int
    last: int
    labels: list[str]
    columns: dict[str, int]
    periods: dict[int, Period] = field(default_factory=dict)
    totals: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    spans: dict[int, tuple[str, str]] = field(default_factory=dict)
    said: dict[int, tuple[Said, ...]] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)


def titles_above(head: list[Row], first: int) -> list[str]:
    """The texts of the rows above a header, one text a row that has any."""
    rows = (" ".join(label for label in labels_of(row) if label) for row in head[:first])
    return [title for title in rows if title]


_UNFIT = 1000


def labels_of(row: Sequence[object]) -> list[str]:
    """A row as header texts, repaired where encoded twice."""
    return [text(mend(cell)[0]) for cell in row]  # type: ignore[arg-type]


def find_header(head: list[Row], layout: Layout, where: str, sheet: str = "") -> Header | None:
    """The first row of `head` that is a header under a layout, alone or with the row below; None without one.

    The name of the `sheet` may hold the year of months named without one.

    Raises `InputError` when two columns carry the same word.
    """
    if not layout.header:
        columns: dict[str, int] = {word: n - 1 for word, n in layout.columns.items() if isinstance(n, int)}
        within = max(columns.values()) < max(map(len, head), default=0)
        return Header(-1, -1, [], columns) if within else None
    # In a pivot, years above months would do as a header of years: both rows are tried first.
    for depth in (2, 1) if layout.layout == "pivot" else (1, 2):
        for first in range(len(head) - depth + 1):
            if layout.layout == "pivot":
                found = _pivot(head, first, depth, layout, where, sheet)
            else:
                found = _table(head, first, depth, layout, where)
            if found:
                return found
    return None


def _table(head: list[Row], first: int, depth: int, layout: Layout, where: str) -> Header | None:
    labels = labels_of(head[first]) if depth == 1 else _joined(head[first], head[first + 1])
    columns, twice = _columns(labels, layout)
    if columns is None or not all(any(word in columns for word in group) for group in REQUIRED[layout.layout]):
        return None
    if twice:
        raise InputError(
            f"{where}, row {first + depth}",
            f"two columns that mean {twice}",
            "one of each",
            "map the right one in a layout file",
        )
    extra = _named(layout.sum_over, labels)
    if extra is None:
        return None
    if "period_start" in columns and "month" not in columns:
        if "period_end" not in columns:
            return None
        columns["month"] = columns.pop("period_start")
    return Header(first, first + depth - 1, labels, columns, extra=extra, titles=titles_above(head, first))


def _joined(upper: Row, lower: Row) -> list[str]:
    """Two header rows as one: the upper text runs on to the right until the next."""
    above, result = "", []
    top, bottom = labels_of(upper), labels_of(lower)
    for i in range(max(len(top), len(bottom))):
        above = (top[i] if i < len(top) else "") or above
        below = bottom[i] if i < len(bottom) else ""
        known = words.match(below) is not None or not below
        result.append((below or above) if known else f"{above} {below}".strip())
    return result


def _columns(labels: list[str], layout: Layout) -> tuple[dict[str, int] | None, str]:
    """Our words to column numbers; None when a mapped header is absent; the word that two columns carry."""
    columns: dict[str, int] = {}
    for word, named in layout.columns.items():
        if isinstance(named, int):
            if named > len(labels):
                return None, ""
            columns[word] = named - 1
            continue
        places = _named([named], labels)
        if not places:
            return None, ""
        columns[word] = places[0]
    out = left_out_columns(layout.leave_out, labels)
    if len(out) < len(layout.leave_out):
        return None, ""
    taken = set(columns.values()) | out
    best: dict[str, tuple[int, int]] = {}
    twice = ""
    for i, written in enumerate(labels):
        found = header_words.read_header(written) if i not in taken and any(map(str.isalpha, written)) else None
        if not found or found.word not in layout.words or found.word in columns:
            continue
        # What says that it holds no counts stands behind every column that may.
        known, rank = found.word, found.rank + (_UNFIT if found.unfit and not layout.calls_of_each_month else 0)
        if known in best and best[known][0] == rank < _UNFIT:
            twice = known
        if known not in best or rank < best[known][0]:
            best[known] = (rank, i)
    columns |= {word: i for word, (_, i) in best.items()}
    return columns, twice


def lacking(labels: list[str], layout: Layout) -> tuple[str, str | int]:
    """The first word of a layout that a row of headers does not give, and what it is mapped to; empty for none.

    >>> lacking(["CCG", "Month", "Calls"], Layout(layout="monthly", columns={"month": "Month", "calls": "Calls"}))
    ('municipality', '')
    >>> lacking(["Kommune", "Month", "Calls"], Layout(layout="monthly", columns={"month": "M", "calls": "Calls"}))
    ('month', 'M')
    """
    named = [*layout.columns.items(), *(("sum_over", header) for header in layout.sum_over)]
    named += [("leave_out", header) for header in layout.leave_out]
    for word, header in named:
        if isinstance(header, str) and not _named([header], labels):
            return word, header
        if isinstance(header, int) and header > len(labels):
            return word, header
    columns = _columns(labels, layout)[0] or {}
    needed = [group for group in REQUIRED[layout.layout] if not any(word in columns for word in group)]
    return (needed[0][0], "") if needed else ("", "")


def _named(names: Sequence[str], labels: list[str]) -> list[int] | None:
    """The columns of some headers: those written in full first, then those that say more in brackets."""
    found = []
    for name in names:
        whole, short = [fold(label) for label in labels], [words.label(label) for label in labels]
        keys, key = (whole, fold(name)) if fold(name) in whole else (short, words.label(name))
        if key not in keys:
            return None
        found.append(keys.index(key))
    return found


def _pivot(head: list[Row], first: int, depth: int, layout: Layout, where: str, sheet: str) -> Header | None:
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
            year = ANY_YEAR if "year" in (_columns(labels, layout)[0] or {}) else layout.year
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
    columns, _ = _columns([label if i < leading or i in out else "" for i, label in enumerate(labels)], layout)
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
