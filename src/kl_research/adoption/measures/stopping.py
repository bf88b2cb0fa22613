"""De-adoption: units and providers that stopped, those that tried and quit, and those that are new."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures.members import QUIET, REGULAR, active_users, naming, number, quiet
from kl_research.adoption.measures.ratio import Values, ratio
from kl_research.adoption.rows import SEPARATOR
from kl_research.adoption.use import History
from kl_research.terms import months


def units_stopped(cut: Cut) -> Values:
    """Of the units that ever used the app, the share without a call in the six months that end with the period.

    Only units observed in all six count.

    Formula: units with no call in the last 6 months / units that ever used the app and are observed in those 6
    Unit: share
    Source: de-adoption (Niven et al. 2015, BMC Medicine 13:255); the rule of six months is this workbench's
    """
    return _stopped(cut, "unit", "stopped")


def units_tried_and_stopped(cut: Cut) -> Values:
    """Of the units that ever used the app, the share that stopped after fewer than five calls in all.

    Formula: units stopped with calls < 5 in all / units that ever used the app and are observed in the last 6 months
    Unit: share
    Source: trial and rejection (Rogers 2003); the rule of five calls as for regular use
    """
    return _stopped(cut, "unit", "tried_and_stopped")


def providers_stopped(cut: Cut) -> Values:
    """Of the provider numbers that ever used the app, the share without a call in the last six months.

    Formula: provider numbers with no call in the last 6 months / those ever seen and observed in those 6
    Unit: share
    Source: de-adoption (Niven et al. 2015, BMC Medicine 13:255); the rule of six months is this workbench's
    """
    return _stopped(cut, "provider", "stopped")


def units_lost(cut: Cut) -> Values:
    """Of the units active in the equally long period before, the share that is not in this one.

    Formula: units active before and not now / units active before and observed in a month of the period
    Unit: share
    Source: churn; units "that stopped" of the front page
    """
    n = len(cut.areas)
    if not cut.before.covered:
        return ratio(cut, np.full(n, np.nan), np.full(n, np.nan), unknown="period_before_not_covered")
    above, below = number(cut, "unit", "lost"), number(cut, "unit", "active_before")
    told = (naming(cut.before, "unit") & naming(cut, "unit")).any(axis=1)
    above, below = (np.where(told, counted, np.nan) for counted in (above, below))
    return ratio(cut, above, below, unknown="no_unit_names")


def units_new(cut: Cut) -> Values:
    """Of the units active in the period, the share whose first call in the data fell in it.

    Formula: units first active in the period / units active in the period
    Unit: share
    Source: this workbench: new units are not more use
    """
    active = active_users(cut, "unit")
    above = np.where(np.isnan(active), np.nan, number(cut, "unit", "new"))
    return ratio(cut, above, active, unknown="no_unit_names")


def calls_of_new_units(cut: Cut) -> Values:
    """Share of the calls of named units that came from units whose first call in the data fell in the period.

    Formula: calls of units first active in the period / calls of named units
    Unit: share
    Source: this workbench: new units are not more use
    """
    past = cut.history("unit")
    fresh = (past.first >= cut.first) & ~past.began_before
    none = np.isnan(active_users(cut, "unit"))
    above = np.bincount(past.area[fresh], weights=past.calls[fresh], minlength=len(cut.areas))
    above, below = (np.where(none, np.nan, calls) for calls in (above, cut.calls_named("unit")))
    return ratio(cut, above, below, unknown="no_unit_names")


def user_states(cut: Cut, who: str = "unit") -> pd.DataFrame:
    """Every unit or provider that ever used the app: area, user, name, first, last, calls, months, state.

    `state` is `active` (a call in the last six months), `stopped` (none, all six observed), `tried_and_stopped`
    (the same after fewer than five calls in all) or `unknown`. Ordered by area and calls, largest first.
    """
    past = cut.history(who)
    silent, told = quiet(past, cut.last)
    table = _users_table(cut, who, past)
    few = np.where(past.calls < REGULAR, "tried_and_stopped", "stopped")
    table["state"] = np.where(~silent, "active", np.where(told, few, "unknown"))
    table["name"] = table["user"].str.rpartition(SEPARATOR)[2] if len(table) else ""
    for column in ("first", "last"):
        table[column] = [months.month(int(n)) for n in table[column]]
    return table.sort_values(["area", "calls", "user"], ascending=[True, False, True], ignore_index=True)


def _stopped(cut: Cut, who: str, what: str) -> Values:
    none = ~naming(cut.ever, who).any(axis=1)
    above, below = (np.where(none, np.nan, number(cut, who, name)) for name in (what, "watched"))
    if cut.counter is not None:  # published numbers must not say that all stopped and some go on
        lately = number(cut.between(cut.last - QUIET + 1, cut.last), who, "active")
        above = np.fmin(above, np.maximum(below - lately, 0))
    return ratio(cut, above, below, unknown=f"no_{who}_names", empty="not_known_six_months")


def _users_table(cut: Cut, who: str, past: History) -> pd.DataFrame:
    """The users of a history by name: area, user, first and last month number, calls, active months."""
    return pd.DataFrame(
        {
            "area": cut.areas[past.area],
            "user": cut.names[who][past.user],
            "first": past.first,
            "last": past.last,
            "calls": past.calls.astype("int64"),
            "months": past.active.sum(axis=1),
        }
    )
