"""Which events are judged, in which order, and what the checks do to a verdict."""

import numpy as np
import pandas as pd
import pytest

import kl_research as kl
from kl_research.effects import checks
from kl_research.effects.controlled import controlled_interrupted_time_series as controlled
from kl_research.effects.effect import results_table
from kl_research.effects.evaluation import evaluate
from kl_research.effects.its import interrupted_time_series as its

from .drawn import draw_event, draw_panel, register


def counts(ratio=1.0, mean=10, seed=4):
    y = np.random.default_rng(seed).poisson(mean, (36, 40))
    y[24:, 0] = np.random.default_rng(seed + 1).poisson(mean * ratio, 12)
    return y


def test_every_event_has_exactly_one_primary_and_it_comes_first():
    events = register(draw_event(), draw_event("undated", date=None), draw_event("report", kind="context"))
    effects = evaluate(draw_panel(counts(2.0)), events, municipality="001")
    assert effects[0].primary
    assert effects[0].verdict == "increase"
    assert [e.event for e in effects if e.primary] == ["meeting", "undated"]
    assert not any(e.primary for e in effects[1:-1])


def test_a_municipality_is_judged_by_its_own_its_regions_and_the_national_events():
    regional = draw_event("regional", regions=["1"])
    national = draw_event("national", national=True)
    events = register(regional, national)
    panel = draw_panel(counts())
    assert {e.event for e in evaluate(panel, events, municipality="001")} == {"regional", "national"}
    assert {e.event for e in evaluate(panel, events)} == {"national"}


def test_a_national_event_is_judged_without_a_comparison_and_says_so():
    effects = evaluate(draw_panel(counts()), register(draw_event(national=True)))
    assert effects[0].level == "national"
    assert effects[0].details["no_comparison"] == "national_event"
    assert effects[0].n_municipalities == 40


def test_the_choice_of_the_primary_does_not_depend_on_what_came_after():
    hashes = set()
    for ratio in (0.5, 1.0, 4.0):
        effect = evaluate(draw_panel(counts(ratio)), register(draw_event()), municipality="001")[0]
        hashes.add(effect.details["primary_hash"])
    assert len(hashes) == 1


def test_results_have_one_row_an_effect_and_no_nan_among_the_numbers():
    effects = evaluate(draw_panel(counts(1.5)), register(draw_event()), municipality="001")
    table = results_table(effects)
    assert len(table) == len(effects)
    assert table["primary"].sum() == 1
    assert not any(isinstance(v, float) and np.isnan(v) for e in effects for v in vars(e).values())


def test_a_municipality_that_was_already_rising_gets_no_increase():
    y = counts(mean=20)
    y[12:24, 0] = 40
    y[16:24, 0] = 60
    y[24:, 0] = 90
    effect = evaluate(draw_panel(y), register(draw_event()), municipality="001")[0]
    placebo = {check.name: check for check in effect.checks}["placebo_in_time"]
    assert placebo.outcome == "failed"
    assert (effect.verdict, effect.reason) == ("inconclusive", "placebo_disagrees")


@pytest.mark.parametrize("design", [controlled, its])
def test_placebo_in_time_looks_only_at_months_before(design):
    y = counts()
    changed = y.copy()
    changed[24:, 0] = 500
    events = register(draw_event())
    first = checks.placebo_in_time(design, draw_panel(y), events["meeting"], municipality="001")
    second = checks.placebo_in_time(design, draw_panel(changed), events["meeting"], municipality="001")
    # Lengths of the window are the same, so are the placebo's months and numbers.
    pd.testing.assert_frame_equal(first.table, second.table)


def test_placebo_in_space_of_a_single_series_design_asks_every_donor():
    events = register(draw_event())
    check = checks.placebo_in_space(its, draw_panel(counts(2.5)), events["meeting"], municipality="001")
    assert len(check.table) == 39
    assert check.outcome == "passed"


def test_an_effect_made_by_one_unit_turns_without_it():
    y = counts()
    panel = draw_panel(y + np.where((np.arange(36)[:, None] >= 24) & (np.arange(40) == 0), 15, 0))
    own = panel[panel["municipality"] == "001"]
    late = own["month"] >= pd.Timestamp("2024-01-01")
    large = own.assign(unit="large", calls=np.where(late, own["calls"] - 6, 3))
    small = own.assign(unit="small", calls=np.where(late, 6, own["calls"] - 3).clip(0))
    check = checks.without_largest_unit(
        controlled, panel, register(draw_event())["meeting"], municipality="001", activity=pd.concat([large, small])
    )
    assert check.outcome == "failed"
    assert check.table["largest_share"].iloc[0] > 0.5


def test_without_activity_the_largest_unit_cannot_be_taken_out():
    check = checks.without_largest_unit(controlled, draw_panel(counts()), register(draw_event())["meeting"])
    assert (check.outcome, check.reason) == ("not_possible", "no_units")


def test_the_public_names_work_before_and_after_their_rooms_are_loaded():
    events = register(draw_event())
    panel = draw_panel(counts())
    for _ in range(2):
        assert kl.evaluate(panel, events, municipality="001")[0].primary
        assert kl.assess(panel, events["meeting"], municipality="001").assessable
