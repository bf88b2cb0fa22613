"""What speaks against a claim: others changed too, the area was moving before, or only just begun."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from kl_research import months
from kl_research.effects.effect import Check, Effect
from kl_research.effects.window import Window

TRIGGER = "without_trigger_months"


def objection(primary: Effect, outcomes: Mapping[str, Check], window: Window) -> str:
    """Why no increase or decrease may be claimed, as a code; empty when nothing speaks against it.

    Others do so without the event; the area did so before it; it had only just begun, and grew in any case; or the
    difference rests on unusual months just before.
    """
    if failed(outcomes, "placebo_in_space"):
        return "placebo_disagrees"
    if window.just_begun and not _asked(outcomes) and (primary.estimate or 1.0) > 1:
        return "just_begun"
    if not failed(outcomes, "placebo_in_time"):
        return ""
    if _as_far_before(primary, outcomes["placebo_in_time"].table.iloc[0], window):
        return "moved_before"
    return "unusual_before" if failed(outcomes, TRIGGER) else ""


def moving(outcomes: Mapping[str, Check], window: Window, band: tuple[float, float]) -> bool:
    """Whether the area was moving before, so that "as before" would itself be a change: no claim of no change.

    Its movement, had it gone on to the months after, would have left the band.
    """
    if not failed(outcomes, "placebo_in_time"):
        return False
    before = outcomes["placebo_in_time"].table.iloc[0]
    return not band[0] <= before["estimate"] ** _stretch(before, window) <= band[1]


def failed(outcomes: Mapping[str, Check], name: str) -> bool:
    """Whether a check was asked and failed."""
    return name in outcomes and outcomes[name].outcome == "failed"


def _asked(outcomes: Mapping[str, Check]) -> bool:
    return "placebo_in_time" in outcomes and outcomes["placebo_in_time"].outcome != "not_possible"


def _as_far_before(primary: Effect, before: pd.Series, window: Window) -> bool:
    """Whether the area already moved the same way, and may by that alone have come as far as the effect may be.

    The placebo's months are closer together than the event's; steady growth makes its ratio to the power of how many
    times closer. What counts is the limit of that: a placebo is short, and its estimate coarse.
    """
    stretch = _stretch(before, window)
    if (primary.estimate or 1.0) > 1:
        most = math.inf if pd.isna(before["conf_high"]) else before["conf_high"] ** stretch
        return bool(before["estimate"] > 1 and (primary.conf_low or 0.0) <= most)
    least = 0.0 if pd.isna(before["conf_low"]) else before["conf_low"] ** stretch
    return bool(before["estimate"] < 1 and (primary.conf_high is None or primary.conf_high >= least))


def _stretch(before: pd.Series, window: Window) -> float:
    """How many times farther apart the event's months before and after lie than the placebo's."""
    middles = [np.mean([months.number(month) for month in side]) for side in (window.pre, window.post)]
    return float((middles[1] - middles[0]) / before["months_apart"])
