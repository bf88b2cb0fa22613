"""The tidy tables of the package, all made from what everybody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kl_research.adoption import measure_table
from kl_research.adoption.cut import Level
from kl_research.effects import declared_family, evaluate, evaluate_shared
from kl_research.effects.effect import Effect, results_table
from kl_research.effects.span import touches
from kl_research.extract.codebook import TABLES
from kl_research.findings.suppression.effects import for_reader
from kl_research.findings.suppression.measures import dominated, public_measures, without_dominated
from kl_research.findings.suppression.series import public_panel
from kl_research.findings.words.reader import Reader
from kl_research.terms.events import EventRegister
from kl_research.terms.panel import area_region
from kl_research.terms.study import Study


@dataclass(frozen=True)
class Material:
    """What the package is made from: disclosed effects and tables, the register, and what ingest reported."""

    study: Study
    who: Reader
    events: EventRegister
    quality: dict[str, Any] = field(repr=False)
    effects: tuple[Effect, ...] = field(repr=False)
    tables: dict[str, pd.DataFrame] = field(repr=False)

    @property
    def primaries(self) -> list[Effect]:
        """The answers that count."""
        return [effect for effect in self.effects if effect.primary]


def material(
    study: Study, who: Reader, panel: pd.DataFrame, activity: pd.DataFrame | None, quality: dict[str, Any]
) -> Material:
    """Everything, computed from the panel and disclosed."""
    events = study.read_events()
    effects, tested = effects_of(study, who, panel, events, activity)
    last = f"{panel['month'].max():%Y-%m}"
    regions = any(area_region(panel, code, last) for code in set(panel["municipality"]))
    levels: list[Level] = ["municipality", "region", "national"] if regions else ["municipality", "national"]
    measures = public_measures(measure_table(panel, activity, levels=levels), panel, who)
    tables = {
        "panel": public_panel(panel, who.threshold),
        "results": results_table(effects),
        "family": _family(tested, effects)[list(TABLES["family"])],
        "measures": without_dominated(measures, dominated(measures, activity, who)),
        **{name: frame(effects)[list(TABLES[name])] for name, frame in _FRAMES.items()},
    }
    return Material(study, who, events, quality, tuple(effects), tables)


def effects_of(
    study: Study, who: Reader, panel: pd.DataFrame, events: EventRegister, activity: pd.DataFrame | None
) -> tuple[list[Effect], list[Effect]]:
    """The events of single municipalities, of several together, and of the nation: as told, and as tested.

    A municipality's events are disclosed together, also the national ones that are left out after: what is told of
    one window must not be subtracted from what is told of another.
    """
    found: list[Effect] = []
    tested: list[Effect] = []
    question = study.question
    own = [event for event in events.values() if event.kind != "context" and not event.national]
    for code in sorted(set(panel["municipality"])):
        if any(touches(event, code, panel) for event in own):
            all_here = evaluate(
                panel, events, municipality=code, activity=activity, primary=study.primary, question=question
            )
            found += [e for e in for_reader(all_here, panel, who) if not events[e.event].national]
            tested += [e for e in all_here if not events[e.event].national]
    together = [
        *evaluate_shared(panel, events, question=question),
        *evaluate(panel, events, primary=study.primary, question=question),
    ]
    found += for_reader(together, panel, who)
    return sorted(found, key=_order), sorted(tested + together, key=_order)


def _order(e: Effect) -> tuple[object, ...]:
    return e.level, e.area, e.event, e.outcome, not e.primary, e.design, e.estimand


def _series(effects: Sequence[Effect]) -> pd.DataFrame:
    parts = []
    for effect in effects:
        if effect.primary and not effect.series.empty:
            named = effect.series.reindex(columns=list(TABLES["series"])[2:])
            parts.append(named.astype(object).assign(area=effect.area, event=effect.event))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(TABLES["series"]))


def _models(effects: Sequence[Effect]) -> pd.DataFrame:
    details = list(TABLES["models"])[3:]
    rows = [[e.area, e.event, e.design, *(e.details.get(k) for k in details)] for e in effects if e.primary]
    return pd.DataFrame(rows, columns=list(TABLES["models"]))


def _checks(effects: Sequence[Effect]) -> pd.DataFrame:
    rows = [(e.area, e.event, c.name, c.outcome) for e in effects if e.primary for c in e.checks]
    return pd.DataFrame(rows, columns=list(TABLES["checks"]))


def _family(tested: Sequence[Effect], told: Sequence[Effect]) -> pd.DataFrame:
    """Adjusted over everything tested, told or not; the rows are those whose p-value is told."""
    family = declared_family(tested).reindex(columns=list(TABLES["family"]))
    named = {(e.level, e.area, e.event) for e in told if e.primary and e.p_value is not None}
    rows = zip(family["level"], family["area"], family["event"], strict=True)
    return family[np.array([row in named for row in rows], dtype=bool)]


_FRAMES = {"series": _series, "models": _models, "checks": _checks}
