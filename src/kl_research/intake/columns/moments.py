"""When calls began: the few written forms of a moment, as SQL where all cells share one, else read one by one.

Times are Danish local time unless they carry an offset (or the layout says UTC); what is needed of them is the
local month, weekday and hour, so the hour that comes twice in October needs no decision.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo

from kl_research.intake.columns.months import NAME, NAMES, Order
from kl_research.intake.quality import Why
from kl_research.terms.errors import InputError

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

# The years of months in tables too: any other is a slip, and one call in 2525 makes five centuries of zeros.
FIRST_YEAR, LAST_YEAR = 1900, 2099
_YEAR = r"(?:19|20)\d\d"
_ISO = re.compile(_YEAR + r"-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?")
_ZONED = re.compile(_ISO.pattern + r"(?:Z|[+-]\d\d(?::?\d\d)?)")
_CLOCK = r"(?P<H>\d\d?)[:.](?P<M>\d\d)(?:[:.](?P<S>\d\d)(?:[.,]\d+)?)?(?: ?(?P<p>[ap]m))?"
_GAP = r"(?:,? |T|,? kl\.? ?)"
_FORMS = [
    re.compile(rf"(?P<y>{_YEAR})[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?){_GAP}{_CLOCK}", re.IGNORECASE),
    re.compile(
        rf"(?:den )?(?P<d>\d\d?)\.? ?-?(?P<n>{NAME})\.?,?[ -]?(?P<y>{_YEAR}|\d\d){_GAP}{_CLOCK}", re.IGNORECASE
    ),
    re.compile(rf"(?P<y>{_YEAR})(?P<m>\d\d)(?P<d>\d\d)T?(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)?"),
]
_NUMERIC = re.compile(rf"(?P<a>\d\d?)(?P<s>[-/.])(?P<b>\d\d?)(?P=s)(?P<y>{_YEAR}|\d\d){_GAP}{_CLOCK}", re.IGNORECASE)
_EPOCH = re.compile(r"1\d{9}(?:\.\d+)?|1\d{12}")
_SERIAL = re.compile(r"[34]\d{4}\.\d+")


def sql_form(sample: Iterable[str]) -> str | None:
    """`iso`, `zoned`, or a strptime format that every text of a sample has; None when it takes more than that.

    >>> sql_form(["2024-01-31 10:12:13"]), sql_form(["31-01-2024 10:12"]), sql_form(["1. maj 2024 kl. 10"])
    ('iso', '%a-%b-%Y %H:%M', None)
    """
    forms = {_form(text) for text in sample if text}
    return forms.pop() if len(forms) == 1 else None


def _form(text: str) -> str | None:
    if _ISO.fullmatch(text):
        return "iso"
    if _ZONED.fullmatch(text):
        return "zoned"
    match = re.fullmatch(rf"\d\d?([-/.])\d\d?\1({_YEAR}|\d\d) \d\d?([:.])\d\d(\3\d\d)?", text)
    if not match:
        return None
    sep, clock = match[1], match[3]
    year = "%Y" if len(match[2]) == 4 else "%y"
    # %a and %b stand for the two numbers whose order is still to be decided.
    return f"%a{sep}%b{sep}{year} %H{clock}%M" + (f"{clock}%S" if match[4] else "")


def with_midnight(text: str) -> str:
    """A day as the moment it begins; what names no day, or a time as well, as it is.

    >>> with_midnight("31-01-2024"), with_midnight("20240131"), with_midnight("I alt")
    ('31-01-2024 00:00', '202401310000', 'I alt')
    """
    if re.fullmatch(_YEAR + r"\d{4}", text):
        return f"{text}0000"
    midnight = f"{text} 00:00"
    return midnight if _NUMERIC.fullmatch(midnight) or any(form.fullmatch(midnight) for form in _FORMS) else text


def are_days(sample: Iterable[str]) -> bool:
    """Whether a column names days and never a time: no text is a moment, and more than half become one at midnight.

    >>> are_days(["2024-01-31", "1. maj 2024"]), are_days(["2024-01-31", "2024-02-01 10:12"]), are_days(["i går"])
    (True, False, False)
    """
    texts = list(filter(None, sample))
    if any(read_moment(text) or numeric_parts(text) for text in texts):
        return False
    return sum(with_midnight(text) != text for text in texts) > len(texts) / 2


def order_of(
    pairs: Iterable[tuple[int, int]], separator: str, where: str, declared: Order | None
) -> tuple[Order, Why]:
    """The order of day and month from the largest numbers seen; raises `InputError` when nothing decides."""
    if declared:
        return declared, "declared"
    firsts, seconds = zip(*pairs, strict=True)
    if max(firsts) > 12 and max(seconds) > 12:
        raise InputError(where, "dates in both orders", "dates of one order", "correct the source")
    if max(firsts) > 12:
        return "dmy", "number_above_12"
    if max(seconds) > 12:
        return "mdy", "number_above_12"
    if separator == ".":
        return "dmy", "points_between"
    a, b = next(((a, b) for a, b in zip(firsts, seconds, strict=True) if a != b), (firsts[0], seconds[0]))
    raise InputError(
        where,
        f"dates such as {a:02d}{separator}{b:02d}, which may be day-month or month-day",
        "dates that can be read one way only",
        "write `dates: dmy` or `dates: mdy` in a layout file",
    )


def numeric_parts(text: str) -> tuple[int, int, str] | None:
    """The two numbers of 31-01-2024 whose order is open, and their separator."""
    match = _NUMERIC.fullmatch(text)
    return (int(match["a"]), int(match["b"]), match["s"]) if match else None


@lru_cache(maxsize=200_000)
def read_moment(text: str, order: Order = "dmy", *, utc: bool = False, epoch: bool = False) -> dt.datetime | None:
    """One moment in Danish local time; None when the text names none.

    >>> read_moment("1. maj 2024 kl. 10.12").isoformat(), read_moment("2024-03-31T00:59:00Z").isoformat()
    ('2024-05-01T10:12:00', '2024-03-31T01:59:00')
    """
    zone = dt.UTC if utc else None
    if _ZONED.fullmatch(text):
        return dt.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(COPENHAGEN).replace(tzinfo=None)
    if epoch and _EPOCH.fullmatch(text):
        seconds = float(text) / (1000 if len(text) == 13 else 1)
        return dt.datetime.fromtimestamp(seconds, COPENHAGEN).replace(tzinfo=None)
    if _SERIAL.fullmatch(text):
        moment = dt.datetime(1899, 12, 30) + dt.timedelta(seconds=round(float(text) * 86400))
        return _local(moment, zone)
    for pattern in (*_FORMS, _NUMERIC):
        if match := pattern.fullmatch(text):
            moment_ = _build(match.groupdict(), order)
            return _local(moment_, zone) if moment_ else None
    return None


def _build(part: dict[str, str | None], order: Order) -> dt.datetime | None:
    year = int(part["y"] or 0)
    year += 2000 if year < 100 else 0
    if part.get("a"):
        day, month = (part["a"], part["b"]) if order == "dmy" else (part["b"], part["a"])
    else:
        day, month = part["d"], part.get("m") or str(NAMES[(part["n"] or "").casefold()])
    hour = int(part["H"] or 0)
    if part.get("p"):
        hour = hour % 12 + (12 if (part["p"] or "").casefold() == "pm" else 0)
    try:
        return dt.datetime(year, int(month or 0), int(day or 0), hour, int(part["M"] or 0), int(part.get("S") or 0))
    except ValueError:
        return None


def _local(moment: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    return moment.replace(tzinfo=zone).astimezone(COPENHAGEN).replace(tzinfo=None) if zone else moment
