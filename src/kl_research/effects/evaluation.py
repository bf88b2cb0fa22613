"""Every event of an area judged: the primary first, then the sensitivities, with the checks on the primary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kl_research.effects.checks import placebo as checks
from kl_research.effects.checks.objections import TRIGGER, failed, moving, objection
from kl_research.effects.checks.suppressed import NAME as SUPPRESSED
from kl_research.effects.checks.suppressed import within_bounds
from kl_research.effects.counts import Counts, counts_of, outcome_of
from kl_research.effects.designs.choice import (
    ASK,
    answered_by,
    choice_of,
    choose_primary,
    expected_after,
    sensitivities,
)
from kl_research.effects.designs.several import common_window, several_effect, several_municipalities
from kl_research.effects.effect import Check, Effect, Threat
from kl_research.effects.span import CHANGES, touches
from kl_research.effects.verdict import decide, disagrees, measurement_same_month, not_assessable, unless_season
from kl_research.effects.window import Window, window_of
from kl_research.terms.events import Event
from kl_research.terms.panel import check_area


def evaluate(
    panel: pd.DataFrame,
    events: Mapping[str, Event],
    *,
    municipality: str | None = None,
    outcome: str = "calls",
    pre_months: int = 24,
    post_months: int = 12,
    equivalence_band: tuple[float, float] = (0.8, 1.25),
    offset: str | None = None,
    activity: pd.DataFrame | None = None,
    primary: str = "auto",
    seed: int = 1,
) -> list[Effect]:
    """All intervention and measurement events that touch a municipality, or for the nation the national ones.

    For each event the primary comes first (`primary=True`, with its checks), then the sensitivities. `primary` is
    "auto" or the design a study declared. The automatic choice rests on the period before and the
    window alone: controlled where 19 donors exist, else the exact ratio for few calls, else interrupted time series.
    A declared design answers or says why it cannot; only for national events, which have no comparison, the
    controlled one gives way to interrupted time series. The choice and its hash stand in `details`.

    Returns `Effect`s (rate ratios, 95 %). Raises `InputError` for a public panel, an unknown municipality or a bad
    offset. Source: the designs' own; the choice is that of docs/methods.md.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> [(e.event, e.verdict) for e in evaluate(panel, events, municipality="001") if e.primary]
    [('meeting', 'increase'), ('release', 'increase')]
    """
    if municipality is not None:
        check_area(panel, municipality)
    made: dict[str, Counts | None] = {}
    effects: list[Effect] = []
    for event in events.values():
        if event.kind not in CHANGES or not touches(event, municipality, panel):
            continue
        chosen = outcome_of(event, outcome)
        if chosen not in made:
            made[chosen] = counts_of(panel, chosen, offset)
        options = {
            "municipality": municipality,
            "outcome": chosen,
            "pre_months": pre_months,
            "post_months": post_months,
            "offset": offset,
        }
        effects += _judge(
            panel, made[chosen], event, options, band=equivalence_band, activity=activity, declared=primary, seed=seed
        )
    return effects


def evaluate_shared(
    panel: pd.DataFrame,
    events: Mapping[str, Event],
    *,
    outcome: str = "calls",
    pre_months: int = 24,
    post_months: int = 12,
    equivalence_band: tuple[float, float] = (0.8, 1.25),
    offset: str | None = None,
    seed: int = 1,
) -> list[Effect]:
    """Events that took place in two or more municipalities, but not in all: one primary at level event for each.

    These, not the rows of the single municipalities, count for multiplicity. Like those they need the consent of a
    placebo in time, and suppressed months are bounds.

    Returns `Effect`s at level event. Raises `InputError` for a public panel or a bad offset.
    Source: that of `several_municipalities`.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> evaluate_shared(panel, events)                      # the one took place in one municipality, the other in all
    []
    """
    effects = []
    for event in events.values():
        if event.kind not in CHANGES or event.national or (len(event.municipalities) < 2 and not event.regions):
            continue
        chosen = outcome_of(event, outcome)
        options: dict[str, Any] = {
            "outcome": chosen,
            "pre_months": pre_months,
            "post_months": post_months,
            "offset": offset,
        }
        effect = several_municipalities(panel, event, equivalence_band=equivalence_band, seed=seed, **options)
        counts = counts_of(panel, chosen, offset)
        if counts is not None and effect.estimate is not None:
            effect = _checked_shared(effect, panel, counts, event, options, equivalence_band, seed)
        effects.append(effect.but(primary=True))
    return effects


def _checked_shared(
    primary: Effect,
    panel: pd.DataFrame,
    counts: Counts,
    event: Event,
    options: dict[str, Any],
    band: tuple[float, float],
    seed: int,
) -> Effect:
    """The answer for several municipalities, with what may take a claim away."""
    length = options["pre_months"], options["post_months"]
    window = common_window(counts, panel, event, *length)
    members = primary.details["members"]

    def again(whole: Counts) -> Effect:
        return several_effect(whole, panel, event, *length, band=band, seed=seed)

    def at(panel: pd.DataFrame, moved: Event, *, municipality: str | None, **more: Any) -> Effect:
        return several_municipalities(panel, moved, seed=seed, **more)

    primary, bounds = within_bounds(primary, counts, members, event.post_start, again)
    done = (checks.placebo_in_time(at, panel, event, window=window, **options), *bounds)
    choice = choice_of(window, event, primary.design, band)
    return _with_checks(primary, event, window, done, band).but(checks=done, details={**primary.details, **choice})


def _judge(
    panel: pd.DataFrame,
    counts: Counts | None,
    event: Event,
    options: dict[str, Any],
    *,
    band: tuple[float, float],
    activity: pd.DataFrame | None,
    declared: str,
    seed: int,
) -> list[Effect]:
    """One event's primary, with its checks, and its sensitivities; `options` are the designs' own."""
    municipality = options["municipality"]
    if counts is None:
        window = Window(municipality or "", event.id, options["outcome"], reason="outcome_not_in_data")
    else:
        window = window_of(counts, panel, event, municipality, options["pre_months"], options["post_months"])
    local = municipality is not None and not event.national
    design = choose_primary(window, expected_after(counts, window), local=local, declared=declared)
    choice = choice_of(window, event, design, band)
    if counts is None or not window.assessable:
        empty = not_assessable(event, window, design)
        return [empty.but(primary=True, details={**empty.details, **choice})]
    primary = answered_by(counts, window, event, design, band, seed)
    others = sensitivities(counts, window, event, primary, band, seed)
    done = _checks(ASK[design], panel, event, primary, others, activity, options)

    def again(whole: Counts) -> Effect:
        over = window_of(whole, panel, event, municipality, options["pre_months"], options["post_months"])
        if not over.assessable:
            return not_assessable(event, over, design)
        return answered_by(whole, over, event, design, band, seed, power=False)

    # Donors with suppressed months are none: they were not observed throughout.
    primary, bounds = within_bounds(primary, counts, window.members, event.post_start, again)
    primary = _with_checks(primary, event, window, (*done, *bounds), band)
    primary = primary.but(
        primary=True,
        checks=(*done, *bounds),
        unstable=disagrees(primary, others),
        threats=(*primary.threats, *_unusual_before(primary, window, done)),
        details={**primary.details, **choice},
    )
    return [primary, *others]


def _checks(
    ask: checks.Design,
    panel: pd.DataFrame,
    event: Event,
    primary: Effect,
    others: list[Effect],
    activity: pd.DataFrame | None,
    options: dict[str, Any],
) -> tuple[Check, ...]:
    if primary.estimate is None:
        return ()
    return (
        checks.placebo_in_time(ask, panel, event, **options),
        checks.placebo_in_space(ask, panel, event, **options),
        checks.pre_trend(ask, panel, event, **options),
        checks.without_trigger_months(ask, panel, event, **options),
        checks.without_largest_unit(ask, panel, event, activity=activity, **options),
        checks.other_error_model(primary, others),
    )


def _with_checks(
    primary: Effect, event: Event, window: Window, done: tuple[Check, ...], band: tuple[float, float]
) -> Effect:
    """The verdict once the checks were asked: a claim needs the placebos' consent, and a season that can be told."""
    if primary.estimate is None or primary.verdict == "break_in_series":
        return primary
    outcomes = {check.name: check for check in done}
    why = objection(primary, outcomes, window)
    verdict, reason = decide(
        event.kind,
        conf_low=primary.conf_low,
        conf_high=primary.conf_high,
        band=band,
        placebo_agrees=not why,
        breaks=measurement_same_month(event, window),
    )
    if reason == "placebo_disagrees":
        reason = why
    elif verdict == "no_change" and moving(outcomes, window, band):
        verdict, reason = "inconclusive", "moving_before"
    elif verdict == "inconclusive" and failed(outcomes, SUPPRESSED):
        reason = "suppressed_months"
    judged = primary.but(verdict=verdict, reason=reason)
    return unless_season(judged, window) if primary.details.get("comparison") == "none" else judged


def _unusual_before(primary: Effect, window: Window, done: tuple[Check, ...]) -> tuple[Threat, ...]:
    """Regression to the mean, said wherever an answer stands that the months just before make."""
    if primary.verdict not in ("increase", "decrease") or not failed({c.name: c for c in done}, TRIGGER):
        return ()
    return (Threat("trigger_low" if primary.verdict == "increase" else "trigger_high", "", window.pre[-1]),)
