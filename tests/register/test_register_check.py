"""What the register lacks is told by whom to ask, and what a date would make answerable."""

from __future__ import annotations

from pathlib import Path

import pytest

import kl_research as kl
from kl_research.commands.register import check
from kl_research.intake import Ingested


@pytest.fixture
def lines(demo: Ingested, root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(check, "prepare", lambda study: None)
    monkeypatch.setattr(check, "read_or_take_panel", lambda prepared: demo.panel)
    return check.register_check(root / "params" / "demo.yaml", "2025-10-29", "en")


def test_undated_events_are_asked_of_whom_they_concern(lines: list[str]) -> None:
    assert lines[0] == "4 dates are missing:"
    assert lines[1].startswith("  Holstebro: ")
    assert "to November 2024 the effect can be judged" in lines[1]
    assert [line.split(":")[0].strip() for line in lines[2:5]] == ["København", "MedCom", "MedCom"]


def test_overdue_is_what_should_be_done_before_the_day(lines: list[str]) -> None:
    start = lines.index("3 items are overdue on 29 October 2025")
    assert "every half year (by 28 October 2025)" in lines[start + 1]


def test_nobody_is_named_last(lines: list[str]) -> None:
    open_ = lines.index("1 item is on hold")
    assert lines[open_ - 1].startswith("  nobody yet: Doctors' opening hours")


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(kl.InputError, match="2025-02-30"):
        check.day_of("2025-02-30")
