"""The command plan: registered before outcomes exist, never overwritten, checked afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kl_research.commands import plan as planning
from kl_research.terms.errors import InputError

PLAN = """\
plan: poster
study: {study}
title: {{da: "Plakaten", en: "The poster"}}
question: "Bliver der flere opkald med plakaten?"
type: poster
municipalities: 3
start: "2025-09"
months_after: 6
expected_ratio: 1.5
out: out
"""


@pytest.fixture
def file(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(planning, "RUNS", 20)  # the power itself is tested in tests/effects
    monkeypatch.setattr(planning, "OTHERS", (3,))
    monkeypatch.setattr(planning.power_tables, "__defaults__", (20,))
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN.format(study=root / "params" / "demo.yaml"), encoding="utf-8")
    return path


def test_a_plan_is_registered_once_and_checked_from_then_on(file: Path) -> None:
    said = planning.plan(file)
    stored = file.parent / "out" / "poster.json"
    first = stored.read_bytes()
    registration = json.loads(first)
    fixed = registration["fixed"]
    assert f"registered: {registration['hash']}" in said
    assert (fixed["data_until"], fixed["design"], len(fixed["allocation"])) == (
        "2025-02",
        "several_municipalities",
        3,
    )
    page = (file.parent / "out" / "poster.html").read_text(encoding="utf-8")
    assert registration["hash"] in page
    assert "Fastlagt på forhånd" in page
    again = planning.plan(file)
    assert again[1] == "the plan file says what was registered"
    assert "not in the register yet: event poster" in again[2]
    assert stored.read_bytes() == first

    # a plan that says something else than what was registered, and a registration that was edited
    file.write_text(file.read_text(encoding="utf-8").replace("1.5", "1.2"), encoding="utf-8")
    with pytest.raises(InputError, match=r"1\.2 where 1\.5 was registered"):
        planning.plan(file)
    stored.write_text(json.dumps({**registration, "fixed": {**fixed, "expected_ratio": 1.2}}), encoding="utf-8")
    with pytest.raises(InputError, match="its hash does not fit"):
        planning.plan(file)


def test_a_start_that_is_in_the_data_is_refused(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("2025-09", "2024-09"), encoding="utf-8")
    with pytest.raises(InputError, match="before its outcomes have been read"):
        planning.plan(file)
    assert not (file.parent / "out").exists()


def test_an_analysis_that_departs_from_the_plan_is_told(file: Path, root: Path) -> None:
    fixed = {
        "plan": "poster",
        "allocation": [["2025-09", "461"]],
        "months_after": 6,
        "type": "poster",
        "outcome": "calls",
        "impact": "step",
        "pre_months": 24,
        "band": [0.8, 1.25],
    }
    event = planning.Event(
        id="poster", kind="intervention", type="poster", municipalities=["461", "561"], date="2025-10", source="log"
    )
    told = planning._differences(event, "2025-09", ["461"], fixed)
    assert told == [
        "differs: municipalities of event poster is ['461', '561'], registered ['461']",
        "differs: date of event poster is 2025-10, registered 2025-09",
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("municipalities: 3", 'municipalities: ["265"]', "'265'"),  # not connected
        ("municipalities: 3", "municipalities: 60", "at most half"),
        ("months_after: 6", "months_after: 1", "line 8"),
        ("expected_ratio", "expected_ration", "expected_ratio"),
        ("months_after: 6", "steps: 4\nstep_months: 2", "more `steps` than municipalities"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(file: Path, old: str, new: str, says: str) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        planning.plan(file)
