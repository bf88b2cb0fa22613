"""The cells of the second look on final verdicts: what is claimed where nothing happened, and what is found.

    python benchmarks/attacks.py sizes --runs 1000          # small and large where noise falls with size
    python benchmarks/attacks.py growth                     # a municipality that grows unlike the others
    python benchmarks/attacks.py pooled                     # a kind of event pooled over five that grow
    python benchmarks/attacks.py shared                     # an event in three that grow
    python benchmarks/attacks.py staggered                  # everybody has an event of its own
    python benchmarks/attacks.py circumstances              # hidden months, ramping up, a shock by size, chosen dates

`--as before` stores the figures as those before (run on an older checkout); the table holds both beside the target.
Every verdict is the library's own, from a panel to the checks; sensitivities, which take none away, are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import panels
from drawn import MEANS
from seed import SEED

from kl_research.effects import evaluation
from kl_research.effects.checks.objections import RAMPING, objection
from kl_research.effects.checks.placebo import placebo_in_time
from kl_research.effects.checks.steadiness import without_trigger_months
from kl_research.effects.counts import counts_of
from kl_research.effects.designs.choice import choose_primary, expected_after, run_on_window
from kl_research.effects.designs.controlled import panel_totals
from kl_research.effects.designs.registry import BY_NAME
from kl_research.effects.designs.several import joint, precision, random_sets
from kl_research.effects.effect import Check, Effect
from kl_research.effects.questions.kinds import local_effects, pooled_types
from kl_research.effects.questions.pooling import pool
from kl_research.effects.window import Window, window_of
from kl_research.statistics.growth import growth_of_first, growth_rule
from kl_research.statistics.ranks import Studentised, Totals, log_ratios, rank_p, shifted, studentised
from kl_research.statistics.restless import p_if_restless, variation
from kl_research.statistics.size import ADDED, CLEAR, change_by_size
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.panel import check_panel
from kl_research.terms.question import Question

RESULTS = Path(__file__).parent / "results"
FIRST = "2020-12"
BEFORE, AFTER = 39, 12
JULY = 43  # months after the first
CHUNK = 250
FINAL = 40  # panels of a cell that go through the library whole, where the rule is also known on arrays
FINAL_GROUP = 20  # the same of several municipalities, which take longer
FINAL_STAGGERED = 60  # panels of a staggered effect in which a call is asked whether it is a claim
STAGGERED = {1.0: 1.0, 1.5: 0.1, 2.0: 0.4}  # share of the runs by true ratio; x1.5 has no target
CLAIMS = ("increase", "decrease")


def margin(share: float, runs: int) -> float:
    """99.9 % Monte Carlo margin."""
    return 3.29 * float(np.sqrt(share * (1 - share) / runs))


def panel_of(y: np.ndarray, states: np.ndarray | None = None) -> pd.DataFrame:
    """A checked panel from counts (municipalities, months); `states` where not all are observed."""
    months = pd.date_range(f"{FIRST}-01", periods=y.shape[1], freq="MS")
    codes = [f"{i + 1:03d}" for i in range(len(y))]
    cells = pd.MultiIndex.from_product([codes, months], names=["municipality", "month"]).to_frame(index=False)
    states = np.full(y.shape, "observed", dtype=object) if states is None else states
    values = pd.array(y.ravel().astype("int64"), dtype="Int64")
    values[(states != "observed").ravel()] = pd.NA
    return check_panel(cells.assign(state=states.ravel(), calls=values))


def event_at(start: int, units: list[int], name: str = "event") -> Event:
    """An intervention in some municipalities from month `start` on."""
    date = (pd.Timestamp(f"{FIRST}-01") + pd.DateOffset(months=start)).strftime("%Y-%m-%d")
    codes = [f"{u + 1:03d}" for u in units]
    return Event(id=name, kind="intervention", type="other", date=date, municipalities=codes, source="drawn")


def verdict(panel: pd.DataFrame, event: Event, question: Question, *, checked: bool = True) -> Effect:
    """The primary of `evaluate` for the event's municipality, with the checks that may take a claim away."""
    if not event.others():
        event = EventRegister([event])[event.id]
    code, question = event.municipalities[0], question.about(event).without_detectable()
    counts = counts_of(panel, question)
    window = window_of(counts, panel, event, code, question)
    design = choose_primary(window, expected_after(counts, window))
    effect = run_on_window(counts, window, event, design, question)
    if not effect.excludes_one or not checked:
        return effect
    if _objected_without_placebo(effect, window):
        return evaluation._with_checks(effect, event, window, (), question.band)
    asked = (BY_NAME[design].ask, panel, event)
    done: tuple[Check, ...] = (placebo_in_time(*asked, municipality=code, question=question),)
    found = evaluation._with_checks(effect, event, window, done, question.band)
    # Unusual months just before are an objection only where the placebo failed and nothing else objects.
    if found.verdict in CLAIMS and done[0].outcome == "failed":
        done += (without_trigger_months(*asked, municipality=code, question=question),)
        found = evaluation._with_checks(effect, event, window, done, question.band)
    return found


