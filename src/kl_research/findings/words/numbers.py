"""Counts, periods and measures in words.

In the public edition numbers are published ones, and those from 0 to 4 are one class, "few": a true 1 is told as 0 in
half of the cases, so that none is never written of a month that was observed.
"""

from __future__ import annotations

import pandas as pd

from kl_research.adoption import Period
from kl_research.disclosure.perturbation import D
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader


def is_few(value: float | None, who: Reader) -> bool:
    """Whether a count is written as few."""
    return who.public and value is not None and value == value and value < who.mask_below


def count_words(value: float | None, who: Reader) -> str:
    """A count: "1.234", "few", "not given".

    >>> count_words(3, Reader("en", "public")), count_words(3, Reader("en")), count_words(None, Reader("en"))
    ('few', '3', 'not given')
    """
    if value is None or value != value:
        return say("describe.unknown", who.language)
    return say("few", who.language) if is_few(value, who) else formats.number(value, who.language)


def within_noise(now: float | None, before: float | None, who: Reader) -> bool:
    """Whether two counts lie so near that perturbation alone may tell them apart; no sentence rests on that.

    >>> within_noise(30, 40, Reader("en", "public")), within_noise(30, 41, Reader("en", "public"))
    (True, False)
    >>> within_noise(30, 31, Reader("en"))
    False
    """
    return who.public and abs((now or 0) - (before or 0)) <= 2 * D


def calls_range(period: Period, who: Reader) -> str:
    """The calls of a period, or what they were at least and at most where the export hid small months."""
    if not period.months_suppressed:
        return count_words(period.calls, who)
    return "-".join(formats.number(n, who.language) for n in (period.least, period.most))


def calls_words(period: Period, who: Reader) -> str:
    """The calls of a period for a table, with how many of its months are known where that is not all."""
    return partly(calls_range(period, who), period.months_observed + period.months_suppressed, period, who)


def partly(text: str, known: int, period: Period, who: Reader) -> str:
    """A number of a period, with how many of its months are known where that is not all."""
    if known in (0, period.months):
        return text
    return say("count.partial", who.language, count=text, n=known, of=period.months)


def rests_on_few(row: pd.Series, who: Reader) -> bool:
    """Whether a ratio would say more of a number that is written as few than that it is few."""
    return is_few(row["numerator"], who) or is_few(row["denominator"], who)


def is_minutes(row: pd.Series) -> bool:
    """Whether a measure is minutes a call, of which only the whole ones are published."""
    return bool(row["unit"] == "minutes per call")


def value_words(row: pd.Series, who: Reader) -> str:
    """The value of a measure: a share in per cent, published minutes whole, anything else with a decimal at most."""
    if row["unit"] == "share":
        return formats.percent(row["value"], who.language)
    if is_minutes(row) and who.public:
        return formats.number(row["value"], who.language)
    return formats.number(row["value"], who.language, 1)


def part_words(row: pd.Series, column: str, who: Reader) -> str:
    """Numerator or denominator of a measure."""
    return count_words(row[column], who)


def period_words(period: str, lang: str) -> str:
    """A period's name for readers: "januar 2025", "3. kvartal 2024", "2. halvår 2024", "2024".

    >>> period_words("2024Q3", "da"), period_words("2024H2", "en")
    ('3. kvartal 2024', 'second half of 2024')
    """
    if "Q" in period or "H" in period:
        return say(f"period.{period[4:]}", lang, year=period[:4])
    if period == "all":
        return say("period.all", lang)
    return formats.month(period, lang) if len(period) == 7 else period
