"""Real input nobody here made: appointments in English general practice, 49 areas, 30 months, a mode a study."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

import kl_research as kl


@pytest.fixture(scope="module")
def telephone(root: Path, shared: Path) -> tuple[kl.Study, list[kl.Effect]]:
    return judged(root / "params" / "nhs_gp.yaml")


@pytest.fixture(scope="module")
def video(root: Path, shared: Path) -> tuple[kl.Study, list[kl.Effect]]:
    return judged(root / "params" / "nhs_gp_video.yaml")


def judged(file: Path) -> tuple[kl.Study, list[kl.Effect]]:
    study = kl.Study.load(file)
    panel, events = kl.ingest(study).panel, study.read_events()
    event = events["remote-first-2020"]
    question = replace(study.question, outcome=None, offset=None, detectable=False)
    areas = sorted(set(panel["municipality"]))
    assert (len(areas), panel["month"].nunique()) == (49, 30)
    effects = [
        kl.interrupted_time_series(panel, event, municipality=area, question=question) for area in [None, *areas]
    ]
    return study, effects


def test_telephone_rises_in_all_49_areas_and_the_nation(telephone: tuple[kl.Study, list[kl.Effect]]) -> None:
    assert [effect.verdict for effect in telephone[1]] == ["increase"] * 50


def test_video_is_no_national_increase(video: tuple[kl.Study, list[kl.Effect]]) -> None:
    # ../shared/data/README.md: coded video falls in 2020-03
    assert video[1][0].verdict in ("decrease", "no_change", "inconclusive")


def test_areas_without_video_before_are_not_assessable(video: tuple[kl.Study, list[kl.Effect]]) -> None:
    reasons = Counter(effect.reason for effect in video[1] if effect.verdict == "not_assessable")
    # 41 of the 49 areas had video in any month before March 2020 (issue of the adoption measures)
    assert reasons["not_observed"] == 49 - 41


def test_an_area_without_a_row_is_missing_not_zero(root: Path, shared: Path) -> None:
    panel = kl.ingest(kl.Study.load(root / "params" / "nhs_gp_video.yaml")).panel
    # ../shared/data/README.md: 146 of 1,470 video cells have no row
    assert (panel["state"] == "missing").sum() == 146
    assert len(panel) == 1470
