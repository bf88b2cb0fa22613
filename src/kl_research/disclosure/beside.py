"""Counts beside the calls by window: other channels and how calls came about, one of them at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.disclosure.areas import Areas
from kl_research.disclosure.cells import windows
from kl_research.disclosure.count import Records, count
from kl_research.disclosure.keys import identity, key_sums
from kl_research.disclosure.source import Source

COLUMNS = ["level", "area", "kind", "value", "first", "last", "calls"]
_RECORD = ["municipality", "month", "kind", "value"]


def beside_table(beside: pd.DataFrame, source: Source, areas: Areas, key: bytes) -> pd.DataFrame:
    """Published counts of every area, kind and value over every window; what is never above 0 is not listed."""
    text = beside.assign(month=pd.to_datetime(beside["month"]).dt.strftime("%Y-%m"))
    blocks = [pd.DataFrame(columns=COLUMNS)]
    spans = windows(source.months[0], source.months[-1])
    places = [(source.months.index(first), source.months.index(last)) for first, last in spans]
    for (kind, value), own in text.groupby(["kind", "value"]):
        calls = own["calls"].to_numpy("int64")
        (keys,) = key_sums(key, f"beside/{kind}", identity(*(own[column] for column in _RECORD)), calls)
        place = pd.Index(source.codes).get_indexer(pd.Index(own["municipality"]))
        month = pd.Index(source.months).get_indexer(pd.Index(own["month"]))
        inside = (place >= 0) & (month >= 0)
        cell = (place * len(source.months) + month)[inside]
        shape = (len(source.codes), len(source.months))
        records = Records(calls[inside], keys[inside]).grouped(cell, shape[0] * shape[1]).reshape(*shape)
        told = count(areas.added(records).windows(places))
        used = np.flatnonzero((told > 0).any(axis=1))
        row, span = np.repeat(used, len(spans)), np.tile(np.arange(len(spans)), len(used))
        first, last = (np.array([pair[i] for pair in spans], dtype=object)[span] for i in (0, 1))
        level, area = (np.array(of, dtype=object)[row] for of in (areas.level, areas.code))
        blocks.append(
            pd.DataFrame(
                {"level": level, "area": area, "kind": kind, "value": value, "first": first, "last": last}
            ).assign(calls=told[row, span])
        )
    table = pd.concat(blocks, ignore_index=True)[COLUMNS]
    return table.astype(dict.fromkeys(COLUMNS[:-1], "str") | {"calls": "int64"})
