"""Months that have not come yet, drawn many times: what a later judgement will compute with.

An area goes on at its level of the last two years, moved by what that level is known by and by how much areas of its
size change between such stretches of months, with the monthly noise of all:

    y_jt ~ Poisson(m_j p_t exp(s_j + u_jt)),  u an AR(1) of variance s2 + excess / m_j and correlation r,

p the months of the year as all areas have them. s_j is normal around 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kl_research.effects.checks.silence import without_silent_donors
from kl_research.effects.counts import Counts
from kl_research.effects.designs.controlled import compare
from kl_research.effects.designs.its import build, sister_noise
from kl_research.effects.donors import LEAST_COMPARED
from kl_research.effects.power import latent_log_rate
from kl_research.effects.window import Window
from kl_research.statistics.noise import Noise
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.question import Totals

_LEVEL = 24  # months that tell an area's level
_BACK = (0, 5, 10)  # months by which the stretches that tell the noise end before the event: one alone tells its luck
_LEAST_TRIAL = 6  # months before, in such a stretch


@dataclass(frozen=True)
class Change:
    """How areas change by themselves: monthly noise, and what they move apart between one stretch and the next.

    `spread`: variance of the log ratio beyond the noise of months; `error`: of that variance, how well it is known;
    `more`: the same for small areas, in Poisson variances.
    """

    noise: Noise
    spread: float
    error: float
    more: float


@dataclass(frozen=True)
class _Ahead:
    """Totals of counts run on: those made before as far as they reach, and what was drawn for the rest."""

    known: Totals
    last: str
    later: Counts

    def of(self, outcome: str, codes: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
        """The total of each municipality over some months."""
        here, ahead = ([month for month in wanted if (month > self.last) == to_come] for to_come in (False, True))
        drawn = self.later.block(tuple(ahead), codes)[0].sum(axis=1) if ahead else 0.0
        return np.asarray(self.known.of(outcome, codes, here) + drawn)

    def national(self, outcome: str) -> dict[str, float]:
        """The nation's number of every month that is known."""
        return self.known.national(outcome)


def _with_totals(counts: Counts, later: Counts) -> Counts:
    """Counts run on, with the totals that were made before."""
    made = counts.made_before
    return later if made is None else replace(later, made_before=_Ahead(made, counts.months[-1], later))


def change_before(counts: Counts, window: Window, event: Event) -> Change | None:
    """The mean over stretches of the window's lengths before the event; None where there is none long enough."""
    end = min(event.pre_end, counts.months[-1])
    trials = [_trial(counts, window, months.shift(end, -back)) for back in _BACK]
    found = [_change(counts, trial, event) for trial in trials if trial is not None]
    if not found:
        return None
    noise = [(one.noise.s2, one.noise.kappa, one.noise.r, one.noise.excess) for one in found]
    beyond = np.mean([(one.spread, one.error, one.more) for one in found], axis=0)
    return Change(Noise(*np.mean(noise, axis=0)), *beyond.tolist())


def _change(counts: Counts, trial: Window, event: Event) -> Change:
    if not trial.municipality or len(trial.donors) < LEAST_COMPARED:
        regression = build(trial, event, trend=True, slope=False, harmonics=0)
        return Change(sister_noise(counts, trial, regression.design)[0], 0.0, 0.0, 0.0)
    trial = without_silent_donors(counts, trial)
    found = compare(counts, (trial.municipality, *trial.donors), trial)
    totals, result = found.totals, found.result
    return Change(
        found.noise,
        float(result.spread[0, 0] - totals.floor[0]),
        float(np.sqrt(result.uncertainty[0, 0])),
        float(result.dispersion[0, 0] - totals.inflation[0]),
    )


