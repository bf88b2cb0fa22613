"""From numbers to one of six verdicts, in the contract's order."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kl_research.effects.donors import LEAST_COMPARED
from kl_research.effects.effect import Effect, Verdict, about
from kl_research.effects.window import Window
from kl_research.terms.events import Event

# Months before, for a season to be told from growth without a comparison; and with a year at least, how far from 1 a
# whole interval must lie for the season not to be the reason. With 12 months alone the sum of areas is called an
# effect in up to 29 % of cases, by the month the window begins in, with this rule in 10 (benchmarks/corners.py).
YEAR, SEASON_SEEN, BEYOND_SEASON = 12, 18, 1.1


def decide(
    kind: str,
    *,
    conf_low: float | None,
    conf_high: float | None,
    band: tuple[float, float] = (0.8, 1.25),
    placebo_agrees: bool = True,
    breaks: bool = False,
) -> tuple[Verdict, str]:
    """Verdict and reason code of an assessable effect of a `kind` of event, on the ratio scale.

    `break_in_series` for a change of the instrument, or one in the same month that only this area had;
    `no_change` when the interval lies within the band; `increase` / `decrease` when it excludes 1 and the placebo
    check agrees; else `inconclusive`.

    Examples
    --------
    >>> decide("intervention", conf_low=0.9, conf_high=1.2)
    ('no_change', '')
    >>> decide("intervention", conf_low=1.2, conf_high=2.0, placebo_agrees=False)
    ('inconclusive', 'placebo_disagrees')
    """
    if kind == "measurement":
        return "break_in_series", "measurement_event"
    if breaks:
        return "break_in_series", "measurement_same_month"
    low = -math.inf if conf_low is None else conf_low
    high = math.inf if conf_high is None else conf_high
    if band[0] <= low and high <= band[1]:
        return "no_change", ""
    if low > 1 or high < 1:
        if not placebo_agrees:
            return "inconclusive", "placebo_disagrees"
        return ("increase", "") if low > 1 else ("decrease", "")
    return "inconclusive", ""


def unless_season(effect: Effect, window: Window) -> Effect:
    """An answer from the area's own past, as far as it can be one: with less than a year and a half before, a
    difference may be the season's, and so may its absence. Its size alone is told, unless it is called a rise or a
    fall and all of the interval lies beyond that."""
    if window.n_pre >= SEASON_SEEN or effect.verdict not in ("increase", "decrease", "no_change"):
        return effect
    low, high = effect.conf_low or 0.0, effect.conf_high or math.inf
    beyond = low > BEYOND_SEASON or high < 1 / BEYOND_SEASON
    if window.n_pre >= YEAR and beyond and effect.verdict != "no_change":
        return effect
    return effect.replace(verdict="inconclusive", reason="season_unseen")


def measurement_same_month(event: Event, window: Window) -> bool:
    """A change of the instrument in the event's own month that no comparison shares, or no comparison there is."""
    same = {threat.event for threat in window.threats if threat.code == "same_month"}
    hit = [o for o in event.others() if o.id in same and o.kind == "measurement"]
    alone = event.national or len(window.donors) < LEAST_COMPARED
    return any(alone or not o.national for o in hit)


def not_assessable(event: Event, window: Window, design: str, reason: str = "") -> Effect:
    """The one row of an event that cannot be judged: numbers empty, a reason, and when to ask again."""
    return Effect(
        level="municipality" if window.municipality else "national",
        municipality=window.municipality,
        area=window.municipality,
        event=event.id,
        type=event.type,
        outcome=window.outcome,
        design=design,
        impact=event.impact,
        n_pre=window.n_pre,
        n_post=window.n_post,
        n_municipalities=max(len(window.members), 1),
        verdict="not_assessable",
        reason=reason or window.reason,
        earliest_month=window.earliest_month,
        threats=window.threats,
        details={**about(event, window.threats), "left_out": list(window.left_out)},
    )


def disagrees(primary: Effect, others: Sequence[Effect]) -> bool:
    """`unstable`: at least two sensitivities call the opposite of the primary's direction, their interval without 1.

    A design without comparison has no say where the primary has one: it would carry what everybody did. Nor has the
    one that is known to cry wolf.
    """
    if primary.estimate is None:
        return False
    compared = primary.details.get("comparison") == "donors"
    asked = [
        e
        for e in others
        if e.estimate is not None
        and e.scale == primary.scale
        and not e.details.get("high_false_positive_rate")
        and not (compared and e.details.get("comparison") == "none")
    ]
    up = primary.estimate > 1
    against = [e for e in asked if (e.conf_high is not None and e.conf_high < 1 if up else (e.conf_low or 0.0) > 1)]
    return len(against) >= 2
