"""From the complete data to the public data set: where `disclosure` and the measures of `adoption` meet."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd

from kl_research.adoption import LEVELS, cut, measure_table, retention, standard_periods
from kl_research.adoption.cut import Level
from kl_research.adoption.measures.members import FIND, find
from kl_research.adoption.rows import SEPARATOR
from kl_research.disclosure.areas import LEVELS as AREA_LEVELS
from kl_research.disclosure.areas import Areas, Register, public_states, told_areas
from kl_research.disclosure.beside import beside_table
from kl_research.disclosure.cells import BLOCKS, Span, pieces, windows
from kl_research.disclosure.count import count
from kl_research.disclosure.members import count_members, nested_members
from kl_research.disclosure.minutes import minute_table
from kl_research.disclosure.published import Look, Published
from kl_research.disclosure.source import Source, read_source
from kl_research.disclosure.tables import (
    area_months,
    area_records,
    hour_table,
    part_table,
    public_panel,
    window_table,
)
from kl_research.effects.window import event_windows
from kl_research.intake import Ingested
from kl_research.intake.side_files import Connection
from kl_research.intake.states import WIDEST, connection_states, without_start
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.panel import check_panel, states_inferred
from kl_research.terms.question import ORDINARY, Question

_WHO = ("unit", "provider")
_MONTHLY = ("new",)
_BRIEF = ("active", "new")
_LABELS = ("level", "who", "what", "first", "last")
_OF_PARTS = ("active", "ever", "new", "at_least_5")


def public_data(
    ingested: Ingested, key: bytes, events: Mapping[str, Event] | None = None, question: Question = ORDINARY
) -> Published:
    """The public data set of what was ingested; before and after each dated event are windows of their own."""
    source = read_source(ingested.panel, ingested.activity, key)
    register = register_of(ingested, source)
    drawn = {name: count(records) for name, records in source.counts.items()}
    states = public_states(source, ingested.panel, register, drawn["calls"])
    panel = check_panel(public_panel(ingested.panel, drawn, states, source.observed))
    panel.attrs.clear()  # nothing travels beside the columns
    observed = states == "observed"
    areas = told_areas(ingested.panel, source.codes, register.connected)
    totals = area_records(source, areas)
    tables = {
        "areas": area_months(totals, areas, source.months, observed),
        "windows": window_table(totals, areas, source.months, observed, event_windows(panel, events or {}, question)),
        "parts": part_table(source, observed),
        "hours": hour_table(ingested.timing, source, areas, key),
        "connections": ingested.connections,
        "beside": beside_table(ingested.beside, source, areas, key),
    }
    tables["members"] = _members(panel, ingested.activity, source, areas, tables)
    spans = _standard(source.months[0], source.months[-1])
    tables["minutes"] = minute_table(source, areas, spans, _calls(panel, tables), tables["members"], key)
    tables["retention"] = _retention(panel, ingested.activity, source)
    data = Published(panel, tables)
    tables["measures"] = public_measures(data)
    return data


def register_of(ingested: Ingested, source: Source) -> Register:
    """What the connections file says of every month; without one, every start is taken from the numbers."""
    nobody = np.full((len(source.codes), len(source.months)), "", dtype=WIDEST)
    if states_inferred(ingested.panel):
        return Register(nobody, np.ones(len(source.codes), dtype=bool))
    rows = [Connection(*row) for row in ingested.connections.itertuples(index=False, name=None)]
    unstated = np.isin(source.codes, without_start(rows))
    return Register(connection_states(rows, source.codes, source.months), unstated)


def _standard(first: str, last: str) -> list[Span]:
    """The standard periods within the data."""
    return [span for span in standard_periods(first, last) if first <= span[0] and span[1] <= last]


def member_spans(first: str, last: str) -> tuple[list[Span], list[Span]]:
    """Over which months users are counted: the standard periods and years, and the cells where only some are."""
    years = [span for span in windows(first, last) if _length(span) == BLOCKS[0]]
    full = list(dict.fromkeys([*_standard(first, last), *years]))
    return full, [span for span in windows(first, last) if span not in full and span[0] < span[1]]


def measure_spans(panel: pd.DataFrame) -> list[Span]:
    """The periods whose measures are made at ingest: the standard periods, and calendar years."""
    return member_spans(f"{panel['month'].min():%Y-%m}", f"{panel['month'].max():%Y-%m}")[0]


def _length(span: Span) -> int:
    return months.number(span[1]) - months.number(span[0]) + 1


def _members(
    panel: pd.DataFrame, activity: pd.DataFrame, source: Source, areas: Areas, tables: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    """Every count of units and provider numbers, as drawn and as told."""
    first, last = source.months[0], source.months[-1]
    full, brief = member_spans(first, last)
    single = [(month, month) for month in source.months if (month, month) not in full]
    labels: list[tuple[str, ...]] = []
    places: list[pd.Index] = []
    values: list[np.ndarray] = []
    for level in _levels(areas, tables["parts"]):
        whole = cut(panel, activity, level=level)
        what = tuple(FIND) if level in AREA_LEVELS else _OF_PARTS
        for who, (spans, counted) in product(_WHO, ((full, what), (brief, _BRIEF), (single, _MONTHLY))):
            keys = source.keys[who].reindex(whole.names[who]).to_numpy("uint64")
            for span, name in product(spans, counted):
                one = whole.between(*map(months.number, span))
                labels.append((level, who, name, *span))
                places.append(whole.areas)
                values.append(count_members(keys, *find(one, who, name), len(whole.areas)))
    row = np.repeat(np.arange(len(labels)), [len(place) for place in places])
    texts = np.array(labels, dtype=object)[row]
    columns = {name: texts[:, i] for i, name in enumerate(_LABELS)}
    names = pd.Series(np.concatenate(places)).str.partition(SEPARATOR)
    table = pd.DataFrame({**columns, "area": names[0], "part": names[2], "value": np.concatenate(values)})
    table = _told_only(table, areas, tables["parts"])
    return nested_members(table, _calls(panel, tables), _registered(panel, areas, last))


def _levels(areas: Areas, parts: pd.DataFrame) -> list[Level]:
    told = {*areas.level, *parts["level"].unique()}
    return [level for level in LEVELS if level in told]


def _told_only(table: pd.DataFrame, areas: Areas, parts: pd.DataFrame) -> pd.DataFrame:
    """Without regions of fewer than three municipalities, and parts of which no call is published."""
    told = {*zip(areas.level, areas.code, [""] * len(areas.code), strict=True)}
    told |= set(parts[["level", "area", "part"]].itertuples(index=False, name=None))
    keys = pd.MultiIndex.from_frame(table[["level", "area", "part"]])
    return table[keys.isin(list(told))].reset_index(drop=True)


def _calls(panel: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Published calls of every area, part, window and standard period: level, area, part, first, last, calls."""
    keys = ["level", "area", "part", "first", "last"]
    windows_, parts = (tables[name][tables[name]["measure"] == "calls"] for name in ("windows", "parts"))
    month = [
        frame.assign(first=frame["month"].dt.strftime("%Y-%m"), last=frame["month"].dt.strftime("%Y-%m"))
        for frame in (panel.assign(level="municipality", area=panel["municipality"]), tables["areas"])
    ]
    whole = [windows_.assign(calls=windows_["value"]), *month]
    found = [frame.assign(part="")[[*keys, "calls"]] for frame in whole]
    table = pd.concat([*found, parts.assign(calls=parts["value"])[[*keys, "calls"]]], ignore_index=True)
    first, last = table["first"].min(), table["last"].max()
    told = dict.fromkeys(windows(first, last))
    wide = table.pivot(index=keys[:3], columns=keys[3:], values="calls").astype("float64")
    sums = {span: wide[pieces(*span, told)] for span in _standard(first, last) if span not in told}
    more = [
        calls.sum(axis=1, min_count=1).dropna().rename("calls").reset_index().assign(first=span[0], last=span[1])
        for span, calls in sums.items()
    ]
    whole_table = pd.concat([table, *more], ignore_index=True)
    return whole_table.drop_duplicates(keys, ignore_index=True)  # a period may be what followed an event


