"""What the municipalities together tell of the noise of one, and of their sum, where each has its own slope."""

from __future__ import annotations

import numpy as np

from kl_research.effects.questions.pooling import reml_tau2
from kl_research.statistics.noise import PROFILE_FROM, Noise, pooled_noise


def memory_of_sum(members: np.ndarray, rows: np.ndarray) -> float:
    """Autocorrelation of a sum of municipalities, pooled over them: one series of 50 months hides half of it."""
    own = members[members.sum(axis=1) > 0]
    if len(own) < PROFILE_FROM:
        return 0.0
    # Each has its own line around the course all share: that one grows and another shrinks is no memory of months.
    profile = np.maximum(own.mean(axis=0) / own.mean(), 1e-9)
    line = np.column_stack([np.ones(len(rows)), rows - rows.mean()])
    q, _ = np.linalg.qr(line)
    fitted = np.maximum((own / profile) @ q @ q.T, 1e-3) * profile
    noise = pooled_noise(own[None], fitted[None], rows, line, shared_profile=True)
    mean = own.mean(axis=1)
    shared = noise.kappa[0] * mean + noise.s2[0] * mean**2
    return float(np.clip(noise.r[0] * shared.sum() / (mean + noise.s2[0] * mean**2).sum(), 0.0, 0.9))


def sisters_noise(sisters: np.ndarray, exposure: np.ndarray, rows: np.ndarray) -> tuple[Noise, float]:
    """The noise of the sister municipalities around a line of their own each, and how unlike their slopes are.

    The spread of the slopes is REML's, beyond what the noise alone makes of them.
    """
    own = sisters[sisters.sum(axis=1) > 0]
    centred = rows - rows.mean()
    mean = own.sum(axis=1, keepdims=True) / exposure.sum()
    relative = own / (exposure * mean)
    slopes = relative @ centred / (centred**2).sum()
    fitted = exposure * mean * np.maximum(relative.mean(axis=1, keepdims=True) + slopes[:, None] * centred, 1e-3)
    line = np.column_stack([np.ones(len(rows)), centred])
    noise = pooled_noise(own[None], fitted[None], rows, line)
    weight = centred / (centred**2).sum()
    memory = noise.r[0] ** np.abs(rows[:, None] - rows[None, :])
    slow = float(weight @ memory @ weight)
    calls = (exposure.mean() * mean)[:, 0]
    chance = (weight**2).sum() * (1 - noise.kappa[0]) / calls + slow * (noise.kappa[0] / calls + noise.s2[0])
    return noise, float(np.sqrt(reml_tau2(slopes, chance)))
