"""The one shape every measure returns: numerator and denominator beside the value, and why a value is absent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut

COLUMNS = ["numerator", "denominator", "value", "reason", "caution"]

_OF_HIDDEN = ["no_use", "no_unit_names", "no_provider_names"]


def ratio(
    cut: Cut,
    numerator: np.ndarray,
    denominator: np.ndarray,
    *,
    per: float = 1.0,
    unknown: str = "no_denominator",
    empty: str = "no_use",
    caution: np.ndarray | str = "",
) -> pd.DataFrame:
    """`per` x numerator / denominator by area; without a value where either is unknown or the denominator is 0.

    `unknown` is the reason of an unknown numerator or denominator (unless no month was observed, which is then the
    reason), `empty` that of a denominator of 0.
    """
    whole = np.where(denominator > 0, denominator, np.nan)
    reason = np.where(np.isnan(numerator) | np.isnan(denominator), unknown, empty)
    reason = np.where(np.isnan(numerator) & (cut.why_not != ""), cut.why_not, reason)
    return _table(cut, numerator, denominator, per * numerator / whole, reason, caution)


def count(cut: Cut, numerator: np.ndarray, *, unknown: str = "not_observed") -> pd.DataFrame:
    """A count by area: the value is the numerator, there is no denominator."""
    reason = np.where(cut.why_not != "", cut.why_not, unknown)
    return _table(cut, numerator, np.full(len(cut.areas), np.nan), numerator, reason, "")


def index(
    cut: Cut, value: np.ndarray, *, unknown: np.ndarray | str = "no_use", caution: np.ndarray | str = ""
) -> pd.DataFrame:
    """A number that is no ratio of two counts, such as a Gini coefficient."""
    none = np.full(len(cut.areas), np.nan)
    reason = np.where(cut.why_not != "", cut.why_not, unknown)
    return _table(cut, none, none, value, reason, caution)


def _table(
    cut: Cut,
    numerator: np.ndarray,
    denominator: np.ndarray,
    value: np.ndarray,
    reason: np.ndarray,
    caution: np.ndarray | str,
) -> pd.DataFrame:
    absent = np.isnan(value)
    # Where the only calls are in hidden months, that is why nothing is known: neither "no use" nor "no names".
    only_hidden = (cut.months_suppressed > 0) & ~(np.nan_to_num(cut.total("calls")) > 0)
    reason = np.where(only_hidden & np.isin(reason, _OF_HIDDEN), "suppressed", reason)
    # Codes stay Python objects here: making them strings of pandas, some thousand times, takes longer than the sums.
    texts = np.where(absent, reason, ""), np.where(absent, "", caution)
    columns = [numerator, denominator, value, *(pd.Series(text, dtype=object, index=cut.areas) for text in texts)]
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), index=cut.areas)
