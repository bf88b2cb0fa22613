"""Effect to words, tables, figures and pages."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {
    "wording": ["sentence", "headline"],
    "plots": ["plot_effect", "plot_trend"],
    "figures": ["Figure", "figure"],
    "describe": ["description", "trend", "not_counted"],
    "effect_page": ["show_effects", "show_effect", "for_reader"],
    "forests": ["forest", "specification_curve"],
    "tiles": ["tile_map"],
    "multiples": ["small_multiples"],
    "measures_page": ["show_measures"],
    "overview": ["national_trend", "show_municipalities"],
    "quality_page": ["quality_report"],
    "recording": ["record"],
    "notebook": ["panel_summary"],
    "audience": ["Reader", "reader"],
}
_PLACE = {name: place for place, names in _PLACES.items() for name in names}
__all__ = sorted(_PLACE)


def __getattr__(name: str) -> Any:
    # matplotlib and nbconvert load when a name that needs them is used.
    if name not in _PLACE:
        raise AttributeError(f"module 'kl_research.findings' has no attribute {name!r}")
    return getattr(import_module(f"kl_research.findings.{_PLACE[name]}"), name)
