"""Suppressed months are bounds, not gaps: leaving them out would leave out the low months alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from kl_research.effects.counts import Counts
from kl_research.effects.effect import Check, Effect

LEAST, MOST = 1.0, 4.0  # a suppressed month had at least one call and fewer than five; never none
NAME = "suppressed_bounds"
_MEANS = ("mean_before", "mean_after", "expected_after")


def filled(counts: Counts, codes: Sequence[str], start: str, before: float, after: float) -> Counts:
    """The suppressed months of some areas as if observed: `before` calls in each up to `start`, `after` from then."""
    values, states = counts.values.copy(), counts.states.copy()
    late = np.array(counts.months) >= start
    for column in (counts.column(code) for code in codes):
        hidden = counts.states[:, column] == "suppressed"
        values[hidden, column] = np.where(late, after, before)[hidden]
        states[hidden, column] = "observed"
    kept = counts.made_before if (states == counts.states).all() else None
    return replace(counts, values=values, states=states, made_before=kept)


def within_bounds(
    primary: Effect, counts: Counts, codes: Sequence[str], start: str, again: Callable[[Counts], Effect]
) -> tuple[Effect, tuple[Check, ...]]:
    """The answer over everything the suppressed months can be: the limits are the least and the most that gives.

    `again` asks the design once more, of counts in which the months of `codes` are filled. The estimate lies between
    the two; the check is passed when both say the same. Without suppressed months the answer stays as it is.

    Source: Horowitz & Manski (2000), J Am Stat Assoc 95, 77-84, for intervals over all that missing values can be.
    """
    if primary.estimate is None or not any(t.code == "suppressed_months" for t in primary.threats):
        return primary, ()
    ends = [("least", again(filled(counts, codes, start, MOST, LEAST)))]
    ends.append(("most", again(filled(counts, codes, start, LEAST, MOST))))
    if any(effect.estimate is None for _, effect in ends):
        reason = next(effect.reason for _, effect in ends if effect.estimate is None)
        open_ = {"conf_low": 0.0, "conf_high": None, "p_value": 1.0, "extra_low": None, "extra_high": None}
        return primary.replace(**open_), (Check(NAME, "failed", reason),)
    both = [effect for _, effect in ends]
    rows = [
        {
            "variant": label,
            "estimate": e.estimate,
            "conf_low": e.conf_low,
            "conf_high": e.conf_high,
            "p_value": e.p_value,
            "verdict": e.verdict,
        }
        for label, e in ends
    ]
    means = {name: float(np.mean([e.details[name] for e in both])) for name in _MEANS if name in primary.details}
    whole = primary.replace(
        estimate=float(np.exp(np.mean([np.log(e.estimate or 1.0) for e in both]))),
        conf_low=_least([e.conf_low for e in both]),
        conf_high=_most([e.conf_high for e in both]),
        # Between a rise and a fall lies "no change", which then is among what the months can have been.
        p_value=1.0 if _opposite(both) else _most([e.p_value for e in both]),
        extra_calls=float(np.mean([e.extra_calls or 0.0 for e in both])),
        extra_low=_least([e.extra_low for e in both]),
        extra_high=_most([e.extra_high for e in both]),
        details={**primary.details, **means},
    )
    agree = both[0].verdict == both[1].verdict
    return whole, (Check(NAME, "passed" if agree else "failed", table=pd.DataFrame(rows)),)


def _opposite(both: Sequence[Effect]) -> bool:
    low, high = sorted(e.estimate or 0.0 for e in both)
    return low < 1 < high


def _least(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return min(known) if len(known) == len(values) else None


def _most(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) if len(known) == len(values) else None
