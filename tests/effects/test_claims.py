"""What keeps a claim back: still donors, a short past, a ramp-up; and what a dose and a shared event are asked."""

import numpy as np
import pandas as pd
import pytest

import kl_research as kl
from kl_research.effects.checks.objections import objection
from kl_research.effects.effect import Effect
from kl_research.effects.evaluation import evaluate, evaluate_shared
from kl_research.effects.questions.bounds import dose_response
from kl_research.effects.window import Window
from kl_research.terms import months

from .drawn import draw_event, draw_panel, register


def checks(effect):
    return {check.name: check.outcome for check in effect.checks}


def test_donors_that_stand_still_leave_the_noise_of_the_counts():
    counts = np.full((36, 98), 5)
    counts[:, 0] = np.random.default_rng(3).poisson(12, 36)
    effect = evaluate(draw_panel(counts), register(draw_event()), municipality="001")[0]
    before, after = counts[:24, 0].sum(), counts[24:, 0].sum()
    reach = 1.96 * np.sqrt(1 / before + 1 / after)
    assert np.log(effect.conf_high / effect.conf_low) == pytest.approx(2 * reach, rel=0.02)  # the halves added
    assert effect.detectable > np.exp(reach)  # what can be seen is no smaller than what is excluded
    assert effect.verdict in ("inconclusive", "no_change")
    risen = np.full((36, 98), 5)
    risen[:, 0] = np.resize([10, 14], 36)
    risen[24:, 0] *= 2
    assert evaluate(draw_panel(risen), register(draw_event()), municipality="001")[0].verdict == "increase"


def test_with_less_than_a_year_before_and_no_placebo_nothing_is_claimed():
    rng = np.random.default_rng(2)
    counts = rng.poisson(20, (14, 40))
    counts[7:, 0] *= 3
    effect = evaluate(draw_panel(counts), register(draw_event(date="2022-08-01")), municipality="001")[0]
    assert effect.n_pre == 7
    assert effect.excludes_one
    assert (effect.verdict, effect.reason) == ("inconclusive", "too_short_before")
    assert "mindre end et år" in kl.sentence(effect, "da")


@pytest.mark.parametrize("level", [True, False])
def test_a_placebo_that_is_quiet_does_not_make_a_ramp_up_an_effect(level):
    rng = np.random.default_rng(4)
    counts = rng.poisson(20, (36, 40))
    counts[24:, 0] *= 3
    late = {("001", months.shift("2022-01", t)): "not_connected" for t in range(12)} if level else None
    effect = evaluate(draw_panel(counts, states=late), register(draw_event()), municipality="001")[0]
    assert checks(effect)["placebo_in_time"] == "passed"
    assert (effect.verdict, effect.reason) == (("inconclusive", "just_begun") if level else ("increase", ""))


def test_the_dose_is_what_was_uncounted_before_the_event():
    rng = np.random.default_rng(1)
    shares = np.linspace(0.1, 0.9, 40)
    counts = rng.poisson(np.where(np.arange(36)[:, None] < 24, 30.0, 30.0 * (1 + shares)))
    panel = draw_panel(counts)
    event = draw_event(kind="measurement", national=True)
    before = np.tile(np.where(np.arange(36) < 24, 1.0, np.nan), 40) * np.repeat(shares, 36)
    after = np.where(np.isnan(before), rng.random(len(before)), before)  # what is left uncounted, in any order
    known = dose_response(panel.assign(sms_link_share=before), event)
    assert known is not None
    assert dose_response(panel.assign(sms_link_share=after), event) == known
    only_after = np.where(np.isnan(before), np.repeat(shares, 36), np.nan)
    assert dose_response(panel.assign(sms_link_share=only_after), event) is None


def test_a_shared_event_is_asked_for_the_months_just_before_it():
    rng = np.random.default_rng(5)
    counts = rng.poisson(20, (36, 60))
    counts[21:24, :3] = 0  # a closed quarter, and then as before
    event = draw_event(municipalities=("001", "002", "003"))
    (effect,) = evaluate_shared(draw_panel(counts), register(event))
    assert "without_trigger_months" in checks(effect)
    assert effect.verdict not in ("increase", "decrease") or "trigger_low" in {t.code for t in effect.threats}


def test_the_rank_among_donors_is_told_and_is_no_test_of_itself():
    counts = np.random.default_rng(6).poisson(10, (36, 40))
    counts[24:, 0] *= 3
    effect = evaluate(draw_panel(counts), register(draw_event()), municipality="001")[0]
    assert effect.verdict == "increase"
    check = next(one for one in effect.checks if one.name == "placebo_in_space")
    assert check.outcome == "informational"
    assert isinstance(check.table, pd.DataFrame)
    assert len(check.table) == 39


def test_who_varies_far_more_than_the_others_is_not_claimed_by_their_spread():
    window = Window("001", "m", "calls", pre=tuple(months.span("2022-01", "2023-12")))
    effect = Effect("municipality", "001", "001", "m", "other", "calls", "x", estimate=1.8, conf_low=1.1)
    asked = {p: objection(effect.replace(details={"p_if_restless": p}), {}, window) for p in (0.03, 0.2)}
    assert asked == {0.03: "", 0.2: "restless"}
    assert "svinger" in kl.sentence(effect.replace(verdict="inconclusive", reason="restless"), "da")
