"""Every event of an area judged: the primary first, then the sensitivities, with the checks on the primary."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from kl_research.effects import checks, controlled, exact, its, newey_west, structural, synthetic
from kl_research.effects.counts import Counts, counts_of, outcome_of
from kl_research.effects.effect import Check, Effect
from kl_research.effects.several import several_municipalities
from kl_research.effects.verdict import decide, disagrees, measurement_same_month, not_assessable
from kl_research.effects.window import LEAST_DONORS, Window, window_of
from kl_research.events import Event
from kl_research.panel import area_region

_CHANGES = ("intervention", "measurement")
FEW_CALLS = 20  # expected after; up to here the exact ratio answers when there are too few donors
YEAR = 12


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
    seed: int = 1,
) -> list[Effect]:
    """All intervention and measurement events that touch a municipality, or for the nation the national ones.

    For each event the primary comes first (`primary=True`, with its checks), then the sensitivities. The primary is
    chosen from the period before and the window alone: controlled where 19 donors exist, else interrupted time
    series; the choice and its hash stand in `details`.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> [(e.event, e.verdict) for e in evaluate(panel, events, municipality="001") if e.primary]
    [('meeting', 'increase'), ('release', 'increase')]
    """
    made: dict[str, Counts | None] = {}
    effects: list[Effect] = []
    for event in events.values():
        if event.kind not in _CHANGES or not _concerns(event, municipality, panel):
            continue
        chosen = outcome_of(event, outcome)
        if chosen not in made:
            made[chosen] = counts_of(panel, chosen, offset)
        counts = made[chosen]
        effects += _judge(
            panel,
            counts,
            event,
            municipality,
            chosen,
            pre_months,
            post_months,
            equivalence_band,
            offset,
            activity,
            seed,
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

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> evaluate_shared(panel, events)                      # the one took place in one municipality, the other in all
    []
    """
    effects = []
    for event in events.values():
        if event.kind not in _CHANGES or event.national or (len(event.municipalities) < 2 and not event.regions):
            continue
        effect = several_municipalities(
            panel, event, outcome=outcome, pre_months=pre_months, post_months=post_months,
            equivalence_band=equivalence_band, offset=offset, seed=seed,
        )  # fmt: skip
        effects.append(effect.but(primary=True))
    return effects


def choose_primary(window: Window, expected_after: float, *, local: bool = True) -> str:
    """The design that answers; `expected_after` are the calls the months before let one expect.

    Nothing that came after the event is looked at. An event that cannot be judged yet is listed under the design it
    waits for.

    >>> choose_primary(Window("461", "meeting", "calls"), 12.0)
    'exact_rate_ratio'
    """
    if len(window.donors) >= LEAST_DONORS or (local and not window.assessable):
        return controlled.NAME
    few = window.assessable and window.municipality and expected_after <= FEW_CALLS
    return exact.NAME if few else its.NAME


def choice_of(window: Window, event: Event, design: str, band: tuple[float, float]) -> dict[str, Any]:
    """What was fixed before the outcome was read, and its hash."""
    fixed = {
        "event": event.id, "municipality": window.municipality, "outcome": window.outcome, "design": design,
        "impact": event.impact, "pre": list(window.pre), "post": list(window.post), "donors": list(window.donors),
        "band": list(band),
    }  # fmt: skip
    return {"primary_choice": fixed, "primary_hash": hashlib.sha256(json.dumps(fixed).encode()).hexdigest()}


def _concerns(event: Event, municipality: str | None, panel: pd.DataFrame) -> bool:
    if municipality is None or event.national:
        return event.national
    month = event.first_month if event.dated else panel["month"].max().strftime("%Y-%m")
    return event.touches(municipality, area_region(panel, municipality, month))


