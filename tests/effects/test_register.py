"""Bounds, lock-outs, change points, kinds and plans on small drawn tables."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from kl_research.effects import Effect
from kl_research.effects.counts import counts_of
from kl_research.effects.designs.controlled import controlled_interrupted_time_series
from kl_research.effects.example import drawn_example
from kl_research.effects.questions.bounds import dose_response, use_bounds
from kl_research.effects.questions.change_point import change_points
from kl_research.effects.questions.dates import over_possible_dates
from kl_research.effects.questions.forecast import smallest_visible
from kl_research.effects.questions.futures import Change, futures
from kl_research.effects.questions.kinds import compare_types, pooled_types, type_differences
from kl_research.effects.questions.lock_out import lock_outs
from kl_research.effects.questions.planning import allocate, basis_of, planned_power
from kl_research.effects.questions.pooling import pool
from kl_research.effects.questions.starts import event_study, staggered_p
from kl_research.statistics.noise import Noise
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.panel import check_panel
from kl_research.terms.question import Question


def single(type_: str, ratio: float, spread: float = 1.25, code: str = "001") -> Effect:
    return Effect(
        "municipality",
        code,
        code,
        f"e{code}",
        type_,
        "calls",
        "x",
        primary=True,
        estimate=ratio,
        conf_low=ratio / spread,
        conf_high=ratio * spread,
    )


def panel_of(calls: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    n, length = calls.shape
    codes = [f"{i + 1:03d}" for i in range(n)]
    month = pd.date_range("2022-01-01", periods=length, freq="MS")
    frame = pd.DataFrame({"municipality": np.repeat(codes, length), "month": np.tile(month, n), "state": "observed"})
    frame["calls"] = calls.ravel()
    for name, values in columns.items():
        frame[name] = np.repeat(values, length)
    frame["region"] = ""
    return check_panel(frame)


def rule(**more: object) -> EventRegister:
    fields = {"kind": "measurement", "type": "other", "national": True, "date": "2024-01-01", "source": "drawn"}
    return EventRegister([Event(id="rule", **{**fields, **more})])


STARTS = {0: 24, 1: 28, 2: 32}  # the month each of three municipalities starts in


def started() -> EventRegister:
    return EventRegister(
        [
            Event(
                id=f"e{unit}",
                kind="intervention",
                type="boost",
                source="drawn",
                municipalities=[f"00{unit + 1}"],
                date=f"{2022 + start // 12}-{start % 12 + 1:02d}-01",
            )
            for unit, start in STARTS.items()
        ]
    )


class TestBounds:
    def test_no_change_always_lies_within_them(self) -> None:
        fall = Effect(
            "national", "", "", "rule", "other", "calls", "x", primary=True, estimate=0.7, conf_low=0.6, conf_high=0.8
        )
        (bounds,) = use_bounds([fall], rule())
        assert (bounds.low, bounds.high) == (0.6, 1.0)

    def test_all_of_it_counting_leaves_no_change_in_use(self) -> None:
        step = Effect(
            "national", "", "", "rule", "other", "calls", "x", primary=True, estimate=1.5, conf_low=1.2, conf_high=1.9
        )
        (bounds,) = use_bounds([step], rule(measurement_share=1.0))
        assert bounds.declared == (1.0, 1.0, 1.0)

    def test_an_intervention_has_none(self) -> None:
        panel, events = drawn_example()
        assert use_bounds([single("leader_meeting", 1.5).replace(event="meeting")], events, panel) == []

    def test_a_step_that_grows_with_the_uncounted_share_is_seen_as_such(self) -> None:
        share = np.linspace(0.05, 0.4, 40)
        after = np.arange(36) >= 24
        rate = 30 * np.where(after, 1 + 0.6 * (share / (1 - share))[:, None], 1.0)
        panel = panel_of(np.random.default_rng(3).poisson(rate), sms_link_share=share)
        dose = dose_response(panel, rule()["rule"])
        assert dose is not None
        assert dose.p_value < 0.001
        # at no uncounted contacts nothing is counted anew: ratio 1
        assert dose.at_zero[1] <= 1 <= dose.at_zero[2]
        assert dose.groups["ratio"].is_monotonic_increasing

    def test_municipalities_with_an_event_of_their_own_tell_nothing_of_the_dose(self) -> None:
        share = np.linspace(0.05, 0.4, 40)
        after = np.arange(36) >= 24
        treated = np.arange(40) >= 30  # where most was uncounted, somebody also held a meeting
        rate = 30 * np.where(after & treated[:, None], 2.0, 1.0)
        panel = panel_of(np.random.default_rng(3).poisson(rate), sms_link_share=share)
        meeting = Event(
            id="meeting",
            kind="intervention",
            type="leader_meeting",
            source="drawn",
            date="2024-03-01",
            municipalities=[f"{i + 1:03d}" for i in range(40) if treated[i]],
        )
        dose = dose_response(panel, EventRegister([*rule().values(), meeting])["rule"])
        assert dose is not None
        assert dose.municipalities == 30
        assert dose.per_tenth[1] <= 1 <= dose.per_tenth[2]

    def test_without_the_column_there_is_no_dose(self) -> None:
        panel, events = drawn_example()
        assert dose_response(panel, events["release"]) is None


class TestLockOuts:
    def test_a_municipality_with_few_calls_may_be_silent_by_chance(self) -> None:
        calls = np.random.default_rng(4).poisson(20, (30, 36))
        calls[0], calls[0, 3::4], calls[0, 24:] = 0, 1, 0  # three calls a year, then none for a year
        calls[1, 24:] = 0
        found = lock_outs(panel_of(calls), rule()["rule"])
        assert [(one.municipality, one.beyond_chance) for one in found.fallen] == [("002", True), ("001", False)]

    def test_one_that_came_back_is_no_lock_out(self) -> None:
        calls = np.random.default_rng(5).poisson(20, (30, 36))
        calls[1, 24:28] = 0
        found = lock_outs(panel_of(calls), rule()["rule"])
        assert (found.fallen, found.returned) == ((), ("002",))

    def test_a_suppressed_month_is_no_silence(self) -> None:
        calls = np.random.default_rng(5).poisson(20, (30, 36))
        calls[1:3, 24:] = 0
        hidden = panel_of(calls)
        late = (hidden["municipality"] == "003") & (hidden["month"] == hidden["month"].max())
        hidden = hidden.assign(calls=hidden["calls"].mask(late), state=hidden["state"].mask(late, "suppressed"))
        assert [one.municipality for one in lock_outs(hidden, rule()["rule"]).fallen] == ["002"]

    def test_it_waits_for_three_months(self) -> None:
        found = lock_outs(panel_of(np.full((30, 26), 9)), rule()["rule"])
        assert (found.reason, found.earliest_month) == ("too_few_months_after", "2024-03")


class TestChangePoints:
    def test_what_all_share_is_no_change_of_one(self) -> None:
        rate = np.where(np.arange(36) >= 20, 30, 15)
        panel = panel_of(np.random.default_rng(6).poisson(rate, (30, 36)))
        assert change_points(panel, municipality="001") == []
        assert [one.month for one in change_points(panel)] == ["2023-09"]

    def test_steady_growth_of_the_sum_is_no_change(self) -> None:
        panel = panel_of(np.random.default_rng(7).poisson(10 * 1.03 ** np.arange(48), (30, 48)))
        assert change_points(panel) == []

    def test_a_series_of_zeros_has_none(self) -> None:
        panel = panel_of(np.zeros((12, 36), dtype=int))
        assert change_points(panel, municipality="001") == change_points(panel) == []


class TestDates:
    def test_what_could_be_seen_shrinks_with_time(self) -> None:
        panel, events = drawn_example()
        meeting = Event(**{**events["meeting"].model_dump(), "date": "2024-11-01"})
        visible = smallest_visible(panel, EventRegister([meeting])["meeting"], municipality="001")
        assert [one.ahead for one in visible] == [3, 6, 12]  # two months after are no judgement
        ratios = [one.ratio or 99 for one in visible]
        assert all(later < earlier for earlier, later in pairwise(ratios))
        assert all((one.low or 99) < (one.ratio or 0) < (one.high or 0) for one in visible)

    def test_now_it_is_the_judgements_own(self) -> None:
        panel, events = drawn_example()
        own = controlled_interrupted_time_series(panel, events["meeting"], municipality="001").detectable
        (now,) = smallest_visible(panel, events["meeting"], municipality="001")
        assert own is not None
        assert now.ratio == now.low == now.high == pytest.approx(own)

    def test_months_that_come_vary_as_those_before_did(self) -> None:
        rng = np.random.default_rng(11)
        counts = counts_of(panel_of(rng.poisson(20 * rng.gamma(5, 0.2, (30, 36)))), Question("calls"))
        assert counts is not None
        nothing = np.zeros(1)
        change = Change(Noise(np.full(1, 0.2), nothing, nothing, nothing), 0.0, 0.0, 0.0)
        drawn = np.array([later.values[-6:] for later in futures(counts, 6, change, n=6, draws=200, seed=1)])
        # Poisson 20, latent variance .2 of the square, and 24 months do not tell a level exactly: 1 / 24 of that more
        assert drawn.var(axis=(0, 1)).mean() == pytest.approx((20 + 0.2 * 20**2) * (1 + 1 / 24), rel=0.1)
        assert drawn.mean() == pytest.approx(np.nanmean(counts.values[-24:]), rel=0.03)

    def test_donors_that_were_locked_out_do_not_blur_it(self) -> None:
        calls = np.random.default_rng(10).poisson(20, (30, 36))
        ratios = []
        for locked in (0, 4):
            calls[26 : 26 + locked, 30:] = 0
            visible = smallest_visible(panel_of(calls), started()["e0"], municipality="001")
            ratios.append(visible[0].ratio or 99)
        # four donors fewer of 29 are a little less to compare with; left in, they would ask for 2.3 times the calls
        assert ratios[1] == pytest.approx(ratios[0], rel=0.1)

    def test_a_day_has_no_other_possible_dates(self) -> None:
        panel, events = drawn_example()
        assert over_possible_dates(panel, events, municipality="001") == []


class TestKinds:
    def test_with_two_of_each_nothing_is_concluded(self) -> None:
        two = [single("gp_meeting", 2.0, code="001"), single("gp_meeting", 1.9, code="002")]
        other = [single("leader_meeting", 1.0, code="003"), single("leader_meeting", 1.1, code="004")]
        assert {effect.reason for effect in pooled_types(two + other)} == {"two_of_a_kind"}
        (difference,) = type_differences(two + other).to_dict("records")
        assert not difference["enough"]

    def test_means_of_kinds_are_drawn_together(self) -> None:
        table = compare_types([single("gp_meeting", 2.0, 2.0), single("leader_meeting", 1.0, 2.0)])
        assert table["shrunken"].max() - table["shrunken"].min() < 1.0  # the raw means are 1.0 apart

    def test_the_next_municipality_is_less_sure_than_the_mean(self) -> None:
        ratios = (1.0, 1.4, 2.0, 1.2)
        (pooled,) = pooled_types([single("gp_meeting", r, code=f"00{i}") for i, r in enumerate(ratios)])
        assert pooled.details["prediction_low"] < (pooled.conf_low or 0)
        assert pooled.details["prediction_high"] > (pooled.conf_high or 9)

    def test_effects_that_agree_have_a_width_all_the_same(self) -> None:
        found = pool(np.full(3, 0.3), np.full(3, 0.03))
        # the classical one, as Hartung and Knapp's is 0: 1.96 sqrt(0.03 / 3)
        assert (found.conf_high - found.conf_low) / 2 == pytest.approx(0.196, abs=1e-4)
        assert found.p_value == pytest.approx(0.0027, abs=1e-4)  # z = 3

    def test_three_that_doubled_each_at_its_own_time_stand_out(self) -> None:
        calls = np.random.default_rng(8).poisson(15, (33, 48))
        for unit, start in STARTS.items():
            calls[unit, start:] *= 2
        events, panel = started(), panel_of(calls)
        assert (staggered_p(panel, events, type_="boost") or 1) < 0.01
        study = event_study(panel, events, type_="boost")
        after, before = study[study["from_month"] >= 0], study[study["from_month"] < 0]
        assert (after["ratio"] > after["high"]).all()
        assert ((before["ratio"] > before["high"]).mean()) <= 0.25  # one in eight quarters may stick out by chance

    def test_a_large_effect_counts_no_more_and_no_less_than_none(self) -> None:
        ratios = []
        for seed in range(8):
            calls = np.random.default_rng(seed).poisson(200, (33, 48))
            calls[0, STARTS[0] :] *= 4
            ratios.append(event_study(panel_of(calls), started(), type_="boost", step=12)["ratio"].iloc[-1])
        # ratios 4, 1 and 1 of equal size: their geometric mean; one seed's weights spread it by 7 %, eight by 2.5 %
        assert np.mean(ratios) == pytest.approx(4 ** (1 / 3), rel=0.075)


class TestPlans:
    def test_power_rises_with_the_effect_and_the_municipalities(self) -> None:
        panel, _ = drawn_example()
        basis = basis_of(panel)
        assert basis is not None
        few, many = (planned_power(basis, treated=k, months_after=6, ratios=(1.2, 1.5), runs=80) for k in (1, 6))
        assert few["power"].is_monotonic_increasing
        assert many["power"].iloc[0] > few["power"].iloc[0]
        assert many["false_alarms"].iloc[0] <= 0.13  # .05 and three standard errors of 80 runs

    def test_groups_start_one_after_another_by_lot(self) -> None:
        lots = allocate(["1", "2", "3", "4", "5"], 4, "2025-09", 2, 3, seed=1)
        assert lots["start"].tolist() == ["2025-09", "2025-09", "2025-12", "2025-12"]
        assert lots["municipality"].is_unique
        assert allocate(["1", "2", "3", "4", "5"], 4, "2025-09", 2, 3, seed=1).equals(lots)

    def test_too_few_left_to_compare_with_is_said(self) -> None:
        panel, _ = drawn_example()
        basis = basis_of(panel)
        assert basis is not None
        with pytest.raises(ValueError, match="too few municipalities"):
            planned_power(basis, treated=25, months_after=6)
