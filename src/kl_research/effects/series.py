"""The curve behind an effect: what was seen, what was fitted, what was expected without the event."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.effects.counts import Counts
from kl_research.effects.window import Window


def curve(
    counts: Counts,
    window: Window,
    fitted: np.ndarray,
    counterfactual: np.ndarray,
    low: np.ndarray | None,
    high: np.ndarray | None,
) -> pd.DataFrame:
    """One row a month from first to last used; `fitted` over pre and post, the other three over post.

    Months left out keep what was observed and have no curve; empty cells are NaN.
    """
    after = {"counterfactual": counterfactual, "low": low, "high": high}
    rows = {month: {"period": "before", "fitted": value} for month, value in zip(window.pre, fitted, strict=False)}
    rows |= {month: {"period": "left_out", "fitted": np.nan} for month in window.left_out}
    for i, month in enumerate(window.post):
        values = {name: np.nan if part is None else part[i] for name, part in after.items()}
        rows[month] = {"period": "after", "fitted": fitted[window.n_pre + i], **values}
    months = [month for month in sorted(rows) if counts.months[0] <= month <= counts.months[-1]]
    columns = [counts.column(code) for code in window.members]
    block = counts.values[counts.rows(tuple(months))][:, columns]
    frame = pd.DataFrame([rows[month] for month in months], index=months).rename_axis("month").reset_index()
    frame["observed"] = block.sum(axis=1)
    return frame.reindex(columns=["month", "observed", "fitted", "counterfactual", "low", "high", "period"])
