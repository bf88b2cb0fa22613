"""Merged rows to the panel: one row per area and month, counts summed, states decided, denominators joined."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.intake.file_data import MEASURES, FileData
from kl_research.intake.side_files import Connection, missing_municipalities
from kl_research.intake.states import WIDEST, connection_states, inferred_states, without_start
from kl_research.terms import months as calendar
from kl_research.terms import municipalities
from kl_research.terms.errors import InputError
from kl_research.terms.panel import DENOMINATORS, check_panel, with_areas
from kl_research.terms.study import Study

_QUIET_DAYS = 7
_WIDEST_TABLE = 100_000_000
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
    files: list[FileData],
    study: Study,
    connections: list[Connection] | None,
    denominators: pd.DataFrame | None,
) -> tuple[pd.DataFrame, list[str]]:
    """The checked panel and the notes (codes) that its making gave rise to."""
    notes: list[str] = []
    areas, months = _areas(files, study), _months(files, study, notes)
    rows = rows[rows["month"].isin(months) & rows["municipality"].isin(areas)]
    tables = _tables(rows, files, areas, months)
    base = _base(tables["calls"], files, study, connections, areas, months, notes)
    panel = _long(tables, base, areas, months)
    if study.municipalities == "denmark" and missing_municipalities({a for file in files for a in file.areas}):
        notes.append("municipalities_absent_from_raw_files")
    if denominators is not None:
        panel = _join(panel, denominators, study.offset, notes)
    panel = check_panel(panel)
    free = study.municipalities == "free"
    names = {c: n for file in files for c, n in file.names.items()} if free else {}
    regions = {c: r for file in files for c, r in file.regions.items()}
    panel = with_areas(with_areas(panel, "name", names), "region", regions)
    return panel.assign(state_source="inferred" if connections is None else "connections"), notes


def _areas(files: list[FileData], study: Study) -> list[str]:
    if study.municipalities == "denmark":
        return municipalities.codes()
    return sorted({area for file in files for area in file.areas})


def _months(files: list[FileData], study: Study, notes: list[str]) -> list[str]:
    first, last = min(file.first for file in files), max(file.last for file in files)
    start, end = study.period.start or first, study.period.end or last
    if not study.period.end and (cut := _unfinished(files, last)):
        end = cut
        notes.append("last_month_unfinished")
    if start > last or end < first or start > end:
        raise InputError(
            study.where("period"),
            f"{start} to {end}",
            f"months within the data, {first} to {last}",
            "change the period or add the export that covers it",
        )
    return calendar.span(start, end)


def _unfinished(files: list[FileData], last: str) -> str:
    """The month before the last, when a busy call log ends more than a week before its last month does."""
    logs = [file for file in files if file.log and file.dates]
    if not logs or any(not file.log and file.last == last for file in files):
        return ""
    end = max(file.dates[1] for file in logs if file.dates)
    begin = min(file.dates[0] for file in logs if file.dates)
    calls = sum(float(file.rows["calls"].sum()) for file in logs)
    quiet = (pd.Timestamp(end) + pd.offsets.MonthEnd(0) - pd.Timestamp(end)).days
    days = (end - begin).days + 1
    if quiet > _QUIET_DAYS and calls >= days and days > 62:
        return calendar.shift(last, -1)
    return ""


def _tables(rows: pd.DataFrame, files: list[FileData], areas: list[str], months: list[str]) -> dict[str, Table]:
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
    covered = np.zeros(len(months), dtype=bool)
    for file in files:
        if file.log:
            covered |= np.array([file.first <= text <= file.last for text in months])
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
            notes.append("areas_without_any_call_taken_as_not_started")
        return inferred_states(calls.values, calls.states)
    base = connection_states(connections, areas, months)
    # Connected, and nobody says from when it was used: until its first call a zero is not a true zero.
    unstated = np.isin(areas, without_start(connections))[:, None] & (base == "")
    inferred = np.where(unstated, inferred_states(calls.values, calls.states), "")
    notes += [f"start_taken_from_first_call:{areas[i]}" for i in np.flatnonzero((inferred != "").any(axis=1))]
    base = np.where(inferred != "", inferred, base)
    # What was counted was counted: a number above 0 stands whatever the connections file says.
    if (counted & (base != "")).any():
        notes.append("calls_before_connection")
    if study.municipalities == "denmark":
        absent = set(areas) - {connection.municipality for connection in connections}
        seen = {area for file in files for area in file.areas}
        notes += [f"municipalities_not_in_connections:{area}" for area in sorted(absent & seen)]
    return np.where(counted, "", base)


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


def _join(panel: pd.DataFrame, denominators: pd.DataFrame, offset: str | None, notes: list[str]) -> pd.DataFrame:
    """Each measure as a column: the latest value valid at the month, empty before the first."""
    result = panel
    for measure, values in denominators.groupby("measure"):
        if measure in panel:
            raise InputError("denominators", f"the measure {measure!r}", "a name of its own", "rename the measure")
        right = values.assign(month=pd.to_datetime(values["valid_from"]).astype(panel["month"].dtype))
        right = right[["municipality", "month", "value"]].rename(columns={"value": measure}).sort_values("month")
        left = result.sort_values("month", kind="stable")
        result = pd.merge_asof(left, right, on="month", by="municipality").set_axis(left.index).sort_index()
        if result[measure].isna().any():
            notes.append(f"denominator_incomplete:{measure}")
        if measure not in (*DENOMINATORS, offset):
            notes.append(f"denominator_unused:{measure}")
    return result
