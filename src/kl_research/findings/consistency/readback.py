"""Messages of the catalogue read back: from a sentence on a page to the values it was made with."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from kl_research.findings.words.catalogue import catalogue

_HOLE = re.compile(r"\\{(\w+)\\}")
NUMBER = r"(?:\d[\d.,]*|få|few)"
_COUNTS = {
    "calls",
    "before",
    "diff",
    "n",
    "watched",
    "now",
    "whole",
    "part",
    "least",
    "fresh",
    "expected",
    "times",
    "zeros",
}
_COUNTS |= {
    "median",
    "lower",
    "upper",
    "low",
    "high",
    "value",
    "active",
    "of",
    "connected",
    "all",
    "percent",
    "share",
    "years",
}


@cache
def pattern(key: str, lang: str) -> re.Pattern[str]:
    """The message as a pattern; holes that hold a number match only numbers."""
    return re.compile("|".join(_one(text, n) for n, text in enumerate(_forms(key, lang))))


@cache
def _fixed(key: str, lang: str) -> tuple[str, ...]:
    """Each form's longest words between its holes: most texts do not have them, which is seen without a pattern."""
    return tuple(max(re.split(r"\{\w+\}", text), key=len) for text in _forms(key, lang))


def _forms(key: str, lang: str) -> list[str]:
    message = catalogue(lang).get(key)
    forms: Any = message.string if message is not None else ""
    texts = [forms] if isinstance(forms, str) else [str(form) for form in forms]
    return [text for text in dict.fromkeys(texts) if text]


def _one(text: str, form: int) -> str:
    seen: set[str] = set()

    def hole(match: re.Match[str]) -> str:
        name = match.group(1)
        inside = NUMBER if name in _COUNTS else r"[^|]{1,160}?"
        if name in seen:
            return inside
        seen.add(name)
        return f"(?P<{name}_{form}>{inside})"

    return _HOLE.sub(hole, re.escape(text))


def read(key: str, text: str, lang: str) -> dict[str, str] | None:
    """The values of a message in a text; None where it is not in it.

    >>> read("overview.state.active", "in use", "en")
    {}
    >>> read("statement.level.same", "Ærø had 38 calls from May 2024, about as many as the year before (37).", "en")
    {'name': 'Ærø', 'calls': '38', 'period': 'May 2024', 'before': '37'}
    """
    if not any(words in text for words in _fixed(key, lang)):
        return None
    found = pattern(key, lang).search(text)
    if found is None:
        return None
    return {name.rpartition("_")[0]: value.strip() for name, value in found.groupdict().items() if value is not None}


def number(text: str) -> float | None:
    """A number of a page in either language; None for few.

    >>> number("13.117"), number("13,117"), number("2,4"), number("few")
    (13117.0, 13117.0, 2.4, None)
    """
    text = text.strip().rstrip(".,")
    if not text or not text[0].isdigit():
        return None
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", text):
        return float(re.sub(r"[.,]", "", text))
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
