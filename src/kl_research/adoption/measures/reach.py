"""Reach: who used the app, out of those who could; any use (at least one call) apart from regular use (five)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures.members import REGULAR, active_users, ever_users
from kl_research.adoption.measures.ratio import Values, ratio
from kl_research.adoption.use import Users
from kl_research.terms.panel import STATES


def municipalities_active(cut: Cut) -> Values:
    """Share of connected municipalities with at least one call; one of which nothing is known is left out. A
    suppressed month counts as one call.

    Formula: municipalities with calls >= 1 / connected municipalities with an observed or not yet started month
    Unit: share
    Source: RE-AIM, Adoption (Glasgow et al. 1999)
    """
    return _municipalities(cut, 1)


def municipalities_regular(cut: Cut) -> Values:
    """Share of connected municipalities with at least five calls.

    Formula: municipalities with calls >= 5 / connected municipalities with an observed or not yet started month
    Unit: share
    Source: any v. regular use, Attend Anywhere evaluation, Scottish Government 2019
    """
    return _municipalities(cut, REGULAR)


def _municipalities(cut: Cut, at_least: int) -> Values:
    known = np.where(_known(cut), np.nan_to_num(cut.panel["calls"]), np.nan)
    calls = calls_by_municipality(cut, np.where(cut.in_use & np.isnan(cut.panel["calls"]), 1.0, known))
    using, of = calls.area[calls.calls >= at_least], calls.area[~np.isnan(calls.calls)]
    n = len(cut.areas)
    found = ratio(
        cut, np.bincount(using, minlength=n) * 1.0, np.bincount(of, minlength=n) * 1.0, empty="not_connected"
    )
    return reason_from_states(cut, found)


def _known(cut: Cut) -> np.ndarray:
    return np.isin(cut.panel["state"], [STATES.index("observed"), STATES.index("not_started")])


def by_municipality(cut: Cut, values: np.ndarray) -> Users:
    """The panel's values summed by area and municipality, NaN where none is known; in the shape of users."""
    rows = cut.panel
    several = int(rows["municipality"].max(initial=0)) + 1
    found, place = np.unique(rows["area"] * several + rows["municipality"], return_inverse=True)
    months = np.bincount(place, weights=~np.isnan(values), minlength=len(found))
    total = np.bincount(place, weights=np.nan_to_num(values), minlength=len(found))
    return Users(found // several, found % several, np.where(months > 0, total, np.nan), months)


def calls_by_municipality(cut: Cut, calls: np.ndarray) -> Users:
    """`by_municipality` of the panel's calls; where totals were counted before, these.

    Such totals hold no suppressed months: what `calls` gives for these is added.
    """
    found = by_municipality(cut, calls)
    if cut.counter is None:
        return found
    totals = cut.counter.total(replace(cut, level="municipality", areas=cut.names["municipality"]), "calls")
    hidden = by_municipality(cut, np.where(np.isnan(cut.panel["calls"]), calls, np.nan)).calls
    known = np.nan_to_num(totals)[found.user] + np.nan_to_num(hidden)
    return replace(found, calls=np.where(np.isnan(found.calls), np.nan, known))


def reason_from_states(cut: Cut, found: Values) -> Values:
    """The same with "suppressed" or "missing" as the reason where that is why nothing is known of an area."""
    hidden = (cut.why_not == "suppressed") | (cut.why_not == "missing")
    return found.because((found.reason != "") & hidden, cut.why_not)


def units_active(cut: Cut) -> Values:
    """Share of the municipality's units (care centres, home nursing, ...) with at least one call.

    Formula: units with calls >= 1 / units
    Unit: share
    Source: RE-AIM, Adoption; number of units as given in `denominators`
    """
    return _share(cut, "unit", 1, "units")


def units_regular(cut: Cut) -> Values:
    """Share of the municipality's units with at least five calls.

    Formula: units with calls >= 5 / units
    Unit: share
    Source: any v. regular use, Attend Anywhere evaluation, Scottish Government 2019
    """
    return _share(cut, "unit", REGULAR, "units")


def providers_active(cut: Cut) -> Values:
    """Share of provider numbers ("ydernumre") with at least one call; a clinic may hold several.

    Formula: provider numbers with calls >= 1 / provider numbers
    Unit: share
    Source: RE-AIM, Adoption; number of provider numbers as given in `denominators`
    """
    return _share(cut, "provider", 1, "providers")


def providers_penetration(cut: Cut) -> Values:
    """Share of all provider numbers with at least one call, those of municipalities not connected included.

    Formula: provider numbers with calls >= 1 / provider numbers, also where the municipality is not connected
    Unit: share
    Source: Proctor et al. 2011, penetration; number of provider numbers as given in `denominators`
    """
    return _share(cut, "provider", 1, "providers", everywhere=True)


def providers_regular(cut: Cut) -> Values:
    """Share of provider numbers with at least five calls.

    Formula: provider numbers with calls >= 5 / provider numbers
    Unit: share
    Source: any v. regular use, Attend Anywhere evaluation, Scottish Government 2019
    """
    return _share(cut, "provider", REGULAR, "providers")


def providers_per_doctor(cut: Cut) -> Values:
    """Active provider numbers per doctor: two different things, so a ratio and no share.

    Formula: provider numbers with calls >= 1 / doctors
    Unit: provider numbers per doctor
    Source: RE-AIM, Adoption; number of doctors as given in `denominators`
    """
    return _share(cut, "provider", 1, "doctors", caution="not_the_same_thing")


def providers_per_clinic(cut: Cut) -> Values:
    """Active provider numbers per clinic: a clinic may hold several provider numbers, so a ratio and no share.

    Formula: provider numbers with calls >= 1 / clinics
    Unit: provider numbers per clinic
    Source: RE-AIM, Adoption; number of clinics as given in `denominators`
    """
    return _share(cut, "provider", 1, "clinics", caution="not_the_same_thing")


def units_still_using(cut: Cut) -> Values:
    """Of the units that ever used the app, the share that did so in the period.

    Formula: units with calls >= 1 in the period / units with calls >= 1 ever and a month observed in the period
    Unit: share
    Source: Proctor et al. 2011, sustainability; ever used v. used lately
    """
    return ratio(cut, active_users(cut, "unit"), ever_users(cut, "unit"), unknown="no_unit_names")


def providers_still_using(cut: Cut) -> Values:
    """Of the provider numbers that ever used the app, the share that did so in the period.

    Formula: provider numbers with calls >= 1 in the period / with calls >= 1 ever and a month observed in it
    Unit: share
    Source: Proctor et al. 2011, sustainability; ever used v. used lately
    """
    return ratio(cut, active_users(cut, "provider"), ever_users(cut, "provider"), unknown="no_provider_names")


def denominator(cut: Cut, column: str, *, everywhere: bool = False) -> np.ndarray:
    """How many there are, by area: the last number known by the end of the period, summed over municipalities.

    Only municipalities with an observed or not yet started month in the period count, for only of them is anything
    known; with `everywhere` also those not connected, where nobody can call. NaN as soon as one has no number.
    """
    told = _known(cut) | (everywhere & (cut.panel["state"] == STATES.index("not_connected")))
    connected = by_municipality(cut, told * 1.0)
    rows, values = cut.ever.panel, cut.ever.column(column)
    order = np.argsort(rows["n"], kind="stable")
    order = order[~np.isnan(values[order])]
    latest = np.full(int(rows["municipality"].max(initial=0)) + 1, np.nan)
    latest[rows["municipality"][order]] = values[order]  # of several assignments the last, latest month stays
    here = connected.calls > 0
    numbers = np.bincount(connected.area[here], weights=latest[connected.user[here]], minlength=len(cut.areas))
    return np.where(np.bincount(connected.area[here], minlength=len(cut.areas)) > 0, numbers, np.nan)


def _share(cut: Cut, who: str, at_least: int, column: str, *, caution: str = "", everywhere: bool = False) -> Values:
    using = active_users(cut, who, at_least)
    found = ratio(cut, using, denominator(cut, column, everywhere=everywhere), caution=caution)
    found = found.because(np.isnan(using) & (cut.why_not == ""), f"no_{who}_names")
    # More users than there are said to be: the denominator is out of date, and no share.
    return found if caution else found.with_caution(found.value > 1, "more_than_denominator")
