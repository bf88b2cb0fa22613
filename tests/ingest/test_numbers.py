"""Numbers: one style a column, decided by all of its cells; what can be read two ways stops."""

from __future__ import annotations

import pytest

from kl_research.intake.columns.numbers import Marks, read_numbers
from kl_research.terms.errors import InputError


@pytest.mark.parametrize(
    ("cells", "values", "style"),
    [
        (["642.242", "1.633", "470"], [642242, 1633, 470], "comma_decimal"),
        (["642,242", "1,633", "470"], [642242, 1633, 470], "point_decimal"),
        (["1.234.567", "3"], [1234567, 3], "comma_decimal"),
        (["1.234,0", "3,0"], [1234, 3], "comma_decimal"),
        (["1,234.0", "3.0"], [1234, 3], "point_decimal"),
        (["7.0", "12.0"], [7, 12], "point_decimal"),
        (["1 234", "12\u00a0345", "7"], [1234, 12345, 7], "plain"),
        (["1'234", "7"], [1234, 7], "plain"),
        (["169.777 (48)", "  35.035 (52)"], [169777, 35035], "comma_decimal"),
        ([5, 7.0, "9"], [5, 7, 9], "plain"),
        (["1.633", 1633, 12], [1633, 1633, 12], "comma_decimal"),
    ],
)
def test_counts_are_read_in_the_one_style_that_makes_them_whole(
    cells: list[object], values: list[int], style: str
) -> None:
    found = read_numbers(cells, "antal")  # type: ignore[arg-type]
    assert found.values == values
    assert found.style == style


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["55,5", "60"], [55.5, 60]),
        (["0.633", "1.5"], [0.633, 1.5]),
        (["12,3 %", "7 %"], [12.3, 7]),
        (["1.234,5"], [1234.5]),
        (["1.5", "1.633"], [1.5, 1.633]),
    ],
)
def test_decimals_show_the_style_of_their_column(cells: list[str], values: list[float]) -> None:
    assert read_numbers(cells, "andel", whole=False).values == values


@pytest.mark.parametrize("cells", [["1.633", "470"], ["1,633"]])
def test_a_column_with_two_readings_stops_and_shows_both(cells: list[str]) -> None:
    with pytest.raises(InputError, match=r"may be 1633 or 1\.633|may be 1\.633 or 1633"):
        read_numbers(cells, "andel", whole=False)


def test_counts_that_end_in_three_zeros_throughout_stop_too() -> None:
    with pytest.raises(InputError, match=r"3\.000, which may be 3000 or 3"):
        read_numbers(["3.000", "7.000"], "antal")
    assert read_numbers(["3.000", "7.000"], "antal", declared="point_decimal").values == [3, 7]


def test_other_columns_of_the_file_may_decide() -> None:
    assert read_numbers(["1.633"], "andel", whole=False, hint="comma_decimal").values == [1633]


def test_both_styles_in_one_column_are_refused() -> None:
    with pytest.raises(InputError, match="one style throughout"):
        read_numbers(["1.234,5", "1,234.5"], "andel", whole=False)


@pytest.mark.parametrize("mark", ["<5", "< 20", "*", "..", "1-4", "…"])
def test_marks_of_hidden_numbers_are_suppressed(mark: str) -> None:
    assert read_numbers([mark, "7"], "antal").states == ["suppressed", "observed"]


@pytest.mark.parametrize("mark", ["", "  ", "-", "–", ".", "NA", "n/a", "#N/A", None, float("nan")])
def test_blanks_and_dashes_are_missing_never_zero(mark: object) -> None:
    found = read_numbers([mark, "7"], "antal")  # type: ignore[list-item]
    assert found.states == ["missing", "observed"]
    assert found.values == [None, 7]


def test_a_mark_means_what_a_layout_declares() -> None:
    marks = Marks(suppressed=frozenset({"-1"}), zero=frozenset({"-"}))
    assert read_numbers(["-1", -1, "-", 3], "antal", marks=marks).states == [
        "suppressed",
        "suppressed",
        "observed",
        "observed",
    ]


@pytest.mark.parametrize("cell", ["-3", -3])
def test_a_count_below_zero_is_refused_with_its_row(cell: object) -> None:
    with pytest.raises(InputError, match="row 11: found a count below 0"):
        read_numbers([1, cell], "antal", row=10)  # type: ignore[list-item]


@pytest.mark.parametrize("cell", ["syv", "1.2.3", "12-34", "7 8", "#REF!", True])
def test_what_is_no_number_is_refused_and_not_repeated(cell: object) -> None:
    with pytest.raises(InputError) as caught:
        read_numbers([1, cell], "antal", row=10)  # type: ignore[list-item]
    assert "row 11" in str(caught.value)
    assert str(cell) not in str(caught.value) or cell is True