def _objected_without_placebo(effect: Effect, window: Window) -> bool:
    """Whether a claim falls whatever the placebo says, which then need not be asked."""
    why = objection(effect, {}, window)
    return why in ("same_size", "restless") or (why == "just_begun" and window.n_pre < RAMPING)


def judged(
    y: np.ndarray, start: int, unit: int, question: Question, states: np.ndarray | None = None
) -> Iterator[Effect]:
    """Verdicts on panels (runs, municipalities, months)."""
    for i, one in enumerate(y):
        panel = panel_of(one, None if states is None else states[i])
        yield verdict(panel, event_at(start, [unit]), question)


def found_at(y: np.ndarray, start: int, unit: int, ratio: float = 1.0, final: int = FINAL) -> dict[str, float]:
    """Called, claimed and covered where everybody is observed, on arrays: the test, and what own growth takes away.

    A limit lies beyond a ratio where the rank rejects that ratio. Unusual months before take a few claims more away:
    `claimed_final` are the library's own verdicts on the first `final` panels.
    """
    pre, post = min(24, start), min(12, y.shape[2] - start)
    times = np.arange(start - pre, start + post)
    order = np.r_[unit, np.delete(np.arange(y.shape[1]), unit)]
    found: list[tuple[np.ndarray, ...]] = []
    for done in range(0, len(y), CHUNK):
        part = y[done : done + CHUNK][:, order]
        totals, noise = panel_totals(part[:, :, times], times, (times >= start).astype(int))
        result = studentised(totals)
        sign = np.sign(log_ratios(totals)[:, 0] - result.centre[:, 0])
        hit = rank_p(result.t, 0) <= 0.05 + 1e-9
        history = np.arange(start)
        growth, variance = growth_of_first(part[:, :, :start], np.ones_like(part[:, :, :start]), history, noise)
        reach = times[times >= start].mean() - times[times < start].mean()
        mean, error = sign * growth[:, 0] * reach, np.sqrt(variance[:, 0]) * reach
        seen, added = growth_rule(start)
        limit = sign * (mean + added * error)
        moved = Totals(totals.before, totals.after, totals.log_exposure.copy(), totals.inflation, totals.floor)
        moved.log_exposure[:, 0] += limit
        beyond = studentised(moved)
        beyond_limit = np.sign(log_ratios(moved)[:, 0] - beyond.centre[:, 0]) * sign > 0
        passed = (rank_p(beyond.t, 0) <= 0.05 + 1e-9) & beyond_limit
        claimed = hit & ~((mean > seen * error) & ~passed)
        claimed &= ~_explained_by_size(totals, result, sign)
        varied = variation(part[:, :, times], (times >= start).astype(int), noise)
        claimed &= p_if_restless(result.t, varied) <= 0.05 + 1e-9
        right = sign > 0 if ratio > 1 else np.ones(len(part), dtype=bool)
        at_ratio = studentised(shifted(totals, 0, np.array([np.log(ratio)])))
        found.append((hit & right, claimed & right, rank_p(at_ratio.t, 0) > 0.05 + 1e-9))
    called, claimed, inside = (np.concatenate(x) for x in zip(*found, strict=True))
    asked = min(final, len(y))
    verdicts = [verdict(panel_of(y[i]), event_at(start, [unit]), Question()) for i in np.flatnonzero(called[:asked])]
    kept = sum(e.verdict in CLAIMS and (ratio == 1 or (e.estimate > 1) == (ratio > 1)) for e in verdicts)
    return {
        "runs": len(y),
        "refused": 0.0,
        "called": float(called.mean()),
        "claimed": float(claimed.mean()),
        "coverage": float(inside.mean()),
        "final_runs": asked,
        "claimed_final": kept / max(asked, 1),
    }


