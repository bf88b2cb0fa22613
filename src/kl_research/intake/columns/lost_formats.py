"""Dates that betray what a program made of them: days and months swapped in one part, midnights without a time."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable

from kl_research.intake.columns import moments
from kl_research.intake.columns.months import Order
from kl_research.terms.errors import InputError

# The share of calls that may begin at midnight, to the second: in truth, far fewer.
MIDNIGHTS = 0.02

_YEAR_FIRST = re.compile(r"(?:19|20)\d\d-(\d\d)-(\d\d)(?:[ T](.*))?")
_YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(?:(?:19|20)\d\d|\d\d)(?:[ T](.*))?")
_DATE = re.compile(r".*\d")


def read_date(text: str, order: Order, *, utc: bool = False) -> dt.datetime | None:
    """The midnight a text names by its date alone; None for anything else.

    >>> read_date("01-02-2024", "dmy"), read_date("2024-02-01 10:12", "dmy")
    (datetime.datetime(2024, 2, 1, 0, 0), None)
    """
    if moments.read_moment(text, order) or not _DATE.search(text):
        return None
    if re.fullmatch(r"[34]\d{4}", text):
        return moments.read_moment(f"{text}.0", order, utc=utc)
    if re.fullmatch(r"(?:19|20)\d{6}", text):
        return moments.read_moment(f"{text}000000", order, utc=utc)
    return moments.read_moment(f"{text} 00:00", order, utc=utc)


def refuse_swapped_days(texts: Iterable[str], order: Order, where: str) -> None:
    """Refuse a column of two forms where one holds no day above 12, and the other no day of 12 or less.

    A program that expects the month first takes 05-01-2024 for the first of May, and leaves 20-01-2024 as it is.
    """
    days: dict[str, set[int]] = defaultdict(set)
    for text in texts:
        if match := _YEAR_FIRST.fullmatch(text):
            days["-first"].add(int(match[2]))
        elif match := _YEAR_LAST.fullmatch(text):
            days[match[2] + _clock(match[4])].add(int(match[1] if order == "dmy" else match[3]))
    low = any(max(found) <= 12 for found in days.values())
    high = any(min(found) > 12 for found in days.values())
    if len(days) > 1 and low and high:
        raise InputError(
            where,
            "dates in two forms, one without a day above 12, the other without a day of 12 or less: day and month "
            "were swapped in a part of them",
            "dates as the source wrote them",
            "ask for the export again, and do not open it in a spreadsheet; if both forms are right, write "
            "`dates: dmy` or `dates: mdy` in a layout file",
        )


def _clock(written: str | None) -> str:
    """The form of a time of day, whatever its figures."""
    return re.sub(r"\d+", "9", written or "")
