"""What all designs share: panel and event to matrices and window, and numbers to an `Effect`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.effect import Effect, about
from kl_research.effects.verdict import decide, measurement_same_month, not_assessable
from kl_research.effects.window import Window, window_of
from kl_research.terms.events import Event
from kl_research.terms.question import Question

_OPEN = 1e-6  # a lower limit below this excludes nothing: a million times as many calls would have been expected


Answer = Callable[[Counts, Window, Event, Question], Effect]
"""A design on a window already assessed."""


def run_design(
    design: Answer, name: str, panel: pd.DataFrame, event: Event, municipality: str | None, question: Question
) -> Effect:
    """The window assessed, then the design on it, unless it cannot be judged; the question has its outcome."""
    counts = counts_of(panel, question)
    if counts is None:
        window = Window(municipality or "", event.id, str(question.outcome), reason="outcome_not_in_data")
        return not_assessable(event, window, name)
    window = window_of(counts, panel, event, municipality, question)
    if not window.assessable:
        return not_assessable(event, window, name)
    return design(counts, window, event, question)


@dataclass(frozen=True)
class Measured:
    """What a design found: the ratio with its limits, and the calls and monthly courses it rests on.

    `low` of 0 and `high` of None are open. `observed`, `expected`: calls after and without the event. `before`
    (n_pre,) and `after` (n_post,): the fitted course, `after` by default `counterfactual` (n_post,) times the ratio.
    `limits`: of the counterfactual, by default those of the ratio.
    """

    ratio: float
    low: float
    high: float | None
    p_value: float
    observed: float
    expected: float
    before: np.ndarray
    counterfactual: np.ndarray
    after: np.ndarray | None = None
    limits: tuple[np.ndarray | None, np.ndarray | None] | None = None


def build_effect(
    counts: Counts,
    window: Window,
    event: Event,
    name: str,
    found: Measured,
    *,
    band: tuple[float, float],
    details: dict[str, Any],
    **more: Any,
) -> Effect:
    """The effect a design found, with its verdict; `more` are further fields of `Effect`.

    The extra calls are `observed - expected`; their limits are what those of the ratio make of `observed`, so that
    both hold "none" or neither does.
    """
    ratio, low, high, expected = found.ratio, found.low, found.high, found.expected
    verdict, reason = decide(
        event.kind, conf_low=low, conf_high=high, band=band, breaks=measurement_same_month(event, window)
    )
    fitted = found.counterfactual * ratio
    counted = found.observed or expected * ratio  # where there was no call the ratio is that of half a one
    least, most = found.limits or (None if high is None else fitted / high, fitted / low if low > 0 else None)
    after = fitted if found.after is None else found.after
    y = counts.series(window.used, window.members)
    return not_assessable(event, window, name).replace(
        estimate=ratio,
        conf_low=low,
        conf_high=high,
        p_value=found.p_value,
        verdict=verdict,
        reason=reason,
        extra_calls=found.observed - expected,
        extra_low=counted - counted / low if low > _OPEN else None,
        extra_high=None if high is None else counted - counted / high,
        details={
            **about(event, window.threats),
            "mean_before": float(y[: window.n_pre].mean()),
            "mean_after": float(y[window.n_pre :].mean()),
            "expected_after": expected / window.n_post,
            "left_out": list(window.left_out),
            **({"silent_donors": list(window.silent)} if window.silent else {}),
            **details,
        },
        series=curve(counts, window, np.concatenate([found.before, after]), found.counterfactual, least, most),
        **more,
    )


def curve(
    counts: Counts,
    window: Window,
    fitted: np.ndarray,
    counterfactual: np.ndarray,
    low: np.ndarray | None,
    high: np.ndarray | None,
) -> pd.DataFrame:
    """One row a month from first to last used; `fitted` over pre and post, the other three over post.

    Months left out keep what was observed and have no curve; empty cells are NaN.
    """
    after = {"counterfactual": counterfactual, "low": low, "high": high}
    rows = {month: {"period": "before", "fitted": value} for month, value in zip(window.pre, fitted, strict=False)}
    rows |= {month: {"period": "left_out", "fitted": np.nan} for month in window.left_out}
    for i, month in enumerate(window.post):
        values = {name: np.nan if part is None else part[i] for name, part in after.items()}
        rows[month] = {"period": "after", "fitted": fitted[window.n_pre + i], **values}
    months = [month for month in sorted(rows) if counts.months[0] <= month <= counts.months[-1]]
    columns = [counts.column(code) for code in window.members]
    block = counts.values[counts.rows(tuple(months))][:, columns]
    frame = pd.DataFrame([rows[month] for month in months], index=months).rename_axis("month").reset_index()
    frame["observed"] = block.sum(axis=1)
    return frame.reindex(columns=["month", "observed", "fitted", "counterfactual", "low", "high", "period"])
