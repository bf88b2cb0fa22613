"""The public data set: the tables that everything public is computed from, and the look-up that measures count by.

A folder beside the complete data. Everything in it came out of `count`; nothing public opens anything else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from kl_research.disclosure.areas import LEVELS as AREA_LEVELS
from kl_research.disclosure.cells import Span, pieces
from kl_research.disclosure.perturbation import D, V
from kl_research.disclosure.seals import fingerprint, seal
from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.panel import COUNTS, read_panel, write_panel
from kl_research.terms.study import PUBLIC_SEALS

TABLES = (
    "areas",
    "windows",
    "parts",
    "members",
    "minutes",
    "hours",
    "retention",
    "measures",
    "connections",
    "beside",
)
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Published:
    """The public data set. Months are text ("2025-01") but in `panel` and `areas`, where they are first days.

    A number is given twice where it can be cut to what it is part of: `value` as told, `drawn` for sums.

    panel        a municipality and month: as `terms.panel`, counts as told; `<count>_drawn` for all but calls
    areas        a month of a region that is told or of the nation (""): level, area, month,
                 municipalities_observed, the counts as in panel
    windows      an area, count and window of more than a month: level, area, measure, first, last, value, drawn,
                 months_observed
    parts        an administration, unit type or channel of a municipality, months too: level, area, part, measure,
                 first, last, value, drawn, months_observed
    members      units or provider numbers (`who`) that are `what`, a name of `adoption.measures.members.FIND`:
                 level, area, part, who, what, first, last, value, drawn
    minutes      mean minutes a call: level, area, first, last, minutes (whole)
    hours        calls by weekday (1 Monday), hour, or in office hours: level, area, first, last, by, at, value
    retention    a cohort of the nation and its age in months: who, cohort, age, numerator, denominator, value
    measures     as `adoption.measure_table`, for the standard periods and calendar years
    connections  a row of the connections file, months as text
    beside       another channel, or how calls came about: level, area, kind, value, first, last, calls

    Levels are municipality, region, national ("" is its area), administration, unit_type, channel. `release` is the
    fingerprint of the key, D and V.
    """

    panel: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    release: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]


class _Cut(Protocol):
    """What the look-up needs to know of a cut."""

    @property
    def level(self) -> str: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...
    @property
    def areas(self) -> pd.Index: ...


@dataclass(frozen=True)
class Look:
    """The counter of `adoption.cut`: numbers by area and months from the public tables, never from the data.

    Totals of months that are no window of their own are sums (`cells.pieces`). Counts of users are only
    known for the windows told.
    """

    data: Published
    _made: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False, compare=False)

    def _once(self, name: str, level: str, make: Callable[[str], Any]) -> Any:
        """What several measures look up at one level, made by the first that asks."""
        if (name, level) not in self._made:
            self._made[name, level] = make(level)
        return self._made[name, level]

    @cached_property
    def _areas(self) -> set[str]:
        """The regions of which there are numbers."""
        return set(self.data["areas"]["area"])

    def _totals(self, level: str) -> dict[tuple[str, ...], Grid]:
        """By count: numbers as drawn."""
        columns = ["measure", "key", "first", "last", "drawn"]
        if level not in AREA_LEVELS:
            rows = self._rows("parts", level)
            return _grids(rows.assign(key=_key(rows))[columns], ["measure"], "drawn")
        windows = self._rows("windows", level)
        month = self.data.panel if level == "municipality" else self._rows("areas", level)
        months_ = _months(month, "municipality" if level == "municipality" else "area")
        return _grids(pd.concat([months_, windows.assign(key=windows["area"])[columns]]), ["measure"], "drawn")

    def _members(self, level: str) -> dict[tuple[str, ...], Grid]:
        """By who and what: numbers as told."""
        rows = self._rows("members", level)
        return _grids(rows.assign(key=_key(rows)), ["who", "what"], "value")

    def _minutes(self, level: str) -> dict[tuple[str, ...], Grid]:
        rows = self._rows("minutes", level)
        return _grids(rows.assign(key=rows["area"]), ["level"], "minutes")

    def _rows(self, name: str, level: str) -> pd.DataFrame:
        table = self.data[name]
        return table[table["level"] == level]

    def has(self, level: str, area: str) -> bool:
        """Whether an area is told: regions of fewer than three municipalities are not."""
        return level != "region" or area in self._areas

    def knows(self, first: int, last: int) -> bool:
        """Whether users were counted over these months."""
        return (months.month(first), months.month(last)) in self._member_spans

    @cached_property
    def _member_spans(self) -> set[Span]:
        spans = self.data["members"][["first", "last"]].drop_duplicates()
        return set(spans.itertuples(index=False, name=None))

    def total(self, cut: _Cut, name: str) -> np.ndarray:
        """The sum of a count over the months of a cut, completed calls and users cut to the calls."""
        found = self._drawn(cut, name)
        return found if name == "calls" else np.fmin(found, self._drawn(cut, "calls"))

    def _drawn(self, cut: _Cut, name: str) -> np.ndarray:
        grid = self._once("totals", cut.level, self._totals).get((name,))
        if grid is None:
            return np.full(len(cut.areas), np.nan)
        return grid.total(cut.areas, pieces(*_span(cut.first, cut.last), grid.spans))

    def members(self, cut: _Cut, who: str, what: str) -> np.ndarray:
        """How many users are `what`, as told; NaN for months over which they were not counted."""
        grid, span = self._once("members", cut.level, self._members).get((who, what)), _span(cut.first, cut.last)
        if grid is None or span not in grid.spans:
            return np.full(len(cut.areas), np.nan)
        return np.nan_to_num(grid.total(cut.areas, [span]))

    def minutes(self, cut: _Cut) -> np.ndarray:
        """Mean minutes a call, NaN where not told."""
        grid = self._once("minutes", cut.level, self._minutes).get((cut.level,))
        return (
            np.full(len(cut.areas), np.nan) if grid is None else grid.total(cut.areas, [_span(cut.first, cut.last)])
        )

    def retention(self, level: str, who: str, cohort: str) -> pd.DataFrame:
        """Retention of the nation's cohorts of a year; no rows for anything else."""
        table = self.data["retention"]
        rows = table[table["who"] == who] if (level, cohort) == ("national", "year") else table.iloc[:0]
        return rows.drop(columns="who").assign(area="")

    def part_months(self, level: str) -> pd.DataFrame:
        """Counts of each part by month: municipality, part, month, and the counts as told."""
        table: pd.DataFrame = self._once("part months", level, self._part_months)
        return table

    def _part_months(self, level: str) -> pd.DataFrame:
        table = self._rows("parts", level)
        table = table[table["first"] == table["last"]]
        wide = table.pivot(index=["area", "part", "first"], columns="measure", values="value").reset_index()
        return wide.rename(columns={"area": "municipality", "first": "month"})


