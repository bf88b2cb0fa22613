"""An attack on the suppression: linear programmes over everything published try to recover what is hidden."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from kl_research.adoption import measure_table
from kl_research.findings.suppression.chain import chain_proofs, chain_range
from kl_research.findings.suppression.effects import public_effects
from kl_research.findings.suppression.measures import public_measures
from kl_research.findings.suppression.protect import Cell, programme_proofs, ranges, suppress
from kl_research.findings.suppression.release import release, spans_of
from kl_research.findings.suppression.series import at_level, audit, public_panel, series, shown
from kl_research.findings.suppression.series import told as told_totals
from kl_research.findings.suppression.totals import _fitted, told
from kl_research.findings.words.reader import Reader
from kl_research.findings.words.wording import sentence
from kl_research.terms import months
from tests.findings.drawn import effect, means, panel
from tests.findings.drawn import series as effect_series

THRESHOLD = 5
WIDTH = THRESHOLD - 2  # everybody knows a small count to lie in 1 .. 4, a range 3 wide


def published(drawn: pd.DataFrame, code: str) -> list[Cell]:
    """Everything told of one municipality, read from the published tables only: panel, levels of time, measures."""
    who = Reader("da", "public", THRESHOLD)
    all_months = [f"{m:%Y-%m}" for m in sorted(drawn["month"].unique())]
    place = {month: k for k, month in enumerate(all_months)}
    cells: dict[tuple[int, ...], int] = {}

    def tell(first: str, last: str, value: int) -> None:
        cells[tuple(range(place[first], place[last] + 1))] = value

    safe = public_panel(drawn, THRESHOLD)
    for row in series(safe, code).itertuples():
        if not pd.isna(row.value):
            tell(row.month, row.month, int(row.value))
    seen = shown(drawn, code, threshold=THRESHOLD)
    for row in seen.table.itertuples():
        if not pd.isna(row.value):
            tell(row.first, row.last, int(row.value))
    measures = public_measures(
        measure_table(drawn, levels=["municipality"], only=["calls", "calls_per_month"]), drawn, who
    )
    for row in measures[(measures["area"] == code) & measures["numerator"].notna()].itertuples():
        tell(*row.period.split("/"), int(row.numerator))
    return [Cell(members, value, False) for members, value in cells.items()]


def recovered(drawn: pd.DataFrame, code: str, more: list[Cell] = ()) -> list[tuple[int, float, float]]:
    """The small months, small quarters and half-years that the attack narrows to less than the protection range.

    The attacker knows that a month not told had a call, since every zero is told.
    """
    values = series(drawn, code)["value"].astype(int).tolist()
    cells = [*published(drawn, code), *more]
    told = {cell.members for cell in cells}
    untold = [Cell((k,), value, True) for k, value in enumerate(values) if (k,) not in told]
    levels = [at_level(series(drawn, code), level) for level in ("month", "quarter", "half", "year")]
    start = months.number(levels[0]["first"].iloc[0])
    targets = []
    for level in levels:
        for row in level.itertuples():
            if 0 < row.value < THRESHOLD:
                members = tuple(range(months.number(row.first) - start, months.number(row.last) - start + 1))
                targets.append(Cell(members, int(row.value), True))
    hidden = [False] * len(cells) + [True] * (len(untold) + len(targets))
    asked = range(len(cells) + len(untold), len(hidden))
    found = ranges([*cells, *untold, *targets], len(values), hidden, asked)
    return [
        (target.value, low, high)
        for target, (low, high) in zip(targets, found, strict=True)
        if high - low < WIDTH - 1e-6
    ]


def told_cells(table: pd.DataFrame, drawn: pd.DataFrame) -> list[Cell]:
    """What a release tells of the calls, as cells over the months of a panel."""
    start = months.number(f"{drawn['month'].min():%Y-%m}")
    spans = table.loc[table["measure"] == "calls", ["first", "last", "value"]].itertuples(index=False, name=None)
    return [
        Cell(tuple(range(months.number(first) - start, months.number(last) - start + 1)), int(value), False)
        for first, last, value in spans
    ]


def draw(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.choice([13, 24, 26]))
    mean = float(rng.choice([1, 2, 3, 5, 8]))
    counts = rng.negative_binomial(3, 3 / (3 + mean), n)
    return panel({"461": [int(c) for c in counts]}, first=f"2023-{int(rng.integers(1, 13)):02d}")


@pytest.mark.parametrize("seed", range(40))
def test_no_small_count_is_recovered_from_everything_published(seed: int):
    # 40 here; `benchmarks/disclosure.py` runs the thousand
    assert recovered(draw(seed), "461") == []


def test_seven_calls_in_seven_months_are_not_told():
    """Each month not told had a call, so their number alone would give every one away."""
    drawn = panel({"461": [0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0] * 2}, first="2023-01")
    assert recovered(drawn, "461") == []
    assert shown(drawn, "461", threshold=THRESHOLD).level != "year"


def test_the_attack_does_recover_a_month_hidden_alone():
    """The attack is worth something: with primary suppression only, the quarter gives the month away."""
    cells = [Cell((0,), 3, True), Cell((1,), 9, False), Cell((2,), 8, False), Cell((0, 1, 2), 20, False)]
    assert ranges(cells, 3, [True, False, False, False], [0]) == [(3.0, 3.0)]


@pytest.mark.parametrize("seed", range(10))
def test_shortest_paths_and_linear_programmes_find_the_same_ranges(seed: int):
    rng = np.random.default_rng(seed)
    values = rng.poisson(4, 9)
    spans = [(a, b) for a in range(9) for b in range(a, 9) if (b - a + 1) in (1, 3, 6, 9)]
    cells = [Cell(tuple(range(a, b + 1)), int(values[a : b + 1].sum()), False) for a, b in spans]
    hidden = (rng.random(len(cells)) < 0.5) & np.array([cell.value > 0 for cell in cells])  # zeros are always told
    lp = ranges(cells, 9, hidden, range(len(cells)))
    paths = chain_range(cells, 9, hidden, spans)
    for (low, high), (least, most) in zip(lp, paths, strict=True):
        assert low == pytest.approx(least, abs=1e-6)
        # a programme is bounded at 100 + 10 times the largest count; a path is not
        assert min(high, 200) == pytest.approx(min(most, 200), abs=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_the_share_hidden_is_within_half_again_of_the_least_possible(seed: int):
    """Nine months and their quarters: every choice is tried, so the least number of cells is known."""
    rng = np.random.default_rng(100 + seed)
    values = [int(v) for v in rng.poisson(6, 9)]
    all_months = months.span("2024-01", "2024-09")
    decided = release(all_months, values, THRESHOLD)
    if not decided.hidden:
        return
    cells = list(decided.cells)
    small = [cell.small for cell in cells]
    free = [i for i, cell in enumerate(cells) if not cell.small and not cell.fixed]
    watched = [i for i, cell in enumerate(cells) if cell.small]
    least = None
    for size in range(len(free) + 1):
        for extra in combinations(free, size):
            hide = np.array(small)
            hide[list(extra)] = True
            if not chain_proofs(cells, 9, WIDTH, hide, watched):
                least = sum(small) + size
                break
        if least is not None:
            break
    assert least is not None
    assert sum(decided.flags) <= 1.5 * least


def test_zeros_are_shown_and_small_counts_are_not():
    safe = public_panel(panel({"461": [0, 3, 9, 12, 0, 4, 7, 8, 9, 10, 11, 12]}), THRESHOLD)
    values = series(safe, "461")["value"]
    assert values[0] == 0
    assert values[4] == 0
    assert values.isna()[[1, 5]].all()


def test_a_municipality_with_three_calls_a_month_still_sees_itself():
    seen = shown(panel({"561": [3, 2, 4, 3, 3, 2, 4, 3, 1, 3, 4, 2] * 2}), "561", threshold=THRESHOLD)
    assert seen.level in ("quarter", "half", "year")
    assert seen.table["value"].notna().all()


def test_what_stands_in_a_row_with_hidden_calls_is_hidden_too():
    drawn = panel({"461": [3, 9, 9, 9, 9, 9]})
    drawn["active_units"] = pd.array([1, 6, 6, 6, 6, 6], dtype="Int64")
    assert public_panel(drawn, THRESHOLD).loc[0, "active_units"] is pd.NA


def test_a_total_over_municipalities_is_made_from_what_is_told():
    """Alone in hiding, a municipality is not uncovered by the country's total."""
    drawn = panel({"461": [20, 20, 20], "561": [3, 9, 9]})
    sums = told(drawn, THRESHOLD)
    other = panel({"461": [20, 20, 20], "561": [2, 10, 9]})  # the same published numbers, another hidden count
    safe, same = public_panel(drawn, THRESHOLD), public_panel(other, THRESHOLD)
    if safe.equals(same):
        pd.testing.assert_frame_equal(sums, told(other, THRESHOLD))


