"""What the files beside an export say: denominators that move an answer, areas nobody else names, lost zeros."""

from __future__ import annotations

import pytest

import kl_research as kl
from kl_research.effects import assess
from kl_research.terms.errors import InputError
from kl_research.terms.events import Event
from kl_research.terms.months import span
from kl_research.terms.question import Question
from tests.ingest.drawn_logs import Draw, counted, log, table

AREAS = {f"By{i:02d}": 20 + i for i in range(25)}
FREE = "municipalities: free\noffset: population_80plus\n"
A_YEAR = Question(pre_months=12, post_months=12, offset="population_80plus")
HEAD = "municipality;measure;value;valid_from\n"


def sizes(**changed: list[tuple[str, int]]) -> str:
    """A denominator of 1,000 for every area, but for those that are given values by date."""
    rows = {area: changed.get(area, [("2022-01", 1000)]) for area in AREAS}
    return HEAD + "".join(f"{area};population_80plus;{n};{date}\n" for area, own in rows.items() for date, n in own)


def about(notes: list[str], code: str) -> list[str]:
    return [note.removeprefix(f"{code}:population_80plus:") for note in notes if note.startswith(f"{code}:")]


def meeting(area: str) -> Event:
    return Event(
        id="meet", kind="intervention", type="leader_meeting", municipalities=[area], date="2024-01-01", source="x"
    )


@pytest.mark.parametrize(
    ("changed", "code", "expected"),
    [
        ({"By02": [("2022-01", 0)]}, "denominator_zero", ["4:By02"]),
        ({"By00": [("2022-01", 0)], "By24": [("2022-01", 0)]}, "denominator_zero", ["2:By00", "26:By24"]),
        ({"By02": [("2022-01", 1000), ("2024-01", 0)]}, "denominator_zero", ["5:By02"]),
        ({"By02": [("2023-06", 1000)]}, "denominator_begins_late", ["4:By02"]),
        ({"By02": [("2022-02", 1000)]}, "denominator_begins_late", ["4:By02"]),
        ({"By02": [("2022-01", 1000), ("2023-06", 1100)]}, "denominator_revised", ["5:By02"]),
        ({"By02": [("2022-01", 1000), ("2023-06", 900)]}, "denominator_revised", ["5:By02"]),
        ({"By02": [("2022-01", 1000), ("2023-06", 3000)]}, "denominator_revised", ["5:By02"]),
        ({"By02": [("2022-01", 1000), ("2023-06", 1099)]}, "denominator_revised", []),
        ({"By02": [("2022-01", 1000), ("2025-06", 2000)]}, "denominator_revised", []),
    ],
)
def test_a_denominator_that_moves_a_rate_is_named_by_row_and_area(
    draw: Draw, changed: dict[str, list[tuple[str, int]]], code: str, expected: list[str]
) -> None:
    ingested = draw(table(AREAS, "2022-01", "2024-12"), denominators=sizes(**changed), keys=FREE)
    assert about(ingested.quality["notes"], code) == expected
    told = " ".join(kl.quality_report(ingested.quality, ingested.panel, "By01").sentences)
    assert "By02" not in told, "the page of one area does not speak of another"
    for named in expected:
        row, area = named.split(":")
        own = " ".join(kl.quality_report(ingested.quality, ingested.panel, area).sentences)
        assert f"række {row}" in own


def test_an_area_with_a_denominator_of_zero_has_no_rate_and_the_others_have(draw: Draw) -> None:
    panel = draw(table(AREAS, "2022-01", "2024-12"), denominators=sizes(By02=[("2022-01", 0)]), keys=FREE).panel
    window = assess(panel, meeting("By00"), municipality="By00", question=A_YEAR)
    assert window.assessable
    assert len(window.donors) == 23, "24 other areas but for By02"
    assert "By02" not in window.donors
    assert not assess(panel, meeting("By02"), municipality="By02", question=A_YEAR).assessable


