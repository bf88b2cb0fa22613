"""Series beside the calls, never added to them: other channels, and how the calls came about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kl_research.intake.file_data import FileData
from kl_research.terms.study import Study
from kl_research.terms.study_parts import Period, Raw

BESIDE = ["municipality", "month", "kind", "value", "calls", "in_office_hours"]
CHANNEL = "channel"


@dataclass(frozen=True)
class Kept:
    """Which values of the channel column are calls of the study: `only` these where given, and none of `without`."""

    only: frozenset[str] | None
    without: frozenset[str]

    def __contains__(self, channel: object) -> bool:
        return (self.only is None or channel in self.only) and channel not in self.without


def kept_channels(study: Study) -> Kept | None:
    """The channels that a study counts; None where it counts all."""
    if study.channels is None and not study.beside:
        return None
    return Kept(None if study.channels is None else frozenset(study.channels), study.beside)


def beside(files: Sequence[FileData], others: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """A row a municipality, month, kind (channel, initiative, citizen_present, planned) and value; months as days."""
    tables = [file.circumstances for file in files if file.circumstances is not None]
    table = pd.concat([*tables, others]) if tables or len(others) else pd.DataFrame(columns=BESIDE)
    table = table[(table["month"] >= first) & (table["month"] <= last)]
    table = table.groupby(BESIDE[:4], as_index=False)[BESIDE[4:]].sum()
    kinds = dict.fromkeys(("calls", "in_office_hours"), "int64") | dict.fromkeys(BESIDE[:1] + BESIDE[2:4], "str")
    return table.astype(kinds).assign(month=pd.to_datetime(table["month"]).astype("datetime64[s]"))[BESIDE]


def other_channels(study: Study, read: Callable[[Study], pd.DataFrame], first: str, last: str) -> pd.DataFrame:
    """The series of each other channel of a study; `read` makes a panel of the study that holds it alone."""
    blocks = [pd.DataFrame(columns=BESIDE)]
    alone: dict[str, Any] = {
        "connections": None,
        "denominators": None,
        "corrections": None,
        "clinics": None,
        "offset": None,
        "other_channels": [],
        "period": Period(),
    }
    for other in study.other_channels:
        raw = [Raw(path=other.path, layout=other.layout, sheet=other.sheet)] if other.path else study.raw
        panel = read(study.with_changes(**alone, raw=raw, channels=other.channels))
        seen = panel[panel["state"].isin(["observed"])]
        month = seen["month"].dt.strftime("%Y-%m")
        found = seen[["municipality", "calls"]].assign(month=month, kind=CHANNEL, value=other.name, in_office_hours=0)
        blocks.append(found[(month >= first) & (month <= last)])
    return pd.concat(blocks)[BESIDE]