def test_an_effect_that_would_uncover_a_month_loses_its_numbers_and_keeps_its_verdict():
    # after: 3 + 9 + 9; the year without its last month is told by the window before
    drawn = panel({"461": [9] * 9 + [3, 9, 9]})
    observed = [9.0] * 9 + [3.0, 9.0, 9.0]
    one = effect(
        verdict="decrease",
        estimate=0.7,
        conf_low=0.5,
        conf_high=0.9,
        n_pre=9,
        n_post=1,
        series=effect_series(observed, 3, 9.0),
        details=means(9, 3, 9, primary_choice={"pre": months.span("2023-01", "2023-09"), "post": ["2023-10"]}),
    )
    safe = public_effects([one], series(drawn, "461"), shown(drawn, "461", threshold=THRESHOLD), THRESHOLD)[0]
    assert safe.estimate is None
    assert safe.series.empty
    assert safe.verdict == "decrease"
    assert "mean_after" not in safe.details


def test_what_cannot_be_hidden_but_gives_a_count_away_is_an_error():
    cells = [Cell((0,), 3, True), Cell((1,), 0, False, fixed=True), Cell((0, 1), 3, False, fixed=True)]
    with pytest.raises(ValueError, match="cannot be hidden"):
        suppress(cells, 2, WIDTH, programme_proofs)


