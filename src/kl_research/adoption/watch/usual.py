"""How far the months of a municipality lie from their middle where nothing happens: limits under dependence.

Limits from the month-to-month movement suppose that every month is a new draw. Where the same people call again and
busy months come together, neighbours are alike and such limits are too narrow: half of all quiet municipalities have
a month outside (`benchmarks/watch.py charts`). Here quiet series are drawn with the variation, carry-over,
autocorrelation and season that all municipalities show, and the limits hold all months of all but one in 20.
"""

from __future__ import annotations

import numpy as np

from kl_research.statistics.latent_noise import Noise, drawn, latent, pooled_noise

OUTSIDE, LONG_RUN = 0.04, 0.01  # of quiet series: any point outside, any run so long; together one in 20
BLOCK = 24  # months in which a level is taken as one: the noise is that around it, slower movement is change
RUNS = 500
SHORTEST_RUN = 8


def usual_noise(counts: np.ndarray, calendar: np.ndarray) -> Noise:
    """The noise of municipalities (rows) around a level in every two years, by moments (`pooled_noise`).

    >>> usual_noise(np.tile([3.0, 5.0, 4.0, 4.0], (5, 12)), np.arange(48) % 12).s2
    0.0
    """
    whole = counts.shape[1] // BLOCK
    if whole == 0:
        return pooled_noise(counts, calendar)
    blocks = counts[:, -whole * BLOCK :].reshape(len(counts) * whole, BLOCK)
    return pooled_noise(blocks, calendar[-BLOCK:])


def quiet_series(mean: np.ndarray, noise: Noise, seed: int) -> np.ndarray:
    """Counts (RUNS, months) around these monthly means, with nothing but noise."""
    rng = np.random.default_rng([seed, 48])
    noise = noise.at(max(float(mean.mean()), 1e-9))
    return drawn(rng, np.maximum(mean, 1e-9) * latent(rng, RUNS, len(mean), noise), noise)


def reach_and_run(deviations: list[np.ndarray], phases: list[np.ndarray]) -> tuple[float, int]:
    """How far a point may lie, and how many in a row on one side make a run that chance rarely has.

    `deviations`: a series of points each, in units of its spread, with the phase every point belongs to.
    """
    far = [float(np.abs(one).max()) if len(one) else 0.0 for one in deviations]
    longest = [
        int(run_lengths(np.sign(one), phase).max()) if len(one) else 0
        for one, phase in zip(deviations, phases, strict=True)
    ]
    return float(np.quantile(far, 1 - OUTSIDE)), max(SHORTEST_RUN, int(np.quantile(longest, 1 - LONG_RUN)) + 1)


def run_lengths(side: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """How many points in a row, this one the last, lie on its side of the centre within its phase.

    >>> run_lengths(np.array([1, 1, -1, -1, 0, -1]), np.zeros(6)).tolist()
    [1, 2, 1, 2, 1, 1]
    """
    new = np.ones(len(side), dtype=bool)
    new[1:] = (side[1:] != side[:-1]) | (side[1:] == 0) | (phase[1:] != phase[:-1])
    at = np.arange(len(side))
    return np.asarray(at - np.maximum.accumulate(np.where(new, at, 0)) + 1)
