"""The header of a table: the row, below titles, whose cells are known words or the months of a pivot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kl_research.intake.columns import months as month_cells
from kl_research.intake.columns import words
from kl_research.intake.columns.months import Period
from kl_research.intake.columns.places import is_total
from kl_research.intake.files.cells import Row, mend, text
from kl_research.intake.layouts import REQUIRED, Layout
from kl_research.terms.errors import InputError


@dataclass(frozen=True)
class Header:
    """Where the header stands and what its columns mean.

    `first` and `last` are row numbers from 0 (the same, unless the header has two rows; last is -1 without one),
    `columns` maps our words to column numbers, `periods` the columns of a pivot, `totals` its columns of sums.
    """

    first: int
    last: int
    labels: list[str]
    columns: dict[str, int]
    periods: dict[int, Period] = field(default_factory=dict)
    totals: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)


def labels_of(row: Sequence[object]) -> list[str]:
    """A row as header texts, repaired where encoded twice."""
    return [text(mend(cell)[0]) for cell in row]  # type: ignore[arg-type]


def find_header(head: list[Row], layout: Layout, where: str) -> Header | None:
    """The first row of `head` that is a header under a layout, alone or with the row below; None without one.

    Raises `InputError` when two columns carry the same word.
    """
    if not layout.header:
        columns: dict[str, int] = {word: n - 1 for word, n in layout.columns.items() if isinstance(n, int)}
        within = max(columns.values()) < max(map(len, head), default=0)
        return Header(-1, -1, [], columns) if within else None
    # In a pivot, years above months would do as a header of years: both rows are tried first.
    for depth in (2, 1) if layout.layout == "pivot" else (1, 2):
        for first in range(len(head) - depth + 1):
            found = (_pivot if layout.layout == "pivot" else _table)(head, first, depth, layout, where)
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
    return Header(first, first + depth - 1, labels, columns, extra=extra)


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
    taken = set(columns.values())
    best: dict[str, tuple[int, int]] = {}
    twice = ""
    for i, written in enumerate(labels):
        found = words.match(written) if written and i not in taken else None
        if not found or found[0] not in layout.words or found[0] in columns:
            continue
        known, rank = found
        if known in best and best[known][0] == rank:
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
    for word, header in named:
        if isinstance(header, str) and not _named([header], labels):
            return word, header
        if isinstance(header, int) and header > len(labels):
            return word, header
    columns = _columns(labels, layout)[0] or {}
    needed = [group for group in REQUIRED[layout.layout] if not any(word in columns for word in group)]
    return (needed[0][0], "") if needed else ("", "")


def _named(names: Sequence[str], labels: list[str]) -> list[int] | None:
    keys = [words.label(label) for label in labels]
    if not all(words.label(name) in keys for name in names):
        return None
    return [keys.index(words.label(name)) for name in names]


def _pivot(head: list[Row], first: int, depth: int, layout: Layout, where: str) -> Header | None:
    if depth == 1:
        row = head[first]
        labels = labels_of(row)
        periods = {i: p for i, cell in enumerate(row) if (p := month_cells.read_period(mend(cell)[0]))}
    else:
        labels, periods = _year_and_month(head[first], head[first + 1])
    if not periods or 0 in periods or (depth == 1 and not _believable(head, first, periods)):
        return None
    leading = min(periods)
    columns, _ = _columns(labels[:leading], layout)
    beside = [
        i for i, label in enumerate(labels) if i > leading and label and i not in periods and not is_total(label)
    ]
    if columns is None or len(beside) > len(periods) / 4:
        return None
    if len(periods) == 1 and not (columns.keys() & {"municipality", "code"} and not labels[leading].isdigit()):
        return None
    totals = [i for i, label in enumerate(labels) if i > leading and i not in periods and is_total(label)]
    return Header(first, first + depth - 1, labels, columns, periods, totals)


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


def _year_and_month(upper: Row, lower: Row) -> tuple[list[str], dict[int, Period]]:
    """Years above, months below; the year runs on to the right until the next."""
    year, labels, periods = "", [], {}
    for i in range(max(len(upper), len(lower))):
        above = text(upper[i]) if i < len(upper) else ""
        below = lower[i] if i < len(lower) else None
        if above:
            year = above if month_cells.is_year(above) else ""
        number = month_cells.month_number(below) if year else None
        if number:
            periods[i] = Period("month", f"{year}-{number:02d}", 1)
        labels.append(text(below) or above)
    if not periods:
        return labels, {}
    # Small counts below years look like numbered months: those must be in order, below a known word or nothing.
    months = [period.month for period in periods.values()]
    numbered = any(labels[i].isdigit() for i in periods)
    known = not labels[0] or words.match(labels[0]) is not None
    if numbered and not (known and months == sorted(set(months))):
        return labels, {}
    return labels, periods
