"""Synthetic control and synthetic difference-in-differences, with placebo inference over the donors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kl_research.effects.answer import Measured, build_effect, run_design
from kl_research.effects.checks.silence import without_silent_donors
from kl_research.effects.counts import Counts
from kl_research.effects.designs.controlled import critical_value
from kl_research.effects.donors import LEAST_DONORS
from kl_research.effects.effect import Effect
from kl_research.effects.verdict import not_assessable
from kl_research.effects.window import Window
from kl_research.statistics.ranks import rank_p
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

NAME = "synthetic_did"
_PLACEBO_ITERATIONS = 100


def synthetic_did(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    outcome: str | None = None,
    question: Question = ORDINARY,
) -> Effect:
    """A weighted mix of donors and months that moved as the municipality did before; difference of differences.

    Each series is divided by its own mean before, so weights and effect are relative. The p-value ranks the
    effect, divided by its counting error, among the same for every donor; the interval is what that rank does not
    reject. A sensitivity: on small counts the weights follow noise.

    Returns
    -------
    Effect
        An `Effect` (rate ratio, 95 %).

    Raises
    ------
    InputError
        For a public panel, an unknown municipality or a bad offset.

    References
    ----------
    Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), Am Econ Rev 111, 4088-4118.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> synthetic_did(panel, events["meeting"], municipality="001").verdict
    'increase'
    """
    return run_design(synthetic_effect, NAME, panel, event, municipality, question.about(event, outcome))


def synthetic_effect(counts: Counts, window: Window, event: Event, question: Question) -> Effect:
    """The design on a window already assessed."""
    if len(window.donors) < LEAST_DONORS:
        return not_assessable(event, window, NAME, "too_few_donors")
    window = without_silent_donors(counts, window)
    codes = (window.municipality, *window.donors)
    rows, columns = counts.rows((*window.pre, *window.post)), [counts.column(code) for code in codes]
    y = _months(counts, window, codes)
    rates = y / counts.exposure[rows][:, columns].T
    means = rates[:, : window.n_pre].mean(axis=1)
    relative = rates / means[:, None]
    change = placebo_effects(relative, window.n_pre)
    # Relative counts vary as 1 / expected: every effect is put on the scale of its own counting error.
    totals = y[:, : window.n_pre].sum(axis=1)
    error = np.sqrt((1 / window.n_pre + 1 / window.n_post) * window.n_pre / totals)
    y1 = float(y[0, window.n_pre :].sum())
    observed = float(relative[0, window.n_pre :].mean())
    without = observed - float(change[0])
    if without <= 1e-9:
        return not_assessable(event, window, NAME, "no_fit")
    if y1 == 0:  # half a call, so that the ratio stays above 0
        observed = 0.5 * window.n_pre / (window.n_post * totals[0])
        change[0] = observed - without
    scaled = change / error
    p_value = float(rank_p(scaled[None], 0)[0])
    # The error belongs to the counterfactual: the ratio's limits are those of observed over expected.
    reach = critical_value(scaled[1:]) * float(error[0])
    low, ratio = float(observed / (without + reach)), float(observed / without)
    high = float(observed / (without - reach)) if without > reach else None
    expected = max(y1, 0.5) / ratio
    shape = relative[1:, window.n_pre :].mean(axis=0)
    curve_after = (
        expected * shape / shape.sum() if shape.sum() > 0 else np.full(window.n_post, expected / window.n_post)
    )
    return build_effect(
        counts,
        window,
        event,
        NAME,
        Measured(
            ratio=ratio,
            low=low,
            high=high,
            p_value=p_value,
            observed=y1,
            expected=expected,
            before=np.full(window.n_pre, totals[0] / window.n_pre),
            counterfactual=curve_after,
        ),
        band=question.band,
        p_min=1.0 / (len(window.donors) + 1),
        n_donors=len(window.donors),
        details={"comparison": "donors"},
    )


def _months(counts: Counts, window: Window, codes: Sequence[str]) -> np.ndarray:
    """The months of each area, (N, T); published ones add up to the published total of their side of the event."""
    months = (*window.pre, *window.post)
    y = counts.values[counts.rows(months)][:, [counts.column(code) for code in codes]].T.copy()
    if counts.made_before is None:
        return y
    for side in (slice(0, window.n_pre), slice(window.n_pre, None)):
        total, added = counts.totals(months[side], codes), y[:, side].sum(axis=1)
        even = (total / len(months[side]))[:, None]
        y[:, side] = np.where(added[:, None] > 0, y[:, side] * (total / np.maximum(added, 1))[:, None], even)
    return y


def placebo_effects(outcomes: np.ndarray, n_pre: int) -> np.ndarray:
    """Synthetic difference-in-differences of every row against all the others, (N,): one batched Frank-Wolfe.

    Examples
    --------
    >>> y = np.ones((20, 12)); y[0, 8:] = 2.0
    >>> placebo_effects(y, 8).round(3)[:2].tolist()      # the others see the first among their donors
    [1.0, -0.053]
    """
    y = np.asarray(outcomes, dtype=float)
    n, months = y.shape
    noise = float(np.std(np.diff(y[:, :n_pre], axis=1), ddof=1))
    zeta = (months - n_pre) ** 0.25 * noise
    centred = (y[:, :n_pre] - y[:, :n_pre].mean(axis=1, keepdims=True)).T  # (T0, N)
    target = centred.T
    weights = (1.0 - np.eye(n)) / (n - 1)
    fitted = weights @ target
    eta = n_pre * zeta**2
    own = np.arange(n)
    for _ in range(_PLACEBO_ITERATIONS):
        # Half the gradient of |A w - b|^2 + eta |w|^2 for all rows at once; a row is never its own donor.
        gradient = (fitted - target) @ centred + eta * weights
        along = (gradient * weights).sum(axis=1)
        gradient[own, own] = np.inf
        best = gradient.argmin(axis=1)
        towards = target[best] - fitted
        length = 1.0 - 2.0 * weights[own, best] + (weights**2).sum(axis=1)
        bend = (towards**2).sum(axis=1) + eta * length
        slope = gradient[own, best] - along
        step = np.clip(np.where(bend > 0, -slope / np.where(bend > 0, bend, 1.0), 0.0), 0.0, 1.0)[:, None]
        fitted += step * towards
        weights *= 1.0 - step
        weights[own, best] += step[:, 0]
    # Months before count alike: time weights on counts this small follow single months.
    gap = y - weights @ y
    return np.asarray(gap[:, n_pre:].mean(axis=1) - gap[:, :n_pre].mean(axis=1))


def synthdid_estimate(outcomes: np.ndarray, n_donors: int, n_pre: int, *, kind: str = "sdid") -> float:
    """The published estimators on a matrix (N, T), donors first: "sdid", "sc" or "did".

    Unit and time weights by Frank-Wolfe with the regularisation, sparsification and stopping rule of the authors'
    R package synthdid, so that its published numbers are met.

    Examples
    --------
    >>> y = np.array([[1.0, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 5]])
    >>> synthdid_estimate(y, 2, 3, kind="did")
    2.0
    """
    y = np.asarray(outcomes, dtype=float)
    n_treated, n_post = y.shape[0] - n_donors, y.shape[1] - n_pre
    time_weights = np.full(n_pre, 1.0 / n_pre)
    unit_weights = np.full(n_donors, 1.0 / n_donors)
    noise = float(np.std(np.diff(y[:n_donors, :n_pre], axis=1), ddof=1))
    collapsed = np.empty((n_donors + 1, n_pre + 1))
    collapsed[:n_donors, :n_pre] = y[:n_donors, :n_pre]
    collapsed[:n_donors, n_pre] = y[:n_donors, n_pre:].mean(axis=1)
    collapsed[n_donors, :n_pre] = y[n_donors:, :n_pre].mean(axis=0)
    collapsed[n_donors, n_pre] = y[n_donors:, n_pre:].mean()
    if kind == "sdid":
        time_weights = _weights(collapsed[:n_donors], 1e-6 * noise, noise, intercept=True)
        zeta = (n_treated * n_post) ** 0.25 * noise
        unit_weights = _weights(collapsed[:, :n_pre].T, zeta, noise, intercept=True)
    if kind == "sc":
        time_weights = np.zeros(n_pre)
        unit_weights = _weights(collapsed[:, :n_pre].T, 1e-6 * noise, noise, intercept=False)
    left = np.concatenate([-unit_weights, np.full(n_treated, 1.0 / n_treated)])
    right = np.concatenate([-time_weights, np.full(n_post, 1.0 / n_post)])
    return float(left @ y @ right)


def _weights(y: np.ndarray, zeta: float, noise: float, *, intercept: bool) -> np.ndarray:
    """Weights on the columns but the last that make the last, on the simplex; found, sparsified, found again."""
    start = np.full(y.shape[1] - 1, 1.0 / (y.shape[1] - 1))
    first = _frank_wolfe(y, zeta, start, intercept, 1e-5 * noise, 100)
    kept = np.where(first <= first.max() / 4, 0.0, first)
    return _frank_wolfe(y, zeta, kept / kept.sum(), intercept, 1e-5 * noise, 10_000)


def _frank_wolfe(
    y: np.ndarray, zeta: float, weights: np.ndarray, intercept: bool, least_decrease: float, most: int
) -> np.ndarray:
    y = y - y.mean(axis=0) if intercept else y
    a, b = y[:, :-1], y[:, -1]
    eta = len(y) * zeta**2
    before = np.inf
    for t in range(most):
        error = a @ weights - b
        gradient = error @ a + eta * weights
        i = int(gradient.argmin())
        direction = -weights
        direction[i] += 1.0
        move = a[:, i] - a @ weights
        bend = move @ move + eta * (direction @ direction)
        if bend <= 0:
            break
        weights = weights + np.clip(-(gradient @ direction) / bend, 0.0, 1.0) * direction
        error = a @ weights - b
        value = zeta**2 * (weights @ weights) + (error @ error) / len(y)
        if t >= 1 and before - value <= least_decrease**2:
            break
        before = value
    return weights
