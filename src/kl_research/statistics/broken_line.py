"""A series with nobody beside it: where does its line break? For national sums, whose trend is no change."""

from __future__ import annotations

import numpy as np

EDGE = 3  # months at either end in which no break is looked for
_LEAST_SPREAD = 1e-9
_AHEAD = 12  # months after a break over which its size is averaged


def break_statistics(x: np.ndarray) -> np.ndarray:
    """F of a broken line against one line for every first month of the new line; x (R, T), (R, T - 2 EDGE + 1).

    One line: level and trend. Broken: both anew from the month on. F needs no scale, so overdispersion does not
    matter.

    >>> steps = np.array([[0.0, 1, 0, 1, 0, 5, 6, 5, 6, 5]])
    >>> EDGE + int(break_statistics(steps).argmax())
    5
    """
    length = x.shape[1]
    line = np.column_stack([np.ones(length), np.arange(length)])
    whole = _squares(x, line)
    found = []
    for start in range(EDGE, length - EDGE + 1):
        after = (np.arange(length) >= start).astype(float)
        broken = np.column_stack([line, after, after * (np.arange(length) - start)])
        found.append(_squares(x, broken))
    rest = np.maximum(np.column_stack(found), _LEAST_SPREAD)
    return np.asarray((whole[:, None] - rest) / 2 / (rest / (length - 4)))


def _squares(x: np.ndarray, design: np.ndarray) -> np.ndarray:
    q, _ = np.linalg.qr(design)
    return np.asarray((x**2).sum(axis=1) - ((x @ q) ** 2).sum(axis=1))


def size_and_memory(x: np.ndarray, start: int) -> tuple[float, float]:
    """The break's mean size over the year after it, and the autocorrelation of what is left, corrected for bias.

    The correction is Kendall's (1954), Biometrika 41, 403-404: r + (1 + 4 r) / T.
    """
    length = len(x)
    after, times = (np.arange(length) >= start).astype(float), np.arange(length) - start
    design = np.column_stack([np.ones(length), times, after, after * times])
    coef, *_ = np.linalg.lstsq(design, x, rcond=None)
    left = x - design @ coef
    ahead = min(_AHEAD, length - start)
    r = float((left[1:] * left[:-1]).sum() / max(float((left**2).sum()), _LEAST_SPREAD))
    # Four coefficients take autocorrelation out as well: each about 1 / T of it.
    corrected = r + (4 + 4 * max(r, 0.0)) / length
    return float(coef[2] + coef[3] * (ahead - 1) / 2), float(np.clip(corrected, 0.0, 0.9))


def null_maxima(rng: np.random.Generator, length: int, r: float, draws: int) -> np.ndarray:
    """The largest F of each of `draws` lines with AR(1) noise around them."""
    x = rng.standard_normal((draws, length))
    for t in range(1, length):
        x[:, t] = r * x[:, t - 1] + np.sqrt(1 - r**2) * x[:, t]
    return np.asarray(break_statistics(x).max(axis=1))
