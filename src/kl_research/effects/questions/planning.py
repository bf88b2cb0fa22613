"""Before an intervention: what power it would have on the study's own data, and who starts when, drawn by lot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs.controlled import panel_totals
from kl_research.effects.designs.several import joint, precision, random_sets
from kl_research.effects.donors import LEAST_DONORS
from kl_research.effects.power import carried_counts, latent_log_rate
from kl_research.effects.usable import enough_calls
from kl_research.statistics.ranks import studentised
from kl_research.terms import months
from kl_research.terms.question import Question, Totals

RATIOS = (1.1, 1.2, 1.3, 1.5, 1.75, 2.0, 2.5, 3.0)
_SETS = 399


@dataclass(frozen=True)
class Basis:
    """What a plan's power is simulated from: candidates, their monthly means, and the noise of the months before."""

    codes: tuple[str, ...]
    means: np.ndarray
    pre_months: int
    last_month: str
    s2: float
    kappa: float
    r: float
    tau2: float
    excess: float = 0.0  # the part of the latent variance that falls as 1 / mean


def basis_of(
    panel: pd.DataFrame,
    *,
    outcome: str = "calls",
    pre_months: int = 24,
    months_after: int = 6,
    totals: Totals | None = None,
) -> Basis | None:
    """The municipalities that could take part or be compared with, and their noise, from the latest months.

    Candidates were observed in all of the last `pre_months` and had calls enough to be judged (the contract's rule).
    Latent variance, autocorrelation and carry-over are pooled over them; tau2, the spread of true changes, is what
    their changes show beyond that noise from the `pre_months` before to the latest `months_after`, the lengths of the
    plan's own window where the data reach back so far. `totals` as in a `Question`. None under 20 candidates.

    Returns
    -------
    Basis | None
        A `Basis` (means in calls a month).

    Raises
    ------
    InputError
        For a public panel.

    References
    ----------
    Moments of the panel itself, as in `ranks`.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> basis = basis_of(panel)
    >>> len(basis.codes), basis.last_month
    (30, '2024-12')
    """
    counts = counts_of(panel, Question(outcome, totals=totals))
    if counts is None:
        return None
    first = max(months.shift(counts.months[-1], 1 - pre_months), counts.months[0])
    used = tuple(months.span(first, counts.months[-1]))
    codes = _candidates(counts, used, months_after)
    if len(codes) < LEAST_DONORS + 1:
        return None
    before, split = _history(counts, codes, len(used), months_after)
    sides, noise = panel_totals(before[None], np.arange(before.shape[1]), split)
    tau2 = float(np.median(studentised(sides).spread[0]) - sides.floor[0])
    return Basis(
        codes,
        counts.totals(used, codes) / len(used),
        len(used),
        counts.months[-1],
        float(noise.s2[0]),
        float(noise.kappa[0]),
        float(noise.r[0]),
        max(tau2, 0.0),
        float(noise.excess[0]),
    )


