"""How probable a rise is, beside the verdict and never instead of it; growth of its own is not taken into account."""

from __future__ import annotations

import numpy as np

from kl_research.statistics.posterior import OPEN, ORDINARY, SCEPTICAL, noise_of_ratio, posterior


def probabilities(
    before: float, after: float, offset: float, dispersion: float, spread: float
) -> dict[str, dict[str, float]]:
    """Of a rise, of one of at least 10 % and of a fall, under the ordinary, the sceptical and the open prior.

    With the ratio's mean and 90 % limits; what is left to 1 is "no change". Each names its prior: the mass on no
    change and the standard deviation of the log ratio otherwise.

    Examples
    --------
    >>> found = probabilities(72.0, 60.0, -0.693, 1.0, 0.02)                      # 36 were expected
    >>> [round(found[prior]["rise"], 2) for prior in ("sceptical", "ordinary", "open")]
    [0.44, 0.76, 0.94]
    """
    counts = np.array([before]), np.array([after]), np.array([offset])
    variance = noise_of_ratio(*counts, np.array([dispersion]), np.array([spread]))
    told = {}
    for name, prior in (("ordinary", ORDINARY), ("sceptical", SCEPTICAL), ("open", OPEN)):
        found = posterior(*counts, variance, prior)
        told[name] = {
            "rise": found.rise.item(),
            "rise_10": found.rise_10.item(),
            "fall": found.fall.item(),
            "ratio": found.mean_ratio.item(),
            "low": found.low.item(),
            "high": found.high.item(),
            "prior_none": prior.none,
            "prior_sd": prior.sd,
        }
    return told
