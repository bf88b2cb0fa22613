"""Time to first use: Kaplan-Meier from the month of connection, and the delays before it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kl_research.adoption.rows import month_number
from kl_research.terms import months

FEWEST = 5
"""Municipalities below which no curve is drawn."""

Z = 1.959963984540054


def kaplan_meier(time: np.ndarray, event: np.ndarray) -> pd.DataFrame:
    """Product-limit estimate of the share without the event: time, at_risk, events, survival, low, high.

    Formula: S(t) = prod_{t_i <= t} (1 - d_i / n_i); Greenwood's variance, 95 % interval on the log-log scale
    Source: Kaplan & Meier 1958; Kalbfleisch & Prentice 2002 for the interval

    `time` is the time to the event (`event` true) or to the end of observation (false). A row an event time.

    Examples
    --------
    >>> kaplan_meier(np.array([1, 2, 2, 3]), np.array([True, True, False, False]))["survival"].tolist()
    [0.75, 0.5]
    """
    time, event = np.asarray(time, dtype="float64"), np.asarray(event, dtype=bool)
    at = np.unique(time[event])
    risk = (time[None, :] >= at[:, None]).sum(axis=1)
    died = ((time[None, :] == at[:, None]) & event[None, :]).sum(axis=1)
    survival = np.cumprod(1 - died / risk)
    left = np.where(risk > died, risk - died, np.nan)
    spread = np.sqrt(np.cumsum(died / (risk * left)))
    log = np.log(np.where((survival > 0) & (survival < 1), survival, np.nan))
    wide = np.exp(Z * spread / np.abs(log))
    return pd.DataFrame(
        {
            "time": at,
            "at_risk": risk,
            "events": died,
            "survival": survival,
            "low": np.exp(log * wide),
            "high": np.exp(log / wide),
        }
    )


@dataclass(frozen=True)
class FirstUse:
    """Time from connection to first use over municipalities.

    `median` is in months, None when half have not begun. `excluded` were connected before the data begin, so that
    their waiting time is not known. `reason` is `too_few` when no curve is drawn.
    """

    n: int
    began: int
    excluded: int
    median: float | None
    reason: str
    curve: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)


def time_to_first_use(panel: pd.DataFrame, *, month_end: str | None = None) -> FirstUse:
    """Months from connection to the first with a call, censored at the end of the data or of the connection. A
    suppressed month has had one.

    A municipality counts when the panel sees it become connected. First use in the month of connection is 0.

    Returns
    -------
    FirstUse
        A `FirstUse` in months: curve, interval (95 %), median.

    References
    ----------
    Kaplan & Meier (1958), J Am Stat Assoc 53.

    Examples
    --------
    >>> months = pd.date_range("2025-01-01", periods=4, freq="MS")
    >>> panel = pd.concat(pd.DataFrame({"municipality": str(i), "month": months, "state":
    ...     ["not_connected", "not_started", "observed", "observed"], "calls": [None, None, 1, 2]}) for i in range(5))
    >>> time_to_first_use(panel).median
    1.0
    """
    waits = waiting_times(panel, month_end=month_end)
    seen = waits[waits["from_start"]]
    excluded = len(waits) - len(seen)
    began = int(seen["used"].sum())
    if len(seen) < FEWEST:
        return FirstUse(len(seen), began, excluded, None, "too_few")
    curve = kaplan_meier(seen["months"].to_numpy(), seen["used"].to_numpy())
    half = curve.loc[curve["survival"] <= 0.5 + 1e-9, "time"]
    return FirstUse(len(seen), began, excluded, float(half.iloc[0]) if len(half) else None, "", curve)


def waiting_times(panel: pd.DataFrame, *, month_end: str | None = None) -> pd.DataFrame:
    """Per connected municipality: connected, first_use (months, empty when none), months, used, from_start.

    `from_start` is true where the panel sees the connection come; elsewhere `connected` is the data's first month.
    """
    rows = panel.assign(n=month_number(panel["month"]))
    if month_end is not None:
        rows = rows[rows["n"] <= months.number(month_end)]
    on = rows[rows["state"] != "not_connected"]
    table = on.groupby("municipality")["n"].agg(connected="min", ended="max")
    # A suppressed month had at least one call.
    begun = on[(on["calls"].astype("float64") > 0) | (on["state"] == "suppressed")]
    used = begun.groupby("municipality")["n"].min()
    table["first_use"] = used.reindex(table.index)
    table["used"] = table["first_use"].notna()
    table["months"] = table["first_use"].fillna(table["ended"]) - table["connected"]
    table["from_start"] = table["connected"] > int(rows["n"].min())
    for column in ("connected", "first_use"):
        table[column] = [months.month(int(n)) if pd.notna(n) else "" for n in table[column]]
    return table.drop(columns="ended").reset_index()


STEPS = (
    ("agreement_to_connection", "agreement_signed", "connected_from"),
    ("plan_to_connection", "planned_from", "connected_from"),
    ("connection_to_start", "connected_from", "started_from"),
    ("agreement_to_start", "agreement_signed", "started_from"),
    ("plan_to_start", "planned_from", "started_from"),
)


def delays(connections: pd.DataFrame, month_end: str) -> pd.DataFrame:
    """Months between plan, agreement, connection and start: municipality, administration, step, from, to, months,
    waiting.

    `connections` has the columns of the connections file as months ("2024-10") or days; empty where not known. A
    step that has begun and not ended is `waiting`: its months run to `month_end`.

    Parameters
    ----------
    connections : DataFrame
        The columns of the connections file as months ("2024-10") or days; empty where not known.

    Returns
    -------
    DataFrame
        One row a municipality and step: municipality, administration, step, from, to, months, waiting.

    References
    ----------
    Month arithmetic on the connections file.

    Examples
    --------
    >>> file = pd.DataFrame({"municipality": ["265"], "administration": "", "planned_from": "2024-10",
    ...                      "agreement_signed": "", "connected_from": "", "started_from": ""})
    >>> delays(file, "2025-02")[["step", "months", "waiting"]].values.tolist()
    [['plan_to_connection', 4, True], ['plan_to_start', 4, True]]
    """
    found = []
    for row in connections.fillna("").to_dict("records"):
        for step, start, end in STEPS:
            begun, done = str(row.get(start, ""))[:7], str(row.get(end, ""))[:7]
            if not begun or begun > month_end:
                continue
            waiting = not done or done > month_end
            length = months.number(month_end if waiting else done) - months.number(begun)
            found.append(
                {
                    "municipality": str(row["municipality"]),
                    "administration": str(row.get("administration", "")),
                    "step": step,
                    "from": begun,
                    "to": "" if waiting else done,
                    "months": length,
                    "waiting": waiting,
                }
            )
    columns = ["municipality", "administration", "step", "from", "to", "months", "waiting"]
    return pd.DataFrame(found, columns=columns)
