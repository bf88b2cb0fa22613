"""Rate ratios as readers say them: percent more or fewer, times as many, from a fall to a rise."""

from __future__ import annotations

import math

from kl_research.effects.effect import Effect
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say

TIMES = 3.0  # from three times on, "3,4 gange så mange" is easier than "240 % flere"
_DOUBLE = 2.0  # an estimate from here on is told as times, and its interval with it


def size(ratio: float | None, lang: str) -> str:
    """How far a ratio lies from 1, in percent without direction.

    >>> size(1.5, "en"), size(0.7, "en")
    ('50%', '30%')
    """
    return formats.percent(abs((ratio if ratio is not None else 1.0) - 1.0), lang)


def times(ratio: float, lang: str) -> str:
    """A ratio as a factor.

    >>> times(3.42, "da")
    '3,4'
    """
    return formats.number(ratio, lang, 0 if ratio >= 10 else 1)


def change(ratio: float, lang: str) -> str:
    """A fall of, a rise of, or times as many.

    >>> change(0.88, "en"), change(1.15, "en"), change(3.4, "en"), change(1.0, "en")
    ('a fall of 12%', 'a rise of 15%', '3.4 times as many', 'no change')
    """
    if not math.isfinite(ratio):
        return say("change.unbounded", lang)
    if ratio >= TIMES:
        return say("change.rise_times", lang, times=times(ratio, lang))
    if formats.number(abs(ratio - 1) * 100, lang) == "0":
        return say("change.none", lang)
    return say("change.rise" if ratio > 1 else "change.fall", lang, percent=size(ratio, lang))


def in_times(effect: Effect) -> bool:
    """Whether a ratio and its interval are both told as times; never one in per cent and one in times."""
    return (effect.estimate or 1.0) >= _DOUBLE or limits(effect)[1] >= TIMES


def lies(ratio: float, lang: str) -> str:
    """Where a number lies to what was expected.

    >>> lies(0.99, "en"), lies(2.06, "en"), lies(1.0, "en")
    ('1% below', '2.1 times', 'very close to')
    """
    if ratio >= _DOUBLE:
        return say("lies.times", lang, times=times(ratio, lang))
    if formats.number(abs(ratio - 1) * 100, lang) == "0":
        return say("lies.at", lang)
    return say("lies.over" if ratio > 1 else "lies.under", lang, percent=size(ratio, lang))


def between(effect: Effect, lang: str) -> str:
    """The interval in words: "mellem et fald på 12 % og en stigning på 15 %"."""
    low, high = limits(effect)
    return say("interval.between", lang, low=change(low, lang), high=change(high, lang))


def label(effect: Effect, lang: str) -> str:
    """The interval as it stands in brackets: "95 %-konfidensinterval: 15-95 % flere"."""
    text = _range(effect, lang)
    if round(effect.conf_level, 3) == 0.95:
        return say("interval.label", lang, range=text)
    level = formats.percent(effect.conf_level, lang, 0 if effect.conf_level * 100 % 1 == 0 else 1)
    return say("interval.label.level", lang, level=level, range=text)


def _range(effect: Effect, lang: str) -> str:
    low, high = limits(effect)
    rises = low >= 1
    falls = high <= 1
    if rises and not math.isfinite(high):
        return say("interval.at_least_more", lang, low=size(low, lang))
    if rises and in_times(effect):
        return say("interval.times", lang, low=times(low, lang), high=times(high, lang))
    if rises:
        key = "interval.rise" if effect.level == "national" else "interval.more"
        return say(key, lang, low=_bare(low, lang), high=size(high, lang))
    if falls:
        # A ratio of .56 to .88 is a fall of 12 to 44 percent: the limits change places.
        key = "interval.rise" if effect.level == "national" or effect.n_donors else "interval.fewer"
        return say(key, lang, low=_bare(high, lang), high=size(low, lang))
    return between(effect, lang)


def _bare(ratio: float, lang: str) -> str:
    return formats.number(abs(ratio - 1) * 100, lang)


def limits(effect: Effect) -> tuple[float, float]:
    """Lower and upper limit; a missing one is open: 0 or infinity."""
    low = 0.0 if effect.conf_low is None else effect.conf_low
    high = math.inf if effect.conf_high is None else effect.conf_high
    return low, high


def of_three(ratio: tuple[float, float, float], lang: str) -> str:
    """An estimate with its limits: "a rise of 11% (95% confidence interval: ...)".

    >>> of_three((1.11, 1.04, 1.19), "en")
    'a rise of 11% (95% confidence interval: between a rise of 4% and a rise of 19%)'
    """
    span = say("interval.between", lang, low=change(ratio[1], lang), high=change(ratio[2], lang))
    return f"{change(ratio[0], lang)} ({say('interval.label', lang, range=span)})"
