"""How probable a rise is, beside the verdict and never instead of it; growth of its own is not taken into account."""

from __future__ import annotations

from typing import Any

import numpy as np

from kl_research.statistics.posterior import (
    OPEN,
    POSSIBLE,
    SCEPTICAL,
    Posterior,
    count_likelihood,
    noise_of_ratio,
    posterior,
)

PRIORS = {"own": POSSIBLE, "sceptical": (SCEPTICAL,), "open": (OPEN,)}


def probability_details(
    before: float, after: float, offset: float, dispersion: float, spread: float
) -> dict[str, Any]:
    """What an effect's `details` hold of probability: `likelihood`, and `probability` by prior, of this event alone.

    `likelihood`: the totals before and after, the log ratio to expect of them without a change, and its variance
    beyond chance. The events of a study together tell more (`questions.chance`).

    Examples
    --------
    >>> found = probability_details(72.0, 60.0, -0.693, 1.0, 0.02)["probability"]                 # 36 were expected
    >>> [round(found[prior]["rise"], 2) for prior in ("sceptical", "own", "open")]
    [0.44, 0.76, 0.94]
    """
    counts = np.array([before]), np.array([after]), np.array([offset])
    variance = noise_of_ratio(*counts, np.array([dispersion]), np.array([spread]))
    likelihood = count_likelihood(*counts, variance)
    told = {name: told_of(posterior(likelihood, priors), 0, 1) for name, priors in PRIORS.items()}
    return {"likelihood": [before, after, offset, float(variance[0])], "probability": told}


def told_of(found: Posterior, i: int, events: int) -> dict[str, float]:
    """One event's posterior as plain numbers: a rise, one of at least 10 %, a fall, the ratio with 90 % limits.

    What is left to 1 is "no change". With the prior: its mass on no change, the standard deviation of the log ratio
    otherwise, and how many events it was estimated from.
    """
    names = ("rise", "rise_10", "fall", "low", "high")
    return {
        **{name: float(getattr(found, name)[i]) for name in names},
        "ratio": float(found.mean_ratio[i]),
        "prior_none": found.none_before,
        "prior_sd": found.sd_before,
        "prior_events": events,
    }
