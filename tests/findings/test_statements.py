"""What is true of an area is made once; the finding a page begins with is picked by a stated order."""

from __future__ import annotations

from typing import Any

import pytest

from kl_research.findings.statements.phrases import heading, phrase
from kl_research.findings.statements.statement import Comparison, Statement, direction
from kl_research.findings.statements.strongest import strongest
from kl_research.findings.words.reader import Reader

WHO = Reader("da", "public")


def one(kind: str, subject: str = "", now: float = 0, before: float = 0, **more: Any) -> Statement:
    far = more.pop("direction", direction(now, before, public=True))
    against = Comparison("year_before", before, "2023-03/2024-02", far)
    return Statement("municipality", "710", kind, subject, "calls", "2024-03/2025-02", now, against, **more)


YEAR = one("level", "calls", 121, 151)
ACTIVE = one("state", "active")
CARE = one("part", "Plejecenter", 93, 84, values={"level": "unit_type"})
NURSING = one("part", "Sygepleje", 30, 69, certainty="claimed", values={"level": "unit_type"})
FEW = one("carried", "units", 2, values={"least": 60, "whole": 2})
WARNED = one("warning", "alert", values={"since": "2024-10", "kind": "decline"})
REST = one("rest", "Socialforvaltningen", 377, 321, values={"calls": 26, "since": "2024-12-01"})


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        ([ACTIVE, YEAR], "year"),
        ([ACTIVE, YEAR, FEW], "hangs"),
        ([ACTIVE, YEAR, FEW, CARE, NURSING], "part"),
        ([ACTIVE, YEAR, REST, CARE, NURSING], "composition"),
        ([ACTIVE, YEAR, REST, NURSING, WARNED], "warning"),
        ([one("state", "not_connected"), one("circumstance")], "not_in_use"),
        ([one("state", "not_started")], "not_in_use"),
    ],
)
def test_the_strongest_finding_is_the_first_of_the_order(known: list[Statement], rule: str) -> None:
    found = strongest(known, "2025-02")
    assert found is not None
    assert found.rule == rule


def test_a_claim_about_an_old_event_is_not_the_finding_and_one_about_a_recent_event_is() -> None:
    claim = {"certainty": "claimed", "direction": "more", "values": {"reason": ""}}
    old, recent = (one("judgement", "x", **claim) for _ in range(2))
    old, recent = (
        Statement(**{**vars(s), "period": day}) for s, day in ((old, "2022-03-01"), (recent, "2024-09/2024-11"))
    )
    assert getattr(strongest([ACTIVE, YEAR, old], "2025-02"), "rule", "") == "year"
    assert getattr(strongest([ACTIVE, YEAR, NURSING, recent], "2025-02"), "rule", "") == "claim"


def test_the_part_that_fell_is_named_and_the_one_that_did_not() -> None:
    known = [ACTIVE, YEAR, CARE, NURSING]
    found = strongest(known, "2025-02")
    assert found is not None
    said = heading(found.first, "Favrskov", WHO, known)
    assert said == "Færre opkald fra sygeplejen, mens plejecentrene holder niveauet"
    assert phrase(found.first, "Favrskov", WHO) == "Sygeplejen: 30 opkald mod 69 året før, 39 færre."
    assert [s.kind for s in found.beside] == ["level"]


def test_a_difference_that_noise_explains_is_no_direction() -> None:
    assert direction(8, 15, public=True) == "within"
    assert direction(8, 15, public=False) == "fewer"
    assert direction(None, 4, public=True) == "unknown"
    assert "for lille" in phrase(one("level", "calls", 8, 15), "Læsø", WHO)
