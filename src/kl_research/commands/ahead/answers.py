"""The part of the pack that says what can be answered at the meeting, what not, and from when."""

from __future__ import annotations

from typing import Any

from kl_research.commands.ahead.asked import Asked
from kl_research.commands.ahead.moved import told
from kl_research.effects.questions.forecast import Visible, answerable_from, smallest_visible
from kl_research.findings.interventions.event_lock_outs import event_words
from kl_research.findings.meeting.pack import Part, Table
from kl_research.findings.words import formats, intervals
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.content import why
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.panel import area_name


def answers_part(asked: Asked) -> Part:
    """What can be answered at the meeting, what not, and from when; with the smallest change that can be claimed."""
    lang = asked.who.language
    now, later, never = [], [], []
    for event in asked.events.values():
        if event.kind == "context":
            continue
        for code in [None] if event.national else event.municipalities:
            if code is not None and code not in set(asked.panel["municipality"]):
                continue
            name = formats.capital(area_name(asked.panel, code) if code else say("shown.nation", lang))
            about_it: dict[str, Any] = {"municipality": code, "question": asked.question}
            title = event_words(event, lang)
            if not event.dated:
                never.append((name, title, say("meeting.undated", lang)))
                continue
            month = answerable_from(asked.panel, event, **about_it)
            if month and month <= asked.then:
                now.append((name, title, _answer(asked, event, code), _smallest(asked, event, about_it)))
            elif month:
                later.append((name, title, formats.month(month, lang), _smallest(asked, event, about_it)))
            else:
                never.append((name, title, _why_never(asked, event, code)))
    spoken = ("area", "event")
    tables = []
    for key, rows, more in (("now", now, ("answer", "smallest")), ("later", later, ("from", "smallest"))):
        if rows:
            header = tuple(say(f"meeting.column.{c}", lang) for c in (*spoken, *more))
            tables.append(Table(say(f"meeting.answers.{key}", lang), header, tuple(rows), (), (2, 4, 5, 3)))
    if never:
        header = tuple(say(f"meeting.column.{c}", lang) for c in (*spoken, "why"))
        closed = say("meeting.answers.closed.title", lang, n=len(never))
        tables.append(Table(say("meeting.answers.never", lang), header, tuple(never), (), (2, 4, 5), closed))
    data = formats.month(asked.then, lang)
    lead = [say("meeting.answers.some" if now else "meeting.answers.none", lang, data=data, n=len(now))]
    lead += [say("meeting.answers.wait", lang, n=len(later))] if later else []
    lead += [say("meeting.answers.closed", lang, n=len(never))] if never else []
    return Part(
        "answers",
        say("meeting.answers.title", lang),
        " ".join(lead),
        (),
        tuple(tables),
        (say("meeting.smallest.note", lang),),
    )


def _answer(asked: Asked, event: Event, code: str | None) -> str:
    lang = asked.who.language
    found = next((e for e in asked.effects if e.event == event.id and e.area == (code or "")), None)
    if found is None or found.verdict == "not_assessable":
        return say("meeting.with_data", lang, data=formats.month(asked.then, lang))
    return _with_assumed(event, told(found, lang), lang)


def _with_assumed(event: Event, text: str, lang: str) -> str:
    """A text about an event, and that its date is assumed where the register says so."""
    return f"{text} {say('meeting.assumed', lang)}" if event.source.startswith("assumed") else text


def _smallest(asked: Asked, event: Event, about_it: dict[str, Any]) -> str:
    """The smallest rise that can be claimed with the data of the meeting, or of the months until it can be judged."""
    lang = asked.who.language
    if event.kind == "measurement":
        return say("meeting.no_use", lang)
    known = months.number(asked.then) - months.number(asked.last)
    found = smallest_visible(asked.panel, event, **about_it, ahead=tuple(sorted({known, 3, 6})))
    shown = [one for one in found if one.ahead >= known]
    if not shown:
        return say("meeting.unknown", lang)
    return say("meeting.smallest", lang, size=_size(shown[0], lang), n=shown[0].months_after)


def _size(seen: Visible, lang: str) -> str:
    """One number where the months to come hardly move it, else from where to where it may lie."""
    if seen.ratio is None or seen.low is None:
        return say("meeting.nothing_seen", lang)
    if seen.sure:
        return intervals.change(seen.ratio, lang)
    if seen.high is None:
        return say("meeting.smallest.open", lang, low=intervals.times(seen.low, lang))
    if seen.high >= intervals.TIMES:
        low, high = (intervals.times(ratio, lang) for ratio in (seen.low, seen.high))
        return say("meeting.smallest.times", lang, low=low, high=high)
    low, high = (intervals.size(ratio, lang) for ratio in (seen.low, seen.high))
    return say("meeting.smallest.percent", lang, low=low, high=high)


def _why_never(asked: Asked, event: Event, code: str | None) -> str:
    found = next((e for e in asked.effects if e.event == event.id and e.area == (code or "")), None)
    lang = asked.who.language
    return _with_assumed(event, why(found, lang) if found is not None else say("meeting.unknown", lang), lang)
