"""The best any rule can do where the noise is known, under the same limits on error; and what ours reaches of it.

    python benchmarks/oracle.py                # after benchmarks/attacks.py growth, whose claims stand beside

Kind B: latent log rates with variance 1/6 and autocorrelation .3, Poisson counts, 39 others of 3, 10 and 40 a month.
The oracle knows mean, latent variance and autocorrelation of every municipality; log counts are taken as normal, so
that the generalised least squares estimates of a change and of growth of one's own tell all there is. `oracle`: two
sides at 5 %, growth known to be none. `under_limits`: the rule that finds this very ratio most often among all rules
that claim a rise in at most .025 of municipalities that stand still, and in at most .12 and .10 of those that grow
2 % and 4 % a month (Neyman and Pearson's lemma, as a linear programme over both estimates).
"""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from calibration import store
from drawn import MEANS
from panels import RHO, SAME
from scipy import stats
from scipy.optimize import linprog

RESULTS = Path(__file__).parent / "results"
POST = 12
LIMITS = {0.0: 0.025, 0.02: 0.12, 0.04: 0.10}
POINTS, REACH = 90, 4.5
SHARE = 0.85  # of the oracle under limits that ours is to reach


@lru_cache
def estimates(mean: float, before: int, with_growth: bool) -> np.ndarray:
    """Covariance of a municipality's level, change and (`with_growth`) growth a month."""
    times = np.arange(-before, POST)
    gap = np.abs(times[:, None] - times[None, :])
    noise = np.log1p(SAME) * RHO**gap + np.eye(len(times)) * np.log1p(1.0 / mean)
    columns = [np.ones(len(times)), (times >= 0).astype(float)] + [times + 0.5] * with_growth
    design = np.column_stack(columns)
    return np.asarray(np.linalg.inv(design.T @ np.linalg.solve(noise, design)))


@lru_cache
def others_variance(before: int) -> float:
    """Of the mean change of 39 others, each weighed by its precision."""
    return 1.0 / float(sum(1.0 / estimates(mean, before, False)[1, 1] for mean in np.resize(MEANS, 39)))


def without_growth(mean: float, before: int, ratio: float) -> float:
    """Power of the two-sided test at 5 % where nobody grows by itself."""
    error = np.sqrt(estimates(mean, before, False)[1, 1] + others_variance(before))
    return float(stats.norm.sf(1.959964 - np.log(ratio) / error))


def under_limits(mean: float, before: int, ratio: float) -> float:
    """Power of the best rule that holds `LIMITS`: over a grid of both estimates, where to claim a rise."""
    covariance = estimates(mean, before, True)[1:, 1:] + np.diag([others_variance(before), 0.0])
    change, growth = np.log(ratio), np.log1p(max(LIMITS))
    root = np.linalg.cholesky(covariance)
    # The grid in the estimates' own units, wide enough for all four truths.
    centres = np.linalg.solve(root, np.array([[0.0, 0.0], [change, 0.0], [0.0, growth]]).T)
    axes = [np.linspace(c.min() - REACH, c.max() + REACH, POINTS) for c in centres]
    at = root @ np.array([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")])

    def density(c: float, g: float) -> np.ndarray:
        found = np.exp(stats.multivariate_normal([c, g], covariance).logpdf(at.T))
        return np.asarray(found / found.sum())

    wrong = np.array([density(0.0, np.log1p(g)) for g in LIMITS])
    right = density(change, 0.0)
    found = linprog(-right, A_ub=wrong, b_ub=list(LIMITS.values()), bounds=(0, 1), method="highs")
    return float(-found.fun)


def main() -> None:
    start = time.perf_counter()
    stored = pd.read_csv(RESULTS / "attacks_growth.csv")
    stored = stored[stored["growth_percent"] == 0].set_index(["months_before", "mean", "ratio"])
    rows = []
    for before in (24, 39):
        for mean in MEANS:
            for ratio in (1.5, 2.0):
                best = under_limits(mean, before, ratio)
                row: dict[str, object] = {"months_before": before, "mean": mean, "ratio": ratio}
                row |= {"oracle": without_growth(mean, before, ratio), "under_limits": best}
                if (before, mean, ratio) in stored.index:
                    called, claimed = stored.loc[(before, mean, ratio), ["called_after", "claimed_after"]]
                    row |= {"called": called, "claimed": claimed, "claimed_of_best": claimed / best, "target": SHARE}
                    row["fails"] = "power" if claimed < SHARE * best else ""
                rows.append(row)
    store("oracle", pd.DataFrame(rows).fillna({"fails": ""}), time.perf_counter() - start)


if __name__ == "__main__":
    main()
