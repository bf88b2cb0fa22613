import pytest

from kl_research.adoption import table
from kl_research.terms.errors import InputError

from .drawn import activity, panel


def test_a_half_year_stands_beside_the_same_half_year_before():
    calls = panel({"461": "1 " * 6 + "2 " * 6 + "3 " * 6 + "6 " * 6})
    found = table(calls, measure="calls", by="municipality", period=["2025H1", "2025H2"])
    assert found[["period", "value", "year_before", "change"]].values.tolist() == [
        ["2025-01/2025-06", 18, 6, 3],
        ["2025-07/2025-12", 36, 12, 3],
    ]


def test_the_change_of_a_share_is_a_difference_and_keeps_both_denominators():
    calls = panel({"461": "1 " * 12 + "1 " * 12, "561": "0 " * 12 + "1 " * 12})
    found = table(calls, measure="municipalities_active", by="national", period="2025").iloc[0]
    assert (found["value"], found["year_before"], found["change"]) == (1, 0.5, 0.5)
    assert (found["denominator"], found["year_before_denominator"]) == (2, 2)


def test_a_year_before_the_data_is_absent_and_so_is_the_change():
    found = table(panel({"461": "1 " * 12}), measure="calls", by="municipality", period="2024H2").iloc[0]
    assert found["value"] == 6
    assert found[["year_before", "change"]].isna().all()


def test_a_cut_by_unit_type_names_the_part():
    use = activity([("461", "A", "1 1"), ("461", "B", "2 2")])
    use["unit_type"] = use["unit"].map({"A": "care centre", "B": "home nursing"})
    found = table(panel({"461": "3 3"}), use, measure="calls", by="unit_type", period="2024-01/2024-02")
    assert found[["area", "part", "value"]].values.tolist() == [["461", "care centre", 2], ["461", "home nursing", 4]]


@pytest.mark.parametrize(("measure", "by", "period"), [("calls", "city", "2024"), ("calls", "region", "then")])
def test_a_cut_nobody_understands_is_refused(measure, by, period):
    with pytest.raises(InputError):
        table(panel({"461": "1 " * 12}), measure=measure, by=by, period=period)


def test_sums_over_unequal_numbers_of_months_have_no_change_and_means_have():
    calls = panel({"461": "6 " * 6 + "* * * * 6 6 " + "6 " * 12})
    found = table(calls, measure=["calls", "calls_per_month"], by="municipality", period="2025H2")
    summed, mean = (found[found["measure"] == name].iloc[0] for name in ("calls", "calls_per_month"))
    assert (summed["value"], summed["year_before"], summed["caution"]) == (36, 12, "unequal_months")
    assert summed[["change"]].isna().all()
    assert mean["change"] == 1
