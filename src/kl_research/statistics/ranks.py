"""The primary statistic: how far a municipality's change stands out among the others' changes.

With counts y0 before and y1 after, n = y0 + y1, and the others' centre c (log rate ratio), the share after is
p = logistic(c + log exposure ratio). The signed root of the binomial deviance at p,

    d = sign(y1 - n p) sqrt(2 [y1 log(y1 / n p) + y0 log(y0 / n (1 - p))]),

has variance near phi + (T + var c) n p (1 - p): T is the spread of log changes between municipalities of any size
(latent noise and true differences), phi the carry-over inflation and what small municipalities vary beyond that (a
spread T + b / mean, for 1 / n p (1 - p) is proportional to 1 / mean). t = d / sqrt(that). Centre, T and phi leave the
municipality itself out, for the treated one and for each donor alike, so under no effect all t are alike and the rank
of the treated one's |t| is a p-value. As phi and T are estimated, t is read with Satterthwaite's degrees of freedom.

Abadie, Diamond & Hainmueller (2010), JASA 105, 493-505, for the rank; the studentising lets municipalities of unequal
size be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, xlogy

from kl_research.statistics.noise import Noise

_GRID_POINTS = 41
_REFINEMENTS = 2  # 4 / 40^3: limits to 1e-4 on the log scale
SOFT = 0.1
PRIOR = 8.0  # standard deviation of what small municipalities vary more, in Poisson variances: weak
_NEAR, _WIDEST = 4.0, 16.0  # log ratios searched on either side


@dataclass(frozen=True)
class Totals:
    """Counts before and after (R, N), log exposure ratio (R, N), and the months' geometry.

    `inflation` (R,): variance of the log ratio over that of independent Poisson months, from carry-over and from what
    small municipalities vary more. `floor` (R,): the latent noise's own part of T. Neither phi nor T can be less.
    """

    before: np.ndarray
    after: np.ndarray
    log_exposure: np.ndarray
    inflation: np.ndarray
    floor: np.ndarray


@dataclass(frozen=True)
class Studentised:
    """t as a normal deviate, centre, and what it was divided by, each (R, N)."""

    t: np.ndarray
    centre: np.ndarray
    centre_variance: np.ndarray
    dispersion: np.ndarray  # phi
    spread: np.ndarray  # T
    uncertainty: np.ndarray  # variance of T


def geometry(times: np.ndarray, segment: np.ndarray, noise: Noise) -> tuple[np.ndarray, np.ndarray]:
    """Inflation and floor of `Totals` for months (T,) with segment 0 before and 1 after: those of 1/n0 against 1/n1.

    Examples
    --------
    >>> one = np.ones(1)
    >>> inflation, floor = geometry(np.arange(4), np.array([0, 0, 1, 1]), Noise(0.1 * one, 0 * one, 0 * one, 0 * one))
    >>> inflation.item(), floor.item()                    # independent months: .1 (1/2 + 1/2)
    (1.0, 0.1)
    """
    n0, n1 = (segment == 0).sum(), (segment == 1).sum()
    return contrast_noise(times, np.where(segment == 0, -1.0 / n0, 1.0 / n1), noise)


def contrast_noise(times: np.ndarray, weights: np.ndarray, noise: Noise) -> tuple[np.ndarray, np.ndarray]:
    """What months that hang together add to the variance of sum w_t log(rate_t), for equal monthly means; each (R,).

    That variance is inflation (sum w^2) / mean + floor: with q = sum w_t w_s r^|t-s|, the floor is s2 q, and
    carry-over and excess inflate the Poisson part by kappa (q / sum w^2 - 1) + excess q / sum w^2.
    """
    gap = np.abs(times[:, None] - times[None, :])
    by_gap = np.bincount(gap.ravel(), weights=np.outer(weights, weights).ravel())
    latent = (by_gap[None, :] * noise.r[:, None] ** np.arange(len(by_gap))).sum(axis=1)
    share = latent / (weights**2).sum()
    return 1.0 + noise.kappa * (share - 1.0) + noise.excess * share, noise.s2 * latent


def studentised(totals: Totals) -> Studentised:
    """The statistic of every municipality against all the others.

    Examples
    --------
    >>> before, after = np.full((1, 20), 48.0), np.full((1, 20), 16.0)
    >>> after[0, 0] = 40.0
    >>> one = np.ones(1)
    >>> totals = Totals(before, after, np.full((1, 20), np.log(8 / 24)), one, 0 * one)
    >>> rank_p(studentised(totals).t, 0).item()
    0.05
    """
    y0, y1 = totals.before, totals.after
    n = y0 + y1
    inflation, floor = totals.inflation[:, None], totals.floor[:, None]
    lr = log_ratios(totals)
    dispersion, spread = inflation, np.maximum(floor, 0.02)
    common = np.median(lr, axis=1, keepdims=True)
    for _ in range(4):
        # Counts expected under the common centre, never the observed ones: a low count must not weigh less.
        for _ in range(2):
            p = expit(common + totals.log_exposure)
            information = n * p * (1 - p)
            weight = information / (dispersion + spread * information)
            common = (weight * lr).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
        centre_variance = 1.0 / _others(weight)
        centre = common + weight * (common - lr) * centre_variance
        p = expit(centre + totals.log_exposure)
        information = n * p * (1 - p)
        d = signed_root(y0, y1, p)
        # E d^2 = phi + (T + var c) n p (1-p): what is beyond inflation and floor, weighted by what it tells. The
        # weights are those of all together: whoever stands out must not, by leaving itself out, weigh more.
        beyond = d**2 - inflation - (floor + centre_variance) * information
        precision = (dispersion + spread * information) ** -2.0
        more, wider = _beyond(beyond, information, precision, _all)
        dispersion, spread = inflation + more, floor + wider
    more, wider = _beyond(beyond, information, precision, _others)
    # The variance as if T alone had been estimated; at its least it has none: benchmarks/results/README.md.
    error, above = 2.0 / _others(precision * information**2), (more / np.maximum(information, 1e-12) + wider) ** 2
    uncertainty = error * above / (above + SOFT * error)
    variance = inflation + more + (floor + wider + centre_variance) * information
    t = as_normal(d / np.sqrt(variance), variance, information, uncertainty)
    return Studentised(t, centre, centre_variance, inflation + more, floor + wider, uncertainty)


def _beyond(
    beyond: np.ndarray, information: np.ndarray, precision: np.ndarray, total: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """b, a >= 0 of the least-squares fit beyond = b + a information; `total` sums over the municipalities."""
    products = (np.ones_like(beyond), information, information**2, beyond, information * beyond)
    return fit_two_parts(*(total(precision * product) for product in products))


def fit_two_parts(
    s00: np.ndarray, s01: np.ndarray, s11: np.ndarray, r0: np.ndarray, r1: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """b, a >= 0 of y = b + a x by least squares, from weighted sums of 1, x, x^2, y and x y.

    Donors that are all of one size cannot tell b from a: b has a weak prior, which lets a size that no donor has be
    reached.
    """
    s00, s11 = s00 + 2.0 / PRIOR**2, np.maximum(s11, 1e-12)
    determinant = s00 * s11 - s01**2
    b, a = (s11 * r0 - s01 * r1) / determinant, (s00 * r1 - s01 * r0) / determinant
    # On a bound one of them explains all there is.
    alone_b, alone_a = np.maximum(r0 / s00, 0.0), np.maximum(r1 / s11, 0.0)
    inside, by_b = (a >= 0) & (b >= 0), alone_b * r0 > alone_a * r1
    return np.where(inside, b, np.where(by_b, alone_b, 0.0)), np.where(inside, a, np.where(by_b, 0.0, alone_a))


def _all(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.sum(axis=1, keepdims=True))


def _others(values: np.ndarray) -> np.ndarray:
    """Each panel's sum (R, N) without the municipality's own."""
    return np.asarray(values.sum(axis=1, keepdims=True) - values)


def as_normal(
    t: np.ndarray, variance: np.ndarray | float, information: np.ndarray | float, uncertainty: np.ndarray | float
) -> np.ndarray:
    """t with Satterthwaite's degrees of freedom as a normal deviate (Wallace 1959).

    T is estimated, and counts most for large municipalities: without this the largest of 20 is called an effect in
    7.5 % of cases. Degrees of freedom 2 variance^2 / (information^2 Var T).

    Examples
    --------
    >>> as_normal(np.array([2.0]), 1.0, 1.0, 0.2).round(2)          # 10 degrees of freedom: P = .073
    array([1.79])
    """
    df = np.minimum(2.0 * variance**2 / np.maximum(information**2 * uncertainty, 1e-12), 1e6)
    shrunken = np.sqrt(df * np.log1p(t**2 / df)) * (8.0 * df + 1.0) / (8.0 * df + 3.0)
    return np.asarray(np.sign(t) * shrunken)


def signed_root(y0: np.ndarray, y1: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Signed root of the binomial deviance of y1 among y0 + y1 at share p."""
    n = y0 + y1
    inside = xlogy(y1, y1 / np.maximum(n * p, 1e-300)) + xlogy(y0, y0 / np.maximum(n * (1 - p), 1e-300))
    return np.asarray(np.sign(y1 - n * p) * np.sqrt(2.0 * np.maximum(inside, 0.0)))


