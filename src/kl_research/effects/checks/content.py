"""What a judged answer holds beyond its verdict: what its interval rules out, what would explain a claim away."""

from __future__ import annotations

from kl_research.effects.checks.growth import breakdown_slope
from kl_research.effects.effect import Effect


def with_content(effect: Effect) -> Effect:
    """The answer with `excludes_above` and `excludes_below`, or for a claim `breakdown_slope`.

    What is ruled out is told where nothing else is: not beside a claim, which has its interval, and not where own
    movement, a season or hidden months are why there is none, since the interval does not hold those.

    Examples
    --------
    >>> one = Effect("national", "", "", "x", "other", "calls", "y", estimate=1.1, conf_low=0.8, conf_high=1.5)
    >>> (with_content(one).excludes_above, with_content(one).excludes_below)
    (1.5, 0.8)
    """
    nothing_claimed = effect.verdict == "no_change" or (effect.verdict == "inconclusive" and not effect.reason)
    if not nothing_claimed or effect.estimate is None:
        return effect.replace(breakdown_slope=breakdown_slope(effect))
    return effect.replace(excludes_above=effect.conf_high, excludes_below=effect.conf_low or None)
