"""An effect as everybody may see it: its series at the level that is shown, its numbers rounded or left out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kl_research import months
from kl_research.effects.effect import Effect
from kl_research.findings.disclosure import Shown, is_small

_ROUNDED = ("fitted", "counterfactual", "low", "high")


def public_effect(effect: Effect, seen: Shown, threshold: int) -> Effect:
    """The effect drawn from a series that may be shown (`disclosure.shown`), for the public profile.

    Means whose total is a small number are left out, estimates are rounded to two decimals, curves to one, and the
    series is put into the periods of `seen`; a period that the event divides counts as left out.
    """
    return effect.but(
        series=_in_periods(effect.series, seen) if not effect.series.empty else effect.series,
        details=_details(effect, seen, threshold),
        checks=tuple(type(c)(c.name, c.outcome, c.reason) for c in effect.checks),
        **{
            name: _round(getattr(effect, name), digits)
            for name, digits in (
                ("estimate", 2), ("conf_low", 2), ("conf_high", 2), ("detectable", 2), ("p_value", 3),
                ("extra_calls", 0), ("extra_low", 0), ("extra_high", 0),
            )
        },
    )  # fmt: skip


def _details(effect: Effect, seen: Shown, threshold: int) -> dict[str, Any]:
    details = {**effect.details, "level": seen.level or "all"}
    for name, n in (("mean_before", effect.n_pre), ("mean_after", effect.n_post)):
        mean = details.get(name)
        if mean is not None and is_small(round(float(mean) * n), threshold):
            details[name] = None
    return {key: _round(value, 1) if isinstance(value, float) else value for key, value in details.items()}


def _in_periods(series: pd.DataFrame, seen: Shown) -> pd.DataFrame:
    present = [name for name in _ROUNDED if name in series]
    inside = set(series["month"])
    rows = []
    columns = (seen.table[name].tolist() for name in ("first", "last", "value"))
    for first, last, value in zip(*columns, strict=True):
        wanted = months.span(first, last)
        if not set(wanted) <= inside:
            continue
        part = series[series["month"].isin(wanted)]
        sides = set(part["period"])
        side = sides.pop() if len(sides) == 1 else "left_out"
        curves = {name: _round(part[name].astype("float64").sum(min_count=len(part)), 1) for name in present}
        observed = None if pd.isna(value) else float(value)
        rows.append({"month": first, "observed": observed, **curves, "period": side})
    return pd.DataFrame(rows, columns=["month", "observed", *present, "period"])


def _round(value: Any, digits: int) -> Any:
    if value is None or value != value:
        return None
    return round(float(value), digits) + 0.0
