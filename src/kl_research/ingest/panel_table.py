"""Merged rows to the panel: one row per area and month, counts summed, states decided, denominators joined."""

from __future__ import annotations

import pandas as pd

from kl_research import months as calendar
from kl_research import municipalities
from kl_research.errors import InputError
from kl_research.ingest.file_data import MEASURES, FileData
from kl_research.ingest.side_files import Connection, missing_municipalities
from kl_research.ingest.states import connection_states, inferred_states
from kl_research.panel import check_panel
from kl_research.study import Study

_QUIET_DAYS = 7


def build_panel(
    rows: pd.DataFrame, files: list[FileData], study: Study, connections: list[Connection] | None,
    denominators: pd.DataFrame | None,
) -> tuple[pd.DataFrame, list[str]]:  # fmt: skip
    """The checked panel and the notes (codes) that its making gave rise to."""
    notes: list[str] = []
    areas = _areas(files, study)
    months = _months(files, study, notes)
    rows = rows[rows["month"].isin(months) & rows["municipality"].isin(areas)]
    covered = {m for file in files if file.log for m in calendar.span(file.first, file.last)}
    wide = {measure: _wide(rows, measure, areas, months) for measure in MEASURES if measure in rows}
    states = {measure: _wide_states(rows, measure, areas, months) for measure in wide}
    for measure, derived in _derived(rows, areas, months).items():
        if measure not in wide:
            wide[measure], states[measure] = derived
    for measure, table in states.items():
        if any(file.log and measure in {"active_units", "active_providers", *file.present} for file in files):
            absent = (table == "missing") & ~_has_row(rows, areas, months)
            zero = absent & pd.DataFrame({a: [m in covered for m in months] for a in areas}, index=months)
            states[measure] = table.mask(zero, "observed")
            wide[measure] = wide[measure].mask(zero, 0.0)
    if connections is None:
        base = inferred_states(wide["calls"], states["calls"])
        if any(file.log for file in files):
            never = (wide["calls"].fillna(0) == 0).all() & (states["calls"] == "observed").all()
            if never.any():
                notes.append("areas_without_any_call_taken_as_not_started")
    else:
        base = connection_states(connections, areas, months)
        # What was counted was counted: a number above 0 stands whatever the connections file says.
        against = ((wide["calls"].fillna(0) > 0) | (states["calls"] == "suppressed")) & (base != "")
        if against.any().any():
            notes.append("calls_before_connection")
        base = base.mask(against, "")
        listed = {connection.municipality for connection in connections}
        if study.municipalities == "denmark" and set(areas) - listed:
            notes.append("municipalities_not_in_connections")
    panel = _long(wide, states, base, areas, months)
    if study.municipalities == "denmark" and missing_municipalities({a for file in files for a in file.areas}):
        notes.append("municipalities_absent_from_raw_files")
    if denominators is not None:
        panel = _join(panel, denominators, notes)
    panel = check_panel(panel)
    panel.attrs["names"] = (
        {c: n for file in files for c, n in file.names.items()} if study.municipalities == "free" else {}
    )
    panel.attrs["regions"] = {c: r for file in files for c, r in file.regions.items()}
    return panel, notes


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
            f"{study.file.name}, period", f"{start} to {end}", f"months within the data, {first} to {last}",
            "change the period or add the export that covers it",
        )  # fmt: skip
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


def _wide(rows: pd.DataFrame, measure: str, areas: list[str], months: list[str]) -> pd.DataFrame:
    values = rows[measure].astype("float64").where(rows[f"{measure}_state"] == "observed")
    table = values.groupby([rows["month"], rows["municipality"]]).sum(min_count=1).unstack()
    return table.reindex(index=months, columns=areas).where(_wide_states(rows, measure, areas, months) == "observed")


def _wide_states(rows: pd.DataFrame, measure: str, areas: list[str], months: list[str]) -> pd.DataFrame:
    """A sum is known only when all of its parts are: one hidden part hides it, one missing part leaves it missing."""
    rank = rows[f"{measure}_state"].map({"observed": 0, "missing": 1, "suppressed": 2}).fillna(1)
    table = rank.groupby([rows["month"], rows["municipality"]]).max().unstack().reindex(index=months, columns=areas)
    return table.fillna(1).apply(lambda c: c.map({0.0: "observed", 1.0: "missing", 2.0: "suppressed"}))


def _has_row(rows: pd.DataFrame, areas: list[str], months: list[str]) -> pd.DataFrame:
    table = rows.groupby([rows["month"], rows["municipality"]]).size().unstack()
    return table.reindex(index=months, columns=areas).notna()


def _derived(rows: pd.DataFrame, areas: list[str], months: list[str]) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Active units and providers counted from rows by unit, where rows name them."""
    found = {}
    for measure, columns in (("active_units", ["administration", "unit"]), ("active_providers", ["provider"])):
        named = rows[rows[columns[-1]] != ""]
        if named.empty:
            continue
        used = named[named["calls"].fillna(0) > 0].drop_duplicates(["month", "municipality", *columns])
        count = used.groupby(["month", "municipality"]).size().unstack().reindex(index=months, columns=areas)
        states = _wide_states(rows, "calls", areas, months)
        found[measure] = (count.fillna(0.0).where(states == "observed"), states)
    return found


def _long(
    wide: dict[str, pd.DataFrame], states: dict[str, pd.DataFrame], base: pd.DataFrame, areas: list[str],
    months: list[str],
) -> pd.DataFrame:  # fmt: skip
    index = pd.MultiIndex.from_product([areas, months], names=["municipality", "month"])
    state = base.where(base != "", states["calls"]).T.stack().reindex(index)
    panel = pd.DataFrame({"state": state})
    for measure in (m for m in MEASURES if m in wide):
        own = base.where(base != "", states[measure]).T.stack().reindex(index)
        values = wide[measure].T.stack(future_stack=True).reindex(index)
        panel[measure] = values.where(own == "observed").astype("Float64").round().astype("Int64")
        if (own != state).any():
            panel[f"{measure}_state"] = own
    panel = panel.reset_index()
    panel["month"] = pd.to_datetime(panel["month"])
    return panel


def _join(panel: pd.DataFrame, denominators: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Each measure as a column: the latest value valid at the month, empty before the first."""
    result = panel
    for measure, values in denominators.groupby("measure"):
        if measure in panel:
            raise InputError("denominators", f"the measure {measure!r}", "a name of its own", "rename the measure")
        right = values.assign(month=pd.to_datetime(values["valid_from"]).astype(panel["month"].dtype))
        right = right[["municipality", "month", "value"]].rename(columns={"value": measure}).sort_values("month")
        left = result.reset_index().sort_values("month", kind="stable")
        joined = pd.merge_asof(left, right, on="month", by="municipality")
        result = joined.sort_values("index").drop(columns="index").reset_index(drop=True)
        if result[measure].isna().any():
            notes.append(f"denominator_incomplete:{measure}")
    return result
