"""Mean minutes a call: whole, with the noise of a count, from 10 published calls and three provider numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kl_research.disclosure.areas import Areas
from kl_research.disclosure.cells import Span
from kl_research.disclosure.count import Records, count
from kl_research.disclosure.keys import identity, key_sums
from kl_research.disclosure.source import RECORD, Source

LEAST_CALLS = 10
LEAST_PROVIDERS = 3


def minute_table(
    source: Source, areas: Areas, spans: Iterable[Span], totals: pd.DataFrame, members: pd.DataFrame, key: bytes
) -> pd.DataFrame:
    """Mean minutes of the calls with a known duration: level, area, first, last, minutes.

    The n calls of a cell are counted with noise of their own, n + j, and the mean is told as that of n + j calls
    divided by n: a true mean, even in whole minutes, would tell the length of a call to who knows the others.
    A row only where at least 10 calls (`totals`: published level, area, first, last, calls) and three active provider
    numbers (`members`) are published; minutes in all are this mean times the published calls.
    """
    known = source.use[source.use["seconds"].notna()]
    known = known.groupby([*RECORD, "place", "n"], sort=True)[["calls", "seconds"]].sum().reset_index()
    shape = len(source.codes), len(source.months)
    at, values = (known["place"] * shape[1] + known["n"]).to_numpy(), known["calls"].to_numpy("int64")
    (sums,) = key_sums(key, "minutes", identity(*(known[column] for column in RECORD)), values)
    calls = areas.added(Records(values, sums).grouped(at, shape[0] * shape[1]).reshape(*shape))
    each = np.bincount(at, known["seconds"], shape[0] * shape[1]).reshape(shape)
    seconds = areas.members.astype("float64") @ each
    blocks = []
    for first, last in spans:
        place = source.months.index(first), source.months.index(last)
        now = calls.windows([place])
        true, told = now.values[:, 0], count(now)[:, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = seconds[:, place[0] : place[1] + 1].sum(axis=1) / true * (told / true) / 60
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
