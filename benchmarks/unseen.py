"""Ten more kinds of panel in which nothing happens, drawn by someone who had not made any of `strange.py`.

    python benchmarks/unseen.py [--runs 1000] [--only "few people"]

Small counts that hang together in ways no generator here had: what staff, clinics, calendars and those who report do
to them. 40 municipalities, 39 months before and 12 after, the first (10 a month) is judged; columns and targets as in
`strange.py` (.08; .12 where the judged one itself changes at a time of its own).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import panels
from calibration import store
from seed import SEED
from strange import BEFORE, MONTHS, TEN, N, judged

Draw = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def bursts_after_silence(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """All fall silent for some months and then call five times as much for some: two states that last."""
    loud = _states(rng, rate.shape, into=0.15, out_of=0.5)
    return _counts(rng, rate * np.where(loud, 5.0, 0.05) / (0.05 + 4.95 * 0.15 / 0.65))


def few_who_call(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """All use hangs on three to five of the staff, unequally; each leaves for good with 6 % a month and is followed
    by another of another pace."""
    made = np.zeros(rate.shape)
    for _ in range(4):
        new = (rng.random(rate.shape) < 0.06).cumsum(axis=2)
        paces = rng.gamma(1.5, 1 / 1.5, (*rate.shape[:2], new.max() + 1))
        made += np.take_along_axis(paces, new, axis=2) / 4
    return rng.poisson(rate * made).astype(float)


def clinic_that_moves(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """A clinic with 40 % of the judged one's calls closes in some month of the 51; a neighbour gets its calls."""
    closes = rng.integers(1, MONTHS, (len(rate), 1, 1))
    gone = np.arange(MONTHS) >= closes
    moved = rate.copy()
    moved[:, 1:2] += 0.4 * rate[:, :1] * gone
    moved[:, :1] *= np.where(gone, 0.6, 1.0)
    return _counts(rng, moved)


def holidays_that_wander(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """Every year each has two months side by side with a fifth of its calls, every year others."""
    year, month = np.arange(MONTHS) // 12, np.arange(MONTHS) % 12
    first = rng.integers(0, 11, (*rate.shape[:2], year.max() + 1))[:, :, year]
    return _counts(rng, rate * np.where((month - first >= 0) & (month - first <= 1), 0.2, 1.0))


def wave_of_eighteen_months(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """Each swings by 40 % over 18 months, with its own top: no season of the calendar."""
    top = rng.uniform(0, 18, (*rate.shape[:2], 1))
    return _counts(rng, rate * (1 + 0.4 * np.cos(2 * np.pi * (np.arange(MONTHS) - top) / 18)))


def quarters_spread(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """The judged one and every third report by quarter, spread evenly over its months, the rest in the last."""
    counts = _counts(rng, rate)
    sums = counts.reshape(*counts.shape[:2], -1, 3).sum(axis=3)
    each = np.repeat(sums // 3, 3, axis=2)
    each[:, :, 2::3] += sums % 3
    return np.where((np.arange(N) % 3 == 0)[None, :, None], each, counts)


def rounded_to_tens(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """The judged one and every second report calls rounded to tens."""
    counts = _counts(rng, rate)
    return np.where((np.arange(N) % 2 == 0)[None, :, None], 10.0 * np.floor(counts / 10 + 0.5), counts)


def few_people(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """The judged one's calls are of a few citizens, each with 1 to 4 a month for about eight months."""
    counts = _counts(rng, rate)
    here = rng.poisson(np.broadcast_to(rate[:, :1] / 2.5, (len(rate), 1, MONTHS)) / 8)
    there = rng.poisson(rate[:, 0, 0] / 2.5)
    for run in range(len(rate)):
        # Who is there at the start stays as long as anybody: stays have no memory.
        starts = np.concatenate([np.zeros(there[run], dtype=int), np.repeat(np.arange(MONTHS), here[run, 0])])
        ends = starts + rng.geometric(1 / 8, len(starts))
        months = np.arange(MONTHS)
        active = (months >= starts[:, None]) & (months < ends[:, None])
        counts[run, 0] = (active * rng.integers(1, 5, (len(starts), 1))).sum(axis=0)
    return counts


def month_late(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """The judged one sends one month in six too late: it shows 0, and the next shows both."""
    counts = _counts(rng, rate)
    late = rng.random((len(rate), MONTHS - 1)) < 1 / 6
    for t in range(MONTHS - 1):
        moved = np.where(late[:, t], counts[:, 0, t], 0.0)
        counts[:, 0, t] -= moved
        counts[:, 0, t + 1] += moved
    return counts


def wave_in_half(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """Illness triples use for four months in the judged one and half of the others, at some time of the 51 months."""
    begins = rng.integers(0, MONTHS - 3, (len(rate), 1, 1))
    ill = (np.arange(MONTHS) >= begins) & (np.arange(MONTHS) < begins + 4) & (np.arange(N) % 2 == 0)[None, :, None]
    return _counts(rng, rate * np.where(ill, 3.0, 1.0))


KINDS: dict[str, Draw] = {
    f.__name__.replace("_", " "): f
    for f in (
        bursts_after_silence, few_who_call, clinic_that_moves, holidays_that_wander, wave_of_eighteen_months,
        quarters_spread, rounded_to_tens, few_people, month_late, wave_in_half,
    )
}  # fmt: skip
MOVES = {"clinic that moves"}


def _counts(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    return panels.counts(rng, rate, panels.same(TEN))


def _states(rng: np.random.Generator, shape: tuple[int, ...], *, into: float, out_of: float) -> np.ndarray:
    """Whether each is in a state that it enters and leaves by chance, from its stationary share on."""
    inside = np.empty(shape, dtype=bool)
    inside[..., 0] = rng.random(shape[:-1]) < into / (into + out_of)
    for t in range(1, shape[-1]):
        chance = rng.random(shape[:-1])
        inside[..., t] = np.where(inside[..., t - 1], chance >= out_of, chance < into)
    return inside


def drawn_panels(kind: str, runs: int, ratio: float) -> np.ndarray:
    """Counts (runs, N, MONTHS) of a kind; the first called `ratio` times as much from the event on."""
    rng = np.random.default_rng([SEED, *kind.encode(), int(10 * ratio)])
    return KINDS[kind](rng, panels.stepped(panels.rates(TEN, runs, MONTHS), 0, ratio, BEFORE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--only", nargs="*", default=[])
    chosen = parser.parse_args()
    start, rows = time.perf_counter(), []
    for kind in chosen.only or KINDS:
        null, changed = drawn_panels(kind, chosen.runs, 1.0), drawn_panels(kind, chosen.runs // 4, 1.5)
        rows.append(judged(kind, null, changed, 0.12 if kind in MOVES else 0.08, final=100))
        print({k: round(v, 3) if isinstance(v, float) else v for k, v in rows[-1].items()}, flush=True)
    if not chosen.only:
        store("unseen", pd.DataFrame(rows), time.perf_counter() - start, runs=chosen.runs)


if __name__ == "__main__":
    main()
