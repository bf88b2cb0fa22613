import inspect

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kl_research.adoption import measure_table, measures, parse_period, summary
from kl_research.terms.errors import InputError

from .drawn import activity, panel, panel_of


def test_every_measure_states_definition_formula_unit_and_source():
    for measure in measures():
        assert all([measure.definition, measure.formula, measure.unit, measure.source, measure.kind]), measure.id
        assert list(inspect.signature(measure.function).parameters) == ["cut"]


def test_measures_have_one_id_each():
    ids = [measure.id for measure in measures()]
    assert len(ids) == len(set(ids))


def test_a_period_the_data_do_not_reach_has_a_reason_and_no_numbers():
    table = measure_table(panel({"461": "2 " * 18}), levels=["municipality"], only=["calls"])
    year_before = table[table["period"] == "2023-07/2024-06"].iloc[0]
    assert year_before["reason"] == "period_not_covered"
    assert pd.isna(year_before["value"])


def test_a_value_is_absent_exactly_where_a_reason_is_given():
    drawn = {"461": "3 0 . 4 - *", "265": "- - - - - -", "851": "o o o o o o", "561": ". . * * . ."}
    table = measure_table(panel(drawn), activity([("461", "A", "3 0 0 4 0 0")]))
    assert (table["value"].isna() == (table["reason"] != "")).all()


def test_an_unknown_measure_is_refused_with_the_list_of_those_there_are():
    with pytest.raises(InputError, match="calls_per_month"):
        measure_table(panel({"461": "1"}), only=["colls"])


@pytest.mark.parametrize("text", ["2024H3", "2024-13", "2025-02/2024-03", "last year", "2024Q5"])
def test_a_period_that_is_none_is_refused(text):
    with pytest.raises(InputError):
        parse_period(text)


CODES = ["101", "147", "265", "330", "461", "851"]  # three regions that exist today, two of which merge in 2027
cells = st.sampled_from(["0", "1", "2", "7", ".", "-", "*", "o"])


@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    drawn=st.fixed_dictionaries({code: st.lists(cells, min_size=8, max_size=8).map(" ".join) for code in CODES}),
    denominators=st.lists(st.integers(1, 50), min_size=6, max_size=6),
    end=st.sampled_from(["2026-12", "2027-01", "2027-04"]),
)
def test_numerators_and_denominators_of_municipalities_add_up_to_region_and_nation(drawn, denominators, end):
    # 2026-09 to 2027-04: across the creation of Region Østdanmark
    table = panel(drawn, start="2026-09")
    table["units"] = table["municipality"].map(dict(zip(CODES, denominators, strict=True)))
    table["population_80plus"] = 100 * table["units"]
    use = activity([(code, f"{unit}", line) for code, line in drawn.items() for unit in "AB"], start="2026-09")
    table["calls"] = table["calls"] * 2  # two equal units a municipality
    additive = [measure.id for measure in measures() if measure.additive]
    assert {"calls", "units_active", "municipalities_maintaining", "calls_per_1000_aged_80"} <= set(additive)
    found = measure_table(table, use, month_end=end, periods=[("2026-11", end)], only=additive)
    for key, rows in found.groupby(["measure", "period"]):
        by_level = dict(list(rows.groupby("level")))
        for column in ("numerator", "denominator"):
            nation = by_level["national"][column].iloc[0]
            for level in ("municipality", "region"):
                # whole numbers, except person-years: sums of twelfths
                assert by_level[level][column].sum(min_count=1) == pytest.approx(nation, rel=1e-12, nan_ok=True), key
    regions = set(found.loc[found["level"] == "region", "area"])
    assert ("1086" in regions) == (end >= "2027-01")
    assert not (regions & {"1084", "1085"} and end >= "2027-01")


def test_summary_puts_the_last_year_beside_the_one_before():
    use = activity(
        [("330", "North", "5 " * 24), ("330", "South", "1 " * 12 + "0 " * 12), ("330", "West", "0 " * 20 + "1 " * 4)],
        "2023-03",
    )
    short = summary(panel_of(use, "2023-03", 24), use, "330")
    assert (short.last.first, short.last.last, short.last.calls, short.before.calls) == ("2024-03", "2025-02", 64, 72)
    assert short.state == "active"


def test_a_municipality_not_connected_has_a_state_and_no_numbers():
    short = summary(panel({"265": "- " * 24}), activity([]), "265")
    assert (short.state, short.last.calls) == ("not_connected", None)


def test_a_year_with_missing_months_is_compared_by_month_and_says_how_many():
    short = summary(panel({"461": "2 " * 12 + "3 " * 6 + ". " * 6}), None, "461")
    assert (short.last.months_observed, short.last.calls_per_month) == (6, 3)


@settings(max_examples=10, deadline=None)
@given(lines=st.lists(st.lists(st.sampled_from("0123"), min_size=6, max_size=6), min_size=4, max_size=4))
def test_administrations_add_up_to_their_municipality(lines):
    parts = [("461", "A", "health"), ("461", "B", "health"), ("461", "A", "social"), ("561", "A", "health")]
    frames = [
        activity([(code, unit, " ".join(line))], administration=name)
        for (code, unit, name), line in zip(parts, lines, strict=True)
    ]
    use = pd.concat(frames, ignore_index=True)
    if use.empty:
        return
    table = panel_of(use, "2024-01", 6)
    found = measure_table(
        table,
        use,
        levels=["municipality", "administration"],
        only=["calls", "units_still_using", "units_new", "calls_of_new_units", "top_unit_share"],
        periods=[("2024-01", "2024-06"), ("2024-04", "2024-06")],
    )
    summed = found[found["measure"] != "top_unit_share"].groupby(["level", "measure", "area", "period"])["numerator"]
    whole = summed.sum(min_count=1).unstack("level")
    assert (whole["municipality"].fillna(0) == whole["administration"].fillna(0)).all()
