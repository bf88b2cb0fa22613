"""The events of a study together: how probable each change is, and how many claims chance alone would make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kl_research.effects.checks.probability import PRIORS, told_of
from kl_research.effects.effect import Effect
from kl_research.effects.questions.pooling import has_width, log_effects
from kl_research.statistics.posterior import count_likelihood, normal_likelihood, posterior

LEVEL = 0.05  # of a test whose attained level is not known


@dataclass(frozen=True)
class Claims:
    """Of `judged` events of municipalities `claimed` are told as a change, of these `by_chance` are likely none.

    `expected`: so many would look like a change if nothing had changed anywhere.
    """

    judged: int
    expected: float
    claimed: int
    by_chance: float


def with_chances(effects: Sequence[Effect]) -> list[Effect]:
    """The effects, in their order, with what all of them together tell of each.

    `probability_rise` and `probability_rise_10` under the prior that the study's own events make likely; for a claim
    `chance_among_claims`, the probability that there is no change in its direction (a local false discovery rate).
    Only primaries of events that not everybody had are told, and tell, and none that the area's own past may explain:
    that is not weighed. Of counts compared with others the likelihood
    is that of the counts, else that of the ratio and its interval.

    Raises nothing.

    Returns
    -------
    list[Effect]
        The effects, rate ratios as before.

    References
    ----------
    Efron (2010), Large-Scale Inference, Cambridge, chapter 5; for priors weighed by the data, Stephens (2017),
    Biostatistics 18, 275-294.

    Examples
    --------
    >>> one = Effect("municipality", "1", "1", "a", "other", "calls", "x", primary=True, estimate=1.6,
    ...              conf_low=1.1, conf_high=2.3, p_value=0.02, verdict="increase")
    >>> quiet = one.replace(estimate=1.0, conf_low=0.7, conf_high=1.4, p_value=0.9, verdict="inconclusive")
    >>> [round(with_chances([one, *[quiet] * n])[0].chance_among_claims, 2) for n in (0, 20)]
    [0.16, 0.69]
    """
    untold = {"probability_rise": None, "probability_rise_10": None, "chance_among_claims": None}
    told = [effect if weighed(effect) else effect.replace(**untold) for effect in effects]
    asked = [i for i, effect in enumerate(effects) if weighed(effect)]
    if not asked:
        return told
    likelihood = np.vstack([_likelihood(effects[i]) for i in asked])
    found = {name: posterior(likelihood, priors) for name, priors in PRIORS.items()}
    for row, i in enumerate(asked):
        effect, own = effects[i], found["own"]
        wrong = {"increase": 1.0 - own.rise[row], "decrease": 1.0 - own.fall[row]}.get(effect.verdict)
        by_prior = {name: told_of(one, row, len(asked)) for name, one in found.items()}
        told[i] = effect.replace(
            probability_rise=float(own.rise[row]),
            probability_rise_10=float(own.rise_10[row]),
            chance_among_claims=None if wrong is None else float(wrong),
            details={**effect.details, "probability": by_prior},
        )
    return told


def claims(effects: Sequence[Effect]) -> Claims:
    """How many events of single municipalities were judged and claimed, and what chance would make of them.

    Examples
    --------
    >>> one = Effect("municipality", "1", "1", "a", "other", "calls", "x", primary=True, estimate=1.6,
    ...              conf_low=1.1, conf_high=2.3, p_value=0.02, verdict="increase", chance_among_claims=0.25)
    >>> found = claims([one, one.replace(verdict="inconclusive")])
    >>> found.judged, round(found.expected, 2), found.claimed, found.by_chance
    (2, 0.1, 1, 0.25)
    """
    judged = [e for e in effects if e.level == "municipality" and e.p_value is not None and _compared(e)]
    claimed = [e for e in judged if e.verdict in ("increase", "decrease")]
    expected = sum(1.0 - e.details.get("attained_level", 1.0 - LEVEL) for e in judged)
    return Claims(len(judged), expected, len(claimed), sum(e.chance_among_claims or 0.0 for e in claimed))


def weighed(effect: Effect) -> bool:
    """Whether chance alone stands between an effect's ratio and what is true."""
    return _compared(effect) and (effect.verdict != "inconclusive" or not effect.reason)


def _compared(effect: Effect) -> bool:
    """A ratio of an event that not everybody had; what is counted did not change in it."""
    local = effect.level in ("municipality", "event") and not effect.details.get("national")
    return local and effect.primary and has_width(effect) and effect.verdict != "break_in_series"


def _likelihood(effect: Effect) -> np.ndarray:
    """The likelihood of an effect's log ratio; hidden months make the interval wider than the counts tell."""
    known = effect.details.get("likelihood")
    if known is None or any(threat.code == "suppressed_months" for threat in effect.threats):
        return normal_likelihood(*log_effects([effect]))
    return count_likelihood(*(np.array([value]) for value in known))
