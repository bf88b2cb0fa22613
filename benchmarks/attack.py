"""What an attacker who knows the method makes of all published: certain numbers (LP), and likely ones (Bayes).

`python benchmarks/attack.py` draws panels, publishes each, and asks of every small month (1 to 4 calls):

- linear program: over all calls and completed calls that fit every published row of panel, areas, windows and parts,
  does the month have one value only? No such month may exist.
- Bayes (`guess.py`): how often is the likeliest value the true one, and is it right as often as it says? After one
  release, twelve, twelve and a correction, and when all other municipalities of a region put theirs together.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import guess
from kl_research.commands.data.public_numbers import public_data
from kl_research.disclosure.count import Records, count
from kl_research.disclosure.perturbation import D
from kl_research.disclosure.published import Published
from kl_research.disclosure.seals import noise_key
from kl_research.disclosure.source import Source, read_source
from kl_research.intake import Ingested
from kl_research.terms import months
from tests.disclosure.drawn import drawn

SMALL = (1, 4)
REGION = ("101", "147", "151", "153")  # of the drawn study


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

SCENARIOS = (
    "one release",
    "two half-yearly releases",
    "four quarterly releases",
    "twelve releases",
    "a correction",
    "the rest of the region",
    "tables on request",
)
RELEASES = 12  # monthly; the other scenarios of several releases take some of them
STEPS = (12, 6, 3, 1)  # months from one release to the next
EVENT = 9  # the month of an event that every municipality had
CORRECTED = 5  # the month of which earlier releases told one call more


def likely(found: Ingested, key: bytes, *, steps: int = 20_000, seed: int = 1) -> pd.DataFrame:
    """For each scenario, how often the likeliest value of a small month is right, and how sure the attacker is of it.

    The files of one release; the windows of a year's releases, two, four or twelve of them; also those of the first
    six from before a correction by one call; also, in a region, the exact numbers of all its other municipalities.
    Tables on request: one release, and the parts of every month.
    """
    source = read_source(found.panel, found.activity, key)
    true = source.counts["calls"].values
    most = int(count(source.counts["calls"]).max()) + D
    ends = source.months[-RELEASES:]
    first, halves, quarters, spans = (guess.release_spans(source.months, ends[::-step], EVENT) for step in STEPS)
    one, half_yearly, quarterly, twelve = (
        guess.everything(source, of, most, tables=False) for of in (first, halves, quarters, spans)
    )
    corrected = _with_correction(twelve, found, key, spans)
    others, places = _with_others(corrected, source, spans)
    tables = guess.everything(source, first, most, tables=True)
    asked = dict(zip(SCENARIOS, (one, half_yearly, quarterly, twelve, corrected, others, tables), strict=True))
    rows = []
    for name, known in asked.items():
        truth = true[places] if known is others else true
        chance = guess.posterior(known, most=most, steps=steps, seed=seed)
        small = (truth >= SMALL[0]) & (truth <= SMALL[1])
        best, sure = chance.argmax(axis=2)[small], chance.max(axis=2)[small]
        usual = np.bincount(truth[small]).argmax()
        rows += [(name, n, b, s, usual) for n, b, s in zip(truth[small], best, sure, strict=True)]
    return pd.DataFrame(rows, columns=["scenario", "true", "likeliest", "sure", "usual"])


def _with_correction(known: guess.Told, found: Ingested, key: bytes, spans: list[tuple[int, int]]) -> guess.Told:
    """What the earlier half of the releases told of the corrected month, with one call more in it."""
    when = sorted(found.panel["month"].unique())[CORRECTED]
    activity, panel = found.activity.copy(), found.panel.copy()
    first = activity[activity["month"] == when].drop_duplicates("municipality").index
    activity.loc[first, "calls"] += 1
    touched = (panel["month"] == when) & panel["municipality"].isin(activity.loc[first, "municipality"])
    panel.loc[touched, "calls"] += 1
    before = read_source(panel, activity, key)
    held = [span for span in spans if span[0] <= CORRECTED <= span[1] <= len(before.months) - RELEASES // 2]
    more = np.isin(before.codes, list(activity.loc[first, "municipality"])).astype("int64")
    offset = np.tile(more[:, None], (1, len(held)))
    told = count(before.counts["calls"].windows(held))
    return known.and_also(told, guess.members(held, len(before.months)), offset, 1)


def _with_others(known: guess.Told, source: Source, spans: list[tuple[int, int]]) -> tuple[guess.Told, np.ndarray]:
    """Of the municipalities of the region, what it tells to who knows all others of it."""
    places = np.array([i for i, code in enumerate(source.codes) if code in REGION])
    calls = source.counts["calls"]
    region = Records(calls.values[places].sum(axis=0)[None], calls.keys[places].sum(axis=0, dtype="uint64")[None])
    told = np.repeat(count(region.windows(spans)), len(places), axis=0)
    offset = region.windows(spans).values - calls.windows(spans).values[places]
    own = guess.Told(known.told[places], known.member, known.offset[places], known.group, known.single[places])
    return own.and_also(told, guess.members(spans, len(source.months)), offset, 2), places


def shares(asked: pd.DataFrame) -> pd.DataFrame:
    """By scenario: small months, the share named or guessed rightly, of how many the attacker was sure and right."""
    right = asked["likeliest"] == asked["true"]
    rows = {}
    for name, part in asked.assign(right=right, guessed=asked["usual"] == asked["true"]).groupby(
        "scenario", sort=False
    ):
        row = {"small_months": len(part), "named": part["right"].mean(), "guessed": part["guessed"].mean()}
        for level in (95, 80):
            sure = part[part["sure"] >= level / 100]
            row |= {f"sure_{level}": len(sure) / len(part), f"right_of_sure_{level}": sure["right"].mean()}
        rows[name] = row | {"said": part["sure"].mean()}
    return pd.DataFrame(rows).T.rename_axis("scenario").reset_index()


def main() -> None:
    """Tables over drawn panels, printed and stored; `--months 0` leaves the linear program out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--panels", type=int, default=20)
    parser.add_argument("--months", type=int, default=10, help="small months of each panel for the linear program")
    parser.add_argument("--steps", type=int, default=20_000)
    asked = parser.parse_args()
    results = Path(__file__).parent / "results"
    certain_, guessed = [], []
    for seed in range(asked.panels):
        rate = (0.3, 0.6, 1.0, 1.6)[seed % 4]
        found, key = drawn(seed, rate=rate), noise_key(f"attack {seed}".encode())
        if asked.months:
            regions = {code: "1084" if code in REGION else "" for code in found.panel["municipality"].unique()}
            number, pinned = certain(public_data(found, key), found.panel, regions, most=asked.months, seed=seed)
            certain_.append({"panel": seed, "rate": rate, "asked": number, "pinned": pinned})
            pd.DataFrame(certain_).to_csv(results / "attack.csv", index=False)
        guessed.append(likely(found, key, steps=asked.steps, seed=seed).assign(panel=seed, rate=rate))
        told = shares(pd.concat(guessed)).assign(panels=seed + 1).round(4)
        told.to_csv(results / "attack_guess.csv", index=False)
        print(told.to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
