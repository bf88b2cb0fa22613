"""The list of measures; a measure's docstring is its entry in the code book."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures import (
    concentration,
    depth,
    maintenance,
    observation,
    reach,
    retention,
    stopping,
    volume,
)
from kl_research.adoption.measures.ratio import Values


@dataclass(frozen=True)
class Measure:
    """One measure: what it counts, over what, in which unit, after whom.

    `kind` is its family (volume, reach, depth, concentration, maintenance, observation ...); `name_key` is the
    key of its Danish and English name in the catalogue; `additive` says whether the numerators and denominators of
    municipalities add up to those of their region; `of_single_units` whether it needs the calls of single units.
    """

    id: str
    kind: str
    definition: str
    formula: str
    unit: str
    source: str
    name_key: str
    additive: bool
    function: Callable[[Cut], Values] = field(repr=False, compare=False)
    of_single_units: bool = False


FUNCTIONS: tuple[Callable[[Cut], Values], ...] = (
    volume.calls,
    volume.completed,
    volume.minutes,
    volume.calls_per_month,
    volume.completed_per_month,
    volume.calls_per_1000_aged_80,
    reach.municipalities_active,
    reach.municipalities_regular,
    reach.units_active,
    reach.units_regular,
    reach.providers_active,
    reach.providers_regular,
    reach.providers_penetration,
    reach.providers_per_doctor,
    reach.providers_per_clinic,
    reach.units_still_using,
    reach.providers_still_using,
    depth.calls_per_active_unit,
    depth.calls_per_active_provider,
    depth.active_units_per_month,
    depth.active_providers_per_month,
    depth.calls_per_unit_month,
    depth.completed_share,
    depth.minutes_per_call,
    concentration.top_unit_share,
    concentration.top_two_units_share,
    concentration.top_two_municipalities_share,
    concentration.calls_left_without_top_unit,
    concentration.gini_units,
    concentration.units_with_5_calls,
    concentration.units_with_12_calls,
    concentration.units_with_24_calls,
    concentration.units_with_60_calls,
    maintenance.municipalities_maintaining,
    maintenance.units_maintaining,
    maintenance.months_since_last_use,
    retention.units_stickiness,
    retention.providers_stickiness,
    stopping.units_stopped,
    stopping.units_tried_and_stopped,
    stopping.providers_stopped,
    stopping.units_lost,
    stopping.units_new,
    stopping.calls_of_new_units,
    observation.months_observed,
    observation.months_suppressed,
    observation.months_missing,
)

# A provider may serve several municipalities and is counted once in each area; a largest unit has no sum.
NOT_ADDITIVE = re.compile(r"provider|top_|gini|months_since")
OF_SINGLE_UNITS = re.compile(r"top_(two_)?unit|gini|calls_of_new_units")


def measures() -> list[Measure]:
    """Every measure, in the order of the code book.

    Returns
    -------
    list[Measure]
        Id, formula, unit and the source of each.

    References
    ----------
    Each measure's own.

    Examples
    --------
    >>> [m.id for m in measures()][:3]
    ['calls', 'completed', 'minutes']
    >>> measures()[0].unit
    'calls'
    """
    return [_measure(function) for function in FUNCTIONS]


def _measure(function: Callable[[Cut], Values]) -> Measure:
    name = function.__name__
    text = inspect.getdoc(function) or ""
    entries = dict(re.findall(r"^(Formula|Unit|Source): (.+)$", text, flags=re.MULTILINE))
    return Measure(
        id=name,
        kind=function.__module__.rpartition(".")[2],
        definition=" ".join(text.split("\n\nFormula:")[0].split()),
        formula=entries["Formula"],
        unit=entries["Unit"],
        source=entries["Source"],
        name_key=f"measure.{name}",
        additive=NOT_ADDITIVE.search(name) is None,
        function=function,
        of_single_units=OF_SINGLE_UNITS.search(name) is not None,
    )
