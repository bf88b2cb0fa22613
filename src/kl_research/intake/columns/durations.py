"""How long calls lasted: 00:07:32, 7:32, 452, 7,5, 7 min.; the unit is decided for the column as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from kl_research.intake.columns.header_words import read_as
from kl_research.intake.columns.numbers import read_numbers
from kl_research.intake.quality import Why
from kl_research.terms.errors import InputError

Unit = Literal["seconds", "minutes", "h:m:s", "m:s", "h:m", "hours", "milliseconds", "days"]

_SECONDS_OF = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "milliseconds": 0.001, "days": 86400.0}
_THREE = re.compile(r"(\d{1,3})([:.])([0-5]\d)\2([0-5]\d)(?:[.,]\d+)?")
_TWO = re.compile(r"(\d{1,3}):([0-5]\d)")
_POINTED = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?")
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
    said = read_as(header, "duration").value("unit") if header else ""
    stated: str = declared or said
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
        elif _TWO.fullmatch(text) or (stated in ("m:s", "h:m") and _POINTED.fullmatch(text)):
            pairs.append(text)
        else:
            figures.append(text)
    unit: str = "h:m:s"
    why: Why = "written_out"
    known |= written
    if declared != "h:m:s":
        _refuse_clock_times(written, len(filled), where)
    if pairs:
        unit, why = _unit_of_pairs(pairs, said, where, declared)
        for text in pairs:
            first, second = _parts(text)
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
        unit, why = _unit_of_figures([v or 0 for v in values], figures, said, where, declared)
        factor = _SECONDS_OF[unit]
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
        return int(match[1]) * 3600 + int(match[3]) * 60 + int(match[4])
    for pattern in (_ISO, _WORDS):
        match = pattern.fullmatch(text)
        if match and any(match.groupdict().values()):
            minutes = float((match["m"] or "0").replace(",", "."))
            return round(int(match["h"] or 0) * 3600 + minutes * 60 + int(match["s"] or 0))
    return None


def _parts(pair: str) -> tuple[int, int]:
    """The two numbers of 7:30, or of 7.3 where a spreadsheet took the nought of 7.30."""
    first, _, second = re.sub("[.,]", ":", pair).partition(":")
    return int(first), int(f"{second or 0:0<2}")


def _refuse_clock_times(written: dict[str, int], filled: int, where: str) -> None:
    """Refuse durations without a single second, some above an hour: a spreadsheet writes 12:34 as 12:34:00."""
    if len(written) < max(2, filled) or not all(_THREE.fullmatch(text) for text in written):
        return
    if all(seconds % 60 == 0 for seconds in written.values()) and max(written.values()) >= 3600:
        text = max(written, key=lambda text: written[text])
        raise InputError(
            where,
            f"{text} and no duration with seconds, which may be hours and minutes, or minutes and seconds that a "
            "spreadsheet took for a time of day",
            "durations with one reading",
            "format the column as text and export again; if they are hours and minutes, write `duration: h:m:s` in a "
            "layout file",
        )


def _unit_of_pairs(pairs: list[str], said: str, where: str, declared: Unit | None) -> tuple[str, Why]:
    wrong = next((text for text in pairs if _parts(text)[1] > 59), "")
    if wrong:
        raise InputError(where, f"{wrong}, with more than 59", "two numbers such as 7:30", "check the unit")
    if declared in ("m:s", "h:m"):
        return declared, "declared"
    if said in ("m:s", "h:m"):
        return said, "header"
    if any(_parts(text)[0] > 5 for text in pairs):
        return "m:s", "hours_not_plausible"
    raise InputError(
        where,
        f"{pairs[0]}, which may be minutes and seconds or hours and minutes",
        "durations with one reading",
        "write `duration: m:s` or `duration: h:m` in a layout file",
    )


def _unit_of_figures(
    values: list[float], figures: list[str], said: str, where: str, declared: Unit | None
) -> tuple[str, Why]:
    if declared in _SECONDS_OF:
        return declared, "declared"
    if _parts_of_a_day(values, figures):
        if not said and all(abs(value * 86400 - round(value * 86400)) < 0.02 for value in values):
            return "days", "parts_of_a_day"
        raise InputError(
            where,
            f"{max(values):.6f} at most, which may be parts of a day, as spreadsheets keep times",
            "durations with one reading",
            "write `duration: days`, or the unit they are in, in a layout file",
        )
    _refuse_minutes_and_seconds(figures, said, where)
    if said in _SECONDS_OF:
        return said, "header"
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


def _parts_of_a_day(values: list[float], figures: list[str]) -> bool:
    """Whether figures are below three hours as parts of a day, with more decimals than anybody writes."""
    long = any(len(re.split("[.,]", text)[-1]) >= 6 for text in figures if re.search("[.,]", text))
    return long and 0 < max(values) < 0.125


def _refuse_minutes_and_seconds(figures: list[str], said: str, where: str) -> None:
    """Refuse 7.30 that may be half past seven minutes: two decimals, and never one of sixty or more."""
    parts = [text for text in figures if re.fullmatch(r"\d{1,3}[.,]\d{1,2}", text)]
    whole = [text for text in figures if re.fullmatch(r"\d{1,3}", text)]
    if said not in ("", "minutes") or not parts or len(parts) + len(whole) < len(figures):
        return
    ends = {re.split("[.,]", text)[1] for text in parts}
    if any(int(f"{end:0<2}") > 59 for end in ends):
        return
    many = len(parts) >= 10 and len(ends) >= 5
    if many or (not said and any(len(end) == 2 for end in ends)):
        raise InputError(
            where,
            f"{parts[0]} and no part of sixty or more, which may be minutes and seconds or minutes with decimals",
            "durations with one reading",
            "write `duration: m:s` or `duration: minutes` in a layout file",
        )
