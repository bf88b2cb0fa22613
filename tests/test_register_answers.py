"""The register of the demo against the simulated truth and the calendar: what each event may be said to have done."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

import kl_research as kl
from kl_research.effects.questions.forecast import smallest_visible
from kl_research.findings.interventions.event_bounds import bounds_sentences
from kl_research.findings.interventions.event_lock_outs import lock_out_sentences
from kl_research.intake import Ingested
from kl_research.simulate import simulate
from kl_research.simulate.rates import REDIRECT_DAY
from kl_research.terms.events import EventRegister

RELEASES_2025 = ("context-handler-2", "context-handler-1-off")


@pytest.fixture(scope="module")
def later(study: kl.Study, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The same simulation run on to December 2025, from its monthly table."""
    folder = tmp_path_factory.mktemp("later")
    simulate(folder, seed=1, end="2025-12")
    raw = type(study.raw[0])(path=str(folder / "maanedstal_simuleret.csv"), layout="monthly")
    changes = {"raw": [raw], "period": type(study.period)(), "connections": str(folder / "tilslutning.csv")}
    return kl.ingest(study.with_changes(**changes)).panel


@pytest.fixture(scope="module")
def truth(root: Path) -> list[dict[str, str]]:
    with (root / "data" / "raw" / "demo" / "truth.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_odense_and_the_releases_of_2025_wait_for_data(demo: Ingested, study: kl.Study) -> None:
    events = study.read_events()
    odense = kl.assess(demo.panel, events["odense-leader-meeting"], municipality="461")
    assert (odense.reason, odense.earliest_month) == ("too_few_months_after", "2025-04")
    for name in RELEASES_2025:
        window = kl.assess(demo.panel, events[name])
        assert (window.reason, window.earliest_month) == ("after_data", "2025-06")


def test_with_data_to_the_end_of_2025_they_are_assessable(later: pd.DataFrame, study: kl.Study) -> None:
    events = study.read_events()
    assert f"{later['month'].max():%Y-%m}" == "2025-12"
    assert kl.assess(later, events["odense-leader-meeting"], municipality="461").assessable
    for name in RELEASES_2025:
        assert kl.assess(later, events[name]).assessable


def test_holstebro_waits_for_a_date_and_none_is_claimed(demo: Ingested, study: kl.Study) -> None:
    events = study.read_events()
    assert kl.assess(demo.panel, events["holstebro-gp-meeting"], municipality="661").reason == "undated"
    proposed = kl.propose_dates(demo.panel, events, municipality="661")
    assert set(proposed) == {"holstebro-gp-meeting"}
    said = kl.show_proposals(proposed, events, study=study).sentences
    assert "ukendt" in said[0]
    # what could be seen once it is dated is told all the same
    visible = smallest_visible(demo.panel, events["holstebro-gp-meeting"], municipality="661")
    assert [one.months_after for one in visible] == [3, 6, 12]


def test_aalborg_is_judged_by_active_units_over_all_possible_dates(
    demo: Ingested, study: kl.Study, truth: list[dict[str, str]]
) -> None:
    events = study.read_events()
    dated = kl.over_possible_dates(demo.panel, events, municipality="851", question=study.question)
    assert [effect.details["possible_date"] for effect in dated] == ["2024-09", "2024-10", "2024-11"]
    assert {effect.outcome for effect in dated} == {"active_units"}
    true = next(
        float(row["rate_ratio"])
        for row in truth
        if row["event"] == "aalborg-reimplementation" and row["outcome"] == "active_units"
    )
    # the units came in over three months, so no single date is right: the span over all of them holds the truth
    assert min(effect.conf_low or 99 for effect in dated) <= true <= max(effect.conf_high or 0 for effect in dated)


def test_new_units_are_told_apart_from_more_use(demo: Ingested, study: kl.Study) -> None:
    parts = kl.decompose(demo.panel, study.read_events(), municipality="851", question=study.question)
    by_part = {part.estimand: part for part in parts}
    assert (by_part["units"].conf_low or 0) > 1  # nine units were added
    assert (by_part["calls_per_unit"].conf_low or 0) < 1 < (by_part["calls_per_unit"].conf_high or 99)
    product = (by_part["units"].estimate or 0) * (by_part["calls_per_unit"].estimate or 0)
    assert product == pytest.approx(by_part["average_ratio"].estimate, rel=0.1)  # donors are weighted differently


@pytest.fixture
def dated_redirect(study: kl.Study) -> EventRegister:
    """Redirect with the day that the simulation gave it, apart from the login change two months before."""
    return EventRegister([study.read_events()["redirect"].model_copy(update={"date": REDIRECT_DAY})])


def test_redirect_is_a_break_whose_bounds_hold_the_true_change_in_use(
    later: pd.DataFrame, study: kl.Study, dated_redirect: EventRegister, truth: list[dict[str, str]]
) -> None:
    effects = kl.evaluate(later, dated_redirect, question=study.question)
    bounds = kl.use_bounds(effects, dated_redirect, later, question=study.question)[0]
    true = next(float(r["use_rate_ratio"]) for r in truth if r["event"] == "redirect" and not r["municipality"])
    assert bounds.step.verdict == "break_in_series"
    assert (bounds.low or 99) <= true <= (bounds.high or 0)
    # 0.6 of the contacts by link came into the statistics: 10 points more of them raise the step
    assert bounds.dose is not None
    expected = (1 + 0.6 * 0.3 / 0.7) / (1 + 0.6 * 0.2 / 0.8)
    assert bounds.dose.per_tenth[1] <= expected <= bounds.dose.per_tenth[2]
    said = " ".join(bounds_sentences(bounds, "da"))
    assert "ligger derfor et sted mellem" in said
    assert "kommuner)" in said


def test_a_share_declared_in_the_register_gives_the_use_that_is_left(
    later: pd.DataFrame, dated_redirect: EventRegister
) -> None:
    declared = EventRegister([dated_redirect["redirect"].model_copy(update={"measurement_share": 0.75})])
    step = kl.interrupted_time_series(later, declared["redirect"]).replace(primary=True)
    bounds = kl.use_bounds([step], declared)[0]
    assert bounds.declared is not None
    assert bounds.declared[0] == pytest.approx((step.estimate or 0) ** 0.25)


def test_the_lighthouses_are_assessable_with_controls_and_as_one(demo: Ingested, study: kl.Study) -> None:
    events = study.read_events()
    for code in ("330", "820"):
        window = kl.assess(demo.panel, events["lighthouse-2022"], municipality=code)
        assert window.assessable
        assert len(window.donors) >= 19
    single = kl.local_effects(demo.panel, {"l": events["lighthouse-2022"]}, question=study.question)
    joint = kl.evaluate_shared(demo.panel, {"l": events["lighthouse-2022"]}, question=study.question)
    pooled = kl.pooled_types(single)
    assert [(e.level, e.n_municipalities, e.verdict) for e in joint] == [("event", 2, "increase")]
    assert (joint[0].conf_low or 99) <= 1.8 <= 2.0 <= (joint[0].conf_high or 0)  # the two built-in ratios
    assert [(e.level, e.reason) for e in pooled] == [("type", "two_of_a_kind")]
    said = " ".join(kl.show_kinds(single, joint, pooled, demo.panel, study=study).sentences)
    assert "Af to kan man ikke slutte" in said


def test_who_was_locked_out_is_found_and_nobody_else(
    later: pd.DataFrame, demo: Ingested, study: kl.Study, truth: list[dict[str, str]]
) -> None:
    events = study.read_events()
    early = kl.lock_outs(demo.panel, events["context-handler-2"])
    assert (early.reason, early.earliest_month) == ("after_data", "2025-06")
    found = kl.lock_outs(later, events["context-handler-2"])
    locked = {row["municipality"] for row in truth if row["outcome"] == "locked_out_from"}
    assert {one.municipality for one in found.fallen if one.beyond_chance} == locked
    assert found.earlier == 0
    said = " ".join(lock_out_sentences(found, later, events))
    assert "Ingen henvendelser" in said  # what users said stands beside it
    assert "næppe tilfældigt" in said


def test_an_undated_redirect_has_no_bounds(demo: Ingested, study: kl.Study) -> None:
    undated = {"redirect": study.read_events()["redirect"]}
    effects = kl.evaluate(demo.panel, undated, question=study.question)
    bounds = kl.use_bounds(effects, undated, demo.panel)[0]
    assert (bounds.low, bounds.high, bounds.dose) == (None, None, None)


def test_every_tag_of_the_register_is_in_the_code_book_and_has_words(root: Path, study: kl.Study) -> None:
    book = set(re.findall(r"`(\w+)`", (root / "params" / "events" / "README.md").read_text(encoding="utf-8")))
    used = {tag for event in study.read_events().values() for tag in event.tags}
    assert used <= book
    shown = kl.show_joint_display(pd.DataFrame(study_panel()), None, study.read_events(), municipality="461")
    assert "ledelsesopbakning" in shown.html


def study_panel() -> pd.DataFrame:
    month = pd.date_range("2023-03-01", periods=24, freq="MS")
    frame = pd.DataFrame({"municipality": "461", "month": month, "state": "observed", "calls": 10})
    return kl.check_panel(frame)


def test_the_joint_display_has_a_row_for_each_municipality_the_register_names(
    demo: Ingested, study: kl.Study
) -> None:
    html = kl.show_joint_display(demo.panel, demo.activity, study.read_events(), study=study).html
    for name in ("Odense", "Holstebro", "Aalborg", "København", "Esbjerg", "Slagelse", "Favrskov", "Roskilde"):
        assert f'<th scope="row">{name}</th>' in html
    assert "»en lille stigning«" in html
    assert "fast læge" in html


ENTRY = """\
- {id: a, kind: intervention, type: boost, municipalities: ["461"], date: "2024-06", source: minutes}
- id: b
  kind: intervention
  type: boost
  municipalities: ["461"]
  date: "2024-06"
  until: "2024-08"
  source: minutes
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  until:", "  untill:", r"e.yaml, line 7, event 'b': found the unknown key 'untill'.*Did you mean until"),
        ("type: boost\n  m", "type: bost\n  m", r"e.yaml, line 4, event 'b': found 'bost'"),
        ('date: "2024-06"\n', 'date: "2024-13"\n', r"e.yaml, line 6, event 'b': found '2024-13'.*a window such as"),
        ('date: "2024-06"\n', 'date: "2024-02-30"\n', r"e.yaml, line 6, event 'b': found no such day"),
        ('["461"]\n', '["499"]\n', r"e.yaml, line 5, event 'b': found '499'"),
        ("id: b", "id: a", r"e.yaml, line 2: found the id 'a' a second time, first in line 1"),
        ('"2024-08"', '"2024-05"', r"e.yaml, line 7, event 'b': found `until` lies before `date`"),
        ('date: "2024-06"\n', 'date: "2024-06/2024-02"\n', r"e.yaml, line 6, event 'b': .*ends before it begins"),
    ],
)
def test_a_register_with_a_mistake_is_refused_with_line_and_event(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    file = tmp_path / "e.yaml"
    assert ENTRY.count(old) == 1
    file.write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises(kl.InputError, match=says):
        kl.read_events(file)
