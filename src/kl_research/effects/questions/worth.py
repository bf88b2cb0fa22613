"""What an effort is worth before it is made: extra calls to expect, with limits, and what each would cost.

One model for past and coming efforts of a kind. The log ratio of municipality j is theta_j ~ N(mu, tau^2), its
estimate y_j ~ N(theta_j, v_j); mu and tau have a prior, the kind's past efforts make the posterior (on a grid), and
the coming ones are drawn from it. Without past efforts the prior is all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from kl_research.effects.effect import Effect

_DRAWS = 20_000
_MU = np.linspace(-2.0, 2.0, 161)
_TAU = np.linspace(0.0, 1.0, 41)
LIMITS = (0.1, 0.9)


@dataclass(frozen=True)
class KindPrior:
    """What is believed of a kind before its efforts are looked at, on the log scale.

    The mean effect is normal with `mean` and `sd`; effects differ between municipalities with a standard deviation
    that is half-normal with `spread`.
    """

    mean: float = 0.0
    sd: float = 0.3
    spread: float = 0.2


ORDINARY = KindPrior()
SCEPTICAL = KindPrior(0.0, 0.1, 0.1)
OPEN = KindPrior(0.0, 0.7, 0.4)


@dataclass(frozen=True)
class Cost:
    """Hours at an hourly rate, and money beside them; `worth`: what an extra call is worth, if anybody says so."""

    hours: float = 0.0
    hourly: float = 0.0
    money: float = 0.0
    worth: float | None = None

    @property
    def total(self) -> float:
        """What the effort costs."""
        return self.hours * self.hourly + self.money


@dataclass(frozen=True)
class Worth:
    """Extra calls a month in all municipalities together, and what one costs.

    `low` and `high` hold 80 %; `more` is the probability of any more calls, `paid` that an extra call costs at most
    its worth (None: no worth was stated). `each`, its limits `each_low`, `each_high`: cost per extra call; None where
    no more calls are to be expected. `break_even`: extra calls a month at which one costs its worth.
    """

    expected: float
    low: float
    high: float
    more: float
    base: float
    total: float
    each: float | None
    each_low: float | None
    each_high: float | None
    break_even: float | None
    paid: float | None
    past: int


def worth(
    monthly: Sequence[float],
    cost: Cost,
    *,
    months: int,
    past: Sequence[Effect] = (),
    prior: KindPrior = ORDINARY,
    seed: int = 1,
) -> Worth:
    """What an effort in some municipalities is worth; `monthly` are their calls a month without it.

    `past`: effects of the same kind, each with an estimate and limits; `months`: how long the effect is counted.

    Returns a `Worth` (calls a month; money). Raises ValueError without a municipality. Source: the posterior
    predictive of a random-effects model, Higgins, Thompson & Spiegelhalter (2009), J R Stat Soc A 172, 137-159; told
    and found: `benchmarks/decide.py`.

    Examples
    --------
    >>> found = worth([12.0, 30.0], Cost(money=10_000.0, worth=500.0), months=12, prior=KindPrior(0.3, 0.1, 0.1))
    >>> round(found.expected), found.low < found.expected < found.high, found.break_even
    (15, True, 1.6666666666666667)
    """
    if not len(monthly):
        raise ValueError("no municipality")
    log_ratios = draws(len(monthly), past_of(past), prior, seed)
    extra = np.asarray(monthly) @ np.expm1(log_ratios)
    expected = float(extra.mean())
    low, high = (float(x) for x in np.quantile(extra, LIMITS))
    needed = None if not cost.worth else cost.total / (cost.worth * months)
    return Worth(
        expected=expected,
        low=low,
        high=high,
        more=float((extra > 0).mean()),
        base=float(np.sum(monthly)),
        total=cost.total,
        each=_each(cost.total, expected, months),
        each_low=_each(cost.total, high, months),
        each_high=_each(cost.total, low, months),
        break_even=needed,
        paid=None if needed is None else float((extra >= needed).mean()),
        past=len(past),
    )


def _each(total: float, extra: float, months: int) -> float | None:
    return total / (extra * months) if extra > 0 else None


def past_of(effects: Sequence[Effect]) -> tuple[np.ndarray, np.ndarray]:
    """Log ratios of effects and their variances, from the limits."""
    known = [e for e in effects if e.estimate and e.conf_low and e.conf_high]
    y = np.array([np.log(e.estimate or 1.0) for e in known])
    reach = np.array([np.log((e.conf_high or 1.0) / (e.conf_low or 1.0)) for e in known])
    return y, (reach / (2 * stats.norm.ppf(0.975))) ** 2


def draws(n: int, past: tuple[np.ndarray, np.ndarray], prior: KindPrior, seed: int) -> np.ndarray:
    """Log ratios of n coming efforts, (n, draws): mu and tau from their posterior, each municipality around mu."""
    y, v = past
    log_weight = stats.norm.logpdf(_MU, prior.mean, prior.sd)[:, None] + stats.halfnorm.logpdf(
        _TAU, scale=prior.spread
    )
    for estimate, variance in zip(y, v, strict=True):
        log_weight = log_weight + stats.norm.logpdf(estimate, _MU[:, None], np.sqrt(variance + _TAU**2)[None, :])
    weight = np.exp(log_weight - log_weight.max())
    weight[:, 0] *= 0.5  # the cell of tau 0 has one side only
    rng = np.random.default_rng(seed)
    at = rng.choice(weight.size, _DRAWS, p=(weight / weight.sum()).ravel())
    mu, tau = _MU[at // len(_TAU)], _TAU[at % len(_TAU)]
    # Within a cell of the grid all means are alike likely.
    mu = mu + (rng.random(_DRAWS) - 0.5) * (_MU[1] - _MU[0])
    return mu + tau * rng.standard_normal((n, _DRAWS))


def by_prior(
    monthly: Sequence[float], cost: Cost, *, months: int, past: Sequence[Effect], stated: KindPrior, seed: int = 1
) -> dict[str, Worth]:
    """The same effort under other beliefs: as stated, sceptical, open, and without the kind's past efforts.

    Returns a `Worth` by name. Raises ValueError without a municipality. Source: that of `worth`.

    Examples
    --------
    >>> found = by_prior([20.0], Cost(), months=6, past=[], stated=ORDINARY)
    >>> sorted(found), found["sceptical"].high < found["open"].high
    (['open', 'sceptical', 'stated'], True)
    """
    views = {"stated": stated, "sceptical": SCEPTICAL, "open": OPEN}
    found = {
        name: worth(monthly, cost, months=months, past=past, prior=view, seed=seed) for name, view in views.items()
    }
    if past:
        found["without_past"] = worth(monthly, cost, months=months, prior=stated, seed=seed)
    return found


def stated_prior(ratio: float, low: float, high: float) -> KindPrior:
    """A belief in words of ratios: most likely `ratio`, in 8 of 10 cases between `low` and `high`.

    >>> round(stated_prior(1.2, 1.0, 1.44).sd, 2)
    0.14
    """
    sd = float(np.log(high / low) / (2 * stats.norm.ppf(0.9)))
    return replace(ORDINARY, mean=float(np.log(ratio)), sd=max(sd, 1e-3), spread=min(ORDINARY.spread, sd))
