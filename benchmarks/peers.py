"""What other tools call an effect on the very series of the calibration: the first of 40 municipalities, no effect.

    PYTHONPATH=src PEERS-PYTHON benchmarks/peers.py     # an environment with bsts-causalimpact, pyfixest, diff-diff

24 + 8 months. Each tool as its documentation uses it; what is not installed is left empty. Writes
results/calibration_peers.csv. Wider tables of the same kind: shared data, `reference/peers_type1.csv`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from calibration import draw, panel_totals, rejects, store
from seed import SEED

from kl_research.effects.designs.newey_west import newey_west
from kl_research.statistics.fits import irls

PRE, MONTHS, AREAS = 24, 32, 40
TIMES = np.arange(MONTHS)
AFTER = (TIMES >= PRE).astype(float)
DESIGN = np.column_stack([np.ones(MONTHS), (TIMES - PRE) / 12, AFTER])


def newey_west_z(panel: np.ndarray) -> bool:
    """statsmodels: GLM Poisson, step and trend, HAC with 3 lags, normal quantiles."""
    y = panel[0]
    fit = irls(DESIGN, y[None])
    error = np.sqrt(newey_west(DESIGN, y[None], fit, TIMES, 3)[0, 2, 2])
    return bool(abs(fit.coef[0, 2]) > 1.96 * error)


def quasi_poisson_z(panel: np.ndarray) -> bool:
    """statsmodels: GLM Poisson with scale X2, normal quantiles."""
    fit = sm.GLM(panel[0], DESIGN, sm.families.Poisson()).fit(scale="X2")
    return bool(fit.pvalues[2] < 0.05)


def causal_impact(panel: np.ndarray) -> bool:
    """bsts-causalimpact at its defaults, the mean of the others as covariate: the printed p-value."""
    from causal_impact import CausalImpact

    index = pd.date_range("2022-01-01", periods=MONTHS, freq="MS")
    data = pd.DataFrame({"y": panel[0], "x": panel[1:].mean(axis=0)}, index=index)
    span = [str(index[i].date()) for i in (0, PRE - 1, PRE, MONTHS - 1)]
    found = CausalImpact(data, span[:2], span[2:])
    p = getattr(found, "p_value", None)
    return bool((found.summary_stats["p_value"] if p is None else p) < 0.05)


def fixed_effects_poisson(panel: np.ndarray) -> bool:
    """pyfixest: fepois with municipality and month effects, clustered by municipality."""
    import pyfixest

    fit = pyfixest.fepois("calls ~ treated | area + month", data=_long(panel), vcov={"CRV1": "area"})
    return bool(fit.pvalue().iloc[0] < 0.05)


def callaway_santanna(panel: np.ndarray) -> bool:
    """diff-diff: Callaway-Sant'Anna on counts, its default inference."""
    import diff_diff

    frame = _long(panel).assign(first=lambda d: np.where(d["area"] == 0, PRE, 0))
    found = diff_diff.CallawaySantAnna().fit(
        frame, outcome="calls", unit="area", time="month", first_treat="first", aggregate="simple"
    )
    return bool(found.overall_p_value < 0.05)


def _long(panel: np.ndarray) -> pd.DataFrame:
    area, month = np.meshgrid(np.arange(len(panel)), TIMES, indexing="ij")
    frame = pd.DataFrame({"area": area.ravel(), "month": month.ravel(), "calls": panel.ravel()})
    return frame.assign(treated=((frame["area"] == 0) & (frame["month"] >= PRE)).astype(int))


