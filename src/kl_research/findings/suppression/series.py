"""Small numbers: which counts everybody may see, and at which level of time a series may be shown.

A count from 1 to `threshold` - 1 is hidden, and with it what would give it away (`release`); 0 is shown. A series
whose months include a hidden one is drawn at the finest of quarter, half-year, year and whole period in which nothing
is hidden, so that a municipality with 3 calls a month still sees itself.

Source: Hundepool et al., Statistical Disclosure Control, Wiley 2012, chapters 4 and 5.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from kl_research.findings.suppression.groups import WHOLE, crowded, middles
from kl_research.findings.suppression.release import Release, Span, name_of, release
from kl_research.terms import months
from kl_research.terms.panel import COUNTS, count_state

# Keys of panel.attrs, as JSON text, since pandas copies what stands there at every step. They stay in the house.
TOLD_BEFORE = "told_before"  # what an earlier release told: rows of municipality, measure, first, last, value
DECIDED = "decided"  # what is hidden of each series (`decide`)
MEASURES = ("calls", "completed")
LEVELS = ("month", "quarter", "half", "year", "all")
_LENGTH = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def is_small(value: float | None, threshold: int) -> bool:
    """Whether a count must be hidden.

    >>> [is_small(v, 5) for v in (0, 1, 4, 5, None)]
    [False, True, True, False, False]
    """
    return value is not None and value == value and 0 < value < threshold


def block(month: str, level: str) -> str:
    """The calendar period a month lies in.

    >>> block("2024-08", "quarter"), block("2024-08", "half"), block("2024-08", "year"), block("2024-08", "all")
    ('2024Q3', '2024H2', '2024', 'all')
    """
    year, number = month[:4], int(month[5:7])
    if level == "quarter":
        return f"{year}Q{(number + 2) // 3}"
    if level == "half":
        return f"{year}H{(number + 5) // 6}"
    return {"month": month, "year": year}.get(level, "all")


@dataclass(frozen=True)
class Shown:
    """A series as everybody may see it. `level` is "" when nothing may be shown.

    `table` has period ("2024-08", "2024Q3", "2024H2", "2024", "all"), first, last (months), months (how many were
    observed), value (Int64, empty unless observed), state, and per_month, the mean a month: what a reader sees, since
    units active in each month do not add up to the units of a quarter.
    """

    level: str
    table: pd.DataFrame = field(repr=False, compare=False)

    @property
    def coarser(self) -> bool:
        """Whether months had to be put together."""
        return self.level != "month"


def series(panel: pd.DataFrame, municipality: str, measure: str = "calls") -> pd.DataFrame:
    """One municipality's months: month, value, state."""
    rows = panel[panel["municipality"] == municipality]
    values = rows[measure] if measure in rows else pd.Series(pd.NA, index=rows.index, dtype="Int64")
    states = count_state(rows, measure) if measure in rows else pd.Series("missing", index=rows.index)
    frame = pd.DataFrame({"month": rows["month"].dt.strftime("%Y-%m"), "value": values, "state": states})
    frame = frame.reset_index(drop=True)
    if before := panel.attrs.get(TOLD_BEFORE):
        frame.attrs[TOLD_BEFORE] = _told_before(before).get((municipality, measure), ())
    frame.attrs[DECIDED] = panel.attrs.get(DECIDED, "")
    return frame


@cache
def _told_before(text: str) -> dict[tuple[str, str], tuple[tuple[str, str, int], ...]]:
    found: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for municipality, measure, first, last, value in json.loads(text):
        found.setdefault((municipality, measure), []).append((first, last, value))
    return {key: tuple(rows) for key, rows in found.items()}


