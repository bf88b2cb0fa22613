"""What happened to each file: rows in, kept, dropped and repaired by named rule, and every decision taken.

Rules, decisions and reasons are codes; `findings` puts them into words.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FileReport:
    """The record of one raw file, filled while it is read.

    Examples
    --------
    >>> report = FileReport("opkald.csv", "0" * 64)
    >>> report.rows_in, report.rows_kept = 3, 2
    >>> report.drop("subtotal")
    >>> report.as_dict()["dropped"]
    {'subtotal': 1}
    """

    file: str
    sha256: str
    layout: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    header_row: int = 0
    rows_in: int = 0
    rows_kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    decisions: list[dict[str, str]] = field(default_factory=list)

    def drop(self, rule: str, rows: int = 1) -> None:
        """Count rows left out by a rule."""
        if rows:
            self.dropped[rule] += rows

    def repair(self, rule: str, cells: int = 1) -> None:
        """Count cells mended by a rule."""
        if cells:
            self.repaired[rule] += cells

    def decide(self, what: str, decided: str, why: str, column: str = "") -> None:
        """Write a decision down, once."""
        entry = {"what": what, "decided": decided, "why": why}
        if column:
            entry["column"] = column
        if entry not in self.decisions:
            self.decisions.append(entry)

    def as_dict(self) -> dict[str, Any]:
        """The record as plain values; raises when a row is neither kept nor dropped, which is a fault of ours."""
        if self.rows_in != self.rows_kept + sum(self.dropped.values()):
            raise RuntimeError(
                f"{self.file}: {self.rows_in} rows in, {self.rows_kept} kept, {dict(self.dropped)} dropped"
            )
        return {
            "file": self.file,
            "sha256": self.sha256,
            "layout": self.layout,
            "encoding": self.encoding,
            "separator": self.separator,
            "sheet": self.sheet,
            "header_row": self.header_row,
            "rows_in": self.rows_in,
            "rows_kept": self.rows_kept,
            "dropped": dict(sorted(self.dropped.items())),
            "repaired": dict(sorted(self.repaired.items())),
            "decisions": self.decisions,
        }
