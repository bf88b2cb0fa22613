"""The perturbation table: by how much a count is changed, given how large it is.

A count n is told as n + j. For n = 1 to 5 (above as 5) the chance of j is proportional to exp(a j + b j^2) on
max(-n, -D) .. D, with a and b such that the mean is 0 and the variance V: of all distributions with these moments and
bounds the one that says least else (maximum entropy; Marley and Leaver 2011, Int. Statistical Institute, session
IPS060; the R package `ptable` solves the same problem). A count of 0 is told as 0.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

D = 5
"""No count is changed by more."""
V = 2.0
"""Variance of the change."""


@lru_cache
def table(largest: int = D, variance: float = V) -> np.ndarray:
    """The distribution functions of the change: row n - 1 for n = 1 .. `largest`, column for j = -largest .. largest.

    Raises ValueError where a row does not fall from its mode outwards: a change that is rare between two frequent
    ones makes some numbers recognisable.

    Returns the cumulative chances, rounded to 12 decimals so that every machine has the same.

    Examples
    --------
    >>> (np.diff(table()[4], prepend=0) @ np.arange(-D, D + 1)).round(6) + 0
    np.float64(0.0)
    """
    rows = []
    for n in range(1, largest + 1):
        chance = _row(np.arange(-n, largest + 1), variance)
        rising = np.diff(chance) > 0
        if (rising[1:] & ~rising[:-1]).any():
            raise ValueError(f"D {largest}, V {variance}: the row of {n} does not fall from its mode outwards")
        rows.append(np.concatenate([np.zeros(largest - n), chance]))
    found = np.cumsum(np.array(rows), axis=1).round(12)
    found[:, -1] = 1.0
    found.setflags(write=False)
    return found


def _row(j: np.ndarray, variance: float) -> np.ndarray:
    """Newton's method on the two moments, with steps that stay small enough."""
    moments = np.stack([j, j.astype("float64") ** 2])
    wanted = np.array([0.0, variance])
    parameters = np.array([0.0, -0.5 / variance])
    for _ in range(200):
        weight = np.exp(parameters @ moments - (parameters @ moments).max())
        chance = weight / weight.sum()
        mean = moments @ chance
        step = np.linalg.solve((moments * chance) @ moments.T - np.outer(mean, mean), wanted - mean)
        parameters = parameters + step / max(1.0, 4 * np.abs(step).max())
        if np.abs(wanted - mean).max() < 1e-13:
            return np.asarray(chance)
    raise ValueError(f"no distribution on {j[0]} .. {j[-1]} with mean 0 and variance {variance}")


def noise(counts: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """The change of each count, from its cell key (64 bits): the inverse distribution function at key / 2^64.

    >>> noise(np.array([0, 1, 40]), np.array([7, 7, 2**63], dtype="uint64")).tolist()
    [0, -1, 0]
    """
    counts = np.asarray(counts, dtype="int64")
    change = np.zeros(counts.shape, dtype="int64")
    u = np.asarray(keys, dtype="uint64") / 2.0**64
    for n in range(1, D + 1):
        here = counts == n if n < D else counts >= D
        change[here] = np.searchsorted(table()[n - 1], u[here], side="right").clip(max=2 * D) - D
    return change
