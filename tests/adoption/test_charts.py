import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kl_research.adoption.watch.charts import control_chart, g_chart, t_chart, u_chart, xmr_chart
from kl_research.adoption.watch.funnel import funnel

from .drawn import panel

# NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2: ten batches of a flow rate and the limits printed
# (data and limits found alike in several public test suites that cite the section).
FLOW = np.array([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])

# Montgomery 1991 and later editions, Introduction to Statistical Quality Control: defects on ten rolls of dyed cloth
# (the data set `dyedcloth` of the R package qcc), in inspection units of 50 square metres. Quoted from memory,
# neither book nor data set at hand; that limits agree to two decimals at four sizes speaks for the quotation.
CLOTH = np.array([14, 12, 20, 11, 7, 10, 21, 16, 19, 23])
UNITS = np.array([10, 8, 13, 10, 9.5, 10, 12, 10.5, 12, 12.5])

# Montgomery 2009, example 7.6: hours between failures of a valve. Quoted from memory, the book not at hand; the
# power 0.2777 of its chart is confirmed elsewhere, and the printed values below follow from the hours.
VALVE = [286, 948, 536, 124, 816, 729, 4, 143, 431, 8, 2837, 596, 81, 227, 603, 492, 1199, 1214, 2831, 96]

# Days between infections, adapted from Benneyan 1998 in the SAS/QC user's guide, procedure RAREEVENTS, "Getting
# Started" (dates compared with the guide).
INFECTIONS = [
    "04-17",
    "04-17",
    "04-17",
    "04-19",
    "04-20",
    "05-03",
    "05-05",
    "05-05",
    "05-06",
    "05-07",
    "05-08",
    "05-09",
    "05-09",
    "05-10",
    "05-11",
    "05-27",
    "05-27",
    "05-28",
    "05-29",
    "05-31",
    "06-10",
    "06-11",
    "06-12",
    "06-14",
    "06-16",
    "06-16",
    "06-18",
    "06-21",
    "06-21",
]


def test_xmr_limits_are_those_of_the_nist_handbook():
    chart = xmr_chart(FLOW).iloc[0]
    # printed to four decimals with 3 / 1.128 = 2.6596; 2.66 is its usual rounding: 0.0004 x 1.88
    assert (chart["centre"], chart["high"], chart["low"]) == pytest.approx((50.81, 55.8041, 45.8159), abs=1e-3)


def test_u_limits_are_those_of_montgomerys_dyed_cloth():
    chart = u_chart(CLOTH, UNITS).assign(size=UNITS).drop_duplicates("size").set_index("size")
    assert chart["centre"].iloc[0] == pytest.approx(153 / 107.5)
    published = {10: (0.29, 2.55), 8: (0.16, 2.68), 13: (0.43, 2.41), 12: (0.39, 2.45)}  # with u rounded to 1.42
    for size, limits in published.items():
        assert tuple(chart.loc[size, ["low", "high"]]) == pytest.approx(limits, abs=0.01)


def test_the_t_chart_is_an_individuals_chart_of_transformed_times():
    chart = t_chart(np.array(VALVE))
    y = np.array(VALVE) ** 0.2777
    # The book charts time^0.2777: its first values are 4.80986, 6.70903, 5.72650, centre 5.386, no point outside.
    assert y[:3] == pytest.approx([4.80986, 6.70903, 5.72650], abs=1e-4)
    assert chart["centre"].iloc[0] ** 0.2777 == pytest.approx(5.386, abs=2e-3)  # 0.2777 is 1/3.6 rounded
    assert chart["low"].iloc[0] == 0
    assert not (chart["signal"] == "beyond_limit").any()


def test_the_g_chart_finds_the_two_long_gaps_among_infections():
    days = pd.to_datetime([f"1995-{day}" for day in INFECTIONS])
    gaps = np.diff(days.to_numpy()).astype("timedelta64[D]").astype(int)
    chart = g_chart(gaps)
    mean = gaps.mean()
    # Benneyan's limits are the geometric distribution's mean and three of its standard deviations
    sd = stats.geom(1 / (1 + mean), loc=-1).std()
    assert chart["high"].iloc[0] == pytest.approx(mean + 3 * sd)
    assert sorted(chart.loc[chart["signal"] == "beyond_limit", "value"]) == [13, 16]


