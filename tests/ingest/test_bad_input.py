"""What cannot be understood stops the run with one clear line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kl_research.intake import Ingested
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]

MONTHLY = "Kommune;Måned;Antal opkald\nOdense;2024-01;7\nOdense;2024-02;9\n"


def refused(draw: Draw, text: str | bytes, **keys: str) -> str:
    with pytest.raises(InputError) as caught:
        draw(text, **keys)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_an_empty_file_is_refused(draw: Draw) -> None:
    assert "an empty file" in refused(draw, b"")


def test_blank_rows_alone_are_refused(draw: Draw) -> None:
    assert "only blank rows" in refused(draw, ";;\n;;\n")


def test_an_unknown_municipality_is_refused_with_near_names(draw: Draw) -> None:
    line = refused(draw, MONTHLY.replace("Odense;2024-02", "Odnse;2024-02"))
    assert "row 3" in line
    assert "Odense" in line


def test_a_month_nobody_understands_is_refused(draw: Draw) -> None:
    assert "where a month should be" in refused(draw, MONTHLY.replace("2024-02", "fru"))


def test_a_count_below_zero_is_refused_with_the_declaration_that_would_help(draw: Draw) -> None:
    line = refused(draw, MONTHLY.replace(";9", ";-1"))
    assert "row 3" in line
    assert "below 0" in line
    assert "suppressed" in line


def test_a_municipality_month_with_two_values_is_refused(draw: Draw) -> None:
    line = refused(draw, MONTHLY + "Odense Kommune;2024-02;8\n")
    assert "rows 3 and 4" in line
    assert "twice with different values" in line


def test_a_cpr_number_is_refused_and_never_shown(draw: Draw) -> None:
    line = refused(draw, MONTHLY + "010190-1234;2024-03;1\n")
    assert "row 4, column 1 (Kommune)" in line
    assert "1234" not in line
    assert "0101" not in line


def test_a_file_without_header_is_refused(draw: Draw) -> None:
    assert "no header" in refused(draw, "Odense;2024-01;7\n")


def test_a_count_with_a_fraction_is_refused(draw: Draw) -> None:
    assert "numbers such as" in refused(draw, MONTHLY.replace(";9", ";9,5"))


def test_an_unknown_layout_is_refused(draw: Draw) -> None:
    assert "a file in layouts/" in refused(draw, MONTHLY, layout="trifork")


def test_a_period_outside_the_data_is_refused(draw: Draw) -> None:
    assert "within the data" in refused(draw, MONTHLY, keys='period: {start: "2030-01"}')
