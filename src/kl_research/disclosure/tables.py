"""The public tables of counts: the panel, regional and national months, windows, parts of municipalities, hours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.disclosure.areas import Areas
from kl_research.disclosure.cells import Span, windows
from kl_research.disclosure.count import Records, count, nested
from kl_research.disclosure.keys import identity, key_sums
from kl_research.disclosure.source import USERS, Source
from kl_research.terms.panel import COUNTS

DRAWN = "_drawn"
REGISTERED = {"active_units": "units", "active_providers": "providers"}
OFFICE_HOURS = range(8, 16)
_TIMING = ["municipality", "administration", "month", "weekday", "hour"]


def cut_to_size(drawn: dict[str, np.ndarray], registered: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Counts as told, from counts as drawn: completed at most the calls, users at most the calls and the register's.

    >>> cut_to_size({"calls": np.array([3]), "completed": np.array([4])}, {})["completed"].tolist()
    [3]
    """
    told = {}
    for name, values in drawn.items():
        limits = [] if name == "calls" else [drawn["calls"].astype("float64")]
        told[name] = nested(values, *limits, *([registered[name]] if name in registered else []))
    return told


def public_panel(
    panel: pd.DataFrame, drawn: dict[str, np.ndarray], states: np.ndarray, observed: dict[str, np.ndarray]
) -> pd.DataFrame:
    """The panel with published numbers: each count as told, and as drawn where that may differ (`<count>_drawn`).

    What is told may be cut to what it is part of; sums are made of the numbers as drawn, or they would be too low.
    """
    table = panel.sort_values(["municipality", "month"], ignore_index=True)
    told = cut_to_size(drawn, {name: _register(table, name, states.shape) for name in drawn if name in USERS})
    for name in drawn:
        here = states == "observed"
        own = f"{name}_state"
        if own in table:
            kept = table[own].to_numpy(dtype=str).reshape(states.shape)
            kept = np.where(here & observed[name], "observed", np.where(here, kept, states))
            table[own] = kept.ravel()
            here = kept == "observed"
        table[name] = _whole(told[name], here)
        if name != "calls":
            table[f"{name}{DRAWN}"] = _whole(drawn[name], here)
    table["state"] = states.ravel()
    return table


def _whole(values: np.ndarray, here: np.ndarray) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(values.ravel().astype("int64"), ~here.ravel())


def _register(table: pd.DataFrame, name: str, shape: tuple[int, int]) -> np.ndarray:
    """How many there are by the register, NaN where it does not say."""
    column = REGISTERED[name]
    if column not in table:
        return np.full(shape, np.nan)
    return table[column].to_numpy(dtype="float64", na_value=np.nan).reshape(shape)


def area_records(source: Source, areas: Areas) -> dict[str, Records]:
    """Each count by area and month; a provider number that serves several municipalities counts once in an area."""
    totals = {name: areas.added(records) for name, records in source.counts.items()}
    months = len(source.months)
    for name, who in USERS.items():
        if name not in totals or not len(source.keys[who]):
            continue
        use = source.use[(source.use[f"{who}_key"] != "") & (source.use["calls"] > 0)]
        user = source.keys[who].index.get_indexer(pd.Index(use[f"{who}_key"]))
        named = source.named[who]
        for row in np.concatenate([areas.of("region"), areas.of("national")]):
            inside = (areas.members[row] & named)[use["place"].to_numpy()]
            pairs = np.unique(np.stack([use["n"].to_numpy()[inside], user[inside]]), axis=1)
            one = Records(np.ones(pairs.shape[1], dtype="int64"), source.keys[who].to_numpy()[pairs[1]])
            found = one.grouped(pairs[0], months)
            counted = areas.members[row] & ~named
            totals[name].values[row] = found.values + source.counts[name].values[counted].sum(axis=0)
            totals[name].keys[row] = found.keys + source.counts[name].keys[counted].sum(axis=0, dtype="uint64")
    return totals


def area_months(totals: dict[str, Records], areas: Areas, months: list[str], observed: np.ndarray) -> pd.DataFrame:
    """Months of the regions and the nation, each a cell of its own: level, area, month, municipalities_observed, and
    the counts. `observed` says which municipality-months are published as observed.
    """
    rows = np.concatenate([areas.of("region"), areas.of("national")])
    drawn = {name: count(records) for name, records in totals.items()}
    told = cut_to_size(drawn, {})
    table = pd.DataFrame(
        {
            "level": np.repeat(np.array(areas.level)[rows], len(months)),
            "area": np.repeat(np.array(areas.code)[rows], len(months)),
            "month": np.tile(pd.to_datetime(months).to_numpy("datetime64[s]"), len(rows)),
        }
    )
    municipalities = areas.members[rows].astype("int64") @ observed.astype("int64")
    table["municipalities_observed"] = municipalities.ravel()
    for name in drawn:
        table[name] = _whole(told[name][rows], municipalities > 0)
        if name != "calls":
            table[f"{name}{DRAWN}"] = _whole(drawn[name][rows], municipalities > 0)
    return table


