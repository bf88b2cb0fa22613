"""Speed: batched fits against a loop of statsmodels, and a whole evaluation against one CausalImpact fit.

    python benchmarks/effects.py [--light PYTHON] [--common PYTHON]    # interpreters that have a CausalImpact port

Writes results/effects.csv. Times are the best of several, in seconds of one core; without an interpreter the time
stored of a port stays.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

from kl_research.effects.checks.placebo import placebo_in_time
from kl_research.effects.designs.controlled import controlled_interrupted_time_series
from kl_research.effects.evaluation import evaluate
from kl_research.statistics.fits import irls
from kl_research.terms.events import Event, EventRegister, read_events
from kl_research.terms.panel import check_panel

RESULTS = Path(__file__).parent / "results"
EVENTS = Path(__file__).parents[1] / "params" / "events" / "demo.yaml"
# One default fit of 24 + 12 months; bsts-causalimpact is the light port, pycausalimpact the common one.
ONE_FIT = """
import time, warnings, numpy as np, pandas as pd
warnings.simplefilter("ignore")
try:
    from causal_impact import CausalImpact
except ImportError:
    from causalimpact import CausalImpact
rng = np.random.default_rng(1)
months = pd.date_range("2022-01-01", periods=36, freq="MS")
data = pd.DataFrame({"y": rng.poisson(10, 36).astype(float)}, index=months)
best = 1e9
for _ in range(3):
    start = time.process_time()
    CausalImpact(data, ["2022-01-01", "2023-12-01"], ["2024-01-01", "2024-12-01"])
    best = min(best, time.process_time() - start)
print(best)
"""


def seconds(work: Callable[[], object], times: int) -> float:
    """Processor time of the quickest of several runs."""
    best = np.inf
    for _ in range(times):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def fits() -> list[dict[str, object]]:
    """One thousand series of 36 months, step and trend."""
    rng, t = np.random.default_rng(1), np.arange(36)
    design = np.column_stack([np.ones(36), (t - 24) / 12, t >= 24]).astype(float)
    y = rng.poisson(10, (1000, 36))
    rows = []
    for family in ("poisson", "quasi_poisson", "negative_binomial"):
        theirs = sm.families.NegativeBinomial(alpha=0.2) if family == "negative_binomial" else sm.families.Poisson()
        scale = "X2" if family == "quasi_poisson" else None
        alpha = 0.2 if family == "negative_binomial" else None

        def batched(family: str = family, alpha: float | None = alpha) -> object:
            return irls(design, y, family=family, alpha=alpha)

        def loop(theirs: object = theirs, scale: str | None = scale) -> object:
            return [sm.GLM(y[i], design, theirs).fit(scale=scale) for i in range(100)]

        ours, each = seconds(batched, 7), seconds(loop, 3) * 10
        one = sm.GLM(y[0], design, theirs).fit(scale=scale, tol=1e-13, tol_criterion="params")
        rows.append(
            {
                "what": f"1,000 {family} fits",
                "ours": ours,
                "theirs": each,
                "ratio": each / ours,
                "goal": 100,
                "difference": float(np.abs(batched().coef[0] - one.params).max()),
                "fails": "" if each / ours >= 100 else "below 100x",
            }
        )
    return rows


def drawn_panel(areas: int) -> pd.DataFrame:
    """51 months from 2020-12, as the demo has them, of unequal municipalities."""
    rng = np.random.default_rng(2)
    means = np.exp(rng.normal(2.0, 1.0, areas))
    month = pd.date_range("2020-12-01", periods=51, freq="MS")
    frame = pd.DataFrame(
        {"municipality": np.repeat([f"{i:03d}" for i in range(areas)], 51), "month": np.tile(month, areas)}
    )
    return check_panel(frame.assign(state="observed", calls=rng.poisson(np.repeat(means, 51))))


def one_fit(python: str | None) -> float | None:
    """Seconds of one default CausalImpact fit under another interpreter."""
    if not python:
        return None
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": ""}
    done = subprocess.run([python, "-c", ONE_FIT], capture_output=True, text=True, env=environment, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def stored(name: str) -> float | None:
    """The time stored of a port."""
    table = pd.read_csv(RESULTS / "effects.csv")
    times = table.loc[table["what"].str.contains(name, regex=False), "theirs"].dropna()
    return float(times.iloc[0]) if len(times) else None


def whole_register() -> float:
    """Every event of the demo's register that touches its busiest municipality, judged with all checks."""
    panel = drawn_panel(98)
    panel["region"] = ""
    events = read_events(EVENTS)
    busiest = Counter(code for event in events.values() for code in event.municipalities).most_common(1)[0][0]
    panel["municipality"] = panel["municipality"].where(panel["municipality"] != "050", busiest)
    panel = panel.sort_values(["municipality", "month"], ignore_index=True)
    return seconds(lambda: evaluate(panel, events, municipality=busiest), 5)


def evaluation(light: str | None, common: str | None) -> list[dict[str, object]]:
    """Primary, sensitivities, placebos and detectable effect of one event among 98 municipalities."""
    panel = drawn_panel(98)
    panel["region"] = ""
    event = Event(
        id="meeting", kind="intervention", type="other", municipalities=["010"], date="2024-02-01", source="drawn"
    )
    events = EventRegister([event])
    ours = seconds(lambda: evaluate(panel, events, municipality="010"), 7)
    primary = seconds(lambda: controlled_interrupted_time_series(panel, event, municipality="010"), 7)
    placebo = seconds(
        lambda: placebo_in_time(controlled_interrupted_time_series, panel, event, municipality="010"), 7
    )
    whole = whole_register()
    rows: list[dict[str, object]] = [
        {
            "what": "all events of one municipality, the demo's register, 98 municipalities",
            "ours": whole,
            "goal": 1.5,
            "fails": "" if whole <= 1.5 else "slower than the goal",
        },
        {
            "what": "evaluation of one event, 98 municipalities, against half a second of one core",
            "ours": ours,
            "goal": 0.5,
            "fails": "" if ours < 0.5 else "slower than the goal",
        },
    ]
    for name, python in (("pycausalimpact (the common port)", common), ("bsts-causalimpact (the light port)", light)):
        theirs = one_fit(python) or stored(name)
        slower = theirs is not None and ours > theirs
        rows.append(
            {
                "what": f"the same, against one default fit of {name}",
                "ours": ours,
                "theirs": theirs,
                "ratio": None if theirs is None else theirs / ours,
                "goal": 1,
                "fails": "slower: one fit without placebos, sensitivities or power" if slower else "",
            }
        )
    return [
        *rows,
        {"what": "the primary alone, with detectable effect", "ours": primary, "fails": ""},
        {"what": "placebo in time", "ours": placebo, "fails": ""},
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--light", help="interpreter with bsts-causalimpact")
    parser.add_argument("--common", help="interpreter with pycausalimpact")
    chosen = parser.parse_args()
    table = pd.DataFrame([*fits(), *evaluation(chosen.light, chosen.common)])
    RESULTS.mkdir(exist_ok=True)
    table.assign(load=round(os.getloadavg()[0], 1)).to_csv(RESULTS / "effects.csv", index=False)
    with pd.option_context("display.width", 200, "display.max_colwidth", 60):
        print(table.to_string(index=False))


if __name__ == "__main__":
    main()
