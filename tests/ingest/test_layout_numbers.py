"""Columns named by their numbers: beyond the table, below 1 or too few, they are refused in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kl_research.intake import Ingested
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
ROWS = "Odense;2024-01;7\nOdense;2024-02;9\n"
HEADER = "Kommune;Måned;Antal\n"


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        ("columns: {calls: 99}", "3 columns, and column 99 for calls"),
        (f"columns: {{calls: {'9' * 30}}}", "3 columns, and column 9999"),
        ("columns: {calls: 0}", "line 2: found column 0 for calls"),
        ("columns: {calls: -1}", "line 2: found column -1 for calls"),
        ("header: false\ncolumns: {municipality: 1, month: 2, calls: 4}", "3 columns, and column 4 for calls"),
        ("header: false\ncolumns: {municipality: 1}", "line 2: found `header: false` and no column for month"),
        ("header: false", "line 2: found `header: false` and no column for municipality"),
        ("header: false\ncolumns: {municipality: 1, month: Måned, calls: 3}", "line 3: found a header for month"),
    ],
)
def test_a_number_that_is_no_column_is_refused(draw: Draw, layout: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        draw(("" if "false" in layout else HEADER) + ROWS, "own", layouts={"own": f"layout: monthly\n{layout}\n"})
    assert "\n" not in str(caught.value)


def test_a_pivot_or_a_log_without_header_is_held_to_the_same(draw: Draw) -> None:
    for layout, says in (("pivot", "a pivot whose header"), ("calls", "column 3 for start")):
        columns = "{municipality: 1}" if layout == "pivot" else "{municipality: 1, start: 3}"
        layouts = {"own": f"layout: {layout}\nheader: false\ncolumns: {columns}\n"}
        with pytest.raises(InputError, match=says):
            draw("Odense;2024-01-10 09:00\n", "own", layouts=layouts)


def test_a_layout_without_header_is_taken_by_name_only(draw: Draw) -> None:
    layouts = {"own": "layout: monthly\nheader: false\ncolumns: {municipality: 1, month: 2, calls: 3}\n"}
    assert draw(ROWS, "own", layouts=layouts).panel["calls"].sum() == 16
    built_in = draw("Måned;Antal opkald;Kommune\n2024-01;5;Odense\n", layouts=layouts)
    assert built_in.panel["calls"].sum() == 5
