"""Months that an export does not hold, or holds in part, are missing: no zeros are made of them."""

from __future__ import annotations

import datetime as dt

import pytest

import kl_research as kl
from kl_research.intake.together.days import months_in_part
from kl_research.terms.months import span
from tests.ingest.drawn_logs import HEADER, Draw, counted, log, rows, table

AREAS = {"Odense": 40, "Aalborg": 30, "Esbjerg": 3}


def same(value: int | str, first: str, last: str) -> dict[str, int | str]:
    return dict.fromkeys(span(first, last), value)


@pytest.mark.parametrize(
    "gap", [["2024-07", "2024-08", "2024-09"], ["2024-07"], ["2023-02"], ["2023-03", "2024-05"], ["2024-11"]]
)
@pytest.mark.parametrize("areas", [AREAS, {"Odense": 300}, {"Esbjerg": 3}])
def test_months_without_a_row_anywhere_are_missing(draw: Draw, gap: list[str], areas: dict[str, int]) -> None:
    ingested = draw(log(areas, "2023-01", "2024-12", without=gap))
    area, calls = next(iter(areas.items()))
    code = {"Odense": "461", "Esbjerg": "561"}[area]
    assert counted(ingested, code) == same(calls, "2023-01", "2024-12") | dict.fromkeys(gap, "missing")
    assert [note for note in ingested.quality["notes"] if note.startswith("month_without_any_call:")] == [
        f"month_without_any_call:{month}" for month in gap
    ]


def test_the_page_names_the_months_as_spans(draw: Draw) -> None:
    gap = ["2023-03", "2024-07", "2024-08", "2024-09"]
    ingested = draw(log(AREAS, "2023-01", "2024-12", without=gap))
    told = " ".join(kl.quality_report(ingested.quality, ingested.panel, "461").sentences)
    assert "ikke et eneste opkald i marts 2023 og juli 2024 til september 2024" in told


def test_one_area_without_calls_is_still_a_zero(draw: Draw) -> None:
    text = log({"Aalborg": 30}, "2023-01", "2024-12") + log({"Odense": 40}, "2023-01", "2024-03").removeprefix(HEADER)
    assert counted(draw(text), "461") == same(40, "2023-01", "2024-03") | same(0, "2024-04", "2024-12")


def test_between_two_logs_months_are_missing(draw: Draw) -> None:
    ingested = draw({"1.csv": log(AREAS, "2023-01", "2023-06"), "2.csv": log(AREAS, "2023-10", "2024-03")})
    expected = same(40, "2023-01", "2024-03") | same("missing", "2023-07", "2023-09")
    assert counted(ingested, "461") == expected


def _from_to(first: str, last: str) -> str:
    """A log of 60 calls a month from a day to a day."""
    lines = log({"Odense": 60}, first[:7], last[:7]).splitlines(keepends=True)
    return lines[0] + "".join(line for line in lines[1:] if first <= line[:10] <= last)


@pytest.mark.parametrize(
    ("days", "missing"),
    [
        ([("2023-01-01", "2023-06-12"), ("2023-08-20", "2023-12-31")], ["2023-06", "2023-07", "2023-08"]),
        ([("2023-01-01", "2023-06-12"), ("2023-06-28", "2023-12-31")], ["2023-06"]),
        ([("2023-01-01", "2023-05-31"), ("2023-06-20", "2023-12-31")], ["2023-06"]),
        ([("2023-01-01", "2023-06-14"), ("2023-06-15", "2023-12-31")], []),
        ([("2023-01-01", "2023-06-28"), ("2023-07-04", "2023-12-31")], []),
    ],
)
@pytest.mark.parametrize("files", ["one", "two"])
def test_a_month_that_lacks_days_is_missing(
    draw: Draw, days: list[tuple[str, str]], missing: list[str], files: str
) -> None:
    parts = [_from_to(*part) for part in days]
    joined = {"1.csv": parts[0] + parts[1].removeprefix(HEADER)}
    ingested = draw(joined if files == "one" else {f"{i}.csv": part for i, part in enumerate(parts)})
    found = counted(ingested, "461")
    assert [month for month, calls in found.items() if calls == "missing"] == missing
    assert not [month for month, calls in found.items() if calls == 0]


@pytest.mark.parametrize("first", ["2023-01-10", "2023-01-20", "2023-01-31"])
@pytest.mark.parametrize("last", ["2023-12-02", "2023-12-15", "2023-12-21"])
def test_the_first_month_may_be_as_unfinished_as_the_last(draw: Draw, first: str, last: str) -> None:
    ingested = draw(_from_to(first, last))
    assert counted(ingested, "461") == same(60, "2023-02", "2023-11")
    assert {"first_month_unfinished", "last_month_unfinished"} <= set(ingested.quality["notes"])
    assert ingested.activity["calls"].sum() == 600
    assert ingested.timing["calls"].sum() == 600
    left_out = ingested.quality["files"][0]["dropped"]["month_in_part"]
    assert ingested.quality["rows"]["kept"] + left_out == ingested.quality["rows"]["in"]


def test_a_month_asked_for_that_is_not_whole_is_missing(draw: Draw) -> None:
    text = _from_to("2023-01-20", "2023-12-10")
    found = counted(draw(text, keys='period: {start: "2023-01", end: "2023-12"}'), "461")
    assert found == same(60, "2023-01", "2023-12") | {"2023-01": "missing", "2023-12": "missing"}


def test_the_study_says_what_a_log_covers(draw: Draw) -> None:
    text = log({"Esbjerg": 3}, "2023-02", "2023-11", without=["2023-05"])
    found = counted(draw(text, entry={"raw.csv": 'covers: "2023-01/2023-12"'}), "561")
    assert found == {"2023-01": "not_started"} | same(3, "2023-02", "2023-11") | {"2023-05": 0, "2023-12": 0}


def test_a_table_has_the_month_that_a_log_has_in_part(draw: Draw) -> None:
    ingested = draw(
        {"1.csv": table({"Odense": 50}, "2022-06", "2023-01"), "2.csv": _from_to("2023-01-20", "2023-12-31")}
    )
    assert counted(ingested, "461") == same(50, "2022-06", "2023-01") | same(60, "2023-02", "2023-12")


def test_a_log_that_began_with_few_calls_keeps_its_first_months(draw: Draw) -> None:
    early = "".join(rows("Odense", month, 1, 20)[0] for month in span("2022-01", "2022-12"))
    text = HEADER + early + log({"Odense": 300}, "2023-01", "2023-12").removeprefix(HEADER)
    assert counted(draw(text), "461") == same(1, "2022-01", "2022-12") | same(300, "2023-01", "2023-12")


@pytest.mark.parametrize("a_day", [1, 2, 5])
def test_christmas_and_weekends_are_no_gap(a_day: int) -> None:
    every = [dt.date(2022, 1, 3) + dt.timedelta(n) for n in range(1000)]
    worked = [
        d for d in every if d.weekday() < 5 and not ((d.month, d.day) >= (12, 24) or (d.month, d.day) <= (1, 1))
    ]
    assert months_in_part(dict.fromkeys(worked, a_day)) == []
