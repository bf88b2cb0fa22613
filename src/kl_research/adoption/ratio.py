"""The one shape every measure returns: numerator and denominator beside the value, and why a value is absent."""

from __future__ import annotations

import pandas as pd

from kl_research.adoption.cut import Cut

COLUMNS = ["numerator", "denominator", "value", "reason", "caution"]


def ratio(
    cut: Cut,
    numerator: pd.Series,
    denominator: pd.Series,
    *,
    per: float = 1.0,
    unknown: str = "no_denominator",
    empty: str = "no_use",
    caution: pd.Series | str = "",
) -> pd.DataFrame:
    """`per` x numerator / denominator by area; without a value where either is unknown or the denominator is 0.

    `unknown` and `empty` are the reason codes of an unknown denominator and of one that is 0; an unknown
    numerator's reason is why the area has no observed month, else `unknown`.
    """
    table = pd.DataFrame({"numerator": numerator, "denominator": denominator}, dtype="float64").reindex(cut.areas)
    whole = table["denominator"].where(table["denominator"] > 0)
    table["value"] = per * table["numerator"] / whole
    reason = cut.why_not.where(table["numerator"].isna(), "")
    reason = reason.where((reason != "") | table["numerator"].notna(), unknown)
    reason = reason.mask(table["numerator"].notna() & table["denominator"].isna(), unknown)
    reason = reason.mask(table["numerator"].notna() & (table["denominator"] == 0), empty)
    return _finished(cut, table, reason, caution)


def count(
    cut: Cut, numerator: pd.Series, *, unknown: str = "not_observed", caution: pd.Series | str = ""
) -> pd.DataFrame:
    """A count by area: the value is the numerator, there is no denominator."""
    table = pd.DataFrame({"numerator": numerator}, dtype="float64").reindex(cut.areas)
    table["denominator"] = float("nan")
    table["value"] = table["numerator"]
    reason = cut.why_not.where((cut.why_not != "") | table["value"].notna(), unknown)
    return _finished(cut, table, reason, caution)


def index(cut: Cut, value: pd.Series, *, unknown: str = "no_use", caution: pd.Series | str = "") -> pd.DataFrame:
    """A number that is no ratio of two counts, such as a Gini coefficient."""
    table = pd.DataFrame({"value": value}, dtype="float64").reindex(cut.areas)
    table["numerator"] = table["denominator"] = float("nan")
    reason = cut.why_not.where((cut.why_not != "") | table["value"].notna(), unknown)
    return _finished(cut, table, reason, caution)


def _finished(cut: Cut, table: pd.DataFrame, reason: pd.Series, caution: pd.Series | str) -> pd.DataFrame:
    table["reason"] = reason.where(table["value"].isna(), "")
    notes = caution.reindex(cut.areas, fill_value="") if isinstance(caution, pd.Series) else caution
    table["caution"] = pd.Series(notes, index=cut.areas).where(table["value"].notna(), "")
    return table[COLUMNS]
