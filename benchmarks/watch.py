"""What stands out where nothing happened: funnel, planned power, charts, change points and alerts, before and after.

    python benchmarks/watch.py funnel [--runs 4000] [--write] [--before]

Each table has a row a cell and measure: target, `before` (the state of the code when the fault was found), `after`,
and `fails` where `after` misses the target by more than the 99.9 % Monte Carlo margin. `--write` stores it as
results/watch_<table>.csv with seed, versions and load beside it; `--before` stores into the column `before`.
The panels are drawn by `watch_cells.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from seed import SEED
from watch_cells import as_panel, same_people, sizes, slow_noise

RESULTS = Path(__file__).parent / "results"
Row = dict[str, object]


def margin(share: float, runs: float) -> float:
    """99.9 % Monte Carlo margin of a share."""
    return 3.29 * float(np.sqrt(max(share * (1 - share), 1e-4) / runs))


def row(cell: str, measure: str, value: float, runs: float, low: float, high: float) -> Row:
    """One measured share with its target; it fails beyond the margin at the target's edge."""
    misses = value < low - margin(low, runs) or value > high + margin(high, runs)
    return {
        "cell": cell, "measure": measure, "target": f"{low:g}-{high:g}", "value": round(float(value), 4),
        "runs": int(runs), "fails": "misses" if misses else "",
    }  # fmt: skip


def funnel_rows(runs: int) -> list[Row]:
    """98 municipalities of unequal size, rates alike or spread; each a share of all that stand outside the limits."""
    from kl_research.adoption import funnel

    found = []
    for mean in (3.0, 10.0, 40.0):
        for tau, shape in ((0.0, "chance"), (0.2, "log-normal"), (0.4, "log-normal"), (0.4, "gamma"), (0.7, "gamma")):
            rng = np.random.default_rng([SEED, int(mean), int(10 * tau), len(shape)])
            outside = np.zeros(2)
            for _ in range(runs):
                size = sizes(rng, 98)
                if shape == "gamma":
                    v = np.expm1(tau**2)
                    true = rng.gamma(1 / v, v, 98)
                else:
                    true = np.exp(rng.normal(0.0, tau, 98))
                y = rng.poisson(mean * size * true)
                table = pd.DataFrame({"area": np.arange(98), "numerator": y, "denominator": size})
                state = funnel(table).table["state"].to_numpy(dtype=str)
                outside += [(state != "inside").mean(), np.char.endswith(state, "998").mean()]
            cell = f"mean {mean:g}, {shape}" + (f" {tau:g}" if tau else "")
            share = outside / runs
            # Areas of one panel share its centre and spread: each panel counts as one run of the margin.
            found += [
                row(cell, "outside one in 20", share[0], runs * 20, 0.04, 0.06),
                row(cell, "outside one in 500", share[1], runs * 20, 0.0, 0.006),
            ]
    return found


def planning_rows(runs: int) -> list[Row]:
    """Power as planned from 48 months, and as found by the test used afterwards, on panels that go on as they were.

    98 municipalities of unequal size around 10 calls a month, 8 of them start by lot; each grows or falls at its own
    pace (`own slope`, so that 6 months after 24 differ by tau), or wanders. The difference planned - found is held.
    """
    return [
        _planning_row(*cell, runs)
        for cell in (
            ("none", 0.0, 4, 6), ("own slope", 0.3, 1, 0), ("own slope", 0.3, 4, 6), ("own slope", 0.5, 4, 6),
            ("wanders", 0.3, 4, 6),
        )
    ]  # fmt: skip


