"""Panels drawn to make answers wrong, by someone who had read the claims and not the code: nothing happened in any.

    python benchmarks/strange.py [--runs 250] [--only "closing units"]

40 municipalities of 3, 10 and 40 calls a month, 39 months before and 12 after; the first (10 a month) is judged. A
row a kind: `called`, `claimed` and `claimed_final` as in attacks.py, `coverage` of "no change", `coverage_1_5` of a
true x1.5 drawn into the same kind, and `sure_wrong`: told with 9 in 10 or more that use rose, or fell. The target of
`claimed` is .08; where the municipality itself moves before the event (`MOVES`) .12, as for growth.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import panels
from attacks import FINAL, found_at, margin
from calibration import store
from drawn import MEANS, draw
from probability import COUNTS, compared
from seed import SEED

from kl_research.statistics.posterior import ORDINARY, count_likelihood, posterior

N, BEFORE, AFTER = 40, 39, 12
MONTHS = BEFORE + AFTER
TEN = np.concatenate([[10.0], np.resize(MEANS, N - 1)])
CALENDAR = (np.arange(MONTHS) + 11) % 12  # the first month is a December
SINCE = np.arange(MONTHS) - BEFORE

# What a kind multiplies rates of 1 by, (runs, N, MONTHS) or what fits it.
Course = Callable[[np.random.Generator, int], np.ndarray]


def season_by_area(rng: np.random.Generator, runs: int) -> np.ndarray:
    """Every area has a season of its own: a wave of 40 % with its own top."""
    top = rng.uniform(0, 12, (runs, N, 1))
    return 1 + 0.4 * np.cos(2 * np.pi * (CALENDAR - top) / 12)


def summer_closure(rng: np.random.Generator, runs: int) -> np.ndarray:
    """The judged one and every fourth other close from June to August."""
    closed = np.isin(CALENDAR, (5, 6, 7)) & (np.arange(N) % 4 == 0)[:, None]
    return np.where(closed, 0.05, 1.0)[None]


def counted_otherwise(rng: np.random.Generator, runs: int) -> np.ndarray:
    """The judged one reports x1.6 from a year before the event on."""
    return _first(np.where(SINCE >= -12, 1.6, 1.0))


def counted_otherwise_lately(rng: np.random.Generator, runs: int) -> np.ndarray:
    """The judged one reports x1.6 from four months before the event on."""
    return _first(np.where(SINCE >= -4, 1.6, 1.0))


def others_counted_otherwise(rng: np.random.Generator, runs: int) -> np.ndarray:
    """At the event a third of the others, by lot, begins to report x1.5."""
    changed = rng.random((runs, N, 1)) < 1 / 3
    changed[:, 0] = False
    return np.where(changed & (SINCE >= 0), 1.5, 1.0)


def half_did_the_same(rng: np.random.Generator, runs: int) -> np.ndarray:
    """Half of the others double use at the event: something that the register does not know."""
    return np.where(((np.arange(N) % 2 == 1)[:, None]) & (SINCE >= 0), 2.0, 1.0)[None]


def giant(rng: np.random.Generator, runs: int) -> np.ndarray:
    """One of the others has 2,000 calls a month and doubles."""
    course = np.ones((N, MONTHS))
    course[2] = 50.0 * np.where(SINCE >= 0, 2.0, 1.0)
    return course[None]


def leaving(rng: np.random.Generator, runs: int) -> np.ndarray:
    """Ten of the others fade out over the months after the event."""
    left = np.isin(np.arange(N), range(3, 33, 3))[:, None] & (SINCE >= 0)
    return np.where(left, 0.75 ** (SINCE + 1.0), 1.0)[None]


def closed_months(rng: np.random.Generator, runs: int) -> np.ndarray:
    """In three months of ten a municipality is closed."""
    return np.where(rng.random((runs, N, MONTHS)) < 0.3, 0.0, 1.0)


def holiday_before(rng: np.random.Generator, runs: int) -> np.ndarray:
    """The judged one was closed in the two months before the event."""
    return _first(np.where(np.isin(SINCE, (-2, -1)), 0.05, 1.0))


def levels_off(rng: np.random.Generator, runs: int) -> np.ndarray:
    """The judged one grew 4 % a month and levels off at the event."""
    return _first(1.04 ** np.minimum(SINCE, 0))


def late_rise(rng: np.random.Generator, runs: int) -> np.ndarray:
    """The judged one doubled along an S in the year before the event."""
    return _first(1 + 1 / (1 + np.exp(-(SINCE + 6.0))))


def closing_units(rng: np.random.Generator, runs: int) -> np.ndarray:
    """The judged one lost a third of its units, one by one, in the half year before the event."""
    return _first(np.clip(1 - (SINCE + 7) / 18, 2 / 3, 1.0))


def bursts(rng: np.random.Generator, runs: int) -> np.ndarray:
    """In one month of thirty use is five times as large."""
    return np.where(rng.random((runs, N, MONTHS)) < 1 / 30, 5.0, 1.0)


def restless(rng: np.random.Generator, runs: int) -> np.ndarray:
    """The judged one varies three times as much as the others."""
    more = rng.normal(0.0, np.sqrt(1 / 3), (runs, 1, MONTHS)) - 1 / 6
    return _first(np.exp(more))


def slow_memory(rng: np.random.Generator, runs: int) -> np.ndarray:
    """What moves use stays for about a year (autocorrelation .92), in all."""
    return np.exp(_memory(rng, (runs, N, MONTHS), 0.92) * 0.3)


def wandering(rng: np.random.Generator, runs: int) -> np.ndarray:
    """All wander: every month a step of 8 % that stays."""
    return np.exp(np.cumsum(rng.normal(0.0, 0.08, (runs, N, MONTHS)), axis=2))


def regions(rng: np.random.Generator, runs: int) -> np.ndarray:
    """Five regions with shocks of their own; the judged one's neighbours share them."""
    shock = _memory(rng, (runs, 5, MONTHS), 0.8) * 0.35
    return np.exp(shock[:, np.arange(N) % 5])


