"""Claims that the evidence does not carry: growth, a start, a season, an interval of no width, a promised month."""

import numpy as np
import pytest

import kl_research as kl
from kl_research.effects import several_municipalities
from kl_research.effects.checks.suppressed import within_bounds
from kl_research.effects.counts import counts_of
from kl_research.effects.designs.structural import structural_time_series
from kl_research.effects.effect import Effect, Threat
from kl_research.effects.evaluation import evaluate, evaluate_shared
from kl_research.effects.questions.kinds import local_effects
from kl_research.findings.words.wording import headline
from kl_research.terms import months
from kl_research.terms.panel import check_panel
from kl_research.terms.question import Question

from .drawn import draw_event, draw_panel, register


def drawn(own, *, others=20.0, seed=3):
    """Forty areas at `others` calls a month; the first has the means `own`."""
    means = np.full((len(own), 40), others)
    means[:, 0] = own
    return np.random.default_rng(seed).poisson(means)


@pytest.mark.parametrize("growth", [1.04, 0.95])
def test_steady_growth_is_no_effect_of_an_event(growth):
    # Nothing happens at the event. 24 months before and 12 after lie 18 apart, the placebo's 16 and 8 only 12.
    y = drawn(50 * growth ** (np.arange(36) - 18))
    effect = evaluate(draw_panel(y), register(draw_event()), municipality="001")[0]
    assert (effect.verdict, effect.reason) == ("inconclusive", "moved_before")
    together = register(draw_event(municipalities=["001", "002", "003"]))
    y[:, 1:3] = y[:, :1]
    assert evaluate_shared(draw_panel(y), together)[0].reason == "moved_before"


def test_a_large_effect_stands_although_the_area_grew_a_little_before():
    own = 50 * 1.01 ** (np.arange(36) - 18) * np.where(np.arange(36) >= 24, 3, 1)
    effect = evaluate(draw_panel(drawn(own)), register(draw_event()), municipality="001")[0]
    assert effect.verdict == "increase"


def test_after_growth_the_same_as_before_is_not_no_change():
    own = 60 * 1.04 ** np.arange(36)
    own[24:] = own[:24].mean()  # it halves at the event
    effect = evaluate(draw_panel(drawn(own, others=40)), register(draw_event()), municipality="001")[0]
    assert (effect.verdict, effect.reason) == ("inconclusive", "moving_before")
    assert "kan allerede have været på vej" in kl.sentence(effect, "da")


def test_the_first_months_of_use_grow_by_themselves():
    own = 20 / (1 + np.exp(-(np.arange(36) - 22) * 0.35))
    late = {("001", months.shift("2022-01", t)): "not_connected" for t in range(17)}
    effect = evaluate(draw_panel(drawn(own), states=late), register(draw_event()), municipality="001")[0]
    assert effect.n_pre == 7
    assert (effect.verdict, effect.reason) == ("inconclusive", "just_begun")
    assert "først lige begyndt" in kl.sentence(effect, "da")


def test_a_hidden_month_makes_no_season_seen():
    y = np.array([2, 13, 5, 9, 7, 6, 15, 21, 17, 27, 19, 21, 16, 18])[:, None]
    event = register(draw_event(date="2022-07-01"))
    hidden = draw_panel(y, states={("001", "2022-01"): "suppressed"})
    for panel in (draw_panel(y), hidden):
        effect = evaluate(panel, event, municipality="001")[0]
        assert (effect.verdict, effect.reason) == ("inconclusive", "too_short_before")


def test_an_interval_holds_one_where_the_test_keeps_it():
    # Two of five fall silent: their mean is rejected, "no change" and larger ratios are kept.
    rng = np.random.default_rng(5)
    y = rng.poisson(10, (36, 20))
    y[24:] = rng.poisson(10 * np.exp(rng.normal(0, 0.2, 20)), (12, 20))
    y[24:, :2] = 0
    event = register(draw_event(municipalities=[f"{i:03d}" for i in range(1, 6)]))["meeting"]
    effect = several_municipalities(draw_panel(y), event)
    assert effect.p_value > 0.05
    assert effect.conf_low <= effect.estimate
    assert effect.conf_high > 1
    assert effect.verdict == "inconclusive"


def test_between_a_rise_and_a_fall_lies_no_change():
    one = Effect("municipality", "1", "1", "a", "other", "calls", "x", p_value=0.02)
    ends = [one.replace(estimate=ratio, conf_low=ratio / 1.5, conf_high=ratio * 1.5) for ratio in (0.6, 1.5)]
    counts = counts_of(draw_panel(np.full((36, 2), 9)), Question("calls"))
    asked = iter(ends)
    hidden = ends[0].replace(threats=(Threat("suppressed_months", "", "2022-01"),))
    whole, _ = within_bounds(hidden, counts, ["001"], "2024-01", lambda _: next(asked))
    assert (whole.conf_low, whole.conf_high, whole.p_value) == (pytest.approx(0.4), pytest.approx(2.25), 1.0)


def test_what_is_pooled_is_what_the_pages_tell_of_hidden_months():
    y = drawn(np.where(np.arange(36) >= 24, 3.5, 8.0))
    hidden = {("001", months.shift("2022-01", t)): "suppressed" for t in range(36) if 1 <= y[t, 0] <= 4}
    panel, event = draw_panel(y, states=hidden), register(draw_event())
    (local,) = local_effects(panel, event)
    told = evaluate(panel, event, municipality="001")[0]
    assert (local.estimate, local.conf_low, local.conf_high) == (told.estimate, told.conf_low, told.conf_high)


def test_a_lock_out_loses_the_calls_that_were_expected():
    y = drawn(np.where(np.arange(36) >= 24, 0.0, 20.0))
    effect = structural_time_series(draw_panel(y), register(draw_event())["meeting"], municipality="001")
    assert effect.details["expected_after"] == pytest.approx(20, rel=0.2)
    assert effect.extra_low < effect.extra_calls < effect.extra_high < 0


def test_no_month_is_promised_where_the_months_before_rule_an_answer_out():
    y = np.random.default_rng(1).poisson(10, (48, 25))
    events = register(draw_event("a", date="2025-01-15"), draw_event("b", date="2025-03-15"))
    for last in ("2025-02", "2025-06", "2025-12"):
        panel = draw_panel(y)
        panel = check_panel(panel[panel["month"] <= f"{last}-01"])
        effect = next(e for e in evaluate(panel, events, municipality="001") if e.primary and e.event == "b")
        assert (effect.reason, effect.earliest_month) == ("overlapping_event", ""), last


def test_a_headline_keeps_its_number_and_says_what_is_held_against_it():
    y = drawn(np.where(np.arange(36) >= 24, 60.0, 20.0))
    effect = evaluate(draw_panel(y), register(draw_event()), municipality="001")[0]
    plain = headline(effect, "en")
    for doubt in (effect.replace(unstable=True), effect.replace(threats=(Threat("trigger_low", "", "2023-12"),))):
        assert headline(doubt, "en").startswith(plain)
        assert len(headline(doubt, "en")) > len(plain)
