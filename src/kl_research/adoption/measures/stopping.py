"""De-adoption: units and providers that stopped, those that tried and quit, and those that are new."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.adoption.cut import SEPARATOR, Cut
from kl_research.adoption.measures.history import History, history, users_table
from kl_research.adoption.measures.ratio import ratio
from kl_research.adoption.measures.reach import REGULAR, active_users, naming
from kl_research.terms import months

QUIET = 6
"""Observed months without a call after which a user counts as stopped."""


def units_stopped(cut: Cut) -> pd.DataFrame:
    """Of the units that ever used the app, the share without a call in the six months that end with the period.

    Only units observed in all six count.

    Formula: units with no call in the last 6 months / units that ever used the app and are observed in those 6
    Unit: share
    Source: de-adoption (Niven et al. 2015, BMC Medicine 13:255); the rule of six months is this workbench's
    """
    return _stopped(cut, "unit", 1)


def units_tried_and_stopped(cut: Cut) -> pd.DataFrame:
    """Of the units that ever used the app, the share that stopped after fewer than five calls in all.

    Formula: units stopped with calls < 5 in all / units that ever used the app and are observed in the last 6 months
    Unit: share
    Source: trial and rejection (Rogers 2003); the rule of five calls as for regular use
    """
    return _stopped(cut, "unit", -1)


def providers_stopped(cut: Cut) -> pd.DataFrame:
    """Of the provider numbers that ever used the app, the share without a call in the last six months.

    Formula: provider numbers with no call in the last 6 months / those ever seen and observed in those 6
    Unit: share
    Source: de-adoption (Niven et al. 2015, BMC Medicine 13:255); the rule of six months is this workbench's
    """
    return _stopped(cut, "provider", 1)


def units_lost(cut: Cut) -> pd.DataFrame:
    """Of the units active in the equally long period before, the share that is not in this one.

    Formula: units active before and not now / units active before and observed in a month of the period
    Unit: share
    Source: churn; units "that stopped" of the front page
    """
    n = len(cut.areas)
    if not cut.before.covered:
        return ratio(cut, np.full(n, np.nan), np.full(n, np.nan), unknown="period_before_not_covered")
    past = history(cut, "unit")
    place = cut.first - past.start
    before, now = slice(place - cut.length, place), slice(place, place + cut.length)
    home = np.zeros(len(cut.names["unit"]), dtype="int64")
    of = cut.whole_activity["unit"] >= 0
    home[cut.whole_activity["unit"][of]] = cut.whole_activity["municipality"][of]
    known = naming(cut.before, "unit") & naming(cut, "unit")
    then = past.active[:, before].any(axis=1) & past.observed[:, now].any(axis=1) & known[past.area, home[past.user]]
    gone = then & ~past.active[:, now].any(axis=1)
    told = known.any(axis=1)
    above, below = (np.where(told, np.bincount(past.area[who], minlength=n), np.nan) for who in (gone, then))
    return ratio(cut, above, below, unknown="no_unit_names")


def units_new(cut: Cut) -> pd.DataFrame:
    """Of the units active in the period, the share whose first call in the data fell in it.

    Formula: units first active in the period / units active in the period
    Unit: share
    Source: this workbench: new units are not more use
    """
    past, fresh = _fresh(cut)
    active = active_users(cut, "unit")
    above = np.bincount(past.area[fresh], minlength=len(cut.areas))
    return ratio(cut, np.where(np.isnan(active), np.nan, above), active, unknown="no_unit_names")


def calls_of_new_units(cut: Cut) -> pd.DataFrame:
    """Share of the calls of named units that came from units whose first call in the data fell in the period.

    Formula: calls of units first active in the period / calls of named units
    Unit: share
    Source: this workbench: new units are not more use
    """
    past, fresh = _fresh(cut)
    users, n = cut.users("unit"), len(cut.areas)
    none = np.isnan(active_users(cut, "unit"))
    above = np.bincount(past.area[fresh], weights=past.calls[fresh], minlength=n)
    below = np.bincount(users.area, weights=users.calls, minlength=n)
    return ratio(cut, np.where(none, np.nan, above), np.where(none, np.nan, below), unknown="no_unit_names")


def user_states(cut: Cut, who: str = "unit") -> pd.DataFrame:
    """Every unit or provider that ever used the app: area, user, name, first, last, calls, months, state.

    `state` is `active` (a call in the last six months), `stopped` (none, all six observed), `tried_and_stopped`
    (the same after fewer than five calls in all) or `unknown`. Ordered by area and calls, largest first.
    """
    past = history(cut, who)
    quiet, told = _quiet(cut, past)
    table = users_table(cut, who, past)
    few = np.where(past.calls < REGULAR, "tried_and_stopped", "stopped")
    table["state"] = np.where(~quiet, "active", np.where(told, few, "unknown"))
    table["name"] = table["user"].str.rpartition(SEPARATOR)[2] if len(table) else ""
    for column in ("first", "last"):
        table[column] = [months.month(int(n)) for n in table[column]]
    return table.sort_values(["area", "calls", "user"], ascending=[True, False, True], ignore_index=True)


def _quiet(cut: Cut, past: History) -> tuple[np.ndarray, np.ndarray]:
    """Whether each user made no call in the last six months, and whether all six were observed."""
    recent = slice(max(cut.last - past.start - QUIET + 1, 0), cut.last - past.start + 1)
    used = np.asarray(past.active[:, recent].any(axis=1))
    told: np.ndarray = past.observed[:, recent].sum(axis=1) == QUIET
    return ~used, told


def _stopped(cut: Cut, who: str, which: int) -> pd.DataFrame:
    past, n = history(cut, who), len(cut.areas)
    quiet, told = _quiet(cut, past)
    stopped = quiet & told & ((past.calls < REGULAR) | (which > 0))
    none = np.isnan(active_users(cut.ever, who))
    above = np.where(none, np.nan, np.bincount(past.area[stopped], minlength=n))
    below = np.where(none, np.nan, np.bincount(past.area[told], minlength=n))
    return ratio(cut, above, below, unknown=f"no_{who}_names", empty="not_known_six_months")


def _fresh(cut: Cut) -> tuple[History, np.ndarray]:
    past = history(cut, "unit")
    # A unit active in the first month of the data may have begun before it: it is not called new.
    return past, (past.first >= cut.first) & ~past.began_before
