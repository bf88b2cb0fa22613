"""Depth: how much those who use the app use it, and how often a call becomes a consultation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures.members import active_users
from kl_research.adoption.measures.ratio import ratio


def calls_per_active_unit(cut: Cut) -> pd.DataFrame:
    """Calls per unit that made at least one in the period; rows that name no unit are left out.

    Formula: calls of named units / units with calls >= 1
    Unit: calls per active unit
    Source: this workbench: depth of use, for new units are not more use
    """
    return _per_user(cut, "unit")


def calls_per_active_provider(cut: Cut) -> pd.DataFrame:
    """Calls per provider number with at least one call in the period.

    Formula: calls of named provider numbers / provider numbers with calls >= 1
    Unit: calls per active provider number
    Source: depth of use
    """
    return _per_user(cut, "provider")


def active_units_per_month(cut: Cut) -> pd.DataFrame:
    """Mean number of units active in a month, over the months in which it was observed.

    Formula: sum of monthly active units / municipality-months with active units observed
    Unit: units per municipality and month
    Source: the export's own count of active units
    """
    return ratio(cut, cut.total("active_units"), cut.months_with("active_units"), unknown="no_unit_names")


def active_providers_per_month(cut: Cut) -> pd.DataFrame:
    """Mean number of provider numbers active in a month, over the months in which it was observed.

    Formula: sum of monthly active provider numbers / municipality-months with active provider numbers observed
    Unit: provider numbers per municipality and month
    Source: the export's own count of active provider numbers
    """
    months = cut.months_with("active_providers")
    return ratio(cut, cut.total("active_providers"), months, unknown="no_provider_names")


def calls_per_unit_month(cut: Cut) -> pd.DataFrame:
    """Calls per month in which a unit was active.

    Formula: calls / sum of monthly active units, over months with both observed
    Unit: calls per active unit and month
    Source: depth of use, from the panel alone
    """
    return _both(cut, "calls", "active_units", "no_unit_names")


def completed_share(cut: Cut) -> pd.DataFrame:
    """Share of calls that became a completed consultation, over months in which both are known.

    Formula: completed / calls
    Unit: share
    Source: RE-AIM, Implementation (Glasgow et al. 1999)
    """
    return _both(cut, "completed", "calls", "no_completed")


def minutes_per_call(cut: Cut) -> pd.DataFrame:
    """Mean duration of the calls with a known duration.

    Formula: sum of seconds / 60 / calls in rows with a duration
    Unit: minutes per call
    Source: the call log
    """
    minutes, calls = cut.minutes()
    return ratio(cut, minutes, calls, unknown="no_duration")


def _per_user(cut: Cut, who: str) -> pd.DataFrame:
    active = active_users(cut, who)
    calls = np.where(np.isnan(active), np.nan, cut.calls_named(who))
    return ratio(cut, calls, active, unknown=f"no_{who}_names")


def _both(cut: Cut, numerator: str, denominator: str, unknown: str) -> pd.DataFrame:
    above, below = cut.column(numerator), cut.column(denominator)
    either = np.isnan(above) | np.isnan(below)
    if (np.isnan(above) == np.isnan(below)).all():
        return ratio(cut, cut.total(numerator), cut.total(denominator), unknown=unknown)
    above, below = (cut.add_known(cut.panel, np.where(either, np.nan, values)) for values in (above, below))
    return ratio(cut, above, below, unknown=unknown)
