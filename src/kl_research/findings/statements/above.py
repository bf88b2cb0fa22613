"""Regions and the nation: the half-year beside the same half-year before, the year, and how many take part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from kl_research.adoption import half_years, parse_period
from kl_research.findings.statements.known import Known
from kl_research.findings.statements.statement import NATION, Comparison, Statement, direction
from kl_research.terms import months

HALF_YEAR = ("calls", "units_active")
YEAR = ("calls", "completed", "calls_per_1000_aged_80", "units_active", "providers_active", "municipalities_active")


def last_half_years(first: str, last: str, half: str | None = None) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """The last whole half-year of the data, or the one named, and the same one a year before; None without the two.

    >>> last_half_years("2023-01", "2024-12"), last_half_years("2023-01", "2024-12", "2024H1")[0]
    ((('2024-07', '2024-12'), ('2023-07', '2023-12')), ('2024-01', '2024-06'))
    """
    found = [one for one in half_years(first, last) if half is None or one == parse_period(half)]
    if not found:
        return None
    now = found[-1]
    before = (months.shift(now[0], -12), months.shift(now[1], -12))
    return (now, before) if before[0] >= first else None


def above(known: Known) -> Iterator[Statement]:
    """The statements of every region that is told, of the nation, and the half-years of municipalities."""
    if not len(known.measures):
        return
    spans = last_half_years(f"{known.panel['month'].min():%Y-%m}", known.last, known.half)
    if spans is not None:
        yield from _compared(known, "half_year", HALF_YEAR, *spans, "half_year_before")
    yield from _compared(known, "year", YEAR, known.year, known.year_before, "year_before", above_only=True)


def _compared(
    known: Known,
    kind: str,
    names: tuple[str, ...],
    now: tuple[str, str],
    before: tuple[str, str],
    with_: str,
    *,
    above_only: bool = False,
) -> Iterator[Statement]:
    rows = known.measures[known.measures["measure"].isin(names)]
    if above_only:
        rows = rows[rows["level"] != "municipality"]
    earlier = {_key(row): row for row in rows[rows["period"] == "/".join(before)].to_dict("records")}
    for row in rows[rows["period"] == "/".join(now)].to_dict("records"):
        level, area, name = _key(row)
        then = earlier.get((level, area, name))
        value = _value(row["numerator"], row["value"], name)
        old = None if then is None else _value(then["numerator"], then["value"], name)
        alike = then is not None and int(then["months_observed"]) == int(row["months_observed"])
        if value is None and old is None:
            continue
        counted = name in ("calls", "completed")
        far = direction(value, old, public=known.who.public and counted) if alike else "unknown"
        values: dict[str, float | None] = {"months": int(row["months_observed"])}
        if name.endswith("_active"):
            values |= {"of": _number(row["denominator"]), "share": _number(row["value"])}
        yield Statement(
            level,
            area or NATION,
            kind,
            name,
            name,
            "/".join(now),
            value,
            Comparison(with_, old, "/".join(before), far),
            caveats=() if alike else ("unlike_months",),
            values=values,
        )


def _key(row: dict[Any, Any]) -> tuple[str, str, str]:
    return str(row["level"]), str(row["area"]), str(row["measure"])


def _value(numerator: float, value: float, measure: str) -> float | None:
    return _number(value if measure.startswith("calls_per") else numerator)


def _number(value: float) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
