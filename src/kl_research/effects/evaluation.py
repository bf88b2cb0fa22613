"""Every event of an area judged: the primary first, then the sensitivities, with the checks on the primary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kl_research.effects import checks
from kl_research.effects.counts import SUPPRESSED, Counts, counts_of, filled, outcome_of
from kl_research.effects.designs import ASK, answered_by, choice_of, choose_primary, expected_after, sensitivities
from kl_research.effects.effect import Check, Effect
from kl_research.effects.several import several_municipalities
from kl_research.effects.span import CHANGES, touches
from kl_research.effects.verdict import decide, disagrees, measurement_same_month, not_assessable
from kl_research.effects.window import Window, window_of
from kl_research.events import Event
from kl_research.panel import check_area


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
            "municipality": municipality, "outcome": chosen, "pre_months": pre_months, "post_months": post_months,
            "offset": offset,
        }  # fmt: skip
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

    These, not the rows of the single municipalities, count for multiplicity.

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
        effect = several_municipalities(
            panel, event, outcome=outcome, pre_months=pre_months, post_months=post_months,
            equivalence_band=equivalence_band, offset=offset, seed=seed,
        )  # fmt: skip
        effects.append(effect.but(primary=True))
    return effects


def _judge(
    panel: pd.DataFrame, counts: Counts | None, event: Event, options: dict[str, Any], *, band: tuple[float, float],
    activity: pd.DataFrame | None, declared: str, seed: int,
) -> list[Effect]:  # fmt: skip
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
    done = (*done, *_suppressed(panel, counts, window, event, primary, band, options))
    primary = _with_checks(primary, event, window, done, band)
    primary = primary.but(
        primary=True, checks=done, unstable=disagrees(primary, others), details={**primary.details, **choice}
    )
    return [primary, *others]


def _checks(
    ask: checks.Design, panel: pd.DataFrame, event: Event, primary: Effect, others: list[Effect],
    activity: pd.DataFrame | None, options: dict[str, Any],
) -> tuple[Check, ...]:  # fmt: skip
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


def _suppressed(
    panel: pd.DataFrame, counts: Counts, window: Window, event: Event, primary: Effect, band: tuple[float, float],
    options: dict[str, Any],
) -> tuple[Check, ...]:  # fmt: skip
    """The primary with the area's suppressed months (1 to 4 calls) filled in: the least and the most that gives.

    Leaving them out leaves out the low months. Passed when both extremes say what the observed months say. Donors
    with suppressed months are none: they were not observed throughout.
    """
    if primary.estimate is None or not any(t.code == "suppressed_months" for t in window.threats):
        return ()
    rows = []
    for label, before, after in (("least", SUPPRESSED[1], SUPPRESSED[0]), ("most", SUPPRESSED[0], SUPPRESSED[1])):
        whole = filled(counts, window.municipality, event.post_start, before, after)
        over = window_of(
            whole, panel, event, window.municipality, options["pre_months"], options["post_months"]
        )  # fmt: skip
        if not over.assessable:
            return (Check("suppressed_bounds", "failed", over.reason),)
        effect = answered_by(whole, over, event, primary.design, band, 1, power=False)
        rows.append({**checks.row(label, effect), "verdict": effect.verdict})
    agree = all(row["verdict"] == primary.verdict for row in rows)
    return (Check("suppressed_bounds", "passed" if agree else "failed", table=pd.DataFrame(rows)),)


def _as_far_before(primary: Effect, placebo: float) -> bool:
    """Whether the area already moved the same way before the event, and as far as the effect may be."""
    if primary.verdict == "increase":
        return placebo > 1 and (primary.conf_low or 0.0) <= placebo
    return placebo < 1 and (primary.conf_high is None or primary.conf_high >= placebo)


def _with_checks(
    primary: Effect, event: Event, window: Window, done: tuple[Check, ...], band: tuple[float, float]
) -> Effect:
    """Suppressed months take away any answer they can turn; an increase or decrease needs the placebos' consent."""
    if primary.verdict not in ("increase", "decrease", "no_change"):
        return primary
    agrees = True
    for check in done:
        if check.name == "suppressed_bounds" and check.outcome == "failed":
            return primary.but(verdict="inconclusive", reason="suppressed_months")
        if check.name == "placebo_in_space" and check.outcome == "failed":
            agrees = False
        if check.name == "placebo_in_time" and check.outcome == "failed" and primary.verdict != "no_change":
            agrees &= not _as_far_before(primary, float(check.table["estimate"].iloc[0]))
    verdict, reason = decide(
        event,
        conf_low=primary.conf_low,
        conf_high=primary.conf_high,
        band=band,
        placebo_agrees=agrees,
        breaks=measurement_same_month(event, window),
    )
    return primary.but(verdict=verdict, reason=reason)