def _judge(
    panel: pd.DataFrame,
    counts: Counts | None,
    event: Event,
    municipality: str | None,
    outcome: str,
    pre_months: int,
    post_months: int,
    band: tuple[float, float],
    offset: str | None,
    activity: pd.DataFrame | None,
    seed: int,
) -> list[Effect]:
    level = "national" if municipality is None else "municipality"
    if counts is None:
        window = Window(municipality or "", event.id, outcome, reason="outcome_not_in_data")
    else:
        window = window_of(counts, panel, event, municipality, pre_months, post_months)
    local = municipality is not None and not event.national
    design = choose_primary(window, _expected_after(counts, window), local=local)
    choice = choice_of(window, event, design, band)
    if counts is None or not window.assessable:
        empty = not_assessable(event, window, design, level)
        return [empty.but(primary=True, details={**empty.details, **choice})]

    options = {
        "municipality": municipality, "outcome": outcome, "pre_months": pre_months, "post_months": post_months,
        "offset": offset,
    }  # fmt: skip
    primary, ask = _answer(counts, window, event, design, band, seed)
    others = _sensitivities(counts, window, event, primary, band, seed)
    done = _checks(ask, panel, event, primary, others, activity, options)
    primary = _with_placebo(primary, event, window, done, band)
    primary = primary.but(
        primary=True, checks=done, unstable=disagrees(primary, others), details={**primary.details, **choice}
    )
    return [primary, *others]


def _expected_after(counts: Counts | None, window: Window) -> float:
    if counts is None or not window.assessable:
        return 0.0
    columns = [counts.column(code) for code in window.members]
    before = counts.values[counts.rows(window.pre)][:, columns].sum()
    return float(before / window.n_pre * window.n_post)


def _answer(
    counts: Counts, window: Window, event: Event, design: str, band: tuple[float, float], seed: int
) -> tuple[Effect, checks.Design]:
    if design == controlled.NAME:
        return controlled.controlled_effect(counts, window, event, band=band, seed=seed), (
            controlled.controlled_interrupted_time_series
        )
    if design == exact.NAME:
        primary, ask = exact.exact_effect(counts, window, event, band=band, seed=seed), exact.exact_rate_ratio
    else:
        primary, ask = its.its_effect(counts, window, event, band=band, seed=seed), its.interrupted_time_series
    why = "national_event" if event.national else "too_few_donors"
    return primary.but(n_donors=len(window.donors), details={**primary.details, "no_comparison": why}), ask


def _sensitivities(
    counts: Counts, window: Window, event: Event, primary: Effect, band: tuple[float, float], seed: int
) -> list[Effect]:
    """The other designs that can answer, each labelled by its variant."""
    found: dict[str, Effect] = {}
    for variant, trend in (("no_trend", False), ("own_trend", True)):
        if primary.design != its.NAME or primary.details.get("trend") != trend:
            found[variant] = its.its_effect(counts, window, event, band=band, trend=trend, seed=seed, power=False)
    if window.n_pre + window.n_post >= 2 * YEAR:
        found["season"] = its.its_effect(counts, window, event, band=band, harmonics=1, seed=seed, power=False)
    if primary.design != exact.NAME and window.municipality:
        found["exact"] = exact.exact_effect(counts, window, event, band=band, seed=seed, power=False)
    if primary.design == controlled.NAME:
        found["synthetic"] = synthetic.synthetic_effect(counts, window, event, band=band)
    if not window.municipality:
        found["structural"] = structural.structural_effect(counts, window, event, band=band)
    found["newey_west"] = newey_west.newey_west_effect(counts, window, event, band=band)
    return [
        effect.but(design=_label(effect.design, variant), details={**effect.details, "variant": variant})
        for variant, effect in found.items()
        if effect.estimate is not None
    ]


def _label(design: str, variant: str) -> str:
    """A row of results is one area, event, outcome, design and estimand: variants of one design need names."""
    return f"{design}_{variant}" if design == its.NAME else design


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


def _as_far_before(primary: Effect, placebo: float) -> bool:
    """Whether the area already moved the same way before the event, and as far as the effect may be."""
    if primary.verdict == "increase":
        return placebo > 1 and (primary.conf_low or 0.0) <= placebo
    return placebo < 1 and (primary.conf_high is None or primary.conf_high >= placebo)


def _with_placebo(
    primary: Effect, event: Event, window: Window, done: tuple[Check, ...], band: tuple[float, float]
) -> Effect:
    """An increase or decrease stands only when the placebos agree with it."""
    if primary.verdict not in ("increase", "decrease"):
        return primary
    agrees = True
    for check in done:
        if check.name == "placebo_in_space" and check.outcome == "failed":
            agrees = False
        if check.name == "placebo_in_time" and check.outcome == "failed":
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
