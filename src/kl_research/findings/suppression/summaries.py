"""A municipality's last 12 months and the 12 before, as its reader may see them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from kl_research.adoption import Period, Summary, summaries, summary
from kl_research.findings.suppression.groups import WHOLE, crowded, middle, number_by, numbers_of
from kl_research.findings.suppression.series import is_small, may_show
from kl_research.findings.words.reader import Reader

HIDDEN = -1  # stands where a count is known but not told


def summary_for(panel: pd.DataFrame, activity: pd.DataFrame | None, municipality: str, who: Reader) -> Summary:
    """`adoption.summary`; in the public profile every count that is not told is `HIDDEN`, and units and provider
    numbers are the middle of their group (`groups.group`)."""
    use = activity if activity is not None and len(activity) else None
    return _for_reader(summary(panel, use, municipality), panel, municipality, who)


def summaries_for(panel: pd.DataFrame, activity: pd.DataFrame | None, who: Reader) -> dict[str, Summary]:
    """`summary_for` of every municipality of the panel, by code, in one pass."""
    rows = dict(iter(panel.groupby("municipality"))) if who.public else {}
    found = summaries(panel, activity if activity is not None and len(activity) else None)
    return {code: _for_reader(short, rows.get(code, panel), code, who) for code, short in found.items()}


def _for_reader(short: Summary, panel: pd.DataFrame, municipality: str, who: Reader) -> Summary:
    if not who.public:
        return short
    return replace(
        short,
        last=_safe(short.last, panel, municipality, who),
        before=_safe(short.before, panel, municipality, who),
    )


def _safe(period: Period, panel: pd.DataFrame, code: str, who: Reader) -> Period:
    told: dict[str, Any] = {
        measure: _told(getattr(period, measure), measure, period, panel, code, who)
        for measure in ("calls", "completed", "active_units", "active_providers")
    }
    hidden = told["calls"] == HIDDEN
    if hidden:
        told = {measure: None if value is None else HIDDEN for measure, value in told.items()}
    return replace(period, calls_per_month=None if hidden else period.calls_per_month, **told)


def _told(value: int | None, measure: str, period: Period, panel: pd.DataFrame, code: str, who: Reader) -> int | None:
    if value is None:
        return None
    if is_small(value, who.threshold):
        return HIDDEN
    if measure in ("calls", "completed") and measure in panel:
        first = max(period.first, panel["month"].min().strftime("%Y-%m"))
        return value if may_show(panel, code, first, period.last, who.threshold, measure) else HIDDEN
    if measure in ("calls", "completed"):
        return value
    every = number_by(numbers_of(panel, WHOLE[measure]), code, period.last)
    return HIDDEN if crowded(value, every, who.threshold) else int(middle(value, who.threshold) or 0)