def _trial(counts: Counts, window: Window, last: str) -> Window | None:
    """A stretch of the same lengths before the event, with those members and donors that have its months."""
    gap = months.number(window.post[0]) - months.number(window.pre[-1]) - 1
    post = months.span(months.shift(last, 1 - window.n_post), last)
    pre_last = months.shift(post[0], -1 - gap)
    known = months.number(pre_last) - months.number(counts.months[0]) + 1
    n_pre = min(window.n_pre, known)
    if n_pre < min(_LEAST_TRIAL, window.n_pre):
        return None
    pre = months.span(months.shift(pre_last, 1 - n_pre), pre_last)
    rows = counts.rows((*pre, *post))
    whole = ~np.isnan(counts.values[rows]).any(axis=0)
    members = tuple(code for code in window.members if whole[counts.column(code)])
    donors = tuple(code for code in window.donors if whole[counts.column(code)])
    if not members or len(donors) < min(LEAST_COMPARED, len(window.donors)):
        return None
    left_out = tuple(months.span(months.shift(pre_last, 1), months.shift(post[0], -1)))
    return replace(window, pre=tuple(pre), post=tuple(post), left_out=left_out, members=members, donors=donors)


def continued(counts: Counts, by: int) -> Counts:
    """The counts run on by some months: whoever has a number last goes on at the level of the last two years.

    Examples
    --------
    >>> from kl_research.effects.counts import counts_of
    >>> from kl_research.effects.example import drawn_example
    >>> from kl_research.terms.question import Question
    >>> panel, _ = drawn_example()
    >>> counts = counts_of(panel, Question("calls"))
    >>> continued(counts, 2).months[-1], continued(counts, 2).values.shape[0] - counts.values.shape[0]
    ('2025-02', 2)
    """
    if by == 0:
        return counts
    level, _ = _levels(counts)
    states = np.where(np.isnan(level), counts.states[-1], "observed")
    later = replace(
        counts,
        months=(
            *counts.months,
            *months.span(months.shift(counts.months[-1], 1), months.shift(counts.months[-1], by)),
        ),
        values=np.vstack([counts.values, np.tile(level, (by, 1))]),
        states=np.vstack([counts.states, np.tile(states, (by, 1))]),
        exposure=np.vstack([counts.exposure, np.tile(counts.exposure[-1], (by, 1))]),
        made_before=None,
    )
    return _with_totals(counts, later)


def futures(counts: Counts, by: int, change: Change, *, n: int, draws: int, seed: int) -> Iterator[Counts]:
    """The counts run on by some months, drawn `draws` times; `n`: months after in the window that will be judged."""
    later = continued(counts, by)
    rng = np.random.default_rng(seed)
    level, known = _levels(counts)
    alive = np.flatnonzero(level > 0)
    m, base = level[alive], known[alive]
    noise = change.noise
    monthly = noise.s2 + noise.excess / m
    # Neighbouring months hang together, so that a mean of n months knows less than n of them.
    joined = (1 + noise.r) / (1 - noise.r)
    level_known_by = (1 + noise.kappa * (joined - 1) + m * monthly * joined) / (base * m)
    moves = change.more * (1 / (n * m) + 1 / (base * m)) + level_known_by
    times = np.arange(by)
    season = _season(counts)[[months.number(month) % 12 for month in later.months[-by:]]]
    for _ in range(draws):
        spread = max(change.spread + change.error * rng.standard_normal(), 0.0)
        shift = rng.normal(0.0, np.sqrt(moves + spread))
        latent = latent_log_rate(rng, len(m), times, monthly[:, None], float(noise.r[0]))
        values = later.values.copy()
        values[-by:, alive] = rng.poisson(
            np.minimum((m[:, None] * np.exp(shift[:, None] + latent)).T * season[:, None], 1e9)
        )
        yield _with_totals(counts, replace(later, values=values, made_before=None))


def _levels(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Calls a month of each area in the last two years, NaN for who has no number last; and of how many months."""
    recent = counts.values[-_LEVEL:]
    known = (~np.isnan(recent)).sum(axis=0)
    level = np.where(known > 0, np.nansum(recent, axis=0) / np.maximum(known, 1), np.nan)
    return np.where(np.isin(counts.states[-1], ("observed", "suppressed")), level, np.nan), known


def _season(counts: Counts) -> np.ndarray:
    """The months of the year (12,) as all areas had them in whole years, on average 1."""
    years = min(len(counts.months) // 12, 3)
    if not years:
        return np.ones(12)
    values = np.nan_to_num(counts.values[-12 * years :])
    damped = (values / (1.0 + 0.1 * values.mean(axis=0))).sum(axis=1).reshape(years, 12).sum(axis=0)
    by_month = np.empty(12)
    by_month[[months.number(month) % 12 for month in counts.months[-12:]]] = damped / max(damped.mean(), 1e-9)
    return by_month
