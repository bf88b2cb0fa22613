"""What the register still lacks: dates, with what each would make answerable, and items, by who is to settle them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kl_research.commands.data.kept import read_or_take_panel
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.terms import months, municipalities
from kl_research.terms.events import Event
from kl_research.terms.items import Item
from kl_research.terms.study import Study

if TYPE_CHECKING:
    import pandas as pd

KEEPER = "MedCom"  # asks for the dates of what concerns everybody


@dataclass(frozen=True)
class DateToFetch:
    """An undated event: whom to ask, and the months that could be judged today if they were its date."""

    event: Event
    owner: str
    answerable: tuple[str, ...]

    def sentence(self, language: str) -> str:
        """What a date would make answerable."""
        title = self.event.title.get(language) or self.event.title.get("da") or self.event.id  # type: ignore[call-overload]
        if not self.answerable:
            return say("register.check.never", language, title=title)
        spans = [formats.period(first, last, language) for first, last in runs(self.answerable)]
        return say("register.check.date", language, title=title, spans=formats.listed(spans, language))


def register_check(file: Path, on: str = "", language: str | None = None) -> list[str]:
    """Undated events, items overdue, and what is open by owner, a line each; `on` is the day to judge by, else today.

    Reads the panel of the last ingest when it is current; ingests in memory otherwise and writes nothing.
    """
    study = load_study(file, language)
    lang, day = study.language, day_of(on)
    panel = read_or_take_panel(prepare(study))
    fetch = dates_to_fetch(study, panel)
    items = study.read_items()
    overdue = [item for item in items if item.overdue(day)]
    lines = [say("register.check.dates", lang, n=len(fetch))]
    lines += [f"  {one.owner}: {one.sentence(lang)}" for one in fetch]
    lines.append(say("register.check.overdue", lang, n=len(overdue), day=formats.date(day, lang)))
    lines += [f"  {item_line(item, lang)}" for item in overdue]
    for status in ("open", "on_hold"):
        some = [item for item in items if item.status == status]
        lines.append(say(f"register.check.{status}", lang, n=len(some)))
        lines += [f"  {item_line(item, lang)}" for item in by_owner(some)]
    settled = [item for item in items if item.settled]
    lines.append(say("register.check.settled", lang, n=len(settled)))
    return lines + [f"  {item_line(item, lang)} ({say(f'register.choice.{item.status}', lang)})" for item in settled]


def day_of(text: str) -> str:
    """A day as asked for on the command line, today where none is; raises `InputError` for what is no day."""
    from kl_research.terms.errors import InputError

    if not text:
        return date.today().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputError("--date", repr(text), 'a day such as "2025-10-28"', "write year, month and day") from None


def dates_to_fetch(study: Study, panel: pd.DataFrame) -> list[DateToFetch]:
    """The undated events that may move the numbers, in the order of the register."""
    from kl_research.effects.questions.dates import answerable_months

    found = []
    for event in study.read_events().values():
        if event.dated or event.kind == "context":
            continue
        codes = set(panel["municipality"])
        for code in [None] if event.national else [c for c in event.municipalities if c in codes]:
            months_ = answerable_months(panel, event, municipality=code, question=study.question)
            found.append(DateToFetch(event, owner_of(event), tuple(months_)))
    return found


def owner_of(event: Event) -> str:
    """Whom to ask for the date of an event: where it took place, or who keeps the register."""
    if event.municipalities:
        known = municipalities.codes()
        return ", ".join(municipalities.name(code) if code in known else code for code in event.municipalities)
    if event.regions:
        return ", ".join(municipalities.REGION_NAMES.get(code, code) for code in event.regions)
    return KEEPER


def item_line(item: Item, language: str) -> str:
    """Owner, title, due and link of an item."""
    owner = item.owner or say("register.check.nobody", language)
    due = f" ({say('register.check.due', language, day=formats.date(item.due, language))})" if item.due else ""
    link = f" {item.link}" if item.link else ""
    return f"{owner}: {item.title_in(language)}{due}{link}"


def by_owner(items: Iterable[Item]) -> list[Item]:
    """Items of one owner together, those of nobody last; within an owner the earliest due first."""
    return sorted(items, key=lambda i: (i.owner is None, formats.sort_key(i.owner or ""), i.due or "9999"))


def runs(found: Iterable[str]) -> list[tuple[str, str]]:
    """First and last month of each stretch without a gap.

    >>> runs(["2024-01", "2024-02", "2024-05"])
    [('2024-01', '2024-02'), ('2024-05', '2024-05')]
    """
    spans: list[tuple[str, str]] = []
    for month in found:
        if spans and months.shift(spans[-1][1], 1) == month:
            spans[-1] = (spans[-1][0], month)
        else:
            spans.append((month, month))
    return spans
