"""Answers said back as they were understood, before anything is written."""

from __future__ import annotations

from typing import Any

from kl_research.commands.register.answers import choice_word
from kl_research.commands.register.ask import Question
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.terms import municipalities


def label(key: str, language: str) -> str:
    """What an answer is about, in a word."""
    return say(f"register.label.{key}", language)


def said_back(question: Question, value: Any, language: str) -> str:
    """An answer in words: a choice by its word, dates written out, places by their names.

    >>> from kl_research.commands.register.ask import questions
    >>> date = next(question for question in questions("events", "da") if question.key == "date")
    >>> said_back(date, "2024-09/2024-11", "da"), said_back(date, "2025-05-21", "da")
    ('et tidspunkt fra september 2024 til november 2024', '21. maj 2025')
    """
    if question.choices:
        return choice_word(value, language)
    if question.key.startswith("where"):
        return _places(value, language)
    if value is None:
        return say(
            "register.back.none" if question.key in ("until", "owner", "link") else "register.back.unknown", language
        )
    if question.key == "date" and "/" in value:
        first, last = (_when(end, language) for end in value.split("/"))
        return say("register.back.window", language, first=first, last=last)
    return _when(value, language) if question.key in ("date", "until", "due") else str(value)


def _when(day: str, language: str) -> str:
    return formats.date(day, language) if len(day) == 10 else formats.month(day, language)


def _places(value: dict[str, Any], language: str) -> str:
    if not value or value.get("national"):
        return say("register.back.nation", language)
    known = set(municipalities.codes())
    named = [municipalities.name(code) if code in known else code for code in value.get("municipalities", [])]
    return formats.listed(
        [*named, *(municipalities.REGION_NAMES[code] for code in value.get("regions", []))], language
    )
