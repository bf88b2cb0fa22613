"""Every published result this tool claims to reproduce: theirs, ours, the difference, and the tolerance.

Three small tables of facts come along, in `published`. Data that may not be copied are read from a folder of the
user's, by default `../shared/data` beside a checkout. What is absent is listed as not checked.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kl_research.commands.published.cases import CASES
from kl_research.terms.errors import InputError

TABLES = Path(__file__).resolve().parent / "published"
BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"  # beside a checkout


@dataclass(frozen=True)
class Comparison:
    """One published number. `status`: "ok", "exceeded" or "not_checked"; `note` is the tolerance's reason,
    or what was absent."""

    case: str
    quantity: str
    theirs: float
    ours: float | None
    tolerance: float
    note: str
    source: str

    @property
    def difference(self) -> float | None:
        """Ours less theirs."""
        return None if self.ours is None else self.ours - self.theirs

    @property
    def status(self) -> str:
        """Whether the difference stays within the tolerance."""
        if self.difference is None:
            return "not_checked"
        return "ok" if abs(self.difference) <= self.tolerance else "exceeded"


def published_table(name: str, data: str | Path = "") -> pd.DataFrame:
    """The figures of one published study, as a frame with the study's own columns.

    `name` is vankilled, castle or bcg, which come along, or the folder and file of one in `data`, the user's own
    folder: "sicily/sicily".

    Parameters
    ----------
    name : str
        vankilled, castle or bcg, which come along, or the folder and file of one in `data`, the user's own folder:
        "sicily/sicily".

    Returns
    -------
    DataFrame
        A frame, a row a month, year or trial; the units are those of the study.

    Raises
    ------
    InputError
        Where it is not there.

    Examples
    --------
    >>> published_table("vankilled").columns.to_list()[:3]
    ['year', 'month', 'VanKilled']
    """
    place = TABLES / name / f"{name}.csv" if "/" not in name else Path(data or BESIDE) / f"{name}.csv"
    if not place.is_file():
        known = ", ".join(sorted(path.parent.name for path in TABLES.glob("*/*.csv")))
        raise InputError(
            "published_table", f"no figures of {name!r}", known, "name the folder that has them in `data`"
        )
    return pd.read_csv(place)


def published_results(only: Container[str] | None = None, data: str | Path = "") -> pd.DataFrame:
    """Every published number this tool claims to reproduce, theirs beside ours.

    `only` names cases; `data` is a folder with the figures that may not be copied. Raises nothing for what is
    absent: its `status` is not_checked.

    Parameters
    ----------
    only : Container[str] | None, optional
        Names of cases. None: all.

    Returns
    -------
    DataFrame
        A frame, a row a number, with the columns case, quantity, theirs, ours, difference, tolerance, status (ok,
        exceeded, not_checked) and source; the units are those of the study.

    Examples
    --------
    >>> found = published_results(only=["exact rate ratio"])
    >>> set(found["status"])
    {'ok'}
    """
    return table(compare_all(Path(data) if data else None, only))


def compare_all(data: Path | None = None, only: Container[str] | None = None) -> list[Comparison]:
    """All comparisons, or those of the cases in `only`; `data` is the folder of figures that may not be copied.

    Examples
    --------
    >>> {c.status for c in compare_all()} <= {"ok", "not_checked"}
    True
    """
    data = data or BESIDE
    found: list[Comparison] = []
    for case, note, source, folder, numbers in CASES:
        if only is not None and case not in only:
            continue
        here = TABLES if folder == "published" else data
        try:
            rows = list(numbers(here))
        except FileNotFoundError as absent:
            rows, note = [("all", float("nan"), None, 0.0)], f"no {Path(absent.filename).relative_to(here.parent)}"
        found += [Comparison(case, q, theirs, ours, tol, note, source) for q, theirs, ours, tol in rows]
    return found


def table(comparisons: list[Comparison]) -> pd.DataFrame:
    """One row a published number, for printing."""
    columns = ["case", "quantity", "theirs", "ours", "difference", "tolerance", "status", "source"]
    return pd.DataFrame([[getattr(c, name) for name in columns] for c in comparisons], columns=columns)
