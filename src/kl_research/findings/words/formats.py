"""Numbers, dates and order as a Danish or English reader writes them, by Babel's locale data."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable

from babel.dates import format_date
from babel.numbers import format_decimal

NBSP = "\u00a0"
_LOCALE = {"da": "da_DK", "en": "en_GB"}
_LETTERS = "abcdefghijklmnopqrstuvwxyzæøå"


def number(value: float, lang: str, decimals: int = 0) -> str:
    """A number with the language's separators.

    >>> number(1234.5, "da", 1), number(1234.5, "en", 1), number(7, "da")
    ('1.234,5', '1,234.5', '7')
    """
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = format_decimal(_half_up(value, decimals), format=pattern, locale=_LOCALE[lang])
    return str(text)


def percent(share: float, lang: str, decimals: int = 0) -> str:
    """A share as a percentage: with a space in Danish, without in English.

    >>> percent(0.12, "da").replace(NBSP, " "), percent(0.125, "en", 1)
    ('12 %', '12.5%')
    """
    return number(share * 100, lang, decimals) + (f"{NBSP}%" if lang == "da" else "%")


def about(value: float, lang: str) -> str:
    """A mean as it is spoken: one decimal below 3, whole up to a thousand, then three figures.

    >>> about(2.44, "da"), about(17.6, "da"), about(1234.5, "da"), about(2.0, "da")
    ('2,4', '18', '1.230', '2')
    """
    if value >= 1000:
        step = 10 ** (math.floor(math.log10(value)) - 2)
        return number(_half_up(value / step, 0) * step, lang)
    rounded = _half_up(value, 1)
    if rounded < 3 and rounded % 1:
        return number(rounded, lang, 1)
    return number(value, lang)


def date(text: str, lang: str) -> str:
    """A day, a month or a window of months ("2025-05-01", "2025-05", "2024-09/2024-11") in words.

    >>> date("2025-05-01", "da"), date("2025-05", "da"), date("2024-09/2024-11", "da"), date("2025-05-01", "en")
    ('1. maj 2025', 'maj 2025', 'september-november 2024', '1 May 2025')
    """
    first, _, last = text.partition("/")
    if last:
        head = month(first[:7], lang)
        if first[:4] == last[:4]:
            head = head.rsplit(" ", 1)[0]
        return f"{head}-{month(last[:7], lang)}"
    if len(text) == 10:
        pattern = "d. MMMM y" if lang == "da" else "d MMMM y"
        return str(format_date(datetime.date.fromisoformat(text), pattern, locale=_LOCALE[lang]))
    return month(text, lang)


def month(text: str, lang: str, *, short: bool = False) -> str:
    """A month in words.

    >>> month("2025-01", "da"), month("2025-01", "da", short=True), month("2025-01", "en")
    ('januar 2025', 'jan. 2025', 'January 2025')
    """
    day = datetime.date(int(text[:4]), int(text[5:7]), 1)
    return str(format_date(day, "MMM y" if short else "MMMM y", locale=_LOCALE[lang]))


def period(first: str, last: str, lang: str) -> str:
    """From one month to another, both included.

    >>> period("2024-03", "2025-02", "da"), period("2025-02", "2025-02", "da")
    ('marts 2024 til februar 2025', 'februar 2025')
    """
    if first == last:
        return month(first, lang)
    joined = " til " if lang == "da" else " to "
    return month(first, lang) + joined + month(last, lang)


def capital(text: str) -> str:
    """A text as a sentence begins.

    >>> capital("få enheder")
    'Få enheder'
    """
    return text[:1].upper() + text[1:]


def listed(items: Iterable[str], lang: str) -> str:
    """Words in a row: commas, and "og" or "and" before the last.

    >>> listed(["a", "b", "c"], "da")
    'a, b og c'
    """
    words = list(items)
    joiner = " og " if lang == "da" else " and "
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + joiner + words[-1] if words else ""


def sort_key(text: str) -> tuple[list[int], str]:
    """Danish order: æ, ø, å last, aa as å, capitals with their small letters.

    >>> sorted(["Ærø", "Aabenraa", "Odense", "Ølgod", "Allerød"], key=sort_key)
    ['Allerød', 'Odense', 'Ærø', 'Ølgod', 'Aabenraa']
    """
    folded = text.casefold().replace("aa", "å").replace("é", "e").replace("ä", "æ").replace("ö", "ø")
    order = [_LETTERS.index(c) + 1000 if c in _LETTERS else min(ord(c), 999) for c in folded]
    return order, text


def _half_up(value: float, decimals: int) -> float:
    # Readers expect 2,5 to become 3; Python and Babel round halves to even.
    scale = 10**decimals
    return math.copysign(math.floor(abs(value) * scale + 0.5 + 1e-9) / scale, value) if value else 0.0
