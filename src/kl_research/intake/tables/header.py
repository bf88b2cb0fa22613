"""The header of a table: the row, below titles, whose cells are known words or the months of a pivot."""

from __future__ import annotations

from kl_research.intake.columns import words
from kl_research.intake.files.cells import Row
from kl_research.intake.layouts import REQUIRED, Layout
from kl_research.intake.tables.header_columns import Header, columns_of, labels_of, places_of, titles_above
from kl_research.intake.tables.pivot_header import pivot_header
from kl_research.terms.errors import InputError


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
                found = pivot_header(head, first, depth, layout, where, sheet)
            else:
                found = _table(head, first, depth, layout, where)
            if found:
                return found
    return None


def _table(head: list[Row], first: int, depth: int, layout: Layout, where: str) -> Header | None:
    labels = labels_of(head[first]) if depth == 1 else _joined(head[first], head[first + 1])
    columns, twice = columns_of(labels, layout)
    if columns is None or not all(any(word in columns for word in group) for group in REQUIRED[layout.layout]):
        return None
    if twice:
        raise InputError(
            f"{where}, row {first + depth}",
            f"two columns that mean {twice}",
            "one of each",
            "map the right one in a layout file",
        )
    extra = places_of(layout.sum_over, labels)
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