def unequal_answers(rng: np.random.Generator, runs: int) -> np.ndarray:
    """At the event something national doubles use, more in some than in others (sd .3)."""
    return np.exp(np.where(SINCE >= 0, rng.normal(np.log(2), 0.3, (runs, N, 1)), 0.0))


def slopes(rng: np.random.Generator, runs: int) -> np.ndarray:
    """Each grows or falls at its own pace, 2 % a month (sd)."""
    return np.exp(rng.normal(0.0, 0.02, (runs, N, 1)) * SINCE)


def late_reports(rng: np.random.Generator, runs: int) -> np.ndarray:
    """The judged one's last three months are only half reported."""
    return _first(np.where(SINCE >= AFTER - 3, 0.5, 1.0))


def lockdown(rng: np.random.Generator, runs: int) -> np.ndarray:
    """All fall to .3 a year and a half before the event and recover at their own speed."""
    speed = rng.uniform(2, 14, (runs, N, 1))
    return np.where(SINCE < -18, 1.0, 1 - 0.7 * np.exp(-(SINCE + 18) / speed))


def newcomers(rng: np.random.Generator, runs: int) -> np.ndarray:
    """Half of the others began within the two years before and still rise; the judged one stands still."""
    began = rng.uniform(-24, -6, (runs, N, 1))
    young = (np.arange(N) % 2 == 1)[:, None]
    return np.where(young, np.where(began > SINCE, 0.02, 1 - np.exp(-(SINCE - began + 1) / 9)), 1.0)


def all_fade(rng: np.random.Generator, runs: int) -> np.ndarray:
    """All fall 3 % a month, the judged one stands at its floor since half a year."""
    course = np.broadcast_to(0.97**SINCE, (N, MONTHS)).copy()
    course[0] = 0.97 ** np.minimum(SINCE, -6)
    return course[None]


COURSES: dict[str, Course] = {
    f.__name__.replace("_", " "): f
    for f in (
        season_by_area, summer_closure, counted_otherwise, counted_otherwise_lately, others_counted_otherwise,
        half_did_the_same, giant, leaving, closed_months, holiday_before, levels_off, late_rise, closing_units,
        bursts, restless, slow_memory, wandering, regions, unequal_answers, slopes, late_reports, lockdown,
        newcomers, all_fade,
    )
}  # fmt: skip
MOVES = {"counted otherwise", "counted otherwise lately", "levels off", "late rise", "closing units", "all fade"}
REAL = {"late reports"}  # fewer calls are in the data: claimed is right of them, and the question is what they are


def in_clumps(rng: np.random.Generator, runs: int, ratio: float, size: float = 4.0) -> np.ndarray:
    """Calls come in clumps of four on average (a rollout at one unit, a week of tests)."""
    rate = panels.stepped(panels.rates(TEN, runs, MONTHS), 0, ratio, BEFORE)
    clumps = rng.poisson(rate / size)
    return clumps + rng.poisson(clumps * (size - 1.0)).astype(float)


def clumps_in_the_judged(rng: np.random.Generator, runs: int, ratio: float) -> np.ndarray:
    """Only the judged one's calls come in clumps."""
    y = panels.counts(rng, panels.rates(TEN, runs, MONTHS), panels.same(TEN))
    y[:, 0] = in_clumps(rng, runs, ratio)[:, 0]
    return y


def carry_over_and_noise(rng: np.random.Generator, runs: int, ratio: float) -> np.ndarray:
    """Six calls of ten are the same people as the month before, around latent noise."""
    base = draw("A", rng, runs, TEN, np.arange(MONTHS), BEFORE, rho=0.6, change=np.eye(N)[:1] * np.log(ratio))
    slow = np.exp(0.35 * _memory(rng, (runs, N, MONTHS), 0.5) - 0.06)
    return rng.poisson(base * slow).astype(float)


