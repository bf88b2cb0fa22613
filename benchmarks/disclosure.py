"""An attack on the suppression over random panels: `python -m benchmarks.disclosure [--panels 1000]`.

Per panel an exact solver (HiGHS) is given everything a public release tells of a municipality: months, every level of
time, the totals behind measures and rates, the windows of effects (their month counts and means taken as exact), the
data of figures, and the same of an earlier release that ended three months before. It recovers a small count when
it narrows it to less than the protection range (threshold 5: everybody knows 1 to 4, a range of 3).

Beside it: totals over municipalities recalculated with the hidden counts replaced (they must not change), real
effects fitted again for every value a hidden month can have (what is published must not tell them apart, the verdict
left aside), and the number of cells hidden against the least possible, found by trying every choice on nine months.

`members` attacks units and provider numbers in nested windows and areas; `--only members` replaces its rows alone.

Prints its table and writes it to `benchmarks/results/disclosure.csv`, with `about_disclosure.json` beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from kl_research.effects import interrupted_time_series
from kl_research.effects.effect import Effect
from kl_research.findings.suppression.chain import chain_proofs
from kl_research.findings.suppression.effects import public_effects
from kl_research.findings.suppression.groups import group
from kl_research.findings.suppression.measures import HIDDEN, public_measures
from kl_research.findings.suppression.protect import Cell
from kl_research.findings.suppression.release import release
from kl_research.findings.suppression.series import series, shown
from kl_research.findings.suppression.series import told as told_totals
from kl_research.findings.suppression.totals import _fitted
from kl_research.findings.words.reader import Reader
from kl_research.terms import months, municipalities
from kl_research.terms.events import Event
from tests.findings.drawn import effect, means, panel
from tests.findings.drawn import series as effect_series
from tests.findings.test_release import THRESHOLD, WIDTH, draw, recovered, told_cells

RESULTS = Path(__file__).parent / "results"
FIRST = 1000  # seed of the first panel
EARLIER = 3  # months by which the earlier release is shorter
FIRST_MEMBERS = 6000  # seed of the first panel of `members`; the rule was mended on 5000 to 5649
MEMBERS = {"units_active": 0.0, "providers_active": 0.3}  # share that serve a second municipality
NESTED = ("2023-01/2024-12", "2024-01/2024-12", "2024-07/2024-12", "2024-10/2024-12")  # ever, 12, 6 and 3 months


def main() -> None:
    """Run all five, or one alone, and print a row each."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--panels", type=int, default=1000)
    asked.add_argument("--only", choices=["members"])
    options = asked.parse_args()
    n, start = options.panels, time.monotonic()
    path, about = RESULTS / "disclosure.csv", RESULTS / "about_disclosure.json"
    columns = ["what", "cases", "failures", "detail"]
    rows = [] if options.only else [attack(n), totals(n), refitted(max(n // 25, 4)), optimum(max(n // 5, 10))]
    table = pd.DataFrame([*rows, *(members(n, kind) for kind in MEMBERS)], columns=columns)
    print(table.to_string(index=False))
    if options.only:
        stored = pd.read_csv(path, keep_default_na=False)
        table = pd.concat([stored[~stored["what"].isin(table["what"])], table])
    table.to_csv(path, index=False, lineterminator="\n")
    run = {
        "seed": FIRST_MEMBERS if options.only else FIRST,
        "seconds": round(time.monotonic() - start, 1),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "pandas")},
        "cpus": os.cpu_count(),
        "load": [round(x, 1) for x in os.getloadavg()],
        "panels": n,
    }
    whole = {**json.loads(about.read_text()), options.only: run} if options.only else {"table": "disclosure", **run}
    about.write_text(json.dumps(whole, indent=1) + "\n")


def attack(n: int) -> tuple[str, int, int, str]:
    """Panels with a small count recovered from the release and the one before it."""
    lost, targets = [], 0
    for seed in range(FIRST, FIRST + n):
        drawn = draw(seed)
        everything = sorted(drawn["month"].unique())
        earlier = drawn[drawn["month"] <= everything[-EARLIER - 1]]
        before = told_totals(earlier, THRESHOLD)
        drawn.attrs["told_before"] = json.dumps(before.values.tolist())
        cells = [
            *told_cells(before, drawn),
            *told_cells(told_totals(drawn, THRESHOLD), drawn),
            *_windows(drawn, seed),
        ]
        targets += int(((drawn["calls"] > 0) & (drawn["calls"] < THRESHOLD)).sum())
        if recovered(drawn, "461", cells):
            lost.append(seed)
    return "a small count recovered from everything published", n, len(lost), f"{targets} small months; {lost[:5]}"


def _windows(drawn: pd.DataFrame, seed: int) -> Iterator[Cell]:
    """The windows of two random events whose effects tell a mean; the attacker takes the means as exact."""
    rng = np.random.default_rng(seed)
    monthly = series(drawn, "461")
    names, counts = monthly["month"].tolist(), [float(v) for v in monthly["value"]]
    effects = []
    for k in range(2):
        cut_at = int(rng.integers(4, len(names) - 3))
        pre, post = names[max(0, cut_at - int(rng.integers(3, 13))) : cut_at], names[cut_at : cut_at + 6]
        choice = {"pre": pre, "post": post}
        values = [float(np.mean([counts[names.index(m)] for m in side])) for side in (pre, post)]
        effects.append(
            effect(
                event=f"e{k}",
                estimate=1.2,
                verdict="inconclusive",
                conf_low=0.9,
                conf_high=1.6,
                details=means(values[0], values[1], values[0], primary_choice=choice),
                series=effect_series(counts, 6, values[0]).assign(month=names),
            )
        )
    seen = shown(drawn, "461", threshold=THRESHOLD)
    for safe in public_effects(effects, monthly, seen, THRESHOLD):
        if safe.details.get("mean_after") is not None:
            for side in safe.details["primary_choice"].values():
                members = tuple(names.index(month) for month in side)
                yield Cell(members, int(sum(counts[k] for k in members)), False)


def totals(n: int) -> tuple[str, int, int, str]:
    """Shares that enter regional and national totals, with other numbers in the hidden cells."""
    changed = cases = 0
    for seed in range(FIRST, FIRST + n):
        monthly = series(draw(seed), "461")
        decided = release(monthly["month"].tolist(), monthly["value"].astype(int).tolist(), THRESHOLD)
        if decided.hidden:
            rng = np.random.default_rng(seed)
            pairs = zip(decided.cells, decided.flags, strict=True)
            other = tuple(replace(cell, value=int(rng.integers(1, 99))) if flag else cell for cell, flag in pairs)
            cases += 1
            changed += _fitted(decided).tolist() != _fitted(replace(decided, cells=other)).tolist()
    return "a total over municipalities that depends on a hidden count", cases, changed, ""


def refitted(n: int) -> tuple[str, int, int, str]:
    """Real effects fitted for each value of a hidden month: those that what is published tells apart."""
    event = Event.model_validate(
        {
            "id": "m",
            "kind": "intervention",
            "type": "leader_meeting",
            "municipalities": ["461"],
            "date": "2024-01-01",
            "source": "drawn",
        }
    )
    cases = told = rounded = verdicts = 0
    for seed in range(FIRST, FIRST + 100 * n):
        if (pair := _pair(seed)) is None:
            continue
        counts, small, partner = pair
        published, before_rule, said = set(), set(), set()
        for value in range(1, THRESHOLD):
            trial: list[Any] = list(counts)
            trial[partner] -= value - trial[small]
            trial[small] = value
            if trial[partner] < THRESHOLD:
                continue
            drawn = panel({"461": trial}, first="2022-07")
            one = interrupted_time_series(drawn, event, municipality="461")
            safe = public_effects([one], series(drawn, "461"), shown(drawn, "461", threshold=THRESHOLD), THRESHOLD)
            published.add(_numbers(safe[0]))
            before_rule.add(tuple(round(x or 0, 2) for x in (one.estimate, one.conf_low, one.conf_high)))
            said.add(one.verdict)
        if len(before_rule) > 0:
            cases += 1
            told += len(published) > 1
            rounded += len(before_rule) > 1
            verdicts += len(said) > 1
        if cases == n:
            break
    detail = f"rounding alone would tell {rounded}; verdicts differ in {verdicts}"
    return "a hidden month told by refitting the effect", cases, told, detail


def _pair(seed: int) -> tuple[list[int], int, int] | None:
    """Counts with a small month and the larger one hidden beside it in its quarter, both before the event."""
    rng = np.random.default_rng(seed)
    mean = float(rng.choice([6, 8, 10, 14]))
    counts = [int(c) for c in rng.negative_binomial(6, 6 / (6 + mean), 30)]
    names = months.span("2022-07", "2024-12")
    decided = release(names, counts, THRESHOLD)
    for i in [k for k in range(18) if 0 < counts[k] < THRESHOLD]:
        quarter = range(i - i % 3, i - i % 3 + 3)
        for j in quarter:
            if j != i and counts[j] >= 2 * THRESHOLD and not decided.shows(names[j]):
                return counts, i, j
    return None


def _numbers(one: Effect) -> tuple[object, ...]:
    keys = ("mean_before", "mean_after", "expected_after", "dispersion", "rho")
    own = (one.estimate, one.conf_low, one.conf_high, one.p_value, one.detectable, one.extra_calls)
    return (*own, *(one.details.get(key) for key in keys), one.series.to_csv())


def optimum(n: int) -> tuple[str, int, int, str]:
    """Nine months and their quarters: cells hidden over the least that would do."""
    ratios = []
    for seed in range(FIRST, FIRST + n):
        values = [int(v) for v in np.random.default_rng(seed).poisson(6, 9)]
        decided = release(months.span("2024-01", "2024-09"), values, THRESHOLD)
        if decided.hidden:
            ratios.append(sum(decided.flags) / _least(list(decided.cells)))
    over = sum(ratio > 1.5 for ratio in ratios)
    detail = f"hidden / least: mean {np.mean(ratios):.3f}, most {max(ratios):.3f}"
    return "more than 1.5 times the least number of cells hidden", len(ratios), over, detail


def _least(cells: list[Cell]) -> int:
    small = [cell.small for cell in cells]
    free = [i for i, cell in enumerate(cells) if not cell.small and not cell.fixed]
    watched = [i for i, cell in enumerate(cells) if cell.small]
    for size in range(len(free) + 1):
        for extra in combinations(free, size):
            hide = np.array(small)
            hide[list(extra)] = True
            if not chain_proofs(cells, 9, WIDTH, hide, watched):
                return sum(small) + size
    raise ValueError("no choice protects the small cells")


def members(n: int, measure: str) -> tuple[str, int, int, str]:
    """Panels with a small count of units or provider numbers, or a small difference of two windows, narrowed."""
    lost, tried, totals_told = [], 0, 0
    for seed in range(FIRST_MEMBERS, FIRST_MEMBERS + n):
        counts, inside = _served(seed, MEMBERS[measure])
        areas = pd.DataFrame([*counts], columns=["level", "area"])
        frame = areas.loc[areas.index.repeat(len(NESTED))].assign(
            period=[*NESTED] * len(areas),
            numerator=np.concatenate(list(counts.values())),
            measure=measure,
            denominator=np.nan,
            value=np.nan,
            unit="count",
            reason="",
        )
        codes = areas.loc[areas["level"] == "municipality", "area"]
        calls = panel({code: [20] * 24 for code in codes})
        known = public_measures(frame.reset_index(drop=True), calls, Reader("da", "public", THRESHOLD))
        true = frame["numerator"].to_numpy()
        bounds: list[tuple[float, float]] = []
        for i, (count, reason) in enumerate(zip(known["numerator"], known["reason"], strict=True)):
            small = (1, THRESHOLD - 1) if i < 4 * len(codes) and 0 < true[i] < THRESHOLD else (0, 9999)
            bounds.append(small if reason == HIDDEN else group(count, THRESHOLD) if count else (0, 0))
        totals_told += sum(known["reason"].iloc[4 * len(codes) :] != HIDDEN)
        a = _facts(len(areas), inside, additive=MEMBERS[measure] == 0)
        targets = [{i: 1} for i in range(4 * len(codes)) if 0 < true[i] < THRESHOLD]
        targets += [
            {i: 1, i + 1: -1}
            for i in range(4 * len(codes) - 1)
            if i % 4 < 3 and 0 < true[i] - true[i + 1] < THRESHOLD <= true[i + 1]
        ]
        tried += len(targets)
        for target in targets:
            c = np.array([target.get(i, 0) for i in range(len(true))])
            ends = [linprog(s * c, A_ub=a, b_ub=np.zeros(len(a)), bounds=bounds, method="highs").fun for s in (1, -1)]
            if -ends[1] - ends[0] < WIDTH - 1e-6:
                lost.append(seed)
                break
    detail = f"{tried} small counts and differences; {totals_told} totals told; {lost[:5]}"
    return f"a small count narrowed by totals, {measure}", n, len(lost), detail


def _served(seed: int, both: float) -> tuple[dict[tuple[str, str], list[int]], dict[int, list[int]]]:
    """Counts by area and window of one to four regions, and of the nation; which areas lie in which, by place."""
    rng = np.random.default_rng(seed)
    places = {code: municipalities.region(code, NESTED[0][-7:]) for code in municipalities.codes()}
    regions = rng.choice(sorted(set(places.values())), rng.integers(1, 5), replace=False)
    of = {r: rng.permutation([c for c in places if places[c] == r])[: rng.integers(2, 11)].tolist() for r in regions}
    codes = [code for own in of.values() for code in own]
    stay = rng.uniform(0.5, 0.95)
    used: dict[str, list[set[int]]] = {code: [set() for _ in NESTED] for code in codes}
    one = 0
    for code in codes:
        for _ in range(rng.poisson(rng.choice([2, 6, 12, 25]))):
            near = of[places[code]] if rng.random() < 0.8 else codes
            for where in {code, str(rng.choice(near)) if rng.random() < both else code}:
                for window in range(min(int(rng.geometric(1 - stay)), len(NESTED))):
                    used[where][window].add(one)
            one += 1
    counts = {("municipality", code): [len(s) for s in used[code]] for code in codes}
    for r, own in of.items():
        counts["region", r] = [len(set().union(*(used[c][w] for c in own))) for w in range(len(NESTED))]
    counts["national", ""] = [len(set().union(*(used[c][w] for c in codes))) for w in range(len(NESTED))]
    place = {area: i for i, (_, area) in enumerate(counts)}
    inside = {place[r]: [place[c] for c in own] for r, own in of.items()}
    return counts, {**inside, place[""]: list(inside)}


def _facts(n: int, inside: dict[int, list[int]], additive: bool) -> np.ndarray:
    """What holds of any counts, as a x <= 0: nested windows; a total is at most the sum, also of those who left."""
    x = np.eye(4 * n).reshape(n, 4, 4 * n)
    left = np.concatenate([x[:, :3] - x[:, 1:], x[:, 3:]], axis=1)  # used in this window and not in the next
    rows = [*-left.reshape(-1, 4 * n)]
    for total, parts in inside.items():
        rows += [*(left[total] - left[parts].sum(axis=0))]
        rows += (
            [*(left[parts].sum(axis=0) - left[total])] if additive else [*(x[parts] - x[total]).reshape(-1, 4 * n)]
        )
    return np.array(rows)


if __name__ == "__main__":
    main()