def _registered(panel: pd.DataFrame, areas: Areas, last: str) -> pd.DataFrame:
    """How many units and provider numbers an area has by the register: level, area, part, who, registered."""
    codes = [code for level, code in zip(areas.level, areas.code, strict=True) if level == "municipality"]
    blocks = []
    for who in _WHO:
        known = panel.groupby("municipality")[f"{who}s"].max() if f"{who}s" in panel else pd.Series(dtype="float64")
        each = known.reindex(codes).to_numpy("float64")
        total = np.where(areas.members & np.isnan(each), np.nan, areas.members * np.nan_to_num(each)).sum(axis=1)
        blocks.append(
            pd.DataFrame({"level": areas.level, "area": areas.code, "part": "", "who": who, "registered": total})
        )
    return pd.concat(blocks, ignore_index=True)


def _retention(panel: pd.DataFrame, activity: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Retention of the nation's cohorts of a year: who, cohort, age, numerator, denominator, value."""
    nation = cut(panel, activity, level="national")
    blocks = []
    for who in _WHO:
        keys = source.keys[who].reindex(nation.names[who]).to_numpy("uint64")

        def counted(user: np.ndarray, cell: np.ndarray, cells: int, keys: np.ndarray = keys) -> np.ndarray:
            return count_members(keys, cell, user, cells)

        blocks.append(retention(nation, who, cohort="year", counted=counted).drop(columns="area").assign(who=who))
    table = pd.concat(blocks, ignore_index=True)
    table = table[table["denominator"] > 0].reset_index(drop=True)  # that there is a cohort at all would tell
    table["numerator"] = np.fmin(table["numerator"], table["denominator"])
    table["value"] = table["numerator"] / table["denominator"]
    return table[["who", "cohort", "age", "numerator", "denominator", "value"]]


def public_measures(data: Published) -> pd.DataFrame:
    """The measures of all areas over the standard periods and calendar years, from the public tables alone."""
    from kl_research.adoption import measures
    from kl_research.disclosure.shares import told_shares

    levels = [level for level in LEVELS[:3] if level in {"municipality", *data["areas"]["level"]}]
    only = [measure.id for measure in measures() if not measure.of_single_units]
    shares = {measure.id for measure in measures() if measure.unit == "share"}
    found = measure_table(data.panel, Look(data), levels=levels, periods=measure_spans(data.panel), only=only)
    return told_shares(found, shares)
