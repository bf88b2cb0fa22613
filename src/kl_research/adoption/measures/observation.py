"""Observation: how much of the period the other measures stand on."""

from __future__ import annotations

from kl_research.adoption.cut import Cut
from kl_research.adoption.measures.ratio import Values, ratio


def months_observed(cut: Cut) -> Values:
    """Share of connected municipality-months in which calls were observed.

    Formula: municipality-months in state observed / municipality-months not in state not_connected
    Unit: share
    Source: the panel's states
    """
    return _states(cut, "observed")


def months_suppressed(cut: Cut) -> Values:
    """Share of connected municipality-months hidden by the export as small numbers.

    Formula: municipality-months in state suppressed / municipality-months not in state not_connected
    Unit: share
    Source: the panel's states
    """
    return _states(cut, "suppressed")


def months_missing(cut: Cut) -> Values:
    """Share of connected municipality-months of which the export says nothing.

    Formula: municipality-months in state missing / municipality-months not in state not_connected
    Unit: share
    Source: the panel's states
    """
    return _states(cut, "missing")


def _states(cut: Cut, state: str) -> Values:
    return ratio(cut, cut.months_in(state), cut.months_connected, empty="not_connected")
