"""New units or more use: calls = active units x calls per active unit, and the effect on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from kl_research.effects.designs.controlled import controlled_interrupted_time_series
from kl_research.effects.effect import Effect
from kl_research.effects.window import assess
from kl_research.terms.events import Event
from kl_research.terms.panel import area_region, check_area
from kl_research.terms.question import ORDINARY, Question

PER_UNIT = "calls_per_unit"
_EXPOSURE = "active_units_as_exposure"


def decompose(
    panel: pd.DataFrame, events: Mapping[str, Event], *, municipality: str, question: Question = ORDINARY
) -> list[Effect]:
    """For every local event with a number: the effect on calls, on active units, and on calls per active unit.

    Each by the controlled design on the same rule of months; calls per unit are calls with the active units as
    exposure. The product of the last two is the first but for the weighting of the comparison municipalities. The
    rows have `estimand` "units" and "calls_per_unit"; that on calls, "average_ratio", comes first where the event's
    own outcome is another (else the event's primary effect says it already). None is primary.

    Returns
    -------
    list[Effect]
        Rate ratios with 95 % intervals.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    References
    ----------
    The identity log calls = log units + log calls per unit.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> panel["active_units"] = panel["calls"].where(panel["calls"] < 5, 5)
    >>> [(e.estimand, round(e.estimate, 1)) for e in decompose(panel, events, municipality="001")]
    [('units', 1.0), ('calls_per_unit', 1.9)]
    """
    check_area(panel, municipality)
    if "active_units" not in panel or "calls" not in panel:
        return []
    prepared: pd.DataFrame | None = None
    found: list[Effect] = []
    for event in events.values():
        if event.kind == "context" or event.national or not event.dated:
            continue
        if not event.touches(municipality, area_region(panel, municipality, event.first_month)):
            continue
        if not assess(panel, event, municipality=municipality, question=question).assessable:
            continue
        prepared = _with_exposure(panel) if prepared is None else prepared
        found += _parts(prepared, event, municipality, question)
    return found


def _parts(panel: pd.DataFrame, event: Event, municipality: str, question: Question) -> list[Effect]:
    rows = []
    asked = [("average_ratio", "calls", None), ("units", "active_units", None), (PER_UNIT, "calls", _EXPOSURE)]
    for estimand, measure, offset in asked[1:] if question.about(event).outcome == "calls" else asked:
        same = event.model_copy(update={"outcome": measure})
        of = replace(question, outcome=measure, offset=offset, detectable=False)
        effect = controlled_interrupted_time_series(panel, same, municipality=municipality, question=of)
        if effect.estimate is None:
            return []
        rows.append(effect.replace(estimand=estimand, primary=False, details={**effect.details, "variant": estimand}))
    return rows


def _with_exposure(panel: pd.DataFrame) -> pd.DataFrame:
    """Active units as an exposure; a month without any has no calls either, and next to no weight."""
    units = panel["active_units"].astype(float)
    return panel.assign(**{_EXPOSURE: np.where(units > 0, units, np.where(units == 0, 1e-3, np.nan))})
