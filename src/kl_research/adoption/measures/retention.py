"""Retention: of those who began together, how many still use the app so many months later; and stickiness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures.members import active_users, user_months
from kl_research.adoption.measures.ratio import Values, ratio
from kl_research.terms import months

Count = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def retention(
    cut: Cut,
    who: str = "unit",
    *,
    cohort: Literal["month", "half_year", "year"] = "half_year",
    counted: Count | None = None,
) -> pd.DataFrame:
    """Retention by cohort of first use: area, cohort, age, numerator, denominator, value.

    Formula: users of the cohort active `age` months after their first use / those of them observed in that month
    Unit: share
    Source: cohort analysis; Proctor et al. 2011, sustainability

    Age 0 is the month of first use. Users active in the data's first month are left out, for they may have begun
    earlier. A month that was not observed is in neither numerator nor denominator. `counted` counts otherwise: from
    users, the cell of each and the number of cells to a number a cell.

    Parameters
    ----------
    who : str, default 'unit'
        Whose: "unit" or "provider".
    cohort : Literal['month', 'half_year', 'year'], default 'half_year'
        Whose first use lies in the same month, half-year or year.
    counted : Count | None, optional
        Counts otherwise: from users, the cell of each and the number of cells to a number a cell.

    Returns
    -------
    DataFrame
        Columns area, cohort, age, numerator, denominator, value (a share).

    Raises
    ------
    InputError
        For a `who` that is neither "unit" nor "provider".

    Examples
    --------
    >>> from kl_research.adoption.cutting import cut
    >>> months = pd.date_range("2025-01-01", periods=3, freq="MS")
    >>> panel = pd.DataFrame({"municipality": "461", "month": months, "state": "observed", "calls": [0, 2, 1]})
    >>> use = pd.DataFrame({"municipality": "461", "administration": "", "unit": ["A", "B", "A"], "provider": "",
    ...                     "month": months[[1, 1, 2]], "calls": 1, "completed": 0, "seconds": 0.0})
    >>> retention(cut(panel, use), cohort="year")[["age", "numerator", "denominator"]].values.tolist()
    [[0, 2, 2], [1, 1, 2]]
    """
    if cut.counter is not None:
        return cut.counter.retention(cut.level, who, cohort)
    counted = counted or _exactly
    past = cut.history(who)
    age = np.arange(past.active.shape[1])[None, :] + past.start - past.first[:, None]
    row, column = np.nonzero((age >= 0) & past.observed & ~past.began_before[:, None])
    cells = pd.DataFrame(
        {
            "area": cut.areas[past.area[row]],
            "cohort": [_cohort(past.first[i], cohort) for i in row],
            "age": age[row, column],
        }
    )
    grouped = cells.groupby(["area", "cohort", "age"])
    table, cell = grouped.size().reset_index()[["area", "cohort", "age"]], grouped.ngroup().to_numpy()
    active, user = past.active[row, column], past.user[row]
    table["numerator"] = counted(user[active], cell[active], len(table))
    table["denominator"] = counted(user, cell, len(table))
    return table.assign(value=table["numerator"] / table["denominator"].where(table["denominator"] > 0))


def _exactly(user: np.ndarray, cell: np.ndarray, cells: int) -> np.ndarray:
    return np.bincount(cell, minlength=cells)


def _cohort(month_number: int, cohort: str) -> str:
    text = months.month(int(month_number))
    if cohort == "month":
        return text
    return text[:4] if cohort == "year" else f"{text[:4]}H{1 if text[5:] <= '06' else 2}"


def units_stickiness(cut: Cut) -> Values:
    """How many of the period's months a unit that used the app at all used it in.

    Formula: unit-months with a call / observed months of the units with calls >= 1 in the period
    Unit: share
    Source: stickiness, monthly over period active users
    """
    return _stickiness(cut, "unit")


def providers_stickiness(cut: Cut) -> Values:
    """How many of the period's months a provider number that used the app at all used it in.

    Formula: provider-months with a call / observed months of the provider numbers with calls >= 1 in the period
    Unit: share
    Source: stickiness, monthly over period active users
    """
    return _stickiness(cut, "provider")


def _stickiness(cut: Cut, who: str) -> Values:
    none = np.isnan(active_users(cut, who))
    above, below = (np.where(none, np.nan, months) for months in user_months(cut, who))
    return ratio(cut, above, below, unknown=f"no_{who}_names")
