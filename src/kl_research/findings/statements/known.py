"""What statements are made from: the numbers of a run, as far as its edition may know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from kl_research.adoption import Summary
from kl_research.adoption.cut import Activity
from kl_research.effects.effect import Effect
from kl_research.findings.words.reader import Reader
from kl_research.statistics.latent_noise import Noise, pooled_noise
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.panel import area_name, area_region, wide


@dataclass(frozen=True)
class Known:
    """Panel, measures, effects, warnings and register of one run, read by every maker of statements."""

    panel: pd.DataFrame = field(repr=False)
    activity: Activity | None = field(repr=False)
    measures: pd.DataFrame = field(repr=False)
    summaries: Mapping[str, Summary] = field(repr=False)
    effects: Mapping[str, Sequence[Effect]] = field(repr=False)
    shared: Sequence[Effect] = field(repr=False)
    warnings: Mapping[str, Mapping[str, Any]] = field(repr=False)
    events: Sequence[Event] = field(repr=False)
    who: Reader
    half: str | None = None  # the half-year of the regions' packs, where the study names one

    @cached_property
    def last(self) -> str:
        """The last month of the data."""
        return f"{self.panel['month'].max():%Y-%m}"

    @property
    def year(self) -> tuple[str, str]:
        """The last 12 months."""
        return months.shift(self.last, -11), self.last

    @property
    def year_before(self) -> tuple[str, str]:
        """The 12 months before those."""
        return months.shift(self.last, -23), months.shift(self.last, -12)

    def name(self, code: str) -> str:
        """A municipality's name."""
        return area_name(self.panel, code)

    def region(self, code: str) -> str:
        """The region a municipality belongs to in the last month."""
        return area_region(self.panel, code, self.last)

    def touching(self, code: str) -> list[Event]:
        """The entries of the register about a municipality or its region, not those about everybody."""
        region = self.region(code)
        return [event for event in self.events if not event.national and event.touches(code, region)]

    @cached_property
    def _year_rows(self) -> dict[tuple[str, str, str], dict[Any, Any]]:
        rows = self.measures[self.measures["period"] == "/".join(self.year)] if len(self.measures) else self.measures
        return {(row["level"], row["area"], row["measure"]): row for row in rows.to_dict("records")}

    def measure(self, code: str, name: str, *, level: str = "municipality") -> dict[Any, Any] | None:
        """A measure of the last 12 months, where it has a value."""
        row = self._year_rows.get((level, code, name))
        return None if row is None or pd.isna(row["numerator"]) else row

    @cached_property
    def noise(self) -> Noise:
        """How much the months of one municipality swing, pooled over all in the year before the last."""
        counts = wide(self.panel).to_numpy(dtype="float64")[-24:-12].T
        calendar = [int(month[5:]) - 1 for month in months.span(*self.year_before)]
        return pooled_noise(counts, np.array(calendar[-counts.shape[1] :]))
