"""What one raw file holds once it is read: rows by month in our words, whatever its layout was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from kl_research.intake.quality import FileReport

DIMENSIONS = ("administration", "unit", "unit_type", "provider", "channel")
MEASURES = ("calls", "completed", "active_units", "active_providers")


@dataclass(frozen=True)
class FileData:
    """One file, read.

    `rows`: municipality, the dimensions (empty text where the layout has none), month ("2025-01"), and for each
    measure present its value and `<measure>_state`; call logs add `seconds`. Only call logs have `timing` and
    `circumstances` (municipality, month, kind, value, calls, in_office_hours). `present` names the dimensions and
    measures the file has; `first`, `last` are the months it covers, `dates` the days of a call log, `days` its rows a
    day. `turned` when it was a pivot. `areas`: all municipalities it names, also without a kept row; `identical`: how
    many rows too many stand in those with rows that stand twice. Said by the study: `added` to other files,
    `replaces` them whatever they hold, `covers` these months.
    """

    report: FileReport
    log: bool
    rows: pd.DataFrame
    present: frozenset[str]
    first: str
    last: str
    areas: frozenset[str]
    timing: pd.DataFrame | None = None
    circumstances: pd.DataFrame | None = None
    dates: tuple[dt.date, dt.date] | None = None
    turned: bool = False
    days: Mapping[dt.date, int] = field(default_factory=dict)
    added: bool = False
    replaces: bool = False
    covers: tuple[str, ...] = ()
    identical: Mapping[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
