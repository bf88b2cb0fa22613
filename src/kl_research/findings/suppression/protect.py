"""Secondary suppression: the cheapest further cells to hide, so that no small count can be worked out.

Everything published is a sum of base counts x >= 0 that is told exactly: A x = b over the published cells; a hidden
count is known to be 1 or more, since zeros are always told. A hidden small count c'x is safe when what is published
leaves it a range max c'x - min c'x of at least `width`.

Found by cuts (a logic-based Benders decomposition): a linear program finds the range of each small count; when it is
too narrow, the published cells with a non-zero dual price are a proof of that, and at least one of them must be
hidden as well. A set-cover programme over all proofs so far chooses the cheapest; this repeats until no proof is
left. Each proof is valid for every choice, so the result is optimal for the costs given. Both programmes are solved
by HiGHS.

Source: Fischetti and Salazar, Solving the Cell Suppression Problem on Tabular Data with Linear Constraints,
Management Science 47 (2001) 1008-1027.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix

_PRICE = 1e-7  # a dual price below this is rounding
_SLACK = 1e-6


@dataclass(frozen=True)
class Cell:
    """A number that could be published: the sum over `members`, indices of base counts.

    `small` is a count that must not be known; `fixed` one that cannot be hidden (a zero, or already public).
    """

    members: tuple[int, ...]
    value: int
    small: bool
    fixed: bool = False
    cost: float = 1.0


Proofs = Callable[[Sequence[Cell], int, float, np.ndarray, Sequence[int]], list[set[int]]]


def suppress(cells: Sequence[Cell], size: int, width: float, proofs_of: Proofs | None = None) -> list[bool]:
    """Which cells to hide: all small ones, and the cheapest others that keep them from being worked out.

    Parameters
    ----------
    cells : what could be published, over base counts 0 .. size - 1.
    width : the range a small count must keep.
    proofs_of : how narrow ranges are found and proved; linear programmes by default (`chain` for one series).

    Returns
    -------
    A flag a cell. Raises `ValueError` when fixed cells alone give a small count away.

    Examples
    --------
    Two months of 3 and 9 and their total 12: beside the 3, one of the others must go; the cheaper one does.

    >>> month = [Cell((0,), 3, True), Cell((1,), 9, False)]
    >>> suppress([*month, Cell((0, 1), 12, False, cost=1.5)], 2, 3)
    [True, True, False]
    """
    proofs: list[frozenset[int]] = []
    hidden = np.array([cell.small for cell in cells])
    watched = [i for i, cell in enumerate(cells) if cell.small]
    prove = proofs_of or programme_proofs
    while True:
        found = prove(cells, size, width, hidden, watched)
        if not found:
            return [bool(flag) for flag in hidden]
        for proof in found:
            free = frozenset(i for i in proof if not cells[i].fixed and not cells[i].small)
            if not free:
                raise ValueError("what cannot be hidden gives a small count away")
            proofs.append(free)
        hidden = _cover(cells, proofs)


def ranges(
    cells: Sequence[Cell], size: int, hidden: Sequence[bool], targets: Sequence[int]
) -> list[tuple[float, float]]:
    """What an attacker who reads every published cell can say of the targets: least and greatest value.

    >>> cells = [Cell((0,), 3, True), Cell((1,), 9, False), Cell((0, 1), 12, False)]
    >>> ranges(cells, 2, [True, True, False], [0]), ranges(cells, 2, [True, False, False], [0])
    ([(1.0, 11.0)], [(3.0, 3.0)])
    """
    problem = _Problem(cells, size, np.asarray(hidden, dtype=bool))
    found = []
    for i in targets:
        low, _, _ = problem.solve(problem.vector(i))
        high, _, _ = problem.solve(-problem.vector(i))
        found.append((low, -high))
    return found


class _Problem:
    """The polytope of base counts that agree with everything published."""

    def __init__(self, cells: Sequence[Cell], size: int, hidden: np.ndarray) -> None:
        self._cells, self._size = cells, size
        # No attacker believes in a count ten times all there are; a bound keeps every programme bounded.
        most = 100.0 + 10.0 * max((cell.value for cell in cells), default=0)
        self._low, self._high = np.zeros(size), np.full(size, most)
        self._single: dict[int, int] = {}
        rows: list[int] = []
        for i, cell in enumerate(cells):
            if hidden[i]:
                if len(cell.members) == 1:
                    self._low[cell.members[0]] = 1.0
                continue
            if len(cell.members) == 1:
                self._low[cell.members[0]] = self._high[cell.members[0]] = cell.value
                self._single[cell.members[0]] = i
            else:
                rows.append(i)
        self._rows = rows
        columns = [j for i in rows for j in cells[i].members]
        index = [k for k, i in enumerate(rows) for _ in cells[i].members]
        self._a = csr_matrix((np.ones(len(columns)), (index, columns)), shape=(len(rows), size)) if rows else None
        self._b = np.array([cells[i].value for i in rows], dtype=float) if rows else None

    def vector(self, i: int) -> np.ndarray:
        vector = np.zeros(self._size)
        vector[list(self._cells[i].members)] = 1.0
        return vector

    def solve(self, objective: np.ndarray) -> tuple[float, np.ndarray, set[int]]:
        """The least value of the objective, where, and the published cells that prove it."""
        bounds = np.column_stack([self._low, self._high])
        result = linprog(objective, A_eq=self._a, b_eq=self._b, bounds=bounds, method="highs")
        if result.status != 0:
            raise RuntimeError(f"linear programme ended with status {result.status}: {result.message}")
        prices = np.abs(result.eqlin.marginals) if self._a is not None else np.array([])
        proof = {self._rows[k] for k in np.flatnonzero(prices > _PRICE)}
        reduced = np.abs(result.lower.marginals) + np.abs(result.upper.marginals)
        proof |= {self._single[int(j)] for j in np.flatnonzero(reduced > _PRICE) if int(j) in self._single}
        return float(result.fun), result.x, proof


def programme_proofs(
    cells: Sequence[Cell], size: int, width: float, hidden: np.ndarray, watched: Sequence[int]
) -> list[set[int]]:
    """For each watched cell whose range is too narrow, the published cells that make it so, by linear programmes."""
    problem = _Problem(cells, size, hidden)
    vectors = np.array([problem.vector(i) for i in watched])
    if not len(vectors):
        return []
    # Corners in a few directions show most ranges to be wide enough; only the rest need their own two programmes.
    least, greatest = np.full(len(watched), np.inf), np.full(len(watched), -np.inf)
    rng = np.random.default_rng(0)
    for _ in range(4):
        direction = rng.uniform(-1, 1, size)
        for sign in (1, -1):
            at = vectors @ problem.solve(sign * direction)[1]
            least, greatest = np.minimum(least, at), np.maximum(greatest, at)
    found = []
    for k, i in enumerate(watched):
        if greatest[k] - least[k] >= width - _SLACK:
            continue
        low, _, below = problem.solve(vectors[k])
        high, _, above = problem.solve(-vectors[k])
        if -high - low < width - _SLACK:
            found.append((below | above) - {i})
    return found


def _cover(cells: Sequence[Cell], proofs: Sequence[frozenset[int]]) -> np.ndarray:
    """The cheapest set of cells that breaks every proof, with all small ones."""
    small = np.array([cell.small for cell in cells])
    columns = sorted(set().union(*proofs))
    place = {i: k for k, i in enumerate(columns)}
    index = [r for r, proof in enumerate(proofs) for _ in proof]
    matrix = csr_matrix(
        (np.ones(len(index)), (index, [place[i] for proof in proofs for i in sorted(proof)])),
        shape=(len(proofs), len(columns)),
    )
    costs = np.array([cells[i].cost + 1e-4 * np.log1p(cells[i].value) for i in columns])
    answer = milp(
        costs,
        constraints=LinearConstraint(matrix, lb=1),
        integrality=np.ones(len(columns)),
        bounds=Bounds(0, 1),
    )
    if answer.x is None:
        raise RuntimeError(f"set cover: {answer.message}")
    hidden = small.copy()
    hidden[[columns[k] for k in np.flatnonzero(answer.x > 0.5)]] = True
    return hidden