def window_table(
    totals: dict[str, Records], areas: Areas, months: list[str], observed: np.ndarray, events: list[Span]
) -> pd.DataFrame:
    """The total of each count over every window of more than a month: level, area, measure, first, last, value,
    drawn, months_observed. Only windows in which a month was published as observed.
    """
    spans = [span for span in windows(months[0], months[-1], events) if span[0] < span[1]]
    seen = areas.members.astype("int64") @ observed.astype("int64")
    return _windows(totals, spans, months, seen).pipe(_named, areas.level, areas.code)


def part_table(source: Source, observed: np.ndarray) -> pd.DataFrame:
    """Calls, completed calls and users of each administration, unit type and channel of a municipality, by month and
    by calendar quarter, half-year, year and the windows that end with the data: level, area, part, measure, first,
    last, value, drawn, months_observed. A part of which no call is published is not listed.
    """
    spans = windows(source.months[0], source.months[-1])
    blocks = []
    for level, (pairs, totals) in source.parts.items():
        places = np.array([source.codes.index(code) for code, _ in pairs], dtype="int64")
        table = _windows(totals, spans, source.months, observed[places])
        table.insert(0, "level", level)
        table["area"] = np.array([code for code, _ in pairs], dtype=object)[table["row"]]
        table["part"] = np.array([part for _, part in pairs], dtype=object)[table["row"]]
        calls = table[table["measure"] == "calls"].groupby("row")["value"].max()
        blocks.append(table[table["row"].isin(calls.index[calls > 0])])
    columns = ["level", "area", "part", "measure", "first", "last", "value", "drawn", "months_observed"]
    whole = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(columns=columns)
    return whole[columns].astype(dict.fromkeys(["level", "area", "part", "measure", "first", "last"], "str"))


def _windows(totals: dict[str, Records], spans: list[Span], months: list[str], seen: np.ndarray) -> pd.DataFrame:
    """The totals of every place (row) and span, where a month was seen: row, measure, first, last, value, drawn."""
    at = {month: k for k, month in enumerate(months)}
    places = [(at[first], at[last]) for first, last in spans]
    drawn = {name: count(records.windows(places)) for name, records in totals.items()}
    told = cut_to_size(drawn, {})
    months_seen = Records(seen.astype("int64"), np.zeros(seen.shape, dtype="uint64")).windows(places).values
    row, span = np.nonzero(months_seen)
    first, last = (np.array([pair[i] for pair in spans], dtype=object)[span] for i in (0, 1))
    blocks = [
        pd.DataFrame(
            {
                "row": row, "measure": name, "first": first, "last": last, "value": told[name][row, span],
                "drawn": drawn[name][row, span], "months_observed": months_seen[row, span],
            }
        )
        for name in COUNTS
        if name in drawn
    ]  # fmt: skip
    return pd.concat(blocks, ignore_index=True)


def _named(table: pd.DataFrame, level: list[str], code: list[str]) -> pd.DataFrame:
    rows = table.pop("row").to_numpy()
    table.insert(0, "level", np.array(level, dtype=object)[rows])
    table.insert(1, "area", np.array(code, dtype=object)[rows])
    return table.astype(dict.fromkeys(["level", "area", "measure", "first", "last"], "str"))


def hour_table(timing: pd.DataFrame, source: Source, areas: Areas, key: bytes) -> pd.DataFrame:
    """Calls by weekday (1 Monday to 7), by hour, and in office hours, over the whole and the last 12 months: level,
    area, first, last, by, at, value. Empty when no call log was read.
    """
    when = pd.to_datetime(timing["month"]).dt.strftime("%Y-%m")
    place, n = (
        pd.Index(of).get_indexer(pd.Index(column))
        for of, column in ((source.codes, timing["municipality"]), (source.months, when))
    )
    inside = (place >= 0) & (n >= 0)
    table, place, n = timing[inside].assign(month=when[inside]), place[inside], n[inside]
    calls = table["calls"].to_numpy().astype("int64")
    (keys,) = key_sums(key, "hours", identity(*(table[column] for column in _TIMING)), calls)
    weekday, hour = table["weekday"].to_numpy("int64"), table["hour"].to_numpy("int64")
    office = np.where((weekday <= 5) & np.isin(hour, OFFICE_HOURS), 1, 0)
    whole = (source.months[0], source.months[-1])
    year = (source.months[max(len(source.months) - 12, 0)], source.months[-1])
    blocks = []
    for first, last in dict.fromkeys([whole, year]):
        now = n >= source.months.index(first)
        for by, at, places in (("weekday", weekday - 1, 7), ("hour", hour, 24), ("office_hours", office, 2)):
            cells = Records(calls[now], keys[now]).grouped((place * places + at)[now], len(source.codes) * places)
            told = count(areas.added(cells.reshape(len(source.codes), places)))
            row, column = np.indices(told.shape).reshape(2, -1)
            blocks.append(pd.DataFrame({
                "level": np.array(areas.level, dtype=object)[row], "area": np.array(areas.code, dtype=object)[row],
                "first": first, "last": last, "by": by, "at": column + (by == "weekday"), "value": told.ravel(),
            }))  # fmt: skip
    whole_table = pd.concat(blocks, ignore_index=True)
    used = whole_table.groupby(["level", "area"])["value"].transform("sum") > 0
    kept = used & ((whole_table["by"] != "office_hours") | (whole_table["at"] == 1))
    return whole_table[kept].reset_index(drop=True)
