"""Thousands of small count regressions in one call: iteratively reweighted least squares, batched in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, polygamma, psi

Family = Literal["poisson", "quasi_poisson", "negative_binomial"]
_LARGEST_STEP = 30.0  # on the log scale: a series of zeros runs towards -infinity and is stopped there


@dataclass(frozen=True)
class Fits:
    """S fits of p coefficients: `coef` (S, p), `covariance` (S, p, p), `fitted` (S, n), the rest (S,).

    `dispersion` is Pearson chi-square over degrees of freedom for quasi-Poisson and AR(1), else 1. `alpha` is the
    negative binomial's variance parameter (variance = mu + alpha mu^2). `converged` is False where it is not so.
    """

    coef: np.ndarray
    covariance: np.ndarray
    fitted: np.ndarray
    dispersion: np.ndarray
    alpha: np.ndarray
    converged: np.ndarray
    df: int

    @property
    def std_error(self) -> np.ndarray:
        """Standard errors, (S, p)."""
        return np.sqrt(np.maximum(np.diagonal(self.covariance, axis1=1, axis2=2), 0.0))


def irls(
    design: np.ndarray,
    counts: np.ndarray,
    *,
    offset: np.ndarray | float = 0.0,
    family: Family = "poisson",
    alpha: float | np.ndarray | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 60,
) -> Fits:
    """Fit log-linear count models to S series at once.

    log E[y_st] = x_st' beta_s + offset_st; variance mu, dispersion x mu, or mu + alpha mu^2.

    Parameters
    ----------
    design : (n, p), the same for all series, or (S, n, p).
    counts : (S, n), 0, 1, 2, ...
    offset : log exposure, broadcast to (S, n).
    alpha : of the negative binomial; None estimates it by maximum likelihood, 0 at the boundary.

    Examples
    --------
    >>> step = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> fit = irls(step, np.array([[2, 3, 4, 5, 6, 7]]))
    >>> np.exp(fit.coef[0]).round(6)                       # mean before, ratio after to before: 6 / 3
    array([3., 2.])
    """
    y = np.atleast_2d(np.asarray(counts, dtype=float))
    log_exposure = np.broadcast_to(np.asarray(offset, dtype=float), y.shape)
    x = np.asarray(design, dtype=float)
    if family != "negative_binomial":
        start = np.log(np.maximum(y, 0) + 0.5) - log_exposure
        coef, mu, converged = _scoring(x, y, log_exposure, np.zeros(len(y)), start, tolerance, max_iterations)
        dispersion = np.ones(len(y))
        df = y.shape[1] - x.shape[-1]
        if family == "quasi_poisson":
            dispersion = ((y - mu) ** 2 / mu).sum(axis=1) / df
        covariance = _inverse(_cross(x, mu)) * dispersion[:, None, None]
        return Fits(coef, covariance, mu, dispersion, np.zeros(len(y)), converged, df)
    return _negative_binomial(x, y, log_exposure, alpha, tolerance, max_iterations)


def ar1_quasi_poisson(
    design: np.ndarray,
    counts: np.ndarray,
    carry: np.ndarray,
    *,
    offset: np.ndarray | float = 0.0,
    least_dispersion: float = 1.0,
    tolerance: float = 1e-10,
    max_iterations: int = 60,
) -> Fits:
    """Poisson mean with AR(1) working correlation: generalised estimating equations, one series a cluster.

    D' V^-1 (y - mu) = 0 with V = phi A^1/2 R A^1/2, A = diag(mu), R_ts the product of `carry`
    between s and t; phi = max(least_dispersion, whitened Pearson chi-square / (n - p)); covariance
    phi (D' V^-1 D)^-1. `carry`: the correlation of each count with the one before, (n-1,) or (S, n-1); with gaps
    between months it is rho^gap. Liang & Zeger (1986), Biometrika 73, 13-22.

    Examples
    --------
    >>> step = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> fit = ar1_quasi_poisson(step, np.array([[2, 3, 4, 5, 6, 7]]), np.zeros(5))
    >>> np.exp(fit.coef[0]).round(6)
    array([3., 2.])
    """
    y = np.atleast_2d(np.asarray(counts, dtype=float))
    x = np.broadcast_to(np.asarray(design, dtype=float), (len(y), *np.shape(design)[-2:]))
    log_exposure = np.broadcast_to(np.asarray(offset, dtype=float), y.shape)
    carry = np.broadcast_to(np.asarray(carry, dtype=float), (len(y), y.shape[1] - 1))
    first = irls(x, y, offset=log_exposure, tolerance=1e-8)
    coef, mu = first.coef, first.fitted
    converged = np.zeros(len(y), dtype=bool)
    for _ in range(max_iterations):
        root = np.sqrt(mu)
        whitened = _whiten(x * root[:, :, None], carry)
        residual = _whiten(((y - mu) / root)[:, :, None], carry)[:, :, 0]
        information = np.einsum("snp,snq->spq", whitened, whitened)
        score = np.einsum("snp,sn->sp", whitened, residual)
        step = np.clip(_solve(information, score), -2.0, 2.0)
        coef = coef + step
        mu = _mean(x, coef, log_exposure)
        converged = np.abs(step).max(axis=1) < tolerance
        if converged.all():
            break
    root = np.sqrt(mu)
    whitened = _whiten(x * root[:, :, None], carry)
    residual = _whiten(((y - mu) / root)[:, :, None], carry)[:, :, 0]
    df = y.shape[1] - x.shape[-1]
    dispersion = np.maximum((residual**2).sum(axis=1) / df, least_dispersion)
    covariance = _inverse(np.einsum("snp,snq->spq", whitened, whitened)) * dispersion[:, None, None]
    alpha = np.zeros(len(y))
    return Fits(coef, covariance, mu, dispersion, alpha, converged & first.converged, df)


def _whiten(columns: np.ndarray, carry: np.ndarray) -> np.ndarray:
    """(S, n, p) times the inverse Cholesky factor of the AR(1) correlation with steps rho^gap, `carry` (S, n-1)."""
    scale = np.sqrt(1.0 - carry**2)[:, :, None]
    later = (columns[:, 1:] - carry[:, :, None] * columns[:, :-1]) / scale
    return np.concatenate([columns[:, :1], later], axis=1)


def _scoring(
    x: np.ndarray,
    y: np.ndarray,
    offset: np.ndarray,
    alpha: np.ndarray,
    start: np.ndarray,
    tolerance: float,
    most: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    eta = start + offset
    coef = np.zeros((len(y), x.shape[-1]))
    converged = np.zeros(len(y), dtype=bool)
    overdispersed = bool(np.any(alpha > 0))
    for _ in range(most):
        mu = np.exp(np.clip(eta, -_LARGEST_STEP, _LARGEST_STEP))
        weight = mu
        pulled = mu * (eta - offset) + (y - mu)  # weight times working response
        if overdispersed:
            # Newton's weights, not their expectation: half as many steps to the same maximum.
            spread = 1.0 / (1.0 + alpha[:, None] * mu)
            weight = mu * (1.0 + alpha[:, None] * y) * spread**2
            pulled = weight * (eta - offset) + (y - mu) * spread
        moments = pulled @ x if x.ndim == 2 else np.einsum("snp,sn->sp", x, pulled)
        update = _solve(_cross(x, weight), moments)
        converged = np.abs(update - coef).max(axis=1) < tolerance * (1.0 + np.abs(update).max(axis=1))
        coef = update
        eta = (coef @ x.T if x.ndim == 2 else np.einsum("snp,sp->sn", x, coef)) + offset
        if converged.all():
            break
    mu = _mean(x, coef, offset)
    # A mean driven to zero has no finite coefficient: it is reported as not converged.
    return coef, mu, converged & (np.abs(coef).max(axis=1) < _LARGEST_STEP - 5)


def _negative_binomial(
    x: np.ndarray, y: np.ndarray, offset: np.ndarray, alpha: float | np.ndarray | None, tolerance: float, most: int
) -> Fits:
    start = np.log(np.maximum(y, 0) + 0.5) - offset
    size = np.zeros(len(y)) if alpha is None else np.broadcast_to(np.asarray(alpha, dtype=float), len(y)).copy()
    coef, mu, converged = _scoring(x, y, offset, size, start, tolerance, most)
    if alpha is None:
        size = _moment_alpha(y, mu)
        for _ in range(most):
            before = size
            coef, mu, converged = _scoring(x, y, offset, size, np.log(mu) - offset, tolerance, most)
            size = _likelihood_alpha(y, mu, size)
            if (np.abs(size - before) <= 1e-10 * (1 + size)).all():
                break
        coef, mu, converged = _scoring(x, y, offset, size, np.log(mu) - offset, tolerance, most)
    weight = mu / (1.0 + size[:, None] * mu)
    covariance = _inverse(_cross(x, weight))
    ones = np.ones(len(y))
    return Fits(coef, covariance, mu, ones, size, converged, y.shape[1] - x.shape[-1])


def _moment_alpha(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    return np.maximum(((y - mu) ** 2 - mu).sum(axis=1) / (mu**2).sum(axis=1), 1e-3)


def _likelihood_alpha(y: np.ndarray, mu: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Newton steps on log alpha at fixed means; 0 where the likelihood rises towards the Poisson boundary."""
    # The derivative at alpha = 0 is half of sum((y - mu)^2 - y): not above zero, no overdispersion to be found.
    inside = ((y - mu) ** 2 - y).sum(axis=1) > 0
    log_alpha = np.log(np.where(alpha > 0, alpha, 1e-3))
    for _ in range(50):
        k = np.exp(-log_alpha)[:, None]
        slope = (psi(y + k) - psi(k) + np.log(k) - np.log(k + mu) + 1.0 - (y + k) / (k + mu)).sum(axis=1)
        curve = (polygamma(1, y + k) - polygamma(1, k) + 1.0 / k - 2.0 / (k + mu) + (y + k) / (k + mu) ** 2).sum(
            axis=1
        )
        k = k[:, 0]
        first, second = -k * slope, k**2 * curve + k * slope
        step = np.clip(np.where(second < 0, -first / np.where(second < 0, second, -1.0), np.sign(first)), -1.0, 1.0)
        log_alpha = np.clip(log_alpha + step, -18.0, 8.0)
        if (np.abs(step[inside]) < 1e-12).all():
            break
    return np.where(inside, np.exp(log_alpha), 0.0)


def _mean(x: np.ndarray, coef: np.ndarray, offset: np.ndarray) -> np.ndarray:
    eta = (coef @ x.T if x.ndim == 2 else np.einsum("snp,sp->sn", x, coef)) + offset
    return np.asarray(np.exp(np.clip(eta, -_LARGEST_STEP, _LARGEST_STEP)))


def _cross(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """X' W X of every series, (S, p, p)."""
    if x.ndim == 3:
        return np.einsum("snp,sn,snq->spq", x, weight, x, optimize=True)
    n, p = x.shape
    pairs = (x[:, :, None] * x[:, None, :]).reshape(n, p * p)
    return (weight @ pairs).reshape(len(weight), p, p)


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    # A hair of ridge keeps a series of zeros, whose information vanishes, from stopping all the others.
    return np.asarray(np.linalg.solve(matrix + _ridge(matrix), right[:, :, None])[:, :, 0])


def _inverse(matrix: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.inv(matrix + _ridge(matrix)))


def _ridge(matrix: np.ndarray) -> np.ndarray:
    p = matrix.shape[-1]
    scale = np.trace(matrix, axis1=1, axis2=2) / p
    return np.asarray((1e-14 * scale + 1e-280)[:, None, None] * np.eye(p))


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


@dataclass(frozen=True)
class Regression:
    """The regression of one area: rows are the months used."""

    times: np.ndarray  # month numbers, 0 at the first month after
    design: np.ndarray  # (n, p)
    null: np.ndarray  # the same without the impact
    contrast: np.ndarray  # (p,), the average log ratio over the months after
    names: list[str]
