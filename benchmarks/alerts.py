"""Early warning: false alarms against the stated rate, and months until a halving is seen. Prints its table.

    python benchmarks/alerts.py [--years 1000] [--write]

Each cell simulates municipality-years: 24 months of baseline and 12 watched ones, panels of 50 equal municipalities
with latent AR(1) variation (log-normal multipliers, Poisson counts) or counts that carry over from month to month; in
two cells with growth common to all. `--write` renews `benchmarks/results/alerts.csv`
and, beside it, `about_alerts.json` (seeds, versions, load); the committed files are what this command printed last.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from seed import SEED

from kl_research.adoption import alerts
from kl_research.statistics.cusum import RATE, cusum
from kl_research.statistics.latent_noise import Noise, drawn, latent

RESULTS = Path(__file__).with_name("results") / "alerts.csv"
MONTHS, WATCHED, TOGETHER = 36, 12, 50
TARGET = (0.15, 0.25)  # false alarms a year; "within the margin" is that of 99.9 %
NOISES = {
    "poisson": Noise(0.0, 0.0, (1.0,) * 12),
    "mild": Noise(0.05, 0.3, (1.0,) * 12),
    "strong": Noise(0.15, 0.6, (1.0,) * 12),
    "carried .3": Noise(0.0, 0.3, (1.0,) * 12, 1.0),
    "carried .6": Noise(0.0, 0.6, (1.0,) * 12, 1.0),
}
SEASON = np.array([1.0, 1, 1, 1, 1, 1, 0.6, 1, 1, 1, 1, 0.75])


def panel(
    mean: float, noise: Noise, seed: int, *, season: bool, factor: float = 1.0, growth: float = 0.0
) -> pd.DataFrame:
    rng = np.random.default_rng([SEED, seed])
    month = pd.date_range("2022-01-01", periods=MONTHS, freq="MS")
    rates = mean * latent(rng, TOGETHER, MONTHS, noise)
    if season:
        rates = rates * SEASON[month.month - 1]
    rates = rates * (1 + growth) ** (np.arange(MONTHS) - MONTHS + WATCHED)
    rates[:, -WATCHED:] *= factor
    frames = [
        pd.DataFrame({"municipality": f"{i:03d}", "month": month, "state": "observed", "calls": calls.astype(int)})
        for i, calls in enumerate(drawn(rng, rates, noise))
    ]
    return pd.concat(frames, ignore_index=True)


def alarms(table: pd.DataFrame) -> list[np.ndarray]:
    """Per assessable municipality, which watched months raise an alarm, beginning again after each."""
    found = [alert.series for alert in alerts(table) if alert.state != "not_assessable"]
    return [
        cusum(s["observed"].to_numpy()[None], s["expected"].to_numpy()[None], 0.5, s["threshold"].iloc[0])[0]
        >= s["threshold"].iloc[0]
        for s in found
    ]


def cell(mean: float, kind: str, *, season: bool, years: int, growth: float = 0.0) -> dict[str, object]:
    false: list[int] = []
    delays: list[float] = []
    for seed in range(years // TOGETHER):
        false += [int(a.sum()) for a in alarms(panel(mean, NOISES[kind], seed, season=season, growth=growth))]
    for seed in range(max(years // TOGETHER // 4, 1)):
        halved = alarms(panel(mean, NOISES[kind], 10_000 + seed, season=season, factor=0.5, growth=growth))
        delays += [float(a.argmax() + 1) if a.any() else np.inf for a in halved]
    rate, error = float(np.mean(false)), float(np.std(false) / np.sqrt(len(false)))
    beyond = max(TARGET[0] - rate, rate - TARGET[1])
    return {
        "mean_calls": mean,
        "noise": kind,
        "season": season,
        "growth_a_month": growth,
        "years": len(false),
        "stated_rate": RATE,
        "false_alarms_per_year": round(rate, 3),
        "standard_error": round(error, 3),
        "target": "{:g}-{:g}".format(*TARGET),
        "met": "yes" if beyond <= 0 else "within the margin" if beyond <= 3.29 * error else "no",
        "ratio_to_stated": round(rate / RATE, 2),
        "median_delay_of_halving": float(np.median(delays)),
        "found_within_12_months": round(float(np.isfinite(delays).mean()), 2),
    }


def table(years: int) -> pd.DataFrame:
    cells = [(mean, kind, False, 0.0) for mean in (3, 10, 40) for kind in NOISES]
    cells += [(10, "mild", True, 0.0), (40, "mild", True, 0.0), (10, "mild", False, 0.015), (10, "mild", False, 0.03)]
    return pd.DataFrame([cell(m, kind, season=s, years=years, growth=g) for m, kind, s, g in cells])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=1000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    began = time.perf_counter()
    result = table(given.years)
    print(result.to_string(index=False))
    if given.write:
        RESULTS.parent.mkdir(exist_ok=True)
        result.to_csv(RESULTS, index=False)
        about = {
            "table": "alerts",
            "seeds": f"{SEED}: 0 to {given.years // TOGETHER - 1} without change, 10000 on with a halving",
            "seconds": round(time.perf_counter() - began, 1),
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy", "pandas")},
            "cpus": os.cpu_count(),
            "load": [round(load, 1) for load in os.getloadavg()],
        }
        RESULTS.with_name("about_alerts.json").write_text(json.dumps(about, indent=1) + "\n")
