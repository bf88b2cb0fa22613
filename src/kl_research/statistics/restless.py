"""Does one municipality vary more from month to month than the others, so that their spread is too narrow for it?"""

from __future__ import annotations

import numpy as np

from kl_research.statistics.noise import Noise, levels
from kl_research.statistics.ranks import rank_p


def variation(
    counts: np.ndarray, segment: np.ndarray, noise: Noise, exposure: np.ndarray | None = None
) -> np.ndarray:
    """How much months vary around the levels before and after, over what the pooled noise expects, (R, N).

    Examples
    --------
    >>> counts = np.random.default_rng(1).poisson(20.0, (1, 20, 36)).astype(float)
    >>> counts[0, 0, ::2] *= 2.0
    >>> zero = np.zeros(1)
    >>> found = variation(counts, np.arange(36) // 24, Noise(zero, zero, zero, zero))
    >>> found[0, 0].round(0).item(), found[0, 1:].mean().round(0).item()
    (3.0, 1.0)
    """
    expected = levels(counts, segment, exposure)
    level = expected.mean(axis=2)
    chance = level * noise.dispersion(level) * counts.shape[2]
    return np.asarray(((counts - expected) ** 2).sum(axis=2) / np.maximum(chance, 1e-12))


def p_if_restless(t: np.ndarray, varied: np.ndarray) -> np.ndarray:
    """The rank's p-value of the first once its own t is as much smaller as it varies more, (R,).

    Only who varies more than 19 of 20 is measured by itself: to do so with everybody would take power from all.

    Examples
    --------
    >>> t, varied = np.full((1, 40), 1.5), np.ones((1, 40))
    >>> t[0, 0], varied[0, 0] = 2.5, 4.0
    >>> p_if_restless(t, varied).item(), p_if_restless(t, np.ones((1, 40))).item()
    (1.0, 0.025)
    """
    # Against others that stand still the pooled noise is chance alone, and to vary by chance is not to be restless.
    more = np.maximum(varied[:, 0] / np.maximum(np.median(varied, axis=1), 1.0), 1.0)
    stands_out = (varied >= varied[:, [0]]).mean(axis=1) <= 0.05 + 1e-9
    calm = t.copy()
    calm[:, 0] = t[:, 0] / np.sqrt(np.where(stands_out, more, 1.0))
    return rank_p(calm, 0)
