"""The demo from raw files to answers: what the simulation knows comes back, and nothing that cannot be known."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import kl_research as kl
from kl_research.intake import Ingested
from kl_research.terms.events import EventRegister


@pytest.fixture(scope="module")
def truth(root: Path) -> dict[tuple[str, str, str], float]:
    with (root / "data" / "raw" / "demo" / "truth.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "effect"]
    return {(row["event"], row["municipality"], row["outcome"]): float(row["rate_ratio"]) for row in rows}


def primary(demo: Ingested, study: kl.Study, event: str, municipality: str) -> kl.Effect:
    asked = {event: study.read_events()[event]}  # it knows the register's other events
    effects = kl.evaluate(demo.panel, asked, municipality=municipality, question=study.question)
    return next(effect for effect in effects if effect.primary)


def test_all_98_municipalities_are_in_every_month(demo: Ingested) -> None:
    assert demo.panel["municipality"].nunique() == 98
    assert demo.panel["month"].nunique() == 51  # 2020-12 to 2025-02


def test_every_row_is_kept_or_dropped_by_name(demo: Ingested) -> None:
    rows = demo.quality["rows"]
    dropped = [n for file in demo.quality["files"] for n in file["dropped"].values()]
    assert rows["in"] == rows["kept"] + sum(dropped)


@pytest.mark.parametrize(
    ("layout", "file"), [("monthly", "maanedstal_simuleret.csv"), ("pivot", "krydstabel_simuleret.csv")]
)
def test_the_three_layouts_tell_the_same(demo: Ingested, study: kl.Study, layout: str, file: str) -> None:
    raw = type(study.raw[0])(path=f"../data/raw/demo/{file}", layout=layout)
    other = kl.ingest(study.with_changes(raw=[raw]))
    calls, others = kl.wide(demo.panel), kl.wide(other.panel)
    both = calls.notna() & others.notna()
    assert both.to_numpy().sum() > 3000
    assert (calls.where(both).fillna(0) == others.where(both).fillna(0)).all(axis=None)
    assert calls.fillna(0).to_numpy().sum() == others.fillna(0).to_numpy().sum()


def test_odense_cannot_be_assessed_yet_and_the_threats_are_named(demo: Ingested, study: kl.Study) -> None:
    effect = primary(demo, study, "odense-leader-meeting", "461")
    assert (effect.verdict, effect.reason) == ("not_assessable", "too_few_months_after")
    assert effect.earliest_month == "2025-04"
    assert effect.estimate is None
    assert {"context-handler-2", "redirect"} <= {threat.event for threat in effect.threats}
    sentence = kl.sentence(effect, "da")
    assert "april 2025" in sentence
    assert "login" in sentence


def test_an_undated_redirect_is_named_as_undated(demo: Ingested, study: kl.Study) -> None:
    window = kl.assess(demo.panel, study.read_events()["odense-leader-meeting"], municipality="461")
    assert ("measurement_undated", "redirect") in {(t.code, t.event) for t in window.threats}


def test_holstebro_cannot_be_assessed_until_dated(demo: Ingested, study: kl.Study) -> None:
    effect = primary(demo, study, "holstebro-gp-meeting", "661")
    assert (effect.verdict, effect.reason, effect.earliest_month) == ("not_assessable", "undated", "")


@pytest.mark.parametrize(
    ("event", "municipality", "outcome", "answer"),
    [
        ("aalborg-reimplementation", "851", "active_units", ("increase", "")),
        # No claim: in the 15 months before it grew 3 % a month faster than the others, give or take 5.
        ("lighthouse-2022", "330", "calls", ("inconclusive", "moved_before")),
        ("lighthouse-2022", "820", "calls", ("increase", "")),
    ],
)
def test_a_true_effect_is_found_with_its_interval(
    demo: Ingested,
    study: kl.Study,
    truth: dict[tuple[str, str, str], float],
    event: str,
    municipality: str,
    outcome: str,
    answer: tuple[str, str],
) -> None:
    effect = primary(demo, study, event, municipality)
    assert effect.outcome == outcome
    assert effect.design == "controlled_interrupted_time_series"
    assert effect.n_donors >= 39
    assert (effect.verdict, effect.reason) == answer
    assert effect.conf_low is not None
    assert effect.conf_high is not None
    assert effect.conf_low <= truth[(event, municipality, outcome)] <= effect.conf_high


def test_redirect_would_be_a_break_in_the_series_not_an_effect(demo: Ingested, study: kl.Study) -> None:
    dated = study.read_events()["redirect"].model_copy(update={"date": "2024-06"})
    effects = kl.evaluate(demo.panel, EventRegister([dated]), question=study.question)
    redirect = next(effect for effect in effects if effect.primary)
    assert (redirect.level, redirect.verdict) == ("national", "break_in_series")
