"""The interactive page without a browser: a change of a control changes the effect, and the choice can be kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kl_research.effects import interrupted_time_series
from kl_research.effects.example import drawn_example
from kl_research.lab.explorer import Choice, Explorer, explore
from kl_research.terms.errors import InputError
from kl_research.terms.panel import write_panel
from kl_research.terms.question import Question
from kl_research.terms.study import Study

PANEL, EVENTS = drawn_example()
STUDY = """\
study: drawn
title: {en: "Drawn"}
raw: [{path: none.csv}]
municipalities: free
events: events.yaml
language: en
out: out
"""
REGISTER = """\
- {id: meeting, kind: intervention, type: leader_meeting, municipalities: ["001"], date: "2024-01-01", source: drawn}
- {id: release, kind: intervention, type: release, national: true, date: "2023-01-01", source: drawn}
- {id: note, kind: context, type: other, municipalities: ["002"], date: null, source: drawn}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "events.yaml").write_text(REGISTER, encoding="utf-8")
    numbers = Study.load(tmp_path / "study.yaml").data_folder  # of its edition, the public one
    numbers.mkdir(parents=True)
    write_panel(PANEL, numbers)
    return tmp_path / "study.yaml"


@pytest.fixture
def page(study: Path) -> Explorer:
    return explore(study, municipality="001", event="meeting")


def test_it_opens_on_the_event_of_the_municipality_with_effect_figure_and_checks(page: Explorer) -> None:
    assert page.effect.verdict == "increase"
    assert "<svg" in page._figure.value
    assert {check.name for check in page.checks} >= {"placebo_in_time", "placebo_in_space"}
    assert "could have been seen" in page._checks.value


def test_another_design_and_window_give_the_effect_of_that_design_and_window(page: Explorer) -> None:
    page.design.value = "interrupted_time_series"
    page.pre_months.value = 15
    asked = interrupted_time_series(PANEL, EVENTS["meeting"], municipality="001", question=Question(pre_months=15))
    assert (page.effect.estimate, page.effect.detectable) == (asked.estimate, asked.detectable)
    assert page.effect.n_pre == 15


def test_another_municipality_offers_its_own_events_and_no_context(page: Explorer) -> None:
    page.municipality.value = "002"
    assert [event for _, event in page.event.options] == ["release"]
    assert page.choice.event == "release"
    page.municipality.value = ""
    assert page.effect.level == "national"


def test_the_choice_is_kept_as_parameters_that_give_the_same_effect(page: Explorer, study: Path) -> None:
    page.post_months.value = 6
    file = page.write(study.parent / "explored" / "choice.yaml")
    kept = yaml.safe_load(file.read_text(encoding="utf-8"))
    again = explore(kept.pop("study_file"), **kept)
    assert again.choice == page.choice == Choice("001", "meeting", page.design.value, 24, 6)
    assert again.effect == page.effect
    assert "papermill explore.ipynb" in file.read_text(encoding="utf-8")


def test_saving_by_the_button_says_where_and_how_to_run_it(page: Explorer) -> None:
    page.save.click()
    assert "explored/001-meeting.yaml" in page._saved.value
    assert "papermill" in page._saved.value


@pytest.mark.parametrize("wrong", [{"municipality": "999"}, {"event": "party"}, {"design": "guess"}])
def test_an_unknown_choice_is_refused_with_what_there_is(study: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(InputError, match="Choose one of them"):
        explore(study, **{"municipality": "001", **wrong})
