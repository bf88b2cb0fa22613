"""Every event of an area judged: the primary first, then the sensitivities, with the checks on the primary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kl_research.effects.checks import placebo, steadiness
from kl_research.effects.checks.content import with_content
from kl_research.effects.checks.lasting import lasting, not_lasting
from kl_research.effects.checks.objections import TRIGGER, failed, moving, objection
from kl_research.effects.checks.suppressed import NAME as SUPPRESSED
from kl_research.effects.checks.suppressed import within_bounds
from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs.choice import (
    choice_of,
    choose_primary,
    expected_after,
    run_on_window,
    sensitivities,
)
from kl_research.effects.designs.registry import BY_NAME
from kl_research.effects.designs.several import common_window, several_effect, several_municipalities
from kl_research.effects.effect import Check, Effect, Threat
from kl_research.effects.span import CHANGES, touches
from kl_research.effects.verdict import decide, disagrees, measurement_same_month, not_assessable, unless_season
from kl_research.effects.window import Window, window_of
from kl_research.terms.events import Event
from kl_research.terms.panel import check_area, refuse_unchecked
from kl_research.terms.question import ORDINARY, Question


def evaluate(
    panel: pd.DataFrame,
    events: Mapping[str, Event],
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
    activity: Any = None,
    primary: str = "auto",
) -> list[Effect]:
    """All intervention and measurement events that touch a municipality, or for the nation the national ones.

    For each event the primary comes first (`primary=True`, with its checks), then the sensitivities. `primary` is
    "auto" or the design a study declared. The automatic choice rests on the period before and the
    window alone: controlled where 19 donors exist, else the exact ratio for few calls, else interrupted time series.
    A declared design answers or says why it cannot; only for national events, which have no comparison, the
    controlled one gives way to interrupted time series. The choice and its hash stand in `details`.

    Parameters
    ----------
    activity : Any, optional
        As `kl.read_activity` gives it, for the check without the largest unit.
    primary : str, default 'auto'
        "auto", or the design a study declared.

    Returns
    -------
    list[Effect]
        Rate ratios with 95 % intervals.

    Raises
    ------
    InputError
        For a public panel, an unknown municipality or a bad offset.

    References
    ----------
    The designs' own; the choice is that of docs/methods.md.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> [(e.event, e.verdict) for e in evaluate(panel, events, municipality="001") if e.primary]
    [('meeting', 'increase'), ('release', 'not_assessable')]
    """
    refuse_unchecked(panel)
    if municipality is not None:
        check_area(panel, municipality)
    made: dict[str | None, Counts | None] = {}
    effects: list[Effect] = []
    for event in events.values():
        if event.kind not in CHANGES or not touches(event, municipality, panel):
            continue
        asked = question.about(event)
        if asked.outcome not in made:
            made[asked.outcome] = counts_of(panel, asked)
        whole = made[asked.outcome]
        effects += _judge(panel, whole, event, municipality, asked, activity=activity, declared=primary)
    return effects


def evaluate_shared(
    panel: pd.DataFrame,
    events: Mapping[str, Event],
    *,
    question: Question = ORDINARY,
) -> list[Effect]:
    """Events that took place in two or more municipalities, but not in all: one primary at level event for each.

    These, not the rows of the single municipalities, count for multiplicity. Like those they need the consent of a
    placebo in time, and suppressed months are bounds.

    Returns
    -------
    list[Effect]
        One effect a shared event, at level event.

    Raises
    ------
    InputError
        For a public panel or a bad offset.

    References
    ----------
    That of `several_municipalities`.

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
        asked = question.about(event)
        effect = several_municipalities(panel, event, question=asked)
        counts = counts_of(panel, asked)
        if counts is not None and effect.estimate is not None:
            effect = _checked_shared(effect, panel, counts, event, asked)
        effects.append(effect.replace(primary=True))
    return effects


