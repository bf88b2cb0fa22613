"""Which design answers, what was fixed before the outcome was read, and which other designs stand beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from kl_research.effects.counts import Counts
from kl_research.effects.designs import controlled, exact, few_donors, its
from kl_research.effects.designs.registry import BY_NAME, DESIGNS, check_declared
from kl_research.effects.donors import LEAST_DONORS
from kl_research.effects.effect import Effect
from kl_research.effects.usable import LEAST_MONTHS
from kl_research.effects.window import Window
from kl_research.terms.events import Event
from kl_research.terms.question import Question

FEW_CALLS = 20  # expected after; up to here the exact ratio answers when there are too few donors
YEAR = 12


def choose_primary(window: Window, expected_after: float, *, local: bool = True, declared: str = "auto") -> str:
    """The design that answers; `expected_after` are the calls the months before let one expect.

    Nothing that came after the event is looked at. An event that cannot be judged yet is listed under the design it
    waits for. With 3 to 18 donors the few answer where the panel has enough event-free
    stretches. The exact ratio has no trend and needs at least 5 donors to take it from.

    >>> choose_primary(Window("461", "meeting", "calls", donors=tuple("abcde")), 12.0)
    'exact_rate_ratio'
    """
    check_declared(declared)
    if declared != "auto" and (local or not BY_NAME[declared].compares):
        return declared
    if len(window.donors) >= LEAST_DONORS or (local and not window.assessable):
        return controlled.NAME
    if window.busy is not None:
        return few_donors.NAME
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
    before = counts.totals(window.pre, window.members).sum()
    return float(before / window.n_pre * window.n_post)


def run_on_window(counts: Counts, window: Window, event: Event, design: str, question: Question) -> Effect:
    """One design on a window already assessed; without the comparison it could have had, it says why."""
    effect = BY_NAME[design].answer(counts, window, event, question)
    # A study that declared another design is not short of municipalities to compare with.
    enough = BY_NAME[design].compares or len(window.donors) >= LEAST_DONORS
    return effect if enough else controlled.uncompared(effect, window, event)


def sensitivities(counts: Counts, window: Window, event: Event, primary: Effect, question: Question) -> list[Effect]:
    """The other designs that can answer, each labelled by its variant."""
    question = question.without_detectable()

    def alone(**options: Any) -> Effect:
        return its.its_effect(counts, window, event, question, **options)

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
        found["later_start"] = run_on_window(counts, later, event, primary.design, question)
    for design in DESIGNS:
        if design.name not in (primary.design, its.NAME) and design.can_answer(window):
            found[design.variant] = design.answer(counts, window, event, question)
    return [
        effect.replace(design=_label(effect.design, variant), details={**effect.details, "variant": variant})
        for variant, effect in found.items()
        if effect.estimate is not None
    ]


def _label(design: str, variant: str) -> str:
    """A row of results is one area, event, outcome, design and estimand: variants of one design need names."""
    return f"{design}_{variant}" if design == its.NAME or variant == "later_start" else design
