"""A municipality's months as they are drawn: from the first to the last, gaps and all."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from kl_research.terms.panel import count_state, refuse_unchecked


@dataclass(frozen=True)
class Series:
    """`table` has month ("2024-08"), value (Int64, empty unless observed) and state."""

    table: pd.DataFrame = field(repr=False, compare=False)

    @cached_property
    def known(self) -> pd.DataFrame:
        """The months with a number."""
        return self.table[self.table["value"].notna()]


def series_of(panel: pd.DataFrame, municipality: str, measure: str = "calls") -> Series:
    """One municipality's months of one count.

    >>> frame = pd.DataFrame({"municipality": "461", "month": pd.to_datetime(["2025-01-01"]), "state": "observed",
    ...                       "calls": 7})
    >>> series_of(frame, "461").table.values.tolist()
    [['2025-01', 7, 'observed']]
    """
    refuse_unchecked(panel)
    rows = panel[panel["municipality"] == municipality]
    values = rows[measure] if measure in rows else pd.Series(pd.NA, index=rows.index, dtype="Int64")
    states = count_state(rows, measure) if measure in rows else pd.Series("missing", index=rows.index)
    there = states == "observed"
    counts, month = values.where(there).astype("Int64"), rows["month"].dt.strftime("%Y-%m")
    return Series(pd.DataFrame({"month": month, "value": counts, "state": states}).reset_index(drop=True))
