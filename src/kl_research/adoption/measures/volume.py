"""Volume: how much the app was used."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures.ratio import count, ratio


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
    return count(cut, cut.total("completed"), unknown="no_completed")


def minutes(cut: Cut) -> pd.DataFrame:
    """Minutes of calls with a known duration.

    Formula: sum of seconds / 60
    Unit: minutes
    Source: the call log
    """
    return count(cut, cut.minutes()[0], unknown="no_duration")


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
    return ratio(cut, cut.total("completed"), cut.months_with("completed"), unknown="no_completed")


def calls_per_1000_aged_80(cut: Cut) -> pd.DataFrame:
    """Calls per 1,000 inhabitants aged 80 or more and year: a proxy, since the app's citizens are not counted.

    Formula: 1000 x calls / (sum over observed months of population aged 80+ / 12)
    Unit: calls per 1,000 person-years
    Source: RE-AIM, Reach (Glasgow et al. 1999); population as given in `denominators`
    """
    observed = ~np.isnan(cut.column("calls"))
    population = cut.column("population_80plus")
    years = cut.add(cut.panel, np.where(observed, population / 12, 0))
    # One municipality without a population would make a region's use look high: then there is no rate.
    incomplete = cut.add(cut.panel, observed & np.isnan(population)) > 0
    return ratio(cut, cut.total("calls"), np.where(incomplete, np.nan, years), per=1000, caution="proxy")
