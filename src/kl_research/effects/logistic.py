"""Binomial regression of shares: cases among those eligible, where a denominator of people is known."""

from __future__ import annotations

import numpy as np
from scipy.special import expit


def binomial_fit(design: np.ndarray, cases: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Maximum-likelihood coefficients of log odds = X b, (p,), by iteratively reweighted least squares.

    Examples
    --------
    >>> binomial_fit(np.ones((2, 1)), np.array([1.0, 3.0]), np.array([3.0, 1.0])).round(6)
    array([0.])
    """
    total = cases + others
    coef = np.zeros(design.shape[1])
    eta = np.log((cases + 0.5) / (others + 0.5))
    for _ in range(50):
        p = expit(eta)
        weight = total * p * (1 - p)
        working = eta + (cases - total * p) / weight
        update = np.linalg.solve(design.T @ (design * weight[:, None]), design.T @ (weight * working))
        done = np.abs(update - coef).max() < 1e-12
        coef, eta = update, design @ update
        if done:
            break
    return coef
