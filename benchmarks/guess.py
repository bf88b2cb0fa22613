"""The Bayesian attacker of `attack.py`: everything told of a municipality's calls, and how noise is drawn.

Told are months and windows of calls, completed calls and the parts of each month (`table` at will); then the windows
of eleven earlier releases, numbers from before a correction, and a region whose other municipalities put their exact
numbers together. A Metropolis sampler walks over all true numbers that fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import gammaln
from scipy.stats import binom

from kl_research.disclosure.cells import windows
from kl_research.disclosure.count import Records, count
from kl_research.disclosure.perturbation import D, table
from kl_research.disclosure.source import Source

SIZE = 20.0  # of the attacker's prior: the drawn months are Poisson, and nearly that is this
COMPLETED, PART = 0.8, 0.5  # shares that the published totals tell
CHAINS = 8
IMPOSSIBLE = -40.0  # soft, so that the sampler walks in from where it starts


@dataclass(frozen=True)
class Told:
    """What is told of each place: cell c is `told`, for a true number of the months in `member` and `offset` more.

    `group` parts cells whose noise differs though they hold the same months: before a correction, and regions.
    `single` (places, months, numbers) is what else a month's own numbers say of it, in logarithms.
    """

    told: np.ndarray
    member: np.ndarray
    offset: np.ndarray
    group: np.ndarray
    single: np.ndarray

    def and_also(self, told: np.ndarray, member: np.ndarray, offset: np.ndarray, group: int) -> Told:
        """With further cells."""
        return Told(
            np.hstack([self.told, told]),
            np.vstack([self.member, member]),
            np.hstack([self.offset, offset]),
            np.append(self.group, np.full(len(member), group)),
            self.single,
        )


@lru_cache
def chances() -> np.ndarray:
    """P(told = n + j | n): a row for n = 0 .. D, a column for j = -D .. D."""
    rows = np.zeros((D + 1, 2 * D + 1))
    rows[0, D] = 1
    rows[1:] = np.diff(table(), axis=1, prepend=0)
    return rows


def _chance(told: int, n: np.ndarray) -> np.ndarray:
    change = told - n
    return np.where(np.abs(change) <= D, chances()[np.minimum(n, D), np.clip(change, -D, D) + D], 0.0)


@lru_cache(maxsize=100_000)
def _split(whole: int, first: int, second: int | None, share: float, most: int) -> np.ndarray:
    """What two parts of a month (None: the second is not told) say of its true number, given what the month is told.

    A part that is all of the month has the month's own noise.
    """
    found = np.zeros(most + 1)
    for n in range(most + 1):
        a = np.arange(n + 1)
        chance = _chance(first, a) * (1.0 if second is None else _chance(second, n - a))
        chance[n] = float(first == whole and second in (None, 0))
        if second is not None:
            chance[0] = float(second == whole and first == 0)
        found[n] = binom.pmf(a, n, share) @ chance
    return found


def everything(source: Source, spans: list[tuple[int, int]], most: int, *, tables: bool) -> Told:
    """Months, windows and completed calls as files tell them; with `tables` the parts of each month, on request."""
    calls, completed = (count(source.counts[name]) for name in ("calls", "completed"))
    places, length = calls.shape
    single = np.zeros((places, length, most + 1))
    parts = {level: (pairs, count(totals["calls"])) for level, (pairs, totals) in source.parts.items() if tables}
    for i, code in enumerate(source.codes):
        of = [told[[k for k, pair in enumerate(pairs) if pair[0] == code]] for pairs, told in parts.values()]
        pairs = [told for told in {tuple(map(tuple, told)): told for told in of}.values() if len(told) == 2]
        for k in range(length):
            whole = int(calls[i, k])
            chance = _split(whole, int(completed[i, k]), None, COMPLETED, most)
            for told in pairs:
                chance = chance * _split(whole, int(told[0, k]), int(told[1, k]), PART, most)
            single[i, k] = np.maximum(np.log(np.maximum(chance, 1e-300)), IMPOSSIBLE)
    return _cells(source.counts["calls"], spans, length, single)


def _cells(records: Records, spans: list[tuple[int, int]], length: int, single: np.ndarray) -> Told:
    told = count(records.windows(spans))
    return Told(told, members(spans, length), np.zeros_like(told), np.zeros(len(spans), dtype="int64"), single)


def members(spans: list[tuple[int, int]], length: int) -> np.ndarray:
    """Which months each stretch holds."""
    return np.array([[first <= k <= last for k in range(length)] for first, last in spans], dtype="int64")


def release_spans(names: list[str], ends: list[str], event: int) -> list[tuple[int, int]]:
    """Every window of the releases that end with these months, months first; an event in month `event` parts them."""
    sides = {end: [(names[0], names[event - 1]), (names[event], end)] for end in ends}
    found = dict.fromkeys(span for end in ends for span in windows(names[0], end, sides[end]))
    spans = [(names.index(first), names.index(last)) for first, last in found]
    return sorted(spans, key=lambda span: (span[1] > span[0], span))


def posterior(known: Told, *, most: int, steps: int, seed: int) -> np.ndarray:
    """Chances of each true number of calls, (places, months, 0 .. most).

    Cells of a group that hold the same calls have the same noise and are evidence once: with all calls in one month,
    its quarter says no more. A month's prior is negative binomial around the place's published mean. Moves: one month
    by one or two calls, or a call from one month to another.
    """
    rng = np.random.default_rng(seed)
    with np.errstate(divide="ignore"):
        log = np.maximum(np.log(chances()), IMPOSSIBLE)
    places, length = len(known.told), known.member.shape[1]
    mean = np.maximum(known.told[:, :length].mean(axis=1), 0.2)
    n = np.arange(most + 1)
    prior = gammaln(n + SIZE) - gammaln(n + 1.0) + n * np.log(mean / (mean + SIZE))[:, None]
    single = np.tile(prior[:, None] + known.single, (CHAINS, 1, 1))
    told, offset = (np.tile(table_, (CHAINS, 1)) for table_ in (known.told, known.offset))
    bits = np.vstack([known.member.T * (2 ** np.arange(length))[:, None], known.group[None] * 2**length])
    row, every = np.arange(places * CHAINS), np.arange(length)[None]

    def evidence(state: np.ndarray) -> np.ndarray:
        sums = state @ known.member.T + offset
        which = np.hstack([state > 0, np.ones((len(state), 1), dtype=bool)]).astype("int64") @ bits
        change = told - sums
        value = np.where(
            np.abs(change) <= D, log[np.minimum(sums, D), np.clip(change, -D, D) + D], IMPOSSIBLE - np.abs(change)
        )
        order = np.argsort(which, axis=1)
        which, value, change = (np.take_along_axis(of, order, 1) for of in (which, value, change))
        same = np.diff(which, axis=1) == 0
        again = np.where(np.diff(change, axis=1) != 0, IMPOSSIBLE, 0.0)
        value[:, 1:] = np.where(same, again, value[:, 1:])
        return value.sum(axis=1) + single[row[:, None], every, state].sum(axis=1)

    state = np.clip(told[:, :length], 0, most)
    now = evidence(state)
    seen = np.zeros((places * CHAINS, length, most + 1))
    for step in range(steps):
        new = state.copy()
        up, down = rng.integers(length, size=(2, len(row)))
        kind, size = rng.integers(3, size=len(row)), 1 + (rng.random(len(row)) < 0.25)
        new[row, up] += np.where(kind != 1, size, 0)
        new[row, down] -= np.where(kind != 0, size, 0)
        good = (new >= 0).all(axis=1) & (new <= most).all(axis=1)
        new = np.where(good[:, None], new, state)
        value = evidence(new)
        taken = np.log(rng.random(len(row))) * (1 + 4 * (step < steps // 8)) < value - now
        state, now = np.where(taken[:, None], new, state), np.where(taken, value, now)
        if step > steps // 4 and step % 4 == 0:
            seen[row[:, None], every, state] += 1
    whole = seen.reshape(CHAINS, places, length, most + 1).sum(axis=0)
    return np.asarray(whole / whole.sum(axis=2, keepdims=True))
