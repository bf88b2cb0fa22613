"""The five states of a month: a zero is only a zero where a municipality was connected, had begun, and was covered.

Tables here are arrays of text, one row an area, one column a month; empty text means that use could be observed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kl_research.intake.side_files import Connection
from kl_research.terms.panel import STATES

WIDEST = f"<U{max(map(len, STATES))}"


def connection_states(connections: Iterable[Connection], areas: list[str], months: list[str]) -> np.ndarray:
    """not_connected, not_started, or empty where use could be observed.

    A municipality counts as connected from the first to the last of its rows; one that is not listed never was. One
    whose start nobody gives (`without_start`) is observable from its connection on, as far as this goes.

    >>> here = Connection("461", "", "", "2024-02", "2024-03", "", "", "")
    >>> connection_states([here], ["461"], ["2024-01", "2024-02", "2024-03"]).tolist()
    [['not_connected', 'not_started', '']]
    """
    table = np.full((len(areas), len(months)), "not_connected", dtype=WIDEST)
    by_area: dict[str, list[Connection]] = {}
    for connection in connections:
        if connection.connected_from:
            by_area.setdefault(connection.municipality, []).append(connection)
    for i, code in enumerate(areas):
        rows = by_area.get(code)
        if not rows:
            continue
        begin = min(row.connected_from for row in rows)
        start = min((row.started_from for row in rows if row.started_from), default=begin)
        end = "9999-12" if any(not row.connected_to for row in rows) else max(row.connected_to for row in rows)
        for k, month in enumerate(months):
            if begin <= month <= end:
                table[i, k] = "not_started" if month < start else ""
    return table


def without_start(connections: Iterable[Connection]) -> list[str]:
    """Municipalities that were connected and of which no row says when they started.

    >>> without_start([Connection("159", "", "", "2022-09", "", "", "", "")])
    ['159']
    """
    started: dict[str, bool] = {}
    for row in (row for row in connections if row.connected_from):
        started[row.municipality] = started.get(row.municipality, False) or row.started_from != ""
    return [code for code, known in started.items() if not known]


def inferred_states(calls: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The same without a connections file: before the first call of an area nothing is claimed but not_started.

    `calls` holds counts (NaN where not observed), `known` the states of the data. A month with a hidden number counts
    as use; months without any row stay what the data say.

    >>> inferred_states(np.array([[0.0, 2.0, 0.0]]), np.array([["observed"] * 3])).tolist()
    [['not_started', '', '']]
    """
    used = (np.nan_to_num(calls) > 0) | (known == "suppressed")
    begun = np.logical_or.accumulate(used, axis=1)
    return np.where((known == "observed") & ~begun, "not_started", "").astype(WIDEST)
