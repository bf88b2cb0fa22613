"""Published totals of windows for the effects: each a cell of its own, with the noise of one number, not of many."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from kl_research.disclosure.cells import Span, blocks
from kl_research.disclosure.published import Published
from kl_research.terms import months
from kl_research.terms.panel import COUNTS, wide


@dataclass(frozen=True)
class WindowTotals:
    """`Question.totals` of a public run: totals by municipality, from `windows`, and from `panel` for single months.

    A window that was not told is looked up as one that differs from it in months that were not observed (they have no
    calls), else it is the sum of the fewest calendar blocks. Numbers are those drawn, before any was cut.
    """

    data: Published

    @cached_property
    def _observed(self) -> dict[str, dict[str, list[int]]]:
        """By count and municipality: the numbers of its observed months, in order."""
        found = {}
        for name in self._names:
            table = wide(self.data.panel, name)
            index = np.array([months.number(str(month)) for month in table.index])
            seen = table.notna().to_numpy()
            found[name] = {str(code): index[seen[:, i]].tolist() for i, code in enumerate(table)}
        return found

    @cached_property
    def _names(self) -> list[str]:
        return [str(name) for name in self.data["windows"]["measure"].unique()]

    @cached_property
    def _told(self) -> dict[tuple[str, str, int, int], float]:
        """By count, municipality, and first and last observed month of a window: its total."""
        found: dict[tuple[str, str, int, int], float] = {}
        for name in self._names:
            drawn = wide(self.data.panel, name if name == "calls" else f"{name}_drawn")
            index = [months.number(str(month)) for month in drawn.index]
            for code, values in zip(drawn, drawn.to_numpy().T, strict=True):
                told = zip(index, values.tolist(), strict=True)
                found |= {(name, str(code), n, n): value for n, value in told if value == value}
        rows = self.data["windows"]
        rows = rows[rows["level"] == "municipality"]
        number = {month: months.number(month) for month in pd.unique(rows[["first", "last"]].to_numpy().ravel())}
        columns = (rows[column].tolist() for column in ("measure", "area", "first", "last", "drawn"))
        for name, code, first, last, value in zip(*columns, strict=True):
            span = self._within(name, code, number[first], number[last])
            if span is not None:
                found[name, code, *span] = float(value)
        return found

    def _within(self, name: str, code: str, first: int, last: int) -> tuple[int, int] | None:
        """The first and last observed month between two."""
        seen = self._observed[name].get(code, [])
        begin, end = bisect_left(seen, first), bisect_right(seen, last)
        return (seen[begin], seen[end - 1]) if begin < end else None

    def of(self, outcome: str, codes: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
        """The total of each municipality over some months ("2025-01", in order)."""
        asked = {months.number(month) for month in wanted}
        return np.array([self._total(outcome, code, asked) for code in codes])

    def _total(self, name: str, code: str, asked: set[int]) -> float:
        total = 0.0
        for span in self._runs(name, code, asked):
            if (name, code, *span) in self._told:
                total += self._told[name, code, *span]
            else:
                total += sum(self._block(name, code, block) for block in blocks(*map(months.month, span)))
        return total

    def _block(self, name: str, code: str, block: Span) -> float:
        span = self._within(name, code, *map(months.number, block))
        return 0.0 if span is None else self._told[name, code, *span]

    def _runs(self, name: str, code: str, asked: set[int]) -> list[tuple[int, int]]:
        """The months asked for as stretches without an observed month between them that is not."""
        runs: list[tuple[int, int]] = []
        open_ = False
        for n in self._observed[name].get(code, []):
            if n not in asked:
                open_ = False
            elif open_:
                runs[-1] = (runs[-1][0], n)
            else:
                runs.append((n, n))
                open_ = True
        return runs

    def national(self, outcome: str) -> dict[str, float]:
        """The nation's published number of every month."""
        return self._national[outcome]

    @cached_property
    def _national(self) -> dict[str, dict[str, float]]:
        rows = self.data["areas"]
        rows = rows[rows["level"] == "national"]
        month = rows["month"].dt.strftime("%Y-%m")
        found = {}
        for name in (name for name in COUNTS if name in rows):
            known = rows[name].notna()
            found[name] = dict(zip(month[known], rows.loc[known, name].astype("float64"), strict=True))
        return found