def _checked_shared(
    primary: Effect,
    panel: pd.DataFrame,
    counts: Counts,
    event: Event,
    question: Question,
) -> Effect:
    """The answer for several municipalities, with what may take a claim away."""
    window = common_window(counts, panel, event, question)
    members = primary.details["members"]

    def again(whole: Counts) -> Effect:
        return several_effect(whole, panel, event, question.without_detectable())

    def at(panel: pd.DataFrame, moved: Event, *, municipality: str | None, question: Question) -> Effect:
        return several_municipalities(panel, moved, question=question)

    primary, bounds = within_bounds(primary, counts, members, event.post_start, again)
    done = (
        placebo.placebo_in_time(at, panel, event, window=window, question=question),
        steadiness.without_trigger_months(at, panel, event, question=question),
        *bounds,
    )
    choice = choice_of(window, event, primary.design, question.band)
    judged = _with_checks(primary, event, window, done, question.band)
    threats = (*judged.threats, *_unusual_before(judged, window, done))
    return judged.replace(checks=done, threats=threats, details={**primary.details, **choice})


def _judge(
    panel: pd.DataFrame,
    counts: Counts | None,
    event: Event,
    municipality: str | None,
    question: Question,
    *,
    activity: Any,
    declared: str,
) -> list[Effect]:
    """One event's primary, with its checks, and its sensitivities."""
    if counts is None:
        window = Window(municipality or "", event.id, str(question.outcome), reason="outcome_not_in_data")
    else:
        window = window_of(counts, panel, event, municipality, question)
    local = municipality is not None and not event.national
    design = choose_primary(window, expected_after(counts, window), local=local, declared=declared)
    choice = choice_of(window, event, design, question.band)
    # What reached everybody has nobody to compare with in one municipality, and its own trend drawn on would be told
    # as if it were known: of three such intervals for Redirect two missed the truth. The nation's answer is the one.
    everybody = municipality is not None and event.national
    if counts is None or not window.assessable or everybody:
        empty = not_assessable(event, window, design, "" if not window.assessable else "reached_everybody")
        return [empty.replace(primary=True, details={**empty.details, **choice})]
    primary = run_on_window(counts, window, event, design, question)
    others = sensitivities(counts, window, event, primary, question)
    done: tuple[Check, ...] = ()

    def elsewhere(other: Window) -> Effect:
        return run_on_window(counts, other, event, design, question.without_detectable())

    if primary.estimate is not None:
        done = _checks(BY_NAME[design].ask, panel, event, municipality, question, activity)
        done = (*done, steadiness.other_error_model(primary, others))
    if primary.excludes_one:
        done = (*done, lasting(primary, window, elsewhere))

    def again(whole: Counts) -> Effect:
        over = window_of(whole, panel, event, municipality, question)
        if not over.assessable:
            return not_assessable(event, over, design)
        return run_on_window(whole, over, event, design, question.without_detectable())

    # Municipalities with suppressed months are not used as donors: they were not observed throughout.
    primary, bounds = within_bounds(primary, counts, window.members, event.post_start, again)
    primary = _with_checks(primary, event, window, (*done, *bounds), question.band)
    primary = primary.replace(
        primary=True,
        checks=(*done, *bounds),
        unstable=disagrees(primary, others),
        threats=(*primary.threats, *_unusual_before(primary, window, done), *not_lasting(primary, done)),
        details={**primary.details, **choice},
    )
    return [primary, *others]


def _checks(
    design: placebo.Design,
    panel: pd.DataFrame,
    event: Event,
    municipality: str | None,
    question: Question,
    activity: Any,
) -> tuple[Check, ...]:
    about = (design, panel, event)
    return (
        placebo.placebo_in_time(*about, municipality=municipality, question=question),
        placebo.placebo_in_space(*about, municipality=municipality, question=question),
        placebo.pre_trend(*about, municipality=municipality, question=question),
        steadiness.without_trigger_months(*about, municipality=municipality, question=question),
        steadiness.without_largest_unit(*about, municipality=municipality, question=question, activity=activity),
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
    elif verdict == "no_change" and moving(primary, outcomes, window, band):
        verdict, reason = "inconclusive", "moving_before"
    elif verdict == "inconclusive" and failed(outcomes, SUPPRESSED):
        reason = "suppressed_months"
    judged = primary.replace(verdict=verdict, reason=reason)
    if primary.details.get("comparison") == "none":
        judged = unless_season(judged, window)
    return with_content(judged)


def _unusual_before(primary: Effect, window: Window, done: tuple[Check, ...]) -> tuple[Threat, ...]:
    """Regression to the mean, said wherever an answer stands that the months just before make."""
    if primary.verdict not in ("increase", "decrease") or not failed({c.name: c for c in done}, TRIGGER):
        return ()
    return (Threat("trigger_low" if primary.verdict == "increase" else "trigger_high", "", window.pre[-1]),)
