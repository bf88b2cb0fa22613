from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kl_research.adoption import cut
from kl_research.adoption.measures import concentration, depth, maintenance, observation, reach, volume

from .drawn import activity, panel

UNITS = [("461", "A", "3 0 4 0"), ("461", "B", "1 1 1 1"), ("461", "C", "0 0 0 0"), ("561", "D", "0 2 0 0")]


@pytest.fixture
def two_municipalities():
    return panel({"461": "4 1 5 1", "561": "0 2 0 0"}), activity(UNITS)


def value(table, area, column="value"):
    return table.loc[area, column]


def test_calls_are_summed_over_observed_months_and_nothing_else():
    table = volume.calls(cut(panel({"461": "3 . 4 *", "561": "- - o o"}))).table()
    assert value(table, "461") == 3 + 4
    assert pd.isna(value(table, "561"))
    assert value(table, "561", "reason") == "not_started"


def test_the_monthly_mean_divides_by_months_observed_not_by_months_on_the_calendar():
    table = volume.calls_per_month(cut(panel({"461": "3 . 4 *"}))).table()
    assert table.loc["461", ["numerator", "denominator", "value"]].tolist() == [7, 2, 3.5]


def test_the_rate_per_1000_counts_person_years_of_observed_months_only():
    table = volume.calls_per_1000_aged_80(cut(panel({"461": "3 . 3 6"}, population_80plus=8000))).table()
    assert value(table, "461") == pytest.approx(1000 * 12 / (8000 * 3 / 12))
    assert value(table, "461", "caution") == "proxy"


def test_without_a_denominator_there_is_a_numerator_and_a_reason_but_no_share(two_municipalities):
    table = reach.units_active(cut(*two_municipalities)).table()
    assert value(table, "461", "numerator") == 2
    assert pd.isna(value(table, "461"))
    assert value(table, "461", "reason") == "no_denominator"


def test_any_and_regular_use_share_one_denominator(two_municipalities):
    table, use = two_municipalities
    one = cut(table.assign(units=4), use)
    assert value(reach.units_active(one).table(), "461") == 2 / 4
    assert value(reach.units_regular(one).table(), "461") == 1 / 4  # A made 7 calls, B made 4


def test_a_region_without_every_municipalitys_denominator_has_no_share(two_municipalities):
    table, use = two_municipalities
    table["units"] = [4] * 4 + [None] * 4
    both = reach.units_active(cut(table, use, level="region")).table()
    assert value(both, "1083", "reason") == "no_denominator"


def test_more_users_than_the_denominator_says_there_are_is_said_aloud(two_municipalities):
    table, use = two_municipalities
    shares = reach.units_active(cut(table.assign(units=1), use)).table()
    assert value(shares, "461", "caution") == "more_than_denominator"


def test_ever_used_and_used_lately_are_the_same_measure_over_different_months(two_municipalities):
    assert value(reach.units_still_using(cut(*two_municipalities, first="2024-04")).table(), "461") == 1 / 2


def test_calls_without_unit_names_give_no_number_of_units():
    one = cut(panel({"461": "3 4"}), activity([("461", "", "3 4")]))
    assert value(reach.units_still_using(one).table(), "461", "reason") == "no_unit_names"
    assert value(depth.calls_per_active_unit(one).table(), "461", "reason") == "no_unit_names"


def test_a_municipality_not_connected_is_in_no_denominator():
    table = reach.municipalities_active(
        cut(panel({"461": "3 0", "561": "0 0", "265": "- -", "101": "o o", "851": ". *"}), level="national")
    ).table()
    # 461 and, in its hidden month, 851 had a call; of 265 nothing could come
    assert table.loc["", ["numerator", "denominator"]].tolist() == [2, 4]


def test_a_municipality_of_which_nothing_is_known_gets_the_reason_not_a_zero():
    table = reach.municipalities_active(cut(panel({"851": ". .", "265": "- -"}))).table()
    assert table["reason"].to_dict() == {"851": "missing", "265": "not_connected"}


