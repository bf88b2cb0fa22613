"""The primary statistic: how far a municipality's change stands out among the others' changes.

With counts y0 before and y1 after, n = y0 + y1, and the others' centre c (log rate ratio), the share after is
p = logistic(c + log exposure ratio). The signed root of the binomial deviance at p,

    d = sign(y1 - n p) sqrt(2 [y1 log(y1 / n p) + y0 log(y0 / n (1 - p))]),

has variance near phi + (T + var c) n p (1 - p): phi is the carry-over inflation, T the spread of log changes between
municipalities (latent noise and true differences). t = d / sqrt(that). Centre and T leave the municipality itself
out, for the treated one and for each donor alike, so under no effect all t are alike and the rank of the treated
one's |t| is a p-value. As T is estimated, t is read with Satterthwaite's degrees of freedom.

Abadie, Diamond & Hainmueller (2010), JASA 105, 493-505, for the rank; the studentising lets municipalities of unequal
size be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, xlogy

_GRID_POINTS = 41
_REFINEMENTS = 2  # 4 / 40^3: limits to 1e-4 on the log scale
SOFT = 0.1
_NEAR, _WIDEST = 4.0, 16.0  # log ratios searched on either side


@dataclass(frozen=True)
class Totals:
    """Counts before and after (R, N), log exposure ratio (R, N), and the months' geometry.

    `inflation` (R,): variance of the log ratio over that of independent Poisson months, from carry-over.
    `floor` (R,): the latent noise's own part of T, which the spread between municipalities cannot undercut.
    """

    before: np.ndarray
    after: np.ndarray
    log_exposure: np.ndarray
    inflation: np.ndarray
    floor: np.ndarray


@dataclass(frozen=True)
class Studentised:
    """t as a normal deviate, centre, and what it was divided by, each (R, N); `spread` is T."""

    t: np.ndarray
    centre: np.ndarray
    centre_variance: np.ndarray
    spread: np.ndarray
    uncertainty: np.ndarray  # variance of T


def geometry(
    times: np.ndarray, segment: np.ndarray, r: np.ndarray, kappa: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Inflation of the Poisson variance by carry-over, and the latent log rate's contrast variance at s2 = 1.

    Both (R,), for equal monthly means: with weights w = -1/n0 before and 1/n1 after, the latent part is
    sum w_t w_s r^|t-s|; carry-over adds kappa (that - sum w^2) to the Poisson part sum w^2.

    Examples
    --------
    >>> one, q = geometry(np.arange(4), np.array([0, 0, 1, 1]), np.zeros(1), np.zeros(1))
    >>> one.item(), q.item()                              # independent months: 1/2 + 1/2
    (1.0, 1.0)
    """
    gap = np.abs(times[:, None] - times[None, :])
    n0, n1 = (segment == 0).sum(), (segment == 1).sum()
    w = np.where(segment == 0, -1.0 / n0, 1.0 / n1)
    by_gap = np.bincount(gap.ravel(), weights=np.outer(w, w).ravel())
    latent = (by_gap[None, :] * r[:, None] ** np.arange(len(by_gap))).sum(axis=1)
    poisson = 1.0 / n0 + 1.0 / n1
    return 1.0 + kappa * (latent / poisson - 1.0), latent


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
    phi, floor = totals.inflation[:, None], totals.floor[:, None]
    lr = log_ratios(totals)
    spread = np.maximum(floor, 0.02)
    for _ in range(3):
        # Counts expected under the common centre, never the observed ones: a low count must not weigh less.
        common = _weighted_centre(lr, n, totals, spread)
        p = expit(common + totals.log_exposure)
        information = n * p * (1 - p)
        weight = information / (phi + spread * information)
        total_weight = weight.sum(axis=1, keepdims=True)
        centre = common + weight * (common - lr) / (total_weight - weight)
        centre_variance = 1.0 / (total_weight - weight)
        p = expit(centre + totals.log_exposure)
        information = n * p * (1 - p)
        d = signed_root(y0, y1, p)
        # E d^2 = phi + (T + var c) n p (1-p): moments, weighted by what T tells of each; T leaves its own d out.
        precision = information / (phi + spread * information) ** 2
        excess = precision * (d**2 - phi - centre_variance * information)
        leverage = precision * information
        spread_all = excess.sum(axis=1, keepdims=True) / leverage.sum(axis=1, keepdims=True)
        spread = np.maximum(spread_all, floor)
    rest = leverage.sum(axis=1, keepdims=True) - leverage
    left_out = np.maximum((excess.sum(axis=1, keepdims=True) - excess) / rest, floor)
    # The variance of T is 2 / rest, but a T held at its floor has none to speak of: benchmarks/results/README.md.
    above, error = (left_out - floor) ** 2, 2.0 / rest
    uncertainty = error * above / (above + SOFT * error)
    variance = phi + (left_out + centre_variance) * information
    t = as_normal(d / np.sqrt(variance), variance, information, uncertainty)
    return Studentised(t, centre, centre_variance, left_out, uncertainty)


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


def _weighted_centre(lr: np.ndarray, n: np.ndarray, totals: Totals, spread: np.ndarray) -> np.ndarray:
    p = expit(np.median(lr, axis=1, keepdims=True) + totals.log_exposure)
    information = n * p * (1 - p)
    weight = information / (totals.inflation[:, None] + spread * information)
    return np.asarray((weight * lr).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True))


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

    low, high = _hull(rejected, estimate)
    return low, high, float(attained)


def _hull(rejected: Callable[[np.ndarray], np.ndarray], start: float) -> tuple[float, float]:
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
