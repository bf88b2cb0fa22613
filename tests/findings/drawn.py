"""Small effects, panels and notebooks drawn by hand for the tests of findings."""

from __future__ import annotations

from typing import Any

import nbformat as nbf
import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.terms.panel import check_panel


def effect(**changes: Any) -> Effect:
    """A controlled effect of a leader meeting in Odense."""
    fields: dict[str, Any] = {
        "level": "municipality",
        "municipality": "461",
        "area": "461",
        "event": "odense-leader-meeting",
        "type": "leader_meeting",
        "outcome": "calls",
        "design": "controlled_interrupted_time_series",
        "primary": True,
        "n_donors": 40,
        "n_pre": 24,
        "n_post": 11,
    }
    return Effect(**{**fields, **changes})


def means(before: float, after: float, expected: float, **more: Any) -> dict[str, Any]:
    """Details as a design gives them."""
    return {"mean_before": before, "mean_after": after, "expected_after": expected, "event_date": "2025-01", **more}


def panel(counts: dict[str, list[int | str | None]], first: str = "2023-01") -> pd.DataFrame:
    """A panel of counts by municipality; None is missing, a text is the state itself."""
    rows = []
    for code, values in counts.items():
        for month, value in zip(pd.date_range(first, periods=len(values), freq="MS"), values, strict=True):
            state = value if isinstance(value, str) else "missing" if value is None else "observed"
            rows.append((code, month, state, value if isinstance(value, int) else pd.NA))
    return check_panel(pd.DataFrame(rows, columns=["municipality", "month", "state", "calls"]))


def series(observed: list[float], after: int, expected: float) -> pd.DataFrame:
    """A monthly effect series from 2023-01 with the last `after` months after the event."""
    n = len(observed)
    months = [f"{m:%Y-%m}" for m in pd.date_range("2023-01", periods=n, freq="MS")]
    known = [None] * (n - after) + [expected] * after
    return pd.DataFrame(
        {
            "month": months,
            "observed": observed,
            "fitted": [expected] * n,
            "counterfactual": known,
            "low": [None if k is None else k * 0.7 for k in known],
            "high": [None if k is None else k * 1.4 for k in known],
            "period": ["before"] * (n - after) + ["after"] * after,
        }
    )


def notebook(*outputs: Any, text: str = "# Ændrede indsatsen brugen?\n\nVi ser på opkald.") -> Any:
    """An executed notebook: a text cell, then a code cell for each thing shown."""
    cells = [nbf.v4.new_markdown_cell(text)]
    for shown in outputs:
        if isinstance(shown, str):
            output = nbf.v4.new_output("stream", name="stdout", text=shown)
        else:
            output = nbf.v4.new_output("execute_result", data=shown._repr_mimebundle_(), execution_count=1)
        cells.append(nbf.v4.new_code_cell("...", outputs=[output]))
    return nbf.v4.new_notebook(cells=cells)
