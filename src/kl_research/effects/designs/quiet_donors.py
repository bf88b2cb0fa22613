"""Donors that vary less than chance: their ranks say nothing of a municipality whose calls are counts.

The rank test takes its measure from the donors. Where these hardly move (five calls every month), every ratio but one
stands out among them, and the interval has no width. A count of 150 has noise of its own, and no answer may be surer
than that.
"""

from __future__ import annotations

import numpy as np

from kl_research.statistics.distributions import chi_squared_quantile, normal_beyond
from kl_research.statistics.ranks import Totals, log_ratios

NORMAL = 1.959964
_ALMOST_NEVER = 0.001  # of panels whose donors vary as counts do; so the calibrated test is left as it is


def vary_too_little(donor_t: np.ndarray) -> bool:
    """Whether the donors' studentised changes are closer together than chance ever leaves counts.

    >>> vary_too_little(np.full(97, 0.1)), vary_too_little(np.tile([-1.0, 1.0], 40))
    (True, False)
    """
    return bool((donor_t**2).sum() < chi_squared_quantile(_ALMOST_NEVER, len(donor_t)))


def as_sure_as_counts(totals: Totals, centre: float, low: float, high: float) -> tuple[float, float, float]:
    """Log limits no narrower than those of the municipality's own counts (column 0), and the p-value of these.

    Formula: log ratio +- 1.96 sqrt(1 / (y0 + 1/2) + 1 / (y1 + 1/2)); donors that hardly move tell of no carry-over
    """
    estimate = float(log_ratios(totals)[0, 0]) - centre
    y0, y1 = totals.before[0, 0] + 0.5, totals.after[0, 0] + 0.5
    error = float(np.sqrt(1 / y0 + 1 / y1))
    p_value = float(2 * normal_beyond(abs(estimate) / error))
    return min(low, estimate - NORMAL * error), max(high, estimate + NORMAL * error), p_value
