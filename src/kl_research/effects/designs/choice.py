"""Which design answers, what was fixed before the outcome was read, and which other designs stand beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from kl_research.effects.checks import placebo as checks
from kl_research.effects.counts import Counts
from kl_research.effects.designs import controlled, exact, its, newey_west, structural, synthetic
from kl_research.effects.effect import Effect
from kl_research.effects.window import LEAST_DONORS, LEAST_MONTHS, Window
from kl_research.terms.events import Event

FEW_CALLS = 20  # expected after; up to here the exact ratio answers when there are too few donors
YEAR = 12


def choose_primary(window: Window, expected_after: float, *, local: bool = True, declared: str = "auto") -> str:
    """The design that answers; `expected_after` are the calls the months before let one expect.

    Nothing that came after the event is looked at. An event that cannot be judged yet is listed under the design it
    waits for. The exact ratio has no trend and needs at least 5 donors to take it from.

    >>> choose_primary(Window("461", "meeting", "calls", donors=tuple("abcde")), 12.0)
    'exact_rate_ratio'
    """
    if declared != "auto" and (local or declared not in (controlled.NAME, synthetic.NAME)):
        return declared
    if len(window.donors) >= LEAST_DONORS or (local and not window.assessable):
        return controlled.NAME
    few = window.assessable and len(window.donors) >= exact.LEAST_DONORS and expected_after <= FEW_CALLS
    return exact.NAME if few else its.NAME


def choice_of(window: Window, event: Event, design: str, band: tuple[float, float]) -> dict[str, Any]:
    """What was fixed before the outcome was read, and its hash."""
    fixed = {
        "event": event.id,
        "municipality": window.municipality,
        "outcome": window.outcome,
        "design": design,
        "impact": event.impact,
        "pre": list(window.pre),
        "post": list(window.post),
        "donors": list(window.donors),
        "band": list(band),
    }
    return {"primary_choice": fixed, "primary_hash": hashlib.sha256(json.dumps(fixed).encode()).hexdigest()}


def expected_after(counts: Counts | None, window: Window) -> float:
    """Calls the months before let one expect after; 0 when the event cannot be judged."""
    if counts is None or not window.assessable:
        return 0.0
    columns = [counts.column(code) for code in window.members]
    before = counts.values[counts.rows(window.pre)][:, columns].sum()
    return float(before / window.n_pre * window.n_post)


ASK: dict[str, checks.Design] = {
    controlled.NAME: controlled.controlled_interrupted_time_series,
    its.NAME: its.interrupted_time_series,
    exact.NAME: exact.exact_rate_ratio,
    synthetic.NAME: synthetic.synthetic_did,
    structural.NAME: structural.structural_time_series,
}


def answered_by(
    counts: Counts,
    window: Window,
    event: Event,
    design: str,
    band: tuple[float, float],
    seed: int,
    power: bool = True,
) -> Effect:
    """One design on a window already assessed; without the comparison it could have had, it says why."""
    if design == controlled.NAME:
        return controlled.controlled_effect(counts, window, event, band=band, seed=seed, power=power)
    if design == synthetic.NAME:
        return synthetic.synthetic_effect(counts, window, event, band=band)
    if design == structural.NAME:
        effect = structural.structural_effect(counts, window, event, band=band)
    elif design == exact.NAME:
        effect = exact.exact_effect(counts, window, event, band=band, seed=seed, power=power)
    else:
        effect = its.its_effect(counts, window, event, band=band, seed=seed, power=power)
    enough = len(window.donors) >= LEAST_DONORS  # a study that declared otherwise is not short of them
    return effect if enough else controlled.uncompared(effect, window, event)


def sensitivities(
    counts: Counts, window: Window, event: Event, primary: Effect, band: tuple[float, float], seed: int
) -> list[Effect]:
    """The other designs that can answer, each labelled by its variant."""

    def alone(over: Window = window, **options: Any) -> Effect:
        return its.its_effect(counts, over, event, band=band, seed=seed, power=False, **options)

    found: dict[str, Effect] = {}
    for variant, trend in (("no_trend", False), ("own_trend", True)):
        if primary.design != its.NAME or primary.details.get("trend") != trend:
            found[variant] = alone(trend=trend)
    if event.impact == "step" and window.n_post >= YEAR // 2:
        found["slope"] = alone(slope=True)
    if window.n_pre + window.n_post >= 2 * YEAR:
        found["season"] = alone(harmonics=1)
    if window.n_post > LEAST_MONTHS and event.impact != "pulse":
        # One more month to settle, in the primary's own design.
        later = replace(window, left_out=(*window.left_out, window.post[0]), post=window.post[1:])
        found["later_start"] = answered_by(counts, later, event, primary.design, band, seed, power=False)
    if primary.design != controlled.NAME and len(window.donors) >= LEAST_DONORS:
        found["controlled"] = controlled.controlled_effect(counts, window, event, band=band, seed=seed, power=False)
    if primary.design != exact.NAME and len(window.donors) >= exact.LEAST_DONORS:
        found["exact"] = exact.exact_effect(counts, window, event, band=band, seed=seed, power=False)
    if primary.design != synthetic.NAME and len(window.donors) >= LEAST_DONORS:
        found["synthetic"] = synthetic.synthetic_effect(counts, window, event, band=band)
    if primary.design != structural.NAME and not window.municipality:
        found["structural"] = structural.structural_effect(counts, window, event, band=band)
    found["newey_west"] = newey_west.newey_west_effect(counts, window, event, band=band)
    return [
        effect.but(design=_label(effect.design, variant), details={**effect.details, "variant": variant})
        for variant, effect in found.items()
        if effect.estimate is not None
    ]


def _label(design: str, variant: str) -> str:
    """A row of results is one area, event, outcome, design and estimand: variants of one design need names."""
    return f"{design}_{variant}" if design == its.NAME or variant == "later_start" else design
