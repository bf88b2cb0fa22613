"""Volume: how much the app was used."""

from __future__ import annotations

import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.ratio import count, ratio
from kl_research.panel import count_state


def calls(cut: Cut) -> pd.DataFrame:
    """Calls ("opkald") in the observed months of the period.

    Formula: sum of calls over observed municipality-months
    Unit: calls
    Source: the export; definition as in the study's report
    """
    return count(cut, cut.total("calls"))


def completed(cut: Cut) -> pd.DataFrame:
    """Completed video consultations in the months in which they were observed.

    Formula: sum of completed over observed municipality-months
    Unit: consultations
    Source: the export; a call counts as completed by status and least duration
    """
    return count(cut, cut.total("completed"))


def minutes(cut: Cut) -> pd.DataFrame:
    """Minutes of calls with a known duration.

    Formula: sum of seconds / 60
    Unit: minutes
    Source: the call log
    """
    return count(cut, _seconds(cut) / 60, unknown="no_duration")


def calls_per_month(cut: Cut) -> pd.DataFrame:
    """Mean calls a month and municipality, over observed months only.

    Formula: calls / observed municipality-months
    Unit: calls per municipality and month
    Source: the export
    """
    return ratio(cut, cut.total("calls"), cut.months_observed)


def completed_per_month(cut: Cut) -> pd.DataFrame:
    """Mean completed consultations a month and municipality, over the months in which they were observed.

    Formula: completed / municipality-months with completed observed
    Unit: consultations per municipality and month
    Source: the export
    """
    known = count_state(cut.panel, "completed") == "observed"
    if "completed" in cut.panel:
        known &= cut.panel["completed"].notna()
    months = known.groupby(cut.panel["area"]).sum()
    return ratio(cut, cut.total("completed"), months)


def calls_per_1000_aged_80(cut: Cut) -> pd.DataFrame:
    """Calls per 1,000 inhabitants aged 80 or more and year: a proxy, since the app's citizens are not counted.

    Formula: 1000 x calls / (sum over observed months of population aged 80+ / 12)
    Unit: calls per 1,000 person-years
    Source: RE-AIM, Reach (Glasgow et al. 1999); population as given in `denominators`
    """
    years = pd.Series(float("nan"), index=cut.areas)
    if "population_80plus" in cut.panel:
        observed = cut.panel["state"] == "observed"
        population = cut.panel["population_80plus"].astype("float64")
        person_years = (population / 12).where(observed).groupby(cut.panel["area"]).sum(min_count=1)
        # One municipality without a population would make a region's use look high: then there is no rate.
        incomplete = (observed & population.isna()).groupby(cut.panel["area"]).any()
        years = person_years.mask(incomplete)
    return ratio(cut, cut.total("calls"), years, per=1000, caution="proxy")


def _seconds(cut: Cut) -> pd.Series:
    rows = cut.activity
    seconds = pd.to_numeric(rows["seconds"]).astype("float64")
    return seconds.groupby(rows["area"]).sum(min_count=1).reindex(cut.areas)
