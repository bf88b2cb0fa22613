"""The event register's answers against a known truth, and against launches and guidance that really happened.

python benchmarks/register.py pooled --runs 2000     # results/register_pooled.csv: coverage of the pooled mean
python benchmarks/register.py staggered              # bias of ours and of two-way fixed effects
python benchmarks/register.py bounds                 # how often bounds hold the true change in use
python benchmarks/register.py scan                   # false alarms of the change-point scan, lock-outs by chance
python benchmarks/register.py real                   # launches, a rise and a guideline; needs ../shared
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from calibration import store
from drawn import draw
from seed import SEED

from kl_research.effects.designs.its import interrupted_time_series
from kl_research.effects.questions.bounds import use_bounds
from kl_research.effects.questions.change_point import change_points
from kl_research.effects.questions.kinds import local_effects, pooled_types
from kl_research.effects.questions.lock_out import lock_outs
from kl_research.effects.questions.starts import event_study
from kl_research.statistics.fits import irls
from kl_research.terms import months
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.panel import check_panel
from kl_research.terms.question import Question

FIRST = "2020-01"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def panel_of(y: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    """A panel from counts (municipalities, months) and columns with a value for each municipality."""
    n, length = y.shape
    codes = [f"{i + 1:03d}" for i in range(n)]
    span = pd.to_datetime([f"{m}-01" for m in months.span(FIRST, months.shift(FIRST, length - 1))])
    frame = pd.DataFrame({"municipality": np.repeat(codes, length), "month": np.tile(span, n), "state": "observed"})
    frame["calls"] = y.astype(int).ravel()
    for name, values in columns.items():
        frame[name] = np.repeat(values, length)
    frame["region"] = ""
    return check_panel(frame)


def event(name: str, start: int, codes: list[str] | None, kind: str = "intervention", **more: object) -> Event:
    where: dict[str, object] = {"municipalities": codes} if codes else {"national": True}
    date = f"{months.shift(FIRST, start)}-01"
    return Event(id=name, kind=kind, type="boost", date=date, source="drawn", **where, **more)  # type: ignore[arg-type]


def pooled(runs: int) -> pd.DataFrame:
    """k of 45 municipalities start at a month of their own; their log effects are normal around log 1.3.

    `covered`: the published interval holds 1.3. `next_covered`: the prediction interval holds the effect of one more
    municipality, drawn like the others'. `fails`: outside .93 to .97, in a part of the panels by more than 3.29 Monte
    Carlo errors (.005 in all panels, .008 in a third of them).
    """
    rng, next_rng, rows = np.random.default_rng(SEED), np.random.default_rng(SEED + 4), []
    means = np.resize([3.0, 10.0, 40.0, 8.0, 20.0], 45)
    for run in range(runs):
        k, tau = (3, 5, 8)[run % 3], (0.0, 0.2)[run // 3 % 2]
        kind, rho = ("A", "B", "C")[run // 6 % 3], (0.0, 0.3, 0.6)[run // 18 % 3]
        chosen = rng.permutation(45)[:k]
        starts = rng.integers(24, 37, k)
        effects = rng.normal(np.log(1.3), tau, k)
        next_one = float(np.exp(next_rng.normal(np.log(1.3), tau)))
        y = draw(kind, rng, 1, means, np.arange(48), 99, rho=rho)[0]
        # A rise by thinning's inverse: extra calls drawn on top, so that the rest of the panel stays as it is.
        for unit, start, effect in zip(chosen, starts, effects, strict=True):
            y[unit, start:] = _times(rng, y[unit, start:], np.exp(effect))
        events = [
            event(f"e{i}", int(s), [f"{u + 1:03d}"]) for i, (u, s) in enumerate(zip(chosen, starts, strict=True))
        ]
        single = local_effects(panel_of(y), EventRegister(events))
        found = [e for e in pooled_types(single) if e.estimate is not None]
        if found:
            low, high = float(found[0].conf_low or 0), float(found[0].conf_high or np.inf)
            next_low, next_high = (float(found[0].details[f"prediction_{end}"]) for end in ("low", "high"))
            log = np.log(found[0].estimate or 1)
            rows.append((k, tau, kind, rho, log, low <= 1.3 <= high, next_low <= next_one <= next_high, low > 1))
    columns = ["k", "tau", "kind", "rho", "log_estimate", "covered", "next_covered", "found"]
    frame = pd.DataFrame(rows, columns=columns)
    parts = [("all", frame), *((f"k={k}", frame[frame["k"] == k]) for k in (3, 5, 8))]
    parts += [(f"tau={t}", frame[frame["tau"] == t]) for t in (0.0, 0.2)]
    parts += [(f"kind {k}", frame[frame["kind"] == k]) for k in ("A", "B", "C")]
    out = []
    for name, part in parts:
        covered, error = float(part["covered"].mean()), float(np.sqrt(0.95 * 0.05 / len(part)))
        beyond = max(0.93 - covered, covered - 0.97)
        out.append(
            {
                "cell": name,
                "panels": len(part),
                "covered": covered,
                "monte_carlo_error": error,
                "next_covered": part["next_covered"].mean(),
                "bias_log": part["log_estimate"].mean() - np.log(1.3),
                "found_above_1": part["found"].mean(),
                "fails": "outside .93-.97" if beyond > (0.0 if name == "all" else 3.29 * error) else "",
            }
        )
    return pd.DataFrame(out)


def _times(rng: np.random.Generator, counts: np.ndarray, ratio: float) -> np.ndarray:
    """Counts whose mean is `ratio` times as large, with the noise they had."""
    if ratio >= 1:
        return counts + rng.poisson(counts * (ratio - 1))
    return rng.binomial(counts.astype(int), ratio).astype(float)


def staggered(runs: int) -> pd.DataFrame:
    """Twelve of 40 start in three waves and their effect grows month by month: ours, and two-way fixed effects.

    Each is held to what it estimates: ours to the ratio over a municipality's first twelve months, the mean calls a
    month there over those before; two-way fixed effects to the mean ratio over all months after a start. `biased`:
    further from it than .01 or 3.29 Monte Carlo errors, whichever is more.
    """
    rng, rows = np.random.default_rng(SEED + 1), []
    n, length, waves = 40, 48, {0: 18, 1: 26, 2: 34}
    wave = np.array([i // 4 if i < 12 else 3 for i in range(n)])
    start = np.array([waves.get(w, 999) for w in wave])
    since = np.arange(length) - start[:, None]
    for growth in (0.0, 0.05):
        ratio = np.where(since >= 0, 1.2 * np.exp(growth * np.maximum(since, 0)), 1.0)
        ours_truth = float(np.log(np.mean([ratio[i, start[i] : start[i] + 12].mean() for i in range(12)])))
        all_truth = float(np.log(ratio[:12][since[:12] >= 0].mean()))
        ours, theirs = [], []
        events = EventRegister(
            [event(f"w{w}", s, [f"{i + 1:03d}" for i in range(4 * w, 4 * w + 4)]) for w, s in waves.items()]
        )
        for _ in range(runs):
            base = draw("A", rng, 1, np.full(n, 20.0), np.arange(length), 99, rho=0.0)[0]
            y = base + rng.poisson(np.maximum(base * (ratio - 1), 0.0))
            table = event_study(panel_of(y), events, type_="boost", step=12, question=Question(pre_months=18))
            ours.append(np.log(table.loc[table["from_month"] == 0, "ratio"].iloc[0]))
            # Who starts together has the same months treated: Poisson regression needs their sums alone.
            sums = np.array([y[wave == w].sum(axis=0) for w in range(4)])
            theirs.append(twfe(sums, since[[0, 4, 8, 12]] >= 0))
        for name, values, truth in (("ours", ours, ours_truth), ("two-way fixed effects", theirs, all_truth)):
            bias, error = float(np.mean(values)) - truth, float(np.std(values) / np.sqrt(runs))
            rows.append(
                {
                    "effect": "grows 5 % a month" if growth else "constant",
                    "estimator": name,
                    "panels": runs,
                    "true_log_ratio": truth,
                    "mean": truth + bias,
                    "bias": bias,
                    "monte_carlo_error": error,
                    "biased": abs(bias) > max(3.29 * error, 0.01),
                }
            )
    return pd.DataFrame(rows)


def twfe(y: np.ndarray, treated: np.ndarray) -> float:
    """Poisson regression with row and month effects and one coefficient for being treated; both (rows, months)."""
    n, length = y.shape
    unit = np.repeat(np.eye(n), length, axis=0)
    month = np.tile(np.eye(length)[:, 1:], (n, 1))
    design = np.column_stack([treated.ravel().astype(float), unit, month])
    return float(irls(design, y.ravel()).coef[0, 0])


def bounds(runs: int) -> pd.DataFrame:
    """A national step of which a share is counting; channels not counted before differ between municipalities."""
    rng, rows = np.random.default_rng(SEED + 2), []
    means, times = np.resize([3.0, 10.0, 40.0, 6.0], 40), np.arange(34)
    for run in range(runs):
        share, ratio = (0.0, 0.25, 0.5, 0.75, 1.0)[run % 5], (1.0, 1.15, 1.4)[run // 5 % 3]
        dosed = run // 15 % 2 == 0
        dose = rng.uniform(0.05, 0.4, 40)
        counting, use = share * np.log(ratio), (1 - share) * np.log(ratio)
        # Where dosed, counting rises with the share of contacts not counted before; its mean stays the same.
        change = use + (counting * dose / np.average(dose, weights=means) if dosed else np.full(40, counting))
        y = draw("BA"[run % 2], rng, 1, means, times, 24, rho=0.3, change=change[None])[0]
        panel = panel_of(y, sms_link_share=dose)
        events = EventRegister([event("rule", 24, None, "measurement", measurement_share=share)])
        asked = Question(detectable=False)
        step = interrupted_time_series(panel, events["rule"], question=asked).replace(primary=True)
        found = use_bounds([step], events, panel)[0]
        true_use, true_step = float(np.exp(use)), float(np.average(np.exp(change), weights=means))
        declared = found.declared or (1.0, 0.0, np.inf)
        rows.append(
            {
                "share": share,
                "ratio": ratio,
                "dosed": dosed and counting > 0,
                "held": (found.low or 0) <= true_use <= (found.high or np.inf),
                "declared_held": declared[1] <= true_use <= declared[2],
                "step_held": (step.conf_low or 0) <= true_step <= (step.conf_high or np.inf),
                "dose_called": found.dose is not None and found.dose.p_value <= 0.05 and found.dose.per_tenth[0] > 1,
            }
        )
    frame = pd.DataFrame(rows)
    out = []
    for name, part in [
        ("all", frame),
        *((f"share {s}", frame[frame["share"] == s]) for s in (0, 0.25, 0.5, 0.75, 1)),
    ]:
        flat, steep = part[~part["dosed"]], part[part["dosed"] & (part["ratio"] == 1.4)]
        held = float(part["held"].mean())
        out.append(
            {
                "cell": name,
                "panels": len(part),
                "bounds_hold": held,
                "step_interval_holds": part["step_held"].mean(),
                "declared_holds": part["declared_held"].mean(),
                "dose_called_without": flat["dose_called"].mean(),
                "dose_called_ratio_1.4": steep["dose_called"].mean(),
                "fails": "" if held >= 0.95 else "below .95",
            }
        )
    return pd.DataFrame(out)


def scan(runs: int) -> pd.DataFrame:
    """Steady municipalities among 40, and their sum: how often is any month proposed, how often a lock-out called?"""
    rng, rows = np.random.default_rng(SEED + 3), []
    means, times = np.resize([3.0, 10.0, 40.0], 41), np.arange(48)
    release = EventRegister([event("login", 40, None)])["login"]
    cells = [(kind, rho) for kind in "ABC" for rho in (0.0, 0.3, 0.6)]
    each = -(-runs // len(cells))
    for kind, rho in cells:
        called = {"mean 3": 0, "mean 10": 0, "mean 40": 0, "sum": 0, "locked": 0, "step found": 0, "month right": 0}
        for run in range(each):
            y = draw(kind, rng, 1, means, times, 99, rho=rho)[0]
            panel = panel_of(y)
            unit = run % 3
            called[f"mean {int(means[unit])}"] += bool(change_points(panel, municipality=f"{unit + 1:03d}", seed=run))
            if kind != "C":  # its sum has a season and a trend, which are changes
                called["sum"] += bool(change_points(panel, seed=run))
            called["locked"] += any(one.beyond_chance for one in lock_outs(panel, release).fallen)
            y[1, 30:] = _times(rng, y[1, 30:], 2.0)
            found = change_points(panel_of(y), municipality="002", seed=run)
            called["step found"] += bool(found)
            called["month right"] += any(one.first <= months.shift(FIRST, 30) <= one.last for one in found)
        own = sum(called[f"mean {m}"] for m in (3, 10, 40)) / each
        rows.append(
            {
                "kind": kind,
                "rho": rho,
                "panels": each,
                "any_proposal": own,
                "any_for_the_sum": called["sum"] / each,
                "any_lock_out": called["locked"] / each,
                "doubling_found": called["step found"] / each,
                "its_month_in_interval": called["month right"] / max(called["step found"], 1),
                "fails": "" if own <= 0.05 + 3.29 * np.sqrt(0.05 * 0.95 / each) else f"{own:.3f} above .05",
            }
        )
    frame = pd.DataFrame(rows)
    numbers = ["any_proposal", "any_for_the_sum", "any_lock_out", "doubling_found", "its_month_in_interval"]
    total = {"kind": "all", "panels": frame["panels"].sum(), **frame[numbers].mean().to_dict(), "fails": ""}
    total["any_for_the_sum"] = frame.loc[frame["kind"] != "C", "any_for_the_sum"].mean()
    return pd.concat([frame, pd.DataFrame([total])], ignore_index=True)


def real(_: int) -> pd.DataFrame:
    """Months that are known, and whether the scan finds them; published numbers through our own call site."""
    if not SHARED.is_dir():
        raise SystemExit("../shared/data is absent: nothing to try")
    from real import panel_of as by_month

    from kl_research.commands.validate import compare_all

    frame = pd.read_csv(SHARED / "pharmacy_first" / "pf_consultation_validation_data_by_region.csv")
    pharmacy = by_month(frame.assign(area=frame["region"], month=frame["date"].str[:7], calls=frame["count"]))
    frame = pd.read_csv(SHARED / "immuni_app" / "andamento-download.csv")
    immuni = by_month(frame.assign(area="Italy", month=frame["data"].str[:7], calls=frame["ios_android"]))
    rows = [
        _row("Pharmacy First, launched 31 January 2024: the national sum", pharmacy, "2024-02"),
        _row("Immuni downloads, the rise of June 2021", immuni, "2021-06"),
    ]
    frame = pd.read_csv(SHARED / "lidocaine" / "bq_cache.csv")
    cost = frame.assign(
        area=frame["code"], month=frame["month"].str[:7], calls=frame["numerator"].clip(lower=0).round()
    )
    money = by_month(cost)
    rows.append(_row("lidocaine, guidance of 30 November 2017: the sum of prescribing cost", money, "2017-12"))
    rows.append(_by_area("lidocaine, each of 191 areas alone", cost, "2017-12"))
    for comparison in compare_all():
        if comparison.case.startswith(("castle", "minimum wage")):
            rows.append(
                {
                    "case": f"{comparison.case}: {comparison.quantity}",
                    "expected": f"{comparison.theirs:.5g}",
                    "found": "" if comparison.ours is None else f"{comparison.ours:.5g}",
                    "right": comparison.status == "ok",
                }
            )
    return pd.DataFrame(rows)


def _row(case: str, panel: pd.DataFrame, month: str) -> dict[str, object]:
    found = change_points(panel, seed=SEED)
    words = "; ".join(
        f"{one.month} ({one.first} to {one.last}, x{one.ratio:.3g}, p {one.p_value:.3f})" for one in found
    )
    near = any(one.first <= month <= one.last for one in found)
    exact = any(one.month == month for one in found)
    return {"case": case, "expected": month, "found": words, "right": near, "exact_month": exact}


def _by_area(case: str, frame: pd.DataFrame, month: str) -> dict[str, object]:
    from real import panel_of as by_month

    found = [change_points(by_month(part), seed=SEED) for _, part in frame.groupby("area")]
    some = sum(bool(one) for one in found)
    near = sum(any(p.first <= month <= p.last for p in one) for one in found)
    exact = sum(any(p.month == month for p in one) for one in found)
    words = f"{some} of {len(found)} areas have a proposal, {near} one that may be {month}, {exact} exactly that"
    return {"case": case, "expected": month, "found": words, "right": near > len(found) / 2}


TABLES: dict[str, tuple[Callable[[int], pd.DataFrame], int]] = {
    "pooled": (pooled, 2000),
    "staggered": (staggered, 2000),
    "bounds": (bounds, 2000),
    "scan": (scan, 2000),
    "real": (real, 1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--runs", type=int)
    given = parser.parse_args()
    make, usual = TABLES[given.table]
    start = time.perf_counter()
    store(f"register_{given.table}", make(given.runs or usual), time.perf_counter() - start)


if __name__ == "__main__":
    main()
