"""Mean minutes a call: whole minutes, from 10 published calls and three published provider numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kl_research.disclosure.areas import Areas
from kl_research.disclosure.cells import Span
from kl_research.disclosure.source import Source

LEAST_CALLS = 10
LEAST_PROVIDERS = 3


def minute_table(
    source: Source, areas: Areas, spans: Iterable[Span], totals: pd.DataFrame, members: pd.DataFrame
) -> pd.DataFrame:
    """Mean minutes of the calls with a known duration: level, area, first, last, minutes.

    A row only where at least 10 calls (`totals`: published level, area, first, last, calls) and three active provider
    numbers (`members`) are published; minutes in all are this mean times the published calls.
    """
    known = source.use[source.use["seconds"].notna()]
    shape = len(source.codes), len(source.months)
    at = (known["place"] * shape[1] + known["n"]).to_numpy()
    seconds, calls = (
        areas.members.astype("float64") @ np.bincount(at, known[name], shape[0] * shape[1]).reshape(shape)
        for name in ("seconds", "calls")
    )
    blocks = []
    for first, last in spans:
        now = slice(source.months.index(first), source.months.index(last) + 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = seconds[:, now].sum(axis=1) / calls[:, now].sum(axis=1) / 60
        frame = pd.DataFrame(
            {"level": areas.level, "area": areas.code, "first": first, "last": last, "minutes": mean}
        )
        blocks.append(frame[frame["minutes"].notna()])
    keys = ["level", "area", "first", "last"]
    table = pd.concat(blocks, ignore_index=True).merge(totals, on=keys)
    seen = members[(members["who"] == "provider") & (members["what"] == "active") & (members["part"] == "")]
    table = table.merge(seen[[*keys, "value"]], on=keys)
    enough = (table["calls"] >= LEAST_CALLS) & (table["value"] >= LEAST_PROVIDERS)
    return (
        table.loc[enough, [*keys, "minutes"]]
        .round({"minutes": 0})
        .astype({"minutes": "int64"})
        .reset_index(drop=True)
    )
