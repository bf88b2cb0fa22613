"""What three public files brought to light: each fault in the smallest file that has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kl_research.disclosure.keys import key_sums
from kl_research.findings.pages.receipt import receipt_lines
from kl_research.findings.words.reader import Reader
from kl_research.intake import propose_layout
from kl_research.intake.tables import one_place
from kl_research.terms.errors import InputError


def export(folder: Path, text: str) -> Path:
    file = folder / "export.csv"
    file.write_text(text, encoding="utf-8")
    return file


LIBRARIES = (
    "LOCATION,ZIP,JANUARY,FEBRUARY,MARCH,APRIL,MAY,JUNE,YTD\n"
    "Albany,60625,8,7,8,6,8,9,46\nAustin,60644,5,0,6,1,2,3,17\nAvalon,60644,3,1,2,0,1,4,11\n"
)


def test_figures_that_several_areas_share_are_no_codes_of_them(draw, tmp_path: Path) -> None:
    free = draw(LIBRARIES, "own", layouts={"own": "layout: pivot\nyear: 2019\n"}, keys="municipalities: free")
    assert set(free.panel["municipality"]) == {"Albany", "Austin", "Avalon"}
    proposed = propose_layout(export(tmp_path, LIBRARIES))
    assert 'municipality: "LOCATION"  # guess' in proposed


def test_a_column_that_says_all_is_no_column_of_municipalities(tmp_path: Path) -> None:
    rows = "".join(f"Alabama,2018,2018{m:02d},All,{m}\n" for m in range(1, 13))
    assert 'ServiceType"  # guess' not in propose_layout(
        export(tmp_path, f"State,Year,Month,ServiceType,ServiceCount\n{rows}")
    )


def test_many_names_of_another_country_are_answered_in_one_line(draw) -> None:
    rows = "".join(
        f"{name},1,2,3\n" for name in ("Alabama", "Alaska", "Arizona", "Arkansas", "California", "Colorado")
    )
    with pytest.raises(InputError, match="municipalities: free"):
        draw(f"Kommune,2024-01,2024-02,2024-03\n{rows}")


def test_a_table_of_one_municipality_is_looked_for_in_as_many_steps_as_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(one_place, "blank", lambda cell: bool(asked.append(cell)))
    assert one_place._block([["a line of text"]] * 5_000) is None
    assert len(asked) < 10_000


def test_a_large_count_has_one_key_and_one_call_more_draws_anew() -> None:
    calls = np.array([1_843_032, 1_843_033, 1_000, 7])
    (keys,) = key_sums(b"k", "calls", ["A", "A", "B", "B"], calls)
    assert len(set(keys.tolist())) == 4
    first, second = key_sums(b"k", "calls", ["A", "A", "B", "B"], calls, np.minimum(calls, 7))
    assert first.tolist() == keys.tolist()
    assert second[3] == keys[3]


def test_calls_of_months_that_are_hidden_in_part_are_told(draw) -> None:
    rows = "461;2024-01;Nord;9\n461;2024-01;Syd;<5\n461;2024-02;Nord;7\n461;2024-02;Syd;1\n"
    found = draw(f"Kommune;Måned;Enhed;Antal opkald\n{rows}")
    assert found.panel["calls"].sum() == 8
    assert "known_in_part:461" in found.quality["notes"]
    lines = receipt_lines(found.quality, found.panel, Reader("da"))
    assert any("9 opkald er ikke med: de står i 1 måneder" in line for line in lines)