def _explained_by_size(totals: Totals, result: Studentised, sign: np.ndarray) -> np.ndarray:
    """Whether others of its size changed as much, (runs,)."""
    shift, error = change_by_size(totals, result)
    limit = sign * (sign * shift + ADDED * error)
    moved = Totals(totals.before, totals.after, totals.log_exposure.copy(), totals.inflation, totals.floor)
    moved.log_exposure[:, 0] += limit
    beyond = studentised(moved)
    passed = np.sign(log_ratios(moved)[:, 0] - beyond.centre[:, 0]) * sign > 0
    passed &= rank_p(beyond.t, 0) <= 0.05 + 1e-9
    return (sign * shift > CLEAR * error) & ~passed


def shares(effects: list[Effect], ratio: float = 1.0) -> dict[str, float]:
    """Called, claimed, interval holds the ratio, refused."""
    told = [e for e in effects if e.estimate is not None]
    right = [e for e in told if ratio == 1 or (e.estimate > 1) == (ratio > 1)]
    inside = [(e.conf_low or 0) <= ratio <= (e.conf_high or np.inf) for e in told]
    return {
        "runs": len(told),
        "refused": 1 - len(told) / len(effects),
        "called": sum(e.excludes_one for e in right) / len(told),
        "claimed": sum(e.verdict in CLAIMS for e in right) / len(told),
        "coverage": float(np.mean(inside)),
    }


def sizes(runs: int) -> Iterator[dict[str, object]]:
    """Noise that falls with size, 97 others of 4, 10 and 40 a month, 24 + 12 months; a quarter of runs by effect."""
    for noise in (panels.falls_with_size, panels.same):
        for unit, mean in enumerate((4.0, 10.0, 40.0)):
            for ratio in (1.0, 1.5, 2.0):
                means = np.resize([4.0, 10.0, 40.0], 98)
                rng = np.random.default_rng(SEED)
                some = runs if ratio == 1 else runs // 4
                rate = panels.stepped(panels.rates(means, some, BEFORE + AFTER), unit, ratio, BEFORE)
                y = panels.counts(rng, rate, noise(means))
                found = found_at(y, BEFORE, unit, ratio)
                target = ""
                if ratio == 1 and noise is panels.falls_with_size:
                    target = {4.0: "claimed <= .06", 40.0: "claimed >= .015, coverage <= .985"}.get(mean, "")
                if ratio == 1.5 and noise is panels.falls_with_size and mean == 40:
                    target = "claimed >= .50"
                yield {"noise": noise.__name__, "mean": mean, "ratio": ratio, **found, "target": target}


def growth(runs: int) -> Iterator[dict[str, object]]:
    """One grows, 39 stand still; 39 months before in the data, and only 24."""
    for before in (BEFORE, 24):
        for mean in MEANS:
            for percent, ratio in ((0, 1.0), (1, 1.0), (2, 1.0), (4, 1.0), (0, 1.5), (0, 2.0), (2, 2.0)):
                means = np.concatenate([[mean], np.resize(MEANS, 39)])
                rng = np.random.default_rng(SEED)
                rate = panels.growing(panels.rates(means, runs, before + AFTER), 0, percent / 100)
                y = panels.counts(rng, panels.stepped(rate, 0, ratio, before), panels.same(means))
                found = found_at(y, before, 0, ratio)
                target = {2: "claimed <= .12", 4: "claimed <= .10"}.get(percent, "") if ratio == 1 else ""
                yield {
                    "months_before": before,
                    "mean": mean,
                    "growth_percent": percent,
                    "ratio": ratio,
                    **found,
                    "target": target if before == BEFORE else "",
                }


