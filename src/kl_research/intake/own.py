"""One municipality's own edition: its own numbers exact, those of all others as published.

The exact numbers of others cannot be in it, since they are never read: the folder holds the public panel with the
rows of the one municipality put in, and that municipality's own rows of calls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kl_research.adoption.cut import PARTS, Cut, Level
from kl_research.adoption.cutting import cut
from kl_research.adoption.measures.members import number
from kl_research.disclosure.published import Look, read_published
from kl_research.disclosure.window_totals import WindowTotals
from kl_research.terms.panel import read_panel, wide, write_panel
from kl_research.terms.study import OWN_MARK, PUBLIC_FOLDER

OWN_PANEL, OWN_ACTIVITY = "own_panel.parquet", "own_activity.parquet"


@dataclass(frozen=True)
class OwnLook:
    """A `Counter`: numbers of one municipality from its own rows, of everybody else published ones."""

    base: Look
    municipality: str
    panel: pd.DataFrame = field(repr=False)
    activity: pd.DataFrame = field(repr=False)

    def has(self, level: str, area: str) -> bool:
        """Whether there are numbers of an area."""
        return self.base.has(level, area)

    def knows(self, first: int, last: int) -> bool:
        """Whether users were counted over some months."""
        return self.base.knows(first, last)

    def total(self, cut: Cut, name: str) -> np.ndarray:
        """The sum of a monthly count over the period."""
        return self._with_own(cut, self.base.total(cut, name), lambda own: own.total(name))

    def members(self, cut: Cut, who: str, what: str) -> np.ndarray:
        """How many units or provider numbers are `what`."""
        return self._with_own(cut, self.base.members(cut, who, what), lambda own: number(own, who, what))

    def minutes(self, cut: Cut) -> np.ndarray:
        """Mean minutes a call."""

        def mean(own: Cut) -> np.ndarray:
            minutes, calls = own.minutes()
            return np.asarray(minutes / np.where(calls > 0, calls, np.nan))

        return self._with_own(cut, self.base.minutes(cut), mean)

    def retention(self, level: str, who: str, cohort: str) -> pd.DataFrame:
        """Retention by cohort."""
        return self.base.retention(level, who, cohort)

    def part_months(self, level: str) -> pd.DataFrame:
        """Counts of each part by month."""
        others = self.base.part_months(level)
        own = self.activity.rename(columns={level: "part"})
        own = own.assign(month=pd.to_datetime(own["month"]).dt.strftime("%Y-%m"))
        own = own.groupby(["municipality", "part", "month"], as_index=False)[["calls", "completed"]].sum()
        return pd.concat([others[others["municipality"] != self.municipality], own], ignore_index=True)

    def _with_own(self, cut_: Cut, found: np.ndarray, exact: Callable[[Cut], np.ndarray]) -> np.ndarray:
        if cut_.level not in ("municipality", *PARTS):
            return found
        own = self._exact(cut_.level).between(cut_.first, cut_.last)
        places = cut_.areas.get_indexer(own.areas)
        found = found.astype("float64")
        found[places[places >= 0]] = exact(own)[places >= 0]
        return found

    def _exact(self, level: str) -> Cut:
        chosen: Level = level  # type: ignore[assignment]
        return cut(self.panel, self.activity, level=chosen)


@dataclass(frozen=True)
class OwnTotals:
    """`Question.totals` of an own edition: exact for the one municipality, published for all others."""

    base: WindowTotals
    municipality: str
    panel: pd.DataFrame = field(repr=False)

    def of(self, outcome: str, codes: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
        """The total of each municipality over some months."""
        found = np.array(self.base.of(outcome, codes, wanted), dtype="float64")
        if self.municipality in codes and outcome in self.panel:
            own = wide(self.panel, outcome)[self.municipality]
            found[list(codes).index(self.municipality)] = float(own.reindex(list(wanted)).sum())
        return found

    def national(self, outcome: str) -> dict[str, float]:
        """The nation's published number of every month."""
        return self.base.national(outcome)


def is_own(folder: str | Path) -> bool:
    """Whether a folder holds the data of one municipality's own edition."""
    return (Path(folder) / OWN_MARK).is_file()


def write_own(processed: Path, municipality: str) -> Path:
    """The data of one municipality's own edition, beside the complete and the public data; returns the folder."""
    public, folder = processed / PUBLIC_FOLDER, processed / "own" / municipality
    folder.mkdir(parents=True, exist_ok=True)
    panel = read_panel(processed)
    mine = panel[panel["municipality"] == municipality]
    others = read_panel(public)
    mixed = pd.concat([others[others["municipality"] != municipality], mine], ignore_index=True)
    write_panel(mixed.reindex(columns=[c for c in others if c in panel]), folder)
    mine.to_parquet(folder / OWN_PANEL, index=False)
    activity = pd.read_parquet(processed / "activity.parquet")
    activity[activity["municipality"] == municipality].to_parquet(folder / OWN_ACTIVITY, index=False)
    measures = [pd.read_parquet(place / "measures.parquet") for place in (processed, public)]
    own = [(m["level"] == "municipality") & (m["area"] == municipality) for m in measures]
    both = pd.concat([measures[0][own[0]], measures[1][~own[1]]], ignore_index=True)
    both.to_parquet(folder / "measures.parquet", index=False)
    side = pd.read_parquet(processed / "beside.parquet", filters=[("municipality", "==", municipality)])
    side.to_parquet(folder / "beside.parquet", index=False)
    for name in ("quality.json", "connections.parquet"):
        (folder / name).write_bytes((public / name).read_bytes())
    (folder / OWN_MARK).write_text(json.dumps({"municipality": municipality}) + "\n", encoding="utf-8")
    return folder


def read_own(folder: str | Path) -> tuple[OwnLook, OwnTotals]:
    """What answers questions of counts in an own edition."""
    here = Path(folder)
    kept: dict[str, Any] = json.loads((here / OWN_MARK).read_text(encoding="utf-8"))
    published = read_published(here.parents[1] / PUBLIC_FOLDER)
    panel, activity = (pd.read_parquet(here / name) for name in (OWN_PANEL, OWN_ACTIVITY))
    code = str(kept["municipality"])
    return OwnLook(Look(published), code, panel, activity), OwnTotals(WindowTotals(published), code, panel)
