"""The panel as matrices: what every design computes with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kl_research import months
from kl_research.errors import InputError
from kl_research.events import Event
from kl_research.panel import wide, wide_states


@dataclass(frozen=True)
class Counts:
    """One outcome of a panel: months down, areas across.

    `values` is NaN wherever the outcome was not observed; `exposure` is 1, or the denominator used as offset.
    """

    outcome: str
    months: tuple[str, ...]
    codes: tuple[str, ...]
    values: np.ndarray = field(repr=False)
    states: np.ndarray = field(repr=False)
    exposure: np.ndarray = field(repr=False)

    def column(self, code: str) -> int:
        """The position of an area; raises `InputError` when the panel does not hold it."""
        if code not in self.codes:
            raise InputError("panel", f"no municipality {code!r}", "a code of the panel", 'codes are text, "461"')
        return self.codes.index(code)

    def rows(self, chosen: tuple[str, ...]) -> np.ndarray:
        """The positions of months."""
        first = months.number(self.months[0])
        return np.array([months.number(m) - first for m in chosen], dtype=int)


def counts_of(panel: pd.DataFrame, outcome: str, offset: str | None = None) -> Counts | None:
    """The matrices of one outcome; None when the panel does not hold that outcome.

    Raises `InputError` for a panel of the public profile (its numbers are rounded and hidden) or an offset
    that is no column or not above zero.

    Examples
    --------
    >>> from kl_research.panel import check_panel
    >>> frame = pd.DataFrame({"municipality": ["461"], "month": ["2025-01-01"], "state": ["observed"], "calls": [7]})
    >>> counts_of(check_panel(frame), "calls").values
    array([[7.]])
    """
    if panel.attrs.get("profile", "internal") == "public":
        raise InputError(
            "panel",
            "the public profile",
            "the internal panel of `processed`",
            "public numbers are rounded and hidden, no effect can be computed from them",
        )
    if outcome not in panel:
        return None
    values, states = wide(panel, outcome), wide_states(panel, outcome)
    exposure = np.ones(values.shape)
    if offset is not None:
        exposure = wide(panel, offset).reindex_like(values).to_numpy()
        if not (exposure[~np.isnan(exposure)] > 0).all():
            raise InputError(
                "panel", f"{offset} not above 0", "a denominator above 0", "correct the denominators file"
            )
    observed = np.where(np.isnan(exposure), np.nan, values.to_numpy())
    return Counts(outcome, tuple(values.index), tuple(values.columns), observed, states.to_numpy(dtype=str), exposure)


def outcome_of(event: Event, outcome: str | None) -> str:
    """An event's own outcome overrides the one asked for; calls when neither says."""
    return event.outcome or outcome or "calls"
