"""Are the probabilities right? Told against true, in ten bins, under the right prior and two wrong ones.

    python benchmarks/probability.py --runs 2000

Kind B, rho .3, 24 + 12 months, 39 others; the treated has 3, 10 or 40 calls a month, its log ratio is drawn from the
truth named.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
import panels
from attacks import SEED
from calibration import store
from drawn import MEANS

from kl_research.effects.designs.controlled import panel_totals
from kl_research.statistics.posterior import ORDINARY, Prior, noise_of_ratio, posterior
from kl_research.statistics.ranks import studentised

TRUTHS = {
    "right": ORDINARY,
    "rarer and smaller": Prior(0.7, 0.0, 0.4),
    "more and larger": Prior(0.35, 0.0, 0.6),
}
PRE, POST, CHUNK = 24, 12, 250


def told(truth: Prior, runs: int) -> pd.DataFrame:
    """One row a panel: mean, the true log ratio, what was told."""
    rng = np.random.default_rng(SEED)
    times = np.arange(PRE + POST)
    parts = []
    for _ in range(runs // CHUNK):
        for unit, mean in enumerate(MEANS):
            means = np.resize(MEANS, 40)
            true = np.where(rng.random(CHUNK) < truth.none, 0.0, rng.normal(truth.mean, truth.sd, CHUNK))
            rate = panels.rates(means, CHUNK, PRE + POST)
            rate[:, unit, PRE:] *= np.exp(true)[:, None]
            y = panels.counts(rng, rate, panels.same(means))
            totals, _ = panel_totals(y, times, (times >= PRE).astype(int))
            found = studentised(totals)
            before, after = totals.before[:, unit], totals.after[:, unit]
            offset = totals.log_exposure[:, unit] + found.centre[:, unit]
            spread = found.spread[:, unit] + found.centre_variance[:, unit]
            variance = noise_of_ratio(before, after, offset, found.dispersion[:, unit], spread)
            p = posterior(before, after, offset, variance)
            parts.append(pd.DataFrame({"mean": mean, "true": true, "rise": p.rise, "rise_10": p.rise_10}))
    return pd.concat(parts, ignore_index=True)


def reliability(runs: int) -> list[dict[str, object]]:
    """A row a bin, told against true; a bin fails beyond its target and a 99.9 % Monte Carlo margin.

    Beyond the target but within the margin it is undecided: too few panels.
    """
    rows = []
    for name, truth in TRUTHS.items():
        cases = told(truth, runs)
        for what, least in (("rise", 0.0), ("rise_10", np.log(1.1))):
            happened = cases["true"] > least
            for bin_, part in cases.groupby(np.minimum((cases[what] * 10).astype(int), 9)):
                share = float(happened[part.index].mean())
                gap = abs(float(part[what].mean()) - share)
                row = {"truth": name, "what": what, "bin": int(bin_), "runs": len(part)}
                target = 0.03 if name == "right" else 0.10
                row |= {"told": float(part[what].mean()), "true": share, "gap": gap, "target": target}
                noise = 3.29 * np.sqrt(max(share * (1 - share), 0.01) / len(part))
                fails = "gap" if gap > target + noise else "undecided" if gap > target else ""
                rows.append(row | {"fails": fails})
        for mean, part in cases.groupby("mean"):
            outside = float(((part["rise"] < 0.25) | (part["rise"] > 0.75)).mean())
            row = {"truth": name, "what": f"outside 25-75 % at {mean:g}", "bin": -1, "runs": len(part)}
            rows.append(row | {"told": outside, "fails": ""})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    chosen = parser.parse_args()
    start = time.perf_counter()
    table = pd.DataFrame(reliability(chosen.runs))
    store("probability", table, time.perf_counter() - start, runs=chosen.runs)


if __name__ == "__main__":
    main()
