"""Each rule between a number and a verdict at its edges: what decides, and what speaks against a claim."""

import numpy as np
import pandas as pd
import pytest

from kl_research.effects.checks.objections import TRIGGER, moving, objection
from kl_research.effects.effect import Check, Effect, Threat
from kl_research.effects.verdict import decide, disagrees, measurement_same_month, not_assessable, unless_season
from kl_research.effects.window import Window
from kl_research.statistics.growth import growth_rule
from kl_research.terms import months
from kl_research.terms.events import Event, EventRegister

BAND = (0.8, 1.25)


def effect(estimate=2.0, low=1.5, high=3.0, **more):
    return Effect(
        "municipality",
        "001",
        "001",
        "m",
        "other",
        "calls",
        "design",
        estimate=estimate,
        conf_low=low,
        conf_high=high,
        **more,
    )


def window(before=24, after=12, **more):
    start = months.shift("2024-01", -before)
    pre = tuple(months.shift(start, k) for k in range(before))
    post = tuple(months.shift("2024-01", k) for k in range(after))
    return Window("001", "m", "calls", pre=pre, post=post, members=("001",), **more)


def before(estimate, p_value, low=np.nan, high=np.nan, outcome="failed", apart=12.0):
    """The placebo in time as a check, months 12 apart where the event's are 18."""
    row = {"estimate": estimate, "p_value": p_value, "conf_low": low, "conf_high": high, "months_apart": apart}
    return {"placebo_in_time": Check("placebo_in_time", outcome, table=pd.DataFrame([row]))}


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.8, 1.25, "no_change"),
        (0.79, 1.25, "inconclusive"),
        (0.8, 1.26, "inconclusive"),
        (1.0, 1.25, "no_change"),
        (1.01, 1.2, "no_change"),
        (1.0, 1.3, "inconclusive"),
        (1.01, 1.3, "increase"),
        (0.7, 1.0, "inconclusive"),
        (0.7, 0.99, "decrease"),
        (None, 0.99, "decrease"),
        (1.01, None, "increase"),
        (None, None, "inconclusive"),
        (None, 1.1, "inconclusive"),
    ],
)
def test_an_interval_is_one_verdict(low, high, verdict):
    assert decide("intervention", conf_low=low, conf_high=high)[0] == verdict


def test_breaks_and_the_placebo_come_first():
    claim = {"conf_low": 1.5, "conf_high": 2.0}
    assert decide("measurement", **claim, breaks=True) == ("break_in_series", "measurement_event")
    assert decide("intervention", **claim, breaks=True) == ("break_in_series", "measurement_same_month")
    assert decide("intervention", **claim, placebo_agrees=False) == ("inconclusive", "placebo_disagrees")
    assert decide("intervention", conf_low=0.9, conf_high=1.2, placebo_agrees=False) == ("no_change", "")
    assert decide("intervention", conf_low=0.6, conf_high=0.9, band=(0.5, 1.25)) == ("no_change", "")


@pytest.mark.parametrize(
    ("before_", "verdict", "low", "high", "stands"),
    [
        (18, "increase", 1.01, 2.0, True),
        (17, "increase", 1.09, 2.0, False),
        (17, "increase", 1.1, 2.0, False),
        (17, "increase", 1.11, 2.0, True),
        (12, "increase", 1.11, 2.0, True),
        (11, "increase", 1.5, 2.0, False),
        (17, "decrease", 0.5, 0.9, True),
        (17, "decrease", 0.5, 0.92, False),
        (17, "decrease", None, 0.9, True),
        (17, "increase", 1.2, None, True),
        (17, "no_change", 0.9, 1.1, False),
        (18, "no_change", 0.9, 1.1, True),
        (11, "inconclusive", 0.9, 1.5, True),
        (17, "no_change", 1.15, 1.2, False),
    ],
)
def test_less_than_a_year_and_a_half_before_hides_the_season(before_, verdict, low, high, stands):
    given = effect(1.0, low, high, verdict=verdict)
    found = unless_season(given, window(before_))
    assert (found.verdict == verdict) is stands
    assert found.reason == ("" if stands else "season_unseen")


