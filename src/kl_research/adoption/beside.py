"""Another cut on request: one measure by area and period, beside the same months a year before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kl_research import months
from kl_research.adoption.cut import LEVELS, Level
from kl_research.adoption.periods import parse_period, period_text
from kl_research.adoption.registry import measures
from kl_research.adoption.table import TABLE_COLUMNS, measure_table
from kl_research.errors import InputError

Span = tuple[str, str]
_SUMS = ("calls", "consultations", "minutes")
BESIDE = ["year_before", "year_before_numerator", "year_before_denominator", "change"]


def table(
    panel: pd.DataFrame,
    activity: pd.DataFrame | None = None,
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