def pooled(runs: int) -> Iterator[dict[str, object]]:
    """A kind pooled over five municipalities of 10 a month, each with its own event, 40 others."""
    for percent, ratio, target in (
        (0, 1.0, ""),
        (1, 1.0, "claimed <= .08"),
        (2, 1.0, "claimed <= .10"),
        (0, 1.5, ""),
    ):
        means = np.concatenate([np.full(5, 10.0), np.resize(MEANS, 40)])
        rng = np.random.default_rng(SEED)
        months = BEFORE + AFTER
        rate = panels.growing(panels.rates(means, runs, months), np.arange(5), percent / 100)
        for unit in range(5):
            rate = panels.stepped(rate, unit, ratio, BEFORE - unit)
        y = panels.counts(rng, rate, panels.same(means))
        found = np.concatenate([_pooled_at(y[i : i + CHUNK], ratio) for i in range(0, runs, CHUNK)])
        final = []
        for one in y[:FINAL_GROUP]:
            events = EventRegister([event_at(BEFORE - unit, [unit], f"e{unit}") for unit in range(5)])
            final += pooled_types(local_effects(panel_of(one), events))
        yield {"growth_percent": percent, "ratio": ratio, **_group_shares(found, final, ratio), "target": target}


def _pooled_at(y: np.ndarray, ratio: float) -> np.ndarray:
    """Called, claimed, covered (runs, 3) on arrays: each member's limits, their mean, and its members' growth."""
    members = []
    for unit in range(5):
        start, others = BEFORE - unit, np.arange(5, y.shape[1])
        part = y[:, np.r_[unit, others]]
        times = np.arange(start - 24, min(start + 12, y.shape[2]))
        totals, noise = panel_totals(part[:, :, times], times, (times >= start).astype(int))
        estimate = (log_ratios(totals) - studentised(totals).centre)[:, 0]
        low, high = (_limit(totals, estimate, side) for side in (-1.0, 1.0))
        growth, variance = growth_of_first(
            part[:, :, :start], np.ones_like(part[:, :, :start]), np.arange(start), noise
        )
        reach = times[times >= start].mean() - times[times < start].mean()
        members.append(
            (estimate, ((high - low) / 2 / 1.959964) ** 2, growth[:, 0] * reach, variance[:, 0] * reach**2)
        )
    rows = []
    for estimates, variances, moved, errors in zip(*(np.array(x).T for x in zip(*members, strict=True)), strict=True):
        found = pool(estimates, variances)
        share = 1.0 / (variances + found.tau2)
        share = share / share.sum()
        sign = np.sign(found.estimate)
        limit = sign * (found.conf_low if sign > 0 else found.conf_high)
        mean, error = sign * float(share @ moved), float(np.sqrt(share**2 @ errors))
        called = limit > 0 and (ratio == 1 or sign > 0)
        seen, added = growth_rule(BEFORE, together=True)
        explained = mean > seen * error and limit <= mean + added * error
        rows.append((called, called and not explained, found.conf_low <= np.log(ratio) <= found.conf_high))
    return np.array(rows, dtype=float)


def _limit(totals: Totals, estimate: np.ndarray, side: float) -> np.ndarray:
    """The log ratio (runs,) at which the rank test begins to reject on the way out, by bisection."""
    kept, out = estimate.copy(), estimate + side * 4.0
    for _ in range(10):
        middle = 0.5 * (kept + out)
        moved = Totals(totals.before, totals.after, totals.log_exposure.copy(), totals.inflation, totals.floor)
        moved.log_exposure[:, 0] += middle
        inside = rank_p(studentised(moved).t, 0) > 0.05 + 1e-9
        kept, out = np.where(inside, middle, kept), np.where(inside, out, middle)
    return np.asarray(kept)


