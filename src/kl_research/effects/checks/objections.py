"""What speaks against a claim: others changed too, the area was moving before, or only just begun."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kl_research.effects.checks.growth import (
    clearly_moving,
    drift_of,
    explained_by_growth,
    explained_by_size,
    reach,
)
from kl_research.effects.checks.placebo import ALPHA
from kl_research.effects.effect import Check, Effect
from kl_research.effects.window import Window
from kl_research.statistics.growth import growth_rule

TRIGGER = "without_trigger_months"
# A movement before the event counts only if chance makes one as large less than one time in three. The placebo need
# not have failed: it has fewer months than the event, and would let most growth pass (benchmarks/corners.py growth).
BY_CHANCE = 1 / 3
RAMPING, LEAST_BEFORE = 18, 12  # months before: while use may still be ramping up; to tell a change from a course


def objection(primary: Effect, outcomes: Mapping[str, Check], window: Window) -> str:
    """Why no increase or decrease may be claimed, as a code; empty when nothing speaks against it.

    Others do so without the event; the area had only just begun, and grew in any case; it did so before; there were
    too few months before to ask that; changes went with size, and one of its size changed as much; it varies far more
    than the others it is measured by; or the difference rests on unusual months just before.
    """
    if failed(outcomes, "placebo_in_space"):
        return "placebo_disagrees"
    before = _before(outcomes)
    begun = window.just_begun and (primary.estimate or 1.0) > 1
    if begun and (before is None or window.n_pre < RAMPING):
        return "just_begun"
    moved = drift_of(primary)
    if moved is not None:
        # Who has only just begun grows more slowly with every month: any growth there is counts.
        together = isinstance(primary.details.get("growth"), list)
        seen, added = growth_rule(primary.details["growth_months"], together=together)
        if explained_by_growth(primary, moved, rule=(0.0 if begun else seen, added)):
            return "moved_before"
    elif before is not None and _as_far_before(primary, before, window, by_chance=1.0 if begun else BY_CHANCE):
        return "moved_before"
    if before is None and len(window.history or window.pre) < LEAST_BEFORE:
        return "too_short_before"
    if explained_by_size(primary):
        return "same_size"
    if primary.details.get("p_if_restless", 0.0) > ALPHA + 1e-9:
        return "restless"
    return "unusual_before" if failed(outcomes, "placebo_in_time") and failed(outcomes, TRIGGER) else ""


def moving(primary: Effect, outcomes: Mapping[str, Check], window: Window, band: tuple[float, float]) -> bool:
    """Whether the area was moving before, so that "as before" would itself be a change: no claim of no change.

    Its movement, had it gone on to the months after, would have left the band.
    """
    moved = drift_of(primary)
    if moved is not None:
        return clearly_moving(moved, band)
    before = _before(outcomes)
    if before is None or not failed(outcomes, "placebo_in_time"):
        return False
    return not band[0] <= before["estimate"] ** _stretch(before, window) <= band[1]


def failed(outcomes: Mapping[str, Check], name: str) -> bool:
    """Whether a check was asked and failed."""
    return name in outcomes and outcomes[name].outcome == "failed"


def _before(outcomes: Mapping[str, Check]) -> pd.Series | None:
    """What the placebo in time found in the months before, where it could be asked."""
    check = outcomes.get("placebo_in_time")
    return None if check is None or check.table.empty else check.table.iloc[0]


def _as_far_before(primary: Effect, before: pd.Series, window: Window, *, by_chance: float) -> bool:
    """Whether the area already moved the same way, and by that alone came as far as the effect may be.

    The placebo's months are closer together than the event's: growth that goes on has its ratio to the power of how
    many times closer. A movement that is clear counts with its limit, one that is not with its estimate.
    """
    up = (primary.estimate or 1.0) > 1
    if before["p_value"] > by_chance or (before["estimate"] > 1) != up:
        return False
    clear = before["p_value"] <= ALPHA
    moved = before["conf_high" if up else "conf_low"] if clear else before["estimate"]
    if moved is None or np.isnan(moved):
        return True
    gone_on = moved ** _stretch(before, window)
    effect = primary.conf_low if up else primary.conf_high
    return effect is None or bool(effect <= gone_on if up else effect >= gone_on)


def _stretch(before: pd.Series, window: Window) -> float:
    """How many times farther apart the event's months before and after lie than the placebo's."""
    return reach(window) / float(before["months_apart"])