def at_level(monthly: pd.DataFrame, level: str) -> pd.DataFrame:
    """The series in calendar periods. A period counts when its months lie in the data and none is missing or hidden.

    Months before connection or start are not part of a period's count of months; a period of only such months
    keeps their state.
    """
    if level == "month":  # the commonest by far, and nothing is to be put together
        there = monthly["state"] == "observed"
        counts = monthly["value"].where(there).astype("Int64")
        month = monthly["month"].to_numpy()
        table = pd.DataFrame({"period": month, "first": month, "last": month, "months": there.astype("int64")})
        return table.assign(value=counts, state=monthly["state"], per_month=counts.astype("Float64"))
    first, last = monthly["month"].iloc[0], monthly["month"].iloc[-1]
    rows = []
    for name, part in monthly.groupby(monthly["month"].map(lambda m: block(m, level)), sort=False):
        observed = part[part["state"] == "observed"]
        state = _block_state(part, level)
        value = observed["value"].sum() if state == "observed" else pd.NA
        rows.append((name, part["month"].iloc[0], part["month"].iloc[-1], len(observed), value, state))
    table = pd.DataFrame(rows, columns=["period", "first", "last", "months", "value", "state"])
    table["value"] = table["value"].astype("Int64")
    table["per_month"] = (table["value"].astype("Float64") / table["months"].where(table["months"] > 0)).round(1)
    if level in ("quarter", "half", "year"):
        # A period cut by the edge of the data would look like a fall.
        whole = table.apply(lambda r: months.number(r["last"]) - months.number(r["first"]) + 1, axis=1)
        cut = (whole < _LENGTH[level]) & ((table["first"] == first) | (table["last"] == last))
        table = table[~cut].reset_index(drop=True)
    return table


def _block_state(part: pd.DataFrame, level: str) -> str:
    states = set(part["state"])
    if "suppressed" in states:  # the few months with many calls are no mean of all
        return "suppressed"
    if "missing" in states and (level != "all" or "observed" not in states):
        return "missing"
    if "observed" in states:
        return "observed"
    return "not_started" if "not_started" in states else "not_connected"


def shown(panel: pd.DataFrame, municipality: str, measure: str = "calls", *, threshold: int | None = None) -> Shown:
    """A municipality's series at the finest level of time at which nothing of it is hidden.

    `threshold` None is the internal profile: months as they are.
    """
    monthly = series(panel, municipality, measure)
    if threshold is None:
        return Shown("month", at_level(monthly, "month"))
    decided = release_of(monthly, threshold)
    for level in LEVELS if measure in MEASURES else LEVELS[1:]:  # a month's units are told in groups (`group`)
        table = at_level(monthly, level)
        spans = zip(table["first"], table["last"], table["state"], strict=True)
        fine = all(state != "observed" or decided.shows(first, last) for first, last, state in spans)
        # Months that came suppressed are gaps among months; of a longer period they would leave a part.
        if len(table) and fine and (level == "month" or (table["state"] != "suppressed").all()):
            if measure not in MEASURES:
                table = table.assign(**{name: middles(table[name], threshold) for name in ("value", "per_month")})
            return Shown(level, table)
    return Shown("", at_level(monthly, "all").iloc[0:0])


def release_of(monthly: pd.DataFrame, threshold: int) -> Release:
    """What may be told of a series (`series`)."""
    return release(*_asked(monthly, threshold), _decided(monthly.attrs.get(DECIDED, "")))


def _asked(monthly: pd.DataFrame, threshold: int) -> tuple[list[str], list[int | None], int, list[Span]]:
    """What a decision depends on."""
    values = [None if pd.isna(value) else int(value) for value in monthly["value"]]
    known = []
    if told := monthly.attrs.get(TOLD_BEFORE):
        counts = monthly.set_index("month")["value"]
        # A total that was revised since says nothing of the counts of today.
        known = [(a, b) for a, b, value in told if a in counts and b in counts and counts[a:b].sum() == value]
    return monthly["month"].tolist(), values, threshold, known


def decide(panel: pd.DataFrame, threshold: int) -> str:
    """What is hidden of every series, to be kept in `panel.attrs[DECIDED]`.

    A decision is a search (`protect`), a hundredth of a second, and pages about everybody need all of them, each in
    a kernel of its own. Kept, they are only looked up.
    """
    kept = {
        name_of(*_asked(monthly, threshold)): [i for i, hide in enumerate(found.flags) if hide]
        for _, monthly, found in _releases(panel, threshold)
        if found.cells
    }
    return json.dumps(kept, sort_keys=True)


