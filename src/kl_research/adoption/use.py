"""Who used the app in which month: the one matrix that all counts of units and provider numbers are read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Rows = dict[str, np.ndarray]
"""Columns by name, all of one length. Plain arrays: thousands of small sums are a second here, a minute in pandas."""


@dataclass(frozen=True)
class Users:
    """Who made at least one call, an entry per area and user: index into `Cut.names`, calls, months with a call."""

    area: np.ndarray
    user: np.ndarray
    calls: np.ndarray
    months: np.ndarray


@dataclass(frozen=True)
class History:
    """Every user that ever made a call, by area, and every month of the data up to the end of the cut.

    `active` and `observed` have a row a user and a column a month from `start` on; a month is observed when it is
    so in every municipality the user ever called from. `calls` are totals; `first` and `last` month numbers of use.
    """

    area: np.ndarray
    user: np.ndarray
    calls: np.ndarray
    first: np.ndarray
    last: np.ndarray
    active: np.ndarray
    observed: np.ndarray
    start: int

    @property
    def began_before(self) -> np.ndarray:
        """Users active in the first month of the data: when they began is not known."""
        return self.first == self.start


@dataclass(frozen=True)
class Use:
    """Calls by user (a row an area and user, sorted) and month, over the whole of the data.

    `homes` has a row a user and municipality it called from: row of the matrix, municipality, first month.
    """

    area: np.ndarray
    user: np.ndarray
    calls: np.ndarray
    homes: np.ndarray
    seen: np.ndarray
    start: int

    def users(self, first: int, last: int) -> Users:
        """Those with a call in some months (as numbers)."""
        inside = self.calls[:, max(first - self.start, 0) : max(last - self.start + 1, 0)]
        calls = inside.sum(axis=1)
        here = calls > 0
        return Users(self.area[here], self.user[here], calls[here], (inside[here] > 0).sum(axis=1))

    def history(self, last: int) -> History:
        """All that is known by the end of a month (as a number)."""
        last = min(last, self.start + self.calls.shape[1] - 1)
        upto = self.calls[:, : max(last - self.start + 1, 0)]
        here = (upto > 0).any(axis=1)
        active = upto[here] > 0
        row, municipality = self.homes[self.homes[:, 2] <= last, :2].T
        observed = np.ones(upto.shape, dtype=bool)
        np.logical_and.at(observed, row, self.seen[municipality, : upto.shape[1]])
        none = np.zeros(0, dtype="int64")
        return History(
            area=self.area[here],
            user=self.user[here],
            calls=upto[here].sum(axis=1),
            first=active.argmax(axis=1) + self.start if active.size else none,
            last=last - active[:, ::-1].argmax(axis=1) if active.size else none,
            active=active,
            observed=observed[here],
            start=self.start,
        )


def use_of(activity: Rows, who: str, users: int, seen: np.ndarray, start: int) -> Use:
    """The matrix of units or provider numbers; `seen` says which months of which municipalities were observed."""
    mine = (activity[who] >= 0) & (activity["calls"] > 0)
    area, user, n, municipality = (activity[name][mine] for name in ("area", who, "n", "municipality"))
    found, row = np.unique(area * max(users, 1) + user, return_inverse=True)
    calls = np.zeros((len(found), seen.shape[1]))
    np.add.at(calls, (row, n - start), activity["calls"][mine])
    order = np.lexsort((n, municipality, row))
    pairs = np.stack([row, municipality, n], axis=1)[order]
    first = np.ones(len(pairs), dtype=bool)
    first[1:] = (pairs[1:, :2] != pairs[:-1, :2]).any(axis=1)
    several = max(users, 1)
    return Use(found // several, found % several, calls, pairs[first], seen, start)