@dataclass(frozen=True)
class Grid:
    """Numbers by area and window of months: plain arrays, for they are read some thousand times."""

    areas: pd.Index
    spans: dict[Span, int]
    values: np.ndarray

    def total(self, areas: pd.Index, spans: Iterable[Span]) -> np.ndarray:
        """The sum over windows, by area; NaN where no number is known."""
        columns = [self.spans[span] for span in spans if span in self.spans]
        known = np.concatenate([self.values[:, columns], np.full((1, len(columns)), np.nan)])
        found = known[self.areas.get_indexer(areas)]
        return np.where(np.isnan(found).all(axis=1), np.nan, np.nansum(found, axis=1))


def _grids(table: pd.DataFrame, by: list[str], value: str) -> dict[tuple[str, ...], Grid]:
    area, areas = pd.factorize(table["key"])
    span, spans = pd.factorize(table["first"] + "/" + table["last"])
    pairs = {(text[:7], text[8:]): i for i, text in enumerate(spans)}
    values = table[value].to_numpy("float64")
    found: dict[tuple[str, ...], Grid] = {}
    for name, rows in table.groupby(by).indices.items():
        grid = np.full((len(areas), len(spans)), np.nan)
        grid[area[rows], span[rows]] = values[rows]
        known = set(span[rows].tolist())
        here = {pair: i for pair, i in pairs.items() if i in known}
        found[tuple(map(str, name)) if isinstance(name, tuple) else (str(name),)] = Grid(pd.Index(areas), here, grid)
    return found


def _key(table: pd.DataFrame) -> pd.Series:
    """An area, or a part of it by the name that `adoption.cut` gives it."""
    return table["area"].where(table["part"] == "", table["area"] + _SEPARATOR + table["part"])


def _span(first: int, last: int) -> Span:
    return months.month(first), months.month(last)


def _months(table: pd.DataFrame, area: str) -> pd.DataFrame:
    """The months of a wide table as rows: measure, key, first, last, drawn."""
    found = []
    for name in (name for name in COUNTS if name in table):
        column = name if name == "calls" else f"{name}_drawn"
        rows = table.loc[table[column].notna(), [area, "month", column]]
        rows = rows.set_axis(["key", "first", "drawn"], axis=1)
        month = rows["first"].dt.strftime("%Y-%m")
        found.append(rows.assign(measure=name, first=month, last=month, drawn=rows["drawn"].astype("int64")))
    return pd.concat(found)


def write_published(data: Published, folder: Path, key: bytes) -> None:
    """Write the public data set into a folder, with a keyed checksum of every file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_panel(data.panel, folder)
    for name, table in data.tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    files = sorted(path for path in folder.glob("*.parquet"))
    content = {
        "key_fingerprint": fingerprint(key), "D": D, "V": V, **data.release,
        "files": {path.name: seal(path, key) for path in files},
    }  # fmt: skip
    (folder / PUBLIC_SEALS).write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


class _OnDisk(Mapping[str, pd.DataFrame]):
    """The tables in a folder, each read by the first that asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            self._read[name] = pd.read_parquet(self._folder / f"{name}.parquet")
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


def read_published(folder: str | Path) -> Published:
    """The public data set in a folder; raises `InputError` when it is not all there.

    A process that asks for the same folder twice gets the same tables, as long as no file of it has changed.
    """
    where = Path(folder)
    for name in TABLES:
        if not (where / f"{name}.parquet").is_file():
            raise InputError(
                str(folder), f"no {name}.parquet", "a public data set", "run `kl-research ingest STUDY.yaml` first"
            )
    stats = [path.stat() for path in sorted(where.iterdir()) if path.suffix == ".parquet"]
    return _published(where, tuple((stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in stats))


@lru_cache(maxsize=2)
def _published(where: Path, _stand: tuple[tuple[int, int, int], ...]) -> Published:
    """The data set as it stands on disk."""
    seals = where / PUBLIC_SEALS
    release = json.loads(seals.read_text(encoding="utf-8")) if seals.is_file() else {}
    release.pop("files", None)
    return Published(read_panel(where), _OnDisk(where), release)
