"""What is told of a ratio of published counts: shares between 0 and 1, those of calls from 20 published calls."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

LEAST_CALLS = 20
OF_CALLS = ("completed_share",)
"""Shares of which calls are the denominator."""


def told_shares(measures: pd.DataFrame, shares: Collection[str]) -> pd.DataFrame:
    """A table of measures (measure, denominator, value, reason) with its shares as they are told.

    >>> table = pd.DataFrame({"measure": ["completed_share"], "denominator": [9.0], "value": [1.2], "reason": [""]})
    >>> told_shares(table, ["completed_share"])["reason"].tolist()
    ['too_few_calls']
    """
    table = measures.copy()
    share = table["measure"].isin(list(shares))
    table.loc[share, "value"] = table.loc[share, "value"].clip(0, 1)
    few = table["measure"].isin(OF_CALLS) & (table["denominator"] < LEAST_CALLS) & table["value"].notna()
    table.loc[few, "value"] = float("nan")
    table.loc[few, "reason"] = "too_few_calls"
    return table
