"""What hangs on a date, and what a change is made of: possible dates, proposed dates, new units or more use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.effects.questions.change_point import ALPHA, Proposal
from kl_research.findings.html.markup import NOTHING, Fragment, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.interventions.event_lock_outs import event_words
from kl_research.findings.words import formats, intervals, named
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms.events import Event

_PARTS = ("average_ratio", "units", "calls_per_unit")
_WIDEST = 100.0  # upper over lower limit


def show_possible_dates(dated: Sequence[Effect], panel: pd.DataFrame, *, study: ForWhom = None) -> Fragment:
    """`over_possible_dates` on a page: from the lowest to the highest answer, and whether the conclusion depends.

    Parameters
    ----------
    dated : Sequence[Effect]
        What `kl.over_possible_dates` returned.

    Returns
    -------
    Fragment
        A `Fragment`, empty where no date is a window.

    Examples
    --------
    >>> show_possible_dates([], pd.DataFrame()).sentences
    ()
    """
    who = reader(study)
    shown = Fragment("")
    for event in dict.fromkeys(effect.event for effect in dated):
        own = [effect for effect in dated if effect.event == event]
        shown = shown + _dates(own, who)
    return shown


def _dates(own: Sequence[Effect], who: Reader) -> Fragment:
    lang = who.language
    event = named.event_title(own[0], lang)
    date = formats.date(str(own[0].details["event_date"]), lang)
    known = [effect for effect in own if effect.estimate is not None]
    if not known:
        said = [say("dates.cannot", lang, date=date)]
    else:
        low, high = (intervals.change(f(e.estimate or 1 for e in known), lang) for f in (min, max))
        same = len({effect.verdict for effect in own}) == 1
        verdict = say(f"verdict.{own[0].verdict}", lang)
        said = [
            say("dates.range", lang, date=date, low=low, high=high),
            say("dates.same", lang, verdict=verdict) if same else say("dates.differ", lang),
            say("dates.warning", lang),
        ]
    rows = [
        (
            formats.month(str(effect.details["possible_date"]), lang),
            say("table.none", lang) if effect.estimate is None else _change(effect, lang),
            say(f"verdict.{effect.verdict}", lang),
        )
        for effect in own
        if "possible_date" in effect.details
    ]
    columns = [say("dates.column.month", lang), say("split.column.change", lang), say("effects.column.verdict", lang)]
    table = pd.DataFrame(rows, columns=columns)
    html = html_table(table, caption=say("dates.table", lang, event=event), lang=lang) if known else ""
    return _section(say("dates.title", lang, event=event), said, html)


def _change(effect: Effect, lang: str) -> str:
    return f"{intervals.change(effect.estimate or 1.0, lang)} ({intervals.label(effect, lang)})"


def show_proposals(
    proposals: Mapping[str, Sequence[Proposal]], events: Mapping[str, Event], *, study: ForWhom = None
) -> Fragment:
    """For undated events: months in which the level changed, as a question to ask and nothing more.

    Parameters
    ----------
    proposals : Mapping[str, Sequence[Proposal]]
        What `kl.propose_dates` returned.

    Returns
    -------
    Fragment
        A `Fragment`, empty where every date is known.

    Examples
    --------
    >>> from kl_research.effects import propose_dates
    >>> from kl_research.terms.events import EventRegister
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> undated = EventRegister([events["meeting"].model_copy(update={"date": None})])
    >>> found = propose_dates(panel, undated, municipality="001")
    >>> print(show_proposals(found, undated, study=reader(lang="en")).sentences[0])
    The date is unknown. In the numbers the level changes around January 2024 (may be from December 2023 to
    February 2024): a rise of 93%.
    """
    who = reader(study)
    lang = who.language
    shown = Fragment("")
    for event, found in proposals.items():
        said = [
            say(
                "proposal.one",
                lang,
                month=formats.month(one.month, lang),
                first=formats.month(one.first, lang),
                last=formats.month(one.last, lang),
                change=intervals.change(one.ratio, lang),
            )
            for one in found
        ]
        said.append(say("proposal.only", lang, alpha=formats.percent(ALPHA, lang)) if found else "")
        said = [text for text in said if text] or [say("proposal.none", lang)]
        shown = shown + _section(say("proposal.title", lang, event=event_words(events[event], lang)), said)
    return shown


def show_split(
    parts: Sequence[Effect], effects: Sequence[Effect], panel: pd.DataFrame, *, study: ForWhom = None
) -> Fragment:
    """`decompose` on a page: calls = active units x calls per active unit; `effects` hold the primary on calls.

    Parameters
    ----------
    parts : Sequence[Effect]
        What `kl.decompose` returned.
    effects : Sequence[Effect]
        Holds the primary on calls.

    Returns
    -------
    Fragment
        A `Fragment`.

    Examples
    --------
    >>> from kl_research.effects import controlled_interrupted_time_series as design, decompose
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> panel["active_units"] = panel["calls"].where(panel["calls"] < 5, 5)
    >>> effect = design(panel, events["meeting"], municipality="001")
    >>> parts = decompose(panel, events, municipality="001")
    >>> print(*show_split(parts, [effect], panel, study=reader(lang="en")).sentences)
    It is more calls in each active unit that pull up. Whether there are more units, the numbers do not show.
    """
    who = reader(study)
    shown = Fragment("")
    for event in dict.fromkeys(part.event for part in parts):
        primary = [e for e in effects if e.event == event and e.primary and e.outcome == "calls"]
        own = [*primary, *(part for part in parts if part.event == event)]
        shown = shown + _split({e.estimand: e for e in own}, who)
    return shown


def _split(by_part: dict[str, Effect], who: Reader) -> Fragment:
    lang = who.language
    event = named.event_title(next(iter(by_part.values())), lang)
    title = say("split.title", lang, event=event)
    if any(effect.estimate is None for effect in by_part.values()):
        return NOTHING
    labels = {part: say("split.calls" if part == "average_ratio" else f"split.{part}", lang) for part in _PARTS}
    rows = [(labels[part], _part_words(by_part[part], lang)) for part in _PARTS if part in by_part]
    table = pd.DataFrame(rows, columns=[say("split.column.part", lang), say("split.column.change", lang)])
    units, use = (by_part[part] for part in _PARTS[1:])
    pulls = ((units.conf_low or 0) > 1, (use.conf_low or 0) > 1)
    key = {(True, False): "units.only", (False, True): "use.only", (True, True): "both"}.get(pulls, "open")
    html = html_table(table, caption=say("split.table", lang, event=event), lang=lang)
    return _section(title, [say(f"split.{key}", lang)], html)


def _part_words(effect: Effect, lang: str) -> str:
    """The change of a part; none where its interval would only show that nothing is known of it."""
    low, high = intervals.limits(effect)
    return say("split.too_wide", lang) if high > _WIDEST * low else _change(effect, lang)


def _section(title: str, said: Sequence[str], more: str = "") -> Fragment:
    html = f"<h2>{escape(title)}</h2>{''.join(paragraph(text) for text in said)}{more}"
    return Fragment(f'<section class="kl-effect">{html}</section>', tuple(said))
