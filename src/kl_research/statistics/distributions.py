"""Tails and quantiles of the usual distributions, from special functions: to the last bit what `scipy.stats` gives.

`scipy.stats` takes a second to import, in every process that judges an effect.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special


def normal_beyond(z: Any) -> Any:
    """P(Z > z) of the standard normal.

    >>> round(float(normal_beyond(1.959964)), 4)
    0.025
    """
    return special.ndtr(-z)


def normal_quantile(share: Any) -> Any:
    """The z that a standard normal stays below with probability `share`.

    >>> round(float(normal_quantile(0.975)), 4)
    1.96
    """
    return special.ndtri(share)


def t_beyond(t: Any, df: Any) -> Any:
    """P(T > t) of Student's t with `df` degrees of freedom.

    >>> round(float(t_beyond(2.228, 10)), 4)
    0.025
    """
    return special.stdtr(df, -t)


def t_quantile(share: Any, df: Any) -> Any:
    """The t that Student's t with `df` degrees of freedom stays below with probability `share`.

    >>> round(float(t_quantile(0.975, 10)), 3)
    2.228
    """
    return special.stdtrit(df, share)


def chi_squared_quantile(share: Any, df: Any) -> Any:
    """The value that a chi-squared with `df` degrees of freedom stays below with probability `share`.

    >>> round(float(chi_squared_quantile(0.95, 1)), 3)
    3.841
    """
    return 2 * special.gammaincinv(df / 2, share)


def poisson_quantile(share: Any, mean: Any) -> Any:
    """The smallest count at which a Poisson distribution function reaches `share`.

    >>> poisson_quantile(0.5, 3.0).item()
    3.0
    """
    found = np.ceil(special.pdtrik(share, mean))
    less = np.maximum(found - 1, 0)
    return np.where(special.pdtr(less, mean) >= share, less, found)