def rank_p(t: np.ndarray, treated: int) -> np.ndarray:
    """(1 + donors at least as far out) / (N + 1), ties counting against; shape (R,).

    Examples
    --------
    >>> rank_p(np.array([[3.0, -3.0, 1.0, 0.5]]), 0)       # one of three donors is as far out
    array([0.5])
    """
    size = np.abs(t)
    as_far = (size >= size[:, [treated]] - 1e-9).sum(axis=1)
    return np.asarray(as_far / t.shape[1])


def shifted(totals: Totals, treated: int, log_ratio: np.ndarray) -> Totals:
    """The hypothesis that the treated municipality's ratio is exp(log_ratio) (G,): it enters the offset."""
    rows = np.repeat(totals.log_exposure, len(log_ratio), axis=0)
    rows[:, treated] += np.tile(log_ratio, len(totals.log_exposure))
    grown = [
        np.repeat(x, len(log_ratio), axis=0) for x in (totals.before, totals.after, totals.inflation, totals.floor)
    ]
    return Totals(grown[0], grown[1], rows, grown[2], grown[3])


def interval(totals: Totals, treated: int, level: float = 0.95) -> tuple[float, float, float]:
    """All ratios the rank test does not reject at 1 - level, as log limits (their hull), and the attained level.

    One panel (R = 1). The attained level is 1 - floor(alpha (N+1)) / (N+1): .95 with 19 donors, .959 with 97.
    """
    t = studentised(totals)
    estimate = float(log_ratios(totals)[0, treated] - t.centre[0, treated])
    count = totals.before.shape[1]
    attained = 1.0 - np.floor((1.0 - level) * count + 1e-9) / count

    def rejected(points: np.ndarray) -> np.ndarray:
        p = rank_p(studentised(shifted(totals, treated, points)).t, treated)
        return np.asarray(p <= 1.0 - level + 1e-9)

    low, high = hull(rejected, estimate)
    return low, high, float(attained)


