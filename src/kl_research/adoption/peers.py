"""Among comparable municipalities: where one stands on a measure, and what the best quarter of them reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Activity
from kl_research.adoption.rampup import FEWEST, last_sizes, similar_size
from kl_research.adoption.table import measure_table
from kl_research.terms import months
from kl_research.terms.panel import check_area


@dataclass(frozen=True)
class Peers:
    """A municipality's value beside the quartiles of its comparables; `upper` is a realistic ceiling.

    `rule` as in `RampUp`: `similar_size` or `all`; `n` comparables with a value. `reason` is
    `too_few_comparables`, or why the municipality itself has no value.
    """

    municipality: str
    measure: str
    period: str
    rule: str
    n: int
    value: float | None
    lower: float | None
    median: float | None
    upper: float | None
    reason: str


def among_peers(measures: pd.DataFrame, panel: pd.DataFrame, municipality: str, measure: str, period: str) -> Peers:
    """Where a municipality stands: `measures` is a `measure_table` with the level municipality.

    Comparable is who has a population aged 80+ within a factor of two (all, where none is known) and a value.

    Examples
    --------
    >>> rows = pd.DataFrame({"measure": "units_active", "level": "municipality", "area": list("abcd"), "reason": "",
    ...                      "period": "2024-01/2024-12", "value": [0.1, 0.2, 0.3, 0.4]})
    >>> panel = pd.DataFrame({"municipality": list("abcd"), "month": pd.Timestamp("2024-12-01")})
    >>> among_peers(rows, panel, "a", "units_active", "2024-01/2024-12").upper
    0.35
    """
    return all_among_peers(measures, panel, measure, period, only=[municipality])[municipality]


def all_among_peers(
    measures: pd.DataFrame, panel: pd.DataFrame, measure: str, period: str, only: Iterable[str]
) -> dict[str, Peers]:
    """`among_peers` of several municipalities by code: the measure is looked up once for all of them."""
    rows = measures[(measures["measure"] == measure) & (measures["level"] == "municipality")]
    rows = rows[rows["period"] == period].set_index("area")
    values = rows["value"].dropna()
    sizes = last_sizes(panel)
    found = {}
    for code in only:
        one = _peers(values, sizes, code, Peers(code, measure, period, "", 0, None, None, None, None, ""))
        absent = one.value is None and not one.reason
        found[code] = replace(one, reason=str(rows["reason"].get(code, "not_observed"))) if absent else one
    return found


def _peers(values: pd.Series, sizes: pd.Series, code: str, asked: Peers) -> Peers:
    others = [str(other) for other in values.index if other != code]
    rule, chosen = similar_size(sizes, code, others)
    rule = "all" if rule == "all_started" else rule
    value = float(values[code]) if code in values else None
    asked = replace(asked, rule=rule, n=len(chosen), value=value)
    if len(chosen) < FEWEST:
        return replace(asked, reason="too_few_comparables")
    low, middle, high = (float(q) for q in np.quantile(values[chosen], [0.25, 0.5, 0.75]))
    return replace(asked, lower=low, median=middle, upper=high)


def peers_of(
    panel: pd.DataFrame, activity: Activity | None, municipality: str, measure: str = "units_active"
) -> Peers:
    """`among_peers` for the last 12 months of the panel.

    Parameters
    ----------
    activity : Activity | None
        As `kl.read_activity` gives it; None: measures of units have no value.
    measure : str, default 'units_active'
        Id of a measure: see `kl.measures`.

    Returns
    -------
    Peers
        `Peers`: value and quartiles in the measure's unit, `reason` where there are too few.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    References
    ----------
    Quartiles over municipalities.

    Examples
    --------
    >>> months = pd.date_range("2024-01-01", periods=12, freq="MS")
    >>> panel = pd.concat(pd.DataFrame({"municipality": str(i), "month": months, "state": "observed", "calls": i,
    ...                                 "population_80plus": 1200}) for i in range(1, 6))
    >>> round(peers_of(panel, None, "1", "calls_per_1000_aged_80").upper, 1)
    42.5
    """
    check_area(panel, municipality)
    last = f"{panel['month'].max():%Y-%m}"
    span = (months.shift(last, -11), last)
    rows = measure_table(panel, activity, levels=["municipality"], periods=[span], only=[measure])
    return among_peers(rows, panel, municipality, measure, "/".join(span))
