"""The five states of a month: a zero is only a zero where a municipality was connected, had begun, and was covered."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from kl_research.ingest.side_files import Connection


def connection_states(connections: Iterable[Connection], areas: list[str], months: list[str]) -> pd.DataFrame:
    """Months down, areas across: not_connected, not_started, or empty text where use could be observed.

    A municipality counts as connected from the first to the last of its rows; one that is not listed never was.
    """
    table = pd.DataFrame("not_connected", index=months, columns=areas)
    by_area: dict[str, list[Connection]] = {}
    for connection in connections:
        by_area.setdefault(connection.municipality, []).append(connection)
    for code, rows in by_area.items():
        joined = [row for row in rows if row.connected_from]
        if code not in table or not joined:
            continue
        begin = min(row.connected_from for row in joined)
        starts = [row.started_from for row in joined if row.started_from]
        # Connected without a start given: nobody says it has not begun, so use is observed from the connection on.
        start = min(starts) if starts else begin
        end = "9999-12" if any(not row.connected_to for row in joined) else max(row.connected_to for row in joined)
        column = pd.Series("", index=months)
        column[[m for m in months if m < begin or m > end]] = "not_connected"
        column[[m for m in months if begin <= m < start]] = "not_started"
        table[code] = column
    return table


def inferred_states(calls: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The same shape without a connections file: before the first call of an area nothing is claimed but not_started.

    `calls` holds counts (NaN where not observed), `known` the states of the data. A month with a hidden number counts
    as use; months without any row stay what the data say.
    """
    used = (calls.fillna(0) > 0) | (known == "suppressed")
    begun = used.cummax()
    zero = (known == "observed") & ~begun
    return pd.DataFrame("", index=calls.index, columns=calls.columns).mask(zero, "not_started")
