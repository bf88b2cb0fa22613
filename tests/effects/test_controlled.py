"""The rank among donors: known effects found, nothing found where nothing is, and every odd case answered."""

import math

import numpy as np
import pandas as pd
import pytest

from kl_research.effects.designs.controlled import controlled_interrupted_time_series as controlled
from kl_research.effects.designs.controlled import panel_totals
from kl_research.effects.designs.its import interrupted_time_series
from kl_research.effects.effect import RESULT_COLUMNS
from kl_research.effects.records import from_record, to_record
from kl_research.statistics.ranks import interval, rank_p, shifted, studentised
from kl_research.terms.question import Question

from .drawn import draw_event, draw_panel, register


def draw(seed=11, months=36, areas=40, mean=10, ratio=1.0, after=24):
    counts = np.random.default_rng(seed).poisson(mean, (months, areas))
    counts[after:, 0] = np.random.default_rng(seed + 1).poisson(mean * ratio, months - after)
    return counts


def ask(counts, design=controlled, event=None, municipality="001", **options):
    event = register(event or draw_event())["meeting"]
    return design(draw_panel(counts), event, municipality=municipality, **options)


def finite(effect):
    numbers = [getattr(effect, column) for column in RESULT_COLUMNS]
    numbers += [v for v in effect.details.values() if isinstance(v, float)]
    assert all(math.isfinite(x) for x in numbers if isinstance(x, float))
    curve = effect.series.select_dtypes("number").to_numpy()
    assert not np.isinf(curve).any()
    assert from_record(to_record(effect)).verdict == effect.verdict


def test_a_doubling_is_found_and_its_ratio_lies_in_the_interval():
    effect = ask(draw(ratio=2.0))
    assert effect.verdict == "increase"
    assert effect.conf_low < 2.0 < effect.conf_high
    assert effect.p_value == 1 / 40 == effect.p_min
    finite(effect)


def test_a_halving_is_found():
    effect = ask(draw(ratio=0.5))
    assert effect.verdict == "decrease"
    assert effect.conf_low < 0.5 < effect.conf_high


def test_no_effect_on_large_counts_is_no_change():
    effect = ask(draw(mean=200))
    assert effect.verdict == "no_change"
    assert effect.conf_low > 0.8
    assert effect.conf_high < 1.25


def test_the_estimate_is_the_ratio_after_to_before_over_the_donors_centre():
    counts = np.full((36, 30), 10)
    counts[24:, 0] = 20
    effect = ask(counts)
    # (240 + 1/2) / (240 + 1/2) x 2 for the months; the donors stand still
    assert effect.estimate == pytest.approx((240.5 / 240.5) / (120.5 / 240.5), rel=1e-9)
    assert effect.details["expected_after"] == pytest.approx(10, rel=0.01)


def test_a_common_fall_is_not_taken_for_an_effect():
    counts = draw(mean=30)
    counts[24:] //= 2
    effect = ask(counts)
    assert effect.p_value > 0.05
    assert 0.8 < effect.estimate < 1.25


def test_a_season_shared_by_all_leaves_no_trace_in_the_estimate():
    season = np.where(np.arange(36) % 12 == 6, 0.3, 1.0)
    counts = np.random.default_rng(5).poisson(40 * season[:, None], (36, 40))
    event = draw_event(date="2024-04-01")
    assert 0.8 < ask(counts, event=event).estimate < 1.25


def test_the_interval_holds_exactly_what_the_rank_test_does_not_reject():
    counts = draw(ratio=1.4)
    times = np.arange(36)
    totals, _ = panel_totals(counts.T[None].astype(float), times, (times >= 24).astype(int))
    low, high, attained = interval(totals, 0)
    assert attained == 0.95
    for inside in (low + 1e-3, high - 1e-3):
        assert rank_p(studentised(shifted(totals, 0, np.array([inside]))).t, 0)[0] > 0.05
    for outside in (low - 1e-2, high + 1e-2):
        assert rank_p(studentised(shifted(totals, 0, np.array([outside]))).t, 0)[0] <= 0.05


def test_three_to_eighteen_donors_are_a_comparison_by_the_panels_event_free_stretches():
    effect = ask(draw(areas=12, ratio=2.5))
    assert (effect.design, effect.details["comparison"]) == ("few_comparisons", "donors")
    assert effect.n_donors == 11
    assert effect.details["stretches"] >= 19
    assert (effect.verdict, effect.conf_low < 2.5 < effect.conf_high) == ("increase", True)


def test_fewer_than_three_donors_give_the_single_series_labelled_so():
    effect = ask(draw(areas=3))
    assert effect.design == "interrupted_time_series"
    assert effect.details["no_comparison"] == "too_few_donors"
    assert effect.n_donors == 2


