"""The one shape every measure returns: numerator and denominator beside the value, and why a value is absent."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Cut

COLUMNS = ["numerator", "denominator", "value", "reason", "caution"]


@dataclass(frozen=True)
class Values:
    """A measure of every area, as plain arrays: a frame for each measure and period took longer than the sums."""

    areas: pd.Index
    numerator: np.ndarray
    denominator: np.ndarray
    value: np.ndarray
    reason: np.ndarray
    caution: np.ndarray

    def because(self, where: np.ndarray, reason: np.ndarray | str) -> Values:
        """The same with another reason in some areas."""
        return replace(self, reason=np.where(where, reason, self.reason))

    def with_caution(self, where: np.ndarray, caution: str) -> Values:
        """The same with another caution in some areas."""
        return replace(self, caution=np.where(where, caution, self.caution))

    def table(self) -> pd.DataFrame:
        """The same as a frame, a row an area."""
        return pd.DataFrame({column: getattr(self, column) for column in COLUMNS}, index=self.areas)


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
) -> Values:
    """`per` x numerator / denominator by area; without a value where either is unknown or the denominator is 0.

    `unknown` is the reason of an unknown numerator or denominator (unless no month was observed, which is then the
    reason), `empty` that of a denominator of 0.
    """
    whole = np.where(denominator > 0, denominator, np.nan)
    reason = np.where(np.isnan(numerator) | np.isnan(denominator), unknown, empty)
    reason = np.where(np.isnan(numerator) & (cut.why_not != ""), cut.why_not, reason)
    return _values(cut, numerator, denominator, per * numerator / whole, reason, caution)


def count(cut: Cut, numerator: np.ndarray, *, unknown: str = "not_observed") -> Values:
    """A count by area: the value is the numerator, there is no denominator."""
    reason = np.where(cut.why_not != "", cut.why_not, unknown)
    return _values(cut, numerator, np.full(len(cut.areas), np.nan), numerator, reason, "")


def index(
    cut: Cut, value: np.ndarray, *, unknown: np.ndarray | str = "no_use", caution: np.ndarray | str = ""
) -> Values:
    """A number that is no ratio of two counts, such as a Gini coefficient."""
    none = np.full(len(cut.areas), np.nan)
    reason = np.where(cut.why_not != "", cut.why_not, unknown)
    return _values(cut, none, none, value, reason, caution)


def _values(
    cut: Cut,
    numerator: np.ndarray,
    denominator: np.ndarray,
    value: np.ndarray,
    reason: np.ndarray,
    caution: np.ndarray | str,
) -> Values:
    absent = np.isnan(value)
    # Where the only calls are in hidden months, that is why nothing is known: neither "no use" nor "no names".
    only_hidden = (cut.months_suppressed > 0) & ~(np.nan_to_num(cut.total("calls")) > 0)
    reason = np.where(only_hidden & np.isin(reason, _OF_HIDDEN), "suppressed", reason)
    texts = (np.where(absent, reason, "").astype(object), np.where(absent, "", caution).astype(object))
    return Values(cut.areas, numerator, denominator, value, *texts)