def _history(counts: Counts, codes: tuple[str, ...], pre: int, months_after: int) -> tuple[np.ndarray, np.ndarray]:
    """The latest months, (N, T), split as the plan's window will be: changes grow with the time between its sides.

    Where too few municipalities were observed so long, the plan's months before alone, its last ones taken as after.
    """
    for length in (min(pre + months_after, len(counts.months)), pre):
        block = counts.values[-length:][:, [counts.column(code) for code in codes]].T
        whole = ~np.isnan(block).any(axis=1)
        if whole.sum() > LEAST_DONORS:
            break
    after = min(months_after, length // 2)
    return block[whole], (np.arange(length) >= length - after).astype(int)


def _candidates(counts: Counts, used: tuple[str, ...], months_after: int) -> tuple[str, ...]:
    block = counts.values[counts.rows(used)]
    whole = ~np.isnan(block).any(axis=0)
    totals = np.nan_to_num(block).sum(axis=0) if counts.made_before is None else counts.totals(used, counts.codes)
    return tuple(
        c
        for c, w, total in zip(counts.codes, whole, totals, strict=True)
        if w and enough_calls(float(total), len(used), months_after)
    )


def planned_power(
    basis: Basis,
    *,
    treated: int | Sequence[str],
    months_after: int,
    ratios: Sequence[float] = RATIOS,
    steps: int = 1,
    runs: int = 200,
    seed: int = 1,
) -> pd.DataFrame:
    """The share of simulated plans in which the primary test finds a ratio: columns `ratio`, `power`, `false_alarms`.

    Every candidate is drawn around its own mean with the basis' noise and a change of its own (tau2) between the two
    sides of the window; those treated - named, or as many drawn by lot in every run - rise by the ratio as well. The
    test is the one used afterwards: the rank of the studentised change for one, its sum over those treated against
    random sets of donors for more. With `steps`, each group has a window of its own start, and every municipality a
    change of its own there: what changes by itself does so at any time, not at the first start. `false_alarms` is the
    share found at ratio 1, the same in every row. Told and found power: `benchmarks/watch.py planning`.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> basis = basis_of(panel)
    >>> found = planned_power(basis, treated=5, months_after=6, ratios=(1.2, 2.0), runs=60)
    >>> bool(found["power"].iloc[1] > found["power"].iloc[0])
    True
    """
    chosen = _chosen(basis, treated, runs, seed)
    k = chosen.shape[1]
    group = np.arange(k) * steps // k
    if len(basis.codes) - k < max(LEAST_DONORS // 2 + 1, k):
        raise ValueError("too few municipalities are left to compare with")
    sets = random_sets(len(basis.codes) - k, k, _SETS, seed) + k
    found = []
    for ratio in (1.0, *ratios):
        found.append(float(_rejects(basis, chosen, group, months_after, ratio, sets, seed).mean()))
    return pd.DataFrame({"ratio": list(ratios), "power": found[1:], "false_alarms": found[0]})


def _chosen(basis: Basis, treated: int | Sequence[str], runs: int, seed: int) -> np.ndarray:
    if isinstance(treated, int):
        return random_sets(len(basis.codes), treated, runs, seed + 1)
    return np.tile([basis.codes.index(code) for code in treated], (runs, 1))


def _drawn(basis: Basis, order: np.ndarray, treated: int, after: np.ndarray, ratio: float, seed: int) -> np.ndarray:
    """Counts (runs, municipalities, months) of one window, the `treated` first; `after` is 1 from its start on.

    What a municipality's use changes by itself, it changes between the two sides of every window, whenever that
    begins.
    """
    rng = np.random.default_rng(seed)  # the same draws for every ratio: a smooth curve
    runs, n, times = *order.shape, np.arange(len(after))
    variance = basis.s2 + basis.excess / np.maximum(basis.means[order], 0.1)
    latent = latent_log_rate(rng, runs * n, times, variance.reshape(-1, 1), basis.r).reshape(runs, n, len(after))
    change = rng.normal(0.0, np.sqrt(basis.tau2), (runs, n, 1))
    change[:, :treated] += np.log(ratio)
    rate = basis.means[order][:, :, None] * np.exp(latent + change * after)
    return carried_counts(rng, rate.reshape(-1, len(after)), times, basis.kappa * basis.r).reshape(rate.shape)


def _rejects(
    basis: Basis, chosen: np.ndarray, group: np.ndarray, months_after: int, ratio: float, sets: np.ndarray, seed: int
) -> np.ndarray:
    """Whether each run's test rejects: those who start together share a window with those who never do."""
    runs, k, n = *chosen.shape, len(basis.codes)
    rest = np.array([np.delete(np.arange(n), own) for own in chosen])
    after = (np.arange(basis.pre_months + months_after) >= basis.pre_months).astype(int)
    t, a = np.empty((runs, k, n)), np.empty((runs, k, n))
    for g in np.unique(group):
        own = np.flatnonzero(group == g)
        units = np.concatenate([own, np.arange(k, n)])
        y = _drawn(basis, np.hstack([chosen[:, own], rest]), len(own), after, ratio, seed + 2 + int(g))
        totals, _ = panel_totals(y, np.arange(len(after)), after)
        found, weight = studentised(totals), precision(totals)
        for i in own:
            t[:, i, units], a[:, i, units] = found.t, np.sqrt(weight)
    at = np.arange(k)
    others = np.arange(1, n)[:, None] if k == 1 else sets
    as_far = joint(t, a, at, others) >= joint(t, a, at, at)[:, None] - 1e-9
    return np.asarray((1 + as_far.sum(axis=1)) / (len(others) + 1) <= 0.05)


def outlook(
    basis: Basis | None,
    municipality: str,
    *,
    several: Sequence[int] = (1, 3, 8),
    months_after: int = 6,
    ratio: float = 1.3,
    runs: int = 100,
    seed: int = 1,
) -> dict[str, pd.DataFrame]:
    """`own`: power in one municipality by ratio; `others`: power at one ratio by number of municipalities.

    Empty tables where there is nobody to plan with; `own` is empty for a municipality that is no candidate.

    Parameters
    ----------
    basis : Basis | None
        What `kl.basis_of` found in the panel.
    several : Sequence[int], optional
        Numbers of municipalities that take part at once.
    ratio : float, default 1.3
        Rate ratio to be found in several.
    runs : int, default 100
        Simulated panels.

    Returns
    -------
    dict[str, DataFrame]
        Two frames: ratio, power, false_alarms; and municipalities, ratio, power (shares).

    Raises
    ------
    ValueError
        Where a plan leaves too few to compare with.

    References
    ----------
    Simulation of the test used afterwards (`planned_power`).

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> found = outlook(basis_of(panel), "001", several=[3], months_after=6, runs=20)
    >>> found["others"]["municipalities"].tolist()
    [3]
    """
    own = pd.DataFrame(columns=["ratio", "power", "false_alarms"])
    others = pd.DataFrame(columns=["municipalities", "ratio", "power"])
    if basis is None:
        return {"own": own, "others": others}
    if municipality in basis.codes:
        own = planned_power(basis, treated=[municipality], months_after=months_after, runs=runs, seed=seed)
    rows = []
    for k in several:
        if k <= len(basis.codes) // 2:
            found = planned_power(basis, treated=k, months_after=months_after, ratios=[ratio], runs=runs, seed=seed)
            rows.append((k, ratio, float(found["power"].iloc[0])))
    return {"own": own, "others": pd.DataFrame(rows, columns=others.columns)}


def smallest_found(power: pd.DataFrame, level: float = 0.8) -> float | None:
    """The ratio found with 80 % probability, interpolated in a table of `planned_power`; None above its last ratio.

    >>> smallest_found(pd.DataFrame({"ratio": [1.2, 1.5], "power": [0.6, 0.9]}))
    1.4
    """
    enough = power[power["power"] >= level]
    if enough.empty:
        return None
    i = int(enough.index[0])
    if i == 0:
        return float(power["ratio"].iloc[0])
    (r0, p0), (r1, p1) = power[["ratio", "power"]].to_numpy(dtype=float)[i - 1 : i + 1]
    return round(float(r0 + (level - p0) / (p1 - p0) * (r1 - r0)), 2)


def allocate(
    codes: Sequence[str], treated: int | Sequence[str], start: str, steps: int, step_months: int, seed: int
) -> pd.DataFrame:
    """Who starts when, by lot: columns `municipality`, `start`; municipalities named are drawn into steps only.

    >>> allocate(["1", "2", "3", "4"], 2, "2025-09", 2, 3, seed=1)["start"].tolist()
    ['2025-09', '2025-12']
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(codes) if isinstance(treated, int) else len(treated))
    chosen = [codes[i] for i in order[:treated]] if isinstance(treated, int) else [treated[i] for i in order]
    begin = [months.shift(start, (i * steps // len(chosen)) * step_months) for i in range(len(chosen))]
    return pd.DataFrame({"municipality": chosen, "start": begin})
