"""Months: every form a Danish or English export uses; what is no month says so."""

from __future__ import annotations

import datetime as dt

import pytest

from kl_research.intake.columns.months import month_of, read_period, refuse_other_periods, settle
from kl_research.terms.errors import InputError

MAY = [
    "2023-05",
    "2023-5",
    "2023/05",
    "2023.05",
    "202305",
    "2023M05",
    "2023m5",
    "05-2023",
    "5/2023",
    "05.2023",
    "maj 2023",
    "Maj 2023",
    "MAJ 2023",
    "maj-23",
    "maj23",
    "Maj '23",
    "May 2023",
    "may-23",
    "MAY2023",
    "2023 maj",
    "23-May",
    "1. maj 2023",
    "den 1. maj 2023",
    "31. maj 2023",
    "1 May 2023",
    "May 1, 2023",
    "2023-05-01",
    "2023-05-01 00:00:00",
    "2023-05-31T00:01:00",
    "20230501",
    "45047",
    45047,
    45047.0,
    dt.date(2023, 5, 1),
    dt.datetime(2023, 5, 1, 12),
]


@pytest.mark.parametrize("cell", MAY)
def test_every_form_of_may_2023_is_may_2023(cell: object) -> None:
    period = read_period(cell)  # type: ignore[arg-type]
    assert period is not None
    assert period.month == "2023-05"


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        ("jan-21", "2021-01"),
        ("jan. 2023", "2023-01"),
        ("januar 2023", "2023-01"),
        ("MAR2019", "2019-03"),
        ("okt. 2022", "2022-10"),
        ("Oct 2022", "2022-10"),
        ("sept. 2022", "2022-09"),
        ("marts 2020", "2020-03"),
        ("29. februar 2024", "2024-02"),
    ],
)
def test_abbreviations_in_both_languages(cell: str, month: str) -> None:
    period = read_period(cell)
    assert period is not None
    assert period.month == month


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("2023K1", "quarter"),
        ("2023Q1", "quarter"),
        ("Q1 2023", "quarter"),
        ("1. kvartal 2023", "quarter"),
        ("uge 46 2022", "week"),
        ("Uge 01-2022", "week"),
        ("U11-2020", "week"),
        ("2022-W46", "week"),
        ("2023", "year"),
        (2023, "year"),
        ("2000:2004", "years"),
        ("1. halvår 2023", "half_year"),
        ("2024H2", "half_year"),
    ],
)
def test_other_periods_are_recognised_and_refused_with_the_reason(cell: object, kind: str) -> None:
    period = read_period(cell)  # type: ignore[arg-type]
    assert period is not None
    assert period.kind == kind
    with pytest.raises(InputError, match="months, since a study is monthly"):
        refuse_other_periods([period], "a.csv")


@pytest.mark.parametrize(
    "cell", ["Odense", "31. april 2023", "2023-13", "5", 5, "12345678901", "", None, True, "Total"]
)
def test_what_names_no_period_is_none(cell: object) -> None:
    assert read_period(cell) is None  # type: ignore[arg-type]


def months(*cells: str) -> list[str]:
    periods = [period for cell in cells if (period := read_period(cell))]
    order, _ = settle(periods, "a.csv")
    return [month_of(period, order) for period in periods]


def test_first_days_of_months_tell_day_from_month() -> None:
    assert months("01-05-2023", "01-06-2023") == ["2023-05", "2023-06"]
    assert months("05-01-2023", "06-01-2023") == ["2023-05", "2023-06"]
    assert months("31-01-2023", "28-02-2023") == ["2023-01", "2023-02"]
    assert months("01-01-2023") == ["2023-01"]


def test_dates_with_two_readings_stop_and_show_both() -> None:
    with pytest.raises(InputError, match="which may be 02 March 2023 or 03 February 2023"):
        months("02-03-2023", "04-03-2023")


def test_dates_of_both_orders_are_refused() -> None:
    with pytest.raises(InputError, match="dates of one order"):
        months("31-01-2023", "01-31-2023")


@pytest.mark.parametrize("cell", ["²²²²²", dt.date(1899, 12, 30), dt.datetime(2525, 1, 1), dt.date(9999, 12, 31)])
def test_years_beyond_those_that_text_may_have_are_none_in_a_workbook_either(cell: object) -> None:
    assert read_period(cell) is None  # type: ignore[arg-type]