def shared(runs: int) -> Iterator[dict[str, object]]:
    """One event in three municipalities of 3, 10 and 40 a month, 40 others."""
    for percent, ratio, target in (
        (0, 1.0, ""),
        (1, 1.0, "claimed <= .10"),
        (2, 1.0, "claimed <= .10"),
        (0, 1.5, ""),
    ):
        means = np.concatenate([MEANS, np.resize(MEANS, 40)])
        rng = np.random.default_rng(SEED)
        rate = panels.growing(panels.rates(means, runs, BEFORE + AFTER), np.arange(3), percent / 100)
        y = panels.counts(rng, panels.stepped(rate, np.arange(3), ratio, BEFORE), panels.same(means))
        found = np.concatenate([_shared_at(y[i : i + CHUNK], ratio) for i in range(0, runs, CHUNK)])
        events = EventRegister([event_at(BEFORE, [0, 1, 2])])
        question = Question(detectable=False)
        some = y[:FINAL_GROUP]
        final = [evaluation.evaluate_shared(panel_of(one), events, question=question)[0] for one in some]
        yield {"growth_percent": percent, "ratio": ratio, **_group_shares(found, final, ratio), "target": target}


def _shared_at(y: np.ndarray, ratio: float) -> np.ndarray:
    """Called, claimed, covered (runs, 3) on arrays: the randomisation test, and what the members' growth explains."""
    times = np.arange(BEFORE - 24, BEFORE + AFTER)
    totals, noise = panel_totals(y[:, :, times], times, (times >= BEFORE).astype(int))
    sets, treated = random_sets(y.shape[1], 3, 1999, 1), np.arange(3)
    growth, variance = growth_of_first(
        y[:, :, :BEFORE], np.ones_like(y[:, :, :BEFORE]), np.arange(BEFORE), noise, k=3
    )
    weight, lr = precision(totals), log_ratios(totals)
    share = weight[:, :3] / weight[:, :3].sum(axis=1, keepdims=True)
    others = (weight * lr)[:, 3:].sum(axis=1) / weight[:, 3:].sum(axis=1)
    sign = np.sign((share * lr[:, :3]).sum(axis=1) - others)
    reach = times[times >= BEFORE].mean() - times[times < BEFORE].mean()
    mean = sign * (share * growth).sum(axis=1) * reach
    error = np.sqrt((share**2 * variance).sum(axis=1)) * reach

    def kept(log_ratio: np.ndarray) -> np.ndarray:
        moved = Totals(totals.before, totals.after, totals.log_exposure.copy(), totals.inflation, totals.floor)
        moved.log_exposure[:, :3] += log_ratio[:, None]
        t, a = studentised(moved).t, np.sqrt(precision(moved))
        window = np.zeros(3, dtype=int)
        p = []
        for one, weigh in zip(t, a, strict=True):
            own = joint(one[None], weigh[None], window, treated[None])[0]
            p.append((1 + (joint(one[None], weigh[None], window, sets) >= own - 1e-9).sum()) / (len(sets) + 1))
        return np.array(p) > 0.05

    called = ~kept(np.zeros(len(y)))
    called &= (sign > 0) if ratio > 1 else True
    seen, added = growth_rule(BEFORE, together=True)
    explained = (mean > seen * error) & kept(sign * (mean + added * error))
    return np.c_[called, called & ~explained, kept(np.full(len(y), np.log(ratio)))].astype(float)


def _group_shares(found: np.ndarray, final: list[Effect], ratio: float) -> dict[str, float]:
    """The shares on arrays, and the library's own claims on the first panels."""
    called, claimed, inside = found.mean(axis=0).tolist()
    own = shares(final, ratio)
    return {
        "runs": len(found),
        "refused": own["refused"],
        "called": called,
        "claimed": claimed,
        "coverage": inside,
        "final_runs": len(final),
        "claimed_final": own["claimed"],
    }


