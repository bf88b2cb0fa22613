"""Several logs: one replaces what it holds itself and nothing else, and no month that nobody covers is a zero."""

from __future__ import annotations

import pytest

from kl_research.terms.errors import InputError
from kl_research.terms.months import span
from tests.ingest.drawn_logs import HEADER, Draw, counted, log, rows, table

NORTH, SOUTH = {"Aalborg": 12}, {"Odense": 20, "Esbjerg": 9}
YEAR = ("2024-01", "2024-12")


def same(value: int | str, first: str = "2024-01", last: str = "2024-12") -> dict[str, int | str]:
    return dict.fromkeys(span(first, last), value)


@pytest.mark.parametrize(
    "parts",
    [
        [NORTH, SOUTH],
        [SOUTH, NORTH],
        [{"Aalborg": 12}, {"Odense": 20}, {"Esbjerg": 9}],
        [{"Aalborg": 12, "Odense": 20}, {"Esbjerg": 9}],
        [{"0851": 12}, {"461 Odense": 20, "Esbjerg Kommune": 9}],
        [{"Aalborg": 12, "Vejle": 1}, {"Odense": 20, "Esbjerg": 9, "Vejle": 1}],
    ],
)
def test_logs_of_different_areas_all_count(draw: Draw, parts: list[dict[str, int]]) -> None:
    ingested = draw({f"{i}.csv": log(part, *YEAR) for i, part in enumerate(parts)})
    assert counted(ingested, "851") == same(12)
    assert counted(ingested, "461") == same(20)
    assert counted(ingested, "561") == same(9)
    assert ingested.timing["calls"].sum() == ingested.panel["calls"].sum()


def test_a_log_of_one_region_says_nothing_of_the_others(draw: Draw) -> None:
    ingested = draw({"nord.csv": log(NORTH, *YEAR), "syd.csv": log(SOUTH, "2024-01", "2024-06")})
    assert counted(ingested, "461") == same(20, last="2024-06") | same("missing", "2024-07")
    assert counted(ingested, "360") == same("missing"), "no log speaks of Lolland"
    assert "logs_of_different_areas" in ingested.quality["notes"]


@pytest.mark.parametrize("absent", ["nord-2023", "nord-2024", "syd-2023", "syd-2024"])
def test_the_absent_file_of_a_region_and_a_year_is_no_year_of_zeros(draw: Draw, absent: str) -> None:
    parts = {"nord": NORTH, "syd": SOUTH}
    files = {f"{part}-{year}": log(areas, f"{year}-01", f"{year}-12") for part, areas in parts.items()
             for year in (2023, 2024)}  # fmt: skip
    ingested = draw({f"{name}.csv": text for name, text in files.items() if name != absent})
    part, _, year = absent.partition("-")
    code, calls = ("851", 12) if part == "nord" else ("461", 20)
    expected = same(calls, "2023-01") | same("missing", f"{year}-01", f"{year}-12")
    assert counted(ingested, code) == expected


@pytest.mark.parametrize("absent", [2021, 2022, 2023])
def test_the_absent_file_of_a_year_is_no_year_of_zeros(draw: Draw, absent: int) -> None:
    years = [year for year in range(2020, 2025) if year != absent]
    ingested = draw({f"{year}.csv": log(NORTH | SOUTH, f"{year}-01", f"{year}-12") for year in years})
    assert counted(ingested, "461") == same(20, "2020-01") | same("missing", f"{absent}-01", f"{absent}-12")


def test_an_area_that_stopped_is_a_zero_in_the_file_of_the_next_year(draw: Draw) -> None:
    both = log(NORTH | SOUTH, "2023-01", "2023-12")
    ingested = draw({"2023.csv": both, "2024.csv": log({"Aalborg": 12, "Odense": 20}, *YEAR)})
    assert counted(ingested, "561") == same(9, "2023-01", "2023-12") | same(0)


