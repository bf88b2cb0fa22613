"""The perturbation table, the keys and `count`: what each promises, and the same as others' implementations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from cell_key_perturbation.create_perturbed_table import create_perturbed_table
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from kl_research.disclosure.cells import blocks, pieces, windows
from kl_research.disclosure.count import Records, count, nested
from kl_research.disclosure.keys import identity, key_sums, member_keys
from kl_research.disclosure.perturbation import D, V, noise, table
from kl_research.disclosure.seals import noise_key

J = np.arange(-D, D + 1)


def chances() -> np.ndarray:
    return np.diff(table(), axis=1, prepend=0)


def test_the_noise_has_mean_0_and_variance_2_in_every_row() -> None:
    # 1e-6 is what the design asks for; the table is rounded to 12 decimals.
    assert np.abs(chances() @ J).max() < 1e-6
    assert np.abs(chances() @ J**2 - V).max() < 1e-6


def test_the_noise_stays_within_its_bounds_and_below_no_count() -> None:
    for n, row in enumerate(chances(), start=1):
        assert (row[-n > J] == 0).all()
        assert (row[-n <= J] > 0).all()
        assert row.sum() == pytest.approx(1, abs=1e-12)


def test_every_row_falls_from_its_mode_outwards() -> None:
    for row in chances():
        mode = int(row.argmax())
        assert (np.diff(row[: mode + 1]) >= 0).all()
        assert (np.diff(row[mode:]) <= 0).all()


def test_a_table_that_rises_again_is_refused() -> None:
    # editions.md: with D 5 and V 3 the row of 1 is U-shaped.
    with pytest.raises(ValueError, match="the row of 1 does not fall"):
        table(5, 3.0)


@pytest.mark.parametrize("n", range(1, D + 1))
def test_the_rows_are_those_of_an_independent_optimiser(n: int) -> None:
    """The entropy maximised by SLSQP over the chances themselves, knowing nothing of the exponential form."""
    j = np.arange(-n, D + 1)
    rules = [{"type": "eq", "fun": lambda p, k=k, v=v: (j**k) @ p - v} for k, v in ((0, 1), (1, 0), (2, V))]
    found = minimize(
        lambda p: float((p * np.log(p)).sum()), np.full(len(j), 1 / len(j)), constraints=rules,
        bounds=[(1e-9, 1)] * len(j), method="SLSQP", options={"maxiter": 1000, "ftol": 1e-14},
    )  # fmt: skip
    assert found.success
    # SLSQP stops where the entropy no longer changes in the 14th decimal: the chances are then right in the 5th.
    assert chances()[n - 1][-n <= J] == pytest.approx(found.x, abs=2e-5)


def test_counts_are_those_of_the_ons_package_on_the_same_keys_and_table() -> None:
    """4,096 record keys of 12 bits; ours are their 64-bit counterparts, key x 2^52, so that u is the same."""
    rng = np.random.default_rng(1)
    keys, cell = rng.integers(0, 4096, 4000), rng.integers(0, 300, 4000)
    steps = np.arange(4096, dtype="uint64") << np.uint64(52)
    ptable = pd.concat(
        pd.DataFrame({"pcv": n, "ckey": range(4096), "pvalue": noise(np.full(4096, n), steps)}) for n in range(1, 60)
    )
    data = pd.DataFrame({"cell": cell, "record_key": keys})
    theirs = create_perturbed_table(data, ptable, [], ["cell"], "record_key", threshold=0)
    records = Records(np.ones(len(cell), dtype="int64"), keys.astype("uint64") << np.uint64(52))
    cells = records.grouped(cell, 300)
    ours = cells.values + noise(cells.values, cells.keys)
    there = theirs.set_index("cell")
    assert there["pre_sdc_count"].max() < 60  # within the table handed to it
    assert ours[there.index].tolist() == there["count"].tolist()


def test_a_count_of_0_is_told_as_0_and_no_other_differs_by_more_than_d() -> None:
    rng = np.random.default_rng(2)
    true = rng.integers(0, 12, 50_000)
    told = count(Records(true, rng.integers(0, 2**64, len(true), dtype="uint64")))
    assert (told[true == 0] == 0).all()
    assert np.abs(told - true).max() <= D
    assert (told >= 0).all()
    # a mean over about 4,000 draws of variance 2 has a standard error of .022: five of them
    for n in range(1, 12):
        assert told[true == n].mean() == pytest.approx(n, abs=0.11)


def drawn_records(seed: int, size: int = 3000) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Calls, completed and their key sums of single records."""
    rng = np.random.default_rng(seed)
    calls = rng.integers(1, 15, size)
    completed = rng.binomial(calls, 0.8)
    names = identity(["461"] * size, range(size))
    return calls, completed, *key_sums(noise_key(b"test"), "calls", names, calls, completed)


def test_calls_less_completed_is_exact_no_oftener_than_by_two_draws() -> None:
    calls, completed, keys, keys_completed = drawn_records(3)
    differs = (calls != completed) & (completed > 0)
    told = count(Records(calls, keys)) - count(Records(completed, keys_completed))
    exact = (told == calls - completed)[differs].mean()
    row = chances()
    rows = [row[np.minimum(n[differs], D) - 1] for n in (calls, completed)]
    expected = (rows[0] * rows[1]).sum(axis=1).mean()
    # three standard errors of a share over that many cells
    assert exact < expected + 3 * np.sqrt(expected * (1 - expected) / differs.sum())


