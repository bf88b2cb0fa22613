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
    "interrupted_time_series": "its",
    "controlled_interrupted_time_series": "controlled",
    "placebo_in_time": "checks",
    "placebo_in_space": "checks",
    "pre_trend": "checks",
    "without_largest_unit": "checks",
    "without_trigger_months": "checks",
    "evaluate": "evaluation",
    "evaluate_shared": "evaluation",
    "several_municipalities": "several",
    "exact_rate_ratio": "exact",
    "synthetic_did": "synthetic",
    "structural_time_series": "structural",
    "newey_west_its": "newey_west",
    "group_time_effects": "staggered",
    "pool": "pooling",
    "declared_family": "multiplicity",
    "shrunken": "multiplicity",
    "use_bounds": "bounds",
    "lock_outs": "lock_out",
    "change_points": "change_point",
    "propose_dates": "change_point",
    "over_possible_dates": "dates",
    "smallest_visible": "dates",
    "decompose": "parts",
    "local_effects": "kinds",
    "pooled_types": "kinds",
    "event_study": "starts",
    "basis_of": "planning",
    "planned_power": "planning",
    "outlook": "planning",
}
__all__ = sorted(_ROOM)


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'kl_research.effects' has no attribute {name!r}")
    return getattr(import_module(f"kl_research.effects.{_ROOM[name]}"), name)
