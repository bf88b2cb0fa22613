"""Where did the level change? A scan over all months, with the chance of a false alarm of the whole scan.

It proposes and never claims: a month that stands out is a question to those who were there, not an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import xlogy

from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.power import carried_counts, latent_log_rate
from kl_research.effects.questions.sisters import memory_of_sum, sisters_noise
from kl_research.statistics.broken_line import EDGE, break_statistics, null_maxima, size_and_memory
from kl_research.statistics.noise import PROFILE_FROM, pooled_noise, sides_basis
from kl_research.terms.events import Event
from kl_research.terms.panel import area_region, check_area
from kl_research.terms.question import ORDINARY, Question

ALPHA = 0.05  # chance that a scan of a steady series proposes anything
_DRAWS = 399
_MOST = 4
_LEAST_LINE = 10  # months; fewer cannot show a broken line


@dataclass(frozen=True)
class Proposal:
    """A month in which the level may have changed: the first month of the new level, with the months it may be.

    `first` to `last` hold 95 % of the weight over months; `ratio` is the level after over that before, `p_value` the
    share of steady series in which the largest jump anywhere is as large.
    """

    month: str
    first: str
    last: str
    ratio: float
    p_value: float


def change_points(
    panel: pd.DataFrame,
    *,
    municipality: str | None = None,
    outcome: str = "calls",
    alpha: float = ALPHA,
    seed: int = 1,
) -> list[Proposal]:
    """The months where a municipality's level stands apart from the others' course; None: the national sum.

    Statistic: the largest Poisson likelihood ratio over all splits, as in Worsley (1986), Biometrika 73, 91-104; the
    others' monthly total is the exposure, which takes season and common course out. Its distribution is simulated
    from a steady series with the latent variance, autocorrelation and carry-over pooled over the sister
    municipalities, which grows or falls against them as unlike as they do, so the chance that a municipality whose
    level did not change is given any proposal is `alpha`. The national sum has nobody
    beside it: there it is a break in the line of its logarithm (`broken_line`), so that growth is no change. What
    lies before and after a proposal is searched again, at most 4 proposals in all.

    Parameters
    ----------
    alpha : float, default 0.05
        Chance of any proposal for a municipality whose level did not change.

    Returns
    -------
    list[Proposal]
        Month, first and last possible month, ratio.

    Raises
    ------
    InputError
        For a public panel or an unknown municipality.

    References
    ----------
    Worsley (1986), as above.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> [one.month for one in change_points(panel, municipality="001")]
    ['2024-01']
    >>> change_points(panel, municipality="002")
    []
    """
    counts = counts_of(panel, Question(outcome))
    if counts is None:
        return []
    rng = np.random.default_rng(seed)
    if municipality is None:
        return _national(counts, alpha, rng)
    series = _own(counts, municipality)
    if series is None:
        return []
    return _search(series.y, 2 * EDGE + 1, lambda part: _one(_cut(series, part), rng), alpha)


def propose_dates(
    panel: pd.DataFrame,
    events: Mapping[str, Event],
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
) -> dict[str, list[Proposal]]:
    """For every undated event of an area: months in which its level changed, as questions to ask. No event: empty.

    Returns
    -------
    dict[str, list[Proposal]]
        Proposed months by event id.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    References
    ----------
    That of `change_points`.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> undated = {"m": events["meeting"].model_copy(update={"date": None})}
    >>> [one.month for one in propose_dates(panel, undated, municipality="001")["meeting"]]
    ['2024-01']
    """
    if municipality is not None:
        check_area(panel, municipality)
    last = panel["month"].max().strftime("%Y-%m")
    found: dict[str, list[Proposal]] = {}
    for event in events.values():
        if event.kind == "context" or event.dated or event.national != (municipality is None):
            continue
        if municipality is None or event.touches(municipality, area_region(panel, municipality, last)):
            asked = question.about(event)
            found[event.id] = change_points(
                panel, municipality=municipality, outcome=str(asked.outcome), seed=asked.seed
            )
    return found


@dataclass(frozen=True)
class _Series:
    months: tuple[str, ...]
    times: np.ndarray
    y: np.ndarray
    exposure: np.ndarray
    s2: float
    kappa: float
    r: float
    slope: float = 0.0  # standard deviation of the municipalities' own slopes a month


def _own(counts: Counts, municipality: str) -> _Series | None:
    column = counts.column(municipality)
    seen = ~np.isnan(counts.values[:, column])
    if seen.sum() < 4 * EDGE or np.nansum(counts.values[:, column]) == 0:
        return None
    rows = np.flatnonzero(seen)
    block = counts.values[rows].T
    whole = ~np.isnan(block).any(axis=1) & (np.nan_to_num(block).sum(axis=1) > 0)
    y, own = block[column], block[whole]
    others = np.delete(own, int(whole[:column].sum()), axis=0) if whole[column] else own
    if len(others) < PROFILE_FROM:
        return _with_noise(counts, rows, y, np.ones(len(rows)), own)
    exposure = others.sum(axis=0) / others.sum(axis=0).mean()
    series = _with_noise(counts, rows, y, np.maximum(exposure, 1e-6), own)
    # The others' course is a sum with noise of its own, which the changes against it hold too.
    mean = others.mean(axis=1)
    return replace(series, s2=series.s2 * (1 + (mean**2).sum() / mean.sum() ** 2) + 1 / mean.sum())


def _national(counts: Counts, alpha: float, rng: np.random.Generator) -> list[Proposal]:
    """Breaks in the line of the logged sum, each part searched again."""
    seen = ~np.isnan(counts.values)
    active = seen[:, seen.any(axis=0)]
    if not active.size:
        return []
    rows = np.flatnonzero(active.mean(axis=1) > 0.5)
    members = counts.values[rows][:, seen[rows].all(axis=0)].T
    y, memory = members.sum(axis=0), memory_of_sum(members, rows)
    months_of = [counts.months[i] for i in rows]

    def propose(part: slice) -> tuple[Proposal, int]:
        return _line(np.log(y[part] + 0.5), months_of[part], memory, rng)

    return _search(y, _LEAST_LINE, propose, alpha)


def _line(x: np.ndarray, months_of: list[str], memory: float, rng: np.random.Generator) -> tuple[Proposal, int]:
    statistic = break_statistics(x[None])[0]
    best = int(np.argmax(statistic))
    split = best + EDGE
    size, own = size_and_memory(x, split)
    r = max(own, memory)
    null = null_maxima(rng, len(x), r, _DRAWS)
    p_value = (1 + (null >= statistic[best] - 1e-9).sum()) / (_DRAWS + 1)
    # The Gaussian likelihood of each month as the break; correlated months tell less.
    likelihood = -0.5 * len(x) * (1 - r) / (1 + r) * np.log1p(2 * statistic[best] / (len(x) - 4))
    others = -0.5 * len(x) * (1 - r) / (1 + r) * np.log1p(2 * statistic / (len(x) - 4))
    first, last = _span(np.exp(likelihood - others))
    found = Proposal(months_of[split], months_of[first], months_of[last], float(np.exp(size)), float(p_value))
    return found, split


def _span(weight: np.ndarray) -> tuple[int, int]:
    """First and last month of those that hold 95 % of the weight."""
    weight = weight / weight.sum()
    order = np.argsort(-weight, kind="stable")
    kept = order[: int(np.searchsorted(np.cumsum(weight[order]), 0.95)) + 1] + EDGE
    return int(kept.min()), int(kept.max())


def _with_noise(
    counts: Counts, rows: np.ndarray, y: np.ndarray, exposure: np.ndarray, sisters: np.ndarray
) -> _Series:
    months = tuple(counts.months[i] for i in rows)
    if len(sisters) >= PROFILE_FROM:
        noise, slope = sisters_noise(sisters, exposure, rows)
        return _Series(months, rows, y, exposure, float(noise.s2[0]), float(noise.kappa[0]), float(noise.r[0]), slope)
    # Alone, a level that changed must not pass for noise: the noise is that around the best split.
    segment = (np.arange(len(rows)) >= _best_split(y, exposure)).astype(int)
    fitted = np.empty((1, len(rows)))
    for side in np.unique(segment):
        at = segment == side
        fitted[:, at] = exposure[at] * y[at].sum() / exposure[at].sum()
    noise = pooled_noise(y[None, None], fitted[None], rows, sides_basis(segment))
    return _Series(months, rows, y, exposure, float(noise.s2[0]), float(noise.kappa[0]), float(noise.r[0]))


def _best_split(y: np.ndarray, exposure: np.ndarray) -> int:
    return EDGE + int(np.argmax(jumps(y[None], exposure)[0]))


def jumps(y: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Twice the Poisson log likelihood ratio of every split, (R, splits), for series y (R, T).

    >>> jumps(np.array([[1.0, 1, 1, 4, 4, 4]]), np.ones(6)).round(2).tolist()
    [[5.78]]
    """
    total, before = y.sum(axis=1, keepdims=True), np.cumsum(y, axis=1)[:, EDGE - 1 : -EDGE]
    share = (np.cumsum(exposure) / exposure.sum())[EDGE - 1 : -EDGE]
    after = total - before
    inside = xlogy(before, before / np.maximum(total * share, 1e-300))
    inside += xlogy(after, after / np.maximum(total * (1.0 - share), 1e-300))
    return np.asarray(2.0 * np.maximum(inside, 0.0))


