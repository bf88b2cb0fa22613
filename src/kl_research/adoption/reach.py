"""Reach: who used the app, out of those who could; any use (at least one call) apart from regular use (five)."""

from __future__ import annotations

import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.ratio import ratio

REGULAR = 5
"""Calls in the period that make use regular, as in the evaluation of Attend Anywhere in Scotland (2019)."""


def municipalities_active(cut: Cut) -> pd.DataFrame:
    """Share of connected municipalities with at least one call; one of which nothing is known is left out.

    Formula: municipalities with calls >= 1 / connected municipalities with an observed or not yet started month
    Unit: share
    Source: RE-AIM, Adoption (Glasgow et al. 1999)
    """
    return _municipalities(cut, 1)


def municipalities_regular(cut: Cut) -> pd.DataFrame:
    """Share of connected municipalities with at least five calls.

    Formula: municipalities with calls >= 5 / connected municipalities with an observed or not yet started month
    Unit: share
    Source: any v. regular use, Attend Anywhere evaluation, Scottish Government 2019
    """
    return _municipalities(cut, REGULAR)


def _municipalities(cut: Cut, at_least: int) -> pd.DataFrame:
    known = cut.panel[cut.panel["state"].isin(["observed", "not_started"])]
    calls = known["calls"].astype("float64").fillna(0).groupby([known["area"], known["municipality"]]).sum()
    using = (calls >= at_least).groupby("area").sum().reindex(cut.areas, fill_value=0)
    connected = calls.groupby("area").size().reindex(cut.areas, fill_value=0)
    table = ratio(cut, using, connected, empty="not_connected")
    unknown = table["reason"].ne("") & cut.why_not.isin(["suppressed", "missing"])
    table["reason"] = table["reason"].mask(unknown, cut.why_not)
    return table


def units_active(cut: Cut) -> pd.DataFrame:
    """Share of the municipality's units (care centres, home nursing, ...) with at least one call.

    Formula: units with calls >= 1 / units
    Unit: share
    Source: RE-AIM, Adoption; number of units as given in `denominators`
    """
    return _share(cut, "unit", 1, "units")


def units_regular(cut: Cut) -> pd.DataFrame:
    """Share of the municipality's units with at least five calls.

    Formula: units with calls >= 5 / units
    Unit: share
    Source: any v. regular use, Attend Anywhere evaluation, Scottish Government 2019
    """
    return _share(cut, "unit", REGULAR, "units")


def providers_active(cut: Cut) -> pd.DataFrame:
    """Share of provider numbers ("ydernumre") with at least one call; a clinic may hold several.

    Formula: provider numbers with calls >= 1 / provider numbers
    Unit: share
    Source: RE-AIM, Adoption; number of provider numbers as given in `denominators`
    """
    return _share(cut, "provider", 1, "providers")


def providers_regular(cut: Cut) -> pd.DataFrame:
    """Share of provider numbers with at least five calls.

    Formula: provider numbers with calls >= 5 / provider numbers
    Unit: share
    Source: any v. regular use, Attend Anywhere evaluation, Scottish Government 2019
    """
    return _share(cut, "provider", REGULAR, "providers")


def providers_per_doctor(cut: Cut) -> pd.DataFrame:
    """Active provider numbers per doctor: two different things, so a ratio and no share.

    Formula: provider numbers with calls >= 1 / doctors
    Unit: provider numbers per doctor
    Source: RE-AIM, Adoption; number of doctors as given in `denominators`
    """
    return _share(cut, "provider", 1, "doctors", caution="not_the_same_thing")


def providers_per_clinic(cut: Cut) -> pd.DataFrame:
    """Active provider numbers per clinic: a clinic may hold several provider numbers, so a ratio and no share.

    Formula: provider numbers with calls >= 1 / clinics
    Unit: provider numbers per clinic
    Source: RE-AIM, Adoption; number of clinics as given in `denominators`
    """
    return _share(cut, "provider", 1, "clinics", caution="not_the_same_thing")


def units_still_using(cut: Cut) -> pd.DataFrame:
    """Of the units that ever used the app, the share that did so in the period.

    Formula: units with calls >= 1 in the period / units with calls >= 1 in any month up to its end
    Unit: share
    Source: Proctor et al. 2011, sustainability; ever used v. used lately
    """
    return ratio(cut, active_users(cut, "unit"), active_users(cut.ever, "unit"), unknown="no_unit_names")


def providers_still_using(cut: Cut) -> pd.DataFrame:
    """Of the provider numbers that ever used the app, the share that did so in the period.

    Formula: provider numbers with calls >= 1 in the period / with calls >= 1 in any month up to its end
    Unit: share
    Source: Proctor et al. 2011, sustainability; ever used v. used lately
    """
    return ratio(cut, active_users(cut, "provider"), active_users(cut.ever, "provider"), unknown="no_provider_names")


def active_users(cut: Cut, who: str, at_least: int = 1) -> pd.Series:
    """Units or provider numbers with at least so many calls in the period, by area.

    Unknown where no month was observed, or where there were calls and no row names its unit (provider).
    """
    users = cut.users(who)
    found = users.loc[users["calls"] >= at_least].groupby("area").size().reindex(cut.areas, fill_value=0)
    named = cut.areas.isin(users["area"])
    nameless = (cut.total("calls") > 0) & ~named
    return found.astype("float64").mask(nameless | (cut.why_not != ""))


def denominator(cut: Cut, column: str) -> pd.Series:
    """How many there are, by area: the last number known by the end of the period, summed over municipalities.

    Only municipalities connected in the period count; unknown as soon as one of them has no number.
    """
    if column not in cut.whole_panel:
        return pd.Series(float("nan"), index=cut.areas)
    rows = cut.ever.panel.sort_values("n", kind="stable")
    latest = rows.groupby(["area", "municipality"])[column].last().astype("float64")
    connected = cut.panel["state"] != "not_connected"
    counted = connected.groupby([cut.panel["area"], cut.panel["municipality"]]).any()
    latest = latest[counted.reindex(latest.index, fill_value=False)]
    return latest.groupby("area").agg(lambda numbers: numbers.sum(skipna=False)).reindex(cut.areas)


def _share(cut: Cut, who: str, at_least: int, column: str, caution: str = "") -> pd.DataFrame:
    using = active_users(cut, who, at_least)
    table = ratio(cut, using, denominator(cut, column), caution=caution)
    nameless = using.isna() & (cut.why_not == "")
    table["reason"] = table["reason"].mask(nameless, f"no_{who}_names")
    more = table["value"] > 1
    if not caution:  # more users than there are said to be: the denominator is out of date, and no share
        table["caution"] = table["caution"].mask(more, "more_than_denominator")
    return table
