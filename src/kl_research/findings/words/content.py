"""What an answer still says where nothing is claimed, and what would have to be true for a claim to be wrong."""

from __future__ import annotations

from math import exp, floor

from kl_research.effects.effect import Effect
from kl_research.findings.words import formats, intervals
from kl_research.findings.words.catalogue import say


def ruled_out(effect: Effect, lang: str) -> str:
    """The largest rise and fall that are not ruled out; empty where nothing is.

    >>> one = Effect("national", "", "", "x", "other", "calls", "y", excludes_above=1.57, excludes_below=0.66)
    >>> print(ruled_out(one, "en").replace(formats.NBSP, " "))
    A rise of more than 60% and a fall of more than 35% can be ruled out.
    """
    above, below = effect.excludes_above, effect.excludes_below
    high = _at_most(above, lang) if above and above > 1 else ""
    low = formats.percent(_five(1 - below) / 100, lang) if below and _five(1 - below) < 100 and below < 1 else ""
    which = {(True, True): "both", (True, False): "rise", (False, True): "fall"}.get((bool(high), bool(low)))
    return say(f"effect.excludes.{which}", lang, rise=high, fall=low) if which else ""


def breakdown(effect: Effect, lang: str) -> str:
    """What growth of its own would explain a claim, beside the growth there was; empty where it is not known."""
    slope, growth = effect.breakdown_slope, effect.details.get("growth")
    if slope is None or not isinstance(growth, float):
        return ""
    rise = effect.verdict == "increase"
    # Downwards: the claim must not look stronger than it is.
    least = floor(abs(slope) * 1000 + 1e-9) / 1000
    before = (exp(growth) - 1) * (1 if rise else -1)
    decimals = 1 if least < 0.1 else 0
    return say(
        f"effect.breakdown.{effect.verdict}",
        lang,
        slope=formats.percent(least, lang, decimals),
        before=formats.percent(before, lang, 1),
    )


def _at_most(ratio: float, lang: str) -> str:
    """A rise, rounded up to five per cent; from three times on it is told as times."""
    if ratio >= intervals.TIMES:
        return say("effect.excludes.times", lang, times=intervals.times(ratio, lang))
    return formats.percent(_five(ratio - 1) / 100, lang)


def _five(share: float) -> int:
    """Per cent, rounded away from nothing to the next five.

    >>> _five(0.57), _five(0.348), _five(0.35)
    (60, 35, 35)
    """
    return -5 * floor(-share * 20 + 1e-9)