def test_a_later_log_of_one_region_leaves_the_others_as_they_were(draw: Draw) -> None:
    later = log({"Odense": 22, "Esbjerg": 9}, "2024-06", "2024-12")
    ingested = draw({"1.csv": log(NORTH | SOUTH, *YEAR), "2.csv": later})
    assert counted(ingested, "851") == same(12)
    assert counted(ingested, "461") == same(20, last="2024-05") | same(22, "2024-06")
    changed = {(entry["municipality"], entry["before"], entry["after"]) for entry in ingested.quality["overrides"]}
    assert changed == {("461", 20, 22)}


def test_after_a_national_log_ends_one_region_goes_on_alone(draw: Draw) -> None:
    files = {"1.csv": log(NORTH | SOUTH, "2024-01", "2024-06"), "2.csv": log({"Esbjerg": 9}, "2024-07", "2024-12")}
    ingested = draw(files)
    assert counted(ingested, "561") == same(9)
    assert counted(ingested, "851") == same(12, last="2024-06") | same("missing", "2024-07")


def test_a_log_of_one_region_replaces_no_table_of_another(draw: Draw) -> None:
    ingested = draw({"1.csv": table(NORTH | SOUTH, *YEAR), "2.csv": log({"Odense": 22}, *YEAR)})
    assert counted(ingested, "851") == same(12)
    assert counted(ingested, "461") == same(22)


SUPPLEMENTS = {
    "ten calls over the year": HEADER + "".join(rows("Odense", month, 1)[0] for month in span(*YEAR)),
    "two calls at its ends": HEADER + rows("Odense", "2024-01", 1)[0] + rows("Odense", "2024-12", 1, 30)[0],
    "one call in each area, twice": HEADER
    + "".join(rows(a, m, 1, 1 if m == "2024-01" else 31)[0] for a in NORTH | SOUTH for m in YEAR),
    "whole for one area, two calls of another": log({"Odense": 20}, *YEAR)
    + rows("Aalborg", "2024-02", 1)[0]
    + rows("Aalborg", "2024-11", 1)[0],
    "a table of one unit": "Kommune;Enhed;Måned;Antal opkald\n"
    + "".join(f"Odense;Enhed 9;{month};2\n" for month in span(*YEAR)),
}


@pytest.mark.parametrize("later", SUPPLEMENTS.values(), ids=SUPPLEMENTS)
def test_a_supplement_is_no_new_export(draw: Draw, later: str) -> None:
    with pytest.raises(
        InputError, match=r"2\.csv: found .* calls that would take the place of .* in 1\.csv"
    ) as caught:
        draw({"1.csv": log(NORTH | SOUTH, *YEAR), "2.csv": later})
    assert "`overlap: add`" in str(caught.value)
    assert "`overlap: replace`" in str(caught.value)


def test_the_study_says_what_a_supplement_does(draw: Draw) -> None:
    files = {"1.csv": log(NORTH | SOUTH, *YEAR), "2.csv": SUPPLEMENTS["ten calls over the year"]}
    assert counted(draw(files, entry={"2.csv": "overlap: add"}), "461") == same(21)
    replaced = counted(draw(files, entry={"2.csv": "overlap: replace"}), "461")
    assert replaced == same(1) | {"2024-12": 20}, "the later log ends on 1 December"


def test_a_supplement_of_days_that_no_log_has_is_added(draw: Draw) -> None:
    first = log(NORTH | SOUTH, "2024-01", "2024-06")
    ingested = draw({"1.csv": first, "2.csv": log(NORTH | SOUTH, "2024-07", "2024-12")})
    assert counted(ingested, "461") == same(20)
    assert ingested.quality["overrides"] == []


@pytest.mark.parametrize("calls", [15, 19, 20, 24])
def test_a_new_export_of_the_same_days_replaces_the_old(draw: Draw, calls: int) -> None:
    ingested = draw({"1.csv": log({"Odense": 20}, *YEAR), "2.csv": log({"Odense": calls}, *YEAR)})
    assert counted(ingested, "461")["2024-06"] == calls
