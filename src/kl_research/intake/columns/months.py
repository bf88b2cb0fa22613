"""Cells that name a period: every Danish and English form of a month, and the periods that are not months.

A form is read without guessing; what can be read two ways (01-05-2023) is decided for a column as a whole.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from kl_research.intake.files.cells import Cell, text
from kl_research.intake.quality import Reason
from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold

Kind = Literal["month", "day", "quarter", "week", "year", "half_year", "years", "four_months", "months", "days"]
Order = Literal["dmy", "mdy"]

NAMES = {
    name: number
    for number, names in enumerate(
        (
            ("januar", "january", "jan"),
            ("februar", "february", "feb", "febr"),
            ("marts", "march", "mar", "mrt"),
            ("april", "apr"),
            ("maj", "may"),
            ("juni", "june", "jun"),
            ("juli", "july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("oktober", "october", "okt", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
NAME = "|".join(sorted(NAMES, key=len, reverse=True))
_YEAR = r"(?P<y>20\d\d|19\d\d)"
_DIGITS = re.compile(r"[0-9]+")  # ² is a digit to Python, and no number
_SHORT = r"(?P<y>20\d\d|19\d\d|\d\d)"
_TIME = r"(?:[ t,]+(?:kl\.? ?)?\d{1,2}[:.]\d\d(?:[:.]\d\d(?:[.,]\d+)?)?(?: ?(?:z|[+-]\d\d:?\d\d))?)?"

_MONTHS = [
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR} ?[-/.m_ ] ?(?P<m>0?[1-9]|1[0-2])",
        rf"{_YEAR}[ /-]?m ?(?P<m>0?[1-9]|1[0-2])",
        rf"m ?(?P<m>0?[1-9]|1[0-2])[ /-]?{_YEAR}",
        rf"{_YEAR}(?P<m>0[1-9]|1[0-2])",
        rf"(?P<m>0?[1-9]|1[0-2]) ?[-/._ ] ?{_YEAR}",
        rf"(?P<n>{NAME})\.?[ _/'’-]*{_SHORT}",
        rf"{_YEAR}[ _/-]*(?P<n>{NAME})\.?",
        rf"(?P<y>\d\d)-(?P<n>{NAME})\.?",
    )
]
_DAYS = [
    re.compile(pattern + _TIME)
    for pattern in (
        rf"{_YEAR}[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)",
        rf"{_YEAR}(?P<m>\d\d)(?P<d>\d\d)",
        rf"(?:den )?(?P<d>\d\d?)(?:\.|\. |[ -])(?P<n>{NAME})\.?[ -]*{_SHORT}",
        rf"(?P<n>{NAME})\.? (?P<d>\d\d?),? {_YEAR}",
    )
]
_TWO_WAYS = re.compile(rf"(?P<a>\d\d?)[-/. ](?P<b>\d\d?)[-/. ]{_SHORT}{_TIME}")
_TO = r" ?(?:-|–|—|/|til|to|:) ?"
_SHORT_YEAR = r"(?:[ '’-]*(?:20)?\d\d)?"
_A_DAY = r"(?:\d{4}-\d\d-\d\d|\d\d?[-/.]\d\d?[-/.](?:20)?\d\d)"
_OTHERS: list[tuple[Kind, re.Pattern[str]]] = [
    ("quarter", re.compile(r"(?:19|20)\d\d[ -]*[kq]v?\.? ?[1-4]|[kq]v?\.? ?[1-4][ ,-]*(?:19|20)\d\d")),
    ("quarter", re.compile(r"[1-4]\.? ?(?:kvartal|quarter|kvt\.?|kv\.?)[ ,-]*(?:20\d\d)?")),
    ("quarter", re.compile(r"20\d\d[ ,-]*[1-4]\.? ?kvartal")),
    ("quarter", re.compile(r"[kq][1-4]|kvartal [1-4](?: 20\d\d)?")),
    ("week", re.compile(r"(?:uge|week|u|w)[ .-]?\d\d?(?:[ ,/-]+(?:20)?\d\d)?")),
    ("week", re.compile(r"20\d\d[ -]?(?:uge|week|u|w)[ -]?\d\d?")),
    ("half_year", re.compile(r"[12]\.? ?(?:halvår|half)(?: 20\d\d)?|20\d\d ?[hs][12]|[hs][12] ?20\d\d")),
    ("half_year", re.compile(r"(?:første|andet) halvår(?: 20\d\d)?")),
    ("year", re.compile(r"(?:år )?(?:19|20)\d\d(?:\.0)?")),
    ("years", re.compile(r"(?:19|20)\d\d ?[:/–-] ?(?:19|20)\d\d|(?:19|20)\d\d/(?:1[3-9]|[2-9]\d)")),
    ("four_months", re.compile(r"20\d\d[ -]?t[1-3]|t[1-3][ -]?20\d\d|[1-3]\.? ?(?:tertial|trimester)(?: 20\d\d)?")),
    ("months", re.compile(rf"(?:{NAME})\.?{_SHORT_YEAR}{_TO}(?:{NAME})\.?{_SHORT_YEAR}")),
    ("days", re.compile(rf"{_A_DAY}{_TO}{_A_DAY}")),
]


@dataclass(frozen=True)
class Period:
    """What one cell names: its kind, the month where that is settled, else the two numbers that are not."""

    kind: Kind
    month: str = ""
    day: int = 0
    pair: tuple[int, int, int] | None = None


@lru_cache(maxsize=100_000)
def _read_text(written: str) -> Period | None:
    lower = written.casefold()
    for pattern in _MONTHS:
        if match := pattern.fullmatch(lower):
            return _period("month", match, 1)
    for pattern in _DAYS:
        if match := pattern.fullmatch(lower):
            return _period("day", match, int(match["d"]))
    if match := _TWO_WAYS.fullmatch(lower):
        return Period("day", pair=(int(match["a"]), int(match["b"]), _full_year(match["y"])))
    for kind, pattern in _OTHERS:
        if pattern.fullmatch(lower):
            return Period(kind)
    return None


def _period(kind: Kind, match: re.Match[str], day: int) -> Period | None:
    found = match.groupdict()
    number = NAMES[found["n"]] if found.get("n") else int(found["m"])
    month = f"{_full_year(found['y'])}-{number:02d}"
    return Period(kind, month, day) if _is_date(month, day) else None


def _full_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def is_year(written: str) -> bool:
    """Whether text is a year that a month here may have, 1900 to 2099.

    >>> is_year("2024"), is_year("2525"), is_year("²²²²")
    (True, False, False)
    """
    return re.fullmatch(r"(?:19|20)[0-9]{2}", written) is not None


def _is_date(month: str, day: int) -> bool:
    if not months.is_month(month):
        return False
    try:
        dt.date(int(month[:4]), int(month[5:]), day)
    except ValueError:
        return False
    return True


def read_period(cell: Cell) -> Period | None:
    """The period a cell names, or None when it names none.

    >>> [read_period(form).month for form in ("januar 2023", "jan-21", "2023M05", "MAR2019", "1. maj 2023")]
    ['2023-01', '2021-01', '2023-05', '2019-03', '2023-05']
    >>> read_period("2023K1").kind, read_period("uge 46 2022").kind, read_period("Total")
    ('quarter', 'week', None)
    """
    if isinstance(cell, dt.datetime | dt.date):
        if not is_year(str(cell.year)):
            return None
        return Period("day", f"{cell.year:04d}-{cell.month:02d}", cell.day)
    if isinstance(cell, bool) or cell is None or isinstance(cell, dt.time | dt.timedelta):
        return None
    written = text(cell)
    if isinstance(cell, int | float) or _DIGITS.fullmatch(written):
        return _read_number(written)
    return _read_text(written)


def _read_number(digits: str) -> Period | None:
    """A bare number: 2023, 202305, 20230501, or the days a spreadsheet counts from 1900."""
    period = _read_text(digits)
    if period or not _DIGITS.fullmatch(digits) or len(digits) != 5:
        return period
    date = dt.date(1899, 12, 30) + dt.timedelta(days=int(digits))
    return Period("day", f"{date.year:04d}-{date.month:02d}", date.day) if 2000 <= date.year <= 2099 else None


def settle(periods: Sequence[Period], where: str, declared: Order | None = None) -> tuple[Order | None, Reason]:
    """The order of day and month in a column of months, and why; None where no cell leaves a choice.

    A column of months holds the first (or last) days of months: the order under which it does is taken. Raises
    `InputError` showing both readings where neither that nor a number above 12 decides.
    """
    pairs = sorted({period.pair for period in periods if period.pair})
    if not pairs:
        return None, ""
    if declared:
        return declared, "declared"
    possible: list[Order] = [order for order in ("dmy", "mdy") if all(_as_date(pair, order) for pair in pairs)]
    if not possible:
        a, b, year = pairs[0]
        raise InputError(where, f"dates such as {a:02d}-{b:02d}-{year}", "dates of one order", "correct the source")
    if len(possible) == 1:
        return possible[0], "number_above_12"
    same = all(_as_date(pair, "dmy") == _as_date(pair, "mdy") for pair in pairs)
    if same:
        return "dmy", "both_orders_agree"
    fitting = [order for order in possible if all(_edge(_as_date(pair, order)) for pair in pairs)]
    if len(fitting) == 1:
        return fitting[0], "first_days_of_months"
    pair = next(pair for pair in pairs if _as_date(pair, "dmy") != _as_date(pair, "mdy"))
    as_dmy, as_mdy = _as_date(pair, "dmy"), _as_date(pair, "mdy")
    raise InputError(
        where,
        f"{pair[0]:02d}-{pair[1]:02d}-{pair[2]}, which may be {as_dmy:%d %B %Y} or {as_mdy:%d %B %Y}",
        "dates that can be read one way only",
        "write `dates: dmy` or `dates: mdy` in a layout file",
    )


def _as_date(pair: tuple[int, int, int], order: Order) -> dt.date | None:
    day, month = (pair[0], pair[1]) if order == "dmy" else (pair[1], pair[0])
    try:
        return dt.date(pair[2], month, day)
    except ValueError:
        return None


def _edge(date: dt.date | None) -> bool:
    return date is not None and (date.day == 1 or (date + dt.timedelta(days=1)).day == 1)


def day_of(period: Period, order: Order | None) -> int:
    """The day of a period once the order of its column is settled; 0 where it names no day."""
    if period.pair is None:
        return period.day if period.kind == "day" else 0
    date = _as_date(period.pair, order or "dmy")
    assert date is not None
    return date.day


def month_of(period: Period, order: Order | None) -> str:
    """The month of a period once the order of its column is settled."""
    if period.pair is None:
        return period.month
    date = _as_date(period.pair, order or "dmy")
    assert date is not None
    return f"{date:%Y-%m}"


def span_of(label: str) -> tuple[str, str] | None:
    """The first and last month of a year, quarter or half-year that a header names with its year.

    >>> span_of("2024K1"), span_of("I alt 2023"), span_of("2. halvår 2024"), span_of("Q1")
    (('2024-01', '2024-03'), ('2023-01', '2023-12'), ('2024-07', '2024-12'), None)
    """
    lower = label.casefold()
    years = re.findall(r"(?:19|20)\d\d", lower)
    if len(years) != 1:
        return None
    period = _read_text(" ".join(re.sub(r"\b(?:i alt|hele|total|sum|året)\b:?", " ", lower).split()))
    length = {"year": 12, "half_year": 6, "quarter": 3}.get(period.kind, 0) if period else 0
    if not length:
        return None
    rest = lower.replace(years[0], " ")
    number = re.search(r"[1-4]", rest)
    n = int(number[0]) if number else 2 if "andet" in rest else 1
    return f"{years[0]}-{n * length - length + 1:02d}", f"{years[0]}-{n * length:02d}"


REASONS = {
    "quarter": "quarters",
    "week": "weeks",
    "year": "years",
    "half_year": "half-years",
    "years": "spans of years",
    "four_months": "four-month periods",
    "months": "spans of months",
    "days": "spans of days",
}


def refuse_other_periods(periods: Sequence[Period | None], where: str) -> None:
    """Raise `InputError` when a column names quarters, weeks or years instead of months."""
    kinds = Counter(period.kind for period in periods if period and period.kind in REASONS)
    if kinds:
        kind = kinds.most_common(1)[0][0]
        cure = (
            "weeks cross month ends and cannot be shared out; ask for the export by month"
            if kind == "week"
            else "they cannot be split into months; ask for the export by month"
        )
        raise InputError(where, REASONS[kind], "months, since a study is monthly", cure)


def month_number(cell: Cell) -> int | None:
    """The number of a month named without its year: maj, May, 5.

    >>> month_number("maj"), month_number(5.0), month_number("13")
    (5, 5, None)
    """
    written = text(cell).casefold().rstrip(".")
    if written in NAMES or fold(written) in NAMES:
        return NAMES.get(written) or NAMES[fold(written)]
    return int(written) if re.fullmatch(r"0?[1-9]|1[0-2]", written) else None
