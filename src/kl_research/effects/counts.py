"""The panel as matrices: what every design computes with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.events import Event
from kl_research.terms.panel import count_state, refuse_unchecked
from kl_research.terms.question import Question, Totals

HIDDEN = 2.5  # calls in a suppressed month of a municipality that is compared with
NEAREST = 6


@dataclass(frozen=True)
class Counts:
    """One outcome of a panel: months down, areas across.

    `values` is NaN wherever the outcome was not observed; `exposure` is 1, or the denominator used as offset.
    """

    outcome: str
    months: tuple[str, ...]
    codes: tuple[str, ...]
    values: np.ndarray = field(repr=False)
    states: np.ndarray = field(repr=False)
    exposure: np.ndarray = field(repr=False)
    made_before: Totals | None = field(default=None, repr=False)

    def column(self, code: str) -> int:
        """The position of an area; raises `InputError` when the panel does not hold it."""
        if code not in self.codes:
            raise InputError("panel", f"no municipality {code!r}", "a code of the panel", 'codes are text, "461"')
        return self.codes.index(code)

    def block(self, months_: tuple[str, ...], codes: Iterable[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values and exposure of some areas in some months, (N, T) each, and the positions of the months.

        What was not observed, in an area that is compared with, is filled as `without_holes` says.
        """
        rows, columns = self.rows(months_), [self.column(code) for code in codes]
        values, exposure = self.values[rows][:, columns].T, self.exposure[rows][:, columns].T
        if np.isnan(values).any():
            values = without_holes(values, self.states[rows][:, columns].T == "suppressed")
        return values, exposure, rows

    def totals(self, months_: Sequence[str], codes: Sequence[str]) -> np.ndarray:
        """The total of each area over some months, (N,); all sums of counts are made here."""
        if self.made_before is not None:
            return self.made_before.of(self.outcome, codes, months_)
        return np.asarray(self.block(tuple(months_), codes)[0].sum(axis=1))

    def series(self, months_: Sequence[str], codes: Sequence[str]) -> np.ndarray:
        """The sum of some areas in each month, (T,); from the nation's own number where fewer are to be taken off."""
        rows, columns = self.rows(tuple(months_)), [self.column(code) for code in codes]
        total = np.asarray(self.values[rows][:, columns].sum(axis=1))
        if self.made_before is None or len(codes) < 2:
            return total
        others = sorted(set(range(len(self.codes))) - set(columns))
        seen = ~np.isnan(self.values[rows][:, others])
        nation = self.made_before.national(self.outcome)
        if seen.sum(axis=1).max(initial=0) >= len(codes) or not all(month in nation for month in months_):
            return total
        return np.array([nation[month] for month in months_]) - np.nansum(self.values[rows][:, others], axis=1)

    def rows(self, chosen: tuple[str, ...]) -> np.ndarray:
        """The positions of months."""
        first = months.number(self.months[0])
        return np.array([months.number(m) - first for m in chosen], dtype=int)


def without_holes(values: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Counts (N, T) without NaN: a hidden month is 2.5, the middle of 1 to 4; a missing one what its neighbours tell.

    That is the area's calls in the six known months nearest to it, times what the areas known throughout did in this
    month over what they did in those.

    Examples
    --------
    >>> values = np.array([[4.0, 8.0], [2.0, np.nan], [np.nan, 5.0]])
    >>> without_holes(values, np.array([[False, False], [False, False], [True, False]])).tolist()
    [[4.0, 8.0], [2.0, 4.0], [2.5, 5.0]]
    """
    filled = np.where(np.isnan(values) & hidden, HIDDEN, values)
    whole = filled[~np.isnan(filled).any(axis=1)]
    damped = whole / (1.0 + 0.1 * whole.mean(axis=1, keepdims=True))
    profile = np.maximum(damped.sum(axis=0), 1e-9) if len(whole) else np.ones(values.shape[1])
    known = ~np.isnan(filled)
    for area, month in np.argwhere(~known):
        at = np.flatnonzero(known[area])
        near = at[np.argsort(np.abs(at - month), kind="stable")[:NEAREST]]
        filled[area, month] = filled[area, near].sum() / max(profile[near].sum(), 1e-9) * profile[month]
    return filled


def counts_of(panel: pd.DataFrame, question: Question) -> Counts | None:
    """The matrices of one outcome; None when the panel does not hold that outcome.

    Raises `InputError` for an offset that is no column or below zero; where it is 0 there is no rate.

    Examples
    --------
    >>> from kl_research.terms.panel import check_panel
    >>> frame = pd.DataFrame({"municipality": ["461"], "month": ["2025-01-01"], "state": ["observed"], "calls": [7]})
    >>> counts_of(check_panel(frame), Question("calls")).values
    array([[7.]])
    """
    refuse_unchecked(panel)
    outcome, offset = question.outcome or "calls", question.offset
    if outcome not in panel:
        return None
    codes, months_of = _axes(panel)
    shape = (len(codes), len(months_of))

    def matrix(column: pd.Series) -> np.ndarray:
        return np.ascontiguousarray(column.to_numpy(dtype=float, na_value=np.nan).reshape(shape).T)

    values, exposure = matrix(panel[outcome]), np.ones(shape[::-1])
    if offset is not None:
        if offset not in panel:
            raise InputError("panel", f"no column {offset!r}", "a denominator of the panel", "see `denominators`")
        exposure = matrix(panel[offset])
        if (exposure < 0).any():
            raise InputError("panel", f"{offset} below 0", "numbers above 0", "correct the denominators file")
        exposure = np.where(exposure > 0, exposure, np.nan)  # a denominator of 0 gives no rate, and no donor
    states = count_state(panel, outcome).to_numpy(dtype=str).reshape(shape).T
    values = np.where(np.isnan(exposure), np.nan, values)
    return Counts(outcome, months_of, codes, values, states, exposure, question.totals)


def _axes(panel: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Municipalities and months of a checked panel: sorted, a row each, no gaps."""
    codes = panel["municipality"].to_numpy(dtype=str)
    times = panel["month"].to_numpy().astype("datetime64[M]")
    length = int((codes == codes[0]).sum())
    blocks = codes.reshape(-1, length) if len(codes) % length == 0 else None
    if (
        blocks is None
        or (blocks != blocks[:, :1]).any()
        or (times.reshape(-1, length) != times[:length]).any()
        or (np.diff(times[:length].astype(int)) != 1).any()
    ):
        raise InputError("panel", "rows out of order or absent", "a checked panel", "pass it through kl.check_panel")
    return tuple(blocks[:, 0].tolist()), tuple(str(month) for month in times[:length])


@dataclass(frozen=True)
class Subject:
    """What is asked: an event's mark on one area's counts; no municipality is the nation."""

    counts: Counts
    panel: pd.DataFrame = field(repr=False)  # asked for regions and for how states were found, never for numbers
    event: Event
    municipality: str | None