def test_limits_begin_again_in_every_phase():
    values = np.array([5.0, 7, 5, 7, 25, 27, 25, 27])
    phase = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    chart = xmr_chart(values, phase)
    assert chart["centre"].tolist() == [6] * 4 + [26] * 4
    assert np.isnan(chart["moving_range"].iloc[4])  # the jump between phases is no moving range
    whole = xmr_chart(values).iloc[0]
    assert whole["high"] - whole["centre"] > 1.5 * (chart["high"] - chart["centre"]).max()  # the jump taken for noise


def test_eight_in_a_row_on_one_side_are_a_signal():
    values = np.array([10.0, 12, 10, 12, 10, 12] + [12.5, 12.4, 12.5, 12.4, 12.5, 12.4, 12.5, 12.4] + [2.0] * 2)
    signals = xmr_chart(values)["signal"].tolist()
    assert "long_run" in signals[12:14]


def test_a_municipality_with_rare_calls_is_charted_by_its_gaps():
    chart = control_chart(panel({"561": "1 0 0 2 0 1 0 0 0 1"}), "561")
    assert chart["chart"].unique().tolist() == ["g"]
    assert chart["value"].tolist() == [2, 1, 3]
    assert chart["month"].tolist() == ["2024-04", "2024-06", "2024-10"]


def test_months_not_observed_are_no_points():
    chart = control_chart(panel({"461": "5 . 6 * 7 8"}), "461", breaks=["2024-05"])
    assert chart["month"].tolist() == ["2024-01", "2024-03", "2024-05", "2024-06"]
    assert chart["phase"].tolist() == [0, 0, 1, 1]


def test_the_funnel_has_mid_p_poisson_limits_where_there_is_no_more_than_chance():
    rng = np.random.default_rng(3)
    size = np.repeat([5.0, 20.0, 80.0], 20)
    rates = pd.DataFrame(
        {"area": [f"{i}" for i in range(60)], "numerator": rng.poisson(2 * size), "denominator": size}
    )
    found = funnel(rates)
    assert found.tau2 == 0
    row = found.table.iloc[0]
    # the last count that is inside has at least 2.5 % at or beyond it, half of its own probability counted
    last = np.floor(row["high_95"] * 5)
    beyond = stats.poisson.sf(last, row["expected"])
    assert beyond + stats.poisson.pmf(last, row["expected"]) / 2 >= 0.025
    assert beyond - stats.poisson.pmf(last + 1, row["expected"]) / 2 < 0.025
    assert (found.table["state"] == "inside").mean() > 0.85  # 95 % expected; 60 areas: 3.6 standard errors below


def test_the_funnel_finds_the_spread_between_municipalities_whole():
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        size = np.full(200, 200.0)
        counts = rng.poisson(size * np.exp(rng.normal(0, 0.4, 200)))
        found.append(funnel(pd.DataFrame({"area": range(200), "numerator": counts, "denominator": size})))
    # winsorising takes away a third of a normal distribution's spread, and what is left is compared with that: the
    # mean of 20 has an error of 6 % / sqrt 20 for log-normal rates read as gamma ones, which are 10 % less spread
    assert np.mean([one.tau2 for one in found]) == pytest.approx(0.4**2, rel=0.15)
    outside = np.mean([(one.table["state"] != "inside").mean() for one in found])
    far = np.mean([one.table["state"].str.endswith("998").mean() for one in found])
    assert 0.04 <= outside <= 0.06  # one in 20, of 4,000 municipalities
    assert far <= 0.006


def test_municipalities_that_do_stand_apart_do_not_widen_the_funnel():
    rng = np.random.default_rng(6)
    counts = rng.poisson(np.where(np.arange(100) < 8, 400.0, 100.0))
    found = funnel(pd.DataFrame({"area": range(100), "numerator": counts, "denominator": 1.0}))
    assert found.table["state"].iloc[:8].eq("above_998").all()


def test_a_funnel_of_few_areas_is_refused():
    assert funnel(pd.DataFrame({"area": ["1"], "numerator": [3], "denominator": [4]})).reason == "too_few_areas"


def test_a_gap_between_rare_calls_counts_months_that_were_seen():
    chart = control_chart(panel({"461": "1 0 0 . . . 1 0 * 0 1"}), "461")
    assert chart["value"].tolist() == [2, 1, 1]  # a hidden month had calls; one without a number is no silence
    assert chart["month"].tolist() == ["2024-07", "2024-09", "2024-11"]