def test_concentration_and_what_is_left_without_the_largest(two_municipalities):
    one = cut(*two_municipalities)
    assert value(concentration.top_unit_share(one).table(), "461") == 7 / (7 + 4)
    assert value(concentration.top_two_units_share(one).table(), "461") == 1
    assert value(concentration.calls_left_without_top_unit(one).table(), "461") == 4 / 4  # four calls in four months


def test_gini_is_one_when_one_unit_makes_all_and_cautioned_when_units_are_few(two_municipalities):
    assert concentration.gini(np.array([0, 0, 5])) == 1
    table = concentration.gini_units(cut(*two_municipalities)).table()
    assert value(table, "461") == pytest.approx((7 - 4) / 11)  # n = 2: (2*2-2-1)*7 + (2*1-2-1)*4 over 1*11
    assert value(table, "461", "caution") == "small_sample"
    assert value(table, "561", "reason") == "too_few_units"


def test_four_active_months_of_six_are_maintenance_and_unknown_months_only_count_where_they_decide():
    drawn = {"461": "1 1 0 1 1 0", "561": "1 1 1 0 0 .", "851": "1 1 0 0 0 .", "265": "- 1 1 1 1 1"}
    table = maintenance.municipalities_maintaining(cut(panel(drawn))).table()
    assert table["value"].dropna().to_dict() == {"461": 1, "851": 0}  # 561 may or may not; 265 five months only
    assert value(table, "561", "reason") == "not_known_six_months"


def test_months_since_last_use_counts_from_the_end_of_the_period():
    table = maintenance.months_since_last_use(cut(panel({"461": "1 1 0 0", "561": "0 0 0 0"}))).table()
    assert value(table, "461") == 2
    assert value(table, "561", "reason") == "never_used"


def test_completed_is_divided_by_the_calls_of_months_in_which_both_are_known():
    table = panel({"461": "4 6 5"}).assign(completed=pd.array([2, None, 4], dtype="Int64"))
    assert value(depth.completed_share(cut(table)).table(), "461") == (2 + 4) / (4 + 5)


def test_hidden_months_are_a_share_of_connected_ones():
    table = observation.months_suppressed(cut(panel({"461": "- * 3 ."}))).table()
    assert value(table, "461") == 1 / 3


def test_an_administration_counted_later_starts_then_and_is_silent_only_afterwards():
    use = pd.concat(
        [
            activity([("101", "A", "2 2 2 2")], administration="health"),
            activity([("101", "B", "0 0 3 0")], administration="social"),
        ],
        ignore_index=True,
    )
    one = cut(panel({"101": "2 2 5 2"}), use, level="administration")
    means = volume.calls_per_month(one).table()
    assert means[["numerator", "denominator"]].values.tolist() == [[8, 4], [3, 2]]


def test_a_provider_of_two_municipalities_still_uses_where_one_is_not_observed():
    use = activity([("461", "A", "1 1"), ("561", "B", "1 .")]).assign(provider="P")
    table = reach.providers_still_using(
        cut(panel({"461": "1 1", "561": "1 ."}), use, level="national", first="2024-02")
    ).table()
    assert table[["numerator", "denominator", "value"]].values.tolist() == [[1, 1, 1]]


class Published:
    """Totals of known months, as the public data have them."""

    def total(self, one, _):
        return np.array([one.panel["calls"][one.panel["municipality"] == i].sum() for i in range(len(one.areas))])


def test_a_municipality_whose_months_are_all_hidden_counts_alike_by_published_totals():
    whole = cut(panel({"461": "4 1", "561": "* *"}), level="national")
    exact = reach.municipalities_active(whole).table()
    published = reach.municipalities_active(replace(whole, counter=Published())).table()
    assert exact["numerator"].tolist() == published["numerator"].tolist() == [2]