def staggered(runs: int, ratios: Sequence[float] = (1.0, 1.5, 2.0)) -> Iterator[dict[str, object]]:
    """40 municipalities, each with an event of its own in months 13 to 44 of 51: the first three are judged.

    Of an effect whether a call becomes a claim is asked of the first panels (`final_runs`).
    """
    goals = {1.0: ("called .03-.07",) * 3, 1.5: ("",) * 3, 2.0: ("called >= .70", "called >= .85", "called >= .90")}
    for ratio in ratios:
        told: dict[float, list[Effect]] = {mean: [] for mean in MEANS}
        for run in range(int(runs * STAGGERED[ratio])):
            rng = np.random.default_rng((SEED, run))
            starts = rng.integers(13, 45, 40)
            means = np.resize(MEANS, 40)
            rate = panels.rates(means, 1, BEFORE + AFTER)
            for unit, start in enumerate(starts):
                rate = panels.stepped(rate, unit, ratio, int(start))
            panel = panel_of(panels.counts(rng, rate, panels.same(means))[0])
            events = EventRegister([event_at(int(s), [u], f"e{u}") for u, s in enumerate(starts)])
            for unit in range(3):
                one = verdict(panel, events[f"e{unit}"], Question(), checked=ratio == 1 or run < FINAL_STAGGERED)
                told[means[unit]].append(one)
        for (mean, effects), target in zip(told.items(), goals[ratio], strict=True):
            compared = [e for e in effects if e.details.get("comparison") == "donors" and e.estimate is not None]
            final = effects if ratio == 1 else effects[:FINAL_STAGGERED]
            row = {"mean": mean, "ratio": ratio, **shares(effects, ratio), "compared": len(compared) / len(effects)}
            row |= {"claimed": shares(final, ratio)["claimed"], "final_runs": len(final)}
            yield row | {"size_or_power_compared": shares(compared, ratio)["called"], "target": target}


def circumstances(runs: int) -> Iterator[dict[str, object]]:
    """Circumstances that look like an effect, nothing done; the treated has 10 a month, 39 others, unless told."""
    ten = np.concatenate([[10.0], np.resize(MEANS, 39)])
    steady = panels.rates(ten, runs, BEFORE + AFTER)

    def drawn(rate: np.ndarray, means: np.ndarray = ten) -> np.ndarray:
        return panels.counts(np.random.default_rng(SEED), rate, panels.same(means))

    def cell(name: str, effects: list[Effect], target: float) -> dict[str, object]:
        return {"circumstance": name, **shares(effects), "target": f"claimed <= {target}"}

    def ramping(months: int, target: float) -> dict[str, object]:
        """Only what the test calls goes through the library whole."""
        y = drawn(panels.ramping(steady, 0, BEFORE - months))
        states = np.full(y.shape, "observed", dtype=object)
        states[:, 0, : BEFORE - months] = "not_connected"
        times = np.arange(BEFORE - months, BEFORE + AFTER)
        totals, _ = panel_totals(y[:, :, times], times, (times >= BEFORE).astype(int))
        called = rank_p(studentised(totals).t, 0) <= 0.05 + 1e-9
        effects = list(judged(y[called], BEFORE, 0, Question(), states[called]))
        found = {"runs": runs, "refused": 0.0, "called": sum(e.excludes_one for e in effects) / runs}
        found |= {"claimed": sum(e.verdict in CLAIMS for e in effects) / runs, "coverage": 1.0 - found["called"]}
        return {"circumstance": f"connected {months} months before", **found, "target": f"claimed <= {target}"}

    def by_starts(name: str, y: np.ndarray, starts: np.ndarray, target: float) -> dict[str, object]:
        groups = [found_at(y[starts == s], int(s), 0, final=runs) for s in np.unique(starts)]
        part = np.array([g["runs"] for g in groups]) / runs
        names = ("refused", "called", "claimed_final", "coverage")
        figures = {name: float(part @ [g[name] for g in groups]) for name in names}
        figures["claimed"] = figures.pop("claimed_final")
        return {"circumstance": name, "runs": runs, **figures, "target": f"claimed <= {target}"}

    y = drawn(panels.stepped(steady, np.arange(40), 0.6, BEFORE))
    states = np.where((y > 0) & (y < 5), "suppressed", "observed").astype(object)
    states[:, 0] = "observed"
    yield cell("hidden months of 1-4, all fall x0.6", list(judged(y, BEFORE, 0, Question(), states)), 0.06)
    for months, target in ((12, 0.08), (24, 0.08)):
        yield ramping(months, target)
    largest = np.sort(ten)[::-1].copy()
    largest[0] = 120.0
    y = drawn(panels.shocked(panels.rates(largest, runs, BEFORE + AFTER), largest, BEFORE, 0.7), largest)
    yield by_starts("national fall by size, the largest treated", y, np.full(runs, BEFORE), 0.08)
    y = drawn(steady)
    quarter = np.stack([y[:, 0, s - 3 : s].sum(axis=1) for s in range(25, 40)], axis=1)
    rise = quarter[:, 3:] - quarter[:, :-3]
    best = 28 + rise.argmax(axis=1)
    yield by_starts("dated after the quarter that rose most", y, best, 0.08)
    year = np.stack([y[:, 0, s - 12 : s].sum(axis=1) for s in range(25, 40)], axis=1)
    yield by_starts("dated after the lowest year", y, 25 + year.argmin(axis=1), 0.08)
    sixteen = ten[:16]
    level = panels.levelling(panels.rates(sixteen, runs, JULY + AFTER), JULY, 0.02)
    name = "all level off from July, 15 to compare with"
    yield cell(name, list(judged(drawn(level, sixteen), JULY, 0, Question())), 0.08)
    yield by_starts("seven months before, three after", y[:, :, :10], np.full(runs, 7), 0.06)


