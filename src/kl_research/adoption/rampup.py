"""What comparable municipalities reached 3, 6 and 12 months after their start: a benchmark for one about to start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kl_research.adoption.rows import month_number
from kl_research.terms import months
from kl_research.terms.panel import check_area

AGES = (3, 6, 12)
SIZE_RATIO = 2.0
FEWEST = 3
SUPPRESSED = 2.5  # calls of a suppressed month: without it only those with many calls would be left


@dataclass(frozen=True)
class RampUp:
    """How comparable municipalities took the app into use.

    `rule` is `similar_size` (population aged 80+ within a factor of two, started within the data) or `all_started`
    (no population is known); `comparables` are codes. `table` has a row an age and measure: age (months since the
    first call, that month included), measure (calls_per_month, active_units), n, lower, median, upper (quartiles).
    `curves` has municipality, age, calls, active_units. `reason` is `too_few_comparables` when the table is empty.
    """

    municipality: str
    rule: str
    comparables: tuple[str, ...]
    reason: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)
    curves: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)


def ramp_up(
    panel: pd.DataFrame, municipality: str, *, ages: tuple[int, ...] = AGES, month_end: str | None = None
) -> RampUp:
    """The benchmark of a coming start, from municipalities chosen by a stated rule that looks at no outcome.

    Comparable is who was seen to start (an observed month with calls after months not connected or not started)
    and has a similar population aged 80+. At each age count those observed in every month up to it: calls a month
    over the last three months up to that age, and units active in that month. A suppressed month counts with 2.5
    calls. Below three comparables none is shown.

    Parameters
    ----------
    ages : tuple[int, ...], optional
        Months since the start to look at.

    Returns
    -------
    RampUp
        A `RampUp`: quartiles by age in months.

    Raises
    ------
    InputError
        For a municipality that is not in the panel.

    References
    ----------
    Descriptive, quartiles over municipalities.

    Examples
    --------
    >>> months = pd.date_range("2025-01-01", periods=4, freq="MS")
    >>> panel = pd.concat(pd.DataFrame({"municipality": code, "month": months, "state": ["not_connected"] +
    ...     ["observed"] * 3, "calls": [None, i, i, i]}) for i, code in enumerate(["1", "2", "3", "4"]))
    >>> ramp_up(panel, "1", ages=(3,)).table.loc[0, ["n", "median"]].tolist()
    [3.0, 2.0]
    """
    check_area(panel, municipality)
    return ramp_ups(panel, [municipality], ages=ages, month_end=month_end)[municipality]


def ramp_ups(
    panel: pd.DataFrame, only: Iterable[str], *, ages: tuple[int, ...] = AGES, month_end: str | None = None
) -> dict[str, RampUp]:
    """`ramp_up` of several municipalities by code: who started when is looked up once for all of them."""
    calls = panel["calls"].astype("float64").mask(panel["state"] == "suppressed", SUPPRESSED)
    rows = panel.assign(n=month_number(panel["month"]), calls=calls)
    if month_end is not None:
        rows = rows[rows["n"] <= months.number(month_end)]
    started, sizes = _started(rows), last_sizes(rows)
    seen = rows[rows["municipality"].isin(started.index)]
    first = seen["municipality"].map(started).astype("float64")  # of none, it would be text
    seen = seen.assign(age=seen["n"] - first.astype("int64") + 1)
    columns = ["municipality", "age", "calls"] + (["active_units"] if "active_units" in seen else [])
    seen = seen.loc[seen["age"] >= 1, columns]
    found = {}
    for code in only:
        rule, chosen = similar_size(sizes, code, [str(other) for other in started.index if other != code])
        if len(chosen) < FEWEST:
            found[code] = RampUp(code, rule, tuple(chosen), "too_few_comparables")
            continue
        curves = seen[seen["municipality"].isin(chosen)].reset_index(drop=True)
        table = pd.DataFrame([row for age in ages for row in _reached(curves, age)])
        found[code] = RampUp(code, rule, tuple(chosen), "", table, curves)
    return found


def _started(rows: pd.DataFrame) -> pd.Series:
    """The month of the first call of each municipality that was seen not to have begun before it."""
    used = rows[rows["calls"].astype("float64") > 0].groupby("municipality")["n"].min()
    # Whoever left again started too: its months after use do not count, or only those that stayed were told.
    before = rows[rows["state"].isin(["not_connected", "not_started"])].groupby("municipality")["n"].min()
    return used[before.reindex(used.index) < used].sort_index()


def last_sizes(panel: pd.DataFrame) -> pd.Series:
    """The last known population aged 80+ of each municipality; empty where the panel has none."""
    if "population_80plus" not in panel:
        return pd.Series(dtype="float64")
    known = panel[["municipality", "month", "population_80plus"]].sort_values("month")
    return known.groupby("municipality")["population_80plus"].last().astype("float64")


def similar_size(sizes: pd.Series, municipality: str, among: list[str]) -> tuple[str, list[str]]:
    """Those among some with a population aged 80+ within a factor of two of the municipality's, and the rule used.

    `sizes` as `last_sizes` gives them. The rule is `similar_size`, or `all_started` with everybody when the
    municipality's is not known.

    >>> similar_size(pd.Series({"a": 10.0, "b": 19.0, "c": 21.0}), "a", ["b", "c"])
    ('similar_size', ['b'])
    """
    if not sizes.get(municipality, np.nan) > 0:
        return "all_started", among
    far = (np.log(sizes) - np.log(sizes[municipality])).abs()
    near = set(far.index[far <= np.log(SIZE_RATIO)])
    return "similar_size", [code for code in among if code in near]


def _reached(curves: pd.DataFrame, age: int) -> list[dict[str, object]]:
    upto = curves[curves["age"] <= age]
    calls = upto["calls"].astype("float64")
    whole = calls.notna().groupby(upto["municipality"]).sum() == age
    recent = calls[upto["age"] > age - 3].groupby(upto["municipality"]).mean()
    found = {"calls_per_month": recent[whole]}
    if "active_units" in curves:
        now = curves[curves["age"] == age].set_index("municipality")["active_units"].astype("float64")
        found["active_units"] = now[now.index.isin(whole[whole].index)].dropna()
    return [_quartiles(age, measure, values) for measure, values in found.items()]


def _quartiles(age: int, measure: str, values: pd.Series) -> dict[str, object]:
    shown = len(values) >= FEWEST
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]) if shown else (np.nan,) * 3
    reason = "" if shown else "too_few_comparables"
    return {
        "age": age,
        "measure": measure,
        "n": len(values),
        "lower": low,
        "median": middle,
        "upper": high,
        "reason": reason,
    }