def test_a_period_of_ones_own_choice_is_not_told_where_it_could_be_subtracted_from_what_is():
    counts = [9, 3, 8, *[9] * 21]
    drawn = panel({"461": list(counts), "851": [9] * 24}, first="2023-01")
    periods = [("2023-01", "2023-06"), ("2023-03", "2023-06")]
    found = measure_table(drawn, levels=["municipality"], only=["calls"], periods=periods)
    told = public_measures(found, drawn, Reader(profile="public")).set_index(["area", "period"])["value"]
    assert told["461", "2023-01/2023-06"] == sum(counts[:6])
    assert pd.isna(told["461", "2023-03/2023-06"])  # less the told quarter it would be what January to March hide
    assert told["851", "2023-03/2023-06"] == 36


@pytest.mark.parametrize("seed", range(12))
def test_two_releases_together_give_no_small_count_away(seed: int):
    """The earlier release tells totals that end elsewhere; their differences to the new ones must tell nothing."""
    drawn = draw(200 + seed)
    earlier = drawn[drawn["month"] <= sorted(drawn["month"].unique())[-4]]
    before = told_totals(earlier, THRESHOLD)
    drawn.attrs["told_before"] = json.dumps(before.values.tolist())
    more = told_cells(before, drawn)
    assert recovered(drawn, "461", more) == []
    # everything else that the release tells, windows and all periods, beside it
    assert recovered(drawn, "461", [*more, *told_cells(told_totals(drawn, THRESHOLD), drawn)]) == []