# Peers that need packages older than ours run under an interpreter of their own: panels in, answers out.
CAUSALIMPACT = """
from causalimpact import CausalImpact
def called(panel):
    index = pd.date_range("2022-01-01", periods=panel.shape[1], freq="MS")
    data = pd.DataFrame({"y": panel[0], "x": panel[1:].mean(axis=0)}, index=index)
    span = [str(index[i].date()) for i in (0, 23, 24, -1)]
    return CausalImpact(data, span[:2], span[2:]).p_value < 0.05
"""
CAUSALPY = """
import causalpy
from sklearn.linear_model import LinearRegression
def called(panel):
    index = pd.date_range("2022-01-01", periods=panel.shape[1], freq="MS")
    data = pd.DataFrame({"y": panel[0], "t": np.arange(panel.shape[1])}, index=index)
    found = causalpy.InterruptedTimeSeries(data, index[24], formula="y ~ 1 + t", model=LinearRegression())
    table = found.effect_summary().table
    return not table["ci_lower"].iloc[0] <= 0 <= table["ci_upper"].iloc[0]
"""
OUTSIDE = {"pycausalimpact": (CAUSALIMPACT, 40), "causalpy_least_squares": (CAUSALPY, 200)}
LOOP = """
import sys, time, warnings, numpy as np, pandas as pd
warnings.simplefilter("ignore")
{peer}
start, answers = time.process_time(), []
for panel in np.load(sys.argv[1]):
    try:
        answers.append(bool(called(panel)))
    except Exception as error:
        print(repr(error)[:200], file=sys.stderr)
print(np.mean(answers) if answers else "", len(answers), time.process_time() - start, sep=",")
"""


def share_outside(name: str, python: str, panels: np.ndarray) -> tuple[float | None, int, float]:
    """`share` of a peer under another interpreter."""
    script, most = OUTSIDE[name]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "panels.npy"
        np.save(file, panels[:most])
        environment = {**os.environ, "PYTHONPATH": ""}
        command = [python, "-c", LOOP.format(peer=script), str(file)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        return None, 0, 0.0
    called, n, spent = done.stdout.split()[-1].split(",")
    return (float(called) if called else None), int(n), float(spent) / min(most, len(panels))


PEERS: dict[str, tuple[Callable[[np.ndarray], bool], int]] = {
    "newey_west": (newey_west_z, 400),
    "quasi_poisson": (quasi_poisson_z, 400),
    "causal_impact": (causal_impact, 60),
    "fepois_clustered": (fixed_effects_poisson, 100),
    "callaway_santanna": (callaway_santanna, 100),
}


def share(peer: Callable[[np.ndarray], bool], panels: np.ndarray) -> tuple[float | None, int, float]:
    """Share that calls an effect, among those that gave an answer; and seconds a fit."""
    start, answers = time.process_time(), []
    for panel in panels:
        try:
            answers.append(peer(panel))
        except ImportError:
            return None, 0, 0.0
        except Exception:
            continue  # a peer that fails on a series gives no answer there
    return (float(np.mean(answers)) if answers else None), len(answers), (time.process_time() - start) / len(panels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--outside", nargs="*", default=[], metavar="PEER=PYTHON", help=f"any of {list(OUTSIDE)}")
    chosen = parser.parse_args()
    runs = chosen.runs
    warnings.simplefilter("ignore")
    start, rows = time.perf_counter(), []
    cells = [("A", 3.0, 0.0), ("A", 3.0, 0.6), ("A", 10.0, 0.6), ("B", 10.0, 0.3), ("B", 40.0, 0.6), ("C", 40.0, 0.3)]
    for kind, mean, rho in cells:
        rng = np.random.default_rng(SEED + len(rows))
        y = draw(kind, rng, runs, np.full(AREAS, mean), TIMES, PRE, rho=rho)
        totals, _ = panel_totals(y, TIMES, AFTER.astype(int))
        row = {"kind": kind, "mean": mean, "rho": rho, "ours": float(rejects(totals, 0)[0].mean()), "runs": runs}
        for name, (peer, most) in PEERS.items():
            row[name], row[f"{name}_runs"], row[f"{name}_seconds"] = share(peer, y[: min(runs, most)])
        for name, python in (one.split("=") for one in chosen.outside):
            row[name], row[f"{name}_runs"], row[f"{name}_seconds"] = share_outside(name, python, y)
        rows.append(row)
        print(row, flush=True)
    store("peers", pd.DataFrame(rows), time.perf_counter() - start, runs=runs)


if __name__ == "__main__":
    main()
