"""What an effort is worth, against known effects and costs: is the forecast right, and does it decide well?

python benchmarks/decide.py --runs 4000     # results/decide.csv

A world: a kind with a mean effect and a spread between municipalities drawn from the prior, k past efforts, each seen
as calls before and after among 3 to 40 a month with the panel's noise, and a coming effort in 1 to 8 municipalities
with a cost. Told: `worth`. Made if the calls expected are worth their cost. Beside it: who knows mean and spread of
the kind ("oracle with the prior": the same prior, past effects without noise), always, never, and "if p <= .05" of
the pooled past. `misbelieved`: the worlds' mean effect is another than the prior's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from kl_research.effects.questions import worth as w

RESULTS = Path(__file__).parent / "results"
MONTHS = 12
w._DRAWS = 4000  # a fifth of the command's: thousands of decisions are told


def world(rng: np.random.Generator, k: int, prior: w.KindPrior) -> dict[str, float]:
    """One decision: told, found, and what each rule earns."""
    mu, tau = rng.normal(prior.mean, prior.sd), abs(rng.normal(0.0, prior.spread))
    theta = rng.normal(mu, tau, k)
    means = rng.choice([3.0, 10.0, 40.0], k)
    # 24 months before, 12 after, dispersion 1.5, spread of changes without any effort .02
    v = 1.5 * (1 / (24 * means) + 1 / (12 * means)) + 0.02
    y = rng.normal(theta, np.sqrt(v))
    n = int(rng.integers(1, 9))
    monthly = rng.choice([3.0, 10.0, 40.0], n)
    truth = rng.normal(mu, tau, n)
    extra = float(monthly @ np.expm1(truth))
    value = 100.0
    cost = value * MONTHS * monthly.sum() * float(rng.uniform(0.0, 0.4))

    seed = int(rng.integers(1 << 30))

    def told(past: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        return monthly @ np.expm1(w.draws(n, past, w.ORDINARY, seed))

    ours = told((y, v))
    oracle = told((theta, np.full(k, 1e-6)))
    gain = value * MONTHS * extra - cost

    def earns(made: bool) -> float:
        return gain if made else 0.0

    significant = False
    if k:
        z = (y / v).sum() / np.sqrt((1 / v).sum())
        significant = bool(z > stats.norm.ppf(0.975))
    return {
        "told": float(ours.mean()),
        "found": extra,
        "base": float(monthly.sum()),
        "inside": float(np.quantile(ours, 0.1) <= extra <= np.quantile(ours, 0.9)),
        "ours": earns(value * MONTHS * ours.mean() > cost),
        "oracle": earns(value * MONTHS * oracle.mean() > cost),
        "always": gain,
        "never": 0.0,
        "if_significant": earns(significant),
    }


def table(runs: int, seed: int) -> pd.DataFrame:
    """A row a number of past efforts and belief."""
    beliefs = {
        "right": w.ORDINARY,
        "too_hopeful": w.KindPrior(-0.1, 0.3, 0.2),
        "too_wary": w.KindPrior(0.1, 0.3, 0.2),
    }
    rows = []
    for name, mean in beliefs.items():
        prior = w.KindPrior(mean, w.ORDINARY.sd, w.ORDINARY.spread)
        for k in (0, 1, 3, 8):
            rng = np.random.default_rng([seed, k, len(name)])
            found = pd.DataFrame([world(rng, k, prior) for _ in range(runs)])
            off = (found["told"] - found["found"]) / found["base"]
            best = found["oracle"].mean()
            rows.append(
                {
                    "belief": name,
                    "past": k,
                    "runs": runs,
                    "bias_share_of_base": off.mean(),
                    "monte_carlo_error": off.std() / np.sqrt(runs),
                    "inside_80": found["inside"].mean(),
                    **{
                        f"loss_{rule}": 1 - found[rule].mean() / best
                        for rule in ("ours", "always", "never", "if_significant")
                    },
                }
            )
    return pd.DataFrame(rows).round(4)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=20261130)
    args = parser.parse_args()
    made = table(args.runs, args.seed)
    print(made.to_string(index=False))
    if args.runs >= 1000:
        made.to_csv(RESULTS / "decide.csv", index=False)
