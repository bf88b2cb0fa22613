"""How long calls lasted: 00:07:32, 7:32, 452, 7,5, 7 min.; the unit is decided for the column as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from kl_research.intake.columns.numbers import read_numbers
from kl_research.intake.quality import Why
from kl_research.terms.errors import InputError

Unit = Literal["seconds", "minutes", "h:m:s", "m:s", "h:m"]

_THREE = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)(?:[.,]\d+)?")
_TWO = re.compile(r"(\d{1,3}):([0-5]\d)")
_WORDS = re.compile(
    r"(?:(?P<h>\d{1,9}) ?(?:t|time|timer|h|hours?)\.?,? ?)?"
    r"(?:(?P<m>\d{1,9}(?:[.,]\d+)?) ?(?:m|min|minut|minutter|minutes?)\.?,? ?(?:og )?)?"
    r"(?:(?P<s>\d{1,9}) ?(?:s|sek|sekund|sekunder|sec|seconds?)\.?)?",
    re.IGNORECASE,
)
_ISO = re.compile(r"pt(?:(?P<h>\d{1,9})h)?(?:(?P<m>\d{1,9})m)?(?:(?P<s>\d{1,9})(?:\.\d+)?s)?", re.IGNORECASE)
# A video consultation of more than three hours, or one count of minutes above it, is no plausible reading.
_LONGEST_MINUTES = 180
_YEAR = 366 * 86400  # seconds
_BLANK = {"", "-", "na", "n/a", "null", "none", "(tom)"}


def read_durations(
    cells: Iterable[str],
    header: str,
    where: str,
    declared: Unit | None = None,
    row_of: Callable[[str], int] | None = None,
) -> tuple[dict[str, int | None], str, Why]:
    """Seconds for each distinct text (None for blank ones), the unit decided, and why.

    Raises `InputError` for a text that is no duration (`row_of` gives its row), and where figures may be seconds or
    minutes.

    >>> read_durations(["00:07:32", ""], "Varighed", "a.csv")
    ({'00:07:32': 452, '': None}, 'h:m:s', 'written_out')
    >>> read_durations(["7,5"], "Varighed (min.)", "a.csv")[0]
    {'7,5': 450}
    """
    texts = list(dict.fromkeys(cells))
    filled = [text for text in texts if text.casefold() not in _BLANK]
    known: dict[str, int | None] = {text: None for text in texts if text.casefold() in _BLANK}
    written: dict[str, int] = {}
    figures: list[str] = []
    pairs: list[str] = []
    for text in filled:
        seconds = _written_out(text)
        if seconds is not None:
            written[text] = seconds
        elif _TWO.fullmatch(text):
            pairs.append(text)
        else:
            figures.append(text)
    unit: str = "h:m:s"
    why: Why = "written_out"
    known |= written
    if pairs:
        unit, why = _unit_of_pairs(pairs, header, where, declared)
        for text in pairs:
            first, second = (int(part) for part in text.split(":"))
            known[text] = (first * 3600 + second * 60) if unit == "h:m" else first * 60 + second
    if figures:
        try:
            values = read_numbers(figures, where, whole=False, hint="comma_decimal").values
        except InputError as error:
            head, mark, position = error.where.rpartition(", row ")
            if not mark or not row_of:
                raise
            where = f"{head}, row {row_of(figures[int(position)])}"
            raise InputError(where, error.found, error.expected, error.cure) from None
        unit, why = _unit_of_figures([v or 0 for v in values], header, where, declared)
        factor = 60 if unit == "minutes" else 1
        seconds_of = [(value or 0) * factor for value in values]
        _check(seconds_of, where)  # before rounding, which a number of 400 digits does not come through
        known |= {text: round(seconds) for text, seconds in zip(figures, seconds_of, strict=True)}
    _check([seconds for seconds in known.values() if seconds is not None], where)
    return {text: known[text] for text in texts}, unit, why


def _check(seconds: Sequence[float], where: str) -> None:
    for found, wrong in (
        ("below 0", min(seconds, default=0) < 0),
        ("of more than a year", max(seconds, default=0) > _YEAR),
    ):
        if wrong:
            raise InputError(where, f"a duration {found}", "durations", "correct the source")


def _written_out(text: str) -> int | None:
    if match := _THREE.fullmatch(text):
        return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
    for pattern in (_ISO, _WORDS):
        match = pattern.fullmatch(text)
        if match and any(match.groupdict().values()):
            minutes = float((match["m"] or "0").replace(",", "."))
            return round(int(match["h"] or 0) * 3600 + minutes * 60 + int(match["s"] or 0))
    return None


def _unit_of_pairs(pairs: list[str], header: str, where: str, declared: Unit | None) -> tuple[str, Why]:
    if declared in ("m:s", "h:m"):
        return declared, "declared"
    head = re.sub(r"[^a-z:]", "", header.casefold())
    if "mm:ss" in head or "m:s" in head:
        return "m:s", "header"
    if "hh:mm" in head or "tt:mm" in head:
        return "h:m", "header"
    if any(int(text.split(":")[0]) > 5 for text in pairs):
        return "m:s", "hours_not_plausible"
    raise InputError(
        where,
        f"{pairs[0]}, which may be minutes and seconds or hours and minutes",
        "durations with one reading",
        "write `duration: m:s` or `duration: h:m` in a layout file",
    )


def _unit_of_figures(values: list[float], header: str, where: str, declared: Unit | None) -> tuple[str, Why]:
    if declared in ("seconds", "minutes"):
        return declared, "declared"
    head = header.casefold()
    for unit, marks in (("seconds", ("sek", "sec", "(s)")), ("minutes", ("min",))):
        if any(mark in head for mark in marks):
            return unit, "header"
    if max(values) > _LONGEST_MINUTES:
        return "seconds", "minutes_not_plausible"
    if any(value % 1 for value in values):
        return "minutes", "fractions"
    value = max(values)
    raise InputError(
        where,
        f"{value:g}, which may be seconds or minutes",
        "durations with one reading",
        "write `duration: seconds` or `duration: minutes` in a layout file",
    )
