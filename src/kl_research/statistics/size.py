"""Do changes go with size? What the others' changes let expect of a municipality as large as the first."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from kl_research.statistics.ranks import Studentised, Totals, log_ratios

# Only a clear line counts: of the rules tried (1, 1.64, 2) this takes least power, and a shock in proportion to size
# is still not claimed of the largest (benchmarks/attacks.py circumstances).
CLEAR, ADDED = 2.0, 0.25


def change_by_size(totals: Totals, found: Studentised) -> tuple[np.ndarray, np.ndarray]:
    """How much more than the others' mean the first municipality's size lets expect, and its error, log, each (R,).

    A weighted line through the others' log ratios over the log of their calls, before and after together: the noise
    of that sum has no part in their ratio. The first is placed by its calls before and what the others did.

    Examples
    --------
    >>> before = np.array([[400.0, *np.geomspace(20, 400, 20)]])
    >>> totals = Totals(before, before * before**0.1, 0 * before, np.ones(1), np.zeros(1))     # larger ones rose more
    >>> from kl_research.statistics.ranks import studentised
    >>> shift, error = change_by_size(totals, studentised(totals))
    >>> bool(shift[0] > CLEAR * error[0] > 0)
    True
    """
    expected = found.centre + totals.log_exposure
    size = np.log(totals.before + totals.after + 1.0)
    own = np.log((totals.before[:, 0] + 0.5) * (1.0 + np.exp(expected[:, 0])))
    share = expit(expected)
    information = np.maximum((totals.before + totals.after) * share * (1 - share), 1e-9)
    weight = (1.0 / (found.dispersion / information + found.spread))[:, 1:]
    total = weight.sum(axis=1, keepdims=True)
    middle = (weight * size[:, 1:]).sum(axis=1, keepdims=True) / total
    away = size[:, 1:] - middle
    along = np.maximum((weight * away**2).sum(axis=1), 1e-12)
    slope = (weight * away * log_ratios(totals)[:, 1:]).sum(axis=1) / along
    reach = own - middle[:, 0]
    return slope * reach, np.abs(reach) / np.sqrt(along)
