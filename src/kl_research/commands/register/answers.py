"""Answers as people write them: a date, a place, one of a list; what cannot be read says what can be."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from kl_research.findings.words.catalogue import say
from kl_research.terms import municipalities
from kl_research.terms.cpr import may_name_a_person

_MONTHS = (
    ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
_SEASONS = {
    "foraar": ("03", "05"),
    "spring": ("03", "05"),
    "sommer": ("06", "08"),
    "summer": ("06", "08"),
    "efteraar": ("09", "11"),
    "autumn": ("09", "11"),
}
_UNKNOWN = ("", "?", "ukendt", "unknown", "null")
_WHOLE_COUNTRY = (
    *("helelandet", "landet", "heledanmark", "danmark", "national", "nationalt", "thewholecountry"),
    *("alle", "allekommuner"),
)


class BadAnswer(ValueError):
    """An answer that cannot be used; its text says what can."""


def read_date(answer: str, language: str = "da") -> str | None:
    """A date as people write it, in the register's form; None: not known.

    >>> read_date("24. marts 2025"), read_date("efterår 2024"), read_date("januar 2025"), read_date("ukendt")
    ('2025-03-24', '2024-09/2024-11', '2025-01', None)
    >>> read_date("24-03-2025"), read_date("21/5 2025"), read_date("5/2025"), read_date("2024-09 - 2024-11")
    ('2025-03-24', '2025-05-21', '2025-05', '2024-09/2024-11')
    >>> read_date("2. kvartal 2025"), read_date("2024")
    ('2025-04/2025-06', '2024-01/2024-12')
    """
    text = plain(answer, language).casefold()
    if text in _UNKNOWN:
        return None
    if european := re.fullmatch(r"(\d{1,2})[-./ ]+(\d{1,2})[-./ ]+((?:19|20)\d\d)", text):
        return _real(european[3], int(european[2]), int(european[1]), language)
    if in_numbers := re.fullmatch(r"(0?[1-9]|1[0-2])[-./]((?:19|20)\d\d)", text):
        return f"{in_numbers[2]}-{int(in_numbers[1]):02d}"
    if re.fullmatch(r"(?:19|20)\d\d", text):
        return f"{text}-01/{text}-12"
    if quarter := re.fullmatch(r"(?:q([1-4])|([1-4])\.? ?(?:kvartal|quarter|kvt\.?)) ((?:19|20)\d\d)", text):
        first = 3 * int(quarter[1] or quarter[2]) - 2
        return f"{quarter[3]}-{first:02d}/{quarter[3]}-{first + 2:02d}"
    parts = re.split(r"\s*(?:/|–|\btil\b|\bto\b|\s-\s)\s*", text)
    if len(parts) == 2:
        ends = [read_date(part, language) for part in parts]
        if all(ends) and not any("/" in str(end) for end in ends) and str(ends[0])[:7] <= str(ends[1])[:7]:
            return f"{ends[0]}/{ends[1]}"
        raise BadAnswer(say("register.bad.date", language))
    if season := re.fullmatch(r"(\S+)\s+((?:19|20)\d\d)", text):
        months = _SEASONS.get(municipalities.fold(season[1]).removesuffix("et"))
        if months:
            return f"{season[2]}-{months[0]}/{season[2]}-{months[1]}"
        if number := _month_number(season[1]):
            return f"{season[2]}-{number:02d}"
    if worded := re.fullmatch(r"(?:den )?(\d{1,2})\.? (\S+) ((?:19|20)\d\d)", text):
        return _real(worded[3], _month_number(worded[2]), int(worded[1]), language)
    if iso := re.fullmatch(r"((?:19|20)\d\d)-(\d\d)-(\d\d)", text):
        return _real(iso[1], int(iso[2]), int(iso[3]), language)
    if re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", text):
        return text
    raise BadAnswer(say("register.bad.date", language))


def _real(year: str, month: int, day: int, language: str) -> str:
    try:
        return date(int(year), month, day).isoformat()
    except ValueError:
        raise BadAnswer(say("register.bad.date", language)) from None


def _month_number(word: str) -> int:
    """1 to 12 for the name of a month, 0 for another word."""
    found = [names.index(word[:3]) + 1 for names in _MONTHS if word[:3] in names]
    return found[0] if found else 0


def plain(answer: str, language: str) -> str:
    """One line of text, without what no screen shows; refuses what may be a CPR number."""
    text = "".join(letter for letter in " ".join(answer.split()) if letter.isprintable())
    if may_name_a_person(text):
        raise BadAnswer(say("register.bad.person", language))
    return text


def needed(answer: str, language: str) -> str:
    """One line of text that must not be empty."""
    text = plain(answer, language)
    if not text:
        raise BadAnswer(say("register.bad.empty", language))
    return text


def choice(answer: str, codes: tuple[str, ...], language: str) -> str:
    """A choice by its number, its code or its word."""
    text = plain(answer, language).casefold()
    if text.isdigit() and 1 <= int(text) <= len(codes):
        return codes[int(text) - 1]
    words = {choice_word(code, language).casefold(): code for code in codes}
    if text in codes or text in words:
        return words.get(text, text)
    # "indsats" is enough for "indsats: noget, der blev gjort ...", and "login" for "ny version eller nyt login".
    begun = [code for word, code in words.items() if text and word.startswith(text)]
    within = [code for word, code in words.items() if text and text in re.split(r"[^\w-]+", word)]
    for likely in (begun, within):
        if len(likely) == 1:
            return likely[0]
    raise BadAnswer(say("register.bad.choice", language, n=len(codes)))


def choice_word(code: str, language: str) -> str:
    """A code of a list in words."""
    return say(f"register.choice.{code}", language)


def places(answer: str, language: str, *, known: str, must: bool) -> dict[str, Any]:
    """Municipalities, regions or the whole country."""
    text = plain(answer, language)
    if not text:
        if must:
            raise BadAnswer(say("register.bad.where", language, named=""))
        return {}
    if municipalities.fold(text) in _WHOLE_COUNTRY:
        return {"national": True} if must else {}
    names = [name.strip() for name in re.split(r"[,;]| og | and ", text) if name.strip()]
    if known == "free":
        return {"municipalities": names}
    regions = {municipalities.fold(name): code for code, name in municipalities.REGION_NAMES.items()}
    regions |= {name.removeprefix("region"): code for name, code in regions.items()}
    regions |= {code: code for code in municipalities.REGION_NAMES}
    found: dict[str, list[str]] = {}
    for name in names:
        if code := regions.get(municipalities.fold(name)):
            found.setdefault("regions", []).append(code)
            continue
        try:
            found.setdefault("municipalities", []).append(municipalities.lookup(name))
        except Exception:
            near = municipalities.proposal(name)
            named = say("register.bad.near", language, name=municipalities.name(near)) if near else ""
            raise BadAnswer(say("register.bad.where", language, named=named).strip()) from None
    if must and len(found) != 1:
        raise BadAnswer(say("register.bad.both", language))
    return dict(found)


def day(answer: str, language: str) -> str | None:
    """A certain day, or None: not known."""
    found = read_date(answer, language)
    if found is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", found):
        raise BadAnswer(say("register.bad.day", language))
    return found


def link(answer: str, language: str) -> str | None:
    """An address on the web, or None."""
    text = plain(answer, language)
    if text and not re.fullmatch(r"https?://[^\s\"<>]+", text):
        raise BadAnswer(say("register.bad.link", language))
    return text or None


def last_month(answer: str, language: str) -> str | None:
    """The last month of something that is over; None: it is not, or nobody knows."""
    found = read_date(answer, language)
    return found.split("/")[-1][:7] if found else None
