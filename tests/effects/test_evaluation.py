"""Which events are judged, in which order, and what the checks do to a verdict."""

import numpy as np
import pandas as pd
import pytest

import kl_research as kl
from kl_research.effects.checks import placebo as checks
from kl_research.effects.checks.steadiness import without_largest_unit
from kl_research.effects.designs.controlled import controlled_interrupted_time_series as controlled
from kl_research.effects.designs.its import interrupted_time_series as its
from kl_research.effects.designs.registry import DESIGNS
from kl_research.effects.effect import results_table
from kl_research.effects.evaluation import evaluate
from kl_research.terms.question import Question

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
    assert (effect.verdict, effect.reason) == ("inconclusive", "moved_before")
    assert "allerede" in kl.sentence(effect, "da")


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
    check = without_largest_unit(
        controlled, panel, register(draw_event())["meeting"], municipality="001", activity=pd.concat([large, small])
    )
    assert check.outcome == "failed"
    assert check.table["largest_share"].iloc[0] > 0.5


def test_without_activity_the_largest_unit_cannot_be_taken_out():
    check = without_largest_unit(controlled, draw_panel(counts()), register(draw_event())["meeting"])
    assert (check.outcome, check.reason) == ("not_possible", "no_units")


def test_the_public_names_work_before_and_after_their_rooms_are_loaded():
    events = register(draw_event())
    panel = draw_panel(counts())
    for _ in range(2):
        assert kl.evaluate(panel, events, municipality="001")[0].primary
        assert kl.assess(panel, events["meeting"], municipality="001").assessable


def test_a_declared_design_answers_for_every_event_and_its_choice_is_hashed():
    panel, events = draw_panel(counts(2.0)), register(draw_event(), draw_event("national", national=True))
    declared = [e for e in evaluate(panel, events, municipality="001", primary="exact_rate_ratio") if e.primary]
    assert [e.design for e in declared] == ["exact_rate_ratio"] * 2
    assert declared[0].details["primary_choice"]["design"] == "exact_rate_ratio"
    assert "no_comparison" not in declared[0].details  # it has donors enough, the study declared otherwise
    controlled_ = [e for e in evaluate(panel, events, primary="controlled_interrupted_time_series") if e.primary]
    assert [e.design for e in controlled_] == ["interrupted_time_series"]  # a national event has no comparison


def test_a_declared_design_that_cannot_answer_says_why():
    panel = draw_panel(counts()[:, :10])
    effect = evaluate(panel, register(draw_event()), municipality="001", primary="synthetic_did")[0]
    assert (effect.verdict, effect.reason, effect.primary) == ("not_assessable", "too_few_donors", True)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_a_study_may_declare_exactly_the_designs_that_are_declarable(design):
    panel, events = draw_panel(counts(1.5)), register(draw_event())
    if design.declarable:
        assert evaluate(panel, events, municipality="001", primary=design.name)[0].design == design.name
    else:
        with pytest.raises(kl.InputError, match="primary"):
            evaluate(panel, events, municipality="001", primary=design.name)


def test_slope_and_a_later_start_stand_among_the_sensitivities():
    found = {
        e.details["variant"]: e
        for e in evaluate(draw_panel(counts(1.5)), register(draw_event()), municipality="001")[1:]
    }
    assert {"slope", "later_start"} <= set(found)
    assert found["later_start"].design == "controlled_interrupted_time_series_later_start"
    assert found["later_start"].n_post == 11


def hidden(y, months, code="001"):
    """The panel with these months of one municipality suppressed."""
    return draw_panel(y, states={(code, month): "suppressed" for month in months})


def test_suppressed_months_keep_a_verdict_that_both_bounds_agree_on():
    panel = hidden(counts(3.0), ["2022-03", "2022-07"])
    effect = evaluate(panel, register(draw_event()), municipality="001")[0]
    check = {check.name: check for check in effect.checks}["suppressed_bounds"]
    assert (effect.verdict, check.outcome, effect.n_pre) == ("increase", "passed", 24 - 2)
    assert list(check.table["variant"]) == ["least", "most"]
    assert check.table["estimate"].iloc[0] < effect.estimate * 1.2
    assert check.table["estimate"].is_monotonic_increasing