def test_the_noise_of_two_parts_tells_nothing_of_that_of_their_whole() -> None:
    """Keys of cells add up; were they looked up as they are, the noise of a whole would follow from its parts'."""
    parts = np.random.default_rng(3).integers(0, 2**64, (2, 20_000), dtype="uint64")
    keys = [*parts, parts[0] + parts[1]]
    first, second, whole = (count(Records(np.full(20_000, 9), key)) - 9 for key in keys)
    for j in (-1, 0, 1):
        given = whole[(first == j) & (second == j)] == 0
        chance = np.diff(table()[-1], prepend=0)[D]
        assert given.mean() == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / len(given)))


def test_a_correction_by_one_call_draws_anew() -> None:
    calls, _, keys, _ = drawn_records(4)
    names = identity(["461"] * len(calls), range(len(calls)))
    (later,) = key_sums(noise_key(b"test"), "calls", names, calls + 1)
    change = count(Records(calls + 1, later)) - count(Records(calls, keys))
    row = chances()
    expected = (row[np.minimum(calls, D) - 1] * row[np.minimum(calls + 1, D) - 1]).sum(axis=1).mean()
    assert (change == 1).mean() < expected + 3 * np.sqrt(expected * (1 - expected) / len(calls))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_same_calls_have_the_same_noise_in_whatever_order_and_groups_they_are_summed(values, random) -> None:
    calls = np.array(values)
    names = identity(["461"] * len(calls), range(len(calls)))
    (keys,) = key_sums(noise_key(b"test"), "calls", names, calls)
    once = Records(calls, keys).grouped(np.zeros(len(calls), dtype=int), 1)
    order = np.array(random.sample(range(len(calls)), len(calls)))
    half = Records(calls[order], keys[order]).grouped(order % 2, 2)
    again = half.grouped(np.zeros(2, dtype=int), 1)
    assert count(once).tolist() == count(again).tolist()
    assert once.keys.tolist() == again.keys.tolist()


def test_other_keys_other_groups_and_other_records_give_other_noise() -> None:
    names = identity(["461"] * 500, range(500))
    sums = [
        member_keys(noise_key(b"one"), "units", names),
        member_keys(noise_key(b"two"), "units", names),
        member_keys(noise_key(b"one"), "providers", names),
    ]
    assert len({int(key) for keys in sums for key in keys}) == 1500


def test_windows_of_records_are_the_sums_of_their_months() -> None:
    rng = np.random.default_rng(5)
    records = Records(rng.integers(0, 9, (4, 24)), rng.integers(0, 2**64, (4, 24), dtype="uint64"))
    spans = [(0, 23), (3, 5), (7, 7)]
    found = records.windows(spans)
    for k, (first, last) in enumerate(spans):
        assert (found.values[:, k] == records.values[:, first : last + 1].sum(axis=1)).all()
        assert (found.keys[:, k] == records.keys[:, first : last + 1].sum(axis=1, dtype="uint64")).all()
    added = records.added(np.array([0, 0, 1, -1]), 2)
    assert (added.values[0] == records.values[:2].sum(axis=0)).all()
    assert (added.keys[1] == records.keys[2]).all()


@pytest.mark.parametrize("first", ["2022-01", "2022-02", "2022-06", "2022-12"])
@pytest.mark.parametrize("length", [1, 2, 5, 13, 30])
def test_blocks_are_the_fewest_that_make_up_a_window(first: str, length: int) -> None:
    from kl_research.terms import months

    last = months.shift(first, length - 1)
    found = blocks(first, last)
    covered = [month for block in found for month in months.span(*block)]
    assert covered == months.span(first, last)
    # fewest, by trying every way of cutting the stretch into calendar blocks
    start = months.number(first)
    least = [0] + [99] * length
    for end in range(1, length + 1):
        for n in (1, 3, 6, 12):
            if n <= end and (start + end - n) % n == 0:
                least[end] = min(least[end], least[end - n] + 1)
    assert len(found) == least[length]


def test_windows_of_51_months() -> None:
    events = [("2024-01", "2024-12"), ("2022-09", "2024-08"), ("2023-11", "2025-02")]
    found = windows("2020-12", "2025-02", events)
    assert len(found) == len(set(found))
    for span in (("2025-02", "2025-02"), ("2024-10", "2024-12"), ("2021-01", "2021-06"), ("2024-01", "2024-12"),
                 ("2024-03", "2025-02"), ("2023-03", "2024-02"), ("2020-12", "2024-12"), ("2022-09", "2024-08"),
                 ("2023-11", "2025-02")):  # fmt: skip
        assert span in found
    # 51 months, 16 quarters, 8 half-years, 4 years, the last 12 and the 12 before, the whole, 2 of events
    assert len(found) == 51 + 16 + 8 + 4 + 2 + 1 + 2
    moving = [(first, last) for first, last in found if last == "2025-02" and first != last]
    assert moving == [
        ("2024-03", "2025-02"),
        ("2023-11", "2025-02"),
    ]  # any other would tell more of its ends with every release


def test_a_stretch_that_no_cell_is_comes_from_the_last_quarters_end_and_the_months_after_it() -> None:
    told = set(windows("2020-12", "2025-02"))
    whole = [("2020-12", "2024-12"), ("2025-01", "2025-01"), ("2025-02", "2025-02")]
    assert pieces("2020-12", "2025-02", told) == whole
    assert pieces("2024-03", "2025-02", told) == [("2024-03", "2025-02")]
    assert pieces("2024-09", "2025-02", told) == blocks("2024-09", "2025-02")


def test_nested_numbers_exceed_nothing_they_are_part_of() -> None:
    assert nested(np.array([4, 4, 4]), np.array([3, 9, np.nan]), np.array([np.nan, 2, np.nan])).tolist() == [3, 2, 4]
