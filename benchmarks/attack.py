"""What an attacker who knows the method makes of the public data set: certain numbers (LP), and likely ones (Bayes).

`python benchmarks/attack.py` draws panels, publishes each, and asks of every small month (1 to 4 calls):

- linear program: over all calls and completed calls that fit every published row of panel, areas, windows and parts,
  does the month have one value only? No such month may exist.
- Bayes: a Metropolis sampler over the months of each municipality, given its months and windows. How often is the
  likeliest value the true one, and is it right as often as it says?
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack
from scipy.special import gammaln

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kl_research.disclosure.perturbation import D, table
from kl_research.disclosure.published import Published
from kl_research.terms import months

SMALL = (1, 4)
SIZE = 20.0  # of the attacker's prior: the drawn months are Poisson, and nearly that is this


# --- What is certain ----------------------------------------------------------------------------------------


def unknowns(data: Published) -> pd.DataFrame:
    """What an attacker looks for: calls and completed calls by municipality, month and combination of parts."""
    parts = data["parts"]
    index = []
    for code, rows in parts.groupby("area"):
        names = [
            sorted(rows.loc[rows["level"] == level, "part"].unique())
            for level in ("administration", "unit_type", "channel")
        ]
        index.append(pd.MultiIndex.from_product([[code], *names]).to_frame(index=False))
    combinations = pd.concat(index).set_axis(["municipality", "administration", "unit_type", "channel"], axis=1)
    seen = data.panel.loc[data.panel["calls"].notna(), ["municipality", "month"]]
    seen = seen.assign(month=seen["month"].dt.strftime("%Y-%m"))
    return seen.merge(combinations, on="municipality").reset_index(drop=True)


def rules(data: Published, cells: pd.DataFrame, regions: dict[str, str]) -> tuple[csr_array, np.ndarray]:
    """A x <= b of all that is published; x holds the calls of `cells`, then their completed calls."""
    n = len(cells)
    number = np.array([months.number(month) for month in cells["month"]])
    places: dict[tuple[str, str, str], np.ndarray] = {}
    for row in [*data["windows"][["level", "area"]].drop_duplicates().itertuples(index=False)]:
        own = {"municipality": cells["municipality"], "region": cells["municipality"].map(regions)}.get(row.level)
        places[row.level, row.area, ""] = np.arange(n) if own is None else np.flatnonzero(own == row.area)
    for row in data["parts"][["level", "area", "part"]].drop_duplicates().itertuples(index=False):
        inside = (cells["municipality"] == row.area) & (cells[row.level] == row.part)
        places[row.level, row.area, row.part] = np.flatnonzero(inside)
    rows = []
    for level, frame, area in (("municipality", data.panel, "municipality"), ("", data["areas"], "area")):
        for measure in ("calls", "completed"):
            drawn = frame[measure if measure == "calls" else f"{measure}_drawn"]
            month = frame["month"].dt.strftime("%Y-%m")
            row = {"level": frame.get("level", level), "area": frame[area], "part": "", "measure": measure}
            rows.append(pd.DataFrame({**row, "first": month, "last": month, "drawn": drawn}).dropna())
    columns = ["level", "area", "part", "measure", "first", "last", "drawn"]
    told = pd.concat([*rows, data["windows"].assign(part="")[columns], data["parts"][columns]])
    told = told[told["measure"].isin(["calls", "completed"])]
    at_row, at_column, low, high = [], [], [], []
    for i, row in enumerate(told.itertuples(index=False)):
        where = places.get((row.level, row.area, row.part), np.zeros(0, dtype=int))
        where = where[(number[where] >= months.number(row.first)) & (number[where] <= months.number(row.last))]
        at_row.append(np.full(len(where), i))
        at_column.append(where + (n if row.measure == "completed" else 0))
        low.append(max(row.drawn - D, 1 if row.drawn > 0 else 0))
        high.append(row.drawn + D)
    matrix = coo_array(
        (np.ones(sum(map(len, at_row))), (np.concatenate(at_row), np.concatenate(at_column))), (len(told), 2 * n)
    ).tocsr()
    eye = coo_array((np.ones(n), (np.arange(n), np.arange(n))), (n, n))
    parts_of = coo_array(np.hstack([-eye.toarray(), eye.toarray()])).tocsr()  # completed at most the calls
    return vstack([matrix, -matrix, parts_of]).tocsr(), np.concatenate(
        [high, -np.array(low, dtype=float), np.zeros(n)]
    )


def certain(
    data: Published, truth: pd.DataFrame, regions: dict[str, str], *, most: int, seed: int = 1
) -> tuple[int, int]:
    """Of at most so many small months (asked, pinned): those for which only one number fits what is published."""
    cells = unknowns(data)
    matrix, limit = rules(data, cells, regions)
    small = truth[truth["calls"].between(*SMALL)]
    small = small.sample(min(most, len(small)), random_state=seed)
    pinned = 0
    for row in small.itertuples():
        own = (cells["municipality"] == row.municipality) & (cells["month"] == f"{row.month:%Y-%m}")
        weight = np.concatenate([own.to_numpy(dtype=float), np.zeros(len(cells))])
        ends = []
        for sign in (1, -1):
            found = linprog(sign * weight, A_ub=matrix, b_ub=limit, bounds=(0, None), method="highs")
            assert found.status == 0, found.message  # the truth fits, or a published number is wrong
            ends.append(sign * found.fun)
        assert ends[0] - 1e-6 <= row.calls <= ends[1] + 1e-6
        pinned += np.ceil(ends[0] - 1e-6) == np.floor(ends[1] + 1e-6)
    return len(small), int(pinned)


# --- What is likely -----------------------------------------------------------------------------------------


def likelihood() -> np.ndarray:
    """log P(told = n + j | n): a row for n = 0 .. D, a column for j = -D .. D."""
    rows = np.zeros((D + 1, 2 * D + 1))
    rows[0, D] = 1
    rows[1:] = np.diff(table(), axis=1, prepend=0)
    with np.errstate(divide="ignore"):
        return np.log(rows)


def posterior(told: np.ndarray, member: np.ndarray, *, most: int, steps: int, seed: int) -> np.ndarray:
    """Chances of each true number of calls, (places, months, 0 .. most), given the cells told of each place.

    `told` is (places, cells), `member` (cells, months) says which months a cell adds up. Cells that hold the same
    calls have the same noise, and are evidence once: with all calls in one month, its quarter says no more. A month's
    prior is negative binomial around the place's published mean, of size `SIZE`. Moves: one month by one call, or one
    call from one month to another.
    """
    rng = np.random.default_rng(seed)
    log = likelihood()
    places, length = len(told), member.shape[1]
    months_ = np.array([int(np.flatnonzero(member.sum(axis=1) == 1)[i]) for i in range(length)])
    mean = np.maximum(told[:, months_].mean(axis=1), 0.2)
    n = np.arange(most + 1)
    chosen = gammaln(n + SIZE) - gammaln(n + 1.0)
    prior = chosen[None] + n[None] * np.log(mean / (mean + SIZE))[:, None]
    bits = member * (2 ** np.arange(length))[None]
    row = np.arange(places)

    def evidence(state: np.ndarray) -> np.ndarray:
        sums, which = state @ member.T, (state > 0).astype("int64") @ bits.T
        change = told - sums
        value = np.where(np.abs(change) <= D, log[np.minimum(sums, D), np.clip(change, -D, D) + D], -60.0)
        value = np.maximum(value, -60.0)  # soft, so that the sampler can walk in from where it starts
        order = np.argsort(which, axis=1, kind="stable")
        same = np.zeros(which.shape, dtype=bool)
        same[:, 1:] = np.diff(np.take_along_axis(which, order, 1), axis=1) == 0
        other = np.zeros(which.shape, dtype=bool)
        other[:, 1:] = np.diff(np.take_along_axis(change, order, 1), axis=1) != 0
        value = np.where(same, np.where(other, -60.0, 0.0), np.take_along_axis(value, order, 1)).sum(axis=1)
        return value + prior[row[:, None], state].sum(axis=1)

    state = told[:, months_].copy()
    now = evidence(state)
    seen = np.zeros((places, length, most + 1))
    for step in range(steps):
        new = state.copy()
        up, down, kind = (
            rng.integers(length, size=places),
            rng.integers(length, size=places),
            rng.integers(3, size=places),
        )
        new[row, up] += kind != 1
        new[row, down] -= kind != 0
        good = (new >= 0).all(axis=1) & (new <= most).all(axis=1)
        new = np.where(good[:, None], new, state)
        value = evidence(new)
        taken = np.log(rng.random(places)) < value - now
        state, now = np.where(taken[:, None], new, state), np.where(taken, value, now)
        if step > steps // 4:
            seen[row[:, None], np.arange(length)[None], state] += 1
    return seen / seen.sum(axis=2, keepdims=True)


def likely(data: Published, truth: pd.DataFrame, *, steps: int = 20_000, seed: int = 1) -> dict[str, float]:
    """How often the likeliest value of a small month is right, and how sure the attacker is of it."""
    wide = data.panel.pivot(index="municipality", columns="month", values="calls").dropna()
    true = truth.pivot(index="municipality", columns="month", values="calls").loc[wide.index].to_numpy("int64")
    text = [f"{month:%Y-%m}" for month in wide.columns]
    rows = data["windows"]
    rows = rows[(rows["measure"] == "calls") & (rows["level"] == "municipality")]
    totals = rows.pivot(index="area", columns=["first", "last"], values="drawn").loc[wide.index]
    spans = [(text.index(first), text.index(last)) for first, last in totals.columns]
    spans = [*((k, k) for k in range(len(text))), *spans]
    member = np.array([[first <= k <= last for k in range(len(text))] for first, last in spans], dtype="int64")
    told = np.hstack([wide.to_numpy("int64"), totals.to_numpy("int64")])
    chance = posterior(told, member, most=int(wide.max().max()) + D, steps=steps, seed=seed)
    small = (true >= SMALL[0]) & (true <= SMALL[1])
    best, sure = chance.argmax(axis=2)[small], chance.max(axis=2)[small]
    right = best == true[small]
    guess = np.bincount(true[small]).max() / small.sum()
    return {
        "small_months": int(small.sum()), "named": right.mean(), "guessed": guess,
        "sure_95": (sure >= 0.95).mean(), "sure_80": (sure >= 0.8).mean(),
        "right_of_sure_80": right[sure >= 0.8].mean() if (sure >= 0.8).any() else np.nan,
    }  # fmt: skip


def main() -> None:
    """A table over drawn panels, printed and stored."""
    from kl_research.commands.data.public_numbers import public_data
    from kl_research.disclosure.seals import noise_key
    from tests.disclosure.drawn import drawn

    parser = argparse.ArgumentParser()
    parser.add_argument("--panels", type=int, default=20)
    parser.add_argument(
        "--months", type=int, default=60, help="small months asked of each panel by the linear program"
    )
    parser.add_argument("--steps", type=int, default=60_000)
    asked = parser.parse_args()
    rows = []
    for seed in range(asked.panels):
        start = time.time()
        rate = (0.3, 0.6, 1.0, 1.6)[seed % 4]
        found = drawn(seed, rate=rate)
        data = public_data(found, noise_key(f"attack {seed}".encode()))
        regions = {code: "1084" if code < "200" else "" for code in found.panel["municipality"].unique()}
        number, pinned = certain(data, found.panel, regions, most=asked.months, seed=seed)
        known = {"panel": seed, "rate": rate, "asked": number, "pinned": pinned}
        known |= likely(data, found.panel, steps=asked.steps, seed=seed)
        rows.append(known | {"seconds": time.time() - start})
        print({key: round(float(value), 3) for key, value in rows[-1].items()}, flush=True)
    table_ = pd.DataFrame(rows)
    out = Path(__file__).parent / "results" / "attack.csv"
    table_.drop(columns="seconds").round(4).to_csv(out, index=False)
    weight = table_["small_months"]
    print("pinned", table_["pinned"].sum(), "of", table_["asked"].sum())
    for column in ("named", "guessed", "sure_95", "sure_80"):
        print(column, round(float(np.average(table_[column], weights=weight)), 4))


if __name__ == "__main__":
    main()