def test_suppressed_months_take_away_a_verdict_that_depends_on_them():
    y = counts(1.0)
    y[24:, 0] = [1, 2, 1, 3, 2, 4, 1, 2, 30, 30, 30, 30]
    low_months = [f"2024-{m:02d}" for m in range(1, 9)]  # only the months with many calls remain
    effect = evaluate(hidden(y, low_months), register(draw_event()), municipality="001")[0]
    assert (effect.verdict, effect.reason) == ("inconclusive", "suppressed_months")
    assert kl.sentence(effect, "da")


def test_a_month_hidden_before_takes_a_donor_out_and_one_hidden_after_does_not():
    # Whoever falls has more hidden months after: without them only those would be left that did not fall.
    event = register(draw_event())["meeting"]
    assert "005" not in kl.assess(hidden(counts(), ["2023-03"], code="005"), event, municipality="001").donors
    assert "005" in kl.assess(hidden(counts(), ["2024-03"], code="005"), event, municipality="001").donors


def locked_out(donors, ratio=2.5, own=False):
    y = counts(ratio, mean=20)
    y[24:, 1 : 1 + donors] = 0
    if own:
        y[24:, 0] = 0
    return evaluate(draw_panel(y), register(draw_event()), municipality="001")[0]


def test_donors_that_fell_silent_do_not_hide_an_effect():
    effect = locked_out(4)
    assert effect.details["silent_donors"] == ["002", "003", "004", "005"]
    assert (effect.verdict, effect.n_donors, effect.p_value) == ("increase", 39 - 4, 1 / 36)
    assert effect.details["tau2"] < 0.1  # four silences among 39 would make it larger than 1


def test_a_municipality_that_itself_fell_silent_is_compared_with_the_silent_ones_too():
    effect = locked_out(4, own=True)
    assert effect.n_donors == 39
    assert effect.p_value > 0.05
    assert "silent_months" in {t.code for t in effect.threats}


def test_a_silence_of_all_is_nobodys_lock_out():
    y = counts(mean=20)
    y[24:28] = 0
    effect = evaluate(draw_panel(y), register(draw_event()), municipality="001")[0]
    assert effect.n_donors == 39
    assert "silent_donors" not in effect.details


def test_the_detectable_ratio_of_the_nation_takes_its_municipalities_as_independent():
    rng = np.random.default_rng(5)
    y = rng.poisson(20 * np.exp(rng.normal(0, 0.4, (36, 40))))  # each month of each its own log rate
    effect = evaluate(draw_panel(y), register(draw_event(national=True)))[0]
    assert effect.details["latent_variance"] == pytest.approx(0.17 / 40, rel=0.5)  # exp(.16) - 1, averaged over 40
    assert effect.detectable < 1.3


UNSEEN = ("inconclusive", "season_unseen")


@pytest.mark.parametrize(
    ("before", "times", "answer"),
    [
        (11, 2, UNSEEN),
        (12, 2, ("increase", "")),
        (17, 1, UNSEEN),
        (18, 1, ("no_change", "")),
        (12, 1.17, UNSEEN),  # all of the interval between 1.1 and 1.25: no rise of a quarter, if it is no season
    ],
)
def test_without_a_comparison_nothing_is_claimed_that_may_be_the_season(before, times, answer):
    event = register(draw_event(national=True))["meeting"]
    y = counts(mean=200)
    y[24:] = np.rint(y[24:] * times)
    effect = its(draw_panel(y), event, question=Question(pre_months=before))
    assert effect.n_pre == before
    assert effect.estimate is not None
    assert (effect.verdict, effect.reason) == answer


@pytest.mark.parametrize("impact", ["step", "ramp", "step_and_slope"])
def test_the_extra_calls_are_those_between_the_curves(impact):
    event = register(draw_event(impact=impact))["meeting"]
    effect = its(draw_panel(counts(2.0)), event, municipality="001")
    after = effect.series[effect.series["period"] == "after"]
    assert effect.extra_calls == pytest.approx((after["observed"] - after["counterfactual"]).sum())


def test_every_number_of_months_after_has_its_own_noise():
    # Latent noise averages out over more months: with 3 months more is needed than the counts alone say.
    rng = np.random.default_rng(6)
    y = rng.poisson(40 * np.exp(rng.normal(0, 0.5, (36, 40))))
    found = controlled(draw_panel(y), register(draw_event())["meeting"], municipality="001")
    by_months = dict(found.details["detectable_by_months"])
    assert by_months[12] == pytest.approx(found.detectable, rel=0.02)
    assert by_months[3] > 1 + 1.5 * (by_months[12] - 1)
