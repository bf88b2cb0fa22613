"""Merged rows to the panel: one row per area and month, counts summed, states decided, denominators joined."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.intake.denominators import join_denominators
from kl_research.intake.file_data import MEASURES, FileData
from kl_research.intake.quality import note
from kl_research.intake.side_files import Connection, missing_municipalities
from kl_research.intake.states import WIDEST, connection_states, inferred_states, without_start
from kl_research.intake.together.coverage import Coverage
from kl_research.terms import months as calendar
from kl_research.terms import municipalities
from kl_research.terms.errors import InputError
from kl_research.terms.panel import check_panel, with_areas
from kl_research.terms.study import Study

_WIDEST_TABLE = 100_000_000
_MORE_THAN_CHANCE = 3  # rows that stand twice: one or two calls may well have begun in the same minute
_RANK = {"observed": 0, "missing": 1, "suppressed": 2}
_BY_RANK = np.array(["observed", "missing", "suppressed"], dtype=WIDEST)


class Table:
    """Counts and states of one measure, areas down and months across; NaN unless observed."""

    def __init__(self, values: np.ndarray, states: np.ndarray) -> None:
        self.states = states
        self.values = np.where(states == "observed", values, np.nan)

    def with_zeros(self, where: np.ndarray) -> Table:
        """The same with observed zeros where a call log covers a month and has no call."""
        return Table(np.where(where, 0.0, self.values), np.where(where, "observed", self.states))


def build_panel(
    rows: pd.DataFrame,
    coverage: Coverage,
    study: Study,
    connections: list[Connection] | None,
    denominators: pd.DataFrame | None,
) -> tuple[pd.DataFrame, list[str]]:
    """The checked panel and the notes (codes) that its making gave rise to."""
    files = coverage.files
    areas, months = _areas(files, study), _months(files, study)
    notes = coverage.notes(months)
    rows = rows[rows["month"].isin(months) & rows["municipality"].isin(areas)]
    tables = _tables(rows, coverage, areas, months)
    base = _base(tables["calls"], files, study, connections, areas, months, notes)
    panel = _long(tables, base, areas, months)
    if study.municipalities == "denmark" and missing_municipalities({a for file in files for a in file.areas}):
        notes.append(note("municipalities_absent_from_raw_files"))
    if denominators is not None:
        panel = join_denominators(panel, denominators, study.offset, notes)
    panel = check_panel(panel)
    notes += [
        note("only_in_connections", c.municipality) for c in connections or [] if c.municipality not in set(areas)
    ]
    free = study.municipalities == "free"
    names = {c: n for file in files for c, n in file.names.items()} if free else {}
    regions = {c: r for file in files for c, r in file.regions.items()}
    panel = with_areas(with_areas(panel, "name", names), "region", regions)
    twice = {area for file in files for area, rows in file.identical.items() if rows >= _MORE_THAN_CHANCE}
    if twice:
        panel = panel.assign(identical_rows=panel["municipality"].isin(twice))
    return panel.assign(state_source="inferred" if connections is None else "connections"), notes


def _areas(files: list[FileData], study: Study) -> list[str]:
    if study.alone:
        return [study.alone]
    if study.municipalities == "denmark":
        return municipalities.codes()
    return sorted({area for file in files for area in file.areas})


def _months(files: list[FileData], study: Study) -> list[str]:
    first, last = min(file.first for file in files), max(file.last for file in files)
    start, end = study.period.start or first, study.period.end or last
    if start > last or end < first or start > end:
        raise InputError(
            study.where("period"),
            f"{start} to {end}",
            f"months within the data, {first} to {last}",
            "change the period or add the export that covers it",
        )
    return calendar.span(start, end)


def _tables(rows: pd.DataFrame, coverage: Coverage, areas: list[str], months: list[str]) -> dict[str, Table]:
    """Each measure as a table: sums of its rows, units and providers counted where rows name them."""
    shape = (len(areas), len(months))
    at = {code: i * len(months) for i, code in enumerate(areas)}
    place = _numbers(rows["municipality"], at) + _numbers(rows["month"], {text: k for k, text in enumerate(months)})
    tables: dict[str, Table] = {}
    for measure in MEASURES:
        if measure in rows:
            states = _states(place, _numbers(rows[f"{measure}_state"], _RANK), shape)
            values = np.nan_to_num(rows[measure].to_numpy("float64"))
            tables[measure] = Table(np.bincount(place, values, shape[0] * shape[1]).reshape(shape), states)
    for measure, columns in (("active_units", ["administration", "unit"]), ("active_providers", ["provider"])):
        if measure not in tables and (rows[columns[-1]] != "").any():
            used = ((rows[columns[-1]] != "") & (rows["calls"].fillna(0) > 0)).to_numpy()
            count = _distinct(place, rows.loc[:, columns], used, shape[0] * shape[1])
            tables[measure] = Table(count.reshape(shape).astype("float64"), tables["calls"].states)
    covered = coverage.table(areas, months)
    if covered.any():
        absent = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape) == 0
        tables = {measure: table.with_zeros(absent & covered) for measure, table in tables.items()}
    return tables


def _distinct(place: np.ndarray, names: pd.DataFrame, used: np.ndarray, places: int) -> np.ndarray:
    """How many different names each place has among the used rows: marked in a table, or sorted where too wide."""
    who, width = place[used], 1
    for column in names:
        texts = len(names[column].cat.categories)
        who = who * texts + names[column].cat.codes.to_numpy()[used]
        width *= texts
    if places * width > _WIDEST_TABLE:
        return np.bincount(np.unique(who) // width, minlength=places)
    seen = np.zeros(places * width, dtype=bool)
    seen[who] = True
    return seen.reshape(places, width).sum(axis=1)


def _numbers(column: pd.Series, at: dict[str, int]) -> np.ndarray:
    """What each text of a column stands for, as numbers; no text (a measure another file lacks) is missing."""
    texts = np.array([at.get(text, 1) for text in column.cat.categories] + [1], dtype="int64")
    return texts[column.cat.codes.to_numpy()]


def _states(place: np.ndarray, ranks: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A sum is known only when all of its parts are: one hidden part hides it, one missing part leaves it missing."""
    worst = np.full(shape[0] * shape[1], -1, dtype="int64")
    np.maximum.at(worst, place, ranks)
    worst[worst < 0] = _RANK["missing"]
    return _BY_RANK[worst].reshape(shape)


