"""What an answer says beside its verdict: what is ruled out, what a claim rests on, how probable a change is."""

from __future__ import annotations

from math import exp, floor

from kl_research.effects.effect import Effect
from kl_research.effects.questions.chance import Claims, weighed
from kl_research.findings.words import formats, intervals
from kl_research.findings.words.catalogue import has, say


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
    decimals = 1 if least < 0.1 else 0
    before = _growth((exp(growth) - 1) * (1 if rise else -1), lang)
    return say(
        f"effect.breakdown.{effect.verdict}", lang, slope=formats.percent(least, lang, decimals), before=before
    )


def why(effect: Effect, lang: str) -> str:
    """Why there is no clear answer, in a few words for a cell that stands beside the event's name.

    >>> why(Effect("municipality", "661", "661", "m", "gp_meeting", "calls", "its", verdict="not_assessable",
    ...            reason="undated"), "en")
    'We do not know the date.'
    """
    key = f"why.{effect.reason}" if effect.verdict == "not_assessable" else f"why.{effect.verdict}"
    return say(key if has(key) else "why.other", lang)


def _growth(share: float, lang: str) -> str:
    size = formats.percent(abs(share), lang, 1)
    if size == formats.percent(0, lang, 1):
        return say("effect.breakdown.alike", lang)
    return say("effect.breakdown.more" if share > 0 else "effect.breakdown.less", lang, size=size)


def probability_words(effect: Effect, lang: str) -> list[str]:
    """How often counts like these mean a rise, or for a decrease a fall, and the best guess in calls a month.

    Nothing where the area's own past may be the reason: that is not among what was weighed.
    """
    own = effect.details.get("probability", {}).get("own")
    expected = effect.details.get("expected_after")
    if not own or not weighed(effect) or effect.level != "municipality":
        return []
    number = say(f"number_of.{effect.outcome}", lang)
    if effect.verdict == "decrease":
        said = [say("chance.fall", lang, often=in_ten(own["fall"], lang), number=number)]
    else:
        often, more = in_ten(own["rise"], lang), in_ten(own["rise_10"], lang)
        said = [say("chance.rise", lang, often=often, often_10=more, number=number)]
    if expected is not None and effect.outcome == "calls":
        guess, low, high = (_more((own[key] - 1.0) * float(expected), lang) for key in ("ratio", "low", "high"))
        said.append(say("chance.extra", lang, guess=guess, low=low, high=high))
    return said


def claims_words(found: Claims, lang: str) -> list[str]:
    """How many of the events judged would seem a change by chance, and how many do.

    >>> print(*claims_words(Claims(41, 1.9, 5, 1.2), "en"), sep="\\n")
    41 interventions have been judged. If none had worked, about 2 would still look like a change, by chance alone.
    5 do. Of these, about 1 can be put down to chance.
    >>> claims_words(Claims(0, 0.0, 0, 0.0), "en")
    []
    """
    if not found.judged:
        return []
    expected = _rounded(found.expected, lang)
    said = [say("chance.judged", lang, n=found.judged, expected=expected)]
    if found.claimed:
        wrong = {"wrong": _rounded(found.by_chance, lang), "often": in_ten(found.by_chance, lang)}
        said.append(say("chance.claimed", lang, n=found.claimed, **wrong))
    else:
        said.append(say("chance.none_claimed", lang))
    return said


def in_ten(share: float, lang: str) -> str:
    """A probability as a natural frequency.

    >>> in_ten(0.62, "en"), in_ten(0.03, "en"), in_ten(0.98, "en")
    ('about 6 of 10', 'fewer than 1 of 10', 'more than 9 of 10')
    """
    tenths = round(share * 10)
    if 0 < tenths < 10:
        return say("chance.in_ten", lang, n=tenths)
    return say("chance.in_ten.none" if tenths == 0 else "chance.in_ten.all", lang)


def _rounded(count: float, lang: str) -> str:
    whole = floor(count + 0.5)
    return say("chance.about", lang, n=whole) if whole else say("chance.under_one", lang)


def _more(calls: float, lang: str) -> str:
    """Calls more or fewer than expected, in words."""
    said = formats.about(abs(calls), lang)
    if said == formats.number(0, lang):
        return say("chance.extra.none", lang)
    return say("chance.extra.more" if calls > 0 else "chance.extra.fewer", lang, calls=said)


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
