"""Maintenance: whether use lasts."""

from __future__ import annotations

import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.ratio import index, ratio
from kl_research.adoption.reach import active_users

WINDOW = 6
NEEDED = 4


def municipalities_maintaining(cut: Cut) -> pd.DataFrame:
    """Share of municipalities with calls in at least four of the six months that end with the period.

    A municipality counts when connected in all six and when its unobserved months cannot change the answer.

    Formula: municipalities active in >= 4 of 6 months / municipalities for which that is known
    Unit: share
    Source: RE-AIM, Maintenance (Glasgow et al. 1999); the rule of four in six is this workbench's
    """
    lasting = cut.between(cut.last - WINDOW + 1, cut.last)
    rows = lasting.panel
    keys = [rows["area"], rows["municipality"]]
    active = (rows["calls"].astype("float64") > 0).groupby(keys).sum()
    unknown = rows["state"].isin(["missing", "suppressed"]).groupby(keys).sum()
    connected = (rows["state"] != "not_connected").groupby(keys).sum() == WINDOW
    maintained = active >= NEEDED
    known = connected & (maintained | (active + unknown < NEEDED))
    numerator = (maintained & known).groupby("area").sum().reindex(cut.areas, fill_value=0)
    denominator = known.groupby("area").sum().reindex(cut.areas, fill_value=0)
    table = ratio(cut, numerator, denominator, empty="not_known_six_months")
    table["reason"] = table["reason"].mask(table["reason"].ne("") & cut.why_not.ne(""), cut.why_not)
    return table


def units_maintaining(cut: Cut) -> pd.DataFrame:
    """Of the units that ever used the app, the share active in four of the six months that end with the period.

    Formula: units active in >= 4 of 6 months / units with calls >= 1 in any month up to the end of the period
    Unit: share
    Source: RE-AIM, Maintenance (Glasgow et al. 1999); the rule of four in six is this workbench's
    """
    lasting = cut.between(cut.last - WINDOW + 1, cut.last)
    often = lasting.units.loc[lasting.units["months"] >= NEEDED].groupby("area").size()
    seen = lasting.months_observed > 0
    numerator = often.reindex(cut.areas, fill_value=0).where(seen & active_users(cut.ever, "unit").notna())
    return ratio(cut, numerator, active_users(cut.ever, "unit"), unknown="no_unit_names")


def months_since_last_use(cut: Cut) -> pd.DataFrame:
    """Months from the last observed call to the end of the period; 0 when there was one in its last month.

    Formula: last month of the period - last month with calls >= 1
    Unit: months
    Source: recency
    """
    rows = cut.ever.panel
    used = rows[rows["calls"].astype("float64") > 0]
    last = used.groupby("area")["n"].max().reindex(cut.areas)
    return index(cut, cut.last - last, unknown="never_used")
