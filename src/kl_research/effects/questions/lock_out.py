"""Who fell to zero at a change everybody had at once, such as a new login, and did not come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.effects.checks.suppressed import LEAST, filled
from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs.controlled import totals_of
from kl_research.effects.questions.multiplicity import holm
from kl_research.effects.usable import LEAST_MONTHS
from kl_research.statistics.ranks import studentised
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY

ALPHA = 0.05
_BEFORE = 12  # months a municipality's own level is taken from
_LEAST_BEFORE = 3  # calls before: fewer is nobody to be locked out
_EARLIER = 12  # earlier months at which the same question is asked


@dataclass(frozen=True)
class Fallen:
    """A municipality without one call since the change; `chance`: the probability of that if nothing had changed.

    `adjusted` is Holm's over all municipalities watched; `expected` the calls to be expected in those months.
    """

    municipality: str
    mean_before: float
    months_zero: int
    expected: float
    chance: float
    adjusted: float

    @property
    def beyond_chance(self) -> bool:
        """Whether chance is excluded, with the number of municipalities taken into account."""
        return self.adjusted <= ALPHA


@dataclass(frozen=True)
class LockOuts:
    """The answer: `reason` (a code) and `earliest_month` when it cannot be given yet; else those fallen to zero.

    `watched` municipalities had calls before; `by_chance` of them would be at zero without any change; `returned`
    were at zero for the first two months and have calls again; `earlier`: those beyond chance at the same question
    put to each of `earlier_dates` months before, on average - municipalities also stop for other reasons.
    """

    event: str
    reason: str = ""
    earliest_month: str = ""
    first_month: str = ""
    last_month: str = ""
    watched: int = 0
    by_chance: float = 0.0
    fallen: tuple[Fallen, ...] = ()
    returned: tuple[str, ...] = ()
    earlier: float | None = None
    earlier_dates: int = 0


def lock_outs(panel: pd.DataFrame, event: Event, *, outcome: str | None = None) -> LockOuts:
    """Municipalities with calls in the year before an event and none in any month since, against chance.

    The number expected, m, is the municipality's own level times what the others did; a count with variance
    V = phi m + T m^2 + m^2 / y0 (carry-over, spread of changes, uncertain level) is zero with probability
    (V / m)^(-m^2 / (V - m)), the negative binomial's. At least 3 months after are needed. A suppressed month counts
    as one call: nobody is silent in it, and no more is expected because of it.

    Returns
    -------
    LockOuts
        A `LockOuts`: who fell silent, how many chance would make silent.

    Raises
    ------
    InputError
        For a public panel.

    References
    ----------
    The negative binomial's zero probability; the variance is that of `ranks`.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> silent = (panel["municipality"] == "007") & (panel["month"] >= "2024-01-01")
    >>> panel.loc[silent, "calls"] = 0
    >>> [(one.municipality, one.beyond_chance) for one in lock_outs(panel, events["release"]).fallen]
    [('007', True)]
    """
    counts = counts_of(panel, ORDINARY.about(event, outcome))
    if counts is None:
        return LockOuts(event.id, "outcome_not_in_data")
    if not event.dated:
        return LockOuts(event.id, "undated")
    start, last = event.post_start, counts.months[-1]
    counts = filled(counts, counts.codes, start, LEAST, LEAST)  # who is suppressed is not silent
    if (earliest := months.shift(start, LEAST_MONTHS - 1)) > last:
        return LockOuts(event.id, "after_data" if event.first_month > last else "too_few_months_after", earliest)
    if event.pre_end < months.shift(counts.months[0], LEAST_MONTHS - 1):
        return LockOuts(event.id, "before_data")
    found = _ask(counts, event.pre_end, start, last)
    length = months.number(last) - months.number(start)
    dates = [months.shift(event.pre_end, -length - k) for k in range(_EARLIER)]
    dates = [d for d in dates if months.shift(d, -2 * LEAST_MONTHS) >= counts.months[0]]
    before = [_ask(counts, months.shift(d, -1), d, months.shift(d, length)) for d in dates]
    usual = [sum(one.beyond_chance for one in asked.fallen) for asked in before]
    return LockOuts(
        event.id,
        "",
        "",
        start,
        last,
        found.watched,
        found.by_chance,
        found.fallen,
        found.returned,
        float(np.mean(usual)) if usual else None,
        len(usual),
    )


def _ask(counts: Counts, pre_end: str, start: str, last: str) -> LockOuts:
    pre = months.span(max(months.shift(pre_end, 1 - _BEFORE), counts.months[0]), pre_end)
    post = months.span(start, last)
    rows = counts.rows((*pre, *post))
    block = counts.values[rows].T
    watched = ~np.isnan(block).any(axis=1) & (np.nan_to_num(block[:, : len(pre)]).sum(axis=1) >= _LEAST_BEFORE)
    y, codes = block[watched], [c for c, w in zip(counts.codes, watched, strict=True) if w]
    if len(codes) < 2:
        return LockOuts("", watched=len(codes))
    segment = (np.arange(len(rows)) >= len(pre)).astype(int)
    totals, _ = totals_of(counts, codes, (*pre, *post), segment)
    result = studentised(totals)
    before, after = totals.before[0], totals.after[0]
    expected = before * np.exp(result.centre[0] + totals.log_exposure[0])
    variance = result.dispersion[0] * expected + (result.spread[0] + 1.0 / before) * expected**2
    chance = zero_probability(expected, variance)
    adjusted = holm(np.asarray(chance).tolist())
    fallen = [
        Fallen(
            codes[i], float(before[i]) / len(pre), len(post), float(expected[i]), float(chance[i]), float(adjusted[i])
        )
        for i in np.flatnonzero(after == 0)
    ]
    again = (y[:, len(pre) : len(pre) + 2].sum(axis=1) == 0) & (after > 0)
    back = tuple(code for code, is_back in zip(codes, again, strict=True) if is_back)
    return LockOuts(
        "",
        watched=len(codes),
        by_chance=float(chance.sum()),
        fallen=tuple(sorted(fallen, key=lambda one: (one.chance, one.municipality))),
        returned=back,
    )


def zero_probability(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """P(no count) of a negative binomial with this mean and variance; Poisson where the variance is the mean.

    >>> zero_probability(np.array([2.0, 2.0]), np.array([2.0, 4.0])).round(3).tolist()
    [0.135, 0.25]
    """
    excess = np.maximum(variance - mean, 1e-9 * mean)
    return np.asarray(np.exp(-(mean**2) / excess * np.log1p(excess / mean)))
