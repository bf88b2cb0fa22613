"""`count`: the one function through which every number of the public edition comes.

What is computed from its results gives nothing more away; so nothing public may look at anything else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kl_research.disclosure.keys import scattered
from kl_research.disclosure.perturbation import noise


@dataclass(frozen=True)
class Records:
    """What is counted: whole numbers and the sums of their keys (64 bits), in arrays of one shape."""

    values: np.ndarray
    keys: np.ndarray

    def grouped(self, cell: np.ndarray, cells: int) -> Records:
        """The records summed by cell: `cell` is the number of each one's cell, 0 to `cells` - 1."""
        values, keys = np.zeros(cells, dtype="int64"), np.zeros(cells, dtype="uint64")
        np.add.at(values, cell, self.values)
        np.add.at(keys, cell, self.keys)  # wraps around at 2^64
        return Records(values, keys)

    def reshape(self, *shape: int) -> Records:
        """The same in another shape."""
        return Records(self.values.reshape(shape), self.keys.reshape(shape))

    def windows(self, spans: list[tuple[int, int]]) -> Records:
        """Records with months as the last axis, summed over stretches of months (first and last position)."""
        before = np.array([first for first, _ in spans], dtype="int64")
        after = np.array([last + 1 for _, last in spans], dtype="int64")
        sums = []
        for array in (self.values, self.keys):
            running = np.zeros((*array.shape[:-1], array.shape[-1] + 1), dtype=array.dtype)
            np.cumsum(array, axis=-1, out=running[..., 1:])
            sums.append(running[..., after] - running[..., before])
        return Records(*sums)

    def added(self, area: np.ndarray, areas: int) -> Records:
        """Records with places as the first axis, summed over the places of each area; `area` -1 is in none."""
        inside = area >= 0
        sums = []
        for array in (self.values, self.keys):
            total = np.zeros((areas, *array.shape[1:]), dtype=array.dtype)
            np.add.at(total, area[inside], array[inside])
            sums.append(total)
        return Records(*sums)


def count(records: Records) -> np.ndarray:
    """The published number of each cell: its value and the noise that its scattered key gives.

    >>> count(Records(np.array([0, 1]), np.array([7, 7], dtype="uint64"))).tolist()
    [0, 0]
    """
    return np.asarray(records.values + noise(records.values, scattered(records.keys)))


def nested(counts: np.ndarray, *limits: np.ndarray) -> np.ndarray:
    """Published numbers cut to what they cannot exceed (NaN: no limit); what was cut is never summed.

    >>> nested(np.array([3, 3]), np.array([2.0, np.nan])).tolist()
    [2, 3]
    """
    least = counts.astype("float64")
    for limit in limits:
        least = np.fmin(least, limit)
    return least.astype("int64")
