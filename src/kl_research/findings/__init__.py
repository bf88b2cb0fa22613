"""Effect to words, tables, figures and pages."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {
    "wording": ["sentence", "headline"],
    "plots": ["plot_effect", "plot_trend"],
    "figures": ["Figure", "figure"],
    "describe": ["description", "trend", "not_counted"],
    "effect_page": ["show_effects", "show_effect"],
    "public_effects": ["for_reader"],
    "checklist": ["show_checklist"],
    "forests": ["forest", "show_forest", "specification_curve"],
    "region_page": ["show_region"],
    "event_bounds": ["show_use_bounds"],
    "event_lock_outs": ["show_lock_outs"],
    "event_dates": ["show_possible_dates", "show_proposals", "show_split"],
    "event_kinds": ["show_kinds", "event_study_figure"],
    "joint_display": ["show_joint_display"],
    "plan_page": ["show_outlook"],
    "tiles": ["tile_map"],
    "multiples": ["small_multiples"],
    "measures_page": ["show_measures"],
    "alert_page": ["show_alert", "show_alerts", "alert_rows"],
    "reach_page": ["show_reach", "show_regions"],
    "parts_page": ["show_parts", "show_units"],
    "concentration_page": ["show_concentration"],
    "ramp_up_page": ["show_ramp_up"],
    "charts_page": ["show_control_chart", "show_funnel"],
    "cohorts_page": ["show_first_use", "show_retention", "show_hours", "show_spread", "show_delays"],
    "overview": ["national_trend", "show_municipalities"],
    "quality_page": ["quality_report"],
    "recording": ["record"],
    "told": ["panel_summary"],
    "audience": ["Reader", "reader"],
}
_PLACE = {name: place for place, names in _PLACES.items() for name in names}
__all__ = sorted(_PLACE)


def __getattr__(name: str) -> Any:
    # matplotlib and nbconvert load when a name that needs them is used.
    if name not in _PLACE:
        raise AttributeError(f"module 'kl_research.findings' has no attribute {name!r}")
    return getattr(import_module(f"kl_research.findings.{_PLACE[name]}"), name)
