"""Published totals of windows for the effects: each a cell of its own, with the noise of one number, not of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kl_research.disclosure.cells import Span, blocks
from kl_research.disclosure.published import Published
from kl_research.terms import months
from kl_research.terms.panel import wide


@dataclass(frozen=True)
class WindowTotals:
    """`Question.totals` of a public run: totals by municipality, from `windows`, and from `panel` for single months.

    A window that was not told is looked up as one that differs from it in months that were not observed (they have no
    calls), else it is the sum of the fewest calendar blocks. Numbers are those drawn, before any was cut.
    """

    data: Published

    @cached_property
    def _observed(self) -> dict[str, dict[str, np.ndarray]]:
        """By count and municipality: the numbers of its observed months, in order."""
        found = {}
        for name in self._names:
            table = wide(self.data.panel, name)
            index = np.array([months.number(str(month)) for month in table.index])
            found[name] = {str(code): index[table[code].notna().to_numpy()] for code in table}
        return found

    @property
    def _names(self) -> list[str]:
        return [str(name) for name in self.data["windows"]["measure"].unique()]

    @cached_property
    def _told(self) -> dict[tuple[str, str, int, int], float]:
        """By count, municipality, and first and last observed month of a window: its total."""
        found: dict[tuple[str, str, int, int], float] = {}
        for name in self._names:
            drawn = wide(self.data.panel, name if name == "calls" else f"{name}_drawn")
            for code in drawn:
                for month, value in drawn[code].dropna().items():
                    n = months.number(str(month))
                    found[name, str(code), n, n] = float(value)
        rows = self.data["windows"]
        rows = rows[rows["level"] == "municipality"]
        columns = (rows[column] for column in ("measure", "area", "first", "last", "drawn"))
        for name, code, first, last, value in zip(*columns, strict=True):
            span = self._within(name, code, months.number(first), months.number(last))
            if span is not None:
                found[name, code, *span] = float(value)
        return found

    def _within(self, name: str, code: str, first: int, last: int) -> tuple[int, int] | None:
        """The first and last observed month between two."""
        seen = self._observed[name].get(code, np.zeros(0, dtype="int64"))
        inside = seen[(seen >= first) & (seen <= last)]
        return (int(inside[0]), int(inside[-1])) if len(inside) else None

    def of(self, outcome: str, codes: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
        """The total of each municipality over some months ("2025-01", in order)."""
        return np.array([self._total(outcome, code, wanted) for code in codes])

    def _total(self, name: str, code: str, wanted: Sequence[str]) -> float:
        total = 0.0
        for span in self._runs(name, code, wanted):
            if (name, code, *span) in self._told:
                total += self._told[name, code, *span]
            else:
                total += sum(self._block(name, code, block) for block in blocks(*map(months.month, span)))
        return total

    def _block(self, name: str, code: str, block: Span) -> float:
        span = self._within(name, code, *map(months.number, block))
        return 0.0 if span is None else self._told[name, code, *span]

    def _runs(self, name: str, code: str, wanted: Sequence[str]) -> list[tuple[int, int]]:
        """The wanted months as stretches without an observed month between them that is not wanted."""
        asked = {months.number(month) for month in wanted}
        runs: list[tuple[int, int]] = []
        open_ = False
        for n in self._observed[name].get(code, ()):
            if n not in asked:
                open_ = False
            elif open_:
                runs[-1] = (runs[-1][0], int(n))
            else:
                runs.append((int(n), int(n)))
                open_ = True
        return runs

    def national(self, outcome: str) -> dict[str, float]:
        """The nation's published number of every month."""
        rows = self.data["areas"]
        rows = rows[(rows["level"] == "national") & rows[outcome].notna()]
        return dict(zip(rows["month"].dt.strftime("%Y-%m"), rows[outcome].astype("float64"), strict=True))
