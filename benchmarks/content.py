"""What a register of 98 municipalities would be told: what is ruled out, and how sure the probabilities are.

    python benchmarks/content.py [--runs 84]

98 municipalities of 3, 10 and 40 calls a month (kind B, rho .3, 36 months before, 12 after); in each run twelve
have an event of their own in the same month, of which a tenth is a doubling and the others are nothing. By mean:
how often a doubling, a halving and a rise of 50 % are ruled out, how often a change is claimed, and how often the
probability of a rise, told by all events together, is below a quarter or above three quarters.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
import panels
from attacks import event_at, panel_of, verdict
from calibration import store
from drawn import MEANS
from seed import SEED

from kl_research.effects.checks.content import with_content
from kl_research.effects.questions.chance import claims, with_chances
from kl_research.terms.events import EventRegister
from kl_research.terms.question import Question

BEFORE, AFTER, EVENTS = 36, 12, 12


def told(runs: int) -> pd.DataFrame:
    """One row an event."""
    rows = []
    rng = np.random.default_rng(SEED)
    for _ in range(runs):
        means = np.resize(MEANS, 98)
        doubled = rng.random(EVENTS) < 0.1
        rate = panels.rates(means, 1, BEFORE + AFTER)
        rate[0, :EVENTS, BEFORE:] *= np.where(doubled, 2.0, 1.0)[:, None]
        panel = panel_of(panels.counts(rng, rate, panels.same(means))[0])
        events = EventRegister([event_at(BEFORE, [unit], f"e{unit}") for unit in range(EVENTS)])
        effects = [with_content(verdict(panel, event, Question()).replace(primary=True)) for event in events.values()]
        found = with_chances(effects)
        study = claims(found)
        for unit, effect in enumerate(found):
            below, above = effect.excludes_below or 0.0, effect.excludes_above or np.inf
            rows.append(
                {
                    "mean": means[unit],
                    "true": "doubled" if doubled[unit] else "nothing",
                    "claimed": effect.verdict in ("increase", "decrease"),
                    "no_change": effect.verdict == "no_change",
                    "rules_out_doubling": above < 2,
                    "rules_out_rise_of_half": above < 1.5,
                    "rules_out_halving": below > 0.5,
                    "outside_25_75": not 0.25 <= (effect.probability_rise or 0.5) <= 0.75,
                    "judged": study.judged,
                    "expected_by_chance": study.expected,
                }
            )
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=84)
    chosen = parser.parse_args()
    start = time.perf_counter()
    groups = told(chosen.runs).groupby(["true", "mean"])
    table = groups.mean()
    table.insert(0, "events", groups.size())
    store("content", table.reset_index(), time.perf_counter() - start, runs=chosen.runs)


if __name__ == "__main__":
    main()
