"""Counts, periods and measures in words, as their reader may see them."""

from __future__ import annotations

import pandas as pd

from kl_research.adoption import Period
from kl_research.findings.suppression.groups import group
from kl_research.findings.suppression.measures import MEMBERS_BELOW
from kl_research.findings.suppression.members import MEMBERS_ABOVE
from kl_research.findings.suppression.series import is_small
from kl_research.findings.suppression.summaries import HIDDEN
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader


def told_value(row: pd.Series, who: Reader) -> str:
    """The value of a row in words, "ca." where it is made from a group."""
    lang, share = who.language, row["unit"] == "share"
    text = formats.percent(row["value"], lang) if share else formats.number(row["value"], lang, 1)
    grouped = row["measure"].startswith(MEMBERS_ABOVE) or row["measure"] in MEMBERS_BELOW
    return say("about", lang, number=text) if who.public and grouped and row["value"] not in (0, 1) else text


def told_part(row: pd.Series, column: str, who: Reader) -> str:
    """Numerator or denominator of a row in words; one that counts units or provider numbers as its group."""
    members = row["measure"] in MEMBERS_BELOW if column == "denominator" else row["measure"].startswith(MEMBERS_ABOVE)
    return shown_members(row[column], who) if members else formats.number(row[column], who.language)


def _range(period: Period, who: Reader) -> str:
    """The calls of a period, or what they were at least and at most."""
    if period.calls == HIDDEN or not period.months_suppressed:
        return shown_count(period.calls, who)
    ends = (formats.number(n, who.language) for n in (period.least, period.most))
    return "-".join(ends)


def shown_calls(period: Period, who: Reader) -> str:
    """The calls of a period for a table, with how many of its months are known where that is not all."""
    return _partial(_range(period, who), period.calls, period.months_observed + period.months_suppressed, period, who)


def _partial(text: str, value: int | None, known: int, period: Period, who: Reader) -> str:
    if value == HIDDEN or known in (0, period.months):
        return text
    return say("count.partial", who.language, count=text, n=known, of=period.months)


def shown_count(value: int | None, who: Reader) -> str:
    """A count as the reader may see it."""
    if value is None:
        return say("describe.unknown", who.language)
    # One word for all that is hidden: whether it is small itself or stands beside a small one is not told.
    if value == HIDDEN or (who.public and is_small(value, who.threshold)):
        return say("describe.protected", who.language)
    return formats.number(value, who.language)


def shown_members(value: float | None, who: Reader) -> str:
    """A count of units, provider numbers or clinics: in the public profile the group it lies in, "10-14"."""
    if not who.public or value is None or value == HIDDEN or value < who.threshold:
        return shown_count(None if value is None else int(value), who)
    return "-".join(formats.number(end, who.language) for end in group(value, who.threshold))


def about_count(value: int, who: Reader) -> str:
    """A total over municipalities: exact internally, "ca." in the public profile (`totals`)."""
    if who.public:
        return say("about", who.language, number=formats.about(value, who.language))
    return formats.number(value, who.language)


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
