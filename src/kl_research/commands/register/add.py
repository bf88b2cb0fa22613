"""A new entry asked for on the terminal, question by question; a bad answer is asked again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kl_research.commands.register.ask import BadAnswer, Question, choice_word, entry_of, questions
from kl_research.commands.register.write import add_entry
from kl_research.findings.words.catalogue import say
from kl_research.terms.errors import InputError
from kl_research.terms.register_file import Part
from kl_research.terms.study import Study

Ask = Callable[[str], str]
Tell = Callable[[str], None]


def register_add(file: Path, part: Part, ask: Ask, tell: Tell, language: str | None = None) -> str:
    """Ask for an entry and add it to the study's register; returns its id. Raises `InputError` without a register."""
    study = Study.load(file)
    lang = language or study.language
    register = register_of(study)
    answers = {}
    for question in questions(part, lang, study.municipalities):
        tell(question.text(part, lang))
        for i, code in enumerate(question.choices, 1):
            tell(f"  {i} {choice_word(code, lang)}")
        answers[question.key] = _answer(question, ask, tell)
    entry = entry_of(part, answers, taken(study, part))
    add_entry(register, part, entry, study.municipalities)
    return str(entry["id"])


def _answer(question: Question, ask: Ask, tell: Tell) -> Any:
    while True:
        try:
            return question.read(ask("> "))
        except BadAnswer as bad:
            tell(str(bad))


def register_of(study: Study) -> Path:
    """The study's register file; raises `InputError` where it names none."""
    if study.events is None:
        cure = "write `events: events/NAME.yaml` there, and [] into that file"
        raise InputError(study.where("study"), "no register", "the key `events`", cure)
    return study.path(study.events)


def taken(study: Study, part: Part) -> list[str]:
    """The ids that a register has already."""
    return list(study.read_events()) if part == "events" else [item.id for item in study.read_items()]


def added_words(id_: str, study: Study, language: str) -> str:
    """What is said when an entry was added."""
    return say("register.added", language, id=id_, file=register_of(study).name)
