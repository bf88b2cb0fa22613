"""A new entry asked for on the terminal, question by question; a bad answer is asked again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kl_research.commands.register.answers import BadAnswer, choice_word
from kl_research.commands.register.ask import Question, entry_of, questions
from kl_research.commands.register.say_back import label, said_back
from kl_research.commands.register.write import add_entry
from kl_research.findings.words.catalogue import say
from kl_research.terms.errors import InputError
from kl_research.terms.register_file import Part
from kl_research.terms.study import Study

Ask = Callable[[str], str]
Tell = Callable[[str], None]


def register_add(file: Path, part: Part, ask: Ask, tell: Tell, language: str | None = None) -> str:
    """Ask for an entry, say it back, and add it to the study's register once it is right.

    Returns what was done, in words; who stops half-way has written nothing. Raises `InputError` without a register.
    """
    study = Study.load(file)
    lang = language or study.language
    try:
        return _asked_and_added(study, part, ask, tell, lang)
    except (EOFError, KeyboardInterrupt):
        return say("register.nothing", lang)


def _asked_and_added(study: Study, part: Part, ask: Ask, tell: Tell, lang: str) -> str:
    register = register_of(study)
    answers: dict[str, Any] = {}
    asked = questions(part, lang, study.municipalities)
    for question in asked:
        _ask(question, answers, part, lang, ask, tell)
    while True:
        put = [question for question in asked if question.asked(answers)]
        wrong = _wrong(put, answers, lang, ask, tell)
        if wrong is not None:
            _ask(wrong, answers, part, lang, ask, tell)
            continue
        try:
            entry = entry_of(part, answers, taken(study, part), lang)
        except BadAnswer as bad:
            tell(str(bad))
            continue
        add_entry(register, part, entry, study.municipalities)
        return added_words(str(entry["id"]), study, lang)


def _ask(question: Question, answers: dict[str, Any], part: Part, language: str, ask: Ask, tell: Tell) -> None:
    """One question, again until the answer can be used; where it makes no sense, the answer is None."""
    if not question.asked(answers):
        answers[question.key] = None
        return
    tell(question.text(part, language))
    for i, code in enumerate(question.choices, 1):
        tell(f"  {i} {choice_word(code, language)}")
    answers[question.key] = _until_good(question.read, ask, tell)


def _wrong(put: list[Question], answers: dict[str, Any], language: str, ask: Ask, tell: Tell) -> Question | None:
    """Say the answers back as they were understood; the question to ask again, or None when all is right."""
    tell(say("register.back.lead", language))
    for i, question in enumerate(put, 1):
        tell(f"  {i} {label(question.key, language)}: {said_back(question, answers[question.key], language)}")
    tell(say("register.back.ask", language))

    def read(answer: str) -> int:
        text = answer.strip().casefold()
        if text in ("", "ja", "j", "yes", "y", "ok"):
            return 0
        if text.isdigit() and 1 <= int(text) <= len(put):
            return int(text)
        raise BadAnswer(say("register.bad.back", language, n=len(put)))

    number = _until_good(read, ask, tell)
    return put[number - 1] if number else None


def _until_good(read: Callable[[str], Any], ask: Ask, tell: Tell) -> Any:
    while True:
        try:
            return read(ask("> "))
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