@pytest.mark.parametrize(
    ("changed", "threats"),
    [
        ([("2022-01", 1000), ("2023-06", 1250)], [("denominator_revised", "2023-06")]),
        ([("2022-01", 1000), ("2024-03", 800)], [("denominator_revised", "2024-03")]),
        ([("2023-07", 1000)], [("denominator_unknown", "2023-01")]),
        ([("2022-01", 1000), ("2023-06", 1050)], []),
        ([("2022-01", 1000), ("2022-03", 2000)], []),
    ],
)
def test_a_revision_within_the_window_stands_beside_the_answer(
    draw: Draw, changed: list[tuple[str, int]], threats: list[tuple[str, str]]
) -> None:
    panel = draw(table(AREAS, "2022-01", "2024-12"), denominators=sizes(By00=changed), keys=FREE).panel
    window = assess(panel, meeting("By00"), municipality="By00", question=A_YEAR)
    assert [(threat.code, threat.month) for threat in window.threats] == threats


@pytest.mark.parametrize("area", ["By 02", "by02", "By99", "By2"])
def test_an_area_that_only_the_denominators_name_is_told(draw: Draw, area: str) -> None:
    text = sizes() + f"{area};population_80plus;1000;2022-01\n"
    ingested = draw(table(AREAS, "2022-01", "2024-12"), denominators=text, keys=FREE)
    assert about(ingested.quality["notes"], "only_in_denominators") == [f"27:{area}"]
    assert any(area in said for said in kl.quality_report(ingested.quality, ingested.panel).sentences)


def test_an_area_that_only_the_connections_name_is_told(draw: Draw) -> None:
    connections = "municipality;connected_from;started_from\n" + "".join(f"{a};2022-01;2022-01\n" for a in AREAS)
    text = table(AREAS, "2022-01", "2022-12")
    ingested = draw(text, connections=connections + "By 02;2022-01;2022-01\n", keys="municipalities: free")
    assert "only_in_connections:By 02" in ingested.quality["notes"]


@pytest.mark.parametrize(
    ("first", "second"), [("01", "1"), ("0851", "851"), ("007", "07"), ("00012", "12"), ("0101", "101")]
)
@pytest.mark.parametrize("place", ["the same file", "another file", "the denominators", "the connections", "a unit"])
def test_codes_that_lost_their_zeros_are_not_two_areas(draw: Draw, first: str, second: str, place: str) -> None:
    one, other = table({first: 5}, "2024-01", "2024-06"), table({second: 5}, "2024-07", "2024-12")
    body = other.split("\n", 1)[1]
    denominators = connections = None
    files: dict[str, str] = {"1.csv": one}
    if place == "the same file":
        files = {"1.csv": one + body}
    elif place == "another file":
        files["2.csv"] = other
    elif place == "the denominators":
        denominators = HEAD + f"{second};units;5;2024-01\n"
    elif place == "the connections":
        connections = f"municipality;connected_from;started_from\n{second};2024-01;2024-01\n"
    else:
        head = "Kommune;Enhed;Måned;Antal opkald\n"
        files = {"1.csv": head + f"A;{first};2024-01;5\n", "2.csv": head + f"A;{second};2024-02;5\n"}
    with pytest.raises(
        InputError, match=rf"'{second}', which .* calls '{first}'|'{first}', which .* calls '{second}'"
    ):
        draw(files, denominators=denominators, connections=connections, keys="municipalities: free")


@pytest.mark.parametrize("last", ["2024-03", "2024-05", "2024-09"])
def test_calls_after_a_disconnection_are_counted_and_told(draw: Draw, last: str) -> None:
    connections = f"municipality;connected_from;started_from;connected_to\n461;2024-01;2024-01;{last}\n"
    ingested = draw(log({"Odense": 20}, "2024-01", "2024-12"), connections=connections)
    assert counted(ingested, "461") == dict.fromkeys(span("2024-01", "2024-12"), 20)
    assert "calls_after_disconnection:461" in ingested.quality["notes"]
    assert "calls_before_connection" not in ingested.quality["notes"]
    assert any("ophørt" in said for said in kl.quality_report(ingested.quality, ingested.panel, "461").sentences)
    assert not any("ophørt" in said for said in kl.quality_report(ingested.quality, ingested.panel, "851").sentences)