def _planning_row(kind: str, tau: float, steps: int, step_months: int, runs: int) -> Row:
    from kl_research.effects.questions.planning import basis_of, planned_power

    rng = np.random.default_rng([SEED, steps, step_months, int(100 * tau), len(kind)])
    ratio, k, before, pre, post, n = 1.3, 8, 48, 24, 6, 98
    start = before + (np.arange(k) * steps // k) * step_months
    length = before + (steps - 1) * step_months + post
    planned, found = [], 0
    for run in range(runs):
        months = np.arange(length) - before
        rate = 10.0 * sizes(rng, n)[:, None] * slow_noise(rng, (n, length), 1 / 6, 0.3)
        if kind == "own slope":
            rate = rate * np.exp(rng.normal(0.0, tau / 15, (n, 1)) * months)
        elif kind == "wanders":
            rate = rate * np.exp(np.cumsum(rng.normal(0.0, tau / np.sqrt(10), (n, length)), axis=1))
        who = rng.permutation(n)[:k]
        # Those who could be judged: 5 calls expected in the months after.
        calls = rng.poisson(rate).astype(float)
        if run % 25 == 0:
            basis = basis_of(as_panel(calls[:, :before]), months_after=post)
            asked = {"months_after": post, "steps": steps, "runs": 100}
            planned.append(planned_power(basis, treated=k, ratios=(ratio,), seed=run, **asked)["power"].iloc[0])
        for i, own in zip(who, start, strict=True):
            calls[i, own:] += rng.poisson((ratio - 1) * rate[i, own:])
        found += _staggered(calls, who, start, pre, post, before, run)
    power = found / runs
    both = np.sqrt(power * (1 - power) * (1 / runs + 1 / (100 * len(planned))))
    off = float(np.mean(planned) - power)
    cell = f"{kind}{f' {tau:g}' if tau else ''}, {steps} step{'s' if steps > 1 else ''} of {step_months} months"
    return {
        "cell": cell, "measure": "planned less found power", "target": "-0.03-0.03", "value": round(off, 4),
        "runs": runs, "fails": "misses" if abs(off) > 0.03 + 3.29 * both else "",
        "found": round(power, 3), "planned": round(float(np.mean(planned)), 3),
    }  # fmt: skip


def _staggered(
    calls: np.ndarray, who: np.ndarray, start: np.ndarray, pre: int, post: int, before: int, seed: int
) -> bool:
    """Whether randomisation over who started when rejects (`starts.staggered_p` on matrices)."""
    from kl_research.effects.designs.controlled import panel_totals
    from kl_research.effects.designs.several import group_p, random_sets

    enough = calls[:, before - pre : before].sum(axis=1) * post / pre >= 5
    donors = np.setdiff1d(np.flatnonzero(enough), who)
    kept = [(i, own) for i, own in zip(who, start, strict=True) if enough[i]]
    segment = (np.arange(pre + post) >= pre).astype(int)
    totals = []
    for i, own in kept:
        months = np.arange(own - pre, own + post)
        block = calls[np.concatenate([[i], donors])][:, months]
        totals.append(panel_totals(block[None], months, segment)[0])
    sets = 1 + random_sets(len(donors), len(kept), 399, seed)
    return group_p(totals, np.zeros(len(kept), dtype=int), sets) <= 0.05


QUIET = {"chance": (0.0, 0.0, 0.0), "mild .05 r .3": (0.05, 0.3, 0.0), "strong .17 r .6": (1 / 6, 0.6, 0.0),
         "carried .6": (0.0, 0.0, 0.6), "season": (0.05, 0.3, 0.0)}  # fmt: skip
DIPS = np.array([1.0, 1, 1, 1, 1, 1, 0.6, 1, 1, 1, 1, 0.75])


def quiet(
    rng: np.random.Generator,
    n: int,
    length: int,
    mean: np.ndarray | float,
    noise: str,
    course: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Counts (n, length) of municipalities in which nothing happens; `course` multiplies every month's rate."""
    variance, r, stay = QUIET[noise]
    rate = np.broadcast_to(np.asarray(mean, dtype=float), (n,))[:, None] * slow_noise(rng, (n, length), variance, r)
    rate = rate * course
    if noise == "season":
        rate = rate * DIPS[np.arange(length) % 12]
    return same_people(rng, rate, stay)


def chart_rows(runs: int) -> list[Row]:
    """Quiet municipalities, 48 months, panels of 50: the share with any month that stands out on its chart."""
    from kl_research.adoption import control_chart

    found = []
    some = {1.0: ("mild .05 r .3",), 3.0: ("mild .05 r .3", "carried .6"), 10.0: tuple(QUIET), 40.0: ("carried .6",)}
    for mean, noises in some.items():
        for noise in noises:
            rng = np.random.default_rng([SEED, int(mean), list(QUIET).index(noise)])
            any_, done = 0, 0
            while done < runs:
                panel = as_panel(quiet(rng, 50, 48, mean, noise))
                for code in panel["municipality"].unique():
                    any_ += bool((control_chart(panel, code)["signal"] != "").any())
                    done += 1
            found.append(row(f"mean {mean:g}, {noise}", "any month stands out", any_ / done, done, 0.0, 0.05))
    return found


def scan_rows(runs: int) -> list[Row]:
    """Quiet municipalities, 48 months, panels of 40: the share given any change-point, by what the others do.

    `slopes 1 %` and `slopes 2 %`: each municipality grows or falls at its own steady pace (standard deviation a
    month); the level does not change in any.
    """
    from kl_research.effects.questions.change_point import change_points

    found = []
    for mean in (3.0, 10.0, 40.0):
        for slope in (0.0, 0.01, 0.02):
            for noise in ("mild .05 r .3",) if mean != 10 else ("chance", "mild .05 r .3", "strong .17 r .6"):
                rng = np.random.default_rng([SEED, int(mean), int(slope * 100), len(noise)])
                any_, done = 0, 0
                while done < runs:
                    months = np.arange(48) - 23.5
                    own = np.exp(rng.normal(0.0, slope, (40, 1)) * months)
                    panel = as_panel(quiet(rng, 40, 48, mean * sizes(rng, 40, 0.5), noise, own))
                    for code in panel["municipality"].unique()[:10]:
                        any_ += bool(change_points(panel, municipality=code, seed=done))
                        done += 1
                cell = f"mean {mean:g}, slopes {slope:.0%}, {noise}"
                found.append(row(cell, "any change point", any_ / done, done, 0.0, 0.05))
    return found


ALERTS = (
    "mild .05 r .3",
    "strong .17 r .6",
    "carried .6",
    "small is noisier",
    "all fall 2 % a month",
    "all grow 2 % a month",
)


def alert_calls(rng: np.random.Generator, mean: float, cell: str) -> np.ndarray:
    """36 months of 98 municipalities of unequal size in which none does anything the others do not."""
    size, at = mean * sizes(rng, 98, 0.6), np.arange(36) - 24.0
    course = {"all fall 2": 0.98**at, "all grow 2": 1.02**at}.get(cell[:10])
    if course is not None:
        return quiet(rng, 98, 36, size, "mild .05 r .3", course)
    if cell == "small is noisier":
        return rng.poisson(size[:, None] * slow_noise(rng, (98, 36), 0.02 + 1.0 / size, 0.3)).astype(float)
    return quiet(rng, 98, 36, size, cell)


def alert_rows(runs: int) -> list[Row]:
    """Alarms a year where nothing changes: 36 months, 12 of them watched, panels of 98 of unequal size."""
    from kl_research.adoption import alerts
    from kl_research.statistics.cusum import cusum

    found = []
    for mean in (3.0, 10.0, 40.0):
        for number, cell in enumerate(ALERTS if mean != 10 else ("chance", "mild .05 r .3", "season")):
            rng = np.random.default_rng([SEED, int(mean), number])
            years: list[int] = []
            while len(years) < runs:
                calls = alert_calls(rng, mean, cell)
                some = [f"{i:03d}" for i in rng.permutation(98)[:25]]  # more panels tell more than all of one
                for alert in alerts(as_panel(calls), only=some, seed=len(years)):
                    if alert.state == "not_assessable":
                        continue
                    s = alert.series
                    top = s["threshold"].iloc[0]
                    path = cusum(s["observed"].to_numpy()[None], s["expected"].to_numpy()[None], 0.5, top)[0]
                    years.append(int((path >= top).sum()))
            rate_, runs_ = float(np.mean(years)), len(years)
            error = 3.29 * float(np.std(years)) / np.sqrt(runs_)
            misses = rate_ < 0.15 - error or rate_ > 0.25 + error
            found.append({
                "cell": f"mean {mean:g}, {cell}", "measure": "alarms a year", "target": "0.15-0.25",
                "value": round(rate_, 4), "runs": runs_, "fails": "misses" if misses else "",
            })  # fmt: skip
    return found


TABLES: dict[str, tuple[Callable[[int], list[Row]], int]] = {
    "funnel": (funnel_rows, 4000), "planning": (planning_rows, 1000), "charts": (chart_rows, 4000),
    "scan": (scan_rows, 1000), "alerts": (alert_rows, 4000),
}  # fmt: skip


def store(name: str, table: pd.DataFrame, column: str, seconds: float, runs: int) -> None:
    """The table joined with what is stored, and what it was made with."""
    path, about = RESULTS / f"watch_{name}.csv", RESULTS / f"about_watch_{name}.json"
    key = ["cell", "measure", "target"]
    new = table.rename(columns={"value": column, "runs": f"runs_{column}"})
    if path.exists():
        old = pd.read_csv(path, keep_default_na=False)
        other = "before" if column == "after" else "after"
        kept = [c for c in (other, f"runs_{other}") if c in old]
        new = new.merge(old[[*key[:2], *kept]], on=key[:2], how="left")
    if column == "before":
        new = new.drop(columns="fails")
    order = [*key, "before", "after", "fails", "runs_before", "runs_after"]
    new[[c for c in order if c in new]].to_csv(path, index=False)
    made = json.loads(about.read_text()) if about.exists() else {"table": f"watch_{name}"}
    made[column] = {
        "runs": runs, "seed": SEED, "rows": len(table), "seconds": round(seconds, 1),
        "python": platform.python_version(), **{p: version(p) for p in ("numpy", "scipy", "pandas")},
        "cpus": os.cpu_count(), "load": [round(load, 1) for load in os.getloadavg()],
    }  # fmt: skip
    about.write_text(json.dumps(made, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", choices=list(TABLES))
    parser.add_argument("--runs", type=int)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--before", action="store_true")
    given = parser.parse_args()
    made, usual = TABLES[given.table]
    began = time.perf_counter()
    table = pd.DataFrame(made(given.runs or usual))
    print(table.to_string(index=False))
    if given.write:
        column = "before" if given.before else "after"
        store(given.table, table, column, time.perf_counter() - began, given.runs or usual)


if __name__ == "__main__":
    main()
