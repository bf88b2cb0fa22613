"""What the site knows of one municipality: its numbers, its runs, its effects, and the one line that sums it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from kl_research import municipalities
from kl_research.adoption import Summary, summary
from kl_research.effects.effect import Effect, from_record
from kl_research.findings import formats, wording
from kl_research.findings.audience import Reader
from kl_research.findings.describe import describe_sentences
from kl_research.findings.effect_page import for_reader
from kl_research.panel import area_name, area_region
from kl_research.study import Study


@dataclass(frozen=True)
class Area:
    """One municipality of the index: what is known of it, and what its pages found."""

    code: str
    name: str
    region: str
    status: str
    summary: Summary | None
    headline: str
    entries: tuple[dict[str, Any], ...] = ()
    effects: tuple[Effect, ...] = field(default=(), repr=False)

    @property
    def calls(self) -> int | None:
        """Calls in the last 12 months; None where nothing is known."""
        return self.summary.last.calls if self.summary else None


def areas(
    study: Study,
    panel: pd.DataFrame,
    entries: Sequence[dict[str, Any]],
    activity: pd.DataFrame | None,
    who: Reader,
) -> list[Area]:
    """Every municipality of the study in Danish order, those without a run too."""
    known = set(panel["municipality"])
    codes = set(municipalities.codes()) | known if study.municipalities == "denmark" else known
    last = panel["month"].max().strftime("%Y-%m")
    found = []
    for code in codes:
        own = tuple(e for e in entries if e["area"] == code)
        use = activity if activity is not None and len(activity) else None
        short = summary(panel, use, code) if code in known else None
        effects = _effects(own, panel, who)
        name = area_name(panel, code)
        region = area_region(panel, code, last)
        status = _status(own, short)
        found.append(Area(code, name, region, status, short, _headline(effects, short, name, who), own, effects))
    return sorted(found, key=lambda area: formats.sort_key(area.name))


def _effects(entries: Sequence[dict[str, Any]], panel: pd.DataFrame, who: Reader) -> tuple[Effect, ...]:
    recorded = [from_record(item) for e in entries if e.get("record") for item in e["record"].get("effects", [])]
    return tuple(for_reader(recorded, panel, who))


def _status(entries: Sequence[dict[str, Any]], short: Summary | None) -> str:
    states = {e["status"] for e in entries}
    for status in ("failed", "withheld"):
        if status in states:
            return status
    if short is None:
        return "no_data"
    if short.state == "not_connected":
        return "not_connected"
    return "ok" if "ok" in states else "not_run"


def _headline(effects: Sequence[Effect], short: Summary | None, name: str, who: Reader) -> str:
    """The most telling primary effect, else the first sentence of the description."""
    order = ("increase", "decrease", "break_in_series", "no_change", "inconclusive", "not_assessable")
    primaries = sorted((e for e in effects if e.primary), key=lambda e: order.index(e.verdict))
    if primaries and (primaries[0].verdict != "not_assessable" or short is None):
        return wording.headline(primaries[0], who.language)
    if primaries and short is not None and short.state == "active":
        return wording.headline(primaries[0], who.language)
    return describe_sentences(short, name, who)[0] if short is not None else ""
