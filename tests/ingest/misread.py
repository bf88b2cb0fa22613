"""Files meant to be misread: headers that say more than their name, cells that lost their format, notes, sums.

Each is drawn with the truth in it. It must be read to that truth or refused; where no reading is true (`truth` is
None), it must be refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.ingest import misread_logs as logs
from tests.ingest import misread_numbers as numbers
from tests.ingest import misread_tables as tables
from tests.ingest.misread_file import Misread

KINDS: dict[str, Callable[[str, random.Random], Misread]] = {
    "header of counts": tables.header,
    "phrase nobody knows": tables.unknown,
    "title": tables.title,
    "header of a month": tables.month,
    "two rows of headers": tables.two_rows,
    "sums among months": tables.sums,
    "other periods": tables.period,
    "start and end": tables.from_to,
    "months without a year": tables.no_year,
    "months that lost their form": tables.lost_months,
    "days and months swapped": logs.swapped,
    "time zone": logs.zone,
    "midnight": logs.midnight,
    "unit of durations": logs.duration,
    "durations that lost their form": logs.lost_durations,
    "workbook": logs.sheet,
    "months to come": logs.future,
    "per cent": logs.per_cent,
    "note below": numbers.note,
    "sign and its meaning": numbers.sign,
    "sums that run on": numbers.running,
    "units and their sum": numbers.split,
    "other channels": numbers.channels,
    "parts of a call": numbers.parts,
    "municipalities across": numbers.across,
    "years down": tables.years_down,
    "tables beside each other": numbers.two_tables,
}


def draw_file(seed: int) -> Misread:
    """The file of a seed; the kinds follow each other."""
    draws = random.Random(seed)
    kind = list(KINDS)[seed % len(KINDS)]
    return KINDS[kind](kind, draws)