def tiny(rng: np.random.Generator, runs: int, ratio: float) -> np.ndarray:
    """All have one call a month."""
    rate = panels.stepped(panels.rates(np.ones(N), runs, MONTHS), 0, ratio, BEFORE)
    return panels.counts(rng, rate, panels.same(np.ones(N)))


def large_among_tiny(rng: np.random.Generator, runs: int, ratio: float) -> np.ndarray:
    """The judged one has 80 a month, all others two; noise falls with size."""
    means = np.concatenate([[80.0], np.full(N - 1, 2.0)])
    rate = panels.stepped(panels.rates(means, runs, MONTHS), 0, ratio, BEFORE)
    return panels.counts(rng, rate, panels.falls_with_size(means))


def small_among_large(rng: np.random.Generator, runs: int, ratio: float) -> np.ndarray:
    """The judged one has three a month, all others 200; noise falls with size."""
    means = np.concatenate([[3.0], np.full(N - 1, 200.0)])
    rate = panels.stepped(panels.rates(means, runs, MONTHS), 0, ratio, BEFORE)
    return panels.counts(rng, rate, panels.falls_with_size(means))


DRAWN: dict[str, Callable[[np.random.Generator, int, float], np.ndarray]] = {
    f.__name__.replace("_", " "): f
    for f in (
        in_clumps, clumps_in_the_judged, carry_over_and_noise, tiny, large_among_tiny, small_among_large,
    )
}  # fmt: skip


def drawn_panels(kind: str, runs: int, ratio: float) -> np.ndarray:
    """Counts (runs, N, MONTHS) of a kind, the first changed by a ratio from the event on."""
    rng = np.random.default_rng([SEED, *kind.encode()])
    if kind in DRAWN:
        return DRAWN[kind](rng, runs, ratio)
    rate = panels.stepped(panels.rates(TEN, runs, MONTHS) * COURSES[kind](rng, runs), 0, ratio, BEFORE)
    return panels.counts(rng, rate, panels.same(TEN))


def row(kind: str, runs: int) -> dict[str, object]:
    """One kind judged, without an effect and with x1.5."""
    target = 0.12 if kind in MOVES else 1.0 if kind in REAL else 0.08
    return judged(kind, drawn_panels(kind, runs, 1.0), drawn_panels(kind, runs // 2, 1.5), target)


def judged(kind: str, null: np.ndarray, changed: np.ndarray, target: float, final: int = FINAL) -> dict[str, object]:
    """What is told of panels in which nothing happened, and of others with x1.5; `final` of them go through whole."""
    found, with_effect = found_at(null, BEFORE, 0, final=final), found_at(changed, BEFORE, 0, 1.5, final=0)
    times = np.arange(BEFORE - 24, MONTHS)
    cases = compared(null[:, :, times], times, BEFORE, 0)
    told = posterior(count_likelihood(*(cases[c].to_numpy() for c in COUNTS)), (ORDINARY,))
    return {
        "kind": kind,
        **{name: found[name] for name in ("runs", "called", "claimed", "coverage", "final_runs", "claimed_final")},
        "claimed_1_5": with_effect["claimed"],
        "coverage_1_5": with_effect["coverage"],
        "sure_wrong": float((np.maximum(told.rise, told.fall) >= 0.9).mean()),
        "target": f"claimed <= {target:g}",
        "fails": "claimed" if found["claimed"] > target + margin(target, len(null)) else "",
    }


def _first(course: np.ndarray) -> np.ndarray:
    """A course of the first municipality alone, the others at 1; (runs or 1, N, MONTHS)."""
    own = np.broadcast_to(course, (*course.shape[:-2], 1, MONTHS)) if course.ndim > 1 else course[None]
    whole = np.ones((*own.shape[:-2], N, MONTHS))
    whole[..., :1, :] = own
    return whole


def _memory(rng: np.random.Generator, shape: tuple[int, int, int], r: float) -> np.ndarray:
    x = rng.standard_normal(shape)
    for t in range(1, shape[2]):
        x[:, :, t] = r * x[:, :, t - 1] + np.sqrt(1 - r**2) * x[:, :, t]
    return x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=250)
    parser.add_argument("--only", nargs="*", default=[])
    chosen = parser.parse_args()
    start, rows = time.perf_counter(), []
    for kind in chosen.only or (*COURSES, *DRAWN):
        rows.append(row(kind, chosen.runs))
        print({k: round(v, 3) if isinstance(v, float) else v for k, v in rows[-1].items()}, flush=True)
    if not chosen.only:
        store("strange", pd.DataFrame(rows), time.perf_counter() - start, runs=chosen.runs)


if __name__ == "__main__":
    main()
