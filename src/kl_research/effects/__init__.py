"""Panel and event in, `Effect` out: the designs, their checks, and the rules that turn numbers into verdicts."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_ROOM = {
    "Effect": "effect",
    "Check": "effect",
    "Threat": "effect",
    "results_table": "effect",
    "Window": "window",
    "assess": "window",
    "interrupted_time_series": "designs.its",
    "controlled_interrupted_time_series": "designs.controlled",
    "few_comparisons": "designs.few_donors",
    "placebo_in_time": "checks.placebo",
    "placebo_in_space": "checks.placebo",
    "pre_trend": "checks.placebo",
    "without_largest_unit": "checks.steadiness",
    "without_trigger_months": "checks.steadiness",
    "evaluate": "evaluation",
    "evaluate_shared": "evaluation",
    "several_municipalities": "designs.several",
    "exact_rate_ratio": "designs.exact",
    "synthetic_did": "designs.synthetic",
    "structural_time_series": "designs.structural",
    "newey_west_its": "designs.newey_west",
    "group_time_effects": "questions.starts",
    "pool": "questions.pooling",
    "declared_family": "questions.multiplicity",
    "with_chances": "questions.chance",
    "shrunken": "questions.multiplicity",
    "use_bounds": "questions.bounds",
    "lock_outs": "questions.lock_out",
    "change_points": "questions.change_point",
    "propose_dates": "questions.change_point",
    "over_possible_dates": "questions.dates",
    "smallest_visible": "questions.forecast",
    "decompose": "questions.split",
    "local_effects": "questions.kinds",
    "pooled_types": "questions.kinds",
    "event_study": "questions.starts",
    "basis_of": "questions.planning",
    "planned_power": "questions.planning",
    "outlook": "questions.planning",
}
__all__ = sorted(_ROOM)


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'kl_research.effects' has no attribute {name!r}")
    return getattr(import_module(f"kl_research.effects.{_ROOM[name]}"), name)
