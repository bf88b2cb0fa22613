"""Maintenance: whether use lasts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures.members import NEEDED, WINDOW, ever_users, number
from kl_research.adoption.measures.ratio import index, ratio
from kl_research.adoption.measures.reach import by_municipality, reason_from_states
from kl_research.terms.panel import STATES


def municipalities_maintaining(cut: Cut) -> pd.DataFrame:
    """Share of municipalities with calls in at least four of the six months that end with the period.

    A municipality counts when connected in all six and when its unobserved months cannot change the answer.

    Formula: municipalities active in >= 4 of 6 months / municipalities for which that is known
    Unit: share
    Source: RE-AIM, Maintenance (Glasgow et al. 1999); the rule of four in six is this workbench's
    """
    lasting = cut.between(cut.last - WINDOW + 1, cut.last)
    state = lasting.panel["state"]
    active = by_municipality(lasting, lasting.in_use * 1.0)
    unknown = by_municipality(lasting, (state == STATES.index("missing")) * 1.0)
    connected = by_municipality(lasting, (state != STATES.index("not_connected")) * 1.0).calls == WINDOW
    maintained = connected & (active.calls >= NEEDED)
    known = maintained | (connected & (active.calls + unknown.calls < NEEDED))
    above, below = (np.bincount(active.area[which], minlength=len(cut.areas)) * 1.0 for which in (maintained, known))
    return reason_from_states(cut, ratio(cut, above, below, empty="not_known_six_months"))


def units_maintaining(cut: Cut) -> pd.DataFrame:
    """Of the units that ever used the app, the share active in four of the six months that end with the period.

    Formula: units active in >= 4 of 6 months / units with calls >= 1 ever and one of the six months observed
    Unit: share
    Source: RE-AIM, Maintenance (Glasgow et al. 1999); the rule of four in six is this workbench's
    """
    ever = ever_users(cut.between(cut.last - WINDOW + 1, cut.last), "unit")
    often = number(cut, "unit", "maintaining")
    return ratio(cut, np.where(np.isnan(ever), np.nan, often), ever, unknown="no_unit_names")


def months_since_last_use(cut: Cut) -> pd.DataFrame:
    """Months from the last month with a call (a suppressed one has had one) to the end of the period.

    Formula: last month of the period - last month with calls >= 1
    Unit: months
    Source: recency
    """
    rows = cut.ever.panel
    used = cut.ever.in_use
    last = np.full(len(cut.areas), -np.inf)
    np.maximum.at(last, rows["area"][used], rows["n"][used])
    return index(cut, np.where(np.isinf(last), np.nan, cut.last - last), unknown="never_used")
