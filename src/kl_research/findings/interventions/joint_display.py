"""Joint display: trend, answer and circumstances beside each other, one row a municipality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kl_research.adoption import Summary, summaries, summary
from kl_research.adoption.cut import Activity
from kl_research.effects.effect import Effect
from kl_research.effects.records import recorded
from kl_research.findings.html.markup import Fragment, bullets, escape, paragraph, shortened
from kl_research.findings.html.tables import html_table
from kl_research.findings.interventions.event_lock_outs import event_words
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say, say_or
from kl_research.findings.words.numbers import calls_words
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.terms.events import Event
from kl_research.terms.panel import area_name, area_region, check_area


def show_joint_display(
    panel: pd.DataFrame,
    activity: Activity | None,
    events: Mapping[str, Event],
    effects: Sequence[Effect] = (),
    *,
    records: Sequence[dict[str, Any]] = (),
    municipality: str = "",
    study: ForWhom = None,
) -> Fragment:
    r"""One row for each municipality the register says something of, in alphabetical order; or for one alone.

    Columns: calls in the last 12 months and the 12 before, each intervention with the sentence of its primary effect,
    the circumstances (context entries with their tags), and what was said (quotes, word for word). Entries of a whole
    region or of all stand under the table. The effects are those given, or those the municipalities' own notebooks
    recorded (`kl.read_records`).

    Parameters
    ----------
    effects : Sequence[Effect], optional
        The effects; empty: those the municipalities' own notebooks recorded.

    Returns
    -------
    Fragment
        A `Fragment`.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> "Leader meeting" in show_joint_display(panel, None, events, municipality="001", study=reader(lang="en")).html
    True
    """
    who = reader(study)
    if municipality:
        check_area(panel, municipality)
    lang = who.language
    own = [e for e in events.values() if e.municipalities]
    known = set(panel["municipality"])
    codes = [municipality] if municipality else sorted({c for e in own for c in e.municipalities if c in known})
    codes = [c for c in codes if any(c in e.municipalities for e in own)]
    codes.sort(key=lambda code: formats.sort_key(area_name(panel, code)))
    known_effects = [*effects, *recorded(records)]
    told = {(e.municipality, e.event): e for e in known_effects if e.primary}
    shorts = {codes[0]: summary(panel, activity, codes[0])} if len(codes) == 1 else summaries(panel, activity)
    rows = [
        _row(area_name(panel, code), [e for e in own if code in e.municipalities], shorts[code], told, who)
        for code in codes
    ]
    columns = [say(f"joint.column.{c}", lang) for c in ("area", "trend", "effect", "context", "said")]
    frame = pd.DataFrame(rows, columns=columns)
    if rows:
        html = paragraph(say("joint.note", lang)) + html_table(frame, caption=say("joint.table", lang), lang=lang)
    else:
        html = paragraph(say("joint.nothing", lang, name=area_name(panel, municipality)))
    wider = _wider(panel, events, municipality, lang)
    title = escape(say("joint.title", lang))
    return Fragment(f'<section class="kl-joint"><h2>{title}</h2>{html}{bullets(wider)}</section>')


def _row(
    name: str,
    entries: Sequence[Event],
    short: Summary,
    told: Mapping[tuple[str, str], Effect],
    who: Reader,
) -> tuple[str, str, str, str, str]:
    lang = who.language
    counts = {"now": calls_words(short.last, who), "before": calls_words(short.before, who)}
    trend = say("joint.trend", lang, **counts)
    if short.idle:
        trend = say_to(who, f"overview.state.{short.state}")
    answers = [
        _answer(event, told.get((short.municipality, event.id)), lang) for event in entries if event.kind != "context"
    ]
    context = [entry_words(event, lang) for event in entries if event.kind == "context"]
    said = [say("joint.quote", lang, words=shortened(event.quote)) for event in entries if event.quote]
    return name, trend, " ".join(answers), " ".join(context), " ".join(said)


def _answer(event: Event, effect: Effect | None, lang: str) -> str:
    date = formats.date(event.date, lang) if event.date else say("event.undated", lang)
    verdict = f": {say(f'verdict.{effect.verdict}', lang)}" if effect is not None else ""
    earliest = ""
    if effect is not None and effect.earliest_month:
        earliest = " " + say("shared.not_yet", lang, month=formats.month(effect.earliest_month, lang))
    return f"{event_words(event, lang)} ({date}){verdict}{earliest}{_tags(event, lang)}."


def entry_words(event: Event, lang: str) -> str:
    """A context entry with its tags in words."""
    return f"{event_words(event, lang)}{_tags(event, lang)}."


def _tags(event: Event, lang: str) -> str:
    words = [say_or(f"tag.{tag}", lang, tag.replace("_", " ")) for tag in event.tags]
    return f" [{', '.join(words)}]" if words else ""


def _wider(panel: pd.DataFrame, events: Mapping[str, Event], municipality: str, lang: str) -> list[str]:
    """What the register says of the region, or of everybody."""
    last = f"{panel['month'].max():%Y-%m}"
    context = [e for e in events.values() if e.kind == "context" and not e.municipalities]
    region = area_region(panel, municipality, last) if municipality else ""
    mine = [e for e in context if e.regions and (region in e.regions or not municipality)]
    everybody = [e for e in context if e.national]
    found = []
    if mine:
        found.append(say("joint.regions", lang, items="; ".join(_unended(e, lang) for e in mine)))
    if everybody:
        found.append(say("joint.everybody", lang, items="; ".join(_unended(e, lang) for e in everybody)))
    return found


def _unended(event: Event, lang: str) -> str:
    return entry_words(event, lang).removesuffix(".")