def test_a_change_of_counting_breaks_a_series_that_has_it_alone():
    def with_other(kind, national, donors):
        entries = {"type": "other", "date": "2024-01", "source": "x"}
        own = Event(id="m", kind="intervention", municipalities=["001"], **entries)
        place = {"national": True} if national else {"municipalities": ["001"]}
        EventRegister([own, Event(id="o", kind=kind, **place, **entries)])
        threats = (Threat("same_month", "o"),)
        return measurement_same_month(own, window(donors=tuple(map(str, range(donors))), threats=threats))

    assert with_other("measurement", national=False, donors=30)
    assert not with_other("measurement", national=True, donors=30)
    assert with_other("measurement", national=True, donors=0)
    assert not with_other("intervention", national=False, donors=30)
    national = Event(id="n", kind="intervention", type="other", national=True, date="2024-01", source="x")
    EventRegister(
        [national, Event(id="o", kind="measurement", type="other", national=True, date="2024-01", source="x")]
    )
    assert measurement_same_month(national, window(donors=("1",) * 30, threats=(Threat("same_month", "o"),)))
    assert not measurement_same_month(national, window(donors=("1",) * 30, threats=(Threat("near", "o"),)))


def test_what_cannot_be_judged_says_of_whom_and_why():
    event = Event(id="m", kind="intervention", type="other", national=True, date="2024-01", source="x")
    one = not_assessable(event, window(reason="too_few"), "design")
    assert (one.level, one.n_municipalities, one.reason, one.n_pre, one.n_post) == (
        "municipality",
        1,
        "too_few",
        24,
        12,
    )
    assert not_assessable(event, window(reason="too_few"), "design", "other").reason == "other"
    nobody = not_assessable(event, Window("", "m", "calls"), "design")
    assert (nobody.level, nobody.n_municipalities) == ("national", 1)
    assert not_assessable(event, Window("", "m", "calls", members=("1", "2", "3")), "design").n_municipalities == 3


def test_two_sensitivities_the_other_way_make_an_answer_unstable():
    fall, rise = effect(0.5, 0.3, 0.99), effect(2.0, 1.01, 3.0)
    assert disagrees(effect(), [fall, fall])
    assert not disagrees(effect(), [fall, rise])
    assert not disagrees(effect(), [fall, effect(0.5, 0.3, 1.0)])
    assert not disagrees(effect(), [fall, effect(0.5, 0.3, None)])
    assert disagrees(effect(0.5, 0.3, 0.9), [rise, rise])
    assert not disagrees(effect(0.5, 0.3, 0.9), [rise, effect(2.0, 1.0, 3.0)])
    assert not disagrees(effect(0.5, 0.3, 0.9), [rise, effect(2.0, None, 3.0)])
    assert not disagrees(effect(None, None, None), [rise, rise, fall, fall])
    assert not disagrees(effect(), [fall, fall.replace(estimate=None)])
    assert not disagrees(effect(), [fall, fall.replace(scale="difference")])
    assert not disagrees(effect(), [fall, fall.replace(details={"high_false_positive_rate": True})])
    alone = fall.replace(details={"comparison": "none"})
    assert disagrees(effect(), [fall, alone])
    assert not disagrees(effect(details={"comparison": "donors"}), [fall, alone])
    assert disagrees(effect(details={"comparison": "donors"}), [fall, fall.replace(details={"comparison": "donors"})])


@pytest.mark.parametrize(
    ("estimate", "low", "high", "placebo", "moved"),
    [
        # as far as the placebo's movement to the power of 18/12, by its estimate where it may be chance
        (2.0, 1.5, 3.0, before(1.32, 0.30), True),
        (2.0, 1.5, 3.0, before(1.30, 0.30), False),
        (2.0, 1.5, 3.0, before(1.32, 0.34), False),
        (2.0, 1.5, 3.0, before(0.70, 0.01, 0.5, 0.8), False),
        (2.0, 1.5, 3.0, before(1.20, 0.05, 1.0, 1.4), True),  # clear: by its limit
        (2.0, 1.5, 3.0, before(1.20, 0.06, 1.0, 1.4), False),
        (2.0, 1.5, 3.0, before(1.20, 0.01, 1.0, 1.3), False),
        (2.0, 1.5, 3.0, before(1.20, 0.01, 1.0, np.nan), True),
        (2.0, 1.5, 3.0, before(1.20, 0.01, 1.0, None), True),
        (2.0, None, 3.0, before(1.01, 0.30), True),
        (0.5, 0.3, 0.7, before(0.78, 0.30), True),
        (0.5, 0.3, 0.7, before(0.80, 0.30), False),
        (0.5, 0.3, 0.7, before(0.85, 0.01, 0.75, 1.0), True),
        (0.5, 0.3, 0.7, before(0.85, 0.01, 0.82, 1.0), False),
        (0.5, 0.3, None, before(0.99, 0.30), True),
        (0.5, 0.3, 0.7, before(1.30, 0.01, 1.1, 1.5), False),
    ],
)
def test_a_claim_falls_where_the_area_had_moved_as_far_before(estimate, low, high, placebo, moved):
    said = objection(effect(estimate, low, high), placebo, window())
    assert said == ("moved_before" if moved else "")


