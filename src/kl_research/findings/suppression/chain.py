"""What an attacker can say of a single series, exactly: published totals of consecutive months are a chain.

With P[k] the running total up to month k, a published total over months a .. b-1 says P[b] - P[a] = v. Counts are not
negative, and zeros are always told, so a hidden month had at least one: P[k+1] - P[k] >= 0, or 1 where month k is
hidden. These are difference constraints: the greatest value of P[b] - P[a] is the shortest path from a to b in the
graph with an edge of length v one way and -v back for every published total, and one of length 0 or -1 from k+1 to
k. One Floyd-Warshall pass gives every range at once; since lengths are whole numbers the ranges hold for whole counts
too. The edges on the two paths are the proof that a range is narrow.

Source: Cormen, Leiserson, Rivest and Stein, Introduction to Algorithms, section 24.4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kl_research.findings.suppression.protect import Cell

_FAR = 1e12


def chain_proofs(
    cells: Sequence[Cell], size: int, width: float, hidden: np.ndarray, watched: Sequence[int]
) -> list[set[int]]:
    """For each watched cell whose range is narrower than `width`, the published cells that prove it.

    The members of every cell are consecutive base counts.
    """
    distance, step = _shortest(cells, size, hidden)
    owner = {}
    for i, cell in enumerate(cells):
        if not hidden[i]:
            first, last = cell.members[0], cell.members[-1] + 1
            owner[(first, last)] = owner[(last, first)] = i
    found = []
    for i in watched:
        first, last = cells[i].members[0], cells[i].members[-1] + 1
        if distance[first, last] + distance[last, first] < width:
            edges = [*_path(step, first, last), *_path(step, last, first)]
            found.append({owner[edge] for edge in edges if edge in owner} - {i})
    return found


def chain_range(
    cells: Sequence[Cell], size: int, hidden: Sequence[bool], spans: Sequence[tuple[int, int]]
) -> list[tuple[float, float]]:
    """Least and greatest total of each span (first index, last index) that agree with everything published.

    >>> cells = [Cell((0,), 3, True), Cell((1,), 9, False), Cell((0, 1), 12, False)]
    >>> chain_range(cells, 2, [True, True, False], [(0, 0), (0, 1)])
    [(1.0, 11.0), (12.0, 12.0)]
    """
    distance, _ = _shortest(cells, size, np.asarray(hidden, dtype=bool))
    return [(-float(distance[b + 1, a]) + 0.0, float(distance[a, b + 1])) for a, b in spans]


def _shortest(cells: Sequence[Cell], size: int, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distance = np.full((size + 1, size + 1), _FAR)
    np.fill_diagonal(distance, 0)
    for k in range(size):
        distance[k + 1, k] = 0
    for i, cell in enumerate(cells):
        first, last = cell.members[0], cell.members[-1] + 1
        if hidden[i]:
            distance[last, first] = min(distance[last, first], -1)
        else:
            distance[first, last] = cell.value
            distance[last, first] = -cell.value
    step = np.where(distance < _FAR, np.arange(size + 1)[None, :], -1)
    for k in range(size + 1):
        through = distance[:, k, None] + distance[None, k, :]
        shorter = through < distance - 1e-9
        distance = np.where(shorter, through, distance)
        step = np.where(shorter, step[:, k, None], step)
    return distance, step


def _path(step: np.ndarray, start: int, end: int) -> list[tuple[int, int]]:
    edges = []
    while start != end:
        following = int(step[start, end])
        edges.append((start, following))
        start = following
    return edges
