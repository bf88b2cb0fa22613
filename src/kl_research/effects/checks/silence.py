"""Municipalities that fell silent: locked out, not less in demand; no measure for what the others' calls do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kl_research.effects.counts import Counts
from kl_research.effects.donors import LEAST_DONORS
from kl_research.effects.effect import Threat
from kl_research.effects.window import Window

LEAST_SILENCE = 3  # months in a row without a call
LEAST_MISSED = 20  # calls to be expected in them: with the noise of kind B (benchmarks) 2 in 10,000 by chance


def without_silent_donors(counts: Counts, window: Window) -> Window:
    """The window without the donors that fell silent, as long as 19 others remain.

    A few municipalities locked out of the app would widen the spread of all and, by rank alone, make it impossible to
    call anything an effect. The rule is the same for everybody: a municipality that itself fell silent is compared
    with all, the silent ones included, and the silence is named among its threats.
    """
    if not window.donors:
        return window
    values, exposure, _ = counts.block(window.used, (*window.members, *window.donors))
    missed, start = longest_silence(values, exposure)
    silent = missed >= LEAST_MISSED
    own = len(window.members)
    left = tuple(code for code, out in zip(window.donors, silent[own:], strict=True) if not out)
    if silent[:own].any():
        month = window.used[start[:own][silent[:own]][0]]
        return replace(window, threats=(*window.threats, Threat("silent_months", "", month)))
    if len(left) < LEAST_DONORS:
        return window
    return replace(window, donors=left, silent=tuple(code for code in window.donors if code not in left))


def longest_silence(values: np.ndarray, exposure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The silence with most calls missing in each row: calls expected in it (N,), and its first month (N,), else -1.

    A silence is three or more months in a row without a call. What was to be expected in them are the row's other
    calls times what the rows together did in these months over what they did in the others, (N, T) in and no NaN.

    Examples
    --------
    >>> calls = np.full((20, 12), 10.0)
    >>> calls[0, 6:] = 0
    >>> expected, start = longest_silence(calls, np.ones((20, 12)))
    >>> expected[:2].round().tolist(), start[:2].tolist()             # 60 calls, of which the others kept up 56
    ([56.0, 0.0], [6, -1])
    """
    expected, start = np.zeros(len(values)), np.full(len(values), -1)
    # Damped weights: one large municipality must not be what all are held against.
    profile = (values / (1.0 + 0.1 * values.mean(axis=1, keepdims=True))).sum(axis=0)
    for i in np.flatnonzero((values == 0).sum(axis=1) >= LEAST_SILENCE):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], values[i] == 0, [0]])))
        for first, end in zip(edges[::2], edges[1::2], strict=True):
            due = profile * exposure[i]
            others = due.sum() - due[first:end].sum()
            if end - first < LEAST_SILENCE or others <= 0:
                continue
            missed = values[i].sum() * due[first:end].sum() / others
            if missed > expected[i]:
                expected[i], start[i] = missed, first
    return expected, start
