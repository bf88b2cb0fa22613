"""Evaluation and research workbench for Kontakt Læge: the public names, loaded when first used."""

from __future__ import annotations

import sys
from importlib import import_module
from types import FunctionType
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "terms.errors": ["InputError"],
    "terms.study": ["Study"],
    "terms.question": ["Question"],
    "terms.events": ["Event", "EventRegister", "read_events"],
    "terms.panel": ["read_panel", "check_panel", "wide", "area_name", "area_code"],
    "intake": [
        "ingest",
        "propose_layout",
        "read_activity",
        "read_connections",
        "read_measures",
        "read_quality",
        "read_question",
        "read_timing",
    ],
    "adoption": [
        "measures",
        "measure_table",
        "cut",
        "alerts",
        "part_changes",
        "peers_of",
        "ramp_up",
        "delays",
        "time_to_first_use",
        "retention",
        "spread",
        "control_chart",
        "funnel",
    ],
    "batch": ["read_records"],
    "commands.validate": ["published_results", "published_table"],
    "extract.recompute": ["read_release", "recompute", "write_release"],
    "lab.explorer": ["explore"],
    "effects": [
        "Effect",
        "Check",
        "assess",
        "evaluate",
        "evaluate_shared",
        "use_bounds",
        "lock_outs",
        "change_points",
        "propose_dates",
        "over_possible_dates",
        "smallest_visible",
        "decompose",
        "local_effects",
        "pooled_types",
        "event_study",
        "basis_of",
        "outlook",
        "interrupted_time_series",
        "controlled_interrupted_time_series",
        "exact_rate_ratio",
        "synthetic_did",
        "structural_time_series",
        "newey_west_its",
        "several_municipalities",
        "group_time_effects",
        "pool",
        "declared_family",
        "with_chances",
        "shrunken",
        "placebo_in_time",
        "placebo_in_space",
        "pre_trend",
        "without_largest_unit",
        "without_trigger_months",
        "results_table",
    ],
    "findings.words.wording": ["sentence"],
    "findings.drawing.plots": ["plot_effect", "plot_trend"],
    "findings.drawing.figures": ["figure"],
    "findings.pages.description": ["description", "trend"],
    "findings.interventions.effects": ["show_effects", "show_effect"],
    "findings.html.checklist": ["show_checklist"],
    "findings.drawing.forests": ["show_forest", "specification_curve"],
    "findings.site.region": ["show_region"],
    "findings.interventions.event_bounds": ["show_use_bounds"],
    "findings.interventions.event_lock_outs": ["show_lock_outs"],
    "findings.interventions.event_dates": ["show_possible_dates", "show_proposals", "show_split"],
    "findings.interventions.event_kinds": ["show_kinds", "event_study_figure"],
    "findings.interventions.joint_display": ["show_joint_display"],
    "findings.interventions.plan": ["show_outlook"],
    "findings.drawing.tiles": ["tile_map"],
    "findings.drawing.multiples": ["small_multiples"],
    "findings.pages.measures": ["show_measures"],
    "findings.pages.alerts": ["show_alert", "show_alerts", "alert_rows"],
    "findings.pages.reach": ["show_reach", "show_regions"],
    "findings.pages.parts": ["show_parts", "show_units"],
    "findings.pages.concentration": ["show_concentration"],
    "findings.pages.ramp_up": ["show_ramp_up"],
    "findings.pages.charts": ["show_control_chart", "show_funnel"],
    "findings.pages.cohorts": [
        "show_first_use",
        "show_retention",
        "show_hours",
        "show_hours_of",
        "show_spread",
        "show_delays",
    ],
    "findings.pages.overview": ["national_trend", "show_municipalities"],
    "findings.pages.quality": ["quality_report"],
    "findings.html.recording": ["record"],
    "findings.interventions.results": ["panel_summary"],
}
_ROOM = {name: room for room, names in _NAMES.items() for name in names}

__all__ = sorted(_ROOM)


def __getattr__(name: str) -> Any:
    # Importing the package stays quick: a room, and the heavy libraries in it, load when a name of it is used.
    if name not in _ROOM:
        raise AttributeError(f"module 'kl_research' has no attribute {name!r}")
    thing = getattr(import_module(f"kl_research.{_ROOM[name]}"), name)
    return _completed(thing) if isinstance(thing, FunctionType) else thing


def _completed(function: Any) -> Any:
    # What parameters mean is written once for all of them.
    return import_module("kl_research.terms.parameters").with_parameters(function)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def _show_results_in_notebooks() -> None:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        import_module("kl_research.findings.interventions.notebook").register(shell)


_show_results_in_notebooks()
