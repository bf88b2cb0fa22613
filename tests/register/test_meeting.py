"""The pack of a meeting: by region who fell silent, what can be answered, whom to ask; as page, slides and sheets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import kl_research as kl
from kl_research.commands.ahead.answers import answers_part
from kl_research.commands.ahead.asked import Asked, Before, read_before
from kl_research.commands.ahead.gate import check_pack
from kl_research.commands.ahead.moved import since_part, told, warnings_part
from kl_research.commands.ahead.promised import follow_up_part
from kl_research.effects.effect import Effect
from kl_research.findings.meeting.pack import Pack, Part, Table, about, pack_page, pack_slides, write_sheets
from kl_research.findings.words.reader import Reader
from kl_research.intake import Ingested
from kl_research.terms import municipalities
from kl_research.terms.errors import Withheld
from kl_research.terms.events import EventRegister

DAY = "2025-10-28"


@pytest.fixture(scope="module")
def asked(late_data: tuple[Ingested, list[str]], study: kl.Study) -> Asked:
    found, _ = late_data
    wanted = ("odense-leader-meeting", "holstebro-gp-meeting", "context-handler-2", "redirect")
    events = EventRegister([study.read_events()[name] for name in wanted])
    odense = Effect(
        "municipality",
        "461",
        "461",
        "odense-leader-meeting",
        "leader_meeting",
        "calls",
        "its",
        estimate=1.5,
        conf_low=1.2,
        conf_high=1.9,
        verdict="increase",
        primary=True,
    )
    who = Reader("da", "internal", simulated=True)
    return Asked(study, who, found.panel, found.activity, events, study.question, (odense,), DAY)


def test_who_fell_silent_is_listed_by_region(asked: Asked, late_data: tuple[Any, list[str]]) -> None:
    part = warnings_part(asked)
    silent = next(table for table in part.tables if "Context Handler 2" in table.caption)
    locked = {municipalities.name(code) for code in late_data[1]}
    assert {name for _, name, what in silent.rows if "næppe" in what} <= locked <= {row[1] for row in silent.rows}
    assert all(row[0].startswith("Region ") for row in silent.rows)
    assert [row[0] for row in silent.rows] == sorted(row[0] for row in silent.rows)


def test_what_can_be_answered_is_apart_from_what_cannot(asked: Asked) -> None:
    tables = answers_part(asked).tables
    now, never = tables[0], tables[-1]
    assert [row[0] for row in now.rows] == ["Odense", "Hele landet"]
    assert "50\xa0%" in now.rows[0][2]
    assert [row[2] for row in never.rows] == ["Vi kender ikke datoen."] * 2


def test_an_answer_is_news_where_it_differs_from_last_time(asked: Asked) -> None:
    key = ("municipality", "461", "odense-leader-meeting")
    same, other = Before({key: "increase"}, "2024-12"), Before({key: "not_assessable"}, "2024-12")
    assert since_part(asked, same).lines == ("Ingen vurdering er en anden end sidst.",)
    assert "sidst:" in since_part(asked, other).lines[0]
    assert since_part(asked, other).lead.startswith("Januar 2025 til juni 2025: ")


def test_without_a_last_time_it_says_so(asked: Asked) -> None:
    assert since_part(asked, None).lines[0].startswith("Vi har ingen tidligere pakke")


def test_a_pack_that_contradicts_itself_is_not_written(asked: Asked) -> None:
    public = replace(asked, who=Reader("da", "public", simulated=True))
    said = f"Odense: {told(asked.effects[0], 'da')}"
    page = pack_page(Pack("Møde", "28. oktober 2025", "juni 2025", (Part("since", "Siden sidst", said),), public.who))
    check_pack(public, page, {"meeting.pptx": said})
    against = "Odense: Efter ledermødet var der færre opkald end forventet."
    with pytest.raises(Withheld, match="Odense"):
        check_pack(public, page, {"meeting.pptx": against})


def test_promises_are_by_owner_and_those_of_nobody_last(asked: Asked) -> None:
    rows = follow_up_part(asked).tables[0].rows
    assert rows[-1][0] == "ingen endnu"
    assert any("Region Midtjylland" in row[2] and row[3] == "28. oktober 2025" for row in rows)


def pack_of(*rows: tuple[str, ...]) -> Pack:
    table = Table("Hvem?", ("Region", "Opkald"), rows, (1,))
    return Pack("Mødeoplæg", "28. oktober 2025", "juni 2025", (Part("a", "A", "Det vigtigste.", (), (table,)),), WHO)


WHO = Reader("da", "public", simulated=True)


def test_page_slides_and_sheets_hold_the_same_rows(tmp_path: Path) -> None:
    pack = pack_of(*((f"Region {i}", f"1.{i:03d}") for i in range(20)))
    page = pack_page(pack)
    slides = pack_slides(pack)
    assert [len(slide.grid.rows) for slide in slides if slide.grid] == [12, 8]
    assert [slide.title for slide in slides] == ["Det vigtigste. (1/2)", "Det vigtigste. (2/2)"]
    assert about(pack).marks == ("Simulerede data",)
    pytest.importorskip("xlsxwriter", reason="sheets need the extra `office`")
    for name in ("a.xlsx", "b.xlsx"):
        write_sheets(pack, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert all(f"Region {i}" in page for i in range(20))


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(kl.InputError, match=r"results\.csv"):
        read_before(tmp_path)


def test_the_autumn_register_is_the_demos_but_for_redirects_date(root: Path) -> None:
    folder = root / "params" / "events"
    spring, autumn = (kl.read_events(folder / f"{name}.yaml") for name in ("demo", "demo-autumn"))
    differing = [id_ for id_ in spring if spring[id_].model_dump() != autumn[id_].model_dump()]
    assert (list(spring), differing) == (list(autumn), ["redirect"])
    assert autumn["redirect"].source.startswith("assumed")
