"""Dates: an event has one, as the register gives it, wherever its title or its name is followed by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from kl_research.findings.consistency.run import Contradiction, Run
from kl_research.findings.statements.statement import Statement
from kl_research.findings.words import formats, named

DATE = "an event with two dates"
_NAMES = {
    lang: "|".join(formats.month(f"2024-{n:02}", lang).rpartition(" ")[0] for n in range(1, 13))
    for lang in ("da", "en")
}
MONTHS = {lang: re.compile(rf"\b({names})\b") for lang, names in _NAMES.items()}


def dates(run: Run) -> Iterator[Contradiction]:
    """A date in brackets after a title, and one after "den" or "i" behind the event's name."""
    titles, phrases = _titles(run), _phrases(run)
    if titles:
        titled = re.compile(rf"(?<!\w)({_either(titles)})«?\s*\(([^()]*\b20\d\d)\)")
        yield from _told(run, titled, lambda name, area: titles[name])
    if phrases:
        named_ = re.compile(rf"(?<!\w)({_either(phrases)}) (?:den|i|on|in) {_when(run.lang)}")
        yield from _told(run, named_, lambda name, area: _here(phrases[name], area))


def _told(
    run: Run, pattern: re.Pattern[str], known: Callable[[str, str], Collection[str]]
) -> Iterator[Contradiction]:
    for block in run.blocks:
        if block.tag in ("title", "th"):
            continue
        for name, told in pattern.findall(block.text):
            allowed = {form for date in known(name, block.area) for form in _forms(date, run.lang)}
            if told not in allowed:
                other = f"{name}: {', '.join(sorted(allowed)) or '–'}"
                yield Contradiction(DATE, block.text[:300], block.page, other, "events.json")


def _titles(run: Run) -> dict[str, set[str]]:
    """The dates of every title: of the register, and of the events that a judgement names as near."""
    found: dict[str, set[str]] = {}
    for title, date in run.dated:
        found.setdefault(title, set()).add(date)
    for one in run.statements:
        if one.effect is not None and one.level != "type":
            found.setdefault(named.event_title(one.effect, run.lang), set()).add(_date(one))
            for title, date in named.near(one.effect, run.lang):
                found.setdefault(title, set()).add(date)
    return found


def _phrases(run: Run) -> dict[str, dict[str, set[str]]]:
    """The dates of every event by the words that a sentence uses for it, by area."""
    found: dict[str, dict[str, set[str]]] = {}
    for one in run.statements:
        if one.kind == "judgement" and one.effect is not None and one.level != "type":
            by_area = found.setdefault(named.event_phrase(one.effect, run.lang), {})
            by_area.setdefault(one.area if one.level == "municipality" else "", set()).add(_date(one))
    return found


def _here(by_area: Mapping[str, set[str]], area: str) -> Collection[str]:
    """The dates in an area, with those of events of everybody; of all areas on a page of several."""
    own = by_area.get(area, set()) | by_area.get("", set()) if area in by_area else set()
    return own or set().union(*by_area.values())


def _either(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))


def _when(lang: str) -> str:
    return rf"((?:\d\d?\.? )?(?:{_NAMES[lang]})(?:(?: 20\d\d)?-(?:{_NAMES[lang]}))? 20\d\d)"


def _date(one: Statement) -> str:
    return str(one.effect.details.get("event_date") or "") if one.effect is not None else ""


def _forms(date: str, lang: str) -> Iterable[str]:
    """How a date may be written: to the day, by its month, or by either month of a window."""
    if not date:
        return ()
    first, _, last = date.partition("/")
    return {formats.date(date, lang), *(formats.month(day[:7], lang) for day in (first, last) if day)}