def hull(rejected: Callable[[np.ndarray], np.ndarray], start: float) -> tuple[float, float]:
    """First and last ratio that is kept, on ever finer grids; infinite when nothing within `_WIDEST` is rejected.

    Where the test rejects everything - as good as all donors stand still - nothing is known, and both are infinite.
    """
    for reach in (_NEAR, _WIDEST):
        grid = start + np.linspace(-reach, reach, 2 * _GRID_POINTS - 1)
        kept = np.flatnonzero(~rejected(grid))
        if len(kept) and kept[0] > 0 and kept[-1] < len(grid) - 1:
            break
    if not len(kept):
        return -np.inf, np.inf
    low = _edge(rejected, grid[kept[0]], grid[kept[0] - 1]) if kept[0] > 0 else -np.inf
    high = _edge(rejected, grid[kept[-1]], grid[kept[-1] + 1]) if kept[-1] < len(grid) - 1 else np.inf
    return low, high


def _edge(rejected: Callable[[np.ndarray], np.ndarray], inside: float, outside: float) -> float:
    """The last ratio that is kept on the way from one inside to one outside."""
    for _ in range(_REFINEMENTS):
        grid = np.linspace(inside, outside, _GRID_POINTS)
        kept = np.flatnonzero(~rejected(grid[:-1]))
        last = int(kept[-1]) if len(kept) else 0
        inside, outside = grid[last], grid[last + 1]
    return float(inside)


def log_ratios(totals: Totals) -> np.ndarray:
    """log((y1 + 1/2) / (y0 + 1/2)) less the log exposure ratio, (R, N)."""
    return np.asarray(np.log((totals.after + 0.5) / (totals.before + 0.5)) - totals.log_exposure)
