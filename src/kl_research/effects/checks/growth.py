"""Own growth: would the area have come as far without the event, going on as it did before?

The placebo in time sees a step in the months of the window; growth seen over all months before is measured several
times better (benchmarks/growth.py). What an effect's `details` hold of it:

`growth`, `growth_error`: log growth a month against the comparison municipalities, and its standard error;
`growth_months`: from so many months; `growth_reach`: months between the middles of before and after.
`size_shift`, `size_error`: what the others' changes, where they go with size, let expect of one of its size (log).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1, log
from typing import Any

import numpy as np

from kl_research.effects.counts import Counts
from kl_research.effects.effect import Effect
from kl_research.effects.window import Window
from kl_research.statistics.growth import growth_of_first
from kl_research.statistics.noise import Noise
from kl_research.statistics.size import ADDED as ADDED_SIZE
from kl_research.statistics.size import CLEAR as CLEAR_SIZE
from kl_research.terms import months

CLEAR = 1.96


def growth_details(counts: Counts, window: Window, noise: Noise) -> dict[str, Any]:
    """What `details` hold of the growth of a window's members; of several, that of each as a list."""
    members = window.members
    donors = [code for code in window.history_donors if code in window.donors]
    if not donors:
        return {}
    y, exposure, rows = counts.block(window.history, (*members, *donors))
    growth, variance = growth_of_first(y[None], exposure[None], rows, noise, len(members))
    each, errors = growth[0].tolist(), np.sqrt(variance[0]).tolist()
    one = len(members) == 1
    return {
        "growth": each[0] if one else each,
        "growth_error": errors[0] if one else errors,
        "growth_months": len(window.history),
        "growth_reach": reach(window),
    }


def reach(window: Window) -> float:
    """Months between the middles of the months before and after."""
    before, after = (np.mean([months.number(month) for month in side]) for side in (window.pre, window.post))
    return float(after - before)


def drift(effects: Sequence[Effect], weights: np.ndarray) -> tuple[float, float] | None:
    """The log ratio that the members' growth alone would make of their weighted mean, and its standard error.

    A member of unknown growth counts as growth 0. Returns None if no member's growth is known.
    """
    known = [e.details.get("growth") is not None for e in effects]
    if not any(known):
        return None
    share = weights / weights.sum()
    moved = [_own_drift(e) or (0.0, 0.0) for e in effects]
    mean = sum(w * m for w, (m, _) in zip(share, moved, strict=True))
    error = np.sqrt(sum((w * s) ** 2 for w, (_, s) in zip(share, moved, strict=True)))
    return float(mean), float(error)


def drift_of(effect: Effect) -> tuple[float, float] | None:
    """`drift` of one effect: of a single municipality, or of the several its weights are known of."""
    if isinstance(effect.details.get("growth"), list):
        share = np.array(effect.details["growth_weights"])
        by = effect.details["growth_reach"]
        mean = by * float(share @ np.array(effect.details["growth"]))
        return mean, by * float(np.sqrt((share**2) @ np.array(effect.details["growth_error"]) ** 2))
    return _own_drift(effect)


def _own_drift(effect: Effect) -> tuple[float, float] | None:
    growth = effect.details.get("growth")
    if growth is None:
        return None
    by = effect.details["growth_reach"]
    return growth * by, effect.details["growth_error"] * by


def explained_by_growth(effect: Effect, moved: tuple[float, float], *, rule: tuple[float, float]) -> bool:
    """Whether an effect's interval would hold "no change", had the area gone on as before.

    `rule`: from how many standard errors on growth counts, and how many are added (`statistics.growth`).
    """
    return _explained(effect, moved, *rule)


def explained_by_size(effect: Effect) -> bool:
    """Whether an effect's interval would hold what others of its size changed by, where changes go with size."""
    shift = effect.details.get("size_shift")
    return shift is not None and _explained(effect, (shift, effect.details["size_error"]), CLEAR_SIZE, ADDED_SIZE)


def _explained(effect: Effect, moved: tuple[float, float], seen: float, added: float) -> bool:
    """Whether a movement of more than `seen` standard errors, with `added` of them, comes to the interval's end."""
    sign = 1.0 if (effect.estimate or 1.0) > 1 else -1.0
    mean, error = sign * moved[0], moved[1]
    limit = effect.conf_low if sign > 0 else effect.conf_high
    if not limit:
        return mean > 0
    return mean > seen * error and sign * log(limit) <= mean + added * error


def clearly_moving(moved: tuple[float, float], band: tuple[float, float]) -> bool:
    """Whether the growth before is clear, and would by itself have left the band."""
    return abs(moved[0]) > CLEAR * moved[1] and not log(band[0]) <= moved[0] <= log(band[1])


def breakdown_slope(effect: Effect) -> float | None:
    """How much a month the area would have to have grown (fallen) more than the others for a claim to fall.

    A fraction: .03 is 3 % a month. None where nothing is claimed, or the design does not compare.

    Source: Rambachan & Roth (2023), Rev Econ Stud 90, 2555-2591, for the idea of a breakdown value.

    Examples
    --------
    >>> one = Effect("municipality", "461", "461", "x", "other", "calls", "y", estimate=2.0, conf_low=1.7,
    ...              conf_high=2.4, verdict="increase", details={"growth_reach": 18.0})
    >>> round(breakdown_slope(one), 3)                                                      # 1.7^(1/18) - 1
    0.03
    """
    by = effect.details.get("growth_reach")
    limit = {"increase": effect.conf_low, "decrease": effect.conf_high}.get(effect.verdict)
    return expm1(log(limit) / by) if by and limit else None
