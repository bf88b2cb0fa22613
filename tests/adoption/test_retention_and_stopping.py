import pandas as pd
import pytest

from kl_research.adoption import cut
from kl_research.adoption.hours import hours, office_hours_share
from kl_research.adoption.measures.reach import units_still_using
from kl_research.adoption.measures.retention import retention, units_stickiness
from kl_research.adoption.measures.stopping import (
    calls_of_new_units,
    units_lost,
    units_new,
    units_stopped,
    units_tried_and_stopped,
    user_states,
)

from .drawn import activity, panel, panel_of

UNITS = [
    ("461", "old", "1 1 1 1 1 1 1 1 1"),
    ("461", "quit", "0 3 3 0 0 0 0 0 0"),
    ("461", "tried", "0 1 0 0 0 0 0 0 0"),
    ("461", "late", "0 0 0 0 0 0 0 2 0"),
]


@pytest.fixture
def one():
    use = activity(UNITS)
    return cut(panel_of(use, "2024-01", 9), use)


def test_retention_follows_a_cohort_from_its_first_month_and_leaves_out_who_may_have_begun_earlier(one):
    table = retention(one, cohort="half_year").set_index(["cohort", "age"])
    assert table.loc[("2024H1", 0)].tolist()[1:] == [2, 2, 1.0]  # quit and tried; "old" was there from the start
    assert table.loc[("2024H1", 1)].tolist()[1:] == [1, 2, 0.5]
    assert table.loc[("2024H1", 7)].tolist()[1:] == [0, 2, 0.0]
    assert table.loc[("2024H2", 0), "denominator"] == 1


def test_retention_counts_only_those_observed_in_the_month():
    use = activity([("461", "A", "0 2 0 2"), ("561", "B", "0 1 0 1")])
    table = retention(cut(panel({"461": "0 2 . 2", "561": "0 1 0 1"}), use, level="national"), cohort="year")
    assert table["denominator"].tolist() == [2, 1, 2]


def test_retention_agrees_with_the_same_table_made_by_a_pivot(one):
    # the usual cohort table: first month per unit, months since, distinct units
    use = activity(UNITS).assign(n=lambda t: t["month"].dt.month)
    use["first"] = use.groupby("unit")["n"].transform("min")
    use = use[use["first"] > 1]
    pivot = use.assign(age=use["n"] - use["first"]).groupby(["first", "age"])["unit"].nunique()
    ours = retention(one, cohort="month").assign(first=lambda t: t["cohort"].str[5:].astype(int))
    found = ours[ours["numerator"] > 0].set_index(["first", "age"])["numerator"]
    assert found.to_dict() == pivot.to_dict()


def test_a_unit_has_stopped_after_six_observed_months_without_a_call(one):
    assert units_stopped(one).table()["value"].iloc[0] == 2 / 4
    assert units_tried_and_stopped(one).table()["value"].iloc[0] == 1 / 4
    states = user_states(one).set_index("name")["state"].to_dict()
    assert states == {"old": "active", "quit": "stopped", "late": "active", "tried": "tried_and_stopped"}


def test_a_unit_in_a_municipality_not_observed_is_unknown_and_not_stopped():
    use = activity([("461", "A", "5 5 0 0 0 0 0 0")])
    one = cut(panel({"461": "5 5 0 0 . 0 0 0"}), use)
    assert user_states(one)["state"].tolist() == ["unknown"]
    assert units_stopped(one).table()["reason"].tolist() == ["not_known_six_months"]


def test_new_units_are_told_apart_from_more_use(one):
    last = one.between(one.last - 2, one.last)
    assert units_new(last).table()["value"].iloc[0] == 1 / 2  # late, of late and old
    assert calls_of_new_units(last).table()["value"].iloc[0] == 2 / 5
    assert units_lost(one.between(one.first + 3, one.first + 5)).table()["value"].iloc[0] == 2 / 3


def test_units_of_a_municipality_that_fell_silent_in_the_export_are_not_called_lost():
    use = activity([("461", "A", "1 1 0 0"), ("561", "B", "1 1 1 1")])
    whole = cut(panel({"461": "1 1 . .", "561": "1 1 1 1"}), use, level="national", first="2024-03")
    assert units_lost(whole).table()[["numerator", "denominator"]].values.tolist() == [[0, 1]]
    assert units_still_using(whole).table()[["numerator", "denominator"]].values.tolist() == [[1, 1]]


def test_stickiness_is_the_share_of_months_a_user_was_active_in(one):
    table = units_stickiness(one.between(one.first + 1, one.first + 2)).table()
    assert table[["numerator", "denominator"]].values.tolist() == [[2 + 2 + 1, 3 * 2]]


def test_weekdays_and_hours_have_a_row_each_also_where_nobody_called():
    timing = pd.DataFrame({"municipality": "461", "weekday": [1, 1, 7], "hour": [9, 15, 3], "calls": [2, 1, 1]})
    assert hours(timing)["numerator"].tolist() == [3, 0, 0, 0, 0, 0, 1]
    assert len(hours(timing, by="hour")) == 24
    assert office_hours_share(timing).loc["461", "value"] == 3 / 4
    assert hours(timing.iloc[:0]).empty