def test_the_order_of_municipalities_does_not_matter():
    counts = draw(ratio=1.5)
    turned = counts[:, ::-1]
    first = ask(counts)
    last = ask(turned, event=draw_event(municipalities=["040"]), municipality="040")
    assert (first.estimate, first.p_value) == (pytest.approx(last.estimate), last.p_value)


def test_the_same_seed_gives_the_same_answer():
    assert to_record(ask(draw(ratio=1.5))) == to_record(ask(draw(ratio=1.5)))


def zeros(before=None, after=None):
    counts = draw()
    if before is not None:
        counts[:24, 0] = before
    if after is not None:
        counts[24:, 0] = after
    return counts


@pytest.mark.parametrize("design", [controlled, interrupted_time_series])
@pytest.mark.parametrize(
    ("counts", "verdict", "reason"),
    [
        (zeros(0, 0), "not_assessable", "too_few_calls"),
        (zeros(0), "not_assessable", "too_few_calls"),
        (zeros(after=0), "decrease", ""),
        (np.zeros((36, 40), dtype=int), "not_assessable", "too_few_calls"),
        # Still donors leave the noise of 168 and 84 calls: e^(1.96 sqrt(1/168 + 1/84)) = 1.30, past the band.
        (np.full((36, 40), 7), "inconclusive", ""),
        (zeros(7, 7), None, None),
    ],
    ids=["all zeros", "zeros before", "zeros after", "nobody calls", "constant everywhere", "constant here"],
)
def test_zeros_and_constants_get_a_verdict(design, counts, verdict, reason):
    effect = ask(counts, design)
    finite(effect)
    if reason == "" and design is interrupted_time_series and counts[24:, 0].any():
        verdict = "inconclusive"  # its own trend leaves room for more than the band
    if verdict is not None:
        assert (effect.verdict, effect.reason) == (verdict, reason)


@pytest.mark.parametrize("design", [controlled, interrupted_time_series])
@pytest.mark.parametrize("date", ["2022-01-01", "2022-01-15", "2024-12-01", "2024-12-15"])
def test_an_event_in_the_first_or_last_month_is_not_assessable(design, date):
    effect = ask(draw(), design, draw_event(date=date))
    assert effect.verdict == "not_assessable"
    assert effect.reason in ("before_data", "too_few_months_before", "too_few_months_after")
    finite(effect)


@pytest.mark.parametrize("design", [controlled, interrupted_time_series])
def test_months_without_a_number_around_the_event_are_left_out(design):
    counts = draw()
    counts[22:26, 0] = -1
    effect = ask(counts, design)
    assert (effect.n_pre, effect.n_post) == (24 - 2, 12 - 2)
    assert "missing_months" in {t.code for t in effect.threats}
    finite(effect)


def test_one_municipality_alone_is_judged_by_its_own_past():
    effect = ask(draw(areas=1, ratio=3.0))
    assert effect.design == "interrupted_time_series"
    assert effect.estimate > 1
    finite(effect)


def test_two_events_in_one_month_are_both_named():
    panel, events = draw_panel(draw()), register(draw_event(), draw_event("twin", date="2024-01-20"))
    effect = controlled(panel, events["meeting"], municipality="001")
    assert "same_month" in {t.code for t in effect.threats}
    assert effect.verdict != "not_assessable"


def test_a_change_of_the_instrument_is_a_break_and_no_use_effect():
    effect = ask(draw(ratio=2.0), event=draw_event(kind="measurement"))
    assert effect.verdict == "break_in_series"


def test_an_offset_takes_the_denominators_change_out():
    counts = draw(mean=50, ratio=2.0)
    panel = draw_panel(counts, units=10.0)
    own = panel["municipality"].eq("001") & (panel["month"] >= pd.Timestamp("2024-01-01"))
    panel.loc[own, "units"] = 20.0
    asked = Question(offset="units")
    effect = controlled(panel, register(draw_event())["meeting"], municipality="001", question=asked)
    assert 0.8 < effect.estimate < 1.25


def test_detectable_is_what_a_small_municipality_could_have_shown():
    few = ask(draw(mean=3)).detectable
    many = ask(draw(mean=40)).detectable
    assert 1.3 < few < 2.4  # methods.md: about x1.6 at 12 a month with 3 months after, x2.4 at 3
    assert 1.05 < many < 1.3


def test_size_of_the_rank_test_on_unequal_municipalities():
    # 600 panels of 39 donors, means 3 to 40, nominal 2 / 40: standard error .009, three of them allowed
    rng = np.random.default_rng(2)
    means = np.resize([3, 10, 40], 40)
    y = rng.poisson(means[None, :, None], (600, 40, 32)).astype(float)
    times = np.arange(32)
    totals, _ = panel_totals(y, times, (times >= 24).astype(int))
    t = studentised(totals).t
    rejected = np.mean([rank_p(t, unit) <= 0.05 for unit in (0, 1, 2)])
    assert rejected == pytest.approx(0.05, abs=0.027)
