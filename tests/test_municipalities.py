"""The register of municipalities: facts, spellings, and no silent guess."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from kl_research.terms import municipalities
from kl_research.terms.errors import InputError


def test_the_register_holds_the_facts_of_statistics_denmark(shared: Path) -> None:
    with (shared / "denmark" / "municipalities.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert municipalities.codes() == [row["code"] for row in rows]
    assert [municipalities.name(row["code"]) for row in rows] == [row["name"] for row in rows]
    assert [municipalities.region(row["code"], "2025-01") for row in rows] == [row["region_code"] for row in rows]


def test_every_spelling_seen_in_real_files_is_known(shared: Path) -> None:
    with (shared / "denmark" / "municipality_aliases.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert municipalities.lookup(row["alias"]) == row["code"], row["alias"]


@pytest.mark.parametrize("code", municipalities.codes())
def test_a_municipality_is_found_by_code_name_and_office(code: str) -> None:
    name = municipalities.name(code)
    for text in (
        code,
        f"0{code}",
        name,
        name.upper(),
        f" {name} ",
        f"{name} Kommune",
        f"{code} {name}",
        f"{code}: {name}",
    ):
        assert municipalities.lookup(text) == code, text


@pytest.mark.parametrize(
    "text", ["", "Odnse", "999", "Region Syddanmark", "Hele landet", "461 Esbjerg", "461461", "NA"]
)
def test_what_is_no_municipality_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        municipalities.lookup(text)


def test_a_near_miss_is_suggested_never_taken() -> None:
    with pytest.raises(InputError, match="Near names: Odense"):
        municipalities.lookup("Odensee")


def test_a_code_that_contradicts_its_name_is_named() -> None:
    with pytest.raises(InputError, match="461 is Odense"):
        municipalities.lookup("461 Esbjerg")


def test_christiansoe_is_told_apart() -> None:
    with pytest.raises(InputError, match="belongs to no municipality"):
        municipalities.lookup("411")


def test_two_regions_become_region_oestdanmark_in_2027() -> None:
    before = {municipalities.region(code, "2026-12") for code in municipalities.codes()}
    after = {municipalities.region(code, "2027-01") for code in municipalities.codes()}
    assert before == {"1081", "1082", "1083", "1084", "1085"}
    assert after == {"1081", "1082", "1083", "1086"}
    # 29 municipalities of Hovedstaden and 17 of Sjælland
    assert len(municipalities.region_members("1086", "2027-01")) == 29 + 17