def _search(
    y: np.ndarray, least: int, propose: Callable[[slice], tuple[Proposal, int]], alpha: float
) -> list[Proposal]:
    """The whole, then what lies before and after each proposal, `least` months at least."""
    found: list[Proposal] = []
    parts = [slice(0, len(y))]
    while parts and len(found) < _MOST:
        part = parts.pop(0)
        if part.stop - part.start < least or y[part].sum() == 0:
            continue
        proposal, split = propose(part)
        if proposal.p_value <= alpha:
            found.append(proposal)
            middle = part.start + split
            parts += [slice(part.start, middle), slice(middle, part.stop)]
    return sorted(found, key=lambda one: one.month)


def _cut(whole: _Series, part: slice) -> _Series:
    own = {name: getattr(whole, name)[part] for name in ("months", "times", "y", "exposure")}
    return replace(whole, **own)


def _one(series: _Series, rng: np.random.Generator) -> tuple[Proposal, int]:
    statistic = jumps(series.y[None], series.exposure)[0]
    mean = series.exposure * series.y.sum() / series.exposure.sum()
    latent = latent_log_rate(rng, _DRAWS, series.times, series.s2, series.r)
    latent += rng.normal(0.0, series.slope, (_DRAWS, 1)) * (series.times - series.times.mean())
    drawn = carried_counts(rng, mean * np.exp(latent), series.times, series.kappa * series.r)
    null = jumps(drawn, series.exposure)
    best = int(np.argmax(statistic))
    p_value = (1 + (null.max(axis=1) >= statistic[best] - 1e-9).sum()) / (_DRAWS + 1)
    # A jump at one given month would be chi-squared but for the noise: this many times wider.
    inflation = max(float(null.mean()), 1.0)
    weight = np.exp((statistic - statistic[best]) / (2.0 * inflation))
    first, last = _span(weight)
    split = best + EDGE
    before, after = series.y[:split].sum() + 0.5, series.y[split:].sum() + 0.5
    ratio = after / before * series.exposure[:split].sum() / series.exposure[split:].sum()
    months = series.months
    return Proposal(months[split], months[first], months[last], float(ratio), float(p_value)), split
