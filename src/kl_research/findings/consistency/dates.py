"""Dates: an event has one, as the register gives it, wherever its title or its name is followed by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kl_research.findings.consistency.run import Contradiction, Run
from kl_research.findings.statements.statement import Statement
from kl_research.findings.words import formats, wording

DATE = "an event with two dates"
_NAMES = {
    lang: "|".join(formats.month(f"2024-{n:02}", lang).rpartition(" ")[0] for n in range(1, 13))
    for lang in ("da", "en")
}
MONTHS = {lang: re.compile(rf"\b({names})\b") for lang, names in _NAMES.items()}


def dates(run: Run) -> Iterator[Contradiction]:
    """A date in brackets after a title, and one after "den" or "i" behind the event's name."""
    titles, phrases = _known(run)
    if not titles:
        return
    longest = sorted(titles, key=len, reverse=True)
    titled = re.compile(rf"({'|'.join(map(re.escape, longest))})«?\s*\(([^()]*\b20\d\d)\)")
    when = _when(run.lang)
    named = re.compile(
        rf"({'|'.join(map(re.escape, sorted(phrases, key=len, reverse=True)))}) (?:den|i|on|in) {when}"
    )
    for block in run.blocks:
        if block.tag in ("title", "th"):
            continue
        for pattern, known in ((titled, titles), (named, phrases)):
            for name, told in pattern.findall(block.text):
                there = [one for one in known[name] if not block.area or one.area == block.area] or known[name]
                allowed = {date for one in there for date in _forms(_date(one), run.lang)}
                if told not in allowed:
                    other = f"{name}: {', '.join(sorted(allowed)) or '–'}"
                    yield Contradiction(DATE, block.text[:300], block.page, other, there[0].id)


def _known(run: Run) -> tuple[dict[str, list[Statement]], dict[str, list[Statement]]]:
    """The statements about dated events by their title, and those judged by the words that a sentence uses."""
    titles: dict[str, list[Statement]] = {}
    phrases: dict[str, list[Statement]] = {}
    for one in run.statements:
        if one.kind == "judgement" and one.effect is not None and one.level != "type":
            titles.setdefault(wording.event_title(one.effect, run.lang), []).append(one)
            phrases.setdefault(wording.event_phrase(one.effect, run.lang), []).append(one)
        elif one.kind == "circumstance" and (title := one.values["title"].get(run.lang)):
            titles.setdefault(title, []).append(one)
    return titles, phrases


def _when(lang: str) -> str:
    return rf"((?:\d\d?\.? )?(?:{_NAMES[lang]})(?:(?: 20\d\d)?-(?:{_NAMES[lang]}))? 20\d\d)"


def _date(one: Statement) -> str:
    return str(one.effect.details.get("event_date") or "") if one.effect is not None else str(one.values["date"])


def _forms(date: str, lang: str) -> Iterable[str]:
    """How a date may be written: to the day, by its month, or by either month of a window."""
    if not date:
        return ()
    first, _, last = date.partition("/")
    return {formats.date(date, lang), *(formats.month(day[:7], lang) for day in (first, last) if day)}