def test_who_has_only_just_begun_is_asked_more_strictly():
    young = window(just_begun=True)
    assert objection(effect(), {}, young) == "just_begun"
    assert objection(effect(0.5, 0.3, 0.7), {}, window(just_begun=True)) == ""
    quiet = before(1.01, 0.9, outcome="passed")
    assert objection(effect(), quiet, window(17, just_begun=True)) == "just_begun"
    assert objection(effect(), quiet, window(18, just_begun=True)) == ""
    by_chance = before(1.4, 0.9, outcome="passed", apart=9.0)
    assert objection(effect(), by_chance, young) == "moved_before"
    assert objection(effect(), by_chance, window()) == ""


def test_growth_seen_over_all_months_counts_in_the_place_of_the_placebo():
    seen, added = growth_rule(24, together=False)

    def grown(of_errors, low=1.2, **more):
        details = {"growth": 0.01, "growth_error": 0.01 / of_errors, "growth_months": 24, "growth_reach": 18.0}
        return objection(effect(2.0, low, 3.0, details=details), before(1.9, 0.01, 1.5, 2.5), window(**more))

    assert seen > 0.2
    assert grown(seen + 0.1) == "moved_before"
    assert grown(seen - 0.1) == ""
    assert grown(seen - 0.1, just_begun=True) == "moved_before"
    assert grown(seen + 0.1, low=2.0 * np.exp(0.18 * (1 + added / (seen + 0.1)))) == ""


def test_the_other_objections_in_their_order():
    assert (
        objection(effect(), {"placebo_in_space": Check("placebo_in_space", "failed")}, window())
        == "placebo_disagrees"
    )
    assert objection(effect(), {"placebo_in_space": Check("placebo_in_space", "passed")}, window()) == ""
    assert objection(effect(), {}, window(11)) == "too_short_before"
    assert objection(effect(), {}, window(12)) == ""
    long_ago = tuple(months.shift("2020-01", k) for k in range(12))
    assert objection(effect(), {}, window(11, history=long_ago)) == ""
    assert objection(effect(details={"size_shift": 0.6, "size_error": 0.1}), {}, window()) == "same_size"
    assert objection(effect(details={"size_shift": 0.1, "size_error": 0.1}), {}, window()) == ""
    assert objection(effect(details={"p_if_restless": 0.06}), {}, window()) == "restless"
    assert objection(effect(details={"p_if_restless": 0.05}), {}, window()) == ""
    failed = before(0.9, 0.01, 0.8, 0.95)
    trigger = {TRIGGER: Check(TRIGGER, "failed")}
    assert objection(effect(), failed | trigger, window()) == "unusual_before"
    assert objection(effect(), failed, window()) == ""
    assert objection(effect(), trigger, window()) == ""
    assert objection(effect(), before(0.9, 0.2, outcome="passed") | trigger, window()) == ""


def test_no_change_is_not_claimed_of_who_was_moving():
    assert not moving(effect(), {}, window(), BAND)
    assert moving(effect(), before(1.17, 0.01), window(), BAND)  # to the power of 18/12: 1.27
    assert not moving(effect(), before(1.15, 0.01), window(), BAND)
    assert moving(effect(), before(0.85, 0.01), window(), BAND)
    assert not moving(effect(), before(0.87, 0.01), window(), BAND)
    assert not moving(effect(), before(1.17, 0.2, outcome="passed"), window(), BAND)
    grown = {"growth": 0.02, "growth_error": 0.005, "growth_months": 24, "growth_reach": 18.0}
    assert moving(effect(details=grown), {}, window(), BAND)
    assert not moving(effect(details=grown | {"growth_error": 0.015}), {}, window(), BAND)
    assert not moving(effect(details=grown | {"growth": 0.01, "growth_error": 0.001}), {}, window(), BAND)
