"""The questions of a new entry, and answers as people write them: the terminal and the form in Lab ask the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args
from unicodedata import normalize

from kl_research.findings.words.catalogue import say
from kl_research.terms import municipalities
from kl_research.terms.cpr import may_name_a_person
from kl_research.terms.events import Kind, Type
from kl_research.terms.items import ItemKind, Status
from kl_research.terms.register_file import Part

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


class BadAnswer(ValueError):
    """An answer that cannot be used; its text says what can."""


@dataclass(frozen=True)
class Question:
    """One question: `choices` are codes to choose from, `read` turns an answer into the entry's value."""

    key: str
    read: Callable[[str], Any]
    choices: tuple[str, ...] = ()

    def text(self, part: Part, language: str) -> str:
        """The question in words."""
        return say(f"register.ask.{self.key}.{part}" if self.key == "kind" else f"register.ask.{self.key}", language)


def questions(part: Part, language: str, known: str = "denmark") -> list[Question]:
    """What is asked of an event or an item, in order."""

    def one_of(*codes: str) -> Callable[[str], str]:
        return lambda answer: _choice(answer, codes, language)

    def where(answer: str) -> dict[str, Any]:
        return _places(answer, language, known=known, needed=part == "events")

    title = Question("title", lambda answer: _needed(answer, language))
    source = Question("source", lambda answer: _needed(answer, language))
    if part == "items":
        kinds, states = get_args(ItemKind), get_args(Status)
        return [
            title,
            Question("kind", one_of(*kinds), kinds),
            Question("where_item", where),
            Question("owner", lambda answer: _plain(answer, language) or None),
            Question("due", lambda answer: _day(answer, language)),
            Question("status", one_of(*states), states),
            Question("link", lambda answer: _link(answer, language)),
            source,
        ]
    kinds, types, ways = get_args(Kind), get_args(Type), ("increase", "decrease", "unknown")
    return [
        title,
        Question("kind", one_of(*kinds), kinds),
        Question("type", one_of(*types), types),
        Question("where", where),
        Question("date", lambda answer: read_date(answer, language)),
        Question("expected", one_of(*ways), ways),
        source,
    ]


def entry_of(part: Part, answers: dict[str, Any], taken: Iterable[str]) -> dict[str, Any]:
    """The entry that the answers make, its keys in the order of a register, its id from the title."""
    title = answers["title"]
    entry: dict[str, Any] = {"id": id_of(title, taken), "kind": answers["kind"]}
    if part == "events":
        return entry | {
            "type": answers["type"],
            **answers["where"],
            "date": answers["date"],
            "expected": answers["expected"],
            "title": {"da": title},
            "source": answers["source"],
        }
    return entry | {
        **answers["where_item"],
        "title": {"da": title},
        "owner": answers["owner"],
        "status": answers["status"],
        "due": answers["due"],
        "link": answers["link"],
        "source": answers["source"],
    }


def id_of(title: str, taken: Iterable[str]) -> str:
    """A short name from a title, one that is not taken.

    >>> id_of("Møde med Årets læger!", []), id_of("Plakat", ["plakat"])
    ('moede-med-aarets-laeger', 'plakat-2')
    """
    letters = {"æ": "ae", "ø": "oe", "å": "aa"}
    text = "".join(letters.get(c, c) for c in normalize("NFC", title).casefold())
    words = re.sub(r"[^a-z0-9]+", "-", normalize("NFKD", text).encode("ascii", "ignore").decode()).strip("-")
    base = words[:50].strip("-") or "entry"
    used, n, name = set(taken), 1, base
    while name in used:
        n += 1
        name = f"{base}-{n}"
    return name


def read_date(answer: str, language: str = "da") -> str | None:
    """A date as people write it, in the register's form; None: not known.

    >>> read_date("24. marts 2025"), read_date("efterår 2024"), read_date("januar 2025"), read_date("ukendt")
    ('2025-03-24', '2024-09/2024-11', '2025-01', None)
    >>> read_date("24-03-2025"), read_date("2024-09 - 2024-11")
    ('2025-03-24', '2024-09/2024-11')
    """
    text = _plain(answer, language).casefold()
    if text in _UNKNOWN:
        return None
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
    if european := re.fullmatch(r"(\d{1,2})[-./](\d{1,2})[-./]((?:19|20)\d\d)", text):
        return _real(european[3], int(european[2]), int(european[1]), language)
    if day := re.fullmatch(r"((?:19|20)\d\d)-(\d\d)-(\d\d)", text):
        return _real(day[1], int(day[2]), int(day[3]), language)
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


def _plain(answer: str, language: str) -> str:
    text = " ".join(answer.split())
    if may_name_a_person(text):
        raise BadAnswer(say("register.bad.person", language))
    return text


def _needed(answer: str, language: str) -> str:
    text = _plain(answer, language)
    if not text:
        raise BadAnswer(say("register.bad.empty", language))
    return text


def _choice(answer: str, codes: tuple[str, ...], language: str) -> str:
    """A choice by its number, its code or its word."""
    text = _plain(answer, language).casefold()
    if text.isdigit() and 1 <= int(text) <= len(codes):
        return codes[int(text) - 1]
    words = {choice_word(code, language).casefold(): code for code in codes}
    if text in codes or text in words:
        return words.get(text, text)
    raise BadAnswer(say("register.bad.choice", language, n=len(codes)))


def choice_word(code: str, language: str) -> str:
    """A code of a list in words."""
    return say(f"register.choice.{code}", language)


def _places(answer: str, language: str, *, known: str, needed: bool) -> dict[str, Any]:
    """Municipalities, regions or the whole country."""
    text = _plain(answer, language)
    if not text:
        if needed:
            raise BadAnswer(say("register.bad.where", language, named=""))
        return {}
    if municipalities.fold(text) in ("helelandet", "landet", "national", "nationalt", "thewholecountry", "alle"):
        return {"national": True} if needed else {}
    names = [name.strip() for name in re.split(r"[,;]| og | and ", text) if name.strip()]
    if known == "free":
        return {"municipalities": names}
    regions = {municipalities.fold(name): code for code, name in municipalities.REGION_NAMES.items()}
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
    if needed and len(found) != 1:
        raise BadAnswer(say("register.bad.both", language))
    return dict(found)


def _day(answer: str, language: str) -> str | None:
    found = read_date(answer, language)
    if found is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", found):
        raise BadAnswer(say("register.bad.day", language))
    return found


def _link(answer: str, language: str) -> str | None:
    text = _plain(answer, language)
    if text and not re.fullmatch(r"https?://[^\s\"<>]+", text):
        raise BadAnswer(say("register.bad.link", language))
    return text or None
