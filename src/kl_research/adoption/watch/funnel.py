"""A funnel instead of a league table: which municipalities differ from the whole by more than chance and habit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

WINSORISED = 0.1
LIMITS = (0.95, 0.998)


@dataclass(frozen=True)
class Funnel:
    """Municipalities against control limits.

    `centre` is the rate of the whole; `tau2` the between-municipality variance of log rates beyond chance, `phi` the
    dispersion it is read from. `table` has area, numerator, denominator, value, expected, low_95, high_95, low_998,
    high_998, state (`inside`, `above_95`, `below_95`, `above_998`, `below_998`). `reason`: too_few_areas.
    """

    centre: float
    phi: float
    tau2: float
    reason: str = ""
    table: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)


def funnel(rates: pd.DataFrame, *, per: float = 1.0, fewest: int = 10) -> Funnel:
    """The funnel of a measure: `rates` has area, numerator, denominator, as a level of `measure_table` does.

    Formula: expected = centre x denominator; z = 2 (sqrt y - sqrt expected), winsorised at 10 %; phi = mean z^2;
    where phi is beyond chance, tau2 = (phi - 1) n / sum(1 / variance) on the log scale; limits exp(+- z sqrt(1 /
    expected + tau2)) on the log scale, exact Poisson limits where tau2 is 0
    Source: Spiegelhalter 2005, Statistics in Medicine 24:1185-1202, and Quality and Safety in Health Care 14:347-351

    Areas without a denominator or a numerator are left out. Refused under `fewest` areas.

    Returns a `Funnel`; `table` has a row an area with value, limits (95 and 99.8 %) and state.

    Examples
    --------
    >>> rates = pd.DataFrame({"area": list("abcdefghij"), "numerator": [20] * 9 + [60], "denominator": 100})
    >>> funnel(rates).table["state"].tolist()[-1]
    'above_998'
    """
    from scipy import stats

    table = rates[["area", "numerator", "denominator"]].dropna()
    table = table[table["denominator"] > 0].reset_index(drop=True)
    if len(table) < fewest or table["numerator"].sum() == 0:
        return Funnel(float("nan"), float("nan"), float("nan"), "too_few_areas")
    y, size = (table[column].to_numpy(dtype="float64") for column in ("numerator", "denominator"))
    centre = y.sum() / size.sum()
    expected = centre * size
    z = np.sort(2 * (np.sqrt(y) - np.sqrt(expected)))
    edge = int(WINSORISED * len(z))
    z = np.clip(z, z[edge], z[len(z) - 1 - edge])
    phi = float((z**2).mean())
    beyond = phi > stats.chi2.ppf(0.95, len(z)) / len(z)
    # variance of a log rate is 1 / expected: n / sum of precisions, as of DerSimonian and Laird
    weight = expected
    tau2 = float(len(z) * (phi - 1) / (weight.sum() - (weight**2).sum() / weight.sum())) if beyond else 0.0
    for name, level in zip(("95", "998"), LIMITS, strict=True):
        quantile = stats.norm.ppf(0.5 + level / 2)
        if tau2 > 0:
            wide = np.exp(quantile * np.sqrt(1 / expected + tau2))
            low, high = expected / wide, expected * wide
        else:
            low, high = stats.poisson.ppf([[0.5 - level / 2], [0.5 + level / 2]], expected)
        table[f"low_{name}"], table[f"high_{name}"] = per * low / size, per * high / size
    table["value"], table["expected"] = per * y / size, expected
    table["state"] = "inside"
    for name in ("95", "998"):
        table.loc[table["value"] > table[f"high_{name}"], "state"] = f"above_{name}"
        table.loc[table["value"] < table[f"low_{name}"], "state"] = f"below_{name}"
    return Funnel(per * centre, phi, tau2, "", table)
