"""Size and power of the primary test on published numbers beside the exact ones.

    python benchmarks/public_power.py [--runs 4000] [--cells 100]      results/calibration_public.csv

The named cells of `calibration.py` and random ones: kind, autocorrelation, spread, donors, means, window and ratio
are drawn. In each, the same panels are tested twice: as they are, and as the public edition has them, each month and
each total of a window a cell with its own noise. `fails`: a public size outside .02-.07 by more than the margin, or a
power below .9 of the exact one by more than Monte Carlo error.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from calibration import CHUNK, KINDS, WINDOWS, assessable, margin, rejects, store
from drawn import MEANS, draw
from seed import SEED

from kl_research.disclosure.count import Records, count
from kl_research.effects.designs.controlled import panel_totals
from kl_research.statistics.ranks import Totals

NAMED = tuple(
    ("A", rho, 0.0, (24, 8), 40, (mean,), ratio)
    for mean, ratio in ((3.0, 2.0), (10.0, 1.5), (3.0, 0.5), (10.0, 0.6))
    for rho in (0.0, 0.3, 0.6)
)
Cell = tuple[str, float, float, tuple[int, int], int, tuple[float, ...], float]


def random_cells(n: int) -> list[Cell]:
    """Cells that nobody chose."""
    rng = np.random.default_rng(SEED)
    found: list[Cell] = []
    for _ in range(n):
        kind, window = KINDS[rng.integers(len(KINDS))], WINDOWS[rng.integers(len(WINDOWS))]
        rho, tau = float(rng.choice([0.0, 0.3, 0.6])), float(rng.choice([0.0, 0.2, 0.4]))
        means = tuple(float(x) for x in rng.permutation(MEANS))
        found.append(
            (kind, rho, tau, window, int(rng.choice([19, 39, 97])), means, float(rng.choice([0.5, 1.5, 2.0])))
        )
    return found


def both(y: np.ndarray, times: np.ndarray, pre: int, rng: np.random.Generator) -> dict[str, Totals]:
    """The totals before and after, exact and as published; the window's noise is that of one number."""
    after = (times >= pre).astype(int)
    records = Records(y.astype("int64"), rng.integers(0, 2**63, y.shape, dtype="uint64") * 2 + 1)
    months = count(records).astype(float)
    told = count(records.windows([(0, pre - 1), (pre, len(times) - 1)])).astype(float)
    return {
        "exact": panel_totals(y, times, after)[0],
        "public": panel_totals(months, times, after, sides=(told[..., 0], told[..., 1]))[0],
    }


def row(cell: Cell, runs: int, seed: int) -> dict[str, object]:
    """One cell: how often each edition rejects where nothing happened, and finds the ratio with its sign."""
    kind, rho, tau, (pre, post), donors, usual, ratio = cell
    rng = np.random.default_rng(seed)
    times, means = np.arange(pre + post), np.resize(usual, donors + 1)
    seen: dict[str, list[np.ndarray]] = {
        f"{what}_{side}": [] for what in ("size", "power") for side in ("exact", "public")
    }
    for done in range(0, runs, CHUNK):
        some = min(CHUNK, runs - done)
        for what, change in (("size", 0.0), ("power", np.log(ratio))):
            shift = rng.normal(0.0, tau, (some, donors + 1))
            shift[:, 0] += change
            y = draw(kind, rng, some, means, times, pre, rho=rho, change=shift)
            for side, totals in both(y, times, pre, rng).items():
                hit, _, estimate = rejects(totals, 0)
                right = hit & (np.sign(estimate) == np.sign(change)) if change else hit
                seen[f"{what}_{side}"].append(right[assessable(totals, 0, pre, post)])
    found = {
        name: float(np.concatenate(parts).mean()) if sum(map(len, parts)) else np.nan for name, parts in seen.items()
    }
    counted = min(sum(map(len, parts)) for parts in seen.values())
    wide = margin(max(counted, 1))
    rough = 3.29 * np.sqrt(0.25 / max(counted, 1))
    fails = [] if found["size_public"] <= 0.07 + wide and found["size_public"] >= 0.02 - wide else ["size"]
    fails += [] if found["power_public"] >= 0.9 * found["power_exact"] - rough else ["power"]
    names = ("kind", "rho", "tau", "window", "donors", "mean", "ratio")
    told = (kind, rho, tau, f"{pre}+{post}", donors, usual[0], ratio)
    return {
        **dict(zip(names, told, strict=True)),
        "runs": counted,
        **found,
        "fails": "; ".join(fails) if counted else "",
    }


def main() -> None:
    """The named cells and random ones, printed and stored."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--cells", type=int, default=100)
    asked = parser.parse_args()
    start = time.perf_counter()
    cells = [*NAMED, *random_cells(asked.cells)]
    rows = [
        {"which": "named" if i < len(NAMED) else "random", **row(c, asked.runs, SEED + i)}
        for i, c in enumerate(cells)
    ]
    store("public", pd.DataFrame(rows), time.perf_counter() - start, runs=asked.runs)


if __name__ == "__main__":
    main()
