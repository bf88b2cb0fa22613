"""Units and provider numbers are told in groups: an attack by subtraction, with an exact solver."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from kl_research.adoption import Spread
from kl_research.findings.pages.cohorts import show_spread
from kl_research.findings.suppression.effects import for_reader
from kl_research.findings.suppression.groups import group
from kl_research.findings.suppression.measure_words import shown_members
from kl_research.findings.suppression.measures import HIDDEN, public_measures
from kl_research.findings.suppression.series import public_panel, shown
from kl_research.findings.words.reader import Reader
from tests.findings.drawn import effect, means, panel, series

PUBLIC = Reader("da", "public", 5)
WINDOWS = ("2023-01/2024-12", "2024-01/2024-12", "2024-07/2024-12", "2024-10/2024-12")  # ever, 12, 6 and 3 months
REGIONS = {"1083": ("461", "561", "430", "420"), "1082": ("751", "740", "615")}
CODES = [code for codes in REGIONS.values() for code in codes]
WIDTH = 3  # a count from 1 to 4, known to everybody, keeps that range
PANELS = 4


TOTALS = [("region", region, [CODES.index(code) for code in codes]) for region, codes in REGIONS.items()]
TOTALS.append(("national", "", list(range(len(CODES)))))


def told(counts: np.ndarray, wholes: np.ndarray | None = None) -> pd.DataFrame:
    """`public_measures` of active units: municipalities down, windows across; then the totals."""
    sums = [("municipality", code, counts[i]) for i, code in enumerate(CODES)]
    sums += [(level, area, counts[places].sum(axis=0)) for level, area, places in TOTALS]
    rows = [(level, area, window, n) for level, area, row in sums for window, n in zip(WINDOWS, row, strict=True)]
    frame = pd.DataFrame(rows, columns=["level", "area", "period", "numerator"])
    frame = frame.assign(measure="units_active", denominator=np.nan, value=np.nan, unit="share", reason="")
    drawn = panel({code: [20] * 24 for code in CODES})
    if wholes is not None:
        known = dict(zip(CODES, wholes, strict=True))
        known |= {area: wholes[places].sum() for _, area, places in TOTALS}
        frame["denominator"] = frame["area"].map(known).astype("float64")
        frame["value"] = frame["numerator"] / frame["denominator"]
        drawn["units"] = drawn["municipality"].map(known)
    return public_measures(frame, drawn, PUBLIC)


def knowledge(
    shown: pd.DataFrame, counts: np.ndarray, wholes: np.ndarray
) -> tuple[list[tuple[float, float]], list[list[float]], list[float]]:
    """What everybody knows: bounds of every count, and a x <= b: windows lie in each other, sums in their group."""
    size = counts.size
    bounds = []
    for i, (numerator, reason) in enumerate(shown[["numerator", "reason"]].iloc[:size].itertuples(index=False)):
        true = counts.flat[i]
        hidden = (1, 4) if 0 < true < 5 else (5, 1000)  # more than an attacker knows: why each is hidden
        whole = wholes[i // len(WINDOWS)]
        if reason == HIDDEN:
            bounds.append((hidden[0], min(hidden[1], whole)))
        elif true == whole:  # all of them: the share of 100 % is told
            bounds.append((true, true))
        else:  # a small rest is hidden, so a told count leaves five
            low, high = group(numerator, 5) if numerator else (0, 0)
            bounds.append((low, min(high, whole - 5)))
    a, b = [], []
    for i in range(size - 1):
        if (i + 1) % len(WINDOWS):
            a.append([float(j == i + 1) - float(j == i) for j in range(size)])
            b.append(0.0)
    over = shown[["numerator", "reason"]].iloc[size:].to_numpy().reshape(len(TOTALS), len(WINDOWS), 2)
    for (_, _, places), row in zip(TOTALS, over, strict=True):
        for w, (numerator, reason) in enumerate(row):
            if reason != HIDDEN:
                low, high = group(numerator, 5) if numerator else (0, 0)
                one = [float(j % len(WINDOWS) == w and j // len(WINDOWS) in places) for j in range(size)]
                a += [one, [-x for x in one]]
                b += [high, -low]
    return bounds, a, b


@pytest.mark.parametrize("known", [False, True])
def test_no_small_count_and_no_small_difference_of_windows_follows_from_what_is_told(known):
    rng = np.random.default_rng(8)
    narrow = tried = 0
    for _ in range(PANELS):
        ever = rng.integers(0, 14, len(CODES))
        later = [ever]
        for _ in WINDOWS[1:]:
            later.append(rng.binomial(later[-1], 0.8))
        counts = np.column_stack(later)
        # Fewer than 8 in all narrow a difference before anything is told.
        wholes = np.maximum(ever + rng.integers(0, 12, len(CODES)), 8) if known else None
        shown = told(counts, wholes)
        bounds, a, b = knowledge(shown, counts, np.full(len(CODES), 1000) if wholes is None else wholes)
        if known:  # municipalities alone: `members` does not yet know what a number of all adds to a total
            nested = counts.size - len(CODES)
            a, b = a[:nested], b[:nested]
        flat = counts.ravel()
        targets = [{i: 1.0} for i in range(counts.size) if 0 < flat[i] < 5]
        targets += [
            {i: 1.0, i + 1: -1.0}
            for i in range(counts.size - 1)
            if (i + 1) % len(WINDOWS) and 0 < flat[i] - flat[i + 1] < 5 <= flat[i + 1]
        ]
        for target in targets:
            c = np.zeros(counts.size)
            c[list(target)] = list(target.values())
            low, high = (linprog(sign * c, A_ub=a, b_ub=b, bounds=bounds, method="highs").fun for sign in (1, -1))
            tried += 1
            narrow += -high - low < WIDTH - 1e-6
    assert tried > 10 * PANELS
    assert narrow == 0


def test_where_a_known_number_of_all_cuts_a_group_short_nothing_is_told_on_any_page():
    counts = np.zeros((len(CODES), len(WINDOWS)), dtype=int)
    counts[:3] = [[7, 5, 5, 5], [9, 8, 8, 8], [12, 12, 12, 12]]
    wholes = np.array([12, 14, 12, *[50] * (len(CODES) - 3)])
    shown = told(counts, wholes)
    own = [shown[shown["area"] == code] for code in CODES[:3]]
    assert (own[0]["reason"] == HIDDEN).all()  # 5-9 of 12 would be 5-7: at most two stopped
    assert own[1]["numerator"].tolist() == [7] * 4
    assert (own[1]["value"] == 7 / 14).all()
    assert (own[2]["value"] == 1).all()
    drawn = panel({"461": [20] * 3})
    drawn["active_units"] = pd.array([6, 9, 9], dtype="Int64")
    drawn["units"] = 11.0
    assert public_panel(drawn, 5)["active_units"].isna().all()


def test_a_total_that_gives_a_small_count_away_or_lacks_its_municipalities_is_not_told():
    counts = np.zeros((len(CODES), len(WINDOWS)), dtype=int)
    counts[:3] = [[9], [9], [2]]  # 20 in all: the third has 2 or more, when the others have 9 at most
    shown = told(counts)
    assert (shown.loc[shown["area"] == "1083", "reason"] == HIDDEN).all()
    counts[:] = 7
    shown = told(counts)
    # 49, by the middle of 45-49; in a shorter window the same group would say that no more than 4 stopped in all
    assert shown.loc[shown["level"] == "national", "numerator"].dropna().tolist() == [47]
    frame = shown.query("level == 'national'").assign(numerator=300.0)
    assert public_measures(frame, panel({code: [20] * 24 for code in CODES}), PUBLIC)["numerator"].isna().all()


def test_groups_are_told_in_words_on_pages_and_by_their_middle_in_tables():
    assert [shown_members(n, PUBLIC) for n in (0, 7, 12, 1542)] == ["0", "5-9", "10-14", "1.540-1.544"]
    assert shown_members(12, Reader()) == "12"
    drawn = panel({"461": [20] * 3})
    drawn["active_units"] = pd.array([6, 13, 0], dtype="Int64")
    assert public_panel(drawn, 5)["active_units"].tolist() == [7, 12, 0]


def test_neither_a_quarter_nor_an_effect_tells_the_exact_number_of_units():
    drawn = panel({"461": [20] * 24})
    drawn["active_units"] = pd.array([6, 7, 9, 11, 12, 14] * 4, dtype="Int64")
    seen = shown(drawn, "461", "active_units", threshold=5)
    assert seen.level == "quarter"
    assert set(seen.table["per_month"]) == {7, 12}  # 7.3 and 12.3
    months = [float(n) for n in drawn["active_units"]]
    one = effect(
        outcome="active_units", details=means(8.6, 12.3, 8.4), extra_calls=44.0, series=series(months, 12, 8.4)
    )
    (safe,) = for_reader([one], drawn, PUBLIC)
    assert [safe.details[key] for key in ("mean_before", "mean_after", "expected_after")] == [7, 12, 7]
    assert safe.extra_calls is None
    assert safe.series.empty  # a line in steps of five would tell another story than the means


def test_the_curve_of_spread_tells_no_number_of_units():
    for found in (Spread("logistic", 3, reason="too_few_adopters"), Spread("logistic", 307, reason="no_convergence")):
        assert not any(str(found.adopters) in text for text in show_spread(found, study=PUBLIC).sentences)
    assert "307" in show_spread(found, study=Reader()).html
