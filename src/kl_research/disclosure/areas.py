"""Municipalities, the regions that are told, and the nation; and what the register of connections says of months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.disclosure.cells import LEAST_MUNICIPALITIES
from kl_research.disclosure.count import Records
from kl_research.disclosure.source import Source
from kl_research.terms.panel import area_region

LEVELS = ("municipality", "region", "national")


@dataclass(frozen=True)
class Areas:
    """Every area that is told, municipalities first: `level` and `code` of each ("" is the nation's).

    `members` says for each area (row) which municipalities (column) are in it.
    """

    level: list[str]
    code: list[str]
    members: np.ndarray

    def added(self, records: Records) -> Records:
        """Records by municipality (first axis) summed over the municipalities of each area."""
        rows, places = np.nonzero(self.members)
        return Records(records.values[places], records.keys[places]).added(rows, len(self.code))

    def of(self, level: str) -> np.ndarray:
        """The positions of a level's areas."""
        return np.flatnonzero(np.array(self.level) == level)


def told_areas(panel: pd.DataFrame, codes: list[str], connected: np.ndarray) -> Areas:
    """The areas of a panel; a region where fewer than three municipalities were ever `connected` is left out whole.

    The region of a municipality is that of the panel's last month.
    """
    last = f"{panel['month'].max():%Y-%m}"
    region = np.array([area_region(panel, code, last) for code in codes])
    regions = [name for name in sorted(set(region) - {""}) if connected[region == name].sum() >= LEAST_MUNICIPALITIES]
    members = [
        np.eye(len(codes), dtype=bool),
        *(region[None] == name for name in regions),
        np.ones((1, len(codes)), bool),
    ]
    level = ["municipality"] * len(codes) + ["region"] * len(regions) + ["national"]
    return Areas(level, [*codes, *regions, ""], np.concatenate(members))


@dataclass(frozen=True)
class Register:
    """What is known of months without looking at calls: the connections file, not the data.

    `closed` (municipalities, months) is "not_connected", "not_started" or empty where use was possible; `unstated`
    are the municipalities of which nobody says when they started: for them the first number above 0 does.
    """

    closed: np.ndarray
    unstated: np.ndarray

    @property
    def connected(self) -> np.ndarray:
        """Which municipalities were ever connected."""
        return np.asarray((self.closed != "not_connected").any(axis=1))


def public_states(source: Source, panel: pd.DataFrame, register: Register, told: np.ndarray) -> np.ndarray:
    """The state of every month (municipalities, months), from the register and the published calls `told` alone.

    In the complete data a call before the connection opens a month, and the first call of a municipality whose
    start nobody gives begins its use: either would tell that there was a call. Here the published number decides.
    """
    states = panel["state"].to_numpy(dtype=str).reshape(told.shape)
    states = np.where(np.isin(states, ["not_connected", "not_started"]), "observed", states)
    known = np.isin(states, ["missing", "suppressed"])
    closed = (register.closed != "") & (told == 0) & ~known
    begun = np.logical_or.accumulate((told > 0) | (states == "suppressed"), axis=1)
    waiting = register.unstated[:, None] & ~begun & (states == "observed")
    states = np.where(waiting, "not_started", states)
    return np.where(closed, register.closed, states)
