"""Corners of the calibration: too few donors, donors that fell silent, what the placebo takes from wrong verdicts.

python benchmarks/corners.py alone [--runs 2000]       # designs without enough donors
python benchmarks/corners.py short [--runs 2000]       # the series alone over short windows: when a season is unseen
python benchmarks/corners.py locked                    # donors that fell silent
python benchmarks/corners.py placebo                   # verdicts left in the cells of `primary` that fail
python benchmarks/corners.py growth --runs 100         # a municipality that grows unlike the others: its verdicts
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from calibration import CHUNK, POSITIONS, RESULTS, assessable, margin, rejects, store
from drawn import MEANS, draw
from scipy import stats
from seed import SEED

from kl_research.effects.checks.silence import LEAST_MISSED, longest_silence
from kl_research.effects.designs.controlled import panel_totals
from kl_research.effects.designs.exact import rate_ratio_p
from kl_research.effects.evaluation import evaluate
from kl_research.effects.verdict import BEYOND_SEASON, SEASON_SEEN, YEAR
from kl_research.statistics.fits import ar1_quasi_poisson, irls
from kl_research.statistics.noise import Noise, pooled_noise
from kl_research.statistics.ranks import Totals, studentised
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.panel import check_panel


def alone(runs: int) -> pd.DataFrame:
    """Designs without a comparison, 24 + 8 months, noise pooled over 20 sister municipalities of unequal size."""
    rows = []
    times, pre = np.arange(32), 24
    after = (times >= pre).astype(float)
    step = np.column_stack([np.ones(32), after])
    trend = np.column_stack([np.ones(32), (times - pre) / 12, after])
    for kind in ("A", "B", "C"):
        for rho in (0.0, 0.3, 0.6):
            for mean in MEANS:
                rng = np.random.default_rng(SEED + len(rows))
                means = np.concatenate([[mean], np.resize(MEANS, 20)])
                y = draw(kind, rng, runs, means, times, pre, rho=rho)
                row = {"kind": kind, "rho": rho, "mean": mean, "runs": runs}
                for name, design in (("its_trend", trend), ("its_no_trend", step)):
                    p, noise = regression_p(design, y, times)
                    row[f"size_{name}"] = float((p <= 0.05).mean())
                row["size_exact_8_donors"] = float((exact_p(y[:, :9], after, times, noise) <= 0.05).mean())
                wide = margin(runs)
                honest = "size_its_trend" if kind == "C" else "size_its_no_trend"
                row["fails"] = "" if row[honest] <= 0.07 + wide else honest
                rows.append(row)
    return pd.DataFrame(rows)


def short(runs: int) -> pd.DataFrame:
    """The series alone over short windows; kind C has growth and season, which few months before cannot show."""
    rows = []
    for kind in ("A", "C"):
        for pre, post in ((6, 3), (6, 6), (12, 6), (12, 12), (18, 6), (24, 12)):
            times = np.arange(pre + post)
            after = (times >= pre).astype(float)
            trend = np.column_stack([np.ones(pre + post), (times - pre) / 12, after])
            for series in (*(f"mean {mean:g}" for mean in MEANS), "sum of 21"):
                rng = np.random.default_rng(SEED + len(rows))
                own = MEANS[-1] if series.startswith("sum") else float(series.split()[1])
                sizes, claimed = [], []
                for first in (0, 3, 6, 9):  # the window begins in January, April, July, October
                    means = np.concatenate([[own], np.resize(MEANS, 20)])
                    y = draw(kind, rng, runs, means, times + first, pre + first, rho=0.3)
                    if series.startswith("sum"):
                        y = np.concatenate([y.sum(axis=1, keepdims=True), y], axis=1)
                    ratio, error, df, _ = regression(trend, y, times)
                    inner = np.abs(ratio) - stats.t.ppf(0.975, df) * error  # the interval's end nearest to no change
                    sizes.append(float((inner > 0).mean()))
                    beyond = 0.0 if pre >= SEASON_SEEN else np.log(BEYOND_SEASON) if pre >= YEAR else np.inf
                    claimed.append(float((inner > beyond).mean()))
                row = {"kind": kind, "pre": pre, "post": post, "series": series, "runs": runs}
                row |= {"size_mean": np.mean(sizes), "size_worst_month": max(sizes)}
                row |= {"claimed_mean": np.mean(claimed), "claimed_worst_month": max(claimed)}
                fails = np.mean(claimed) > 0.07 + margin(4 * runs)
                rows.append(row | {"fails": "size" if fails else ""})
    return pd.DataFrame(rows)


def regression_p(design: np.ndarray, y: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, Noise]:
    """p-values of the last coefficient for the first municipality, as `its` computes them, (runs,)."""
    ratio, error, df, noise = regression(design, y, times)
    return 2 * stats.t.sf(np.abs(ratio / error), df), noise


def regression(design: np.ndarray, y: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, int, Noise]:
    """The last coefficient for the first municipality and its standard error, (runs,), degrees of freedom, noise."""
    runs, n, months = y.shape
    fitted = irls(design, y.reshape(runs * n, months), tolerance=1e-6).fitted.reshape(y.shape)
    noise = pooled_noise(y, fitted, times, design)
    own = y[:, 0]
    own = np.where((design[:, -1] > 0) & (own[:, design[:, -1] > 0].sum(axis=1, keepdims=True) == 0), 0.5 / 8, own)
    rho = np.clip(noise.correlation(y[:, :1].mean(axis=2))[:, 0], 0, 0.95)
    fit = ar1_quasi_poisson(design, own, rho[:, None] ** np.diff(times), tolerance=1e-6)
    return fit.coef[:, -1], fit.std_error[:, -1], fit.df, noise


def exact_p(panel: np.ndarray, after: np.ndarray, times: np.ndarray, noise: Noise) -> np.ndarray:
    """p-values of the exact rate ratio of the first municipality against its donors, as `exact` computes them."""
    totals, _ = panel_totals(panel, times, after.astype(int))
    found = studentised(totals)
    y0, y1, log_e = (x[:, 0] for x in (totals.before, totals.after, totals.log_exposure + found.centre))
    share = 1 / (1 + np.exp(-log_e))
    beyond = found.spread[:, 0] + found.centre_variance[:, 0]
    phi = np.maximum(1.0, found.dispersion[:, 0] + beyond * (y0 + y1) * share * (1 - share))
    return np.array([rate_ratio_p(b / f, a / f, e) for b, a, f, e in zip(y0, y1, phi, log_e, strict=True)])


def locked(runs: int) -> pd.DataFrame:
    """Four of 40 municipalities locked out after the event: the test with all donors, and without the silent ones."""
    rows = []
    times, pre = np.arange(32), 24
    for kind, rho in (("A", 0.3), ("B", 0.3), ("C", 0.3)):
        for ratio in (1.0, 2.0):
            rng = np.random.default_rng(SEED + len(rows))
            means = np.resize(MEANS, 40)
            change = np.zeros((runs, 40))
            change[:, 1] = np.log(ratio)  # of mean 10
            y = draw(kind, rng, runs, means, times, pre, rho=rho, change=change)
            y[:, [5, 8, 11, 14], pre:] = 0  # all of mean 40
            row = {"kind": kind, "rho": rho, "ratio": ratio, "runs": runs}
            row["called_with_all"] = float(
                rejects(panel_totals(y, times, (times >= pre).astype(int))[0], 1)[0].mean()
            )
            called, kept = [], []
            for one in y:
                silent = longest_silence(one, np.ones_like(one))[0] >= LEAST_MISSED
                part = one if silent[1] else one[~silent | (np.arange(40) == 1)]
                totals, _ = panel_totals(part[None], times, (times >= pre).astype(int))
                called.append(rejects(totals, 1)[0][0])
                kept.append(len(part) - 1)
            row |= {"called": float(np.mean(called)), "donors_kept": float(np.mean(kept))}
            row["fails"] = "size" if ratio == 1 and row["called"] > 0.07 + margin(runs) else ""
            rows.append(row)
    return pd.DataFrame(rows)


def placebo(runs: int) -> pd.DataFrame:
    """The cells whose calls under no effect pass .05: how many remain verdicts once the placebo in time was asked."""
    stored = pd.read_csv(RESULTS / "calibration_primary.csv")
    rows = []
    for i in stored.index[stored["fails"].fillna("").str.contains("wrong verdicts")]:
        cell = stored.loc[i]
        rng = np.random.default_rng(SEED + 3 * (i // 3))  # the seed the cell was drawn with
        pre, post = int(cell["pre"]), int(cell["post"])
        times, means = np.arange(pre + post), np.resize(MEANS, int(cell["donors"]) + 1)
        for unit in POSITIONS[cell["treated"]]:
            called, wrong, asked = [], [], []
            for done in range(0, runs, CHUNK):
                some = min(CHUNK, runs - done)
                change = rng.normal(0.0, cell["tau"], (some, len(means)))
                y = draw(cell["kind"], rng, some, means, times, pre, rho=cell["rho"], change=change)
                totals, _ = panel_totals(y, times, (times >= pre).astype(int))
                hit, _, estimate = rejects(totals, unit)
                start = pre - min(max(post, 3), pre // 3)
                early, _ = panel_totals(y[:, :, :pre], times[:pre], (times[:pre] >= start).astype(int))
                failed, _, before = rejects(early, unit)
                moved = totals.log_exposure.copy()
                moved[:, unit] += before  # is what was seen before the event among what the effect may be?
                there = Totals(totals.before, totals.after, moved, totals.inflation, totals.floor)
                within = ~rejects(there, unit)[0] | (np.abs(before) > np.abs(estimate))
                disagrees = failed & (np.sign(before) == np.sign(estimate)) & within
                ok = assessable(totals, unit, pre, post)
                called.append(hit[ok])
                wrong.append((hit & ~disagrees)[ok])
                asked.append(failed[ok])
            row = {key: cell[key] for key in ("kind", "pre", "post", "donors", "rho", "tau", "treated")}
            row |= {"runs": sum(map(len, called)), "called": float(np.concatenate(called).mean())}
            row |= {
                "placebo_fails": float(np.concatenate(asked).mean()),
                "wrong": float(np.concatenate(wrong).mean()),
            }
            row["fails"] = "wrong verdicts" if row["wrong"] > 0.05 + margin(row["runs"]) else ""
            rows.append(row)
    return pd.DataFrame(rows)


def growth(runs: int) -> pd.DataFrame:
    """A municipality grows by so many per cent a month, 39 others do not: verdicts with and without an effect."""
    where = {"municipalities": ["001"], "source": "drawn"}
    event = Event(id="event", kind="intervention", type="other", date="2024-01-01", **where)
    months = pd.date_range("2022-01-01", periods=36, freq="MS")
    codes = [f"{i + 1:03d}" for i in range(40)]
    cells = pd.MultiIndex.from_product([codes, months], names=["municipality", "month"]).to_frame(index=False)
    rows = []
    for mean in MEANS:
        for percent in (0, 1, 2, 4):
            for ratio in (1.0, 2.0):
                rng = np.random.default_rng(SEED + len(rows))
                means = np.concatenate([[mean], np.resize(MEANS, 39)])
                own = np.eye(40)[0]
                y = draw(
                    "B",
                    rng,
                    runs,
                    means,
                    np.arange(36),
                    24,
                    rho=0.3,
                    change=np.log(ratio) * own[None],
                    growth=np.log1p(percent / 100) * own,
                )
                found = []
                for one in y:
                    panel = check_panel(cells.assign(state="observed", calls=one.ravel().astype("int64")))
                    found.append(evaluate(panel, EventRegister([event]), municipality="001")[0])
                called = [e.excludes_one for e in found]
                claimed = [e.verdict in ("increase", "decrease") for e in found]
                row = {"mean": mean, "growth_percent": percent, "ratio": ratio, "runs": runs}
                row |= {"called": np.mean(called), "claimed": np.mean(claimed)}
                wrong = ratio == 1 and row["claimed"] > 0.07 + margin(runs)
                rows.append(row | {"fails": "wrong verdicts" if wrong else ""})
    return pd.DataFrame(rows)


TABLES = {f.__name__: f for f in (alone, short, locked, placebo, growth)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--runs", type=int, default=2000)
    chosen = parser.parse_args()
    start = time.perf_counter()
    store(chosen.table, TABLES[chosen.table](chosen.runs), time.perf_counter() - start, runs=chosen.runs)


if __name__ == "__main__":
    main()