def met(row: pd.Series) -> dict[str, object]:
    """The 99.9 % Monte Carlo margin of what a target names, and whether the target is met; empty without one."""
    answer, wide = "", np.nan
    for part in filter(None, row["target"].split(", ")):
        figure, *bounds = part.split()
        low, high = (float(b) for b in bounds[0].split("-")) if len(bounds) == 1 else (0.0, 1.0)
        if bounds[0] == "<=":
            high = float(bounds[1])
        elif bounds[0] == ">=":
            low = float(bounds[1])
        beyond = max(low - row[figure], row[figure] - high)
        wide = margin(max(row[figure], 1 / row["runs"]), row["runs"])
        here = "yes" if beyond <= 0 else "within the margin" if beyond <= wide else "no"
        answer = max(answer, here, key=("", "yes", "within the margin", "no").index)
    return {"margin": wide, "met": answer}


TABLES: dict[str, Callable[[int], Iterator[dict[str, object]]]] = {
    f.__name__: f for f in (sizes, growth, pooled, shared, staggered, circumstances)
}


def store(name: str, rows: list[dict[str, object]], which: str, seconds: float, runs: int) -> None:
    """The table with both figures, and what it was made with."""
    table = pd.DataFrame(rows)
    path = RESULTS / f"attacks_{name}.csv"
    figures = [c for c in ("called", "claimed", "coverage") if c in table]
    figures += [c for c in ("claimed_final", "compared", "size_or_power_compared") if c in table]
    keys = [c for c in table if c not in (*figures, "runs", "final_runs", "refused", "target")]
    table = table.rename(columns={f: f"{f}_{which}" for f in figures})
    if path.exists():
        other = pd.read_csv(path)
        there = "before" if which == "after" else "after"
        kept = [c for c in other if c in {f"{figure}_{there}" for figure in figures}]
        if kept:
            table = table.merge(other[[*keys, *kept]], on=keys, how="left")
    about_runs = [c for c in ("runs", "final_runs", "refused") if c in table]
    order = [*keys, *about_runs, *sorted(c for c in table if c not in (*keys, *about_runs, "target"))]
    now = table.rename(columns={f"{f}_{which}": f for f in figures})
    table = table[[*order, "target"]].join(now.apply(met, axis=1, result_type="expand"))
    table.round(4).to_csv(path, index=False)
    about = {
        "seed": SEED,
        "runs": runs,
        "which": which,
        "seconds": round(seconds, 1),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numpy", "scipy", "pandas")},
        "load": [round(x, 1) for x in os.getloadavg()],
    }
    (RESULTS / f"about_attacks_{name}.json").write_text(json.dumps(about, indent=1) + "\n")
    with pd.option_context("display.max_rows", None, "display.max_columns", None, "display.width", 250):
        print(table.round(3).to_string(index=False), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--as", dest="which", choices=("before", "after"), default="after")
    chosen = parser.parse_args()
    start, rows = time.perf_counter(), []
    for row in TABLES[chosen.table](chosen.runs):
        rows.append(row)
        print({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}, flush=True)
    store(chosen.table, rows, chosen.which, time.perf_counter() - start, chosen.runs)


if __name__ == "__main__":
    main()
