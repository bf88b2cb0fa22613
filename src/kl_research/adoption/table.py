"""Every measure by area and period, numerator and denominator beside the value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from kl_research.adoption.cut import LEVELS, Activity, Cut, Level
from kl_research.adoption.cutting import cut
from kl_research.adoption.measures.ratio import COLUMNS, Values
from kl_research.adoption.measures.registry import Measure, measures
from kl_research.adoption.periods import parse_period, period_text, standard_periods
from kl_research.adoption.rows import SEPARATOR
from kl_research.terms import months
from kl_research.terms import months as month
from kl_research.terms.errors import InputError
from kl_research.terms.panel import area_region, refuse_unchecked

TABLE_COLUMNS = [
    "measure",
    "level",
    "area",
    "part",
    "period",
    "numerator",
    "denominator",
    "value",
    "unit",
    "reason",
    "caution",
    "months_observed",
    "months_connected",
]


def measure_table(
    panel: pd.DataFrame,
    activity: Activity | None = None,
    timing: pd.DataFrame | None = None,
    *,
    month_end: str | None = None,
    months: int = 12,
    levels: Sequence[Level] | None = None,
    periods: Iterable[tuple[str, str]] | None = None,
    only: Iterable[str] | None = None,
) -> pd.DataFrame:
    """One row a measure, level, area and period.

    Parameters
    ----------
    months : int, default 12
        Length of the last period and of the one before it, in months.
    levels : Sequence[Level] | None, optional
        Default municipality, region (where areas have one) and national; also administration, unit_type and channel
        (these with the name in `part`).
    periods : Iterable[tuple[str, str]] | None, optional
        Pairs of first and last month; None: all, the last `months`, as many before, the last 6 and 3, and half-years.
    only : Iterable[str] | None, optional
        Measure ids; None: all.

    Returns
    -------
    DataFrame
        `value` = numerator / denominator (per 1,000 where the unit says so), the numerator itself for counts.
        `reason` says why a value is absent, `caution` how to read one that is there (codes). `months_observed` of
        `months_connected` municipality-months are in the row; months that are suppressed, missing or not connected
        are never zeros. A period the panel does not reach has the reason `period_not_covered`. `area` is a
        municipality or region code, empty for the nation; `period` is "2024-03/2025-02".

    Raises
    ------
    InputError
        For an unknown measure or level, or a `month_end` outside the panel.

    References
    ----------
    Each measure's own.

    Examples
    --------
    >>> panel = pd.DataFrame({"municipality": "461", "month": pd.date_range("2024-01-01", periods=24, freq="MS"),
    ...                       "state": "observed", "calls": 2})
    >>> table = measure_table(panel, levels=["municipality"], only=["calls"])
    >>> table.loc[table.period == "2025-01/2025-12", ["numerator", "value"]].values.tolist()
    [[24.0, 24.0]]
    """
    chosen = _chosen(only)
    blocks: list[dict[str, np.ndarray]] = []
    refuse_unchecked(panel)
    for level in _levels(panel) if levels is None else levels:
        whole = cut(panel, activity, level=level, month_end=month_end)
        spans = periods or standard_periods(month.month(whole.start), month.month(whole.last), months)
        for first, last in spans:
            blocks.append(_block(chosen, whole.between(month.number(first), month.number(last))))
    if not blocks:
        return pd.DataFrame(columns=TABLE_COLUMNS)
    return pd.DataFrame({column: np.concatenate([block[column] for block in blocks]) for column in TABLE_COLUMNS})


def _levels(panel: pd.DataFrame) -> list[Level]:
    last = f"{panel['month'].max():%Y-%m}"
    regional = any(area_region(panel, code, last) for code in panel["municipality"].unique())
    return ["municipality", "region", "national"] if regional else ["municipality", "national"]


def _chosen(only: Iterable[str] | None) -> list[Measure]:
    known = {measure.id: measure for measure in measures()}
    if only is None:
        return list(known.values())
    names = list(only)
    for name in names:
        if name not in known:
            raise InputError("measure", repr(name), ", ".join(known), "choose one of the measures")
    return [known[name] for name in names]


def _block(chosen: list[Measure], one: Cut) -> dict[str, np.ndarray]:
    """All measures over one period: the measures below each other, the areas within each."""
    found = [measure.function(one) if one.covered else _not_covered(one) for measure in chosen]
    names = [str(area).partition(SEPARATOR) for area in one.areas]
    block = {column: np.concatenate([getattr(values, column) for values in found]) for column in COLUMNS}
    block["measure"] = np.repeat(_texts(measure.id for measure in chosen), len(names))
    block["unit"] = np.repeat(_texts(measure.unit for measure in chosen), len(names))
    period = period_text(month.month(one.first), month.month(one.last))
    block["level"] = np.full(len(block["unit"]), one.level, dtype=object)
    block["period"] = np.full(len(block["unit"]), period, dtype=object)
    for column, values in {
        "area": _texts(area for area, _, _ in names),
        "part": _texts(part for _, _, part in names),
        "months_observed": one.months_observed.astype("int64"),
        "months_connected": one.months_connected.astype("int64"),
    }.items():
        block[column] = np.tile(values, len(chosen))
    # What is computed from the observed months alone is too low, or rests on the months with many calls.
    few = np.tile(one.months_suppressed > 0, len(chosen)) & (block["caution"] == "") & (block["reason"] == "")
    block["caution"] = np.where(few, "suppressed_months", block["caution"])
    if one.counter is not None and not one.counter.knows(one.first, one.last):
        nameless = (block["reason"] == "no_unit_names") | (block["reason"] == "no_provider_names")
        block["reason"] = np.where(nameless, "period_not_told", block["reason"])
    return block


def _texts(texts: Iterable[str]) -> np.ndarray:
    """Texts as objects: arrays of fixed width would be made text again, one by one, by the frame."""
    return np.array(list(texts), dtype=object)


def _not_covered(one: Cut) -> Values:
    size = len(one.areas)
    blank, why = np.full(size, np.nan), np.full(size, "period_not_covered", dtype=object)
    return Values(one.areas, blank, blank, blank, why, np.full(size, "", dtype=object))


Span = tuple[str, str]
_SUMS = ("calls", "consultations", "minutes")
BESIDE = ["year_before", "year_before_numerator", "year_before_denominator", "change"]


def table(
    panel: pd.DataFrame,
    activity: Activity | None = None,
    timing: pd.DataFrame | None = None,
    *,
    measure: str | Sequence[str],
    by: Level = "municipality",
    period: str | Sequence[str],
    month_end: str | None = None,
) -> pd.DataFrame:
    """One or more measures at one level over one or more periods: the rows of `measure_table` and, beside each,
    the same months of the year before.

    `period` is written "2024H2", "2024", "2024Q3", "2024-07" or "2024-03/2025-02". `year_before` is the value then,
    with its numerator and denominator; `change` is the difference for shares (unit "share") and else the ratio, empty
    where either is absent or the earlier is 0, and where a sum is over another number of observed months than the
    year before (caution `unequal_months`).

    Raises `InputError` for an unknown measure, level or period.

    Examples
    --------
    >>> months = pd.date_range("2023-01-01", periods=24, freq="MS")
    >>> calls = [2] * 12 + [3] * 12
    >>> panel = pd.DataFrame({"municipality": "461", "month": months, "state": "observed", "calls": calls})
    >>> found = table(panel, measure="calls", by="national", period="2024H2")
    >>> found.loc[0, ["value", "year_before", "change"]].tolist()
    [18.0, 12.0, 1.5]
    """
    if by not in LEVELS:
        raise InputError("by", repr(by), ", ".join(LEVELS), "choose one of these")
    asked = [measure] if isinstance(measure, str) else list(measure)
    spans = [parse_period(text) for text in ([period] if isinstance(period, str) else period)]
    periods = with_year_before(spans)
    found = measure_table(panel, activity, timing, month_end=month_end, levels=[by], periods=periods, only=asked)
    return beside(found, spans)


def with_year_before(spans: Sequence[Span]) -> list[Span]:
    """The periods and the same months of the year before each.

    >>> with_year_before([("2024-07", "2024-12")])
    [('2024-07', '2024-12'), ('2023-07', '2023-12')]
    """
    return list(dict.fromkeys([*spans, *(_year_before(span) for span in spans)]))


def beside(found: pd.DataFrame, spans: Sequence[Span]) -> pd.DataFrame:
    """The rows of a `measure_table` in these periods, with the same months of the year before in `BESIDE`."""
    named = {period_text(*_year_before(span)): period_text(*span) for span in spans}
    earlier = found[found["period"].isin(named)]
    earlier = earlier.assign(period=earlier["period"].map(named))
    keys = ["measure", "level", "area", "part", "period"]
    columns = {"value": "year_before", "numerator": "year_before_numerator", "denominator": "year_before_denominator"}
    earlier = earlier[[*keys, *columns, "months_observed"]].rename(columns={**columns, "months_observed": "_months"})
    rows = found[found["period"].isin(named.values())]
    rows = rows.merge(earlier, on=keys, how="left", validate="one_to_one")
    shares, sums = ({entry.id for entry in measures() if entry.unit in units} for units in (("share",), _SUMS))
    ratio = rows["value"] / rows["year_before"].where(rows["year_before"] > 0)
    difference = rows["value"] - rows["year_before"]
    unequal = rows["measure"].isin(sums) & rows["_months"].gt(0) & rows["_months"].ne(rows["months_observed"])
    rows["change"] = np.where(rows["measure"].isin(shares), difference, ratio.mask(unequal))
    rows["caution"] = rows["caution"].mask(unequal & rows["caution"].eq(""), "unequal_months")
    return rows[[*TABLE_COLUMNS, *BESIDE]]


def _year_before(span: Span) -> Span:
    return months.shift(span[0], -12), months.shift(span[1], -12)
