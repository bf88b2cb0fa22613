"""What an effort is worth, against known effects and costs: is the forecast right, and does it decide well?

python benchmarks/decide.py --runs 4000     # results/decide.csv

A world: a kind with a mean effect and a spread between municipalities drawn from the prior, k past efforts, each seen
as calls before and after among 3 to 40 a month with the panel's noise, and a coming effort in 1 to 8 municipalities
with a cost. Told: `worth`. Made if the calls expected are worth their cost. Beside it: always, never, "if p <= .05"
of the pooled past, and two that know more:

`bayes`: the world's own prior and the past as it was seen. No rule that sees no more can earn more: what a decision
earns is linear in the extra calls, so that their posterior mean decides, and this is that mean (computed another way
than ours, by quadrature). `oracle`: the world's prior, and the past effects as they truly were, without noise.

`loss_*` are shares of what `oracle` earns, `short_of_bayes` of what `bayes` earns. `belief`: the worlds' mean effect
is the prior's ("right"), or another.
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
_MU, _TAU = np.linspace(-2.5, 2.5, 401), (np.arange(80) + 0.5) / 80


def growth(past: tuple[np.ndarray, np.ndarray], prior: w.KindPrior) -> float:
    """The posterior mean of exp(theta) - 1 of a coming effort, by quadrature: exp(mu + tau^2 / 2) - 1, weighted."""
    mu, tau = _MU[:, None], _TAU[None, :]
    log = -((mu - prior.mean) ** 2) / (2 * prior.sd**2) - tau**2 / (2 * prior.spread**2)
    for y, v in zip(*past, strict=True):
        log = log - (y - mu) ** 2 / (2 * (v + tau**2)) - np.log(v + tau**2) / 2
    weight = np.exp(log - log.max())
    return float((weight * np.expm1(mu + tau**2 / 2)).sum() / weight.sum())


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

    ours = monthly @ np.expm1(w.draws(n, (y, v), w.ORDINARY, seed))
    bayes = monthly.sum() * growth((y, v), prior)
    oracle = monthly.sum() * growth((theta, np.full(k, 1e-4)), prior)
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
        "bayes": earns(value * MONTHS * bayes > cost),
        "oracle": earns(value * MONTHS * oracle > cost),
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
    for name, prior in beliefs.items():
        for k in (0, 1, 3, 8):
            rng = np.random.default_rng([seed, k, len(name)])
            found = pd.DataFrame([world(rng, k, prior) for _ in range(runs)])
            off = (found["told"] - found["found"]) / found["base"]
            # Where nothing can be earned there is no share of it.
            best, possible = (found[who].mean() or np.nan for who in ("oracle", "bayes"))
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
                        for rule in ("ours", "bayes", "always", "never", "if_significant")
                    },
                    "short_of_bayes": 1 - found["ours"].mean() / possible,
                    "error_of_that": (found["bayes"] - found["ours"]).std() / np.sqrt(runs) / possible,
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