def _base(
    calls: Table,
    files: list[FileData],
    study: Study,
    connections: list[Connection] | None,
    areas: list[str],
    months: list[str],
    notes: list[str],
) -> np.ndarray:
    """What the connections file says of each month (without one, what may be inferred); empty where observable."""
    counted = (np.nan_to_num(calls.values) > 0) | (calls.states == "suppressed")
    if connections is None:
        if any(file.log for file in files) and (~counted & (calls.states == "observed")).all(axis=1).any():
            notes.append(note("areas_without_any_call_taken_as_not_started"))
        return inferred_states(calls.values, calls.states)
    base = connection_states(connections, areas, months)
    # Connected, and nobody says from when it was used: until its first call a zero is not a true zero.
    unstated = np.isin(areas, without_start(connections))[:, None] & (base == "")
    inferred = np.where(unstated, inferred_states(calls.values, calls.states), "")
    notes += [note("start_taken_from_first_call", areas[i]) for i in np.flatnonzero((inferred != "").any(axis=1))]
    base = np.where(inferred != "", inferred, base)
    # What was counted was counted: a number above 0 stands whatever the connections file says.
    outside = counted & (base != "")
    after = outside & (np.array(months)[None, :] > np.array([_left(connections, area) for area in areas])[:, None])
    if (outside & ~after).any():
        notes.append(note("calls_before_connection"))
    notes += [note("calls_after_disconnection", areas[i]) for i in np.flatnonzero(after.any(axis=1))]
    if study.municipalities == "denmark":
        absent = set(areas) - {connection.municipality for connection in connections}
        seen = {area for file in files for area in file.areas}
        notes += [note("municipalities_not_in_connections", area) for area in sorted(absent & seen)]
    return np.where(counted, "", base)


def _left(connections: list[Connection], area: str) -> str:
    """The last month of an area's connection; one that never ends for one that was not ended."""
    ends = [row.connected_to for row in connections if row.municipality == area and row.connected_from]
    return max(ends) if ends and all(ends) else "9999-12"


def _long(tables: dict[str, Table], base: np.ndarray, areas: list[str], months: list[str]) -> pd.DataFrame:
    state = np.where(base != "", base, tables["calls"].states).ravel()
    panel = pd.DataFrame(
        {
            "municipality": np.repeat(areas, len(months)),
            "month": np.tile(pd.to_datetime(months).to_numpy(), len(areas)),
            "state": state,
        }
    )
    for measure in (name for name in MEASURES if name in tables):
        own = np.where(base != "", base, tables[measure].states).ravel()
        values = np.where(own == "observed", tables[measure].values.ravel(), np.nan)
        panel[measure] = pd.array(values, dtype="Float64").astype("Int64")
        if (own != state).any():
            panel[f"{measure}_state"] = own
    return panel