def test_a_later_month_of_zero_does_not_make_a_small_total_of_what_was_told():
    """April and May of 1 and 3 lay beside told totals; with a June of 0 they are a quarter of 4 (panel 1285)."""
    drawn = panel({"461": [0, 2, 2, 0, 0, 5, 0, 5, 1, 3, 0, 2, 1]}, first="2023-08")
    before = told_totals(drawn[drawn["month"] <= "2024-05-01"], THRESHOLD)
    drawn.attrs["told_before"] = json.dumps(before.values.tolist())
    assert recovered(drawn, "461", told_cells(before, drawn)) == []


def test_a_total_that_is_not_published_yet_is_listed_as_later():
    """The last two months, 4 together, are no total of this release; the last, 3, is small and published."""
    decided = release(months.span("2023-08", "2024-05"), [9, 9, 9, 9, 9, 9, 9, 9, 1, 3], THRESHOLD)
    assert decided.hidden["2024-04", "2024-05"] == "later"
    assert ("2024-04", "2024-05") not in spans_of(decided.months)
    assert decided.hidden["2024-05", "2024-05"] == "small"


def test_what_an_earlier_release_gave_away_is_in_the_audit():
    drawn = panel({"461": [9, 3, 9, 9, 9, 9]})
    drawn.attrs["told_before"] = json.dumps([["461", "calls", "2023-02", "2023-02", 3]])
    found = audit(drawn, THRESHOLD)
    assert found["reason"].tolist() == ["told_before"]
    assert public_panel(drawn, THRESHOLD)["calls"].isna().sum() == 1


def test_a_total_that_was_revised_since_binds_nothing():
    drawn = panel({"461": [9, 3, 9, 9, 9, 9]})
    plain = public_panel(drawn, THRESHOLD)["calls"]
    drawn.attrs["told_before"] = json.dumps([["461", "calls", "2023-02", "2023-02", 2]])
    assert public_panel(drawn, THRESHOLD)["calls"].equals(plain)


def test_an_effect_with_a_hidden_month_in_its_window_tells_the_two_means_only():
    counts = [9] * 9 + [3, 8, 9] + [12] * 12
    drawn = panel({"461": counts})
    one = effect(
        verdict="increase",
        estimate=1.5,
        conf_low=1.1,
        conf_high=1.9,
        p_value=0.012,
        detectable=1.3,
        series=effect_series([float(c) for c in counts], 12, 8.0),
        details=means(
            8.4,
            12,
            8,
            dispersion=1.23,
            primary_choice={"pre": months.span("2023-01", "2023-12"), "post": months.span("2024-01", "2024-12")},
        ),
    )
    safe = public_effects([one], series(drawn, "461"), shown(drawn, "461", threshold=THRESHOLD), THRESHOLD)[0]
    assert (safe.estimate, safe.conf_low, safe.p_value, safe.detectable) == (None, None, None, None)
    assert (safe.details["mean_before"], safe.details["mean_after"]) == (8.4, 12.0)
    assert not {"dispersion", "expected_after"} & set(safe.details)
    assert set(safe.series) == {"month", "observed", "period"}
    assert "ca. 8 opkald om måneden før og ca. 12 efter" in sentence(safe)


@pytest.mark.parametrize("seed", range(6))
def test_totals_over_municipalities_are_made_from_told_numbers_alone(seed: int):
    """Whatever stands in the hidden cells, the total is the same."""
    monthly = series(draw(300 + seed), "461")
    decided = release(monthly["month"].tolist(), monthly["value"].astype(int).tolist(), THRESHOLD)
    rng = np.random.default_rng(seed)
    other = [
        replace(c, value=int(rng.integers(1, 99))) if f else c
        for c, f in zip(decided.cells, decided.flags, strict=True)
    ]
    if decided.hidden:
        assert _fitted(decided).tolist() == _fitted(replace(decided, cells=tuple(other))).tolist()
