"""Depth: how much those who use the app use it, and how often a call becomes a consultation."""

from __future__ import annotations

import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.ratio import ratio
from kl_research.adoption.reach import active_users


def calls_per_active_unit(cut: Cut) -> pd.DataFrame:
    """Calls per unit that made at least one in the period; rows that name no unit are left out.

    Formula: calls of named units / units with calls >= 1
    Unit: calls per active unit
    Source: depth of use; new units are not more use (domain.md, section 2)
    """
    named = cut.units.groupby("area")["calls"].sum().reindex(cut.areas)
    active = active_users(cut, "unit")
    return ratio(cut, named.fillna(0).mask(active.isna()), active, unknown="no_unit_names")


def calls_per_active_provider(cut: Cut) -> pd.DataFrame:
    """Calls per provider number with at least one call in the period.

    Formula: calls of named provider numbers / provider numbers with calls >= 1
    Unit: calls per active provider number
    Source: depth of use
    """
    named = cut.providers.groupby("area")["calls"].sum().reindex(cut.areas)
    active = active_users(cut, "provider")
    return ratio(cut, named.fillna(0).mask(active.isna()), active, unknown="no_provider_names")


def active_units_per_month(cut: Cut) -> pd.DataFrame:
    """Mean number of units active in a month, over the months in which it was observed.

    Formula: sum of monthly active units / municipality-months with active units observed
    Unit: units per municipality and month
    Source: the export's own count of active units
    """
    return ratio(cut, cut.total("active_units"), _months_with(cut, "active_units"), unknown="no_unit_names")


def active_providers_per_month(cut: Cut) -> pd.DataFrame:
    """Mean number of provider numbers active in a month, over the months in which it was observed.

    Formula: sum of monthly active provider numbers / municipality-months with active provider numbers observed
    Unit: provider numbers per municipality and month
    Source: the export's own count of active provider numbers
    """
    months = _months_with(cut, "active_providers")
    return ratio(cut, cut.total("active_providers"), months, unknown="no_provider_names")


def calls_per_unit_month(cut: Cut) -> pd.DataFrame:
    """Calls per month in which a unit was active.

    Formula: calls / sum of monthly active units, over months with both observed
    Unit: calls per active unit and month
    Source: depth of use, from the panel alone
    """
    if "active_units" not in cut.panel:
        return ratio(cut, cut.total("active_units"), cut.total("active_units"), unknown="no_unit_names")
    known = cut.panel["active_units"].notna() & cut.panel["calls"].notna()
    both = cut.total("calls", where=known), cut.total("active_units", where=known)
    return ratio(cut, *both, unknown="no_unit_names")


def completed_share(cut: Cut) -> pd.DataFrame:
    """Share of calls that became a completed consultation, over months in which both are known.

    Formula: completed / calls
    Unit: share
    Source: RE-AIM, Implementation (Glasgow et al. 1999)
    """
    if "completed" not in cut.panel:
        return ratio(cut, cut.total("completed"), cut.total("completed"), unknown="no_completed")
    known = cut.panel["completed"].notna() & cut.panel["calls"].notna()
    table = ratio(cut, cut.total("completed", where=known), cut.total("calls", where=known), unknown="no_completed")
    return table


def minutes_per_call(cut: Cut) -> pd.DataFrame:
    """Mean duration of the calls with a known duration.

    Formula: sum of seconds / 60 / calls in rows with a duration
    Unit: minutes per call
    Source: the call log
    """
    rows = cut.activity
    seconds = pd.to_numeric(rows["seconds"]).astype("float64")
    known = seconds.notna()
    minutes = (seconds / 60).groupby(rows["area"]).sum(min_count=1)
    calls = rows["calls"].astype("float64").where(known).groupby(rows["area"]).sum(min_count=1)
    return ratio(cut, minutes, calls, unknown="no_duration")


def _months_with(cut: Cut, column: str) -> pd.Series:
    if column not in cut.panel:
        return pd.Series(float("nan"), index=cut.areas)
    return cut.panel[column].notna().groupby(cut.panel["area"]).sum().reindex(cut.areas)
