"""Every column of the package, from the definitions the program itself works by."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from kl_research.adoption import TABLE_COLUMNS, measures
from kl_research.effects.effect import RESULT_COLUMNS
from kl_research.terms import panel as panel_module

COLUMNS = ["table", "column", "type", "meaning", "formula", "unit", "source"]

_RESULTS = {
    "level": "municipality, region, event (all its municipalities together), type or national",
    "municipality": "code at level municipality, else empty",
    "area": "code of the level, empty for the nation",
    "event": "id of the event in register.yaml",
    "type": "type of the event",
    "outcome": "what is counted: calls, completed, active_units, active_providers",
    "design": "the design; variants carry a suffix",
    "impact": "step, step_and_slope, pulse or ramp; fixed beforehand in the register",
    "estimand": "what the estimate is of; average_ratio: mean over the months after",
    "primary": "true for the one answer that counts for an area and event",
    "scale": "rate_ratio: estimate, limits and detectable are ratios",
    "estimate": "counted over expected without the event",
    "conf_low": "lower limit of the interval",
    "conf_high": "upper limit; empty where it is open",
    "conf_level": "level of the interval",
    "p_value": "two-sided",
    "p_min": "the smallest p-value the test can give",
    "n_pre": "observed months before",
    "n_post": "observed months after",
    "n_donors": "municipalities compared with",
    "n_municipalities": "municipalities the answer is about",
    "detectable": "smallest ratio above 1 found with 80 % power",
    "extra_calls": "counted less expected, over all months after",
    "extra_low": "its lower limit",
    "extra_high": "its upper limit",
    "probability_rise": "probability that use rose, from the counts and how often the study's events changed it",
    "probability_rise_10": "probability that use rose by at least 10 %",
    "excludes_above": "largest ratio that is not ruled out, where nothing is claimed",
    "excludes_below": "smallest ratio that is not ruled out, where nothing is claimed",
    "breakdown_slope": "growth a month beyond the others' that would explain a claim, as a fraction",
    "chance_among_claims": "local false discovery rate: probability that nothing changed in the direction claimed",
    "verdict": "increase, decrease, no_change, inconclusive, not_assessable or break_in_series",
    "unstable": "true when two sensitivities point the other way",
    "reason": "code of why there is no plain answer",
    "earliest_month": "the last month of data needed before the event can be judged",
}
_MEASURES = {
    "measure": "id; its formula below",
    "level": "municipality, region or national",
    "area": "code of the level, empty for the nation",
    "part": "part of the area, where the row is about one",
    "period": "first and last month",
    "numerator": "kept beside the value",
    "denominator": "kept beside the value, empty for counts",
    "value": "numerator over denominator; the numerator itself for counts",
    "unit": "unit of the value",
    "reason": "code of why there is no value",
    "caution": "code of how to read the value",
    "months_observed": "municipality-months with a number",
    "months_connected": "municipality-months in which it was connected",
}
_SERIES = {
    "area": "code, empty for the nation",
    "event": "id of the event in register.yaml",
    "month": "month, or first month of the period shown",
    "observed": "counted; the mean a month where months are put together",
    "counterfactual": "expected without the event",
    "low": "lower limit of what was expected",
    "high": "upper limit of what was expected",
    "period": "before, left_out or after",
}
_MODELS = {
    "area": "code, empty for the nation",
    "event": "id of the event in register.yaml",
    "design": "the primary design",
    "mean_before": "mean a month before",
    "mean_after": "mean a month after",
    "expected_after": "mean a month expected after",
    "dispersion": "variance over mean",
    "rho": "autocorrelation from month to month",
    "tau2": "variance between municipalities of the log ratio",
    "primary_hash": "hash of what was fixed before the outcome was looked at",
}
_CHECKS = {
    "area": "code, empty for the nation",
    "event": "id of the event in register.yaml",
    "check": "name of the check",
    "outcome": "passed, failed, informational or not_possible",
}
_FAMILY = {
    "level": "level of the primary",
    "area": "code, empty for the nation",
    "event": "id of the event in register.yaml",
    "p_value": "of the primary",
    "p_min": "the smallest the test can give",
    "holm": "adjusted by Holm: any false call in the family",
    "fdr": "adjusted by Benjamini and Hochberg: share of false calls",
    "fdr_possible": "how many would have to be called together before one passes",
}
_WINDOWS = {
    "level": "municipality, region or national",
    "area": "code of the level, empty for the nation",
    "measure": "what is counted",
    "first": "first month of the window",
    "last": "last month of the window",
    "value": "the perturbed total as it is told: at most what it is part of",
    "drawn": "the perturbed total before that; effects and sums are made of it",
    "months_observed": "municipality-months with a number",
}
_DEPENDENCE = {
    "level": "as in results",
    "area": "as in results",
    "event": "as in results",
    "verdict": "as in results",
    "breakdown_slope": "as in results",
    "probability_rise_sceptical": "probability that use rose, for who believes that little ever changes",
    "probability_rise_ordinary": "the same with the ordinary prior",
    "probability_rise_open": "the same for who believes that anything is possible",
}
TABLES = {
    "results": _RESULTS,
    "measures": _MEASURES,
    "series": _SERIES,
    "models": _MODELS,
    "checks": _CHECKS,
    "family": _FAMILY,
    "windows": _WINDOWS,
    "dependence": _DEPENDENCE,
}


def code_book() -> pd.DataFrame:
    """One row a column of each table, and one a measure.

    >>> book = code_book()
    >>> book.loc[book["column"] == "n_donors", "meaning"].item()
    'municipalities compared with'
    """
    rows = [("panel", *row, "", "", "") for row in _panel()]
    for table, columns in TABLES.items():
        rows += [(table, column, "", meaning, "", "", "") for column, meaning in columns.items()]
    rows += [(f"measures, {m.id}", "value", "number", m.definition, m.formula, m.unit, m.source) for m in measures()]
    return pd.DataFrame(rows, columns=COLUMNS)


def _panel() -> Iterable[tuple[str, str, str]]:
    """The panel's columns as its own documentation defines them."""
    lines = re.findall(r"^\| (.+?) \| (.+?) \| (.*?) ?\|$", panel_module.__doc__ or "", flags=re.MULTILINE)
    return [line for line in lines if line[0] != "column" and not line[0].startswith("-")]


assert list(_RESULTS) == RESULT_COLUMNS
assert list(_MEASURES) == TABLE_COLUMNS
