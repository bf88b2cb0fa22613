"""Who fell to zero at a change everybody had: a list that takes chance into account, beside what users said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from kl_research.effects.questions.lock_out import LockOuts
from kl_research.findings.html.markup import Fragment, escape, paragraph, shortened
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.terms.events import Event
from kl_research.terms.panel import area_name

SAID_TAG = "login"  # what users said of it stands in the register under this tag


def show_lock_outs(
    found: LockOuts | Iterable[LockOuts], panel: pd.DataFrame, events: Mapping[str, Event], *, study: ForWhom = None
) -> Fragment:
    """The answer in words and as a table, for one change or several.

    Parameters
    ----------
    found : LockOuts | Iterable[LockOuts]
        What `kl.lock_outs` returned, once or for several changes.

    Returns
    -------
    Fragment
        A `Fragment`; empty where nothing was asked.

    Examples
    --------
    >>> from kl_research.effects import lock_outs
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> found = lock_outs(panel, events["release"])
    >>> print(show_lock_outs(found, panel, events, study=reader(lang="en")).sentences[0])
    None of the 30 municipalities that used the app in the year before has been without calls ever since January
    2024.
    """
    who = reader(study)
    shown = Fragment("")
    for one in [found] if isinstance(found, LockOuts) else found:
        said = lock_out_sentences(one, panel, events, who)
        title = say("lockout.title", who.language, event=event_words(events[one.event], who.language))
        html = f"<h2>{escape(title)}</h2>{''.join(paragraph(text) for text in said)}{_table(one, panel, who)}"
        shown = shown + Fragment(f'<section class="kl-effect">{html}</section>', tuple(said))
    return shown


def lock_out_sentences(
    found: LockOuts, panel: pd.DataFrame, events: Mapping[str, Event], study: ForWhom = None
) -> list[str]:
    """Who stopped beyond chance, who may have by chance, what chance alone would give, and what users said."""
    who = reader(study)
    lang = who.language
    if found.reason:
        if found.earliest_month:
            return [say_to(who, "lockout.wait", month=formats.month(found.earliest_month, lang))]
        return [say_to(who, "lockout.undated" if found.reason == "undated" else "lockout.cannot")]
    month = formats.month(found.first_month, lang)
    sure = [one.municipality for one in found.fallen if one.beyond_chance]
    maybe = [one.municipality for one in found.fallen if not one.beyond_chance]
    if sure:
        said = [say_to(who, "lockout.found", n=len(sure), month=month, names=_names(sure, panel, lang))]
    else:
        said = [say_to(who, "lockout.nobody", n=found.watched, month=month)]
    if maybe:
        said.append(say_to(who, "lockout.maybe", names=_names(maybe, panel, lang)))
    if found.returned:
        said.append(say_to(who, "lockout.returned", names=_names(found.returned, panel, lang)))
    said.append(say_to(who, "lockout.chance", n=found.watched, expected=_few(found.by_chance, lang)))
    if found.earlier is not None:
        key = "lockout.earlier" if found.earlier else "lockout.earlier.none"
        earlier = {"x": _few(found.earlier, lang)} if found.earlier else {}
        said.append(say(key, lang, k=formats.number(found.earlier_dates, lang), **earlier))
    if sure:
        said.append(say("lockout.cause", lang))
    quotes = [event_words(e, lang) for e in events.values() if e.kind == "context" and SAID_TAG in e.tags]
    return [*said, say("lockout.said", lang, quotes="; ".join(quotes))] if quotes else said


def _names(codes: Iterable[str], panel: pd.DataFrame, lang: str) -> str:
    return formats.listed(sorted((area_name(panel, code) for code in codes), key=formats.sort_key), lang)


def _few(number: float, lang: str) -> str:
    """An expected number of municipalities, which may be next to nothing."""
    return formats.number(number, lang, 1) if number >= 0.05 else say("lockout.hardly", lang)


def event_words(event: Event, lang: str) -> str:
    """An entry of the register in words: its title, else the word for its type."""
    titles = {str(key): title for key, title in event.title.items()}
    return shortened(titles.get(lang) or titles.get("da") or say(f"event.type.{event.type}", lang))


def _table(found: LockOuts, panel: pd.DataFrame, who: Reader) -> str:
    """The numbers behind the list; means of small municipalities are the internal reader's."""
    if not found.fallen or who.public:
        return ""
    lang = who.language
    rows = [
        (
            area_name(panel, one.municipality),
            formats.about(one.mean_before, lang),
            one.months_zero,
            formats.about(one.expected, lang),
            say("no" if one.beyond_chance else "yes", lang),
        )
        for one in found.fallen
    ]
    parts = ("before", "months", "expected", "chance")
    columns = [say("joint.column.area", lang), *(say(f"lockout.column.{part}", lang) for part in parts)]
    caption = say("lockout.table", lang, month=formats.month(found.first_month, lang))
    return html_table(pd.DataFrame(rows, columns=columns), caption=caption, lang=lang)
