"""The tidy tables of the package, all made from what everybody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from kl_research.disclosure.handed_out import all_windows
from kl_research.disclosure.published import read_published
from kl_research.effects import declared_family, evaluate, evaluate_shared, with_chances
from kl_research.effects.effect import Effect, results_table
from kl_research.effects.span import touches
from kl_research.extract.codebook import TABLES
from kl_research.findings.words.reader import Reader
from kl_research.intake import read_measures, read_question
from kl_research.terms.events import EventRegister
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
    approval: str = ""

    @property
    def primaries(self) -> list[Effect]:
        """The answers that count."""
        return [effect for effect in self.effects if effect.primary]


def material(study: Study, who: Reader, panel: pd.DataFrame, quality: dict[str, Any], approval: str = "") -> Material:
    """Everything, from published numbers; in the internal edition, which has an `approval`, from exact ones."""
    events = study.read_events()
    effects = effects_of(study, panel, events)
    measures = read_measures(study.data_folder)
    tables = {
        "panel": panel.drop(columns=[c for c in panel if str(c).endswith("_drawn")]),
        "results": results_table(effects),
        "family": _family(effects)[list(TABLES["family"])],
        "measures": measures,
        **_windows(study, who),
        **{name: frame(effects)[list(TABLES[name])] for name, frame in _FRAMES.items()},
    }
    return Material(study, who, events, quality, tuple(effects), tables, approval)


def _windows(study: Study, who: Reader) -> dict[str, pd.DataFrame]:
    """The totals from which every published effect can be recomputed; the internal edition has the panel itself."""
    if not who.public:
        return {}
    return {"windows": all_windows(read_published(study.data_folder))[list(TABLES["windows"])]}


def effects_of(study: Study, panel: pd.DataFrame, events: EventRegister) -> list[Effect]:
    """The events of single municipalities, of several together, and of the nation."""
    question = read_question(study)
    own = [event for event in events.values() if event.kind != "context" and not event.national]
    found: list[Effect] = []
    for code in sorted(set(panel["municipality"])):
        if any(touches(event, code, panel) for event in own):
            here = evaluate(panel, events, municipality=code, primary=study.primary, question=question)
            found += [effect for effect in here if not events[effect.event].national]
    found += evaluate_shared(panel, events, question=question)
    found += evaluate(panel, events, primary=study.primary, question=question)
    return with_chances(sorted(found, key=_order))


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


def _family(effects: Sequence[Effect]) -> pd.DataFrame:
    """The p-values that count, adjusted together."""
    family = declared_family(effects).reindex(columns=list(TABLES["family"]))
    return family[family["p_value"].notna()]


_FRAMES = {"series": _series, "models": _models, "checks": _checks}
