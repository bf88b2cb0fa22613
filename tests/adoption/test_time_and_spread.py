import numpy as np
import pandas as pd
import pytest

from kl_research.adoption import cut
from kl_research.adoption.diffusion import (
    bass_adopters,
    bass_cumulative,
    fit_curve,
    logistic_cumulative,
    spread,
    spread_of,
)
from kl_research.adoption.rampup import ramp_up
from kl_research.adoption.survival import delays, kaplan_meier, time_to_first_use
from kl_research.terms.errors import InputError

from .drawn import activity, panel, panel_of

# Weeks in remission of 21 children on 6-mercaptopurine; a plus is a child still in remission at the end.
# Freireich et al. 1963, Blood 21:699-716, as tabulated in Cox & Oakes 1984, Analysis of Survival Data, table 1.1;
# compared with example 11.1 of Le 2003, Introductory Biostatistics, which lists the same times.
REMISSION = [
    "6",
    "6",
    "6",
    "6+",
    "7",
    "9+",
    "10",
    "10+",
    "11+",
    "13",
    "16",
    "17+",
    "19+",
    "20+",
    "22",
    "23",
    "25+",
    "32+",
    "32+",
    "34+",
    "35+",
]
# The product-limit estimates printed with it in textbooks (Kleinbaum & Klein 2012, Survival Analysis, chapter 2; from
# memory, and computed anew by statsmodels below).
PUBLISHED = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}

# Sales of video recorders in US homes 1979-1988 and the fit of R's nls, in Cowpertwait & Metcalfe 2009,
# Introductory Time Series with R, section 3.3 (pp. 52-53): M 6.80e4, P 6.59e-3, Q 6.38e-1. Sales compared with the
# script published with the book.
VCR = np.array([840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890], dtype="float64")


@pytest.fixture
def remission():
    time = np.array([int(t.rstrip("+")) for t in REMISSION])
    return time, np.array(["+" not in t for t in REMISSION])


def test_kaplan_meier_gives_the_published_remission_curve(remission):
    curve = kaplan_meier(*remission).set_index("time")["survival"]
    assert curve.round(4).to_dict() == PUBLISHED


def test_kaplan_meier_agrees_with_statsmodels(remission):
    from statsmodels.duration.survfunc import SurvfuncRight

    theirs, ours = SurvfuncRight(*remission), kaplan_meier(*remission)
    here = np.isin(theirs.surv_times, ours["time"])
    assert ours["survival"].to_numpy() == pytest.approx(theirs.surv_prob[here], rel=1e-12)  # the same arithmetic
    low, high = ours.loc[0, "low"], ours.loc[0, "high"]
    # log-log interval at week 6: exp(log S exp(-+ 1.96 se / (S |log S|))), with statsmodels' standard error
    s, se = theirs.surv_prob[0], theirs.surv_prob_se[0]
    width = np.exp(1.959963984540054 * se / s / abs(np.log(s)))
    assert (low, high) == pytest.approx((s**width, s ** (1 / width)), rel=1e-9)


def test_time_to_first_use_counts_only_who_is_seen_to_be_connected():
    drawn = {"1": "- o 1 1", "2": "- o o 1", "3": "- 2 1 1", "4": "- - o o", "5": "- o o o", "6": "1 1 1 1"}
    found = time_to_first_use(panel(drawn))
    assert (found.n, found.began, found.excluded) == (5, 3, 1)
    # waiting times 1, 2, 0 and, not yet begun, 1+ and 2+: half are left after (1 - 1/5)(1 - 1/4)(1 - 1/2)
    assert found.curve["survival"].tolist() == pytest.approx([4 / 5, 4 / 5 * 3 / 4, 4 / 5 * 3 / 4 / 2])
    assert found.median == 2


def test_below_five_connections_no_curve_is_drawn():
    assert time_to_first_use(panel({"1": "- o 1", "2": "1 1 1"})).reason == "too_few"


def test_a_step_not_yet_taken_waits_until_the_end_of_the_data():
    file = pd.DataFrame(
        {
            "municipality": ["101", "265"],
            "administration": "",
            "agreement_signed": ["2020-03-02", None],
            "planned_from": [None, "2024-10-01"],
            "connected_from": ["2020-06-01", None],
            "started_from": ["2020-10-01", None],
        }
    )
    table = delays(file, "2025-02").set_index(["municipality", "step"])["months"].to_dict()
    assert table[("101", "agreement_to_start")] == 7
    assert table[("265", "plan_to_start")] == 4


