"""A small study drawn at random: two regions (of four municipalities and of two), 18 months, units and doctors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.intake import Ingested
from kl_research.terms.panel import check_panel

CODES = ["101", "147", "151", "153", "360", "376"]  # four of Region Hovedstaden, two of Region Sjælland
MONTHS = pd.date_range("2023-05-01", periods=18, freq="MS")
TYPES = ["care", "home"]
CHANNELS = ["app", "link"]


def drawn(seed: int, *, connections: bool = True, rate: float = 1.6) -> Ingested:
    """Every unit's calls a month by two doctors; the last municipality is connected from the fourth month on."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, code in enumerate(CODES):
        for unit in range(2 + i % 3):
            for k, month in enumerate(MONTHS):
                if code == CODES[-1] and k < 3:
                    continue
                for provider in rng.choice(6, 2, replace=False):
                    calls = int(rng.poisson(rate))
                    if calls:
                        who = f"p{provider + 3 * (i % 2)}"
                        place = (code, f"adm {unit % 2}", f"unit {unit}", TYPES[unit % 2], who)
                        completed = int(rng.binomial(calls, 0.8))
                        rows.append((*place, CHANNELS[int(rng.integers(2))], month, calls, completed))
    names = [
        "municipality",
        "administration",
        "unit",
        "unit_type",
        "provider",
        "channel",
        "month",
        "calls",
        "completed",
    ]
    activity = pd.DataFrame(rows, columns=names)
    activity["seconds"] = activity["calls"] * 420.0
    return ingested(activity, connections=connections)


def ingested(activity: pd.DataFrame, *, connections: bool = True) -> Ingested:
    """What intake would make of an activity: the panel, calls by hour, and the connections file."""
    index = pd.MultiIndex.from_product([CODES, MONTHS], names=["municipality", "month"])
    by = activity.groupby(["municipality", "month"])
    panel = by[["calls", "completed"]].sum().reindex(index, fill_value=0)
    units = activity.assign(unit=activity["administration"] + activity["unit"])
    panel["active_units"] = units.groupby(["municipality", "month"])["unit"].nunique().reindex(index, fill_value=0)
    panel["active_providers"] = by["provider"].nunique().reindex(index, fill_value=0)
    panel = panel.reset_index().assign(units=5, providers=8, population_80plus=1000.0, state="observed")
    late = (panel["municipality"] == CODES[-1]) & (panel["month"] < MONTHS[3])
    panel.loc[late, "state"] = "not_connected" if connections else "not_started"
    panel.loc[late, ["calls", "completed", "active_units", "active_providers"]] = pd.NA
    panel["state_source"] = "connections" if connections else "inferred"
    timing = activity.groupby(["municipality", "administration", "month"], as_index=False)["calls"].sum()
    timing = timing.assign(weekday=1 + timing.index % 7, hour=8 + timing.index % 11)
    columns = [
        "administration",
        "unit_type",
        "connected_from",
        "started_from",
        "connected_to",
        "planned_from",
        "agreement_signed",
    ]
    register = pd.DataFrame({"municipality": CODES, **dict.fromkeys(columns, "")})
    register["connected_from"] = register["started_from"] = ["2023-01"] * 5 + ["2023-08"]
    return Ingested(check_panel(panel), activity, timing, {}, register if connections else register.iloc[:0])
