"""Periods that are no months are refused with what they are; months named shortly or without a year are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kl_research.intake import Ingested
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
CONNECTED = "municipality;connected_from;started_from\n461;2022-01;2022-01\n"


def counts(ingested: Ingested) -> dict[str, int]:
    panel = ingested.panel[(ingested.panel["municipality"] == "461") & ingested.panel["calls"].notna()]
    return {f"{month:%Y-%m}": int(n) for month, n in zip(panel["month"], panel["calls"], strict=True)}


@pytest.mark.parametrize(
    "cell", ["02-24", "02/24", "M02 2024", "2024 M02", "m2-2024", "2024-M02", "02.24", "2/24", "feb 24"]
)
def test_a_short_month_is_a_month(draw: Draw, cell: str) -> None:
    other = {
        "M02 2024": "M03 2024",
        "2024 M02": "2024 M03",
        "m2-2024": "m3-2024",
        "2024-M02": "2024-M03",
        "feb 24": "mar 24",
    }.get(cell, cell.replace("2", "3", 1))
    text = f"Kommune;Måned;Antal opkald\nOdense;{cell};5\nOdense;{other};6\n"
    assert counts(draw(text, connections=CONNECTED)) == {"2024-02": 5, "2024-03": 6}
    assert counts(draw(f"Kommune;{cell};{other}\nOdense;5;6\n", connections=CONNECTED)) == {
        "2024-02": 5,
        "2024-03": 6,
    }


@pytest.mark.parametrize(
    "cells", [("24-02", "24-03"), ("24/02", "24/03"), ("23-12", "24-01"), ("24.2", "24.3"), ("24-11", "24-12")]
)
def test_a_short_year_may_stand_first(draw: Draw, cells: tuple[str, str]) -> None:
    text = f"Kommune;Måned;Antal opkald\nOdense;{cells[0]};5\nOdense;{cells[1]};6\n"
    assert list(counts(draw(text, connections=CONNECTED)).values()) == [5, 6]


@pytest.mark.parametrize(
    "cells", [("10-11", "10-12"), ("11-12",), ("12/10", "11/12"), ("10-10", "11-11", "12-11"), ("11/10", "12/10")]
)
def test_short_months_with_two_readings_are_refused_with_both(draw: Draw, cells: tuple[str, ...]) -> None:
    rows = "".join(f"Odense;{cell};5\n" for cell in cells)
    with pytest.raises(InputError, match="which may be"):
        draw("Kommune;Måned;Antal opkald\n" + rows)


NAMED = "Kommune;Måned;Antal opkald\nOdense;januar;1\nOdense;februar;2\nOdense;marts;3\n"


@pytest.mark.parametrize(
    "title", ["Opkald 2024", "Kontakt Læge-appen, 2024", "Udtræk for året 2024", "År: 2024", "2024"]
)
def test_months_without_a_year_take_it_from_the_title(draw: Draw, title: str) -> None:
    assert counts(draw(f"{title}\n\n{NAMED}", connections=CONNECTED)) == {"2024-01": 1, "2024-02": 2, "2024-03": 3}
    pivot = f"{title}\n\nKommune;jan;feb;mar\nOdense;1;2;3\n"
    assert counts(draw(pivot, connections=CONNECTED)) == {"2024-01": 1, "2024-02": 2, "2024-03": 3}


@pytest.mark.parametrize("header", ["Måned (2024)", "Måned 2024", "Måned [2024]", "Måned, 2024", "Måned i 2024"])
def test_or_from_the_header(draw: Draw, header: str) -> None:
    assert counts(draw(NAMED.replace("Måned", header), connections=CONNECTED)) == {
        "2024-01": 1,
        "2024-02": 2,
        "2024-03": 3,
    }


@pytest.mark.parametrize(
    "months",
    [
        ("jan", "feb", "mar"),
        ("januar", "februar", "marts"),
        ("January", "February", "March"),
        ("Jan.", "Feb.", "Mar."),
        ("JAN", "FEB", "MAR"),
    ],
)
def test_or_from_a_layout(draw: Draw, months: tuple[str, ...]) -> None:
    rows = "".join(f"Odense;{month};{i}\n" for i, month in enumerate(months, 1))
    layouts = {"m": "layout: monthly\nyear: 2024\n", "p": "layout: pivot\nyear: 2024\n"}
    expected = {"2024-01": 1, "2024-02": 2, "2024-03": 3}
    assert (
        counts(draw("Kommune;Måned;Antal opkald\n" + rows, "m", layouts=layouts, connections=CONNECTED)) == expected
    )
    pivot = f"Kommune;{';'.join(months)}\nOdense;1;2;3\n"
    assert counts(draw(pivot, "p", layouts=layouts, connections=CONNECTED)) == expected


@pytest.mark.parametrize("title", ["", "Opkald\n", "Opkald 2023 og 2024\n", "Opkald 2023-2024\n", "Udtræk\n"])
@pytest.mark.parametrize("table", [NAMED, "Kommune;jan;feb;mar\nOdense;1;2;3\n"])
def test_without_a_year_months_are_asked_about(draw: Draw, title: str, table: str) -> None:
    with pytest.raises(InputError, match=r"year: 2024"):
        draw(title + table)


def test_months_that_run_over_a_new_year_take_no_single_year(draw: Draw) -> None:
    with pytest.raises(InputError, match="in order"):
        draw("Opkald 2024\n\nKommune;nov;dec;jan\nOdense;1;2;3\n")


FROM_TO = [
    ("Fra", "Til"),
    ("Startdato", "Slutdato"),
    ("Periode fra", "Periode til"),
    ("From", "To"),
    ("Period start", "Period end"),
    ("Start date", "End date"),
    ("Dato", "Slutdato"),
    ("Måned", "Til og med"),
]


@pytest.mark.parametrize(("first", "last"), FROM_TO)
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("01-01-2024", "31-03-2024"),
        ("2024-01-01", "2024-06-30"),
        ("01-01-2024", "07-01-2024"),
        ("2024-01-01", "2024-12-31"),
    ],
)
def test_periods_that_are_no_months_are_refused_with_their_row(
    draw: Draw, first: str, last: str, start: str, end: str
) -> None:
    with pytest.raises(InputError, match=r"row 2.*expected one month"):
        draw(f"Kommune;{first};{last};Antal opkald\nOdense;{start};{end};5\n")


@pytest.mark.parametrize(("first", "last"), FROM_TO)
def test_periods_of_one_month_are_that_month(draw: Draw, first: str, last: str) -> None:
    text = f"Kommune;{first};{last};Antal opkald\nOdense;2024-01-01;2024-01-31;5\nOdense;2024-02-01;2024-02-29;6\n"
    assert counts(draw(text, connections=CONNECTED)) == {"2024-01": 5, "2024-02": 6}


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("2024K1", "quarters"),
        ("1. kvartal 2024", "quarters"),
        ("Q1 2024", "quarters"),
        ("uge 5 2024", "weeks"),
        ("2024-W05", "weeks"),
        ("2024U05", "weeks"),
        ("1. halvår 2024", "half-years"),
        ("2024H1", "half-years"),
        ("første halvår 2024", "half-years"),
        ("2024", "years"),
        ("2023/2024", "spans of years"),
        ("jan-mar 2024", "spans of months"),
        ("januar-marts 2024", "spans of months"),
        ("jan.–feb. 2024", "spans of months"),
        ("01-01-2024 - 31-03-2024", "spans of days"),
        ("2024-01-01/2024-03-31", "spans of days"),
        ("jan 2024 - mar 2024", "spans of months"),
        ("2024T1", "four-month periods"),
        ("1. tertial 2024", "four-month periods"),
    ],
)
def test_other_periods_in_rows_are_refused_with_what_they_are(draw: Draw, cell: str, what: str) -> None:
    with pytest.raises(InputError, match=f"found {what}; expected months"):
        draw(f"Kommune;Måned;Antal opkald\nOdense;{cell};5\nOdense;{cell.replace('1', '2', 1)};6\n")


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Periode", (1, 2, 3, 4)),
        ("Period", (1, 2, 3, 4)),
        ("Tid", (1, 2, 3)),
        ("Periode", (1, 2)),
        ("Periode", (1, 2, 3)),
    ],
)
def test_numbered_periods_of_several_years_may_be_quarters_and_are_asked_about(
    draw: Draw, header: str, values: tuple[int, ...]
) -> None:
    rows = "".join(f"Odense;{year};{n};5\n" for year in (2022, 2023, 2024) for n in values)
    with pytest.raises(InputError, match="which may be months, quarters or half-years"):
        draw(f"Kommune;År;{header};Antal opkald\n{rows}")
    assert len(counts(draw(f"Kommune;År;Måned;Antal opkald\n{rows}", connections=CONNECTED))) == 3 * len(values)


@pytest.mark.parametrize(
    ("months", "step"),
    [((1, 4, 7, 10), 3), ((3, 6, 9, 12), 3), ((2, 5, 8, 11), 3), ((1, 7), 6), ((6, 12), 6), ((12,), 12), ((1,), 12)],
)
def test_every_third_month_may_be_quarters_and_is_asked_about(draw: Draw, months: tuple[int, ...], step: int) -> None:
    cells = [f"{year}-{m:02d}" for year in (2022, 2023, 2024) for m in months]
    text = "Kommune;Måned;Antal opkald\n" + "".join(f"Odense;{cell};5\n" for cell in cells)
    with pytest.raises(InputError, match=f"every {step} months"):
        draw(text)
    layouts = {"own": "layout: monthly\ncalls_of_each_month: true\n"}
    assert list(counts(draw(text, "own", layouts=layouts, connections=CONNECTED))) == cells


@pytest.mark.parametrize("label", ["2024K1", "uge 5", "1. halvår 2024", "jan-mar 24", "2023/24", "Q1"])
def test_other_periods_across_are_refused(draw: Draw, label: str) -> None:
    with pytest.raises(InputError):
        draw(
            f"Kommune;{label};{label.replace('1', '2').replace('5', '6').replace('jan-mar', 'apr-jun')}\nOdense;5;6\n"
        )
