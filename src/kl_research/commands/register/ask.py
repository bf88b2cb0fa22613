"""The questions of a new entry: the terminal and the form in Lab ask the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_args
from unicodedata import normalize

from kl_research.commands.register.answers import (
    BadAnswer,
    choice,
    day,
    last_month,
    link,
    needed,
    places,
    plain,
    read_date,
)
from kl_research.findings.words.catalogue import say
from kl_research.terms.events import Kind, Type
from kl_research.terms.items import ItemKind, Status
from kl_research.terms.register_file import Part


@dataclass(frozen=True)
class Question:
    """One question: `choices` are codes to choose from, `read` turns an answer into the entry's value."""

    key: str
    read: Callable[[str], Any]
    choices: tuple[str, ...] = ()

    def asked(self, answers: dict[str, Any]) -> bool:
        """Whether it makes sense after the answers before it: only a dated intervention can be over again."""
        return self.key != "until" or (answers["kind"] == "intervention" and answers["date"] is not None)

    def text(self, part: Part, language: str) -> str:
        """The question in words."""
        return say(f"register.ask.{self.key}.{part}" if self.key == "kind" else f"register.ask.{self.key}", language)


def questions(part: Part, language: str, known: str = "denmark") -> list[Question]:
    """What is asked of an event or an item, in order."""

    def one_of(*codes: str) -> Callable[[str], str]:
        return lambda answer: choice(answer, codes, language)

    def where(answer: str) -> dict[str, Any]:
        return places(answer, language, known=known, must=part == "events")

    title = Question("title", lambda answer: needed(answer, language))
    source = Question("source", lambda answer: needed(answer, language))
    if part == "items":
        kinds, states = get_args(ItemKind), get_args(Status)
        return [
            title,
            Question("kind", one_of(*kinds), kinds),
            Question("where_item", where),
            Question("owner", lambda answer: plain(answer, language) or None),
            Question("due", lambda answer: day(answer, language)),
            Question("status", one_of(*states), states),
            Question("link", lambda answer: link(answer, language)),
            source,
        ]
    kinds, types, ways = get_args(Kind), get_args(Type), ("increase", "decrease", "unknown")
    return [
        title,
        Question("kind", one_of(*kinds), kinds),
        Question("type", one_of(*types), types),
        Question("where", where),
        Question("date", lambda answer: read_date(answer, language)),
        Question("until", lambda answer: last_month(answer, language)),
        Question("expected", one_of(*ways), ways),
        source,
    ]


def entry_of(part: Part, answers: dict[str, Any], taken: Iterable[str], language: str = "da") -> dict[str, Any]:
    """The entry that the answers make, its keys in the order of a register, its id from the title.

    Raises `BadAnswer` where two answers do not go together.
    """
    title = answers["title"]
    entry: dict[str, Any] = {"id": id_of(title, taken), "kind": answers["kind"]}
    if part == "events":
        over = answers.get("until")
        if over and (not answers["date"] or over < answers["date"][:7]):
            raise BadAnswer(say("register.bad.until", language))
        return entry | {
            "type": answers["type"],
            **answers["where"],
            "date": answers["date"],
            **({"until": over, "impact": "pulse"} if over else {}),
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