def _releases(panel: pd.DataFrame, threshold: int) -> Iterator[tuple[dict[str, str], pd.DataFrame, Release]]:
    """What may be told of every series, with the columns that name it."""
    for measure in [m for m in MEASURES if m in panel]:
        for code in sorted(set(panel["municipality"])):
            monthly = series(panel, code, measure)
            yield {"municipality": code, "measure": measure}, monthly, release_of(monthly, threshold)


@cache
def _decided(text: str) -> dict[str, tuple[int, ...]]:
    return {name: tuple(hidden) for name, hidden in json.loads(text or "{}").items()}


def may_show(
    panel: pd.DataFrame, municipality: str, first: str, last: str, threshold: int, measure: str = "calls"
) -> bool:
    """Whether the total of a period may be shown: the calendar periods and those `release.spans_of` knows."""
    return release_of(series(panel, municipality, measure), threshold).shows(first, last)


def audit(panel: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Everything hidden and why: municipality, measure, first, last, reason. For the house, never for publication."""
    parts = [found.audit.assign(**named) for named, _, found in _releases(panel, threshold)]
    return pd.concat(parts, ignore_index=True)[["municipality", "measure", "first", "last", "reason"]]


def told(panel: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Every total this release may tell: municipality, measure, first, last, value. The next release reads it.

    Where nothing is hidden the months are listed alone; every other total is a sum of them.
    """
    parts = []
    for named, monthly, found in _releases(panel, threshold):
        rows = found.told
        if not found.cells:
            known = monthly[monthly["value"].notna()]
            rows = pd.DataFrame({"first": known["month"], "last": known["month"], "value": known["value"]})
        parts.append(rows.assign(**named))
    table = pd.concat(parts, ignore_index=True)[["municipality", "measure", "first", "last", "value"]]
    return table.astype({"value": "int64"})


def public_panel(panel: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """The panel everybody may have: what `release` hides is hidden, `attrs["profile"]` is "public".

    A row whose calls are hidden shows none of its counts, since completed calls and active units bound them. Units
    and provider numbers are told by the middle of their `group`.
    """
    safe = panel.reset_index(drop=True)
    safe.attrs = dict(panel.attrs)
    hide_row = _hidden_months(safe, "calls", threshold)
    for measure in [m for m in COUNTS if m in safe]:
        states = count_state(safe, measure)
        hide = hide_row & (states == "observed")
        if measure in MEASURES:
            hide |= _hidden_months(safe, measure, threshold)
        else:
            hide |= ((safe[measure] > 0) & (safe[measure] < threshold)).fillna(False).astype(bool)
            every = safe.groupby("municipality")[WHOLE[measure]].ffill() if WHOLE[measure] in safe else np.nan
            pairs = pd.DataFrame({"n": safe[measure], "every": every}).astype("float64").to_numpy()
            hide |= np.array([crowded(n, whole, threshold) for n, whole in pairs], dtype=bool)
            safe[measure] = middles(safe[measure], threshold)
        safe[measure] = safe[measure].where(~hide, pd.NA)
        if measure != "calls" or f"{measure}_state" in safe:
            states = states.where(~hide, "suppressed")
            if (states != safe["state"]).any():
                safe[f"{measure}_state"] = states
    safe["state"] = safe["state"].where(~(hide_row & (safe["state"] == "observed")), "suppressed")
    kept = {key: value for key, value in panel.attrs.items() if key not in (TOLD_BEFORE, DECIDED)}
    safe.attrs = {**kept, "profile": "public"}
    return safe


def _hidden_months(panel: pd.DataFrame, measure: str, threshold: int) -> pd.Series:
    hide = np.zeros(len(panel), dtype=bool)
    for code, places in panel.groupby("municipality", sort=False).indices.items():
        monthly = series(panel.iloc[places], str(code), measure)
        hidden = release_of(monthly, threshold).hidden
        hide[places] = [(month, month) in hidden for month in monthly["month"]]
    return pd.Series(hide, index=panel.index)