def test_the_ramp_up_benchmark_uses_municipalities_of_similar_size_that_were_seen_to_start():
    drawn = {
        "265": "- - - - - -",
        "1": "- 2 4 6 8 8",
        "2": "o 4 4 4 4 4",
        "3": "- - 6 6 6 6",
        "4": "9 9 9 9 9 9",
        "5": "- 30 30 30 30 30",
    }
    table = panel(drawn)
    sizes = {"265": 1000, "1": 1500, "2": 900, "3": 1000, "4": 1000, "5": 9000}
    table["population_80plus"] = table["municipality"].map(sizes)
    found = ramp_up(table, "265", ages=(3, 12))
    assert (found.rule, found.comparables) == ("similar_size", ("1", "2", "3"))  # 4 was there before, 5 is too large
    row = found.table.set_index("age").loc[3]
    assert (row["n"], row["median"]) == (3, 4)  # means over three months: 4, 4 and 6
    assert found.table.set_index("age").loc[12, "reason"] == "too_few_comparables"


def test_without_populations_all_who_started_are_comparable_and_the_rule_says_so():
    assert (
        ramp_up(panel({"1": "- - -", "2": "- 1 1", "3": "o 2 2", "4": "- 1 1"}), "1", ages=(2,)).rule == "all_started"
    )
    with pytest.raises(InputError):
        ramp_up(panel({"1": "- -"}), "9")


def test_bass_gives_the_published_fit_of_video_recorders():
    t = np.arange(1.0, 11)
    found = fit_curve(bass_adopters, t, VCR, (60630, 0.03, 0.38), (1, 1e-6, 0), (1e6, 1, 3))
    assert found is not None
    published = [6.80e4, 6.59e-3, 6.38e-1]
    assert found == pytest.approx(published, rel=1e-3)  # three digits were printed


@pytest.mark.parametrize("model", ["logistic", "bass"])
def test_a_curve_is_recovered_where_its_inflection_lies_inside_the_data(model):
    t = np.arange(1.0, 49)
    if model == "bass":
        total, middle = bass_cumulative(t, 200, 0.005, 0.2), np.log(40) / 0.205
    else:
        total, middle = logistic_cumulative(t, 200, 0.25, 20), 20
    new = np.diff(np.round(total), prepend=0).astype(int)
    found = spread_of(new, int(new[0]), 24000, model=model)
    assert found.final == pytest.approx(200, rel=0.02)  # rounding to whole adopters
    assert found.inflection == f"{24000 // 12 + round(middle - 1) // 12}-{round(middle - 1) % 12 + 1:02d}"


def test_a_curve_is_refused_when_it_would_only_decorate():
    growing = np.ones(30, dtype=int) * 2
    growing[15:] = np.arange(2, 32, 2)
    assert spread_of(growing[:5], 0, 24000).reason == "too_few_adopters"
    assert spread_of(growing, 200, 24000).reason == "began_before_data"
    assert spread_of(growing, 2, 24000).reason == "inflection_outside_data"


def test_spread_counts_first_uses_of_units_providers_and_municipalities():
    use = activity([("461", "A", "0 1 1"), ("561", "B", "0 0 2"), ("561", "C", "0 0 2")])
    whole = cut(panel_of(use, "2024-01", 3), use, level="national")
    assert spread(whole).series["adopters"].tolist() == [0, 1, 3]
    assert spread(whole, "municipality").series["adopters"].tolist() == [0, 1, 2]
    assert spread(whole, "provider").reason == "no_names"


def test_a_suppressed_month_is_a_month_of_use():
    table = panel({"1": "- * 9 9", "2": "- * * 9", "3": "- o * 9", "4": "- 9 9 9", "5": "- * * *"})
    found = time_to_first_use(table)
    assert (found.began, found.curve["time"].tolist()) == (5, [0, 1])  # only 3 waited, one month
    reached = ramp_up(panel({"6": "- - - -", "1": "- * 9 9", "2": "- * * 9", "3": "- * * 9"}), "6", ages=(3,))
    assert reached.table.loc[0, ["n", "median"]].tolist() == [3, pytest.approx((2.5 + 2.5 + 9) / 3)]
    hidden = {f"{i:02d}": "o * 9" for i in range(20)}
    assert spread(cut(panel(hidden), level="national"), "municipality").adopters == 20


def test_a_straight_line_shows_no_end():
    linear = np.full(51, 2)
    assert spread_of(linear, 2, 24000).reason in ("as_good_as_a_line", "inflection_outside_data")
    bent = np.diff(np.round(logistic_cumulative(np.arange(1.0, 52), 102, 0.25, 25)), prepend=0).astype(int)
    assert spread_of(bent, int(bent[0]), 24000).reason == ""


def test_half_begun_is_half_begun_whatever_rounding_says():
    table = panel({f"{i:02d}": "- o 1" if i < 12 else "- o o" for i in range(24)})
    assert time_to_first_use(table).median == 1


def test_those_who_left_again_count_among_those_who_started():
    stayed = {code: f"- {n} {n} {n} {n} {n}" for code, n in (("1", 2), ("2", 3))}
    found = ramp_up(panel({"265": "- - - - - -", **stayed, "3": "- 1 1 1 - -"}), "265", ages=(3,))
    assert found.comparables == ("1", "2", "3")
    assert found.table.loc[0, "median"] == 2
